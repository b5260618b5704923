/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-message-test.h"

/* Quick puts and takes: what they do, and what ends them. */

static gboolean
put_quickly (AthrChannel *channel,
             int          number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);

  return athr_channel_put_quickly (channel, &value);
}

static gboolean
take_quickly (AthrChannel *channel,
              int          number)
{
  GValue value = G_VALUE_INIT;
  int n_before = 0;

  if (!athr_channel_flow_quickly (channel, &n_before, &value))
    return FALSE;

  g_assert_cmpint (g_value_get_int (&value), ==, number);

  return TRUE;
}

/* A channel with room for @size values and two values in it, where a value may be put quickly. */
static AthrChannel *
channel_new_quick (guint size)
{
  AthrChannel *channel = channel_new_open (size);

  put_at_once (channel, 0);
  g_assert_true (put_quickly (channel, 1));

  return channel;
}

static void
test_puts (void)
{
  AthrChannel *channel = channel_new_open (4);

  g_test_summary ("As many values are put quickly as there are grants, and they count as buffered");

  g_assert_false (put_quickly (channel, 0));
  put_at_once (channel, 0);
  for (int i = 1; i < 4; i++)
    g_assert_true (put_quickly (channel, i));
  g_assert_false (put_quickly (channel, 4));
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_free (channel);
}

static void
test_puts_many (void)
{
  AthrChannel *channel = channel_new_open (G_MAXUINT);

  g_test_summary ("Values that were put quickly come in order, however many there are");

  for (int i = 0; i < 10000; i++)
    if (!put_quickly (channel, i))
      put_at_once (channel, i);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 10000);
  for (int i = 0; i < 10000; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_free (channel);
}

static void
test_puts_reader (void)
{
  AthrChannel *channel = channel_new_quick (4);
  Reader reader = reader_make (NULL);

  g_test_summary ("A reader that waits is notified of the next value: it is not put quickly");

  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (take (channel), ==, 1);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  g_assert_false (put_quickly (channel, 2));
  put_at_once (channel, 2);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, 2);
  channel_free (channel);
}

static void
test_puts_revoked (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader reader = reader_make (NULL);

  g_test_summary ("No value is put quickly with a grant that was revoked");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  put_at_once (channel, 0);
  g_assert_true (put_quickly (channel, 1));
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_false (put_quickly (channel, 2));
  channel_free (channel);
}

static void
test_puts_closed (void)
{
  AthrChannel *channel = channel_new_quick (4);
  g_autoptr (GError) error = NULL;

  athr_channel_close (channel);
  g_assert_false (put_quickly (channel, 2));
  g_assert_false (put (channel, 2, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  channel_free (channel);

  channel = channel_new_quick (4);
  athr_channel_finish (channel);
  g_assert_false (put_quickly (channel, 2));
  channel_free (channel);
}

static void
test_puts_thrown (void)
{
  AthrChannel *channel = channel_new_quick (4);

  g_test_summary ("A put that has a grant with a thrown error fails, and is not quick");

  throw_boom (channel);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (put_number (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_number (channel, 3), ==, NOTHING);
  g_assert_cmpint (put_number (channel, 4), ==, FAILED);
  /* The function may not have looked at the error. */
  g_assert_false (put_quickly (channel, 4));
  put_at_once (channel, 4);
  channel_free (channel);
}

static void
test_puts_stolen (void)
{
  AthrChannel *channel = channel_new_quick (4);
  GQueue messages = G_QUEUE_INIT;
  g_autoptr (GArray) values = NULL;
  GError *error = NULL;

  values = athr_channel_steal (channel, &messages, &error);
  g_assert_cmpuint (values->len, ==, 2);
  g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, 1)), ==, 1);
  channel_free (channel);
}

static void
test_puts_step (void)
{
  AthrChannel *channel = channel_new_owned (NULL, 4, ATHR_OVERFLOW_BLOCK, TRUE);

  g_test_summary ("The first value of a step looks for a thrown error, and is not quick");

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  put_at_once (channel, 0);
  g_assert_true (put_quickly (channel, 1));
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_false (put_quickly (channel, 2));
  channel_free (channel);
}

static void
test_puts_overflow (void)
{
  AthrChannel *channel = channel_new_owned (NULL, 3, ATHR_OVERFLOW_DROP_OLDEST, FALSE);

  g_test_summary ("A value that overflows the buffer is not put quickly");

  put_at_once (channel, 0);
  g_assert_true (put_quickly (channel, 1));
  g_assert_true (put_quickly (channel, 2));
  g_assert_false (put_quickly (channel, 3));
  put_at_once (channel, 3);
  g_assert_cmpuint (athr_channel_get_n_dropped (channel), ==, 1);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 3);
  g_assert_cmpint (take (channel), ==, 1);
  channel_free (channel);
}

/* A channel whose flow has taken the value 0 of 4, where a value may be taken quickly. */
static AthrChannel *
channel_new_flowing (Reader *flow)
{
  AthrChannel *channel = channel_new_open (8);

  *flow = reader_make (NULL);
  for (int i = 0; i < 4; i++)
    put_at_once (channel, i);
  athr_channel_flow_start (channel, &flow->waiter, FALSE);
  g_assert_false (take_quickly (channel, 0));
  g_assert_cmpint (flow_next (channel), ==, 0);

  return channel;
}

static void
test_takes (void)
{
  Reader flow;
  AthrChannel *channel = channel_new_flowing (&flow);
  int n_notified = flow.n_notified;

  g_test_summary ("The flow takes quickly what is there, and is notified of what comes later");

  for (int i = 1; i < 4; i++)
    g_assert_true (take_quickly (channel, i));
  g_assert_false (take_quickly (channel, 4));
  g_assert_cmpint (flow_next (channel), ==, NOTHING);
  put_at_once (channel, 4);
  g_assert_cmpint (flow.n_notified, ==, n_notified + 1);
  g_assert_cmpint (flow_next (channel), ==, 4);
  channel_free (channel);
}

static void
test_takes_reader (void)
{
  Reader flow;
  AthrChannel *channel = channel_new_flowing (&flow);
  Reader reader = reader_make (NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("Readers come before the flow, and take what the flow left");

  g_assert_true (take_quickly (channel, 1));
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 2);
  athr_channel_add_reader (channel, &reader.waiter, TRUE);
  g_assert_false (take_quickly (channel, 2));
  g_assert_cmpint (flow_next (channel), ==, NOTHING);
  g_assert_cmpint (answer (channel, &reader), ==, 2);
  g_assert_true (athr_channel_try_take (channel, TRUE, &value));
  g_assert_cmpint (g_value_get_int (&value), ==, 3);
  channel_free (channel);
}

static void
test_takes_stopped (void)
{
  Reader flow;
  AthrChannel *channel = channel_new_flowing (&flow);

  athr_channel_flow_stop (channel);
  g_assert_false (take_quickly (channel, 1));
  g_assert_cmpint (take (channel), ==, 1);
  channel_free (channel);
}

static void
test_takes_send (void)
{
  Reader flow;
  AthrChannel *channel = channel_new_flowing (&flow);

  g_test_summary ("A message that was sent travels with the grant of the next value that flows");

  g_assert_true (take_quickly (channel, 1));
  send_number (channel, 10);
  g_assert_false (take_quickly (channel, 2));
  g_assert_cmpint (flow_next (channel), ==, 2);
  /* 8 grants at first, and one each for the values 0, 1 and 2: the last one has the message. */
  for (int i = 4; i < 11; i++)
    {
      g_assert_cmpint (receive (channel), ==, NOTHING);
      put_at_once (channel, i);
    }
  g_assert_cmpint (receive (channel), ==, 10);
  channel_free (channel);
}

static void
test_takes_wake (void)
{
  Owner owner = { 0 };
  AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader flow = reader_make (NULL);
  Putter putter;

  g_test_summary ("Values that are taken quickly wake the producer when half the buffer is free, and "
                  "at the end of the slice");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 8);
  athr_channel_flow_start (channel, &flow.waiter, TRUE);
  g_assert_cmpint (owner.n_wake_at_slice_end, ==, 1);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (flow_next (channel), ==, i);
  g_assert_cmpint (g_atomic_int_get (&putter.n_put), ==, 8);
  /* The flow asks for one value more than it has taken. */
  g_assert_cmpint (flow_next (channel), ==, 3);
  putter_await_blocked (&putter, 12);
  athr_channel_wake (channel);

  for (int i = 4; i < 6; i++)
    g_assert_cmpint (flow_next (channel), ==, i);
  g_assert_cmpint (owner.n_wake_at_slice_end, ==, 2);
  athr_channel_wake (channel);
  putter_await_blocked (&putter, 14);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_takes_before (void)
{
  AthrChannel *channel = channel_new_quick (8);
  Reader flow = reader_make (NULL);
  GValue value = G_VALUE_INIT;
  int n_before = 1;

  g_test_summary ("While something comes before the next value, the flow takes nothing, and is not notified "
                  "once more");

  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  for (int i = 0; i < 2; i++)
    {
      g_assert_false (athr_channel_flow_quickly (channel, &n_before, &value));
      g_assert_cmpint (athr_channel_flow (channel, TRUE, &n_before, &value), ==, ATHR_CHANNEL_NOTHING);
      g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 2 - i);
      g_assert_cmpint (flow.n_notified, ==, 1);
      n_before = 0;
      g_assert_cmpint (flow_next (channel), ==, i);
      n_before = 1;
    }
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_flow (channel, TRUE, &n_before, &value), ==, ATHR_CHANNEL_NOTHING);
  g_assert_cmpint (flow_next (channel), ==, END);
  athr_channel_flow_stop (channel);
  channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/quick/puts", test_puts);
  g_test_add_func ("/athr/channel/quick/puts/many", test_puts_many);
  g_test_add_func ("/athr/channel/quick/puts/reader", test_puts_reader);
  g_test_add_func ("/athr/channel/quick/puts/revoked", test_puts_revoked);
  g_test_add_func ("/athr/channel/quick/puts/closed", test_puts_closed);
  g_test_add_func ("/athr/channel/quick/puts/thrown", test_puts_thrown);
  g_test_add_func ("/athr/channel/quick/puts/stolen", test_puts_stolen);
  g_test_add_func ("/athr/channel/quick/puts/step", test_puts_step);
  g_test_add_func ("/athr/channel/quick/puts/overflow", test_puts_overflow);
  g_test_add_func ("/athr/channel/quick/takes", test_takes);
  g_test_add_func ("/athr/channel/quick/takes/reader", test_takes_reader);
  g_test_add_func ("/athr/channel/quick/takes/stopped", test_takes_stopped);
  g_test_add_func ("/athr/channel/quick/takes/send", test_takes_send);
  g_test_add_func ("/athr/channel/quick/takes/wake", test_takes_wake);
  g_test_add_func ("/athr/channel/quick/takes/before", test_takes_before);

  return g_test_run ();
}
