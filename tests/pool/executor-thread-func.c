/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

static _Thread_local gboolean is_within;
static int n_entered; /* atomic */
static int n_left;    /* atomic */

static void
host (void     (*run) (gpointer run_data),
      gpointer   run_data,
      gpointer   user_data)
{
  g_assert_true (user_data == &n_entered);
  is_within = TRUE;
  g_atomic_int_inc (&n_entered);
  run (run_data);
  g_assert_true (is_within);
  g_atomic_int_inc (&n_left);
}

static void
forget (void     (*run) (gpointer run_data),
        gpointer   run_data,
        gpointer   user_data)
{
}

static void
tell (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  athr_call_return (call, G_TYPE_BOOLEAN, is_within);
}

static gboolean
is_within_on (AthrExecutor *executor)
{
  g_autoptr (AthrCall) call = athr_call_new (tell, NULL, NULL);
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

  athr_set_thread_func (host, &n_entered);
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

  g_test_summary ("Threads that are there already, and those after a reset, do without");

  g_assert_false (is_within_on (executor));
  athr_set_thread_func (host, &n_entered);
  g_assert_false (is_within_on (executor));
  athr_set_thread_func (NULL, NULL);
  executor_end (executor);

  executor = athr_executor_new ("executor", 1);
  g_assert_false (is_within_on (executor));
  executor_end (executor);
}

static AthrExecutor *left, *beside;

static void
count_left (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  athr_call_return (call, G_TYPE_UINT, athr_executor_get_n_running (left));
}

static void
host_then_wait (void     (*run) (gpointer run_data),
                gpointer   run_data,
                gpointer   user_data)
{
  g_autoptr (AthrCall) call = athr_call_new (count_left, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  run (run_data);
  athr_call_set_executor (call, beside);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_cmpuint (g_value_get_uint (&value), ==, 0);
}

static void
test_blocked_behind (void)
{
  left = athr_executor_new ("left", 2);

  g_test_summary ("What the function waits for behind the work is no work of the executor any more");

  beside = athr_executor_new ("beside", 1);
  g_assert_false (is_within_on (beside));
  athr_set_thread_func (host_then_wait, NULL);
  is_within_on (left);
  executor_end (left);
  athr_set_thread_func (NULL, NULL);
  executor_end (beside);
}

static void
test_forgetful (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("executor", 1);

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      g_log_set_fatal_mask (G_LOG_DOMAIN, G_LOG_FATAL_MASK);
      athr_set_thread_func (forget, NULL);
      g_assert_false (is_within_on (executor));
      return;
    }

  g_test_summary ("A function that forgets what the thread is there for strands nothing");

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
  g_test_add_func ("/athr/executor/thread-func/blocked-behind", test_blocked_behind);
  g_test_add_func ("/athr/executor/thread-func/forgetful", test_forgetful);

  return g_test_run ();
}
