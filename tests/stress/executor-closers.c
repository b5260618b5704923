/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stress-test.h"

/* Two threads close one executor at the same time, while streams that clean up are parked. The executor takes the jobs of
 * the clean-ups until each closing thread has told its streams. */

#define N_STREAMS 20

typedef struct
{
  AthrExecutor *executor;
  AthrRival rival;
  gboolean cleanup_closes; /* each clean-up function closes the executor, too */
  int n_steps;             /* atomic */
  int n_clean;             /* atomic */
  guint n_closed;
} Site;

static void
step (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  Site *self = user_data;

  athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
  g_atomic_int_inc (&self->n_steps);
}

static void
close_executor (gpointer executor,
                gpointer unused)
{
  athr_executor_close_async (executor, FALSE, NULL, NULL, NULL);
}

static void
clean_up (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Site *self = user_data;

  if (self->cleanup_closes)
    close_executor (self->executor, NULL);
  g_atomic_int_inc (&self->n_clean);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Site *self = user_data;

  g_assert_true (athr_executor_close_finish (ATHR_EXECUTOR (source), result, NULL));
  self->n_closed++;
}

/* Makes parked streams go on, or closes them, at about the time at which the rival closes the executor. */
static void
use_streams (AthrStress *stress,
             AthrStream *streams[])
{
  for (guint i = 0; i < N_STREAMS; i++)
    {
      athr_random_pause (stress->rand);
      if (athr_flip (stress->rand))
        athr_stream_next_async (streams[i], NULL, NULL, NULL);
      else
        athr_stream_close_async (streams[i], NULL, NULL, NULL);
    }
}

static void
run_round (AthrStress *stress,
           Site       *self)
{
  AthrStream *streams[N_STREAMS];

  self->executor = athr_executor_new ("closers", 2);
  self->n_steps = self->n_clean = self->n_closed = 0;
  for (guint i = 0; i < N_STREAMS; i++)
    {
      streams[i] = athr_stream_new_steps (step, self, NULL);
      athr_stream_set_executor (streams[i], self->executor);
      athr_stream_set_buffer_size (streams[i], 1);
      athr_stream_set_cleanup (streams[i], clean_up, self, NULL);
      athr_stream_start (streams[i]);
    }
  athr_test_yield_until (g_atomic_int_get (&self->n_steps) == N_STREAMS);

  athr_rival_give (&self->rival, stress->rand, close_executor, self->executor);
  athr_random_pause (stress->rand);
  if (athr_flip (stress->rand))
    use_streams (stress, streams);
  athr_executor_close_async (self->executor, FALSE, NULL, on_closed, self);
  athr_test_iterate_until (NULL, self->n_closed == 1);
  g_assert_cmpint (g_atomic_int_get (&self->n_clean), ==, N_STREAMS);

  athr_rival_await (&self->rival);
  for (guint i = 0; i < N_STREAMS; i++)
    g_object_unref (streams[i]);
  g_object_unref (self->executor);
}

static void
test_closers (AthrStress *stress)
{
  Site site = { NULL };

  g_test_summary ("Two threads close an executor, while streams go on or are closed, and perhaps clean-up functions close "
                  "it, too: all clean-up functions run");

  athr_rival_start (&site.rival);
  while (athr_stress_more (stress, 500))
    {
      site.cleanup_closes = athr_flip (stress->rand);
      run_round (stress, &site);
    }
  athr_rival_stop (&site.rival);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stress/executor-closers", test_closers);

  return g_test_run ();
}
