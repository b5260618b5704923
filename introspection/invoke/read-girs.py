#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Writes the table of what AthrInvoke has to know about functions and typelibs do not say.

read-girs.py [GIR]...

Typelibs drop the C types of arguments, and GIR files keep them. The program reads the GIR files, adds the facts in
them to athr-invoke-facts-table.h, and keeps what the table says about other functions. So the table covers each
version of a library whose GIR files the program has read."""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

TABLE = Path(__file__).with_name("athr-invoke-facts-table.h")
NAMESPACES = ["GLib", "GLibUnix", "GObject", "Gio", "GioUnix", "GdkPixbuf", "Pango", "Graphene"]

CORE, C, GLIB = (f"{{http://www.gtk.org/introspection/{name}/1.0}}" for name in ("core", "c", "glib"))
FUNCTIONS = {CORE + kind for kind in ("function", "method", "constructor")}
CONTAINERS = {CORE + kind for kind in ("class", "interface", "record", "union", "enumeration", "bitfield")}
TEXTS = {"utf8", "filename"}
NUMBERS = {"gboolean", "gchar", "guchar", "gunichar", "gint", "guint", "gint8", "guint8", "gint16", "guint16", "gint32",
           "guint32", "gint64", "guint64", "gshort", "gushort", "glong", "gulong", "gsize", "gssize", "gfloat",
           "gdouble", "GType"}

# A function with such a name reads an array. GIR files lose the const of `const void *`, and C loses that of `int list[]`.
READS = re.compile(r"_(write|send|set|deserialize|from)_|_(write|deserialize|bytes_needed)$")

# The boolean of these functions is an answer of its own, although they can fail.
ANSWERS = {
    "g_bookmark_file_get_icon", "g_bookmark_file_get_is_private", "g_bookmark_file_has_application",
    "g_bookmark_file_has_group", "g_cancellable_set_error_if_cancelled", "g_credentials_is_same_user",
    "g_dbus_message_to_gerror", "g_async_result_legacy_propagate_error", "g_io_channel_read_line_string",
    "g_key_file_get_boolean", "g_key_file_has_key", "g_match_info_next", "g_regex_match_all_full",
    "g_regex_match_full", "g_simple_async_result_propagate_error", "g_task_propagate_boolean", "g_uri_params_iter_next",
}

# How the documentation says that a boolean only tells whether the function has failed
FAILURE = re.compile(r"success|error|fail|valid replacement|could be loaded|was found|is reachable|"
                     r"otherwise|removed|written|deleted|succeeded|changed|filled in|attribute was set|unset and is")


# How the documentation says that an argument is a position in a text
INSIDE = re.compile(r"position within|^(a pointer to |pointer to )?(the )?end of @|following the end", re.IGNORECASE)


class Facts(NamedTuple):
    """Each number has a bit for each argument of the C function."""

    constant: int = 0   # C declares the argument as const
    written: int = 0    # the function writes into the argument, which the typelib calls an input
    deeper: int = 0     # the argument of C has a pointer more than a text or a GError
    flatter: int = 0    # the argument of C has a pointer less than an array of texts, or than a text that comes out
    inside: int = 0     # the argument points into a text of the caller's, so a copy is of no use
    is_answer: bool = False  # the boolean of the function is not only its failure


Table = dict[str, Facts]


class Argument(NamedTuple):
    element: ET.Element
    type: Optional[ET.Element]

    @property
    def direction(self) -> str:
        return self.element.get("direction", "in")

    @property
    def is_array(self) -> bool:
        return self.type is not None and self.type.tag == CORE + "array"

    @property
    def is_container(self) -> bool:
        """Whether the array is a GArray, a GByteArray or a GPtrArray."""
        return self.is_array and self.type is not None and self.type.get("name") is not None

    @property
    def name(self) -> str:
        """The type of the argument, or of the elements of an array."""
        inner = self.type.find(CORE + "type") if self.is_array and self.type is not None else self.type
        return "" if inner is None else inner.get("name", "")

    @property
    def c_type(self) -> str:
        return "" if self.type is None else self.type.get(C + "type", "")

    @property
    def is_constant(self) -> bool:
        return "const" in self.c_type

    @property
    def depth(self) -> int:
        """The number of pointers of the C type."""
        named = {"gpointer": 1, "gconstpointer": 1, "GStrv": 2}
        return self.c_type.count("*") + sum(depth for name, depth in named.items() if name in self.c_type)


def arguments_of(function: ET.Element) -> list[Argument]:
    parameters = function.find(CORE + "parameters")
    return [Argument(element, next((child for child in element if child.tag in (CORE + "type", CORE + "array")), None))
            for element in (parameters if parameters is not None else [])]


def functions_in(element: ET.Element) -> Iterator[ET.Element]:
    for child in element:
        if child.tag in FUNCTIONS and child.get(C + "identifier") and child.get("introspectable") != "0":
            yield child
        elif child.tag in CONTAINERS:
            yield from functions_in(child)


def copied_types(namespace: ET.Element) -> set[str]:
    """The boxed types of which GLib makes a copy. Types with a method ref() are counted instead."""
    return {f"{namespace.get('name')}.{record.get('name')}" for record in namespace
            if record.tag in (CORE + "record", CORE + "union", GLIB + "boxed") and record.get(GLIB + "get-type")
            and not any(method.get("name") == "ref" for method in record.iter(CORE + "method"))}


def is_written(function: str, argument: Argument, names: set[str]) -> bool:
    """Whether the function writes into what the typelib calls an input or one number."""
    if argument.direction == "out":
        # One number with a length of its own is a buffer.
        return not argument.is_array and argument.name in NUMBERS and f"{argument.element.get('name')}_len" in names
    if argument.direction != "in" or argument.is_constant or argument.element.get("transfer-ownership") != "none":
        return False
    if not argument.is_array:
        return argument.name in TEXTS and argument.depth == 1
    return argument.name in NUMBERS and not argument.is_container and not READS.search(function)


def extra_depth(argument: Argument) -> int:
    """How many pointers the argument of C has more than its text, its array of texts or its GError."""
    if not argument.c_type or argument.is_container or argument.name not in TEXTS | {"Error", "GLib.Error"}:
        return 0
    is_text = argument.name in TEXTS
    is_out = argument.direction != "in" and (is_text or argument.element.get("caller-allocates") != "1")
    return argument.depth - (1 + is_out + (argument.is_array and is_text))


def is_inside(argument: Argument) -> bool:
    doc = argument.element.findtext(CORE + "doc") or ""
    return argument.direction == "in" and not argument.is_array and argument.name in TEXTS and (
        INSIDE.search(" ".join(doc.split())) is not None)


def facts_of(function: ET.Element, namespace: str, copied: set[str]) -> Facts:
    symbol = function.get(C + "identifier", "")
    arguments = arguments_of(function)
    names = {argument.element.get("name", "") for argument in arguments if argument.direction == "in"}
    constant = written = deeper = flatter = inside = 0
    for number, argument in enumerate(arguments):
        bit = 1 << number
        full_name = argument.name if "." in argument.name else f"{namespace}.{argument.name}"
        is_bytes = argument.is_array and argument.name == "guint8"
        if is_bytes and (argument.is_constant or argument.c_type == "void*" and READS.search(symbol)):
            constant |= bit
        elif not argument.is_array and full_name in copied and argument.is_constant:
            constant |= bit
        if is_written(symbol, argument, names):
            written |= bit
        elif extra_depth(argument) > 0:
            deeper |= bit
        elif extra_depth(argument) < 0:
            flatter |= bit
        elif is_inside(argument):
            inside |= bit
    return Facts(constant, written, deeper, flatter, inside, symbol in ANSWERS)


def unclear_boolean(function: ET.Element) -> bool:
    """Whether neither the documentation nor ANSWERS says what the boolean of a function that can fail is."""
    result = function.find(CORE + "return-value")
    kind = None if result is None else result.find(CORE + "type")
    if result is None or kind is None or kind.get("name") != "gboolean" or function.get("throws") != "1":
        return False
    doc = result.findtext(CORE + "doc")
    return doc is not None and not FAILURE.search(doc) and function.get(C + "identifier") not in ANSWERS


def read_namespaces(paths: list[Path]) -> list[ET.Element]:
    found = (ET.parse(path).getroot().find(CORE + "namespace") for path in paths)
    return [namespace for namespace in found if namespace is not None]


def read_girs(paths: list[Path]) -> tuple[Table, list[str]]:
    """The facts of all functions in the files, and the functions whose boolean is unclear."""
    namespaces = read_namespaces(paths)
    copied = {name for namespace in namespaces for name in copied_types(namespace)} - {"GObject.Value"}
    table: Table = {}
    unclear = set()
    for namespace in namespaces:
        for function in functions_in(namespace):
            symbol = function.get(C + "identifier", "")
            table[symbol] = merge(table.get(symbol), facts_of(function, namespace.get("name", ""), copied))
            if unclear_boolean(function):
                unclear.add(symbol)
    return table, sorted(unclear)


def merge(one: Optional[Facts], other: Facts) -> Facts:
    """What any version of a library says holds for all versions."""
    if one is None:
        return other
    return Facts(*(mine | theirs for mine, theirs in zip(one, other)))


def read_table(text: str) -> Table:
    rows = re.findall(r'\{ "(\w+)", (0x\w+), (0x\w+), (0x\w+), (0x\w+), (0x\w+), (TRUE|FALSE) \}', text)
    return {symbol: Facts(*(int(number, 16) for number in numbers), is_answer=answer == "TRUE")
            for symbol, *numbers, answer in rows}


def write_table(table: Table) -> str:
    lines = ["/* SPDX-FileCopyrightText: 2026 The athreading authors", " * SPDX-License-Identifier: LGPL-2.1-or-later",
             " */", "", "/* read-girs.py writes this file. The columns are those of AthrInvokeFacts. */", ""]
    for symbol, facts in sorted(table.items()):
        if facts != Facts():
            numbers = ", ".join(f"{number:#x}" for number in facts[:-1])
            lines.append(f'{{ "{symbol}", {numbers}, {str(bool(facts.is_answer)).upper()} }},')
    return "\n".join(lines) + "\n"


def main(paths: list[str]) -> None:
    table = read_table(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    found, unclear = read_girs([Path(path) for path in paths])
    for symbol, facts in found.items():
        table[symbol] = merge(table.get(symbol), facts)
    TABLE.write_text(write_table(table), encoding="utf-8")
    for symbol in unclear:
        print(f"{symbol}: is its boolean an answer, or does it tell failure?", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
