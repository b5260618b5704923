/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "pool/athr-job-queue-private.h"
#include "context/athr-operation-private.h"

G_BEGIN_DECLS

/* The threads of an executor. It lives as long as its last thread, whatever
 * becomes of the executor: so nothing ever joins in a finalizer. */

typedef struct _AthrPool AthrPool;

typedef enum
{
  ATHR_POOL_CLOSER_NEW,
  ATHR_POOL_CLOSER_WAITING,
  ATHR_POOL_CLOSER_CANCELLED, /* posted, or will be once it is known */
  ATHR_POOL_CLOSER_DUE,       /* posted */
} AthrPoolCloserState;

/* Somebody who waits for the end of a pool. */
typedef struct
{
  AthrOperation base;
  AthrPool *pool;            /* set once; owned */
  GList link;                /* (AthrPool.lock) */
  AthrPoolCloserState state; /* (AthrPool.lock); final once it was posted */
} AthrPoolCloser;

/* How long a thread without work stays, in microseconds. */
#define ATHR_POOL_LINGER (5 * G_TIME_SPAN_SECOND)

/* @max_threads 1: one thread for ever. @linger as above, but for tests. */
AthrPool   *athr_pool_new             (const char *name,
                                       guint       max_threads,
                                       gint64      linger);
AthrPool   *athr_pool_ref             (AthrPool   *self);
void        athr_pool_unref           (AthrPool   *self);

/* Of all pools, for threads that are created from now on. It is an AthrThreadFunc. */
void        athr_pool_set_thread_func (void (*func) (void (*run) (gpointer), gpointer));

const char *athr_pool_get_name        (AthrPool   *self);
gboolean    athr_pool_is_single       (AthrPool   *self);
guint       athr_pool_get_max_threads (AthrPool   *self);
void        athr_pool_set_max_threads (AthrPool   *self,
                                       guint       max_threads);
guint       athr_pool_get_n_running   (AthrPool   *self);
guint       athr_pool_get_n_queued    (AthrPool   *self);
guint       athr_pool_get_n_threads   (AthrPool   *self);

/* FALSE when the pool is closed: then nothing has happened. Otherwise the job
 * has run or failed some day, perhaps before this returns. */
gboolean    athr_pool_push            (AthrPool   *self,
                                       AthrJob    *job);
/* What work is told that was queued as the pool was closed. */
GError     *athr_pool_new_cancelled   (AthrPool   *self);
/* On a worker of @self, as the last thing in run(): the job runs again, behind those
 * that are queued. FALSE when the pool was closed and what is queued cancelled. */
gboolean    athr_pool_requeue         (AthrPool   *self,
                                       AthrJob    *job);
/* TRUE: the job will neither run nor fail. */
gboolean    athr_pool_withdraw        (AthrPool   *self,
                                       AthrJob    *job);

/* No more work. What is queued runs, or fails with G_IO_ERROR_CANCELLED. */
void        athr_pool_close           (AthrPool   *self,
                                       gboolean    cancel_queued);
/* Posts @closer once the pool is closed and the last thread has left, or when it
 * is cancelled before. */
void        athr_pool_await_closed    (AthrPool       *self,
                                       AthrPoolCloser *closer);
void        athr_pool_cancel_closer   (AthrPoolCloser *closer);
/* Waits for those threads that have left, to the last instruction. */
void        athr_pool_join_left       (AthrPool   *self);

/* On a worker: around a wait inside this library. The place of this worker is
 * free for other work meanwhile. Elsewhere they do nothing. */
void        athr_pool_block_begin     (void);
void        athr_pool_block_end       (void);
/* Whether waiting here for work of @self would be waiting for oneself. */
gboolean    athr_pool_is_own_thread   (AthrPool   *self);

G_END_DECLS
