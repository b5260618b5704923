// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib?version=2.0';
import Athr from 'gi://Athr?version=1';
import AthrExamples from 'gi://AthrExamples?version=1';

async function printStream(id: number, executor: Athr.Executor): Promise<void> {
    const stream: AsyncIterable<GLib.DateTime> = AthrExamples.timestamps_stream_new(3, executor);
    for await (const time of stream)
        print(`stream: ${id} time: ${time.format('%F %T.%f')}`);
}

function printSeconds(start: number): void {
    print(`${((GLib.get_monotonic_time() - start) / 1e6).toFixed(1)} s`);
}

const executor = Athr.Executor.new('timestamps', 4);

print('One after the other:');
let start = GLib.get_monotonic_time();
for (const id of [0, 1, 2, 3])
    await printStream(id, executor);
printSeconds(start);

print('At once:');
start = GLib.get_monotonic_time();
await Promise.all([0, 1, 2, 3].map(id => printStream(id, executor)));
printSeconds(start);
