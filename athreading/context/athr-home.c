/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-lane-private.h"

/* Which delivery is the home of what. */

static AthrLock deliveries_lock;
static GHashTable *deliveries; /* (deliveries_lock); context to delivery, neither owned */

static _Thread_local guint64 thread_id;
static _Thread_local AthrDelivery *work_home;

guint64
athr_thread_id (void)
{
  static gsize last; /* atomic; orders nothing */

  if (G_UNLIKELY (thread_id == 0))
    thread_id = (guint64) g_atomic_pointer_add (&last, 1) + 1;

  return thread_id;
}

AthrDelivery *
athr_delivery_ref_for_context (GMainContext *context)
{
  AthrDelivery *fresh = NULL;
  AthrDelivery *self;

  for (;;)
    {
      athr_lock (&deliveries_lock);
      if (deliveries == NULL)
        deliveries = g_hash_table_new (NULL, NULL);
      self = g_hash_table_lookup (deliveries, context);
      if (self == NULL && fresh != NULL)
        {
          g_hash_table_insert (deliveries, context, fresh);
          self = fresh;
        }
      if (self != NULL)
        athr_delivery_ref (self);
      athr_unlock (&deliveries_lock);

      if (self != NULL)
        break;
      /* A worker iterates no home. */
      fresh = athr_delivery_new (context, work_home == NULL ? athr_thread_id () : 0);
    }

  if (self == fresh)
    {
      /* Until these are there, what others push waits for them. */
      athr_delivery_attach (self, NULL);
      athr_delivery_attach (self, g_ptr_array_index (self->lanes, 0));
      athr_delivery_attach (self, g_ptr_array_index (self->lanes, 1));
    }
  if (fresh != NULL)
    athr_delivery_unref (fresh);

  return self;
}

AthrDelivery *
athr_delivery_ref_home (void)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL && work_home != NULL)
    return athr_delivery_ref (work_home);

  return athr_delivery_ref_for_context (context != NULL ? context : g_main_context_default ());
}

AthrDelivery *
athr_delivery_ref_moved_home (AthrDelivery *home)
{
  GMainContext *context = g_main_context_get_thread_default ();

  if (context == NULL && work_home != NULL)
    return athr_delivery_ref (home);
  if (context == NULL)
    context = g_main_context_default ();
  if (athr_delivery_is_for_context (home, context))
    return athr_delivery_ref (home);

  return athr_delivery_ref_for_context (context);
}

void
athr_delivery_set_work_home (AthrDelivery *home)
{
  work_home = home;
}

void
athr_delivery_forget (AthrDelivery *self)
{
  athr_lock (&deliveries_lock);
  if (g_hash_table_lookup (deliveries, self->context) == self)
    g_hash_table_remove (deliveries, self->context);
  athr_unlock (&deliveries_lock);
}
