/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdlib.h>

#include "stream-hazards-test.h"

/* Keeps the result of an operation, finished or not, and drops it on some thread. */
typedef struct
{
  Helper *helper;
  GRand *rand;
  int n_answers;
} Dropper;

static void
drop_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Dropper *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  self->n_answers++;
  if (flip (self->rand))
    athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL);
  drop_somewhere (g_object_ref (result), self->helper, self->rand);
}

static void
test_death_at_home (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;
  Dropper dropper = { &helper, rand, 0 };
  int n_asked = 0;

  g_test_summary ("Hazard 1: whatever is dropped, on any thread and at any time, the user's "
                  "things are freed at home");

  helper_start (&helper);
  for (int round = 0; round < 3000; round++)
    {
      Work *work;
      AthrStream *stream = work_new_stream (&work, g_rand_int_range (rand, 0, 6),
                                            g_rand_int_range (rand, 1, 4));
      int n_nexts = g_rand_int_range (rand, 0, 4);

      work->fails = flip (rand);
      if (flip (rand))
        athr_stream_start (stream);
      for (int i = 0; i < n_nexts; i++)
        {
          athr_stream_next_async (stream, NULL, drop_result, &dropper);
          n_asked++;
          if (flip (rand))
            g_main_context_iteration (NULL, FALSE);
        }
      if (g_rand_int_range (rand, 0, 4) == 0)
        athr_stream_close_async (stream, NULL, NULL, NULL);
      for (int i = g_rand_int_range (rand, 0, 4); i > 0; i--)
        g_main_context_iteration (NULL, FALSE);
      drop_somewhere (stream, &helper, rand);
    }
  athr_test_iterate_until (NULL, dropper.n_answers == n_asked);
  helper_stop (&helper);
  await_deaths ();
}

/* A producer that keeps its yielder, and fails when its stream is gone. */
typedef struct
{
  AthrGate gate;
  AthrYielder *yielder;
  GThread *home;
  GThread *destroyed_on; /* atomic */
} LateFailure;

static void
fail_late (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  LateFailure *self = user_data;

  self->yielder = g_object_ref (yielder);
  athr_gate_pass (&self->gate);
  g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
  fragile_error_get_private (*error)->home = self->home;
}

static void
late_failure_destroy (gpointer user_data)
{
  LateFailure *self = user_data;

  athr_test_note_thread (&self->destroyed_on);
}

static void
test_late_error (void)
{
  LateFailure late = { .home = g_thread_self () };
  AthrStream *stream = athr_stream_new (fail_late, &late, late_failure_destroy);

  g_test_summary ("Hazard 1: the error of a stream that is gone is freed at home, even if "
                  "its yielder is kept");

  athr_gate_init (&late.gate);
  athr_stream_start (stream);
  athr_gate_await (&late.gate, 1);
  g_object_unref (stream);
  athr_gate_open (&late.gate);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&late.destroyed_on) != NULL);
  athr_test_drain (NULL);
  g_assert_cmpint (n_alive, ==, 0);
  g_assert_cmpint (n_astray, ==, 0);
  g_object_unref (late.yielder);
  athr_gate_clear (&late.gate);
}

typedef enum { BLOCKED_CLOSE, BLOCKED_DROP, BLOCKED_DESTROY, N_BLOCKED } BlockedEnd;

static void
end_blocked (BlockedEnd  how,
             GRand      *rand)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("blocked", 2);
  GMainContext *context = g_main_context_new ();
  GAsyncResult *result = NULL;
  AthrStream *stream;
  Work *work;

  g_main_context_push_thread_default (context);
  stream = work_new_stream (&work, 5, 1);
  athr_stream_set_executor (stream, executor);
  work->home = NULL;
  work->fails = flip (rand);
  athr_stream_start (stream);
  if (flip (rand))
    athr_test_yield_until (g_atomic_int_get (&work->n_yielded) == 1 &&
                           athr_executor_get_n_running (executor) == 0);
  if (flip (rand))
    athr_test_drain (context);
  if (how == BLOCKED_CLOSE)
    {
      athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (context, result != NULL);
      g_object_unref (result);
    }
  g_main_context_pop_thread_default (context);

  if (how == BLOCKED_DROP || flip (rand))
    {
      g_clear_object (&stream);
      if (flip (rand))
        athr_test_drain (context);
    }
  g_main_context_unref (context);
  if (stream != NULL && how == BLOCKED_DESTROY)
    athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                           athr_executor_get_n_running (executor) == 0);
  g_clear_object (&stream);
  athr_test_yield_until (g_atomic_int_get (&n_alive) == 0);
}

static void
test_blocked_producer (void)
{
  g_autoptr (GRand) rand = rand_new ();

  g_test_summary ("Hazard 3: a close, a drop or the end of the context wakes a producer that "
                  "is blocked on a full buffer of one, also when the producer then fails, "
                  "and nothing leaks");

  for (int round = 0; round < 300; round++)
    for (int how = 0; how < N_BLOCKED; how++)
      end_blocked (how, rand);
  await_deaths ();
}

static void
never_called (void)
{
  g_assert_not_reached ();
}

static void
test_owner_dies (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;

  g_test_summary ("Hazard 8: a stream that is gone emits nothing");

  helper_start (&helper);
  for (int round = 0; round < 2000; round++)
    {
      Work *work;
      AthrStream *stream = work_new_stream (&work, g_rand_int_range (rand, 0, 4), 2);

      work->fails = flip (rand);
      g_signal_connect (stream, "notify", G_CALLBACK (never_called), NULL);
      g_signal_connect (stream, "finished", G_CALLBACK (never_called), NULL);
      athr_stream_start (stream);
      if (flip (rand))
        athr_test_yield_until (g_atomic_int_get (&work->n_yielded) == (int) MIN (work->n_values, 2));
      g_object_unref (stream);
      if (flip (rand))
        athr_test_drain (NULL);
    }
  helper_stop (&helper);
  await_deaths ();
}

static void
test_context (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;

  g_test_summary ("Hazard 9: a context may be pushed and popped, never run, or destroyed "
                  "with values pending");

  helper_start (&helper);
  for (int round = 0; round < 1500; round++)
    {
      GMainContext *context = g_main_context_new ();
      AthrStream *stream;
      Work *work;

      g_main_context_push_thread_default (context);
      stream = work_new_stream (&work, g_rand_int_range (rand, 0, 6), g_rand_int_range (rand, 1, 4));
      work->home = NULL;
      work->fails = flip (rand);
      if (flip (rand))
        athr_stream_set_delivery_priority (stream, g_rand_int_range (rand, -2, 3));
      if (flip (rand))
        athr_stream_start (stream);
      g_main_context_pop_thread_default (context);

      for (int i = g_rand_int_range (rand, 0, 3); i > 0; i--)
        g_main_context_iteration (context, FALSE);
      if (flip (rand))
        drop_somewhere (g_steal_pointer (&stream), &helper, rand);
      g_main_context_unref (context);
      if (stream != NULL && flip (rand))
        {
          Dropper dropper = { &helper, rand, 0 };

          /* Another context may use the stream. If the stream was started, its producer is
           * closed. */
          athr_stream_next_async (stream, NULL, drop_result, &dropper);
          athr_test_iterate_until (NULL, dropper.n_answers == 1);
        }
      if (stream != NULL)
        drop_somewhere (stream, &helper, rand);
    }
  helper_stop (&helper);

  /* When home is dead, a worker frees things, and wakes no main context. */
  athr_test_yield_until ((athr_test_drain (NULL), g_atomic_int_get (&n_alive) == 0));
  await_deaths ();
}

typedef enum { EXIT_BLOCKED, EXIT_DROPPED, EXIT_RUNNING, EXIT_QUEUED } ExitWhile;

/* In the subprocess: calls exit() while work is under way. */
static void
exit_while (ExitWhile what)
{
  /* Leak checkers must find what is never freed here. */
  static AthrCounter exiting;
  AthrCounter *counter = &exiting;

  athr_counter_init (counter, 10, 2);
  g_object_unref (counter->executor);
  counter->executor = athr_executor_new ("exit", what == EXIT_QUEUED ? 1 : 2);
  athr_stream_set_executor (counter->stream, counter->executor);
  if (what == EXIT_RUNNING || what == EXIT_QUEUED)
    {
      counter->n_values = 1;
      counter->holds = TRUE;
    }
  athr_stream_start (counter->stream);
  if (counter->holds)
    athr_gate_await (&counter->hold, 1);
  else
    athr_test_yield_until (g_atomic_int_get (&counter->n_yielded) == 2 &&
                           athr_executor_get_n_running (counter->executor) == 0);
  if (what == EXIT_DROPPED)
    {
      /* The end of the producer and the destroy of the user data wait in a loop that never
       * runs. */
      g_clear_object (&counter->stream);
      athr_test_yield_until (g_atomic_int_get (&counter->has_returned));
    }
  if (what == EXIT_QUEUED)
    for (int i = 0; i < 3; i++)
      {
        AthrStream *stream = athr_stream_new (athr_counter_run, counter, NULL);

        athr_stream_set_executor (stream, counter->executor);
        athr_stream_next_async (stream, NULL, NULL, NULL);
      }

  exit (EXIT_SUCCESS);
}

static void
test_exit (gconstpointer data)
{
  if (g_test_subprocess ())
    exit_while (GPOINTER_TO_INT (data));

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/01-death-at-home/stream", test_death_at_home);
  g_test_add_func ("/athr/hazards/01-death-at-home/stream/late-error", test_late_error);
  g_test_add_func ("/athr/hazards/03-blocked-producer/yield", test_blocked_producer);
  g_test_add_func ("/athr/hazards/08-owner-dies/stream", test_owner_dies);
  g_test_add_func ("/athr/hazards/09-dead-context/stream", test_context);
  g_test_add_data_func ("/athr/hazards/11-exit/stream/blocked", GINT_TO_POINTER (EXIT_BLOCKED), test_exit);
  g_test_add_data_func ("/athr/hazards/11-exit/stream/dropped", GINT_TO_POINTER (EXIT_DROPPED), test_exit);
  g_test_add_data_func ("/athr/hazards/11-exit/stream/running", GINT_TO_POINTER (EXIT_RUNNING), test_exit);
  g_test_add_data_func ("/athr/hazards/11-exit/stream/queued", GINT_TO_POINTER (EXIT_QUEUED), test_exit);

  return g_test_run ();
}
