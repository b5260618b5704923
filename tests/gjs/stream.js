// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {close, next, takeAll} from './promises.js';
import {equal, failure, matches, runTests} from './tap.js';

const below = n => Array.from({length: n}, (_, i) => i);

await runTests({
    async 'yields values'() {
        const stream = AthrTests.count_stream_new(1000);
        equal(await takeAll(stream), below(1000));
        equal([stream.is_done(), stream.state], [true, Athr.StreamState.ENDED]);
        equal(await takeAll(stream), []);
    },

    async 'tells null from the end'() {
        equal(await takeAll(AthrTests.null_stream_new()), [null]);
    },

    async 'passes errors on after the values'() {
        const stream = AthrTests.fail_stream_new(1);
        equal(await next(stream), 0);
        matches(await failure(next(stream)), Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(stream.is_done(), false);
        equal(await takeAll(stream), []);
        equal(stream.state, Athr.StreamState.FAILED);
    },

    async 'gives blocking batches'() {
        const stream = AthrTests.count_stream_new(5);
        const values = [];
        for (let batch; (batch = stream.next_batch(3, null)).length > 0;)
            values.push(...batch);
        equal(values, below(5));
        equal(stream.is_done(), true);
    },

    async 'answers nexts in order'() {
        const stream = AthrTests.count_stream_new(100);
        equal(await Promise.all(below(100).map(() => next(stream))), below(100));
    },

    async 'is closed in the middle'() {
        const stream = AthrTests.count_stream_new(1000000);
        stream.buffer_size = 2;
        equal(await next(stream), 0);
        System.gc();
        equal(await close(stream), true);
        equal(stream.state, Athr.StreamState.CLOSED);
        equal((await takeAll(stream)).slice(0, 1), [1]);
    },

    async 'loses no value when a next is cancelled'() {
        const stream = AthrTests.count_stream_new(3);
        const cancellable = new Gio.Cancellable();
        cancellable.cancel();
        const error = await failure(next(stream, cancellable));
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
        equal(await takeAll(stream), [0, 1, 2]);
    },

    async 'finishes'() {
        const stream = AthrTests.count_stream_new(1);
        let finished = 0;
        const promise = new Promise(resolve => stream.connect('finished', () => {
            finished++;
            resolve();
        }));
        await takeAll(stream);
        await promise;
        equal(finished, 1);
    },

    async 'survives collections'() {
        for (let i = 0; i < 20; i++) {
            const stream = AthrTests.count_stream_new(1000000);
            stream.buffer_size = 1;
            for (let j = 0; j < 10; j++) {
                equal(await next(stream), j);
                System.gc();
            }
            if (i % 2)
                await close(stream);
        }
        System.gc();
    },
});
