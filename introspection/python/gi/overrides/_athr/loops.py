# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Main contexts of event loops, and operations of C that complete in them."""

import asyncio
import contextvars
import os
import threading
import weakref
from collections.abc import Callable
from operator import setitem
from typing import Any, NoReturn, Optional, Union

from gi.repository import GLib

from .c import Athr, address_of, complete_operation, completion_iterate, pop_context, push_context, uninterrupted
from .completions import Completion, completions, drain, new_queue
from .errors import error_from_address
from .interpreter import running


class LoopContext:
    """A main context of GLib's that an event loop iterates."""

    def __init__(self, context: Any) -> None:
        self.address = address_of(context)
        self.queue = new_queue(self.address, True)


class PolledContext:
    """A main context for the operations of a thread whose event loop is not GLib's. The event loop watches a file
    descriptor of the main context, and iterates the context when the descriptor is readable.

    Workers may deliver to the main context for as long as the process lives. So a thread that ends leaves the main
    context to the next thread.
    """

    unused: list[tuple[Any, Any]] = []

    def __init__(self) -> None:
        try:
            self.context, self.queue = self.unused.pop()
        except IndexError:
            self.context = GLib.MainContext()
            self.queue = new_queue(address_of(self.context), False)
        self.context.acquire()
        self.address = address_of(self.context)
        self.fd = Athr.main_context_get_fd(self.context)

    def __del__(self, running: Any = running) -> None:
        if not running.is_exiting and self.context.is_owner():
            self.context.release()
            self.unused.append((self.context, self.queue))

    def iterate(self, loop: Any) -> None:
        try:
            if completion_iterate(self.address):
                loop.call_soon(self.iterate, loop)
            drain(self.queue)
        except BaseException:  # from the handler of a signal
            loop.call_soon(self.iterate, loop)
            raise


AnyContext = Union[LoopContext, PolledContext]

contexts_of_glib: weakref.WeakKeyDictionary[Any, LoopContext] = weakref.WeakKeyDictionary()


class LoopOfThread(threading.local):
    """The event loop that this thread has last used, and the main context that the event loop iterates."""

    def __init__(self) -> None:
        self.polled: Optional[PolledContext] = None
        self.loop: Callable[[], Any] = lambda: None
        self.context: Any = None


last_used = LoopOfThread()


def leave_contexts_of_parent() -> None:
    """The child of a fork makes main contexts of its own, and does not wait for operations of its parent."""
    last_used.__init__()  # type: ignore[misc]
    PolledContext.unused.clear()
    contexts_of_glib.clear()
    for completion in completions.values():
        completion.abandon()


os.register_at_fork(after_in_child=leave_contexts_of_parent)


def context_of(loop: Any) -> AnyContext:
    """The main context that is iterated while the event loop runs."""
    if last_used.loop() is not loop:
        # The event loops of gbulb and gi.events have the main context that they iterate. Do not ask instead whether
        # this thread owns a main context: a callback of GLib may run an event loop of Python, which iterates none.
        context = getattr(loop, "_context", None)
        if isinstance(context, GLib.MainContext):
            last_used.context = contexts_of_glib.get(loop) or LoopContext(context)
            contexts_of_glib[loop] = last_used.context
        else:
            last_used.context = last_used.polled = last_used.polled or PolledContext()
            # The event loop keeps the context in which it is called now. Callbacks of the library run in this context.
            contextvars.Context().run(loop.add_reader, last_used.polled.fd, last_used.polled.iterate, loop)
        last_used.loop = weakref.ref(loop)
    return last_used.context  # type: ignore[no-any-return]


FALSE = 0


def raise_elsewhere() -> NoReturn:
    raise RuntimeError("another event loop, on another thread, has this call or stream: only coroutines of that event "
                       "loop can await it")


class Operation(Completion):
    """An operation of C. C finishes the operation before C queues the completion."""

    errors: Optional[list[BaseException]] = None

    def start(self, loop: Any, function: Callable[..., None], finish: Any, *arguments: Any) -> None:
        """Calls a `*_async()` function of C."""
        context = context_of(loop)
        self.queue = context.queue
        self.finish = finish
        address = self.address()
        results = uninterrupted((setitem, completions, address, self), (push_context, context.address),
                                (function, *arguments, complete_operation, address), (pop_context, context.address),
                                (setattr, self, "is_started", True))
        if results[2] == FALSE:
            self.is_started = False
            completions.pop(address, None)
            raise_elsewhere()

    def abandon(self) -> None:
        self.is_started = False

    def complete(self) -> None:
        if self.errors is None:
            self.errors = [error_from_address(self.error)] if self.error else []
        self.outcome(self.errors)

    def outcome(self, errors: list[BaseException]) -> None:
        """The event loop's thread calls this, perhaps again after an exception. The list has the error, if any."""
        raise NotImplementedError


def resolve(future: asyncio.Future[Any], result: Any = None) -> None:
    """Sets the result of a future, unless the future was cancelled or the event loop is closed."""
    if not future.done():
        try:
            future.set_result(result)
        except RuntimeError:  # the event loop is closed
            pass


def cancel(future: asyncio.Future[Any]) -> None:
    """Cancels a future, unless it is done or the event loop is closed."""
    try:
        future.cancel()
    except RuntimeError:  # the event loop is closed
        pass
