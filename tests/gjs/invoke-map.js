// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Athr.invoke.map(): a function of an introspected library for each item.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests, throws} from './tap.js';

const {CANCELLED, FAILED, INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED, WOULD_BLOCK} = Gio.IOErrorEnum;
const BASENAME = 'GLib.path_get_basename';

/** Waits until the main loop has nothing else to do. */
const turn = () => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
    resolve();
    return GLib.SOURCE_REMOVE;
}));

async function until(condition) {
    while (!condition())
        await turn();
}

const below = n => Array.from({length: n}, (_, i) => i);
const paths = n => below(n).map(i => `/a/${i}`);
const names = n => below(n).map(i => `${i}`);

async function takeAll(results) {
    const taken = [];
    for await (const result of results)
        taken.push(result);
    return taken;
}

/** Returns the error of a loop, and the results before it. */
async function takeFailing(results) {
    const taken = [];
    const error = await failure((async () => {
        for await (const result of results)
            taken.push(result);
    })());
    return [error, taken];
}

/** An iterable that counts how many items were read, and notes whether it was closed. */
class Source {
    constructor(items, isAsync = false) {
        this.n = 0;
        this.closed = false;
        this[isAsync ? Symbol.asyncIterator : Symbol.iterator] = isAsync ? () => this._readLater(items) : () => this._read(items);
    }

    * _read(items) {
        try {
            for (const item of items) {
                this.n++;
                yield item;
            }
        } finally {
            this.closed = true;
        }
    }

    async* _readLater(items) {
        for (const item of this._read(items)) {
            await turn();
            yield item;
        }
    }
}

/** Programs whose output workers read until the programs end. */
class Pipes {
    constructor(n) {
        this._cats = below(n).map(() => Gio.Subprocess.new(['cat'],
            Gio.SubprocessFlags.STDIN_PIPE | Gio.SubprocessFlags.STDOUT_PIPE));
    }

    /** Reads from the pipes, and takes null for the cancellable of the item. */
    read(options) {
        const items = this._cats.map(cat => [cat.get_stdout_pipe(), 1, null]);
        return Athr.invoke.map('Gio.InputStream.read_bytes', items, options);
    }

    close() {
        this._cats.forEach(cat => cat.force_exit());
    }
}

await runTests({
    async 'gives the results in order'() {
        const results = Athr.invoke.map(BASENAME, paths(1000));
        equal(results instanceof Athr.Stream, true);
        equal(await takeAll(results), names(1000));
        equal(results.progress, 1);
        equal(await takeAll(Athr.invoke.map(BASENAME, [])), []);
    },

    async 'gives the results as they come'() {
        const results = await takeAll(Athr.invoke.map(BASENAME, paths(1000), {ordered: false, limit: 8}));
        equal(results.map(Number).sort((a, b) => a - b), below(1000));
    },

    async 'spreads an item that is an array to the arguments'() {
        const items = below(100).map(i => ['md5', `${i}`, -1]);
        equal(await takeAll(Athr.invoke.map('GLib.compute_checksum_for_string', items)),
            below(100).map(i => GLib.compute_checksum_for_string(GLib.ChecksumType.MD5, `${i}`, -1)));
        equal(await takeAll(Athr.invoke.map('GLib.build_filenamev', [[['a', 'b']], [['c']]])), ['a/b', 'c']);
    },

    async 'gives what Athr.invoke() gives'() {
        equal(await takeAll(Athr.invoke.map('GLib.ascii_strtoll', [['7x', 10], ['8', 10]])), [[7, 'x'], [8, '']]);
        equal(await takeAll(Athr.invoke.map('GLib.shell_parse_argv', ['a b', 'c'])), [['a', 'b'], ['c']]);
        equal(await takeAll(Athr.invoke.map('GLib.usleep', [0, 0])), [null, null]);
        const [bytes] = await takeAll(Athr.invoke.map('GLib.base64_decode', ['YQ==']));
        equal([bytes instanceof Uint8Array, ...bytes], [true, 97]);
        const keys = new GLib.KeyFile();
        keys.set_integer_list('g', 'k', [1, 2]);
        equal(await takeAll(Athr.invoke.map('GLib.KeyFile.get_integer_list', [[keys, 'g', 'k']])), [[1, 2]]);
    },

    async 'gives the same to the methods of the stream'() {
        const items = below(9).map(i => [`${i}x`, 10]);
        const results = Athr.invoke.map('GLib.ascii_strtoll', items);
        equal(await results.next_async(), [0, 'x']);
        equal((await results.next_batch_async(1))[0], [1, 'x']);
        equal(results.next(), [2, 'x']);
        await until(() => results.n_buffered > 0);
        equal(results.try_next(), [3, 'x']);
        equal((await results[Symbol.asyncIterator]().next()).value, [4, 'x']);
        await results.close_async();
    },

    async 'runs as many at once as the limit says'() {
        const executor = Athr.Executor.new('eight', 8);
        for (const [limit, expected] of [[undefined, 4], [2, 2], [100, 6]]) {
            const pipes = new Pipes(6);
            const results = pipes.read({executor, limit});
            results.start();
            await until(() => executor.n_running === expected && executor.n_queued === 0);
            await results.close_async();
            equal(executor.n_running, 0);
            pipes.close();
        }
        await executor.close_async(false);
    },

    async 'takes the objects of a list model'() {
        const list = Gio.ListStore.new(Gio.File);
        paths(10).forEach(path => list.append(Gio.File.new_for_path(path)));
        equal(await takeAll(Athr.invoke.map('Gio.File.get_basename', list)), names(10));
    },

    async 'takes the values of a stream'() {
        equal(await takeAll(Athr.invoke.map('Gio.File.get_path', AthrTests.file_stream_new(100))),
            below(100).map(i => `/${i}`));
        const input = Gio.MemoryInputStream.new_from_bytes(new TextEncoder().encode('/a/b\n/a/c'));
        equal(await takeAll(Athr.invoke.map(BASENAME, Athr.Stream.new_for_lines(input))), ['b', 'c']);
    },

    async 'takes the results of another map'() {
        const uris = Athr.invoke.map('GLib.filename_from_uri', ['file:///a', 'file://host/b']);
        equal(await takeAll(Athr.invoke.map('GLib.filename_to_uri', uris)), ['file:///a', 'file://host/b']);
    },

    async 'reads an iterable only as far as it needs the items'() {
        const source = new Source(paths(1000));
        const results = Athr.invoke.map(BASENAME, source, {limit: 2, buffer_size: 4});
        await turn();
        equal(source.n, 0);
        let taken = 0;
        for await (const name of results) {
            equal(name, `${taken++}`);
            equal(source.n <= taken + 2 + 4 + 2, true);
        }
        equal([taken, source.n, source.closed], [1000, 1000, true]);
    },

    async 'reads a set, and a typed array'() {
        equal(await takeAll(Athr.invoke.map(BASENAME, new Set(['/a/b', '/a/c']))), ['b', 'c']);
        equal(await takeAll(Athr.invoke.map('GLib.usleep', Uint8Array.of(0, 1))), [null, null]);
    },

    async 'reads an asynchronous iterable'() {
        const source = new Source(paths(100), true);
        equal(await takeAll(Athr.invoke.map(BASENAME, source)), names(100));
        equal(source.closed, true);
    },

    async 'closes everything when the loop breaks'() {
        for (const isAsync of [false, true]) {
            const source = new Source(paths(1000), isAsync);
            const results = Athr.invoke.map(BASENAME, source);
            for await (const name of results) {
                if (name === '9')
                    break;
            }
            equal(results.state, Athr.StreamState.CLOSED);
            await until(() => source.closed);
            equal(source.n < 200, true);
        }
    },

    async 'closes the source when the program closes the stream'() {
        const source = new Source(paths(1000));
        const results = Athr.invoke.map(BASENAME, source, {buffer_size: 1});
        equal(await results.next_async(), '0');
        await results.close_async();
        await until(() => source.closed);
    },

    async 'gives an error after the results before it, and closes the source'() {
        const source = new Source(['file:///a', 'file:///b', 'nonsense', ...paths(1000)]);
        const [error, taken] = await takeFailing(Athr.invoke.map('GLib.filename_from_uri', source, {limit: 1}));
        matches(error, GLib.ConvertError, GLib.ConvertError.BAD_URI);
        equal(error.stack.includes('invoke-map.js'), true);
        equal(error.stack.includes('overrides'), false);
        equal(taken, [['/a', null], ['/b', null]]);
        await until(() => source.closed);
    },

    async 'gives the error of an iterable itself'() {
        const problem = new RangeError('enough');
        const {stack} = problem;
        function* read() {
            yield* paths(3);
            throw problem;
        }
        async function* readLater() {
            yield* read();
        }
        for (const source of [read(), readLater()]) {
            const [error, taken] = await takeFailing(Athr.invoke.map(BASENAME, source));
            equal(error === problem, true);
            equal(error.stack, stack);
            equal(taken, names(3));
        }
        const results = Athr.invoke.map(BASENAME, read());
        for (const name of names(3))
            equal(await results.next_async(), name);
        const error = await failure(results.next_async());
        matches(error, Gio.IOErrorEnum, FAILED);
        equal(error.message, 'RangeError: enough');
    },

    async 'gives whatever an iterable throws'() {
        const textless = {
            toString() {
                throw new Error('no text');
            },
        };
        for (const problem of [undefined, null, false, '', 'text', Symbol('x'), Object.create(null), textless, [], 1n]) {
            const source = (function* () {
                yield '/a/b';
                throw problem;
            })();
            const taken = [];
            let thrown = [];
            try {
                for await (const name of Athr.invoke.map(BASENAME, source))
                    taken.push(name);
            } catch (error) {
                thrown = [error];
            }
            equal([taken, thrown.length, thrown[0] === problem], [['b'], 1, true]);
        }
    },

    'refuses a wrong item of an array before anything runs'() {
        const map = (name, items) => () => Athr.invoke.map(name, items);
        const errorOf = run => {
            try {
                run();
            } catch (error) {
                return error;
            }
            throw new Error('no error');
        };
        let error = errorOf(map(BASENAME, ['/a', 1]));
        matches(error, Gio.IOErrorEnum, INVALID_ARGUMENT);
        equal(error.message, `${BASENAME}: item 1, argument 1, file_name, must be filename, not a number`);
        error = errorOf(map('GLib.Date.set_day', [[new GLib.Date(), 1]]));
        matches(error, Gio.IOErrorEnum, NOT_SUPPORTED);
        matches(errorOf(map('GLib.no_such', [])), Gio.IOErrorEnum, NOT_FOUND);
        matches(errorOf(map('GLib.idle_add', ['a'])), Gio.IOErrorEnum, NOT_SUPPORTED);
        refuses(map(BASENAME, ['/a', () => 1]), /^GLib.path_get_basename: item 1, argument 1 is a function: JavaScript/);
        refuses(map(BASENAME, [['/a', {a: 1}]]), /^GLib.path_get_basename: item 0, argument 2, an object of Object, cann/);
    },

    async 'gives the error of a wrong item of an iterable in order'() {
        const source = new Source(['/a/b', 1, '/a/c']);
        const [error, taken] = await takeFailing(Athr.invoke.map(BASENAME, source));
        matches(error, Gio.IOErrorEnum, INVALID_ARGUMENT);
        equal(error.message, `${BASENAME}: item 1, argument 1, file_name, must be filename, not a number`);
        equal(error.stack.includes('invoke-map.js'), true);
        equal(error.stack.includes('overrides'), false);
        equal(taken, ['b']);
        await until(() => source.closed);
        equal(source.n, 2);
    },

    'refuses a wrong function before it reads an item'() {
        const source = new Source(paths(1));
        for (const name of ['GLib.no_such', 'GLib.idle_add', 'nonsense']) {
            let error = null;
            try {
                Athr.invoke.map(name, source);
            } catch (e) {
                error = e;
            }
            equal(error instanceof GLib.Error, true);
        }
        equal(source.n, 0);
    },

    'refuses what has no items'() {
        const message = /the items must be an array, an iterable, a Gio.ListModel or an Athr.Stream, not/;
        for (const items of [null, undefined, 1, 'abc', {}, {length: 1}, () => 1, new GLib.Date()])
            refuses(() => Athr.invoke.map(BASENAME, items), message);
    },

    'refuses wrong options'() {
        refuses(() => Athr.invoke.map(BASENAME, [], {limits: 1}),
            /^Athr.invoke.map has no option limits, but cancellable, .* limit, ordered, settled, buffer_size$/);
        refuses(() => Athr.invoke.with({timeout: 1}).map(BASENAME, []), /^Athr.invoke.map has no option timeout, but/);
        refuses(() => Athr.invoke.map(BASENAME, [], {owner: 1}), /^The owner of Athr.invoke.map must be a GObject, not 1$/);
        const wrong = [
            ...[0, -1, 1.5, NaN, 2 ** 32].map(limit => [RangeError, {limit}, 'a whole number from 1 to 4294967295', limit]),
            [TypeError, {limit: '4'}, 'a number', '"4"'],
            [TypeError, {limit: true}, 'a number', true],
            [RangeError, {buffer_size: -1}, 'a whole number from 0 to 4294967295', -1],
            [TypeError, {buffer_size: 'x'}, 'a number', '"x"'],
            [TypeError, {ordered: 0}, 'true or false', 0],
            [TypeError, {settled: 'x'}, 'true or false', '"x"'],
            [TypeError, {cancellable: 3}, 'a Gio.Cancellable', 3],
        ];
        for (const [type, options, kind, value] of wrong) {
            throws(() => Athr.invoke.map(BASENAME, [], options), type,
                `The ${Object.keys(options)[0]} of Athr.invoke.map must be ${kind}, not ${value}`);
        }
        for (const [options, what] of [[3, 3], [null, null], ['x', '"x"'], [[], 'an object of Array'], [() => 1, 'a function']]) {
            throws(() => Athr.invoke.map(BASENAME, [], options), TypeError,
                `The options of Athr.invoke.map must be an object, not ${what}`);
        }
    },

    async 'takes undefined and null for options that are not set'() {
        for (const value of [undefined, null]) {
            const options = Object.fromEntries(['limit', 'ordered', 'settled', 'buffer_size', 'executor', 'cancellable',
                'priority', 'delivery_priority', 'name', 'owner'].map(option => [option, value]));
            const results = Athr.invoke.with({timeout: 1}).with({timeout: value}).map(BASENAME, paths(10), options);
            equal([results.name, results.buffer_size, results.priority], [BASENAME, 64, 0]);
            equal(await takeAll(results), names(10));
        }
    },

    async 'takes the options of with()'() {
        const executor = Athr.Executor.new('one', 1);
        const results = Athr.invoke.with({executor, name: 'names'}).map(BASENAME, paths(10), {priority: 3});
        equal([results.executor === executor, results.name, results.priority], [true, 'names', 3]);
        equal(await takeAll(results), names(10));
        equal(Athr.invoke.map(BASENAME, []).name, BASENAME);
    },

    async 'shares an executor of one thread with an iterable'() {
        const executor = Athr.Executor.new('one', 1);
        equal(await takeAll(Athr.invoke.map(BASENAME, new Source(paths(100)), {executor})), names(100));
    },

    async 'is cancelled by its cancellable'() {
        const executor = Athr.Executor.new('four', 4);
        const cancellable = new Gio.Cancellable();
        const pipes = new Pipes(6);
        const loop = takeFailing(pipes.read({executor, cancellable}));
        await until(() => executor.n_running === 4);
        cancellable.cancel();
        matches((await loop)[0], Gio.IOErrorEnum, CANCELLED);
        equal(executor.n_running, 0);
        pipes.close();
        const source = new Source(paths(3));
        matches((await takeFailing(Athr.invoke.map(BASENAME, source, {cancellable})))[0], Gio.IOErrorEnum, CANCELLED);
        equal(source.n, 0);
    },

    async 'ends at once when the loop is cancelled, although the loop has results left'() {
        const cancellable = new Gio.Cancellable();
        const taken = [];
        const error = await failure((async () => {
            for await (const name of Athr.invoke.map(BASENAME, paths(1000), {cancellable})) {
                taken.push(name);
                if (name === '3')
                    cancellable.cancel();
            }
        })());
        matches(error, Gio.IOErrorEnum, CANCELLED);
        equal(taken, names(4));
    },

    async 'ends with its owner'() {
        const executor = Athr.Executor.new('four', 4);
        const owner = new Gio.SimpleAction({name: 'owner'});
        const pipes = new Pipes(6);
        const loop = takeFailing(pipes.read({executor, owner}));
        await until(() => executor.n_running === 4);
        owner.run_dispose();
        matches((await loop)[0], Gio.IOErrorEnum, CANCELLED);
        await until(() => executor.n_running === 0);
        pipes.close();
        const error = await failure((async () => Athr.invoke.with({owner}).map(BASENAME, []))());
        matches(error, Gio.IOErrorEnum, CANCELLED);
    },

    async 'settles each item, like Promise.allSettled()'() {
        const addresses = ['nonsense', 'file:///a', 'nothing', 'file://host/b'];
        const outcomes = await takeAll(Athr.invoke.map('GLib.filename_from_uri', addresses, {settled: true}));
        const promised = await Promise.allSettled(addresses.map(address => Athr.invoke('GLib.filename_from_uri', address)));
        equal(outcomes.map(({status}) => status), ['rejected', 'fulfilled', 'rejected', 'fulfilled']);
        equal(outcomes.map(outcome => Object.keys(outcome)), promised.map(outcome => Object.keys(outcome)));
        equal(outcomes.map(({value}) => value), promised.map(({value}) => value));
        for (const [i, {reason}] of promised.entries()) {
            if (!reason)
                continue;
            matches(outcomes[i].reason, GLib.ConvertError, GLib.ConvertError.BAD_URI);
            equal(outcomes[i].reason.message, reason.message);
            equal(outcomes[i].reason.constructor === reason.constructor, true);
            equal(typeof outcomes[i].reason.stack, 'string');
        }
    },

    async 'settles items as they come, and items of each kind'() {
        const addresses = below(100).map(i => i % 2 ? `/${i}` : `file:///${i}`);
        const options = {settled: true, ordered: false, limit: 8};
        for (const items of [addresses, new Source(addresses), new Source(addresses, true)]) {
            const outcomes = await takeAll(Athr.invoke.map('GLib.filename_from_uri', items, options));
            equal(outcomes.filter(({status}) => status === 'rejected').length, 50);
            equal(outcomes.flatMap(({value}) => value ? [Number(value[0].slice(1))] : []).sort((a, b) => a - b),
                below(100).filter(i => i % 2 === 0));
        }
        const list = Gio.ListStore.new(Gio.File);
        list.append(Gio.File.new_for_path('/'));
        equal(await takeAll(Athr.invoke.map('Gio.File.get_path', list, {settled: true})), [{status: 'fulfilled', value: '/'}]);
    },

    async 'settles what gives nothing, null, a list or a table'() {
        const settle = (name, item) => takeAll(Athr.invoke.map(name, [[...item]], {settled: true}));
        const fulfilled = value => [{status: 'fulfilled', value}];
        equal(await settle('GLib.usleep', [0]), fulfilled(null));
        equal(await settle('GLib.find_program_in_path', ['no-such-program']), fulfilled(null));
        equal(await settle('GLib.shell_parse_argv', ['a b']), fulfilled(['a', 'b']));
        equal(await settle('GLib.Uri.parse_params', ['a=b', -1, '&', 'none']), fulfilled({a: 'b'}));
    },

    async 'settles for the methods of the stream, and tells the end from null'() {
        const settled = n => Athr.invoke.map('GLib.find_program_in_path', below(n).map(i => `no-such-${i}`), {settled: true});
        const outcome = {status: 'fulfilled', value: null};
        const results = settled(6);
        equal(await results.next_async(), outcome);
        equal((await results.next_batch_async(1)), [outcome]);
        equal(results.next(), outcome);
        await until(() => results.n_buffered > 0);
        equal(results.try_next(), outcome);
        equal(await takeAll(results), [outcome, outcome]); // a loop takes all that is there
        equal([results.next(), results.is_done(), await results.next_async()], [null, true, null]);
        const empty = settled(0);
        equal([empty.try_next(), await empty.next_batch_async(9)], [undefined, []]);
    },

    async 'does not settle what is no failure of the function'() {
        const problem = new RangeError('enough');
        function* read() {
            yield 'nonsense';
            throw problem;
        }
        const options = {settled: true};
        let [error, taken] = await takeFailing(Athr.invoke.map('GLib.filename_from_uri', read(), options));
        equal([error === problem, taken.map(({status}) => status)], [true, ['rejected']]);
        [error, taken] = await takeFailing(Athr.invoke.map(BASENAME, new Source(['/a/b', 1, '/a/c']), options));
        matches(error, Gio.IOErrorEnum, INVALID_ARGUMENT);
        equal(taken, [{status: 'fulfilled', value: 'b'}]);
        for (const [name, items] of [[BASENAME, [1]], ['GLib.no_such', []]]) {
            error = await failure((async () => Athr.invoke.map(name, items, options))());
            equal(error instanceof GLib.Error, true);
        }
    },

    async 'does not settle what is cancelled'() {
        const executor = Athr.Executor.new('four', 4);
        const cancellable = new Gio.Cancellable();
        const owner = new Gio.SimpleAction({name: 'owner'});
        for (const [options, end] of [[{cancellable}, () => cancellable.cancel()], [{owner}, () => owner.run_dispose()]]) {
            const pipes = new Pipes(6);
            const loop = takeFailing(pipes.read({executor, settled: true, ...options}));
            await until(() => executor.n_running === 4);
            end();
            const [error, taken] = await loop;
            matches(error, Gio.IOErrorEnum, CANCELLED);
            equal(taken, []);
            await until(() => executor.n_running === 0);
            pipes.close();
        }
    },

    async 'closes an iterable when its owner is gone'() {
        const owner = new Gio.SimpleAction({name: 'owner'});
        const source = new Source(paths(1000));
        const results = Athr.invoke.map(BASENAME, source, {owner, buffer_size: 1});
        equal(await results.next_async(), '0');
        owner.run_dispose();
        await until(() => source.closed);
        matches(await failure(results.next_async()), Gio.IOErrorEnum, CANCELLED);
    },

    async 'cannot read an iterable while the program is blocked'() {
        const results = Athr.invoke.map(BASENAME, new Source(paths(3)));
        matches(await failure((async () => results.next())()), Gio.IOErrorEnum, WOULD_BLOCK);
        const blocking = Athr.invoke.map(BASENAME, paths(3));
        equal([blocking.next(), blocking.next(), blocking.next(), blocking.next()], [...names(3), null]);
    },

    async 'shows its results in a list model'() {
        const model = Athr.StreamListModel.new(Athr.invoke.map('Gio.File.new_for_path', paths(100)), Gio.File);
        await until(() => !model.loading);
        equal(below(100).map(i => model.get_item(i).get_path()), paths(100));
    },

    async 'while garbage is collected'() {
        const source = GLib.idle_add(GLib.PRIORITY_LOW, () => {
            System.gc();
            return GLib.SOURCE_CONTINUE;
        });
        for (let round = 0; round < 5; round++) {
            const files = paths(20).map(path => Gio.File.new_for_path(path));
            const iterables = [files, new Source(files), new Source(files, true)];
            const loops = iterables.map(items => takeAll(Athr.invoke.map('Gio.File.get_parent', items)));
            for (const parents of await Promise.all(loops))
                equal(parents.map(parent => parent.get_path()), below(20).map(() => '/a'));
            for (let i = 0; i < 3; i++) {
                const results = Athr.invoke.map('Gio.File.get_child', new Source(files.map(file => [file, 'x'])));
                for await (const child of results) {
                    equal(child.get_path(), '/a/0/x');
                    System.gc();
                    break;
                }
            }
            Athr.invoke.map(BASENAME, new Source(paths(1000))).start();
            Athr.invoke.map(BASENAME, new Source(paths(1000)));
        }
        GLib.source_remove(source);
        System.gc();
    },
});
