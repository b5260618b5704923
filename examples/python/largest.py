# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""largest [FOLDER]: lists all files below a folder, the largest first."""

import asyncio
import itertools
import sys

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, Gio, GLib


async def spin():
    for tick in itertools.cycle("|/-\\"):
        await asyncio.sleep(0.1)
        print(f"\r{tick}", end="", file=sys.stderr, flush=True)


async def main(path):
    folder = Gio.File.new_for_commandline_arg(path)
    stream = Athr.Stream.new_for_directory(
        folder, "standard::size", Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS)
    files, problems = [], []

    stream.connect("problem", lambda _, file, message: problems.append(message))
    spinner = asyncio.create_task(spin())

    try:
        async for info in stream:
            if info.get_file_type() != Gio.FileType.DIRECTORY:
                files.append(info)
    except GLib.Error as error:
        problems.append(error.message)
    spinner.cancel()
    print("\r \r", end="", file=sys.stderr)

    for info in sorted(files, key=lambda info: -info.get_size()):
        file = info.get_attribute_object("standard::file")
        print(f"{info.get_size():12} {file.get_parse_name()}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ".")))
