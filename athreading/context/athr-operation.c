/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-home-private.h"
#include "context/athr-operation-private.h"

static void
athr_operation_unref (gpointer data)
{
  AthrOperation *self = data;
  AthrContextQueue *home = self->home;

  if (!g_atomic_int_dec_and_test (&self->ref_count) || athr_context_queue_is_stale (home))
    return;

  self->funcs->free (self);
  athr_context_queue_unref (home);
}

static void
athr_operation_notify (gpointer  data,
                       GClosure *closure)
{
  athr_operation_unref (data);
}

static void
athr_operation_on_cancelled (GCancellable  *cancellable,
                             AthrOperation *self)
{
  if (!athr_context_queue_is_stale (self->home))
    self->funcs->cancelled (self);
}

void
athr_operation_init_task (AthrOperation            *self,
                          const AthrOperationFuncs *funcs,
                          GTask                    *task,
                          gpointer                  source_tag,
                          AthrContextQueue         *near,
                          int                       priority)
{
  self->ref_count = 1;
  self->funcs = funcs;
  self->priority = priority;
  self->task = task;

  (g_task_set_source_tag) (task, source_tag);
  if (priority != G_PRIORITY_DEFAULT)
    g_task_set_priority (task, priority);

  if (athr_context_queue_is_for_context (near, g_task_get_context (task)))
    self->home = athr_context_queue_ref (near);
  else
    self->home = athr_home_ref_for_context (g_task_get_context (task));

  athr_work_item_init (&self->item, &funcs->item, self);
  self->item.created = athr_context_queue_get_iteration ();
}

void
athr_operation_init (AthrOperation            *self,
                     const AthrOperationFuncs *funcs,
                     gpointer                  source_object,
                     gpointer                  source_tag,
                     AthrContextQueue         *near,
                     int                       priority,
                     GAsyncReadyCallback       callback,
                     gpointer                  user_data)
{
  /* The task gets no cancellable, so that GTask does not fail the operation by itself: the
   * embedding type decides, once, whether the operation was cancelled. */
  GTask *task = g_task_new (source_object, NULL, callback, user_data);

  athr_operation_init_task (self, funcs, task, source_tag, near, priority);
  g_atomic_int_inc (&self->ref_count);
  g_task_set_task_data (task, self, athr_operation_unref);
}

gulong
athr_cancellable_connect (GCancellable   *cancellable,
                          GCallback       callback,
                          gpointer        data,
                          GClosureNotify  notify)
{
  return g_signal_connect_data (cancellable, "cancelled", callback, data, notify, 0);
}

void
athr_operation_connect (AthrOperation *self,
                        GCancellable  *cancellable)
{
  if (cancellable == NULL)
    return;

  g_atomic_int_inc (&self->ref_count);
  self->cancellable = g_object_ref (cancellable);
  self->cancelled_id = athr_cancellable_connect (cancellable,
                                                 G_CALLBACK (athr_operation_on_cancelled),
                                                 self, athr_operation_notify);
  if (g_cancellable_is_cancelled (cancellable))
    self->funcs->cancelled (self);
}

void
athr_operation_post (AthrOperation *self)
{
  athr_context_queue_push (self->home, self->priority, &self->item);
}

GTask *
athr_operation_end (AthrOperation *self)
{
  GTask *task = g_steal_pointer (&self->task);

  athr_assert_unlocked ();

  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  g_clear_object (&self->cancellable);
  athr_operation_unref (self);

  return task;
}

void
athr_operation_return (AthrOperation *self)
{
  g_autoptr (GTask) task = athr_operation_end (self);

  g_task_return_boolean (task, TRUE);
}

static GError *
athr_operation_new_orphaned (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The owner is gone");
}

void
athr_operation_return_orphaned (GTask *task)
{
  g_task_return_error (task, athr_operation_new_orphaned ());
}

gboolean
athr_operation_check (GTask   *task,
                      GError **error)
{
  if (!g_task_had_error (task))
    return TRUE;

  g_propagate_error (error, athr_operation_new_orphaned ());

  return FALSE;
}

static void
athr_operation_stale_run (AthrWorkItem *item)
{
  athr_operation_return (item->data);
}

static void
athr_operation_stale_free (AthrOperation *self)
{
  g_free (self);
}

/* Not g_task_report_error(): a foreign loop would not iterate the context for that. */
void
athr_operation_answer_stale (gpointer            source_object,
                             gpointer            source_tag,
                             GAsyncReadyCallback callback,
                             gpointer            user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_operation_stale_run, NULL, NULL }, NULL, athr_operation_stale_free
  };
  AthrOperation *self = g_new0 (AthrOperation, 1);
  g_autoptr (AthrContextQueue) home = athr_home_ref ();

  athr_operation_init (self, &funcs, source_object, source_tag, home, G_PRIORITY_DEFAULT, callback,
                       user_data);
  athr_operation_post (self);
}
