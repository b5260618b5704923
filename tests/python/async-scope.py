# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Only the newest answer, and many calls as one."""

import asyncio
import gc
import threading
import weakref

import pytest
from gi.repository import Athr, Gio, GLib, GObject


class Mine(Exception):
    pass


def fail(text="of mine"):
    raise Mine(text)


def wait_until_cancelled():
    cancelled = threading.Event()
    handler = Athr.current().cancellable.connect(lambda *_: cancelled.set())
    assert cancelled.wait(30)
    Athr.current().cancellable.disconnect(handler)


async def test_latest_runs_a_function():
    latest = Athr.Latest()
    assert await latest.run(sorted, [3, 1, 2], reverse=True) == [3, 2, 1]
    assert await latest.run(lambda: None) is None
    assert not latest.get_busy()


@pytest.mark.parametrize("value", [GLib.Bytes.new(b"x"), GObject.Value(int, 3), GLib.Variant("i", 3), 2**64, "n\0l", {}, ()],
                         ids=repr)
async def test_the_result_is_unchanged(value):
    assert await Athr.Latest().run(lambda: value) is value
    async with Athr.Group() as group:
        call = group.add(lambda: value)
    assert await call is value


async def test_latest_runs_a_call():
    call = Athr.Call.new(lambda call, number: number + 1, 41)
    latest = Athr.Latest.new(0)
    assert await latest.run(call) == 42
    with pytest.raises(GLib.Error) as info:
        await latest.run(call)
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT)


async def test_latest_raises_the_exception_of_the_function():
    with pytest.raises(Mine, match="no such word") as info:
        await Athr.Latest().run(fail, "no such word")
    assert info.traceback[-1].name == "fail"


async def test_latest_supersedes():
    latest, gate = Athr.Latest(), threading.Event()
    first = asyncio.create_task(latest.run(gate.wait, 30))
    while not latest.get_busy():
        await asyncio.sleep(0)
    second = asyncio.create_task(latest.run(str, 7))
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == "7"
    gate.set()


async def test_latest_debounce():
    latest, seen = Athr.Latest(debounce=20), []
    runs = [asyncio.create_task(latest.run(seen.append, number)) for number in range(10)]
    results = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(result) for result in results[:-1]] == [asyncio.CancelledError] * 9
    assert results[-1] is None and seen == [9]


@pytest.mark.parametrize("options", [{}, {"debounce": 1}], ids=["at-once", "debounce"])
@pytest.mark.parametrize("cancels", [False, True], ids=["supersedes", "cancels"])
async def test_latest_serial(options, cancels):
    latest, gate, runs = Athr.Latest(serial=True, **options), threading.Event(), []

    def wait():
        runs.append("begins")
        gate.wait(30)
        runs.append("returns")

    old = asyncio.create_task(latest.run(wait))
    while not runs:
        await asyncio.sleep(0.001)
    if cancels:
        old.cancel()
    new = asyncio.create_task(latest.run(lambda: [*runs]))
    with pytest.raises(asyncio.CancelledError):
        await old
    gate.set()
    assert await new == ["begins", "returns"]


async def test_latest_cancelled_task():
    latest = Athr.Latest(debounce=2**32 - 1)
    run = asyncio.create_task(latest.run(fail))
    while not latest.get_busy():
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    while latest.get_busy():
        await asyncio.sleep(0)


async def test_latest_cancelled_task_with_a_cancellable():
    latest, cancellable = Athr.Latest(debounce=2**32 - 1), Gio.Cancellable()
    run = latest.run_async(Athr.Call.new(fail), cancellable)
    while not latest.get_busy():
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    while latest.get_busy():
        await asyncio.sleep(0)
    assert not cancellable.is_cancelled()   # other work may have it, too


@pytest.mark.parametrize("early", [True, False])
async def test_latest_cancelled_cancellable(early):
    latest, cancellable = Athr.Latest(debounce=2**32 - 1), Gio.Cancellable()
    if early:
        cancellable.cancel()
    run = latest.run_async(Athr.Call.new(fail), cancellable)
    if not early:
        while not latest.get_busy():
            await asyncio.sleep(0)
        await asyncio.to_thread(cancellable.cancel)
    with pytest.raises(asyncio.CancelledError):
        await run
    while latest.get_busy():
        await asyncio.sleep(0)


async def test_latest_cancel():
    latest = Athr.Latest()
    run = asyncio.create_task(latest.run(wait_until_cancelled))
    while not latest.get_busy():
        await asyncio.sleep(0)
    latest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


async def test_latest_run_async():
    latest, results = Athr.Latest(), []
    assert await latest.run_async(Athr.Call.new(lambda call: 1)) == 1
    with pytest.raises(Mine):
        await latest.run_async(Athr.Call.new(lambda call: fail()))

    def found(source, result, more):
        try:
            results.append((source.run_finish(result), more))
        except Mine as error:
            results.append((error, more))

    latest.run_async(Athr.Call.new(lambda call: 2), None, found, "more")
    while not results:
        await asyncio.sleep(0.001)
    latest.run_async(Athr.Call.new(lambda call: fail()), None, found, "fails")
    while len(results) < 2:
        await asyncio.sleep(0.001)
    assert results[0] == (2, "more")
    assert isinstance(results[1][0], Mine)


@pytest.mark.parametrize("make, error", [
    (lambda: Athr.Latest().run(7), "a function is needed, not int"),
    (lambda: Athr.Latest().run(Athr.Call.new(fail), 1), "takes no arguments"),
    (lambda: Athr.Latest().run(asyncio.sleep, 1), "is asynchronous already"),
    (lambda: Athr.Latest().run(generate), "is a generator function"),
])
async def test_latest_bad_arguments(make, error):
    with pytest.raises(TypeError, match=error):
        await make()


def generate():
    yield


async def test_group():
    async with Athr.Group() as group:
        calls = [group.add(pow, 2, number) for number in range(5)]
        more = group.add(Athr.Call.new(lambda call: "more"))
    assert [await call for call in calls] == [1, 2, 4, 8, 16]
    assert await more == "more"
    assert (group.get_n_calls(), group.get_n_done(), group.get_progress()) == (6, 6, 1)


async def test_group_raises_the_first_exception():
    with pytest.raises(Mine, match="first") as info:
        async with Athr.Group() as group:
            waiting = group.add(wait_until_cancelled)
            group.add(fail, "first")
    assert info.traceback[-1].name == "fail"
    assert waiting.get_state() == Athr.CallState.CANCELLED


async def test_group_raises_the_first_of_equal_exceptions():
    def fail_after(event, error):
        if event is not None:
            event.wait()
        raise error

    event, errors = threading.Event(), [Mine("same"), Mine("same")]
    group = Athr.Group(policy=Athr.GroupPolicy.COLLECT)
    group.add(fail_after, event, errors[0])
    with pytest.raises(Mine):
        await group.add(fail_after, None, errors[1])
    event.set()
    with pytest.raises(Mine) as info:
        await group.wait_async()
    assert info.value is errors[1]
    await group.close_async()


async def test_group_of_a_block_that_raises():
    with pytest.raises(ZeroDivisionError):
        async with Athr.Group() as group:
            waiting = group.add(wait_until_cancelled)
            1 / 0
    assert waiting.get_state() == Athr.CallState.CANCELLED


async def test_group_of_a_cancelled_task():
    async def run():
        async with Athr.Group() as group:
            calls.append(group.add(wait_until_cancelled))

    calls = []
    task = asyncio.create_task(run())
    while not calls or calls[0].get_state() != Athr.CallState.RUNNING:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls[0].get_state() == Athr.CallState.CANCELLED


async def test_group_whose_block_awaits_what_the_group_cancels():
    with pytest.raises(Mine, match="first"):
        async with Athr.Group() as group:
            waiting = group.add(wait_until_cancelled)
            group.add(fail, "first")
            await waiting
    with pytest.raises(TimeoutError):
        async with Athr.Group(timeout=1) as group:
            await group.add(wait_until_cancelled)
    with pytest.raises(asyncio.CancelledError):
        async with Athr.Group() as group:
            waiting = group.add(wait_until_cancelled)
            group.add(wait_until_cancelled)
            waiting.cancel()
            await waiting


async def test_group_whose_task_is_cancelled_when_a_call_has_failed():
    async def run():
        async with Athr.Group() as group:
            group.add(fail)
            while not group.get_n_failed():
                await asyncio.sleep(0.001)
            is_failed.set()
            await asyncio.sleep(60)

    is_failed, task = asyncio.Event(), asyncio.create_task(run())
    await is_failed.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("raises", [True, False])
async def test_group_cancelled_while_it_closes(raises):
    def work():
        began.set()
        gate.wait()
        ended.append(1)

    async def run():
        async with Athr.Group() as group:
            group.add(work)
            await asyncio.to_thread(began.wait)
            is_closing.set()
            if raises:
                raise Mine

    began, gate, is_closing, ended = threading.Event(), threading.Event(), asyncio.Event(), []
    task = asyncio.create_task(run())
    await is_closing.wait()
    for _ in range(3):
        task.cancel()
        for _ in range(9):
            await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [1]


async def test_group_collects():
    group = Athr.Group(policy=Athr.GroupPolicy.COLLECT, max_running=2)
    failing, working = group.add(fail), group.add(str, 1)
    with pytest.raises(Mine):
        await group.wait_async()
    assert await working == "1"
    assert isinstance(failing.get_error(), Mine)
    assert group.get_n_failed() == 1
    await group.close_async()
    with pytest.raises(GLib.Error) as info:
        group.add(str)
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED)


async def test_group_first_success():
    async with Athr.Group(policy=Athr.GroupPolicy.FIRST_SUCCESS) as group:
        group.add(fail)
        slow = group.add(wait_until_cancelled)
        fast = group.add(str, 1)
    assert await fast == "1"
    assert slow.get_state() == Athr.CallState.CANCELLED


async def test_group_times_out():
    with pytest.raises(TimeoutError, match="^The group took longer than 1 ms$"):
        async with Athr.Group(timeout=1) as group:
            group.add(wait_until_cancelled)
    call = Athr.Call.new(lambda call: wait_until_cancelled())
    call.set_timeout(1)
    with pytest.raises(TimeoutError, match="^The call took longer than 1 ms$"):
        async with Athr.Group() as group:
            group.add(call)


async def test_group_results():
    gate = threading.Event()
    async with Athr.Group() as group:
        results = group.get_results()
        slow = group.add(gate.wait, 30)
        fast = group.add(str, 1)
        assert await anext(results) is fast
        gate.set()
        assert await anext(results) is slow
    assert [call async for call in results] == []


async def test_group_closed_while_waiting():
    group = Athr.Group()
    group.add(wait_until_cancelled)
    wait = group.wait_async()
    await group.close_async()
    with pytest.raises(asyncio.CancelledError):
        await wait


async def test_group_callbacks():
    def waited(source, result, name):
        try:
            ends.append((name, source.wait_finish(result)))
        except Mine as error:
            ends.append((name, error))
        source.close_async(None, lambda source, result: ends.append(source.close_finish(result)))

    group, ends = Athr.Group(), []
    group.add(fail)
    group.wait_async(None, waited, "wait")
    while len(ends) < 2:
        await asyncio.sleep(0.001)
    assert isinstance(ends[0][1], Mine) and ends[1] is True


async def leave_by_exception():
    with pytest.raises(KeyError):
        async with Athr.Group() as group:
            await is_over(group.add(fail))
            raise KeyError


async def collect():
    group = Athr.Group(policy=Athr.GroupPolicy.COLLECT, max_running=1)
    group.add(fail, "received")
    group.add(fail)
    with pytest.raises(Mine, match="received"):
        await group.wait_async()


async def drop():
    group = Athr.Group()
    await is_over(group.add(fail))


async def cancel_wait():
    gate = threading.Event()
    group = Athr.Group()
    call = group.add(lambda: gate.wait() and fail())
    wait = group.wait_async()
    wait.cancel()
    gate.set()
    await is_over(call)
    await group.close_async()


async def is_over(call):
    while call.get_state() != Athr.CallState.FAILED:
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("lose", [leave_by_exception, collect, drop, cancel_wait])
async def test_group_reports_an_exception_that_nobody_receives(lose):
    reports = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(str(context["exception"])))
    await lose()
    while not reports:
        gc.collect()
        await asyncio.sleep(0.001)
    gc.collect()
    assert reports == ["of mine"]


async def test_group_reports_no_exception_that_was_received(caplog):
    group = Athr.Group(policy=Athr.GroupPolicy.COLLECT, max_running=1)
    calls = [group.add(fail, text) for text in ("waited for", "awaited", "asked for")]
    with pytest.raises(Mine, match="waited for"):
        await group.wait_async()
    with pytest.raises(Mine, match="awaited"):
        await calls[1]
    assert str(calls[2].get_error()) == "asked for"
    await group.close_async()
    references = [weakref.ref(call) for call in calls]
    del group, calls
    while any(reference() for reference in references):
        gc.collect()
        await asyncio.sleep(0.001)
    assert not caplog.records


async def test_group_of_alternatives_reports_no_exception(caplog):
    async with Athr.Group(policy=Athr.GroupPolicy.FIRST_SUCCESS) as group:
        failing = group.add(fail)
        await is_over(failing)
        group.add(str)
    reference = weakref.ref(failing)
    del group, failing
    while reference():
        gc.collect()
        await asyncio.sleep(0.001)
    assert not caplog.records


async def test_group_is_freed():
    group = Athr.Group()
    call = weakref.ref(group.add(str))
    await group.wait_async()
    await group.close_async()
    reference = weakref.ref(group)
    del group
    for _ in range(100):
        gc.collect()
        await asyncio.sleep(0)
    assert reference() is None and call() is None


def test_begun_before_the_event_loop(loop_runner):
    async def use(make):
        is_foreign = asyncio.get_running_loop().__class__.__module__.startswith("asyncio")
        try:
            await make()
        except RuntimeError as error:
            assert is_foreign and "outside of this event loop" in str(error)
        else:
            assert not is_foreign

    async def enter():
        async with group:
            pass

    async def call(method, *args):
        return method(*args)

    for use_group in (enter, lambda: group.wait_async(), lambda: call(group.add, str), lambda: call(group.get_results),
                      lambda: call(group.wait_async, None, print), lambda: call(group.close_async, None, print),
                      lambda: group.close_async()):
        group = Athr.Group()
        working = group.add(str, 1)
        assert working.run() == "1"  # a close cancels a call that is not over
        loop_runner(use(use_group))
        assert working.run() == "1"
    latest = Athr.Latest(debounce=1)
    latest.run_async(Athr.Call.new(lambda call: 1), None, lambda latest, result: None)
    loop_runner(use(lambda: latest.run(str, 1)))
    loop_runner(use(lambda: call(latest.run_async, Athr.Call.new(lambda call: 1), None, print)))


def test_made_before_the_event_loop(loop_runner):
    async def use():
        async with group:
            results = group.get_results()
            working = group.add(str, 1)
            assert await anext(results) is working
        assert await latest.run(str, 2) == "2"

    group, latest = Athr.Group(timeout=2**31, max_running=1), Athr.Latest(debounce=1, serial=True)
    loop_runner(use())


def test_group_without_async():
    with pytest.raises(TypeError, match="async with"):
        with Athr.Group():
            pass


def test_in_a_main_loop_of_glib():
    def waited(source, result):
        source.wait_finish(result)
        loop.quit()

    loop, group = GLib.MainLoop(), Athr.Group()
    call = group.add(str, 1)
    group.wait_async(None, waited)
    loop.run()
    assert call.run() == "1"
