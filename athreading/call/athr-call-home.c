/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-private.h"

/* What of a call happens at home: it tells what has changed, and of the end, and frees
 * what is the user's. */

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

/* Takes what has changed for home, if it is to be notified now. Reports are taken once
 * in a round: a function that reports all the time gets no further, and the end waits
 * for the round in which the last report is notified. */
static void
athr_call_take_news (AthrCall *self,
                     gboolean *has_told)
{
  g_autofree char *old_text = NULL;
  gboolean is_last_told;

  /* After that nothing changes any more. */
  if (athr_call_state_is_final (self->seen_state))
    return;

  athr_lock (&self->lock);
  if (!*has_told)
    athr_progress_take (&self->progress, &old_text);
  *has_told = TRUE;

  is_last_told = !athr_call_state_is_final (self->state) || !athr_progress_is_new (&self->progress);
  if (self->seen_state != self->state && is_last_told && !athr_progress_is_due (&self->progress))
    {
      self->seen_state = self->state;
      self->state_due = TRUE;
    }
  athr_unlock (&self->lock);
}

/* The property to be notified next, or 0. In this order progress comes before the
 * outcome. */
static int
athr_call_next_due (AthrCall *self)
{
  if (self->progress.fraction_due)
    {
      self->progress.fraction_due = FALSE;
      return ATHR_CALL_PROP_PROGRESS;
    }
  if (self->progress.text_due)
    {
      self->progress.text_due = FALSE;
      return ATHR_CALL_PROP_PROGRESS_TEXT;
    }
  if (self->state_due)
    {
      self->state_due = FALSE;
      self->error_due = athr_call_get_error (self) != NULL;
      return ATHR_CALL_PROP_STATE;
    }
  if (self->error_due)
    {
      self->error_due = FALSE;
      return ATHR_CALL_PROP_ERROR;
    }

  return 0;
}

static gboolean
athr_call_has_news (AthrCall *self,
                    gboolean *has_progress,
                    gboolean *is_over)
{
  gboolean has_news;

  *has_progress = FALSE;
  *is_over = TRUE;
  if (athr_progress_is_due (&self->progress) || self->state_due || self->error_due)
    return TRUE;
  if (athr_call_state_is_final (self->seen_state))
    return FALSE;

  athr_lock (&self->lock);
  *has_progress = athr_progress_is_new (&self->progress);
  *is_over = athr_call_state_is_final (self->state);
  has_news = *has_progress || self->seen_state != self->state;
  athr_unlock (&self->lock);

  return has_news;
}

/* A handler may run a nested main loop, which may come to the end of the call: then it
 * is notified of the rest there, and the loop here finds nothing more. */
static void
athr_call_sync (AthrCall *self)
{
  gboolean has_told = FALSE;
  int property;

  g_object_ref (self);
  do
    {
      athr_call_take_news (self, &has_told);
      property = athr_call_next_due (self);
      if (property != 0)
        g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[property]);
    }
  while (property != 0);
  g_object_unref (self);
}

gboolean
athr_call_sync_before (AthrCall     *self,
                       AthrWorkItem *item)
{
  gboolean has_progress, is_over, was_notified;
  gint64 now;

  if (!athr_call_has_news (self, &has_progress, &is_over))
    return FALSE;

  /* Notifying nobody runs no nested main loop, and may happen any number of times. */
  if (!athr_object_has_handlers (self))
    {
      athr_call_sync (self);
      return FALSE;
    }

  now = athr_context_queue_get_iteration ();
  was_notified = has_progress && now != 0 && now == self->progress.notified;

  /* With return-on-cancel it is answered while the function goes on to report. */
  if (was_notified && !is_over)
    return FALSE;

  if (was_notified && athr_object_has_handlers (self))
    {
      /* Progress is notified once for each iteration: wait for the next. With nobody to
       * notify there is nothing to wait for, and perhaps no main loop. */
      item->created = now;
      athr_context_queue_push_front (self->home, self->delivery_priority, item);
    }
  else
    {
      self->progress.notified = now;
      athr_context_queue_push_front (self->home, self->delivery_priority, item);
      athr_call_sync (self);
    }

  return TRUE;
}

static void
athr_call_update_run (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  /* Queued again, it waits for the next iteration: that conflates progress. */
  self->progress.notified = item->created = athr_context_queue_get_iteration ();
  athr_call_sync (self);
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

static gboolean
athr_call_has_home_waiters (AthrCall *self)
{
  gboolean has_waiters;

  athr_lock (&self->lock);
  has_waiters = self->n_home_waiters > 0;
  athr_unlock (&self->lock);

  return has_waiters;
}

static void
athr_call_outcome_run (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  if (athr_call_sync_before (self, item))
    return;

  /* Some joined when the outcome was queued already: their callbacks come first. */
  if (athr_call_has_home_waiters (self))
    {
      athr_context_queue_push (self->home, self->delivery_priority, item);
      return;
    }

  athr_context_queue_disable (self->home, &self->update);
  athr_call_free_late (self);
  g_signal_emit (self, athr_call_finished_signal, 0);
  athr_call_release (self);
}

static void
athr_call_outcome_drop (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  athr_call_free_late (self);
  athr_call_release (self);
}

/* With nobody connected, telling of the end calls nobody. */
static gboolean
athr_call_outcome_is_cleanup_only (AthrWorkItem *item)
{
  AthrCall *self = item->data;

  return !athr_call_has_home_waiters (self) && !athr_object_has_handlers (self);
}

void
athr_call_init_home (AthrCall *self)
{
  static const AthrWorkItemFuncs update_funcs = { athr_call_update_run, NULL, NULL };
  static const AthrWorkItemFuncs outcome_funcs = {
    athr_call_outcome_run, athr_call_outcome_drop, athr_call_outcome_is_cleanup_only
  };

  athr_work_item_init (&self->update, &update_funcs, self);
  athr_work_item_init (&self->outcome, &outcome_funcs, self);
  self->home = athr_home_ref ();
  self->creator = athr_thread_id ();
}

/* The last reference may be dropped on any thread: what is the user's is freed at
 * home, or here when the call was created here. */
void
athr_call_finalize_home (AthrCall *self)
{
  AthrCallRemains *remains = g_new0 (AthrCallRemains, 1);

  remains->destroy = self->destroy;
  remains->user_data = self->user_data;
  remains->executor = self->executor;
  remains->returned = self->returned;
  remains->stop_error = self->stop_error;
  remains->func_error = self->func_error;
  remains->cancellable = self->cancellable;
  athr_context_queue_end (self->home, self->creator, remains, athr_call_remains_free);
  athr_context_queue_unref (self->home);
}

const GError *
athr_call_peek_error (AthrCall *self)
{
  return self->stop_error != NULL ? self->stop_error : self->func_error;
}
