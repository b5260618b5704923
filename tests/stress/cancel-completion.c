/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 2. An operation is cancelled, on any thread, at the moment when it completes. It calls
 * back once, and the library frees its data once. */

#define N_WAITS 2

typedef struct
{
  AthrExecutor *executor;
  AthrRival rival;
  AthrOwner owner;
  GRand *rand;
  guint n_succeeded;
  guint n_failed;
  guint n_cancelled;
  guint n_timed_out;
} Arena;

static void
arena_init (Arena      *self,
            AthrStress *stress)
{
  *self = (Arena) { .rand = stress->rand };
  self->executor = athr_executor_new ("cancel", 2);
  athr_owner_init (&self->owner, g_thread_self ());
  athr_rival_start (&self->rival);
}

static void
arena_clear (Arena *self)
{
  athr_rival_stop (&self->rival);
  athr_owner_await_end (&self->owner, NULL);
  g_object_unref (self->executor);
  g_test_message ("%u succeeded, %u failed, %u were cancelled, %u timed out", self->n_succeeded,
                  self->n_failed, self->n_cancelled, self->n_timed_out);
}

static guint *
arena_count_of (Arena        *self,
                const GError *error)
{
  if (error == NULL)
    return &self->n_succeeded;
  if (athr_is_tracked_error (error))
    return &self->n_failed;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return &self->n_timed_out;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return &self->n_cancelled;
}

typedef struct
{
  Arena *arena;
  guint n_answered;
  guint n_finished;
  guint *outcome; /* the arena's count of this outcome */
} Round;

static void
on_run (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Round *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  guint *outcome;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error))
    g_assert_cmpuint (athr_tracked_number (&value), ==, 1);
  outcome = arena_count_of (self->arena, error);
  g_assert_true (self->n_answered == 0 || self->outcome == outcome);
  g_assert_cmpuint (self->n_finished, ==, 0);
  self->outcome = outcome;
  self->n_answered++;
}

static void
on_finished (AthrCall *call,
             Round    *self)
{
  Arena *arena = self->arena;
  AthrCallState state = athr_call_get_state (call);

  g_assert_cmpuint (self->n_answered, ==, N_WAITS);
  g_assert_cmpuint (self->n_finished, ==, 0);
  if (self->outcome == &arena->n_succeeded)
    g_assert_cmpint (state, ==, ATHR_CALL_STATE_SUCCEEDED);
  else if (self->outcome == &arena->n_cancelled)
    g_assert_cmpint (state, ==, ATHR_CALL_STATE_CANCELLED);
  else
    g_assert_cmpint (state, ==, ATHR_CALL_STATE_FAILED);
  self->n_finished++;
}

static void
rival_cancel_call (gpointer call,
                   gpointer unused)
{
  athr_call_cancel (call);
  g_object_unref (call);
}

static void
test_call (AthrStress *stress)
{
  Arena arena;

  g_test_summary ("Hazard 2: a call is cancelled or times out at the moment when its function returns. "
                  "Each callback runs once, all get the same outcome, and the data is freed once");

  arena_init (&arena, stress);
  while (athr_stress_more (stress, 10000))
    {
      AthrWork *work = athr_work_new (&arena.owner, arena.rand);
      g_autoptr (AthrCall) call = athr_call_new (athr_work_call, work, athr_work_free);
      GCancellable *cancellables[N_WAITS];
      Round round = { .arena = &arena };
      gboolean is_timed = athr_one_in (arena.rand, 200);

      athr_call_set_executor (call, arena.executor);
      athr_call_set_return_on_cancel (call, athr_flip (arena.rand));
      if (is_timed)
        {
          athr_call_set_timeout (call, athr_flip (arena.rand));
          athr_call_set_run_timeout (call, 1);
          work->delay = g_rand_int_range (arena.rand, 0, 8000000);
        }
      g_signal_connect (call, "finished", G_CALLBACK (on_finished), &round);
      for (int i = 0; i < N_WAITS; i++)
        {
          cancellables[i] = g_cancellable_new ();
          athr_call_run_async (call, cancellables[i], on_run, &round);
        }
      athr_random_pause (arena.rand);
      athr_cancel_somewhere (cancellables[0], &arena.rival, arena.rand);
      athr_cancel_somewhere (cancellables[1], &arena.rival, arena.rand);
      if (!is_timed && athr_flip (arena.rand))
        athr_rival_give (&arena.rival, arena.rand, rival_cancel_call, g_object_ref (call));
      if (!is_timed && athr_one_in (arena.rand, 4))
        athr_call_cancel (call);

      athr_test_iterate_until (NULL, round.n_finished == 1);
      athr_rival_await (&arena.rival);
      athr_test_drain (NULL);
      g_assert_cmpuint (round.n_answered, ==, N_WAITS);
      /* The user data is freed. At most the outcome is alive: the call keeps it for a later
       * run_async(). */
      g_assert_cmpint (g_atomic_int_get (&arena.owner.n_alive), <=, 1);
      (*round.outcome)++;
      g_signal_handlers_disconnect_by_data (call, &round);
    }
  arena_clear (&arena);
}

typedef struct
{
  Arena *arena;
  guint n_requested;
  guint n_answered;
  guint number;
  gboolean has_ended;
  guint n_errors;
} Reader;

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Reader *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  self->n_answered++;
  g_assert_cmpuint (self->n_answered, ==, self->n_requested);
  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    self->n_errors += athr_is_tracked_error (error);
  else if (G_IS_VALUE (&value))
    g_assert_cmpuint (athr_tracked_number (&value), ==, ++self->number);
  else
    self->has_ended = TRUE;
  (*arena_count_of (self->arena, error))++;
}

static void
test_next (AthrStress *stress)
{
  Arena arena;

  g_test_summary ("Hazard 2: a next is cancelled at the moment when its value, the error or the end "
                  "arrives. It calls back once, and what it did not take goes to the following next");

  arena_init (&arena, stress);
  while (athr_stress_more (stress, 4000))
    {
      AthrWork *work = athr_work_new (&arena.owner, arena.rand);
      guint n_values = g_rand_int_range (arena.rand, 0, 5);
      gboolean fails = work->fails;
      AthrStream *stream = athr_stream_new (athr_work_stream, work, athr_work_free);
      Reader reader = { .arena = &arena };

      work->n_values = n_values;
      athr_stream_set_executor (stream, arena.executor);
      athr_stream_set_buffer_size (stream, g_rand_int_range (arena.rand, 1, 3));
      while (!reader.has_ended)
        {
          GCancellable *cancellable = g_cancellable_new ();

          reader.n_requested++;
          athr_stream_next_async (stream, cancellable, on_next, &reader);
          athr_random_pause (arena.rand);
          athr_cancel_somewhere (cancellable, &arena.rival, arena.rand);
          athr_test_iterate_until (NULL, reader.n_answered == reader.n_requested);
        }
      g_assert_cmpuint (reader.number, ==, n_values);
      g_assert_cmpuint (reader.n_errors, ==, fails);
      athr_drop_somewhere (stream, &arena.rival, arena.rand);
    }
  arena_clear (&arena);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/02-cancel/stress/call", test_call);
  athr_stress_add ("/athr/hazards/02-cancel/stress/next", test_next);

  return g_test_run ();
}
