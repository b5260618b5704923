# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Only workers call an iterator, one at a time, also when its stream is left."""

import asyncio
import gc
import os
import sqlite3
import threading
import time

import pytest
from gi.repository import Athr, GLib

ROWS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i from n"


class Numbers:
    """An iterator that records its threads, and fails when two threads are in it. A gate can stop each step."""

    def __init__(self, n=10, close_error=None):
        self.numbers = iter(range(n))
        self.close_error = close_error
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.calls = []

    def __iter__(self):
        return self

    def enter(self, name):
        assert self.lock.acquire(blocking=False), "two threads are in the iterator"
        self.calls.append((name, threading.get_ident()))

    def __next__(self):
        self.enter("next")
        self.entered.set()
        self.gate.wait()
        self.lock.release()
        return next(self.numbers)

    def send(self, value):
        return next(self)

    def throw(self, error):
        self.enter("throw")
        self.lock.release()
        raise error

    def close(self):
        self.enter("close")
        self.lock.release()
        if self.close_error is not None:
            raise self.close_error

    def n_closes(self):
        return [name for name, _ in self.calls].count("close")

    def assert_used_well(self, one_thread=False):
        threads = {thread for _, thread in self.calls}
        assert threading.get_ident() not in threads
        assert len(threads) == 1 or not one_thread
        assert self.calls[-1][0] == "close"
        assert self.n_closes() == 1


STREAMS = {
    "for-iterator": lambda numbers, **options: Athr.Stream.for_iterator(numbers, **options),
    "for-generator": lambda numbers, **options: Athr.Stream.for_generator(numbers, **options),
    "iterate": lambda numbers, **options: Athr.iterate(lambda: numbers, **options)(),
    "generate": lambda numbers, **options: Athr.generate(lambda: numbers, **options)(),
}
stream_kinds = pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS.keys())
given_kinds = pytest.mark.parametrize("make", list(STREAMS.values())[:2], ids=list(STREAMS)[:2])


@pytest.mark.parametrize("size", [None, 0, 2])
@pytest.mark.parametrize("n", [0, 3, 100])
@stream_kinds
async def test_left_half_way_or_at_the_end(make, n, size):
    numbers = Numbers(n)
    async with make(numbers, buffer_maxsize=size, executor=Athr.Executor.new("one", 1)) as stream:
        async for number in stream:
            if number == 4:
                break
    numbers.assert_used_well(one_thread=True)
    await stream.aclose()
    numbers.assert_used_well()


@given_kinds
async def test_closed_before_the_start(make):
    numbers = Numbers()
    await make(numbers).aclose()
    numbers.assert_used_well()
    assert len(numbers.calls) == 1


@given_kinds
async def test_closed_before_the_start_with_a_closed_executor(make):
    numbers, executor = Numbers(), Athr.Executor.new("closed", 2)
    stream = make(numbers, executor=executor)
    executor.close_async(False, None, None)
    await stream.aclose()
    numbers.assert_used_well()


@given_kinds
async def test_an_iterator_of_the_program_stays_open_until_the_stream_is_left(make):
    numbers = Numbers(2)
    stream = make(numbers)
    assert [number async for number in stream] == [0, 1]
    assert numbers.n_closes() == 0
    await stream.aclose()
    numbers.assert_used_well()


async def test_a_generator_is_closed_on_a_worker_before_the_start():
    def generate():
        try:
            yield 1
            yield 2
        finally:
            closed_on.append(threading.get_ident())

    closed_on = []
    generator = generate()
    assert next(generator) == 1
    await Athr.Stream.for_generator(generator).aclose()
    assert len(closed_on) == 1
    assert closed_on[0] != threading.get_ident()


@stream_kinds
async def test_leaving_waits_for_the_step_and_lets_the_loop_run(make):
    numbers = Numbers()
    numbers.gate.clear()
    stream = make(numbers)
    reader = asyncio.ensure_future(anext(stream, None))
    await Athr.call(numbers.entered.wait)()
    for _ in range(2):  # a time-out abandons only the wait
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stream.aclose(), 0.005)
        assert numbers.n_closes() == 0
    closing = asyncio.ensure_future(stream.aclose())
    await asyncio.sleep(0)
    numbers.gate.set()
    await closing
    await reader
    numbers.assert_used_well()


async def test_a_pipe_left_while_its_reader_waits():
    reader, writer = os.pipe()
    lines = open(reader, "rb")
    os.write(writer, b"first\n")
    async with Athr.Stream.for_iterator(lines) as stream:
        assert await anext(stream) == b"first\n"
        asyncio.get_running_loop().call_later(0.02, os.close, writer)  # only a loop that runs ends the read
    assert lines.closed


@pytest.mark.parametrize("size", [None, 2])
@pytest.mark.parametrize("is_read", [False, True], ids=["half-way", "read"])
async def test_rows_of_sqlite(size, is_read):
    """sqlite refuses every thread but the thread that has made the cursor."""
    @Athr.iterate(buffer_maxsize=size)
    def rows():
        return sqlite3.connect(":memory:").execute(ROWS)

    n = 0
    async with rows() as stream:
        async for _ in stream:
            n += 1
            if not is_read:
                break
    assert n == (1000 if is_read else 1)


async def test_a_folder_left_at_once(tmp_path):
    for number in range(20):
        (tmp_path / str(number)).touch()
    for _ in range(50):
        async with Athr.iterate(os.scandir)(tmp_path) as stream:
            await anext(stream)


@pytest.mark.parametrize("n", [100, 1], ids=["half-way", "at-the-end"])
@stream_kinds
async def test_error_of_close(make, n):
    numbers = Numbers(n, ValueError("in close"))
    with pytest.raises(ValueError, match="in close"):
        async with make(numbers, buffer_maxsize=1) as stream:
            async for _ in stream:
                if n > 1:
                    break
    numbers.assert_used_well()


@given_kinds
async def test_error_of_close_before_the_start(make):
    with pytest.raises(ValueError, match="in close"):
        await make(Numbers(1, ValueError("in close"))).aclose()


async def close(stream):
    await stream.aclose()


async def close_from_c(stream):
    stream.close_async(None, None)


async def cancel(stream):
    closing = asyncio.ensure_future(stream.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing


@pytest.mark.parametrize("leave", [close, close_from_c, cancel])
@stream_kinds
async def test_interrupt(make, leave):
    def interrupt():
        interrupted_on.append(threading.get_ident())
        numbers.gate.set()

    interrupted_on = []
    numbers = Numbers()
    numbers.gate.clear()
    stream = make(numbers, interrupt=interrupt)
    reader = asyncio.ensure_future(anext(stream, None))
    await Athr.call(numbers.entered.wait)()
    await leave(stream)
    await reader
    await stream.aclose()
    assert len(interrupted_on) == 1
    assert interrupted_on[0] not in {threading.get_ident(), *(thread for _, thread in numbers.calls)}
    numbers.assert_used_well()


async def test_interrupt_of_a_dropped_stream():
    numbers = Numbers()
    numbers.gate.clear()
    stream = Athr.iterate(lambda: numbers, interrupt=numbers.gate.set)()
    await stream.__aenter__()
    await Athr.call(numbers.entered.wait)()
    del stream
    gc.collect()
    while not numbers.n_closes():
        await asyncio.sleep(0.01)
    numbers.assert_used_well()


async def test_interrupt_while_every_worker_is_busy():
    executor = Athr.Executor.new("busy", 1)
    numbers = Numbers()
    numbers.gate.clear()
    async with Athr.iterate(lambda: numbers, interrupt=numbers.gate.set, executor=executor)():
        await Athr.call(numbers.entered.wait)()
    numbers.assert_used_well(one_thread=True)


@stream_kinds
async def test_interrupt_that_is_close(make):
    """The worker calls close() only after the interrupting thread has left it."""
    class Interruptible(Numbers):
        def close(self):
            self.gate.set()
            time.sleep(0.005)  # a close() that takes a while, in which no other thread may enter it
            assert not in_close
            in_close.append(1)
            in_close.pop()
            closed.append(threading.get_ident())

    in_close, closed = [], []
    numbers = Interruptible()
    async with make(numbers, buffer_maxsize=1, interrupt=numbers.close) as stream:
        await anext(stream)
    assert len(set(closed)) == len(closed) == 2


async def test_no_interrupt_after_the_end():
    called = []
    async with Athr.iterate(lambda: [1], interrupt=lambda: called.append(1))() as stream:
        assert [value async for value in stream] == [1]
    await Athr.iterate(lambda: [1], interrupt=lambda: called.append(1))().aclose()
    assert called == []


async def test_error_of_interrupt():
    def interrupt():
        numbers.gate.set()
        raise ValueError("in interrupt")

    numbers = Numbers()
    with pytest.raises(ValueError, match="in interrupt"):
        async with Athr.iterate(lambda: numbers, interrupt=interrupt, buffer_maxsize=1)() as stream:
            await anext(stream)
    numbers.assert_used_well()


async def test_error_of_an_interrupted_step():
    """The exception of the step is the answer to the interruption. The stream does not report the exception."""
    def read():
        entered.set()
        interrupted.wait()
        raise ConnectionAbortedError
        yield

    entered, interrupted = threading.Event(), threading.Event()
    async with Athr.iterate(read, interrupt=interrupted.set)():
        await Athr.call(entered.wait)()


def fail_to_clean_up(yielder, error):
    assert threading.current_thread() is not threading.main_thread()
    assert Athr.current().cancelled is False or yielder.is_closed()
    raise error


def step_once(yielder):
    yielder.yield_value(1)
    yielder.end()


def yield_for_ever(yielder):
    while True:
        yielder.yield_value(1)


def yield_and_fail(yielder):
    yielder.yield_value(1)
    raise KeyError("first")


@pytest.mark.parametrize("error", [ValueError("of the clean-up"), SystemExit(3), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("make", [lambda: Athr.Stream.new(lambda yielder: yielder.yield_value(1)),
                                  lambda: Athr.Stream.new_steps(step_once), lambda: Athr.iterate(range)(3)])
async def test_error_of_the_clean_up(make, error):
    stream = make()
    stream.set_cleanup(fail_to_clean_up, error)
    assert await anext(stream) is not None
    with pytest.raises(type(error)) as info:
        while True:
            await anext(stream)
    assert info.value is error


async def test_error_of_the_clean_up_at_the_close():
    error = ValueError("of the clean-up")
    stream = Athr.Stream.new(yield_for_ever)
    stream.set_cleanup(fail_to_clean_up, error)
    await anext(stream)
    with pytest.raises(ValueError) as info:
        await stream.aclose()
    assert info.value is error


async def test_error_of_the_function_and_the_clean_up():
    stream = Athr.Stream.new(yield_and_fail)
    stream.set_cleanup(fail_to_clean_up, ValueError("of the clean-up"))
    assert await anext(stream) == 1
    with pytest.raises(KeyError, match="first"):
        await anext(stream)


def test_wrong_clean_up():
    stream = Athr.Stream.new(yield_for_ever)
    for function, message in (3, "a function is needed, not int"), (yields_nothing, "is a generator function"):
        with pytest.raises(TypeError, match=message):
            stream.set_cleanup(function)


def yields_nothing(yielder):
    yield


@pytest.mark.parametrize("interrupt", [5, "close"])
def test_wrong_interrupt(interrupt):
    for make in (Athr.iterate, Athr.generate, Athr.Stream.for_iterator, Athr.Stream.for_generator):
        with pytest.raises(TypeError, match="interrupt must be a function or None, not"):
            make(iter([]) if "for_" in make.__name__ else iter, interrupt=interrupt)


def test_left_in_a_glib_main_loop():
    numbers = Numbers(1000)
    loop = GLib.MainLoop()
    stream = Athr.Stream.for_iterator(numbers, buffer_maxsize=1)
    stream.connect("value", lambda *_: stream.close_async(None, lambda *_: loop.quit()))
    stream.set_flowing(True)
    loop.run()
    numbers.assert_used_well()
