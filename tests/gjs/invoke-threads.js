// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Parallel, cancelled and queued calls of Athr.invoke(), and the arguments that they keep alive.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';

import {equal, failure, matches, runTests} from './tap.js';

const {CANCELLED, CLOSED, TIMED_OUT} = Gio.IOErrorEnum;
const folder = GLib.dir_make_tmp('athr-XXXXXX');

const turn = () => new Promise(resolve => setTimeout(resolve, 0));

async function until(condition) {
    while (!condition())
        await turn();
}

/** A named pipe. A worker that reads it waits until the gate is opened. */
class Gate {
    static count = 0;

    constructor() {
        this.path = `${folder}/gate-${Gate.count++}`;
        GLib.spawn_command_line_sync(`mkfifo '${this.path}'`);
    }

    /** Makes a worker of the executor wait at the gate. */
    wait(executor) {
        return Athr.invoke.with({executor})('GLib.file_get_contents', this.path);
    }

    /** Lets one waiting worker pass. */
    open(text = '') {
        const stream = Gio.File.new_for_path(this.path).append_to(Gio.FileCreateFlags.NONE, null);
        stream.write(text, null);
        stream.close(null);
    }
}

/** Creates an executor with one thread, which waits at a gate until release() is called. */
async function busyExecutor() {
    const executor = Athr.Executor.new('one', 1);
    const gate = new Gate();
    const waiting = gate.wait(executor);
    await until(() => executor.n_running === 1);
    return {executor, release: async () => {
        gate.open('open');
        equal(new TextDecoder().decode(await waiting), 'open');
    }};
}

await runTests({
    async 'eight sleep at once'() {
        const executor = Athr.Executor.new('eight', 8);
        const sleep = Athr.invoke.with({executor});
        let awake = 0;
        const sleeping = Array.from({length: 8}, () => sleep('GLib.usleep', 200000).then(() => awake++));
        await until(() => executor.n_running === 8 || awake > 0);
        equal([executor.n_running, awake], [8, 0]);
        await Promise.all(sleeping);
    },

    async 'eight wait at once'() {
        const executor = Athr.Executor.new('eight', 8);
        const gates = Array.from({length: 8}, () => new Gate());
        const waiting = gates.map(gate => gate.wait(executor));
        await until(() => executor.n_running === 8);
        gates.forEach((gate, i) => gate.open(`${i}`));
        equal((await Promise.all(waiting)).map(bytes => new TextDecoder().decode(bytes)).join(''), '01234567');
    },

    async 'no more than the executor allows'() {
        const {executor, release} = await busyExecutor();
        const other = Athr.invoke.with({executor})('GLib.usleep', 0);
        await turn();
        equal([executor.n_running, executor.n_queued], [1, 1]);
        await release();
        equal(await other, null);
    },

    async 'the more urgent first'() {
        const {executor, release} = await busyExecutor();
        const order = [];
        const invoke = Athr.invoke.with({executor});
        const calls = [3, -1, 2].map(priority => invoke.with({priority})('GLib.usleep', 0).then(() => order.push(priority)));
        await release();
        await Promise.all(calls);
        equal(order, [-1, 2, 3]);
    },

    async 'the options of both'() {
        const {executor, release} = await busyExecutor();
        const cancellable = new Gio.Cancellable();
        const inBoth = failure(Athr.invoke.with({executor}).with({cancellable})('GLib.usleep', 0));
        const inOne = Athr.invoke('GLib.usleep', 0);
        equal(await inOne, null);
        equal(executor.n_queued, 1);
        cancellable.cancel();
        matches(await inBoth, Gio.IOErrorEnum, CANCELLED);
        await release();
    },

    async 'nothing that is cancelled before it starts'() {
        const {executor, release} = await busyExecutor();
        const cancellable = new Gio.Cancellable();
        const path = `${folder}/never`;
        const made = failure(Athr.invoke.with({executor, cancellable})('GLib.mkdir_with_parents', path, 0o755));
        await turn();
        cancellable.cancel();
        matches(await made, Gio.IOErrorEnum, CANCELLED);
        await release();
        equal(GLib.file_test(path, GLib.FileTest.EXISTS), false);
    },

    async 'until it is cancelled by the cancellable of the call'() {
        const executor = Athr.Executor.new('one', 1);
        const cancellable = new Gio.Cancellable();
        const cat = Gio.Subprocess.new(['cat'], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);
        const read = Athr.invoke.with({executor, cancellable});
        const reading = failure(read('Gio.InputStream.read_bytes', cat.get_stdout_pipe(), 1, null));
        await until(() => executor.n_running === 1);
        cancellable.cancel();
        matches(await reading, Gio.IOErrorEnum, CANCELLED);
        cat.force_exit();
    },

    async 'until it is cancelled by a cancellable of its own'() {
        const executor = Athr.Executor.new('one', 1);
        const cancellable = new Gio.Cancellable();
        const cat = Gio.Subprocess.new(['cat'], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);
        const read = Athr.invoke.with({executor});
        const reading = failure(read('Gio.InputStream.read_bytes', cat.get_stdout_pipe(), 1, cancellable));
        await until(() => executor.n_running === 1);
        cancellable.cancel();
        matches(await reading, Gio.IOErrorEnum, CANCELLED);
        cat.force_exit();
    },

    async 'until it times out'() {
        const {executor, release} = await busyExecutor();
        const late = failure(Athr.invoke.with({executor, timeout: 1})('GLib.usleep', 0));
        matches(await late, Gio.IOErrorEnum, TIMED_OUT);
        await release();
    },

    async 'until its function runs for too long'() {
        const cat = Gio.Subprocess.new(['cat'], Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE);
        const read = Athr.invoke.with({run_timeout: 1});
        const late = failure(read('Gio.InputStream.read_bytes', cat.get_stdout_pipe(), 1, null));
        matches(await late, Gio.IOErrorEnum, TIMED_OUT);
        cat.force_exit();
    },

    async 'nothing on a closed executor'() {
        const executor = Athr.Executor.new('one', 1);
        await executor.close_async(false);
        matches(await failure(Athr.invoke.with({executor})('GLib.usleep', 0)), Gio.IOErrorEnum, CLOSED);
    },

    async 'with arguments that only the call keeps alive'() {
        const {executor, release} = await busyExecutor();
        const invoke = Athr.invoke.with({executor});
        const text = 'x'.repeat(100000);
        const hashes = [1, 2, 3].map(i =>
            invoke('GLib.compute_checksum_for_data', 'md5', new TextEncoder().encode(`${text}${i}`)));
        const paths = [1, 2, 3].map(i => invoke('Gio.File.get_path', Gio.File.new_for_path(`/${text}${i}`)));
        const lists = [1, 2, 3].map(i => invoke('GLib.Variant.print', new GLib.Variant('as', [text, `${i}`]), false));
        for (let i = 0; i < 3; i++) {
            System.gc();
            await turn();
        }
        await release();
        equal(await Promise.all(hashes), [1, 2, 3].map(i =>
            GLib.compute_checksum_for_string(GLib.ChecksumType.MD5, `${text}${i}`, -1)));
        equal(await Promise.all(paths), [1, 2, 3].map(i => `/${text}${i}`));
        equal(await Promise.all(lists), [1, 2, 3].map(i => `['${text}', '${i}']`));
    },

    async 'while garbage is collected'() {
        const executor = Athr.Executor.new('four', 4);
        const invoke = Athr.invoke.with({executor});
        for (let round = 0; round < 20; round++) {
            const calls = Array.from({length: 20}, (_, i) => [
                invoke('GLib.DateTime.get_ymd', GLib.DateTime.new_utc(2000 + i, 1, 2, 3, 4, 5)),
                invoke('Gio.File.get_child', Gio.File.new_for_path('/'), `${i}`),
                invoke('GLib.base64_decode', GLib.base64_encode([i])),
            ]).flat();
            // Outside callbacks, because GJS before 1.81.90 may lose a callback if garbage is collected in one.
            System.gc();
            const results = await Promise.all(calls);
            for (let i = 0; i < 20; i++) {
                const [date, file, bytes] = results.slice(3 * i);
                equal([date, file.get_path(), [...bytes]], [[2000 + i, 1, 2], `/${i}`, [i]]);
            }
        }
    },

    async 'many at once from several executors'() {
        const executors = [1, 2, 3, 4].map(n => Athr.Executor.new(`${n}`, n));
        const hashes = await Promise.all(Array.from({length: 400}, (_, i) =>
            Athr.invoke.with({executor: executors[i % 4]})('GLib.compute_checksum_for_string', 'sha1', `${i}`, -1)));
        equal(hashes, hashes.map((_, i) => GLib.compute_checksum_for_string(GLib.ChecksumType.SHA1, `${i}`, -1)));
        await Promise.all(executors.map(executor => executor.close_async(false)));
    },
});

GLib.spawn_command_line_sync(`rm -r '${folder}'`);
