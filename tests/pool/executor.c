/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

static guint
default_size (void)
{
  return MIN (32, g_get_num_processors () + 4);
}

static void
test_new (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 3);

  g_assert_cmpstr (athr_executor_get_name (executor), ==, "executor");
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 3);
  g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 0);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  g_assert_finalize_object (executor);
}

static void
test_new_no_name (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*name != NULL*");
  g_assert_null (athr_executor_new (NULL, 3));
  g_test_assert_expected_messages ();
}

static void
test_default_size (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 0);

  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, default_size ());
  g_assert_finalize_object (executor);
}

static void
test_default (void)
{
  AthrExecutor *executor = athr_executor_get_default ();
  TaskRun run;

  g_assert_true (ATHR_IS_EXECUTOR (executor));
  g_assert_true (athr_executor_get_default () == executor);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, default_size ());
  g_assert_true (athr_executor_get_pool (NULL) == athr_executor_get_pool (executor));

  task_run_init (&run, 'a');
  task_run_start (&run, executor);
  task_run_await_value (&run);
}

static gpointer
get_default (gpointer gate)
{
  athr_gate_pass (gate);
  return athr_executor_get_default ();
}

static void
test_default_race (void)
{
  GThread *threads[4];
  AthrGate gate;

  g_test_summary ("Threads that ask for the default executor at the same time get the same "
                  "executor");

  /* This runs in its own process, since a process makes the default executor only once. */
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  athr_gate_init (&gate);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("race", get_default, &gate);
  athr_gate_await (&gate, G_N_ELEMENTS (threads));
  athr_gate_open (&gate);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == athr_executor_get_default ());
  athr_gate_clear (&gate);
}

static void
test_properties (void)
{
  AthrExecutor *executor = g_object_new (ATHR_TYPE_EXECUTOR, "name", "by-properties",
                                         "max-threads", 5, NULL);
  g_autofree char *name = NULL;
  guint max_threads, n_running, n_queued;

  g_object_get (executor, "name", &name, "max-threads", &max_threads,
                "n-running", &n_running, "n-queued", &n_queued, NULL);
  g_assert_cmpstr (name, ==, "by-properties");
  g_assert_cmpuint (max_threads, ==, 5);
  g_assert_cmpuint (n_running, ==, 0);
  g_assert_cmpuint (n_queued, ==, 0);

  g_object_set (executor, "max-threads", 7, NULL);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 7);
  g_assert_finalize_object (executor);
}

static void
test_properties_none (void)
{
  AthrExecutor *executor = g_object_new (ATHR_TYPE_EXECUTOR, NULL);
  TaskRun run;

  g_test_summary ("An executor without properties has a name and the default size, and works");

  g_assert_nonnull (athr_executor_get_name (executor));
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, default_size ());
  task_run_init (&run, 'a');
  task_run_start (&run, executor);
  task_run_await_value (&run);
  executor_end (executor);
}

static void
test_counts (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  guint n_running, n_queued;
  TaskRun runs[5];
  AthrGate gate;

  athr_gate_init (&gate);
  task_runs_init (runs, 5, &gate, NULL);
  task_runs_start (runs, 5, executor);
  athr_gate_await (&gate, 2);
  g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 2);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 3);
  g_object_get (executor, "n-running", &n_running, "n-queued", &n_queued, NULL);
  g_assert_cmpuint (n_running, ==, 2);
  g_assert_cmpuint (n_queued, ==, 3);

  athr_gate_open (&gate);
  task_runs_await_values (runs, 5);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_max_threads (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun runs[4];
  AthrGate gate;

  athr_gate_init (&gate);
  task_runs_init (runs, 4, &gate, NULL);
  task_runs_start (runs, 4, executor);
  athr_gate_await (&gate, 2);
  athr_executor_set_max_threads (executor, 4);
  athr_gate_await (&gate, 4);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 4);

  athr_gate_open (&gate);
  task_runs_await_values (runs, 4);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_max_threads_default (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);

  athr_executor_set_max_threads (executor, 0);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, default_size ());
  g_assert_finalize_object (executor);
}

static void
count (guint *n)
{
  (*n)++;
}

static void
test_max_threads_not_notified (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  guint n_notified = 0;

  g_test_summary ("Any thread may set max-threads, so a change is not notified");

  g_signal_connect_swapped (executor, "notify", G_CALLBACK (count), &n_notified);
  g_object_set (executor, "max-threads", 3, NULL);
  athr_executor_set_max_threads (executor, 4);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 4);
  g_assert_cmpuint (n_notified, ==, 0);
  g_assert_finalize_object (executor);
}

static void
test_single_fixed (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);

  athr_executor_set_max_threads (executor, 1);
  for (guint size = 0; size <= 2; size += 2)
    {
      g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*its size is fixed*");
      athr_executor_set_max_threads (executor, size);
      g_test_assert_expected_messages ();
      g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 1);
    }
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*its size is fixed*");
  g_object_set (executor, "max-threads", 4, NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 1);

  g_assert_finalize_object (executor);
}

static void
test_single_was_more (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);

  g_test_summary ("An executor that was set to one thread later can have more threads again");

  athr_executor_set_max_threads (executor, 1);
  athr_executor_set_max_threads (executor, 3);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), ==, 3);
  g_assert_finalize_object (executor);
}

static void
test_several (void)
{
  AthrExecutor *slow = athr_executor_new ("slow", 4);
  AthrExecutor *fast = athr_executor_new ("fast", 1);
  TaskRun blockers[10], run;
  AthrGate gate;

  g_test_summary ("Tasks that block one executor do not hold up another");

  athr_gate_init (&gate);
  task_runs_init (blockers, 10, &gate, NULL);
  task_runs_start (blockers, 10, slow);
  task_run_init (&run, 'a');
  task_run_start (&run, fast);
  task_run_await_value (&run);
  g_assert_cmpuint (blockers[0].n_answered, ==, 0);

  athr_gate_open (&gate);
  task_runs_await_values (blockers, 10);
  executor_end (slow);
  executor_end (fast);
  athr_gate_clear (&gate);
}

/* Calls every function of an executor with @self, which is none. */
static void
call_with (AthrExecutor *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  for (guint i = 0; i < 8; i++)
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_EXECUTOR*");
  g_assert_null (athr_executor_get_name (self));
  g_assert_cmpuint (athr_executor_get_max_threads (self), ==, 0);
  athr_executor_set_max_threads (self, 3);
  g_assert_cmpuint (athr_executor_get_n_running (self), ==, 0);
  g_assert_cmpuint (athr_executor_get_n_queued (self), ==, 0);
  athr_executor_run_task (self, task, task_run_func);
  athr_executor_close_async (self, FALSE, NULL, NULL, NULL);
  g_assert_false (athr_executor_close_finish (self, G_ASYNC_RESULT (task), NULL));
  g_test_assert_expected_messages ();
}

static void
test_null (void)
{
  call_with (NULL);
}

static void
test_foreign (void)
{
  g_autoptr (GCancellable) foreign = g_cancellable_new ();

  call_with ((AthrExecutor *) foreign);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/executor/new", test_new);
  g_test_add_func ("/athr/executor/new/no-name", test_new_no_name);
  g_test_add_func ("/athr/executor/default-size", test_default_size);
  g_test_add_func ("/athr/executor/default", test_default);
  g_test_add_func ("/athr/executor/default/race", test_default_race);
  g_test_add_func ("/athr/executor/properties", test_properties);
  g_test_add_func ("/athr/executor/properties/none", test_properties_none);
  g_test_add_func ("/athr/executor/counts", test_counts);
  g_test_add_func ("/athr/executor/max-threads", test_max_threads);
  g_test_add_func ("/athr/executor/max-threads/default", test_max_threads_default);
  g_test_add_func ("/athr/executor/max-threads/not-notified", test_max_threads_not_notified);
  g_test_add_func ("/athr/executor/single/fixed", test_single_fixed);
  g_test_add_func ("/athr/executor/single/was-more", test_single_was_more);
  g_test_add_func ("/athr/executor/several", test_several);
  g_test_add_func ("/athr/executor/null", test_null);
  g_test_add_func ("/athr/executor/foreign", test_foreign);

  return g_test_run ();
}
