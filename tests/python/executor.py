# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import threading
import unittest

from loop import Athr, GLib, iterate_until, run, take_all
from patience import patiently
from gi.repository import Gio


class ExecutorTest(unittest.TestCase):
    def setUp(self):
        self.executor = Athr.Executor.new("executor", 2)

    def make_stream(self):
        stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(number) for number in range(3)])
        stream.props.executor = self.executor
        stream.props.buffer_size = 1
        return stream

    def await_blocked(self):
        """Waits until all producers have begun and wait for room."""
        while self.executor.get_n_queued() > 0 or self.executor.get_n_running() > 0:
            GLib.MainContext.default().iteration(False)

    def test_paused(self):
        begun = threading.Event()
        call = Athr.Call.new(lambda call: begun.set() or 5)
        call.props.executor = self.executor
        self.assertIs(self.executor.props.paused, False)
        self.executor.props.paused = True
        self.assertIs(self.executor.get_paused(), True)
        with self.assertRaises(GLib.Error) as context:
            call.run()
        self.assertTrue(context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK))
        call.start()
        self.assertEqual(self.executor.get_n_queued(), 1)
        self.assertIs(call.get_state(), Athr.CallState.QUEUED)
        self.assertFalse(begun.is_set())
        self.executor.set_paused(False)
        self.assertEqual(run(call), 5)

    def test_paused_with_futures(self):
        self.executor.props.paused = True
        future = self.executor.submit(lambda: 5)
        self.assertFalse(future.running() or future.done())
        self.executor.props.paused = False
        self.assertEqual(future.result(patiently(30)), 5)

    def test_max_blocked(self):
        first, second = self.make_stream(), self.make_stream()
        self.assertEqual(self.executor.props.max_blocked, GLib.MAXUINT)
        self.executor.props.max_blocked = 0
        self.assertEqual(self.executor.get_max_blocked(), 0)
        first.start()
        self.await_blocked()
        second.start()
        self.assertEqual(self.executor.get_n_queued(), 1)
        self.executor.set_max_blocked(1)
        self.await_blocked()
        for stream in (first, second):
            self.assertEqual(take_all(stream), [0, 1, 2])

    def test_close_with_flags_calls_back(self):
        results = []
        self.executor.close_with_flags_async(Athr.CloseFlags.DEFAULT, None, lambda _, result: results.append(result))
        iterate_until(lambda: results)
        self.assertIs(self.executor.close_with_flags_finish(results[0]), True)
