/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-event-private.h"

static AthrLock events_lock;

void
athr_event_init (AthrEvent *self)
{
  g_cond_init (&self->woken);
  self->is_woken = FALSE;
}

void
athr_event_clear (AthrEvent *self)
{
  g_cond_clear (&self->woken);
}

void
athr_event_set (AthrEvent *self)
{
  athr_lock (&events_lock);
  self->is_woken = TRUE;
  g_cond_signal (&self->woken);
  athr_unlock (&events_lock);
}

/* TRUE when it was woken. */
static gboolean
athr_event_take (AthrEvent *self)
{
  gboolean was_woken;

  athr_lock (&events_lock);
  was_woken = self->is_woken;
  self->is_woken = FALSE;
  athr_unlock (&events_lock);

  return was_woken;
}

void
athr_event_wait (AthrEvent *self)
{
  if (athr_event_take (self))
    return;

  athr_pool_block_begin ();
  athr_lock (&events_lock);
  while (!self->is_woken)
    athr_lock_wait (&events_lock, &self->woken);
  self->is_woken = FALSE;
  athr_unlock (&events_lock);
  athr_pool_block_end ();
}
