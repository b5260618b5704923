# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The object with which work ends: a GObject, or any object of Python that can be weakly referenced."""

import ctypes
import weakref
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import GObject

from .c import BOOLEAN, DESTROY, POINTER, TYPE, address_of, declare, holding_gil, object_ref, releasing_gil, uninterrupted
from .checks import type_name
from .values import address_of_object

call_bind = declare("athr_call_bind", None, POINTER, POINTER)
stream_bind = declare("athr_stream_bind", None, POINTER, POINTER)
call_has_lost_owner = declare("athr_completion_call_has_lost_owner", BOOLEAN, POINTER)
stream_has_lost_owner = declare("athr_completion_stream_has_lost_owner", BOOLEAN, POINTER)
object_new = declare("g_object_new", POINTER, TYPE, POINTER)
OBJECT = hash(GObject.Object.__gtype__)
# GLib refers to the object under a lock, and the object may need the GIL for that.
weak_ref_init = declare("g_weak_ref_init", None, POINTER, POINTER, library=releasing_gil)
weak_ref_get = declare("g_weak_ref_get", POINTER, POINTER, library=releasing_gil)
weak_ref_clear = declare("g_weak_ref_clear", None, POINTER, library=releasing_gil)
object_get_data = declare("g_object_get_data", POINTER, POINTER, ctypes.c_char_p)
object_replace_data = declare("g_object_replace_data", BOOLEAN, POINTER, ctypes.c_char_p, POINTER, POINTER, DESTROY,
                              POINTER)
malloc = declare("g_malloc0", POINTER, ctypes.c_size_t)
free: Any = ctypes.cast(holding_gil.g_free, DESTROY)
# Perhaps the last reference to the owner
owner_unref = declare("g_object_unref", None, POINTER, library=releasing_gil)


class Owner:
    """Refers weakly to the object with which work ends."""

    def take_object(self) -> Optional[int]:
        """Returns the address of a GObject that ends with the owner, with a reference, or None if the owner is
        gone."""
        raise NotImplementedError

    def bind(self, bind: Callable[[int, int], None], subject: int) -> None:
        """Binds a call or a stream to the owner. If the owner is gone already, work never begins."""
        address = self.take_object() or object_new(OBJECT, None)
        uninterrupted((bind, subject, address), (owner_unref, address))


LIFE = b"athr-python-life"


def life_of(address: int) -> int:
    """The address of the GWeakRef that a GObject has from the moment when it is an owner for the first time. When the
    object is disposed, the GWeakRef gets null. So it needs no g_weak_ref_clear() when the object is finalized."""
    life: Optional[int] = object_get_data(address, LIFE)
    if life is None:
        life = malloc(ctypes.sizeof(POINTER))
        weak_ref_init(life, address)
        if not object_replace_data(address, LIFE, None, life, free, None):  # another thread was faster
            weak_ref_clear(life)
            free(life)
            life = object_get_data(address, LIFE)
    return life  # type: ignore[return-value]


class ObjectOwner(Owner):
    """Work ends when the GObject is disposed, and never begins if it was disposed before."""

    def __init__(self, address: int) -> None:
        self.data = POINTER()
        self.address = ctypes.addressof(self.data)
        living = weak_ref_get(life_of(address))
        uninterrupted((weak_ref_init, self.address, living), *[(owner_unref, living)] * bool(living))

    def __del__(self, clear: Any = weak_ref_clear) -> None:
        clear(self.address)

    def take_object(self) -> Optional[int]:
        address: Optional[int] = weak_ref_get(self.address)
        return address


class Proxy(weakref.ref):  # type: ignore[type-arg]
    """Stands for an object of Python, with a GObject that ends with the object. The owner may have an __eq__() of its
    own."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


# The GObject of each proxy. When an owner ends, Python calls pop() of the dictionary, which no exception can interrupt,
# and so drops the GObject: on any thread, since the GObject only tells the main context of the work.
proxies: dict[Proxy, Any] = {}


def proxy_of(owner: Any) -> Proxy:
    """All work of an owner shares a proxy. Raises TypeError if the owner cannot be weakly referenced."""
    for reference in weakref.getweakrefs(owner):
        if type(reference) is Proxy:
            return reference
    forget: Any = proxies.pop
    proxy = Proxy(owner, forget)
    proxies[proxy] = GObject.Object()
    return proxy


class PythonOwner(Owner):
    def __init__(self, owner: Any) -> None:
        self.proxy = proxy_of(owner)

    def take_object(self) -> Optional[int]:
        wrapper = proxies.get(self.proxy)
        return wrapper and object_ref(address_of(wrapper))


def make_owner(owner: Any) -> Optional[Owner]:
    """Makes the owner of an option. The option may be such an owner already, or None."""
    if owner is None or isinstance(owner, Owner):
        return owner
    address = isinstance(owner, GObject.Object) and address_of_object(owner)
    if address:
        return ObjectOwner(address)
    try:
        return PythonOwner(owner)
    except TypeError:
        message = f"owner must be a GObject or an object that can be weakly referenced, not {type_name(owner)}"
        raise TypeError(message) from None
