# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python values in GValues, and back. Numbers, booleans and strings come back as equal values of the same type, objects
come back as the same objects."""

import ctypes
from typing import Any, Optional

import gi._gi as _gi
from gi.repository import GLib, GObject

from .c import (BOOLEAN, POINTER, TYPE, address_of, object_ref, object_unref, type_from_name, value_copy, value_init,
                value_take_object)

INT64_MIN, INT64_MAX = -2**63, 2**63 - 1
BOOL, INT64, DOUBLE, STRING, PYOBJECT = (
    type_from_name(name) for name in (b"gboolean", b"gint64", b"gdouble", b"gchararray", b"PyObject"))

# A subclass may define its own __hash__(), which does not give the address. The address is 0 if the __init__() of a
# subclass has not called GObject.Object.__init__().
address_of_object = GObject.Object.__hash__


class CValueData(ctypes.Union):
    _fields_ = [("v_boolean", BOOLEAN), ("v_int64", ctypes.c_int64), ("v_double", ctypes.c_double),
                ("v_string", ctypes.c_char_p), ("v_pointer", POINTER)]


class CValue(ctypes.Structure):
    """A GValue that one thread sets again and again. It owns nothing: the Python value must live as long as C reads
    the GValue."""

    _anonymous_ = ("data",)
    _fields_ = [("type", TYPE), ("data", CValueData), ("more", ctypes.c_uint64)]

    def set(self, value: Any) -> Optional[int]:
        """Returns the address of the GValue, or None for None. If GLib has no type for the value, the GValue holds the
        Python object itself."""
        kind = type(value)
        if kind is int and INT64_MIN <= value <= INT64_MAX:
            self.type, self.v_int64 = INT64, value
        elif kind is float:
            self.type, self.v_double = DOUBLE, value
        elif kind is bool:
            self.type, self.v_boolean = BOOL, value
        elif value is None:
            return None
        elif kind is str and self.set_string(value):
            self.type = STRING
        elif isinstance(value, GObject.Object) and (address := address_of_object(value)):
            self.type, self.v_pointer = hash(value.__gtype__), address
        else:
            self.type, self.v_pointer = PYOBJECT, id(value)
        return ctypes.addressof(self)

    def set_string(self, value: str) -> bool:
        if "\0" in value:
            return False
        try:
            self.v_string = value.encode()
        except UnicodeEncodeError:
            return False
        return True


class Reference:
    """A reference to an object of C that has no wrapper."""

    address = 0

    def __init__(self, address: int) -> None:
        self.address = object_ref(address)

    def __del__(self, unref: Any = object_unref) -> None:
        if self.address:
            unref(self.address)


def object_from_address(kind: Any, address: int) -> Any:
    """Wraps a GObject. The wrapper takes over the caller's reference."""
    box = GObject.Value()
    box.init(kind.__gtype__)
    value_take_object(address_of(box), address)
    return box.get_object()


# PyGObject puts values of these types into a GValue and gets an equal value of the same type back. It does so too with
# small integers and ASCII strings.
KEPT_BY_PYGOBJECT = frozenset((type(None), bool, float, bytes, list, tuple, dict, set))


def box_value(value: Any) -> Any:
    """Returns what PyGObject must get for a `const GValue *` so that C holds exactly this Python value."""
    kind = type(value)
    if (kind in KEPT_BY_PYGOBJECT or kind is int and -2**31 <= value < 2**31
            or kind is str and value.isascii() and "\0" not in value or isinstance(value, GObject.Object)):
        return value
    box = GObject.Value()
    box.init(GObject.TYPE_PYOBJECT)
    _gi._gvalue_set(box, value)
    return box


def box_for_c(value: Any) -> Any:
    """As box_value(), but boxed types, variants and GValues keep their own GType for a consumer in C."""
    return value if isinstance(value, (GObject.GBoxed, GLib.Variant, GObject.Value)) else box_value(value)


# GObject.Value.get_value() compares types one by one. Values of these types need no such care.
SIMPLE = frozenset((BOOL, INT64, DOUBLE, STRING, PYOBJECT, type_from_name(b"gint")))
NOTHING = frozenset((0, type_from_name(b"gpointer")))  # an unset GValue, or NULL

unbox_batch = _gi._gvalue_get


def unbox_value(box: Any) -> Any:
    kind = TYPE.from_address(address_of(box)).value
    if kind in SIMPLE:
        return _gi._gvalue_get(box)
    return None if kind in NOTHING else box.get_value()


def read_value(address: int) -> Any:
    """Returns the Python value of a GValue that C has."""
    c_value = CValue.from_address(address)
    kind = c_value.type
    if kind == INT64:
        return c_value.v_int64
    if kind == PYOBJECT and c_value.v_pointer:
        return ctypes.cast(c_value.v_pointer, ctypes.py_object).value
    if kind == DOUBLE:
        return c_value.v_double
    if kind == BOOL:
        return bool(c_value.v_boolean)
    if kind == STRING and c_value.v_string is not None:
        return c_value.v_string.decode(errors="surrogateescape")
    if kind in NOTHING:
        return None
    box = GObject.Value()
    value_init(address_of(box), kind)
    value_copy(address, address_of(box))
    return unbox_value(box)
