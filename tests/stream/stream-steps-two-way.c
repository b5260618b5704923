/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-steps-test.h"

static void
stepper_init_parked (AthrStepper *stepper,
                     guint        buffer_size,
                     gboolean     receives)
{
  athr_stepper_init (stepper, 20, buffer_size);
  stepper->receives = receives;
  athr_stream_start (stepper->stream);
  athr_stepper_await_parked (stepper, buffer_size);
}

static void
test_receive (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A step receives the messages that were sent before its value was asked for");

  stepper_init_parked (&stepper, 3, TRUE);
  athr_test_send (stepper.stream, 50);
  athr_test_send (stepper.stream, 51);
  athr_test_expect_value (stepper.stream, 1);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpstr (stepper.seen->str, ==, "50");
  athr_test_expect_value (stepper.stream, 2);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpstr (stepper.seen->str, ==, "50 51");
  athr_test_expect_value (stepper.stream, 3);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpstr (stepper.seen->str, ==, "50 51");
}

static void
test_receive_first (void)
{
  g_test_summary ("The grants of the opening carry no message; in lock-step there are no "
                  "such grants");

  for (guint size = 0; size < 3; size++)
    {
      g_auto (AthrStepper) stepper = { 0 };

      athr_stepper_init (&stepper, 20, size);
      stepper.receives = TRUE;
      athr_test_send (stepper.stream, 50);
      athr_stream_start (stepper.stream);
      athr_stepper_await_parked (&stepper, size);
      g_assert_cmpstr (stepper.seen->str, ==, "");
      athr_test_expect_value (stepper.stream, 1);
      athr_stepper_await_parked (&stepper, size);
      g_assert_cmpstr (stepper.seen->str, ==, "50");
    }
}

static void
test_receive_several (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A step receives all messages that earlier steps left, one after the other");

  stepper_init_parked (&stepper, 1, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      athr_test_send (stepper.stream, 50 + i);
      athr_test_expect_value (stepper.stream, 1 + i);
      athr_stepper_await_parked (&stepper, 1);
    }
  /* The three steps before received nothing. */
  stepper.receives = TRUE;
  athr_test_send (stepper.stream, 53);
  athr_test_expect_value (stepper.stream, 4);
  athr_stepper_await_parked (&stepper, 1);
  g_assert_cmpstr (stepper.seen->str, ==, "50 51 52 53");
}

static void
test_receive_overshot (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A message is not attached to a grant that a step has already used: it "
                  "waits for the next one");

  athr_stepper_init (&stepper, 20, 1);
  stepper.receives = TRUE;
  stepper.per_step = 3;
  athr_stream_start (stepper.stream);
  athr_stepper_await_parked (&stepper, 3);
  athr_test_send (stepper.stream, 50);
  athr_test_send (stepper.stream, 51);
  athr_test_expect_value (stepper.stream, 1);
  athr_test_expect_value (stepper.stream, 2);
  athr_stepper_await_parked (&stepper, 1);
  athr_test_expect_value (stepper.stream, 3);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpstr (stepper.seen->str, ==, "50");
  for (guint i = 4; i <= 6; i++)
    athr_test_expect_value (stepper.stream, i);
  athr_stepper_await_parked (&stepper, 3);
  g_assert_cmpstr (stepper.seen->str, ==, "50 51");
}

static void
test_throw_received (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A thrown error that a step received fails no yield");

  stepper_init_parked (&stepper, 2, TRUE);
  athr_test_throw (stepper.stream);
  athr_test_expect_value (stepper.stream, 1);
  athr_stepper_await_parked (&stepper, 2);
  g_assert_cmpstr (stepper.seen->str, ==, "boom");
  g_assert_cmpint (stepper.n_refused, ==, 0);
  for (guint i = 2; i <= 5; i++)
    athr_test_expect_value (stepper.stream, i);
}

static void
test_throw_yield (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A thrown error that the step did not receive fails its first yield, and "
                  "no other");

  athr_stepper_init (&stepper, 20, 2);
  stepper.per_step = 2;
  athr_stream_start (stepper.stream);
  athr_stepper_await_parked (&stepper, 2);
  athr_test_throw (stepper.stream);
  athr_test_expect_value (stepper.stream, 1);
  athr_stepper_await_parked (&stepper, 2);
  g_assert_cmpstr (stepper.seen->str, ==, "boom");
  g_assert_cmpint (stepper.n_refused, ==, 1);
  g_assert_cmpint (stepper.n_steps, ==, 2);
  for (guint i = 2; i <= 5; i++)
    athr_test_expect_value (stepper.stream, i);
}

static void
test_throw_answer (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("When the only yield of a step fails with a thrown error, another step "
                  "follows: the grant is still open");

  stepper_init_parked (&stepper, 1, FALSE);
  athr_test_throw (stepper.stream);
  athr_test_expect_value (stepper.stream, 1);
  athr_stepper_await_parked (&stepper, 1);
  g_assert_cmpstr (stepper.seen->str, ==, "boom");
  g_assert_cmpint (stepper.n_steps, ==, 3);
  athr_test_expect_value (stepper.stream, 2);
}

static void
test_throw_ends (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("A thrown error that a step without values did not receive ends the stream");

  stepper_init_parked (&stepper, 2, FALSE);
  stepper.n_empty = G_MAXINT - 1;
  athr_test_throw (stepper.stream);
  for (guint i = 1; i <= 2; i++)
    athr_test_expect_value (stepper.stream, i);
  athr_test_expect_error (stepper.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (stepper.stream);
  g_assert_cmpint (stepper.n_steps, ==, 3);
  g_assert_cmpint (stepper.n_refused, ==, 0);
  g_assert_cmpint (athr_stream_get_state (stepper.stream), ==, ATHR_STREAM_STATE_FAILED);
}

static void
test_throw_first (void)
{
  g_auto (AthrStepper) stepper = { 0 };

  g_test_summary ("In lock-step an error that is thrown before the first next fails the "
                  "first yield");

  athr_stepper_init (&stepper, 20, 0);
  athr_test_throw (stepper.stream);
  athr_test_expect_value (stepper.stream, 1);
  athr_stepper_await_parked (&stepper, 0);
  g_assert_cmpstr (stepper.seen->str, ==, "boom");
  g_assert_cmpint (stepper.n_steps, ==, 2);
}

static void
exchange_in_step (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) sent = G_VALUE_INIT;
  GError **refused = user_data;

  g_value_init (&value, G_TYPE_UINT);
  g_assert_false (athr_yielder_exchange_value (yielder, &value, &sent, refused));
  g_assert_false (G_IS_VALUE (&sent));
  g_value_set_uint (&value, 1);
  g_assert_true (athr_yielder_yield_value (yielder, &value, error));
  athr_yielder_end (yielder);
}

static void
test_exchange (void)
{
  g_test_summary ("An exchange in a step is not supported, and does not put its value");

  for (guint size = 0; size < 2; size++)
    {
      g_autoptr (GError) refused = NULL;
      g_autoptr (AthrStream) stream = athr_stream_new_steps (exchange_in_step, &refused, NULL);

      athr_stream_set_buffer_size (stream, size);
      athr_test_expect_value (stream, 1);
      athr_test_expect_end (stream);
      g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/steps/receive/attached", test_receive);
  g_test_add_func ("/athr/stream/steps/receive/first", test_receive_first);
  g_test_add_func ("/athr/stream/steps/receive/several", test_receive_several);
  g_test_add_func ("/athr/stream/steps/receive/overshot", test_receive_overshot);
  g_test_add_func ("/athr/stream/steps/throw/received", test_throw_received);
  g_test_add_func ("/athr/stream/steps/throw/yield", test_throw_yield);
  g_test_add_func ("/athr/stream/steps/throw/answer", test_throw_answer);
  g_test_add_func ("/athr/stream/steps/throw/ends", test_throw_ends);
  g_test_add_func ("/athr/stream/steps/throw/first", test_throw_first);
  g_test_add_func ("/athr/stream/steps/exchange", test_exchange);

  return g_test_run ();
}
