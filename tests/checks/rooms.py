# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Calls and includes go one way through the folders of the library, and no files form a circle."""

import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["SOURCE_ROOT"], "athreading")
TESTS = Path(os.environ["SOURCE_ROOT"], "tests")
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])

# A folder may use the folders of the lines above its own line, and no other folder.
ORDER = [["base"], ["context"], ["pool"], ["channel", "call"], ["stream"], ["sources", "model"], ["scope"]]
PLACES = {folder: place for place, folders in enumerate(ORDER) for folder in folders}

# The order alone would let these folders use `call`.
APART = [{"call", "stream"}, {"call", "sources"}, {"call", "model"}]

# Public headers are outside of the folders. Each header belongs to the folder that implements it.
PUBLIC = {"version": "base", "types": "base", "enums": "base", "main-context": "context", "dump": "pool", "executor": "pool",
          "question": "context", "call": "call", "yielder": "stream", "stream": "stream", "stream-list-model": "model",
          "vala": "stream", "group": "scope", "latest": "scope"}
UMBRELLA = "athreading.h"
GENERATED = "athr-enums.c"  # Meson writes this source. Every file may use it.

# Symbols of GLib that files must not use. In `pool`, only the executor knows GObject and the main loop.
MAIN_LOOP = ("g_main_", "g_source_", "g_idle_", "g_timeout_")
FOREIGN = [(r"pool/(?!athr-executor\b)", ("g_task_", "g_object_", *MAIN_LOOP)),
           (r"channel/", ("g_task_", "g_file_", *MAIN_LOOP))]

Objects = dict[str, tuple[set[str], set[str]]]  # of each file, the symbols it defines and those it leaves undefined
Graph = dict[str, dict[str, set[str]]]          # graph[a][b]: the names for which file a needs file b


def file_of(member: str) -> str:
    """The source file of an object: Meson writes `base_athr-lock.c.o` for `base/athr-lock.c`."""
    name = os.path.basename(member).removesuffix(".o").removeprefix("meson-generated_.._")
    return name.replace("_", "/")


def parse_nm(text: str) -> Objects:
    """Reads what `nm -A --format=posix` prints: `ARCHIVE[MEMBER]: SYMBOL KIND ...`, or `OBJECT: SYMBOL KIND ...`."""
    objects: Objects = {}
    for line in text.splitlines():
        if match := re.match(r"(?:.*\[)?([^\[\]]+?)\]?: (\S+) (\S)(?: |$)", line):
            defined, undefined = objects.setdefault(file_of(match[1]), (set(), set()))
            if match[3] in "Uwv":
                undefined.add(match[2])
            elif match[3].isupper() or match[3] in "ui":  # other small letters are static symbols
                defined.add(match[2])
    return objects


def read_objects(folder: Path, *names: str) -> Objects:
    """Runs `nm` inside the folder, so that the path of the folder is not in the output."""
    return parse_nm(subprocess.run(["nm", "-A", "--format=posix", *names], cwd=folder, text=True,
                                   check=True, capture_output=True).stdout)


def graph_of(objects: Objects) -> Graph:
    """Draws an arrow from each file that leaves a symbol undefined to the file that defines the symbol."""
    owner = {symbol: file for file, (defined, _) in objects.items() for symbol in defined}
    graph: Graph = {}
    for file, (defined, undefined) in objects.items():
        for symbol in undefined - defined:
            if symbol in owner:
                graph.setdefault(file, {}).setdefault(owner[symbol], set()).add(symbol)
    return graph


def path_between(graph: Graph, start: str, end: str) -> list[str]:
    """The shortest path along the arrows, or an empty list."""
    seen, paths = {start}, [[start]]
    for path in paths:  # the loop appends longer paths
        if path[-1] == end:
            return path
        for other in sorted(graph.get(path[-1], {}).keys() - seen):
            seen.add(other)
            paths.append([*path, other])
    return []


def circles(graph: Graph) -> list[str]:
    """For every arrow that is part of a circle, the shortest circle through it; each circle once."""
    found: dict[tuple[str, ...], str] = {}
    for file in sorted(graph):
        for other in sorted(graph[file]):
            if path := path_between(graph, other, file):
                first = path.index(min(path))
                path = path[first:] + path[:first]
                steps = [f"\n  {a} -> {b} ({min(graph[a][b])})" for a, b in zip(path, path[1:] + path[:1])]
                found[tuple(path)] = "circle between files:" + "".join(steps)
    return list(found.values())


def wrong_arrow(folder: str, other: str) -> str:
    """Says why a folder must not use another folder, or returns an empty text."""
    if unknown := {folder, other} - PLACES.keys():
        return f"no known folder {unknown}"
    if folder != other and (PLACES[folder] == PLACES[other] or {folder, other} in APART):
        return f"{folder} and {other} are apart"
    return f"{folder} comes before {other}" if PLACES[other] > PLACES[folder] else ""


def symbol_problems(objects: Objects) -> list[str]:
    """The list of all problems with the symbols of the library."""
    graph = graph_of(objects)
    problems = [f"{file}: in no known folder" for file in sorted(objects)
                if file != GENERATED and file.rpartition("/")[0] not in PLACES]
    for file in sorted(graph):
        for other, names in sorted(graph[file].items()):
            if "/" in file and "/" in other and (why := wrong_arrow(os.path.dirname(file), os.path.dirname(other))):
                problems.append(f"{file} -> {other}: {why} ({', '.join(sorted(names))})")
    for file, (_, undefined) in sorted(objects.items()):
        for pattern, prefixes in FOREIGN:
            foreign = sorted(name for name in undefined if name.startswith(prefixes))
            if re.match(pattern, file) and foreign:
                problems.append(f"{file}: must not use {', '.join(foreign)}")
    return problems + circles(graph)


def folder_of(name: str) -> str:
    """The folder of a file, or the folder that a public header belongs to; empty if no folder is known."""
    return os.path.dirname(name) or PUBLIC.get(re.sub(r"^athr-|\.[ch]$", "", name), "")


def include_problems(files: dict[str, str]) -> list[str]:
    """The list of all problems with the includes of files. The keys are paths in athreading/, the values texts."""
    problems: list[str] = []
    graph: Graph = {}
    for file, text in sorted(files.items()):
        public = "/" not in file and file.endswith(".h")
        if not public and not re.fullmatch(r"[^/]+/athr-[a-z0-9-]+(\.c|-private\.h)", file):
            problems.append(f"{file}: not a source or a private header in a folder")
        if file != UMBRELLA and folder_of(file) not in PLACES:
            problems.append(f"{file}: in no known folder")
            continue
        for match in re.finditer(r'^\s*#\s*include\s+(?:<athreading/(.+)>|"(?!config\.h")(.+)")', text, re.M):
            name = match[1] or match[2].removeprefix("athreading/")
            graph.setdefault(file, {}).setdefault(name, set()).add("include")
            private = "-private" in name or "/" in name
            if public and private:
                problems.append(f"{file}: a public header includes the private {name}")
            elif private and not re.fullmatch(r'"[^/.]+/athr-[a-z0-9-]+-private\.h"', match[0].split()[-1]):
                problems.append(f'{file}: {name} should be "folder/athr-x-private.h"')
            elif file != UMBRELLA and (why := wrong_arrow(folder_of(file), folder_of(name))):
                problems.append(f"{file} -> {name}: {why}")
    return problems + circles(graph)


def mirror_problems(folders: set[str], tests: dict[str, set[str]], lists: str) -> list[str]:
    """The folders of the library that `tests/` lacks, and the programs that no list of tests names."""
    listed = set(re.findall(r"(?<!\w\[)'([\w-]+)'(?!\s*:)", lists))
    problems = [f"tests/{folder}: has no test in C" for folder in sorted(folders) if not tests.get(folder)]
    return problems + [f"tests/{folder}/{name}.c: in no list of tests/meson.build"
                       for folder in sorted(folders) for name in sorted(tests.get(folder, set()) - listed)]


class RoomsTest(unittest.TestCase):
    def assert_none(self, problems: list[str]) -> None:
        if problems:
            self.fail("\n".join([f"{len(problems)} found", *problems]))

    def test_calls_go_one_way(self):
        objects = read_objects(BUILD_ROOT / "athreading", "libathreading-internal.a")
        self.assertIn("pool/athr-executor.c", graph_of(objects)["call/athr-call.c"])
        self.assert_none(symbol_problems(objects))

    @unittest.skipUnless(os.environ["HAVE_INVOKE"] == "true", "without AthrInvoke")
    def test_calls_of_the_other_library_form_no_circle(self):
        folder = BUILD_ROOT / "introspection" / "invoke"
        graph = graph_of(read_objects(folder, *(str(path.relative_to(folder)) for path in folder.rglob("*.o"))))
        self.assertIn("athr-invoke-call.c", graph)
        self.assert_none(circles(graph))

    def test_includes_go_one_way(self):
        files = {str(path.relative_to(SOURCE)).removesuffix(".in"): path.read_text(encoding="utf-8")
                 for path in SOURCE.rglob("*") if re.search(r"\.[ch](\.in)?$", path.name)}
        self.assertIn(UMBRELLA, files)
        self.assert_none(include_problems(files))

    def test_tests_mirror_the_folders(self):
        folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
        tests = {folder: {path.stem for path in (TESTS / folder).glob("*.c")} for folder in folders}
        self.assert_none(mirror_problems(folders, tests, (TESTS / "meson.build").read_text(encoding="utf-8")))


class WrongExamplesTest(unittest.TestCase):
    def assert_each(self, problems: list[str], *patterns: str) -> None:
        """Each problem matches the pattern at its place."""
        self.assertEqual(len(problems), len(patterns), problems)
        for problem, pattern in zip(problems, patterns):
            self.assertRegex(problem, pattern)

    def test_symbols(self):
        def check(needs: dict[str, str], *patterns: str) -> None:
            """Each file defines the symbol of its own name, and leaves the symbols after it undefined."""
            self.assert_each(symbol_problems(parse_nm("\n".join(
                f"a b[c]/lib.a[lib.a.p/{file}.c.o]: {symbol} 0" for file, names in needs.items()
                for symbol in [f"{file} D", *(f"{name} U" for name in names.split())]))), *patterns)

        check({"base_a": "__tsan_init g_free", "call_b": "base_a", "scope_c": "call_b base_a"})
        check({"base_a": "pool_b", "pool_b": ""}, r"base/a.c -> pool/b.c: base comes before pool \(pool_b\)")
        check({"call_a": "channel_b", "channel_b": "", "stream_c": "call_a"},
              "call and channel are apart", "stream and call are apart")
        check({"attic_a": "", "a": ""}, "^a.c: in no known folder", "^attic/a.c: in no known folder")
        check({"call_a": "call_b", "call_b": "call_c", "call_c": "call_a"},
              r"a.c -> call/b.c \(call_b\)\n.* -> call/c.c \(call_c\)\n.* -> call/a.c \(call_a\)$")
        check({"base_a": "base_b pool_c", "base_b": "", "pool_c": "base_a"}, "pool_c", "circle")
        check({"pool_athr-pool": "g_task_new g_free g_object_ref", "pool_athr-executor-task": "g_task_new",
               "channel_a": "g_file_new"}, "channel/a.c.* g_file_new$", "athr-pool.c.* g_object_ref, g_task_new$")

    def test_compiled_circle(self):
        with tempfile.TemporaryDirectory() as folder:
            for own, other in ("ab", "ba"):
                Path(folder, f"base_{own}.c").write_text(
                    f"extern int data_{other}; int data_{own}; int *get_{own} (void);\n"
                    f"int *get_{own} (void) {{ return &data_{other}; }}\n", encoding="utf-8")
                subprocess.run([*shlex.split(os.environ["CC"]), "-c", f"base_{own}.c", "-o", f"base_{own}.c.o"],
                               cwd=folder, check=True)
            self.assert_each(symbol_problems(read_objects(Path(folder), "base_a.c.o", "base_b.c.o")),
                             r"a.c -> base/b.c \(data_b\)\n.*b.c -> base/a.c \(data_a\)$")

    def test_includes(self):
        def check(file: str, names: str, *patterns: str) -> None:
            text = "".join(f"#include {name}\n" for name in names.split())
            self.assert_each(include_problems({file: text}), *patterns)

        check("pool/athr-a.c", '"config.h" <glib.h> "athr-enums.h" "base/athr-a-private.h"')
        check("pool/athr-a.c", '"call/athr-a-private.h" <athreading/athr-stream.h>', "before call", "before stream")
        check("sources/athr-a.c", '"model/athr-a-private.h"', "sources and model are apart")
        check("pool/athr-a.c", '"athr-a-private.h" "../base/athr-a-private.h" "base/athr-a.h" '
              "<athreading/base/athr-a-private.h>", *["should be"] * 4)
        check("athr-call.h", '"base/athr-a-private.h" "athr-executor-private.h" <athreading/athr-stream.h>',
              "includes the private base", "includes the private athr-executor", "call and stream are apart")
        check("base/athr-a-private.h", '"base/athr-a-private.h"', "circle")
        check("attic/athr-a.h", "", "not a source or a private header", "in no known folder")

    def test_mirror(self):
        lists = "x = {\n 'base': ['a', 'b'],\n 'pool': []\n}\nx += { 'pool': x['pool'] + 'c' }"
        self.assert_each(mirror_problems({"base", "pool"}, {"base": {"a", "b"}, "pool": {"c"}}, lists))
        self.assert_each(mirror_problems({"base", "pool", "call"}, {"base": {"a", "z"}, "pool": {"pool"}}, lists),
                         "tests/call: ", "base/z.c: in no list", "pool/pool.c: in no list")
