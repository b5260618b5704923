/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-deadline-private.h"
#include "base/athr-lock-private.h"

/* How long, in microseconds, the thread stays when there is no deadline. */
#define IDLE_TIME (10 * G_TIME_SPAN_SECOND)

typedef enum
{
  ATHR_DEADLINES_STOPPED,
  ATHR_DEADLINES_STARTING, /* a caller creates the thread, unlocked */
  ATHR_DEADLINES_RUNNING,
} AthrDeadlinesState;

static AthrLock lock;
static GCond changed;            /* (lock) */
static GCond settled;            /* (lock); the state is no longer STARTING */
static GSequence *deadlines;     /* (lock); (element-type AthrDeadline), by time */
static AthrDeadlinesState state; /* (lock) */

static void
athr_deadlines_forked (void)
{
  lock = (AthrLock) { 0 };
  changed = settled = (GCond) { 0 };
  deadlines = NULL;
  state = ATHR_DEADLINES_STOPPED;
}

ATHR_IN_FORKED_CHILD (athr_deadlines_forked)

static int
athr_deadline_compare (gconstpointer a,
                       gconstpointer b,
                       gpointer      user_data)
{
  gint64 first = ((const AthrDeadline *) a)->time;
  gint64 second = ((const AthrDeadline *) b)->time;

  return (first > second) - (first < second);
}

static void
athr_deadline_unlink_locked (AthrDeadline *deadline)
{
  athr_assert_locked (&lock);

  g_sequence_remove (deadline->iter);
  deadline->iter = NULL;
}

static void
athr_deadlines_settle_locked (AthrDeadlinesState new_state)
{
  athr_assert_locked (&lock);

  if (state == ATHR_DEADLINES_STARTING)
    state = new_state;
  g_cond_broadcast (&settled);
}

static gpointer
athr_deadline_thread (gpointer data)
{
  gboolean has_waited = FALSE;
  int generation = athr_fork_generation;

  athr_lock (&lock);
  athr_deadlines_settle_locked (ATHR_DEADLINES_RUNNING);
  for (;;)
    {
      GSequenceIter *iter = g_sequence_get_begin_iter (deadlines);
      gint64 now = g_get_monotonic_time ();
      AthrDeadline *next;

      if (g_sequence_iter_is_end (iter))
        {
          if (has_waited)
            break;
          has_waited = !athr_lock_wait_until (&lock, &changed, now + IDLE_TIME);
          continue;
        }

      has_waited = FALSE;
      next = g_sequence_get (iter);
      if (next->time > now)
        {
          athr_lock_wait_until (&lock, &changed, next->time);
          continue;
        }

      athr_deadline_unlink_locked (next);
      athr_unlock (&lock);
      next->reached (next);
      /* User data that reached() freed has forked, and returned in the child. */
      if (generation != athr_fork_generation)
        return NULL;
      athr_lock (&lock);
    }
  state = ATHR_DEADLINES_STOPPED;
  athr_unlock (&lock);

  return NULL;
}

/* Unlocks to create the thread. Other callers wait meanwhile: they must not count on a thread
 * whose creation then fails. */
static gboolean
athr_deadlines_start_locked (GError **error)
{
  athr_assert_locked (&lock);

  while (state != ATHR_DEADLINES_RUNNING)
    {
      GThread *thread;

      if (state == ATHR_DEADLINES_STARTING)
        {
          athr_lock_wait (&lock, &settled);
          continue;
        }

      state = ATHR_DEADLINES_STARTING;
      if (deadlines == NULL)
        deadlines = g_sequence_new (NULL);
      athr_unlock (&lock);
      athr_assert_unlocked ();
      thread = g_thread_try_new ("athr-deadlines", athr_deadline_thread, NULL, error);
      if (thread != NULL)
        g_thread_unref (thread);
      athr_lock (&lock);
      athr_deadlines_settle_locked (thread != NULL ? ATHR_DEADLINES_RUNNING
                                                   : ATHR_DEADLINES_STOPPED);
      if (thread == NULL)
        return FALSE;
    }

  return TRUE;
}

gboolean
athr_deadline_add (AthrDeadline  *deadline,
                   guint          after,
                   GError       **error)
{
  athr_lock (&lock);
  if (!athr_deadlines_start_locked (error))
    {
      athr_unlock (&lock);
      return FALSE;
    }

  deadline->time = g_get_monotonic_time () + (gint64) after * G_TIME_SPAN_MILLISECOND;
  deadline->iter = g_sequence_insert_sorted (deadlines, deadline, athr_deadline_compare, NULL);
  if (g_sequence_iter_is_begin (deadline->iter))
    g_cond_signal (&changed);

  athr_unlock (&lock);

  return TRUE;
}

gboolean
athr_deadline_remove (AthrDeadline *deadline)
{
  gboolean waiting;

  athr_lock (&lock);
  waiting = deadline->iter != NULL;
  if (waiting)
    athr_deadline_unlink_locked (deadline);
  athr_unlock (&lock);

  return waiting;
}
