/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-source-test.h"
#include "thread-test.h"

static void
test_home_moves (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("The first operation moves the home to the context under which it starts");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  athr_log_watch (&log, counter.stream);
  g_main_context_push_thread_default (context);
  athr_stream_start (counter.stream);
  g_main_context_pop_thread_default (context);
  athr_counter_await_returned (&counter);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "");
  athr_test_drain (context);
  g_assert_cmpstr (log.words->str, ==, "ENDED");
  g_assert_true (counter.destroyed_on == g_thread_self ());
}

static void
test_home_stays (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("A later operation is answered on its own context, and the home stays "
                  "where it was");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  athr_stream_set_delivery_priority (counter.stream, 33);
  athr_log_watch (&log, counter.stream);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  g_main_context_push_thread_default (context);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  g_main_context_pop_thread_default (context);
  athr_counter_await_returned (&counter);

  /* The first next is answered first. */
  athr_test_drain (context);
  g_assert_cmpstr (log.words->str, ==, "");
  athr_log_await (&log, "ENDED 1");
  athr_test_iterate_until (context, g_str_has_suffix (log.words->str, "end end"));
  athr_test_drain (context);
  g_assert_cmpstr (log.words->str, ==, "ENDED 1 end end");
  athr_log_await (&log, "ENDED 1 end end finished");
}

/* A thread that owns a stream: it has its own context and iterates it. */
static gpointer
consume_on_thread (gpointer data)
{
  AthrSource *source = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  GAsyncResult *result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  g_main_context_push_thread_default (context);
  athr_source_init (source, 3, 2);
  athr_stream_next_async (source->stream, NULL, athr_test_keep_result, &result);
  athr_source_await_returned (source);
  athr_test_iterate_until (context, result != NULL);
  g_assert_true (athr_stream_next_finish_into (source->stream, result, &value, NULL));
  g_assert_true (G_VALUE_HOLDS_OBJECT (&value));
  g_value_unset (&value);
  g_clear_object (&result);

  athr_stream_close_async (source->stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);
  g_assert_true (athr_stream_close_finish (source->stream, result, NULL));
  g_object_unref (result);
  g_clear_object (&source->stream);
  athr_test_drain (context);
  athr_source_assert_ended (source, source->n_yielded);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_home_thread (void)
{
  AthrSource source;

  g_thread_join (g_thread_new ("owner", consume_on_thread, &source));
  athr_source_clear (&source);
}

/* Makes a stream on a worker, and asks it. */
typedef struct
{
  AthrGate made;
  AthrCounter counter;
  GThread *answered_on;
} OnWorker;

static void
note_answer (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  OnWorker *self = user_data;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, NULL, NULL));
  self->answered_on = g_thread_self ();
}

static void
ask_on_worker (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  OnWorker *self = user_data;

  athr_counter_init (&self->counter, 1, 4);
  athr_stream_next_async (self->counter.stream, NULL, note_answer, self);
}

static void
test_home_worker (void)
{
  OnWorker on_worker = { 0, };
  g_autoptr (AthrStream) stream = athr_stream_new (ask_on_worker, &on_worker, NULL);

  g_test_summary ("A stream that a worker makes and asks is answered on the default context");

  athr_test_expect_end (stream);
  athr_test_iterate_until (NULL, on_worker.answered_on != NULL);
  g_assert_true (on_worker.answered_on == g_thread_self ());
  athr_counter_clear (&on_worker.counter);
}

static void
start_on_worker (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  OnWorker *self = user_data;

  athr_counter_init (&self->counter, 1, 4);
  athr_stream_start (self->counter.stream);
  athr_gate_open (&self->made);
}

static void
test_home_of_work (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  OnWorker on_worker = { 0, };
  AthrCounter *counter = &on_worker.counter;
  AthrStream *stream;

  g_test_summary ("The home of a stream that a worker makes is the home of the work");

  athr_gate_init (&on_worker.made);
  g_main_context_push_thread_default (context);
  stream = athr_stream_new (start_on_worker, &on_worker, NULL);
  athr_stream_start (stream);
  g_main_context_pop_thread_default (context);
  athr_gate_pass (&on_worker.made);
  athr_counter_await_returned (counter);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (counter->stream), ==, ATHR_STREAM_STATE_INITIAL);
  g_assert_null (g_atomic_pointer_get (&counter->destroyed_on));
  athr_test_drain (context);
  g_assert_cmpint (athr_stream_get_state (counter->stream), ==, ATHR_STREAM_STATE_ENDED);
  g_assert_true (g_atomic_pointer_get (&counter->destroyed_on) == g_thread_self ());
  athr_test_iterate_until (context, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  g_object_unref (stream);
  athr_counter_clear (counter);
  athr_gate_clear (&on_worker.made);
}

static void
test_context_dies (void)
{
  GMainContext *context = g_main_context_new ();
  AthrSource source;

  g_test_summary ("When its context dies, a blocked producer is closed; the buffered values "
                  "stay in the stream");

  g_main_context_push_thread_default (context);
  athr_source_init (&source, 4, 2);
  athr_stream_start (source.stream);
  g_main_context_pop_thread_default (context);
  athr_source_await_blocked (&source, 2);
  g_main_context_unref (context);
  athr_source_await_returned (&source);
  g_assert_true (source.refused);
  g_assert_true (g_cancellable_is_cancelled (source.cancellable));
  athr_test_yield_until (g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  g_assert_null (source.value_finalized_on[0]);
  g_clear_object (&source.stream);
  g_assert_true (source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (source.value_finalized_on[1] == g_thread_self ());
  athr_source_clear (&source);
}

static void
test_context_dead (void)
{
  GMainContext *context = g_main_context_new ();
  AthrSource source;

  g_test_summary ("When its context is dead, the thread that drops the stream frees "
                  "everything");

  g_main_context_push_thread_default (context);
  athr_source_init (&source, 2, 2);
  athr_stream_start (source.stream);
  g_main_context_pop_thread_default (context);
  athr_source_await_returned (&source);
  g_main_context_unref (context);
  g_assert_true (source.data_destroyed_on == g_thread_self ());
  athr_test_drop_on_thread (g_steal_pointer (&source.stream));
  g_assert_nonnull (source.value_finalized_on[0]);
  g_assert_nonnull (source.value_finalized_on[1]);
  athr_source_clear (&source);
}

static void
test_context_dies_after (void)
{
  GMainContext *context = g_main_context_new ();
  AthrSource source;

  g_test_summary ("When the stream is dropped and its context dies, the worker that returns "
                  "last frees the user data");

  g_main_context_push_thread_default (context);
  athr_source_init (&source, 2, 4);
  source.hold.is_open = FALSE;
  athr_stream_start (source.stream);
  g_main_context_pop_thread_default (context);
  athr_gate_await (&source.hold, 1);
  g_clear_object (&source.stream);
  g_main_context_unref (context);
  g_assert_null (source.data_destroyed_on);
  athr_gate_open (&source.hold);
  athr_test_yield_until (g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_source_await_returned (&source);
  athr_source_clear (&source);
}

static void
test_context_reused (void)
{
  g_autoptr (GMainContext) second = NULL;
  GMainContext *first = g_main_context_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A stream that was made under a dead context can be used under another one");

  athr_log_init (&log);
  g_main_context_push_thread_default (first);
  athr_counter_init (&counter, 1, 4);
  g_main_context_pop_thread_default (first);
  g_main_context_unref (first);

  second = g_main_context_new ();
  g_main_context_push_thread_default (second);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_test_iterate_until (second, g_str_has_suffix (log.words->str, "end"));
  g_main_context_pop_thread_default (second);
  g_assert_cmpstr (log.words->str, ==, "1 end");
}

static void
test_context_kept (void)
{
  GMainContext *context = g_main_context_new ();
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("An operation under way keeps its context alive");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  counter.holds = TRUE;
  g_main_context_push_thread_default (context);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  g_main_context_pop_thread_default (context);
  athr_gate_await (&counter.hold, 1);
  athr_test_iterate_until (context, log.words->len > 0);
  g_main_context_unref (context);
  athr_gate_open (&counter.hold);
  g_clear_object (&counter.stream);

  /* A thread that iterates a context holds a reference to it. */
  g_main_context_ref (context);
  athr_test_iterate_until (context, g_str_equal (log.words->str, "1 end"));
  g_main_context_unref (context);
}

/* Calls the functions of the owner's thread on this thread. */
static gpointer
use_elsewhere (gpointer data)
{
  AthrStream *stream = data;
  g_autoptr (GError) error = athr_test_boom ();
  g_autoptr (AthrStream) other = athr_stream_new (athr_counter_run, NULL, NULL);

#define expect(function) \
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*" function "*“elsewhere”*“ants”*")
  expect ("athr_stream_start");
  athr_stream_start (stream);
  expect ("athr_stream_get_state");
  athr_stream_get_state (stream);
  expect ("athr_stream_get_flowing");
  athr_stream_get_flowing (stream);
  expect ("athr_stream_send");
  athr_stream_send (stream, NULL);
  expect ("athr_stream_throw");
  athr_stream_throw (stream, error);
#undef expect
  g_test_assert_expected_messages ();

  /* These may be called on any thread. */
  athr_stream_get_n_buffered (stream);
  g_assert_false (athr_stream_is_done (stream));
  g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));
  athr_stream_set_name (other, "of this thread");
  athr_stream_close_async (other, NULL, NULL, NULL);

  return NULL;
}

static void
test_other_thread (void)
{
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A call on another thread than the owner's is a critical, which names the "
                  "function, the thread and the stream");

  athr_counter_init (&counter, 1, 4);
  athr_stream_set_name (counter.stream, "ants");
  athr_stream_start (counter.stream);
  athr_test_drain (NULL);
  athr_test_elsewhere (use_elsewhere, counter.stream);
}

static void
do_nothing (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
}

static gpointer
own_elsewhere (gpointer stream)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  athr_stream_start (stream);
  athr_test_iterate_until (context, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_new_owner (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (do_nothing, NULL, NULL);

  g_test_summary ("The thread that starts a stream under its own context is the owner's thread, "
                  "also if another thread created the stream");

  athr_test_elsewhere (own_elsewhere, stream);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/home/moves", test_home_moves);
  g_test_add_func ("/athr/stream/home/stays", test_home_stays);
  g_test_add_func ("/athr/stream/home/thread", test_home_thread);
  g_test_add_func ("/athr/stream/home/asked-by-worker", test_home_worker);
  g_test_add_func ("/athr/stream/home/of-work", test_home_of_work);
  g_test_add_func ("/athr/hazards/09-dead-context/next/dies", test_context_dies);
  g_test_add_func ("/athr/hazards/09-dead-context/next/dead", test_context_dead);
  g_test_add_func ("/athr/hazards/09-dead-context/next/dies-after-drop", test_context_dies_after);
  g_test_add_func ("/athr/hazards/09-dead-context/next/another", test_context_reused);
  g_test_add_func ("/athr/hazards/09-dead-context/next/kept", test_context_kept);
  g_test_add_func ("/athr/stream/home/other-thread", test_other_thread);
  g_test_add_func ("/athr/stream/home/new-owner", test_new_owner);

  return g_test_run ();
}
