/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "values.h"

static const char text[] = "a string of some length";

/* Values and items */

gpointer
flood_make_item (const Flood *flood,
                 guint        number)
{
  switch (flood->kind)
    {
    case KIND_INT:
      return GUINT_TO_POINTER (number + 1);
    case KIND_STRING:
      return g_strdup (text);
    case KIND_OBJECT:
      return g_object_new (G_TYPE_OBJECT, NULL);
    case KIND_BOXED:
      return g_bytes_new_static (text, sizeof (text));
    default:
      g_assert_not_reached ();
    }
}

void
flood_got_item (Flood    *flood,
                gpointer  item)
{
  switch (flood->kind)
    {
    case KIND_INT:
      if (GPOINTER_TO_UINT (item) != flood->n_got + 1)
        g_error ("A wrong item");
      break;
    case KIND_STRING:
      if (((char *) item)[0] != text[0])
        g_error ("A wrong item");
      g_free (item);
      break;
    case KIND_OBJECT:
      g_object_unref (item);
      break;
    case KIND_BOXED:
      g_bytes_unref (item);
      break;
    }
  flood->n_got++;
  flood->is_over = flood->n_got == flood->n_values;
}

void
flood_got_value (Flood        *flood,
                 const GValue *value)
{
  switch (flood->kind)
    {
    case KIND_INT:
      if (g_value_get_int (value) != (int) flood->n_got)
        g_error ("A wrong value");
      break;
    case KIND_STRING:
      if (g_value_get_string (value)[0] != text[0])
        g_error ("A wrong value");
      break;
    case KIND_OBJECT:
    case KIND_BOXED:
      break;
    }
  flood->n_got++;
}

gboolean
flood_yield (const Flood  *flood,
             AthrYielder  *yielder,
             guint         number,
             GError      **error)
{
  gpointer item;
  gboolean yielded;

  if (flood->kind == KIND_INT)
    return athr_yielder_yield (yielder, error, G_TYPE_INT, (int) number);
  if (flood->kind == KIND_STRING)
    return athr_yielder_yield (yielder, error, G_TYPE_STRING, text);

  item = flood_make_item (flood, number);
  yielded = athr_yielder_yield (yielder, error, flood->kind == KIND_OBJECT ? G_TYPE_OBJECT : G_TYPE_BYTES, item);
  if (flood->kind == KIND_OBJECT)
    g_object_unref (item);
  else
    g_bytes_unref (item);

  return yielded;
}

/* The ways of a stream */

static void
produce (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  const Flood *flood = user_data;

  for (guint i = 0; i < flood->n_values; i++)
    if (!flood_yield (flood, yielder, i, error))
      return;
}

static void
next_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_auto (GValue) value = G_VALUE_INIT;
  Flood *flood = user_data;

  if (!athr_stream_next_finish_into (stream, result, &value, NULL))
    g_error ("A next operation failed");
  flood->is_over = !G_IS_VALUE (&value);
  if (flood->is_over)
    return;
  flood_got_value (flood, &value);
  athr_stream_next_async (stream, NULL, next_done, flood);
}

void
flood_by_next (Flood *flood)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, flood, NULL);

  athr_stream_next_async (stream, NULL, next_done, flood);
  bench_iterate (&flood->is_over);
}

static void
batch_done (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autofree GValue *values = NULL;
  Flood *flood = user_data;
  gsize n_values;

  values = athr_stream_next_batch_finish_values (stream, result, &n_values, NULL);
  flood->is_over = n_values == 0;
  if (flood->is_over)
    return;
  for (gsize i = 0; i < n_values; i++)
    {
      flood_got_value (flood, &values[i]);
      g_value_unset (&values[i]);
    }
  athr_stream_next_batch_async (stream, athr_stream_get_buffer_size (stream), NULL, batch_done, flood);
}

static void
by_batches_of (Flood *flood,
               guint  size)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, flood, NULL);

  athr_stream_set_buffer_size (stream, size);
  athr_stream_next_batch_async (stream, size, NULL, batch_done, flood);
  bench_iterate (&flood->is_over);
}

static void
by_batches_of_64 (Flood *flood)
{
  by_batches_of (flood, 64);
}

void
flood_by_batches (Flood *flood)
{
  by_batches_of (flood, 1024);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Flood        *flood)
{
  flood_got_value (flood, value);
}

static void
on_finished (AthrStream *stream,
             Flood      *flood)
{
  flood->is_over = TRUE;
}

void
flood_by_signal (Flood *flood)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, flood, NULL);

  g_signal_connect (stream, "value", G_CALLBACK (on_value), flood);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), flood);
  athr_stream_set_flowing (stream, TRUE);
  bench_iterate (&flood->is_over);
}

/* The ways by hand: an idle function for each value, or a GAsyncQueue that one idle function empties */

typedef struct
{
  Flood *flood;
  gpointer item;
} Idle;

static gboolean
on_idle (gpointer user_data)
{
  Idle *idle = user_data;

  flood_got_item (idle->flood, idle->item);
  g_free (idle);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_idles (gpointer user_data)
{
  Flood *flood = user_data;

  for (guint i = 0; i < flood->n_values; i++)
    {
      Idle *idle = g_new (Idle, 1);

      idle->flood = flood;
      idle->item = flood_make_item (flood, i);
      g_idle_add (on_idle, idle);
    }

  return NULL;
}

void
flood_by_idles (Flood *flood)
{
  GThread *thread = g_thread_new ("idles", produce_idles, flood);

  bench_iterate (&flood->is_over);
  g_thread_join (thread);
}

static gboolean
on_queue (gpointer user_data)
{
  Flood *flood = user_data;
  gpointer item;

  g_atomic_int_set (&flood->idle_queued, FALSE);
  while ((item = g_async_queue_try_pop (flood->queue)) != NULL)
    flood_got_item (flood, item);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_queue (gpointer user_data)
{
  Flood *flood = user_data;

  for (guint i = 0; i < flood->n_values; i++)
    {
      g_async_queue_push (flood->queue, flood_make_item (flood, i));
      if (g_atomic_int_compare_and_exchange (&flood->idle_queued, FALSE, TRUE))
        g_idle_add (on_queue, flood);
    }

  return NULL;
}

void
flood_by_queue (Flood *flood)
{
  GThread *thread;

  flood->queue = g_async_queue_new ();
  thread = g_thread_new ("queue", produce_queue, flood);
  bench_iterate (&flood->is_over);
  g_thread_join (thread);
  while (g_atomic_int_get (&flood->idle_queued))
    g_main_context_iteration (NULL, TRUE);
  g_async_queue_unref (flood->queue);
}

/* The rows. The field `scale` of a row is the kind of the values. */

static double
measure_flood (const BenchRow *row,
               const BenchWay *way,
               guint           n)
{
  Flood flood = { .kind = row->scale, .n_values = n };
  gint64 begin = g_get_monotonic_time ();

  (*(const FloodFunc *) way->how) (&flood);

  return bench_since (begin) * 1000 / n;
}

static const FloodFunc by_next = flood_by_next;
static const FloodFunc by_batches_64 = by_batches_of_64;
static const FloodFunc by_batches_1024 = flood_by_batches;
static const FloodFunc by_signal = flood_by_signal;
static const FloodFunc by_idles = flood_by_idles;
static const FloodFunc by_queue = flood_by_queue;
static const FloodFunc by_ring = flood_by_ring;
static const FloodFunc by_ring_signal = flood_by_ring_signal;
static const FloodFunc by_ring_tasks = flood_by_ring_tasks;
#ifdef HAVE_LIBDEX
static const FloodFunc by_dex = flood_by_dex;
#define DEX_CHANNEL_WAY { "DexChannel", measure_flood, &by_dex, 5 },
#else
#define DEX_CHANNEL_WAY
#endif

#define FLOOD_WAYS \
  { "batches of 1024", measure_flood, &by_batches_1024 }, \
  { "batches of 64", measure_flood, &by_batches_64 }, \
  { "value signal", measure_flood, &by_signal }, \
  { "next_async", measure_flood, &by_next, 5 }, \
  { "idle each", measure_flood, &by_idles, 5 }, \
  { "queue, one idle", measure_flood, &by_queue }, \
  { "floor", measure_flood, &by_ring }, \
  { "floor by signal", measure_flood, &by_ring_signal }, \
  { "floor by tasks", measure_flood, &by_ring_tasks, 5 },

const BenchRow bench_value_rows[] = {
  { "value-int", "an int", "ns", 500000, KIND_INT, 0, { FLOOD_WAYS DEX_CHANNEL_WAY } },
  { "value-string", "a string", "ns", 300000, KIND_STRING, 0, { FLOOD_WAYS } },
  { "value-object", "a GObject", "ns", 200000, KIND_OBJECT, 0, { FLOOD_WAYS } },
  { "value-boxed", "a boxed value (GBytes)", "ns", 200000, KIND_BOXED, 0, { FLOOD_WAYS } },
  { NULL, },
};
