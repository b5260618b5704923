/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-message-test.h"

static void
test_begin_buffered (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 1, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader;

  g_test_summary ("With a buffer, the channel queues the job once, as the channel opens");

  g_assert_cmpint (owner.n_begun, ==, 1);
  ask (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (owner.n_begun, ==, 1);
  g_assert_false (athr_channel_close (channel));
  channel_close_and_free (channel, &reader, 1);
}

static void
test_begin_lock_step (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader;

  g_test_summary ("In lock-step the first reader has the job queued");

  g_assert_cmpint (owner.n_begun, ==, 0);
  ask (channel, &reader);
  g_assert_cmpint (owner.n_begun, ==, 1);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_begin_in_slice (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader = reader_make (NULL);

  g_test_summary ("In lock-step the first reader has the job queued at once, also inside a "
                  "slice");

  g_assert_false (ask_in_slice (channel, &owner, &reader));
  g_assert_cmpint (owner.n_begun, ==, 1);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_begin_revoked (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader;

  g_test_summary ("A job whose grant was revoked does nothing, and the next reader has it "
                  "queued again");

  ask (channel, &reader);
  cancel (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_PARK);
  g_assert_cmpint (owner.n_begun, ==, 1);
  ask (channel, &reader);
  g_assert_cmpint (owner.n_begun, ==, 2);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_begin_closed (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader;

  g_test_summary ("close() returns TRUE when the job is not under way; a queued job learns "
                  "of the close as it begins");

  g_assert_true (athr_channel_close (channel));
  g_assert_false (athr_channel_close (channel));
  channel_free (channel);

  channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  ask (channel, &reader);
  g_assert_false (athr_channel_close (channel));
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_OVER);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_lock_step_put (void)
{
  AthrChannel *channel = channel_new_open (0);
  Reader reader;
  Putter putter;

  g_test_summary ("In lock-step a put returns when the next reader asks");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 0);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 0);
  for (int i = 0; i < 5; i++)
    {
      ask (channel, &reader);
      athr_test_yield_until (g_atomic_int_get (&reader.n_notified) == 1);
      putter_await_blocked (&putter, i);
      g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 1);
      g_assert_cmpint (answer (channel, &reader), ==, i);
      putter_await_blocked (&putter, i);
      g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 0);
    }
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_lock_step_ahead (void)
{
  AthrChannel *channel = channel_new_open (0);
  Reader readers[4];
  Putter putter;

  g_test_summary ("In lock-step the producer puts as many values as readers asked for");

  for (int i = 0; i < 4; i++)
    ask (channel, &readers[i]);
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 3);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (answer (channel, &readers[i]), ==, i);
  putter_await_blocked (&putter, 3);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_lock_step_cancel (void)
{
  AthrChannel *channel = channel_new_open (0);
  Reader readers[3];
  Putter putter;

  g_test_summary ("In lock-step the next reader gets the value of a cancelled reader, and "
                  "issues no grant");

  ask (channel, &readers[0]);
  putter_start (&putter, channel, 0);
  athr_test_yield_until (g_atomic_int_get (&readers[0].n_notified) == 1);
  putter_await_blocked (&putter, 0);
  cancel (channel, &readers[0]);
  for (int i = 0; i < 2; i++)
    {
      ask (channel, &readers[1]);
      g_assert_cmpint (readers[1].n_notified, ==, 1);
      putter_await_blocked (&putter, 0);
      if (i == 0)
        cancel (channel, &readers[1]);
    }
  g_assert_cmpint (answer (channel, &readers[1]), ==, 0);
  putter_await_blocked (&putter, 0);
  ask (channel, &readers[2]);
  putter_await_blocked (&putter, 1);
  g_assert_cmpint (answer (channel, &readers[2]), ==, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_exchange_room (void)
{
  AthrChannel *channel = channel_new_open (3);

  g_test_summary ("An exchange waits for the grant after its value; with room in the buffer "
                  "that grant is there");

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (exchange (channel, 0), ==, NOTHING);
  g_assert_cmpint (exchange (channel, 1), ==, NOTHING);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (exchange (channel, 2), ==, NOTHING);
  for (int i = 1; i < 3; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_free (channel);
}

static gpointer
exchange_once (gpointer data)
{
  AthrChannel *channel = data;

  return GINT_TO_POINTER (exchange (channel, 7));
}

static void
test_exchange_waits (void)
{
  AthrChannel *channel = channel_new_open (1);
  GThread *thread;
  Reader reader;
  Putter putter;

  g_test_summary ("The next grant goes to a thread that exchanges before threads that wait "
                  "to put");

  ask (channel, &reader);
  cancel (channel, &reader);
  thread = g_thread_new ("exchanges", exchange_once, channel);
  athr_test_yield_until (athr_channel_get_n_buffered (channel) == 1);
  putter_start (&putter, channel, 100);
  putter_await_blocked (&putter, 0);
  send_number (channel, 5);
  g_assert_cmpint (take (channel), ==, 7);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, 5);
  putter_await_blocked (&putter, 1);
  g_assert_cmpint (take (channel), ==, 100);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_batch (void)
{
  AthrChannel *channel = channel_new_open (4);
  g_autoptr (GArray) values = NULL;
  Reader reader;
  Putter putter;
  GError *error = NULL;

  g_test_summary ("A batch issues one grant as it asks, and one for each further value that "
                  "it takes");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 4);
  ask (channel, &reader);
  putter_await_blocked (&putter, 5);
  g_assert_cmpint (athr_channel_answer_batch (channel, &reader.waiter, 3, FALSE, &values, &error),
                   ==, ATHR_CHANNEL_VALUE);
  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 3);
  putter_await_blocked (&putter, 7);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_try_take (void)
{
  AthrChannel *channel = channel_new_open (2);
  g_auto (GValue) value = G_VALUE_INIT;
  Reader reader;
  Putter putter;

  g_test_summary ("try_take() issues a grant for the value that it takes, and none when "
                  "there is no value");

  g_assert_false (athr_channel_try_take (channel, FALSE, &value));
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  g_assert_true (athr_channel_try_take (channel, FALSE, &value));
  g_assert_cmpint (g_value_get_int (&value), ==, 0);
  putter_await_blocked (&putter, 3);
  ask (channel, &reader);
  putter_await_blocked (&putter, 4);
  g_assert_cmpint (answer (channel, &reader), ==, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_flow (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader flow = reader_make (NULL);
  Putter putter;

  g_test_summary ("The flow asks as it starts, and again when it comes for the next value");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (flow_next (channel), ==, i);
      putter_await_blocked (&putter, 3 + i);
    }
  athr_channel_flow_stop (channel);
  putter_await_blocked (&putter, 5);
  g_assert_cmpint (take (channel), ==, 3);
  putter_await_blocked (&putter, 6);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_flow_stop (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader flow = reader_make (NULL);
  Putter putter;

  g_test_summary ("A flow that stops while it waits revokes its grant; if that was used, the "
                  "next request issues none");

  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  athr_channel_flow_stop (channel);
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  putter_await_blocked (&putter, 3);
  athr_channel_flow_stop (channel);
  g_assert_cmpint (take (channel), ==, 0);
  putter_await_blocked (&putter, 3);
  g_assert_cmpint (take (channel), ==, 1);
  putter_await_blocked (&putter, 4);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_lock_step (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_BLOCK, FALSE);
  Putter putter;

  g_test_summary ("In lock-step a producer is woken at once, also inside a slice");

  putter_start (&putter, channel, 0);
  for (int i = 0; i < 5; i++)
    {
      Reader reader = reader_make (NULL);

      putter_await_blocked (&putter, MAX (0, i - 1));
      g_assert_false (ask_in_slice (channel, &owner, &reader));
      athr_test_yield_until (g_atomic_int_get (&reader.n_notified) == 1);
      g_assert_cmpint (answer (channel, &reader), ==, i);
    }
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_finish (void)
{
  g_test_summary ("After finish() the puts of other threads that wait fail");

  for (guint size = 0; size < 2; size++)
    {
      AthrChannel *channel = channel_new_open (size);
      Reader reader;
      Putter putter;

      ask (channel, &reader);
      putter_start (&putter, channel, 0);
      athr_test_yield_until (athr_channel_get_n_buffered (channel) == size + 1);
      putter_await_blocked (&putter, 2 * size);
      athr_channel_finish (channel);
      putter_await_refused (&putter, 2 * size);
      g_assert_cmpint (answer (channel, &reader), ==, 0);
      putter_stop (&putter);
      channel_free (channel);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/begin/buffered", test_begin_buffered);
  g_test_add_func ("/athr/channel/begin/lock-step", test_begin_lock_step);
  g_test_add_func ("/athr/channel/begin/in-slice", test_begin_in_slice);
  g_test_add_func ("/athr/channel/begin/revoked", test_begin_revoked);
  g_test_add_func ("/athr/channel/begin/closed", test_begin_closed);
  g_test_add_func ("/athr/channel/lock-step/put", test_lock_step_put);
  g_test_add_func ("/athr/channel/lock-step/ahead", test_lock_step_ahead);
  g_test_add_func ("/athr/channel/lock-step/cancel", test_lock_step_cancel);
  g_test_add_func ("/athr/channel/lock-step/wake", test_wake_lock_step);
  g_test_add_func ("/athr/channel/exchange/room", test_exchange_room);
  g_test_add_func ("/athr/channel/exchange/waits", test_exchange_waits);
  g_test_add_func ("/athr/channel/finish", test_finish);
  g_test_add_func ("/athr/channel/grants/batch", test_batch);
  g_test_add_func ("/athr/channel/grants/try-take", test_try_take);
  g_test_add_func ("/athr/channel/flow/grants", test_flow);
  g_test_add_func ("/athr/channel/flow/stop", test_flow_stop);

  return g_test_run ();
}
