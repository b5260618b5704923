/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-channel-state-private.h"

/* The consumer's side of a channel: readers, close waiters and the flow take values and the
 * end, and the consumer sends messages. */

/* FALSE: @waiter was cancelled before it was added, or is a reader after a cut. */
static gboolean
athr_channel_enqueue_locked (AthrChannel       *self,
                             GQueue            *waiters,
                             AthrChannelWaiter *waiter)
{
  athr_assert_locked (&self->front.lock);

  if (self->is_cut && waiters == &self->readers)
    waiter->state = ATHR_CHANNEL_WAITER_CANCELLED;
  if (waiter->state == ATHR_CHANNEL_WAITER_CANCELLED)
    return FALSE;

  waiter->state = ATHR_CHANNEL_WAITER_WAITING;
  waiter->serial = ++self->last_serial;
  waiter->queue = waiters;
  waiter->link.data = waiter;
  g_queue_push_tail_link (waiters, &waiter->link);

  return TRUE;
}

static void
athr_channel_dequeue_locked (AthrChannel            *self,
                             AthrChannelWaiter      *waiter,
                             AthrChannelWaiterState  state)
{
  athr_assert_locked (&self->front.lock);

  g_queue_unlink (waiter->queue, &waiter->link);
  waiter->queue = NULL;
  waiter->state = state;
}

static gboolean
athr_channel_would_wait_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->state <= ATHR_CHANNEL_OPEN && self->buffer.n_values <= self->readers.length;
}

/* FALSE: @only_if_ready is TRUE, and @waiter was not added since it would wait. */
static gboolean
athr_channel_add_reader_if (AthrChannel       *self,
                            AthrChannelWaiter *waiter,
                            gboolean           in_slice,
                            gboolean           only_if_ready)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean refused, is_added = FALSE;

  athr_channel_lock (self);
  refused = only_if_ready &&
            (self->readers.length > 0 || athr_channel_would_wait_locked (self));
  if (!refused)
    is_added = athr_channel_enqueue_locked (self, &self->readers, waiter);
  if (is_added)
    {
      athr_channel_grant_locked (self, 1, in_slice, &effects);
      athr_channel_find_ready_locked (self, &effects);
    }
  athr_channel_unlock_and_notify (self, &effects);

  if (!is_added && !refused)
    waiter->notify (waiter);

  return !refused;
}

void
athr_channel_add_reader (AthrChannel       *self,
                         AthrChannelWaiter *waiter,
                         gboolean           in_slice)
{
  athr_channel_add_reader_if (self, waiter, in_slice, FALSE);
}

gboolean
athr_channel_add_reader_if_ready (AthrChannel       *self,
                                  AthrChannelWaiter *waiter)
{
  return athr_channel_add_reader_if (self, waiter, FALSE, TRUE);
}

void
athr_channel_add_close_waiter (AthrChannel       *self,
                               AthrChannelWaiter *waiter)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean is_added;

  athr_channel_lock (self);
  is_added = athr_channel_enqueue_locked (self, &self->close_waiters, waiter);
  athr_channel_find_ready_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);

  if (!is_added)
    waiter->notify (waiter);
}

void
athr_channel_cancel (AthrChannel       *self,
                     AthrChannelWaiter *waiter)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean must_notify = FALSE;

  athr_channel_lock (self);
  if (waiter->state == ATHR_CHANNEL_WAITER_NEW)
    {
      waiter->state = ATHR_CHANNEL_WAITER_CANCELLED;
    }
  else if (waiter->queue != NULL)
    {
      must_notify = waiter->state == ATHR_CHANNEL_WAITER_WAITING;
      if (waiter->queue == &self->readers)
        athr_channel_revoke_grant_locked (self);
      athr_channel_dequeue_locked (self, waiter, ATHR_CHANNEL_WAITER_CANCELLED);
      athr_channel_find_ready_locked (self, &effects);
      athr_channel_offer_room_locked (self, FALSE, &effects);
    }
  athr_channel_unlock_and_notify (self, &effects);

  if (must_notify)
    waiter->notify (waiter);
}

/* The answer for a reader or the flow when the buffer is empty. */
static AthrChannelAnswer
athr_channel_answer_end_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  if (self->has_unread_error)
    {
      self->has_unread_error = FALSE;
      self->is_over = TRUE;
      return ATHR_CHANNEL_ERROR;
    }
  if (self->state <= ATHR_CHANNEL_OPEN)
    return ATHR_CHANNEL_NOTHING;

  self->is_over = self->is_done = TRUE;

  return ATHR_CHANNEL_END;
}

static AthrChannelAnswer
athr_channel_answer_close_waiter_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  self->is_over = TRUE;

  return self->has_close_error ? ATHR_CHANNEL_ERROR : ATHR_CHANNEL_END;
}

/* Moves up to @max values to @values, which has room for @max. */
static guint
athr_channel_pop_locked (AthrChannel        *self,
                         GValue             *values,
                         guint               max,
                         gboolean            in_slice,
                         AthrChannelEffects *effects)
{
  guint n = MIN (max, self->buffer.n_values);

  athr_assert_locked (&self->front.lock);

  athr_buffer_pop_many (&self->buffer, values, n);
  /* The grant of the first value was issued as the reader asked for it. */
  if (n > 1)
    athr_channel_grant_locked (self, n - 1, in_slice, effects);

  return n;
}

/* *@n_values is how many values @values has room for, and becomes how many were taken. */
static AthrChannelAnswer
athr_channel_answer_any (AthrChannel        *self,
                         AthrChannelWaiter  *waiter,
                         gboolean            in_slice,
                         GValue             *values,
                         guint              *n_values,
                         GError            **error)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  AthrChannelAnswer answer;
  guint n_taken = 0;

  athr_channel_lock (self);
  if (waiter->state == ATHR_CHANNEL_WAITER_CANCELLED)
    {
      answer = ATHR_CHANNEL_CANCELLED;
      waiter->state = ATHR_CHANNEL_WAITER_ANSWERED;
    }
  else
    {
      if (waiter->queue == &self->close_waiters)
        answer = athr_channel_answer_close_waiter_locked (self);
      else if ((n_taken = athr_channel_pop_locked (self, values, *n_values, in_slice, &effects)) > 0)
        answer = ATHR_CHANNEL_VALUE;
      else
        answer = athr_channel_answer_end_locked (self);

      if (answer == ATHR_CHANNEL_NOTHING)
        waiter->state = ATHR_CHANNEL_WAITER_WAITING;
      else
        athr_channel_dequeue_locked (self, waiter, ATHR_CHANNEL_WAITER_ANSWERED);
      athr_channel_find_ready_locked (self, &effects);
      athr_channel_offer_room_locked (self, in_slice, &effects);
    }
  athr_channel_unlock_and_notify (self, &effects);

  /* Unlocked: only athr_channel_steal() takes the error away, when no waiter can come any
   * more. */
  if (answer == ATHR_CHANNEL_ERROR)
    g_propagate_error (error, g_error_copy (self->error));
  *n_values = n_taken;

  return answer;
}

AthrChannelAnswer
athr_channel_answer (AthrChannel        *self,
                     AthrChannelWaiter  *waiter,
                     gboolean            in_slice,
                     GValue             *value,
                     GError            **error)
{
  guint one = 1;

  return athr_channel_answer_any (self, waiter, in_slice, value, &one, error);
}

AthrChannelAnswer
athr_channel_answer_batch (AthrChannel        *self,
                           AthrChannelWaiter  *waiter,
                           guint               max,
                           gboolean            in_slice,
                           GArray            **values,
                           GError            **error)
{
  guint n_buffered = athr_channel_get_n_buffered (self);
  guint n_values = CLAMP (n_buffered, 1, max);
  g_autoptr (GArray) array = g_array_sized_new (FALSE, TRUE, sizeof (GValue), n_values);
  AthrChannelAnswer answer;

  g_array_set_clear_func (array, (GDestroyNotify) g_value_unset);
  answer = athr_channel_answer_any (self, waiter, in_slice, (GValue *) array->data,
                                    &n_values, error);
  /* g_array_set_size() would clear all elements first. */
  array->len = n_values;
  if (answer != ATHR_CHANNEL_NOTHING)
    *values = g_steal_pointer (&array);

  return answer;
}

static gboolean
athr_channel_try_take_locked (AthrChannel        *self,
                              gboolean            in_slice,
                              GValue             *value,
                              AthrChannelEffects *effects)
{
  athr_assert_locked (&self->front.lock);

  if (self->buffer.n_values <= self->readers.length)
    return FALSE;

  /* The readers get the values before it. */
  athr_buffer_pop_nth (&self->buffer, self->readers.length, value);
  athr_channel_grant_locked (self, 1, in_slice, effects);

  return TRUE;
}

gboolean
athr_channel_try_take (AthrChannel *self,
                       gboolean     in_slice,
                       GValue      *value)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean is_taken;

  athr_channel_lock (self);
  is_taken = athr_channel_try_take_locked (self, in_slice, value, &effects);
  athr_channel_unlock_and_notify (self, &effects);

  return is_taken;
}

gboolean
athr_channel_try_take_lazily (AthrChannel *self,
                              GValue      *value)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean is_taken;

  athr_channel_lock (self);
  is_taken = athr_channel_try_take_locked (self, TRUE, value, &effects);
  /* No slice ends here. */
  if (effects.wake_at_slice_end)
    self->is_wake_deferred = FALSE;
  effects.wake_at_slice_end = FALSE;
  athr_channel_unlock_and_notify (self, &effects);

  return is_taken;
}

gboolean
athr_channel_has_async_readers (AthrChannel *self)
{
  gboolean has_readers = FALSE;

  athr_channel_lock (self);
  for (GList *l = self->readers.head; l != NULL && !has_readers; l = l->next)
    has_readers = !((AthrChannelWaiter *) l->data)->blocks;
  athr_unlock (&self->front.lock);

  return has_readers;
}

/* A flow that is WAITING or NOTIFIED has asked for its next value; a NEW one has not. */

static void
athr_channel_flow_ask_locked (AthrChannel        *self,
                              gboolean            in_slice,
                              AthrChannelEffects *effects)
{
  athr_assert_locked (&self->front.lock);

  if (self->flow->state != ATHR_CHANNEL_WAITER_NEW)
    return;

  self->flow->state = ATHR_CHANNEL_WAITER_NOTIFIED;
  athr_channel_grant_locked (self, 1, in_slice, effects);
}

void
athr_channel_flow_start (AthrChannel       *self,
                         AthrChannelWaiter *waiter,
                         gboolean           in_slice)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;

  athr_channel_lock (self);
  if (self->flow == NULL)
    {
      self->flow = waiter;
      waiter->state = ATHR_CHANNEL_WAITER_NEW;
      athr_channel_flow_ask_locked (self, in_slice, &effects);
      waiter->state = ATHR_CHANNEL_WAITER_WAITING;
      athr_channel_find_ready_locked (self, &effects);
    }
  athr_channel_unlock_and_notify (self, &effects);
}

void
athr_channel_flow_stop (AthrChannel *self)
{
  athr_channel_lock (self);
  if (self->flow != NULL && self->flow->state != ATHR_CHANNEL_WAITER_NEW)
    athr_channel_revoke_grant_locked (self);
  self->flow = NULL;
  athr_unlock (&self->front.lock);
}

AthrChannelAnswer
athr_channel_flow (AthrChannel *self,
                   gboolean     is_last_try,
                   int         *n_before,
                   GValue      *value)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  AthrChannelAnswer answer = ATHR_CHANNEL_NOTHING;

  athr_channel_lock (self);
  if (self->flow != NULL && g_atomic_int_get (n_before) == 0)
    {
      athr_channel_flow_ask_locked (self, TRUE, &effects);
      /* While readers wait, the next values and the end are theirs. */
      if (self->readers.length == 0 && self->buffer.n_values > 0)
        {
          athr_buffer_pop (&self->buffer, value);
          answer = ATHR_CHANNEL_VALUE;
          if (self->hold_soon > 0)
            athr_channel_offer_room_locked (self, TRUE, &effects);
        }
      else if (self->readers.length == 0)
        {
          answer = athr_channel_answer_end_locked (self);
          /* The flow delivers values only. The error is a property, so this is the end. */
          if (answer == ATHR_CHANNEL_ERROR)
            answer = athr_channel_answer_end_locked (self);
        }

      if (answer != ATHR_CHANNEL_NOTHING)
        self->flow->state = ATHR_CHANNEL_WAITER_NEW;
      else if (is_last_try)
        self->flow->state = ATHR_CHANNEL_WAITER_WAITING;
      athr_channel_allow_quick_locked (self);
    }
  athr_channel_unlock_and_notify (self, &effects);

  return answer;
}

gboolean
athr_channel_send (AthrChannel *self,
                   AthrMessage *message,
                   GQueue      *undelivered)
{
  gboolean is_open, has_room;

  athr_channel_lock (self);
  is_open = self->state <= ATHR_CHANNEL_OPEN;
  has_room = self->pending.length + self->attached.length < ATHR_MESSAGE_MAX;
  athr_message_take_all (undelivered, &self->undelivered);
  g_queue_push_tail_link (is_open && has_room ? &self->pending : undelivered, &message->link);
  athr_unlock (&self->front.lock);

  return has_room || !is_open;
}

void
athr_channel_wake (AthrChannel *self)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;

  athr_channel_lock (self);
  self->is_wake_deferred = FALSE;
  if (athr_channel_has_room_locked (self))
    athr_channel_wake_locked (self, &effects);
  athr_channel_begin_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);
}

void
athr_channel_end_slice (AthrChannel *self)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  AthrChannelWaiter *first;

  athr_channel_lock (self);
  self->is_wake_deferred = FALSE;
  first = g_queue_peek_head (&self->readers);
  /* A reader that was notified takes a value soon, and is answered in a slice that ends then. More
   * than half the buffer is full. */
  if (first == NULL || first->state != ATHR_CHANNEL_WAITER_NOTIFIED)
    athr_channel_offer_room_locked (self, FALSE, &effects);
  athr_channel_unlock_and_notify (self, &effects);
}

gboolean
athr_channel_close (AthrChannel *self)
{
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  gboolean is_idle = FALSE;

  athr_channel_lock (self);
  self->is_closed = TRUE;
  if (self->state == ATHR_CHANNEL_INITIAL)
    {
      athr_channel_set_state_locked (self, ATHR_CHANNEL_CLOSED);
    }
  else if (self->state == ATHR_CHANNEL_OPEN)
    {
      athr_channel_set_state_locked (self, ATHR_CHANNEL_CLOSING);
      is_idle = !self->is_job_active;
      self->is_job_active = TRUE;
    }
  athr_channel_wake_locked (self, &effects);
  athr_channel_find_ready_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);

  return is_idle;
}

/* Takes all readers away. Returns those that were not notified yet: only the caller may notify
 * them. */
static GList *
athr_channel_cut_readers_locked (AthrChannel *self)
{
  GQueue waiting = G_QUEUE_INIT;

  athr_assert_locked (&self->front.lock);

  while (self->readers.head != NULL)
    {
      AthrChannelWaiter *reader = self->readers.head->data;
      gboolean was_waiting = reader->state == ATHR_CHANNEL_WAITER_WAITING;

      athr_channel_dequeue_locked (self, reader, ATHR_CHANNEL_WAITER_CANCELLED);
      reader->ready_link.data = reader;
      if (was_waiting)
        g_queue_push_tail_link (&waiting, &reader->ready_link);
    }

  return waiting.head;
}

GArray *
athr_channel_cut (AthrChannel *self)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (GValue));
  AthrChannelEffects effects = ATHR_CHANNEL_EFFECTS_INIT;
  GList *waiting;

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);

  athr_channel_lock (self);
  self->is_cut = TRUE;
  waiting = athr_channel_cut_readers_locked (self);
  g_array_set_size (values, self->buffer.n_values);
  athr_buffer_pop_many (&self->buffer, (GValue *) values->data, values->len);
  athr_channel_find_ready_locked (self, &effects);
  athr_channel_unlock_and_notify (self, &effects);

  while (waiting != NULL)
    {
      AthrChannelWaiter *reader = waiting->data;

      /* The reader may be gone when it was notified. */
      waiting = waiting->next;
      reader->notify (reader);
    }

  return values;
}

gboolean
athr_channel_is_done (AthrChannel *self)
{
  return athr_lock_read (&self->front.lock, &self->is_done);
}

gboolean
athr_channel_is_over (AthrChannel *self)
{
  gboolean is_over;

  athr_channel_lock (self);
  is_over = self->is_over || (self->is_closed && self->state >= ATHR_CHANNEL_ENDED &&
                              self->readers.length == 0 && self->close_waiters.length == 0);
  athr_unlock (&self->front.lock);

  return is_over;
}

const GError *
athr_channel_peek_error (AthrChannel *self)
{
  const GError *error;

  athr_channel_lock (self);
  error = self->error;
  athr_unlock (&self->front.lock);

  return error;
}

GArray *
athr_channel_steal (AthrChannel  *self,
                    GQueue       *messages,
                    GError      **error)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (GValue));

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);

  athr_channel_lock (self);
  g_array_set_size (values, self->buffer.n_values);
  athr_buffer_pop_many (&self->buffer, (GValue *) values->data, values->len);
  athr_message_take_all (messages, &self->pending);
  athr_message_take_all (messages, &self->attached);
  g_queue_init (&self->thrown);
  athr_message_take_all (messages, &self->undelivered);
  if (self->current != NULL)
    g_queue_push_tail_link (messages, &g_steal_pointer (&self->current)->link);
  *error = g_steal_pointer (&self->error);
  self->has_unread_error = FALSE;
  athr_unlock (&self->front.lock);

  return values;
}
