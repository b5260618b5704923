// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Calls of Athr.invoke() that end with an object.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';

import {equal, failure, matches, refuses, runTests} from './tap.js';

const {CANCELLED, NOT_FOUND} = Gio.IOErrorEnum;

const turn = () => new Promise(resolve => setTimeout(resolve, 0));

async function until(condition) {
    while (!condition())
        await turn();
}

const Owner = GObject.registerClass(class Owner extends GObject.Object {});

/** A program whose output a worker reads until close() ends the program. */
class Pipe {
    constructor() {
        this._cat = Gio.Subprocess.new(['cat'], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);
    }

    read(options) {
        return Athr.invoke.with(options)('Gio.InputStream.read_bytes', this._cat.get_stdout_pipe(), 1, null);
    }

    close() {
        this._cat.force_exit();
    }
}

await runTests({
    async 'gives the result while the owner lives'() {
        const owner = new Owner();
        equal(await Athr.invoke.with({owner})('GLib.path_get_basename', '/a/b'), 'b');
        const error = await failure(Athr.invoke.with({owner})('GLib.file_get_contents', '/no/such'));
        matches(error, GLib.FileError, GLib.FileError.NOENT);
    },

    async 'is rejected at once when the owner is disposed'() {
        const executor = Athr.Executor.new('one', 1);
        const owner = new Owner();
        const pipe = new Pipe();
        const reading = failure(pipe.read({executor, owner}));
        await until(() => executor.n_running === 1);
        owner.run_dispose();
        matches(await reading, Gio.IOErrorEnum, CANCELLED);
        pipe.close();
    },

    async 'never starts when the owner is disposed in time'() {
        const executor = Athr.Executor.new('one', 1);
        const owner = new Owner();
        executor.paused = true;
        const path = GLib.build_filenamev([GLib.get_tmp_dir(), `athr-never-${GLib.uuid_string_random()}`]);
        const making = failure(Athr.invoke.with({executor, owner})('GLib.mkdir_with_parents', path, 0o755));
        owner.run_dispose();
        matches(await making, Gio.IOErrorEnum, CANCELLED);
        executor.paused = false;
        await executor.close_async(false);
        equal(GLib.file_test(path, GLib.FileTest.EXISTS), false);
    },

    async 'does not keep the owner alive'() {
        const pipe = new Pipe();
        const executor = Athr.Executor.new('one', 1);
        const reading = (() => failure(pipe.read({executor, owner: new Owner()})))();
        await until(() => executor.n_running === 1);
        System.gc();
        matches(await reading, Gio.IOErrorEnum, CANCELLED);
        pipe.close();
    },

    async 'is rejected when the owner is gone already'() {
        const owner = new Owner();
        owner.run_dispose();
        matches(await failure(Athr.invoke.with({owner})('GLib.usleep', 0)), Gio.IOErrorEnum, CANCELLED);
        matches(await failure(Athr.invoke.with({owner})('GLib.no_such')), Gio.IOErrorEnum, NOT_FOUND);
    },

    async 'has the stack of the function that awaits it'() {
        const owner = new Owner();
        async function unlucky() {
            owner.run_dispose();
            await Athr.invoke.with({owner})('GLib.usleep', 0);
        }
        equal((await failure(unlucky())).stack.startsWith('unlucky@'), true);
    },

    async 'needs no owner'() {
        const owned = Athr.invoke.with({owner: new Owner()});
        for (const owner of [null, undefined])
            equal(await owned.with({owner})('GLib.path_get_basename', '/a/b'), 'b');
    },

    'refuses what is no GObject'() {
        const message = what => new RegExp(`^The owner of Athr.invoke must be a GObject, not ${what}$`);
        refuses(() => Athr.invoke.with({owner: 'window'}), message('"window"'));
        refuses(() => Athr.invoke.with({owner: {}}), message('an object of Object'));
        refuses(() => Athr.invoke.with({owner: Owner}), message('a function'));
        refuses(() => Athr.invoke.with({owner: GLib.DateTime.new_now_utc()}), message('an object of \\w*DateTime'));
    },
});
