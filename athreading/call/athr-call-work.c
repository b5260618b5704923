/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "pool/athr-wait-private.h"

/* The life of a call.
 *
 *   INITIAL -> QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED
 *                  \--------------> FAILED | CANCELLED
 *
 * A call is resolved once: when its function has returned or will never run, or, with
 * return-on-cancel, when a thread stops the call while the function runs. The outcome of a
 * resolved call does not change, and every thread may read the outcome without the lock.
 *
 * A call is completed once, when its function has returned or will never run: by the worker,
 * by the thread that withdrew the job, or by the starting thread if there is no job. The
 * completing thread posts the waiters and then the outcome item. The outcome item carries the
 * references that a started call has to itself, so a thread that has pushed this item may
 * touch the call only with a reference of its own.
 *
 * Most calls have one waiter, the run_async() that started the call, and nothing stops them. Then
 * the worker takes no lock, and the outcome item answers the waiter. All of that depends on one
 * change of the status, which fails when another thread has stopped or shared the call. */

/* Changes the status from @old to @status. FALSE when the status is no longer @old. */
static gboolean
athr_call_change_status (AthrCall *self,
                         int       old,
                         int       status)
{
  static const gboolean allowed[6][6] G_GNUC_UNUSED = {
    [ATHR_CALL_STATE_INITIAL] = { [ATHR_CALL_STATE_QUEUED] = TRUE },
    [ATHR_CALL_STATE_QUEUED] = { [ATHR_CALL_STATE_RUNNING] = TRUE,
                                 [ATHR_CALL_STATE_FAILED] = TRUE,
                                 [ATHR_CALL_STATE_CANCELLED] = TRUE },
    [ATHR_CALL_STATE_RUNNING] = { [ATHR_CALL_STATE_SUCCEEDED] = TRUE,
                                  [ATHR_CALL_STATE_FAILED] = TRUE,
                                  [ATHR_CALL_STATE_CANCELLED] = TRUE },
  };
  G_GNUC_UNUSED int from = old & ATHR_CALL_STATE_MASK;
  G_GNUC_UNUSED int to = status & ATHR_CALL_STATE_MASK;

  g_assert (from == to || allowed[from][to]);

  return g_atomic_int_compare_and_exchange (&self->status, old, status);
}

/* Changes the state, and adds @flags. */
static void
athr_call_set_state_locked (AthrCall      *self,
                            AthrCallState  state,
                            int            flags)
{
  int old;

  athr_assert_locked (&self->lock);

  do
    old = g_atomic_int_get (&self->status);
  while (!athr_call_change_status (self, old, (old & ~ATHR_CALL_STATE_MASK) | state | flags));
}

int
athr_call_work_share_locked (AthrCall *self)
{
  athr_assert_locked (&self->lock);

  return g_atomic_int_or (&self->status, ATHR_CALL_SHARED);
}

/* The state of a call that ends with @error, or without an error. */
static AthrCallState
athr_call_get_final_state (const GError *error)
{
  if (error == NULL)
    return ATHR_CALL_STATE_SUCCEEDED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return ATHR_CALL_STATE_CANCELLED;

  return ATHR_CALL_STATE_FAILED;
}

GError *
athr_call_work_new_stop_error (AthrCall *self)
{
  switch ((g_atomic_int_get (&self->status) & ATHR_CALL_STOP_MASK) >> ATHR_CALL_STOP_SHIFT)
    {
    case ATHR_CALL_STOP_TIMED_OUT:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The call took longer than %u ms",
                          self->timeout);
    case ATHR_CALL_STOP_RUN_TIMED_OUT:
      return g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                          "The function of the call took longer than %u ms", self->run_timeout);
    default:
      return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The call was cancelled");
    }
}

/* Makes the outcome what stopped the call, if anything did. The caller then sets
 * ATHR_CALL_RESOLVED. Returns the events of the threads that are blocked in athr_call_run(): the
 * caller sets them after unlocking. */
static GSList *
athr_call_resolve_locked (AthrCall *self)
{
  int status = g_atomic_int_get (&self->status);

  athr_assert_locked (&self->lock);

  if (!(status & ATHR_CALL_RESOLVED) && (status & ATHR_CALL_STOP_MASK) != 0)
    self->stop_error = athr_call_work_new_stop_error (self);
  if (g_atomic_int_and (&self->status, ~ATHR_CALL_FIRST_WAITS) & ATHR_CALL_FIRST_WAITS)
    {
      g_atomic_int_inc (&self->n_home_waiters);
      g_queue_push_head_link (&self->waiters, &self->first.link);
    }

  return g_steal_pointer (&self->blocked);
}

static void
athr_call_wake_blocked (GSList *blocked)
{
  for (GSList *l = blocked; l != NULL; l = l->next)
    athr_event_set (l->data);
  g_slist_free (blocked);
}

/* A deadline of 0 milliseconds is none. */
static gboolean
athr_call_add_deadline (AthrCall      *self,
                        AthrDeadline  *deadline,
                        guint          after,
                        GError       **error)
{
  if (after == 0)
    return TRUE;

  g_object_ref (self);
  if (athr_deadline_add (deadline, after, error))
    return TRUE;

  g_object_unref (self);

  return FALSE;
}

/* Has home notify of a new state that comes before the outcome, if somebody listens. */
static void
athr_call_post_state (AthrCall *self)
{
  if (athr_object_has_handlers (self))
    athr_context_queue_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);
}

/* On the worker: completes a call that no other thread has stopped or shared. FALSE when there is
 * more to do, under the lock. */
static gboolean
athr_call_complete_alone (AthrCall *self)
{
  const int others = ATHR_CALL_STOP_MASK | ATHR_CALL_RESOLVED | ATHR_CALL_SHARED;
  /* Nothing has stopped the call. Another thread may be writing stop_error right now: then the status
   * changes, too. */
  AthrCallState state = athr_call_get_final_state (self->func_error);
  int old;

  do
    {
      old = g_atomic_int_get (&self->status);
      if ((old & ATHR_CALL_STATE_MASK) != ATHR_CALL_STATE_RUNNING || (old & others) != 0)
        return FALSE;
    }
  while (!athr_call_change_status (self, old, (old & ~ATHR_CALL_STATE_MASK) | ATHR_CALL_RESOLVED |
                                              state));

  /* The worker works for this home. */
  athr_context_queue_push_held (self->home, self->delivery_priority, &self->outcome);

  return TRUE;
}

static void
athr_call_complete_now (AthrCall *self,
                        GError   *error)
{
  GSList *blocked;

  self->n_home_refs = 1;
  if (self->timeout != 0)
    self->n_home_refs += athr_deadline_remove (&self->deadline);
  if (self->run_timeout != 0)
    self->n_home_refs += athr_deadline_remove (&self->run_deadline);
  self->func_error = error;
  athr_alive_set_state (self->alive, ATHR_ALIVE_RETURNED);

  if (athr_call_complete_alone (self))
    return;

  athr_lock (&self->lock);
  blocked = athr_call_resolve_locked (self);
  athr_call_set_state_locked (self, athr_call_get_final_state (athr_call_peek_error (self)),
                              ATHR_CALL_RESOLVED);
  self->outcome_is_due = TRUE;
  athr_call_post_and_unlock (self);

  athr_call_wake_blocked (blocked);
}

/* The limit starts the next call when this one is over by its state, too. By then the call itself
 * may be gone. */
static void
athr_call_complete (AthrCall *self,
                    GError   *error)
{
  AthrCallLimit *limit = self->limit;
  gboolean has_entered;

  if (limit == NULL)
    {
      athr_call_complete_now (self, error);
      return;
    }

  athr_call_limit_ref (limit);
  has_entered = self->limit_state == ATHR_CALL_LIMIT_ENTERED;
  athr_call_complete_now (self, error);
  if (has_entered)
    athr_call_limit_leave (limit);
  athr_call_limit_unref (limit);
}

/* The call whose function this thread runs. */
static _Thread_local AthrCall *running_call;

/* A worker that forks is no worker in the child. */
static void
athr_call_running_forked (void)
{
  running_call = NULL;
}

ATHR_IN_FORKED_CHILD (athr_call_running_forked)

/* FALSE when the call was stopped: its function never runs. */
static gboolean
athr_call_begin (AthrCall *self)
{
  int old;

  do
    {
      old = g_atomic_int_get (&self->status);
      if (old & ATHR_CALL_STOP_MASK)
        return FALSE;
    }
  while (!athr_call_change_status (self, old,
                                   (old & ~ATHR_CALL_STATE_MASK) | ATHR_CALL_STATE_RUNNING));

  return TRUE;
}

/* On the worker: the function has returned. */
static void
athr_call_check_returned (AthrCall  *self,
                          GError   **error)
{
  int status = g_atomic_int_get (&self->status);

  if (G_LIKELY (!(status & ATHR_CALL_HAS_NO_VALUE)) || (status & ATHR_CALL_HAS_RETURNED) || *error != NULL)
    return;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "The function of the call has returned something that is no value");
}

static void
athr_call_work (AthrJob *job)
{
  AthrCall *self = job->data;
  GError *error = NULL;

  athr_home_begin_work (self->home);
  if (athr_call_begin (self))
    {
      athr_call_post_state (self);
      if (self->limit != NULL)
        athr_call_limit_begin_function (self->limit);
      running_call = self;
      athr_trace_begin (self->alive);
      if (athr_call_add_deadline (self, &self->run_deadline, self->run_timeout, &error))
        self->func (self, self->user_data, &error);
      running_call = NULL;
      if (athr_call_is_stale (self))
        return;
      athr_call_check_returned (self, &error);
      athr_trace_return (self->alive);
      if (self->limit != NULL)
        athr_call_limit_end_function (self->limit);
    }

  athr_call_complete (self, error);
  athr_home_end_work ();
}

static void
athr_call_fail (AthrJob      *job,
                const GError *error)
{
  athr_call_complete (job->data, g_error_copy (error));
}

/* TRUE: the job was queued, and will neither run nor fail. */
static gboolean
athr_call_withdraw_job (AthrCall *self)
{
  gboolean has_entered = TRUE;

  if (self->limit != NULL && athr_call_limit_withdraw (self->limit, self, &has_entered))
    {
      athr_pool_break_promise (self->pool);
      return TRUE;
    }

  return has_entered && athr_pool_withdraw (self->pool, &self->job);
}

/* Gives the job to the pool, or to the limit. FALSE: the pool is closed. */
static gboolean
athr_call_push_job (AthrCall *self)
{
  if (self->limit == NULL || athr_call_limit_enter (self->limit, self))
    return athr_pool_push (self->pool, &self->job);

  if (!athr_pool_promise (self->pool))
    return FALSE;

  return athr_call_limit_hold (self->limit, self) || athr_pool_push_promised (self->pool, &self->job);
}

/* FALSE when the call is over, or was stopped before. Returns in @state where the call was. */
static gboolean
athr_call_set_stop_locked (AthrCall      *self,
                           AthrCallStop   stop,
                           AthrCallState *state)
{
  int old;

  athr_assert_locked (&self->lock);

  do
    {
      old = g_atomic_int_get (&self->status);
      *state = old & ATHR_CALL_STATE_MASK;
      if ((old & ATHR_CALL_STOP_MASK) != 0 || athr_call_state_is_final (*state))
        return FALSE;
    }
  while (!athr_call_change_status (self, old, old | stop << ATHR_CALL_STOP_SHIFT));

  return TRUE;
}

/* Stops the call, unless it is over or was stopped before. With @at_once, the waiters of a
 * function that runs are answered now. Returns the call's cancellable (nullable), which the caller
 * then cancels, while the caller has a reference to the call. */
static GCancellable *
athr_call_begin_stop (AthrCall     *self,
                      AthrCallStop  stop,
                      gboolean      at_once)
{
  GCancellable *cancellable = NULL;
  GSList *blocked = NULL;
  AthrPool *queued_in = NULL;
  gboolean has_askings = FALSE;
  gboolean is_stopped;
  AthrCallState state;

  athr_lock (&self->lock);
  is_stopped = athr_call_set_stop_locked (self, stop, &state);
  if (is_stopped)
    {
      cancellable = self->cancellable;
      has_askings = self->askings.head != NULL;
      at_once = at_once || self->return_on_cancel;
      if (state == ATHR_CALL_STATE_QUEUED)
        queued_in = self->pool;
    }
  if (at_once && state == ATHR_CALL_STATE_RUNNING && athr_call_is_stopped (self))
    {
      blocked = athr_call_resolve_locked (self);
      g_atomic_int_or (&self->status, ATHR_CALL_RESOLVED);
    }
  athr_call_post_and_unlock (self);

  if (is_stopped)
    athr_trace_stop (self->alive, stop == ATHR_CALL_STOP_CANCELLED ? "is cancelled" : "is out of time");
  if (queued_in != NULL && athr_call_withdraw_job (self))
    athr_call_complete (self, NULL);
  athr_call_wake_blocked (blocked);
  if (has_askings)
    {
      g_autoptr (GError) error = athr_call_work_new_stop_error (self);

      athr_askings_settle (&self->askings, &self->lock, error);
    }

  return cancellable;
}

/* The cancellation of the cancellable of a call that is out of time. Handlers of `cancelled`
 * are the user's code, so they run on a thread of a pool without a limit: a handler that blocks
 * delays neither the deadlines nor other handlers. */
typedef struct
{
  AthrJob job;
  AthrCall *call; /* owned; home drops the reference */
} AthrCallCanceller;

static AthrPool *cancellers; /* atomic */

static void
athr_call_cancellers_forked (void)
{
  cancellers = NULL;
}

ATHR_IN_FORKED_CHILD (athr_call_cancellers_forked)

static AthrPool *
athr_call_get_cancellers (void)
{
  AthrPool *pool = g_atomic_pointer_get (&cancellers);

  if (pool == NULL)
    {
      AthrPool *fresh = athr_pool_new ("athr-cancel", G_MAXUINT, ATHR_POOL_IDLE_TIME);

      if (g_atomic_pointer_compare_and_exchange (&cancellers, NULL, fresh))
        return fresh;
      athr_pool_unref (fresh);
      pool = g_atomic_pointer_get (&cancellers);
    }

  return pool;
}

static void
athr_call_canceller_run (AthrJob *job)
{
  AthrCallCanceller *self = job->data;
  AthrCall *call = self->call;

  g_free (self);
  g_cancellable_cancel (call->cancellable);
  if (!athr_call_is_stale (call))
    athr_free_in_context (call->home, call, g_object_unref);
}

/* Without a thread, the thread of the deadlines runs the handlers: a function that waits for
 * its cancellable must not wait for ever. */
static void
athr_call_canceller_fail (AthrJob      *job,
                          const GError *error)
{
  athr_call_canceller_run (job);
}

/* Takes over the reference of the deadline to the call. */
static void
athr_call_deadline_reached (AthrDeadline *deadline)
{
  AthrCall *self = deadline->data;
  AthrCallCanceller *canceller;

  if (athr_call_begin_stop (self, deadline == &self->deadline
                                    ? ATHR_CALL_STOP_TIMED_OUT
                                    : ATHR_CALL_STOP_RUN_TIMED_OUT, FALSE) == NULL)
    {
      athr_free_in_context (self->home, self, g_object_unref);
      return;
    }

  canceller = g_new0 (AthrCallCanceller, 1);
  canceller->job.run = athr_call_canceller_run;
  canceller->job.fail = athr_call_canceller_fail;
  canceller->job.data = canceller;
  canceller->call = self;
  athr_pool_push (athr_call_get_cancellers (), &canceller->job);
}

/* Until the call is finalized, its home and its former home stay. */
static AthrContextQueue *
athr_call_peek_home (AthrCall *self)
{
  return g_atomic_pointer_get (&self->home);
}

static void
athr_call_unref_at_home (gpointer  data,
                         GClosure *closure)
{
  g_autoptr (AthrContextQueue) home = NULL;

  if (athr_call_is_stale (data))
    return;

  home = athr_context_queue_ref (athr_call_peek_home (data));
  athr_free_in_context (home, data, g_object_unref);
}

static void
athr_call_waiter_cancelled (AthrOperation *operation)
{
  athr_call_stop (((AthrCallWaiter *) operation)->call, ATHR_CALL_STOP_CANCELLED);
}

static void
athr_call_first_waiter_free (AthrOperation *operation)
{
  AthrCallWaiter *waiter = (AthrCallWaiter *) operation;

  if (waiter->call != NULL)
    athr_call_unref_at_home (waiter->call, NULL);
}

static void
athr_call_waiter_free (AthrOperation *operation)
{
  athr_call_first_waiter_free (operation);
  g_free (operation);
}

static void
athr_call_blocked_cancelled (GCancellable *cancellable,
                             AthrCall     *self)
{
  athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
}

/* Moves home to @context (nullable: home stays), which the caller keeps alive, unless the call was
 * started or moved before. */
static void
athr_call_move_home (AthrCall     *self,
                     GMainContext *context)
{
  AthrContextQueue *home;

  if (context == NULL || !athr_call_is_initial (self) ||
      athr_context_queue_is_for_context (athr_call_peek_home (self), context))
    return;

  home = athr_home_ref_for_context (context);
  athr_lock (&self->lock);
  if (athr_call_is_initial (self) && self->former_home == NULL)
    {
      self->former_home = self->home;
      g_atomic_pointer_set (&self->home, g_steal_pointer (&home));
    }
  athr_unlock (&self->lock);
  g_clear_pointer (&home, athr_context_queue_unref);
}

/* Any thread: an owner is gone. */
static void
athr_call_orphan (AthrCall *self)
{
  GCancellable *cancellable;

  g_atomic_int_or (&self->status, ATHR_CALL_ORPHANED);
  cancellable = athr_call_begin_stop (self, ATHR_CALL_STOP_CANCELLED, TRUE);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

/* At home. The binding is armed, so the call is started and not over, and keeps itself alive. */
static void
athr_call_owner_gone (gpointer data)
{
  AthrCall *self = data;

  g_object_ref (self);
  if (!athr_call_is_stale (self))
    athr_call_orphan (self);
  g_object_unref (self);
}

/* If an owner is gone already, the function must not begin. */
static void
athr_call_arm (AthrCall *self)
{
  athr_bindings_arm (&self->bindings, self->home);
  if (athr_bindings_are_gone (&self->bindings))
    athr_call_orphan (self);
}

/* Called only by the thread that took the call from INITIAL to QUEUED. */
static void
athr_call_start_job (AthrCall *self,
                     gboolean  is_stopped)
{
  GError *error = NULL;

  g_object_ref (self);
  athr_trace_start (self->alive, athr_pool_get_name (self->pool));
  athr_trace_queue (self->alive);
  if (athr_bindings_exist (&self->bindings))
    {
      athr_call_arm (self);
      is_stopped = athr_call_is_stopped (self);
    }
  athr_call_post_state (self);

  if (!is_stopped && self->func == NULL)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   "The call was created without a function");
    }
  else if (!is_stopped)
    {
      athr_call_add_deadline (self, &self->deadline, self->timeout, &error);
    }

  if (!is_stopped && error == NULL && !athr_call_push_job (self))
    error = athr_pool_new_closed (self->pool);
  else if (!is_stopped && error == NULL)
    {
      /* A thread that stopped the call meanwhile found no job to withdraw. */
      is_stopped = athr_call_is_stopped (self);
      if (!is_stopped || !athr_call_withdraw_job (self))
        return;
    }

  athr_call_complete (self, error);
}

/* Has @waiter and @blocked, both nullable, wait for the outcome. Returns which of the two has
 * nothing to wait for: the outcome is fixed. */
static gpointer
athr_call_add_waiter_locked (AthrCall       *self,
                             AthrCallWaiter *waiter,
                             AthrEvent      *blocked)
{
  int status = athr_call_work_share_locked (self);

  if (blocked != NULL && (status & ATHR_CALL_RESOLVED))
    return blocked;
  /* Home is about to answer the first waiter, and this one must not wait for home. */
  if (waiter != NULL && !waiter->is_at_home && (status & ATHR_CALL_RESOLVED) &&
      (status & ATHR_CALL_FIRST_WAITS))
    return waiter;

  if (blocked != NULL)
    {
      self->blocked = g_slist_prepend (self->blocked, blocked);
    }
  else if (waiter != NULL)
    {
      g_atomic_int_add (&self->n_home_waiters, waiter->is_at_home);
      g_queue_push_tail_link (&self->waiters, &waiter->link);
    }

  return NULL;
}

/* Starts the call, unless it was started before. @waiter and @blocked, both nullable, then wait for
 * the outcome. */
static void
athr_call_start_at_home (AthrCall       *self,
                         AthrCallWaiter *waiter,
                         AthrEvent      *blocked)
{
  AthrPool *pool = athr_executor_get_pool (self->executor);
  gboolean is_first, is_stopped;
  gpointer answered = NULL;
  int flags = 0;

  athr_lock (&self->lock);
  is_first = athr_call_is_initial (self);
  is_stopped = athr_call_is_stopped (self);
  if (waiter != NULL)
    waiter->is_at_home = waiter->base.home == self->home;
  if (is_first && waiter == &self->first && waiter->is_at_home)
    {
      self->outcome.created = waiter->base.item.created;
      flags = ATHR_CALL_FIRST_WAITS;
    }
  else if (waiter != NULL || blocked != NULL)
    {
      answered = athr_call_add_waiter_locked (self, waiter, blocked);
    }
  if (is_first)
    {
      self->pool = pool;
      self->job.priority = self->priority;
      athr_call_set_state_locked (self, ATHR_CALL_STATE_QUEUED, flags);
    }
  athr_call_post_and_unlock (self);

  if (blocked != NULL && answered == blocked)
    athr_event_set (blocked);
  else if (answered != NULL)
    athr_operation_post (&waiter->base);

  if (is_first)
    athr_call_start_job (self, is_stopped);
}

void
athr_call_init_work (AthrCall *self)
{
  athr_lock_init (&self->lock);
  athr_progress_init (&self->progress);
  athr_call_init_home (self);
  self->job.run = athr_call_work;
  self->job.fail = athr_call_fail;
  self->job.data = self;
  self->deadline.reached = self->run_deadline.reached = athr_call_deadline_reached;
  self->deadline.data = self->run_deadline.data = self;
  self->alive = athr_alive_new (ATHR_ALIVE_CALL, self);
}

gboolean
athr_call_claim (AthrCall      *self,
                 AthrCallLimit *limit)
{
  gboolean is_free;

  if (limit != NULL)
    athr_call_limit_ref (limit);

  /* Another thread may start the call right now. */
  athr_lock (&self->lock);
  is_free = athr_call_is_initial (self) && !self->is_claimed;
  if (is_free)
    {
      self->is_claimed = TRUE;
      self->limit = g_steal_pointer (&limit);
    }
  athr_unlock (&self->lock);

  if (limit != NULL)
    athr_call_limit_unref (limit);

  return is_free;
}

void
athr_call_unclaim (AthrCall *self)
{
  AthrCallLimit *limit = NULL;

  athr_lock (&self->lock);
  if (athr_call_is_initial (self))
    {
      self->is_claimed = FALSE;
      limit = g_steal_pointer (&self->limit);
    }
  athr_unlock (&self->lock);

  if (limit != NULL)
    athr_call_limit_unref (limit);
}

void
athr_call_finalize_work (AthrCall *self)
{
  athr_call_finalize_home (self);
  g_clear_pointer (&self->limit, athr_call_limit_unref);
  athr_progress_clear (&self->progress);
  athr_lock_clear (&self->lock);
  athr_alive_free (self->alive);
  g_free (self->post);
}

void
athr_call_work_start (AthrCall *self)
{
  athr_call_move_home (self, athr_home_get_moved_context ());
  athr_call_start_at_home (self, NULL, NULL);
}

/* The waiter in the call is for the operation that starts it, unless other threads were quicker. */
static AthrCallWaiter *
athr_call_new_waiter (AthrCall *self)
{
  AthrCallWaiter *waiter;

  if (athr_call_is_initial (self) &&
      !(g_atomic_int_or (&self->status, ATHR_CALL_FIRST_TAKEN) & ATHR_CALL_FIRST_TAKEN))
    waiter = &self->first;
  else
    waiter = g_new0 (AthrCallWaiter, 1);
  waiter->link.data = waiter;

  return waiter;
}

void
athr_call_work_start_async (AthrCall            *self,
                            gpointer             source_tag,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  static const AthrOperationFuncs first_funcs = {
    { athr_call_waiter_run, NULL, NULL }, athr_call_waiter_cancelled, athr_call_first_waiter_free
  };
  static const AthrOperationFuncs funcs = {
    { athr_call_waiter_run, NULL, NULL }, athr_call_waiter_cancelled, athr_call_waiter_free
  };
  AthrCallWaiter *waiter = athr_call_new_waiter (self);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  /* The task has looked for the context already. */
  athr_call_move_home (self, athr_home_is_at_work () ? athr_home_get_moved_context ()
                                                     : g_task_get_context (task));
  waiter->is_late = (g_atomic_int_get (&self->status) & ATHR_CALL_OVER) != 0;
  athr_operation_init_task (&waiter->base, waiter == &self->first ? &first_funcs : &funcs, task,
                            source_tag, athr_call_peek_home (self), self->delivery_priority);
  if (self->name != NULL)
    g_task_set_name (task, self->name);
  /* Cancelling a resolved call changes nothing. */
  if (cancellable != NULL && !athr_call_is_resolved (self))
    {
      waiter->call = g_object_ref (self);
      athr_operation_connect (&waiter->base, cancellable);
    }

  athr_call_start_at_home (self, waiter, NULL);
}

gboolean
athr_call_work_set_priority (AthrCall *self,
                             int       priority)
{
  AthrPool *queued_in = NULL;
  AthrCallState state;
  gboolean is_set;

  athr_lock (&self->lock);
  state = athr_call_peek_state (self);
  is_set = state <= ATHR_CALL_STATE_QUEUED && self->priority != priority;
  if (is_set)
    self->priority = priority;
  if (is_set && state == ATHR_CALL_STATE_QUEUED)
    queued_in = self->pool;
  athr_unlock (&self->lock);

  if (queued_in != NULL &&
      (self->limit == NULL || !athr_call_limit_set_priority (self->limit, self, priority)))
    athr_pool_set_priority (queued_in, &self->job, priority);

  return is_set;
}

/* A blocking run moves home only to a context that the calling thread has pushed: a thread
 * without a thread-default context iterates no context. */
gboolean
athr_call_work_is_held_back (AthrCall *self)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (AthrContextQueue) home = NULL;

  if (!athr_pool_is_paused (athr_executor_get_pool (self->executor)))
    return FALSE;
  if (athr_call_peek_state (self) > ATHR_CALL_STATE_QUEUED || athr_call_is_stopped (self))
    return FALSE;

  if (athr_call_is_initial (self) && context != NULL)
    home = athr_home_ref_for_context (context);
  else
    home = athr_context_queue_ref (athr_call_peek_home (self));

  return athr_context_queue_is_home (home);
}

void
athr_call_work_start_blocking (AthrCall     *self,
                               GCancellable *cancellable)
{
  AthrEvent blocked;
  gulong id = 0;

  if (cancellable != NULL)
    {
      id = athr_cancellable_connect (cancellable, G_CALLBACK (athr_call_blocked_cancelled),
                                     g_object_ref (self), athr_call_unref_at_home);
      if (g_cancellable_is_cancelled (cancellable))
        athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
    }

  athr_event_init (&blocked);
  athr_call_move_home (self, g_main_context_get_thread_default ());
  athr_call_start_at_home (self, NULL, &blocked);
  athr_wait (&blocked, self->home);
  athr_event_clear (&blocked);

  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
  athr_context_queue_run_cleanup (self->home);
}

void
athr_call_stop (AthrCall     *self,
                AthrCallStop  stop)
{
  GCancellable *cancellable;

  if (athr_call_is_stale (self))
    return;

  cancellable = athr_call_begin_stop (self, stop, FALSE);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}

void
athr_call_work_bind (AthrCall *self,
                     GObject  *owner)
{
  static const AthrBindingFuncs funcs = { athr_call_owner_gone, NULL };

  if (self->is_over)
    return;

  athr_bindings_add (&self->bindings, owner, &funcs, self);
  /* A thread that starts the call now finds the binding, or this thread finds the call started. */
  if (!athr_call_is_initial (self))
    athr_bindings_arm (&self->bindings, self->home);
}

gboolean
athr_call_work_is_worker (AthrCall *self)
{
  return running_call == self;
}
