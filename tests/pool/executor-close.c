/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-close-test.h"
#include "thread-failure-test.h"

static void
assert_is_closed (Fixture *fixture)
{
  TaskRun run;

  task_run_init (&run, '!');
  task_run_start (&run, fixture->executor);
  task_run_await_error (&run, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_idle (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("The close of an unused executor is answered after athr_executor_close_async() "
                  "has returned");

  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &result);
  g_assert_null (result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);
  assert_is_closed (fixture);
}

static void
test_idle_threads (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  TaskRun run;

  g_test_summary ("The thread that an executor of one keeps leaves when the executor is closed");

  task_run_init (&run, 'a');
  task_run_start (&run, executor);
  task_run_await_value (&run);
  executor_end (executor);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fixture *fixture = user_data;

  /* The last thread has left by now. */
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 0);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (g_atomic_int_get (&fixture->runs[i].n_run), ==, 1);
  assert_closed (fixture, result);
  fixture->is_closed = TRUE;
}

static void
test_drains (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("A closed executor still runs queued work, and completes the close when the "
                  "last thread has left");

  start_six (fixture);
  athr_executor_close_async (fixture->executor, FALSE, NULL, on_closed, fixture);
  assert_is_closed (fixture);
  g_assert_cmpuint (athr_executor_get_n_running (fixture->executor), ==, 2);
  g_assert_cmpuint (athr_executor_get_n_queued (fixture->executor), ==, 4);
  g_assert_false (fixture->is_closed);

  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, fixture->is_closed);
  task_runs_await_values (fixture->runs, 6);
}

static void
test_cancels_queued (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A close with cancel_queued cancels queued work, which never starts; running "
                  "work goes on");

  start_six (fixture);
  athr_executor_close_async (fixture->executor, TRUE, NULL, athr_test_keep_result, &result);
  for (guint i = 2; i < 6; i++)
    task_run_await_error (&fixture->runs[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (result);

  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);
  task_runs_await_values (fixture->runs, 2);
}

static void
test_flags (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GAsyncResult) drained = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The flags say what becomes of queued work");

  start_six (fixture);
  athr_executor_close_with_flags_async (fixture->executor, ATHR_CLOSE_DEFAULT, NULL, athr_test_keep_result,
                                        &drained);
  g_assert_cmpuint (athr_executor_get_n_queued (fixture->executor), ==, 4);
  athr_executor_close_with_flags_async (fixture->executor, ATHR_CLOSE_CANCEL_QUEUED, NULL,
                                        athr_test_keep_result, &cancelled);
  g_assert_cmpuint (athr_executor_get_n_queued (fixture->executor), ==, 0);
  for (guint i = 2; i < 6; i++)
    task_run_await_error (&fixture->runs[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (drained);

  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, drained != NULL && cancelled != NULL);
  g_assert_true (athr_executor_close_with_flags_finish (fixture->executor, drained, &error));
  g_assert_no_error (error);
  g_assert_true (athr_executor_close_with_flags_finish (fixture->executor, cancelled, &error));
  g_assert_no_error (error);
  task_runs_await_values (fixture->runs, 2);
}

static void
test_flags_cancellable (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The cancellable of a close with flags abandons the wait only");

  start_six (fixture);
  g_cancellable_cancel (cancellable);
  athr_executor_close_with_flags_async (fixture->executor, ATHR_CLOSE_DEFAULT, cancellable,
                                        athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_false (athr_executor_close_with_flags_finish (fixture->executor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_is_closed (fixture);
  athr_gate_open (&fixture->gate);
  task_runs_await_values (fixture->runs, 6);
}

static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
  GAsyncResult *results[3] = { NULL };

  g_test_summary ("A second close may cancel the queued work of a draining executor; a third may "
                  "follow the end");

  start_six (fixture);
  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &results[0]);
  athr_executor_close_async (fixture->executor, TRUE, NULL, athr_test_keep_result, &results[1]);
  for (guint i = 2; i < 6; i++)
    task_run_await_error (&fixture->runs[i], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (results[0]);
  g_assert_null (results[1]);

  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, results[0] != NULL && results[1] != NULL);
  task_runs_await_values (fixture->runs, 2);
  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &results[2]);
  g_assert_null (results[2]);
  athr_test_iterate_until (NULL, results[2] != NULL);
  for (guint i = 0; i < 3; i++)
    {
      assert_closed (fixture, results[i]);
      g_object_unref (results[i]);
    }
}

static void
assert_abandoned (Fixture      *fixture,
                  GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_executor_close_finish (fixture->executor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancellable (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) abandoned = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("The cancellable of a close cancels only its own wait; the executor closes all "
                  "the same");

  start_six (fixture);
  athr_executor_close_async (fixture->executor, FALSE, cancellable, athr_test_keep_result, &abandoned);
  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_elsewhere (athr_test_cancel, cancellable);
  g_assert_null (abandoned);
  athr_test_iterate_until (NULL, abandoned != NULL);
  assert_abandoned (fixture, abandoned);
  g_assert_null (result);
  assert_is_closed (fixture);

  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);
  task_runs_await_values (fixture->runs, 6);
}

static void
test_cancellable_before (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) abandoned = NULL;

  g_test_summary ("With a cancelled cancellable, the wait is cancelled, and the executor closes "
                  "all the same");

  start_six (fixture);
  g_cancellable_cancel (cancellable);
  athr_executor_close_async (fixture->executor, FALSE, cancellable, athr_test_keep_result, &abandoned);
  g_assert_null (abandoned);
  athr_test_iterate_until (NULL, abandoned != NULL);
  assert_abandoned (fixture, abandoned);
  assert_is_closed (fixture);

  athr_gate_open (&fixture->gate);
  task_runs_await_values (fixture->runs, 6);
}

static void
test_cancellable_after (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A close that has succeeded stays so when it is cancelled before its answer");

  athr_executor_close_async (fixture->executor, FALSE, cancellable, athr_test_keep_result, &result);
  await_left (fixture);
  g_cancellable_cancel (cancellable);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);
}

static void
test_default (void)
{
  AthrExecutor *executor = athr_executor_get_default ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  TaskRun run;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*default executor cannot be closed*");
  athr_executor_close_async (executor, TRUE, NULL, athr_test_keep_result, &result);
  g_test_assert_expected_messages ();
  g_assert_null (result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_false (athr_executor_close_finish (executor, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);

  task_run_init (&run, 'a');
  task_run_start (&run, executor);
  task_run_await_value (&run);
}

static void
test_finish_foreign (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GTask) other = g_task_new (fixture->executor, NULL, NULL, NULL);
  g_autoptr (GTask) foreign = g_task_new (NULL, NULL, NULL, NULL);

  g_test_summary ("athr_executor_close_finish() refuses results of another operation and of "
                  "another object");

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*g_async_result_is_tagged*");
  g_assert_false (athr_executor_close_finish (fixture->executor, G_ASYNC_RESULT (other), NULL));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*g_task_is_valid*");
  g_assert_false (athr_executor_close_finish (fixture->executor, G_ASYNC_RESULT (foreign), NULL));
  g_test_assert_expected_messages ();
}

static void
test_context (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A close is answered on the thread-default context of the caller");

  g_main_context_push_thread_default (context);
  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &result);
  g_main_context_pop_thread_default (context);
  athr_test_drain (NULL);
  g_assert_null (result);

  athr_test_drain (context);
  g_assert_nonnull (result);
}

static void
close_from_job (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  gpointer *data = task_data;

  athr_executor_close_async (data[0], FALSE, NULL, athr_test_keep_result, data[1]);
  g_task_return_boolean (task, TRUE);
}

static void
test_from_job (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  gpointer task_data[] = { fixture->executor, &result };

  g_test_summary ("A job may close its own executor; the close is answered when the thread of "
                  "the job has left");

  g_task_set_task_data (task, task_data, NULL);
  athr_executor_run_task (fixture->executor, task, close_from_job);
  athr_test_iterate_until (NULL, result != NULL);
  assert_closed (fixture, result);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 0);
}

static void
test_fewer_threads (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A close completes, and the queued work runs, when fewer threads could be "
                  "created");

  task_runs_start (fixture->runs, 1, fixture->executor);
  athr_gate_await (&fixture->gate, 1);
  athr_test_set_threads_fail (TRUE);
  task_runs_start (&fixture->runs[1], 5, fixture->executor);
  athr_executor_close_async (fixture->executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_gate_open (&fixture->gate);
  athr_test_iterate_until (NULL, result != NULL);
  athr_test_set_threads_fail (FALSE);
  task_runs_await_values (fixture->runs, 6);
}

static void
test_no_thread (Fixture       *fixture,
                gconstpointer  data)
{
  athr_test_set_threads_fail (TRUE);
  task_runs_start (fixture->runs, 1, fixture->executor);
  executor_close (fixture->executor);
  athr_test_set_threads_fail (FALSE);
  task_run_await_error (&fixture->runs[0], G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_test ("close/idle", test_idle);
  g_test_add_func ("/athr/executor/close/idle-threads", test_idle_threads);
  add_test ("close/drains", test_drains);
  add_test ("close/cancels-queued", test_cancels_queued);
  add_test ("close/flags", test_flags);
  add_test ("close/flags/cancellable", test_flags_cancellable);
  add_test ("close/twice", test_twice);
  add_test ("close/cancellable", test_cancellable);
  add_test ("close/cancellable/before", test_cancellable_before);
  add_test ("close/cancellable/after", test_cancellable_after);
  g_test_add_func ("/athr/executor/close/default", test_default);
  add_test ("close/finish-foreign", test_finish_foreign);
  add_test ("close/context", test_context);
  add_test ("close/from-job", test_from_job);
  add_test ("close/fewer-threads", test_fewer_threads);
  add_test ("close/no-thread", test_no_thread);

  return g_test_run ();
}
