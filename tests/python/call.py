# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import threading
import traceback
import unittest

from loop import Athr, GLib, GObject, finish_call, iterate_until, run, wait
from gi.repository import Gio


class Tracked:
    """Records the thread that frees the object."""

    def __init__(self, freed):
        self.freed = freed

    def __del__(self):
        self.freed.append(threading.get_ident())


class Mine(Exception):
    pass


def fail(call):
    raise Mine("of", "mine")


class CallTest(unittest.TestCase):
    def assert_error(self, code):
        test = self

        class Context:
            def __enter__(self):
                pass

            def __exit__(self, kind, error, traceback):
                test.assertIs(kind, GLib.Error)
                test.assertTrue(error.matches(Gio.io_error_quark(), code), str(error))
                return True

        return Context()

    def test_returns_values(self):
        file = Gio.File.new_for_path("/")
        for value in (None, True, False, 0, -1, 2**31 - 1, 1.5, "", "text", "\u00e4\U0001f600",
                      file, GLib.Variant("i", 1), [1, "a"], {"a": [1]}, (1, 2), b"\0bytes", object()):
            with self.subTest(value=value):
                result = run(Athr.Call.new(lambda call, data: call.return_value(data), value))
                self.assertIs(type(result), type(value))
                if not isinstance(value, GLib.Variant):
                    self.assertEqual(result, value)
                else:
                    self.assertTrue(result.equal(value))

    def test_keeps_the_identity_of_objects(self):
        value = [1]
        self.assertIs(run(Athr.Call.new(lambda call: call.return_value(value))), value)

    def test_returns_nothing(self):
        self.assertIsNone(run(Athr.Call.new(lambda call: None)))

    def test_takes_what_the_function_returns(self):
        for value in (False, 0, "text", {"a": 1}, 2**70, object()):
            with self.subTest(value=value):
                call = Athr.Call.new(lambda call, *data: data, value, 2)
                self.assertEqual(run(call), (value, 2))
                self.assertEqual(Athr.Call.new(lambda call: value).run(), value)

    def test_prefers_what_the_function_passed_to_return_value(self):
        for passed in (None, 1):
            self.assertEqual(Athr.Call.new(lambda call: (call.return_value(passed), 2)).run(), passed)

    def test_drops_what_the_function_returns_too_late(self):
        gate = threading.Event()
        finished = []
        call = Athr.Call.new(lambda call: gate.wait() and "late")
        call.props.timeout = 20
        call.props.return_on_cancel = True
        call.connect("finished", lambda call: finished.append(call.get_state()))
        with self.assert_error(Gio.IOErrorEnum.TIMED_OUT):
            run(call)
        gate.set()
        iterate_until(lambda: finished)
        self.assertEqual(finished, [Athr.CallState.FAILED])

    def test_passes_errors_on(self):
        def work(call):
            raise GLib.Error("no such thing", "g-io-error-quark", Gio.IOErrorEnum.NOT_FOUND)

        call = Athr.Call.new(work)
        with self.assertRaises(GLib.Error) as context:
            run(call)
        error = context.exception
        self.assertTrue(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))
        self.assertEqual(error.message, "no such thing")
        self.assertIs(call.get_state(), Athr.CallState.FAILED)
        self.assertEqual(call.props.error.message, "no such thing")

    def test_runs_on_a_worker_and_answers_at_home(self):
        threads = []
        call = Athr.Call.new(lambda call: threads.append(threading.get_ident()))
        call.run_async(None, lambda *_: threads.append(threading.get_ident()))
        iterate_until(lambda: len(threads) == 2)
        self.assertNotEqual(threads[0], threading.get_ident())
        self.assertEqual(threads[1], threading.get_ident())

    def test_frees_its_data_at_home(self):
        freed = []
        call = Athr.Call.new(lambda call, data: call.return_value(data), Tracked(freed))
        value = run(call)
        del call, value
        iterate_until(lambda: freed)
        self.assertEqual(freed, [threading.get_ident()])

    def test_frees_what_nobody_takes_at_home(self):
        freed = []
        ended = []
        call = Athr.Call.new(lambda call: call.return_value(Tracked(freed)))
        call.connect("finished", lambda call: ended.append(call.get_state()))
        call.start()
        del call
        iterate_until(lambda: freed)
        self.assertEqual(freed, [threading.get_ident()])
        self.assertEqual(ended, [Athr.CallState.SUCCEEDED])

    def test_withdraws_queued_work(self):
        executor = Athr.Executor.new("one", 1)
        gate = threading.Event()
        blocker = Athr.Call.new(lambda call: gate.wait() and None)
        blocker.set_executor(executor)
        blocker.start()
        ran = []
        call = Athr.Call.new(lambda call: ran.append(1))
        call.set_executor(executor)
        results = []
        call.run_async(None, lambda call, result: results.append(result))
        call.cancel()
        iterate_until(lambda: results)
        gate.set()
        with self.assert_error(Gio.IOErrorEnum.CANCELLED):
            finish_call(call, results[0])
        run(blocker)
        self.assertEqual(ran, [])
        self.assertIs(call.get_state(), Athr.CallState.CANCELLED)

    def test_running_work_sees_its_cancellable(self):
        running = threading.Event()
        cancelled = threading.Event()

        def work(call):
            cancellable = call.get_cancellable()
            cancellable.connect(lambda *_: cancelled.set())
            running.set()
            cancelled.wait()
            call.return_value("late")

        call = Athr.Call.new(work)
        cancellable = Gio.Cancellable()
        results = []
        call.run_async(cancellable, lambda call, result: results.append(result))
        running.wait()
        cancellable.cancel()
        iterate_until(lambda: results)
        with self.assert_error(Gio.IOErrorEnum.CANCELLED):
            finish_call(call, results[0])

    def test_times_out(self):
        gate = threading.Event()
        finished = []
        call = Athr.Call.new(lambda call: gate.wait() and None)
        call.props.timeout = 20
        call.props.return_on_cancel = True
        call.connect("finished", lambda call: finished.append(call.get_state()))
        with self.assert_error(Gio.IOErrorEnum.TIMED_OUT):
            run(call)
        self.assertEqual(finished, [])
        gate.set()
        iterate_until(lambda: finished)
        self.assertEqual(finished, [Athr.CallState.FAILED])

    def test_times_out_in_a_blocking_run(self):
        call = Athr.Call.new(lambda call: waits(call.get_cancellable()))
        call.set_timeout(20)
        with self.assert_error(Gio.IOErrorEnum.TIMED_OUT):
            call.run(None, GObject.Value())

    def test_joins_runs(self):
        runs = []
        results = []
        gate = threading.Event()

        def work(call):
            gate.wait()
            runs.append(1)
            call.return_value(len(runs))

        call = Athr.Call.new(work)
        for _ in range(3):
            call.run_async(None, lambda call, result: results.append(finish_call(call, result)))
        gate.set()
        iterate_until(lambda: len(results) == 3)
        self.assertEqual(results, [1, 1, 1])
        self.assertEqual(run(call), 1)
        self.assertEqual(runs, [1])

    def test_notifies_progress(self):
        seen = []
        gate = threading.Event()

        def work(call):
            call.report_progress(0.25, "a quarter")
            gate.wait()
            for i in range(1000):
                call.report_progress(i / 1000, None)
            call.report_progress(1, "done")

        def notified(call, pspec):
            self.assertEqual(threading.get_ident(), home)
            seen.append((call.get_progress(), call.get_progress_text()))
            gate.set()

        home = threading.get_ident()
        call = Athr.Call.new(work)
        self.assertEqual(call.props.progress, -1)
        call.connect("notify::progress", notified)
        call.run_async(None, lambda *_: seen.append("answered"))
        iterate_until(lambda: "answered" in seen)
        self.assertEqual(seen[0], (0.25, "a quarter"))
        self.assertEqual(seen[-2:], [(1, "done"), "answered"])
        self.assertLess(len(seen), 1000)

    def test_tells_the_end_last(self):
        told = []
        call = Athr.Call.new(lambda call: call.return_value("x"))
        call.connect("finished", lambda call: told.append("finished"))
        call.connect("notify::state", lambda call, pspec: told.append(call.get_state()))
        call.run_async(None, lambda *_: told.append("answered"))
        iterate_until(lambda: "finished" in told)
        self.assertEqual(told[-3:], [Athr.CallState.SUCCEEDED, "answered", "finished"])

    def test_blocking_run_releases_the_lock_of_python(self):
        def work(call):
            call.return_value(sum(range(1000)))

        value = GObject.Value()
        self.assertTrue(Athr.Call.new(work).run(None, value))
        self.assertEqual(value.get_value(), sum(range(1000)))

    def test_blocking_run_gives_the_result(self):
        for value in (None, True, -1, 2**40, 2**70, 1.5, "text", "\0", {"a": 1}, [1], object()):
            with self.subTest(value=value):
                result = Athr.Call.new(lambda call: call.return_value(value)).run()
                self.assertIs(type(result), type(value))
                self.assertEqual(result, value)
        self.assertIsNone(Athr.Call.new(lambda call: None).run(None))
        self.assertIsNone(Athr.Call.new(lambda call: None).run(cancellable=None))

    def test_blocking_run_raises_what_the_function_raised(self):
        call = Athr.Call.new(fail)
        for arguments in ((), (None,), (None, GObject.Value())):
            with self.assertRaises(Mine) as context:
                call.run(*arguments)
            self.assertEqual(context.exception.args, ("of", "mine"))

    def test_traceback_does_not_grow(self):
        def run_finish(call):
            return call.run_finish(wait(call.run_async, None))

        call = Athr.Call.new(fail)
        for take in (call.run, call.run, lambda: run_finish(call), lambda: run_finish(call)):
            try:
                take()
            except Mine as error:
                frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
                self.assertEqual(frames.count("test_traceback_does_not_grow"), 1)
                self.assertEqual(frames.count("fail"), 1)
                self.assertEqual(frames[-1], "fail")

    def test_look_at_the_error_keeps_the_traceback_of_a_handler(self):
        call = Athr.Call.new(fail)
        try:
            call.run()
        except Mine as error:
            trace = error.__traceback__
            self.assertIs(call.get_error(), error)
            self.assertIs(error.__traceback__, trace)

    def test_blocking_run_is_cancelled(self):
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assert_error(Gio.IOErrorEnum.CANCELLED):
            Athr.Call.new(lambda call: None).run(cancellable)

    def test_error_is_what_the_function_raised(self):
        errors = []
        call = Athr.Call.new(fail)
        self.assertIsNone(call.get_error())
        call.connect("finished", lambda call: errors.append(call.get_error()))
        call.start()
        iterate_until(lambda: errors)
        self.assertEqual([type(error) for error in errors], [Mine])
        self.assertIs(call.get_error(), errors[0])

    def test_error_of_c_is_a_glib_error(self):
        call = Athr.Call.new(lambda call: None)
        call.cancel()
        with self.assert_error(Gio.IOErrorEnum.CANCELLED):
            run(call)
        self.assertTrue(call.get_error().matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_blocking_runs_stay_flat(self):
        freed = []
        for _ in range(1000):
            value = GObject.Value()
            Athr.Call.new(lambda call, data: call.return_value(data), Tracked(freed)).run(None, value)
        value.unset()
        self.assertGreaterEqual(len(freed), 999)
        self.assertEqual(set(freed), {threading.get_ident()})

    def test_blocking_run_on_a_worker(self):
        def outer(call):
            value = GObject.Value()
            Athr.Call.new(lambda call: call.return_value("inner")).run(None, value)
            call.return_value(value.get_value() + " and outer")

        self.assertEqual(run(Athr.Call.new(outer)), "inner and outer")

    def test_pool_of_one_does_not_wait_for_itself(self):
        executor = Athr.Executor.new("one", 1)

        def outer(call):
            inner = Athr.Call.new(lambda call: None)
            inner.set_executor(executor)
            inner.run(None, GObject.Value())

        call = Athr.Call.new(outer)
        call.set_executor(executor)
        with self.assert_error(Gio.IOErrorEnum.WOULD_BLOCK):
            run(call)

    def test_runs_32_at_once(self):
        executor = Athr.Executor.new("many", 32)
        barrier = threading.Barrier(32)
        results = []

        def work(call, number):
            barrier.wait()
            call.return_value(number)

        for number in range(32 * 8):
            call = Athr.Call.new(work, number)
            call.set_executor(executor)
            call.run_async(None, lambda call, result: results.append(finish_call(call, result)))
        iterate_until(lambda: len(results) == 32 * 8)
        self.assertEqual(sorted(results), list(range(32 * 8)))


class ExecutorTest(unittest.TestCase):
    def test_bounds_its_threads(self):
        executor = Athr.Executor.new("bounded", 2)
        gate = threading.Event()
        barrier = threading.Barrier(3)

        def work(call):
            barrier.wait()
            gate.wait()

        calls = [Athr.Call.new(work) for _ in range(2)]
        calls += [Athr.Call.new(lambda call: None) for _ in range(5)]
        for call in calls:
            call.props.executor = executor
            call.start()
        barrier.wait()
        self.assertEqual(executor.props.n_running, 2)
        self.assertEqual(executor.props.n_queued, 5)
        gate.set()
        for call in calls:
            run(call)

    def test_closes(self):
        executor = Athr.Executor.new("closed", 2)
        call = Athr.Call.new(lambda call: call.return_value(1))
        call.props.executor = executor
        call.start()
        self.assertTrue(executor.close_finish(wait(executor.close_async, False, None)))
        self.assertEqual(run(call), 1)
        late = Athr.Call.new(lambda call: None)
        late.props.executor = executor
        with self.assertRaises(GLib.Error) as context:
            run(late)
        self.assertTrue(context.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED))

    def test_runs_tasks(self):
        def work(task, source, data, cancellable):
            task.return_int(threading.get_ident() != home)

        home = threading.get_ident()
        results = []
        task = Gio.Task.new(None, None, lambda source, result: results.append(result))
        Athr.Executor.get_default().run_task(task, work)
        iterate_until(lambda: results)
        self.assertEqual(results[0].propagate_int(), True)


def waits(cancellable):
    cancelled = threading.Event()
    cancellable.connect(lambda *_: cancelled.set())
    cancelled.wait()
