# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Work ends with its owner: a GObject that is disposed, or an object of Python that nothing refers to any more."""

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref

import pytest
from gi.repository import Athr, Gio, GLib, GObject
from patience import patiently


class Window:
    """An owner of Python. Its __eq__() and its missing __hash__() must not matter."""

    def __eq__(self, other):
        return True


class Row(GObject.Object):
    """An owner whose class is of Python"""


OWNERS = {"Python": Window, "GObject": Gio.SimpleActionGroup, "class of Python": Row}


@pytest.fixture(params=OWNERS.values(), ids=OWNERS.keys())
def new_owner(request):
    return request.param


class Gate:
    """A function that blocks until the test opens the gate, and the event that tells that the function runs."""

    def __init__(self):
        self.running, self.opened, self.returned = threading.Event(), threading.Event(), threading.Event()

    def wait(self, *_):
        self.running.set()
        self.opened.wait()
        self.returned.set()
        return "late"

    async def until_running(self):
        await Athr.call(self.running.wait)()

    async def open(self):
        self.opened.set()
        await Athr.call(self.returned.wait)()


def on_thread(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    thread.join()


async def is_cancelled(awaitable):
    """Whether the awaitable ends with CancelledError, without a cancelled task."""
    with pytest.raises(asyncio.CancelledError):
        await awaitable
    assert not asyncio.current_task().cancelling()
    return True


def numbers(n=3):
    return iter(range(n))


def push_numbers(callback):
    for number in range(3):
        callback(number)


STREAMS = {
    "iterate": lambda owner: Athr.iterate(numbers).options(owner=owner)(),
    "iterate bounded": lambda owner: Athr.iterate(numbers, buffer_maxsize=2, owner=owner)(),
    "generate": lambda owner: Athr.generate(lambda: (x for x in numbers()), owner=owner)(),
    "iterate_callback": lambda owner: Athr.iterate_callback(push_numbers, owner=owner)(),
    "for_iterator": lambda owner: Athr.Stream.for_iterator(numbers(), owner=owner),
    "for_generator": lambda owner: Athr.Stream.for_generator((x for x in numbers()), owner=owner),
    "for_callback": lambda owner: Athr.Stream.for_callback(push_numbers, owner=owner),
}


@pytest.fixture(params=STREAMS.values(), ids=STREAMS.keys())
def new_stream(request):
    return request.param


# Calls

async def test_a_call_of_a_living_owner(new_owner):
    owner = new_owner()
    assert await Athr.call(abs).options(owner=owner)(-1) == 1
    assert await Athr.call(abs, owner=owner)(-1) == 1
    assert await Athr.single_callback(lambda callback: callback(1), owner=owner)() == 1
    with pytest.raises(ValueError):
        await Athr.call(int, owner=owner, timeout=60)("x")
    assert await Athr.call(abs, owner=owner).options(owner=None)(-2) == 2


async def test_the_owner_goes_while_the_function_runs(new_owner):
    owner, gate = new_owner(), Gate()
    task = asyncio.ensure_future(Athr.call(gate.wait).options(owner=owner)())
    await gate.until_running()
    del owner
    assert await is_cancelled(task)
    assert not gate.returned.is_set()
    await gate.open()


async def test_the_function_sees_that_the_owner_is_gone(new_owner):
    owner, running = new_owner(), threading.Event()

    def wait():
        cancelled = threading.Event()
        Athr.current().cancellable.connect(lambda *_: cancelled.set())
        running.set()
        return cancelled.wait(patiently(30))

    ended = []
    task = asyncio.ensure_future(Athr.call(lambda: ended.append(wait()), owner=owner)())
    await Athr.call(running.wait)()
    del owner
    assert await is_cancelled(task)
    while not ended:
        await asyncio.sleep(0)
    assert ended == [True]


async def test_the_owner_goes_while_the_call_is_queued(new_owner):
    owner, gate, ran = new_owner(), Gate(), []
    executor = Athr.Executor.new("one", 1)
    first = asyncio.ensure_future(Athr.call(gate.wait, executor=executor)())
    await gate.until_running()
    task = asyncio.ensure_future(Athr.call(ran.append, executor=executor, owner=owner)(1))
    await asyncio.sleep(0)
    del owner
    assert await is_cancelled(task)
    await gate.open()
    assert await first == "late"
    await Athr.call(abs, executor=executor)(1)
    assert not ran


@pytest.mark.parametrize("decorate", [Athr.call, Athr.single_callback])
async def test_the_owner_is_gone_already(new_owner, decorate):
    owner, ran = new_owner(), []
    function = decorate(ran.append).options(owner=owner)
    del owner
    assert await is_cancelled(function(*[1] * (decorate is Athr.call)))
    await Athr.call(abs)(1)
    assert not ran


async def test_the_owner_goes_on_another_thread(new_owner):
    owners, gate = [new_owner()], Gate()
    task = asyncio.ensure_future(Athr.call(gate.wait, owner=owners[0])())
    await gate.until_running()
    on_thread(owners.clear)
    assert await is_cancelled(task)
    await gate.open()


async def test_the_collector_finds_the_owner(new_owner):
    gate = Gate()

    async def start():
        owner = new_owner()
        if not isinstance(owner, GObject.Object) or type(owner) is Row:
            owner.cycle = owner
        task = asyncio.ensure_future(Athr.call(gate.wait, owner=owner)())
        await gate.until_running()
        return task

    task = await start()
    await asyncio.to_thread(gc.collect)
    assert await is_cancelled(task)
    await gate.open()


async def test_a_disposed_object_that_lives_on():
    owner, gate = Row(), Gate()
    task = asyncio.ensure_future(Athr.call(gate.wait, owner=owner)())
    await gate.until_running()
    owner.run_dispose()
    assert await is_cancelled(task)
    await gate.open()


def bound_call(owner, function, value):
    call = Athr.Call.new(lambda call: function(value))
    call.bind(owner)
    return call


def bound_stream(owner, function, value):
    stream = Athr.Stream.for_iterator(function(x) for x in [value])
    stream.bind(owner)
    return anext(stream)


USES = {
    "call": lambda owner, function, value: Athr.call(function, owner=owner)(value),
    "options": lambda owner, function, value: Athr.call(function).options(owner=owner)(value),
    "single_callback": lambda owner, function, value: Athr.single_callback(
        lambda callback, x: callback(function(x)), owner=owner)(value),
    "iterate": lambda owner, function, value: anext(Athr.iterate(lambda: (function(x) for x in [value]), owner=owner)()),
    "map": lambda owner, function, value: anext(Athr.map(function, [value], owner=owner)),
    "Call.bind": bound_call,
    "Stream.bind": bound_stream,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
@pytest.mark.parametrize("first_use", [USES["call"], USES["Stream.bind"]], ids=["call", "Stream.bind"])
async def test_an_owner_that_was_disposed_before(first_use, use):
    owner, ran = Row(), []
    assert await first_use(owner, abs, -1) == 1
    assert await use(owner, abs, -1) == 1
    owner.run_dispose()
    assert await is_cancelled(use(owner, ran.append, 1))
    assert await is_cancelled(use(owner, ran.append, 1))
    await Athr.call(abs)(1)
    assert not ran


async def test_options_of_an_owner_that_was_disposed_before():
    owner, ran = Row(), []
    function = Athr.call(ran.append, owner=owner)
    owner.run_dispose()
    assert await is_cancelled(function(1))
    assert await is_cancelled(Athr.call(ran.append, owner=owner)(1))
    assert not ran


async def test_an_answer_that_comes_first_ends_the_owner_of_the_second(new_owner):
    """Both functions have returned, and both answers are there, when the first coroutine goes on."""
    owners, both = [new_owner()], threading.Barrier(2)

    async def first():
        await Athr.call(both.wait)()
        owners.clear()

    async def second():
        return await Athr.call(both.wait, owner=owners[0])()

    for _ in range(20):
        owners.append(new_owner())
        _, outcome = await asyncio.gather(first(), second(), return_exceptions=True)
        assert isinstance(outcome, (int, asyncio.CancelledError))


async def test_no_result_after_the_end(new_owner):
    """The owner goes in the event loop's iteration that has resolved the future."""
    owners = [new_owner()]
    function = Athr.call(lambda: 42, owner=owners[0])
    coroutine = function()
    future = coroutine.send(None)
    while not future.done():
        await asyncio.sleep(0)
    owners.clear()
    with pytest.raises(asyncio.CancelledError):
        coroutine.send(None)


async def test_a_callback_that_was_kept(new_owner):
    owner, kept = new_owner(), []
    task = asyncio.ensure_future(Athr.single_callback(kept.append, owner=owner)())
    while not kept:
        await asyncio.sleep(0.001)
    del owner
    assert await is_cancelled(task)
    with pytest.raises(GeneratorExit):
        kept.pop()(1)


async def test_a_callback_comes_later_than_the_return(new_owner):
    owner, kept = new_owner(), []
    task = asyncio.ensure_future(Athr.single_callback(kept.append, owner=owner)())
    while not kept:
        await asyncio.sleep(0.001)
    kept.pop()(42)
    assert await task == 42
    del owner


async def test_progress_falls_silent(new_owner):
    owners, gate, reports = [new_owner()], Gate(), []

    def work():
        Athr.current().report_progress(0.25)
        gate.wait()
        Athr.current().report_progress(0.75)

    def report(fraction, _):
        reports.append(fraction)
        owners.clear()

    assert await is_cancelled(Athr.call(work, progress=report, owner=owners[0])())
    await gate.open()
    await Athr.call(abs)(1)
    assert reports == [0.25]


async def test_the_owner_goes_in_a_callback_of_the_loop(new_owner):
    owners, gate = [new_owner()], Gate()
    task = asyncio.ensure_future(Athr.call(gate.wait, owner=owners[0])())
    await gate.until_running()
    asyncio.get_running_loop().call_soon(owners.clear)
    assert await is_cancelled(task)
    await gate.open()


async def test_an_exception_after_the_end_is_reported(new_owner):
    owner, gate, reports = new_owner(), Gate(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["exception"]))

    def fail():
        gate.wait()
        raise ValueError("late")

    task = asyncio.ensure_future(Athr.call(fail, owner=owner)())
    await gate.until_running()
    del owner
    assert await is_cancelled(task)
    gate.opened.set()
    while not reports:
        await asyncio.sleep(0.001)
    assert str(reports.pop()) == "late" and not reports


async def test_options_do_not_keep_the_owner(new_owner):
    owner = new_owner()
    gone = []
    weakref.finalize(owner, gone.append, 1) if isinstance(owner, Window) else owner.weak_ref(gone.append, 1)
    kept = [Athr.call(abs).options(owner=owner), Athr.call(owner=owner), Athr.iterate(numbers, owner=owner)]
    kept += [Athr.iterate(numbers, owner=owner)(), Athr.call(owner=owner)(abs)]
    del owner
    assert gone == [1]
    assert await is_cancelled(kept[0](1))


async def test_bound_methods():
    class Reader:
        @Athr.call
        def read(self, number):
            return number + 1

    reader, owner = Reader(), Window()
    read = reader.read.options(owner=owner)
    assert await read(1) == 2
    del owner
    assert await is_cancelled(read(1))
    assert await reader.read.options(owner=reader)(3) == 4


async def test_await_of_a_call_that_the_program_binds(new_owner):
    owner, gate = new_owner(), Gate()
    calls = [Athr.Call.new(gate.wait), Athr.Call.new(gate.wait)]
    for call in calls:
        call.bind(owner)
    tasks = [asyncio.ensure_future(awaitable) for awaitable in (calls[0].run_async(), calls[1].run_async())]

    async def wait():
        return await calls[0]

    tasks.append(asyncio.ensure_future(wait()))
    await gate.until_running()
    del owner
    for task in tasks:
        assert await is_cancelled(task)
    await gate.open()


@pytest.mark.skipif(os.environ.get("USE_INVOKE") != "true", reason="without AthrInvoke")
async def test_invoke(new_owner):
    owner = new_owner()
    assert await Athr.invoke("GLib.get_prgname", owner=owner) == GLib.get_prgname()
    disposed = Row()
    assert await Athr.invoke("GLib.get_prgname", owner=disposed) == GLib.get_prgname()
    disposed.run_dispose()
    assert await is_cancelled(Athr.invoke("GLib.get_prgname", owner=disposed))
    executor = Athr.Executor(name="paused", paused=True)
    task = asyncio.ensure_future(Athr.invoke("GLib.get_prgname", executor=executor, owner=owner))
    await asyncio.sleep(0)
    del owner
    assert await is_cancelled(task)


# Streams

async def test_a_stream_of_a_living_owner(new_owner, new_stream):
    owner = new_owner()
    async with new_stream(owner) as stream:
        assert [value async for value in stream] == [0, 1, 2]
    assert [value async for value in new_stream(owner)] == [0, 1, 2]
    assert await new_stream(owner).next_batch_async(9)
    assert await new_stream(owner).next_async() == 0


async def test_a_stream_whose_owner_is_gone_already(new_owner, new_stream):
    stream = new_stream(new_owner())
    gc.collect()
    for _ in range(2):
        assert await is_cancelled(anext(stream))
        assert await is_cancelled(stream.next_async())
        assert await is_cancelled(stream.next_batch_async(3))
    assert stream.try_next(default="none") == "none"
    await stream.aclose()


async def test_the_owner_goes_while_a_coroutine_waits_for_a_value(new_owner):
    owner, gate = new_owner(), Gate()
    stream = Athr.iterate(lambda: iter(gate.wait, None), owner=owner)()

    async def iterate():
        async for _ in stream:
            assert False

    task = asyncio.ensure_future(iterate())
    await gate.until_running()
    del owner
    assert await is_cancelled(task)
    await gate.open()
    await stream.aclose()


@pytest.mark.parametrize("size", [None, 0, 1, 100])
async def test_no_value_after_the_end(new_owner, size):
    """Values are in the buffer, and in the inbox of the stream."""
    owner, seen = new_owner(), []

    async def iterate(stream):
        nonlocal owner
        async for value in stream:
            seen.append(value)
            if value == 4:
                owner = None

    stream = Athr.iterate(numbers, buffer_maxsize=size, owner=owner)(1000)
    assert await is_cancelled(iterate(stream))
    assert seen == [0, 1, 2, 3, 4]
    await stream.aclose()


async def test_a_stream_that_gets_its_owner_late(new_owner):
    owner, stream = new_owner(), Athr.iterate(numbers)(1000)
    assert await anext(stream) == 0
    stream.bind(owner)
    assert await anext(stream) == 1
    del owner
    assert await is_cancelled(anext(stream))
    with pytest.raises(GLib.Error) as info:
        stream.next()
    assert Athr.is_cancelled(info.value)


async def test_no_value_that_was_on_its_way(new_owner):
    owners = [new_owner()]
    stream = Athr.iterate(numbers, owner=owners[0])(1)
    coroutine = anext(stream)
    future = coroutine.send(None)
    while not future.done():
        # The values of a stream have a lower priority than the callbacks of gbulb and gi.events, and gi.events does
        # not let other sources run in the last millisecond before a timer.
        await asyncio.sleep(0.01)
    owners.clear()
    with pytest.raises(asyncio.CancelledError):
        coroutine.send(None)


async def test_the_end_closes_the_producer(new_owner):
    owner, closed = new_owner(), threading.Event()

    def produce():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    stream = Athr.iterate(produce, buffer_maxsize=1, owner=owner)()
    assert await anext(stream) == 1
    del owner
    await Athr.call(closed.wait)()
    assert await is_cancelled(anext(stream))


def test_signals_fall_silent(new_owner):
    owners, seen, loop = [new_owner()], [], GLib.MainLoop()
    ended = threading.Event()

    def produce(yielder):
        with contextlib.suppress(GLib.Error):
            for number in range(100):
                yielder.yield_value(number)
        ended.set()

    def take(_, value):
        seen.append(value)
        if value == 3:
            owners.clear()
            GLib.idle_add(loop.quit, priority=GLib.PRIORITY_LOW)

    stream = Athr.Stream.new(produce)
    stream.bind(owners[0])
    stream.connect("value", take)
    stream.connect("finished", lambda _: seen.append("finished"))
    stream.set_flowing(True)
    loop.run()
    assert ended.wait(patiently(30))
    while GLib.MainContext.default().iteration(False):
        pass
    assert seen == [0, 1, 2, 3]


# Mistakes, leaks, and the end

@pytest.mark.parametrize("owner", [3, "window", (), [], {}])
def test_no_owner(owner):
    message = f"^owner must be a GObject or an object that can be weakly referenced, not {type(owner).__name__}$"
    for use in (lambda: Athr.call(owner=owner), lambda: Athr.call(abs).options(owner=owner),
                lambda: Athr.iterate(numbers, owner=owner), lambda: Athr.Stream.for_iterator([], owner=owner),
                lambda: Athr.generate(numbers, owner=owner), lambda: Athr.Call.new(abs).bind(owner),
                lambda: Athr.Stream.new(abs).bind(owner)):
        with pytest.raises(TypeError, match=message):
            use()


def test_bind_wants_an_owner():
    with pytest.raises(TypeError, match="^an owner is needed, not None$"):
        Athr.Call.new(abs).bind(None)


def test_an_object_without_its_init():
    class Broken(GObject.Object):
        def __init__(self):
            pass

    with contextlib.suppress(TypeError):  # Python can refer weakly to such an object
        Athr.call(abs, owner=Broken())


def resident():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
@pytest.mark.parametrize("lives", [True, False], ids=["one owner", "many owners"])
def test_leaks(new_owner, lives):
    proxies = sys.modules["gi.overrides._athr.owner"].proxies
    kept = []
    # Each worker has objects of Python, too. A producer may still run when the next call comes, and the pool would start
    # more and more workers while the test counts. A single worker also does the work in order.
    executor = Athr.Executor.new("leaks", 1)

    async def attempt(owner):
        assert await Athr.call(abs).options(owner=owner, executor=executor)(-1) == 1
        stream = Athr.iterate(numbers).options(owner=owner, executor=executor)()
        assert await anext(stream) == 0

    async def main(n):
        for _ in range(n):
            owner = kept[0] if lives else new_owner()
            await attempt(owner)
            del owner
        await Athr.call(abs, executor=executor)(1)  # the last producer has returned
        return len(proxies)

    kept.append(new_owner())
    asyncio.run(main(300))
    gc.collect()
    gc.disable()
    try:
        before, objects, blocks = resident(), len(gc.get_objects()), sys.getallocatedblocks()
        assert asyncio.run(main(3000)) <= 1
        assert len(gc.get_objects()) - objects < 30
        assert sys.getallocatedblocks() - blocks < 1000
        assert resident() - before < 4 * 1024 * 1024
    finally:
        gc.enable()


def test_exit_while_work_waits_for_owners():
    program = """
        import asyncio, gi, threading
        gi.require_version("Athr", "1")
        from gi.repository import Athr, GObject
        class Window: pass
        windows = [Window(), GObject.Object()]
        kept = []
        async def main():
            tasks = [asyncio.ensure_future(Athr.single_callback(kept.append, owner=owner)()) for owner in windows]
            while len(kept) < 2:
                await asyncio.sleep(0.001)
            print("kept", flush=True)
        asyncio.run(main())
        """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True,
                         timeout=patiently(60))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "kept\n", "")
