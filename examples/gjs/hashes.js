// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// hashes [FOLDER]: prints the SHA-256 checksums of all files below a folder, and reads four files at once.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const AT_ONCE = 4;

const folder = Gio.File.new_for_commandline_arg(ARGV[0] ?? '.');
const stream = Athr.Stream.new_for_directory(
    folder, 'standard::type', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
const invoke = Athr.invoke.with({executor: Athr.Executor.new('hashes', AT_ONCE)});
const lines = [];
const problems = [];
const stderr = GLib.IOChannel.unix_new(2);
let ticks = 0;

function paint(text) {
    stderr.write_chars(text, text.length);
    stderr.flush();
}

async function hash(file) {
    // For a file name that is not text, invoke() gives bytes. file.get_path() would throw.
    const path = await invoke('Gio.File.get_path', file);
    const mapped = await invoke('GLib.MappedFile.new', path, false);
    return invoke('GLib.compute_checksum_for_bytes', 'sha256', mapped.get_bytes());
}

/** Takes one file after the other. Several of these functions run at once. */
async function takeFiles() {
    for await (const info of stream) {
        if (info.get_file_type() !== Gio.FileType.REGULAR)
            continue;
        const file = info.get_attribute_object('standard::file');
        const name = file.get_parse_name();
        try {
            lines.push([name, await hash(file)]);
        } catch (error) {
            problems.push(`${name}: ${error.message}`);
        }
    }
}

stream.connect('problem', (_stream, _file, message) => problems.push(message));
const spinner = setInterval(() => paint(`\r${'|/-\\'[ticks++ % 4]}`), 100);

try {
    await Promise.all(Array.from({length: AT_ONCE}, takeFiles));
} catch (error) {
    problems.push(error.message);
}
clearInterval(spinner);
paint('\r \r');

lines.sort(([a], [b]) => a < b ? -1 : 1);
lines.forEach(([name, sum]) => print(`${sum}  ${name}`));
problems.forEach(problem => printerr(problem));
System.exit(problems.length > 0 ? 1 : 0);
