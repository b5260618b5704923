# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What makes athreading feel at home in Python.

`await call`, `async with stream`, `async for value in stream`, and five functions that turn
blocking functions, iterators and generators into asynchronous ones: `call`, `iterate`, `generate`,
`iterate_callback` and `single_callback`. `invoke` runs introspected functions of C on workers.
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
import inspect
import os
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from itertools import count
from typing import Any, Optional

from gi import _gi
from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject

Athr: Any = get_introspection_module("Athr")
__all__ = ["Call", "Stream", "Yielder", "call", "iterate", "generate", "iterate_callback", "single_callback",
           "invoke"]

UNLIMITED = 2**32 - 1
BATCH = 1024

# In C an exception is an error of this domain; Python passes the exception itself beside it.
DOMAIN = "athr-python-exception-quark"


# C

# PyGObject makes a closure for each callback, of which 3.42 leaks some bytes, and gives the interpreter lock
# away with each function that it calls. So what is done for each value and each call goes straight to C, with
# callbacks that are made once. They get the id() of what they are for, which a dictionary keeps alive.
# The lock can be kept: under a lock of the library nothing waits for that of Python. It is given away where a
# thread waits, and where a cancellable of the user's is cancelled, of which newer GLib calls the handlers locked.

path = "libathreading-1.so.0"
keeping = ctypes.PyDLL(path)
giving = ctypes.CDLL(path)
POINTER = ctypes.c_void_p
FUNCTION = ctypes.CFUNCTYPE(None, POINTER, POINTER, POINTER)
DESTROY = ctypes.CFUNCTYPE(None, POINTER)
HOST = ctypes.CFUNCTYPE(None, DESTROY, POINTER)


def declare(name: str, result: Any, *arguments: Any, library: Any = keeping) -> Any:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


def lasting(prototype: Any) -> Callable[[Callable[..., None]], Any]:
    """Makes a callback that C may call as long as the process lives."""
    def make(function: Callable[..., None]) -> Any:
        callback = prototype(function)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))
        return callback
    return make


BOOLEAN = ctypes.c_int
UINT = ctypes.c_uint
QUARK = ctypes.c_uint32
TYPE = ctypes.c_size_t

call_new = declare("athr_call_new", POINTER, FUNCTION, POINTER, DESTROY)
call_set_executor = declare("athr_call_set_executor", None, POINTER, POINTER)
call_start = declare("athr_call_start", None, POINTER)
call_cancel = declare("athr_call_cancel", None, POINTER)
call_get_error = declare("athr_call_get_error", POINTER, POINTER)
call_run_async = declare("athr_call_run_async", None, POINTER, POINTER, FUNCTION, POINTER)
call_run_finish = declare("athr_call_run_finish_into", BOOLEAN, POINTER, POINTER, POINTER, POINTER)
set_thread_func = declare("athr_set_thread_func", None, HOST)
stream_new = declare("athr_stream_new", POINTER, FUNCTION, POINTER, DESTROY)
stream_send = declare("athr_stream_send", None, POINTER, POINTER)
stream_is_done = declare("athr_stream_is_done", BOOLEAN, POINTER)
stream_try_next = declare("athr_stream_try_next", BOOLEAN, POINTER, POINTER)
stream_next_async = declare("athr_stream_next_async", None, POINTER, POINTER, FUNCTION, POINTER)
stream_next_finish = declare("athr_stream_next_finish_into", BOOLEAN, POINTER, POINTER, POINTER, POINTER)
stream_batch_async = declare("athr_stream_next_batch_async", None, POINTER, UINT, POINTER, FUNCTION, POINTER)
stream_batch_finish = declare("athr_stream_next_batch_finish_into", BOOLEAN, POINTER, POINTER, POINTER, POINTER)
stream_close_async = declare("athr_stream_close_async", None, POINTER, POINTER, FUNCTION, POINTER, library=giving)
stream_close_finish = declare("athr_stream_close_finish", BOOLEAN, POINTER, POINTER, POINTER)
yielder_is_closed = declare("athr_yielder_is_closed", BOOLEAN, POINTER)
yielder_receive = declare("athr_yielder_receive", BOOLEAN, POINTER, POINTER, POINTER)
yielder_yield = declare("athr_yielder_yield_value", BOOLEAN, POINTER, POINTER, POINTER)
yielder_exchange = declare("athr_yielder_exchange_value", BOOLEAN, POINTER, POINTER, POINTER, POINTER, library=giving)
object_ref = declare("g_object_ref", POINTER, POINTER)
object_unref = declare("g_object_unref", None, POINTER)
value_take_object = declare("g_value_take_object", None, POINTER, POINTER)
type_from_name = declare("g_type_from_name", TYPE, ctypes.c_char_p)
error_free = declare("g_error_free", None, POINTER)
set_error = declare("g_set_error_literal", None, POINTER, QUARK, ctypes.c_int, ctypes.c_char_p)
quark_from_string = declare("g_quark_from_string", QUARK, ctypes.c_char_p)
quark_to_string = declare("g_quark_to_string", ctypes.c_char_p, QUARK)
iteration = declare("g_main_context_iteration", BOOLEAN, POINTER, BOOLEAN)
push_context = declare("g_main_context_push_thread_default", None, POINTER)
pop_context = declare("g_main_context_pop_thread_default", None, POINTER)


def address_of(thing: Any) -> int:
    """Where an object or a boxed type of GLib's is: PyGObject gives that as its hash."""
    return hash(thing)


# A class of the user's may have a hash of its own. 0 when its __init__() has not called that of GObject.
object_hash = GObject.Object.__hash__


class CError(ctypes.Structure):
    _fields_ = [("domain", QUARK), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]


def told(address: int) -> GLib.Error:
    error = ctypes.cast(address, ctypes.POINTER(CError)).contents
    return GLib.Error(error.message.decode(errors="replace"), quark_to_string(error.domain).decode(), error.code)


def tell(address: int, error: Any) -> None:
    set_error(address, quark_from_string(error.domain.encode()), error.code, error.message.encode(errors="replace"))


class Problem(POINTER):
    """Where a function of C puts its error."""

    def take(self) -> GLib.Error:
        error = told(self.value)  # type: ignore[arg-type]
        error_free(self)
        self.value = None
        return error

    def raise_from(self, yielder: int) -> None:
        errors: list[BaseException] = [self.take()]
        if yielder_is_closed(yielder) and errors[0].matches(  # type: ignore[attr-defined]
                Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
            raise Closed
        reraise(errors)


# Values

class Data(ctypes.Union):
    _fields_ = [("v_boolean", BOOLEAN), ("v_int64", ctypes.c_int64), ("v_double", ctypes.c_double),
                ("v_string", ctypes.c_char_p), ("v_pointer", POINTER)]


class Slot(ctypes.Structure):
    """A GValue that one value after the other is put into, by one thread."""

    _anonymous_ = ("data",)
    _fields_ = [("type", TYPE), ("data", Data), ("more", ctypes.c_uint64)]

    def put(self, value: Any) -> Optional[int]:
        """The address of the value, None for null. What GLib has no type for goes as the object that it is."""
        kind = type(value)
        if kind is int and INT64_MIN <= value <= INT64_MAX:
            self.type, self.v_int64 = INT64, value
        elif kind is float:
            self.type, self.v_double = DOUBLE, value
        elif kind is bool:
            self.type, self.v_boolean = BOOL, value
        elif value is None:
            return None
        elif kind is str and self.put_string(value):
            self.type = STRING
        elif isinstance(value, GObject.Object) and (address := object_hash(value)):
            self.type, self.v_pointer = hash(value.__gtype__), address
        else:
            self.type, self.v_pointer = PYOBJECT, id(value)
        return ctypes.addressof(self)

    def put_string(self, value: str) -> bool:
        if "\0" in value:
            return False
        try:
            self.v_string = value.encode()
        except UnicodeEncodeError:
            return False
        return True


INT64_MIN, INT64_MAX = -2**63, 2**63 - 1
BOOL, INT64, DOUBLE, STRING, PYOBJECT = (
    type_from_name(name) for name in (b"gboolean", b"gint64", b"gdouble", b"gchararray", b"PyObject"))


def taken(kind: Any, address: int) -> Any:
    """An object that C gives."""
    box = GObject.Value()
    box.init(kind.__gtype__)
    value_take_object(address_of(box), address)
    return box.get_object()


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
    """Leaves out of the traceback the functions here that have caught it, so that the exception does not keep
    alive what they know."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return error.with_traceback(trace)


def marker(error: BaseException) -> Any:
    """What C is told instead of the exception."""
    if isinstance(error, GLib.Error):
        return GLib.Error(error.message, error.domain, error.code)
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        text = type(error).__name__
    return GLib.Error(text.replace("\0", " ").encode(errors="replace").decode(), DOMAIN, 0)


class Closed(GeneratorExit):
    """The stream takes no more values."""


class Failure:
    """The exception of a function that C calls, of which C knows the marker only."""

    def __init__(self) -> None:
        self.error: Optional[BaseException] = None
        self.told: Any = None

    def take(self, error: BaseException) -> Any:
        """Gives the marker."""
        self.error = caught(error)
        self.told = marker(error)
        return self.told

    def of(self, error: Any) -> BaseException:
        """The exception of an error that C tells."""
        told = self.told
        if self.error is None or (told.domain, told.code, told.message) != (error.domain, error.code, error.message):
            return error  # type: ignore[no-any-return]
        return self.error


def exception_of(thing: Any, error: GLib.Error) -> BaseException:
    """What a call or a stream means by an error."""
    failure: Optional[Failure] = thing.__dict__.get("_athr_failure")
    exception: BaseException = failure.of(error) if failure else error
    return exception


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


# Bad input

def kind_of(thing: Any) -> str:
    return type(thing).__name__


def check_object(name: str, thing: Any, kind: Any, wanted: str) -> None:
    if thing is not None and not isinstance(thing, kind):
        raise TypeError(f"{name} must be {wanted} or None, not {kind_of(thing)}")


def check(function: Any, *, executor: Any = None, buffer_maxsize: Any = None, **_: Any) -> None:
    if not callable(function):
        raise TypeError(f"a function is needed, not {kind_of(function)}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function!r} is asynchronous already")
    check_object("executor", executor, Athr.Executor, "an Athr.Executor")
    if buffer_maxsize is not None and not isinstance(buffer_maxsize, int):
        raise TypeError(f"buffer_maxsize must be an int or None, not {kind_of(buffer_maxsize)}")
    if buffer_maxsize is not None and not 0 <= buffer_maxsize <= UNLIMITED:
        raise ValueError(f"buffer_maxsize must be from 0 to {UNLIMITED}, not {buffer_maxsize}")


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
        self.address = address_of(self.context)
        self.fd = Athr.main_context_get_fd(self.context)

    def __del__(self) -> None:
        if not running.exiting and self.context.is_owner():
            self.context.release()
            self.spare.append(self.context)

    def iterate(self, loop: Any) -> None:
        # Once, and once to see whether that was all
        if iteration(self.address, False) and iteration(self.address, False):
            loop.call_soon(self.iterate, loop)


class Here(threading.local):
    """The event loop of this thread, and the main context that it iterates."""

    def __init__(self) -> None:
        self.pump: Optional[Pump] = None
        self.loop: Callable[[], Any] = lambda: None
        self.context: Any = None


here = Here()


def context_of(loop: Any) -> int:
    """The address of the main context that comes to be iterated while the event loop runs."""
    if here.loop() is not loop:
        here.context = getattr(loop, "_context", None)
        # That is what gbulb and gi.events iterate. Whether this thread owns a context says less: a loop
        # of Python's may run within a callback of GLib's, which then iterates nothing.
        if not isinstance(here.context, GLib.MainContext):
            here.pump = here.pump or Pump()
            here.context = here.pump.context
            loop.add_reader(here.pump.fd, here.pump.iterate, loop)
        here.loop = weakref.ref(loop)
    return address_of(here.context)


answers: dict[int, Callable[[int, int], None]] = {}


@lasting(FUNCTION)
def answered(source: int, result: int, key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    if not is_finalizing():  # nothing of this module is there any more
        answers.pop(key)(source, result)


def begin(loop: Any, function: Callable[..., None], *arguments: Any, answer: Callable[[int, int], None]) -> None:
    """Starts an operation of C whose answer comes while the event loop runs."""
    context = context_of(loop)
    answers[id(answer)] = answer
    push_context(context)
    function(*arguments, answered, id(answer))
    pop_context(context)


def wake(future: asyncio.Future[Any], result: Any = None) -> None:
    """Nobody waits for a late answer."""
    if not future.done():
        try:
            future.set_result(result)
        except RuntimeError:  # the loop is closed
            pass


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
        # The threads stay with the parent.
        os.register_at_fork(after_in_child=self.stops.clear)

    def enter(self, key: Any, error: int, stop: Callable[[], None] = lambda: None) -> bool:
        self.stops[key] = stop
        if not self.exiting:
            return True
        self.leave(key)
        tell(error, GLib.Error("The interpreter ends", "g-io-error-quark", Gio.IOErrorEnum.CANCELLED))
        return False

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
        set_thread_func(ctypes.cast(None, HOST))  # type: ignore[arg-type]
        with self.left:
            self.left.wait_for(lambda: not self.stops)


running = Running()


# Threads

@lasting(HOST)
def host(run: Callable[[int], None], data: int) -> None:
    """Around all that a worker does. Python's own state of the thread, with what threading.local has there,
    would otherwise be made and dropped with each callback, which costs more than most of them."""
    run(data)


set_thread_func(host)


# Calls

class Work:
    """A Python function that a worker runs, under a call of C's."""

    __slots__ = ("function", "future", "call", "is_run", "value", "errors")

    def __init__(self, loop: Any, function: Callable[[], Any], executor: Any) -> None:
        """Starts it."""
        self.function: Optional[Callable[[], Any]] = function
        self.future = loop.create_future()
        self.is_run = False
        self.value: Any = None
        self.errors: list[BaseException] = []
        works[id(self)] = self
        context = context_of(loop)
        push_context(context)
        self.call = call_new(run_work, id(self), end_work)
        if executor is not None:
            call_set_executor(self.call, address_of(executor))
        call_start(self.call)
        pop_context(context)

    def __del__(self, unref: Any = object_unref) -> None:
        unref(self.call)

    def cancel(self) -> None:
        call_cancel(self.call)

    def result(self) -> Any:
        if self.errors:
            reraise(self.errors)
        value, self.value = self.value, None
        return value


works: dict[int, Work] = {}


@lasting(FUNCTION)
def run_work(call: int, key: int, error: int) -> None:
    """On the worker."""
    if not running.enter(call, error):
        return
    work = works[key]
    work.is_run = True
    try:
        work.value = work.function()  # type: ignore[misc]
    except BaseException as raised:
        work.errors.append(caught(raised))
    finally:
        running.leave(call)
        del work


@lasting(DESTROY)
def end_work(key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    """At home, when the call is over."""
    if is_finalizing():
        return
    work = works.pop(key)
    work.function = None
    if not work.is_run:
        error = call_get_error(work.call)
        if error:
            work.errors.append(told(error))
    wake(work.future)
    if work.future.cancelled():
        work.value = None
        work.errors.clear()


async def work_out(function: Callable[[], Any], executor: Any) -> Any:
    """Runs the function on a worker; gives its result."""
    work = Work(asyncio.get_running_loop(), function, executor)
    try:
        await work.future
    except asyncio.CancelledError:
        work.cancel()
        raise
    return work.result()


async def outcome(call: Any, cancellable: Any = None) -> Any:
    """Starts the call, or joins it; waits for its end. Gives a GValue and a list of the error, if any."""
    def answer(source: int, result: int) -> None:
        box, problem = GObject.Value(), Problem()
        done = call_run_finish(source, result, address_of(box), ctypes.addressof(problem))
        wake(future, (box, [] if done else [problem.take()]))

    loop = asyncio.get_running_loop()
    future = loop.create_future()
    begin(loop, call_run_async, address_of(call), cancellable and address_of(cancellable), answer=answer)
    try:
        return await future
    except asyncio.CancelledError:
        call.cancel()
        raise


class Call(Athr.Call):  # type: ignore[misc]
    @classmethod
    def new(cls, function: Callable[..., Any], *data: Any) -> Any:
        check(function)
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
            errors = [exception_of(self, error)]
        del self, result
        reraise(errors)

    def __await__(self) -> Generator[Any, None, Any]:
        """`await call`: starts it, or joins it, and gives its result."""
        box, errors = yield from outcome(self).__await__()
        if not errors:
            return unboxed(box)
        if self.get_state() == Athr.CallState.CANCELLED:
            raise asyncio.CancelledError from errors.pop()
        errors[0] = exception_of(self, errors[0])
        del self
        reraise(errors)


Call = override(Call)  # type: ignore[misc]


# Streams

class Source(Failure):
    """Where the values of a stream of Python's come from.

    `find` gives it, on the worker: an iterable, a generator, or what calls back. `produce` is the function of
    the class that makes a stream of it.
    """

    def __init__(self, find: Callable[[], Any], produce: Callable[[Source, int], None],
                 is_unlimited: bool) -> None:
        super().__init__()
        self.find: Optional[Callable[[], Any]] = find
        self.produce = produce
        self.is_unlimited = is_unlimited
        self.stream: Callable[[], Any] = lambda: None
        self.iterator: Any = None
        self.thrown: dict[int, BaseException] = {}
        self.closes: list[Callable[[], Any]] = []
        self.is_closed = False
        self.is_native = False
        self.is_begun = False

    def found(self) -> Any:
        assert self.find is not None
        return self.find()

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

    def never_blocks(self) -> bool:
        """Whether to put a value never blocks, whatever the stream was told to be until it began."""
        stream = self.stream()
        return stream is not None and stream.get_buffer_size() == UNLIMITED

    def iterate(self, yielder: int) -> None:
        iterator = iter(self.found())
        self.set_iterator(iterator)
        try:
            if self.never_blocks():
                self.put_all(yielder, iterator)
            else:
                self.exchange_all(yielder, iterator)
        except Closed:
            self.end()

    def put_all(self, yielder: int, iterator: Any) -> None:
        slot, number, problem = Slot(), Slot(INT64), Problem()
        address, problem_address = ctypes.addressof(number), ctypes.addressof(problem)
        for value in iterator:
            if type(value) is int and INT64_MIN <= value <= INT64_MAX:
                number.v_int64 = value
                done = yielder_yield(yielder, address, problem_address)
            else:
                done = yielder_yield(yielder, slot.put(value), problem_address)
            if not done:
                problem.raise_from(yielder)

    def exchange_all(self, yielder: int, iterator: Any) -> None:
        """Each waits for room for the next one, which is only then made."""
        slot, problem = Slot(), Problem()
        address = ctypes.addressof(problem)
        for value in iterator:
            if not yielder_exchange(yielder, slot.put(value), None, address):
                problem.raise_from(yielder)

    def generate(self, yielder: int) -> None:
        generator = iter(self.found())
        self.set_iterator(generator)
        slot, problem, sent = Slot(), Problem(), GObject.Value()
        to_problem, to_sent = ctypes.addressof(problem), address_of(sent)
        # What came with the first demand
        done = yielder_receive(yielder, to_sent, to_problem)
        while True:
            error = None
            if not done:
                try:
                    problem.raise_from(yielder)
                except Closed:
                    break
                except GLib.Error as thrown:
                    error = self.thrown.pop(thrown.code) if thrown.domain == DOMAIN else thrown
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
            done = yielder_exchange(yielder, slot.put(value), to_sent, to_problem)
        self.end()

    def call_back(self, yielder: int) -> None:
        self.found()(Callback(yielder, self.never_blocks()))


class Callback:
    """What a blocking function calls back. Any thread may, and any may keep it."""

    def __init__(self, yielder: int, never_blocks: bool) -> None:
        self.yielder = object_ref(yielder)
        self.never_blocks = never_blocks

    def __del__(self, unref: Any = object_unref) -> None:
        unref(self.yielder)

    def __call__(self, value: Any) -> None:
        """Raises GeneratorExit when the stream is closed."""
        slot, problem = Slot(), Problem()
        if self.never_blocks:
            done = yielder_yield(self.yielder, slot.put(value), ctypes.addressof(problem))
        else:
            done = yielder_exchange(self.yielder, slot.put(value), None, ctypes.addressof(problem))
        if not done:
            problem.raise_from(self.yielder)


sources: dict[int, Source] = {}


@lasting(FUNCTION)
def run_source(yielder: int, key: int, error: int) -> None:
    """On the worker."""
    source = sources[key]
    if not running.enter(source, error, source.stop):
        return
    try:
        source.produce(source, yielder)
    except Closed:
        pass
    except BaseException as raised:
        tell(error, source.take(raised))
    finally:
        running.leave(source)
        del source


@lasting(DESTROY)
def end_source(key: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    """At home, when it will not be run any more."""
    if not is_finalizing():
        source = sources.pop(key)
        source.find = source.iterator = None


class Inbox:
    """What has come from a stream and nobody has taken yet, and those who wait for more."""

    def __init__(self, stream: Any, failure: Optional[Failure]) -> None:
        self.address = address_of(stream)
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

    def ask(self, loop: Any) -> None:
        if self.is_asking:
            return
        self.is_begun = self.is_asking = True
        if self.cancellable is None:
            self.cancellable = Gio.Cancellable()
        cancellable = address_of(self.cancellable)
        if self.is_exact:
            begin(loop, stream_next_async, self.address, cancellable, answer=self.got_one)
        else:
            begin(loop, stream_batch_async, self.address, BATCH, cancellable, answer=self.got_batch)

    def got_one(self, stream: int, result: int) -> None:
        box = self.got(stream_next_finish, stream, result)
        if _gi._gvalue_get_type(box) != GObject.TYPE_INVALID:
            self.values.append(unboxed(box))
        elif not self.errors:
            self.is_done = bool(stream_is_done(stream))

    def got_batch(self, stream: int, result: int) -> None:
        box = self.got(stream_batch_finish, stream, result)
        if _gi._gvalue_get_type(box) != GObject.TYPE_INVALID:
            values = box.get_value()
            self.values.extend(values)
            self.is_done = not values

    def got(self, finish: Callable[..., bool], stream: int, result: int) -> Any:
        box, problem = GObject.Value(), Problem()
        self.is_asking = False
        if not finish(stream, result, address_of(box), ctypes.addressof(problem)):
            error = problem.take()
            if self.cancellable.is_cancelled():
                self.cancellable = None
            else:
                self.errors.append(self.failure.of(error) if self.failure else error)
                if self.failure:
                    self.failure.error = None  # it comes once
        for future in self.waiters:
            wake(future)
        self.waiters.clear()
        return box

    def look(self) -> bool:
        """Whether there is a value."""
        if not self.values and self.is_buffered and stream_try_next(self.address, address_of(self.box)):
            self.values.append(unboxed(self.box))
            self.box.unset()
        return bool(self.values)

    async def wait(self) -> None:
        """Until there is a value."""
        loop = asyncio.get_running_loop()
        while not self.values:
            if self.errors:
                reraise(self.errors)
            if self.is_done:
                raise StopAsyncIteration
            self.ask(loop)
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
        check(function)
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
            errors = [exception_of(self, error)]
        del self, result
        reraise(errors)

    def send(self, value: Any) -> None:
        super().send(native(value))

    @classmethod
    def for_iterator(cls, iterator: Iterable[Any], *, buffer_maxsize: Optional[int] = None,
                     executor: Any = None) -> Any:
        """A stream of what an iterator gives, which is iterated on a worker. Without a
        `buffer_maxsize` it is not bounded."""
        return stream_of(Source.iterate, lambda: iterator, buffer_maxsize, executor, iterator)

    @classmethod
    def for_generator(cls, generator: Generator[Any, Any, Any], *, buffer_maxsize: Optional[int] = None,
                      executor: Any = None) -> Any:
        """A stream of what a generator yields, which is a `collections.abc.AsyncGenerator`. Without
        a `buffer_maxsize` it is in lock-step: the generator runs when a value is asked for."""
        return stream_of(Source.generate, lambda: generator, buffer_maxsize, executor, generator)

    @classmethod
    def for_callback(cls, runner: Callable[[Callable[[Any], None]], Any], *,
                     buffer_maxsize: Optional[int] = None, executor: Any = None) -> Any:
        """A stream of the values with which a blocking function, run on a worker, calls back."""
        check(runner)
        return stream_of(Source.call_back, lambda: runner, buffer_maxsize, executor)

    @property
    def _inbox(self) -> Inbox:
        inbox: Optional[Inbox] = self.__dict__.get("_athr_inbox")
        if inbox is None:
            inbox = self.__dict__["_athr_inbox"] = Inbox(self, self.__dict__.get("_athr_failure"))
            self.__dict__["_athr_values"] = inbox.values
        return inbox

    async def __aenter__(self) -> Stream:
        context = context_of(asyncio.get_running_loop())
        push_context(context)
        self.start()
        pop_context(context)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        try:
            return self._athr_values.popleft()
        except (AttributeError, IndexError):
            pass
        inbox = self._inbox
        if not inbox.look():
            await inbox.wait()
        return inbox.values.popleft()

    async def aclose(self) -> None:
        """Stops the producer and waits until none of its code runs. What it has yielded before can
        still be taken."""
        def answer(stream: int, result: int) -> None:
            problem = Problem()
            done = stream_close_finish(stream, result, ctypes.addressof(problem))
            wake(future, [] if done else [exception_of(self, problem.take())])

        source: Optional[Failure] = self.__dict__.get("_athr_failure")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        begin(loop, stream_close_async, address_of(self), None, answer=answer)
        if isinstance(source, Source):
            source.close()
        errors = await future
        if errors:
            del self, source, future, answer
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
            slot = Slot()
            stream_send(inbox.address, slot.put(value))
        return await self.__anext__()

    async def athrow(self, typ: Any, val: Any = None, tb: Optional[types.TracebackType] = None) -> Any:
        inbox = self._inbox
        if inbox.waiters:
            raise RuntimeError("athrow(): asynchronous generator is already running")
        if inbox.is_done:
            raise StopAsyncIteration
        if isinstance(typ, type) and issubclass(typ, BaseException):
            typ = val if isinstance(val, BaseException) else typ() if val is None else typ(val)
        if not isinstance(typ, BaseException):
            raise TypeError(f"exceptions must be classes or instances deriving from BaseException, not {kind_of(typ)}")
        number = next(numbers)
        inbox.failure.thrown[number] = typ if tb is None else typ.with_traceback(tb)  # type: ignore[union-attr]
        self.throw_literal(GLib.quark_from_string(DOMAIN), number, marker(typ).message)
        return await self.__anext__()

    async def __anext__(self) -> Any:
        if self._inbox.waiters:
            raise RuntimeError("anext(): asynchronous generator is already running")
        return await super().__anext__()


numbers = (number & 0x7fffffff for number in count(1))


def stream_of(produce: Callable[[Source, int], None], find: Callable[[], Any], buffer_maxsize: Optional[int],
              executor: Any, iterator: Any = None) -> Any:
    check(find, executor=executor, buffer_maxsize=buffer_maxsize)
    is_generator = produce is Source.generate
    source = Source(find, produce, buffer_maxsize is None and not is_generator)
    if iterator is not None:
        source.set_iterator(iterator)
        source.is_begun = source.is_native and inspect.getgeneratorstate(iterator) != inspect.GEN_CREATED
    sources[id(source)] = source
    stream = taken(Athr.Stream, stream_new(run_source, id(source), end_source))
    stream.set_buffer_size(UNLIMITED if source.is_unlimited else buffer_maxsize or 0)
    if executor is not None:
        stream.set_executor(executor)
    if is_generator:
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
        check(fn, **options)
        return functools.wraps(fn)(wrap(fn, **options))
    return decorate


@decorator
def call(fn: Callable[..., Any], *, executor: Any = None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Makes a blocking function asynchronous: it runs on a worker."""
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await work_out(functools.partial(fn, *args, **kwargs), executor)
    wrapper.executor = executor  # type: ignore[attr-defined]
    return wrapper


def streams(produce: Callable[[Source, int], None]) -> Callable[..., Any]:
    def wrap(fn: Callable[..., Any], *, buffer_maxsize: Optional[int] = None, executor: Any = None) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            find: Callable[[], Any] = functools.partial(fn, *args, **kwargs)
            if produce is Source.call_back:
                def runner(callback: Callable[[Any], None]) -> Any:
                    return fn(callback, *args, **kwargs)
                find = lambda: runner  # noqa: E731
            return stream_of(produce, find, buffer_maxsize, executor)
        return wrapper
    return decorator(wrap)


iterate = streams(Source.iterate)
generate = streams(Source.generate)
iterate_callback = streams(Source.call_back)


class Once:
    """A callback whose first value counts. Afterwards it raises GeneratorExit, to end who calls it."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.futures = [future]

    def __call__(self, value: Any) -> None:
        if not self.tell([value]):
            raise Closed

    def __del__(self) -> None:
        self.tell([])  # nobody can call it any more

    def tell(self, values: list[Any]) -> bool:
        try:
            future = self.futures.pop()  # by one thread
            if future.cancelled():
                return False
            future.get_loop().call_soon_threadsafe(wake, future, values)
        except (IndexError, RuntimeError):  # it was called before, or the loop is closed
            return False
        return True


@decorator
def single_callback(fn: Callable[..., Any], *, executor: Any = None) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Makes a blocking function asynchronous that tells its result by a callback, its first argument: while
    it runs or later."""
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        loop = asyncio.get_running_loop()
        called: asyncio.Future[list[Any]] = loop.create_future()
        work = Work(loop, functools.partial(fn, Once(called), *args, **kwargs), executor)
        try:
            await asyncio.wait((work.future, called), return_when=asyncio.FIRST_COMPLETED)
            if not called.done():
                work.result()
            values = await called
        finally:
            called.cancel()
            if not work.future.done():
                work.future.cancel()
                work.cancel()
        if not values:
            raise RuntimeError(f"{fn!r} has not called back")
        return values[0]
    return wrapper


# Functions of C

async def invoke(name: str, *arguments: Any, executor: Any = None, priority: int = GLib.PRIORITY_DEFAULT,
                 cancellable: Any = None) -> Any:
    """Runs an introspected function of C on a worker, and gives what it gives when it is called directly:
    `await Athr.invoke("Gio.File.load_contents", file, None)`."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a function is needed, not {kind_of(name)}")
    check_object("executor", executor, Athr.Executor, "an Athr.Executor")
    check_object("cancellable", cancellable, Gio.Cancellable, "a Gio.Cancellable")
    from gi.overrides import AthrInvoke  # which is not everywhere

    call = taken(Athr.Call, AthrInvoke.call_of(name, arguments))
    if executor is not None:
        call.set_executor(executor)
    call.set_priority(priority)
    box, errors = await outcome(call, cancellable)
    if errors:
        reraise(errors)
    return AthrInvoke.result_of(box)
