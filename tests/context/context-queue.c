/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem a, b, c;

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  athr_test_elsewhere (log_item_push_func, &b);
  log_item_push (&a);
  athr_test_elsewhere (log_item_push_func, &c);
  fixture_assert_log (fixture, "");

  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "bac");
}

static void
test_push_queued (Fixture       *fixture,
                  gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("A queued item that is pushed again keeps its place, and runs once");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_push (&a);
  log_item_push (&b);
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT, &a.item));
  g_assert_false (athr_context_queue_push (fixture->queue, G_PRIORITY_DEFAULT_IDLE, &a.item));

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static void
push_again_twice (LogItem *self)
{
  static const char *names = "aAx";

  self->name = names[(strchr (names, self->name) - names) + 1];
  if (self->name != 'x')
    log_item_push (self);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("An item that its own run() pushes comes after the items that are queued");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a.then = push_again_twice;
  log_item_push (&a);
  log_item_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abA");
}

static void
log_item_free (LogItem *self)
{
  memset (self, 0x55, sizeof *self);
  g_free (self);
}

static void
test_free_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem *a = g_new0 (LogItem, 1);
  LogItem b;

  log_item_init (a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a->then = log_item_free;
  log_item_push (a);
  log_item_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

static void
test_sources (Fixture       *fixture,
              gconstpointer  data)
{
  LogItem a, b, c, d;

  g_test_summary ("A queue has sources of the default and the idle priority from the beginning");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&d, fixture, 'd');
  log_item_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&b, G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&c, G_PRIORITY_DEFAULT);
  log_item_push_at (&d, G_PRIORITY_DEFAULT);

  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "cd");
  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "ab");
}

static void
test_sources_among_sources (Fixture       *fixture,
                            gconstpointer  data)
{
  LogItem a, b, between;

  g_test_summary ("GLib dispatches a source of the program by its priority, between two queue "
                  "sources");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&between, fixture, '-');
  log_item_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&b, G_PRIORITY_DEFAULT);
  fixture_add_source (fixture, 120, TRUE, &between);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "b-a");
}

static void
test_priorities (Fixture       *fixture,
                 gconstpointer  data)
{
  LogItem items[5];

  g_test_summary ("Items of any priority run by their priority, and a source of the program runs "
                  "between two of them");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    log_item_init (&items[i], fixture, 'a' + i);
  log_item_push_at (&items[0], 50);
  log_item_push_at (&items[1], G_PRIORITY_DEFAULT);
  log_item_push_at (&items[2], -50);
  log_item_push_at (&items[3], 300);
  fixture_add_source (fixture, 100, TRUE, &items[4]);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "cbaed");
}

static void
run_nested (LogItem *self)
{
  LogItem urgent;

  log_item_init (&urgent, self->fixture, 'n');
  log_item_push_at (&urgent, -50);
  athr_test_drain (self->fixture->context);
  fixture_assert_log (self->fixture, "anbc");
}

static void
test_priorities_nested (Fixture       *fixture,
                        gconstpointer  data)
{
  LogItem a, b, c;

  g_test_summary ("A nested main loop runs a more urgent item, then what is left, and the outer "
                  "dispatch finds nothing more");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  a.then = run_nested;
  log_item_push_at (&a, 50);
  log_item_push_at (&b, 50);
  log_item_push_at (&c, 60);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "");
}

static gpointer
push_at_priorities (gpointer data)
{
  LogItem *items = data;

  log_item_push_at (&items[0], 50);
  log_item_push_at (&items[1], -50);

  return NULL;
}

static void
test_priorities_elsewhere (Fixture       *fixture,
                           gconstpointer  data)
{
  LogItem items[4];

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    log_item_init (&items[i], fixture, 'a' + i);
  athr_test_elsewhere (push_at_priorities, items);

  /* The context is in poll, so the other thread has to wake it. */
  athr_test_iterate_until (fixture->context, fixture->log->len == 2);
  fixture_assert_log (fixture, "ba");

  log_item_push_at (&items[2], 50);
  log_item_push_at (&items[3], -50);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "dc");
}

static void
test_priorities_dropped (Fixture       *fixture,
                         gconstpointer  data)
{
  LogItem items[2];

  g_test_summary ("An item of any priority is dropped as its context ends");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    log_item_init (&items[i], fixture, 'a' + i);
  athr_test_elsewhere (push_at_priorities, items);
  fixture_destroy_context (fixture);

  fixture_assert_log (fixture, "");
  g_assert_cmpuint (items[0].n_dropped, ==, 1);
  g_assert_cmpuint (items[1].n_dropped, ==, 1);
}

static guint
count_sources (Fixture *fixture)
{
  guint n = 0;

  for (guint id = 1; id < 1000; id++)
    n += g_main_context_find_source_by_id (fixture->context, id) != NULL;

  return n;
}

static void
test_priorities_many (Fixture       *fixture,
                      gconstpointer  data)
{
  LogItem *items = g_new0 (LogItem, 500);
  guint n_sources;

  g_test_summary ("Any number of priorities needs one source");

  log_item_init (&items[0], fixture, 'a');
  log_item_push_at (&items[0], 50);
  athr_test_drain (fixture->context);
  n_sources = count_sources (fixture);

  for (guint i = 0; i < 500; i++)
    {
      log_item_init (&items[i], fixture, 'a');
      log_item_push_at (&items[i], 1000 - (int) i);
    }
  athr_test_drain (fixture->context);
  g_assert_cmpuint (fixture->log->len, ==, 501);
  g_assert_cmpuint (count_sources (fixture), ==, n_sources);
  g_free (items);
}

static void
push_front_once (LogItem *self)
{
  if (self->name == 'a')
    athr_context_queue_push_front (self->fixture->queue, G_PRIORITY_DEFAULT, &self->item);
  self->name = 'A';
}

static void
test_push_front (Fixture       *fixture,
                 gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("An item that is pushed to the front comes before the queued items");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a.then = push_front_once;
  log_item_push (&a);
  log_item_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "aAb");
}

static void
test_disable (Fixture       *fixture,
              gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("A disabled item does not run, whether it was queued before or is pushed later");

  log_item_init (&a, fixture, 'a');
  log_item_init_cleanup_only (&b, fixture, 'b');
  log_item_push (&b);
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
  LogItem a, b, c;

  log_item_init (&a, fixture, 'a');
  log_item_init_cleanup_only (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &a.item));
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);
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
  LogItem a, b;

  g_test_summary ("A withdrawn item can be pushed again, also at another priority");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_push (&a);
  log_item_push (&b);
  athr_context_queue_withdraw (fixture->queue, &a.item);
  log_item_push_at (&a, G_PRIORITY_DEFAULT_IDLE);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ba");
}

static void
withdraw_other (LogItem *self)
{
  LogItem *other = self->data;

  g_assert_true (athr_context_queue_withdraw (self->fixture->queue, &other->item));
}

static void
test_withdraw_from_run (Fixture       *fixture,
                        gconstpointer  data)
{
  LogItem a, b, c;

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  a.then = withdraw_other;
  a.data = &b;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);

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
  fixture_add_test ("sources", test_sources);
  fixture_add_test ("sources/among-others", test_sources_among_sources);
  fixture_add_test ("priorities", test_priorities);
  fixture_add_test ("priorities/nested", test_priorities_nested);
  fixture_add_test ("priorities/elsewhere", test_priorities_elsewhere);
  fixture_add_test ("priorities/dropped", test_priorities_dropped);
  fixture_add_test ("priorities/many", test_priorities_many);
  fixture_add_test ("push-front", test_push_front);
  fixture_add_test ("disable", test_disable);
  fixture_add_test ("withdraw", test_withdraw);
  fixture_add_test ("withdraw/push", test_withdraw_push);
  fixture_add_test ("withdraw/from-run", test_withdraw_from_run);

  return g_test_run ();
}
