/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

/* More than a slice lasts, in microseconds. */
#define LONG 4500

static void
test_others (Fixture       *fixture,
             gconstpointer  data)
{
  Letter a, b, c, other;
  GSource *source;

  g_test_summary ("After a slice, another source of the same priority has its turn");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_init (&other, fixture, '-');
  a.burn = b.burn = LONG;
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);

  for (guint i = 0; i < 3; i++)
    fixture_iterate (fixture);
  fixture_assert_log (fixture, "a-b-c-");
  g_source_destroy (source);
}

static void
add_urgent_source (Letter *self)
{
  fixture_add_source (self->fixture, G_PRIORITY_HIGH, TRUE, self->data);
}

static void
test_urgent (Fixture       *fixture,
             gconstpointer  data)
{
  Letter a, b, urgent;

  g_test_summary ("After a slice, what has become ready and is more urgent comes first");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&urgent, fixture, '!');
  a.burn = LONG;
  a.then = add_urgent_source;
  a.data = &urgent;
  letter_push (&a);
  letter_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a!b");
}

static void
test_idle_lane (Fixture       *fixture,
                gconstpointer  data)
{
  Letter a, b, frame;

  g_test_summary ("A flood at the idle priority lets a redraw in after a slice");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&frame, fixture, '|');
  a.burn = LONG;
  letter_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&b, G_PRIORITY_DEFAULT_IDLE);

  fixture_iterate (fixture);
  fixture_add_source (fixture, G_PRIORITY_HIGH_IDLE + 20, TRUE, &frame);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a|b");
}

static void
test_length (Fixture       *fixture,
             gconstpointer  data)
{
  Letter letters[12], other;
  GSource *source;
  guint n_at_once = 0;

  g_test_summary ("Of items that take a millisecond at least, four are a slice");

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      letter_init (&letters[i], fixture, 'a');
      letters[i].burn = 1000;
      letter_push (&letters[i]);
    }
  letter_init (&other, fixture, '-');
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);
  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    fixture_iterate (fixture);
  g_source_destroy (source);

  for (const char *c = fixture->log->str; *c != '\0'; c++)
    {
      n_at_once = *c == 'a' ? n_at_once + 1 : 0;
      g_assert_cmpuint (n_at_once, <=, 4);
    }
}

static void
test_short_items (Fixture       *fixture,
                  gconstpointer  data)
{
  Letter letters[3], other;
  GSource *source;

  g_test_summary ("Items that take no time share a slice, be there other sources or not");

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      letter_init (&letters[i], fixture, 'a' + i);
      letter_push (&letters[i]);
    }
  letter_init (&other, fixture, '-');
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);
  /* Even a thread that is not let run for a slice is let run again. */
  while (fixture->log->len == 0 || strchr (fixture->log->str, 'c') == NULL)
    fixture_iterate (fixture);
  g_source_destroy (source);

  g_assert_nonnull (strstr (fixture->log->str, "ab"));
}

static void
push_until_other (Letter *self)
{
  if (strchr (self->fixture->log->str, '-') == NULL)
    letter_push (self);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a, other;

  g_test_summary ("An item that is pushed by its own run, for ever, starves no other source");

  letter_init (&a, fixture, 'a');
  letter_init (&other, fixture, '-');
  a.then = push_until_other;
  letter_push (&a);
  fixture_add_source (fixture, G_PRIORITY_DEFAULT, TRUE, &other);

  athr_test_drain (fixture->context);
  g_assert_nonnull (strchr (fixture->log->str, '-'));
}

static void
iterate_until_c (Letter *self)
{
  athr_test_iterate_until (self->fixture->context, strchr (self->fixture->log->str, 'c'));
  g_string_append_c (self->fixture->log, '/');
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  Letter a, b, c, other;
  GSource *source;

  g_test_summary ("A main loop inside an item is kept alive in the same way");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  letter_init (&other, fixture, '-');
  a.then = iterate_until_c;
  b.burn = c.burn = LONG;
  letter_push (&a);
  letter_push (&b);
  letter_push (&c);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab-c-/");
  g_source_destroy (source);
}

/* Pushes the letter that it is given as if an operation of this iteration were
 * behind it. */
static void
push_data_created_now (Letter *self)
{
  Letter *other = self->data;

  other->item.created = g_source_get_time (g_main_current_source ());
  letter_push (other);
}

static void
test_created (Fixture       *fixture,
              gconstpointer  data)
{
  Letter a, b, c;

  g_test_summary ("An item of this iteration waits for the next, and those behind it with it");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&c, fixture, 'c');
  a.then = push_data_created_now;
  a.data = &b;
  b.then = NULL;
  letter_push (&a);
  fixture_iterate (fixture);
  letter_push (&c);
  fixture_assert_log (fixture, "a");

  g_assert_true (g_main_context_pending (fixture->context));
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bc");
}

static void
push_data_and_next (Letter *self)
{
  Letter *others = self->data;

  others[0].item.created = g_source_get_time (g_main_current_source ());
  letter_push (&others[0]);
  letter_push (&others[1]);
}

static void
test_created_order (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a, others[2];

  g_test_summary ("One that could run at once does not overtake one that has to wait");

  letter_init (&a, fixture, 'a');
  letter_init (&others[0], fixture, 'b');
  letter_init (&others[1], fixture, 'c');
  a.then = push_data_and_next;
  a.data = others;
  letter_push (&a);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "a");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bc");
}

static void
push_data_created_now_and_iterate (Letter *self)
{
  push_data_created_now (self);
  athr_test_iterate_until (self->fixture->context, strchr (self->fixture->log->str, 'b'));
  g_string_append_c (self->fixture->log, '/');
}

static void
test_created_nested (Fixture       *fixture,
                     gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("An iteration of a main loop inside the item is a next one");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  a.then = push_data_created_now_and_iterate;
  a.data = &b;
  letter_push (&a);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab/");
}

static void
push_at_slice_end (Letter *self)
{
  g_assert_true (athr_context_queue_push_at_slice_end (self->fixture->queue, G_PRIORITY_DEFAULT,
                                                       &self->item));
}

static void
push_data_at_slice_end (Letter *self)
{
  push_at_slice_end (self->data);
}

static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
  Letter a, b, end;

  g_test_summary ("What is due at the end of a slice comes after what the slice takes");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&end, fixture, '.');
  letter_push (&a);
  push_at_slice_end (&end);
  letter_push (&b);
  g_assert_false (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &end.item));

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab.");
}

static void
test_end_long (Fixture       *fixture,
               gconstpointer  data)
{
  Letter a, b, end;

  g_test_summary ("It does not wait for what the slice leaves");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&end, fixture, '.');
  a.burn = LONG;
  letter_push (&a);
  letter_push (&b);
  push_at_slice_end (&end);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a.b");
}

static void
test_end_from_run (Fixture       *fixture,
                   gconstpointer  data)
{
  Letter a, b, end;

  g_test_summary ("It is this slice's end when an item of the slice asks for it");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  letter_init (&end, fixture, '.');
  a.then = push_data_at_slice_end;
  a.data = &end;
  letter_push (&a);
  letter_push (&b);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab.");
}

static void
test_end_alone (Fixture       *fixture,
                gconstpointer  data)
{
  Letter end;

  letter_init (&end, fixture, '.');
  push_at_slice_end (&end);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, ".");
}

static void
push_data_low_at_slice_end (Letter *self)
{
  g_assert_true (athr_context_queue_push_at_slice_end (self->fixture->queue, G_PRIORITY_DEFAULT_IDLE,
                                                       &((Letter *) self->data)->item));
}

static void
test_end_other_lane (Fixture       *fixture,
                     gconstpointer  data)
{
  Letter a, end, busy;
  GSource *source;

  g_test_summary ("What is due at the end of a slice comes then, also where something more urgent "
                  "than its own lane is always ready");

  letter_init (&a, fixture, 'a');
  letter_init (&end, fixture, '.');
  letter_init (&busy, fixture, '-');
  a.then = push_data_low_at_slice_end;
  a.data = &end;
  letter_push (&a);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &busy);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "a.-");
  g_source_destroy (source);
}

static void
test_end_withdraw (Fixture       *fixture,
                   gconstpointer  data)
{
  Letter end;

  letter_init (&end, fixture, '.');
  push_at_slice_end (&end);
  g_assert_true (athr_context_queue_withdraw (fixture->queue, &end.item));

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("slices/others", test_others);
  fixture_add_test ("slices/urgent", test_urgent);
  fixture_add_test ("slices/idle-lane", test_idle_lane);
  fixture_add_test ("slices/length", test_length);
  fixture_add_test ("slices/short-items", test_short_items);
  fixture_add_test ("slices/push-from-run", test_push_from_run);
  fixture_add_test ("slices/nested", test_nested);
  fixture_add_test ("slices/created", test_created);
  fixture_add_test ("slices/created/order", test_created_order);
  fixture_add_test ("slices/created/nested", test_created_nested);
  fixture_add_test ("slices/end", test_end);
  fixture_add_test ("slices/end/long", test_end_long);
  fixture_add_test ("slices/end/from-run", test_end_from_run);
  fixture_add_test ("slices/end/alone", test_end_alone);
  fixture_add_test ("slices/end/withdraw", test_end_withdraw);
  fixture_add_test ("slices/end/other-lane", test_end_other_lane);

  return g_test_run ();
}
