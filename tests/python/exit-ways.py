# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A Python program ends in each possible way while each kind of work runs. The program exits with the status and the
message of that way to end, and prints nothing else."""

import re
import signal
import subprocess
import sys
import textwrap
import unittest

from patience import patiently

PATH = "/athr/hazards/11-exit/python"

HEAD = """
import asyncio, signal, sys, threading, time
import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, Gio, GLib, GObject
running = threading.Event()
kept = []
class Data:
    def __del__(self):
        self.freed = [threading.get_ident()]
def produce(yielder, *data):
    while True:
        yielder.yield_value(Data())
        running.set()
def forever():
    while True:
        running.set()
        yield Data()
def wait(yielder):
    while not yielder.is_closed():
        running.set()
        time.sleep(0.001)
def sleep(call, *data):
    running.set()
    time.sleep(0.02)
    call.return_value(Data())
def bounded(stream, size=1):
    kept.append(stream)
    stream.set_buffer_size(size)
    return stream
"""

# Starts the work, and returns when the work runs
WORK = {
    "calls": """
        for _ in range(8):
            call = Athr.Call.new(sleep, Data())
            call.run_async(None, lambda *_: None)
        running.wait()
    """,
    "queued-calls": """
        executor = Athr.Executor.new("one", 1)
        for _ in range(8):
            call = Athr.Call.new(sleep, Data())
            call.set_executor(executor)
            call.start()
        running.wait()
    """,
    "full-buffer": """
        bounded(Athr.Stream.new(produce, Data())).start()
        running.wait()
    """,
    "full-buffer-dropped": """
        bounded(Athr.Stream.new(produce, Data())).start()
        running.wait()
        kept.clear()
    """,
    "full-buffer-of-iterate": """
        bounded(Athr.iterate(forever)()).start()
        running.wait()
    """,
    "steps": """
        bounded(Athr.Stream.new_steps(lambda yielder, data: yielder.yield_value(data) or running.set(), Data())).start()
        running.wait()
    """,
    "lock-step": """
        stream = Athr.generate(forever)()
        kept.append(stream)
        stream.next_async(None, lambda *_: None)
        running.wait()
    """,
    "flow": """
        stream = bounded(Athr.Stream.new(produce, Data()), 64)
        stream.connect("value", lambda *_: None)
        stream.props.flowing = True
        running.wait()
    """,
    "list-model": """
        files = (Gio.File.new_for_path("/") for _ in iter(running.set, 1))
        kept.append(Athr.StreamListModel.new(bounded(Athr.Stream.for_iterator(files)), Gio.File))
        running.wait()
    """,
    "next-that-waits": """
        stream = Athr.Stream.new(wait)
        stream.next_async(None, lambda *_: None)
        running.wait()
    """,
    "close-that-waits": """
        stream = Athr.Stream.new(lambda yielder: running.set() or time.sleep(0.02))
        stream.start()
        running.wait()
        stream.close_async(None, lambda *_: None)
    """,
    "blocking-run-on-a-worker": """
        Athr.Call.new(lambda call: Athr.Call.new(sleep).run(None, GObject.Value())).start()
        running.wait()
    """,
    "blocking-next-on-a-worker": """
        def take(call):
            stream = Athr.Stream.new(wait)
            stream.next(None, GObject.Value())
        Athr.Call.new(take).start()
        running.wait()
    """,
    "answers-that-nobody-takes": """
        executor = Athr.Executor.new("two", 2)
        for _ in range(8):
            call = Athr.Call.new(lambda call, data: call.return_value(Data()), Data())
            call.set_executor(executor)
            call.run_async(None, lambda *_: None)
            del call
        while executor.get_n_running() or executor.get_n_queued():
            time.sleep(0.001)
    """,
    "submitted-functions": """
        executor = Athr.Executor.new("two", 2)
        for _ in range(8):
            kept.append(executor.submit(lambda data: running.set() or time.sleep(0.02) or data, Data()))
        running.wait()
    """,
    "executor-that-closes": """
        executor = Athr.Executor.new("two", 2)
        for _ in range(8):
            call = Athr.Call.new(sleep, Data())
            call.set_executor(executor)
            call.start()
        executor.close_async(False, None, lambda *_: None)
        running.wait()
    """,
}

# Code that ends the program, the exit status, and a pattern that matches the output
ENDS = {
    "main": ("begin()", 0, ""),
    "sys-exit": ("begin(); sys.exit(3)", 3, ""),
    "exception": ("begin(); 1 / 0", 1, r"Traceback [^\n]*\n(  [^\n]*\n)+ZeroDivisionError: division by zero\n"),
    "interrupt": ("""
        begin()
        signal.raise_signal(signal.SIGINT)
    """, -signal.SIGINT, r"Traceback [^\n]*\n(  [^\n]*\n)+KeyboardInterrupt\n"),
    "glib-main-loop": ("""
        loop = GLib.MainLoop()
        GLib.idle_add(lambda: begin() or loop.quit())
        loop.run()
    """, 0, ""),
    "application": ("""
        def activate(application):
            application.hold()
            begin()
            GLib.idle_add(application.quit)
        application = Gio.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
        application.connect("activate", activate)
        sys.exit(application.run([]))
    """, 0, ""),
    "application-exits": ("""
        application = Gio.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
        application.connect("activate", lambda *_: begin())
        sys.exit(application.run([]))
    """, 0, ""),
    "event-loop": ("""
        async def main():
            begin()
            await asyncio.sleep(0)
        asyncio.run(main())
    """, 0, ""),
    "thread": ("""
        begun = threading.Event()
        threading.Thread(target=lambda: begin() or begun.set() or time.sleep(0.01)).start()
        begun.wait()
    """, 0, ""),
}


class ExitWaysTest(unittest.TestCase):
    def assert_exits(self, work, end, status, message):
        program = f"{HEAD}\ndef begin():\n{textwrap.indent(textwrap.dedent(work), '    ')}\n{textwrap.dedent(end)}"
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=patiently(20))
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertTrue(re.fullmatch(message, result.stderr), result.stderr)


def add_tests():
    for end, (source, status, message) in ENDS.items():
        for name, work in WORK.items():
            def test(self, values=(work, source, status, message)):
                self.assert_exits(*values)
            setattr(ExitWaysTest, f"test_{end}/{name}", test)


add_tests()
