/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

/* Main loops inside of items. */

static void
iterate_until_data (Letter *self)
{
  Fixture *fixture = self->fixture;

  athr_test_iterate_until (fixture->context,
                           strchr (fixture->log->str, ((Letter *) self->data)->name));
  g_string_append_c (fixture->log, '/');
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  Letter a, b, c, d;

  g_test_summary ("A main loop inside an item takes those behind it, in order, and leaves the rest");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_init (&d, fixture, 'd');
  a.then = iterate_until_data;
  a.data = &b;
  b.burn = 4500;
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);
  letter_push (&d);

  fixture_iterate (fixture);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab/cd");
}

static void
test_nested_twice (Fixture       *fixture,
                   gconstpointer  data)
{
  Letter a, b, c, d;

  g_test_summary ("One loop inside the other");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_init (&d, fixture, 'd');
  a.then = b.then = iterate_until_data;
  a.data = &d;
  b.data = &c;
  c.burn = d.burn = 4500;
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);
  letter_push (&d);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc/d/");
}

static void
push_data_elsewhere (Letter *self)
{
  athr_test_elsewhere (letter_push_func, self->data);
}

static void
test_nested_push (Fixture       *fixture,
                  gconstpointer  data)
{
  Letter a, b, c;

  g_test_summary ("What another thread brings while a loop inside an item rests wakes that loop");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  a.then = iterate_until_data;
  a.data = &c;
  b.then = push_data_elsewhere;
  b.data = &c;
  letter_push (&a);
  letter_push (&b);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "abc/");
}

static void
test_nested_lane (Fixture       *fixture,
                  gconstpointer  data)
{
  Letter a, b, c;

  g_test_summary ("A loop inside an item serves the other lanes, too");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  a.then = iterate_until_data;
  a.data = &c;
  letter_push (&a);
  letter_push_at (&c, G_PRIORITY_DEFAULT_IDLE);
  letter_push (&b);

  fixture_iterate (fixture);
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
  fixture_add_test ("nested/lane", test_nested_lane);

  return g_test_run ();
}
