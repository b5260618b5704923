# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The function that interrupts the producer of a stream when the stream is closed or dropped."""

import _thread
import ctypes
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from .c import POINTER, cancellable_is_cancelled, permanent, signal_connect, yielder_get_cancellable
from .errors import strip_own_frames

CANCELLED = ctypes.CFUNCTYPE(None, POINTER, POINTER)

waiting: dict[int, "Interruption"] = {}
keys = count(1)


class Interruption:
    """Calls a function once, as soon as the stream of a running producer is closed or dropped.

    The call runs on a thread of its own: the event loop must not block, and every worker may be blocked already.
    """

    def __init__(self, function: Callable[[], Any], yielder: int) -> None:
        """The worker calls this before it runs the producer."""
        self.function = function
        self.errors: list[BaseException] = []
        self.key = next(keys)
        self.is_running = _thread.allocate_lock()
        self.is_running.acquire()
        waiting[self.key] = self
        cancellable = yielder_get_cancellable(yielder)
        signal_connect(cancellable, b"cancelled", start_interruption, self.key, None, 0)
        if cancellable_is_cancelled(cancellable):
            start_interruption(cancellable, self.key)

    def has_started(self) -> bool:
        return self.key not in waiting

    def start(self) -> None:
        # The garbage collector may drop a stream at any time, also while `threading` holds a lock that
        # threading.Thread.start() needs.
        try:
            _thread.start_new_thread(self.run, ())
        except RuntimeError as error:  # the system creates no more threads
            self.errors.append(strip_own_frames(error))
            self.is_running.release()

    def run(self) -> None:
        try:
            self.function()
        except BaseException as error:
            self.errors.append(strip_own_frames(error))
        finally:
            self.is_running.release()

    def finish(self, is_closed: bool) -> list[BaseException]:
        """The worker calls this when the producer has returned. If the stream is closed, the worker waits until the
        function has returned: the function may be close() of the iterator, which the worker calls next. Returns a
        list of what the function has raised."""
        is_waiting = waiting.pop(self.key, None) is not None  # only one thread gets the interruption
        if is_waiting and not is_closed:
            return []
        if is_waiting:
            self.start()
        self.is_running.acquire()
        return self.errors


@permanent(CANCELLED)
def start_interruption(cancellable: int, key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    if is_finalizing():
        return
    interruption = waiting.pop(key, None)
    if interruption is not None:
        interruption.start()
