# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Workers are threads as `threading` knows them."""

import ctypes
import multiprocessing
import threading
import unittest
import warnings

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr

PATH = "/athr/python/threads"


def run_on(executor, function):
    call = Athr.Call.new(lambda _: function())
    call.set_executor(executor)
    return call.run()


def stack_size_of_thread():
    libc = ctypes.CDLL(None)
    attributes, size = ctypes.create_string_buffer(256), ctypes.c_size_t()
    assert libc.pthread_getattr_np(ctypes.c_ulong(threading.get_ident()), attributes) == 0
    assert libc.pthread_attr_getstacksize(attributes, ctypes.byref(size)) == 0
    libc.pthread_attr_destroy(attributes)
    return size.value


class ThreadsTest(unittest.TestCase):
    def setUp(self):
        self.executor = Athr.Executor.new("an executor with a long name", 2)

    def tearDown(self):
        self.executor.shutdown()

    def test_name(self):
        thread = run_on(self.executor, threading.current_thread)
        self.assertEqual(thread.name, self.executor.get_name())
        self.assertEqual(run_on(Athr.Executor.get_default(), lambda: threading.current_thread().name), "athreading")
        self.assertIn(self.executor.get_name(), repr(thread))

    def test_name_that_is_not_ascii(self):
        with Athr.Executor.new("Prüfsummen", 1) as executor:
            self.assertEqual(executor.submit(lambda: threading.current_thread().name).result(), "Prüfsummen")

    def test_is_a_daemon(self):
        """The end of the interpreter waits for functions, and not for idle threads."""
        thread = run_on(self.executor, threading.current_thread)
        self.assertTrue(thread.daemon)
        self.assertTrue(thread.is_alive())

    def test_one_thread_is_one_object(self):
        with Athr.Executor.new("one", 1) as executor:
            threads = {executor.submit(threading.current_thread).result() for _ in range(3)}
            self.assertEqual(len(threads), 1)
            self.assertEqual(executor.submit(threading.get_ident).result(), threads.pop().ident)

    def test_enumerate(self):
        before = threading.enumerate()
        thread = run_on(self.executor, threading.current_thread)
        self.assertIn(thread, threading.enumerate())
        self.executor.shutdown()
        self.assertEqual(threading.enumerate(), before)

    def test_traced_thread_is_not_left_in_enumerate(self):
        before = threading.enumerate()
        threading.settrace(lambda *_: threading.current_thread() and None)
        try:
            run_on(self.executor, lambda: None)
            self.executor.shutdown()
        finally:
            threading.settrace(None)
        self.assertEqual(threading.enumerate(), before)

    def test_settrace(self):
        """As for threads of Python: the function traces threads that start later."""
        def traced():
            return 42

        lines = []

        def trace(frame, event, argument):
            if frame.f_code is traced.__code__:
                lines.append((event, threading.current_thread().name))
            return trace

        threading.settrace(trace)
        try:
            with Athr.Executor.new("traced", 1) as executor:
                self.assertEqual(run_on(executor, traced), 42)
                self.assertEqual(executor.submit(traced).result(), 42)
        finally:
            threading.settrace(None)
        self.assertEqual(lines, [("call", "traced"), ("line", "traced"), ("return", "traced")] * 2)

    def test_setprofile(self):
        def profiled():
            return 42

        events = []
        threading.setprofile(lambda frame, event, _: frame.f_code is profiled.__code__ and events.append(event))
        try:
            with Athr.Executor.new("profiled", 1) as executor:
                run_on(executor, profiled)
        finally:
            threading.setprofile(None)
        self.assertEqual(events, ["call", "return"])

    def test_stack_size(self):
        """Before and after the size is set, and the size stays set."""
        size = 64 * 1024 * 1024
        before = run_on(self.executor, stack_size_of_thread)
        self.assertNotEqual(before, size)
        threading.stack_size(size)
        try:
            with Athr.Executor.new("deep", 1) as executor:
                self.assertEqual(executor.submit(stack_size_of_thread).result(), size)
                thread = run_on(executor, threading.current_thread)
                self.assertEqual([thread], [other for other in threading.enumerate() if other.name == "deep"])
        finally:
            self.assertEqual(threading.stack_size(0), size)
        self.assertNotIn(thread, threading.enumerate())

    def test_fork_on_a_worker(self):
        """The worker is the main thread of the child, and the child can exit."""
        def fork():
            child = multiprocessing.get_context("fork").Process(target=check_is_main)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forks while there are threads
                child.start()
            child.join()
            return child.exitcode, threading.current_thread().name

        def check_is_main():
            assert threading.current_thread() is threading.main_thread()
            assert threading.enumerate() == [threading.main_thread()]
            assert threading.current_thread().name == "MainThread"

        with Athr.Executor.new("forks", 2) as executor:
            self.assertEqual(executor.submit(fork).result(), (0, "forks"))
