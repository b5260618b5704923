# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The gallery, on a virtual screen."""

from pictures import png
from screen import EXAMPLES, ScreenTest


class GalleryTest(ScreenTest):
    script = "python/gallery.py"
    namespaces = {"Gtk": "4.0", "Adw": "1", "GdkPixbuf": "2.0"}
    helpers = """
import threading

def names():
    return [picture.name for picture in window.shown]

def is_over():
    return window.stream is not None and not window.pictures.get_loading()

def is_shown(*wanted):
    return lambda: names() == list(wanted)

def questions():
    return [other for other in Gtk.Window.list_toplevels() if isinstance(other, Gtk.MessageDialog)]

def answer(name):
    questions()[0].emit("response", getattr(script, name))

def state():
    return window.titles.get_subtitle(), window.button.get_tooltip_text(), window.progress.get_visible()

def hold(wanted=""):
    # Has the workers wait with the pictures whose path contains a text.
    may_load, load, waiting, cancelled = threading.Event(), script.Job.load, [], []
    def held(self, path):
        if wanted in path:
            current = script.Athr.current()
            waiting.append(path)
            # Another thread tells the function that it was cancelled, perhaps only now.
            while not may_load.wait(0.05) and not current.cancelled:
                pass
            cancelled.append(current.cancelled)
        yield from load(self, path)
    script.Job.load = held
    return may_load, waiting, cancelled
"""

    def picture(self, name, width=20, height=10):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(width, height))

    def broken(self, *names):
        for name in names:
            (self.folder / name).write_bytes(png(10, 10)[:40])

    def test_shows_all_pictures_below_a_folder(self):
        for name, size in {"a.png": (256, 512), "sub/deep/c.PNG": (1000, 10), "\udcff.png": (1, 1)}.items():
            self.picture(name, *size)
        (self.folder / "text").write_text("no picture", encoding="utf-8")
        (self.folder / "up").symlink_to("..")
        printed = self.drive("""
            yield is_over
            print([(picture.name, picture.texture.get_width(), picture.texture.get_height()) for picture in window.shown])
            print(*state(), window.titles.get_title(), window.pages.get_visible_child_name(), questions())
            window.close()
        """, self.folder)
        pictures = [("a.png", 64, 128), ("c.PNG", 128, 1), ("\N{REPLACEMENT CHARACTER}.png", 128, 128)]
        self.assertEqual(printed, f"{pictures}\n3 pictures Load Again False folder grid []\n")

    def test_shows_many_pictures_in_order(self):
        for number in range(500):
            self.picture(f"{number % 7}/{number:03}.png")
        printed = self.drive("""
            yield is_over
            print(names() == [f"{number:03}.png" for folder in range(7) for number in range(folder, 500, 7)], state()[0])
            window.close()
        """, self.folder)
        self.assertEqual(printed, "True 500 pictures\n")

    def test_draws_while_workers_load(self):
        for name in "a.png", "b.png":
            self.picture(name)
        printed = self.drive(f"""
            may_load, waiting, cancelled = hold("b.png")
            window.begin({str(self.folder)!r})
            yield lambda: waiting and names() == ["a.png"]
            before = n_frames
            yield lambda: n_frames > before + 5
            print(names(), *state()[1:])
            may_load.set()
            yield is_over
            print(names(), *state())
            window.close()
        """)
        self.assertEqual(printed, "['a.png'] Stop True\n['a.png', 'b.png'] 2 pictures Load Again False\n")

    def test_asks_about_each_file_that_cannot_be_read(self):
        self.broken("a.png", "c.png")
        self.picture("b.png")
        printed = self.drive("""
            for _ in range(2):
                yield questions
                print(questions()[0].props.secondary_text.partition(":")[0], len(questions()), window.pictures.get_loading())
                answer("SKIP")
            yield is_over
            print(names(), *state())
            window.close()
        """, self.folder)
        first, second, end = printed.splitlines()
        self.assertEqual(sorted([first, second]), ["a.png 1 True", "c.png 1 True"])
        self.assertEqual(end, "['b.png'] 1 picture Load Again False")

    def test_skips_all_files_that_cannot_be_read(self):
        self.broken(*(f"{number}.png" for number in range(20)))
        self.picture("x.png")
        printed = self.drive("""
            yield questions
            answer("SKIP_ALL")
            yield is_over
            print(names(), *state())
            window.close()
        """, self.folder)
        self.assertEqual(printed, "['x.png'] 1 picture Load Again False\n")

    def test_stops_at_a_file_that_cannot_be_read(self):
        self.picture("a.png")
        self.broken(*(f"b{number}.png" for number in range(9)))
        self.picture("c.png")
        printed = self.drive("""
            yield lambda: questions() and names() == ["a.png"]
            answer("STOP")
            yield is_over
            print(names(), *state())
            window.button.emit("clicked")
            yield questions
            answer("SKIP_ALL")
            yield is_over
            print(names(), *state())
            window.close()
        """, self.folder)
        self.assertEqual(printed, "['a.png'] Stopped after 1 picture Load Again False\n"
                                  "['a.png', 'c.png'] 2 pictures Load Again False\n")

    def test_stops_and_begins_again(self):
        for name in "a.png", "b.png":
            self.picture(name)
        printed = self.drive(f"""
            may_load, waiting, cancelled = hold("b.png")
            window.begin({str(self.folder)!r})
            yield lambda: waiting and names() == ["a.png"]
            window.button.emit("clicked")
            may_load.set()
            yield is_over
            print(names(), *state())
            window.button.emit("clicked")
            print(names(), state()[1])
            yield is_over
            print(names(), *state())
            window.close()
        """)
        self.assertEqual(printed, "['a.png'] Stopped after 1 picture Load Again False\n['a.png'] Stop\n"
                                  "['a.png', 'b.png'] 2 pictures Load Again False\n")

    def test_begins_another_folder_meanwhile(self):
        self.picture("a.png")
        other = self.home / "other"
        other.mkdir()
        (other / "b.png").write_bytes(png(1, 1))
        printed = self.drive(f"""
            may_load, waiting, cancelled = hold("a.png")
            window.begin({str(self.folder)!r})
            yield lambda: waiting
            window.begin({str(other)!r})
            yield is_over
            print(names(), *state(), window.titles.get_title())
            may_load.set()
            window.close()
        """)
        self.assertEqual(printed, "['b.png'] 1 picture Load Again False other\n")

    def test_searches_as_the_user_types(self):
        for name in "Red boat.png", "red house.png", "sub/blue boat.png":
            self.picture(name)
        printed = self.drive("""
            yield is_over
            for text in "r", "re", "red", "ho RED":
                window.entry.set_text(text)
            yield is_shown("red house.png")
            window.entry.set_text("boat")
            yield is_shown("Red boat.png", "blue boat.png")
            window.entry.set_text("green")
            yield is_shown()
            print(window.pages.get_visible_child_name(), state()[0])
            window.entry.set_text("")
            yield is_shown("Red boat.png", "red house.png", "blue boat.png")
            print(window.pages.get_visible_child_name())
            window.close()
        """, self.folder)
        self.assertEqual(printed, "no-results 3 pictures\ngrid\n")

    def test_only_the_newest_search_counts(self):
        for name in "a.png", "b.png":
            self.picture(name)
        printed = self.drive("""
            yield lambda: is_over() and window.matches is not None
            searches, may_end, match = [], threading.Event(), script.Job.match
            def slow(self, call, text):
                searches.append(text)
                if text == "a":
                    may_end.wait()
                return match(self, call, text)
            script.Job.match = slow
            window.entry.set_text("a")
            yield lambda: searches == ["a"]
            window.entry.set_text("b")
            yield is_shown("b.png")
            may_end.set()
            window.entry.set_text("")
            yield is_shown("a.png", "b.png")
            print(searches)
            window.close()
        """, self.folder)
        self.assertEqual(printed, "['a', 'b', '']\n")

    def test_searches_what_a_worker_still_looks_for(self):
        for name in "a.png", "b.png":
            self.picture(name)
        self.drive(f"""
            may_find, find = threading.Event(), script.Job.find
            def held(self):
                may_find.wait()
                yield from find(self)
            script.Job.find = held
            window.begin({str(self.folder)!r})
            window.entry.set_text("b")
            yield lambda: window.matches == set()
            may_find.set()
            yield is_shown("b.png")
            window.close()
        """)

    def test_closing_the_window_ends_everything(self):
        for number in range(100):
            self.picture(f"{number}.png")
        self.assertEqual(self.drive(f"""
            may_load, waiting, cancelled = hold()
            window.begin({str(self.folder)!r})
            yield lambda: waiting
            window.entry.set_text("1")
            window.get_application().hold()  # so that the main loop runs on
            window.close()
            n_waiting = len(waiting)
            yield lambda: len(cancelled) >= n_waiting
            may_load.set()
            print(all(cancelled))
            script.Gio.Application.get_default().quit()
        """), "True\n")

    def test_closing_the_window_with_a_question(self):
        self.broken(*(f"{number}.png" for number in range(9)))
        self.assertEqual(self.drive("""
            yield questions
            window.close()
            yield lambda: not Gtk.Window.list_toplevels()
        """, self.folder), "")

    def test_closing_the_window_at_once(self):
        self.picture("a.png")
        self.assertEqual(self.drive("""
            window.close()
            yield lambda: True
        """, self.folder), "")

    def test_a_folder_without_pictures(self):
        (self.folder / "text").write_text("no picture", encoding="utf-8")
        printed = self.drive("""
            print(window.pages.get_visible_child_name(), window.button.get_visible())
            window.begin(sys.argv.pop())
            yield is_over
            print(window.pages.get_visible_child_name(), *state())
            window.close()
        """, self.folder)
        self.assertEqual(printed.splitlines()[-1], "no-pictures 0 pictures Load Again False")

    def test_without_a_folder(self):
        printed = self.drive("""
            print(window.pages.get_visible_child_name(), window.button.get_visible(), window.progress.get_visible())
            window.entry.set_text("text")
            window.close()
            yield lambda: True
        """)
        self.assertEqual(printed, "no-pictures False False\n")

    def test_tells_of_an_error(self):
        printed = self.drive(f"""
            def fail(self):
                yield from ()
                raise ValueError("no such thing")
            script.Job.find = fail
            window.begin({str(self.folder)!r})
            yield is_over
            print(*state())
            window.close()
        """)
        self.assertEqual(printed, "ValueError: no such thing Load Again False\n")

    def test_is_short(self):
        """Under 200 lines, besides the head and empty lines"""
        text = (EXAMPLES / self.script).read_text(encoding="utf-8").partition('"""\n')[2]
        self.assertLess(len([line for line in text.splitlines() if line.strip()]), 200)
