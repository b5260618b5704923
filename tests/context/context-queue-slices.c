/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

/* Longer than a slice, in microseconds. */
#define LONG 4500

static void
test_others (Fixture       *fixture,
             gconstpointer  data)
{
  LogItem a, b, c, other;
  GSource *source;

  g_test_summary ("After each slice, another source of the same priority has its turn");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&other, fixture, '-');
  a.burn = b.burn = LONG;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);

  for (guint i = 0; i < 3; i++)
    fixture_iterate (fixture);
  fixture_assert_log (fixture, "a-b-c-");
  g_source_destroy (source);
}

static void
add_urgent_source (LogItem *self)
{
  fixture_add_source (self->fixture, G_PRIORITY_HIGH, TRUE, self->data);
}

static void
test_urgent (Fixture       *fixture,
             gconstpointer  data)
{
  LogItem a, b, urgent;

  g_test_summary ("After a slice, a more urgent source that has become ready comes first");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&urgent, fixture, '!');
  a.burn = LONG;
  a.then = add_urgent_source;
  a.data = &urgent;
  log_item_push (&a);
  log_item_push (&b);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a!b");
}

static void
test_idle_source (Fixture       *fixture,
                  gconstpointer  data)
{
  LogItem a, b, frame;

  g_test_summary ("Between two slices at the idle priority, a redraw has its turn");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&frame, fixture, '|');
  a.burn = LONG;
  log_item_push_at (&a, G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&b, G_PRIORITY_DEFAULT_IDLE);

  fixture_iterate (fixture);
  fixture_add_source (fixture, G_PRIORITY_HIGH_IDLE + 20, TRUE, &frame);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a|b");
}

static void
test_length (Fixture       *fixture,
             gconstpointer  data)
{
  LogItem items[12], other;
  GSource *source;
  guint n_at_once = 0;

  g_test_summary ("A slice runs at most four items that take a millisecond or more");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      log_item_init (&items[i], fixture, 'a');
      items[i].burn = 1000;
      log_item_push (&items[i]);
    }
  log_item_init (&other, fixture, '-');
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
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
  LogItem items[3], other;
  GSource *source;

  g_test_summary ("Items that take no time share a slice, even when another source is ready");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      log_item_init (&items[i], fixture, 'a' + i);
      log_item_push (&items[i]);
    }
  log_item_init (&other, fixture, '-');
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);
  /* If the system stops this thread for longer than a slice, the items take several slices. */
  while (fixture->log->len == 0 || strchr (fixture->log->str, 'c') == NULL)
    fixture_iterate (fixture);
  g_source_destroy (source);

  g_assert_nonnull (strstr (fixture->log->str, "ab"));
}

static void
push_until_other (LogItem *self)
{
  if (strchr (self->fixture->log->str, '-') == NULL)
    log_item_push (self);
}

static void
test_push_from_run (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a, other;

  g_test_summary ("An item whose run() always pushes it again starves no other source");

  log_item_init (&a, fixture, 'a');
  log_item_init (&other, fixture, '-');
  a.then = push_until_other;
  log_item_push (&a);
  fixture_add_source (fixture, G_PRIORITY_DEFAULT, TRUE, &other);

  athr_test_drain (fixture->context);
  g_assert_nonnull (strchr (fixture->log->str, '-'));
}

static void
iterate_until_c (LogItem *self)
{
  athr_test_iterate_until (self->fixture->context, strchr (self->fixture->log->str, 'c'));
  g_string_append_c (self->fixture->log, '/');
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  LogItem a, b, c, other;
  GSource *source;

  g_test_summary ("In a nested main loop, too, other sources have their turn after a slice");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  log_item_init (&other, fixture, '-');
  a.then = iterate_until_c;
  b.burn = c.burn = LONG;
  log_item_push (&a);
  log_item_push (&b);
  log_item_push (&c);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &other);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab-c-/");
  g_source_destroy (source);
}

/* Pushes the item in data, like the item of an operation that was created in this
 * iteration. */
static void
push_data_created_now (LogItem *self)
{
  LogItem *other = self->data;

  other->item.created = g_source_get_time (g_main_current_source ());
  log_item_push (other);
}

static void
test_created (Fixture       *fixture,
              gconstpointer  data)
{
  LogItem a, b, c;

  g_test_summary ("An item that was created in this iteration waits for the next one, and so do "
                  "the items behind it");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&c, fixture, 'c');
  a.then = push_data_created_now;
  a.data = &b;
  b.then = NULL;
  log_item_push (&a);
  fixture_iterate (fixture);
  log_item_push (&c);
  fixture_assert_log (fixture, "a");

  g_assert_true (g_main_context_pending (fixture->context));
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bc");
}

static void
push_data_and_next (LogItem *self)
{
  LogItem *others = self->data;

  others[0].item.created = g_source_get_time (g_main_current_source ());
  log_item_push (&others[0]);
  log_item_push (&others[1]);
}

static void
test_created_order (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a, others[2];

  g_test_summary ("An item that could run at once does not overtake an item that has to wait");

  log_item_init (&a, fixture, 'a');
  log_item_init (&others[0], fixture, 'b');
  log_item_init (&others[1], fixture, 'c');
  a.then = push_data_and_next;
  a.data = others;
  log_item_push (&a);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "a");
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "bc");
}

static void
push_data_created_now_and_iterate (LogItem *self)
{
  push_data_created_now (self);
  athr_test_iterate_until (self->fixture->context, strchr (self->fixture->log->str, 'b'));
  g_string_append_c (self->fixture->log, '/');
}

static void
test_created_nested (Fixture       *fixture,
                     gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("An iteration of a nested main loop counts as the next iteration");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a.then = push_data_created_now_and_iterate;
  a.data = &b;
  log_item_push (&a);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab/");
}

static void
push_at_slice_end (LogItem *self)
{
  g_assert_true (athr_context_queue_push_at_slice_end (self->fixture->queue, G_PRIORITY_DEFAULT,
                                                       &self->item));
}

static void
push_data_at_slice_end (LogItem *self)
{
  push_at_slice_end (self->data);
}

static void
test_end (Fixture       *fixture,
          gconstpointer  data)
{
  LogItem a, b, end;

  g_test_summary ("An item for the end of a slice runs after the other items of the slice");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&end, fixture, '.');
  log_item_push (&a);
  push_at_slice_end (&end);
  log_item_push (&b);
  g_assert_false (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &end.item));

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab.");
}

static void
test_end_long (Fixture       *fixture,
               gconstpointer  data)
{
  LogItem a, b, end;

  g_test_summary ("An item for the end of a slice runs before the items that the slice leaves "
                  "queued");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&end, fixture, '.');
  a.burn = LONG;
  log_item_push (&a);
  log_item_push (&b);
  push_at_slice_end (&end);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "a.b");
}

static void
test_end_from_run (Fixture       *fixture,
                   gconstpointer  data)
{
  LogItem a, b, end;

  g_test_summary ("An item for the end of a slice, pushed inside a slice, runs at the end of "
                  "that slice");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  log_item_init (&end, fixture, '.');
  a.then = push_data_at_slice_end;
  a.data = &end;
  log_item_push (&a);
  log_item_push (&b);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab.");
}

static void
test_end_alone (Fixture       *fixture,
                gconstpointer  data)
{
  LogItem end;

  log_item_init (&end, fixture, '.');
  push_at_slice_end (&end);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, ".");
}

static void
push_data_low_at_slice_end (LogItem *self)
{
  g_assert_true (athr_context_queue_push_at_slice_end (self->fixture->queue, G_PRIORITY_DEFAULT_IDLE,
                                                       &((LogItem *) self->data)->item));
}

static void
test_end_other_source (Fixture       *fixture,
                       gconstpointer  data)
{
  LogItem a, end, busy;
  GSource *source;

  g_test_summary ("An item for the end of this slice runs then, whatever its priority, even if a "
                  "more urgent source is always ready");

  log_item_init (&a, fixture, 'a');
  log_item_init (&end, fixture, '.');
  log_item_init (&busy, fixture, '-');
  a.then = push_data_low_at_slice_end;
  a.data = &end;
  log_item_push (&a);
  source = fixture_add_source (fixture, G_PRIORITY_DEFAULT, FALSE, &busy);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "a.-");
  g_source_destroy (source);
}

static void
test_end_withdraw (Fixture       *fixture,
                   gconstpointer  data)
{
  LogItem end;

  log_item_init (&end, fixture, '.');
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
  fixture_add_test ("slices/idle-source", test_idle_source);
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
  fixture_add_test ("slices/end/other-source", test_end_other_source);

  return g_test_run ();
}
