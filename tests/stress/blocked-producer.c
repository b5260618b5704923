/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 3. A producer never stops by itself, and its buffer has room for one value. At a random
 * moment a close, a drop or the end of the context ends the stream. If the producer has begun,
 * exactly one of its yields fails, and its function returns. */

typedef enum { END_CLOSE, END_DROP, END_DROP_ELSEWHERE, END_CONTEXT, N_ENDS } End;

typedef struct
{
  AthrExecutor *executor;
  AthrRival rival;
  AthrOwner owner;
  GRand *rand;
  guint n_begun;
} Arena;

typedef struct
{
  guint number;
  guint n_under_way;
  gboolean has_closed;
  gboolean has_failed;
} Reader;

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Reader *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  self->n_under_way--;
  if (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL) &&
      G_IS_VALUE (&value))
    g_assert_cmpuint (athr_tracked_number (&value), ==, ++self->number);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Reader *self = user_data;
  g_autoptr (GError) error = NULL;

  self->n_under_way--;
  self->has_closed = TRUE;
  self->has_failed = !athr_stream_close_finish (ATHR_STREAM (source), result, &error);
  g_assert_true (self->has_failed == athr_is_tracked_error (error));
}

/* Waits for a random time. Afterwards the producer may not have begun, may be running, or may have
 * been blocked for long. */
static void
wait_some (Arena        *self,
           GMainContext *context,
           int          *n_yielded)
{
  if (athr_one_in (self->rand, 8))
    athr_test_yield_until (g_atomic_int_get (n_yielded) > 0 &&
                           athr_executor_get_n_running (self->executor) == 0);
  else
    athr_random_pause (self->rand);
  if (athr_flip (self->rand))
    athr_test_drain (context);
}

static void
end_once (Arena *self,
          End    end)
{
  GMainContext *context = g_main_context_new ();
  int n_ended = 0, n_yielded = 0, n_refused = 0;
  AthrWork *work;
  AthrStream *stream;
  Reader reader = { 0 };
  gboolean fails;

  /* A worker frees what it would hand to a context that is destroyed. */
  athr_owner_init (&self->owner, end == END_CONTEXT ? NULL : g_thread_self ());
  work = athr_work_new (&self->owner, self->rand);
  work->n_values = G_MAXUINT;
  work->n_ended = &n_ended;
  work->n_yielded = &n_yielded;
  work->n_refused = &n_refused;
  fails = work->fails;

  g_main_context_push_thread_default (context);
  stream = athr_stream_new (athr_work_stream, work, athr_work_free);
  athr_stream_set_executor (stream, self->executor);
  athr_stream_set_buffer_size (stream, 1);
  athr_stream_start (stream);
  /* A pending operation keeps its context alive, so the context would never end. */
  for (int i = end == END_CONTEXT ? 0 : g_rand_int_range (self->rand, 0, 4); i > 0; i--)
    {
      reader.n_under_way++;
      athr_stream_next_async (stream, NULL, on_next, &reader);
    }
  wait_some (self, context, &n_yielded);

  switch (end)
    {
    case END_CLOSE:
      reader.n_under_way++;
      athr_stream_close_async (stream, NULL, on_closed, &reader);
      athr_test_iterate_until (context, reader.has_closed);
      g_assert_cmpint (g_atomic_int_get (&n_ended), ==, g_atomic_int_get (&n_refused));
      g_assert_true (reader.has_failed == (fails && n_ended > 0));
      g_object_unref (stream);
      break;

    case END_DROP:
      g_object_unref (stream);
      break;

    case END_DROP_ELSEWHERE:
      athr_rival_give (&self->rival, self->rand, athr_rival_unref, stream);
      break;

    default:
      break;
    }

  g_main_context_pop_thread_default (context);
  if (end != END_CONTEXT)
    {
      athr_test_iterate_until (context, reader.n_under_way == 0);
      athr_rival_await (&self->rival);
      athr_owner_await_end (&self->owner, context);
      g_main_context_unref (context);
    }
  else
    {
      g_main_context_unref (context);
      athr_test_yield_until (athr_executor_get_n_queued (self->executor) == 0 &&
                             athr_executor_get_n_running (self->executor) == 0);
      athr_drop_somewhere (stream, &self->rival, self->rand);
      athr_rival_await (&self->rival);
      athr_test_yield_until (g_atomic_int_get (&self->owner.n_alive) == 0);
    }
  g_assert_cmpint (g_atomic_int_get (&n_ended), ==, g_atomic_int_get (&n_refused));
  self->n_begun += g_atomic_int_get (&n_ended);
}

static void
test_blocked (AthrStress *stress)
{
  Arena arena = { .rand = stress->rand };

  g_test_summary ("Hazard 3: a producer is blocked by a full buffer of one value. A close, a drop or the "
                  "end of the context makes its yield fail, and its function returns, also with an error");

  arena.executor = athr_executor_new ("blocked", 2);
  athr_rival_start (&arena.rival);
  while (athr_stress_more (stress, 10000))
    end_once (&arena, g_rand_int_range (arena.rand, 0, N_ENDS));
  athr_rival_stop (&arena.rival);
  g_object_unref (arena.executor);
  g_test_message ("%u producers began", arena.n_begun);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/03-blocked-producer/stress", test_blocked);

  return g_test_run ();
}
