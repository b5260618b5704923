# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""ThreadSanitizer reports the races of a wrong program, also when a race is inside GLib."""

import os
import subprocess
import unittest

from patience import patiently


class ReportsTest(unittest.TestCase):
    def race(self, name):
        return subprocess.run([os.environ["RACE"], name], text=True, capture_output=True, timeout=patiently(120))

    def assert_reported(self, name, function):
        result = self.race(name)
        self.assertIn("WARNING: ThreadSanitizer: data race", result.stderr)
        self.assertRegex(result.stderr, rf"#0 {function} ")
        self.assertEqual(result.returncode, 66, result.stderr)

    def test_nothing_where_there_is_a_lock(self):
        result = self.race("locked")
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0)

    def test_a_counter_without_a_lock(self):
        self.assert_reported("counter", "change_counter")

    def test_glib(self):
        self.assert_reported("glib", "g_queue_reverse")

    def test_gobject(self):
        self.assert_reported("gobject", "g_value_set_uint")

    def test_gio(self):
        self.assert_reported("gio", "g_task_set_priority")
