/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "calls.h"

#include <time.h>

/* The crowd */

static gint64
thread_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);

  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
crowd_work (const Crowd *crowd)
{
  if (crowd->work > 0)
    {
      gint64 end = thread_time () + crowd->work;

      while (thread_time () < end)
        ;
    }
  if (crowd->sleep > 0)
    g_usleep (crowd->sleep);
}

void
crowd_ended (Crowd *crowd)
{
  crowd->n_to_end--;
  if (crowd->n_to_start > 0)
    {
      crowd->n_to_start--;
      crowd->start (crowd);
    }
}

void
crowd_run (Crowd *crowd,
           guint  n_in_flight,
           guint  n)
{
  crowd->n_to_start = crowd->n_to_end = n;
  /* A fiber of libdex may end inside start(), which starts the next one. */
  for (guint i = MIN (n_in_flight, n); i > 0 && crowd->n_to_start > 0; i--)
    {
      crowd->n_to_start--;
      crowd->start (crowd);
    }
  while (crowd->n_to_end > 0)
    g_main_context_iteration (crowd->context, TRUE);
}

/* AthrCall */

static void
call_work (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  crowd_work (user_data);
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
  crowd_ended (user_data);
}

void
call_start (Crowd *crowd)
{
  g_autoptr (AthrCall) call = athr_call_new (call_work, crowd, NULL);

  if (crowd->executor != NULL)
    athr_call_set_executor (call, crowd->executor);
  athr_call_run_async (call, NULL, call_done, crowd);
}

/* GTask, in its own threads and in those of an executor */

static void
task_work (GTask        *task,
           gpointer      source_object,
           gpointer      task_data,
           GCancellable *cancellable)
{
  crowd_work (task_data);
  g_task_return_int (task, 1);
}

static void
task_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  if (g_task_propagate_int (G_TASK (result), NULL) != 1)
    g_error ("A task failed or has a wrong result");
  crowd_ended (user_data);
}

void
task_start (Crowd *crowd)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, crowd);

  g_task_set_task_data (task, crowd, NULL);
  g_task_run_in_thread (task, task_work);
}

void
run_task_start (Crowd *crowd)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done, crowd);

  g_task_set_task_data (task, crowd, NULL);
  athr_executor_run_task (crowd->executor != NULL ? crowd->executor : athr_executor_get_default (),
                          task, task_work);
}

/* GThreadPool, and an idle function for each answer */

static gboolean
pool_done (gpointer user_data)
{
  crowd_ended (user_data);

  return G_SOURCE_REMOVE;
}

static void
pool_work (gpointer data,
           gpointer user_data)
{
  Crowd *crowd = data;
  GMainContext *context = crowd->context != NULL ? crowd->context : g_main_context_default ();
  GSource *source = g_idle_source_new ();

  crowd_work (crowd);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, pool_done, crowd, NULL);
  /* The end of the crowd drops the context, which must not happen while g_source_unref() runs here. */
  g_main_context_ref (context);
  g_source_attach (source, context);
  g_source_unref (source);
  g_main_context_unref (context);
}

void
pool_start (Crowd *crowd)
{
  static gsize pools[2];
  gsize is_big = crowd->sleep > 0;

  if (g_once_init_enter (&pools[is_big]))
    {
      int n_threads = is_big ? 60 : MIN (32, g_get_num_processors () + 4);

      g_once_init_leave (&pools[is_big],
                         (gsize) g_thread_pool_new (pool_work, NULL, n_threads, FALSE, NULL));
    }
  g_thread_pool_push ((GThreadPool *) pools[is_big], crowd, NULL);
}

/* The rows */

double
bench_measure_calls (const BenchRow *row,
                     const BenchWay *way,
                     guint           n)
{
  Crowd crowd = { .start = *(const CrowdStartFunc *) way->how };
  gint64 begin = g_get_monotonic_time ();

  crowd_run (&crowd, row->scale, n);

  return bench_since (begin) / n;
}

static double
measure_work (const BenchRow *row,
              const BenchWay *way,
              guint           n)
{
  Crowd crowd = { .start = *(const CrowdStartFunc *) way->how, .work = 100 };
  gint64 begin = g_get_monotonic_time ();

  crowd_run (&crowd, row->scale, n);

  return bench_since (begin) / n;
}

static gpointer
run_in_context (gpointer user_data)
{
  Crowd *crowd = user_data;

  crowd->context = g_main_context_new ();
  g_main_context_push_thread_default (crowd->context);
  crowd_run (crowd, 64, crowd->n_to_start);
  g_main_context_pop_thread_default (crowd->context);
  g_main_context_unref (crowd->context);

  return NULL;
}

/* So many threads, each with a main context and 64 calls in flight */
static double
measure_contexts (const BenchRow *row,
                  const BenchWay *way,
                  guint           n)
{
  g_autofree Crowd *crowds = g_new0 (Crowd, row->scale);
  g_autofree GThread **threads = g_new (GThread *, row->scale);
  guint n_each = MAX (1, n / row->scale);
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < row->scale; i++)
    {
      crowds[i].start = *(const CrowdStartFunc *) way->how;
      crowds[i].n_to_start = n_each;
      threads[i] = g_thread_new ("context", run_in_context, &crowds[i]);
    }
  for (guint i = 0; i < row->scale; i++)
    g_thread_join (threads[i]);

  return bench_since (begin) / (n_each * row->scale);
}

/* Milliseconds until all of `n` functions that sleep for 100 ms have answered */
static double
measure_blocking (const BenchRow *row,
                  const BenchWay *way,
                  guint           n)
{
  g_autoptr (AthrExecutor) executor = row->scale > 0 ? athr_executor_new ("blocking", row->scale) : NULL;
  Crowd crowd = { .start = *(const CrowdStartFunc *) way->how, .sleep = 100000, .executor = executor };
  gint64 begin = g_get_monotonic_time ();

  crowd_run (&crowd, n, n);

  return bench_since (begin) / 1000;
}

static void
cancel_done (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  guint *n_left = user_data;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL))
    g_error ("A call was not cancelled");
  --*n_left;
}

/* Microseconds from the cancelling of a queued call to its answer, all together */
static double
measure_cancel (const BenchRow *row,
                const BenchWay *way,
                guint           n)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("cancel", 2);
  g_autoptr (GPtrArray) calls = g_ptr_array_new_full (n, g_object_unref);
  Crowd crowd = { .executor = executor };
  guint n_left = n;
  gint64 begin;

  athr_executor_set_paused (executor, TRUE);
  for (guint i = 0; i < n; i++)
    {
      AthrCall *call = athr_call_new (call_work, &crowd, NULL);

      athr_call_set_executor (call, executor);
      athr_call_run_async (call, NULL, cancel_done, &n_left);
      g_ptr_array_add (calls, call);
    }

  begin = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    athr_call_cancel (calls->pdata[i]);
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);

  return bench_since (begin) / n;
}

static const CrowdStartFunc by_call = call_start;
static const CrowdStartFunc by_task = task_start;
static const CrowdStartFunc by_run_task = run_task_start;
static const CrowdStartFunc by_pool = pool_start;
static const CrowdStartFunc by_floor = floor_call_start;
static const CrowdStartFunc by_task_floor = floor_task_start;
#ifdef HAVE_LIBDEX
static const CrowdStartFunc by_fiber = dex_fiber_start;
#define DEX_FIBER_WAY { "libdex fiber", bench_measure_calls, &by_fiber },
#else
#define DEX_FIBER_WAY
#endif

#define CALL_WAYS { \
  { "AthrCall", bench_measure_calls, &by_call }, \
  { "GTask", bench_measure_calls, &by_task }, \
  { "GThreadPool, idle", bench_measure_calls, &by_pool }, \
  DEX_FIBER_WAY \
  { "floor", bench_measure_calls, &by_floor }, \
}

#define RUN_TASK_WAYS { \
  { "run_task", bench_measure_calls, &by_run_task }, \
  { "GTask", bench_measure_calls, &by_task }, \
  { "floor", bench_measure_calls, &by_task_floor }, \
}

#define CONTEXT_WAYS { \
  { "AthrCall", measure_contexts, &by_call }, \
  { "GTask", measure_contexts, &by_task }, \
  { "GThreadPool, idle", measure_contexts, &by_pool }, \
}

const BenchRow bench_call_rows[] = {
  { "call-1", "call, 1 in flight", "us", 3000, 1, 0, CALL_WAYS },
  { "call-64", "call, 64 in flight", "us", 15000, 64, 0, CALL_WAYS },
  { "call-10000", "call, 10,000 in flight", "us", 20000, 10000, 0, CALL_WAYS },
  { "run-task-64", "run_task, 64 in flight", "us", 15000, 64, 0, RUN_TASK_WAYS },
  { "run-task-10000", "run_task, 10,000 in flight", "us", 20000, 10000, 0, RUN_TASK_WAYS },
  { "call-work", "call with 100 us of work, 64 in flight", "us", 1500, 64, 0, {
    { "AthrCall", measure_work, &by_call },
    { "GTask", measure_work, &by_task },
    { "GThreadPool, idle", measure_work, &by_pool },
  } },
  { "contexts-1", "call, 64 in flight in 1 main context", "us", 15000, 1, 0, CONTEXT_WAYS },
  { "contexts-2", "call, 64 in flight in each of 2 main contexts", "us", 15000, 2, 0, CONTEXT_WAYS },
  { "contexts-4", "call, 64 in flight in each of 4 main contexts", "us", 15000, 4, 0, CONTEXT_WAYS },
  { "cancel", "cancel one of 100,000 queued calls", "us", 100000, 0, 5, {
    { "AthrCall", measure_cancel },
  } },
  { "blocking", "60 calls that block for 100 ms", "ms", 60, 60, 3, {
    { "AthrCall", measure_blocking, &by_call },
    { "GTask", measure_blocking, &by_task },
    { "GThreadPool, idle", measure_blocking, &by_pool },
  } },
  { NULL, },
};
