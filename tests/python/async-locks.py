# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""As locks.py, with coroutines: many workers run Python, and an event loop competes with them for the GIL."""

import asyncio
import sys
import threading

import pytest
from gi.repository import Athr, GObject

PATH = "/athr/hazards/15-locks/async"
MANY = 32


@pytest.fixture(params=[None, 1000, 1e-6], ids=["default", "never", "always"], autouse=True)
def switch_interval(request):
    """How long a thread may hold the GIL while other threads wait for it."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(request.param or interval)
    yield
    sys.setswitchinterval(interval)


def compute(n=200):
    return sum(number * number for number in range(n))


def numbers(n=20):
    for number in range(n):
        compute(20)
        yield number


def call_back(callback):
    for number in numbers():
        callback(number)


def many():
    return Athr.Executor.new("many", MANY)


@pytest.mark.parametrize("size", [1, 2, 6, None])
@pytest.mark.parametrize("function, producer", [
    (Athr.iterate, numbers), (Athr.generate, numbers), (Athr.iterate_callback, call_back)],
    ids=["iterate", "generate", "callback"])
async def test_full_buffers_beside_a_loop_that_computes(function, producer, size):
    make = function(producer, buffer_maxsize=size, executor=many())

    async def take():
        taken = []
        async with make() as stream:
            async for value in stream:
                compute()
                taken.append(value)
        return taken

    assert await asyncio.gather(*(take() for _ in range(MANY))) == [list(range(20))] * MANY


@pytest.mark.parametrize("size", [1, 6])
async def test_full_buffers_that_are_left(size):
    ended = []

    def forever():
        try:
            while True:
                yield object()
        finally:
            ended.append(threading.get_ident())

    make = Athr.iterate(forever, buffer_maxsize=size, executor=many())

    async def leave():
        async with make() as stream:
            async for _ in stream:
                compute()
                break

    await asyncio.gather(*(leave() for _ in range(MANY)))
    assert len(ended) == MANY
    assert threading.get_ident() not in ended


async def test_32_workers_at_once():
    executor, barrier = many(), threading.Barrier(MANY)

    def work(number):
        barrier.wait()
        compute()
        barrier.wait()
        return number

    for _ in range(3):
        got = await asyncio.gather(*(Athr.call(work, executor=executor)(number) for number in range(MANY)))
        assert got == list(range(MANY))


async def test_more_calls_than_workers():
    executor = many()
    function = Athr.call(compute, executor=executor)
    assert await asyncio.gather(*map(function, range(500))) == list(map(compute, range(500)))


async def test_32_generators_in_lock_step():
    def echo():
        sent = None
        while True:
            sent = yield sent

    executor = many()

    async def converse():
        async with Athr.generate(echo, executor=executor)() as generator:
            await anext(generator)
            for number in range(20):
                value = [number]
                assert await generator.asend(value) is value

    await asyncio.gather(*(converse() for _ in range(MANY)))


async def test_calls_that_wait_for_calls_of_their_executor():
    executor = many()

    def work(number):
        value = GObject.Value()
        inner = Athr.Call.new(lambda call: call.return_value(compute(number)))
        inner.set_executor(executor)
        inner.run(None, value)
        return value.get_value()

    function = Athr.call(work, executor=executor)
    assert await asyncio.gather(*map(function, range(MANY * 2))) == list(map(compute, range(MANY * 2)))


async def test_32_loops_on_workers():
    """Each worker runs an event loop, which awaits calls of another executor."""
    inner = Athr.call(compute, executor=Athr.Executor.new("inner", 2))

    async def main(number):
        return sum(await asyncio.gather(*(inner(number) for _ in range(3))))

    outer = Athr.call(lambda number: asyncio.run(main(number)), executor=many())
    assert await asyncio.gather(*map(outer, range(MANY))) == [3 * compute(number) for number in range(MANY)]
