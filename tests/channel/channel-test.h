/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-test.h"

#include "channel/athr-channel-private.h"
#include "pool/athr-pool-private.h"

/* Shared by the tests of the channel. */

/* A reader or a close waiter, which counts its notifications. */
typedef struct
{
  AthrChannelWaiter waiter;
  GPtrArray *notified; /* (nullable): the waiters that were notified, in order */
  int n_notified;      /* atomic */
} Reader;

static inline void
reader_notify (AthrChannelWaiter *waiter)
{
  Reader *self = (Reader *) waiter;

  if (self->notified != NULL)
    g_ptr_array_add (self->notified, self);
  g_atomic_int_inc (&self->n_notified);
}

static inline Reader
reader_make (GPtrArray *notified)
{
  return (Reader) { .waiter = { .notify = reader_notify }, .notified = notified };
}

/* The answer to @self: a value as it is, everything else as a negative number. */
enum { NOTHING = -1, FAILED = -2, END = -3, CANCELLED = -4 };

static inline int
answer (AthrChannel *channel,
        Reader      *self)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  switch (athr_channel_answer (channel, &self->waiter, FALSE, &value, &error))
    {
    case ATHR_CHANNEL_VALUE:
      return g_value_get_int (&value);
    case ATHR_CHANNEL_NOTHING:
      return NOTHING;
    case ATHR_CHANNEL_ERROR:
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, "boom");
      return FAILED;
    case ATHR_CHANNEL_END:
      g_assert_no_error (error);
      return END;
    case ATHR_CHANNEL_CANCELLED:
      return CANCELLED;
    default:
      g_assert_not_reached ();
    }
}

/* Adds a reader that has an answer at once, and returns the answer. */
static inline int
take (AthrChannel *channel)
{
  Reader reader = reader_make (NULL);

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  g_assert_cmpint (reader.n_notified, ==, 1);

  return answer (channel, &reader);
}

/* Puts as a yielder does. */
static inline gboolean
put (AthrChannel  *channel,
     int           number,
     GError      **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);

  return athr_channel_put_quickly (channel, &value) || athr_channel_put (channel, &value, error);
}

/* The test makes sure that there is room. Without it the test would hang here. */
static inline void
put_at_once (AthrChannel *channel,
             int          number)
{
  GError *error = NULL;
  gboolean is_put = put (channel, number, &error);

  g_assert_no_error (error);
  g_assert_true (is_put);
}

/* Takes the next value of the flow, as a stream does; NOTHING or END if there is none. */
static inline int
flow_next (AthrChannel *channel)
{
  g_auto (GValue) value = G_VALUE_INIT;
  int n_before = 0;
  AthrChannelAnswer answer = athr_channel_flow_quickly (channel, &n_before, &value)
                               ? ATHR_CHANNEL_VALUE : athr_channel_flow (channel, TRUE, &n_before, &value);

  if (answer == ATHR_CHANNEL_VALUE)
    return g_value_get_int (&value);

  return answer == ATHR_CHANNEL_END ? END : NOTHING;
}

static inline GError *
boom (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
}

/* Counts what the channel asks of its owner. */
typedef struct
{
  int n_begun;       /* atomic */
  int n_wake_at_slice_end;  /* atomic */
} Owner;

static inline void
owner_begin (gpointer owner)
{
  if (owner != NULL)
    g_atomic_int_inc (&((Owner *) owner)->n_begun);
}

static inline void
owner_wake_at_slice_end (gpointer owner)
{
  if (owner != NULL)
    g_atomic_int_inc (&((Owner *) owner)->n_wake_at_slice_end);
}

static inline AthrChannel *
channel_new (Owner *owner)
{
  static const AthrChannelFuncs funcs = { owner_begin, owner_wake_at_slice_end };

  return athr_channel_new (&funcs, owner);
}

static inline AthrChannel *
channel_new_owned (Owner        *owner,
                   guint         size,
                   AthrOverflow  overflow,
                   gboolean      has_steps)
{
  const AthrChannelOptions options = { size, overflow, has_steps };
  AthrChannel *self = channel_new (owner);

  athr_channel_open (self, &options);
  athr_channel_wake (self);

  return self;
}

static inline AthrChannel *
channel_new_open (guint size)
{
  return channel_new_owned (NULL, size, ATHR_OVERFLOW_BLOCK, FALSE);
}

/* Adds a reader inside a slice. TRUE: the channel asks to be woken at the end of the slice. */
static inline gboolean
ask_in_slice (AthrChannel *channel,
              Owner       *owner,
              Reader      *reader)
{
  int before = g_atomic_int_get (&owner->n_wake_at_slice_end);

  athr_channel_add_reader (channel, &reader->waiter, TRUE);

  return g_atomic_int_get (&owner->n_wake_at_slice_end) > before;
}

/* Frees the channel and what is left in it. */
static inline void
channel_free (AthrChannel *self)
{
  GQueue messages = G_QUEUE_INIT;
  GError *error = NULL;

  g_array_unref (athr_channel_steal (self, &messages, &error));
  athr_message_free_all (&messages);
  g_clear_error (&error);
  athr_channel_unref (self);
}

/* A job that puts first, first + 1 ... until a put fails. It runs in a pool of its own, since
 * a pool knows when a worker waits. */
typedef struct
{
  AthrJob job;
  AthrPool *pool;
  AthrChannel *channel;
  int first;
  int n_put;    /* atomic */
  int is_over;  /* atomic */
  GError *error;
} Putter;

static inline void
putter_run (AthrJob *job)
{
  Putter *self = job->data;

  while (put (self->channel, self->first + g_atomic_int_get (&self->n_put), &self->error))
    g_atomic_int_inc (&self->n_put);
  g_atomic_int_set (&self->is_over, TRUE);
}

static inline void
putter_fail (AthrJob      *job,
             const GError *error)
{
  g_assert_no_error (error);
}

static inline void
putter_start (Putter      *self,
              AthrChannel *channel,
              int          first)
{
  *self = (Putter) { .job = { putter_run, putter_fail, self }, .channel = channel, .first = first };
  self->pool = athr_pool_new ("putter", 2, 0);
  g_assert_true (athr_pool_push (self->pool, &self->job));
}

/* Waits until the putter has put @n_put values and waits for room. */
static inline void
putter_await_blocked (Putter *self,
                      int     n_put)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_put) >= n_put &&
                         athr_pool_get_n_running (self->pool) == 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_put), ==, n_put);
  g_assert_false (g_atomic_int_get (&self->is_over));
}

static inline void
putter_await_refused (Putter *self,
                      int     n_put)
{
  athr_test_yield_until (g_atomic_int_get (&self->is_over));
  g_assert_cmpint (self->n_put, ==, n_put);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static inline void
putter_stop (Putter *self)
{
  athr_channel_close (self->channel);
  athr_test_yield_until (g_atomic_int_get (&self->is_over));
  athr_pool_close (self->pool, NULL);
  athr_pool_unref (self->pool);
  g_clear_error (&self->error);
}
