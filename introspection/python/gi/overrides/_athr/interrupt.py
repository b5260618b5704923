# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The function that interrupts the producer of a stream when the stream is closed or dropped."""

import _thread
import ctypes
import os
from collections.abc import Callable
from functools import cache
from typing import Any

from gi.repository import GLib, GObject

from .c import (NO_DESTROY, SWAPPED, address_of, cancellable_is_cancelled, context_wait, object_ref, object_set_data,
                push_completion, signal_connect, unref, yielder_get_cancellable)
from .completions import Completion, completions, drain, new_queue
from .errors import strip_own_frames


class Watch:
    """A thread that starts the interrupting functions. Any thread may close or drop a stream, with locks held, in the
    garbage collector, or while an exception unwinds its stack: there C only queues a completion."""

    def __init__(self) -> None:
        self.context = GLib.MainContext()
        self.address = address_of(self.context)
        self.queue = new_queue(self.address, False)
        _thread.start_new_thread(self.run, ())

    def run(self) -> None:
        while True:
            context_wait(self.address, True)
            drain(self.queue)


the_watch = cache(Watch)  # started when it is needed first
os.register_at_fork(after_in_child=the_watch.cache_clear)
watch_lock = _thread.allocate_lock()


class Interruption(Completion):
    """Calls a function once, as soon as the stream of a running producer is closed or dropped.

    The call runs on a thread of its own: the event loop must not block, and every worker may be blocked already.
    """

    def __init__(self, function: Callable[[], Any], yielder: int) -> None:
        """The worker calls this before it runs the producer."""
        self.functions = [function]
        self.errors: list[BaseException] = []
        self.is_running = _thread.allocate_lock()
        self.is_running.acquire()
        with watch_lock:
            watch = the_watch()
        self.queue = watch.queue
        completions[self.address()] = self
        cancellable = yielder_get_cancellable(yielder)
        # Another thread may be about to call the handler when the producer has returned. So the cancellable keeps the
        # memory of the completion.
        keeper = GObject.Object()
        keeper.__dict__["interruption"] = self
        object_set_data(cancellable, b"athr-interruption", object_ref(address_of(keeper)), unref)
        signal_connect(cancellable, b"cancelled", push_completion, self.address(), NO_DESTROY, SWAPPED)
        if cancellable_is_cancelled(cancellable):
            push_completion(self.address())

    def has_started(self) -> bool:
        return not self.functions

    def take(self) -> list[Callable[[], Any]]:
        """Returns a list of the function, for one thread only, and an empty list for the others."""
        try:
            return [self.functions.pop()]
        except IndexError:
            return []

    def complete(self) -> None:
        for function in self.take():
            try:
                _thread.start_new_thread(self.run, (function,))
            except RuntimeError as error:  # the system creates no more threads
                self.errors.append(strip_own_frames(error))
                self.is_running.release()

    def run(self, function: Callable[[], Any]) -> None:
        try:
            function()
        except BaseException as error:
            self.errors.append(strip_own_frames(error))
        finally:
            self.is_running.release()

    def finish(self, is_closed: bool) -> list[BaseException]:
        """The worker calls this when the producer has returned. If the stream is closed, the worker waits until the
        function has returned: the function may be close() of the iterator, which the worker calls next. Returns a
        list of what the function has raised."""
        is_over = not is_closed and bool(self.take())
        push_completion(self.address())
        if not is_over:
            self.is_running.acquire()
        return self.errors
