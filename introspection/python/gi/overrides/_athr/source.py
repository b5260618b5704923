# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Iterators and blocking functions that produce the values of a stream, on a worker."""

from __future__ import annotations

import ctypes
import functools
import inspect
import types
import weakref
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import GLib, GObject

from .c import (FUNCTION, Athr, address_of, object_ref, object_unref, permanent, stream_new, unref,
                yielder_exchange, yielder_is_closed, yielder_yield)
from .checks import UNLIMITED, check_options, text_for_c
from .current import CurrentStream, run_as
from .errors import DOMAIN, ErrorPointer, Failure, StreamClosed, raise_last, set_c_error
from .function import stop_producer
from .interpreter import running
from .interrupt import Interruption
from .owner import Owner, stream_bind
from .values import INT64, INT64_MAX, INT64_MIN, CValue, object_from_address, unbox_value


class Inputs:
    """What a source is made of. C owns a GObject whose wrapper holds the inputs, and drops the GObject in the owner's
    thread when no worker will run the source any more. So that thread frees the inputs, which may belong to it, and
    runs no function of this package, which an exception could interrupt."""

    def __init__(self, source: Any, function: Callable[..., Any], args: Any, kwargs: Any,
                 interrupt: Optional[Callable[[], Any]]) -> None:
        self.source = source
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.interrupt = interrupt
        self.iterator: Any = None

    def for_c(self) -> int:
        """Returns the address of a new GObject that C owns."""
        owned = GObject.Object()
        owned.__dict__["inputs"] = self
        address: int = object_ref(address_of(owned))
        return address


class Source(Failure):
    """Produces the values of a stream.

    A worker calls `produce`, one of the methods iterate() and call_back(), or generate() of a generator's source. These
    call `function` for the iterator or the generator, or with a callback.
    """

    def __init__(self, produce: Callable[[Any, int], None], is_unlimited: bool, owns_iterator: bool) -> None:
        super().__init__()
        self.produce = produce
        self.is_unlimited = is_unlimited
        self.stream: Callable[[], Any] = lambda: None
        self.inputs: Callable[[], Any] = lambda: None
        self.thrown: dict[int, BaseException] = {}
        self.closes: list[Callable[[], Any]] = []
        # The iterator that the function has made is closed when it ends. An iterator that the program has given is
        # closed only with the stream.
        self.owns_iterator = owns_iterator
        self.has_begun = False

    def call_function(self, *args: Any) -> Any:
        inputs = self.inputs()
        return inputs.function(*args, *inputs.args, **inputs.kwargs)

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

    def never_blocks(self) -> bool:
        """Whether the stream always has room for a value. The owner may change the size until the stream starts."""
        stream = self.stream()
        return stream is not None and stream.get_buffer_size() == UNLIMITED

    def run(self, yielder: int) -> None:
        """The worker calls this."""
        interrupt = self.inputs().interrupt
        interruption = Interruption(interrupt, yielder) if interrupt is not None else None
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
        iterator = self.inputs().iterator = iter(iterable)
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


@permanent(FUNCTION)
def run_source(yielder: int, key: int, error: int) -> None:
    """A worker calls this."""
    source = object_from_address(GObject.Object, object_ref(key)).__dict__["inputs"].source
    kept = object_from_address(Athr.Yielder, object_ref(yielder))
    if not running.add(source, error, functools.partial(stop_producer, kept)):
        return
    try:
        run_as(CurrentStream(yielder, None, source.posts), source.context.run, source.run, yielder)
    except BaseException as raised:
        set_c_error(error, source.record_for(yielder, raised))
    finally:
        running.remove(source)
        del source


def bind_stream(stream: Any, owner: Owner) -> None:
    owner.bind(stream_bind, address_of(stream))
    stream.__dict__["_athr_is_bound"] = True


def new_stream(produce: Callable[[Any, int], None], function: Callable[..., Any], args: Any = (), kwargs: Any = {},
               *, iterator: Any = None, buffer_maxsize: Optional[int] = None, executor: Any = None,
               interrupt: Optional[Callable[[], Any]] = None, priority: int = 0, name: Optional[str] = None,
               owner: Optional[Owner] = None, kind: type[Source] = Source) -> Any:
    """Creates the stream of a source. `iterator` is what the function returns, if that is known already."""
    check_options(buffer_maxsize=buffer_maxsize, executor=executor, interrupt=interrupt)
    is_unlimited = buffer_maxsize is None
    source = kind(produce, is_unlimited, iterator is None)
    inputs = Inputs(source, function, args, kwargs, interrupt)
    source.inputs = weakref.ref(inputs)
    if iterator is not None:
        source.close_later(iterator)
        is_generator = isinstance(iterator, types.GeneratorType)
        source.has_begun = is_generator and inspect.getgeneratorstate(iterator) != inspect.GEN_CREATED
    stream = object_from_address(Athr.Stream, stream_new(run_source, inputs.for_c(), unref))
    stream.set_properties(buffer_size=UNLIMITED if is_unlimited else buffer_maxsize or 0, executor=executor,
                          priority=priority, name=text_for_c(name))
    stream.__dict__["_athr_failure"] = source
    source.stream = weakref.ref(stream)
    if owner is not None:
        bind_stream(stream, owner)
    return stream
