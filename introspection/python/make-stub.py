#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: make-stub.py GIR OVERRIDE.py TYPES.pyi OUTPUT.pyi. Makes the type stub of the namespace with its override.

Public names are those of the GIR and those in __all__ of the override. The types of the override come from TYPES.pyi
where it has them, and otherwise from the annotations in the source of the override."""

import ast
import builtins
import keyword
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CORE = "{http://www.gtk.org/introspection/core/1.0}"

TYPES = {"none": "None", "utf8": "str", "filename": "str", "gboolean": "bool", "gdouble": "float", "gfloat": "float",
         "gpointer": "Any", "gconstpointer": "Any", "GType": "GObject.GType", "GObject.Value": "Any",
         "GLib.Quark": "int"}
INTEGERS = re.compile(r"g?(u?int(8|16|32|64|ptr)?|u?long|u?short|s?size|u?char)")

# These methods only raise an exception that says what to write instead. So a type checker should not find them.
REFUSING = {"__enter__", "__exit__", "__iter__"}

# The types of parameters for which the source of the override has Any, or a name that the stub does not know
PARAMETERS = {"executor": "Executor | None", "owner": "object | None", "cancellable": "Gio.Cancellable | None",
              "progress": "Callable[[float, str | None], Any] | None"}


class Gir:
    """Makes the parts of a stub of a GIR: the lines of each class, function and constant."""

    def __init__(self, path):
        self.namespace = ElementTree.parse(path).getroot().find(f"{CORE}namespace")
        self.callbacks = {node.get("name") for node in self.nodes(self.namespace, "callback")}

    @staticmethod
    def nodes(parent, *tags):
        for node in parent:
            is_hidden = node.get("introspectable") == "0" or node.get("shadowed-by")
            if node.tag.removeprefix(CORE) in tags and not is_hidden:
                yield node

    def type_of(self, node):
        array = node.find(f"{CORE}array")
        if array is not None:
            return f"list[{self.type_of(array)}]"
        name = node.find(f"{CORE}type").get("name")
        if name in TYPES:
            return TYPES[name]
        if INTEGERS.fullmatch(name):
            return "int"
        is_callback = name.endswith(("Callback", "Func")) if "." in name else name in self.callbacks
        return "Callable[..., Any]" if is_callback else name

    def parameters_of(self, node):
        """The parameters as PyGObject has them: without user data, and with None as the default of the last ones."""
        parameters = [*node.iterfind(f"{CORE}parameters/{CORE}parameter")]
        hidden = {int(parameter.get(key)) for parameter in parameters for key in ("closure", "destroy")
                  if parameter.get(key)}
        texts, tail, may_be_left_out = [], [], True
        if any(parameter.get("closure") for parameter in parameters):
            tail = ["*user_data: Any"]
        for place, parameter in reversed([*enumerate(parameters)]):
            if place in hidden or parameter.get("direction") == "out":
                continue
            name, kind = parameter.get("name"), self.type_of(parameter)
            name += "_" * keyword.iskeyword(name)
            is_nullable = parameter.get("nullable") == "1" or parameter.get("allow-none") == "1"
            may_be_left_out &= is_nullable
            text = f"{name}: {kind}" + " | None" * is_nullable + " = None" * may_be_left_out
            texts.insert(0, text)
        return texts + tail

    def function(self, node, indent=""):
        name = node.get("shadows") or node.get("name")
        kind = node.tag.removeprefix(CORE)
        first = {"method": ["self"], "constructor": ["cls"]}.get(kind, [])
        result = node.find(f"{CORE}return-value")
        returned = self.type_of(result) + " | None" * (result.get("nullable") == "1")
        if kind == "constructor":
            returned = node.find(f"{CORE}return-value/{CORE}type").get("name")
        decorator = {"constructor": "@classmethod", "function": "@staticmethod" * bool(indent)}.get(kind)
        lines = [indent + decorator] if decorator else []
        text = f"{indent}def {name}({', '.join(first + self.parameters_of(node))}) -> {returned}:"
        return name, [*lines, text, f"{indent}    {describe(node)}"]

    def members(self, node):
        members = {}
        properties = {prop.get("name").replace("-", "_"): prop for prop in self.nodes(node, "property")}
        if properties:
            lines = ["    class Props(GObject.Object.Props):"]
            for name, prop in properties.items():
                kind = self.type_of(prop) + " | None" * self.may_be_null(node, prop)
                if prop.get("writable") == "1" and prop.get("construct-only") != "1":
                    lines.append(f"        {name}: {kind}")
                else:
                    lines += ["        @property", f"        def {name}(self) -> {kind}: ..."]
            members["Props"] = lines
            members["props"] = ["    @property", "    def props(self) -> Props: ..."]
            writable = [f"{name}: {self.type_of(prop)} = ..." for name, prop in properties.items()
                        if prop.get("writable") == "1"]
            if writable:
                members["__init__"] = [f"    def __init__(self, *, {', '.join(writable)}) -> None: ..."]
        for function in self.nodes(node, "constructor", "method", "function"):
            name, lines = self.function(function, "    ")
            members[name] = lines
        return members

    def may_be_null(self, node, prop):
        getter = f"get_{prop.get('name').replace('-', '_')}"
        return any(method.find(f"{CORE}return-value").get("nullable") == "1"
                   for method in self.nodes(node, "method") if method.get("name") == getter)

    def text(self):
        """The stub of the namespace without its override."""
        for node in self.nodes(self.namespace, "class", "enumeration", "bitfield", "record", "function", "constant"):
            name, tag = node.get("name"), node.tag.removeprefix(CORE)
            docstring, bases, members = describe(node), [], {}
            if tag == "constant":
                yield f"{name}: {self.type_of(node)}"
                continue
            if tag == "function":
                yield from self.function(node)[1]
                continue
            if tag == "record":
                docstring = f'"""The class structure of {name.removesuffix("Class")}, which only C uses."""'
                bases, members = ["GObject.GPointer"], {"parent_class": ["    parent_class: Any"]}
            elif tag in ("enumeration", "bitfield"):
                bases = ["GObject.GEnum" if tag == "enumeration" else "GObject.GFlags"]
                members = {member: [f"    {member.get('name').upper()}: {name}"]
                           for member in self.nodes(node, "member")}
            else:
                bases = [node.get("parent"), *(base.get("name") for base in self.nodes(node, "implements"))]
                members = self.members(node)
            yield f"class {name}({', '.join(bases)}):"
            yield f"    {docstring}"
            for lines in members.values():
                yield from lines


def describe(node):
    """The first paragraph of the documentation, as a docstring."""
    text = node.findtext(f"{CORE}doc", "").split("\n\n")[0]
    text = re.sub(r"\[\w+@([\w.:-]+)\]|@(\w+)", r"\1\2", " ".join(text.split()))
    for name, value in ("%NULL", "None"), ("%TRUE", "True"), ("%FALSE", "False"), ("\\", "\\\\"), ('"', "'"):
        text = text.replace(name, value)
    return f'"""{text}"""' if text else "..."


FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef


def name_of(node):
    return node.target.id if isinstance(node, ast.AnnAssign) else getattr(node, "name", None)


class Override:
    """The source of the override, or of a module that it imports."""

    def __init__(self, path):
        self.path = path
        self.names = {}  # the definitions and the imports
        self.docstrings = {}  # those that are assigned
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
                self.names[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.names.setdefault(node.targets[0].id, node)
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", None) == "__doc__":
                self.docstrings[node.targets[0].value.id] = ast.literal_eval(node.value)
            elif isinstance(node, ast.ImportFrom) and node.level == 1:
                self.names.update((alias.asname or alias.name, node) for alias in node.names)

    def public(self):
        return ast.literal_eval(self.names["__all__"].value)

    def definition(self, name):
        """The definition of a name, also if it is imported from another module of the override."""
        node = self.names.get(name)
        if isinstance(node, ast.ImportFrom):
            return Override(self.path.parent / (node.module.replace(".", "/") + ".py")).definition(name)
        return node

    def members(self, name):
        """The public and the special methods of a class."""
        node = self.definition(name)
        return {member.name: member for member in getattr(node, "body", [])
                if isinstance(member, FUNCTIONS) and not re.match("_[^_]", member.name) and member.name not in REFUSING}


def options_of(node, override):
    """The keyword-only parameters of a function, or of the function that the call of another function makes."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        node = override.definition(node.value.func.id)
    return next(function.args for function in ast.walk(node)
                if isinstance(function, ast.FunctionDef) and function.args.kwonlyargs)


class Stub:
    def __init__(self, gir, override, types):
        self.override = override
        self.gir = {name_of(node): node for node in ast.parse("\n".join(gir.text())).body}
        self.types = types.body
        self.public = override.public()
        self.known = {*dir(builtins), *self.gir, *self.public, "Any", "Optional", "Callable", "Coroutine", "Generator",
                      "Iterable", "GLib", "GObject", "Gio"}

    def annotation(self, node, name=""):
        is_known = all(part.id in self.known for part in ast.walk(node) if isinstance(part, ast.Name))
        if is_known and ast.unparse(node) != "Any":
            return node
        return ast.parse(PARAMETERS.get(name, "Any"), mode="eval").body

    def signature(self, node):
        """A function of the source as the stub has it, with its docstring."""
        if not isinstance(node, FUNCTIONS):
            return ast.parse(f"{node.targets[0].id}: Any").body[0]
        arguments = node.args
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            if argument.annotation is not None:
                argument.annotation = self.annotation(argument.annotation, argument.arg)
        node.returns = self.annotation(node.returns)
        node.body = [ast.Expr(ast.Constant(ast.get_docstring(node) or ...))]
        return node

    def fill(self, node, source):
        """Puts the options of the source in a function of the types, and its docstring."""
        arguments = node.args
        if [argument.arg for argument in arguments.kwonlyargs] == ["__options__"]:
            options = options_of(source, self.override)
            arguments.kwonlyargs = [ast.arg(argument.arg, self.annotation(argument.annotation, argument.arg))
                                    for argument in options.kwonlyargs]
            arguments.kw_defaults = options.kw_defaults
        docstring = self.override.docstrings.get(node.name)
        if isinstance(source, FUNCTIONS):
            docstring = ast.get_docstring(source)
        node.body = [ast.Expr(ast.Constant(docstring or ...))]
        return node

    def class_of(self, name, types):
        """A class: what the types have of it, then what the source has, then what the GIR has."""
        source, node = self.override.members(name), self.gir[name]
        typed = [self.fill(member, source[member.name]) for member in types if member.name in source]
        names = {member.name for member in typed}
        untyped = [self.signature(member) for key, member in source.items() if key not in names]
        rest = [member for member in node.body if name_of(member) not in source]
        node.body = rest[:1] + typed + untyped + rest[1:]
        node.bases += [base for base in self.override.definition(name).bases
                       if not ast.unparse(base).startswith("Athr.")]
        return node

    def nodes(self):
        typed = {}
        for node in self.types:
            typed.setdefault(name_of(node), []).append(node)
        for name, nodes in typed.items():
            if name is None or name.startswith("_"):  # an import or a type variable, or a class of the types' own
                yield from nodes
        for name, node in self.gir.items():
            if name not in self.public:
                yield node
        for name in self.public:
            source, nodes = self.override.definition(name), typed.get(name, [])
            if isinstance(source, ast.ClassDef):
                yield self.class_of(name, nodes[0].body if nodes else [])
            elif nodes:
                yield from (self.fill(node, source) for node in nodes)
            else:
                yield self.signature(source)


def main():
    gir, override, types, output = map(Path, sys.argv[1:])
    stub = Stub(Gir(gir), Override(override), ast.parse(types.read_text(encoding="utf-8")))
    output.write_text("\n".join(ast.unparse(node) for node in stub.nodes()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
