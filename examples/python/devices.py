# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A blocking function that calls back: first on the main thread, then on a worker."""

import asyncio
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def search(found):
    for name in "printer", "scanner", "camera":
        time.sleep(0.1)
        found(name)


async def asearch():
    async with Athr.iterate_callback(search)() as names:
        async for name in names:
            print(name)
    print("the first:", await Athr.single_callback(search)())


print("Blocking:")
search(print)
print("On a worker:")
asyncio.run(asearch())
