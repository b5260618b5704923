#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Prints which introspection library the bindings of this machine use: girepository-1.0,
girepository-2.0 or none.

The answer is the library that GJS is linked with. Without GJS, the answer is the library that Python's gi is
linked with."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def executables():
    if gjs := shutil.which("gjs"):
        yield gjs
    for package in filter(None, [find_spec("gi")]):
        for folder in package.submodule_search_locations or []:
            yield from Path(folder).glob("_gi.*.so")


def library_of(path):
    try:
        linked = subprocess.run(["ldd", path], text=True, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\blib(girepository-[12]\.0)\.", linked)
    return found and found[1]


found = [library for library in map(library_of, executables()) if library]
if len(set(found)) > 1:
    print("GJS and Python use different introspection libraries:", *found, file=sys.stderr)
print(found[0] if found else "none")
