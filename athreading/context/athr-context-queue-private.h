/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "base/athr-lock-private.h"

G_BEGIN_DECLS

/* One delivery for each GMainContext: it brings work home. It holds no
 * reference to its context, and may outlive it as a dead delivery.
 *
 * An item is pushed by any thread and run by the thread that iterates the
 * context. It belongs to whoever embeds it, and must stay where it is while it
 * is queued. */

typedef struct _AthrContextQueue AthrContextQueue;
typedef struct _AthrItem AthrWorkItem;
typedef struct _AthrDeathWatch AthrWatch;

typedef struct
{
  /* At home, unlocked, with the item out of the queue: it may be pushed again,
   * or freed. */
  void (*run) (AthrWorkItem *item);
  /* Instead of run, when home is dead: free, call nobody. Any thread; an item
   * that is pushed again as its home dies is dropped once for each push. NULL for
   * one that holds no reference to what embeds it: then it is just forgotten. */
  void (*drop) (AthrWorkItem *item);
  /* (nullable): at home: would run only free things, and call nobody? An item
   * that has it set is run by athr_context_queue_run_cleanup(), too. */
  gboolean (*is_cleanup_only) (AthrWorkItem *item);
} AthrWorkItemFuncs;

struct _AthrItem
{
  const AthrWorkItemFuncs *funcs; /* set once */
  gpointer data;              /* set once; for funcs */
  gint64 created;             /* home; the time of the iteration that must be over
                               * before it is run (GTask's rule); 0: none */
  GQueue *queue;              /* (AthrContextQueue.lock); NULL when in none */
  GList link;                 /* (AthrContextQueue.lock) */
  GQueue *quiet_queue;        /* (AthrContextQueue.lock); NULL when in none */
  GList quiet_link;           /* (AthrContextQueue.lock) */
  gboolean is_disabled;        /* (AthrContextQueue.lock); it is not queued any more */
};

struct _AthrDeathWatch
{
  void (*died) (AthrWatch *watch); /* set once; called unlocked */
  gpointer data;                        /* set once; for died */
  GList link;                           /* (AthrContextQueue.lock) */
  gboolean watching;                    /* (AthrContextQueue.lock) */
};

/* A number that no other thread of this process has or had. */
guint64           athr_thread_id                       (void);

AthrContextQueue *athr_context_queue_ref               (AthrContextQueue *self);
void              athr_context_queue_unref             (AthrContextQueue *self);

/* The time of the iteration of a main context that this thread is in; 0: in none. */
gint64            athr_context_queue_get_iteration     (void);

/* Whoever asks keeps @context alive meanwhile. */
AthrContextQueue *athr_home_ref_for_context            (GMainContext     *context);
/* The home of an object created now. */
AthrContextQueue *athr_home_ref                        (void);
/* The home of an object at @home of which an operation starts now. */
AthrContextQueue *athr_home_ref_moved                  (AthrContextQueue *home);
/* While a worker does the work of an object, that object's home is the home of
 * what the work creates. */
void              athr_home_set_for_work               (AthrContextQueue *home);

/* Makes @priority one at which items can be pushed. */
void              athr_context_queue_add_source        (AthrContextQueue *self,
                                                        int               priority);

gboolean          athr_context_queue_push              (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
gboolean          athr_context_queue_push_at_slice_end (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
/* At home, from run(): to be run again, before what is queued. */
gboolean          athr_context_queue_push_front        (AthrContextQueue *self,
                                                        int               priority,
                                                        AthrWorkItem     *item);
gboolean          athr_context_queue_withdraw          (AthrContextQueue *self,
                                                        AthrWorkItem     *item);
/* The same, for ever: whoever pushes it from now on does nothing. */
void              athr_context_queue_disable           (AthrContextQueue *self,
                                                        AthrWorkItem     *item);

/* Has @destroy called with @data at home: at once where that is here. */
void              athr_context_queue_free              (AthrContextQueue *self,
                                                        gpointer          data,
                                                        GDestroyNotify    destroy);
/* The same, at once also on the thread that created the owner of @data. */
void              athr_context_queue_end               (AthrContextQueue *self,
                                                        guint64           creator,
                                                        gpointer          data,
                                                        GDestroyNotify    destroy);
/* After a blocking wait: runs what only frees, when this is home. */
void              athr_context_queue_run_cleanup       (AthrContextQueue *self);

gboolean          athr_context_queue_is_for_context    (AthrContextQueue *self,
                                                        GMainContext     *context);
gboolean          athr_context_queue_is_home           (AthrContextQueue *self);
gboolean          athr_context_queue_in_dispatch       (AthrContextQueue *self);
/* At home, in run(): whether there is time for more in this slice. */
gboolean          athr_context_queue_slice_is_over     (AthrContextQueue *self);
/* Home: somebody waits for @context by its descriptor alone; it is always woken. */
void              athr_context_queue_set_foreign_loop  (AthrContextQueue *self);

/* FALSE when @self is dead already; then nothing is watched. */
gboolean          athr_context_queue_watch             (AthrContextQueue *self,
                                                        AthrWatch        *watch);
/* FALSE when it was not watched any more: died() has been or is being called. */
gboolean          athr_context_queue_unwatch           (AthrContextQueue *self,
                                                        AthrWatch        *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrContextQueue, athr_context_queue_unref)

static inline void
athr_work_item_init (AthrWorkItem            *item,
                     const AthrWorkItemFuncs *funcs,
                     gpointer                 data)
{
  item->funcs = funcs;
  item->data = data;
  item->link.data = item;
  item->quiet_link.data = item;
}

G_END_DECLS
