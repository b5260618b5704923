/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-take-test.h"

#include "channel/athr-channel-state-private.h"
#include "stream/athr-stream-private.h"

/* The blocking next on workers and other threads. */

static void
test_worker (void)
{
  g_auto (AthrCounter) counter = { 0 };
  AthrTaker taker;

  g_test_summary ("While a worker waits in next(), its place in its executor is free");

  athr_counter_init (&counter, 3, 1);
  counter.holds = TRUE;
  athr_taker_start (&taker, counter.stream, NULL, NULL);
  athr_taker_await_blocked (&taker, 3);
  athr_gate_open (&counter.hold);
  athr_taker_await_over (&taker, "1 2 3 end");
  g_assert_true (taker.log.home != g_thread_self ());
  athr_taker_clear (&taker);
}

static AthrGate went_on; /* the producer opens it behind its last value */

static void
yield_five (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  for (int i = 0; i < 5; i++)
    athr_yielder_yield (yielder, NULL, G_TYPE_INT, i);
  athr_gate_open (&went_on);
}

static void
do_nothing (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
}

static void
await_producer (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  athr_gate_pass (&went_on);
}

static void
run_blocking (AthrCallFunc func)
{
  g_autoptr (AthrCall) call = athr_call_new (func, NULL, NULL);

  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
}

static void
block_in_slice (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  AthrStream **stream = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_try_next (*stream, &value));
  run_blocking (do_nothing);
  run_blocking (await_producer);
  g_clear_object (stream);
}

static void
test_wake_in_slice (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("producer", 2);
  g_autoptr (AthrCall) call = athr_call_new (do_nothing, NULL, NULL);
  AthrStream *stream = athr_stream_new (yield_five, NULL, NULL);

  g_test_summary ("A producer for which a callback has made room goes on while the callback blocks");

  athr_gate_init (&went_on);
  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 4);
  athr_stream_start (stream);
  while (athr_stream_get_n_buffered (stream) < 4 || athr_executor_get_n_running (executor) > 0)
    g_thread_yield ();
  athr_call_run_async (call, NULL, block_in_slice, &stream);
  while (stream != NULL)
    g_main_context_iteration (NULL, TRUE);
  athr_gate_clear (&went_on);
}

static void
test_same_executor (void)
{
  AthrCounter counters[4];
  AthrTaker takers[4];
  g_autoptr (AthrExecutor) executor = athr_executor_new ("shared", 4);

  g_test_summary ("Four workers of an executor of four threads may wait for streams of the "
                  "same executor");

  for (int i = 0; i < 4; i++)
    {
      athr_counter_init (&counters[i], 100, 1);
      athr_stream_set_executor (counters[i].stream, executor);
      athr_taker_start (&takers[i], counters[i].stream, executor, NULL);
    }
  for (int i = 0; i < 4; i++)
    {
      athr_taker_await_over (&takers[i], NULL);
      g_assert_true (g_str_has_prefix (takers[i].log.words->str, "1 2 3 "));
      g_assert_true (g_str_has_suffix (takers[i].log.words->str, " 99 100 end"));
      athr_taker_clear (&takers[i]);
      athr_counter_clear (&counters[i]);
    }
}

static void
test_own_thread (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  AthrTaker taker;

  g_test_summary ("On the only thread of the stream's executor next() fails with "
                  "WOULD_BLOCK, and does not start the stream");

  athr_counter_init (&counter, 3, 1);
  athr_stream_set_executor (counter.stream, executor);
  athr_taker_start (&taker, counter.stream, executor, NULL);
  athr_taker_await_over (&taker, "would-block");
  athr_taker_clear (&taker);
  g_assert_cmpint (counter.n_begun, ==, 0);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (counter.stream), ==, ATHR_STREAM_STATE_INITIAL);
  /* The properties can still be set. */
  athr_stream_set_buffer_size (counter.stream, 5);
  athr_test_expect_value (counter.stream, 1);
}

static void
test_own_thread_with_values (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  AthrTaker taker;

  g_test_summary ("On the only thread of the stream's executor next() gets buffered values "
                  "and the end");

  athr_counter_init (&counter, 3, 4);
  athr_stream_set_executor (counter.stream, executor);
  athr_stream_start (counter.stream);
  athr_taker_start (&taker, counter.stream, executor, NULL);
  athr_taker_await_over (&taker, "1 2 3 end");
  athr_taker_clear (&taker);
}

/* Takes what it has yielded, and one value more. */
static void
take_own_values (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  AthrStream **stream = user_data;

  for (guint i = 1; i <= 2; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_UINT, i));
      g_assert_true (athr_stream_next (*stream, NULL, &value, error));
      g_assert_cmpuint (g_value_get_uint (&value), ==, i);
    }
  g_assert_false (athr_stream_next (*stream, NULL, NULL, error));
}

static void
test_own_function (void)
{
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0 };

  g_test_summary ("The function of a stream gets buffered values of its own stream, and then WOULD_BLOCK");

  athr_log_init (&log);
  stream = athr_stream_new (take_own_values, &stream, NULL);
  athr_stream_set_buffer_size (stream, 2);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_FAILED);
  athr_log_take (&log, stream);
  g_assert_cmpstr (log.words->str, ==, "would-block");
}

static void
test_behind_next (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  AthrTaker taker;

  g_test_summary ("A worker behind an asynchronous next waits for its turn");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 2);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_returned (&counter);
  athr_taker_start (&taker, counter.stream, NULL, NULL);
  athr_taker_await_blocked (&taker, 0);
  g_assert_cmpstr (log.words->str, ==, "");
  athr_taker_await_over (&taker, "2 end");
  g_assert_cmpstr (log.words->str, ==, "1");
  athr_taker_clear (&taker);
}

static guint
count_readers (AthrStream *stream)
{
  AthrChannel *channel = stream->channel;
  guint n_readers;

  athr_lock (&channel->front.lock);
  n_readers = channel->readers.length;
  athr_unlock (&channel->front.lock);

  return n_readers;
}

/* Yields when two readers wait. */
static void
yield_to_two (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  AthrStream **stream = user_data;

  athr_test_yield_until (count_readers (*stream) == 2);
  athr_yielder_yield (yielder, error, G_TYPE_UINT, 1);
}

static void
test_behind_worker (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (AthrStream) stream = NULL;
  AthrTaker taker;

  g_test_summary ("Home may wait behind a blocked thread, since that thread needs no main "
                  "loop");

  athr_log_init (&log);
  stream = athr_stream_new (yield_to_two, &stream, NULL);
  athr_taker_start (&taker, stream, NULL, NULL);
  athr_test_yield_until (count_readers (stream) == 1);
  athr_log_take (&log, stream);
  g_assert_cmpstr (log.words->str, ==, "end");
  athr_taker_await_over (&taker, "1 end");
  athr_taker_clear (&taker);
}

static void
test_cancelled_waiting (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  AthrTaker taker;

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  counter.holds = TRUE;
  athr_taker_start (&taker, counter.stream, NULL, cancellable);
  athr_taker_await_blocked (&taker, 1);
  g_cancellable_cancel (cancellable);
  athr_taker_await_over (&taker, "1 cancelled");
  athr_taker_clear (&taker);
  athr_gate_open (&counter.hold);
  athr_log_take (&log, counter.stream);
  g_assert_cmpstr (log.words->str, ==, "end");
}

#define N_VALUES 2000

/* Cancels each next as it yields the value for it. */
typedef struct
{
  GCancellable *cancellables[N_VALUES];
} Race;

static void
yield_and_cancel (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  Race *self = user_data;

  for (guint i = 0; i < N_VALUES; i++)
    {
      if (!athr_yielder_yield (yielder, error, G_TYPE_UINT, i + 1))
        return;
      g_cancellable_cancel (self->cancellables[i]);
    }
}

static void
test_cancelled_arriving (void)
{
  g_autoptr (AthrStream) stream = NULL;
  Race race = { 0, };
  guint last = 0;

  g_test_summary ("When a next is cancelled as its value arrives, this next or the following "
                  "one takes the value");

  for (guint i = 0; i < N_VALUES; i++)
    race.cancellables[i] = g_cancellable_new ();
  stream = athr_stream_new (yield_and_cancel, &race, NULL);
  athr_stream_set_buffer_size (stream, 1);
  while (!athr_stream_is_done (stream))
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      if (!athr_stream_next (stream, last < N_VALUES ? race.cancellables[last] : NULL, &value, &error))
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_assert_false (G_IS_VALUE (&value));
          g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
        }
      if (G_IS_VALUE (&value))
        g_assert_cmpuint (g_value_get_uint (&value), ==, ++last);
    }
  g_assert_cmpuint (last, ==, N_VALUES);
  for (guint i = 0; i < N_VALUES; i++)
    g_object_unref (race.cancellables[i]);
}

/* Takes values until the end, on a plain thread. */
typedef struct
{
  AthrStream *stream;
  int *n_seen; /* atomic */
} Share;

static gpointer
take_share (gpointer data)
{
  Share *self = data;
  guint last = 0;

  for (;;)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (athr_stream_next (self->stream, NULL, &value, NULL));
      if (!G_IS_VALUE (&value))
        return NULL;
      g_assert_cmpuint (g_value_get_uint (&value), >, last);
      last = g_value_get_uint (&value);
      g_atomic_int_inc (&self->n_seen[last]);
    }
}

static void
test_several (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autofree int *n_seen = g_new0 (int, N_VALUES + 1);
  Share share = { NULL, n_seen };
  GThread *threads[4];

  g_test_summary ("Several threads share the values: each value comes to one of them, and in "
                  "order");

  athr_counter_init (&counter, N_VALUES, 3);
  share.stream = counter.stream;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("share", take_share, &share);
  take_share (&share);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  for (guint i = 1; i <= N_VALUES; i++)
    g_assert_cmpint (n_seen[i], ==, 1);
}

static void
test_closed_waiting (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  AthrTaker taker;

  g_test_summary ("A waiting next gets the end as soon as the stream is closed");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  counter.holds = TRUE;
  athr_taker_start (&taker, counter.stream, NULL, NULL);
  athr_taker_await_blocked (&taker, 1);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_taker_await_over (&taker, "1 end");
  g_assert_cmpstr (log.words->str, ==, "");
  athr_gate_open (&counter.hold);
  athr_log_await (&log, "close");
  athr_taker_clear (&taker);
}

static gpointer
take_and_drop (gpointer data)
{
  g_autoptr (AthrStream) stream = data;

  g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));

  return NULL;
}

static void
test_dropped_elsewhere (void)
{
  AthrSource source;

  g_test_summary ("When a thread that iterates nothing takes and drops, everything is freed "
                  "at home");

  athr_source_init (&source, 3, 1);
  g_thread_join (g_thread_new ("takes", take_and_drop, g_steal_pointer (&source.stream)));
  athr_source_await_returned (&source);
  g_assert_null (source.value_finalized_on[0]);
  athr_test_iterate_until (NULL, source.data_destroyed_on != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, source.n_yielded);
  athr_source_clear (&source);
}

typedef struct
{
  AthrSource source;
  AthrGate made;
} Maker;

static void
make_and_take (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  Maker *self = user_data;
  AthrSource *source = &self->source;

  athr_source_init (source, 2, 1);
  while (!athr_stream_is_done (source->stream))
    g_assert_true (athr_stream_next (source->stream, NULL, NULL, NULL));
  athr_source_await_returned (source);
  g_clear_object (&source->stream);
  athr_gate_open (&self->made);
}

static void
test_made_on_worker (void)
{
  Maker maker;
  g_autoptr (AthrCall) call = athr_call_new (make_and_take, &maker, NULL);
  GAsyncResult *result = NULL;

  g_test_summary ("A worker may make a stream and take all of it; the stream's home is the "
                  "home of the work");

  athr_gate_init (&maker.made);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  /* Home is not iterated before the producer has dropped its own references. */
  athr_gate_pass (&maker.made);
  for (int i = 0; i < 2; i++)
    g_assert_null (maker.source.value_finalized_on[i]);
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  athr_test_drain (NULL);
  for (int i = 0; i < 2; i++)
    g_assert_true (maker.source.value_finalized_on[i] == g_thread_self ());
  g_assert_nonnull (maker.source.data_destroyed_on);
  athr_source_clear (&maker.source);
  athr_gate_clear (&maker.made);
}

/* The first operations of a stream, on several threads at the same moment. */

typedef struct
{
  AthrStream *stream;
  AthrGate *gate;
} First;

static gpointer
take_first (gpointer data)
{
  First *self = data;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_gate_pass (self->gate);
  g_assert_true (athr_stream_next (self->stream, NULL, &value, NULL));

  return NULL;
}

static void
test_first (gconstpointer closes)
{
  g_test_summary ("The first operation fixes home and opens the stream, and the other "
                  "operations wait for that");

  for (int round = 0; round < 500; round++)
    {
      g_auto (AthrCounter) counter = { 0 };
      GThread *threads[3];
      AthrGate gate;
      First first;

      athr_counter_init (&counter, 3, 2);
      athr_stream_set_delivery_priority (counter.stream, 1000 + round);
      athr_gate_init (&gate);
      first = (First) { counter.stream, &gate };
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("first", take_first, &first);
      athr_gate_await (&gate, G_N_ELEMENTS (threads));
      athr_gate_open (&gate);
      if (closes)
        athr_stream_close_async (counter.stream, NULL, NULL, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
      athr_gate_clear (&gate);
    }
}

typedef struct
{
  AthrStream *stream;
  AthrChannelWaiter first; /* a thread that has not taken its value yet */
  GError *error;           /* of the question */
} SlowReader;

static void
slow_reader_notify (AthrChannelWaiter *waiter)
{
}

static void
do_not_ask (AthrQuestion *question,
            gpointer      user_data)
{
  g_assert_not_reached ();
}

static void
ask_home (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  SlowReader *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_yielder_yield (yielder, NULL, G_TYPE_INT, 1);
  g_assert_false (athr_yielder_ask (yielder, do_not_ask, NULL, NULL, NULL, &self->error));
  g_assert_cmpint (athr_channel_answer (self->stream->channel, &self->first, FALSE, &value, NULL), ==,
                   ATHR_CHANNEL_VALUE);
  g_assert_cmpint (g_value_get_int (&value), ==, 1);
  athr_yielder_yield (yielder, NULL, G_TYPE_INT, 2);
}

static void
test_asked_behind_reader (void)
{
  SlowReader reader = { .first = { .notify = slow_reader_notify, .blocks = TRUE } };
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A question fails with WOULD_BLOCK while home waits behind another reader, to which the "
                  "buffered value belongs");

  reader.stream = athr_stream_new (ask_home, &reader, NULL);
  athr_stream_start (reader.stream);
  athr_channel_add_reader (reader.stream->channel, &reader.first, FALSE);
  athr_test_yield_until (athr_stream_get_n_buffered (reader.stream) == 1);
  g_assert_true (athr_stream_next (reader.stream, NULL, &value, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 2);
  g_assert_error (reader.error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  athr_test_expect_end (reader.stream);
  g_error_free (reader.error);
  g_object_unref (reader.stream);
  athr_test_drain (NULL);
}

static void
expect_no_results (AthrStream *results)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) batch_error = NULL;

  g_assert_false (athr_stream_next (results, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_nonnull (strstr (error->message, "main loop"));
  g_assert_null (athr_stream_next_batch (results, 9, NULL, &batch_error));
  g_assert_error (batch_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_results (gconstpointer pauses)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
  AthrStream *results = athr_group_get_results (group);
  g_autoptr (AthrExecutor) executor = athr_executor_new ("calls", 1);
  g_autoptr (AthrCall) call = athr_call_new (do_nothing, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  AthrTaker taker;

  g_test_summary ("At home, next() gets the results of a group that are there, and otherwise WOULD_BLOCK; another "
                  "thread waits for them");

  athr_executor_set_paused (athr_executor_get_default (), pauses != NULL);
  expect_no_results (results);
  athr_call_set_executor (call, executor);
  athr_group_add (group, call, NULL);
  expect_no_results (results);
  athr_test_iterate_until (NULL, athr_stream_get_n_buffered (results) == 1);
  g_assert_true (athr_stream_next (results, NULL, &value, NULL));
  g_assert_true (g_value_get_object (&value) == call);
  expect_no_results (results);
  athr_taker_start (&taker, results, executor, NULL);
  athr_group_close_async (group, NULL, NULL, NULL);
  athr_taker_await_over (&taker, "end");
  athr_taker_clear (&taker);
  athr_test_expect_end (results);
  athr_executor_set_paused (athr_executor_get_default (), FALSE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/take/blocking/" path, test)
  add ("worker", test_worker);
  g_test_add_func ("/athr/hazards/04-nested-waiting/stream", test_same_executor);
  g_test_add_func ("/athr/hazards/04-nested-waiting/stream/would-block", test_own_thread);
  g_test_add_func ("/athr/hazards/04-nested-waiting/stream/with-values", test_own_thread_with_values);
  g_test_add_func ("/athr/hazards/04-nested-waiting/stream/itself", test_own_function);
  add ("behind-next", test_behind_next);
  add ("behind-worker", test_behind_worker);
  add ("cancelled/waiting", test_cancelled_waiting);
  add ("cancelled/arriving", test_cancelled_arriving);
  add ("several", test_several);
  add ("closed", test_closed_waiting);
  add ("dropped-elsewhere", test_dropped_elsewhere);
  add ("made-on-worker", test_made_on_worker);
  g_test_add_data_func ("/athr/stream/take/blocking/first", NULL, test_first);
  g_test_add_data_func ("/athr/stream/take/blocking/first/closed", "closed", test_first);
  g_test_add_func ("/athr/stream/take/blocking/wake-in-slice", test_wake_in_slice);
  add ("asked-behind-reader", test_asked_behind_reader);
  g_test_add_data_func ("/athr/stream/take/blocking/results", NULL, test_results);
  g_test_add_data_func ("/athr/stream/take/blocking/results/paused", "pauses", test_results);

  return g_test_run ();
}
