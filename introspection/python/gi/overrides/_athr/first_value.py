# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions whose first argument is a callback, of which the first value counts."""

import asyncio
import os
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, Optional

from gi.repository import GObject

from .c import (DESTROY, FUNCTION, NO_DESTROY, POINTER, Athr, address_of, call_cancel, call_run_async, call_run_finish,
                declare, object_unref, permanent)
from .errors import StreamClosed
from .loops import Operation, resolve
from .owner import Owner, call_bind
from .values import Reference
from .work import OwnedWork, kind_of_work

call_new = declare("athr_call_new", POINTER, FUNCTION, POINTER, DESTROY)
call_set_executor = declare("athr_call_set_executor", None, POINTER, POINTER)


@permanent(FUNCTION)
def run_nothing(*_: Any) -> None:
    """No worker calls this."""


@cache
def waiting_room() -> Any:
    """An executor that runs nothing."""
    return Athr.Executor(name="owners", max_threads=1, paused=True)


os.register_at_fork(after_in_child=waiting_room.cache_clear)


class OwnerEnd(Operation):
    """Resolves a future when the owner ends. The owner has a call that stays in the queue of an executor, without a
    thread. When the owner ends, the call is cancelled."""

    def __init__(self, loop: Any, owner: Owner) -> None:
        self.future = loop.create_future()
        self.box = GObject.Value()
        self.value = address_of(self.box)
        call = call_new(run_nothing, None, NO_DESTROY)
        self.call = Reference(call)
        object_unref(call)
        call_set_executor(call, address_of(waiting_room()))
        owner.bind(call_bind, call)
        self.start(loop, call_run_async, call_run_finish, call, None)

    def outcome(self, errors: list[BaseException]) -> None:
        resolve(self.future)

    def end(self) -> None:
        call_cancel(self.call.address)


async def wait_until_called(called: asyncio.Future[None], owner: Optional[Owner]) -> None:
    """Waits for a callback, but not longer than until the owner ends."""
    if owner is None:
        await asyncio.wait((called,))
        return
    end = OwnerEnd(called.get_loop(), owner)
    try:
        await asyncio.wait((called, end.future), return_when=asyncio.FIRST_COMPLETED)
    finally:
        end.end()


class FirstValue:
    """A callback that keeps its first value, and then cancels a future. Later calls raise GeneratorExit, which ends most
    callers. If the callback is dropped before its first call, there is no value."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self.futures = [future]
        self.values: list[Any] = []

    def __call__(self, value: Any) -> None:
        if not self.resolve([value]):
            raise StreamClosed

    def __del__(self) -> None:
        self.resolve([])

    def resolve(self, values: list[Any]) -> bool:
        try:
            future = self.futures.pop()  # only one thread gets the future
            if future.done():
                return False
            self.values.extend(values)
            future.get_loop().call_soon_threadsafe(future.cancel)
        except (IndexError, RuntimeError):  # there is a value, or the event loop is closed
            return False
        return True


async def run_until_first_value(function: Callable[..., Any], args: Any, kwargs: Any, executor: Any,
                                options: Any) -> list[Any]:
    """Runs a function whose first argument is a callback, which may be called after the function has returned. Returns
    a list of the first value, or an empty list if the function has dropped the callback."""
    loop = asyncio.get_running_loop()
    called: asyncio.Future[None] = loop.create_future()
    callback = FirstValue(called)
    is_kept, unresolved, values = weakref.ref(callback), callback.futures, callback.values
    owner = None if options is None else options.owner
    work = kind_of_work(owner)(loop, executor, function, (callback, *args), kwargs, options)
    del callback
    try:
        await asyncio.wait((work.future, called), return_when=asyncio.FIRST_COMPLETED)
        # A function that never runs drops the callback, too.
        if not called.done() or not values and work.future.done():
            work.result(work.future.result())
            if is_kept() is not None or not unresolved:
                await wait_until_called(called, owner)
        if isinstance(work, OwnedWork):
            work.check_owner()
        return values
    finally:
        called.cancel()
        work.abandon()
