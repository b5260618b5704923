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

typedef struct _AthrDelivery AthrDelivery;
typedef struct _AthrItem AthrItem;
typedef struct _AthrDeathWatch AthrDeathWatch;

typedef struct
{
  /* At home, unlocked, with the item out of the queue: it may be pushed again,
   * or freed. */
  void (*run) (AthrItem *item);
  /* Instead of run, when home is dead: free, call nobody. Any thread; an item
   * that is pushed again as its home dies is dropped once for each push. NULL for
   * one that holds no reference to what embeds it: then it is just forgotten. */
  void (*drop) (AthrItem *item);
  /* (nullable): at home: would run only free things, and call nobody? An item
   * that has it set is run by athr_delivery_flush(), too. */
  gboolean (*is_quiet) (AthrItem *item);
} AthrItemFuncs;

struct _AthrItem
{
  const AthrItemFuncs *funcs; /* set once */
  gpointer data;              /* set once; for funcs */
  gint64 created;             /* home; the time of the iteration that must be over
                               * before it is run (GTask's rule); 0: none */
  GQueue *queue;              /* (AthrDelivery.lock); NULL when in none */
  GList link;                 /* (AthrDelivery.lock) */
  GQueue *quiet_queue;        /* (AthrDelivery.lock); NULL when in none */
  GList quiet_link;           /* (AthrDelivery.lock) */
  gboolean is_retired;        /* (AthrDelivery.lock); it is not queued any more */
};

struct _AthrDeathWatch
{
  void (*died) (AthrDeathWatch *watch); /* set once; called unlocked */
  gpointer data;                        /* set once; for died */
  GList link;                           /* (AthrDelivery.lock) */
  gboolean watching;                    /* (AthrDelivery.lock) */
};

/* A number that no other thread of this process has or had. */
guint64       athr_thread_id                   (void);

AthrDelivery *athr_delivery_ref                (AthrDelivery *self);
void          athr_delivery_unref              (AthrDelivery *self);

/* The time of the iteration of a main context that this thread is in; 0: in none. */
gint64        athr_delivery_get_iteration      (void);

/* Whoever asks keeps @context alive meanwhile. */
AthrDelivery *athr_delivery_ref_for_context    (GMainContext *context);
/* The home of an object created now. */
AthrDelivery *athr_delivery_ref_home           (void);
/* The home of an object at @home of which an operation starts now. */
AthrDelivery *athr_delivery_ref_moved_home     (AthrDelivery *home);
/* While a worker does the work of an object, that object's home is the home of
 * what the work creates. */
void          athr_delivery_set_work_home      (AthrDelivery *home);

/* Makes @priority one at which items can be pushed. */
void          athr_delivery_add_lane           (AthrDelivery *self,
                                                int           priority);

gboolean      athr_delivery_push               (AthrDelivery *self,
                                                int           priority,
                                                AthrItem     *item);
gboolean      athr_delivery_push_at_slice_end  (AthrDelivery *self,
                                                int           priority,
                                                AthrItem     *item);
/* At home, from run(): to be run again, before what is queued. */
gboolean      athr_delivery_push_back          (AthrDelivery *self,
                                                int           priority,
                                                AthrItem     *item);
gboolean      athr_delivery_withdraw           (AthrDelivery *self,
                                                AthrItem     *item);
/* The same, for ever: whoever pushes it from now on does nothing. */
void          athr_delivery_retire             (AthrDelivery *self,
                                                AthrItem     *item);

/* Has @destroy called with @data at home: at once where that is here. */
void          athr_delivery_give_back          (AthrDelivery   *self,
                                                gpointer        data,
                                                GDestroyNotify  destroy);
/* The same, at once also on the thread that created the owner of @data. */
void          athr_delivery_end                (AthrDelivery   *self,
                                                guint64         creator,
                                                gpointer        data,
                                                GDestroyNotify  destroy);
/* After a blocking wait: runs what only frees, when this is home. */
void          athr_delivery_flush              (AthrDelivery *self);

gboolean      athr_delivery_is_for_context     (AthrDelivery *self,
                                                GMainContext *context);
gboolean      athr_delivery_is_home            (AthrDelivery *self);
gboolean      athr_delivery_in_dispatch        (AthrDelivery *self);
/* At home, in run(): whether there is time for more in this slice. */
gboolean      athr_delivery_slice_is_over      (AthrDelivery *self);
/* Home: somebody waits for @context by its descriptor alone; it is always woken. */
void          athr_delivery_set_foreign        (AthrDelivery *self);

/* FALSE when @self is dead already; then nothing is watched. */
gboolean      athr_delivery_watch              (AthrDelivery   *self,
                                                AthrDeathWatch *watch);
/* FALSE when it was not watched any more: died() has been or is being called. */
gboolean      athr_delivery_unwatch            (AthrDelivery   *self,
                                                AthrDeathWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AthrDelivery, athr_delivery_unref)

static inline void
athr_item_init (AthrItem            *item,
                const AthrItemFuncs *funcs,
                gpointer             data)
{
  item->funcs = funcs;
  item->data = data;
  item->link.data = item;
  item->quiet_link.data = item;
}

G_END_DECLS
