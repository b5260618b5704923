# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A project with build-aux/athreading.wrap builds the library from a tarball: its own, or one that Meson downloads."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
MESON = shlex.split(os.environ["MESON"])
WRAP = (SOURCE_ROOT / "build-aux" / "athreading.wrap").read_text(encoding="utf-8")
NAME = re.search(r"^directory = (.*)$", WRAP, re.M)[1]

MESON_BUILD = """
project('consumer', 'c')
executable('consumer', 'main.c', dependencies: dependency('athreading-1'))
"""


def run(*command, **environment):
    ran = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env={**os.environ, **environment})
    if ran.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, command))}\n{ran.stdout}")
    return ran.stdout


class WrapTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.tarball = cls.folder / f"{NAME}.tar.xz"
        if not (SOURCE_ROOT / ".git").exists():
            return
        tar = cls.folder / f"{NAME}.tar"
        run("git", "-c", "safe.directory=*", "-C", SOURCE_ROOT,
            "archive", f"--prefix={NAME}/", f"--output={tar}", "HEAD")
        run("xz", "-0", tar)

    def setUp(self):
        if not (SOURCE_ROOT / ".git").exists():
            self.skipTest("the sources are not in a git checkout")

    def project(self, name, wrap):
        project = self.folder / name
        packages = project / "subprojects" / "packagefiles"
        packages.mkdir(parents=True)
        shutil.copy(SOURCE_ROOT / "tests" / "consumer" / "project" / "main.c", project)
        (project / "meson.build").write_text(MESON_BUILD, encoding="utf-8")
        (project / "subprojects" / "athreading.wrap").write_text(wrap, encoding="utf-8")
        return project, packages

    def configure(self, project):
        build = project / "build"
        run(*MESON, "setup", build, project, "--wrap-mode=forcefallback", "-Dathreading:introspection=disabled",
            "-Dathreading:invoke=disabled", CC=os.environ["CC"])
        self.assertTrue((project / "subprojects" / NAME / "meson.build").exists())
        return build

    def test_with_its_own_tarball(self):
        project, packages = self.project("own", WRAP)
        shutil.copy(self.tarball, packages)
        build = self.configure(project)
        run(*MESON, "compile", "-C", build)
        self.assertRegex(run(build / "consumer"), r"^42 from athreading \d")

    def downloading(self, checksum):
        lines = f"source_url = {self.tarball.as_uri()}\nsource_hash = {checksum}\n"
        return WRAP.replace("\n[provide]", lines + "\n[provide]")

    def test_downloads(self):
        checksum = hashlib.sha256(self.tarball.read_bytes()).hexdigest()
        self.configure(self.project("downloads", self.downloading(checksum))[0])

    def test_refuses_another_tarball(self):
        project, _ = self.project("refuses", self.downloading("0" * 64))
        with self.assertRaisesRegex(AssertionError, "Incorrect hash"):
            self.configure(project)
