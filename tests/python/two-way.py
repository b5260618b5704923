# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import threading
import unittest

from loop import Athr, END, GLib, GObject, take, unpack
from gi.repository import Gio


def exchange(yielder, value):
    """Yields a value. Returns the value that the consumer has sent, or None."""
    sent = GObject.Value()
    yielder.exchange_value(value, sent)
    return unpack(sent) if sent.g_type != GObject.TYPE_INVALID else None


def double(yielder):
    value = 0
    while value <= 24:
        sent = exchange(yielder, value)
        value = sent if sent is not None else value * 2


class TwoWayTest(unittest.TestCase):
    def stream(self, function):
        stream = Athr.Stream.new(function)
        stream.props.buffer_size = 0
        return stream

    def test_doubler(self):
        stream = self.stream(double)
        taken = [take(stream)]
        stream.send(1)
        taken += [take(stream) for _ in range(4)]
        stream.send(3)
        taken += [take(stream) for _ in range(4)]
        self.assertEqual(taken, [0, 1, 2, 4, 8, 3, 6, 12, 24])
        self.assertIs(take(stream), END)

    def test_error_is_answered(self):
        def answer(yielder):
            value = 1
            while True:
                try:
                    exchange(yielder, value)
                    value += 1
                except GLib.Error as error:
                    if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
                        return
                    self.assertEqual(error.message, "divided by zero")
                    value = -1

        stream = self.stream(answer)
        self.assertEqual(take(stream), 1)
        stream.throw_literal(Gio.io_error_quark(), Gio.IOErrorEnum.FAILED, "divided by zero")
        self.assertEqual(take(stream), -1)
        self.assertEqual(take(stream), 0)

    def test_error_passed_on_ends_it(self):
        stream = self.stream(double)
        take(stream)
        stream.throw_literal(Gio.io_error_quark(), Gio.IOErrorEnum.EXISTS, "thrown")
        with self.assertRaises(GLib.Error) as context:
            take(stream)
        self.assertEqual(context.exception.message, "thrown")
        self.assertIs(take(stream), END)

    def test_steps(self):
        threads = set()
        numbers = iter(range(1000))

        def step(yielder):
            threads.add(threading.get_ident())
            sent = GObject.Value()
            yielder.receive(sent)
            number = next(numbers, None)
            if number is None:
                yielder.end()
            else:
                yielder.yield_value(number if sent.g_type == GObject.TYPE_INVALID else unpack(sent))

        stream = Athr.Stream.new_steps(step)
        stream.props.buffer_size = 0
        self.assertEqual([take(stream) for _ in range(500)], list(range(500)))
        stream.send("sent")
        self.assertEqual(take(stream), "sent")
        self.assertEqual([take(stream) for _ in range(499)], list(range(501, 1000)))
        self.assertIs(take(stream), END)
        self.assertNotIn(threading.get_ident(), threads)


if __name__ == "__main__":
    unittest.main()
