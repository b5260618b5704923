# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A function over many items, on several workers."""

import asyncio
import contextvars
import gc
import itertools
import os
import subprocess
import sys
import textwrap
import threading
import weakref

import pytest
from gi.repository import Athr, Gio, GLib
from patience import patiently

MANY = 100_000


def square(x):
    return x * x


def fail_at(number):
    def fail(x):
        if x == number:
            raise ValueError(x)
        return x

    return fail


async def collect(stream):
    return [value async for value in stream]


def model(*names):
    items = Gio.ListStore()
    for name in names:
        items.append(Gio.SimpleAction.new(name, None))
    return items


def test_signature():
    names = ["fn", "items", "limit", "ordered", "buffer_maxsize", "executor", "priority", "name", "owner"]
    assert list(__import__("inspect").signature(Athr.map).parameters) == names


async def test_values_have_the_order_of_the_items():
    assert await collect(Athr.map(square, range(100))) == [x * x for x in range(100)]
    assert await collect(Athr.map(square, [])) == []
    assert await collect(Athr.map(square, range(9), 1)) == [x * x for x in range(9)]
    assert await collect(Athr.map(square, range(9), limit=None, buffer_maxsize=0)) == [x * x for x in range(9)]


async def test_the_first_item_holds_the_others_back():
    gate, done = threading.Event(), []

    def work(x):
        if x == 0:
            gate.wait()
        done.append(x)
        if x == 3:
            gate.set()
        return x

    assert await collect(Athr.map(work, range(8), limit=2)) == list(range(8))
    assert done.index(0) > done.index(3)


async def test_unordered_values_come_as_functions_return():
    gate = threading.Event()

    def work(x):
        if x == 0:
            gate.wait()
        return x

    stream = Athr.map(work, range(4), limit=2, ordered=False)
    assert sorted([await anext(stream) for _ in range(3)]) == [1, 2, 3]
    gate.set()
    assert await collect(stream) == [0]


async def test_generator_functions_yield_many_values_or_none():
    def repeat(x):
        for _ in range(x):
            yield x

    class Repeat:
        def __call__(self, x):
            return repeat(x)

    for function in repeat, Repeat(), lambda x: repeat(x):
        assert await collect(Athr.map(function, [2, 0, 1, 3])) == [2, 2, 1, 3, 3, 3]


@pytest.mark.parametrize("value", [None, True, 3, -2**63, 2**64, 1.5, "text", "n\0l", "\udcff", b"bytes", (1,), [], {},
                                   object(), Gio.SimpleAction.new("action", None), GLib.Variant("i", 3)], ids=repr)
async def test_any_value_passes_both_ways(value):
    received, = await collect(Athr.map(lambda item: (item, type(item)), [value]))
    assert received == (value, type(value))
    echoed, = await collect(Athr.map(lambda item: item, [value]))
    assert echoed == value and type(echoed) is type(value)


async def test_items_of_a_list_model():
    items = model("one", "two", "three")
    stream = Athr.map(lambda action: action.get_name(), items)
    assert await collect(stream) == ["one", "two", "three"]
    assert stream.props.progress == 1


@pytest.mark.parametrize("items", [range(4), [0, 1, 2, 3], (0, 1, 2, 3), dict.fromkeys(range(4))], ids=repr)
async def test_progress_counts_items_that_have_a_length(items):
    gate = threading.Event()

    def work(x):
        if x == 2:
            gate.wait()
        return x

    stream = Athr.map(work, items, limit=4)
    assert stream.props.progress == -1
    assert [await anext(stream), await anext(stream)] == [0, 1]
    while stream.props.progress < 0.5:
        await asyncio.sleep(0.001)
    assert stream.props.progress == 0.5  # the third item holds the fourth back
    gate.set()
    assert await collect(stream) == [2, 3]
    assert stream.props.progress == 1


class Counting:
    """An iterable that looks at the threads that iterate it."""

    def __init__(self):
        self.taken = 0
        self.lock = threading.Lock()
        self.threads = set()

    def __iter__(self):
        self.threads.add(threading.get_ident())
        return self

    def __next__(self):
        assert self.lock.acquire(blocking=False), "two threads at once"
        self.threads.add(threading.get_ident())
        self.taken += 1
        self.lock.release()
        return self.taken - 1


class Length:
    """An iterable with a wrong length, or with none at this moment."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        if isinstance(self.length, Exception):
            raise self.length
        return self.length

    def __iter__(self):
        return iter(range(4))


async def test_progress_is_at_most_one():
    stream = Athr.map(square, Length(1), limit=1)
    seen = []
    stream.connect("notify::progress", lambda *_: seen.append(stream.props.progress))
    assert await collect(stream) == [0, 1, 4, 9]
    assert seen and set(seen) == {1}


@pytest.mark.parametrize("make", [lambda: iter([0, 1, 2, 3]), lambda: (x for x in range(4)), lambda: Length(TypeError()),
                                  lambda: Length(OSError()), lambda: Length(-1), lambda: Length(1 << 64)],
                         ids=["iterator", "generator", "type-error", "os-error", "negative", "huge"])
async def test_progress_is_unknown_without_a_length(make):
    stream = Athr.map(square, make(), limit=1)
    seen = []
    stream.connect("notify::progress", lambda *_: seen.append(stream.props.progress))
    assert await collect(stream) == [0, 1, 4, 9]
    assert set(seen) <= {1}  # the end


async def test_the_length_belongs_to_a_worker():
    threads = []

    class Sized(Counting):
        def __len__(self):
            threads.append(threading.get_ident())
            return 100

    async with Athr.map(square, Sized()) as stream:
        assert await anext(stream) == 0
    assert threads and threading.get_ident() not in threads


async def test_items_of_a_stream():
    assert await collect(Athr.map(square, Athr.iterate(range)(5))) == [0, 1, 4, 9, 16]
    assert await collect(Athr.map(square, Athr.map(square, range(3)))) == [0, 1, 16]
    stream = Athr.Stream.new(lambda yielder: [yielder.yield_value(x) for x in range(3)])
    assert await collect(Athr.map(square, stream)) == [0, 1, 4]


async def test_only_workers_iterate_one_at_a_time():
    items = Counting()
    async with Athr.map(square, items) as stream:
        for number in range(200):
            assert await anext(stream) == number * number
    assert threading.get_ident() not in items.threads


@pytest.mark.parametrize("limit, size", [(1, 0), (2, 0), (1, 3), (3, 2)])
async def test_the_items_are_not_far_ahead(limit, size):
    items, most = Counting(), []
    async with Athr.map(square, items, limit, buffer_maxsize=size) as stream:
        for number in range(50):
            await anext(stream)
            most.append(items.taken - number - 1)
    assert max(most) <= limit + size


@pytest.mark.parametrize("limit", [1, 3])
async def test_no_more_functions_run_than_the_limit(limit):
    running, most, gate = [], [], threading.Barrier(limit)

    def work(x):
        running.append(x)
        gate.wait(patiently(30))
        most.append(len(running))
        gate.wait(patiently(30))
        running.remove(x)
        return x

    assert await collect(Athr.map(work, range(6), limit=limit)) == list(range(6))
    assert most == [limit] * 6


async def test_the_exception_of_the_function():
    stream, seen = Athr.map(fail_at(3), itertools.count()), []
    with pytest.raises(ValueError) as info:
        async for value in stream:
            seen.append(value)
    assert seen == [0, 1, 2] and info.value.args == (3,)
    assert info.traceback[-1].name == "fail"
    assert await collect(stream) == []


async def test_the_first_of_many_exceptions():
    both = threading.Barrier(2)

    def fail(x):
        both.wait(patiently(30))
        raise ValueError(x)

    with pytest.raises(ValueError) as info:
        await collect(Athr.map(fail, range(2), limit=2))
    assert info.value.args == (0,)


@pytest.mark.parametrize("error", [StopIteration("mine"), GLib.Error("of C", "my-domain", 7), KeyboardInterrupt()], ids=repr)
async def test_exceptions_of_special_kinds(error):
    def fail(x):
        raise error

    kind = RuntimeError if isinstance(error, StopIteration) else type(error)
    with pytest.raises(kind) as info:
        await collect(Athr.map(fail, [1]))
    assert error in (info.value, info.value.__cause__)


async def test_the_exception_of_the_iterable():
    def items():
        yield 1
        raise LookupError("no more")

    seen = []
    with pytest.raises(LookupError, match="no more") as info:
        async for value in Athr.map(square, items()):
            seen.append(value)
    assert seen == [1] and info.traceback[-1].name == "items"

    class Broken:
        def __iter__(self):
            raise LookupError("no iterator")

    with pytest.raises(LookupError, match="no iterator"):
        await collect(Athr.map(square, Broken()))


async def test_the_exception_of_a_stream():
    def items():
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        await collect(Athr.map(square, Athr.iterate(items)()))


async def test_a_worker_closes_the_generator():
    closed = []

    def items():
        try:
            yield from itertools.count()
        finally:
            closed.append(threading.get_ident())

    async with Athr.map(square, items()) as stream:
        assert await anext(stream) == 0
    thread, = closed
    assert thread != threading.get_ident()


async def test_an_iterator_that_the_program_keeps_stays_open(tmp_path):
    path = tmp_path / "lines"
    path.write_text("one\ntwo\nthree\n", encoding="utf-8")
    with open(path, encoding="utf-8") as file:
        async with Athr.map(str.strip, file, buffer_maxsize=0) as stream:
            assert await anext(stream) == "one"
        assert not file.closed


async def test_leaving_waits_for_the_functions():
    running, returned = threading.Event(), []

    def work(x):
        cancelled = threading.Event()
        handler = Athr.current().cancellable.connect(lambda *_: cancelled.set())
        running.set()
        assert cancelled.wait(patiently(30))
        Athr.current().cancellable.disconnect(handler)
        returned.append(x)
        Athr.current().check_cancelled()

    async with Athr.map(work, [1], limit=1):
        await Athr.call(running.wait)()
    assert returned == [1]


async def test_context_variables():
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("mine")

    def look(x):
        seen = variable.get()
        variable.set("changed")
        return seen

    def items():
        yield variable.get()

    assert await collect(Athr.map(look, range(20))) == ["mine"] * 20
    assert await collect(Athr.map(str, items())) == ["mine"]
    assert variable.get() == "mine"


async def test_batches():
    stream, seen = Athr.map(square, range(10)), []
    while batch := await stream.next_batch_async(4):
        assert len(batch) <= 4
        seen += batch
    assert seen == [x * x for x in range(10)] and stream.is_done()


def test_without_a_loop():
    stream, seen = Athr.map(square, range(10)), []
    while (value := stream.next()) is not None:
        seen.append(value)
    assert seen == [x * x for x in range(10)] and stream.is_done()
    stream = Athr.map(fail_at(1), range(3))
    assert stream.next() == 0
    with pytest.raises(ValueError):
        stream.next()


def test_signals():
    stream, seen, loop = Athr.map(square, range(5)), [], GLib.MainLoop()
    stream.connect("value", lambda _, value: seen.append(value))
    stream.connect("finished", lambda _: loop.quit())
    stream.set_flowing(True)
    loop.run()
    assert seen == [0, 1, 4, 9, 16]


async def test_options():
    names = set()

    def work(x):
        names.add(threading.current_thread().name)
        return x

    executor = Athr.Executor.new("mapping", 1)  # the source has steps, which share the thread
    stream = Athr.map(work, range(9), executor=executor, name="numbers", priority=3, buffer_maxsize=7)
    assert (stream.props.name, stream.props.priority, stream.props.buffer_size) == ("numbers", 3, 7)
    assert await collect(stream) == list(range(9))
    assert names == {"mapping"}
    assert Athr.map(work, range(9)).props.buffer_size == 64


async def test_owner():
    class Window:
        pass

    owner, gone = Window(), Window()
    function = square
    stream = Athr.map(function, itertools.count(), owner=owner)
    late = Athr.map(function, itertools.count(), owner=gone)
    assert [await anext(stream) for _ in range(3)] == [0, 1, 4]
    del owner, gone
    for dead in stream, late:
        with pytest.raises(asyncio.CancelledError):
            await anext(dead)
        await dead.aclose()


async def test_mistakes():
    async def coroutine_function(x):
        return x

    async def values():
        yield 1

    class Call:
        @Athr.call
        def method(self, x):
            return x

    advice = "is asynchronous already: use asyncio.gather\\(\\) or asyncio.TaskGroup$"
    for function in coroutine_function, Athr.call(square), Call().method:
        with pytest.raises(TypeError, match=advice):
            Athr.map(function, [1])
    with pytest.raises(TypeError, match="^a function is needed, not int$"):
        Athr.map(3, [1])
    with pytest.raises(TypeError, match="an Athr.Stream, not async_generator: collect its items in a list first$"):
        Athr.map(square, values())
    with pytest.raises(TypeError, match="^the items must be an iterable, a Gio.ListModel or an Athr.Stream, not int$"):
        Athr.map(square, 3)
    for kind, limit in (ValueError, 0), (ValueError, -1), (ValueError, 2**32), (TypeError, "4"):
        with pytest.raises(kind, match="^limit must be"):
            Athr.map(square, [], limit)
    with pytest.raises(TypeError, match="^ordered must be a bool, not str$"):
        Athr.map(square, [], ordered="no")
    with pytest.raises(TypeError, match="^executor must be"):
        Athr.map(square, [], executor=3)
    with pytest.raises(TypeError, match="^owner must be"):
        Athr.map(square, [], owner=3)


async def test_a_stream_is_taken_once():
    stream = Athr.iterate(range)(3)
    assert await anext(stream) == 0  # the other values have come to the inbox, too, or will
    stream_of_one = Athr.iterate(range, buffer_maxsize=1)(3)
    used = Athr.map(square, stream_of_one)
    for taken in stream, stream_of_one:
        if taken is stream and not stream._athr_inbox.values:
            continue
        with pytest.raises(RuntimeError, match="are being taken already$"):
            Athr.map(square, taken)
    assert await collect(used) == [0, 1, 4]


class Item:
    alive = 0

    def __init__(self, number):
        self.number = number
        Item.alive += 1

    def __del__(self):
        Item.alive -= 1


def resident():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.parametrize("limit, ordered", [(1, True), (4, True), (4, False)])
async def test_many_small_items_need_little_memory(limit, ordered):
    number_of, total, most = (lambda item: item.number), 0, 0
    before = resident() if os.path.exists("/proc/self/statm") else 0
    async with Athr.map(number_of, (Item(x) for x in range(MANY)), limit, ordered) as stream:
        async for number in stream:
            total += number
            most = max(most, Item.alive)
    assert total == MANY * (MANY - 1) // 2
    # Besides the items that are held, those that the worker has done with are on their way home.
    assert most < 2000
    while Item.alive:
        await asyncio.sleep(0.001)
    if before:
        assert resident() - before < 16 * 1024 * 1024


def test_many_maps_leave_nothing():
    executor, all_run = Athr.Executor.new("leaks", 5), threading.Barrier(5)

    async def main(n):
        # Each worker has objects of Python, too. So the pool has all of its workers before the test counts.
        await asyncio.gather(*(Athr.call(all_run.wait, executor=executor)() for _ in range(5)))
        for number in range(n):
            async with Athr.map(fail_at(2), (Item(x).number for x in range(4)), executor=executor) as stream:
                assert await anext(stream) == 0
                if number % 2:
                    with pytest.raises(ValueError):
                        await collect(stream)
                else:
                    with pytest.raises(ValueError):
                        while await stream.next_async() is not None:
                            pass

    asyncio.run(main(100))
    gc.collect()
    gc.disable()
    try:
        before, objects, blocks = resident(), len(gc.get_objects()), sys.getallocatedblocks()
        asyncio.run(main(1000))
        assert len(gc.get_objects()) - objects < 30
        assert sys.getallocatedblocks() - blocks < 1000
        assert resident() - before < 4 * 1024 * 1024
    finally:
        gc.enable()
    assert Item.alive == 0


async def test_a_dropped_map_stops():
    closed = threading.Event()

    def items():
        try:
            yield from itertools.count()
        finally:
            closed.set()

    stream = Athr.map(square, items())
    assert await anext(stream) == 0
    reference = weakref.ref(stream)
    del stream
    assert reference() is None
    await Athr.call(closed.wait)(patiently(30))
    assert closed.is_set()


def test_exit_while_functions_run():
    program = """
        import asyncio, gi, itertools, threading
        gi.require_version("Athr", "1")
        from gi.repository import Athr
        def work(x):
            cancelled = threading.Event()
            Athr.current().cancellable.connect(lambda *_: cancelled.set())
            running.set()
            cancelled.wait()
        running = threading.Event()
        stream = Athr.map(work, itertools.count(), 2)
        async def main():
            stream.start()
            await Athr.call(running.wait)()
        asyncio.run(main())
        print("left", flush=True)
        """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True,
                         timeout=patiently(60))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "left\n", "")


def double_or_fail(yielder, number, factor):
    assert Athr.current().cancelled is False
    if number == 2:
        raise SystemExit("two")
    yielder.yield_value(factor * number)


async def test_a_map_of_c():
    def new_map(items):
        return Athr.Stream.new_map(Athr.Stream.for_iterator(items), 2, Athr.MapFlags.DEFAULT, double_or_fail, 10)

    assert [value async for value in new_map([0, 1])] == [0, 10]
    got = []
    with pytest.raises(SystemExit, match="two"):
        async for value in new_map([0, 1, 2, 3]):
            got.append(value)
    assert got == [0, 10]
    with pytest.raises(ZeroDivisionError):
        async for value in new_map(1 // number for number in [1, 0]):
            pass
    with pytest.raises(TypeError, match="a function is needed, not int"):
        Athr.Stream.new_map(Athr.Stream.for_iterator([]), 1, 0, 3)
    with pytest.raises(TypeError, match="source must be an Athr.Stream, not list"):
        Athr.Stream.new_map([], 1, 0, double_or_fail)
    source = Athr.Stream.for_iterator([])
    Athr.Stream.new_map(source, 1, 0, double_or_fail)
    with pytest.raises(RuntimeError, match="are being taken already"):
        Athr.Stream.new_map(source, 1, 0, double_or_fail)
