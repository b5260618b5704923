# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each test that the page of guarantees names exists, and so do those that the page about processes names."""

import os
import re
import subprocess
import unittest
from functools import lru_cache
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
PAGE = SOURCE_ROOT / "doc" / "guarantees.md"
PROCESSES = SOURCE_ROOT / "doc" / "process-life.md"


@lru_cache(maxsize=None)
def paths_of(source):
    """The paths of the tests of a C file, which its program lists. A build without libsysprof-capture has no program of
    `base/trace-marks.c`: then those that the file has."""
    folder, name = Path(source).parent, Path(source).stem
    program = BUILD_ROOT / "tests" / (f"stress/stress-{name}" if folder.name == "stress" else f"test-{name}")
    if source == "base/trace-marks.c" and not program.exists():
        return set(re.findall(r'g_test_add_func \("([^"]+)"', (SOURCE_ROOT / "tests" / source).read_text(encoding="utf-8")))
    return set(subprocess.run([program, "-l"], text=True, check=True, capture_output=True).stdout.split())


def rows_of(text):
    """The guarantees of the tables: what a row says, and its tests, as pairs of a source and a path."""
    for line in text.splitlines():
        match = re.fullmatch(r"\| (.+) \| (`.+`) \|", line)
        if match is not None:
            yield match[1], re.findall(r"`([\w/-]+\.c) (/[^`]+)`", match[2])


def problems_of(text):
    found = []
    for says, tests in rows_of(text):
        if not tests:
            found.append(f"{says}: no test")
        for source, path in tests:
            if not (SOURCE_ROOT / "tests" / source).is_file():
                found.append(f"{says}: no file tests/{source}")
            elif path not in paths_of(source):
                found.append(f"{says}: tests/{source} has no test {path}")
    return found


class GuaranteesTest(unittest.TestCase):
    def test_have_tests_that_exist(self):
        text = PAGE.read_text(encoding="utf-8")
        self.assertGreater(len(list(rows_of(text))), 50)
        self.assertEqual(problems_of(text), [])

    def test_every_line_of_a_table_is_read(self):
        text = PAGE.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("|") and not re.match(r"\| guarantee |\|---", line)]
        self.assertEqual(len(list(rows_of(text))), len(lines))

    def test_tests_of_processes_exist(self):
        named = re.findall(r"^Tests: `(/[^`]+)` in (.+?)\.$", PROCESSES.read_text(encoding="utf-8"), re.M | re.S)
        self.assertEqual(len(named), 3)
        for path, sources in named:
            for source in re.findall(r"`([^`]+)`", sources):
                with self.subTest(path=path, source=source):
                    self.assertIn(f'"{path}', (SOURCE_ROOT / "tests" / source).read_text(encoding="utf-8"))

    def test_finds_faults(self):
        self.assertEqual(problems_of("| A. | `scope/group.c /athr/group/empty` |"), [])
        self.assertEqual(problems_of("| A. | `scope/group.c /athr/group/missing` |"),
                         ["A.: tests/scope/group.c has no test /athr/group/missing"])
        self.assertEqual(problems_of("| A. | `scope/missing.c /athr/group/empty` |"), ["A.: no file tests/scope/missing.c"])
        self.assertEqual(problems_of("| A. | `later` |"), ["A.: no test"])
