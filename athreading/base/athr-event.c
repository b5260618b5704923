/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-event-private.h"
#include "base/athr-lock-private.h"
#include "base/athr-thread-private.h"

static AthrLock events_lock;
static GQueue enlisted; /* (events_lock); (element-type AthrEvent) */
static int n_enlisted;  /* (events_lock); atomic, for threads that read it unlocked */

/* Only the thread that forks lives on in the child. */
static void
athr_events_forked (void)
{
  events_lock = (AthrLock) { 0 };
  g_queue_init (&enlisted);
  n_enlisted = 0;
}

ATHR_IN_FORKED_CHILD (athr_events_forked)

void
athr_event_init (AthrEvent *self)
{
  *self = (AthrEvent) { .link.data = self };
  g_cond_init (&self->changed);
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

gboolean
athr_event_reset (AthrEvent *self)
{
  gboolean was_set;

  athr_lock (&events_lock);
  was_set = self->is_set;
  self->is_set = FALSE;
  athr_unlock (&events_lock);

  return was_set;
}

gboolean
athr_event_wait (AthrEvent *self)
{
  gboolean was_set;

  athr_lock (&events_lock);
  while (!self->is_set && !self->is_woken)
    athr_lock_wait (&events_lock, &self->changed);
  was_set = self->is_set;
  self->is_set = self->is_woken = FALSE;
  athr_unlock (&events_lock);

  return was_set;
}

void
athr_event_enlist (AthrEvent *self)
{
  self->thread = athr_thread_id ();
  athr_lock (&events_lock);
  g_queue_push_tail_link (&enlisted, &self->link);
  g_atomic_int_set (&n_enlisted, enlisted.length);
  athr_unlock (&events_lock);
}

void
athr_event_delist (AthrEvent *self)
{
  athr_lock (&events_lock);
  /* The process may have forked since. */
  if (g_queue_find (&enlisted, self) != NULL)
    g_queue_unlink (&enlisted, &self->link);
  g_atomic_int_set (&n_enlisted, enlisted.length);
  athr_unlock (&events_lock);
}

gboolean
athr_event_blocks (guint64 thread)
{
  gboolean blocks = FALSE;

  if (g_atomic_int_get (&n_enlisted) == 0)
    return FALSE;

  athr_lock (&events_lock);
  for (GList *l = enlisted.head; l != NULL && !blocks; l = l->next)
    blocks = ((AthrEvent *) l->data)->thread == thread;
  athr_unlock (&events_lock);

  return blocks;
}

void
athr_event_wake_thread (guint64 thread)
{
  if (g_atomic_int_get (&n_enlisted) == 0)
    return;

  athr_lock (&events_lock);
  for (GList *l = enlisted.head; l != NULL; l = l->next)
    {
      AthrEvent *event = l->data;

      if (event->thread == thread)
        {
          event->is_woken = TRUE;
          g_cond_signal (&event->changed);
        }
    }
  athr_unlock (&events_lock);
}
