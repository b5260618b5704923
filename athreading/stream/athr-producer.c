/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "stream/athr-producer-private.h"

/* The producer of a stream: it runs the function on workers and brings what the function does
 * to home.
 *
 * The stream, the yielder, and each queued work item or job of the producer hold a reference
 * to the producer. When the function can no longer run, home frees the yielder and the
 * function's data, which also breaks the cycle of producer and yielder. Then only plain memory
 * is left, which any thread may free. */

/* Frees, at home, the values, messages, problems and the error that no reader will take. */
static void
athr_producer_free_unread (AthrProducer *self)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;
  GQueue messages = G_QUEUE_INIT;
  GError *error = NULL;

  left.values = athr_channel_steal (self->channel, &messages, &error);
  athr_deferred_free_add (&left, messages.head, athr_message_free_chain);
  athr_deferred_free_add (&left, athr_problem_queue_steal (&self->problems), athr_problem_free_chain);
  athr_deferred_free_add (&left, error, (GDestroyNotify) g_error_free);
  athr_deferred_free_submit (&left, self->home, self->priority, self->creator);
}

/* A stream counts as alive until it is finalized and its function can no longer run. */
enum
{
  STREAM_ENDED = 1 << 0,
  FUNCTION_ENDED = 1 << 1,
};

static void
athr_producer_mark_ended (AthrProducer *self,
                          int           what)
{
  if ((g_atomic_int_or (&self->ended, what) | what) == (STREAM_ENDED | FUNCTION_ENDED))
    athr_alive_hide (self->alive);
}

void
athr_producer_stream_ended (AthrProducer *self)
{
  athr_alive_add_flag (self->alive, ATHR_ALIVE_DROPPED);
  athr_producer_mark_ended (self, STREAM_ENDED);
}

/* Before the end is told: the function can no longer run. */
static void
athr_producer_trace_end (AthrProducer *self,
                         const GError *error)
{
  gboolean is_stopped = (athr_alive_get (self->alive->flags) & ATHR_ALIVE_STOPPED) != 0;

  if (error == NULL || (is_stopped && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
                                       g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))))
    athr_trace_end (self->alive, is_stopped ? ATHR_ALIVE_CLOSED : ATHR_ALIVE_SUCCEEDED, NULL);
  else
    athr_trace_end (self->alive, ATHR_ALIVE_FAILED, error);
  athr_producer_mark_ended (self, FUNCTION_ENDED);
}

/* The function has returned, or will never run. The caller is the worker, or the thread that
 * withdrew or could not queue the job. */
void
athr_producer_end (AthrProducer *self,
                   GError       *error)
{
  /* The caller has a reference. */
  if (g_atomic_int_get (&self->has_begun) &&
      athr_pool_unwatch_closing (self->pool, &self->closing_watch))
    athr_producer_unref (self);
  g_atomic_int_set (&self->is_over, TRUE);
  athr_producer_trace_end (self, error);
  athr_channel_end (self->channel, error);
  athr_producer_post (self);
  if (g_atomic_int_exchange (&self->owes_clean_up, FALSE))
    athr_pool_end_clean_up (self->pool);
}

/* Whether a worker has to clean up before the producer ends. */
static gboolean
athr_producer_has_clean_up (AthrProducer *self)
{
  return self->clean_up != NULL ||
         (self->cleanup != NULL && g_atomic_int_get (&self->has_begun));
}

/* The pool is about to be closed, and still takes jobs. A producer that is parked ends now, and all
 * others at the latest when they would park. */
static void
athr_producer_pool_closing (AthrWatch *watch)
{
  AthrProducer *self = watch->data;
  gboolean is_idle = athr_channel_forbid_parking (self->channel);

  athr_pool_release (self->pool, &self->job, ATHR_JOB_CLEAN_UP);
  if (is_idle)
    {
      athr_producer_ref (self);
      if (!athr_pool_push (self->pool, &self->job))
        g_assert_not_reached ();
    }
  athr_producer_unref (self);
}

/* Before the function runs, or a step of it, when the user cleans up after it. FALSE, with @error, when the
 * pool was closed and has cancelled what is queued. */
static gboolean
athr_producer_may_step (AthrProducer  *self,
                        GError       **error)
{
  if (!g_atomic_int_exchange (&self->has_begun, TRUE))
    {
      self->closing_watch.ended = athr_producer_pool_closing;
      self->closing_watch.data = athr_producer_ref (self);
      g_atomic_int_set (&self->owes_clean_up, athr_pool_watch_closing (self->pool, &self->closing_watch));
      if (!g_atomic_int_get (&self->owes_clean_up))
        {
          athr_channel_forbid_parking (self->channel);
          athr_producer_unref (self);
        }
      return TRUE;
    }

  if (!athr_pool_fails_jobs (self->pool))
    return TRUE;

  *error = athr_executor_new_cancelled (self->pool);

  return FALSE;
}

/* On the worker, before the end is told. Returns the error with which the producer ends: that of the
 * clean-up only if the function has none that counts. */
static GError *
athr_producer_clean_up (AthrProducer *self,
                        GError       *error)
{
  GError *own = NULL;

  if (self->clean_up != NULL)
    self->clean_up (self->user_data, self->cancellable);
  if (self->cleanup == NULL || !g_atomic_int_get (&self->has_begun))
    return error;

  athr_channel_finish (self->channel);
  self->cleanup (self->yielder, self->cleanup_data, &own);
  if (own == NULL || athr_producer_is_stale (self))
    return error;

  if (error == NULL ||
      (athr_channel_get_state (self->channel) == ATHR_CHANNEL_CLOSING &&
       (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))))
    {
      GError *former = error;

      error = own;
      own = former;
    }
  if (own != NULL)
    athr_free_in_context (self->home, own, (GDestroyNotify) g_error_free);

  return error;
}

/* Runs the function, if there is a grant for it. */
static AthrChannelTurn
athr_producer_run (AthrProducer  *self,
                   GError       **error)
{
  AthrChannelTurn turn = athr_channel_begin (self->channel);

  if (turn != ATHR_CHANNEL_RUN)
    return turn;

  if (self->cleanup != NULL && !athr_producer_may_step (self, error))
    return ATHR_CHANNEL_OVER;

  athr_trace_begin (self->alive);
  self->func (self->yielder, self->user_data, error);
  if (athr_producer_is_stale (self))
    return ATHR_CHANNEL_FORKED;
  /* As soon as the channel knows of the end of a step, another thread may queue the job again. */
  athr_trace_pause (self->alive);

  return self->has_steps && *error == NULL ? athr_channel_end_step (self->channel)
                                           : ATHR_CHANNEL_OVER;
}

static void
athr_producer_run_turn (AthrJob *job)
{
  AthrProducer *self = job->data;
  GError *error = NULL;
  AthrChannelTurn turn = athr_producer_run (self, &error);

  if (turn == ATHR_CHANNEL_FORKED)
    return;

  /* The next step goes behind the queued jobs: a stream without end must not starve them. The
   * job keeps its reference to the producer. */
  if (turn == ATHR_CHANNEL_RUN)
    athr_trace_queue (self->alive);
  if (turn == ATHR_CHANNEL_RUN && athr_pool_requeue (self->pool, job))
    return;
  if (turn == ATHR_CHANNEL_RUN)
    error = athr_executor_new_cancelled (self->pool);
  if (turn == ATHR_CHANNEL_CUT_SHORT)
    error = athr_pool_new_closed (self->pool);
  if (turn != ATHR_CHANNEL_PARK)
    {
      athr_alive_begin (self->alive);
      error = athr_producer_clean_up (self, error);
      if (athr_producer_is_stale (self))
        return;
      athr_alive_pause (self->alive, ATHR_ALIVE_PARKED);
      athr_producer_end (self, error);
    }
  athr_producer_unref (self);
}

static void
athr_producer_work (AthrJob *job)
{
  athr_home_begin_work (((AthrProducer *) job->data)->home);
  athr_producer_run_turn (job);
  athr_home_end_work ();
}

static void
athr_producer_fail (AthrJob      *job,
                    const GError *error)
{
  AthrProducer *self = job->data;

  athr_producer_end (self, g_error_copy (error));
  athr_producer_unref (self);
}

static void
athr_producer_update_run (AthrWorkItem *item)
{
  AthrProducer *self = item->data;
  gpointer stream = athr_weak_borrow (&self->stream);

  item->created = athr_context_queue_get_iteration ();
  athr_producer_free_function (self);
  if (stream != NULL)
    {
      self->update_stream (stream);
      athr_weak_release (&self->stream);
    }
  else
    {
      athr_producer_free_unread (self);
    }
  athr_producer_unref (self);
}

/* The main context is gone, so no handler can run. */
static void
athr_producer_update_drop (AthrWorkItem *item)
{
  AthrProducer *self = item->data;

  athr_producer_free_function (self);
  athr_producer_unref (self);
}

/* When the stream is gone, the update only frees things. */
static gboolean
athr_producer_update_is_cleanup_only (AthrWorkItem *item)
{
  AthrProducer *self = item->data;

  return athr_weak_is_gone (&self->stream);
}

/* The owner's thread may block inside a slice, and wait for what the producer does. */
static gboolean
athr_producer_wake_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

static void
athr_producer_wake_run (AthrWorkItem *item)
{
  AthrProducer *self = item->data;

  athr_channel_end_slice (self->channel);
  athr_producer_unref (self);
}

/* The channel has work for the job. */
static void
athr_producer_begin (gpointer owner)
{
  AthrProducer *self = owner;
  GError *error = NULL;

  if (self->is_fed)
    return;
  if (self->driver != NULL)
    {
      self->driver->begin (self->driver);
      return;
    }

  if (self->func == NULL)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                 "The stream was created without a function");
  else
    {
      athr_producer_ref (self);
      athr_trace_queue (self->alive);
      if (athr_pool_push (self->pool, &self->job))
        return;
      athr_producer_unref (self);
      error = athr_pool_new_closed (self->pool);
    }

  athr_producer_end (self, error);
}

/* Queues the job once more, only to clean up, when the stream was closed while the job was
 * neither queued nor running. FALSE: there is nothing to clean up, or no worker. */
static gboolean
athr_producer_start_clean_up (AthrProducer *self)
{
  if (!athr_producer_has_clean_up (self))
    return FALSE;

  athr_pool_release (self->pool, &self->job, ATHR_JOB_CLEAN_UP);
  athr_producer_ref (self);
  if (athr_pool_push (self->pool, &self->job))
    return TRUE;
  athr_producer_unref (self);

  return FALSE;
}

static void
athr_producer_wake_later (gpointer owner)
{
  AthrProducer *self = athr_producer_ref (owner);

  if (!athr_context_queue_push_at_slice_end (self->home, self->priority, &self->wake))
    athr_producer_unref (self);
}

static void
athr_producer_context_ended (AthrWatch *watch)
{
  AthrProducer *self = watch->data;

  athr_producer_close (self);
  athr_producer_unref (self);
}

AthrProducer *
athr_producer_new (gpointer           stream,
                   AthrProducerUpdate update_stream)
{
  static const AthrChannelFuncs channel_funcs = {
    athr_producer_begin, athr_producer_wake_later
  };
  static const AthrWorkItemFuncs update_funcs = {
    athr_producer_update_run, athr_producer_update_drop, athr_producer_update_is_cleanup_only
  };
  static const AthrWorkItemFuncs wake_funcs = {
    athr_producer_wake_run, athr_producer_wake_run, athr_producer_wake_is_cleanup_only
  };
  AthrProducer *self = g_new0 (AthrProducer, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->channel = athr_channel_new (&channel_funcs, self);
  self->update_stream = update_stream;
  athr_weak_init (&self->stream, stream);
  athr_progress_init (&self->progress);
  athr_problem_queue_init (&self->problems);
  self->alive = athr_alive_new (ATHR_ALIVE_STREAM, stream);
  self->creator = athr_thread_id ();
  self->n_values = -1;
  self->home = athr_home_ref ();
  self->job.run = athr_producer_work;
  self->job.fail = athr_producer_fail;
  self->job.data = self;
  athr_work_item_init (&self->update, &update_funcs, self);
  athr_work_item_init (&self->wake, &wake_funcs, self);
  self->watch.ended = athr_producer_context_ended;
  self->watch.data = self;

  return self;
}

AthrProducer *
athr_producer_ref (AthrProducer *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_producer_unref (AthrProducer *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->destroy == NULL && self->yielder == NULL);
  if (self->cancellable != NULL)
    athr_free_in_context (self->home, self->cancellable, g_object_unref);
  athr_weak_clear (&self->stream);
  athr_progress_clear (&self->progress);
  athr_problem_queue_clear (&self->problems);
  g_clear_pointer (&self->pool, athr_pool_unref);
  if (self->driver != NULL)
    self->driver->unref (self->driver);
  athr_channel_unref (self->channel);
  athr_context_queue_unref (self->home);
  g_clear_pointer (&self->first_home, athr_context_queue_unref);
  athr_alive_free (self->alive);
  g_free (self->name);
  g_free (self);
}

void
athr_producer_move_home (AthrProducer *self)
{
  AthrContextQueue *home = athr_home_ref_moved (self->home);

  athr_context_queue_unref (self->home);
  self->home = home;
}

void
athr_producer_start (AthrProducer             *self,
                     AthrYielder              *yielder,
                     AthrPool                 *pool,
                     int                       priority,
                     const AthrChannelOptions *options)
{
  self->pool = athr_pool_ref (pool);
  self->yielder = yielder;
  self->cancellable = g_cancellable_new ();
  self->job.priority = priority;
  self->job.kind = self->has_steps ? ATHR_JOB_DEFAULT : ATHR_JOB_PRODUCER;
  athr_alive_set_state (self->alive, self->driver != NULL || self->is_fed ? ATHR_ALIVE_RUNNING : ATHR_ALIVE_PARKED);
  athr_trace_start (self->alive, athr_pool_get_name (pool));

  if (self->driver != NULL)
    self->driver->start (self->driver, self, options);
  athr_channel_open (self->channel, options);
  athr_producer_post (self);

  athr_producer_ref (self);
  if (!athr_context_queue_watch (self->home, &self->watch))
    athr_producer_unref (self);
}

void
athr_producer_set_prepare (AthrProducer        *self,
                           AthrProducerPrepare  prepare)
{
  self->prepare = prepare;
  self->first_home = athr_context_queue_ref (self->home);
}

void
athr_producer_expect (AthrProducer *self)
{
  if (self->pool == NULL || g_atomic_int_get (&self->is_expected))
    return;

  g_atomic_int_set (&self->is_expected, TRUE);
  athr_pool_release (self->pool, &self->job, ATHR_JOB_DEFAULT);
}

gboolean
athr_producer_is_held_back (AthrProducer *self,
                            AthrPool     *pool)
{
  return !self->is_fed && athr_pool_is_paused (pool) && athr_context_queue_is_home (self->home) &&
         (self->has_steps || athr_pool_holds_back (pool, &self->job));
}

void
athr_producer_post (AthrProducer *self)
{
  athr_producer_ref (self);
  if (!athr_context_queue_push (self->home, self->priority, &self->update))
    athr_producer_unref (self);
}

gboolean
athr_producer_has_function_left (AthrProducer *self)
{
  return g_atomic_int_get (&self->is_over) && !g_atomic_int_get (&self->is_preparing) &&
         !g_atomic_int_get (&self->is_function_freed);
}

void
athr_producer_free_function (AthrProducer *self)
{
  if (!athr_producer_has_function_left (self) ||
      !g_atomic_int_compare_and_exchange (&self->is_function_freed, FALSE, TRUE))
    return;

  athr_assert_unlocked ();
  athr_trace_delivered (self->alive);

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->destroy = NULL;
  if (self->cleanup_destroy != NULL)
    self->cleanup_destroy (self->cleanup_data);
  self->cleanup_destroy = NULL;
  g_clear_object (&self->yielder);
}

/* Home, or the thread that made the producer */
static void
athr_producer_free_function_and_unref (gpointer data)
{
  athr_producer_free_function (data);
  athr_producer_unref (data);
}

static void
athr_producer_free_function_at_home (AthrProducer *self,
                                     int           priority)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  athr_deferred_free_add (&left, athr_producer_ref (self), athr_producer_free_function_and_unref);
  athr_deferred_free_submit (&left, self->home, priority, self->creator);
}

/* What prepares the producer may be the user's, and may run a nested main loop: it may close the stream and
 * drop it. Either this thread finds that the producer is over, or the thread that would free the function
 * finds that the producer is being prepared. Then this thread has the function freed. */
gboolean
athr_producer_prepare (AthrProducer *self)
{
  gboolean is_prepared = TRUE;

  if ((self->driver == NULL && self->prepare == NULL) || g_atomic_int_get (&self->is_prepared))
    return TRUE;
  if (self->driver == NULL && self->creator != athr_thread_id () &&
      !athr_context_queue_is_home (self->first_home))
    return FALSE;
  if (!g_atomic_int_compare_and_exchange (&self->is_preparing, FALSE, TRUE))
    return FALSE;

  athr_producer_ref (self);
  if (!g_atomic_int_get (&self->is_over))
    {
      if (self->driver != NULL)
        is_prepared = self->driver->prepare (self->driver);
      else
        self->prepare (self);
    }
  g_atomic_int_set (&self->is_prepared, is_prepared);
  g_atomic_int_set (&self->is_preparing, FALSE);
  if (athr_producer_has_function_left (self))
    athr_producer_free_function_at_home (self, self->priority);
  athr_producer_unref (self);

  return is_prepared;
}

gboolean
athr_producer_is_preparing (AthrProducer *self)
{
  return g_atomic_int_get (&self->is_preparing);
}

void
athr_producer_feed (AthrProducer *self,
                    const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  if (athr_producer_is_stale (self))
    return;

  g_value_init (&copy, G_VALUE_TYPE (value));
  g_value_copy (value, &copy);
  athr_channel_put (self->channel, &copy, NULL);
  if (G_IS_VALUE (&copy))
    g_value_unset (&copy);
}

/* Threads may call this at the same time: one that feeds, one that closes the stream. */
void
athr_producer_end_feed (AthrProducer *self)
{
  if (!athr_producer_is_stale (self) &&
      g_atomic_int_compare_and_exchange (&self->is_over, FALSE, TRUE))
    athr_producer_end (self, NULL);
}

void
athr_producer_settle_item (AthrProducer *self,
                           AthrChannel  *channel)
{
  g_autoptr (GError) error = NULL;
  gboolean has_askings;

  athr_lock (&self->progress.lock);
  has_askings = self->askings.head != NULL;
  athr_unlock (&self->progress.lock);
  if (!has_askings)
    return;

  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");
  athr_askings_settle_part (&self->askings, &self->progress.lock, channel, error);
}

/* The functions that wait for an answer wait no longer. */
static void
athr_producer_settle_askings (AthrProducer *self)
{
  athr_producer_settle_item (self, NULL);
}

void
athr_producer_close (AthrProducer *self)
{
  gboolean is_idle;

  if (!g_atomic_int_get (&self->is_over) && !(athr_alive_get (self->alive->flags) & ATHR_ALIVE_STOPPED))
    athr_trace_stop (self->alive, "is closed");
  is_idle = athr_channel_close (self->channel);
  if (self->pool == NULL)
    {
      g_atomic_int_set (&self->is_over, TRUE);
      athr_producer_mark_ended (self, FUNCTION_ENDED);
    }
  else if (self->is_fed)
    {
      athr_producer_end_feed (self);
    }
  else if (self->driver != NULL)
    {
      self->driver->close (self->driver);
    }
  else if (is_idle)
    {
      if (!athr_producer_start_clean_up (self))
        athr_producer_end (self, NULL);
    }
  else if (athr_producer_has_clean_up (self))
    {
      athr_pool_release (self->pool, &self->job, ATHR_JOB_CLEAN_UP);
    }
  else if (athr_pool_withdraw (self->pool, &self->job))
    {
      athr_producer_end (self, NULL);
      athr_producer_unref (self);
    }
  athr_producer_settle_askings (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

void
athr_producer_report_progress (AthrProducer *self,
                               double        fraction,
                               const char   *text)
{
  if (athr_producer_is_stale (self) || g_atomic_int_get (&self->is_over))
    return;

  athr_progress_report (&self->progress, fraction, text);
  athr_producer_post (self);
}

void
athr_producer_report_problem (AthrProducer *self,
                              GFile        *file,
                              const char   *message)
{
  if (!athr_producer_is_stale (self) &&
      athr_channel_get_state (self->channel) == ATHR_CHANNEL_OPEN)
    {
      athr_problem_queue_push (&self->problems, file, message);
      athr_producer_post (self);
    }
  else
    {
      g_clear_object (&file);
    }
}

void
athr_producer_abandon (AthrProducer *self)
{
  if (athr_context_queue_unwatch (self->home, &self->watch))
    athr_producer_unref (self);
  athr_producer_close (self);
  athr_producer_free_unread (self);
  athr_producer_free_function_at_home (self, G_PRIORITY_DEFAULT);
}
