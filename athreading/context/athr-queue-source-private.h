/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* What the files of the delivery share among themselves. */

typedef struct
{
  AthrContextQueue *delivery; /* set once; not owned, lanes live in it */
  int priority;           /* set once */
  GQueue items;           /* (AthrContextQueue.lock) */
  GQueue slice_end;       /* (AthrContextQueue.lock) */
} AthrQueueSource;

struct _AthrContextQueue
{
  gatomicrefcount ref_count;
  GMainContext *context; /* set once; not owned: only a pointer to compare, except
                          * where the caller knows that it is alive */
  gboolean is_default;   /* set once */
  guint depth;           /* home: our dispatches under way, one in the other */
  int slice_priority;    /* home: of the innermost of them */
  gint64 slice_end;      /* home: when the innermost of them has to end */

  AthrLock lock;
  GPtrArray *lanes;      /* lock; (element-type AthrQueueSource), never removed */
  GQueue quiet;          /* lock; those items that have is_cleanup_only, */
  GQueue not_quiet;      /* lock; and those that a flush under way has asked */
  GQueue watches;        /* lock */
  guint64 owner;         /* lock; the thread that iterates, at first the creator */
  gboolean in_poll;      /* lock; between prepare and check */
  gboolean is_foreign;   /* lock; its loop polls without prepare */
  gboolean woken;        /* lock; since the last check */
  int dead;              /* lock; atomic, for those who only look */
};

/* A delivery with its first lanes, to which nothing is attached. */
AthrContextQueue *athr_context_queue_new                (GMainContext     *context,
                                                         guint64           owner);
/* Where the context is known to be alive. @lane NULL attaches the guard. */
void              athr_context_queue_attach             (AthrContextQueue *self,
                                                         AthrQueueSource  *lane);
gboolean          athr_queue_source_is_empty_locked     (AthrQueueSource  *self);
AthrQueueSource  *athr_context_queue_find_source_locked (AthrContextQueue *self,
                                                         int               priority);
void              athr_context_queue_unlink_locked      (AthrContextQueue *self,
                                                         AthrWorkItem     *item);
/* Its context is gone: nobody finds it any more. */
void              athr_context_queue_forget             (AthrContextQueue *self);

G_END_DECLS
