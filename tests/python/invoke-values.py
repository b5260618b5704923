# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Athr.invoke(): names of files, boxed values that C changes, lists and hash tables, and null callbacks."""

import asyncio
import os
import subprocess
import sys

import gi
import pytest

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import Athr, GdkPixbuf, Gio, GLib, GObject

NAME = "/tmp/caf\udce9"  # no UTF-8


@pytest.mark.parametrize("name, direct, arguments", [
    ("GLib.filename_from_uri", GLib.filename_from_uri, ("file:///tmp/caf%E9",)),
    ("GLib.path_get_basename", GLib.path_get_basename, (NAME,)),
    ("GLib.build_filenamev", GLib.build_filenamev, (["/", NAME],)),
    ("GLib.shell_parse_argv", lambda text: GLib.shell_parse_argv(text)[1], ("a\udcff b",)),
    ("GLib.filename_display_name", GLib.filename_display_name, (NAME,)),
    ("GLib.filename_to_uri", GLib.filename_to_uri, (NAME, None)),
    ("Gio.File.get_path", Gio.File.get_path, (Gio.File.new_for_path(NAME),)),
    ("Gio.File.get_parse_name", Gio.File.get_parse_name, (Gio.File.new_for_path(NAME),)),
])
async def test_names_of_files_that_are_not_utf8(name, direct, arguments):
    assert await Athr.invoke(name, *arguments) == direct(*arguments)


async def test_results_have_the_names_of_the_direct_call():
    direct = GLib.filename_from_uri("file:///a")
    result = await Athr.invoke("GLib.filename_from_uri", "file:///a")
    assert repr(result) == repr(direct) == "('/a', hostname=None)"


@pytest.mark.parametrize("script", [GLib.UnicodeScript.LATIN, GObject.Value(GLib.UnicodeScript, GLib.UnicodeScript.LATIN),
                                    "latin", 25])
async def test_enumeration_without_type(script):
    assert await Athr.invoke("GLib.unicode_script_to_iso15924", script) == GLib.unicode_script_to_iso15924(25)
    assert await Athr.invoke("GLib.unichar_get_script", "a") == GLib.UnicodeScript.LATIN


@pytest.mark.parametrize("test", [GLib.FileTest.IS_DIR, GObject.Value(GLib.FileTest, GLib.FileTest.IS_DIR), "is-dir", 4])
async def test_flags_without_type(test):
    assert await Athr.invoke("GLib.file_test", "/", test) is True


LATIN_1 = """
import asyncio, locale, os, sys, tempfile
locale.setlocale(locale.LC_ALL, "")
import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, Gio, GLib
assert sys.getfilesystemencoding() == "iso8859-1", sys.getfilesystemencoding()
name = tempfile.mkdtemp() + "/caf\\xe9"
open(name, "w").close()

async def main():
    for called, direct, arguments in [
            ("GLib.file_test", GLib.file_test, (name, GLib.FileTest.EXISTS)),
            ("GLib.path_get_basename", GLib.path_get_basename, (name,)),
            ("GLib.build_filenamev", GLib.build_filenamev, (["/", "caf\\xe9"],)),
            ("GLib.utf8_strup", GLib.utf8_strup, ("\\xe9", -1)),
            ("GLib.filename_to_uri", GLib.filename_to_uri, (name, None)),
            ("GLib.filename_from_uri", GLib.filename_from_uri, ("file:///caf%E9",)),
            ("GLib.filename_from_uri", GLib.filename_from_uri, ("file:///caf%C3%A9",))]:
        result = await Athr.invoke(called, *arguments)
        assert result == direct(*arguments), (called, ascii(result), ascii(direct(*arguments)))
asyncio.run(main())
os.remove(name)
"""


def test_a_locale_that_is_not_utf8(tmp_path):
    try:
        subprocess.run(["localedef", "-i", "en_US", "-f", "ISO-8859-1", tmp_path / "en_US.ISO-8859-1"],
                       stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        pass
    if not (tmp_path / "en_US.ISO-8859-1" / "LC_CTYPE").exists():
        pytest.skip("no localedef, or no package of locales")
    env = {**os.environ, "LOCPATH": str(tmp_path), "LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0",
           "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-c", LATIN_1], env=env, check=True)


async def test_changes_of_boxed_values_are_seen():
    checksum, date, text = GLib.Checksum.new(GLib.ChecksumType.SHA256), GLib.Date.new_dmy(1, 1, 2020), GLib.String.new("a")
    for part in (b"a", b"bc"):
        assert await Athr.invoke("GLib.Checksum.update", checksum, part) is None
    await Athr.invoke("GLib.Date.add_days", date, 5)
    result = await Athr.invoke("GLib.String.append", text, "bc")
    assert type(result) is GLib.String and result.str == "abc"
    assert checksum.get_string() == GLib.compute_checksum_for_data(GLib.ChecksumType.SHA256, b"abc")
    assert date.get_day() == 6
    assert text.str == "abc"


async def test_keeps_a_boxed_value_until_the_function_has_returned():
    """The program drops the boxed value while the call is in the queue."""
    executor = Athr.Executor.new("boxed", 1)
    read, write = os.pipe()
    stream, checksum = Gio.UnixInputStream.new(read, True), GLib.Checksum.new(GLib.ChecksumType.MD5)
    checksum.update(b"a")
    calls = [asyncio.ensure_future(Athr.invoke("Gio.InputStream.read_bytes", stream, 1, None, executor=executor)),
             asyncio.ensure_future(Athr.invoke("GLib.Checksum.get_string", checksum, executor=executor))]
    while executor.get_n_queued() == 0:
        await asyncio.sleep(0.001)
    del checksum
    others = [GLib.Checksum.new(GLib.ChecksumType.MD5) for _ in range(1000)]
    os.close(write)
    assert (await asyncio.gather(*calls))[1] == GLib.compute_checksum_for_data(GLib.ChecksumType.MD5, b"a")
    del others


def test_exit_while_a_function_uses_a_boxed_value():
    program = """
import asyncio, gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib
executor = Athr.Executor.new("boxed", 1)
async def main():
    loop = GLib.MainLoop.new(GLib.MainContext.new(), False)
    asyncio.ensure_future(Athr.invoke("GLib.MainLoop.run", loop, executor=executor))
    while executor.get_n_running() == 0:
        await asyncio.sleep(0.001)
asyncio.run(main())
"""
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("", "")


def box(kind, content):
    value = GObject.Value()
    value.init(kind)
    value.set_value(content)
    return value


async def test_a_value_stands_for_what_it_holds():
    assert await Athr.invoke("GLib.Variant.new_uint64", box(int, 5)) == GLib.Variant("t", 5)
    assert await Athr.invoke("Gio.Cancellable.is_cancelled", box(Gio.Cancellable, Gio.Cancellable())) is False
    with pytest.raises(GLib.Error, match="argument 1, value, must be guint64, but has no value"):
        await Athr.invoke("GLib.Variant.new_uint64", GObject.Value())
    with pytest.raises(GLib.Error, match="of type GObject.Value, is not supported: it can hold what has to stay"):
        await Athr.invoke("GObject.strdup_value_contents", box(str, "x"))


async def test_lists_and_hash_tables():
    formats = await Athr.invoke("GdkPixbuf.Pixbuf.get_formats")
    assert [entry.get_name() for entry in formats] == [entry.get_name() for entry in GdkPixbuf.Pixbuf.get_formats()]
    types = await Athr.invoke("Gio.content_types_get_registered")
    assert set(types) == set(Gio.content_types_get_registered()) and type(types) is list
    assert await Athr.invoke("GLib.Uri.parse_params", "a=b&c=", -1, "&", GLib.UriParamsFlags.NONE) == {"a": "b", "c": ""}
    assert await Athr.invoke("Gio.AppInfo.get_all_for_type", "no/such-type") == []
    addresses = await Athr.invoke("Gio.Resolver.lookup_by_name", Gio.Resolver.get_default(), "::1", None)
    assert [address.to_string() for address in addresses] == ["::1"]


async def test_callbacks_may_be_null(tmp_path):
    one, other, third = (Gio.File.new_for_path(str(tmp_path / name)) for name in "abc")
    one.replace_contents(b"x", None, False, Gio.FileCreateFlags.NONE, None)
    assert await Athr.invoke("Gio.File.copy", one, other, "overwrite", None, None) is None
    assert await Athr.invoke("Gio.File.move", other, third, "none", None, None) is None
    assert sorted(os.listdir(tmp_path)) == ["a", "c"]
    assert await Athr.invoke("GLib.spawn_sync", None, ["printf", "a"], None, "search-path", None) == (b"a", b"", 0)
    with pytest.raises(GLib.Error, match="argument 5, progress_callback, .* must be null: functions of other languages"):
        await Athr.invoke("Gio.File.copy", one, other, "overwrite", None, Gio.Cancellable())


async def test_never_writes_into_bytes_of_the_caller():
    data = GLib.Bytes.new(b"immutable")
    stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new(b"other"))
    with pytest.raises(GLib.Error, match="the function writes into it"):
        await Athr.invoke("Gio.pollable_stream_read", stream, data, True, None)
    assert data.get_data() == b"immutable"


@pytest.mark.parametrize("name", ["GObject.Object.unref", "GObject.Object.ref", "GLib.Checksum.free", "GLib.strup",
                                  "GLib.strlcpy", "GLib.ref_string_release", "GLib.Date.strftime"])
async def test_refuses_by_name(name):
    with pytest.raises(GLib.Error, match=f"^g-io-error-quark: {name}: .*is not supported: "):
        await Athr.invoke(name)
