/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"
#include "stream-source-test.h"

/* Values that flow: which ones, on which thread, at which priority, and in slices. */

static void
count_in_steps (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  AthrCounter *self = user_data;

  /* A step may yield more values than there is room for. */
  for (int i = 0; i < 3; i++)
    {
      guint number = g_atomic_int_get (&self->n_yielded) + 1;

      if (number > self->n_values)
        {
          athr_yielder_end (yielder);
          return;
        }
      if (!athr_yielder_yield (yielder, error, G_TYPE_UINT, number))
        return;
      g_atomic_int_inc (&self->n_yielded);
    }
}

static void
assert_flows (AthrFlow *flow)
{
  GString *expected = athr_test_count_to (flow->counter.n_values);

  athr_stream_set_flowing (flow->counter.stream, TRUE);
  g_string_append (expected, " finished");
  athr_log_await (&flow->log, expected->str);
  g_assert_true (athr_stream_is_done (flow->counter.stream));
  g_assert_cmpuint (athr_stream_get_n_buffered (flow->counter.stream), ==, 0);
  g_string_free (expected, TRUE);
}

static void
test_values (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  athr_flow_init (&flow, 300, GPOINTER_TO_UINT (data));
  assert_flows (&flow);
}

static void
test_steps (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };

  athr_flow_init_stream (&flow, 300, GPOINTER_TO_UINT (data),
                         athr_stream_new_steps (count_in_steps, &flow.counter,
                                                athr_counter_destroy));
  assert_flows (&flow);
}

static void
test_empty (void)
{
  g_auto (AthrFlow) flow = { 0, };

  athr_flow_init (&flow, 0, 1);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "finished");
}

typedef struct
{
  AthrOverflow overflow;
  guint buffer_size;
  const char *expected;
  guint n_dropped;
} OverflowCase;

static const OverflowCase overflow_cases[] = {
  { ATHR_OVERFLOW_DROP_OLDEST, 3, "8 9 10 finished", 7 },
  { ATHR_OVERFLOW_DROP_NEWEST, 3, "1 2 3 4 finished", 6 },
  { ATHR_OVERFLOW_FAIL, 3, "1 2 3 4 FAILED finished", 0 },
  { ATHR_OVERFLOW_DROP_OLDEST, 0, "10 finished", 9 },
  { ATHR_OVERFLOW_DROP_NEWEST, 0, "1 finished", 9 },
  { ATHR_OVERFLOW_FAIL, 0, "1 FAILED finished", 0 },
};

static AthrGate begin; /* The overflowing producer passes it when the flow has asked. */

static void
count_from_gate (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  athr_gate_pass (&begin);
  athr_counter_run (yielder, user_data, error);
}

static void
flow_state (AthrStream *stream,
            GParamSpec *pspec,
            gpointer    user_data)
{
  AthrFlow *self = user_data;

  if (athr_stream_get_state (stream) == ATHR_STREAM_STATE_FAILED)
    athr_log_add (&self->log, "FAILED");
}

static void
test_overflow (gconstpointer data)
{
  const OverflowCase *self = data;
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("The flow asks for one value more than the buffer has room for");

  athr_gate_init (&begin);
  athr_flow_init_stream (&flow, 10, self->buffer_size,
                         athr_stream_new (count_from_gate, &flow.counter, athr_counter_destroy));
  flow.counter.holds = TRUE;
  athr_stream_set_overflow (flow.counter.stream, self->overflow);
  g_signal_connect (flow.counter.stream, "notify::state", G_CALLBACK (flow_state), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_gate_open (&begin);
  athr_gate_await (&flow.counter.hold, 1);

  /* The function returns only after the values were emitted. */
  athr_test_drain (NULL);
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, self->expected);
  g_assert_cmpuint (athr_stream_get_n_dropped (flow.counter.stream), ==, self->n_dropped);
  if (self->overflow == ATHR_OVERFLOW_FAIL)
    {
      g_assert_error (athr_stream_get_error (flow.counter.stream), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      g_assert_error (flow.counter.refused, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    }
  else
    {
      g_assert_null (athr_stream_get_error (flow.counter.stream));
    }
  athr_gate_clear (&begin);
}

static void
test_later (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("No value is emitted before `flowing` is set, nor before home iterates");

  athr_flow_init (&flow, 3, 10);
  athr_stream_start (flow.counter.stream);
  athr_counter_await_returned (&flow.counter);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  g_assert_cmpuint (athr_stream_get_n_buffered (flow.counter.stream), ==, 3);
  athr_log_await (&flow.log, "1 2 3 finished");
}

static void
test_property (void)
{
  g_auto (AthrFlow) flow = { 0, };
  gboolean flowing;

  g_test_summary ("`flowing` is notified inside the setter, when it changes");

  athr_flow_init (&flow, 0, 1);
  g_signal_connect (flow.counter.stream, "notify::flowing", G_CALLBACK (athr_flow_notify), &flow);
  g_assert_false (athr_stream_get_flowing (flow.counter.stream));
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  g_assert_cmpint (athr_stream_get_state (flow.counter.stream), ==, ATHR_STREAM_STATE_INITIAL);
  g_object_set (flow.counter.stream, "flowing", TRUE, NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "on");
  athr_stream_set_flowing (flow.counter.stream, 2);
  g_assert_cmpstr (flow.log.words->str, ==, "on");
  g_object_get (flow.counter.stream, "flowing", &flowing, NULL);
  g_assert_cmpint (flowing, ==, TRUE);
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  athr_counter_await_returned (&flow.counter);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "on off");
}

static void
test_no_function (void)
{
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0, };

  athr_log_init (&log);
  stream = g_object_new (ATHR_TYPE_STREAM, NULL);
  athr_log_watch (&log, stream);
  athr_stream_set_flowing (stream, TRUE);
  athr_log_await (&log, "FAILED ERROR finished");
  g_assert_error (athr_stream_get_error (stream), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

typedef struct
{
  AthrSource *source;
  guint n_values;
} Witnesses;

static void
count_witness (AthrStream   *stream,
               const GValue *value,
               gpointer      user_data)
{
  Witnesses *self = user_data;
  GThread **finalized_on = ((AthrWitness *) g_value_get_object (value))->finalized_on;

  g_assert_true (finalized_on == &self->source->value_finalized_on[self->n_values]);
  for (guint i = 0; i < G_N_ELEMENTS (self->source->value_finalized_on); i++)
    g_assert_true (self->source->value_finalized_on[i] ==
                   (i < self->n_values ? g_thread_self () : NULL));
  self->n_values++;
}

static void
test_values_end (void)
{
  AthrSource source;
  Witnesses witnesses = { &source, 0 };

  g_test_summary ("A value is freed at home as soon as its handlers have returned");

  athr_source_init (&source, 5, 10);
  g_signal_connect (source.stream, "value", G_CALLBACK (count_witness), &witnesses);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_returned (&source);
  athr_test_iterate_until (NULL, athr_stream_is_done (source.stream));
  g_assert_cmpuint (witnesses.n_values, ==, 5);
  athr_source_assert_ended (&source, 5);
  g_clear_object (&source.stream);
  athr_test_drain (NULL);
  athr_source_clear (&source);
}

static gboolean
log_frame (gpointer user_data)
{
  AthrFlow *self = user_data;

  athr_log_add (&self->log, "frame");

  return G_SOURCE_REMOVE;
}

static gboolean
log_below (gpointer user_data)
{
  AthrFlow *self = user_data;

  athr_log_add (&self->log, "below");

  return G_SOURCE_REMOVE;
}

static void
test_priority (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };
  int priority = GPOINTER_TO_INT (data);

  athr_flow_init (&flow, 3, 10);
  if (priority != G_PRIORITY_DEFAULT_IDLE)
    athr_stream_set_delivery_priority (flow.counter.stream, priority);
  athr_flow_start_full (&flow);
  g_idle_add_full (priority + 1, log_below, &flow, NULL);
  g_idle_add_full (priority - 1, log_frame, &flow, NULL);
  athr_log_await (&flow.log, "frame 1 2 3 finished below");
}

/* Uses up the slice, while a frame is due. */
static void
use_slice_up (AthrFlow *self,
              guint     number)
{
  gint64 end = g_get_monotonic_time () + 5000;

  g_idle_add_full (120, log_frame, self, NULL);
  while (g_get_monotonic_time () < end)
    ;
}

static void
test_slices (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A source of higher priority runs when a slice is over, and the flow goes "
                  "on afterwards");

  athr_flow_init (&flow, 4, 10);
  flow.act = use_slice_up;
  athr_flow_start_full (&flow);
  athr_log_await (&flow.log, "1 frame 2 frame 3 frame 4 frame finished");
}

static void
request_frame (AthrFlow *self,
               guint     number)
{
  if (number == 1)
    g_idle_add_full (120, log_frame, self, NULL);
}

static void
test_slice_is_shared (void)
{
  guint n_rounds = 0;
  gboolean shared = FALSE;

  g_test_summary ("A slice emits several values, as long as their handlers take no time");

  for (; !shared; n_rounds++)
    {
      g_auto (AthrFlow) flow = { 0, };

      g_assert_cmpuint (n_rounds, <, 1000);
      athr_flow_init (&flow, 20, 20);
      flow.act = request_frame;
      athr_flow_start_full (&flow);
      athr_test_iterate_until (NULL, athr_stream_is_done (flow.counter.stream));
      shared = g_str_has_prefix (flow.log.words->str, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
      athr_test_drain (NULL);
    }
}

static void
use_own_slice_up (AthrFlow *self,
                  guint     number)
{
  gint64 end = g_get_monotonic_time () + 5000;

  while (g_get_monotonic_time () < end)
    ;
}

/* Logs the values of the other stream in the log of the first. */
static void
log_other_value (AthrStream   *stream,
                 const GValue *value,
                 gpointer      user_data)
{
  AthrFlow *self = user_data;
  char word[16];

  g_snprintf (word, sizeof word, "%c", 'a' + g_value_get_uint (value) - 1);
  athr_log_add (&self->log, word);
  use_own_slice_up (self, 0);
}

static void
test_two (void)
{
  g_auto (AthrFlow) flow = { 0, };
  g_auto (AthrCounter) other = { 0, };

  g_test_summary ("Two flows take turns, and neither starves the other");

  athr_flow_init (&flow, 4, 10);
  athr_counter_init (&other, 4, 10);
  flow.act = use_own_slice_up;
  g_signal_connect (other.stream, "value", G_CALLBACK (log_other_value), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_returned (&flow.counter);
  athr_stream_set_flowing (other.stream, TRUE);
  athr_counter_await_returned (&other);
  athr_test_iterate_until (NULL, athr_stream_is_done (other.stream));
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "1 a 2 b 3 c 4 d finished");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/stream/flow/values/one", GUINT_TO_POINTER (1), test_values);
  g_test_add_data_func ("/athr/stream/flow/values/lock-step", GUINT_TO_POINTER (0), test_values);
  g_test_add_data_func ("/athr/stream/flow/values/default", GUINT_TO_POINTER (64), test_values);
  g_test_add_data_func ("/athr/stream/flow/values/unbounded", GUINT_TO_POINTER (G_MAXUINT),
                        test_values);
  g_test_add_data_func ("/athr/stream/flow/steps/one", GUINT_TO_POINTER (1), test_steps);
  g_test_add_data_func ("/athr/stream/flow/steps/lock-step", GUINT_TO_POINTER (0), test_steps);
  g_test_add_data_func ("/athr/stream/flow/steps/unbounded", GUINT_TO_POINTER (G_MAXUINT),
                        test_steps);
  g_test_add_func ("/athr/stream/flow/empty", test_empty);
  g_test_add_data_func ("/athr/stream/flow/overflow/drop-oldest", &overflow_cases[0], test_overflow);
  g_test_add_data_func ("/athr/stream/flow/overflow/drop-newest", &overflow_cases[1], test_overflow);
  g_test_add_data_func ("/athr/stream/flow/overflow/fail", &overflow_cases[2], test_overflow);
  g_test_add_data_func ("/athr/stream/flow/overflow/lock-step/drop-oldest", &overflow_cases[3],
                        test_overflow);
  g_test_add_data_func ("/athr/stream/flow/overflow/lock-step/drop-newest", &overflow_cases[4],
                        test_overflow);
  g_test_add_data_func ("/athr/stream/flow/overflow/lock-step/fail", &overflow_cases[5],
                        test_overflow);
  g_test_add_func ("/athr/stream/flow/later", test_later);
  g_test_add_func ("/athr/stream/flow/property", test_property);
  g_test_add_func ("/athr/stream/flow/no-function", test_no_function);
  g_test_add_func ("/athr/stream/flow/values-end", test_values_end);
  g_test_add_data_func ("/athr/stream/flow/priority/default",
                        GINT_TO_POINTER (G_PRIORITY_DEFAULT_IDLE), test_priority);
  g_test_add_data_func ("/athr/stream/flow/priority/low", GINT_TO_POINTER (1000), test_priority);
  g_test_add_data_func ("/athr/stream/flow/priority/high", GINT_TO_POINTER (-50), test_priority);
  g_test_add_func ("/athr/stream/flow/slices/order", test_slices);
  g_test_add_func ("/athr/stream/flow/slices/shared", test_slice_is_shared);
  g_test_add_func ("/athr/stream/flow/slices/two", test_two);

  return g_test_run ();
}
