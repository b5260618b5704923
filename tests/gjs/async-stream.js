// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The async iterator that the override adds to streams.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests} from './tap.js';

const UNLIMITED = 2 ** 32 - 1;
const END = {done: true};

const below = n => Array.from({length: n}, (_, i) => i);
const iterate = stream => stream[Symbol.asyncIterator]();

async function takeAll(stream) {
    const values = [];
    for await (const value of stream)
        values.push(value);
    return values;
}

function withBuffer(stream, size) {
    stream.buffer_size = size;
    return stream;
}

await runTests({
    async 'is iterated'() {
        for (const size of [0, 1, 2, 15, 16, 17, 64, 1000, UNLIMITED]) {
            const stream = withBuffer(AthrTests.count_stream_new(1000), size);
            equal(await takeAll(stream), below(1000));
            equal(stream.state, Athr.StreamState.ENDED);
            equal(await takeAll(stream), []);
        }
    },

    async 'gives values as they are'() {
        equal(await takeAll(AthrTests.null_stream_new()), [null]);
        const paths = (await takeAll(AthrTests.file_stream_new(3))).map(file => file.get_path());
        equal(paths, ['/0', '/1', '/2']);
    },

    async 'gives promises'() {
        const iterator = iterate(AthrTests.count_stream_new(2));
        const promise = iterator.next();
        equal(promise instanceof Promise, true);
        equal(await promise, {value: 0, done: false});
        equal(iterator.next() instanceof Promise, true);
        equal(await iterator.next(), {done: true});
        equal(iterator[Symbol.asyncIterator]() === iterator, true);
    },

    async 'throws an error after the values, once'() {
        for (const size of [1, 64]) {
            const stream = withBuffer(AthrTests.fail_stream_new(3), size);
            const taken = [];
            const error = await failure((async () => {
                for await (const value of stream)
                    taken.push(value);
            })());
            matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
            equal(error.stack.includes('async-stream.js'), true);
            equal(error.stack.includes('overrides'), false);
            equal(taken, [0, 1, 2]);
            const late = new RangeError();
            equal(await failure(iterate(stream).throw(late)) === late, true);
            equal(await iterate(stream).next(), END);
            equal(await iterate(stream).return(), END);
        }
    },

    async 'answers many requests in order, and rejects one with the error'() {
        const outcomes = [];
        const iterator = iterate(AthrTests.fail_stream_new(3));
        await Promise.all(below(6).map(i => iterator.next().then(
            ({value, done}) => outcomes.push([i, done ? 'end' : value]),
            () => outcomes.push([i, 'error']))));
        equal(outcomes, [[0, 0], [1, 1], [2, 2], [3, 'error'], [4, 'end'], [5, 'end']]);
    },

    async 'answers iterators in order'() {
        const stream = AthrTests.count_stream_new(100);
        const [one, other] = [iterate(stream), iterate(stream)];
        const taken = [];
        for (let i = 0; i < 50; i++)
            taken.push(...await Promise.all([one.next(), other.next()]));
        equal(taken.map(({value}) => value), below(100));
        equal(await Promise.all([other.next(), one.next()]), [END, END]);
    },

    async 'shares its values among loops'() {
        const stream = AthrTests.count_stream_new(1000);
        const taken = await Promise.all([takeAll(stream), takeAll(stream)]);
        equal(taken.every(values => values.length > 0), true);
        equal(taken.flat().sort((a, b) => a - b), below(1000));
    },

    async 'keeps the rest of a batch for the next loop'() {
        const stream = AthrTests.count_stream_new(1000);
        for (const i of below(5)) {
            equal((await iterate(stream).next()).value, i);
            System.gc();
        }
        equal(await takeAll(stream), below(1000).slice(5));
    },

    async 'keeps the rest of a batch while only C refers to the stream'() {
        let stream = AthrTests.count_stream_new(100);
        equal((await iterate(stream).next()).value, 0);
        const list = Athr.StreamListModel.new(stream, Gio.File.$gtype);
        stream = null;
        for (let i = 0; i < 5; i++)
            System.gc();
        equal((await iterate(list.stream).next()).value, 1);
    },

    async 'takes no larger batch than the buffer allows'() {
        for (const [size, next] of [[1, 1], [2, 1], [6, 1], [15, 1], [16, 8], [64, 32], [1000, 256]]) {
            const stream = withBuffer(AthrTests.count_stream_new(10000), size);
            equal(stream.n_buffered, 0);
            stream.start();
            while (stream.n_buffered < size)
                await null;
            equal((await iterate(stream).next()).value, 0);
            // The iterator has taken one batch, so next() returns the value after it.
            equal(stream.next(), next);
            await iterate(stream).return();
        }
    },

    async 'starts nothing before the first request'() {
        const stream = AthrTests.count_stream_new(10);
        iterate(stream);
        equal(stream.state, Athr.StreamState.INITIAL);
    },

    async 'is closed by break'() {
        for (const size of [0, 1, 64, UNLIMITED]) {
            const stream = withBuffer(AthrTests.count_stream_new(100000000), size);
            for await (const value of stream) {
                if (value === 3)
                    break;
            }
            equal(stream.state, Athr.StreamState.CLOSED);
            equal(await takeAll(stream), []);
        }
    },

    async 'is closed by return'() {
        const stream = AthrTests.count_stream_new(100000000);
        const found = await (async () => {
            for await (const value of stream) {
                if (value === 300)
                    return value;
            }
            return -1;
        })();
        equal([found, stream.state], [300, Athr.StreamState.CLOSED]);
    },

    async 'is closed by throw'() {
        const stream = AthrTests.count_stream_new(100000000);
        const error = await failure((async () => {
            for await (const value of stream)
                throw new RangeError(value);
        })());
        equal([error.name, error.message, stream.state], ['RangeError', '0', Athr.StreamState.CLOSED]);
    },

    async 'waits for the producer, whose error is thrown'() {
        const stream = AthrTests.wait_stream_new();
        const error = await failure((async () => {
            for await (const value of stream) {
                equal(value, 0);
                break;
            }
        })());
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(error.stack.includes('overrides'), false);
        equal(stream.state, Athr.StreamState.FAILED);
    },

    async 'is returned while requests wait'() {
        const iterator = iterate(AthrTests.wait_stream_new());
        equal(await iterator.next(), {value: 0, done: false});
        const asked = [iterator.next(), iterator.next()];
        matches(await failure(iterator.return('x')), Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(await Promise.all(asked), [END, END]);
        equal(await iterator.next(), END);
    },

    async 'drops values that arrive while it is returned'() {
        const stream = AthrTests.count_stream_new(1000);
        const iterator = iterate(stream);
        stream.start();
        while (stream.n_buffered < stream.buffer_size)
            await null;
        equal(await Promise.all([iterator.next(), iterator.return()]), [END, END]);
        equal(await iterator.next(), END);
    },

    async 'is returned before the first request'() {
        const stream = AthrTests.count_stream_new(3);
        const iterator = iterate(stream);
        equal(await iterator.return('x'), {value: 'x', done: true});
        equal(await iterator.next(), END);
        equal(await iterator.return(), END);
    },

    async 'is delegated to by a generator'() {
        const stream = AthrTests.count_stream_new(100000000);
        async function *halves() {
            yield * stream;
        }
        const taken = [];
        for await (const value of halves()) {
            taken.push(value);
            if (value === 2)
                break;
        }
        equal([taken, stream.state], [[0, 1, 2], Athr.StreamState.CLOSED]);
    },

    async 'is awaited value by value'() {
        const stream = AthrTests.count_stream_new(3);
        equal(await stream.next_async(), 0);
        equal(await stream.next_async(null), 1);
        equal(await stream.next_batch_async(10), [2]);
        equal(await stream.next_batch_async(10, null), []);
        equal([await stream.next_async(), stream.is_done()], [null, true]);
        equal(await stream.close_async(), true);
    },

    async 'gives values of the program'() {
        const values = ['', 'ä', 1, -1.5, 2 ** 40, true, null];
        equal(await takeAll(Athr.Stream.new_for_values(values)), values);
        equal(await takeAll(Athr.Stream.new_for_values([])), []);
    },

    'refuses values that threads must not have'() {
        const refusal = what => new RegExp(`^Athr.Stream.new_for_values: value 1, ${what}, cannot be given to a thread: give a s`);
        for (const [value, what] of [[{a: 1}, 'an object of Object'], [[1], 'an object of Array'], [() => 1, 'a function'],
            [undefined, 'undefined'], [new Date(), 'an object of Date'], [Object.create(null), 'an object of no class']])
            refuses(() => Athr.Stream.new_for_values(['a', value]), refusal(what));
        refuses(() => Athr.Stream.new_for_values(['a', 'b\0']), /^Athr.Stream.new_for_values: value 1 has a text with a null char/);
    },

    async 'refuses a wrong number of values'() {
        const wrong = [[0, 'RangeError'], [-1, 'RangeError'], [0.5, 'RangeError'], [NaN, 'RangeError'],
            [2 ** 32, 'RangeError'], ['2', 'TypeError'], [null, 'TypeError'], [undefined, 'TypeError'], [true, 'TypeError']];
        for (const [max, name] of wrong) {
            const stream = AthrTests.count_stream_new(3);
            const message = name === 'RangeError'
                ? `The number of values must be a whole number from 1 to ${UNLIMITED}, not ${max}`
                : `The number of values must be a number, not ${JSON.stringify(max)}`;
            const errors = [
                await failure(stream.next_batch_async(max)),
                await failure(stream.next_batch_async(max, null)),
                await failure((async () => stream.next_batch_async(max, null, () => {}))()),
                await failure((async () => stream.next_batch(max))()),
            ];
            equal(errors.map(error => [error.name, error.message]), errors.map(() => [name, message]));
            equal([stream.state, await stream.next_batch_async(UNLIMITED)], [Athr.StreamState.INITIAL, [0, 1, 2]]);
        }
        equal((await failure(AthrTests.count_stream_new(3).next_batch_async())).message.includes('arguments required'), true);
    },

    'returns batches to blocking callers'() {
        const stream = AthrTests.count_stream_new(2);
        while (stream.n_buffered < 2)
            stream.start();
        equal([stream.next_batch(1), stream.next_batch(9, null), stream.next_batch(9)], [[0], [1], []]);
    },

    async 'rejects a wait that is cancelled'() {
        const cancellable = new Gio.Cancellable();
        const stream = AthrTests.wait_stream_new();
        equal(await stream.next_async(cancellable), 0);
        const outcomes = [stream.next_async(cancellable), stream.next_batch_async(5, cancellable)].map(failure);
        cancellable.cancel();
        for (const error of await Promise.all(outcomes))
            matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
        await failure(stream.close_async());
    },

    'returns values to blocking callers'() {
        const stream = AthrTests.count_stream_new(3);
        equal([stream.next(), stream.next(null), stream.next(null, null), stream.next()], [0, 1, 2, null]);
        equal([stream.is_done(), stream.try_next()], [true, undefined]);
        equal(AthrTests.null_stream_new().next(), null);
        equal(AthrTests.count_stream_new(1).try_next() === undefined, true);
    },

    async 'returns buffered values'() {
        const stream = AthrTests.count_stream_new(2);
        stream.start();
        while (stream.n_buffered < 2)
            await null;
        equal([stream.try_next(), stream.try_next()], [0, 1]);
    },
});
