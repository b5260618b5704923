// SPDX-FileCopyrightText: 2026 The athreading authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Functions of real libraries return the same on a worker as on the main thread.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Athr from 'gi://Athr?version=1';

import {equal, runTests} from './tap.js';

const bytes = text => new TextEncoder().encode(text);
const date = () => GLib.Date.new_dmy(29, 2, 2024);
const time = () => GLib.DateTime.new_utc(2024, 2, 29, 10, 20, 30.5);
const utc = () => GLib.TimeZone.new_utc();
const input = (...content) => Gio.DataInputStream.new(
    Gio.MemoryInputStream.new_from_bytes(new GLib.Bytes(Uint8Array.from(content))));
const output = () => Gio.DataOutputStream.new(Gio.MemoryOutputStream.new_resizable());
const tuple = () => new GLib.Variant('(sas)', ['a', ['b', 'c']]);

function keyFile(text) {
    const file = new GLib.KeyFile();
    if (text)
        file.load_from_data(text, text.length, GLib.KeyFileFlags.NONE);
    return file;
}

function pixbuf() {
    const pixels = Uint8Array.from({length: 4 * 3 * 3}, (_, i) => 7 * i);
    return GdkPixbuf.Pixbuf.new_from_bytes(new GLib.Bytes(pixels), GdkPixbuf.Colorspace.RGB, false, 8, 4, 3, 12);
}

function picture(folder) {
    const path = folder.get_child('picture').get_path();
    pixbuf().savev(path, 'png', [], []);
    return path;
}

function written(folder) {
    const file = folder.get_child('file');
    GLib.file_set_contents(file.get_path(), 'one\ntwo');
    return file;
}

/**
 * The names of functions and a function that makes the arguments in a new folder. `direct` makes the arguments of the
 * direct call where they differ, and `succeeds` says that the direct call returns a boolean that invoke() leaves out.
 */
const ROWS = [
    // Texts, bytes, and arrays whose lengths the caller does not pass
    ['GLib.base64_encode', () => [bytes('hello')]],
    ['GLib.base64_encode', () => [new Uint8Array()]],
    ['GLib.base64_encode', () => [bytes('hello').subarray(1, 3)]],
    ['GLib.base64_encode', () => [bytes('hello').buffer], {direct: () => [bytes('hello')]}],
    ['GLib.base64_encode', () => [new DataView(bytes('hello').buffer, 1)], {direct: () => [bytes('ello')]}],
    ['GLib.base64_decode', () => ['aGVsbG8=']],
    ['GLib.base64_decode', () => ['']],
    ['GLib.compute_checksum_for_data', () => [GLib.ChecksumType.SHA256, bytes('a')]],
    ['GLib.compute_checksum_for_bytes', () => [GLib.ChecksumType.MD5, new GLib.Bytes(bytes('a'))]],
    ['GLib.compute_checksum_for_string', () => [GLib.ChecksumType.SHA1, 'ä\u{1f600}', -1]],
    ['GLib.compute_hmac_for_data', () => [GLib.ChecksumType.SHA512, bytes('key'), bytes('data')]],
    ['GLib.utf8_substring', () => ['äöü\u{1f600}', 1, 4]],
    ['GLib.utf8_strlen', () => ['äö', -1]],
    ['GLib.utf8_normalize', () => ['ä', -1, GLib.NormalizeMode.NFD]],
    ['GLib.markup_escape_text', () => ['a<b', -1]],
    ['GLib.str_to_ascii', () => ['ä', null]],
    ['GLib.hostname_to_ascii', () => ['bücher.de']],
    ['GLib.shell_quote', () => ['it\'s']],
    ['GLib.shell_unquote', () => ['"a b"']],
    ['GLib.strerror', () => [2]],
    ['GLib.uuid_string_is_valid', () => ['no']],

    // Numbers of all widths, characters, booleans, and several results
    ['GLib.ascii_digit_value', () => [55]],
    ['GLib.ascii_strtoll', () => ['-9007199254740991 x', 10]],
    ['GLib.ascii_strtoull', () => ['9007199254740991', 10]],
    ['GLib.ascii_strtod', () => ['-1.5e3x']],
    ['GLib.ascii_string_to_signed', () => ['-7', 10, -9007199254740991, 9007199254740991], {succeeds: true}],
    ['GLib.ascii_string_to_unsigned', () => ['ff', 16, 0, 255], {succeeds: true}],
    ['GLib.bit_storage', () => [2 ** 40]],
    ['GLib.unichar_toupper', () => ['ä']],
    ['GLib.unichar_type', () => ['A']],
    ['GLib.unichar_compose', () => ['a', '\u0308']],
    ['GLib.utf8_get_char', () => ['äb']],
    ['Gio.DataOutputStream.put_byte', () => [output(), 255, null], {succeeds: true}],
    ['Gio.DataOutputStream.put_int16', () => [output(), -32768, null], {succeeds: true}],
    ['Gio.DataOutputStream.put_uint16', () => [output(), 65535, null], {succeeds: true}],
    ['Gio.DataOutputStream.put_int32', () => [output(), -(2 ** 31), null], {succeeds: true}],
    ['Gio.DataOutputStream.put_uint32', () => [output(), 2 ** 32 - 1, null], {succeeds: true}],
    ['Gio.DataOutputStream.put_int64', () => [output(), -(2 ** 53 - 1), null], {succeeds: true}],
    ['Gio.DataOutputStream.put_uint64', () => [output(), 2 ** 53 - 1, null], {succeeds: true}],
    ['Gio.DataOutputStream.put_string', () => [output(), 'text', null], {succeeds: true}],
    ['Gio.DataInputStream.read_byte', () => [input(200), null]],
    ['Gio.DataInputStream.read_int16', () => [input(255, 254), null]],
    ['Gio.DataInputStream.read_uint16', () => [input(255, 254), null]],
    ['Gio.DataInputStream.read_int32', () => [input(255, 255, 255, 254), null]],
    ['Gio.DataInputStream.read_uint32', () => [input(255, 255, 255, 254), null]],
    ['Gio.DataInputStream.read_int64', () => [input(255, 255, 255, 255, 255, 255, 255, 254), null]],
    ['Gio.DataInputStream.read_uint64', () => [input(0, 0, 255, 255, 255, 255, 255, 254), null]],

    // Names of files, and addresses
    ['GLib.path_get_basename', () => ['/a/ä']],
    ['GLib.build_filenamev', () => [['/a', 'b', 'c']]],
    ['GLib.filename_to_uri', () => ['/a b', null]],
    ['GLib.filename_from_uri', () => ['file://host/a']],
    ['GLib.find_program_in_path', () => ['no-such-program']],
    ['GLib.file_test', folder => [folder.get_path(), GLib.FileTest.IS_DIR]],
    ['GLib.file_test', folder => [folder.get_path(), 'is-dir|is-regular'],
        {direct: folder => [folder.get_path(), GLib.FileTest.IS_DIR | GLib.FileTest.IS_REGULAR]}],
    ['GLib.file_get_contents', folder => [written(folder).get_path()], {succeeds: true}],
    ['GLib.mkdir_with_parents', folder => [folder.get_child('a/b').get_path(), 0o755]],
    ['GLib.uri_split', () => ['http://a:80/b?c#d', GLib.UriFlags.NONE], {succeeds: true}],
    ['GLib.Uri.parse', () => ['http://a:80/b?c#d', GLib.UriFlags.NONE]],
    ['GLib.Uri.to_string', () => [GLib.Uri.parse('http://a:80/b', GLib.UriFlags.NONE)]],
    ['GLib.Uri.escape_bytes', () => [Uint8Array.of(97, 255), null]],

    // Arrays of strings, in every transfer
    ['GLib.shell_parse_argv', () => ['a "b c"'], {succeeds: true}],
    ['GLib.str_tokenize_and_fold', () => ['a B', null]],
    ['GLib.environ_getenv', () => [['A=1', 'B=2'], 'B']],
    ['GLib.environ_getenv', () => [['A="\'\\\n\t\x01\u2028\u{1f600}\x7f'], 'A']],
    ['GLib.build_filenamev', () => [['/\\"', Uint8Array.of(97, 34)]], {direct: () => [['/\\"', 'a"']]}],
    ['GLib.build_filenamev', () => [['a', Uint8Array.of(1, 48)]], {direct: () => [['a', '\x010']]}],
    ['GLib.environ_setenv', () => [['A=1'], 'B', '2', true]],
    ['GLib.environ_unsetenv', () => [['A=1', 'B=2'], 'A']],
    ['GLib.Uri.list_extract_uris', () => ['a:b\r\nc:d']],
    ['GLib.get_system_data_dirs', () => []],
    ['GLib.Regex.split_simple', () => [',', 'a,b', GLib.RegexCompileFlags.CASELESS, 0]],
    ['GLib.spawn_sync', () => [null, ['printf', 'ab'], null, GLib.SpawnFlags.SEARCH_PATH, null], {succeeds: true}],
    ['GLib.spawn_command_line_sync', () => ['printf ab'], {succeeds: true}],

    // Arrays of numbers and booleans
    ['GLib.KeyFile.set_integer_list', () => [keyFile(), 'g', 'k', [1, -2, 2 ** 31 - 1]]],
    ['GLib.KeyFile.set_double_list', () => [keyFile(), 'g', 'k', [1.5, -2, 1e100]]],
    ['GLib.KeyFile.set_double_list', () => [keyFile(), 'g', 'k', [NaN, Infinity, -Infinity, 1e-7, 1e21]]],
    ['GLib.KeyFile.set_double_list', () => [keyFile(), 'g', 'k', [-0, 0]]],
    ['GLib.KeyFile.set_double_list', () => [keyFile(), 'g', 'k', Float32Array.of(0.5, -1)],
        {direct: () => [keyFile(), 'g', 'k', [0.5, -1]]}],
    ['GLib.KeyFile.set_integer_list', () => [keyFile(), 'g', 'k', [1n, -2, 3n]],
        {direct: () => [keyFile(), 'g', 'k', [1, -2, 3]]}],
    ['GLib.KeyFile.set_integer_list', () => [keyFile(), 'g', 'k', Uint8Array.of(1, 255)]],
    ['GLib.KeyFile.set_integer_list', () => [keyFile(), 'g', 'k', Uint8ClampedArray.of(1, 255)]],
    ['GLib.KeyFile.set_double_list', () => [keyFile(), 'g', 'k', Uint8Array.of(1, 255)]],
    ['GLib.KeyFile.set_integer_list', () => [keyFile(), 'g', 'k', []]],
    ['GLib.KeyFile.set_boolean_list', () => [keyFile(), 'g', 'k', [true, false]]],
    ['GLib.KeyFile.set_string_list', () => [keyFile(), 'g', 'k', ['a', 'ä']]],
    ['GLib.KeyFile.get_integer_list', () => [keyFile('[g]\nk=1;-2;3'), 'g', 'k']],
    ['GLib.KeyFile.get_double_list', () => [keyFile('[g]\nk=1.5;-2'), 'g', 'k']],
    ['GLib.KeyFile.get_boolean_list', () => [keyFile('[g]\nk=true;false'), 'g', 'k']],
    ['GLib.KeyFile.get_string_list', () => [keyFile('[g]\nk=a;b'), 'g', 'k']],
    ['GLib.KeyFile.get_keys', () => [keyFile('[g]\nk=a;b\nl=1'), 'g']],
    ['GLib.KeyFile.load_from_data', () => [keyFile(), '[g]\nk=1', 7, GLib.KeyFileFlags.NONE], {succeeds: true}],
    ['GLib.KeyFile.get_double', () => [keyFile('[g]\nk=1.5'), 'g', 'k']],

    // Lists and hash tables
    ['Gio.content_types_get_registered', () => []],
    ['Gio.AppInfo.get_all_for_type', () => ['no/such-type']],
    ['GLib.Uri.parse_params', () => ['a=b&c=', -1, '&', GLib.UriParamsFlags.NONE]],

    // Boxed types, variants and types
    ['GLib.Date.new_dmy', () => [29, GLib.DateMonth.FEBRUARY, 2024]],
    ['GLib.Date.get_weekday', () => [date()]],
    ['GLib.Date.compare', () => [date(), GLib.Date.new_dmy(1, 3, 2024)]],
    ['GLib.Date.is_leap_year', () => [2024]],
    ['GLib.DateTime.new', () => [utc(), 2024, 2, 29, 10, 20, 30.25]],
    ['GLib.DateTime.new_from_iso8601', () => ['nonsense', null]],
    ['GLib.DateTime.add_full', () => [time(), 1, -1, 1, 0, 0, 0.5]],
    ['GLib.DateTime.get_ymd', () => [time()]],
    ['GLib.DateTime.get_seconds', () => [time()]],
    ['GLib.DateTime.format', () => [time(), '%F %T']],
    ['GLib.DateTime.get_timezone', () => [time()]],
    ['GLib.Variant.parse', () => [null, '[1, 2]', null, null]],
    ['GLib.Variant.parse', () => [new GLib.VariantType('au'), '[1, 2]', null, null]],
    ['GLib.Variant.print', () => [tuple(), true]],
    ['GLib.Variant.get_child_value', () => [tuple(), 1]],
    ['GLib.Variant.get_strv', () => [new GLib.Variant('as', ['a', 'ä'])]],
    ['GLib.Variant.new_strv', () => [['a', 'ä']]],
    ['GLib.Variant.new_int64', () => [-(2n ** 53n)], {direct: () => [-(2 ** 53)]}],
    ['GLib.Variant.new_double', () => [1.5]],
    ['GLib.Variant.new_boolean', () => [true]],
    ['GLib.Variant.get_double', () => [new GLib.Variant('d', 0.1)]],
    ['GObject.type_parent', () => [Gio.SimpleAction]],
    ['GObject.type_name', () => [GObject.TYPE_INT]],
    ['GObject.type_is_a', () => [Gio.FileIcon, Gio.Icon]],
    ['GObject.type_from_name', () => ['GObject']],

    // Files and streams
    ['Gio.File.new_for_path', () => ['/a/../b']],
    ['Gio.File.get_child', folder => [folder, 'ä']],
    ['Gio.File.get_parent', () => [Gio.File.new_for_path('/')]],
    ['Gio.File.load_contents', folder => [written(folder), null], {succeeds: true}],
    ['Gio.File.load_bytes', folder => [written(folder), null]],
    ['Gio.File.replace_contents', folder => [written(folder), bytes('new'), null, false,
        Gio.FileCreateFlags.NONE, null], {succeeds: true}],
    ['Gio.File.query_info', folder => [written(folder), 'standard::name,standard::size', 'nofollow-symlinks', null],
        {direct: folder => [written(folder), 'standard::name,standard::size', Gio.FileQueryInfoFlags.NOFOLLOW_SYMLINKS, null]}],
    ['Gio.File.query_file_type', folder => [folder, Gio.FileQueryInfoFlags.NONE, null]],
    ['Gio.File.query_exists', folder => [folder, null]],
    ['Gio.File.make_directory', folder => [folder.get_child('a'), null], {succeeds: true}],
    ['Gio.File.delete', folder => [written(folder), null], {succeeds: true}],
    ['Gio.File.set_attribute_uint32', folder => [written(folder), 'unix::mode', 0o600,
        Gio.FileQueryInfoFlags.NONE, null], {succeeds: true}],
    ['Gio.File.copy', folder => [written(folder), folder.get_child('copy'), Gio.FileCopyFlags.NONE, null, null],
        {succeeds: true}],
    ['Gio.File.enumerate_children', folder => [folder, 'standard::name', Gio.FileQueryInfoFlags.NONE, null]],
    ['Gio.FileEnumerator.next_file', folder => [
        written(folder).get_parent().enumerate_children('standard::name', Gio.FileQueryInfoFlags.NONE, null), null]],
    ['Gio.DataInputStream.read_line_utf8', folder => [Gio.DataInputStream.new(written(folder).read(null)), null]],
    ['Gio.DataInputStream.read_line', () => [input(97, 10, 98), null]],
    ['Gio.InputStream.read_bytes', () => [input(1, 2, 3), 2, null]],
    ['Gio.OutputStream.write_all', () => [output(), bytes('abc'), null], {succeeds: true}],
    ['Gio.OutputStream.splice', () => [output(), input(1, 2, 3), Gio.OutputStreamSpliceFlags.NONE, null]],
    ['Gio.content_type_guess', () => ['a.txt', bytes('text')]],
    ['Gio.InetAddress.new_from_string', () => ['::1']],
    ['Gio.InetAddress.get_is_loopback', () => [Gio.InetAddress.new_from_string('::1')]],
    ['Gio.ListStore.new', () => [Gio.File]],
    ['Gio.ThemedIcon.new_from_names', () => [['a', 'b']]],
    ['Gio.Icon.to_string', () => [Gio.ThemedIcon.new('a')]],
    ['Gio.Resource.new_from_data', () => [new GLib.Bytes(bytes('no resource'))]],
    ['Gio.SettingsSchemaSource.get_default', () => []],
];

const PICTURES = [
    ['GdkPixbuf.Pixbuf.new', () => [GdkPixbuf.Colorspace.RGB, true, 8, 3, 2]],
    ['GdkPixbuf.Pixbuf.new_from_bytes', () => [new GLib.Bytes(new Uint8Array(12)), 'rgb', false, 8, 2, 2, 6],
        {direct: () => [new GLib.Bytes(new Uint8Array(12)), GdkPixbuf.Colorspace.RGB, false, 8, 2, 2, 6]}],
    ['GdkPixbuf.Pixbuf.new_from_file', folder => [picture(folder)]],
    ['GdkPixbuf.Pixbuf.new_from_file_at_scale', folder => [picture(folder), 2, -1, true]],
    ['GdkPixbuf.Pixbuf.new_from_stream', folder => [Gio.File.new_for_path(picture(folder)).read(null), null]],
    ['GdkPixbuf.Pixbuf.new_from_xpm_data', () => [['2 1 2 1', 'a c #102030', 'b c #405060', 'ab']]],
    ['GdkPixbuf.Pixbuf.get_file_info', folder => [picture(folder)]],
    ['GdkPixbuf.Pixbuf.save_to_bufferv', () => [pixbuf(), 'png', ['tEXt::Title'], ['a']], {succeeds: true}],
    ['GdkPixbuf.Pixbuf.savev', folder => [pixbuf(), folder.get_child('saved').get_path(), 'bmp', [], []], {succeeds: true}],
    ['GdkPixbuf.Pixbuf.add_alpha', () => [pixbuf(), true, 0, 7, 14]],
    ['GdkPixbuf.Pixbuf.scale_simple', () => [pixbuf(), 8, 6, GdkPixbuf.InterpType.BILINEAR]],
    ['GdkPixbuf.Pixbuf.rotate_simple', () => [pixbuf(), GdkPixbuf.PixbufRotation.CLOCKWISE]],
    ['GdkPixbuf.Pixbuf.flip', () => [pixbuf(), true]],
    ['GdkPixbuf.Pixbuf.saturate_and_pixelate', () => {
        const dest = pixbuf().copy();
        return [dest, dest, 0.25, false];
    }],
    ['GdkPixbuf.Pixbuf.get_formats', () => []],
    ['GdkPixbuf.Pixbuf.read_pixel_bytes', () => [pixbuf()]],
    ['GdkPixbuf.Pixbuf.get_option', () => [pixbuf(), 'no such option']],
];

let GdkPixbuf = null;
try {
    imports.gi.versions.GdkPixbuf = '2.0';
    ({GdkPixbuf} = imports.gi);
    ROWS.push(...PICTURES);
} catch {
    print('# there is no GdkPixbuf');
}

/** Converts a result to something that can be compared. */
function describe(value, folder) {
    if (value === null || value === undefined)
        return null;
    if (Array.isArray(value))
        return value.map(element => describe(element, folder));
    if (value instanceof Uint8Array)
        return `bytes ${value.join()}`;
    if (value instanceof GLib.Bytes)
        return `GBytes ${value.toArray().join()}`;
    if (typeof value === 'string')
        return value.replace(folder.get_path(), 'FOLDER').replace(/^\d+:\d+(:\d+)?$/, 'ETAG');
    if (Object(value) !== value)
        return value;

    if (Object.getPrototypeOf(value) === Object.prototype)
        return Object.entries(value).sort();
    if (value instanceof Gio.File)
        return describe(value.get_path(), folder);
    if (value instanceof Gio.FileInfo)
        return value.list_attributes(null).sort().map(name => `${name} ${value.get_attribute_as_string(name)}`);
    if (value instanceof Gio.DataOutputStream) {
        value.close(null);
        return describe(value.base_stream.steal_as_bytes());
    }
    if (GdkPixbuf && value instanceof GdkPixbuf.Pixbuf)
        return `pixels ${value.width} ${value.height} ${value.n_channels} ${value.get_pixels().join()}`;
    if (value instanceof GLib.Variant)
        return value.print(true);
    if (value instanceof GLib.DateTime)
        return value.format_iso8601();
    if (value instanceof GLib.Date)
        return [value.get_day(), value.get_month(), value.get_year()];
    if (value instanceof GLib.Uri)
        return value.to_string();
    if (value instanceof GLib.KeyFile)
        return value.to_data()[0];
    return value.constructor.$gtype?.name || `${value}`.replace(/ 0x.*| jsobj.*/, '');
}

/** Describes the result or error of a function, and the arguments and the folder after the call. */
async function outcome(makeArgs, run, areSame) {
    const folder = Gio.File.new_for_path(GLib.dir_make_tmp('athr-XXXXXX'));
    const args = makeArgs(folder);
    let result;
    try {
        result = {gives: await run(args)};
    } catch (error) {
        if (!(error instanceof GLib.Error))
            throw error;
        result = {fails: [error.domain, error.code, error.message]};
    }
    const [, files] = GLib.spawn_command_line_sync(`find '${folder.get_path()}' -printf '%P %m %s\\n'`);
    result = describe([result.gives, result.fails, areSame ? args : null, new TextDecoder().decode(files)], folder);
    GLib.spawn_command_line_sync(`rm -r '${folder.get_path()}'`);
    return result;
}

function runHere(name, args, {succeeds = false}) {
    const [namespace, ...path] = name.split('.');
    const method = path.pop();
    const holder = path.reduce((inner, part) => inner[part], imports.gi[namespace]);
    const result = holder[method] ? holder[method](...args) : args[0][method](...args.slice(1));
    if (!succeeds)
        return result;
    const [success, ...others] = [result].flat();
    equal(success, true);
    return others.length > 1 ? others : others[0];
}

const tests = {};
for (const [i, [name, makeArgs, options = {}]] of ROWS.entries()) {
    tests[`${name} ${i}`] = async () => {
        const {direct = makeArgs} = options;
        const there = await outcome(makeArgs, args => Athr.invoke(name, ...args), direct === makeArgs);
        const here = await outcome(direct, args => runHere(name, args, options), direct === makeArgs);
        equal(there, here);
    };
}
await runTests({
    ...tests,

    async 'bytes are those of JavaScript'() {
        const one = await Athr.invoke('GLib.base64_decode', 'YQ==');
        const [contents] = await Athr.invoke('Gio.File.load_contents', Gio.File.new_for_path('/proc/version'), null);
        equal([one, contents].map(value => value instanceof Uint8Array), [true, true]);
    },

    async 'empty bytes are not null'() {
        equal(await Athr.invoke('GLib.path_get_basename', new Uint8Array()), '.');
        equal(await Athr.invoke('GLib.shell_parse_argv', Uint8Array.of(97, 255)), [Uint8Array.of(97, 255)]);
    },

    async 'a GObject.Value and a wrapper of a primitive stand for what they hold'() {
        const number = new GObject.Value();
        number.init(GObject.TYPE_INT);
        number.set_int(5);
        equal((await Athr.invoke('GLib.Variant.new_uint64', number)).unpack(), 5);
        equal(await Athr.invoke('GLib.shell_quote', new String('a')), "'a'");
    },

    async 'a boxed type that is counted is changed'() {
        const file = keyFile('[g]\nk=1');
        await Athr.invoke('GLib.KeyFile.set_string', file, 'g', 'k', '2');
        equal(file.get_string('g', 'k'), '2');
    },

    async 'an object whose class in C has been asked for its methods'() {
        const stream = input(1);
        equal(typeof Gio.FilterInputStream.prototype.vfunc_close_fn, 'function');
        equal(await Athr.invoke('Gio.DataInputStream.read_byte', stream, null), 1);
    },
});
