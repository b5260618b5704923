# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Includes go one way, and private headers stay private."""

import os
import re
import unittest
from pathlib import Path

SOURCE = Path(os.environ["SOURCE_ROOT"], "athreading")

# The pieces of the library: each may include those before it. A file belongs to the piece
# whose name its own begins with; a piece may be several nouns.
ORDER = [
    ["version"],
    ["types", "enums"],
    ["lock"],
    ["progress"],
    ["context-queue", "queue-source", "home", "main-context"],
    ["operation"],
    ["weak"],
    ["deadline"],
    ["job-queue"],
    ["pool", "event"],
    ["executor"],
    ["channel", "ring", "message", "problem"],
    ["producer"],
    ["call"],
    ["yielder"],
    ["stream"],
    ["athreading"],
]

# Those that know nothing of each other, though one stands behind the other
APART = [{"call", "yielder"}, {"call", "stream"}]


def piece_of(name):
    noun = re.sub(r"^athr-|(-private)?\.[ch](\.in)?$", "", name)
    for place, nouns in enumerate(ORDER):
        if any(noun == own or noun.startswith(own + "-") for own in nouns):
            return place, nouns[0]
    raise AssertionError(f"{name} belongs to no piece that this check knows")


def includes_of(path):
    """The headers of the library that a file includes."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.match(r'#\s*include\s+(?:<athreading/([^>]+)>|"([^"]+)")', line):
            name = os.path.basename(match[1] or match[2])
            if name != "config.h":
                yield name


class IncludesTest(unittest.TestCase):
    def setUp(self):
        self.files = sorted(path for path in SOURCE.rglob("*")
                            if re.search(r"\.[ch](\.in)?$", path.name))
        self.assertTrue(self.files)

    def test_go_one_way(self):
        for path in self.files:
            place, piece = piece_of(path.name)
            for name in includes_of(path):
                other_place, other = piece_of(name)
                with self.subTest(file=path.name, includes=name):
                    self.assertLessEqual(other_place, place)
                    self.assertNotIn({piece, other}, APART)

    def test_public_headers_include_no_private_ones(self):
        for path in self.files:
            if re.search(r"(?<!-private)\.h(\.in)?$", path.name):
                for name in includes_of(path):
                    with self.subTest(file=path.name, includes=name):
                        self.assertNotIn("-private", name)
