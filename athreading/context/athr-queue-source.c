/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-queue-source-private.h"

/* What it takes to wake a main context from another thread without holding it:
 *
 * - Workers never touch a GSource. g_source_set_ready_time() and even
 *   g_source_unref() on another thread race with the end of the context.
 * - g_main_context_wakeup() on a context whose last reference is gone, but whose
 *   sources are not destroyed yet, is a critical of GLib's. So a worker wakes
 *   only a context that is between prepare and check, which holds only while
 *   some thread iterates it and thus keeps it alive. The guard, a source of the
 *   highest priority that is never ready, keeps that record: of all sources it
 *   is the one that neither prepare nor check can skip.
 * - The first of our sources to be destroyed marks the delivery dead, under the
 *   lock under which others wake its context.
 *
 * A delivery may be freed by the thread that iterates its context while a worker
 * is about to leave push(): so a push holds a reference of its own. */

/* The loop stays alive: a dispatch ends after so long, in microseconds, whatever waits.
 * A quarter of a frame at 60 Hz. */
#define SLICE 4000

typedef struct
{
  GSource source;
  AthrContextQueue *delivery; /* kept by the callback data of the source */
  AthrQueueSource *lane;         /* NULL: the guard */
} AthrSource;

typedef struct
{
  AthrWorkItem item;
  AthrContextQueue *delivery;
  AthrQueueSource *lane;
} AthrAttachment;

static AthrQueueSource *
athr_queue_source_new (AthrContextQueue *delivery,
                       int               priority)
{
  AthrQueueSource *self = g_new0 (AthrQueueSource, 1);

  self->delivery = delivery;
  self->priority = priority;

  return self;
}

gboolean
athr_queue_source_is_empty_locked (AthrQueueSource *self)
{
  athr_assert_locked (&self->delivery->lock);

  return g_queue_is_empty (&self->items) && g_queue_is_empty (&self->slice_end);
}

static AthrWorkItem *
athr_context_queue_pop (AthrContextQueue *self,
                        GQueue           *queue,
                        gint64            now)
{
  AthrWorkItem *item;

  athr_lock (&self->lock);
  item = g_queue_peek_head (queue);
  if (item != NULL && item->created >= now)
    item = NULL;
  if (item != NULL)
    athr_context_queue_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return item;
}

/* The end of a context. Everything that waits is dropped by the thread that
 * destroys it, and everything that comes later by the thread that brings it. */
static void
athr_context_queue_die (gpointer data)
{
  AthrContextQueue *self = data;
  GQueue items = G_QUEUE_INIT;
  GQueue watches = G_QUEUE_INIT;
  GList *link;

  athr_context_queue_forget (self);

  athr_lock (&self->lock);
  g_atomic_int_set (&self->dead, TRUE);
  for (guint i = 0; i < self->lanes->len; i++)
    {
      AthrQueueSource *lane = g_ptr_array_index (self->lanes, i);

      while (!athr_queue_source_is_empty_locked (lane))
        {
          AthrWorkItem *item = g_queue_peek_head (&lane->items);

          if (item == NULL)
            item = g_queue_peek_head (&lane->slice_end);
          athr_context_queue_unlink_locked (self, item);
          /* Unlocked, one that nobody can drop may be gone. */
          if (item->funcs->drop != NULL)
            g_queue_push_tail_link (&items, &item->link);
        }
    }
  while ((link = g_queue_pop_head_link (&self->watches)) != NULL)
    {
      ((AthrWatch *) link->data)->watching = FALSE;
      g_queue_push_tail_link (&watches, link);
    }
  athr_unlock (&self->lock);

  while ((link = g_queue_pop_head_link (&watches)) != NULL)
    {
      AthrWatch *watch = link->data;

      watch->died (watch);
    }
  while ((link = g_queue_pop_head_link (&items)) != NULL)
    {
      AthrWorkItem *item = link->data;

      item->funcs->drop (item);
    }

  athr_context_queue_unref (self);
}

static gboolean
athr_guard_prepare (GSource *source,
                    int     *timeout)
{
  AthrContextQueue *self = ((AthrSource *) source)->delivery;

  *timeout = -1;

  athr_lock (&self->lock);
  self->in_poll = TRUE;
  /* Not in check alone: when the poll has changed GLib acknowledges a wake-up and asks
   * nobody. What was pushed before this line is seen by the lanes, which come next. */
  self->woken = FALSE;
  self->owner = athr_thread_id ();
  athr_unlock (&self->lock);

  return FALSE;
}

static gboolean
athr_guard_check (GSource *source)
{
  AthrContextQueue *self = ((AthrSource *) source)->delivery;

  athr_lock (&self->lock);
  self->in_poll = FALSE;
  self->woken = FALSE;
  athr_unlock (&self->lock);

  return FALSE;
}

static gboolean
athr_queue_source_check (GSource *source)
{
  AthrQueueSource *lane = ((AthrSource *) source)->lane;
  AthrContextQueue *self = lane->delivery;
  gboolean ready;

  athr_lock (&self->lock);
  ready = !athr_queue_source_is_empty_locked (lane);
  athr_unlock (&self->lock);

  return ready;
}

static gboolean
athr_queue_source_prepare (GSource *source,
                           int     *timeout)
{
  *timeout = -1;
  return athr_queue_source_check (source);
}

/* One slice. An item may run a nested main loop, which dispatches this source
 * again and takes the items behind it, in order. */
static gboolean
athr_queue_source_dispatch (GSource     *source,
                            GSourceFunc  callback,
                            gpointer     user_data)
{
  AthrQueueSource *lane = ((AthrSource *) source)->lane;
  AthrContextQueue *self = lane->delivery;
  gint64 now = g_source_get_time (source);
  gint64 outer_end = self->slice_end;
  int outer_priority = self->slice_priority;
  AthrWorkItem *item;

  athr_assert_unlocked ();

  self->depth++;
  self->slice_end = g_get_monotonic_time () + SLICE;
  self->slice_priority = lane->priority;
  while ((item = athr_context_queue_pop (self, &lane->items, now)) != NULL)
    {
      item->funcs->run (item);
      if (athr_context_queue_slice_is_over (self))
        break;
    }
  while ((item = athr_context_queue_pop (self, &lane->slice_end, G_MAXINT64)) != NULL)
    item->funcs->run (item);
  self->slice_end = outer_end;
  self->slice_priority = outer_priority;
  self->depth--;

  return G_SOURCE_CONTINUE;
}

static gboolean
athr_source_never (gpointer user_data)
{
  g_assert_not_reached ();
}

void
athr_context_queue_attach (AthrContextQueue *self,
                           AthrQueueSource  *lane)
{
  static GSourceFuncs guard_funcs = { athr_guard_prepare, athr_guard_check, NULL, NULL };
  static GSourceFuncs source_funcs = { athr_queue_source_prepare, athr_queue_source_check, athr_queue_source_dispatch, NULL };
  GSource *source;

  source = g_source_new (lane == NULL ? &guard_funcs : &source_funcs, sizeof (AthrSource));
  ((AthrSource *) source)->delivery = self;
  ((AthrSource *) source)->lane = lane;
  g_source_set_static_name (source, "[athreading] delivery");
  g_source_set_priority (source, lane == NULL ? G_MININT : lane->priority);
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, athr_source_never, athr_context_queue_ref (self), athr_context_queue_die);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

static void
athr_attachment_run (AthrWorkItem *item)
{
  AthrAttachment *attachment = item->data;

  athr_context_queue_attach (attachment->delivery, attachment->lane);
  g_free (attachment);
}

static void
athr_attachment_drop (AthrWorkItem *item)
{
  g_free (item->data);
}

AthrContextQueue *
athr_context_queue_new (GMainContext *context,
                        guint64       owner)
{
  AthrContextQueue *self = g_new0 (AthrContextQueue, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = context;
  self->is_default = context == g_main_context_default ();
  self->owner = owner;
  athr_lock_init (&self->lock);
  self->lanes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->lanes, athr_queue_source_new (self, G_PRIORITY_DEFAULT));
  g_ptr_array_add (self->lanes, athr_queue_source_new (self, G_PRIORITY_DEFAULT_IDLE));

  return self;
}

AthrQueueSource *
athr_context_queue_find_source_locked (AthrContextQueue *self,
                                       int               priority)
{
  athr_assert_locked (&self->lock);

  for (guint i = 0; i < self->lanes->len; i++)
    {
      AthrQueueSource *lane = g_ptr_array_index (self->lanes, i);

      if (lane->priority == priority)
        return lane;
    }

  return NULL;
}

void
athr_context_queue_add_source (AthrContextQueue *self,
                               int               priority)
{
  AthrQueueSource *lane;
  gboolean known;

  /* These it has from the beginning. */
  if (priority == G_PRIORITY_DEFAULT || priority == G_PRIORITY_DEFAULT_IDLE)
    return;

  lane = athr_queue_source_new (self, priority);
  athr_lock (&self->lock);
  known = self->dead || athr_context_queue_find_source_locked (self, priority) != NULL;
  if (!known)
    g_ptr_array_add (self->lanes, lane);
  athr_unlock (&self->lock);

  if (known)
    {
      g_free (lane);
    }
  else if (self->is_default || g_main_context_get_thread_default () == self->context)
    {
      athr_context_queue_attach (self, lane);
    }
  else
    {
      /* From here the context may not be touched: an item goes and does it. */
      static const AthrWorkItemFuncs funcs = { athr_attachment_run, athr_attachment_drop, NULL };
      AthrAttachment *attachment = g_new0 (AthrAttachment, 1);

      athr_work_item_init (&attachment->item, &funcs, attachment);
      attachment->delivery = self;
      attachment->lane = lane;
      athr_context_queue_push (self, G_PRIORITY_DEFAULT, &attachment->item);
    }
}
