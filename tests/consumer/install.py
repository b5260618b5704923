# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A program outside of the source tree can use the library: installed, uninstalled and as a subproject."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
PROJECT = SOURCE_ROOT / "tests" / "consumer" / "project"
MESON = shlex.split(os.environ["MESON"])
CC = shlex.split(os.environ["CC"])
HAVE_GI = os.environ["HAVE_GI"] == "true"
HAVE_INVOKE = os.environ["HAVE_INVOKE"] == "true"
HAVE_VALA = os.environ["HAVE_VALA"] == "true"
LUA = os.environ["LUA"]
WARNINGS = ["-Wall", "-Wextra", "-Werror"]

ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("DESTDIR", "MAKEFLAGS", "CFLAGS", "LDFLAGS", "G_DEBUG", "LD_LIBRARY_PATH",
                               "PKG_CONFIG_PATH", "GI_TYPELIB_PATH", "PYTHONPATH", "GJS_PATH", "XDG_DATA_DIRS")
               and not name.startswith("LUA_PATH")}

OPTIONS = [f"-D{option}=disabled" for option in
           ["tests", "examples", "benchmarks", "docs"] + ["vapi"] * (not HAVE_VALA)
           + ["introspection"] * (not HAVE_GI)]

PYTHON_PROGRAM = """
import asyncio, gi
gi.require_version("Athr", "1")
from gi.repository import Athr
print(asyncio.run(Athr.call(lambda: 42)()))
"""

GJS_PROGRAM = """
import Gio from 'gi://Gio';
import Athr from 'gi://Athr?version=1';
const input = Gio.MemoryInputStream.new_from_bytes(new TextEncoder().encode('42'));
for await (const line of Athr.Stream.new_for_lines(input))
    print(line);
"""

LUA_PROGRAM = """
local lgi = require 'lgi'
local Athr, Gio, GLib = lgi.require('Athr', '1'), lgi.Gio, lgi.GLib
Gio.Async.call(function()
  local input = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes.new('42'))
  for line in Athr.Stream.new_for_lines(input):values() do print(line) end
end)()
"""

VALA_PROGRAM = """
void main () {
	try {
		print ("%d\\n", (int) new Athr.Call (call => call.return_value (42)).run ());
	} catch (Error error) {
		printerr ("%s\\n", error.message);
	}
}
"""


class Failed(AssertionError):
    pass


def run(*command, **environment):
    # pkg-config writes a backslash before each byte of an umlaut.
    ran = subprocess.run(command, text=True, errors="surrogateescape", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env={**ENVIRONMENT, **environment})
    if ran.returncode != 0:
        raise Failed(f"{shlex.join(map(str, command))}\n{ran.stdout}")
    return ran.stdout


class ConsumerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.prefix = cls.folder / "prefix"
        build = cls.folder / "build"
        run(*MESON, "setup", build, SOURCE_ROOT, f"--prefix={cls.prefix}", "--libdir=lib",
            *OPTIONS, CC=os.environ["CC"])
        cls.installing = run(*MESON, "install", "-C", build)

    def flags(self, *options, path=None, package="athreading-1"):
        path = path or self.prefix / "lib" / "pkgconfig"
        return shlex.split(run("pkg-config", *options, package, PKG_CONFIG_PATH=str(path)))

    def consume(self, flags, *library_folders, source="main.c", printed=r"^42 from athreading \d"):
        program = self.folder / "consumer"
        run(*CC, *WARNINGS, PROJECT / source, "-o", program, *flags)
        self.assertRegex(run(program, LD_LIBRARY_PATH=":".join(map(str, library_folders))), printed)
        program.unlink()

    def compile_header(self, compiler, *options, language="c", source="#include <athreading/athreading.h>\n"):
        file = self.folder / f"header.{language}"
        file.write_text(source, encoding="utf-8")
        # The headers of GLib use GNU extensions, and -isystem silences the warnings about them.
        flags = [flag.replace("-I", "-isystem") for flag in self.flags("--cflags")
                 if not flag.endswith("/athreading-1")]
        run(*compiler, *options, *WARNINGS, "-pedantic", f"-I{self.prefix}/include/athreading-1", *flags,
            "-c", file, "-o", "/dev/null")

    def headers(self):
        return sorted(path.name for path in (self.prefix / "include" / "athreading-1" / "athreading").iterdir())

    def test_installed(self):
        self.consume(self.flags("--cflags", "--libs"), self.prefix / "lib")

    def test_uninstalled(self):
        flags = self.flags("--cflags", "--libs", path=BUILD_ROOT / "meson-uninstalled")
        self.consume(flags, BUILD_ROOT / "athreading")

    @unittest.skipUnless(HAVE_INVOKE, "without AthrInvoke")
    def test_invoke_installed(self):
        flags = self.flags("--cflags", "--libs", package="athreading-invoke-1")
        self.consume(flags, self.prefix / "lib", source="invoke.c", printed="^NDI=$")

    @unittest.skipUnless(HAVE_INVOKE, "without AthrInvoke")
    def test_invoke_uninstalled(self):
        flags = self.flags("--cflags", "--libs", path=BUILD_ROOT / "meson-uninstalled",
                           package="athreading-invoke-1")
        self.consume(flags, BUILD_ROOT / "athreading", BUILD_ROOT / "introspection" / "invoke",
                     source="invoke.c", printed="^NDI=$")

    def test_subproject(self):
        project = self.folder / "project"
        shutil.copytree(PROJECT, project)
        (project / "subprojects").mkdir()
        (project / "subprojects" / "athreading").symlink_to(SOURCE_ROOT)
        build = self.folder / "subproject"
        run(*MESON, "setup", build, project, "--wrap-mode=forcefallback", CC=os.environ["CC"])
        run(*MESON, "compile", "-C", build)
        self.assertRegex(run(build / "consumer"), r"^42 from athreading \d")

        self.assertEqual(self.folders_of_targets(build) - {"athreading", "introspection"}, set())
        run(*MESON, "configure", build, "-Dathreading:examples=enabled")
        run(*MESON, "setup", "--reconfigure", build, project)
        self.assertIn("examples", self.folders_of_targets(build))

    def folders_of_targets(self, build):
        """The folders of the subproject that have something to build."""
        targets = json.loads(run(*MESON, "introspect", "--targets", build))
        folders = re.findall(r"subprojects/athreading/(\w+)/", "\n".join(target["defined_in"] for target in targets))
        return set(folders)

    def test_shared_library_needs_no_private_package(self):
        """A program that links the shared libraries needs no development files but those of GIO."""
        paths = list((self.prefix / "lib" / "pkgconfig").glob("*.pc"))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(file=path.name):
                self.assertNotIn("Requires.private", path.read_text(encoding="utf-8"))

    def test_installs_the_public_headers(self):
        public = {path.name for path in (SOURCE_ROOT / "athreading").glob("*.h")
                  if not path.stem.endswith("-private")}
        self.assertEqual(set(self.headers()), public | {"athr-version.h", "athr-enums.h"})

    def test_header_is_clean(self):
        for standard in ("c99", "c11", "gnu11", "c2x"):
            with self.subTest(standard=standard):
                self.compile_header(CC, f"-std={standard}")

    def test_header_is_clean_in_cxx(self):
        if not shutil.which("g++"):
            self.skipTest("no g++")
        for standard in ("c++11", "c++20"):
            with self.subTest(standard=standard):
                self.compile_header(["g++"], f"-std={standard}", language="cc")

    def test_headers_need_no_other_before(self):
        for name in self.headers():
            with self.subTest(header=name):
                self.compile_header(CC, source="#define ATHREADING_INSIDE\n"
                                               f"#include <athreading/{name}>\nextern int unused;\n")

    def test_headers_stay_behind_the_umbrella(self):
        for name in self.headers():
            if name != "athreading.h":
                with self.subTest(header=name), self.assertRaisesRegex(Failed, "can be included directly"):
                    self.compile_header(CC, source=f"#include <athreading/{name}>\n")

    def commands(self):
        """The shell commands that `meson install` has printed."""
        return re.findall(r"^export .*", self.installing, re.MULTILINE)

    def assert_answers(self, *command):
        script = "\n".join(["set -eu", *self.commands(), shlex.join(map(str, command))])
        self.assertEqual(run("sh", "-c", script), "42\n")

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def test_prints_what_c_needs(self):
        source = self.write("answer.c", """
#include <athreading/athreading.h>
int main (void) { g_print ("%d\\n", athr_executor_get_default () != NULL ? 42 : 0); return 0; }
""")
        program = self.folder / "answer-c"
        self.assert_answers("sh", "-c", f'{os.environ["CC"]} {source} -o {program} '
                                        f"$(pkg-config --cflags --libs athreading-1) && {program}")

    @unittest.skipUnless(HAVE_GI, "no introspection")
    def test_prints_what_python_needs(self):
        self.assert_answers(sys.executable, "-c", PYTHON_PROGRAM)

    @unittest.skipUnless(HAVE_GI and shutil.which("gjs"), "no GJS")
    def test_prints_what_gjs_needs(self):
        self.assert_answers("gjs", "-m", self.write("answer.js", GJS_PROGRAM))

    @unittest.skipUnless(LUA, "no lgi")
    def test_prints_what_lua_needs(self):
        self.assert_answers(LUA, "-e", LUA_PROGRAM)

    @unittest.skipUnless(HAVE_VALA, "no Vala")
    def test_prints_what_vala_needs(self):
        program = self.folder / "answer-vala"
        self.assert_answers("sh", "-c", f"valac --pkg athreading-1 {self.write('answer.vala', VALA_PROGRAM)} "
                                        f"-X -w -o {program} && {program}")

    @unittest.skipUnless(HAVE_GI, "no introspection")
    def test_default_prefix_needs_nothing(self):
        build = self.folder / "default"
        run(*MESON, "setup", build, SOURCE_ROOT, *OPTIONS, CC=os.environ["CC"])
        installed = json.loads(run(*MESON, "introspect", "--installed", build)).values()
        folders = {Path(file).name: Path(file).parent for file in installed}
        self.assertTrue((folders["athreading-1.pc"] / "gio-2.0.pc").exists())
        self.assertTrue((folders["Athr-1.typelib"] / "Gio-2.0.typelib").exists())
        python_folder = folders["Athr.py"].parents[1]
        self.assertIn(str(python_folder), sys.path)
        self.assertNotIn("export", run(sys.executable, SOURCE_ROOT / "build-aux" / "variables.py",
                                       folders["Athr-1.typelib"].parent, "/usr/share", python_folder))

    @unittest.skipUnless(HAVE_VALA, "no Vala")
    def test_valac_finds_the_vapi_before_installing(self):
        packages = ["athreading-1"] + ["athreading-invoke-1"] * HAVE_INVOKE
        program = self.folder / "answer-devenv"
        valac = ["valac", *(f"--pkg={name}" for name in packages), self.write("answer.vala", VALA_PROGRAM),
                 "-X", "-w", "-o", program]
        run(*MESON, "devenv", "-C", BUILD_ROOT, *valac)
        self.assertEqual(run(*MESON, "devenv", "-C", BUILD_ROOT, program), "42\n")

    @unittest.skipUnless(HAVE_VALA, "no Vala")
    def test_tests_in_vala_compile(self):
        packages = ["--pkg", "athreading-1"] + ["--pkg", "athreading-invoke-1"] * HAVE_INVOKE
        for file in sorted((SOURCE_ROOT / "tests" / "vala").glob("*.vala")):
            if file.name != "test.vala" and (HAVE_INVOKE or file.name != "invoke.vala"):
                with self.subTest(file=file.name):
                    run("valac", "--vapidir", self.prefix / "share" / "vala" / "vapi", *packages, file,
                        file.with_name("test.vala"), "-X", "-w", "-o", self.folder / "vala-test",
                        PKG_CONFIG_PATH=str(self.prefix / "lib" / "pkgconfig"))
