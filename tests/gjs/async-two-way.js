// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Values and errors that the iterator sends to the producer, and the values that it refuses to send.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests} from './tap.js';

const END = {done: true};

const iterate = stream => stream[Symbol.asyncIterator]();

const Plain = GObject.registerClass(class Plain extends GObject.Object {});

await runTests({
    async 'sends with each next'() {
        const iterator = iterate(AthrTests.echo_stream_new());
        for (const value of ['first', 1, undefined, 2.5, null, true, ''])
            equal((await iterator.next(value)).value, value ?? null);
        equal(await iterator.return(), END);
    },

    async 'sends each with its own demand'() {
        const iterator = iterate(AthrTests.echo_stream_new());
        const sent = [1, undefined, 3, undefined, undefined, 6];
        const answers = await Promise.all(sent.map(value => iterator.next(value)));
        equal(answers.map(({value}) => value), sent.map(value => value ?? null));
        await iterator.return();
    },

    async 'doubles'() {
        const iterator = iterate(AthrTests.double_stream_new());
        const taken = [];
        for (const value of [undefined, 1, undefined, undefined, 5, undefined])
            taken.push((await iterator.next(value)).value);
        equal(taken, [0, 1, 2, 4, 5, 10]);
        await iterator.return();
    },

    async 'throws, and gives the answer'() {
        const iterator = iterate(AthrTests.double_stream_new());
        await iterator.next();
        equal(await iterator.throw(new Gio.IOErrorEnum({code: Gio.IOErrorEnum.BUSY, message: 'busy'})),
            {value: -1, done: false});
        equal(await iterator.throw(new RangeError('x')), {value: -1, done: false});
        equal(await iterator.next(4), {value: 4, done: false});
        await iterator.return();
    },

    async 'rejects with a thrown error that the producer does not handle'() {
        const busy = new Gio.IOErrorEnum({code: Gio.IOErrorEnum.BUSY, message: 'busy'});
        for (const [thrown, code, message] of [
            [busy, Gio.IOErrorEnum.BUSY, 'busy'],
            [new RangeError('x'), Gio.IOErrorEnum.FAILED, 'RangeError: x'],
        ]) {
            const iterator = iterate(AthrTests.echo_stream_new());
            await iterator.next();
            const error = await failure(iterator.throw(thrown));
            matches(error, Gio.io_error_quark(), code);
            equal(error.message, message);
            equal(await iterator.next(), END);
        }
    },

    async 'throws at its turn'() {
        const iterator = iterate(AthrTests.double_stream_new());
        const answers = await Promise.all([
            iterator.next(), iterator.next(3), iterator.throw(new Error()), iterator.next(7),
        ]);
        equal(answers.map(({value}) => value), [0, 3, -1, 7]);
        await iterator.return();
    },

    async 'rejects with the thrown error itself after the end'() {
        const iterator = iterate(AthrTests.count_stream_new(0));
        equal(await iterator.next(), END);
        const error = new RangeError();
        equal(await failure(iterator.throw(error)) === error, true);
        equal(await iterator.next(5), END);
    },

    async 'refuses objects of JavaScript'() {
        const stream = AthrTests.echo_stream_new();
        const hidden = new GObject.Value();
        hidden.init(GObject.type_from_name('JSObject'));
        for (const value of [{}, [], ['x'], () => 1, Symbol('x'), undefined, new Date(), new Error('x'),
            new Uint8Array(1), new Map(), Object.create(null), hidden, Gio.File, GObject.TYPE_INT, new GObject.Value()])
            refuses(() => stream.send(value), /^[^\n]* cannot be sent to a thread: send a string, a number, /);
        refuses(() => stream.send(Object.create(null)), /^an object of no class cannot be sent/);
        refuses(() => stream.send('a\0b'), /^The value to send has a text with a null character$/);
        refuses(() => stream.send('\ud800'), /^The value to send has a text with a lone surrogate$/);
        const iterator = iterate(stream);
        equal((await failure(iterator.next({}))) instanceof TypeError, true);
        equal(await iterator.next('x'), {value: 'x', done: false});
        await iterator.return();
    },

    async 'takes no value for a refused request'() {
        const iterator = iterate(AthrTests.count_stream_new(5));
        equal((await failure(iterator.next({}))) instanceof TypeError, true);
        equal(await iterator.next(), {value: 0, done: false});
        equal((await failure(iterator.next({}))) instanceof TypeError, true);
        equal(await iterator.next(), {value: 1, done: false});
        await iterator.return();
    },

    async 'sends values that threads may hold'() {
        const iterator = iterate(AthrTests.echo_stream_new());
        const value = new GObject.Value();
        value.init(GObject.TYPE_INT);
        value.set_int(3);
        equal((await iterator.next(value)).value, 3);
        equal((await iterator.next(12345678901n)).value, 12345678901);
        equal((await iterator.next(new GLib.Variant('s', 'x'))).value.unpack(), 'x');
        equal((await iterator.next(new GLib.Bytes([1, 2]))).value.get_size(), 2);
        equal((await iterator.next(GLib.Date.new_dmy(1, 2, 2026))).value.get_year(), 2026);
        for (const object of [Gio.File.new_for_path('/'), new Plain(), new Athr.Call()]) {
            equal((await iterator.next(object)).value === object, true);
            System.gc();
        }
        await iterator.return();
    },

    async 'sends and throws without the iterator'() {
        const stream = AthrTests.echo_stream_new();
        stream.send(null);
        equal(await stream.next_async(), null);
        equal(stream.is_done(), false);
        stream.send('x');
        equal(await stream.next_async(), 'x');
        stream.throw(new Gio.IOErrorEnum({code: Gio.IOErrorEnum.BUSY, message: 'busy'}));
        matches(await failure(stream.next_async()), Gio.io_error_quark(), Gio.IOErrorEnum.BUSY);
    },
});
