// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

function promise(start, finish) {
    return new Promise((resolve, reject) => {
        start((source, result) => {
            try {
                resolve(finish(result));
            } catch (error) {
                reject(error);
            }
        });
    });
}

export function run(call, cancellable = null) {
    return promise(
        callback => call.run_async(cancellable, callback),
        result => call.run_finish(result));
}

export function next(stream, cancellable = null) {
    return promise(
        callback => stream.next_async(cancellable, callback),
        result => stream.next_finish(result));
}

export function nextBatch(stream, n, cancellable = null) {
    return promise(
        callback => stream.next_batch_async(n, cancellable, callback),
        result => stream.next_batch_finish(result));
}

export function close(stream) {
    return promise(
        callback => stream.close_async(null, callback),
        result => stream.close_finish(result));
}

export async function takeAll(stream) {
    const values = [];
    for (;;) {
        const value = await next(stream);
        if (stream.is_done())
            return values;
        values.push(value);
    }
}
