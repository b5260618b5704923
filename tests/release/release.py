# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""build-aux/release.sh makes the commit, the tag and the tarball of a release in a clone, or changes nothing."""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
VERSION = "7.8.9"
METAINFO = Path("examples", "gtk", "data", "org.athreading.ContactSheet.metainfo.xml")

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
ENVIRONMENT |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}


def run(*command):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT)


class ReleaseTest(unittest.TestCase):
    def setUp(self):
        if not (SOURCE_ROOT / ".git").exists():
            self.skipTest("the sources are not in a git checkout")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.clone = Path(folder.name) / "a clone"
        cloned = run("git", "clone", "--quiet", "--no-local", SOURCE_ROOT, self.clone)
        self.assertEqual(cloned.returncode, 0, cloned.stdout)
        self.git("checkout", "--quiet", "-B", "release")
        self.git("config", "user.name", "A Maintainer")
        self.git("config", "user.email", "maintainer@athreading.example")
        for tag in self.git("tag").split():
            self.git("tag", "--delete", tag)
        news = self.clone / "NEWS.md"
        text = news.read_text(encoding="utf-8")
        if "(unreleased)" not in text:
            news.write_text(text.replace("# News\n", "# News\n\n## Next (unreleased)\n", 1), encoding="utf-8")
            self.git("commit", "--quiet", "--all", "--message", "news")

    def git(self, *arguments):
        ran = run("git", "-C", self.clone, *arguments)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        return ran.stdout.strip()

    def state(self):
        return self.git("rev-parse", "HEAD"), self.git("for-each-ref"), self.git("status", "--porcelain")

    def release(self, *arguments):
        return run(self.clone / "build-aux" / "release.sh", "--no-tests", *arguments)

    def assert_refused(self, reason, *arguments):
        before = self.state()
        ran = self.release(*arguments)
        self.assertNotEqual(ran.returncode, 0, ran.stdout)
        self.assertIn(reason, ran.stdout)
        self.assertEqual(self.state(), before)

    def releases(self):
        """The releases of the application, newest first."""
        tree = ElementTree.parse(self.clone / METAINFO)
        return [(release.get("version"), release.get("date")) for release in tree.findall("releases/release")]

    def test_dist_tells_of_changes_only(self):
        build_file = self.clone / "meson.build"
        os.utime(build_file, (0, 0))
        ran = run(self.clone / "build-aux" / "dist.sh")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertNotIn("not committed", ran.stdout)
        build_file.write_text(build_file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        ran = run(self.clone / "build-aux" / "dist.sh")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn("dist.sh: the changes that are not committed are not in the tarball", ran.stdout)

    def in_tarball(self):
        with tarfile.open(self.clone / "_build" / "release" / f"athreading-{VERSION}.tar.xz") as tarball:
            names = tarball.getnames()
            text = tarball.extractfile(f"athreading-{VERSION}/meson.build").read().decode()
        return names, text

    def test_dry_run_changes_nothing(self):
        before = self.state()
        ran = self.release("--dry-run", VERSION)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertIn(f"+  version: '{VERSION}'", ran.stdout)
        self.assertEqual(self.state(), before)

    def test_release(self):
        parent, old_releases = self.git("rev-parse", "HEAD"), self.releases()
        ran = self.release(VERSION)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertEqual(self.git("rev-parse", "HEAD^"), parent)
        self.assertEqual(self.git("rev-parse", f"{VERSION}^{{commit}}"), self.git("rev-parse", "HEAD"))
        self.assertEqual(self.git("cat-file", "-t", VERSION), "tag")
        self.assertEqual(self.git("status", "--porcelain"), "")
        news = (self.clone / "NEWS.md").read_text(encoding="utf-8")
        self.assertRegex(news, rf"(?m)^## {VERSION} \(\d{{4}}-\d\d-\d\d\)$")
        date = re.search(rf"(?m)^## {VERSION} \((.*)\)$", news)[1]
        self.assertEqual(self.releases(), [(VERSION, date), *old_releases])
        if shutil.which("appstreamcli"):
            ran = run("appstreamcli", "validate", "--no-net", self.clone / METAINFO)
            self.assertEqual(ran.returncode, 0, ran.stdout)
        changelog = (self.clone / "build-aux" / "debian" / "changelog").read_text(encoding="utf-8")
        self.assertTrue(changelog.startswith(f"athreading ({VERSION}-"))
        for name in ("athreading.wrap", "flatpak/athreading.yml"):
            self.assertIn(f"athreading-{VERSION}.tar.xz", (self.clone / "build-aux" / name).read_text(encoding="utf-8"))

        names, text = self.in_tarball()
        self.assertIn(f"version: '{VERSION}'", text)
        self.assertIn(f"athreading-{VERSION}/build-aux/debian/control", names)
        for name in (".ci", ".gitignore", ".gitattributes", ".editorconfig"):
            self.assertNotIn(f"athreading-{VERSION}/{name}", names)

        self.assert_refused("is newer than", "7.8.8")
        self.assert_refused("exists", VERSION)
        (self.clone / "NEWS.md").write_text("# News\n", encoding="utf-8")
        self.git("commit", "--quiet", "--all", "--message", "news")
        self.assert_refused("NEWS.md needs one heading", "7.9.0")

    def test_release_that_the_metadata_names(self):
        text = (self.clone / METAINFO).read_text(encoding="utf-8")
        version, _ = self.releases()[0]
        self.git("grep", "--quiet", "--fixed-strings", f"version: '{version}'", "meson.build")
        old_date = f'<release version="{version}" date="2001-01-01"'
        (self.clone / METAINFO).write_text(re.sub(rf'<release version="{version}" date="[^"]*"', old_date, text),
                                           encoding="utf-8")
        self.git("commit", "--quiet", "--all", "--message", "metainfo")
        n_releases = len(self.releases())
        ran = self.release(version)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertEqual(len(self.releases()), n_releases)
        news = (self.clone / "NEWS.md").read_text(encoding="utf-8")
        self.assertEqual(self.releases()[0], (version, re.search(rf"(?m)^## {version} \((.*)\)$", news)[1]))

    def test_refuses(self):
        self.assert_refused("VERSION must be", "1.0")
        (self.clone / "forgotten").touch()
        self.assert_refused("not committed", VERSION)
        (self.clone / "forgotten").unlink()
        self.git("checkout", "--quiet", "--detach")
        self.assert_refused("on no branch", VERSION)
