# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A coroutine whose stream always has values lets the event loop run."""

import asyncio
import itertools
import time

import pytest
from gi.repository import Athr

LONGEST_TURN = 0.01
WORK = 0.0002


def work():
    """Uses time of the processor, which other programs do not disturb."""
    end = time.thread_time() + WORK
    while time.thread_time() < end:
        pass


async def iterate(stream):
    async for value in stream:
        work()
        yield value


async def take(stream):
    while True:
        work()
        yield await anext(stream)


async def send(stream):
    while True:
        work()
        yield await stream.asend(None)


STREAMS = {
    "no-limit": lambda: Athr.iterate(range)(10**5),
    "4": lambda: Athr.iterate(itertools.count, buffer_maxsize=4)(),
    "64": lambda: Athr.iterate(itertools.count, buffer_maxsize=64)(),
    "generator": lambda: Athr.generate(itertools.count, buffer_maxsize=64)(),
}
fill_kinds = pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS.keys())


async def fill(stream):
    await stream.__aenter__()
    while stream.props.n_buffered < min(stream.props.buffer_size, 10**5):
        await asyncio.sleep(0.001)


async def watch(turns):
    """Records how long the other tasks run between two turns of this task, in time of the processor."""
    last = time.thread_time()
    while True:
        await asyncio.sleep(0.002)
        now = time.thread_time()
        turns.append(now - last)
        last = now


@pytest.mark.parametrize("consume", [iterate, take])
@fill_kinds
async def test_others_get_their_turn(make, consume):
    stream, turns = make(), []
    await fill(stream)
    watcher = asyncio.ensure_future(watch(turns))
    await asyncio.sleep(0)
    n = 0
    async for value in consume(stream):
        assert value == n
        n += 1
        if n == 1000:
            break
    watcher.cancel()
    await stream.aclose()
    assert max(turns) < LONGEST_TURN
    assert sum(turns) > 1000 * WORK / 2


async def test_others_get_their_turn_while_one_sends():
    stream, turns = STREAMS["generator"](), []
    await fill(stream)
    watcher = asyncio.ensure_future(watch(turns))
    await asyncio.sleep(0)
    async for value in send(stream):
        if value == 1000:
            break
    watcher.cancel()
    await stream.aclose()
    assert max(turns) < LONGEST_TURN


@fill_kinds
async def test_time_out(make):
    async def consume():
        async for _ in iterate(stream):
            assert time.monotonic() < give_up

    stream, give_up = make(), time.monotonic() + 10
    await fill(stream)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(consume(), 0.03)
    await stream.aclose()


@fill_kinds
async def test_cancellation_loses_no_value(make):
    async def consume():
        async for value in stream:
            got.append(value)
            work()

    stream, got = make(), []
    await fill(stream)
    for _ in range(10):
        task = asyncio.ensure_future(consume())
        await asyncio.sleep(0.003)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await stream.aclose()
    assert got == list(range(len(got)))
    assert got


async def test_two_consumers_share_a_full_stream():
    async def consume():
        return [value async for value in iterate(stream)]

    stream = Athr.iterate(range)(500)
    await stream.__aenter__()
    first, second = await asyncio.gather(consume(), consume())
    assert sorted(first + second) == list(range(500))
    assert first and second


async def test_a_generator_that_lets_the_loop_run_is_running():
    stream = STREAMS["generator"]()
    await fill(stream)
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    if not first.done():
        with pytest.raises(RuntimeError, match="already running"):
            await anext(stream)
    assert await first == 0
    assert await anext(stream) == 1
    await stream.aclose()
