/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-queue-source-private.h"

typedef struct
{
  AthrWorkItem item;
  gpointer data;
  GDestroyNotify destroy;
} AthrParcel;

static void
athr_parcel_run (AthrWorkItem *item)
{
  AthrParcel *parcel = item->data;

  parcel->destroy (parcel->data);
  g_free (parcel);
}

static gboolean
athr_parcel_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

void
athr_context_queue_unlink_locked (AthrContextQueue *self,
                                  AthrWorkItem     *item)
{
  athr_assert_locked (&self->lock);

  g_queue_unlink (item->queue, &item->link);
  item->queue = NULL;

  if (item->quiet_queue != NULL)
    g_queue_unlink (item->quiet_queue, &item->quiet_link);
  item->quiet_queue = NULL;
}

AthrContextQueue *
athr_context_queue_ref (AthrContextQueue *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_context_queue_unref (AthrContextQueue *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->lanes);
  athr_lock_clear (&self->lock);
  g_free (self);
}

gint64
athr_context_queue_get_iteration (void)
{
  GSource *source = g_main_current_source ();

  return source != NULL ? g_source_get_time (source) : 0;
}

typedef enum
{
  ATHR_PUSH_TAIL,
  ATHR_PUSH_HEAD,
  ATHR_PUSH_SLICE_END,
} AthrPush;

static void
athr_context_queue_link_locked (AthrContextQueue *self,
                                int               priority,
                                AthrPush          push,
                                AthrWorkItem     *item)
{
  AthrQueueSource *lane = athr_context_queue_find_source_locked (self, priority);

  athr_assert_locked (&self->lock);
  g_assert (lane != NULL);

  item->queue = push == ATHR_PUSH_SLICE_END ? &lane->slice_end : &lane->items;
  if (push == ATHR_PUSH_HEAD)
    g_queue_push_head_link (item->queue, &item->link);
  else
    g_queue_push_tail_link (item->queue, &item->link);

  if (item->funcs->is_cleanup_only != NULL)
    {
      item->quiet_queue = &self->quiet;
      g_queue_push_tail_link (item->quiet_queue, &item->quiet_link);
    }
}

static gboolean
athr_context_queue_push_to (AthrContextQueue *self,
                            int               priority,
                            AthrPush          push,
                            AthrWorkItem     *item)
{
  gboolean dead, pushed = FALSE;

  athr_context_queue_ref (self);

  athr_lock (&self->lock);
  dead = self->dead;
  if (!dead && item->queue == NULL && !item->is_disabled)
    {
      pushed = TRUE;
      athr_context_queue_link_locked (self, priority, push, item);
      if ((self->in_poll || self->is_foreign) && !self->woken)
        {
          self->woken = TRUE;
          g_main_context_wakeup (self->context);
        }
    }
  athr_unlock (&self->lock);

  if (dead && item->funcs->drop != NULL)
    item->funcs->drop (item);

  athr_context_queue_unref (self);

  return dead || pushed;
}

/* FALSE when @item is queued already, or retired. When home is dead it is dropped. */
gboolean
athr_context_queue_push (AthrContextQueue *self,
                         int               priority,
                         AthrWorkItem     *item)
{
  return athr_context_queue_push_to (self, priority, ATHR_PUSH_TAIL, item);
}

/* The same, but it is run after the slice under way, of whatever priority, or in a slice
 * of its own. */
gboolean
athr_context_queue_push_at_slice_end (AthrContextQueue *self,
                                      int               priority,
                                      AthrWorkItem     *item)
{
  if (athr_context_queue_in_dispatch (self))
    priority = self->slice_priority;

  return athr_context_queue_push_to (self, priority, ATHR_PUSH_SLICE_END, item);
}

gboolean
athr_context_queue_push_front (AthrContextQueue *self,
                               int               priority,
                               AthrWorkItem     *item)
{
  return athr_context_queue_push_to (self, priority, ATHR_PUSH_HEAD, item);
}

/* TRUE when @item was queued: now it will not be run. */
gboolean
athr_context_queue_withdraw (AthrContextQueue *self,
                             AthrWorkItem     *item)
{
  gboolean queued;

  athr_lock (&self->lock);
  queued = item->queue != NULL;
  if (queued)
    athr_context_queue_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return queued;
}

void
athr_context_queue_disable (AthrContextQueue *self,
                            AthrWorkItem     *item)
{
  athr_lock (&self->lock);
  if (item->queue != NULL)
    athr_context_queue_unlink_locked (self, item);
  item->is_disabled = TRUE;
  athr_unlock (&self->lock);
}

void
athr_context_queue_free (AthrContextQueue *self,
                         gpointer          data,
                         GDestroyNotify    destroy)
{
  static const AthrWorkItemFuncs funcs = { athr_parcel_run, athr_parcel_run, athr_parcel_is_cleanup_only };
  AthrParcel *parcel;

  if (athr_context_queue_is_home (self))
    {
      destroy (data);
      return;
    }

  parcel = g_new0 (AthrParcel, 1);
  athr_work_item_init (&parcel->item, &funcs, parcel);
  parcel->data = data;
  parcel->destroy = destroy;
  athr_context_queue_push (self, G_PRIORITY_DEFAULT, &parcel->item);
}

void
athr_context_queue_end (AthrContextQueue *self,
                        guint64           creator,
                        gpointer          data,
                        GDestroyNotify    destroy)
{
  if (creator == athr_thread_id ())
    destroy (data);
  else
    athr_context_queue_free (self, data, destroy);
}

/* The next item to be asked whether it is quiet; it stays queued. */
static AthrWorkItem *
athr_context_queue_take_quiet (AthrContextQueue *self)
{
  GList *link;

  athr_lock (&self->lock);
  link = g_queue_pop_head_link (&self->quiet);
  if (link != NULL)
    {
      ((AthrWorkItem *) link->data)->quiet_queue = &self->not_quiet;
      g_queue_push_tail_link (&self->not_quiet, link);
    }
  athr_unlock (&self->lock);

  return link != NULL ? link->data : NULL;
}

static void
athr_context_queue_put_back_quiet (AthrContextQueue *self)
{
  GList *link;

  athr_lock (&self->lock);
  while ((link = g_queue_pop_head_link (&self->not_quiet)) != NULL)
    {
      ((AthrWorkItem *) link->data)->quiet_queue = &self->quiet;
      g_queue_push_tail_link (&self->quiet, link);
    }
  athr_unlock (&self->lock);
}

void
athr_context_queue_run_cleanup (AthrContextQueue *self)
{
  AthrWorkItem *item;

  /* Only the thread that iterates home may take items, and it must have home to
   * itself. A context that is not the default one may be dead, unless it is
   * this thread's default, and then it is owned. */
  if (!athr_context_queue_is_home (self) ||
      (!self->is_default && g_main_context_get_thread_default () != self->context) ||
      !g_main_context_acquire (self->context))
    return;

  while ((item = athr_context_queue_take_quiet (self)) != NULL)
    if (item->funcs->is_cleanup_only (item) && athr_context_queue_withdraw (self, item))
      item->funcs->run (item);
  athr_context_queue_put_back_quiet (self);

  g_main_context_release (self->context);
}

gboolean
athr_context_queue_is_for_context (AthrContextQueue *self,
                                   GMainContext     *context)
{
  /* A dead one may have the address of a context that lives. */
  return self->context == context && !g_atomic_int_get (&self->dead);
}

/* Whether this thread is the one that iterates it, or will: the same answer may
 * not hold for a context that moves between threads in this moment. */
gboolean
athr_context_queue_is_home (AthrContextQueue *self)
{
  gboolean is_owner;

  if (!self->is_default && g_main_context_get_thread_default () == self->context)
    return TRUE;

  athr_lock (&self->lock);
  is_owner = self->owner == athr_thread_id ();
  athr_unlock (&self->lock);

  return is_owner;
}

/* Whether this thread, home, is inside a slice of ours. */
gboolean
athr_context_queue_in_dispatch (AthrContextQueue *self)
{
  return athr_context_queue_is_home (self) && self->depth > 0;
}

gboolean
athr_context_queue_slice_is_over (AthrContextQueue *self)
{
  return g_get_monotonic_time () >= self->slice_end;
}

void
athr_context_queue_set_foreign_loop (AthrContextQueue *self)
{
  gboolean has_items = FALSE;

  athr_lock (&self->lock);
  self->is_foreign = TRUE;
  /* What came before was not told to the descriptor. */
  for (guint i = 0; i < self->lanes->len && !has_items; i++)
    has_items = !athr_queue_source_is_empty_locked (g_ptr_array_index (self->lanes, i));
  self->woken = has_items;
  if (has_items)
    g_main_context_wakeup (self->context);
  athr_unlock (&self->lock);
}

gboolean
athr_context_queue_watch (AthrContextQueue *self,
                          AthrWatch        *watch)
{
  gboolean alive;

  athr_lock (&self->lock);
  alive = !self->dead;
  if (alive)
    {
      watch->link.data = watch;
      watch->watching = TRUE;
      g_queue_push_tail_link (&self->watches, &watch->link);
    }
  athr_unlock (&self->lock);

  return alive;
}

gboolean
athr_context_queue_unwatch (AthrContextQueue *self,
                            AthrWatch        *watch)
{
  gboolean watching;

  athr_lock (&self->lock);
  watching = watch->watching;
  if (watching)
    {
      g_queue_unlink (&self->watches, &watch->link);
      watch->watching = FALSE;
    }
  athr_unlock (&self->lock);

  return watching;
}
