# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A blocking function that calls back, here and on a worker."""

import asyncio
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def measure(callback, n):
    for number in range(n):
        time.sleep(0.1)
        callback(19.5 + number / 2)


async def ameasure():
    async with Athr.iterate_callback(measure)(3) as degrees:
        async for value in degrees:
            print(value)
    print("the first:", await Athr.single_callback(measure)(3))


print("Blocking:")
measure(print, 3)
print("On a worker:")
asyncio.run(ameasure())
