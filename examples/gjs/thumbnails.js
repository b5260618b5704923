// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// thumbnails FOLDER OTHER: writes small copies of all pictures below a folder into another folder.

import GdkPixbuf from 'gi://GdkPixbuf?version=2.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';
import Athr from 'gi://Athr?version=1';

const SIZE = 128;

if (ARGV.length !== 2) {
    printerr('Usage: thumbnails FOLDER OTHER');
    System.exit(2);
}
const [folder, other] = ARGV.map(name => Gio.File.new_for_commandline_arg(name));
const files = Athr.Stream.new_for_directory(
    folder, 'standard::type', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
const executor = Athr.Executor.new('thumbnails', GLib.get_num_processors());
const invoke = Athr.invoke.with({executor});
const names = []; // of the pictures that are being loaded, in order
const made = [];
const problems = [];
const stderr = GLib.IOChannel.unix_new(2);
let ticks = 0;

function paint(text) {
    stderr.write_chars(text, text.length);
    stderr.flush();
}

/** Gives the arguments of the function that loads a picture, for each file. */
async function* pictures() {
    for await (const info of files) {
        if (info.get_file_type() !== Gio.FileType.REGULAR)
            continue;
        const file = info.get_attribute_object('standard::file');
        names.push(folder.get_relative_path(file));
        yield [file.get_path(), SIZE, SIZE, true];
    }
}

files.connect('problem', (_stream, _file, message) => problems.push(message));
const spinner = setInterval(() => paint(`\r${'|/-\\'[ticks++ % 4]}`), 100);

try {
    const options = {limit: executor.max_threads, settled: true};
    for await (const {value, reason} of invoke.map('GdkPixbuf.Pixbuf.new_from_file_at_scale', pictures(), options)) {
        const path = other.resolve_relative_path(`${names.shift()}.png`).get_path();
        if (value) {
            await invoke('GLib.mkdir_with_parents', GLib.path_get_dirname(path), 0o755);
            await invoke('GdkPixbuf.Pixbuf.savev', value, path, 'png', [], []);
            made.push(`${path} ${value.width} x ${value.height}`);
        } else if (!reason.matches(GdkPixbuf.PixbufError, GdkPixbuf.PixbufError.UNKNOWN_TYPE)) {
            problems.push(reason.message);
        }
    }
} catch (error) {
    problems.push(error.message);
}
clearInterval(spinner);
paint('\r \r');

made.sort().forEach(line => print(line));
problems.forEach(problem => printerr(problem));
System.exit(problems.length > 0 ? 1 : 0);
