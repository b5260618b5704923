/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"
#include "stream/athr-yielder-private.h"

static void
test_never_started (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Closing a stream that never started destroys the user data and emits "
                  "everything");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 4);
  athr_log_watch (&log, counter.stream);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_log_await (&log, "CLOSED close finished");
  g_assert_true (counter.destroyed_on == g_thread_self ());
  athr_stream_start (counter.stream);
  athr_test_expect_end (counter.stream);
  athr_log_await (&log, "CLOSED close finished");
  g_assert_cmpint (counter.n_begun, ==, 0);
}

static void
test_queued (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) blocker = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);

  g_test_summary ("A close withdraws a queued job");

  athr_log_init (&log);
  athr_counter_init (&blocker, 0, 1);
  athr_counter_init (&counter, 3, 4);
  athr_stream_set_executor (blocker.stream, executor);
  athr_stream_set_executor (counter.stream, executor);
  blocker.holds = TRUE;
  athr_stream_start (blocker.stream);
  athr_gate_await (&blocker.hold, 1);
  athr_stream_start (counter.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 1);
  athr_log_watch (&log, counter.stream);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  athr_log_await (&log, "CLOSED close finished");
  g_assert_true (counter.destroyed_on == g_thread_self ());
  g_assert_cmpint (counter.n_begun, ==, 0);
}

static void
test_while_blocked (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A close wakes a producer that is blocked in a yield; the yield fails with "
                  "CLOSED");

  athr_log_init (&log);
  athr_counter_init (&counter, 5, 2);
  counter.holds = TRUE;
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_gate_open (&counter.hold);
  athr_counter_await_returned (&counter);
  g_assert_cmpint (counter.n_yielded, ==, 2);
  g_assert_error (counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (counter.was_cancelled);
  athr_log_await (&log, "close");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_CLOSED);
}

/* Runs until the stream is closed. */
static void
run_until_cancelled (AthrYielder  *yielder,
                     gpointer      user_data,
                     GError      **error)
{
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  GPollFD fd;

  g_assert_false (g_cancellable_is_cancelled (cancellable));
  g_assert_false (athr_yielder_is_closed (yielder));
  g_assert_true (g_cancellable_make_pollfd (cancellable, &fd));
  athr_gate_open (user_data);
  g_assert_cmpint (g_poll (&fd, 1, ATHR_TEST_TIMEOUT / 1000), ==, 1);
  g_cancellable_release_fd (cancellable);
  g_assert_true (athr_yielder_is_closed (yielder));
  g_cancellable_set_error_if_cancelled (cancellable, error);
}

static void
test_running (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (AthrStream) stream = NULL;
  AthrGate begun;

  g_test_summary ("A close cancels the function's cancellable, and CANCELLED from the "
                  "function is no error");

  athr_log_init (&log);
  athr_gate_init (&begun);
  stream = athr_stream_new (run_until_cancelled, &begun, NULL);
  athr_stream_start (stream);
  athr_gate_pass (&begun);
  athr_log_watch (&log, stream);
  athr_stream_close_async (stream, NULL, athr_log_close, &log);
  athr_test_iterate_until (NULL, strstr (log.words->str, "finished") != NULL);
  g_assert_true (g_str_has_suffix (log.words->str, "CLOSED close finished"));
  g_assert_null (athr_stream_get_error (stream));
  athr_test_expect_end (stream);
  athr_gate_clear (&begun);
}

static void
test_after_end (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A stream that has ended stays ENDED after a close, and its buffered "
                  "values can be taken");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_ENDED);
  athr_log_watch (&log, counter.stream);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close finished");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_ENDED);
  athr_test_expect_value (counter.stream, 1);
  athr_test_expect_end (counter.stream);
  athr_log_await (&log, "close finished");
}

static void
test_after_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A next, not the close, gets an error from before the close");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_FAILED);
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "close 1 boom end");
}

static void
test_twice (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A close completes when the function has returned; a later close completes "
                  "at once");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 4);
  counter.holds = TRUE;
  athr_stream_start (counter.stream);
  athr_gate_await (&counter.hold, 1);
  for (int i = 0; i < 2; i++)
    athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_test_drain (NULL);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_gate_open (&counter.hold);
  athr_log_await (&log, "close close");
  g_signal_connect (counter.stream, "finished", G_CALLBACK (athr_log_finished), &log);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close close close");
}

static void
test_outstanding (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Nexts under way get the buffered values or the end before the close "
                  "completes");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 1);
  counter.holds = TRUE;
  for (int i = 0; i < 4; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_gate_await (&counter.hold, 1);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_gate_open (&counter.hold);
  athr_counter_await_returned (&counter);
  athr_log_await (&log, "1 2 end end close");
}

static void
test_outstanding_later (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("After a close nexts do not wait for the function to return; the close does");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.holds = TRUE;
  athr_log_watch (&log, counter.stream);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "RUNNING 1");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "RUNNING 1 end end");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_RUNNING);
  g_assert_null (counter.destroyed_on);
  athr_gate_open (&counter.hold);
  athr_test_iterate_until (NULL, strstr (log.words->str, "close") != NULL);
  g_assert_true (g_atomic_int_get (&counter.has_returned));
  g_assert_true (counter.destroyed_on == g_thread_self ());
  athr_test_iterate_until (NULL, strstr (log.words->str, "finished") != NULL);
  athr_log_await (&log, "RUNNING 1 end end CLOSED close finished");
}

static void
test_buffered (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Values that were yielded before the close can still be taken; then comes "
                  "the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 3);
  counter.passes_on = TRUE;
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 3);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close");
  for (int i = 0; i < 5; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "close 1 2 3 end end");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_CLOSED);
  g_assert_null (athr_stream_get_error (counter.stream));
}

static void
test_stopped (void)
{
  static const int codes[] = { G_IO_ERROR_CLOSED, G_IO_ERROR_CANCELLED };

  g_test_summary ("After a close, CLOSED and CANCELLED from the function are no errors");

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_auto (AthrLog) log = { 0 };
      g_auto (AthrCounter) counter = { 0 };

      athr_log_init (&log);
      athr_counter_init (&counter, 5, 1);
      counter.error = g_error_new_literal (G_IO_ERROR, codes[i], "stopped");
      athr_stream_start (counter.stream);
      athr_counter_await_blocked (&counter, 1);
      athr_log_watch (&log, counter.stream);
      athr_test_drain (NULL);
      g_string_truncate (log.words, 0);
      athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
      athr_log_await (&log, "CLOSED close finished");
      g_assert_null (athr_stream_get_error (counter.stream));
    }
}

static void
test_failed (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("After a close, every close and no next gets another error of the function");

  athr_log_init (&log);
  athr_counter_init (&counter, 5, 1);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_test_iterate_until (NULL, log.words->len > 0);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close: boom close: boom");
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_FAILED);
  g_assert_error (athr_stream_get_error (counter.stream), G_IO_ERROR, G_IO_ERROR_FAILED);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "close: boom close: boom 1 end");
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The cancellable of a close abandons only the wait; the stream is closed "
                  "all the same");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 1);
  counter.holds = TRUE;
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  athr_stream_close_async (counter.stream, cancellable, athr_log_close, &log);
  athr_gate_await (&counter.hold, 1);
  athr_test_drain (NULL);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_log_await (&log, "close: cancelled");
  g_assert_false (g_atomic_int_get (&counter.has_returned));

  g_signal_connect (counter.stream, "finished", G_CALLBACK (athr_log_finished), &log);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_gate_open (&counter.hold);
  athr_log_await (&log, "close: cancelled close finished");
  g_assert_error (counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_cancelled_before (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A close with a cancelled cancellable closes the stream, and fails without "
                  "waiting");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 1);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  g_cancellable_cancel (cancellable);
  athr_stream_close_async (counter.stream, cancellable, athr_log_close, &log);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_log_await (&log, "close: cancelled");
  athr_counter_await_returned (&counter);
  g_assert_error (counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_cancelled_never_started (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A close with a cancelled cancellable closes a stream that never started");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 1);
  g_cancellable_cancel (cancellable);
  athr_log_watch (&log, counter.stream);
  athr_stream_close_async (counter.stream, cancellable, athr_log_close, &log);
  athr_test_iterate_until (NULL, strstr (log.words->str, "cancelled") != NULL);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_CLOSED);
  g_assert_true (counter.destroyed_on == g_thread_self ());
  g_assert_true (g_str_has_suffix (log.words->str, "close: cancelled finished"));
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_test_iterate_until (NULL, g_str_has_suffix (log.words->str, "finished end"));
}

static void
close_after_value (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  athr_log_next (source, result, user_data);
  athr_stream_close_async (ATHR_STREAM (source), NULL, athr_log_close, user_data);
  athr_log_add (user_data, "back");
}

static void
test_in_callback (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 1);
  athr_stream_next_async (counter.stream, NULL, close_after_value, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 3);
  athr_log_await (&log, "1 back 2 close");
  athr_test_expect_value (counter.stream, 3);
  athr_test_expect_end (counter.stream);
}

static void
close_on_finished (AthrStream *stream,
                   gpointer    user_data)
{
  athr_log_finished (stream, user_data);
  athr_stream_close_async (stream, NULL, athr_log_close, user_data);
  athr_stream_next_async (stream, NULL, athr_log_next, user_data);
}

static void
test_in_finished (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Operations that start in a handler of `finished` complete");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 1);
  g_signal_connect (counter.stream, "finished", G_CALLBACK (close_on_finished), &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_test_iterate_until (NULL, log.words->len >= strlen ("end finished close end"));
  g_assert_true (g_str_equal (log.words->str, "end finished close end") ||
                 g_str_equal (log.words->str, "end finished end close"));
}

static void
test_callback_none (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 1);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  g_signal_connect (counter.stream, "finished", G_CALLBACK (athr_log_finished), &log);
  athr_stream_close_async (counter.stream, NULL, NULL, NULL);
  athr_log_await (&log, "finished");
}

static void
test_executor (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An executor that closes waits for a blocked producer, whose values can "
                  "still be taken");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  athr_executor_close_async (counter.executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_test_drain (NULL);
  g_assert_null (result);
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (counter.stream, i);
  athr_test_expect_end (counter.stream);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_executor_close_finish (counter.executor, result, &error));
  g_assert_no_error (error);
  g_object_unref (result);
}

static gpointer
stop (gpointer yielder)
{
  athr_yielder_stop (yielder);

  return NULL;
}

static void
test_on_another_thread (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Another thread stops the producer: the owner takes the values that were yielded "
                  "before, and can close the stream");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 1);
  g_thread_join (g_thread_new ("stop", stop, counter.yielder));
  athr_counter_await_returned (&counter);
  g_assert_error (counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);

  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "1 end");
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "1 end close");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/close/never-started", test_never_started);
  g_test_add_func ("/athr/stream/close/queued", test_queued);
  g_test_add_func ("/athr/stream/close/while-blocked", test_while_blocked);
  g_test_add_func ("/athr/stream/close/running", test_running);
  g_test_add_func ("/athr/stream/close/after-end", test_after_end);
  g_test_add_func ("/athr/stream/close/after-error", test_after_error);
  g_test_add_func ("/athr/stream/close/twice", test_twice);
  g_test_add_func ("/athr/stream/close/outstanding/answered", test_outstanding);
  g_test_add_func ("/athr/stream/close/outstanding/before-return", test_outstanding_later);
  g_test_add_func ("/athr/stream/close/buffered", test_buffered);
  g_test_add_func ("/athr/stream/close/error/stopped", test_stopped);
  g_test_add_func ("/athr/stream/close/error/other", test_failed);
  g_test_add_func ("/athr/stream/close/cancel/waiting", test_cancel);
  g_test_add_func ("/athr/stream/close/cancel/before", test_cancelled_before);
  g_test_add_func ("/athr/stream/close/cancel/never-started", test_cancelled_never_started);
  g_test_add_func ("/athr/stream/close/in-callback", test_in_callback);
  g_test_add_func ("/athr/stream/close/in-finished", test_in_finished);
  g_test_add_func ("/athr/stream/close/callback-none", test_callback_none);
  g_test_add_func ("/athr/stream/close/executor", test_executor);
  g_test_add_func ("/athr/stream/close/on-another-thread", test_on_another_thread);

  return g_test_run ();
}
