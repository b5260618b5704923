# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Introspected functions of C: the library AthrInvoke calls them, this module converts arguments and results."""

import ctypes
import os
from array import array
from typing import Any

import gi._gi as _gi
from gi.module import repository
from gi.repository import GLib, GObject

from .c import BOOLEAN, POINTER, TYPE, UINT, address_of, declare, value_copy, value_init
from .checks import type_name
from .errors import ErrorPointer
from .values import DOUBLE, INT64, INT64_MAX, INT64_MIN, STRING, CValue

try:
    repository.require("AthrInvoke", "1")
    repository.find_by_name("AthrInvoke", "Values").get_g_type()  # loads the library, as in the module c
    library = ctypes.PyDLL("libathreading-invoke-1.so.0", os.RTLD_NOLOAD)
except (_gi.RepositoryError, OSError) as error:
    raise ImportError(f"Athr.invoke() needs the library AthrInvoke: {error}") from None

call_new = declare("athr_invoke_call_new", POINTER, ctypes.c_char_p, POINTER, ctypes.c_size_t, POINTER, library=library)
values_get_type = declare("athr_invoke_values_get_type", TYPE, library=library)
values_is_array = declare("athr_invoke_values_is_array", BOOLEAN, POINTER, library=library)
values_to_array = declare("athr_invoke_values_to_array_into", None, POINTER, POINTER, library=library)
values_get_length = declare("athr_invoke_values_get_length", UINT, POINTER, library=library)
values_get = declare("athr_invoke_values_get", POINTER, POINTER, UINT, library=library)

NULL, UINT64, STRV, BYTE_ARRAY = (hash(kind) for kind in (
    GObject.TYPE_POINTER, GObject.TYPE_UINT64, GObject.TYPE_STRV, GLib.ByteArray.__gtype__))
VALUES = values_get_type()


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


def marshal_argument(c_value: CValue, value: Any) -> Any:
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
        c_value.type, c_value.v_string = STRING, encode_text(value)
    elif isinstance(value, (list, tuple)) and value and all(map(is_text, value)):
        texts = (ctypes.c_char_p * (len(value) + 1))(*map(encode_text, value))
        c_value.type, c_value.v_pointer = STRV, ctypes.addressof(texts)
        return texts
    else:
        return marshal_wrapper(c_value, value)
    return None


def marshal_wrapper(c_value: CValue, value: Any) -> Any:
    """Sets the GValue to a value that PyGObject converts: an object, a boxed type, a type, bytes or numbers."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = GLib.Bytes.new(bytes(value))
    elif isinstance(value, (list, tuple)):
        value = make_variant(value)
    is_type = isinstance(value, (type, GObject.GType))
    kind = GObject.TYPE_GTYPE if is_type else getattr(value, "__gtype__", None)
    # PyGObject 3.42 makes no valid GValue of a GParamSpec.
    if not isinstance(kind, GObject.GType) or not kind.is_value_type() or kind.is_a(GObject.TYPE_PARAM):
        raise TypeError(f"no GValue is made of {type_name(value)}")
    box = GObject.Value()
    box.init(kind)
    _gi._gvalue_set(box, value)
    ctypes.memmove(ctypes.addressof(c_value), address_of(box), ctypes.sizeof(c_value))
    return box


def marshal_arguments(arguments: tuple[Any, ...], name: str) -> tuple[Any, list[Any]]:
    c_values, kept = (CValue * len(arguments))(), []
    for number, (c_value, argument) in enumerate(zip(c_values, arguments), 1):
        try:
            kept.append(marshal_argument(c_value, argument))
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"{name}: argument {number} cannot be passed to C: {error}") from error
    return c_values, kept


def new_call(name: str, arguments: tuple[Any, ...]) -> int:
    """Returns the address of a new AthrCall. The caller owns the reference."""
    c_values, kept = marshal_arguments(arguments, name)
    error = ErrorPointer()
    call: int = call_new(encode_text(name), ctypes.addressof(c_values), len(c_values), ctypes.addressof(error))
    del kept
    if not call:
        raise error.take()
    return call


class CByteArray(ctypes.Structure):
    """A GByteArray"""

    _fields_ = [("data", POINTER), ("length", UINT)]


def unmarshal_result(box: Any) -> Any:
    """Returns the result as PyGObject does: an array of bytes is bytes, an array of numbers is a list, and several
    results are a tuple."""
    c_value = CValue.from_address(address_of(box))
    if c_value.type == BYTE_ARRAY:
        content = CByteArray.from_address(c_value.v_pointer) if c_value.v_pointer else CByteArray()
        return ctypes.string_at(content.data, content.length)
    if c_value.type in (0, NULL):
        return None
    if c_value.type != VALUES:
        return _gi._gvalue_get(box)
    values = c_value.v_pointer
    if not values:
        return []
    if not values_is_array(values):
        return tuple(unmarshal_result(copy_value(values_get(values, n))) for n in range(values_get_length(values)))
    numbers = GObject.Value()
    values_to_array(values, address_of(numbers))
    return numbers.get_value()


def copy_value(address: int) -> Any:
    box = GObject.Value()
    value_init(address_of(box), CValue.from_address(address).type)
    value_copy(address, address_of(box))
    return box
