/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-test.h"

/* A job that waits inside the library gives its place to another job meanwhile. */

/* A job that waits at @gate, without its place. It may have another gate to pass before. */
static void
blocked_init (LogJob   *self,
              Fixture  *fixture,
              char      name,
              AthrGate *gate)
{
  log_job_init (self, fixture, name);
  self->then = wait_blocked;
  self->data = gate;
}

static void
test_place (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate, other_gate;
  LogJob blocked, other;

  g_test_summary ("While a job waits, another job starts in its place; the job that waits does "
                  "not count");

  athr_gate_init (&gate);
  athr_gate_init (&other_gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  log_jobs_init (&other, 1, fixture, 'b', &other_gate);
  log_job_push (&blocked);
  athr_gate_await (&gate, 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 0);
  log_job_push (&other);
  athr_gate_await (&other_gate, 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 1);

  athr_gate_open (&gate);
  log_job_await (&blocked);
  athr_gate_open (&other_gate);
  log_job_await (&other);
  athr_gate_clear (&gate);
  athr_gate_clear (&other_gate);
}

static void
test_place_queued (Fixture       *fixture,
                   gconstpointer  data)
{
  AthrGate first, gate;
  LogJob blocked, other;

  g_test_summary ("A job that was queued before the wait of another job starts in its place, too");

  athr_gate_init (&first);
  athr_gate_init (&gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  blocked.gate = &first;
  log_job_init (&other, fixture, 'b');
  log_job_push (&blocked);
  athr_gate_await (&first, 1);
  log_job_push (&other);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);

  athr_gate_open (&first);
  log_job_await (&other);
  athr_gate_open (&gate);
  log_job_await (&blocked);
  athr_gate_clear (&first);
  athr_gate_clear (&gate);
}

static void
pass_second_gate (LogJob *self)
{
  AthrGate *gates = self->data;

  athr_pool_block_begin ();
  athr_gate_pass (&gates[0]);
  athr_pool_block_end ();
  athr_gate_pass (&gates[1]);
}

static void
test_resume (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gates[2], other_gate;
  LogJob blocked, other, queued;

  g_test_summary ("A job resumes at once after its wait; no queued job starts until fewer jobs "
                  "than the maximum run");

  athr_gate_init (&gates[0]);
  athr_gate_init (&gates[1]);
  athr_gate_init (&other_gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', gates);
  blocked.then = pass_second_gate;
  log_jobs_init (&other, 1, fixture, 'b', &other_gate);
  log_job_init (&queued, fixture, 'c');
  log_job_push (&blocked);
  athr_gate_await (&gates[0], 1);
  log_job_push (&other);
  athr_gate_await (&other_gate, 1);
  log_job_push (&queued);

  /* The job resumes, although another job has the one place. */
  athr_gate_open (&gates[0]);
  athr_gate_await (&gates[1], 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 2);
  athr_gate_open (&other_gate);
  log_job_await (&other);
  athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 1);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);

  athr_gate_open (&gates[1]);
  log_job_await (&queued);
  fixture_assert_log (fixture, "abc");
  athr_gate_clear (&gates[0]);
  athr_gate_clear (&gates[1]);
  athr_gate_clear (&other_gate);
}

static void
test_single (Fixture       *fixture,
             gconstpointer  data)
{
  LogJob blocked, queued;
  AthrGate gate;

  g_test_summary ("The one thread of a pool of one keeps its place while its job waits");

  athr_gate_init (&gate);
  blocked_init (&blocked, fixture, 'a', &gate);
  log_job_init (&queued, fixture, 'b');
  log_job_push (&blocked);
  athr_gate_await (&gate, 1);
  log_job_push (&queued);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 1);

  athr_gate_open (&gate);
  log_job_await (&queued);
  g_assert_cmpuint (queued.thread_id, ==, blocked.thread_id);
  athr_gate_clear (&gate);
}

static void
test_elsewhere (Fixture       *fixture,
                gconstpointer  data)
{
  LogJob a;

  g_test_summary ("A thread that belongs to no pool has no place to give away");

  athr_pool_block_begin ();
  log_job_init (&a, fixture, 'a');
  log_job_push (&a);
  log_job_await (&a);
  athr_pool_block_end ();

  fixture_settle (fixture);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 0);
}

static void
open_data (LogJob *self)
{
  athr_gate_open (self->data);
}

/* Pushes another job to the pool of the fixture in data, and waits for that job. */
static void
wait_for_child (LogJob *self)
{
  LogJob child;
  AthrGate gate;

  athr_gate_init (&gate);
  log_job_init (&child, self->data, 'c');
  child.then = open_data;
  child.data = &gate;
  log_job_push (&child);
  athr_pool_block_begin ();
  athr_gate_pass (&gate);
  athr_pool_block_end ();
  log_job_await (&child);
  athr_gate_clear (&gate);
}

static void
test_all (Fixture       *fixture,
          gconstpointer  data)
{
  AthrGate gate;
  LogJob a[4];

  g_test_summary ("All workers of a pool may wait for jobs of the same pool");

  athr_gate_init (&gate);
  log_jobs_init (a, 4, fixture, 'p', &gate);
  for (guint i = 0; i < 4; i++)
    {
      a[i].then = wait_for_child;
      a[i].data = fixture;
    }
  log_jobs_push (a, 4);
  athr_gate_await (&gate, 4);
  athr_gate_open (&gate);
  log_jobs_await (a, 4);
  fixture_settle (fixture);
  athr_gate_clear (&gate);
}

static void
wait_for_next (LogJob *self)
{
  guint depth = GPOINTER_TO_UINT (self->data);
  LogJob next;

  if (depth == 0)
    return;

  log_job_init (&next, self->fixture, 'n');
  next.then = wait_for_next;
  next.data = GUINT_TO_POINTER (depth - 1);
  log_job_push (&next);
  athr_pool_block_begin ();
  log_job_await (&next);
  athr_pool_block_end ();
}

static void
test_chain (Fixture       *fixture,
            gconstpointer  data)
{
  LogJob first;

  g_test_summary ("A job may wait for a job that waits for a job, and so on, with one place");

  athr_pool_set_max_threads (fixture->pool, 1);
  log_job_init (&first, fixture, 'n');
  first.then = wait_for_next;
  first.data = GUINT_TO_POINTER (40);
  log_job_push (&first);
  log_job_await (&first);

  fixture_assert_log (fixture, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
}

static void
test_closed (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  LogJob blocked, queued;

  g_test_summary ("In a draining pool, a queued job still runs for the job that waits for it");

  athr_gate_init (&gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  log_job_init (&queued, fixture, 'b');
  queued.then = open_data;
  queued.data = &gate;

  /* Both jobs are queued behind one that runs. */
  {
    AthrGate first;
    LogJob before;

    athr_gate_init (&first);
    log_jobs_init (&before, 1, fixture, '!', &first);
    log_job_push (&before);
    athr_gate_await (&first, 1);
    log_job_push (&blocked);
    log_job_push (&queued);
    athr_pool_close (fixture->pool, NULL);
    athr_gate_open (&first);
    log_job_await (&before);
    athr_gate_clear (&first);
  }
  log_job_await (&blocked);
  log_job_await (&queued);
  fixture_await_left (fixture);
  fixture_assert_log (fixture, "!ab");
  athr_gate_clear (&gate);
}

static void
test_others (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  Fixture other;
  LogJob blockers[10], fast[10];

  g_test_summary ("Jobs that hold every thread of one pool do not hold up another pool");

  athr_gate_init (&gate);
  fixture_set_up (&other, GUINT_TO_POINTER (2));
  log_jobs_init (blockers, 10, fixture, 'a', &gate);
  log_jobs_init (fast, 10, &other, 'a', NULL);
  log_jobs_push (blockers, 10);
  log_jobs_push (fast, 10);
  log_jobs_await (fast, 10);
  g_assert_cmpint (blockers[0].n_run, ==, 0);

  athr_gate_open (&gate);
  log_jobs_await (blockers, 10);
  fixture_tear_down (&other, NULL);
  athr_gate_clear (&gate);
}

static void
note_own_thread (LogJob *self)
{
  self->data = GINT_TO_POINTER (athr_pool_is_own_thread (self->data));
}

static void
test_own_thread (Fixture       *fixture,
                 gconstpointer  data)
{
  Fixture other;
  LogJob single, own, foreign;

  g_test_summary ("Only in a pool of one would a job that waits for its own pool wait for ever");

  fixture_set_up (&other, GUINT_TO_POINTER (2));
  log_job_init (&single, fixture, 'a');
  log_job_init (&own, &other, 'b');
  log_job_init (&foreign, &other, 'c');
  single.data = foreign.data = fixture->pool;
  own.data = other.pool;
  single.then = own.then = foreign.then = note_own_thread;
  log_job_push (&single);
  log_job_push (&own);
  log_job_push (&foreign);
  log_job_await (&single);
  log_job_await (&own);
  log_job_await (&foreign);

  g_assert_true (GPOINTER_TO_INT (single.data));
  g_assert_false (GPOINTER_TO_INT (own.data));
  g_assert_false (GPOINTER_TO_INT (foreign.data));
  g_assert_false (athr_pool_is_own_thread (fixture->pool));
  fixture_tear_down (&other, NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("blocking/place", 2, test_place);
  fixture_add_test ("blocking/place/queued", 2, test_place_queued);
  fixture_add_test ("blocking/resume", 2, test_resume);
  fixture_add_test ("blocking/single", 1, test_single);
  fixture_add_test ("blocking/elsewhere", 2, test_elsewhere);
  fixture_add_test ("blocking/all", 4, test_all);
  fixture_add_test ("blocking/chain", 2, test_chain);
  fixture_add_test ("blocking/closed", 2, test_closed);
  fixture_add_test ("blocking/others", 4, test_others);
  fixture_add_test ("blocking/own-thread", 1, test_own_thread);

  return g_test_run ();
}
