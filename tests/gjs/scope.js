// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Only the newest answer, and many calls as one.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrTests from 'gi://AthrTests?version=1';

import {equal, failure, matches, refuses, runTests, throws} from './tap.js';

let invoke = false;
try {
    await Athr.invoke('GLib.get_user_name');
    invoke = true;
} catch {}

const withInvoke = test => invoke ? test : () => 'no AthrInvoke';

function isCancelled(error) {
    matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED);
}

await runTests({
    async 'only the newest call counts'() {
        const latest = new Athr.Latest();
        const old = failure(latest.run_async(AthrTests.wait_call_new()));
        equal(latest.busy, true);
        const value = latest.run_async(AthrTests.echo_call_new('new'));
        isCancelled(await old);
        equal(await value, 'new');
        equal(latest.busy, false);
    },

    async 'a call that waits out its debounce never starts'() {
        const latest = Athr.Latest.new(20);
        const call = AthrTests.echo_call_new('old');
        const old = failure(latest.run(call));
        equal(await latest.run(AthrTests.echo_call_new('new')), 'new');
        isCancelled(await old);
        equal(call.state, Athr.CallState.INITIAL);
    },

    'a run of an introspected function': withInvoke(async () => {
        const latest = new Athr.Latest({debounce: 1});
        const old = failure(latest.run('GLib.path_get_basename', '/a/b'));
        equal(await latest.run('GLib.path_get_basename', '/a/c'), 'c');
        isCancelled(await old);
        equal(await latest.run('GLib.spawn_command_line_sync', 'true').then(results => results.length > 1), true);
    }),

    async 'an error has the stack of the function that awaits it'() {
        async function unlucky() {
            await new Athr.Latest().run_async(AthrTests.fail_call_new());
        }
        const error = await failure(unlucky());
        matches(error, Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(error.stack.startsWith('unlucky@'), true);
    },

    async 'a call cannot run twice'() {
        const call = AthrTests.echo_call_new('x');
        const latest = new Athr.Latest();
        equal(await latest.run(call), 'x');
        matches(await failure(latest.run(call)), Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT);
    },

    async 'a cancel and a cancellable cancel the run'() {
        const latest = new Athr.Latest();
        const cancellable = new Gio.Cancellable();
        let outcome = failure(latest.run_async(AthrTests.wait_call_new(), cancellable));
        cancellable.cancel();
        isCancelled(await outcome);
        outcome = failure(latest.run_async(AthrTests.wait_call_new()));
        latest.cancel();
        isCancelled(await outcome);
    },

    async 'functions of JavaScript are refused'() {
        equal((await failure(new Athr.Latest().run(() => {}))).message.includes('cannot run on a thread'), true);
        refuses(() => new Athr.Group().add(() => {}), /cannot run on a thread/);
        refuses(() => new Athr.Group().add(AthrTests.echo_call_new(1), 1), /no arguments/);
    },

    'wrong numbers for a constructor are refused'() {
        const properties = {
            Call: ['timeout', 'run_timeout', 'priority', 'delivery_priority'],
            Executor: ['max_threads', 'max_blocked'],
            Group: ['max_running', 'timeout'],
            Latest: ['debounce', 'max_wait'],
            Stream: ['buffer_size', 'priority', 'delivery_priority'],
        };
        for (const [type, names] of Object.entries(properties)) {
            for (const name of names) {
                const camel = name.replace(/_./, letters => letters[1].toUpperCase());
                for (const spelling of new Set([name, name.replace('_', '-'), camel])) {
                    const [least, most] = name.endsWith('priority') ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
                    throws(() => new Athr[type]({[spelling]: most + 1}), RangeError,
                        `The ${spelling} of Athr.${type} must be a whole number from ${least} to ${most}, not ${most + 1}`);
                    throws(() => new Athr[type]({[spelling]: 'x'}), TypeError,
                        `The ${spelling} of Athr.${type} must be a number, not "x"`);
                    equal(new Athr[type]({[spelling]: 2})[name], 2);
                }
            }
        }
        equal(new Athr.Latest().debounce, 0);
        refuses(() => new Athr.Group(() => {}), /cannot run on a thread/);
    },

    'wrong numbers for a property are refused'() {
        const objects = {
            Call: [AthrTests.echo_call_new(1), 'timeout', 'run_timeout', 'priority', 'delivery_priority'],
            Executor: [new Athr.Executor(), 'max_threads', 'max_blocked'],
            Group: [new Athr.Group(), 'max_running', 'timeout'],
            Latest: [new Athr.Latest(), 'debounce', 'max_wait'],
            Stream: [AthrTests.count_stream_new(1), 'buffer_size', 'priority', 'delivery_priority'],
        };
        for (const [type, [object, ...names]] of Object.entries(objects)) {
            for (const name of names) {
                const camel = name.replace(/_./, letters => letters[1].toUpperCase());
                for (const spelling of new Set([name, name.replace('_', '-'), camel])) {
                    const [least, most] = name.endsWith('priority') ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
                    const set = value => () => {
                        object[spelling] = value;
                    };
                    for (const value of [least - 1, most + 1, 0.5, NaN]) {
                        throws(set(value), RangeError,
                            `The ${spelling} of Athr.${type} must be a whole number from ${least} to ${most}, not ${value}`);
                    }
                    for (const value of ['x', null, undefined, true]) {
                        throws(set(value), TypeError,
                            `The ${spelling} of Athr.${type} must be a number, not ${JSON.stringify(value)}`);
                    }
                    object[spelling] = 2;
                    equal(object[name], 2);
                }
            }
        }
    },

    async 'a group waits for its calls'() {
        const group = Athr.Group.new(Athr.GroupPolicy.FAIL_FAST);
        const calls = [1, 2, 3].map(number => group.add(AthrTests.echo_call_new(number)));
        equal(await group.wait_async(), true);
        equal(await Promise.all(calls.map(call => call.run_async())), [1, 2, 3]);
        equal([group.n_calls, group.n_done, group.progress], [3, 3, 1]);
    },

    async 'a group fails with the first error and cancels the rest'() {
        const group = new Athr.Group();
        const rest = group.add(AthrTests.wait_call_new());
        group.add(AthrTests.fail_call_new());
        matches(await failure(group.wait_async()), Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND);
        equal(await group.close_async(), true);
        equal(rest.state, Athr.CallState.CANCELLED);
    },

    async 'the results of a group come as they complete'() {
        const group = new Athr.Group({policy: Athr.GroupPolicy.COLLECT});
        const results = group.get_results();
        const slow = group.add(AthrTests.wait_call_new());
        const fast = group.add(AthrTests.echo_call_new('fast'));
        equal((await results.next_async()) === fast, true);
        slow.cancel();
        await group.wait_async();
        const rest = [];
        for await (const call of results)
            rest.push(call);
        equal(rest.length, 1);
        equal(rest[0] === slow, true);
    },

    'introspected functions in a group': withInvoke(async () => {
        const group = new Athr.Group({max_running: 2});
        const calls = ['/a/b', '/a/c', '/a/d'].map(path => group.add('GLib.path_get_basename', path));
        await group.wait_async();
        equal(await Promise.all(calls.map(call => call.run_async())), ['b', 'c', 'd']);
    }),

    'introspected functions whose calls block': withInvoke(() => {
        const run = (...args) => new Athr.Group().add(...args).run();
        equal(run('GLib.path_get_basename', '/a/b'), 'b');
        equal(run('GLib.ascii_strtoll', '7x', 10), [7, 'x']);
        equal(run('GLib.Uri.parse_params', 'a=b', -1, '&', 'none'), {a: 'b'});
        equal(run('GLib.usleep', 0), null);
    }),

    async 'garbage collections do not lose a run or a wait'() {
        const gc = setInterval(() => System.gc(), 0);
        const outcomes = [];
        for (let i = 0; i < 20; i++) {
            outcomes.push(new Athr.Latest({debounce: 1}).run(AthrTests.echo_call_new(i)));
            const group = new Athr.Group();
            group.add(AthrTests.echo_call_new(i));
            outcomes.push(group.wait_async());
        }
        equal(await Promise.all(outcomes), Array.from({length: 20}, (_, i) => [i, true]).flat());
        clearInterval(gc);
    },
});
