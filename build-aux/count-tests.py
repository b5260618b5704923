#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
LOG_LINES = 1000

# Indented lines are not test points: GLib indents the output of a subprocess that a test starts.
PLAN = re.compile(r"1\.\.(\d+)")
POINT = re.compile(r"(ok|not ok)\b\s*\d*\s*(?:- )?([^#]*)(?:#\s*(skip|todo)\S*\s*(.*))?", re.I)
BAIL_OUT = re.compile(r"Bail out!\s*(.*)")

Record = dict[str, Any]


class Point(NamedTuple):
    outcome: str
    name: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.name}" + (f" ({self.note})" if self.note else "")


def tap_point(match: re.Match[str]) -> Point:
    ok = match[1].lower() == "ok"
    name = match[2].strip()
    directive = (match[3] or "").lower()
    note = (match[4] or "").strip()
    if directive == "skip" and ok:
        return Point(SKIPPED, name, note)
    if directive == "todo":
        return Point(FAILED, name, "passed although to do") if ok else Point(SKIPPED, name, f"to do: {note}")
    return Point(PASSED if ok else FAILED, name)


def read_tap(output: str) -> tuple[list[Point], str]:
    """Returns the points of a TAP output, and what is wrong with the output as a whole."""
    points = []
    plan: Optional[int] = None
    bail_out: Optional[str] = None
    for line in output.splitlines():
        if match := POINT.match(line):
            points.append(tap_point(match))
        elif match := PLAN.match(line):
            plan = int(match[1])
        elif match := BAIL_OUT.match(line):
            bail_out = f"bailed out: {match[1]}" if match[1] else "bailed out"
    if bail_out is not None:
        return points, bail_out
    if plan is None:
        return points, "no plan"
    if plan != len(points):
        return points, f"{len(points)} of {plan} planned tests ran"
    return points, ""


def end_of(record: Record) -> str:
    status = record["returncode"]
    if record["result"] in ("TIMEOUT", "INTERRUPT"):
        return str(record["result"]).lower()
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def points_of_tap(record: Record) -> list[Point]:
    points, complaint = read_tap(record["stdout"] or "")
    points = [point._replace(name=f"{record['name']}: {point.name}") for point in points]
    failed = any(point.outcome == FAILED for point in points)
    status = record["returncode"]
    if record["result"] in ("TIMEOUT", "INTERRUPT") or status < 0 or (status and not failed):
        complaint = ", ".join(filter(None, (end_of(record), complaint)))
    elif not complaint and not failed and record["result"] not in ("OK", "SKIP"):
        complaint = "not valid TAP"
    # A test that aborts counts as one failure, also if it has printed `not ok` before.
    if complaint and not (points and points[-1].outcome == FAILED):
        points.append(Point(FAILED, record["name"], complaint))
    return points or [Point(SKIPPED, record["name"], "no tests")]


def points_of(record: Record, protocol: str) -> list[Point]:
    if record["result"] == "EXPECTEDFAIL":
        return [Point(PASSED, record["name"], "fails, as it must")]
    if protocol == "tap":
        return points_of_tap(record)
    outcome = {"OK": PASSED, "SKIP": SKIPPED}.get(record["result"], FAILED)
    return [Point(outcome, record["name"], end_of(record) if outcome == FAILED else "")]


def records_of(build: Path) -> Iterator[tuple[Record, str]]:
    """Yields each test that ran in a build directory, with its protocol."""
    logs = sorted((build / "meson-logs").glob("testlog*.json"))  # there is one, named after the wrapper or setup
    if not logs:
        return
    protocols = {}
    for name in ("intro-tests.json", "intro-benchmarks.json"):
        for test in json.loads((build / "meson-info" / name).read_text(encoding="utf-8")):
            protocols[test["name"], *test["cmd"]] = test["protocol"]
    for line in "".join(log.read_text(encoding="utf-8") for log in logs).splitlines():
        record = json.loads(line)
        name = record["name"].rpartition(" / ")[2]
        protocol = protocols.get((name, *record["command"]))
        if protocol is None:  # this run had a wrapper or arguments
            protocol = "tap" if re.search(r"^1\.\.\d", record["stdout"] or "", re.M) else "exitcode"
        yield record, protocol


def print_log(record: Record) -> None:
    print(f"\n==== log of {record['name']} ({record['result']}, {end_of(record)})")
    for stream in ("stdout", "stderr"):
        lines = (record.get(stream) or "").splitlines()
        if lines:
            print(f"---- {stream}" + (f", last {LOG_LINES} lines" if len(lines) > LOG_LINES else ""))
            print("\n".join(lines[-LOG_LINES:]))


def parse_point(text: str) -> Point:
    outcome, _, name = text.partition(":")
    if outcome not in (PASSED, FAILED, SKIPPED) or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not OUTCOME:NAME")
    return Point(outcome, name)


def main() -> int:
    parser = argparse.ArgumentParser(description="Counts the test points of the last `meson test`.")
    parser.add_argument("build", type=Path, nargs="?", help="the build directory in which Meson ran tests")
    parser.add_argument("--status", type=int, default=0, help="the exit status of `meson test`")
    parser.add_argument("--point", type=parse_point, action="append", default=[], metavar="OUTCOME:NAME",
                        help="adds a point: passed, failed or skipped, and its name")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    points: list[Point] = []
    for record, protocol in records_of(arguments.build) if arguments.build else ():
        own = points_of(record, protocol)
        if any(point.outcome == FAILED for point in own):
            print_log(record)
        points += own
    # With a build directory, --point only adds builds, which are not tests. Without one, the points are the tests.
    ran = any(point.outcome != SKIPPED for point in points) if arguments.build else bool(arguments.point)
    points += arguments.point
    if not any(point.outcome == FAILED for point in points):
        if arguments.status != 0:
            points.append(Point(FAILED, "meson test", f"exit status {arguments.status}"))
        elif not ran:
            points.append(Point(FAILED, "meson test", "no test ran"))

    print()
    for point in sorted(points, key=lambda point: point.outcome == FAILED):
        if point.outcome != PASSED:
            print(point)
    count = Counter(point.outcome for point in points)
    print(f"{count[PASSED]} passed, {count[FAILED]} failed"
          + (f", {count[SKIPPED]} skipped" if count[SKIPPED] else ""))
    return 1 if count[FAILED] else 0


if __name__ == "__main__":
    sys.exit(main())
