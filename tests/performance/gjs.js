// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Measures `for await` over a stream, and compares it with one signal for each value and with the async iterator
// of Gio.FileEnumerator. GJS itself takes most of the time, as the loop over promises alone shows.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

const ROUNDS = 3;
const N_VALUES = 300000;
const N_FILES = 5000;
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

function signals(n) {
    const stream = AthrTests.count_stream_new(n);
    let counted = 0;
    stream.connect('value', () => counted++);
    stream.flowing = true;
    return new Promise(resolve => stream.connect('finished', () => resolve(counted)));
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

/** Prints microseconds per value. The contestants take turns; the best round of each counts. */
async function measure(n, contestants) {
    const best = {};
    for (let round = 0; round < ROUNDS; round++) {
        for (const [name, contestant] of Object.entries(contestants)) {
            System.gc();
            const start = GLib.get_monotonic_time();
            const counted = await contestant(n);
            const time = (GLib.get_monotonic_time() - start) / n;
            if (counted !== n)
                throw new Error(`${name}: ${counted} of ${n}`);
            best[name] = Math.min(time, best[name] ?? Infinity);
        }
    }
    const [[first, theirs]] = Object.entries(best);
    for (const [name, time] of Object.entries(best)) {
        print(`${name.padEnd(34)} ${time.toFixed(2).padStart(6)} us ${(1e6 / time).toFixed(0).padStart(8)}/s` +
            `   ${(theirs / time).toFixed(2).padStart(5)} of ${first}`);
    }
}

await measure(N_VALUES, {
    'the value signal': signals,
    'promises alone': promises,
    'for await, default buffer': iterate(64),
    'for await, no limit': iterate(UNLIMITED),
});

await withFiles(N_FILES, enumerate => {
    const contestants = {'Gio.FileEnumerator': () => count(enumerate())};
    if (Athr.Stream.new_for_enumerator)
        contestants['Athr.Stream.new_for_enumerator()'] = () => count(Athr.Stream.new_for_enumerator(enumerate()));
    return measure(N_FILES, contestants);
});
