/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-take-test.h"

/* The blocking next on the thread that owns the stream, which iterates nothing. */

static void
test_values (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  while (athr_log_take (&log, counter.stream))
    g_assert_false (athr_stream_is_done (counter.stream));
  g_assert_true (athr_stream_is_done (counter.stream));
  athr_log_take (&log, counter.stream);
  g_assert_cmpstr (log.words->str, ==, "1 2 3 end end");
}

static void
test_demand (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Each blocking next makes room for one value");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_log_take (&log, counter.stream);
  athr_counter_await_blocked (&counter, 3);
  athr_log_take (&log, counter.stream);
  athr_counter_await_blocked (&counter, 4);
  g_assert_cmpstr (log.words->str, ==, "1 2");
}

static void
test_lock_step (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 0);
  athr_log_take (&log, counter.stream);
  athr_counter_await_blocked (&counter, 0);
  while (athr_log_take (&log, counter.stream))
    ;
  g_assert_cmpstr (log.words->str, ==, "1 2 3 end");
}

static void
test_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("next() gets the values, then the error once, then the end; is_done() is "
                  "TRUE with the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.error = athr_test_boom ();
  athr_log_take (&log, counter.stream);
  athr_log_take (&log, counter.stream);
  g_assert_false (athr_stream_is_done (counter.stream));
  athr_log_take (&log, counter.stream);
  g_assert_true (athr_stream_is_done (counter.stream));
  g_assert_cmpstr (log.words->str, ==, "1 boom end");
}

static void
yield_null (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  athr_yielder_yield_value (yielder, NULL, error);
}

static void
test_null (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_null, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A null is a value, not the end");

  g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
  g_assert_true (G_VALUE_HOLDS_POINTER (&value));
  g_assert_null (g_value_get_pointer (&value));
  g_assert_false (athr_stream_is_done (stream));
}

static void
test_nowhere (void)
{
  AthrSource source;

  g_test_summary ("next() frees at once a value that the caller does not want");

  athr_source_init (&source, 2, 0);
  g_assert_true (athr_stream_next (source.stream, NULL, NULL, NULL));
  g_assert_true (athr_stream_next (source.stream, NULL, NULL, NULL));
  /* The producer may still hold a reference to the second value. It has yielded the first
   * one. */
  g_assert_true (source.value_finalized_on[0] != NULL);
  g_assert_true (athr_stream_next (source.stream, NULL, NULL, NULL));
  g_assert_true (athr_stream_is_done (source.stream));
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  g_assert_true (source.data_destroyed_on == g_thread_self ());
  athr_source_clear (&source);
}

static void
test_closed (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("After a close next() gets the values that were yielded before, then the "
                  "end");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 2);
  athr_stream_close_async (counter.stream, NULL, NULL, NULL);
  while (athr_log_take (&log, counter.stream))
    ;
  g_assert_cmpstr (log.words->str, ==, "1 2 end");
}

static int n_data; /* user data that is not freed yet */

static void
free_data (gpointer data)
{
  n_data--;
}

static void
yield_two (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  if (athr_yielder_yield (yielder, error, G_TYPE_UINT, 1))
    athr_yielder_yield (yielder, error, G_TYPE_STRING, "two");
}

static void
test_script (void)
{
  g_test_summary ("Without a main loop, nothing is left of a stream that was read to its end "
                  "and dropped");

  for (guint round = 0; round < 500; round++)
    {
      AthrStream *stream = athr_stream_new (yield_two, &n_data, free_data);

      n_data++;
      athr_stream_set_buffer_size (stream, round % 3);
      while (!athr_stream_is_done (stream))
        g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));
      g_object_unref (stream);
      g_assert_cmpint (n_data, ==, 0);
    }
}

static void
test_frees (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  AthrSource source;

  g_test_summary ("next() frees what other streams have sent home before it returns");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  athr_source_init (&source, 3, 1);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 1);
  g_clear_object (&source.stream);
  athr_gate_open (&source.hold);
  athr_source_await_returned (&source);
  g_assert_null (source.data_destroyed_on);
  athr_log_take (&log, counter.stream);
  athr_source_assert_ended (&source, 1);
  athr_source_clear (&source);
}

static void
test_callbacks_stay (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_auto (AthrCounter) other = { 0 };

  g_test_summary ("next() dispatches no callbacks and no notifies");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  athr_counter_init (&other, 1, 1);
  athr_log_watch (&log, other.stream);
  athr_stream_next_async (other.stream, NULL, athr_log_next, &log);
  athr_counter_await_returned (&other);
  while (athr_log_take (&log, counter.stream))
    ;
  g_assert_cmpstr (log.words->str, ==, "1 end");
  athr_log_await (&log, "1 end ENDED 1");
}

static void
test_notifies_later (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The state and `finished` are emitted when home is iterated");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  athr_log_watch (&log, counter.stream);
  while (athr_log_take (&log, counter.stream))
    ;
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_INITIAL);
  athr_log_await (&log, "1 end ENDED finished");
}

static void
test_finishes_later (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("`finished` is emitted even if the state was notified long before the end "
                  "was taken");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  athr_log_watch (&log, counter.stream);
  athr_stream_start (counter.stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (counter.stream) == ATHR_STREAM_STATE_ENDED);
  athr_test_drain (NULL);
  while (athr_log_take (&log, counter.stream))
    ;
  athr_test_drain (NULL);
  g_assert_true (g_str_has_suffix (log.words->str, "ENDED 1 end finished"));
}

/* Checks that next() fails behind an operation that this thread has to answer. */
static void
check_behind (guint    n_buffered,
              gboolean is_batch)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, n_buffered, n_buffered);
  counter.holds = TRUE;
  athr_stream_start (counter.stream);
  athr_gate_await (&counter.hold, 1);
  if (is_batch)
    athr_stream_next_batch_async (counter.stream, 1, NULL, NULL, NULL);
  else
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_take (&log, counter.stream);
  g_assert_cmpstr (log.words->str, ==, "would-block");
}

static void
test_behind_next_with_values (void)
{
  g_test_summary ("next() fails behind an asynchronous next, even if there are values for "
                  "both");

  check_behind (3, FALSE);
}

static void
test_behind_batch (void)
{
  check_behind (1, TRUE);
}

static void
test_behind_next (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("next() fails behind an asynchronous next that this thread has to answer, "
                  "and takes nothing");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 0);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_take (&log, counter.stream);
  athr_log_await (&log, "would-block 1");
  while (athr_log_take (&log, counter.stream))
    ;
  g_assert_cmpstr (log.words->str, ==, "would-block 1 2 end");
}

static void
test_cancelled_before (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A next with a cancelled cancellable asks for nothing, even if there are "
                  "values");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 2);
  g_cancellable_cancel (cancellable);
  athr_log_take_cancellable (&log, counter.stream, cancellable);
  athr_counter_await_blocked (&counter, 2);
  athr_log_take_cancellable (&log, counter.stream, cancellable);
  athr_counter_await_blocked (&counter, 2);
  athr_log_take (&log, counter.stream);
  g_assert_cmpstr (log.words->str, ==, "cancelled cancelled 1");
}

/* Cancels the next that waits for its value, then yields the value. */
static void
cancel_and_yield (AthrYielder  *yielder,
                  gpointer      cancellable,
                  GError      **error)
{
  g_cancellable_cancel (cancellable);
  athr_yielder_yield (yielder, error, G_TYPE_UINT, 1);
}

static void
test_cancelled_waiting (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AthrStream) stream = NULL;

  g_test_summary ("In lock-step the producer begins with the request of a next, and may "
                  "cancel that next");

  athr_log_init (&log);
  stream = athr_stream_new (cancel_and_yield, cancellable, NULL);
  athr_stream_set_buffer_size (stream, 0);
  while (athr_log_take_cancellable (&log, stream, cancellable))
    ;
  while (athr_log_take (&log, stream))
    ;
  g_assert_cmpstr (log.words->str, ==, "cancelled 1 end");
}

static void
test_cancellable_disconnected (void)
{
  g_auto (AthrCounter) counter = { 0 };
  GCancellable *cancellable = g_cancellable_new ();

  g_test_summary ("When next() has returned, no handler is connected to the cancellable");

  athr_counter_init (&counter, 1, 1);
  g_assert_true (athr_stream_next (counter.stream, cancellable, NULL, NULL));
  g_assert_false (g_signal_has_handler_pending (cancellable, g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE),
                                                0, TRUE));
  g_cancellable_cancel (cancellable);
  g_assert_finalize_object (cancellable);
}

static void
test_home_stays (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("A thread without its own context does not move home: it iterates none");

  athr_log_init (&log);
  g_main_context_push_thread_default (context);
  athr_counter_init (&counter, 1, 1);
  g_main_context_pop_thread_default (context);
  athr_stream_set_delivery_priority (counter.stream, 33);
  athr_log_watch (&log, counter.stream);
  while (athr_log_take (&log, counter.stream))
    ;
  /* A later operation does not move home either. */
  athr_stream_start (counter.stream);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "1 end");
  athr_test_drain (context);
  g_assert_cmpstr (log.words->str, ==, "1 end ENDED finished");
}

static void
test_home_moves (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("A blocking next moves home to a context that was pushed");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  athr_stream_set_delivery_priority (counter.stream, 33);
  athr_log_watch (&log, counter.stream);
  g_main_context_push_thread_default (context);
  while (athr_log_take (&log, counter.stream))
    ;
  g_main_context_pop_thread_default (context);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "1 end");
  athr_test_drain (context);
  g_assert_cmpstr (log.words->str, ==, "1 end ENDED finished");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/take/" path, test)
  add ("values", test_values);
  add ("demand", test_demand);
  add ("lock-step", test_lock_step);
  add ("error", test_error);
  add ("null", test_null);
  add ("nowhere", test_nowhere);
  add ("closed", test_closed);
  add ("script", test_script);
  add ("frees", test_frees);
  add ("callbacks-stay", test_callbacks_stay);
  add ("notifies-later", test_notifies_later);
  add ("finishes-later", test_finishes_later);
  add ("behind/next", test_behind_next);
  add ("behind/next/with-values", test_behind_next_with_values);
  add ("behind/batch", test_behind_batch);
  add ("cancelled/before", test_cancelled_before);
  add ("cancelled/waiting", test_cancelled_waiting);
  add ("cancelled/disconnected", test_cancellable_disconnected);
  add ("home/stays", test_home_stays);
  add ("home/moves", test_home_moves);

  return g_test_run ();
}
