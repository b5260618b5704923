/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-source-test.h"
#include "stream-steps-test.h"

static void
test_close_parked (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("After a close while the stream is parked, no step runs, and the buffered "
                  "values can be taken");

  athr_stepper_init (&stepper, 20, 2);
  athr_stream_start (stepper.stream);
  athr_stepper_await_parked (&stepper, 2);
  athr_test_close (stepper.stream);
  g_assert_true (stepper.destroyed_on == g_thread_self ());
  g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_CLOSED);
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_value (stepper.stream, 2);
  athr_test_expect_end (stepper.stream);
  athr_test_await_rest (stepper.executor);
  g_assert_cmpint (stepper.n_steps, ==, 2);
}

static void
test_close_queued (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

  g_test_summary ("A close while the first step is queued withdraws the step");

  athr_counter_init (&other, 0, 1);
  athr_counter_hold (&other, single);
  athr_stepper_init (&stepper, 20, 2);
  athr_stream_set_executor (stepper.stream, single);
  athr_stream_start (stepper.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 1);
  athr_test_close (stepper.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 0);
  g_assert_true (stepper.destroyed_on == g_thread_self ());
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 0);
}

static void
test_close_requeued (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

  g_test_summary ("A close while a later step is queued withdraws the step");

  athr_stepper_init (&stepper, 20, 4);
  stepper.holds = TRUE;
  athr_stream_set_executor (stepper.stream, single);
  athr_stream_start (stepper.stream);
  athr_gate_await (&stepper.hold, 1);
  athr_counter_init (&other, 0, 1);
  other.holds = TRUE;
  athr_stream_set_executor (other.stream, single);
  athr_stream_start (other.stream);
  athr_gate_open (&stepper.hold);
  athr_gate_await (&other.hold, 1);
  g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 1);
  athr_test_close (stepper.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 0);
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 1);
}

static void
test_close_running (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (AthrLog) log = { 0 };

  g_test_summary ("After a close while a step runs, its yields fail, no step follows, and "
                  "the close waits for it");

  athr_log_init (&log);
  athr_stepper_init (&stepper, 20, 2);
  stepper.holds = TRUE;
  athr_stream_start (stepper.stream);
  athr_gate_await (&stepper.hold, 1);
  athr_stream_close_async (stepper.stream, NULL, athr_log_close, &log);
  athr_test_drain (NULL);
  g_assert_cmpstr (log.words->str, ==, "");
  g_assert_null (g_atomic_pointer_get (&stepper.destroyed_on));
  athr_gate_open (&stepper.hold);
  athr_log_await (&log, "close");
  g_assert_cmpstr (stepper.seen->str, ==, "closed");
  g_assert_true (stepper.was_cancelled);
  g_assert_cmpint (stepper.n_steps, ==, 1);
  g_assert_true (stepper.destroyed_on == g_thread_self ());
  athr_test_expect_end (stepper.stream);
}

static void
drop (AthrStream **stream,
      gboolean     elsewhere)
{
  if (elsewhere)
    athr_test_drop_on_thread (g_steal_pointer (stream));
  else
    g_clear_object (stream);
}

static void
test_drop_parked (void)
{
  g_test_summary ("After a drop while the stream is parked, no step runs");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrStepper) stepper = { 0 };

      athr_stepper_init (&stepper, 20, 2);
      athr_stream_start (stepper.stream);
      athr_stepper_await_parked (&stepper, 2);
      drop (&stepper.stream, i == 1);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&stepper.destroyed_on) != NULL);
      g_assert_cmpint (stepper.n_steps, ==, 2);
    }
}

static void
test_drop_queued (void)
{
  g_test_summary ("A drop while a step is queued withdraws the step");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrStepper) stepper = { 0 };
      g_auto (AthrCounter) other = { 0 };
      g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

      athr_counter_init (&other, 0, 1);
      athr_counter_hold (&other, single);
      athr_stepper_init (&stepper, 20, 2);
      athr_stream_set_executor (stepper.stream, single);
      athr_stream_start (stepper.stream);
      drop (&stepper.stream, i == 1);
      g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 0);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&stepper.destroyed_on) != NULL);
      g_assert_cmpint (stepper.n_steps, ==, 0);
    }
}

static void
test_drop_running (void)
{
  g_test_summary ("After a drop while a step runs, its yields fail, and no step follows");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrStepper) stepper = { 0 };

      athr_stepper_init (&stepper, 20, 2);
      stepper.holds = TRUE;
      athr_stream_start (stepper.stream);
      athr_gate_await (&stepper.hold, 1);
      drop (&stepper.stream, i == 1);
      g_assert_null (g_atomic_pointer_get (&stepper.destroyed_on));
      athr_gate_open (&stepper.hold);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&stepper.destroyed_on) != NULL);
      g_assert_cmpstr (stepper.seen->str, ==, "closed");
      g_assert_true (stepper.was_cancelled);
      g_assert_cmpint (stepper.n_steps, ==, 1);
    }
}

static void
close_executor (AthrExecutor *executor,
                gboolean      cancel_queued)
{
  GAsyncResult *result = NULL;

  athr_executor_close_async (executor, cancel_queued, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_executor_close_finish (executor, result, NULL));
  g_object_unref (result);
}

static void
test_executor_parked (void)
{
  g_test_summary ("A closed executor does not wait for a parked stream, which fails when its "
                  "next step is to run");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrStepper) stepper = { 0 };

      athr_stepper_init (&stepper, 20, 2);
      athr_stream_start (stepper.stream);
      athr_stepper_await_parked (&stepper, 2);
      close_executor (stepper.executor, i == 1);
      athr_test_drain (NULL);
      g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_RUNNING);
      g_assert_null (stepper.destroyed_on);
      athr_test_expect_value (stepper.stream, 1);
      athr_test_expect_value (stepper.stream, 2);
      athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_CLOSED);
      athr_test_expect_end (stepper.stream);
      g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_FAILED);
      g_assert_true (stepper.destroyed_on == g_thread_self ());
      g_assert_cmpint (stepper.n_steps, ==, 2);
    }
}

static void
test_executor_parked_blocking (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_autoptr (GError) error = NULL;

  athr_stepper_init (&stepper, 20, 0);
  athr_test_expect_next (stepper.stream, 1);
  athr_test_await_rest (stepper.executor);
  close_executor (stepper.executor, FALSE);
  g_assert_false (athr_stream_next (stepper.stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_executor_drained (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("An executor that is drained lets a running stream fill its buffer");

  athr_stepper_init (&stepper, 20, 3);
  stepper.holds = TRUE;
  athr_stream_start (stepper.stream);
  athr_gate_await (&stepper.hold, 1);
  athr_executor_close_async (stepper.executor, FALSE, NULL, NULL, NULL);
  athr_gate_open (&stepper.hold);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpint (stepper.n_steps, ==, 3);
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (stepper.stream, i);
  athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_test_expect_end (stepper.stream);
}

static void
test_executor_cancels (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  GAsyncResult *result = NULL;

  g_test_summary ("When an executor cancels its queue, the running step returns, and then "
                  "the stream fails");

  athr_stepper_init (&stepper, 20, 3);
  stepper.holds = TRUE;
  athr_stream_start (stepper.stream);
  athr_gate_await (&stepper.hold, 1);
  athr_executor_close_async (stepper.executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_test_drain (NULL);
  g_assert_null (result);
  athr_gate_open (&stepper.hold);
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 1);
  g_assert_false (stepper.was_cancelled);
  g_assert_true (stepper.destroyed_on == g_thread_self ());
}

static void
test_executor_cancels_last (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("When an executor cancels its queue during the last step, the stream ends "
                  "without an error");

  athr_stepper_init (&stepper, 1, 3);
  stepper.holds = TRUE;
  athr_stream_start (stepper.stream);
  athr_gate_await (&stepper.hold, 1);
  athr_executor_close_async (stepper.executor, TRUE, NULL, NULL, NULL);
  athr_gate_open (&stepper.hold);
  athr_stepper_take_rest (&stepper, 1);
}

static void
test_executor_cancels_queued (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

  g_test_summary ("When an executor cancels its queue, a stream whose first step is queued "
                  "fails");

  athr_counter_init (&other, 0, 1);
  athr_counter_hold (&other, single);
  athr_stepper_init (&stepper, 20, 2);
  athr_stream_set_executor (stepper.stream, single);
  athr_stream_start (stepper.stream);
  athr_executor_close_async (single, TRUE, NULL, NULL, NULL);
  athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 0);
}

static void
test_executor_dropped (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("dropped", 2);

  g_test_summary ("A parked stream keeps its executor alive, and runs on");

  athr_stepper_init (&stepper, 20, 2);
  athr_stream_set_executor (stepper.stream, executor);
  athr_stream_start (stepper.stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stepper.stream) == 2);
  athr_test_await_rest (executor);
  g_clear_object (&executor);
  athr_stepper_take_rest (&stepper, 1);
}

static gboolean
start_and_leave (AthrStepper *stepper)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  athr_stepper_init (stepper, 20, 2);
  athr_stream_start (stepper->stream);
  athr_stepper_await_parked (stepper, 2);
  g_main_context_pop_thread_default (context);

  return TRUE;
}

static void
test_context_dies (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A parked stream is closed when its main context dies");

  g_assert_true (start_and_leave (&stepper));
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_value (stepper.stream, 2);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 2);
  g_assert_nonnull (stepper.destroyed_on);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/steps/close/parked", test_close_parked);
  g_test_add_func ("/athr/stream/steps/close/queued", test_close_queued);
  g_test_add_func ("/athr/stream/steps/close/requeued", test_close_requeued);
  g_test_add_func ("/athr/stream/steps/close/running", test_close_running);
  g_test_add_func ("/athr/stream/steps/drop/parked", test_drop_parked);
  g_test_add_func ("/athr/stream/steps/drop/queued", test_drop_queued);
  g_test_add_func ("/athr/stream/steps/drop/running", test_drop_running);
  g_test_add_func ("/athr/stream/steps/executor/parked", test_executor_parked);
  g_test_add_func ("/athr/stream/steps/executor/parked-blocking", test_executor_parked_blocking);
  g_test_add_func ("/athr/stream/steps/executor/drained", test_executor_drained);
  g_test_add_func ("/athr/stream/steps/executor/cancels/running", test_executor_cancels);
  g_test_add_func ("/athr/stream/steps/executor/cancels/last", test_executor_cancels_last);
  g_test_add_func ("/athr/stream/steps/executor/cancels/queued", test_executor_cancels_queued);
  g_test_add_func ("/athr/stream/steps/executor/dropped", test_executor_dropped);
  g_test_add_func ("/athr/stream/steps/context-dies", test_context_dies);

  return g_test_run ();
}
