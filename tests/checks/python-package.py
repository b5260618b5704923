# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The modules of the Python override are short, import each other one way only, and are installed."""

import ast
import os
import re
import unittest
from pathlib import Path

ROOT = Path(os.environ["SOURCE_ROOT"], "introspection")
OVERRIDES = ROOT / "python" / "gi" / "overrides"
PACKAGE = OVERRIDES / "_athr"
MOST_LINES = 250


def imports_of(source):
    """The modules of gi.overrides that a module of gi.overrides._athr imports, at its start or in a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = ["", "gi.overrides._athr", "gi.overrides", "gi"][node.level] + "." * bool(node.level and node.module)
            origin += node.module or ""
            names = [f"{origin}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if match := re.match(r"gi\.overrides\.(_athr\.\w+|\w+)", name):
                yield match[1].removeprefix("_athr.")


def wrong_imports(sources, order):
    """Each import of a module that does not stand before the importing module."""
    for name, source in sources.items():
        allowed = order[:order.index(name)]
        for imported in imports_of(source):
            if imported not in allowed:
                yield f"{name} imports {imported}"


def order_of_modules():
    docstring = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")))
    return re.findall(r"^(\w+)  +\w", docstring, re.MULTILINE)


class PythonPackageTest(unittest.TestCase):
    def setUp(self):
        self.sources = {path.stem: path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py")}
        del self.sources["__init__"]

    def test_docstring_lists_every_module(self):
        self.assertEqual(sorted(order_of_modules()), sorted(self.sources))

    def test_imports_go_one_way(self):
        self.assertEqual(list(wrong_imports(self.sources, order_of_modules())), [])

    def test_finds_wrong_imports(self):
        for line in ("from .work import Work", "from . import work", "import gi.overrides._athr.work",
                     "from gi.overrides._athr import work", "from gi.overrides._athr.work import Work",
                     "from ..Athr import Call", "from gi.overrides import Athr", "from gi.overrides.Athr import Call",
                     "def f():\n    from .work import Work"):
            with self.subTest(line=line):
                self.assertEqual(len(list(wrong_imports({"loops": line}, ["c", "loops", "work"]))), 1)
        for line in "from .c import declare", "from . import c", "from gi.repository import GLib", "import ctypes":
            with self.subTest(line=line):
                self.assertEqual(list(wrong_imports({"loops": line}, ["c", "loops", "work"])), [])

    def test_modules_are_short(self):
        for name, source in self.sources.items():
            with self.subTest(module=name):
                self.assertLess(len(source.splitlines()), MOST_LINES)

    def test_every_module_is_installed(self):
        installs = (ROOT / "meson.build").read_text(encoding="utf-8")
        for name in ["__init__", *self.sources]:
            with self.subTest(module=name):
                self.assertIn(f"'{name}'", installs)

    def test_no_other_override(self):
        """PyGObject takes every other module of gi.overrides for the override of a namespace of that name."""
        self.assertEqual([path.name for path in OVERRIDES.glob("*.py")], ["Athr.py"])
