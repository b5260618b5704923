/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-entry-private.h"
#include "base/athr-lock-private.h"

/* A thread is inside for some nanoseconds, unless the system takes the processor from it there. */
#define SPINS 100

void
athr_entry_init (AthrEntry *self)
{
  self->state = ATHR_ENTRY_EMPTY;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->is_empty);
}

void
athr_entry_clear (AthrEntry *self)
{
  g_cond_clear (&self->is_empty);
  g_mutex_clear (&self->mutex);
}

void
athr_entry_wake (AthrEntry *self)
{
  g_mutex_lock (&self->mutex);
  g_cond_signal (&self->is_empty);
  g_mutex_unlock (&self->mutex);
}

void
athr_entry_wait (AthrEntry *self)
{
  for (int i = 0; i < SPINS; i++)
    {
      if (g_atomic_int_get (&self->state) == ATHR_ENTRY_EMPTY)
        return;
      athr_cpu_relax ();
    }

  g_mutex_lock (&self->mutex);
  while (g_atomic_int_get (&self->state) != ATHR_ENTRY_EMPTY)
    if (g_atomic_int_get (&self->state) == ATHR_ENTRY_AWAITED ||
        g_atomic_int_compare_and_exchange (&self->state, ATHR_ENTRY_TAKEN, ATHR_ENTRY_AWAITED))
      g_cond_wait (&self->is_empty, &self->mutex);
  g_mutex_unlock (&self->mutex);
}
