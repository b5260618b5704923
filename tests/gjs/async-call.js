// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The promises that the override makes of calls.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests} from './tap.js';

const VALUES = [true, false, 0, -1, 1.5, '', '\u00e4\u{1f600}', null];

await runTests({
    async 'is awaited'() {
        for (const value of VALUES)
            equal(await AthrTests.echo_call_new(value).run_async(null), value);
    },

    async 'is awaited without a cancellable'() {
        equal(await AthrTests.echo_call_new('x').run_async(), 'x');
    },

    async 'gives arrays as they are'() {
        const executor = Athr.Executor.new('one', 1);
        equal(await executor.close_async(false), true);
        const batch = await AthrTests.count_stream_new(3).next_batch_async(1);
        equal(batch, [0]);
    },

    async 'closes an executor with flags'() {
        const executor = Athr.Executor.new('one', 1);
        equal(await executor.close_with_flags_async(Athr.CloseFlags.CANCEL_QUEUED), true);
        equal(Athr.check_version(Athr.MAJOR_VERSION, Athr.MINOR_VERSION, Athr.MICRO_VERSION), null);
    },

    async 'calls the callback if it gets one'() {
        const call = AthrTests.echo_call_new('x');
        const value = await new Promise(resolve => {
            const returned = call.run_async(null, (source, result) => {
                equal(source === call, true);
                resolve(call.run_finish(result));
            });
            equal(returned, undefined);
        });
        equal(value, 'x');
        equal(call.run_async(null, null), undefined);
    },

    async 'rejects with the error and the stack of the function that awaits it'() {
        async function unlucky() {
            await AthrTests.fail_call_new().run_async();
        }
        const error = await failure(unlucky());
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(error.stack.startsWith('unlucky@'), true);
        equal(error.stack.includes('overrides'), false);
    },

    async 'rejects when it is cancelled'() {
        const cancellable = new Gio.Cancellable();
        const outcome = failure(AthrTests.wait_call_new().run_async(cancellable));
        cancellable.cancel();
        matches(await outcome, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
    },

    async 'rejects wrong arguments'() {
        for (const promise of [
            AthrTests.echo_call_new(1).run_async('no cancellable'),
            AthrTests.count_stream_new(1).next_batch_async(),
        ])
            equal((await failure(promise)) instanceof GLib.Error, false);
    },

    async 'refuses functions of JavaScript'() {
        const task = Gio.Task.new(null, null, null);
        refuses(() => Athr.Call.new(() => 1), /cannot run on a thread.* a library/);
        refuses(() => new Athr.Call(() => 1), /cannot run on a thread.* a library/);
        refuses(() => new Athr.Stream(function () {}), /cannot run on a thread/);
        refuses(() => Athr.Stream.new(() => 1), /cannot run on a thread/);
        refuses(() => Athr.Stream.new_steps(() => 1), /cannot run on a thread/);
        const stream = AthrTests.count_stream_new(1);
        refuses(() => Athr.Stream.new_map(stream, 1, 0, () => 1), /cannot run on a thread.*Athr.invoke.map\(\)/);
        refuses(() => stream.set_cleanup(() => 1), /cannot run on a thread/);
        refuses(() => Athr.Executor.get_default().run_task(task, () => 1), /cannot run on a thread/);
        refuses(() => Athr.Call.new(), /cannot run on a thread/);
        equal(new Athr.Call({timeout: 3}).timeout, 3);
    },

    'returns the value of a blocking run'() {
        for (const value of VALUES)
            equal(AthrTests.echo_call_new(value).run(), value);
        equal(AthrTests.echo_call_new('x').run(null), 'x');
        equal(AthrTests.echo_call_new('x').run(null, null), 'x');
        const file = Gio.File.new_for_path('/');
        equal(AthrTests.echo_call_new(file).run() === file, true);
    },

    'fills the value of a blocking run'() {
        const value = new GObject.Value();
        equal(AthrTests.echo_call_new('x').run(null, value), true);
        equal(value.get_string(), 'x');
    },

    async 'throws the error of a blocking run'() {
        const cancellable = new Gio.Cancellable();
        cancellable.cancel();
        const failed = async () => AthrTests.fail_call_new().run();
        const cancelled = async () => AthrTests.wait_call_new().run(cancellable);
        matches(await failure(failed()), Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        matches(await failure(cancelled()), Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
    },

    'is there for scripts'() {
        imports.gi.versions.Athr = '1';
        equal(imports.gi.Athr === Athr, true);
        const [, output, errors] = GLib.spawn_command_line_sync(`gjs -c "
            imports.gi.versions.Athr = '1';
            const {Athr, AthrTests} = imports.gi;
            print(AthrTests.echo_call_new('x').run(), typeof Athr.Stream.prototype[Symbol.asyncIterator]);"`);
        equal([output, errors].map(bytes => new TextDecoder().decode(bytes)), ['x function\n', '']);
    },
});
