# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions on workers see the context variables of their caller, as with asyncio.to_thread()."""

import asyncio
import contextvars
import decimal
import gc
import threading
import weakref

import pytest
from patience import patiently
from gi.repository import Athr

variable = contextvars.ContextVar("variable", default="default")
ONE = Athr.Executor.new("one", 1)


class Request:
    pass


def pass_variable(callback):
    callback(variable.get())


def yield_variable():
    yield variable.get()


async def first_of(stream):
    async with stream:
        return await anext(stream)


async def call_of_c():
    call = Athr.Call.new(lambda call: call.return_value(variable.get()))
    call.set_executor(ONE)
    return await call


async def stream_of_c():
    stream = Athr.Stream.new(lambda yielder: yielder.yield_value(variable.get()))
    stream.set_executor(ONE)
    return await first_of(stream)


async def steps():
    stream = Athr.Stream.new_steps(lambda yielder: yielder.yield_value(variable.get()))
    stream.set_executor(ONE)
    return await first_of(stream)


READERS = {
    "call": Athr.call(variable.get, executor=ONE),
    "single-callback": Athr.single_callback(pass_variable, executor=ONE),
    "iterate": lambda: first_of(Athr.iterate(yield_variable, executor=ONE)()),
    "generate": lambda: first_of(Athr.generate(yield_variable, executor=ONE)()),
    "iterate-callback": lambda: first_of(Athr.iterate_callback(pass_variable, executor=ONE)()),
    "for-iterator": lambda: first_of(Athr.Stream.for_iterator(yield_variable(), executor=ONE)),
    "for-generator": lambda: first_of(Athr.Stream.for_generator(yield_variable(), executor=ONE)),
    "for-callback": lambda: first_of(Athr.Stream.for_callback(pass_variable, executor=ONE)),
    "Call.new": call_of_c,
    "Stream.new": stream_of_c,
    "Stream.new_steps": steps,
}
reader_kinds = pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())


@reader_kinds
async def test_worker_sees_the_variables_of_its_caller(read):
    variable.set("first")
    assert await read() == "first"
    variable.set("second")
    assert await read() == "second"


@reader_kinds
async def test_concurrent_callers_have_contexts_of_their_own(read):
    async def run(name):
        variable.set(name)
        return await read()

    assert await asyncio.gather(*map(run, range(20))) == list(range(20))


@reader_kinds
async def test_changes_stay_with_the_call(read):
    variable.set("mine")
    await Athr.call(variable.set, executor=ONE)("of a call")
    await first_of(Athr.iterate(lambda: [variable.set("of a stream")], executor=ONE)())
    call = Athr.Call.new(lambda call: variable.set("of a call of C"))
    call.set_executor(ONE)
    call.start()
    assert await read() == "mine"
    assert variable.get() == "mine"


@pytest.mark.parametrize("size", [0, 1, None])
async def test_one_context_for_a_stream(size):
    def count():
        try:
            for number in range(5):
                yield variable.get()
                variable.set(number)
        finally:
            ended.append(variable.get())

    ended = []
    variable.set("mine")
    stream = Athr.generate(count, buffer_maxsize=size)()
    variable.set("too late")
    assert [value async for value in stream] == ["mine", 0, 1, 2, 3]
    assert ended == [4]


async def test_close_runs_in_the_context_of_the_stream():
    class Numbers:
        def __iter__(self):
            return self

        def __next__(self):
            variable.set("stepped")
            raise StopIteration

        def close(self):
            closed.append(variable.get())

    closed = []
    variable.set("mine")
    await Athr.Stream.for_iterator(Numbers()).aclose()
    async with Athr.Stream.for_iterator(Numbers()) as stream:
        assert [value async for value in stream] == []
    assert closed == ["mine", "stepped"]


async def test_decimal():
    decimal.setcontext(decimal.Context(prec=5))
    assert str(await Athr.call(lambda: decimal.Decimal(1) / 3)()) == "0.33333"
    await Athr.call(lambda: setattr(decimal.getcontext(), "prec", 7))()
    decimal.setcontext(decimal.Context(prec=6))
    assert str(await Athr.call(lambda: decimal.Decimal(1) / 3)()) == "0.333333"


@reader_kinds
def test_no_context_is_kept(read):
    """The first operation under an event loop also registers a file descriptor."""
    async def run():
        variable.set(Request())
        await read()
        return weakref.ref(variable.get())

    async def main():
        reference = await asyncio.create_task(run())
        await asyncio.sleep(0.01)
        gc.collect()
        assert reference() is None

    asyncio.run(main())


def test_handlers_of_signals_have_no_context_of_a_task():
    async def enter():
        variable.set("of the first task")
        await Athr.call(len)("")

    async def main():
        await asyncio.create_task(enter())
        stream = Athr.Stream.new(lambda yielder: yielder.yield_value(1))
        stream.connect("value", lambda *_: seen.append(variable.get()))
        stream.connect("finished", lambda *_: finished.set())
        async with stream:
            stream.set_flowing(True)
            await asyncio.wait_for(finished.wait(), patiently(10))

    seen, finished = [], asyncio.Event()
    thread = threading.Thread(target=asyncio.run, args=(main(),))  # a thread whose first event loop this is
    thread.start()
    thread.join()
    assert seen == ["default"]
