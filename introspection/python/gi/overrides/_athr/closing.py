# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How a coroutine closes a stream: the event loop only waits, workers close the iterator."""

import asyncio
from typing import Any, Optional

from .c import address_of, stream_close_async, stream_close_finish, uninterrupted
from .errors import find_exception, raise_last
from .loops import Operation, resolve
from .source import Source
from .work import Work


class Closing(Operation):
    """Closes a stream. The future gets a list of errors when no code of the producer runs any more."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.raised: list[BaseException] = []
        self.closing_iterator: Optional[ClosingIterator] = None
        self.loop = asyncio.get_running_loop()
        self.future = self.loop.create_future()
        self.start(self.loop, stream_close_async, stream_close_finish, address_of(stream), None)

    def outcome(self, errors: list[BaseException]) -> None:
        self.raised = [find_exception(self.stream, error) for error in errors]
        source = self.stream.__dict__.get("_athr_failure")
        if isinstance(source, Source) and source.closes and self.closing_iterator is None:
            # The producer has not begun, or had ended before the close. So a worker must close the iterator now.
            self.closing_iterator = ClosingIterator(self, source, self.stream.props.executor)
        if self.closing_iterator is None:
            resolve(self.future, self.raised)


class ClosingIterator(Work):
    def __init__(self, closing: Closing, source: Source, executor: Any) -> None:
        self.closing = closing
        self.source = source
        self.executor = executor
        super().__init__(closing.loop, executor, source.close_after_run, (), {})

    def complete(self) -> None:
        super().complete()
        if not self.has_run and self.executor is not None:  # the executor is closed
            ClosingIterator(self.closing, self.source, None)
            return
        if self.raised is not None and not self.closing.raised and not self.closing.future.done():
            uninterrupted((self.closing.raised.append, self.raised), (setattr, self, "raised", None))
        self.report_lost()
        resolve(self.closing.future, self.closing.raised)


async def close_stream(stream: Any) -> None:
    """Cancelling this coroutine abandons only the wait."""
    errors = await Closing(stream).future
    if errors:
        del stream
        raise_last(errors)
