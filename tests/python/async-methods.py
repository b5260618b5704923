# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutines that await the methods of calls, streams and executors."""

import traceback

import pytest

from gi.repository import Athr


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
