# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Generators that receive values and exceptions. Each test compares them with a native asynchronous generator."""

import asyncio
import collections.abc
import gc
import inspect
import sys
import threading
import traceback
import types
import weakref

import pytest
from gi.repository import Athr


def double():
    yielded = 0
    while True:
        sent = yield yielded
        yielded = sent if sent is not None else yielded * 2


async def native_double():
    yielded = 0
    while True:
        sent = yield yielded
        yielded = sent if sent is not None else yielded * 2


def answer():
    while True:
        try:
            yield 0
        except ZeroDivisionError:
            yield -1


async def native_answer():
    while True:
        try:
            yield 0
        except ZeroDivisionError:
            yield -1


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


async def native_stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


def short():
    yield 1


async def native_short():
    yield 1


def kinds(function, native):
    return pytest.mark.parametrize(
        "make", [native, Athr.generate(function), lambda: Athr.Stream.for_generator(function())],
        ids=["native", "generate", "for_generator"])


async def outcome(awaitable):
    """Returns the result, or the type and the text of the exception."""
    try:
        return await awaitable
    except BaseException as error:
        return type(error), str(error)


@kinds(double, native_double)
async def test_doubler(make):
    generator = make()
    sent = [None, 1, None, None, None, 3, None, None, None]
    assert [await generator.asend(value) for value in sent] == [0, 1, 2, 4, 8, 3, 6, 12, 24]
    assert await anext(generator) == 48
    assert await generator.__anext__() == 96
    await generator.aclose()


@kinds(double, native_double)
async def test_sends_any_value(make):
    generator = make()
    await anext(generator)
    for value in (0, "", "a\0b", 2**70, (), object(), [None], int, ValueError()):
        assert await generator.asend(value) is value
    await generator.aclose()


@kinds(double, native_double)
async def test_first_send_is_none(make):
    generator = make()
    assert await outcome(generator.asend(1)) == (
        TypeError, "can't send non-None value to a just-started async generator")
    assert await generator.asend(None) == 0
    await generator.aclose()


@kinds(answer, native_answer)
async def test_thrown_types_and_instances(make):
    generator = make()
    assert await generator.asend(None) == 0
    assert await generator.athrow(ZeroDivisionError) == -1
    assert await anext(generator) == 0
    assert await generator.athrow(ZeroDivisionError("text")) == -1
    assert await anext(generator) == 0
    assert await generator.athrow(ZeroDivisionError, ZeroDivisionError("text"), None) == -1
    await generator.aclose()


@kinds(answer, native_answer)
async def test_thrown_and_not_caught(make):
    generator = make()
    await anext(generator)
    error = KeyError("thrown")
    with pytest.raises(KeyError) as info:
        await generator.athrow(error)
    assert info.value is error
    assert await outcome(anext(generator)) == (StopAsyncIteration, "")
    assert await outcome(generator.asend(1)) == (StopAsyncIteration, "")
    assert await outcome(generator.aclose()) is None
    assert await outcome(generator.athrow(KeyError)) is None


@kinds(answer, native_answer)
async def test_thrown_before_the_start(make):
    generator = make()
    assert await outcome(generator.athrow(KeyError("early"))) == (KeyError, "'early'")
    assert await outcome(anext(generator)) == (StopAsyncIteration, "")


@kinds(short, native_short)
async def test_after_the_end(make):
    generator = make()
    assert [value async for value in generator] == [1]
    for _ in range(2):
        assert await outcome(anext(generator)) == (StopAsyncIteration, "")
        assert await outcome(generator.asend(None)) == (StopAsyncIteration, "")
        assert await outcome(generator.aclose()) is None


@kinds(short, native_short)
async def test_closed_before_the_start(make):
    generator = make()
    assert await generator.aclose() is None
    assert await outcome(anext(generator)) == (StopAsyncIteration, "")
    assert await outcome(generator.asend(None)) == (StopAsyncIteration, "")
    assert await outcome(generator.asend(1)) == (StopAsyncIteration, "")
    assert await outcome(generator.athrow(KeyError)) is None


def raise_at_the_end():
    try:
        yield 1
    finally:
        raise KeyError


async def native_raise_at_the_end():
    try:
        yield 1
    finally:
        raise KeyError


@kinds(raise_at_the_end, native_raise_at_the_end)
async def test_reports_the_error_of_a_close_once(make):
    generator = make()
    await anext(generator)
    assert await outcome(generator.aclose()) == (KeyError, "")
    assert await outcome(generator.aclose()) is None
    assert await outcome(generator.athrow(ValueError)) is None
    assert await outcome(anext(generator)) == (StopAsyncIteration, "")


@kinds(stubborn, native_stubborn)
async def test_ignored_close(make):
    generator = make()
    assert await anext(generator) == 1
    kind, text = await outcome(generator.aclose())
    assert (kind, text) == (RuntimeError, "async generator ignored GeneratorExit")


async def test_second_send_while_one_runs():
    gate = threading.Event()

    def wait():
        gate.wait()
        yield 1

    generator = Athr.generate(wait)()
    task = asyncio.ensure_future(generator.asend(None))
    await asyncio.sleep(0)
    for awaitable in (generator.asend(None), anext(generator), generator.athrow(ValueError)):
        kind, text = await outcome(awaitable)
        assert kind is RuntimeError
        assert text.endswith("asynchronous generator is already running")
    gate.set()
    assert await task == 1
    await generator.aclose()


async def test_thrown_on_the_worker():
    threads = []

    def catch():
        while True:
            try:
                yield 1
            except ValueError:
                threads.append(threading.get_ident())

    generator = Athr.generate(catch)()
    await anext(generator)
    await generator.athrow(ValueError)
    await generator.athrow(ValueError())
    await generator.aclose()
    assert len(threads) == 2
    assert threading.get_ident() not in threads


async def test_stays_on_one_thread():
    def identify():
        while True:
            yield threading.get_ident()

    generator = Athr.generate(identify)()
    assert len({await anext(generator) for _ in range(50)}) == 1
    await generator.aclose()


async def test_closed_on_the_worker_after_its_step():
    events, stepping, gate = [], threading.Event(), threading.Event()

    def work():
        try:
            yield 1
            stepping.set()
            gate.wait()
            events.append("stepped")
            yield 2
        finally:
            events.append(threading.get_ident())

    generator = Athr.generate(work)()
    assert await anext(generator) == 1
    task = asyncio.ensure_future(anext(generator))
    await Athr.call(stepping.wait)()
    closing = asyncio.ensure_future(generator.aclose())
    await asyncio.sleep(0)
    assert events == []
    gate.set()
    await closing
    assert events[0] == "stepped"
    assert events[1] != threading.get_ident()
    assert await outcome(task) == (StopAsyncIteration, "")


async def test_sent_values_with_a_buffer():
    def echo():
        got = []
        while len(got) < 6:
            got.append((yield len(got)))
        yield got

    generator = Athr.generate(echo, buffer_maxsize=2)()
    async with generator:
        for number in range(6):
            assert await generator.asend(number or None) == number
        assert [value for value in await anext(generator) if value is not None] == [1, 2, 3, 4]


async def test_traceback_through_the_worker():
    def inner():
        yield 1
        raise ValueError("reason")

    def outer():
        yield from inner()

    generator = Athr.generate(outer)()
    await anext(generator)
    with pytest.raises(ValueError) as info:
        await anext(generator)
    names = [frame.name for frame in traceback.extract_tb(info.value.__traceback__)]
    assert names[-2:] == ["outer", "inner"]


async def test_return_is_the_end():
    def work():
        yield 1
        return 2

    assert [value async for value in Athr.generate(work)()] == [1]


async def test_aclosing():
    from contextlib import aclosing

    ended = []

    def work():
        try:
            while True:
                yield 1
        finally:
            ended.append(1)

    async with aclosing(Athr.generate(work)()) as generator:
        async for _ in generator:
            break
    assert ended == [1]


@pytest.fixture
def hooks():
    """Records the calls of the hooks for asynchronous generators."""
    calls = []
    before = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(lambda generator: calls.append(("firstiter", id(generator))),
                           lambda generator: calls.append(("finalizer", id(generator))))
    yield calls
    sys.set_asyncgen_hooks(*before)


def step(coroutine):
    """Runs a coroutine to its first wait, outside of any event loop."""
    with pytest.raises((StopIteration, StopAsyncIteration, RuntimeError, GeneratorExit)):
        coroutine.__await__().send(None)


@kinds(short, native_short)
@pytest.mark.parametrize("operate", [anext, lambda generator: generator.asend(None), lambda generator: generator.aclose(),
                                     lambda generator: generator.athrow(GeneratorExit)],
                         ids=["anext", "asend", "aclose", "athrow"])
def test_calls_the_hook_at_the_first_operation(hooks, make, operate):
    generator = make()
    assert hooks == []
    step(operate(generator))
    assert hooks == [("firstiter", id(generator))]
    step(operate(generator))
    assert hooks == [("firstiter", id(generator))]


@kinds(short, native_short)
async def test_hook_that_raises(make):
    def refuse(_):
        raise ZeroDivisionError("refused")

    before = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(refuse, None)
    try:
        generator = make()
        with pytest.raises(ZeroDivisionError, match="refused"):
            await anext(generator)
        assert await anext(generator) == 1
        await generator.aclose()
    finally:
        sys.set_asyncgen_hooks(*before)


async def test_dropped_without_the_hook():
    """A finalizer hook would bring the stream to life again. No hook is needed: a worker closes the generator."""
    closed, threads = threading.Event(), []

    def work():
        try:
            yield 1
        finally:
            threads.append(threading.get_ident())
            closed.set()

    before, finalized = sys.get_asyncgen_hooks(), []
    sys.set_asyncgen_hooks(None, finalized.append)
    try:
        generator = Athr.generate(work)()
        await anext(generator)
        generator = weakref.ref(generator)
        gc.collect()
        assert generator() is None
        await Athr.call(closed.wait)()
        assert finalized == []
        assert threads != [threading.get_ident()]
    finally:
        sys.set_asyncgen_hooks(*before)


closes = []


def note_close():
    try:
        yield 1
        yield 2
    finally:
        closes.append(threading.get_ident())


async def native_note_close():
    try:
        yield 1
        yield 2
    finally:
        closes.append(threading.get_ident())


@kinds(note_close, native_note_close)
def test_asyncio_run_closes(make):
    kept = []

    async def main():
        kept.append(make())
        async for _ in kept[0]:
            break

    closes.clear()
    asyncio.run(main())
    assert len(closes) == 1
    assert make is native_note_close or closes != [threading.get_ident()]


@kinds(raise_at_the_end, native_raise_at_the_end)
def test_shutdown_reports_errors(make):
    reports = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, report: reports.append(report))
        generator = make()
        await anext(generator)
        await loop.shutdown_asyncgens()
        assert reports[0]["asyncgen"] is generator
        assert isinstance(reports[0]["exception"], KeyError)
        assert await outcome(anext(generator)) == (StopAsyncIteration, "")

    asyncio.run(main())
    assert len(reports) == 1


def test_asyncio_run_waits_for_a_step():
    stepping, gate, events = threading.Event(), threading.Event(), []

    def work():
        try:
            stepping.set()
            gate.wait()
            events.append("stepped")
            yield 1
        finally:
            events.append("closed")

    async def main():
        nonlocal generator
        generator = Athr.generate(work)()
        asyncio.ensure_future(anext(generator))
        await Athr.call(stepping.wait)()
        asyncio.get_running_loop().call_later(0.01, gate.set)

    generator = None
    asyncio.run(main())
    assert events == ["stepped", "closed"]


@kinds(double, native_double)
async def test_shows_its_state(make):
    generator = make()
    assert generator.__name__ == generator.__qualname__ == generator.ag_code.co_name
    states = [(generator.ag_running, generator.ag_await, generator.ag_frame is None)]
    await anext(generator)
    assert generator.ag_frame.f_locals["yielded"] == 0
    states.append((generator.ag_running, generator.ag_await, generator.ag_frame is None))
    await generator.aclose()
    states.append((generator.ag_running, generator.ag_await, generator.ag_frame is None))
    assert states == [(False, None, False), (False, None, False), (False, None, True)]


@kinds(short, native_short)
async def test_has_the_attributes_of_its_twin(make):
    generator = make()
    assert {name for name in dir(types.AsyncGeneratorType) if not hasattr(generator, name)} <= {
        "__del__", "__class_getitem__"}
    assert isinstance(generator, collections.abc.AsyncGenerator)
    await generator.aclose()


@pytest.mark.skipif(not hasattr(inspect, "getasyncgenstate"), reason="Python 3.12 has inspect.getasyncgenstate()")
@kinds(double, native_double)
async def test_state_for_inspect(make):
    generator = make()
    states = [inspect.getasyncgenstate(generator)]
    await anext(generator)
    states.append(inspect.getasyncgenstate(generator))
    await generator.aclose()
    assert states + [inspect.getasyncgenstate(generator)] == ["AGEN_CREATED", "AGEN_SUSPENDED", "AGEN_CLOSED"]


async def test_runs_while_the_worker_runs():
    gate, stepping = threading.Event(), threading.Event()

    def wait():
        stepping.set()
        gate.wait()
        yield 1

    generator = Athr.generate(wait)()
    task = asyncio.ensure_future(anext(generator))
    await Athr.call(stepping.wait)()
    assert generator.ag_running
    task.cancel()
    assert await outcome(task) == (asyncio.CancelledError, "")
    assert generator.ag_running  # the wait was abandoned, the worker goes on
    gate.set()
    assert await anext(generator) == 1
    assert not generator.ag_running
    await generator.aclose()


async def test_cancelled_send():
    gate, stepping = threading.Event(), threading.Event()

    def echo():
        got = yield
        stepping.set()
        gate.wait()
        while True:
            got = yield got

    generator = Athr.generate(echo)()
    await anext(generator)
    task = asyncio.ensure_future(generator.asend("sent"))
    await Athr.call(stepping.wait)()
    task.cancel()
    assert await outcome(task) == (asyncio.CancelledError, "")
    gate.set()
    assert await anext(generator) == "sent"
    assert await generator.asend("next") == "next"
    await generator.aclose()


@pytest.mark.parametrize("make", [native_short, Athr.generate(short)], ids=["native", "generate"])
def test_wrong_arguments(make):
    with pytest.raises(TypeError, match="takes 0 positional arguments but 1 was given"):
        make(1)


async def test_frees_arguments_at_home():
    freed = []

    class Argument:
        def __del__(self):
            freed.append(threading.get_ident())

    def work(_):
        yield 1

    assert [value async for value in Athr.generate(work)(Argument())] == [1]
    while not freed:
        gc.collect()
        await asyncio.sleep(0.01)
    assert freed == [threading.get_ident()]


class Silent(Exception):
    def __str__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize("error", [ValueError("a\0b"), ValueError("\ud800"), Silent()], ids=["nul", "surrogate", "silent"])
async def test_athrow_of_what_has_no_text(error):
    def catch():
        while True:
            try:
                yield
            except Exception as caught:
                yield caught

    async with Athr.generate(catch)() as generator:
        await anext(generator)
        assert await generator.athrow(error) is error


@pytest.mark.parametrize("thing", [5, int, None, (ValueError,)])
async def test_athrow_of_no_exception(thing):
    async with Athr.generate(lambda: iter([1, 2]))() as generator:
        assert await anext(generator) == 1
        with pytest.raises(TypeError, match="must be classes or instances deriving from BaseException, not"):
            await generator.athrow(thing)
        assert await anext(generator) == 2
