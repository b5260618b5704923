// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// largest [FOLDER]: lists all files below a folder, the largest first.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const folder = Gio.File.new_for_commandline_arg(ARGV[0] ?? '.');
const stream = Athr.Stream.new_for_directory(
    folder, 'standard::size', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
const files = [];
const problems = [];
const stderr = GLib.IOChannel.unix_new(2);
let ticks = 0;

function paint(text) {
    stderr.write_chars(text, text.length);
    stderr.flush();
}

stream.connect('problem', (_stream, _file, message) => problems.push(message));
const spinner = setInterval(() => paint(`\r${'|/-\\'[ticks++ % 4]}`), 100);

try {
    for await (const info of stream) {
        if (info.get_file_type() !== Gio.FileType.DIRECTORY)
            files.push(info);
    }
} catch (error) {
    problems.push(error.message);
}
clearInterval(spinner);
paint('\r \r');

files.sort((a, b) => b.get_size() - a.get_size());
for (const info of files) {
    const file = info.get_attribute_object('standard::file');
    print(`${info.get_size()}`.padStart(12), file.get_parse_name());
}
problems.forEach(problem => printerr(problem));
System.exit(problems.length > 0 ? 1 : 0);
