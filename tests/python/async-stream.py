# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutines iterate the values of blocking producers."""

import asyncio
import gc
import threading
import traceback
import weakref
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from gi.repository import Athr, Gio, GLib, GObject

VALUES = [1, None, "", 2.0, True, -1, 2**31, 2**64, "a\0b", "\ud800", "\u00e4", b"\0", (), [1], {"a": 1}, object(), int,
          GLib.Variant("i", 1), Gio.File.new_for_path("/"), ValueError("no error")]
FEW = [1, None, "", 2.0]


class Row(GObject.Object):
    """Rows with equal numbers are equal."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __hash__(self):
        return hash(self.number)


class Bare(GObject.Object):
    def __init__(self):
        pass


VALUES += [Row(16), Bare()]


def produce(values=FEW):
    yield from values


def call_back(callback, values=FEW):
    for value in values:
        callback(value)


@Athr.iterate
def aiterate(values=FEW):
    yield from values


@Athr.iterate()
def aiterate_called(values=FEW):
    yield from values


@Athr.iterate(executor=Athr.Executor.new("iterate", 2), buffer_maxsize=2)
def aiterate_options(values=FEW):
    yield from values


@Athr.generate
def agenerate(values=FEW):
    yield from values


@Athr.generate(executor=Athr.Executor.new("generate", 2), buffer_maxsize=3)
def agenerate_options(values=FEW):
    yield from values


@Athr.iterate_callback
def acall_back(callback, values=FEW):
    call_back(callback, values)


STREAMS = {
    "iterate": Athr.iterate(produce),
    "iterate-plain": aiterate,
    "iterate-called": aiterate_called,
    "iterate-options": aiterate_options,
    "for-iterator": lambda values=FEW: Athr.Stream.for_iterator(values),
    "for-iterator-bounded": lambda values=FEW: Athr.Stream.for_iterator(values, buffer_maxsize=1),
    "generate": Athr.generate()(produce),
    "generate-plain": agenerate,
    "generate-options": agenerate_options,
    "for-generator": lambda values=FEW: Athr.Stream.for_generator(produce(values)),
    "callback": Athr.iterate_callback(call_back),
    "callback-plain": acall_back,
    "callback-bounded": Athr.iterate_callback(buffer_maxsize=2)(call_back),
    "for-callback": lambda values=FEW: Athr.Stream.for_callback(lambda callback: call_back(callback, values)),
}
stream_kinds = pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS.keys())


@stream_kinds
async def test_values_in_order(make):
    async with make() as stream:
        assert [value async for value in stream] == FEW
        assert [value async for value in stream] == []


@stream_kinds
async def test_without_entering(make):
    assert [value async for value in make()] == FEW


@stream_kinds
async def test_any_value(make):
    got = [value async for value in make(VALUES)]
    assert len(got) == len(VALUES)
    for value, expected in zip(got, VALUES):
        assert type(value) is type(expected)
        if not isinstance(expected, (str, int, float)):
            assert value is expected
        assert value == expected


@stream_kinds
async def test_many_values(make):
    assert [value async for value in make(range(2000))] == list(range(2000))


@stream_kinds
async def test_error_at_its_place(make):
    def numbers():
        yield 1
        yield 2
        raise ValueError("reason")

    got = []
    async with make(numbers()) as stream:
        with pytest.raises(ValueError, match="reason") as info:
            async for value in stream:
                got.append(value)
        assert got == [1, 2]
        assert traceback.extract_tb(info.value.__traceback__)[-1].name == "numbers"
        assert [value async for value in stream] == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
async def test_any_exception(kind):
    def fail(callback):
        raise error from cause

    error, cause = kind("reason"), KeyError()
    try:
        await anext(Athr.Stream.for_callback(fail))
    except BaseException as got:
        assert got is error
        assert got.__cause__ is cause
    else:
        raise AssertionError("nothing was raised")


def fail_with(error):
    raise error


# PyGObject lets a program make an error of C with fields that no error of C has.
ERRORS_THAT_C_CANNOT_HAVE = [
    GLib.Error(ValueError("reason")), GLib.Error(None), GLib.Error("a\0b"), GLib.Error("\udce9"), GLib.Error("text", None),
    GLib.Error("text", "a\0b"), GLib.Error("text", "domain", 2**40), GLib.Error("text", "domain", None)]

FAILING = {
    "iterator": lambda error: anext(Athr.Stream.for_iterator(map(fail_with, [error]))),
    "callback": lambda error: anext(Athr.Stream.for_callback(lambda callback: fail_with(error))),
    "function": lambda error: anext(Athr.Stream.new(lambda yielder: fail_with(error))),
    "map": lambda error: anext(Athr.map(fail_with, [error])),
    "call": lambda error: Athr.Call.new(lambda call: fail_with(error)),
    "question": lambda error: Athr.Call.new(lambda call: call.ask(lambda question: question.fail(error))),
}


@pytest.mark.parametrize("number", range(len(ERRORS_THAT_C_CANNOT_HAVE)))
@pytest.mark.parametrize("begin", FAILING.values(), ids=FAILING.keys())
async def test_an_error_that_c_cannot_have(begin, number):
    error = ERRORS_THAT_C_CANNOT_HAVE[number]
    try:
        await begin(error)
    except GLib.Error as got:
        assert got is error
    else:
        raise AssertionError("nothing was raised")


async def test_end_that_is_an_error():
    def fail(callback):
        raise StopAsyncIteration

    with pytest.raises(RuntimeError):
        await anext(Athr.Stream.for_callback(fail))


async def test_error_of_the_function():
    with pytest.raises(TypeError):
        async for _ in aiterate(unknown=1):
            pass


def test_kinds():
    for name, make in STREAMS.items():
        stream = make()
        assert isinstance(stream, Athr.Stream)
        assert isinstance(stream, AsyncIterator)
        assert isinstance(stream, AsyncGenerator) is ("generat" in name)
    assert [f.__name__ for f in (aiterate, aiterate_called, aiterate_options, agenerate, acall_back)] == [
        "aiterate", "aiterate_called", "aiterate_options", "agenerate", "acall_back"]


def test_properties_from_options():
    executor = Athr.Executor.new("options", 2)
    for function in (Athr.iterate, Athr.generate, Athr.iterate_callback):
        stream = function(executor=executor, buffer_maxsize=5)(produce)()
        assert stream.props.executor is executor
        assert stream.props.buffer_size == 5
    assert Athr.iterate(produce)().props.buffer_size == 2**32 - 1
    assert Athr.generate(produce)().props.buffer_size == 0


@stream_kinds
async def test_runs_on_workers_only(make):
    threads = set()

    class Numbers:
        def __iter__(self):
            threads.add(threading.get_ident())
            return self

        def __init__(self):
            self.numbers = iter(range(5))

        def __next__(self):
            threads.add(threading.get_ident())
            return next(self.numbers)

    numbers = Numbers()
    assert [value async for value in make(numbers)] == list(range(5))
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("function", [Athr.iterate, Athr.generate], ids=["iterate", "generate"])
async def test_buffer_stops_the_producer(function, size):
    made = []

    def numbers():
        for number in range(20):
            made.append(number)
            yield number

    stream = function(numbers, buffer_maxsize=size)()
    async with stream:
        for taken in range(5):
            while len(made) < taken + size or stream.props.n_buffered < size:
                await asyncio.sleep(0.001)
            assert len(made) == taken + size
            assert await anext(stream) == taken
        while stream.props.n_buffered < size:
            await asyncio.sleep(0.001)
    assert len(made) == 5 + size
    assert [value async for value in stream] == made[5:]


async def test_lock_step_makes_nothing_in_advance():
    made = []

    def numbers():
        for number in range(5):
            made.append(number)
            yield number

    executor = Athr.Executor.new("lock-step", 2)
    stream = Athr.generate(numbers, executor=executor)()
    async with stream:
        assert (executor.get_n_queued(), executor.get_n_running(), made) == (0, 0, [])
        assert await anext(stream) == 0
        while executor.get_n_running():  # until the generator waits for the next request
            await asyncio.sleep(0)
        assert made == [0]
    assert [value async for value in stream] == []


async def test_entering_fills_the_buffer():
    ended = threading.Event()

    def numbers():
        yield from range(100)
        ended.set()

    async with Athr.iterate(numbers)() as stream:
        await Athr.call(ended.wait)()
    assert [value async for value in stream] == list(range(100))


def infinite(ended):
    number = 0
    try:
        while True:
            yield number
            number += 1
    finally:
        ended.append(threading.get_ident())


@pytest.mark.parametrize("size", [None, 0, 1, 64])
@pytest.mark.parametrize("function", [Athr.iterate, Athr.generate], ids=["iterate", "generate"])
async def test_leaving_by_break(function, size):
    ended = []
    async with function(infinite, buffer_maxsize=size)(ended) as stream:
        async for value in stream:
            if value == 3:
                break
    assert len(ended) == 1  # leaving the stream has waited for the producer
    assert ended[0] != threading.get_ident()


async def test_leaving_a_callback_by_break():
    ended = []

    def forever(callback):
        try:
            while True:
                callback(1)
        finally:
            ended.append(1)

    async with Athr.iterate_callback(forever)() as stream:
        async for _ in stream:
            break
    assert ended == [1]


async def test_dropping_ends_the_producer():
    for function in (Athr.iterate, Athr.generate):
        ended = []
        stream = function(infinite, buffer_maxsize=2)(ended)
        assert await anext(stream) == 0
        reference = weakref.ref(stream)
        del stream
        gc.collect()
        assert reference() is None
        while not ended:
            await asyncio.sleep(0.001)
        assert ended[0] != threading.get_ident()


class Never:
    """An iterator whose step returns only after interrupt() or close()."""

    def __init__(self):
        self.entered = threading.Event()
        self.interrupted = threading.Event()
        self.stepped_on = []
        self.interrupted_on = []
        self.closed_on = []

    def __iter__(self):
        return self

    def __next__(self):
        self.entered.set()
        self.interrupted.wait()
        self.stepped_on.append(threading.get_ident())
        raise StopIteration

    def send(self, value):
        return next(self)

    def throw(self, *error):
        raise error[0]

    def interrupt(self):
        self.interrupted_on.append(threading.get_ident())
        self.interrupted.set()

    def close(self):
        self.closed_on.append(threading.get_ident())
        self.interrupted.set()

    def assert_interrupted_then_closed(self):
        [interrupter], [worker] = self.interrupted_on, self.stepped_on
        assert len({interrupter, worker, threading.get_ident()}) == 3
        assert self.closed_on == [worker]


NEVER = {
    "for-iterator": lambda never, **options: Athr.Stream.for_iterator(never, **options),
    "for-generator": lambda never, **options: Athr.Stream.for_generator(never, **options),
    "iterate": lambda never, **options: Athr.iterate(lambda: never, **options)(),
    "generate": lambda never, **options: Athr.generate(lambda: never, **options)(),
}
never_kinds = pytest.mark.parametrize("make", NEVER.values(), ids=NEVER.keys())


@never_kinds
async def test_closing_what_never_yields(make):
    never = Never()
    stream = make(never, interrupt=never.interrupt, executor=Athr.Executor.new("never", 1))

    async def take():
        return [value async for value in stream]

    task = asyncio.ensure_future(take())
    await Athr.call(never.entered.wait)()
    await stream.aclose()
    assert await task == []
    never.assert_interrupted_then_closed()


@never_kinds
async def test_what_never_yields_is_closed_from_outside(make):
    never = Never()
    async with make(never) as stream:
        asyncio.get_running_loop().call_later(0.005, never.close)
        assert [value async for value in stream] == []


async def test_cancelling_in_a_context_stops_the_producer():
    for function in (Athr.iterate, Athr.generate):
        never = Never()

        async def take():
            async with function(lambda: never, interrupt=never.interrupt)() as stream:
                async for _ in stream:
                    pass

        task = asyncio.ensure_future(take())
        await Athr.call(never.entered.wait)()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        never.assert_interrupted_then_closed()


async def test_cancelled_wait_loses_no_value():
    gate = threading.Event()

    def numbers():
        gate.wait()
        yield from range(5)

    for function in (Athr.iterate(numbers), Athr.generate(numbers), Athr.iterate(numbers, buffer_maxsize=1)):
        gate.clear()
        async with function() as stream:
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(anext(stream), 0.002)
            gate.set()
            assert [value async for value in stream] == list(range(5))


async def test_two_tasks_share_a_stream():
    async def take():
        return [value async for value in stream]

    for size in (None, 3):
        async with Athr.iterate(produce, buffer_maxsize=size)(range(1000)) as stream:
            first, second = await asyncio.gather(take(), take())
        assert sorted(first + second) == list(range(1000))


async def test_parallel_streams():
    executor = Athr.Executor.new("eight", 8)
    barrier = threading.Barrier(8)

    def meet():
        for number in range(3):
            barrier.wait()
            yield number

    async def take():
        async with Athr.iterate(meet, executor=executor)() as stream:
            return [value async for value in stream]

    assert await asyncio.gather(*(take() for _ in range(8))) == [[0, 1, 2]] * 8


async def test_32_producers_on_full_buffers():
    executor = Athr.Executor.new("many", 32)

    async def take(index):
        stream = Athr.iterate(produce, buffer_maxsize=1, executor=executor)([f"{index} {i}" for i in range(50)])
        return [value async for value in stream]

    assert await asyncio.gather(*map(take, range(32))) == [[f"{index} {i}" for i in range(50)] for index in range(32)]


async def test_error_of_the_end_is_that_of_close():
    def numbers():
        try:
            while True:
                yield 1
        finally:
            raise ValueError("in the end")

    for function in (Athr.iterate, Athr.generate):
        with pytest.raises(ValueError, match="in the end"):
            async with function(numbers, buffer_maxsize=1)() as stream:
                assert await anext(stream) == 1


async def test_close_twice_and_before_the_start():
    ran = []
    stream = Athr.iterate(lambda: ran.append(1) or produce())()
    await stream.aclose()
    await stream.aclose()
    assert [value async for value in stream] == []
    assert ran == []


async def test_functions_of_c():
    def fail(yielder):
        yielder.yield_value("x")
        raise ValueError("reason")

    stream = Athr.Stream.new(fail)
    assert await anext(stream) == "x"
    with pytest.raises(ValueError, match="reason"):
        await anext(stream)
    assert stream.props.error.message == "ValueError: reason"
    assert [value async for value in stream] == []


async def test_steps():
    numbers = iter(range(1000))

    def step(yielder):
        number = next(numbers, None)
        yielder.end() if number is None else yielder.yield_value(number)

    assert [value async for value in Athr.Stream.new_steps(step)] == list(range(1000))


async def test_single_callback():
    def once(callback, value):
        callback(value)

    for function in (Athr.single_callback(once), Athr.single_callback()(once),
                     Athr.single_callback(executor=Athr.Executor.new("one", 1))(once)):
        assert function.__name__ == "once"
        for value in (1, None, "", VALUES):
            assert await function(value) is value


async def test_single_callback_takes_the_first():
    ended = threading.Event()

    @Athr.single_callback
    def forever(callback):
        try:
            while True:
                callback("first")
        finally:
            ended.set()

    assert await forever() == "first"
    await Athr.call(ended.wait)()


async def test_single_callback_fails():
    with pytest.raises(RuntimeError):
        await Athr.single_callback(lambda callback: None)()
    with pytest.raises(ZeroDivisionError):
        await Athr.single_callback(lambda callback: 1 / 0)()


async def test_single_callback_that_comes_later():
    """The function passes its callback to another thread and returns."""
    def call(callback):
        gate.wait()
        callback("later")
        called.set()

    @Athr.single_callback
    def later(callback):
        threading.Thread(target=call, args=(callback,)).start()

    gate, called = threading.Event(), threading.Event()
    task = asyncio.ensure_future(later())
    assert await asyncio.wait([task], timeout=0.01) == (set(), {task})
    gate.set()
    assert await task == "later"
    await Athr.call(called.wait)()


async def test_single_callback_dropped_without_a_call():
    kept = []

    @Athr.single_callback
    def keep(callback):
        kept.append(callback)

    task = asyncio.ensure_future(keep())
    while not kept:
        await asyncio.sleep(0.001)
    kept.clear()
    with pytest.raises(RuntimeError, match="has not called back"):
        await task


async def test_single_callback_cancelled():
    """The late call of the callback raises GeneratorExit, which ends the function."""
    running, gate, ended = threading.Event(), threading.Event(), threading.Event()

    @Athr.single_callback
    def slow(callback):
        running.set()
        gate.wait()
        try:
            callback("late")
        except GeneratorExit:
            ended.set()

    task = asyncio.ensure_future(slow())
    await Athr.call(running.wait)()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await Athr.call(ended.wait)()


@pytest.mark.parametrize("buffer_maxsize", [None, 1])
async def test_a_close_ends_what_catches_exceptions(buffer_maxsize):
    ended = threading.Event()

    @Athr.iterate_callback(buffer_maxsize=buffer_maxsize)
    def forever(callback):
        try:
            while True:
                try:
                    callback(1)
                except Exception:
                    pass
        finally:
            ended.set()

    async with forever() as stream:
        assert await anext(stream) == 1
    assert ended.is_set()


async def test_a_callback_that_is_kept():
    kept = []
    stream = Athr.Stream.for_callback(kept.append)
    assert [value async for value in stream] == []
    with pytest.raises(GeneratorExit):
        kept[0](1)


@pytest.mark.parametrize("make", [lambda: Athr.Stream.for_iterator(range(100)),
                                  lambda: Athr.Stream.for_callback(lambda callback: [*map(callback, range(100))])],
                         ids=["iterator", "callback"])
async def test_bounded_after_all(make):
    """The owner sets a limit before the start, so the producer blocks. The producer must not hold the GIL then."""
    stream = make()
    stream.set_buffer_size(2)
    async with stream:
        while stream.props.n_buffered < 2:
            await asyncio.sleep(0.001)
        assert [value async for value in stream] == list(range(100))


def test_signals_in_a_glib_main_loop():
    values = [1, "x", (), 2**40]
    for make in STREAMS.values():
        got = []
        stream = make(values)
        stream.connect("value", lambda stream, value: got.append(value))
        stream.connect("finished", lambda stream: loop.quit())
        stream.props.flowing = True
        loop = GLib.MainLoop()
        loop.run()
        assert got == values


# Exceptions that nobody receives

class Mine(Exception):
    pass


def produce_and_fail(yield_):
    yield_(1)
    raise Mine("of mine")


def generate_and_fail(*_):
    yield 1
    raise Mine("of mine")


def step_and_fail(yielder):
    raise Mine("of mine")


def fail(_):
    raise Mine("of mine")


FAILING = {
    "iterate": lambda: Athr.iterate(generate_and_fail)(),
    "iterate bounded": lambda: Athr.iterate(generate_and_fail, buffer_maxsize=2)(),
    "generate": lambda: Athr.generate(generate_and_fail, buffer_maxsize=2)(),
    "iterate_callback": lambda: Athr.iterate_callback(produce_and_fail)(),
    "Stream.new": lambda: Athr.Stream.new(lambda yielder: produce_and_fail(yielder.yield_value)),
    "Stream.new_steps": lambda: Athr.Stream.new_steps(step_and_fail),
    "map": lambda: Athr.map(fail, [1]),
    "items of a map": lambda: Athr.map(abs, generate_and_fail()),
}


async def pause():
    """gi.events runs a timer a millisecond early. So a coroutine that sleeps for one millisecond in a loop keeps the
    main loop busy, and the main loop does not come to what has a lower priority, such as the state of a stream."""
    await asyncio.sleep(0.005)


async def take_all_of(stream):
    async for _ in stream:
        pass


async def finish(stream):
    while stream.get_state() in (Athr.StreamState.INITIAL, Athr.StreamState.RUNNING):
        await pause()


@pytest.fixture(params=FAILING.values(), ids=FAILING.keys())
def new_failing(request):
    return request.param


async def is_freed(reference):
    while reference():
        gc.collect()
        await pause()
    await Athr.call(abs)(1)
    gc.collect()
    return True


async def drop(stream):
    """The producer has failed. No coroutine looks."""


async def close(stream):
    await stream.aclose()


@pytest.mark.parametrize("leave", [drop, close])
async def test_an_exception_that_nobody_receives_is_reported(new_failing, leave):
    reports = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(str(context["exception"])))
    stream = new_failing()
    await stream.__aenter__()
    await finish(stream)
    await leave(stream)
    del stream
    while not reports:
        gc.collect()
        await pause()
    gc.collect()
    assert reports == ["of mine"]


async def take_batches(stream):
    while await stream.next_batch_async(1):
        pass


async def take_in_a_function(stream):
    await Athr.call(lambda: list(iter(stream.next, "never")))()


async def ask_for_the_error(stream):
    await finish(stream)
    while stream.try_next():
        pass
    raise stream.get_error()


@pytest.mark.parametrize("receive", [take_all_of, take_batches, take_in_a_function, ask_for_the_error])
async def test_an_exception_that_was_received_is_not_reported(new_failing, receive, caplog):
    stream = new_failing()
    await stream.__aenter__()
    with pytest.raises(Mine):
        await receive(stream)
    reference = weakref.ref(stream)
    del stream
    assert await is_freed(reference)
    assert not caplog.records


async def test_an_exception_of_a_producer_that_was_left_is_not_reported(caplog):
    def produce():
        try:
            for number in range(1000):
                yield number
        finally:
            ended.set()
            raise Mine

    for make in Athr.iterate(produce, buffer_maxsize=1), Athr.generate(produce), lambda: Athr.map(abs, produce()):
        ended = threading.Event()
        stream = make()
        await anext(stream)
        reference = weakref.ref(stream)
        del stream
        await asyncio.to_thread(ended.wait)
        assert await is_freed(reference)
    assert not caplog.records


def test_an_exception_that_a_list_model_has():
    stream = Athr.map(fail, [1])
    rows = Athr.StreamListModel.new(stream, Row)
    while rows.props.loading:
        GLib.MainContext.default().iteration(True)
    assert rows.get_error().message == "Mine: of mine"
    assert isinstance(stream.get_error(), Mine)


def test_the_item_type_of_a_list_model():
    for kind, name in (str, "str"), (int, "int"), (None, "None"), (GObject.Value, "Value"), (7, "7"):
        with pytest.raises(TypeError, match=f"^item_type must be a GObject class, not {name}$"):
            Athr.StreamListModel.new(None, kind)
    for kind in Row, Gio.File, GObject.Object, Row.__gtype__:
        assert Athr.StreamListModel.new(None, kind).get_item_type() == GObject.GType(kind)


def test_objects_in_a_list_model():
    files = [Gio.File.new_for_path(f"/{number}") for number in range(50)]
    model = Athr.StreamListModel.new(Athr.Stream.for_iterator(files), Gio.File)
    while model.props.loading:
        GLib.MainContext.default().iteration(True)
    assert model.props.error is None
    assert list(model) == files


def test_loop_closed_with_a_stream_outstanding(capfd):
    ended = []
    loop = asyncio.new_event_loop()
    stream = Athr.iterate(infinite, buffer_maxsize=1)(ended)
    assert loop.run_until_complete(anext(stream)) == 0
    never = Never()
    other = Athr.iterate(lambda: never)()
    task = loop.create_task(anext(other))
    loop.run_until_complete(asyncio.sleep(0))
    task._log_destroy_pending = False
    loop.close()
    never.close()
    assert asyncio.run(anext(stream)) == 1  # the stream continues under the next event loop
    asyncio.run(stream.aclose())
    assert len(ended) == 1
    assert capfd.readouterr() == ("", "")
