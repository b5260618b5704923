/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-home-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

/* What the owner's thread does for a stream: it starts the stream, notifies what has changed,
 * and emits the values of the flow. */

GParamSpec *athr_stream_properties[ATHR_STREAM_N_PROPS];

guint athr_stream_value_signal;
guint athr_stream_problem_signal;
guint athr_stream_finished_signal;

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

/* Marks what has changed. The final state waits until the last progress has been notified and
 * the last problem has been emitted. */
static void
athr_stream_collect (gpointer object,
                     gboolean is_first)
{
  AthrStream *self = object;
  AthrProducer *producer = self->producer;
  AthrStreamState state;
  gboolean is_final;

  /* Nothing changes after the final state. */
  if (athr_stream_state_is_final (self->state))
    return;

  state = athr_stream_get_state_now (self);
  is_final = athr_stream_state_is_final (state);
  if (is_first)
    athr_notifier_collect_progress (&self->notifier, &producer->progress, ATHR_STREAM_PROP_PROGRESS);
  if (is_first || is_final)
    {
      guint n_dropped = athr_channel_get_n_dropped (self->channel);

      if (self->n_dropped != n_dropped)
        athr_notifier_mark (&self->notifier, ATHR_STREAM_PROP_N_DROPPED);
      self->n_dropped = n_dropped;
    }

  if (state == self->state ||
      athr_notifier_is_due (&self->notifier, ATHR_STREAM_PROP_PROGRESS) ||
      athr_notifier_is_due (&self->notifier, ATHR_STREAM_PROP_PROGRESS_TEXT) ||
      (is_final && (athr_progress_is_new (&producer->progress) ||
                    !athr_problem_queue_is_empty (&producer->problems))))
    return;

  self->state = state;
  athr_notifier_mark (&self->notifier, ATHR_STREAM_PROP_STATE);
  if (state == ATHR_STREAM_STATE_FAILED)
    athr_notifier_mark (&self->notifier, ATHR_STREAM_PROP_ERROR);
}

/* Only the end waits for progress: an operation that gets a value does not. */
static AthrNews
athr_stream_peek_news (gpointer object)
{
  AthrStream *self = object;
  AthrNews news = ATHR_NEWS_NONE;
  AthrStreamState state;

  if (athr_producer_has_function_left (self->producer))
    news |= ATHR_NEWS_FREE;
  if (athr_stream_state_is_final (self->state))
    return news;

  state = athr_stream_get_state_now (self);
  if (state != self->state)
    news |= ATHR_NEWS_CHANGE;
  if (athr_stream_state_is_final (state) && athr_progress_is_new (&self->producer->progress))
    news |= ATHR_NEWS_PROGRESS | ATHR_NEWS_FINAL;

  return news;
}

static void
athr_stream_free_function (gpointer object)
{
  AthrStream *self = object;

  athr_producer_free_function (self->producer);
}

/* Emits one problem. The update stays posted while problems are left, so that a main loop
 * inside a handler emits the others. */
static gboolean
athr_stream_emit_problem (gpointer object)
{
  AthrStream *self = object;
  AthrProblem *problem = athr_problem_queue_pop (&self->producer->problems);

  if (problem == NULL)
    return FALSE;

  if (!athr_problem_queue_is_empty (&self->producer->problems))
    athr_producer_post (self->producer);
  g_signal_emit (self, athr_stream_problem_signal, 0, problem->file, problem->message);
  athr_problem_free (problem);

  return !athr_context_queue_slice_is_over (self->producer->home);
}

/* A worker posts the update, or the owner's thread does when it may have handed out the end. */
static void
athr_stream_update (gpointer stream)
{
  AthrStream *self = stream;

  athr_notifier_run (&self->notifier, &self->producer->update);
  if (!athr_stream_state_is_final (self->state) || self->has_finished ||
      !athr_channel_is_over (self->channel))
    return;

  self->has_finished = TRUE;
  g_signal_emit (self, athr_stream_finished_signal, 0);
}

/* Emits one value after the other, until there is none or the slice is over. A handler may run
 * a nested main loop, which runs queued items only. So the flow stays queued while it emits,
 * until there is no value left. From then on the channel posts the flow when a value comes. */
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
      /* A nested run, if there was one, took the flow out of the queue. */
      is_queued = self->n_flow_runs == run;
      run = self->n_flow_runs;

      /* If a handler dropped the last reference, the stream emits no further values. */
      if (athr_weak_is_dropped (&self->producer->stream))
        break;
      if (athr_context_queue_slice_is_over (self->producer->home))
        {
          /* The flow goes behind the other items, which have waited. */
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
  static const AthrNotifierFuncs notifier_funcs = {
    athr_stream_collect, athr_stream_peek_news, athr_stream_free_function, athr_stream_emit_problem
  };
  static const AthrProducerFuncs producer_funcs = { athr_stream_update, athr_stream_flow };

  athr_notifier_init (&self->notifier, &notifier_funcs, self, athr_stream_properties);
  self->producer = athr_producer_new (self, &producer_funcs);
  self->channel = athr_channel_ref (self->producer->channel);
}

/* The first operation may be a blocking next on any thread. A second thread waits here until
 * the first one has fixed home. */
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
  /* After a close no thread opens the stream. */
  if (g_once_init_enter (&self->open_once))
    g_once_init_leave (&self->open_once, TRUE);
  athr_producer_close (self->producer);
}

void
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
  /* After `finished` the stream notifies nothing. */
  if (!self->flowing || self->has_finished)
    return;

  athr_stream_set_flow (self, FALSE);
  athr_notifier_mark (&self->notifier, ATHR_STREAM_PROP_FLOWING);
  athr_producer_post (self->producer);
}
