/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-message-test.h"

static void
test_first_grants (void)
{
  AthrChannel *channel = channel_new (NULL);
  const AthrChannelOptions options = { 2, ATHR_OVERFLOW_BLOCK, FALSE };

  g_test_summary ("The grants of the opening carry no message, even if the message was sent "
                  "before them");

  send_number (channel, 10);
  athr_channel_open (channel, &options);
  send_number (channel, 11);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  for (int i = 0; i < 2; i++)
    {
      put_at_once (channel, i);
      g_assert_cmpint (receive (channel), ==, NOTHING);
    }
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (take (channel), ==, i);
      put_at_once (channel, 2 + i);
      g_assert_cmpint (receive (channel), ==, 10 + i);
    }
  channel_free (channel);
}

static void
test_one_each (void)
{
  AthrChannel *channel = channel_new_full (3);

  g_test_summary ("Each later grant carries one message, in order; further grants carry none");

  for (int i = 0; i < 2; i++)
    send_number (channel, 10 + i);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (take (channel), ==, i);
  send_number (channel, 12);
  for (int i = 0; i < 3; i++)
    {
      put_at_once (channel, 3 + i);
      g_assert_cmpint (receive (channel), ==, i < 2 ? 10 + i : NOTHING);
    }
  g_assert_cmpint (take (channel), ==, 3);
  put_at_once (channel, 6);
  g_assert_cmpint (receive (channel), ==, 12);
  channel_free (channel);
}

static void
test_batch (void)
{
  AthrChannel *channel = channel_new_full (3);
  g_autoptr (GArray) values = NULL;
  GValue value = G_VALUE_INIT;
  Reader reader;

  g_test_summary ("The grants of a batch and of try_take() carry messages, too");

  for (int i = 0; i < 4; i++)
    send_number (channel, 10 + i);
  ask (channel, &reader);
  g_assert_cmpint (athr_channel_answer_batch (channel, &reader.waiter, 3, FALSE, &values, NULL),
                   ==, ATHR_CHANNEL_VALUE);
  for (int i = 0; i < 3; i++)
    {
      put_at_once (channel, 3 + i);
      g_assert_cmpint (receive (channel), ==, 10 + i);
    }
  g_assert_true (athr_channel_try_take (channel, FALSE, &value));
  put_at_once (channel, 6);
  g_assert_cmpint (receive (channel), ==, 13);
  channel_free (channel);
}

static void
test_receive_once (void)
{
  AthrChannel *channel = channel_new_full (1);

  g_test_summary ("The producer receives the message of a grant once, and only until it "
                  "takes the next grant");

  send_number (channel, 10);
  g_assert_cmpint (take (channel), ==, 0);
  put_at_once (channel, 1);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, NOTHING);

  send_number (channel, 11);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  put_at_once (channel, 2);
  g_assert_cmpint (take (channel), ==, 2);
  put_at_once (channel, 3);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  channel_free (channel);
}

static void
test_receive_over (void)
{
  AthrChannel *channel = channel_new_full (1);

  g_test_summary ("After a close or finish() the producer receives nothing");

  send_number (channel, 10);
  g_assert_cmpint (take (channel), ==, 0);
  put_at_once (channel, 1);
  athr_channel_finish (channel);
  g_assert_cmpint (receive (channel), ==, CLOSED);
  channel_free (channel);

  channel = channel_new_full (1);
  throw_boom (channel);
  g_assert_cmpint (take (channel), ==, 0);
  athr_channel_close (channel);
  g_assert_cmpint (receive (channel), ==, CLOSED);
  g_assert_cmpint (put_number (channel, 1), ==, CLOSED);
  channel_free (channel);
}

static guint
count_undelivered (AthrChannel *channel)
{
  GQueue undelivered = G_QUEUE_INIT;
  GValue value = G_VALUE_INIT;
  guint n_undelivered;

  g_value_init (&value, G_TYPE_INT);
  athr_channel_send (channel, athr_message_new (&value, NULL), &undelivered);
  n_undelivered = undelivered.length;
  athr_message_free_all (&undelivered);

  return n_undelivered;
}

static void
test_undelivered (void)
{
  AthrChannel *channel = channel_new_full (1);

  g_test_summary ("send() gives back the messages that were never received; after the end, "
                  "its own message");

  send_number (channel, 10);
  g_assert_cmpint (take (channel), ==, 0);
  put_at_once (channel, 1);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpuint (count_undelivered (channel), ==, 0);
  put_at_once (channel, 2);
  g_assert_cmpuint (count_undelivered (channel), ==, 1);
  g_assert_cmpuint (count_undelivered (channel), ==, 0);
  athr_channel_end (channel, NULL);
  g_assert_cmpuint (count_undelivered (channel), ==, 1);
  channel_free (channel);
}

static void
test_stolen (void)
{
  AthrChannel *channel = channel_new_full (2);
  GQueue messages = G_QUEUE_INIT;
  g_autoptr (GArray) values = NULL;
  GError *error = NULL;

  g_test_summary ("steal() returns every message: pending, attached, current and undelivered");

  for (int i = 0; i < 4; i++)
    send_number (channel, 10 + i);
  g_assert_cmpint (take (channel), ==, 0);
  put_at_once (channel, 2);
  g_assert_cmpint (take (channel), ==, 1);
  put_at_once (channel, 3);
  g_assert_cmpint (take (channel), ==, 2);
  values = athr_channel_steal (channel, &messages, &error);
  g_assert_cmpuint (values->len, ==, 1);
  g_assert_cmpuint (messages.length, ==, 4);
  athr_message_free_all (&messages);
  channel_free (channel);
}

static void
test_cancel (void)
{
  AthrChannel *channel = channel_new_full (3);
  Reader readers[3];

  g_test_summary ("The message of a revoked grant is attached to the next grant, before "
                  "later messages");

  for (int i = 0; i < 3; i++)
    {
      send_number (channel, 10 + i);
      ask (channel, &readers[i]);
    }
  send_number (channel, 13);
  /* Each of the two revokes the newest grant, not the grant that the reader issued. */
  cancel (channel, &readers[0]);
  cancel (channel, &readers[1]);
  g_assert_cmpint (answer (channel, &readers[2]), ==, 0);
  put_at_once (channel, 3);
  g_assert_cmpint (receive (channel), ==, 10);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (take (channel), ==, 1 + i);
      put_at_once (channel, 4 + i);
      g_assert_cmpint (receive (channel), ==, 11 + i);
    }
  channel_free (channel);
}

static void
test_cancel_plain (void)
{
  AthrChannel *channel = channel_new_full (2);
  Reader readers[2];

  g_test_summary ("If the newest grant carries no message, revoking it leaves the messages "
                  "of other grants");

  send_number (channel, 10);
  for (int i = 0; i < 2; i++)
    ask (channel, &readers[i]);
  cancel (channel, &readers[0]);
  send_number (channel, 11);
  g_assert_cmpint (answer (channel, &readers[1]), ==, 0);
  put_at_once (channel, 2);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (take (channel), ==, 1);
  put_at_once (channel, 3);
  g_assert_cmpint (receive (channel), ==, 11);
  channel_free (channel);
}

static void
test_cancel_taken (void)
{
  AthrChannel *channel = channel_new_full (1);
  Reader reader;

  g_test_summary ("A message whose grant is used stays with the producer when the reader is "
                  "cancelled");

  send_number (channel, 10);
  ask (channel, &reader);
  put_at_once (channel, 1);
  cancel (channel, &reader);
  g_assert_cmpint (receive (channel), ==, 10);
  send_number (channel, 11);
  g_assert_cmpint (take (channel), ==, 0);
  g_assert_cmpint (take (channel), ==, 1);
  put_at_once (channel, 2);
  g_assert_cmpint (receive (channel), ==, 11);
  channel_free (channel);
}

static void
test_exchange (void)
{
  AthrChannel *channel = channel_new_open (0);
  Reader readers[4];

  g_test_summary ("An exchange receives the message of the grant that it waited for");

  ask (channel, &readers[0]);
  send_number (channel, 10);
  ask (channel, &readers[1]);
  ask (channel, &readers[2]);
  throw_boom (channel);
  ask (channel, &readers[3]);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (exchange (channel, 0), ==, 10);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  g_assert_cmpint (exchange (channel, 1), ==, NOTHING);
  g_assert_cmpint (exchange (channel, 2), ==, FAILED);
  g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (answer (channel, &readers[i]), ==, i);
  channel_close_and_free (channel, &readers[3], 1);
}

static void
test_begin_send (void)
{
  AthrChannel *channel = channel_new_open (0);
  Reader reader;

  g_test_summary ("In lock-step the first grant carries the message that was sent before it");

  send_number (channel, 10);
  send_number (channel, 11);
  ask (channel, &reader);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  g_assert_cmpint (receive (channel), ==, 10);
  g_assert_cmpint (receive (channel), ==, NOTHING);
  channel_close_and_free (channel, &reader, 1);
}

static void
test_unwaited (void)
{
  static const AthrOverflow overflows[] = {
    ATHR_OVERFLOW_DROP_OLDEST, ATHR_OVERFLOW_DROP_NEWEST, ATHR_OVERFLOW_FAIL
  };

  g_test_summary ("A producer that needs no grants receives every attached message in order; "
                  "a thrown error fails a put");

  for (gsize i = 0; i < G_N_ELEMENTS (overflows); i++)
    {
      AthrChannel *channel = channel_new_owned (NULL, 8, overflows[i], FALSE);
      GError *error = NULL;
      AthrMessage *message = NULL;
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
      for (int j = 0; j < 3; j++)
        put_at_once (channel, j);
      send_number (channel, 10);
      g_assert_cmpint (receive (channel), ==, NOTHING);
      g_assert_cmpint (take (channel), ==, 0);
      send_number (channel, 11);
      g_assert_cmpint (take (channel), ==, 1);
      throw_boom (channel);
      g_assert_cmpint (take (channel), ==, 2);
      g_assert_cmpint (put_number (channel, 3), ==, FAILED);
      g_assert_cmpint (receive (channel), ==, 10);
      g_assert_cmpint (receive (channel), ==, 11);
      g_assert_cmpint (receive (channel), ==, NOTHING);
      g_assert_cmpint (put_number (channel, 4), ==, NOTHING);

      g_value_init (&value, G_TYPE_INT);
      g_assert_false (athr_channel_exchange (channel, &value, &message, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      g_assert_null (message);
      g_assert_cmpuint (athr_channel_get_n_buffered (channel), ==, 1);
      g_clear_error (&error);
      channel_free (channel);
    }
}

static gboolean
try_send (AthrChannel *channel)
{
  GQueue undelivered = G_QUEUE_INIT;
  gboolean is_sent = athr_channel_send (channel, athr_message_new (NULL, boom ()), &undelivered);

  g_assert_cmpuint (undelivered.length, ==, !is_sent);
  athr_message_free_all (&undelivered);

  return is_sent;
}

static void
test_bound (void)
{
  AthrChannel *channel = channel_new_steps (NULL, 1);

  g_test_summary ("At most ATHR_MESSAGE_MAX messages wait, pending or attached; further ones are "
                  "undelivered");

  for (guint i = 0; i < ATHR_MESSAGE_MAX - 1; i++)
    send_number (channel, i);
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  for (int i = 0; i < 10; i++)
    {
      put_at_once (channel, i);
      g_assert_cmpint (take (channel), ==, i);
    }
  g_assert_true (try_send (channel));
  g_assert_false (try_send (channel));
  g_assert_cmpint (receive (channel), ==, 0);
  g_assert_true (try_send (channel));
  g_assert_false (try_send (channel));
  channel_free (channel);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/send/first-grants", test_first_grants);
  g_test_add_func ("/athr/channel/send/one-each", test_one_each);
  g_test_add_func ("/athr/channel/send/batch", test_batch);
  g_test_add_func ("/athr/channel/send/cancel/newest", test_cancel);
  g_test_add_func ("/athr/channel/send/cancel/plain", test_cancel_plain);
  g_test_add_func ("/athr/channel/send/cancel/taken", test_cancel_taken);
  g_test_add_func ("/athr/channel/send/undelivered", test_undelivered);
  g_test_add_func ("/athr/channel/send/stolen", test_stolen);
  g_test_add_func ("/athr/channel/send/bound", test_bound);
  g_test_add_func ("/athr/channel/send/exchange", test_exchange);
  g_test_add_func ("/athr/channel/send/begin", test_begin_send);
  g_test_add_func ("/athr/channel/receive/once", test_receive_once);
  g_test_add_func ("/athr/channel/receive/over", test_receive_over);
  g_test_add_func ("/athr/channel/receive/unwaited", test_unwaited);

  return g_test_run ();
}
