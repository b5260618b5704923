/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-ring-private.h"

static void
test_full (void)
{
  g_test_summary ("A ring that cannot count its values ends the program");

  if (g_test_subprocess ())
    {
      AthrRing ring = { .capacity = 1u << 31, .n_values = 1u << 31 };
      GValue value = G_VALUE_INIT;

      athr_ring_push (&ring, &value);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*A buffer cannot hold more than 2147483648 values*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/ring/full", test_full);

  return g_test_run ();
}
