# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The interpreter ends while workers run: it stops them, waits for them, and exits with status 0."""

import subprocess
import sys
import textwrap
import unittest

from patience import patiently

PATH = "/athr/hazards/11-exit/python"

HEAD = """
import sys, threading, time
import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib, GObject
running = threading.Event()
"""


class ExitTest(unittest.TestCase):
    def assert_exits(self, program, output=""):
        for _ in range(3):
            result = subprocess.run([sys.executable, "-c", HEAD + textwrap.dedent(program)],
                                    capture_output=True, text=True, timeout=patiently(20))
            self.assertEqual((result.returncode, result.stderr, result.stdout), (0, "", output))

    def test_idle(self):
        self.assert_exits("""
            Athr.Call.new(lambda call: None).run(None, GObject.Value())
        """)

    def test_call_in_c(self):
        self.assert_exits("""
            def work(call):
                running.set()
                GLib.usleep(20 * 1000)
                sys.stdout.write("done")
            Athr.Call.new(work).start()
            running.wait()
        """, "done")

    def test_call_in_python(self):
        self.assert_exits("""
            def work(call):
                cancelled = threading.Event()
                call.get_cancellable().connect(lambda *_: cancelled.set())
                running.set()
                cancelled.wait()
                sys.stdout.write("done")
            Athr.Call.new(work).start()
            running.wait()
        """, "done")

    def test_busy_call(self):
        self.assert_exits("""
            def work(call):
                running.set()
                while not call.get_cancellable().is_cancelled():
                    pass
                sys.stdout.write("done")
            Athr.Call.new(work).start()
            running.wait()
        """, "done")

    def test_call_that_someone_awaits(self):
        self.assert_exits("""
            def work(call):
                running.set()
                time.sleep(0.02)
                call.return_value([1])
            calls = [Athr.Call.new(work) for _ in range(4)]
            for call in calls:
                call.run_async(None, lambda *_: None)
            running.wait()
        """)

    def test_queued_calls(self):
        self.assert_exits("""
            executor = Athr.Executor.new("one", 1)
            def work(call, data):
                running.set()
                while not call.get_cancellable().is_cancelled():
                    time.sleep(0.001)
                sys.stdout.write("once")
            for _ in range(10):
                call = Athr.Call.new(work, [])
                call.set_executor(executor)
                call.start()
            running.wait()
        """, "once")

    def test_call_that_fails(self):
        self.assert_exits("""
            def work(call):
                running.set()
                while not call.get_cancellable().is_cancelled():
                    time.sleep(0.001)
                raise ValueError
            Athr.Call.new(work).start()
            running.wait()
        """)

    def test_producer_that_computes(self):
        self.assert_exits("""
            def produce(yielder):
                running.set()
                while not yielder.is_closed():
                    pass
                sys.stdout.write("done")
            stream = Athr.Stream.new(produce)
            stream.start()
            running.wait()
        """, "done")

    def test_step(self):
        self.assert_exits("""
            def step(yielder):
                running.set()
                time.sleep(0.02)
                sys.stdout.write("done")
                yielder.yield_value(1)
            stream = Athr.Stream.new_steps(step)
            stream.set_buffer_size(1)
            stream.start()
            running.wait()
        """, "done")

    def test_undelivered_results(self):
        self.assert_exits("""
            calls = [Athr.Call.new(lambda call: call.return_value([1])) for _ in range(10)]
            for call in calls:
                call.run_async(None, lambda *_: None)
            for call in calls:  # blocks until the result is there; no loop delivers the result
                call.run(None, None)
        """)

    def test_producer_blocked_in_a_yield(self):
        self.assert_exits("""
            def produce(yielder):
                while True:
                    yielder.yield_value([1])
                    running.set()
            stream = Athr.Stream.new(produce)
            stream.set_buffer_size(1)
            stream.start()
            running.wait()
        """)

    def test_dropped_stream(self):
        self.assert_exits("""
            def produce(yielder):
                while True:
                    yielder.yield_value([1])
                    running.set()
            stream = Athr.Stream.new(produce)
            stream.set_buffer_size(1)
            stream.start()
            running.wait()
            del stream
        """)

    def test_submitted_functions(self):
        """As with concurrent.futures, queued functions still run."""
        self.assert_exits("""
            executor = Athr.Executor.new("one", 1)
            def work(number):
                running.wait()
                time.sleep(0.001)
                return number
            for number in range(5):
                executor.submit(work, number).add_done_callback(lambda future: sys.stdout.write(str(future.result())))
            running.set()
        """, "01234")

    def test_submitted_functions_behind_a_producer_that_waits(self):
        self.assert_exits("""
            executor = Athr.Executor.new("one", 1)
            def produce(yielder):
                while True:
                    yielder.yield_value(1)
                    running.set()
            stream = Athr.Stream.new(produce)
            stream.set_executor(executor)
            stream.set_buffer_size(1)
            stream.start()
            running.wait()
            executor.submit(sys.stdout.write, "done")
        """, "done")

    def test_submit_is_refused_after_the_end(self):
        self.assert_exits("""
            executor = Athr.Executor.new("two", 2)
            def submit_late():
                while threading.main_thread().is_alive():
                    time.sleep(0.001)
                try:
                    executor.submit(len, "")
                except RuntimeError as error:
                    sys.stdout.write(str(error))
            threading.Thread(target=submit_late).start()
        """, "cannot schedule new futures after interpreter shutdown")

    def test_shutdown_at_exit(self):
        self.assert_exits("""
            import atexit
            executor = Athr.Executor.new("two", 2)
            atexit.register(lambda: sys.stdout.write(" shut down"))
            atexit.register(executor.shutdown)
            executor.submit(sys.stdout.write, "done")
        """, "done shut down")
