/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "costs.h"
#include "calls.h"
#include "values.h"

#include <sys/syscall.h>
#include <unistd.h>

/* What is not a time between start and answer: wake-ups, memory, and the first call of a process. */

/* Wake-ups. GLib wakes a main context through an eventfd, with a write of 8 bytes. The program defines
 * write(), and GLib calls this function instead of that of the C library.
 *
 * GLib wakes no context that has no owner. The measuring thread therefore acquires the context before the first
 * worker starts, as g_main_loop_run() does for an application, so the count does not depend on the scheduler. */

static int n_wake_ups; /* atomic */

ssize_t
write (int         fd,
       const void *data,
       size_t      size)
{
  if (size == sizeof (guint64))
    g_atomic_int_inc (&n_wake_ups);

  return syscall (SYS_write, fd, data, size);
}

/* Wake-ups for 1,000 calls */
static double
measure_call_wake_ups (const BenchRow *row,
                       const BenchWay *way,
                       guint           n)
{
  int before = g_atomic_int_get (&n_wake_ups);

  g_main_context_acquire (NULL);
  bench_measure_calls (row, way, n);
  g_main_context_release (NULL);

  return (g_atomic_int_get (&n_wake_ups) - before) * 1000.0 / n;
}

/* Wake-ups for 1,000 values: `n` values in bursts of 1,000, each of a thread of its own */
static double
measure_value_wake_ups (const BenchRow *row,
                        const BenchWay *way,
                        guint           n)
{
  int before = g_atomic_int_get (&n_wake_ups);
  guint n_bursts = MAX (1, n / 1000);

  g_main_context_acquire (NULL);
  for (guint i = 0; i < n_bursts; i++)
    {
      Flood flood = { .kind = KIND_INT, .n_values = 1000 };

      (*(const FloodFunc *) way->how) (&flood);
    }
  g_main_context_release (NULL);

  return (double) (g_atomic_int_get (&n_wake_ups) - before) / n_bursts;
}

/* Memory */

typedef struct
{
  GMutex lock;
  GCond opens;
  gboolean is_open;
} Gate;

static void
gate_wait (Gate *self)
{
  g_mutex_lock (&self->lock);
  while (!self->is_open)
    g_cond_wait (&self->opens, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
gate_open (Gate *self)
{
  g_mutex_lock (&self->lock);
  self->is_open = TRUE;
  g_cond_broadcast (&self->opens);
  g_mutex_unlock (&self->lock);
}

/* Bytes of a call that is queued and whose caller waits for the answer */
static double
measure_pending_calls (const BenchRow *row,
                       const BenchWay *way,
                       guint           n)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("pending", 2);
  Crowd crowd = { .start = call_start, .executor = executor, .n_to_end = n };
  gsize before, after;

  athr_executor_set_paused (executor, TRUE);
  before = bench_memory ();
  for (guint i = 0; i < n; i++)
    call_start (&crowd);
  after = bench_memory ();

  athr_executor_set_paused (executor, FALSE);
  while (crowd.n_to_end > 0)
    g_main_context_iteration (NULL, TRUE);

  return (double) (gssize) (after - before) / n;
}

static void
gate_work (GTask        *task,
           gpointer      source_object,
           gpointer      task_data,
           GCancellable *cancellable)
{
  gate_wait (task_data);
  g_task_return_int (task, 1);
}

static void
gate_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  guint *n_left = user_data;

  --*n_left;
}

static double
measure_pending_tasks (const BenchRow *row,
                       const BenchWay *way,
                       guint           n)
{
  Gate gate = { .is_open = FALSE };
  guint n_left = n;
  gsize before = bench_memory (), after;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, gate_done, &n_left);

      g_task_set_task_data (task, &gate, NULL);
      g_task_run_in_thread (task, gate_work);
    }
  after = bench_memory ();

  gate_open (&gate);
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);

  return (double) (gssize) (after - before) / n;
}

static void
endless_step (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
}

static void
idle_next_done (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  guint *n_left = user_data;

  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, NULL, NULL))
    g_error ("A stream failed");
  --*n_left;
}

/* Bytes of a stream of steps in lock-step that has handed out a value, and waits to be asked for the next one */
static double
measure_idle_streams (const BenchRow *row,
                            const BenchWay *way,
                            guint           n)
{
  g_autoptr (GPtrArray) streams = g_ptr_array_new_full (n, g_object_unref);
  guint n_left = n;
  gsize before, after;

  bench_settle ();
  before = bench_memory ();
  for (guint i = 0; i < n; i++)
    {
      AthrStream *stream = athr_stream_new_steps (endless_step, NULL, NULL);

      athr_stream_set_buffer_size (stream, 0);
      athr_stream_next_async (stream, NULL, idle_next_done, &n_left);
      g_ptr_array_add (streams, stream);
    }
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
  after = bench_memory ();

  return (double) (gssize) (after - before) / n;
}

/* The first call of a process */

static const struct
{
  const char *name;
  CrowdStartFunc start;
} first_ways[] = {
  { "AthrCall", call_start },
  { "GTask", task_start },
  { "GThreadPool, idle", pool_start },
  { "floor", floor_call_start },
};

gboolean
bench_print_first_call (const char *way)
{
  for (guint i = 0; i < G_N_ELEMENTS (first_ways); i++)
    if (g_str_equal (first_ways[i].name, way))
      {
        Crowd crowd = { .start = first_ways[i].start };
        gint64 begin = g_get_monotonic_time ();

        crowd_run (&crowd, 1, 1);
        g_print ("%" G_GINT64_FORMAT "\n", g_get_monotonic_time () - begin);

        return TRUE;
      }

  return FALSE;
}

/* Microseconds of the first call in a fresh process, the mean of `n` processes */
static double
measure_first_call (const BenchRow *row,
                    const BenchWay *way,
                    guint           n)
{
  const char *command[] = { "/proc/self/exe", "--first-call", way->name, NULL };
  double sum = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *output = NULL;
      g_autoptr (GError) error = NULL;
      int status;

      if (!g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error) ||
          !g_spawn_check_wait_status (status, &error))
        g_error ("The process of a first call: %s", error->message);
      sum += g_ascii_strtod (output, NULL);
    }

  return sum / n;
}

static const CrowdStartFunc by_call = call_start;
static const CrowdStartFunc by_run_task = run_task_start;
static const CrowdStartFunc by_task = task_start;
static const CrowdStartFunc by_pool = pool_start;
static const CrowdStartFunc by_floor = floor_call_start;
static const FloodFunc by_batches = flood_by_batches;
static const FloodFunc by_signal = flood_by_signal;
static const FloodFunc by_idles = flood_by_idles;
static const FloodFunc by_queue = flood_by_queue;
static const FloodFunc by_ring = flood_by_ring;

const BenchRow bench_cost_rows[] = {
  { "wake-ups-values", "wake-ups for 1,000 ints in a burst", "wake-ups", 50000, 0, 5, {
    { "batches of 1024", measure_value_wake_ups, &by_batches },
    { "value signal", measure_value_wake_ups, &by_signal },
    { "idle each", measure_value_wake_ups, &by_idles },
    { "queue, one idle", measure_value_wake_ups, &by_queue },
    { "floor", measure_value_wake_ups, &by_ring },
  } },
  { "wake-ups-calls", "wake-ups for 1,000 calls, 64 in flight", "wake-ups", 15000, 64, 5, {
    { "AthrCall", measure_call_wake_ups, &by_call },
    { "run_task", measure_call_wake_ups, &by_run_task },
    { "GTask", measure_call_wake_ups, &by_task },
    { "GThreadPool, idle", measure_call_wake_ups, &by_pool },
    { "floor", measure_call_wake_ups, &by_floor },
  } },
  { "first-call", "the first call of a process", "us", 3, 0, 0, {
    { "AthrCall", measure_first_call },
    { "GTask", measure_first_call },
    { "GThreadPool, idle", measure_first_call },
    { "floor", measure_first_call },
  } },
  { NULL, },
};

const BenchRow bench_memory_rows[] = {
  { "memory-call", "memory of a pending call", "bytes", 10000, 0, 3, {
    { "AthrCall", measure_pending_calls },
    { "GTask", measure_pending_tasks },
  } },
  { "memory-stream", "memory of an idle stream", "bytes", 10000, 0, 3, {
    { "AthrStream", measure_idle_streams },
  } },
  { NULL, },
};
