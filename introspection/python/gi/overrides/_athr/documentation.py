# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What help() says about what is introspected. PyGObject only gives the parameters of a function."""

import ast
from functools import lru_cache
from pathlib import Path
from textwrap import indent
from typing import Any

from gi.docstring import get_doc_string_generator, set_doc_string_generator

from .c import Athr

# Beside the override when it is installed, beside the typelib when it is not
STUBS = (Path(__file__).parents[3] / "gi-stubs" / "repository" / "Athr.pyi", Path(Athr.__path__[0]).parent / "Athr.pyi")

describe_parameters = get_doc_string_generator()


@lru_cache(maxsize=None)
def read_stub() -> dict[str, str]:
    """The docstrings of the type stub, by names such as `Call` and `Call.cancel`."""
    documentation: dict[str, str] = {}

    def read(parent: Any, prefix: str) -> None:
        for node in parent.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                documentation[prefix + node.name] = ast.get_docstring(node) or ""
                if isinstance(node, ast.ClassDef):
                    read(node, f"{prefix}{node.name}.")

    for stub in STUBS:
        if stub.exists():
            read(ast.parse(stub.read_text(encoding="utf-8")), "")
            break
    return documentation


def describe(info: Any) -> str:
    """The documentation of a class or a function, for PyGObject."""
    text: str = describe_parameters(info)
    if info.get_namespace() != "Athr":
        return text
    container = info.get_container()
    name = f"{container.get_name()}.{info.get_name()}" if container else info.get_name()
    sentence = read_stub().get(name)
    if not sentence:
        return text
    methods = [method.__doc__.partition("\n\n") for method in getattr(info, "get_methods", list)()]
    if not methods:
        return f"{text}\n\n{sentence}"
    lines = "".join(f"\n    {parameters}\n{indent(says, ' ' * 8)}" for parameters, _, says in methods)
    return f"{sentence}\n{text}\n:Methods:\n\n::\n{lines}\n"


def document_namespace() -> None:
    set_doc_string_generator(describe)
    # PyGObject asks for no documentation of enumerations and flags.
    Athr.CallState.__doc__ = "The state of an Athr.Call."
    Athr.CloseFlags.__doc__ = "How Athr.Executor.close_with_flags_async closes an executor."
    Athr.GroupPolicy.__doc__ = "When an Athr.Group is over, and whether it succeeds."
    Athr.MapFlags.__doc__ = "How Athr.Stream.new_map maps."
    Athr.Overflow.__doc__ = "What happens when the producer of an Athr.Stream yields a value and the buffer is full."
    Athr.StreamState.__doc__ = "The state of the producer of an Athr.Stream."
