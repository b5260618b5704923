// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The functions and arguments that Athr.invoke() refuses before anything runs, and the error messages.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Athr from 'gi://Athr?version=1';

import {equal, failure, matches, refuses, runTests, throws} from './tap.js';

const {INVALID_ARGUMENT, NOT_FOUND, NOT_SUPPORTED} = Gio.IOErrorEnum;
const WRITES = 'the function writes into it, so the caller would have to allocate it';
const ON_A_WORKER = 'functions of other languages cannot run on a worker';

const Reader = GObject.registerClass(class Reader extends Gio.InputStream {
    vfunc_read_fn(_buffer) {
        return 0;
    }
});

const Converter = GObject.registerClass({Implements: [Gio.Converter]}, class Converter extends GObject.Object {
    vfunc_convert() {
        return Gio.ConverterResult.FINISHED;
    }
});

/** The names of refused functions, and the message that follows the name */
const SHAPES = {
    'GLib.idle_add': `the argument function, of type GLib.SourceFunc, is not supported: ${ON_A_WORKER}`,
    'Gio.File.load_contents_async':
        `the argument callback, of type Gio.AsyncReadyCallback, is not supported: ${ON_A_WORKER}; ` +
        'take Gio.File.load_contents',
    'Gio.ListStore.sort':
        `the argument compare_func, of type GLib.CompareDataFunc, is not supported: ${ON_A_WORKER}`,
    'GObject.Closure.invoke': `the argument self, of type GObject.Closure, is not supported: ${ON_A_WORKER}`,
    'GLib.base64_decode_inplace':
        'the argument text, of type array of guint8, is not supported: it goes in and out; take GLib.base64_decode',
    'GLib.base64_encode_step':
        'the argument out, of type array of guint8, is not supported: nothing says how long it is',
    'Gio.InputStream.read':
        'the argument buffer, of type array of guint8, is not supported: the caller would have to allocate it; ' +
        'take Gio.InputStream.read_bytes',
    'Gio.BufferedInputStream.peek':
        `the argument buffer, of type array of guint8, is not supported: ${WRITES}; ` +
        'take Gio.BufferedInputStream.peek_buffer',
    'GLib.strup': `the argument string, of type utf8, is not supported: ${WRITES}; take GLib.utf8_strup`,
    'GLib.strlcpy': `the argument dest, of type utf8, is not supported: ${WRITES}`,
    'GObject.Object.unref': 'is not supported: it frees what the caller still has',
    'GLib.utf8_to_ucs4': 'what it returns, of type gunichar*, is not supported: nothing says what it points to',
    'GLib.Variant.new_tuple':
        'the argument children, of type array of GLib.Variant, is not supported: lists and arrays of objects are results only',
    'Gio.Application.open':
        'the argument files, of type array of Gio.File, is not supported: lists and arrays of objects are results only',
    'GObject.Object.set_property':
        'the argument value, of type GObject.Value, is not supported: it can hold what has to stay on its thread',
    'GObject.signal_query': 'the argument query, of type GObject.SignalQuery, is not supported: it has no GType',
};

const file = Gio.File.new_for_path('/');

/** The code, the message after the name of the function, the name, and the arguments */
const MISTAKES = {
    'a name that is none': [INVALID_ARGUMENT, /is no name of a function/, 'usleep', 1],
    'an unknown namespace': [NOT_FOUND, /'Nothing'/, 'Nothing.at_all'],
    'an unknown version': [NOT_FOUND, /'GLib'.*'7.0'/, 'GLib-7.0.usleep', 1],
    'an unknown function': [NOT_FOUND, /^GLib 2.0 has no function of this name/, 'GLib.sleep_well'],
    'an unknown class': [NOT_FOUND, /^Gio 2.0 has no type Fil$/, 'Gio.Fil.load_contents', file, null],
    'an unknown method': [NOT_FOUND, /^Gio 2.0 has no function of this name/, 'Gio.File.read_aloud', file],
    'a method without an instance':
        [INVALID_ARGUMENT, /^takes 1 argument \(Gio.File self\), not 0$/, 'Gio.File.get_path'],
    'too few': [INVALID_ARGUMENT, /^takes 1 argument \(guint64 microseconds\), not 0$/, 'GLib.usleep'],
    'too many': [INVALID_ARGUMENT, /^takes 1 argument \(guint64 microseconds\), not 2$/, 'GLib.usleep', 1, 2],
    'too small': [INVALID_ARGUMENT, /^argument 1, microseconds, must be guint64, which cannot be -1$/,
        'GLib.usleep', -1],
    'too large': [INVALID_ARGUMENT, /^argument 1, day, must be guint8, which cannot be 256$/,
        'GLib.Date.valid_day', 256],
    'no whole number': [INVALID_ARGUMENT, /^argument 1, microseconds, must be guint64, which cannot be 0.5$/,
        'GLib.usleep', 0.5],
    'not even a number': [INVALID_ARGUMENT, /^argument 1, microseconds, must be guint64, not a string$/,
        'GLib.usleep', '1'],
    'a number for a boolean': [INVALID_ARGUMENT, /^argument 4, overwrite, must be gboolean, not a number$/,
        'GLib.environ_setenv', [], 'a', 'b', 1],
    'an unknown nick': [INVALID_ARGUMENT, /^argument 2, test, must be GLib.FileTest, which has no "x"$/,
        'GLib.file_test', '/', 'exists|x'],
    'an unknown number of an enumeration':
        [INVALID_ARGUMENT, /^argument 1, checksum_type, must be GLib.ChecksumType, which has no 99$/,
            'GLib.compute_checksum_for_data', 99, new Uint8Array()],
    'an unknown type': [INVALID_ARGUMENT, /^argument 1, item_type, must be GType, and there is no "X"$/,
        'Gio.ListStore.new', 'X'],
    'another class': [INVALID_ARGUMENT, /^argument 1, self, must be Gio.File, not GThemedIcon$/,
        'Gio.File.get_path', Gio.ThemedIcon.new('x')],
    'a callback': [NOT_SUPPORTED, /^argument 5, progress_callback, of type .*, must be null: functions of other lang/,
        'Gio.File.copy', file, file, 0, null, file],
    'a copy that would be changed': [NOT_SUPPORTED,
        /^argument 1, self, of type GLib.Checksum, is not supported: the function may change it, and would change a copy/,
        'GLib.Checksum.update', new GLib.Checksum(GLib.ChecksumType.MD5), new Uint8Array(1)],
    'an object of texts for a number': [INVALID_ARGUMENT, /^argument 1, microseconds, must be guint64, not an object of Object$/,
        'GLib.usleep', {a: 'b'}],
    'an empty object for a number': [INVALID_ARGUMENT, /, must be guint64, not an object of Object$/, 'GLib.usleep', {}],
    'an empty array for a number': [INVALID_ARGUMENT, /, must be guint64, not an empty array$/, 'GLib.usleep', []],
    'an array for a number': [INVALID_ARGUMENT, /, must be guint64, not an array of strings$/, 'GLib.usleep', ['1', '2']],
    'bytes for a number': [INVALID_ARGUMENT, /, must be guint64, not an object of Uint8Array$/,
        'GLib.usleep', new Uint8Array(1)],
    'a variant for a number': [INVALID_ARGUMENT, /, must be guint64, not GVariant$/,
        'GLib.usleep', GLib.Variant.new_string('x')],
    'a boolean for a number': [INVALID_ARGUMENT, /, must be guint64, not a boolean$/, 'GLib.usleep', true],
    'a null for a number': [INVALID_ARGUMENT, /, must be guint64, not null$/, 'GLib.usleep', null],
    'a nick that looks like an error': [INVALID_ARGUMENT, /, which has no "a, not b"$/, 'GLib.file_test', '/', 'a, not b'],
    'a null instance': [INVALID_ARGUMENT, /^argument 1, self, must be Gio.File, not null$/, 'Gio.File.get_path', null],
    'a null text': [INVALID_ARGUMENT, /^argument 2, display_name, must be utf8, not null$/,
        'Gio.File.get_child_for_display_name', file, null],
    'numbers for texts': [INVALID_ARGUMENT, /^argument 1, args, must be array of filename, not an array of numbers$/,
        'GLib.build_filenamev', [1, 2]],
    'texts for numbers': [INVALID_ARGUMENT, /^argument 4, list, must be array of gint32, not an array of strings$/,
        'GLib.KeyFile.set_integer_list', new GLib.KeyFile(), 'g', 'k', ['1']],
    'a number of an array out of range':
        [INVALID_ARGUMENT, /^argument 4, list, must be array of gint32, of which none can be 2147483648$/,
            'GLib.KeyFile.set_integer_list', new GLib.KeyFile(), 'g', 'k', [1, 2 ** 31]],
    'a large one of an array out of range':
        [INVALID_ARGUMENT, /^argument 4, list, must be array of gint32, of which none can be 9223372036854775808$/,
            'GLib.KeyFile.set_integer_list', new GLib.KeyFile(), 'g', 'k', [2n ** 63n]],
};

/** Values that the override refuses before it calls the library */
const TYPE_ERRORS = {
    'nothing': [undefined, /^GLib.usleep: argument 1, undefined, cannot be given to a thread: give a string/],
    'a plain object': [{a: 1}, /^GLib.usleep: argument 1, an object of Object, cannot be given to a thread/],
    'a Map': [new Map(), /^GLib.usleep: argument 1, an object of Map, cannot be given to a thread/],
    'an object without a class': [Object.create(null, {a: {value: 1, enumerable: true}}),
        /^GLib.usleep: argument 1, an object of no class, cannot be given to a thread/],
    'a lone surrogate': ['a\ud800', /^GLib.usleep: argument 1 has a text with a lone surrogate$/],
    'a lone surrogate in an array': [['a', '\udc00b'], /^GLib.usleep: argument 1 has a text with a lone surrogate$/],
    'a lone surrogate beside bytes': [[new Uint8Array(), '\udc00'], /argument 1 has a text with a lone surrogate$/],
    'a lone surrogate in an object': [{a: '\ud800'}, /^GLib.usleep: argument 1 has a text with a lone surrogate$/],
    'a null character': ['a\0b', /^GLib.usleep: argument 1 has a text with a null character$/],
    'a null character in an array': [['a\0b'], /^GLib.usleep: argument 1 has a text with a null character$/],
    'a symbol': [Symbol('x'), /^GLib.usleep: argument 1, Symbol\(x\), cannot be given to a thread/],
    'a function': [() => 1, /^GLib.usleep: argument 1 is a function: JavaScript functions cannot run on a thread$/],
    'a mixed array': [[1, 'a'], /^GLib.usleep: argument 1 is an array neither of strings, nor of numbers, nor of bool/],
    'an array of arrays': [[['a']], /^GLib.usleep: argument 1 is an array neither/],
    'an array with a null': [['a', null], /^GLib.usleep: argument 1 is an array neither/],
    'a name with a zero': [[Uint8Array.of(0)], /^GLib.usleep: argument 1 has a text with a zero byte$/],
    'an object with methods of its own':
        [new Reader(), /argument 1, Reader, has vfunc_read_fn\(\): JavaScript functions cannot run on a thread$/],
    'an object around one with methods of its own': [Gio.DataInputStream.new(new Reader()),
        /argument 1, Gio_DataInputStream, contains Reader, which has vfunc_read_fn\(\): JavaScript functions cannot/],
    'an object around a converter with methods of its own': [Gio.ConverterInputStream.new(
        Gio.MemoryInputStream.new(), new Converter()),
        /argument 1, Gio_ConverterInputStream, contains Converter, which has vfunc_convert\(\): JavaScript functions cannot/],
};

const tests = {};

for (const [name, message] of Object.entries(SHAPES)) {
    tests[`the shape of ${name}`] = async () => {
        const error = await failure(Athr.invoke(name));
        matches(error, Gio.IOErrorEnum, NOT_SUPPORTED);
        equal(error.message, `${name}: ${message}`);
    };
}

for (const [mistake, [code, message, name, ...args]] of Object.entries(MISTAKES)) {
    tests[mistake] = async () => {
        const error = await failure(Athr.invoke(name, ...args));
        matches(error, Gio.IOErrorEnum, code);
        equal(error.message.startsWith(`${name}: `), true);
        if (!message.test(error.message.slice(name.length + 2)))
            throw error;
    };
}

for (const [mistake, [value, message]] of Object.entries(TYPE_ERRORS)) {
    tests[mistake] = async () => {
        const error = await failure(Athr.invoke('GLib.usleep', value));
        refuses(() => {
            throw error;
        }, message);
    };
}

await runTests({
    ...tests,

    async 'numbers that nothing can hold'() {
        for (const value of [2n ** 64n, -(2n ** 63n) - 1n, [2n ** 64n], [-1n, 2n ** 63n]]) {
            const error = await failure(Athr.invoke('GLib.usleep', value));
            equal([error instanceof RangeError, /out of the range of what 64 bits hold$/.test(error.message)],
                [true, true]);
        }
    },

    'unknown options'() {
        refuses(() => Athr.invoke.with({executer: null}), /^Athr.invoke has no option executer, but cancellable, /);
    },

    'options of wrong types'() {
        for (const [option, value, what] of [['executor', 'four', 'an Athr.Executor'], ['cancellable', 1, 'a Gio.Cancellable'],
            ['name', 3, 'a string'], ['return_on_cancel', 1, 'true or false'], ['owner', 3, 'a GObject']]) {
            throws(() => Athr.invoke.with({[option]: value}), TypeError,
                `The ${option} of Athr.invoke must be ${what}, not ${JSON.stringify(value)}`);
        }
        for (const option of ['timeout', 'run_timeout', 'priority', 'delivery_priority']) {
            for (const [value, what] of [['100', '"100"'], [true, 'true'], [{}, 'an object of Object'], [() => 1, 'a function']]) {
                throws(() => Athr.invoke.with({[option]: value}), TypeError,
                    `The ${option} of Athr.invoke must be a number, not ${what}`);
            }
        }
        for (const [options, what] of [[3, 3], [null, null], [undefined, undefined], ['x', '"x"'], [[], 'an object of Array']])
            throws(() => Athr.invoke.with(options), TypeError, `The options of Athr.invoke must be an object, not ${what}`);
    },

    'options out of range'() {
        for (const [option, least, most] of [['timeout', 0, 2 ** 32 - 1], ['run_timeout', 0, 2 ** 32 - 1],
            ['priority', -(2 ** 31), 2 ** 31 - 1], ['delivery_priority', -(2 ** 31), 2 ** 31 - 1]]) {
            for (const value of [least - 1, most + 1, 2 ** 40, 0.9, NaN, Infinity]) {
                throws(() => Athr.invoke.with({[option]: value}), RangeError,
                    `The ${option} of Athr.invoke must be a whole number from ${least} to ${most}, not ${value}`);
            }
            for (const value of [least, most])
                Athr.invoke.with({[option]: value});
        }
    },

    async 'no option that is undefined or null'() {
        for (const value of [undefined, null]) {
            const options = Object.fromEntries(['executor', 'cancellable', 'priority', 'delivery_priority', 'timeout',
                'run_timeout', 'return_on_cancel', 'name', 'owner'].map(option => [option, value]));
            equal(await Athr.invoke.with({priority: 1}).with(options)('GLib.path_get_basename', '/a/b'), 'b');
        }
    },

    async 'with the stack of the calling function'() {
        async function unlucky() {
            await Athr.invoke('GLib.usleep', 'soundly');
        }
        const error = await failure(unlucky());
        equal(error.stack.startsWith('unlucky@'), true);
        equal(error.stack.includes('overrides'), false);
    },

    'everything, if AthrInvoke is not installed'() {
        const [, output, errors] = GLib.spawn_command_line_sync(`gjs -c "
            Object.assign(imports.gi.versions, {Athr: '1', AthrInvoke: '0'});
            const {Athr} = imports.gi;
            print(Athr.Executor.new('one', 1).name);
            Athr.invoke('GLib.usleep', 1).catch(error => print(error.message));"`);
        const [one, message] = new TextDecoder().decode(output).split('\n');
        equal([one, new TextDecoder().decode(errors)], ['one', '']);
        if (!/^Athr.invoke\(\) needs the library AthrInvoke, which cannot be loaded: .*AthrInvoke/.test(message))
            throw new Error(message);
    },
});
