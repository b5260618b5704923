# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""gallery.py [FOLDER]: shows the pictures below a folder, in a window that never blocks."""

import concurrent.futures
import itertools
import os
import sys
import threading

import gi
gi.require_version("Adw", "1")
gi.require_version("Athr", "1")
gi.require_version("GdkPixbuf", "2.0")
from gi.repository import Adw, Athr, Gdk, GdkPixbuf, Gio, GLib, GObject, Gtk

SIZE = 128
STOP, SKIP_ALL, SKIP = range(3)  # the answers to a question
SUFFIXES = tuple(f".{suffix}" for kind in GdkPixbuf.Pixbuf.get_formats() for suffix in kind.get_extensions())
WORKERS = Athr.Executor.new("thumbnails", os.cpu_count())

# GTK makes a cell of the grid of this, and fills it with the properties of a Picture.
CELL = b"""<interface><template class="GtkListItem"><property name="child"><object class="GtkBox">
  <property name="orientation">vertical</property><property name="spacing">6</property>
  <property name="margin-top">6</property><property name="margin-bottom">6</property>
  <property name="margin-start">6</property><property name="margin-end">6</property>
  <child><object class="GtkPicture"><property name="content-fit">scale-down</property>
    <property name="width-request">128</property><property name="height-request">128</property>
    <binding name="paintable">
      <lookup name="texture" type="Picture"><lookup name="item">GtkListItem</lookup></lookup></binding></object></child>
  <child><object class="GtkLabel"><style><class name="caption"/></style>
    <property name="ellipsize">middle</property><property name="max-width-chars">1</property><binding name="label">
      <lookup name="name" type="Picture"><lookup name="item">GtkListItem</lookup></lookup></binding></object></child>
</object></property></template></interface>"""


class Picture(GObject.Object):
    __gtype_name__ = "Picture"
    name = GObject.Property(type=str)
    texture = GObject.Property(type=Gdk.Texture)

    def __init__(self, path, name, texture):
        super().__init__(name=name, texture=texture)
        self.path = path


class Job:
    """The work for one folder. Workers run find(), load() and match()."""

    def __init__(self, folder, window):
        self.folder = folder
        self.window = window
        self.paths = []
        self.done = itertools.count(1)
        self.may_ask = threading.Lock()
        self.skips_all = False

    def find(self):
        self.paths = sorted(os.path.join(parent, name) for parent, _, names in os.walk(self.folder) for name in names
                            if name.lower().endswith(SUFFIXES))
        Athr.current().post(self.window.search)
        yield from self.paths

    def load(self, path):
        """Yields a picture, or nothing if the user skips the file."""
        current = Athr.current()
        name = GLib.filename_display_basename(path)
        try:
            picture = GdkPixbuf.Pixbuf.new_from_file_at_scale(path, SIZE, SIZE, True)
            yield Picture(path, name, Gdk.Texture.new_for_pixbuf(picture))
        except GLib.Error as error:
            with self.may_ask:  # one question after the other
                if not self.skips_all:
                    self.skips_all = current.ask(self.window.ask, name, error.message)
        done, total = next(self.done), len(self.paths)
        current.report_progress(done / total, f"{done:,} of {total:,}")

    def match(self, call, text):
        words = text.casefold().split()
        return {path for path in self.paths if all(word in os.path.basename(path).casefold() for word in words)}


# All code from here on runs in the main loop.

class Window(Adw.ApplicationWindow):
    def __init__(self, application):
        super().__init__(application=application, title="Gallery", default_width=780, default_height=580)
        self.job = self.stream = self.matches = None
        self.latest = Athr.Latest(debounce=100)
        self.pictures = Athr.StreamListModel.new(None, Picture)
        self.pictures.connect("notify::loading", self.show_state)
        self.filter = Gtk.CustomFilter.new(lambda picture: self.matches is None or picture.path in self.matches)
        self.shown = Gtk.FilterListModel(model=self.pictures, filter=self.filter)
        self.shown.connect("items-changed", self.show_state)

        self.titles = Adw.WindowTitle(title="Gallery")
        self.button = Gtk.Button(visible=False)
        self.button.connect("clicked", self.stop_or_begin)
        self.entry = Gtk.SearchEntry(hexpand=True)
        self.entry.connect("changed", self.search)
        bar = Gtk.SearchBar(child=Adw.Clamp(child=self.entry, maximum_size=400), key_capture_widget=self)
        bar.connect_entry(self.entry)
        toggle = Gtk.ToggleButton(icon_name="system-search-symbolic", tooltip_text="Search")
        toggle.bind_property("active", bar, "search-mode-enabled", GObject.BindingFlags.BIDIRECTIONAL)
        header = Adw.HeaderBar(title_widget=self.titles)
        header.pack_start(self.open_button(icon_name="folder-open-symbolic", tooltip_text="Open Folder"))
        header.pack_end(toggle)
        header.pack_end(self.button)

        factory = Gtk.BuilderListItemFactory.new_from_bytes(None, GLib.Bytes.new(CELL))
        grid = Gtk.GridView(model=Gtk.NoSelection(model=self.shown), factory=factory, max_columns=20)
        self.progress = Gtk.ProgressBar(valign=Gtk.Align.START, visible=False)
        self.pages = Gtk.Stack(vexpand=True)
        self.pages.add_named(Adw.StatusPage(
            icon_name="folder-pictures-symbolic", title="No Pictures", description="Open a folder with pictures.",
            child=self.open_button(label="_Open Folder…", use_underline=True, halign=Gtk.Align.CENTER,
                                   css_classes=["pill", "suggested-action"])), "no-pictures")
        self.pages.add_named(Adw.StatusPage(icon_name="system-search-symbolic", title="No Results",
                                            description="Try a different search."), "no-results")
        self.pages.add_named(Gtk.ScrolledWindow(child=grid), "grid")
        overlay = Gtk.Overlay(child=self.pages)
        overlay.add_overlay(self.progress)
        content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        for widget in header, bar, overlay:
            content.append(widget)
        self.set_content(content)

    def open_button(self, **properties):
        button = Gtk.Button(**properties)
        button.connect("clicked", self.choose)
        return button

    def choose(self, button):
        self.chooser = Gtk.FileChooserNative(title="Open Folder", transient_for=self, modal=True,
                                             action=Gtk.FileChooserAction.SELECT_FOLDER)
        self.chooser.connect("response", self.chosen)
        self.chooser.show()

    def chosen(self, chooser, response):
        if response == Gtk.ResponseType.ACCEPT and chooser.get_file().is_native():
            self.begin(chooser.get_file().get_path())

    def begin(self, folder):
        self.is_stopped = False
        self.job = Job(folder, self)
        self.stream = Athr.map(self.job.load, self.job.find(), limit=None, executor=WORKERS, owner=self)
        self.stream.connect("notify::progress-text", self.show_state)
        self.titles.set_title(GLib.filename_display_basename(folder))
        self.pictures.set_stream(self.stream)  # this closes the stream before

    def stop_or_begin(self, button):
        if self.pictures.get_loading():
            self.stop()
        else:
            self.begin(self.job.folder)

    def stop(self):
        self.is_stopped = True
        self.stream.close_async()

    def search(self, *_):
        if self.job is not None:
            self.latest.run_async(Athr.Call.new(self.job.match, self.entry.get_text()), None, self.found)

    def found(self, latest, result):
        try:
            self.matches = latest.run_finish(result)
        except GLib.Error:  # the user has typed on
            return
        self.filter.changed(Gtk.FilterChange.DIFFERENT)

    def ask(self, name, message):
        """A worker waits for the answer: whether to skip all files that cannot be read."""
        answer = concurrent.futures.Future()
        dialog = Gtk.MessageDialog(transient_for=self, modal=True, destroy_with_parent=True,
                                   text="Picture Cannot Be Read", secondary_text=f"{name}: {message}")
        dialog.add_buttons("_Stop", STOP, "Skip _All", SKIP_ALL, "_Skip", SKIP)
        dialog.set_default_response(SKIP)
        dialog.connect("response", self.answered, answer)
        dialog.present()
        return answer

    def answered(self, dialog, response, answer):
        dialog.destroy()
        if response == STOP:
            self.stop()
        elif not answer.cancelled():
            answer.set_result(response == SKIP_ALL)

    def show_state(self, *_):
        is_loading, n_pictures = self.pictures.get_loading(), len(self.pictures)
        count = "1 picture" if n_pictures == 1 else f"{n_pictures:,} pictures"
        if is_loading:
            text = self.stream.get_progress_text() or "Looking for pictures…"
        elif self.pictures.get_error() is not None:
            text = self.pictures.get_error().message
        else:
            text = f"Stopped after {count}" if self.is_stopped else count
        self.titles.set_subtitle(text)
        self.progress.set_visible(is_loading)
        self.progress.set_fraction(max(self.stream.get_progress(), 0))
        self.button.set_icon_name("process-stop-symbolic" if is_loading else "view-refresh-symbolic")
        self.button.set_tooltip_text("Stop" if is_loading else "Load Again")
        self.button.set_visible(True)
        page = "grid" if len(self.shown) > 0 or is_loading else "no-results" if n_pictures > 0 else "no-pictures"
        self.pages.set_visible_child_name(page)

    def do_close_request(self):
        self.latest.cancel()
        self.destroy()
        self.run_dispose()  # since the job holds the window, whose end ends the job
        return True


def activate(application):
    window = Window(application)
    if len(sys.argv) > 1:
        window.begin(sys.argv[1])
    window.present()


def main():
    application = Adw.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
    application.connect("activate", activate)
    return application.run()


if __name__ == "__main__":
    sys.exit(main())
