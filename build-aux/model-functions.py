#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Says which functions of C have changed since somebody compared them with the models in tests/promela/.

The list tests/promela/functions.txt names files of C and, below each file, functions: first a hash of the text that
the models mirror, or "-" for a function that no model mirrors, then the name. The list names all functions of a file,
or, if ":" follows the name of the file, only some functions. Comments and blanks do not count in the hash.

After a change, read the model beside the function, change the model if it says something else, and run
build-aux/test.sh --model. Then --write writes the new hashes into the list.
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "promela" / "functions.txt"

# A function begins with its name at the beginning of a line, and its body is between two braces there.
FUNCTION = re.compile(r"^(\w+) \([^;{}]*\)\n(?:\{.*?^\}|\{[^\n]*\})$", re.M | re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
ENTRY = re.compile(r"  (\S+) +(\w+)")


class Listed(NamedTuple):
    file: str
    name: str
    digest: str  # "-": no model mirrors the function


def digests_of(text: str) -> dict[str, str]:
    """Returns the hash of each function in a text of C."""
    digests = {}
    for match in FUNCTION.finditer(COMMENT.sub("", text)):
        digests[match[1]] = hashlib.sha256("".join(match[0].split()).encode()).hexdigest()[:12]
    return digests


def read_list(text: str) -> Iterator[Listed]:
    """Yields the functions of a list, and for a file of which the list names all functions an entry without a name."""
    file = ""
    for line in text.splitlines():
        if match := ENTRY.fullmatch(line):
            yield Listed(file, match[2], match[1])
        elif line and not line.startswith("#"):
            file = line.removesuffix(":")
            if not line.endswith(":"):
                yield Listed(file, "", "-")


def complaints(listed: list[Listed], digests: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yields what differs between a list and the functions of each file."""
    names = {(entry.file, entry.name) for entry in listed}
    for file, name, digest in listed:
        if name == "":
            yield from (f"{file}: {other}() is new: the list does not say whether a model mirrors this function"
                        for other in digests[file] if (file, other) not in names)
        elif name not in digests[file]:
            yield f"{file}: {name}() is gone, but the list names this function"
        elif digest not in ("-", digests[file][name]):
            yield f"{file}: {name}() has changed: read the model beside the function"


def written(text: str, digests: dict[str, dict[str, str]]) -> str:
    """Returns the text of a list with the hashes of now. New functions get a hash too."""
    lines: list[str] = []
    listed = list(read_list(text))
    file = ""
    for line in text.splitlines():
        match = ENTRY.fullmatch(line)
        if match is None and line and not line.startswith("#"):
            file = line.removesuffix(":")
            lines.append(line)
            if not line.endswith(":"):
                names = {entry.name for entry in listed if entry.file == file}
                lines += [f"  {digest} {name}" for name, digest in digests[file].items() if name not in names]
        elif match is None:
            lines.append(line)
        elif match[2] in digests[file]:
            lines.append(f"  {'-' if match[1] == '-' else digests[file][match[2]]:12} {match[2]}")
    return "\n".join(lines) + "\n"


def functions_of_files(listed: list[Listed]) -> dict[str, dict[str, str]]:
    return {file: digests_of((ROOT / file).read_text(encoding="utf-8")) for file in {entry.file for entry in listed}}


def main() -> int:
    parser = argparse.ArgumentParser(description="Says which functions have changed since somebody compared them with "
                                                 "the models in tests/promela/.")
    parser.add_argument("--write", action="store_true", help="writes the hashes of now into the list")
    arguments = parser.parse_args()

    text = LIST.read_text(encoding="utf-8")
    listed = list(read_list(text))
    digests = functions_of_files(listed)
    if arguments.write:
        LIST.write_text(written(text, digests), encoding="utf-8")
        return 0
    found = list(complaints(listed, digests))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
