# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Programs with a window, on a virtual screen."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

import gi
from patience import patiently

EXAMPLES = Path(__file__).parents[1] / "examples"

# Runs the script and, in its main loop, the generator drive(), which yields conditions to wait for.
HEAD = """
import importlib.machinery, importlib.util, os, sys, traceback
loader = importlib.machinery.SourceFileLoader("script", sys.argv[1])
script = importlib.util.module_from_spec(importlib.util.spec_from_loader("script", loader))
loader.exec_module(script)
GLib, Gtk = script.GLib, script.Gtk
sys.argv[:2] = [sys.argv[1]]

def step():
    global window, awaited
    if window is None:
        windows = Gtk.Window.list_toplevels()
        if not windows or not windows[0].is_visible():
            return True
        window = windows[0]
        window.add_tick_callback(count_frames)
    while awaited():
        try:
            awaited = next(driver)
        except StopIteration:
            return False
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return True

def count_frames(window, clock):
    global n_frames
    n_frames += 1
    return True

window = None
n_frames = 0
awaited = lambda: True
GLib.timeout_add(5, step)
"""

TAIL = """
driver = drive()
sys.exit(script.main())
"""


def start_screen(**namespaces):
    """Returns the process and the display of the screen, or None and the reason why there is no screen."""
    for namespace, version in namespaces.items():
        try:
            gi.require_version(namespace, version)
        except ValueError:
            return None, f"{namespace} {version} is not installed"
    if shutil.which("Xvfb") is None:
        return None, "Xvfb is not installed"
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"],
                              pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with open(reader, encoding="ascii") as answer:
        number = answer.readline().strip()
    return screen, f":{number}"


class ScreenTest(unittest.TestCase):
    script: str  # the path of the program below the examples
    namespaces = {"Gtk": "4.0"}
    helpers = ""  # code for all programs that drive the script

    @classmethod
    def setUpClass(cls):
        cls.screen, cls.display = start_screen(**cls.namespaces)
        if cls.screen is not None:
            cls.addClassCleanup(cls.screen.wait)
            cls.addClassCleanup(cls.screen.terminate)

    def setUp(self):
        if self.screen is None:
            self.skipTest(self.display)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.folder = self.home / "folder"
        self.folder.mkdir()

    def environment(self):
        return {
            **os.environ, "DISPLAY": self.display, "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "GTK_A11Y": "test",
            "GSETTINGS_BACKEND": "memory", "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home), "LANG": "C.UTF-8",
        }

    def command(self, program, *arguments):
        """Returns the command that runs the script together with the program."""
        program = f"{HEAD}{self.helpers}\ndef drive():\n{textwrap.indent(textwrap.dedent(program), '    ')}\n{TAIL}"
        return [sys.executable, "-c", program, EXAMPLES / self.script, *arguments]

    def drive(self, program, *arguments):
        """Runs the script together with the program. Returns the output of the program."""
        ran = subprocess.run(self.command(program, *map(str, arguments)), env=self.environment(), text=True,
                             capture_output=True, timeout=patiently(50))
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout
