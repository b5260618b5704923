/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"

/* Flows that are stopped and started again, and handlers that send. */

static void
pause_at_three (AthrFlow *self,
                guint     number)
{
  if (number == 3)
    athr_stream_set_flowing (self->counter.stream, FALSE);
}

static void
test_in_handler (void)
{
  g_auto (AthrFlow) flow = { 0, };

  athr_flow_init (&flow, 5, 10);
  flow.act = pause_at_three;
  g_signal_connect (flow.counter.stream, "notify::flowing", G_CALLBACK (athr_flow_notify), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_returned (&flow.counter);
  athr_log_await (&flow.log, "on 1 2 3 off");
  g_assert_cmpuint (athr_stream_get_n_buffered (flow.counter.stream), ==, 2);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "on 1 2 3 off on 4 5 finished");
}

static void
test_before (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow that is stopped before it emitted the buffered values emits none");

  athr_flow_init (&flow, 5, 10);
  athr_flow_start_full (&flow);
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  g_assert_cmpuint (athr_stream_get_n_buffered (flow.counter.stream), ==, 5);
  g_assert_cmpint (athr_stream_get_state (flow.counter.stream), ==, ATHR_STREAM_STATE_ENDED);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 4 5 finished");
}

static void
test_before_end (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A stopped flow does not take the end; it does when it is started again");

  athr_flow_init (&flow, 3, 10);
  flow.act = pause_at_three;
  athr_flow_start_full (&flow);
  athr_log_await (&flow.log, "1 2 3");
  g_assert_cmpint (athr_stream_get_state (flow.counter.stream), ==, ATHR_STREAM_STATE_ENDED);
  g_assert_false (athr_stream_is_done (flow.counter.stream));
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 finished");
}

static void
test_while_waiting (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow that is stopped and started while there is no value emits what "
                  "comes later");

  athr_flow_init (&flow, 0, 10);
  flow.counter.holds = TRUE;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_gate_await (&flow.counter.hold, 1);
  athr_test_drain (NULL);
  for (int i = 0; i < 3; i++)
    {
      athr_stream_set_flowing (flow.counter.stream, FALSE);
      athr_test_drain (NULL);
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_test_drain (NULL);
    }
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "finished");
}

static void
flick (AthrFlow *self,
       guint     number)
{
  athr_stream_set_flowing (self->counter.stream, FALSE);
  athr_stream_set_flowing (self->counter.stream, TRUE);
}

static void
test_flicker (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };
  GString *expected = athr_test_count_to (200);

  g_test_summary ("A flow that each handler stops and starts emits every value once");

  athr_flow_init (&flow, 200, GPOINTER_TO_UINT (data));
  flow.act = flick;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  g_string_append (expected, " finished");
  athr_log_await (&flow.log, expected->str);
  g_string_free (expected, TRUE);
}

static void
test_demand (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow that is stopped and started many times asks for one value only");

  athr_flow_init (&flow, 100, 2);
  athr_stream_start (flow.counter.stream);
  athr_counter_await_blocked (&flow.counter, 2);
  for (int i = 0; i < 50; i++)
    {
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_counter_await_blocked (&flow.counter, 3);
      athr_stream_set_flowing (flow.counter.stream, FALSE);
    }
  athr_counter_await_blocked (&flow.counter, 3);

  /* The producer has put the value that the flow asked for. */
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (flow.counter.stream, i);
  athr_counter_await_blocked (&flow.counter, 5);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_iterate_until (NULL, athr_stream_is_done (flow.counter.stream));
}

static void
test_lock_step (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("In lock-step, the request of a stopped flow serves the next reader");

  athr_flow_init (&flow, 2, 0);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_yield_until (athr_stream_get_n_buffered (flow.counter.stream) == 1);
  athr_counter_await_blocked (&flow.counter, 0);
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  athr_test_expect_value (flow.counter.stream, 1);
  athr_counter_await_blocked (&flow.counter, 0);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_blocked (&flow.counter, 1);
  athr_log_await (&flow.log, "2 finished");
}

static void
disconnect (AthrFlow *self,
            guint     number)
{
  if (number == 2)
    g_signal_handlers_disconnect_by_func (self->counter.stream, athr_flow_value, self);
}

static void
test_disconnect (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Values flow on when the only handler is disconnected");

  athr_flow_init (&flow, 5, 2);
  flow.act = disconnect;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 finished");
}

static void
add_handler (AthrFlow *self,
             guint     number)
{
  g_signal_handlers_disconnect_by_func (self->counter.stream, athr_flow_value, self);
  g_signal_connect (self->counter.stream, "value", G_CALLBACK (athr_flow_value), self);
}

static void
test_reconnect (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A handler that connects another one in its place gets each value once");

  athr_flow_init (&flow, 5, 2);
  flow.act = add_handler;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 4 5 finished");
}


static void
ask_back (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  AthrCounter *counter = user_data;

  for (guint i = 1; i <= counter->n_values; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_auto (GValue) sent = G_VALUE_INIT;
      g_autoptr (GError) thrown = NULL;

      g_value_init (&value, G_TYPE_UINT);
      g_value_set_uint (&value, i);
      if (!athr_yielder_exchange_value (yielder, &value, &sent, &thrown))
        {
          g_assert_error (thrown, G_IO_ERROR, G_IO_ERROR_FAILED);
          g_assert_cmpuint (i, ==, 4);
        }
      else
        {
          g_assert_cmpuint (i, !=, 4);
          g_assert_cmpuint (G_IS_VALUE (&sent) ? g_value_get_uint (&sent) : 0, ==,
                            i % 2 == 1 ? 10 * i : 0);
        }
      g_atomic_int_inc (&counter->n_yielded);
    }
}

/* Answers odd values, and the fourth one with an error. */
static void
answer (AthrFlow *self,
        guint     number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_cmpint (g_atomic_int_get (&self->counter.n_yielded), ==, number - 1);
  if (number == 4)
    athr_stream_throw_literal (self->counter.stream, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
  if (number % 2 == 0)
    return;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 10 * number);
  athr_stream_send (self->counter.stream, &value);
  /* The producer waits for the answer and for the next request. It gets both after this
   * handler. */
  if (number == 3)
    athr_counter_await_blocked (&self->counter, 2);
}

static void
test_exchange (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("What a handler sends or throws is the answer to the value that it handles");

  athr_flow_init_stream (&flow, 7, 0,
                         athr_stream_new (ask_back, &flow.counter, athr_counter_destroy));
  flow.act = answer;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 4 5 6 7 finished");
  g_assert_null (athr_stream_get_error (flow.counter.stream));
}

static void
answer_and_pause (AthrFlow *self,
                  guint     number)
{
  answer (self, number);
  athr_stream_set_flowing (self->counter.stream, FALSE);
}

static void
test_exchange_paused (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("When the handler stops the flow, its answer waits until the flow goes on");

  athr_flow_init_stream (&flow, 7, 0,
                         athr_stream_new (ask_back, &flow.counter, athr_counter_destroy));
  flow.act = answer_and_pause;
  for (guint i = 1; i <= 7; i++)
    {
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_test_iterate_until (NULL, flow.number == i);
      athr_test_drain (NULL);
      athr_counter_await_blocked (&flow.counter, i - 1);
    }
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 3 4 5 6 7 finished");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/flow/pause/in-handler", test_in_handler);
  g_test_add_func ("/athr/stream/flow/pause/before", test_before);
  g_test_add_func ("/athr/stream/flow/pause/before-end", test_before_end);
  g_test_add_func ("/athr/stream/flow/pause/while-waiting", test_while_waiting);
  g_test_add_data_func ("/athr/stream/flow/pause/flicker/one", GUINT_TO_POINTER (1), test_flicker);
  g_test_add_data_func ("/athr/stream/flow/pause/flicker/lock-step", GUINT_TO_POINTER (0),
                        test_flicker);
  g_test_add_data_func ("/athr/stream/flow/pause/flicker/unbounded",
                        GUINT_TO_POINTER (G_MAXUINT), test_flicker);
  g_test_add_func ("/athr/stream/flow/pause/demand", test_demand);
  g_test_add_func ("/athr/stream/flow/pause/lock-step", test_lock_step);
  g_test_add_func ("/athr/stream/flow/handlers/disconnect", test_disconnect);
  g_test_add_func ("/athr/stream/flow/handlers/reconnect", test_reconnect);
  g_test_add_func ("/athr/stream/flow/exchange/answers", test_exchange);
  g_test_add_func ("/athr/stream/flow/exchange/paused", test_exchange_paused);

  return g_test_run ();
}
