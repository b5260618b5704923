# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Executors as `concurrent.futures` has them. A worker completes the future of a function and runs its callbacks: no
event loop takes part."""

import concurrent.futures
import ctypes
import threading
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import Gio, GLib

from .c import BOOLEAN, POINTER, Athr, address_of, declare, permanent
from .errors import ErrorPointer, error_from_address, strip_own_frames
from .interpreter import running
from .methods import executor_shut_down, wait_until_closed

SUBMITTED = ctypes.CFUNCTYPE(None, POINTER, POINTER)

executor_has_worker = declare("athr_executor_has_worker", BOOLEAN, POINTER)
submission_new = declare("athr_submission_new", POINTER, POINTER, SUBMITTED, POINTER)
submission_free = declare("athr_submission_free", None, POINTER)
submission_push = declare("athr_submission_push", BOOLEAN, POINTER, POINTER)
submission_withdraw = declare("athr_submission_withdraw", BOOLEAN, POINTER)
wait_begin = declare("athr_submission_wait_begin", BOOLEAN, POINTER)
wait_end = declare("athr_submission_wait_end", None)


class Future(concurrent.futures.Future[Any]):
    """The future of a function that was submitted to an executor."""

    _address: Optional[int] = None

    def __init__(self, executor: Any, *work: Any) -> None:
        super().__init__()
        self._work: Any = work
        self._address = submission_new(address_of(executor), run_submitted, id(self))

    def __del__(self, free: Any = submission_free) -> None:
        if self._address is not None:
            free(self._address)

    def cancel(self) -> bool:
        """Cancels the function unless it runs or has ended. A cancelled function leaves the queue at once."""
        if not super().cancel():
            return False
        if submission_withdraw(self._address):  # otherwise a worker is about to find out
            del futures[id(self)]
            self._work = None
            self.set_running_or_notify_cancel()
            running.remove(self)
        return True

    def _forget_cancelled(self) -> None:
        """The main thread calls this when the interpreter ends. A signal may have struck in cancel()."""
        if self.cancelled():
            running.remove(self)

    def _wait(self, method: Callable[[Optional[float]], Any], timeout: Optional[float]) -> Any:
        """Waits, and gives the place of a worker to other work meanwhile."""
        is_waiting = not self.done() and wait_begin(self._address)
        try:
            if is_waiting or timeout is not None or self.done():
                return method(timeout)
            raise GLib.Error("The only thread of the executor cannot wait for work of the same executor",
                             "g-io-error-quark", Gio.IOErrorEnum.WOULD_BLOCK)
        finally:
            if is_waiting:
                wait_end()
            del self, method  # the traceback of an exception must not keep the future alive

    def result(self, timeout: Optional[float] = None) -> Any:
        try:
            return self._wait(super().result, timeout)
        finally:
            del self

    def exception(self, timeout: Optional[float] = None) -> Optional[BaseException]:
        exception: Optional[BaseException] = self._wait(super().exception, timeout)
        return exception

    def _run(self) -> None:
        if not self.set_running_or_notify_cancel():
            return
        (function, args, kwargs), self._work = self._work, None
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            self.set_exception(strip_own_frames(error))
        else:
            self.set_result(result)

    def _fail(self, error: Any) -> None:
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            super().cancel()
        if self.set_running_or_notify_cancel():
            self.set_exception(error)
        self._work = None


# The futures of functions that are queued
futures: dict[int, Future] = {}


@permanent(SUBMITTED)
def run_submitted(key: int, error: int) -> None:
    """A worker calls this. With an error, any thread calls this: the function will never run."""
    future = futures.pop(key)
    try:
        if error:
            future._fail(error_from_address(error))
        else:
            future._run()
    finally:
        running.remove(future)


def refusal(error: Any) -> BaseException:
    """The exception of submit() for the error of C."""
    if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
        return RuntimeError("cannot schedule new futures after shutdown")
    return error  # type: ignore[no-any-return]


def submit(executor: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Future:
    future = Future(executor, function, args, kwargs)
    try:
        futures[id(future)] = future
        # From here on, the end of the interpreter waits for the function.
        if not running.add(future, None, future._forget_cancelled):
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        error = ErrorPointer()
        if not submission_push(future._address, ctypes.addressof(error)):
            raise refusal(error.take())
    except BaseException:  # perhaps of a signal handler, at any place
        if submission_withdraw(future._address):
            futures.pop(id(future), None)
            running.remove(future)
        raise
    return future


def shut_down(executor: Any, wait: bool, cancel_futures: bool) -> None:
    if executor == Athr.Executor.get_default():
        raise RuntimeError("the default executor cannot be shut down")
    executor_shut_down(address_of(executor), cancel_futures)
    if not wait:
        return
    if executor_has_worker(address_of(executor)):
        raise RuntimeError("a thread of the executor cannot wait for the end of the executor")
    if running.is_exiting:  # Python starts no more threads
        wait_until_closed(executor, cancel_futures, None)
        return
    # A signal may interrupt join(), but not the iteration of a main context.
    thread = threading.Thread(target=wait_until_closed, args=(executor, cancel_futures, None))
    thread.start()
    thread.join()
