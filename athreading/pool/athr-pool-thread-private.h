/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "pool/athr-pool-private.h"

G_BEGIN_DECLS

/* What the files of the pool share among themselves. */

typedef enum
{
  ATHR_POOL_OPEN,
  ATHR_POOL_DRAINING, /* no more work is taken, threads leave when there is none */
  ATHR_POOL_CLOSED,   /* the last thread has left */
} AthrPoolState;

struct _AthrPool
{
  gatomicrefcount ref_count;
  char *name;      /* set once */
  gboolean single; /* set once */
  gint64 linger;   /* set once */

  AthrLock lock;
  GCond woken;         /* lock; there are wake_ups, or the state has changed */
  AthrJobQueue jobs;   /* lock */
  AthrPoolState state; /* lock */
  gboolean cancels;    /* lock; it was closed, and what is queued cancelled */
  guint max_threads;   /* lock */
  guint n_threads;     /* lock; all of the following */
  guint n_searching;      /* lock */
  guint n_running;     /* lock */
  guint n_blocked;     /* lock */
  guint n_idle;        /* lock */
  guint n_wake_ups;    /* lock; coming ones that have not woken yet */
  gboolean joinable;   /* lock; somebody waits for the end, and will join */
  GSList *left;        /* lock; (element-type GThread), when joinable */
  GQueue closers;      /* lock; (element-type AthrPoolCloser) */
};

/* TRUE: the caller is to create a thread, unlocked. One that was idle has been woken
 * already. */
gboolean athr_pool_request_thread_locked (AthrPool     *self);
void     athr_pool_create_thread         (AthrPool     *self);

void     athr_pool_steal_jobs_locked     (AthrPool     *self,
                                          GQueue       *jobs);
void     athr_pool_fail_jobs             (GQueue       *jobs,
                                          const GError *error);
/* When that was the last thread of a pool that drains: those who wait for it. */
void     athr_pool_finish_close_locked   (AthrPool     *self,
                                          GQueue       *closers);
void     athr_pool_post_closers          (GQueue       *closers);

G_END_DECLS
