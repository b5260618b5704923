/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include <athreading/athreading-invoke.h>

#include "target.h"

/* The names of functions that AthrInvoke reads and looks up. Nothing is called. */

#define LETTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-."

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *name = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;

  if (athr_invoke_check (name, NULL, 0, &error))
    {
      g_assert_no_error (error);
      g_assert_cmpuint (strspn (name, LETTERS), ==, strlen (name));
      return 0;
    }

  g_assert_true (error->domain == G_IO_ERROR);
  g_assert_true (error->code == G_IO_ERROR_NOT_FOUND || error->code == G_IO_ERROR_INVALID_ARGUMENT ||
                 error->code == G_IO_ERROR_NOT_SUPPORTED);
  g_assert_true (g_str_has_prefix (error->message, name));

  return 0;
}
