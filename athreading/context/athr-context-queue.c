/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "context/athr-context-queue-private.h"
#include "context/athr-wake-up-private.h"

/* How a thread wakes a main context that it does not hold:
 *
 * - Workers never touch a GSource. g_source_set_ready_time() and even g_source_unref() on
 *   another thread than the owner's race with the end of the context.
 * - GLib raises a critical when a thread calls g_main_context_wakeup() on a context whose
 *   last reference is gone, but whose sources are not destroyed yet. So a worker wakes only
 *   a context that is between prepare and check: some thread iterates such a context and
 *   thus keeps it alive. The guard records when the context is there. The guard is a source
 *   of the highest priority that is never ready. GLib asks the guard in every prepare and
 *   check, while GLib may skip sources of a lower priority.
 * - A queue has one GSource for G_PRIORITY_DEFAULT, one for G_PRIORITY_DEFAULT_IDLE, and one
 *   for all other priorities. GLib searches its sources for a priority one by one, so a
 *   GSource for each priority would make n priorities cost n times n. The guard gives the third
 *   GSource the most urgent priority at which an item is queued.
 * - The first of our sources that GLib destroys marks the queue dead, under the
 *   lock under which workers wake the context.
 *
 * The thread that iterates the context may free the queue while a worker is about to
 * leave push(). So a push holds a reference of its own. */

/* The longest dispatch, in microseconds, whatever is queued: a quarter of a frame at 60 Hz,
 * so that the main loop stays responsive. */
#define SLICE 4000

/* The items of one priority. */
struct _AthrQueueLevel
{
  int priority;     /* set once */
  GTreeNode *node;  /* (AthrContextQueue.lock); in the tree of the other levels */
  GQueue items;     /* (AthrContextQueue.lock) */
  GQueue slice_end; /* (AthrContextQueue.lock); items for the end of a slice */
};

struct _AthrContextQueue
{
  gatomicrefcount ref_count;
  GMainContext *context; /* set once; not owned: a pointer to compare, except where the
                          * caller knows that the context is alive */
  gboolean is_default;   /* set once */
  int separated;         /* home; the generation of the process that has the wake-up descriptor
                          * for itself */
  guint depth;           /* home; our dispatches under way, one inside the other */
  int slice_priority;    /* home; of the innermost dispatch */
  GSource *other_source; /* home; not owned; of the other levels; NULL until there was one */
  gint64 slice_end;      /* home; when the innermost dispatch has to end */

  AthrLock lock;
  AthrQueueLevel default_level; /* lock */
  AthrQueueLevel idle_level;    /* lock; of G_PRIORITY_DEFAULT_IDLE */
  GTree *other_levels;   /* lock; (element-type AthrQueueLevel), none empty */
  GQueue cleanup;        /* lock; the queued items that may be cleanup-only, by serial, without
                          * those for the end of a slice */
  GQueue asked;          /* lock; the items that a cleanup has taken out of cleanup, by serial */
  guint n_slice_end;     /* lock; queued items for the end of a slice */
  GQueue watches;        /* lock; (element-type AthrWatch) */
  gint64 first_serial;   /* lock; of the last item that was pushed to the front */
  gint64 last_serial;    /* lock; of the last item that was pushed to the tail */
  guint64 owner;         /* lock; the thread that iterates the context; before the first
                          * iteration the thread that asked for the queue first, or 0 */
  gboolean in_poll;      /* lock; the context is between prepare and check */
  gboolean has_foreign_loop; /* lock; a foreign event loop polls without prepare */
  gboolean is_woken;     /* lock; the context was woken since GLib asked the guard last */
  int is_dead;           /* lock; atomic, for threads that read it unlocked */
};

/* The guard, or a GSource that runs the items of its priority. */
typedef struct
{
  GSource source;
  AthrContextQueue *queue; /* not owned; the callback data of the GSource owns a reference */
} AthrContextSource;

static AthrLock queues_lock;
static GHashTable *queues; /* (queues_lock); from a context to its queue, neither owned */

/* A main context from before the fork gets a new queue in the child. The sources of its old
 * queue stay attached, and are never ready. */
static void
athr_context_queues_forked (void)
{
  queues_lock = (AthrLock) { 0 };
  queues = NULL;
}

ATHR_IN_FORKED_CHILD (athr_context_queues_forked)

/* Items, under the lock */

static int
athr_queue_level_compare (gconstpointer a,
                          gconstpointer b,
                          gpointer      user_data)
{
  int first = *(const int *) a, second = *(const int *) b;

  return (first > second) - (first < second);
}

static AthrWorkItem *
athr_queue_level_peek (AthrQueueLevel *self)
{
  AthrWorkItem *item = g_queue_peek_head (&self->items);

  return item != NULL ? item : g_queue_peek_head (&self->slice_end);
}

/* The level after @level, or the first one for NULL: first the two that every queue has, then
 * the others, the most urgent one first. */
static AthrQueueLevel *
athr_context_queue_next_level_locked (AthrContextQueue *self,
                                      AthrQueueLevel   *level)
{
  GTreeNode *node;

  athr_assert_locked (&self->lock);

  if (level == NULL)
    return &self->default_level;
  if (level == &self->default_level)
    return &self->idle_level;

  node = level == &self->idle_level ? g_tree_node_first (self->other_levels)
                                    : g_tree_node_next (level->node);

  return node != NULL ? g_tree_node_value (node) : NULL;
}

/* Any queued item, or NULL. */
static AthrWorkItem *
athr_context_queue_peek_locked (AthrContextQueue *self)
{
  AthrQueueLevel *level = NULL;
  AthrWorkItem *item = NULL;

  while (item == NULL && (level = athr_context_queue_next_level_locked (self, level)) != NULL)
    item = athr_queue_level_peek (level);

  return item;
}

static AthrQueueLevel *
athr_context_queue_find_level_locked (AthrContextQueue *self,
                                      int               priority)
{
  athr_assert_locked (&self->lock);

  if (priority == G_PRIORITY_DEFAULT)
    return &self->default_level;
  if (priority == G_PRIORITY_DEFAULT_IDLE)
    return &self->idle_level;

  return g_tree_lookup (self->other_levels, &priority);
}

static AthrQueueLevel *
athr_context_queue_add_level_locked (AthrContextQueue *self,
                                     int               priority)
{
  AthrQueueLevel *level = g_new0 (AthrQueueLevel, 1);

  athr_assert_locked (&self->lock);

  level->priority = priority;
  level->node = g_tree_insert_node (self->other_levels, &level->priority, level);

  return level;
}

/* Adds the item to @list, one of the two lists of items that may be cleanup-only. */
static void
athr_context_queue_list_locked (AthrContextQueue *self,
                                AthrWorkItem     *item,
                                GQueue           *list)
{
  GList *before = list->tail;

  athr_assert_locked (&self->lock);

  /* Only an item that was pushed to the front belongs to the head. */
  if (list->head != NULL && ((AthrWorkItem *) list->head->data)->serial > item->serial)
    before = NULL;
  while (before != NULL && ((AthrWorkItem *) before->data)->serial > item->serial)
    before = before->prev;
  item->list = list;
  g_queue_insert_after_link (list, before, &item->list_link);
}

typedef enum
{
  ATHR_PUSH_TAIL,
  ATHR_PUSH_FRONT,
  ATHR_PUSH_SLICE_END,
} AthrPush;

static void
athr_context_queue_link_locked (AthrContextQueue *self,
                                int               priority,
                                AthrPush          push,
                                AthrWorkItem     *item)
{
  AthrQueueLevel *level = athr_context_queue_find_level_locked (self, priority);

  if (level == NULL)
    level = athr_context_queue_add_level_locked (self, priority);

  item->level = level;
  item->queue = push == ATHR_PUSH_SLICE_END ? &level->slice_end : &level->items;
  item->serial = push == ATHR_PUSH_FRONT ? --self->first_serial : ++self->last_serial;
  if (push == ATHR_PUSH_FRONT)
    g_queue_push_head_link (item->queue, &item->link);
  else
    g_queue_push_tail_link (item->queue, &item->link);

  if (push == ATHR_PUSH_SLICE_END)
    self->n_slice_end++;
  else if (item->funcs->is_cleanup_only != NULL)
    athr_context_queue_list_locked (self, item, &self->cleanup);
}

static void
athr_context_queue_unlink_locked (AthrContextQueue *self,
                                  AthrWorkItem     *item)
{
  AthrQueueLevel *level = item->level;

  athr_assert_locked (&self->lock);

  self->n_slice_end -= item->queue == &level->slice_end;
  g_queue_unlink (item->queue, &item->link);
  if (item->list != NULL)
    g_queue_unlink (item->list, &item->list_link);
  item->queue = item->list = NULL;
  item->level = NULL;

  if (level->node != NULL && athr_queue_level_peek (level) == NULL)
    g_tree_remove (self->other_levels, &level->priority);
}

/* Pops the next item of @priority for this dispatch, or, with @slice_end, for the end of this
 * dispatch. An item that must wait for the end of the iteration at @now keeps the items behind
 * it waiting. */
static AthrWorkItem *
athr_context_queue_pop (AthrContextQueue *self,
                        int               priority,
                        gboolean          slice_end,
                        gint64            now)
{
  AthrWorkItem *item = NULL;
  AthrQueueLevel *level;

  athr_lock (&self->lock);
  level = athr_context_queue_find_level_locked (self, priority);
  if (level != NULL)
    item = g_queue_peek_head (slice_end ? &level->slice_end : &level->items);
  if (item != NULL && !slice_end && item->created >= now)
    item = NULL;
  if (item != NULL)
    athr_context_queue_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return item;
}

/* The sources */

/* The context ends: the thread that destroys the context drops all queued items. GLib calls
 * this for each of our sources, and the first call does the work. */
static void
athr_context_queue_die (gpointer data)
{
  AthrContextQueue *self = data;
  GQueue items = G_QUEUE_INIT;
  GQueue watches = G_QUEUE_INIT;
  AthrWorkItem *item;
  GList *link;

  if (athr_lock_is_stale (&self->lock))
    return;

  athr_lock (&queues_lock);
  if (g_hash_table_lookup (queues, self->context) == self)
    g_hash_table_remove (queues, self->context);
  athr_unlock (&queues_lock);

  athr_lock (&self->lock);
  g_atomic_int_set (&self->is_dead, TRUE);
  while ((item = athr_context_queue_peek_locked (self)) != NULL)
    {
      athr_context_queue_unlink_locked (self, item);
      /* Without the lock, an item that has no drop function may be gone. */
      if (item->funcs->drop != NULL)
        g_queue_push_tail_link (&items, &item->link);
    }
  athr_watch_take_all (&self->watches, &watches);
  athr_unlock (&self->lock);

  athr_watch_call_all (&watches);
  while ((link = g_queue_pop_head_link (&items)) != NULL)
    {
      item = link->data;
      item->funcs->drop (item);
    }

  athr_context_queue_unref (self);
}

static gboolean
athr_context_queue_was_replaced (AthrContextQueue *self)
{
  gboolean was_replaced;

  athr_lock (&queues_lock);
  was_replaced = queues != NULL && g_hash_table_contains (queues, self->context);
  athr_unlock (&queues_lock);

  return was_replaced;
}

/* At home, before a thread polls the wake-up descriptor of the context. A stale queue leaves
 * this to the new queue of its context, if there is one: a foreign loop may already watch the
 * descriptor. */
static void
athr_context_queue_separate (AthrContextQueue *self)
{
  if (G_LIKELY (self->separated == athr_fork_generation))
    return;

  self->separated = athr_fork_generation;
  if (!athr_lock_is_stale (&self->lock) || !athr_context_queue_was_replaced (self))
    athr_wake_up_separate (self->context);
}

static gboolean
athr_items_check (GSource *source)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;
  AthrQueueLevel *level;
  gboolean is_ready;

  if (athr_lock_is_stale (&self->lock))
    return FALSE;

  athr_lock (&self->lock);
  level = athr_context_queue_find_level_locked (self, g_source_get_priority (source));
  is_ready = level != NULL && athr_queue_level_peek (level) != NULL;
  athr_unlock (&self->lock);

  return is_ready;
}

static gboolean
athr_items_prepare (GSource *source,
                           int     *timeout)
{
  *timeout = -1;
  return athr_items_check (source);
}

/* Runs one slice. An item may run a nested main loop. The nested loop dispatches this source
 * again, and runs the items behind that item, in order, or those of another priority. */
static gboolean
athr_items_dispatch (GSource     *source,
                            GSourceFunc  callback,
                            gpointer     user_data)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;
  int priority = g_source_get_priority (source);
  gint64 now = g_source_get_time (source);
  gint64 outer_end = self->slice_end;
  int outer_priority = self->slice_priority;
  AthrWorkItem *item;

  athr_assert_unlocked ();

  self->depth++;
  self->slice_end = g_get_monotonic_time () + SLICE;
  self->slice_priority = priority;
  while ((item = athr_context_queue_pop (self, priority, FALSE, now)) != NULL)
    {
      item->funcs->run (item);
      /* The item has forked, and returned in the child. */
      if (athr_lock_is_stale (&self->lock))
        return G_SOURCE_CONTINUE;
      if (athr_context_queue_slice_is_over (self))
        break;
    }
  while ((item = athr_context_queue_pop (self, priority, TRUE, now)) != NULL)
    {
      item->funcs->run (item);
      if (athr_lock_is_stale (&self->lock))
        return G_SOURCE_CONTINUE;
    }
  self->slice_end = outer_end;
  self->slice_priority = outer_priority;
  self->depth--;

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs items_funcs = {
  athr_items_prepare, athr_items_check, athr_items_dispatch, NULL
};

static gboolean
athr_context_source_never (gpointer user_data)
{
  g_assert_not_reached ();
}

/* The caller knows that the context is alive. */
static GSource *
athr_context_queue_attach (AthrContextQueue *self,
                           GSourceFuncs     *funcs,
                           int               priority)
{
  GSource *source = g_source_new (funcs, sizeof (AthrContextSource));

  ((AthrContextSource *) source)->queue = self;
  g_source_set_static_name (source, "[athreading] context queue");
  g_source_set_priority (source, priority);
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, athr_context_source_never, athr_context_queue_ref (self),
                         athr_context_queue_die);
  g_source_attach (source, self->context);
  g_source_unref (source);

  return source;
}

/* At home. Gives the GSource of the other levels the most urgent priority of their items. */
static void
athr_context_queue_set_other_priority (AthrContextQueue *self)
{
  GTreeNode *first;
  int priority = 0;

  athr_lock (&self->lock);
  first = g_tree_node_first (self->other_levels);
  if (first != NULL)
    priority = *(const int *) g_tree_node_key (first);
  athr_unlock (&self->lock);

  if (first != NULL && self->other_source == NULL)
    self->other_source = athr_context_queue_attach (self, &items_funcs, priority);
  else if (first != NULL && g_source_get_priority (self->other_source) != priority)
    g_source_set_priority (self->other_source, priority);
}

static gboolean
athr_guard_prepare (GSource *source,
                    int     *timeout)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;

  *timeout = -1;
  athr_context_queue_separate (self);
  if (athr_lock_is_stale (&self->lock))
    return FALSE;

  athr_lock (&self->lock);
  self->in_poll = TRUE;
  /* To reset is_woken in check alone is not enough: when the polled descriptors have changed,
   * GLib acknowledges the wake-up and asks no source in check. GLib prepares the sources of
   * the items after the guard, so they see every item that was pushed before. */
  self->is_woken = FALSE;
  self->owner = athr_thread_id ();
  athr_unlock (&self->lock);
  athr_context_queue_set_other_priority (self);

  return FALSE;
}

static gboolean
athr_guard_check (GSource *source)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;

  if (athr_lock_is_stale (&self->lock))
    return FALSE;

  athr_lock (&self->lock);
  self->in_poll = FALSE;
  self->is_woken = FALSE;
  athr_unlock (&self->lock);
  athr_context_queue_set_other_priority (self);

  return FALSE;
}

static GSourceFuncs guard_funcs = { athr_guard_prepare, athr_guard_check, NULL, NULL };

/* The queue of a context */

static AthrContextQueue *
athr_context_queue_new (GMainContext *context,
                        guint64       owner)
{
  AthrContextQueue *self = g_new0 (AthrContextQueue, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->context = context;
  self->is_default = context == g_main_context_default ();
  self->owner = owner;
  self->separated = athr_fork_generation == 1 ? 1 : 0;
  athr_lock_init (&self->lock);
  self->idle_level.priority = G_PRIORITY_DEFAULT_IDLE;
  self->other_levels = g_tree_new_full (athr_queue_level_compare, NULL, NULL, g_free);

  return self;
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

  g_tree_unref (self->other_levels);
  athr_lock_clear (&self->lock);
  g_free (self);
}

AthrContextQueue *
athr_context_queue_ref_for_context (GMainContext *context,
                                    guint64       owner)
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
      fresh = athr_context_queue_new (context, owner);
    }

  if (self == fresh)
    {
      /* Until these sources are attached, the queue keeps what other threads push. */
      athr_context_queue_attach (self, &guard_funcs, G_MININT);
      athr_context_queue_attach (self, &items_funcs, G_PRIORITY_DEFAULT);
      athr_context_queue_attach (self, &items_funcs, G_PRIORITY_DEFAULT_IDLE);
    }
  if (fresh != NULL)
    athr_context_queue_unref (fresh);

  return self;
}

gboolean
athr_context_queue_is_stale (AthrContextQueue *self)
{
  return athr_lock_is_stale (&self->lock);
}

static gboolean
athr_context_queue_push_to (AthrContextQueue *self,
                            int               priority,
                            AthrPush          push,
                            AthrWorkItem     *item)
{
  gboolean is_dead, is_pushed = FALSE;

  athr_context_queue_ref (self);

  athr_lock (&self->lock);
  is_dead = self->is_dead;
  if (!is_dead && item->queue == NULL && !item->is_disabled)
    {
      is_pushed = TRUE;
      athr_context_queue_link_locked (self, priority, push, item);
      if ((self->in_poll || self->has_foreign_loop) && !self->is_woken)
        {
          self->is_woken = TRUE;
          g_main_context_wakeup (self->context);
        }
    }
  athr_unlock (&self->lock);

  if (is_dead && item->funcs->drop != NULL)
    item->funcs->drop (item);

  athr_context_queue_unref (self);

  return is_dead || is_pushed;
}

gboolean
athr_context_queue_push (AthrContextQueue *self,
                         int               priority,
                         AthrWorkItem     *item)
{
  return athr_context_queue_push_to (self, priority, ATHR_PUSH_TAIL, item);
}

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
  return athr_context_queue_push_to (self, priority, ATHR_PUSH_FRONT, item);
}

gboolean
athr_context_queue_withdraw (AthrContextQueue *self,
                             AthrWorkItem     *item)
{
  gboolean was_queued;

  athr_lock (&self->lock);
  was_queued = item->queue != NULL;
  if (was_queued)
    athr_context_queue_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return was_queued;
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

/* The next item that athr_context_queue_run_cleanup() asks whether it is cleanup-only: the
 * item that was pushed first, whatever its priority. The item stays queued. */
static AthrWorkItem *
athr_context_queue_next_cleanup (AthrContextQueue *self)
{
  AthrWorkItem *item = NULL;
  GList *link;

  athr_lock (&self->lock);
  link = g_queue_pop_head_link (&self->cleanup);
  if (link != NULL)
    {
      item = link->data;
      athr_context_queue_list_locked (self, item, &self->asked);
    }
  athr_unlock (&self->lock);

  return item;
}

static void
athr_context_queue_put_asked_back (AthrContextQueue *self)
{
  GList *link;

  athr_lock (&self->lock);
  while ((link = g_queue_pop_tail_link (&self->asked)) != NULL)
    athr_context_queue_list_locked (self, link->data, &self->cleanup);
  athr_unlock (&self->lock);
}

/* The next slice-end item that is cleanup-only, out of the queue. */
static AthrWorkItem *
athr_context_queue_pop_slice_end_cleanup (AthrContextQueue *self)
{
  AthrQueueLevel *level = NULL;
  AthrWorkItem *item = NULL;

  athr_lock (&self->lock);
  while (self->n_slice_end > 0 && item == NULL &&
         (level = athr_context_queue_next_level_locked (self, level)) != NULL)
    for (GList *l = level->slice_end.head; l != NULL && item == NULL; l = l->next)
      if (((AthrWorkItem *) l->data)->funcs->is_cleanup_only != NULL)
        item = l->data;
  if (item != NULL)
    athr_context_queue_unlink_locked (self, item);
  athr_unlock (&self->lock);

  return item;
}

void
athr_context_queue_run_cleanup (AthrContextQueue *self)
{
  AthrWorkItem *item;

  /* Only the owner's thread may run items, and no other thread may iterate the context
   * meanwhile. A context other than the default one may be gone, unless it is the
   * thread-default context of this thread, which then holds a reference to the context. */
  if (!athr_context_queue_is_home (self) ||
      (!self->is_default && g_main_context_get_thread_default () != self->context) ||
      !g_main_context_acquire (self->context))
    return;

  while ((item = athr_context_queue_next_cleanup (self)) != NULL)
    if (item->funcs->is_cleanup_only (item) && athr_context_queue_withdraw (self, item))
      item->funcs->run (item);
  athr_context_queue_put_asked_back (self);
  while ((item = athr_context_queue_pop_slice_end_cleanup (self)) != NULL)
    item->funcs->run (item);

  g_main_context_release (self->context);
}

gboolean
athr_context_queue_is_for_context (AthrContextQueue *self,
                                   GMainContext     *context)
{
  /* A new context may have the address of the context of a dead queue. */
  return self->context == context && !g_atomic_int_get (&self->is_dead);
}

/* If another thread starts to iterate the context right now, the answer may be outdated. */
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

gboolean
athr_context_queue_is_elsewhere (AthrContextQueue *self)
{
  gboolean has_owner;

  athr_lock (&self->lock);
  has_owner = self->owner != 0;
  athr_unlock (&self->lock);

  return has_owner && !athr_context_queue_is_home (self);
}

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

gint64
athr_context_queue_get_iteration (void)
{
  GSource *source = g_main_current_source ();

  return source != NULL ? g_source_get_time (source) : 0;
}

void
athr_context_queue_set_foreign_loop (AthrContextQueue *self)
{
  gboolean has_items;

  athr_context_queue_separate (self);
  athr_lock (&self->lock);
  self->has_foreign_loop = TRUE;
  /* Earlier pushes have not made the descriptor readable: this wake-up does. */
  has_items = athr_context_queue_peek_locked (self) != NULL;
  self->is_woken = has_items;
  if (has_items)
    g_main_context_wakeup (self->context);
  athr_unlock (&self->lock);
}

gboolean
athr_context_queue_watch (AthrContextQueue *self,
                          AthrWatch        *watch)
{
  gboolean is_watching;

  athr_lock (&self->lock);
  is_watching = athr_watch_add (watch, &self->watches, self->is_dead);
  athr_unlock (&self->lock);

  return is_watching;
}

gboolean
athr_context_queue_unwatch (AthrContextQueue *self,
                            AthrWatch        *watch)
{
  gboolean was_watching;

  athr_lock (&self->lock);
  was_watching = athr_watch_remove (watch, &self->watches);
  athr_unlock (&self->lock);

  return was_watching;
}
