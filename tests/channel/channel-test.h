/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-test.h"

#include "channel/athr-channel-private.h"
#include "pool/athr-pool-private.h"

/* What the tests of the channel share. */

/* One who asks, or awaits the end, and counts how often it was told to come. */
typedef struct
{
  AthrChannelWaiter waiter;
  GPtrArray *told; /* (nullable): those who were told, in order */
  int n_told;      /* atomic */
} Reader;

static inline void
reader_notify (AthrChannelWaiter *waiter)
{
  Reader *self = (Reader *) waiter;

  if (self->told != NULL)
    g_ptr_array_add (self->told, self);
  g_atomic_int_inc (&self->n_told);
}

static inline Reader
reader_make (GPtrArray *told)
{
  return (Reader) { .waiter = { .notify = reader_notify }, .told = told };
}

/* What @self is answered: a value as it is, the rest as a negative number. */
enum { NOTHING = -1, FAILED = -2, END = -3, CANCELLED = -4 };

static inline int
answer (AthrChannel *channel,
        Reader      *self)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  switch (athr_channel_answer (channel, &self->waiter, &value, &error))
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

/* Asks, and is answered at once. */
static inline int
take (AthrChannel *channel)
{
  Reader reader = reader_make (NULL);

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  g_assert_cmpint (reader.n_told, ==, 1);

  return answer (channel, &reader);
}

static inline gboolean
put (AthrChannel  *channel,
     int           number,
     GError      **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);

  return athr_channel_put (channel, &value, error);
}

/* Where there must be room: without, the test would hang here. */
static inline void
put_at_once (AthrChannel *channel,
             int          number)
{
  GError *error = NULL;
  gboolean is_put = put (channel, number, &error);

  g_assert_no_error (error);
  g_assert_true (is_put);
}

static inline GError *
boom (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
}

/* What the channel asks of its owner, which are these numbers. */
typedef struct
{
  int n_begun;       /* atomic */
  int n_wake_later;  /* atomic */
} Owner;

static inline void
owner_begin (gpointer owner)
{
  if (owner != NULL)
    g_atomic_int_inc (&((Owner *) owner)->n_begun);
}

static inline void
owner_wake_later (gpointer owner)
{
  if (owner != NULL)
    g_atomic_int_inc (&((Owner *) owner)->n_wake_later);
}

static inline AthrChannel *
channel_new (Owner *owner)
{
  static const AthrChannelFuncs funcs = { owner_begin, owner_wake_later };

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

/* Asks inside a slice. TRUE: the producer is to be woken when that ends. */
static inline gboolean
ask_in_slice (AthrChannel *channel,
              Owner       *owner,
              Reader      *reader)
{
  int before = g_atomic_int_get (&owner->n_wake_later);

  athr_channel_add_reader (channel, &reader->waiter, TRUE);

  return g_atomic_int_get (&owner->n_wake_later) > before;
}

/* Ends with what is still buffered. */
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

/* Puts first, first + 1 ... until it is refused. It runs in a pool of its own, since
 * that knows when a worker waits. */
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

/* Waits until it waits for room, with @n_put values put. */
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
