/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-executor.h"
#include "pool/athr-pool-private.h"

G_BEGIN_DECLS

/* The pool of @self, or of the default executor when @self is NULL. */
AthrPool *athr_executor_get_pool      (AthrExecutor   *self);
/* A new error, for work that was queued when the pool was closed. */
GError   *athr_executor_new_cancelled (AthrPool       *pool);

/* The functions below are exported for Python's override, which declares the functions itself. */

/* The same as athr_pool_set_thread_func(). Without a thread func, each Python function that runs
 * on a worker would make and drop Python's state of the thread. Threads: any. */
ATHR_AVAILABLE_IN_1_0
void      athr_set_thread_func        (AthrThreadFunc  func,
                                       gpointer        user_data);
/* The same as athr_executor_close_async(), for a caller that does not wait: the operation of
 * that function keeps the executor until its main context is iterated. Threads: any. */
ATHR_AVAILABLE_IN_1_0
void      athr_executor_shut_down     (AthrExecutor   *self,
                                       gboolean        cancel_queued);
/* The same as athr_pool_is_worker(). Threads: any. */
ATHR_AVAILABLE_IN_1_0
gboolean  athr_executor_has_worker    (AthrExecutor   *self);

/* A function that an executor runs without a home: for a concurrent.futures.Future, which a
 * worker completes. */
typedef struct _AthrSubmission AthrSubmission;

/* On a worker. With an @error, on any thread: because of @error, the function will never run. */
typedef void (*AthrSubmissionFunc) (gpointer      data,
                                    const GError *error);

/* Threads: any. */
ATHR_AVAILABLE_IN_1_0
AthrSubmission *athr_submission_new        (AthrExecutor       *executor,
                                            AthrSubmissionFunc  func,
                                            gpointer            data);
/* Threads: any, also in the function, but not while the submission is queued. */
ATHR_AVAILABLE_IN_1_0
void            athr_submission_free       (AthrSubmission     *self);
/* Threads: any. FALSE when the executor takes no work, for example because it is closed: then
 * nothing has happened. */
ATHR_AVAILABLE_IN_1_0
gboolean        athr_submission_push       (AthrSubmission     *self,
                                            GError            **error);
/* Threads: any. TRUE when the submission was queued, or was not pushed: its function is not
 * called. */
ATHR_AVAILABLE_IN_1_0
gboolean        athr_submission_withdraw   (AthrSubmission     *self);
/* Any thread calls these two around a wait for the function; see athr_pool_block_begin(). FALSE
 * when the thread would wait for itself: then the thread calls only the first. */
ATHR_AVAILABLE_IN_1_0
gboolean        athr_submission_wait_begin (AthrSubmission     *self);
ATHR_AVAILABLE_IN_1_0
void            athr_submission_wait_end   (void);

G_END_DECLS
