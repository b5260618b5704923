# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The code in README.md compiles, runs and gives the results that README.md names."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from patience import patiently

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])

FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
         f"-I{SOURCE_ROOT}", f"-I{BUILD_ROOT}", f"-L{BUILD_ROOT / 'athreading'}"]

# The program around the C sample that starts a call
MAIN = """
int
main (int argc, char *argv[])
{
  const char *path = argv[1];
  GCancellable *cancellable = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
%s
  g_signal_connect_swapped (call, "finished", G_CALLBACK (g_main_loop_quit), loop);
  g_main_loop_run (loop);

  return 0;
}
"""


def samples(language):
    text = (SOURCE_ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, timeout=patiently(60), **options)


class ReadmeTest(unittest.TestCase):
    def test_c(self):
        functions, statements = samples("c")
        flags = run("pkg-config", "--cflags", "--libs", "gio-2.0", check=True).stdout
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "sample.c")
            program = Path(folder, "sample")
            source.write_text(functions + MAIN % statements, encoding="utf-8")
            compiled = run(*shlex.split(os.environ["CC"]), *FLAGS, source, "-o", program,
                           "-lathreading-1", *shlex.split(flags))
            self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
            size = source.stat().st_size
            ran = run(program, source)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, f"{size} bytes\n", ""))
            ran = run(program, Path(folder, "missing"))
            self.assertEqual((ran.returncode, ran.stdout), (0, ""))
            self.assertIn("No such file", ran.stderr)

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true", "no introspection")
    def test_python(self):
        sample, = samples("python")
        ran = run(sys.executable, "-c", sample)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "0\n1\n2\n", ""))

    @unittest.skipUnless(os.environ["HAVE_VALA"] == "true", "no valac")
    def test_vala(self):
        sample, = samples("vala")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "sample.vala")
            program = Path(folder, "sample")
            source.write_text('async void main () {\nvar bytes = new Bytes ("hello".data);\n'
                              f"try {{\n{sample}}} catch (Error error) {{\nassert_not_reached ();\n}}\n}}\n")
            flags = [part for flag in ["-w", *FLAGS[-3:], "-lathreading-1"] for part in ("-X", flag)]
            compiled = run("valac", "--fatal-warnings", "--pkg", "gio-2.0", "--pkg", "athreading-1",
                           "--vapidir", BUILD_ROOT / "introspection" / "vala" / "vapi", *flags, "-o", program, source,
                           cwd=folder)
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            ran = run(program)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr),
                         (0, f"{hashlib.sha256(b'hello').hexdigest()}\n", ""))

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true" and shutil.which("gjs"), "no gjs")
    def test_javascript(self):
        sample, invoking = samples("javascript")
        if os.environ["HAVE_INVOKE"] != "true":
            invoking = ""
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder, "sample.js")
            module.write_text(sample + invoking, encoding="utf-8")
            ran = run("gjs", "-m", module, module)
        said = sample + invoking
        if invoking:
            said += f"{hashlib.sha256(said.encode()).hexdigest()}\n"
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, said, ""))
