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

  return g_test_run ();
}
