#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compares the changed lines of C with the output of clang-format, and prints what differs.

A line is changed if it differs from the commit where this branch left the main branch. On the main branch itself it is
changed if it differs from the commit before the last. Other lines are never looked at.

The script overlooks what the author decides and clang-format cannot know:

- blanks inside a line: the names of parameters, and comments after fields, stand in columns
- the indentation in headers, where a declaration and its parameters stand in columns, and in tables of initializers
- where a statement is broken into lines
- whether an enumeration, a struct or a case stands on one line
- preprocessor lines, macros of several lines, the comma in "{ 0, }", and "(Type) { ... }"

Between "/* clang-format off */" and "/* clang-format on */" clang-format changes nothing.
"""

import argparse
import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
C_FILE = re.compile(r"(athreading|introspection|examples|tests)/.*\.[ch]")
HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
ON_ONE_LINE = re.compile(r"\s*(?:(?:typedef|static|const) )*(?:enum|struct)\b.*\{.*\}|\s*(?:case\b.*|default):.*;")
SKIPPED = 77  # as Meson's tests say it


class Difference(NamedTuple):
    line: int
    found: list[str]
    wanted: list[str]

    def __str__(self) -> str:
        return "\n".join([f"-{text}" for text in self.found] + [f"+{text}" for text in self.wanted])


class NoGit(Exception):
    pass


def simple(line: str, is_header: bool) -> str:
    """Returns the line without what the script overlooks."""
    text = line.lstrip(" ")
    if text.startswith("#") or text.endswith("\\"):
        return "#"
    is_row = re.match(r"\{ |\}+ *\},", text) is not None
    indent = "" if is_header or is_row else line[:len(line) - len(text)]
    text = re.sub(r" +", " ", text.rstrip())
    text = re.sub(r"\) \{", "){", text)
    text = re.sub(r"\b(defined|_Alignas|volatile) \(", r"\1(", text)
    return indent + re.sub(r"(?<=[\w*]) (?=\*)|(?<=\*) (?=[\w*])", "", text)


def simple_lines(lines: list[str], is_header: bool) -> list[str]:
    """Returns the lines without what the script overlooks."""
    return ["#" if before.endswith("\\") else simple(line, is_header) for before, line in zip(["", *lines], lines)]


def is_the_authors(found: list[str], wanted: list[str]) -> bool:
    """Whether the lines differ only in what the author decides."""
    if "".join("".join(found).split()) != "".join("".join(wanted).split()):
        return any("G_STMT_END" in line for line in found)
    return (len(wanted) < len(found) or found[0].lstrip()[:1] in ('"', "?", ":") or
            ON_ONE_LINE.match(found[0]) is not None or
            (len(wanted) > len(found) and wanted[-1].lstrip().startswith(":")))


def differences(text: str, name: str) -> Iterator[Difference]:
    """Yields the differences between a text and what clang-format makes of the text."""
    text = re.sub(r",(?= *\})", "", text)
    output = subprocess.run(["clang-format", f"--style=file:{ROOT / '.clang-format'}", f"--assume-filename={name}"],
                            input=text, text=True, check=True, stdout=subprocess.PIPE).stdout
    found, wanted = text.splitlines(), output.splitlines()
    is_header = name.endswith(".h")
    matcher = difflib.SequenceMatcher(None, simple_lines(found, is_header), simple_lines(wanted, is_header),
                                      autojunk=False)
    for tag, start, end, wanted_start, wanted_end in matcher.get_opcodes():
        difference = Difference(start + 1, found[start:end], wanted[wanted_start:wanted_end])
        if tag != "equal" and start < end and not is_the_authors(difference.found, difference.wanted):
            yield difference


def git(*arguments: str) -> str:
    try:
        return subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT), *arguments],
                              text=True, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoGit from error


def base() -> str:
    """Returns the commit with which the work tree is compared."""
    if Path(git("rev-parse", "--show-toplevel").strip()) != ROOT:
        raise NoGit
    head = git("rev-parse", "HEAD").strip()
    for branch in ("origin/main", "main"):
        try:
            commit = git("merge-base", "HEAD", branch).strip()
        except NoGit:
            continue
        if commit != head:
            return commit
    return git("rev-parse", "HEAD~1").strip()


def is_commit(name: str) -> bool:
    git("rev-parse", "--show-toplevel")
    try:
        git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except NoGit:
        return False
    return True


def changed_lines(commit: str) -> dict[str, set[int]]:
    """Returns the numbers of the lines of each file of C that differ from a commit."""
    lines: dict[str, set[int]] = {}
    name = None
    for line in git("diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-prefix", "--diff-filter=d", commit).splitlines():
        if line.startswith("+++ "):
            name = line[4:]
        elif name is not None and C_FILE.fullmatch(name) and (match := HUNK.match(line)):
            start, n = int(match[1]), int(match[2] or 1)
            lines.setdefault(name, set()).update(range(start, start + n))
    return lines


def all_lines() -> dict[str, set[int]]:
    return {name: set(range(1, 100_000)) for name in git("ls-files").splitlines() if C_FILE.fullmatch(name)}


def complaints(lines: dict[str, set[int]]) -> Iterator[tuple[str, Difference]]:
    for name, numbers in sorted(lines.items()):
        for difference in differences((ROOT / name).read_text(encoding="utf-8"), name):
            if numbers.intersection(range(difference.line, difference.line + len(difference.found))):
                yield name, difference


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares changed lines of C with the output of clang-format.")
    parser.add_argument("--all", action="store_true", help="looks at all lines")
    parser.add_argument("commit", nargs="?", help="looks at the lines that differ from this commit")
    arguments = parser.parse_args()

    if shutil.which("clang-format") is None:
        print("clang-format is not installed")
        return SKIPPED
    try:
        if arguments.commit and not is_commit(arguments.commit):
            parser.error(f"there is no commit {arguments.commit}")
        lines = all_lines() if arguments.all else changed_lines(arguments.commit or base())
    except NoGit:
        print("the sources are not in a git checkout with a commit to compare with")
        return SKIPPED
    n_complaints = 0
    for name, difference in complaints(lines):
        n_complaints += 1
        print(f"{name}:{difference.line}: clang-format writes:\n{difference}")
    return 1 if n_complaints > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
