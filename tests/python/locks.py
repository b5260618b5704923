# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Deadlocks with the interpreter lock (GIL) of Python. The library must not hold the GIL while it waits, and a thread
must not need the GIL while another thread that holds the GIL waits for it. Each test also runs with threads that never
force each other to release the GIL, and with threads that do so all the time."""

import sys
import threading
import unittest

from loop import Athr, END, GLib, GObject, finish_call, finish_next, iterate_until, take, take_all, unpack
from patience import patiently

PATH = "/athr/hazards/15-locks"
MANY = 32
NEVER, ALWAYS = 1000, 1e-6


def produce(yielder, values):
    for value in values:
        yielder.yield_value(value)


def compute(n=200):
    return sum(number * number for number in range(n))


def stream_of(values, executor=None, size=1):
    stream = Athr.Stream.new(produce, values)
    stream.set_buffer_size(size)
    if executor:
        stream.set_executor(executor)
    return stream


def run(call, executor=None):
    """Blocks the calling thread."""
    if executor:
        call.set_executor(executor)
    value = GObject.Value()
    call.run(None, value)
    return unpack(value)


def next_of(stream):
    """Blocks the calling thread."""
    value = GObject.Value()
    stream.next(None, value)
    return unpack(value) if not stream.is_done() else END


def all_of(stream):
    """Blocks the calling thread."""
    return list(iter(lambda: next_of(stream), END))


def in_threads(function, n=MANY):
    """Runs function(0) to function(n - 1), each in a thread of its own. Returns the results."""
    results = [None] * n

    def work(index):
        results[index] = function(index)

    threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patiently(30))
        assert not thread.is_alive()
    return results


class Tracked:
    """An object that needs the GIL to be freed."""

    def __init__(self, freed):
        self.freed = freed

    def __del__(self):
        self.freed.append(threading.get_ident())


class LocksTest:
    switch_interval = None

    def setUp(self):
        self.interval = sys.getswitchinterval()
        sys.setswitchinterval(self.switch_interval or self.interval)

    def tearDown(self):
        sys.setswitchinterval(self.interval)

    def test_full_buffers_beside_a_main_thread_that_computes(self):
        executor = Athr.Executor.new("many", MANY)
        streams = [stream_of(range(20), executor) for _ in range(MANY)]
        for number in range(20):
            for stream in streams:
                compute()
                self.assertEqual(take(stream), number)
        for stream in streams:
            self.assertIs(take(stream), END)

    def test_full_buffers_of_asked_for_values(self):
        executor = Athr.Executor.new("many", MANY)
        taken, ended = [[] for _ in range(MANY)], []

        def got(stream, result, index):
            compute()
            value = finish_next(stream, result)
            if value is END:
                ended.append(index)
            else:
                taken[index].append(value)
                stream.next_async(None, got, index)

        streams = [stream_of(range(20), executor) for _ in range(MANY)]
        for index, stream in enumerate(streams):
            stream.next_async(None, got, index)
        iterate_until(lambda: len(ended) == MANY)
        self.assertEqual(taken, [list(range(20))] * MANY)

    def test_full_buffers_of_a_flow(self):
        executor = Athr.Executor.new("many", MANY)
        taken, ended = [[] for _ in range(MANY)], []
        streams = [stream_of(range(20), executor) for _ in range(MANY)]
        for index, stream in enumerate(streams):
            stream.connect("value", lambda stream, value, index: compute() and taken[index].append(value), index)
            stream.connect("finished", ended.append)
            stream.props.flowing = True
        iterate_until(lambda: len(ended) == MANY)
        self.assertEqual(taken, [list(range(20))] * MANY)

    def test_blocking_next_of_the_main_thread(self):
        executor = Athr.Executor.new("many", MANY)
        streams = [stream_of(range(20), executor) for _ in range(MANY)]
        self.assertEqual([all_of(stream) for stream in streams], [list(range(20))] * MANY)

    def test_blocking_next_of_many_threads(self):
        executor = Athr.Executor.new("many", MANY)
        self.assertEqual(in_threads(lambda index: all_of(stream_of(range(20), executor))), [list(range(20))] * MANY)

    def test_blocking_next_waits_for_a_thread_of_python(self):
        for _ in range(50):
            gate = threading.Event()
            stream = Athr.Stream.new(lambda yielder: gate.wait() and yielder.yield_value("opened"))
            thread = threading.Thread(target=lambda: compute() and gate.set())
            thread.start()
            self.assertEqual(next_of(stream), "opened")
            thread.join()

    def test_blocking_run_waits_for_a_thread_of_python(self):
        for _ in range(50):
            gate = threading.Event()
            call = Athr.Call.new(lambda call: gate.wait() and call.return_value("opened"))
            thread = threading.Thread(target=lambda: compute() and gate.set())
            thread.start()
            self.assertEqual(run(call), "opened")
            thread.join()

    def test_blocking_run_of_many_threads(self):
        executor = Athr.Executor.new("many", MANY)

        def work(index):
            return [run(Athr.Call.new(lambda call, number: call.return_value(compute(number)), number), executor)
                    for number in range(20)]

        self.assertEqual(in_threads(work), [[compute(number) for number in range(20)]] * MANY)

    def test_32_workers_at_once(self):
        executor = Athr.Executor.new("many", MANY)
        barrier, answers = threading.Barrier(MANY), []

        def work(call, index):
            barrier.wait()
            compute()
            barrier.wait()
            call.return_value(index)

        for index in range(MANY):
            call = Athr.Call.new(work, index)
            call.set_executor(executor)
            call.run_async(None, lambda call, result: answers.append(finish_call(call, result)))
        iterate_until(lambda: len(answers) == MANY)
        self.assertEqual(sorted(answers), list(range(MANY)))

    def test_32_workers_that_wait_for_their_executor(self):
        executor = Athr.Executor.new("many", MANY)
        answers = []

        def work(call, index):
            stream = stream_of([index, *range(5)], executor)
            inner = run(Athr.Call.new(lambda call: call.return_value(compute())), executor)
            call.return_value([inner, *all_of(stream)])

        for index in range(MANY):
            call = Athr.Call.new(work, index)
            call.set_executor(executor)
            call.run_async(None, lambda call, result: answers.append(finish_call(call, result)))
        iterate_until(lambda: len(answers) == MANY)
        self.assertEqual(sorted(answers), [[compute(), index, *range(5)] for index in range(MANY)])

    def test_values_that_are_dropped_into_the_lock(self):
        freed, done = [], []

        def flood(yielder):
            for _ in range(500):
                yielder.yield_value(Tracked(freed))
            done.append(1)

        streams = []
        for overflow in (Athr.Overflow.DROP_OLDEST, Athr.Overflow.DROP_NEWEST):
            for _ in range(4):
                stream = Athr.Stream.new(flood)
                stream.set_buffer_size(2)
                stream.props.overflow = overflow
                stream.start()
                streams.append(stream)
        for stream in streams:
            for value in take_all(stream):
                self.assertIsInstance(value, Tracked)
                self.assertLessEqual(stream.props.n_dropped, 500)
            del value
        del stream, streams
        iterate_until(lambda: len(done) == 8 and len(freed) == 8 * 500)

    def test_cancellables_of_python_and_full_buffers_that_close(self):
        for _ in range(20):
            full, closed = threading.Semaphore(0), []

            def forever(yielder):
                yielder.get_cancellable().connect(lambda *_: closed.append(compute()))
                try:
                    while True:
                        yielder.yield_value(Tracked([]))
                        full.release()
                except GLib.Error:
                    closed.append("closed")

            streams = [Athr.Stream.new(forever) for _ in range(4)]
            for stream in streams:
                stream.set_buffer_size(1)
                stream.start()
            for _ in streams:
                full.acquire()
            answers = []
            for stream in streams:
                stream.close_async(None, lambda stream, result: answers.append(stream.close_finish(result)))
            iterate_until(lambda: len(answers) == 4)
            self.assertEqual(closed.count("closed"), 4)
            del stream, streams

    def test_progress_that_is_told_beside_it(self):
        told, ended = [], []

        def work(call):
            for number in range(100):
                call.report_progress(number / 100, str(number))
            call.return_value(Tracked([]))

        calls = [Athr.Call.new(work) for _ in range(MANY)]
        for call in calls:
            call.connect("notify::progress", lambda call, _: told.append(compute() and call.props.progress_text))
            call.connect("finished", ended.append)
            call.start()
        iterate_until(lambda: len(ended) == MANY)
        self.assertEqual(told.count("99"), MANY)


class DefaultTest(LocksTest, unittest.TestCase):
    pass


class NeverTest(LocksTest, unittest.TestCase):
    """A thread gets the GIL only when the thread that holds the GIL releases it by itself."""

    switch_interval = NEVER


class AlwaysTest(LocksTest, unittest.TestCase):
    switch_interval = ALWAYS


if __name__ == "__main__":
    unittest.main()
