// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// grep TEXT FILE...: prints the lines with a text, four files at once.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const [text, ...paths] = ARGV;
if (text === undefined)
    System.exit(2);

const decoder = new TextDecoder();
const items = paths.map(path => [Gio.File.new_for_path(path), null]);
const files = Athr.invoke.map('Gio.File.load_contents', items, {limit: 4});

try {
    let i = 0;
    for await (const [contents] of files) {
        const path = paths[i++];
        const lines = decoder.decode(contents).split('\n');
        for (const line of lines.filter(line => line.includes(text)))
            print(`${path}:${line}`);
    }
} catch (error) {
    printerr(`grep: ${error.message}`);
    System.exit(1);
}
