/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-delivery-private.h"

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

/* The loop stays alive: no dispatch takes longer, in microseconds, by itself.
 * A quarter of a frame at 60 Hz; measured to leave a frame clock all its
 * frames. */
#define SLICE 4000

typedef struct
{
  AthrDelivery *delivery; /* set once; not owned, lanes live in it */
  int priority;           /* set once */
  GQueue items;           /* (AthrDelivery.lock) */
  GQueue slice_end;       /* (AthrDelivery.lock) */
} AthrLane;

struct _AthrDelivery
{
  gatomicrefcount ref_count;
  GMainContext *context; /* set once; not owned: only a pointer to compare, except
                          * where the caller knows that it is alive */
  gboolean is_default;   /* set once */
  guint depth;           /* home: our dispatches under way, one in the other */

  AthrLock lock;
  GPtrArray *lanes;      /* lock; (element-type AthrLane), never removed */
  GQueue quiet;          /* lock; those items that have is_quiet */
  GQueue watches;        /* lock */
  guint64 owner;         /* lock; the thread that iterates, at first the creator */
  gboolean in_poll;      /* lock; between prepare and check */
  gboolean woken;        /* lock; since the last check */
  int dead;              /* lock; atomic, for those who only look */
};

typedef struct
{
  GSource source;
  AthrDelivery *delivery; /* kept by the callback data of the source */
  AthrLane *lane;         /* NULL: the guard */
} AthrSource;

typedef struct
{
  AthrItem item;
  gpointer data;
  GDestroyNotify destroy;
} AthrParcel;

typedef struct
{
  AthrItem item;
  AthrDelivery *delivery;
  AthrLane *lane;
} AthrAttachment;

static AthrLock deliveries_lock;
static GHashTable *deliveries; /* (deliveries_lock); context to delivery, neither owned */

static _Thread_local guint64 thread_id;
static _Thread_local AthrDelivery *work_home;

static AthrLane *
athr_lane_new (AthrDelivery *delivery,
               int           priority)
{
  AthrLane *self = g_new0 (AthrLane, 1);

  self->delivery = delivery;
  self->priority = priority;

  return self;
}

static void
athr_delivery_unlink_locked (AthrDelivery *self,
                             AthrItem     *item)
{
  athr_assert_locked (&self->lock);

  g_queue_unlink (item->queue, &item->link);
  item->queue = NULL;

  if (item->in_quiet)
    {
      g_queue_unlink (&self->quiet, &item->quiet_link);
      item->in_quiet = FALSE;
    }
}

static AthrItem *
athr_delivery_pop (AthrDelivery *self,
                   GQueue       *queue,
                   gint64        now)
{
  AthrItem *item;

  athr_lock (&self->lock);
  item = g_queue_peek_head (queue);
  if (item != NULL && item->created >= now)
    item = NULL;
  if (item != NULL)
    athr_delivery_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return item;
}

/* The end of a context. Everything that waits is dropped by the thread that
 * destroys it, and everything that comes later by the thread that brings it. */
static void
athr_delivery_die (gpointer data)
{
  AthrDelivery *self = data;
  GQueue items = G_QUEUE_INIT;
  GQueue watches = G_QUEUE_INIT;
  GList *link;

  athr_lock (&deliveries_lock);
  if (g_hash_table_lookup (deliveries, self->context) == self)
    g_hash_table_remove (deliveries, self->context);
  athr_unlock (&deliveries_lock);

  athr_lock (&self->lock);
  g_atomic_int_set (&self->dead, TRUE);
  for (guint i = 0; i < self->lanes->len; i++)
    {
      AthrLane *lane = g_ptr_array_index (self->lanes, i);

      while (!g_queue_is_empty (&lane->items) || !g_queue_is_empty (&lane->slice_end))
        {
          AthrItem *item = g_queue_peek_head (&lane->items);

          if (item == NULL)
            item = g_queue_peek_head (&lane->slice_end);
          athr_delivery_unlink_locked (self, item);
          g_queue_push_tail_link (&items, &item->link);
        }
    }
  while ((link = g_queue_pop_head_link (&self->watches)) != NULL)
    {
      ((AthrDeathWatch *) link->data)->watching = FALSE;
      g_queue_push_tail_link (&watches, link);
    }
  athr_unlock (&self->lock);

  while ((link = g_queue_pop_head_link (&watches)) != NULL)
    {
      AthrDeathWatch *watch = link->data;

      watch->died (watch);
    }
  while ((link = g_queue_pop_head_link (&items)) != NULL)
    {
      AthrItem *item = link->data;

      item->funcs->drop (item);
    }

  athr_delivery_unref (self);
}

static gboolean
athr_guard_prepare (GSource *source,
                    int     *timeout)
{
  AthrDelivery *self = ((AthrSource *) source)->delivery;

  *timeout = -1;

  athr_lock (&self->lock);
  self->in_poll = TRUE;
  self->owner = athr_thread_id ();
  athr_unlock (&self->lock);

  return FALSE;
}

static gboolean
athr_guard_check (GSource *source)
{
  AthrDelivery *self = ((AthrSource *) source)->delivery;

  athr_lock (&self->lock);
  self->in_poll = FALSE;
  self->woken = FALSE;
  athr_unlock (&self->lock);

  return FALSE;
}

static gboolean
athr_lane_check (GSource *source)
{
  AthrLane *lane = ((AthrSource *) source)->lane;
  AthrDelivery *self = lane->delivery;
  gboolean ready;

  athr_lock (&self->lock);
  ready = !g_queue_is_empty (&lane->items) || !g_queue_is_empty (&lane->slice_end);
  athr_unlock (&self->lock);

  return ready;
}

static gboolean
athr_lane_prepare (GSource *source,
                   int     *timeout)
{
  *timeout = -1;
  return athr_lane_check (source);
}

/* One slice. An item may run a nested main loop, which dispatches this source
 * again and takes the items behind it, in order. */
static gboolean
athr_lane_dispatch (GSource     *source,
                    GSourceFunc  callback,
                    gpointer     user_data)
{
  AthrLane *lane = ((AthrSource *) source)->lane;
  AthrDelivery *self = lane->delivery;
  gint64 now = g_source_get_time (source);
  gint64 end = g_get_monotonic_time () + SLICE;
  AthrItem *item;

  athr_assert_unlocked ();

  self->depth++;
  while ((item = athr_delivery_pop (self, &lane->items, now)) != NULL)
    {
      item->funcs->run (item);
      if (g_get_monotonic_time () >= end)
        break;
    }
  while ((item = athr_delivery_pop (self, &lane->slice_end, G_MAXINT64)) != NULL)
    item->funcs->run (item);
  self->depth--;

  return G_SOURCE_CONTINUE;
}

static gboolean
athr_source_never (gpointer user_data)
{
  g_assert_not_reached ();
}

/* Where the context is known to be alive. */
static void
athr_delivery_attach (AthrDelivery *self,
                      AthrLane     *lane)
{
  static GSourceFuncs guard_funcs = { athr_guard_prepare, athr_guard_check, NULL, NULL };
  static GSourceFuncs lane_funcs = { athr_lane_prepare, athr_lane_check, athr_lane_dispatch, NULL };
  GSource *source;

  source = g_source_new (lane == NULL ? &guard_funcs : &lane_funcs, sizeof (AthrSource));
  ((AthrSource *) source)->delivery = self;
  ((AthrSource *) source)->lane = lane;
  g_source_set_static_name (source, "[athreading] delivery");
  g_source_set_priority (source, lane == NULL ? G_MININT : lane->priority);
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, athr_source_never, athr_delivery_ref (self), athr_delivery_die);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

static void
athr_attachment_run (AthrItem *item)
{
  AthrAttachment *attachment = item->data;

  athr_delivery_attach (attachment->delivery, attachment->lane);
  g_free (attachment);
}

static void
athr_attachment_drop (AthrItem *item)
{
  g_free (item->data);
}

static void
athr_parcel_run (AthrItem *item)
{
  AthrParcel *parcel = item->data;

  parcel->destroy (parcel->data);
  g_free (parcel);
}

static gboolean
athr_parcel_is_quiet (AthrItem *item)
{
  return TRUE;
}

static AthrLane *
athr_delivery_find_lane_locked (AthrDelivery *self,
                                int           priority)
{
  athr_assert_locked (&self->lock);

  for (guint i = 0; i < self->lanes->len; i++)
    {
      AthrLane *lane = g_ptr_array_index (self->lanes, i);

      if (lane->priority == priority)
        return lane;
    }

  return NULL;
}

static AthrDelivery *
athr_delivery_new (GMainContext *context)
{
  AthrDelivery *self = g_new0 (AthrDelivery, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = context;
  self->is_default = context == g_main_context_default ();
  /* A worker iterates no home. */
  self->owner = work_home == NULL ? athr_thread_id () : 0;
  athr_lock_init (&self->lock);
  self->lanes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->lanes, athr_lane_new (self, G_PRIORITY_DEFAULT));
  g_ptr_array_add (self->lanes, athr_lane_new (self, G_PRIORITY_DEFAULT_IDLE));

  return self;
}

guint64
athr_thread_id (void)
{
  static gsize last; /* atomic; orders nothing */

  if (G_UNLIKELY (thread_id == 0))
    thread_id = (guint64) g_atomic_pointer_add (&last, 1) + 1;

  return thread_id;
}

AthrDelivery *
athr_delivery_ref (AthrDelivery *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_delivery_unref (AthrDelivery *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_ptr_array_unref (self->lanes);
  athr_lock_clear (&self->lock);
  g_free (self);
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
      fresh = athr_delivery_new (context);
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
  /* A dead one may have the address of a context that lives. */
  if (home->context == context && !g_atomic_int_get (&home->dead))
    return athr_delivery_ref (home);

  return athr_delivery_ref_for_context (context);
}

void
athr_delivery_set_work_home (AthrDelivery *home)
{
  work_home = home;
}

void
athr_delivery_add_lane (AthrDelivery *self,
                        int           priority)
{
  AthrLane *lane;
  gboolean known;

  /* These it has from the beginning. */
  if (priority == G_PRIORITY_DEFAULT || priority == G_PRIORITY_DEFAULT_IDLE)
    return;

  lane = athr_lane_new (self, priority);
  athr_lock (&self->lock);
  known = self->dead || athr_delivery_find_lane_locked (self, priority) != NULL;
  if (!known)
    g_ptr_array_add (self->lanes, lane);
  athr_unlock (&self->lock);

  if (known)
    {
      g_free (lane);
    }
  else if (self->is_default || g_main_context_get_thread_default () == self->context)
    {
      athr_delivery_attach (self, lane);
    }
  else
    {
      /* From here the context may not be touched: an item goes and does it. */
      static const AthrItemFuncs funcs = { athr_attachment_run, athr_attachment_drop, NULL };
      AthrAttachment *attachment = g_new0 (AthrAttachment, 1);

      athr_item_init (&attachment->item, &funcs, attachment);
      attachment->delivery = self;
      attachment->lane = lane;
      athr_delivery_push (self, G_PRIORITY_DEFAULT, &attachment->item);
    }
}

static gboolean
athr_delivery_push_to (AthrDelivery *self,
                       int           priority,
                       gboolean      slice_end,
                       AthrItem     *item)
{
  gboolean dead, pushed = FALSE;

  athr_delivery_ref (self);

  athr_lock (&self->lock);
  dead = self->dead;
  if (!dead && item->queue == NULL)
    {
      AthrLane *lane = athr_delivery_find_lane_locked (self, priority);

      pushed = TRUE;
      item->queue = slice_end ? &lane->slice_end : &lane->items;
      g_queue_push_tail_link (item->queue, &item->link);
      if (item->funcs->is_quiet != NULL)
        {
          g_queue_push_tail_link (&self->quiet, &item->quiet_link);
          item->in_quiet = TRUE;
        }
      if (self->in_poll && !self->woken)
        {
          self->woken = TRUE;
          g_main_context_wakeup (self->context);
        }
    }
  athr_unlock (&self->lock);

  if (dead)
    item->funcs->drop (item);

  athr_delivery_unref (self);

  return dead || pushed;
}

/* FALSE when @item is queued already. When home is dead it is dropped. */
gboolean
athr_delivery_push (AthrDelivery *self,
                    int           priority,
                    AthrItem     *item)
{
  return athr_delivery_push_to (self, priority, FALSE, item);
}

/* The same, but it is run after the slice under way, or in a slice of its own. */
gboolean
athr_delivery_push_at_slice_end (AthrDelivery *self,
                                 int           priority,
                                 AthrItem     *item)
{
  return athr_delivery_push_to (self, priority, TRUE, item);
}

/* TRUE when @item was queued: now it will not be run. */
gboolean
athr_delivery_withdraw (AthrDelivery *self,
                        AthrItem     *item)
{
  gboolean queued;

  athr_lock (&self->lock);
  queued = item->queue != NULL;
  if (queued)
    athr_delivery_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return queued;
}

void
athr_delivery_give_back (AthrDelivery   *self,
                         gpointer        data,
                         GDestroyNotify  destroy)
{
  static const AthrItemFuncs funcs = { athr_parcel_run, athr_parcel_run, athr_parcel_is_quiet };
  AthrParcel *parcel;

  if (athr_delivery_is_home (self))
    {
      destroy (data);
      return;
    }

  parcel = g_new0 (AthrParcel, 1);
  athr_item_init (&parcel->item, &funcs, parcel);
  parcel->data = data;
  parcel->destroy = destroy;
  athr_delivery_push (self, G_PRIORITY_DEFAULT, &parcel->item);
}

void
athr_delivery_end (AthrDelivery   *self,
                   guint64         creator,
                   gpointer        data,
                   GDestroyNotify  destroy)
{
  if (creator == athr_thread_id ())
    destroy (data);
  else
    athr_delivery_give_back (self, data, destroy);
}

void
athr_delivery_flush (AthrDelivery *self)
{
  /* Only the thread that iterates home may take items, and it must have home to
   * itself. A context that is not the default one may be dead, unless it is
   * this thread's default, and then it is owned. */
  if (!athr_delivery_is_home (self) ||
      (!self->is_default && g_main_context_get_thread_default () != self->context) ||
      !g_main_context_acquire (self->context))
    return;

  for (;;)
    {
      AthrItem *item = NULL;
      GList *link;

      athr_lock (&self->lock);
      link = g_queue_pop_head_link (&self->quiet);
      if (link != NULL)
        {
          item = link->data;
          item->in_quiet = FALSE;
        }
      athr_unlock (&self->lock);

      if (item == NULL)
        break;

      /* One that is not quiet stays queued, and is not asked again. */
      if (item->funcs->is_quiet (item) && athr_delivery_withdraw (self, item))
        item->funcs->run (item);
    }

  g_main_context_release (self->context);
}

gboolean
athr_delivery_is_for_context (AthrDelivery *self,
                              GMainContext *context)
{
  return self->context == context;
}

/* Whether this thread is the one that iterates it, or will: the same answer may
 * not hold for a context that moves between threads in this moment. */
gboolean
athr_delivery_is_home (AthrDelivery *self)
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
athr_delivery_in_dispatch (AthrDelivery *self)
{
  return athr_delivery_is_home (self) && self->depth > 0;
}

gboolean
athr_delivery_watch (AthrDelivery   *self,
                     AthrDeathWatch *watch)
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
athr_delivery_unwatch (AthrDelivery   *self,
                       AthrDeathWatch *watch)
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
