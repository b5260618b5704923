/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-wait-private.h"
#include "stream/athr-stream-private.h"

/* A thread that is blocked until a value comes. It is counted by references: a thread that
 * cancels may notify the reader when the reader has its answer already. */
typedef struct
{
  gatomicrefcount ref_count;
  AthrChannelWaiter waiter;
  AthrEvent event;
  AthrProducer *producer; /* owned, as a thread that cancels may outlive the stream */
} AthrBlockedReader;

static void
athr_blocked_reader_unref (gpointer  data,
                           GClosure *closure)
{
  AthrBlockedReader *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  athr_producer_unref (self->producer);
  athr_event_clear (&self->event);
  g_free (self);
}

static void
athr_blocked_reader_notify (AthrChannelWaiter *waiter)
{
  AthrBlockedReader *self =
    (AthrBlockedReader *) ((char *) waiter - G_STRUCT_OFFSET (AthrBlockedReader, waiter));

  athr_event_set (&self->event);
}

static void
athr_blocked_reader_cancelled (GCancellable      *cancellable,
                               AthrBlockedReader *self)
{
  if (!athr_producer_is_stale (self->producer))
    athr_channel_cancel (self->producer->channel, &self->waiter);
}

static AthrBlockedReader *
athr_blocked_reader_new (AthrProducer *producer)
{
  AthrBlockedReader *self = g_new0 (AthrBlockedReader, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->waiter.notify = athr_blocked_reader_notify;
  self->waiter.blocks = TRUE;
  athr_event_init (&self->event);
  self->producer = athr_producer_ref (producer);

  return self;
}

/* Whether this thread would wait for a job that the pause of an executor holds back, or for a source of a map that
 * needs this thread. The home of the stream is fixed. */
static gboolean
athr_stream_needs_caller (AthrStream *self)
{
  AthrDriver *driver = self->producer->driver;

  return athr_producer_is_held_back (self->producer, athr_executor_get_pool (self->executor)) ||
         (driver != NULL && driver->needs_caller (driver));
}

gboolean
athr_stream_is_fed_here (AthrStream *self)
{
  return self->producer->is_fed && athr_context_queue_is_home (self->producer->home);
}

AthrChannelAnswer
athr_stream_take (AthrStream    *self,
                  GCancellable  *cancellable,
                  guint          max_values,
                  GValue        *value,
                  GArray       **values,
                  GError       **error)
{
  gboolean may_wait = !athr_pool_is_own_thread (athr_executor_get_pool (self->executor)) &&
                      !athr_alive_is_run_here (self->producer->alive);
  AthrChannelAnswer answer = ATHR_CHANNEL_NOTHING;
  gboolean is_first, is_reading = TRUE;
  AthrBlockedReader *reader;
  gulong id = 0;

  if (athr_channel_get_state (self->channel) == ATHR_CHANNEL_INITIAL &&
      (!may_wait || !athr_stream_prepare (self)))
    return ATHR_CHANNEL_NOTHING;

  athr_stream_fix_home_blocking (self);
  if (athr_stream_is_fed_here (self))
    may_wait = FALSE;
  if (athr_stream_needs_caller (self))
    {
      if (athr_channel_get_state (self->channel) == ATHR_CHANNEL_INITIAL)
        return ATHR_CHANNEL_NOTHING;
      may_wait = FALSE;
    }
  is_first = athr_stream_open (self);
  athr_producer_expect (self->producer);
  reader = athr_blocked_reader_new (self->producer);
  if (cancellable != NULL)
    {
      g_atomic_ref_count_inc (&reader->ref_count);
      id = athr_cancellable_connect (cancellable, G_CALLBACK (athr_blocked_reader_cancelled),
                                     reader, athr_blocked_reader_unref);
      if (g_cancellable_is_cancelled (cancellable))
        athr_channel_cancel (self->channel, &reader->waiter);
    }

  if (may_wait)
    athr_channel_add_reader (self->channel, &reader->waiter, FALSE);
  else
    is_reading = athr_channel_add_reader_if_ready (self->channel, &reader->waiter);
  if (is_first)
    athr_channel_wake (self->channel);
  while (is_reading && answer == ATHR_CHANNEL_NOTHING)
    {
      athr_wait (&reader->event, self->producer->home);
      if (max_values == 0)
        answer = athr_channel_answer (self->channel, &reader->waiter, FALSE, value, error);
      else
        answer = athr_channel_answer_batch (self->channel, &reader->waiter, max_values, FALSE, values, error);
    }

  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
  athr_blocked_reader_unref (reader, NULL);

  return answer;
}
