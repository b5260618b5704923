# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Each page is in the reference, in the side bar and on the front page. No link of the built reference, of README.md
or of CONTRIBUTING.md leads nowhere."""

import os
import re
import unittest
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
DOC = SOURCE_ROOT / "doc"
REFERENCES = [folder for folder in (BUILD_ROOT / "doc" / name for name in ("athreading-1", "athreading-invoke-1"))
              if (folder / "index.html").exists()]

# The pages that people read as files, and not in the reference
LOOSE = [SOURCE_ROOT / "README.md", SOURCE_ROOT / "CONTRIBUTING.md", SOURCE_ROOT / "NEWS.md"]

# What the theme of gi-docgen itself links without a target: opensearch needs an address on the web
OF_THEME = {"", "opensearch.xml"}


def read(path):
    return path.read_text(encoding="utf-8")


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def links_of_markdown(text):
    """The targets of links and pictures."""
    text = without_code(text)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"<(?:a|img) [^>]*(?:href|src)=\"([^\"]+)\"", text)


def anchor_of(heading):
    """The anchor of a heading where a web page shows the file."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors_of_markdown(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}


class Page(HTMLParser):
    """The links and the anchors of a page of HTML."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.links.append(value)
            elif name in ("id", "name") and tag != "meta":
                self.anchors.add(value)


@lru_cache(maxsize=None)
def page_of(path):
    return Page(read(path))


def dead_link(page, link, anchors):
    """What is wrong with a link of a page in a folder, or None. anchors(path) gives the anchors of a page."""
    target = urlsplit(link)
    if target.scheme in ("http", "https", "mailto", "data", "javascript"):
        return None
    path = (page.parent / unquote(target.path)) if target.path else page
    path = path / "index.html" if link.endswith("/") and (path / "index.html").exists() else path
    if not path.exists():
        return f"{page.name}: {link}: no such file"
    if target.fragment and path.suffix in (".html", ".md") and unquote(target.fragment) not in anchors(path):
        return f"{page.name}: {link}: no such anchor"
    return None


def groups_of_side_bar():
    """The groups of site.js: their titles, and the names and titles of their pages."""
    text = re.search(r"^const GROUPS = \[\n(.*?)^\];", read(DOC / "site.js"), re.M | re.S)[1]
    for title, pages in re.findall(r'^  \["([^"]+)", \[\n(.*?)^  \]\],', text, re.M | re.S):
        yield title, re.findall(r'^    \["([^"]+)", "([^"]+)"\],$', pages, re.M)


def groups_of_front_page():
    for title, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", read(DOC / "overview.md"), re.M | re.S):
        yield title, [(name, text) for text, name in re.findall(r"^\| \[([^]]+)\]\(([\w-]+)\.html\) \|", text, re.M)]


def pages_of_reference():
    text = read(DOC / "athreading.toml.in")
    return re.findall(r'"([\w-]+)\.md"', re.search(r"content_files = \[(.*?)\]", text, re.S)[1])


class SiteTest(unittest.TestCase):
    def test_pages_are_in_the_reference(self):
        pages = pages_of_reference()
        self.assertEqual(sorted(pages), sorted({path.stem for path in DOC.glob("*.md")} - {"invoke-fuzz"}))
        built = set(re.findall(r"'([\w-]+)\.md'", read(DOC / "meson.build"))) - {"invoke-fuzz"}
        self.assertEqual(sorted(pages), sorted(built))

    def test_side_bar_has_every_page_in_order(self):
        pages = [page for _, group in groups_of_side_bar() for page in group]
        self.assertEqual([name for name, _ in pages], pages_of_reference())
        for name, title in pages:
            with self.subTest(page=name):
                self.assertEqual(title, re.search(r"^Title: (.+)$", read(DOC / f"{name}.md"), re.M)[1])

    def test_front_page_has_the_groups_of_the_side_bar(self):
        groups = {title: [page for page in pages if page[0] != "overview"] for title, pages in groups_of_side_bar()}
        self.assertGreater(len(groups), 3)
        self.assertEqual({title: pages for title, pages in groups_of_front_page() if pages}, groups)

    def test_images_are_in_the_reference(self):
        listed = re.search(r"content_images = \[(.*?)\]", read(DOC / "athreading.toml.in"), re.S)[1]
        images = set(re.findall(r'"([^"]+)"', listed))
        for path in DOC.glob("*.md"):
            for link in links_of_markdown(read(path)):
                if re.search(r"\.(png|svg)$", link):
                    with self.subTest(page=path.name, image=link):
                        self.assertIn(link, images)

    def test_loose_pages_have_no_dead_link(self):
        found = [dead_link(page, link, lambda path: anchors_of_markdown(read(path)))
                 for page in LOOSE for link in links_of_markdown(read(page))]
        self.assertEqual([mistake for mistake in found if mistake], [])

    @unittest.skipUnless(REFERENCES, "no reference was built")
    def test_reference_has_no_dead_link(self):
        found, n_links = set(), 0
        for folder in REFERENCES:
            for path in sorted(folder.glob("*.html")):
                links = set(page_of(path).links) - OF_THEME
                n_links += len(links)
                found.update(dead_link(path, link, lambda path: page_of(path).anchors) for link in links)
        self.assertGreater(n_links, 1000)
        self.assertEqual(sorted(found - {None}), [])

    def test_finds_dead_links(self):
        def anchors(path):
            return {"here"}

        page = DOC / "overview.md"
        for link in ["streams.md", "streams.md#here", "#here", "logo.svg", "https://example.org/x#y"]:
            self.assertIsNone(dead_link(page, link, anchors))
        for link in ["stream.md", "streams.md#there", "#there", "logo.png"]:
            self.assertIsNotNone(dead_link(page, link, anchors))
        self.assertEqual(links_of_markdown("[a](b.md) `[c](d)` ![e](f.png)\n```c\n[g](h)\n```\n<img src=\"i\">"),
                         ["b.md", "f.png", "i"])
        self.assertEqual(anchors_of_markdown("# A page\n## What's `here`, then?\n"), {"a-page", "whats-here-then"})
        self.assertEqual(Page('<a href="x" id="y"><img src="z"></a>').links, ["x", "z"])
