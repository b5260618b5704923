# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A program outside of the source tree can use the library: installed, uninstalled and as a subproject."""

import os
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
WARNINGS = ["-Wall", "-Wextra", "-Werror"]

ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("DESTDIR", "MAKEFLAGS", "CFLAGS", "LDFLAGS", "LD_LIBRARY_PATH",
                               "GI_TYPELIB_PATH", "PKG_CONFIG_PATH", "G_DEBUG")}

OPTIONS = ["tests", "examples", "benchmarks", "docs", "vapi"] + ([] if HAVE_GI else ["introspection"])


class Failed(AssertionError):
    pass


def run(*command, **environment):
    ran = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
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
            *(f"-D{option}=disabled" for option in OPTIONS), CC=os.environ["CC"])
        run(*MESON, "install", "-C", build)

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

    @unittest.skipUnless(HAVE_GI, "no introspection")
    def test_introspection_is_found(self):
        data = self.prefix / "lib" / "girepository-1.0"
        output = run(sys.executable, "-c", "import gi; gi.require_version('Athr', '1')\n"
                     "from gi.repository import Athr; print(Athr.Call.new(lambda call: None).get_state().value_nick)",
                     GI_TYPELIB_PATH=str(data), LD_LIBRARY_PATH=str(self.prefix / "lib"))
        self.assertEqual(output, "initial\n")
        self.assertTrue((self.prefix / "share" / "gir-1.0" / "Athr-1.gir").exists())

    @unittest.skipUnless(HAVE_GI, "no introspection")
    def test_override_for_python_is_complete(self):
        overrides = [path.parents[2] for path in self.prefix.rglob("gi/overrides/Athr.py")]
        self.assertEqual(len(overrides), 1)
        output = run(sys.executable, "-c", "import asyncio, gi; gi.require_version('Athr', '1')\n"
                     "from gi.repository import Athr; print(asyncio.run(Athr.call(len)('abc')))",
                     GI_TYPELIB_PATH=str(self.prefix / "lib" / "girepository-1.0"),
                     LD_LIBRARY_PATH=str(self.prefix / "lib"), PYTHONPATH=str(overrides[0]))
        self.assertEqual(output, "3\n")

    @unittest.skipUnless(HAVE_GI, "no introspection")
    def test_javascript_is_comfortable(self):
        if not shutil.which("gjs"):
            self.skipTest("no gjs")
        output = run("gjs", "-c", "imports.gi.versions.Athr = '1';"
                     "print(typeof imports.gi.Athr.Stream.prototype[Symbol.asyncIterator])",
                     GI_TYPELIB_PATH=str(self.prefix / "lib" / "girepository-1.0"),
                     LD_LIBRARY_PATH=str(self.prefix / "lib"), GJS_PATH="",
                     XDG_DATA_DIRS=f"{self.prefix / 'share'}:/usr/share")
        self.assertEqual(output, "function\n")
