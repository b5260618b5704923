# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Functions on workers ask the main thread, and have the main thread do something."""

import asyncio
import concurrent.futures
import contextvars
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


class Value:
    pass


def in_generator(function):
    def values():
        yield function()

    return values


async def run_stream(stream):
    async with stream:
        return await anext(stream)


def yield_it(function):
    return lambda yielder: yielder.yield_value(function())


def step(function):
    def step(yielder):
        yielder.yield_value(function())
        yielder.end()

    return step


RUNS = {
    "call": lambda function: Athr.call(function)(),
    "call with options": lambda function: Athr.call(function, timeout=60)(),
    "single_callback": lambda function: run_single_callback(function),
    "iterate": lambda function: run_stream(Athr.iterate(in_generator(function))()),
    "iterate bounded": lambda function: run_stream(Athr.iterate(in_generator(function), buffer_maxsize=1)()),
    "generate": lambda function: run_stream(Athr.generate(in_generator(function))()),
    "iterate_callback": lambda function: run_stream(Athr.iterate_callback(lambda yield_: yield_(function()))()),
    "map": lambda function: run_stream(Athr.map(lambda _: function(), [1])),
    "items of a map": lambda function: run_stream(Athr.map(lambda x: x, in_generator(function)())),
    "Call.new": lambda function: Athr.Call.new(lambda _: function()).run_async(),
    "Stream.new": lambda function: run_stream(Athr.Stream.new(yield_it(function))),
    "Stream.new_steps": lambda function: run_stream(Athr.Stream.new_steps(step(function))),
    "group": lambda function: run_group(function),
}


async def run_single_callback(function):
    """The value comes before the function returns. A single worker runs another call when the function has returned."""
    executor = Athr.Executor.new("one", 1)
    value = await Athr.single_callback(lambda callback: callback(function()), executor=executor)()
    await Athr.call(abs, executor=executor)(1)
    return value


async def run_group(function):
    async with Athr.Group() as group:
        call = group.add(function)
    return await call


@pytest.fixture(params=RUNS.values(), ids=RUNS.keys())
def run(request):
    return request.param


def ask(*args):
    return Athr.current().ask(*args)


async def is_cancelled(awaitable):
    with pytest.raises(asyncio.CancelledError):
        await awaitable
    return True


# The answers

async def test_the_function_runs_in_the_thread_of_the_loop(run):
    loop, threads = asyncio.get_running_loop(), []

    def answer(x, y):
        threads.append(threading.get_ident())
        assert asyncio.get_running_loop() is loop
        return x + y

    assert await run(lambda: ask(answer, 2, 3)) == 5
    assert threads == [threading.get_ident()]


@pytest.mark.parametrize("value", [None, True, 3, 2**64, 1.5, "text", "n\0l", "\udcff", b"", (1,), [], Value(),
                                   Gio.SimpleAction.new("action", None), GLib.Variant("i", 3)], ids=repr)
async def test_any_value_is_an_answer(value):
    answer = await Athr.call(lambda: ask(lambda: value))()
    assert answer == value and type(answer) is type(value)


async def test_the_exception_of_the_function_comes_out(run):
    class Mine(Exception):
        pass

    error, seen = Mine("of mine"), []

    def fail():
        raise error

    def work():
        try:
            ask(fail)
        except Mine as raised:
            seen.append(raised)
            return "caught"

    assert await run(work) == "caught"
    assert seen == [error]


async def test_an_exception_that_goes_on():
    def fail():
        raise LookupError("no answer")

    with pytest.raises(LookupError, match="no answer") as info:
        await Athr.call(lambda: ask(fail))()
    assert info.traceback[-1].name == "fail"


async def test_a_coroutine_function(run):
    async def answer(x):
        await asyncio.sleep(0)
        return x * 2

    assert await run(lambda: ask(answer, 21)) == 42


async def test_a_future(run):
    loop = asyncio.get_running_loop()

    def answer():
        future = loop.create_future()
        loop.call_later(0.001, future.set_result, "later")
        return future

    def answer_of_a_pool():
        future = concurrent.futures.Future()
        loop.call_later(0.001, future.set_result, "later")
        return future

    assert await run(lambda: ask(answer)) == "later"
    assert await run(lambda: ask(answer_of_a_pool)) == "later"


async def test_the_exception_of_a_coroutine():
    async def fail():
        await asyncio.sleep(0)
        raise LookupError("no answer")

    async def cancel():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    with pytest.raises(LookupError, match="no answer"):
        await Athr.call(lambda: ask(fail))()
    assert await is_cancelled(Athr.call(lambda: ask(cancel))())


async def test_a_call_is_an_answer():
    """The function of the second call needs the thread of the first one."""
    executor = Athr.Executor.new("two", 1)
    other = Athr.Executor.new("other", 1)

    def answer():
        return Athr.call(abs, executor=other)(-3)

    assert await Athr.call(lambda: ask(answer), executor=executor)() == 3


async def test_the_worker_gives_its_place_to_others():
    executor = Athr.Executor.new("two", 2)

    async def answer():
        return await asyncio.gather(*(Athr.call(abs, executor=executor)(x) for x in (-1, -2)))

    asks = (Athr.call(lambda: ask(answer), executor=executor)() for _ in range(2))
    assert await asyncio.gather(*asks) == [[1, 2], [1, 2]]


async def test_context_variables():
    variable = contextvars.ContextVar("variable", default="none")

    def work():
        variable.set("of the worker")
        return ask(look), ask(look_later), variable.get()

    def look():
        seen = variable.get()
        variable.set("changed")
        return seen

    async def look_later():
        await asyncio.sleep(0)
        return variable.get()

    assert await Athr.call(work)() == ("of the worker", "of the worker", "of the worker")
    assert variable.get() == "none"


async def test_many_ask_at_once():
    async def answer(x):
        await asyncio.sleep(0)
        return x

    async with Athr.map(lambda x: ask(answer, x), range(200), limit=8) as stream:
        assert [value async for value in stream] == list(range(200))


# The end

@pytest.mark.parametrize("is_coroutine", [True, False], ids=["coroutine", "future"])
async def test_a_cancelled_call_cancels_the_task(is_coroutine):
    asked, ended, errors = asyncio.Event(), asyncio.Event(), []
    loop, futures = asyncio.get_running_loop(), []

    async def answer():
        asked.set()
        try:
            await asyncio.sleep(patiently(30))
        finally:
            ended.set()

    def answer_later():
        futures.append(loop.create_future())
        futures[0].add_done_callback(lambda _: ended.set())
        asked.set()
        return futures[0]

    def work():
        try:
            ask(answer if is_coroutine else answer_later)
        except BaseException as error:
            errors.append(error)

    task = asyncio.ensure_future(Athr.call(work)())
    await asked.wait()
    task.cancel()
    assert await is_cancelled(task)
    await ended.wait()
    while not errors:
        await asyncio.sleep(0.001)
    assert type(errors[0]) is asyncio.CancelledError
    assert not futures or futures[0].cancelled()


async def test_a_call_out_of_time():
    errors = []

    async def answer():
        await asyncio.sleep(patiently(30))

    def work():
        try:
            ask(answer)
        except BaseException as error:
            errors.append(error)

    with pytest.raises(TimeoutError):
        await Athr.call(work, timeout=0.05)()
    while not errors:
        await asyncio.sleep(0.001)
    assert type(errors[0]) is asyncio.CancelledError


async def test_a_closed_stream():
    asked, errors = asyncio.Event(), []

    async def answer():
        asked.set()
        await asyncio.sleep(patiently(30))

    def values():
        try:
            yield ask(answer)
        except BaseException as error:
            errors.append(error)
            raise

    async with Athr.iterate(values)():
        await asked.wait()
    assert isinstance(errors[0], GeneratorExit) and isinstance(errors[0], asyncio.CancelledError)


async def test_the_owner_goes():
    class Window:
        pass

    owner, asked, errors = Window(), asyncio.Event(), []

    async def answer():
        asked.set()
        await asyncio.sleep(patiently(30))

    def work():
        try:
            ask(answer)
        except BaseException as error:
            errors.append(error)
        Athr.current().post(errors.append, "posted")

    task = asyncio.ensure_future(Athr.call(work, owner=owner)())
    await asked.wait()
    del owner
    assert await is_cancelled(task)
    while not errors:
        await asyncio.sleep(0.001)
    await Athr.call(abs)(1)
    assert [type(error) for error in errors] == [asyncio.CancelledError]


async def test_no_function_runs_after_the_cancel():
    """The question is on its way when the call is cancelled."""
    ran, gate = [], threading.Event()

    def work():
        gate.wait()
        try:
            ask(ran.append, 1)
        finally:
            ran.append("end")

    task = asyncio.ensure_future(Athr.call(work)())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await is_cancelled(task)
    await Athr.call(abs)(1)
    assert 1 not in ran


async def test_nobody_waits_after_the_first_value():
    """The function of a callback goes on after its value, as the function of a cancelled call does."""
    executor, gate, ran, errors = Athr.Executor.new("one", 1), threading.Event(), [], []

    def work(callback):
        callback("value")
        gate.wait()
        try:
            ask(ran.append, 1)
        except BaseException as error:
            errors.append(error)

    assert await Athr.single_callback(work, executor=executor)() == "value"
    gate.set()
    await Athr.call(abs, executor=executor)(1)
    assert [type(error) for error in errors] == [asyncio.CancelledError] and not ran


def mistake_of(function, *args):
    try:
        function(*args)
    except (RuntimeError, TypeError) as error:
        return str(error)


async def test_mistakes(run):
    message = "the function of this call or stream has returned: it cannot ask or post any more"

    def work():
        current = Athr.current()
        for method in current.ask, current.post:
            assert mistake_of(method, 3) == "a function is needed, not int"
        return current

    with pytest.raises(RuntimeError, match=r"^Athr.current\(\) can only be called in a function that a worker runs$"):
        ask(abs, 1)
    current = await run(work)
    assert mistake_of(current.ask, abs, 1) == mistake_of(current.post, abs, 1) == message


async def test_another_thread_may_ask():
    answers = []

    def work():
        current = Athr.current()
        thread = threading.Thread(target=lambda: answers.append(current.ask(abs, -3)))
        thread.start()
        thread.join()

    await Athr.call(work)()
    assert answers == [3]


async def test_the_main_thread_cannot_ask_itself():
    gate, currents = threading.Event(), []

    def work():
        currents.append(Athr.current())
        gate.wait()

    task = asyncio.ensure_future(Athr.call(work)())
    while not currents:
        await asyncio.sleep(0.001)
    with pytest.raises(GLib.Error) as info:
        currents[0].ask(abs, 1)
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK)
    gate.set()
    await task


def test_a_blocked_main_thread():
    """Nobody would answer."""
    with pytest.raises(GLib.Error) as info:
        Athr.Call.new(lambda _: ask(abs, 1)).run()
    assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK)


# Without asyncio

def run_in_main_loop(function):
    loop, results = GLib.MainLoop(), []

    def ended(call, result):
        try:
            results.append(call.run_finish(result))
        except Exception as error:
            results.append(error)
        loop.quit()

    Athr.Call.new(lambda _: function()).run_async(None, ended)
    loop.run()
    return results[0]


def test_a_main_loop_of_glib():
    threads = []

    def answer(x):
        threads.append(threading.get_ident())
        return x + 1

    def fail():
        raise LookupError("no answer")

    assert run_in_main_loop(lambda: ask(answer, 1)) == 2
    assert threads == [threading.get_ident()]
    assert isinstance(run_in_main_loop(lambda: ask(fail)), LookupError)


def test_a_dialog_in_a_main_loop_of_glib():
    """The function gives a future, and a callback answers."""
    def show():
        future = concurrent.futures.Future()
        GLib.idle_add(lambda: future.set_result("yes"))
        return future

    assert run_in_main_loop(lambda: ask(show)) == "yes"


def test_a_future_that_another_thread_completes():
    def show():
        future = concurrent.futures.Future()
        thread = threading.Thread(target=future.set_result, args=("yes",))
        GLib.idle_add(thread.start)
        return future

    assert run_in_main_loop(lambda: ask(show)) == "yes"


def test_a_dialog_whose_call_is_cancelled():
    """The worker cancels the future, and does not answer the question."""
    loop, cancellable, outcomes, future = GLib.MainLoop(), Gio.Cancellable(), [], concurrent.futures.Future()

    def show():
        GLib.idle_add(cancellable.cancel)
        return future

    def wait(call):
        try:
            ask(show)
        except asyncio.CancelledError:
            outcomes.append(future.cancelled())

    Athr.Call.new(wait).run_async(cancellable, lambda call, result: loop.quit())
    loop.run()
    assert outcomes == [True]


def test_a_nested_main_loop():
    """The function runs a main loop of its own, in which other questions are answered."""
    inner = []

    def show():
        loop = GLib.MainLoop()
        Athr.Call.new(lambda _: ask(abs, -3)).run_async(
            None, lambda call, result: (inner.append(call.run_finish(result)), loop.quit()))
        loop.run()
        return "yes"

    assert run_in_main_loop(lambda: ask(show)) == "yes"
    assert inner == [3]


def test_a_coroutine_without_a_loop():
    async def answer():
        return 1

    error = run_in_main_loop(lambda: ask(answer))
    assert isinstance(error, RuntimeError) and "no event loop of asyncio" in str(error)


def test_posts_before_values_in_a_main_loop_of_glib():
    seen, loop = [], GLib.MainLoop()

    def produce(yielder):
        for number in range(200):
            Athr.current().post(seen.append, f"before {number}")
            yielder.yield_value(number)

    stream = Athr.Stream.new(produce)
    stream.connect("value", lambda _, value: seen.append(value))
    stream.connect("finished", lambda _: loop.quit())
    stream.set_flowing(True)
    loop.run()
    assert in_order(seen)


def in_order(seen):
    """Whether each value comes after what was posted before it, and all is in order."""
    posts = [entry for entry in seen if isinstance(entry, str)]
    values = [entry for entry in seen if not isinstance(entry, str)]
    assert posts == [f"before {number}" for number in range(200)]
    assert values == list(range(200))
    assert all(seen.index(f"before {number}") < seen.index(number) for number in range(200))
    return True


def test_the_exception_of_a_post_without_asyncio(monkeypatch):
    hooked = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: hooked.append(error))

    def fail():
        raise LookupError("posted")

    run_in_main_loop(lambda: Athr.current().post(fail))
    assert str(hooked[0]) == "posted"


# Questions, as C has them

QUESTIONS = {
    "call": lambda *arguments: Athr.Call.new(lambda call: call.ask(*arguments)).run_async(),
    "stream": lambda *arguments: run_stream(Athr.Stream.new(
        lambda yielder: yielder.yield_value(yielder.ask(*arguments)))),
}


@pytest.fixture(params=QUESTIONS.values(), ids=QUESTIONS.keys())
def ask_in_c(request):
    return request.param


@pytest.mark.parametrize("value", [None, True, 3, 2**64, "text", {"a": 1}, (1,), Value(), GLib.Variant("i", 3)], ids=repr)
async def test_a_question_gives_its_answer(ask_in_c, value):
    answer = await ask_in_c(lambda question: question.answer(value))
    assert answer == value and type(answer) is type(value)


async def test_a_question_passes_its_data(ask_in_c):
    for data in (), (None,), (1, "two"):
        assert await ask_in_c(lambda question, *data: question.answer(data), None, *data) == data


async def test_a_value_receives_the_answer():
    def work(call):
        box = GObject.Value()
        assert call.ask(lambda question, data: question.answer(data), box, 7) is True
        return box.get_value()

    assert await Athr.Call.new(work).run_async() == 7


async def test_a_question_answered_later(ask_in_c):
    loop = asyncio.get_running_loop()
    assert await ask_in_c(lambda question: loop.call_soon(question.answer, 5)) == 5


async def test_the_exception_of_the_function_of_a_question(ask_in_c):
    def fail(question):
        raise LookupError("no display")

    with pytest.raises(LookupError, match="no display") as info:
        await ask_in_c(fail)
    assert info.traceback[-1].name == "fail"


async def test_the_exception_after_the_answer_of_a_question(ask_in_c, capsys):
    def fail(question):
        question.answer(5)
        raise LookupError("after the answer")

    assert await ask_in_c(fail) == 5
    assert "after the answer" in capsys.readouterr().err


async def test_a_question_fails(ask_in_c):
    errors = LookupError("of mine"), GLib.Error("of C", "g-io-error-quark", Gio.IOErrorEnum.BUSY)
    for error in errors:
        with pytest.raises(type(error)) as info:
            await ask_in_c(lambda question: question.fail(error))
        assert str(info.value) == str(error)
    with pytest.raises(TypeError, match="an exception is needed, not str"):
        await ask_in_c(lambda question: question.fail("no"))


async def test_a_question_is_dropped(ask_in_c):
    with pytest.raises(GLib.Error, match="dropped without an answer"):
        await ask_in_c(lambda question: None)


async def test_no_function_for_a_question(ask_in_c):
    async def answer(question):
        question.answer(5)

    with pytest.raises(TypeError, match="a function is needed, not int"):
        await ask_in_c(5)
    with pytest.raises(TypeError, match="is asynchronous already"):
        await ask_in_c(answer)


def test_the_exception_of_a_question_in_a_main_loop_of_glib():
    def fail(question):
        raise LookupError("no display")

    outcomes, loop = [], GLib.MainLoop()

    def ended(call, result):
        try:
            call.run_finish(result)
        except LookupError as error:
            outcomes.append(str(error))
        loop.quit()

    Athr.Call.new(lambda call: call.ask(fail)).run_async(None, ended)
    loop.run()
    assert outcomes == ["no display"]


async def test_the_question_of_a_cancelled_call():
    asked, seen = asyncio.Event(), []

    def keep(question):
        seen.append(question)
        asked.set()

    def work(call):
        try:
            call.ask(keep)
        except GLib.Error as error:
            seen.append(error)
            raise

    call = Athr.Call.new(work)
    task = asyncio.ensure_future(call.run_async())
    await asked.wait()
    call.cancel()
    assert await is_cancelled(task)
    assert Athr.is_cancelled(seen[1])
    seen[0].fail(LookupError("too late"))


async def test_a_future_that_nobody_keeps():
    """The worker does not wait for an answer that cannot come."""
    for make in asyncio.get_running_loop().create_future, concurrent.futures.Future:
        with pytest.raises(GLib.Error, match="dropped without an answer"):
            await Athr.call(lambda: ask(make))()


def test_a_future_that_nobody_keeps_in_a_main_loop_of_glib():
    error = run_in_main_loop(lambda: ask(concurrent.futures.Future))
    assert isinstance(error, GLib.Error) and "dropped without an answer" in error.message


async def test_a_task_that_nobody_keeps():
    """The task waits for something that only a weak reference finds."""
    async def answer():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.01, set_result, weakref.ref(future))
        return await future

    def set_result(reference):
        gc.collect()
        reference().set_result("later")

    def start():
        return asyncio.ensure_future(answer())

    assert await Athr.call(lambda: ask(answer))() == "later"
    assert await Athr.call(lambda: ask(start))() == "later"


async def test_keyword_arguments():
    def note(*args, **kwargs):
        seen.append((args, kwargs))
        return kwargs

    def work():
        Athr.current().post(note, 1, base=2)
        return Athr.current().ask(note, 3, function=4)

    seen = []
    assert await Athr.call(work)() == {"function": 4}
    assert seen == [((1,), {"base": 2}), ((3,), {"function": 4})]


# Posts

async def test_posts_run_in_order_before_the_result(run):
    seen = []

    def work():
        for number in range(100):
            Athr.current().post(seen.append, number)
        return "done"

    assert await run(work) == "done"
    assert seen == list(range(100))


@pytest.mark.parametrize("size", [None, 0, 1, 64])
@pytest.mark.parametrize("kind", ["iterate", "generate", "map", "items"])
async def test_posts_run_before_the_values_after_them(kind, size):
    seen = []

    def post(number):
        Athr.current().post(seen.append, f"before {number}")
        return number

    def values():
        for number in range(200):
            yield post(number)

    stream = {"iterate": lambda: Athr.iterate(values, buffer_maxsize=size)(),
              "generate": lambda: Athr.generate(values, buffer_maxsize=size)(),
              "map": lambda: Athr.map(post, range(200), 1, buffer_maxsize=size),
              "items": lambda: Athr.map(lambda x: x, values(), 1, buffer_maxsize=size)}[kind]()
    async for value in stream:
        if kind != "items":
            assert f"before {value}" in seen
        seen.append(value)
    assert in_order(seen)


async def test_two_coroutines_wait_for_a_post():
    def produce(callback):
        gate.wait()
        Athr.current().post(posted.append, 1)
        callback("first")
        yielded.set()
        callback("second")

    gate, yielded, posted = threading.Event(), threading.Event(), []
    async with Athr.Stream.for_callback(produce, buffer_maxsize=4) as stream:
        waiting = [asyncio.ensure_future(take(stream)) for _ in range(2)]
        gate.set()
        yielded.wait()
        assert sorted(await asyncio.gather(*waiting)) == ["first", "second"]
        assert posted == [1]


async def take(stream):
    return await anext(stream)


async def test_many_posts_at_once():
    """The main thread gets all of them in one turn."""
    seen, gate = [], threading.Event()

    def work():
        for number in range(50_000):
            Athr.current().post(seen.append, number)
        gate.set()

    def wait():
        gate.wait(patiently(30))

    task = asyncio.ensure_future(Athr.call(work)())
    await asyncio.sleep(0)
    wait()
    await task
    assert seen == list(range(50_000))


async def test_a_posted_coroutine():
    seen = []

    async def note(x):
        await asyncio.sleep(0)
        seen.append(x)

    await Athr.call(lambda: Athr.current().post(note, 3))()
    gc.collect()
    while not seen:
        await asyncio.sleep(0.001)
    assert seen == [3]


async def test_the_exception_of_a_post():
    reports = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["exception"]))

    def fail():
        raise LookupError("posted")

    def work():
        Athr.current().post(fail)
        Athr.current().post(reports.append, "next")
        return 42

    assert await Athr.call(work)() == 42
    assert str(reports[0]) == "posted" and reports[1:] == ["next"]


async def test_a_value_of_a_post_dies_in_the_main_thread():
    """So does the argument of a function that never runs."""
    threads, gate = [], threading.Event()

    def work():
        for _ in range(10):
            value = Value()
            weakref.finalize(value, lambda: threads.append(threading.get_ident()))
            Athr.current().post(id, value)
            del value
        gate.wait()

    task = asyncio.ensure_future(Athr.call(work)())
    while len(threads) < 10:
        await asyncio.sleep(0.001)
    gate.set()
    await task
    assert set(threads) == {threading.get_ident()}


def resident():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
def test_leaks():
    completions = sys.modules["gi.overrides._athr.completions"]

    def fail(x):
        raise LookupError(x)

    async def answer(x):
        return x

    def work(n):
        current = Athr.current()
        for number in range(n):
            current.post(id, Value())
            assert type(current.ask(lambda: Value())) is Value
            assert current.ask(answer, number) == number
            try:
                current.ask(fail, number)
            except LookupError:
                pass

    async def main(n):
        await Athr.call(work)(n)

    asyncio.run(main(200))
    gc.collect()
    gc.disable()
    try:
        before, objects, blocks = resident(), len(gc.get_objects()), sys.getallocatedblocks()
        asyncio.run(main(3000))
        assert len(gc.get_objects()) - objects < 30
        assert sys.getallocatedblocks() - blocks < 1000
        assert resident() - before < 4 * 1024 * 1024
        assert not any(completions.due.values())
    finally:
        gc.enable()


def test_exit_while_a_worker_asks():
    program = """
        import asyncio, gi
        gi.require_version("Athr", "1")
        from gi.repository import Athr
        def work(call):
            try:
                Athr.current().ask(answer)
            except BaseException as error:
                print(type(error).__name__, flush=True)
        async def answer():
            asked.set()
            await asyncio.sleep(60)
        call = Athr.Call.new(work)
        loop = asyncio.new_event_loop()
        async def main():
            global asked
            asked = asyncio.Event()
            call.run_async(None, lambda *_: None)
            await asked.wait()
        loop.run_until_complete(main())
        print("left", flush=True)
        """
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)], capture_output=True, text=True,
                         timeout=patiently(60))
    assert (ran.returncode, ran.stdout) == (0, "left\nCancelledError\n"), ran.stderr
