// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// This override adds promises and `for await` to athreading in JavaScript.
// GJS loads an override as a script and not as a module, even if the program is a module.

/* exported _init */

const {Gio, GLib, GObject} = imports.gi;

const ITERATOR = Symbol('Athr.Stream iterator');
const OWNERS = Symbol('Athr.Stream owners');
const UNPACK = Symbol('Athr.Stream results');

// The iterator takes values in batches of at most half the buffer. The producer fills the room that a batch leaves,
// so it can be ahead of the loop by the buffer and half a buffer more. With a buffer below MIN_BATCHED_BUFFER the
// iterator takes single values, so that the producer is ahead by the buffer and no more.
const MAX_BATCH = 256;
const MIN_BATCHED_BUFFER = 16;

const MAX_UINT = 2 ** 32 - 1;

const {fileName} = new Error();

/** The main loop calls the finish function, so this replaces the stack of its error with the stack of the caller. */
function withStack(error, caller) {
    error.stack = caller.stack.split('\n').filter(line => !line.includes(fileName)).join('\n');
    return error;
}

/** Names a value in a message. */
function describe(value) {
    if (typeof value === 'function')
        return 'a function';
    if (typeof value === 'string')
        return JSON.stringify(value);
    return Object(value) === value ? `an object of ${value.constructor?.name || 'no class'}` : String(value);
}

/** Throws unless a value is a whole number in a range. GJS makes of any value a number that C takes. */
function checkNumber(value, [min, max], what) {
    if (typeof value !== 'number')
        throw new TypeError(`${what} must be a number, not ${describe(value)}`);
    if (!Number.isInteger(value) || value < min || value > max)
        throw new RangeError(`${what} must be a whole number from ${min} to ${max}, not ${value}`);
}

/** Gio._promisify() would take a leading true out of a batch, and makes no argument optional. */
function promisify(proto, name) {
    const original = proto[name];
    const finish = name.replace(/_async$/, '_finish');

    proto[name] = function (...args) {
        if (args.length >= original.length)
            return original.apply(this, args);
        if (args.length === original.length - 2)
            args.push(null);

        const caller = new Error();
        return new Promise((resolve, reject) => {
            original.call(this, ...args, (source, result) => {
                try {
                    resolve(source[finish](result));
                } catch (error) {
                    reject(withStack(error, caller));
                }
            });
        });
    };
}

function unpack(box) {
    const values = GObject.ValueArray.new(1);
    values.append(box);
    return values.get_nth(0);
}

/** Makes a method refuse a wrong number of values. The library only logs a critical, and never calls the callback. */
function checkBatch(proto, name) {
    const original = proto[name];

    proto[name] = function (...args) {
        if (args.length >= original.length)
            checkNumber(args[0], [1, MAX_UINT], 'The number of values');
        return original.apply(this, args);
    };
    Object.defineProperty(proto[name], 'length', {value: original.length});
}

/** Makes a method return the value with which it fills a GObject.Value, unless the caller passes a GObject.Value. */
function returnValue(proto, name, whenUnset) {
    const original = proto[name];

    proto[name] = function (...args) {
        if (args[original.length - 1] instanceof GObject.Value)
            return original.apply(this, args);

        const box = new GObject.Value();
        const others = Array.from({length: original.length - 1}, (_, i) => args[i] ?? null);
        original.call(this, ...others, box);
        return box.g_type ? unpack(box) : whenUnset;
    };
}

function refuseFunction() {
    throw new TypeError('A JavaScript function cannot run on a thread: await Athr.invoke() of an ' +
        'introspected function, or use a call or a stream that a library in C or Vala makes');
}

/** Returns whether threads may copy and free the value. They must not copy or free a JSObject, which GJS makes of most
 * objects. */
function isSendable(value) {
    if (Object(value) !== value)
        return value !== undefined && typeof value !== 'symbol';

    const type = value instanceof GObject.Value ? value.g_type : value.constructor?.$gtype;
    return type && type.name !== 'JSObject';
}

/** AthrInvoke is a separate library: not every program needs it, and not every installation has it. */
function loadInvoke() {
    try {
        imports.gi.versions.AthrInvoke ??= '1';
        return imports.gi.AthrInvoke;
    } catch (cause) {
        throw new Error(`Athr.invoke() needs the library AthrInvoke, which cannot be loaded: ${cause.message}`,
            {cause});
    }
}

/** Parses text, because GJS 1.74 leaks the variants that the constructors return. */
function parseVariant(type, elements) {
    return GLib.Variant.parse(new GLib.VariantType(type), `[${elements.join()}]`, null, null);
}

function packBytes({buffer, byteOffset, byteLength}) {
    return new GLib.Bytes(new Uint8Array(buffer, byteOffset, byteLength));
}

function packNumbers(numbers) {
    return parseVariant('ad', Array.from(numbers, number => Object.is(number, -0)
        ? '-0.0'
        : `${number}`.replace('Infinity', 'inf').replace('NaN', 'nan')));
}

function packBigInts(numbers, where) {
    const type = numbers.some(number => number >= 2n ** 63n) ? 'at' : 'ax';
    const cut = type === 'at' ? BigInt.asUintN : BigInt.asIntN;
    const wrong = numbers.find(number => cut(64, number) !== number);
    if (wrong !== undefined)
        throw new RangeError(`${where} has ${wrong}, out of the range of what 64 bits hold`);
    return parseVariant(type, numbers);
}

/** Makes an array of byte strings, because the bytes of a file name need not be UTF-8. */
function packFileNames(names, where) {
    return parseVariant('aay', names.map(name => {
        const bytes = typeof name === 'string' ? new TextEncoder().encode(checkText(name, where)) : name;
        if (bytes.includes(0))
            throw new TypeError(`${where} has a text with a zero byte`);
        return `b"${Array.from(bytes, byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
    }));
}

/** A text of C ends at a null character, and UTF-8 has nothing for half of a surrogate pair. */
function checkText(text, where) {
    if (text.includes('\0'))
        throw new TypeError(`${where} has a text with a null character`);
    if (/\p{Surrogate}/u.test(text))
        throw new TypeError(`${where} has a text with a lone surrogate`);
    return text;
}

/** Throws unless a value can be given to a thread as it is. */
function checkSendable(value, what, where, subject = describe(value)) {
    if (!isSendable(value))
        throw new TypeError(`${subject} cannot be ${what} a string, a number, a GLib.Variant, a GObject, ...`);
    if (typeof value === 'string')
        checkText(value, where);
}

/** Makes a hash table of an object whose properties are texts. Returns null for any other object. */
function packTable(object, where) {
    const proto = Object.getPrototypeOf(object);
    const entries = proto === Object.prototype || proto === null ? Object.entries(object) : null;
    if (!entries?.every(([, text]) => typeof text === 'string'))
        return null;
    const packed = entries.map(pair => pair.map(text => JSON.stringify(checkText(text, where))).join(': '));
    return GLib.Variant.parse(new GLib.VariantType('a{ss}'), `{${packed.join()}}`, null, null);
}

function packArray(array, where) {
    const types = new Set(array.map(element => element instanceof Uint8Array ? 'bytes' : typeof element));
    const areAll = (...wanted) => [...types].every(type => wanted.includes(type));

    if (areAll('string'))
        return parseVariant('as', array.map(text => JSON.stringify(checkText(text, where))));
    if (areAll('string', 'bytes'))
        return packFileNames(array, where);
    if (areAll('boolean'))
        return parseVariant('ab', array);
    if (areAll('number'))
        return packNumbers(array);
    if (areAll('number', 'bigint'))
        return packBigInts(array.map(BigInt), where);
    throw new TypeError(`${where} is an array neither of strings, nor of numbers, nor of booleans`);
}

function isType(value) {
    return Object(value) === value && Object.getPrototypeOf(value) === Object.getPrototypeOf(GObject.TYPE_INT);
}

function checkItemType(type) {
    const found = [type, type?.$gtype].find(isType);
    if (!found || !GObject.type_is_a(found, GObject.Object)) {
        throw new TypeError('The item type of Athr.StreamListModel must be a class of GObject, ' +
            `not ${found?.name ?? describe(type)}`);
    }
}

/** Finds a virtual function that a class implements in JavaScript. GJS does not run it when C calls it on a thread. */
function findVfunc(object) {
    for (let proto = Object.getPrototypeOf(object); proto; proto = Object.getPrototypeOf(proto)) {
        // Once a program reads a virtual function of C, GJS adds it to the prototype as an object, not as a function.
        const method = Object.getOwnPropertyNames(proto).find(name => name.startsWith('vfunc_') &&
            Object.prototype.toString.call(proto[name]) === '[object Function]');
        if (method)
            return method;
    }
    return null;
}

/** Gives the object and the streams and converters inside it, whose methods it calls. */
function* listObjects(object) {
    if (!(object instanceof GObject.Object))
        return;
    yield object;
    if (object instanceof Gio.FilterInputStream || object instanceof Gio.FilterOutputStream)
        yield* listObjects(object.base_stream);
    if (object instanceof Gio.ConverterInputStream || object instanceof Gio.ConverterOutputStream)
        yield* listObjects(object.converter);
}

/** Throws if a thread could call a method that is written in JavaScript. */
function checkMethods(value, where) {
    for (const object of listObjects(value)) {
        const method = findVfunc(object);
        if (method) {
            const which = object === value ? 'has' : `contains ${object.constructor.name}, which has`;
            throw new TypeError(`${where}, ${value.constructor.name}, ${which} ${method}(): ` +
                'JavaScript functions cannot run on a thread');
        }
    }
}

/** Converts an argument to a value that a thread may use. AthrInvoke checks whether its type is right. */
function packArgument(value, where) {
    if (value instanceof String || value instanceof Number || value instanceof Boolean)
        value = value.valueOf();
    if (value instanceof GObject.Value && GObject.type_is_a(value.g_type ?? GObject.TYPE_NONE, GObject.Object))
        value = value.get_object();
    if (typeof value === 'string')
        return checkText(value, where);
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value)
        throw new RangeError(`${where}, ${value}, is out of the range of what 64 bits hold`);
    if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView)
        return packBytes(value);
    if (value instanceof ArrayBuffer)
        return new GLib.Bytes(new Uint8Array(value));
    if (Array.isArray(value) || ArrayBuffer.isView(value))
        return packArray([...value], where);

    const type = isType(value) ? value : value instanceof Function && value.$gtype;
    if (type)
        return type.name;
    if (typeof value === 'function')
        throw new TypeError(`${where} is a function: JavaScript functions cannot run on a thread`);
    if (!isSendable(value)) {
        const table = Object(value) === value ? packTable(value, where) : null;
        if (table)
            return table;
        throw new TypeError(`${where}, ${describe(value)}, cannot be given to a thread: give a string, a number, an array or ` +
            'object of strings, a Uint8Array, a GLib.Variant, a GObject, ...');
    }
    checkMethods(value, where);
    return value;
}

/** Names what a program gave for an argument, if the value that AthrInvoke got is of another type. */
function describeGiven(value) {
    if (Array.isArray(value)) {
        const kinds = new Set(value.map(element => `${typeof element}s`));
        return kinds.size > 0 ? `an array of ${[...kinds].join(' and ')}` : 'an empty array';
    }
    if (value === null || value instanceof Function || (Object(value) === value && isSendable(value)))
        return null;
    return Object(value) === value ? describe(value) : `a ${typeof value}`;
}

/** Makes an error of AthrInvoke name what the program gave, instead of the type of the value that it was packed into. */
function nameGiven(message, args) {
    return message.replace(/(argument (\d+), [^"]*, )not (?:a GVariant of type )?\S+$/, (whole, start, number) => {
        const given = describeGiven(args[number - 1]);
        return given ? `${start}not ${given}` : whole;
    });
}

function unpackResult(value, Values) {
    if (!(value instanceof Values))
        return value;
    const elements = value.to_array().map(element => unpackResult(element, Values));
    return value.is_table()
        ? Object.fromEntries(elements.flatMap((key, i) => i % 2 ? [] : [[key, elements[i + 1]]]))
        : elements;
}

/** Makes of an outcome what Promise.allSettled() makes of it. There is no outcome at the end, or while nothing is there. */
function unpackOutcome(value, Values) {
    if (value instanceof Values)
        return {status: 'fulfilled', value: unpackResult(value, Values)[0] ?? null};
    if (value instanceof GLib.Error) // GJS gives it no stack
        return {status: 'rejected', reason: withStack(value, new Error())};
    return value;
}

function packArguments(args, where) {
    return args.map((value, i) => packArgument(value, `${where}argument ${i + 1}`));
}

/** Creates a call of an introspected function. */
function newInvokeCall(name, args, properties = {}) {
    const {call_new: newCall} = loadInvoke();
    const packed = packArguments(args, `${name}: `);
    try {
        return Object.assign(newCall(name, packed), properties);
    } catch (error) {
        const message = nameGiven(error.message, args);
        throw message === error.message ? error : new Gio.IOErrorEnum({code: error.code, message});
    }
}

/** Takes a call, or makes one of the name of an introspected function and its arguments. */
function toCall(call, args) {
    if (typeof call === 'string')
        return newInvokeCall(call, args);
    if (typeof call === 'function')
        refuseFunction();
    if (args.length > 0)
        throw new TypeError('a call takes no arguments: they belong to the name of a function');
    return call;
}

/** Makes a method give the results of an introspected function as Athr.invoke() gives them. */
function unpackResults(proto, name) {
    const original = proto[name];

    proto[name] = function (...args) {
        const value = original.apply(this, args);
        return value?.constructor?.$gtype?.name === 'AthrInvokeValues' ? unpackResult(value, value.constructor) : value;
    };
}

/** Makes a method of a stream give the results of Athr.invoke.map() as Athr.invoke() gives them. */
function unpackMapped(proto, name) {
    const original = proto[name];

    proto[name] = function (...args) {
        const value = original.apply(this, args);
        const unpackOne = this[UNPACK];
        if (!unpackOne)
            return value;
        return Array.isArray(value) ? value.map(unpackOne) : unpackOne(value);
    };
}

/** The text of whatever JavaScript throws. A symbol has none, and an object may have none. */
function textOf(error) {
    try {
        return `${error}`;
    } catch {
        return describe(error);
    }
}

/** Makes a GLib.Error of whatever JavaScript throws. */
function toGError(error) {
    return error instanceof GLib.Error
        ? error
        : new Gio.IOErrorEnum({code: Gio.IOErrorEnum.FAILED, message: textOf(error)});
}

function cancelledError(message) {
    return new Gio.IOErrorEnum({code: Gio.IOErrorEnum.CANCELLED, message});
}

/** GJS notes that an object was disposed, but tells only toString(). Any other use of the object is a critical. */
function isGone(object) {
    return /^\[object \((DISPOSED|FINALIZED)\)/.test(GObject.Object.prototype.toString.call(object));
}

/** Returns an object that knows whether an owner is gone, but does not keep the owner alive. WeakRef does in GJS 1.74. */
function watch(owner) {
    const group = GObject.SignalGroup.new(GObject.Object.$gtype);
    group.target = owner;
    return group;
}

/** Makes bind() throw if the owner is gone already. GJS would log a critical, and the work would go on. */
function checkOwner(proto) {
    const {bind} = proto;

    proto.bind = function (owner, ...rest) {
        if (owner instanceof GObject.Object && isGone(owner))
            throw cancelledError('The owner is gone');
        bind.call(this, owner, ...rest);
        if (this instanceof imports.gi.Athr.Stream)
            (this[OWNERS] ??= []).push(watch(owner));
    };
}

const COMMON_OPTIONS = ['cancellable', 'executor', 'priority', 'delivery_priority', 'name', 'owner'];
const INVOKE_OPTIONS = [...COMMON_OPTIONS, 'timeout', 'run_timeout', 'return_on_cancel'];
const MAP_OPTIONS = [...COMMON_OPTIONS, 'limit', 'ordered', 'settled', 'buffer_size'];

const UINT = [0, MAX_UINT];
const INT = [-(2 ** 31), 2 ** 31 - 1];

/** The ranges of the options and of the properties that are numbers */
const RANGES = {
    priority: INT,
    delivery_priority: INT,
    timeout: UINT,
    run_timeout: UINT,
    limit: [1, MAX_UINT],
    buffer_size: UINT,
    debounce: UINT,
    max_wait: UINT,
    max_running: UINT,
    max_threads: UINT,
    max_blocked: UINT,
};

const BOOLEAN = ['true or false', value => typeof value === 'boolean'];

/** What the other options must be */
const KINDS = {
    cancellable: ['a Gio.Cancellable', value => value instanceof Gio.Cancellable],
    executor: ['an Athr.Executor', value => value instanceof imports.gi.Athr.Executor],
    owner: ['a GObject', value => value instanceof GObject.Object],
    name: ['a string', value => typeof value === 'string'],
    return_on_cancel: BOOLEAN,
    ordered: BOOLEAN,
    settled: BOOLEAN,
};

function checkOption(option, value, where) {
    const what = `The ${option} of ${where}`;
    if (option in RANGES) {
        checkNumber(value, RANGES[option], what);
        return;
    }
    const [kind, isKind] = KINDS[option];
    if (!isKind(value))
        throw new TypeError(`${what} must be ${kind}, not ${describe(value)}`);
}

/** Checks the numbers that a program gives to a constructor. GJS takes a property as max_wait, max-wait and maxWait. */
function checkProperties(properties, where) {
    for (const [name, value] of Object.entries(properties ?? {})) {
        const range = RANGES[name.replace(/[A-Z]/g, '_$&').replaceAll('-', '_').toLowerCase()];
        if (range)
            checkNumber(value, range, `The ${name} of ${where}`);
    }
}

/** Makes the properties that are numbers refuse what is none, or out of range. */
function checkSetters(type) {
    const {prototype} = imports.gi.Athr[type];

    for (const [name, range] of Object.entries(RANGES)) {
        const camel = name.replace(/_./g, letters => letters[1].toUpperCase());
        for (const spelling of new Set([name, name.replaceAll('_', '-'), camel])) {
            const accessors = Object.getOwnPropertyDescriptor(prototype, spelling);
            if (!accessors?.configurable)
                continue;
            const {set} = accessors;
            accessors.set = function (value) {
                checkNumber(value, range, `The ${spelling} of Athr.${type}`);
                set.call(this, value);
            };
            Object.defineProperty(prototype, spelling, accessors);
        }
    }
}

/** Returns the options that are set. Undefined and null stand for an option that is not set. */
function setOptions(options) {
    return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

function checkOptions(options, known, where) {
    if (Object(options) !== options || typeof options === 'function' || Array.isArray(options))
        throw new TypeError(`The options of ${where} must be an object, not ${describe(options)}`);

    const unknown = Object.keys(options).find(option => !known.includes(option));
    if (unknown !== undefined)
        throw new TypeError(`${where} has no option ${unknown}, but ${known.join(', ')}`);

    for (const [option, value] of Object.entries(setOptions(options)))
        checkOption(option, value, where);
}

/** Creates a call of an introspected function with the options of Athr.invoke. */
function newOptionsCall(name, args, {owner = null, ...properties}) {
    const call = newInvokeCall(name, args, properties);
    if (owner !== null)
        call.bind(owner);
    return call;
}

/** Gives the items of an iterable as a stream asks for them, because only the main thread can enter an iterator. */
class ItemReader {
    constructor(iterable, pack, limit) {
        this._isAsync = Symbol.asyncIterator in iterable;
        this._iterator = iterable[this._isAsync ? Symbol.asyncIterator : Symbol.iterator]();
        this._pack = pack;
        this._limit = this._isAsync ? 1 : limit;
        this._isDone = false;
        this._failure = null; // what was thrown, the GLib.Error that is made of it, and whether the iterable threw it
    }

    newStream() {
        const stream = loadInvoke().items_new(question => {
            this._answer(question);
        });
        stream.connect('finished', () => {
            this._close();
        });
        return stream;
    }

    /** Gives what was thrown, if the map has failed with the GLib.Error that was made of it. */
    explain(error, caller) {
        if (this._failure?.error.message !== error.message)
            return withStack(error, caller);
        const {thrown, isForeign} = this._failure;
        return isForeign ? thrown : withStack(thrown, caller);
    }

    async _answer(question) {
        const items = await this._read();
        if (this._failure && items.length === 0)
            question.fail(this._failure.error);
        else
            question.answer(loadInvoke().Values.new(items));
    }

    /** Reads the next items. The items before an error come without the error. */
    async _read() {
        const items = [];
        let isForeign = true;
        try {
            while (!this._isDone && !this._failure && items.length < this._limit) {
                const step = this._iterator.next();
                const {value, done} = this._isAsync ? await step : step;
                this._isDone ||= done;
                isForeign = false;
                if (!done)
                    items.push(this._pack(value));
                isForeign = true;
            }
        } catch (thrown) {
            this._failure = {thrown, error: toGError(thrown), isForeign};
            this._isDone ||= isForeign;
        }
        return items;
    }

    /** Ends a generator whose rest the map does not want. */
    async _close() {
        if (this._isDone)
            return;
        this._isDone = true;
        try {
            await this._iterator.return?.();
        } catch (error) {
            logError(error);
        }
    }
}

/** Makes a stream of argument lists from the items, and a function that finds the reason of an error of that stream. */
function newItemStream(name, items, limit) {
    const {check, Values} = loadInvoke();
    let number = 0;

    function pack(item) {
        const where = `${name}: item ${number++}, `;
        const given = Array.isArray(item) ? item : [item];
        const args = packArguments(given, where);
        try {
            check(name, args);
        } catch ({code, message}) {
            throw new Gio.IOErrorEnum({code, message: nameGiven(message, given).replace(`${name}: `, where)});
        }
        return Values.new(args);
    }

    if (items instanceof imports.gi.Athr.Stream)
        return [items];
    if (items instanceof Gio.ListModel)
        items = Array.from({length: items.get_n_items()}, (_, i) => items.get_item(i));
    if (Array.isArray(items))
        return [imports.gi.Athr.Stream.new_for_values(Array.from(items, pack))];
    if (Object(items) !== items || !(Symbol.iterator in items || Symbol.asyncIterator in items))
        throw new TypeError(`${name}: the items must be an array, an iterable, a Gio.ListModel or an Athr.Stream, ` +
            `not ${describe(items)}`);

    const reader = new ItemReader(items, pack, limit);
    return [reader.newStream(), (error, caller) => reader.explain(error, caller)];
}

/** Creates a stream of the results of an introspected function for each of the items. */
function newMap(name, items, options) {
    const {map, map_settled: mapSettled, Values} = loadInvoke();
    checkOptions(options, MAP_OPTIONS, 'Athr.invoke.map');
    const {limit = 4, ordered = true, settled = false, cancellable = null, owner = null, ...properties} = options;

    const {Stream, MapFlags: {DEFAULT, UNORDERED}} = imports.gi.Athr;
    const newStream = source => (settled ? mapSettled : map)(name, source, limit, ordered ? DEFAULT : UNORDERED);
    newStream(Stream.new_for_values([])); // throws if there is no such function, before anything reads an item
    const [source, explain] = newItemStream(name, items, limit);
    const stream = Object.assign(newStream(source), properties);
    if (owner !== null)
        stream.bind(owner);

    stream[UNPACK] = value => (settled ? unpackOutcome : unpackResult)(value, Values);
    stream[ITERATOR] = new StreamIterator(stream, {cancellable, explain});
    return stream;
}

function makeInvoke(options) {
    const {cancellable = null, ...others} = setOptions(options);

    // This is no async function: such a function would keep the owner alive until its promise is answered.
    function invoke(name, ...args) {
        try {
            return newOptionsCall(name, args, others).run_async(cancellable);
        } catch (error) {
            return Promise.reject(withStack(error, new Error()));
        }
    }

    invoke.with = more => {
        checkOptions(more, INVOKE_OPTIONS, 'Athr.invoke');
        return makeInvoke({...options, ...more});
    };

    invoke.map = (name, items, more = {}) => {
        checkOptions(more, MAP_OPTIONS, 'Athr.invoke.map');
        return newMap(name, items, setOptions({...options, ...more}));
    };

    return invoke;
}

/** A stream has only one iterator, so that requests from several loops are answered in order. */
class StreamIterator {
    constructor(stream, {cancellable = null, explain = withStack} = {}) {
        this._stream = stream;
        this._cancellable = cancellable;
        this._explain = explain;
        this._values = []; // the next value is the last element
        this._requests = [];
        this._isBatchPending = false;
        this._isDone = false;
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    next(value) {
        this._dropValues();
        if (value !== undefined)
            return this._addRequest(() => this._stream.send(value));
        if (this._values.length > 0)
            return Promise.resolve({value: this._values.pop(), done: false});
        return this._addRequest();
    }

    /** Drops the rest of a batch when an owner is gone or the loop is cancelled. The stream rejects the next request. */
    _dropValues() {
        if (this._values.length > 0 && (this._cancellable?.is_cancelled() ||
            this._stream[OWNERS]?.some(group => group.dup_target() === null)))
            this._values = [];
    }

    throw(error) {
        return this._addRequest(() => {
            if (this._isDone)
                throw error;
            this._stream.throw(toGError(error));
        });
    }

    async return(value) {
        this._isDone = true;
        this._values = [];
        await this._stream.close_async(null);
        return {value, done: true};
    }

    /** Adds a request, and calls send() only when all earlier requests are answered, so that what it sends
     * reaches the producer with the demand of its own request. */
    _addRequest(send) {
        return new Promise((resolve, reject) => {
            this._requests.push({send, resolve, reject, caller: new Error()});
            this._answerRequests();
        });
    }

    _answerRequests() {
        while (this._requests.length > 0 && !this._isBatchPending) {
            const request = this._requests[0];
            const {send, resolve, reject} = request;
            try {
                request.send = null;
                send?.();
            } catch (error) {
                this._requests.shift();
                reject(error);
                continue;
            }

            if (this._values.length === 0 && !this._isDone) {
                this._requestBatch(request);
                continue;
            }
            this._requests.shift();
            resolve(this._isDone
                ? {value: undefined, done: true}
                : {value: this._values.pop(), done: false});
        }
    }

    _requestBatch(request) {
        const {buffer_size: bufferSize} = this._stream;
        const max = bufferSize < MIN_BATCHED_BUFFER ? 1 : Math.min(bufferSize >>> 1, MAX_BATCH);

        this._stream.next_batch_async(max, this._cancellable, (_stream, result) => {
            this._takeBatch(result, request);
        });
        this._isBatchPending = true;
    }

    async _takeBatch(result, {reject, caller}) {
        try {
            const values = this._stream.next_batch_finish(result);
            if (!this._isDone)
                this._values = values.reverse();
            this._isDone ||= values.length === 0;
        } catch (error) {
            this._isDone = true;
            this._requests.shift();
            if (this._cancellable?.is_cancelled())
                await this._stream.close_async(null).catch(() => {});
            reject(this._explain(error, caller));
        }
        this._isBatchPending = false;
        this._answerRequests();
    }
}

function _init() {
    const Athr = this;

    for (const {prototype} of [Athr.Call, Athr.Stream])
        checkOwner(prototype);
    for (const name of ['next_batch_async', 'next_batch'])
        checkBatch(Athr.Stream.prototype, name);
    const {next_batch: nextBatch} = Athr.Stream.prototype;
    Athr.Stream.prototype.next_batch = function (max, cancellable = null) {
        return nextBatch.call(this, max, cancellable);
    };

    for (const type of Object.keys(Athr)) {
        const proto = Athr[type]?.prototype ?? {};
        for (const name of Object.getOwnPropertyNames(proto)) {
            if (name.endsWith('_async'))
                promisify(proto, name);
        }
    }

    for (const name of ['Call', 'Executor', 'Group', 'Latest', 'Stream']) {
        const proto = Athr[name].prototype;
        const {_init: init} = proto;
        proto._init = function (properties) {
            if (typeof properties === 'function')
                refuseFunction();
            checkProperties(properties, `Athr.${name}`);
            return init.call(this, properties);
        };
        checkSetters(name);
    }
    Athr.Call.new = refuseFunction;
    Athr.Stream.new = refuseFunction;
    Athr.Stream.new_steps = refuseFunction;
    Athr.Stream.new_map = () => {
        throw new TypeError('A JavaScript function cannot run on a thread: call a function of an introspected library ' +
            'for each item with Athr.invoke.map()');
    };
    for (const name of ['new_for_lines', 'new_for_enumerator', 'new_for_directory']) {
        const {[name]: newStream} = Athr.Stream;
        Athr.Stream[name] = function (...args) {
            args.forEach((arg, i) => checkMethods(arg, `Athr.Stream.${name}: argument ${i + 1}`));
            return newStream.apply(this, args);
        };
    }
    const {new_for_values: newForValues} = Athr.Stream;
    Athr.Stream.new_for_values = function (values, ...rest) {
        for (const [i, value] of Array.isArray(values) ? values.entries() : []) {
            const where = `Athr.Stream.new_for_values: value ${i}`;
            checkSendable(value, 'given to a thread: give', where, `${where}, ${describe(value)},`);
        }
        return newForValues.call(this, values, ...rest);
    };
    Athr.Stream.prototype.set_cleanup = refuseFunction;
    Athr.Executor.prototype.run_task = refuseFunction;

    Athr.invoke = makeInvoke({});

    unpackResults(Athr.Call.prototype, 'run_finish');
    unpackResults(Athr.Latest.prototype, 'run_finish');
    for (const name of ['next_finish', 'next_batch_finish', 'next_batch'])
        unpackMapped(Athr.Stream.prototype, name);

    Athr.Latest.prototype.run = async function (call, ...args) {
        return this.run_async(toCall(call, args));
    };
    const {add} = Athr.Group.prototype;
    Athr.Group.prototype.add = function (call, ...args) {
        const made = toCall(call, args);
        add.call(this, made);
        return made;
    };

    const {new: newListModel} = Athr.StreamListModel;
    Athr.StreamListModel.new = function (stream, type) {
        checkItemType(type);
        return newListModel.call(this, stream, type);
    };

    returnValue(Athr.Call.prototype, 'run', null);
    unpackResults(Athr.Call.prototype, 'run');
    returnValue(Athr.Stream.prototype, 'next', null);
    returnValue(Athr.Stream.prototype, 'try_next', undefined);
    for (const name of ['next', 'try_next'])
        unpackMapped(Athr.Stream.prototype, name);

    const {answer, fail} = Athr.Question.prototype;
    Athr.Question.prototype.answer = function (value = null) {
        checkSendable(value, 'given to a thread: answer with', 'The answer');
        answer.call(this, value);
    };
    Athr.Question.prototype.fail = function (error) {
        fail.call(this, toGError(error));
    };

    const {send} = Athr.Stream.prototype;
    Athr.Stream.prototype.send = function (value) {
        checkSendable(value, 'sent to a thread: send', 'The value to send');
        send.call(this, value);
    };
    Athr.Stream.prototype[Symbol.asyncIterator] = function () {
        return this[ITERATOR] ??= new StreamIterator(this);
    };
}
