/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"

/* How a flow ends, and what happens afterwards. */

static void
log_flow_state (AthrStream *stream,
                GParamSpec *pspec,
                gpointer    user_data)
{
  athr_log_state (stream, pspec, &((AthrFlow *) user_data)->log);
}

static void
log_flow_error (AthrStream *stream,
                GParamSpec *pspec,
                gpointer    user_data)
{
  athr_log_error (stream, pspec, &((AthrFlow *) user_data)->log);
}

static void
watch (AthrFlow *self)
{
  g_signal_connect (self->counter.stream, "notify::state", G_CALLBACK (log_flow_state), self);
  g_signal_connect (self->counter.stream, "notify::error", G_CALLBACK (log_flow_error), self);
  g_signal_connect (self->counter.stream, "notify::flowing", G_CALLBACK (athr_flow_notify), self);
}

static void
test_end (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow that came to the end is over, and `flowing` stays TRUE");

  athr_flow_init (&flow, 2, 1);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 finished");
  g_assert_true (athr_stream_is_done (flow.counter.stream));
  g_assert_cmpint (athr_stream_get_state (flow.counter.stream), ==, ATHR_STREAM_STATE_ENDED);
  g_assert_true (athr_stream_get_flowing (flow.counter.stream));
  athr_test_expect_end (flow.counter.stream);
}

static void
test_again (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Setting `flowing` again after the end emits nothing more");

  athr_flow_init (&flow, 2, 1);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "1 2 finished");
  for (int i = 0; i < 3; i++)
    {
      athr_stream_set_flowing (flow.counter.stream, FALSE);
      athr_stream_set_flowing (flow.counter.stream, TRUE);
      athr_test_drain (NULL);
    }
  g_assert_cmpstr (flow.log.words->str, ==, "1 2 finished");
}

static void
test_after_pull (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Setting `flowing` after a next got the end emits nothing, since "
                  "`finished` was emitted");

  athr_flow_init (&flow, 1, 1);
  athr_test_expect_value (flow.counter.stream, 1);
  athr_test_expect_end (flow.counter.stream);
  athr_log_await (&flow.log, "finished");
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "finished");
}

static void
test_unfinished (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("`finished` waits until the function has returned, even if the values "
                  "ended before");

  athr_flow_init (&flow, 2, 10);
  flow.counter.holds = TRUE;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_gate_await (&flow.counter.hold, 1);
  athr_log_await (&flow.log, "1 2");
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "1 2 finished");
  g_assert_true (flow.counter.destroyed_on == g_thread_self ());
}

static void
test_error (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow emits all values, then `finished`, once; the error is notified");

  athr_flow_init (&flow, 2, 10);
  flow.counter.error = athr_test_boom ();
  watch (&flow);
  athr_stream_start (flow.counter.stream);
  athr_counter_await_returned (&flow.counter);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "on FAILED ERROR 1 2 finished");
  g_assert_error (athr_stream_get_error (flow.counter.stream), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (athr_stream_is_done (flow.counter.stream));
  athr_test_expect_end (flow.counter.stream);
}

static void
test_error_paused (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("While the flow is stopped, a next gets the error, and then comes the end");

  athr_flow_init (&flow, 0, 10);
  flow.counter.error = athr_test_boom ();
  athr_flow_start_full (&flow);
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  athr_test_expect_error (flow.counter.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_log_await (&flow.log, "finished");
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "finished");
  athr_test_expect_end (flow.counter.stream);
}

static void
close_at_two (AthrFlow *self,
              guint     number)
{
  if (number != 2)
    return;

  athr_stream_close_async (self->counter.stream, NULL, athr_log_close, &self->log);
  g_assert_false (athr_stream_get_flowing (self->counter.stream));
  athr_log_add (&self->log, "back");
}

static void
test_close (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A flow that its handler closes emits nothing more; the buffered values "
                  "can be taken");

  athr_flow_init (&flow, 100, 10);
  flow.act = close_at_two;
  athr_stream_start (flow.counter.stream);
  athr_counter_await_blocked (&flow.counter, 10);
  athr_test_drain (NULL);
  watch (&flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "on 1 2 back off CLOSED close finished");
  g_assert_cmpint (g_atomic_int_get (&flow.counter.n_yielded), >=, 10);
  for (guint i = 3; i <= 10; i++)
    athr_test_expect_value (flow.counter.stream, i);
  while (athr_stream_try_next (flow.counter.stream, NULL))
    ;
  athr_test_expect_end (flow.counter.stream);
  g_assert_cmpstr (flow.log.words->str, ==, "on 1 2 back off CLOSED close finished");
}

static void
test_close_again (gconstpointer data)
{
  g_auto (AthrFlow) flow = { 0, };
  gboolean before_return = GPOINTER_TO_INT (data);

  g_test_summary ("After a close, setting `flowing` again emits nothing, and the values can "
                  "be taken");

  athr_flow_init (&flow, 3, 10);
  flow.counter.holds = TRUE;
  athr_stream_start (flow.counter.stream);
  athr_gate_await (&flow.counter.hold, 1);
  athr_stream_close_async (flow.counter.stream, NULL, athr_log_close, &flow.log);
  if (before_return)
    athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "close finished");
  athr_stream_set_flowing (flow.counter.stream, FALSE);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "close finished");
  g_assert_cmpuint (athr_stream_get_n_buffered (flow.counter.stream), ==, 3);
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (flow.counter.stream, i);
  athr_test_expect_end (flow.counter.stream);
}

static void
test_close_initial (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A stream that was closed before it started never starts when `flowing` is "
                  "set");

  athr_flow_init (&flow, 3, 10);
  athr_stream_close_async (flow.counter.stream, NULL, athr_log_close, &flow.log);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_log_await (&flow.log, "close finished");
  g_assert_cmpint (flow.counter.n_begun, ==, 0);
}

static void
test_close_waiting (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A stream may be closed while its flow waits for a value");

  athr_flow_init (&flow, 0, 10);
  flow.counter.holds = TRUE;
  g_signal_connect (flow.counter.stream, "notify::flowing", G_CALLBACK (athr_flow_notify), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_gate_await (&flow.counter.hold, 1);
  athr_test_drain (NULL);
  athr_stream_close_async (flow.counter.stream, NULL, athr_log_close, &flow.log);
  g_assert_false (athr_stream_get_flowing (flow.counter.stream));
  g_assert_cmpstr (flow.log.words->str, ==, "on");
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "on off");
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "on off close finished");
}

static void
log_bound (GObject    *source,
           GParamSpec *pspec,
           gpointer    user_data)
{
  gboolean enabled = FALSE;

  g_object_get (source, "enabled", &enabled, NULL);
  athr_log_add (user_data, enabled ? "bound" : "unbound");
}

static void
test_close_binding (void)
{
  g_auto (AthrFlow) flow = { 0, };
  g_autoptr (GSimpleAction) action = g_simple_action_new ("flow", NULL);

  g_test_summary ("A property that is bound to `flowing` changes once on a close");

  athr_flow_init (&flow, 1, 10);
  flow.counter.holds = TRUE;
  g_simple_action_set_enabled (action, FALSE);
  g_signal_connect (action, "notify::enabled", G_CALLBACK (log_bound), &flow.log);
  g_object_bind_property (flow.counter.stream, "flowing", action, "enabled",
                          G_BINDING_BIDIRECTIONAL);
  g_simple_action_set_enabled (action, TRUE);
  athr_gate_await (&flow.counter.hold, 1);
  athr_log_await (&flow.log, "bound 1");
  athr_stream_close_async (flow.counter.stream, NULL, NULL, NULL);
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "bound 1 unbound finished");
}

static void
test_close_notify (void)
{
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("`flowing` stays FALSE, and is notified, when it is set again before the "
                  "close was notified");

  athr_flow_init (&flow, 0, 10);
  g_signal_connect (flow.counter.stream, "notify::flowing", G_CALLBACK (athr_flow_notify), &flow);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_stream_close_async (flow.counter.stream, NULL, athr_log_close, &flow.log);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  g_assert_false (athr_stream_get_flowing (flow.counter.stream));
  athr_log_await (&flow.log, "on off close finished");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/flow/end/plain", test_end);
  g_test_add_func ("/athr/stream/flow/end/again", test_again);
  g_test_add_func ("/athr/stream/flow/end/after-pull", test_after_pull);
  g_test_add_func ("/athr/stream/flow/end/function-runs", test_unfinished);
  g_test_add_func ("/athr/stream/flow/error/plain", test_error);
  g_test_add_func ("/athr/stream/flow/error/paused", test_error_paused);
  g_test_add_func ("/athr/stream/flow/close/in-handler", test_close);
  g_test_add_data_func ("/athr/stream/flow/close/again/closing", GINT_TO_POINTER (TRUE),
                        test_close_again);
  g_test_add_data_func ("/athr/stream/flow/close/again/closed", GINT_TO_POINTER (FALSE),
                        test_close_again);
  g_test_add_func ("/athr/stream/flow/close/initial", test_close_initial);
  g_test_add_func ("/athr/stream/flow/close/waiting", test_close_waiting);
  g_test_add_func ("/athr/stream/flow/close/binding", test_close_binding);
  g_test_add_func ("/athr/stream/flow/close/notify", test_close_notify);

  return g_test_run ();
}
