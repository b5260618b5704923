# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What packagers read: the symbols, versions, licences and metadata agree with the sources, and are valid."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
import unittest
import xml.etree.ElementTree as ElementTree
from configparser import ConfigParser
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
BUILD_AUX = SOURCE_ROOT / "build-aux"

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DOAP = "{http://usefulinc.com/ns/doap#}"


def run(*command, **options):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def version():
    text = (SOURCE_ROOT / "meson.build").read_text(encoding="utf-8")
    return re.search(r"^  version: '([\d.]+)'", text, re.M)[1]


def tracked():
    listed = run("git", "-c", "safe.directory=*", "-C", SOURCE_ROOT, "ls-files", "-z")
    if listed.returncode != 0 or not (SOURCE_ROOT / ".git").exists():
        raise unittest.SkipTest("the sources are not in a git checkout")
    return [name for name in listed.stdout.split("\0") if name and (SOURCE_ROOT / name).is_file()]


def need(tool):
    if not shutil.which(tool):
        raise unittest.SkipTest(f"no {tool}")


class PackagingTest(unittest.TestCase):
    def assert_runs(self, *command, **options):
        ran = run(*command, **options)
        self.assertEqual(ran.returncode, 0, ran.stdout)

    def assert_symbols(self, package, library):
        """The symbols of a package are those that its library exports."""
        exported = run("nm", "-D", "--defined-only", BUILD_ROOT / library, check=True).stdout
        text = (BUILD_AUX / "debian" / f"{package}.symbols").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"^ (?:\(.*?\))?(\w+)@Base [\d.]+$", text, re.M)),
                         {line.split()[-1] for line in exported.splitlines()})

    def test_symbols_of_debian(self):
        self.assert_symbols("libathreading-1-0", "athreading/libathreading-1.so")

    @unittest.skipUnless(os.environ["HAVE_INVOKE"] == "true", "without AthrInvoke")
    def test_symbols_of_invoke_of_debian(self):
        self.assert_symbols("libathreading-invoke-1-0", "introspection/invoke/libathreading-invoke-1.so")

    def test_version_of_debian(self):
        text = (BUILD_AUX / "debian" / "changelog").read_text(encoding="utf-8")
        self.assertEqual(re.match(r"athreading \((.*)-\w+\) ", text)[1], version())

    def test_wrap(self):
        wrap = ConfigParser(interpolation=None)
        wrap.read(BUILD_AUX / "athreading.wrap", encoding="utf-8")
        name = f"athreading-{version()}"
        self.assertEqual(wrap["wrap-file"]["directory"], name)
        self.assertEqual(wrap["wrap-file"]["source_filename"], f"{name}.tar.xz")
        overridden = set()
        for path in SOURCE_ROOT.rglob("meson.build"):
            # build-aux/tsan-glib.sh unpacks the sources of GLib there.
            if path.relative_to(SOURCE_ROOT).parts[0] == "_build":
                continue
            overridden |= set(re.findall(r"meson\.override_dependency\('(.*?)'", path.read_text(encoding="utf-8")))
        self.assertEqual(set(wrap["provide"]["dependency_names"].split(", ")), overridden)

    def test_doap(self):
        root = ElementTree.parse(SOURCE_ROOT / "athreading.doap").getroot()
        self.assertEqual(root.tag, f"{RDF}RDF")
        project, = root
        self.assertEqual(project.tag, f"{DOAP}Project")
        self.assertEqual(project.findtext(f"{DOAP}name"), "athreading")
        for name in ("shortdesc", "description", "license", "programming-language", "maintainer"):
            self.assertIsNotNone(project.find(f"{DOAP}{name}"), name)

    @unittest.skipUnless(importlib.util.find_spec("rdflib"), "no rdflib")
    def test_doap_is_rdf(self):
        import rdflib
        doap = rdflib.Namespace("http://usefulinc.com/ns/doap#")
        graph = rdflib.Graph().parse(SOURCE_ROOT / "athreading.doap", format="xml")
        projects = list(graph.subjects(rdflib.RDF.type, doap.Project))
        self.assertEqual(len(projects), 1)
        self.assertEqual([str(name) for name in graph.objects(projects[0], doap.name)], ["athreading"])

    def test_licences(self):
        need("reuse")
        names = tracked()
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(SOURCE_ROOT / name, Path(folder, name), follow_symlinks=False)
            # REUSE knows REUSE.toml since its version 4.
            if int(re.search(r"(\d+)\.\d", run("reuse", "--version").stdout)[1]) < 4:
                self.write_sidecars(Path(folder))
            self.assert_runs("reuse", "--root", folder, "lint")

    def write_sidecars(self, folder):
        """Says in a file beside each file what REUSE.toml says."""
        annotations = tomllib.loads((folder / "REUSE.toml").read_text(encoding="utf-8"))["annotations"]
        (folder / "REUSE.toml").unlink()
        for annotation in annotations:
            paths = annotation["path"]
            for pattern in [paths] if isinstance(paths, str) else paths:
                for path in list(folder.glob(pattern.replace("/**.", "/**/*."))):
                    path.with_name(f"{path.name}.license").write_text(
                        "".join(f"{tag}: {annotation[tag]}\n" for tag in annotation if tag.startswith("SPDX-")),
                        encoding="utf-8")

    def test_desktop_files(self):
        need("desktop-file-validate")
        for path in SOURCE_ROOT.glob("examples/**/*.desktop"):
            with self.subTest(file=path.name):
                self.assert_runs("desktop-file-validate", "--warn-kde", path)

    def test_metainfo(self):
        need("appstreamcli")
        # AppStream 1.0 has a hint about the name of the developer: the new element is unknown to Debian 12.
        strict = ["--strict"] if re.search(r": 0\.", run("appstreamcli", "--version").stdout) else []
        for path in SOURCE_ROOT.glob("examples/**/*.metainfo.xml"):
            with self.subTest(file=path.name):
                self.assert_runs("appstreamcli", "validate", "--no-net", *strict, path)

    def manifest(self, path):
        """What flatpak-builder reads in a manifest. flatpak-builder warns of names that it does not know."""
        need("flatpak-builder")
        with tempfile.TemporaryDirectory() as state:
            command = ["flatpak-builder", "--show-manifest", path]
            ran = subprocess.run(command, text=True, capture_output=True, cwd=state)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        manifest = json.loads(ran.stdout)
        text = (SOURCE_ROOT / "meson_options.txt").read_text(encoding="utf-8")
        options = set(re.findall(r"^option\('(\w+)'", text, re.M))
        for module in manifest["modules"]:
            self.assertEqual({re.match(r"-D(\w+)=", option)[1] for option in module["config-opts"]} - options, set())
        return manifest

    def test_flatpak_module(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "manifest.json")
            path.write_text(json.dumps({"id": "org.athreading.Consumer", "runtime": "org.gnome.Platform",
                                        "runtime-version": "48", "sdk": "org.gnome.Sdk", "command": "consumer",
                                        "modules": [str(BUILD_AUX / "flatpak" / "athreading.yml")]}),
                            encoding="utf-8")
            module, = self.manifest(path)["modules"]
        self.assertEqual(module["name"], "athreading")
        self.assertEqual([source["path"] for source in module["sources"]], [f"athreading-{version()}.tar.xz"])

    def test_flatpak_manifest(self):
        path = BUILD_AUX / "flatpak" / "org.athreading.ContactSheet.yml"
        manifest = self.manifest(path)
        self.assertEqual(manifest["id"], path.stem)
        self.assertTrue((SOURCE_ROOT / "examples" / "gtk" / "data" / f"{path.stem}.desktop").exists())
        source, = manifest["modules"][0]["sources"]
        self.assertEqual((path.parent / source["path"]).resolve(), SOURCE_ROOT.resolve())
