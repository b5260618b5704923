# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A round trip costs no more instructions and lock operations than its budget, by callgrind.

Callgrind counts what all threads of a process execute, GLib included, and runs one thread at a time. How long a thread
spins for work or for a lock depends on the load of the machine, so that does not count. Several round trips share a
dispatch, and it depends on how the threads take turns how many: that adds up to 4 % to some runs, most of all on a busy
machine. So the cheapest of some runs counts. The test takes the difference between two runs, so that the start of the program does not count."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PATH = "/athr/budget"

ROUND_TRIPS = os.environ["ROUND_TRIPS"]

# GLib's own share, more than half, differs between its versions and between processors.
MEASURED_WITH = "2.74", "x86_64"

# What waits without sleeping.
SPINNING = "athr_spin_until", "athr_spin_wait", "athr_spin", "athr_lock_contended"

IN_FLIGHT = 64
SHORT, LONG = 1000, 4000
ATTEMPTS = 10


def totals(output):
    """The instructions without those of SPINNING, and the calls of g_mutex_trylock() by which the library begins to
    take a lock."""
    names = {}
    caller = called = None
    is_call = False
    instructions = locks = 0
    for line in output.splitlines():
        if is_call and called in SPINNING and caller not in SPINNING:
            instructions -= int(line.split()[1])
        is_call = line.startswith("calls=")
        if match := re.fullmatch(r"c?fn=\((\d+)\)(?: (.*))?", line):
            if match[2]:
                names[match[1]] = match[2]
            if line.startswith("cfn="):
                called = names[match[1]]
            else:
                caller = names[match[1]]
        elif is_call and called == "g_mutex_trylock" and caller not in SPINNING:
            locks += int(line.removeprefix("calls=").split()[0])
        elif line.startswith("totals:"):
            instructions += int(line.split()[1])
    return instructions, locks


def count(way, n_rounds):
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--fair-sched=no",
                        f"--callgrind-out-file={output}", ROUND_TRIPS, way, str(IN_FLIGHT), str(n_rounds)],
                       check=True, timeout=120)
        return totals(output.read_text(encoding="utf-8"))


def cost_of_round(way):
    shorter, longer = count(way, SHORT), count(way, LONG)
    return [(after - before) / (LONG - SHORT) for before, after in zip(shorter, longer)]


@unittest.skipUnless(shutil.which("valgrind"), "valgrind, which counts instructions, is not installed")
@unittest.skipUnless((os.environ["GLIB_VERSION"].rpartition(".")[0], platform.machine()) == MEASURED_WITH,
                     f"the budgets are for GLib {MEASURED_WITH[0]} on {MEASURED_WITH[1]}")
class Budget(unittest.TestCase):
    def expect(self, way, instructions, locks):
        budget = instructions, locks
        per_round = cost_of_round(way)
        for _ in range(ATTEMPTS - 1):
            if all(cost <= limit for cost, limit in zip(per_round, budget)):
                break
            per_round = min(per_round, cost_of_round(way))
        print(f"# {way}: {per_round[0]:.0f} instructions (budget: {instructions}), "
              f"{per_round[1]:.2f} lock operations (budget: {locks})")
        self.assertGreater(per_round[1], 0)
        self.assertLessEqual(per_round[0], instructions)
        self.assertLessEqual(per_round[1], locks)

    def test_call(self):
        self.expect("call", 10200, 5)

    def test_run_task(self):
        self.expect("run-task", 10000, 3)
