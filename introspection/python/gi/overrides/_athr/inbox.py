# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Values that have come from a stream, for the coroutines that iterate the stream."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from time import monotonic
from typing import Any, Optional

from gi.repository import Gio, GObject

from .c import TYPE, address_of, completion_start_next, stream_try_next, uninterrupted, value_unset
from .completions import completions
from .errors import Failure, error_from_address, is_cancelled, new_cancelled, raise_last
from .loops import Operation, context_of, raise_elsewhere, resolve
from .owner import stream_has_lost_owner
from .source import Source
from .values import unbox_batch, unbox_value

BATCH_SIZE = 1024

# How long, in seconds, coroutines take values without letting the event loop run. Others get their turn within 10 ms: a
# task that a timer wakes needs two iterations of the event loop, one that another task wakes then needs three.
TURN = 0.002


class Inbox:
    """The values of a stream that no coroutine has taken yet, and the coroutines that wait for values."""

    is_owned = False

    def __init__(self, stream: Any, failure: Optional[Failure]) -> None:
        self.address = address_of(stream)
        self.failure = failure
        self.values: deque[Any] = deque()
        self.waiters: list[asyncio.Future[Any]] = []
        self.errors: list[BaseException] = []
        self.request: Optional[Request] = None
        self.is_done = self.has_failed = False
        self.cancellable: Any = None
        self.cancellable_address = 0
        # A value in the inbox leaves room in the stream's buffer for one more value. So the inbox requests single values,
        # and no batches, if the buffer has a limit: the producer must not be ahead by more than the limit.
        self.batch_size = 0 if failure is not None and not failure.is_unlimited else BATCH_SIZE
        self.is_buffered = not self.batch_size and stream.get_buffer_size() > 0
        # Without a buffer a generator begins when the first value is requested.
        self.has_begun = self.is_buffered or isinstance(failure, Source) and failure.has_begun
        self.posts: dict[int, Any] = {} if failure is None else failure.posts
        self.box, self.request_box = GObject.Value(), GObject.Value()
        self.request_address = address_of(self.request_box)
        self.turn_end = 0.0

    def is_requested(self) -> bool:
        return self.request is not None and bool(self.request.is_started)

    def request_values(self, loop: Any) -> None:
        if self.request is not None and self.request.is_started:
            return
        self.has_begun = True
        if self.cancellable is None:
            self.cancellable = Gio.Cancellable()
            self.cancellable_address = address_of(self.cancellable)
        value_unset(self.request_address)
        self.request = Request(self)
        self.request.start_next(loop)

    def receive(self, request: Request) -> None:
        if self.request is request:
            if request.error:
                self.fail(request)
            else:
                values = self.requested_values()
                self.is_done = not values
                uninterrupted((self.values.extend, values), (setattr, self, "request", None))
        for future in self.waiters:
            resolve(future)
        self.waiters.clear()

    def requested_values(self) -> Any:
        if self.batch_size:
            return unbox_batch(self.request_box)
        # At the end of the stream the GValue is unset. Null has a type.
        return [unbox_value(self.request_box)] if TYPE.from_address(self.request_address).value else []

    def fail(self, request: Request) -> None:
        has_no_request = setattr, self, "request", None
        if self.cancellable.is_cancelled():
            uninterrupted((setattr, self, "cancellable", None), has_no_request)
            return
        self.has_failed = True
        error = error_from_address(request.error)
        is_end = is_cancelled(error) and stream_has_lost_owner(self.address)
        exception = self.failure.find_exception(error) if self.failure and not is_end else error
        if exception is error and is_cancelled(error):
            exception = new_cancelled(error)
        uninterrupted((self.errors.append, exception), has_no_request)
        if self.failure:
            self.failure.error = None  # the stream reports its error once

    def take_buffered(self) -> bool:
        """Takes a value out of the stream's buffer, if there is one."""
        if stream_try_next(self.address, address_of(self.box)):
            self.values.append(unbox_value(self.box))
            self.box.unset()
        return bool(self.values) and not self.posts  # what was posted comes first: see wait_for_posts()

    def has_value(self) -> bool:
        return bool(self.values) or self.is_buffered and self.take_buffered()

    async def wait_for_value(self) -> None:
        """Waits until there is a value. If there is one already, the coroutine's turn is over: lets the event loop
        run."""
        loop = asyncio.get_running_loop()
        if self.waiters and self.waiters[0].get_loop() is not loop:
            raise RuntimeError("a coroutine of another event loop waits for a value of this stream")
        if self.values or self.is_buffered and self.take_buffered():
            await self.give_way(loop)
        while not (self.values or self.is_buffered and self.take_buffered() or self.values):
            await self.wait_for_request(loop)
        if self.posts:
            await self.wait_for_posts()
            if not self.values:  # another coroutine has taken the value meanwhile
                await self.wait_for_value()

    async def wait_for_request(self, loop: Any) -> None:
        if self.errors:
            raise_last(self.errors)
        if self.is_done:
            raise StopAsyncIteration
        self.request_values(loop)
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

    async def wait_for_posts(self) -> None:
        """The value has come while a worker posted a function, which the main thread calls first."""
        last = self.last_post()
        loop = asyncio.get_running_loop()
        # Functions that another thread calls are in no order with the values.
        if last is not None and last.queue == context_of(loop).queue:
            future = loop.create_future()
            last.waiters.append(partial(resolve, future))
            await future

    def last_post(self) -> Any:
        while True:
            try:
                # The queue is set when C has the post. A post that C does not have yet comes after the value.
                return next((post for post in reversed(self.posts.values()) if post.queue), None)
            except RuntimeError:  # a worker posts right now
                pass

    async def give_way(self, loop: Any) -> None:
        future = loop.create_future()
        try:
            self.waiters.append(future)  # a generator that gives way is running, for its other consumers
            await asyncio.sleep(0)
        finally:
            if future in self.waiters:
                self.waiters.remove(future)
        self.turn_end = monotonic() + TURN

    def give_back(self, values: list[Any]) -> None:
        """Takes back values that a coroutine has taken and does not want."""
        self.values.extendleft(reversed(values))
        if self.waiters:
            resolve(self.waiters[0])

    def remove_waiter(self, future: asyncio.Future[Any]) -> None:
        """Called when an exception, such as a cancellation, ends the coroutine that waits for the future."""
        if future in self.waiters:
            self.waiters.remove(future)
            if not self.waiters and self.is_requested():
                self.cancellable.cancel()
        elif self.waiters:  # the future was resolved for a value, which is left to the next coroutine
            resolve(self.waiters[0])


class Request(Operation):
    """Requests a value or a batch for an inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.value = inbox.request_address

    def start_next(self, loop: Any) -> None:
        context = context_of(loop)
        self.queue = context.queue
        inbox = self.inbox
        address = self.address()
        completions[address] = self
        if not completion_start_next(address, inbox.address, inbox.batch_size, inbox.cancellable_address,
                                     context.address):
            inbox.request = None
            completions.pop(address, None)
            raise_elsewhere()

    def complete(self) -> None:
        self.inbox.receive(self)

    def abandon(self) -> None:
        super().abandon()
        self.inbox.waiters.clear()
