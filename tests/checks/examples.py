# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""In every language the examples print what they should print."""

import contextlib
import hashlib
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from patience import patiently
from pictures import png, png_size

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
ROOT = SOURCE_ROOT / "examples"
BUILT = Path(os.environ["BUILD_ROOT"], "examples", "c")
BUILT_VALA = Path(os.environ["BUILD_ROOT"], "examples", "vala")
HAVE_VALA = os.environ["HAVE_VALA"] == "true"
CHECKSUMS = str(BUILT / "checksums")

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"
SECONDS = r"(\d+\.\d) s\n"


def run(*command, **options):
    return subprocess.run(command, encoding="utf-8", errors="surrogateescape", capture_output=True, timeout=patiently(60),
                          **options)


def commands(name):
    """The commands that run an example, by the languages that this build supports."""
    found = {"C": [BUILT / name]}
    if HAVE_VALA:
        found["Vala"] = [BUILT_VALA / name]
    if os.environ["HAVE_GI"] == "true":
        found["Python"] = [sys.executable, ROOT / "python" / f"{name}.py"]
        if shutil.which("gjs"):
            found["JavaScript"] = ["gjs", "-m", ROOT / "gjs" / f"{name}.js"]
        if os.environ["LUA"]:
            found["Lua"] = [os.environ["LUA"], ROOT / "lua" / f"{name}.lua"]
    return {language: command for language, command in found.items() if Path(command[-1]).exists()}


def is_open(pid, path):
    for file in Path("/proc", str(pid), "fd").iterdir():
        try:
            if os.path.samefile(file, path):
                return True
        except FileNotFoundError:  # the process closed the file meanwhile
            pass
    return False


def build_preload(folder):
    """Builds the opendir() that tests preload into examples, and returns the path of the library."""
    library = folder / "preload-opendir.so"
    subprocess.run([*shlex.split(os.environ["CC"]), "-shared", "-fPIC", "-o", library,
                    SOURCE_ROOT / "tests" / "checks" / "preload-opendir.c", "-ldl"], check=True)
    return library


def have_python(*namespaces):
    versions = "".join(f"gi.require_version({name!r}, '2.0');" for name in namespaces)
    return os.environ["HAVE_GI"] == "true" and run(sys.executable, "-c", f"import gi; {versions}").returncode == 0


class SleepTest(unittest.TestCase):
    def outcomes(self, name):
        # All programs run at once, because they only sleep.
        processes = {language: subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                     for language, command in commands(name).items()}
        return {language: (*process.communicate(timeout=patiently(60)), process.returncode)
                for language, process in processes.items()}

    def halves(self, outcome, lines, summary):
        output, errors, status = outcome
        self.assertEqual((status, errors), (0, ""))
        half = f"((?:{lines}\\n)+){summary}{SECONDS}"
        match = re.fullmatch(f"One after the other:\\n{half}At once:\\n{half}", output)
        self.assertIsNotNone(match, output)
        # The test compares only what sleeping guarantees. A busy machine makes everything slower.
        self.assertLess(float(match[4]), float(match[2]))
        return match[1].splitlines(), match[3].splitlines()

    def test_sqrt(self):
        roots = ["1.414214", "1.732051", "2.000000"]
        for language, outcome in self.outcomes("sqrt").items():
            with self.subTest(language=language):
                one_by_one, at_once = self.halves(
                    outcome, rf"{TIME} \d\.\d{{6}}", r"\(1.414214 1.732051 2.000000\)\n")
                self.assertEqual([line.split()[2] for line in one_by_one], roots)
                self.assertEqual(sorted(line.split()[2] for line in at_once), roots)

    def test_timestamps(self):
        for language, outcome in self.outcomes("timestamps").items():
            with self.subTest(language=language):
                one_by_one, at_once = self.halves(outcome, rf"stream: \d time: {TIME}", "")
                self.assertEqual([int(line.split()[1]) for line in one_by_one],
                                 [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
                for sid in range(4):
                    own = [line for line in at_once if line.startswith(f"stream: {sid}")]
                    self.assertEqual(len(own), 3)
                    self.assertEqual(own, sorted(own))


@unittest.skipUnless(os.environ["HAVE_GI"] == "true", "no introspection")
class PythonTest(unittest.TestCase):
    """Examples that show the same work twice: blocking, and on a worker."""

    def twice(self, name, lines, more=""):
        ran = run(sys.executable, ROOT / "python" / f"{name}.py")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr),
                         (0, f"Blocking:\n{lines}On a worker:\n{lines}{more}", ""))

    def test_mean(self):
        self.twice("mean", "10 -> 10\n20 -> 15\n90 -> 40\n90 was wrong -> 15\n")

    def test_devices(self):
        self.twice("devices", "printer\nscanner\ncamera\n", "the first: printer\n")


@unittest.skipUnless(have_python("GdkPixbuf"), "no GdkPixbuf")
class PythonThumbnailsTest(unittest.TestCase):
    def setUp(self):
        folders = [tempfile.TemporaryDirectory() for _ in range(2)]
        for folder in folders:
            self.addCleanup(folder.cleanup)
        self.folder, self.other = (Path(folder.name) for folder in folders)

    def thumbnails(self):
        ran = run(sys.executable, ROOT / "python" / "thumbnails.py", self.folder, self.other)
        return ran.returncode, ran.stdout, ran.stderr

    def test_come_in_order(self):
        sizes = {f"{number:02}.png": (128 + number, 8) for number in range(40)}
        for name, size in sizes.items():
            (self.folder / name).write_bytes(png(*size))
        status, output, errors = self.thumbnails()
        small = {name: png_size(self.other / f"{name}.png") for name in sizes}
        lines = "".join(f"{self.other}/{name}.png {width} x {height}\n" for name, (width, height) in small.items())
        self.assertEqual((status, output, errors), (0, lines, ""))
        self.assertEqual({width for width, _ in small.values()}, {128})

    def test_tell_of_broken_pictures(self):
        (self.folder / "folder").mkdir()
        (self.folder / "broken").write_bytes(png(10, 10)[:40])
        (self.folder / "a").write_bytes(png(256, 512))
        (self.folder / "text").write_text("no picture", encoding="utf-8")
        (self.folder / "z").write_bytes(png(2, 1))
        status, output, errors = self.thumbnails()
        self.assertEqual((status, output), (0, f"{self.other}/a.png 64 x 128\n{self.other}/z.png 128 x 64\n"))
        self.assertEqual(len(errors.splitlines()), 1)

    def test_is_short(self):
        """Under 25 lines, besides the head and empty lines"""
        text = (ROOT / "python" / "thumbnails.py").read_text(encoding="utf-8")
        code = [line for line in text.partition('"""\n')[2].splitlines() if line.strip()]
        self.assertLess(len(code), 25)


class DoubleTest(unittest.TestCase):
    program = BUILT / "double"

    def double(self, *numbers):
        ran = run(self.program, *numbers)
        return ran.returncode, ran.stdout, ran.stderr

    def test_answers_each_number(self):
        self.assertEqual(self.double("1", "2.5", "-3"), (0, "2\n5\n-6\n", ""))
        self.assertEqual(self.double(*map(str, range(1000))), (0, "".join(f"{2 * i}\n" for i in range(1000)), ""))

    def test_passes_errors_through_the_worker(self):
        self.assertEqual(self.double("1", "two", "3"), (1, "2\n", "double: 'two' is no number\n"))
        self.assertEqual(self.double("one"), (1, "", "double: 'one' is no number\n"))

    def test_wants_numbers(self):
        status, output, errors = self.double()
        self.assertEqual((status, output), (2, ""))
        self.assertIn("Usage:", errors)


@unittest.skipUnless(HAVE_VALA, "no valac")
class ValaDoubleTest(DoubleTest):
    program = BUILT_VALA / "double"


class LargestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.preload = build_preload(cls.folder)

    def make(self, name, sizes):
        """Makes a folder with files of these sizes, and returns its path."""
        folder = self.folder / name
        for path, size in sizes.items():
            path = folder / path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.truncate(path, size)
        return folder

    def largest(self, folder, **variables):
        """Asserts that the programs of all languages print the same, and returns what they print."""
        outcomes = {}
        for language, command in commands("largest").items():
            ran = subprocess.run([*command, folder], capture_output=True, timeout=patiently(60),
                                 env={**os.environ, **variables})
            self.assertTrue(ran.stderr.startswith(b"\r"), ran.stderr)
            errors = re.sub(r"(\r[-|/\\])*\r \r", "", ran.stderr.decode())
            outcomes[language] = ran.returncode, ran.stdout.decode(), errors
        for language, outcome in outcomes.items():
            with self.subTest(language=language):
                self.assertEqual(outcome, outcomes["C"])
        return outcomes["C"]

    def test_lists_the_largest_first(self):
        sizes = {"empty": 0, "a/huge": 5_000_000_000, "a/b/c/deep": 12, "\u00e4/\U0001f600": 100, "spa ce": 3}
        folder = self.make("sizes", sizes)
        (folder / "link").symlink_to("a/huge/and/more")  # the size of a link is the length of its target
        sizes["link"] = 15
        lines = "".join(f"{size:12} {folder / path}\n"
                        for path, size in sorted(sizes.items(), key=lambda item: -item[1]))
        self.assertEqual(self.largest(folder), (0, lines, ""))

    def test_agrees_on_files_of_one_size(self):
        folder = self.make("same", {f"{i % 7}/{i}": i % 3 for i in range(2000)})
        status, output, errors = self.largest(folder)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(len(output.splitlines()), 2000)

    def test_tells_what_cannot_be_read(self):
        folder = self.make("partly", {"secret/file": 1, "open/file": 2})
        status, output, errors = self.largest(folder, LD_PRELOAD=str(self.preload))
        self.assertEqual((status, output), (1, f"{2:12} {folder}/open/file\n"))
        self.assertIn(f"{folder}/secret", errors)
        self.assertEqual(len(errors.splitlines()), 1)

    def test_tells_that_there_is_no_folder(self):
        status, output, errors = self.largest(self.folder / "missing")
        self.assertEqual((status, output), (1, ""))
        self.assertIn(f"{self.folder}/missing", errors)

    def test_keeps_the_spinner_turning(self):
        folder = self.make("waits", {"slow/file": 1})
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for language, command in commands("largest").items():
            with self.subTest(language=language):
                process = subprocess.Popen(
                    [*command, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                    env={**os.environ, "LD_PRELOAD": str(self.preload), "ATHR_TEST_PIPE": str(pipe)})
                with open(pipe, "wb"):  # open() returns when the program reads the pipe
                    while select.select([process.stderr], [], [], 0)[0]:
                        process.stderr.read(1)  # the program painted this before it read the pipe
                    painted = b""
                    while painted.count(b"\r") < 6:
                        painted += process.stderr.read(1) or self.fail("the program ended")
                    self.assertIn(b"".join(painted.split(b"\r"))[:5], b"|/-\\" * 3)
                output, errors = process.communicate(timeout=patiently(60))
                self.assertEqual((process.returncode, output.decode()), (0, f"{1:12} {folder}/slow/file\n"))
                self.assertTrue(errors.endswith(b"\r \r"), errors)

    def test_prints_what_the_page_says(self):
        page = (SOURCE_ROOT / "doc" / "largest-files.md").read_text(encoding="utf-8")
        said, = re.findall(r"^```text\n(.*?)^```$", page, re.M | re.S)
        folder = self.make("page", {path: int(size) for size, path in re.findall(r"(\d+) /(.*)", said)})
        status, output, errors = self.largest(folder)
        self.assertEqual((status, output.replace(str(folder), ""), errors), (0, said, ""))


class ScopeTest(unittest.TestCase):
    """Programs that print the same in every language: structured work"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def programs(self, name):
        for language, command in commands(name).items():
            if language != "JavaScript" or os.environ["HAVE_INVOKE"] == "true":
                yield language, command

    def same(self, name, *arguments, **options):
        """Asserts that the programs of all languages print the same, and returns what they print."""
        outcomes = {}
        for language, command in self.programs(name):
            ran = run(*command, *arguments, **options)
            # Each language describes an error in its own words.
            outcomes[language] = ran.returncode, ran.stdout, ran.stderr.partition(":")[0]
        for language, outcome in outcomes.items():
            with self.subTest(language=language):
                self.assertEqual(outcome, outcomes["C"])
        return outcomes["C"]

    def said(self, page):
        text = (SOURCE_ROOT / "doc" / page).read_text(encoding="utf-8")
        return re.search(r"^```text\n(.*?)^```$", text, re.M | re.S)[1]

    def test_only_the_last_search_counts(self):
        path = self.folder / "file"
        path.write_text("one\ntwo\none and two\n", encoding="utf-8")
        self.assertEqual(self.same("search", path, "t", "tw", "two"),
                         (0, "t: superseded\ntw: superseded\ntwo: 2 lines\n", ""))
        self.assertEqual(self.same("search", path, "none"), (0, "none: 0 lines\n", ""))
        self.assertEqual(self.same("search", path), (0, "", ""))

    def test_search_tells_of_errors(self):
        self.assertEqual(self.same("search", self.folder / "missing", "a", "b"), (1, "a: superseded\n", "search"))

    def test_search_prints_what_the_page_says(self):
        path = self.folder / "file"
        path.write_text("a library\n" * 49 + "a book\n" * 7, encoding="utf-8")
        said = self.said("newest.md")
        self.assertEqual(self.same("search", path, *re.findall(r"^(\w+):", said, re.M)), (0, said, ""))

    def test_lines_are_those_of_wc(self):
        paths = []
        for i in range(100):
            paths.append(self.folder / str(i))
            paths[i].write_bytes(os.urandom(1000) * (i % 7))
        counts = re.sub(r"^ *(\d+)", lambda match: f"{match[1]:>8}", run("wc", "-l", *paths).stdout, flags=re.M)
        self.assertEqual(self.same("lines", *paths), (0, counts, ""))

    def test_lines_fail_with_one_file(self):
        path = self.folder / "file"
        path.write_text("one\n", encoding="utf-8")
        self.assertEqual(self.same("lines", *[path] * 20, self.folder / "missing", *[path] * 20), (1, "", "lines"))

    def test_lines_are_those_of_the_page(self):
        said = self.said("groups.md")
        names = []
        for count, name in re.findall(r"(\d+) (.*)", said)[:-1]:
            (self.folder / name).write_text("line\n" * int(count), encoding="utf-8")
            names.append(name)
        with contextlib.chdir(self.folder):
            self.assertEqual(self.same("lines", *names), (0, said, ""))

    def test_windows_that_are_closed_show_nothing(self):
        path = self.folder / "file"
        path.write_text("one\ntwo\n", encoding="utf-8")
        self.assertEqual(self.same("windows", *[path] * 20), (0, "file: closed\n" * 19 + "file: 2 lines\n", ""))
        self.assertEqual(self.same("windows", path), (0, "file: 2 lines\n", ""))
        self.assertEqual(self.same("windows"), (0, "", ""))

    def test_windows_tell_of_errors(self):
        path = self.folder / "file"
        path.write_text("one\n", encoding="utf-8")
        self.assertEqual(self.same("windows", path, self.folder / "missing"), (1, "file: closed\n", "windows"))

    def test_windows_are_those_of_the_page(self):
        said = self.said("owner.md")
        names = re.findall(r"^(.+):", said, re.M)
        for name in names:
            (self.folder / name).write_text("line\n" * 5, encoding="utf-8")
        with contextlib.chdir(self.folder):
            self.assertEqual(self.same("windows", *names), (0, said, ""))

    def test_grep_prints_what_grep_prints(self):
        paths = []
        for i in range(100):  # more files than the map may hold at once
            paths.append(self.folder / str(i))
            paths[i].write_text("".join(f"line {j} of {i}\n" for j in range(i % 7)), encoding="utf-8")
        for text in "line", "5 of", "of 1", "nothing":
            theirs = run("grep", "-HF", text, *paths)
            self.assertEqual(self.same("grep", text, *paths), (0, theirs.stdout, ""))

    def test_grep_ends_with_the_first_error(self):
        path = self.folder / "file"
        path.write_text("one\n", encoding="utf-8")
        missing = self.folder / "missing"
        self.assertEqual(self.same("grep", "one", *[path] * 3, missing, path), (1, f"{path}:one\n" * 3, "grep"))

    def test_grep_prints_what_the_page_says(self):
        said = self.said("map.md")
        lines = {"two.txt": ["pears"]}
        for name, line in re.findall(r"^(.+):(.+)$", said, re.M):
            lines.setdefault(name, []).append(line)
        names = ["one.txt", "two.txt", "three.txt"]
        for name in names:
            (self.folder / name).write_text("".join(line + "\nmore\n" for line in lines[name]), encoding="utf-8")
        with contextlib.chdir(self.folder):
            self.assertEqual(self.same("grep", "apple", *names), (0, said, ""))

    def copied(self, answers, there, *names):
        """Copies files into a folder that has some of them. Returns what the programs print, and what is in the folder then."""
        outcomes = {}
        for language, command in self.programs("copy"):
            target = self.folder / f"{language}-{len(list(self.folder.iterdir()))}"
            target.mkdir()
            for name in there:
                (target / name).write_text("old", encoding="utf-8")
            ran = run(*command, *(self.folder / name for name in names), target, input=answers)
            files = {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}
            outcomes[language] = ran.returncode, ran.stdout, ran.stderr.partition(":")[0], files
        for language, outcome in outcomes.items():
            with self.subTest(language=language):
                self.assertEqual(outcome, outcomes["C"])
        return outcomes["C"]

    def test_copy_asks_before_it_overwrites(self):
        for name in "one", "two":
            (self.folder / name).write_text("new", encoding="utf-8")
        self.assertEqual(self.copied("", [], "one", "two"),
                         (0, "one is copied\ntwo is copied\n", "", {"one": "new", "two": "new"}))
        self.assertEqual(self.copied("y\nn\n", ["one", "two"], "one", "two"),
                         (0, "Overwrite one?\none is copied\nOverwrite two?\n", "", {"one": "new", "two": "old"}))
        self.assertEqual(self.copied("", ["two"], "one", "two"),
                         (0, "one is copied\nOverwrite two?\n", "", {"one": "new", "two": "old"}))

    def test_copy_tells_of_errors(self):
        (self.folder / "one").write_text("new", encoding="utf-8")
        self.assertEqual(self.copied("y\n", ["one"], "one", "missing", "one"),
                         (1, "Overwrite one?\none is copied\n", "copy", {"one": "new"}))

    def test_copy_prints_what_the_page_says(self):
        said = self.said("ask.md")
        for name in "one.txt", "two.txt", "three.txt":
            (self.folder / name).write_text("new", encoding="utf-8")
        self.assertEqual(self.copied("n\ny\n", ["one.txt", "three.txt"], "one.txt", "two.txt", "three.txt"),
                         (0, said, "", {"one.txt": "old", "two.txt": "new", "three.txt": "new"}))


def have_gjs(namespace):
    """Whether gjs is installed and can import the namespace."""
    return (os.environ["HAVE_GI"] == "true" and shutil.which("gjs") is not None and
            run("gjs", "-c", f"imports.gi.{namespace}").returncode == 0)


@unittest.skipUnless(have_gjs("AthrInvoke"), "no gjs with AthrInvoke")
class InvokeTest(unittest.TestCase):
    """Programs in JavaScript that run C functions on workers"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "folder")
        self.other = Path(folder.name, "other")
        self.folder.mkdir()

    def write(self, name, content=b""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def printed(self, name, *arguments, **options):
        """Runs an example. Returns its exit status, its output, and its errors without the spinner."""
        ran = subprocess.run(["gjs", "-m", ROOT / "gjs" / f"{name}.js", *arguments], capture_output=True, timeout=patiently(60),
                             **options)
        self.assertTrue(ran.stderr.startswith(b"\r"), ran.stderr)
        return ran.returncode, ran.stdout.decode(), re.sub(r"(\r[-|/\\])*\r \r", "", ran.stderr.decode())

    def preload(self):
        return str(build_preload(self.folder.parent))

    def picture(self, name, width, height):
        return self.write(name, png(width, height))

    def test_hashes_are_those_of_sha256sum(self):
        paths = [self.write(name, content) for name, content in
                 {"empty": b"", "a/b/c/deep": b"deep", "\u00e4/\U0001f600": b"1", "spa ce": os.urandom(1000003),
                  **{f"many/{i}": b"%d" % i for i in range(300)}}.items()]
        (self.folder / "link").symlink_to("empty")
        status, output, errors = self.printed("hashes", self.folder)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(sorted(output.splitlines()), sorted(run("sha256sum", *paths).stdout.splitlines()))

    def test_hashes_a_name_that_is_no_text(self):
        self.write("\udcff", b"hello")
        status, output, errors = self.printed("hashes", self.folder)
        self.assertEqual((status, output.split()[0], errors), (0, hashlib.sha256(b"hello").hexdigest(), ""))

    def test_hashes_tell_what_cannot_be_read(self):
        path = self.write("open/file", b"hello")
        self.write("secret/file")
        status, output, errors = self.printed("hashes", self.folder, env={**os.environ, "LD_PRELOAD": self.preload()})
        self.assertEqual((status, output), (1, f"{hashlib.sha256(b'hello').hexdigest()}  {path}\n"))
        self.assertIn(f"{self.folder}/secret", errors)

    def test_hashes_tell_that_there_is_no_folder(self):
        status, output, errors = self.printed("hashes", self.folder / "missing")
        self.assertEqual((status, output), (1, ""))
        self.assertIn(f"{self.folder}/missing", errors)

    def test_the_spinner_keeps_turning(self):
        self.write("slow/file")
        pipe = self.folder.parent / "pipe"
        os.mkfifo(pipe)
        for name in "hashes", "thumbnails":
            with self.subTest(name=name):
                arguments = [self.folder, self.other][:2 if name == "thumbnails" else 1]
                process = subprocess.Popen(
                    ["gjs", "-m", ROOT / "gjs" / f"{name}.js", *arguments], stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, bufsize=0,
                    env={**os.environ, "LD_PRELOAD": self.preload(), "ATHR_TEST_PIPE": str(pipe)})
                with open(pipe, "wb"):  # open() returns when the program reads the pipe
                    painted = b""
                    while painted.count(b"\r") < 6:
                        painted += process.stderr.read(1) or self.fail("the program ended")
                    self.assertIn(b"".join(painted.split(b"\r"))[:5], b"|/-\\" * 3)
                _, errors = process.communicate(timeout=patiently(60))
                self.assertEqual(process.returncode, 0)
                self.assertTrue(errors.endswith(b"\r \r"), errors)

    @unittest.skipUnless(have_gjs("GdkPixbuf"), "no GdkPixbuf")
    def test_thumbnails_are_small(self):
        for name, size in {"wide.png": (512, 256), "a/b/high": (10, 640), "\u00e4.png": (128, 128)}.items():
            self.picture(name, *size)
        self.write("text", b"no picture")
        status, output, errors = self.printed("thumbnails", self.folder, self.other)
        sizes = {"wide.png": (128, 64), "a/b/high": (2, 128), "\u00e4.png": (128, 128)}
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(output, "".join(sorted(
            f"{self.other}/{name}.png {width} x {height}\n" for name, (width, height) in sizes.items())))
        for name, size in sizes.items():
            self.assertEqual(png_size(Path(self.other, f"{name}.png")), size)

    @unittest.skipUnless(have_gjs("GdkPixbuf"), "no GdkPixbuf")
    def test_thumbnails_tell_of_broken_pictures(self):
        path = self.picture("broken", 10, 10)
        path.write_bytes(path.read_bytes()[:40])
        self.picture("whole", 10, 5)
        status, output, errors = self.printed("thumbnails", self.folder, self.other)
        self.assertEqual((status, output), (1, f"{self.other}/whole.png 128 x 64\n"))
        self.assertEqual(len(errors.splitlines()), 1)

    @unittest.skipUnless(have_gjs("GdkPixbuf"), "no GdkPixbuf")
    def test_thumbnails_want_two_folders(self):
        ran = run("gjs", "-m", ROOT / "gjs" / "thumbnails.js", self.folder)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (2, "", "Usage: thumbnails FOLDER OTHER\n"))


class FindTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def same_as_find(self, *paths):
        ours, theirs = run(BUILT / "find", *paths), run("find", *paths)
        self.assertEqual((ours.returncode, ours.stderr), (0, ""))
        self.assertEqual(sorted(ours.stdout.splitlines()), sorted(theirs.stdout.splitlines()))

    def test_finds_what_find_finds(self):
        for path in ["empty", "wide", "deep/1/2/3/4", "\u00e4/\udcff", "spa ce"]:
            (self.folder / path).mkdir(parents=True)
        for i in range(500):  # many more values than the buffer holds
            (self.folder / "wide" / str(i)).touch()
        (self.folder / "deep" / "up").symlink_to("..")
        (self.folder / "file").touch()
        self.same_as_find(self.folder)
        self.same_as_find(self.folder / "file")
        self.same_as_find(*sorted(self.folder.iterdir()) * 20)

    def test_tells_of_what_is_missing(self):
        missing = self.folder / "missing"
        ran = run(BUILT / "find", missing, self.folder)
        self.assertEqual((ran.returncode, ran.stdout), (1, f"{self.folder}\n"))
        self.assertEqual(ran.stderr, f"find: {missing}: No such file or directory\n")

    def test_wants_folders(self):
        ran = run(BUILT / "find")
        self.assertEqual((ran.returncode, ran.stdout), (2, ""))
        self.assertIn("Usage:", ran.stderr)


class ChecksumsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content=b""):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def interrupt(self, path):
        """Sends SIGINT, as Ctrl-C does, when the program has opened the file. Returns status, output and errors."""
        process = subprocess.Popen([CHECKSUMS, path], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not is_open(process.pid, path):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=patiently(30))
        return process.returncode, output, errors

    def test_are_those_of_sha256sum(self):
        paths = [self.file("a", b"hello"), self.file("empty"), self.file("b" * 200, os.urandom(1000003)),
                 self.file("new\nline", b"1"), self.file("back\\slash", b"2"), self.file("spa ce", b"3"),
                 self.file("\u00e4", b"4"), self.file("\udcff", b"5"), "/dev/null", "/proc/version"] * 10
        paths.append(sys.executable)
        ours, theirs = run(CHECKSUMS, *paths), run("sha256sum", *paths)
        self.assertEqual((ours.returncode, ours.stderr), (0, ""))
        self.assertEqual(ours.stdout, theirs.stdout)
        checked = subprocess.run(["sha256sum", "--check", "--quiet"], input=os.fsencode(ours.stdout))
        self.assertEqual(checked.returncode, 0)

    def test_tell_of_errors(self):
        good = self.file("good", b"good")
        missing = str(self.folder / "missing")
        secret = self.file("secret", b"secret")
        os.chmod(secret, 0)
        paths = [str(self.folder), good, missing] + ([secret] if os.geteuid() else [])
        ran = run(CHECKSUMS, *paths)
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(ran.stdout, f"{hashlib.sha256(b'good').hexdigest()}  {good}\n")
        errors = ran.stderr.splitlines()
        self.assertEqual(len(errors), len(paths) - 1)
        self.assertRegex(errors[0], rf"^checksums: {re.escape(str(self.folder))}: .*[Dd]irectory")
        self.assertRegex(errors[1], rf"^checksums: {re.escape(missing)}: No such file")

    def test_want_files(self):
        ran = run(CHECKSUMS)
        self.assertEqual((ran.returncode, ran.stdout), (2, ""))
        self.assertIn("Usage:", ran.stderr)

    def test_read_pipes(self):
        ran = subprocess.run([CHECKSUMS, "/dev/stdin"], input=b"piped", capture_output=True, timeout=patiently(60))
        self.assertEqual(ran.stdout.decode(), f"{hashlib.sha256(b'piped').hexdigest()}  /dev/stdin\n")

    def test_are_interrupted_while_a_pipe_is_silent(self):
        pipe = str(self.folder / "pipe")
        os.mkfifo(pipe)
        self.assertEqual(self.interrupt(pipe), (130, "", ""))

    def test_are_interrupted_in_the_middle_of_a_file(self):
        huge = self.file("huge")
        os.truncate(huge, 1 << 40)
        self.assertEqual(self.interrupt(huge), (130, "", ""))

    def test_show_progress_on_a_terminal(self):
        path = self.file("some", bytes(10_000_000))
        try:
            for end in pty.openpty():
                os.close(end)
        except OSError as error:
            self.skipTest(str(error))
        process, terminal = pty.fork()
        if process == 0:
            os.execv(CHECKSUMS, [CHECKSUMS, path])
        output = b""
        try:
            while block := os.read(terminal, 4096):
                output += block
        except OSError:  # on Linux this means that the other end of the terminal is closed
            pass
        self.assertEqual(os.waitpid(process, 0)[1], 0)
        *shown, line = output.decode().removesuffix("\r\n").split("\r")
        percents = [int(text.rstrip(" %")) for text in shown if text.strip()]
        self.assertTrue(percents)
        self.assertEqual(percents, sorted(set(percents)))
        self.assertEqual(percents[-1], 100)
        self.assertEqual(line, f"{hashlib.sha256(bytes(10_000_000)).hexdigest()}  {path}")
