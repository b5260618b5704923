# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the methods of calls and streams share."""

from collections.abc import Callable
from typing import Any

from gi.repository import GLib, GObject

from .errors import find_exception, raise_last
from .values import unbox_value


def take_value(thing: Any, method: Callable[..., Any], *arguments: Any, box: Any = None) -> tuple[Any, list[Any]]:
    """Calls a method that fills a GValue. Returns the value, or True if the caller has the GValue already, and a list
    that has the exception, if any."""
    filled = GObject.Value() if box is None else box
    try:
        method(*arguments, filled)
    except GLib.Error as error:
        return None, [find_exception(thing, error)]
    return unbox_value(filled) if box is None else True, []


def take_received(stream: Any) -> list[Any]:
    """Takes a value that a batch has brought and no coroutine has taken. Returns a list of the value, or an empty
    list."""
    inbox = stream.__dict__.get("_athr_inbox")
    if inbox is None:
        return []
    try:
        return [inbox.values.popleft()]
    except IndexError:
        pass
    if inbox.errors:
        del stream
        raise_last(inbox.errors)
    return []
