// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// copy FILE... FOLDER: copies text files, and asks before it overwrites one.

import Gio from 'gi://Gio';
import System from 'system';
import Athr from 'gi://Athr?version=1';
import AthrExamples from 'gi://AthrExamples?version=1';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async');

if (ARGV.length < 2)
    System.exit(2);

const load = file => Athr.invoke('Gio.File.load_contents', file, null);
const decoder = new TextDecoder();
const stdin = Gio.File.new_for_path('/dev/stdin').read(null);
const input = Gio.DataInputStream.new(stdin);
const folder = Gio.File.new_for_path(ARGV.pop());

// A program with a window shows a dialog here.
async function ask(question, file) {
    print(`Overwrite ${file.get_basename()}?`);
    const [line] = await input.read_line_async(0, null);
    question.answer(line !== null && decoder.decode(line) === 'y');
}

const saver = AthrExamples.Saver.new();
saver.connect('overwrite', (object, file, question) => {
    ask(question, file);
});

try {
    for (const file of ARGV.map(path => Gio.File.new_for_path(path))) {
        const name = file.get_basename();
        const [contents] = await load(file);
        const text = decoder.decode(contents);
        if (await saver.save(folder.get_child(name), text).run_async())
            print(`${name} is copied`);
    }
} catch (error) {
    printerr(`copy: ${error.message}`);
    System.exit(1);
}
