/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* pthread_getname_np() */

#include "config.h"

#include <pthread.h>

#include "base/athr-thread-private.h"
#include "context/athr-home-private.h"

static _Thread_local AthrContextQueue *work_home; /* kept_home, or NULL outside of work */

/* The home for which this worker has worked last. The worker keeps a reference to it from job to job: all
 * threads change the number of references, so to count each job takes as long as a short function. */
static _Thread_local AthrContextQueue *kept_home; /* not owned; kept_home_ref owns the reference */

static void athr_home_forget (gpointer data);

static GPrivate kept_home_ref = G_PRIVATE_INIT (athr_home_forget);

/* The queue that this thread has asked for last, of another context than the default one. With it
 * the threads of several contexts do not meet at the lock of the table of queues. */
static GPrivate last_home = G_PRIVATE_INIT (athr_home_forget);

static void
athr_home_forget (gpointer data)
{
  if (!athr_context_queue_is_stale (data))
    athr_context_queue_unref (data);
}

/* A worker that forks is no worker in the child. */
static void
athr_home_forked (void)
{
  work_home = kept_home = NULL;
}

ATHR_IN_FORKED_CHILD (athr_home_forked)

AthrContextQueue *
athr_home_ref_for_context (GMainContext *context)
{
  AthrContextQueue *queue = NULL;
  gboolean is_default = context == g_main_context_default ();

  if (!is_default)
    queue = g_private_get (&last_home);
  if (queue != NULL && !athr_context_queue_is_stale (queue) &&
      athr_context_queue_is_for_context (queue, context))
    return athr_context_queue_ref (queue);

  /* A worker does not iterate @context, so it does not know the owner. */
  queue = athr_context_queue_ref_for_context (context, work_home == NULL ? athr_thread_id () : 0);
  if (!is_default)
    g_private_replace (&last_home, athr_context_queue_ref (queue));

  return queue;
}

AthrContextQueue *
athr_home_ref (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL && work_home != NULL)
    return athr_context_queue_ref (work_home);

  return athr_home_ref_for_context (context != NULL ? context : g_main_context_default ());
}

gboolean
athr_home_is_at_work (void)
{
  return work_home != NULL;
}

GMainContext *
athr_home_get_moved_context (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  return context != NULL || work_home != NULL ? context : g_main_context_default ();
}

AthrContextQueue *
athr_home_ref_moved (AthrContextQueue *home)
{
  GMainContext *context = athr_home_get_moved_context ();

  if (context == NULL || athr_context_queue_is_for_context (home, context))
    return athr_context_queue_ref (home);

  return athr_home_ref_for_context (context);
}

void
athr_home_check_owner (AthrContextQueue *home,
                       guint64           creator,
                       const char       *function,
                       const char       *title)
{
  char thread[16] = "";

  if (creator == athr_thread_id () || !athr_context_queue_is_elsewhere (home))
    return;

  pthread_getname_np (pthread_self (), thread, sizeof thread);
  g_critical ("%s was called on the thread “%s”, but another thread iterates the main context of "
              "%s, and only that thread may call it", function, thread, title);
}

void
athr_home_begin_work (AthrContextQueue *home)
{
  if (kept_home != home)
    {
      kept_home = home;
      g_private_replace (&kept_home_ref, athr_context_queue_ref (home));
    }
  work_home = home;
}

gboolean
athr_home_is_waiting (void)
{
  return kept_home != NULL && athr_context_queue_is_waiting (kept_home);
}

void
athr_home_end_work (void)
{
  work_home = NULL;
}
