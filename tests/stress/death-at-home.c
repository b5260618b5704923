/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 1. Several threads have a context each. Each of them, and a second thread beside it,
 * drops references at random points. Every finalizer runs on its owner's thread. */

#define N_HOMES 3
#define N_ROUNDS 50

typedef struct
{
  AthrExecutor *executor; /* all homes share it */
  AthrOwner owner;
  GRand *rand;
  GMainContext *context;
  AthrRival rival;
  guint n_under_way;
  GPtrArray *kept;        /* results */
  gboolean blocks;        /* the thread is in a blocking run: no callback may run */
} Home;

/* The user data of a callback. The callback frees it. */
typedef struct
{
  Home *home;
} Wait;

static Wait *
wait_new (Home *home)
{
  Wait *self = g_new (Wait, 1);

  self->home = home;
  athr_owner_add (&home->owner);
  home->n_under_way++;

  return self;
}

static void
wait_free (Wait *self)
{
  g_assert_true (g_thread_self () == self->home->owner.thread);
  g_assert_false (self->home->blocks);
  athr_owner_remove (&self->home->owner);
  self->home->n_under_way--;
  g_free (self);
}

static void
drop_kept (Home *self)
{
  guint i = g_rand_int_range (self->rand, 0, self->kept->len);

  athr_drop_somewhere (g_ptr_array_steal_index_fast (self->kept, i), &self->rival, self->rand);
}

/* Mostly keeps a reference to the result for a while. Otherwise the library drops the last
 * reference after the callback. */
static void
keep_result (Home         *self,
             GAsyncResult *result)
{
  if (athr_one_in (self->rand, 3))
    return;
  g_ptr_array_add (self->kept, g_object_ref (result));
  while (self->kept->len > 5)
    drop_kept (self);
}

static void
on_run (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Wait *wait = user_data;
  Home *self = wait->home;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (athr_flip (self->rand) &&
      athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error))
    g_assert_cmpuint (athr_tracked_number (&value), ==, 1);
  keep_result (self, result);
  wait_free (wait);
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Wait *wait = user_data;
  Home *self = wait->home;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (athr_flip (self->rand))
    athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error);
  keep_result (self, result);
  wait_free (wait);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Wait *wait = user_data;
  g_autoptr (GError) error = NULL;

  if (athr_flip (wait->home->rand))
    athr_stream_close_finish (ATHR_STREAM (source), result, &error);
  keep_result (wait->home, result);
  wait_free (wait);
}

static void
iterate_some (Home *self)
{
  athr_random_pause (self->rand);
  for (int i = g_rand_int_range (self->rand, 0, 4); i > 0; i--)
    g_main_context_iteration (self->context, FALSE);
}

static void
rival_cancel_call (gpointer call,
                   gpointer unused)
{
  athr_call_cancel (call);
  g_object_unref (call);
}

static void
run_call (Home *self)
{
  GRand *rand = self->rand;
  AthrCall *call = athr_call_new (athr_work_call, athr_work_new (&self->owner, rand), athr_work_free);

  athr_call_set_executor (call, self->executor);
  athr_call_set_return_on_cancel (call, athr_flip (rand));
  if (athr_one_in (rand, 8))
    athr_call_set_timeout (call, 1);
  if (athr_one_in (rand, 4))
    athr_rival_give (&self->rival, rand, athr_rival_unref, g_object_ref (call));

  for (int i = g_rand_int_range (rand, 0, 3); i > 0; i--)
    {
      GCancellable *cancellable = g_cancellable_new ();

      athr_call_run_async (call, cancellable, on_run, wait_new (self));
      athr_cancel_somewhere (cancellable, &self->rival, rand);
    }
  if (athr_one_in (rand, 4))
    athr_call_start (call);
  if (athr_one_in (rand, 8))
    {
      self->blocks = TRUE;
      athr_call_run (call, NULL, NULL, NULL);
      self->blocks = FALSE;
    }
  iterate_some (self);
  if (athr_one_in (rand, 4))
    athr_rival_give (&self->rival, rand, rival_cancel_call, g_object_ref (call));
  if (athr_flip (rand))
    iterate_some (self);
  athr_drop_somewhere (call, &self->rival, rand);
}

static void
run_stream (Home *self)
{
  GRand *rand = self->rand;
  AthrWork *work = athr_work_new (&self->owner, rand);
  AthrStream *stream = athr_stream_new (athr_work_stream, work, athr_work_free);

  work->n_values = g_rand_int_range (rand, 0, 6);
  athr_stream_set_executor (stream, self->executor);
  athr_stream_set_buffer_size (stream, g_rand_int_range (rand, 1, 4));
  if (athr_flip (rand))
    athr_stream_start (stream);
  for (int i = g_rand_int_range (rand, 0, 5); i > 0; i--)
    {
      GCancellable *cancellable = g_cancellable_new ();

      athr_stream_next_async (stream, cancellable, on_next, wait_new (self));
      athr_cancel_somewhere (cancellable, &self->rival, rand);
      if (athr_one_in (rand, 3))
        iterate_some (self);
    }
  if (athr_one_in (rand, 4))
    athr_stream_close_async (stream, NULL, on_closed, wait_new (self));
  if (athr_flip (rand))
    iterate_some (self);
  athr_drop_somewhere (stream, &self->rival, rand);
}

static gpointer
run_home (gpointer data)
{
  Home *self = data;

  athr_owner_init (&self->owner, g_thread_self ());
  self->context = g_main_context_new ();
  self->kept = g_ptr_array_new ();
  g_main_context_push_thread_default (self->context);
  athr_rival_start (&self->rival);

  for (int i = 0; i < N_ROUNDS; i++)
    {
      if (athr_flip (self->rand))
        run_call (self);
      else
        run_stream (self);
      if (self->kept->len > 0 && athr_one_in (self->rand, 4))
        drop_kept (self);
    }

  athr_test_iterate_until (self->context, self->n_under_way == 0);
  while (self->kept->len > 0)
    drop_kept (self);
  athr_rival_stop (&self->rival);
  athr_owner_await_end (&self->owner, self->context);

  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_ptr_array_unref (self->kept);
  g_rand_free (self->rand);

  return NULL;
}

static void
test_death_at_home (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("death", 3);
  Home first = { .executor = executor, .rand = athr_stress_rand (stress) };
  guint n_rounds = N_ROUNDS;

  g_test_summary ("Hazard 1: several threads, each with its own context, drop references to objects, "
                  "data, results and callback data at random points: each is freed on its owner's thread");

  /* At some places GLib sets up what all threads share as the first thread comes, without a lock: so one thread comes
   * before the others. */
  g_thread_join (g_thread_new ("home", run_home, &first));
  while (athr_stress_more (stress, 120))
    {
      Home homes[N_HOMES];
      GThread *threads[N_HOMES];

      for (guint i = 0; i < N_HOMES; i++)
        {
          homes[i] = (Home) { .executor = executor, .rand = athr_stress_rand (stress) };
          threads[i] = g_thread_new ("home", run_home, &homes[i]);
        }
      for (guint i = 0; i < N_HOMES; i++)
        g_thread_join (threads[i]);
      n_rounds += N_HOMES * N_ROUNDS;
    }
  g_test_message ("%u objects", n_rounds);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/01-death-at-home/stress", test_death_at_home);

  return g_test_run ();
}
