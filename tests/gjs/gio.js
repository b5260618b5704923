// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';

import {close, next, takeAll} from './promises.js';
import {equal, failure, matches, runTests, throws} from './tap.js';

const NOFOLLOW = Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS;
const folder = Gio.File.new_for_path(GLib.dir_make_tmp('athr-XXXXXX'));

function add(name) {
    const file = folder.get_child(name);
    GLib.mkdir_with_parents(file.get_parent().get_path(), 0o755);
    GLib.file_set_contents(file.get_path(), '123');
}

function linesOf(text) {
    return Athr.Stream.new_for_lines(
        Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(text)));
}

function names(infos) {
    System.gc();
    return infos.map(info => folder.get_relative_path(info.get_attribute_object('standard::file')));
}

['a/b/deep', 'a/near', 'top'].forEach(add);

const Reader = GObject.registerClass(class Reader extends Gio.InputStream {
    vfunc_read_fn(_buffer) {
        return 0;
    }
});

const Lister = GObject.registerClass(class Lister extends Gio.FileEnumerator {
    vfunc_next_file(_cancellable) {
        return null;
    }

    vfunc_close_fn(_cancellable) {
        return true;
    }
});

const Folder = GObject.registerClass({Implements: [Gio.File]}, class Folder extends GObject.Object {
    vfunc_enumerate_children(_attributes, _flags, _cancellable) {
        return null;
    }
});

await runTests({
    async 'gives lines'() {
        const text = new TextEncoder().encode('one\r\n\ngrün');
        equal(await takeAll(linesOf(text)), ['one', '', 'grün']);
    },

    async 'fails with a line that is not UTF-8'() {
        const stream = linesOf(new Uint8Array([0x61, 10, 0xff, 10]));
        equal(await next(stream), 'a');
        matches(await failure(next(stream)), Gio.IOErrorEnum, Gio.IOErrorEnum.INVALID_DATA);
    },

    'refuses what has methods in JavaScript'() {
        const {new_for_lines: lines, new_for_enumerator: enumerator, new_for_directory: directory} = Athr.Stream;
        const end = ': JavaScript functions cannot run on a thread';
        throws(() => lines(new Reader()), TypeError,
            `Athr.Stream.new_for_lines: argument 1, Reader, has vfunc_read_fn()${end}`);
        throws(() => lines(Gio.BufferedInputStream.new(Gio.DataInputStream.new(new Reader()))), TypeError,
            `Athr.Stream.new_for_lines: argument 1, Gio_BufferedInputStream, contains Reader, which has vfunc_read_fn()${end}`);
        const lister = new Lister();
        throws(() => enumerator(lister), TypeError,
            `Athr.Stream.new_for_enumerator: argument 1, Lister, has vfunc_next_file()${end}`);
        throws(() => directory(new Folder(), 'standard::name', NOFOLLOW), TypeError,
            `Athr.Stream.new_for_directory: argument 1, Folder, has vfunc_enumerate_children()${end}`);
        lister.close(null); // lest a garbage collection closes it
    },

    async 'gives what an enumerator lists'() {
        const enumerator = folder.enumerate_children('standard::name', NOFOLLOW, null);
        const stream = Athr.Stream.new_for_enumerator(enumerator);
        equal(names(await takeAll(stream)).sort(), ['a', 'top']);
        equal(enumerator.is_closed(), true);
    },

    async 'closes an enumerator half-way'() {
        const enumerator = folder.enumerate_children('standard::name', NOFOLLOW, null);
        const stream = Athr.Stream.new_for_enumerator(enumerator);
        await next(stream);
        await close(stream);
        equal(enumerator.is_closed(), true);
    },

    async 'walks a folder'() {
        const stream = Athr.Stream.new_for_directory(folder, 'standard::size', NOFOLLOW);
        const infos = await takeAll(stream);
        equal(names(infos).sort(), ['a', 'a/b', 'a/b/deep', 'a/near', 'top']);
        equal(infos.find(info => info.get_name() === 'deep').get_size(), 3);
    },

    async 'fails without a folder'() {
        const stream = Athr.Stream.new_for_directory(folder.get_child('no'), null, NOFOLLOW);
        matches(await failure(next(stream)), Gio.IOErrorEnum, Gio.IOErrorEnum.NOT_FOUND);
    },

    async 'emits problems'() {
        const stream = Athr.Stream.new_for_directory(folder, null, NOFOLLOW);
        const problems = [];
        const found = [];
        // In lock-step the worker reads nothing before the test asks for it.
        stream.buffer_size = 0;
        stream.connect('problem', (_stream, file, message) => problems.push([file, message]));
        for (let info; (info = await next(stream)) !== null;) {
            found.push(info);
            if (info.get_name() === 'b') {
                folder.get_child('a/b/deep').delete(null);
                folder.get_child('a/b').delete(null);
            }
        }
        equal(names(found).sort(), ['a', 'a/b', 'a/near', 'top']);
        equal(problems.length, 1);
        equal(folder.get_relative_path(problems[0][0]), 'a/b');
        equal(problems[0][1].includes('No such file'), true);
    },
});

GLib.spawn_command_line_sync(`rm -r '${folder.get_path()}'`);
