# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The code in README.md compiles, runs and gives the results that README.md names. Its commands and links lead to
files, and README.md is short."""

import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from patience import patiently

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
README = SOURCE_ROOT / "README.md"

FLAGS = ["-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
         f"-I{SOURCE_ROOT}", f"-I{BUILD_ROOT}", f"-L{BUILD_ROOT / 'athreading'}"]

# The program around the C sample, which ends after three lines of output
PROGRAM = """
#include <athreading/athreading.h>
#include <math.h>
#include <stdio.h>
%s
static int n_printed;

static void
count (const char *text)
{
  fputs (text, stdout);
  n_printed++;
}

int
main (void)
{
  g_set_print_handler (count);
  print_roots ();
  while (n_printed < 3)
    g_main_context_iteration (NULL, TRUE);

  return 0;
}
"""


def samples(language, path=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, timeout=patiently(60), **options)


class ReadmeTest(unittest.TestCase):
    def test_c(self):
        sample, = samples("c")
        flags = run("pkg-config", "--cflags", "--libs", "gio-2.0", check=True).stdout
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "sample.c")
            program = Path(folder, "sample")
            source.write_text(PROGRAM % sample, encoding="utf-8")
            compiled = run(*shlex.split(os.environ["CC"]), *FLAGS, source, "-o", program,
                           "-lathreading-1", "-lm", *shlex.split(flags))
            self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))
            ran = run(program)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(sorted(ran.stdout.splitlines()), ["1.414214", "1.732051", "2.000000"])

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true", "no introspection")
    def test_python(self):
        sample, = samples("python")
        ran = run(sys.executable, "-c", sample)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        roots, *stamps = ran.stdout.splitlines()
        self.assertEqual(roots, str([math.sqrt(2), math.sqrt(3), 2.0]))
        stamp = re.compile(r"stream: (\d) time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
        streams = [stamp.fullmatch(line)[1] for line in stamps]
        self.assertEqual(Counter(streams), {"0": 3, "1": 3, "2": 3, "3": 3})

    def test_every_sample_is_run(self):
        languages = re.findall(r"^```(\w+)$", README.read_text(encoding="utf-8"), re.M)
        self.assertEqual(Counter(languages), {"sh": 2, "c": 1, "python": 1})

    def test_commands_are_there(self):
        trying, installing = samples("sh")
        for script in re.findall(r"^build-aux/\S+", trying + installing, re.M):
            with self.subTest(script=script):
                self.assertTrue(os.access(SOURCE_ROOT / script, os.X_OK))
        # The pages say the same, and the test "consumer" installs the library like this.
        commands = [line.split("#")[0].strip() for line in installing.splitlines()]
        for page in SOURCE_ROOT.glob("doc/getting-started-*.md"):
            with self.subTest(page=page.name):
                self.assertEqual([line.split("#")[0].strip() for line in samples("sh", page)[0].splitlines()], commands)

    def test_links_lead_to_files(self):
        links = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
        self.assertGreater(len(links), 10)
        for link in links:
            with self.subTest(link=link):
                self.assertTrue((SOURCE_ROOT / link).exists())

    def test_two_screens(self):
        self.assertLessEqual(len(README.read_text(encoding="utf-8").splitlines()), 150)
