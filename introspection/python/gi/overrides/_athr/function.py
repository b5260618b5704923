# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions whose first argument is their call or the yielder of their stream."""

import functools
import types
from collections.abc import Callable
from typing import Any

from .c import Athr, address_of, yielder_stop
from .checks import check_function, check_is_no_generator
from .current import run_as_current
from .errors import Failure, describe_error, is_cancelled, is_closed
from .interpreter import exit_error, running
from .values import box_value


class FunctionFailure(Failure):
    """Keeps the exception of the function of a call or a stream."""

    def call(self, function: Callable[..., Any], finish: Callable[[Any, Any], None], thing: Any, *data: Any) -> None:
        """A worker calls this. PyGObject passes to C the error that describes an exception."""
        stop = thing.cancel if isinstance(thing, Athr.Call) else functools.partial(stop_producer, thing)
        if not running.add(self, None, stop):
            raise exit_error()
        try:
            finish(thing, self.context.run(run_as_current, self.posts, function, thing, *data))
            return
        except BaseException as error:
            is_call = isinstance(thing, Athr.Call)
            description = self.record(error) if is_call else self.record_for(address_of(thing), error)
        finally:
            running.remove(self)
        del self, function, finish, thing, data, stop
        raise description


def stop_producer(yielder: Any) -> None:
    """The main thread calls this when the interpreter ends. The stream may be out of its reach."""
    yielder_stop(address_of(yielder))


def call_apart(failure: Failure, record: Callable[[int, BaseException], Any], function: Callable[..., Any], yielder: Any,
               *data: Any) -> None:
    """A worker calls this for another function of a stream: the clean-up, or the function of a map. `record` keeps the
    exception, and returns the error that C gets instead."""
    key = object()
    if not running.add(key, None, functools.partial(stop_producer, yielder)):
        raise exit_error()
    try:
        failure.context.copy().run(run_as_current, failure.posts, function, yielder, *data)
        return
    except BaseException as error:
        description = record(address_of(yielder), error)
    finally:
        running.remove(key)
    del failure, record, function, yielder, data
    raise description


def record_of_clean_up(failure: Failure, yielder: int, error: BaseException) -> Any:
    """C prefers the error of the producer, unless the close of the stream has made that error."""
    if failure.error is None or is_closed(failure.error) or is_cancelled(failure.error):
        failure.error = None
        return failure.record_for(yielder, error)
    return describe_error(error)


def set_cleanup(stream: Any, set_in_c: Callable[..., None], function: Callable[..., Any], data: tuple[Any, ...]) -> None:
    check_function(function)
    check_is_no_generator(function)
    failure = stream.__dict__.setdefault("_athr_failure", FunctionFailure())
    set_in_c(functools.partial(call_apart, failure, functools.partial(record_of_clean_up, failure), function), *data)


def return_result(call: Any, result: Any) -> None:
    if result is not None and "_athr_has_returned" not in call.__dict__:
        call.return_value(result)


def return_object(call: Any, result: Any) -> None:
    """As return_result(), for a result that only Python takes: a boxed value stays the same object."""
    if result is not None:
        Athr.Call.return_value(call, box_value(result))


def refuse_generator(_: Any, result: Any) -> None:
    if isinstance(result, types.GeneratorType):
        raise TypeError("the function of a stream returned a generator: use Athr.iterate() or Athr.generate()")


def new_for_function(new: Callable[..., Any], function: Callable[..., Any], finish: Callable[[Any, Any], None],
                     data: tuple[Any, ...]) -> Any:
    """Creates a call or a stream that keeps the exception of its function. A worker passes to `finish` what the
    function returns."""
    check_function(function)
    failure = FunctionFailure()
    owner = new(functools.partial(failure.call, function, finish), *data)
    owner.__dict__["_athr_failure"] = failure
    return owner
