# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The options of the decorators, which a program can override at each call."""

import ctypes
import functools
import inspect
import math
import types
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Optional

from gi.repository import GObject

from .c import (BOOLEAN, NO_DESTROY, POINTER, SWAPPED, UINT, address_of, call_run_async, call_run_finish, declare, push_completion,
                signal_connect)
from .checks import check_function, check_options
from .completions import Completion, completions
from .errors import is_cancelled, is_timed_out
from .loops import Operation, cancel, resolve
from .owner import Owner, call_bind, call_has_lost_owner, make_owner
from .values import Reference
from .work import OwnedWork, Work

call_set_name = declare("athr_call_set_name", None, POINTER, ctypes.c_char_p)
call_set_priority = declare("athr_call_set_priority", None, POINTER, ctypes.c_int)
call_set_timeout = declare("athr_call_set_timeout", None, POINTER, UINT)
call_set_run_timeout = declare("athr_call_set_run_timeout", None, POINTER, UINT)
call_set_return_on_cancel = declare("athr_call_set_return_on_cancel", None, POINTER, BOOLEAN)
call_get_progress = declare("athr_call_get_progress", ctypes.c_double, POINTER)
call_get_progress_text = declare("athr_call_get_progress_text", ctypes.c_char_p, POINTER)


def milliseconds(seconds: Optional[float]) -> int:
    """C takes 0 for no limit."""
    return 0 if seconds is None else max(1, math.ceil(seconds * 1000))


class Progress(Completion):
    """Passes what the function of a call reports to a function of the program, on the event loop's thread."""

    def __init__(self, work: Work, loop: Any, function: Callable[[float, Optional[str]], Any]) -> None:
        self.queue = work.queue
        self.is_repeated = True
        self.call = work.object
        self.future = work.future
        self.bound = work.bound if isinstance(work, OwnedWork) else None
        self.loop = loop
        self.function = function
        self.context = copy_context()
        self.last: Any = None
        address = self.address()
        completions[address] = self  # until the call has ended
        for signal in b"notify::progress", b"notify::progress-text":
            signal_connect(self.call, signal, push_completion, address, NO_DESTROY, SWAPPED)

    def complete(self) -> None:
        """The event loop calls the function, before it runs the coroutine that awaits the call."""
        text = call_get_progress_text(self.call)
        report = call_get_progress(self.call), text if text is None else text.decode()
        if report != self.last and not self.future.done():
            try:
                self.loop.call_soon(self.deliver, *report, context=self.context)
            except RuntimeError:  # the event loop is closed
                pass
            self.last = report

    def deliver(self, fraction: float, text: Optional[str]) -> None:
        has_lost_owner = self.bound is not None and call_has_lost_owner(self.bound.address)
        if not self.future.cancelled() and not has_lost_owner:
            self.function(fraction, text)


class EarlyEnd(Operation):
    """Resolves the future of a Work when its call times out, and cancels the future when the owner ends, also while the
    function runs."""

    def __init__(self, work: Work, loop: Any) -> None:
        self.future = work.future
        self.bound = work.bound if isinstance(work, OwnedWork) else None
        self.box = GObject.Value()
        self.value = address_of(self.box)
        self.start(loop, call_run_async, call_run_finish, work.object, None)

    def outcome(self, errors: list[Any]) -> None:
        if not errors:
            return
        if is_timed_out(errors[0]):
            resolve(self.future, [TimeoutError(errors[0].message)])
        elif self.bound is not None and is_cancelled(errors[0]) and call_has_lost_owner(self.bound.address):
            cancel(self.future)


class CallOptions:
    """The options of a call besides its executor."""

    def __init__(self, timeout: Optional[float] = None, run_timeout: Optional[float] = None, priority: int = 0,
                 name: Optional[str] = None, progress: Optional[Callable[[float, Optional[str]], Any]] = None,
                 owner: Optional[Owner] = None) -> None:
        self.timeout = milliseconds(timeout)
        self.run_timeout = milliseconds(run_timeout)
        self.priority = priority
        self.name = None if name is None else name.encode(errors="replace")
        self.progress = progress
        self.owner = owner

    def prepare(self, work: Work, loop: Any) -> Optional[Progress]:
        """Called before the call starts."""
        call = work.object
        call_set_name(call, self.name)
        call_set_priority(call, self.priority)
        if isinstance(work, OwnedWork) and self.owner is not None:
            work.bound = Reference(call)
            self.owner.bind(call_bind, call)
        progress = None if self.progress is None else Progress(work, loop, self.progress)
        if self.timeout or self.run_timeout:
            call_set_timeout(call, self.timeout)
            call_set_run_timeout(call, self.run_timeout)
            call_set_return_on_cancel(call, True)
        if self.timeout or self.run_timeout or self.owner is not None:
            EarlyEnd(work, loop)
        return progress


NO_OPTIONS = None, None, 0, None, None, None


def make_call_options(*options: Any) -> Optional[CallOptions]:
    """Takes the arguments of CallOptions. Returns None if no option is set: most calls have none."""
    return CallOptions(*options) if options != NO_OPTIONS else None


class Method(functools.partial):  # type: ignore[type-arg]
    # A decorated function of a class. A plain function would do, but `options()` of a bound method would not know the
    # object. `inspect` takes a partial of a coroutine function for a coroutine function.

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        return self.func.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if self.args:
            return self
        return self.func if instance is None else Method(self.func, instance)

    def options(self, **options: Any) -> Any:
        return Method(self.func.options(**options), *self.args)  # type: ignore[attr-defined]

    @property
    def __self__(self) -> Any:
        return self.args[0]

    @property
    def __func__(self) -> Any:
        return self.func

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(functools.partial(self.func, *self.args))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.func, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and (self.func, *map(id, self.args)) == (other.func, *map(id, other.args))

    def __hash__(self) -> int:
        return hash((self.func, *map(id, self.args)))


def is_defined_in_class(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and function.__qualname__.split(".")[-2:-1] not in ([], ["<locals>"])


def with_options(wrap: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a decorator that can be used as @f, @f(), @f(option=...) and f(function)."""
    names = [name for name, it in inspect.signature(wrap).parameters.items() if it.kind == it.KEYWORD_ONLY]

    def check(options: dict[str, Any]) -> None:
        for name in options:
            if name not in names:
                raise TypeError(f"Athr.{wrap.__name__} has no option {name}, but {', '.join(names)}")
        check_options(**options)
        if "owner" in options:
            options["owner"] = make_owner(options["owner"])  # the function must not keep the owner alive

    def make(fn: Callable[..., Any], given: dict[str, Any]) -> Any:
        def options(**options: Any) -> Any:
            """Returns the same function with other options."""
            check(options)
            return make(fn, {**given, **options})

        function: Any = functools.wraps(fn)(wrap(fn, **given))
        function.options = options
        return function

    @functools.wraps(wrap)
    def decorate(fn: Optional[Callable[..., Any]] = None, **options: Any) -> Any:
        check(options)
        if fn is None:
            return functools.partial(decorate, **options)
        if isinstance(fn, staticmethod):
            raise TypeError(f"@Athr.{wrap.__name__} must stand below @staticmethod, not above")
        if isinstance(fn, classmethod):
            raise TypeError(f"@Athr.{wrap.__name__} must stand below @classmethod, not above")
        check_function(fn)
        function = make(fn, options)
        return Method(function) if is_defined_in_class(fn) else function

    return decorate
