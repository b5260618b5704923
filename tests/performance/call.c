/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Compares round trips of AthrCall and of g_task_run_in_thread(): a worker runs an empty function,
 * and the main loop calls the callback. Both ways take turns within one run, so that other load on
 * the machine affects both alike. The ratio counts. */

#include "bench.h"

typedef struct
{
  const char *name;
  void (*start) (gpointer ring);
} Way;

typedef struct
{
  const Way *way;
  guint n_to_start;
  guint n_to_end;
} Ring;

static void
call_work (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  athr_call_return (call, G_TYPE_INT, 1);
}

static void
ended (Ring *ring)
{
  ring->n_to_end--;
  if (ring->n_to_start > 0)
    {
      ring->n_to_start--;
      ring->way->start (ring);
    }
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
  ended (user_data);
}

static void
call_start (gpointer ring)
{
  g_autoptr (AthrCall) call = athr_call_new (call_work, NULL, NULL);

  athr_call_run_async (call, NULL, call_done, ring);
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
  ended (user_data);
}

static void
task_start (gpointer ring)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, ring);

  g_task_run_in_thread (task, task_work);
}

/* Microseconds per round trip */
static double
measure (const Way *way,
         guint      n_in_flight,
         guint      n_rounds)
{
  Ring ring = { way, n_rounds, n_rounds };
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < n_in_flight; i++)
    {
      ring.n_to_start--;
      way->start (&ring);
    }
  while (ring.n_to_end > 0)
    g_main_context_iteration (NULL, TRUE);

  return (double) (g_get_monotonic_time () - begin) / n_rounds;
}

int
main (void)
{
  static const Way call_way = { "AthrCall", call_start };
  static const Way task_way = { "GTask", task_start };
  static const struct
  {
    guint n_in_flight;
    guint n_rounds;
  } cases[] = { { 1, 5000 }, { 64, 50000 }, { 10000, 50000 } };
  enum { REPEATS = 9 };

  g_print ("Round trips: microseconds for each, the median of %d turns\n", REPEATS);
  g_print ("%10s %10s %10s %8s\n", "in flight", call_way.name, task_way.name, "ratio");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double calls[REPEATS], tasks[REPEATS];
      double call, task;

      measure (&call_way, cases[i].n_in_flight, cases[i].n_rounds / 5);
      measure (&task_way, cases[i].n_in_flight, cases[i].n_rounds / 5);
      for (guint j = 0; j < REPEATS; j++)
        {
          calls[j] = measure (&call_way, cases[i].n_in_flight, cases[i].n_rounds);
          tasks[j] = measure (&task_way, cases[i].n_in_flight, cases[i].n_rounds);
        }

      call = bench_median (calls, REPEATS);
      task = bench_median (tasks, REPEATS);
      g_print ("%10u %10.2f %10.2f %7.1fx\n", cases[i].n_in_flight, call, task, task / call);
    }

  return 0;
}
