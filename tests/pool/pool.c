/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For pthread_getname_np(). */
#define _GNU_SOURCE
#include <pthread.h>

#include "context/athr-home-private.h"
#include "pool-test.h"

static void
test_demand (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  LogJob a[3];

  g_test_summary ("A pool starts a thread when there is work for the thread");

  athr_gate_init (&gate);
  log_jobs_init (a, 3, fixture, 'a', &gate);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      log_job_push (&a[i]);
      athr_gate_await (&gate, i + 1);
      g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, i + 1);
    }

  athr_gate_open (&gate);
  log_jobs_await (a, 3);
  athr_gate_clear (&gate);
}

static void
test_reuse (Fixture       *fixture,
            gconstpointer  data)
{
  LogJob a, b;

  g_test_summary ("A pool uses an idle thread before it starts another one");

  log_job_init (&a, fixture, 'a');
  log_job_init (&b, fixture, 'b');
  log_job_push (&a);
  log_job_await (&a);
  fixture_settle (fixture);
  log_job_push (&b);
  log_job_await (&b);

  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 1);
  g_assert_cmpuint (a.thread_id, ==, b.thread_id);
}

static void
get_thread_name (LogJob *self)
{
  g_assert_cmpint (pthread_getname_np (pthread_self (), self->data, 16), ==, 0);
}

static void
test_name (Fixture       *fixture,
           gconstpointer  data)
{
  char name[16];
  LogJob a;

  log_job_init (&a, fixture, 'a');
  a.then = get_thread_name;
  a.data = name;
  log_job_push (&a);
  log_job_await (&a);

  g_assert_cmpstr (name, ==, "pool");
}

static void
test_name_long (Fixture       *fixture,
                gconstpointer  data)
{
  char name[16];
  LogJob a;

  g_test_summary ("A pool keeps a long name whole, and its threads carry the beginning of the "
                  "name");

  fixture_replace (fixture, "a name of more than fifteen bytes", 2, ATHR_POOL_IDLE_TIME);
  log_job_init (&a, fixture, 'a');
  a.then = get_thread_name;
  a.data = name;
  log_job_push (&a);
  log_job_await (&a);

  g_assert_cmpstr (name, ==, "a name of more ");
  g_assert_cmpstr (athr_pool_get_name (fixture->pool), ==, "a name of more than fifteen bytes");
}

static void
test_idle_time (Fixture       *fixture,
                gconstpointer  data)
{
  AthrGate gate;
  LogJob a[3];

  g_test_summary ("Threads without work leave after the idle time, and new work starts new "
                  "threads");

  athr_gate_init (&gate);
  fixture_replace (fixture, "pool", 3, 1000);
  for (guint i = 0; i < 2; i++)
    {
      gate.is_open = FALSE;
      log_jobs_init (a, 3, fixture, 'a', &gate);
      log_jobs_push (a, 3);
      athr_gate_await (&gate, 3);
      athr_gate_open (&gate);
      log_jobs_await (a, 3);
      fixture_await_left (fixture);
    }
  athr_gate_clear (&gate);
}

static void
test_idle_time_work (Fixture       *fixture,
                     gconstpointer  data)
{
  g_test_summary ("A pool runs a job that is pushed at the moment when a thread leaves");

  fixture_replace (fixture, "pool", 2, 0);
  for (guint i = 0; i < 1000; i++)
    {
      guint n_spins = g_test_rand_int_range (0, 1000);
      LogJob a[2];

      log_jobs_init (a, 2, fixture, 'a', NULL);
      log_jobs_push (a, 2);
      log_jobs_await (a, 2);
      for (guint j = 0; j < n_spins; j++)
        athr_cpu_relax ();
    }
}

static void
test_bound (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate;
  LogJob a[10];

  athr_gate_init (&gate);
  log_jobs_init (a, 10, fixture, 'a', &gate);
  log_jobs_push (a, 10);
  athr_gate_await (&gate, 3);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 3);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 7);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 3);

  athr_gate_open (&gate);
  log_jobs_await (a, 10);
  g_assert_cmpuint (fixture->n_peak, ==, 3);
  fixture_settle (fixture);
  athr_gate_clear (&gate);
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  static const int priorities[] = { 0, 0, 200, -100, 200, 0, -100, G_MININT, G_MAXINT };
  LogJob a[G_N_ELEMENTS (priorities)];
  AthrGate gate;
  LogJob blocker;

  g_test_summary ("Jobs start by priority, a lower number first, and in their order within one "
                  "priority");

  athr_gate_init (&gate);
  log_job_init (&blocker, fixture, '!');
  blocker.gate = &gate;
  log_job_push (&blocker);
  athr_gate_await (&gate, 1);
  log_jobs_init (a, G_N_ELEMENTS (a), fixture, 'a', NULL);
  for (guint i = 0; i < G_N_ELEMENTS (a); i++)
    {
      a[i].job.priority = priorities[i];
      log_job_push (&a[i]);
    }

  athr_gate_open (&gate);
  log_jobs_await (a, G_N_ELEMENTS (a));
  fixture_assert_log (fixture, "!hdgabfcei");
  athr_gate_clear (&gate);
}

static void
test_max_up (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  LogJob a[5];

  g_test_summary ("With a greater maximum, queued jobs start at once, though no running job ends");

  athr_gate_init (&gate);
  log_jobs_init (a, 5, fixture, 'a', &gate);
  log_jobs_push (a, 5);
  athr_gate_await (&gate, 2);
  athr_pool_set_max_threads (fixture->pool, 4);
  athr_gate_await (&gate, 4);
  g_assert_cmpuint (athr_pool_get_max_threads (fixture->pool), ==, 4);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);

  athr_gate_open (&gate);
  log_jobs_await (a, 5);
  g_assert_cmpuint (fixture->n_peak, <=, 4);
  athr_gate_clear (&gate);
}

static void
test_max_down (Fixture       *fixture,
               gconstpointer  data)
{
  AthrGate gates[3];
  LogJob a[3], b[4];

  g_test_summary ("With a smaller maximum, no queued job starts until fewer jobs than the "
                  "maximum run");

  for (guint i = 0; i < 3; i++)
    {
      athr_gate_init (&gates[i]);
      log_jobs_init (&a[i], 1, fixture, 'a', &gates[i]);
      log_job_push (&a[i]);
      athr_gate_await (&gates[i], 1);
    }
  athr_pool_set_max_threads (fixture->pool, 1);
  log_jobs_init (b, 4, fixture, 'b', NULL);
  log_jobs_push (b, 4);
  for (guint i = 0; i < 2; i++)
    {
      athr_gate_open (&gates[i]);
      athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 2 - i);
      g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 4);
    }
  log_jobs_await (a, 2);
  fixture->n_peak = 0;
  athr_gate_open (&gates[2]);
  log_jobs_await (b, 4);

  fixture_assert_log (fixture, "aaabcde");
  g_assert_cmpuint (fixture->n_peak, ==, 1);
  for (guint i = 0; i < 3; i++)
    athr_gate_clear (&gates[i]);
}

static void
test_single (Fixture       *fixture,
             gconstpointer  data)
{
  LogJob a[26];

  g_test_summary ("The one thread of a pool of one runs every job, in strict order");

  log_jobs_init (a, 26, fixture, 'a', NULL);
  log_jobs_push (a, 26);
  log_jobs_await (a, 26);

  fixture_assert_log (fixture, "abcdefghijklmnopqrstuvwxyz");
  for (guint i = 1; i < 26; i++)
    g_assert_cmpuint (a[i].thread_id, ==, a[0].thread_id);
  g_assert_true (athr_pool_is_single (fixture->pool));
}

static void
test_single_stays (Fixture       *fixture,
                   gconstpointer  data)
{
  Fixture other;
  LogJob a, b, clock;

  g_test_summary ("The one thread of a pool of one stays, although its idle time has passed");

  fixture_replace (fixture, "pool", 1, 0);
  fixture_set_up (&other, GUINT_TO_POINTER (2));
  fixture_replace (&other, "other", 2, 1000);
  log_job_init (&a, fixture, 'a');
  log_job_init (&b, fixture, 'b');
  log_job_init (&clock, &other, 'c');

  log_job_push (&a);
  log_job_await (&a);
  fixture_settle (fixture);
  log_job_push (&clock);
  log_job_await (&clock);
  fixture_await_left (&other);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 1);
  log_job_push (&b);
  log_job_await (&b);

  g_assert_cmpuint (b.thread_id, ==, a.thread_id);
  fixture_tear_down (&other, NULL);
}

static void
test_withdraw (Fixture       *fixture,
               gconstpointer  data)
{
  AthrGate gate;
  LogJob a[4];

  g_test_summary ("A queued job that is withdrawn neither runs nor fails");

  athr_gate_init (&gate);
  log_jobs_init (a, 4, fixture, 'a', &gate);
  log_jobs_push (a, 4);
  athr_gate_await (&gate, 1);
  g_assert_true (athr_pool_withdraw (fixture->pool, &a[2].job));
  g_assert_false (athr_pool_withdraw (fixture->pool, &a[2].job));
  g_assert_false (athr_pool_withdraw (fixture->pool, &a[0].job));
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 2);

  athr_gate_open (&gate);
  log_job_await (&a[3]);
  fixture_assert_log (fixture, "abd");
  g_assert_cmpint (a[2].n_failed, ==, 0);
  g_assert_false (athr_pool_withdraw (fixture->pool, &a[3].job));
  athr_gate_clear (&gate);
}

static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate;
  LogJob a[6], late;

  g_test_summary ("A closed pool still runs its queued jobs, and takes no new job");

  athr_gate_init (&gate);
  log_jobs_init (a, 6, fixture, 'a', &gate);
  log_jobs_push (a, 6);
  athr_gate_await (&gate, 2);
  athr_pool_close (fixture->pool, NULL);
  log_job_init (&late, fixture, '!');
  g_assert_false (athr_pool_push (fixture->pool, &late.job));
  g_assert_cmpint (late.n_failed, ==, 0);

  athr_gate_open (&gate);
  log_jobs_await (a, 6);
  fixture_await_left (fixture);
  g_assert_cmpuint (fixture->log->len, ==, 6);
  athr_gate_clear (&gate);
}

static void
test_close_cancel (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "closed");
  AthrGate gate;
  LogJob a[6];

  athr_gate_init (&gate);
  log_jobs_init (a, 6, fixture, 'a', &gate);
  log_jobs_push (a, 6);
  athr_gate_await (&gate, 2);
  athr_pool_close (fixture->pool, error);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 0);
  for (guint i = 2; i < 6; i++)
    {
      g_assert_cmpint (a[i].n_failed, ==, 1);
      g_assert_error (a[i].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&a[i].error);
    }

  athr_gate_open (&gate);
  log_jobs_await (a, 2);
  fixture_await_left (fixture);
  g_assert_cmpuint (fixture->log->len, ==, 2);
  athr_gate_clear (&gate);
}

static void
ref_home (LogJob *self)
{
  self->data = athr_home_ref ();
}

static void
ref_work_home (LogJob *self)
{
  athr_home_begin_work (self->data);
  ref_home (self);
  athr_home_end_work ();
}

static void
test_work_home (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrContextQueue) home = athr_home_ref_for_context (context);
  LogJob a, b;

  g_test_summary ("The home of a job is the home of the objects that the job creates, and of no "
                  "later ones");

  log_job_init (&a, fixture, 'a');
  log_job_init (&b, fixture, 'b');
  a.data = home;
  a.then = ref_work_home;
  b.then = ref_home;
  log_job_push (&a);
  log_job_push (&b);
  log_job_await (&a);
  log_job_await (&b);

  g_assert_true (a.data == home);
  g_assert_true (athr_context_queue_is_for_context (b.data, g_main_context_default ()));
  athr_context_queue_unref (a.data);
  athr_context_queue_unref (b.data);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("demand", 3, test_demand);
  fixture_add_test ("reuse", 3, test_reuse);
  fixture_add_test ("name", 2, test_name);
  fixture_add_test ("name/long", 2, test_name_long);
  fixture_add_test ("idle-time", 3, test_idle_time);
  fixture_add_test ("idle-time/work", 2, test_idle_time_work);
  fixture_add_test ("bound", 3, test_bound);
  fixture_add_test ("order", 1, test_order);
  fixture_add_test ("max-threads/up", 2, test_max_up);
  fixture_add_test ("max-threads/down", 3, test_max_down);
  fixture_add_test ("single", 1, test_single);
  fixture_add_test ("single/stays", 1, test_single_stays);
  fixture_add_test ("withdraw", 1, test_withdraw);
  fixture_add_test ("close", 2, test_close);
  fixture_add_test ("close/cancel", 2, test_close_cancel);
  fixture_add_test ("work-home", 1, test_work_home);

  return g_test_run ();
}
