/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
yield_all_types (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  static const char *strv[] = { "a", "b", NULL };

  athr_yielder_yield_value (yielder, NULL, NULL);
  athr_yielder_yield (yielder, NULL, G_TYPE_STRING, "");
  athr_yielder_yield (yielder, NULL, G_TYPE_STRING, NULL);
  athr_yielder_yield (yielder, NULL, G_TYPE_STRING, "text");
  athr_yielder_yield (yielder, NULL, G_TYPE_DOUBLE, 1.5);
  athr_yielder_yield (yielder, NULL, G_TYPE_OBJECT, user_data);
  athr_yielder_yield (yielder, NULL, G_TYPE_OBJECT, NULL);
  athr_yielder_yield (yielder, NULL, G_TYPE_STRV, strv);
}

static void
test_values_types (void)
{
  GThread *finalized_on = NULL;
  gpointer witness = athr_witness_new (&finalized_on);
  g_autoptr (AthrStream) stream = athr_stream_new (yield_all_types, witness, g_object_unref);
  GValue values[8] = { G_VALUE_INIT, };

  g_test_summary ("Values of any type come in order; a null is a value");

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      athr_test_take (stream, &values[i]);
      g_assert_true (G_IS_VALUE (&values[i]));
      g_assert_false (athr_stream_is_done (stream));
    }
  athr_test_expect_end (stream);

  g_assert_true (G_VALUE_HOLDS_POINTER (&values[0]));
  g_assert_null (g_value_get_pointer (&values[0]));
  g_assert_cmpstr (g_value_get_string (&values[1]), ==, "");
  g_assert_cmpstr (g_value_get_string (&values[2]), ==, NULL);
  g_assert_cmpstr (g_value_get_string (&values[3]), ==, "text");
  g_assert_cmpfloat (g_value_get_double (&values[4]), ==, 1.5);
  g_assert_true (g_value_get_object (&values[5]) == witness);
  g_assert_null (g_value_get_object (&values[6]));
  g_assert_true (G_VALUE_HOLDS (&values[7], G_TYPE_STRV));
  g_assert_cmpstr (((char **) g_value_get_boxed (&values[7]))[1], ==, "b");

  g_assert_null (finalized_on);
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_unset (&values[i]);
  g_assert_true (finalized_on == g_thread_self ());
}

static void
test_values_order (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 200, 64);
  for (guint i = 1; i <= 200; i++)
    athr_test_expect_value (counter.stream, i);
  athr_test_expect_end (counter.stream);
}

static void
test_end (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The end is NULL without an error, however often it is asked for");

  athr_counter_init (&counter, 0, 1);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = athr_test_ask (counter.stream);
      g_autoptr (GError) error = NULL;

      g_assert_null (athr_stream_next_finish (counter.stream, result, &error));
      g_assert_no_error (error);
      g_assert_true (athr_stream_is_done (counter.stream));
    }
}

static void
note_is_done (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_string_append_c (user_data, athr_stream_is_done (ATHR_STREAM (source)) ? 'D' : 'n');
}

static void
test_is_done (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("is_done() is TRUE from just before the callback of the end, and FALSE for "
                  "a value or the error");

  athr_counter_init (&counter, 1, 4);
  counter.error = athr_test_boom ();
  g_assert_false (athr_stream_is_done (counter.stream));
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_FAILED);
  g_assert_false (athr_stream_is_done (counter.stream));

  for (int i = 0; i < 4; i++)
    athr_stream_next_async (counter.stream, NULL, note_is_done, seen);
  athr_test_iterate_until (NULL, seen->len == 4);
  g_assert_cmpstr (seen->str, ==, "nnDD");
}

static void
test_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The error comes once, after the values, and then the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  for (int i = 0; i < 5; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "1 2 boom end end");
  athr_test_expect_end (counter.stream);
}

static void
test_buffer_bounded (void)
{
  g_test_summary ("The producer waits as soon as it is as far ahead as the buffer allows");

  for (guint size = 1; size <= 6; size++)
    {
      g_auto (AthrCounter) counter = { 0 };

      athr_counter_init (&counter, 20, size);
      athr_stream_start (counter.stream);
      athr_counter_await_blocked (&counter, size);
      for (guint i = 1; i <= 5; i++)
        {
          athr_test_expect_value (counter.stream, i);
          athr_counter_await_blocked (&counter, size + i);
        }
    }
}

static void
test_buffer_asked (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A next makes room for a value before the value is taken");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 5);
  athr_log_await (&log, "1 2 3");
  athr_counter_await_blocked (&counter, 5);
}

static void
test_buffer_default (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 200, 1);
  g_clear_object (&counter.stream);
  counter.destroyed_on = NULL;
  counter.stream = athr_stream_new (athr_counter_run, &counter, athr_counter_destroy);
  athr_stream_set_executor (counter.stream, counter.executor);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 64);
}

static void
test_buffer_unbounded (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 5000, G_MAXUINT);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  g_assert_cmpint (counter.n_yielded, ==, 5000);
  for (guint i = 1; i <= 5000; i++)
    athr_test_expect_value (counter.stream, i);
  athr_test_expect_end (counter.stream);
}

/* Asks again in each callback, where the producer's wake-up may be deferred. */
static void
take_all (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  guint *n_taken = user_data;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL));
  if (!G_IS_VALUE (&value))
    return;
  g_assert_cmpuint (g_value_get_uint (&value), ==, ++*n_taken);
  athr_stream_next_async (ATHR_STREAM (source), NULL, take_all, user_data);
}

static void
test_buffer_from_callbacks (void)
{
  static const guint sizes[] = { 1, 2, 3, 8, 64, G_MAXUINT };

  g_test_summary ("A consumer that asks in its callbacks comes to the end, with every size "
                  "of buffer");

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (AthrCounter) counter = { 0 };
      guint n_taken = 0;

      athr_counter_init (&counter, 500, sizes[i]);
      athr_stream_start (counter.stream);
      athr_stream_next_async (counter.stream, NULL, take_all, &n_taken);
      athr_test_iterate_until (NULL, athr_stream_is_done (counter.stream));
      g_assert_cmpuint (n_taken, ==, 500);
    }
}

static void
ask_in_callback (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  athr_log_next (source, result, user_data);
  athr_stream_next_async (ATHR_STREAM (source), NULL, athr_log_next, user_data);
}

static void
test_buffer_slice (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A producer whose wake-up was deferred inside a callback is woken at the "
                  "end of the slice");

  athr_log_init (&log);
  athr_counter_init (&counter, 50, 16);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 16);
  athr_stream_next_async (counter.stream, NULL, ask_in_callback, &log);
  athr_counter_await_blocked (&counter, 17);
  athr_log_await (&log, "1 2");
  athr_counter_await_blocked (&counter, 18);
}

static void
test_start (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("start() begins the producer once, on a worker, which fills the buffer "
                  "before any next");

  athr_counter_init (&counter, 3, 8);
  g_assert_cmpint (g_atomic_int_get (&counter.n_begun), ==, 0);
  athr_stream_start (counter.stream);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_stream_start (counter.stream);
  athr_test_drain (NULL);
  g_assert_cmpint (counter.n_begun, ==, 1);
  g_assert_cmpint (counter.n_yielded, ==, 3);
  g_assert_true (counter.ran_on != g_thread_self ());
}

static void
test_start_by_next (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 3, 8);
  athr_test_expect_value (counter.stream, 1);
  athr_counter_await_returned (&counter);
  g_assert_cmpint (counter.n_begun, ==, 1);
}

static void
test_states_end (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The final state is notified before the callback of the end, and "
                  "`finished` emitted once, after it");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.holds = TRUE;
  athr_log_watch (&log, counter.stream);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "RUNNING 1");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_gate_open (&counter.hold);
  athr_log_await (&log, "RUNNING 1 ENDED end finished");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "RUNNING 1 ENDED end finished end");
}

static void
test_states_buffered (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The state is the producer's, even if values are buffered; `finished` "
                  "waits for the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  athr_log_watch (&log, counter.stream);
  athr_stream_start (counter.stream);
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_INITIAL);
  athr_counter_await_returned (&counter);
  athr_log_await (&log, "ENDED");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "ENDED 1");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "ENDED 1 end finished");
}

static void
test_states_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.error = athr_test_boom ();
  athr_log_watch (&log, counter.stream);
  g_assert_null (athr_stream_get_error (counter.stream));
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_test_iterate_until (NULL, g_str_has_suffix (log.words->str, "finished"));
  g_assert_true (g_str_has_suffix (log.words->str, "1 FAILED ERROR boom finished") ||
                 g_str_has_suffix (log.words->str, "FAILED ERROR 1 boom finished"));
  g_assert_error (athr_stream_get_error (counter.stream), G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (counter.stream);
  g_assert_error (athr_stream_get_error (counter.stream), G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* Takes everything, before the stream has notified its error. */
static void
take_rest_in_notify (AthrStream *stream,
                     GParamSpec *pspec,
                     gpointer    user_data)
{
  if (athr_stream_get_state (stream) != ATHR_STREAM_STATE_FAILED)
    return;

  for (int i = 0; i < 3; i++)
    athr_stream_next_async (stream, NULL, athr_log_next, user_data);
  athr_test_iterate_until (NULL, athr_stream_is_done (stream));
  athr_test_drain (NULL);
}

static void
test_states_nested (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Nothing is notified after `finished`, even if a handler takes everything "
                  "in a nested loop");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.error = athr_test_boom ();
  g_signal_connect (counter.stream, "notify::state", G_CALLBACK (take_rest_in_notify), &log);
  g_signal_connect (counter.stream, "notify::error", G_CALLBACK (athr_log_error), &log);
  g_signal_connect (counter.stream, "finished", G_CALLBACK (athr_log_finished), &log);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_test_iterate_until (NULL, strstr (log.words->str, "finished") != NULL);
  athr_test_drain (NULL);
  g_assert_true (g_str_has_suffix (log.words->str, "finished"));
}

static void
test_no_function (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM, NULL);

  g_test_summary ("A stream that was made without a function fails once, and then ends");

  athr_log_init (&log);
  athr_log_watch (&log, stream);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "FAILED ERROR not-supported end finished");
  g_assert_error (athr_stream_get_error (stream), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_no_function_new (void)
{
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*func != NULL*");
  g_assert_null (athr_stream_new (NULL, NULL, NULL));
  g_test_assert_expected_messages ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/values/types", test_values_types);
  g_test_add_func ("/athr/stream/values/order", test_values_order);
  g_test_add_func ("/athr/stream/end", test_end);
  g_test_add_func ("/athr/stream/is-done", test_is_done);
  g_test_add_func ("/athr/stream/error", test_error);
  g_test_add_func ("/athr/stream/buffer/bounded", test_buffer_bounded);
  g_test_add_func ("/athr/stream/buffer/asked", test_buffer_asked);
  g_test_add_func ("/athr/stream/buffer/default", test_buffer_default);
  g_test_add_func ("/athr/stream/buffer/unbounded", test_buffer_unbounded);
  g_test_add_func ("/athr/stream/buffer/from-callbacks", test_buffer_from_callbacks);
  g_test_add_func ("/athr/stream/buffer/slice", test_buffer_slice);
  g_test_add_func ("/athr/stream/start/fills", test_start);
  g_test_add_func ("/athr/stream/start/by-next", test_start_by_next);
  g_test_add_func ("/athr/stream/states/end", test_states_end);
  g_test_add_func ("/athr/stream/states/buffered", test_states_buffered);
  g_test_add_func ("/athr/stream/states/error", test_states_error);
  g_test_add_func ("/athr/stream/states/nested", test_states_nested);
  g_test_add_func ("/athr/stream/no-function/object-new", test_no_function);
  g_test_add_func ("/athr/stream/no-function/new", test_no_function_new);

  return g_test_run ();
}
