/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-call-private.h"

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

/* Home: notifies what has changed since the last time. */
void
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
    g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_PROGRESS]);
  if (text_changed)
    g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_PROGRESS_TEXT]);
  if (state != old_state)
    {
      g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_STATE]);
      if (athr_call_get_error (self) != NULL)
        g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_ERROR]);
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

void
athr_call_init_home (AthrCall *self)
{
  static const AthrItemFuncs update_funcs = { athr_call_update_run, athr_call_update_drop, NULL };
  static const AthrItemFuncs outcome_funcs = {
    athr_call_outcome_run, athr_call_outcome_drop, athr_call_outcome_is_quiet
  };

  athr_item_init (&self->update, &update_funcs, self);
  athr_item_init (&self->outcome, &outcome_funcs, self);
  self->home = athr_delivery_ref_home ();
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
  athr_delivery_end (self->home, self->creator, remains, athr_call_remains_free);
  athr_delivery_unref (self->home);
}

const GError *
athr_call_peek_error (AthrCall *self)
{
  return self->stop_error != NULL ? self->stop_error : self->func_error;
}
