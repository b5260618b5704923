# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The results of introspected functions of C, as PyGObject gives them."""

import ctypes
import functools
import os
from typing import Any, Optional

import gi._gi as _gi
from gi.repository import GLib, GObject

from .c import BOOLEAN, POINTER, TYPE, UINT, address_of, declare, value_copy, value_init
from .invoke import IS_UTF8, NULL, STRV, encode_text, library
from .values import STRING, CValue

values_get_type = declare("athr_invoke_values_get_type", TYPE, library=library)
values_is_array = declare("athr_invoke_values_is_array", BOOLEAN, POINTER, library=library)
values_is_table = declare("athr_invoke_values_is_table", BOOLEAN, POINTER, library=library)
values_to_array = declare("athr_invoke_values_to_array_into", None, POINTER, POINTER, library=library)
values_get_length = declare("athr_invoke_values_get_length", UINT, POINTER, library=library)
values_get = declare("athr_invoke_values_get", POINTER, POINTER, UINT, library=library)
gives_file_name = declare("athr_invoke_gives_file_name", BOOLEAN, ctypes.c_char_p, UINT, library=library)
get_result_name = declare("athr_invoke_get_result_name", ctypes.c_char_p, ctypes.c_char_p, UINT, library=library)
string_append = declare("g_string_append_len", POINTER, POINTER, POINTER, ctypes.c_ssize_t)

BYTE_ARRAY, GSTRING = hash(GLib.ByteArray.__gtype__), hash(GLib.String.__gtype__)
VALUES = values_get_type()
NUMBERS = frozenset(hash(kind) for kind in (
    GObject.TYPE_BOOLEAN, GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_INT64, GObject.TYPE_UINT64,
    GObject.TYPE_FLOAT, GObject.TYPE_DOUBLE, GObject.TYPE_GTYPE))


class CString(ctypes.Structure):
    """A GString"""

    _fields_ = [("data", POINTER), ("length", ctypes.c_size_t)]


class CByteArray(ctypes.Structure):
    """A GByteArray"""

    _fields_ = [("data", POINTER), ("length", UINT)]


def unmarshal_result(box: Any, name: str) -> Any:
    """Returns the result as PyGObject does: several results are a tuple with the names of the output arguments."""
    c_value = CValue.from_address(address_of(box))
    if c_value.type != VALUES or not c_value.v_pointer or is_container(c_value.v_pointer):
        return unmarshal_value(box, name, 0)
    values = [unmarshal_value(one, name, number) for number, one in enumerate(copy_values(c_value.v_pointer))]
    names = [get_result_name(encode_text(name), number) for number in range(len(values))]
    return tuple_type(*names)(values)


@functools.lru_cache(maxsize=None)
def tuple_type(*names: Optional[bytes]) -> Any:
    return _gi.ResultTuple._new_type([name and name.decode() for name in names])


def unmarshal_value(box: Any, name: str, number: int) -> Any:
    """An array of bytes is bytes, an array or list is a list, and a hash table is a dict."""
    c_value = CValue.from_address(address_of(box))
    if c_value.type in (0, NULL):
        return None
    if c_value.type in (STRING, STRV, BYTE_ARRAY):
        return unmarshal_text(box, c_value, gives_file_name(encode_text(name), number))
    if c_value.type == GSTRING and c_value.v_pointer:
        return copy_string(c_value.v_pointer)
    if c_value.type != VALUES:
        return _gi._gvalue_get(box)
    values = c_value.v_pointer
    if not values:
        return []
    if values_get_length(values) and CValue.from_address(values_get(values, 0)).type in NUMBERS:
        numbers = GObject.Value()
        values_to_array(values, address_of(numbers))
        return numbers.get_value()
    elements = [unmarshal_value(element, name, number) for element in copy_values(values)]
    return dict(zip(elements[::2], elements[1::2])) if values_is_table(values) else elements


def unmarshal_text(box: Any, c_value: CValue, is_file_name: bool) -> Any:
    """File names are in the encoding of the file system, and may have bytes that no text has."""
    if c_value.type == BYTE_ARRAY:
        content = CByteArray.from_address(c_value.v_pointer) if c_value.v_pointer else CByteArray()
        data = ctypes.string_at(content.data, content.length)
        return os.fsdecode(data) if is_file_name else data
    value = _gi._gvalue_get(box)
    if IS_UTF8 or not is_file_name or value is None:
        return value
    if isinstance(value, str):
        return os.fsdecode(value.encode())
    return [os.fsdecode(text.encode()) for text in value]


def copy_string(address: int) -> Any:
    """PyGObject would make a str of the GString."""
    content, string = CString.from_address(address), GLib.String.sized_new(0)
    string_append(address_of(string), content.data, content.length)
    return string


def is_container(values: int) -> bool:
    return bool(values_is_array(values) or values_is_table(values))


def copy_values(values: int) -> list[Any]:
    return [copy_value(values_get(values, number)) for number in range(values_get_length(values))]


def copy_value(address: int) -> Any:
    box = GObject.Value()
    value_init(address_of(box), CValue.from_address(address).type)
    value_copy(address, address_of(box))
    return box
