# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutines that await the methods of calls, streams and executors."""

import traceback

import pytest

from gi.repository import Athr


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
    # Before Python 3.13 athrow() of a closed native generator gives None.
    makers = {native, Athr.generate(count), Athr.generate(count, buffer_maxsize=2),
              lambda: Athr.Stream.for_generator(count())}
    if "athrow" in step.__code__.co_names:
        makers.remove(native)
    for make in makers:
        generator = make()
        for _ in range(n_taken):
            await outcome(generator.__anext__())
        await generator.aclose()
        while n_taken < 4 and isinstance(await outcome(generator.__anext__()), int):
            pass  # values that the buffer had already
        assert await outcome(step(generator)) is StopAsyncIteration
        assert await outcome(step(generator)) is StopAsyncIteration
        assert await outcome(generator.aclose()) is None


async def test_sends_after_close_before_anything_else():
    for make in native, Athr.generate(count), lambda: Athr.Stream.for_generator(count()):
        generator = make()
        await generator.aclose()
        assert await outcome(generator.asend(1)) is StopAsyncIteration
        assert await outcome(generator.asend(None)) is StopAsyncIteration
