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
 * - A queue has one more GSource, which runs the items. The guard gives that GSource the most
 *   urgent priority at which an item is queued. GLib searches its sources for a priority one by
 *   one, so a GSource for each priority would make n priorities cost n times n. And GLib asks
 *   each GSource in every prepare and check, which takes some 220 instructions.
 * - The first of our sources that GLib destroys marks the queue dead, under the
 *   lock under which workers wake the context.
 *
 * The thread that iterates the context may free the queue while a worker is about to
 * leave push(). So a push holds a reference of its own. */

/* The longest dispatch, in microseconds, whatever is queued: a quarter of a frame at 60 Hz,
 * so that the main loop stays responsive. */
#define SLICE 4000

/* Between two items that other threads push, home pushes up to so many. More of them are in order, too, except for a
 * cleanup. */
#define SERIAL_STEP (1 << 20)

/* Queued items. Any thread pushes items, under the lock. The owner's thread takes all that were
 * pushed at once, and from then on it needs no lock for them. */
struct _AthrItemList
{
  AthrQueueLevel *level; /* set once */
  GQueue taken;          /* home; these were pushed before those in pushed */
  char padding[ATHR_CACHE_LINE]; /* the owner's thread changes what is before for each item */
  GQueue pushed;         /* (AthrContextQueue.lock) */
  int has_pushed;        /* (AthrContextQueue.lock); atomic: the owner's thread reads it unlocked */
};

/* The items of one priority. Only the owner's thread frees a level. */
struct _AthrQueueLevel
{
  int priority;           /* set once */
  GTreeNode *node;        /* (AthrContextQueue.lock); in the tree of the other levels */
  AthrItemList items;
  AthrItemList slice_end; /* items for the end of a slice */
};

/* Whether a thread may and must wake the context. */
typedef enum
{
  ATHR_POLL_STARTED = 1 << 0, /* the context is between prepare and check */
  ATHR_POLL_WOKEN = 1 << 1,   /* the context was woken since GLib asked the guard last */
} AthrPoll;

struct _AthrContextQueue
{
  GMainContext *context; /* set once; not owned: a pointer to compare, except where the
                          * caller knows that the context is alive */
  gboolean is_default;   /* set once */
  int separated;         /* home; the generation of the process that has the wake-up descriptor
                          * for itself */
  guint depth;           /* home; atomic, for threads that ask whether they are at home; our dispatches
                          * under way, one inside the other */
  int slice_priority;    /* home; of the innermost dispatch */
  GSource *items_source; /* home; not owned */
  int items_priority;    /* home; of items_source */
  gint64 slice_end;      /* home; when the innermost dispatch has to end */
  guint n_cleanups;      /* home; cleanups under way, one inside the other */
  GQueue cleanup;        /* home; the items that a cleanup has not asked yet */
  gboolean is_sorted;    /* home; cleanup is in the order of the serials */
  gint64 first_serial;   /* home; of the last item that was pushed to the front */
  gint64 taken_serial;   /* home; of the last item that was taken, or that home has pushed to the tail */
  AthrQueueLevel default_level;
  AthrQueueLevel idle_level; /* of G_PRIORITY_DEFAULT_IDLE */
  char padding[ATHR_CACHE_LINE]; /* all threads change what follows */

  int ref_count;         /* atomic */
  int poll;              /* atomic; of AthrPoll */
  gsize owner;           /* atomic; the thread that iterates the context; before the first
                          * iteration the thread that asked for the queue first, or 0 */

  AthrLock lock;
  gint64 last_serial;    /* lock; of the last item that was pushed to the tail under the lock */
  gboolean has_foreign_loop; /* lock; a foreign event loop polls without prepare */
  int is_dead;           /* lock; atomic, for threads that read it unlocked */
  GTree *other_levels;   /* lock; (element-type AthrQueueLevel), none empty */
  int n_other_levels;    /* lock; atomic: the owner's thread reads it unlocked */
  GQueue watches;        /* lock; (element-type AthrWatch) */
};

/* The guard, or the GSource that runs the items of its priority. */
typedef struct
{
  GSource source;
  AthrContextQueue *queue; /* not owned; the callback data of the GSource owns a reference */
} AthrContextSource;

static AthrLock queues_lock;
static GHashTable *queues; /* (queues_lock); from a context to its queue, neither owned */
static AthrContextQueue *default_queue; /* atomic; not owned; of the default context, which stays */
static _Thread_local gboolean may_own; /* the thread has been the owner's thread of a queue */

/* A main context from before the fork gets a new queue in the child. The sources of its old
 * queue stay attached, and are never ready. */
static void
athr_context_queues_forked (void)
{
  queues_lock = (AthrLock) { 0 };
  queues = NULL;
  default_queue = NULL;
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

static void
athr_queue_level_init (AthrQueueLevel *self,
                       int             priority)
{
  self->priority = priority;
  self->items.level = self->slice_end.level = self;
}

static gboolean
athr_item_list_is_empty (AthrItemList *self)
{
  return self->taken.head == NULL && !g_atomic_int_get (&self->has_pushed);
}

static gboolean
athr_queue_level_is_empty (AthrQueueLevel *self)
{
  return athr_item_list_is_empty (&self->items) && athr_item_list_is_empty (&self->slice_end);
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

  athr_queue_level_init (level, priority);
  level->node = g_tree_insert_node (self->other_levels, &level->priority, level);
  g_atomic_int_set (&self->n_other_levels, g_tree_nnodes (self->other_levels));

  return level;
}

/* The list for @item at @priority. */
static AthrItemList *
athr_context_queue_get_list_locked (AthrContextQueue *self,
                                    int               priority,
                                    gboolean          slice_end)
{
  AthrQueueLevel *level = athr_context_queue_find_level_locked (self, priority);

  if (level == NULL)
    level = athr_context_queue_add_level_locked (self, priority);

  return slice_end ? &level->slice_end : &level->items;
}

/* Wakes the context if it waits for a wake-up. Pairs with the guard, which tells that the
 * context polls before GLib asks whether there are items: either this thread sees that the
 * context polls, or the owner's thread sees the item that this thread has pushed. */
static void
athr_context_queue_wake_locked (AthrContextQueue *self)
{
  int poll;

  athr_assert_locked (&self->lock);

  do
    {
      poll = g_atomic_int_get (&self->poll);
      if ((poll & ATHR_POLL_WOKEN) || (poll == 0 && !self->has_foreign_loop))
        return;
    }
  while (!g_atomic_int_compare_and_exchange (&self->poll, poll, poll | ATHR_POLL_WOKEN));

  g_main_context_wakeup (self->context);
}

/* Items, at home */

/* The level of @priority, or NULL when no item has that priority. */
static AthrQueueLevel *
athr_context_queue_find_level (AthrContextQueue *self,
                               int               priority)
{
  AthrQueueLevel *level;

  if (priority == G_PRIORITY_DEFAULT)
    return &self->default_level;
  if (priority == G_PRIORITY_DEFAULT_IDLE)
    return &self->idle_level;
  if (g_atomic_int_get (&self->n_other_levels) == 0)
    return NULL;

  athr_lock (&self->lock);
  level = athr_context_queue_find_level_locked (self, priority);
  athr_unlock (&self->lock);

  return level;
}

/* Lists the item of @link, which is taken, for the cleanup that is under way. */
static void
athr_context_queue_list_unasked (AthrContextQueue *self,
                                 GList            *link)
{
  AthrWorkItem *item = link->data;

  if (item->funcs->is_cleanup_only == NULL || item->cleanup_link != NULL)
    return;

  g_queue_push_head (&self->cleanup, item);
  item->cleanup_link = self->cleanup.head;
  self->is_sorted = FALSE;
}

/* Takes what was pushed to @list. FALSE: nothing was pushed. */
static gboolean
athr_context_queue_take (AthrContextQueue *self,
                         AthrItemList     *list)
{
  GQueue pushed;

  if (!g_atomic_int_get (&list->has_pushed))
    return FALSE;

  athr_lock (&self->lock);
  pushed = list->pushed;
  g_queue_init (&list->pushed);
  g_atomic_int_set (&list->has_pushed, FALSE);
  athr_unlock (&self->lock);

  self->taken_serial = MAX (self->taken_serial, ((AthrWorkItem *) pushed.tail->data)->serial);
  if (list->taken.tail == NULL)
    {
      list->taken = pushed;
    }
  else
    {
      pushed.head->prev = list->taken.tail;
      list->taken.tail->next = pushed.head;
      list->taken.tail = pushed.tail;
      list->taken.length += pushed.length;
    }
  for (GList *l = pushed.head; l != NULL && self->n_cleanups > 0; l = l->next)
    athr_context_queue_list_unasked (self, l);

  return TRUE;
}

/* Takes @item, which is taken, out of the queue. */
static void
athr_context_queue_remove (AthrContextQueue *self,
                           AthrWorkItem     *item)
{
  AthrQueueLevel *level = item->list->level;

  if (item->cleanup_link != NULL)
    g_queue_delete_link (&self->cleanup, g_steal_pointer (&item->cleanup_link));
  if (item->list->taken.head == &item->link)
    g_queue_pop_head_link (&item->list->taken);
  else
    g_queue_unlink (&item->list->taken, &item->link);
  item->list = NULL;
  /* From here on other threads may push the item. A thread that found the item still queued
   * has changed the flags before, so run() sees everything that this thread did before. */
  g_atomic_int_and (&item->flags, ~(ATHR_WORK_ITEM_QUEUED | ATHR_WORK_ITEM_IN_FRONT));

  if (level->node != NULL)
    {
      athr_lock (&self->lock);
      if (athr_queue_level_is_empty (level))
        g_tree_remove (self->other_levels, &level->priority);
      g_atomic_int_set (&self->n_other_levels, g_tree_nnodes (self->other_levels));
      athr_unlock (&self->lock);
    }
}

/* Takes @item, which is queued, out of the queue. */
static void
athr_context_queue_remove_pushed (AthrContextQueue *self,
                                  AthrWorkItem     *item)
{
  if (!(g_atomic_int_get (&item->flags) & ATHR_WORK_ITEM_IN_FRONT))
    {
      AthrItemList *list;

      athr_lock (&self->lock);
      list = item->list;
      athr_unlock (&self->lock);
      athr_context_queue_take (self, list);
    }

  athr_context_queue_remove (self, item);
}

/* When many items are queued, what they belong to has left the caches of this processor. The processor fetches what
 * the third item needs while home runs the first two. The list has an item. */
static void
athr_item_list_prefetch (AthrItemList *self)
{
  GList *second = self->taken.head->next;
  AthrWorkItem *item;

  if (second == NULL || second->next == NULL)
    return;

  item = second->next->data;
  for (gsize i = 0; i < item->funcs->size; i += ATHR_CACHE_LINE)
    __builtin_prefetch ((char *) item->data + i, 1);
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
  AthrQueueLevel *level = athr_context_queue_find_level (self, priority);
  AthrWorkItem *item;
  AthrItemList *list;

  if (level == NULL)
    return NULL;

  list = slice_end ? &level->slice_end : &level->items;
  if (list->taken.head == NULL && !athr_context_queue_take (self, list))
    return NULL;

  item = list->taken.head->data;
  if (!slice_end && item->created >= now)
    return NULL;
  athr_item_list_prefetch (list);
  athr_context_queue_remove (self, item);

  return item;
}

/* The sources */

/* The context ends, so no thread is at home. Moves the items that have a drop function to
 * @to_drop, and forgets the others: without the lock, those may be gone. */
static void
athr_item_list_clear_locked (AthrItemList *self,
                             GQueue       *to_drop)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&self->taken)) != NULL ||
         (link = g_queue_pop_head_link (&self->pushed)) != NULL)
    {
      AthrWorkItem *item = link->data;

      item->list = NULL;
      g_atomic_int_and (&item->flags, ~(ATHR_WORK_ITEM_QUEUED | ATHR_WORK_ITEM_IN_FRONT));
      if (item->funcs->drop != NULL)
        g_queue_push_tail_link (to_drop, link);
    }
  g_atomic_int_set (&self->has_pushed, FALSE);
}

/* The context ends: the thread that destroys the context drops all queued items. GLib calls
 * this for each of our sources, and the first call does the work. */
static void
athr_context_queue_die (gpointer data)
{
  AthrContextQueue *self = data;
  GQueue items = G_QUEUE_INIT;
  GQueue watches = G_QUEUE_INIT;
  AthrQueueLevel *level = NULL;
  GList *link;

  if (athr_lock_is_stale (&self->lock))
    return;

  if (self->is_default)
    g_atomic_pointer_set (&default_queue, NULL);
  athr_lock (&queues_lock);
  if (g_hash_table_lookup (queues, self->context) == self)
    g_hash_table_remove (queues, self->context);
  athr_unlock (&queues_lock);

  athr_lock (&self->lock);
  g_atomic_int_set (&self->is_dead, TRUE);
  while ((level = athr_context_queue_next_level_locked (self, level)) != NULL)
    {
      athr_item_list_clear_locked (&level->items, &items);
      athr_item_list_clear_locked (&level->slice_end, &items);
    }
  g_tree_remove_all (self->other_levels);
  g_atomic_int_set (&self->n_other_levels, 0);
  athr_watch_take_all (&self->watches, &watches);
  athr_unlock (&self->lock);

  athr_watch_call_all (&watches);
  while ((link = g_queue_pop_head_link (&items)) != NULL)
    {
      AthrWorkItem *item = link->data;

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

  if (athr_lock_is_stale (&self->lock))
    return FALSE;

  level = athr_context_queue_find_level (self, self->items_priority);

  return level != NULL && !athr_queue_level_is_empty (level);
}

static gboolean
athr_items_prepare (GSource *source,
                    int     *timeout)
{
  *timeout = -1;
  return athr_items_check (source);
}

/* The thread that iterates the context has set owner before it gets here. So a thread that sees that a dispatch is
 * under way also sees the thread that it is under way on. */
static void
athr_context_queue_add_depth (AthrContextQueue *self,
                              int               difference)
{
  __atomic_store_n (&self->depth, self->depth + difference, __ATOMIC_RELEASE);
}

/* Runs one slice. An item may run a nested main loop. The nested loop dispatches this source
 * again, and runs the items behind that item, in order, or those of another priority. */
static gboolean
athr_items_dispatch (GSource     *source,
                     GSourceFunc  callback,
                     gpointer     user_data)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;
  int priority = self->items_priority;
  gint64 now = g_source_get_time (source);
  gint64 outer_end = self->slice_end;
  int outer_priority = self->slice_priority;
  AthrWorkItem *item;

  athr_assert_unlocked ();

  /* Another source has forked in this iteration, and returned in the child. */
  if (athr_lock_is_stale (&self->lock))
    return G_SOURCE_CONTINUE;

  athr_context_queue_add_depth (self, 1);
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
  athr_context_queue_add_depth (self, -1);

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

guint64
athr_context_queue_get_owner (AthrContextQueue *self)
{
  return (gsize) g_atomic_pointer_get (&self->owner);
}

void
athr_context_queue_tell_owner (AthrContextQueue *self)
{
  gsize thread = athr_thread_id ();

  may_own = TRUE;
  if (athr_context_queue_get_owner (self) != thread)
    g_atomic_pointer_set (&self->owner, thread);
}

gboolean
athr_context_queue_thread_may_own (void)
{
  return may_own;
}

/* At home. The most urgent priority at which an item is queued, or that of the last such item. */
static int
athr_context_queue_get_next_priority (AthrContextQueue *self)
{
  gboolean has_default = !athr_queue_level_is_empty (&self->default_level);
  gboolean has_items = has_default || !athr_queue_level_is_empty (&self->idle_level);
  int priority = has_default ? G_PRIORITY_DEFAULT : G_PRIORITY_DEFAULT_IDLE;
  GTreeNode *first;

  if (g_atomic_int_get (&self->n_other_levels) > 0)
    {
      athr_lock (&self->lock);
      first = g_tree_node_first (self->other_levels);
      if (first != NULL && (!has_items || *(const int *) g_tree_node_key (first) < priority))
        {
          has_items = TRUE;
          priority = *(const int *) g_tree_node_key (first);
        }
      athr_unlock (&self->lock);
    }

  return has_items ? priority : self->items_priority;
}

static void
athr_context_queue_set_items_priority (AthrContextQueue *self)
{
  int priority = athr_context_queue_get_next_priority (self);

  if (priority == self->items_priority)
    return;

  self->items_priority = priority;
  g_source_set_priority (self->items_source, priority);
}

/* A context in this state may end as soon as the thread that iterates it goes on. So that thread
 * first waits for a thread that is about to call g_main_context_wakeup(), under the lock. Without
 * a wake-up an iteration takes no lock. */
static void
athr_context_queue_set_poll (AthrContextQueue *self,
                             AthrPoll          poll)
{
  if (g_atomic_int_exchange (&self->poll, poll) & ATHR_POLL_WOKEN)
    {
      athr_lock (&self->lock);
      athr_unlock (&self->lock);
    }
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

  /* To forget the wake-up in check alone is not enough: when the polled descriptors have changed,
   * GLib acknowledges the wake-up and asks no source in check. GLib prepares the sources of
   * the items after the guard, so they see every item that was pushed before. */
  athr_context_queue_set_poll (self, ATHR_POLL_STARTED);
  athr_context_queue_tell_owner (self);
  athr_context_queue_set_items_priority (self);

  return FALSE;
}

static gboolean
athr_guard_check (GSource *source)
{
  AthrContextQueue *self = ((AthrContextSource *) source)->queue;

  if (athr_lock_is_stale (&self->lock))
    return FALSE;

  athr_context_queue_set_poll (self, 0);
  athr_context_queue_set_items_priority (self);

  return FALSE;
}

static GSourceFuncs guard_funcs = { athr_guard_prepare, athr_guard_check, NULL, NULL };

/* The queue of a context */

static AthrContextQueue *
athr_context_queue_new (GMainContext *context,
                        guint64       owner)
{
  AthrContextQueue *self = g_new0 (AthrContextQueue, 1);

  may_own |= owner != 0;
  self->ref_count = 1;
  self->context = context;
  self->is_default = context == g_main_context_default ();
  self->owner = owner;
  self->separated = athr_fork_generation == 1 ? 1 : 0;
  self->items_priority = G_PRIORITY_DEFAULT;
  athr_lock_init (&self->lock);
  athr_queue_level_init (&self->default_level, G_PRIORITY_DEFAULT);
  athr_queue_level_init (&self->idle_level, G_PRIORITY_DEFAULT_IDLE);
  self->other_levels = g_tree_new_full (athr_queue_level_compare, NULL, NULL, g_free);

  return self;
}

AthrContextQueue *
athr_context_queue_ref (AthrContextQueue *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
athr_context_queue_unref (AthrContextQueue *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  g_tree_unref (self->other_levels);
  athr_lock_clear (&self->lock);
  g_free (self);
}

gboolean
athr_context_queue_is_for_context (AthrContextQueue *self,
                                   GMainContext     *context)
{
  /* A new context may have the address of the context of a dead queue. */
  return self->context == context && !g_atomic_int_get (&self->is_dead);
}

GMainContext *
athr_context_queue_ref_context (AthrContextQueue *self)
{
  return g_atomic_int_get (&self->is_dead) ? NULL : g_main_context_ref (self->context);
}

AthrContextQueue *
athr_context_queue_ref_for_context (GMainContext *context,
                                    guint64       owner)
{
  AthrContextQueue *fresh = NULL;
  AthrContextQueue *self = g_atomic_pointer_get (&default_queue);

  if (self != NULL && athr_context_queue_is_for_context (self, context))
    return athr_context_queue_ref (self);

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
      self->items_source = athr_context_queue_attach (self, &items_funcs, self->items_priority);
      athr_context_queue_attach (self, &guard_funcs, G_MININT);
      if (self->is_default)
        g_atomic_pointer_set (&default_queue, self);
    }
  if (fresh != NULL)
    athr_context_queue_unref (fresh);

  return self;
}

AthrContextQueue *
athr_context_queue_ref_default_of (guint64 owner)
{
  AthrContextQueue *self = g_atomic_pointer_get (&default_queue);

  if (self == NULL || athr_context_queue_get_owner (self) != owner)
    return NULL;

  return athr_context_queue_ref (self);
}

gboolean
athr_context_queue_is_stale (AthrContextQueue *self)
{
  return athr_lock_is_stale (&self->lock);
}

/* The caller has a reference of its own: once the item is queued, home may drop the others. */
static gboolean
athr_context_queue_push_to (AthrContextQueue *self,
                            int               priority,
                            gboolean          slice_end,
                            AthrWorkItem     *item)
{
  gboolean is_dead, is_pushed = FALSE;

  athr_lock (&self->lock);
  is_dead = self->is_dead;
  if (!is_dead && g_atomic_int_or (&item->flags, ATHR_WORK_ITEM_QUEUED) == 0)
    {
      is_pushed = TRUE;
      item->list = athr_context_queue_get_list_locked (self, priority, slice_end);
      item->serial = self->last_serial += SERIAL_STEP;
      g_queue_push_tail_link (&item->list->pushed, &item->link);
      g_atomic_int_set (&item->list->has_pushed, TRUE);
      athr_context_queue_wake_locked (self);
    }
  athr_unlock (&self->lock);

  if (is_dead && item->funcs->drop != NULL)
    item->funcs->drop (item);

  return is_dead || is_pushed;
}

/* At home. @item was added to those that the owner's thread has taken. */
static void
athr_context_queue_tell_taken (AthrContextQueue *self,
                               AthrWorkItem     *item)
{
  if (self->n_cleanups > 0)
    athr_context_queue_list_unasked (self, &item->link);

  /* The owner's thread is the only one that changes the two. In a nested main loop a source of the program may push
   * as GLib prepares it, after GLib has asked our source. */
  if (!self->has_foreign_loop && g_atomic_int_get (&self->poll) == 0)
    return;

  athr_lock (&self->lock);
  athr_context_queue_wake_locked (self);
  athr_unlock (&self->lock);
}

/* Only the other levels and a foreign loop need the lock: the item goes to those that the owner's
 * thread has taken. */
gboolean
athr_context_queue_push_front (AthrContextQueue *self,
                               int               priority,
                               AthrWorkItem     *item)
{
  AthrQueueLevel *level = athr_context_queue_find_level (self, priority);

  if (!g_atomic_int_compare_and_exchange (&item->flags, 0,
                                          ATHR_WORK_ITEM_QUEUED | ATHR_WORK_ITEM_IN_FRONT))
    return FALSE;

  item->serial = --self->first_serial;
  if (level == NULL)
    {
      athr_lock (&self->lock);
      item->list = athr_context_queue_get_list_locked (self, priority, FALSE);
      athr_unlock (&self->lock);
    }
  else
    {
      item->list = &level->items;
    }
  g_queue_push_head_link (&item->list->taken, &item->link);
  athr_context_queue_tell_taken (self, item);

  return TRUE;
}

/* In a slice, at home: the item goes to the end of those that the owner's thread has taken. */
static gboolean
athr_context_queue_push_at_home (AthrContextQueue *self,
                                 AthrItemList     *list,
                                 AthrWorkItem     *item)
{
  if (!g_atomic_int_compare_and_exchange (&item->flags, 0, ATHR_WORK_ITEM_QUEUED))
    return FALSE;

  athr_context_queue_take (self, list);
  item->serial = ++self->taken_serial;
  item->list = list;
  g_queue_push_tail_link (&list->taken, &item->link);
  athr_context_queue_tell_taken (self, item);

  return TRUE;
}

gboolean
athr_context_queue_push_held (AthrContextQueue *self,
                              int               priority,
                              AthrWorkItem     *item)
{
  return athr_context_queue_push_to (self, priority, FALSE, item);
}

/* Without the lock where this thread is in a slice of the queue, and a level is there already. */
static gboolean
athr_context_queue_push_any (AthrContextQueue *self,
                             int               priority,
                             gboolean          slice_end,
                             AthrWorkItem     *item)
{
  AthrQueueLevel *level = NULL;
  gboolean is_pushed;

  if (athr_context_queue_in_dispatch (self))
    {
      if (slice_end)
        priority = self->slice_priority;
      level = athr_context_queue_find_level (self, priority);
    }
  if (level != NULL)
    return athr_context_queue_push_at_home (self, slice_end ? &level->slice_end : &level->items, item);

  athr_context_queue_ref (self);
  is_pushed = athr_context_queue_push_to (self, priority, slice_end, item);
  athr_context_queue_unref (self);

  return is_pushed;
}

gboolean
athr_context_queue_push (AthrContextQueue *self,
                         int               priority,
                         AthrWorkItem     *item)
{
  return athr_context_queue_push_any (self, priority, FALSE, item);
}

gboolean
athr_context_queue_push_at_slice_end (AthrContextQueue *self,
                                      int               priority,
                                      AthrWorkItem     *item)
{
  return athr_context_queue_push_any (self, priority, TRUE, item);
}

/* A push sets ATHR_WORK_ITEM_QUEUED also where it does nothing, since the item is disabled. */
static gboolean
athr_work_item_is_queued (int flags)
{
  return (flags & ATHR_WORK_ITEM_QUEUED) && !(flags & ATHR_WORK_ITEM_DISABLED);
}

gboolean
athr_context_queue_withdraw (AthrContextQueue *self,
                             AthrWorkItem     *item)
{
  if (!athr_work_item_is_queued (g_atomic_int_get (&item->flags)))
    return FALSE;

  athr_context_queue_remove_pushed (self, item);

  return TRUE;
}

void
athr_context_queue_disable (AthrContextQueue *self,
                            AthrWorkItem     *item)
{
  if (athr_work_item_is_queued (g_atomic_int_or (&item->flags, ATHR_WORK_ITEM_DISABLED)))
    athr_context_queue_remove_pushed (self, item);
}

/* The next level, for a thread at home. */
static AthrQueueLevel *
athr_context_queue_next_level (AthrContextQueue *self,
                               AthrQueueLevel   *level)
{
  AthrQueueLevel *next;

  athr_lock (&self->lock);
  next = athr_context_queue_next_level_locked (self, level);
  athr_unlock (&self->lock);

  return next;
}

/* For a cleanup, which is under way: takes what was pushed. With @all, lists also the items that were
 * taken before. */
static void
athr_context_queue_take_all (AthrContextQueue *self,
                             gboolean          all)
{
  AthrQueueLevel *level = NULL;

  while ((level = athr_context_queue_next_level (self, level)) != NULL)
    {
      AthrItemList *lists[] = { &level->items, &level->slice_end };

      for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
        {
          athr_context_queue_take (self, lists[i]);
          for (GList *l = lists[i]->taken.head; l != NULL && all; l = l->next)
            athr_context_queue_list_unasked (self, l);
        }
    }
}

static int
athr_work_item_compare (gconstpointer a,
                        gconstpointer b,
                        gpointer      user_data)
{
  const AthrWorkItem *first = a, *second = b;

  return (first->serial > second->serial) - (first->serial < second->serial);
}

/* The next item that athr_context_queue_run_cleanup() asks whether it is cleanup-only: the
 * item that was pushed first, whatever its priority. The item stays queued. */
static AthrWorkItem *
athr_context_queue_next_cleanup (AthrContextQueue *self)
{
  AthrWorkItem *item;

  if (self->cleanup.head == NULL)
    athr_context_queue_take_all (self, FALSE);
  if (!self->is_sorted)
    g_queue_sort (&self->cleanup, athr_work_item_compare, NULL);
  self->is_sorted = TRUE;

  item = g_queue_pop_head (&self->cleanup);
  if (item != NULL)
    item->cleanup_link = NULL;

  return item;
}

/* Only the owner's thread may run items, and no other thread may iterate the context
 * meanwhile. A context other than the default one may be gone, unless it is the
 * thread-default context of this thread, which then holds a reference to the context. FALSE: this thread may not. */
static gboolean
athr_context_queue_acquire (AthrContextQueue *self)
{
  return athr_context_queue_is_home (self) &&
         (self->is_default || g_main_context_get_thread_default () == self->context) &&
         g_main_context_acquire (self->context);
}

void
athr_context_queue_run_cleanup (AthrContextQueue *self)
{
  AthrWorkItem *item;

  if (!athr_context_queue_acquire (self))
    return;

  self->n_cleanups++;
  athr_context_queue_take_all (self, TRUE);
  while ((item = athr_context_queue_next_cleanup (self)) != NULL)
    if (item->funcs->is_cleanup_only (item) && athr_context_queue_withdraw (self, item))
      item->funcs->run (item);
  self->n_cleanups--;

  g_main_context_release (self->context);
}

void
athr_context_queue_run_blocked (AthrContextQueue *self,
                                AthrWorkItem     *item)
{
  if (!athr_context_queue_acquire (self))
    return;

  if (athr_context_queue_withdraw (self, item))
    item->funcs->run (item);

  g_main_context_release (self->context);
}

/* If another thread starts to iterate the context right now, the answer may be outdated. */
gboolean
athr_context_queue_is_home (AthrContextQueue *self)
{
  if (!self->is_default && g_main_context_get_thread_default () == self->context)
    return TRUE;

  return athr_context_queue_get_owner (self) == athr_thread_id ();
}

gboolean
athr_context_queue_is_elsewhere (AthrContextQueue *self)
{
  return athr_context_queue_get_owner (self) != 0 && !athr_context_queue_is_home (self);
}

gboolean
athr_context_queue_in_dispatch (AthrContextQueue *self)
{
  /* In this order: another thread may start to iterate the context right now. */
  return __atomic_load_n (&self->depth, __ATOMIC_ACQUIRE) > 0 && athr_context_queue_is_home (self);
}

gboolean
athr_context_queue_is_waiting (AthrContextQueue *self)
{
  return g_atomic_int_get (&self->poll) == ATHR_POLL_STARTED;
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

/* Any queued item is a reason to wake a foreign loop. */
static gboolean
athr_context_queue_has_items_locked (AthrContextQueue *self)
{
  AthrQueueLevel *level = NULL;

  athr_assert_locked (&self->lock);

  while ((level = athr_context_queue_next_level_locked (self, level)) != NULL)
    if (!athr_queue_level_is_empty (level))
      return TRUE;

  return FALSE;
}

void
athr_context_queue_set_foreign_loop (AthrContextQueue *self)
{
  athr_context_queue_separate (self);
  athr_lock (&self->lock);
  self->has_foreign_loop = TRUE;
  /* Earlier pushes have not made the descriptor readable: this wake-up does. */
  g_atomic_int_set (&self->poll, 0);
  if (athr_context_queue_has_items_locked (self))
    athr_context_queue_wake_locked (self);
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
