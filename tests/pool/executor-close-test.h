/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "executor-test.h"

/* Helpers for tests of the end of an executor. */

typedef struct
{
  AthrExecutor *executor; /* of two threads */
  AthrPool *pool;         /* of the executor */
  AthrGate gate;
  TaskRun runs[6];      /* two of them run, and wait at the gate */
  gboolean is_closed;
} Fixture;

static inline void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->executor = athr_executor_new ("executor", 2);
  fixture->pool = athr_pool_ref (athr_executor_get_pool (fixture->executor));
  athr_gate_init (&fixture->gate);
  task_runs_init (fixture->runs, 6, &fixture->gate, NULL);
}

static inline void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->executor != NULL)
    executor_end (fixture->executor);
  athr_pool_unref (fixture->pool);
  athr_gate_clear (&fixture->gate);
}

/* Starts six tasks: two run, and four are queued. */
static inline void
start_six (Fixture *fixture)
{
  task_runs_start (fixture->runs, 6, fixture->executor);
  athr_gate_await (&fixture->gate, 2);
}

static inline void
await_left (Fixture *fixture)
{
  athr_test_yield_until (athr_pool_get_n_threads (fixture->pool) == 0);
}

static inline void
assert_closed (Fixture      *fixture,
               GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_executor_close_finish (fixture->executor, result, &error));
  g_assert_no_error (error);
}

#define add_test(path, func) \
  g_test_add ("/athr/executor/" path, Fixture, NULL, set_up, func, tear_down)
