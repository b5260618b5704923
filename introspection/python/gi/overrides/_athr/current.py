# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a function on a worker knows about its own call or stream."""

import asyncio
import ctypes
from _thread import get_ident
from collections.abc import Callable
from typing import Any, Optional

from gi.repository import Gio, GObject

from .c import (BOOLEAN, POINTER, Athr, address_of, cancellable_is_cancelled, declare, object_ref, releasing_gil,
                yielder_get_cancellable, yielder_is_closed)
from .checks import check_progress, type_name
from .completions import completions
from .errand import Post, Question, Raised
from .errors import ErrorPointer, StreamClosed, is_cancelled, is_timed_out, raise_last
from .values import Reference, object_from_address, unbox_value

# The function may have connected handlers to the cancellable, and athr_call_get_cancellable() may cancel it.
call_get_cancellable = declare("athr_call_get_cancellable", POINTER, POINTER, library=releasing_gil)
call_report_progress = declare("athr_call_report_progress", None, POINTER, ctypes.c_double, ctypes.c_char_p)
yielder_report_progress = declare("athr_yielder_report_progress", None, POINTER, ctypes.c_double, ctypes.c_char_p)
# These wait for the main thread.
call_ask = declare("athr_completion_call_ask", BOOLEAN, POINTER, POINTER, POINTER, POINTER, library=releasing_gil)
yielder_ask = declare("athr_completion_yielder_ask", BOOLEAN, POINTER, POINTER, POINTER, POINTER, library=releasing_gil)
call_post = declare("athr_completion_call_post", None, POINTER, POINTER)
yielder_post = declare("athr_completion_yielder_post", None, POINTER, POINTER)


class Current:
    """The call or the stream whose function a worker runs. The function may pass the object to threads of its own."""

    get_cancellable: Any
    report: Any
    ask_in_c: Any
    post_in_c: Any
    exception: type[BaseException]

    def __init__(self, address: int, wrapper: Any = None, posts: Any = None) -> None:
        # An exception may refer to this object, and a wrapper to the exception: the garbage collector does not find a
        # cycle that has a reference of C.
        self.owner = Reference(address) if wrapper is None else wrapper
        self.address = address
        self.thread = get_ident()
        self.posts = posts

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the result any more: the call was cancelled or has timed out, or the stream is
        closed."""
        return bool(cancellable_is_cancelled(self.get_cancellable(self.address)))

    def check_cancelled(self) -> None:
        """Raises asyncio.CancelledError if the call was cancelled or has timed out, or the stream is closed."""
        if self.cancelled:
            raise self.exception

    def report_progress(self, fraction: float, text: Optional[str] = None) -> None:
        """Reports how far the function is: a fraction from 0 to 1, less than 0 when unknown, and a text for people."""
        check_progress(fraction, text)
        self.report(self.address, fraction, text if text is None else text.encode(errors="replace"))

    @property
    def cancellable(self) -> Any:
        """A Gio.Cancellable, which is cancelled with the call or the stream, for functions of GIO."""
        return object_from_address(Gio.Cancellable, object_ref(self.get_cancellable(self.address)))

    def ask(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Has the main thread call `function(*args, **kwargs)`, and waits for what the function returns. The main thread is
        the thread of the event loop, or of the GLib main loop, that the result goes to. If the function returns a coroutine
        or another awaitable, the event loop awaits it, and cancels it when the call is cancelled. Raises what the function
        raises, or asyncio.CancelledError when the call is cancelled."""
        self.check_runs(function)
        question = Question(function, args, kwargs)
        del function, args, kwargs  # they belong to the main thread
        completions[question.address()] = question
        box, error = GObject.Value(), ErrorPointer()
        if not self.ask_in_c(question.address(), self.address, address_of(box), ctypes.addressof(error)):
            question.abandon_task()
            failure = error.take()
            if self.is_end(failure):
                raise self.exception
            raise failure
        answer = unbox_value(box)
        if type(answer) is Raised:
            del self, question
            raise_last(answer.errors)
        return answer

    def post(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Has the main thread call `function(*args, **kwargs)`, and does not wait. The main thread calls the functions in the
        order in which they were posted, and before it hands out the result, or the values that the function yields later. If
        the function returns a coroutine, the event loop runs it as a task."""
        self.check_runs(function)
        post = Post(function, args, kwargs, self.posts)
        if self.posts is not None:
            self.posts[post.address()] = post
        completions[post.address()] = post
        self.post_in_c(post.address(), self.address)

    def check_runs(self, function: Any) -> None:
        if not callable(function):
            raise TypeError(f"a function is needed, not {type_name(function)}")
        if on_thread.get(self.thread) is not self:
            raise RuntimeError("the function of this call or stream has returned: it cannot ask or post any more")

    def is_end(self, error: Any) -> bool:
        """Whether ask() failed because the call or the stream has ended."""
        return is_cancelled(error) or is_timed_out(error)


class CurrentCall(Current):
    get_cancellable = staticmethod(call_get_cancellable)
    report = staticmethod(call_report_progress)
    ask_in_c = staticmethod(call_ask)
    post_in_c = staticmethod(call_post)
    exception = asyncio.CancelledError


class CurrentStream(Current):
    get_cancellable = staticmethod(yielder_get_cancellable)
    report = staticmethod(yielder_report_progress)
    ask_in_c = staticmethod(yielder_ask)
    post_in_c = staticmethod(yielder_post)
    exception = StreamClosed

    def is_end(self, error: Any) -> bool:
        return super().is_end(error) or bool(yielder_is_closed(self.address))


# What each worker runs, by the number of the thread. A Work gives the address of its call, and a map the address of the
# yielder and its posts, since most functions never call current().
on_thread: dict[int, Any] = {}


def current() -> Current:
    """The call or the stream whose function this worker runs. Raises RuntimeError on other threads."""
    thread = get_ident()
    running: Any = on_thread.get(thread)
    if running is None:
        raise RuntimeError("Athr.current() can only be called in a function that a worker runs")
    if not isinstance(running, Current):
        is_stream = isinstance(running, tuple)
        running = on_thread[thread] = CurrentStream(running[0], None, running[1]) if is_stream else CurrentCall(running)
    return running  # type: ignore[no-any-return]


def run_as(current: Current, function: Callable[..., Any], *args: Any) -> Any:
    """A worker calls this to run the function of a call or a stream."""
    thread = get_ident()
    on_thread[thread] = current
    del current  # the traceback of an exception must not keep the object alive
    try:
        return function(*args)
    finally:
        del on_thread[thread]


def run_as_current(posts: Any, function: Callable[..., Any], thing: Any, *data: Any) -> Any:
    """As run_as(), for a function whose first argument is its Athr.Call or its Athr.Yielder."""
    kind = CurrentCall if isinstance(thing, Athr.Call) else CurrentStream
    try:
        return run_as(kind(address_of(thing), thing, posts), function, thing, *data)
    except StreamClosed:
        return None
