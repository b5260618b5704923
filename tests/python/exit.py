# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The interpreter ends while workers run: at once, with status 0 and without output."""

import subprocess
import sys
import textwrap
import unittest

PATH = "/athr/hazards/11-exit/python"

HEAD = """
import threading, time
import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib, GObject
running = threading.Event()
"""


class ExitTest(unittest.TestCase):
    def assert_exits(self, program):
        for _ in range(3):
            result = subprocess.run([sys.executable, "-c", HEAD + textwrap.dedent(program)],
                                    capture_output=True, text=True, timeout=20)
            self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_idle(self):
        self.assert_exits("""
            Athr.Call.new(lambda call: None).run(None, GObject.Value())
        """)

    def test_call_in_c(self):
        self.assert_exits("""
            def work(call):
                running.set()
                GLib.usleep(10 * 1000 * 1000)
            Athr.Call.new(work).start()
            running.wait()
        """)

    def test_call_in_python(self):
        self.assert_exits("""
            def work(call):
                running.set()
                threading.Event().wait()
            Athr.Call.new(work).start()
            running.wait()
        """)

    def test_busy_call(self):
        self.assert_exits("""
            def work(call):
                running.set()
                while True:
                    pass
            Athr.Call.new(work).start()
            running.wait()
        """)

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
                time.sleep(10)
            for _ in range(10):
                call = Athr.Call.new(work, [])
                call.set_executor(executor)
                call.start()
            running.wait()
        """)

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
