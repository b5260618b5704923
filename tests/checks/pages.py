# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Links on the pages of the reference lead to pages and headings that exist, and code on the pages prints what
the pages say. The test also checks the code in the doc comments of the library's C files.

C:

- A block with a main() is a program. The test builds it and runs it without arguments. The program must
  print the ```text block that follows it.
- The test only compiles any other block. If the block has no function, the test puts the block into a
  function. The block may use the names in NAMES and HELPERS, and the functions of earlier blocks of the
  same page.
- recipes.c runs the blocks with GTK of the page "Cookbook: C" in a window.
- A block that includes GTK, SQLite or libdex is left out where that library is missing. So is a block of Python that
  imports the Python library athreading.

Python: one interpreter runs all blocks of a page, one after the other, if the typelibs that they need are there.
Each block must print the ```text block that follows it, or nothing. A page may name seconds, as in "1.5 s". The
program may take longer, because sleeping promises only a least time. Lines with seconds may come in any order.

A block of Python with GTK is part of a window. The first block that makes a Gtk.Application with an event loop that
Python has runs with the block with GTK before it, on a screen of Xvfb and with a folder of pictures as its argument.
RUN_WINDOW closes the window when the window shows all pictures. A block that imports GTK and makes a Gtk.Application, too,
is a whole program, and runs in the same way.

JavaScript and Lua: all blocks of a page are one module or script, which must print all ```text blocks
that follow its blocks.

Vala: all blocks of a page are one program, which must print all ```text blocks that follow its blocks. A
block that begins with a function is put on the top level. Each other block becomes the body of a function,
and main() calls these functions one after the other.

A block below <p>LANGUAGE: examples/FILE</p> must repeat that file. check-examples tests the file.

A block below "The file `NAME` ...:" or "Add this line to `NAME` ...:" belongs to a project. check-guide builds and runs
the project.
"""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from patience import patiently

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])

PAGES = sorted((SOURCE_ROOT / "doc").glob("*.md"))
SOURCES = sorted((SOURCE_ROOT / "athreading").glob("*/*.c"))

CC = [*shlex.split(os.environ["CC"]), "-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter",
      "-Wno-unused-function", "-Werror", f"-I{SOURCE_ROOT}", f"-I{BUILD_ROOT}"]

VALAC = ["valac", "--fatal-warnings", "--pkg", "gio-2.0", "--pkg", "athreading-1",
         "--vapidir", str(BUILD_ROOT / "introspection" / "vala" / "vapi"), "-X", "-w", "-X", f"-I{SOURCE_ROOT}",
         "-X", f"-I{BUILD_ROOT}", "-X", f"-L{BUILD_ROOT / 'athreading'}", "-X", "-lathreading-1", "-X", "-lm"]

LANGUAGES = {"", "c", "text", "python", "javascript", "lua", "typescript", "vala", "sh", "meson"}

# The last sentence before a block that belongs to a project, in one line
OF_PROJECT = re.compile(r"([Tt]he file|Add (?:this line|these lines) to) `([\w.-]+)`[^.]*:$")

# The parameters of the function that the test puts around a block without a function
NAMES = """
G_GNUC_UNUSED AthrExecutor *executor, G_GNUC_UNUSED AthrCall *call, G_GNUC_UNUSED AthrStream *stream,
G_GNUC_UNUSED AthrYielder *yielder, G_GNUC_UNUSED GCancellable *cancellable,
G_GNUC_UNUSED const char *path, G_GNUC_UNUSED gpointer user_data, G_GNUC_UNUSED GError **error"""

# Functions that a block may use without showing them
HELPERS = {
    "produce": "void produce (AthrYielder *yielder, gpointer user_data, GError **error);",
    "work": "void work (AthrCall *call, gpointer user_data, GError **error);",
    "got_value": "void got_value (GObject *source, GAsyncResult *result, gpointer user_data);",
    "got_batch": "void got_batch (GObject *source, GAsyncResult *result, gpointer user_data);",
    "closed": "void closed (GObject *source, GAsyncResult *result, gpointer user_data);",
    "use": "void use (const GValue *value);",
}

# The headers of libraries that may be missing, and their modules of pkg-config
MODULES = {"#include <gtk/gtk.h>": "gtk4", "#include <sqlite3.h>": "sqlite3", "#include <libdex.h>": "libdex-1"}

# Runs the blocks of Python from its standard input, and prints a null byte after the output of each block
RUN_PYTHON = """
import json, sys
names = {"__name__": "__main__"}
for path, line, text in json.load(sys.stdin):
    exec(compile("\\n" * line + text, path, "exec"), names)
    print(end="\\0", flush=True)
"""

# What recipes.c prints
STAGES = "progress button search thumbnails list question close".split()

# Runs a program with a window from its standard input, and closes the window when it shows three pictures
RUN_WINDOW = """
import sys
import gi
gi.require_version("Gtk", "4.0")
from gi.repository import Gio, GLib, Gtk

def pictures_in(widget):
    child, number = widget.get_first_child(), isinstance(widget, Gtk.Picture)
    while child is not None:
        number += pictures_in(child)
        child = child.get_next_sibling()
    return number

def look():
    application = Gio.Application.get_default()
    window = application and application.get_active_window()
    if window is None or pictures_in(window) < 3:
        return True
    print(pictures_in(window), "pictures in", window.get_title())
    window.close()
    return False

GLib.timeout_add(10, look)
exec(sys.stdin.read())
"""

SECONDS = re.compile(r"\b(\d+\.\d) s\b")


class Block:
    file = None  # the example that the block repeats
    project_file = None  # the file of a project that the block is, or whose end the block is
    is_added = False  # whether the block is only the end

    def __init__(self, path, line, language, text):
        self.path = path
        self.line = line
        self.language = language
        self.text = text
        self.following = None

    def __str__(self):
        return f"{self.path}:{self.line}"

    @property
    def is_program(self):
        return re.search(r"^main \(", self.text, re.M) is not None

    @property
    def is_window(self):
        return self.language == "python" and "Gtk" in self.text

    @property
    def is_whole_window(self):
        return self.is_window and "Gtk.Application(" in self.text and "from gi.repository import " in self.text

    @property
    def functions(self):
        return re.findall(r"^(\w+) \([^;{]*\)\n\{", self.text, re.M)

    def own(self):
        return f'#line {self.line + 1} "{self.path}"\n{self.text}'

    def source(self, before):
        """The source of a C file with the block, and with all that the block needs from the blocks before it."""
        if self.is_program:
            return self.own()
        known = set(self.functions)
        parts = ["#include <athreading/athreading.h>\n"]
        for block in reversed(before):
            if block.functions and not block.is_program and known.isdisjoint(block.functions):
                known.update(block.functions)
                parts.insert(1, block.own())
        parts[1:1] = [helper + "\n" for name, helper in HELPERS.items() if name not in known]
        if self.functions:
            parts.append(self.own())
        else:
            parts.append(f"void sample ({NAMES});\nvoid\nsample ({NAMES})\n{{\n{{\n{self.own()}}}\n}}\n")
        return "".join(parts)

    def modules(self, before):
        """The modules of pkg-config that the source needs besides GIO."""
        source = self.source(before)
        return [module for include, module in MODULES.items() if include in source]


def paragraph_before(lines, number):
    """The paragraph above the fence in line `number`, in one line."""
    paragraph = []
    for line in reversed(lines[:number - 2]):
        if not line:
            break
        paragraph.insert(0, line)
    return " ".join(paragraph)


def blocks_of(path):
    """The blocks of a page, or of the comments of a C file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".c":
        lines = [line[3:] if line.startswith(" * ") else "" for line in lines]
    blocks, block = [], None
    for number, line in enumerate(lines, 1):
        fence = re.match(r"```(\w*)$", line)
        if fence is None:
            if block is not None:
                block.text += line + "\n"
        elif block is None:
            block = Block(path.relative_to(SOURCE_ROOT), number, fence[1], "")
            if repeated := re.match(r"<p>\w+: (examples/[\w./-]+)</p>", "".join(lines[number - 3:number - 2])):
                block.file = repeated[1]
            if told := OF_PROJECT.search(paragraph_before(lines, number)):
                block.is_added = told[1].startswith("Add")
                block.project_file = told[2]
        else:
            if blocks:
                blocks[-1].following = block
            blocks.append(block)
            block = None
    assert block is None, f"{block}: the block does not end"
    return blocks


def without_head(path):
    """The text of a file below its SPDX lines."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\A(.*SPDX.*\n)+( \*/\n)?\n", "", text)


def anchors_of(text):
    """The anchors that gi-docgen gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, timeout=patiently(60), **options)


@lru_cache(maxsize=None)
def has_python(imports):
    """Whether Python can import something. An attempt in this process would load GTK into it."""
    return run(sys.executable, "-W", "ignore", "-c", imports).returncode == 0


def start_screen():
    """Starts a screen of its own. Returns its process, and the environment for programs with windows."""
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24"],
                              pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with open(reader, encoding="ascii") as answer:
        number = answer.readline().strip()
    return screen, {**os.environ, "DISPLAY": f":{number}", "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
                    "GSETTINGS_BACKEND": "memory", "GTK_A11Y": "none"}


def divide(text):
    """The lines without seconds in their order, and the sorted lines with seconds: a line without them, and them."""
    plain, timed = [], []
    for line in text.splitlines():
        seconds = [float(number) for number in SECONDS.findall(line)]
        if seconds:
            timed.append((SECONDS.sub("", line), seconds))
        else:
            plain.append(line)
    return plain, sorted(timed)


def is_said(printed, said):
    """Whether the output matches the text on a page."""
    plain, timed = divide(printed)
    plain_said, timed_said = divide(said)
    return (plain == plain_said and [line for line, _ in timed] == [line for line, _ in timed_said] and
            all(took >= at_least for (_, took), (_, at_least) in zip(timed, timed_said)))


class PagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all_pages = [blocks_of(path) for path in [*PAGES, *SOURCES]]
        left_out = set()
        if importlib.util.find_spec("athreading") is None:
            left_out.add("import athreading")
        cls.pages = [[block for block in page if block.file is None and block.project_file is None and
                      left_out.isdisjoint(block.text.splitlines())]
                     for page in cls.all_pages]
        cls.flags = shlex.split(run("pkg-config", "--cflags", "gio-2.0").stdout)
        cls.libraries = [f"-L{BUILD_ROOT / 'athreading'}", "-lathreading-1",
                         *shlex.split(run("pkg-config", "--libs", "gio-2.0").stdout)]
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)

    @staticmethod
    @lru_cache(maxsize=None)
    def flags_of(module):
        """The flags of a module of pkg-config, or None where it is missing. -isystem: the warnings are not ours."""
        found = run("pkg-config", "--cflags", "--libs", module)
        flags = [re.sub("^-I", "-isystem", flag) for flag in shlex.split(found.stdout)]
        return flags if found.returncode == 0 else None

    def compile(self, block, before, *options):
        name = re.sub(r"\W", "-", str(block))
        source = self.folder / f"{name}.c"
        source.write_text(block.source(before), encoding="utf-8")
        flags = [flag for module in block.modules(before) for flag in self.flags_of(module)]
        compiled = run(*CC, *self.flags, source, *options, *flags)
        if compiled.returncode != 0 or compiled.stderr:
            return f"{block}: the code does not compile\n{compiled.stderr}"
        return None

    def check_program(self, block, before):
        program = self.folder / re.sub(r"\W", "-", str(block))
        mistake = self.compile(block, before, "-o", program, *self.libraries)
        if mistake:
            return mistake
        if block.following is None or block.following.language != "text":
            return f"{block}: no text block with the output follows the program"
        ran = run(program)
        if (ran.returncode, ran.stdout, ran.stderr) != (0, block.following.text, ""):
            return (f"{block}: the program exits with {ran.returncode} and prints\n{textwrap.indent(ran.stdout, '  ')}"
                    f"but {block.following} says\n{textwrap.indent(block.following.text, '  ')}"
                    f"errors: {ran.stderr}")
        return None

    def check_all(self, check, chosen):
        pages = [[block for block in page if block.language == "c"] for page in self.pages]
        jobs = [(block, page[:i]) for page in pages for i, block in enumerate(page) if chosen(block)]
        jobs = [job for job in jobs if all(self.flags_of(module) is not None for module in job[0].modules(job[1]))]
        self.assertTrue(jobs)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            mistakes = [mistake for mistake in pool.map(lambda job: check(*job), jobs) if mistake]
        if mistakes:
            self.fail("\n".join(["", *mistakes]))

    def test_programs_print_what_the_page_says(self):
        self.check_all(self.check_program, lambda block: block.is_program)

    def test_other_blocks_compile(self):
        self.check_all(lambda block, before: self.compile(block, before, "-fsyntax-only"),
                       lambda block: not block.is_program)

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true", "no introspection")
    def test_python_prints_what_the_page_says(self):
        for page in self.pages:
            page = [block for block in page if block.language == "python" and block.path.suffix == ".md" and
                    not block.is_window and
                    (os.environ["HAVE_INVOKE"] == "true" or "Athr.invoke(" not in block.text)]
            versions = {line for block in page for line in re.findall(r"^gi\.require_version.*", block.text, re.M)}
            if page and has_python("\n".join(["import gi", *sorted(versions)])):
                with self.subTest(page=str(page[0].path)):
                    self.check_python(page)

    def check_python(self, page):
        blocks = [(str(block.path), block.line, block.text) for block in page]
        ran = run(sys.executable, "-c", RUN_PYTHON, input=json.dumps(blocks))
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        *outputs, rest = ran.stdout.split("\0")
        self.assertEqual((len(outputs), rest), (len(page), ""))
        for block, printed in zip(page, outputs):
            follows = block.following is not None and block.following.language == "text"
            said = block.following.text if follows else ""
            if not is_said(printed, said):
                self.assertEqual(printed, said, f"{block}: the program prints something else")

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true" and shutil.which("Xvfb") and has_python("""
import gi; gi.require_version("Gtk", "4.0"); from gi.repository import Gtk"""), "no GTK 4 for Python, or no Xvfb")
    def test_window_of_python_shows_pictures(self):
        blocks = [block for page in self.pages for block in page if block.is_window and not block.is_whole_window]
        environment = self.start_screen()
        pictures = self.new_folder_of_pictures()
        for block in blocks:
            if "Gtk.Application(" not in block.text:
                window = block.text
            elif has_python("\n".join(re.findall(r"^(?:import|from) .*$", block.text, re.M))):
                self.check_window(window + block.text, pictures, environment)
                return
        self.skipTest("no event loop for windows")

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true" and shutil.which("Xvfb") and has_python("""
import gi; gi.require_version("Gtk", "4.0"); from gi.repository import Gtk"""), "no GTK 4 for Python, or no Xvfb")
    def test_whole_windows_of_python_show_pictures(self):
        blocks = [block for page in self.pages for block in page if block.is_whole_window]
        self.assertEqual(len(blocks), 1)
        environment = self.start_screen()
        for block in blocks:
            self.check_window(block.text, self.new_folder_of_pictures(), environment)

    def check_window(self, program, folder, environment):
        ran = run(sys.executable, "-c", RUN_WINDOW, folder, input=program, env=environment)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "3 pictures in Pictures\n", ""))

    def new_folder_of_pictures(self):
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "notes.txt").write_text("this is no picture\n")
        for number in range(3):
            (folder / f"{number}.ppm").write_bytes(b"P6 200 100 255\n" + bytes(200 * 100 * 3))
        return folder

    @unittest.skipUnless(shutil.which("Xvfb"), "no Xvfb")
    def test_recipes_of_c_work_in_a_window(self):
        flags = self.flags_of("gtk4")
        if flags is None:
            self.skipTest("no GTK 4")
        page = SOURCE_ROOT / "doc" / "cookbook-c.md"
        blocks = [block for block in blocks_of(page) if "#include <gtk/gtk.h>" in block.text]
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "recipes.h").write_text("".join(block.own() for block in blocks), encoding="utf-8")
        (folder / "notes.txt").write_text("an apple, and an application\n")
        compiled = run(*CC, f"-I{folder}", SOURCE_ROOT / "tests" / "checks" / "recipes.c", "-o", folder / "recipes",
                       *self.libraries, *flags)
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))

        environment = self.start_screen()
        ran = run(folder / "recipes", self.new_folder_of_pictures(), "notes.txt", cwd=folder, env=environment)
        self.assertEqual((ran.returncode, ran.stdout.split(), ran.stderr), (0, STAGES, ""))

    def start_screen(self):
        screen, environment = start_screen()
        self.addCleanup(screen.wait)
        self.addCleanup(screen.terminate)
        return environment

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true" and shutil.which("gjs"), "no gjs")
    def test_javascript_prints_what_the_page_says(self):
        self.check_scripts("javascript", "page.js", "gjs", "-m")

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true" and os.environ["LUA"], "no Lua with lgi")
    def test_lua_prints_what_the_page_says(self):
        self.check_scripts("lua", "page.lua", os.environ["LUA"])

    def check_scripts(self, language, name, *command):
        for page in self.pages:
            page = [block for block in page if block.language == language]
            if os.environ["HAVE_INVOKE"] != "true" and any("Athr.invoke(" in block.text for block in page):
                continue
            if page:
                with self.subTest(page=str(page[0].path)):
                    script = self.folder / name
                    script.write_text("".join(block.text for block in page), encoding="utf-8")
                    ran = run(*command, script)
                    followings = [block.following for block in page if block.following is not None]
                    said = "".join(block.text for block in followings if block.language == "text")
                    self.assertEqual((ran.returncode, ran.stderr, ran.stdout), (0, "", said))

    @unittest.skipUnless(os.environ["HAVE_VALA"] == "true", "no valac")
    def test_vala_prints_what_the_page_says(self):
        for page in self.pages:
            page = [block for block in page if block.language == "vala"]
            if page:
                with self.subTest(page=str(page[0].path)):
                    self.check_vala(page)

    def check_vala(self, page):
        source, calls = "", ""
        for number, block in enumerate(page):
            if re.match(r"(async )?[\w.]+ \w+ \(.*\).*\{$", block.text, re.M):
                source += block.text
            else:
                source += f"async void sample_{number} () throws Error {{\n{block.text}}}\n"
                calls += f"\t\tyield sample_{number} ();\n"
        source += ("async void main () {\n\ttry {\n" + calls +
                   "\t} catch (Error error) {\n\t\tprinterr (\"%s\\n\", error.message);\n\t}\n}\n")
        program = self.folder / "page"
        program.with_suffix(".vala").write_text(source, encoding="utf-8")
        compiled = run(*VALAC, "-o", program, program.with_suffix(".vala"), cwd=self.folder)
        self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
        ran = run(program)
        followings = [block.following for block in page if block.following is not None]
        said = "".join(block.text for block in followings if block.language == "text")
        self.assertEqual((ran.returncode, ran.stderr, ran.stdout), (0, "", said))

    def test_files_are_repeated(self):
        blocks = [block for page in self.all_pages for block in page if block.file is not None]
        self.assertEqual(len(blocks), 24)
        for block in blocks:
            with self.subTest(block=str(block)):
                self.assertEqual(block.text, without_head(SOURCE_ROOT / block.file))

    def test_seconds_are_the_least(self):
        self.assertTrue(is_said("2.0 s\n", "1.9 s\n"))
        self.assertTrue(is_said("x 1.1 s\ny 1.0 s\n", "y 1.0 s\nx 1.0 s\n"))
        self.assertFalse(is_said("1.9 s\n", "2.0 s\n"))
        self.assertFalse(is_said("x 1.0 s\n", "y 1.0 s\n"))
        self.assertFalse(is_said("1.0 s\n1.0 s\n", "1.0 s\n"))
        self.assertFalse(is_said("b\na\n", "a\nb\n"))

    def test_languages_are_known(self):
        for page in self.all_pages:
            for block in page:
                with self.subTest(block=str(block)):
                    self.assertIn(block.language, LANGUAGES)

    def test_python_is_python(self):
        for page in self.pages:
            for block in page:
                if block.language == "python":
                    with self.subTest(block=str(block)):
                        compile(block.text, str(block), "exec")

    def test_code_fits_the_page(self):
        for page in self.all_pages:
            for block in page:
                for number, line in enumerate(block.text.splitlines(), block.line + 1):
                    with self.subTest(block=f"{block.path}:{number}"):
                        self.assertLessEqual(len(line), 84)

    def test_links_lead_to_pages(self):
        anchors = {path.stem: anchors_of(path.read_text(encoding="utf-8")) for path in PAGES}
        anchors["index"] = set()  # the page that gi-docgen makes
        for path in [*PAGES, *SOURCES]:
            text = path.read_text(encoding="utf-8")
            links = re.findall(r"\]\(([\w-]+)\.html(?:#([^)]+))?\)", text)
            if path.suffix == ".md":
                links += [(path.stem, anchor) for anchor in re.findall(r"\]\(#([^)]+)\)", text)]
            for target, anchor in links:
                with self.subTest(page=path.name, target=target, anchor=anchor):
                    self.assertIn(target, anchors)
                    if anchor:
                        self.assertIn(anchor, anchors[target])

    def test_titles_are_told_to_the_index(self):
        for path in PAGES:
            with self.subTest(page=path.name):
                text = path.read_text(encoding="utf-8")
                title = re.search(r"^# (.+)$", text, re.M)[1]
                self.assertTrue(text.startswith(f"---\nTitle: {title}\n---\n"))
