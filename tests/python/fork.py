# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The child of a fork uses the library after its parent did: what the child creates works, what the parent has created
raises an error that says so."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import traceback
from concurrent.futures import ProcessPoolExecutor

import pytest
from patience import patiently
from gi.repository import Athr, Gio, GLib

PATH = "/athr/hazards/19-fork/python"
FORKED = multiprocessing.get_context("fork")


def in_child(function):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(patiently(30))
            asyncio.set_event_loop_policy(None)  # asyncio.run() takes a loop of its own
            function()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def double(number):
    return 2 * number


def count():
    yield from range(100)


def echo():
    value = None
    while True:
        value = yield value


async def call_and_iterate(executor=None):
    assert await asyncio.gather(*(Athr.call(double, executor=executor)(i) for i in range(20))) == [*range(0, 40, 2)]
    for size in 0, 5, None:
        stream = Athr.iterate(count, buffer_maxsize=size, executor=executor)()
        assert [value async for value in stream] == [*range(100)]
    async with Athr.generate(echo, executor=executor)() as generator:
        assert [await generator.asend(value) for value in (None, 1, 2)] == [None, 1, 2]


async def assert_fails(awaitable):
    with pytest.raises(GLib.Error, match="fork") as info:
        await awaitable
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED)


def test_default_executor(loop_runner):
    loop_runner(call_and_iterate())
    in_child(lambda: loop_runner(call_and_iterate()))
    loop_runner(call_and_iterate())


def test_child_of_a_child(loop_runner):
    def child():
        in_child(lambda: loop_runner(call_and_iterate()))
        loop_runner(call_and_iterate())
        in_child(lambda: loop_runner(call_and_iterate()))

    loop_runner(call_and_iterate())
    in_child(child)


def double_in_worker(number):
    return asyncio.run(Athr.call(double)(number))


def test_process_pool():
    assert double_in_worker(1) == 2
    with ProcessPoolExecutor(2, mp_context=FORKED) as pool:
        assert [*pool.map(double_in_worker, range(20), timeout=patiently(30))] == [*range(0, 40, 2)]


def test_executor(loop_runner):
    async def child():
        await assert_fails(Athr.call(double, executor=executor)(1))
        await assert_fails(anext(Athr.iterate(count, executor=executor)()))
        await assert_fails(executor.close_async())
        own = Athr.Executor.new("child", 1)
        await call_and_iterate(own)
        await own.close_async()

    executor = Athr.Executor.new("parent", 1)
    loop_runner(call_and_iterate(executor))
    in_child(lambda: loop_runner(child()))
    loop_runner(call_and_iterate(executor))


@pytest.mark.parametrize("size", [0, 5, None])
def test_stream(loop_runner, size):
    async def take_all(stream):
        return [value async for value in stream]

    async def child():
        for stream in new, begun:
            await assert_fails(take_all(stream))  # after the values that the event loop of the parent had received
            await assert_fails(stream.next_async())
            await assert_fails(stream.close_async())
            with pytest.raises(GLib.Error, match="fork"):
                stream.next()
            assert stream.try_next() is None

    async def parent():
        assert await anext(begun) == 0

    async def rest():
        assert await take_all(begun) == [*range(1, 100)]
        assert await take_all(new) == [*range(100)]

    new = Athr.iterate(count, buffer_maxsize=size)()
    begun = Athr.iterate(count, buffer_maxsize=size)()
    loop_runner(parent())
    in_child(lambda: loop_runner(child()))
    loop_runner(rest())


def test_pending_request(loop_runner):
    async def parent():
        stream = Athr.iterate(lambda: iter(gate.wait, None))()
        task = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        in_child(lambda: asyncio.run(assert_fails(anext(stream))))
        gate.set()
        assert await task

    gate = threading.Event()
    loop_runner(parent())


def test_generator(loop_runner):
    async def parent():
        for generator in begun:
            assert [await generator.asend(value) for value in (None, 1)] == [None, 1]

    async def child():
        for first, second in new, begun:
            await assert_fails(first.asend(None))
            await assert_fails(second.athrow(ValueError))

    new, begun = ([Athr.generate(echo)() for _ in range(2)] for _ in range(2))
    loop = asyncio.new_event_loop()  # asyncio.run() would close the generators
    loop.run_until_complete(parent())
    loop.close()
    in_child(lambda: loop_runner(child()))


def test_call(loop_runner):
    async def child():
        for call in new, done:
            await assert_fails(call)
            await assert_fails(call.run_async())
            with pytest.raises(GLib.Error, match="fork"):
                call.run()
            call.cancel()

    async def parent():
        assert await done == 42

    new, done = Athr.Call.new(lambda call: 42), Athr.Call.new(lambda call: 42)
    loop_runner(parent())
    in_child(lambda: loop_runner(child()))


def test_while_workers_run():
    """The loop is not GLib's: a thread that polls a main context may hold a lock of GLib while another thread forks."""
    async def parent():
        tasks = [asyncio.ensure_future(Athr.call(gate.wait)()) for _ in range(40)]
        stream = Athr.iterate(count, buffer_maxsize=1, executor=executor)()
        assert await anext(stream) == 0
        del stream
        for _ in range(10):
            await asyncio.get_running_loop().run_in_executor(None, in_child, lambda: asyncio.run(call_and_iterate()))
        in_child(lambda: asyncio.new_event_loop().run_until_complete(call_and_iterate()))
        gate.set()
        assert all(await asyncio.gather(*tasks))

    gate = threading.Event()
    executor = Athr.Executor.new("parent", 2)
    asyncio.run(parent())


def test_invoke(loop_runner):
    async def main():
        assert await Athr.invoke("GLib.get_prgname") == GLib.get_prgname()

    try:
        loop_runner(main())
    except ImportError as error:
        pytest.skip(str(error))
    in_child(lambda: loop_runner(main()))


def test_on_a_worker(loop_runner):
    async def parent():
        await Athr.call(in_child)(lambda: asyncio.run(call_and_iterate()))
        await call_and_iterate()

    loop_runner(parent())


def test_ends_as_the_parent_does():
    """Both processes reach the end of the program. The child drops the objects of its parent there."""
    program = """
        import asyncio, os, threading
        import gi
        gi.require_version("Athr", "1")
        from gi.repository import Athr
        gate = threading.Event()
        executor = Athr.Executor.new("parent", 1)
        call = Athr.Call.new(lambda _: gate.wait())
        call.start()
        async def main():
            global stream
            stream = Athr.iterate(lambda: range(10), buffer_maxsize=3, executor=executor)()
            assert await anext(stream) == 0
            assert await Athr.call(len)("ab") == 2
        asyncio.run(main())
        pid = os.fork()
        asyncio.run(Athr.call(len)("ab"))
        if pid:
            gate.set()
            assert os.waitpid(pid, 0)[1] == 0
    """
    # Newer versions of Python warn of each fork in a process that has threads.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", textwrap.dedent(program)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=patiently(30))
    assert (result.returncode, result.stderr) == (0, "")
