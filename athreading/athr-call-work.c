/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-call-private.h"

/* The life of a call.
 *
 *   INITIAL -> QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED
 *                  \--------------> FAILED | CANCELLED
 *
 * It is decided, once, when its function has returned or will never run; with
 * return-on-cancel, when it is stopped while it runs. From then on the outcome does
 * not change and can be read without the lock.
 *
 * It is concluded, once, when its function has returned or will never run, by the
 * worker or by whoever withdrew the job. Concluding posts the answers and then the
 * outcome item, which carries the references that a started call has to itself:
 * after that only those with a reference of their own may touch the call.
 */

typedef struct
{
  AthrOperation base;
  AthrCall *call; /* set once; owned, when there is a cancellable */
  GList link;     /* (AthrCall.lock) */
} AthrCallWaiter;

/* A thread that is blocked in run(), on its stack. It is woken under a lock that
 * is nobody's, since the call may be gone when the one who wakes it leaves. */
typedef struct
{
  GCond woken;       /* (runners_lock) */
  gboolean is_woken; /* (runners_lock) */
} AthrCallRunner;

/* What a call holds of the user's. */
typedef struct
{
  GDestroyNotify destroy;
  gpointer user_data;
  AthrExecutor *executor;
  GValue returned;
  GError *stop_error;
  GError *func_error;
  GCancellable *cancellable;
} AthrCallRemains;

static AthrLock runners_lock;

static void
athr_call_remains_free (gpointer data)
{
  AthrCallRemains *self = data;

  athr_assert_unlocked ();

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_value_unset (&self->returned);
  g_clear_error (&self->stop_error);
  g_clear_error (&self->func_error);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->executor);
  g_free (self);
}

static gboolean
athr_call_state_is_final (AthrCallState state)
{
  return state >= ATHR_CALL_STATE_SUCCEEDED;
}

static void
athr_call_set_state_locked (AthrCall      *self,
                            AthrCallState  state)
{
  static const gboolean allowed[6][6] = {
    [ATHR_CALL_STATE_INITIAL] = { [ATHR_CALL_STATE_QUEUED] = TRUE },
    [ATHR_CALL_STATE_QUEUED] = { [ATHR_CALL_STATE_RUNNING] = TRUE,
                                 [ATHR_CALL_STATE_FAILED] = TRUE,
                                 [ATHR_CALL_STATE_CANCELLED] = TRUE },
    [ATHR_CALL_STATE_RUNNING] = { [ATHR_CALL_STATE_SUCCEEDED] = TRUE,
                                  [ATHR_CALL_STATE_FAILED] = TRUE,
                                  [ATHR_CALL_STATE_CANCELLED] = TRUE },
  };

  athr_assert_locked (&self->lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
}

static AthrCallState
athr_call_get_final_state_locked (AthrCall *self)
{
  const GError *error = athr_call_peek_error (self);

  athr_assert_locked (&self->lock);

  if (error == NULL)
    return ATHR_CALL_STATE_SUCCEEDED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return ATHR_CALL_STATE_CANCELLED;

  return ATHR_CALL_STATE_FAILED;
}

/* Fixes the outcome, and takes those who wait for it. */
static void
athr_call_decide_locked (AthrCall  *self,
                         GQueue    *waiters,
                         GSList   **runners)
{
  athr_assert_locked (&self->lock);

  if (!self->decided)
    {
      if (self->stop == ATHR_CALL_STOP_CANCELLED)
        self->stop_error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                "The call was cancelled");
      else if (self->stop == ATHR_CALL_STOP_TIMED_OUT)
        self->stop_error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                        "The call took longer than %u ms", self->timeout);
      self->decided = TRUE;
    }

  *waiters = self->waiters;
  g_queue_init (&self->waiters);
  *runners = g_steal_pointer (&self->runners);
}

static void
athr_call_post_waiters (GQueue *waiters)
{
  GList *link;

  while ((link = g_queue_pop_head_link (waiters)) != NULL)
    athr_operation_post (link->data);
}

static void
athr_call_wake_runners (GSList *runners)
{
  if (runners == NULL)
    return;

  athr_lock (&runners_lock);
  for (GSList *l = runners; l != NULL; l = l->next)
    {
      AthrCallRunner *runner = l->data;

      runner->is_woken = TRUE;
      g_cond_signal (&runner->woken);
    }
  athr_unlock (&runners_lock);
  g_slist_free (runners);
}

static gboolean
athr_call_runner_is_woken (AthrCallRunner *runner)
{
  gboolean is_woken;

  athr_lock (&runners_lock);
  is_woken = runner->is_woken;
  athr_unlock (&runners_lock);

  return is_woken;
}

static void
athr_call_conclude (AthrCall *self,
                    GError   *error)
{
  gboolean deadline_removed = self->has_deadline && athr_deadline_remove (&self->deadline);
  GQueue waiters;
  GSList *runners;

  athr_lock (&self->lock);
  self->func_error = error;
  athr_call_decide_locked (self, &waiters, &runners);
  athr_call_set_state_locked (self, athr_call_get_final_state_locked (self));
  self->n_home_refs = deadline_removed ? 2 : 1;
  athr_unlock (&self->lock);

  athr_call_post_waiters (&waiters);
  athr_delivery_push (self->home, self->delivery_priority, &self->outcome);
  athr_call_wake_runners (runners);
}

static void
athr_call_work (AthrJob *job)
{
  AthrCall *self = job->data;
  GError *error = NULL;
  gboolean stopped;

  athr_lock (&self->lock);
  stopped = self->stop != ATHR_CALL_STOP_NONE;
  if (!stopped)
    athr_call_set_state_locked (self, ATHR_CALL_STATE_RUNNING);
  athr_unlock (&self->lock);

  if (!stopped)
    {
      athr_delivery_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);
      self->func (self, self->user_data, &error);
    }

  athr_call_conclude (self, error);
}

static void
athr_call_fail (AthrJob      *job,
                const GError *error)
{
  athr_call_conclude (job->data, g_error_copy (error));
}

static void
athr_call_deadline_reached (AthrDeadline *deadline)
{
  AthrCall *self = deadline->data;

  athr_call_stop (self, ATHR_CALL_STOP_TIMED_OUT);
  athr_delivery_give_back (self->home, self, g_object_unref);
}

/* Home: notifies what has changed since the last time. */
static void
athr_call_sync (AthrCall *self)
{
  g_autofree char *old_text = NULL;
  AthrCallState state, old_state = self->seen_state;
  double old_progress = self->progress;
  gboolean text_changed = FALSE;

  /* After that nothing changes any more. */
  if (athr_call_state_is_final (old_state))
    return;

  athr_lock (&self->lock);
  state = self->state;
  if (self->has_new_progress)
    {
      self->has_new_progress = FALSE;
      self->progress = self->new_progress;
      old_text = self->progress_text;
      self->progress_text = g_steal_pointer (&self->new_progress_text);
      text_changed = g_strcmp0 (old_text, self->progress_text) != 0;
    }
  athr_unlock (&self->lock);

  self->seen_state = state;

  if (self->progress != old_progress)
    g_object_notify_by_pspec (G_OBJECT (self), athr_call_progress_pspec);
  if (text_changed)
    g_object_notify_by_pspec (G_OBJECT (self), athr_call_progress_text_pspec);
  if (state != old_state)
    {
      g_object_notify_by_pspec (G_OBJECT (self), athr_call_state_pspec);
      if (athr_call_get_error (self) != NULL)
        g_object_notify_by_pspec (G_OBJECT (self), athr_call_error_pspec);
    }
}

static void
athr_call_update_run (AthrItem *item)
{
  AthrCall *self = item->data;

  /* Queued again, it waits for the next iteration: that conflates progress. */
  item->created = g_source_get_time (g_main_current_source ());
  athr_call_sync (self);
}

static void
athr_call_update_drop (AthrItem *item)
{
}

/* User data, and what a function returned whose call had ended otherwise. */
static void
athr_call_free_late (AthrCall *self)
{
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);

  athr_assert_unlocked ();

  if (destroy != NULL)
    destroy (g_steal_pointer (&self->user_data));

  if (self->stop_error != NULL || self->func_error != NULL)
    g_value_unset (&self->returned);
  if (self->stop_error != NULL)
    g_clear_error (&self->func_error);
}

static void
athr_call_release (AthrCall *self)
{
  for (guint n = self->n_home_refs; n > 0; n--)
    g_object_unref (self);
}

static void
athr_call_outcome_run (AthrItem *item)
{
  AthrCall *self = item->data;

  athr_delivery_withdraw (self->home, &self->update);
  athr_call_sync (self);
  athr_call_free_late (self);
  g_signal_emit (self, athr_call_finished_signal, 0);
  athr_call_release (self);
}

static void
athr_call_outcome_drop (AthrItem *item)
{
  AthrCall *self = item->data;

  athr_call_free_late (self);
  athr_call_release (self);
}

/* With nobody connected, telling of the end calls nobody. */
static gboolean
athr_call_outcome_is_quiet (AthrItem *item)
{
  AthrCall *self = item->data;

  return g_signal_handler_find (self, G_SIGNAL_MATCH_UNBLOCKED, 0, 0, NULL, NULL, NULL) == 0;
}

static void
athr_call_waiter_run (AthrItem *item)
{
  AthrCallWaiter *waiter = item->data;
  AthrCall *self = g_task_get_source_object (waiter->base.task);

  /* Pending progress, and the state, come before the answer. */
  if (waiter->base.home == self->home)
    athr_call_sync (self);
  athr_operation_return (&waiter->base);
}

static void
athr_call_waiter_cancelled (AthrOperation *operation)
{
  athr_call_stop (((AthrCallWaiter *) operation)->call, ATHR_CALL_STOP_CANCELLED);
}

static void
athr_call_waiter_free (AthrOperation *operation)
{
  AthrCallWaiter *waiter = (AthrCallWaiter *) operation;

  if (waiter->call != NULL)
    athr_delivery_give_back (waiter->call->home, waiter->call, g_object_unref);
  g_free (waiter);
}

static void
athr_call_run_cancelled (GCancellable *cancellable,
                         AthrCall     *self)
{
  athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
}

static void
athr_call_unref_at_home (gpointer  data,
                         GClosure *closure)
{
  AthrCall *self = data;

  athr_delivery_give_back (self->home, self, g_object_unref);
}

/* Before the first operation: it decides where home is. */
static void
athr_call_move_home (AthrCall *self)
{
  AthrDelivery *home;

  if (!athr_call_is_initial (self))
    return;

  home = athr_delivery_ref_moved_home (self->home);
  athr_delivery_add_lane (home, self->delivery_priority);
  athr_delivery_unref (self->home);
  self->home = home;
}

/* The one who got it from INITIAL to QUEUED does the rest. */
static void
athr_call_enqueue (AthrCall *self,
                   gboolean  stopped)
{
  GError *error = NULL;

  g_object_ref (self);
  athr_delivery_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);

  if (!stopped && self->func == NULL)
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   "The call was created without a function");
    }
  else if (!stopped && self->timeout != 0)
    {
      g_object_ref (self);
      self->has_deadline = athr_deadline_add (&self->deadline, self->timeout, &error);
      if (!self->has_deadline)
        g_object_unref (self);
    }

  if (!stopped && error == NULL)
    {
      if (athr_pool_push (self->pool, &self->job))
        return;
      error = athr_executor_new_closed (self->pool);
    }

  athr_call_conclude (self, error);
}

/* Starts it unless it was, and lets @waiter or @runner wait for its end. */
static void
athr_call_begin (AthrCall       *self,
                 AthrCallWaiter *waiter,
                 AthrCallRunner *runner)
{
  AthrPool *pool = athr_executor_get_pool (self->executor);
  gboolean is_first, decided, stopped;

  athr_lock (&self->lock);
  is_first = self->state == ATHR_CALL_STATE_INITIAL;
  decided = self->decided;
  stopped = self->stop != ATHR_CALL_STOP_NONE;
  if (is_first)
    {
      athr_call_set_state_locked (self, ATHR_CALL_STATE_QUEUED);
      self->pool = pool;
      self->job.home = self->home;
      self->job.priority = self->priority;
    }
  if (!decided && waiter != NULL)
    g_queue_push_tail_link (&self->waiters, &waiter->link);
  if (!decided && runner != NULL)
    self->runners = g_slist_prepend (self->runners, runner);
  else if (runner != NULL)
    runner->is_woken = TRUE;
  athr_unlock (&self->lock);

  if (decided && waiter != NULL)
    athr_operation_post (&waiter->base);
  if (is_first)
    athr_call_enqueue (self, stopped);
}

void
athr_call_init_work (AthrCall *self)
{
  static const AthrItemFuncs update_funcs = { athr_call_update_run, athr_call_update_drop, NULL };
  static const AthrItemFuncs outcome_funcs = {
    athr_call_outcome_run, athr_call_outcome_drop, athr_call_outcome_is_quiet
  };

  athr_lock_init (&self->lock);
  athr_item_init (&self->update, &update_funcs, self);
  athr_item_init (&self->outcome, &outcome_funcs, self);
  self->job.run = athr_call_work;
  self->job.fail = athr_call_fail;
  self->job.data = self;
  self->deadline.reached = athr_call_deadline_reached;
  self->deadline.data = self;
  self->home = athr_delivery_ref_home ();
  self->creator = athr_thread_id ();
}

/* The last reference may be dropped on any thread: what is the user's is freed at
 * home, or here when the call was created here. */
void
athr_call_finalize_work (AthrCall *self)
{
  AthrCallRemains *remains = g_new0 (AthrCallRemains, 1);

  remains->destroy = self->destroy;
  remains->user_data = self->user_data;
  remains->executor = self->executor;
  remains->returned = self->returned;
  remains->stop_error = self->stop_error;
  remains->func_error = self->func_error;
  remains->cancellable = self->cancellable;
  athr_delivery_end (self->home, self->creator, remains, athr_call_remains_free);

  g_free (self->new_progress_text);
  athr_lock_clear (&self->lock);
  athr_delivery_unref (self->home);
}

gboolean
athr_call_is_initial (AthrCall *self)
{
  gboolean initial;

  athr_lock (&self->lock);
  initial = self->state == ATHR_CALL_STATE_INITIAL;
  athr_unlock (&self->lock);

  return initial;
}

gboolean
athr_call_is_decided (AthrCall *self)
{
  gboolean decided;

  athr_lock (&self->lock);
  decided = self->decided;
  athr_unlock (&self->lock);

  return decided;
}

const GError *
athr_call_peek_error (AthrCall *self)
{
  return self->stop_error != NULL ? self->stop_error : self->func_error;
}

void
athr_call_launch_async (AthrCall            *self,
                        gpointer             source_tag,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_call_waiter_run, NULL, NULL }, athr_call_waiter_cancelled, athr_call_waiter_free
  };
  AthrCallWaiter *waiter = g_new0 (AthrCallWaiter, 1);

  athr_call_move_home (self);

  waiter->link.data = waiter;
  athr_operation_init (&waiter->base, &funcs, self, source_tag, self->home,
                       self->delivery_priority, callback, user_data);
  if (self->name != NULL)
    g_task_set_name (waiter->base.task, self->name);
  /* A call that is over cannot be cancelled any more. */
  if (cancellable != NULL && !athr_call_is_decided (self))
    {
      waiter->call = g_object_ref (self);
      athr_operation_connect (&waiter->base, cancellable);
    }

  athr_call_begin (self, waiter, NULL);
}

void
athr_call_launch (AthrCall *self)
{
  athr_call_move_home (self);
  athr_call_begin (self, NULL, NULL);
}

void
athr_call_launch_blocked (AthrCall     *self,
                          GCancellable *cancellable)
{
  AthrCallRunner runner = { 0, };
  gulong id = 0;

  athr_call_move_home (self);

  if (cancellable != NULL)
    {
      id = athr_cancellable_watch (cancellable, G_CALLBACK (athr_call_run_cancelled),
                                   g_object_ref (self), athr_call_unref_at_home);
      if (g_cancellable_is_cancelled (cancellable))
        athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
    }

  g_cond_init (&runner.woken);
  athr_call_begin (self, NULL, &runner);

  if (!athr_call_runner_is_woken (&runner))
    {
      athr_pool_block_begin ();
      athr_lock (&runners_lock);
      while (!runner.is_woken)
        athr_lock_wait (&runners_lock, &runner.woken);
      athr_unlock (&runners_lock);
      athr_pool_block_end ();
    }
  g_cond_clear (&runner.woken);

  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
  athr_delivery_flush (self->home);
}

void
athr_call_stop (AthrCall     *self,
                AthrCallStop  stop)
{
  GCancellable *cancellable = NULL;
  GQueue waiters = G_QUEUE_INIT;
  GSList *runners = NULL;
  AthrPool *queued_in = NULL;

  athr_lock (&self->lock);
  if (self->stop == ATHR_CALL_STOP_NONE && !athr_call_state_is_final (self->state))
    {
      self->stop = stop;
      cancellable = self->cancellable;
      if (self->state == ATHR_CALL_STATE_QUEUED)
        queued_in = self->pool;
      else if (self->state == ATHR_CALL_STATE_RUNNING && self->return_on_cancel)
        athr_call_decide_locked (self, &waiters, &runners);
    }
  athr_unlock (&self->lock);

  if (queued_in != NULL && athr_pool_withdraw (queued_in, &self->job))
    athr_call_conclude (self, NULL);
  athr_call_post_waiters (&waiters);
  athr_call_wake_runners (runners);
  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
}
