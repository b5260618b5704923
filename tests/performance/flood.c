/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A worker floods the main loop with values. The handler takes 5 microseconds for each value. A frame
 * clock runs in the same loop: a source that is due every 16 ms, at the priority at which GTK
 * draws. The program prints, as rows for bench.py, how many frames the clock kept, the longest time without a
 * frame, and the time for each value. The ways take turns. */

#include "bench.h"

#include <stddef.h>

#define WORK 5          /* microseconds */
#define FRAME 16000     /* microseconds */
#define REDRAW 120      /* GDK_PRIORITY_REDRAW */

static guint n_values = 400000;

typedef struct
{
  GSource source;
  gint64 begin;
  guint n_frames;
  gint64 last;
  gint64 worst;
} Clock;

typedef struct
{
  guint n_got;
  gboolean is_over;
  GAsyncQueue *queue;
  int idle_queued; /* atomic */
} Run;

static gboolean
clock_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  Clock *self = (Clock *) source;
  gint64 now = g_get_monotonic_time ();

  self->n_frames++;
  self->worst = MAX (self->worst, now - self->last);
  self->last = now;
  /* The next frame is on the grid again. The clock does not make up for missed frames. */
  g_source_set_ready_time (source, self->begin + ((now - self->begin) / FRAME + 1) * FRAME);

  return G_SOURCE_CONTINUE;
}

static Clock *
clock_new (void)
{
  static GSourceFuncs funcs = { .dispatch = clock_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (Clock));
  Clock *self = (Clock *) source;

  self->begin = self->last = g_get_monotonic_time ();
  g_source_set_priority (source, REDRAW);
  g_source_set_ready_time (source, self->begin + FRAME);
  g_source_attach (source, NULL);

  return self;
}

static void
work (Run *run)
{
  gint64 end = g_get_monotonic_time () + WORK;

  while (g_get_monotonic_time () < end)
    ;
  run->is_over = ++run->n_got == n_values;
}

static void
produce (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  for (guint i = 0; i < n_values; i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, (int) i))
      return;
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Run          *run)
{
  work (run);
}

static void
go_flow (Run *run)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, NULL, NULL);

  g_signal_connect (stream, "value", G_CALLBACK (on_value), run);
  athr_stream_set_flowing (stream, TRUE);
  while (!run->is_over)
    g_main_context_iteration (NULL, TRUE);
}

static void
batch_done (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GArray) values = athr_stream_next_batch_finish (stream, result, NULL);

  for (guint i = 0; i < values->len; i++)
    work (user_data);
  if (values->len > 0)
    athr_stream_next_batch_async (stream, 64, NULL, batch_done, user_data);
}

static void
go_batch (Run *run)
{
  g_autoptr (AthrStream) stream = athr_stream_new (produce, NULL, NULL);

  athr_stream_next_batch_async (stream, 64, NULL, batch_done, run);
  while (!run->is_over)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
on_idle (gpointer user_data)
{
  work (user_data);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_idles (gpointer user_data)
{
  for (guint i = 0; i < n_values; i++)
    g_idle_add_full (G_PRIORITY_DEFAULT, on_idle, user_data, NULL);

  return NULL;
}

static void
go_idle (Run *run)
{
  GThread *thread = g_thread_new ("idles", produce_idles, run);

  while (!run->is_over)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

static gboolean
on_queue (gpointer user_data)
{
  Run *run = user_data;

  g_atomic_int_set (&run->idle_queued, FALSE);
  while (g_async_queue_try_pop (run->queue) != NULL)
    work (run);

  return G_SOURCE_REMOVE;
}

static gpointer
produce_queue (gpointer user_data)
{
  Run *run = user_data;

  for (guint i = 0; i < n_values; i++)
    {
      g_async_queue_push (run->queue, run);
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
  while (!run->is_over || g_atomic_int_get (&run->idle_queued))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_async_queue_unref (run->queue);
}

static const struct
{
  const char *name;
  void (*go) (Run *run);
} ways[] = {
  { "value signal", go_flow },
  { "batches of 64", go_batch },
  { "idle each", go_idle },
  { "queue, one idle", go_queue },
};

enum { N_TURNS = 3, N_WAYS = G_N_ELEMENTS (ways) };

/* What is measured in each turn of each way */
typedef struct
{
  double kept;  /* percent of the frames that were due */
  double worst; /* milliseconds */
  double each;  /* microseconds */
} Figures;

static Figures
flood (void (*go) (Run *run))
{
  Run run = { 0, };
  Clock *clock = clock_new ();
  Figures figures;
  double elapsed;

  go (&run);
  elapsed = bench_since (clock->begin);
  clock->worst = MAX (clock->worst, g_get_monotonic_time () - clock->last);
  figures.kept = MIN (100, clock->n_frames * 100.0 / MAX (1, (int) (elapsed / FRAME)));
  figures.worst = clock->worst / 1e3;
  figures.each = elapsed / n_values;

  g_source_destroy ((GSource *) clock);
  g_source_unref ((GSource *) clock);

  return figures;
}

static void
print_row (const char   *name,
           const char   *title,
           const char   *unit,
           gsize         offset,
           const Figures figures[N_WAYS][N_TURNS],
           guint         n_turns)
{
  g_print ("{\"name\": \"%s\", \"title\": \"%s\", \"unit\": \"%s\", \"ways\": {", name, title, unit);
  for (guint i = 0; i < N_WAYS; i++)
    {
      g_print ("%s\"%s\": [", i > 0 ? ", " : "", ways[i].name);
      for (guint turn = 0; turn < n_turns; turn++)
        g_print ("%s%.4g", turn > 0 ? ", " : "", G_STRUCT_MEMBER (double, &figures[i][turn], offset));
      g_print ("]");
    }
  g_print ("}}\n");
}

int
main (int   argc,
      char *argv[])
{
  Figures figures[N_WAYS][N_TURNS];
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");
  guint n_turns = quick ? 1 : N_TURNS;

  if (quick)
    n_values = 400;
  for (guint turn = 0; turn < n_turns; turn++)
    for (guint i = 0; i < N_WAYS; i++)
      figures[i][turn] = flood (ways[i].go);

  print_row ("flood-frames", "frames kept in a flood", "%", offsetof (Figures, kept), figures, n_turns);
  print_row ("flood-gap", "longest time without a frame", "ms", offsetof (Figures, worst), figures, n_turns);
  print_row ("flood-value", "a value in a flood, with 5 us of handler", "us", offsetof (Figures, each), figures,
             n_turns);

  return 0;
}
