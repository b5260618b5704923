/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  Letter a, b, c;

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  athr_test_elsewhere (letter_push_func, &b);
  letter_push (&a);
  athr_test_elsewhere (letter_push_func, &c);
  fixture_assert_log (fixture, "");

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "bac");
}

static void
test_push_queued (Fixture       *fixture,
                  gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What is queued keeps its place and runs once");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_push (&a);
  letter_push (&b);
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT, &a.item));
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT_IDLE, &a.item));

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static void
push_again_twice (Letter *self)
{
  static const char *names = "aAx";

  self->name = names[(strchr (names, self->name) - names) + 1];
  if (self->name != 'x')
    letter_push (self);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("An item that is pushed by its own run comes after those that wait");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  a.then = push_again_twice;
  letter_push (&a);
  letter_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abA");
}

static void
letter_free (Letter *self)
{
  memset (self, 0x55, sizeof *self);
  g_free (self);
}

static void
test_free_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter *a = g_new0 (Letter, 1);
  Letter b;

  letter_init (a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  a->then = letter_free;
  letter_push (a);
  letter_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static void
test_lanes (Fixture       *fixture,
            gconstpointer  data)
{
  Letter a, b, c, d;

  g_test_summary ("The default and the idle priority are there from the beginning");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_init (&d, fixture, 'd');
  letter_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&b, G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&c, G_PRIORITY_DEFAULT);
  letter_push_at (&d, G_PRIORITY_DEFAULT);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "cd");
  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab");
}

static void
test_lanes_among_sources (Fixture       *fixture,
                          gconstpointer  data)
{
  Letter a, b, between;

  g_test_summary ("A source of a priority between two lanes has its turn between them");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&between, fixture, '-');
  letter_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&b, G_PRIORITY_DEFAULT);
  fixture_add_source (fixture, 120, TRUE, &between);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "b-a");
}

static void
test_lanes_add (Fixture       *fixture,
                gconstpointer  data)
{
  Letter a, b, c;

  athr_context_queue_add_source (fixture->queue, 50);
  athr_context_queue_add_source (fixture->queue, -50);
  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_push_at (&a, 50);
  letter_push_at (&b, G_PRIORITY_DEFAULT);
  letter_push_at (&c, -50);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "cba");
}

static void
test_lanes_add_again (Fixture       *fixture,
                      gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("Adding a lane that is there changes nothing");

  athr_context_queue_add_source (fixture->queue, 50);
  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_push_at (&a, 50);
  athr_context_queue_add_source (fixture->queue, 50);
  athr_context_queue_add_source (fixture->queue, G_PRIORITY_DEFAULT);
  letter_push_at (&b, 50);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab");
}

static gpointer
add_lanes_and_push (gpointer data)
{
  Letter *letters = data;

  athr_context_queue_add_source (letters[0].fixture->queue, 50);
  athr_context_queue_add_source (letters[0].fixture->queue, -50);
  letter_push_at (&letters[0], 50);
  letter_push_at (&letters[1], -50);

  return NULL;
}

static void
test_lanes_add_elsewhere (Fixture       *fixture,
                          gconstpointer  data)
{
  Letter letters[4];

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    letter_init (&letters[i], fixture, 'a' + i);
  athr_test_elsewhere (add_lanes_and_push, letters);

  /* The loop is at rest: it has to be woken for them. */
  athr_test_iterate_until (fixture->context, fixture->log->len == 2);
  fixture_assert_log (fixture, "ba");

  letter_push_at (&letters[2], 50);
  letter_push_at (&letters[3], -50);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "dc");
}

static void
test_lanes_add_elsewhere_unused (Fixture       *fixture,
                                 gconstpointer  data)
{
  Letter letters[2];

  g_test_summary ("A lane that another thread has added ends with the context, attached or not");

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    letter_init (&letters[i], fixture, 'a' + i);
  athr_test_elsewhere (add_lanes_and_push, letters);
  fixture_destroy_context (fixture);

  fixture_assert_log (fixture, "");
  g_assert_cmpuint (letters[0].n_dropped, ==, 1);
  g_assert_cmpuint (letters[1].n_dropped, ==, 1);
}

static void
push_back_once (Letter *self)
{
  if (self->name == 'a')
    athr_context_queue_push_front (self->fixture->queue, G_PRIORITY_DEFAULT, &self->item);
  self->name = 'A';
}

static void
test_push_back (Fixture       *fixture,
                gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What is pushed back comes before what waits");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  a.then = push_back_once;
  letter_push (&a);
  letter_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "aAb");
}

static void
test_retire (Fixture       *fixture,
             gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What is retired is not run any more, queued or pushed later");

  letter_init (&a, fixture, 'a');
  letter_init_quiet (&b, fixture, 'b');
  letter_push (&b);
  athr_context_queue_disable (fixture->queue, &a.item);
  athr_context_queue_disable (fixture->queue, &b.item);
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT, &a.item));
  g_assert_false (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &b.item));

  athr_test_drain (fixture->context);
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "");
}

static void
test_withdraw (Fixture       *fixture,
               gconstpointer  data)
{
  Letter a, b, c;

  letter_init (&a, fixture, 'a');
  letter_init_quiet (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &a.item));
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);
  g_assert_true (athr_context_queue_withdraw (fixture->queue, &a.item));
  g_assert_true (athr_context_queue_withdraw (fixture->queue, &b.item));
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &a.item));

  athr_test_drain (fixture->context);
  athr_context_queue_run_cleanup (fixture->queue);
  fixture_assert_log (fixture, "c");
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &c.item));
  g_assert_cmpuint (a.n_dropped, ==, 0);
}

static void
test_withdraw_push (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What was withdrawn can be pushed again, also at another priority");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_push (&a);
  letter_push (&b);
  athr_context_queue_withdraw (fixture->queue, &a.item);
  letter_push_at (&a, G_PRIORITY_DEFAULT_IDLE);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ba");
}

static void
withdraw_other (Letter *self)
{
  g_assert_true (athr_context_queue_withdraw (self->fixture->queue, &((Letter *) self->data)->item));
}

static void
test_withdraw_from_run (Fixture       *fixture,
                        gconstpointer  data)
{
  Letter a, b, c;

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  a.then = withdraw_other;
  a.data = &b;
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ac");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("order", test_order);
  fixture_add_test ("push/queued", test_push_queued);
  fixture_add_test ("push/from-run", test_push_from_run);
  fixture_add_test ("free-from-run", test_free_from_run);
  fixture_add_test ("lanes", test_lanes);
  fixture_add_test ("lanes/among-sources", test_lanes_among_sources);
  fixture_add_test ("lanes/add", test_lanes_add);
  fixture_add_test ("lanes/add-again", test_lanes_add_again);
  fixture_add_test ("lanes/add-elsewhere", test_lanes_add_elsewhere);
  fixture_add_test ("lanes/add-elsewhere/unused", test_lanes_add_elsewhere_unused);
  fixture_add_test ("push-back", test_push_back);
  fixture_add_test ("retire", test_retire);
  fixture_add_test ("withdraw", test_withdraw);
  fixture_add_test ("withdraw/push", test_withdraw_push);
  fixture_add_test ("withdraw/from-run", test_withdraw_from_run);

  return g_test_run ();
}
