// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Long runs lose no value and leak no memory. With ATHR_STRESS_SECONDS they are ten times as long.

import GLib from 'gi://GLib';
import System from 'system';
import AthrTests from 'gi://AthrTests?version=1';

import {staysFlat} from './memory.js';
import {equal, runTests} from './tap.js';

const SCALE = GLib.getenv('ATHR_STRESS_SECONDS') ? 10 : 1;
const N_CALLS = 20000 * SCALE;
const N_VALUES = 100000 * SCALE;

await runTests({
    '/athr/gjs/soak/calls': () => staysFlat(N_CALLS, async n => {
        for (let i = 0; i < n; i++) {
            if (await AthrTests.echo_call_new(`${i}`).run_async() !== `${i}`)
                throw new Error(`no ${i}`);
            if (i % 1000 === 0)
                System.gc();
        }
    }),

    '/athr/gjs/soak/streams': () => staysFlat(N_VALUES, async n => {
        let expected = 0;
        for await (const value of AthrTests.count_stream_new(n)) {
            if (value !== expected++)
                throw new Error(`${value} instead of ${expected - 1}`);
            if (value % 1000 === 0)
                System.gc();
        }
        equal(expected, n);
    }),

    '/athr/gjs/soak/many-streams': () => staysFlat(N_CALLS / 20, async n => {
        for (let i = 0; i < n; i++) {
            for await (const file of AthrTests.file_stream_new(100)) {
                if (file.get_path() === '/10')
                    break;
            }
            if (i % 50 === 0)
                System.gc();
        }
    }),
});
