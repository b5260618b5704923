# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What Athr.invoke() needs of the library AthrInvoke: arguments on their way to C, and results from there."""

from __future__ import annotations

from array import array
import ctypes
import os
from typing import Any

from gi import _gi
from gi.overrides.Athr import (BOOLEAN, DOUBLE, INT64, INT64_MAX, INT64_MIN, POINTER, STRING, TYPE, UINT, Problem, Slot,
                               address_of, declare, kind_of)
from gi.repository import GLib, GObject

__all__: list[str] = []

try:
    library = ctypes.PyDLL("libathreading-invoke-1.so.0")
except OSError as error:
    raise ImportError(f"Athr.invoke() needs the library AthrInvoke: {error}") from None

call_new = declare("athr_invoke_call_new", POINTER, ctypes.c_char_p, POINTER, ctypes.c_size_t, POINTER, library=library)
values_get_type = declare("athr_invoke_values_get_type", TYPE, library=library)
values_is_array = declare("athr_invoke_values_is_array", BOOLEAN, POINTER, library=library)
values_to_array = declare("athr_invoke_values_to_array_into", None, POINTER, POINTER, library=library)

values_get_length = declare("athr_invoke_values_get_length", UINT, POINTER, library=library)
values_get = declare("athr_invoke_values_get", POINTER, POINTER, UINT, library=library)
value_init = declare("g_value_init", POINTER, POINTER, TYPE)
value_copy = declare("g_value_copy", None, POINTER, POINTER)

NULL, UINT64, STRV, BYTE_ARRAY = (hash(kind) for kind in (
    GObject.TYPE_POINTER, GObject.TYPE_UINT64, GObject.TYPE_STRV, GLib.ByteArray.__gtype__))
VALUES = values_get_type()


# Arguments

def is_text(value: Any) -> bool:
    """Whether it is a text or a path. A Gio.File can be one, too, but is an object."""
    return isinstance(value, str) or hasattr(type(value), "__fspath__") and not isinstance(value, GObject.Object)


def encoded(text: Any) -> bytes:
    """What is no UTF-8 fits a file name, and C refuses it elsewhere."""
    path: Any = os.fspath(text)
    data: bytes = path.encode(errors="surrogateescape") if isinstance(path, str) else path
    if b"\0" in data:
        raise ValueError("a text of C has no null character")
    return data


def array_of(numbers: Any) -> Any:
    """An array of numbers of any type, which is made that of the argument, or of booleans."""
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


def lend(slot: Slot, value: Any) -> Any:
    """Puts an argument of C's there. Gives what has to live as long."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = int(value)  # enumerations and flags, which are not to be compared with large numbers
    if value is None:
        slot.type = NULL
    elif isinstance(value, bool):
        slot.put(value)
    elif isinstance(value, int) and INT64_MIN <= value < 2**64:
        slot.type, slot.v_int64 = INT64 if value <= INT64_MAX else UINT64, value
    elif isinstance(value, (int, float)):
        slot.type, slot.v_double = DOUBLE, value
    elif is_text(value):
        slot.type, slot.v_string = STRING, encoded(value)
    elif isinstance(value, (list, tuple)) and value and all(map(is_text, value)):
        texts = (ctypes.c_char_p * (len(value) + 1))(*map(encoded, value))
        slot.type, slot.v_pointer = STRV, ctypes.addressof(texts)
        return texts
    else:
        return lend_box(slot, value)
    return None


def lend_box(slot: Slot, value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = GLib.Bytes.new(bytes(value))
    elif isinstance(value, (list, tuple)):
        value = array_of(value)
    is_type = isinstance(value, (type, GObject.GType))
    kind = GObject.TYPE_GTYPE if is_type else getattr(value, "__gtype__", None)
    # Of those of properties PyGObject 3.42 makes none that is valid.
    if not isinstance(kind, GObject.GType) or not kind.is_value_type() or kind.is_a(GObject.TYPE_PARAM):
        raise TypeError(f"no GValue is made of {kind_of(value)}")
    box = GObject.Value()
    box.init(kind)
    _gi._gvalue_set(box, value)
    ctypes.memmove(ctypes.addressof(slot), address_of(box), ctypes.sizeof(slot))
    return box


def lent(arguments: tuple[Any, ...], name: str) -> tuple[Any, list[Any]]:
    slots, kept = (Slot * len(arguments))(), []
    for number, (slot, argument) in enumerate(zip(slots, arguments), 1):
        try:
            kept.append(lend(slot, argument))
        except (TypeError, ValueError, OverflowError) as error:
            raise TypeError(f"{name}: argument {number} cannot be passed to C: {error}") from error
    return slots, kept


def call_of(name: str, arguments: tuple[Any, ...]) -> int:
    """The address of a call, which is given."""
    slots, kept = lent(arguments, name)
    problem = Problem()
    call: int = call_new(encoded(name), ctypes.addressof(slots), len(slots), ctypes.addressof(problem))
    del kept
    if not call:
        raise problem.take()
    return call


# Results

class CBytes(ctypes.Structure):
    """A GByteArray"""

    _fields_ = [("data", POINTER), ("length", UINT)]


def result_of(box: Any) -> Any:
    """As PyGObject gives it: an array of bytes is bytes, one of numbers a list, several results are a tuple."""
    slot = Slot.from_address(address_of(box))
    if slot.type == BYTE_ARRAY:
        content = CBytes.from_address(slot.v_pointer) if slot.v_pointer else CBytes()
        return ctypes.string_at(content.data, content.length)
    if slot.type in (0, NULL):  # nothing came
        return None
    if slot.type != VALUES:
        return _gi._gvalue_get(box)
    if not slot.v_pointer:
        return []
    if not values_is_array(slot.v_pointer):
        return tuple(result_of(copy_of(values_get(slot.v_pointer, n))) for n in range(values_get_length(slot.v_pointer)))
    numbers = GObject.Value()
    values_to_array(slot.v_pointer, address_of(numbers))
    return numbers.get_value()


def copy_of(value: int) -> Any:
    box = GObject.Value()
    value_init(address_of(box), Slot.from_address(value).type)
    value_copy(value, address_of(box))
    return box
