# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An iterable that workers iterate step by step, so that no thread waits between the values."""

from __future__ import annotations

import ctypes
import functools
import types
import weakref
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from .c import (DESTROY, FUNCTION, POINTER, Athr, address_of, declare, object_ref, permanent, unref, yielder_stop,
                yielder_yield)
from .current import on_thread
from .errors import StreamClosed, describe_error, set_c_error
from .interpreter import running
from .source import Inputs, Source
from .values import CValue, Reference, object_from_address

stream_new_steps = declare("athr_stream_new_steps", POINTER, FUNCTION, POINTER, DESTROY)
stream_set_cleanup = declare("athr_stream_set_cleanup", None, POINTER, FUNCTION, POINTER, DESTROY)
yielder_end = declare("athr_yielder_end", None, POINTER)
yielder_set_n_values = declare("athr_yielder_set_n_values", None, POINTER, ctypes.c_int64)

END = object()
take_next: Any = next

# The inputs of maps and of their sources, by the address of the GObject that C has as the data of the function
inputs_of: weakref.WeakValueDictionary[int, Inputs] = weakref.WeakValueDictionary()


def keep(inputs: Inputs) -> int:
    address = inputs.for_c()
    inputs_of[address] = inputs
    return address


def make_stopper(yielder: int) -> Callable[[], None]:
    """Returns a function that closes the stream of a yielder, as long as the function lives."""
    def stop(reference: Reference) -> None:
        yielder_stop(reference.address)

    return functools.partial(stop, Reference(yielder))


class Steps(Source):
    """Produces the values of an iterable, one in each step, so that no thread waits between the values. Steps run on any
    worker, one at a time."""

    stopper: Any = None

    def __init__(self) -> None:
        super().__init__(Source.iterate, False, False)
        self.c_value = CValue()

    def begin(self, yielder: int) -> None:
        """Makes the iterator, and tells C the number of the values, if the iterable has a length. A length that fails
        takes only the progress away: some classes have a length only at times."""
        self.make_iterator()
        try:
            n_values = len(self.call_function())
        except Exception:
            return
        yielder_set_n_values(yielder, n_values)

    def step(self, yielder: int) -> None:
        inputs: Any = self.inputs()
        try:
            if inputs.iterator is None:
                self.context.run(self.begin, yielder)
            value = self.context.run(take_next, inputs.iterator, END)
            if value is END:
                yielder_end(yielder)
            else:
                yielder_yield(yielder, self.c_value.set(value), None)
        finally:
            del self, inputs  # the traceback of an exception must not keep the source alive

    def clean_up(self, _: int) -> None:
        self.stopper = None
        self.context.run(self.close)

    def record(self, error: BaseException) -> Any:
        """C gets the first error. The error of a clean-up comes later."""
        return super().record(error) if self.error is None else describe_error(error)


def run_in_source(method: Callable[[Steps, int], None], yielder: int, key: int, error: int) -> None:
    """A worker calls this for a step or the clean-up of a source."""
    source: Any = inputs_of[key].source
    if source.stopper is None:
        source.stopper = make_stopper(yielder)
    if not running.add(source, error, source.stopper):
        return
    thread = get_ident()
    on_thread[thread] = yielder, source.posts
    try:
        method(source, yielder)
    except StreamClosed:
        pass
    except BaseException as raised:
        set_c_error(error, source.record_for(yielder, raised))
    finally:
        del on_thread[thread]
        running.remove(source)
        del source


@permanent(FUNCTION)
def run_step(yielder: int, key: int, error: int) -> None:
    run_in_source(Steps.step, yielder, key, error)


@permanent(FUNCTION)
def run_cleanup(yielder: int, key: int, error: int) -> None:
    run_in_source(Steps.clean_up, yielder, key, error)


def new_steps(iterable: Any, options: dict[str, Any]) -> tuple[Any, Steps]:
    source = Steps()
    inputs = Inputs(source, lambda: iterable, (), {}, None)
    source.inputs = weakref.ref(inputs)
    if isinstance(iterable, types.GeneratorType):
        source.close_later(iterable)
    key = keep(inputs)
    stream = object_from_address(Athr.Stream, stream_new_steps(run_step, key, unref))
    stream_set_cleanup(address_of(stream), run_cleanup, object_ref(key), unref)
    stream.set_properties(**options)
    return stream, source
