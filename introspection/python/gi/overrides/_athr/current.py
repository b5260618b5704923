# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a function on a worker knows about its own call or stream."""

import asyncio
import ctypes
from _thread import get_ident
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import Gio

from .c import (POINTER, Athr, address_of, cancellable_is_cancelled, declare, object_ref, object_unref, releasing_gil,
                yielder_get_cancellable)
from .checks import type_name
from .errors import StreamClosed
from .values import object_from_address

# The function may have connected handlers to the cancellable, and athr_call_get_cancellable() may cancel it.
call_get_cancellable = declare("athr_call_get_cancellable", POINTER, POINTER, library=releasing_gil)
call_report_progress = declare("athr_call_report_progress", None, POINTER, ctypes.c_double, ctypes.c_char_p)
yielder_report_progress = declare("athr_yielder_report_progress", None, POINTER, ctypes.c_double, ctypes.c_char_p)


class Reference:
    """A reference to an object of C that has no wrapper."""

    def __init__(self, address: int) -> None:
        self.address = object_ref(address)

    def __del__(self, unref: Any = object_unref) -> None:
        unref(self.address)


class Current:
    """The call or the stream whose function a worker runs. The function may pass the object to threads of its own."""

    get_cancellable: Any
    report: Any
    exception: type[BaseException]

    def __init__(self, address: int, wrapper: Any = None) -> None:
        # An exception may refer to this object, and a wrapper to the exception: the garbage collector does not find a
        # cycle that has a reference of C.
        self.owner = Reference(address) if wrapper is None else wrapper
        self.address = address

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more: the call was cancelled or has timed out, or the stream is
        closed."""
        return bool(cancellable_is_cancelled(self.get_cancellable(self.address)))

    def check_cancelled(self) -> None:
        """Raises asyncio.CancelledError if the call was cancelled or has timed out, or the stream is closed."""
        if self.cancelled:
            raise self.exception

    def report_progress(self, fraction: float, text: Optional[str] = None) -> None:
        """Reports how far the function is: a fraction from 0 to 1, less than 0 when unknown, and a text for people."""
        if not fraction <= 1:
            raise ValueError(f"the fraction must be at most 1, not {fraction}")
        if text is not None and not isinstance(text, str):
            raise TypeError(f"the text must be a str or None, not {type_name(text)}")
        self.report(self.address, fraction, text if text is None else text.encode(errors="replace"))

    @property
    def cancellable(self) -> Any:
        """A Gio.Cancellable, which is cancelled with the call or the stream, for functions of GIO."""
        return object_from_address(Gio.Cancellable, object_ref(self.get_cancellable(self.address)))


class CurrentCall(Current):
    get_cancellable = staticmethod(call_get_cancellable)
    report = staticmethod(call_report_progress)
    exception = asyncio.CancelledError


class CurrentStream(Current):
    get_cancellable = staticmethod(yielder_get_cancellable)
    report = staticmethod(yielder_report_progress)
    exception = StreamClosed


# What each worker runs, by the number of the thread. A Work gives the address of its call, and a map the address of the
# yielder and the mapper, since most functions never call current().
on_thread: dict[int, Any] = {}


def current() -> Current:
    """The call or the stream whose function this worker runs. Raises RuntimeError on other threads."""
    thread = get_ident()
    running: Any = on_thread.get(thread)
    if running is None:
        raise RuntimeError("Athr.current() can only be called in a function that a worker runs")
    if not isinstance(running, Current):
        running = on_thread[thread] = CurrentStream(running[0]) if isinstance(running, tuple) else CurrentCall(running)
    return running  # type: ignore[no-any-return]


def run_as(current: Current, function: Callable[..., Any], *args: Any) -> Any:
    """A worker calls this to run the function of a call or a stream."""
    thread = get_ident()
    on_thread[thread] = current
    del current  # the traceback of an exception must not keep the object alive
    try:
        return function(*args)
    finally:
        del on_thread[thread]


def run_as_current(function: Callable[..., Any], thing: Any, *data: Any) -> Any:
    """As run_as(), for a function whose first argument is its Athr.Call or its Athr.Yielder."""
    kind = CurrentCall if isinstance(thing, Athr.Call) else CurrentStream
    try:
        return run_as(kind(address_of(thing), thing), function, thing, *data)
    except StreamClosed:
        return None
