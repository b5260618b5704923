#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the benchmark programs of a build, prints the table, and writes all figures to a JSON file.

build-aux/bench.sh makes a release build and calls this program. The programs bench, flood, growth, python.py
and gjs.js print a line of JSON for each row that they have measured."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Rows that callgrind counts: one row of each kind, and how many units each of the two runs has. Where threads
# sleep or compute on purpose, instructions say nothing.
COUNTED = {
    "call-1": (500, 1500),
    "call-64": (2000, 6000),
    "call-10000": (10000, 20000),
    "run-task-64": (2000, 6000),
    "run-task-10000": (10000, 20000),
    "value-int": (20000, 60000),
    "value-string": (20000, 60000),
    "workers": (20000, 60000),
    "streams-10": (20000, 60000),
}


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def package(name):
    return first_line("pkg-config", "--modversion", name)


def processor_fields():
    fields = {}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return fields


def processor(fields):
    name = fields.get("model name", platform.machine())
    if "cpu family" in fields and "model" in fields:
        name += f" (family {fields['cpu family']}, model {fields['model']})"
    return name


def system():
    fields = {}
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        fields[name] = value.strip('"')
    return fields.get("PRETTY_NAME", "Linux")


def machine():
    """What the figures depend on, and how busy the machine was before the run."""
    fields = processor_fields()
    return {
        "processor": processor(fields),
        "is_virtual": "hypervisor" in fields.get("flags", "").split(),
        "cores": len(os.sched_getaffinity(0)),
        "system": system(),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "glib": package("glib-2.0"),
        "libdex": package("libdex-1"),
        "compiler": first_line(os.environ.get("CC", "cc"), "--version"),
        "python": platform.python_version(),
        "gjs": first_line("gjs", "--version"),
        "revision": first_line("git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "describe", "--always", "--dirty"),
        "date": time.strftime("%Y-%m-%d"),
        "load": os.getloadavg()[0],
    }


# Makes mallinfo() see all memory. GLib's own allocator would take whole blocks and give out slices of them, and the
# caches of the threads would keep what is freed.
ALL_MALLOC = {"G_SLICE": "always-malloc", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}


class Programs:
    """The programs of a build"""

    def __init__(self, build, quick, row=None):
        self.build = build
        self.options = ["--quick"] if quick else []
        self.row = row
        self.environment = dict(os.environ)
        self.prepend("PYTHONPATH", ROOT / "introspection" / "python")
        self.prepend("GJS_PATH", ROOT / "introspection" / "gjs")
        self.prepend("GI_TYPELIB_PATH", build / "introspection", build / "introspection" / "invoke",
                     build / "tests" / "gjs")
        self.prepend("LD_LIBRARY_PATH", build / "athreading", build / "introspection" / "invoke",
                     build / "tests" / "gjs")

    def prepend(self, name, *folders):
        self.environment[name] = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get(name)])])

    def c(self, name):
        return self.build / "tests" / "performance" / name

    def lines(self, *command, **environment):
        """Yields what a program prints, line for line."""
        with subprocess.Popen([*command, *self.options], stdout=subprocess.PIPE, text=True,
                              env=self.environment | environment) as process:
            for line in process.stdout:
                yield json.loads(line)
        if process.returncode != 0:
            raise SystemExit(f"{Path(command[0]).name} failed with status {process.returncode}")

    def languages(self):
        """The commands of the rows in Python and JavaScript, where this build has what they need."""
        if not (self.build / "introspection" / "Athr-1.typelib").exists():
            return
        if subprocess.run([sys.executable, "-c", "import gi"], capture_output=True, check=False).returncode == 0:
            yield sys.executable, HERE / "python.py"
        if shutil.which("gjs") and (self.build / "tests" / "gjs" / "AthrTests-1.typelib").exists():
            yield "gjs", "-m", HERE / "gjs.js"

    def rows(self):
        chosen = ["--row", self.row] if self.row else []
        yield from self.lines(self.c("bench"), *chosen)
        yield from self.lines(self.c("bench"), "--memory", *chosen, **ALL_MALLOC)
        if not self.row:
            yield from self.lines(self.c("flood"))
            for command in self.languages():
                yield from self.lines(*command)

    def growth(self):
        yield from self.lines(self.c("growth"))
        yield from self.lines(self.c("growth"), "--memory", **ALL_MALLOC)

    def count(self, row, way, units):
        """How many instructions a turn of so many units takes, with all that the program does before and after."""
        command = ["valgrind", "--tool=callgrind", "--fair-sched=yes", "--callgrind-out-file=/dev/null",
                   self.c("bench"), "--row", row, "--way", way, "--turns", "1", "--units", str(units)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=self.environment)
        collected = next(line for line in ran.stderr.splitlines() if "Collected" in line)
        return int(collected.rpartition(":")[2])

    def instructions(self, rows):
        """Instructions of a unit. Two runs of different length tell apart a unit and all else."""
        for row in rows:
            if row["name"] in COUNTED:
                few, many = COUNTED[row["name"]]
                for way in row["ways"]:
                    each = (self.count(row["name"], way, many) - self.count(row["name"], way, few)) / (many - few)
                    yield row, way, each


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=Path, help="the folder of the build")
    parser.add_argument("--json", type=Path, help="the file for all figures")
    parser.add_argument("--quick", action="store_true",
                        help="runs each row once, with a thousandth of the work: says that it runs, not how fast")
    parser.add_argument("--row", metavar="PATTERN", help="runs only the rows in C whose names match, such as 'call-*'")
    parser.add_argument("--instructions", action="store_true", help="also counts instructions with callgrind")
    arguments = parser.parse_args()

    programs = Programs(arguments.build.resolve(), arguments.quick, arguments.row)
    result = {"is_whole": not arguments.quick and not arguments.row, "machine": machine(), "rows": [], "growth": [],
              "instructions": {}}
    print(report.machine_text(result["machine"]))
    for row in programs.rows():
        result["rows"].append(row)
        print(report.row_text(row), flush=True)
    if not arguments.row:
        result["growth"] = list(programs.growth())
        print(report.growth_text(result["growth"]))
    if arguments.instructions:
        if not shutil.which("valgrind"):
            raise SystemExit("--instructions needs valgrind")
        for row, way, each in programs.instructions(result["rows"]):
            result["instructions"].setdefault(row["name"], {})[way] = round(each, 1)
            print(f"instructions: {row['title']:32} {way:20} {each:10,.0f}", flush=True)
    result["aims"] = report.aims(result)
    print(report.aims_text(result["aims"]))

    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"All figures are in {arguments.json}")


if __name__ == "__main__":
    main()
