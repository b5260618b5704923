# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A generator that gets numbers and errors while it runs: first on the main thread, then on a worker."""

import asyncio
import statistics
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def running_mean():
    numbers, mean = [], None
    while True:
        try:
            numbers.append((yield mean))
        except ValueError:
            numbers.pop()  # the last one was wrong
        time.sleep(0.1)
        mean = statistics.mean(numbers)


def measure():
    means = running_mean()
    next(means)
    for number in 10, 20, 90:
        print(number, "->", means.send(number))
    print("90 was wrong ->", means.throw(ValueError))
    means.close()


async def ameasure():
    async with Athr.generate(running_mean)() as means:
        await anext(means)
        for number in 10, 20, 90:
            print(number, "->", await means.asend(number))
        print("90 was wrong ->", await means.athrow(ValueError))


print("Blocking:")
measure()
print("On a worker:")
asyncio.run(ameasure())
