# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An int that is passed by batches costs each side no more instructions than its budget, by callgrind.

Callgrind counts what each thread executes, GLib included. The costs are those of the library: what a yield executes,
on the worker, and all that the main thread executes, without what the program does with the values. The test takes
the difference between two runs, so that the start of the program does not count."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PATH = "/athr/budget/values"

VALUES = os.environ["VALUES"]

SHORT, LONG = 40960, 81920
BUDGET = 60


def costs(output):
    """The instructions of the thread, and those of each function that the thread has called, with what it calls."""
    names, inclusive = {}, {}
    called = None
    total = 0
    lines = iter(output.splitlines())
    for line in lines:
        if match := re.fullmatch(r"c?fn=\((\d+)\)(?: (.*))?", line):
            if match[2]:
                names[match[1]] = match[2]
            if line.startswith("cfn="):
                called = names[match[1]]
        elif line.startswith("calls="):
            inclusive[called] = inclusive.get(called, 0) + int(next(lines).split()[1])
        elif line.startswith("totals:"):
            total = int(line.split()[1])
    return total, inclusive


def count(n_values):
    """The instructions of yields, and those of the main thread."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--fair-sched=yes", "--separate-threads=yes",
                        f"--callgrind-out-file={output}", VALUES, str(n_values)], check=True, timeout=60)
        threads = [costs(file.read_text(encoding="utf-8")) for file in sorted(Path(folder).glob("callgrind.out-*"))]
    total, inclusive = threads[0]
    yields = sum(inclusive.get("athr_yielder_yield_value", 0) for _, inclusive in threads[1:])
    return yields, total - inclusive["read_values"]


@unittest.skipUnless(shutil.which("valgrind"), "valgrind, which counts instructions, is not installed")
class Budget(unittest.TestCase):
    def test_int_by_batches(self):
        shorter, longer = count(SHORT), count(LONG)
        sides = [(after - before) / (LONG - SHORT) for before, after in zip(shorter, longer)]
        print(f"# an int by batches: {sides[0]:.1f} instructions on the worker and {sides[1]:.1f} on the main thread "
              f"(budget: {BUDGET} each)")
        for side in sides:
            self.assertGreater(side, 0)
            self.assertLessEqual(side, BUDGET)
