/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-executor.h"
#include "pool/athr-pool-private.h"

G_BEGIN_DECLS

/* The pool of @self, or of the default executor when @self is NULL. */
AthrPool *athr_executor_get_pool      (AthrExecutor   *self);
/* A new error, for work that is given to a closed or a stale pool. */
GError   *athr_executor_new_closed    (AthrPool       *pool);
/* A new error, for work that was queued when the pool was closed. */
GError   *athr_executor_new_cancelled (AthrPool       *pool);

/* The same as athr_pool_set_thread_func(), but exported, for Python's override, which declares
 * the function itself. Without a thread func, each Python function that runs on a worker would
 * make and drop Python's state of the thread. Threads: any. */
ATHR_AVAILABLE_IN_1_0
void      athr_set_thread_func        (AthrThreadFunc  func,
                                       gpointer        user_data);

G_END_DECLS
