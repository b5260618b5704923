/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-close-test.h"

/* The last reference is dropped. */

static void
test_drains (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("The last reference, dropped without a close, drains");

  start_six (fixture);
  g_assert_finalize_object (g_steal_pointer (&fixture->executor));
  athr_gate_open (&fixture->gate);
  errands_await_values (fixture->errands, 6);
  await_left (fixture);
}

static void
test_idle (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("Threads that have nothing to do leave when the last reference is dropped");

  athr_gate_open (&fixture->gate);
  errands_start (fixture->errands, 6, fixture->executor);
  errands_await_values (fixture->errands, 6);
  g_assert_finalize_object (g_steal_pointer (&fixture->executor));
  await_left (fixture);
}

static void
test_closing (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  gpointer weak = fixture->executor;

  g_test_summary ("A close under way keeps the executor, which is what its callback is given");

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
    errand_await (&fixture->errands[i]);
  for (guint i = 2; i < 6; i++)
    g_clear_error (&fixture->errands[i].error);
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

  g_test_summary ("A job drops the last reference: it does not wait for itself, and the rest drains");

  g_task_set_task_data (task, &fixture->executor, NULL);
  errands_start (fixture->errands, 1, fixture->executor);
  athr_gate_await (&fixture->gate, 1);
  athr_executor_run_task (fixture->executor, task, drop_executor);
  /* Not g_task_get_completed(), whose bit lies beside those that the worker writes. */
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  g_assert_null (fixture->executor);

  athr_gate_open (&fixture->gate);
  errand_await_value (&fixture->errands[0]);
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
