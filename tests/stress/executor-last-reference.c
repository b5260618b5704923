/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-executor-private.h"
#include "tracked-test.h"

/* Hazard 10. A job drops the last reference to its executor, or the last reference of the
 * application. The job does not wait for itself, the other jobs run, and all threads leave. */

#define N_JOBS 6

typedef struct
{
  AthrOwner owner;
  GRand *rand;
  AthrExecutor *executor; /* atomic; the reference that one job drops */
  guint n_answered;
  int n_run;              /* atomic */
} Round;

typedef struct
{
  Round *round;
  guint delay;
  gboolean drops;
} Job;

static Job *
job_new (Round    *round,
         gboolean  drops)
{
  Job *self = g_new (Job, 1);

  self->round = round;
  self->delay = athr_random_delay (round->rand);
  self->drops = drops;
  athr_owner_add (&round->owner);

  return self;
}

static void
job_free (gpointer data)
{
  Job *self = data;

  athr_owner_remove (&self->round->owner);
  g_free (self);
}

static void
job_run (Job *self)
{
  g_atomic_int_inc (&self->round->n_run);
  athr_delay (self->delay);
  if (self->drops)
    g_object_unref (g_atomic_pointer_exchange (&self->round->executor, NULL));
  athr_delay (self->delay);
}

static void
run_as_task (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  job_run (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
run_as_call (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  job_run (user_data);
}

static void
run_as_stream (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  athr_yielder_yield (yielder, NULL, G_TYPE_INT, 1);
  job_run (user_data);
}

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Round *self = user_data;

  g_assert_true (g_thread_self () == self->owner.thread);
  self->n_answered++;
}

static void
add_job (Round        *self,
         AthrExecutor *executor,
         gboolean      drops)
{
  Job *job = job_new (self, drops);

  switch (g_rand_int_range (self->rand, 0, 4))
    {
    case 0:
      {
        g_autoptr (AthrCall) call = athr_call_new (run_as_call, job, job_free);

        athr_call_set_executor (call, executor);
        athr_call_run_async (call, NULL, on_answer, self);
      }
      break;

    case 1:
      {
        g_autoptr (AthrStream) stream = athr_stream_new (run_as_stream, job, job_free);

        athr_stream_set_executor (stream, executor);
        for (int i = 0; i < 2; i++)
          athr_stream_next_async (stream, NULL, i == 1 ? on_answer : NULL, self);
      }
      break;

    default:
      {
        g_autoptr (GTask) task = g_task_new (NULL, NULL, on_answer, self);

        g_task_set_task_data (task, job, job_free);
        athr_executor_run_task (executor, task, run_as_task);
      }
      break;
    }
}

static void
test_last_reference (AthrStress *stress)
{
  g_test_summary ("Hazard 10: a job drops the last reference to its executor. The other jobs run and "
                  "call back, and all threads leave");

  while (athr_stress_more (stress, 5000))
    {
      Round round = { .rand = stress->rand };
      AthrExecutor *executor = athr_executor_new ("last", g_rand_int_range (stress->rand, 1, 4));
      AthrPool *pool = athr_pool_ref (athr_executor_get_pool (executor));
      GWeakRef weak;
      int dropper = g_rand_int_range (stress->rand, 0, N_JOBS);

      athr_owner_init (&round.owner, g_thread_self ());
      g_weak_ref_init (&weak, executor);
      g_atomic_pointer_set (&round.executor, g_object_ref (executor));
      for (int i = 0; i < N_JOBS; i++)
        add_job (&round, executor, i == dropper);
      g_object_unref (executor);

      athr_test_iterate_until (NULL, round.n_answered == N_JOBS);
      athr_owner_await_end (&round.owner, NULL);
      g_assert_cmpint (round.n_run, ==, N_JOBS);
      athr_test_yield_until ((executor = g_weak_ref_get (&weak)) == NULL ||
                             (g_object_unref (executor), FALSE));
      athr_test_yield_until (athr_pool_get_n_threads (pool) == 0);
      g_weak_ref_clear (&weak);
      athr_pool_unref (pool);
    }
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/10-self-unref/stress", test_last_reference);

  return g_test_run ();
}
