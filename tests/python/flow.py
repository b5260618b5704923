# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import gc
import threading
import unittest

from loop import Athr, END, GLib, GObject, finish_next, iterate_until, take, wait
from gi.repository import Gio


def count(yielder, n):
    for number in range(n):
        yielder.yield_value(number)


def take_batch(stream, max_values):
    values = GObject.Value()
    stream.next_batch_finish_into(wait(stream.next_batch_async, max_values, None), values)
    return list(values.get_value())


class Mine(Exception):
    pass


def fail(yielder):
    yielder.yield_value(1)
    raise Mine("of mine")


class FlowTest(unittest.TestCase):
    def test_batches(self):
        stream = Athr.Stream.new(count, 1000)
        taken = []
        while batch := take_batch(stream, 100):
            self.assertLessEqual(len(batch), 100)
            taken += batch
        self.assertEqual(taken, list(range(1000)))
        self.assertTrue(stream.is_done())

    def test_batches_of_objects(self):
        objects = [object(), {"key": [1]}, "text", b"bytes"]
        stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(o) for o in objects])
        taken = []
        while batch := take_batch(stream, 3):
            taken += batch
        self.assertEqual(taken, objects)
        self.assertIs(taken[0], objects[0])

    def test_blocking(self):
        stream = Athr.Stream.new(count, 3)
        taken = []
        while True:
            value = GObject.Value()
            stream.next(None, value)
            if stream.is_done():
                break
            taken.append(value.get_value())
        self.assertEqual(taken, [0, 1, 2])

    def test_blocking_gives_the_values(self):
        values = [None, True, 2**70, "text", "\0", {"a": 1}, object()]
        stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(value) for value in values])
        self.assertEqual([stream.next() for _ in values[:-1]], values[:-1])
        self.assertIs(stream.next(None), values[-1])
        self.assertFalse(stream.is_done())
        self.assertIsNone(stream.next())
        self.assertTrue(stream.is_done())

    def test_takes_the_values_that_are_there(self):
        gate = threading.Event()
        stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(value) for value in (1, "x", None)] and gate.wait())
        self.assertIsNone(stream.try_next())
        self.assertIs(stream.try_next(default=END), END)
        self.assertEqual(stream.next(), 1)
        while stream.get_n_buffered() < 2:
            gate.wait(0.01)
        self.assertEqual(stream.try_next(), "x")
        self.assertIsNone(stream.try_next(default=END))
        self.assertIs(stream.try_next(default=END), END)
        self.assertFalse(stream.try_next(GObject.Value()))
        gate.set()

    def test_blocking_raises_what_the_function_raised(self):
        for arguments in ((), (None,), (None, GObject.Value())):
            stream = Athr.Stream.new(fail)
            self.assertEqual(stream.next(), 1)
            with self.assertRaises(Mine):
                stream.next(*arguments)
            self.assertIsNone(stream.next())

    def test_error_is_what_the_function_raised(self):
        errors = []
        stream = Athr.Stream.new(fail)
        self.assertIsNone(stream.get_error())
        stream.connect("finished", lambda stream: errors.append(stream.get_error()))
        stream.props.flowing = True
        iterate_until(lambda: errors)
        self.assertEqual([type(error) for error in errors], [Mine])
        self.assertIs(stream.get_error(), errors[0])

    def test_null_is_none_for_handlers(self):
        values = []
        stream = Athr.Stream.new(lambda yielder: yielder.yield_value(None))
        stream.connect("value", lambda stream, value: values.append(value))
        stream.props.flowing = True
        iterate_until(lambda: values)
        self.assertEqual(values, [None])

    def test_flows(self):
        events = []
        home = threading.get_ident()
        stream = Athr.Stream.new(count, 1000)
        stream.connect("value", lambda stream, value: events.append((threading.get_ident(), value)))
        stream.connect("finished", lambda stream: events.append((threading.get_ident(), END)))
        stream.props.flowing = True
        iterate_until(lambda: (home, END) in events[-1:])
        self.assertEqual(events, [(home, value) for value in [*range(1000), END]])

    def test_pauses_in_its_handler(self):
        taken = []

        def on_value(stream, value):
            taken.append(value)
            stream.props.flowing = False

        stream = Athr.Stream.new(count, 10)
        stream.connect("value", on_value)
        stream.props.flowing = True
        iterate_until(lambda: taken)
        taken.append(take(stream))
        stream.props.flowing = True
        iterate_until(lambda: len(taken) == 3)
        self.assertEqual(taken, [0, 1, 2])

    def test_dropped_while_it_flows(self):
        ended = threading.Event()

        def forever(yielder):
            try:
                while True:
                    yielder.yield_value(1)
            finally:
                ended.set()

        seen = []
        stream = Athr.Stream.new(forever)
        stream.connect("value", lambda stream, value: seen.append(value))
        stream.props.flowing = True
        iterate_until(lambda: seen)
        del stream
        gc.collect()
        iterate_until(ended.is_set)

    def test_keeps_the_latest(self):
        yielded = threading.Event()

        def produce(yielder):
            count(yielder, 100)
            yielded.set()

        stream = Athr.Stream.new(produce)
        stream.props.buffer_size = 1
        stream.props.overflow = Athr.Overflow.DROP_OLDEST
        stream.start()
        yielded.wait()
        self.assertEqual((stream.props.n_buffered, stream.props.n_dropped), (1, 99))
        self.assertEqual(take(stream), 99)

    def test_list_model(self):
        files = [Gio.File.new_for_path(f"/{number}") for number in range(500)]

        def produce(yielder):
            for file in files:
                yielder.yield_value(file)

        model = Athr.StreamListModel.new(Athr.Stream.new(produce), Gio.File)
        added = []
        model.connect("items-changed", lambda model, position, removed, n: added.append(n))
        iterate_until(lambda: not model.props.loading)
        self.assertIsNone(model.props.error)
        self.assertEqual(sum(added), 500)
        self.assertEqual(list(model), files)

    def test_context_descriptor(self):
        context = GLib.MainContext()
        self.assertEqual(Athr.main_context_get_fd(context), -1)
        self.assertTrue(context.acquire())
        self.assertGreater(Athr.main_context_get_fd(context), 2)
        context.release()


if __name__ == "__main__":
    unittest.main()
