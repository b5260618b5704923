/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Measures how many values per second go from a thread to a main loop, and compares the ways of a
 * stream with what programs do by hand: an idle for each value, or a GAsyncQueue that one idle
 * empties. */

#include "bench.h"

typedef struct
{
  GType type;       /* of the values: G_TYPE_INT or G_TYPE_STRING */
  guint n_values;
  guint n_got;
  gboolean is_over;

  GAsyncQueue *queue;
  int idle_queued;  /* atomic */
} Run;

typedef struct
{
  const char *name;
  guint share; /* divides the number of values, because slow ways need long */
  void (*go) (Run *run);
} Way;

static const char text[] = "a string of some length";

static void
got (Run          *run,
     const GValue *value)
{
  if (run->type == G_TYPE_INT ? g_value_get_int (value) != (int) run->n_got
                              : g_value_get_string (value)[0] != 'a')
    g_error ("A wrong value");
  run->n_got++;
}

static gpointer
make_item (Run *run,
           int  number)
{
  return run->type == G_TYPE_INT ? GINT_TO_POINTER (number + 1) : g_strdup (text);
}

static void
got_item (Run      *run,
          gpointer  item)
{
  if (run->type == G_TYPE_INT ? GPOINTER_TO_INT (item) != (int) run->n_got + 1
                              : ((char *) item)[0] != 'a')
    g_error ("A wrong item");
  if (run->type == G_TYPE_STRING)
    g_free (item);
  run->n_got++;
  run->is_over = run->n_got == run->n_values;
}

/* The ways of a stream */

static void
produce (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Run *run = user_data;

  for (guint i = 0; i < run->n_values; i++)
    if (run->type == G_TYPE_INT ? !athr_yielder_yield (yielder, error, G_TYPE_INT, (int) i)
                                : !athr_yielder_yield (yielder, error, G_TYPE_STRING, text))
      return;
}

static void
iterate (Run *run)
{
  while (!run->is_over)
    g_main_context_iteration (NULL, TRUE);
}

static void
next_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_auto (GValue) value = G_VALUE_INIT;
  Run *run = user_data;

  if (!athr_stream_next_finish_into (stream, result, &value, NULL))
    g_error ("A next operation failed");
  run->is_over = !G_IS_VALUE (&value);
  if (run->is_over)
    return;
  got (run, &value);
  athr_stream_next_async (stream, NULL, next_done, run);
}

static void
go_next (Run *run)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, run, NULL);

  athr_stream_next_async (stream, NULL, next_done, run);
  iterate (run);
}

static void
batch_done (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autofree GValue *values = NULL;
  Run *run = user_data;
  gsize n_values;

  values = athr_stream_next_batch_finish_values (stream, result, &n_values, NULL);
  run->is_over = n_values == 0;
  if (run->is_over)
    return;
  for (gsize i = 0; i < n_values; i++)
    {
      got (run, &values[i]);
      g_value_unset (&values[i]);
    }
  athr_stream_next_batch_async (stream, athr_stream_get_buffer_size (stream), NULL,
                                batch_done, run);
}

static void
go_batch_of (Run   *run,
             guint  size)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, run, NULL);

  athr_stream_set_buffer_size (stream, size);
  athr_stream_next_batch_async (stream, size, NULL, batch_done, run);
  iterate (run);
}

static void
go_batch_64 (Run *run)
{
  go_batch_of (run, 64);
}

static void
go_batch_1024 (Run *run)
{
  go_batch_of (run, 1024);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Run          *run)
{
  got (run, value);
}

static void
on_finished (AthrStream *stream,
             Run        *run)
{
  run->is_over = TRUE;
}

static void
go_flow (Run *run)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, run, NULL);

  g_signal_connect (stream, "value", G_CALLBACK (on_value), run);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), run);
  athr_stream_set_flowing (stream, TRUE);
  iterate (run);
}

/* The ways by hand */

typedef struct
{
  Run *run;
  gpointer item;
} Idle;

static gboolean
on_idle (gpointer user_data)
{
  Idle *idle = user_data;

  got_item (idle->run, idle->item);
  g_free (idle);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_idles (gpointer user_data)
{
  Run *run = user_data;

  for (guint i = 0; i < run->n_values; i++)
    {
      Idle *idle = g_new (Idle, 1);

      idle->run = run;
      idle->item = make_item (run, i);
      g_idle_add (on_idle, idle);
    }

  return NULL;
}

static void
go_idle (Run *run)
{
  GThread *thread = g_thread_new ("idles", produce_idles, run);

  iterate (run);
  g_thread_join (thread);
}

static gboolean
on_queue (gpointer user_data)
{
  Run *run = user_data;
  gpointer item;

  g_atomic_int_set (&run->idle_queued, FALSE);
  while ((item = g_async_queue_try_pop (run->queue)) != NULL)
    got_item (run, item);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_queue (gpointer user_data)
{
  Run *run = user_data;

  for (guint i = 0; i < run->n_values; i++)
    {
      g_async_queue_push (run->queue, make_item (run, i));
      if (g_atomic_int_compare_and_exchange (&run->idle_queued, FALSE, TRUE))
        g_idle_add (on_queue, run);
    }

  return NULL;
}

static void
go_queue (Run *run)
{
  GThread *thread;

  run->queue = g_async_queue_new ();
  thread = g_thread_new ("queue", produce_queue, run);
  iterate (run);
  g_thread_join (thread);
  while (g_atomic_int_get (&run->idle_queued))
    g_main_context_iteration (NULL, TRUE);
  g_async_queue_unref (run->queue);
}

/* Nanoseconds per value */
static double
measure (const Way *way,
         GType      type)
{
  Run run = { .type = type, .n_values = 1000000 / way->share };
  gint64 begin = g_get_monotonic_time ();

  way->go (&run);

  return (g_get_monotonic_time () - begin) * 1e3 / run.n_values;
}

static void
compare_ways (GType type)
{
  static const Way ways[] = {
    { "one idle per value", 5, go_idle },
    { "queue and one idle", 1, go_queue },
    { "next_async", 5, go_next },
    { "next_batch, 64", 1, go_batch_64 },
    { "next_batch, 1024", 1, go_batch_1024 },
    { "value signal", 1, go_flow },
  };
  enum { N_TURNS = 9 };
  double turns[G_N_ELEMENTS (ways)][N_TURNS];
  double idle;

  for (guint turn = 0; turn < N_TURNS; turn++)
    for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
      turns[i][turn] = measure (&ways[i], type);

  idle = bench_median (turns[0], N_TURNS);
  g_print ("%s: nanoseconds for each value, the median of %d turns\n", g_type_name (type), N_TURNS);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      double each = bench_median (turns[i], N_TURNS);

      g_print ("%18s %9.0f %7.1fx %11.0f values/s\n", ways[i].name, each, idle / each, 1e9 / each);
    }
}

int
main (void)
{
  compare_ways (G_TYPE_INT);
  compare_ways (G_TYPE_STRING);

  return 0;
}
