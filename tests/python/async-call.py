# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutines await blocking functions."""

import asyncio
import gc
import inspect
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from patience import patiently
from gi.repository import Athr, Gio, GLib

VALUES = [1, None, "", 2.0, True, -1, 2**31, -2**31 - 1, 2**64, 10**30, "a\0b", "\ud800", "\u00e4", b"\0", (),
          [1, [2]], {"a": {}}, object(), int, len, GLib.Variant("i", 1), Gio.File.new_for_path("/")]


def square(x):
    return x * x


@Athr.call
def asquare(x):
    return square(x)


@Athr.call()
def asquare_called(x):
    return square(x)


@Athr.call(executor=Athr.Executor.new("squares", 2))
def asquare_executor(x):
    return square(x)


@pytest.mark.parametrize("function", [Athr.call(square), asquare, asquare_called, asquare_executor],
                         ids=["function", "plain", "called", "option"])
async def test_forms(function):
    assert await function(5) == 25
    assert await function(x=6) == 36
    with pytest.raises(TypeError, match="can't multiply sequence by non-int of type 'str'"):
        await function("a")


async def coroutine():
    pass


async def asynchronous_generator():
    yield


FUNCTIONS = [Athr.call, Athr.iterate, Athr.generate, Athr.iterate_callback, Athr.single_callback, Athr.Call.new,
             Athr.Stream.new, Athr.Stream.new_steps, Athr.Stream.for_callback]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_refuses_what_is_no_blocking_function(function):
    with pytest.raises(TypeError, match="^a function is needed, not int$"):
        function(5)
    for asynchronous in coroutine, asynchronous_generator:
        with pytest.raises(TypeError, match="^<function .*> is asynchronous already$"):
            function(asynchronous)


@pytest.mark.parametrize("function", FUNCTIONS[:5] + [Athr.Stream.for_callback, Athr.Stream.for_iterator,
                                                      Athr.Stream.for_generator])
def test_refuses_options_that_are_wrong(function):
    takes = square if function is not Athr.Stream.for_iterator else []
    for executor in 5, Athr.Executor, ThreadPoolExecutor():
        with pytest.raises(TypeError, match="^executor must be an Athr.Executor or None, not .*$"):
            function(takes, executor=executor)
    if function in (Athr.call, Athr.single_callback):
        return
    for size in 1.5, "3":
        with pytest.raises(TypeError, match="^buffer_maxsize must be an int or None, not .*$"):
            function(takes, buffer_maxsize=size)
    for size in -1, 2**32:
        with pytest.raises(ValueError, match=f"^buffer_maxsize must be from 0 to 4294967295, not {size}$"):
            function(takes, buffer_maxsize=size)


def test_keeps_the_names():
    assert asquare.__name__ == asquare_called.__name__ == asquare_executor.__name__ == "asquare" \
        or asquare_called.__name__ == "asquare_called"
    assert asquare.__wrapped__(3) == 9
    assert inspect.iscoroutinefunction(asquare)


async def test_runs_on_a_worker():
    thread = await Athr.call(threading.get_ident)()
    assert thread != threading.get_ident()


async def test_returns_any_value():
    for value in VALUES:
        assert await Athr.call(lambda: value)() is value


async def test_a_call_returns_any_value():
    for value in VALUES:
        got = await Athr.Call.new(lambda call: call.return_value(value))
        if isinstance(value, GLib.Variant):
            assert got.equal(value)
        else:
            assert got == value
            assert type(got) is type(value)


async def test_gather():
    assert await asyncio.gather(*map(asquare, range(500))) == [x * x for x in range(500)]


async def test_task_group():
    if not hasattr(asyncio, "TaskGroup"):
        pytest.skip("older Python")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asquare(x)) for x in range(10)]
    assert [task.result() for task in tasks] == [x * x for x in range(10)]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError,
                                  GLib.Error])
async def test_raises_any_exception(kind):
    error = kind("reason")
    cause = LookupError("cause")

    def deep():
        raise error from cause

    def fail():
        deep()

    # KeyboardInterrupt and SystemExit end an event loop unless a coroutine catches them.
    try:
        await Athr.call(fail)()
    except BaseException as got:
        assert got is error
        assert got.__cause__ is cause
        names = [frame.name for frame in traceback.extract_tb(got.__traceback__)]
        assert names[-2:] == ["fail", "deep"]
        assert "test_raises_any_exception" in names
    else:
        raise AssertionError("nothing was raised")


async def test_keeps_the_context_of_an_exception():
    def fail():
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")

    with pytest.raises(ValueError) as info:
        await Athr.call(fail)()
    assert isinstance(info.value.__context__, KeyError)


@pytest.mark.parametrize("kind", [StopIteration, StopAsyncIteration])
async def test_does_not_confuse_await(kind):
    def fail():
        raise kind("end")

    with pytest.raises(RuntimeError) as info:
        await Athr.call(fail)()
    assert isinstance(info.value.__cause__, kind)


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
async def test_a_call_raises_any_exception(kind):
    def fail(call):
        raise kind("reason")

    call = Athr.Call.new(fail)
    for _ in range(2):
        try:
            await call
        except kind as error:
            assert str(error) == "reason"
        else:
            raise AssertionError("nothing was raised")
    assert call.get_state() is Athr.CallState.FAILED
    assert call.props.error.message == f"{kind.__name__}: reason"


async def test_a_call_raises_errors():
    def fail(call):
        raise GLib.Error("none", "g-io-error-quark", Gio.IOErrorEnum.NOT_FOUND)

    with pytest.raises(GLib.Error) as info:
        await Athr.Call.new(fail)
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND)


async def test_a_call_is_joined():
    runs = []
    call = Athr.Call.new(lambda call: runs.append(1) or call.return_value(len(runs)))
    assert await asyncio.gather(call, call) == [1, 1]
    assert await call == 1


async def test_cancel_while_queued():
    executor = Athr.Executor.new("one", 1)
    gate, running, ran = threading.Event(), threading.Event(), []
    blocker = asyncio.ensure_future(Athr.call(lambda: running.set() or gate.wait(), executor=executor)())
    await Athr.call(running.wait)()
    queued = asyncio.ensure_future(Athr.call(lambda: ran.append(1), executor=executor)())
    await asyncio.sleep(0)
    assert executor.get_n_queued() == 1
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    gate.set()
    assert await blocker
    await Athr.call(lambda: None, executor=executor)()
    assert ran == []


async def test_cancel_reaches_the_work():
    running, cancelled = threading.Event(), threading.Event()

    def work(call):
        call.get_cancellable().connect(lambda *_: cancelled.set())
        running.set()
        cancelled.wait()

    call = Athr.Call.new(work)

    async def wait():
        await call

    task = asyncio.ensure_future(wait())
    await Athr.call(running.wait)()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await Athr.call(cancelled.wait)()


async def test_timeout():
    gate = threading.Event()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(Athr.call(gate.wait)(), 0.01)
    gate.set()
    if hasattr(asyncio, "timeout"):
        gate.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await Athr.call(gate.wait)()
        gate.set()


async def test_cancelled_before_it_starts():
    ran = []
    task = asyncio.ensure_future(Athr.call(lambda: ran.append(1))())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ran == []


async def test_cancelled_call():
    gate = threading.Event()
    call = Athr.Call.new(lambda call: gate.wait() and None)

    async def wait():
        await call

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    call.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_closed_executor():
    executor = Athr.Executor.new("closed", 1)
    executor.close_async(False, None, None)
    with pytest.raises(GLib.Error) as info:
        await Athr.call(len, executor=executor)("")
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED)


async def test_fills_an_executor():
    executor = Athr.Executor.new("eight", 8)
    barrier = threading.Barrier(8)
    await asyncio.gather(*(Athr.call(barrier.wait, executor=executor)() for _ in range(16)))


async def test_short_calls_share_the_threads_behind_long_ones():
    executor = Athr.Executor.new("two", 2)
    gate, began = threading.Event(), threading.Semaphore(0)

    def block():
        began.release()
        gate.wait()

    blockers = [asyncio.ensure_future(Athr.call(block, executor=executor)()) for _ in range(2)]
    await Athr.call(lambda: began.acquire() and began.acquire())()
    short = [asyncio.ensure_future(Athr.call(square, executor=executor)(x)) for x in range(1000)]
    await asyncio.sleep(0)
    assert (executor.get_n_running(), executor.get_n_queued()) == (2, 1000)
    gate.set()
    assert await asyncio.gather(*short) == [x * x for x in range(1000)]
    await asyncio.gather(*blockers)


async def behind_a_short_call(executor, function, *args):
    """Lets the same worker run a short call and then the function, while another call blocks the other worker."""
    gates = [threading.Event(), threading.Event()]
    began = threading.Semaphore(0)
    blockers = [asyncio.ensure_future(Athr.call(lambda gate=gate: began.release() or gate.wait(), executor=executor)())
                for gate in gates]
    await Athr.call(lambda: began.acquire() and began.acquire())()
    short = asyncio.ensure_future(Athr.call(square, executor=executor)(3))
    behind = asyncio.ensure_future(Athr.call(function, executor=executor)(*args))
    await asyncio.sleep(0)
    gates[0].set()
    return gates[1], short, behind, blockers


async def test_a_short_call_does_not_wait_for_the_one_behind_it():
    gate = threading.Event()
    end, short, behind, blockers = await behind_a_short_call(Athr.Executor.new("two", 2), gate.wait)
    await asyncio.wait_for(asyncio.gather(short, blockers[0]), patiently(20))
    gate.set()
    end.set()
    await asyncio.gather(behind, *blockers)


async def test_arguments_die_at_home_wherever_a_cancelled_call_runs():
    died_on = []

    class Argument:
        def __del__(self):
            died_on.append(threading.get_ident())

    running, gate = threading.Event(), threading.Event()
    end, short, behind, blockers = await behind_a_short_call(
        Athr.Executor.new("two", 2), lambda argument: running.set() or gate.wait(), Argument())
    await Athr.call(running.wait)()
    await short
    behind.cancel()
    await asyncio.wait([behind])
    del behind
    await asyncio.sleep(0)
    await asquare(1)
    gate.set()
    while not died_on:
        await asyncio.sleep(0.001)
    assert died_on == [threading.get_ident()]
    end.set()
    await asyncio.gather(*blockers)


async def test_blocking_calls_run_at_once_behind_short_ones():
    executor = Athr.Executor.new("four", 4)
    barrier = threading.Barrier(4)
    short = Athr.call(square, executor=executor)
    for _ in range(20):
        await asyncio.gather(*map(short, range(50)), *(Athr.call(barrier.wait, executor=executor)() for _ in range(4)))


async def test_one_thread_keeps_its_order():
    executor = Athr.Executor.new("one", 1)
    order, calls = [], []
    for x in range(100):
        calls.append(asyncio.ensure_future(Athr.call(order.append, executor=executor)(x)))
        await asyncio.sleep(0)
        call = Athr.Call.new(lambda call, x: order.append(x), -x)
        call.set_executor(executor)
        call.start()
        calls.append(asyncio.ensure_future(answer_of(call)))
    await asyncio.gather(*calls)
    assert order == [y for x in range(100) for y in (x, -x)]


async def answer_of(call):
    return await call


@pytest.mark.parametrize("cancel_queued", [False, True])
async def test_executor_that_closes(cancel_queued):
    executor = Athr.Executor.new("closing", 2)
    gate, began = threading.Event(), threading.Semaphore(0)

    def block():
        began.release()
        gate.wait()

    blockers = [asyncio.ensure_future(Athr.call(block, executor=executor)()) for _ in range(2)]
    await Athr.call(lambda: began.acquire() and began.acquire())()
    queued = [asyncio.ensure_future(Athr.call(square, executor=executor)(x)) for x in range(10)]
    await asyncio.sleep(0)
    executor.close_async(cancel_queued, None, None)
    gate.set()
    await asyncio.gather(*blockers)
    results = await asyncio.gather(*queued, return_exceptions=True)
    if cancel_queued:
        assert all(isinstance(error, asyncio.CancelledError) for error in results)
        assert all(future.cancelled() for future in queued)
    else:
        assert results == [x * x for x in range(10)]


async def test_threads_keep_what_is_local_to_them():
    executor = Athr.Executor.new("local", 1)
    local = threading.local()

    def count():
        local.n = getattr(local, "n", 0) + 1
        return local.n

    function = Athr.call(count, executor=executor)
    assert [await function() for _ in range(3)] == [1, 2, 3]


async def test_what_comes_too_late_dies_at_home():
    died_on = []

    class Late:
        def __del__(self):
            died_on.append(threading.get_ident())

    async def call():
        running, gate = threading.Event(), threading.Event()
        task = asyncio.ensure_future(Athr.call(lambda argument: running.set() or gate.wait() and Late())(Late()))
        await Athr.call(running.wait)()
        task.cancel()
        await asyncio.wait([task])
        del task
        gate.set()

    await call()
    while len(died_on) < 2:
        await asyncio.sleep(0.001)
    assert set(died_on) == {threading.get_ident()}


@pytest.mark.filterwarnings("error")
def test_without_a_loop():
    with pytest.raises(RuntimeError, match="no running event loop"):
        asquare(3).send(None)


def test_calls_within_a_callback_of_glib():
    """A callback of a GLib main loop runs a Python event loop, which blocks the main loop."""
    got = []

    def idle():
        got.append(asyncio.run(asquare(3)))
        loop.quit()

    loop = GLib.MainLoop()
    GLib.idle_add(idle)
    loop.run()
    assert got == [9]


def test_many_loops_in_many_threads():
    async def main():
        assert await asyncio.gather(*map(asquare, range(100))) == [x * x for x in range(100)]

    def run():
        for _ in range(5):
            asyncio.run(main())
        done.append(1)

    done = []
    for _ in range(3):
        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(patiently(60))
    assert len(done) == 18


def test_two_loops_of_a_thread_take_turns():
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    try:
        for x in range(20):
            assert first.run_until_complete(asquare(x)) == x * x
            assert second.run_until_complete(asquare(x)) == x * x
    finally:
        first.close()
        second.close()


def test_loop_closed_with_work_outstanding(capfd):
    gate = threading.Event()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.wait([loop.create_task(Athr.call(gate.wait)())], timeout=0.01))
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False
    loop.close()
    gate.set()
    assert asyncio.run(asquare(2)) == 4
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_late_answers_disappear(capfd):
    gate, running = threading.Event(), threading.Event()

    async def main():
        task = asyncio.ensure_future(Athr.call(lambda: running.set() or gate.wait())())
        await Athr.call(running.wait)()
        task.cancel()
        await asyncio.wait([task])
        gate.set()
        await asquare(2)

    asyncio.run(main(), debug=True)
    asyncio.run(asquare(2))
    assert capfd.readouterr() == ("", "")


def test_glib_main_loop():
    """Without a Python event loop."""
    events = []
    call = Athr.Call.new(lambda call: call.return_value(2**40))
    call.connect("finished", lambda call: events.append("finished") or loop.quit())
    call.run_async(None, lambda call, result: events.append(call.run_finish(result)))
    loop = GLib.MainLoop()
    loop.run()
    assert events == [2**40, "finished"]


def test_glib_main_loop_raises():
    def fail(call):
        raise ValueError("reason")

    results = []
    call = Athr.Call.new(fail)
    call.run_async(None, lambda call, result: results.append(result) or loop.quit())
    loop = GLib.MainLoop()
    loop.run()
    with pytest.raises(ValueError, match="reason"):
        call.run_finish(results[0])


class Dialog:
    """Runs a main loop of its own until another call is over. Such a dialog may tell of an exception."""

    def __init__(self, gate):
        self.gate = gate
        self.call = Athr.Call.new(lambda call: gate.wait())
        self.call.connect("finished", self.finished)
        self.is_finished = self.was_shown = False

    def finished(self, call):
        self.is_finished = True

    def show(self, *_):
        self.was_shown = True
        self.gate.set()
        context = getattr(asyncio.get_running_loop(), "_context", None)
        if isinstance(context, GLib.MainContext):  # otherwise nobody iterates the main context of the event loop
            while not self.is_finished:
                context.iteration(True)
            while context.iteration(False):
                pass


class Argument:
    def __init__(self, dialog):
        self.dialog = dialog

    def __del__(self):
        self.dialog.show()


@pytest.mark.parametrize("begins", [True, False], ids=["runs", "queued"])
@pytest.mark.parametrize("way", ["exception", "argument"])
async def test_a_nested_main_loop_when_a_call_is_over(begins, way):
    def work(_):
        began.append(1)
        returns.wait()
        if way == "exception":
            raise ValueError

    began, returns = [], threading.Event()
    dialog, executor = Dialog(threading.Event()), Athr.Executor.new("one", 1)
    if way == "exception":
        asyncio.get_running_loop().set_exception_handler(dialog.show)
    occupies = None if begins else asyncio.ensure_future(Athr.call(returns.wait, executor=executor)())
    await asyncio.sleep(0)
    run = dialog.call.run_async()
    task = asyncio.ensure_future(Athr.call(work, executor=executor)(Argument(dialog) if way == "argument" else None))
    await asyncio.sleep(0)
    while begins and not began:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    returns.set()
    while (begins or way == "argument") and not dialog.was_shown:
        await asyncio.sleep(0.001)
    dialog.gate.set()
    assert await run is True
    assert occupies is None or await occupies
    assert await asquare(3) == 9
