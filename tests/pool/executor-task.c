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
  TaskRun run;

  g_test_summary ("The function runs on a worker, and the result arrives on the owner's thread");

  task_run_init (&run, 'a');
  task = task_run_new_task (&run, source, cancellable);
  athr_executor_run_task (executor, task, task_run_func);
  g_clear_object (&task);
  g_assert_cmpuint (run.n_answered, ==, 0);

  task_run_await_value (&run);
  g_assert_true (run.ran_on != g_thread_self ());
  executor_end (executor);
}

static void
test_answered_early (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  AthrGate end;
  TaskRun run;

  g_test_summary ("The task completes when its function calls g_task_return_int(); the owner's "
                  "thread frees the task");

  athr_gate_init (&end);
  task_run_init (&run, 'a');
  run.end = &end;
  task_run_start (&run, executor);
  athr_gate_await (&end, 1);
  athr_test_iterate_until (NULL, run.n_answered > 0);
  athr_test_drain (NULL);
  g_assert_null (g_atomic_pointer_get (&run.freed_on));

  athr_gate_open (&end);
  task_run_await_value (&run);
  executor_end (executor);
  athr_gate_clear (&end);
}

typedef struct
{
  AthrExecutor *executor;
  TaskRun run;
} Elsewhere;

static gpointer
run_elsewhere (gpointer data)
{
  Elsewhere *self = data;
  GMainContext *context = g_main_context_new ();
  AthrGate end;

  athr_gate_init (&end);
  self->run.end = &end;
  g_main_context_push_thread_default (context);
  task_run_start (&self->run, self->executor);
  athr_test_iterate_until (context, self->run.n_answered > 0);
  g_assert_null (g_atomic_pointer_get (&self->run.freed_on));
  athr_gate_open (&end);
  athr_test_iterate_until (context, g_atomic_pointer_get (&self->run.freed_on) != NULL);
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

  g_test_summary ("The task is answered and freed on the thread that iterates its context");

  task_run_init (&elsewhere.run, 'a');
  thread = athr_test_elsewhere (run_elsewhere, &elsewhere);

  g_assert_true (elsewhere.run.answered_on == thread);
  g_assert_true (elsewhere.run.freed_on == thread);
  executor_end (executor);
}

static void
test_order (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  TaskRun runs[26];

  g_test_summary ("The results of an executor of one arrive in the order in which its thread "
                  "returned them");

  task_runs_init (runs, 26, NULL, log);
  task_runs_start (runs, 26, executor);
  task_runs_await_values (runs, 26);

  g_assert_cmpstr (log->str, ==, "abcdefghijklmnopqrstuvwxyz");
  executor_end (executor);
}

static void
append_name (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  TaskRun *self = g_object_get_data (task_data, "run");

  g_string_append_c (self->log, self->name);
  self->log = NULL;
  task_run_func (task, source, task_data, cancellable);
}

static void
test_priority (void)
{
  static const int priorities[] = { 200, 0, -100, 0, 200 };
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  TaskRun blocker, runs[G_N_ELEMENTS (priorities)];
  AthrGate gate;

  g_test_summary ("The executor starts tasks by the priority of the task");

  athr_gate_init (&gate);
  task_runs_init (&blocker, 1, &gate, NULL);
  task_run_start (&blocker, executor);
  task_runs_init (runs, G_N_ELEMENTS (runs), NULL, log);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr (GTask) task = task_run_new_task (&runs[i], NULL, NULL);

      g_task_set_priority (task, priorities[i]);
      athr_executor_run_task (executor, task, append_name);
    }
  athr_gate_open (&gate);
  task_runs_await_values (runs, G_N_ELEMENTS (runs));

  g_assert_cmpstr (log->str, ==, "cbdae");
  task_run_await_value (&blocker);
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
  TaskRun run;

  g_test_summary ("The function sees the task's cancellable");

  athr_gate_init (&gate);
  task_run_init (&run, 'a');
  run.gate = &gate;
  task = task_run_new_task (&run, NULL, cancellable);
  athr_executor_run_task (executor, task, task_run_func);
  g_clear_object (&task);
  athr_gate_await (&gate, 1);
  g_cancellable_cancel (cancellable);
  athr_test_drain (NULL);
  g_assert_cmpuint (run.n_answered, ==, 0);

  athr_gate_open (&gate);
  task_run_await (&run);
  g_assert_error (run.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&run.error);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_cancelled_first (void)
{
  static const int priorities[] = { 0, -100, 0, 200, 0 };
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  TaskRun blocker, runs[G_N_ELEMENTS (priorities)];
  AthrGate gate;

  g_test_summary ("A queued task that is cancelled goes to the front, before all priorities, and "
                  "its function is called; so does a task that is cancelled before");

  athr_gate_init (&gate);
  task_runs_init (&blocker, 1, &gate, NULL);
  task_run_start (&blocker, executor);
  athr_gate_await (&gate, 1);
  g_cancellable_cancel (before);
  task_runs_init (runs, G_N_ELEMENTS (runs), NULL, log);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr (GTask) task = task_run_new_task (&runs[i], NULL, i == 3 ? cancellable :
                                                                 i == 4 ? before : NULL);

      g_task_set_priority (task, priorities[i]);
      athr_executor_run_task (executor, task, append_name);
    }
  g_cancellable_cancel (cancellable);
  athr_gate_open (&gate);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    task_run_await (&runs[i]);

  g_assert_cmpstr (log->str, ==, "edbac");
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_assert_cmpint (runs[i].n_run, ==, 1);
      if (i < 3)
        g_assert_no_error (runs[i].error);
      else
        g_assert_error (runs[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&runs[i].error);
    }
  task_run_await_value (&blocker);
  executor_end (executor);
  athr_gate_clear (&gate);
}

static void
test_cancelled_late (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;
  TaskRun run;

  g_test_summary ("The cancellable may be cancelled after the task was freed");

  task_run_init (&run, 'a');
  task = task_run_new_task (&run, NULL, cancellable);
  athr_executor_run_task (executor, task, task_run_func);
  g_clear_object (&task);
  task_run_await_value (&run);
  g_cancellable_cancel (cancellable);
  executor_end (executor);
}

static void
test_growth (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  AthrGate gate;
  TaskRun runs[8];

  g_test_summary ("As many tasks run at once as the executor has threads, also when it grows");

  athr_gate_init (&gate);
  task_runs_init (runs, 8, &gate, NULL);
  task_runs_start (runs, 8, executor);
  athr_gate_await (&gate, 2);
  g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 2);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 6);
  athr_executor_set_max_threads (executor, 5);
  athr_gate_await (&gate, 5);
  g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 5);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 3);

  athr_gate_open (&gate);
  task_runs_await_values (runs, 8);
  executor_end (executor);
  athr_gate_clear (&gate);
}

/* A task whose function runs another task, and iterates a main context until that is over. */
typedef struct
{
  AthrExecutor *executor;
  guint depth;
  GAsyncResult *result;
} Recursion;

static void
run_recursively (GTask        *task,
                 gpointer      source,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  Recursion *self = task_data;
  Recursion inner = { self->executor, self->depth - 1, NULL };
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GTask) inner_task = NULL;

  if (self->depth == 0)
    {
      g_task_return_int (task, 0);
      return;
    }

  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  inner_task = g_task_new (NULL, NULL, athr_test_keep_result, &inner.result);
  g_task_set_task_data (inner_task, &inner, NULL);
  athr_executor_run_task (self->executor, inner_task, run_recursively);
  athr_test_iterate_until (context, inner.result != NULL);
  g_task_return_int (task, 1 + g_task_propagate_int (G_TASK (inner.result), NULL));
  g_object_unref (inner.result);
  g_main_context_pop_thread_default (context);
}

static void
test_recursion (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 9);
  Recursion recursion = { executor, 8, NULL };
  g_autoptr (GTask) task = g_task_new (NULL, NULL, athr_test_keep_result, &recursion.result);

  g_test_summary ("The function of a task runs a task and waits for its answer, and so on, up to "
                  "the number of threads");

  g_task_set_task_data (task, &recursion, NULL);
  athr_executor_run_task (executor, task, run_recursively);
  athr_test_iterate_until (NULL, recursion.result != NULL);
  g_assert_cmpint (g_task_propagate_int (G_TASK (recursion.result), NULL), ==, 8);
  g_object_unref (recursion.result);
  executor_end (executor);
}

static void
run_next (GTask        *task,
          gpointer      source,
          gpointer      task_data,
          GCancellable *cancellable)
{
  Recursion *self = task_data;
  g_autoptr (GTask) next = NULL;

  if (self->depth-- > 0)
    {
      next = g_task_new (NULL, NULL, NULL, NULL);
      g_task_set_task_data (next, self, NULL);
      athr_executor_run_task (self->executor, next, run_next);
    }
  else
    {
      g_atomic_pointer_set ((gpointer *) &self->result, self);
    }
  g_task_return_boolean (task, TRUE);
}

static void
test_chain (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 1);
  Recursion recursion = { executor, 1000, NULL };
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_test_summary ("The function of a task queues the next task, a thousand times, on one thread");

  g_task_set_task_data (task, &recursion, NULL);
  athr_executor_run_task (executor, task, run_next);
  athr_test_yield_until (g_atomic_pointer_get ((gpointer *) &recursion.result) != NULL);
  executor_end (executor);
  athr_test_drain (NULL);
}

static void
test_return_on_cancel (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = NULL;
  TaskRun run;

  task_run_init (&run, 'a');
  task = task_run_new_task (&run, NULL, cancellable);
  g_task_set_return_on_cancel (task, TRUE);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*returns on cancel*");
  athr_executor_run_task (executor, task, task_run_func);
  g_test_assert_expected_messages ();
  g_clear_object (&task);
  g_assert_cmpuint (run.n_answered, ==, 0);

  task_run_await_error (&run, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  executor_end (executor);
}

static void
test_closed (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun run;

  executor_close (executor);
  task_run_init (&run, 'a');
  task_run_start (&run, executor);
  g_assert_cmpuint (run.n_answered, ==, 0);

  task_run_await_error (&run, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_finalize_object (executor);
}

static void
test_no_thread (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun run;

  task_run_init (&run, 'a');
  athr_test_set_threads_fail (TRUE);
  task_run_start (&run, executor);
  athr_test_set_threads_fail (FALSE);
  g_assert_cmpuint (run.n_answered, ==, 0);

  task_run_await_error (&run, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  executor_end (executor);
}

typedef struct
{
  AthrExecutor *executor;
  TaskRun *run;
  GTask *task;
  gboolean is_started;
} Late;

static gboolean
start_late (gpointer data)
{
  Late *self = data;

  athr_executor_run_task (self->executor, self->task, task_run_func);
  g_assert_cmpuint (self->run->n_answered, ==, 0);
  self->is_started = TRUE;

  return G_SOURCE_REMOVE;
}

/* Gives an executor a task that was made in an earlier iteration: for such a task, a
 * g_task_return_ function calls back at once. */
static void
run_late (AthrExecutor *executor,
          TaskRun      *run)
{
  Late late = { executor, run, NULL, FALSE };

  task_run_init (run, 'a');
  late.task = task_run_new_task (run, NULL, NULL);
  athr_test_drain (NULL);
  g_idle_add (start_late, &late);
  athr_test_iterate_until (NULL, late.is_started);
  g_object_unref (late.task);
}

static void
test_closed_late (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun run;

  g_test_summary ("On a closed executor, the callback comes after athr_executor_run_task() has "
                  "returned");

  executor_close (executor);
  run_late (executor, &run);
  task_run_await_error (&run, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_finalize_object (executor);
}

static void
test_no_thread_late (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  TaskRun run;

  g_test_summary ("Without a thread, the callback comes after athr_executor_run_task() has "
                  "returned");

  athr_test_set_threads_fail (TRUE);
  run_late (executor, &run);
  athr_test_set_threads_fail (FALSE);
  task_run_await_error (&run, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  executor_end (executor);
}

static void
test_mistakes (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 2);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_TASK*");
  athr_executor_run_task (executor, NULL, task_run_func);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_TASK*");
  athr_executor_run_task (executor, (GTask *) executor, task_run_func);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*func != NULL*");
  athr_executor_run_task (executor, task, NULL);
  g_test_assert_expected_messages ();

  g_assert_finalize_object (executor);
}

static void
test_stress (void)
{
  AthrExecutor *executor = athr_executor_new ("executor", 4);
  TaskRun *runs = g_new0 (TaskRun, 5000);

  g_test_summary ("Every task is answered and freed on the owner's thread");

  task_runs_init (runs, 5000, NULL, NULL);
  task_runs_start (runs, 5000, executor);
  task_runs_await_values (runs, 5000);

  executor_end (executor);
  g_free (runs);
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
  g_test_add_func ("/athr/executor/run-task/cancelled/first", test_cancelled_first);
  g_test_add_func ("/athr/executor/run-task/cancelled/late", test_cancelled_late);
  g_test_add_func ("/athr/executor/run-task/growth", test_growth);
  g_test_add_func ("/athr/executor/run-task/recursion", test_recursion);
  g_test_add_func ("/athr/executor/run-task/chain", test_chain);
  g_test_add_func ("/athr/executor/run-task/return-on-cancel", test_return_on_cancel);
  g_test_add_func ("/athr/executor/run-task/closed", test_closed);
  g_test_add_func ("/athr/executor/run-task/no-thread", test_no_thread);
  g_test_add_func ("/athr/executor/run-task/closed/late", test_closed_late);
  g_test_add_func ("/athr/executor/run-task/no-thread/late", test_no_thread_late);
  g_test_add_func ("/athr/executor/run-task/mistakes", test_mistakes);
  g_test_add_func ("/athr/executor/run-task/stress", test_stress);

  return g_test_run ();
}
