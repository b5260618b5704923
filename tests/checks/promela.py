# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""No function that a model in tests/promela/ mirrors has changed since somebody read the model beside the function.

build-aux/model-functions.py says what to do when this test fails."""

import importlib.util
import os
import unittest
from pathlib import Path

ROOT = Path(os.environ["SOURCE_ROOT"])

spec = importlib.util.spec_from_file_location("model_functions", ROOT / "build-aux" / "model-functions.py")
model_functions = importlib.util.module_from_spec(spec)
spec.loader.exec_module(model_functions)

C_TEXT = """\
/* A comment with a brace { */
static int
athr_add (int a,
          int b)
{
  if (a > 0)
    {
      a++; /* why */
    }
  return a + b;
}

static inline int
athr_get (int a)
{
  return a;
}
"""


def changes(before, after, *ignored):
    """Lists the complaints about a text whose list was written for another text."""
    lines = "".join(f"  - {name}\n" for name in ignored)
    written = model_functions.written(f"a.c\n{lines}", {"a.c": model_functions.digests_of(before)})
    return list(model_functions.complaints(list(model_functions.read_list(written)),
                                           {"a.c": model_functions.digests_of(after)}))


class PromelaTest(unittest.TestCase):
    def test_functions_are_those_of_the_models(self):
        listed = list(model_functions.read_list(model_functions.LIST.read_text(encoding="utf-8")))
        self.assertGreater(sum(entry.digest != "-" for entry in listed), 80)
        self.assertEqual(list(model_functions.complaints(listed, model_functions.functions_of_files(listed))), [])

    def test_comments_and_blanks_do_not_count(self):
        self.assertEqual(changes(C_TEXT, C_TEXT.replace("why", "because").replace("  ", "    ")), [])

    def test_finds_a_change(self):
        for old, new in [("a > 0", "a >= 0"), ("a++;", ""), ("int b", "long b")]:
            with self.subTest(old=old):
                self.assertEqual(len(changes(C_TEXT, C_TEXT.replace(old, new))), 1)
                self.assertEqual(changes(C_TEXT, C_TEXT.replace(old, new), "athr_add"), [])

    def test_finds_functions_that_come_and_go(self):
        shorter = C_TEXT[:C_TEXT.index("static inline")]
        self.assertRegex(changes(C_TEXT, shorter)[0], r"athr_get\(\) is gone")
        self.assertRegex(changes(shorter, C_TEXT)[0], r"athr_get\(\) is new")
