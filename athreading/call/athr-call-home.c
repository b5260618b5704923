/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"

/* What the owner's thread does for a call: it notifies properties, answers the waiters, emits
 * `finished`, and frees the user's data and results. Any thread posts the items that do so. */

GParamSpec *athr_call_properties[ATHR_CALL_N_PROPS];
guint athr_call_finished_signal;

/* Marks the final state only in the round in which the last progress is notified, so that no
 * progress comes after the final state. */
static void
athr_call_collect (gpointer object,
                   gboolean is_first)
{
  AthrCall *self = object;
  AthrCallState state;

  if (athr_call_is_orphaned (self))
    self->notifier.due = 0;
  if (athr_call_state_is_final (self->seen_state) || athr_call_is_stale (self) ||
      athr_call_is_orphaned (self))
    return;

  if (is_first)
    athr_notifier_collect_progress (&self->notifier, &self->progress, ATHR_CALL_PROP_PROGRESS);

  state = athr_call_peek_state (self);

  if (state == self->seen_state ||
      athr_notifier_is_due (&self->notifier, ATHR_CALL_PROP_PROGRESS) ||
      athr_notifier_is_due (&self->notifier, ATHR_CALL_PROP_PROGRESS_TEXT) ||
      (athr_call_state_is_final (state) && athr_progress_is_new (&self->progress)))
    return;

  self->seen_state = state;
  athr_notifier_mark (&self->notifier, ATHR_CALL_PROP_STATE);
  if (athr_call_state_is_final (state) && athr_call_peek_error (self) != NULL)
    athr_notifier_mark (&self->notifier, ATHR_CALL_PROP_ERROR);
}

static AthrNews
athr_call_peek_news (gpointer object)
{
  AthrCall *self = object;
  AthrNews news = ATHR_NEWS_NONE;
  AthrCallState state;

  if (athr_call_is_orphaned (self))
    self->notifier.due = 0;
  if (athr_call_state_is_final (self->seen_state) || athr_call_is_orphaned (self))
    return ATHR_NEWS_NONE;

  state = athr_call_peek_state (self);

  if (state != self->seen_state)
    news |= ATHR_NEWS_CHANGE;
  if (athr_progress_is_new (&self->progress))
    news |= ATHR_NEWS_PROGRESS;
  if (news != ATHR_NEWS_NONE && athr_call_state_is_final (state))
    news |= ATHR_NEWS_FINAL;

  return news;
}

static void
athr_call_update_run (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  athr_notifier_run (&self->notifier, item);
}

static gboolean
athr_call_has_home_waiters (AthrCall *self)
{
  return g_atomic_int_get (&self->n_home_waiters) > 0;
}

void
athr_call_waiter_run (AthrWorkItem *item)
{
  AthrCallWaiter *waiter = item->data;
  AthrCall *self = g_task_get_source_object (waiter->base.task);

  /* Notify progress and the state before the callback. */
  if (waiter->is_at_home &&
      athr_notifier_run_before (&self->notifier, self->home, self->delivery_priority, item))
    return;

  /* A thread that was posting as the outcome was fixed may push its item only now. */
  self->is_answered |= waiter->is_at_home;
  g_atomic_int_add (&self->n_home_waiters, -waiter->is_at_home);
  if (athr_call_is_orphaned (self) ||
      (!waiter->is_late && athr_bindings_exist (&self->bindings) &&
       athr_bindings_are_gone (&self->bindings)))
    {
      g_autoptr (GTask) task = athr_operation_end (&waiter->base);

      athr_operation_return_orphaned (task);
    }
  else
    {
      athr_operation_return (&waiter->base);
    }
}

void
athr_call_post_and_unlock (AthrCall *self)
{
  int status = g_atomic_int_get (&self->status);
  gboolean outcome_is_due;
  GList *link;

  athr_assert_locked (&self->lock);

  if (!(status & ATHR_CALL_RESOLVED) || (status & ATHR_CALL_FIRST_WAITS) || self->is_posting)
    {
      athr_unlock (&self->lock);
      return;
    }

  self->is_posting = TRUE;
  while ((link = g_queue_pop_head_link (&self->waiters)) != NULL)
    {
      athr_unlock (&self->lock);
      athr_operation_post (link->data);
      athr_lock (&self->lock);
    }
  self->is_posting = FALSE;
  outcome_is_due = self->outcome_is_due;
  self->outcome_is_due = FALSE;
  athr_unlock (&self->lock);

  if (outcome_is_due)
    athr_context_queue_push (self->home, self->delivery_priority, &self->outcome);
}

/* Destroys the user data, and frees what the function returned if the outcome is another. */
static void
athr_call_free_unused (AthrCall *self)
{
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);

  athr_assert_unlocked ();

  if (destroy != NULL)
    destroy (g_steal_pointer (&self->user_data));

  if (athr_call_peek_error (self) != NULL && athr_value_is_set (&self->returned))
    {
      destroy = g_steal_pointer (&self->returned_destroy);
      if (destroy != NULL)
        destroy (g_value_get_pointer (&self->returned));
      g_value_unset (&self->returned);
    }
  if (self->stop_error != NULL)
    g_clear_error (&self->func_error);
}

static void
athr_call_drop_home_refs (AthrCall *self)
{
  for (guint n = self->n_home_refs; n > 0; n--)
    g_object_unref (self);
}

void
athr_call_set_ended (AthrCall                 *self,
                     const AthrCallEndedFuncs *funcs,
                     gpointer                  data)
{
  self->ended_funcs = funcs;
  self->ended_data = data;
}

static void
athr_call_tell_ended (AthrCall *self)
{
  gpointer data = g_steal_pointer (&self->ended_data);

  if (data == NULL)
    return;

  self->ended_funcs->ended (self, data);
  self->ended_funcs->unref (data);
}

/* Any thread */
static void
athr_call_tell_lost (AthrCall *self)
{
  gpointer data = g_steal_pointer (&self->ended_data);

  if (data == NULL)
    return;

  if (self->ended_funcs->lost != NULL)
    self->ended_funcs->lost (data);
  self->ended_funcs->unref (data);
}

/* Says how the call has ended. */
static void
athr_call_trace_end (AthrCall *self)
{
  static const AthrAliveState states[] = {
    [ATHR_CALL_STATE_SUCCEEDED] = ATHR_ALIVE_SUCCEEDED,
    [ATHR_CALL_STATE_FAILED] = ATHR_ALIVE_FAILED,
    [ATHR_CALL_STATE_CANCELLED] = ATHR_ALIVE_CANCELLED,
  };

  athr_trace_delivered (self->alive);
  athr_trace_end (self->alive, states[athr_call_peek_state (self)], athr_call_peek_error (self));
}

/* From here on the call takes no notice of its owners. */
static void
athr_call_end (AthrCall *self)
{
  self->is_over = TRUE;
  if (!athr_bindings_exist (&self->bindings))
    return;

  if (athr_bindings_are_gone (&self->bindings))
    g_atomic_int_or (&self->status, ATHR_CALL_ORPHANED);
  g_atomic_int_or (&self->status, ATHR_CALL_OVER);
  athr_bindings_disarm (&self->bindings);
}

/* Answers the first waiter, if that was left to the outcome item. FALSE: a nested main loop in the
 * callback has run the rest of the item. */
static gboolean
athr_call_answer_first (AthrCall     *self,
                        AthrWorkItem *item)
{
  g_autoptr (GTask) task = NULL;
  int old;

  if (!(g_atomic_int_get (&self->status) & ATHR_CALL_FIRST_WAITS))
    return TRUE;

  /* A thread that sees the flag leaves its waiter to home. Otherwise it posts the waiter itself. */
  old = g_atomic_int_and (&self->status, ~ATHR_CALL_FIRST_WAITS);
  if (old & ATHR_CALL_SHARED)
    {
      athr_lock (&self->lock);
      athr_call_post_and_unlock (self);
    }

  self->is_answered = TRUE;
  task = athr_operation_end (&self->first.base);
  athr_context_queue_push_front (self->home, self->delivery_priority, item);
  if (athr_call_is_orphaned (self))
    athr_operation_return_orphaned (task);
  else
    g_task_return_boolean (task, TRUE);

  return !athr_call_is_stale (self) && athr_context_queue_withdraw (self->home, item);
}

/* Notifies what has changed, before the answers. TRUE: the item runs again. */
static gboolean
athr_call_notify_end (AthrCall     *self,
                      AthrWorkItem *item)
{
  if (self->notifier.due != 0 || athr_progress_is_new (&self->progress) || athr_call_is_orphaned (self) ||
      athr_object_has_handlers (self))
    return athr_notifier_run_before (&self->notifier, self->home, self->delivery_priority, item);

  /* Most calls end so: there is no progress, and nobody listens. */
  self->seen_state = athr_call_peek_state (self);

  return FALSE;
}

static void
athr_call_outcome_run (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  if (athr_call_notify_end (self, item) || !athr_call_answer_first (self, item))
    return;

  /* Runs that joined after the outcome item was pushed are answered before `finished`. */
  if (athr_call_has_home_waiters (self))
    {
      athr_context_queue_push (self->home, self->delivery_priority, item);
      return;
    }

  athr_context_queue_disable (self->home, &self->update);
  athr_call_trace_end (self);
  athr_call_free_unused (self);
  self->is_answered = TRUE;
  athr_call_tell_ended (self);
  if (!athr_call_is_orphaned (self))
    g_signal_emit (self, athr_call_finished_signal, 0);
  athr_call_end (self);
  athr_call_drop_home_refs (self);
}

static void
athr_call_outcome_drop (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  athr_bindings_disarm (&self->bindings);
  athr_call_trace_end (self);
  athr_call_free_unused (self);
  athr_call_tell_lost (self);
  athr_call_drop_home_refs (self);
}

/* Without waiters and signal handlers, the outcome item calls only the destroy notify. */
static gboolean
athr_call_outcome_is_cleanup_only (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  return !(g_atomic_int_get (&self->status) & ATHR_CALL_FIRST_WAITS) &&
         !athr_call_has_home_waiters (self) && self->posts.head == NULL &&
         ((self->ended_data == NULL && !athr_object_has_handlers (self)) || athr_call_is_orphaned (self));
}

void
athr_call_init_home (AthrCall *self)
{
  static const AthrNotifierFuncs notifier_funcs = {
    athr_call_collect, athr_call_peek_news, NULL, NULL
  };
  static const AthrWorkItemFuncs update_funcs = { athr_call_update_run, NULL, NULL };
  static const AthrWorkItemFuncs outcome_funcs = {
    athr_call_outcome_run, athr_call_outcome_drop, athr_call_outcome_is_cleanup_only, sizeof (AthrCall)
  };

  athr_notifier_init (&self->notifier, &notifier_funcs, self, athr_call_properties);
  athr_work_item_init (&self->update, &update_funcs, self);
  athr_work_item_init (&self->outcome, &outcome_funcs, self);
  self->home = athr_home_ref ();
  self->creator = athr_thread_id ();
}

/* Any thread may drop the last reference, so the contents are freed at home. */
void
athr_call_finalize_home (AthrCall *self)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (athr_bindings_exist (&self->bindings))
    athr_bindings_clear (&self->bindings);
  if (self->ended_data != NULL)
    self->ended_funcs->unref (self->ended_data);
  athr_deferred_free_add_user_data (&left, self->user_data, self->destroy);
  athr_deferred_free_add (&left, self->stop_error, (GDestroyNotify) g_error_free);
  athr_deferred_free_add (&left, self->func_error, (GDestroyNotify) g_error_free);
  athr_deferred_free_add (&left, self->cancellable, g_object_unref);
  athr_deferred_free_add (&left, self->executor, g_object_unref);
  if (self->returned_destroy != NULL)
    athr_deferred_free_add (&left, g_value_get_pointer (&self->returned), self->returned_destroy);
  left.value = self->returned;
  athr_deferred_free_submit (&left, self->home, G_PRIORITY_DEFAULT, self->creator);
  athr_context_queue_unref (self->home);
  g_clear_pointer (&self->former_home, athr_context_queue_unref);
}
