# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The library exports what its public headers declare, and nothing else."""

import os
import re
import subprocess
import unittest
from pathlib import Path

FOLDERS = [Path(os.environ[root], "athreading") for root in ("SOURCE_ROOT", "BUILD_ROOT")]
LIBRARY = FOLDERS[1] / "libathreading-1.so"


def declared():
    functions = set()
    for folder in FOLDERS:
        for path in folder.glob("*.h"):
            if path.stem.endswith("-private") or path.name == "config.h":
                continue
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
            text = re.sub(r"^#(.*\\\n)*.*", "", text, flags=re.M)
            functions |= set(re.findall(r"\b(athr_\w+) *\(", text))
            functions |= {name + "_get_type" for name
                          in re.findall(r"G_DECLARE_\w+ *\(\w+, (athr_\w+),", text)}
    return functions


class SymbolsTest(unittest.TestCase):
    def setUp(self):
        output = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], text=True,
                                check=True, capture_output=True).stdout
        self.exported = {line.split()[-1] for line in output.splitlines()}

    def test_are_those_of_the_headers(self):
        self.assertIn("athr_call_get_type", self.exported)
        self.assertEqual(self.exported, declared())

    def test_have_the_prefix(self):
        self.assertEqual([name for name in self.exported if not name.startswith("athr_")], [])
