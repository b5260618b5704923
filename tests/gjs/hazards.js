// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// JavaScript collects garbage all the time, while threads take and drop its objects. Criticals are fatal here.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, runTests} from './tap.js';

const ROUNDS = 100;
const ENDLESS = 1000000000;

/** Runs a test that collects garbage in each iteration of the main loop that delivers something of a stream. */
async function collecting(test) {
    let ticks = 0;
    const source = GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
        System.gc();
        ticks++;
        return GLib.SOURCE_CONTINUE;
    });
    try {
        await test();
    } finally {
        GLib.source_remove(source);
    }
    equal(ticks > 0, true);
    System.gc();
}

function endless(bufferSize) {
    const stream = AthrTests.count_stream_new(ENDLESS);
    stream.buffer_size = bufferSize;
    return stream;
}

await runTests({
    async 'a loop gets no value of a batch after its owner is gone'() {
        const owner = new Gio.SimpleAction({name: 'owner'});
        const stream = AthrTests.count_stream_new(1000);
        const taken = [];
        stream.bind(owner);
        const error = await failure((async () => {
            for await (const value of stream) {
                taken.push(value);
                if (value === 3)
                    owner.run_dispose();
            }
        })());
        matches(error, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        equal(taken, [0, 1, 2, 3]);
    },

    async 'a stream does not keep its owner'() {
        const stream = AthrTests.wait_stream_new();
        const iterator = stream[Symbol.asyncIterator]();
        (() => stream.bind(new Gio.SimpleAction({name: 'owner'})))();
        equal((await iterator.next()).value, 0);
        const waiting = failure(iterator.next());
        System.gc();
        matches(await waiting, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    },

    async 'work is not bound to an owner that is gone'() {
        for (const work of [AthrTests.echo_call_new(1), AthrTests.count_stream_new(1)]) {
            const owner = new Gio.SimpleAction({name: 'owner'});
            owner.run_dispose();
            const error = await failure((async () => work.bind(owner))());
            matches(error, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
            equal(error.message, 'The owner is gone');
            work.bind(new Gio.SimpleAction({name: 'owner'}));
        }
    },

    '/athr/hazards/12-gjs/iterate': () => collecting(async () => {
        for (const size of [0, 1, 16, 64]) {
            const stream = AthrTests.file_stream_new(100);
            stream.buffer_size = size;
            let n = 0;
            for await (const file of stream)
                equal(file.get_path(), `/${n++}`);
            equal(n, 100);
        }
    }),

    '/athr/hazards/12-gjs/break': () => collecting(async () => {
        for (let i = 0; i < ROUNDS; i++) {
            const stream = endless(i);
            for await (const value of stream) {
                if (value === i) {
                    System.gc();
                    break;
                }
            }
            equal(stream.state, Athr.StreamState.CLOSED);
        }
    }),

    '/athr/hazards/12-gjs/cancel': () => collecting(async () => {
        for (let i = 0; i < ROUNDS; i++) {
            const cancellable = new Gio.Cancellable();
            const stream = AthrTests.wait_stream_new();
            equal(await stream.next_async(), 0);
            const outcomes = [
                stream.next_async(cancellable),
                stream.next_batch_async(9, cancellable),
                AthrTests.wait_call_new().run_async(cancellable),
            ].map(failure);
            System.gc();
            cancellable.cancel();
            System.gc();
            for (const error of await Promise.all(outcomes))
                matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
            await failure(stream.close_async());
        }
    }),

    '/athr/hazards/12-gjs/drop': () => collecting(async () => {
        for (let i = 0; i < ROUNDS; i++) {
            let stream = endless(i);
            let ended = false;
            const flowing = endless(i);
            stream.connect('finished', () => (ended = true));
            flowing.connect('value', () => System.gc());
            flowing.flowing = true;
            equal((await stream[Symbol.asyncIterator]().next()).value, 0);
            stream = null;
            System.gc();
            AthrTests.echo_call_new('dropped').run_async(null, null);
            equal([await AthrTests.echo_call_new('x').run_async(), ended], ['x', false]);
            flowing.close_async(null, null);
        }
    }),

    '/athr/hazards/12-gjs/send': () => collecting(async () => {
        const stream = AthrTests.echo_stream_new();
        const iterator = stream[Symbol.asyncIterator]();
        for (let i = 0; i < ROUNDS; i++) {
            const path = `/${i}`;
            const {value} = await iterator.next(Gio.File.new_for_path(path));
            equal(value.get_path(), path);
        }
        await failure(iterator.throw(new Error('enough')));
    }),
});
