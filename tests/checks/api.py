#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The public API is that of api.txt, and each symbol says since when it exists.

`tests/checks/api.py --write BUILD` writes api.txt anew from the GIR files in a build directory."""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"

TABLE = Path(__file__).with_name("api.txt")
GIRS = {"Athr": "Athr-1.gir", "AthrInvoke": "invoke/AthrInvoke-1.gir"}
HEAD = """# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""

FUNCTIONS = {CORE + kind for kind in ("constructor", "method", "function", "callback")}
SYMBOLS = FUNCTIONS | {CORE + kind for kind in ("class", "record", "property", "enumeration", "bitfield",
                                                "constant", "function-macro")} | {GLIB + "signal"}

# GLib changes the type of these constants and macros with each release of the library.
OF_THE_RELEASE = {"MAJOR_VERSION", "MINOR_VERSION", "MICRO_VERSION", "VERSION_STRING"}


def namespace_of(name, build):
    return ElementTree.parse(build / "introspection" / GIRS[name]).getroot().find(CORE + "namespace")


def is_of_a_class(node):
    """Whether a record is the class structure of a class."""
    return node.tag == CORE + "record" and node.get(GLIB + "is-gtype-struct-for") is not None


def type_of(node):
    array, plain = node.find(CORE + "array"), node.find(CORE + "type")
    if array is not None:
        element = array.find(CORE + "type")
        return f"{array.get(C + 'type') or array.get('name')} of {element.get('name')}"
    if plain is None:
        return "..."
    return plain.get(C + "type") or plain.get("name")


def notes_of(node):
    """What bindings have to know about a parameter or a result."""
    notes = []
    kind = type_of(node)
    if node.get("direction", "in") != "in":
        notes.append(node.get("direction"))
    # Newer scanners say of every plain pointer that it may be NULL.
    if node.get("nullable") == "1" and kind not in ("gpointer", "gconstpointer"):
        notes.append("nullable")
    if node.get("transfer-ownership", "none") != "none":
        notes.append(f"transfer {node.get('transfer-ownership')}")
    if node.get("scope") and kind != "GDestroyNotify":
        notes.append(f"scope {node.get('scope')}")
    return f" [{', '.join(notes)}]" if notes else ""


def signature_of(node):
    parameters = [f"{type_of(parameter)} {parameter.get('name', '')}".strip() + notes_of(parameter)
                  for parameter in node.iterfind(f"{CORE}parameters/*")]
    if node.get("throws") == "1":
        parameters.append("GError** error")
    result = node.find(CORE + "return-value")
    skipped = " (not for bindings)" if node.get("introspectable") == "0" else ""
    return f"({', '.join(parameters) or 'void'}) -> {type_of(result)}{notes_of(result)}{skipped}"


def describe_property(owner, node):
    access = [key for key in ("readable", "writable", "construct", "construct-only")
              if node.get(key, "1" if key == "readable" else "0") == "1"]
    return f"property {owner}:{node.get('name')} {type_of(node)} ({', '.join(access)})"


def describe(namespace, node, owner=""):
    """The lines of a symbol and of what is in it."""
    kind, name = node.tag.rpartition("}")[2], node.get("name")
    if is_of_a_class(node):
        return
    if kind in ("constructor", "method", "function"):
        yield f"function {node.get(C + 'identifier')} {signature_of(node)}"
    elif kind == "callback":
        yield f"callback {node.get(C + 'type')} {signature_of(node)}"
    elif kind == "signal":
        yield f"signal {owner}::{name} {signature_of(node)}"
    elif kind == "property":
        yield describe_property(owner, node)
    elif kind == "member":
        yield f"value {node.get(C + 'identifier')} = {node.get('value')}"
    elif kind == "constant":
        yield f"constant {node.get(C + 'type')}" + (f" = {node.get('value')}" if name not in OF_THE_RELEASE else "")
    elif kind == "function-macro":
        names = [parameter.get("name") for parameter in node.iterfind(f"{CORE}parameters/*")]
        yield f"macro {node.get(C + 'identifier')} ({', '.join(names)})"
    elif kind in ("class", "record", "enumeration", "bitfield"):
        owner = node.get(C + "type")
        parents = [node.get("parent"), *(base.get("name") for base in node.iterfind(CORE + "implements"))]
        yield f"{kind} {owner}" + (f" ({', '.join(parents)})" if kind == "class" else "")
        if node.get(GLIB + "get-type"):
            yield f"function {node.get(GLIB + 'get-type')} (void) -> GType"
        for child in node:
            yield from describe(namespace, child, owner)


def api_of(name, build):
    namespace = namespace_of(name, build)
    return sorted({line for node in namespace for line in describe(namespace, node)})


def read_table():
    """The lines of api.txt for each namespace."""
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            lines = table.setdefault(match[1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return table


def write_table(build):
    table = {name: api_of(name, build) for name in GIRS}
    text = HEAD + "".join(f"\n[{name}]\n" + "\n".join(lines) + "\n" for name, lines in table.items())
    TABLE.write_text(text, encoding="utf-8")


class ApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.build = Path(os.environ["BUILD_ROOT"])
        cls.source = Path(os.environ["SOURCE_ROOT"])
        cls.names = [name for name in GIRS if name == "Athr" or os.environ["HAVE_INVOKE"] == "true"]

    def symbols(self):
        """Each public symbol, with its path."""
        def walk(parent, path):
            for node in parent:
                name = f"{path}.{node.get('name')}"
                if node.tag in SYMBOLS and not is_of_a_class(node):
                    yield name, node
                    # The functions of an enumeration or a class structure come from macros.
                    if node.tag not in FUNCTIONS:
                        yield from walk(node, name)
        for name in self.names:
            yield from walk(namespace_of(name, self.build), name)

    def test_is_the_reviewed_one(self):
        table = read_table()
        self.assertEqual([*table], [*GIRS])
        for name in self.names:
            with self.subTest(namespace=name):
                now = api_of(name, self.build)
                self.assertGreater(len(now), 10)
                if now != table[name]:
                    diff = difflib.unified_diff(table[name], now, "tests/checks/api.txt", GIRS[name], lineterm="", n=0)
                    self.fail("\n".join(("the API has changed:", *diff, "", "Programs and bindings rely on what is removed "
                              "or changed: see \"API and ABI\" in CONTRIBUTING.md. To accept the change, run",
                              f"tests/checks/api.py --write {self.build}")))

    def test_symbols_say_since_when(self):
        symbols = dict(self.symbols())
        self.assertGreater(len(symbols), 200)
        for path, node in symbols.items():
            with self.subTest(symbol=path):
                self.assertRegex(node.get("version", "no `Since:`"), r"^\d+\.\d+$")

    def test_headers_say_the_same(self):
        """The macro before a declaration has the version of the documentation."""
        since = {node.get(C + "identifier"): node.get("version") for _, node in self.symbols()
                 if node.get(C + "identifier")}
        seen = 0
        for folder in (self.source / "athreading", self.build / "athreading", self.source / "introspection" / "invoke" / "athreading"):
            for header in folder.glob("*.h"):
                text = header.read_text(encoding="utf-8")
                for major, minor, function in re.findall(r"^ATHR_AVAILABLE_IN_(\d+)_(\d+)\n[\w\s*]*?\b(\w+) +\(", text, re.M):
                    if function in since:
                        seen += 1
                        self.assertEqual(since[function], f"{major}.{minor}", function)
        self.assertGreater(seen, 150)

    def classes(self):
        for name in self.names:
            yield from namespace_of(name, self.build).findall(CORE + "class")

    def test_properties_have_functions(self):
        seen = 0
        for node in self.classes():
            methods = {method.get("name"): method for method in node.findall(CORE + "method")}
            for own in node.findall(CORE + "property"):
                seen += 1
                with self.subTest(property=f"{node.get('name')}:{own.get('name')}"):
                    name = own.get("name").replace("-", "_")
                    self.assertEqual(own.get("getter"), f"get_{name}")
                    self.assertEqual(methods[f"get_{name}"].get(GLIB + "get-property"), own.get("name"))
                    if own.get("writable") == "1" and own.get("construct-only") != "1":
                        self.assertEqual(own.get("setter"), f"set_{name}")
                        self.assertEqual(methods[f"set_{name}"].get(GLIB + "set-property"), own.get("name"))
        self.assertGreater(seen, 40)

    def test_callbacks_know_their_data(self):
        """A parameter that is a function names the parameter that is its data, and a function that is kept the one that
        frees the data."""
        seen = set()
        for path, node in self.symbols():
            if node.tag not in FUNCTIONS:
                continue
            parameters = [parameter for parameter in node.iterfind(f"{CORE}parameters/{CORE}parameter")]
            names = [parameter.get("name") for parameter in parameters]
            for parameter in parameters:
                if parameter.get("name") in ("callback", "func", "step") and path != "Athr.Executor.run_task":
                    with self.subTest(function=path):
                        seen.add(parameter.get("scope"))
                        self.assertEqual(names[int(parameter.get("closure"))], "user_data")
                        if parameter.get("name") == "callback":
                            self.assertEqual(parameter.get("scope"), "async")
                        else:
                            self.assertEqual(parameter.get("scope"), "notified")
                            self.assertEqual(names[int(parameter.get("destroy"))], "destroy")
        self.assertEqual(seen, {"async", "notified"})

    def test_operations_can_be_finished(self):
        seen = 0
        for node in self.classes():
            methods = {method.get("name"): method for method in node.findall(CORE + "method")}
            for name in methods:
                if name.endswith("_async"):
                    seen += 1
                    with self.subTest(method=f"{node.get('name')}.{name}"):
                        finish = methods[name.removesuffix("_async") + "_finish"]
                        self.assertEqual(finish.get("throws"), "1")
                        names = [parameter.get("name")
                                 for parameter in methods[name].iterfind(f"{CORE}parameters/{CORE}parameter")]
                        self.assertEqual(names[-3:], ["cancellable", "callback", "user_data"])
        self.assertGreaterEqual(seen, 9)

    def test_declarations_have_a_version_macro(self):
        seen = 0
        for header in (self.source / "athreading").glob("*.h"):
            text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
            for before, _, name in re.findall(r"^(.*)\n([A-Za-z][\w *]*?\b|G_DECLARE_FINAL_TYPE \(\w+, )(athr_\w+)(?: +\(|,)",
                                              text, re.M):
                seen += 1
                with self.subTest(function=name):
                    self.assertRegex(before, r"^ATHR_(AVAILABLE|DEPRECATED)_IN_\d+_\d+")
        self.assertGreater(seen, 150)


@unittest.skipUnless(shutil.which("gi-docgen"), "no gi-docgen")
class ReferenceTest(unittest.TestCase):
    def test_shows_since_when(self):
        build = Path(os.environ["BUILD_ROOT"])
        if not (build / "doc" / "athreading.toml").exists():
            self.skipTest("the build makes no reference")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gi-docgen", "generate", "--quiet", "--no-namespace-dir", f"--output-dir={folder}",
                            f"--config={build / 'doc' / 'athreading.toml'}",
                            f"--content-dir={os.environ['SOURCE_ROOT']}/doc",
                            build / "introspection" / GIRS["Athr"]], check=True)
            for page in ("method.Call.run_async", "class.Stream", "property.Stream.overflow", "signal.Stream.value",
                         "enum.Overflow", "callback.CallFunc", "func.check_version"):
                text = Path(folder, f"{page}.html").read_text(encoding="utf-8")
                self.assertIsNotNone(re.search(r"(?s)since.{0,100}1\.0", text), page)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "--write":
        sys.exit(__doc__)
    write_table(Path(sys.argv[2]))
