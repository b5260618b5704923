/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-test.h"

/* Jobs that wait inside the library give their place back meanwhile. */

static void
wait_blocked (Chore *self)
{
  athr_pool_block_begin ();
  athr_gate_pass (self->data);
  athr_pool_block_end ();
}

/* A job that waits at a gate without its place, once it has passed the first. */
static void
blocked_init (Chore    *self,
              Fixture  *fixture,
              char      name,
              AthrGate *gate)
{
  chore_init (self, fixture, name);
  self->then = wait_blocked;
  self->data = gate;
}

static void
test_place (Fixture       *fixture,
            gconstpointer  data)
{
  AthrGate gate, other_gate;
  Chore blocked, other;

  g_test_summary ("While one waits, queued work starts in its place; what waits is not counted");

  athr_gate_init (&gate);
  athr_gate_init (&other_gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  chores_init (&other, 1, fixture, 'b', &other_gate);
  chore_push (&blocked);
  athr_gate_await (&gate, 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 0);
  chore_push (&other);
  athr_gate_await (&other_gate, 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 1);

  athr_gate_open (&gate);
  chore_await (&blocked);
  athr_gate_open (&other_gate);
  chore_await (&other);
  athr_gate_clear (&gate);
  athr_gate_clear (&other_gate);
}

static void
test_place_queued (Fixture       *fixture,
                   gconstpointer  data)
{
  AthrGate first, gate;
  Chore blocked, other;

  g_test_summary ("The same for work that was queued before the wait begins");

  athr_gate_init (&first);
  athr_gate_init (&gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  blocked.gate = &first;
  chore_init (&other, fixture, 'b');
  chore_push (&blocked);
  athr_gate_await (&first, 1);
  chore_push (&other);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);

  athr_gate_open (&first);
  chore_await (&other);
  athr_gate_open (&gate);
  chore_await (&blocked);
  athr_gate_clear (&first);
  athr_gate_clear (&gate);
}

static void
pass_second_gate (Chore *self)
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
  Chore blocked, other, queued;

  g_test_summary ("It resumes at once; nothing new starts until there is less than the maximum");

  athr_gate_init (&gates[0]);
  athr_gate_init (&gates[1]);
  athr_gate_init (&other_gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', gates);
  blocked.then = pass_second_gate;
  chores_init (&other, 1, fixture, 'b', &other_gate);
  chore_init (&queued, fixture, 'c');
  chore_push (&blocked);
  athr_gate_await (&gates[0], 1);
  chore_push (&other);
  athr_gate_await (&other_gate, 1);
  chore_push (&queued);

  /* Resumed, though the one place is taken. */
  athr_gate_open (&gates[0]);
  athr_gate_await (&gates[1], 1);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 2);
  athr_gate_open (&other_gate);
  chore_await (&other);
  athr_test_yield_until (athr_pool_get_n_running (fixture->pool) == 1);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);

  athr_gate_open (&gates[1]);
  chore_await (&queued);
  fixture_assert_log (fixture, "abc");
  athr_gate_clear (&gates[0]);
  athr_gate_clear (&gates[1]);
  athr_gate_clear (&other_gate);
}

static void
test_single (Fixture       *fixture,
             gconstpointer  data)
{
  Chore blocked, queued;
  AthrGate gate;

  g_test_summary ("The one thread of a pool of one keeps its place");

  athr_gate_init (&gate);
  blocked_init (&blocked, fixture, 'a', &gate);
  chore_init (&queued, fixture, 'b');
  chore_push (&blocked);
  athr_gate_await (&gate, 1);
  chore_push (&queued);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_queued (fixture->pool), ==, 1);
  g_assert_cmpuint (athr_pool_get_n_threads (fixture->pool), ==, 1);

  athr_gate_open (&gate);
  chore_await (&queued);
  g_assert_cmpuint (queued.thread_id, ==, blocked.thread_id);
  athr_gate_clear (&gate);
}

static void
test_elsewhere (Fixture       *fixture,
                gconstpointer  data)
{
  Chore a;

  g_test_summary ("On other threads nothing is given back");

  athr_pool_block_begin ();
  chore_init (&a, fixture, 'a');
  chore_push (&a);
  chore_await (&a);
  athr_pool_block_end ();

  fixture_settle (fixture);
  g_assert_cmpuint (athr_pool_get_n_running (fixture->pool), ==, 0);
}

static void
open_data (Chore *self)
{
  athr_gate_open (self->data);
}

/* Waits for work that it gives to the pool of @data. */
static void
wait_for_child (Chore *self)
{
  Chore child;
  AthrGate gate;

  athr_gate_init (&gate);
  chore_init (&child, self->data, 'c');
  child.then = open_data;
  child.data = &gate;
  chore_push (&child);
  athr_pool_block_begin ();
  athr_gate_pass (&gate);
  athr_pool_block_end ();
  chore_await (&child);
  athr_gate_clear (&gate);
}

static void
test_all (Fixture       *fixture,
          gconstpointer  data)
{
  AthrGate gate;
  Chore a[4];

  g_test_summary ("As many workers as there are wait for work of the same pool");

  athr_gate_init (&gate);
  chores_init (a, 4, fixture, 'p', &gate);
  for (guint i = 0; i < 4; i++)
    {
      a[i].then = wait_for_child;
      a[i].data = fixture;
    }
  chores_push (a, 4);
  athr_gate_await (&gate, 4);
  athr_gate_open (&gate);
  chores_await (a, 4);
  fixture_settle (fixture);
  athr_gate_clear (&gate);
}

static void
wait_for_next (Chore *self)
{
  guint depth = GPOINTER_TO_UINT (self->data);
  Chore next;

  if (depth == 0)
    return;

  chore_init (&next, self->fixture, 'n');
  next.then = wait_for_next;
  next.data = GUINT_TO_POINTER (depth - 1);
  chore_push (&next);
  athr_pool_block_begin ();
  chore_await (&next);
  athr_pool_block_end ();
}

static void
test_chain (Fixture       *fixture,
            gconstpointer  data)
{
  Chore first;

  g_test_summary ("Work that waits for work that waits for work");

  athr_pool_set_max_threads (fixture->pool, 1);
  chore_init (&first, fixture, 'n');
  first.then = wait_for_next;
  first.data = GUINT_TO_POINTER (40);
  chore_push (&first);
  chore_await (&first);

  fixture_assert_log (fixture, "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
}

static void
test_closed (Fixture       *fixture,
             gconstpointer  data)
{
  AthrGate gate;
  Chore blocked, queued;

  g_test_summary ("In a pool that drains, work that waits for queued work gets it");

  athr_gate_init (&gate);
  athr_pool_set_max_threads (fixture->pool, 1);
  blocked_init (&blocked, fixture, 'a', &gate);
  chore_init (&queued, fixture, 'b');
  queued.then = open_data;
  queued.data = &gate;

  /* Both are queued behind one that stands in the way. */
  {
    AthrGate first;
    Chore before;

    athr_gate_init (&first);
    chores_init (&before, 1, fixture, '!', &first);
    chore_push (&before);
    athr_gate_await (&first, 1);
    chore_push (&blocked);
    chore_push (&queued);
    athr_pool_close (fixture->pool, NULL);
    athr_gate_open (&first);
    chore_await (&before);
    athr_gate_clear (&first);
  }
  chore_await (&blocked);
  chore_await (&queued);
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
  Chore blockers[10], fast[10];

  g_test_summary ("Ten that hold every thread of one pool hinder no other pool");

  athr_gate_init (&gate);
  fixture_set_up (&other, GUINT_TO_POINTER (2));
  chores_init (blockers, 10, fixture, 'a', &gate);
  chores_init (fast, 10, &other, 'a', NULL);
  chores_push (blockers, 10);
  chores_push (fast, 10);
  chores_await (fast, 10);
  g_assert_cmpint (blockers[0].n_run, ==, 0);

  athr_gate_open (&gate);
  chores_await (blockers, 10);
  fixture_tear_down (&other, NULL);
  athr_gate_clear (&gate);
}

static void
note_own_thread (Chore *self)
{
  self->data = GINT_TO_POINTER (athr_pool_is_own_thread (self->data));
}

static void
test_own_thread (Fixture       *fixture,
                 gconstpointer  data)
{
  Fixture other;
  Chore single, own, foreign;

  g_test_summary ("Only the one thread of a pool of one would wait for itself");

  fixture_set_up (&other, GUINT_TO_POINTER (2));
  chore_init (&single, fixture, 'a');
  chore_init (&own, &other, 'b');
  chore_init (&foreign, &other, 'c');
  single.data = foreign.data = fixture->pool;
  own.data = other.pool;
  single.then = own.then = foreign.then = note_own_thread;
  chore_push (&single);
  chore_push (&own);
  chore_push (&foreign);
  chore_await (&single);
  chore_await (&own);
  chore_await (&foreign);

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
