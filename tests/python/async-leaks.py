# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""100,000 values, calls and exceptions leak neither objects nor memory."""

import asyncio
import gc
import os
import sys

import pytest
from gi.repository import Athr, GLib

ROUNDS = 100_000
FEW = 1000  # values of a stream without a limit, whose producer may be ahead by all of them


def resident():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def assert_flat(run, rounds=ROUNDS, warm=2000):
    """Fails if run(n) leaves more behind when n is larger. The garbage collector does not run meanwhile."""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("no /proc")
    run(warm)
    gc.collect()
    gc.disable()
    try:
        objects, before = len(gc.get_objects()), resident()
        blocks = sys.getallocatedblocks()
        run(rounds)
        left = len(gc.get_objects()) - objects
        assert left < rounds / 100, "cycles are left to the collector"
        assert sys.getallocatedblocks() - blocks < rounds / 10 + 1000
        gc.collect()
        assert resident() - before < 16 * rounds + 4 * 1024 * 1024
    finally:
        gc.enable()


class Value:
    pass


def test_values():
    async def main(n):
        for _ in range(n // FEW):
            async for value in Athr.iterate(lambda: (Value() for _ in range(FEW)))():
                assert type(value) is Value

    assert_flat(lambda n: asyncio.run(main(n)))


def test_values_of_a_bounded_buffer():
    async def main(n):
        async for value in Athr.iterate(lambda: (Value() for _ in range(n)), buffer_maxsize=64)():
            assert type(value) is Value

    assert_flat(lambda n: asyncio.run(main(n)))


def test_sent_values():
    def echo():
        sent = None
        while True:
            sent = yield sent

    async def main(n):
        generator = Athr.generate(echo)()
        await anext(generator)
        for _ in range(n):
            await generator.asend(Value())
        await generator.aclose()

    assert_flat(lambda n: asyncio.run(main(n)), ROUNDS // 10)


def test_thrown_exceptions():
    def catch():
        while True:
            try:
                yield
            except ValueError:
                pass

    async def main(n):
        generator = Athr.generate(catch)()
        await anext(generator)
        for _ in range(n):
            await generator.athrow(ValueError)
        await generator.aclose()

    assert_flat(lambda n: asyncio.run(main(n)), ROUNDS // 10)


def test_calls():
    async def main(n):
        function = Athr.call(Value)
        for _ in range(n // 100):
            await asyncio.gather(*(function() for _ in range(100)))

    assert_flat(lambda n: asyncio.run(main(n)))


def test_exceptions():
    def fail():
        raise ValueError(Value())

    async def attempt():
        try:
            await Athr.call(fail)()
        except ValueError:
            pass

    async def main(n):
        for _ in range(n // 100):
            await asyncio.gather(*(attempt() for _ in range(100)))

    assert_flat(lambda n: asyncio.run(main(n)))


def test_calls_with_options():
    def work():
        Athr.current().report_progress(0.5, "half")
        Athr.current().check_cancelled()
        return Value()

    async def attempt(function):
        try:
            await function.options(name="again")()
        except TimeoutError:
            pass

    async def main(n):
        function = Athr.call(work, timeout=60, run_timeout=60, progress=lambda *_: None)
        for _ in range(n // 100):
            await asyncio.gather(*(attempt(function.options(timeout=x % 2)) for x in range(100)))

    assert_flat(lambda n: asyncio.run(main(n)), ROUNDS // 10)


def test_streams():
    async def main(n):
        for _ in range(n):
            async with Athr.iterate(lambda: iter(range(3)))() as stream:
                async for _ in stream:
                    break

    assert_flat(lambda n: asyncio.run(main(n)), ROUNDS // 10)


def test_loops():
    def run(n):
        for _ in range(n):
            asyncio.run(Athr.call(Value)())

    assert_flat(run, ROUNDS // 100, 100)


def test_the_next_values_of_signals():
    def run(n):
        for _ in range(n // FEW):
            stream = Athr.Stream.for_iterator(Value() for _ in range(FEW))
            ended = []
            stream.connect("value", lambda stream, value: None)
            stream.connect("finished", lambda stream: ended.append(1))
            stream.props.flowing = True
            while not ended:
                GLib.MainContext.default().iteration(True)

    assert_flat(run)
