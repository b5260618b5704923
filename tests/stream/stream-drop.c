/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-source-test.h"

static void
test_drop_never_started (void)
{
  AthrSource source;

  g_test_summary ("A stream that is dropped on the thread that created it frees everything "
                  "at once, without a main loop");

  athr_source_init (&source, 3, 1);
  g_clear_object (&source.stream);
  athr_source_assert_ended (&source, 0);
  g_assert_null (source.cancellable);
  athr_source_clear (&source);
}

static void
test_drop_blocked (void)
{
  AthrSource source;

  g_test_summary ("Dropping a stream wakes its blocked producer, and frees the buffered "
                  "values at once");

  athr_source_init (&source, 4, 2);
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 2);
  g_clear_object (&source.stream);
  g_assert_true (source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (source.value_finalized_on[1] == g_thread_self ());
  athr_source_await_returned (&source);
  g_assert_true (source.refused);
  g_assert_true (g_cancellable_is_cancelled (source.cancellable));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_running (void)
{
  AthrSource source;

  g_test_summary ("A drop does not wait for the function; the user data lives until the "
                  "function returns");

  athr_source_init (&source, 2, 4);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  athr_gate_await (&source.hold, 1);
  g_clear_object (&source.stream);
  g_assert_true (source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (source.value_finalized_on[1] == g_thread_self ());
  g_assert_true (g_cancellable_is_cancelled (source.cancellable));
  athr_test_drain (NULL);
  g_assert_null (source.data_destroyed_on);
  athr_gate_open (&source.hold);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_returned (void)
{
  AthrSource source;

  g_test_summary ("After the function has returned, a drop frees everything without a main "
                  "loop");

  athr_source_init (&source, 2, 4);
  athr_stream_start (source.stream);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  athr_source_assert_ended (&source, 2);
  athr_test_drain (NULL);
  athr_source_clear (&source);
}

static void
test_drop_queued (void)
{
  g_auto (AthrCounter) blocker = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  AthrSource source;

  athr_counter_init (&blocker, 0, 1);
  athr_stream_set_executor (blocker.stream, executor);
  blocker.holds = TRUE;
  athr_stream_start (blocker.stream);
  athr_gate_await (&blocker.hold, 1);

  athr_source_init (&source, 2, 4);
  athr_stream_set_executor (source.stream, executor);
  athr_stream_start (source.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 1);
  g_clear_object (&source.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  athr_source_assert_ended (&source, 0);
  g_assert_false (source.has_returned);
  athr_source_clear (&source);
}

static void
do_nothing (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
}

static void
run_blocking (void)
{
  g_autoptr (AthrCall) call = athr_call_new (do_nothing, NULL, NULL);

  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
}

static void
test_drop_run (void)
{
  AthrSource source;

  g_test_summary ("A blocking run at home frees what a dropped stream has left, without a "
                  "main loop");

  athr_source_init (&source, 4, 2);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 2);
  g_clear_object (&source.stream);
  athr_gate_open (&source.hold);
  athr_source_await_returned (&source);
  g_assert_null (source.data_destroyed_on);

  run_blocking ();
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_run_again (void)
{
  AthrSource source;

  g_test_summary ("A blocking run frees what a dropped stream has left, even if the stream "
                  "lived during an earlier run");

  athr_source_init (&source, 4, 2);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 2);
  run_blocking ();
  g_assert_null (source.data_destroyed_on);

  g_clear_object (&source.stream);
  athr_gate_open (&source.hold);
  athr_source_await_returned (&source);
  run_blocking ();
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_thread_never_started (void)
{
  AthrSource source;

  g_test_summary ("When another thread drops the last reference, everything is freed at home");

  athr_source_init (&source, 3, 1);
  athr_test_drop_on_thread (g_steal_pointer (&source.stream));
  g_assert_null (source.data_destroyed_on);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_source_assert_ended (&source, 0);
  athr_source_clear (&source);
}

static void
test_drop_thread_blocked (void)
{
  AthrSource source;

  athr_source_init (&source, 4, 2);
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 2);
  athr_test_drop_on_thread (g_steal_pointer (&source.stream));
  athr_source_await_returned (&source);
  g_assert_true (source.refused);
  g_assert_null (source.data_destroyed_on);
  g_assert_null (source.value_finalized_on[0]);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_thread_returned (void)
{
  AthrSource source;

  athr_source_init (&source, 2, 2);
  athr_stream_start (source.stream);
  athr_source_await_returned (&source);
  athr_test_drop_on_thread (g_steal_pointer (&source.stream));
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_drop_thread_executor (void)
{
  GThread *finalized_on = NULL;
  AthrSource source;

  g_test_summary ("When another thread drops the last reference, the reference to the "
                  "executor is freed at home, too");

  athr_source_init (&source, 2, 2);
  g_object_set_data_full (G_OBJECT (source.executor), "witness", athr_witness_new (&finalized_on),
                          g_object_unref);
  g_clear_object (&source.executor);
  athr_test_drop_on_thread (g_steal_pointer (&source.stream));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
  g_assert_true (finalized_on == g_thread_self ());
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 0);
  athr_source_clear (&source);
}

static void
test_drop_outstanding (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("An operation under way keeps its stream alive; the stream ends with the "
                  "last operation");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 1);
  counter.holds = TRUE;
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  g_object_add_weak_pointer (G_OBJECT (counter.stream), (gpointer *) &counter.stream);
  g_object_unref (counter.stream);
  athr_gate_await (&counter.hold, 1);
  athr_log_await (&log, "1 2");
  g_assert_nonnull (counter.stream);
  athr_gate_open (&counter.hold);
  athr_log_await (&log, "1 2 end");
  g_assert_null (counter.stream);
}

static void
unref_in_next (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  athr_log_next (source, result, user_data);
  g_object_unref (source);
  athr_log_add (user_data, "back");
}

static void
test_drop_in_callback (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A callback may drop the last reference while the producer is blocked");

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 1);
  athr_stream_next_async (counter.stream, NULL, unref_in_next, &log);
  counter.stream = NULL;
  athr_log_await (&log, "1 back");
  athr_counter_await_returned (&counter);
  g_assert_error (counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
unref_in_signal (AthrStream *stream,
                 gpointer    user_data)
{
  athr_log_finished (stream, user_data);
  g_object_unref (stream);
}

static void
test_drop_in_finished (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 0, 1);
  g_signal_connect (counter.stream, "finished", G_CALLBACK (unref_in_signal), &log);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  counter.stream = NULL;
  athr_log_await (&log, "end finished");
  g_assert_true (counter.destroyed_on == g_thread_self ());
}

static void
unref_in_notify (AthrStream *stream,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  athr_log_state (stream, pspec, user_data);
  if (athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED)
    g_object_unref (stream);
}

static void
test_drop_in_notify (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  g_signal_connect (counter.stream, "notify::state", G_CALLBACK (unref_in_notify), &log);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  counter.stream = NULL;
  athr_log_await (&log, "ENDED");
  g_assert_true (counter.destroyed_on == g_thread_self ());
}

#define N_SLOW 1000

static int n_freed; /* atomic */

static gpointer
copy_slow (gpointer boxed)
{
  return boxed;
}

/* Each value takes ten microseconds to free: ten milliseconds in all. */
static void
free_slow (gpointer boxed)
{
  gint64 end = g_get_monotonic_time () + 10;

  while (g_get_monotonic_time () < end)
    ;
  g_atomic_int_inc (&n_freed);
}

static void
yield_slow (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  for (int i = 0; i < N_SLOW; i++)
    athr_yielder_yield (yielder, error, *(GType *) user_data, GINT_TO_POINTER (i + 1));
}

static gboolean
note_freed (gpointer user_data)
{
  *(int *) user_data = g_atomic_int_get (&n_freed);

  return G_SOURCE_REMOVE;
}

static void
test_drop_many (void)
{
  GType type = g_boxed_type_register_static ("AthrTestSlow", copy_slow, free_slow);
  g_autoptr (AthrExecutor) executor = athr_executor_new ("slow", 2);
  AthrStream *stream = athr_stream_new (yield_slow, &type, NULL);
  int n_then = -1;

  g_test_summary ("When another thread drops the stream, home frees the buffered values in "
                  "slices");

  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, N_SLOW);
  athr_stream_start (stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) == N_SLOW);
  athr_test_drop_on_thread (stream);
  athr_test_iterate_until (NULL, g_atomic_int_get (&n_freed) > 0);
  g_idle_add_full (G_PRIORITY_HIGH_IDLE, note_freed, &n_then, NULL);
  athr_test_iterate_until (NULL, g_atomic_int_get (&n_freed) == N_SLOW);
  g_assert_cmpint (n_then, >, 0);
  g_assert_cmpint (n_then, <, N_SLOW);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/drop/never-started", test_drop_never_started);
  g_test_add_func ("/athr/stream/drop/queued", test_drop_queued);
  g_test_add_func ("/athr/stream/drop/while-blocked", test_drop_blocked);
  g_test_add_func ("/athr/stream/drop/running", test_drop_running);
  g_test_add_func ("/athr/stream/drop/returned", test_drop_returned);
  g_test_add_func ("/athr/stream/drop/run", test_drop_run);
  g_test_add_func ("/athr/stream/drop/run/again", test_drop_run_again);
  g_test_add_func ("/athr/stream/drop/on-thread/never-started", test_drop_thread_never_started);
  g_test_add_func ("/athr/stream/drop/on-thread/while-blocked", test_drop_thread_blocked);
  g_test_add_func ("/athr/stream/drop/on-thread/returned", test_drop_thread_returned);
  g_test_add_func ("/athr/stream/drop/on-thread/executor", test_drop_thread_executor);
  g_test_add_func ("/athr/stream/drop/outstanding", test_drop_outstanding);
  g_test_add_func ("/athr/stream/drop/in-callback", test_drop_in_callback);
  g_test_add_func ("/athr/stream/drop/in-finished", test_drop_in_finished);
  g_test_add_func ("/athr/stream/drop/in-notify", test_drop_in_notify);
  g_test_add_func ("/athr/stream/drop/many", test_drop_many);

  return g_test_run ();
}
