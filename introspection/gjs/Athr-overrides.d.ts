// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// These are the types that the override adds to those that ts-for-gir generates from the GIR.

declare module 'gi://Athr?version=1' {
    import type Gio from 'gi://Gio?version=2.0';
    import type GLib from 'gi://GLib?version=2.0';
    import type GObject from 'gi://GObject?version=2.0';

    export namespace Athr {
        /** Calls a function of an introspected library on a thread. TypeScript does not know its result type. */
        interface Invoke {
            <Result = any>(name: `${string}.${string}`, ...args: InvokeArgument[]): globalThis.Promise<Result>;

            with(options: InvokeOptions): Invoke;

            /** Calls the function for each item, a few at once. An item that is an array holds the arguments. */
            map<Result = any>(name: `${string}.${string}`, items: InvokeItems,
                options?: MapOptions & {settled?: false | null}): InvokeMap<Result>;

            /** With `settled`, an item that fails does not end the map. */
            map<Result = any>(name: `${string}.${string}`, items: InvokeItems,
                options: MapOptions & {settled: true}): InvokeMap<MapOutcome<Result>>;
        }

        /** An object must belong to an introspected library. A class stands for its GType. */
        type InvokeArgument = string | number | bigint | boolean | object | null;

        interface InvokeOptions {
            executor?: Executor | null;
            cancellable?: Gio.Cancellable | null;
            priority?: number | null;
            delivery_priority?: number | null;
            /** Whole milliseconds, with the time in the queue. Null: no time-out. */
            timeout?: number | null;
            /** Whole milliseconds from the moment the function begins. Null: no time-out. */
            run_timeout?: number | null;
            return_on_cancel?: boolean | null;
            name?: string | null;
            /** The call ends when this object, such as a window, is disposed. */
            owner?: GObject.Object | null;
        }

        type InvokeItem = InvokeArgument | InvokeArgument[];

        type InvokeItems = Iterable<InvokeItem> | AsyncIterable<InvokeItem> | Gio.ListModel | Stream;

        /** An outcome, as of Promise.allSettled(). */
        type MapOutcome<Result> =
            {status: 'fulfilled', value: Result, reason?: undefined} |
            {status: 'rejected', reason: GLib.Error, value?: undefined};

        interface MapOptions {
            /** How often the function may run at the same time: 4 without it. */
            limit?: number | null;
            /** False: a result comes as soon as the function has returned. */
            ordered?: boolean | null;
            /** How many results may wait for the loop. */
            buffer_size?: number | null;
            executor?: Executor | null;
            cancellable?: Gio.Cancellable | null;
            priority?: number | null;
            delivery_priority?: number | null;
            name?: string | null;
            owner?: GObject.Object | null;
        }

        interface InvokeMap<Result> extends Stream {
            [Symbol.asyncIterator](): InvokeMapIterator<Result>;
        }

        interface InvokeMapIterator<Result> extends StreamIterator {
            next(): globalThis.Promise<IteratorResult<Result, any>>;

            return(value?: any): globalThis.Promise<IteratorResult<Result, any>>;

            throw(error: any): globalThis.Promise<IteratorResult<Result, any>>;

            [Symbol.asyncIterator](): InvokeMapIterator<Result>;
        }

        const invoke: Invoke;

        interface Call {
            run_async(): globalThis.Promise<unknown>;

            run(cancellable?: Gio.Cancellable | null): unknown;
        }

        interface Latest {
            run_async(call: Call): globalThis.Promise<unknown>;

            /** Runs a call, or a function of an introspected library. */
            run(call: Call): globalThis.Promise<unknown>;
            run<Result = any>(name: `${string}.${string}`, ...args: InvokeArgument[]): globalThis.Promise<Result>;
        }

        interface Group {
            /** Adds a call, or a function of an introspected library. Returns the call. */
            add(call: Call): Call;
            add(name: `${string}.${string}`, ...args: InvokeArgument[]): Call;

            wait_async(): globalThis.Promise<boolean>;

            close_async(): globalThis.Promise<boolean>;
        }

        interface Executor {
            close_async(cancel_queued: boolean): globalThis.Promise<boolean>;

            close_with_flags_async(flags: CloseFlags): globalThis.Promise<boolean>;
        }

        interface Question {
            /** Answers with a value that a thread may have. Nothing stands for null. */
            answer(value?: string | number | bigint | boolean | object | null): void;

            /** Fails the ask with a GLib.Error, or with the text of another error. */
            fail(error: Error | GLib.Error): void;
        }

        interface Stream {
            next_async(): globalThis.Promise<unknown>;

            next_batch_async(max_values: number): globalThis.Promise<unknown[]>;

            close_async(): globalThis.Promise<boolean>;

            next(cancellable?: Gio.Cancellable | null): unknown;

            next_batch(max_values: number, cancellable?: Gio.Cancellable | null): unknown[];

            try_next(): unknown;

            [Symbol.asyncIterator](): StreamIterator;
        }

        /** The function that creates the stream says which values it yields. */
        interface StreamIterator extends AsyncIterableIterator<any, any, any> {
            return(value?: any): globalThis.Promise<IteratorResult<any, any>>;

            throw(error: any): globalThis.Promise<IteratorResult<any, any>>;
        }
    }
}
