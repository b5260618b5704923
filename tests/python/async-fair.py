# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A coroutine whose stream always has values lets the event loop run."""

import asyncio
import itertools
import sys
import time

import pytest
from gi.repository import Athr
from patience import patiently

TURN = 0.002  # how long a coroutine takes values before it gives way
WORK = 0.0003  # how long the program works on a value
VALUES = 7  # a coroutine takes so many values in a turn: after six of them the turn is not over yet
CLOCKS = ("gi.overrides.Athr", "gi.overrides._athr.inbox", "gi.overrides._athr.owned_inbox",
          "gi.overrides._athr.generators")


class Clock:
    """The clock of the override. Only work() moves its hand, so no other program and no slow machine does."""

    now = 1000.0

    def __init__(self):
        self.has_moved = asyncio.Event()

    def __call__(self):
        return self.now

    def work(self):
        self.now += WORK
        self.has_moved.set()


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    for name in CLOCKS:
        monkeypatch.setattr(sys.modules[name], "monotonic", made)
    return made


async def iterate(clock, stream):
    async for value in stream:
        clock.work()
        yield value


async def take(clock, stream):
    while True:
        clock.work()
        yield await anext(stream)


async def send(clock, stream):
    while True:
        clock.work()
        yield await stream.asend(None)


class Owner:
    pass


OWNER = Owner()
STREAMS = {
    "no-limit": lambda: Athr.iterate(range)(10**5),
    "4": lambda: Athr.iterate(itertools.count, buffer_maxsize=4)(),
    "64": lambda: Athr.iterate(itertools.count, buffer_maxsize=64)(),
    "owned": lambda: Athr.iterate(itertools.count, buffer_maxsize=64, owner=OWNER)(),
    "generator": lambda: Athr.generate(itertools.count, buffer_maxsize=64)(),
}
fill_kinds = pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS.keys())


async def fill(stream):
    await stream.__aenter__()
    while stream.props.n_buffered < min(stream.props.buffer_size, 10**5):
        await asyncio.sleep(0.001)
    return stream.props.n_buffered


class Watcher:
    """A task that the event loop runs as soon as it can when the program has worked. The task reads the clock."""

    def __init__(self, clock):
        self.clock, self.last = clock, clock.now
        self.n_turns, self.longest = 0, 0.0
        self.task = asyncio.ensure_future(self.run())

    def look(self):
        self.longest, self.last = max(self.longest, self.clock.now - self.last), self.clock.now

    async def run(self):
        # To run in each turn of the event loop would starve the values, which come at a lower priority.
        while await self.clock.has_moved.wait():
            self.clock.has_moved.clear()
            self.n_turns += 1
            self.look()

    async def stop(self):
        self.look()
        self.task.cancel()
        await asyncio.wait([self.task])


async def check_turns(clock, consume, stream):
    """Takes 1000 values. The consumer need not wait for those that are in the buffer, so its turns are over only with
    their time."""
    n_full = min(await fill(stream), 1000)
    watcher, turns = Watcher(clock), []
    async for value in consume(clock, stream):
        assert value == len(turns)
        turns.append(watcher.n_turns)
        if len(turns) == 1000:
            break
    await watcher.stop()
    await stream.aclose()
    assert watcher.longest <= TURN + WORK
    assert [turn - turns[0] for turn in turns[:n_full]] == [n // VALUES for n in range(n_full)]


@pytest.mark.parametrize("consume", [iterate, take])
@fill_kinds
async def test_others_get_their_turn(clock, make, consume):
    await check_turns(clock, consume, make())


async def test_others_get_their_turn_while_one_sends(clock):
    await check_turns(clock, send, STREAMS["generator"]())


@fill_kinds
async def test_time_out(clock, make):
    async def consume():
        async for _ in iterate(clock, stream):
            assert time.monotonic() < give_up

    stream, give_up = make(), time.monotonic() + patiently(10)
    await fill(stream)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(consume(), 0.001)
    await stream.aclose()


@fill_kinds
async def test_cancellation_loses_no_value(clock, make):
    async def consume():
        async for value in stream:
            got.append(value)
            clock.work()

    stream, got = make(), []
    await fill(stream)
    for n in range(10):
        task = asyncio.ensure_future(consume())
        clock.has_moved.clear()
        await clock.has_moved.wait()
        for _ in range(n % 3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await stream.aclose()
    assert got == list(range(len(got)))
    assert len(got) >= 10


async def test_two_consumers_share_a_full_stream(clock):
    async def consume():
        return [value async for value in iterate(clock, stream)]

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
