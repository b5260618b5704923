# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the override costs, beside run_in_executor() and asyncio.Queue written by hand the obvious way. The
program prints a line of JSON for each row of the table of bench.py."""

import asyncio
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr

ROUNDS = 3
N_CALLS = 10_000
N_ONE = 2_000
N_VALUES = 100_000
N_STEPS = 2_000
THREADS = 6


def echo(x):
    return x


def numbers(n):
    yield from range(n)


async def one_by_hand(n):
    loop, executor = asyncio.get_running_loop(), ThreadPoolExecutor(THREADS)
    for x in range(n):
        await loop.run_in_executor(executor, echo, x)


async def one(n):
    call = Athr.call(echo, executor=Athr.Executor.new("bench", THREADS))
    for x in range(n):
        await call(x)


async def gathered_by_hand(n):
    loop, executor = asyncio.get_running_loop(), ThreadPoolExecutor(THREADS)
    await asyncio.gather(*(loop.run_in_executor(executor, echo, x) for x in range(n)))


async def gathered(n):
    call = Athr.call(echo, executor=Athr.Executor.new("bench", THREADS))
    await asyncio.gather(*(call(x) for x in range(n)))


async def stream_by_hand(n):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue()

    def produce():
        for value in numbers(n):
            loop.call_soon_threadsafe(queue.put_nowait, value)
        loop.call_soon_threadsafe(queue.put_nowait, None)

    future = loop.run_in_executor(None, produce)
    while await queue.get() is not None:
        pass
    await future


async def stream(n):
    async for _ in Athr.iterate(numbers)(n):
        pass


async def bounded_by_hand(n):
    loop, queue = asyncio.get_running_loop(), asyncio.Queue(64)

    def produce():
        for value in numbers(n):
            asyncio.run_coroutine_threadsafe(queue.put(value), loop).result()
        asyncio.run_coroutine_threadsafe(queue.put(None), loop).result()

    future = loop.run_in_executor(None, produce)
    while await queue.get() is not None:
        pass
    await future


async def bounded(n):
    async for _ in Athr.iterate(numbers, buffer_maxsize=64)(n):
        pass


async def lock_step_by_hand(n):
    loop, executor, generator = asyncio.get_running_loop(), ThreadPoolExecutor(1), numbers(n)
    while await loop.run_in_executor(executor, next, generator, None) is not None:
        pass


async def lock_step(n):
    async for _ in Athr.generate(numbers)(n):
        pass


def measure(function, n):
    start = time.perf_counter()
    asyncio.run(function(n))
    return (time.perf_counter() - start) / n * 1e6


def main():
    quick = "--quick" in sys.argv
    for name, title, by_hand, ours, n in (
            ("python-call", "Python: one call at a time", one_by_hand, one, N_ONE),
            ("python-gather", "Python: calls gathered", gathered_by_hand, gathered, N_CALLS),
            ("python-values", "Python: a value, no limit", stream_by_hand, stream, N_VALUES),
            ("python-bounded", "Python: a value, a buffer of 64", bounded_by_hand, bounded, N_VALUES),
            ("python-lock-step", "Python: a value, lock-step", lock_step_by_hand, lock_step, N_STEPS)):
        if quick:
            n //= 1000
        ways = {"athreading": [], "by hand": []}
        for _ in range(1 if quick else ROUNDS):
            ways["by hand"].append(measure(by_hand, n))
            ways["athreading"].append(measure(ours, n))
        print(json.dumps({"name": name, "title": title, "unit": "us", "ways": ways}), flush=True)


if __name__ == "__main__":
    main()
