# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The gallery in JavaScript, on a virtual screen."""

import os
import textwrap

from pictures import png
from screen import EXAMPLES, ScreenTest

# Runs the generator drive(), which yields conditions to wait for, in the main loop of the script.
HEAD = """
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Gtk from 'gi://Gtk?version=4.0';
import System from 'system';

const items = model => Array.from({length: model.get_n_items()}, (_, i) => model.get_item(i));
const names = () => items(window.shown).map(picture => picture.name);
const isShown = (...wanted) => () => `${names()}` === `${wanted}`;
const isOver = () => window.job && !window.progress.visible;
const isSelected = (width, height) => () =>
    window.large.paintable?.get_width() === width && window.large.paintable.get_height() === height;
const questions = () => Gtk.Window.list_toplevels().filter(other => other instanceof Gtk.MessageDialog);
const isAsked = () => questions().length > 0;
const state = () => [window.titles.subtitle, window.button.tooltip_text, window.progress.visible].join();

function answer(label) {
    questions()[0].emit('response', ['stop', 'skip-all', 'skip'].indexOf(label));
}

/** Ends the wait of a worker that reads a pipe. Returns a condition: the worker may have read it, and the window was drawn. */
function write(from, pipe) {
    let wanted = Infinity;
    Gio.Subprocess.new(['sh', '-c', 'cat "$0" >"$1"', from, pipe], Gio.SubprocessFlags.NONE).wait_async(null, () => {
        wanted = nFrames + 20;
    });
    return () => nFrames > wanted;
}

function step() {
    if (!window) {
        window = Gtk.Window.list_toplevels().find(other => other.visible) ?? null;
        window?.add_tick_callback(() => {
            nFrames++;
            return GLib.SOURCE_CONTINUE;
        });
        if (!window)
            return GLib.SOURCE_CONTINUE;
    }
    try {
        while (awaited()) {
            const {value, done} = driver.next();
            if (done)
                return GLib.SOURCE_REMOVE;
            awaited = value;
        }
    } catch (error) {
        printerr(error, error.stack);
        System.exit(1);
    }
    return GLib.SOURCE_CONTINUE;
}

let window = null;
let nFrames = 0;
let awaited = () => true;
const driver = drive();
GLib.timeout_add(GLib.PRIORITY_DEFAULT, 5, step);
"""


class GalleryTest(ScreenTest):
    script = "gjs/gallery.js"
    namespaces = {"Gtk": "4.0", "Adw": "1", "GdkPixbuf": "2.0"}

    def command(self, program, *arguments):
        driver = self.home / "driver.js"
        driver.write_text(f"{HEAD}\nfunction* drive() {{\n{textwrap.dedent(program)}\n}}\n", encoding="utf-8")
        main = self.home / "main.js"
        main.write_text(f"import '{driver.as_uri()}';\nimport '{(EXAMPLES / self.script).as_uri()}';\n", encoding="utf-8")
        return ["gjs", "-m", str(main), *arguments]

    def picture(self, name, width=20, height=10):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(width, height))

    def broken(self, *names):
        for name in names:
            (self.folder / name).write_bytes(png(10, 10)[:40])

    def pipe(self, name):
        """A worker that opens the pipe waits until somebody writes."""
        os.mkfifo(self.folder / name)
        (self.home / "picture").write_bytes(png(20, 10))
        return f"write({str(self.home / 'picture')!r}, {str(self.folder / name)!r})"

    def test_shows_all_pictures_below_a_folder(self):
        for name, size in {"a.png": (256, 512), "sub/deep/c.PNG": (1000, 10), "\udcff.png": (1, 1)}.items():
            self.picture(name, *size)
        (self.folder / "text").write_text("no picture", encoding="utf-8")
        (self.folder / "up").symlink_to("..")
        printed = self.drive("""
            yield isOver;
            for (const {name, texture} of items(window.shown))
                print(name, texture.get_width(), texture.get_height());
            print(state(), window.titles.title, window.pages.visible_child_name, questions().length);
            window.close();
        """, self.folder)
        pictures = {"\N{REPLACEMENT CHARACTER}.png (invalid encoding) 128 128", "a.png 64 128", "c.PNG 128 1"}
        *lines, end = printed.splitlines()
        self.assertEqual((set(lines), end), (pictures, "3 pictures,Load Again,false folder grid 0"))

    def test_shows_many_pictures_in_order(self):
        for number in range(500):
            self.picture(f"{number % 7}/{number:03}.png", 20, 10 if number % 2 else 20)
        printed = self.drive("""
            yield isOver;
            for (const {name, texture} of items(window.shown)) {
                if (texture.get_height() !== (parseInt(name) % 2 ? 64 : 128))
                    print(`${name} is another picture`);
            }
            print(names(), state());
            window.close();
        """, self.folder)
        names = [f"{number:03}.png" for folder in range(7) for number in range(folder, 500, 7)]
        self.assertEqual(printed, f"{','.join(names)} 500 pictures,Load Again,false\n")

    def test_draws_while_workers_load(self):
        self.picture("a.png")
        write = self.pipe("b.png")
        printed = self.drive(f"""
            yield isShown('a.png');
            const before = nFrames;
            yield () => nFrames > before + 5;
            print(names(), state());
            {write};
            yield isOver;
            print(names(), state());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "a.png 1 of 2,Stop,true\na.png,b.png 2 pictures,Load Again,false\n")

    def test_asks_about_each_file_that_cannot_be_read(self):
        self.broken("a.png", "c.png")
        self.picture("b.png")
        printed = self.drive("""
            for (let i = 0; i < 2; i++) {
                yield isAsked;
                const [question, ...others] = questions();
                print(others.length, question.secondary_text.split(':')[0], state().split(',')[1]);
                answer('skip');
                yield () => !questions().includes(question);
            }
            yield isOver;
            print(names(), state());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "0 a.png Stop\n0 c.png Stop\nb.png 1 picture,Load Again,false\n")

    def test_skips_all_files_that_cannot_be_read(self):
        self.broken(*(f"{number}.png" for number in range(20)))
        self.picture("x.png")
        printed = self.drive("""
            yield isAsked;
            answer('skip-all');
            yield isOver;
            print(names(), state(), questions().length);
            window.close();
        """, self.folder)
        self.assertEqual(printed, "x.png 1 picture,Load Again,false 0\n")

    def test_stops_at_a_file_that_cannot_be_read(self):
        self.picture("a.png")
        self.broken(*(f"b{number}.png" for number in range(9)))
        self.picture("c.png")
        printed = self.drive("""
            yield isAsked;
            answer('stop');
            yield isOver;
            print(names(), state(), questions().length);
            window.button.emit('clicked');
            yield isAsked;
            answer('skip-all');
            yield isOver;
            print(names(), state());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "a.png Stopped after 1 picture,Load Again,false 0\n"
                                  "a.png,c.png 2 pictures,Load Again,false\n")

    def test_stops_and_begins_again(self):
        self.picture("a.png")
        write = self.pipe("b.png")
        printed = self.drive(f"""
            yield isShown('a.png');
            window.button.emit('clicked');
            {write};
            yield isOver;
            print(names(), state());
            window.button.emit('clicked');
            print(names().length, state());
            yield isShown('a.png');
            {write};
            yield isOver;
            print(names(), state());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "a.png Stopped after 1 picture,Load Again,false\n0 Looking for pictures…,Stop,true\n"
                                  "a.png,b.png 2 pictures,Load Again,false\n")

    def test_begins_another_folder_meanwhile(self):
        self.picture("a.png")
        write = self.pipe("b.png")
        other = self.home / "other"
        other.mkdir()
        (other / "c.png").write_bytes(png(1, 1))
        printed = self.drive(f"""
            yield isShown('a.png');
            window.load(Gio.File.new_for_path({str(other)!r}));
            yield isOver;
            yield {write};
            print(names(), state(), window.titles.title);
            window.close();
        """, self.folder)
        self.assertEqual(printed, "c.png 1 picture,Load Again,false other\n")

    def test_searches_as_the_user_types(self):
        for name in "Red boat.png", "red house.png", "sub/blue boat.png":
            self.picture(name)
        self.drive("""
            yield isOver;
            window.entry.text = 'RED';
            yield isShown('Red boat.png', 'red house.png');
            window.entry.text = 'boat';
            yield isShown('Red boat.png', 'blue boat.png');
            window.entry.text = 'green';
            yield isShown();
            window.entry.text = '';
            yield isShown('Red boat.png', 'red house.png', 'blue boat.png');
            window.close();
        """, self.folder)

    def test_shows_the_picture_that_was_selected_last(self):
        for number in range(1, 9):
            self.picture(f"{number}.png", 320, 10 * number)
        self.drive("""
            yield isOver;
            for (let i = 0; i < 8; i++)
                window.selection.selected = i;
            yield isSelected(320, 80);
            window.selection.selected = 2;
            yield isSelected(320, 30);
            window.entry.text = '1';
            yield isShown('1.png');
            if (window.pane.reveal_child)
                throw new Error('nothing is selected');
            window.close();
        """, self.folder)

    def test_a_worker_still_loads_the_picture_before(self):
        for name in "a.png", "b.png":
            self.picture(name, 320, 40)
        pipe = str(self.folder / "a.png")
        (self.home / "picture").write_bytes(png(320, 10))
        printed = self.drive(f"""
            const {{NONE, STDIN_PIPE, STDOUT_PIPE}} = Gio.SubprocessFlags;
            let reads = false;
            let wanted = Infinity;
            yield isOver;
            Gio.Subprocess.new(['sh', '-c', 'rm "$0" && mkfifo "$0"', {pipe!r}], NONE).wait(null);
            // This program prints a line when a worker has opened the pipe.
            const writer = Gio.Subprocess.new(['sh', '-c', 'exec 3>"$1"; echo; read -r _; cat "$0" >&3',
                {str(self.home / "picture")!r}, {pipe!r}], STDIN_PIPE | STDOUT_PIPE);
            writer.get_stdout_pipe().read_bytes_async(1, 0, null, () => (reads = true));
            window.selection.selected = 0;
            yield () => reads;
            window.selection.selected = 1;
            yield isSelected(320, 40);
            writer.communicate_async(new TextEncoder().encode('go'), null, () => (wanted = nFrames + 20));
            yield () => nFrames > wanted;
            print(window.large.paintable.get_height());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "40\n")

    def test_closing_the_window_while_workers_load(self):
        self.picture("a.png")
        self.pipe("b.png")
        self.pipe("c.png")
        self.assertEqual(self.drive("""
            yield isShown('a.png');
            window.selection.selected = 0;
            window.close();
        """, self.folder), "")

    def test_closing_the_window_ends_its_work(self):
        """At once, even while a worker waits for a file."""
        self.picture("a.png")
        self.pipe("b.png")
        printed = self.drive(f"""
            let isOver = false;
            window.load(Gio.File.new_for_path({str(self.folder)!r})).then(() => (isOver = true));
            yield isShown('a.png');
            const {{application, pictures}} = window;
            application.hold(); // so that the main loop runs on
            window.close();
            yield () => isOver;
            print(items(pictures).length);
            application.release();
        """)
        self.assertEqual(printed, "1\n")

    def test_closing_the_window_with_a_question(self):
        self.broken(*(f"{number}.png" for number in range(9)))
        self.assertEqual(self.drive("""
            yield isAsked;
            window.close();
            yield () => Gtk.Window.list_toplevels().length === 0;
        """, self.folder), "")

    def test_closing_the_window_at_once(self):
        self.picture("a.png")
        self.assertEqual(self.drive("window.close();", self.folder), "")

    def test_a_folder_without_pictures(self):
        (self.folder / "text").write_text("no picture", encoding="utf-8")
        printed = self.drive("""
            yield isOver;
            print(window.pages.visible_child_name, state());
            window.close();
        """, self.folder)
        self.assertEqual(printed, "no-pictures 0 pictures,Load Again,false\n")

    def test_without_a_folder(self):
        printed = self.drive("""
            print(window.pages.visible_child_name, window.button.visible, window.progress.visible);
            window.entry.text = 'text';
            window.close();
        """)
        self.assertEqual(printed, "no-pictures false false\n")

    def test_tells_of_an_error(self):
        printed = self.drive("""
            yield isOver;
            print(state());
            window.close();
        """, self.folder / "missing")
        self.assertRegex(printed, "missing.*: 0 pictures,Load Again,false\n")

    def test_is_short(self):
        """At most 200 lines, besides the head and empty lines"""
        text = (EXAMPLES / self.script).read_text(encoding="utf-8")
        self.assertLessEqual(len([line for line in text.splitlines()[3:] if line.strip()]), 200)
