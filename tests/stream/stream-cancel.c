/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
test_cancel_before (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A next with a cancelled cancellable fails, makes no room, and loses no "
                  "value");

  athr_log_init (&log);
  athr_counter_init (&counter, 5, 2);
  g_cancellable_cancel (cancellable);
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_counter_await_blocked (&counter, 2);
  athr_log_await (&log, "cancelled");
  athr_counter_await_blocked (&counter, 2);
  athr_test_expect_value (counter.stream, 1);
  athr_test_expect_value (counter.stream, 2);
}

static void
test_cancel_waiting (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A waiting next is answered after cancel() has returned, not inside it");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 2);
  counter.holds = TRUE;
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_gate_await (&counter.hold, 1);
  athr_test_drain (NULL);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_log_await (&log, "cancelled");
  g_assert_false (g_atomic_int_get (&counter.has_returned));
  g_assert_false (athr_stream_is_done (counter.stream));
}

static void
test_cancel_arriving (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("When a next is cancelled after its value was put, the following next gets "
                  "the value");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 2);
  g_cancellable_cancel (cancellable);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "cancelled 1");
}

static void
test_cancel_answered (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Cancelling a next that was answered changes nothing");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_log_await (&log, "1");
  g_cancellable_cancel (cancellable);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "1 2");
}

static void
test_cancel_one_of_two (void)
{
  for (int cancelled = 0; cancelled < 2; cancelled++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_auto (AthrLog) log = { 0 };
      g_auto (AthrCounter) counter = { 0 };

      athr_log_init (&log);
      athr_counter_init (&counter, 5, 1);
      for (int i = 0; i < 2; i++)
        athr_stream_next_async (counter.stream, i == cancelled ? cancellable : NULL,
                                athr_log_next, &log);
      athr_counter_await_blocked (&counter, 3);
      g_cancellable_cancel (cancellable);
      if (cancelled == 0)
        athr_log_await (&log, "cancelled 1");
      else
        athr_test_iterate_until (NULL, log.words->len >= strlen ("1 cancelled"));
      g_assert_true (g_str_equal (log.words->str, "cancelled 1") ||
                     g_str_equal (log.words->str, "1 cancelled"));
      athr_test_expect_value (counter.stream, 2);
    }
}

static void
test_cancel_many (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Cancelled nexts, however many, do not let the producer run further ahead");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 5);
  g_cancellable_cancel (cancellable);
  athr_log_await (&log, "cancelled cancelled cancelled");
  for (guint i = 1; i <= 3; i++)
    {
      athr_test_expect_value (counter.stream, i);
      athr_counter_await_blocked (&counter, 5);
    }
  athr_test_expect_value (counter.stream, 4);
  athr_counter_await_blocked (&counter, 6);
}

static gpointer
cancel (gpointer data)
{
  g_cancellable_cancel (data);

  return NULL;
}

static void
test_cancel_thread (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A next that another thread cancels is answered at home");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 2);
  counter.holds = TRUE;
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_gate_await (&counter.hold, 1);
  g_thread_join (g_thread_new ("cancels", cancel, cancellable));
  g_assert_cmpuint (log.words->len, ==, 0);
  athr_log_await (&log, "cancelled");
}

static void
test_cancel_unused (void)
{
  GThread *finalized_on = NULL;
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  GCancellable *cancellable = g_cancellable_new ();

  g_test_summary ("The answer drops the reference to the cancellable");

  g_object_set_data_full (G_OBJECT (cancellable), "witness", athr_witness_new (&finalized_on),
                          g_object_unref);
  athr_log_init (&log);
  athr_counter_init (&counter, 1, 2);
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  g_object_unref (cancellable);
  g_assert_null (finalized_on);
  athr_log_await (&log, "1");
  g_assert_true (finalized_on == g_thread_self ());
}

static void
cancel_and_log (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  athr_log_next (source, result, user_data);
  g_cancellable_cancel (g_object_get_data (source, "cancellable"));
  athr_log_add (user_data, "back");
}

static void
test_cancel_in_callback (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("When a callback cancels the next behind it, the third next gets the value");

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 4);
  g_object_set_data (G_OBJECT (counter.stream), "cancellable", cancellable);
  athr_stream_next_async (counter.stream, NULL, cancel_and_log, &log);
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 7);
  athr_log_await (&log, "1 back cancelled 2");
}

static void
iterate_until_cancelled (GCancellable *cancellable,
                         gpointer      user_data)
{
  AthrLog *log = user_data;

  athr_test_iterate_until (NULL, g_str_has_suffix (log->words->str, "cancelled"));
  athr_log_add (log, "back");
}

static void
test_cancel_nested (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A main loop inside a handler of `cancelled` answers the next, without a "
                  "deadlock");

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 4);
  counter.holds = TRUE;
  athr_stream_next_async (counter.stream, cancellable, athr_log_next, &log);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (iterate_until_cancelled), &log);
  g_cancellable_cancel (cancellable);
  athr_log_await (&log, "cancelled back");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/next/cancel/before", test_cancel_before);
  g_test_add_func ("/athr/stream/next/cancel/waiting", test_cancel_waiting);
  g_test_add_func ("/athr/stream/next/cancel/arriving", test_cancel_arriving);
  g_test_add_func ("/athr/stream/next/cancel/answered", test_cancel_answered);
  g_test_add_func ("/athr/stream/next/cancel/one-of-two", test_cancel_one_of_two);
  g_test_add_func ("/athr/stream/next/cancel/many", test_cancel_many);
  g_test_add_func ("/athr/stream/next/cancel/thread", test_cancel_thread);
  g_test_add_func ("/athr/stream/next/cancel/unused", test_cancel_unused);
  g_test_add_func ("/athr/stream/next/cancel/in-callback", test_cancel_in_callback);
  g_test_add_func ("/athr/stream/next/cancel/nested", test_cancel_nested);

  return g_test_run ();
}
