/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"

#ifdef ATHR_DEBUG_LOCKS
_Thread_local const AthrLock *athr_lock_held;
#endif

void
athr_spin_wait (const int *word,
                int        value,
                gint64     duration)
{
  static int n_processors; /* atomic; not g_once_init_enter(), which a fork may leave locked */
  guint n_spins = 0;
  gint64 end;

  athr_assert_unlocked ();

  if (g_atomic_int_get (&n_processors) == 0)
    g_atomic_int_set (&n_processors, g_get_num_processors ());
  if (g_atomic_int_get (&n_processors) == 1)
    return;

  end = g_get_monotonic_time () + duration;
  /* To read the clock takes as long as several spins. */
  while (g_atomic_int_get (word) == value &&
         (++n_spins % 8 != 0 || g_get_monotonic_time () < end))
    athr_cpu_relax ();
}
