# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""athreading for Python.

Coroutines can use `await call`, `async with stream` and `async for value in stream`. Five functions make asynchronous
functions of blocking functions, iterators and generators: `call`, `iterate`, `generate`, `iterate_callback` and
`single_callback`. `invoke` runs introspected functions of C on workers.

PyGObject takes the overridden classes from this module. The package `_athr` has the parts that this module uses.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import types
from collections.abc import Callable, Coroutine, Generator, Iterable
from importlib import import_module
from time import monotonic
from typing import Any, Optional

from gi.repository import GLib, GObject

from ._athr.c import Athr, address_of, call_in_context, stream_start
from ._athr.checks import (check_bool, check_box, check_cancellable, check_function, check_is_no_generator,
                           check_item_type, check_max_values, check_options, check_priority, check_progress,
                           check_result, text_for_c, type_name)
from ._athr.closing import close_stream
from ._athr.current import current
from ._athr.documentation import document_namespace
from ._athr.errors import describe_error, find_exception, is_cancelled, peek_exception, raise_last
from ._athr.executor import shut_down, submit
from ._athr.first_value import run_until_first_value
from ._athr.function import new_for_function, refuse_generator, return_result, set_cleanup
from ._athr.generators import AsyncGenerator, new_generator_stream
from ._athr.inbox import Inbox
from ._athr.loops import context_of, raise_elsewhere
from ._athr.map import new_map, new_map_in_c
from ._athr.methods import (begin, close_with_callback, find_awaited, take_value, wait_for_close,
                            wait_for_close_of_executor, wait_for_run)
from ._athr.options import make_call_options, milliseconds, with_options
from ._athr.scope import (check_home, close_in_any_case, exception_of_group, expect_no_report, in_context,
                          is_being_cancelled, make_call, run_latest, wait_for_close_of_group, wait_for_group)
from ._athr.owner import call_bind, call_has_lost_owner, make_owner, stream_bind
from ._athr.owned_inbox import OwnedInbox, make_inbox
from ._athr.question import ask_in_c
from ._athr.source import Source, new_stream
from ._athr.taking import start_taking, take_batch, take_next, take_received, take_received_batch
from ._athr.values import box_for_c, unbox_batch, unbox_value
from ._athr.work import kind_of_work, run_call

# A type checker finds the override in gi.overrides, but not PyGObject.
override: Any = import_module("gi.overrides").override
document_namespace()

ProgressFunction = Callable[[float, Optional[str]], Any]

__all__ = ["Call", "Executor", "Group", "Latest", "Question", "Stream", "StreamListModel", "Yielder", "call",
           "iterate", "generate", "iterate_callback", "single_callback", "map", "current", "invoke", "is_cancelled"]


def bind_to_owner(bind: Callable[[int, int], None], subject: Any, owner: Any) -> None:
    made = make_owner(owner)
    if made is None:
        raise TypeError("an owner is needed, not None")
    made.bind(bind, address_of(subject))
    subject.__dict__["_athr_is_bound"] = True


class Call(Athr.Call):  # type: ignore[misc]
    @classmethod
    def new(cls, function: Callable[..., Any], *data: Any) -> Any:
        """A call of a function that a worker runs: `function(call, *data)`. The result is what the function passes to
        return_value(), or else what the function returns."""
        return new_for_function(Athr.Call.new, function, return_result, data)

    _athr_is_bound = False

    def bind(self, owner: Any) -> None:
        """Ends the call with its owner: a GObject that is disposed, or another object that nothing refers to any
        more. The call refers weakly to the owner."""
        bind_to_owner(call_bind, self, owner)

    def return_value(self, value: Any) -> None:
        """Returns a value from the function of the call. The function may go on afterwards."""
        self.__dict__["_athr_has_returned"] = True
        super().return_value(box_for_c(value))

    def run(self, cancellable: Any = None, value: Any = None) -> Any:
        """Blocks until the call is over, and gives its result. With a GObject.Value, the value receives the result."""
        result, errors = take_value(self, super().run, cancellable, box=value)
        if not errors:
            return result
        del self, cancellable, value
        raise_last(errors)

    def run_async(self, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Starts the call, or joins it. Without a callback, the result can be awaited in a coroutine."""
        if callback is None and asyncio._get_running_loop() is not None:
            return wait_for_run(self, cancellable)
        begin(super().run_async, (cancellable, callback, *user_data))

    def run_finish(self, result: Any) -> Any:
        """Gives the result in the callback of run_async(), or raises what the function raised."""
        check_result(self, result, "athr_call_run_async")
        value, errors = take_value(self, super().run_finish_into, result)
        if not errors:
            return value
        del self, result
        raise_last(errors)

    def run_finish_into(self, result: Any, value: Any = None) -> bool:
        """As run_finish(), but an empty GObject.Value receives the result."""
        check_result(self, result, "athr_call_run_async")
        check_box("value", value)
        return super().run_finish_into(result, value)  # type: ignore[no-any-return]

    def report_progress(self, fraction: float, text: Optional[str] = None) -> None:
        """Reports how far the function is: a fraction from 0 to 1, less than 0 when unknown, and a text for people."""
        check_progress(fraction, text)
        super().report_progress(fraction, text)

    def ask(self, func: Callable[..., Any], answer: Any = None, *user_data: Any) -> Any:
        """Calls `func(question, *user_data)` in the owner's main context, waits for the answer, and gives it. With a
        GObject.Value, the value receives the answer. Raises what the function raises, or what it passes to
        `question.fail()`. `Athr.current().ask()` is more comfortable."""
        return ask_in_c(super().ask, func, answer, user_data)

    def get_error(self) -> Optional[BaseException]:
        """The exception of the function, or the error of C, that ended the call."""
        error = super().get_error()
        return error and peek_exception(self, error)

    def __await__(self) -> Generator[Any, None, Any]:
        """`await call` starts the call, or joins it, and gives its result."""
        box, errors = yield from run_call(self).__await__()
        if self._athr_is_bound and call_has_lost_owner(address_of(self)):
            raise asyncio.CancelledError
        if not errors:
            return unbox_value(box)
        errors[0] = find_awaited(self, errors[0])
        del self
        raise_last(errors)


class Yielder(Athr.Yielder):  # type: ignore[misc]
    def yield_value(self, value: Any) -> None:
        """Puts a value into the buffer of the stream. Waits while the buffer is full, and raises when the stream is
        closed."""
        super().yield_value(box_for_c(value))

    def exchange_value(self, value: Any, sent: Any = None) -> None:
        """Yields a value, and waits until the consumer asks for the next one. A GObject.Value receives what the
        consumer has sent. Raises what the consumer has thrown."""
        check_box("sent", sent)
        super().exchange_value(box_for_c(value), sent)

    def receive(self, sent: Any = None) -> bool:
        """Takes what the consumer has sent since the last demand, without a wait. An empty GObject.Value receives
        it."""
        check_box("sent", sent)
        return super().receive(sent)  # type: ignore[no-any-return]

    def report_progress(self, fraction: float, text: Optional[str] = None) -> None:
        """Reports how far the function is: a fraction from 0 to 1, less than 0 when unknown, and a text for people."""
        check_progress(fraction, text)
        super().report_progress(fraction, text)

    def ask(self, func: Callable[..., Any], answer: Any = None, *user_data: Any) -> Any:
        """Calls `func(question, *user_data)` in the owner's main context, waits for the answer, and gives it. With a
        GObject.Value, the value receives the answer. Raises what the function raises, or what it passes to
        `question.fail()`. `Athr.current().ask()` is more comfortable."""
        return ask_in_c(super().ask, func, answer, user_data)


class Question(Athr.Question):  # type: ignore[misc]
    def answer(self, value: Any = None) -> None:
        """Answers the question: the worker goes on with the value. A question takes one answer."""
        self.__dict__.pop("_athr_failure", None)
        super().answer(box_for_c(value))

    def fail(self, error: BaseException) -> None:
        """Answers the question with an exception, which `ask()` raises on the worker. C gets an error that describes the
        exception."""
        if not isinstance(error, BaseException):
            raise TypeError(f"an exception is needed, not {type_name(error)}")
        failure = self.__dict__.pop("_athr_failure", None)
        super().fail(describe_error(error) if failure is None else failure.record(error))


class Stream(Athr.Stream):  # type: ignore[misc]
    @classmethod
    def new(cls, function: Callable[..., Any], *data: Any) -> Any:
        """A stream of the values that a function passes to `yielder.yield_value()`. A worker runs the function:
        `function(yielder, *data)`."""
        check_is_no_generator(function)
        return new_for_function(Athr.Stream.new, function, refuse_generator, data)

    @classmethod
    def new_steps(cls, step: Callable[..., Any], *data: Any) -> Any:
        """As new(), but a worker calls the function again and again, until the function calls `yielder.end()`."""
        check_is_no_generator(step)
        return new_for_function(Athr.Stream.new_steps, step, refuse_generator, data)

    @classmethod
    def new_map(cls, source: Any, max_running: int, flags: Any, function: Callable[..., Any], *data: Any) -> Any:
        """A stream of what a function passes to `yielder.yield_value()` for each value of a stream:
        `function(yielder, item, *data)`. Athr.map() is more comfortable."""
        return new_map_in_c(Athr.Stream.new_map, source, max_running, flags, function, data)

    def set_cleanup(self, function: Callable[..., Any], *data: Any) -> None:
        """Sets a function that a worker calls once after the producer: `function(yielder, *data)`. The close of the stream
        waits for the function, and raises what the function raises."""
        set_cleanup(self, super().set_cleanup, function, data)

    def next(self, cancellable: Any = None, value: Any = None) -> Any:
        """Blocks until there is a value, and gives it. At the end, the method gives None, and is_done() is true. With a
        GObject.Value, the value receives the value of the stream."""
        received = take_received(self) if value is None else []
        if received:
            return received[0]
        result, errors = take_value(self, super().next, cancellable, box=value)
        if not errors:
            return result
        del self, cancellable, value
        raise_last(errors)

    def next_batch(self, max_values: int, cancellable: Any = None) -> Any:
        """Blocks until there is a value, and gives a list of the values that are there, at most `max_values`. The list
        is empty at the end."""
        check_max_values(max_values)
        values = take_received_batch(self, max_values)
        if values:
            return values
        box = GObject.Value()
        _, errors = take_value(self, super().next_batch_into, max_values, cancellable, box=box)
        if not errors:
            return unbox_batch(box)
        del self, cancellable
        raise_last(errors)

    def next_async(self, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Requests the next value. Without a callback, the value can be awaited in a coroutine. At the end, the value
        is None, and is_done() is true."""
        if callback is None and asyncio._get_running_loop() is not None:
            return start_taking(cancellable, self, take_next)
        begin(super().next_async, (cancellable, callback, *user_data))

    def next_batch_async(self, max_values: int, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Requests values. Without a callback, a list of values can be awaited in a coroutine. The list is empty at the
        end."""
        check_max_values(max_values)
        if callback is None and asyncio._get_running_loop() is not None:
            return start_taking(cancellable, self, take_batch, max_values)
        begin(super().next_batch_async, (max_values, cancellable, callback, *user_data))

    def close_async(self, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Stops the producer. Without a callback, a coroutine can await the end of the producer, as with aclose()."""
        if callback is None and asyncio._get_running_loop() is not None:
            return wait_for_close(self, cancellable) if cancellable is not None else asyncio.ensure_future(self.aclose())
        begin(super().close_async, (cancellable, callback, *user_data))

    def next_finish(self, result: Any) -> Any:
        """Gives the value in the callback of next_async(), or raises what the function raised."""
        check_result(self, result, "athr_stream_next_async", True)
        value, errors = take_value(self, super().next_finish_into, result)
        if not errors:
            return value
        del self, result
        raise_last(errors)

    def next_finish_into(self, result: Any, value: Any = None) -> bool:
        """As next_finish(), but an empty GObject.Value receives the value. Gives False at the end."""
        check_box("value", value)
        check_result(self, result, "athr_stream_next_async", True)
        return super().next_finish_into(result, value)  # type: ignore[no-any-return]

    def next_batch_into(self, max_values: int, cancellable: Any, values: Any) -> bool:
        """As next_batch(), but an empty GObject.Value receives the values. Gives False at the end."""
        check_max_values(max_values)
        check_box("values", values)
        return super().next_batch_into(max_values, cancellable, values)  # type: ignore[no-any-return]

    def next_batch_finish(self, result: Any) -> Any:
        """Gives a list of values in the callback of next_batch_async(), or raises what the function raised. The list is
        empty at the end."""
        check_result(self, result, "athr_stream_next_batch_async", True)
        box = GObject.Value()
        _, errors = take_value(self, super().next_batch_finish_into, result, box=box)
        if not errors:
            return unbox_batch(box)
        del self, result
        raise_last(errors)

    def next_batch_finish_into(self, result: Any, values: Any) -> bool:
        """As next_batch_finish(), but an empty GObject.Value receives the values. Gives False at the end."""
        check_box("values", values)
        check_result(self, result, "athr_stream_next_batch_async", True)
        return super().next_batch_finish_into(result, values)  # type: ignore[no-any-return]

    def close_finish(self, result: Any) -> Any:
        """Finishes close_async() in its callback, or raises what the function raised."""
        check_result(self, result, "athr_stream_close_async")
        try:
            return super().close_finish(result)
        except GLib.Error as error:
            errors = [find_exception(self, error)]
        del self, result
        raise_last(errors)

    def try_next(self, value: Any = None, *, default: Any = None) -> Any:
        """Gives a value that is there, or the default, and never waits. With a GObject.Value, the value receives the
        value of the stream."""
        if value is not None:
            check_box("value", value)
            return super().try_next(value)
        received = take_received(self)
        if received:
            return received[0]
        box = GObject.Value()
        return unbox_value(box) if super().try_next(box) else default

    def get_error(self) -> Optional[BaseException]:
        """The exception of the function, or the error of C, that ended the stream."""
        error = super().get_error()
        return error and peek_exception(self, error)

    _athr_is_bound = False

    def bind(self, owner: Any) -> None:
        """Ends the stream with its owner: a GObject that is disposed, or another object that nothing refers to any
        more. The stream refers weakly to the owner."""
        bind_to_owner(stream_bind, self, owner)
        if "_athr_inbox" in self.__dict__:
            self._athr_inbox.__class__ = OwnedInbox

    def send(self, value: Any) -> None:
        """Sends a value to the producer, which gets the value with the next demand."""
        super().send(box_for_c(value))

    @classmethod
    def for_iterator(cls, iterator: Iterable[Any], *, buffer_maxsize: Optional[int] = None, executor: Any = None,
                     interrupt: Optional[Callable[[], Any]] = None, owner: Any = None) -> Any:
        """A stream of the values of an iterator, which a worker iterates. Without a `buffer_maxsize` the buffer has no
        limit. A thread of its own calls `interrupt` when the stream is left while the worker iterates."""
        return new_stream(Source.iterate, lambda: iterator, iterator=iterator, buffer_maxsize=buffer_maxsize,
                          executor=executor, interrupt=interrupt, owner=make_owner(owner))

    @classmethod
    def for_generator(cls, generator: Generator[Any, Any, Any], *, buffer_maxsize: Optional[int] = None,
                      executor: Any = None, interrupt: Optional[Callable[[], Any]] = None, owner: Any = None) -> Any:
        """A stream of the values that a generator yields. The stream is a `collections.abc.AsyncGenerator`. Without a
        `buffer_maxsize` the stream is in lock-step: the generator only runs when the consumer asks for a value. A
        thread of its own calls `interrupt` when the stream is left while the worker iterates."""
        return new_async_generator(lambda: generator, iterator=generator, buffer_maxsize=buffer_maxsize,
                                   executor=executor, interrupt=interrupt, owner=make_owner(owner))

    @classmethod
    def for_callback(cls, runner: Callable[[Callable[[Any], None]], Any], *,
                     buffer_maxsize: Optional[int] = None, executor: Any = None, owner: Any = None) -> Any:
        """A stream of the values that a blocking function passes to a callback, its only argument. A worker runs the
        function."""
        check_function(runner)
        return new_stream(Source.call_back, runner, buffer_maxsize=buffer_maxsize, executor=executor,
                          owner=make_owner(owner))

    @property
    def _inbox(self) -> Inbox:
        inbox: Optional[Inbox] = self.__dict__.get("_athr_inbox")
        return inbox or make_inbox(self)

    async def __aenter__(self) -> Stream:
        if not call_in_context(context_of(asyncio.get_running_loop()).address, stream_start, address_of(self)):
            raise_elsewhere()
        return self

    async def __aexit__(self, _: object, error: Optional[BaseException], __: object) -> None:
        try:
            await self.aclose()
        except Exception as failure:
            if error is None or isinstance(error, Exception):
                raise
            # A cancellation or KeyboardInterrupt goes on.
            asyncio.get_running_loop().call_exception_handler({"message": f"{self!r} failed", "exception": failure})

    def __enter__(self) -> None:
        raise TypeError("a stream cannot be entered with a plain `with`: use `async with`")

    def __exit__(self, *_: object) -> None:
        """Without this method Python does not call __enter__()."""

    def __iter__(self) -> Any:
        raise TypeError("a stream cannot be iterated with a plain `for`: use `async for`")

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        try:
            inbox = self._athr_inbox
        except AttributeError:
            inbox = self._inbox
        if monotonic() >= inbox.turn_end or not (inbox.values or inbox.is_buffered and inbox.take_buffered()):
            await inbox.wait_for_value()
        return inbox.values.popleft()

    async def aclose(self) -> None:
        """Stops the producer and waits until none of its code runs. Values that the producer has yielded before can
        still be taken."""
        closing = close_stream(self)
        del self  # the traceback of an exception must not keep the stream alive
        await closing


class StreamListModel(Athr.StreamListModel):  # type: ignore[misc]
    @classmethod
    def new(cls, stream: Any, item_type: Any) -> Any:
        """A list of the objects that a stream yields. Their type is a class of GObject, or an interface."""
        check_item_type(item_type)
        return Athr.StreamListModel.new(stream, item_type)

    def get_error(self) -> Any:
        """The error of C that ended the list. `stream.get_error()` gives the exception of the function."""
        error, stream = super().get_error(), self.get_stream()
        if error is not None and stream is not None:
            peek_exception(stream, error)  # the program knows of the exception
        return error


class Executor(Athr.Executor, concurrent.futures.Executor):  # type: ignore[misc]
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs `fn(*args, **kwargs)` on a worker. Returns a `concurrent.futures.Future`, which the worker completes."""
        return submit(self, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Closes the executor. Blocks until the functions that run or are queued have ended, unless `wait` is false.
        With `cancel_futures`, queued work is cancelled."""
        shut_down(self, wait, cancel_futures)

    def close_async(self, cancel_queued: bool = False, cancellable: Any = None, callback: Any = None,
                    *user_data: Any) -> Any:
        """Closes the executor. Without a callback, a coroutine can await the end of the threads of the executor."""
        if callback is None and asyncio._get_running_loop() is not None:
            return wait_for_close_of_executor(self, cancel_queued, cancellable)
        close_with_callback(self, cancel_queued, cancellable, callback, user_data)

    def close_finish(self, result: Any) -> bool:
        """Finishes close_async() in its callback."""
        check_result(self, result, "athr_executor_close_async")
        return super().close_finish(result)  # type: ignore[no-any-return]

    def close_with_flags_async(self, flags: Any, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """As close_async(). With Athr.CloseFlags.CANCEL_QUEUED, queued work is cancelled."""
        cancel_queued = bool(flags & Athr.CloseFlags.CANCEL_QUEUED)
        return self.close_async(cancel_queued, cancellable, callback, *user_data)

    def close_with_flags_finish(self, result: Any) -> bool:
        """Finishes close_with_flags_async() in its callback."""
        return self.close_finish(result)

    async def __aenter__(self) -> Executor:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the executor, and waits for the functions that run or are queued."""
        await self.close_async()


class Latest(Athr.Latest):  # type: ignore[misc]
    async def run(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """Supersedes the run before, and gives the result of `call(*args, **kwargs)`, which a worker runs once the
        debounce is over. Instead of a function, `call` may be an Athr.Call that was not started. A run that is
        superseded raises `asyncio.CancelledError`."""
        return await run_latest(self, make_call(call, args, kwargs), None)

    def run_async(self, call: Any, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Supersedes the run before, and runs a call. Without a callback, the result can be awaited in a coroutine."""
        if callback is None and asyncio._get_running_loop() is not None:
            check_cancellable(cancellable)
            return asyncio.ensure_future(run_latest(self, call, cancellable))

        def called(source: Any, result: Any, *data: Any) -> None:
            result.__dict__.update(_athr_call=call, _athr_source=source)
            callback(source, result, *data)

        check_home(self)
        begin(super().run_async, (call, cancellable, callback and called, *user_data))

    def run_finish(self, result: Any) -> Any:
        """Gives the result in the callback of run_async(), or raises what the function raised."""
        check_result(self, result, "athr_latest_run_async")
        value, errors = take_value(result.__dict__.get("_athr_call", self), super().run_finish_into, result)
        if not errors:
            return value
        del self, result
        raise_last(errors)

    def run_finish_into(self, result: Any, value: Any = None) -> bool:
        """As run_finish(), but an empty GObject.Value receives the result."""
        check_result(self, result, "athr_latest_run_async")
        check_box("value", value)
        return super().run_finish_into(result, value)  # type: ignore[no-any-return]


class Group(Athr.Group):  # type: ignore[misc]
    def add(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        """Starts `call(*args, **kwargs)` on a worker, as a call of the group. Instead of a function, `call` may be an
        Athr.Call that was not started. Returns the call: `await call` gives its result."""
        made = make_call(call, args, kwargs)
        in_context(self, super().add, made)
        if self.get_policy() == Athr.GroupPolicy.FIRST_SUCCESS:
            expect_no_report(made)
        self.__dict__.setdefault("_athr_calls", []).append(made)
        return made

    def get_results(self) -> Any:
        """A stream of the calls, in the order in which they complete."""
        return in_context(self, super().get_results)

    def wait_async(self, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Waits until all calls are over or the policy has decided. Without a callback, a coroutine can await the end
        of the group. The end raises what the function of the first call that failed has raised."""
        if callback is None and asyncio._get_running_loop() is not None:
            return wait_for_group(self, cancellable)
        check_home(self)
        begin(super().wait_async, (cancellable, callback, *user_data))

    def wait_finish(self, result: Any) -> Any:
        """Finishes wait_async() in its callback, or raises what the function of the first call that failed has
        raised."""
        check_result(self, result, "athr_group_wait_async")
        try:
            return super().wait_finish(result)
        except GLib.Error as error:
            errors = [exception_of_group(self, error)]
        del self, result
        raise_last(errors)

    def close_async(self, cancellable: Any = None, callback: Any = None, *user_data: Any) -> Any:
        """Cancels what is left. Without a callback, a coroutine can await the end of all functions of the group."""
        if callback is None and asyncio._get_running_loop() is not None:
            return wait_for_close_of_group(self, cancellable)
        check_home(self)
        begin(super().close_async, (cancellable, callback, *user_data))

    def close_finish(self, result: Any) -> bool:
        """Finishes close_async() in its callback."""
        check_result(self, result, "athr_group_close_async")
        return super().close_finish(result)  # type: ignore[no-any-return]

    async def __aenter__(self) -> Group:
        check_home(self)
        return self

    async def __aexit__(self, _: object, error: Optional[BaseException], __: object) -> None:
        """Waits for the calls. If the block or a call has raised, cancels the other calls. In any case no function of
        the group runs afterwards."""
        try:
            if error is None:
                await self.wait_async()
        finally:
            await close_in_any_case(self)
        if isinstance(error, asyncio.CancelledError) and not is_being_cancelled():
            # The block has awaited a call that the group has cancelled, because another call had failed.
            await self.wait_async()

    def __enter__(self) -> None:
        raise TypeError("a group cannot be entered with a plain `with`: use `async with`")

    def __exit__(self, *_: object) -> None:
        """Without this method Python does not call __enter__()."""


Call, Yielder, Stream = override(Call), override(Yielder), override(Stream)  # type: ignore[misc]
Question, StreamListModel = override(Question), override(StreamListModel)  # type: ignore[misc]
Executor, Latest, Group = override(Executor), override(Latest), override(Group)  # type: ignore[misc]


class GeneratorStream(AsyncGenerator, Stream):
    """A stream that Python takes for an asynchronous generator."""

    __gtype__ = Stream.__gtype__


def new_async_generator(*args: Any, **options: Any) -> Any:
    stream = new_generator_stream(*args, **options)
    stream.__class__ = GeneratorStream
    return stream


@with_options
def call(fn: Callable[..., Any], *, executor: Any = None, timeout: Optional[float] = None,
         run_timeout: Optional[float] = None, priority: int = 0, name: Optional[str] = None,
         progress: Optional[ProgressFunction] = None, owner: Any = None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Makes a blocking function asynchronous: a worker runs it.

    `timeout` counts the seconds from the call, `run_timeout` those from the moment the function begins. The event loop
    calls `progress(fraction, text)` with what the function reports by `Athr.current().report_progress()`. When the
    `owner` ends, `await` raises `asyncio.CancelledError`.
    """
    options = make_call_options(timeout, run_timeout, priority, name, progress, owner)
    new_work = kind_of_work(owner)

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        # A second coroutine, for the lines below, would add more than a tenth to the cost of a short call.
        work = new_work(asyncio.get_running_loop(), executor, fn, args, kwargs, options)
        try:
            timed_out = await work.future
        except BaseException:
            work.abandon()
            raise
        return work.result(timed_out)
    wrapper.executor = executor  # type: ignore[attr-defined]
    return wrapper


@with_options
def single_callback(fn: Callable[..., Any], *, executor: Any = None, timeout: Optional[float] = None,
                    run_timeout: Optional[float] = None, priority: int = 0, name: Optional[str] = None,
                    progress: Optional[ProgressFunction] = None,
                    owner: Any = None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Makes a blocking function asynchronous that passes its result to a callback, its first argument. The function may
    call back while it runs or later. The options are those of Athr.call(); `timeout` counts until the callback is
    called, `run_timeout` until the function has returned."""
    options = make_call_options(None, run_timeout, priority, name, progress, owner)

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        async with asyncio.timeout(timeout):
            values = await run_until_first_value(fn, args, kwargs, executor, options)
        if not values:
            raise RuntimeError(f"{fn!r} has not called back")
        return values[0]
    return wrapper


def stream_decorator(name: str, new: Callable[..., Any], *produce: Callable[[Source, int], None]) -> Callable[..., Any]:
    def wrap(fn: Callable[..., Any], *, buffer_maxsize: Optional[int] = None, executor: Any = None,
             interrupt: Optional[Callable[[], Any]] = None, priority: int = 0, name: Optional[str] = None,
             owner: Any = None) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return new(*produce, fn, args, kwargs, buffer_maxsize=buffer_maxsize, executor=executor,
                       interrupt=interrupt, priority=priority, name=name, owner=owner)
        return wrapper
    wrap.__name__ = wrap.__qualname__ = name
    return with_options(wrap)


iterate = stream_decorator("iterate", new_stream, Source.iterate)
generate = stream_decorator("generate", new_async_generator)
iterate_callback = stream_decorator("iterate_callback", new_stream, Source.call_back)

iterate.__doc__ = """Makes a stream of a blocking function that returns an iterator. Only workers call the iterator."""
generate.__doc__ = """Makes an asynchronous generator of a blocking generator function. A worker runs the generator."""
iterate_callback.__doc__ = """Makes a stream of a blocking function that passes values to a callback, its first
argument. A worker runs the function."""


def map(fn: Callable[[Any], Any], items: Any, limit: Optional[int] = 4, ordered: bool = True, *,
        buffer_maxsize: Optional[int] = None, executor: Any = None, priority: int = 0, name: Optional[str] = None,
        owner: Any = None) -> Any:
    """Makes a stream of what a blocking function returns for each item. At most `limit` workers run the function at once;
    None means as many as the executor has threads.

    The items come from an iterable, which only workers iterate, from a Gio.ListModel, or from an Athr.Stream. A generator
    function can yield no value, one value or many values for an item. The values have the order of the items, or with
    `ordered=False` the order in which the functions return. The functions are never ahead of the program by more than
    `limit` and `buffer_maxsize` items together; None means 64.
    """
    return new_map(fn, items, limit, ordered, buffer_maxsize=buffer_maxsize, executor=executor, priority=priority,
                   name=name, owner=make_owner(owner))


async def invoke(function: str, /, *arguments: Any, executor: Any = None, cancellable: Any = None, priority: int = 0,
                 delivery_priority: int = GLib.PRIORITY_DEFAULT, timeout: Optional[float] = None,
                 run_timeout: Optional[float] = None, return_on_cancel: bool = True,
                 name: Optional[str] = None, owner: Any = None) -> Any:
    """Runs an introspected function of C on a worker. Returns what a direct call of the function returns:
    `await Athr.invoke("Gio.File.load_contents", file, None)`."""
    if not isinstance(function, str):
        raise TypeError(f"the name of a function is needed, not {type_name(function)}")
    check_options(executor=executor, timeout=timeout, run_timeout=run_timeout, priority=priority, name=name)
    check_priority("delivery_priority", delivery_priority)
    check_bool("return_on_cancel", return_on_cancel)
    check_cancellable(cancellable)
    owner = make_owner(owner)  # the coroutine must not keep the owner alive
    from ._athr.invoke import new_call  # the library AthrInvoke is optional
    from ._athr.results import unmarshal_result

    call = new_call(function, arguments)
    call.set_properties(executor=executor, priority=priority, delivery_priority=delivery_priority,
                        name=text_for_c(name),
                        timeout=milliseconds(timeout), run_timeout=milliseconds(run_timeout),
                        return_on_cancel=return_on_cancel)
    if owner is not None:
        call.bind(owner)
    box, errors = await run_call(call, cancellable)
    if owner is not None and call_has_lost_owner(address_of(call)):
        raise asyncio.CancelledError
    if not errors:
        return unmarshal_result(box, function)
    errors[0] = find_awaited(call, errors[0])
    raise_last(errors)
