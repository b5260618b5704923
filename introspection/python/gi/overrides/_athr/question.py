# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the method ask() of a call or a yielder does. A function in the main thread gets the Athr.Question."""

import functools
from collections.abc import Callable
from typing import Any

from gi.repository import GLib, GObject

from .checks import check_box, check_function
from .errors import Failure, raise_last, strip_own_frames
from .values import unbox_value


def call_with_question(failure: Failure, function: Callable[..., Any], data: tuple[Any, ...], question: Any,
                       *_: Any) -> None:
    """PyGObject calls this in the main thread. PyGObject would only print an exception, and keep its traceback, which
    refers to the question."""
    question.__dict__["_athr_failure"] = failure
    try:
        function(question, *data)
    except BaseException as error:
        if "_athr_failure" not in question.__dict__:  # the function has answered before
            raise
        question.fail(strip_own_frames(error))
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise


def ask_in_c(ask: Callable[..., Any], function: Callable[..., Any], box: Any, data: tuple[Any, ...]) -> Any:
    """Calls ask() of a call or a yielder. Returns the answer, or True if the caller has given a GObject.Value."""
    check_function(function)
    check_box("answer", box)
    failure, filled = Failure(), GObject.Value() if box is None else box
    failure.is_known = True  # an answer that comes too late is not reported
    try:
        ask(functools.partial(call_with_question, failure, function, data), None, filled)
    except GLib.Error as error:
        errors = [failure.find_exception(error)]
    else:
        return unbox_value(filled) if box is None else True
    del failure
    raise_last(errors)
