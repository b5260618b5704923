/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "base/athr-lock-private.h"
#include "base/athr-watch-private.h"

G_BEGIN_DECLS

/* The queue of a main context: any thread pushes work items, and the thread that iterates
 * the context runs them. Each GMainContext has one queue. The queue holds no reference to
 * its context. When the context is gone, the queue is dead, and drops what is pushed.
 *
 * The home of an object is the queue of the main context that the object belongs to. The
 * owner's thread is the thread that iterates this context, and "at home" means: on the
 * owner's thread. */

typedef struct _AthrContextQueue AthrContextQueue;
typedef struct _AthrWorkItem AthrWorkItem;
typedef struct _AthrQueueLevel AthrQueueLevel;
typedef struct _AthrItemList AthrItemList;

typedef struct
{
  /* At home, unlocked. The item is no longer queued: run may push it again or free it. */
  void (*run) (AthrWorkItem *item);
  /* (nullable): called instead of run when the context is gone. Any thread, unlocked. It
   * frees what the item holds, and calls no callback of the user's. An item that is pushed
   * again while its context dies is dropped once for each push. NULL for an item that holds
   * no reference to what embeds it: the queue then just forgets the item. */
  void (*drop) (AthrWorkItem *item);
  /* (nullable): at home, unlocked: whether run, if called now, would only free things, and
   * call no callback, signal or notify. athr_context_queue_run_cleanup() asks every item that
   * has this function. */
  gboolean (*is_cleanup_only) (AthrWorkItem *item);
  /* How many bytes at item->data run reads or writes, for items of which many are queued; 0: the queue does not fetch
   * them ahead. */
  gsize size;
} AthrWorkItemFuncs;

typedef enum
{
  ATHR_WORK_ITEM_QUEUED = 1 << 0,
  ATHR_WORK_ITEM_DISABLED = 1 << 1, /* pushing the item does nothing */
  ATHR_WORK_ITEM_IN_FRONT = 1 << 2, /* with QUEUED: home has pushed the item to the front */
} AthrWorkItemFlags;

/* A work item belongs to what embeds it, and must stay where it is while it is queued. */
struct _AthrWorkItem
{
  const AthrWorkItemFuncs *funcs; /* set once */
  gpointer data;                  /* set once; for funcs */
  gint64 created;                 /* home; the time of a main loop iteration that must be
                                   * over before the item runs (GTask's rule); 0: none */
  GList *cleanup_link;            /* home; (nullable); owned by the queue: while a cleanup is under
                                   * way, the place of an item that it has not asked */
  int flags;                      /* atomic; of AthrWorkItemFlags; the thread that queues the
                                   * item holds AthrContextQueue.lock, except at home */
  int is_announced;               /* home; properties were notified, so that the item can run */
  /* While the item is queued, home has these, or, until home takes the item,
   * AthrContextQueue.lock guards them. */
  AthrItemList *list;
  GList link;
  gint64 serial;                  /* the order of all items of a queue */
};

static inline void
athr_work_item_init (AthrWorkItem            *item,
                     const AthrWorkItemFuncs *funcs,
                     gpointer                 data)
{
  item->funcs = funcs;
  item->data = data;
  item->link.data = item;
}

AthrContextQueue *athr_context_queue_ref               (AthrContextQueue *self);
void              athr_context_queue_unref             (AthrContextQueue *self);
/* The queue of @context, which the caller keeps alive during the call. @owner is the number of
 * the thread that iterates @context, or 0 when the caller does not know that thread. */
AthrContextQueue *athr_context_queue_ref_for_context   (GMainContext     *context,
                                                        guint64           owner);

/* The queue of the default context, if there is one and @owner is the number of the thread that
 * iterates the default context; otherwise NULL. */
AthrContextQueue *athr_context_queue_ref_default_of    (guint64           owner);

/* Whether the queue was created before a fork: then nothing of it may be used. */
gboolean          athr_context_queue_is_stale          (AthrContextQueue *self);
/* Any thread. FALSE when @item is queued already, or disabled. When the context is gone, the
 * queue drops @item and returns TRUE. */
gboolean          athr_context_queue_push              (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
/* Like athr_context_queue_push(), for a caller that has a reference to @self, apart from those that go
 * when @item runs. */
gboolean          athr_context_queue_push_held         (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
/* Like athr_context_queue_push(), but @item runs at the end of a slice. If the caller runs
 * inside a slice, @item runs at the end of that slice, and @priority does not matter.
 * Otherwise @item runs at the end of the slice of @priority that is under way or comes
 * next. */
gboolean          athr_context_queue_push_at_slice_end (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
/* At home, from run(): @item runs again, before everything that is queued at @priority. */
gboolean          athr_context_queue_push_front        (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
/* At home. TRUE when @item was queued: the item will not run. */
gboolean          athr_context_queue_withdraw          (AthrContextQueue *self,
                                                        AthrWorkItem     *item);
/* At home. Withdraws @item for ever: later pushes of @item do nothing. */
void              athr_context_queue_disable           (AthrContextQueue *self,
                                                        AthrWorkItem     *item);
/* At home, after a blocking wait: runs all items that are cleanup-only. Does nothing on any
 * other thread. */
void              athr_context_queue_run_cleanup       (AthrContextQueue *self);

/* At home, during a blocking wait: runs @item now, if it is queued. Does nothing on any other thread. */
void              athr_context_queue_run_blocked       (AthrContextQueue *self,
                                                        AthrWorkItem     *item);

gboolean          athr_context_queue_is_for_context    (AthrContextQueue *self,
                                                        GMainContext     *context);
/* At home. Returns a reference to the context, or NULL when the context is gone. */
GMainContext     *athr_context_queue_ref_context       (AthrContextQueue *self);
/* Whether the calling thread is the owner's thread: the context is the thread-default context
 * of the thread, or the thread iterated the context last. Before the first iteration, the
 * thread that asked for the queue first counts as the owner's thread. */
gboolean          athr_context_queue_is_home           (AthrContextQueue *self);
/* The number of the owner's thread, or 0 when it is not known. */
guint64           athr_context_queue_get_owner         (AthrContextQueue *self);
/* At home: from now on athr_context_queue_get_owner() gives the calling thread, even if it has not iterated the context
 * yet. */
void              athr_context_queue_tell_owner        (AthrContextQueue *self);
/* Whether the calling thread may be the owner's thread of any queue. */
gboolean          athr_context_queue_thread_may_own    (void);
/* Whether another thread than the calling one is known to be the owner's thread. */
gboolean          athr_context_queue_is_elsewhere      (AthrContextQueue *self);
/* Whether the calling thread is at home, and inside a slice. */
gboolean          athr_context_queue_in_dispatch       (AthrContextQueue *self);
/* Any thread: whether the context waits, and nothing has woken it. */
gboolean          athr_context_queue_is_waiting        (AthrContextQueue *self);
/* At home, in run(): whether this slice has no time left. */
gboolean          athr_context_queue_slice_is_over     (AthrContextQueue *self);
/* The time of the main loop iteration that the calling thread is in, or 0. */
gint64            athr_context_queue_get_iteration     (void);
/* At home: from now on a foreign event loop waits for the wake-up descriptor of the context
 * without GLib's prepare and check, so every push wakes the context. */
void              athr_context_queue_set_foreign_loop  (AthrContextQueue *self);

/* Calls @watch when the context is gone. FALSE when the context is gone already. */
gboolean          athr_context_queue_watch             (AthrContextQueue *self,
                                                        AthrWatch        *watch);
/* FALSE when @watch was called or is about to be called, or never watched. */
gboolean          athr_context_queue_unwatch           (AthrContextQueue *self,
                                                        AthrWatch        *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrContextQueue, athr_context_queue_unref)

G_END_DECLS
