/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Runs a number of round trips and nothing else, for callgrind: budget.py runs the program for two
 * numbers, and takes the difference. */

#include <stdlib.h>

#include <athreading/athreading.h>

typedef struct _Run Run;

struct _Run
{
  void (*start) (Run *run);
  guint n_to_start;
  guint n_to_end;
};

static void
run_ended (Run *run)
{
  run->n_to_end--;
  if (run->n_to_start > 0)
    {
      run->n_to_start--;
      run->start (run);
    }
}

static void
call_work (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  athr_call_return (call, G_TYPE_INT, 1);
}

static void
call_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, &value, NULL) ||
      g_value_get_int (&value) != 1)
    g_error ("A call failed or has a wrong result");
  run_ended (user_data);
}

static void
call_start (Run *run)
{
  g_autoptr (AthrCall) call = athr_call_new (call_work, NULL, NULL);

  athr_call_run_async (call, NULL, call_done, run);
}

static void
task_work (GTask        *task,
           gpointer      source_object,
           gpointer      task_data,
           GCancellable *cancellable)
{
  g_task_return_int (task, 1);
}

static void
task_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  if (g_task_propagate_int (G_TASK (result), NULL) != 1)
    g_error ("A task failed or has a wrong result");
  run_ended (user_data);
}

static void
run_task_start (Run *run)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, run);

  athr_executor_run_task (athr_executor_get_default (), task, task_work);
}

static void
gtask_start (Run *run)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, run);

  g_task_run_in_thread (task, task_work);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *name;
    void (*start) (Run *run);
  } ways[] = {
    { "call", call_start },
    { "run-task", run_task_start },
    { "gtask", gtask_start },
  };
  Run run = { NULL };
  guint n_in_flight;

  if (argc == 4)
    for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
      if (g_str_equal (argv[1], ways[i].name))
        run.start = ways[i].start;
  if (run.start == NULL)
    {
      g_printerr ("Usage: %s call|run-task|gtask IN-FLIGHT ROUNDS\n", argv[0]);
      return 2;
    }

  n_in_flight = atoi (argv[2]);
  run.n_to_start = run.n_to_end = atoi (argv[3]);
  for (guint i = 0; i < n_in_flight; i++)
    {
      run.n_to_start--;
      run.start (&run);
    }
  while (run.n_to_end > 0)
    g_main_context_iteration (NULL, TRUE);

  return 0;
}
