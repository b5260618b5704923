# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""lines FILE...: counts the lines of files, four at once, or fails."""

import asyncio
import sys

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


def count_lines(path):  # on a worker thread
    with open(path, "rb") as file:
        return file.read().count(b"\n")


async def main(paths):
    async with Athr.Group(max_running=4) as group:
        calls = [group.add(count_lines, path) for path in paths]

    counts = [await call for call in calls]
    for path, count in zip(paths, counts):
        print(f"{count:8} {path}")
    print(f"{sum(counts):8} total")


try:
    asyncio.run(main(sys.argv[1:]))
except OSError as error:
    sys.exit(f"lines: {error}")
