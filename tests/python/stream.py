# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import functools
import threading
import unittest

from loop import Athr, END, GLib, close, finish_next, iterate_until, take, take_all, wait
from patience import patiently
from gi.repository import Gio


def produce(yielder, values):
    for value in values:
        yielder.yield_value(value)


class StreamTest(unittest.TestCase):
    def test_yields_values(self):
        values = [0, 1.5, "text", True, [1, 2], Gio.File.new_for_path("/"), 2**31 - 1]
        stream = Athr.Stream.new(produce, values)
        self.assertEqual(take_all(stream), values)
        self.assertTrue(stream.is_done())
        self.assertIs(stream.get_state(), Athr.StreamState.ENDED)

    def test_refuses_generator_functions(self):
        def generate(yielder):
            yield 1

        class Generate:
            def method(self, yielder):
                yield 1

            def __call__(self, yielder):
                yield 1

        for function in (generate, Generate().method, Generate(), functools.partial(generate),
                         functools.partial(functools.partial(Generate()))):
            for new in (Athr.Stream.new, Athr.Stream.new_steps):
                with self.subTest(function=function, new=new):
                    with self.assertRaisesRegex(TypeError, r"generator function: use Athr\.iterate\(\)"):
                        new(function)

    def test_refuses_what_is_no_function(self):
        for new in (Athr.Call.new, Athr.Stream.new, Athr.Stream.new_steps):
            with self.assertRaisesRegex(TypeError, "^a function is needed, not int$"):
                new(5)

    def test_refuses_a_generator_that_the_function_returns(self):
        stream = Athr.Stream.new(lambda yielder: (number for number in range(3)))
        with self.assertRaisesRegex(TypeError, r"Athr\.iterate"):
            stream.next()

    def test_blocking_batch(self):
        values = [0, None, "text", {"a": 1}, 2**64]
        stream = Athr.Stream.new(produce, values)
        taken = []
        while batch := stream.next_batch(2):
            self.assertLessEqual(len(batch), 2)
            taken += batch
        self.assertEqual(taken, values)
        self.assertTrue(stream.is_done())
        with self.assertRaises(ValueError):
            stream.next_batch(0)

    def test_blocking_batch_raises_what_the_function_raises(self):
        def fail(yielder):
            raise LookupError("lost")

        with self.assertRaisesRegex(LookupError, "^lost$"):
            Athr.Stream.new(fail).next_batch(4)

    def test_reports_problems(self):
        def report(yielder, file):
            yielder.report_problem(None, "no file")
            yielder.report_problem(file, "a file")

        file = Gio.File.new_for_path("/folder")
        stream = Athr.Stream.new(report, file)
        problems = []
        stream.connect("problem", lambda _, *problem: problems.append(problem))
        self.assertIs(take(stream), END)
        self.assertEqual(problems, [(None, "no file"), (file, "a file")])

    def test_none_is_a_value(self):
        stream = Athr.Stream.new(produce, [None, None])
        self.assertIsNone(take(stream))
        self.assertIsNone(take(stream))
        self.assertFalse(stream.is_done())
        self.assertIs(take(stream), END)

    def test_stays_at_the_end(self):
        stream = Athr.Stream.new(produce, [])
        for _ in range(3):
            self.assertIs(take(stream), END)

    def test_passes_errors_on_after_the_values(self):
        def fail(yielder):
            yielder.yield_value(1)
            raise GLib.Error("broken", "g-io-error-quark", Gio.IOErrorEnum.FAILED)

        stream = Athr.Stream.new(fail)
        self.assertEqual(take(stream), 1)
        with self.assertRaises(GLib.Error) as context:
            take(stream)
        self.assertEqual(context.exception.message, "broken")
        self.assertFalse(stream.is_done())
        self.assertIs(take(stream), END)
        self.assertIs(stream.get_state(), Athr.StreamState.FAILED)
        self.assertEqual(stream.props.error.message, "broken")

    def test_answers_nexts_in_order(self):
        stream = Athr.Stream.new(produce, list(range(50)))
        taken = []
        for _ in range(51):
            stream.next_async(None, lambda stream, result: taken.append(finish_next(stream, result)))
        iterate_until(lambda: len(taken) == 51)
        self.assertEqual(taken, [*range(50), END])

    def test_holds_the_producer_back(self):
        yielded = []

        def count(yielder):
            for number in range(20):
                yielder.yield_value(number)
                yielded.append(number)

        stream = Athr.Stream.new(count)
        stream.props.buffer_size = 3
        for number in range(20):
            self.assertEqual(take(stream), number)
            self.assertLessEqual(len(yielded), number + 1 + 3)
        self.assertIs(take(stream), END)

    def test_close_ends_a_blocked_producer(self):
        caught = []
        ended = []
        full = threading.Event()

        def forever(yielder):
            self.assertFalse(yielder.is_closed())
            cancelled = threading.Event()
            yielder.get_cancellable().connect(lambda *_: cancelled.set())
            try:
                yielder.yield_value(0)
                full.set()
                while True:
                    yielder.yield_value(1)
            except GLib.Error as error:
                caught.append((error.domain, error.code, yielder.is_closed()))
            cancelled.wait()
            ended.append(threading.get_ident())

        stream = Athr.Stream.new(forever)
        stream.set_buffer_size(1)
        stream.start()
        full.wait()
        close(stream)
        self.assertEqual(caught, [("g-io-error-quark", Gio.IOErrorEnum.CLOSED, True)])
        self.assertEqual(len(ended), 1)
        self.assertIs(stream.get_state(), Athr.StreamState.CLOSED)
        self.assertEqual(take_all(stream), [0])

    def test_close_needs_no_care_of_the_producer(self):
        def forever(yielder):
            while True:
                yielder.yield_value("x")

        stream = Athr.Stream.new(forever)
        self.assertEqual(take(stream), "x")
        close(stream)
        self.assertIs(stream.get_state(), Athr.StreamState.CLOSED)
        self.assertIsNone(stream.props.error)

    def test_close_before_the_start(self):
        ran = []
        stream = Athr.Stream.new(lambda yielder: ran.append(1))
        close(stream)
        self.assertIs(take(stream), END)
        self.assertEqual(ran, [])

    def test_drop_ends_a_blocked_producer(self):
        ended = threading.Event()

        def forever(yielder):
            try:
                while True:
                    yielder.yield_value("x")
            finally:
                ended.set()

        stream = Athr.Stream.new(forever)
        take(stream)
        del stream
        self.assertTrue(ended.wait(patiently(30)))

    def test_drop_frees_everything(self):
        made = []
        freed = []

        class Tracked:
            def __init__(self):
                made.append(1)

            def __del__(self):
                freed.append(threading.get_ident())

        class Data(Tracked):
            def __del__(self):
                super().__del__()
                data_freed_by.append(threading.get_ident())

        def forever(yielder, data):
            while True:
                yielder.yield_value(Tracked())

        data_freed_by = []
        stream = Athr.Stream.new(forever, Data())
        stream.set_buffer_size(4)
        for _ in range(10):
            take(stream)
        del stream
        iterate_until(lambda: data_freed_by)
        self.assertEqual(data_freed_by, [threading.get_ident()])
        self.assertEqual(len(freed), len(made))

    def test_cancelled_next_loses_no_value(self):
        gate = threading.Event()

        def gated(yielder):
            gate.wait()
            produce(yielder, [1, 2])

        stream = Athr.Stream.new(gated)
        cancellable = Gio.Cancellable()
        results = []
        stream.next_async(cancellable, lambda stream, result: results.append(result))
        cancellable.cancel()
        iterate_until(lambda: results)
        with self.assertRaises(GLib.Error) as context:
            finish_next(stream, results[0])
        self.assertTrue(context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        gate.set()
        self.assertEqual(take_all(stream), [1, 2])

    def test_finished_comes_last(self):
        told = []
        stream = Athr.Stream.new(produce, [1])
        stream.connect("finished", lambda stream: told.append("finished"))
        take(stream)
        wait(stream.next_async, None)
        iterate_until(lambda: told)
        self.assertEqual(told, ["finished"])

    def test_32_producers_on_full_buffers(self):
        executor = Athr.Executor.new("many", 32)
        taken = [[] for _ in range(32)]
        ended = []

        def got(stream, result, index):
            value = finish_next(stream, result)
            if value is END:
                ended.append(index)
                return
            taken[index].append(value)
            stream.next_async(None, got, index)

        for index in range(32):
            stream = Athr.Stream.new(produce, [f"{index} {i}" for i in range(200)])
            stream.props.executor = executor
            stream.props.buffer_size = 1
            stream.next_async(None, got, index)
        del stream
        iterate_until(lambda: len(ended) == 32)
        self.assertEqual(taken, [[f"{index} {i}" for i in range(200)] for index in range(32)])
