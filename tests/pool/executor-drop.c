/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-close-test.h"

/* The last reference to an executor is dropped. */

static void
test_drains (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("An executor that is dropped without a close still runs its queued work");

  start_six (fixture);
  g_assert_finalize_object (g_steal_pointer (&fixture->executor));
  athr_gate_open (&fixture->gate);
  task_runs_await_values (fixture->runs, 6);
  await_left (fixture);
}

static void
test_idle (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("Idle threads leave when the last reference is dropped");

  athr_gate_open (&fixture->gate);
  task_runs_start (fixture->runs, 6, fixture->executor);
  task_runs_await_values (fixture->runs, 6);
  g_assert_finalize_object (g_steal_pointer (&fixture->executor));
  await_left (fixture);
}

static void
test_closing (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  gpointer weak = fixture->executor;

  g_test_summary ("A close under way keeps its executor alive, for the callback");

  start_six (fixture);
  g_object_add_weak_pointer (weak, &weak);
  athr_executor_close_async (fixture->executor, TRUE, NULL, athr_test_keep_result, &result);
  g_object_unref (fixture->executor);
  g_assert_nonnull (weak);
  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);

  g_clear_object (&result);
  for (guint i = 0; i < 6; i++)
    task_run_await (&fixture->runs[i]);
  for (guint i = 2; i < 6; i++)
    g_clear_error (&fixture->runs[i].error);
  g_assert_null (weak);
  fixture->executor = NULL;
}

static void
drop_executor (GTask        *task,
               gpointer      source,
               gpointer      task_data,
               GCancellable *cancellable)
{
  AthrExecutor **executor = task_data;

  g_assert_finalize_object (g_steal_pointer (executor));
  g_task_return_boolean (task, TRUE);
}

static void
test_by_job (Fixture       *fixture,
             gconstpointer  data)
{
  GAsyncResult *result = NULL;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, athr_test_keep_result, &result);

  g_test_summary ("A job may drop the last reference: its thread does not wait for itself, and "
                  "queued work still runs");

  g_task_set_task_data (task, &fixture->executor, NULL);
  task_runs_start (fixture->runs, 1, fixture->executor);
  athr_gate_await (&fixture->gate, 1);
  athr_executor_run_task (fixture->executor, task, drop_executor);
  /* The test does not poll g_task_get_completed(): its bit shares a word with bits that the
   * worker writes, which is a data race. */
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  g_assert_null (fixture->executor);

  athr_gate_open (&fixture->gate);
  task_run_await_value (&fixture->runs[0]);
  await_left (fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_test ("drop/drains", test_drains);
  add_test ("drop/idle", test_idle);
  add_test ("drop/closing", test_closing);
  add_test ("drop/by-job", test_by_job);

  return g_test_run ();
}
