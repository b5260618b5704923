// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// windows FILE...: opens windows, and closes all but the last one at once.

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import System from 'system';
import Athr from 'gi://Athr?version=1';

let status = 0;

const Window = GObject.registerClass(class Window extends GObject.Object {
    constructor(path) {
        super();
        this.file = Gio.File.new_for_path(path);
        this.title = this.file.get_basename();
    }

    async fill() {
        try {
            const invoke = Athr.invoke.with({owner: this});
            const [contents] = await invoke(
                'Gio.File.load_contents', this.file, null);
            const count = contents.filter(byte => byte === 10).length;
            print(`${this.title}: ${count} lines`);
        } catch (error) {
            if (error.matches?.(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
                return; // The window is closed.
            printerr(`windows: ${error.message}`);
            status = 1;
        }
    }

    close() {
        print(`${this.title}: closed`);
        this.run_dispose(); // since fill() holds the window
    }
});

const windows = ARGV.map(path => new Window(path));
const filled = windows.map(window => window.fill());
windows.slice(0, -1).forEach(window => window.close());
await Promise.all(filled);
System.exit(status);
