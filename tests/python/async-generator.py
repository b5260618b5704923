# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Generators that receive values and exceptions. Each test compares them with a native asynchronous generator."""

import asyncio
import threading
import traceback

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


@kinds(stubborn, native_stubborn)
async def test_ignored_close(make):
    generator = make()
    assert await anext(generator) == 1
    kind, text = await outcome(generator.aclose())
    assert kind is RuntimeError
    assert text.endswith("generator ignored GeneratorExit")


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
