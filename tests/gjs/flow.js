// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {close, next, nextBatch, takeAll} from './promises.js';
import {equal, matches, runTests, throws} from './tap.js';

const below = n => Array.from({length: n}, (_, i) => i);

function finished(stream) {
    return new Promise(resolve => stream.connect('finished', resolve));
}

await runTests({
    async 'takes batches'() {
        const stream = AthrTests.count_stream_new(1000);
        const taken = [];
        for (;;) {
            const batch = await nextBatch(stream, 100);
            if (batch.length === 0)
                break;
            equal(batch.length <= 100, true);
            taken.push(...batch);
        }
        equal(taken, below(1000));
        equal(stream.is_done(), true);
    },

    async 'flows'() {
        const stream = AthrTests.count_stream_new(1000);
        const taken = [];
        stream.connect('value', (_stream, value) => taken.push(value));
        stream.flowing = true;
        await finished(stream);
        equal(taken, below(1000));
    },

    async 'pauses in its handler'() {
        const stream = AthrTests.count_stream_new(10);
        const taken = [];
        await new Promise(resolve => {
            stream.connect('value', (_stream, value) => {
                taken.push(value);
                stream.flowing = false;
                System.gc();
                resolve();
            });
            stream.flowing = true;
        });
        equal(taken, [0]);
        equal(await takeAll(stream), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },

    async 'is closed in its handler'() {
        const stream = AthrTests.count_stream_new(1000000);
        const taken = [];
        const over = finished(stream);
        stream.connect('value', (_stream, value) => {
            taken.push(value);
            if (taken.length === 3)
                close(stream);
        });
        stream.flowing = true;
        await over;
        equal(taken, [0, 1, 2]);
        equal([stream.flowing, stream.state], [false, Athr.StreamState.CLOSED]);
    },

    async 'sends and throws'() {
        const stream = AthrTests.double_stream_new();
        const taken = [await next(stream)];
        stream.send(1);
        for (let i = 0; i < 4; i++)
            taken.push(await next(stream));
        stream.send(3);
        for (let i = 0; i < 4; i++)
            taken.push(await next(stream));
        equal(taken, [0, 1, 2, 4, 8, 3, 6, 12, 24]);
        stream.throw_literal(Gio.io_error_quark(), Gio.IOErrorEnum.FAILED, 'thrown');
        equal(await next(stream), -1);
        await close(stream);
    },

    async 'fills a list'() {
        const list = Athr.StreamListModel.new(AthrTests.file_stream_new(500), Gio.File.$gtype);
        const changes = [];
        list.connect('items-changed', (_list, position, removed, added) => changes.push(added));
        await new Promise(resolve => list.connect('notify::loading', resolve));
        equal(list.error, null);
        equal(changes.reduce((sum, n) => sum + n), 500);
        equal(list.get_item(499).get_path(), '/499');
    },

    'refuses a list of no objects'() {
        for (const [type, what] of [[String, 'gchararray'], [GObject.TYPE_INT, 'gint'], [Gio.FileType, 'GFileType'],
            [GObject.ParamSpec, 'GParam'], [null, 'null'], [undefined, 'undefined'], ['GFile', '"GFile"'], [3, '3'],
            [Map, 'a function'], [{}, 'an object of Object'], [{$gtype: 1}, 'an object of Object']]) {
            throws(() => Athr.StreamListModel.new(AthrTests.count_stream_new(1), type), TypeError,
                `The item type of Athr.StreamListModel must be a class of GObject, not ${what}`);
        }
        for (const type of [Gio.File, Gio.File.$gtype, GObject.Object, Gio.ListStore])
            equal(Athr.StreamListModel.new(null, type).get_n_items(), 0);
    },

    async 'ends a list with what does not belong there'() {
        const list = Athr.StreamListModel.new(AthrTests.count_stream_new(5), GObject.Object.$gtype);
        await new Promise(resolve => list.connect('notify::loading', resolve));
        matches(list.error, Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT);
    },
});
