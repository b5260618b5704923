/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

G_BEGIN_DECLS

static inline void
athr_invoke_left_ignore (gpointer left)
{
}

static inline void
athr_invoke_left_free (gpointer left)
{
  g_value_unset (left);
  g_free (left);
}

/* Has the owner's thread free what a worker has left in @value. */
static inline void
athr_invoke_free_at_home (AthrYielder  *yielder,
                          const GValue *value)
{
  athr_yielder_post (yielder, athr_invoke_left_ignore, g_memdup2 (value, sizeof *value), athr_invoke_left_free);
}

G_END_DECLS
