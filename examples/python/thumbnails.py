# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""thumbnails FOLDER OTHER: writes small copies of the pictures in a folder into another folder."""

import asyncio
import sys
from pathlib import Path

import gi
gi.require_version("Athr", "1")
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import Athr, GdkPixbuf, GLib


def shrink(path):  # on a worker thread
    try:
        picture = GdkPixbuf.Pixbuf.new_from_file_at_scale(str(path), 128, 128, True)
        copy = Path(sys.argv[2], f"{path.name}.png")
        picture.savev(str(copy), "png", [], [])
        yield f"{copy} {picture.props.width} x {picture.props.height}"
    except GLib.Error as error:  # then the file has no thumbnail
        if not error.matches(GdkPixbuf.pixbuf_error_quark(), GdkPixbuf.PixbufError.UNKNOWN_TYPE):
            print(error.message, file=sys.stderr)


async def main(folder):
    async for line in Athr.map(shrink, sorted(filter(Path.is_file, folder.iterdir())), limit=4):
        print(line)


asyncio.run(main(Path(sys.argv[1])))
