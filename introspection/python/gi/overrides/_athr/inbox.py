# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Values that have come from a stream, for the coroutines that iterate the stream."""

import asyncio
import ctypes
from collections import deque
from time import monotonic
from typing import Any, Optional

from gi.repository import Gio, GObject

from .c import address_of, stream_batch_async, stream_batch_finish, stream_try_next
from .errors import ErrorPointer, Failure, raise_last
from .loops import resolve, start_operation
from .source import Source
from .values import unbox_batch, unbox_value

BATCH_SIZE = 1024

# How long, in seconds, coroutines take values without letting the event loop run. Others get their turn within 10 ms: a
# task that a timer wakes needs two iterations of the event loop, one that another task wakes then needs three.
TURN = 0.002


class Inbox:
    """The values of a stream that no coroutine has taken yet, and the coroutines that wait for values."""

    def __init__(self, stream: Any, failure: Optional[Failure]) -> None:
        self.address = address_of(stream)
        self.failure = failure
        self.values: deque[Any] = deque()
        self.waiters: list[asyncio.Future[Any]] = []
        self.errors: list[BaseException] = []
        self.is_requested = False
        self.is_done = self.has_failed = False
        self.cancellable: Any = None
        # A value in the inbox leaves room in the stream's buffer for one more value. So the inbox takes values one by
        # one if the buffer has a limit: the producer must not be ahead by more than the limit.
        self.batch_size = 1 if isinstance(failure, Source) and not failure.is_unlimited else BATCH_SIZE
        self.is_buffered = self.batch_size == 1 and stream.get_buffer_size() > 0
        # Without a buffer a generator begins when the first value is requested.
        self.has_begun = self.is_buffered or isinstance(failure, Source) and failure.has_begun
        self.box = GObject.Value()
        self.turn_end = 0.0

    def request(self, loop: Any) -> None:
        if self.is_requested:
            return
        self.has_begun = self.is_requested = True
        if self.cancellable is None:
            self.cancellable = Gio.Cancellable()
        start_operation(loop, stream_batch_async, self.address, self.batch_size, address_of(self.cancellable),
                        callback=self.receive)

    def receive(self, stream: int, result: int) -> None:
        box, error = GObject.Value(), ErrorPointer()
        self.is_requested = False
        if stream_batch_finish(stream, result, address_of(box), ctypes.addressof(error)):
            values = unbox_batch(box)
            self.values.extend(values)
            self.is_done = not values
        else:
            self.receive_error(error.take())
        for future in self.waiters:
            resolve(future)
        self.waiters.clear()

    def receive_error(self, error: Any) -> None:
        if self.cancellable.is_cancelled():
            self.cancellable = None
            return
        self.has_failed = True
        self.errors.append(self.failure.find_exception(error) if self.failure else error)
        if self.failure:
            self.failure.error = None  # the stream reports its error once

    def has_value(self) -> bool:
        if not self.values and self.is_buffered and stream_try_next(self.address, address_of(self.box)):
            self.values.append(unbox_value(self.box))
            self.box.unset()
        return bool(self.values)

    async def wait_for_value(self) -> None:
        """Waits until there is a value. If there is one already, the coroutine's turn is over: lets the event loop
        run."""
        loop = asyncio.get_running_loop()
        if self.has_value():
            await self.give_way(loop)
        while not self.has_value():
            if self.errors:
                raise_last(self.errors)
            if self.is_done:
                raise StopAsyncIteration
            self.request(loop)
            future = loop.create_future()
            self.waiters.append(future)
            try:
                await future
            except asyncio.CancelledError:
                self.remove_waiter(future)
                raise
            self.turn_end = monotonic() + TURN

    async def give_way(self, loop: Any) -> None:
        future = loop.create_future()
        self.waiters.append(future)  # a generator that gives way is running, for its other consumers
        loop.call_soon(resolve, future)
        try:
            await future
        finally:
            if future in self.waiters:
                self.waiters.remove(future)
        self.turn_end = monotonic() + TURN

    def remove_waiter(self, future: asyncio.Future[Any]) -> None:
        """Called when the coroutine that waits for the future is cancelled."""
        if future in self.waiters:
            self.waiters.remove(future)
            if not self.waiters and self.is_requested:
                self.cancellable.cancel()
        elif self.waiters:  # the future was resolved for a value, which is left to the next coroutine
            resolve(self.waiters[0])
