/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"

#include <sys/resource.h>

/* Measures how time and memory for each unit grow with the number of calls in flight, of streams, main
 * contexts, values in a buffer, and priorities. The program prints a line of JSON for each number. */

typedef struct
{
  double time;   /* microseconds for each unit */
  double memory; /* bytes for each unit, while all of them wait */
} Cost;

typedef struct
{
  const char *name;
  const char *unit; /* what takes the time */
  const char *held; /* what takes the memory */
  guint n_max;
  guint n_least;    /* so many units are measured even with fewer at once */
  Cost (*measure) (guint n, guint n_units);
} Case;

/* Calls */

typedef struct
{
  AthrExecutor *executor;
  guint n_to_start;
  guint n_to_end;
  guint n_priorities; /* of these calls; 0: all have the default priority */
  guint n_started;
} Calls;

static void calls_start_one (Calls *calls);

static void
work (AthrCall  *call,
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
  Calls *calls = user_data;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL))
    g_error ("A call failed");
  calls->n_to_end--;
  if (calls->n_to_start > 0)
    calls_start_one (calls);
}

static void
calls_start_one (Calls *calls)
{
  g_autoptr (AthrCall) call = athr_call_new (work, NULL, NULL);

  calls->n_to_start--;
  athr_call_set_executor (call, calls->executor);
  if (calls->n_priorities > 0)
    {
      /* The factor is prime, so the priorities come in no order. */
      int priority = (guint64) calls->n_started++ * 7919 % calls->n_priorities;

      athr_call_set_priority (call, priority);
      athr_call_set_delivery_priority (call, priority);
    }
  athr_call_run_async (call, NULL, call_done, calls);
}

/* `n` calls at once, each of `n_priorities` priorities. The executor is paused until all of them are queued. */
static Cost
measure_calls_of (guint n,
                  guint n_units,
                  guint n_priorities)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("growth", 2);
  Calls calls = { executor, n_units, n_units, n_priorities };
  gsize before = bench_memory ();
  gint64 begin;
  Cost cost;

  athr_executor_set_paused (executor, TRUE);
  begin = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    calls_start_one (&calls);
  cost.memory = (double) (gssize) (bench_memory () - before) / n;

  athr_executor_set_paused (executor, FALSE);
  while (calls.n_to_end > 0)
    g_main_context_iteration (NULL, TRUE);
  cost.time = bench_since (begin) / n_units;

  return cost;
}

static Cost
measure_calls (guint n,
               guint n_units)
{
  return measure_calls_of (n, n_units, 0);
}

static Cost
measure_priorities (guint n,
                    guint n_units)
{
  return measure_calls_of (n, n_units, n);
}

/* Streams of steps, each asked for one value after the other */

typedef struct
{
  guint n_left;    /* nexts that have not been answered */
  guint n_to_ask;  /* nexts that are still to be asked */
} Streams;

static void
step (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
}

static void
next_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Streams *streams = user_data;

  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, NULL, NULL))
    g_error ("A stream failed");
  streams->n_left--;
  if (streams->n_to_ask > 0)
    {
      streams->n_to_ask--;
      athr_stream_next_async (ATHR_STREAM (source), NULL, next_done, streams);
    }
}

static void
streams_take (GPtrArray *array,
              guint      n_units)
{
  Streams streams = { n_units, n_units - array->len };

  for (guint i = 0; i < array->len; i++)
    athr_stream_next_async (array->pdata[i], NULL, next_done, &streams);
  while (streams.n_left > 0)
    g_main_context_iteration (NULL, TRUE);
}

static Cost
measure_streams (guint n,
                 guint n_units)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_full (n, g_object_unref);
  gsize before = bench_memory ();
  gint64 begin;
  Cost cost;

  for (guint i = 0; i < n; i++)
    {
      AthrStream *stream = athr_stream_new_steps (step, NULL, NULL);

      athr_stream_set_buffer_size (stream, 0);
      g_ptr_array_add (array, stream);
    }
  streams_take (array, n);
  cost.memory = (double) (gssize) (bench_memory () - before) / n;

  begin = g_get_monotonic_time ();
  streams_take (array, n_units);
  cost.time = bench_since (begin) / n_units;

  return cost;
}

/* Main contexts of one thread, each with a call at a time. One context after the other is iterated until its
 * call has answered, so what GLib itself takes does not grow. */

static void
context_call_done (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  guint *n_left = user_data;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL))
    g_error ("A call failed");
  --*n_left;
}

static void
call_in_each (GPtrArray *contexts,
              guint     *n_left)
{
  for (guint i = 0; i < contexts->len; i++)
    {
      g_autoptr (AthrCall) call = NULL;

      g_main_context_push_thread_default (contexts->pdata[i]);
      call = athr_call_new (work, NULL, NULL);
      athr_call_run_async (call, NULL, context_call_done, &n_left[i]);
      g_main_context_pop_thread_default (contexts->pdata[i]);
    }
  for (guint i = 0; i < contexts->len; i++)
    while (n_left[i] > 0)
      g_main_context_iteration (contexts->pdata[i], TRUE);
}

static Cost
measure_contexts (guint n,
                  guint n_units)
{
  g_autoptr (GPtrArray) contexts = g_ptr_array_new_full (n, (GDestroyNotify) g_main_context_unref);
  g_autofree guint *n_left = g_new (guint, n);
  guint n_rounds = MAX (1, n_units / n);
  gint64 begin;
  gsize before;
  Cost cost;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (contexts, g_main_context_new ());
  before = bench_memory ();
  for (guint i = 0; i < n; i++)
    n_left[i] = 1;
  call_in_each (contexts, n_left);
  cost.memory = (double) (gssize) (bench_memory () - before) / n;

  begin = g_get_monotonic_time ();
  for (guint round = 0; round < n_rounds; round++)
    {
      for (guint i = 0; i < n; i++)
        n_left[i] = 1;
      call_in_each (contexts, n_left);
    }
  cost.time = bench_since (begin) / (n_rounds * n);

  return cost;
}

/* A buffer of so many values, which the main loop takes in batches of the same size */

typedef struct
{
  guint size;
  gboolean is_over;
} Buffer;

static void
produce (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  guint n = GPOINTER_TO_UINT (user_data);

  for (guint i = 0; i < n; i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, (int) i))
      return;
}

static void
batch_done (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree GValue *values = NULL;
  Buffer *buffer = user_data;
  gsize n_values;

  values = athr_stream_next_batch_finish_values (ATHR_STREAM (source), result, &n_values, NULL);
  buffer->is_over = n_values == 0;
  if (n_values > 0)
    athr_stream_next_batch_async (ATHR_STREAM (source), buffer->size, NULL, batch_done, buffer);
}

static Cost
measure_buffer (guint n,
                guint n_units)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, GUINT_TO_POINTER (n_units), NULL);
  Buffer buffer = { .size = n };
  gsize before = bench_memory ();
  gint64 begin = g_get_monotonic_time ();
  Cost cost;

  athr_stream_set_buffer_size (stream, n);
  athr_stream_start (stream);
  while (athr_stream_get_n_buffered (stream) < n)
    g_main_context_iteration (NULL, FALSE);
  cost.memory = (double) (gssize) (bench_memory () - before) / n;

  athr_stream_next_batch_async (stream, n, NULL, batch_done, &buffer);
  bench_iterate (&buffer.is_over);
  cost.time = bench_since (begin) / n_units;

  return cost;
}

/* Each main context has a descriptor, and only root may raise the limit of them at will. Returns how many
 * descriptors the process may have. */
static guint
raise_limit (guint wanted)
{
  struct rlimit limit = { wanted, wanted };

  if (setrlimit (RLIMIT_NOFILE, &limit) == 0)
    return wanted;
  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);

  return MIN (limit.rlim_max, wanted);
}

static const Case cases[] = {
  { "calls in flight", "a call", "a pending call", 100000, 10000, measure_calls },
  { "streams", "a value", "an idle stream", 100000, 10000, measure_streams },
  { "main contexts", "a call", "a main context in use", 100000, 5000, measure_contexts },
  { "buffer", "a value", "a buffered value", 100000, 200000, measure_buffer },
  { "priorities", "a call", "a pending call", 100000, 10000, measure_priorities },
};

static char *only_case;
static int only_n;
static int n_turns = 5;
static gboolean memory;
static gboolean quick;

static const GOptionEntry options[] = {
  { "case", 0, 0, G_OPTION_ARG_STRING, &only_case, "Measures only the case NAME", "NAME" },
  { "n", 0, 0, G_OPTION_ARG_INT, &only_n, "Measures only with N at once", "N" },
  { "turns", 0, 0, G_OPTION_ARG_INT, &n_turns, "How many turns each number takes", "N" },
  { "memory", 0, 0, G_OPTION_ARG_NONE, &memory, "Prints bytes for each unit instead of microseconds", NULL },
  { "quick", 0, 0, G_OPTION_ARG_NONE, &quick, "One turn, and at most ten at once", NULL },
  { NULL, },
};

enum { MAX_TURNS = 32, MAX_STEPS = 6 };

static void
measure_case (const Case *self,
              guint       n_max)
{
  double figures[MAX_STEPS][MAX_TURNS];
  guint ns[MAX_STEPS];
  guint n_steps = 0;

  for (guint n = 1; n < n_max * 10 && n_steps < MAX_STEPS; n *= 10)
    if (only_n == 0 || (guint) only_n == n)
      ns[n_steps++] = MIN (n, n_max);

  /* The first turn starts threads and fills caches. */
  self->measure (1, 1);
  for (guint turn = 0; turn < (guint) n_turns; turn++)
    for (guint i = 0; i < n_steps; i++)
      {
        Cost cost;

        bench_settle ();
        cost = self->measure (ns[i], MAX (ns[i], quick ? 20 : self->n_least));

        figures[i][turn] = memory ? cost.memory : cost.time;
      }

  for (guint i = 0; i < n_steps; i++)
    {
      g_print ("{\"name\": \"%s\", \"of\": \"%s\", \"unit\": \"%s\", \"n\": %u, \"turns\": [", self->name,
               memory ? self->held : self->unit, memory ? "bytes" : "us", ns[i]);
      for (guint turn = 0; turn < (guint) n_turns; turn++)
        g_print ("%s%.5g", turn > 0 ? ", " : "", figures[i][turn]);
      g_print ("]}\n");
    }
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- measures how cost grows");
  g_autoptr (GError) error = NULL;
  guint n_descriptors;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }

  n_turns = quick || memory ? 1 : CLAMP (n_turns, 1, MAX_TURNS);
  n_descriptors = raise_limit (101000);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n_max = quick ? 10 : cases[i].n_max;

      if (only_case != NULL && !g_str_equal (cases[i].name, only_case))
        continue;
      if (cases[i].measure == measure_contexts)
        n_max = MIN (n_max, n_descriptors - 1000);
      measure_case (&cases[i], n_max);
    }

  return 0;
}
