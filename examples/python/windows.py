# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""windows FILE...: opens windows, and closes all but the last one at once."""

import asyncio
import os
import sys

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GObject


@Athr.call
def count_lines(path):  # on a worker thread
    with open(path, "rb") as file:
        return file.read().count(b"\n")


class Window(GObject.Object):
    def __init__(self, path):
        super().__init__()
        self.path = path
        self.title = os.path.basename(path)

    async def fill(self):
        try:
            count = await count_lines.options(owner=self)(self.path)
        except asyncio.CancelledError:
            return  # the window is closed
        print(f"{self.title}: {count} lines")

    def close(self):
        print(f"{self.title}: closed")
        self.run_dispose()  # since fill() holds the window


async def main(paths):
    windows = [Window(path) for path in paths]
    tasks = [asyncio.create_task(window.fill()) for window in windows]
    await asyncio.sleep(0)  # the tasks begin
    for window in windows[:-1]:
        window.close()
    await asyncio.gather(*tasks)


try:
    asyncio.run(main(sys.argv[1:]))
except OSError as error:
    sys.exit(f"windows: {error}")
