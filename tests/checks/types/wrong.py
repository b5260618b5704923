# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each line with a comment has a fault. mypy must report these lines, and no others."""

from collections.abc import Iterator

from gi.repository import Athr


@Athr.call
def add(a: int, b: int) -> int:
    return a + b


@Athr.iterate
def count(end: int) -> Iterator[int]:
    yield from range(end)


async def main() -> None:
    await add(1)  # call-arg
    await add("1", 2)  # arg-type
    text: str = await add(1, 2)  # assignment
    async for number in count("3"):  # arg-type
        number.upper()  # attr-defined
    for number in count(3):  # attr-defined
        pass
    with count(3):  # attr-defined
        pass
    Athr.Call.new(lambda call: None).set_timeout("1")  # arg-type
    Athr.Executor.new("name")  # call-arg
    Athr.Executor.new("name", 1).n_queud  # attr-defined
    Athr.call(add, executor=3)  # call-overload
    Athr.cal(add)  # attr-defined
    text = Athr.current().ask(len, "x")  # assignment
    Athr.map(len, [1])  # arg-type
    Athr.map(len, 3)  # call-overload
    Athr.map(len, ["x"], limits=3)  # call-overload
    print(text)
