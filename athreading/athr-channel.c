/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-channel-private.h"
#include "athr-pool-private.h"
#include "athr-ring-private.h"

/*   INITIAL -> OPEN -> ENDED | FAILED
 *       |         \--> CLOSING -> CLOSED | FAILED
 *       \-> CLOSED
 *
 * Demand is counted in grants. At first there are as many as the buffer has room
 * for, and each ask issues one more; value k needs grant k. So n_granted - n_put is
 * the room that there is, and the producer is never further ahead of what was taken
 * or asked for than the size of the buffer. An ask that is cancelled takes the newest
 * grant back; where that was used already, n_owed remembers that the next ask is to
 * issue none.
 *
 * Those who ask are answered in order: only the first is told to come, and as it takes
 * its value, the next one. A value is taken when its taker has come, so it is never
 * lost to one that was cancelled on the way. */

/* How long a put looks out for room before it sleeps, in microseconds. */
#define LOOK_OUT 10

struct _AthrChannel
{
  gatomicrefcount ref_count;

  AthrLock lock;
  GCond room;             /* lock; there is room, or nothing can be put any more */
  AthrChannelState state; /* lock */
  guint size;             /* lock; set once it is open */
  guint64 n_granted;      /* lock */
  guint64 n_put;          /* lock */
  guint64 n_owed;         /* lock */
  gboolean has_sleepers;  /* lock; threads that wait for room and were not woken */
  int n_changes;          /* lock; atomic, for those who look out: of room and state */
  guint64 last_serial;    /* lock */
  GQueue askers;          /* lock; (element-type AthrChannelWaiter) */
  GQueue enders;          /* lock; (element-type AthrChannelWaiter) */
  GError *error;          /* lock; set once it has FAILED */
  gboolean has_news;      /* lock; the error is still to be told to one who asks, */
  gboolean failed_closing; /* lock; or is for those who closed */

  AthrRing buffer;        /* lock; the values put and not taken */
};

static void
athr_channel_set_state_locked (AthrChannel      *self,
                               AthrChannelState  state)
{
  static const gboolean allowed[6][6] = {
    [ATHR_CHANNEL_INITIAL] = { [ATHR_CHANNEL_OPEN] = TRUE, [ATHR_CHANNEL_CLOSED] = TRUE },
    [ATHR_CHANNEL_OPEN] = { [ATHR_CHANNEL_CLOSING] = TRUE,
                            [ATHR_CHANNEL_ENDED] = TRUE,
                            [ATHR_CHANNEL_FAILED] = TRUE },
    [ATHR_CHANNEL_CLOSING] = { [ATHR_CHANNEL_CLOSED] = TRUE, [ATHR_CHANNEL_FAILED] = TRUE },
  };

  athr_assert_locked (&self->lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
  g_atomic_int_inc (&self->n_changes);
}

static gboolean
athr_channel_has_ended_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  return self->state >= ATHR_CHANNEL_ENDED;
}

static gboolean
athr_channel_has_room_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  return self->n_granted > self->n_put;
}

static gboolean
athr_channel_must_wait_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  return self->state == ATHR_CHANNEL_OPEN && !athr_channel_has_room_locked (self);
}

/* Those whose answer is there and who were not told yet, to be notified unlocked. */
static void
athr_channel_find_due_locked (AthrChannel *self,
                              GQueue      *due)
{
  AthrChannelWaiter *first = g_queue_peek_head (&self->askers);

  athr_assert_locked (&self->lock);

  if (first != NULL && first->state == ATHR_CHANNEL_WAITER_WAITING &&
      (self->buffer.n_values > 0 || self->state >= ATHR_CHANNEL_CLOSING))
    {
      first->state = ATHR_CHANNEL_WAITER_DUE;
      g_queue_push_tail_link (due, &first->due_link);
    }

  if (!athr_channel_has_ended_locked (self))
    return;

  for (GList *l = self->enders.head; l != NULL; l = l->next)
    {
      AthrChannelWaiter *ender = l->data;

      if (first != NULL && first->serial < ender->serial)
        break;
      if (ender->state == ATHR_CHANNEL_WAITER_WAITING)
        {
          ender->state = ATHR_CHANNEL_WAITER_DUE;
          g_queue_push_tail_link (due, &ender->due_link);
        }
    }
}

static void
athr_channel_notify (GQueue *due)
{
  GList *link;

  athr_assert_unlocked ();

  /* Once it is notified a waiter may be gone. */
  while ((link = g_queue_pop_head_link (due)) != NULL)
    {
      AthrChannelWaiter *waiter = link->data;

      waiter->notify (waiter);
    }
}

/* FALSE: it was cancelled before it was known. */
static gboolean
athr_channel_enqueue_locked (AthrChannel       *self,
                             GQueue            *waiters,
                             AthrChannelWaiter *waiter)
{
  athr_assert_locked (&self->lock);

  if (waiter->state == ATHR_CHANNEL_WAITER_CANCELLED)
    return FALSE;

  waiter->state = ATHR_CHANNEL_WAITER_WAITING;
  waiter->serial = ++self->last_serial;
  waiter->queue = waiters;
  waiter->link.data = waiter;
  waiter->due_link.data = waiter;
  g_queue_push_tail_link (waiters, &waiter->link);

  return TRUE;
}

static void
athr_channel_dequeue_locked (AthrChannel            *self,
                             AthrChannelWaiter      *waiter,
                             AthrChannelWaiterState  state)
{
  athr_assert_locked (&self->lock);

  g_queue_unlink (waiter->queue, &waiter->link);
  waiter->queue = NULL;
  waiter->state = state;
}

/* Until those who sleep have woken, more room is no reason to wake them again. */
static void
athr_channel_wake_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  if (self->has_sleepers)
    g_cond_broadcast (&self->room);
  self->has_sleepers = FALSE;
}

/* TRUE: those who wait for room are to be woken later. */
static gboolean
athr_channel_grant_locked (AthrChannel *self,
                           gboolean     in_slice)
{
  athr_assert_locked (&self->lock);

  if (self->state != ATHR_CHANNEL_OPEN || self->size == G_MAXUINT)
    return FALSE;

  if (self->n_owed > 0)
    self->n_owed--;
  else
    self->n_granted++;
  g_atomic_int_inc (&self->n_changes);

  if (!self->has_sleepers || !athr_channel_has_room_locked (self))
    return FALSE;
  /* To wake a thread costs more than a value: inside a slice, only for many. */
  if (in_slice && self->n_granted - self->n_put < self->size / 2)
    return TRUE;
  athr_channel_wake_locked (self);

  return FALSE;
}

static void
athr_channel_take_grant_back_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  if (self->state != ATHR_CHANNEL_OPEN || self->size == G_MAXUINT)
    return;

  if (athr_channel_has_room_locked (self))
    self->n_granted--;
  else
    self->n_owed++;
}

static AthrChannelAnswer
athr_channel_answer_asker_locked (AthrChannel *self,
                                  GValue      *value)
{
  athr_assert_locked (&self->lock);

  if (self->buffer.n_values > 0)
    {
      athr_ring_pop (&self->buffer, value);
      return ATHR_CHANNEL_VALUE;
    }
  if (self->has_news)
    {
      self->has_news = FALSE;
      return ATHR_CHANNEL_ERROR;
    }

  return self->state >= ATHR_CHANNEL_CLOSING ? ATHR_CHANNEL_END : ATHR_CHANNEL_NOTHING;
}

AthrChannel *
athr_channel_new (void)
{
  AthrChannel *self = g_new0 (AthrChannel, 1);

  g_atomic_ref_count_init (&self->ref_count);
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

  g_assert (g_queue_is_empty (&self->askers) && g_queue_is_empty (&self->enders));
  g_clear_error (&self->error);
  athr_ring_clear (&self->buffer);
  g_cond_clear (&self->room);
  athr_lock_clear (&self->lock);
  g_free (self);
}

AthrChannelState
athr_channel_get_state (AthrChannel *self)
{
  AthrChannelState state;

  athr_lock (&self->lock);
  state = self->state;
  athr_unlock (&self->lock);

  return state;
}

void
athr_channel_open (AthrChannel *self,
                   guint        size)
{
  athr_lock (&self->lock);
  athr_channel_set_state_locked (self, ATHR_CHANNEL_OPEN);
  self->size = size;
  self->n_granted = size == G_MAXUINT ? G_MAXUINT64 : size;
  athr_unlock (&self->lock);
}

gboolean
athr_channel_ask (AthrChannel       *self,
                  AthrChannelWaiter *waiter,
                  gboolean           in_slice)
{
  GQueue due = G_QUEUE_INIT;
  gboolean wake_later = FALSE;
  gboolean known;

  athr_lock (&self->lock);
  known = athr_channel_enqueue_locked (self, &self->askers, waiter);
  if (known)
    {
      wake_later = athr_channel_grant_locked (self, in_slice);
      athr_channel_find_due_locked (self, &due);
    }
  athr_unlock (&self->lock);

  if (!known)
    waiter->notify (waiter);
  athr_channel_notify (&due);

  return wake_later;
}

void
athr_channel_wake (AthrChannel *self)
{
  athr_lock (&self->lock);
  if (athr_channel_has_room_locked (self))
    athr_channel_wake_locked (self);
  athr_unlock (&self->lock);
}

void
athr_channel_await_end (AthrChannel       *self,
                        AthrChannelWaiter *waiter)
{
  GQueue due = G_QUEUE_INIT;
  gboolean known;

  athr_lock (&self->lock);
  known = athr_channel_enqueue_locked (self, &self->enders, waiter);
  athr_channel_find_due_locked (self, &due);
  athr_unlock (&self->lock);

  if (!known)
    waiter->notify (waiter);
  athr_channel_notify (&due);
}

void
athr_channel_cancel (AthrChannel       *self,
                     AthrChannelWaiter *waiter)
{
  GQueue due = G_QUEUE_INIT;
  gboolean tell = FALSE;

  athr_lock (&self->lock);
  if (waiter->state == ATHR_CHANNEL_WAITER_NEW)
    {
      waiter->state = ATHR_CHANNEL_WAITER_CANCELLED;
    }
  else if (waiter->queue != NULL)
    {
      tell = waiter->state == ATHR_CHANNEL_WAITER_WAITING;
      if (waiter->queue == &self->askers)
        athr_channel_take_grant_back_locked (self);
      athr_channel_dequeue_locked (self, waiter, ATHR_CHANNEL_WAITER_CANCELLED);
      athr_channel_find_due_locked (self, &due);
    }
  athr_unlock (&self->lock);

  if (tell)
    waiter->notify (waiter);
  athr_channel_notify (&due);
}

AthrChannelAnswer
athr_channel_answer (AthrChannel        *self,
                     AthrChannelWaiter  *waiter,
                     GValue             *value,
                     GError            **error)
{
  AthrChannelAnswer answer;
  GQueue due = G_QUEUE_INIT;

  athr_lock (&self->lock);
  if (waiter->state == ATHR_CHANNEL_WAITER_CANCELLED)
    {
      answer = ATHR_CHANNEL_CANCELLED;
      waiter->state = ATHR_CHANNEL_WAITER_ANSWERED;
    }
  else
    {
      if (waiter->queue == &self->askers)
        answer = athr_channel_answer_asker_locked (self, value);
      else
        answer = self->failed_closing ? ATHR_CHANNEL_ERROR : ATHR_CHANNEL_END;

      if (answer == ATHR_CHANNEL_NOTHING)
        waiter->state = ATHR_CHANNEL_WAITER_WAITING;
      else
        athr_channel_dequeue_locked (self, waiter, ATHR_CHANNEL_WAITER_ANSWERED);
      athr_channel_find_due_locked (self, &due);
    }
  athr_unlock (&self->lock);

  /* Once it is there the error stays, as long as somebody may ask. */
  if (answer == ATHR_CHANNEL_ERROR)
    g_propagate_error (error, g_error_copy (self->error));
  athr_channel_notify (&due);

  return answer;
}

void
athr_channel_close (AthrChannel *self)
{
  GQueue due = G_QUEUE_INIT;

  athr_lock (&self->lock);
  if (self->state == ATHR_CHANNEL_INITIAL)
    athr_channel_set_state_locked (self, ATHR_CHANNEL_CLOSED);
  else if (self->state == ATHR_CHANNEL_OPEN)
    athr_channel_set_state_locked (self, ATHR_CHANNEL_CLOSING);
  athr_channel_wake_locked (self);
  athr_channel_find_due_locked (self, &due);
  athr_unlock (&self->lock);

  athr_channel_notify (&due);
}

const GError *
athr_channel_peek_error (AthrChannel *self)
{
  const GError *error;

  athr_lock (&self->lock);
  error = self->error;
  athr_unlock (&self->lock);

  return error;
}

GValue *
athr_channel_steal (AthrChannel  *self,
                    guint        *n_values,
                    GError      **error)
{
  GValue *values;

  athr_lock (&self->lock);
  values = g_new (GValue, self->buffer.n_values);
  for (*n_values = 0; self->buffer.n_values > 0; (*n_values)++)
    athr_ring_pop (&self->buffer, &values[*n_values]);
  *error = g_steal_pointer (&self->error);
  self->has_news = FALSE;
  athr_unlock (&self->lock);

  return values;
}

/* Waits until there is room, or nothing can be put any more. TRUE: the place of this
 * worker was given away for that, and is to be taken back, unlocked. */
static gboolean
athr_channel_await_room_locked (AthrChannel *self)
{
  int n_changes = self->n_changes;

  athr_assert_locked (&self->lock);

  if (!athr_channel_must_wait_locked (self))
    return FALSE;

  /* While the consumer takes one value after the other there is room again soon. */
  athr_unlock (&self->lock);
  athr_look_out (&self->n_changes, n_changes, LOOK_OUT);
  athr_lock (&self->lock);
  if (!athr_channel_must_wait_locked (self))
    return FALSE;

  athr_unlock (&self->lock);
  athr_pool_block_begin ();
  athr_lock (&self->lock);
  while (athr_channel_must_wait_locked (self))
    {
      self->has_sleepers = TRUE;
      athr_lock_wait (&self->lock, &self->room);
    }

  return TRUE;
}

gboolean
athr_channel_put (AthrChannel  *self,
                  GValue       *value,
                  GError      **error)
{
  GQueue due = G_QUEUE_INIT;
  gboolean blocked, open;

  athr_lock (&self->lock);
  blocked = athr_channel_await_room_locked (self);

  open = self->state == ATHR_CHANNEL_OPEN;
  if (open)
    {
      athr_ring_push (&self->buffer, value);
      self->n_put++;
      athr_channel_find_due_locked (self, &due);
    }
  athr_unlock (&self->lock);

  athr_channel_notify (&due);
  if (blocked)
    athr_pool_block_end ();
  if (!open)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");

  return open;
}

gboolean
athr_channel_is_open (AthrChannel *self)
{
  return athr_channel_get_state (self) == ATHR_CHANNEL_OPEN;
}

void
athr_channel_end (AthrChannel *self,
                  GError      *error)
{
  GQueue due = G_QUEUE_INIT;

  athr_lock (&self->lock);
  if (self->state == ATHR_CHANNEL_OPEN)
    {
      athr_channel_set_state_locked (self, error != NULL ? ATHR_CHANNEL_FAILED
                                                         : ATHR_CHANNEL_ENDED);
      self->has_news = error != NULL;
      self->error = g_steal_pointer (&error);
    }
  else if (error == NULL ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
           g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      athr_channel_set_state_locked (self, ATHR_CHANNEL_CLOSED);
    }
  else
    {
      athr_channel_set_state_locked (self, ATHR_CHANNEL_FAILED);
      self->failed_closing = TRUE;
      self->error = g_steal_pointer (&error);
    }
  /* Other threads of the producer may still be in a put. */
  athr_channel_wake_locked (self);
  athr_channel_find_due_locked (self, &due);
  athr_unlock (&self->lock);

  g_clear_error (&error);
  athr_channel_notify (&due);
}
