/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-channel-state-private.h"

/* A channel joins the two ends of a stream. The producer puts values into a buffer, and
 * readers take them out. In the other direction the consumer sends messages (values, or errors
 * that it throws) to the producer.
 *
 *   INITIAL -> OPEN -> ENDED | FAILED
 *       |         |--> CLOSING -> CLOSED | FAILED
 *       |         \--> FAILING -> FAILED
 *       \-> CLOSED
 *
 * Who takes part
 *
 * - The producer is one job of a pool. The job runs the function of the stream; with steps,
 *   the job runs once for each step. Other threads, which the function starts, may put values
 *   too.
 * - A reader asks for one value or one batch. It is an operation in a main loop or a blocked
 *   thread. The flow, which feeds `value` handlers, is a reader that comes after all others.
 * - A close waiter waits for the end of the producer.
 *
 * Grants
 *
 * A grant is the permission to put one value: the producer puts value number k with grant
 * number k. As the channel opens, it issues as many grants as the buffer has room for. Then it
 * issues one grant as a reader asks for a value, and one for each further value that a batch
 * takes. So n_granted - n_put values may be put now, and the producer is never further ahead
 * of the values that were taken or asked for than the size of the buffer. With a buffer of 0
 * (lock-step) the producer does not start before the first reader asks.
 *
 * The producer takes a grant when its job begins or when it waits for one, and uses the grant
 * when it puts a value, which may be much later. A grant that is taken and not used is open.
 * At most one grant is open: n_taken is n_put or n_put + 1.
 *
 * A reader that is cancelled revokes the newest grant. If the producer has taken that grant
 * already, the channel cannot take it back: n_revoked counts it, and the next request issues
 * no grant.
 *
 * An exchange puts a value and then waits for the next grant, since that grant carries the
 * answer to the value. In lock-step every put does the same. Meanwhile the next grant is
 * reserved: other threads that want to put may not take it. When the exchange has taken the
 * grant, the grant is open, and the thread that puts first uses it.
 *
 * A step never waits, so it may put more values than there are grants: n_put > n_granted. The
 * job is then parked until n_granted is greater than n_put again. If the buffer overflows
 * instead of making the producer wait (any AthrOverflow but BLOCK), the producer needs no
 * grants. The channel still counts them, because they carry the messages.
 *
 * Quick puts and takes
 *
 * Most puts find a grant and no message, overflow nothing and notify nobody. After a put that has
 * looked at everything, the channel knows how many further puts will be like that, and allows them
 * as quick puts. A quick put only moves its value into the buffer, without the lock. In the same
 * way the channel allows the flow quick takes, under the lock: no other reader waits for these
 * values, and the grants that the flow issues for them carry no message and wake no producer yet.
 * `front` says from where to where values may be put and taken quickly. Any thread that locks the
 * channel for something else ends that, waits until no quick put is under way, and counts what was
 * put and taken quickly (athr_channel_lock()).
 *
 * Messages
 *
 * A message waits in `pending` until the channel attaches it to a grant, one message to each
 * grant: the next grant that is issued after the message was sent, unless steps have used that
 * grant already. The grants that are issued as the channel opens carry no message. The message
 * of a revoked grant goes back to the head of `pending`.
 *
 * When the producer takes a grant, the message of that grant becomes `current`. The producer
 * receives it by an exchange or by athr_channel_receive(); a thrown error makes the put or the
 * exchange that finds it fail, and its grant stays open for the next put. When the producer
 * takes the next grant, a current message that it did not receive becomes undelivered. The
 * consumer gets undelivered messages back with athr_channel_send() or athr_channel_steal(),
 * and frees them in the owner's main context.
 *
 * A producer that never waits does not take its messages with grants. It receives the attached
 * messages one after the other: if it needs grants, as steps may, the messages of grants up to
 * n_put + 1; if it needs no grants, all messages.
 *
 * Notifications
 *
 * The channel notifies waiters after it has unlocked. It notifies only the first reader of the
 * queue, when there is a value or the end; when that reader has taken its answer, the channel
 * notifies the next one. So readers get their answers in the order in which they asked. A
 * value stays in the buffer until athr_channel_answer() takes it, so a reader that is
 * cancelled after its notification loses no value. The channel notifies a close waiter when
 * the producer has ended and the readers that were added before the close waiter have their
 * answers. */

void
athr_channel_set_state_locked (AthrChannel      *self,
                               AthrChannelState  state)
{
  static const gboolean allowed[7][7] G_GNUC_UNUSED = {
    [ATHR_CHANNEL_INITIAL] = { [ATHR_CHANNEL_OPEN] = TRUE, [ATHR_CHANNEL_CLOSED] = TRUE },
    [ATHR_CHANNEL_OPEN] = { [ATHR_CHANNEL_FAILING] = TRUE,
                            [ATHR_CHANNEL_CLOSING] = TRUE,
                            [ATHR_CHANNEL_ENDED] = TRUE,
                            [ATHR_CHANNEL_FAILED] = TRUE },
    [ATHR_CHANNEL_FAILING] = { [ATHR_CHANNEL_FAILED] = TRUE },
    [ATHR_CHANNEL_CLOSING] = { [ATHR_CHANNEL_CLOSED] = TRUE, [ATHR_CHANNEL_FAILED] = TRUE },
  };

  athr_assert_locked (&self->front.lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
}

/* TRUE: @waiter was waiting, and the caller notifies it. */
static gboolean
athr_channel_mark_notified_locked (AthrChannelWaiter *waiter)
{
  if (waiter->state != ATHR_CHANNEL_WAITER_WAITING)
    return FALSE;

  waiter->state = ATHR_CHANNEL_WAITER_NOTIFIED;

  return TRUE;
}

void
athr_channel_find_ready_locked (AthrChannel        *self,
                                AthrChannelEffects *effects)
{
  AthrChannelWaiter *first = self->readers.head != NULL ? self->readers.head->data : NULL;
  AthrChannelWaiter *flow = self->flow;
  gboolean no_more = self->state > ATHR_CHANNEL_OPEN;

  athr_assert_locked (&self->front.lock);

  if (first != NULL && (self->buffer.n_values > 0 || no_more) &&
      athr_channel_mark_notified_locked (first))
    effects->reader = first;

  if (flow != NULL && first == NULL && (self->buffer.n_values > 0 || no_more) &&
      athr_channel_mark_notified_locked (flow))
    effects->flow = flow;

  if (self->state < ATHR_CHANNEL_ENDED)
    return;

  for (GList *l = self->close_waiters.head; l != NULL; l = l->next)
    {
      AthrChannelWaiter *close_waiter = l->data;

      if (first != NULL && first->serial < close_waiter->serial)
        break;
      if (athr_channel_mark_notified_locked (close_waiter))
        {
          close_waiter->ready_link.data = close_waiter;
          g_queue_push_tail_link (&effects->close_waiters, &close_waiter->ready_link);
        }
    }
}

/* A waiter may be freed as soon as it was notified. The caller keeps the channel alive. */
void
athr_channel_unlock_and_notify (AthrChannel        *self,
                                AthrChannelEffects *effects)
{
  AthrChannelWaiter *reader = g_steal_pointer (&effects->reader);
  AthrChannelWaiter *flow = g_steal_pointer (&effects->flow);

  athr_unlock (&self->front.lock);
  athr_assert_unlocked ();

  /* A thread that wakes under the lock would wait for the lock. */
  if (effects->wake_sleepers)
    g_cond_broadcast (&self->room);
  effects->wake_sleepers = FALSE;
  if (reader != NULL)
    reader->notify (reader);
  if (flow != NULL)
    flow->notify (flow);
  while (effects->close_waiters.head != NULL)
    {
      GList *link = g_queue_pop_head_link (&effects->close_waiters);
      AthrChannelWaiter *waiter = link->data;

      waiter->notify (waiter);
    }
  if (self->funcs != NULL && effects->begin)
    self->funcs->begin (self->owner);
  if (self->funcs != NULL && effects->wake_at_slice_end)
    self->funcs->wake_at_slice_end (self->owner);
}

/* Wakes the threads of the producer that wait. More room does not wake them again before they
 * have run. */
void
athr_channel_wake_locked (AthrChannel        *self,
                          AthrChannelEffects *effects)
{
  athr_assert_locked (&self->front.lock);

  if (!self->has_waiters)
    return;

  self->has_waiters = FALSE;
  g_atomic_int_inc (&self->n_wake_ups);
  effects->wake_sleepers = self->n_sleepers > 0;
}

void
athr_channel_begin_locked (AthrChannel        *self,
                           AthrChannelEffects *effects)
{
  athr_assert_locked (&self->front.lock);

  if (self->state != ATHR_CHANNEL_OPEN || self->is_job_active || !athr_channel_has_room_locked (self))
    return;

  self->is_job_active = TRUE;
  effects->begin = TRUE;
}

/* Attaches the oldest pending message to the newest grant, unless a step has used that
 * grant. */
static void
athr_channel_attach_message_locked (AthrChannel *self)
{
  AthrMessage *message;

  athr_assert_locked (&self->front.lock);

  /* Opening adds the grants of the buffer, so earlier grants do not have their final
   * number. */
  if (self->pending.head == NULL || self->state == ATHR_CHANNEL_INITIAL ||
      (self->n_granted <= self->n_put && athr_channel_has_grants_locked (self)))
    return;

  message = g_queue_pop_head_link (&self->pending)->data;
  message->grant = self->n_granted;
  g_queue_push_tail_link (&self->attached, &message->link);
  if (message->error != NULL)
    g_queue_push_tail_link (&self->thrown, &message->thrown_link);
}

void
athr_channel_detach_locked (AthrChannel *self,
                            AthrMessage *message)
{
  athr_assert_locked (&self->front.lock);

  g_queue_unlink (&self->attached, &message->link);
  if (message->error != NULL)
    g_queue_unlink (&self->thrown, &message->thrown_link);
}

void
athr_channel_grant_locked (AthrChannel        *self,
                           guint               n,
                           gboolean            in_slice,
                           AthrChannelEffects *effects)
{
  guint n_revoked;

  athr_assert_locked (&self->front.lock);

  if (self->state > ATHR_CHANNEL_OPEN)
    return;

  n_revoked = MIN (n, self->n_revoked);
  self->n_revoked -= n_revoked;
  for (n -= n_revoked; n > 0 && self->pending.head != NULL; n--)
    {
      self->n_granted++;
      athr_channel_attach_message_locked (self);
    }
  self->n_granted += n;

  athr_channel_offer_room_locked (self, in_slice, effects);
}

/* Begins a producer that holds back, if enough values have left the buffer. */
static void
athr_channel_end_hold_locked (AthrChannel        *self,
                              gboolean            in_slice,
                              AthrChannelEffects *effects)
{
  guint64 n_out = athr_channel_get_n_out_locked (self);

  athr_assert_locked (&self->front.lock);

  if (self->state > ATHR_CHANNEL_OPEN || n_out < self->hold_soon)
    return;
  if (in_slice && n_out < self->hold_late)
    {
      effects->wake_at_slice_end |= !self->is_wake_deferred;
      self->is_wake_deferred = TRUE;
      return;
    }
  self->hold_soon = 0;
  effects->begin = TRUE;
}

void
athr_channel_offer_room_locked (AthrChannel        *self,
                                gboolean            in_slice,
                                AthrChannelEffects *effects)
{
  athr_assert_locked (&self->front.lock);

  if (self->hold_soon > 0)
    {
      athr_channel_end_hold_locked (self, in_slice, effects);
      return;
    }

  if (self->state > ATHR_CHANNEL_OPEN || !athr_channel_has_grants_locked (self) ||
      !athr_channel_has_room_locked (self) || (self->is_job_active && !self->has_waiters))
    return;
  /* Waking a thread costs more than passing a value. So a slice wakes the producer for half a
   * buffer of values, or at its end. */
  if (in_slice && self->n_granted - self->n_put < self->options.size / 2)
    {
      effects->wake_at_slice_end |= !self->is_wake_deferred;
      self->is_wake_deferred = TRUE;
      return;
    }
  athr_channel_wake_locked (self, effects);
  athr_channel_begin_locked (self, effects);
}

void
athr_channel_revoke_grant_locked (AthrChannel *self)
{
  AthrMessage *last = g_queue_peek_tail (&self->attached);

  athr_assert_locked (&self->front.lock);

  if (self->state > ATHR_CHANNEL_OPEN)
    return;
  if (athr_channel_has_grants_locked (self) && self->n_granted <= self->n_taken)
    {
      self->n_revoked++;
      return;
    }

  if (last != NULL && last->grant == self->n_granted)
    {
      athr_channel_detach_locked (self, last);
      g_queue_push_head_link (&self->pending, &last->link);
    }
  self->n_granted--;
}

guint64
athr_channel_get_limit_locked (AthrChannel *self)
{
  guint n_awaited = self->readers.length;

  athr_assert_locked (&self->front.lock);

  if (athr_channel_has_grants_locked (self))
    return G_MAXUINT64;

  if (self->flow != NULL && self->flow->state != ATHR_CHANNEL_WAITER_NEW)
    n_awaited++;
  /* Readers that wait get the newest values: one for each reader is kept, even if the buffer
   * is smaller. */
  if (self->options.overflow == ATHR_OVERFLOW_DROP_OLDEST)
    return MAX (self->options.size, n_awaited);

  return (guint64) self->options.size + n_awaited;
}

/* How many values may be put quickly from now on: each of them would find a grant and no message,
 * would overflow nothing and would notify nobody. Readers that wait for a value were notified. */
static guint
athr_channel_get_n_quick_puts_locked (AthrChannel *self)
{
  guint64 n = 0;

  athr_assert_locked (&self->front.lock);

  if (!athr_channel_takes_values_locked (self) || self->is_next_grant_reserved ||
      self->buffer.n_values == 0 || self->current != NULL || self->attached.head != NULL ||
      self->has_refused || (self->options.has_steps && !self->has_yielded))
    return 0;

  if (self->options.has_steps || !athr_channel_has_grants_locked (self))
    {
      guint64 limit = athr_channel_get_limit_locked (self);

      n = limit - MIN (limit, self->buffer.n_values);
    }
  else if (self->options.size > 0)
    {
      n = self->n_granted - self->n_put;
    }

  return MIN (n, G_MAXUINT);
}

/* How many values the flow may take quickly from now on: no other reader waits for them, and the
 * grants that the flow issues for them carry no message and wake no producer yet. */
static guint
athr_channel_get_n_quick_takes_locked (AthrChannel *self)
{
  gint64 room = self->n_granted - self->n_put;
  gint64 n = self->buffer.n_values;

  athr_assert_locked (&self->front.lock);

  if (self->flow == NULL || self->flow->state != ATHR_CHANNEL_WAITER_NEW ||
      self->readers.length > 0 || self->pending.head != NULL || self->n_revoked > 0)
    return 0;

  if (athr_channel_has_grants_locked (self) && (!self->is_job_active || self->has_waiters))
    n = self->is_wake_deferred ? MIN (n, (gint64) self->options.size / 2 - 1 - room) : 0;
  if (self->hold_soon > 0)
    {
      guint64 last = (self->is_wake_deferred ? self->hold_late : self->hold_soon) - 1;
      gint64 n_before = last - athr_channel_get_n_out_locked (self);

      n = MIN (n, n_before);
    }

  return MAX (n, 0);
}

void
athr_channel_allow_quick_locked (AthrChannel *self)
{
  AthrBuffer *buffer = &self->buffer;
  guint n_puts = athr_channel_get_n_quick_puts_locked (self);
  guint n_takes = athr_channel_get_n_quick_takes_locked (self);

  if (n_puts > 0)
    {
      self->front.put_next = buffer->in;
      g_atomic_pointer_set (&self->front.put_end,
                            buffer->in + MIN (n_puts, (gsize) (buffer->in_end - buffer->in)));
    }
  if (n_takes > 0)
    {
      self->front.take_next = buffer->out;
      self->front.take_end = buffer->out + MIN (n_takes, (gsize) (buffer->out_end - buffer->out));
    }
}

AthrChannel *
athr_channel_new (const AthrChannelFuncs *funcs,
                  gpointer                owner)
{
  AthrChannel *self = g_new0 (AthrChannel, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->funcs = funcs;
  self->owner = owner;
  athr_lock_init (&self->front.lock);
  athr_entry_init (&self->front.entry);
  g_cond_init (&self->room);

  return self;
}

AthrChannel *
athr_channel_ref (AthrChannel *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_channel_unref (AthrChannel *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (g_queue_is_empty (&self->readers) && g_queue_is_empty (&self->close_waiters));
  g_assert (g_queue_is_empty (&self->pending) && g_queue_is_empty (&self->attached));
  g_assert (self->current == NULL);
  /* Some are left when the main context died before the function returned. */
  athr_message_free_all (&self->undelivered);
  g_clear_error (&self->error);
  g_clear_error (&self->no_space);
  athr_buffer_clear (&self->buffer);
  g_cond_clear (&self->room);
  athr_entry_clear (&self->front.entry);
  athr_lock_clear (&self->front.lock);
  g_free (self);
}

AthrChannelState
athr_channel_get_state (AthrChannel *self)
{
  return athr_lock_read (&self->front.lock, &self->state);
}

guint
athr_channel_get_n_buffered (AthrChannel *self)
{
  guint n;

  athr_channel_lock (self);
  n = self->buffer.n_values;
  athr_unlock (&self->front.lock);

  return n;
}

guint
athr_channel_get_n_dropped (AthrChannel *self)
{
  return athr_lock_read (&self->front.lock, &self->n_dropped);
}

void
athr_channel_open (AthrChannel              *self,
                   const AthrChannelOptions *options)
{
  GError *no_space = NULL;

  if (options->overflow == ATHR_OVERFLOW_FAIL)
    no_space = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "The buffer of %u values overflowed", options->size);

  athr_channel_lock (self);
  self->no_space = no_space;
  self->options = *options;
  athr_channel_set_state_locked (self, ATHR_CHANNEL_OPEN);
  self->n_granted += options->size;
  athr_unlock (&self->front.lock);
}
