# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python exceptions as errors of C, and back.

C gets a GError that describes the Python exception. A Failure keeps the exception itself, and gives it back when C
reports that GError.
"""

import asyncio
import concurrent.futures
import ctypes
import os
import sys
from collections.abc import Callable
from contextvars import copy_context
from itertools import count
from typing import Any, Optional

from gi.repository import Gio, GLib

from .c import (POINTER, QUARK, error_free, quark_from_string, quark_to_string, set_error_literal, uninterrupted,
                yielder_is_closed)

# The domain of a GError that stands for a Python exception
DOMAIN = "athr-python-exception-quark"

# The code of such a GError says which exception the GError stands for: several may have the same type and text.
error_codes = map((0x7fffffff).__and__, count(1))

PACKAGE = os.path.join(os.path.dirname(__file__), "")


class CError(ctypes.Structure):
    """A GError"""

    _fields_ = [("domain", QUARK), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]


def error_from_address(address: int) -> GLib.Error:
    error = ctypes.cast(address, ctypes.POINTER(CError)).contents
    return GLib.Error(error.message.decode(errors="replace"), quark_to_string(error.domain).decode(), error.code)


def set_c_error(address: Optional[int], error: Any) -> None:
    """Sets the `GError **` at the address."""
    set_error_literal(address, quark_from_string(error.domain.encode()), error.code,
                      error.message.encode(errors="replace"))


class StreamClosed(GeneratorExit, asyncio.CancelledError):
    """The stream takes no more values."""


def is_timed_out(error: Any) -> bool:
    return bool(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT))


def is_cancelled(error: Any) -> bool:
    """Whether an exception, or an error of C, says that the work was cancelled."""
    if isinstance(error, GLib.Error):
        return bool(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
    return isinstance(error, (asyncio.CancelledError, concurrent.futures.CancelledError))


def is_closed(error: Any) -> bool:
    """Whether an error of C says that a stream was closed."""
    return isinstance(error, GLib.Error) and bool(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED))


def new_cancelled(error: GLib.Error) -> asyncio.CancelledError:
    """The exception that `await` raises for CANCELLED, an error of the library."""
    exception = asyncio.CancelledError()
    exception.__cause__ = error
    return exception


class ErrorPointer(POINTER):
    """A `GError *` that a function of C sets."""

    def take(self) -> GLib.Error:
        """Returns the error as a Python object, and frees the GError."""
        error = error_from_address(self.value)  # type: ignore[arg-type]
        self.free()
        return error

    def free(self) -> None:
        if self.value:
            uninterrupted((error_free, self.value), (setattr, self, "value", None))

    def raise_for(self, yielder: int) -> None:
        """Raises the error of a yielder's function, or StreamClosed if the stream is closed."""
        errors: list[BaseException] = [self.take()]
        if yielder_is_closed(yielder) and errors[0].matches(  # type: ignore[attr-defined]
                Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
            raise StreamClosed
        raise_last(errors)


def strip_own_frames(error: BaseException) -> BaseException:
    """Removes the frames of this package from the start of the traceback. Otherwise the exception keeps alive the local
    variables of the functions here that have caught it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return error.with_traceback(trace)


def is_text_of_c(text: Any) -> bool:
    return isinstance(text, str) and "\0" not in text and text.encode(errors="replace").decode() == text


def is_error_of_c(error: BaseException) -> bool:
    """Whether C can have the error as it is. A program can give a GLib.Error any fields."""
    return (isinstance(error, GLib.Error) and is_text_of_c(error.message) and is_text_of_c(error.domain)
            and isinstance(error.code, int) and -2**31 <= error.code < 2**31)


def describe_error(error: BaseException) -> Any:
    """Creates the error that C gets instead of the exception."""
    if is_error_of_c(error):
        return GLib.Error(error.message, error.domain, error.code)  # type: ignore[attr-defined]
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        text = type(error).__name__
    return GLib.Error(text.replace("\0", " ").encode(errors="replace").decode(), DOMAIN, next(error_codes))


def raise_last(errors: list[BaseException]) -> None:
    """Removes the last exception from the list and raises it. No frame of its traceback may refer to the exception:
    the exception would be part of a reference cycle."""
    error = errors.pop()
    try:
        if isinstance(error, (StopIteration, StopAsyncIteration)):
            raise RuntimeError(f"worker raised {type(error).__name__}") from error
        raise error
    finally:
        del error


def report_lost(error: BaseException, loop: Any) -> None:
    """Reports an exception that no coroutine has received, and none will, as asyncio does."""
    if not is_cancelled(error):
        message = "The exception of a function on a worker was never retrieved"
        loop.call_exception_handler({"message": message, "exception": error})


class Failure:
    """Keeps the exception of a Python function that C calls. The function runs in a copy of the context variables of the
    code that has created the call or the stream. Reports the exception when the call or the stream is dropped, if the
    program has never asked for it."""

    is_unlimited = True  # a program may take the values of the stream in batches
    is_known = False

    def __init__(self) -> None:
        self.loop = asyncio._get_running_loop()
        self.error: Optional[BaseException] = None
        self.trace: Any = None
        self.description: Any = None
        self.context = copy_context()
        self.posts: dict[int, Any] = {}  # in order: what the function has posted and the main thread has not done yet

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        error = self.error
        if error is None or self.is_known or is_finalizing():
            return
        if self.loop is not None:
            report_lost(error, self.loop)
        elif not is_cancelled(error):
            raise error  # Python passes the exception to sys.unraisablehook

    def record_for(self, yielder: int, error: BaseException) -> Any:
        """As record(), for a producer. What it raises after its stream was left is not reported. Another thread that
        closes a map ends the questions of its items before it closes the items."""
        if self.error is None and (yielder_is_closed(yielder) or is_closed(error)):
            self.is_known = True
        return self.record(error)

    def record(self, error: BaseException) -> Any:
        """Keeps the exception. Returns the error that C gets instead."""
        self.error = strip_own_frames(error)
        self.trace = error.__traceback__
        self.description = describe_error(error)
        return self.description

    def find_exception(self, error: Any) -> BaseException:
        """Returns the exception that an error of C stands for: the error itself if C has made it."""
        known = self.description
        if self.error is None or (known.domain, known.code, known.message) != (error.domain, error.code, error.message):
            return error  # type: ignore[no-any-return]
        self.is_known = True
        return self.error


def peek_exception(thing: Any, error: GLib.Error) -> BaseException:
    """Returns the exception that an error of a call or a stream stands for."""
    failure: Optional[Failure] = thing.__dict__.get("_athr_failure")
    exception: BaseException = failure.find_exception(error) if failure else error
    return exception


def find_exception(thing: Any, error: GLib.Error) -> BaseException:
    """As peek_exception(), for a caller that raises the exception. The traceback has the frames of the worker only:
    otherwise each raise would add frames to it."""
    exception = peek_exception(thing, error)
    return exception if exception is error else exception.with_traceback(thing.__dict__["_athr_failure"].trace)
