# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The interpreter ends while workers run Python: it waits for them, and exits with status 0 and without output."""

import subprocess
import sys
import textwrap

import pytest
from patience import patiently

PATH = "/athr/hazards/11-exit/python"

HEAD = """
import asyncio, sys, threading, time
import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib
running = threading.Event()
def forever():
    try:
        while True:
            running.set()
            yield 1
    finally:
        sys.stdout.write("closed ")
async def begin(awaitable):
    task = asyncio.ensure_future(awaitable)
    while not running.is_set():
        await asyncio.sleep(0.001)
    return task
"""


def assert_exits(program, output=""):
    for _ in range(3):
        result = subprocess.run([sys.executable, "-c", HEAD + textwrap.dedent(program)],
                                capture_output=True, text=True, timeout=patiently(20))
        assert (result.returncode, result.stderr, result.stdout) == (0, "", output)


def test_nothing():
    assert_exits("""
        asyncio.run(Athr.call(len)(""))
    """)


def test_running_call():
    assert_exits("""
        def work():
            running.set()
            time.sleep(0.05)
            sys.stdout.write("done")
        asyncio.run(begin(Athr.call(work)()))
    """, "done")


def test_running_clean_up():
    assert_exits("""
        def clean_up(yielder):
            running.set()
            time.sleep(0.05)
            sys.stdout.write("done")
        stream = Athr.Stream.new(lambda yielder: yielder.yield_value(1))
        stream.set_cleanup(clean_up)
        stream.next()
        running.wait()
    """, "done")


def test_running_function_of_a_map_of_c():
    assert_exits("""
        def work(yielder, item):
            running.set()
            time.sleep(0.05)
            sys.stdout.write("done")
        stream = Athr.Stream.new_map(Athr.Stream.for_iterator([1]), 1, 0, work)
        stream.start()
        running.wait()
    """, "done")


def test_many_calls():
    assert_exits("""
        executor = Athr.Executor.new("many", 8)
        def work():
            running.set()
            for _ in range(20):
                time.sleep(0.001)
                sum(range(100))
        async def main():
            tasks = [asyncio.ensure_future(Athr.call(work, executor=executor)()) for _ in range(100)]
            await Athr.call(running.wait)()
        asyncio.run(main())
    """)


def test_loop_that_is_not_closed():
    assert_exits("""
        def wait():
            running.set()
            time.sleep(0.02)
            return [1]
        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin(Athr.call(wait)()))
        [task] = asyncio.all_tasks(loop)
        task._log_destroy_pending = False
    """)


@pytest.mark.parametrize("size", [None, 0, 1, 64])
@pytest.mark.parametrize("kind", ["iterate", "generate"])
def test_open_stream(kind, size):
    assert_exits(f"""
        stream = Athr.{kind}(forever, buffer_maxsize={size})()
        asyncio.run(anext(stream))
    """, "closed ")


def test_dropped_stream():
    assert_exits("""
        asyncio.run(anext(Athr.iterate(forever, buffer_maxsize=1)()))
    """, "closed ")


def test_blocked_iterator():
    assert_exits("""
        class Never:
            def __init__(self):
                self.closed = threading.Event()
            def __iter__(self):
                return self
            def __next__(self):
                running.set()
                self.closed.wait()
                sys.stdout.write("closed")
                raise StopIteration
            def close(self):
                self.closed.set()
        never = Never()
        stream = Athr.Stream.for_iterator(never, interrupt=never.close)
        async def main():
            await stream.__aenter__()
            while not running.is_set():
                await asyncio.sleep(0.001)
        asyncio.run(main())
    """, "closed")


def test_iterator_whose_step_returns():
    """The main thread waits for the step, and the worker closes the iterator."""
    assert_exits("""
        class Slow:
            def __iter__(self):
                return self
            def __next__(self):
                running.set()
                time.sleep(0.03)
                sys.stdout.write("stepped ")
                return 1
            def close(self):
                assert threading.current_thread() is not threading.main_thread()
                sys.stdout.write("closed")
        stream = Athr.Stream.for_iterator(Slow())
        async def main():
            await stream.__aenter__()
            while not running.is_set():
                await asyncio.sleep(0.001)
        asyncio.run(main())
    """, "stepped closed")


def test_blocked_callback():
    assert_exits("""
        def runner(callback):
            try:
                while True:
                    callback(1)
            finally:
                sys.stdout.write("closed")
        stream = Athr.iterate_callback(runner, buffer_maxsize=2)()
        asyncio.run(anext(stream))
    """, "closed")


def test_queued_work():
    assert_exits("""
        executor = Athr.Executor.new("one", 1)
        ended = threading.Event()
        def work():
            running.set()
            ended.wait()
            sys.stdout.write("once")
        async def main():
            tasks = [asyncio.ensure_future(Athr.call(work, executor=executor)()) for _ in range(10)]
            while not running.is_set():
                await asyncio.sleep(0.001)
        asyncio.run(main())
        ended.set()
    """, "once")


def test_glib_main_loop():
    assert_exits("""
        stream = Athr.iterate(forever, buffer_maxsize=1)()
        loop = GLib.MainLoop()
        stream.connect("value", lambda *_: loop.quit())
        stream.props.flowing = True
        loop.run()
    """, "closed ")


def test_daemon_thread_with_a_loop():
    assert_exits("""
        def run():
            async def main():
                async for _ in Athr.iterate(forever, buffer_maxsize=1)():
                    pass
            asyncio.run(main())
        threading.Thread(target=run, daemon=True).start()
        running.wait()
        time.sleep(0.01)
    """, "closed ")


def test_what_begins_too_late_is_refused():
    assert_exits("""
        values = Athr.iterate(lambda: [1])
        async def main():
            while threading.main_thread().is_alive():
                await asyncio.sleep(0.001)
            for awaitable in Athr.call(len)(""), values().__anext__():
                try:
                    await awaitable
                except asyncio.CancelledError as error:
                    sys.stdout.write(error.__cause__.message + ". ")
        threading.Thread(target=lambda: asyncio.run(main())).start()
    """, "The interpreter ends. The interpreter ends. ")


def test_a_forked_child_does_not_wait():
    assert_exits("""
        import multiprocessing
        gate = threading.Event()
        async def main():
            task = await begin(Athr.call(lambda: running.set() or gate.wait())())
            child = multiprocessing.get_context("fork").Process(target=len, args=("",))
            child.start()
            child.join(10)
            sys.stdout.write(str(child.exitcode))
            child.kill()
            gate.set()
            await task
        asyncio.run(main())
    """, "0")
