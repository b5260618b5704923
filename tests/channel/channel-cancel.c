/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-test.h"

static void
test_cancel_takes_back (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader reader = reader_make (NULL);
  Putter putter;

  g_test_summary ("A cancelled ask takes its grant back where that was not used");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_owes (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader readers[2];
  Putter putter;

  g_test_summary ("A cancelled ask whose grant was used owes one: the next ask grants nothing");

  putter_start (&putter, channel, 0);
  for (int i = 0; i < 2; i++)
    {
      readers[i] = reader_make (NULL);
      athr_channel_add_reader (channel, &readers[i].waiter, FALSE);
    }
  putter_await_blocked (&putter, 4);
  for (int i = 0; i < 2; i++)
    {
      athr_channel_cancel (channel, &readers[i].waiter);
      g_assert_cmpint (answer (channel, &readers[i]), ==, CANCELLED);
    }

  g_assert_cmpint (take (channel), ==, 0);
  putter_await_blocked (&putter, 4);
  g_assert_cmpint (take (channel), ==, 1);
  putter_await_blocked (&putter, 4);
  g_assert_cmpint (take (channel), ==, 2);
  putter_await_blocked (&putter, 5);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_unknown (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader reader = reader_make (NULL);
  Reader close_waiter = reader_make (NULL);
  Putter putter;

  g_test_summary ("One that was cancelled before it asked is told so, and grants nothing");

  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_told, ==, 0);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  g_assert_cmpint (reader.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);

  athr_channel_cancel (channel, &close_waiter.waiter);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  g_assert_cmpint (close_waiter.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_due (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader first = reader_make (NULL);
  Reader second = reader_make (NULL);

  g_test_summary ("One that is cancelled on its way is not told again, and the next gets the value");

  athr_channel_add_reader (channel, &first.waiter, FALSE);
  athr_channel_add_reader (channel, &second.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (first.n_told, ==, 1);
  g_assert_cmpint (second.n_told, ==, 0);

  athr_channel_cancel (channel, &first.waiter);
  g_assert_cmpint (first.n_told, ==, 1);
  g_assert_cmpint (second.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &first), ==, CANCELLED);
  g_assert_cmpint (answer (channel, &second), ==, 7);
  channel_free (channel);
}

static void
test_cancel_answered (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader reader = reader_make (NULL);
  Putter putter;

  g_test_summary ("To cancel one that was answered, or twice, has no effect");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (answer (channel, &reader), ==, 7);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_told, ==, 1);

  reader = reader_make (NULL);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_cancel (channel, &reader.waiter);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_told, ==, 1);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/cancel/takes-back", test_cancel_takes_back);
  g_test_add_func ("/athr/channel/cancel/owes", test_cancel_owes);
  g_test_add_func ("/athr/channel/cancel/unknown", test_cancel_unknown);
  g_test_add_func ("/athr/channel/cancel/due", test_cancel_due);
  g_test_add_func ("/athr/channel/cancel/answered", test_cancel_answered);

  return g_test_run ();
}
