# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The scripts in build-aux work in each folder, explain themselves, and refuse what they do not understand."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(os.environ["SOURCE_ROOT"])
SOURCED = ("common.sh", "system.sh")
SCRIPTS = sorted(path for path in (ROOT / "build-aux").glob("*.sh") if path.name not in SOURCED)
PASS_ARGUMENTS_ON = ("debian13.sh", "i386.sh")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          **options)


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def assert_explains(self, result, name):
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertTrue(result.stdout.startswith(f"Usage: build-aux/{name}"), result.stdout)

    def test_explain_themselves_from_another_folder(self):
        self.assertGreater(len(SCRIPTS), 10)
        for script in SCRIPTS:
            with self.subTest(script=script.name):
                self.assert_explains(run(script, "--help", cwd=self.folder), script.name)

    def test_cdpath_does_not_mislead(self):
        (self.folder / "build-aux").mkdir()
        for script in SCRIPTS:
            with self.subTest(script=script.name):
                self.assert_explains(run(script.relative_to(ROOT), "--help", cwd=ROOT,
                                         env={**os.environ, "CDPATH": str(self.folder)}), script.name)

    def test_refuse_unknown_options(self):
        for script in SCRIPTS:
            if script.name not in PASS_ARGUMENTS_ON:
                with self.subTest(script=script.name):
                    result = run(script, "--nonsense", cwd=self.folder)
                    self.assertEqual((result.returncode, result.stdout), (2, ""))
                    self.assertIn("Usage: ", result.stderr)

    def test_setup_refuses_unknown_modes(self):
        result = run(ROOT / "build-aux" / "setup.sh", "nonsense")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("Usage: ", result.stderr)

    def test_setup_knows_the_modes_of_other_scripts(self):
        used = set()
        for script in SCRIPTS:
            text = script.read_text(encoding="utf-8")
            used |= set(re.findall(r"^ *build-aux/setup.sh ([a-z0-9-]+)", text, re.M))
        used |= set(re.findall(r"^  ([a-z0-9-]+)\)$", (ROOT / "build-aux" / "test.sh").read_text(encoding="utf-8"), re.M))
        self.assertTrue({"tsan", "packages", "system", "benchmark"} <= used, used)
        modes = re.search(r"^modes='(.*)'$", (ROOT / "build-aux" / "setup.sh").read_text(encoding="utf-8"), re.M)
        self.assertLessEqual(used, set(modes[1].split("|")))

    def test_coverage_takes_a_folder_of_the_caller(self):
        (self.folder / "build").mkdir()
        for name in ("build", self.folder / "build"):
            with self.subTest(folder=name):
                result = run(ROOT / "build-aux" / "coverage.sh", "--begin", name, cwd=self.folder)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                settings = dict(line.split("=", 1) for line in result.stdout.splitlines())
                self.assertTrue(Path(settings["COVERAGE_PROCESS_START"]).is_file())
        result = run(ROOT / "build-aux" / "coverage.sh", "--begin", "nowhere", cwd=self.folder)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("nowhere", result.stderr)

    def test_model_knows_its_models(self):
        result = run(ROOT / "build-aux" / "model.sh", "nonsense/safety")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (2, "", "model.sh: there is no model nonsense\n"))

    def test_script_that_dies_is_a_failure(self):
        tools = self.folder / "build-aux"
        tools.mkdir()
        for name in ("test.sh", "common.sh", "count-tests.py"):
            shutil.copy(ROOT / "build-aux" / name, tools)
        for name, line in (("setup.sh", "true"), ("model.sh", "echo passed:first; exit 3")):
            (tools / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            (tools / name).chmod(0o755)
        result = run(tools / "test.sh", "--model")
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (1, "1 passed, 1 failed"))

    def test_python_scripts_say_what_is_wrong(self):
        for name, argument, says in (("mutate.py", "nonsense.c", "there is no file nonsense.c"),
                                     ("variables.py", "--help", "Usage: variables.py ")):
            with self.subTest(script=name):
                result = run(sys.executable, ROOT / "build-aux" / name, argument, cwd=self.folder)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(says, result.stderr)
                self.assertNotIn("Traceback", result.stderr)
