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

/** Returns a promise of the error with which a promise is rejected, and fails if it is not rejected. */
export function failure(promise) {
    return promise.then(value => {
        throw new Error(`${value} instead of an error`);
    }, error => error);
}

/** Fails unless the function throws a TypeError whose message matches. */
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

/** Fails unless the function throws an error of the type with the message. */
export function throws(call, type, message) {
    let thrown = null;
    try {
        call();
    } catch (error) {
        thrown = error;
    }
    equal([thrown?.name, thrown?.message], [type.name, message]);
}

/** Returns whether the library for Athr.invoke() is there. */
export function hasInvoke() {
    try {
        imports.gi.versions.AthrInvoke = '1';
        return Boolean(imports.gi.AthrInvoke);
    } catch {
        return false;
    }
}

/** Runs the functions of an object as tests and ends the program. A test that returns a text is skipped, and the text
 * is the reason. */
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
