/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-channel-state-private.h"
#include "pool/athr-pool-private.h"

/* The producer's side of a channel: it waits for grants, puts values and receives messages. */

/* How long a thread of the producer spins before it sleeps, in microseconds. A spinning
 * thread, like a sleeping one, is woken for many grants at once: two threads that take turns
 * for each value wait for the cache line of the lock most of the time. The flow emits half a
 * buffer of values in 4 us, and a main loop that slept needs some 10 us for its first value. */
#define SPIN_TIME 20

/* After so many waits in a row that spinning did not end, only each SPIN_INTERVAL-th wait spins. Once
 * both sides sleep, each finds the other asleep, until a spin ends that. With 10 us and each
 * 64th wait, a flow of ints on an AMD EPYC (family 26) took 140 to 310 ns a value; with these figures it
 * takes 130 ns. */
#define MAX_LOST_SPINS 4
#define SPIN_INTERVAL 8

typedef gboolean (*AthrChannelPredicate) (AthrChannel *self);

static gboolean
athr_channel_waits_locked (AthrChannel *self)
{
  return athr_channel_has_grants_locked (self) && !self->options.has_steps;
}

/* Whether a grant is taken and not used yet. */
static gboolean
athr_channel_has_open_grant_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->n_taken > self->n_put;
}

static gboolean
athr_channel_must_wait_to_put_locked (AthrChannel *self)
{
  return athr_channel_takes_values_locked (self) && !athr_channel_has_open_grant_locked (self) &&
         (self->is_next_grant_reserved || self->n_granted == self->n_taken);
}

static gboolean
athr_channel_must_wait_for_next_grant_locked (AthrChannel *self)
{
  return athr_channel_takes_values_locked (self) && self->n_granted == self->n_taken;
}

/* Waits while @must_wait is true, which it is now. *@blocked becomes TRUE when the worker gave
 * its place in the pool away to wait. Then the caller takes the place back, unlocked, by
 * athr_pool_wait_for_room_end(). */
static void
athr_channel_wait_locked (AthrChannel          *self,
                          AthrChannelPredicate  must_wait,
                          gboolean             *blocked)
{
  int n_wake_ups = self->n_wake_ups;

  athr_assert_locked (&self->front.lock);

  self->has_waiters = TRUE;
  /* A consumer that takes one value after the other wakes this thread soon. A consumer that has
   * not done so is tried again now and then. */
  if (self->n_lost_spins < MAX_LOST_SPINS || self->n_lost_spins % SPIN_INTERVAL == 0)
    {
      athr_unlock (&self->front.lock);
      athr_spin_wait (&self->n_wake_ups, n_wake_ups, SPIN_TIME);
      athr_channel_lock (self);
      if (!must_wait (self))
        {
          self->n_lost_spins = 0;
          return;
        }
    }
  self->n_lost_spins++;

  if (!*blocked)
    {
      athr_unlock (&self->front.lock);
      athr_pool_wait_for_room_begin ();
      athr_channel_lock (self);
      *blocked = TRUE;
    }
  while (must_wait (self))
    {
      self->has_waiters = TRUE;
      self->n_sleepers++;
      athr_lock_wait (&self->front.lock, &self->room);
      athr_channel_end_quick_locked (self);
      self->n_sleepers--;
    }
}

/* Takes the next grant, and makes its message the current one. A current message that the
 * producer did not receive becomes undelivered. */
static void
athr_channel_take_grant_locked (AthrChannel *self)
{
  AthrMessage *message = g_queue_peek_head (&self->attached);

  athr_assert_locked (&self->front.lock);

  self->n_taken++;
  if (self->current != NULL)
    g_queue_push_tail_link (&self->undelivered, &self->current->link);
  self->current = NULL;

  if (message != NULL && message->grant == self->n_taken)
    {
      athr_channel_detach_locked (self, message);
      self->current = message;
    }
}

/* Takes the current message if it is a thrown error; otherwise NULL. The grant stays open. */
static AthrMessage *
athr_channel_take_thrown_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  if (self->current == NULL || self->current->error == NULL)
    return NULL;

  return g_steal_pointer (&self->current);
}

/* The next message, or with @thrown the next error, for a producer that never waits. */
static AthrMessage *
athr_channel_find_message_locked (AthrChannel *self,
                                  gboolean     thrown)
{
  AthrMessage *message = g_queue_peek_head (thrown ? &self->thrown : &self->attached);

  athr_assert_locked (&self->front.lock);

  if (message == NULL ||
      (athr_channel_has_grants_locked (self) && message->grant > self->n_put + 1))
    return NULL;

  athr_channel_detach_locked (self, message);

  return message;
}

/* The thrown error that makes a put fail that does not wait. In a step only the first put can
 * fail with it. */
static AthrMessage *
athr_channel_take_thrown_unwaited_locked (AthrChannel *self)
{
  gboolean is_first = !self->has_yielded || !self->options.has_steps;

  athr_assert_locked (&self->front.lock);

  self->has_yielded = TRUE;

  return is_first ? athr_channel_find_message_locked (self, TRUE) : NULL;
}

static void
athr_channel_count_dropped_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  if (self->n_dropped < G_MAXUINT)
    self->n_dropped++;
}

/* Puts @value; on return @value is unset or has the value that was dropped. FALSE: the buffer
 * overflowed, and @value stays. */
static gboolean
athr_channel_push_locked (AthrChannel *self,
                          GValue      *value)
{
  GValue displaced = G_VALUE_INIT;

  athr_assert_locked (&self->front.lock);

  if (self->buffer.n_values >= athr_channel_get_limit_locked (self))
    {
      if (self->options.overflow == ATHR_OVERFLOW_FAIL)
        {
          athr_channel_set_state_locked (self, ATHR_CHANNEL_FAILING);
          self->error = g_steal_pointer (&self->no_space);
          self->has_unread_error = TRUE;
          return FALSE;
        }

      athr_channel_count_dropped_locked (self);
      if (self->options.overflow == ATHR_OVERFLOW_DROP_NEWEST || self->buffer.n_values == 0)
        return TRUE;
      athr_buffer_pop (&self->buffer, &displaced);
    }

  athr_buffer_push (&self->buffer, value);
  *value = displaced;
  self->n_put++;
  self->n_taken = MAX (self->n_taken, self->n_put);

  return TRUE;
}

/* Waits until @value can be put, and puts it. FALSE: the channel takes no values, or the
 * buffer overflowed, or the consumer threw @thrown. */
static gboolean
athr_channel_put_locked (AthrChannel  *self,
                         GValue       *value,
                         AthrMessage **thrown,
                         gboolean     *blocked)
{
  athr_assert_locked (&self->front.lock);

  if (athr_channel_waits_locked (self) && athr_channel_must_wait_to_put_locked (self))
    athr_channel_wait_locked (self, athr_channel_must_wait_to_put_locked, blocked);
  if (!athr_channel_takes_values_locked (self))
    return FALSE;

  if (!athr_channel_waits_locked (self))
    {
      *thrown = athr_channel_take_thrown_unwaited_locked (self);
    }
  else
    {
      if (!athr_channel_has_open_grant_locked (self))
        athr_channel_take_grant_locked (self);
      *thrown = athr_channel_take_thrown_locked (self);
    }

  return *thrown == NULL && athr_channel_push_locked (self, value);
}

/* Waits for the grant after the value that this thread put last, and takes it. FALSE: the
 * channel takes no more values, or the consumer threw @thrown with that grant. */
static gboolean
athr_channel_wait_for_next_grant_locked (AthrChannel        *self,
                                         AthrMessage       **thrown,
                                         gboolean           *blocked,
                                         AthrChannelEffects *effects)
{
  gboolean goes_on;

  athr_assert_locked (&self->front.lock);

  self->is_next_grant_reserved = TRUE;
  if (athr_channel_must_wait_for_next_grant_locked (self))
    athr_channel_wait_locked (self, athr_channel_must_wait_for_next_grant_locked, blocked);
  self->is_next_grant_reserved = FALSE;
  goes_on = athr_channel_takes_values_locked (self);
  if (goes_on)
    {
      athr_channel_take_grant_locked (self);
      *thrown = athr_channel_take_thrown_locked (self);
    }
  /* Now the grant is open, so threads that wait to put may use it. */
  athr_channel_wake_locked (self, effects);

  return goes_on && *thrown == NULL;
}

/* Sets @error to the reason why a put failed. Called unlocked. */
static void
athr_channel_set_put_error (AthrChannel  *self,
                            AthrMessage  *thrown,
                            gboolean      overflowed,
                            GError      **error)
{
  if (thrown != NULL && error == NULL)
    {
      /* The producer does not look at the error, so home frees it with the messages. */
      athr_channel_lock (self);
      g_queue_push_tail_link (&self->undelivered, &thrown->link);
      athr_unlock (&self->front.lock);
    }
  else if (thrown != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&thrown->error));
      athr_message_free (thrown);
    }
  else if (overflowed)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   "The buffer of %u values overflowed", self->options.size);
    }
  else
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");
    }
}

/* Readers can take the value before this thread waits for the next grant. @message: NULL for a
 * put. */
static gboolean
athr_channel_put_or_exchange (AthrChannel  *self,
                              GValue       *value,
                              AthrMessage **message,
                              GError      **error)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  AthrMessage *thrown = NULL;
  gboolean blocked = FALSE;
  gboolean is_put, is_done, overflowed;

  athr_channel_lock (self);
  is_done = is_put = athr_channel_put_locked (self, value, &thrown, &blocked);
  athr_channel_find_ready_locked (self, &effects);

  if (is_put && athr_channel_waits_locked (self) && (message != NULL || self->options.size == 0))
    {
      /* No other thread may take the next grant while this one notifies the waiters. */
      self->is_next_grant_reserved = TRUE;
      athr_channel_unlock_and_notify (self, &effects);
      athr_channel_lock (self);
      is_done = athr_channel_wait_for_next_grant_locked (self, &thrown, &blocked, &effects);
      if (is_done && message != NULL)
        *message = g_steal_pointer (&self->current);
    }
  overflowed = self->state == ATHR_CHANNEL_FAILING;
  self->has_refused = !is_done;
  athr_channel_allow_quick_locked (self);
  athr_channel_unlock_and_notify (self, &effects);

  if (blocked)
    athr_pool_wait_for_room_end ();
  if (!is_done)
    athr_channel_set_put_error (self, thrown, overflowed, error);

  return is_done;
}

AthrChannelTurn
athr_channel_begin (AthrChannel *self)
{
  AthrChannelTurn turn = ATHR_CHANNEL_RUN;

  athr_channel_lock (self);
  if (self->state != ATHR_CHANNEL_OPEN)
    {
      turn = ATHR_CHANNEL_OVER;
    }
  else if (!athr_channel_has_room_locked (self))
    {
      /* A reader was cancelled meanwhile, and revoked the grant. */
      self->is_job_active = self->may_not_park;
      turn = self->may_not_park ? ATHR_CHANNEL_CUT_SHORT : ATHR_CHANNEL_PARK;
    }
  else if (self->options.has_steps)
    {
      self->n_taken = MAX (self->n_taken, self->n_put + 1);
      self->has_yielded = FALSE;
    }
  else if (athr_channel_has_grants_locked (self))
    {
      athr_channel_take_grant_locked (self);
    }
  athr_unlock (&self->front.lock);

  return turn;
}

gboolean
athr_channel_forbid_parking (AthrChannel *self)
{
  gboolean is_idle;

  athr_channel_lock (self);
  self->may_not_park = TRUE;
  is_idle = self->state == ATHR_CHANNEL_OPEN && !self->is_job_active;
  if (is_idle)
    self->is_job_active = TRUE;
  athr_unlock (&self->front.lock);

  return is_idle;
}

AthrChannelTurn
athr_channel_end_step (AthrChannel *self)
{
  AthrChannelTurn turn = ATHR_CHANNEL_RUN;

  athr_channel_lock (self);
  if (!self->has_yielded && self->current == NULL)
    self->current = athr_channel_find_message_locked (self, TRUE);

  if (self->state != ATHR_CHANNEL_OPEN || self->is_finished || self->current != NULL)
    {
      turn = ATHR_CHANNEL_OVER;
    }
  else if (!athr_channel_has_room_locked (self))
    {
      self->is_job_active = self->may_not_park;
      turn = self->may_not_park ? ATHR_CHANNEL_CUT_SHORT : ATHR_CHANNEL_PARK;
    }
  athr_unlock (&self->front.lock);

  return turn;
}

gboolean
athr_channel_put (AthrChannel  *self,
                  GValue       *value,
                  GError      **error)
{
  return athr_channel_put_or_exchange (self, value, NULL, error);
}

gboolean
athr_channel_exchange (AthrChannel  *self,
                       GValue       *value,
                       AthrMessage **message,
                       GError      **error)
{
  gboolean waits;

  athr_channel_lock (self);
  waits = athr_channel_waits_locked (self);
  athr_unlock (&self->front.lock);

  if (waits)
    return athr_channel_put_or_exchange (self, value, message, error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       "A producer that never waits cannot exchange a value");

  return FALSE;
}

gboolean
athr_channel_receive (AthrChannel  *self,
                      AthrMessage **message,
                      GError      **error)
{
  AthrMessage *thrown;
  gboolean open;

  athr_channel_lock (self);
  open = athr_channel_takes_values_locked (self);
  if (!open)
    *message = NULL;
  else if (athr_channel_waits_locked (self))
    *message = g_steal_pointer (&self->current);
  else
    *message = athr_channel_find_message_locked (self, FALSE);
  athr_unlock (&self->front.lock);

  if (open && (*message == NULL || (*message)->error == NULL))
    return TRUE;

  thrown = g_steal_pointer (message);
  athr_channel_set_put_error (self, thrown, FALSE, error);

  return FALSE;
}

guint64
athr_channel_get_n_out (AthrChannel *self)
{
  guint64 n_out;

  athr_channel_lock (self);
  n_out = athr_channel_get_n_out_locked (self);
  athr_unlock (&self->front.lock);

  return n_out;
}

gboolean
athr_channel_hold_back (AthrChannel *self,
                        guint64      soon,
                        guint64      late)
{
  gboolean holds_back;

  athr_channel_lock (self);
  holds_back = athr_channel_get_n_out_locked (self) < soon;
  self->hold_soon = holds_back ? soon : 0;
  self->hold_late = late;
  athr_unlock (&self->front.lock);

  return holds_back;
}

void
athr_channel_finish (AthrChannel *self)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;

  athr_channel_lock (self);
  self->is_finished = TRUE;
  athr_channel_wake_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);
}

gboolean
athr_channel_is_open (AthrChannel *self)
{
  gboolean open;

  athr_channel_lock (self);
  open = athr_channel_takes_values_locked (self);
  athr_unlock (&self->front.lock);

  return open;
}

guint64
athr_channel_get_room (AthrChannel *self)
{
  guint64 room = 0;

  athr_channel_lock (self);
  if (!athr_channel_has_grants_locked (self))
    room = G_MAXUINT64;
  else if (athr_channel_has_room_locked (self))
    room = self->n_granted - self->n_put;
  if (!athr_channel_takes_values_locked (self))
    room = 0;
  athr_unlock (&self->front.lock);

  return room;
}

void
athr_channel_end (AthrChannel *self,
                  GError      *error)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  AthrMessage *thrown;

  athr_channel_lock (self);
  thrown = athr_channel_take_thrown_locked (self);
  if (self->state == ATHR_CHANNEL_OPEN)
    {
      /* An error that was thrown, and that the function never received, fails the stream. */
      if (error == NULL && thrown != NULL)
        error = g_steal_pointer (&thrown->error);
      athr_channel_set_state_locked (self, error != NULL ? ATHR_CHANNEL_FAILED
                                                         : ATHR_CHANNEL_ENDED);
      self->has_unread_error = error != NULL;
      self->error = g_steal_pointer (&error);
    }
  else if (self->state == ATHR_CHANNEL_FAILING)
    {
      athr_channel_set_state_locked (self, ATHR_CHANNEL_FAILED);
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
      self->has_close_error = TRUE;
      self->error = g_steal_pointer (&error);
    }
  if (thrown != NULL)
    g_queue_push_tail_link (&self->undelivered, &thrown->link);
  /* The error of the function goes to no reader and to no close waiter. Home frees it with the
   * messages. */
  if (error != NULL)
    g_queue_push_tail_link (&self->undelivered, &athr_message_new (NULL, error)->link);
  /* Other threads of the producer may still wait in a put. */
  athr_channel_wake_locked (self, &effects);
  athr_channel_find_ready_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);
}
