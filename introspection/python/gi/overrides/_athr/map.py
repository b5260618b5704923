# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A function over many items, on several workers at once."""

from __future__ import annotations

import ctypes
import functools
import inspect
import types
import weakref
from _thread import get_ident
from collections.abc import Callable, Iterable
from typing import Any, Optional

from gi.repository import Gio

from .c import DESTROY, POINTER, UINT, Athr, address_of, declare, permanent, unref, yielder_yield
from .checks import (UNLIMITED, check_bool, check_function, check_is_no_generator, check_number, check_options, codes_of,
                     text_for_c, type_name)
from .current import on_thread
from .errors import Failure, StreamClosed, describe_error, set_c_error, strip_own_frames
from .function import call_apart
from .interpreter import running
from .owner import Owner
from .source import Inputs, bind_stream
from .steps import inputs_of, keep, make_stopper, new_steps
from .values import CValue, object_from_address, read_value

MAP_FUNCTION = ctypes.CFUNCTYPE(None, POINTER, POINTER, POINTER, POINTER)

stream_new_map = declare("athr_stream_new_map", POINTER, POINTER, UINT, UINT, MAP_FUNCTION, POINTER, DESTROY)

BUFFER_SIZE = 64
UNORDERED = 1  # ATHR_MAP_UNORDERED


class Mapper(Failure):
    """Runs the function of a map for each item, in a copy of the context variables of the code that has made the map.
    Keeps the exceptions: several items may fail before the program gets the first exception."""

    is_unlimited = False
    stopper: Any = None

    def __init__(self, source: Optional[Failure]) -> None:
        self.failures: dict[Any, tuple[BaseException, Any]] = {}
        self.source = source
        super().__init__()
        if source is not None:  # what the iterable has posted comes before the values of the map, too
            self.posts = source.posts
        self.inputs: Callable[[], Any] = lambda: None

    @property
    def error(self) -> Optional[BaseException]:
        return next((error for error, _ in self.failures.values()), None)

    @error.setter
    def error(self, _: None) -> None:
        """The stream has reported its error."""
        self.failures.clear()
        self.trace = None
        if self.source is not None:
            self.source.error = self.source.trace = None

    def record(self, error: BaseException) -> Any:
        error = strip_own_frames(error)
        description = describe_error(error)
        key = description.domain, description.code, description.message
        self.failures[key] = error, error.__traceback__
        return description

    def find_exception(self, error: Any) -> BaseException:
        found = self.failures.get((error.domain, error.code, error.message))
        if found is not None:
            self.is_known = True
            exception, self.trace = found
            return exception
        if self.source is None:
            return error  # type: ignore[no-any-return]
        self.trace = self.source.trace
        return self.source.find_exception(error)


def run_function(function: Callable[[Any], Any], yielder: int, item: int) -> None:
    """Yields what the function returns, or all that the generator yields which the function returns."""
    result = function(read_value(item))
    c_value = CValue()
    if type(result) is not types.GeneratorType:
        yielder_yield(yielder, c_value.set(result), None)
        return
    try:
        for value in result:
            if not yielder_yield(yielder, c_value.set(value), None):
                break
    finally:
        result.close()


@permanent(MAP_FUNCTION)
def run_item(yielder: int, item: int, key: int, error: int) -> None:
    """A worker calls this."""
    mapper: Any = inputs_of[key].source
    if mapper.stopper is None:
        mapper.stopper = make_stopper(yielder)
    if not running.add(yielder, error, mapper.stopper):
        return
    thread = get_ident()
    on_thread[thread] = yielder, mapper.posts
    try:
        mapper.context.copy().run(run_function, mapper.inputs().function, yielder, item)
    except StreamClosed:
        pass
    except BaseException as raised:
        set_c_error(error, mapper.record_for(yielder, raised))
    finally:
        del on_thread[thread]
        running.remove(yielder)
        del mapper


def check_map(function: Any, items: Any, limit: Any, ordered: Any) -> None:
    if not callable(function):
        raise TypeError(f"a function is needed, not {type_name(function)}")
    for code in codes_of(function):
        if inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code):
            raise TypeError(f"{function!r} is asynchronous already: use asyncio.gather() or asyncio.TaskGroup")
    if not isinstance(items, (Athr.Stream, Gio.ListModel, Iterable)) and not hasattr(type(items), "__getitem__"):
        advice = ": collect its items in a list first" if hasattr(type(items), "__aiter__") else ""
        raise TypeError(f"the items must be an iterable, a Gio.ListModel or an Athr.Stream, not {type_name(items)}{advice}")
    if limit is not None:
        check_number("limit", limit, int, 1, UNLIMITED, "an int or None")
    check_bool("ordered", ordered)


def refuse_used_stream(stream: Any) -> None:
    inbox = stream.__dict__.get("_athr_inbox")
    if (stream.get_flowing() or stream.__dict__.get("_athr_is_mapped")
            or inbox is not None and (inbox.values or inbox.waiters or inbox.is_requested())):
        raise RuntimeError(f"the values of {stream!r} are being taken already")
    stream.__dict__["_athr_is_mapped"] = True


def make_source(items: Any, options: dict[str, Any]) -> tuple[Any, Optional[Failure]]:
    """Returns a stream of the items, and what keeps its exception."""
    if isinstance(items, Athr.Stream):
        refuse_used_stream(items)
        return items, items.__dict__.get("_athr_failure")
    if isinstance(items, Gio.ListModel):
        return Athr.Stream.new_for_list_model(items), None
    return new_steps(items, {"buffer_size": 0, **options})


def new_map(function: Callable[[Any], Any], items: Any, limit: Optional[int], ordered: bool, *,
            buffer_maxsize: Optional[int], owner: Optional[Owner], **options: Any) -> Any:
    check_map(function, items, limit, ordered)
    check_options(buffer_maxsize=buffer_maxsize, **options)
    options["name"] = text_for_c(options["name"])
    source_stream, source = make_source(items, options)
    mapper = Mapper(source)
    inputs = Inputs(mapper, function, (), {}, None)
    mapper.inputs = weakref.ref(inputs)
    flags = 0 if ordered else UNORDERED
    address = stream_new_map(address_of(source_stream), limit or 0, flags, run_item, keep(inputs), unref)
    if not address:
        raise RuntimeError(f"the values of {items!r} are being taken already")
    stream = object_from_address(Athr.Stream, address)
    stream.set_properties(buffer_size=BUFFER_SIZE if buffer_maxsize is None else buffer_maxsize, **options)
    # C calls what the iterable has posted as long as the stream of the items lives.
    stream.__dict__.update(_athr_failure=mapper, _athr_source=source_stream)
    if owner is not None:
        bind_stream(stream, owner)
    return stream


def new_map_in_c(new: Callable[..., Any], source: Any, max_running: int, flags: Any, function: Callable[..., Any],
                 data: tuple[Any, ...]) -> Any:
    """A map whose function yields by its yielder, as in C."""
    if not isinstance(source, Athr.Stream):
        raise TypeError(f"source must be an Athr.Stream, not {type_name(source)}")
    check_function(function)
    check_is_no_generator(function)
    refuse_used_stream(source)
    mapper = Mapper(source.__dict__.get("_athr_failure"))
    stream = new(source, max_running, flags, functools.partial(call_apart, mapper, mapper.record_for, function), *data)
    stream.__dict__.update(_athr_failure=mapper, _athr_source=source)
    return stream
