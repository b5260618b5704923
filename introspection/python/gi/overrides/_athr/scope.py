# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Several calls together: only the newest counts, or all are one."""

import asyncio
import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Optional

from gi.repository import Gio, GLib, GObject

from .c import BOOLEAN, FUNCTION, POINTER, Athr, address_of, call_in_context, declare, holding_gil, releasing_gil
from .checks import check_function, check_is_no_generator
from .errors import Failure, find_exception, is_cancelled, is_timed_out, raise_last
from .function import new_for_function, return_object
from .loops import Operation, context_of, resolve
from .methods import Wait, find_awaited, has_limit
from .values import unbox_value

# Functions that cancel calls release the GIL.
latest_run_async = declare("athr_latest_run_async", None, POINTER, POINTER, POINTER, FUNCTION, POINTER,
                           library=releasing_gil)
group_wait_async = declare("athr_group_wait_async", None, POINTER, POINTER, FUNCTION, POINTER)
group_close_async = declare("athr_group_close_async", None, POINTER, POINTER, FUNCTION, POINTER, library=releasing_gil)
group_has_home_elsewhere = declare("athr_completion_group_has_home_elsewhere", BOOLEAN, POINTER, POINTER)
latest_has_home_elsewhere = declare("athr_completion_latest_has_home_elsewhere", BOOLEAN, POINTER, POINTER)
latest_run_finish = ctypes.cast(holding_gil.athr_latest_run_finish_into, POINTER).value
group_wait_finish = ctypes.cast(holding_gil.athr_group_wait_finish, POINTER).value
group_close_finish = ctypes.cast(holding_gil.athr_group_close_finish, POINTER).value


def call_function(_: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A worker calls this."""
    return function(*args, **kwargs)


def make_call(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Returns the call, or makes one of a function and its arguments."""
    if isinstance(call, Athr.Call):
        if args or kwargs:
            raise TypeError("an Athr.Call takes no arguments: they belong to its function")
        return call
    check_function(call)
    check_is_no_generator(call)
    return new_for_function(Athr.Call.new, call_function, return_object, (call, args, kwargs))


def expect_no_report(call: Any) -> None:
    """The exception of the function is not reported if no coroutine receives it."""
    failure: Optional[Failure] = call.__dict__.get("_athr_failure")
    if failure is not None:
        failure.is_known = True


def check_home(thing: Any) -> None:
    """The calls of a group or an Athr.Latest report to the main context of its first call. Without this check a coroutine
    would wait for ever if no thread iterates that main context."""
    loop = asyncio._get_running_loop()
    if loop is None or GLib.MainContext.get_thread_default() is not None:
        return
    is_group = isinstance(thing, Athr.Group)
    has_home_elsewhere = group_has_home_elsewhere if is_group else latest_has_home_elsewhere
    if has_home_elsewhere(address_of(thing), context_of(loop).address):
        raise RuntimeError(f"the first call of this {'group' if is_group else 'Athr.Latest'} began outside of this event "
                           "loop: make a new one in a coroutine")


def in_context(thing: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a method of C. If an event loop runs, and the program has pushed no main context of its own, what the method
    starts comes back in the event loop."""
    loop = asyncio._get_running_loop()
    if loop is None or GLib.MainContext.get_thread_default() is not None:
        return function(*arguments)
    check_home(thing)
    return call_in_context(context_of(loop).address, function, *arguments)


class LatestRun(Operation):
    """Runs a call of which only the newest one counts. The future gets a GValue, and a list of the error, if any."""

    def __init__(self, loop: Any, latest: Any, call: Any, cancellable: Any) -> None:
        self.future = loop.create_future()
        self.box = GObject.Value()
        self.value = address_of(self.box)
        self.start(loop, latest_run_async, latest_run_finish, address_of(latest), address_of(call),
                   address_of(cancellable))

    def outcome(self, errors: list[BaseException]) -> None:
        resolve(self.future, (self.box, errors))


async def run_latest(latest: Any, call: Any, cancellable: Any) -> Any:
    check_home(latest)
    # The end of the task cancels the run, but not other work that has the cancellable of the program.
    own_cancellable = Gio.Cancellable()
    handler = cancellable is not None and cancellable.connect(lambda *_: own_cancellable.cancel())
    try:
        run = LatestRun(asyncio.get_running_loop(), latest, call, own_cancellable)
        box, errors = await run.future
    except asyncio.CancelledError:
        expect_no_report(call)
        own_cancellable.cancel()
        raise
    finally:
        if handler:
            cancellable.disconnect(handler)
    if not errors:
        return unbox_value(box)
    if is_cancelled(errors[0]):
        expect_no_report(call)
        raise asyncio.CancelledError from errors.pop()
    errors[0] = find_awaited(call, errors[0])
    del latest, call, run
    raise_last(errors)


class WaitForGroup(Wait):
    """Waits for the end of a group."""

    def find_exception(self, error: Any) -> Optional[BaseException]:
        if is_cancelled(error):
            return None
        exception = exception_of_group(self.thing, error)
        has_timed_out = exception is error and is_timed_out(error)
        if has_timed_out and (self.thing.get_timeout() or any(map(has_limit, calls_of(self.thing)))):
            return TimeoutError(error.message)
        return exception


def calls_of(group: Any) -> Sequence[Any]:
    calls: Sequence[Any] = group.__dict__.get("_athr_calls", ())
    return calls


def exception_of_group(group: Any, error: Any) -> BaseException:
    """Returns the exception that an error of a group stands for."""
    found = (find_exception(call, error) for call in calls_of(group))
    return next((exception for exception in found if exception is not error), error)


def wait_for_group(group: Any, cancellable: Any) -> Any:
    check_home(group)
    return WaitForGroup(group, group_wait_async, group_wait_finish, cancellable).future


def wait_for_close_of_group(group: Any, cancellable: Any) -> Any:
    check_home(group)
    return Wait(group, group_close_async, group_close_finish, cancellable).future


async def close_in_any_case(group: Any) -> None:
    """Waits until no function of the group runs, as asyncio.TaskGroup does, even if the task is cancelled meanwhile."""
    closing = wait_for_close_of_group(group, None)
    errors: list[BaseException] = []
    while not closing.done():
        try:
            await asyncio.wait((closing,))
        except asyncio.CancelledError as error:
            errors[:] = [error]
    if errors:
        raise_last(errors)
    closing.result()


def is_being_cancelled() -> bool:
    """Whether a program has cancelled the task that runs. Python before 3.11 does not tell."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", None)
    return cancelling is None or cancelling() > 0
