# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the methods of calls, streams and executors share."""

import asyncio
import functools
import os
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import GLib, GObject

from .c import (BOOLEAN, POINTER, Athr, address_of, call_in_context, call_run_async, call_run_finish, declare,
                releasing_gil, stream_close_async, stream_close_finish)
from .checks import UNLIMITED, check_box, check_cancellable
from .errors import find_exception, is_cancelled, is_timed_out, new_cancelled, raise_last
from .loops import Operation, context_of
from .owner import call_has_lost_owner
from .values import unbox_value
from .work import Work

# Queued jobs that fail may run code of the program.
executor_shut_down = declare("athr_executor_shut_down", None, POINTER, BOOLEAN, library=releasing_gil)


def take_value(thing: Any, method: Callable[..., Any], *arguments: Any, box: Any = None) -> tuple[Any, list[Any]]:
    """Calls a method that fills a GValue. Returns the value, or True if the caller has the GValue already, and a list
    that has the exception, if any."""
    check_box("value", box)
    filled = GObject.Value() if box is None else box
    try:
        method(*arguments, filled)
    except GLib.Error as error:
        return None, [find_exception(thing, error)]
    return unbox_value(filled) if box is None else True, []


def begin(function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Calls an `*_async()` method of C. If an event loop runs, and the program has pushed no main context of its own,
    the callback comes in the event loop."""
    loop = asyncio._get_running_loop()
    if loop is None or GLib.MainContext.get_thread_default() is not None:
        function(*arguments)
    else:
        call_in_context(context_of(loop).address, function, *arguments)


def has_been_cancelled(call: Any, error: Any) -> bool:
    """Whether a call that has given an error was cancelled, or has lost its owner. Its function may still run."""
    is_over = call.get_state() == Athr.CallState.CANCELLED or bool(call_has_lost_owner(address_of(call)))
    return is_over or is_cancelled(error) and find_exception(call, error) is error


def has_limit(call: Any) -> bool:
    return bool(call.get_timeout() or call.get_run_timeout())


def find_awaited(call: Any, error: Any) -> BaseException:
    """As find_exception(), for an `await`: CancelledError or TimeoutError if that is what has ended the call."""
    if has_been_cancelled(call, error):
        return new_cancelled(error)
    exception = find_exception(call, error)
    return TimeoutError(error.message) if exception is error and is_timed_out(error) and has_limit(call) else exception


class Wait(Operation):
    """Runs a `*_async()` function of a call or a stream. The future gets the outcome."""

    def __init__(self, thing: Any, function: Callable[..., None], finish: Any, cancellable: Any) -> None:
        check_cancellable(cancellable)
        self.thing = thing
        loop = asyncio.get_running_loop()
        self.future = loop.create_future()
        self.start(loop, function, finish, address_of(thing), cancellable and address_of(cancellable))

    def result(self) -> Any:
        return None

    def outcome(self, errors: list[BaseException]) -> None:
        if not self.future.done():
            try:
                self.set_outcome(errors)
            except RuntimeError:  # the event loop is closed
                pass

    def find_exception(self, error: Any) -> Optional[BaseException]:
        """The exception for an error of C. None: the wait was cancelled."""
        exception = find_exception(self.thing, error)
        return None if exception is error and is_cancelled(error) else exception

    def set_outcome(self, errors: list[BaseException]) -> None:
        if not errors:
            self.future.set_result(self.result())
            return
        exception = self.find_exception(errors[0])
        if exception is None:
            self.future.cancel()
        elif isinstance(exception, (StopIteration, StopAsyncIteration)):
            error = RuntimeError(f"worker raised {type(exception).__name__}")
            error.__cause__ = exception
            self.future.set_exception(error)
        else:
            self.future.set_exception(exception)


class WaitForRun(Wait):
    def __init__(self, call: Any, cancellable: Any) -> None:
        self.box = GObject.Value()
        self.value = address_of(self.box)
        super().__init__(call, call_run_async, call_run_finish, cancellable)

    def result(self) -> Any:
        return unbox_value(self.box)

    def find_exception(self, error: Any) -> Optional[BaseException]:
        return None if has_been_cancelled(self.thing, error) else find_awaited(self.thing, error)


def wait_for_run(call: Any, cancellable: Any) -> Any:
    def cancel(future: Any) -> None:
        if future.cancelled():
            call.cancel()

    future = WaitForRun(call, cancellable).future
    future.add_done_callback(cancel)
    return future


def wait_for_close(stream: Any, cancellable: Any) -> Any:
    return Wait(stream, stream_close_async, stream_close_finish, cancellable).future


def wait_until_closed(executor: Any, cancel_queued: bool, cancellable: Any) -> Any:
    """Waits on a worker, and returns the result of the close.

    The operation of C joins the threads of the executor, which need the GIL to end. A main context that an event loop
    iterates with the GIL held must not run that operation.
    """
    context, results = GLib.MainContext(), []  # type: Any, list[Any]
    context.push_thread_default()
    try:
        Athr.Executor.close_async(executor, cancel_queued, cancellable, lambda _, result: results.append(result))
        while not results:
            context.iteration(True)
    finally:
        context.pop_thread_default()
    return results[0]


@functools.cache
def closing_executor() -> Any:
    """The executor of the workers that wait. Those of the default executor may have to work for the functions that the
    closes wait for."""
    return Athr.Executor.new("closing", UNLIMITED)


os.register_at_fork(after_in_child=closing_executor.cache_clear)


def start_close(executor: Any, cancel_queued: bool, cancellable: Any) -> Work:
    check_cancellable(cancellable)
    executor_shut_down(address_of(executor), cancel_queued)  # the executor takes no work from here on
    arguments = executor, cancel_queued, cancellable
    return Work(asyncio.get_running_loop(), closing_executor(), wait_until_closed, arguments, {})


def close_with_callback(executor: Any, cancel_queued: bool, cancellable: Any, callback: Any,
                        user_data: tuple[Any, ...]) -> None:
    loop = asyncio._get_running_loop()
    if (loop is None or GLib.MainContext.get_thread_default() is not None
            or isinstance(getattr(loop, "_context", None), GLib.MainContext)):
        arguments = cancel_queued, cancellable, callback, *user_data
        begin(functools.partial(Athr.Executor.close_async, executor), arguments)
        return
    work = start_close(executor, cancel_queued, cancellable)
    work.future.add_done_callback(lambda _: callback(executor, work.result(), *user_data))


def wait_for_close_of_executor(executor: Any, cancel_queued: bool, cancellable: Any) -> Any:
    async def wait() -> None:
        await work.future
        try:
            executor.close_finish(work.result())
        except GLib.Error as error:
            if is_cancelled(error):
                raise asyncio.CancelledError from error
            raise

    work = start_close(executor, cancel_queued, cancellable)
    return asyncio.ensure_future(wait())
