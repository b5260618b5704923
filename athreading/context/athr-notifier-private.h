/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "base/athr-progress-private.h"
#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* Tells listeners, at home, which properties of an object have changed on workers. It
 * notifies one property at a time, in the order of their numbers. A handler may run a nested
 * main loop, which may come to the end of the object's work: the nested loop notifies the
 * rest, and the loop around it finds nothing more to notify. */

typedef struct _AthrNotifier AthrNotifier;

/* What there is to notify before an operation is answered. */
typedef enum
{
  ATHR_NEWS_NONE = 0,
  ATHR_NEWS_CHANGE = 1 << 0,   /* something has changed */
  ATHR_NEWS_PROGRESS = 1 << 1, /* progress has changed, or that alone */
  ATHR_NEWS_FINAL = 1 << 2,    /* the answer is the end, so it waits for progress */
  ATHR_NEWS_FREE = 1 << 3,     /* something of the user's is to be freed before */
} AthrNews;

/* Home */
typedef struct
{
  /* Marks as due what has changed. A round of notifications collects before each property.
   * Progress is to be collected with @is_first alone: a function that reports all the time
   * does not prolong the round. */
  void     (*collect)   (gpointer object,
                         gboolean is_first);
  /* What collect() would find. */
  AthrNews (*peek)      (gpointer object);
  /* (nullable): frees what ATHR_NEWS_FREE stands for. */
  void     (*free)      (gpointer object);
  /* (nullable): emits one signal more. TRUE when there may be another. */
  gboolean (*emit_more) (gpointer object);
} AthrNotifierFuncs;

struct _AthrNotifier
{
  const AthrNotifierFuncs *funcs; /* set once */
  GObject *object;                /* set once; not owned, it embeds this */
  GParamSpec **properties;        /* set once; by number, below 32 */
  guint due;                      /* home; a bit for each property */
  gint64 notified;                /* home; the iteration in which progress was notified last */
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

/* The caller notifies of @property by itself. */
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

/* Takes what was reported. The property of the text comes behind that of the fraction. */
void     athr_notifier_collect_progress (AthrNotifier     *self,
                                         AthrProgress     *progress,
                                         guint             property);
/* One round of notifications. */
void     athr_notifier_notify           (AthrNotifier     *self);
/* The same, in run() of @item, which does nothing else: from then on @item runs in another
 * iteration of the main loop, however often it is pushed. That conflates progress. */
void     athr_notifier_run              (AthrNotifier     *self,
                                         AthrWorkItem     *item);
/* In run() of @item, which is about to answer an operation: TRUE when something was to be
 * notified first. Then @item is queued again, before all others. */
gboolean athr_notifier_run_before       (AthrNotifier     *self,
                                         AthrContextQueue *home,
                                         int               priority,
                                         AthrWorkItem     *item);

/* Whether any signal of @object has a handler. */
gboolean athr_object_has_handlers       (gpointer          object);

G_END_DECLS
