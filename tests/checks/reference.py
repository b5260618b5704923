# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every public symbol has a doc comment, and every function says on which threads it may be called."""

import os
import re
import unittest
from pathlib import Path
from xml.etree import ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"

# The GIR also has functions of enumerations, which return the types and have no comment.
FUNCTIONS = {CORE + kind for kind in ("constructor", "method", "function", "callback")}
SYMBOLS = FUNCTIONS | {CORE + kind for kind in (
    "class", "interface", "record", "property", "enumeration", "bitfield", "member", "constant",
    "function-macro", "parameter", "return-value")} | {GLIB + "signal"}


class ReferenceTest(unittest.TestCase):
    def setUp(self):
        self.symbols = []
        self.read("Athr-1.gir")
        self.assertGreater(len(self.symbols), 100)
        if os.environ["HAVE_INVOKE"] == "true":
            self.read("invoke/AthrInvoke-1.gir")

    def read(self, name):
        tree = ElementTree.parse(Path(os.environ["BUILD_ROOT"], "introspection", name))
        self.walk(tree.getroot().find(CORE + "namespace"), "")

    def walk(self, parent, path):
        for element in parent:
            name = element.get("name", element.tag.rpartition("}")[2])
            own = f"{path}.{name}" if path else name
            is_nothing = (element.tag == CORE + "return-value"
                          and element.find(CORE + "type") is not None
                          and element.find(CORE + "type").get("name") == "none")
            is_struct = element.tag == CORE + "record" and element.get(GLIB + "is-gtype-struct-for")
            is_vararg = element.find(CORE + "varargs") is not None
            if element.tag in SYMBOLS and not is_nothing and not is_struct and not is_vararg:
                self.symbols.append((own, element))
            if not is_struct:
                self.walk(element, own)

    def test_symbols_have_a_comment(self):
        for path, element in self.symbols:
            with self.subTest(symbol=path):
                self.assertIsNotNone(element.find(CORE + "doc"))

    def test_first_lines_stand_alone(self):
        for path, element in self.symbols:
            doc = element.find(CORE + "doc")
            if doc is not None and (element.tag in FUNCTIONS or element.tag == CORE + "class"):
                with self.subTest(symbol=path):
                    self.assertRegex(doc.text.partition("\n\n")[0], r"(?s)^[A-Z].*\.$")

    def test_functions_name_their_threads(self):
        for path, element in self.symbols:
            if element.tag in FUNCTIONS:
                with self.subTest(function=path):
                    self.assertRegex(element.findtext(CORE + "doc") or "", re.compile(r"^Threads: ", re.M))
