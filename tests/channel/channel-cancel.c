/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-test.h"

static void
test_cancel_revokes (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader reader = reader_make (NULL);
  Putter putter;

  g_test_summary ("A reader that is cancelled revokes its grant if the producer has not "
                  "taken it");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_used (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader readers[2];
  Putter putter;

  g_test_summary ("If the producer has used the grants of cancelled readers, the next "
                  "requests issue none");

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
test_cancel_before_add (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader reader = reader_make (NULL);
  Reader close_waiter = reader_make (NULL);
  Putter putter;

  g_test_summary ("A waiter that was cancelled before it is added is notified at once and "
                  "issues no grant");

  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_notified, ==, 0);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);

  athr_channel_cancel (channel, &close_waiter.waiter);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_notified (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader first = reader_make (NULL);
  Reader second = reader_make (NULL);

  g_test_summary ("A reader that is cancelled after its notification is not notified again; "
                  "the next gets the value");

  athr_channel_add_reader (channel, &first.waiter, FALSE);
  athr_channel_add_reader (channel, &second.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (first.n_notified, ==, 1);
  g_assert_cmpint (second.n_notified, ==, 0);

  athr_channel_cancel (channel, &first.waiter);
  g_assert_cmpint (first.n_notified, ==, 1);
  g_assert_cmpint (second.n_notified, ==, 1);
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

  g_test_summary ("Cancelling a waiter that was answered, or cancelling twice, has no effect");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (answer (channel, &reader), ==, 7);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_notified, ==, 1);

  reader = reader_make (NULL);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_cancel (channel, &reader.waiter);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (reader.n_notified, ==, 1);

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

  g_test_add_func ("/athr/channel/cancel/revokes", test_cancel_revokes);
  g_test_add_func ("/athr/channel/cancel/used", test_cancel_used);
  g_test_add_func ("/athr/channel/cancel/before-add", test_cancel_before_add);
  g_test_add_func ("/athr/channel/cancel/notified", test_cancel_notified);
  g_test_add_func ("/athr/channel/cancel/answered", test_cancel_answered);

  return g_test_run ();
}
