/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-queue-source-private.h"

/* Which delivery is the home of what. */

static AthrLock queues_lock;
static GHashTable *queues; /* (queues_lock); context to delivery, neither owned */

static _Thread_local guint64 thread_id;
static _Thread_local AthrContextQueue *work_home;

guint64
athr_thread_id (void)
{
  static gsize last; /* atomic; orders nothing */

  if (G_UNLIKELY (thread_id == 0))
    thread_id = (guint64) g_atomic_pointer_add (&last, 1) + 1;

  return thread_id;
}

AthrContextQueue *
athr_home_ref_for_context (GMainContext *context)
{
  AthrContextQueue *fresh = NULL;
  AthrContextQueue *self;

  for (;;)
    {
      athr_lock (&queues_lock);
      if (queues == NULL)
        queues = g_hash_table_new (NULL, NULL);
      self = g_hash_table_lookup (queues, context);
      if (self == NULL && fresh != NULL)
        {
          g_hash_table_insert (queues, context, fresh);
          self = fresh;
        }
      if (self != NULL)
        athr_context_queue_ref (self);
      athr_unlock (&queues_lock);

      if (self != NULL)
        break;
      /* A worker iterates no home. */
      fresh = athr_context_queue_new (context, work_home == NULL ? athr_thread_id () : 0);
    }

  if (self == fresh)
    {
      /* Until these are there, what others push waits for them. */
      athr_context_queue_attach (self, NULL);
      athr_context_queue_attach (self, g_ptr_array_index (self->lanes, 0));
      athr_context_queue_attach (self, g_ptr_array_index (self->lanes, 1));
    }
  if (fresh != NULL)
    athr_context_queue_unref (fresh);

  return self;
}

AthrContextQueue *
athr_home_ref (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL && work_home != NULL)
    return athr_context_queue_ref (work_home);

  return athr_home_ref_for_context (context != NULL ? context : g_main_context_default ());
}

AthrContextQueue *
athr_home_ref_moved (AthrContextQueue *home)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL && work_home != NULL)
    return athr_context_queue_ref (home);
  if (context == NULL)
    context = g_main_context_default ();
  if (athr_context_queue_is_for_context (home, context))
    return athr_context_queue_ref (home);

  return athr_home_ref_for_context (context);
}

void
athr_home_set_for_work (AthrContextQueue *home)
{
  work_home = home;
}

void
athr_context_queue_forget (AthrContextQueue *self)
{
  athr_lock (&queues_lock);
  if (g_hash_table_lookup (queues, self->context) == self)
    g_hash_table_remove (queues, self->context);
  athr_unlock (&queues_lock);
}
