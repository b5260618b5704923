// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the override adds to the types that ts-for-gir makes of the GIR.

declare module 'gi://Athr?version=1' {
    import type Gio from 'gi://Gio?version=2.0';

    export namespace Athr {
        /** Calls functions that introspection names, and whose results it does not know here. */
        interface Invoke {
            <Result = any>(name: `${string}.${string}`, ...args: InvokeArgument[]): globalThis.Promise<Result>;

            with(options: InvokeOptions): Invoke;
        }

        /** Objects are those of introspected libraries; a class is for a type. */
        type InvokeArgument = string | number | bigint | boolean | object | null;

        interface InvokeOptions {
            executor?: Executor | null;
            cancellable?: Gio.Cancellable | null;
            priority?: number;
            delivery_priority?: number;
            timeout?: number;
            return_on_cancel?: boolean;
            name?: string | null;
        }

        const invoke: Invoke;

        interface Call {
            run_async(): globalThis.Promise<unknown>;

            run(cancellable?: Gio.Cancellable | null): unknown;
        }

        interface Executor {
            close_async(cancel_queued: boolean): globalThis.Promise<boolean>;
        }

        interface Stream {
            next_async(): globalThis.Promise<unknown>;

            next_batch_async(max_values: number): globalThis.Promise<unknown[]>;

            close_async(): globalThis.Promise<boolean>;

            next(cancellable?: Gio.Cancellable | null): unknown;

            try_next(): unknown;

            [Symbol.asyncIterator](): StreamIterator;
        }

        /** Values are what the maker of the stream says. */
        interface StreamIterator extends AsyncIterableIterator<any, any, any> {
            return(value?: any): globalThis.Promise<IteratorResult<any, any>>;

            throw(error: any): globalThis.Promise<IteratorResult<any, any>>;
        }
    }
}
