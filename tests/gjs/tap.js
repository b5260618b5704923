// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import System from 'system';

export function equal(actual, expected) {
    const [a, b] = [actual, expected].map(value => JSON.stringify(value));
    if (a !== b)
        throw new Error(`${a} instead of ${b}`);
}

export function matches(error, domain, code) {
    if (!(error instanceof GLib.Error && error.matches(domain, code)))
        throw error;
}

/** The promise of an error: fails when there is none. */
export function failure(promise) {
    return promise.then(value => {
        throw new Error(`${value} instead of an error`);
    }, error => error);
}

/** Fails unless the function throws a TypeError with such a message. */
export function refuses(call, message) {
    try {
        call();
    } catch (error) {
        if (error instanceof TypeError && message.test(error.message))
            return;
        throw error;
    }
    throw new Error('no error');
}

/** Runs each of an object's functions, which may give a reason to be skipped, and ends the program. */
export async function runTests(tests) {
    let failed = 0;
    let number = 0;
    print(`1..${Object.keys(tests).length}`);
    for (const [name, test] of Object.entries(tests)) {
        let point = 'ok';
        let skipped;
        try {
            skipped = await test();
        } catch (error) {
            print(`# ${error}\n${error.stack}`.trim().replaceAll('\n', '\n# '));
            point = 'not ok';
            failed++;
        }
        print(`${point} ${++number} - ${name}${skipped ? ` # SKIP ${skipped}` : ''}`);
    }
    if (failed)
        System.exit(1);
}
