/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
close_executor (AthrExecutor *executor,
                gboolean      cancel_queued)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  athr_executor_close_async (executor, cancel_queued, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_executor_close_finish (executor, result, &error);
  g_assert_no_error (error);
  g_object_unref (result);
}

static void
test_executor_closed (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 4);
  athr_log_watch (&log, counter.stream);
  close_executor (counter.executor, FALSE);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "FAILED ERROR closed end finished");
  g_assert_cmpint (counter.n_begun, ==, 0);
  g_assert_true (counter.destroyed_on == g_thread_self ());
}

static void
test_executor_cancels (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) first = { 0 };
  g_auto (AthrCounter) second = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  GAsyncResult *result = NULL;

  g_test_summary ("A stream whose job is queued fails with CANCELLED when its executor "
                  "cancels the queue");

  athr_log_init (&log);
  athr_counter_init (&first, 0, 1);
  athr_counter_init (&second, 1, 1);
  athr_stream_set_executor (first.stream, executor);
  athr_stream_set_executor (second.stream, executor);
  first.holds = TRUE;
  athr_stream_start (first.stream);
  athr_gate_await (&first.hold, 1);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (second.stream, NULL, athr_log_next, &log);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 1);
  athr_executor_close_async (executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_log_await (&log, "cancelled end");
  g_assert_cmpint (athr_stream_get_state (second.stream), ==, ATHR_STREAM_STATE_FAILED);
  g_assert_cmpint (second.n_begun, ==, 0);
  g_assert_true (second.destroyed_on == g_thread_self ());

  athr_gate_open (&first.hold);
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
}

static void
test_executor_single (void)
{
  g_auto (AthrCounter) first = { 0 };
  g_auto (AthrCounter) second = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);

  g_test_summary ("In an executor of one thread, a producer with a full buffer blocks the "
                  "jobs behind it");

  athr_counter_init (&first, 6, 1);
  athr_counter_init (&second, 1, 1);
  athr_stream_set_executor (first.stream, executor);
  athr_stream_set_executor (second.stream, executor);
  athr_stream_start (first.stream);
  athr_stream_start (second.stream);
  for (guint i = 1; i <= 4; i++)
    {
      athr_test_expect_value (first.stream, i);
      g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 1);
      g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 1);
      g_assert_cmpint (g_atomic_int_get (&second.n_begun), ==, 0);
    }
  athr_test_expect_value (first.stream, 5);
  athr_test_expect_value (first.stream, 6);
  athr_test_expect_end (first.stream);
  athr_test_expect_value (second.stream, 1);
  g_assert_true (first.ran_on == second.ran_on);
}

static void
test_executor_place (void)
{
  g_auto (AthrCounter) first = { 0 };
  g_auto (AthrCounter) second = { 0 };
  g_auto (AthrCounter) third = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("two", 2);

  g_test_summary ("Blocked producers give their places to other jobs, and go on when there "
                  "is room");

  athr_counter_init (&first, 3, 1);
  athr_counter_init (&second, 3, 1);
  athr_counter_init (&third, 3, 8);
  athr_stream_set_executor (first.stream, executor);
  athr_stream_set_executor (second.stream, executor);
  athr_stream_set_executor (third.stream, executor);
  athr_stream_start (first.stream);
  athr_stream_start (second.stream);
  athr_stream_start (third.stream);
  athr_test_yield_until (g_atomic_int_get (&third.has_returned));
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  g_assert_cmpint (first.n_yielded, ==, 1);
  g_assert_cmpint (second.n_yielded, ==, 1);
  for (guint i = 1; i <= 3; i++)
    {
      athr_test_expect_value (second.stream, i);
      athr_test_expect_value (first.stream, i);
    }
  athr_test_expect_end (first.stream);
  athr_test_expect_end (second.stream);
}

/* Yields 1, and exchanges 2 when there is no room yet. */
static void
yield_and_exchange (AthrYielder  *yielder,
                    gpointer      user_data,
                    GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_yielder_yield (yielder, error, G_TYPE_UINT, 1);
  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 2);
  athr_yielder_exchange_value (yielder, &value, NULL, error);
}

static void
test_executor_exchange (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("two", 2);
  g_autoptr (AthrStream) stream = athr_stream_new (yield_and_exchange, NULL, NULL);

  g_test_summary ("An exchange that waits for room and then for the next request gives its "
                  "place away once");

  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 1);
  athr_stream_start (stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) == 1 &&
                         athr_executor_get_n_running (executor) == 0);
  athr_test_expect_value (stream, 1);
  /* The producer has put 2, and comes to its second wait while other work runs. */
  for (int i = 0; i < 20; i++)
    {
      g_auto (AthrCounter) other = { 0 };

      athr_counter_init (&other, 1, 1);
      athr_stream_set_executor (other.stream, executor);
      athr_test_expect_value (other.stream, 1);
      athr_test_expect_end (other.stream);
    }
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_expect_value (stream, 2);
  athr_test_expect_end (stream);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/executor/closed", test_executor_closed);
  g_test_add_func ("/athr/stream/executor/cancels", test_executor_cancels);
  g_test_add_func ("/athr/stream/executor/single", test_executor_single);
  g_test_add_func ("/athr/stream/executor/place", test_executor_place);
  g_test_add_func ("/athr/stream/executor/exchange", test_executor_exchange);

  return g_test_run ();
}
