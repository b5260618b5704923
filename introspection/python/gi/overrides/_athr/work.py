# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions that workers run: one call, one result."""

import asyncio
import ctypes
import sys
from _thread import get_ident
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Optional

from gi.repository import GObject

from .c import (DESTROY, FUNCTION, address_of, call_cancel, call_get_error, call_new, call_run_async, call_run_finish,
                call_set_executor, call_start, object_unref, permanent, pop_context, push_context)
from .current import on_thread
from .errors import ErrorPointer, StreamClosed, error_from_address, raise_last, report_lost, strip_own_frames
from .interpreter import running
from .loops import context_address_of, resolve, start_operation


class Work:
    """A Python function that a worker runs under an AthrCall. The AthrCall has no PyGObject wrapper."""

    __slots__ = ("function", "args", "kwargs", "context", "future", "call", "has_run", "value", "error")

    def __init__(self, loop: Any, executor: Any, function: Callable[..., Any], args: Any, kwargs: Any,
                 options: Any = None) -> None:
        """Starts the call."""
        self.function: Optional[Callable[..., Any]] = function
        self.args = args
        self.kwargs = kwargs
        self.context: Optional[Context] = copy_context()
        self.future = loop.create_future()
        self.has_run = False
        self.value: Any = None
        self.error: Optional[BaseException] = None
        works[id(self)] = self
        context = context_address_of(loop)
        push_context(context)
        self.call = call_new(run_work, id(self), finish_work)
        if executor is not None:
            call_set_executor(self.call, address_of(executor))
        if options is not None:
            options.prepare(self, loop)
        call_start(self.call)
        pop_context(context)

    def __del__(self, unref: Any = object_unref, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        unref(self.call)
        if self.error is not None and self.has_run and not is_finalizing():
            report_lost(self.error, self.future.get_loop())

    def cancel(self) -> None:
        call_cancel(self.call)

    def result(self, timed_out: Any = None) -> Any:
        """Takes the result of the future: a list with an exception if the call has timed out."""
        if timed_out:
            raise_last(timed_out)
        if self.error is not None:
            errors, self.error = [self.error], None
            raise_last(errors)
        value, self.value = self.value, None
        return value


works: dict[int, Work] = {}


@permanent(FUNCTION)
def run_work(call: int, key: int, error: int) -> None:
    """A worker calls this."""
    work = works[key]
    if not running.add(call, error, work.cancel):
        return
    work.has_run = True
    thread = get_ident()
    on_thread[thread] = call
    try:
        work.value = work.context.run(work.function, *work.args, **work.kwargs)  # type: ignore
    except BaseException as raised:
        work.error = strip_own_frames(raised)
    finally:
        del on_thread[thread]
        running.remove(call)
        del work


@permanent(DESTROY)
def finish_work(key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    """The event loop's thread calls this when the AthrCall has ended. The function, its arguments and a result that
    comes too late are freed here: they may belong to this thread."""
    if is_finalizing():
        return
    work = works.pop(key)
    work.function = work.args = work.kwargs = work.context = None
    if not work.has_run:
        error = call_get_error(work.call)
        if error:
            work.error = error_from_address(error)
    resolve(work.future)
    if work.future.cancelled():
        work.value = None


async def run_call(call: Any, cancellable: Any = None) -> Any:
    """Starts an AthrCall, or joins one that was started. Returns a GValue, and a list that has the error, if any."""
    def finish(source: int, result: int) -> None:
        box, error = GObject.Value(), ErrorPointer()
        is_success = call_run_finish(source, result, address_of(box), ctypes.addressof(error))
        resolve(future, (box, [] if is_success else [error.take()]))

    loop = asyncio.get_running_loop()
    future = loop.create_future()
    start_operation(loop, call_run_async, address_of(call), cancellable and address_of(cancellable), callback=finish)
    try:
        return await future
    except asyncio.CancelledError:
        call.cancel()
        raise


class FirstValue:
    """A callback that resolves a future with a list of its first value. Later calls raise GeneratorExit, which ends
    most callers. If the callback is dropped before its first call, the list is empty."""

    def __init__(self, future: asyncio.Future[list[Any]]) -> None:
        self.futures = [future]

    def __call__(self, value: Any) -> None:
        if not self.resolve([value]):
            raise StreamClosed

    def __del__(self) -> None:
        self.resolve([])

    def resolve(self, values: list[Any]) -> bool:
        try:
            future = self.futures.pop()  # only one thread gets the future
            if future.cancelled():
                return False
            future.get_loop().call_soon_threadsafe(resolve, future, values)
        except (IndexError, RuntimeError):  # the future has a result, or the event loop is closed
            return False
        return True


async def run_until_first_value(function: Callable[..., Any], args: Any, kwargs: Any, executor: Any,
                                options: Any) -> list[Any]:
    """Runs a function whose first argument is a callback, which may be called after the function has returned. Returns
    a list of the first value, or an empty list if the function has dropped the callback."""
    loop = asyncio.get_running_loop()
    called: asyncio.Future[list[Any]] = loop.create_future()
    work = Work(loop, executor, function, (FirstValue(called), *args), kwargs, options)
    try:
        await asyncio.wait((work.future, called), return_when=asyncio.FIRST_COMPLETED)
        if not called.done():
            work.result(work.future.result())
        return await called
    finally:
        called.cancel()
        if not work.future.done():
            work.future.cancel()
            work.cancel()
