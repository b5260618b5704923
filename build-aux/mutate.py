#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Breaks one line of C at a time, runs the tests of the line's folder, and lists the changes that no test notices.

Such a change is a mutant. If no test notices a mutant, a test is missing, or the changed code does the same as before,
or only the tests of another folder or a sanitizer would notice. The program works on a copy of the files in
_build/mutate, chooses lines at random, and stops when its time is over.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "_build" / "mutate"
SOURCE, BUILD = WORK / "source", WORK / "build"

SWAPS = [("==", "!="), ("!=", "=="), ("<=", "<"), (">=", ">"), ("<", "<="), (">", ">="), ("&&", "||"), ("||", "&&"),
         ("++", "--"), ("--", "++"), ("+=", "-="), ("-=", "+="), ("+", "-"), ("-", "+"),
         ("TRUE", "FALSE"), ("FALSE", "TRUE"), ("0", "1"), ("1", "0"), ("break", "continue")]
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\w+|->|<<|>>|[=!<>+\-]=|&&|\|\||\+\+|--|[+\-<>]')
CONDITION = re.compile(r"(\s*(?:else )?(?:if|while) )(\(.*\))$")
STATEMENT = re.compile(r"\s+(?:[a-z]\w* \(.*\)|[\w.>\[\]*-]+ = .*|[\w.>-]+(?:\+\+|--));")
# Checks of the code itself, and what only the compiler sees
LEFT_ALONE = re.compile(r"\s*(?:#|/?[*]|g_return|g_assert|athr_assert|G_STATIC|G_DEFINE|static |return;|const |g_auto)")
DECLARATION = re.compile(r"  (?:[A-Z]\w+|g\w+|int|char|struct \w+) [*\w][^()]*;")


class Mutant(NamedTuple):
    file: str
    number: int  # of the line
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.old.strip()}  ->  {self.new.strip() or '(removed)'}"


def is_binary(line: str, token: re.Match[str]) -> bool:
    """Whether an operator stands between two operands, and is no sign and no pointer of a type."""
    return line[token.start() - 1:token.start()] == " " and line[token.end():token.end() + 1] == " "


def mutations(line: str) -> Iterator[str]:
    """Yields what becomes of a line."""
    if match := CONDITION.fullmatch(line):
        yield f"{match[1]}(!{match[2]})"
    for token in TOKEN.finditer(line):
        for old, new in SWAPS:
            if token[0] == old and (old in ("++", "--") or old[0].isalnum() or is_binary(line, token)):
                yield line[:token.start()] + new + line[token.end():]
    if STATEMENT.fullmatch(line):
        yield ""


def mutants_of(file: str, text: str) -> list[Mutant]:
    mutants = []
    depth = 0  # in a function or not
    in_comment = False
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r" */\*.*?\*/", "", line)
        if in_comment or "/*" in code:
            in_comment = "*/" not in code
            continue
        depth = {"{": 1, "}": 0}.get(line[:1], depth)
        if depth and not LEFT_ALONE.match(code) and not DECLARATION.fullmatch(code):
            mutants += [Mutant(file, number, line, new) for new in mutations(code)]
    return mutants


class Test(NamedTuple):
    name: str
    seconds: float  # how long a test may take


def run(command: list[str], seconds: float) -> bool:
    """Runs a command with all its children. Returns whether the command succeeded in time."""
    with subprocess.Popen(command, cwd=BUILD, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True,
                          env={**os.environ, "G_DEBUG": "fatal-criticals", "G_TEST_SRCDIR": str(SOURCE / "tests"),
                               "G_TEST_BUILDDIR": str(BUILD / "tests")}) as process:
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False


def ninja(*targets: str) -> bool:
    return run(["ninja", *targets], 600)


def copy_files() -> None:
    """Copies the work tree. The copies of files that are the same stay, so that ninja builds little."""
    names = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                            "--exclude-standard"], cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, SOURCE / name
        if source.is_file() and not (target.is_file() and source.read_bytes() == target.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


def configure() -> None:
    copy_files()
    if not (BUILD / "build.ninja").exists():
        shutil.rmtree(BUILD, ignore_errors=True)
        left_out = ("introspection", "vapi", "docs", "examples", "benchmarks")
        subprocess.run(["meson", "setup", BUILD, SOURCE, "-Dbuildtype=debug", "-Dtests=enabled",
                        *(f"-D{name}=disabled" for name in left_out)], check=True, stdout=subprocess.DEVNULL)


def tests_of(file: str) -> list[Test]:
    """Builds and runs the tests of the folder of a file. Returns them, the quick ones first."""
    folder = "invoke" if file.startswith("introspection/invoke/") else Path(file).parent.name
    names = [path.stem for path in (ROOT / "tests" / folder).glob("*.c")]
    rules = subprocess.run(["ninja", "-t", "targets", "all"], cwd=BUILD, text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    programs = [f"tests/test-{name}" for name in names if f"\ntests/test-{name}: " in rules]
    if not programs or not ninja(*programs):
        raise SystemExit(f"{file}: there are no tests in tests/{folder}, or they do not compile")
    tests = []
    for program in programs:
        start = time.monotonic()
        if run([program], 120):
            tests.append(Test(program, time.monotonic() - start))
        else:
            print(f"{program} fails without a change, and is left out", flush=True)
    return [Test(test.name, 5 * test.seconds + 5) for test in sorted(tests, key=lambda test: test.seconds)]


def is_noticed(mutant: Mutant, tests: list[Test]) -> Optional[bool]:
    """Whether a test notices a mutant; None if the mutant does not compile."""
    path = SOURCE / mutant.file
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    lines[mutant.number - 1] = mutant.new
    try:
        path.write_text("\n".join(lines), encoding="utf-8")
        if not ninja(*(test.name for test in tests)):
            return None
        return not all(run([test.name], test.seconds) for test in tests)
    finally:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Breaks one line of C at a time, and lists what no test notices.")
    parser.add_argument("--seconds", type=int, default=600, help="the time for all files, by default 600")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31), help="chooses the same lines again")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file in athreading/ or introspection/invoke/")
    arguments = parser.parse_args()

    for file in arguments.files:
        if not (ROOT / file).is_file():
            parser.error(f"there is no file {file} in {ROOT}")
    configure()
    print(f"seed {arguments.seed}", flush=True)
    for position, file in enumerate(arguments.files):
        tests = tests_of(file)
        mutants = mutants_of(file, (SOURCE / file).read_text(encoding="utf-8"))
        random.Random(arguments.seed).shuffle(mutants)
        end = time.monotonic() + arguments.seconds / len(arguments.files)
        n_noticed = 0
        survivors = []
        for mutant in mutants:
            if time.monotonic() >= end:
                break
            noticed = is_noticed(mutant, tests)
            n_noticed += noticed is True
            if noticed is False:
                survivors.append(mutant)
                print(f"survived: {mutant}", flush=True)
        print(f"{file}: the tests noticed {n_noticed} of {n_noticed + len(survivors)} changes "
              f"({len(mutants)} are possible)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
