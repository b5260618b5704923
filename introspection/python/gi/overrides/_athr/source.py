# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Iterators, generators and blocking functions that produce the values of a stream, on a worker."""

from __future__ import annotations

import ctypes
import inspect
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import GLib, GObject

from .c import (DESTROY, FUNCTION, Athr, address_of, object_ref, object_unref, permanent, stream_new,
                yielder_exchange, yielder_is_closed, yielder_receive, yielder_yield)
from .checks import UNLIMITED, check_options
from .current import CurrentStream, run_as
from .errors import DOMAIN, ErrorPointer, Failure, StreamClosed, raise_last, set_c_error
from .interpreter import running
from .interrupt import Interruption
from .values import INT64, INT64_MAX, INT64_MIN, CValue, object_from_address, unbox_value


class Source(Failure):
    """Produces the values of a stream.

    A worker calls `produce`, one of the methods iterate(), generate() and call_back(). These call `function` for the
    iterator or the generator, or with a callback.
    """

    def __init__(self, produce: Callable[[Source, int], None], function: Callable[..., Any], args: Any, kwargs: Any,
                 is_unlimited: bool, owns_iterator: bool, interrupt: Optional[Callable[[], Any]]) -> None:
        super().__init__()
        self.produce = produce
        self.function: Optional[Callable[..., Any]] = function
        self.args = args
        self.kwargs = kwargs
        self.is_unlimited = is_unlimited
        self.stream: Callable[[], Any] = lambda: None
        self.iterator: Any = None
        self.thrown: dict[int, BaseException] = {}
        self.closes: list[Callable[[], Any]] = []
        # The iterator that the function has made is closed when it ends. An iterator that the program has given is
        # closed only with the stream.
        self.owns_iterator = owns_iterator
        self.interrupt = interrupt
        self.has_begun = False

    def call_function(self, *args: Any) -> Any:
        return self.function(*args, *self.args, **self.kwargs)  # type: ignore[misc]

    def close_later(self, iterator: Any) -> None:
        """Remembers close() of the iterator, which only a worker calls."""
        close = getattr(iterator, "close", None)
        if close is not None:
            self.closes.append(close)

    def close(self) -> None:
        """A worker calls close() of the iterator, once, and after the last step of the iterator has returned."""
        while self.closes:
            self.closes.pop()()

    def close_after_run(self) -> None:
        """A worker calls this when no worker will run the producer any more."""
        self.context.run(self.close)

    def stop(self) -> None:
        """The main thread calls this when the interpreter ends."""
        stream = self.stream()
        if stream is not None:
            stream.close_async(None, None)

    def never_blocks(self) -> bool:
        """Whether the stream always has room for a value. The owner may change the size until the stream starts."""
        stream = self.stream()
        return stream is not None and stream.get_buffer_size() == UNLIMITED

    def run(self, yielder: int) -> None:
        """The worker calls this."""
        interruption = Interruption(self.interrupt, yielder) if self.interrupt is not None else None
        try:
            self.produce(self, yielder)
        except StreamClosed:
            pass
        except Exception:
            # The exception of an interrupted step is the answer to the interruption.
            if interruption is None or not interruption.has_started():
                raise
        finally:
            is_closed = bool(yielder_is_closed(yielder))
            errors = interruption.finish(is_closed) if interruption is not None else []
            if is_closed or self.owns_iterator:
                self.close()
            if errors:
                raise_last(errors)

    def make_iterator(self) -> Any:
        iterable = self.call_function()
        iterator = self.iterator = iter(iterable)
        if self.owns_iterator or iterator is not iterable:
            self.close_later(iterator)
        return iterator

    def iterate(self, yielder: int) -> None:
        iterator = self.make_iterator()
        if self.never_blocks():
            self.yield_all(yielder, iterator)
        else:
            self.exchange_all(yielder, iterator)

    def yield_all(self, yielder: int, iterator: Any) -> None:
        c_value, c_number, error = CValue(), CValue(INT64), ErrorPointer()
        number_address, error_address = ctypes.addressof(c_number), ctypes.addressof(error)
        for value in iterator:
            if type(value) is int and INT64_MIN <= value <= INT64_MAX:
                c_number.v_int64 = value
                is_taken = yielder_yield(yielder, number_address, error_address)
            else:
                is_taken = yielder_yield(yielder, c_value.set(value), error_address)
            if not is_taken:
                error.raise_for(yielder)

    def exchange_all(self, yielder: int, iterator: Any) -> None:
        """After each value the worker waits until the stream has room for the next value. Only then the worker asks the
        iterator for the next value."""
        c_value, error = CValue(), ErrorPointer()
        error_address = ctypes.addressof(error)
        for value in iterator:
            if not yielder_exchange(yielder, c_value.set(value), None, error_address):
                error.raise_for(yielder)

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

    def call_back(self, yielder: int) -> None:
        self.call_function(YieldCallback(yielder, self.never_blocks()))


class YieldCallback:
    """The callback of a blocking function: yields the value that it gets. Any thread may call it or keep it."""

    def __init__(self, yielder: int, never_blocks: bool) -> None:
        self.yielder = object_ref(yielder)
        self.never_blocks = never_blocks

    def __del__(self, unref: Any = object_unref) -> None:
        unref(self.yielder)

    def __call__(self, value: Any) -> None:
        """Raises GeneratorExit when the stream is closed."""
        c_value, error = CValue(), ErrorPointer()
        if self.never_blocks:
            is_taken = yielder_yield(self.yielder, c_value.set(value), ctypes.addressof(error))
        else:
            is_taken = yielder_exchange(self.yielder, c_value.set(value), None, ctypes.addressof(error))
        if not is_taken:
            error.raise_for(self.yielder)


sources: dict[int, Source] = {}


@permanent(FUNCTION)
def run_source(yielder: int, key: int, error: int) -> None:
    """A worker calls this."""
    source = sources[key]
    if not running.add(source, error, source.stop):
        return
    try:
        run_as(CurrentStream(yielder), source.context.run, source.run, yielder)
    except BaseException as raised:
        set_c_error(error, source.record(raised))
    finally:
        running.remove(source)
        del source


class SourceKeeper:
    """Keeps a source as long as C needs it: C owns a GObject whose wrapper holds the keeper, and drops the GObject in
    the owner's thread. A callback from C would lose a Python exception that drops the stream on its way; Python saves
    the exception while it runs `__del__()`."""

    def __init__(self, key: int) -> None:
        self.key = key

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        """The function, its arguments and the iterator are freed here: they may belong to this thread."""
        if not is_finalizing():
            source = sources.pop(self.key)
            source.function = source.args = source.kwargs = source.iterator = source.interrupt = None


def keep_source(source: Source) -> int:
    """Returns the address of the GObject that C owns, the key of the source."""
    owned = GObject.Object()
    key: int = object_ref(address_of(owned))
    owned.__dict__["keeper"] = SourceKeeper(key)
    sources[key] = source
    return key


release_source: Any = ctypes.cast(object_unref, DESTROY)


def new_stream(produce: Callable[[Source, int], None], function: Callable[..., Any], args: Any = (), kwargs: Any = {},
               *, iterator: Any = None, buffer_maxsize: Optional[int] = None, executor: Any = None,
               interrupt: Optional[Callable[[], Any]] = None, priority: int = 0, name: Optional[str] = None) -> Any:
    """Creates the stream of a source. `iterator` is what the function returns, if that is known already."""
    check_options(buffer_maxsize=buffer_maxsize, executor=executor, interrupt=interrupt)
    is_unlimited = buffer_maxsize is None and produce is not Source.generate
    source = Source(produce, function, args, kwargs, is_unlimited, iterator is None, interrupt)
    if iterator is not None:
        source.close_later(iterator)
        is_generator = isinstance(iterator, types.GeneratorType)
        source.has_begun = is_generator and inspect.getgeneratorstate(iterator) != inspect.GEN_CREATED
    stream = object_from_address(Athr.Stream, stream_new(run_source, keep_source(source), release_source))
    stream.set_properties(buffer_size=UNLIMITED if is_unlimited else buffer_maxsize or 0, executor=executor,
                          priority=priority, name=name)
    stream.__dict__["_athr_failure"] = source
    source.stream = weakref.ref(stream)
    return stream
