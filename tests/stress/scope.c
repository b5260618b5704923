/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stress-test.h"

/* Random calls in an AthrLatest and in an AthrGroup, while another thread cancels and drops things:
 * every operation is answered once, and all user data ends once, at home. */

#define MAX_CALLS 12

typedef struct
{
  GThread *home;
  int n_alive;           /* atomic; user data that has not ended */
  guint n_pending;       /* operations that were not answered */
  AthrCall *calls[MAX_CALLS];
  GCancellable *cancellables[MAX_CALLS];
  guint n_calls;
  gpointer dropped;      /* owned; the other thread drops it */
  GRand *rand;           /* of the other thread */
} Round;

typedef struct
{
  Round *round;
  int kind;
} Work;

static void
work (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  Work *self = user_data;
  GCancellable *cancellable = athr_call_get_cancellable (call);

  switch (self->kind)
    {
    case 0:
      athr_call_return (call, G_TYPE_INT, 42);
      break;
    case 1:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Failed");
      break;
    case 2:
      for (guint i = 0; i < 50 && !g_cancellable_is_cancelled (cancellable); i++)
        {
          athr_call_report_progress (call, i / 50., NULL);
          g_thread_yield ();
        }
      break;
    default:
      {
        g_autoptr (AthrCall) other = athr_call_new (work, g_memdup2 (&(Work) { self->round, 0 }, sizeof (Work)),
                                                    g_free);

        athr_call_run (other, cancellable, NULL, error);
      }
    }
}

static void
work_destroy (gpointer data)
{
  Work *self = data;

  g_assert_true (g_thread_self () == self->round->home);
  g_atomic_int_add (&self->round->n_alive, -1);
  g_free (self);
}

static AthrCall *
new_call (AthrStress *stress,
          Round      *round)
{
  Work *data = g_new (Work, 1);
  AthrCall *call;

  *data = (Work) { round, g_rand_int_range (stress->rand, 0, 4) };
  g_atomic_int_inc (&round->n_alive);
  call = athr_call_new (work, data, work_destroy);
  athr_call_set_return_on_cancel (call, g_rand_boolean (stress->rand));
  athr_call_set_priority (call, g_rand_int_range (stress->rand, -2, 3));
  athr_call_set_delivery_priority (call, g_rand_int_range (stress->rand, -2, 3) * 100);
  if (g_rand_int_range (stress->rand, 0, 8) == 0)
    athr_call_set_timeout (call, 1);
  round->calls[round->n_calls] = call;
  round->cancellables[round->n_calls] = g_cancellable_new ();
  round->n_calls++;

  return call;
}

static gpointer
disturb (gpointer data)
{
  Round *self = data;

  for (guint i = g_rand_int_range (self->rand, 0, 4); i > 0 && self->n_calls > 0; i--)
    {
      guint which = g_rand_int_range (self->rand, 0, self->n_calls);

      if (g_rand_boolean (self->rand))
        athr_call_cancel (self->calls[which]);
      else
        g_cancellable_cancel (self->cancellables[which]);
      g_thread_yield ();
    }
  g_clear_object (&self->dropped);

  return NULL;
}

/* Lets another thread disturb, and waits until the round is over. */
static void
finish (AthrStress *stress,
        Round      *round,
        gpointer    object)
{
  GThread *thread;

  if (g_rand_boolean (stress->rand))
    round->dropped = g_steal_pointer (&object);
  round->rand = athr_stress_rand (stress);
  thread = g_thread_new ("disturb", disturb, round);
  for (guint i = g_rand_int_range (stress->rand, 0, 5); i > 0; i--)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&object);
  athr_test_iterate_until (NULL, round->n_pending == 0);
  g_thread_join (thread);
  g_rand_free (round->rand);
  for (guint i = 0; i < round->n_calls; i++)
    {
      g_object_unref (round->calls[i]);
      g_object_unref (round->cancellables[i]);
    }
  athr_test_iterate_until (NULL, g_atomic_int_get (&round->n_alive) == 0);
}

static void
answered (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Round *round = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_thread_self () == round->home);
  g_assert_cmpuint (round->n_pending, >, 0);
  round->n_pending--;
  if (ATHR_IS_LATEST (source))
    athr_latest_run_finish_into (ATHR_LATEST (source), result, NULL, &error);
  else if (g_async_result_is_tagged (result, athr_group_wait_async))
    athr_group_wait_finish (ATHR_GROUP (source), result, &error);
  else
    athr_group_close_finish (ATHR_GROUP (source), result, &error);
}

static void
stress_latest (AthrStress *stress)
{
  while (athr_stress_more (stress, 100))
    {
      AthrLatest *latest = athr_latest_new (g_rand_int_range (stress->rand, 0, 2));
      Round round = { .home = g_thread_self () };
      guint n = g_rand_int_range (stress->rand, 1, MAX_CALLS);

      athr_latest_set_max_wait (latest, g_rand_int_range (stress->rand, 0, 2));
      athr_latest_set_serial (latest, g_rand_boolean (stress->rand));
      for (guint i = 0; i < n; i++)
        {
          round.n_pending++;
          athr_latest_run_async (latest, new_call (stress, &round), round.cancellables[i], answered, &round);
          if (g_rand_boolean (stress->rand))
            g_main_context_iteration (NULL, FALSE);
          if (g_rand_int_range (stress->rand, 0, 10) == 0)
            athr_latest_cancel (latest);
        }
      finish (stress, &round, latest);
    }
}

/* The last reference goes on another thread while home starts the call, ends the work or answers. Home must
 * not bring the object back to life: when both threads have let go, the object is gone. */
static void
stress_latest_drop (AthrStress *stress)
{
  GRand *rand = stress->rand;
  AthrRival rival;

  athr_rival_start (&rival);
  while (athr_stress_more (stress, 3000))
    {
      AthrLatest *latest = athr_latest_new (athr_one_in (rand, 8));
      Round round = { .home = g_thread_self () };
      GThread *finalized_on = NULL;
      guint n = g_rand_int_range (rand, 1, 3);

      g_object_set_data_full (G_OBJECT (latest), "witness", athr_witness_new (&finalized_on), g_object_unref);
      for (guint i = 0; i < n; i++)
        {
          round.n_pending++;
          athr_latest_run_async (latest, new_call (stress, &round), round.cancellables[i], answered, &round);
        }
      athr_random_pause (rand);
      athr_rival_give (&rival, rand, athr_rival_unref, latest);
      if (athr_flip (rand))
        athr_test_iterate_until (NULL, round.n_pending == 0);
      athr_rival_await (&rival);
      g_assert_nonnull (finalized_on);
      athr_test_iterate_until (NULL, round.n_pending == 0);
      for (guint i = 0; i < n; i++)
        {
          g_object_unref (round.calls[i]);
          g_object_unref (round.cancellables[i]);
        }
      athr_test_iterate_until (NULL, g_atomic_int_get (&round.n_alive) == 0);
    }
  athr_rival_stop (&rival);
}

static void
stress_group (AthrStress *stress)
{
  while (athr_stress_more (stress, 100))
    {
      AthrGroup *group = athr_group_new (g_rand_int_range (stress->rand, 0, 3));
      Round round = { .home = g_thread_self () };
      guint n = g_rand_int_range (stress->rand, 0, MAX_CALLS);
      g_autoptr (AthrStream) results = NULL;

      athr_group_set_max_running (group, g_rand_int_range (stress->rand, 0, 4));
      if (g_rand_int_range (stress->rand, 0, 5) == 0)
        athr_group_set_timeout (group, 1);
      if (g_rand_boolean (stress->rand))
        results = g_object_ref (athr_group_get_results (group));
      for (guint i = 0; i < n; i++)
        {
          athr_group_add (group, new_call (stress, &round), NULL);
          if (g_rand_boolean (stress->rand))
            g_main_context_iteration (NULL, FALSE);
          if (g_rand_int_range (stress->rand, 0, 6) == 0)
            athr_group_set_max_running (group, g_rand_int_range (stress->rand, 0, 4));
        }
      if (g_rand_boolean (stress->rand))
        {
          round.n_pending++;
          athr_group_wait_async (group, NULL, answered, &round);
        }
      if (g_rand_boolean (stress->rand))
        {
          round.n_pending++;
          athr_group_close_async (group, NULL, answered, &round);
        }
      finish (stress, &round, group);
    }
}

/* The rival runs the call: its function waits for another call, so that the place of the call is free meanwhile. */
static void
run_call (gpointer call,
          gpointer unused)
{
  athr_call_run (call, NULL, NULL, NULL);
}

static void
wait_for_other (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  g_autoptr (AthrCall) other = athr_call_new (user_data, NULL, NULL);

  athr_call_run (other, NULL, NULL, error);
}

static void
do_nothing (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
}

static void
count_wait (GObject      *source,
            GAsyncResult *result,
            gpointer      n_pending)
{
  (*(guint *) n_pending)--;
  athr_group_wait_finish (ATHR_GROUP (source), result, NULL);
}

static void
stress_claim (AthrStress *stress)
{
  AthrRival rival;

  g_test_summary ("Another thread starts a call at the time at which the program adds it to a group with a limit: the "
                  "group counts the call or refuses it, and the next call starts");

  athr_rival_start (&rival);
  while (athr_stress_more (stress, 1000))
    {
      g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
      g_autoptr (AthrCall) call = athr_call_new (wait_for_other, do_nothing, NULL);
      g_autoptr (AthrCall) next = athr_call_new (do_nothing, NULL, NULL);
      guint n_pending = 1;

      athr_group_set_max_running (group, 1);
      athr_rival_give (&rival, stress->rand, run_call, call);
      athr_random_pause (stress->rand);
      athr_group_add (group, call, NULL);
      athr_group_add (group, next, NULL);
      athr_group_wait_async (group, NULL, count_wait, &n_pending);
      athr_test_iterate_until (NULL, n_pending == 0);
      g_assert_cmpint (athr_call_get_state (next), ==, ATHR_CALL_STATE_SUCCEEDED);
      athr_rival_await (&rival);
    }
  athr_rival_stop (&rival);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stress/latest", stress_latest);
  athr_stress_add ("/athr/stress/latest-drop", stress_latest_drop);
  athr_stress_add ("/athr/stress/group", stress_group);
  athr_stress_add ("/athr/stress/group-claim", stress_claim);

  return g_test_run ();
}
