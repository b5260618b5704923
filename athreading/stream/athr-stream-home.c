/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

/* What the owner's thread does for a stream: it starts the stream, and notifies what has
 * changed. */

GParamSpec *athr_stream_properties[ATHR_STREAM_N_PROPS];

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

  if (athr_stream_has_lost_owner (self))
    self->notifier.due = 0;
  /* Nothing changes after the final state. */
  if (athr_stream_state_is_final (self->state) || athr_stream_is_stale (self) ||
      athr_stream_has_lost_owner (self))
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
  if (athr_stream_has_lost_owner (self))
    self->notifier.due = 0;
  if (athr_stream_state_is_final (self->state) || athr_stream_has_lost_owner (self))
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
  AthrProblem *problem = NULL;

  if (!athr_stream_is_stale (self) && !athr_stream_has_lost_owner (self))
    problem = athr_problem_queue_pop (&self->producer->problems);
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
  /* The function may have returned since the update began. */
  if (!athr_stream_is_stale (self))
    athr_producer_free_function (self->producer);
  if (athr_stream_is_stale (self) || !athr_stream_state_is_final (self->state) || self->has_finished ||
      !athr_channel_is_over (self->channel) || athr_stream_has_lost_owner (self))
    return;

  /* A blocking read has taken the end, and has not waited for what was posted before. */
  if (g_atomic_int_get (&self->producer->n_posts) > 0)
    {
      athr_producer_post (self->producer);
      return;
    }

  self->has_finished = TRUE;
  g_signal_emit (self, athr_stream_finished_signal, 0);
}

void
athr_stream_init_home (AthrStream *self)
{
  static const AthrNotifierFuncs notifier_funcs = {
    athr_stream_collect, athr_stream_peek_news, athr_stream_free_function, athr_stream_emit_problem
  };

  athr_notifier_init (&self->notifier, &notifier_funcs, self, athr_stream_properties);
  self->producer = athr_producer_new (self, athr_stream_update);
  self->channel = athr_channel_ref (self->producer->channel);
  athr_stream_flow_init (self);
}

/* The home of the stream is fixed. */
static void
athr_stream_arm (AthrStream *self)
{
  if (athr_bindings_exist (&self->bindings))
    athr_bindings_arm (&self->bindings, self->producer->home);
}

static void
athr_stream_owner_gone (gpointer data)
{
  AthrProducer *producer = data;
  AthrStream *self = athr_weak_borrow (&producer->stream);

  if (self == NULL)
    return;

  if (!self->has_finished)
    athr_stream_orphan (self);
  athr_weak_release (&producer->stream);
}

static void
athr_stream_free_binding (gpointer data)
{
  athr_producer_unref (data);
}

void
athr_stream_add_owner (AthrStream *self,
                       GObject    *owner)
{
  static const AthrBindingFuncs funcs = { athr_stream_owner_gone, athr_stream_free_binding };

  if (self->has_finished)
    return;

  athr_bindings_add (&self->bindings, owner, &funcs, athr_producer_ref (self->producer));
  /* A thread that fixes home now finds the binding, or this thread finds home fixed. */
  if (athr_stream_has_fixed_home (self))
    athr_stream_arm (self);
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
  athr_stream_arm (self);
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
      g_once_init_leave (&self->home_once, TRUE);
      athr_stream_arm (self);
    }
}

/* Any thread: readers get CANCELLED, and the values that nobody gets are freed at home. */
static void
athr_stream_cut (AthrStream *self)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  left.values = athr_channel_cut (self->channel);
  athr_deferred_free_submit (&left, self->producer->home, self->producer->priority, 0);
}

/* The function must not begin when an owner is gone already. A driver has to end what it drives, so it
 * starts, and is closed. */
static gboolean
athr_stream_may_begin (AthrStream *self)
{
  return !athr_bindings_exist (&self->bindings) || !athr_bindings_are_gone (&self->bindings);
}

/* A producer that is not prepared fails the stream. Nothing of the user's runs inside the once. */
static gboolean
athr_stream_open_prepared (AthrStream *self)
{
  AthrChannelOptions options = {
    self->buffer_size, self->overflow, self->producer->has_steps
  };
  gboolean may_begin;

  if (!g_once_init_enter (&self->open_once))
    return FALSE;

  may_begin = athr_stream_may_begin (self);
  if (may_begin || self->producer->driver != NULL)
    athr_producer_start (self->producer, athr_yielder_new (self->producer),
                         athr_executor_get_pool (self->executor), self->priority, &options);
  g_once_init_leave (&self->open_once, TRUE);

  if (!may_begin)
    {
      athr_producer_close (self->producer);
      athr_stream_cut (self);
    }

  return may_begin;
}

/* Prepares the producer, unless that is of no use. FALSE: see athr_producer_prepare(). */
gboolean
athr_stream_prepare (AthrStream *self)
{
  if (g_atomic_pointer_get (&self->open_once) != 0 ||
      (self->producer->driver == NULL && !athr_stream_may_begin (self)))
    return TRUE;

  return athr_producer_prepare (self->producer);
}

gboolean
athr_stream_open (AthrStream *self)
{
  /* The thread that prepares the producer opens the stream then. */
  if (!athr_stream_prepare (self) && athr_producer_is_preparing (self->producer))
    return FALSE;

  return athr_stream_open_prepared (self);
}

void
athr_stream_stop (AthrStream *self)
{
  /* A driver has to end what it drives, also if the stream never started, or is being prepared. */
  if (self->producer->driver != NULL)
    {
      gboolean is_first;

      athr_stream_fix_home_blocking (self);
      (void) athr_stream_prepare (self);
      is_first = athr_stream_open_prepared (self);
      (void) is_first;
    }
  /* After a close no thread opens the stream. */
  else if (g_once_init_enter (&self->open_once))
    {
      g_once_init_leave (&self->open_once, TRUE);
    }
  athr_producer_close (self->producer);
}

void
athr_stream_close (AthrStream *self)
{
  if (athr_stream_is_stale (self))
    return;

  self->is_closed = TRUE;
  athr_stream_flow_end (self);
  athr_stream_stop (self);
}

void
athr_stream_orphan (AthrStream *self)
{
  if (self->is_orphaned)
    return;

  self->is_orphaned = TRUE;
  /* Readers that wait must not see the end that the close brings. */
  athr_stream_cut (self);
  athr_stream_close (self);
  /* A put may have come in between. */
  athr_stream_cut (self);
  /* Frees the data of a function that never began. */
  if (!athr_stream_is_stale (self))
    athr_producer_post (self->producer);
}
