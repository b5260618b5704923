# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The end of the interpreter, and forks, while workers run Python."""

import os
import threading
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import Gio, GLib

from .errors import set_c_error
from .threads import start_threads_in_c


def exit_error() -> GLib.Error:
    """A new error for work that begins when the interpreter ends."""
    return GLib.Error("The interpreter ends", "g-io-error-quark", Gio.IOErrorEnum.CANCELLED)


class RunningFunctions:
    """The Python functions that workers run. When the interpreter ends, the main thread stops these functions and waits
    for them: a thread must not return to an interpreter that has ended."""

    def __init__(self) -> None:
        self.stops: dict[Any, Callable[[], None]] = {}
        self.is_exiting = False
        self.removed = threading.Condition()
        # As concurrent.futures does: Python calls this before it waits for its own threads.
        threading._register_atexit(self.stop_all)  # type: ignore[attr-defined]
        # The child of a fork has no workers.
        os.register_at_fork(after_in_child=self.stops.clear)

    def add(self, key: Any, error: Optional[int], stop: Callable[[], None] = lambda: None) -> bool:
        """Called before a worker runs a function. Returns False, and sets the error, if the interpreter ends."""
        self.stops[key] = stop
        if not self.is_exiting:
            return True
        self.remove(key)
        set_c_error(error, exit_error())
        return False

    def remove(self, key: Any) -> None:
        """Called when the function has returned, or will not run."""
        self.stops.pop(key, None)  # the function may have forked: then the child has cleared this
        if self.is_exiting:
            with self.removed:
                self.removed.notify()

    def stop_all(self) -> None:
        self.is_exiting = True
        for stop in list(self.stops.values()):
            try:
                stop()
            except Exception:  # from an iterator's close(): the next step of the iterator may still return
                pass
        start_threads_in_c()
        with self.removed:
            self.removed.wait_for(lambda: not self.stops)


running = RunningFunctions()
