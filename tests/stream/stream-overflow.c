/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-overflow-test.h"

/* Checks which values are kept when @n_asked nexts ask before the producer begins, and the
 * others when it has ended. */
static void
check_kept (AthrOverflow  overflow,
            guint         buffer_size,
            guint         n_asked,
            guint         n_dropped,
            const char   *expected)
{
  g_auto (AthrEager) eager = { 0 };

  athr_eager_init (&eager, 10, buffer_size, overflow);
  athr_eager_ask (&eager, n_asked);
  athr_eager_let (&eager);
  g_assert_cmpint (eager.counter.n_yielded, ==, 10);
  g_assert_no_error (eager.counter.refused);
  g_assert_cmpuint (athr_stream_get_n_dropped (eager.counter.stream), ==, n_dropped);
  g_assert_cmpuint (athr_stream_get_n_buffered (eager.counter.stream), ==, 10 - n_dropped);
  athr_eager_ask (&eager, 10 - n_dropped + 1 - n_asked);
  athr_log_await (&eager.log, expected);
}

static void
test_latest (void)
{
  g_test_summary ("A buffer of one with DROP_OLDEST holds the latest value only");

  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 1, 0, 9, "10 end");
}

static void
test_oldest (void)
{
  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 3, 0, 7, "8 9 10 end");
}

static void
test_oldest_asked (void)
{
  g_test_summary ("With DROP_OLDEST the values that were asked for count within the buffer, "
                  "or are more than it holds");

  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 3, 2, 7, "8 9 10 end");
  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 1, 3, 7, "8 9 10 end");
}

static void
test_newest (void)
{
  check_kept (ATHR_OVERFLOW_DROP_NEWEST, 3, 0, 7, "1 2 3 end");
}

static void
test_newest_asked (void)
{
  g_test_summary ("With DROP_NEWEST there is room for the values that were asked for besides "
                  "the buffer");

  check_kept (ATHR_OVERFLOW_DROP_NEWEST, 3, 2, 5, "1 2 3 4 5 end");
}

static void
test_lock_step (void)
{
  g_test_summary ("With a buffer of 0 a value for which no next waits is dropped");

  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 0, 0, 10, "end");
  check_kept (ATHR_OVERFLOW_DROP_NEWEST, 0, 0, 10, "end");
  check_kept (ATHR_OVERFLOW_DROP_OLDEST, 0, 2, 8, "9 10 end");
  check_kept (ATHR_OVERFLOW_DROP_NEWEST, 0, 2, 8, "1 2 end");
}

static void
test_unbounded (void)
{
  const char *all = "1 2 3 4 5 6 7 8 9 10 end";

  check_kept (ATHR_OVERFLOW_DROP_OLDEST, G_MAXUINT, 0, 0, all);
  check_kept (ATHR_OVERFLOW_DROP_OLDEST, G_MAXUINT, 2, 0, all);
  check_kept (ATHR_OVERFLOW_DROP_NEWEST, G_MAXUINT, 2, 0, all);
  check_kept (ATHR_OVERFLOW_FAIL, G_MAXUINT, 2, 0, all);
}

static void
test_fail_enough (void)
{
  g_test_summary ("With FAIL there is no overflow as long as there is room");

  check_kept (ATHR_OVERFLOW_FAIL, 10, 0, 0, "1 2 3 4 5 6 7 8 9 10 end");
  check_kept (ATHR_OVERFLOW_FAIL, 7, 3, 0, "1 2 3 4 5 6 7 8 9 10 end");
}

typedef enum { RETURNS, PASSES_ON, OTHER_ERROR } AthrReturn;

/* With @n_asked nexts the producer fails with the first value for which there is no room. */
static void
check_fail (guint       buffer_size,
            guint       n_asked,
            AthrReturn  how,
            const char *values)
{
  g_auto (AthrEager) eager = { 0 };
  g_autofree char *before = g_strdup_printf ("RUNNING %sThe buffer of %u values overflowed end",
                                             values, buffer_size);
  g_autofree char *after = g_strconcat (before, " FAILED ERROR finished", NULL);

  athr_eager_init (&eager, 10, buffer_size, ATHR_OVERFLOW_FAIL);
  athr_log_watch (&eager.log, eager.counter.stream);
  eager.counter.holds = TRUE;
  eager.counter.passes_on = how == PASSES_ON;
  eager.counter.error = how == OTHER_ERROR ? athr_test_boom () : NULL;
  athr_eager_ask (&eager, n_asked);
  athr_eager_let (&eager);
  g_assert_cmpuint (eager.counter.n_yielded, ==, buffer_size + n_asked);
  g_assert_error (eager.counter.refused, G_IO_ERROR, G_IO_ERROR_NO_SPACE);

  athr_eager_ask (&eager, buffer_size + 2);
  athr_log_await (&eager.log, before);
  g_assert_true (athr_stream_is_done (eager.counter.stream));
  g_assert_cmpint (athr_stream_get_state (eager.counter.stream), ==, ATHR_STREAM_STATE_RUNNING);
  g_assert_null (athr_stream_get_error (eager.counter.stream));

  athr_gate_open (&eager.counter.hold);
  athr_log_await (&eager.log, after);
  g_assert_error (athr_stream_get_error (eager.counter.stream), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpuint (athr_stream_get_n_dropped (eager.counter.stream), ==, 0);
}

static void
test_fail (void)
{
  g_test_summary ("Nexts get the values, the error once, then the end; the state is FAILED "
                  "when the function has returned");

  check_fail (3, 0, RETURNS, "1 2 3 ");
}

static void
test_fail_asked (void)
{
  check_fail (2, 2, RETURNS, "1 2 3 4 ");
}

static void
test_fail_lock_step (void)
{
  check_fail (0, 0, RETURNS, "");
  check_fail (0, 2, RETURNS, "1 2 ");
}

static void
test_fail_returns (void)
{
  g_test_summary ("Whatever the function returns after an overflow, the error is NO_SPACE");

  check_fail (1, 0, PASSES_ON, "1 ");
  check_fail (1, 0, OTHER_ERROR, "1 ");
}

static void
test_fail_closed (void)
{
  g_auto (AthrEager) eager = { 0 };

  g_test_summary ("A close after an overflow completes without an error: a next gets the "
                  "error");

  athr_eager_init (&eager, 10, 1, ATHR_OVERFLOW_FAIL);
  eager.counter.holds = TRUE;
  eager.counter.error = athr_test_boom ();
  athr_eager_let (&eager);
  athr_stream_close_async (eager.counter.stream, NULL, athr_log_close, &eager.log);
  athr_test_drain (NULL);
  athr_gate_open (&eager.counter.hold);
  athr_log_await (&eager.log, "close");
  g_assert_true (eager.counter.was_cancelled);
  athr_eager_ask (&eager, 3);
  athr_log_await (&eager.log, "close 1 The buffer of 1 values overflowed end");
}

static void
athr_log_value (AthrStream   *stream,
                const GValue *value,
                gpointer      user_data)
{
  g_autofree char *word = g_strdup_printf ("value:%u", g_value_get_uint (value));

  athr_log_add (user_data, word);
}

/* The flow counts as a reader. */
static void
check_flow (AthrOverflow  overflow,
            guint         buffer_size,
            const char   *expected)
{
  g_auto (AthrEager) eager = { 0 };

  athr_eager_init (&eager, 10, buffer_size, overflow);
  g_signal_connect (eager.counter.stream, "value", G_CALLBACK (athr_log_value), &eager.log);
  g_signal_connect (eager.counter.stream, "finished", G_CALLBACK (athr_log_finished), &eager.log);
  athr_stream_set_flowing (eager.counter.stream, TRUE);
  athr_eager_let (&eager);
  athr_log_await (&eager.log, expected);
}

static void
test_flow (void)
{
  g_test_summary ("The flow counts as a reader");

  check_flow (ATHR_OVERFLOW_DROP_NEWEST, 0, "value:1 finished");
  check_flow (ATHR_OVERFLOW_DROP_NEWEST, 1, "value:1 value:2 finished");
  check_flow (ATHR_OVERFLOW_DROP_OLDEST, 0, "value:10 finished");
  check_flow (ATHR_OVERFLOW_DROP_OLDEST, 2, "value:9 value:10 finished");
  check_flow (ATHR_OVERFLOW_FAIL, 1, "value:1 value:2 finished");
}

static void
test_displaced (void)
{
  AthrSource source;

  g_test_summary ("The yield frees the value that it drops, and home frees the values that "
                  "are kept");

  athr_source_init (&source, 5, 2);
  athr_stream_set_overflow (source.stream, ATHR_OVERFLOW_DROP_OLDEST);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  athr_gate_await (&source.hold, 1);
  g_assert_cmpint (source.n_yielded, ==, 5);
  for (int i = 0; i < 3; i++)
    {
      g_assert_nonnull (source.value_finalized_on[i]);
      g_assert_true (source.value_finalized_on[i] == source.value_finalized_on[0]);
    }
  g_assert_true (source.value_finalized_on[0] != g_thread_self ());
  g_assert_null (source.value_finalized_on[3]);
  g_assert_null (source.value_finalized_on[4]);
  athr_gate_open (&source.hold);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  athr_test_iterate_until (NULL, source.data_destroyed_on != NULL);
  for (int i = 3; i < 5; i++)
    g_assert_true (source.value_finalized_on[i] == g_thread_self ());
  athr_source_clear (&source);
}

/* Yields on several threads. */
static gpointer
yield_many (gpointer yielder)
{
  for (guint i = 0; i < 1000; i++)
    g_assert_true (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, i));

  return NULL;
}

static void
yield_in_threads (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("yields", yield_many, yielder);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

static void
test_threads (gconstpointer overflow)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_in_threads, NULL, NULL);
  guint n_taken = 0;

  g_test_summary ("When several threads yield, each value is either dropped or taken");

  athr_stream_set_overflow (stream, GPOINTER_TO_INT (overflow));
  athr_stream_set_buffer_size (stream, 3);
  for (;;)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      athr_test_take (stream, &value);
      if (!G_IS_VALUE (&value))
        break;
      n_taken++;
    }
  g_assert_cmpuint (n_taken + athr_stream_get_n_dropped (stream), ==, 4000);
}

static void
test_first_ask (void)
{
  g_test_summary ("A next that starts the stream asks before the producer begins");

  for (int round = 0; round < 1000; round++)
    {
      g_auto (AthrLog) log = { 0 };
      g_auto (AthrCounter) counter = { 0 };

      athr_log_init (&log);
      athr_counter_init (&counter, 1, 0);
      athr_stream_set_overflow (counter.stream, ATHR_OVERFLOW_FAIL);
      athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
      athr_test_iterate_until (NULL, log.words->len > 0);
      g_assert_cmpstr (log.words->str, ==, "1");
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/overflow/" path, test)
  add ("latest", test_latest);
  add ("oldest", test_oldest);
  add ("oldest/asked", test_oldest_asked);
  add ("newest", test_newest);
  add ("newest/asked", test_newest_asked);
  add ("lock-step", test_lock_step);
  add ("unbounded", test_unbounded);
  add ("fail", test_fail);
  add ("fail/asked", test_fail_asked);
  add ("fail/lock-step", test_fail_lock_step);
  add ("fail/enough", test_fail_enough);
  add ("fail/returns", test_fail_returns);
  add ("fail/closed", test_fail_closed);
  add ("flow", test_flow);
  add ("displaced", test_displaced);
  g_test_add_data_func ("/athr/stream/overflow/threads/oldest",
                        GINT_TO_POINTER (ATHR_OVERFLOW_DROP_OLDEST), test_threads);
  g_test_add_data_func ("/athr/stream/overflow/threads/newest",
                        GINT_TO_POINTER (ATHR_OVERFLOW_DROP_NEWEST), test_threads);
  g_test_add_func ("/athr/stream/overflow/first-ask", test_first_ask);

  return g_test_run ();
}
