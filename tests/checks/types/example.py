# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""mypy checks this program with the stub, and Python runs the program with the library."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any, Optional, assert_type

import gi

gi.require_version("Athr", "1")
from gi.repository import Athr  # noqa: E402


@Athr.call
def add(a: int, b: int = 0) -> int:
    return a + b


@Athr.call(executor=Athr.Executor.get_default())
def name_of_thread() -> str:
    return threading.current_thread().name


@Athr.iterate(buffer_maxsize=4)
def count(end: int) -> Iterator[int]:
    yield from range(end)


@Athr.generate
def mean() -> Generator[float, Optional[float], None]:
    total, n = 0.0, 0
    while True:
        number = yield total / max(n, 1)
        if number is not None:
            total, n = total + number, n + 1


@Athr.generate(buffer_maxsize=1)
def letters(text: str) -> Iterator[str]:
    yield from text


@Athr.iterate_callback
def find(found: Callable[[str], None], *names: str) -> None:
    for name in names:
        found(name)


@Athr.single_callback
def find_one(found: Callable[[bytes], None], name: str) -> None:
    found(name.encode())


class Counter:
    step = 2

    @Athr.call
    def next(self, number: int) -> int:
        return number + self.step

    @classmethod
    @Athr.call
    def last(cls, number: int) -> int:
        return number - cls.step

    @staticmethod
    @Athr.call
    def half(number: int) -> float:
        return number / 2


async def calls() -> None:
    assert_type(await add(1, b=2), int)
    assert_type(await Counter.last(1), int)
    assert_type(await Counter().last(1), int)
    assert_type(await Counter.half(1), float)
    assert_type(await Counter.next(Counter(), 1), int)
    assert_type(await Counter().next.options(timeout=9)(1), int)
    assert_type(await name_of_thread(), str)
    assert_type(await Counter().next(1), int)
    assert_type(await find_one("a"), bytes)
    assert_type(await Athr.call(len)("abc"), int)
    assert_type(await Athr.invoke("GLib.usleep", 0), Any)


async def streams() -> None:
    async with count(3) as stream:
        numbers = [number async for number in stream]
        assert_type(numbers, list[int])
        assert_type(stream.get_n_buffered(), int)
        assert numbers == [0, 1, 2]

    means = mean()
    generator: AsyncGenerator[float, Optional[float]] = means
    await anext(generator)
    assert_type(await means.asend(4), float)
    await means.aclose()
    assert_type([letter async for letter in letters("ab")], list[str])

    assert_type([name async for name in find("a", "b")], list[str])
    assert_type([letter async for letter in Athr.Stream.for_iterator("abc", buffer_maxsize=1)], list[str])


def use_yielder(yielder: Athr.Yielder, first: int, second: str) -> None:
    yielder.yield_value(first)
    yielder.yield_value(second)


async def objects() -> None:
    stream = Athr.Stream.new(use_yielder, 1, "two")
    stream.set_buffer_size(1)
    stream.connect("finished", lambda stream: None)
    assert [value async for value in stream] == [1, "two"]
    assert_type(stream.get_state(), Athr.StreamState)

    async with Athr.Executor.new("own", 1) as executor:
        call = Athr.Call.new(lambda call, number: number + 1, 41)
        call.set_executor(executor)
        call.props.timeout = 1000
        assert await call == 42
        assert_type(call.get_error(), Optional[BaseException])
        assert_type(executor.props.n_queued, int)
    assert Athr.MAJOR_VERSION == 1


class Owner:
    pass


def ask(number: int) -> str:
    current = Athr.current()
    assert_type(current.ask(add_later, number, 1), int)
    assert_type(current.ask(str, number), str)
    current.post(abs, number)
    return current.ask(str, number)


async def add_later(a: int, b: int) -> int:
    return a + b


def repeat(number: int) -> Generator[str, None, None]:
    for _ in range(number):
        yield str(number)


async def items() -> None:
    owner = Owner()
    async for text in Athr.map(ask, [1, 2], 2, ordered=False, owner=owner):
        assert_type(text, str)
    async for text in Athr.map(repeat, count(3), buffer_maxsize=1):
        assert_type(text, str)
    assert_type(await add.options(owner=owner)(1), int)
    call = Athr.Call.new(lambda call: None)
    call.bind(owner)
    await call


async def main() -> None:
    await calls()
    await items()
    await streams()
    await objects()
    print("done")


asyncio.run(main())
