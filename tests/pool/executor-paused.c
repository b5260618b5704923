/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

/* AthrExecutor:paused */

static void
return_42 (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  athr_call_return (call, G_TYPE_INT, 42);
}

static AthrCall *
new_call (AthrExecutor *executor)
{
  AthrCall *call = athr_call_new (return_42, NULL, NULL);

  athr_call_set_executor (call, executor);

  return call;
}

static void
assert_would_block (AthrCall *call)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_task (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  AthrGate gate;
  TaskRun runs[3];

  g_test_summary ("What runs goes on; what has not begun begins when the pause is over");

  g_assert_false (athr_executor_get_paused (executor));
  athr_gate_init (&gate);
  task_runs_init (runs, 3, &gate, NULL);
  task_run_start (&runs[0], executor);
  athr_gate_await (&gate, 1);
  g_object_set (executor, "paused", TRUE, NULL);
  g_assert_true (athr_executor_get_paused (executor));
  task_run_start (&runs[1], executor);
  task_run_start (&runs[2], executor);
  athr_gate_open (&gate);
  task_run_await_value (&runs[0]);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 2);

  athr_executor_set_paused (executor, FALSE);
  task_runs_await_values (&runs[1], 2);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_closed (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun runs[3];

  g_test_summary ("A close ends the pause, and a closed executor cannot be paused");

  athr_executor_set_paused (executor, TRUE);
  task_runs_init (runs, 3, NULL, NULL);
  task_runs_start (runs, 3, executor);
  executor_close (executor);
  task_runs_await_values (runs, 3);
  athr_executor_set_paused (executor, TRUE);
  g_assert_false (athr_executor_get_paused (executor));
  g_assert_finalize_object (executor);
}

static void
test_dropped (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  TaskRun runs[3];

  g_test_summary ("Dropping the last reference ends the pause");

  athr_executor_set_paused (executor, TRUE);
  task_runs_init (runs, 3, NULL, NULL);
  task_runs_start (runs, 3, executor);
  g_assert_finalize_object (executor);
  task_runs_await_values (runs, 3);
}

static void
test_call (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (AthrCall) call = new_call (executor);
  g_autoptr (AthrCall) cancelled = new_call (executor);
  g_autoptr (AthrCall) timed_out = new_call (executor);

  g_test_summary ("A blocking run at home would block, and starts nothing; cancelling and "
                  "time-outs withdraw what is held back");

  athr_executor_set_paused (executor, TRUE);
  assert_would_block (call);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_INITIAL);
  athr_call_start (call);
  assert_would_block (call);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_QUEUED);

  athr_call_start (cancelled);
  athr_call_cancel (cancelled);
  g_assert_cmpint (athr_call_get_state (cancelled), ==, ATHR_CALL_STATE_CANCELLED);
  athr_call_set_timeout (timed_out, 1);
  athr_call_start (timed_out);
  athr_test_yield_until (athr_call_get_state (timed_out) == ATHR_CALL_STATE_FAILED);

  athr_executor_set_paused (executor, FALSE);
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  athr_test_drain (NULL);
  g_clear_object (&cancelled);
  g_clear_object (&timed_out);
  g_clear_object (&call);
  executor_end (executor);
}

static gpointer
run_elsewhere (gpointer data)
{
  g_assert_true (athr_call_run (data, NULL, NULL, NULL));
  return NULL;
}

static void
test_call_elsewhere (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (AthrCall) call = new_call (executor);
  GThread *thread;

  g_test_summary ("On another thread a blocking run waits for the end of the pause");

  athr_executor_set_paused (executor, TRUE);
  athr_call_start (call);
  thread = g_thread_new ("elsewhere", run_elsewhere, call);
  athr_executor_set_paused (executor, FALSE);
  g_thread_join (thread);
  athr_test_drain (NULL);
  g_clear_object (&call);
  executor_end (executor);
}

static void
count_step (AthrYielder  *yielder,
            gpointer      n_steps,
            GError      **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, g_atomic_int_add ((int *) n_steps, 1));
}

static void
take (AthrStream *stream,
      int         expected)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next (stream, NULL, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (&value), ==, expected);
}

static void
test_steps (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (AthrStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  int n_steps = 0;

  g_test_summary ("No step runs during a pause; a blocking next gives what is buffered, and then "
                  "would block");

  stream = athr_stream_new_steps (count_step, &n_steps, NULL);
  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 2);
  athr_executor_set_paused (executor, TRUE);
  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_INITIAL);

  athr_executor_set_paused (executor, FALSE);
  athr_stream_start (stream);
  athr_test_yield_until (g_atomic_int_get (&n_steps) == 2 &&
                         athr_executor_get_n_running (executor) == 0);
  athr_executor_set_paused (executor, TRUE);
  take (stream, 0);
  take (stream, 1);
  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpint (g_atomic_int_get (&n_steps), ==, 2);

  athr_executor_set_paused (executor, FALSE);
  take (stream, 2);
  g_clear_object (&stream);
  executor_end (executor);
  athr_test_drain (NULL);
}

static void
test_clean_up (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_data ("a\nb\nc\n", 6, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (AthrStream) stream = NULL;

  g_test_summary ("A stream of a file that is closed during a pause closes the file");

  stream = athr_stream_new_for_lines (input);
  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 1);
  athr_stream_start (stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) > 0);
  athr_executor_set_paused (executor, TRUE);
  g_assert_false (g_input_stream_is_closed (input));
  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (g_input_stream_is_closed (input));

  g_clear_object (&result);
  g_clear_object (&stream);
  executor_end (executor);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/executor/paused/task", test_task);
  g_test_add_func ("/athr/executor/paused/closed", test_closed);
  g_test_add_func ("/athr/executor/paused/dropped", test_dropped);
  g_test_add_func ("/athr/executor/paused/call", test_call);
  g_test_add_func ("/athr/executor/paused/call/elsewhere", test_call_elsewhere);
  g_test_add_func ("/athr/executor/paused/steps", test_steps);
  g_test_add_func ("/athr/executor/paused/clean-up", test_clean_up);

  return g_test_run ();
}
