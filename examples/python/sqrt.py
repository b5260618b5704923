# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import asyncio
import datetime
import math
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def print_sqrt(x):
    time.sleep(0.5)
    result = math.sqrt(x)
    print(f"{datetime.datetime.now()} {result:f}\n", end="")  # one write for each line, as several threads print
    return result


async def gather():
    aprint_sqrt = Athr.call(print_sqrt)
    return await asyncio.gather(aprint_sqrt(2), aprint_sqrt(3), aprint_sqrt(4))


def print_roots(roots):
    print("({:f} {:f} {:f})".format(*roots))
    print(f"{time.monotonic() - start:.1f} s")


print("One after the other:")
start = time.monotonic()
print_roots((print_sqrt(2), print_sqrt(3), print_sqrt(4)))

print("At once:")
start = time.monotonic()
print_roots(asyncio.run(gather()))
