# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Random operations on a native asynchronous generator and on its twin, a stream of a generator with the same body. Both
must give the same values and exceptions, and their bodies must see the same. ATHR_STRESS_SECONDS sets the duration.
ATHR_STRESS_SEED repeats the sequences of a run that has failed."""

import ast
import asyncio
import gc
import inspect
import os
import random
import sys
import textwrap
import threading
import time
import traceback
import weakref

import pytest
from patience import patiently
from gi.repository import Athr

SEED = os.environ.get("ATHR_STRESS_SEED")
SECONDS = float(os.environ.get("ATHR_STRESS_SECONDS") or 0)
N_SEQUENCES = 300
SEQUENCES_IN_A_LOOP = 20
VALUES = (None, 0, 1, -1, "", "text", "a\0b", 2**70, 1.5, b"", (), [None], False)
EXCEPTIONS = (StopIteration, StopAsyncIteration, GeneratorExit, ValueError, KeyError, asyncio.CancelledError)
WRONG = ((5,), (int,), (None,), (ValueError("instance"), "text"), (ValueError, None, 5))


def echo(see, pause, _):
    see("begins")
    try:
        got = None
        for number in range(6):
            pause()
            got = yield number, got
            see(got)
    finally:
        see("finally")


def goes_on(see, pause, _):
    for number in range(8):
        try:
            sent = yield number
            see(sent)
            pause()
        except Exception as error:
            see(repr(error))


def yields_what_is_thrown(see, pause, _):
    thrown = None
    while True:
        try:
            pause()
            yield thrown
        except (ValueError, KeyError) as error:
            thrown = error
        else:
            thrown = None
        see(type(thrown))


def yields_in_handlers(see, pause, _):
    try:
        yield 1
        pause()
        yield 2
    except ValueError as error:
        see("except")
        sent = yield repr(error)
        see(sent)
    finally:
        see("finally")
        sent = yield 3
        see(sent)
        pause()
    yield 4


def ignores_exit(see, pause, _):
    for number in range(5):
        try:
            pause()
            yield number
        except GeneratorExit:
            see("ignored")


def ignores_exit_at_first(see, pause, _):
    try:
        yield 1
    except GeneratorExit:
        see("once")
        yield 2
    see("after")
    yield 3


def returns_early(see, pause, _):
    sent = yield
    see(sent)
    if sent:
        return
    pause()
    yield sent


def never_yields(see, pause, _):
    pause()
    see("returns")
    return
    yield


def raises(see, pause, _):
    yield 1
    pause()
    see("raises")
    raise ValueError("reason")


def raises_for_another(see, pause, _):
    while True:
        try:
            yield 1
        except ValueError as error:
            pause()
            raise KeyError("from") from error
        except KeyError:
            raise IndexError("while")


def raises_in_finally(see, pause, _):
    try:
        yield 1
        yield 2
    finally:
        see("finally")
        raise ZeroDivisionError


def raises_for_exit(see, pause, _):
    try:
        yield 1
        yield 2
    except GeneratorExit as error:
        see(repr(error))
        raise ValueError("no exit") from None


def returns_for_exit(see, pause, _):
    while True:
        try:
            yield 1
        except GeneratorExit:
            see("exit")
            return


def raises_stop_iteration(see, pause, _):
    sent = yield 1
    see(sent)
    raise StopIteration(sent)


def raises_stop_async_iteration(see, pause, _):
    sent = yield 1
    see(sent)
    raise StopAsyncIteration(sent)


def raises_stop_in_finally(see, pause, _):
    try:
        yield 1
        yield 2
    finally:
        see("finally")
        raise StopAsyncIteration


BODIES = (echo, goes_on, yields_what_is_thrown, yields_in_handlers, ignores_exit, ignores_exit_at_first, returns_early,
          never_yields, raises, raises_for_another, raises_in_finally, raises_for_exit, returns_for_exit,
          raises_stop_iteration, raises_stop_async_iteration, raises_stop_in_finally)
NAMES = {body.__name__ for body in BODIES}
YIELDS_AT_EXIT = {yields_in_handlers, ignores_exit, ignores_exit_at_first}


class ToNative(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        return ast.AsyncFunctionDef(**dict(ast.iter_fields(node)))

    def visit_Call(self, node):
        return ast.Await(node) if isinstance(node.func, ast.Name) and node.func.id == "pause" else node


def native_twin(function):
    """Compiles the source of a generator function as an asynchronous generator function, which awaits pause()."""
    tree = ToNative().visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    names = {}
    exec(compile(ast.fix_missing_locations(tree), __file__, "exec"), names)
    return names[function.__name__]


NATIVE = {body: native_twin(body) for body in BODIES}


class Token:
    """What lives as long as the frame of a generator."""


class Twin:
    """A generator, and a record of what its operations give and what its body sees."""

    def __init__(self, function):
        self.record = []
        self.gate = threading.Event()
        self.gate.set()
        self.loop = asyncio.get_running_loop()
        self.paused = asyncio.Event()
        self.thrown = None
        token = Token()
        self.token = weakref.ref(token)
        self.generator = function(self.see, self.pause, token)

    def see(self, what):
        self.record.append(("sees", what))

    def pause(self):
        self.loop.call_soon_threadsafe(self.paused.set)
        self.gate.wait()

    async def note(self, awaitable):
        """Notes the result or the exception of an operation."""
        try:
            outcome = await awaitable
            if isinstance(outcome, BaseException):
                outcome = repr(outcome), outcome is self.thrown
        except BaseException as error:
            outcome = self.describe(error)
        self.record.append(("gives", outcome))

    def describe(self, error):
        # A plain generator that raises StopIteration does not call itself asynchronous.
        text = str(error).replace("async generator raised StopIteration", "generator raised StopIteration")
        causes, cause = [type(error.__context__)], error.__cause__
        while cause is not None:
            causes.append(type(cause))
            cause = cause.__cause__
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__) if frame.name in NAMES]
        return type(error), text, causes, error is self.thrown, frames

    def begin(self, name, *arguments):
        if name == "athrow instance":
            kind, *arguments = arguments
            self.thrown = kind(*arguments)
            return self.generator.athrow(self.thrown)
        return getattr(self.generator, name)(*arguments)

    async def iterate(self, most):
        async for value in self.generator:
            self.record.append(("iterates", value))
            most -= 1
            if not most:
                break

    async def run_together(self, first, *others):
        """Begins the other operations while the body pauses in the first one."""
        self.gate.clear()
        self.paused.clear()
        task, paused = map(asyncio.ensure_future, (self.note(self.begin(*first)), self.paused.wait()))
        await asyncio.wait((task, paused), return_when=asyncio.FIRST_COMPLETED)
        paused.cancel()
        if task.done():
            self.gate.set()
        for operation in others:
            await self.note(self.begin(*operation))
        self.gate.set()
        await task

    async def drop(self):
        """Drops the generator, and waits until its frame has gone."""
        self.generator = self.thrown = None
        while self.token() is not None:
            await asyncio.sleep(0.01)
            gc.collect()  # the frame may refer to an exception whose traceback refers to the frame

    async def run(self, operations):
        for name, *arguments in operations:
            if name == "drop":
                await self.drop()
                break
            if name == "iterate":
                await self.note(self.iterate(*arguments))
            elif name == "together":
                await self.run_together(*arguments)
            else:
                await self.note(self.begin(name, *arguments))
            self.record.append(("is", self.generator.ag_running, self.generator.ag_frame is None))
            # Then a native generator goes on. A stream that was closed gives no more values.
            if "ignored GeneratorExit" in str(self.record):
                break


class NativeTwin(Twin):
    async def pause(self):
        self.paused.set()
        while not self.gate.is_set():
            await asyncio.sleep(0)


def choose_step(chance, has_begun):
    """An operation that runs the body up to its next value. Before the body begins, newer versions of Python let a
    StopIteration or a StopAsyncIteration through."""
    name = chance.choice(("__anext__", "asend", "asend", "athrow", "athrow instance"))
    if name == "asend":
        return name, chance.choice(VALUES)
    if name.startswith("athrow"):
        if name == "athrow" and not chance.randrange(6):
            return name, *chance.choice(WRONG)
        kind = chance.choice(EXCEPTIONS if has_begun else EXCEPTIONS[2:])
        return name, kind, *chance.choice(((), ("text",)))
    return (name,)


def choose_operations(chance, body):
    """Three operations are left out, since a thread cannot do what a native generator does. Cancelling a wait for a
    value abandons the wait: a blocked thread cannot be cancelled. aclose() waits for an operation that runs, and
    raises no RuntimeError: an abandoned operation still runs when the generator is left. And the body of a dropped
    stream that ignores GeneratorExit gets a second one, when Python frees the plain generator."""
    has_begun = chance.randrange(3) > 0
    if has_begun:
        yield ("__anext__",)
    for _ in range(chance.randrange(10)):
        kind = chance.randrange(20)
        if kind == 0 and body not in YIELDS_AT_EXIT:
            yield ("drop",)
        elif kind <= 1:
            yield ("aclose",)
        elif kind <= 4:
            yield "iterate", chance.randrange(1, 5)
        elif kind <= 7:
            yield "together", *(choose_step(chance, has_begun) for _ in range(chance.randrange(2, 4)))
        else:
            yield choose_step(chance, has_begun)
    yield ("aclose",)


async def compare(seed):
    chance = random.Random(seed)
    body = chance.choice(BODIES)
    operations = list(choose_operations(chance, body))
    function = chance.choice((Athr.generate(body), lambda *arguments: Athr.Stream.for_generator(body(*arguments))))
    records = []
    try:
        for twin in NativeTwin(NATIVE[body]), Twin(function):
            records.append(twin.record)
            await asyncio.wait_for(twin.run(operations), patiently(10))
        assert records[1] == records[0]
    except BaseException as error:
        error.add_note(f"ATHR_STRESS_SEED={seed} {body.__name__}: {operations}\nnative: {records[0]}\ntwin: {records[1:]}")
        raise


def choose_seeds():
    if SEED:
        return [int(SEED)]
    start = random.randrange(2**32) if SECONDS else 0
    return range(start, start + (10**9 if SECONDS else N_SEQUENCES))


@pytest.mark.filterwarnings("ignore:the .type, exc, tb. signature:DeprecationWarning")
def test_native_twins(loop_runner, monkeypatch):
    async def run(seeds):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        for seed in seeds:
            await compare(seed)

    seeds, end = choose_seeds(), time.monotonic() + SECONDS
    with monkeypatch.context() as patch:
        # The event loop or Python reports what the body of a dropped native generator raises.
        patch.setattr(sys, "unraisablehook", lambda _: None)
        gc.freeze()
        for start in range(0, len(seeds), SEQUENCES_IN_A_LOOP):
            loop_runner(run(seeds[start:start + SEQUENCES_IN_A_LOOP]))
            if SECONDS and time.monotonic() >= end:
                break
        gc.unfreeze()
