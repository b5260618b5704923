# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import asyncio
import datetime
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def worker(n):
    for _ in range(n):
        time.sleep(0.5)
        yield datetime.datetime.now()


def print_stream(sid, stream):
    for value in stream:
        print("stream:", sid, "time:", value)


async def aprint_stream(sid, stream):
    async with stream:
        async for value in stream:
            print("stream:", sid, "time:", value)


async def gather():
    aworker = Athr.iterate(worker, executor=Athr.Executor.new("timestamps", 4))
    await asyncio.gather(*(aprint_stream(sid, aworker(3)) for sid in range(4)))


print("One after the other:")
start = time.monotonic()
for sid in range(4):
    print_stream(sid, worker(3))
print(f"{time.monotonic() - start:.1f} s")

print("At once:")
start = time.monotonic()
asyncio.run(gather())
print(f"{time.monotonic() - start:.1f} s")
