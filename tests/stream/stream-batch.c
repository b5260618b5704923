/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-batch-test.h"

static void
test_demand (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch issues one grant as it asks, and one for each further value that "
                  "it takes");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 3);
  athr_log_await (&log, "[1 2 3]");
  athr_counter_await_blocked (&counter, 5);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 6);
  athr_log_await (&log, "[1 2 3] [4 5 6]");
  athr_counter_await_blocked (&counter, 8);
}

static void
test_at_most (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch takes at most as many values as it asked for; the values that are "
                  "left make no room");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 10);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 10);
  athr_stream_next_batch_async (counter.stream, 4, NULL, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 11);
  athr_log_await (&log, "[1 2 3 4]");
  athr_counter_await_blocked (&counter, 14);
  athr_stream_next_batch_async (counter.stream, 1, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1 2 3 4] [5]");
  athr_counter_await_blocked (&counter, 15);
}

static void
test_lock_step (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("In lock-step each batch gets one value, and the producer does not begin "
                  "before the first");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 0);
  athr_stream_start (counter.stream);
  athr_test_drain (NULL);
  g_assert_cmpint (g_atomic_int_get (&counter.n_begun), ==, 0);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1]");
  athr_counter_await_blocked (&counter, 0);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1] [2]");
  athr_counter_await_blocked (&counter, 1);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1] [2] [3]");
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1] [2] [3] []");
}

static void
yield_and_pass (AthrYielder  *yielder,
                gpointer      gate,
                GError      **error)
{
  for (guint i = 1; i <= 2; i++)
    {
      athr_yielder_yield (yielder, error, G_TYPE_UINT, i);
      athr_gate_pass (gate);
    }
}

static void
test_no_waiting (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (AthrStream) stream = NULL;
  AthrGate gate;

  g_test_summary ("A batch waits for its first value, and for no other");

  athr_log_init (&log);
  athr_gate_init (&gate);
  stream = athr_stream_new (yield_and_pass, &gate, NULL);
  athr_stream_next_batch_async (stream, 10, NULL, athr_log_batch, &log);
  athr_gate_await (&gate, 1);
  athr_log_await (&log, "[1]");
  athr_stream_next_batch_async (stream, 10, NULL, athr_log_batch, &log);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "[1]");
  athr_gate_open (&gate);
  athr_log_await (&log, "[1] [2]");
  athr_stream_next_batch_async (stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1] [2] []");
  athr_gate_clear (&gate);
}

static void
test_starts (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 4);
  athr_log_watch (&log, counter.stream);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_test_iterate_until (NULL, athr_stream_is_done (counter.stream));
  athr_test_drain (NULL);
  g_assert_true (g_str_has_suffix (log.words->str, "ENDED [] finished"));
}

static void
test_end (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("An empty batch is the end, for each later batch and for a next");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  for (int i = 0; i < 3; i++)
    athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1 2] [] []");
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "[1 2] [] [] end");
}

static void
test_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Batches get the values, then one gets the error, then the rest the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  for (int i = 0; i < 4; i++)
    athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "[1 2] boom [] []");
}

static void
test_mixed (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Batches and nexts are answered in the order in which they asked");

  athr_log_init (&log);
  athr_counter_init (&counter, 7, 10);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "1 [2 3] 4 [5 6 7] end []");
}

static void
test_mixed_before_values (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Each batch and each next makes room for one value as it asks");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 0);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  /* In lock-step the third yield waits for a fourth grant. */
  athr_counter_await_blocked (&counter, 2);
  athr_log_await (&log, "[1 2] 3 [4]");
  /* The second value of the first batch issued one more grant. */
  athr_counter_await_blocked (&counter, 3);
}

static void
test_cancelled_before (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A batch with a cancelled cancellable issues no grant");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  g_cancellable_cancel (cancellable);
  athr_stream_next_batch_async (counter.stream, 10, cancellable, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 2);
  athr_log_await (&log, "cancelled");
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 3);
  athr_log_await (&log, "cancelled [1 2 3]");
}

static void
test_cancelled_waiting (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (AthrStream) stream = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  AthrGate gate;

  g_test_summary ("The batch behind a cancelled one gets the value");

  athr_log_init (&log);
  athr_gate_init (&gate);
  stream = athr_stream_new (yield_and_pass, &gate, NULL);
  athr_test_expect_value (stream, 1);
  athr_stream_next_batch_async (stream, 10, cancellable, athr_log_batch, &log);
  athr_stream_next_batch_async (stream, 10, NULL, athr_log_batch, &log);
  g_cancellable_cancel (cancellable);
  athr_log_await (&log, "cancelled");
  athr_gate_open (&gate);
  athr_log_await (&log, "cancelled [2]");
  athr_test_expect_end (stream);
  athr_gate_clear (&gate);
}

static void
test_cancelled_arrived (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A batch that is cancelled when its values are there loses no value and no "
                  "room");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  athr_stream_next_batch_async (counter.stream, 10, cancellable, athr_log_batch, &log);
  athr_counter_await_blocked (&counter, 3);
  g_cancellable_cancel (cancellable);
  athr_log_await (&log, "cancelled");
  /* The grant of the cancelled batch was used, so this batch issues none. */
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  athr_log_await (&log, "cancelled [1 2 3]");
  athr_counter_await_blocked (&counter, 5);
}

static void
test_unbounded (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GString) expected = g_string_new ("[1");

  g_test_summary ("With an unbounded buffer a batch without a limit takes all values");

  athr_log_init (&log);
  athr_counter_init (&counter, 1000, G_MAXUINT);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  athr_stream_next_batch_async (counter.stream, G_MAXUINT, NULL, athr_log_batch, &log);
  for (guint i = 2; i <= 1000; i++)
    g_string_append_printf (expected, " %u", i);
  g_string_append (expected, "]");
  athr_log_await (&log, expected->str);
  athr_stream_next_batch_async (counter.stream, G_MAXUINT, NULL, athr_log_batch, &log);
  g_string_append (expected, " []");
  athr_log_await (&log, expected->str);
}

static void
test_closed (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Batches get the buffered values or the end before a close completes");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 3);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 3);
  athr_stream_close_async (counter.stream, NULL, NULL, NULL);
  athr_counter_await_returned (&counter);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  athr_stream_next_batch_async (counter.stream, 2, NULL, athr_log_batch, &log);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "[1 2] [3] [] close");
}

static void
test_other_context (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GMainContext) other = g_main_context_new ();

  g_test_summary ("A batch is answered on the context where it started, even if the stream's "
                  "home is another one");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  g_main_context_push_thread_default (other);
  athr_stream_next_batch_async (counter.stream, 10, NULL, athr_log_batch, &log);
  g_main_context_pop_thread_default (other);
  athr_counter_await_blocked (&counter, 3);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "");
  athr_test_iterate_until (other, log.words->len > 0);
  g_assert_cmpstr (log.words->str, ==, "[1 2 3]");
  athr_counter_await_blocked (&counter, 5);
}

/* Takes values, and asks again in each callback until the end. */
static void
take_all (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GArray) values = athr_stream_next_batch_finish (stream, result, NULL);
  guint *n_taken = user_data;

  for (guint i = 0; i < values->len; i++)
    g_assert_cmpuint (g_value_get_uint (&g_array_index (values, GValue, i)), ==, ++*n_taken);
  if (values->len > 0)
    athr_stream_next_batch_async (stream, 5, NULL, take_all, user_data);
}

static void
test_again (void)
{
  g_auto (AthrCounter) counter = { 0 };
  guint n_taken = 0;

  g_test_summary ("When each callback asks again, every value comes once and in order");

  athr_counter_init (&counter, 10000, 7);
  athr_stream_next_batch_async (counter.stream, 5, NULL, take_all, &n_taken);
  athr_test_iterate_until (NULL, athr_stream_is_done (counter.stream));
  g_assert_cmpuint (n_taken, ==, 10000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/batch/" path, test)
  add ("demand", test_demand);
  add ("at-most", test_at_most);
  add ("lock-step", test_lock_step);
  add ("no-waiting", test_no_waiting);
  add ("starts", test_starts);
  add ("end", test_end);
  add ("error", test_error);
  add ("mixed", test_mixed);
  add ("mixed/before-values", test_mixed_before_values);
  add ("cancelled/before", test_cancelled_before);
  add ("cancelled/waiting", test_cancelled_waiting);
  add ("cancelled/arrived", test_cancelled_arrived);
  add ("unbounded", test_unbounded);
  add ("closed", test_closed);
  add ("other-context", test_other_context);
  add ("again", test_again);

  return g_test_run ();
}
