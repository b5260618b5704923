# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Workers run functions of C. The results are those of the direct calls of PyGObject."""

import asyncio
import gc
import importlib
import importlib.util
import os
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import gi
import pytest

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import Athr, GdkPixbuf, Gio, GLib, GObject

HERE = Path(__file__)
spec = importlib.util.spec_from_file_location("leaks", HERE.with_name("async-leaks.py"))
leaks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(leaks)

FILE = Gio.File.new_for_path(str(HERE))
KEYS = GLib.KeyFile()
KEYS.load_from_data("""[a]
boolean=true
integer=-2147483648
natural=18446744073709551615
real=1.5
text=\u00e4
booleans=true;false
integers=1;-2
reals=0.5;2
texts=b;;c
""", 2**64 - 1, GLib.KeyFileFlags.NONE)
DATE = GLib.Date.new_dmy(29, GLib.DateMonth.FEBRUARY, 2024)
TIME = GLib.DateTime.new_utc(2024, 2, 29, 1, 2, 3.5)
PIXBUF = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, 4, 3)
PIXBUF.fill(0x11223344)
PNG = PIXBUF.save_to_bufferv("png", [], [])[1]


def memory(data=b"a b\nc"):
    return Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(data))


class Made:
    """An argument that the function changes. Each call gets a new one."""

    def __init__(self, make, *arguments):
        self.make = lambda: make(*arguments)


# The name of the function, and its arguments
FUNCTIONS = [
    # Numbers and booleans, of any width
    ("GLib.Variant.new_byte", 255),
    ("GLib.Variant.new_int16", -2**15),
    ("GLib.Variant.new_uint16", 2**16 - 1),
    ("GLib.Variant.new_int32", -2**31),
    ("GLib.Variant.new_uint32", 2**32 - 1),
    ("GLib.Variant.new_int64", -2**63),
    ("GLib.Variant.new_int64", 2**63 - 1),
    ("GLib.Variant.new_uint64", 2**64 - 1),
    ("GLib.Variant.new_double", 10**30),
    ("GLib.Variant.new_double", 1),
    ("GLib.Variant.new_boolean", True),
    ("GLib.Variant.get_uint64", GLib.Variant("t", 2**64 - 1)),
    ("GLib.Variant.get_int16", GLib.Variant("n", -1)),
    ("GLib.Variant.get_byte", GLib.Variant("y", 200)),
    ("GLib.ascii_strtoll", "-7x", 10),
    ("GLib.ascii_strtoull", str(2**64 - 1), 10),
    ("GLib.ascii_strtod", "1.5e3x"),
    ("GLib.ascii_string_to_unsigned", "12", 10, 0, 2**64 - 1),
    ("GLib.KeyFile.get_boolean", KEYS, "a", "boolean"),
    ("GLib.KeyFile.get_integer", KEYS, "a", "integer"),
    ("GLib.KeyFile.get_uint64", KEYS, "a", "natural"),
    ("GLib.KeyFile.get_double", KEYS, "a", "real"),
    # Characters, texts and file names
    ("GLib.unichar_toupper", "\u00e4"),
    ("GLib.unichar_type", "\u00e4"),
    ("GLib.unichar_iswide", "\u4e00"),
    ("GLib.utf8_strup", "\u00e4", -1),
    ("GLib.utf8_normalize", "\u00e4", -1, GLib.NormalizeMode.NFD),
    ("GLib.utf8_validate", b"ab"),
    ("GLib.shell_quote", "it's"),
    ("GLib.markup_escape_text", "<&>", -1),
    ("GLib.uri_parse_scheme", "no"),
    ("GLib.filename_to_uri", "/a b", None),
    ("GLib.filename_from_uri", "file:///a%20b"),
    ("GLib.path_get_basename", "/a/b"),
    ("GLib.find_program_in_path", "sh"),
    ("GLib.getenv", "ATHR_TEST_NO_SUCH"),
    ("GLib.KeyFile.get_string", KEYS, "a", "text"),
    ("GLib.KeyFile.get_string", KEYS, "a", "missing"),
    ("GLib.Uri.split", "http://a:8/b?c#d", GLib.UriFlags.NONE),
    # Enumerations and flags
    ("GLib.compute_checksum_for_string", GLib.ChecksumType.SHA256, "abc", -1),
    ("GLib.file_test", "/", GLib.FileTest.IS_DIR | GLib.FileTest.EXISTS),
    ("GLib.Date.get_weekday", DATE),
    ("Gio.File.query_file_type", FILE, Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, None),
    ("GdkPixbuf.Pixbuf.get_colorspace", PIXBUF),
    # Bytes
    ("GLib.base64_encode", b"a\0\xff"),
    ("GLib.base64_encode", b""),
    ("GLib.base64_encode", [1, 2, 255]),
    ("GLib.base64_encode", []),
    ("GLib.base64_decode", "YQD/"),
    ("GLib.compute_checksum_for_data", GLib.ChecksumType.MD5, b"abc"),
    ("GLib.compute_checksum_for_bytes", GLib.ChecksumType.MD5, GLib.Bytes.new(b"abc")),
    ("GLib.convert", b"abc", "utf-16le", "utf-8"),
    ("GLib.Bytes.new", b"abc"),
    ("GLib.Bytes.get_data", GLib.Bytes.new(b"abc")),
    ("GLib.Bytes.get_data", GLib.Bytes.new(b"")),
    ("GLib.Bytes.compare", GLib.Bytes.new(b"a"), GLib.Bytes.new(b"b")),
    ("Gio.InputStream.read_bytes", Made(memory), 2, None),
    ("Gio.InputStream.skip", Made(memory), 2, None),
    ("Gio.OutputStream.write", Made(Gio.MemoryOutputStream.new_resizable), b"abc", None),
    ("Gio.OutputStream.write_all", Made(Gio.MemoryOutputStream.new_resizable), b"abc", None),
    # Arrays of texts and of numbers
    ("GLib.shell_parse_argv", "a 'b c'"),
    ("GLib.build_filenamev", ["a", "b"]),
    ("GLib.get_language_names",),
    ("GLib.environ_getenv", ["A=b"], "A"),
    ("GLib.environ_setenv", ["A=b"], "C", "d", True),
    ("GLib.uri_list_extract_uris", "file:///a\r\nfile:///b\r\n"),
    ("GLib.KeyFile.get_groups", KEYS),
    ("GLib.KeyFile.get_keys", KEYS, "a"),
    ("GLib.KeyFile.get_string_list", KEYS, "a", "texts"),
    ("GLib.KeyFile.get_boolean_list", KEYS, "a", "booleans"),
    ("GLib.KeyFile.get_integer_list", KEYS, "a", "integers"),
    ("GLib.KeyFile.get_double_list", KEYS, "a", "reals"),
    ("GLib.KeyFile.set_integer_list", KEYS, "set", "integers", [1, -2]),
    ("GLib.KeyFile.set_double_list", KEYS, "set", "reals", [0.5, 2, -1]),
    ("GLib.KeyFile.set_double_list", KEYS, "set", "reals", [-1, 10**30]),
    ("GLib.KeyFile.set_boolean_list", KEYS, "set", "booleans", [True, False]),
    ("GLib.KeyFile.set_string_list", KEYS, "set", "texts", ["a", "b"]),
    ("GLib.Variant.new_strv", ["a", "\u00e4"]),
    ("GLib.Variant.new_strv", []),
    ("GLib.Variant.get_strv", GLib.Variant("as", ["a"])),
    ("GObject.type_interfaces", Gio.FileIcon),
    # Types
    ("GObject.type_name", GObject.TYPE_STRING),
    ("GObject.type_is_a", Gio.FileInputStream, Gio.InputStream),
    ("GObject.type_from_name", "GObject"),
    # Variants and boxed values
    ("GLib.Variant.get_child_value", GLib.Variant("ai", [1, 2]), 1),
    ("GLib.Variant.byteswap", GLib.Variant("i", 1)),
    ("GLib.Variant.parse", GLib.VariantType.new("ai"), "[1]", None, None),
    ("GLib.Variant.parse", None, "[", None, None),
    ("GLib.DateTime.format", TIME, "%F %T"),
    ("GLib.DateTime.get_ymd", TIME),
    ("GLib.DateTime.add_days", TIME, 1),
    ("GLib.DateTime.difference", TIME, GLib.DateTime.new_utc(2024, 1, 1, 0, 0, 0)),
    ("GLib.Date.get_julian", DATE),
    ("GLib.Date.new_dmy", 1, GLib.DateMonth.MAY, 2024),
    ("Gio.DBusError.encode_gerror", GLib.Error("a", "g-io-error-quark", Gio.IOErrorEnum.BUSY)),
    ("Gio.DBusError.new_for_dbus_error", "a.b", "c"),
    ("GLib.Error.copy", GLib.Error("a", "g-io-error-quark", Gio.IOErrorEnum.BUSY)),
    ("Gio.dbus_gvariant_to_gvalue", GLib.Variant("i", 1)),
    # Objects and interfaces
    ("Gio.File.load_contents", FILE, None),
    ("Gio.File.load_contents", Gio.File.new_for_path("/no/such"), None),
    ("Gio.File.load_contents", FILE, Gio.Cancellable()),
    ("Gio.File.load_bytes", FILE, None),
    ("Gio.File.query_info", FILE, "standard::size", Gio.FileQueryInfoFlags.NONE, None),
    ("Gio.File.query_exists", FILE, None),
    ("Gio.File.get_parent", FILE),
    ("Gio.File.get_parent", Gio.File.new_for_path("/")),
    ("Gio.File.equal", FILE, FILE.dup()),
    ("Gio.File.get_relative_path", FILE.get_parent(), FILE),
    ("Gio.File.read", FILE, None),
    ("Gio.File.new_for_uri", "file:///a"),
    ("Gio.FileInfo.new",),
    ("Gio.DataInputStream.read_line", Made(lambda: Gio.DataInputStream.new(memory())), None),
    ("Gio.DataInputStream.read_line_utf8", Made(lambda: Gio.DataInputStream.new(memory(b""))), None),
    ("Gio.DataInputStream.read_byte", Made(lambda: Gio.DataInputStream.new(memory())), None),
    ("Gio.content_type_guess", "a.png", None),
    ("Gio.content_type_guess", None, PNG),
    ("Gio.InetAddress.new_from_string", "::1"),
    ("Gio.dbus_is_name", "org.gtk"),
    ("Gio.ThemedIcon.new_from_names", ["a", "b"]),
    ("GdkPixbuf.Pixbuf.save_to_bufferv", PIXBUF, "png", ["compression"], ["3"]),
    ("GdkPixbuf.Pixbuf.scale_simple", PIXBUF, 2, 2, GdkPixbuf.InterpType.BILINEAR),
    ("GdkPixbuf.Pixbuf.new_from_bytes", PIXBUF.read_pixel_bytes(), GdkPixbuf.Colorspace.RGB, True, 8, 4, 3, 16),
    ("GdkPixbuf.Pixbuf.new_from_stream", Made(memory, PNG), None),
    ("GdkPixbuf.Pixbuf.new_from_stream", Made(memory, b"no"), None),
    ("GdkPixbuf.Pixbuf.get_pixels", PIXBUF),
    ("GdkPixbuf.Pixbuf.read_pixel_bytes", PIXBUF),
    ("GdkPixbuf.Pixbuf.flip", PIXBUF, True),
]

# PyGObject also returns the boolean of these functions, which is always True when no exception is raised.
WITHOUT_BOOLEAN = {
    "GLib.ascii_string_to_unsigned", "GLib.shell_parse_argv", "Gio.File.load_contents", "Gio.OutputStream.write_all",
    "GdkPixbuf.Pixbuf.save_to_bufferv",
}


def direct(name):
    namespace, *parts = name.split(".")
    function = importlib.import_module("gi.repository." + namespace)
    for part in parts:
        function = getattr(function, part)
    return function


def made(arguments):
    return [argument.make() if isinstance(argument, Made) else argument for argument in arguments]


def seen(value):
    """Returns something that is equal for equal values."""
    if isinstance(value, tuple):
        return tuple(map(seen, value))
    if isinstance(value, list):
        return list(map(seen, value))
    if isinstance(value, GLib.Error):
        return value.domain, value.code, value.message
    if isinstance(value, GLib.Bytes):
        return GLib.Bytes, value.get_data()
    if isinstance(value, GLib.Variant):
        return value.print_(True)
    if isinstance(value, GLib.DateTime):
        return value.format_iso8601()
    if isinstance(value, GLib.Date):
        return value.get_julian()
    if isinstance(value, Gio.File):
        return value.get_uri()
    if isinstance(value, GdkPixbuf.Pixbuf):
        return value.get_properties("width", "height", "has-alpha"), value.get_pixels()
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)  # some enumerations have no GType and come as plain numbers
    if isinstance(value, (GObject.Object, GObject.GBoxed)):
        return type(value)
    return type(value), value


async def test_gives_what_the_direct_call_gives():
    differing = []
    for name, *arguments in FUNCTIONS:
        try:
            expected = direct(name)(*made(arguments))
            if name in WITHOUT_BOOLEAN:
                assert expected[0] is True
                expected = expected[1] if len(expected) == 2 else tuple(expected[1:])
        except GLib.Error as error:
            expected = error
        try:
            result = await Athr.invoke(name, *made(arguments))
        except GLib.Error as error:
            result = error
        if seen(result) != seen(expected):
            differing.append(f"{name}: {result!r} instead of {expected!r}")
    assert differing == []


def test_of_many_functions():
    assert len({name for name, *_ in FUNCTIONS}) >= 100
    assert {name.split(".")[0] for name, *_ in FUNCTIONS} == {"GLib", "GObject", "Gio", "GdkPixbuf"}


@pytest.mark.parametrize("name, arguments, expected", [
    ("GLib.compute_checksum_for_string", ("md5", "a", -1), "0cc175b9c0f1b6a831c399e269772661"),
    ("GLib.file_test", ("/", "is-dir|exists"), True),
    ("Gio.File.query_file_type", (FILE, "nofollow-symlinks", None), Gio.FileType.REGULAR),
    ("GLib.base64_encode", (bytearray(b"abc"),), "YWJj"),
    ("GLib.base64_encode", (memoryview(b"abc"),), "YWJj"),
    ("GLib.base64_encode", ((97, 98, 99),), "YWJj"),
    ("GLib.environ_getenv", (("A=b",), "A"), "b"),
    ("GLib.file_test", (HERE, GLib.FileTest.IS_REGULAR), True),
    ("Gio-2.0.File.get_uri", (Gio.File.new_for_path("/"),), "file:///"),
    ("Gio.FileInputStream.close", (FILE.read(None), None), None),  # a method that the class inherits
])
async def test_takes_more_than_the_direct_call(name, arguments, expected):
    assert await Athr.invoke(name, *arguments) == expected


async def test_results_of_these_types():
    file_type = await Athr.invoke("Gio.File.query_file_type", FILE, 0, None)
    assert isinstance(file_type, Gio.FileType)
    result = await Athr.invoke("Gio.File.load_contents", FILE, None)
    assert isinstance(result, tuple) and result == (result.contents, result.etag_out)
    assert type(await Athr.invoke("GLib.KeyFile.get_integer_list", KEYS, "a", "integers")) is list
    assert type(await Athr.invoke("GLib.base64_decode", "YQ==")) is bytes


NOT_FOUND, INVALID, NOT_SUPPORTED = (
    Gio.IOErrorEnum.NOT_FOUND, Gio.IOErrorEnum.INVALID_ARGUMENT, Gio.IOErrorEnum.NOT_SUPPORTED)


def shape(name, which, kind, why):
    return name, NOT_SUPPORTED, f"{which}, of type {kind}, is not supported: {why}"


CALLBACK = "functions of other languages cannot run on a worker"
ALLOCATE = "the caller would have to allocate it"
SHAPES = [
    shape("GLib.idle_add", "the argument function", "GLib.SourceFunc", CALLBACK),
    shape("Gio.File.load_contents_async", "the argument callback", "Gio.AsyncReadyCallback",
          CALLBACK + "; take Gio.File.load_contents"),
    shape("GObject.Object.bind_property_full", "the argument transform_to", "GObject.Closure", CALLBACK),
    shape("Gio.MemoryInputStream.new_from_data", "the argument destroy", "GLib.DestroyNotify", CALLBACK),
    shape("Gio.InputStream.read", "the argument buffer", "array of guint8",
          ALLOCATE + "; take Gio.InputStream.read_bytes"),
    shape("Gio.InputStream.read_all", "the argument buffer", "array of guint8", ALLOCATE),
    shape("GLib.base64_decode_inplace", "the argument text", "array of guint8", "it goes in and out"),
    shape("Gio.ListStore.insert_sorted", "the argument compare_func", "GLib.CompareDataFunc", CALLBACK),
    shape("GObject.Object.set_property", "the argument value", "GObject.Value", "it can hold what"),
    shape("GObject.Object.get_data", "what it returns", "gpointer", "nothing says what it points to"),
    shape("GLib.atomic_int_get", "the argument atomic", "gint32*", "nothing says what it points to"),
    shape("Gio.ListStore.splice", "the argument additions", "array of GObject.Object", "lists and arrays of objects"),
]

BAD_INPUT = [
    ("NoSuchNamespace.function", (), NOT_FOUND, "NoSuchNamespace.function: .*NoSuchNamespace"),
    ("Gio-9.0.File.get_uri", (FILE,), NOT_FOUND, "Gio-9.0.File.get_uri: .*9.0"),
    ("GLib.no_such", (), NOT_FOUND, "GLib.no_such: GLib 2.0 has no function of this name that bindings can call"),
    ("Gio.File.no_such", (FILE,), NOT_FOUND, "Gio.File.no_such: Gio 2.0 has no function of this name"),
    ("Gio.Fil.load_contents", (FILE,), NOT_FOUND, "Gio.Fil.load_contents: Gio 2.0 has no type Fil"),
    ("GLib", (), INVALID, "GLib: is no name of a function"),
    ("", (), INVALID, ": is no name of a function"),
    ("Gio.File.load_contents", (), INVALID, "takes 2 arguments (Gio.File self, Gio.Cancellable cancellable), not 0"),
    ("Gio.File.load_contents", (FILE,), INVALID, "takes 2 arguments"),
    ("GLib.Variant.new_uint64", (1, 2), INVALID, "takes 1 argument (guint64 value), not 2"),
    ("Gio.File.load_contents", (PIXBUF, None), INVALID, "argument 1, self, must be Gio.File, not GdkPixbuf"),
    ("Gio.File.load_contents", (None, None), INVALID, "argument 1, self, must be Gio.File, not null"),
    ("Gio.File.load_contents", ("/", None), INVALID, "argument 1, self, must be Gio.File, not gchararray"),
    ("Gio.File.load_contents", (FILE, FILE), INVALID, "argument 2, cancellable, must be Gio.Cancellable, not GLocalFile"),
    ("GLib.Variant.new_uint64", ("1",), INVALID, "argument 1, value, must be guint64, not gchararray"),
    ("GLib.Variant.new_uint64", (-1,), INVALID, "argument 1, value, must be guint64, which cannot be -1"),
    ("GLib.Variant.new_uint64", (2**64,), INVALID, "argument 1, value, must be guint64, which cannot be 1.8446744073709552e+19"),
    ("GLib.Variant.new_uint64", (True,), INVALID, "must be guint64, not gboolean"),
    ("GLib.Variant.new_uint64", (1.5,), INVALID, "must be guint64, which cannot be 1.5"),
    ("GLib.Variant.new_byte", (256,), INVALID, "must be guint8, which cannot be 256"),
    ("GLib.Variant.new_int16", (2**15,), INVALID, "must be gint16, which cannot be 32768"),
    ("GLib.Variant.new_int64", (2**63,), INVALID, "must be gint64, which cannot be 9223372036854775808"),
    ("GLib.Variant.new_boolean", (1,), INVALID, "must be gboolean, not gint64"),
    ("GLib.Variant.new_string", (None,), INVALID, "argument 1, string, must be utf8, not null"),
    ("GLib.Variant.new_string", ("\udcff",), INVALID, "argument 1, string, must be utf8, so valid UTF-8"),
    ("GLib.base64_encode", ([256],), INVALID, "must be array of guint8, of which none can be 256"),
    ("GLib.base64_encode", ([0, 2**64 - 1],), INVALID, "of which none can be 18446744073709551615"),
    ("GLib.base64_encode", ([0, 2**64],), INVALID, "of which none can be 1.8446744073709552e+19"),
    ("GLib.base64_encode", (["a"],), INVALID, "must be array of guint8, not GStrv"),
    ("GLib.Variant.new_strv", (b"a",), INVALID, "must be array of utf8, not GBytes"),
    ("GLib.Variant.new_strv", ([1],), INVALID, "must be array of utf8, not a GVariant of type ax"),
    ("GLib.compute_checksum_for_string", (77, "a", -1), INVALID, "must be GLib.ChecksumType, which has no 77"),
    ("GLib.compute_checksum_for_string", ("md6", "a", -1), INVALID, 'must be GLib.ChecksumType, which has no "md6"'),
    ("GLib.unichar_toupper", ("ab",), INVALID, "must be gunichar, so a string of one character"),
    ("GObject.type_name", ("NoSuchType",), INVALID, 'must be GType, and there is no "NoSuchType"'),
    ("GLib.Variant.print_", (GLib.Variant("i", 1), False), NOT_FOUND, "no function of this name"),
]

ARGUMENTS = [
    ("GLib.usleep", (object(),), "GLib.usleep: argument 1 cannot be passed to C: C has nothing for object; give a number"),
    ("GLib.usleep", ({"a": 1},), "a dict must be of texts"),
    ("GLib.build_filenamev", (["a", "b\0"],), "a text of C has no null character"),
    ("GLib.build_filenamev", (["a", "\ud800"],), "surrogates not allowed"),
    ("GLib.usleep", (10**400,), "int too large to convert to float"),
    ("GLib.usleep", (test_of_many_functions,), "Python functions do not run inside a function of C on a worker"),
    ("Gio.File.copy", (Gio.File.new_for_path("/a"), Gio.File.new_for_path("/b"), 0, None, print),
     "argument 5 cannot be passed to C: Python functions do not run inside a function of C on a worker"),
    ("GLib.Variant.new_string", ("a\0b",), "a text of C has no null character"),
    ("GLib.Variant.new_string", ("\ud800",), "surrogates not allowed"),
    ("GLib.Variant.new_strv", (["a", 1],), "must be real number, not str"),
    ("GLib.base64_encode", ([None],), "must be real number, not NoneType"),
    ("GObject.ParamSpec.get_name", (Athr.Call.list_properties()[0],), "C has nothing for "),
    ("GObject.TypePlugin.use", (GLib.OptionContext,), "argument 1 cannot be passed to C"),
]


@pytest.mark.parametrize("name, code, message", SHAPES, ids=[name for name, *_ in SHAPES])
async def test_refuses_shapes(name, code, message):
    with pytest.raises(GLib.Error, match=re.escape(f"{name}: {message}")) as caught:
        await Athr.invoke(name)
    assert caught.value.matches(Gio.io_error_quark(), code)


async def test_refuses_bad_input():
    executor = Athr.Executor.new("bad", 1)
    for name, arguments, code, message in BAD_INPUT:
        with pytest.raises(GLib.Error) as caught:
            await Athr.invoke(name, *arguments, executor=executor)
        assert caught.value.matches(Gio.io_error_quark(), code), caught.value
        assert caught.value.message.startswith(name + ":")
        assert message in caught.value.message or re.match(message, caught.value.message), caught.value
    assert executor.get_n_queued() == executor.get_n_running() == 0


async def test_refuses_the_function_first():
    with pytest.raises(GLib.Error, match="GLib 2.0 has no function of this name"):
        await Athr.invoke("GLib.no_such", object())
    with pytest.raises(GLib.Error, match="GObject.Object.ref: is not supported"):
        await Athr.invoke("GObject.Object.ref", object())


async def test_refuses_what_c_has_no_type_for():
    for name, arguments, message in ARGUMENTS:
        with pytest.raises(TypeError, match=re.escape(message)):
            await Athr.invoke(name, *arguments)


@pytest.mark.parametrize("options, message", [
    ({"executor": 5}, "^executor must be an Athr.Executor or None, not int$"),
    ({"cancellable": "a"}, "^cancellable must be a Gio.Cancellable or None, not str$"),
    ({"priority": "high"}, "^priority must be an int, not str$"),
    ({"name": 5}, "^name must be a str or None, not int$"),
    ({"timeout": "3"}, "^timeout must be a number of seconds or None, not str$"),
    ({"run_timeout": "3"}, "^run_timeout must be a number of seconds or None, not str$"),
    ({"delivery_priority": "high"}, "^delivery_priority must be an int, not str$"),
    ({"return_on_cancel": "no"}, "^return_on_cancel must be a bool, not str$"),
    ({"tmeout": 3}, "unexpected keyword argument 'tmeout'"),
])
async def test_refuses_options_that_are_wrong(options, message):
    with pytest.raises(TypeError, match=message):
        await Athr.invoke("GLib.usleep", 0, **options)
    with pytest.raises(TypeError, match="^the name of a function is needed, not int$"):
        await Athr.invoke(5)


def test_says_that_the_library_is_missing():
    program = """
import asyncio, ctypes, gi
gi.require_version("Athr", "1")
from gi.repository import Athr
load = ctypes.PyDLL
def missing(name, *arguments, **options):
    if "invoke" in name:
        raise OSError(name + ": cannot open shared object file")
    return load(name, *arguments, **options)
ctypes.PyDLL = missing
print(asyncio.run(Athr.call(lambda: "runs")()))
for _ in range(2):
    try:
        asyncio.run(Athr.invoke("GLib.usleep", 0))
    except ImportError as error:
        print(error)
"""
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    message = "Athr.invoke() needs the library AthrInvoke: libathreading-invoke-1.so.0: cannot open shared object file\n"
    assert output == "runs\n" + 2 * message


# A function that reads a pipe blocks until the test writes to the pipe.

def pipe():
    read, write = os.pipe()
    return Gio.UnixInputStream.new(read, True), write


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


async def test_eight_at_once():
    executor = Athr.Executor.new("eight", 8)
    streams = [pipe() for _ in range(8)]
    tasks = [asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor))
             for stream, _ in streams]
    await until(lambda: executor.get_n_running() == 8)
    assert not any(task.done() for task in tasks)
    for number, (_, write) in enumerate(streams):
        os.write(write, bytes([number]))
        os.close(write)
    assert [result.get_data() for result in await asyncio.gather(*tasks)] == [bytes([n]) for n in range(8)]


async def test_sleeps_at_once():
    executor = Athr.Executor.new("sleeps", 8)
    most = 0
    tasks = [asyncio.ensure_future(Athr.invoke("GLib.usleep", 200_000, executor=executor)) for _ in range(8)]
    while not all(task.done() for task in tasks):
        most = max(most, executor.get_n_running())
        await asyncio.sleep(0.001)
    assert most == 8


async def test_runs_without_the_lock_of_python():
    """While the function blocks, a Python thread computes and then writes the data that the function waits for."""
    stream, write = pipe()

    def compute():
        os.write(write, b"%d" % sum(range(1000)))
        os.close(write)

    executor = Athr.Executor.new("lock", 1)
    reading = asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 100, None, executor=executor))
    await until(lambda: executor.get_n_running() == 1)
    thread = threading.Thread(target=compute)
    thread.start()
    assert (await reading).get_data() == b"499500"
    thread.join()


async def test_priority():
    executor = Athr.Executor.new("priority", 1)
    stream, write = pipe()
    order = []

    async def tell(name, priority):
        await Athr.invoke("GLib.usleep", 0, executor=executor, priority=priority)
        order.append(name)

    reading = asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor))
    await until(lambda: executor.get_n_running() == 1)
    tasks = [asyncio.ensure_future(tell("late", GLib.PRIORITY_LOW)), asyncio.ensure_future(tell("early", GLib.PRIORITY_HIGH))]
    await until(lambda: executor.get_n_queued() == 2)
    os.close(write)
    await asyncio.gather(reading, *tasks)
    assert order == ["early", "late"]


async def test_cancelled_task():
    """If the argument for a cancellable is None, the function gets the cancellable of the call."""
    executor = Athr.Executor.new("cancelled", 1)
    stream, write = pipe()
    task = asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor))
    await until(lambda: executor.get_n_running() == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: executor.get_n_running() == 0)
    os.close(write)


async def test_cancelled_in_the_queue():
    executor = Athr.Executor.new("cancelled", 1)
    stream, write = pipe()
    reading = asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor))
    await until(lambda: executor.get_n_running() == 1)
    keys = GLib.KeyFile()
    task = asyncio.ensure_future(Athr.invoke("GLib.KeyFile.set_integer", keys, "a", "b", 1, executor=executor))
    await until(lambda: executor.get_n_queued() == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    os.close(write)
    await reading
    assert keys.get_groups()[0] == []


@pytest.mark.parametrize("option", [True, False])
async def test_cancellable(option):
    executor = Athr.Executor.new("cancellable", 1)
    stream, write = pipe()
    cancellable = Gio.Cancellable()
    argument, options = (None, {"cancellable": cancellable}) if option else (cancellable, {})
    task = asyncio.ensure_future(
        Athr.invoke("Gio.InputStream.read_bytes", stream, 1, argument, executor=executor, **options))
    await until(lambda: executor.get_n_running() == 1)
    cancellable.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    os.close(write)


async def test_timeout():
    stream, write = pipe()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None), 0.01)
    os.close(write)


@pytest.mark.parametrize("limit", ["timeout", "run_timeout"])
@pytest.mark.parametrize("return_on_cancel", [True, False])
async def test_timeout_option(limit, return_on_cancel):
    stream, write = pipe()
    options = {limit: 0.01, "return_on_cancel": return_on_cancel}
    with pytest.raises(TimeoutError, match="took longer than 10 ms$"):
        await Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, **options)
    os.close(write)


async def test_ends_before_the_function_returns():
    executor, cancellable = Athr.Executor.new("busy", 1), Gio.Cancellable()
    stream, write = pipe()
    not_passed_on = Gio.Cancellable()
    read = "Gio.InputStream.read_bytes", stream, 1, not_passed_on
    with pytest.raises(TimeoutError, match="^The function of the call took longer than 10 ms$"):
        await Athr.invoke(*read, executor=executor, run_timeout=0.01)
    assert executor.get_n_running() == 1
    with pytest.raises(TimeoutError, match="^The call took longer than 1 ms$"):
        await Athr.invoke("GLib.usleep", 0, executor=executor, timeout=0)
    waiting = asyncio.ensure_future(Athr.invoke(*read, executor=executor, cancellable=cancellable))
    await until(lambda: executor.get_n_queued() == 1)
    cancellable.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.close(write)


async def test_error_of_the_function_in_time():
    with pytest.raises(GLib.Error) as caught:
        await Athr.invoke("Gio.File.load_contents", Gio.File.new_for_path("/nowhere"), None, timeout=60, name="load",
                          delivery_priority=GLib.PRIORITY_LOW)
    assert caught.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND)


async def test_keeps_its_arguments():
    stream, write = pipe()
    executor = Athr.Executor.new("keeps", 1)
    task = asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor))
    del stream
    await until(lambda: executor.get_n_running() == 1)
    gc.collect()
    os.write(write, b"a")
    os.close(write)
    assert (await task).get_data() == b"a"


def test_the_namespace_of_the_library_has_no_override():
    gi.require_version("AthrInvoke", "1")
    from gi.repository import AthrInvoke
    assert AthrInvoke.Values.__module__ == "gi.repository.AthrInvoke"
    assert "gi.overrides.AthrInvoke" not in sys.modules


def test_exit_while_it_runs():
    program = """
import asyncio, gi
gi.require_version("Athr", "1")
from gi.repository import Athr
async def main():
    asyncio.ensure_future(Athr.invoke("GLib.usleep", 300_000))
    await asyncio.sleep(0.05)
asyncio.run(main())
"""
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("", "")


LEAKING = [
    ("GLib.ascii_strtoll", "-7x", 10),
    ("GLib.base64_decode", "YQD/"),
    ("GLib.convert", b"abc" * 100, "utf-16le", "utf-8"),
    ("GLib.KeyFile.get_integer_list", KEYS, "a", "integers"),
    ("GLib.KeyFile.get_string", KEYS, "a", "missing"),
    ("GLib.KeyFile.set_double_list", Made(GLib.KeyFile), "set", "reals", [0.5, 2, -1]),
    ("GLib.shell_parse_argv", "a 'b c'"),
    ("GLib.environ_setenv", ["A=b"], "C", "d", True),
    ("GLib.Variant.get_child_value", GLib.Variant("ai", [1, 2]), 1),
    ("GLib.compute_checksum_for_bytes", "md5", GLib.Bytes.new(b"abc")),
    ("GLib.DateTime.add_days", TIME, 1),
    ("Gio.File.get_parent", FILE),
    ("Gio.File.load_contents", Gio.File.new_for_path("/no/such"), None),
    ("Gio.File.equal", FILE, None),  # AthrInvoke refuses None here
    ("GObject.type_name", Gio.File),
    ("GLib.usleep", object()),
    ("GLib.filename_from_uri", "file://host/a%2Fb"),  # gives the host beside the error
    ("GLib.Date.add_days", Made(GLib.Date.new_dmy, 1, 1, 2020), 1),
    ("GLib.Uri.parse_params", "a=b&c=d", -1, "&", GLib.UriParamsFlags.NONE),
    ("GdkPixbuf.Pixbuf.get_formats",),
]


def test_leaves_nothing_behind():
    async def attempt(name, arguments):
        try:
            await Athr.invoke(name, *made(arguments))
        except (GLib.Error, TypeError):
            pass

    async def main(n):
        for _ in range(n // len(LEAKING) // 10):
            await asyncio.gather(*(attempt(name, arguments) for name, *arguments in LEAKING for _ in range(10)))

    leaks.assert_flat(lambda n: asyncio.run(main(n)))


def test_drops_the_reference_that_ref_returns():
    attributes = Gio.FileAttributeInfoList.new()
    for number in range(300):
        attributes.add(f"a::{number}", Gio.FileAttributeType.STRING, Gio.FileAttributeInfoFlags.NONE)

    async def main(n):
        for _ in range(n):
            await Athr.invoke("Gio.FileAttributeInfoList.ref", attributes.dup())

    leaks.assert_flat(lambda n: asyncio.run(main(n)), rounds=10_000)


SEED = int(os.environ.get("ATHR_STRESS_SEED") or random.randrange(2**32))
SECONDS = float(os.environ.get("ATHR_STRESS_SECONDS") or 1)


def test_eight_threads_at_once():
    """Eight threads run random functions, and cancel some of them."""
    print("seed", SEED)
    until = time.monotonic() + SECONDS
    faults = []
    executor = Athr.Executor.new("chance", 8)
    calls = [call for call in FUNCTIONS if not call[0].startswith("GLib.KeyFile.set")]

    async def check(chance):
        name, *arguments = chance.choice(calls)
        task = asyncio.ensure_future(
            Athr.invoke(name, *made(arguments), executor=chance.choice((None, executor)), priority=chance.choice((0, 1))))
        if chance.random() < 0.1:
            await asyncio.sleep(0)
            task.cancel()
        try:
            await task
        except (GLib.Error, asyncio.CancelledError):
            pass

    async def main(chance):
        while time.monotonic() < until:
            await asyncio.gather(*(check(chance) for _ in range(chance.randrange(1, 20))))

    def run(number):
        try:
            asyncio.run(main(random.Random(SEED + number)))
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
