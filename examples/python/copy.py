# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""copy FILE... FOLDER: copies files, and asks before it overwrites one."""

import asyncio
import shutil
import sys
from pathlib import Path

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr

read_line = Athr.call(sys.stdin.readline)


# In the event loop: a program with a window shows a dialog here.
async def ask(name):
    print(f"Overwrite {name}?")
    return await read_line() == "y\n"


@Athr.call
def copy_files(*paths, folder):  # on a worker thread
    current = Athr.current()
    for path in paths:
        name = Path(path).name
        target = Path(folder, name)
        if not target.exists() or current.ask(ask, name):
            shutil.copyfile(path, target)
            current.post(print, f"{name} is copied")


if len(sys.argv) < 3:
    sys.exit(2)
try:
    asyncio.run(copy_files(*sys.argv[1:-1], folder=sys.argv[-1]))
except OSError as error:
    sys.exit(f"copy: {error}")
