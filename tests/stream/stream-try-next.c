/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-source-test.h"

/* try_next(), which takes a buffered value without a main loop. */

static guint
try_next (AthrStream *stream)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (athr_stream_try_next (stream, &value))
    return g_value_get_uint (&value);

  g_assert_false (G_IS_VALUE (&value));

  return 0;
}

static void
test_try (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Each value that try_next() takes makes room for one more; without a value "
                  "it issues no grant");

  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  g_assert_cmpuint (try_next (counter.stream), ==, 1);
  athr_counter_await_blocked (&counter, 3);
  g_assert_cmpuint (try_next (counter.stream), ==, 2);
  athr_counter_await_blocked (&counter, 4);
}

static void
test_try_unstarted (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("try_next() neither starts the stream nor moves its home");

  athr_counter_init (&counter, 2, 0);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
  athr_stream_set_buffer_size (counter.stream, 2);
  g_assert_cmpint (counter.n_begun, ==, 0);
  athr_test_expect_value (counter.stream, 1);
}

static void
test_try_lock_step (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("In lock-step try_next() asks for nothing");

  athr_counter_init (&counter, 3, 0);
  athr_test_expect_value (counter.stream, 1);
  athr_counter_await_blocked (&counter, 0);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
  athr_counter_await_blocked (&counter, 0);
  athr_test_expect_value (counter.stream, 2);
}

static void
test_try_end (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("try_next() gives neither the error nor the end");

  athr_counter_init (&counter, 1, 2);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  g_assert_cmpuint (try_next (counter.stream), ==, 1);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
  g_assert_false (athr_stream_is_done (counter.stream));
  athr_test_expect_error (counter.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
  athr_test_expect_end (counter.stream);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
}

static void
test_try_asked (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("try_next() leaves the first values to the nexts that wait");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 4);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_returned (&counter);
  g_assert_cmpuint (try_next (counter.stream), ==, 3);
  g_assert_cmpuint (try_next (counter.stream), ==, 0);
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 2);
  athr_test_iterate_until (NULL, athr_stream_get_n_buffered (counter.stream) == 0);
  g_assert_cmpstr (log.words->str, ==, "1 2");
}

static void
test_try_nowhere (void)
{
  AthrSource source;

  g_test_summary ("try_next() frees at once a value that the caller does not want");

  athr_source_init (&source, 1, 1);
  athr_stream_start (source.stream);
  athr_source_await_returned (&source);
  g_assert_true (athr_stream_try_next (source.stream, NULL));
  g_assert_true (source.value_finalized_on[0] == g_thread_self ());
  g_assert_false (athr_stream_try_next (source.stream, NULL));
  g_clear_object (&source.stream);
  athr_source_clear (&source);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/" path, test)
  add ("try-next", test_try);
  add ("try-next/unstarted", test_try_unstarted);
  add ("try-next/lock-step", test_try_lock_step);
  add ("try-next/end", test_try_end);
  add ("try-next/asked", test_try_asked);
  add ("try-next/nowhere", test_try_nowhere);

  return g_test_run ();
}
