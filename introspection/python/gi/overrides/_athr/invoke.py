# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Introspected functions of C: the library AthrInvoke calls them, this module converts the arguments."""

import codecs
import ctypes
import os
import sys
from array import array
from collections.abc import Callable
from typing import Any

import gi._gi as _gi
from gi.module import repository
from gi.repository import Gio, GLib, GObject

from .c import Athr, BOOLEAN, POINTER, UINT, address_of, declare, object_unref
from .checks import type_name
from .errors import ErrorPointer
from .values import DOUBLE, INT64, INT64_MAX, INT64_MIN, STRING, CValue, object_from_address

try:
    repository.require("AthrInvoke", "1")
    repository.find_by_name("AthrInvoke", "Values").get_g_type()  # loads the library, as in the module c
    library = ctypes.PyDLL("libathreading-invoke-1.so.0", os.RTLD_NOLOAD)
except (_gi.RepositoryError, OSError) as error:
    raise ImportError(f"Athr.invoke() needs the library AthrInvoke: {error}") from None

call_new = declare("athr_invoke_call_new", POINTER, ctypes.c_char_p, POINTER, ctypes.c_size_t, POINTER, library=library)
takes_file_name = declare("athr_invoke_takes_file_name", BOOLEAN, ctypes.c_char_p, UINT, library=library)

NULL, UINT64, STRV = (hash(kind) for kind in (GObject.TYPE_POINTER, GObject.TYPE_UINT64, GObject.TYPE_STRV))
NOCOPY_CONTENTS = 1 << 27  # G_VALUE_NOCOPY_CONTENTS: the caller keeps the boxed value
IS_UTF8 = codecs.lookup(sys.getfilesystemencoding()).name == "utf-8"


def is_text(value: Any) -> bool:
    """Whether the value is a string or a path. A Gio.File may have __fspath__(), but is passed as an object."""
    return isinstance(value, str) or hasattr(type(value), "__fspath__") and not isinstance(value, GObject.Object)


def encode_text(text: Any) -> bytes:
    """Returns the bytes of a string or a path. C accepts bytes that are not UTF-8 as a file name only."""
    path: Any = os.fspath(text)
    data: bytes = path.encode(errors="surrogateescape") if isinstance(path, str) else path
    if b"\0" in data:
        raise ValueError("a text of C has no null character")
    return data


def encode_file_name(name: Any) -> bytes:
    """Does the same in the encoding of the file system."""
    return encode_text(os.fsencode(name))


def make_variant(numbers: Any) -> Any:
    """Makes a variant of numbers or booleans. AthrInvoke converts the variant to the type of the argument."""
    code, kind = "d", "ad"
    if all(isinstance(number, bool) for number in numbers):
        code, kind = "B", "ab"
    elif all(isinstance(number, int) for number in numbers):
        if INT64_MIN <= min(numbers) and max(numbers) <= INT64_MAX:
            code, kind = "q", "ax"
        elif 0 <= min(numbers) and max(numbers) < 2**64:
            code, kind = "Q", "at"
    data = GLib.Bytes.new(array(code, numbers).tobytes())
    return GLib.Variant.new_from_bytes(GLib.VariantType(kind), data, True)


def make_table(texts: dict[Any, Any]) -> Any:
    if not all(map(is_text, [*texts, *texts.values()])):
        raise TypeError("a dict must be of texts")
    return GLib.Variant("a{ss}", {encode_text(key).decode(): encode_text(text).decode() for key, text in texts.items()})


def marshal_argument(c_value: CValue, value: Any, encode: Callable[[Any], bytes]) -> Any:
    """Sets the GValue of an argument. Returns an object that must live as long as the GValue."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = int(value)  # enumerations and flags of PyGObject cannot be compared with large numbers
    if value is None:
        c_value.type = NULL
    elif isinstance(value, bool):
        c_value.set(value)
    elif isinstance(value, int) and INT64_MIN <= value < 2**64:
        c_value.type, c_value.v_int64 = INT64 if value <= INT64_MAX else UINT64, value
    elif isinstance(value, (int, float)):
        c_value.type, c_value.v_double = DOUBLE, value
    elif is_text(value):
        c_value.type, c_value.v_string = STRING, encode(value)
    elif isinstance(value, (list, tuple)) and value and all(map(is_text, value)):
        texts = (ctypes.c_char_p * (len(value) + 1))(*map(encode, value))
        c_value.type, c_value.v_pointer = STRV, ctypes.addressof(texts)
        return texts
    elif isinstance(value, GObject.GBoxed) and not isinstance(value, GObject.Value) and is_boxed(value.__gtype__):
        # C changes the boxed value itself, as in a direct call, and not a copy.
        c_value.type, c_value.v_pointer = hash(value.__gtype__), address_of(value)
        c_value.more = NOCOPY_CONTENTS
        return value
    else:
        return marshal_wrapper(c_value, value)
    return None


def is_boxed(kind: Any) -> bool:
    return bool(kind.fundamental == GObject.TYPE_BOXED)


def marshal_wrapper(c_value: CValue, value: Any) -> Any:
    """Sets the GValue to a value that PyGObject converts: an object, a type, an error, bytes, numbers or texts."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = GLib.Bytes.new(bytes(value))
    elif isinstance(value, (list, tuple)):
        value = make_variant(value)
    elif isinstance(value, dict):
        value = make_table(value)
    if isinstance(value, GObject.Value):
        box = value  # stands for what it holds
    else:
        is_type = isinstance(value, (type, GObject.GType))
        kind = GObject.TYPE_GTYPE if is_type else getattr(value, "__gtype__", None)
        # PyGObject 3.42 makes no valid GValue of a GParamSpec.
        if not isinstance(kind, GObject.GType) and callable(value):
            raise TypeError("Python functions do not run inside a function of C on a worker")
        if not isinstance(kind, GObject.GType) or not kind.is_value_type() or kind.is_a(GObject.TYPE_PARAM):
            raise TypeError(f"C has nothing for {type_name(value)}; give a number, a text, bytes, an object of GObject, a "
                            "boxed value, a list or a dict of texts")
        box = GObject.Value()
        box.init(kind)
        _gi._gvalue_set(box, value)
    ctypes.memmove(ctypes.addressof(c_value), address_of(box), ctypes.sizeof(c_value))
    return box


def marshal_arguments(arguments: tuple[Any, ...], name: str) -> tuple[Any, list[Any]]:
    c_values, kept = (CValue * len(arguments))(), []
    for number, (c_value, argument) in enumerate(zip(c_values, arguments)):
        try:
            is_file_name = not IS_UTF8 and takes_file_name(encode_text(name), number)
            kept.append(marshal_argument(c_value, argument, encode_file_name if is_file_name else encode_text))
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"{name}: argument {number + 1} cannot be passed to C: {error}") from error
    return c_values, kept


def check_function(name: str) -> None:
    """Raises an error if C refuses the function, whatever its arguments are."""
    error = ErrorPointer()
    if call := call_new(encode_text(name), None, 0, ctypes.addressof(error)):
        object_unref(call)
        return
    refusal = error.take()
    if not refusal.matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT):
        raise refusal


def new_call(name: str, arguments: tuple[Any, ...]) -> Any:
    error = ErrorPointer()
    try:
        c_values, kept = marshal_arguments(arguments, name)
    except TypeError:
        check_function(name)
        raise
    address = call_new(encode_text(name), ctypes.addressof(c_values), len(c_values), ctypes.addressof(error))
    if not address:
        raise error.take()
    call = object_from_address(Athr.Call, address)
    # The function may use boxed values until the call is freed.
    if lent := [value for value in kept if isinstance(value, GObject.GBoxed) and not isinstance(value, GObject.Value)]:
        call.__dict__["_athr_lent"] = lent
    return call
