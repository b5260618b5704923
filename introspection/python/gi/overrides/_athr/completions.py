# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What has completed in a main context: C queues it, and Python deals with it."""

import asyncio
import ctypes
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .c import (BOOLEAN, DESTROY, NO_DESTROY, POINTER, completion_queue_new, completion_queue_peek, completion_queue_pop,
                permanent, uninterrupted)

# A completion that fails as often as this does not fail because of signals, and would keep the event loop busy for ever.
MAX_ATTEMPTS = 3


class Completion(ctypes.Structure):
    """An AthrCompletion. C queues the completion once, or again and again if it is repeated. Each time the main thread
    calls complete().

    The handler of a signal may raise an exception anywhere inside complete(). Then the main thread calls complete()
    again. So complete() may repeat what it has done, or it notes in the same breath what it has done, by
    uninterrupted(). What complete() frees or reports may run code of the program, and this code a main loop, which calls
    complete() again and removes the completion from the queue. So that comes last.
    """

    _fields_ = [("queue", POINTER), ("object", POINTER), ("link", POINTER * 3), ("is_repeated", BOOLEAN),
                ("is_started", BOOLEAN), ("finish", POINTER), ("value", POINTER), ("error", POINTER)]

    attempts = 0

    def address(self) -> int:
        """The address for C. From the moment when C has it, `completions` keeps the completion."""
        return ctypes.addressof(self)

    def complete(self) -> None:
        raise NotImplementedError

    def abandon(self) -> None:
        """The child of a fork calls this: the completion will not come."""


completions: dict[int, Completion] = {}
# C may queue completions until the process ends. The end of the interpreter must not free their memory.
ctypes.pythonapi.Py_IncRef(ctypes.py_object(completions))


# What the main thread runs when it has dealt with the completions of a queue
due: dict[Any, OrderedDict[int, Any]] = {}
# The address of what runs right now
active: set[int] = set()


def run_due(queue: Any) -> None:
    """If an exception strikes, the rest stays due. What runs may run a main loop, which comes here again."""
    waiting = due.get(queue)
    while waiting:
        address = next(iter(waiting))
        if address in active:  # this is a nested main loop
            rest = waiting.keys() - active
            if not rest:
                return
            address = min(rest, key=[*waiting].index)
        try:
            active.add(address)
            waiting[address].run()
        finally:
            active.discard(address)
        waiting.pop(address, None)


def drain(queue: int) -> None:
    """Deals with all completions in a queue. If an exception strikes, the completion stays in the queue."""
    address = completion_queue_peek(queue)
    while address:
        completion = completions.get(address)
        if completion is not None and completion.attempts < MAX_ATTEMPTS:
            try:
                completion.complete()
            except BaseException:
                completion.attempts += 1
                raise
            if address not in completions:
                # The completion has freed or reported something, code of the program has run a main loop, and the main
                # loop has dealt with the completion.
                address = completion_queue_peek(queue)
                continue
        if completion is not None and completion.is_repeated:
            completion.attempts = 0
            address = completion_queue_pop(queue)
        else:
            address = uninterrupted((completions.pop, address, None), (completion_queue_pop, queue))[1]
    if due:
        run_due(queue)


def raise_again(error: BaseException) -> None:
    raise error


@permanent(DESTROY)
def drain_in_main_loop(queue: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    """The main loop of GLib calls this while the queue has completions. An exception comes out of the event loop."""
    if is_finalizing():  # the globals of this module are gone by then
        return
    try:
        drain(queue)
    except BaseException as error:
        loop = asyncio._get_running_loop()
        if loop is None:
            raise
        if due.get(queue):
            loop.call_soon(run_due, queue)
        loop.call_soon(raise_again, error)


def new_queue(context: int, is_drained_by_main_loop: bool) -> Any:
    return completion_queue_new(context, drain_in_main_loop if is_drained_by_main_loop else NO_DESTROY)
