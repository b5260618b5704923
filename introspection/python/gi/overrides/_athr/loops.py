# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Main contexts of event loops, and operations of C that complete in them."""

import asyncio
import contextvars
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import GLib

from .c import FUNCTION, Athr, address_of, context_iteration, permanent, pop_context, push_context
from .interpreter import running


class PolledContext:
    """A main context for the operations of a thread whose event loop is not GLib's. The event loop watches a file
    descriptor of the main context, and iterates the context when the descriptor is readable.

    Workers may deliver to the main context for as long as the process lives. So a thread that ends leaves the main
    context to the next thread.
    """

    unused: list[Any] = []

    def __init__(self) -> None:
        try:
            self.context = self.unused.pop()
        except IndexError:
            self.context = GLib.MainContext()
        self.context.acquire()
        self.address = address_of(self.context)
        self.fd = Athr.main_context_get_fd(self.context)

    def __del__(self, running: Any = running) -> None:
        if not running.is_exiting and self.context.is_owner():
            self.context.release()
            self.unused.append(self.context)

    def iterate(self, loop: Any) -> None:
        # The second iteration finds out whether more is ready.
        if context_iteration(self.address, False) and context_iteration(self.address, False):
            loop.call_soon(self.iterate, loop)


class LoopOfThread(threading.local):
    """The event loop that this thread has last used, and the main context that the event loop iterates."""

    def __init__(self) -> None:
        self.polled: Optional[PolledContext] = None
        self.loop: Callable[[], Any] = lambda: None
        self.context: Any = None


last_used = LoopOfThread()


def context_address_of(loop: Any) -> int:
    """The address of the main context that is iterated while the event loop runs."""
    if last_used.loop() is not loop:
        # The event loops of gbulb and gi.events have the main context that they iterate. Do not ask instead whether
        # this thread owns a main context: a callback of GLib may run an event loop of Python, which iterates none.
        last_used.context = getattr(loop, "_context", None)
        if not isinstance(last_used.context, GLib.MainContext):
            last_used.polled = last_used.polled or PolledContext()
            last_used.context = last_used.polled.context
            # The event loop keeps the context in which it is called now. Callbacks of the library run in this context.
            contextvars.Context().run(loop.add_reader, last_used.polled.fd, last_used.polled.iterate, loop)
        last_used.loop = weakref.ref(loop)
    return address_of(last_used.context)


callbacks: dict[int, Callable[[int, int], None]] = {}


@permanent(FUNCTION)
def run_callback(source: int, result: int, key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    if not is_finalizing():  # the globals of this module are gone by then
        callbacks.pop(key)(source, result)


def start_operation(loop: Any, function: Callable[..., None], *arguments: Any,
                    callback: Callable[[int, int], None]) -> None:
    """Calls a `*_async()` function of C. The event loop runs the callback when the operation completes."""
    context = context_address_of(loop)
    callbacks[id(callback)] = callback
    push_context(context)
    function(*arguments, run_callback, id(callback))
    pop_context(context)


def resolve(future: asyncio.Future[Any], result: Any = None) -> None:
    """Sets the result of a future, unless the future was cancelled or the event loop is closed."""
    if not future.done():
        try:
            future.set_result(result)
        except RuntimeError:  # the event loop is closed
            pass
