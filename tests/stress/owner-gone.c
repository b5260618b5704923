/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 26. The owner of a call and a stream goes at any moment, on any thread. Every operation is
 * answered once, no signal comes when the owner is gone, and everything dies at home. */

#define N_RUNS 2

typedef struct
{
  AthrExecutor *executor;
  AthrRival rival;
  AthrOwner owner;
  GRand *rand;
  guint n_cancelled;
  guint n_others;
} Arena;

typedef struct
{
  Arena *arena;
  GObject *widget;
  gboolean is_gone; /* home has disposed the owner */
  guint n_pending;
} Round;

static void
round_check (Round *self)
{
  g_assert_true (g_thread_self () == self->arena->owner.thread);
  g_assert_false (self->is_gone);
}

static void
round_answer (Round        *self,
              const GError *error)
{
  self->n_pending--;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      round_check (self);
      self->arena->n_others++;
    }
  else
    {
      self->arena->n_cancelled++;
    }
}

static void
on_run (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error);
  round_answer (user_data, error);
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error);
  round_answer (user_data, error);
}

static void
on_close (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Round *self = user_data;

  athr_stream_close_finish (ATHR_STREAM (source), result, NULL);
  self->n_pending--;
}

static void
on_signal (Round *self)
{
  round_check (self);
}

static void
rival_dispose_and_unref (gpointer widget,
                         gpointer unused)
{
  g_object_run_dispose (widget);
  g_object_unref (widget);
}

static void
dispose_somewhere (Round *self)
{
  Arena *arena = self->arena;
  GFunc act = athr_flip (arena->rand) ? rival_dispose_and_unref : athr_rival_unref;

  if (athr_flip (arena->rand))
    {
      athr_rival_give (&arena->rival, arena->rand, act, self->widget);
    }
  else
    {
      act (self->widget, NULL);
      self->is_gone = TRUE;
    }
}

static AthrCall *
start_call (Round *self)
{
  Arena *arena = self->arena;
  AthrCall *call = athr_call_new (athr_work_call, athr_work_new (&arena->owner, arena->rand),
                                  athr_work_free);

  athr_call_set_executor (call, arena->executor);
  g_signal_connect_swapped (call, "notify", G_CALLBACK (on_signal), self);
  g_signal_connect_swapped (call, "finished", G_CALLBACK (on_signal), self);
  if (athr_flip (arena->rand))
    athr_call_bind (call, self->widget);
  for (guint i = 0; i < N_RUNS; i++)
    athr_call_run_async (call, NULL, on_run, self);
  self->n_pending += N_RUNS;
  athr_call_bind (call, self->widget);

  return call;
}

static AthrStream *
start_stream (Round *self)
{
  Arena *arena = self->arena;
  AthrWork *work = athr_work_new (&arena->owner, arena->rand);
  AthrStream *stream = athr_stream_new (athr_work_stream, work, athr_work_free);

  work->n_values = 3;
  athr_stream_set_executor (stream, arena->executor);
  athr_stream_set_buffer_size (stream, g_rand_int_range (arena->rand, 1, 3));
  athr_stream_bind (stream, self->widget);
  g_signal_connect_swapped (stream, "notify", G_CALLBACK (on_signal), self);
  g_signal_connect_swapped (stream, "finished", G_CALLBACK (on_signal), self);
  g_signal_connect_swapped (stream, "value", G_CALLBACK (on_signal), self);
  athr_stream_next_async (stream, NULL, on_next, self);
  self->n_pending++;
  if (athr_flip (arena->rand))
    athr_stream_set_flowing (stream, TRUE);

  return stream;
}

static void
test_owner (AthrStress *stress)
{
  Arena arena = { .rand = stress->rand };

  g_test_summary ("Hazard 26: the owner of a call and a stream goes at any moment, on any thread");

  arena.executor = athr_executor_new ("owner", 2);
  athr_owner_init (&arena.owner, g_thread_self ());
  athr_rival_start (&arena.rival);
  while (athr_stress_more (stress, 4000))
    {
      Round round = { .arena = &arena, .widget = g_object_new (G_TYPE_OBJECT, NULL) };
      AthrCall *call = start_call (&round);
      AthrStream *stream = start_stream (&round);

      athr_random_pause (arena.rand);
      if (athr_flip (arena.rand))
        g_main_context_iteration (NULL, FALSE);
      dispose_somewhere (&round);
      if (athr_flip (arena.rand))
        {
          round.n_pending++;
          athr_stream_close_async (stream, NULL, on_close, &round);
        }

      athr_test_iterate_until (NULL, round.n_pending == 0);
      athr_rival_await (&arena.rival);
      athr_test_drain (NULL);
      /* The call may be running: its signals may come later, and find no round. */
      g_signal_handlers_disconnect_by_data (call, &round);
      g_signal_handlers_disconnect_by_data (stream, &round);
      athr_drop_somewhere (call, &arena.rival, arena.rand);
      athr_drop_somewhere (stream, &arena.rival, arena.rand);
    }
  athr_rival_stop (&arena.rival);
  athr_owner_await_end (&arena.owner, NULL);
  g_object_unref (arena.executor);
  g_test_message ("%u operations were cancelled, %u were not", arena.n_cancelled, arena.n_others);
}

static void
wait_until_cancelled (GCancellable *cancellable)
{
  GPollFD fd;

  g_assert_true (g_cancellable_make_pollfd (cancellable, &fd));
  g_assert_cmpint (g_poll (&fd, 1, ATHR_TEST_TIMEOUT / 1000), ==, 1);
  g_cancellable_release_fd (cancellable);
}

static void
call_until_cancelled (AthrCall  *call,
                      gpointer   user_data,
                      GError   **error)
{
  wait_until_cancelled (athr_call_get_cancellable (call));
}

static void
yield_until_cancelled (AthrYielder  *yielder,
                       gpointer      user_data,
                       GError      **error)
{
  wait_until_cancelled (athr_yielder_get_cancellable (yielder));
}

static void
run_blocked (AthrExecutor *executor,
             GObject      *widget,
             gboolean      starts)
{
  g_autoptr (AthrCall) call = athr_call_new (call_until_cancelled, NULL, NULL);
  g_autoptr (GError) error = NULL;

  athr_call_set_executor (call, executor);
  athr_call_bind (call, widget);
  if (starts)
    athr_call_start (call);
  g_object_unref (widget);
  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
take_blocked (AthrExecutor *executor,
              GObject      *widget,
              gboolean      starts)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_until_cancelled, NULL, NULL);
  g_autoptr (GError) error = NULL;

  athr_stream_set_executor (stream, executor);
  athr_stream_bind (stream, widget);
  if (starts)
    athr_stream_start (stream);
  g_object_unref (widget);
  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_blocked (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("blocked", 2);
  AthrRival rival;

  g_test_summary ("The owner goes at about the time at which its thread blocks, on this thread or another one");

  athr_rival_start (&rival);
  while (athr_stress_more (stress, 4000))
    {
      GObject *widget = g_object_new (G_TYPE_OBJECT, NULL);
      gboolean starts = athr_flip (stress->rand);

      if (athr_flip (stress->rand))
        athr_rival_give (&rival, stress->rand, athr_rival_unref, g_object_ref (widget));
      athr_random_pause (stress->rand);
      if (athr_flip (stress->rand))
        run_blocked (executor, widget, starts);
      else
        take_blocked (executor, widget, starts);
      athr_rival_await (&rival);
      if (athr_flip (stress->rand))
        athr_test_drain (NULL);
    }
  athr_rival_stop (&rival);
  athr_test_drain (NULL);
}

/* Two threads bind calls of their own to one owner, which lives on. */
static gpointer
bind_many (gpointer widget)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (int i = 0; i < 200; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_work_call, NULL, NULL);

      athr_call_bind (call, widget);
    }
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_bind (AthrStress *stress)
{
  while (athr_stress_more (stress, 20))
    {
      g_autoptr (GObject) widget = g_object_new (G_TYPE_OBJECT, NULL);
      GThread *thread = g_thread_new ("binder", bind_many, widget);

      bind_many (widget);
      if (athr_flip (stress->rand))
        g_object_run_dispose (widget);
      g_thread_join (thread);
    }
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/26-owner/stress/gone", test_owner);
  athr_stress_add ("/athr/hazards/26-owner/stress/blocked", test_blocked);
  athr_stress_add ("/athr/hazards/26-owner/stress/bind", test_bind);

  return g_test_run ();
}
