// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import GLib from 'gi://GLib';
import 'gi://Athr?version=1';
import AthrExamples from 'gi://AthrExamples?version=1';

async function printSqrt(x) {
    const result = await AthrExamples.sqrt_call_new(x).run_async();
    const now = GLib.DateTime.new_now_local().format('%F %T.%f');
    print(`${now} ${result.toFixed(6)}`);
    return result;
}

function printRoots(roots, start) {
    print(`(${roots.map(root => root.toFixed(6)).join(' ')})`);
    print(`${((GLib.get_monotonic_time() - start) / 1e6).toFixed(1)} s`);
}

print('One after the other:');
let start = GLib.get_monotonic_time();
const roots = [];
for (const x of [2, 3, 4])
    roots.push(await printSqrt(x));
printRoots(roots, start);

print('At once:');
start = GLib.get_monotonic_time();
printRoots(await Promise.all([2, 3, 4].map(printSqrt)), start);
