# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Coroutine tests run under each kind of event loop that there is."""

import asyncio
import inspect

import gi
gi.require_version("Athr", "1")
import pytest
from patience import patiently


def run_in_asyncio(main):
    asyncio.run(main)


def run_in_gbulb(main):
    import gbulb
    loop = gbulb.GLibEventLoopPolicy().new_event_loop()
    run_in_loop(loop, main)


def run_in_gi_events(main):
    import gi.events
    policy = gi.events.GLibEventLoopPolicy()
    asyncio.set_event_loop_policy(policy)
    loop = policy.get_event_loop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()
        asyncio.set_event_loop_policy(None)


def run_in_loop(loop, main):
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(main)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


RUNNERS = {"asyncio": run_in_asyncio}
for name, module, runner in (("gbulb", "gbulb", run_in_gbulb), ("gi.events", "gi.events", run_in_gi_events)):
    try:
        __import__(module)
    except ImportError:
        continue
    RUNNERS[name] = runner
if "gi.events" in RUNNERS:  # GLib.MainLoop.run() takes the event loop for one of gi.events
    RUNNERS.pop("gbulb", None)


def pytest_generate_tests(metafunc):
    if inspect.iscoroutinefunction(metafunc.function):
        metafunc.fixturenames.append("loop_runner")
    if "loop_runner" in metafunc.fixturenames:
        metafunc.parametrize("loop_runner", RUNNERS.values(), ids=RUNNERS.keys())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def limited():
        await asyncio.wait_for(pyfuncitem.obj(**arguments), patiently(30))

    pyfuncitem.callspec.params["loop_runner"](limited())
    return True
