# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""search FILE TEXT...: types texts into a search box. The last one counts."""

import asyncio
import sys

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr

latest = Athr.Latest(debounce=50)


def count_lines(path, text):  # on a worker thread
    with open(path, encoding="utf-8") as file:
        return sum(text in line for line in file)


async def search(path, text):
    try:
        print(f"{text}: {await latest.run(count_lines, path, text)} lines")
    except asyncio.CancelledError:
        print(f"{text}: superseded")


async def main(path, *texts):
    await asyncio.gather(*(search(path, text) for text in texts))


try:
    asyncio.run(main(*sys.argv[1:]))
except OSError as error:
    sys.exit(f"search: {error}")
