// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// search FILE TEXT...: types texts into a search box. The last one counts.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const [path, ...texts] = ARGV;
const file = Gio.File.new_for_path(path);
const latest = new Athr.Latest({debounce: 50});

async function search(text) {
    try {
        const [contents] = await latest.run('Gio.File.load_contents', file, null);
        const lines = new TextDecoder().decode(contents).split('\n');
        print(`${text}: ${lines.filter(line => line.includes(text)).length} lines`);
    } catch (error) {
        if (!error.matches?.(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
            throw error;
        print(`${text}: superseded`);
    }
}

try {
    await Promise.all(texts.map(search));
} catch (error) {
    printerr(`search: ${error.message}`);
    System.exit(1);
}
