/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

/* What of a stream happens at home: it starts there, tells what has changed, and
 * flows. */

static gboolean
athr_stream_state_is_final (AthrStreamState state)
{
  return state >= ATHR_STREAM_STATE_ENDED;
}

static AthrStreamState
athr_stream_get_state_now (AthrStream *self)
{
  static const AthrStreamState states[] = {
    [ATHR_CHANNEL_INITIAL] = ATHR_STREAM_STATE_INITIAL,
    [ATHR_CHANNEL_OPEN] = ATHR_STREAM_STATE_RUNNING,
    [ATHR_CHANNEL_FAILING] = ATHR_STREAM_STATE_RUNNING,
    [ATHR_CHANNEL_CLOSING] = ATHR_STREAM_STATE_RUNNING,
    [ATHR_CHANNEL_ENDED] = ATHR_STREAM_STATE_ENDED,
    [ATHR_CHANNEL_FAILED] = ATHR_STREAM_STATE_FAILED,
    [ATHR_CHANNEL_CLOSED] = ATHR_STREAM_STATE_CLOSED,
  };

  return states[athr_channel_get_state (self->channel)];
}

AthrProgress *
athr_stream_peek_progress (AthrStream *self)
{
  return athr_channel_peek_progress (self->channel);
}

static void
athr_stream_take_dropped (AthrStream *self)
{
  guint n_dropped = athr_channel_get_n_dropped (self->channel);

  self->dropped_due |= self->n_dropped != n_dropped;
  self->n_dropped = n_dropped;
}

/* Takes what has changed, if it is to be notified now. Reports are taken once in a round:
 * a producer that reports all the time gets no further, and the end waits for the round
 * in which the last report is notified. */
static void
athr_stream_take_news (AthrStream *self,
                       gboolean   *has_told)
{
  AthrProgress *progress = athr_stream_peek_progress (self);
  AthrStreamState now;

  /* After that nothing changes any more. */
  if (athr_stream_state_is_final (self->state))
    return;

  now = athr_stream_get_state_now (self);
  if (!*has_told)
    athr_channel_take_progress (self->channel);
  if (!*has_told || athr_stream_state_is_final (now))
    athr_stream_take_dropped (self);
  *has_told = TRUE;

  if (now == self->state || athr_progress_is_due (progress) ||
      (athr_stream_state_is_final (now) && (athr_channel_has_progress (self->channel) ||
                                            athr_channel_has_problems (self->channel))))
    return;

  self->state = now;
  self->state_due = TRUE;
}

/* The property to be notified next, or 0. In this order progress comes before the end. */
static int
athr_stream_next_due (AthrStream *self)
{
  AthrProgress *progress = athr_stream_peek_progress (self);

  if (progress->fraction_due)
    {
      progress->fraction_due = FALSE;
      return ATHR_STREAM_PROP_PROGRESS;
    }
  if (progress->text_due)
    {
      progress->text_due = FALSE;
      return ATHR_STREAM_PROP_PROGRESS_TEXT;
    }
  if (self->dropped_due)
    {
      self->dropped_due = FALSE;
      return ATHR_STREAM_PROP_N_DROPPED;
    }
  if (self->flowing_due)
    {
      self->flowing_due = FALSE;
      return ATHR_STREAM_PROP_FLOWING;
    }
  if (self->state_due)
    {
      self->state_due = FALSE;
      self->error_due = athr_stream_get_error (self) != NULL;
      return ATHR_STREAM_PROP_STATE;
    }
  if (self->error_due)
    {
      self->error_due = FALSE;
      return ATHR_STREAM_PROP_ERROR;
    }

  return 0;
}

/* TRUE: there may be more, and time for it. What is left has the update run again, also
 * in a main loop inside a handler. */
static gboolean
athr_stream_tell_problem (AthrStream *self)
{
  AthrProblem *problem = athr_channel_take_problem (self->channel);

  if (problem == NULL)
    return FALSE;

  if (athr_channel_has_problems (self->channel))
    athr_producer_post (self->producer);
  g_signal_emit (self, athr_stream_problem_signal, 0, problem->file, problem->message);
  athr_problem_free (problem);

  return !athr_context_queue_slice_is_over (self->producer->home);
}

/* A handler may run a nested main loop, which may come to the end of the stream: then
 * it is notified of the rest there, and the loop here finds nothing more. */
static void
athr_stream_sync (AthrStream *self)
{
  gboolean has_told = FALSE;
  int property;

  do
    {
      athr_stream_take_news (self, &has_told);
      property = athr_stream_next_due (self);
      if (property != 0)
        g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[property]);
    }
  while (property != 0 || athr_stream_tell_problem (self));
}

/* What must be told before an operation is answered; progress only before the end. */
static gboolean
athr_stream_has_news (AthrStream *self,
                      gboolean   *has_progress)
{
  AthrStreamState now;

  *has_progress = FALSE;
  if (athr_progress_is_due (athr_stream_peek_progress (self)) ||
      self->dropped_due || self->flowing_due || self->state_due || self->error_due)
    return TRUE;
  if (athr_stream_state_is_final (self->state))
    return FALSE;

  now = athr_stream_get_state_now (self);
  *has_progress = athr_stream_state_is_final (now) && athr_channel_has_progress (self->channel);

  return now != self->state;
}

gboolean
athr_stream_sync_before (AthrStream    *self,
                         AthrOperation *operation)
{
  AthrProgress *progress = athr_stream_peek_progress (self);
  gint64 now = athr_context_queue_get_iteration ();
  gboolean has_progress, has_news;

  has_news = athr_stream_has_news (self, &has_progress);
  if (!has_news && !athr_producer_has_function_left (self->producer))
    return FALSE;

  if (has_progress && now != 0 && now == progress->notified && athr_object_has_handlers (self))
    {
      /* Progress is notified once for each iteration: wait for the next. With nobody to
       * notify there is nothing to wait for. */
      operation->item.created = now;
      athr_operation_post_back (operation);
      return TRUE;
    }

  g_object_ref (self);
  if (has_progress)
    progress->notified = now;
  athr_operation_post_back (operation);
  athr_producer_free_function (self->producer);
  athr_stream_sync (self);
  g_object_unref (self);

  return TRUE;
}

/* The producer posted it, or somebody who may have been the last. */
static void
athr_stream_update (gpointer stream)
{
  AthrStream *self = stream;

  athr_stream_peek_progress (self)->notified = athr_context_queue_get_iteration ();
  athr_stream_sync (self);
  if (!athr_stream_state_is_final (self->state) || self->has_finished ||
      !athr_channel_is_over (self->channel))
    return;

  self->has_finished = TRUE;
  g_signal_emit (self, athr_stream_finished_signal, 0);
}

/* One value after the other, until there is none or the slice is over. A handler may run
 * a main loop, which goes on with what is queued: so the flow stays queued until there is
 * nothing more, and only then is told again by the channel. */
static void
athr_stream_flow (gpointer stream)
{
  AthrStream *self = stream;
  AthrChannelAnswer answer = ATHR_CHANNEL_NOTHING;
  gboolean is_queued = FALSE;
  guint run = ++self->n_flow_runs;

  while (self->flowing && !self->has_finished)
    {
      GValue value = G_VALUE_INIT;

      answer = athr_channel_flow (self->channel, !is_queued, &value);
      if (answer == ATHR_CHANNEL_NOTHING && is_queued)
        {
          athr_producer_withdraw_flow (self->producer);
          is_queued = FALSE;
          continue;
        }
      if (answer != ATHR_CHANNEL_VALUE)
        break;

      if (!is_queued)
        athr_producer_repeat_flow (self->producer);
      g_signal_emit (self, athr_stream_value_signal, 0, &value);
      g_value_unset (&value);
      /* A nested one has taken it out of the queue. */
      is_queued = self->n_flow_runs == run;
      run = self->n_flow_runs;

      /* Who flows does not keep the stream. */
      if (athr_weak_is_dropped (&self->producer->stream))
        break;
      if (athr_context_queue_slice_is_over (self->producer->home))
        {
          /* Behind the others, who have waited. */
          athr_producer_withdraw_flow (self->producer);
          athr_producer_post_flow (self->producer);
          return;
        }
    }

  if (is_queued)
    athr_producer_withdraw_flow (self->producer);
  if (answer == ATHR_CHANNEL_END)
    athr_producer_post (self->producer);
}

void
athr_stream_init_home (AthrStream *self)
{
  static const AthrProducerFuncs funcs = { athr_stream_update, athr_stream_flow };

  self->producer = athr_producer_new (self, &funcs);
  self->channel = athr_channel_ref (self->producer->channel);
}

/* A blocking next may come from any thread, also as the first operation: whoever is second
 * waits for the first to be done with it. */
void
athr_stream_fix_home (AthrStream *self)
{
  if (!g_once_init_enter (&self->home_once))
    return;

  self->producer->priority = self->delivery_priority;
  athr_producer_move_home (self->producer);
  g_once_init_leave (&self->home_once, TRUE);
}

void
athr_stream_fix_home_blocking (AthrStream *self)
{
  if (g_main_context_get_thread_default () != NULL)
    {
      athr_stream_fix_home (self);
    }
  else if (g_once_init_enter (&self->home_once))
    {
      self->producer->priority = self->delivery_priority;
      athr_context_queue_add_source (self->producer->home, self->delivery_priority);
      g_once_init_leave (&self->home_once, TRUE);
    }
}

gboolean
athr_stream_has_fixed_home (AthrStream *self)
{
  return g_atomic_pointer_get (&self->home_once) != 0;
}

gboolean
athr_stream_open (AthrStream *self)
{
  AthrChannelOptions options = {
    self->buffer_size, self->overflow, self->producer->has_steps
  };

  if (!g_once_init_enter (&self->open_once))
    return FALSE;

  athr_producer_start (self->producer, athr_yielder_new (self->producer),
                       athr_executor_get_pool (self->executor), self->priority, &options);
  g_once_init_leave (&self->open_once, TRUE);

  return TRUE;
}

gboolean
athr_stream_is_in_slice (AthrStream *self)
{
  return athr_stream_has_fixed_home (self) && athr_context_queue_in_dispatch (self->producer->home);
}

void
athr_stream_close (AthrStream *self)
{
  self->is_closed = TRUE;
  athr_stream_end_flow (self);
  /* If it was not opened, it never will be. */
  if (g_once_init_enter (&self->open_once))
    g_once_init_leave (&self->open_once, TRUE);
  athr_producer_close (self->producer);
}

static void
athr_stream_set_flow (AthrStream *self,
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
athr_stream_end_flow (AthrStream *self)
{
  /* After `finished` nothing is notified any more. */
  if (!self->flowing || self->has_finished)
    return;

  athr_stream_set_flow (self, FALSE);
  self->flowing_due = TRUE;
  athr_producer_post (self->producer);
}

/**
 * athr_stream_set_flowing: (set-property flowing)
 * @self: a stream
 * @flowing: whether values are delivered by the signal
 *
 * Starts or stops the delivery of values by [signal@Athr.Stream::value].
 *
 * Starting it starts the stream. It can be changed at any time, also by a handler. Those
 * who ask by [method@Athr.Stream.next_async] or in batches come before the flow. When the
 * values and the producer have ended, [signal@Athr.Stream::finished] tells, and nothing
 * flows any more. A stream that was closed cannot be set flowing: it stays off.
 *
 * A stream that flows does not keep itself: who drops it closes it.
 *
 * Threads: owner.
 */
void
athr_stream_set_flowing (AthrStream *self,
                         gboolean    flowing)
{
  gboolean is_first = FALSE;

  g_return_if_fail (ATHR_IS_STREAM (self));

  /* Of a closed stream nothing flows: it stays off, and is no mistake of the caller's,
   * who may not know. */
  flowing = flowing && !self->is_closed;
  if (self->flowing == flowing)
    return;

  if (flowing)
    {
      athr_stream_fix_home (self);
      is_first = athr_stream_open (self);
    }
  athr_stream_set_flow (self, flowing);
  if (is_first)
    athr_channel_wake (self->channel);
  self->flowing_due = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_FLOWING]);
}
