# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A reader who follows a page "Getting started" comes to running programs. The test does what the page says, in an
empty folder:

- It writes the files of the page: see OF_PROJECT in pages.py.
- It runs the blocks of sh that come after the first file. A block must print the ```text block that follows it.
- A command that runs a program named "window" gets a screen. When a label of the window shows the ```text block,
  preload-window.c closes the window. The window must have been alive until then."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from pages import BUILD_ROOT, SOURCE_ROOT, blocks_of
from patience import patiently

# A command that runs a program with a window
WINDOW = re.compile(r"\bwindow(\.\w+)?$")


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, timeout=patiently(60), **options)


def missing():
    """What the programs with a window need and the machine does not have, or None."""
    if run("pkg-config", "gtk4").returncode != 0:
        return "GTK 4 is not installed"
    if shutil.which("Xvfb") is None:
        return "Xvfb is not installed"
    return None


def have_typelib():
    """Whether Python and JavaScript find the library and GTK 4."""
    program = 'import gi; gi.require_version("Gtk", "4.0"); from gi.repository import Athr'
    return os.environ["HAVE_GI"] == "true" and run(sys.executable, "-c", program).returncode == 0


def start_screen(test):
    """Starts a screen for all tests of the class, and returns its display."""
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"],
                              pass_fds=[writer], stderr=subprocess.DEVNULL)
    test.addClassCleanup(screen.wait)
    test.addClassCleanup(screen.terminate)
    os.close(writer)
    with open(reader, encoding="ascii") as answer:
        return f":{answer.readline().strip()}"


def build_preload(folder):
    library = folder / "preload-window.so"
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "gtk4", check=True).stdout)
    run(*shlex.split(os.environ["CC"]), "-shared", "-fPIC", "-o", library,
        SOURCE_ROOT / "tests" / "checks" / "preload-window.c", *flags, check=True)
    return library


def pkg_config_folder(top):
    """Where pkg-config finds the library of the build. pkg-config writes a backslash before each byte of an umlaut, and
    Meson 1.0 takes no such text. So the files name links to the tree in that case."""
    folder = BUILD_ROOT / "meson-uninstalled"
    if str(folder).isascii() and str(SOURCE_ROOT).isascii():
        return folder
    links = top / "pkg-config"
    links.mkdir()
    (links / "source").symlink_to(SOURCE_ROOT)
    (links / "build").symlink_to(BUILD_ROOT)
    for file in folder.glob("*.pc"):
        text = file.read_text(encoding="utf-8")
        for name, tree in ("build", BUILD_ROOT), ("source", SOURCE_ROOT):
            for written in str(tree).replace(" ", "\\ "), str(tree):
                text = text.replace(written, str(links / name))
        (links / file.name).write_text(text, encoding="utf-8")
    return links


@unittest.skipIf(missing(), missing())
class GuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.top = Path(folder.name)
        cls.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PKG_CONFIG_PATH": str(pkg_config_folder(cls.top)),
            "XDG_DATA_DIRS": f"{BUILD_ROOT / 'introspection'}:/usr/local/share:/usr/share",
            "DISPLAY": start_screen(cls), "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "GTK_A11Y": "none",
            "GSETTINGS_BACKEND": "memory", "HOME": str(cls.top), "XDG_RUNTIME_DIR": str(cls.top), "LANG": "C.UTF-8",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        cls.preload = build_preload(cls.top)

    def run_shell(self, folder, block, commands, **environment):
        ran = run("bash", "-ec", commands, cwd=folder, env={**self.environment, **environment})
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), f"{block}: {commands}\n{ran.stdout}")
        return ran.stdout

    def run_block(self, folder, block):
        """Runs the commands of a block. Returns whether the page says what the last command prints."""
        *commands, last = block.text.splitlines()
        self.run_shell(folder, block, "\n".join(commands))
        follows = block.following is not None and block.following.language == "text"
        environment = {}
        if WINDOW.search(last):
            environment = {"LD_PRELOAD": str(self.preload), "ATHR_TEST_LABEL": block.following.text.rstrip("\n")}
        printed = self.run_shell(folder, block, last, **environment)
        if follows:
            self.assertEqual(printed, block.following.text, block)
        return follows

    def follow(self, page):
        """Does what the page says. Returns how many programs it has run."""
        folder = self.top / page
        folder.mkdir()
        n_programs = 0
        for block in blocks_of(SOURCE_ROOT / "doc" / f"{page}.md"):
            if block.project_file is not None:
                with open(folder / block.project_file, "a" if block.is_added else "w", encoding="utf-8") as file:
                    file.write(block.text)
            elif block.language == "sh" and any(folder.iterdir()):
                n_programs += self.run_block(folder, block)
        return n_programs

    def test_c(self):
        self.assertEqual(self.follow("getting-started-c"), 4)

    @unittest.skipUnless(have_typelib(), "PyGObject finds no GTK 4")
    def test_python(self):
        self.assertEqual(self.follow("getting-started-python"), 4)

    @unittest.skipUnless(have_typelib() and shutil.which("gjs") and os.environ["HAVE_INVOKE"] == "true",
                         "no gjs with AthrInvoke and GTK 4")
    def test_javascript(self):
        self.assertEqual(self.follow("getting-started-javascript"), 4)

    @unittest.skipUnless(os.environ["HAVE_VALA"] == "true", "no valac")
    def test_vala(self):
        self.assertEqual(self.follow("getting-started-vala"), 4)
