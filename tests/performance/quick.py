# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every row of the benchmarks runs, the JSON has all figures, and the tables come from the JSON. The test runs
each row once with little work, and looks at no time."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
PERFORMANCE = SOURCE_ROOT / "tests" / "performance"

sys.path.insert(0, str(PERFORMANCE))

import bench
import report

PATH = "/athr/performance"


class QuickTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.ran = subprocess.run([sys.executable, PERFORMANCE / "bench.py", BUILD_ROOT, "--quick", "--json",
                                  cls.folder / "bench.json"], capture_output=True, text=True, check=False)
        if cls.ran.returncode != 0:
            raise AssertionError(cls.ran.stdout + cls.ran.stderr)
        cls.result = json.loads((cls.folder / "bench.json").read_text(encoding="utf-8"))
        cls.rows = report.rows_by_name(cls.result)

    def test_each_way_has_its_figure(self):
        self.assertEqual(len(self.rows), len(self.result["rows"]), "two rows have the same name")
        for row in self.result["rows"]:
            with self.subTest(row=row["name"]):
                self.assertTrue(row["title"] and row["unit"] and row["ways"])
                for turns in row["ways"].values():
                    self.assertEqual(len(turns), 1)
                    self.assertTrue(math.isfinite(turns[0]) and turns[0] >= 0)

    def test_each_aim_has_its_row(self):
        for name, *ways in ([aim[:3] for aim in report.FASTER] + [aim[:2] for aim in report.AT_MOST] +
                            [aim[:2] for aim in report.AT_LEAST] + [aim[:2] for aim in report.INSTRUCTIONS]):
            for way in ways:
                with self.subTest(row=name, way=way):
                    self.assertIn(way, self.rows[name]["ways"])
        for name in bench.COUNTED:
            with self.subTest(counted=name):
                self.assertIn(name, self.rows)

    def test_what_the_system_has_takes_part(self):
        self.assertEqual("libdex fiber" in self.rows["call-64"]["ways"], self.result["machine"]["libdex"] is not None)
        if (BUILD_ROOT / "introspection" / "Athr-1.typelib").exists():
            self.assertIn("python-values", self.rows)
        if (BUILD_ROOT / "tests" / "gjs" / "AthrTests-1.typelib").exists() and shutil.which("gjs"):
            self.assertIn("gjs-values", self.rows)

    def test_a_value_wakes_the_main_loop_once_by_hand(self):
        """The program counts the wake-ups: each of the 1,000 idle functions of a burst wakes the main loop."""
        turns = self.rows["wake-ups-values"]["ways"]["idle each"]
        self.assertGreaterEqual(turns[0], 1000)

    def test_memory_is_counted(self):
        for name in ("memory-call", "memory-stream"):
            for way, turns in self.rows[name]["ways"].items():
                with self.subTest(row=name, way=way):
                    self.assertGreater(turns[0], 100)

    def test_growth_has_all_its_cases(self):
        series = {(one["name"], one["unit"]): one for one in report.growing(self.result["growth"])}
        names = ["calls in flight", "streams", "main contexts", "buffer", "priorities"]
        self.assertEqual(set(series), {(name, unit) for name in names for unit in ("us", "bytes")})
        for one in series.values():
            self.assertEqual(one["n"], [1, 10])

    def test_growth_that_is_too_fast_is_told(self):
        def points(each):
            return [{"name": "x", "of": "x", "unit": "us", "n": n, "turns": [each(n)]} for n in (100, 1000, 100000)]

        logarithmic, = report.growing(points(math.log))
        root, = report.growing(points(math.sqrt))
        self.assertFalse(logarithmic["too_fast"])
        self.assertTrue(root["too_fast"])

    def test_the_output_has_each_row_and_the_aims(self):
        for row in self.result["rows"]:
            with self.subTest(row=row["name"]):
                self.assertIn(f"\n{row['title']}: {row['unit']}\n", self.ran.stdout)
        self.assertRegex(self.ran.stdout, r"\nAims: \d+ met, \d+ missed\n")

    def test_the_pages_take_no_quick_run(self):
        ran = subprocess.run([sys.executable, PERFORMANCE / "report.py", self.folder / "bench.json", "--write-docs"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("not for the pages", ran.stderr)

    def test_the_tables_are_written_between_the_markers(self):
        top = self.folder / "top"
        (top / "doc").mkdir(parents=True)
        for page in ("README.md", "doc/performance.md"):
            shutil.copy(SOURCE_ROOT / page, top / page)
        libdex = self.result if self.result["machine"]["libdex"] else None
        report.write_docs(self.result, libdex, top)
        for page in ("README.md", "doc/performance.md"):
            before = (SOURCE_ROOT / page).read_text(encoding="utf-8")
            after = (top / page).read_text(encoding="utf-8")
            with self.subTest(page=page):
                self.assertEqual(self.outside(before), self.outside(after))
                self.assertIn(self.result["machine"]["glib"], after)
        written = [(top / page).read_text(encoding="utf-8") for page in ("README.md", "doc/performance.md")]
        report.write_docs(self.result, libdex, top)
        self.assertEqual(written,
                         [(top / page).read_text(encoding="utf-8") for page in ("README.md", "doc/performance.md")])

    def outside(self, text):
        """The text without what stands between markers"""
        return re.sub(r"(<!-- ([\w-]+): from bench.sh -->\n).*?(<!-- \2: end -->)", r"\1\3", text, flags=re.S)
