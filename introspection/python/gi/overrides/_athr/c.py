# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The functions of C that the override calls through ctypes.

PyGObject creates a closure for each callback that it passes to C, and PyGObject 3.42 leaks some bytes of each closure.
PyGObject also releases the interpreter lock (GIL) around each C function. So the override calls the functions that it
needs for each value and each call through ctypes.

The handler of a signal runs in the main thread, at the first instruction of any Python function, after any call, and at
the end of each turn of a loop. C cannot tell the exception that such a handler raises inside a callback. So the main
thread gets no callbacks: C queues a completion, and loops.py takes it. Workers run Python functions as callbacks.
"""

import ctypes
import os
from collections.abc import Callable
from itertools import starmap
from operator import call
from typing import Any

from gi.module import get_introspection_module

Athr: Any = get_introspection_module("Athr")
LIBRARY = "libathreading-1.so.0"
Athr.Call.__gtype__  # makes the introspection repository load the library, from the place that the program has set

# A thread of the library never waits for the GIL while it holds a lock of the library. So most functions can be called
# with the GIL held. Functions that wait are called without the GIL. So are functions that cancel a cancellable of the
# program's: newer versions of GLib call the handlers of a cancellable under a lock of GLib.
holding_gil = ctypes.PyDLL(LIBRARY, os.RTLD_NOLOAD)
releasing_gil = ctypes.CDLL(LIBRARY, os.RTLD_NOLOAD)

BOOLEAN, UINT, QUARK, TYPE = ctypes.c_int, ctypes.c_uint, ctypes.c_uint32, ctypes.c_size_t
POINTER = ctypes.c_void_p
FUNCTION = ctypes.CFUNCTYPE(None, POINTER, POINTER, POINTER)
DESTROY = ctypes.CFUNCTYPE(None, POINTER)


def declare(name: str, result: Any, *arguments: Any, library: Any = holding_gil) -> Any:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


def permanent(prototype: Any) -> Callable[[Callable[..., None]], Any]:
    """Decorates a function to be a callback that C may call until the process ends."""
    def decorate(function: Callable[..., None]) -> Any:
        callback = prototype(function)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))
        return callback
    return decorate


call_cancel = declare("athr_call_cancel", None, POINTER, library=releasing_gil)
call_get_error = declare("athr_call_get_error", POINTER, POINTER)
# These five give FALSE, and do nothing, if another thread iterates the main context of the call or the stream.
call_run_async = declare("athr_completion_run_call", BOOLEAN, POINTER, POINTER, FUNCTION, POINTER)
stream_close_async = declare("athr_completion_close_stream", BOOLEAN, POINTER, POINTER, FUNCTION, POINTER,
                             library=releasing_gil)
stream_try_next = declare("athr_completion_try_next", BOOLEAN, POINTER, POINTER)
stream_start = declare("athr_completion_start_stream", BOOLEAN, POINTER)
completion_start_next = declare("athr_completion_start_next", BOOLEAN, POINTER, POINTER, UINT, POINTER, POINTER)
stream_new = declare("athr_stream_new", POINTER, FUNCTION, POINTER, DESTROY)
stream_send = declare("athr_stream_send", None, POINTER, POINTER)
stream_throw = declare("athr_stream_throw_literal", None, POINTER, QUARK, ctypes.c_int, ctypes.c_char_p)
completion_iterate = declare("athr_completion_iterate", BOOLEAN, POINTER)
completion_new_call = declare("athr_completion_new_call", None, POINTER, FUNCTION, POINTER, POINTER)
completion_start_call = declare("athr_completion_start_call", None, POINTER, POINTER)
completion_queue_new = declare("athr_completion_queue_new", POINTER, POINTER, DESTROY)
completion_queue_peek = declare("athr_completion_queue_peek", POINTER, POINTER)
completion_queue_pop = declare("athr_completion_queue_pop", POINTER, POINTER)
yielder_stop = declare("athr_yielder_stop", None, POINTER, library=releasing_gil)
yielder_get_cancellable = declare("athr_yielder_get_cancellable", POINTER, POINTER)
yielder_is_closed = declare("athr_yielder_is_closed", BOOLEAN, POINTER)
yielder_receive = declare("athr_yielder_receive", BOOLEAN, POINTER, POINTER, POINTER)
yielder_yield = declare("athr_yielder_yield_value", BOOLEAN, POINTER, POINTER, POINTER)
yielder_exchange = declare("athr_yielder_exchange_value", BOOLEAN, POINTER, POINTER, POINTER, POINTER,
                           library=releasing_gil)
cancellable_is_cancelled = declare("g_cancellable_is_cancelled", BOOLEAN, POINTER)
signal_connect = declare("g_signal_connect_data", ctypes.c_ulong, POINTER, ctypes.c_char_p, POINTER, POINTER, POINTER,
                         UINT)
object_set_data = declare("g_object_set_data_full", None, POINTER, ctypes.c_char_p, POINTER, DESTROY)
object_ref = declare("g_object_ref", POINTER, POINTER)
object_unref = declare("g_object_unref", None, POINTER)
value_init = declare("g_value_init", POINTER, POINTER, TYPE)
value_unset = declare("g_value_unset", None, POINTER)
value_copy = declare("g_value_copy", None, POINTER, POINTER)
value_take_object = declare("g_value_take_object", None, POINTER, POINTER)
type_from_name = declare("g_type_from_name", TYPE, ctypes.c_char_p)
error_free = declare("g_error_free", None, POINTER)
set_error_literal = declare("g_set_error_literal", None, POINTER, QUARK, ctypes.c_int, ctypes.c_char_p)
quark_from_string = declare("g_quark_from_string", QUARK, ctypes.c_char_p)
quark_to_string = declare("g_quark_to_string", ctypes.c_char_p, QUARK)
context_wait = declare("g_main_context_iteration", BOOLEAN, POINTER, BOOLEAN, library=releasing_gil)
push_context = declare("g_main_context_push_thread_default", None, POINTER)
pop_context = declare("g_main_context_pop_thread_default", None, POINTER)

SWAPPED = 2  # G_CONNECT_SWAPPED

# Functions of C as callbacks
complete_operation: Any = ctypes.cast(holding_gil.athr_completion_complete, FUNCTION)
push_completion: Any = ctypes.cast(holding_gil.athr_completion_push, DESTROY)
unref: Any = ctypes.cast(holding_gil.g_object_unref, DESTROY)
call_run_finish = ctypes.cast(holding_gil.athr_call_run_finish_into, POINTER).value
stream_close_finish = ctypes.cast(holding_gil.athr_stream_close_finish, POINTER).value
NO_DESTROY: Any = ctypes.cast(None, DESTROY)  # type: ignore[arg-type]


def uninterrupted(*calls: tuple[Any, ...]) -> list[Any]:
    """Calls functions of C, each with its arguments. C runs the loop, so no handler of a signal runs between the
    calls."""
    return list(starmap(call, calls))


def call_in_context(context: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a function of C with a thread-default main context."""
    results: list[Any] = []
    try:
        results.extend(starmap(call, ((push_context, context), (function, *arguments), (pop_context, context))))
    except BaseException:
        if len(results) == 1:  # the function has raised
            pop_context(context)
        raise
    return results[1]


def address_of(wrapper: Any) -> int:
    """The address of the C object or boxed value that PyGObject wraps. PyGObject gives the address as the hash."""
    return hash(wrapper)
