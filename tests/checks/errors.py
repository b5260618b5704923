# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The page about errors has every message, assertion and error code of the library, and no other message."""

import html
import os
import re
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
PAGE = SOURCE_ROOT / "doc" / "errors.md"

# This file logs what happens, and has no messages for the program.
NO_MESSAGES = {"athr-trace.c"}

FORMAT = re.compile(r"%[sdu]")


def code_of(path):
    """The code of a file, without comments. A string that is written in several pieces is one."""
    code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r'"\s+"', "", re.sub(r'"\s*G_\w+_FORMAT\s*"', "u", code))


def sources():
    return [path for path in sorted((SOURCE_ROOT / "athreading").glob("*/*.c")) if path.name not in NO_MESSAGES]


def messages_of(code):
    """The messages: strings of three words or more that begin with a capital, or with the name of a function."""
    strings = re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)
    return {text for text in strings if len(text.split()) >= 3 and re.match(r"[A-Z]|%s: |%s was|athr_", text)}


def assertions_of(code):
    """What GLib says of a wrong argument: the text of each g_return_if_fail() that looks at more than a class, and of
    each macro of the library that does the same for its second argument."""
    calls = re.findall(r"\b(?:g_return_(?:val_)?if_fail \(|athr_\w+_return_if_fail \(\w+, )(.+?)\);", code, re.S)
    for text in calls:
        depth = 0
        for end, character in enumerate(text + ")"):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0 or depth == 0 and character == ",":
                break
        text = re.sub(r"\bathr_\w+_async\b", "FUNCTION", " ".join(text[:end].split()))
        if not re.fullmatch(r"(?:(\w+) == NULL \|\| )?(?:ATHR|G)_IS_(?!VALUE)\w+ \(\w+\)", text):
            yield text


def pattern_of(message):
    """A regular expression for the message on the page, where words in capitals stand for what is formatted."""
    return "(?:[A-Z]+|the (?:call|stream) “NAME”)".join(map(re.escape, FORMAT.split(message)))


def text_of(page):
    """The page in one line. gi-docgen would take `name()` out of a text in code, so such a text has an entity."""
    return " ".join(html.unescape(page).split())


def missing(messages, page):
    return [message for message in sorted(messages) if not re.search(pattern_of(message), text_of(page))]


def said(page):
    """The messages on the page: code at the begin of an item, or after a comma."""
    for item in re.findall(r"^- (.+?)(?=^- |^$|\Z)", page, re.M | re.S):
        item = re.sub(r"</?code>", "`", text_of(item))
        head = re.match(r"(?:(?:, and |, )?`[^`]+`)+", item)
        if head is not None:
            yield from (text for text in re.findall(r"`([^`]+)`", head[0]) if len(text.split()) >= 3)


class ErrorsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = PAGE.read_text(encoding="utf-8")
        cls.messages = set().union(*(messages_of(code_of(path)) for path in sources()))

    def test_page_has_every_message(self):
        self.assertGreater(len(self.messages), 50)
        self.assertEqual(missing(self.messages, self.page), [])

    def test_messages_of_the_page_exist(self):
        patterns = [re.compile(pattern_of(message)) for message in self.messages]
        for text in said(self.page):
            with self.subTest(message=text):
                self.assertTrue("assertion '" in text or any(pattern.search(text) for pattern in patterns))

    def test_page_has_every_assertion(self):
        assertions = {f"assertion '{text}'" for path in sources() for text in assertions_of(code_of(path))}
        self.assertGreater(len(assertions), 20)
        self.assertEqual([text for text in sorted(assertions) if f"`{text}`" not in text_of(self.page)], [])

    def test_assertions_of_the_page_exist(self):
        assertions = {text for path in sources() for text in assertions_of(code_of(path))}
        for text in re.findall(r"`assertion '(.+?)'`", text_of(self.page)):
            with self.subTest(assertion=text):
                self.assertTrue(text in assertions or re.search(r"(?:ATHR|G)_IS_(?!VALUE)", text))

    def test_page_has_every_code(self):
        codes = set().union(*(re.findall(r"\bG_IO_ERROR_(\w+)", code_of(path)) for path in sources()))
        self.assertIn("CANCELLED", codes)
        self.assertEqual([code for code in sorted(codes) if not re.search(rf"\b{code}\b", self.page)], [])

    def test_every_critical_is_a_message(self):
        """Otherwise the tests above would not see the critical."""
        for path in sources():
            for text in re.findall(r'\bg_(?:critical|warning|error) \("((?:[^"\\]|\\.)*)"', code_of(path)):
                with self.subTest(file=path.name, message=text):
                    self.assertTrue(text in self.messages or re.fullmatch(r"(%s|\w+): (%s|)", text))

    def test_finds_faults(self):
        code = 'g_critical ("%s: the “%s” is too %d", a); f ("a-b c d"); g ("Two words");'
        message = "%s: the “%s” is too %d"
        self.assertEqual(messages_of(code), {message})
        self.assertEqual(missing({message}, "- `FUNCTION: the “NAME” is\n  too N`: make it small"), [])
        self.assertEqual(missing({message}, "- `FUNCTION: the “NAME” is`"), [message])
        code = ("g_return_if_fail (ATHR_IS_CALL (a)); g_return_val_if_fail (n > f (0, 1),\n NULL);"
                "g_return_if_fail (b == NULL || G_IS_TASK (b)); athr_a_return_if_fail (self, t (x), G_STRFUNC);")
        self.assertEqual(list(assertions_of(code)), ["n > f (0, 1)", "t (x)"])
        self.assertEqual(list(said("- `One is no message`, `Two is not, too`: why\n\n- no `Code of the text`\n")),
                         ["One is no message", "Two is not, too"])
