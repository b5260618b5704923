/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"
#include "pool/athr-event-private.h"
#include "pool/athr-pool-private.h"

static AthrLock events_lock;

static void
athr_events_forked (void)
{
  events_lock = (AthrLock) { 0 };
}

ATHR_IN_FORKED_CHILD (athr_events_forked)

void
athr_event_init (AthrEvent *self)
{
  g_cond_init (&self->changed);
  self->is_set = FALSE;
}

void
athr_event_clear (AthrEvent *self)
{
  g_cond_clear (&self->changed);
}

void
athr_event_set (AthrEvent *self)
{
  athr_lock (&events_lock);
  self->is_set = TRUE;
  g_cond_signal (&self->changed);
  athr_unlock (&events_lock);
}

/* TRUE when the event was set. */
static gboolean
athr_event_reset (AthrEvent *self)
{
  gboolean was_set;

  athr_lock (&events_lock);
  was_set = self->is_set;
  self->is_set = FALSE;
  athr_unlock (&events_lock);

  return was_set;
}

void
athr_event_wait (AthrEvent *self)
{
  if (athr_event_reset (self))
    return;

  athr_pool_block_begin ();
  athr_lock (&events_lock);
  while (!self->is_set)
    athr_lock_wait (&events_lock, &self->changed);
  self->is_set = FALSE;
  athr_unlock (&events_lock);
  athr_pool_block_end ();
}
