# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An executor is an executor of concurrent.futures."""

import asyncio
import concurrent.futures
import contextvars
import gc
import itertools
import os
import random
import signal
import sys
import threading
import traceback
import weakref

import pytest
from patience import patiently
from gi.overrides._athr.executor import futures
from gi.overrides._athr.interpreter import running
from gi.repository import Athr, Gio, GLib

PATH = "/athr/python/executor"


@pytest.fixture
def executor():
    with Athr.Executor.new("executor", 2) as executor:
        yield executor


class Gates:
    """Functions that run until the test lets them end."""

    def __init__(self, executor, n):
        self.gate = threading.Event()
        self.running = threading.Semaphore(0)
        self.futures = [executor.submit(self.wait, number) for number in range(n)]
        for _ in range(n):
            assert self.running.acquire(timeout=patiently(30))

    def wait(self, number):
        self.running.release()
        assert self.gate.wait(patiently(30))
        return number


@pytest.fixture
def gates(executor):
    """Both threads of the executor are busy."""
    gates = Gates(executor, 2)
    yield gates
    gates.gate.set()


def test_is_an_executor(executor):
    assert isinstance(executor, concurrent.futures.Executor)
    assert isinstance(Athr.Executor.get_default(), concurrent.futures.Executor)
    assert isinstance(executor.submit(len, ""), concurrent.futures.Future)


def test_submit(executor):
    assert executor.submit(pow, 2, 10).result() == 1024
    assert executor.submit(int, "ff", base=16).result() == 255
    assert executor.submit(threading.current_thread).result().name == "executor"
    assert Athr.Executor.get_default().submit(len, "abc").result() == 3


def test_submit_passes_every_keyword(executor):
    assert executor.submit(dict, self=1, fn=2).result() == {"self": 1, "fn": 2}


def test_exception(executor):
    def fail():
        raise KeyError("key")

    future = executor.submit(fail)
    with pytest.raises(KeyError) as info:
        future.result()
    assert future.exception() is info.value
    assert [frame.name for frame in traceback.extract_tb(info.value.__traceback__)][-1] == "fail"
    assert not any("run_submitted" in frame.name for frame in traceback.extract_tb(info.value.__traceback__))


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration])
def test_every_exception_is_kept(executor, error):
    def fail():
        raise error

    assert type(executor.submit(fail).exception()) is error
    assert executor.submit(len, "").result() == 0


def test_what_cannot_be_called_fails_the_future(executor):
    with pytest.raises(TypeError):
        executor.submit(None).result()


def test_callback_runs_on_the_worker(executor):
    gate = threading.Event()
    names, done = [], threading.Event()
    future = executor.submit(gate.wait, 30)
    future.add_done_callback(lambda _: 1 / 0)  # is logged
    future.add_done_callback(lambda future: (names.append(threading.current_thread().name), done.set()))
    gate.set()
    assert done.wait(patiently(30))
    assert names == ["executor"]


def test_context_variables_are_not_copied(executor):
    variable = contextvars.ContextVar("variable", default="default")
    variable.set("changed")
    assert executor.submit(variable.get).result() == "default"


def test_map(executor):
    assert list(executor.map(pow, range(10), range(10))) == list(map(pow, range(10), range(10)))
    assert list(executor.map(pow, [1, 2, 3], [1, 2], chunksize=2)) == [1, 4]


def test_map_raises_at_the_value_that_failed(executor):
    values = executor.map(divmod, [1, 1, 1], [1, 0, 1])
    assert next(values) == (1, 0)
    with pytest.raises(ZeroDivisionError):
        next(values)


def test_map_timeout(executor, gates):
    values = executor.map(abs, [-1], timeout=0)
    with pytest.raises(concurrent.futures.TimeoutError):
        next(values)


def test_cancel_queued(executor, gates):
    called = []
    future = executor.submit(called.append, 1)
    future.add_done_callback(called.append)
    assert executor.get_n_queued() == 1
    assert future.cancel()
    assert executor.get_n_queued() == 0
    assert future.cancelled() and future.cancel()
    assert called == [future]
    assert concurrent.futures.wait([future], timeout=patiently(30)).done == {future}
    with pytest.raises(concurrent.futures.CancelledError):
        future.result()
    gates.gate.set()
    executor.shutdown()
    assert called == [future]


def test_cancelled_function_is_freed(executor, gates):
    class Data:
        pass

    data = Data()
    freed = weakref.ref(data)
    future = executor.submit(len, data)
    del data
    assert freed()
    future.cancel()
    assert not freed()


def test_cancel_running(gates):
    [future, _] = gates.futures
    assert future.running() and not future.cancel()
    gates.gate.set()
    assert future.result() == 0
    assert not future.cancel()


def test_result_timeout(gates):
    [future, _] = gates.futures
    with pytest.raises(concurrent.futures.TimeoutError):
        future.result(timeout=0)
    with pytest.raises(concurrent.futures.TimeoutError):
        future.exception(timeout=0.001)


def test_wait_and_as_completed(executor, gates):
    futures = [executor.submit(len, "abc") for _ in range(5)]
    done, pending = concurrent.futures.wait([*futures, *gates.futures], timeout=0)
    assert not done
    gates.gate.set()
    assert sorted(future.result() for future in concurrent.futures.as_completed(gates.futures)) == [0, 1]
    assert concurrent.futures.wait(futures, return_when=concurrent.futures.FIRST_COMPLETED).done
    assert concurrent.futures.wait(futures).done == set(futures)


def test_shutdown_waits(executor, gates):
    futures = [executor.submit(len, "abc") for _ in range(5)]
    threading.Thread(target=gates.gate.set).start()
    executor.shutdown()
    assert all(future.done() for future in [*gates.futures, *futures])
    assert not any(thread.name == "executor" for thread in threading.enumerate())
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(len, "")
    executor.shutdown()


def test_shutdown_without_wait(executor, gates):
    future = executor.submit(len, "abc")
    executor.shutdown(wait=False)
    assert not future.done()
    gates.gate.set()
    assert future.result() == 3


def test_shutdown_cancels_queued(executor, gates):
    futures = [executor.submit(len, "abc") for _ in range(5)]
    executor.shutdown(wait=False, cancel_futures=True)
    assert all(future.cancelled() for future in futures)
    assert concurrent.futures.wait(futures, timeout=patiently(30)).done == set(futures)
    gates.gate.set()
    executor.shutdown(cancel_futures=True)
    assert [future.result() for future in gates.futures] == [0, 1]


def test_shutdown_of_an_executor_that_never_worked():
    Athr.Executor.new("unused", 2).shutdown()


def test_shutdown_on_its_own_worker(executor):
    with pytest.raises(RuntimeError, match="cannot wait"):
        executor.submit(executor.shutdown).result()
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(len, "")


def test_shutdown_of_the_default_executor():
    with pytest.raises(RuntimeError, match="default executor"):
        Athr.Executor.get_default().shutdown()
    assert Athr.Executor.get_default().submit(len, "abc").result() == 3


def test_signal_interrupts_shutdown(executor):
    def raise_interrupt(*_):
        raise Interrupt

    gate = threading.Event()
    previous = signal.signal(signal.SIGUSR1, raise_interrupt)
    try:
        with pytest.raises(Interrupt):
            executor.submit(lambda: os.kill(os.getpid(), signal.SIGUSR1) or gate.wait(patiently(30)))
            executor.shutdown()
    finally:
        signal.signal(signal.SIGUSR1, previous)
    gate.set()
    executor.shutdown()


class Interrupt(Exception):
    """What a signal handler raises."""


def interrupt_everywhere(run):
    """Calls run(function) again and again. run() calls the function that it gets, which calls another function and is
    interrupted at a later instruction each time, until no instruction is left."""
    for n in itertools.count():
        left = [n]

        def trace(frame, event, _):
            if os.path.basename(os.path.dirname(frame.f_code.co_filename)) != "_athr":
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left[0] -= 1
                if left[0] < 0:
                    sys.settrace(None)
                    raise Interrupt
            return trace

        def call(function, *args):
            sys.settrace(trace)
            try:
                function(*args)
                return False
            except Interrupt:
                return True
            finally:
                sys.settrace(None)

        if not run(call):
            break
    assert n > 20


def assert_exit_does_not_wait():
    for stop in list(running.stops.values()):
        stop()
    assert not running.stops


def test_interrupted_submit():
    """The function runs or does not run. The end of the interpreter does not wait for a function that never runs."""
    called = []

    def run(call):
        with Athr.Executor.new("interrupted", 1) as executor:
            is_interrupted = call(executor.submit, called.append, 1)
        assert_exit_does_not_wait()
        assert not futures
        return is_interrupted

    interrupt_everywhere(run)
    assert called


def test_interrupted_cancel():
    def run(call):
        with Athr.Executor.new("interrupted", 1) as executor:
            gates = Gates(executor, 1)
            future = executor.submit(len, "abc")
            is_interrupted = call(future.cancel)
            gates.gate.set()
        assert future.done()
        assert_exit_does_not_wait()
        return is_interrupted

    interrupt_everywhere(run)


def test_dropped_executor_runs_its_functions():
    executor = Athr.Executor.new("dropped", 2)
    dropped = weakref.ref(executor)
    gates = Gates(executor, 2)
    future = executor.submit(len, "abc")
    del executor
    gc.collect()
    assert not dropped()
    gates.gate.set()
    assert future.result() == 3


def test_nested_waits_do_not_use_up_the_threads(executor):
    def count_down(n):
        return n and executor.submit(count_down, n - 1).result() + 1

    assert [future.result() for future in [executor.submit(count_down, 5) for _ in range(5)]] == [5] * 5
    assert executor.submit(lambda: executor.submit(len, "abc").exception()).result() is None
    assert executor.submit(lambda: list(executor.map(abs, [-1, -2, -3]))).result() == [1, 2, 3]


def test_only_thread_does_not_wait_for_itself():
    with Athr.Executor.new("one", 1) as executor:
        def wait(**timeout):
            return executor.submit(len, "abc").result(**timeout)

        with pytest.raises(GLib.Error) as info:
            executor.submit(wait).result()
        assert info.value.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK)
        with pytest.raises(concurrent.futures.TimeoutError):
            executor.submit(wait, timeout=0.001).result()
        assert executor.submit(lambda: Athr.Executor.get_default().submit(len, "abc").result()).result() == 3
        done = executor.submit(len, "abc")
        assert executor.submit(done.result).result() == 3


def test_nothing_is_kept(executor):
    class Data:
        def method(self, data):
            return [self, data]

    data = Data()
    freed = threading.Event()
    weakref.finalize(data, freed.set)
    future = executor.submit(data.method, data)
    assert future.result() == [data, data]
    del data, future
    assert freed.wait(patiently(30))


def test_exception_makes_no_cycle(executor):
    gc.disable()
    try:
        future = executor.submit(divmod, 1, 0)
        freed = weakref.ref(future)
        try:
            future.result()
        except ZeroDivisionError:
            pass
        executor.shutdown()
        del future
        assert not freed()
    finally:
        gc.enable()


def test_many_threads_submit_and_cancel():
    seed = int(os.environ.get("ATHR_STRESS_SEED", random.randrange(2**31)))
    sys.stderr.write(f"ATHR_STRESS_SEED={seed}\n")
    n_run = [0]
    lock = threading.Lock()

    def work():
        with lock:
            n_run[0] += 1

    def submit_and_cancel(seed):
        chance = random.Random(seed)
        for _ in range(200):
            future = executor.submit(work)
            futures.append(future)
            if chance.random() < 0.5:
                chance.choice(futures).cancel()

    futures = []
    with Athr.Executor.new("stress", 3) as executor:
        threads = [threading.Thread(target=submit_and_cancel, args=(seed + number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert concurrent.futures.wait(futures, timeout=patiently(30)).not_done == set()
    assert n_run[0] == sum(not future.cancelled() for future in futures)


@pytest.mark.parametrize("close", [
    lambda executor: executor.close_async(),
    lambda executor: executor.__aexit__(None, None, None),
    lambda executor: asyncio.to_thread(executor.shutdown),
    lambda executor: asyncio.sleep(0, executor.shutdown(wait=False)),
], ids=["close_async", "async-with", "shutdown", "shutdown-without-wait"])
async def test_closed_executor_is_freed(close):
    """No main context keeps it: plain asyncio iterates none."""
    freed = asyncio.Event()
    loop = asyncio.get_running_loop()
    executor = Athr.Executor.new("freed", 2)
    executor.weak_ref(loop.call_soon_threadsafe, freed.set)
    assert executor.submit(len, "abc").result() == 3
    await close(executor)
    del executor
    await freed.wait()


async def test_run_in_executor(executor):
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(executor, pow, 2, 10) == 1024
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(executor, divmod, 1, 0)
    assert await asyncio.gather(*(loop.run_in_executor(executor, abs, -n) for n in range(100))) == list(range(100))


async def test_cancelled_run_in_executor_leaves_the_queue(executor, gates):
    task = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(executor, len, ""))
    assert executor.get_n_queued() == 1
    task.cancel()
    await asyncio.wait([task])
    assert executor.get_n_queued() == 0


async def test_wrap_future(executor):
    assert await asyncio.wrap_future(executor.submit(len, "abc")) == 3


async def test_asyncio_takes_another_class_as_default_executor(executor):
    with pytest.raises(TypeError):
        asyncio.get_running_loop().set_default_executor(executor)
