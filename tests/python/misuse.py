# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Wrong uses that are easy to make raise exceptions that say what is wrong."""

import asyncio
import concurrent.futures
import functools
import threading
import unittest
import unittest.mock

from gi.repository import GObject
from loop import Athr, wait


async def coroutine(x=1):
    return x


class Async:
    async def method(self):
        return 1

    async def generate(self):
        yield 1

    @classmethod
    async def of_class(cls):
        return 1

    @staticmethod
    async def static():
        return 1

    async def __call__(self):
        return 1


class Derived(Async):
    pass


class AsyncGenerate:
    async def __call__(self):
        yield 1


class Sync:
    def method(self):
        return 1

    def __call__(self):
        return 1


ASYNCHRONOUS = (coroutine, Async().method, Async().generate, Async.of_class, Async.static, Async().__call__, Async(),
                Derived(), AsyncGenerate(), unittest.mock.AsyncMock())
SYNCHRONOUS = (int, len, "x".upper, Sync, Sync(), Sync().method, Async, AsyncGenerate)


def with_partials(functions):
    for function in functions:
        yield function
        yield functools.partial(function)
        partial_of_partial = functools.partial(functools.partial(function))
        partial_of_partial.marked = True  # otherwise functools.partial() merges the two
        yield functools.partial(partial_of_partial)


TAKERS = (Athr.call, Athr.iterate, Athr.generate, Athr.iterate_callback, Athr.single_callback, Athr.Call.new,
          Athr.Stream.new, Athr.Stream.new_steps, Athr.Stream.for_callback)


def count():
    yield 1


STREAMS = (Athr.iterate(count), Athr.generate(count), Athr.iterate_callback(lambda callback: callback(1)),
           lambda: Athr.Stream.for_iterator(iter([1])), lambda: Athr.Stream.for_generator(count()),
           lambda: Athr.Stream.new(lambda yielder: yielder.yield_value(1)))


def iterate_plainly(stream):
    for _ in stream:
        pass


def enter_plainly(stream):
    with stream:
        pass


def raise_with_stream(stream):
    raise KeyError(stream.get_state())


def run_on_worker(use, *arguments):
    return Athr.Call.new(lambda call: use(call, *arguments)).run()


def yield_on_worker(use, *arguments):
    """Gives what `use(yielder, *arguments)` returns."""
    outcomes = []

    def produce(yielder):
        try:
            outcomes.append(use(yielder, *arguments))
        except Exception as error:
            outcomes.append(error)

    stream = Athr.Stream.new(produce)
    while stream.next() is not None:
        pass
    outcome = outcomes.pop()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def new_call():
    return Athr.Call.new(lambda call: 5)


def new_stream():
    return Athr.Stream.new(lambda yielder: yielder.yield_value(5))


def run_and_finish(box):
    call = new_call()
    return call.run_finish_into(wait(call.run_async, None), box)


def run_latest_and_finish(box):
    latest = Athr.Latest()
    return latest.run_finish_into(wait(latest.run_async, new_call(), None), box)


def next_and_finish(box):
    stream = new_stream()
    return stream.next_finish_into(wait(stream.next_async, None), box)


def next_batch_and_finish(box):
    stream = new_stream()
    return stream.next_batch_finish_into(wait(stream.next_batch_async, 1, None), box)


def try_next(box):
    stream = new_stream()
    stream.start()
    while not stream.try_next(box):
        pass
    return True


def receive(yielder, box):
    yielder.receive(box)
    yielder.yield_value(1)
    return True


# What fills a GObject.Value: a function that passes its argument to C
FILLERS = {
    "call.run": lambda box: new_call().run(None, box),
    "call.run_finish_into": run_and_finish,
    "call.ask": lambda box: run_on_worker(lambda call: call.ask(lambda question: question.answer(5), box)),
    "latest.run_finish_into": run_latest_and_finish,
    "stream.next": lambda box: new_stream().next(None, box),
    "stream.next_finish_into": next_and_finish,
    "stream.next_batch_into": lambda box: new_stream().next_batch_into(1, None, box),
    "stream.next_batch_finish_into": next_batch_and_finish,
    "stream.try_next": try_next,
    "yielder.ask": lambda box: yield_on_worker(lambda yielder: yielder.ask(lambda question: question.answer(5), box)),
    "yielder.exchange_value": lambda box: yield_on_worker(lambda yielder: yielder.exchange_value(5, box)),
    "yielder.receive": lambda box: yield_on_worker(receive, box),
}


def new_executor():
    return Athr.Executor.new("one", 1)


def new_group():
    return Athr.Group()


def run_with_latest(latest, callback):
    latest.run_async(new_call(), None, callback)


def take_batch(stream, callback):
    stream.next_batch_async(1, None, callback)


def close_executor(executor, callback):
    executor.close_async(False, None, callback)


def without_cancellable(method):
    return lambda thing, callback: getattr(thing, method)(None, callback)


# Where the result of each finish method comes from: what makes an object, and what starts an operation of the object
OPERATIONS = {
    "call": (new_call, without_cancellable("run_async"), ("run_finish", "run_finish_into")),
    "next": (new_stream, without_cancellable("next_async"), ("next_finish", "next_finish_into")),
    "batch": (new_stream, take_batch, ("next_batch_finish", "next_batch_finish_into")),
    "stream": (new_stream, without_cancellable("close_async"), ("close_finish",)),
    "latest": (Athr.Latest, run_with_latest, ("run_finish", "run_finish_into")),
    "wait": (new_group, without_cancellable("wait_async"), ("wait_finish",)),
    "group": (new_group, without_cancellable("close_async"), ("close_finish",)),
    "executor": (new_executor, close_executor, ("close_finish", "close_with_flags_finish")),
}


def finish(thing, method, result):
    boxes = [GObject.Value()] * method.endswith("_into")
    return getattr(thing, method)(result, *boxes)


class MisuseTest(unittest.TestCase):
    def test_asynchronous_functions(self):
        for take in TAKERS:
            for function in with_partials(ASYNCHRONOUS):
                with self.subTest(take=take, function=function):
                    with self.assertRaisesRegex(TypeError, "is asynchronous already$"):
                        take(function)

    def test_functions_that_are_not_asynchronous(self):
        for take in TAKERS:
            for function in with_partials(SYNCHRONOUS):
                with self.subTest(take=take, function=function):
                    take(function)

    def test_forgotten_async(self):
        for use, message in ((iterate_plainly, "use `async for`"), (list, "use `async for`"), (iter, "use `async for`"),
                             (enter_plainly, "use `async with`")):
            for make in STREAMS:
                with self.subTest(use=use):
                    with self.assertRaisesRegex(TypeError, message):
                        use(make())
                    stream = make()
                    with self.assertRaisesRegex(TypeError, message):
                        use(stream)

    def test_not_a_value_to_fill(self):
        for name, fill in FILLERS.items():
            for box in "x", 7, object(), GObject.Value:
                with self.subTest(name=name, box=box):
                    with self.assertRaisesRegex(TypeError, "^(value|values|sent|answer) must be an empty GObject.Value, "
                                                           f"not {type(box).__name__}$"):
                        fill(box)

    def test_full_value_to_fill(self):
        for name, fill in FILLERS.items():
            with self.subTest(name=name):
                box = GObject.Value(int, 7)
                with self.assertRaisesRegex(ValueError, "must be an empty GObject.Value, and this one has a value$"):
                    fill(box)
                self.assertEqual(box.get_value(), 7)

    def test_empty_value_to_fill(self):
        for name in FILLERS.keys() - {"call.ask", "yielder.ask", "yielder.exchange_value", "yielder.receive"}:
            with self.subTest(name=name):
                box = GObject.Value()
                self.assertTrue(FILLERS[name](box))
                self.assertIn(box.get_value(), (5, [5]))

    def test_the_result_of_another_operation(self):
        results = {name: (make, wait(functools.partial(start, make()))) for name, (make, start, _) in OPERATIONS.items()}
        for name, (make, _, methods) in OPERATIONS.items():
            for method in methods:
                for other, (make_other, result) in results.items():
                    with self.subTest(method=f"{name}.{method}", result=other):
                        with self.assertRaisesRegex(ValueError, "^the result is (that|not one) of "):
                            finish(make(), method, result)

    def test_no_result(self):
        for name, (make, _, methods) in OPERATIONS.items():
            for method in methods:
                for result in None, 5, new_call():
                    with self.subTest(method=f"{name}.{method}", result=result):
                        with self.assertRaisesRegex(TypeError, "^the result that the callback got is needed, not "):
                            finish(make(), method, result)

    def test_a_result_that_was_finished(self):
        for name in "next", "batch":
            _, start, methods = OPERATIONS[name]
            for first in methods:
                for second in methods:
                    with self.subTest(first=first, second=second):
                        stream = new_stream()
                        result = wait(functools.partial(start, stream))
                        self.assertIn(finish(stream, first, result), (5, [5], True))
                        with self.assertRaisesRegex(ValueError, "^the result was finished before$"):
                            finish(stream, second, result)

    def test_exceptions_survive_the_end_of_a_stream(self):
        uses = ((len, TypeError), (lambda stream: stream[0], TypeError), (lambda stream: stream.nothing, AttributeError),
                (lambda stream: stream + 1, TypeError), (lambda stream: stream(), TypeError),
                (lambda stream: int([stream].pop()), TypeError), (raise_with_stream, KeyError))
        for use, kind in uses:
            for make in STREAMS:
                with self.subTest(use=use):
                    with self.assertRaises(kind):
                        use(make())

    def test_exceptions_survive_the_end_of_a_stream_that_runs(self):
        for make in STREAMS:
            for n_taken in range(3):
                def use():
                    stream = make()
                    for _ in range(n_taken):
                        stream.next()
                    return len([stream].pop())
                with self.assertRaises(TypeError):
                    use()

    def test_stream_of_two_event_loops(self):
        gate, is_waiting = threading.Event(), threading.Event()
        stream = Athr.iterate(lambda: iter(gate.wait, None), buffer_maxsize=1)()

        async def wait_for_value():
            asyncio.get_running_loop().call_soon(is_waiting.set)
            return await anext(stream)

        async def take_value():
            return await anext(stream)

        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            value = threads.submit(lambda: asyncio.run(wait_for_value()))
            is_waiting.wait()
            try:
                with self.assertRaisesRegex(RuntimeError, "another event loop"):
                    asyncio.run(take_value())
            finally:
                gate.set()
            self.assertIs(value.result(), True)

    def test_what_another_event_loop_has(self):
        gate, is_started = threading.Event(), threading.Event()
        call = Athr.Call.new(lambda call: gate.wait())
        stream = Athr.iterate(lambda: iter(gate.wait, None), buffer_maxsize=1)()

        async def start():
            running = call.run_async()
            async with stream:
                is_started.set()
                await anext(stream)
                return await running

        async def enter():
            async with stream:
                pass

        async def use(function):
            with self.assertRaisesRegex(RuntimeError, "another event loop"):
                await function()

        with concurrent.futures.ThreadPoolExecutor(1) as threads, concurrent.futures.ThreadPoolExecutor(1) as others:
            outcome = threads.submit(lambda: asyncio.run(start()))
            is_started.wait()
            try:
                for function in (call.run_async, lambda: asyncio.wait_for(call, None), enter, stream.aclose,
                                 stream.next_async, lambda: stream.next_batch_async(2), stream.close_async):
                    with self.subTest(function=function):
                        others.submit(lambda: asyncio.run(use(function))).result()
            finally:
                gate.set()
            self.assertIs(outcome.result(), True)


if __name__ == "__main__":
    unittest.main()
