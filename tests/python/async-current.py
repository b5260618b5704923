# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions on workers ask about their own call or stream."""

import asyncio
import contextlib
import contextvars
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from patience import patiently
from gi.repository import Athr, Gio, GLib

MISTAKE = r"^Athr\.current\(\) can only be called in a function that a worker runs$"


def run_call(function):
    return Athr.Call.new(lambda call: function()).run_async()


async def run_stream(function):
    stream = Athr.Stream.new(lambda yielder: yielder.yield_value(function()))
    return await stream.next_async()


async def run_steps(function):
    def step(yielder):
        yielder.yield_value(function())
        yielder.end()

    stream = Athr.Stream.new_steps(step)
    return await stream.next_async()


async def run_iterate(function, decorate=Athr.iterate):
    def values():
        yield function()

    stream = decorate(values)()
    return await anext(stream)


async def run_iterate_callback(function):
    stream = Athr.iterate_callback(lambda callback: callback(function()))()
    return await anext(stream)


RUNS = {
    "call": lambda function: Athr.call(function)(),
    "single_callback": lambda function: Athr.single_callback(lambda callback: callback(function()))(),
    "iterate": run_iterate,
    "generate": lambda function: run_iterate(function, Athr.generate),
    "iterate_callback": run_iterate_callback,
    "Call.new": run_call,
    "Stream.new": run_stream,
    "Stream.new_steps": run_steps,
}


@pytest.fixture(params=RUNS.values(), ids=RUNS.keys())
def run(request):
    return request.param


async def test_has_one_object(run):
    def check():
        current = Athr.current()
        assert Athr.current() is current
        assert current.cancelled is False
        assert current.check_cancelled() is None
        assert current.report_progress(0.5) is None
        assert isinstance(current.cancellable, Gio.Cancellable)
        assert current.cancellable == Athr.current().cancellable
        assert not current.cancellable.is_cancelled()
        return threading.get_ident()

    assert await run(check) != threading.get_ident()


async def test_only_in_a_function_on_a_worker(run):
    def in_other_threads():
        Athr.current()
        errors = []

        def ask():
            try:
                Athr.current()
            except RuntimeError as error:
                errors.append(error)

        context = contextvars.copy_context()
        for target in ask, lambda: context.run(ask):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
        return [str(error) for error in errors]

    with pytest.raises(RuntimeError, match=MISTAKE):
        Athr.current()
    for error in await run(in_other_threads):
        assert error == "Athr.current() can only be called in a function that a worker runs"
    with pytest.raises(RuntimeError, match=MISTAKE):
        Athr.current()


async def test_not_after_the_function():
    """The same worker then runs a function of a GTask."""
    executor = Athr.Executor.new("one", 1)
    await Athr.call(Athr.current, executor=executor)()
    mistakes = []

    def work(task, *_):
        try:
            Athr.current()
        except RuntimeError as error:
            mistakes.append(error)
        task.return_boolean(True)

    executor.run_task(Gio.Task.new(None, None, lambda *_: None), work)
    while not mistakes:
        await asyncio.sleep(0.001)
    assert len(mistakes) == 1


async def test_object_is_kept_by_other_threads(run):
    current = await run(Athr.current)
    assert current.report_progress(1) is None
    assert current.cancelled in (False, True)


async def test_is_not_kept(run):
    def ask():
        current = Athr.current()
        references.append(weakref.ref(current))

    references = []
    await run(ask)
    while references[0]() is not None:
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("new", [Athr.Call.new, Athr.Stream.new], ids=["call", "stream"])
async def test_exception_of_the_function_does_not_keep_it(new):
    class Data:
        pass

    def fail(_, data):
        current = Athr.current()
        assert not current.cancelled
        raise ValueError(data)

    async def run():
        data = Data()
        thing = new(fail, data)
        with pytest.raises(ValueError):
            await (thing.run_async() if isinstance(thing, Athr.Call) else thing.next_async())
        return weakref.ref(thing), weakref.ref(data)

    references = await run()
    while any(reference() is not None for reference in references):
        await asyncio.sleep(0.001)
        gc.collect()


async def test_wrong_reports():
    def report(*arguments):
        Athr.current().report_progress(*arguments)

    for arguments in (1.5,), (float("nan"),):
        with pytest.raises(ValueError, match="^the fraction must be at most 1, not "):
            await Athr.call(report)(*arguments)
    with pytest.raises(TypeError, match="^the text must be a str or None, not bytes$"):
        await Athr.call(report)(0.5, b"half")
    for fraction in "half", None:
        with pytest.raises(TypeError, match="^the fraction must be a number, not (str|NoneType)$"):
            await Athr.call(report)(fraction)


async def test_wrong_reports_of_a_call_and_a_yielder():
    async def of_call(*arguments):
        await Athr.Call.new(lambda call: call.report_progress(*arguments)).run_async()

    async def of_yielder(*arguments):
        await Athr.Stream.new(lambda yielder: yielder.report_progress(*arguments)).next_async()

    for report in of_call, of_yielder:
        await report(0.5)
        await report(-1, "unknown")
        with pytest.raises(ValueError, match="^the fraction must be at most 1, not 5$"):
            await report(5)
        with pytest.raises(TypeError, match="^the fraction must be a number, not str$"):
            await report("half")
        with pytest.raises(TypeError, match="^the text must be a str or None, not int$"):
            await report(0.5, 5)


async def test_progress_of_a_stream():
    def numbers():
        Athr.current().report_progress(0.5, "half")
        yield 1

    stream = Athr.iterate(numbers)()
    seen = []
    stream.connect("notify::progress", lambda *_: seen.append((stream.get_progress(), stream.get_progress_text())))
    assert [value async for value in stream] == [1]
    while not seen:
        await asyncio.sleep(0.001)
    assert seen == [(0.5, "half")]


class Polling:
    """A function that polls until it is cancelled."""

    def __init__(self):
        self.began, self.ended, self.saw = threading.Event(), threading.Event(), []

    def poll(self, *_):
        current = Athr.current()
        try:
            self.began.set()
            while not current.cancelled:
                time.sleep(0.001)
            self.saw.append(current.cancellable.is_cancelled())
            current.check_cancelled()
        except BaseException as error:
            self.saw.append(error)
            raise
        finally:
            self.ended.set()

    def generate(self):
        yield self.poll()

    async def check(self):
        await Athr.call(self.ended.wait)()
        assert self.saw[0] is True
        assert isinstance(self.saw[1], asyncio.CancelledError)
        assert not isinstance(self.saw[1], Exception)
        assert Athr.is_cancelled(self.saw[1])


@pytest.mark.parametrize("decorate", [Athr.call, Athr.single_callback])
async def test_sees_that_the_task_is_cancelled(decorate):
    polling = Polling()
    task = asyncio.ensure_future(decorate(polling.poll)())
    await Athr.call(polling.began.wait)()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await polling.check()


@pytest.mark.parametrize("decorate", [Athr.call, Athr.single_callback])
async def test_sees_the_time_out(decorate):
    polling = Polling()
    with pytest.raises(TimeoutError):
        await decorate(polling.poll, run_timeout=0.01)()
    await polling.check()
    polling = Polling()
    with pytest.raises(TimeoutError):
        await decorate(polling.poll, timeout=0.1)()
    if polling.began.is_set():
        await polling.check()


async def test_sees_that_the_call_is_cancelled():
    polling = Polling()
    call = Athr.Call.new(polling.poll)
    future = call.run_async()
    await Athr.call(polling.began.wait)()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    await polling.check()


@pytest.mark.parametrize("make", [
    lambda polling: Athr.iterate(polling.generate)(),
    lambda polling: Athr.generate(polling.generate)(),
    lambda polling: Athr.iterate_callback(polling.poll)(),
    lambda polling: Athr.Stream.new(polling.poll),
    lambda polling: Athr.Stream.new_steps(polling.poll),
], ids=["iterate", "generate", "iterate_callback", "Stream.new", "Stream.new_steps"])
async def test_sees_that_the_stream_is_closed(make):
    polling = Polling()
    stream = make(polling)
    waiting = asyncio.ensure_future(stream.next_async())
    await Athr.call(polling.began.wait)()
    await stream.aclose()
    await polling.check()
    assert await waiting is None


async def test_cancellable_interrupts_gio():
    read, write = os.pipe()
    pipe = Gio.UnixInputStream.new(read, True)
    errors, began = [], threading.Event()

    def work():
        began.set()
        try:
            pipe.read_bytes(1, Athr.current().cancellable)
        except GLib.Error as error:
            errors.append(error)

    task = asyncio.ensure_future(Athr.call(work)())
    await Athr.call(began.wait)()
    task.cancel()
    while not errors:
        await asyncio.sleep(0.001)
    assert Athr.is_cancelled(errors[0])
    os.close(write)


async def test_handlers_of_the_cancellable_may_use_python():
    """The event loop does not hold the interpreter lock when it cancels: a handler runs under a lock of GLib."""
    connected, disconnected, calls = threading.Event(), threading.Event(), []

    def work():
        cancellable = Athr.current().cancellable
        handlers = [cancellable.connect(lambda *_: calls.append(threading.get_ident())) for _ in range(3)]
        connected.set()
        while not cancellable.is_cancelled():
            time.sleep(0)
        for handler in handlers:
            cancellable.disconnect(handler)
        disconnected.set()

    for _ in range(50):
        connected.clear(), disconnected.clear()
        task = asyncio.ensure_future(Athr.call(work)())
        await Athr.call(connected.wait)()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await Athr.call(disconnected.wait)()
    assert set(calls) == {threading.get_ident()}


def test_sees_the_end_of_the_interpreter():
    program = """
        import asyncio, threading, time
        import gi
        gi.require_version("Athr", "1")
        from gi.repository import Athr
        began = threading.Event()
        def poll():
            began.set()
            while not Athr.current().cancelled:
                time.sleep(0.001)
            print("cancelled")
        async def main():
            asyncio.ensure_future(Athr.call(poll)())
            await Athr.call(began.wait)()
            raise SystemExit(3)
        asyncio.run(main())
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=patiently(20))
    assert (result.returncode, result.stdout, result.stderr) == (3, "cancelled\n", "")
