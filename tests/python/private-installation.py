# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A program names the folder of a private installation to the introspection repository. The override then uses the
library that the typelib has loaded, and never loads another copy."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import gi
from patience import patiently

PATH = "/athr/python/private-installation"

HEAD = """
import asyncio, gi, re, sys
gi.require_version("GIRepository", "2.0")
from gi.repository import GIRepository
GIRepository.Repository.prepend_search_path(sys.argv[1])
GIRepository.Repository.prepend_library_path(sys.argv[1])
gi.require_version("Athr", "1")
from gi.repository import Athr
"""

MAPPED = """
with open("/proc/self/maps") as maps:
    print(*sorted(set(re.findall("/.*libathreading.*", maps.read()))), sep="\\n")
"""


def run(program, folder, **environment):
    variables = {name: value for name, value in os.environ.items()
                 if name not in ("LD_LIBRARY_PATH", "GI_TYPELIB_PATH")}
    return subprocess.run([sys.executable, "-c", program, folder], text=True, capture_output=True, timeout=patiently(40),
                          env={**variables, **environment})


class PrivateInstallationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            gi.require_version("GIRepository", "2.0")
        except ValueError as error:
            raise unittest.SkipTest(str(error)) from None
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name).resolve()
        for variable, pattern in ("GI_TYPELIB_PATH", "Athr*.typelib"), ("LD_LIBRARY_PATH", "libathreading*.so.0"):
            for built in filter(None, os.environ[variable].split(":")):
                for file in Path(built).glob(pattern):
                    shutil.copy(file, cls.folder)

    def assert_runs(self, expression, printed, *libraries, **environment):
        ran = run(f"{HEAD}print(asyncio.run({expression})){MAPPED}", self.folder, **environment)
        self.assertEqual(ran.stderr, "")
        self.assertEqual(ran.stdout.splitlines(), [printed, *(str(self.folder / name) for name in libraries)])

    def assert_calls(self, **environment):
        self.assert_runs("Athr.call(len)('abc')", "3", "libathreading-1.so.0", **environment)

    @unittest.skipUnless(os.environ["USE_INVOKE"] == "true", "the bindings cannot load AthrInvoke")
    def assert_invokes(self, **environment):
        self.assert_runs("Athr.invoke('GLib.base64_encode', b'42')", "NDI=",
                         "libathreading-1.so.0", "libathreading-invoke-1.so.0", **environment)

    def test_call(self):
        self.assert_calls()

    def test_call_beside_another_copy(self):
        self.assert_calls(LD_LIBRARY_PATH=os.environ["LD_LIBRARY_PATH"])

    def test_invoke(self):
        self.assert_invokes()

    def test_invoke_beside_another_copy(self):
        self.assert_invokes(LD_LIBRARY_PATH=os.environ["LD_LIBRARY_PATH"])

    def test_without_invoke(self):
        program = f"""{HEAD}
try:
    asyncio.run(Athr.invoke("GLib.usleep", 0))
except ImportError as error:
    print(error)
"""
        with tempfile.TemporaryDirectory() as folder:
            for name in "Athr-1.typelib", "libathreading-1.so.0":
                shutil.copy(self.folder / name, folder)
            ran = run(program, folder)
        self.assertRegex(ran.stdout, r"^Athr\.invoke\(\) needs the library AthrInvoke: .*'AthrInvoke'.* not found\n$")
