/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-list-model-test.h"

/* Lists of streams that other code uses, too. */

static void
test_finished (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list of a finished stream stays empty, and emits nothing");

  athr_filling_init (&filling, 3, 4);
  athr_stream_set_flowing (filling.stream, TRUE);
  athr_test_iterate_until (NULL, athr_stream_is_done (filling.stream));
  athr_test_drain (NULL);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_assert_false (athr_stream_list_model_get_loading (filling.list));
  g_assert_null (athr_stream_list_model_get_error (filling.list));
  athr_test_drain (NULL);
  g_assert_cmpstr (filling.log.words->str, ==, "");
  g_assert_cmpuint (athr_stream_list_model_get_n_items (filling.list), ==, 0);
}

static void
test_failed (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list of a finished stream that has failed has the error from the "
                  "beginning");

  athr_filling_init (&filling, 3, 4);
  filling.error = athr_test_boom ();
  athr_stream_set_flowing (filling.stream, TRUE);
  athr_test_iterate_until (NULL, athr_stream_get_state (filling.stream) == ATHR_STREAM_STATE_FAILED);
  athr_test_drain (NULL);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_assert_false (athr_stream_list_model_get_loading (filling.list));
  g_assert_error (athr_stream_list_model_get_error (filling.list), G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_drain (NULL);
  g_assert_cmpstr (filling.log.words->str, ==, "");
}

static void
test_failed_unread (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list of a failed stream with buffered values gets the values, and then "
                  "the error");

  athr_filling_init (&filling, 3, 4);
  filling.error = athr_test_boom ();
  athr_stream_start (filling.stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (filling.stream) == ATHR_STREAM_STATE_FAILED);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_assert_true (athr_stream_list_model_get_loading (filling.list));
  athr_filling_await_end (&filling, "items ERROR done", 3);
}

static void
test_owner_gone (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_summary ("A list falls silent when the owner of its stream is gone");

  /* So many values that one slice cannot deliver them all. */
  athr_filling_init (&filling, 10000000, 2);
  athr_stream_bind (filling.stream, owner);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_test_iterate_until (NULL, filling.n_reported >= 5);
  g_clear_object (&owner);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&filling.destroyed_on) != NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (filling.log.words->str, ==, "items");
  g_assert_cmpuint (athr_stream_list_model_get_n_items (filling.list), ==, filling.n_reported);
}

static void
test_closed (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list whose stream is closed keeps its items, and has no error");

  /* So many values that one slice cannot deliver them all. */
  athr_filling_init (&filling, 10000000, 2);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_test_iterate_until (NULL, filling.n_reported >= 5);
  athr_stream_close_async (filling.stream, NULL, NULL, NULL);
  g_assert_true (athr_stream_list_model_get_loading (filling.list));
  athr_filling_await_end (&filling, "items done", filling.n_reported);
  g_assert_null (athr_stream_list_model_get_error (filling.list));
  g_assert_cmpuint (filling.n_reported, <, 10000000);
}

static void
test_closed_before (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list of a closed stream whose function has not returned ends when it "
                  "returns");

  athr_filling_init (&filling, 2, 4);
  filling.holds = TRUE;
  athr_stream_start (filling.stream);
  athr_gate_await (&filling.hold, 1);
  athr_stream_close_async (filling.stream, NULL, NULL, NULL);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_assert_true (athr_stream_list_model_get_loading (filling.list));
  athr_test_drain (NULL);
  g_assert_cmpstr (filling.log.words->str, ==, "");
  athr_gate_open (&filling.hold);
  athr_filling_await_end (&filling, "done", 0);
}

static void
test_closed_with_error (void)
{
  g_auto (AthrLog) log = { 0, };
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("The error of a closed producer is the error of close_finish, and of the "
                  "list");

  athr_log_init (&log);
  athr_filling_init (&filling, 2, 4);
  filling.holds = TRUE;
  filling.error = athr_test_boom ();
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_test_iterate_until (NULL, filling.n_reported == 2);
  athr_stream_close_async (filling.stream, NULL, athr_log_close, &log);
  athr_gate_open (&filling.hold);
  athr_filling_await_end (&filling, "items ERROR done", 2);
  g_assert_cmpstr (log.words->str, ==, "close: boom");
}

static void
test_flowing (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list of a flowing stream gets the values that come after its creation");

  athr_filling_init (&filling, 2, 4);
  filling.holds = TRUE;
  athr_stream_set_flowing (filling.stream, TRUE);
  athr_gate_await (&filling.hold, 1);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_gate_open (&filling.hold);
  athr_filling_await_end (&filling, "items done", 2);
}

static void
test_buffered (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AthrStreamListModel) list = NULL;
  g_autoptr (GObject) first = NULL;

  g_test_summary ("A list of a stream from which a value was taken gets the other values");

  athr_filling_init (&filling, 9, 3);
  athr_test_take (filling.stream, &value);
  list = athr_stream_list_model_new (filling.stream, athr_thing_get_type ());
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (list), ==, 8);
  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_cmpuint (athr_thing_number (first), ==, 2);
}

static void
pause_flow (AthrFilling *self)
{
  athr_stream_set_flowing (self->stream, FALSE);
}

static void
test_paused (void)
{
  g_auto (AthrFilling) filling = { 0, };
  guint n_reported;

  g_test_summary ("Setting the stream's flowing to FALSE pauses the list, and TRUE resumes it");

  athr_filling_init (&filling, 200, 2);
  filling.act = pause_flow;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  while (filling.n_reported < 200)
    {
      n_reported = filling.n_reported;
      athr_test_iterate_until (NULL, filling.n_reported > n_reported);
      n_reported = filling.n_reported;
      athr_test_drain (NULL);
      g_assert_cmpuint (filling.n_reported, ==, n_reported);
      g_assert_true (n_reported == 200 || athr_stream_list_model_get_loading (filling.list));
      athr_stream_set_flowing (filling.stream, TRUE);
    }
  athr_filling_await_end (&filling, "items done", 200);
}

static void
test_taken_by_others (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AthrStreamListModel) list = NULL;
  GAsyncResult *result = NULL;

  g_test_summary ("A pending next gets a value before the list");

  athr_filling_init (&filling, 5, 8);
  list = athr_stream_list_model_new (filling.stream, athr_thing_get_type ());
  athr_stream_next_async (filling.stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_nonnull (result);
  g_assert_true (athr_stream_next_finish_into (filling.stream, result, &value, NULL));
  g_assert_cmpuint (athr_thing_number (g_value_get_object (&value)), ==, 1);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (list), ==, 4);
  g_object_unref (result);
}

static void
test_two_lists (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (AthrStreamListModel) other = NULL;

  g_test_summary ("Two lists of one stream have the same items");

  athr_filling_init (&filling, 300, 8);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  other = athr_stream_list_model_new (filling.stream, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items done", 300);
  g_assert_false (athr_stream_list_model_get_loading (other));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (other), ==, 300);
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (GObject) one = g_list_model_get_item (G_LIST_MODEL (filling.list), i);
      g_autoptr (GObject) two = g_list_model_get_item (G_LIST_MODEL (other), i);

      g_assert_true (one == two);
    }
}

static void
test_two_lists_dropped (void)
{
  g_auto (AthrFilling) filling = { 0, };
  AthrStreamListModel *other;
  guint n_reported;

  g_test_summary ("Dropping one of two lists of one stream closes the stream for the other "
                  "list");

  athr_filling_init (&filling, 300, 2);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  other = athr_stream_list_model_new (filling.stream, athr_thing_get_type ());
  athr_test_iterate_until (NULL, filling.n_reported > 0);
  n_reported = filling.n_reported;
  g_object_unref (other);
  athr_filling_await_end (&filling, "items done", n_reported);
  g_assert_null (athr_stream_list_model_get_error (filling.list));
}

static void
test_two_types (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (AthrStreamListModel) other = NULL;

  g_test_summary ("Two lists with different types: the list that fails ends the other "
                  "without an error");

  athr_filling_init (&filling, 300, 2);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  other = athr_stream_list_model_new (filling.stream, G_TYPE_CANCELLABLE);
  athr_filling_await_end (&filling, "items done", 1);
  g_assert_null (athr_stream_list_model_get_error (filling.list));
  g_assert_error (athr_stream_list_model_get_error (other), G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (other), ==, 0);
}

static void
test_home (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list emits its signals at the stream's home, and its creation may fix "
                  "this home");

  athr_filling_init (&filling, 20, 2);
  g_main_context_push_thread_default (context);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (context, !athr_stream_list_model_get_loading (filling.list));
  athr_test_drain (context);
  g_assert_cmpstr (filling.log.words->str, ==, "items done");
  g_assert_cmpuint (filling.n_reported, ==, 20);
  g_assert_true (filling.destroyed_on == g_thread_self ());
}

static void
test_priority (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("A list works with another delivery priority of the stream");

  athr_filling_init (&filling, 20, 2);
  athr_stream_set_delivery_priority (filling.stream, -7);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items done", 20);
}

static void
test_no_function (void)
{
  g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM, NULL);
  g_autoptr (AthrStreamListModel) list = athr_stream_list_model_new (stream, G_TYPE_OBJECT);

  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_error (athr_stream_list_model_get_error (list), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream-list-model/stream/" path, test)
  add ("finished", test_finished);
  add ("failed", test_failed);
  add ("failed-unread", test_failed_unread);
  add ("closed", test_closed);
  add ("owner-gone", test_owner_gone);
  add ("closed-before", test_closed_before);
  add ("closed-with-error", test_closed_with_error);
  add ("flowing", test_flowing);
  add ("buffered", test_buffered);
  add ("paused", test_paused);
  add ("taken-by-others", test_taken_by_others);
  add ("two-lists", test_two_lists);
  add ("two-lists/dropped", test_two_lists_dropped);
  add ("two-lists/types", test_two_types);
  add ("home", test_home);
  add ("priority", test_priority);
  add ("no-function", test_no_function);

  return g_test_run ();
}
