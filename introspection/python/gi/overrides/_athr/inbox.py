# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Values that have come from a stream, for the coroutines that iterate the stream."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import Any, Optional

from gi.repository import Gio, GObject

from .c import address_of, stream_batch_async, stream_batch_finish, stream_try_next, uninterrupted
from .errors import Failure, raise_last
from .loops import Operation, resolve
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
        self.batch: Optional[Batch] = None
        self.is_done = self.has_failed = False
        self.cancellable: Any = None
        # A value in the inbox leaves room in the stream's buffer for one more value. So the inbox takes values one by
        # one if the buffer has a limit: the producer must not be ahead by more than the limit.
        self.batch_size = 1 if isinstance(failure, Source) and not failure.is_unlimited else BATCH_SIZE
        self.is_buffered = self.batch_size == 1 and stream.get_buffer_size() > 0
        # Without a buffer a generator begins when the first value is requested.
        self.has_begun = self.is_buffered or isinstance(failure, Source) and failure.has_begun
        self.box, self.batch_box = GObject.Value(), GObject.Value()
        self.turn_end = 0.0

    def is_requested(self) -> bool:
        return self.batch is not None and self.batch.is_started

    def request(self, loop: Any) -> None:
        if self.is_requested():
            return
        self.has_begun = True
        if self.cancellable is None:
            self.cancellable = Gio.Cancellable()
        self.batch_box.unset()
        self.batch = Batch(self)
        self.batch.start(loop, stream_batch_async, self.address, self.batch_size, address_of(self.cancellable))

    def receive(self, batch: Batch, errors: list[Any]) -> None:
        if self.batch is batch:
            self.take([] if errors else unbox_batch(self.batch_box), errors)
        for future in self.waiters:
            resolve(future)
        self.waiters.clear()

    def take(self, values: Any, errors: list[Any]) -> None:
        has_no_batch = setattr, self, "batch", None
        if not errors:
            self.is_done = not values
            uninterrupted((self.values.extend, values), has_no_batch)
        elif self.cancellable.is_cancelled():
            uninterrupted((setattr, self, "cancellable", None), has_no_batch)
        else:
            self.has_failed = True
            error = self.failure.find_exception(errors[0]) if self.failure else errors[0]
            uninterrupted((self.errors.append, error), has_no_batch)
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
        if self.waiters and self.waiters[0].get_loop() is not loop:
            raise RuntimeError("a coroutine of another event loop waits for a value of this stream")
        if self.has_value():
            await self.give_way(loop)
        while not self.has_value():
            if self.errors:
                raise_last(self.errors)
            if self.is_done:
                raise StopAsyncIteration
            self.request(loop)
            future = loop.create_future()
            try:
                self.waiters.append(future)
                await future
            except BaseException:
                self.remove_waiter(future)
                raise
            if future in self.waiters:  # an exception has interrupted receive()
                self.waiters.remove(future)
            self.turn_end = monotonic() + TURN

    async def give_way(self, loop: Any) -> None:
        future = loop.create_future()
        try:
            self.waiters.append(future)  # a generator that gives way is running, for its other consumers
            await asyncio.sleep(0)
        finally:
            if future in self.waiters:
                self.waiters.remove(future)
        self.turn_end = monotonic() + TURN

    def remove_waiter(self, future: asyncio.Future[Any]) -> None:
        """Called when an exception, such as a cancellation, ends the coroutine that waits for the future."""
        if future in self.waiters:
            self.waiters.remove(future)
            if not self.waiters and self.is_requested():
                self.cancellable.cancel()
        elif self.waiters:  # the future was resolved for a value, which is left to the next coroutine
            resolve(self.waiters[0])


class Batch(Operation):
    """Requests values for an inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def finish(self) -> tuple[Any, ...]:
        return stream_batch_finish, self.inbox.address, self.result, address_of(self.inbox.batch_box)

    def outcome(self, errors: list[BaseException]) -> None:
        self.inbox.receive(self, errors)

    def abandon(self) -> None:
        super().abandon()
        self.inbox.waiters.clear()
