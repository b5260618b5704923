/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

static _Thread_local gboolean is_within;
static int n_entered; /* atomic */
static int n_left;    /* atomic */

static void
thread_func (void       (*run) (gpointer run_data),
             gpointer     run_data,
             const char  *name,
             gpointer     user_data)
{
  g_assert_true (user_data == &n_entered);
  g_assert_cmpstr (name, ==, "executor");
  is_within = TRUE;
  g_atomic_int_inc (&n_entered);
  run (run_data);
  g_assert_true (is_within);
  g_atomic_int_inc (&n_left);
}

static void
thread_func_without_run (void       (*run) (gpointer run_data),
                         gpointer     run_data,
                         const char  *name,
                         gpointer     user_data)
{
}

static void
return_is_within (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  athr_call_return (call, G_TYPE_BOOLEAN, is_within);
}

static gboolean
is_within_on (AthrExecutor *executor)
{
  g_autoptr (AthrCall) call = athr_call_new (return_is_within, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  athr_call_set_executor (call, executor);
  g_assert_true (athr_call_run (call, NULL, &value, &error));
  g_assert_no_error (error);

  return g_value_get_boolean (&value);
}

static void
test_around (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);

  athr_set_thread_func (thread_func, &n_entered);
  for (guint i = 0; i < 3; i++)
    g_assert_true (is_within_on (executor));
  g_assert_cmpint (g_atomic_int_get (&n_left), ==, 0);

  executor_end (executor);
  g_assert_cmpint (g_atomic_int_get (&n_entered), >=, 1);
  g_assert_cmpint (g_atomic_int_get (&n_left), ==, g_atomic_int_get (&n_entered));
  athr_set_thread_func (NULL, NULL);
}

static void
test_later_threads (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);

  g_test_summary ("Threads that were created before the thread func was set, or after its reset, "
                  "run without");

  g_assert_false (is_within_on (executor));
  athr_set_thread_func (thread_func, &n_entered);
  g_assert_false (is_within_on (executor));
  athr_set_thread_func (NULL, NULL);
  executor_end (executor);

  executor = athr_executor_new ("executor", 1);
  g_assert_false (is_within_on (executor));
  executor_end (executor);
}

static AthrExecutor *waiting, *other;

static void
count_running (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  athr_call_return (call, G_TYPE_UINT, athr_executor_get_n_running (waiting));
}

static void
thread_func_then_wait (void       (*run) (gpointer run_data),
                       gpointer     run_data,
                       const char  *name,
                       gpointer     user_data)
{
  g_autoptr (AthrCall) call = athr_call_new (count_running, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  run (run_data);
  athr_call_set_executor (call, other);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_cmpuint (g_value_get_uint (&value), ==, 0);
}

static void
test_wait_after_work (void)
{
  waiting = athr_executor_new ("waiting", 2);

  g_test_summary ("A thread func may wait after the work: the executor does not count that wait");

  other = athr_executor_new ("other", 1);
  g_assert_false (is_within_on (other));
  athr_set_thread_func (thread_func_then_wait, NULL);
  is_within_on (waiting);
  executor_end (waiting);
  athr_set_thread_func (NULL, NULL);
  executor_end (other);
}

typedef struct
{
  void (*run) (gpointer run_data);
  gpointer run_data;
} Run;

static gpointer
run_within (gpointer data)
{
  Run *run = data;

  is_within = TRUE;
  run->run (run->run_data);

  return NULL;
}

static void
thread_func_on_another_thread (void       (*run) (gpointer run_data),
                               gpointer     run_data,
                               const char  *name,
                               gpointer     user_data)
{
  Run data = { run, run_data };

  g_thread_join (g_thread_new (name, run_within, &data));
  g_atomic_int_inc (&n_left);
}

static void
test_another_thread (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  int n_left_before = g_atomic_int_get (&n_left);

  g_test_summary ("A thread func may run the work on a thread of its own: closing the executor "
                  "waits until the thread func has returned");

  athr_set_thread_func (thread_func_on_another_thread, NULL);
  g_assert_true (is_within_on (executor));
  executor_end (executor);
  g_assert_cmpint (g_atomic_int_get (&n_left), >, n_left_before);
  athr_set_thread_func (NULL, NULL);
}

static void
test_run_not_called (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("executor", 1);

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      g_log_set_fatal_mask (G_LOG_DOMAIN, G_LOG_FATAL_MASK);
      athr_set_thread_func (thread_func_without_run, NULL);
      g_assert_false (is_within_on (executor));
      return;
    }

  g_test_summary ("With a thread func that does not call run, the work is done, and there is a "
                  "critical");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_set_thread_func()*without calling*");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/executor/thread-func/around", test_around);
  g_test_add_func ("/athr/executor/thread-func/later-threads", test_later_threads);
  g_test_add_func ("/athr/executor/thread-func/wait-after-work", test_wait_after_work);
  g_test_add_func ("/athr/executor/thread-func/another-thread", test_another_thread);
  g_test_add_func ("/athr/executor/thread-func/run-not-called", test_run_not_called);

  return g_test_run ();
}
