# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions that workers run: one call, one result."""

import asyncio
from _thread import get_ident
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Optional

from gi.repository import GObject

from .c import (FUNCTION, address_of, call_cancel, call_get_error, call_run_async, call_run_finish, completion_new_call,
                completion_start_call, permanent)
from .completions import Completion, completions
from .current import on_thread
from .errors import error_from_address, is_cancelled, new_cancelled, raise_last, report_lost, strip_own_frames
from .interpreter import running
from .loops import Operation, context_of, resolve
from .owner import Owner, call_has_lost_owner
from .values import Reference


class Work(Completion):
    """A Python function that a worker runs under an AthrCall. The AthrCall has no PyGObject wrapper: it is the `object`
    of the completion until C has popped the completion."""

    __slots__ = ("function", "args", "kwargs", "context", "future", "has_run", "outcome", "raised", "progress",
                 "is_abandoned")

    def __init__(self, loop: Any, executor: Any, function: Callable[..., Any], args: Any, kwargs: Any,
                 options: Any = None) -> None:
        """Starts the call."""
        self.function: Optional[Callable[..., Any]] = function
        self.args = args
        self.kwargs = kwargs
        self.context: Optional[Context] = copy_context()
        self.future = loop.create_future()
        self.has_run = self.is_abandoned = False
        self.outcome: Any = None
        self.raised: Optional[BaseException] = None
        context = context_of(loop)
        self.queue = context.queue
        address = self.address()
        completions[address] = self
        completion_new_call(address, run_work, None if executor is None else address_of(executor), context.address)
        self.progress = None if options is None else options.prepare(self, loop)
        completion_start_call(address, context.address)

    def complete(self) -> None:
        """C queues the completion when the AthrCall has ended. The function, its arguments and a result that comes too
        late are freed here: they may belong to this thread."""
        if not self.has_run and self.object:
            error = call_get_error(self.object)
            if error:
                raised = error_from_address(error)
                self.raised = new_cancelled(raised) if is_cancelled(raised) else raised
        if self.progress is not None:
            completions.pop(self.progress.address(), None)
        resolve(self.future)
        self.function = self.args = self.kwargs = self.context = None
        if self.is_abandoned:
            self.report_lost()

    def cancel(self) -> None:
        if self.object:
            call_cancel(self.object)

    def abandon(self) -> None:
        """Cancels the call. No coroutine will take its result."""
        self.is_abandoned = True
        self.cancel()
        if not self.object:
            self.report_lost()

    def report_lost(self) -> None:
        error, self.raised, self.outcome = self.raised, None, None
        if error is not None and self.has_run:
            report_lost(error, self.future.get_loop())

    def result(self, timed_out: Any = None) -> Any:
        """Takes the result of the future: a list with an exception if the call has timed out."""
        if timed_out:
            self.abandon()
            raise_last(timed_out)
        if self.raised is not None:
            errors, self.raised = [self.raised], None
            raise_last(errors)
        outcome, self.outcome = self.outcome, None
        return outcome


class OwnedWork(Work):
    """A function whose call ends with an owner. The options bind the call."""

    bound: Optional[Reference] = None

    def check_owner(self) -> None:
        """The owner may have ended since the future was resolved."""
        if self.bound is not None and call_has_lost_owner(self.bound.address):
            self.abandon()
            raise asyncio.CancelledError

    def result(self, timed_out: Any = None) -> Any:
        self.check_owner()
        return super().result(timed_out)


def kind_of_work(owner: Optional[Owner]) -> type[Work]:
    return Work if owner is None else OwnedWork


@permanent(FUNCTION)
def run_work(call: int, address: int, error: int) -> None:
    """A worker calls this."""
    work: Any = completions[address]
    if not running.add(call, error, work.cancel):
        return
    work.has_run = True
    thread = get_ident()
    on_thread[thread] = call
    try:
        work.outcome = work.context.run(work.function, *work.args, **work.kwargs)
    except BaseException as raised:
        work.raised = strip_own_frames(raised)
    finally:
        del on_thread[thread]
        running.remove(call)
        del work


class Run(Operation):
    """Runs an AthrCall, or joins one that was started. The future gets a GValue, and a list of the error, if any."""

    def __init__(self, loop: Any, call: Any, cancellable: Any) -> None:
        self.future = loop.create_future()
        self.box = GObject.Value()
        self.value = address_of(self.box)
        self.start(loop, call_run_async, call_run_finish, address_of(call), cancellable and address_of(cancellable))

    def outcome(self, errors: list[BaseException]) -> None:
        resolve(self.future, (self.box, errors))


async def run_call(call: Any, cancellable: Any = None) -> Any:
    run = Run(asyncio.get_running_loop(), call, cancellable)
    try:
        return await run.future
    except asyncio.CancelledError:
        call.cancel()
        raise
