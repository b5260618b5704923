# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How methods of a stream take values: at once, and by a task that a coroutine awaits."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from .checks import check_cancellable
from .errors import raise_last


def take_received(stream: Any) -> list[Any]:
    """Takes a value that a batch has brought and no coroutine has taken. Returns a list of the value, or an empty
    list."""
    inbox = stream.__dict__.get("_athr_inbox")
    if inbox is None:
        return []
    if inbox.is_owned:
        inbox.has_value()  # forgets the values if the owner has ended
    try:
        return [inbox.values.popleft()]
    except IndexError:
        pass
    if inbox.errors:
        del stream
        raise_last(inbox.errors)
    return []


def take_received_batch(stream: Any, max_values: int) -> list[Any]:
    """Takes the values that a batch has brought and no coroutine has taken, at most `max_values`."""
    values = take_received(stream)
    while 0 < len(values) < max_values and stream._athr_inbox.values:
        values += take_received(stream)
    return values


async def take_next(stream: Any, taken: list[Any]) -> Any:
    inbox = stream._inbox
    if not inbox.has_value():
        try:
            await inbox.wait_for_value()
        except StopAsyncIteration:
            return None
    taken.append(inbox.values.popleft())
    return taken[0]


async def take_batch(stream: Any, max_values: int, taken: list[Any]) -> list[Any]:
    inbox = stream._inbox
    if not inbox.has_value():
        try:
            await inbox.wait_for_value()
        except StopAsyncIteration:
            return []
    taken.append(inbox.values.popleft())
    while len(taken) < max_values and inbox.has_value():
        taken.append(inbox.values.popleft())
    return [*taken]


class Taking(asyncio.Task):  # type: ignore[type-arg]
    """Takes values of a stream. If the coroutine that awaits the task is cancelled when the task has taken the values
    already, the stream gets them back."""

    n_awaiting = 0
    has_given_back = False

    def __init__(self, stream: Any, take: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> None:
        self.stream = stream
        self.taken: list[Any] = []
        super().__init__(take(stream, *arguments, self.taken), loop=asyncio.get_running_loop())

    def __await__(self) -> Generator[Any, None, Any]:
        self.n_awaiting += 1
        try:
            result = yield from super().__await__()
        except BaseException:
            self.n_awaiting -= 1
            if not self.n_awaiting and self.done():
                self.give_back()
            del self  # the traceback of the task's exception must not keep the task alive
            raise
        self.taken.clear()
        return result

    def give_back(self) -> None:
        if self.taken:
            self.has_given_back = True
            self.stream._inbox.give_back(self.taken)

    def cancelled(self) -> bool:
        return self.has_given_back or super().cancelled()

    def result(self) -> Any:
        if self.has_given_back:
            raise asyncio.CancelledError
        try:
            return super().result()
        finally:
            del self


def start_taking(cancellable: Any, stream: Any, take: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
    """Returns a task. The values that come from the inbox are in order when one of several tasks is cancelled."""
    check_cancellable(cancellable)
    task = Taking(stream, take, *arguments)
    if cancellable is not None:
        def cancel(*_: Any) -> None:
            try:
                task.get_loop().call_soon_threadsafe(task.cancel)
            except RuntimeError:  # the event loop is closed
                pass

        handler = cancellable.connect(cancel)
        if handler:
            task.add_done_callback(lambda _: cancellable.disconnect(handler))
    return task
