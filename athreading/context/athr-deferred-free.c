/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"

/* What waits in the queue for the owner's thread. */
typedef struct
{
  AthrWorkItem item;
  AthrContextQueue *home; /* owned */
  int priority;
  AthrDeferredFree left;
} AthrDeferredFreeItem;

void
athr_deferred_free_add_user_data (AthrDeferredFree *self,
                                  gpointer          user_data,
                                  GDestroyNotify    destroy)
{
  if (destroy == NULL)
    return;

  g_assert (self->n_things < G_N_ELEMENTS (self->things));
  self->things[self->n_things].data = user_data;
  self->things[self->n_things].destroy = destroy;
  self->n_things++;
}

void
athr_deferred_free_add (AthrDeferredFree *self,
                        gpointer          data,
                        GDestroyNotify    destroy)
{
  if (data != NULL)
    athr_deferred_free_add_user_data (self, data, destroy);
}

static void
athr_deferred_free_free (AthrDeferredFree *self)
{
  athr_assert_unlocked ();

  for (guint i = 0; i < self->n_things; i++)
    self->things[i].destroy (self->things[i].data);
  if (athr_value_is_set (&self->value) && !athr_value_is_number (&self->value))
    g_value_unset (&self->value);
  g_clear_pointer (&self->values, g_array_unref);
}

static void
athr_deferred_free_drop (AthrWorkItem *item)
{
  AthrDeferredFreeItem *self = item->data;

  athr_deferred_free_free (&self->left);
  athr_context_queue_unref (self->home);
  g_free (self);
}

static void
athr_deferred_free_run (AthrWorkItem *item)
{
  AthrDeferredFreeItem *self = item->data;
  GArray *values = self->left.values;

  /* Outside of a slice, a blocking wait runs this item. The wait has held up the main loop
   * anyway, so everything is freed in one go. */
  while (values != NULL && values->len > 0 && athr_context_queue_in_dispatch (self->home))
    {
      g_array_set_size (values, values->len - 1);
      if (athr_context_queue_slice_is_over (self->home))
        {
          athr_context_queue_push (self->home, self->priority, item);
          return;
        }
    }
  athr_deferred_free_drop (item);
}

static gboolean
athr_deferred_free_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

void
athr_deferred_free_submit (AthrDeferredFree *self,
                           AthrContextQueue *home,
                           int               priority,
                           guint64           creator)
{
  static const AthrWorkItemFuncs funcs = {
    athr_deferred_free_run, athr_deferred_free_drop, athr_deferred_free_is_cleanup_only
  };
  AthrDeferredFreeItem *item;

  if (self->n_things == 0 && self->values == NULL &&
      (!athr_value_is_set (&self->value) || athr_value_is_number (&self->value)))
    return;
  /* What a stale object holds is never freed. */
  if (home != NULL && athr_context_queue_is_stale (home))
    return;

  if (home == NULL || creator == athr_thread_id () || athr_context_queue_is_home (home))
    {
      athr_deferred_free_free (self);
      return;
    }

  item = g_new0 (AthrDeferredFreeItem, 1);
  athr_work_item_init (&item->item, &funcs, item);
  item->home = athr_context_queue_ref (home);
  item->priority = priority;
  item->left = *self;
  athr_context_queue_push (home, priority, &item->item);
}

void
athr_free_in_context (AthrContextQueue *home,
                      gpointer          data,
                      GDestroyNotify    destroy)
{
  AthrDeferredFree self = ATHR_DEFERRED_FREE_INIT;

  athr_deferred_free_add_user_data (&self, data, destroy);
  athr_deferred_free_submit (&self, home, G_PRIORITY_DEFAULT, 0);
}
