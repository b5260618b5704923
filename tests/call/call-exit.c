/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"
#include "pool/thread-failure-test.h"

/* Calls when the program exits, when the executor is dropped, and when no thread can be
 * created. */

static void
never_return (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  AthrErrand *self = user_data;
  AthrGate never;

  athr_errand_begin (self);
  athr_gate_open (&self->gate);
  athr_call_report_progress (call, 0.5, "working");
  athr_gate_init (&never);
  athr_gate_pass (&never);
}

static void
run_another (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_call_run (user_data, NULL, NULL, error);
}

static void
exit_now (void)
{
  static AthrErrand errands[2];
  AthrExecutor *executor = athr_executor_new ("test", 2);
  AthrCall *running, *blocked, *queued, *done;

  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    athr_errand_init (&errands[i]);

  /* One call is over, and was not notified or answered. */
  done = athr_errand_new_call (&errands[1], athr_errand_run, executor);
  athr_call_run_async (done, NULL, athr_test_keep_result, NULL);
  athr_test_settle (executor);

  /* One call runs, one call waits for the first, and ten calls with a deadline are queued. */
  running = athr_errand_new_call (&errands[0], never_return, executor);
  blocked = athr_call_new (run_another, running, NULL);
  athr_call_set_executor (blocked, executor);
  athr_call_start (running);
  athr_gate_pass (&errands[0].gate);
  athr_call_start (blocked);
  for (guint i = 0; i < 10; i++)
    {
      queued = athr_errand_new_call (&errands[1], never_return, executor);
      athr_call_set_timeout (queued, 60000);
      athr_call_start (queued);
      g_object_unref (queued);
    }

  exit (0);
}

static void
test_exit (void)
{
  g_test_summary ("The process exits while calls run, wait, are queued, and are not answered "
                  "yet");

  if (g_test_subprocess ())
    exit_now ();

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

static void
test_executor_is_dropped (void)
{
  AthrExecutor *executor = athr_executor_new ("test", 2);
  AthrErrand errands[8];
  guint n_finished = 0;

  g_test_summary ("An executor whose last references are those of its queued calls runs them "
                  "all");

  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    {
      g_autoptr (AthrCall) call = NULL;

      athr_errand_init (&errands[i]);
      call = athr_errand_new_call (&errands[i], athr_errand_wait, executor);
      g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &n_finished);
      athr_call_start (call);
    }
  g_object_add_weak_pointer (G_OBJECT (executor), (gpointer *) &executor);
  g_object_unref (executor);
  g_assert_nonnull (executor);
  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    athr_gate_open (&errands[i].gate);

  athr_test_iterate_until (NULL, executor == NULL);
  g_assert_cmpuint (n_finished, ==, G_N_ELEMENTS (errands));
  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    {
      g_assert_cmpint (errands[i].n_destroyed, ==, 1);
      athr_errand_clear (&errands[i]);
    }
}

static AthrExecutor *self_dropped; /* atomic */

static void
drop_executor (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  g_object_unref (self->data);
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
test_function_drops_executor (void)
{
  AthrErrand errand;
  AthrCall *call;
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("A function drops the executor that runs it, and the call drops the last "
                  "reference later: no thread joins itself");

  athr_errand_init (&errand);
  self_dropped = errand.data = athr_executor_new ("test", 1);
  g_object_add_weak_pointer (G_OBJECT (self_dropped), (gpointer *) &self_dropped);
  call = athr_errand_new_call (&errand, drop_executor, errand.data);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  g_object_unref (call);
  athr_gate_open (&errand.gate);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_int (&answer, 42);
  athr_test_iterate_until (NULL, self_dropped == NULL);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);
}

/* GLib aborts if it cannot create its own worker thread, so a first call makes GLib create it. */
static void
warm_up_glib (void)
{
  g_auto (AthrAnswer) answer = { 0, };
  g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
}

static void
test_no_threads (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (AthrCall) later = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  g_autoptr (GError) error = NULL;
  AthrErrand errand;

  g_test_summary ("When no thread can be created, a call fails with the error of GThread, from "
                  "the main loop; when threads can be created again, the next call runs");

  warm_up_glib ();
  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_test_set_threads_fail (TRUE);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  g_assert_cmpuint (answer.n_times, ==, 0);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_cmpint (errand.n_runs, ==, 0);

  athr_test_set_threads_fail (FALSE);
  later = athr_errand_new_call (&errand, athr_errand_run, executor);
  g_assert_true (athr_call_run (later, NULL, NULL, &error));
  g_assert_no_error (error);
  athr_test_finish (executor);
  g_assert_cmpint (errand.n_destroyed, ==, 2);
  athr_errand_clear (&errand);
}

static void
test_no_threads_blocking (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GError) error = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_test_set_threads_fail (TRUE);
  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  athr_test_set_threads_fail (FALSE);
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);
}

static void
test_no_thread_for_deadlines (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  static const char *const properties[] = { "timeout", "run-timeout" };
  g_autoptr (AthrCall) warm = NULL;
  AthrErrand errand;

  g_test_summary ("A call with a time-out fails when the thread for deadlines cannot be "
                  "created, and its function does not run");

  athr_errand_init (&errand);
  warm = athr_errand_new_call (&errand, athr_errand_run, executor);
  g_assert_true (athr_call_run (warm, NULL, NULL, NULL));
  athr_test_finish (executor);

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr (AthrCall) call = athr_errand_new_call (&errand, athr_errand_run, executor);
      g_autoptr (GError) error = NULL;

      g_object_set (call, properties[i], 60000, NULL);
      athr_test_set_threads_fail (TRUE);
      g_assert_false (athr_call_run (call, NULL, NULL, &error));
      athr_test_set_threads_fail (FALSE);
      g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
      g_assert_cmpint (errand.n_destroyed, ==, i + 2);
      g_assert_cmpint (errand.n_runs, ==, 1);
    }
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  /* This test comes first, before the thread for deadlines exists. */
  g_test_add_func ("/athr/hazards/10-self-unref/no-threads/deadlines", test_no_thread_for_deadlines);
  g_test_add_func ("/athr/hazards/10-self-unref/no-threads/run-async", test_no_threads);
  g_test_add_func ("/athr/hazards/10-self-unref/no-threads/run", test_no_threads_blocking);
  g_test_add_func ("/athr/call/executor/dropped", test_executor_is_dropped);
  g_test_add_func ("/athr/hazards/10-self-unref/call", test_function_drops_executor);
  g_test_add_func ("/athr/hazards/11-exit/call", test_exit);

  return g_test_run ();
}
