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
  int n_run;    /* atomic */
  int n_failed; /* atomic */
} Crowd;

static void
crowd_count (AthrJob *job)
{
  Crowd *self = job->data;

  g_atomic_int_inc (&self->n_run);
}

static void
crowd_fail (AthrJob      *job,
            const GError *error)
{
  Crowd *self = job->data;

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_atomic_int_inc (&self->n_failed);
}

/* Returns how many jobs the pool has taken. */
static guint
crowd_try_push (Crowd    *self,
                AthrPool *pool)
{
  guint n_pushed = 0;

  memset (self, 0, sizeof *self);
  for (guint i = 0; i < N_QUICK; i++)
    {
      self->jobs[i].run = crowd_count;
      self->jobs[i].fail = crowd_fail;
      self->jobs[i].data = self;
      n_pushed += athr_pool_push (pool, &self->jobs[i]);
    }

  return n_pushed;
}

static void
crowd_push (Crowd    *self,
            AthrPool *pool)
{
  g_assert_cmpuint (crowd_try_push (self, pool), ==, N_QUICK);
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
test_one_by_one (Fixture       *fixture,
                 gconstpointer  data)
{
  guint n_threads = GPOINTER_TO_UINT (data);

  g_test_summary ("After short jobs, each job that is pushed while all others wait begins");

  for (guint round = 0; round < 20; round++)
    {
      LogJob *jobs = g_newa (LogJob, n_threads);
      AthrGate gate;
      Crowd crowd;

      athr_gate_init (&gate);
      log_jobs_init (jobs, n_threads, fixture, 'a', &gate);
      crowd_push (&crowd, fixture->pool);
      for (guint i = 0; i < n_threads; i++)
        {
          log_job_push (&jobs[i]);
          athr_gate_await (&gate, i + 1);
        }
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

/* A thread that pushes crowds until the pool is closed. */
typedef struct
{
  AthrPool *pool;
  Crowd *crowds;
  guint n_crowds;
  guint n_pushed;
} Pusher;

enum { N_PUSHERS = 3, MOST_CROWDS = 200 };

static gpointer
pusher_run (gpointer data)
{
  Pusher *self = data;
  guint n_taken;

  do
    {
      n_taken = crowd_try_push (&self->crowds[self->n_crowds++], self->pool);
      self->n_pushed += n_taken;
    }
  while (n_taken == N_QUICK && self->n_crowds < MOST_CROWDS);

  return NULL;
}

static void
test_pushers (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("Threads push short jobs while the pool is closed: each job that the pool takes runs or fails, once");

  for (guint round = 0; round < 80; round++)
    {
      Pusher pushers[N_PUSHERS] = { { NULL } };
      GThread *threads[N_PUSHERS];

      fixture_replace (fixture, "pushers", 4, ATHR_POOL_IDLE_TIME);
      for (guint i = 0; i < N_PUSHERS; i++)
        {
          pushers[i].pool = fixture->pool;
          pushers[i].crowds = g_new (Crowd, MOST_CROWDS);
          threads[i] = g_thread_new ("pusher", pusher_run, &pushers[i]);
        }
      for (guint i = 0; i < round; i++)
        g_thread_yield ();
      athr_pool_close (fixture->pool, NULL);
      for (guint i = 0; i < N_PUSHERS; i++)
        g_thread_join (threads[i]);
      fixture_await_left (fixture);
      for (guint i = 0; i < N_PUSHERS; i++)
        {
          guint n_ended = 0;

          for (guint j = 0; j < pushers[i].n_crowds; j++)
            n_ended += pushers[i].crowds[j].n_run + pushers[i].crowds[j].n_failed;
          g_assert_cmpuint (n_ended, ==, pushers[i].n_pushed);
          g_free (pushers[i].crowds);
        }
    }
}

static void
test_withdraw (Fixture       *fixture,
               gconstpointer  data)
{
  g_test_summary ("A job among short jobs either is withdrawn or runs");

  for (guint round = 0; round < 200; round++)
    {
      guint n_withdrawn = 0;
      Crowd crowd;

      crowd_push (&crowd, fixture->pool);
      for (guint i = 0; i < N_QUICK; i++)
        n_withdrawn += athr_pool_withdraw (fixture->pool, &crowd.jobs[i]);
      athr_test_yield_until (g_atomic_int_get (&crowd.n_run) + n_withdrawn == N_QUICK);
      fixture_settle (fixture);
      g_assert_cmpuint (crowd.n_run + n_withdrawn, ==, N_QUICK);
    }
}

static void
test_paused (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("A pool that is paused in the midst of short jobs begins no job, and then runs all of them");

  for (guint round = 0; round < 50; round++)
    {
      Crowd before, after;
      int n_run;

      crowd_push (&before, fixture->pool);
      athr_pool_set_paused (fixture->pool, TRUE);
      athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 0);
      n_run = g_atomic_int_get (&before.n_run);
      crowd_push (&after, fixture->pool);
      g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 2 * N_QUICK - n_run);
      g_assert_cmpint (g_atomic_int_get (&after.n_run), ==, 0);
      athr_pool_set_paused (fixture->pool, FALSE);
      crowd_await (&before);
      crowd_await (&after);
    }
}

static void
test_now_and_then (Fixture       *fixture,
                   gconstpointer  data)
{
  AthrJob job = { crowd_count, crowd_fail };
  Crowd crowd;

  g_test_summary ("A short job that comes just as the pool stops looking for short jobs runs, though no other job comes");

  job.data = &crowd;
  for (guint round = 0; round < 20000; round++)
    {
      /* A thread looks for short jobs for 50 us after the last one. */
      gint64 end = g_get_monotonic_time () + 40 + round % 20;

      if (round % 1000 == 0)
        {
          crowd_push (&crowd, fixture->pool);
          crowd_await (&crowd);
        }
      while (g_get_monotonic_time () < end)
        ;
      crowd.n_run = 0;
      g_assert_true (athr_pool_push (fixture->pool, &job));
      athr_test_yield_until (g_atomic_int_get (&crowd.n_run) > 0);
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
  fixture_add_test ("quick/one-by-one", 6, test_one_by_one);
  fixture_add_test ("quick/inside-library", 2, test_inside_library);
  fixture_add_test ("quick/now-and-then", 4, test_now_and_then);
  fixture_add_test ("quick/closed", 4, test_closed);
  fixture_add_test ("quick/pushers", 4, test_pushers);
  fixture_add_test ("quick/withdraw", 4, test_withdraw);
  fixture_add_test ("quick/paused", 4, test_paused);

  return g_test_run ();
}
