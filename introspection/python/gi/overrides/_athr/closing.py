# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How a coroutine closes a stream: the event loop only waits, workers close the iterator."""

import asyncio
import ctypes
from typing import Any

from .c import address_of, stream_close_async, stream_close_finish
from .errors import ErrorPointer, find_exception, raise_last
from .loops import resolve, start_operation
from .source import Source
from .work import Work


class Closing:
    """Closes a stream. The future gets a list of errors when no code of the producer runs any more."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.errors: list[BaseException] = []
        self.loop = asyncio.get_running_loop()
        self.future = self.loop.create_future()
        start_operation(self.loop, stream_close_async, address_of(stream), None, callback=self.finish)

    def finish(self, address: int, result: int) -> None:
        error = ErrorPointer()
        if not stream_close_finish(address, result, ctypes.addressof(error)):
            self.errors.append(find_exception(self.stream, error.take()))
        source = self.stream.__dict__.get("_athr_failure")
        if isinstance(source, Source) and source.closes:
            # The producer has not begun, or had ended before the close. So a worker must close the iterator now.
            self.close_iterator(source, self.stream.props.executor)
        else:
            resolve(self.future, self.errors)

    def close_iterator(self, source: Source, executor: Any) -> None:
        def finish(_: Any) -> None:
            if not work.has_run and executor is not None:  # the executor is closed
                self.close_iterator(source, None)
                return
            if work.error is not None and not self.errors and not self.future.done():
                self.errors.append(work.error)
                work.error = None
            resolve(self.future, self.errors)

        work = Work(self.loop, executor, source.close_after_run, (), {})
        work.future.add_done_callback(finish)


async def close_stream(stream: Any) -> None:
    """Cancelling this coroutine abandons only the wait."""
    errors = await Closing(stream).future
    if errors:
        del stream
        raise_last(errors)
