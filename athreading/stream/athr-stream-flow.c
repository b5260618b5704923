/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-private.h"

/* The flow: the owner's thread emits `value` for each value. For the channel the flow is a
 * reader that asks again and again, behind all other readers. A worker that has put a value
 * notifies the flow. The work item and the waiter of the flow live in the producer, since the
 * worker does not hold the stream. Each push of the item holds a reference to the producer. */

guint athr_stream_value_signal;

static void
athr_stream_flow_post (AthrProducer *producer)
{
  athr_producer_ref (producer);
  if (!athr_context_queue_push (producer->home, producer->priority, &producer->flow))
    athr_producer_unref (producer);
}

/* Has the flow run again, in a nested main loop or after this run. */
static void
athr_stream_flow_post_front (AthrProducer *producer)
{
  athr_producer_ref (producer);
  if (!athr_context_queue_push_front (producer->home, producer->priority, &producer->flow))
    athr_producer_unref (producer);
}

static void
athr_stream_flow_withdraw (AthrProducer *producer)
{
  if (athr_context_queue_withdraw (producer->home, &producer->flow))
    athr_producer_unref (producer);
}

/* Any thread */
static void
athr_stream_flow_notify (AthrChannelWaiter *waiter)
{
  athr_stream_flow_post ((AthrProducer *) ((char *) waiter -
                                           G_STRUCT_OFFSET (AthrProducer, flow_waiter)));
}

/* A handler, or a function that was posted, has returned. Before that, run @run had queued the flow. */
static gboolean
athr_stream_flow_must_end (AthrStream *self,
                           guint      *run,
                           gboolean   *is_queued)
{
  /* The handler has forked, and returned in the child. */
  if (athr_stream_is_stale (self))
    return TRUE;
  /* A nested run, if there was one, took the flow out of the queue. */
  *is_queued = self->n_flow_runs == *run;
  *run = self->n_flow_runs;

  /* If a handler dropped the last reference, the stream emits no further values. */
  if (athr_weak_is_dropped (&self->producer->stream))
    {
      if (*is_queued)
        athr_stream_flow_withdraw (self->producer);
      return TRUE;
    }
  if (!athr_context_queue_slice_is_over (self->producer->home))
    return FALSE;

  /* The flow goes behind the other items, which have waited. */
  athr_stream_flow_withdraw (self->producer);
  athr_stream_flow_post (self->producer);

  return TRUE;
}

/* Emits one value after the other, until there is none or the slice is over. The functions that were
 * posted before a value run while the value is still in the channel: such a function may stop the flow or
 * close the stream, and the program then takes the value in another way. A handler may run
 * a nested main loop, which runs queued items only. So the flow stays queued while it emits,
 * until there is no value left. From then on the channel posts the flow when a value comes. */
static void
athr_stream_flow (AthrStream *self)
{
  AthrChannelAnswer answer = ATHR_CHANNEL_NOTHING;
  int *n_posts = &self->producer->n_posts;
  gboolean is_queued = FALSE;
  guint run = ++self->n_flow_runs;

  while (self->flowing && !self->has_finished && !athr_stream_has_lost_owner (self))
    {
      GValue value = G_VALUE_INIT;

      if (g_atomic_int_get (n_posts) > 0)
        {
          if (!is_queued)
            athr_stream_flow_post_front (self->producer);
          athr_stream_question_run_post (self->producer);
          if (athr_stream_flow_must_end (self, &run, &is_queued))
            return;
          continue;
        }

      answer = athr_channel_flow_quickly (self->channel, n_posts, &value)
                 ? ATHR_CHANNEL_VALUE : athr_channel_flow (self->channel, !is_queued, n_posts, &value);
      if (answer == ATHR_CHANNEL_NOTHING && g_atomic_int_get (n_posts) > 0)
        continue;
      if (answer == ATHR_CHANNEL_NOTHING && is_queued)
        {
          athr_stream_flow_withdraw (self->producer);
          is_queued = FALSE;
          continue;
        }
      if (answer != ATHR_CHANNEL_VALUE)
        break;

      if (!is_queued)
        athr_stream_flow_post_front (self->producer);
      g_signal_emit (self, athr_stream_value_signal, 0, &value);
      g_value_unset (&value);
      if (athr_stream_flow_must_end (self, &run, &is_queued))
        return;
    }

  if (is_queued)
    athr_stream_flow_withdraw (self->producer);
  if (answer == ATHR_CHANNEL_END)
    athr_producer_post (self->producer);
}

static void
athr_stream_flow_run (AthrWorkItem *item)
{
  AthrProducer *producer = item->data;
  AthrStream *self = athr_weak_borrow (&producer->stream);

  if (self != NULL)
    {
      athr_stream_flow (self);
      athr_weak_release (&producer->stream);
    }
  athr_producer_unref (producer);
}

static void
athr_stream_flow_drop (AthrWorkItem *item)
{
  athr_producer_unref (item->data);
}

void
athr_stream_flow_init (AthrStream *self)
{
  static const AthrWorkItemFuncs funcs = { athr_stream_flow_run, athr_stream_flow_drop, NULL };

  athr_work_item_init (&self->producer->flow, &funcs, self->producer);
  self->producer->flow_waiter.notify = athr_stream_flow_notify;
}

void
athr_stream_flow_set (AthrStream *self,
                      gboolean    flowing)
{
  self->flowing = flowing;
  if (flowing)
    athr_channel_flow_start (self->channel, &self->producer->flow_waiter,
                             athr_stream_is_in_slice (self));
  else
    athr_channel_flow_stop (self->channel);
}

void
athr_stream_flow_end (AthrStream *self)
{
  /* After `finished` the stream notifies nothing. */
  if (!self->flowing || self->has_finished)
    return;

  athr_stream_flow_set (self, FALSE);
  athr_notifier_mark (&self->notifier, ATHR_STREAM_PROP_FLOWING);
  athr_producer_post (self->producer);
}
