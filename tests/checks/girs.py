# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The table of AthrInvoke has all that the installed GIR files say and typelibs do not."""

import importlib.util
import os
import tempfile
import unittest
from pathlib import Path

TOOL = Path(os.environ["SOURCE_ROOT"], "introspection", "invoke", "read-girs.py")
spec = importlib.util.spec_from_file_location("read_girs", TOOL)
girs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(girs)

FOLDERS = [Path("/usr/local/share/gir-1.0"), Path("/usr/share/gir-1.0"), *Path("/usr/lib").glob("*/gir-1.0")]
GIRS = [path for name in girs.NAMESPACES for folder in FOLDERS for path in folder.glob(f"{name}-[0-9]*.gir")]

GIR = """<repository xmlns="http://www.gtk.org/introspection/core/1.0" xmlns:c="http://www.gtk.org/introspection/c/1.0"
  xmlns:glib="http://www.gtk.org/introspection/glib/1.0"><namespace name="X">
  <record name="Copied" glib:get-type="x_copied_get_type"/>
  <record name="Counted" glib:get-type="x_counted_get_type"><method name="ref" c:identifier="x_counted_ref"/></record>
  <function name="{name}" c:identifier="{name}" {more}>
    <return-value><doc>{doc}</doc><type name="gboolean" c:type="gboolean"/></return-value>
    <parameters>{parameters}</parameters></function></namespace></repository>"""


def parameter(kind, c_type, name="a", transfer="none", direction="in", more="", doc=""):
    element = f'<type name="{kind}" c:type="{c_type}"/>'
    if kind.endswith("[]"):
        element = f'<array c:type="{c_type}"><type name="{kind[:-2]}"/></array>'
    return (f'<parameter name="{name}" transfer-ownership="{transfer}" direction="{direction}" {more}>'
            f'<doc>{doc}</doc>{element}</parameter>')


class GirsTest(unittest.TestCase):
    def test_table_has_what_the_girs_say(self):
        if not GIRS:
            self.skipTest("no GIR files")
        table = girs.read_table(girs.TABLE.read_text(encoding="utf-8"))
        found, unclear = girs.read_girs(GIRS)
        self.assertGreater(len(found), 1000)
        lacking = [f"{symbol}: {facts}" for symbol, facts in sorted(found.items())
                   if girs.merge(table.get(symbol), facts) != table.get(symbol, girs.Facts())]
        self.assertEqual(lacking, [], f"run introspection/invoke/read-girs.py {' '.join(map(str, GIRS))}")
        self.assertEqual(unclear, [], "read-girs.py must say whether the booleans of these are answers")

    def test_table_is_as_the_tool_writes_it(self):
        text = girs.TABLE.read_text(encoding="utf-8")
        self.assertEqual(girs.write_table(girs.read_table(text)), text)

    def test_library_covers_the_same_namespaces(self):
        text = TOOL.with_name("athr-invoke-facts.c").read_text(encoding="utf-8")
        for name in girs.NAMESPACES:
            self.assertIn(f'"{name}"', text)


class RulesTest(unittest.TestCase):
    def facts(self, *parameters, name="x_function", more="", doc=""):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "X-1.gir")
            path.write_text(GIR.format(name=name, parameters="".join(parameters), more=more, doc=doc), encoding="utf-8")
            table, unclear = girs.read_girs([path])
            return table[name], unclear

    def check(self, expected, *parameters, name="x_function"):
        self.assertEqual(self.facts(*parameters, name=name)[0], girs.Facts(**expected))

    def test_texts(self):
        self.check({}, parameter("utf8", "const char*"))
        self.check({"written": 1}, parameter("utf8", "char*"))
        self.check({"written": 2}, parameter("gint", "int"), parameter("filename", "gchar*"))
        self.check({}, parameter("utf8", "char*", transfer="full"))
        self.check({}, parameter("utf8", "char**", direction="out"))
        self.check({"flatter": 1}, parameter("utf8", "char*", direction="out"))
        self.check({"deeper": 1}, parameter("utf8", "const char* const*"))
        self.check({"deeper": 1}, parameter("GLib.Error", "GError**"))

    def test_positions(self):
        for doc, expected in [("a pointer to a position within @b", 1), ("the end of @b, or %NULL", 1), ("appended at the end of @b", 0)]:
            self.check({"inside": expected}, parameter("utf8", "const char*", doc=doc))

    def test_arrays(self):
        self.check({"constant": 1}, parameter("guint8[]", "const guint8*"))
        self.check({"constant": 1}, parameter("guint8[]", "gconstpointer"))
        self.check({"constant": 1}, parameter("guint8[]", "void*"), name="x_write_all")
        self.check({"written": 1}, parameter("guint8[]", "void*"), name="x_read_all")
        self.check({"written": 1}, parameter("gint[]", "int*"))
        self.check({}, parameter("gint[]", "int*"), name="x_set_list")
        self.check({}, parameter("utf8[]", "char**"))
        self.check({"flatter": 1}, parameter("utf8[]", "const char*"))

    def test_buffers(self):
        out = parameter("gunichar", "gunichar*", direction="out", more='caller-allocates="1"')
        self.check({}, out)
        self.check({"written": 1}, out, parameter("gsize", "gsize", name="a_len"))

    def test_boxed(self):
        self.check({"constant": 1}, parameter("Copied", "const XCopied*"))
        self.check({}, parameter("Copied", "XCopied*"))
        self.check({}, parameter("Counted", "const XCounted*"))

    def test_booleans(self):
        for more, doc, expected in [("", "whether it is", []), ('throws="1"', "whether it is", ["x_function"]),
                                    ('throws="1"', "TRUE on success", [])]:
            self.assertEqual(self.facts(more=more, doc=doc)[1], expected)
        self.assertTrue(self.facts(name="g_key_file_get_boolean", more='throws="1"')[0].is_answer)

    def test_versions_are_merged(self):
        self.assertEqual(girs.merge(girs.Facts(constant=1), girs.Facts(constant=2, is_answer=True)),
                         girs.Facts(constant=3, is_answer=True))
