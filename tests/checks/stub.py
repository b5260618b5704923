# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The type stub for Python has every public name with its parameters, a type checker finds faults with it, and help()
says something about each name."""

import ast
import inspect
import os
import pydoc
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gi

gi.require_version("Athr", "1")
from gi.repository import Athr, Gio, GObject  # noqa: E402
from patience import patiently  # noqa: E402

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
STUB = Path(os.environ["BUILD_ROOT"], "introspection", "Athr.pyi")
TYPES = SOURCE_ROOT / "tests" / "checks" / "types"


def name_of(node):
    return node.target.id if isinstance(node, ast.AnnAssign) else getattr(node, "name", None)


def definitions(body):
    return {name_of(node): node for node in body if name_of(node)}


STUBS = definitions(ast.parse(STUB.read_text(encoding="utf-8")).body)
PUBLIC = [name for name in dir(Athr) if not name.startswith("_")]
CLASSES = [name for name in PUBLIC if isinstance(getattr(Athr, name), type)]


def own_members(name):
    """The public attributes of a class, without those of classes of other namespaces."""
    kind = getattr(Athr, name)
    foreign = {member for base in kind.__mro__ for member in vars(base) if not base.__module__.endswith("Athr")}
    foreign |= {*dir(GObject.Object), *dir(Gio.ListModel)}
    return {member for member in dir(kind) if not member.startswith("_")} - foreign


class StubTest(unittest.TestCase):
    def test_has_every_public_name(self):
        public = [name for name in STUBS if not name.startswith("_")]
        self.assertEqual(sorted(public), sorted(PUBLIC))

    def test_has_every_member(self):
        for name in CLASSES:
            with self.subTest(name=name):
                stub = definitions(STUBS[name].body).keys() - {"Props"}
                self.assertEqual(own_members(name) - stub, set())
                self.assertEqual([member for member in stub if not hasattr(getattr(Athr, name), member)], [])

    def test_has_the_parameters_of_the_override(self):
        functions = [(STUBS[name], getattr(Athr, name)) for name in PUBLIC]
        for name in CLASSES:
            functions += [(member, inspect.getattr_static(getattr(Athr, name), member.name))
                          for member in STUBS[name].body if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef))
                          and hasattr(getattr(Athr, name), member.name)]
        functions = [(stub, function) for stub, function in functions if inspect.isfunction(function)]
        self.assertGreater(len(functions), 20)
        for stub, function in functions:
            with self.subTest(name=stub.name):
                real = inspect.signature(function).parameters.values()
                names = {kind: [parameter.name for parameter in real if parameter.kind == kind]
                         for kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)}
                self.assertEqual([argument.arg for argument in stub.args.kwonlyargs],
                                 names[inspect.Parameter.KEYWORD_ONLY])
                if not any(ast.unparse(decorator) == "overload" for decorator in stub.decorator_list):
                    self.assertEqual([argument.arg for argument in stub.args.args],
                                     names[inspect.Parameter.POSITIONAL_OR_KEYWORD])


class HelpTest(unittest.TestCase):
    def assert_says_something(self, name, thing):
        """The parameters, which PyGObject gives by itself, are not enough."""
        with self.subTest(name=name):
            text = thing.__doc__ or ""
            if isinstance(thing, gi._gi.FunctionInfo):
                text = text.partition("\n\n")[2]
            self.assertRegex(text, r"\w \w")

    def test_of_every_name(self):
        for name in PUBLIC:
            if callable(getattr(Athr, name)):
                self.assert_says_something(name, getattr(Athr, name))

    def test_of_every_member(self):
        for name in CLASSES:
            for member in own_members(name):
                if callable(getattr(getattr(Athr, name), member)):
                    self.assert_says_something(f"{name}.{member}", getattr(getattr(Athr, name), member))

    def test_of_a_class_has_its_methods(self):
        text = pydoc.plain(pydoc.render_doc(Athr.Stream))
        self.assertIn("A blocking producer on a worker thread", text)
        self.assertRegex(text, r"is_done\(self\) -> bool\s[ |]*Gets whether the stream has handed out the end\.")

    def test_of_other_namespaces_is_untouched(self):
        self.assertEqual(Gio.File.new_for_path.__doc__, "new_for_path(path:str) -> Gio.File")


@unittest.skipUnless(shutil.which("mypy"), "no mypy")
class MypyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        # The stubs of the other namespaces have only what Athr and the programs need.
        shutil.copytree(TYPES, cls.folder, dirs_exist_ok=True)
        shutil.copy(STUB, cls.folder / "gi" / "repository")

    def check(self, *files):
        return subprocess.run(["mypy", "--strict", "--cache-dir", self.folder / "cache", "--hide-error-context",
                               "--show-error-codes", *files], cwd=self.folder, text=True, capture_output=True,
                              env={**os.environ, "MYPYPATH": str(self.folder)}).stdout

    def test_stub_is_right(self):
        self.assertRegex(self.check("gi/repository/Athr.pyi"), r"^Success")

    def test_example_is_right(self):
        self.assertRegex(self.check("example.py"), r"^Success")

    def test_example_runs(self):
        ran = subprocess.run([sys.executable, TYPES / "example.py"], text=True, capture_output=True, timeout=patiently(40))
        self.assertEqual((ran.stdout, ran.stderr), ("done\n", ""))

    def test_finds_faults(self):
        lines = (TYPES / "wrong.py").read_text(encoding="utf-8").splitlines()
        expected = {(number, match[1]) for number, line in enumerate(lines, 1)
                    if (match := re.search(r"# ([a-z-]+)$", line))}
        found = re.findall(r"^wrong\.py:(\d+): error: .*\[([a-z-]+)\]$", self.check("wrong.py"), re.MULTILINE)
        self.assertEqual({(int(number), code) for number, code in found}, expected)
