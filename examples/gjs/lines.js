// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// lines FILE...: counts the lines of files, four at once, or fails.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const group = new Athr.Group({max_running: 4});

try {
    const calls = ARGV.map(path =>
        group.add('Gio.File.load_contents', Gio.File.new_for_path(path), null));
    await group.wait_async();

    let total = 0;
    for (const [i, call] of calls.entries()) {
        const [contents] = await call.run_async();
        const count = contents.filter(byte => byte === 10).length;
        print(`${count}`.padStart(8), ARGV[i]);
        total += count;
    }
    print(`${total}`.padStart(8), 'total');
} catch (error) {
    printerr(`lines: ${error.message}`);
    await group.close_async();
    System.exit(1);
}
