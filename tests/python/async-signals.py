# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An exception of a signal handler strikes at each line that the override runs in the main thread. The exception comes
out of the event loop, nothing waits for ever, and no main context stays pushed."""

import asyncio
import collections
import gc
import os
import sys

import gi
gi.require_version("Athr", "1")
import pytest
from patience import patiently
from gi.repository import Athr, GLib


def has_module(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


FOLDER = os.path.join(os.path.dirname(sys.modules["gi.overrides.Athr"].__file__), "")


class Strike(KeyboardInterrupt):
    """What the handler of the signal raises."""


class OrdinaryStrike(Exception):
    """What it raises under the loops of GLib. Any other exception ends the source that is the event loop."""


def is_in_del(frame):
    """Python itself loses each exception that strikes in a __del__()."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


class Striker:
    """Raises an exception when the main thread comes to a place of the override for the `number`-th time."""

    def __init__(self, exception, place=None, number=0):
        self.exception = exception
        self.place = place
        self.number = number
        self.places = collections.Counter()
        self.has_struck = False

    def trace(self, frame, event, _):
        if not frame.f_code.co_filename.startswith(FOLDER) or is_in_del(frame):
            return None
        if event in ("call", "line"):
            place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} ({event})"
            self.places[place] += 1
            if place == self.place and self.places[place] == self.number:
                self.has_struck = True
                sys.settrace(None)
                raise self.exception
        return self.trace


async def calls():
    assert await Athr.call(lambda: 42)() == 42
    with pytest.raises(ValueError):
        await Athr.call(int)("x")
    assert await asyncio.gather(*map(Athr.call(abs), (-1, -2))) == [1, 2]


async def cancelled_call():
    task = asyncio.ensure_future(Athr.call(lambda: 42)())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def methods():
    assert await Athr.Call.new(lambda call: 42).run_async() == 42
    assert await Athr.Call.new(lambda call: 42) == 42
    stream = Athr.iterate(lambda: [1, 2])()
    assert await stream.next_async() == 1
    assert await stream.next_batch_async(9) == [2]
    await stream.close_async()


async def values():
    async with Athr.iterate(lambda: range(5))() as stream:
        assert [value async for value in stream] == [0, 1, 2, 3, 4]


async def few_values():
    async with Athr.iterate(lambda: range(9), buffer_maxsize=1)() as stream:
        async for value in stream:
            if value == 2:
                break


async def generator():
    def echo():
        sent = 0
        while True:
            sent = yield sent

    async with Athr.generate(echo)() as stream:
        assert await anext(stream) == 0
        assert await stream.asend(3) == 3
        with pytest.raises(ValueError):
            await stream.athrow(ValueError)


async def first_value():
    assert await Athr.single_callback(lambda callback: callback(42))() == 42


async def unused_iterator():
    async with Athr.Stream.for_iterator(iter([1])):
        pass


async def executor():
    async with Athr.Executor.new("two", 2) as two:
        assert await Athr.call(lambda: 42, executor=two)() == 42


async def owner():
    class Window:
        pass

    window = Window()
    assert await Athr.call(lambda: 42, owner=window)() == 42
    stream = Athr.iterate(lambda: range(5), owner=window)()
    assert await anext(stream) == 0
    del window
    with pytest.raises(asyncio.CancelledError):
        await anext(stream)
    await stream.aclose()


async def mapped():
    async with Athr.map(abs, range(3), 2) as stream:
        assert [value async for value in stream] == [0, 1, 2]


async def asks(*more):
    """The worker goes on, whatever has become of its question."""
    def work():
        current, answers = Athr.current(), []
        for function in lambda: 1, *more:
            current.post(answers.append, 3)
            try:
                answers.append(current.ask(function))
            except (Strike, OrdinaryStrike, GLib.Error, asyncio.CancelledError):
                pass
        return 42

    assert await Athr.call(work)() == 42


async def asks_coroutines():
    async def answer(x):
        return x

    await asks(lambda: answer(2), lambda: answer(3))


def run(loop, awaitable):
    """Fails when the event loop waits for too long."""
    limit = loop.call_later(20, loop.stop)
    try:
        # The exception may have come before a callback of asyncio that was to stop the last run.
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.run_until_complete(awaitable)
    finally:
        limit.cancel()


def cancel_all(loop):
    """As asyncio.run() does after an exception. The exception of one task may end other tasks, too."""
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        try:
            run(loop, asyncio.gather(*tasks, return_exceptions=True))
        except (Strike, OrdinaryStrike):
            pass


def new_asyncio_loop():
    return asyncio.new_event_loop()


def new_gbulb_loop():
    import gbulb
    return gbulb.GLibEventLoopPolicy().new_event_loop()


def new_gi_events_loop():
    import gi.events
    asyncio.set_event_loop_policy(gi.events.GLibEventLoopPolicy())
    return asyncio.get_event_loop()


def run_with(striker, new_loop, scenario):
    unraisable = []
    sys.unraisablehook = unraisable.append
    loop = new_loop()
    try:
        task = loop.create_task(scenario())
        has_come_out = False
        sys.settrace(striker.trace)
        while not task.done():  # if the exception strikes outside of the task, the task goes on
            try:
                run(loop, task)
            except (Strike, OrdinaryStrike):
                has_come_out = True
        sys.settrace(None)
        if striker.exception is Strike:  # the loops of GLib print the exceptions of their callbacks, and go on
            assert has_come_out == striker.has_struck, "the exception was lost"
            assert not unraisable
        assert GLib.MainContext.get_thread_default() is None
        cancel_all(loop)
        run(loop, scenario())
        run(loop, loop.shutdown_asyncgens())
    except BaseException as error:
        error.add_note(f"struck at {striker.place}, time {striker.number}")
        raise
    finally:
        sys.settrace(None)
        sys.unraisablehook = sys.__unraisablehook__
        loop.close()
        asyncio.set_event_loop_policy(None)


def strike_at_each_line(new_loop, scenario):
    exception = Strike if new_loop is new_asyncio_loop else OrdinaryStrike
    gc.disable()
    try:
        quiet = Striker(exception)
        run_with(quiet, new_loop, scenario)
        n_struck = 0
        for place, count in quiet.places.items():
            for number in range(1, min(count, 2) + 1):
                striker = Striker(exception, place, number)
                run_with(striker, new_loop, scenario)
                n_struck += striker.has_struck
    finally:
        gc.enable()
    assert n_struck > 10


class Broken(sys.modules["gi.overrides._athr.completions"].Completion):
    def complete(self):
        raise ValueError("broken")


def test_completion_that_always_fails():
    """The event loop reports the exception a few times, and goes on."""
    c, completions, loops = (sys.modules[f"gi.overrides._athr.{name}"] for name in ("c", "completions", "loops"))
    errors = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
        broken = Broken(queue=loops.context_of(loop).queue)
        completions.completions[broken.address()] = broken
        c.push_completion(broken.address())
        assert await Athr.call(abs)(-1) == 1

    asyncio.run(asyncio.wait_for(main(), patiently(20)))
    assert list(map(str, errors)) == ["broken"] * completions.MAX_ATTEMPTS


@pytest.mark.parametrize("scenario", [calls, cancelled_call, methods, values, few_values, generator, first_value,
                                      unused_iterator, executor, owner, mapped, asks,
                                      asks_coroutines], ids=lambda scenario: scenario.__name__)
def test_asyncio(scenario):
    strike_at_each_line(new_asyncio_loop, scenario)


@pytest.mark.skipif(not has_module("gbulb") or has_module("gi.events"), reason="without gbulb")
@pytest.mark.parametrize("scenario", [calls, few_values, asks], ids=lambda scenario: scenario.__name__)
def test_gbulb(scenario):
    strike_at_each_line(new_gbulb_loop, scenario)


@pytest.mark.skipif(not has_module("gi.events"), reason="without gi.events")
@pytest.mark.parametrize("scenario", [calls, few_values, asks], ids=lambda scenario: scenario.__name__)
def test_gi_events(scenario):
    strike_at_each_line(new_gi_events_loop, scenario)
