# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The types that ts-for-gir generates from the GIR, and those that introspection/gjs/Athr-overrides.d.ts adds.

npm installs ts-for-gir and TypeScript into the build directory. Without npm, or if npm reaches no registry, the
tests are skipped.
"""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from patience import patiently

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
FOLDER = BUILD_ROOT / "tests" / "typescript"

PACKAGES = {"@ts-for-gir/cli": "5.4.0", "@ts-for-gir/templates": "5.4.0", "typescript": "5.9.3"}

OVERRIDES = SOURCE_ROOT / "introspection" / "gjs" / "Athr-overrides.d.ts"

GIRS = [BUILD_ROOT / "introspection", BUILD_ROOT / "examples" / "library", os.environ["GIR_DIR"]]

OPTIONS = {"target": "es2022", "module": "es2022", "moduleResolution": "bundler", "lib": ["es2022"], "types": [],
           "strict": True, "outDir": "out"}


def run(*command):
    return subprocess.run(command, cwd=FOLDER, text=True, capture_output=True, timeout=patiently(120))


def installed(package):
    try:
        return json.loads((FOLDER / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["version"]
    except OSError:
        return None


def problem_of_install():
    """Installs the packages, and returns the reason if npm cannot."""
    if all(installed(package) == version for package, version in PACKAGES.items()):
        return None
    if shutil.which("npm") is None:
        return "no npm, with which ts-for-gir and TypeScript come"
    (FOLDER / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}), encoding="utf-8")
    try:
        ran = run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
                  "--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
    except subprocess.TimeoutExpired:
        return "npm did not install ts-for-gir and TypeScript in two minutes"
    if ran.returncode != 0:
        code = re.search(r"^npm \S+ code (\w+)$", ran.stderr, re.M | re.I)
        return f"npm cannot install ts-for-gir and TypeScript: {code[1] if code else ran.returncode}"
    return None


class DefinitionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        FOLDER.mkdir(exist_ok=True)
        cls.problem = problem_of_install()
        if cls.problem is None:
            shutil.rmtree(FOLDER / "types", ignore_errors=True)
            directories = [argument for folder in GIRS for argument in ("--girDirectories", folder)]
            ran = run("node_modules/.bin/ts-for-gir", "generate", "Athr-1", "AthrExamples-1", *directories,
                      "--outdir", "types", "--ignoreVersionConflicts")
            assert ran.returncode == 0, ran.stdout + ran.stderr

    def setUp(self):
        if self.problem is not None:
            self.skipTest(self.problem)

    def compiled(self, *files):
        settings = {"compilerOptions": OPTIONS,
                    "files": ["types/index.d.ts", "types/gjs.d.ts", "types/gi.d.ts", *map(str, files)]}
        shutil.rmtree(FOLDER / "out", ignore_errors=True)
        (FOLDER / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
        ran = run("node_modules/.bin/tsc", "--project", "tsconfig.json")
        return ran.stdout + ran.stderr

    def printed(self, name):
        program, = (FOLDER / "out").rglob(f"{name}.js")
        ran = run("gjs", "-m", program)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def test_programs_are_right(self):
        example = SOURCE_ROOT / "examples" / "gjs" / "timestamps.ts"
        promises = SOURCE_ROOT / "tests" / "typescript" / "promises.ts"
        self.assertEqual(self.compiled(OVERRIDES, example, promises), "")
        self.assertRegex(self.printed("timestamps"), r"\AOne after the other:\n(stream: \d time: .*\n){12}\d+\.\d s\n"
                         r"At once:\n(stream: \d time: .*\n){12}\d+\.\d s\n\Z")

    def test_the_page_prints_what_it_says(self):
        page = (SOURCE_ROOT / "doc" / "javascript.md").read_text(encoding="utf-8")
        (block, said), = re.findall(r"^```typescript\n(.*?)^```\n\n```text\n(.*?)^```$", page, re.M | re.S)
        program = FOLDER / "page.ts"
        program.write_text(block, encoding="utf-8")
        self.assertEqual(self.compiled(OVERRIDES, program), "")
        self.assertEqual(self.printed("page"), said)

    def test_the_gir_alone_has_promises(self):
        program = FOLDER / "plain.ts"
        program.write_text("import AthrExamples from 'gi://AthrExamples?version=1';\n"
                           "const root: unknown = await AthrExamples.sqrt_call_new(2).run_async(null);\n"
                           "const closed: Promise<boolean> = AthrExamples.timestamps_stream_new(1, null).close_async(null);\n"
                           "print(root, await closed);\n", encoding="utf-8")
        self.assertEqual(self.compiled(program), "")
