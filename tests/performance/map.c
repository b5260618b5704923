/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"

/* A function over many numbers, at most MAX_RUNNING at once. The answers come in the order of the numbers. No way
 * holds more than MAX_RUNNING + BUFFER numbers that were taken and not handed out. */

enum { MAX_RUNNING = 4, BUFFER = 8, WINDOW = MAX_RUNNING + BUFFER };

static int
answer_to (int number)
{
  return number + 1;
}

/* With a map */

typedef struct
{
  int n_got;
  gboolean is_over;
} Mapped;

static void
map_number (AthrYielder   *yielder,
            const GValue  *item,
            gpointer       user_data,
            GError       **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, answer_to (g_value_get_int (item)));
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Mapped       *mapped)
{
  if (g_value_get_int (value) != answer_to (mapped->n_got++))
    g_error ("A wrong answer");
}

static void
on_finished (AthrStream *stream,
             gboolean   *is_over)
{
  *is_over = TRUE;
}

static double
measure_map (const BenchRow *row,
             const BenchWay *way,
             guint           n)
{
  g_autoptr (AthrStream) source = NULL, map = NULL;
  g_autofree GValue *numbers = g_new0 (GValue, n);
  Mapped mapped = { 0, };
  gint64 begin;

  for (guint i = 0; i < n; i++)
    {
      g_value_init (&numbers[i], G_TYPE_INT);
      g_value_set_int (&numbers[i], i);
    }
  begin = g_get_monotonic_time ();
  source = athr_stream_new_for_values (numbers, n);
  map = athr_stream_new_map (source, MAX_RUNNING, ATHR_MAP_DEFAULT, map_number, NULL, NULL);
  athr_stream_set_buffer_size (map, BUFFER);
  g_signal_connect (map, "value", G_CALLBACK (on_value), &mapped);
  g_signal_connect (map, "finished", G_CALLBACK (on_finished), &mapped.is_over);
  athr_stream_set_flowing (map, TRUE);
  bench_iterate (&mapped.is_over);
  if (mapped.n_got != (int) n)
    g_error ("Answers were lost");

  return bench_since (begin) * 1000 / n;
}

/* By hand: the work of each number, and a window of answers that came before those of earlier numbers */

typedef struct
{
  int n;
  int n_started;
  int n_got;
  int answers[WINDOW]; /* -1: none yet */
  GThreadPool *pool;
  gboolean is_over;
} Hand;

typedef void (*StartFunc) (Hand *hand,
                           int   number);

typedef struct
{
  Hand *hand;
  int number;
  int answer;
} Work;

static const StartFunc *start_work;

static void
hand_fill (Hand *self)
{
  while (self->n_started < self->n && self->n_started - self->n_got < WINDOW)
    (*start_work) (self, self->n_started++);
}

static void
hand_answered (Hand *self,
               int   number,
               int   answer)
{
  self->answers[number % WINDOW] = answer;
  while (self->n_got < self->n && self->answers[self->n_got % WINDOW] != -1)
    {
      if (self->answers[self->n_got % WINDOW] != answer_to (self->n_got))
        g_error ("A wrong answer");
      self->answers[self->n_got++ % WINDOW] = -1;
    }
  self->is_over = self->n_got == self->n;
  hand_fill (self);
}

static void
work_call (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  Work *work = user_data;

  athr_call_return (call, G_TYPE_INT, answer_to (work->number));
}

static void
call_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  Work *work = user_data;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, &value, NULL))
    g_error ("A call failed");
  hand_answered (work->hand, work->number, g_value_get_int (&value));
  g_free (work);
}

static Work *
work_new (Hand *hand,
          int   number)
{
  Work *self = g_new0 (Work, 1);

  self->hand = hand;
  self->number = number;

  return self;
}

static void
start_call (Hand *hand,
            int   number)
{
  Work *work = work_new (hand, number);
  g_autoptr (AthrCall) call = athr_call_new (work_call, work, NULL);

  athr_call_run_async (call, NULL, call_done, work);
}

static gboolean
on_idle (gpointer user_data)
{
  Work *work = user_data;

  hand_answered (work->hand, work->number, work->answer);
  g_free (work);

  return G_SOURCE_REMOVE;
}

static void
run_in_pool (gpointer data,
             gpointer user_data)
{
  Work *work = data;

  work->answer = answer_to (work->number);
  g_idle_add (on_idle, work);
}

static void
start_in_pool (Hand *hand,
               int   number)
{
  g_thread_pool_push (hand->pool, work_new (hand, number), NULL);
}

static double
measure_by_hand (const BenchRow *row,
                 const BenchWay *way,
                 guint           n)
{
  Hand hand = { .n = n };
  gint64 begin;

  start_work = way->how;
  hand.pool = g_thread_pool_new (run_in_pool, NULL, MAX_RUNNING, FALSE, NULL);
  for (guint i = 0; i < WINDOW; i++)
    hand.answers[i] = -1;
  begin = g_get_monotonic_time ();
  hand_fill (&hand);
  bench_iterate (&hand.is_over);
  begin = bench_since (begin) * 1000;
  g_thread_pool_free (hand.pool, FALSE, TRUE);

  return (double) begin / n;
}

static const StartFunc by_calls = start_call;
static const StartFunc by_pool = start_in_pool;

const BenchRow bench_map_rows[] = {
  { "map", "an item of a map, 4 at once, in order", "ns", 100000, 0, 0, {
    { "map", measure_map },
    { "an AthrCall each", measure_by_hand, &by_calls },
    { "GThreadPool, idle each", measure_by_hand, &by_pool },
  } },
  { NULL, },
};
