// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {run, takeAll} from './promises.js';
import {equal, failure, matches, runTests} from './tap.js';

/** Iterates the main context until a condition is true. */
function until(condition) {
    return new Promise(resolve => GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
        if (!condition())
            return GLib.SOURCE_CONTINUE;
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

await runTests({
    async 'returns values'() {
        for (const value of [true, false, 0, -1, 1.5, '', '\u00e4\u{1f600}'])
            equal(await run(AthrTests.echo_call_new(value)), value);
        const file = Gio.File.new_for_path('/');
        equal(await run(AthrTests.echo_call_new(file)) === file, true);
    },

    async 'passes errors on'() {
        const call = AthrTests.fail_call_new();
        const error = await failure(run(call));
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(error.message, 'No such thing');
        equal(call.state, Athr.CallState.FAILED);
        equal(call.error.message, 'No such thing');
    },

    async 'is cancelled by its cancellable'() {
        const cancellable = new Gio.Cancellable();
        const outcome = failure(run(AthrTests.wait_call_new(), cancellable));
        System.gc();
        cancellable.cancel();
        matches(await outcome, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
    },

    async 'is cancelled while it runs'() {
        const call = AthrTests.wait_call_new();
        call.connect('notify::progress', () => call.cancel());
        matches(await failure(run(call)), Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
        equal([call.state, call.progress, call.progress_text],
            [Athr.CallState.CANCELLED, 0.5, 'waiting']);
    },

    async 'times out'() {
        const call = AthrTests.wait_call_new();
        call.timeout = 20;
        const error = await failure(run(call));
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT);
    },

    async 'joins runs'() {
        const call = AthrTests.echo_call_new('x');
        equal(await Promise.all([run(call), run(call)]), ['x', 'x']);
        equal(await run(call), 'x');
    },

    async 'tells the end last'() {
        const told = [];
        const call = AthrTests.echo_call_new(1);
        const finished = new Promise(resolve => call.connect('finished', () => {
            told.push('finished');
            resolve();
        }));
        call.connect('notify::state', () => told.push(call.state));
        call.run_async(null, () => told.push('answered'));
        await finished;
        equal(told.slice(-3), [Athr.CallState.SUCCEEDED, 'answered', 'finished']);
    },

    async 'runs on an executor'() {
        const executor = Athr.Executor.new('four', 4);
        const calls = Array.from({length: 100}, (_, i) => AthrTests.echo_call_new(i));
        for (const call of calls)
            call.executor = executor;
        equal((await Promise.all(calls.map(call => run(call)))).length, 100);
        await new Promise((resolve, reject) => executor.close_async(false, null, (_, result) => {
            try {
                resolve(executor.close_finish(result));
            } catch (error) {
                reject(error);
            }
        }));
    },

    async 'waits while its executor is paused'() {
        const executor = Athr.Executor.new('paused', 2);
        const call = AthrTests.echo_call_new('x');
        call.executor = executor;
        equal(executor.paused, false);
        executor.paused = true;
        equal(executor.paused, true);
        const outcome = run(call);
        await run(AthrTests.echo_call_new('on another executor'));
        equal([call.state, executor.n_queued], [Athr.CallState.QUEUED, 1]);
        executor.paused = false;
        equal(await outcome, 'x');
    },

    async 'streams wait while too many producers are blocked'() {
        const executor = Athr.Executor.new('blocked', 2);
        const streams = [3, 3].map(n => AthrTests.count_stream_new(n));
        for (const stream of streams) {
            stream.executor = executor;
            stream.buffer_size = 1;
        }
        equal(executor.max_blocked, 2 ** 32 - 1);
        executor.max_blocked = 0;
        equal(executor.max_blocked, 0);
        streams[0].start();
        await until(() => executor.n_queued === 0 && executor.n_running === 0);
        streams[1].start();
        equal(executor.n_queued, 1);
        executor.max_blocked = 1;
        await until(() => executor.n_queued === 0 && executor.n_running === 0);
        for (const stream of streams)
            equal(await takeAll(stream), [0, 1, 2]);
    },

    async 'survives collections'() {
        for (let i = 0; i < 20; i++) {
            const outcomes = Array.from({length: 20}, (_, j) => run(AthrTests.echo_call_new(`${j}`)));
            AthrTests.echo_call_new('dropped').start();
            System.gc();
            equal((await Promise.all(outcomes)).length, 20);
            System.gc();
        }
    },

    async 'sees the main loop go on'() {
        let ticks = 0;
        const call = AthrTests.wait_call_new();
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
            if (++ticks < 5)
                return GLib.SOURCE_CONTINUE;
            call.cancel();
            return GLib.SOURCE_REMOVE;
        });
        await failure(run(call));
        equal(ticks, 5);
    },
});
