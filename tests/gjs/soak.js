// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Long runs lose nothing and keep nothing. ATHR_STRESS_SECONDS has them ten times as long.

import GLib from 'gi://GLib';
import System from 'system';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, runTests} from './tap.js';

const SCALE = GLib.getenv('ATHR_STRESS_SECONDS') ? 10 : 1;
const N_CALLS = 20000 * SCALE;
const N_VALUES = 100000 * SCALE;
const PAGE = 4096;

/** What the collector and malloc need, more or less: less than one wrapper for each call or value. */
const SLACK = 3 << 20;

function resident() {
    System.gc();
    const [, text] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(text).split(' ')[1]) * PAGE;
}

/** Runs it once to fill the caches, then measures. */
async function staysFlat(n, run) {
    if (System.version < 18190)
        return 'GJS before 1.81.90 loses callbacks of the main loop while it collects garbage';

    await run(n / 10);
    const before = resident();
    await run(n);
    const grown = resident() - before;
    print(`# ${n}: ${grown >> 10} KiB more`);
    equal(grown < SLACK, true);
    return null;
}

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
