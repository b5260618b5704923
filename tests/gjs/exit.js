// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A program that ends while work is under way exits at once, with status 0 and without a message.

import Gio from 'gi://Gio';

import {equal, hasInvoke, runTests} from './tap.js';

const head = `
    imports.gi.versions.Athr = '1';
    const {Athr, AthrTests, GLib, GObject} = imports.gi;
    const context = GLib.MainContext.default();
    function taken(stream) {
        let answered = false;
        stream.next_async(null, () => (answered = true));
        while (!answered)
            context.iteration(true);
    }
`;

async function exits(program) {
    for (let i = 0; i < 3; i++) {
        const {STDOUT_PIPE, STDERR_MERGE} = Gio.SubprocessFlags;
        const process = Gio.Subprocess.new(['gjs', '-c', `${head}{${program}}`], STDOUT_PIPE | STDERR_MERGE);
        const output = await new Promise((resolve, reject) => {
            process.communicate_utf8_async(null, null, (_, result) => {
                try {
                    resolve(process.communicate_utf8_finish(result)[1]);
                } catch (error) {
                    reject(error);
                }
            });
        });
        equal([output, process.get_if_exited() && process.get_exit_status()], ['', 0]);
    }
}

await runTests({
    async 'while nothing runs'() {
        await exits('taken(AthrTests.count_stream_new(0));');
    },

    async 'while a call runs'() {
        await exits('AthrTests.wait_call_new().start();');
    },

    async 'while a callback waits for a call'() {
        await exits('AthrTests.wait_call_new().run_async(null, () => print("answered"));');
    },

    async 'while a result waits'() {
        // The blocking run returns the result, and no main loop has dispatched it yet.
        await exits(`
            const call = AthrTests.echo_call_new(1);
            call.run_async(null, () => {});
            call.run(null, new GObject.Value());
        `);
    },

    async 'while a producer waits for room'() {
        await exits('const stream = AthrTests.count_stream_new(1000000); taken(stream);');
    },

    async 'while a next is under way'() {
        await exits(`
            const stream = AthrTests.count_stream_new(1000000);
            taken(stream);
            stream.next_async(null, () => {});
        `);
    },

    async 'while a close is under way'() {
        await exits(`
            const stream = AthrTests.count_stream_new(1000000);
            taken(stream);
            stream.close_async(null, () => {});
        `);
    },

    async 'with a handler connected'() {
        await exits(`
            const call = AthrTests.wait_call_new();
            call.connect('notify::progress', () => {});
            call.connect('finished', () => {});
            call.start();
            while (call.state !== Athr.CallState.RUNNING)
                GLib.MainContext.default().iteration(true);
        `);
    },

    async 'while a map reads an iterable'() {
        if (!hasInvoke())
            return 'no AthrInvoke';
        return exits(`
            function* paths() {
                for (;;)
                    yield '/a/b';
            }
            const names = Athr.invoke.map('GLib.path_get_basename', paths());
            taken(names);
            names.next_async(null, () => {});
        `);
    },

    async 'while a map waits for an item'() {
        if (!hasInvoke())
            return 'no AthrInvoke';
        return exits(`
            let asked = false;
            const silent = {next: () => new Promise(() => (asked = true)), [Symbol.asyncIterator]() { return this; }};
            const names = Athr.invoke.map('GLib.path_get_basename', silent);
            names.start();
            while (!asked)
                context.iteration(true);
        `);
    },

    async 'by System.exit'() {
        await exits(`
            taken(AthrTests.count_stream_new(1000000));
            AthrTests.wait_call_new().start();
            imports.system.exit(0);
        `);
    },
});
