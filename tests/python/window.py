# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The example with a window, on a virtual screen."""

import hashlib
import os

from screen import ScreenTest


class WindowTest(ScreenTest):
    script = "python/checksums-window.py"
    helpers = """
def unreadable(path, mode):
    if path.endswith("secret"):
        raise PermissionError(13, "Permission denied")
    return open(path, mode)
script.open = unreadable

def rows():
    return [(row.name, row.text, row.is_error) for row in window.rows]
"""

    def file(self, name, content=b""):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path.relative_to(self.folder)), hashlib.sha256(content).hexdigest(), False

    def endless(self, name):
        """Creates a file that takes an hour to read."""
        self.file(name)
        os.truncate(self.folder / name, 1 << 42)

    def test_hashes_all_files_below_a_folder(self):
        sums = [self.file("a", b"hello"), self.file("\udcff"), self.file("sub/c", os.urandom(3_000_000)),
                ("sub/secret", "Permission denied", True)]
        self.file("sub/secret")
        (self.folder / "sub" / "link").symlink_to("c")
        (self.folder / "sub" / "up").symlink_to("..")
        os.mkfifo(self.folder / "sub" / "pipe")
        printed = self.drive("""
            yield lambda: window.stream is None
            print(rows())
            print(window.status.get_label(), window.bar.get_visible(), window.cancel_button.get_visible())
            print(window.pages.get_visible_child_name(), window.bar.get_fraction())
            window.close()
        """, self.folder)
        sums[1] = ("\N{REPLACEMENT CHARACTER}", *sums[1][1:])
        self.assertEqual(printed, f"{sums}\n4 files, 3.0\N{NO-BREAK SPACE}MB False False\nrows 1.0\n")

    def test_shows_many_files(self):
        for number in range(1000):
            (self.folder / f"{number:04}").write_bytes(b"%d" % number)
        printed = self.drive("""
            yield lambda: window.stream is None
            print([int(row.name) for row in window.rows] == list(range(1000)), window.status.get_label())
            window.close()
        """, self.folder)
        self.assertRegex(printed, r"True 1,000 files, 2\.9\skB\n")

    def test_draws_while_it_hashes_and_is_cancelled(self):
        sums = [self.file("a", b"first")]
        self.endless("b")
        self.file("c")
        printed = self.drive("""
            yield lambda: window.bar.get_fraction() > 0
            before, fraction = n_frames, window.bar.get_fraction()
            yield lambda: n_frames > before + 5 and window.bar.get_fraction() > fraction
            print(rows())
            print(window.status.get_label(), window.bar.get_visible(), window.cancel_button.get_visible())
            window.cancel_button.emit("clicked")
            yield lambda: window.stream is None
            print(rows())
            print(window.status.get_label(), window.bar.get_visible(), window.cancel_button.get_visible())
            window.close()
        """, self.folder)
        self.assertEqual(printed, f"{sums}\n2 of 3: b True True\n{sums}\nCancelled after 1 file False False\n")

    def test_begins_another_folder_meanwhile(self):
        self.endless("folder")
        other = self.home / "other"
        other.mkdir()
        (other / "a").write_bytes(b"other")
        sums = [("a", hashlib.sha256(b"other").hexdigest(), False)]
        printed = self.drive(f"""
            yield lambda: window.bar.get_fraction() > 0
            window.begin({str(other)!r})
            yield lambda: window.stream is None
            print(rows())
            print(window.status.get_label())
            window.close()
        """, self.folder)
        self.assertEqual(printed, f"{sums}\n1 file, 5 bytes\n")

    def test_closing_the_window_ends_everything(self):
        self.endless("a")
        self.assertEqual(self.drive("""
            yield lambda: window.bar.get_fraction() > 0
            window.close()
        """, self.folder), "")

    def test_the_program_waits_for_the_worker(self):
        self.endless("a")
        printed = self.drive(f"""
            import threading
            may_end = threading.Event()
            hash_files = script.hash_files
            def hash_and_wait(yielder, folder):
                hash_files(yielder, folder)
                may_end.wait()
                print("worker ends")
            script.hash_files = hash_and_wait
            window.begin({str(self.folder)!r})
            yield lambda: window.bar.get_fraction() > 0
            window.close()
            yield lambda: not Gtk.Window.list_toplevels()
            print("window is closed", flush=True)
            may_end.set()
        """)
        self.assertEqual(printed, "window is closed\nworker ends\n")

    def test_closing_the_window_at_once(self):
        self.endless("a")
        self.assertEqual(self.drive("""
            window.close()
            yield lambda: True
        """, self.folder), "")

    def test_a_folder_without_files(self):
        printed = self.drive("""
            yield lambda: window.stream is None
            print(window.pages.get_visible_child_name(), window.foot.get_reveal_child())
            window.close()
        """, self.folder)
        self.assertEqual(printed, "no-files False\n")

    def test_tells_of_an_error(self):
        printed = self.drive(f"""
            def fail(yielder, folder):
                raise ValueError("no such thing")
            script.hash_files = fail
            window.begin({str(self.folder)!r})
            yield lambda: window.stream is None
            print(window.status.get_label(), window.bar.get_visible())
            window.close()
        """)
        self.assertEqual(printed, "ValueError: no such thing False\n")

    def test_without_a_folder(self):
        printed = self.drive("""
            print(window.pages.get_visible_child_name(), window.foot.get_reveal_child())
            window.close()
            yield lambda: True
        """)
        self.assertEqual(printed, "no-folder False\n")

    def test_copies_a_checksum(self):
        name, text, _ = self.file("a", b"copied")
        printed = self.drive("""
            yield lambda: window.stream is None
            window.copy(None, 0)
            texts = []
            window.get_clipboard().read_text_async(
                None, lambda board, result: texts.append(board.read_text_finish(result)))
            yield lambda: texts
            print(texts[0], window.status.get_label())
            window.close()
        """, self.folder)
        self.assertEqual(printed, f"{text} Copied the checksum of {name}\n")

    def test_is_accessible(self):
        printed = self.drive("""
            print(Gtk.test_accessible_has_property(window.bar, Gtk.AccessibleProperty.LABEL))
            window.close()
            yield lambda: True
        """)
        self.assertEqual(printed, "True\n")
