/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "channel-test.h"

/* Shared by the tests of grants and of messages. */

enum { CLOSED = -5 };

static inline void
send_message (AthrChannel *channel,
              AthrMessage *message)
{
  GQueue undelivered = G_QUEUE_INIT;

  athr_channel_send (channel, message, &undelivered);
  athr_message_free_all (&undelivered);
}

static inline void
send_number (AthrChannel *channel,
             int          number)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  send_message (channel, athr_message_new (&value, NULL));
}

static inline void
throw_boom (AthrChannel *channel)
{
  send_message (channel, athr_message_new (NULL, boom ()));
}

/* Takes @message and @error over, and returns what the producer got: the number that was sent,
 * NOTHING, FAILED for a thrown error, or CLOSED. */
static inline int
read_message (gboolean     goes_on,
              AthrMessage *message,
              GError      *error)
{
  int number = NOTHING;

  g_assert_cmpint (goes_on, ==, error == NULL);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      number = CLOSED;
    }
  else if (error != NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      number = FAILED;
    }
  else if (message != NULL)
    {
      number = g_value_get_int (&message->value);
    }
  g_clear_pointer (&message, athr_message_free);
  g_clear_error (&error);

  return number;
}

static inline int
receive (AthrChannel *channel)
{
  AthrMessage *message = NULL;
  GError *error = NULL;
  gboolean goes_on = athr_channel_receive (channel, &message, &error);

  return read_message (goes_on, message, error);
}

/* The test makes sure that there is a grant. Without one it would hang here. */
static inline int
exchange (AthrChannel *channel,
          int          number)
{
  g_auto (GValue) value = G_VALUE_INIT;
  AthrMessage *message = NULL;
  GError *error = NULL;
  gboolean goes_on;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  goes_on = athr_channel_exchange (channel, &value, &message, &error);

  return read_message (goes_on, message, error);
}

/* Like exchange(), but a put receives no message: the result is NOTHING, FAILED or CLOSED. */
static inline int
put_number (AthrChannel *channel,
            int          number)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GError *error = NULL;
  gboolean is_put;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);
  is_put = athr_channel_put_quickly (channel, &value) || athr_channel_put (channel, &value, &error);

  return read_message (is_put, NULL, error);
}

static inline void
ask (AthrChannel *channel,
     Reader      *reader)
{
  *reader = reader_make (NULL);
  athr_channel_add_reader (channel, &reader->waiter, FALSE);
}

static inline void
cancel (AthrChannel *channel,
        Reader      *reader)
{
  athr_channel_cancel (channel, &reader->waiter);
  g_assert_cmpint (answer (channel, reader), ==, CANCELLED);
}

/* Answers the @readers that still wait with the end. */
static inline void
channel_close_and_free (AthrChannel *self,
                        Reader      *readers,
                        guint        n_readers)
{
  athr_channel_close (self);
  for (guint i = 0; i < n_readers; i++)
    answer (self, &readers[i]);
  channel_free (self);
}

/* A channel whose producer has begun, and has filled the buffer with 0, 1 ... */
static inline AthrChannel *
channel_new_full (int size)
{
  AthrChannel *channel = channel_new_open (size);

  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  for (int i = 0; i < size; i++)
    put_at_once (channel, i);

  return channel;
}

static inline AthrChannel *
channel_new_steps (Owner *owner,
                   guint  size)
{
  return channel_new_owned (owner, size, ATHR_OVERFLOW_BLOCK, TRUE);
}

/* Runs a step that puts @n values, from *@number on. */
static inline AthrChannelTurn
run_step (AthrChannel *channel,
          int         *number,
          int          n)
{
  g_assert_cmpint (athr_channel_begin (channel), ==, ATHR_CHANNEL_RUN);
  while (n-- > 0)
    put_at_once (channel, (*number)++);

  return athr_channel_end_step (channel);
}
