/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-event-private.h"

static AthrLock sleepers_lock;

void
athr_sleeper_init (AthrSleeper *self)
{
  g_cond_init (&self->woken);
  self->is_woken = FALSE;
}

void
athr_sleeper_clear (AthrSleeper *self)
{
  g_cond_clear (&self->woken);
}

void
athr_sleeper_wake (AthrSleeper *self)
{
  athr_lock (&sleepers_lock);
  self->is_woken = TRUE;
  g_cond_signal (&self->woken);
  athr_unlock (&sleepers_lock);
}

/* TRUE when it was woken. */
static gboolean
athr_sleeper_take (AthrSleeper *self)
{
  gboolean was_woken;

  athr_lock (&sleepers_lock);
  was_woken = self->is_woken;
  self->is_woken = FALSE;
  athr_unlock (&sleepers_lock);

  return was_woken;
}

void
athr_sleeper_sleep (AthrSleeper *self)
{
  if (athr_sleeper_take (self))
    return;

  athr_pool_block_begin ();
  athr_lock (&sleepers_lock);
  while (!self->is_woken)
    athr_lock_wait (&sleepers_lock, &self->woken);
  self->is_woken = FALSE;
  athr_unlock (&sleepers_lock);
  athr_pool_block_end ();
}
