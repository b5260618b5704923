# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The libraries export the functions that their public headers declare, and no other symbols, and stay loaded."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])

FOLDERS = [SOURCE_ROOT / "athreading", BUILD_ROOT / "athreading"]
LIBRARY = FOLDERS[1] / "libathreading-1.so"

# Only the override for Python calls these functions, and declares them itself. No public header and no GIR has them.
FOR_PYTHON = {"athr_set_thread_func", "athr_completion_call_has_lost_owner", "athr_completion_stream_has_lost_owner",
              "athr_completion_call_ask", "athr_completion_call_post", "athr_completion_yielder_ask",
              "athr_completion_yielder_post", "athr_completion_complete", "athr_completion_iterate", "athr_completion_new_call",
              "athr_completion_push", "athr_completion_queue_new",
              "athr_completion_queue_peek", "athr_completion_queue_pop", "athr_completion_start_call",
              "athr_completion_start_next", "athr_completion_start_stream", "athr_completion_try_next",
              "athr_completion_close_stream", "athr_completion_run_call",
              "athr_completion_group_has_home_elsewhere", "athr_completion_latest_has_home_elsewhere",
              "athr_executor_shut_down",
              "athr_executor_has_worker", "athr_submission_new", "athr_submission_free", "athr_submission_push",
              "athr_submission_withdraw", "athr_submission_wait_begin", "athr_submission_wait_end", "athr_yielder_set_n_values",
              "athr_yielder_stop"}

INVOKE = BUILD_ROOT / "introspection" / "invoke" / "libathreading-invoke-1.so"
INVOKE_FOLDERS = [SOURCE_ROOT / "introspection" / "invoke" / "athreading"]


def declared(folders):
    functions = set()
    for folder in folders:
        for path in folder.glob("*.h"):
            if path.stem.endswith("-private") or path.name == "config.h":
                continue
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
            text = re.sub(r"^#(.*\\\n)*.*", "", text, flags=re.M)
            functions |= set(re.findall(r"\b(athr_\w+) *\(", text))
            functions |= {name + "_get_type" for name
                          in re.findall(r"G_DECLARE_\w+ *\(\w+, (athr_\w+),", text)}
    return functions


def exported(library):
    output = subprocess.run(["nm", "-D", "--defined-only", library], text=True,
                            check=True, capture_output=True).stdout
    return {line.split()[-1] for line in output.splitlines()}


class SymbolsTest(unittest.TestCase):
    def test_are_those_of_the_headers(self):
        self.assertIn("athr_call_get_type", exported(LIBRARY))
        self.assertEqual(exported(LIBRARY), declared(FOLDERS) | FOR_PYTHON)

    @unittest.skipUnless(os.environ["HAVE_GI"] == "true", "without introspection")
    def test_of_python_are_not_public(self):
        gir = (BUILD_ROOT / "introspection" / "Athr-1.gir").read_text(encoding="utf-8")
        self.assertIn("athr_call_run_async", gir)
        for name in FOR_PYTHON:
            self.assertNotIn(name, gir)
            self.assertNotIn(name, declared(FOLDERS))

    def test_have_the_prefix(self):
        self.assertEqual([name for name in exported(LIBRARY) if not name.startswith("athr_")], [])

    @unittest.skipUnless(os.environ["HAVE_INVOKE"] == "true", "without AthrInvoke")
    def test_of_the_other_library(self):
        self.assertIn("athr_invoke_call_new", exported(INVOKE))
        self.assertEqual(exported(INVOKE), declared(INVOKE_FOLDERS))

    def assert_stays_loaded(self, library):
        stays = """if True:
            import _ctypes, os, sys
            _ctypes.dlclose(_ctypes.dlopen(sys.argv[1], os.RTLD_NOW | os.RTLD_LOCAL))
            _ctypes.dlopen(sys.argv[1], os.RTLD_NOW | os.RTLD_NOLOAD)
            """
        subprocess.run([sys.executable, "-c", stays, library], check=True)

    def test_stay_loaded(self):
        self.assert_stays_loaded(LIBRARY)

    @unittest.skipUnless(os.environ["HAVE_INVOKE"] == "true", "without AthrInvoke")
    def test_of_the_other_library_stay_loaded(self):
        self.assert_stays_loaded(INVOKE)

    def test_need_no_library_for_introspection(self):
        output = subprocess.run(["readelf", "--dynamic", "--wide", LIBRARY], text=True,
                                check=True, capture_output=True).stdout
        self.assertIn("libgio-2.0", output)
        self.assertNotIn("girepository", output)
