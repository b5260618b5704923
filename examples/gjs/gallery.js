// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// gallery.js [FOLDER]: shows the pictures below a folder, in a window that never blocks.

import Adw from 'gi://Adw?version=1';
import Gdk from 'gi://Gdk?version=4.0';
import GdkPixbuf from 'gi://GdkPixbuf?version=2.0';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';
import Athr from 'gi://Athr?version=1';

const LOAD = 'GdkPixbuf.Pixbuf.new_from_file_at_scale';
const [SIZE, LARGE] = [128, 320];
const [STOP, SKIP_ALL, SKIP] = [0, 1, 2];
const EXTENSIONS = GdkPixbuf.Pixbuf.get_formats().flatMap(format => format.get_extensions());
const workers = Athr.Executor.new('thumbnails', GLib.get_num_processors());

// GTK makes a cell of the grid of this, and fills it with the properties of a Picture.
const CELL = `<interface><template class="GtkListItem"><property name="child"><object class="GtkBox">
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
</object></property></template></interface>`;

const isCancelled = error => error instanceof GLib.Error && error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);

const CONSTRUCT = GObject.ParamFlags.READWRITE | GObject.ParamFlags.CONSTRUCT_ONLY;

const Picture = GObject.registerClass({
    GTypeName: 'Picture',
    Properties: {
        name: GObject.ParamSpec.string('name', '', '', CONSTRUCT, ''),
        texture: GObject.ParamSpec.object('texture', '', '', CONSTRUCT, Gdk.Texture),
    },
}, class Picture extends GObject.Object {});

const Window = GObject.registerClass(class Window extends Adw.ApplicationWindow {
    constructor(application) {
        super({application, title: 'Gallery', default_width: 880, default_height: 580});
        this.invoke = Athr.invoke.with({executor: workers, owner: this}); // the window ends what it invokes
        this.latest = new Athr.Latest({debounce: 50});
        this.job = null; // cancels what fills the list
        this.pictures = Gio.ListStore.new(Picture);
        this.filter = new Gtk.StringFilter({expression: Gtk.PropertyExpression.new(Picture, null, 'name')});
        this.shown = new Gtk.FilterListModel({model: this.pictures, filter: this.filter});
        this.selection = new Gtk.SingleSelection({model: this.shown, autoselect: false, can_unselect: true});
        this.selection.connect('notify::selected-item', () => this.showLarge());

        this.titles = new Adw.WindowTitle({title: 'Gallery'});
        this.button = new Gtk.Button({visible: false});
        this.button.connect('clicked', () => this.progress.visible ? this.job.cancel() : this.load(this.folder));
        this.entry = new Gtk.SearchEntry({hexpand: true});
        this.entry.bind_property('text', this.filter, 'search', GObject.BindingFlags.DEFAULT);
        const bar = new Gtk.SearchBar({
            child: new Adw.Clamp({child: this.entry, maximum_size: 400}), key_capture_widget: this});
        bar.connect_entry(this.entry);
        const toggle = new Gtk.ToggleButton({icon_name: 'system-search-symbolic', tooltip_text: 'Search'});
        toggle.bind_property('active', bar, 'search-mode-enabled', GObject.BindingFlags.BIDIRECTIONAL);
        const header = new Adw.HeaderBar({title_widget: this.titles});
        header.pack_start(this.openButton({icon_name: 'folder-open-symbolic', tooltip_text: 'Open Folder'}));
        header.pack_end(toggle);
        header.pack_end(this.button);

        const factory = Gtk.BuilderListItemFactory.new_from_bytes(null, new TextEncoder().encode(CELL));
        const grid = new Gtk.GridView({model: this.selection, factory, max_columns: 20});
        this.large = new Gtk.Picture({content_fit: Gtk.ContentFit.SCALE_DOWN, width_request: LARGE});
        const clamp = new Adw.Clamp({child: this.large, maximum_size: LARGE, margin_start: 12, margin_end: 12});
        this.pane = new Gtk.Revealer({child: clamp, transition_type: Gtk.RevealerTransitionType.SLIDE_LEFT});
        const panes = new Gtk.Box();
        panes.append(new Gtk.ScrolledWindow({child: grid, hexpand: true}));
        panes.append(this.pane);
        this.pages = new Gtk.Stack({vexpand: true});
        this.pages.add_named(new Adw.StatusPage({
            icon_name: 'folder-pictures-symbolic', title: 'No Pictures', description: 'Open a folder with pictures.',
            child: this.openButton({label: '_Open Folder…', use_underline: true, halign: Gtk.Align.CENTER,
                css_classes: ['pill', 'suggested-action']}),
        }), 'no-pictures');
        this.pages.add_named(panes, 'grid');
        this.progress = new Gtk.ProgressBar({valign: Gtk.Align.START, visible: false});
        const overlay = new Gtk.Overlay({child: this.pages});
        overlay.add_overlay(this.progress);
        const content = new Gtk.Box({orientation: Gtk.Orientation.VERTICAL});
        [header, bar, overlay].forEach(widget => content.append(widget));
        this.set_content(content);
    }

    openButton(properties) {
        const button = new Gtk.Button(properties);
        button.connect('clicked', () => this.choose());
        return button;
    }

    choose() {
        this.chooser = new Gtk.FileChooserNative({title: 'Open Folder', transient_for: this, modal: true,
            action: Gtk.FileChooserAction.SELECT_FOLDER});
        this.chooser.connect('response', (chooser, response) =>
            response === Gtk.ResponseType.ACCEPT && this.load(chooser.get_file()));
        this.chooser.show();
    }

    async load(folder) {
        this.job?.cancel();
        const job = this.job = new Gio.Cancellable();
        this.folder = folder;
        this.titles.title = folder.get_basename();
        this.pictures.remove_all();
        this.showState('Looking for pictures…', 0);
        let text = '';
        try {
            await this.fill(await this.find(folder, job), job);
        } catch (error) {
            text = isCancelled(error) ? 'Stopped after ' : `${error.message}: `;
        }
        if (job !== this.job) // another job has begun, or the window is closed
            return;
        const n = this.pictures.n_items;
        this.showState(text + (n === 1 ? '1 picture' : `${n.toLocaleString()} pictures`), 1, false);
    }

    async find(folder, job) {
        const found = [];
        const files = Athr.Stream.new_for_directory(
            folder, 'standard::display-name', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS);
        files.bind(this);
        for await (const info of files) {
            job.set_error_if_cancelled(); // throws
            const file = info.get_attribute_object('standard::file');
            const uri = file.get_uri();
            if (EXTENSIONS.includes(uri.toLowerCase().split('.').pop())) {
                const path = await this.invoke('Gio.File.get_path', file); // bytes, if the path is no text
                found.push({uri, path, name: info.get_display_name()});
            }
        }
        return found.sort((a, b) => a.uri < b.uri ? -1 : 1);
    }

    /** Has workers load the pictures, a few at once. While a question is open, they go on until the buffer is full. */
    async fill(found, job) {
        const items = found.map(({path}) => [path, SIZE, SIZE, true]);
        const options = {settled: true, limit: workers.max_threads, cancellable: job};
        let number = 0;
        let skipsAll = false;
        for await (const {value, reason} of this.invoke.map(LOAD, items, options)) {
            job.set_error_if_cancelled();
            const {name, path} = found[number++];
            if (value) {
                const picture = new Picture({name, texture: Gdk.Texture.new_for_pixbuf(value)});
                this.pictures.append(Object.assign(picture, {path}));
            } else if (!skipsAll) {
                skipsAll = await this.ask(name, reason.message, job);
            }
            this.showState(`${number.toLocaleString()} of ${found.length.toLocaleString()}`, number / found.length);
        }
    }

    /** Tells whether to skip all pictures that cannot be read, or cancels the job. */
    async ask(name, problem, job) {
        const dialog = new Gtk.MessageDialog({transient_for: this, modal: true, destroy_with_parent: true,
            text: 'Picture Cannot Be Read', secondary_text: `${name}: ${problem}`});
        ['_Stop', 'Skip _All', '_Skip'].forEach((label, response) => dialog.add_button(label, response));
        dialog.set_default_response(SKIP);
        dialog.present();
        const answer = await new Promise(resolve => dialog.connect('response', (_, response) => resolve(response)));
        dialog.destroy();
        if (answer === STOP)
            job.cancel();
        return answer === SKIP_ALL;
    }

    showState(text, fraction, isLoading = true) {
        this.titles.subtitle = text;
        this.progress.visible = isLoading;
        this.progress.fraction = fraction;
        this.button.icon_name = isLoading ? 'process-stop-symbolic' : 'view-refresh-symbolic';
        this.button.tooltip_text = isLoading ? 'Stop' : 'Load Again';
        this.button.visible = true;
        this.pages.visible_child_name = isLoading || this.pictures.n_items > 0 ? 'grid' : 'no-pictures';
    }

    /** The user may select faster than a worker loads. Only the picture that was selected last counts. */
    async showLarge() {
        const picture = this.selection.selected_item;
        this.pane.reveal_child = picture !== null;
        if (picture === null)
            return;
        this.large.paintable = picture.texture;
        try {
            const large = await this.latest.run(LOAD, picture.path, LARGE, LARGE, true);
            this.large.paintable = Gdk.Texture.new_for_pixbuf(large);
        } catch (error) {
            if (!isCancelled(error))
                logError(error);
        }
    }

    vfunc_close_request() {
        this.job = null;
        this.latest.cancel();
        this.destroy();
        this.run_dispose(); // since load() holds the window, whose end ends what the window invokes
        return true;
    }
});

const application = new Adw.Application({flags: Gio.ApplicationFlags.NON_UNIQUE});
application.connect('activate', () => {
    const window = new Window(application);
    if (ARGV.length > 0)
        window.load(Gio.File.new_for_commandline_arg(ARGV[0]));
    window.present();
});
application.run([]);
