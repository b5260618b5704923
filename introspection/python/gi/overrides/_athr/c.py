# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The functions of C that the override calls through ctypes.

PyGObject creates a closure for each callback that it passes to C, and PyGObject 3.42 leaks some bytes of each closure.
PyGObject also releases the interpreter lock (GIL) around each C function. So the override calls the functions that it
needs for each value and each call through ctypes, with callbacks that it creates once. A callback gets the id() of a
Python object as its user data, and a dictionary keeps that object alive.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from gi.module import get_introspection_module

Athr: Any = get_introspection_module("Athr")
LIBRARY = "libathreading-1.so.0"

# A thread of the library never waits for the GIL while it holds a lock of the library. So most functions can be called
# with the GIL held. Functions that wait are called without the GIL. So are functions that cancel a cancellable of the
# program's: newer versions of GLib call the handlers of a cancellable under a lock of GLib.
holding_gil = ctypes.PyDLL(LIBRARY)
releasing_gil = ctypes.CDLL(LIBRARY)

BOOLEAN, UINT, QUARK, TYPE = ctypes.c_int, ctypes.c_uint, ctypes.c_uint32, ctypes.c_size_t
POINTER = ctypes.c_void_p
FUNCTION = ctypes.CFUNCTYPE(None, POINTER, POINTER, POINTER)
DESTROY = ctypes.CFUNCTYPE(None, POINTER)
THREAD_FUNC = ctypes.CFUNCTYPE(None, DESTROY, POINTER, POINTER)


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


call_new = declare("athr_call_new", POINTER, FUNCTION, POINTER, DESTROY)
call_set_executor = declare("athr_call_set_executor", None, POINTER, POINTER)
call_start = declare("athr_call_start", None, POINTER)
call_cancel = declare("athr_call_cancel", None, POINTER, library=releasing_gil)
call_get_error = declare("athr_call_get_error", POINTER, POINTER)
call_run_async = declare("athr_call_run_async", None, POINTER, POINTER, FUNCTION, POINTER)
call_run_finish = declare("athr_call_run_finish_into", BOOLEAN, POINTER, POINTER, POINTER, POINTER)
set_thread_func = declare("athr_set_thread_func", None, THREAD_FUNC, POINTER)
stream_new = declare("athr_stream_new", POINTER, FUNCTION, POINTER, DESTROY)
stream_send = declare("athr_stream_send", None, POINTER, POINTER)
stream_try_next = declare("athr_stream_try_next", BOOLEAN, POINTER, POINTER)
stream_batch_async = declare("athr_stream_next_batch_async", None, POINTER, UINT, POINTER, FUNCTION, POINTER)
stream_batch_finish = declare("athr_stream_next_batch_finish_into", BOOLEAN, POINTER, POINTER, POINTER, POINTER)
stream_close_async = declare("athr_stream_close_async", None, POINTER, POINTER, FUNCTION, POINTER,
                             library=releasing_gil)
stream_close_finish = declare("athr_stream_close_finish", BOOLEAN, POINTER, POINTER, POINTER)
yielder_get_cancellable = declare("athr_yielder_get_cancellable", POINTER, POINTER)
yielder_is_closed = declare("athr_yielder_is_closed", BOOLEAN, POINTER)
yielder_receive = declare("athr_yielder_receive", BOOLEAN, POINTER, POINTER, POINTER)
yielder_yield = declare("athr_yielder_yield_value", BOOLEAN, POINTER, POINTER, POINTER)
yielder_exchange = declare("athr_yielder_exchange_value", BOOLEAN, POINTER, POINTER, POINTER, POINTER,
                           library=releasing_gil)
cancellable_is_cancelled = declare("g_cancellable_is_cancelled", BOOLEAN, POINTER)
signal_connect = declare("g_signal_connect_data", ctypes.c_ulong, POINTER, ctypes.c_char_p, POINTER, POINTER, POINTER,
                         UINT)
object_ref = declare("g_object_ref", POINTER, POINTER)
object_unref = declare("g_object_unref", None, POINTER)
value_init = declare("g_value_init", POINTER, POINTER, TYPE)
value_copy = declare("g_value_copy", None, POINTER, POINTER)
value_take_object = declare("g_value_take_object", None, POINTER, POINTER)
type_from_name = declare("g_type_from_name", TYPE, ctypes.c_char_p)
error_free = declare("g_error_free", None, POINTER)
set_error_literal = declare("g_set_error_literal", None, POINTER, QUARK, ctypes.c_int, ctypes.c_char_p)
quark_from_string = declare("g_quark_from_string", QUARK, ctypes.c_char_p)
quark_to_string = declare("g_quark_to_string", ctypes.c_char_p, QUARK)
context_iteration = declare("g_main_context_iteration", BOOLEAN, POINTER, BOOLEAN)
push_context = declare("g_main_context_push_thread_default", None, POINTER)
pop_context = declare("g_main_context_pop_thread_default", None, POINTER)


def address_of(wrapper: Any) -> int:
    """The address of the C object or boxed value that PyGObject wraps. PyGObject gives the address as the hash."""
    return hash(wrapper)


@permanent(THREAD_FUNC)
def run_thread(run: Callable[[int], None], run_data: int, _: Any) -> None:
    """Runs all that a worker does within one Python function. Otherwise Python would create and drop its thread
    state, with the thread's threading.local data, for each callback. That costs more than most callbacks take."""
    run(run_data)


def start_threads_in_c() -> None:
    set_thread_func(ctypes.cast(None, THREAD_FUNC), None)  # type: ignore[arg-type]


set_thread_func(run_thread, None)
