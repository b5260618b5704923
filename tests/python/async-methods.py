# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutines that await the methods of calls, streams and executors."""

import asyncio
import threading
import time
import traceback

import pytest
from gi.repository import Athr, Gio, GLib, GObject


async def outcome(awaitable):
    try:
        return await awaitable
    except BaseException as error:
        return type(error)


class Mine(Exception):
    pass


def fail(call):
    raise Mine("of mine")


async def frames_of(awaitable):
    with pytest.raises(Mine) as info:
        await awaitable
    return [frame.name for frame in traceback.extract_tb(info.value.__traceback__)]


async def test_traceback_does_not_grow():
    call = Athr.Call.new(fail)
    first = await frames_of(call)
    assert first[-1] == "fail"
    for _ in range(3):
        assert await frames_of(call) == first


def count():
    for number in range(3):
        yield number


async def native():
    for number in range(3):
        yield number


@pytest.mark.parametrize("n_taken", range(5))
@pytest.mark.parametrize("step", [lambda generator: generator.asend(1), lambda generator: generator.asend(None),
                                  lambda generator: generator.__anext__(), lambda generator: generator.athrow(KeyError)],
                         ids=["asend-value", "asend-none", "anext", "athrow"])
async def test_generator_after_close(step, n_taken):
    expected = None if "athrow" in step.__code__.co_names else StopAsyncIteration
    for make in (native, Athr.generate(count), Athr.generate(count, buffer_maxsize=2),
                 lambda: Athr.Stream.for_generator(count())):
        generator = make()
        for _ in range(n_taken):
            await outcome(generator.__anext__())
        await generator.aclose()
        while n_taken < 4 and isinstance(await outcome(generator.__anext__()), int):
            pass  # values that the buffer had already
        assert await outcome(step(generator)) is expected
        assert await outcome(step(generator)) is expected
        assert await outcome(generator.aclose()) is None


async def test_sends_after_close_before_anything_else():
    for make in native, Athr.generate(count), lambda: Athr.Stream.for_generator(count()):
        generator = make()
        await generator.aclose()
        assert await outcome(generator.asend(1)) is StopAsyncIteration
        assert await outcome(generator.asend(None)) is StopAsyncIteration


def matches(error, code):
    return error.matches(Gio.io_error_quark(), code)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)  # gi.events takes a millisecond for no time, and then runs no idle source


async def test_awaits_a_run():
    for value in (None, 1, 2**70, "text", {"a": 1}):
        assert await Athr.Call.new(lambda call: value).run_async() == value
        assert await Athr.Call.new(lambda call: value).run_async(None) == value
        assert await Athr.Call.new(lambda call: value).run_async(Gio.Cancellable()) == value


async def test_runs_at_once_and_all_get_the_outcome():
    runs = []
    call = Athr.Call.new(lambda call: runs.append(1))
    futures = [call.run_async() for _ in range(3)]
    await until(lambda: runs)
    assert await asyncio.gather(*futures, call.run_async(), call) == [None] * 5
    assert runs == [1]


async def test_awaits_a_run_that_fails():
    call = Athr.Call.new(fail)
    frames = await frames_of(call.run_async())
    assert frames[-1] == "fail"
    assert await frames_of(call.run_async(None)) == frames


async def test_awaits_a_run_that_raises_stop_iteration():
    def stop(call):
        raise StopIteration(1)

    with pytest.raises(RuntimeError, match="^worker raised StopIteration$"):
        await Athr.Call.new(stop).run_async()


def wait_until_cancelled(call):
    cancelled = threading.Event()
    call.get_cancellable().connect(lambda *_: cancelled.set())
    cancelled.wait()


async def test_awaits_a_run_that_is_cancelled():
    cancellable = Gio.Cancellable()
    cancellable.cancel()
    with pytest.raises(asyncio.CancelledError):
        await Athr.Call.new(lambda call: None).run_async(cancellable)
    call = Athr.Call.new(wait_until_cancelled)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(call.run_async(), 0.02)
    await until(lambda: call.get_state() == Athr.CallState.CANCELLED)


async def test_awaits_values():
    values = [None, 1, "text", None]
    stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(value) for value in values])
    assert [await stream.next_async() for _ in values] == values
    assert not stream.is_done()
    assert await stream.next_async() is None
    assert stream.is_done()


async def test_awaits_batches():
    stream = Athr.iterate(range, buffer_maxsize=7)(100)
    values = []
    while batch := await stream.next_batch_async(5):
        assert len(batch) <= 5
        values += batch
    assert values == list(range(100))
    with pytest.raises(ValueError):
        await stream.next_batch_async(0)


async def test_awaits_the_error_of_a_stream():
    def produce(yielder):
        yielder.yield_value(1)
        raise Mine

    stream = Athr.Stream.new(produce)
    assert await stream.next_async() == 1
    with pytest.raises(Mine):
        await stream.next_async()
    assert await stream.next_async() is None


async def test_all_ways_to_take_a_value_keep_the_order():
    stream = Athr.iterate(range)(1000)
    taken = []
    while not stream.is_done():
        try:
            taken.append(await anext(stream))
        except StopAsyncIteration:
            break
        taken.append(await stream.next_async())
        taken += await stream.next_batch_async(3)
        taken.append(stream.next())
        taken.append(stream.try_next())
    assert [value for value in taken if value is not None] == list(range(1000))


async def test_cancelled_wait_loses_no_value():
    gate = threading.Event()

    def produce():
        gate.wait()
        yield from range(100)

    stream = Athr.iterate(produce, buffer_maxsize=1)()
    for take in (stream.next_async, lambda: stream.next_async(Gio.Cancellable()), lambda: stream.next_batch_async(2)):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(take(), 0.01)
    first, second = stream.next_async(), stream.next_async()
    first.cancel()
    gate.set()
    taken = [await second]
    while not stream.is_done():
        future = stream.next_async()
        await asyncio.sleep(0)
        if not future.cancel():
            taken.append(future.result())
        taken.append(await stream.next_async())
    assert [value for value in taken if value is not None] == list(range(100))


@pytest.mark.parametrize("take", [lambda stream: stream.next_async(), lambda stream: stream.next_async(Gio.Cancellable()),
                                  lambda stream: stream.next_batch_async(2)], ids=["value", "cancellable", "batch"])
async def test_a_wait_cancelled_as_the_values_come_loses_no_value(take):
    async def wait():
        future = take(stream)
        # The event loop calls this between the end of the future and the end of this coroutine.
        asyncio.get_running_loop().call_soon(waiting.cancel)
        return await future

    stream = Athr.Stream.for_iterator(range(5), buffer_maxsize=5)
    assert await anext(stream) == 0
    await until(lambda: stream.get_n_buffered() == 4)
    waiting = asyncio.ensure_future(wait())
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [value async for value in stream] == [1, 2, 3, 4]


@pytest.mark.parametrize("n_waiting", [1, 2])
async def test_a_future_that_several_coroutines_await(n_waiting):
    def produce():
        gate.wait()
        yield from [1, 2]

    async def wait():
        return await future

    gate, stream = threading.Event(), Athr.iterate(produce)()
    future = stream.next_async()
    future.add_done_callback(lambda _: cancelled.cancel())
    cancelled, *others = [asyncio.ensure_future(wait()) for _ in range(n_waiting)]
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert [await other for other in others] == [1] * (n_waiting - 1)
    if not others:  # the stream has the value again
        assert future.cancelled()
        with pytest.raises(asyncio.CancelledError):
            future.result()
        assert await stream.next_async() == 1
    assert [value async for value in stream] == [2]


async def test_cancellable_ends_a_wait_only():
    gate = threading.Event()
    stream = Athr.Stream.new(lambda yielder: gate.wait() and yielder.yield_value("value"))
    for take in (stream.next_async, lambda cancellable: stream.next_batch_async(2, cancellable)):
        cancellable = Gio.Cancellable()
        future = take(cancellable)
        cancellable.cancel()
        with pytest.raises(asyncio.CancelledError):
            await future
    gate.set()
    assert await stream.next_async(Gio.Cancellable()) == "value"


def test_cancellable_after_the_end_of_the_loop(capfd):
    async def begin():
        return stream.next_async(cancellable)

    gate, cancellable, loop = threading.Event(), Gio.Cancellable(), asyncio.new_event_loop()
    stream = Athr.Stream.for_callback(lambda callback: gate.wait())
    future = loop.run_until_complete(begin())
    loop.close()
    cancellable.cancel()
    gate.set()
    future._log_destroy_pending = False
    assert capfd.readouterr().err == ""


async def test_awaits_the_close_of_a_stream():
    ended = []

    def produce():
        try:
            while True:
                yield 1
        finally:
            time.sleep(0.02)
            ended.append(1)

    for cancellable in (None, Gio.Cancellable()):
        stream = Athr.iterate(produce, buffer_maxsize=1)()
        assert await stream.next_async() == 1
        await stream.close_async(cancellable)
        assert ended.pop() == 1


async def test_awaits_the_close_of_an_executor():
    ended = []

    def work():
        time.sleep(0.05)
        ended.append(1)

    for close in (lambda executor: executor.close_async(), lambda executor: executor.close_async(False, None),
                  lambda executor: executor.close_async(cancel_queued=False),
                  lambda executor: executor.close_with_flags_async(Athr.CloseFlags.DEFAULT)):
        executor = Athr.Executor.new("closes", 1)
        tasks = [asyncio.ensure_future(Athr.call(work, executor=executor)()) for _ in range(2)]
        await asyncio.sleep(0)
        await close(executor)
        assert len(ended) == 2
        await close(executor)
        await asyncio.gather(*tasks)
        ended.clear()


async def test_closes_need_no_thread_of_the_default_executor():
    def work(call):
        gate.wait()
        return Athr.Call.new(lambda call: "value").run()    # on the default executor

    gate, runs, closes = threading.Event(), [], []
    for _ in range(Athr.Executor.get_default().get_max_threads()):
        executor = Athr.Executor.new("closes", 1)
        runs.append(Athr.Call.new(work))
        runs[-1].set_executor(executor)
        runs[-1].start()
        closes.append(executor.close_async())
    gate.set()
    assert set(await asyncio.gather(*runs)) == {"value"}
    await asyncio.gather(*closes)


async def test_abandons_the_wait_for_an_executor():
    gate = threading.Event()
    executor = Athr.Executor.new("waits", 1)
    task = asyncio.ensure_future(Athr.call(gate.wait, executor=executor)())
    await asyncio.sleep(0)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(executor.close_async(), 0.01)
    cancellable = Gio.Cancellable()
    future = executor.close_async(False, cancellable)
    cancellable.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    gate.set()
    await executor.close_async()
    await task


async def test_cancellable_ends_the_wait_for_a_close():
    def work(*_):
        began.append(1)
        gate.wait()

    gate, began, cancellable, other = threading.Event(), [], Gio.Cancellable(), Gio.Cancellable()
    stream, group = Athr.iterate_callback(work)(), Athr.Group()
    waiting = asyncio.ensure_future(stream.next_async())
    group.add(work)
    await until(lambda: len(began) == 2)
    closes = [stream.close_async(cancellable), group.close_async(cancellable), group.wait_async(other)]
    cancellable.cancel()
    other.cancel()
    for close in closes:
        with pytest.raises(asyncio.CancelledError):
            await close
    gate.set()
    await stream.aclose()
    await group.close_async()
    assert await waiting is None


async def test_awaits_what_an_executor_cancels_when_it_closes():
    gate, executor = threading.Event(), Athr.Executor.new("closes", 1)
    blocking = asyncio.ensure_future(Athr.call(gate.wait, executor=executor)())
    await until(lambda: executor.get_n_running() == 1)
    work = Athr.Call.new(lambda call: None)
    work.set_executor(executor)
    waits = [asyncio.ensure_future(Athr.iterate(range, executor=executor)(3).next_async()), work.run_async(),
             asyncio.ensure_future(Athr.call(len, executor=executor)("")),
             asyncio.ensure_future(Athr.single_callback(len, executor=executor)())]
    await until(lambda: executor.get_n_queued() == 4)
    closing = executor.close_async(True)
    for wait in waits:
        with pytest.raises(asyncio.CancelledError):
            await wait
    gate.set()
    await closing
    await blocking
    for function in Athr.call(len, executor=executor), Athr.single_callback(len, executor=executor):
        with pytest.raises(GLib.Error) as info:
            await function("")
        assert matches(info.value, Gio.IOErrorEnum.CLOSED)


def out_of_time():
    raise GLib.Error("mine", "g-io-error-quark", Gio.IOErrorEnum.TIMED_OUT)


@pytest.mark.parametrize("limit", ["timeout", "run_timeout"])
@pytest.mark.parametrize("use", [lambda call: asyncio.wait_for(call, None), lambda call: call.run_async(),
                                 lambda call: Athr.Latest().run(call),
                                 lambda call: Athr.Latest().run_async(call)],
                         ids=["await", "run_async", "latest.run", "latest.run_async"])
async def test_awaits_a_run_that_times_out(limit, use):
    call = Athr.Call.new(wait_until_cancelled)
    call.set_property(limit, 1)
    with pytest.raises(TimeoutError, match="took longer than 1 ms"):
        await use(call)
    assert matches(Athr.Call.get_error(call), Gio.IOErrorEnum.TIMED_OUT)
    call = Athr.Call.new(lambda call: out_of_time())
    call.set_property(limit, 2**31)
    with pytest.raises(GLib.Error, match="mine"):
        await use(call)


async def test_enters_an_executor():
    ended = []
    async with Athr.Executor.new("entered", 2) as executor:
        assert isinstance(executor, Athr.Executor)
        work = Athr.call(lambda: time.sleep(0.05) or ended.append(1), executor=executor)
        tasks = [asyncio.ensure_future(work()) for _ in range(4)]
        await asyncio.sleep(0)
    assert len(ended) == 4
    await asyncio.gather(*tasks)
    with pytest.raises(GLib.Error) as info:
        await work()
    assert matches(info.value, Gio.IOErrorEnum.CLOSED)
    with pytest.raises(Mine):
        async with Athr.Executor.new("fails", 2):
            raise Mine


async def test_callbacks_come_in_every_loop():
    answers = []

    def answer(source, result, *data):
        answers.append((source, threading.get_ident(), data))

    call, stream, executor = Athr.Call.new(fail), Athr.Stream.new(fail), Athr.Executor.new("answers", 1)
    for start, source in ((lambda *ready: call.run_async(None, *ready), call),
                          (lambda *ready: stream.next_async(None, *ready), stream),
                          (lambda *ready: stream.next_batch_async(2, None, *ready), stream),
                          (lambda *ready: stream.close_async(None, *ready), stream),
                          (lambda *ready: executor.close_async(False, None, *ready), executor)):
        for data in ((), (1, 2)):
            assert start(answer, *data) is None
            await until(lambda: answers)
            assert answers.pop() == (source, threading.get_ident(), data)


async def test_callbacks_come_in_a_context_that_the_program_has_pushed():
    context = GLib.MainContext()
    answers = []
    context.push_thread_default()
    try:
        Athr.Executor.new("pushed", 1).close_async(False, None, lambda *_: answers.append(1))
    finally:
        context.pop_thread_default()
    await asyncio.sleep(0.05)
    assert not answers
    while not answers:
        context.iteration(True)


def test_without_a_loop_nothing_is_awaited():
    assert Athr.Call.new(lambda call: None).run_async() is None
    assert Athr.Stream.new(lambda yielder: None).close_async() is None
    assert Athr.Executor.new("no loop", 1).close_async() is None


async def test_keeps_a_stream_that_only_the_awaited_method_has():
    def numbers(yielder):
        yielder.yield_value(3)

    assert await Athr.Stream.new(numbers).next_async() == 3
    assert await Athr.Stream.new(numbers).next_batch_async(2) == [3]
    assert await Athr.iterate(lambda: [3])().next_async() == 3


async def test_refuses_what_is_no_cancellable():
    with pytest.raises(TypeError, match="cancellable must be a Gio.Cancellable or None, not int"):
        await Athr.Call.new(fail).run_async(5)
    with pytest.raises(TypeError, match="cancellable must be a Gio.Cancellable or None, not int"):
        await Athr.Stream.new(fail).next_async(5)


def test_refuses_numbers_of_values():
    def blocking(stream, *arguments):
        return stream.next_batch(*arguments)

    def asynchronous(stream, *arguments):
        return stream.next_batch_async(*arguments)

    def into(stream, *arguments):
        return stream.next_batch_into(*arguments, None, GObject.Value())

    for method in blocking, asynchronous, into:
        stream = Athr.Stream.new(fail)
        for number, kind in ("a", "str"), (1.5, "float"), (None, "NoneType"):
            with pytest.raises(TypeError, match=f"^max_values must be an int, not {kind}$"):
                method(stream, number)
        for number in -1, 0, 2**32:
            with pytest.raises(ValueError, match=f"^max_values must be from 1 to {2**32 - 1}, not {number}$"):
                method(stream, number)
