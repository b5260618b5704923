# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Options of the decorators, and exceptions that nobody receives."""

import asyncio
import contextvars
import gc
import inspect
import pickle
import sys
import threading
import weakref

import pytest
from gi.repository import Athr, Gio, GLib

DECORATORS = [Athr.call, Athr.single_callback, Athr.iterate, Athr.generate, Athr.iterate_callback]
CALLS = DECORATORS[:2]


def square(x):
    return x * x


def answer(callback, x):
    callback(x * x)


def decorated(decorate, **options):
    return decorate(square if decorate is Athr.call else answer, **options)


class Blocked:
    """A thread of an executor that waits until the program releases it."""

    def __init__(self):
        self.executor = Athr.Executor.new("one", 1)
        self.gate, self.running = threading.Event(), threading.Event()

    async def __aenter__(self):
        self.task = asyncio.ensure_future(Athr.call(self.wait, executor=self.executor)())
        await Athr.call(self.running.wait)()
        return self

    def wait(self):
        self.running.set()
        self.gate.wait()

    async def __aexit__(self, *_):
        self.gate.set()
        await self.task


@pytest.mark.parametrize("decorate", DECORATORS)
def test_unknown_options(decorate):
    message = f"^Athr.{decorate.__name__} has no option tmeout, but .*executor.*$"
    for use in (lambda: decorate(tmeout=3), lambda: decorate(square, tmeout=3),
                lambda: decorate(square).options(tmeout=3)):
        with pytest.raises(TypeError, match=message):
            use()


@pytest.mark.parametrize("decorate", DECORATORS)
def test_wrong_options(decorate):
    wrong = [(TypeError, "priority must be an int, not str", {"priority": "3"}),
             (ValueError, "priority must be from -2147483648 to 2147483647, not 2147483648", {"priority": 2**31}),
             (TypeError, "name must be a str or None, not int", {"name": 3})]
    if decorate in CALLS:
        wrong += [(TypeError, "progress must be a function or None, not int", {"progress": 3})]
        for limit in "timeout", "run_timeout":
            wrong += [(TypeError, f"{limit} must be a number of seconds or None, not str", {limit: "3"}),
                      (ValueError, f"{limit} must be from 0 to 4294967, not -1", {limit: -1}),
                      (ValueError, f"{limit} must be from 0 to 4294967, not nan", {limit: float("nan")}),
                      (ValueError, f"{limit} must be from 0 to 4294967, not inf", {limit: float("inf")})]
    for kind, message, options in wrong:
        for use in lambda: decorate(**options), lambda: decorate(square, **options), \
                lambda: decorate(square).options(**options):
            with pytest.raises(kind, match=f"^{message}$"):
                use()


@pytest.mark.parametrize("decorate", CALLS)
async def test_timeout_counts_the_queue(decorate):
    async with Blocked() as blocked:
        function = decorated(decorate, executor=blocked.executor)
        with pytest.raises(TimeoutError):
            await function.options(timeout=0.001)(3)
        late = asyncio.ensure_future(function.options(run_timeout=60)(3))
        with pytest.raises(TimeoutError):
            await function.options(timeout=0.001, run_timeout=60)(3)
        assert not late.done()
    assert await late == 9


@pytest.mark.parametrize("decorate", CALLS)
@pytest.mark.parametrize("limit", ["timeout", "run_timeout"])
async def test_time_out_comes_while_the_function_runs(decorate, limit):
    gate, began, cancelled = threading.Event(), threading.Event(), threading.Event()

    def wait(*_):
        Athr.current().cancellable.connect(lambda *_: cancelled.set())
        began.set()
        gate.wait()

    seconds = 0.01
    while not began.is_set():  # the worker may begin after the time-out
        seconds *= 2
        with pytest.raises(TimeoutError):
            await decorate(wait, **{limit: seconds})()
    await Athr.call(cancelled.wait)()
    gate.set()


async def test_message_says_which_time_out():
    gate = threading.Event()
    wait = Athr.call(gate.wait, timeout=60)
    with pytest.raises(TimeoutError, match="^The function of the call took longer than 2 ms$"):
        await wait.options(run_timeout=0.002)()
    with pytest.raises(TimeoutError, match="^The call took longer than 1 ms$"):
        await wait.options(timeout=0, run_timeout=60)()
    gate.set()


async def test_functions_in_time():
    for limit in "timeout", "run_timeout":
        for decorate in CALLS:
            assert await decorated(decorate).options(**{limit: 4294967})(3) == 9

    def fail():
        raise TimeoutError("of mine")

    with pytest.raises(TimeoutError, match="^of mine$"):
        await Athr.call(fail, timeout=60)()


async def test_time_out_of_a_callback_that_never_comes():
    kept, seconds = [], 0.01
    while not kept:  # the worker may begin after the time-out
        seconds *= 2
        with pytest.raises(TimeoutError):
            await Athr.single_callback(kept.append, timeout=seconds)()
    with pytest.raises(GeneratorExit):
        kept.pop()(3)


async def test_closed_executor_with_options():
    executor = Athr.Executor.new("closed", 1)
    executor.close_async(False, None, None)
    with pytest.raises(GLib.Error) as info:
        await Athr.call(len, executor=executor, timeout=60, name="closed")("")
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED)


async def test_priority():
    order = []
    append = Athr.call(order.append, priority=1)
    async with Blocked() as blocked:
        appends = [append.options(executor=blocked.executor)(1), append.options(executor=blocked.executor, priority=-1)(2),
                   append.options(executor=blocked.executor, priority=0, name="zero")(3)]
        waiting = asyncio.gather(*appends)
        await asyncio.sleep(0)
    await waiting
    assert order == [2, 3, 1]


async def test_options_of_streams():
    async def values(stream):
        return [value async for value in stream]

    def count(n):
        yield from range(n)

    for decorate in Athr.iterate, Athr.generate:
        function = decorate(count, buffer_maxsize=4, priority=2, name="counted")
        stream = function.options(buffer_maxsize=1, name="other")(3)
        assert (stream.get_buffer_size(), stream.get_name(), stream.get_priority()) == (1, "other", 2)
        assert await values(stream) == [0, 1, 2]
        assert function(3).get_name() == "counted"
    executor = Athr.Executor.new("one", 1)
    stream = Athr.iterate_callback(lambda callback: callback(3)).options(executor=executor)()
    assert stream.get_executor() is executor
    assert await values(stream) == [3]


@pytest.mark.parametrize("name, shown", [("", ""), ("caf\udce9", "caf?"), ("\u00e9", "\u00e9")])
async def test_any_text_is_a_name(name, shown):
    assert await Athr.call(square, name=name)(3) == 9
    assert await Athr.single_callback(answer, name=name)(3) == 9
    streams = [Athr.iterate(range, name=name)(3), Athr.generate(lambda: iter(range(3)), name=name)(),
               Athr.map(abs, range(3), name=name)]
    for stream in streams:
        assert stream.get_name() == shown
        assert [value async for value in stream] == [0, 1, 2]


@pytest.mark.parametrize("decorate", DECORATORS)
def test_options_keep_the_function(decorate):
    function = decorated(decorate).options(executor=Athr.Executor.new("one", 1)).options(name="last")
    assert function.__name__ == function.__wrapped__.__name__
    assert inspect.iscoroutinefunction(function) == (decorate in CALLS)


class Store:
    def __init__(self, number):
        self.number = number

    @Athr.call
    def load(self, x, *, y=0):
        """Loads."""
        return self.number, x, y

    slow_load = load.options(timeout=60)

    @Athr.iterate(buffer_maxsize=3)
    def numbers(self, n):
        return range(self.number, self.number + n)

    @classmethod
    @Athr.call
    def of(cls, x):
        return cls, x

    @staticmethod
    @Athr.call
    def double(x):
        return 2 * x


def test_a_decorator_above_another():
    for decorator in Athr.call, Athr.iterate, Athr.generate, Athr.iterate_callback, Athr.single_callback:
        for above in staticmethod, classmethod:
            message = f"^@Athr.{decorator.__name__} must stand below @{above.__name__}, not above$"
            with pytest.raises(TypeError, match=message):
                decorator(above(int))
            with pytest.raises(TypeError, match=message):
                decorator(name="a")(above(int))


async def test_methods():
    store = Store(5)
    options = {"timeout": 60, "name": "store"}
    assert await store.load(1) == (5, 1, 0)
    assert await store.load.options(**options)(1, y=2) == (5, 1, 2)
    assert await store.load.options(timeout=60).options(name="store")(1) == (5, 1, 0)
    assert await store.slow_load.options(**options)(3) == (5, 3, 0)
    assert await Store.load(store, 1) == await Store.load.options(**options)(store, 1) == (5, 1, 0)
    assert await store.of(1) == await Store.of(1) == (Store, 1)
    assert await store.double(2) == await Store.double(2) == await Store.double.options(**options)(2) == 4
    assert [value async for value in store.numbers(2)] == [5, 6]
    stream = store.numbers.options(buffer_maxsize=1)(2)
    assert stream.get_buffer_size() == 1
    assert [value async for value in stream] == [5, 6]
    with pytest.raises(TypeError, match="^Athr.call has no option x, but"):
        store.load.options(x=1)


def test_methods_are_like_other_methods():
    store, other = Store(5), Store(6)
    for function in store.load, Store.load, store.slow_load, store.double, Store.double, store.load.options(name="a"):
        assert inspect.iscoroutinefunction(function)
    assert inspect.isfunction(Store.load)
    assert not inspect.iscoroutinefunction(store.numbers)
    assert (store.load.__name__, store.load.__qualname__, store.load.__doc__) == ("load", "Store.load", "Loads.")
    assert str(inspect.signature(store.load)) == "(x, *, y=0)"
    assert str(inspect.signature(Store.load)) == "(self, x, *, y=0)"
    assert store.load == store.load != other.load
    assert hash(store.load) == hash(store.load)
    assert store.load.__self__ is store
    assert store.load.__func__ is Store.load
    assert weakref.WeakMethod(store.load)() == store.load
    assert pickle.loads(pickle.dumps(store.load)).__self__.number == 5


async def test_progress():
    gate, reports = threading.Event(), []
    thread = threading.get_ident()

    def work():
        assert Athr.current().report_progress(0.25, "a quarter") is None
        gate.wait()
        Athr.current().report_progress(0.75)
        Athr.current().report_progress(1, "\u00e4ll")
        return "result"

    def report(fraction, text):
        assert threading.get_ident() == thread
        reports.append((fraction, text))
        gate.set()

    assert await Athr.call(work, progress=report)() == "result"
    assert reports[0] == (0.25, "a quarter")
    assert reports[-1] == (1, "\u00e4ll")
    assert reports == sorted(reports)
    assert len(set(reports)) == len(reports) <= 3


async def test_progress_of_a_callback():
    reports = []

    def work(callback):
        Athr.current().report_progress(-3, "unknown")
        callback(1)

    await Athr.single_callback(work, progress=lambda *report: reports.append(report))()
    assert reports in ([(-1, "unknown")], [])  # the function may call back before the report has arrived


@pytest.mark.parametrize("end", ["cancelled", "timed-out"])
async def test_no_progress_after_the_end(end):
    gate, began, reports, argument = threading.Event(), threading.Event(), [], Store(5)
    freed = weakref.ref(argument)  # after the last progress

    def work(_):
        began.set()
        gate.wait()
        Athr.current().report_progress(0.5)

    function = Athr.call(work, progress=lambda *report: reports.append(report),
                         run_timeout=0.01 if end == "timed-out" else None)
    task = asyncio.ensure_future(function(argument))
    del argument
    await Athr.call(began.wait)()
    if end == "cancelled":
        task.cancel()
    with pytest.raises(TimeoutError if end == "timed-out" else asyncio.CancelledError):
        await task
    del task
    gate.set()
    while freed() is not None:
        await asyncio.sleep(0.001)
        gc.collect()
    assert reports == []


class Reports:
    """What the exception handler of the event loop gets."""

    def __init__(self):
        self.contexts = []
        self.loop = asyncio.get_running_loop()

    def __enter__(self):
        self.loop.set_exception_handler(lambda _, context: self.contexts.append(context))
        return self

    def __exit__(self, *_):
        self.loop.set_exception_handler(None)

    async def exceptions(self, n):
        while len(self.contexts) < n:
            await asyncio.sleep(0.001)
            gc.collect()
        await Athr.call(gc.collect)()
        return [context["exception"] for context in self.contexts]


async def test_progress_function_that_raises():
    error = ValueError("reported")

    def fail(*_):
        raise error

    with Reports() as reports:
        assert await Athr.call(lambda: Athr.current().report_progress(1), progress=fail)() is None
        assert await reports.exceptions(1) == [error]


async def test_progress_function_sees_the_context_of_the_caller():
    variable = contextvars.ContextVar("variable")
    variable.set(3)
    seen = []
    await Athr.call(lambda: Athr.current().report_progress(1), progress=lambda *_: seen.append(variable.get()))()
    assert seen == [3]


def abandoned(end, raised):
    """A function that raises when the coroutine that awaits it has ended already."""
    gate, began = threading.Event(), threading.Event()

    def work(*_):
        began.set()
        gate.wait()
        raise raised

    async def main(decorate):
        function = decorate(work, run_timeout=0.01) if end == "timed-out" else decorate(work)
        task = asyncio.ensure_future(function())
        await Athr.call(began.wait)()
        if end == "cancelled":
            task.cancel()
        with pytest.raises((TimeoutError, asyncio.CancelledError)):
            await task
        gate.set()

    return main


@pytest.mark.parametrize("decorate", CALLS)
@pytest.mark.parametrize("end", ["cancelled", "timed-out"])
async def test_late_exception_is_reported_once(decorate, end):
    error = ValueError("late")
    with Reports() as reports:
        await abandoned(end, error)(decorate)
        assert await reports.exceptions(1) == [error]
        assert reports.contexts[0]["message"] == "The exception of a function on a worker was never retrieved"


@pytest.mark.parametrize("end", ["cancelled", "timed-out"])
async def test_late_cancellation_is_not_reported(end):
    with Reports() as reports:
        for error in asyncio.CancelledError(), GLib.Error("no", "g-io-error-quark", Gio.IOErrorEnum.CANCELLED):
            await abandoned(end, error)(Athr.call)
        await abandoned(end, ValueError("last"))(Athr.call)
        assert [str(error) for error in await reports.exceptions(1)] == ["last"]


async def test_exception_after_the_callback_is_reported_once():
    def work(callback):
        callback(3)
        raise ValueError("after")

    with Reports() as reports:
        assert await Athr.single_callback(work)() == 3
        assert [str(error) for error in await reports.exceptions(1)] == ["after"]


async def test_collected_exceptions_are_not_reported():
    def fail(*_):
        raise ValueError("collected")

    with Reports() as reports:
        for awaitable in Athr.call(fail)(), Athr.single_callback(fail)(), Athr.Call.new(fail), \
                Athr.Call.new(fail).run_async(), Athr.call(fail, timeout=60)():
            with pytest.raises(ValueError):
                await awaitable
        del awaitable
        assert await reports.exceptions(0) == []


async def test_task_that_nobody_awaits():
    def fail():
        raise ValueError("of the task")

    with Reports() as reports:
        asyncio.ensure_future(Athr.call(fail)())
        assert [str(error) for error in await reports.exceptions(1)] == ["of the task"]


@pytest.mark.parametrize("asks", [False, True], ids=["lost", "asked"])
def test_call_whose_exception_nobody_asks_for(monkeypatch, asks):
    def fail(call):
        raise ValueError("of the call")

    def finished(call):
        if asks:
            assert str(call.get_error()) == "of the call"
        loop.quit()

    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: lost.append(str(it.exc_value)))
    loop = GLib.MainLoop()
    call = Athr.Call.new(fail)
    call.connect("finished", finished)
    call.start()
    loop.run()
    del call
    gc.collect()
    assert lost == ([] if asks else ["of the call"])


async def test_late_exception_of_close_is_reported_once():
    gate, closing = threading.Event(), threading.Event()

    class Numbers:
        def __iter__(self):
            return self

        def close(self):
            closing.set()
            gate.wait()
            raise ValueError("of close")

    with Reports() as reports:
        stream = Athr.Stream.for_iterator(Numbers())
        task = asyncio.ensure_future(stream.aclose())
        await Athr.call(closing.wait)()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        assert [str(error) for error in await reports.exceptions(1)] == ["of close"]


async def test_is_cancelled():
    gate = threading.Event()
    call = Athr.Call.new(lambda call: gate.wait())
    task = call.run_async()
    call.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError) as info:
        await task
    assert Athr.is_cancelled(info.value)
    assert Athr.is_cancelled(call.get_error())
    with pytest.raises(GLib.Error) as info:
        call.run()
    assert Athr.is_cancelled(info.value)
    for other in None, ValueError(), TimeoutError(), GLib.Error("no", "g-io-error-quark", Gio.IOErrorEnum.CLOSED):
        assert not Athr.is_cancelled(other)
