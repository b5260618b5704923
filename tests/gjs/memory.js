// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import System from 'system';

import {equal} from './tap.js';

const PAGE = 4096;

/** Memory in bytes that the collector and malloc may need. One leaked wrapper for each call or value needs more. */
const SLACK = 3 << 20;

function resident() {
    System.gc();
    const [, text] = GLib.file_get_contents('/proc/self/statm');
    return Number(new TextDecoder().decode(text).split(' ')[1]) * PAGE;
}

/**
 * Runs a tenth to fill the caches, then all, and fails if memory grows each time. The heap of GJS may grow once, beside
 * other work, and a leak grows again. `run` needs no callbacks of the main loop.
 */
export async function staysFlatBlocking(n, run) {
    let grown = SLACK;
    await run(n / 10);
    for (let i = 0; i < 2 && grown >= SLACK; i++) {
        const before = resident();
        await run(n);
        grown = resident() - before;
        print(`# ${n}: ${Math.round(grown / 1024)} KiB more`);
    }
    equal(grown < SLACK, true);
}

/** Returns why a long test must not wait for callbacks, or null. */
export function lacksCallbacks() {
    return System.version < 18190
        ? 'GJS before 1.81.90 loses callbacks of the main loop while it collects garbage'
        : null;
}

/** Does the same for a `run` that needs callbacks, or returns the reason why not. */
export async function staysFlat(n, run) {
    const reason = lacksCallbacks();
    if (!reason)
        await staysFlatBlocking(n, run);
    return reason;
}
