/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-message-test.h"

static void
test_throw_put (void)
{
  AthrChannel *channel = channel_new_full (1);

  g_test_summary ("With a buffer a thrown error fails the put that takes its grant; the "
                  "value is not put, the grant stays open");

  throw_boom (channel);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (put_number (channel, 1), ==, FAILED);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 0);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, 2);
  g_assert_cmpint (take (channel), ==, 2);
  channel_free (channel);
}

static void
test_throw_open (void)
{
  AthrChannel *channel = channel_new_full (2);
  Reader reader;
  Putter putter;

  g_test_summary ("An open grant counts as taken: a cancelled reader cannot revoke it, and "
                  "the next request issues none");

  throw_boom (channel);
  ask (channel, &reader);
  g_assert_cmpint (put_number (channel, 2), ==, FAILED);
  cancel (channel, &reader);
  put_at_once (channel, 3);
  putter_start (&putter, channel, 4);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (take (channel), ==, 1);
  putter_await_blocked (&putter, 1);
  g_assert_cmpint (take (channel), ==, 3);
  putter_await_blocked (&putter, 2);
  putter_stop (&putter);
  channel_free (channel);
}

/* A channel in lock-step with @n readers, whose producer has begun. */
static AthrChannel *
channel_new_asked (Reader *readers,
                   int     n)
{
  AthrChannel *channel = channel_new_open (0);

  for (int i = 0; i < n; i++)
    ask (channel, &readers[i]);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);

  return channel;
}

static void
test_throw_exchange (void)
{
  AthrChannel *channel;
  Reader readers[3];

  g_test_summary ("A thrown error fails the exchange after its value was put; the next "
                  "exchange uses the open grant");

  channel = channel_new_asked (readers, 1);
  throw_boom (channel);
  ask (channel, &readers[1]);
  g_assert_cmpint (exchange (channel, 0), ==, FAILED);
  g_assert_cmpint (answer (channel, &readers[0]), ==, 0);
  send_number (channel, 10);
  ask (channel, &readers[2]);
  g_assert_cmpint (exchange (channel, -1), ==, 10);
  g_assert_cmpint (answer (channel, &readers[1]), ==, -1);
  channel_close_and_free (channel, &readers[2], 1);
}

static void
test_throw_lock_step (void)
{
  AthrChannel *channel;
  Reader readers[3];

  g_test_summary ("In lock-step a thrown error fails any put after its value was put; later "
                  "messages arrive as usual");

  channel = channel_new_asked (readers, 1);
  throw_boom (channel);
  ask (channel, &readers[1]);
  g_assert_cmpint (put_number (channel, 0), ==, FAILED);
  g_assert_cmpint (answer (channel, &readers[0]), ==, 0);
  send_number (channel, 10);
  ask (channel, &readers[2]);
  g_assert_cmpint (put_number (channel, -1), ==, NOTHING);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (answer (channel, &readers[1]), ==, -1);
  channel_close_and_free (channel, &readers[2], 1);
}

static void
test_begin_throw (void)
{
  g_test_summary ("In lock-step an error that is thrown before the first request fails the "
                  "first put or receive()");

  for (int i = 0; i < 2; i++)
    {
      AthrChannel *channel = channel_new_open (0);
      Reader readers[2];

      throw_boom (channel);
      for (int j = 0; j < 2; j++)
        ask (channel, &readers[j]);
      g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
      g_assert_cmpint (i == 0 ? put_number (channel, 0) : receive (channel), ==, FAILED);
      g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 0);
      g_assert_cmpint (put_number (channel, 1), ==, NOTHING);
      g_assert_cmpint (answer (channel, &readers[0]), ==, 1);
      channel_close_and_free (channel, &readers[1], 1);
    }
}

static void
test_throw_unreceived (void)
{
  g_autoptr (GError) busy = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  g_test_summary ("The stream fails with a thrown error that the function never received, or "
                  "with the function's own error");

  for (int i = 0; i < 2; i++)
    {
      AthrChannel *channel = channel_new_open (0);
      Reader reader;
      GError *error = NULL;

      throw_boom (channel);
      ask (channel, &reader);
      g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
      athr_channel_end (channel, i == 0 ? NULL : g_error_copy (busy));
      g_assert_cmpint (athr_channel_answer (channel, &reader.waiter, FALSE, NULL, &error),
                       ==, ATHR_CHANNEL_ERROR);
      g_assert_error (error, G_IO_ERROR, (i == 0 ? G_IO_ERROR_FAILED : G_IO_ERROR_BUSY));
      g_clear_error (&error);
      channel_free (channel);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/throw/put", test_throw_put);
  g_test_add_func ("/athr/channel/throw/open", test_throw_open);
  g_test_add_func ("/athr/channel/throw/exchange", test_throw_exchange);
  g_test_add_func ("/athr/channel/throw/lock-step", test_throw_lock_step);
  g_test_add_func ("/athr/channel/throw/begin", test_begin_throw);
  g_test_add_func ("/athr/channel/throw/unreceived", test_throw_unreceived);

  return g_test_run ();
}
