/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-message-test.h"

static void
test_park (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 3);
  int number = 0;

  g_test_summary ("Steps run until the buffer is full, and once more each time a reader asks");

  g_assert_cmpint (owner.n_begun, ==, 1);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
  for (int i = 0; i < 4; i++)
    {
      /* At the end of a slice no step begins without room. */
      athr_channel_wake (channel);
      g_assert_cmpint (owner.n_begun, ==, 1 + i);
      g_assert_cmpint (take (channel), ==, i);
      g_assert_cmpint (owner.n_begun, ==, 2 + i);
      g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
    }
  channel_close_and_free (channel, NULL, 0);
}

static void
test_nothing (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 1);
  int number = 0;

  g_test_summary ("A step that puts no value is followed by another step");

  for (int i = 0; i < 5; i++)
    g_assert_cmpint (run_step (channel, &number, 0), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_overshoot (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 2);
  int number = 0;

  g_test_summary ("A step may put more values than there is room for; the next step begins "
                  "after as many requests");

  g_assert_cmpint (run_step (channel, &number, 5), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 5);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (take (channel), ==, i);
  g_assert_cmpint (owner.n_begun, ==, 1);
  g_assert_cmpint (take (channel), ==, 3);
  g_assert_cmpint (owner.n_begun, ==, 2);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_unbounded (void)
{
  AthrChannel *channel = channel_new_steps (NULL, G_MAXUINT);
  int number = 0;

  for (int i = 0; i < 1000; i++)
    g_assert_cmpint (run_step (channel, &number, i % 4), ==, ATHR_CHANNEL_RUN);
  for (int i = 0; i < 1500; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_lock_step (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 0);
  Reader reader;
  int number = 0;

  g_test_summary ("In lock-step each reader has one step run");

  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (owner.n_begun, ==, i);
      ask (channel, &reader);
      g_assert_cmpint (owner.n_begun, ==, i + 1);
      g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
      g_assert_cmpint (answer (channel, &reader), ==, i);
    }
  channel_close_and_free (channel, NULL, 0);
}

static void
test_wake (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 8);
  Reader readers[4];
  int number = 0;

  g_test_summary ("Inside a slice steps begin again when half of the buffer is free, or at "
                  "the end of the slice");

  for (int round = 0; round < 2; round++)
    {
      while (run_step (channel, &number, 1) == ATHR_CHANNEL_RUN)
        ;
      for (int i = 0; i < 4; i++)
        {
          readers[i] = reader_make (NULL);
          if (round == 1 && i == 3)
            break;
          g_assert_cmpint (ask_in_slice (channel, &owner, &readers[i]), ==, i == 0);
          g_assert_cmpint (owner.n_begun, ==, round + 1 + (i == 3));
        }
      athr_channel_wake (channel);
      g_assert_cmpint (owner.n_begun, ==, round + 2);
      for (int i = 0; i < 4 - round; i++)
        g_assert_cmpint (answer (channel, &readers[i]), ==, round * 4 + i);
    }
  channel_close_and_free (channel, NULL, 0);
}

static void
test_cancel_queued (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 0);
  Reader reader;
  int number = 0;

  g_test_summary ("A step whose grant was revoked does not run");

  ask (channel, &reader);
  cancel (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_PARK);
  ask (channel, &reader);
  g_assert_cmpint (owner.n_begun, ==, 2);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpint (answer (channel, &reader), ==, 0);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_cancel_running (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 0);
  Reader reader;

  g_test_summary ("A grant cannot be revoked while a step runs with it: the next request "
                  "issues none");

  ask (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  cancel (channel, &reader);
  put_at_once (channel, 0);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (owner.n_begun, ==, 1);
  ask (channel, &reader);
  g_assert_cmpint (owner.n_begun, ==, 2);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_cancel_message (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 0);
  Reader reader;

  g_test_summary ("The message of the grant with which a step runs stays when the reader is "
                  "cancelled");

  send_number (channel, 10);
  ask (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  cancel (channel, &reader);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (receive (channel), ==, 10);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_cancel_used (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 0);
  Reader readers[2];
  int number = 0;

  g_test_summary ("The message of a grant that a step has used stays when the reader is "
                  "cancelled");

  for (int i = 0; i < 2; i++)
    {
      send_number (channel, 10 + i);
      ask (channel, &readers[i]);
    }
  g_assert_cmpint (run_step (channel, &number, 2), ==, ATHR_CHANNEL_PARK);
  cancel (channel, &readers[1]);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, 11);
  channel_close_and_free (channel, readers, 1);
}

static void
test_over (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 4);
  int number = 0;

  g_test_summary ("finish(), or a close, makes the running step the last one");

  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  put_at_once (channel, number);
  athr_channel_finish (channel);
  g_assert_cmpint (put_number (channel, 9), ==, CLOSED);
  g_assert_cmpint (receive (channel), ==, CLOSED);
  g_assert_false (athr_channel_is_open (channel));
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_OVER);
  channel_close_and_free (channel, NULL, 0);

  channel = channel_new_steps (NULL, 4);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_false (athr_channel_close (channel));
  g_assert_cmpint (put_number (channel, 9), ==, CLOSED);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_OVER);
  channel_free (channel);
}

static void
test_close (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 1);
  int number = 0;

  g_test_summary ("close() returns TRUE for parked steps; a queued step learns of the close "
                  "as it begins");

  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
  g_assert_true (athr_channel_close (channel));
  channel_free (channel);

  channel = channel_new_steps (NULL, 1);
  g_assert_false (athr_channel_close (channel));
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_OVER);
  channel_free (channel);
}

static void
test_receive (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 1);
  int number = 0;

  g_test_summary ("A step receives in order the messages of grants up to the one it needs "
                  "next, and no later ones");

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  send_number (channel, 10);
  send_number (channel, 11);
  send_number (channel, 12);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, number++);
  g_assert_cmpint (take (channel), ==, 0);
  put_at_once (channel, number++);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, 11);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, number++);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpint (receive (channel), ==, 12);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_receive_next (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 2);

  g_test_summary ("A step receives a message when it needs the grant of that message for its "
                  "next value");

  send_number (channel, 10);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  put_at_once (channel, 0);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, 1);
  g_assert_cmpint (receive (channel), ==, 10);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_receive_overshot (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_steps (&owner, 1);
  int number = 0;

  g_test_summary ("A message is not attached to a grant that a step has already used: it "
                  "waits for the next one");

  g_assert_cmpint (run_step (channel, &number, 3), ==, ATHR_CHANNEL_PARK);
  send_number (channel, 10);
  send_number (channel, 11);
  for (int i = 0; i < 2; i++)
    g_assert_cmpint (take (channel), ==, i);
  g_assert_cmpint (owner.n_begun, ==, 1);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, number++);
  g_assert_cmpint (take (channel), ==, 3);
  g_assert_cmpint (receive (channel), ==, 11);
  channel_close_and_free (channel, NULL, 0);
}

/* A channel whose next step can receive 10, and then the thrown error. */
static AthrChannel *
throw_into_steps (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 2);
  int number = 0;

  g_assert_cmpint (run_step (channel, &number, 2), ==, ATHR_CHANNEL_PARK);
  send_number (channel, 10);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (run_step (channel, &number, 1), ==, ATHR_CHANNEL_PARK);
  throw_boom (channel);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);

  return channel;
}

static void
test_throw_yield (void)
{
  AthrChannel *channel = throw_into_steps ();

  g_test_summary ("A thrown error fails the first put of a step, and no later one");

  g_assert_cmpint (put_number (channel, 3), ==, FAILED);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 1);
  g_assert_cmpint (put_number (channel, 4), ==, NOTHING);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpint (take (channel), ==, 4);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_throw_received (void)
{
  AthrChannel *channel = throw_into_steps ();

  g_test_summary ("A thrown error that the step received in its turn fails no put");

  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, FAILED);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  g_assert_cmpint (put_number (channel, 3), ==, NOTHING);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_PARK);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_throw_ends (void)
{
  AthrChannel *channel = throw_into_steps ();

  g_test_summary ("A thrown error that a step without values did not receive ends the stream");

  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_OVER);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpint (take (channel), ==, FAILED);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_throw_later (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 1);

  g_test_summary ("An error that is thrown after the first put of a step fails the first put "
                  "of the next step");

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  put_at_once (channel, 0);
  throw_boom (channel);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (put_number (channel, 1), ==, NOTHING);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (put_number (channel, 2), ==, FAILED);
  g_assert_cmpint (put_number (channel, 3), ==, NOTHING);
  channel_close_and_free (channel, NULL, 0);
}

static void
test_throw_between (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 4);
  int number = 0;

  g_test_summary ("Errors that are thrown between sent values fail the steps in order, and the "
                  "values stay");

  for (int i = 0; i < 2; i++)
    {
      send_number (channel, 10 + i);
      throw_boom (channel);
    }
  run_step (channel, &number, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (take (channel), ==, i);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
      for (; put_number (channel, number) != FAILED; number++)
        athr_channel_begin (channel);
    }
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, 11);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/steps/park", test_park);
  g_test_add_func ("/athr/channel/steps/nothing", test_nothing);
  g_test_add_func ("/athr/channel/steps/overshoot", test_overshoot);
  g_test_add_func ("/athr/channel/steps/unbounded", test_unbounded);
  g_test_add_func ("/athr/channel/steps/lock-step", test_lock_step);
  g_test_add_func ("/athr/channel/steps/wake", test_wake);
  g_test_add_func ("/athr/channel/steps/cancel/queued", test_cancel_queued);
  g_test_add_func ("/athr/channel/steps/cancel/running", test_cancel_running);
  g_test_add_func ("/athr/channel/steps/cancel/message", test_cancel_message);
  g_test_add_func ("/athr/channel/steps/cancel/used", test_cancel_used);
  g_test_add_func ("/athr/channel/steps/over", test_over);
  g_test_add_func ("/athr/channel/steps/close", test_close);
  g_test_add_func ("/athr/channel/steps/receive/order", test_receive);
  g_test_add_func ("/athr/channel/steps/receive/next", test_receive_next);
  g_test_add_func ("/athr/channel/steps/receive/overshot", test_receive_overshot);
  g_test_add_func ("/athr/channel/steps/throw/yield", test_throw_yield);
  g_test_add_func ("/athr/channel/steps/throw/received", test_throw_received);
  g_test_add_func ("/athr/channel/steps/throw/ends", test_throw_ends);
  g_test_add_func ("/athr/channel/steps/throw/later", test_throw_later);
  g_test_add_func ("/athr/channel/steps/throw/between", test_throw_between);

  return g_test_run ();
}
