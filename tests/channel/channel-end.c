/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-test.h"

static void
test_close_waiters_after_readers (void)
{
  g_autoptr (GPtrArray) notified = g_ptr_array_new ();
  AthrChannel *channel = channel_new_open (5);
  Reader first = reader_make (notified);
  Reader close_waiter = reader_make (notified);
  Reader last = reader_make (notified);

  g_test_summary ("A close waiter is notified after the readers before it, and before the "
                  "readers after it");

  athr_channel_add_reader (channel, &first.waiter, FALSE);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  athr_channel_add_reader (channel, &last.waiter, FALSE);
  put_at_once (channel, 1);
  athr_channel_close (channel);
  athr_channel_end (channel, NULL);

  g_assert_cmpuint (notified->len, ==, 1);
  g_assert_true (g_ptr_array_index (notified, 0) == &first);
  g_assert_cmpint (answer (channel, &first), ==, 1);
  g_assert_cmpuint (notified->len, ==, 3);
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, END);
  g_assert_cmpint (answer (channel, &last), ==, END);
  g_assert_cmpuint (notified->len, ==, 3);
  channel_free (channel);
}

static void
test_close_waiters_cancelled_reader (void)
{
  AthrChannel *channel = channel_new_open (5);
  Reader reader = reader_make (NULL);
  Reader close_waiter = reader_make (NULL);

  g_test_summary ("A reader that is cancelled no longer holds up the close waiters behind it");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (close_waiter.n_notified, ==, 0);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);
  g_assert_cmpint (answer (channel, &close_waiter), ==, END);
  channel_free (channel);
}

static void
test_close_waiters_wait (void)
{
  AthrChannel *channel = channel_new_open (5);
  Reader close_waiters[2] = { reader_make (NULL), reader_make (NULL) };

  g_test_summary ("Close waiters wait for the end of the producer, not for the buffered "
                  "values; a later one is notified at once");

  put_at_once (channel, 1);
  for (int i = 0; i < 2; i++)
    athr_channel_add_close_waiter (channel, &close_waiters[i].waiter);
  athr_channel_close (channel);
  g_assert_cmpint (close_waiters[0].n_notified, ==, 0);
  athr_channel_end (channel, NULL);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (close_waiters[i].n_notified, ==, 1);
      g_assert_cmpint (answer (channel, &close_waiters[i]), ==, END);
    }
  g_assert_cmpint (take (channel), ==, 1);

  close_waiters[0] = reader_make (NULL);
  athr_channel_add_close_waiter (channel, &close_waiters[0].waiter);
  g_assert_cmpint (close_waiters[0].n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiters[0]), ==, END);
  channel_free (channel);
}

static void
test_close_waiters_cancel (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader close_waiter = reader_make (NULL);
  Putter putter;

  g_test_summary ("Cancelling a close waiter revokes no grant");

  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  athr_channel_cancel (channel, &close_waiter.waiter);
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, CANCELLED);
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_close_initial (void)
{
  AthrChannel *channel = channel_new (NULL);
  Reader close_waiter = reader_make (NULL);

  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_INITIAL);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  g_assert_cmpint (close_waiter.n_notified, ==, 0);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  g_assert_cmpint (close_waiter.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &close_waiter), ==, END);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_open (void)
{
  AthrChannel *channel = channel_new_open (2);
  g_autoptr (GError) error = NULL;

  g_test_summary ("After a close readers get the buffered values and then the end; puts fail");

  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_OPEN);
  g_assert_true (athr_channel_is_open (channel));
  put_at_once (channel, 1);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSING);
  g_assert_false (athr_channel_is_open (channel));

  g_assert_false (put (channel, 2, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);

  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSING);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  channel_free (channel);
}

static void
test_close_ended (void)
{
  AthrChannel *channel = channel_new_open (2);

  put_at_once (channel, 1);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_failed (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader close_waiter = reader_make (NULL);

  g_test_summary ("A reader, not a close waiter, gets an error from before the close");

  athr_channel_end (channel, boom ());
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  athr_channel_add_close_waiter (channel, &close_waiter.waiter);
  g_assert_cmpint (answer (channel, &close_waiter), ==, END);
  g_assert_cmpint (take (channel), ==, FAILED);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_wakes (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader reader = reader_make (NULL);
  Putter putter;

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  athr_channel_close (channel);
  putter_await_refused (&putter, 2);
  putter_stop (&putter);
  channel_free (channel);

  channel = channel_new_open (2);
  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_close (channel);
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, END);
  channel_free (channel);
}

static void
test_end_plain (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader reader = reader_make (NULL);

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  g_assert_null (athr_channel_peek_error (channel));
  g_assert_cmpint (reader.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &reader), ==, END);
  channel_free (channel);
}

static void
test_end_error (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader readers[3];

  g_test_summary ("One reader gets the error, after the values; the next ones get the end");

  for (int i = 0; i < 3; i++)
    {
      readers[i] = reader_make (NULL);
      athr_channel_add_reader (channel, &readers[i].waiter, FALSE);
    }
  put_at_once (channel, 1);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (answer (channel, &readers[0]), ==, 1);
  g_assert_cmpint (answer (channel, &readers[1]), ==, FAILED);
  g_assert_cmpint (answer (channel, &readers[2]), ==, END);
  g_assert_cmpint (take (channel), ==, END);
  g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, G_IO_ERROR_FAILED);
  channel_free (channel);
}

static void
test_end_stopped (void)
{
  static const int codes[] = { G_IO_ERROR_CLOSED, G_IO_ERROR_CANCELLED };

  g_test_summary ("CLOSED and CANCELLED from the function are errors before a close, and "
                  "none after it");

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      AthrChannel *channel = channel_new_open (2);
      Reader close_waiter = reader_make (NULL);

      athr_channel_end (channel, g_error_new_literal (G_IO_ERROR, codes[i], "stopped"));
      g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
      g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, codes[i]);
      channel_free (channel);

      channel = channel_new_open (2);
      athr_channel_close (channel);
      athr_channel_end (channel, g_error_new_literal (G_IO_ERROR, codes[i], "stopped"));
      g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
      g_assert_null (athr_channel_peek_error (channel));
      athr_channel_add_close_waiter (channel, &close_waiter.waiter);
      g_assert_cmpint (answer (channel, &close_waiter), ==, END);
      channel_free (channel);
    }
}

static void
test_end_error_closing (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader close_waiters[2] = { reader_make (NULL), reader_make (NULL) };

  g_test_summary ("Every close waiter, and no reader, gets another error that comes after "
                  "the close");

  put_at_once (channel, 1);
  athr_channel_close (channel);
  athr_channel_add_close_waiter (channel, &close_waiters[0].waiter);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  athr_channel_add_close_waiter (channel, &close_waiters[1].waiter);
  for (int i = 0; i < 2; i++)
    g_assert_cmpint (answer (channel, &close_waiters[i]), ==, FAILED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_end_wakes (void)
{
  AthrChannel *channel = channel_new_open (1);
  Putter putter;

  g_test_summary ("When the producer ends, the put of another thread that waits for room "
                  "fails");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  athr_channel_end (channel, NULL);
  putter_await_refused (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_steal (void)
{
  AthrChannel *channel = channel_new_open (20);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = NULL;
  GQueue messages = G_QUEUE_INIT;

  g_test_summary ("steal() returns the buffered values in order, and the error; after it a "
                  "reader gets the end");

  for (int i = 0; i < 12; i++)
    put_at_once (channel, i);
  for (int i = 0; i < 10; i++)
    g_assert_cmpint (take (channel), ==, i);
  for (int i = 12; i < 20; i++)
    put_at_once (channel, i);
  athr_channel_end (channel, boom ());

  values = athr_channel_steal (channel, &messages, &error);
  g_assert_cmpuint (values->len, ==, 10);
  for (guint i = 0; i < values->len; i++)
    g_assert_cmpint (g_value_get_int (&g_array_index (values, GValue, i)), ==, 10 + i);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (take (channel), ==, END);
  athr_channel_unref (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/close-waiters/after-readers", test_close_waiters_after_readers);
  g_test_add_func ("/athr/channel/close-waiters/cancelled-reader", test_close_waiters_cancelled_reader);
  g_test_add_func ("/athr/channel/close-waiters/wait", test_close_waiters_wait);
  g_test_add_func ("/athr/channel/close-waiters/cancel", test_close_waiters_cancel);
  g_test_add_func ("/athr/channel/close/initial", test_close_initial);
  g_test_add_func ("/athr/channel/close/open", test_close_open);
  g_test_add_func ("/athr/channel/close/ended", test_close_ended);
  g_test_add_func ("/athr/channel/close/failed", test_close_failed);
  g_test_add_func ("/athr/channel/close/wakes", test_close_wakes);
  g_test_add_func ("/athr/channel/end/plain", test_end_plain);
  g_test_add_func ("/athr/channel/end/error", test_end_error);
  g_test_add_func ("/athr/channel/end/stopped", test_end_stopped);
  g_test_add_func ("/athr/channel/end/error-closing", test_end_error_closing);
  g_test_add_func ("/athr/channel/end/wakes", test_end_wakes);
  g_test_add_func ("/athr/channel/steal", test_steal);

  return g_test_run ();
}
