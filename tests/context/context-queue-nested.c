/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

/* Nested main loops that work items run. */

static void
iterate_until_data (LogItem *self)
{
  Fixture *fixture = self->fixture;

  athr_test_iterate_until (fixture->context,
                           strchr (fixture->log->str, ((LogItem *) self->data)->name));
  g_string_append_c (fixture->log, '/');
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  LogItem a, b, c, d;

  g_test_summary ("A nested main loop runs the items behind its item, in order; the outer loop "
                  "runs the rest");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&d, fixture, 'd');
  a.then = iterate_until_data;
  a.data = &b;
  b.burn = 4500;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);
  log_item_push (&d);

  fixture_iterate (fixture);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab/cd");
}

static void
test_nested_twice (Fixture       *fixture,
                   gconstpointer  data)
{
  LogItem a, b, c, d;

  g_test_summary ("A nested main loop may run another nested main loop");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&d, fixture, 'd');
  a.then = b.then = iterate_until_data;
  a.data = &d;
  b.data = &c;
  c.burn = d.burn = 4500;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);
  log_item_push (&d);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc/d/");
}

static void
push_data_elsewhere (LogItem *self)
{
  athr_test_elsewhere (log_item_push_func, self->data);
}

static void
test_nested_push (Fixture       *fixture,
                  gconstpointer  data)
{
  LogItem a, b, c;

  g_test_summary ("A push from another thread wakes a nested main loop");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  a.then = iterate_until_data;
  a.data = &c;
  b.then = push_data_elsewhere;
  b.data = &c;
  log_item_push (&a);
  log_item_push (&b);

  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "abc/");
}

static void
test_nested_source (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a, b, c;

  g_test_summary ("A nested main loop runs the items of the other queue sources, too");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  a.then = iterate_until_data;
  a.data = &c;
  log_item_push (&a);
  log_item_push_at (&c, G_PRIORITY_DEFAULT_IDLE);
  log_item_push (&b);

  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "abc/");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("nested", test_nested);
  fixture_add_test ("nested/twice", test_nested_twice);
  fixture_add_test ("nested/push", test_nested_push);
  fixture_add_test ("nested/source", test_nested_source);

  return g_test_run ();
}
