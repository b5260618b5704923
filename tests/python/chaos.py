# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Random combinations: coroutines await, cancel, time out, leave, close and drop calls, streams and generators, in
several event loops of several threads. ATHR_STRESS_SECONDS sets the duration. ATHR_STRESS_SEED repeats the random
choices of a run, but not the order in which threads run."""

import asyncio
import faulthandler
import gc
import inspect
import os
import random
import sys
import threading
import time
import traceback
import weakref

import pytest
from patience import patiently
from gi.repository import Athr, GLib, GObject

SEED = int(os.environ.get("ATHR_STRESS_SEED") or random.randrange(2**32))
SECONDS = float(os.environ.get("ATHR_STRESS_SECONDS") or 0)
SIZES = [None, None, 0, 1, 2, 3, 6, 64]
EXECUTORS = [None, None] + [Athr.Executor.new(f"chaos-{size}", size) for size in (1, 2, 4, 32)]
NESTED = Athr.Executor.new("chaos-nested", 4)
ANY = (None, 0, -1, 2**31, 2**70, "", "text", "a\0b", (), b"\0", True, 1.5)


class Value:
    def __init__(self, world, number):
        self.number = number
        world.alive.add(self)


class Error(Exception):
    is_abandoned = False  # whether perhaps nobody receives it: who awaited the function, or took values, has given up


def run_plainly(main):
    """Runs a coroutine as asyncio.run() does, without the event loop policy: the policy of gi.events only works in the
    main thread."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(main)


class World:
    """Counts the values and producers that the actors of one event loop have made."""

    def __init__(self, seed, actors):
        self.chance = random.Random(seed)
        self.actors = actors
        self.alive = weakref.WeakSet()
        self.begun = 0  # producers that a worker has begun
        self.ended = 0
        self.lock = threading.Lock()
        self.faults = []
        self.reported = []

    def report(self, _, what):
        """The exception handler of the event loop."""
        if isinstance(what.get("exception"), Error) and "function on a worker was never retrieved" in what["message"]:
            self.reported.append(what["exception"].with_traceback(None))
        else:
            self.faults.append(str(what))

    def check_reports(self):
        """Only what nobody could receive is reported, once."""
        for error in self.reported:
            assert self.reported.count(error) == 1 and error.is_abandoned, error

    def producer(self):
        return Producer(self)

    def describe(self):
        return f"{self.begun} begun, {self.ended} ended, {len(self.alive)} values left, {self.faults}"


class Producer:
    def __init__(self, world):
        self.world = world
        self.begun = self.ended = False

    def __enter__(self):
        with self.world.lock:
            self.world.begun += 1
        self.begun = True

    def __exit__(self, *error):
        with self.world.lock:
            self.world.ended += 1
        self.ended = True


def dawdle(pause):
    if pause > 0:
        time.sleep(pause)


def pause_of(chance):
    """The pause that a worker makes: mostly none."""
    return chance.choice([0, 0, 0, 0, 0.0002, 0.002])


async def some_time(chance):
    for _ in range(chance.randrange(4)):
        await asyncio.sleep(0)
    if chance.random() < 0.3:
        await asyncio.sleep(chance.random() * 0.003)


async def disturbed(awaitable, chance):
    """Awaits something, and perhaps gives up. Returns whether the await has ended, and the result."""
    async def wait():
        return await awaitable

    way = chance.randrange(5)
    if way < 2:
        return True, await awaitable
    if way == 2:
        try:
            return True, await asyncio.wait_for(wait(), chance.random() * 0.003)
        except asyncio.TimeoutError:
            return False, None
    if way == 3 and hasattr(asyncio, "timeout"):
        try:
            async with asyncio.timeout(chance.random() * 0.003):
                return True, await awaitable
        except TimeoutError:
            return False, None
    task = asyncio.ensure_future(wait())
    await some_time(chance)
    task.cancel()
    try:
        return True, await task
    except asyncio.CancelledError:
        if inspect.iscoroutine(awaitable):
            awaitable.close()  # the task may have ended before its first step
        return False, None


def is_same(got, expected):
    if type(expected) in (int, float, str, bytes, tuple):  # values of these types may come as copies
        return type(got) is type(expected) and got == expected
    return got is expected


async def calls(world):
    chance = world.chance
    value, error, pause = Value(world, 0), Error("of a call"), pause_of(chance)
    expected = chance.choice([value, value, error, *ANY])
    how = chance.randrange(4)

    def work():
        dawdle(pause)
        if how == 1:
            got = run_plainly(Athr.call(work_once, executor=NESTED)())
        elif how == 2:
            box = GObject.Value()
            Athr.Call.new(lambda call: None).run(None, box)
            got = work_once()
        else:
            got = work_once()
        return got

    def work_once():
        if expected is error:
            raise error
        return expected

    try:
        ended, got = await disturbed(Athr.call(work, executor=chance.choice(EXECUTORS))(), chance)
        assert not ended or is_same(got, expected), (got, expected)
        if not ended:
            error.is_abandoned = True
    except Error as raised:
        assert raised is error
        assert expected is error
        raised.__traceback__ = None


async def joined_calls(world):
    chance = world.chance
    value, pause = Value(world, 0), pause_of(chance)
    fails, error = chance.random() < 0.3, Error("of a joined call")

    def work(call):
        dawdle(pause)
        if fails:
            raise error
        call.return_value(value)

    call = Athr.Call.new(work)
    if executor := chance.choice(EXECUTORS):
        call.set_executor(executor)

    async def join():
        return await call

    tasks = [asyncio.ensure_future(join()) for _ in range(chance.randrange(1, 5))]
    await some_time(chance)
    cancelled = chance.random() < 0.3
    if cancelled:
        chance.choice([call, *tasks]).cancel()
    for got in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(got, asyncio.CancelledError):
            assert cancelled
        elif fails:
            assert got is error, got
            got.__traceback__ = None
        else:
            assert got is value, got
    if cancelled:
        error.is_abandoned = True
    del got


def open_stream(world, n, error):
    """Returns a stream of n values, which ends with an error or without, and its Producer."""
    chance = world.chance
    producer = world.producer()
    pauses = [pause_of(chance) for _ in range(3)]
    kind = chance.choice(["iterate", "generate", "for_iterator", "for_generator", "iterate_callback", "for_callback", "new"])
    options = {"buffer_maxsize": chance.choice(SIZES), "executor": chance.choice(EXECUTORS)}
    if "generat" in kind and options["buffer_maxsize"] is None:
        options["buffer_maxsize"] = 0

    def numbers():
        with producer:
            for number in range(n):
                dawdle(pauses[number % 3])
                yield Value(world, number)
            if error:
                raise error

    def call_back(callback):
        for value in numbers():
            callback(value)

    if kind == "new":
        stream = Athr.Stream.new(lambda yielder: call_back(yielder.yield_value))
        stream.set_buffer_size(64 if options["buffer_maxsize"] is None else options["buffer_maxsize"])
        if options["executor"]:
            stream.set_executor(options["executor"])
    elif kind.startswith("for"):
        made = call_back if kind == "for_callback" else numbers()
        stream = getattr(Athr.Stream, kind)(made, **options)
    else:
        stream = getattr(Athr, kind)(**options)(call_back if "callback" in kind else numbers)()
    return stream, producer


class Taken:
    def __init__(self, n, error):
        self.n, self.error = n, error
        self.next = 0
        self.is_over = False

    def add(self, value):
        assert not self.is_over, "a value after the end"
        assert value.number == self.next, (value.number, self.next)
        self.next += 1

    def end(self, raised=None, closed=False):
        assert not self.is_over or raised is None, "an error after the end"
        if not self.is_over and not closed:
            assert self.next == self.n, (self.next, self.n)
            assert raised is self.error, (raised, self.error)
        self.is_over = True
        if raised:
            self.receive(raised)

    def leave(self):
        """If the producer has failed, nobody may learn of it any more: then the exception is reported."""
        if self.error is not None and not self.is_over:
            self.error.is_abandoned = True

    @staticmethod
    def receive(error):
        error.is_abandoned = False
        error.__traceback__ = None


async def streams(world):
    chance = world.chance
    n = chance.choice([0, 1, 2, 5, 20, 100, 10**9])
    error = Error("of a stream") if n < 10**9 and chance.random() < 0.4 else None
    stream, producer = open_stream(world, n, error)
    taken = Taken(n, error)
    stops_at = chance.choice([0, 1, 3, 10, 50, 10**9]) if n < 10**9 else chance.choice([0, 1, 3, 10, 50])
    left = chance.choice(["close", "context", "drop"])
    if left == "context":
        await stream.__aenter__()
    if chance.random() < 0.2:
        await some_time(chance)
    while taken.next < stops_at and not taken.is_over:
        try:
            ended, value = await disturbed(anext(stream), chance)
            if ended:
                taken.add(value)
            value = None
        except StopAsyncIteration:
            taken.end()
        except Error as raised:
            taken.end(raised)
        if chance.random() < 0.1:
            gc.collect()
    taken.leave()
    if left == "drop":
        return
    close = stream.__aexit__(None, None, None) if left == "context" else stream.aclose()
    try:
        ended, _ = await disturbed(close, chance)
        if not ended:
            await stream.aclose()
    except Error as raised:
        assert raised is error, raised  # the producer raised it while the stream closed
        taken.receive(raised)
    assert producer.begun == producer.ended, "the producer runs after the close"
    try:
        async for value in stream:
            taken.add(value)
        taken.end(closed=True)
    except Error as raised:
        taken.end(raised)


async def shared_streams(world):
    """Several consumers take from one stream, which another task may close."""
    chance = world.chance
    n = chance.choice([5, 50, 300])
    producer = world.producer()
    closes = chance.random() < 0.4

    def numbers():
        with producer:
            for number in range(n):
                yield Value(world, number)

    stream = Athr.iterate(numbers, buffer_maxsize=chance.choice(SIZES), executor=chance.choice(EXECUTORS))()
    numbers_taken = []

    async def take():
        async for value in stream:
            numbers_taken.append(value.number)
            value = None
            if chance.random() < 0.1:
                await some_time(chance)

    tasks = [asyncio.ensure_future(take()) for _ in range(chance.randrange(1, 5))]
    cancelled = chance.sample(tasks, chance.randrange(len(tasks)))
    await some_time(chance)
    for task in cancelled:
        task.cancel()
    if closes:
        await stream.aclose()
        assert producer.begun == producer.ended
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()
    async for value in stream:
        numbers_taken.append(value.number)
        value = None
    assert sorted(numbers_taken) == list(range(len(numbers_taken)))
    assert closes or len(numbers_taken) == n


async def generators(world):
    """Sends values and errors to a generator in lock-step. No step is lost or done twice."""
    chance = world.chance
    producer = world.producer()
    pause = pause_of(chance)

    def echo():
        with producer:
            step, got = 0, None
            while True:
                dawdle(pause)
                try:
                    got = yield step, got
                except KeyError as error:
                    got = error
                step += 1

    generator = Athr.generate(echo, executor=chance.choice(EXECUTORS))()
    step, got = await anext(generator)
    assert (step, got) == (0, None)
    is_exact = chance.random() < 0.5
    for _ in range(chance.choice([0, 1, 5, 30])):
        sent = chance.choice([Value(world, step), *ANY])
        if chance.random() < 0.2:
            sent = KeyError("thrown")
            awaitable = generator.athrow(sent)
        elif sent is None:
            awaitable = anext(generator)
        else:
            awaitable = generator.asend(sent)
        if is_exact:
            last, (step, got) = step, await awaitable
            assert is_same(got, sent), (got, sent)
        else:
            ended, pair = await disturbed(awaitable, chance)
            if not ended:
                continue
            last, (step, got) = step, pair
        assert step == last + 1, (step, last)
        if isinstance(got, KeyError):
            got.__traceback__ = None
        pair = awaitable = got = sent = None
    way = chance.randrange(4)
    if way == 0:
        error = Error("not caught")
        try:
            while True:  # an answer that a cancelled wait has left comes before the error
                await generator.athrow(error)
        except Error as raised:
            assert raised is error
            raised.__traceback__ = None
        except StopAsyncIteration:
            pass
    if way == 3:
        return
    await generator.aclose()
    assert producer.ended
    assert is_exact is False or [value async for value in generator] == []


async def single_callbacks(world):
    chance = world.chance
    value, error, pause = Value(world, 0), Error("of a callback"), pause_of(chance)
    fails = chance.random() < 0.3

    def work(callback):
        dawdle(pause)
        if fails:
            raise error
        while True:
            callback(value)

    try:
        ended, got = await disturbed(Athr.single_callback(work, executor=chance.choice(EXECUTORS[-1:] + [None]))(), chance)
        assert not ended or got is value
        if not ended:
            error.is_abandoned = True
    except Error as raised:
        assert raised is error
        raised.__traceback__ = None


async def gathers(world):
    chance = world.chance
    n = chance.choice([2, 10, 100])
    function = Athr.call(lambda number: Value(world, number), executor=chance.choice(EXECUTORS))

    async def gather():
        return await asyncio.gather(*map(function, range(n)))

    ended, got = await disturbed(gather(), chance)
    assert not ended or [value.number for value in got] == list(range(n))


ACTORS = [calls, calls, joined_calls, streams, streams, streams, shared_streams, generators, single_callbacks, gathers]


async def act(world, name, actor):
    asyncio.current_task().set_name(name)
    try:
        await asyncio.wait_for(actor(world), patiently(60))
    except BaseException as error:
        world.faults.append("".join(traceback.format_exception(error)))
        raise


async def live(world):
    """Runs many actors at once in one event loop."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(world.report)
    actors = [world.chance.choice(world.actors) for _ in range(world.chance.choice([1, 3, 10, 30]))]
    await asyncio.gather(*(act(world, actor.__name__, actor) for actor in actors))


async def settle(world):
    """Waits until dropped producers have ended and dropped values are freed. The event loop must be idle for that:
    streams deliver at an idle priority."""
    end = time.monotonic() + 60
    while world.begun != world.ended or world.alive:
        assert time.monotonic() < end, f"{world.begun} begun, {world.ended} ended, {len(world.alive)} values left"
        gc.collect()
        for _ in range(3):
            await asyncio.sleep(0.005)  # with 1 ms the loop of gi.events would never be idle


def one_round(loop_runner, seed):
    chance = random.Random(seed)
    world = World(chance.random(), ACTORS)
    others = [World(chance.random(), ACTORS) for _ in range(chance.choice([0, 0, 1, 3]))]
    threads = [threading.Thread(target=lambda other=other: run_plainly(live(other))) for other in others]
    for thread in threads:
        thread.start()

    async def main():
        await live(world)
        await settle(world)

    try:
        loop_runner(main())
    finally:
        for thread in threads:
            thread.join(patiently(60))
            assert not thread.is_alive()
    for one in [world, *others]:
        assert not one.faults, "\n".join(one.faults)
        one.check_reports()


def test_chaos(loop_runner, monkeypatch, capfd):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: unraisable.append(str(what)))
    monkeypatch.setattr(threading, "excepthook", lambda what: unraisable.append(str(what)))
    chance = random.Random(SEED)
    end = time.monotonic() + SECONDS / 2  # the test runs with two kinds of event loops
    rounds = 0
    with capfd.disabled():
        stderr = os.dup(2)
    os.write(stderr, f"# seed {SEED}\n".encode())
    faulthandler.dump_traceback_later(SECONDS + patiently(100), file=stderr, exit=True)
    try:
        while rounds < 10 or time.monotonic() < end:
            one_round(loop_runner, chance.random())
            rounds += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
        os.close(stderr)
    assert not unraisable, "\n".join(unraisable)
    assert "CRITICAL" not in capfd.readouterr().err
