// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What makes athreading feel at home in JavaScript: promises and `for await`.
// GJS wants a script and not a module, also for programs that are modules.

/* exported _init */

const {Gio, GLib, GObject} = imports.gi;

const ITERATOR = Symbol('Athr.Stream iterator');

// Values are taken in batches, each of which makes room for as many more. So a bounded producer may be
// ahead by half a buffer more than its buffer, and by not one more where each value seems to count.
const MAX_BATCH = 256;
const MIN_BATCHED_BUFFER = 16;

const {fileName} = new Error();

/** What finishes an operation is called by the main loop: its error gets the stack of the caller. */
function withStack(error, caller) {
    error.stack = caller.stack.split('\n').filter(line => !line.includes(fileName)).join('\n');
    return error;
}

/** Gio._promisify() would take a leading true out of a batch, and needs each argument. */
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

/** Has a function return the value for which it wants a GObject.Value, unless it is given one. */
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
    throw new TypeError('A JavaScript function cannot run on a thread: use a call or a stream ' +
        'that a library in C or Vala makes, or await what Gio does asynchronously');
}

/** Whether threads may copy and free it. Most objects would become a JSObject, which they may not. */
function isSendable(value) {
    if (Object(value) !== value)
        return value !== undefined && typeof value !== 'symbol';

    const type = value instanceof GObject.Value ? value.g_type : value.constructor?.$gtype;
    return type && type.name !== 'JSObject';
}

/** One for each stream, as a generator is its own, so that those who ask are answered in order. */
class StreamIterator {
    constructor(stream) {
        this._stream = stream;
        this._values = []; // the next one last
        this._requests = [];
        this._isAsking = false;
        this._isDone = false;
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    next(value) {
        if (value !== undefined)
            return this._request(() => this._stream.send(value));
        if (this._values.length > 0)
            return Promise.resolve({value: this._values.pop(), done: false});
        return this._request();
    }

    throw(error) {
        return this._request(() => {
            if (this._isDone)
                throw error;
            this._stream.throw(error instanceof GLib.Error
                ? error
                : new Gio.IOErrorEnum({code: Gio.IOErrorEnum.FAILED, message: `${error}`}));
        });
    }

    async return(value) {
        this._isDone = true;
        this._values = [];
        await this._stream.close_async(null);
        return {value, done: true};
    }

    /** What is sent goes with the demand of its own request: it waits until those before are answered. */
    _request(send) {
        return new Promise((resolve, reject) => {
            this._requests.push({send, resolve, reject, caller: new Error()});
            this._answer();
        });
    }

    _answer() {
        while (this._requests.length > 0 && !this._isAsking) {
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
                this._ask(request);
                continue;
            }
            this._requests.shift();
            resolve(this._isDone
                ? {value: undefined, done: true}
                : {value: this._values.pop(), done: false});
        }
    }

    _ask({reject, caller}) {
        const {buffer_size: room} = this._stream;
        const max = room < MIN_BATCHED_BUFFER ? 1 : Math.min(room >>> 1, MAX_BATCH);

        this._isAsking = true;
        this._stream.next_batch_async(max, null, (stream, result) => {
            this._isAsking = false;
            try {
                const values = stream.next_batch_finish(result);
                if (!this._isDone)
                    this._values = values.reverse();
                this._isDone ||= values.length === 0;
            } catch (error) {
                this._isDone = true;
                this._requests.shift();
                reject(withStack(error, caller));
            }
            this._answer();
        });
    }
}

function _init() {
    const Athr = this;

    for (const type of Object.keys(Athr)) {
        const proto = Athr[type]?.prototype ?? {};
        for (const name of Object.getOwnPropertyNames(proto)) {
            if (name.endsWith('_async'))
                promisify(proto, name);
        }
    }

    for (const type of [Athr.Call, Athr.Stream]) {
        const {_init: init} = type.prototype;
        type.prototype._init = function (properties) {
            if (typeof properties === 'function')
                refuseFunction();
            return init.call(this, properties);
        };
        type.new = refuseFunction;
    }
    Athr.Stream.new_steps = refuseFunction;
    Athr.Executor.prototype.run_task = refuseFunction;

    returnValue(Athr.Call.prototype, 'run', null);
    returnValue(Athr.Stream.prototype, 'next', null);
    returnValue(Athr.Stream.prototype, 'try_next', undefined);

    const {send} = Athr.Stream.prototype;
    Athr.Stream.prototype.send = function (value) {
        if (!isSendable(value))
            throw new TypeError(`${String(value)} cannot be sent to a thread: ` +
                'send a string, a number, a GLib.Variant, a GObject, ...');
        send.call(this, value);
    };
    Athr.Stream.prototype[Symbol.asyncIterator] = function () {
        return this[ITERATOR] ??= new StreamIterator(this);
    };
}
