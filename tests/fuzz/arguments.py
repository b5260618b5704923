# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Arguments for a function, plausible ones and wrong ones. The same seed makes the same arguments."""

import random
import re

import gi

gi.require_version("PangoCairo", "1.0")
from gi.module import get_introspection_module
from gi.repository import GdkPixbuf, Gio, GLib, GObject, Graphene, Pango, PangoCairo


class CannotMake(Exception):
    """The fuzz has no argument of this kind."""


def input_stream():
    return Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"a b\nc\n"))


def output_stream():
    return Gio.MemoryOutputStream.new_resizable()


def data_input():
    return Gio.DataInputStream.new(input_stream())


def data_output():
    return Gio.DataOutputStream.new(output_stream())


def this_file():
    return Gio.File.new_for_path("hello.txt")


def themed_icon():
    return Gio.ThemedIcon.new("a")


def key_file():
    keys = GLib.KeyFile.new()
    keys.load_from_data("[a]\na=1\nb=true\nc=a;b\n", 2**64 - 1, GLib.KeyFileFlags.NONE)
    return keys


def bookmarks():
    made = GLib.BookmarkFile.new()
    made.set_title("file:///a", "title")
    return made


def number_value():
    made = GObject.Value()
    made.init(GObject.TYPE_INT)
    made.set_int(3)
    return made


def pixbuf():
    made = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, 4, 3)
    made.fill(0x11223344)
    return made


def attributes():
    made = Pango.AttrList.new()
    made.insert(Pango.attr_size_new(5))
    return made


def layout():
    made = Pango.Layout.new(PangoCairo.FontMap.get_default().create_context())
    made.set_text("hello world", -1)
    return made


def vector(x=1):
    return Graphene.Vec3.alloc().init(x, 0, 0)


def point(x=0, y=0):
    return Graphene.Point3D.alloc().init(x, y, 0)


def rectangle():
    return Graphene.Rect.alloc().init(0, 0, 4, 5)


def matrix():
    return Graphene.Matrix.alloc().init_identity()


MAKE = {
    "GLib.BookmarkFile": bookmarks,
    "GLib.ByteArray": lambda: b"abc",
    "GLib.Bytes": lambda: GLib.Bytes.new(b"abcd"),
    "GLib.Checksum": lambda: GLib.Checksum.new(GLib.ChecksumType.MD5),
    "GLib.Date": lambda: GLib.Date.new_dmy(29, GLib.DateMonth.FEBRUARY, 2024),
    "GLib.DateTime": lambda: GLib.DateTime.new_utc(2024, 2, 29, 1, 2, 3),
    "GLib.Error": lambda: GLib.Error("message", "g-io-error-quark", 1),
    "GLib.KeyFile": key_file,
    "GLib.MainContext": GLib.MainContext.new,
    "GLib.MappedFile": lambda: GLib.MappedFile.new("hello.txt", False),
    "GLib.MatchInfo": lambda: GLib.Regex.new("a(b)", 0, 0).match("xab", 0)[1],
    "GLib.PatternSpec": lambda: GLib.PatternSpec.new("a*"),
    "GLib.Rand": lambda: GLib.Rand.new_with_seed(1),
    "GLib.Regex": lambda: GLib.Regex.new("a(b)", 0, 0),
    "GLib.String": lambda: GLib.String.new("abc"),
    "GLib.TimeVal": GLib.TimeVal,
    "GLib.TimeZone": GLib.TimeZone.new_utc,
    "GLib.Uri": lambda: GLib.Uri.parse("http://u@a:8/b?c#d", 0),
    "GLib.VariantBuilder": lambda: GLib.VariantBuilder.new(GLib.VariantType.new("as")),
    "GLib.VariantDict": lambda: GLib.VariantDict.new(GLib.Variant("a{sv}", {"a": GLib.Variant("i", 1)})),
    "GObject.Object": Gio.Cancellable.new,
    "GObject.ParamSpec": lambda: Gio.Cancellable.find_property("a") or Gio.SimpleAction.find_property("name"),
    "GObject.Value": number_value,
    "GObject.ValueArray": lambda: GObject.ValueArray.new(1),
    "Gio.Action": lambda: Gio.SimpleAction.new("a", None),
    "Gio.ActionGroup": Gio.SimpleActionGroup.new,
    "Gio.ActionMap": Gio.SimpleActionGroup.new,
    "Gio.AppLaunchContext": Gio.AppLaunchContext.new,
    "Gio.BufferedInputStream": data_input,
    "Gio.BufferedOutputStream": lambda: Gio.BufferedOutputStream.new(output_stream()),
    "Gio.BytesIcon": lambda: Gio.BytesIcon.new(GLib.Bytes.new(b"a")),
    "Gio.Cancellable": Gio.Cancellable.new,
    "Gio.CharsetConverter": lambda: Gio.CharsetConverter.new("utf-8", "latin1"),
    "Gio.Converter": lambda: Gio.ZlibCompressor.new(Gio.ZlibCompressorFormat.ZLIB, -1),
    "Gio.ConverterInputStream": lambda: Gio.ConverterInputStream.new(
        input_stream(), Gio.ZlibCompressor.new(Gio.ZlibCompressorFormat.ZLIB, -1)),
    "Gio.Credentials": Gio.Credentials.new,
    "Gio.DataInputStream": data_input,
    "Gio.DataOutputStream": data_output,
    "Gio.Emblem": lambda: Gio.Emblem.new(themed_icon()),
    "Gio.EmblemedIcon": lambda: Gio.EmblemedIcon.new(themed_icon(), None),
    "Gio.File": this_file,
    "Gio.FileAttributeInfoList": Gio.FileAttributeInfoList.new,
    "Gio.FileAttributeMatcher": lambda: Gio.FileAttributeMatcher.new("*"),
    "Gio.FileEnumerator": lambda: Gio.File.new_for_path(".").enumerate_children("*", 0, None),
    "Gio.FileIcon": lambda: Gio.FileIcon.new(this_file()),
    "Gio.FileInfo": lambda: this_file().query_info("standard::*", 0, None),
    "Gio.FileInputStream": lambda: this_file().read(None),
    "Gio.FileOutputStream": lambda: this_file().append_to(0, None),
    "Gio.FileIOStream": lambda: this_file().open_readwrite(None),
    "Gio.FilenameCompleter": Gio.FilenameCompleter.new,
    "Gio.FilterInputStream": data_input,
    "Gio.FilterOutputStream": data_output,
    "Gio.IOStream": lambda: Gio.SimpleIOStream.new(input_stream(), output_stream()),
    "Gio.Icon": themed_icon,
    "Gio.InetAddress": lambda: Gio.InetAddress.new_loopback(Gio.SocketFamily.IPV4),
    "Gio.InetAddressMask": lambda: Gio.InetAddressMask.new_from_string("fe80::/10"),
    "Gio.InetSocketAddress": lambda: Gio.InetSocketAddress.new_from_string("::1", 80),
    "Gio.InputStream": input_stream,
    "Gio.ListModel": lambda: Gio.ListStore.new(GObject.Object),
    "Gio.ListStore": lambda: Gio.ListStore.new(GObject.Object),
    "Gio.MemoryInputStream": input_stream,
    "Gio.MemoryOutputStream": output_stream,
    "Gio.Menu": Gio.Menu.new,
    "Gio.MenuItem": lambda: Gio.MenuItem.new("a", "b"),
    "Gio.MenuModel": Gio.Menu.new,
    "Gio.NetworkAddress": lambda: Gio.NetworkAddress.new("host.invalid", 80),
    "Gio.NetworkService": lambda: Gio.NetworkService.new("a", "b", "c"),
    "Gio.OutputStream": output_stream,
    "Gio.Permission": lambda: Gio.SimplePermission.new(True),
    "Gio.PollableInputStream": input_stream,
    "Gio.PollableOutputStream": output_stream,
    "Gio.Resolver": Gio.Resolver.get_default,
    "Gio.Seekable": input_stream,
    "Gio.SimpleAction": lambda: Gio.SimpleAction.new("a", None),
    "Gio.SimpleActionGroup": Gio.SimpleActionGroup.new,
    "Gio.SimpleIOStream": lambda: Gio.SimpleIOStream.new(input_stream(), output_stream()),
    "Gio.SimplePermission": lambda: Gio.SimplePermission.new(True),
    "Gio.Socket": lambda: Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.DATAGRAM, Gio.SocketProtocol.DEFAULT),
    "Gio.SocketAddress": lambda: Gio.InetSocketAddress.new_from_string("::1", 80),
    "Gio.SocketClient": Gio.SocketClient.new,
    "Gio.SocketConnectable": lambda: Gio.NetworkAddress.new("host.invalid", 80),
    "Gio.SrvTarget": lambda: Gio.SrvTarget.new("a", 1, 2, 3),
    "Gio.ThemedIcon": themed_icon,
    "Gio.TlsPassword": lambda: Gio.TlsPassword.new(0, "a"),
    "Gio.ZlibCompressor": lambda: Gio.ZlibCompressor.new(Gio.ZlibCompressorFormat.ZLIB, -1),
    "Gio.ZlibDecompressor": lambda: Gio.ZlibDecompressor.new(Gio.ZlibCompressorFormat.ZLIB),
    "GdkPixbuf.Pixbuf": pixbuf,
    "GdkPixbuf.PixbufAnimation": lambda: GdkPixbuf.PixbufSimpleAnim.new(2, 2, 1.0),
    "GdkPixbuf.PixbufFormat": lambda: GdkPixbuf.Pixbuf.get_formats()[0],
    "GdkPixbuf.PixbufLoader": GdkPixbuf.PixbufLoader.new,
    "GdkPixbuf.PixbufSimpleAnim": lambda: GdkPixbuf.PixbufSimpleAnim.new(2, 2, 1.0),
    "Pango.AttrIterator": lambda: attributes().get_iterator(),
    "Pango.AttrList": attributes,
    "Pango.Attribute": lambda: Pango.attr_size_new(5),
    "Pango.Color": Pango.Color,
    "Pango.Context": lambda: layout().get_context(),
    "Pango.FontDescription": lambda: Pango.FontDescription.from_string("Sans 12"),
    "Pango.Font": lambda: layout().get_context().load_font(Pango.FontDescription.from_string("Sans 12")),
    "Pango.FontFace": lambda: PangoCairo.FontMap.get_default().list_families()[0].list_faces()[0],
    "Pango.FontFamily": lambda: PangoCairo.FontMap.get_default().list_families()[0],
    "Pango.FontMap": PangoCairo.FontMap.get_default,
    "Pango.FontMetrics": lambda: layout().get_context().get_metrics(None, None),
    "Pango.GlyphString": Pango.GlyphString.new,
    "Pango.Language": Pango.Language.get_default,
    "Pango.Layout": layout,
    "Pango.LayoutIter": lambda: layout().get_iter(),
    "Pango.LayoutLine": lambda: layout().get_line(0),
    "Pango.Matrix": Pango.Matrix,
    "Pango.Rectangle": Pango.Rectangle,
    "Pango.TabArray": lambda: Pango.TabArray.new(3, True),
    "Graphene.Box": lambda: Graphene.Box.alloc().init(point(), point(1, 1)),
    "Graphene.Euler": lambda: Graphene.Euler.alloc().init(1, 2, 3),
    "Graphene.Frustum": lambda: Graphene.Frustum.alloc().init_from_matrix(matrix()),
    "Graphene.Matrix": matrix,
    "Graphene.Plane": lambda: Graphene.Plane.alloc().init(vector(), 1),
    "Graphene.Point": lambda: Graphene.Point.alloc().init(1, 2),
    "Graphene.Point3D": point,
    "Graphene.Quad": lambda: Graphene.Quad.alloc().init_from_rect(rectangle()),
    "Graphene.Quaternion": lambda: Graphene.Quaternion.alloc().init(0, 0, 0, 1),
    "Graphene.Ray": lambda: Graphene.Ray.alloc().init(point(), vector()),
    "Graphene.Rect": rectangle,
    "Graphene.Size": lambda: Graphene.Size.alloc().init(3, 4),
    "Graphene.Sphere": lambda: Graphene.Sphere.alloc().init(point(), 1),
    "Graphene.Triangle": lambda: Graphene.Triangle.alloc().init_from_point3d(point(), point(1), point(0, 1)),
    "Graphene.Vec2": lambda: Graphene.Vec2.alloc().init(1, 2),
    "Graphene.Vec3": vector,
    "Graphene.Vec4": lambda: Graphene.Vec4.alloc().init(1, 2, 3, 4),
}

# Several values for types of which functions take several kinds
CHOOSE = {
    "GLib.Variant": [lambda: GLib.Variant("as", ["a"]), lambda: GLib.Variant("a{sv}", {"a": GLib.Variant("i", 1)}),
                     lambda: GLib.Variant("i", 5), lambda: GLib.Variant("ay", b"ab"), lambda: GLib.Variant("s", "x")],
    "GLib.VariantType": [lambda code=code: GLib.VariantType.new(code) for code in ("as", "i", "(si)", "{sv}")],
}

TEXTS = ["a", "abc def", "", "as", "1", "\u00e4x", "*", "standard::name", "http://a/b", "utf-8", "hello.txt"]
FILE_NAMES = ["hello.txt", "folder/new", "/no/such", "caf\udce9", "a", "folder"]
NUMBERS = {f"{kind}{bits}": bits for kind in ("gint", "guint") for bits in (8, 16, 32, 64)}
WRONG = [lambda: None, lambda: "text", lambda: -1, lambda: 2**70, lambda: 2**33, object, lambda: b"x", lambda: [1],
         lambda: ["x", None], Gio.Cancellable.new, lambda: 1.5, lambda: "a\0b", lambda: "\udcff", lambda: {},
         lambda: GLib.Bytes]


def constant(value):
    return lambda: value


def choose_value(chance, kind, is_nullable):
    """Returns a function that makes the argument anew for each call."""
    tag = kind.get_tag_as_string()
    if is_nullable and chance.random() < 0.4:
        return constant(None)
    if tag == "gboolean":
        return constant(chance.random() < 0.5)
    if tag in NUMBERS:
        bits, is_signed = NUMBERS[tag], tag.startswith("gi")
        edges = [-2**(bits - 1), 2**(bits - 1) - 1, -1] if is_signed else [2**bits - 1]
        return constant(chance.choice([0, 1, 2, 5, 0, 1, 2, 5, *edges]))
    if tag in ("gfloat", "gdouble"):
        return constant(chance.choice([0.0, 1.5, -2.0]))
    if tag == "GType":
        return constant(chance.choice([GObject.TYPE_STRING, Gio.Cancellable]))
    if tag == "gunichar":
        return constant(chance.choice(["a", "\u00e4", "1"]))
    if tag == "utf8":
        return constant(chance.choice(TEXTS))
    if tag == "filename":
        return constant(chance.choice(FILE_NAMES))
    if tag == "interface":
        return choose_instance(chance, kind.get_interface(), is_nullable)
    if tag == "array":
        return choose_array(chance, kind.get_param_type(0).get_tag_as_string())
    if tag == "error":
        return MAKE["GLib.Error"]
    if tag == "ghash":
        return lambda: {"a": "b"}
    if is_nullable:
        return constant(None)
    raise CannotMake(tag)


def choose_instance(chance, info, is_nullable):
    name = f"{info.get_namespace()}.{info.get_name()}"
    if type(info).__name__ == "EnumInfo":
        values = [value.get_value() for value in info.get_values()]
        kind = getattr(get_introspection_module(info.get_namespace()), info.get_name())
        return constant(kind(chance.choice([0, *values] if info.is_flags() or not values else values)))
    if name in CHOOSE:
        return chance.choice(CHOOSE[name])
    if name in MAKE:
        return MAKE[name]
    if is_nullable:
        return constant(None)
    raise CannotMake(name)


def choose_array(chance, element):
    if element == "guint8":
        return constant(chance.choice([b"abc", b"", b"\xff\0a"]))
    if element in ("utf8", "filename"):
        texts = chance.choice([["a", "b"], [], ["A=b"], ["\u00e4"]])
        return lambda: list(texts)
    if element in NUMBERS:
        return lambda: [1, 2]
    if element in ("gfloat", "gdouble"):
        return lambda: [1.0] * 16
    if element == "gboolean":
        return lambda: [True, False]
    raise CannotMake(f"array of {element}")


def choose_length(chance, text, kind):
    """Direct calls read behind the end of a text that is shorter."""
    length = chance.randrange(len(text.encode(errors="surrogateescape")) + 1)
    return constant(-1 if kind.get_tag_as_string().startswith("gi") and chance.random() < 0.5 else length)


def hidden(info):
    """Returns the numbers of the arguments that languages do not pass."""
    kinds = [info.get_return_type(), *(argument.get_type() for argument in info.get_arguments())]
    numbers = {kind.get_array_length() for kind in kinds if kind.get_tag_as_string() == "array"}
    for argument in info.get_arguments():
        numbers |= {argument.get_closure(), argument.get_destroy()}
    return numbers


def passed(info):
    """Returns the arguments that languages pass, without the instance."""
    skipped = hidden(info)
    return [argument for number, argument in enumerate(info.get_arguments())
            if number not in skipped and int(argument.get_direction()) != 1]


def is_cancellable(argument):
    kind = argument.get_type()
    return kind.get_tag_as_string() == "interface" and kind.get_interface().get_name() == "Cancellable"


def choose_arguments(function, seed):
    """Returns functions that make the arguments, or raises CannotMake. A part of the arguments is wrong on purpose."""
    chance = random.Random(seed)
    info, makers = function.info, []
    if info.is_method():
        makers.append(choose_instance(chance, function.container, False))
    for argument in passed(info):
        made = choose_value(chance, argument.get_type(), argument.may_be_null())
        if re.search(r"(^|_)len(gth)?$", argument.get_name()) and makers and isinstance(text := makers[-1](), str):
            made = choose_length(chance, text, argument.get_type())
        makers.append(made)
    if makers and chance.random() < 0.2:
        makers[chance.randrange(len(makers))] = chance.choice(WRONG)
    return makers


def choose_only_wrong(function, seed):
    """Does the same for a function of which some arguments cannot be made."""
    chance = random.Random(seed)
    n_arguments = len(function.info.get_arguments()) - len(hidden(function.info) - {-1}) + function.info.is_method()
    return [chance.choice(WRONG) for _ in range(max(0, n_arguments))]
