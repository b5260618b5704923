/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

/* A map takes items from its source, runs a function for each item on workers, and puts the values
 * of the items into its own channel.
 *
 *   the channel of the source -> items -> the channel of the map
 *
 * News
 *
 * Something is to be done when a value has come to the source, when an item is done, when the
 * consumer has taken values, when the map is closed, and when the producer of the source has ended.
 * A thread that brings such news writes the news down under the lock. Then one thread at a time, the
 * pump, deals with the news, until there are no more: it puts values, takes items, and starts items.
 * Fields without a lock are the pump's. The pump never waits for anything. A worker that has done an
 * item becomes the pump, if there is none. Other threads queue a job for the pump: neither the
 * thread that put a value into the source nor the consumer of the map does the work of the map. Only
 * what ends the map must not wait for a worker, since all workers may be inside functions that wait
 * for their cancellable. So a thread that closes the map becomes the pump itself.
 *
 * Items
 *
 * An item is in the list `items` from the moment it was taken until its values were put. The values
 * that its function yields wait in a channel of the item. If the map is ordered, only the values of
 * the first item are put. So n_held, the number of items that were taken and not handed out, counts
 * the items in `items`, and those in `unread`: their values were put, but the consumer has not taken
 * the last one of them. When n_held is at its limit, the map holds back, and its channel calls
 * begin() when the consumer has taken enough. So while the map waits it holds no thread.
 *
 * To wake a thread for each item would cost more than short items do. So in one round the pump starts
 * one item on the thread that it has, and one on another thread. If it could start more, that other
 * thread brings news before it runs its item (is_short_of_threads). So threads wake one after the
 * other, and only while there are items that no thread has come to yet.
 *
 * The end
 *
 * The map fails with an item when the item is the next whose values are put. Items behind an item
 * that has failed are cancelled earlier, as soon as its function has returned. From then on the map
 * is cut: it takes no more items, and closes its source. The producer of the map ends when the
 * source has ended and no function runs. */

/* A consumer in a slice of a main loop wakes the map when it has taken half of the items that the map
 * holds, but at most so many. */
#define LATE_MAX 32

typedef struct _AthrMap AthrMap;

typedef struct
{
  AthrMap *map;         /* set once; not owned: a queued job holds a reference to the map */
  AthrJob job;
  GList link;           /* in `items` or `idle` */
  GList done_link;      /* (AthrMap.lock); in `done` */
  GValue value;         /* set as it is taken; unset in an idle item */
  AthrChannel *channel; /* owned; NULL in a new item */
  AthrYielder *yielder; /* owned; NULL in a new item */
  gboolean is_pushed;   /* set before it is queued; its job may have woken a thread */
  gboolean is_done;     /* the function has returned, or will never run */

  /* Written by the worker before the item is done */
  GError *error;        /* owned */
  gboolean is_ended;    /* the function has called athr_yielder_end() */
  gboolean is_kept;     /* somebody else has the yielder, so that no other item may use it */
} AthrMapItem;

/* What has happened since the pump looked last. */
typedef struct
{
  GQueue done;                /* (element-type AthrMapItem), in the order in which they were done */
  gboolean has_room;          /* the consumer has taken values */
  gboolean is_reader_ready;   /* the channel of the source has notified the reader */
  gboolean is_source_ended;   /* likewise, the close waiter */
  gboolean is_closed;         /* the consumer closes the map */
  gboolean is_refused;        /* the consumer has sent or thrown something */
} AthrMapNews;

struct _AthrMap
{
  AthrDriver driver;
  gatomicrefcount ref_count;

  /* Set once */
  AthrProducer *source;      /* owned */
  AthrStream *source_stream; /* owned; home frees it when nothing runs any more, and sets it to NULL under the lock */
  guint max_running;         /* 0 until the start: the number of threads */
  AthrMapFlags flags;
  AthrMapFunc func;
  gpointer user_data;
  GDestroyNotify destroy;

  /* Set once, as it starts */
  AthrPool *pool;            /* owned */
  guint64 limit;             /* of n_held */
  guint late;                /* for how many items a slice holds the map back */
  gboolean cannot_start;
  GError *start_error;       /* owned; why it cannot start; until the pump takes it */

  AthrLock lock;
  AthrProducer *producer;    /* lock; owned; from the start until the end */
  AthrMapNews news;          /* lock */
  gboolean has_news;         /* lock */
  gboolean is_pumping;       /* lock */
  gboolean is_pump_queued;   /* lock */
  gboolean is_over;          /* lock; the producer has ended */
  GError *pool_error;        /* lock; owned; set once: why a job of the pump never ran */

  int is_short_of_threads;   /* atomic; the pump left items that it could have started. It orders no
                              * other access */
  AthrJob pump_job;          /* each push holds a reference */
  AthrChannelWaiter reader;  /* (lock of the source's channel); holds a reference while it may be
                              * notified */
  AthrChannelWaiter close_waiter; /* likewise */

  GQueue items;              /* (element-type AthrMapItem), in the order of the source */
  GQueue idle;               /* (element-type AthrMapItem), to be used again */
  GQueue unread;             /* of guint: how many values each item has put */
  GArray *left;              /* (nullable) (element-type GValue); for home to free */
  guint64 n_held;
  guint64 n_out;             /* the values of items that were handed out */
  guint64 n_put;             /* items whose values were put */
  guint n_running;           /* items whose job is queued or runs */
  guint permille;            /* of the progress that was reported last */
  gboolean is_holding_back;
  gboolean is_reading;       /* the reader waits in the channel of the source */
  gboolean is_reader_ready;  /* it must come for its answer */
  gboolean is_open;          /* the source was opened */
  gboolean is_cut;           /* takes no more items */
  gboolean is_failed;        /* puts no more values */
  gboolean is_closed;        /* by the consumer */
  gboolean is_source_stopped; /* the close waiter was added */
  gboolean is_source_ended;
  GError *source_error;      /* owned; of the source */
  GError *error;             /* owned; with which the map ends */
};

static void athr_map_schedule (AthrMap *self);

static AthrMap *
athr_map_ref (AthrMap *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* The last reference is gone: home has freed what is the user's. */
static void
athr_map_unref (AthrMap *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  athr_producer_unref (self->source);
  g_clear_pointer (&self->pool, athr_pool_unref);
  g_clear_error (&self->pool_error);
  athr_lock_clear (&self->lock);
  g_free (self);
}

/* Has home free @value. */
static void
athr_map_free_value (AthrMap *self,
                     GValue  *value)
{
  GValue *left;

  /* Numbers, and strings, run nothing of the user's. */
  if (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)) <= G_TYPE_STRING &&
      G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (value)) != G_TYPE_INTERFACE)
    {
      g_value_unset (value);
      return;
    }

  if (self->left == NULL)
    {
      self->left = g_array_new (FALSE, TRUE, sizeof (GValue));
      g_array_set_clear_func (self->left, (GDestroyNotify) g_value_unset);
    }
  g_array_set_size (self->left, self->left->len + 1);
  left = &g_array_index (self->left, GValue, self->left->len - 1);
  *left = *value;
  *value = (GValue) G_VALUE_INIT;
}

/* Has home free @error, which may be NULL. */
static void
athr_map_free_error (AthrMap *self,
                     GError  *error)
{
  GValue value = G_VALUE_INIT;

  if (error == NULL)
    return;

  g_value_init (&value, G_TYPE_ERROR);
  g_value_take_boxed (&value, error);
  athr_map_free_value (self, &value);
}

static void
athr_map_flush_left (AthrMap *self)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (self->left == NULL)
    return;

  left.values = g_steal_pointer (&self->left);
  athr_deferred_free_submit (&left, self->producer->home, self->producer->priority, 0);
}

/* Items */

/* Drops the yielder of @item: home frees it, and a thread that keeps it can yield no more. */
static void
athr_map_item_drop_yielder (AthrMapItem *item)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, ATHR_TYPE_YIELDER);
  g_value_take_object (&value, g_steal_pointer (&item->yielder));
  athr_map_free_value (item->map, &value);
  g_clear_pointer (&item->channel, athr_channel_unref);
}

static void
athr_map_item_prepare (AthrMapItem *item)
{
  const AthrChannelOptions options = { G_MAXUINT, ATHR_OVERFLOW_BLOCK, TRUE };

  if (item->yielder != NULL)
    return;

  item->channel = athr_channel_new (NULL, NULL);
  athr_channel_open (item->channel, &options);
  item->yielder = athr_yielder_new_for_item (item->map->producer, item->channel);
}

/* Notes what the function has left. From now on a yielder that was kept can yield no more. */
static void
athr_map_item_end (AthrMapItem *item)
{
  item->is_ended = athr_channel_get_state (item->channel) == ATHR_CHANNEL_OPEN &&
                   !athr_channel_is_open (item->channel);
  item->is_kept = athr_yielder_is_kept (item->yielder);
  if (item->is_kept)
    athr_channel_close (item->channel);
}

static void athr_map_pump (AthrMap *self,
                           gboolean can_requeue);
static void athr_map_item_done (AthrMapItem *item,
                                gboolean     can_requeue);

/* The map whose function this thread runs. */
static _Thread_local AthrMap *running_map;

static void
athr_map_item_work (AthrJob *job)
{
  AthrMapItem *item = job->data;
  AthrMap *self = item->map;

  if (item->is_pushed && g_atomic_int_get (&self->is_short_of_threads))
    athr_map_pump (self, FALSE);
  athr_home_begin_work (self->producer->home);
  /* The channel of an item that is cancelled before its function begins is closed. */
  running_map = self;
  if (athr_channel_is_open (item->channel))
    self->func (item->yielder, &item->value, self->user_data, &item->error);
  running_map = NULL;
  if (athr_lock_is_stale (&self->lock))
    return;

  athr_map_item_end (item);
  athr_map_item_done (item, TRUE);
  athr_home_end_work ();
  athr_map_unref (self);
}

static void
athr_map_item_fail (AthrJob      *job,
                    const GError *error)
{
  AthrMapItem *item = job->data;
  AthrMap *self = item->map;

  item->error = g_error_copy (error);
  athr_map_item_done (item, FALSE);
  athr_map_unref (self);
}

static AthrMapItem *
athr_map_item_new (AthrMap *self)
{
  GList *link = g_queue_pop_head_link (&self->idle);
  AthrMapItem *item;

  if (link != NULL)
    return link->data;

  item = g_new0 (AthrMapItem, 1);
  item->map = self;
  item->link.data = item->done_link.data = item;
  item->job.run = athr_map_item_work;
  item->job.fail = athr_map_item_fail;
  item->job.data = item;
  item->job.priority = self->pump_job.priority;

  return item;
}

/* The item is in no list any more; its values were taken. */
static void
athr_map_item_recycle (AthrMapItem *item)
{
  AthrMap *self = item->map;

  if (athr_value_is_set (&item->value))
    athr_map_free_value (self, &item->value);
  if (item->is_kept || item->is_ended || !athr_channel_is_open (item->channel))
    athr_map_item_drop_yielder (item);
  item->is_done = item->is_ended = item->is_kept = FALSE;
  g_queue_push_tail_link (&self->idle, &item->link);
}

/* Forgets an item whose values nobody gets. */
static void
athr_map_item_discard (AthrMapItem *item)
{
  AthrMap *self = item->map;
  GValue value = G_VALUE_INIT;

  while (athr_channel_try_take (item->channel, FALSE, &value))
    athr_map_free_value (self, &value);
  if (item->error != NULL && self->is_closed && self->error == NULL &&
      !g_error_matches (item->error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_error_matches (item->error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    self->error = g_steal_pointer (&item->error);
  athr_map_free_error (self, g_steal_pointer (&item->error));
  g_queue_unlink (&self->items, &item->link);
  athr_map_item_recycle (item);
}

/* The end */

static void
athr_map_reader_notify (AthrChannelWaiter *waiter)
{
  AthrMap *self = (AthrMap *) ((char *) waiter - G_STRUCT_OFFSET (AthrMap, reader));

  athr_lock (&self->lock);
  self->news.is_reader_ready = TRUE;
  athr_unlock (&self->lock);
  athr_map_schedule (self);
  athr_map_unref (self);
}

/* Takes no more items, and cancels the items from @link on. Those that are queued are withdrawn
 * first: a thread whose item was cancelled must not begin them. */
static void
athr_map_cut (AthrMap *self,
              GList   *link)
{
  GList *next;

  self->is_cut = TRUE;
  for (GList *l = link; l != NULL; l = l->next)
    {
      AthrMapItem *item = l->data;

      if (!item->is_done && athr_pool_withdraw (self->pool, &item->job))
        {
          self->n_running--;
          athr_map_unref (self);
          item->is_done = TRUE;
        }
    }

  for (; link != NULL; link = next)
    {
      AthrMapItem *item = link->data;

      next = link->next;
      if (item->is_done)
        {
          athr_map_item_discard (item);
          continue;
        }
      athr_channel_close (item->channel);
      athr_yielder_cancel_item (item->yielder);
    }
}

static void athr_map_close_waiter_notify (AthrChannelWaiter *waiter);

/* Closes the source, and waits for its end. */
static void
athr_map_stop_source (AthrMap *self)
{
  if (self->is_source_stopped || self->is_source_ended)
    return;

  self->is_source_stopped = TRUE;
  if (self->is_reading)
    athr_channel_cancel (self->source->channel, &self->reader);
  self->close_waiter.notify = athr_map_close_waiter_notify;
  athr_map_ref (self);
  athr_channel_add_close_waiter (self->source->channel, &self->close_waiter);
  athr_stream_stop (self->source_stream);
}

static void
athr_map_fail (AthrMap *self,
               GError  *error)
{
  if (self->is_failed)
    {
      athr_map_free_error (self, error);
      return;
    }

  self->is_failed = TRUE;
  /* Unordered, the first error in time counts. */
  if (self->source_error != NULL && (self->flags & ATHR_MAP_UNORDERED))
    {
      athr_map_free_error (self, error);
      error = g_steal_pointer (&self->source_error);
    }
  self->error = error;
  athr_map_cut (self, self->items.head);
}

static void
athr_map_end_if_over (AthrMap *self)
{
  AthrProducer *producer = self->producer;

  if (!self->is_cut)
    return;

  athr_map_stop_source (self);
  if (self->items.length > 0 || self->n_running > 0 || !self->is_source_ended)
    return;

  if (!self->is_failed)
    self->error = g_steal_pointer (&self->source_error);
  athr_map_free_error (self, g_steal_pointer (&self->source_error));
  athr_map_flush_left (self);

  athr_lock (&self->lock);
  self->is_over = TRUE;
  athr_unlock (&self->lock);
  if (athr_pool_withdraw (self->pool, &self->pump_job))
    athr_map_unref (self);

  if (self->error == NULL && !self->is_closed)
    athr_producer_report_progress (producer, 1, NULL);
  athr_producer_end (producer, g_steal_pointer (&self->error));
  athr_producer_unref (producer);
}

/* Values */

static void
athr_map_report_progress (AthrMap *self)
{
  gint64 n_items = self->source->n_values;
  guint permille;

  if (n_items <= 0)
    return;

  permille = (double) self->n_put / n_items * 1000;
  if (permille == self->permille)
    return;

  self->permille = permille;
  athr_producer_report_progress (self->producer, MIN ((double) self->n_put / n_items, 1), NULL);
}

/* Puts the values of @item, which is done. */
static void
athr_map_item_put (AthrMapItem *item)
{
  AthrMap *self = item->map;
  GError *error = g_steal_pointer (&item->error);
  gboolean fails = error != NULL || item->is_ended;
  GValue value = G_VALUE_INIT;
  guint n_values = 0;

  while (athr_channel_try_take (item->channel, FALSE, &value))
    {
      athr_channel_put (self->producer->channel, &value, NULL);
      if (athr_value_is_set (&value))
        athr_map_free_value (self, &value);
      n_values++;
    }
  if (self->limit != G_MAXUINT64)
    g_queue_push_tail (&self->unread, GUINT_TO_POINTER (n_values));
  g_queue_unlink (&self->items, &item->link);
  athr_map_item_recycle (item);
  self->n_put++;
  athr_map_report_progress (self);
  if (fails)
    athr_map_fail (self, error);
}

static void
athr_map_deal_with_done (AthrMap *self,
                         GQueue  *done)
{
  GList *link;

  while ((link = g_queue_pop_head_link (done)) != NULL)
    {
      AthrMapItem *item = link->data;

      item->is_done = TRUE;
      self->n_running--;
      if (self->is_failed)
        athr_map_item_discard (item);
      else if (self->flags & ATHR_MAP_UNORDERED)
        athr_map_item_put (item);
      else if (item->error != NULL || item->is_ended)
        athr_map_cut (self, item->link.next);
    }

  while (!self->is_failed && self->items.head != NULL &&
         ((AthrMapItem *) self->items.head->data)->is_done)
    athr_map_item_put (self->items.head->data);
}

/* Finds out which items the consumer has taken. */
static void
athr_map_count_out (AthrMap *self)
{
  guint64 n_out = athr_channel_get_n_out (self->producer->channel);

  while (self->unread.head != NULL)
    {
      guint n_values = GPOINTER_TO_UINT (self->unread.head->data);

      if (self->n_out + n_values > n_out)
        break;
      self->n_out += n_values;
      self->n_held--;
      g_queue_pop_head (&self->unread);
    }
}

/* FALSE: the map has to wait until the consumer takes values, or items end. */
static gboolean
athr_map_has_room (AthrMap *self)
{
  while (self->n_held >= self->limit)
    {
      guint64 soon, late;
      guint n_items = 0;

      /* If all items that are held still run, the next one that ends makes the map look again. */
      if (self->is_holding_back || self->unread.head == NULL)
        return FALSE;
      athr_map_count_out (self);
      if (self->n_held < self->limit || self->unread.head == NULL)
        continue;

      soon = late = self->n_out + GPOINTER_TO_UINT (self->unread.head->data);
      for (GList *l = self->unread.head->next; l != NULL && ++n_items < self->late; l = l->next)
        late += GPOINTER_TO_UINT (l->data);
      self->is_holding_back = athr_channel_hold_back (self->producer->channel, soon, late);
    }

  return TRUE;
}

/* The source */

static void
athr_map_close_waiter_notify (AthrChannelWaiter *waiter)
{
  AthrMap *self = (AthrMap *) ((char *) waiter - G_STRUCT_OFFSET (AthrMap, close_waiter));

  athr_lock (&self->lock);
  self->news.is_source_ended = TRUE;
  athr_unlock (&self->lock);
  athr_map_schedule (self);
  athr_map_unref (self);
}

static void
athr_map_answer_close_waiter (AthrMap *self)
{
  GError *error = NULL;
  GValue value = G_VALUE_INIT;

  athr_channel_answer (self->source->channel, &self->close_waiter, FALSE, &value, &error);
  athr_producer_post (self->source);
  self->is_source_ended = TRUE;
  if (self->is_closed && self->error == NULL)
    self->error = g_steal_pointer (&error);
  athr_map_free_error (self, error);
}

/* Adds the reader, which waits for a value of the source. */
static void
athr_map_read (AthrMap *self)
{
  gboolean is_first = FALSE;

  if (!self->is_open)
    {
      athr_stream_fix_home_blocking (self->source_stream);
      is_first = athr_stream_open (self->source_stream);
      athr_producer_expect (self->source);
      self->is_open = TRUE;
    }

  self->reader = (AthrChannelWaiter) { .notify = athr_map_reader_notify };
  self->is_reading = TRUE;
  athr_map_ref (self);
  athr_channel_add_reader (self->source->channel, &self->reader, FALSE);
  if (is_first)
    athr_channel_wake (self->source->channel);
}

/* The reader was notified, and comes for its answer. */
static AthrChannelAnswer
athr_map_answer_reader (AthrMap *self,
                        GValue  *value)
{
  AthrChannelAnswer answer;

  self->is_reader_ready = FALSE;
  athr_map_ref (self);
  answer = athr_channel_answer (self->source->channel, &self->reader, FALSE, value,
                                &self->source_error);
  if (answer == ATHR_CHANNEL_NOTHING)
    return answer;

  athr_map_unref (self);
  self->is_reading = FALSE;
  if (answer != ATHR_CHANNEL_VALUE)
    athr_producer_post (self->source);

  return answer;
}

/* Takes the next value of the source. NOTHING: the reader waits for it. */
static AthrChannelAnswer
athr_map_take (AthrMap *self,
               GValue  *value)
{
  if (self->is_reading)
    return self->is_reader_ready ? athr_map_answer_reader (self, value) : ATHR_CHANNEL_NOTHING;
  if (self->is_open && athr_channel_try_take_lazily (self->source->channel, value))
    return ATHR_CHANNEL_VALUE;

  athr_map_read (self);

  return ATHR_CHANNEL_NOTHING;
}

/* Why the executor takes no job: it is closed, or it has cancelled a job before. */
static GError *
athr_map_new_pool_error (AthrMap *self)
{
  GError *error;

  athr_lock (&self->lock);
  error = self->pool_error;
  athr_unlock (&self->lock);

  return error != NULL ? g_error_copy (error) : athr_pool_new_closed (self->pool);
}

/* @can_requeue: this is a worker, whose job is about to end. It becomes FALSE when an item has taken
 * the place of the job. */
static void
athr_map_start_item (AthrMap  *self,
                     GValue   *value,
                     gboolean *can_requeue,
                     GQueue   *failed)
{
  AthrMapItem *item = athr_map_item_new (self);
  gboolean is_queued;

  athr_map_item_prepare (item);
  item->value = *value;
  g_queue_push_tail_link (&self->items, &item->link);
  self->n_held++;
  self->n_running++;

  item->is_pushed = !*can_requeue;
  athr_map_ref (self);
  if (*can_requeue)
    is_queued = athr_pool_requeue (self->pool, &item->job);
  else
    is_queued = athr_pool_push (self->pool, &item->job);
  *can_requeue = FALSE;
  if (is_queued)
    return;

  athr_map_unref (self);
  item->error = athr_map_new_pool_error (self);
  g_queue_push_tail_link (failed, &item->done_link);
}

static void
athr_map_take_items (AthrMap  *self,
                     gboolean *can_requeue,
                     GQueue   *failed)
{
  guint n_most = *can_requeue ? 2 : 1;
  guint n_started = 0;
  AthrChannelAnswer answer = ATHR_CHANNEL_VALUE;

  /* Before an item is queued: its thread may begin at once, and must not miss that there are more. */
  g_atomic_int_set (&self->is_short_of_threads, TRUE);
  while (answer == ATHR_CHANNEL_VALUE && !self->is_cut && self->n_running < self->max_running &&
         athr_map_has_room (self))
    {
      GValue value = G_VALUE_INIT;

      if (n_started++ == n_most)
        return;
      answer = athr_map_take (self, &value);
      if (answer == ATHR_CHANNEL_VALUE)
        athr_map_start_item (self, &value, can_requeue, failed);
      else if (answer != ATHR_CHANNEL_NOTHING)
        self->is_cut = TRUE;
      /* The map leaves out values of the source, which must not look like the end of the source. */
      if (answer == ATHR_CHANNEL_CANCELLED && self->source_error == NULL)
        self->source_error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The owner of the source is gone");
    }
  g_atomic_int_set (&self->is_short_of_threads, FALSE);
}

/* The pump */

static void
athr_map_deal_with_news (AthrMap     *self,
                         AthrMapNews *news,
                         gboolean    *can_requeue)
{
  if (news->is_reader_ready)
    self->is_reader_ready = TRUE;
  if (news->has_room)
    self->is_holding_back = FALSE;
  if (news->is_closed && !self->is_closed)
    {
      self->is_closed = TRUE;
      athr_map_fail (self, NULL);
    }
  if (self->start_error != NULL)
    athr_map_fail (self, g_steal_pointer (&self->start_error));
  if (news->is_refused)
    athr_map_fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                              "A map cannot receive anything"));
  if (news->is_source_ended)
    athr_map_answer_close_waiter (self);
  athr_map_deal_with_done (self, &news->done);

  while (!self->is_cut)
    {
      GQueue failed = G_QUEUE_INIT;

      athr_map_take_items (self, can_requeue, &failed);
      if (failed.length == 0)
        break;
      athr_map_deal_with_done (self, &failed);
    }
  athr_map_end_if_over (self);
}

/* Deals with all news, unless another thread does so. */
static void
athr_map_pump (AthrMap  *self,
               gboolean  can_requeue)
{
  athr_lock (&self->lock);
  self->has_news = TRUE;
  if (self->is_pumping || self->is_over)
    {
      athr_unlock (&self->lock);
      return;
    }

  self->is_pumping = TRUE;
  while (self->has_news && !self->is_over)
    {
      AthrMapNews news = self->news;

      self->news = (AthrMapNews) { .has_room = FALSE };
      self->has_news = FALSE;
      athr_unlock (&self->lock);

      athr_map_deal_with_news (self, &news, &can_requeue);
      if (self->left != NULL)
        athr_map_flush_left (self);

      athr_lock (&self->lock);
    }
  self->is_pumping = FALSE;
  athr_unlock (&self->lock);
}

static void
athr_map_pump_work (AthrJob *job)
{
  AthrMap *self = job->data;
  gboolean is_over;

  athr_lock (&self->lock);
  self->is_pump_queued = FALSE;
  is_over = self->is_over;
  athr_unlock (&self->lock);

  if (!is_over)
    athr_map_pump (self, TRUE);
  athr_map_unref (self);
}

/* No worker will come. The next item that is taken cannot be queued, and ends the map. */
static void
athr_map_pump_without_worker (AthrMap *self)
{
  athr_lock (&self->lock);
  self->is_pump_queued = FALSE;
  athr_unlock (&self->lock);
  athr_map_pump (self, FALSE);
  athr_map_unref (self);
}

static void
athr_map_pump_fail (AthrJob      *job,
                    const GError *error)
{
  AthrMap *self = job->data;
  GError *pool_error = g_error_copy (error);

  athr_lock (&self->lock);
  if (self->pool_error == NULL)
    self->pool_error = g_steal_pointer (&pool_error);
  athr_unlock (&self->lock);
  g_clear_error (&pool_error);
  athr_map_pump_without_worker (self);
}

/* Has a worker deal with the news, unless a thread does so. */
static void
athr_map_schedule (AthrMap *self)
{
  gboolean must_push;

  athr_lock (&self->lock);
  self->has_news = TRUE;
  must_push = !self->is_pumping && !self->is_pump_queued && !self->is_over;
  if (must_push)
    self->is_pump_queued = TRUE;
  athr_unlock (&self->lock);

  if (!must_push)
    return;

  athr_map_ref (self);
  if (!athr_pool_push (self->pool, &self->pump_job))
    athr_map_pump_without_worker (self);
}

/* On a worker, as the last thing of its job, or on any thread if the function never ran. */
static void
athr_map_item_done (AthrMapItem *item,
                    gboolean     can_requeue)
{
  AthrMap *self = item->map;

  athr_lock (&self->lock);
  g_queue_push_tail_link (&self->news.done, &item->done_link);
  athr_unlock (&self->lock);
  athr_map_pump (self, can_requeue);
}

/* The driver */

static gboolean
athr_map_prepare (AthrDriver *driver)
{
  AthrMap *self = (AthrMap *) driver;

  if (athr_producer_is_stale (self->source))
    return TRUE;

  /* The source goes home with the map: what its function asks, and its data. */
  athr_stream_fix_home_blocking (self->source_stream);

  return athr_producer_prepare (self->source);
}

/* Any thread: the pool of the source (transfer full), or NULL when home has freed the source. */
static AthrPool *
athr_map_ref_source_pool (AthrMap *self)
{
  AthrPool *pool = athr_executor_get_pool (NULL);

  athr_lock (&self->lock);
  if (self->source_stream == NULL)
    pool = NULL;
  else if (self->source_stream->executor != NULL)
    pool = athr_executor_get_pool (self->source_stream->executor);
  /* A reference to a pool is a number: to take one runs no code but this. */
  if (pool != NULL)
    athr_pool_ref (pool);
  athr_unlock (&self->lock);

  return pool;
}

/* Any thread: whether the function of the source holds a thread of @pool until the source ends. */
static gboolean
athr_map_source_holds (AthrMap  *self,
                       AthrPool *pool)
{
  AthrPool *source_pool = athr_map_ref_source_pool (self);
  gboolean is_here = source_pool == pool;

  g_clear_pointer (&source_pool, athr_pool_unref);

  return is_here && !self->source->has_steps;
}

/* Whether the only thread of the executor waits for this map to take values: the thread runs the function of the source,
 * or of the source of a map that is the source. */
static gboolean
athr_map_is_blocked (AthrMap *self)
{
  AthrMap *map = self;

  if (!athr_pool_is_single (self->pool))
    return FALSE;

  while (!athr_producer_is_stale (map->source) &&
         athr_channel_get_state (map->source->channel) <= ATHR_CHANNEL_OPEN)
    {
      if (athr_map_source_holds (map, self->pool))
        return TRUE;
      if (map->source->driver == NULL)
        return FALSE;
      map = (AthrMap *) map->source->driver;
    }

  return FALSE;
}

/* Any thread, when the homes of the map and of its source are fixed: whether the source, which has not ended, needs the
 * calling thread to run, or to begin. */
static gboolean
athr_map_source_needs_caller (AthrMap  *self,
                              AthrPool *source_pool)
{
  AthrProducer *source = self->source;

  if (athr_pool_is_own_thread (source_pool) || athr_alive_is_run_here (source->alive) ||
      (running_map != NULL && source->driver == &running_map->driver))
    return TRUE;
  if (athr_channel_get_state (source->channel) > ATHR_CHANNEL_OPEN)
    return FALSE;

  return (source->is_fed && athr_context_queue_is_home (source->home)) ||
         athr_producer_is_held_back (source, source_pool);
}

/* The map ends only when its source has ended, so a source that is being closed counts, too: it may have to clean up. */
static gboolean
athr_map_needs_caller (AthrDriver *driver)
{
  AthrMap *map = (AthrMap *) driver;
  gboolean needs_caller = map == running_map;

  while (map != NULL && !needs_caller && !athr_producer_is_stale (map->source) &&
         athr_channel_get_state (map->source->channel) < ATHR_CHANNEL_ENDED)
    {
      AthrPool *source_pool = athr_map_ref_source_pool (map);

      needs_caller = source_pool != NULL && athr_map_source_needs_caller (map, source_pool);
      g_clear_pointer (&source_pool, athr_pool_unref);
      map = (AthrMap *) map->source->driver;
    }

  return needs_caller;
}

/* Why the map cannot start, or NULL. */
static GError *
athr_map_check_start (AthrMap                  *self,
                      const AthrChannelOptions *options)
{
  GError *error = NULL;

  if (athr_producer_is_stale (self->source))
    {
      self->is_source_ended = TRUE;
      athr_fork_fail (&error);
    }
  else if (options->overflow != ATHR_OVERFLOW_BLOCK)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   "A map holds back when its buffer is full, so it has no other "
                                   "overflow");
    }
  else if (athr_map_is_blocked (self))
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                                   "The source of the map would hold the only thread of the "
                                   "executor, and the function could never run");
    }

  return error;
}

static void
athr_map_start (AthrDriver               *driver,
                AthrProducer             *producer,
                const AthrChannelOptions *options)
{
  AthrMap *self = (AthrMap *) driver;

  self->pool = athr_pool_ref (producer->pool);
  self->pump_job.priority = producer->job.priority;
  if (self->max_running == 0)
    self->max_running = athr_pool_get_max_threads (self->pool);
  self->limit = options->size == G_MAXUINT ? G_MAXUINT64
                                           : (guint64) options->size + self->max_running;
  self->late = CLAMP (self->limit / 2, 1, LATE_MAX);
  self->start_error = athr_map_check_start (self, options);
  self->cannot_start = self->start_error != NULL;
  self->producer = athr_producer_ref (producer);
}

static void
athr_map_begin (AthrDriver *driver)
{
  AthrMap *self = (AthrMap *) driver;

  athr_lock (&self->lock);
  self->news.has_room = TRUE;
  athr_unlock (&self->lock);
  /* The source may hold the only thread. */
  if (self->cannot_start)
    athr_map_pump (self, FALSE);
  else
    athr_map_schedule (self);
}

static void
athr_map_close (AthrDriver *driver)
{
  AthrMap *self = (AthrMap *) driver;

  athr_lock (&self->lock);
  self->news.is_closed = TRUE;
  athr_unlock (&self->lock);
  athr_map_pump (self, FALSE);
}

static void
athr_map_refuse (AthrDriver *driver)
{
  AthrMap *self = (AthrMap *) driver;
  gboolean is_started;

  athr_lock (&self->lock);
  self->news.is_refused = TRUE;
  is_started = self->producer != NULL && !self->is_over;
  athr_unlock (&self->lock);
  if (is_started)
    athr_map_pump (self, FALSE);
}

static void
athr_map_driver_unref (AthrDriver *driver)
{
  athr_map_unref ((AthrMap *) driver);
}

/* Home, when nothing runs any more. */
static void
athr_map_free_content (gpointer data)
{
  AthrMap *self = data;
  AthrStream *source_stream;
  GList *link;

  /* The map never started. */
  if (self->producer == NULL && !athr_producer_is_stale (self->source))
    athr_stream_stop (self->source_stream);
  while ((link = g_queue_pop_head_link (&self->idle)) != NULL)
    {
      AthrMapItem *item = link->data;

      g_clear_object (&item->yielder);
      g_clear_pointer (&item->channel, athr_channel_unref);
      g_free (item);
    }
  g_queue_clear (&self->unread);
  g_clear_error (&self->start_error);
  athr_lock (&self->lock);
  source_stream = g_steal_pointer (&self->source_stream);
  athr_unlock (&self->lock);
  g_clear_object (&source_stream);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

/**
 * athr_stream_new_map: (constructor)
 * @source: the stream whose values are the items; only the map may take them from now on
 * @max_running: for how many items @func may run at the same time; 0 for the number of threads that
 *   the executor has as the map starts
 * @flags: whether the values come in the order of the items
 * @func: (scope notified) (closure user_data) (destroy destroy): the function
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context, when @func can no
 *   longer run
 *
 * Creates a stream of what a function makes of each value of another stream.
 *
 * The function runs once for each item, on a worker of the map's executor. It yields no value, one
 * value or many values for its item, so a map can also leave out items and multiply them. The yields
 * never block: the map hands out the values of an item when the function has returned. They come in
 * the order of the items, or with %ATHR_MAP_UNORDERED as the functions return.
 *
 * The map takes from @source no more items than its consumer needs: it holds at most @max_running
 * plus [property@Athr.Stream:buffer-size] items that are not handed out. An item is handed out when
 * the consumer has taken its last value or, if it has none, when all items before it are handed out.
 * While the map waits for @source or for its consumer, it holds no thread. It needs no main loop.
 *
 * The first error of an item, in the order in which the values come, ends the map after the values
 * before it. So does an item that calls [method@Athr.Yielder.end], without an error, and an error of
 * @source. The map then closes @source, cancels the cancellables of the items that run, and ends when
 * their functions have returned and @source is closed. Closing the map does the same, and completes
 * then. If the program drops the map, nobody waits.
 *
 * If the number of items is known, as for [ctor@Athr.Stream.new_for_values] and
 * [ctor@Athr.Stream.new_for_list_model], [property@Athr.Stream:progress] counts the items that are
 * done. It is 1 before the map hands out its end.
 *
 * A map that the program sends or throws something to, and a map with another
 * [property@Athr.Stream:overflow] than %ATHR_OVERFLOW_BLOCK, fails with %G_IO_ERROR_NOT_SUPPORTED.
 * If @source is a stream of a yielding function and has the executor of the map, which has one
 * thread only, the map fails with %G_IO_ERROR_WOULD_BLOCK before anything starts. If @source is a map,
 * the map fails likewise because of the source of @source. A source in steps can share the thread.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_map (AthrStream     *source,
                     guint           max_running,
                     AthrMapFlags    flags,
                     AthrMapFunc     func,
                     gpointer        user_data,
                     GDestroyNotify  destroy)
{
  AthrMap *self;

  g_return_val_if_fail (ATHR_IS_STREAM (source), NULL);
  g_return_val_if_fail (func != NULL, NULL);
  if (!athr_stream_may_take (source, G_STRFUNC))
    return NULL;
  if (source->flowing || athr_channel_has_async_readers (source->channel))
    {
      g_critical ("%s: the values of the stream “%s” are being taken already, so a map cannot take "
                  "them", G_STRFUNC, athr_producer_get_title (source->producer));
      return NULL;
    }

  self = g_new0 (AthrMap, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->driver = (AthrDriver) {
    athr_map_prepare, athr_map_start, athr_map_begin, athr_map_close, athr_map_refuse, athr_map_needs_caller,
    athr_map_driver_unref
  };
  athr_lock_init (&self->lock);
  self->source = athr_producer_ref (source->producer);
  self->source_stream = g_object_ref (source);
  g_atomic_int_set (&source->is_mapped, TRUE);
  self->max_running = max_running;
  self->flags = flags;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->pump_job.run = athr_map_pump_work;
  self->pump_job.fail = athr_map_pump_fail;
  self->pump_job.data = self;

  return athr_stream_new_driven (&self->driver, athr_map_free_content);
}
