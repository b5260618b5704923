/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-test.h"
#include "thread-failure-test.h"

/* What a pool does when no more threads can be created. */

static void
assert_failed (LogJob *self)
{
  g_assert_cmpint (self->n_run, ==, 0);
  g_assert_cmpint (self->n_failed, ==, 1);
  g_assert_error (self->error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_clear_error (&self->error);
}

static void
test_none (Fixture       *fixture,
           gconstpointer  data)
{
  LogJob a;

  g_test_summary ("A pool without any thread fails the job");

  log_job_init (&a, fixture, 'a');
  athr_test_set_threads_fail (TRUE);
  log_job_push (&a);
  athr_test_set_threads_fail (FALSE);

  assert_failed (&a);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 0);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 0);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 0);
}

static void
test_recovers (Fixture       *fixture,
               gconstpointer  data)
{
  LogJob a, b;

  log_job_init (&a, fixture, 'a');
  log_job_init (&b, fixture, 'b');
  athr_test_set_threads_fail (TRUE);
  log_job_push (&a);
  athr_test_set_threads_fail (FALSE);
  assert_failed (&a);

  log_job_push (&b);
  log_job_await (&b);
}

static void
test_fewer (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate;
  LogJob a[5];

  g_test_summary ("A pool that has some threads runs all jobs on these");

  athr_gate_init (&gate);
  log_jobs_init (a, 5, fixture, 'a', &gate);
  log_job_push (&a[0]);
  athr_gate_await (&gate, 1);
  athr_test_set_threads_fail (TRUE);
  log_jobs_push (&a[1], 4);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 4);

  athr_gate_open (&gate);
  log_jobs_await (a, 5);
  athr_test_set_threads_fail (FALSE);
  fixture_assert_log (fixture, "abcde");
  g_assert_cmpuint (fixture->n_peak, ==, 1);
  athr_gate_clear (&gate);
}

static void
test_max_up (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  LogJob a[6];

  athr_gate_init (&gate);
  log_jobs_init (a, 6, fixture, 'a', &gate);
  log_jobs_push (a, 6);
  athr_gate_await (&gate, 2);
  athr_test_set_threads_fail (TRUE);
  athr_pool_set_max_threads (fixture->pool, 5);
  athr_test_set_threads_fail (FALSE);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 2);

  athr_gate_open (&gate);
  log_jobs_await (a, 6);
  athr_gate_clear (&gate);
}

static void
test_blocked (Fixture       *fixture,
              gconstpointer  data)
{
  LogJob blocked, a;
  AthrGate gate;

  g_test_summary ("A pool whose threads are all blocked fails the job, so nothing hangs");

  athr_gate_init (&gate);
  log_job_init (&blocked, fixture, 'b');
  blocked.then = wait_blocked;
  blocked.data = &gate;
  log_job_init (&a, fixture, 'a');
  log_job_push (&blocked);
  athr_gate_await (&gate, 1);
  athr_test_set_threads_fail (TRUE);
  log_job_push (&a);
  athr_test_set_threads_fail (FALSE);
  assert_failed (&a);

  athr_gate_open (&gate);
  log_job_await (&blocked);
  athr_gate_clear (&gate);
}

static void
test_blocks (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate first, gate;
  LogJob blocked, a;

  g_test_summary ("A pool fails a queued job when its last thread becomes blocked");

  athr_gate_init (&first);
  athr_gate_init (&gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  log_job_init (&blocked, fixture, 'b');
  blocked.gate = &first;
  blocked.then = wait_blocked;
  blocked.data = &gate;
  log_job_init (&a, fixture, 'a');
  log_job_push (&blocked);
  athr_gate_await (&first, 1);
  log_job_push (&a);
  athr_test_set_threads_fail (TRUE);
  athr_gate_open (&first);
  athr_gate_await (&gate, 1);
  athr_test_set_threads_fail (FALSE);
  assert_failed (&a);

  athr_gate_open (&gate);
  log_job_await (&blocked);
  athr_gate_clear (&first);
  athr_gate_clear (&gate);
}

static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate;
  LogJob a[5];

  g_test_summary ("A pool with fewer threads than its maximum drains and closes");

  athr_gate_init (&gate);
  log_jobs_init (a, 5, fixture, 'a', &gate);
  log_job_push (&a[0]);
  athr_gate_await (&gate, 1);
  athr_test_set_threads_fail (TRUE);
  log_jobs_push (&a[1], 4);
  athr_pool_close (fixture->pool, NULL);
  athr_gate_open (&gate);
  log_jobs_await (a, 5);
  fixture_await_left (fixture);
  athr_test_set_threads_fail (FALSE);
  athr_gate_clear (&gate);
}

static void
test_single (Fixture       *fixture,
             gconstpointer  data)
{
  LogJob a, b;

  g_test_summary ("A pool of one tries to create its thread again for the next job, and keeps "
                  "that thread");

  log_job_init (&a, fixture, 'a');
  log_job_init (&b, fixture, 'b');
  athr_test_set_threads_fail (TRUE);
  log_job_push (&a);
  athr_test_set_threads_fail (FALSE);
  assert_failed (&a);
  log_job_push (&b);
  log_job_await (&b);
  log_job_push (&a);
  log_job_await (&a);

  g_assert_cmpuint (a.thread_id, ==, b.thread_id);
}

static void
wait_blocked_twice (LogJob *self)
{
  AthrGate *gates = self->data;

  athr_pool_block_begin ();
  athr_gate_pass (&gates[0]);
  athr_pool_block_end ();

  athr_gate_pass (&gates[1]);

  athr_pool_block_begin ();
  athr_gate_pass (&gates[2]);
  athr_pool_block_end ();
}

static gpointer
push_without_threads (gpointer job)
{
  athr_test_set_threads_fail (TRUE);
  log_job_push (job);
  athr_test_set_threads_fail (FALSE);

  return NULL;
}

static void
test_idle (Fixture       *fixture,
           gconstpointer  data)
{
  AthrGate gates[3], release, failure;
  LogJob blocked[2], other, a;
  GThread *thread;

  g_test_summary ("An idle thread runs a job that was meant for a thread that could not be "
                  "created");

  for (guint i = 0; i < G_N_ELEMENTS (gates); i++)
    athr_gate_init (&gates[i]);
  athr_gate_init (&release);
  athr_gate_init (&failure);
  log_jobs_init (blocked, 2, fixture, 'b', NULL);
  for (guint i = 0; i < G_N_ELEMENTS (blocked); i++)
    {
      blocked[i].then = wait_blocked_twice;
      blocked[i].data = gates;
      log_job_push (&blocked[i]);
      athr_gate_await (&gates[0], i + 1);
    }
  log_jobs_init (&other, 1, fixture, 'o', &release);
  log_job_push (&other);
  athr_gate_await (&release, 1);

  /* One place is free, and the pool is about to create a thread for it. */
  log_job_init (&a, fixture, 'a');
  g_atomic_pointer_set (&athr_test_failure_gate, &failure);
  thread = g_thread_new ("push", push_without_threads, &a);
  athr_gate_await (&failure, 1);

  /* The blocked jobs take their places back, so no place is free. The other job ends, and its
   * thread becomes idle. */
  athr_gate_open (&gates[0]);
  athr_gate_await (&gates[1], 2);
  athr_gate_open (&release);
  athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 2);

  /* Now all places are free, but the thread was not created yet. */
  athr_gate_open (&gates[1]);
  athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 0);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 4);

  athr_gate_open (&failure);
  g_thread_join (thread);
  g_atomic_pointer_set (&athr_test_failure_gate, NULL);
  log_job_await (&a);
  g_assert_cmpint (g_atomic_int_get (&a.n_failed), ==, 0);
  g_assert_cmpuint (a.thread_id, ==, other.thread_id);

  athr_gate_open (&gates[2]);
  log_jobs_await (blocked, 2);
  for (guint i = 0; i < G_N_ELEMENTS (gates); i++)
    athr_gate_clear (&gates[i]);
  athr_gate_clear (&release);
  athr_gate_clear (&failure);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("failure/none", 2, test_none);
  fixture_add_test ("failure/recovers", 2, test_recovers);
  fixture_add_test ("failure/fewer", 3, test_fewer);
  fixture_add_test ("failure/max-threads", 2, test_max_up);
  fixture_add_test ("failure/blocked", 2, test_blocked);
  fixture_add_test ("failure/blocks", 2, test_blocks);
  fixture_add_test ("failure/idle", 2, test_idle);
  fixture_add_test ("failure/close", 3, test_close);
  fixture_add_test ("failure/single", 1, test_single);

  return g_test_run ();
}
