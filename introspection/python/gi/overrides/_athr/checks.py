# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Exceptions for wrong arguments, before anything starts."""

import ctypes
import functools
import inspect
from typing import Any, Optional

from gi.repository import Gio, GObject

from .c import BOOLEAN, POINTER, TYPE, Athr, address_of, declare, holding_gil

UNLIMITED = 2**32 - 1

result_is_tagged = declare("g_async_result_is_tagged", BOOLEAN, POINTER, POINTER)


def type_name(value: Any) -> str:
    return type(value).__name__


def text_for_c(text: Optional[str]) -> Optional[str]:
    """A text may have surrogates, as a file name of os.fsdecode() has. C takes none."""
    return None if text is None else text.encode(errors="replace").decode()


def check_object(name: str, value: Any, kind: Any, wanted: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted} or None, not {type_name(value)}")


def check_executor(executor: Any) -> None:
    check_object("executor", executor, Athr.Executor, "an Athr.Executor")


def check_cancellable(cancellable: Any) -> None:
    check_object("cancellable", cancellable, Gio.Cancellable, "a Gio.Cancellable")


def check_box(name: str, box: Any) -> None:
    """A box is a GObject.Value that C fills. PyGObject would fill a GValue with any other value, which C refuses with a
    critical."""
    if box is None:
        return
    if not isinstance(box, GObject.Value):
        raise TypeError(f"{name} must be an empty GObject.Value, not {type_name(box)}")
    if TYPE.from_address(address_of(box)).value:
        raise ValueError(f"{name} must be an empty GObject.Value, and this one has a value")


def check_result(thing: Any, result: Any, start: str, is_taken: bool = False) -> None:
    """Checks that the result is of the C function `start`, called for the object. C logs a critical for any other result,
    and gives nothing. Values that C takes out of a stream can be taken once."""
    if not isinstance(result, Gio.AsyncResult):
        raise TypeError(f"the result that the callback got is needed, not {type_name(result)}")
    notes = result.__dict__
    source = notes.get("_athr_source") or result.get_source_object()
    if source is not thing:
        raise ValueError(f"the result is that of {source!r}, not of {thing!r}")
    if not result_is_tagged(address_of(result), ctypes.cast(getattr(holding_gil, start), POINTER)):
        raise ValueError(f"the result is not one of {start}()")
    if is_taken and "_athr_is_taken" in notes:
        raise ValueError("the result was finished before")
    notes["_athr_is_taken"] = True


def check_item_type(kind: Any) -> None:
    gtype = getattr(kind, "__gtype__", kind)
    if not isinstance(gtype, GObject.GType) or not gtype.is_a(GObject.TYPE_OBJECT):
        name = kind.__name__ if isinstance(kind, type) else repr(kind)
        raise TypeError(f"item_type must be a GObject class, not {name}")


def codes_of(function: Any) -> tuple[Any, Any]:
    """The function that a partial calls, and the `__call__()` of its type: a callable object has its code there."""
    while isinstance(function, functools.partial):
        function = function.func
    return function, getattr(type(function), "__call__", None)


def check_function(function: Any) -> None:
    if not callable(function):
        raise TypeError(f"a function is needed, not {type_name(function)}")
    for code in codes_of(function):
        if inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code):
            raise TypeError(f"{function!r} is asynchronous already")


def check_is_no_generator(function: Any) -> None:
    for code in codes_of(function):
        if inspect.isgeneratorfunction(code):
            raise TypeError(f"{function!r} is a generator function: use Athr.iterate() or Athr.generate()")


def check_number(name: str, value: Any, kind: Any, least: float, most: float, wanted: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, not {type_name(value)}")
    if not least <= value <= most:
        raise ValueError(f"{name} must be from {least} to {most}, not {value}")


def check_priority(name: str, priority: Any) -> None:
    check_number(name, priority, int, -2**31, 2**31 - 1, "an int")


def check_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type_name(value)}")


def check_max_values(max_values: Any) -> None:
    check_number("max_values", max_values, int, 1, UNLIMITED, "an int")


def check_progress(fraction: Any, text: Any) -> None:
    try:
        is_fraction = fraction <= 1
    except TypeError:
        raise TypeError(f"the fraction must be a number, not {type_name(fraction)}") from None
    if not is_fraction:
        raise ValueError(f"the fraction must be at most 1, not {fraction}")
    if text is not None and not isinstance(text, str):
        raise TypeError(f"the text must be a str or None, not {type_name(text)}")


def check_call_options(*, timeout: Any = None, run_timeout: Any = None, priority: Any = 0, name: Any = None,
                       progress: Any = None) -> None:
    for option, value in ("timeout", timeout), ("run_timeout", run_timeout):
        if value is not None:
            check_number(option, value, (int, float), 0, UNLIMITED // 1000, "a number of seconds or None")
    check_priority("priority", priority)
    check_object("name", name, str, "a str")
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be a function or None, not {type_name(progress)}")


def check_options(*, executor: Any = None, buffer_maxsize: Any = None, interrupt: Any = None, owner: Any = None,
                  **others: Any) -> None:
    """The owner is checked as it is made: see owner.py."""
    check_executor(executor)
    check_call_options(**others)
    if interrupt is not None and not callable(interrupt):
        raise TypeError(f"interrupt must be a function or None, not {type_name(interrupt)}")
    if buffer_maxsize is not None and not isinstance(buffer_maxsize, int):
        raise TypeError(f"buffer_maxsize must be an int or None, not {type_name(buffer_maxsize)}")
    if buffer_maxsize is not None and not 0 <= buffer_maxsize <= UNLIMITED:
        raise ValueError(f"buffer_maxsize must be from 0 to {UNLIMITED}, not {buffer_maxsize}")
