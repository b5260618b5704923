/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* What the files of the delivery share among themselves. */

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
  int slice_priority;    /* home: of the innermost of them */
  gint64 slice_end;      /* home: when the innermost of them has to end */

  AthrLock lock;
  GPtrArray *lanes;      /* lock; (element-type AthrLane), never removed */
  GQueue quiet;          /* lock; those items that have is_quiet, */
  GQueue not_quiet;      /* lock; and those that a flush under way has asked */
  GQueue watches;        /* lock */
  guint64 owner;         /* lock; the thread that iterates, at first the creator */
  gboolean in_poll;      /* lock; between prepare and check */
  gboolean is_foreign;   /* lock; its loop polls without prepare */
  gboolean woken;        /* lock; since the last check */
  int dead;              /* lock; atomic, for those who only look */
};

/* A delivery with its first lanes, to which nothing is attached. */
AthrDelivery *athr_delivery_new              (GMainContext *context,
                                              guint64       owner);
/* Where the context is known to be alive. @lane NULL attaches the guard. */
void          athr_delivery_attach           (AthrDelivery *self,
                                              AthrLane     *lane);
gboolean      athr_lane_is_empty_locked      (AthrLane     *self);
AthrLane     *athr_delivery_find_lane_locked (AthrDelivery *self,
                                              int           priority);
void          athr_delivery_unlink_locked    (AthrDelivery *self,
                                              AthrItem     *item);
/* Its context is gone: nobody finds it any more. */
void          athr_delivery_forget           (AthrDelivery *self);

G_END_DECLS
