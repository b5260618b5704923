/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-fork-private.h"

#define MESSAGE \
  "The object was created before a fork: a child process must create objects of its own"

int athr_fork_generation = 1;

static void
athr_fork_forked (void)
{
  athr_fork_generation++;
}

ATHR_IN_FORKED_CHILD (athr_fork_forked)

GError *
athr_fork_new_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, MESSAGE);
}

gboolean
athr_fork_fail (GError **error)
{
  g_propagate_error (error, athr_fork_new_error ());

  return FALSE;
}

void
athr_fork_warn (const char *function)
{
  g_critical ("%s: " MESSAGE, function);
}
