# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What makes athreading feel at home in Python.

`await call`, `async with stream`, `async for value in stream`, and five functions that turn
blocking functions, iterators and generators into asynchronous ones: `call`, `iterate`, `generate`,
`iterate_callback` and `single_callback`.
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
import inspect
import threading
import types
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from itertools import count
from typing import Any, Optional, ParamSpec, TypeVar

from gi import _gi
from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject

P = ParamSpec("P")
T = TypeVar("T")

Athr: Any = get_introspection_module("Athr")
__all__ = ["Call", "Stream", "Yielder", "call", "iterate", "generate", "iterate_callback", "single_callback"]

UNLIMITED = 2**32 - 1
BATCH = 256

# In C an exception is an error of this domain; Python passes the exception itself beside it.
DOMAIN = "athr-python-exception-quark"
QUARK = GLib.quark_from_string(DOMAIN)


# Values

# Besides small integers these come out of a GValue as they went in.
PLAIN = frozenset((type(None), bool, float, bytes, list, tuple, dict, set))


def boxed(value: Any) -> Any:
    """What to pass for a const GValue, so that any value arrives as it is."""
    kind = type(value)
    if kind is int:
        if -2**31 <= value < 2**31:
            return value
    elif kind is str:
        if "\0" not in value and value.isascii():
            return value
    elif kind in PLAIN or isinstance(value, GObject.Object):
        return value
    box = GObject.Value()
    box.init(GObject.TYPE_PYOBJECT)
    _gi._gvalue_set(box, value)
    return box


def unboxed(box: Any) -> Any:
    kind = _gi._gvalue_get_type(box)
    if kind == GObject.TYPE_PYOBJECT or kind == GObject.TYPE_INT:
        return _gi._gvalue_get(box)
    if kind == GObject.TYPE_INVALID or kind == GObject.TYPE_POINTER:
        return None  # not set, or null
    return box.get_value()


# Exceptions

def caught(error: BaseException) -> BaseException:
    """To be called by the function that has caught it: leaves that out of the traceback, so that
    the exception does not keep alive what the function knows."""
    trace = error.__traceback__
    return error.with_traceback(trace.tb_next if trace else None)


def marker(error: BaseException) -> Any:
    """What C is told instead of the exception."""
    if isinstance(error, GLib.Error):
        return GLib.Error(error.message, error.domain, error.code)
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        text = type(error).__name__
    return GLib.Error(text.replace("\0", " ").encode(errors="replace").decode(), DOMAIN, 0)


def is_closed(error: BaseException) -> bool:
    return isinstance(error, GLib.Error) and bool(
        error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED))


class Failure:
    """The exception of a function that C calls, of which C knows the marker only."""

    def __init__(self) -> None:
        self.error: Optional[BaseException] = None
        self.told: Any = None

    def take(self, error: BaseException) -> Any:
        """Called with the exception by the function that has caught it; gives the marker."""
        self.error = caught(error)
        self.told = marker(error)
        return self.told

    def of(self, error: Any) -> BaseException:
        """The exception of an error that C tells."""
        told = self.told
        if self.error is None or (told.domain, told.code, told.message) != (error.domain, error.code, error.message):
            return error  # type: ignore[no-any-return]
        return self.error


def reraise(errors: list[BaseException]) -> None:
    """Raises the last of them. No frame in its traceback may refer to it: each exception would be a
    cycle."""
    error = errors.pop()
    try:
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            raise RuntimeError(f"worker raised {type(error).__name__}") from error
        raise error
    finally:
        del error


def run_guarded(failure: Failure, function: Callable[..., Any], *arguments: Any) -> None:
    try:
        function(*arguments)
        return
    except BaseException as error:
        told = failure.take(error)
    del failure, function, arguments
    raise told


def native(value: Any) -> Any:
    """As boxed(), but what GLib has a type for is passed as that."""
    return value if isinstance(value, (GObject.GBoxed, GLib.Variant, GObject.Value)) else boxed(value)


# Loops

class Pump:
    """The main context under which a thread starts its operations when its event loop is not GLib's:
    that loop watches the descriptor and iterates the context.

    It may not go while work may come home to it, so the next thread gets it.
    """

    spare: list[Any] = []

    def __init__(self) -> None:
        try:
            self.context = self.spare.pop()
        except IndexError:
            self.context = GLib.MainContext()
        self.context.acquire()
        self.fd = Athr.main_context_get_fd(self.context)

    def __del__(self) -> None:
        if not running.exiting and self.context.is_owner():
            self.context.release()
            self.spare.append(self.context)

    def iterate(self) -> None:
        if self.context.iteration(False):
            asyncio.get_running_loop().call_soon(self.iterate)


class Here(threading.local):
    """The event loop of this thread, and the main context that it iterates."""

    def __init__(self) -> None:
        self.pump: Optional[Pump] = None
        self.loop: Callable[[], Any] = lambda: None
        self.context: Any = None
        self.pointer: Any = None


here = Here()


def context_of(loop: Any) -> Any:
    """The main context that comes to be iterated while the event loop runs."""
    if here.loop() is not loop:
        here.context = getattr(loop, "_context", None)
        # That is what gbulb and gi.events iterate. Whether this thread owns a context says less: a loop
        # of Python's may run within a callback of GLib's, which then iterates nothing.
        if not isinstance(here.context, GLib.MainContext):
            here.pump = here.pump or Pump()
            here.context = here.pump.context
            loop.add_reader(here.pump.fd, here.pump.iterate)
        here.loop = weakref.ref(loop)
        here.context.push_thread_default()
        here.pointer = get_context()
        here.context.pop_thread_default()
    return here.context


def start(loop: Any, function: Callable[..., None], *arguments: Any) -> None:
    """Starts an operation whose answer comes while the event loop runs."""
    context = context_of(loop)
    context.push_thread_default()
    try:
        function(*arguments)
    finally:
        context.pop_thread_default()


def wake(future: asyncio.Future[Any], result: Any = None) -> None:
    """Nobody waits for a late answer."""
    if not future.done():
        try:
            future.set_result(result)
        except RuntimeError:  # the loop is closed
            pass


def answered(source: Any, result: Any, future: asyncio.Future[Any]) -> None:
    wake(future, result)


# Exit

class Running:
    """What runs in Python on workers. When the interpreter ends it is stopped and waited for: a thread
    must not come back into an interpreter that is gone."""

    def __init__(self) -> None:
        self.stops: dict[Any, Callable[[], None]] = {}
        self.exiting = False
        self.left = threading.Condition()
        # As concurrent.futures does: before the interpreter waits for its own threads.
        threading._register_atexit(self.end)  # type: ignore[attr-defined]

    def enter(self, key: Any, stop: Callable[[], None]) -> None:
        self.stops[key] = stop
        if self.exiting:
            self.leave(key)
            raise GLib.Error("The interpreter ends", "g-io-error-quark", Gio.IOErrorEnum.CANCELLED)

    def leave(self, key: Any) -> None:
        del self.stops[key]
        if self.exiting:
            with self.left:
                self.left.notify()

    def end(self) -> None:
        self.exiting = True
        for stop in list(self.stops.values()):
            try:
                stop()
            except Exception:  # an iterator's own close(): its next step may return nevertheless
                pass
        with self.left:
            self.left.wait_for(lambda: not self.stops)


running = Running()


# Calls

# A callback through PyGObject 3.42 costs a new closure, of which some bytes leak, and gives the interpreter
# lock away with each function that is called. So the calls of the decorators go straight to C, by these two.
# The lock can be kept: under a lock of the library nothing waits for that of Python.

library = ctypes.PyDLL("libathreading-1.so.0")
POINTER = ctypes.c_void_p
CALL_FUNCTION = ctypes.CFUNCTYPE(None, POINTER, POINTER, POINTER)


def declare(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


call_new = declare("athr_call_new", POINTER, CALL_FUNCTION, POINTER, POINTER)
call_set_executor = declare("athr_call_set_executor", None, POINTER, POINTER)
call_run_async = declare("athr_call_run_async", None, POINTER, POINTER, CALL_FUNCTION, POINTER)
call_run_finish_into = declare("athr_call_run_finish_into", ctypes.c_int, POINTER, POINTER, POINTER, POINTER)
call_cancel = declare("athr_call_cancel", None, POINTER)
object_unref = declare("g_object_unref", None, POINTER)
error_free = declare("g_error_free", None, POINTER)
quark_to_string = declare("g_quark_to_string", ctypes.c_char_p, ctypes.c_uint32)
push_context = declare("g_main_context_push_thread_default", None, POINTER)
pop_context = declare("g_main_context_pop_thread_default", None, POINTER)
get_context = declare("g_main_context_get_thread_default", POINTER)


class CError(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]


class Work:
    """A function of Python's on its way to a worker and back."""

    __slots__ = ("function", "future", "is_done", "value", "errors")

    def __init__(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        self.function: Optional[Callable[[], Any]] = function
        self.future = future
        self.is_done = False
        self.value: Any = None
        self.errors: list[BaseException] = []


works: dict[int, Work] = {}


def run(call: int, key: int, _: int) -> None:  # on the worker
    work = works[key]
    try:
        running.enter(key, functools.partial(call_cancel, call))
    except GLib.Error:
        return
    try:
        function, work.function = work.function, None
        work.value = function()  # type: ignore[misc]
    except BaseException as error:
        work.errors.append(caught(error))
    finally:
        work.is_done = True
        running.leave(key)
        del function, work


def answer_work(call: int, result: int, key: int) -> None:
    work = works.pop(key)
    if not work.is_done:
        error = POINTER()
        if not call_run_finish_into(call, result, None, ctypes.byref(error)):
            told = ctypes.cast(error, ctypes.POINTER(CError)).contents
            work.errors.append(GLib.Error(told.message.decode(), quark_to_string(told.domain).decode(), told.code))
            error_free(error)
    wake(work.future)


run_work, work_answered = CALL_FUNCTION(run), CALL_FUNCTION(answer_work)


async def work_out(function: Callable[[], Any], executor: Optional[int]) -> Any:
    """Runs the function on a worker; gives its result."""
    loop = asyncio.get_running_loop()
    work = Work(function, loop.create_future())
    key = id(work)
    context_of(loop)
    call = call_new(run_work, key, None)
    try:
        if executor is not None:
            call_set_executor(call, executor)
        works[key] = work
        push_context(here.pointer)
        call_run_async(call, None, work_answered, key)
        pop_context(here.pointer)
        await work.future
    except asyncio.CancelledError:
        call_cancel(call)
        raise
    finally:
        object_unref(call)
    if work.errors:
        reraise(work.errors)
    return work.value


async def answer(call: Any) -> Any:
    """Starts the call, waits for the answer and returns that."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    start(loop, call.run_async, None, answered, future)
    try:
        return await future
    except asyncio.CancelledError:
        call.cancel()
        raise


class Call(Athr.Call):  # type: ignore[misc]
    @classmethod
    def new(cls, function: Callable[..., Any], *data: Any) -> Any:
        failure = Failure()
        call = Athr.Call.new(functools.partial(run_guarded, failure, function), *data)
        call.__dict__["_athr_failure"] = failure
        return call

    def return_value(self, value: Any) -> None:
        super().return_value(native(value))

    def run_finish(self, result: Any) -> Any:
        box = GObject.Value()
        try:
            self.run_finish_into(result, box)
            return unboxed(box)
        except GLib.Error as error:
            failure = self.__dict__.get("_athr_failure")
            errors = [failure.of(error) if failure else error]
        del self, result, failure
        reraise(errors)

    def __await__(self) -> Generator[Any, None, Any]:
        """`await call`: starts it, or joins it, and gives its result."""
        result = yield from answer(self).__await__()
        try:
            return self.run_finish(result)
        except GLib.Error as error:
            if self.get_state() == Athr.CallState.CANCELLED:
                raise asyncio.CancelledError from error
            raise
        finally:
            del self, result


Call = override(Call)  # type: ignore[misc]


# Streams

class Source(Failure):
    """Where the values of a stream of Python's come from.

    `find` gives it, on the worker: an iterable, a generator, or what calls back.
    """

    def __init__(self, find: Callable[[], Any]) -> None:
        super().__init__()
        self.find: Optional[Callable[[], Any]] = find
        self.stream: Callable[[], Any] = lambda: None
        self.iterator: Any = None
        self.thrown: dict[int, BaseException] = {}
        self.closes: list[Callable[[], Any]] = []
        self.is_closed = False
        self.is_native = False
        self.is_unlimited = False
        self.is_begun = False

    def found(self) -> Any:
        assert self.find is not None
        source = self.find()
        self.find = None
        return source

    def set_iterator(self, iterator: Any) -> None:
        self.is_native = isinstance(iterator, types.GeneratorType)
        self.iterator = iterator
        if not self.is_native and hasattr(iterator, "close"):
            self.closes = [iterator.close]
        if self.is_closed:
            self.close()

    def close(self) -> None:
        """Interrupts what is no native generator: a blocking step of its own ends in no other way."""
        self.is_closed = True
        try:
            close = self.closes.pop()  # by one thread
        except IndexError:
            return
        close()

    def end(self) -> None:
        """On the worker, when the stream has been closed."""
        if self.is_native:
            self.iterator.close()
        else:
            self.close()

    def stop(self) -> None:
        """The interpreter ends."""
        stream = self.stream()
        if stream is not None:
            stream.close_async(None, None)
        self.close()


def produce(function: Callable[[Any, Source], None]) -> Callable[[Any, Source], None]:
    """What runs on the worker for a stream."""
    def run(yielder: Any, source: Source) -> None:
        running.enter(source, source.stop)
        try:
            function(yielder, source)
        except BaseException as error:
            if is_closed(error) and yielder.is_closed():
                raise
            raise source.take(caught(error)) from None
        finally:
            source.find = source.iterator = None
            running.leave(source)
    return run


def exchange_with(yielder: Any) -> Callable[[Any], Any]:
    """Puts a value and waits for room for the next one, which is only then made."""
    exchange = Athr.Yielder.exchange_value
    return lambda value: exchange(yielder, value, None)


def run_iterator(yielder: Any, source: Source, put: Callable[[Any], Any]) -> None:
    iterator = iter(source.found())
    source.set_iterator(iterator)
    try:
        for value in iterator:
            if not (type(value) is int and -2**31 <= value < 2**31):
                value = boxed(value)
            put(value)
        return
    except GLib.Error as error:
        if not (is_closed(error) and yielder.is_closed()):
            raise
    source.end()


@produce
def run_unlimited(yielder: Any, source: Source) -> None:
    run_iterator(yielder, source, functools.partial(Athr.Yielder.yield_value, yielder))


@produce
def run_bounded(yielder: Any, source: Source) -> None:
    run_iterator(yielder, source, exchange_with(yielder))


@produce
def run_callback(yielder: Any, source: Source) -> None:
    plain: Callable[[Any], Any] = functools.partial(Athr.Yielder.yield_value, yielder)
    put: Callable[[Any], Any]
    put = plain if source.is_unlimited else exchange_with(yielder)
    source.found()(lambda value: put(boxed(value)))


@produce
def run_generator(yielder: Any, source: Source) -> None:
    exchange = functools.partial(Athr.Yielder.exchange_value, yielder)
    generator = iter(source.found())
    source.set_iterator(generator)
    sent = GObject.Value()
    wait: Callable[..., Any] = yielder.receive  # what came with the first demand
    arguments: tuple[Any, ...] = (sent,)
    while True:
        error = None
        try:
            wait(*arguments)
        except GLib.Error as told:
            if told.domain != DOMAIN:
                break
            error = source.thrown.pop(told.code)
        try:
            if error is not None:
                value = generator.throw(error)
            else:
                value = unboxed(sent)
                value = next(generator) if value is None else generator.send(value)
        except StopIteration:
            return
        finally:
            del error
        sent.unset()
        wait = exchange
        arguments = (boxed(value), sent)
    source.end()


class Inbox:
    """What has come from a stream and nobody has taken yet, and those who wait for more."""

    def __init__(self, stream: Any, failure: Optional[Failure]) -> None:
        self.failure = failure
        self.values: deque[Any] = deque()
        self.waiters: list[asyncio.Future[Any]] = []
        self.is_asking = False
        self.errors: list[BaseException] = []
        self.is_done = False
        self.cancellable: Any = None
        # A value that waits here makes room for one more: with a bound they are taken one by one.
        self.is_exact = isinstance(failure, Source) and not failure.is_unlimited
        self.is_buffered = self.is_exact and stream.get_buffer_size() > 0
        # A generator in lock-step does not begin before it is asked.
        self.is_begun = self.is_buffered or isinstance(failure, Source) and failure.is_begun
        self.box = GObject.Value()

    def ask(self, loop: Any, stream: Any) -> None:
        if self.is_asking:
            return
        self.is_begun = True
        if self.cancellable is None:
            self.cancellable = Gio.Cancellable()
        self.is_asking = True
        if self.is_exact:
            start(loop, stream.next_async, self.cancellable, self.got_one, None)
        else:
            start(loop, stream.next_batch_async, BATCH, self.cancellable, self.got_batch, None)

    def got_one(self, stream: Any, result: Any, _: None) -> None:
        box = GObject.Value()
        self.got(stream.next_finish_into, result, box)
        if _gi._gvalue_get_type(box) != GObject.TYPE_INVALID:
            self.values.append(unboxed(box))
        elif not self.errors:
            self.is_done = stream.is_done()

    def got_batch(self, stream: Any, result: Any, _: None) -> None:
        box = GObject.Value()
        self.got(stream.next_batch_finish_into, result, box)
        if _gi._gvalue_get_type(box) != GObject.TYPE_INVALID:
            values = box.get_value()
            self.values.extend(values)
            self.is_done = not values

    def got(self, finish: Callable[..., Any], result: Any, box: Any) -> None:
        self.is_asking = False
        try:
            finish(result, box)
        except GLib.Error as error:
            if self.cancellable.is_cancelled():
                self.cancellable = None
            else:
                self.errors.append(self.failure.of(error) if self.failure else error)
                if self.failure:
                    self.failure.error = None  # it comes once
        for future in self.waiters:
            wake(future)
        self.waiters.clear()

    def look(self, stream: Any) -> bool:
        """Whether there is a value."""
        if not self.values and self.is_buffered and stream.try_next(self.box):
            self.values.append(unboxed(self.box))
            self.box.unset()
        return bool(self.values)

    async def wait(self, stream: Any) -> None:
        """Until there is a value."""
        loop = asyncio.get_running_loop()
        while not self.values:
            if self.errors:
                reraise(self.errors)
            if self.is_done:
                raise StopAsyncIteration
            self.ask(loop, stream)
            future = loop.create_future()
            self.waiters.append(future)
            try:
                await future
            except asyncio.CancelledError:
                if future in self.waiters:
                    self.waiters.remove(future)
                    if not self.waiters:
                        self.cancellable.cancel()
                elif self.waiters:  # it was woken for a value, which is another's now
                    wake(self.waiters[0])
                raise


class Yielder(Athr.Yielder):  # type: ignore[misc]
    def yield_value(self, value: Any) -> None:
        super().yield_value(native(value))

    def exchange_value(self, value: Any, sent: Any = None) -> None:
        super().exchange_value(native(value), sent)


Yielder = override(Yielder)  # type: ignore[misc]


class Stream(Athr.Stream):  # type: ignore[misc]
    @classmethod
    def new(cls, function: Callable[..., Any], *data: Any) -> Any:
        return cls._guarded(Athr.Stream.new, function, data)

    @classmethod
    def new_steps(cls, step: Callable[..., Any], *data: Any) -> Any:
        return cls._guarded(Athr.Stream.new_steps, step, data)

    @staticmethod
    def _guarded(new: Callable[..., Any], function: Callable[..., Any], data: tuple[Any, ...]) -> Any:
        failure = Failure()
        stream = new(functools.partial(run_guarded, failure, function), *data)
        stream.__dict__["_athr_failure"] = failure
        return stream

    def next_finish(self, result: Any) -> Any:
        box = GObject.Value()
        try:
            self.next_finish_into(result, box)
            return unboxed(box)
        except GLib.Error as error:
            failure = self.__dict__.get("_athr_failure")
            errors = [failure.of(error) if failure else error]
        del self, result, failure
        reraise(errors)

    def send(self, value: Any) -> None:
        super().send(native(value))

    @classmethod
    def for_iterator(cls, iterator: Iterable[Any], *, buffer_maxsize: Optional[int] = None,
                     executor: Any = None) -> Any:
        """A stream of what an iterator gives, which is iterated on a worker. Without a
        `buffer_maxsize` it is not bounded."""
        return stream_of(lambda: iterator, "iterate", buffer_maxsize, executor, iterator)

    @classmethod
    def for_generator(cls, generator: Generator[Any, Any, Any], *, buffer_maxsize: Optional[int] = None,
                      executor: Any = None) -> Any:
        """A stream of what a generator yields, which is a `collections.abc.AsyncGenerator`. Without
        a `buffer_maxsize` it is in lock-step: the generator runs when a value is asked for."""
        return stream_of(lambda: generator, "generate", buffer_maxsize, executor, generator)

    @classmethod
    def for_callback(cls, runner: Callable[[Callable[[Any], None]], Any], *,
                     buffer_maxsize: Optional[int] = None, executor: Any = None) -> Any:
        """A stream of the values with which a blocking function, run on a worker, calls back."""
        return stream_of(lambda: runner, "callback", buffer_maxsize, executor)

    @property
    def _inbox(self) -> Inbox:
        inbox: Optional[Inbox] = self.__dict__.get("_athr_inbox")
        if inbox is None:
            inbox = self.__dict__["_athr_inbox"] = Inbox(self, self.__dict__.get("_athr_failure"))
        return inbox

    async def __aenter__(self) -> Stream:
        start(asyncio.get_running_loop(), self.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        inbox = self._inbox
        if not inbox.values and not inbox.look(self):
            await inbox.wait(self)
        return inbox.values.popleft()

    async def aclose(self) -> None:
        """Stops the producer and waits until none of its code runs. What it has yielded before can
        still be taken."""
        source: Optional[Failure] = self.__dict__.get("_athr_failure")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        start(loop, self.close_async, None, answered, future)
        if isinstance(source, Source):
            source.close()
        result = await future
        try:
            self.close_finish(result)
        except GLib.Error as error:
            errors = [source.of(error) if source else error]
            del self, source, result, future
            reraise(errors)


Stream = override(Stream)  # type: ignore[misc]


class GeneratorStream(Stream):
    """A stream that Python takes for an asynchronous generator."""

    __gtype__ = Stream.__gtype__

    async def asend(self, value: Any) -> Any:
        inbox = self._inbox
        if inbox.waiters:
            raise RuntimeError("asend(): asynchronous generator is already running")
        if inbox.is_done:
            raise StopAsyncIteration
        if value is not None:
            if not inbox.is_begun:
                raise TypeError("can't send non-None value to a just-started async generator")
            self.send(value)
        return await self.__anext__()

    async def athrow(self, typ: Any, val: Any = None, tb: Optional[types.TracebackType] = None) -> Any:
        inbox = self._inbox
        if inbox.waiters:
            raise RuntimeError("athrow(): asynchronous generator is already running")
        if inbox.is_done:
            raise StopAsyncIteration
        if not isinstance(typ, BaseException):
            typ = val if isinstance(val, BaseException) else typ() if val is None else typ(val)
        number = next(numbers)
        inbox.failure.thrown[number] = typ if tb is None else typ.with_traceback(tb)  # type: ignore[union-attr]
        self.throw_literal(QUARK, number, str(typ))
        return await self.__anext__()

    async def __anext__(self) -> Any:
        if self._inbox.waiters:
            raise RuntimeError("anext(): asynchronous generator is already running")
        return await super().__anext__()


numbers = (number & 0x7fffffff for number in count(1))
PRODUCERS = {"iterate": run_bounded, "generate": run_generator, "callback": run_callback}


def stream_of(find: Callable[[], Any], kind: str, buffer_maxsize: Optional[int], executor: Any,
              iterator: Any = None) -> Any:
    source = Source(find)
    source.is_unlimited = buffer_maxsize is None and kind != "generate"
    if iterator is not None:
        source.set_iterator(iterator)
        source.is_begun = source.is_native and inspect.getgeneratorstate(iterator) != inspect.GEN_CREATED
    function = run_unlimited if kind == "iterate" and source.is_unlimited else PRODUCERS[kind]
    stream = Athr.Stream.new(function, source)
    stream.set_buffer_size(UNLIMITED if source.is_unlimited else buffer_maxsize or 0)
    if executor is not None:
        stream.set_executor(executor)
    if kind == "generate":
        stream.__class__ = GeneratorStream
    stream.__dict__["_athr_failure"] = source
    source.stream = weakref.ref(stream)
    return stream


# Decorators

def decorator(wrap: Callable[..., Any]) -> Callable[..., Any]:
    """Makes it usable as @f, @f(), @f(option=...) and f(function)."""
    @functools.wraps(wrap)
    def decorate(fn: Optional[Callable[..., Any]] = None, **options: Any) -> Any:
        if fn is None:
            return functools.partial(decorate, **options)
        return functools.wraps(fn)(wrap(fn, **options))
    return decorate


@decorator
def call(fn: Callable[P, T], *, executor: Any = None) -> Callable[P, Coroutine[Any, Any, T]]:
    """Makes a blocking function asynchronous: it runs on a worker."""
    pointer = None if executor is None else hash(executor)

    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return await work_out(functools.partial(fn, *args, **kwargs), pointer)  # type: ignore[no-any-return]
    wrapper.executor = executor  # type: ignore[attr-defined]
    return wrapper


def streams(kind: str) -> Callable[..., Any]:
    def wrap(fn: Callable[..., Any], *, buffer_maxsize: Optional[int] = None, executor: Any = None) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            find = functools.partial(fn, *args, **kwargs)
            if kind == "callback":
                return stream_of(lambda: lambda callback: fn(callback, *args, **kwargs), kind, buffer_maxsize, executor)
            return stream_of(find, kind, buffer_maxsize, executor)
        return wrapper
    return decorator(wrap)


iterate = streams("iterate")
generate = streams("generate")
iterate_callback = streams("callback")


@decorator
def single_callback(fn: Callable[..., Any], *, executor: Any = None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Makes a blocking function asynchronous that tells its result by a callback, its first argument."""
    make = iterate_callback(fn, executor=executor)

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        stream = make(*args, **kwargs)
        async for value in stream:
            return value
        raise RuntimeError(f"{fn!r} has not called back")
    return wrapper
