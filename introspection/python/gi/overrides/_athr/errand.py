# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a function on a worker has the main thread do: ask() waits for the answer, post() does not."""

import asyncio
import concurrent.futures
import ctypes
import functools
import inspect
import sys
import weakref
from _thread import get_ident
from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Optional

from gi.repository import GLib

from .c import DESTROY, POINTER, declare, object_unref, permanent, uninterrupted
from .completions import Completion, completions, due, run_due
from .errors import is_cancelled, strip_own_frames
from .values import CValue, Reference

question_answer = declare("athr_question_answer", None, POINTER, POINTER)


class Raised:
    """Carries an exception to the worker, as the answer to a question."""

    def __init__(self, error: BaseException) -> None:
        self.errors = [error]


class Errand(Completion):
    """A function that a worker wants to run in the main thread. C queues the completion there. The function runs in a
    copy of the worker's context variables."""

    has_run = False

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.function: Optional[Callable[..., Any]] = function
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        self.context: Any = copy_context()
        self.finish = come_home_address

    def complete(self) -> None:
        """The function runs when this completion has left the queue, because the function may run a main loop."""
        if self.is_started:
            # Without a queue, the function runs at once: see come_home().
            due.setdefault(self.queue or -get_ident(), OrderedDict())[self.address()] = self
        else:
            self.drop()

    def drop(self) -> None:
        """The function does not run, or has run. What it was given belongs to this thread."""
        self.function, self.args, self.kwargs, self.context = None, (), {}, None

    def run(self) -> None:
        """The main thread calls this once, and again if an exception has struck here."""
        try:
            if self.has_run:
                raise RuntimeError("an exception has interrupted the main thread")
            self.has_run = True
            self.succeed(self.context.run(self.function, *self.args, **self.kwargs))
        except BaseException as error:
            self.fail(strip_own_frames(error))
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            self.drop()

    def succeed(self, result: Any) -> None:
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        raise NotImplementedError

    def start_task(self, awaitable: Any) -> asyncio.Future[Any]:
        if asyncio._get_running_loop() is None:
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise RuntimeError("a coroutine was asked, but the main thread runs no event loop of asyncio")
        if isinstance(awaitable, concurrent.futures.Future):
            return asyncio.wrap_future(awaitable)
        task: asyncio.Future[Any] = self.context.run(asyncio.ensure_future, awaitable)
        return task


def answer(question: list[Reference], value: Any) -> None:
    """Answers a question that was not answered yet."""
    c_value = CValue()
    if question:
        uninterrupted((question_answer, question[0].address, c_value.set(value)), (question.clear,))


def deliver(question: list[Reference], task: Any) -> None:
    """Answers a question when the task has ended."""
    try:
        answer(question, Raised(asyncio.CancelledError()) if task.cancelled() else task.result())
    except BaseException as error:
        answer(question, Raised(strip_own_frames(error)))
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise


def deliver_at_home(question: list[Reference], thread: int, loop: Any, context: Any, future: Any) -> None:
    """As deliver(), on the main thread. Any thread may complete a future, and the worker cancels one."""
    if get_ident() == thread:
        deliver(question, future)
    elif loop is None:
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(lambda _: deliver(question, future))
        source.attach(context)
    else:
        try:
            loop.call_soon_threadsafe(deliver, question, future)
        except RuntimeError:  # the event loop is closed
            question.clear()


class Question(Errand):
    """The function of ask(). The value that C passes to the worker is what the function returns, or Raised."""

    task: Callable[[], Any] = staticmethod(lambda: None)
    loop: Any = None
    is_abandoned = False
    question: list[Reference]  # the question, until it is answered

    def complete(self) -> None:
        if self.is_started:
            self.question = [Reference(self.object)]
        super().complete()

    def succeed(self, result: Any) -> None:
        is_future = isinstance(result, concurrent.futures.Future)
        if not is_future and not inspect.isawaitable(result):
            answer(self.question, result)
            return
        self.loop = asyncio._get_running_loop()
        task = result if is_future else self.start_task(result)
        # Nothing else may keep a task. A future that nobody else keeps gets no result: the question ends with it.
        keeper: Any = (lambda: task) if isinstance(task, asyncio.Task) else weakref.ref(task)
        self.task = keeper
        # If an exception strikes as the task ends, Python drops the question, and the worker goes on.
        question, self.question = self.question, []
        if is_future:
            home = get_ident(), self.loop, None if self.loop is not None else GLib.MainContext.ref_thread_default()
            task.add_done_callback(functools.partial(deliver_at_home, question, *home))
        else:
            task.add_done_callback(functools.partial(deliver, question))
        if self.is_abandoned:
            task.cancel()

    def fail(self, error: BaseException) -> None:
        answer(self.question, Raised(error))

    def abandon_task(self) -> None:
        """The worker calls this when it does not wait any more."""
        self.is_abandoned = True
        task = self.task()
        if task is not None and self.loop is None:
            task.cancel()
        elif task is not None:
            try:
                self.loop.call_soon_threadsafe(task.cancel)
            except RuntimeError:  # the event loop is closed
                pass


class Post(Errand):
    """The function of post(). `posts` has what was posted by the function of a stream and has not run yet."""

    tasks: set[Any] = set()

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any],
                 posts: Optional[dict[int, Any]]) -> None:
        super().__init__(function, args, kwargs)
        self.posts = posts
        self.waiters: list[Callable[[], Any]] = []  # to call when the function has run, perhaps again

    def drop(self) -> None:
        super().drop()
        for wake in self.waiters:
            wake()
        if self.posts is not None:
            self.posts.pop(self.address(), None)

    def succeed(self, result: Any) -> None:
        if inspect.isawaitable(result):
            task = self.start_task(result)
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def fail(self, error: BaseException) -> None:
        loop = asyncio._get_running_loop()
        if is_cancelled(error) or isinstance(error, (KeyboardInterrupt, SystemExit)):
            return
        if loop is None:
            sys.excepthook(type(error), error, error.__traceback__)
        else:
            loop.call_exception_handler({"message": "A function that a worker has posted failed", "exception": error})


@permanent(DESTROY)
def come_home(address: int, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
    """Home calls this if no event loop iterates its main context."""
    if is_finalizing():
        return
    errand: Any = completions.pop(address)
    try:
        errand.complete()
    finally:
        if errand.object:
            object_unref(errand.object)
    run_due(-get_ident())


come_home_address = ctypes.cast(come_home, POINTER).value
