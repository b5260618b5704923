# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Generators that a worker runs, and what makes their streams asynchronous generators of Python."""

import ctypes
import functools
import inspect
import sys
import types
from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, Optional

from gi.repository import GLib, GObject

from .c import address_of, quark_from_string, stream_send, stream_throw, yielder_exchange, yielder_receive
from .checks import codes_of, type_name
from .closing import Closing
from .errors import DOMAIN, ErrorPointer, describe_error, error_codes, raise_last, strip_own_frames
from .inbox import Inbox
from .owned_inbox import make_inbox
from .source import Source, new_stream
from .values import CValue, unbox_value


def close_generator(generator: Generator[Any, Any, Any]) -> None:
    """As close() of the generator, with the text of an asynchronous generator's error."""
    try:
        generator.throw(GeneratorExit)
    except (GeneratorExit, StopIteration):
        return
    raise RuntimeError("async generator ignored GeneratorExit")


class GeneratorSource(Source):
    """Produces the values of a generator, and gives to the generator what the consumer sends and throws."""

    def close_later(self, iterator: Any) -> None:
        if isinstance(iterator, types.GeneratorType):
            self.closes.append(functools.partial(close_generator, iterator))
        else:
            super().close_later(iterator)

    def run(self, yielder: int) -> None:
        try:
            super().run(yielder)
        except StopAsyncIteration as error:
            raise RuntimeError("async generator raised StopAsyncIteration") from strip_own_frames(error)

    def generate(self, yielder: int) -> None:
        generator = self.make_iterator()
        c_value, error, sent = CValue(), ErrorPointer(), GObject.Value()
        error_address, sent_address = ctypes.addressof(error), address_of(sent)
        # The consumer may have sent a value, or thrown an error, before it asks for the first value.
        is_received = yielder_receive(yielder, sent_address, error_address)
        while True:
            thrown = None
            if not is_received:
                try:
                    error.raise_for(yielder)
                except GLib.Error as c_error:
                    thrown = self.thrown.pop(c_error.code) if c_error.domain == DOMAIN else c_error
            try:
                if thrown is not None:
                    value = generator.throw(thrown)
                else:
                    value = unbox_value(sent)
                    value = next(generator) if value is None else generator.send(value)
            except StopIteration:
                return
            finally:
                del thrown
            sent.unset()
            is_received = yielder_exchange(yielder, c_value.set(value), sent_address, error_address)


ERROR_QUARK = quark_from_string(DOMAIN.encode())


def make_exception(kind: Any, value: Any = None, traceback: Any = None) -> BaseException:
    """Makes an exception of the arguments of athrow(), as throw() of a generator does."""
    if traceback is not None and not isinstance(traceback, types.TracebackType):
        raise TypeError("throw() third argument must be a traceback object")
    if isinstance(kind, BaseException):
        if value is not None:
            raise TypeError("instance exception may not have a separate value")
        return kind if traceback is None else kind.with_traceback(traceback)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise TypeError("exceptions must be classes or instances deriving from BaseException, "
                        f"not {type_name(kind)}")
    exception: BaseException = value
    if not isinstance(value, kind):
        arguments = () if value is None else value if isinstance(value, tuple) else (value,)
        try:
            exception = kind(*arguments)
        except Exception as error:
            exception = error
    return exception.with_traceback(traceback)


class AsyncGenerator:
    """The methods of a stream that Python takes for an asynchronous generator."""

    __dict__: dict[str, Any]
    _athr_inbox: Inbox
    _athr_failure: GeneratorSource
    _athr_is_closed = False
    _athr_generator: Any = None
    ag_await = None  # the worker blocks where an asynchronous generator awaits
    ag_code: Any = None

    @property
    def ag_frame(self) -> Any:
        return getattr(self._athr_generator, "gi_frame", None)

    @property
    def ag_running(self) -> bool:
        is_awaited = "_athr_inbox" in self.__dict__ and bool(self._athr_inbox.waiters)
        return is_awaited or getattr(self._athr_generator, "gi_running", False)

    @property
    def ag_suspended(self) -> bool:
        return not self.ag_running and getattr(self._athr_generator, "gi_suspended", False)

    @property
    def _inbox(self) -> Inbox:
        """The first use tells the event loop of the generator. When the event loop shuts down, it closes the generator.

        The other hook, the finalizer, is not called: a stream that is dropped stops its producer without any help.
        """
        inbox: Optional[Inbox] = self.__dict__.get("_athr_inbox")
        if inbox is None:
            inbox = make_inbox(self)
            firstiter = sys.get_asyncgen_hooks().firstiter
            if firstiter is not None:
                firstiter(self)  # type: ignore[arg-type]
        return inbox

    def _check_is_idle(self, method: str) -> Inbox:
        inbox = self._inbox
        if inbox.waiters:
            raise RuntimeError(f"{method}(): asynchronous generator is already running")
        return inbox

    def _has_ended(self) -> bool:
        """Whether a coroutine has got the end or the exception of the generator."""
        inbox = self._inbox
        return self._athr_is_closed or inbox.is_done or inbox.has_failed and not inbox.errors

    async def asend(self, value: Any) -> Any:
        """Sends a value to the generator, and gives the next value that the generator yields."""
        inbox = self._check_is_idle("anext")
        if value is not None:
            if self._has_ended():
                raise StopAsyncIteration
            if not inbox.has_begun:
                raise TypeError("can't send non-None value to a just-started async generator")
            c_value = CValue()
            stream_send(inbox.address, c_value.set(value))
        if monotonic() >= inbox.turn_end or not (inbox.values or inbox.is_buffered and inbox.take_buffered()):
            await inbox.wait_for_value()
        return inbox.values.popleft()

    async def athrow(self, *arguments: Any) -> Any:
        """Raises an exception in the generator, and gives the next value that the generator yields."""
        inbox = self._check_is_idle("athrow")
        if self._has_ended():
            return None
        exception = make_exception(*arguments)
        code = next(error_codes)
        self._athr_failure.thrown[code] = exception
        stream_throw(inbox.address, ERROR_QUARK, code, describe_error(exception).message.encode(errors="replace"))
        del exception, arguments
        return await self.__anext__()

    async def __anext__(self) -> Any:
        inbox = self._check_is_idle("anext")
        if monotonic() >= inbox.turn_end or not (inbox.values or inbox.is_buffered and inbox.take_buffered()):
            await inbox.wait_for_value()
        return inbox.values.popleft()

    async def aclose(self) -> None:
        """Stops the producer and waits until none of its code runs."""
        inbox = self._inbox
        if self._athr_is_closed and inbox.has_failed:
            return
        self._athr_is_closed = True
        errors = await Closing(self).future
        generator = self._athr_generator
        if generator is not None and inspect.getgeneratorstate(generator) == inspect.GEN_CREATED:
            generator.close()  # runs no code
        if errors:
            inbox.has_failed = True
            del self  # the traceback of an exception must not keep the stream alive
            raise_last(errors)


def new_generator_stream(function: Callable[..., Any], args: Any = (), kwargs: Any = {}, *, iterator: Any = None,
                         buffer_maxsize: Optional[int] = None, **options: Any) -> Any:
    """Creates the stream of a generator. `iterator` is what the function returns, if that is known already."""
    generator = iterator
    if generator is None and any(map(inspect.isgeneratorfunction, codes_of(function))):
        # The call runs no code of the generator, and raises TypeError for wrong arguments. The source keeps the
        # arguments, too: a worker that ends the generator must not free them.
        generator = function(*args, **kwargs)
        function = lambda *_, **__: generator
    stream = new_stream(GeneratorSource.generate, function, args, kwargs, iterator=iterator,
                        buffer_maxsize=0 if buffer_maxsize is None else buffer_maxsize, kind=GeneratorSource, **options)
    if isinstance(generator, types.GeneratorType):
        stream.__dict__.update(_athr_generator=generator, ag_code=generator.gi_code, __name__=generator.__name__,
                               __qualname__=generator.__qualname__)
    return stream
