# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Streams of lines, of directories and of other things that GIO reads."""

import asyncio
import os
import tempfile
import unittest
from pathlib import Path

from loop import Athr, GLib
from gi.repository import Gio

FOLLOW = Gio.FileQueryInfoFlags.NONE
NOFOLLOW = Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS


def take(stream):
    async def take_all():
        return [value async for value in stream]
    return asyncio.run(take_all())


def lines_of(data):
    return Athr.Stream.new_for_lines(Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(data)))


class GioTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)
        self.folder = Gio.File.new_for_path(folder.name)
        for name in ("a/b/deep", "a/near", "top"):
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text("123")

    def names(self, infos):
        files = [info.get_attribute_object("standard::file") for info in infos]
        return [self.folder.get_relative_path(file) for file in files]

    def test_lines(self):
        self.assertEqual(take(lines_of("one\r\n\ngrün".encode())), ["one", "", "grün"])

    def test_lines_that_are_no_text(self):
        with self.assertRaises(GLib.Error) as caught:
            take(lines_of(b"one\n\xff\n"))
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_DATA))
        self.assertEqual(caught.exception.message, "Line 2 is not valid UTF-8")

    def test_an_enumerator(self):
        enumerator = self.folder.enumerate_children("standard::name", NOFOLLOW, None)
        self.assertEqual(sorted(self.names(take(Athr.Stream.new_for_enumerator(enumerator)))), ["a", "top"])
        self.assertTrue(enumerator.is_closed())

    def test_an_enumerator_is_closed_half_way(self):
        enumerator = self.folder.enumerate_children("standard::name", NOFOLLOW, None)

        async def take_one():
            async with Athr.Stream.new_for_enumerator(enumerator) as stream:
                async for _ in stream:
                    break

        asyncio.run(take_one())
        self.assertTrue(enumerator.is_closed())

    def test_a_folder(self):
        infos = take(Athr.Stream.new_for_directory(self.folder, "standard::size", NOFOLLOW))
        self.assertEqual(sorted(self.names(infos)), ["a", "a/b", "a/b/deep", "a/near", "top"])
        self.assertEqual({info.get_size() for info in infos if info.get_name() == "deep"}, {3})

    def test_a_folder_that_is_missing(self):
        with self.assertRaises(GLib.Error) as caught:
            take(Athr.Stream.new_for_directory(self.folder.get_child("no"), None, FOLLOW))
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))

    def test_problems(self):
        problems = []

        async def walk():
            stream = Athr.Stream.new_for_directory(self.folder, None, NOFOLLOW)
            # Without a buffer the worker reads an entry only when the loop asks for the entry.
            stream.props.buffer_size = 0
            stream.connect("problem", lambda _, file, message: problems.append((file, message)))
            found = []
            async for info in stream:
                found.append(info)
                if info.get_name() == "b":
                    os.remove(self.path / "a/b/deep")
                    os.rmdir(self.path / "a/b")
            return found

        self.assertEqual(sorted(self.names(asyncio.run(walk()))), ["a", "a/b", "a/near", "top"])
        self.assertEqual([self.folder.get_relative_path(file) for file, _ in problems], ["a/b"])
        self.assertIn("No such file", problems[0][1])
