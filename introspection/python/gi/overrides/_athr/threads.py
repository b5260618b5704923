# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Workers as Python knows threads: with a name, the functions of `threading.settrace()` and `threading.setprofile()`,
and the size of `threading.stack_size()`."""

import _thread
import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

from .c import DESTROY, POINTER, declare, permanent

THREAD_FUNC = ctypes.CFUNCTYPE(None, DESTROY, POINTER, ctypes.c_char_p, POINTER)

set_thread_func = declare("athr_set_thread_func", None, THREAD_FUNC, POINTER)
# threading.stack_size() would also set the size to 0, for threads that others create at the same time.
stack_size = declare("PyThread_get_stacksize", ctypes.c_size_t, library=ctypes.pythonapi)


class WorkerThread(threading._DummyThread):
    """A thread that C has created. `threading` does not wait for its end, and nobody can join it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def _reset_internal_locks(self, is_alive: bool) -> None:
        """Python before 3.11.8 calls this in the child of a fork, and fails at the exit of the child if the main thread
        there is no _MainThread. Newer versions of Python see to that themselves."""
        if is_alive:
            self.__class__ = threading._MainThread  # type: ignore
            self._name, self._daemonic = "MainThread", False
            self._set_tstate_lock()  # type: ignore[attr-defined]
        threading.Thread._reset_internal_locks(self, is_alive)  # type: ignore[attr-defined]


def work(run: Callable[[int], None], run_data: int, name: str) -> None:
    thread = WorkerThread(name)
    sys.settrace(threading.gettrace())
    sys.setprofile(threading.getprofile())
    try:
        run(run_data)
    finally:
        # A trace function must not create the entry of this thread again.
        sys.settrace(None)
        sys.setprofile(None)
        thread._delete()  # type: ignore[attr-defined]


def work_on_new_thread(*args: Any) -> bool:
    """C has created the calling thread, with a stack of the default size. A thread of Python has the size that
    `threading.stack_size()` gives. Returns False if the system creates no more threads."""
    def run_work() -> None:
        try:
            work(*args)
        finally:
            has_ended.release()

    has_ended = _thread.allocate_lock()
    has_ended.acquire()
    try:
        _thread.start_new_thread(run_work, ())
    except RuntimeError:
        return False
    has_ended.acquire()
    return True


@permanent(THREAD_FUNC)
def run_thread(run: Callable[[int], None], run_data: int, c_name: bytes, _: Any) -> None:
    """Runs all that a worker does within one Python function. Otherwise Python would create and drop its thread
    state, with the thread's threading.local data, for each callback. That costs more than most callbacks take."""
    name = c_name.decode(errors="replace")
    if not stack_size() or not work_on_new_thread(run, run_data, name):
        work(run, run_data, name)


def start_threads_in_c() -> None:
    set_thread_func(ctypes.cast(None, THREAD_FUNC), None)  # type: ignore[arg-type]


set_thread_func(run_thread, None)
