// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Measures `for await` over a stream, and compares it with one signal for each value and with the async iterator
// of Gio.FileEnumerator. GJS itself takes most of the time, as the loop over promises alone shows. The program
// prints a line of JSON for each row of the table of bench.py.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

const QUICK = ARGV.includes('--quick');
const ROUNDS = QUICK ? 1 : 3;
const N_VALUES = QUICK ? 100 : 100000;
const N_FILES = QUICK ? 5 : 5000;
const UNLIMITED = 2 ** 32 - 1;

async function promises(n) {
    let i = 0;
    const iterator = {
        [Symbol.asyncIterator]: () => iterator,
        next: () => Promise.resolve({value: i, done: i++ === n}),
    };
    return await count(iterator);
}

async function count(values) {
    let n = 0;
    for await (const _ of values)
        n++;
    return n;
}

function iterate(bufferSize) {
    return n => {
        const stream = AthrTests.count_stream_new(n);
        stream.buffer_size = bufferSize;
        return count(stream);
    };
}

// A stream that flows does not keep itself alive, and GJS collects objects that no variable holds.
let flowing;

async function signals(n) {
    flowing = AthrTests.count_stream_new(n);
    let counted = 0;
    flowing.connect('value', () => counted++);
    flowing.flowing = true;
    await new Promise(resolve => flowing.connect('finished', resolve));
    flowing = null;
    return counted;
}

/** Makes a folder with n files, calls `use` with a function that enumerates it, and deletes the folder. */
async function withFiles(n, use) {
    const folder = Gio.File.new_for_path(GLib.Dir.make_tmp('athr-XXXXXX'));
    const files = Array.from({length: n}, (_, i) => folder.get_child(`${i}`));
    try {
        for (const file of files)
            file.create(Gio.FileCreateFlags.NONE, null).close(null);
        await use(() => folder.enumerate_children('standard::name', Gio.FileQueryInfoFlags.NONE, null));
    } finally {
        for (const file of [...files, folder])
            file.delete(null);
    }
}

/** Prints microseconds per value. The contestants take turns. */
async function measure(name, title, n, contestants) {
    const ways = Object.fromEntries(Object.keys(contestants).map(way => [way, []]));
    for (let round = 0; round < ROUNDS; round++) {
        for (const [way, contestant] of Object.entries(contestants)) {
            System.gc();
            const start = GLib.get_monotonic_time();
            const counted = await contestant(n);
            ways[way].push((GLib.get_monotonic_time() - start) / n);
            if (counted !== n)
                throw new Error(`${way}: ${counted} of ${n}`);
        }
    }
    print(JSON.stringify({name, title, unit: 'us', ways}));
}

await measure('gjs-values', 'GJS: a value', N_VALUES, {
    'for await, default buffer': iterate(64),
    'for await, no limit': iterate(UNLIMITED),
    'value signal': signals,
    'promises alone': promises,
});

await withFiles(N_FILES, enumerate => {
    const contestants = {};
    if (Athr.Stream.new_for_enumerator)
        contestants['new_for_enumerator'] = () => count(Athr.Stream.new_for_enumerator(enumerate()));
    contestants['Gio.FileEnumerator'] = () => count(enumerate());
    return measure('gjs-files', 'GJS: a file of a folder', N_FILES, contestants);
});
