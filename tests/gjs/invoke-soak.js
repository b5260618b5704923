// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Many invocations leak no memory. With ATHR_STRESS_SECONDS there are ten times as many.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrInvoke from 'gi://AthrInvoke?version=1';

import {lacksCallbacks, staysFlat, staysFlatBlocking} from './memory.js';
import {equal, failure, runTests} from './tap.js';

const N_CALLS = 10000 * (GLib.getenv('ATHR_STRESS_SECONDS') ? 10 : 1);

const text = 'x'.repeat(1000);
const bytes = new TextEncoder().encode(text);
const encoded = GLib.base64_encode(bytes);

/** Every kind of argument and result, and a check of the result */
const CALLS = [
    ['GLib.base64_encode', [bytes], value => equal(value.length, encoded.length)],
    ['GLib.base64_decode', [encoded], value => equal(value.length, 1000)],
    ['GLib.environ_setenv', [Array(10).fill(`a=${text}`), 'b', 'c', true], value => equal(value.length, 11)],
    ['GLib.uri_split', [`http://a:80/${text}?b#c`, 'none'], ([, , , port]) => equal(port, 80)],
    ['Gio.File.get_child', [Gio.File.new_for_path('/'), text], value => equal(value.get_path().length, 1001)],
    ['GLib.DateTime.new_from_unix_utc', [0], value => equal(value.to_unix(), 0)],
    ['GLib.Variant.new_strv', [Array(10).fill(text)], value => equal(value.n_children(), 10)],
    ['GLib.KeyFile.get_integer_list', [keyFile(), 'g', 'k'], value => equal(value.length, 1000)],
];

const FAILING = [
    ['Gio.File.load_contents', [Gio.File.new_for_path('/no/such'), null]],
    ['GLib.base64_decode', []],
    ['GLib.environ_setenv', [Array(10).fill(text), 'b', 'c', 'no boolean']],
];

function keyFile() {
    const file = new GLib.KeyFile();
    file.set_integer_list('g', 'k', Array(1000).fill(1));
    return file;
}

await runTests({
    /** Runs with any GJS, because it needs no callbacks of the main loop. */
    '/athr/gjs/soak/invoke/blocking': () => staysFlatBlocking(N_CALLS, async n => {
        for (let i = 0; i < n; i++) {
            const call = AthrInvoke.call_new('GLib.shell_parse_argv', [`a${i} ${text}`]);
            equal(call.run()[0], `a${i}`);
            if (i % 100 === 0)
                System.gc();
        }
    }),

    '/athr/gjs/soak/invoke/awaited': () => staysFlat(N_CALLS, async n => {
        for (let i = 0; i < n; i++) {
            const [name, args, check] = CALLS[i % CALLS.length];
            check(await Athr.invoke(name, ...args));
            if (i % 100 === 0)
                System.gc();
        }
    }),

    '/athr/gjs/soak/invoke/failing': () => staysFlat(N_CALLS, async n => {
        for (let i = 0; i < n; i++) {
            const [name, args] = FAILING[i % FAILING.length];
            equal((await failure(Athr.invoke(name, ...args))) instanceof GLib.Error, true);
            if (i % 100 === 0)
                System.gc();
        }
    }),

    /** Runs for ATHR_STRESS_SECONDS, or for one second. */
    async '/athr/gjs/soak/invoke/eight-at-once'() {
        if (lacksCallbacks())
            return lacksCallbacks();

        const seconds = Number(GLib.getenv('ATHR_STRESS_SECONDS') ?? 1);
        const end = GLib.get_monotonic_time() + seconds * 1000000;
        const executor = Athr.Executor.new('eight', 8);
        const invoke = Athr.invoke.with({executor});
        let n = 0;
        await Promise.all(Array.from({length: 16}, async (_, i) => {
            for (; GLib.get_monotonic_time() < end; n++) {
                const [name, args, check] = CALLS[(n + i) % CALLS.length];
                check(await invoke(name, ...args));
                if (n % 100 === 0)
                    System.gc();
            }
        }));
        await executor.close_async(false);
        print(`# ${n} in ${seconds} s`);
        return null;
    },
});
