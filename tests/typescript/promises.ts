// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The test compiles this file and does not run it. Only the lines after @ts-expect-error have an error.

import Gio from 'gi://Gio?version=2.0';
import GLib from 'gi://GLib?version=2.0';
import GObject from 'gi://GObject?version=2.0';
import Athr from 'gi://Athr?version=1';
import AthrExamples from 'gi://AthrExamples?version=1';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function is<A>() {
    return <B>(_: B, ..._same: Same<A, B> extends true ? [] : [never]) => {};
}

const cancellable = new Gio.Cancellable();

const call: Athr.Call = AthrExamples.sqrt_call_new(2);
is<unknown>()(await call.run_async(cancellable));
is<unknown>()(await call.run_async(null));
is<unknown>()(await call.run_async());
is<void>()(call.run_async(cancellable, (source, result) => is<unknown>()(source?.run_finish(result))));
is<unknown>()(call.run());
is<unknown>()(call.run(cancellable));
is<boolean>()(call.run(cancellable, new GObject.Value()));
// @ts-expect-error
call.run_async('no cancellable');
// @ts-expect-error
for await (const _ of call);

const stream: Athr.Stream = AthrExamples.timestamps_stream_new(3, null);
is<unknown>()(await stream.next_async(cancellable));
is<unknown>()(await stream.next_async());
is<unknown[]>()(await stream.next_batch_async(3, cancellable));
is<unknown[]>()(await stream.next_batch_async(3));
is<boolean>()(await stream.close_async(cancellable));
is<boolean>()(await stream.close_async());
is<unknown>()(stream.next());
is<boolean>()(stream.next(cancellable, new GObject.Value()));
is<unknown>()(stream.try_next());
is<boolean>()(stream.try_next(new GObject.Value()));
// @ts-expect-error
stream.next_batch_async();
// @ts-expect-error
stream.next_async(3);

for await (const value of stream)
    is<any>()(value);
for await (const line of Athr.Stream.new_for_lines(new Gio.MemoryInputStream()) as AsyncIterable<string>)
    is<string>()(line);

const iterator = stream[Symbol.asyncIterator]();
is<IteratorResult<any, any>>()(await iterator.next());
is<IteratorResult<any, any>>()(await iterator.next('sent'));
is<IteratorResult<any, any>>()(await iterator.throw(new Error('wrong')));
is<IteratorResult<any, any>>()(await iterator.return());

const executor = Athr.Executor.new('two', 2);
is<boolean>()(await executor.close_async(false, cancellable));
is<boolean>()(await executor.close_async(false));
// @ts-expect-error
executor.close_async();

const file = Gio.File.new_for_path('/');
is<any>()(await Athr.invoke('GLib.usleep', 1));
is<[Uint8Array, string]>()(await Athr.invoke<[Uint8Array, string]>('Gio.File.load_contents', file, null));
const [bytes] = await Athr.invoke('Gio.File.load_contents', file, cancellable);
is<any>()(await Athr.invoke('GLib.build_filenamev', ['a', new Uint8Array()]));
is<any>()(await Athr.invoke('GLib.base64_encode', bytes));
is<any>()(await Athr.invoke('Gio.ListStore.new', Gio.File));
is<any>()(await Athr.invoke('GLib.DateTime.new_from_unix_utc', 1n));
is<Athr.Invoke>()(Athr.invoke.with({executor, cancellable, priority: 1}).with({timeout: 1, run_timeout: 1, name: null}));
is<Athr.Invoke>()(Athr.invoke.with({priority: null, timeout: null, run_timeout: undefined, return_on_cancel: null}));
is<string>()(await Athr.invoke.with({executor})<string>('GLib.get_host_name'));
is<any>()(await Athr.invoke.with({owner: executor})('GLib.usleep', 1));
// @ts-expect-error
Athr.invoke.with({owner: 'window'});
for await (const name of Athr.invoke.map<string>('GLib.path_get_basename', ['/a', '/b'], {limit: 2, ordered: false}))
    is<string>()(name);
for await (const any of Athr.invoke.with({executor}).map('GLib.usleep', new Set([[1], [2]]), {cancellable, owner: file}))
    is<any>()(any);
for await (const outcome of Athr.invoke.map<string>('GLib.filename_from_uri', ['/a'], {settled: true})) {
    const {value, reason} = outcome;
    is<string | undefined>()(value);
    is<GLib.Error | undefined>()(reason);
    if (outcome.status === 'rejected')
        is<GLib.Error>()(outcome.reason);
    else
        is<string>()(outcome.value);
}
for await (const name of Athr.invoke.map<string>('GLib.path_get_basename', ['/a'], {settled: false}))
    is<string>()(name);
// @ts-expect-error
Athr.invoke.map('GLib.usleep', [1], {settled: 1});
const mapped: Athr.Stream = Athr.invoke.map('Gio.File.get_path', new Gio.ListStore());
is<number>()(Athr.invoke.map('GLib.path_get_basename', mapped).get_progress());
is<IteratorResult<number, any>>()(await Athr.invoke.map<number>('A.b', stream)[Symbol.asyncIterator]().next());
// @ts-expect-error
Athr.invoke.map('GLib.usleep', 1);
// @ts-expect-error
Athr.invoke.map('GLib.usleep', [1], {timeout: 1});
// @ts-expect-error
Athr.invoke('usleep', 1);
// @ts-expect-error
Athr.invoke('GLib.usleep', undefined);
// @ts-expect-error
Athr.invoke.with({executer: executor});

const question = new Athr.Question();
question.answer(true);
question.answer(file);
question.answer();
question.fail(new RangeError('too much'));
question.fail(new Gio.IOErrorEnum({code: Gio.IOErrorEnum.CANCELLED, message: 'No'}));
// @ts-expect-error
question.fail('text');

const latest = new Athr.Latest({debounce: 10});
is<unknown>()(await latest.run_async(call, cancellable));
is<unknown>()(await latest.run_async(call));
is<unknown>()(await latest.run(call));
is<any>()(await latest.run('GLib.path_get_basename', '/a'));
// @ts-expect-error
latest.run('no name');

const group = new Athr.Group({max_running: 4});
is<Athr.Call>()(group.add(call));
is<Athr.Call>()(group.add('GLib.path_get_basename', '/a'));
is<boolean>()(await group.wait_async());
is<boolean>()(await group.close_async(cancellable));
