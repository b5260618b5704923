# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The lines that a change touches have the style that clang-format writes. See build-aux/format.py."""

import os
import shutil
import sys
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(os.environ["SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "build-aux"))
import format as formatting

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # Git's name of a folder without files

GOOD = """\
static void
athr_thing_set (AthrThing  *self,
                int         number,
                GError    **error)
{
  typedef enum { A, B } Kind;
  static const AthrThing none = { 0, };

  if (number > 0 &&
      number < 9)
    {
      self->number = number; /* why */
      *self = (AthrThing) { .number = number };
    }
  return;
}
"""

# Each is a line of GOOD and what a careless author writes instead.
BAD = [
    ("athr_thing_set (AthrThing  *self,", "athr_thing_set(AthrThing  *self,"),
    ("                int         number,", "          int         number,"),
    ("      number < 9)", "    number < 9)"),
    ("    {\n      self", "  {\n      self"),
    ("      self->number = number;", "    self->number = number;"),
    ("      self->number = number;", "      self->number=number;"),
    ("static void\nathr", "static void athr"),
    ("  if (number", "  if(number"),
]


@unittest.skipIf(shutil.which("clang-format") is None, "clang-format is not installed")
class FormatTest(unittest.TestCase):
    def test_accepts_the_style(self):
        self.assertEqual([str(difference) for difference in formatting.differences(GOOD, "athreading/thing.c")], [])

    def test_finds_another_style(self):
        for line, instead in BAD:
            with self.subTest(line=instead):
                self.assertIn(line, GOOD)
                self.assertTrue(list(formatting.differences(GOOD.replace(line, instead), "athreading/thing.c")))

    def test_finds_changes_if_git_writes_in_colour(self):
        environment = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "color.ui", "GIT_CONFIG_VALUE_0": "always"}
        with mock.patch.dict(os.environ, environment):
            try:
                lines = formatting.changed_lines(EMPTY_TREE)
            except formatting.NoGit:
                self.skipTest("the sources are not in a git checkout")
        self.assertIn("athreading/athr-call.h", lines)

    def test_refuses_what_is_no_commit(self):
        try:
            self.assertFalse(formatting.is_commit("nonsense"))
            self.assertFalse(formatting.is_commit("--all"))
            self.assertTrue(formatting.is_commit("HEAD"))
        except formatting.NoGit:
            self.skipTest("the sources are not in a git checkout")

    def test_changed_lines_have_the_style(self):
        try:
            lines = formatting.changed_lines(formatting.base())
        except formatting.NoGit:
            self.skipTest("the sources are not in a git checkout with a commit to compare with")
        for name, difference in formatting.complaints(lines):
            with self.subTest(file=name, line=difference.line):
                self.fail(f"clang-format writes:\n{difference}")
