/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-list-model-test.h"

/* Handlers run nested main loops: the list appends and reports items there, in order. */

#define MAX_DEPTH 5

static void
drain_deeper (AthrFilling *self)
{
  if (self->depth == MAX_DEPTH)
    return;
  self->depth++;
  athr_test_drain (NULL);
  self->depth--;
}

static void
test_items_changed (void)
{
  g_auto (AthrFilling) filling = { 0, };

  athr_filling_init (&filling, 2000, 4);
  filling.act = drain_deeper;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items done", 2000);
}

static void
note_value (gboolean *has_come)
{
  *has_come = TRUE;
}

static void
await_value (AthrStream *stream)
{
  gboolean has_come = FALSE;
  gulong id;

  id = g_signal_connect_swapped (stream, "value", G_CALLBACK (note_value), &has_come);
  athr_test_iterate_until (NULL, has_come);
  g_signal_handler_disconnect (stream, id);
}

static void
test_flowing (void)
{
  g_auto (AthrFilling) filling = { 0, };
  gulong id;

  g_test_summary ("A handler of the stream's notify::flowing runs a nested main loop while "
                  "the list is created");

  athr_filling_init (&filling, 100, 4);
  id = g_signal_connect (filling.stream, "notify::flowing", G_CALLBACK (await_value), NULL);
  filling.list = athr_stream_list_model_new (filling.stream, athr_thing_get_type ());
  g_signal_handler_disconnect (filling.stream, id);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (filling.list));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (filling.list), ==, 100);
}

/* Waits in the first items-changed until all items were reported. */
static void
await_rest_inside (AthrFilling *self)
{
  if (self->depth++ == 0)
    athr_test_iterate_until (NULL, self->n_reported == self->n_values);
}

static void
test_rest (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A nested main loop in the first items-changed appends and reports all "
                  "other items");

  athr_filling_init (&filling, 500, 4);
  filling.act = await_rest_inside;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items done", 500);
  g_assert_cmpuint (filling.n_notifies, ==, filling.n_changes);
}

static void
drain_in_notify (AthrFilling *self)
{
  drain_deeper (self);
}

static void
test_n_items (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A notify::n-items inside a handler of notify::n-items replaces the outer "
                  "one, as in GObject");

  athr_filling_init (&filling, 2000, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect_swapped (filling.list, "notify::n-items", G_CALLBACK (drain_in_notify), &filling);
  athr_filling_await_end (&filling, "items done", 2000);
}

static void
test_end (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("Nested main loops in the notifications of the end: the end is notified "
                  "once");

  athr_filling_init (&filling, 20, 4);
  filling.error = athr_test_boom ();
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect_swapped (filling.list, "notify::loading", G_CALLBACK (drain_in_notify), &filling);
  g_signal_connect_swapped (filling.list, "notify::error", G_CALLBACK (drain_in_notify), &filling);
  athr_filling_await_end (&filling, "items ERROR done", 20);
}

static void
test_value (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A nested main loop in a handler of value, after the list's handler, "
                  "reports the items");

  athr_filling_init (&filling, 2000, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect_swapped (filling.stream, "value", G_CALLBACK (drain_in_notify), &filling);
  athr_filling_await_end (&filling, "items done", 2000);
}

static void
await_reported (AthrFilling *self)
{
  /* The list has appended the value of this emission. */
  if (self->depth++ == 0)
    athr_test_iterate_until (NULL, self->n_reported >= 1);
}

static void
test_value_reported (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A handler of value may wait until the list has reported the item");

  athr_filling_init (&filling, 1, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect_swapped (filling.stream, "value", G_CALLBACK (await_reported), &filling);
  athr_filling_await_end (&filling, "items done", 1);
}

/* The handler of the first items-changed waits for the second, whose handler drops the list. */
static void
drop_inside (AthrFilling *self)
{
  if (self->depth++ == 0)
    athr_test_iterate_until (NULL, self->list == NULL);
  else
    g_clear_object (&self->list);
}

static void
test_drop (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list that is dropped in a nested main loop survives the outer emission");

  athr_filling_init (&filling, G_MAXUINT - 1, 4);
  filling.act = drop_inside;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_test_iterate_until (NULL, filling.depth > 0);
  g_assert_null (filling.list);
  athr_test_iterate_until (NULL, g_atomic_int_get (&filling.has_returned));
}

/* A listener that is connected after the one of the filling. */
static void
shadow_items (GListModel *list,
              guint       position,
              guint       n_removed,
              guint       n_added,
              gpointer    user_data)
{
  guint *n_known = user_data;

  g_assert_cmpuint (position, ==, *n_known);
  *n_known += n_added;
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, *n_known);
}

static void
test_second_listener (void)
{
  g_auto (AthrFilling) filling = { 0, };
  guint n_known = 0;

  g_test_summary ("With nested main loops in the first listener, the second one hears of all "
                  "items in order");

  athr_filling_init (&filling, 2000, 4);
  filling.act = drain_deeper;
  filling.error = athr_test_boom ();
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect (filling.list, "items-changed", G_CALLBACK (shadow_items), &n_known);
  athr_filling_await_end (&filling, "items ERROR done", 2000);
  g_assert_cmpuint (n_known, ==, 2000);
}

/* Waits in the first items-changed until the stream has finished. */
static void
await_finished_inside (AthrFilling *self)
{
  if (self->depth++ == 0)
    athr_test_iterate_until (NULL, self->n_seen == self->n_values);
  if (self->depth == 1)
    athr_test_drain (NULL);
}

static void
test_second_listener_end (void)
{
  g_auto (AthrFilling) filling = { 0, };
  guint n_known = 0;

  g_test_summary ("The stream finishes in a nested main loop of the first listener: the second "
                  "one hears of all items before the end");

  athr_filling_init (&filling, 500, 4);
  filling.act = await_finished_inside;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect (filling.list, "items-changed", G_CALLBACK (shadow_items), &n_known);
  athr_filling_await_end (&filling, "items done", 500);
  g_assert_cmpuint (n_known, ==, 500);
}

static void
drop_once (AthrFilling *self)
{
  athr_test_drain (NULL);
  g_clear_object (&self->list);
}

static void
test_second_listener_drop (void)
{
  g_auto (AthrFilling) filling = { 0, };
  guint n_known = 0;

  g_test_summary ("A list that the first of two listeners drops tells nothing more");

  athr_filling_init (&filling, G_MAXUINT - 1, 4);
  filling.act = drop_once;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_signal_connect (filling.list, "items-changed", G_CALLBACK (shadow_items), &n_known);
  athr_test_iterate_until (NULL, filling.list == NULL);
  athr_test_iterate_until (NULL, g_atomic_int_get (&filling.has_returned));
  g_assert_cmpuint (filling.n_changes, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream-list-model/nested/" path, test)
  add ("items-changed", test_items_changed);
  add ("items-changed/rest", test_rest);
  add ("flowing", test_flowing);
  add ("n-items", test_n_items);
  add ("end", test_end);
  add ("value", test_value);
  add ("value/reported", test_value_reported);
  add ("drop", test_drop);
  add ("second-listener", test_second_listener);
  add ("second-listener/end", test_second_listener_end);
  add ("second-listener/drop", test_second_listener_drop);

  return g_test_run ();
}
