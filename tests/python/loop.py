# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib, GObject


def iterate_until(condition):
    context = GLib.MainContext.default()
    while not condition():
        context.iteration(True)


def wait(start, *arguments):
    """Starts an asynchronous operation, waits for its result and returns the result."""
    answers = []
    start(*arguments, lambda source, result: answers.append(result))
    assert not answers, "answered before the function that started it returned"
    iterate_until(lambda: answers)
    return answers[0]


def unpack(value):
    # A null value is a pointer, which get_value() would return as a number.
    return None if value.g_type == GObject.TYPE_POINTER else value.get_value()


def finish_call(call, result):
    value = GObject.Value()
    call.run_finish_into(result, value)
    return unpack(value)


def run(call, cancellable=None):
    return finish_call(call, wait(call.run_async, cancellable))


def finish_next(stream, result):
    value = GObject.Value()
    stream.next_finish_into(result, value)
    return unpack(value) if not stream.is_done() else END


def take(stream):
    """Returns the next value, or END."""
    return finish_next(stream, wait(stream.next_async, None))


def take_all(stream):
    return list(iter(lambda: take(stream), END))


def close(stream):
    stream.close_finish(wait(stream.close_async, None))


END = type("End", (), {"__repr__": lambda self: "END"})()
