# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""grep TEXT FILE...: prints the lines with a text, four files at once."""

import asyncio
import sys

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr


async def main(text, *paths):
    def find_lines(path):  # on a worker thread
        with open(path, encoding="utf-8") as file:
            for line in file:
                if text in line:
                    yield f"{path}:{line.rstrip()}"

    async for line in Athr.map(find_lines, paths, limit=4):
        print(line)


if len(sys.argv) < 2:
    sys.exit(2)
try:
    asyncio.run(main(*sys.argv[1:]))
except OSError as error:
    sys.exit(f"grep: {error}")
