# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Every file in the repository has its copyright lines, names no machine, and has no trailing blanks."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ["SOURCE_ROOT"])

# REUSE.toml gives the copyright of the pages, and of the files of Debian that cannot have comments. The other files are
# licences.
WITHOUT_HEAD = re.compile(r".*\.md|COPYING|LICENSES/.*|"
                          r"build-aux/debian/(changelog|copyright|source/format|.*\.doc-base\..*)")
BINARY = re.compile(r".*\.(png|jpe?g|gif|ico|woff2?)")

# REUSE-IgnoreStart
HEAD = ["SPDX-FileCopyrightText: 2026 The athreading authors",
        "SPDX-License-Identifier: LGPL-2.1-or-later"]
# Shops merge the metadata of all applications, so these files need a licence that allows it.
HEAD_OF_METADATA = [HEAD[0], "SPDX-License-Identifier: CC0-1.0"]
# REUSE-IgnoreEnd

MACHINE = [
    re.compile(r"(?<![\w.$}~-])/(?:home|root|work|workspace|Users|mnt|srv|media)/"),
    re.compile(r"\b(?:pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|(?:deb|ftp)[.]debian[.]org|"
               r"(?:archive|security)[.]ubuntu[.]com|crates[.]io|proxy[.]golang[.]org)"),
    re.compile(r"\blocalhost\b|\b\d{1,3}(?:\.\d{1,3}){3}\b"),
]

# The macros that evaluate an argument twice
EVALUATES_TWICE = re.compile(r"\b(?:MIN|MAX|CLAMP|ABS)\s*\(")
# A call, an assignment, ++ or --. sizeof and G_N_ELEMENTS are constants.
CHANGING = re.compile(r"(?!\b(?:sizeof|G_N_ELEMENTS|MIN|MAX|CLAMP|ABS)\b)\b[A-Za-z_]\w*\s*\(|\(\s*[*][^()]*\)\s*\(|"
                      r"[+][+]|--|(?<![=!<>])=(?!=)")


def macro_uses(text):
    """Yields the line and the arguments of each use of a macro that evaluates its arguments twice."""
    for use in EVALUATES_TWICE.finditer(text):
        end, depth = use.end(), 1
        while depth > 0 and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text.count("\n", 0, use.start()) + 1, text[use.end():end - 1]


def tracked():
    try:
        top = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, "rev-parse", "--show-toplevel"],
                             text=True, check=True, capture_output=True).stdout.strip()
        if not os.path.samefile(top, ROOT):
            raise unittest.SkipTest("the sources are inside another git checkout")
        names = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z"],
                               text=True, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise unittest.SkipTest("the sources are not in a git checkout") from None
    for name in names.split("\0"):
        if name and not BINARY.fullmatch(name) and (ROOT / name).is_file():
            yield name, (ROOT / name).read_text(encoding="utf-8").splitlines()


class TreeTest(unittest.TestCase):
    def test_files_have_their_head(self):
        for name, lines in tracked():
            if not WITHOUT_HEAD.fullmatch(name):
                with self.subTest(file=name):
                    start = 1 if lines and re.match(r"#!|<\?xml", lines[0]) else 0
                    head = HEAD_OF_METADATA if name.endswith(".metainfo.xml") else HEAD
                    for line, text in zip(head, lines[start:] + ["", ""]):
                        self.assertRegex(text, r"^(\W*)" + re.escape(line) + r"\W*$")

    def test_names_no_machine(self):
        for name, lines in tracked():
            for number, line in enumerate(lines, 1):
                for pattern in MACHINE:
                    with self.subTest(file=name, line=number):
                        self.assertNotRegex(line, pattern)

    def test_macros_take_no_calls(self):
        """MIN() and its kind evaluate an argument twice, and the second value can differ from the first."""
        for name, lines in tracked():
            if re.fullmatch(r"(athreading|introspection)/.*[.][ch]", name):
                for line, arguments in macro_uses("\n".join(lines)):
                    with self.subTest(file=name, line=line):
                        self.assertNotRegex(arguments, CHANGING)

    def test_the_search_for_macros(self):
        for text in ["MIN (a (), b)", "MAX(1,\n     (*a) (b))", "CLAMP (x, 1, self->get (self))", "ABS (i++)",
                     "MIN (1, MAX (2, a ()))", "MIN (a = b, 1)", "MIN (A_MACRO (b), 1)"]:
            with self.subTest(text=text):
                self.assertTrue(any(re.search(CHANGING, arguments) for _, arguments in macro_uses(text)))
        for text in ["MIN (a, b) + f ()", "MAX (sizeof (int), (gsize) (a + b))", "MIN (1, MAX (2, a))",
                     "CLAMP (2 * (a + b), 1, G_N_ELEMENTS (c))", "MIN (a == b, c <= d)", "A_MIN (a (), b)"]:
            with self.subTest(text=text):
                self.assertFalse(any(re.search(CHANGING, arguments) for _, arguments in macro_uses(text)))

    def test_text_is_clean(self):
        for name, lines in tracked():
            for number, line in enumerate(lines, 1):
                with self.subTest(file=name, line=number):
                    self.assertNotRegex(line, r"[ \t\r]$")
