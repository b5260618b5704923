/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <athreading/athreading.h>

#ifdef ATHREADING_INSIDE
# error "The umbrella header leaves the guard of the others open"
#endif

#if !ATHR_CHECK_VERSION (1, 0, 0)
# error "The version is not known to the preprocessor"
#endif

static void
test_string (void)
{
  g_autofree char *version = g_strdup_printf ("%d.%d.%d", ATHR_MAJOR_VERSION,
                                              ATHR_MINOR_VERSION, ATHR_MICRO_VERSION);

  g_assert_cmpstr (ATHR_VERSION_STRING, ==, version);
}

static void
test_check_same (void)
{
  g_assert_true (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION));
}

static void
test_check_older (void)
{
  g_test_summary ("A newer major or minor number counts more than the numbers behind it");

  g_assert_true (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION - 1, 99, 99));
  g_assert_true (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION - 1, 99));
  g_assert_true (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION - 1));
}

static void
test_check_newer (void)
{
  g_assert_false (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION + 1, 0, 0));
  g_assert_false (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION + 1, 0));
  g_assert_false (ATHR_CHECK_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION + 1));
}

static void
test_max_allowed (void)
{
  g_test_summary ("By default a program may use every symbol");

  g_assert_cmpuint (ATHR_VERSION_1_0, ==, G_ENCODE_VERSION (1, 0));
  g_assert_cmpuint (ATHR_VERSION_MAX_ALLOWED, >=,
                    G_ENCODE_VERSION (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION));
}

static void
test_min_required (void)
{
  g_test_summary ("By default the compiler warns of all that is deprecated");

  g_assert_cmpuint (ATHR_VERSION_MIN_REQUIRED, ==, ATHR_VERSION_MAX_ALLOWED);
}

static void
test_of_library (void)
{
  g_test_summary ("The tests run with the library whose headers they were compiled with");

  g_assert_cmpuint (athr_get_major_version (), ==, ATHR_MAJOR_VERSION);
  g_assert_cmpuint (athr_get_minor_version (), ==, ATHR_MINOR_VERSION);
  g_assert_cmpuint (athr_get_micro_version (), ==, ATHR_MICRO_VERSION);
}

static void
test_of_library_is_right (void)
{
  g_assert_null (athr_check_version (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION));
  g_assert_null (athr_check_version (ATHR_MAJOR_VERSION, 0, 0));
}

static void
test_of_library_is_too_old (void)
{
  g_assert_cmpstr (athr_check_version (ATHR_MAJOR_VERSION + 1, 0, 0), ==,
                   "athreading is too old: its major version is too low");
  g_assert_cmpstr (athr_check_version (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION + 1, 0), ==,
                   "athreading is too old: its version is too low");
  g_assert_cmpstr (athr_check_version (ATHR_MAJOR_VERSION, ATHR_MINOR_VERSION, ATHR_MICRO_VERSION + 1), ==,
                   "athreading is too old: its version is too low");
}

static void
test_of_library_is_too_new (void)
{
  guint older = ATHR_MAJOR_VERSION;

  g_test_summary ("A library of a newer major version is not compatible");

  if (older == 0)
    {
      g_test_skip ("There is no older major version");
      return;
    }

  g_assert_cmpstr (athr_check_version (older - 1, 99, 99), ==,
                   "athreading is too new: its major version is too high");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/version/string", test_string);
  g_test_add_func ("/athr/version/check/same", test_check_same);
  g_test_add_func ("/athr/version/check/older", test_check_older);
  g_test_add_func ("/athr/version/check/newer", test_check_newer);
  g_test_add_func ("/athr/version/max-allowed", test_max_allowed);
  g_test_add_func ("/athr/version/min-required", test_min_required);
  g_test_add_func ("/athr/version/library/same", test_of_library);
  g_test_add_func ("/athr/version/library/right", test_of_library_is_right);
  g_test_add_func ("/athr/version/library/too-old", test_of_library_is_too_old);
  g_test_add_func ("/athr/version/library/too-new", test_of_library_is_too_new);

  return g_test_run ();
}
