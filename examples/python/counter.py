# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A generator that is answered while it runs, here and on a worker."""

import asyncio
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def counter(number, step):
    while True:
        time.sleep(0.1)
        try:
            sent = yield number
        except ZeroDivisionError:
            sent = -1
        number = number + step if sent is None else sent


def count():
    generator = counter(0, 1)
    print(next(generator), next(generator), generator.send(10), next(generator))
    print(generator.throw(ZeroDivisionError))
    generator.close()


async def acount():
    async with Athr.generate(counter)(0, 1) as generator:
        print(await anext(generator), await anext(generator), await generator.asend(10), await anext(generator))
        print(await generator.athrow(ZeroDivisionError))


print("Blocking:")
count()
print("On a worker:")
asyncio.run(acount())
