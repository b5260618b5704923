# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Programs in C and C++ compile with the public headers, which warn as the version macros say."""

import os
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE_ROOT = Path(os.environ["SOURCE_ROOT"])
BUILD_ROOT = Path(os.environ["BUILD_ROOT"])
CC = shlex.split(os.environ["CC"])
CXX = shutil.which("c++")
LIBRARY = BUILD_ROOT / "athreading"

FLAGS = [f"-I{SOURCE_ROOT}", f"-I{BUILD_ROOT}", "-Wall", "-Wextra", "-Wundef", "-Werror"]

INCLUDE = "#include <athreading/athreading.h>\n"

DEPRECATED = INCLUDE + """
ATHR_DEPRECATED_IN_1_0
void athr_old (void);
ATHR_DEPRECATED_IN_1_0_FOR (athr_new)
void athr_older (void);

void use (void);
void
use (void)
{
  athr_old ();
  athr_older ();
}
"""

AVAILABLE = INCLUDE + """
const char *use (void);
const char *
use (void)
{
  return athr_check_version (1, 0, 0);
}
"""

# What the header needs of GLib, for a system that is not the one of the test.
GLIB = """#define G_BEGIN_DECLS
#define G_END_DECLS
#define G_ENCODE_VERSION(major, minor) ((major) << 16 | (minor) << 8)
#define G_DEPRECATED
#define G_DEPRECATED_FOR(function)
#define G_UNAVAILABLE(major, minor) UNAVAILABLE
"""

CXX_PROGRAM = INCLUDE + """
#include <iostream>

static void
square (AthrCall *call, gpointer user_data, GError **)
{
  int number = GPOINTER_TO_INT (user_data);

  athr_call_return (call, G_TYPE_INT, number * number);
}

static void
count (AthrYielder *yielder, gpointer user_data, GError **error)
{
  for (int i = 1; i <= GPOINTER_TO_INT (user_data); i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, i))
      return;
}

int
main ()
{
  g_autoptr (GError) error = nullptr;
  g_autoptr (AthrExecutor) executor = athr_executor_new ("C++", 2);
  g_autoptr (AthrCall) call = athr_call_new (square, GINT_TO_POINTER (12), nullptr);
  g_autoptr (AthrStream) stream = athr_stream_new (count, GINT_TO_POINTER (3), nullptr);
  GValue value = G_VALUE_INIT;

  athr_call_set_executor (call, executor);
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_BLOCK);
  if (!athr_call_run (call, nullptr, &value, &error))
    return 1;
  std::cout << g_value_get_int (&value);
  g_value_unset (&value);
  while (athr_stream_next (stream, nullptr, &value, &error) && G_IS_VALUE (&value))
    {
      std::cout << ' ' << g_value_get_int (&value);
      g_value_unset (&value);
    }
  std::cout << std::endl;

  return error == nullptr ? 0 : 1;
}
"""


def flags_of(*names):
    output = subprocess.run(["pkg-config", *names, "gio-2.0"], text=True, check=True, capture_output=True).stdout
    return shlex.split(output)


class HeadersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        # Only the warnings of our headers count.
        self.glib = [flag.replace("-I", "-isystem", 1) for flag in flags_of("--cflags")]

    def compile(self, program, *flags, name="program.c", compiler=CC):
        path = self.folder / name
        path.write_text(program, encoding="utf-8")
        return subprocess.run([*compiler, *FLAGS, *flags, *self.glib, "-fsyntax-only", path], text=True, capture_output=True).stderr

    def test_standards_of_c(self):
        for standard in ("c99", "c11", "gnu17"):
            with self.subTest(standard=standard):
                self.assertEqual(self.compile(AVAILABLE, f"-std={standard}", "-pedantic"), "")

    def test_deprecated_functions(self):
        for flags, words in (([], [".athr_old. is deprecated", ".athr_older. is deprecated: .*athr_new"]),
                             (["-DATHR_VERSION_MIN_REQUIRED=G_ENCODE_VERSION(0,9)"], []),
                             (["-DATHR_VERSION_MAX_ALLOWED=G_ENCODE_VERSION(0,9)"], []),
                             (["-DATHR_DISABLE_DEPRECATION_WARNINGS"], [])):
            with self.subTest(flags=flags):
                errors = self.compile(DEPRECATED, *flags)
                self.assertEqual("deprecated" in errors, bool(words), errors)
                for word in words:
                    self.assertRegex(errors, word)

    def test_newer_functions(self):
        old = "-DATHR_VERSION_MAX_ALLOWED=G_ENCODE_VERSION(0,9)"
        self.assertEqual(self.compile(AVAILABLE), "")
        self.assertEqual(self.compile(AVAILABLE, "-DATHR_VERSION_MAX_ALLOWED=ATHR_VERSION_1_0"), "")
        self.assertRegex(self.compile(AVAILABLE, old), "athr_check_version.*(Not available before|available)")
        self.assertEqual(self.compile(AVAILABLE, old, "-DATHR_DISABLE_DEPRECATION_WARNINGS"), "")

    def test_bounds_in_the_wrong_order(self):
        errors = self.compile(INCLUDE, "-DATHR_VERSION_MIN_REQUIRED=ATHR_VERSION_1_0",
                              "-DATHR_VERSION_MAX_ALLOWED=G_ENCODE_VERSION(0,9)")
        self.assertIn("is older than", errors)

    def declaration(self, *flags):
        """The declaration of a function, as the compiler of another system gets it."""
        (self.folder / "glib.h").write_text(GLIB, encoding="utf-8")
        path = self.folder / "other.c"
        path.write_text("#define ATHREADING_INSIDE\n#include <athreading/athr-version.h>\n", encoding="utf-8")
        text = subprocess.run([*CC, "-E", "-P", "-undef", *flags, f"-I{self.folder}", f"-I{BUILD_ROOT}", path], text=True,
                              check=True, capture_output=True).stdout
        return " ".join(text[:text.index("athr_get_major_version")].split())

    def test_visibility_on_other_systems(self):
        self.assertEqual(self.declaration(), "extern guint")
        self.assertEqual(self.declaration("-D_WIN32"), "__declspec (dllimport) extern guint")
        self.assertEqual(self.declaration("-D__CYGWIN__"), "__declspec (dllimport) extern guint")
        self.assertEqual(self.declaration("-D_WIN32", "-DATHR_STATIC_COMPILATION"), "extern guint")
        self.assertEqual(self.declaration("-D_ATHR_EXTERN=__export"), "__export guint")
        self.assertEqual(self.declaration("-DATHR_VERSION_MAX_ALLOWED=0"), "UNAVAILABLE extern guint")

    @unittest.skipUnless(CXX, "no C++ compiler")
    def test_program_in_cxx(self):
        self.assertEqual(self.compile(CXX_PROGRAM, "-std=c++17", name="program.cpp", compiler=[CXX]), "")
        program = self.folder / "program"
        subprocess.run([CXX, *FLAGS, "-std=c++17", *self.glib, self.folder / "program.cpp", f"-L{LIBRARY}",
                        "-lathreading-1", *flags_of("--libs"), "-o", program], check=True)
        ran = subprocess.run([program], text=True, capture_output=True, env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARY)})
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "144 1 2 3\n", ""))
