/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-steps-test.h"

static void
test_values (void)
{
  static const guint sizes[] = { 0, 1, 3, 64, G_MAXUINT };

  g_test_summary ("Steps run one after the other, until one of them calls end()");

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (AthrStepper) stepper = { 0 };

      athr_stepper_init (&stepper, 100, sizes[i]);
      athr_stepper_take_rest (&stepper, 1);
      g_assert_cmpint (stepper.n_steps, ==, 100);
      g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_ENDED);
    }
}

static void
test_blocking (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (GValue) value = G_VALUE_INIT;

  athr_stepper_init (&stepper, 100, 2);
  for (guint i = 1; i <= 100; i++)
    athr_test_expect_next (stepper.stream, i);
  g_assert_true (athr_stream_next (stepper.stream, NULL, &value, NULL));
  g_assert_false (G_IS_VALUE (&value));
  g_assert_cmpint (stepper.n_steps, ==, 100);
}

static void
test_error (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A step that fails is the last one");

  athr_stepper_init (&stepper, 3, 2);
  stepper.error = athr_test_boom ();
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (stepper.stream, i);
  athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 3);
  g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_FAILED);
  g_assert_true (stepper.destroyed_on == g_thread_self ());
}

static void
test_end_empty (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("The first step may be the last one, without a value");

  athr_stepper_init (&stepper, 0, 2);
  athr_stepper_take_rest (&stepper, 1);
  g_assert_cmpint (stepper.n_steps, ==, 1);
}

typedef struct
{
  gboolean was_closed;
  GError *yielded;
  GError *received;
} AfterEnd;

static void
yield_after_end (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  AfterEnd *self = user_data;

  g_assert_false (athr_yielder_is_closed (yielder));
  athr_yielder_yield (yielder, error, G_TYPE_UINT, 1);
  athr_yielder_end (yielder);
  self->was_closed = athr_yielder_is_closed (yielder);
  athr_yielder_yield (yielder, &self->yielded, G_TYPE_UINT, 2);
  athr_yielder_receive (yielder, NULL, &self->received);
}

static void
test_end_closes (void)
{
  g_test_summary ("After end() yields and receives fail, also in a function that runs once");

  for (int i = 0; i < 2; i++)
    {
      AfterEnd after = { 0, };
      g_autoptr (AthrStream) stream = i == 0 ? athr_stream_new_steps (yield_after_end, &after, NULL)
                                             : athr_stream_new (yield_after_end, &after, NULL);

      athr_test_expect_value (stream, 1);
      athr_test_expect_end (stream);
      g_assert_true (after.was_closed);
      g_assert_error (after.yielded, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_assert_error (after.received, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_clear_error (&after.yielded);
      g_clear_error (&after.received);
    }
}

static void
test_parked (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("While the buffer is full no step runs or is queued; each next has one "
                  "more run");

  athr_stepper_init (&stepper, 20, 3);
  athr_stream_start (stepper.stream);
  for (guint i = 1; i <= 10; i++)
    {
      athr_stepper_await_parked (&stepper, 3);
      g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, i + 2);
      athr_test_expect_value (stepper.stream, i);
    }
  athr_stepper_take_rest (&stepper, 11);
}

static void
test_overshoot (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A step may yield more values than there is room for; the next step runs "
                  "after as many nexts");

  athr_stepper_init (&stepper, 20, 2);
  stepper.per_step = 5;
  athr_stream_start (stepper.stream);
  for (guint i = 1; i <= 4; i++)
    {
      athr_stepper_await_parked (&stepper, 6 - i);
      g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, 1);
      athr_test_expect_value (stepper.stream, i);
    }
  athr_stepper_await_parked (&stepper, 6);
  g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, 2);
  athr_stepper_take_rest (&stepper, 5);
}

static void
test_nothing (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A step that yields nothing is followed by another step");

  athr_stepper_init (&stepper, 20, 2);
  stepper.n_empty = 3;
  athr_stream_start (stepper.stream);
  athr_stepper_await_parked (&stepper, 2);
  g_assert_cmpint (stepper.n_steps, ==, 8);
  athr_stepper_take_rest (&stepper, 1);
  g_assert_cmpint (stepper.n_steps, ==, 80);
}

static void
test_lock_step (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("In lock-step no step runs before the first next, and one runs for each "
                  "next");

  athr_stepper_init (&stepper, 20, 0);
  athr_stream_start (stepper.stream);
  for (guint i = 1; i <= 5; i++)
    {
      athr_stepper_await_parked (&stepper, 0);
      g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, i - 1);
      athr_test_expect_value (stepper.stream, i);
    }
  athr_stepper_take_rest (&stepper, 6);
}

static void
count_flowed (AthrStream   *stream,
              const GValue *value,
              gpointer      user_data)
{
  guint *n_values = user_data;

  g_assert_cmpuint (g_value_get_uint (value), ==, ++*n_values);
}

static void
test_flow (void)
{
  static const guint sizes[] = { 0, 1, 8 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (AthrStepper) stepper = { 0 };
      g_auto (AthrLog) log = { 0 };
      guint n_values = 0;

      athr_log_init (&log);
      athr_stepper_init (&stepper, 1000, sizes[i]);
      g_signal_connect (stepper.stream, "value", G_CALLBACK (count_flowed), &n_values);
      g_signal_connect (stepper.stream, "finished", G_CALLBACK (athr_log_finished), &log);
      athr_stream_set_flowing (stepper.stream, TRUE);
      athr_log_await (&log, "finished");
      g_assert_cmpuint (n_values, ==, 1000);
    }
}

#define N_STREAMS 1000
#define N_THREADS 4

static void
test_thousand (void)
{
  static AthrStepper steppers[N_STREAMS];
  g_autoptr (AthrExecutor) executor = athr_executor_new ("shared", N_THREADS);
  g_auto (AthrCounter) other = { 0 };

  g_test_summary ("A thousand streams with full buffers share four threads, and occupy none "
                  "of them");

  for (guint i = 0; i < N_STREAMS; i++)
    {
      athr_stepper_init (&steppers[i], 10, i % 4);
      steppers[i].per_step = 1 + i % 3;
      athr_stream_set_executor (steppers[i].stream, executor);
      athr_stream_start (steppers[i].stream);
    }
  for (guint i = 0; i < N_STREAMS; i++)
    athr_test_yield_until (athr_stream_get_n_buffered (steppers[i].stream) >= i % 4);
  athr_test_await_rest (executor);
  athr_counter_init (&other, 1, 1);
  athr_stream_set_executor (other.stream, executor);
  athr_test_expect_value (other.stream, 1);

  for (guint number = 1; number <= 10; number++)
    for (guint i = 0; i < N_STREAMS; i++)
      athr_test_expect_value (steppers[i].stream, number);
  for (guint i = 0; i < N_STREAMS; i++)
    {
      athr_test_expect_end (steppers[i].stream);
      athr_stepper_clear (&steppers[i]);
    }
}

static void
test_threads (void)
{
  g_auto (AthrStepper) stepper = { 0 };
  g_auto (AthrCounter) first = { 0 };
  g_auto (AthrCounter) second = { 0 };
  GThread *began_on;

  g_test_summary ("The steps of a stream may run on different threads");

  athr_stepper_init (&stepper, 20, 1);
  athr_stream_start (stepper.stream);
  athr_stepper_await_parked (&stepper, 1);
  began_on = g_atomic_pointer_get (&stepper.ran_on);

  /* Both threads are occupied. Then the test frees the thread on which no step has run. */
  athr_counter_init (&first, 0, 1);
  athr_counter_init (&second, 0, 1);
  athr_counter_hold (&first, stepper.executor);
  athr_counter_hold (&second, stepper.executor);
  g_assert_true (first.ran_on != second.ran_on);
  g_assert_true (began_on == first.ran_on || began_on == second.ran_on);
  athr_gate_open (first.ran_on == began_on ? &second.hold : &first.hold);
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_value (stepper.stream, 2);
  athr_test_yield_until (athr_stream_get_n_buffered (stepper.stream) == 1);
  g_assert_true (g_atomic_pointer_get (&stepper.ran_on) != began_on);
}

static void
test_exclusive (void)
{
  AthrStepper steppers[3];
  g_autoptr (AthrExecutor) executor = athr_executor_new ("shared", N_THREADS);

  g_test_summary ("Two steps of a stream never run at the same time; each step asserts that");

  for (guint i = 0; i < 3; i++)
    {
      athr_stepper_init (&steppers[i], 2000, 2 * i);
      athr_stream_set_executor (steppers[i].stream, executor);
    }
  for (guint number = 1; number <= 2000; number++)
    for (guint i = 0; i < 3; i++)
      athr_test_expect_next (steppers[i].stream, number);
  for (guint i = 0; i < 3; i++)
    {
      athr_test_expect_end (steppers[i].stream);
      athr_stepper_clear (&steppers[i]);
    }
}

static void
do_nothing (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  g_atomic_int_inc ((int *) user_data);
}

static void
test_fair (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("single", 1);
  AthrStream *endless[2];
  int n_steps[2] = { 0, 0 };

  g_test_summary ("In an executor of one thread, streams without end let other jobs run");

  for (int i = 0; i < 2; i++)
    {
      endless[i] = athr_stream_new_steps (do_nothing, &n_steps[i], NULL);
      athr_stream_set_executor (endless[i], executor);
      athr_stream_start (endless[i]);
    }
  for (int i = 0; i < 20; i++)
    {
      g_auto (AthrCounter) counter = { 0 };
      g_auto (AthrStepper) stepper = { 0 };

      athr_counter_init (&counter, 1, 1);
      athr_stream_set_executor (counter.stream, executor);
      athr_test_expect_value (counter.stream, 1);
      athr_test_expect_end (counter.stream);
      athr_stepper_init (&stepper, 20, 2);
      athr_stream_set_executor (stepper.stream, executor);
      athr_stepper_take_rest (&stepper, 1);
    }
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (g_atomic_int_get (&n_steps[i]), >, 100);
      athr_test_close (endless[i]);
      g_object_unref (endless[i]);
    }
  athr_test_await_rest (executor);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/steps/values", test_values);
  g_test_add_func ("/athr/stream/steps/blocking", test_blocking);
  g_test_add_func ("/athr/stream/steps/error", test_error);
  g_test_add_func ("/athr/stream/steps/end/empty", test_end_empty);
  g_test_add_func ("/athr/stream/steps/end/closes", test_end_closes);
  g_test_add_func ("/athr/stream/steps/parked", test_parked);
  g_test_add_func ("/athr/stream/steps/overshoot", test_overshoot);
  g_test_add_func ("/athr/stream/steps/nothing", test_nothing);
  g_test_add_func ("/athr/stream/steps/lock-step", test_lock_step);
  g_test_add_func ("/athr/stream/steps/flow", test_flow);
  g_test_add_func ("/athr/stream/steps/thousand", test_thousand);
  g_test_add_func ("/athr/stream/steps/threads", test_threads);
  g_test_add_func ("/athr/stream/steps/exclusive", test_exclusive);
  g_test_add_func ("/athr/stream/steps/fair", test_fair);

  return g_test_run ();
}
