/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"
#include "thread-failure-test.h"

/* athr_executor_run_task() */

static void
test_result (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GObject) source = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GTask) task = NULL;
  Errand errand;

  g_test_summary ("The function runs on a worker, the result arrives at home");

  errand_init (&errand, 'a');
  task = errand_new_task (&errand, source, cancellable);
  athr_executor_run_task (executor, task, errand_run);
  g_clear_object (&task);
  g_assert_cmpuint (errand.n_answered, ==, 0);

  errand_await_value (&errand);
  g_assert_true (errand.ran_on != g_thread_self ());
  executor_end (executor);
}

static void
test_answered_early (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  AthrGate end;
  Errand errand;

  g_test_summary ("It completes when the function returns its result; the last reference ends at home");

  athr_gate_init (&end);
  errand_init (&errand, 'a');
  errand.end = &end;
  errand_start (&errand, executor);
  athr_gate_await (&end, 1);
  athr_test_iterate_until (NULL, errand.n_answered > 0);
  athr_test_drain (NULL);
  g_assert_null (g_atomic_pointer_get (&errand.freed_on));

  athr_gate_open (&end);
  errand_await_value (&errand);
  executor_end (executor);
  athr_gate_clear (&end);
}

typedef struct
{
  AthrExecutor *executor;
  Errand errand;
} Elsewhere;

static gpointer
run_elsewhere (gpointer data)
{
  Elsewhere *self = data;
  GMainContext *context = g_main_context_new ();
  AthrGate end;

  athr_gate_init (&end);
  self->errand.end = &end;
  g_main_context_push_thread_default (context);
  errand_start (&self->errand, self->executor);
  athr_test_iterate_until (context, self->errand.n_answered > 0);
  g_assert_null (g_atomic_pointer_get (&self->errand.freed_on));
  athr_gate_open (&end);
  athr_test_iterate_until (context, g_atomic_pointer_get (&self->errand.freed_on) != NULL);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_gate_clear (&end);

  return g_thread_self ();
}

static void
test_context (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  Elsewhere elsewhere = { executor };
  GThread *thread;

  g_test_summary ("Home is the context of the task");

  errand_init (&elsewhere.errand, 'a');
  thread = athr_test_elsewhere (run_elsewhere, &elsewhere);

  g_assert_true (elsewhere.errand.answered_on == thread);
  g_assert_true (elsewhere.errand.freed_on == thread);
  executor_end (executor);
}

static void
test_order (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  Errand errands[26];

  g_test_summary ("Results of one thread arrive in its order");

  errands_init (errands, 26, NULL, log);
  errands_start (errands, 26, executor);
  errands_await_values (errands, 26);

  g_assert_cmpstr (log->str, ==, "abcdefghijklmnopqrstuvwxyz");
  executor_end (executor);
}

static void
append_name (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  Errand *self = g_object_get_data (task_data, "errand");

  g_string_append_c (self->log, self->name);
  self->log = NULL;
  errand_run (task, source, task_data, cancellable);
}

static void
test_priority (void)
{
  static const int priorities[] = { 200, 0, -100, 0, 200 };
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  Errand blocker, errands[G_N_ELEMENTS (priorities)];
  AthrGate gate;

  g_test_summary ("The task's priority orders it in the queue");

  athr_gate_init (&gate);
  errands_init (&blocker, 1, &gate, NULL);
  errand_start (&blocker, executor);
  errands_init (errands, G_N_ELEMENTS (errands), NULL, log);
  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    {
      g_autoptr (GTask) task = errand_new_task (&errands[i], NULL, NULL);

      g_task_set_priority (task, priorities[i]);
      athr_executor_run_task (executor, task, append_name);
    }
  athr_gate_open (&gate);
  errands_await_values (errands, G_N_ELEMENTS (errands));

  g_assert_cmpstr (log->str, ==, "cbdae");
  errand_await_value (&blocker);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_cancelled (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;
  AthrGate gate;
  Errand errand;

  g_test_summary ("The function sees the task's cancellable");

  athr_gate_init (&gate);
  errand_init (&errand, 'a');
  errand.gate = &gate;
  task = errand_new_task (&errand, NULL, cancellable);
  athr_executor_run_task (executor, task, errand_run);
  g_clear_object (&task);
  athr_gate_await (&gate, 1);
  g_cancellable_cancel (cancellable);
  athr_test_drain (NULL);
  g_assert_cmpuint (errand.n_answered, ==, 0);

  athr_gate_open (&gate);
  errand_await (&errand);
  g_assert_error (errand.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&errand.error);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_return_on_cancel (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;
  Errand errand;

  errand_init (&errand, 'a');
  task = errand_new_task (&errand, NULL, cancellable);
  g_task_set_return_on_cancel (task, TRUE);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*returns on cancel*");
  athr_executor_run_task (executor, task, errand_run);
  g_test_assert_expected_messages ();
  g_clear_object (&task);
  g_assert_cmpuint (errand.n_answered, ==, 0);

  errand_await_error (&errand, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  executor_end (executor);
}

static void
test_closed (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  Errand errand;

  executor_close (executor);
  errand_init (&errand, 'a');
  errand_start (&errand, executor);
  g_assert_cmpuint (errand.n_answered, ==, 0);

  errand_await_error (&errand, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_finalize_object (executor);
}

static void
test_no_thread (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  Errand errand;

  errand_init (&errand, 'a');
  athr_test_set_threads_fail (TRUE);
  errand_start (&errand, executor);
  athr_test_set_threads_fail (FALSE);
  g_assert_cmpuint (errand.n_answered, ==, 0);

  errand_await_error (&errand, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  executor_end (executor);
}

typedef struct
{
  AthrExecutor *executor;
  Errand *errand;
  GTask *task;
  gboolean is_started;
} Late;

static gboolean
start_late (gpointer data)
{
  Late *self = data;

  athr_executor_run_task (self->executor, self->task, errand_run);
  g_assert_cmpuint (self->errand->n_answered, ==, 0);
  self->is_started = TRUE;

  return G_SOURCE_REMOVE;
}

/* Gives an executor a task that was made in an earlier iteration: GTask would call
 * back at once. */
static void
run_late (AthrExecutor *executor,
          Errand       *errand)
{
  Late late = { executor, errand, NULL, FALSE };

  errand_init (errand, 'a');
  late.task = errand_new_task (errand, NULL, NULL);
  athr_test_drain (NULL);
  g_idle_add (start_late, &late);
  athr_test_iterate_until (NULL, late.is_started);
  g_object_unref (late.task);
}

static void
test_closed_late (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  Errand errand;

  g_test_summary ("The callback never comes before athr_executor_run_task() has returned");

  executor_close (executor);
  run_late (executor, &errand);
  errand_await_error (&errand, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_finalize_object (executor);
}

static void
test_no_thread_late (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  Errand errand;

  g_test_summary ("The callback never comes before athr_executor_run_task() has returned");

  athr_test_set_threads_fail (TRUE);
  run_late (executor, &errand);
  athr_test_set_threads_fail (FALSE);
  errand_await_error (&errand, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  executor_end (executor);
}

static void
test_mistakes (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_TASK*");
  athr_executor_run_task (executor, NULL, errand_run);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_TASK*");
  athr_executor_run_task (executor, (GTask *) executor, errand_run);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*func != NULL*");
  athr_executor_run_task (executor, task, NULL);
  g_test_assert_expected_messages ();

  g_assert_finalize_object (executor);
}

static void
test_stress (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 4);
  Errand *errands = g_new0 (Errand, 5000);

  g_test_summary ("Everything of every task ends at home");

  errands_init (errands, 5000, NULL, NULL);
  errands_start (errands, 5000, executor);
  errands_await_values (errands, 5000);

  executor_end (executor);
  g_free (errands);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/executor/run-task/result", test_result);
  g_test_add_func ("/athr/executor/run-task/answered-early", test_answered_early);
  g_test_add_func ("/athr/executor/run-task/context", test_context);
  g_test_add_func ("/athr/executor/run-task/order", test_order);
  g_test_add_func ("/athr/executor/run-task/priority", test_priority);
  g_test_add_func ("/athr/executor/run-task/cancelled", test_cancelled);
  g_test_add_func ("/athr/executor/run-task/return-on-cancel", test_return_on_cancel);
  g_test_add_func ("/athr/executor/run-task/closed", test_closed);
  g_test_add_func ("/athr/executor/run-task/no-thread", test_no_thread);
  g_test_add_func ("/athr/executor/run-task/closed/late", test_closed_late);
  g_test_add_func ("/athr/executor/run-task/no-thread/late", test_no_thread_late);
  g_test_add_func ("/athr/executor/run-task/mistakes", test_mistakes);
  g_test_add_func ("/athr/executor/run-task/stress", test_stress);

  return g_test_run ();
}
