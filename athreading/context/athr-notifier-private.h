/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "base/athr-progress-private.h"
#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* Notifies, at home, the properties of an object that have changed on workers. The notifier
 * notifies one property at a time, in the order of their numbers. A handler may run a nested
 * main loop, and the object's work may end there: then the nested loop notifies the remaining
 * properties, and the outer loop finds nothing more to notify. */

typedef struct _AthrNotifier AthrNotifier;

/* What the owner's thread must do before it answers an operation. */
typedef enum
{
  ATHR_NEWS_NONE = 0,
  ATHR_NEWS_CHANGE = 1 << 0,   /* notify a property other than progress */
  ATHR_NEWS_PROGRESS = 1 << 1, /* notify progress */
  ATHR_NEWS_FINAL = 1 << 2,    /* the work has ended, so the answer waits for progress */
  ATHR_NEWS_FREE = 1 << 3,     /* free something of the user's, by AthrNotifierFuncs.free */
} AthrNews;

/* All of these are called at home. */
typedef struct
{
  /* Marks the properties that have changed. The notifier collects before each property that it
   * notifies. Progress is collected only with @is_first, so that a function that reports all
   * the time does not prolong the round of notifications. */
  void     (*collect)   (gpointer object,
                         gboolean is_first);
  /* What collect() would mark, and what else there is to do before an answer. */
  AthrNews (*peek)      (gpointer object);
  /* (nullable): frees what peek() has announced by ATHR_NEWS_FREE. */
  void     (*free)      (gpointer object);
  /* (nullable): emits one signal of another kind. TRUE when there may be more. */
  gboolean (*emit_more) (gpointer object);
} AthrNotifierFuncs;

struct _AthrNotifier
{
  const AthrNotifierFuncs *funcs; /* set once */
  GObject *object;                /* set once; not owned, since it embeds the notifier */
  GParamSpec **properties;        /* set once; by number, below 32 */
  guint due;                      /* home; a bit for each property that is to be notified */
  gint64 notified;                /* home; the time of the main loop iteration in which
                                   * progress was notified last */
};

static inline void
athr_notifier_init (AthrNotifier             *self,
                    const AthrNotifierFuncs  *funcs,
                    gpointer                  object,
                    GParamSpec              **properties)
{
  self->funcs = funcs;
  self->object = object;
  self->properties = properties;
}

static inline void
athr_notifier_mark (AthrNotifier *self,
                    guint         property)
{
  self->due |= 1u << property;
}

/* The caller notifies @property itself. */
static inline void
athr_notifier_unmark (AthrNotifier *self,
                      guint         property)
{
  self->due &= ~(1u << property);
}

static inline gboolean
athr_notifier_is_due (AthrNotifier *self,
                      guint         property)
{
  return (self->due & (1u << property)) != 0;
}

/* Takes the last report of @progress and marks what has changed: @property for the fraction,
 * and the property that follows for the text. */
void     athr_notifier_collect_progress (AthrNotifier     *self,
                                         AthrProgress     *progress,
                                         guint             property);
/* Runs one round of notifications: until no property is due, and emit_more() has no more. */
void     athr_notifier_notify           (AthrNotifier     *self);
/* Runs one round of notifications, in run() of @item, which does nothing else. After that
 * @item does not run again in the same iteration of the main loop, even when it is pushed
 * again: so progress is notified once for each iteration. */
void     athr_notifier_run              (AthrNotifier     *self,
                                         AthrWorkItem     *item);
/* In run() of @item, which is about to answer an operation. TRUE when the answer has to wait
 * for notifications: @item is queued again, before all others, and run() must return. FALSE
 * when run() can answer now. */
gboolean athr_notifier_run_before       (AthrNotifier     *self,
                                         AthrContextQueue *home,
                                         int               priority,
                                         AthrWorkItem     *item);

/* Whether any signal of @object has a handler. */
gboolean athr_object_has_handlers       (gpointer          object);

G_END_DECLS
