/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-test.h"

/* While jobs are short, one thread of a pool runs all of them. Jobs that take longer, or wait for each other, still
 * get threads of their own. */

#define N_QUICK 500

/* Jobs that only count. */
typedef struct
{
  AthrJob jobs[N_QUICK];
  int n_run; /* atomic */
} Crowd;

static void
crowd_count (AthrJob *job)
{
  Crowd *self = job->data;

  g_atomic_int_inc (&self->n_run);
}

static void
crowd_push (Crowd    *self,
            AthrPool *pool)
{
  memset (self, 0, sizeof *self);
  for (guint i = 0; i < N_QUICK; i++)
    {
      self->jobs[i].run = crowd_count;
      self->jobs[i].data = self;
      g_assert_true (athr_pool_push (pool, &self->jobs[i]));
    }
}

static void
crowd_await (Crowd *self)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_run) == N_QUICK);
}

static void
open_gate (LogJob *self)
{
  athr_gate_open (self->data);
}

static void
test_waits_for_next (Fixture       *fixture,
                     gconstpointer  data)
{
  g_test_summary ("Among short jobs, a job waits for the job that is queued behind it");

  for (guint round = 0; round < 50; round++)
    {
      LogJob waiting, opening;
      Crowd before, after;
      AthrGate gate;

      athr_gate_init (&gate);
      log_jobs_init (&waiting, 1, fixture, 'w', &gate);
      log_job_init (&opening, fixture, 'o');
      opening.then = open_gate;
      opening.data = &gate;
      crowd_push (&before, fixture->pool);
      log_job_push (&waiting);
      crowd_push (&after, fixture->pool);
      log_job_push (&opening);
      log_job_await (&waiting);
      log_job_await (&opening);
      crowd_await (&before);
      crowd_await (&after);
      athr_gate_clear (&gate);
    }
}

static void
test_all_together (Fixture       *fixture,
                   gconstpointer  data)
{
  guint n_threads = GPOINTER_TO_UINT (data);

  g_test_summary ("After short jobs, as many jobs that wait run at once as the pool has threads");

  for (guint round = 0; round < 20; round++)
    {
      LogJob *jobs = g_newa (LogJob, n_threads);
      AthrGate gate;
      Crowd crowd;

      athr_gate_init (&gate);
      log_jobs_init (jobs, n_threads, fixture, 'a', &gate);
      crowd_push (&crowd, fixture->pool);
      log_jobs_push (jobs, n_threads);
      athr_gate_await (&gate, n_threads);
      athr_gate_open (&gate);
      log_jobs_await (jobs, n_threads);
      crowd_await (&crowd);
      athr_gate_clear (&gate);
    }
}

static void
test_inside_library (Fixture       *fixture,
                     gconstpointer  data)
{
  g_test_summary ("A job that waits inside the library gives its place to the short jobs behind it");

  for (guint round = 0; round < 50; round++)
    {
      Crowd before, after;
      AthrGate gate;
      LogJob job;

      athr_gate_init (&gate);
      log_job_init (&job, fixture, 'w');
      job.then = wait_blocked;
      job.data = &gate;
      crowd_push (&before, fixture->pool);
      log_job_push (&job);
      crowd_push (&after, fixture->pool);
      crowd_await (&after);
      athr_gate_open (&gate);
      log_job_await (&job);
      crowd_await (&before);
      athr_gate_clear (&gate);
    }
}

static void
test_closed (Fixture       *fixture,
             gconstpointer  data)
{
  Crowd crowd;

  g_test_summary ("A pool that is closed in the midst of short jobs runs all of them, and its threads leave");

  crowd_push (&crowd, fixture->pool);
  athr_pool_close (fixture->pool, NULL);
  fixture_await_left (fixture);
  g_assert_cmpint (crowd.n_run, ==, N_QUICK);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("quick/waits-for-next", 2, test_waits_for_next);
  fixture_add_test ("quick/waits-for-next/six", 6, test_waits_for_next);
  fixture_add_test ("quick/all-together", 6, test_all_together);
  fixture_add_test ("quick/inside-library", 2, test_inside_library);
  fixture_add_test ("quick/closed", 4, test_closed);

  return g_test_run ();
}
