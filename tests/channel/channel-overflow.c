/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-test.h"

#include "channel/athr-channel-state-private.h"

/* Channels with an overflow policy other than BLOCK: their producers never wait. */

static AthrChannel *
channel_new_over (guint        size,
                  AthrOverflow overflow)
{
  return channel_new_owned (NULL, size, overflow, FALSE);
}

/* Puts @number. Returns the number that was dropped, or NOTHING or FAILED. */
static int
put_over (AthrChannel *channel,
          int          number)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  if (athr_channel_put_quickly (channel, &value))
    return NOTHING;
  if (!athr_channel_put (channel, &value, &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
      /* The caller keeps the value. */
      g_assert_cmpint (g_value_get_int (&value), ==, number);
      return FAILED;
    }

  g_assert_no_error (error);

  return G_IS_VALUE (&value) ? g_value_get_int (&value) : NOTHING;
}

/* Adds @reader, and does not answer it. */
static void
ask (AthrChannel *channel,
     Reader      *reader)
{
  *reader = reader_make (NULL);
  athr_channel_add_reader (channel, &reader->waiter, FALSE);
}

static int
take_no_space (AthrChannel *channel)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  Reader reader;

  ask (channel, &reader);
  if (athr_channel_answer (channel, &reader.waiter, FALSE, &value, &error) != ATHR_CHANNEL_ERROR)
    return NOTHING;

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);

  return FAILED;
}

static void
test_oldest (void)
{
  AthrChannel *channel = channel_new_over (2, ATHR_OVERFLOW_DROP_OLDEST);

  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 3), ==, 1);
  g_assert_cmpint (put_over (channel, 4), ==, 2);
  g_assert_cmpuint (athr_channel_get_n_dropped (channel), ==, 2);
  g_assert_cmpint (take (channel), ==, 3);
  g_assert_cmpint (put_over (channel, 5), ==, NOTHING);
  g_assert_cmpint (take (channel), ==, 4);
  g_assert_cmpint (take (channel), ==, 5);
  channel_free (channel);
}

static void
test_oldest_asked (void)
{
  AthrChannel *channel = channel_new_over (1, ATHR_OVERFLOW_DROP_OLDEST);
  Reader first, second;

  g_test_summary ("With DROP_OLDEST there is room for the buffer size or for one value per "
                  "reader, whichever is more");

  ask (channel, &first);
  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, 1);
  ask (channel, &second);
  g_assert_cmpint (put_over (channel, 3), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 4), ==, 2);
  g_assert_cmpint (answer (channel, &first), ==, 3);
  /* The first reader has its value and no longer counts. */
  g_assert_cmpint (put_over (channel, 5), ==, 4);
  g_assert_cmpint (answer (channel, &second), ==, 5);
  channel_free (channel);
}

static void
test_newest_asked (void)
{
  AthrChannel *channel = channel_new_over (1, ATHR_OVERFLOW_DROP_NEWEST);
  Reader first, second;

  g_test_summary ("With DROP_NEWEST there is room for the buffer size plus one value per "
                  "waiting reader");

  ask (channel, &first);
  ask (channel, &second);
  athr_channel_cancel (channel, &first.waiter);
  g_assert_cmpint (answer (channel, &first), ==, CANCELLED);
  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 3), ==, 3);
  g_assert_cmpint (answer (channel, &second), ==, 1);
  g_assert_cmpint (put_over (channel, 4), ==, 4);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpuint (athr_channel_get_n_dropped (channel), ==, 2);
  channel_free (channel);
}

static void
test_lock_step (void)
{
  AthrChannel *channel = channel_new_over (0, ATHR_OVERFLOW_DROP_OLDEST);
  Reader reader;

  g_test_summary ("With a buffer of 0 and no reader, the newest value is dropped as well");

  g_assert_cmpint (put_over (channel, 1), ==, 1);
  ask (channel, &reader);
  g_assert_cmpint (put_over (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 3), ==, 2);
  g_assert_cmpint (answer (channel, &reader), ==, 3);
  g_assert_cmpint (put_over (channel, 4), ==, 4);
  channel_free (channel);
}

static void
test_flow (void)
{
  AthrChannel *channel = channel_new_over (1, ATHR_OVERFLOW_DROP_NEWEST);
  Reader flow = reader_make (NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  int n_before = 0;

  g_test_summary ("The flow counts as a reader while it asks, and not while its handler has "
                  "a value");

  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 3), ==, 3);
  g_assert_cmpint (athr_channel_flow (channel, FALSE, &n_before, &value), ==, ATHR_CHANNEL_VALUE);
  g_assert_cmpint (g_value_get_int (&value), ==, 1);
  g_assert_cmpint (put_over (channel, 4), ==, 4);
  athr_channel_flow_stop (channel);
  g_assert_cmpint (put_over (channel, 5), ==, 5);
  athr_channel_flow_start (channel, &flow.waiter, FALSE);
  g_assert_cmpint (put_over (channel, 6), ==, NOTHING);
  athr_channel_flow_stop (channel);
  channel_free (channel);
}

static void
test_fail (void)
{
  AthrChannel *channel = channel_new_over (2, ATHR_OVERFLOW_FAIL);

  g_test_summary ("After an overflow every put fails, and the error stays NO_SPACE");

  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 3), ==, FAILED);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILING);
  g_assert_false (athr_channel_is_open (channel));
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (put_over (channel, 4), ==, FAILED);
  g_assert_cmpint (take (channel), ==, 2);
  g_assert_cmpint (take_no_space (channel), ==, FAILED);
  g_assert_false (athr_channel_is_done (channel));
  g_assert_cmpint (take (channel), ==, END);
  g_assert_cmpuint (athr_channel_get_n_dropped (channel), ==, 0);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_fail_asked (void)
{
  AthrChannel *channel = channel_new_over (0, ATHR_OVERFLOW_FAIL);
  Reader reader;

  g_test_summary ("A waiting reader gets its value before the next reader gets the error of "
                  "the overflow");

  ask (channel, &reader);
  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  g_assert_cmpint (put_over (channel, 2), ==, FAILED);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, 1);
  g_assert_cmpint (take_no_space (channel), ==, FAILED);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  channel_free (channel);
}

static void
test_fail_closed (void)
{
  AthrChannel *channel = channel_new_over (0, ATHR_OVERFLOW_FAIL);
  Reader close_waiter = reader_make (NULL);

  g_test_summary ("After an overflow a close waiter waits for the end, and gets no error");

  g_assert_cmpint (put_over (channel, 1), ==, FAILED);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  g_assert_false (athr_channel_close (channel));
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILING);
  g_assert_cmpint (close_waiter.n_notified, ==, 0);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, END);
  channel_free (channel);
}

static void
test_fail_unused (void)
{
  AthrChannel *channel = channel_new_over (2, ATHR_OVERFLOW_FAIL);

  g_test_summary ("A channel with FAIL that never overflows ends like any other");

  g_assert_cmpint (put_over (channel, 1), ==, NOTHING);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, FAILED);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_dropped_saturates (void)
{
  AthrChannel *channel = channel_new_over (0, ATHR_OVERFLOW_DROP_NEWEST);

  channel->n_dropped = G_MAXUINT - 1;
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (put_over (channel, i), ==, i);
      g_assert_cmpuint (athr_channel_get_n_dropped (channel), ==, G_MAXUINT);
    }
  channel_free (channel);
}

static void
test_exchange (void)
{
  AthrChannel *channel = channel_new_over (4, ATHR_OVERFLOW_DROP_OLDEST);
  AthrMessage *message = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_value_init (&value, G_TYPE_INT);
  g_assert_false (athr_channel_exchange (channel, &value, &message, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_true (G_IS_VALUE (&value));
  g_assert_null (message);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 0);
  channel_free (channel);
}

static void
test_steps (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 0, ATHR_OVERFLOW_DROP_NEWEST, TRUE);

  g_test_summary ("With DROP_NEWEST steps begin at once, also in lock-step, and never park");

  g_assert_cmpint (owner.n_begun, ==, 1);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
      g_assert_cmpint (put_over (channel, 1), ==, 1);
      g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_RUN);
    }
  athr_channel_finish (channel);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_OVER);
  athr_channel_end (channel, NULL);
  channel_free (channel);
}

static void
test_steps_fail (void)
{
  AthrChannel *channel = channel_new_owned (NULL, 0, ATHR_OVERFLOW_FAIL, TRUE);

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (put_over (channel, 1), ==, FAILED);
  g_assert_cmpint (athr_channel_end_step (channel), ==, ATHR_CHANNEL_OVER);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (take_no_space (channel), ==, FAILED);
  channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/channel/overflow/" path, test)
  add ("oldest", test_oldest);
  add ("oldest/asked", test_oldest_asked);
  add ("newest/asked", test_newest_asked);
  add ("lock-step", test_lock_step);
  add ("flow", test_flow);
  add ("fail", test_fail);
  add ("fail/asked", test_fail_asked);
  add ("fail/closed", test_fail_closed);
  add ("fail/unused", test_fail_unused);
  add ("dropped-saturates", test_dropped_saturates);
  add ("exchange", test_exchange);
  add ("steps", test_steps);
  add ("steps/fail", test_steps_fail);

  return g_test_run ();
}
