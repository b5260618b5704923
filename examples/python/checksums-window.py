# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""checksums-window.py [FOLDER]: shows the SHA-256 checksums of all files below a folder, in a window that never
blocks."""

import hashlib
import os
import stat
import sys

import gi
gi.require_version("Athr", "1")
gi.require_version("Gtk", "4.0")
from gi.repository import Athr, Gio, GLib, GObject, Gtk, Pango

BLOCK = 1 << 20


class Checksum(GObject.Object):
    """A row of the list."""

    def __init__(self, name, size, text, is_error):
        super().__init__()
        self.name = name
        self.size = size
        self.text = text
        self.is_error = is_error


# These functions run on a worker.

def files_below(folder):
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            try:
                info = os.lstat(path)
            except OSError:  # somebody has removed the file
                continue
            if stat.S_ISREG(info.st_mode):
                yield path, info.st_size


def hash_files(yielder, folder):
    paths = []
    total = done = 0
    for path, size in files_below(folder):
        if yielder.is_closed():
            return
        paths.append(path)
        total += size
        yielder.report_progress(-1, f"{len(paths):,} files found")

    for number, path in enumerate(paths, 1):
        name = GLib.filename_display_name(os.path.relpath(path, folder))
        size = 0
        digest = hashlib.sha256()
        try:
            with open(path, "rb") as file:
                while block := file.read(BLOCK):
                    if yielder.is_closed():
                        return
                    digest.update(block)
                    size += len(block)
                    fraction = min((done + size) / max(total, 1), 1)  # the file may have grown
                    yielder.report_progress(fraction, f"{number:,} of {len(paths):,}: {name}")
            row = Checksum(name, size, digest.hexdigest(), False)
        except OSError as error:
            row = Checksum(name, size, error.strerror, True)
        done += size
        yielder.yield_value(row)  # waits while the buffer is full; raises when the stream is closed


# All code from here on runs in the main loop.

class Window(Gtk.ApplicationWindow):
    def __init__(self, application):
        super().__init__(application=application, title="Checksums", default_width=760, default_height=520)
        self.stream = None
        self.is_cancelled = False

        self.subtitle = Gtk.Label(css_classes=["subtitle"], ellipsize=Pango.EllipsizeMode.MIDDLE, visible=False)
        titles = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, valign=Gtk.Align.CENTER)
        titles.append(Gtk.Label(label="Checksums", css_classes=["title"]))
        titles.append(self.subtitle)
        header = Gtk.HeaderBar(title_widget=titles)
        header.pack_start(self.open_button())
        self.set_titlebar(header)

        self.selection = Gtk.SingleSelection(autoselect=False, can_unselect=True)
        rows = Gtk.ListView(model=self.selection, factory=row_factory(), css_classes=["rich-list"])
        rows.connect("activate", self.copy)
        rows.update_property([Gtk.AccessibleProperty.LABEL], ["Files and their checksums"])
        self.pages = Gtk.Stack(vexpand=True)
        self.pages.add_named(self.notice("No Folder", "Open a folder to hash all files below it."), "no-folder")
        self.pages.add_named(self.notice("No Files", "There is nothing to hash below this folder."), "no-files")
        self.pages.add_named(Gtk.ScrolledWindow(child=rows), "rows")

        self.status = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE, css_classes=["numeric"])
        self.bar = Gtk.ProgressBar(pulse_step=0.02)
        self.bar.update_property([Gtk.AccessibleProperty.LABEL], ["Progress"])
        self.cancel_button = Gtk.Button(label="_Cancel", use_underline=True, valign=Gtk.Align.CENTER)
        self.cancel_button.connect("clicked", lambda button: self.cancel())
        texts = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, valign=Gtk.Align.CENTER, hexpand=True)
        texts.append(self.status)
        texts.append(self.bar)
        foot = Gtk.Box(spacing=18, margin_start=18, margin_end=18, margin_top=12, margin_bottom=12)
        foot.append(texts)
        foot.append(self.cancel_button)
        separated = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        separated.append(Gtk.Separator())
        separated.append(foot)
        self.foot = Gtk.Revealer(child=separated, transition_type=Gtk.RevealerTransitionType.SLIDE_UP)

        content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        content.append(self.pages)
        content.append(self.foot)
        self.set_child(content)

    def open_button(self, **properties):
        button = Gtk.Button(label="_Open Folder…", use_underline=True, **properties)
        button.connect("clicked", lambda button: self.choose())
        return button

    def notice(self, title, text):
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, valign=Gtk.Align.CENTER,
                      margin_start=36, margin_end=36, margin_top=36, margin_bottom=36)
        box.append(Gtk.Image(icon_name="folder-symbolic", pixel_size=96, css_classes=["dim-label"],
                             accessible_role=Gtk.AccessibleRole.PRESENTATION))
        box.append(Gtk.Label(label=title, css_classes=["title-1"]))
        box.append(Gtk.Label(label=text, wrap=True, justify=Gtk.Justification.CENTER))
        box.append(self.open_button(css_classes=["suggested-action"], halign=Gtk.Align.CENTER, margin_top=12))
        return box

    def choose(self):
        self.chooser = Gtk.FileChooserNative(title="Open Folder", transient_for=self, modal=True,
                                             action=Gtk.FileChooserAction.SELECT_FOLDER)
        self.chooser.connect("response", self.chosen)
        self.chooser.show()

    def chosen(self, chooser, response):
        if response == Gtk.ResponseType.ACCEPT and chooser.get_file().is_native():
            self.begin(chooser.get_file().get_path())

    def begin(self, folder):
        self.cancel()
        self.is_cancelled = False
        self.subtitle.set_label(GLib.filename_display_name(folder))
        self.subtitle.set_visible(True)
        self.status.set_label("")
        self.bar.set_fraction(0)
        self.bar.set_visible(True)
        self.cancel_button.set_visible(True)
        self.foot.set_reveal_child(True)
        self.pages.set_visible_child_name("rows")

        self.stream = Athr.Stream.new(hash_files, folder)
        self.stream.connect("notify::progress", self.show_progress)
        self.stream.connect("notify::progress-text", self.show_progress)
        # The list starts the stream, and takes objects in slices of a few milliseconds.
        self.rows = Athr.StreamListModel.new(self.stream, Checksum)
        self.rows.connect("notify::loading", self.loaded)
        self.selection.set_model(self.rows)

    def show_progress(self, stream, pspec):
        if stream is not self.stream:
            return
        self.status.set_label(stream.get_progress_text() or "")
        if stream.get_progress() < 0:
            self.bar.pulse()
        else:
            self.bar.set_fraction(stream.get_progress())

    def cancel(self):
        if self.stream is None:
            return
        self.is_cancelled = True
        # The program ends after the worker, also when the user closes the window.
        application = self.get_application()
        application.hold()
        self.stream.close_async(None, lambda stream, result: application.release())

    def loaded(self, rows, pspec):
        self.stream = None
        count = "1 file" if len(rows) == 1 else f"{len(rows):,} files"
        if rows.get_error() is not None:
            self.status.set_label(rows.get_error().message)
        elif self.is_cancelled:
            self.status.set_label(f"Cancelled after {count}")
        elif len(rows) == 0:
            self.pages.set_visible_child_name("no-files")
            self.foot.set_reveal_child(False)
        else:
            self.status.set_label(f"{count}, {GLib.format_size(sum(row.size for row in rows))}")
        self.bar.set_visible(False)
        self.cancel_button.set_visible(False)

    def copy(self, view, position):
        self.get_clipboard().set(self.rows[position].text)
        self.status.set_label(f"Copied the checksum of {self.rows[position].name}")

    def do_close_request(self):
        self.cancel()
        return Gtk.ApplicationWindow.do_close_request(self)


def row_factory():
    factory = Gtk.SignalListItemFactory()
    factory.connect("setup", set_up_row)
    factory.connect("bind", bind_row)
    return factory


def set_up_row(factory, item):
    item.name = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.MIDDLE)
    item.text = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END)
    item.size = Gtk.Label(xalign=1, css_classes=["dim-label", "numeric"])
    texts = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=3, hexpand=True)
    texts.append(item.name)
    texts.append(item.text)
    row = Gtk.Box(spacing=18, margin_start=6, margin_end=6)
    row.append(texts)
    row.append(item.size)
    item.set_child(row)


def bind_row(factory, item):
    row = item.get_item()
    item.name.set_label(row.name)
    item.name.set_tooltip_text(row.name)
    item.text.set_label(row.text)
    item.text.set_css_classes(["caption", "error"] if row.is_error else ["caption", "monospace", "dim-label"])
    item.size.set_label("" if row.is_error else GLib.format_size(row.size))


def activate(application):
    window = Window(application)
    if len(sys.argv) > 1:
        window.begin(sys.argv[1])
    window.present()


def main():
    application = Gtk.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
    application.connect("activate", activate)
    return application.run()


if __name__ == "__main__":
    sys.exit(main())
