/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-channel-state-private.h"

/*   INITIAL -> OPEN -> ENDED | FAILED
 *       |         |--> CLOSING -> CLOSED | FAILED
 *       |         \--> FAILING -> FAILED
 *       \-> CLOSED
 *
 * Demand is counted in grants. At first there are as many as the buffer has room
 * for, and each ask issues one more; value k needs grant k. So n_granted - n_put is
 * the room that there is, and the producer is never further ahead of what was taken
 * or asked for than the size of the buffer. An ask that is cancelled takes the newest
 * grant back; where that was taken already, n_revoked remembers that the next ask is to
 * issue none.
 *
 * A grant is taken by the one who waited for it, before it is used for a value: at most
 * one is taken and not used. Whoever waits for the grant that follows his own value
 * (an exchange; in lock-step every put) gets it before those who wait to put.
 *
 * A step never waits, so its values may be more than its grants: n_put > n_granted.
 * Where the channel overflows instead of making the producer wait, grants only carry
 * what is sent.
 *
 * What is sent rides on a grant: the first one issued after it that is not used already.
 *
 * Those who ask are answered in order: only the first is told to come, and as it takes
 * its value, the next one. A value is taken when its taker has come, so it is never
 * lost to one that was cancelled on the way. */

void
athr_channel_set_state_locked (AthrChannel      *self,
                               AthrChannelState  state)
{
  static const gboolean allowed[7][7] = {
    [ATHR_CHANNEL_INITIAL] = { [ATHR_CHANNEL_OPEN] = TRUE, [ATHR_CHANNEL_CLOSED] = TRUE },
    [ATHR_CHANNEL_OPEN] = { [ATHR_CHANNEL_FAILING] = TRUE,
                            [ATHR_CHANNEL_CLOSING] = TRUE,
                            [ATHR_CHANNEL_ENDED] = TRUE,
                            [ATHR_CHANNEL_FAILED] = TRUE },
    [ATHR_CHANNEL_FAILING] = { [ATHR_CHANNEL_FAILED] = TRUE },
    [ATHR_CHANNEL_CLOSING] = { [ATHR_CHANNEL_CLOSED] = TRUE, [ATHR_CHANNEL_FAILED] = TRUE },
  };

  athr_assert_locked (&self->lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
}

/* TRUE: now it is DUE. */
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

  athr_assert_locked (&self->lock);

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

/* Once they are told, those who wait may be gone, but not the channel. */
void
athr_channel_unlock_and_notify (AthrChannel        *self,
                                AthrChannelEffects *effects)
{
  AthrChannelWaiter *reader = g_steal_pointer (&effects->reader);
  AthrChannelWaiter *flow = g_steal_pointer (&effects->flow);

  athr_unlock (&self->lock);
  athr_assert_unlocked ();

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

/* Until those who wait have woken, more room is no reason to wake them again. */
void
athr_channel_wake_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  if (!self->has_waiters)
    return;

  self->has_waiters = FALSE;
  g_atomic_int_inc (&self->n_wake_ups);
  if (self->n_sleepers > 0)
    g_cond_broadcast (&self->room);
}

void
athr_channel_begin_locked (AthrChannel        *self,
                           AthrChannelEffects *effects)
{
  athr_assert_locked (&self->lock);

  if (self->state != ATHR_CHANNEL_OPEN || self->is_job_active || !athr_channel_has_room_locked (self))
    return;

  self->is_job_active = TRUE;
  effects->begin = TRUE;
}

/* What was sent first rides on the grant issued just now, unless a step has used it. */
static void
athr_channel_attach_message_locked (AthrChannel *self)
{
  GList *link;

  athr_assert_locked (&self->lock);

  /* As it opens the numbers of grants change once more. */
  if (self->pending.head == NULL || self->state == ATHR_CHANNEL_INITIAL ||
      (self->n_granted <= self->n_put && athr_channel_has_grants_locked (self)))
    return;

  link = g_queue_pop_head_link (&self->pending);
  ((AthrMessage *) link->data)->grant = self->n_granted;
  g_queue_push_tail_link (&self->riding, link);
}

void
athr_channel_grant_locked (AthrChannel        *self,
                           guint               n,
                           gboolean            in_slice,
                           AthrChannelEffects *effects)
{
  guint n_revoked;

  athr_assert_locked (&self->lock);

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

  if (!athr_channel_has_grants_locked (self) || !athr_channel_has_room_locked (self) ||
      (self->is_job_active && !self->has_waiters))
    return;
  /* To wake a thread costs more than a value: inside a slice, only for many. */
  if (in_slice && self->n_granted - self->n_put < self->options.size / 2)
    {
      effects->wake_at_slice_end = !self->is_wake_deferred;
      self->is_wake_deferred = TRUE;
      return;
    }
  athr_channel_wake_locked (self);
  athr_channel_begin_locked (self, effects);
}

void
athr_channel_revoke_grant_locked (AthrChannel *self)
{
  AthrMessage *last = g_queue_peek_tail (&self->riding);

  athr_assert_locked (&self->lock);

  if (self->state > ATHR_CHANNEL_OPEN)
    return;
  if (athr_channel_has_grants_locked (self) && self->n_granted <= self->n_taken)
    {
      self->n_revoked++;
      return;
    }

  if (last != NULL && last->grant == self->n_granted)
    {
      g_queue_unlink (&self->riding, &last->link);
      g_queue_push_head_link (&self->pending, &last->link);
    }
  self->n_granted--;
}

AthrChannel *
athr_channel_new (const AthrChannelFuncs *funcs,
                  gpointer                owner)
{
  AthrChannel *self = g_new0 (AthrChannel, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->funcs = funcs;
  self->owner = owner;
  athr_lock_init (&self->lock);
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
  g_assert (g_queue_is_empty (&self->pending) && g_queue_is_empty (&self->riding));
  g_assert (self->current == NULL);
  /* There are some when home died before the function returned. */
  athr_message_free_all (&self->undelivered);
  g_clear_error (&self->error);
  g_clear_error (&self->no_space);
  athr_ring_clear (&self->buffer);
  g_cond_clear (&self->room);
  athr_lock_clear (&self->lock);
  g_free (self);
}

AthrChannelState
athr_channel_get_state (AthrChannel *self)
{
  return athr_lock_read (&self->lock, &self->state);
}

guint
athr_channel_get_n_buffered (AthrChannel *self)
{
  return athr_lock_read (&self->lock, &self->buffer.n_values);
}

guint
athr_channel_get_n_dropped (AthrChannel *self)
{
  return athr_lock_read (&self->lock, &self->n_dropped);
}

void
athr_channel_open (AthrChannel              *self,
                   const AthrChannelOptions *options)
{
  GError *no_space = NULL;

  if (options->overflow == ATHR_OVERFLOW_FAIL)
    no_space = g_error_new (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                            "The buffer of %u values overflowed", options->size);

  athr_lock (&self->lock);
  self->no_space = no_space;
  self->options = *options;
  athr_channel_set_state_locked (self, ATHR_CHANNEL_OPEN);
  self->n_granted += options->size;
  athr_unlock (&self->lock);
}
