/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-memory-private.h"
#include "context/athr-deferred-free-private.h"
#include "stream/athr-stream-private.h"

static void
athr_stream_operation_notify (AthrChannelWaiter *waiter)
{
  AthrStreamOperation *operation =
    (AthrStreamOperation *) ((char *) waiter - G_STRUCT_OFFSET (AthrStreamOperation, waiter));

  athr_operation_post (&operation->base);
}

static AthrChannelAnswer
athr_stream_operation_answer (AthrStreamOperation *operation)
{
  gboolean in_slice = operation->base.home == operation->producer->home;

  if (operation->max_values == 0)
    return athr_channel_answer (operation->producer->channel, &operation->waiter, in_slice,
                                &operation->value, &operation->error);

  return athr_channel_answer_batch (operation->producer->channel, &operation->waiter,
                                    operation->max_values, in_slice,
                                    &operation->values, &operation->error);
}

/* FALSE: there is no answer yet. */
static gboolean
athr_stream_operation_take (AthrStreamOperation *operation,
                            AthrStream          *self)
{
  if (athr_stream_has_lost_owner (self) && !operation->is_close)
    athr_channel_cancel (self->channel, &operation->waiter);

  operation->answer = athr_stream_operation_answer (operation);
  if (operation->answer == ATHR_CHANNEL_NOTHING)
    return FALSE;

  operation->is_answered = TRUE;
  if (operation->base.home == self->producer->home)
    operation->n_posts_due = g_atomic_int_get (&self->producer->n_posts);

  return TRUE;
}

/* The owner went in a function that was posted before the values. */
static void
athr_stream_operation_drop_values (AthrStreamOperation *operation)
{
  g_value_unset (&operation->value);
  g_clear_pointer (&operation->values, g_array_unref);
  operation->answer = ATHR_CHANNEL_CANCELLED;
}

static void
athr_stream_operation_run (AthrWorkItem *item)
{
  AthrStreamOperation *operation = item->data;
  AthrStream *self = g_task_get_source_object (operation->base.task);

  /* Home notifies changes before the answer, and emits `finished` after it. */
  if (!operation->is_answered && operation->base.home == self->producer->home &&
      athr_notifier_run_before (&self->notifier, operation->base.home, operation->base.priority, item))
    return;

  if (!operation->is_answered && !athr_stream_operation_take (operation, self))
    return;

  /* What was posted before the values runs before the callback. Meanwhile this operation stays in
   * front of the others, also in a nested main loop. */
  if (operation->n_posts_due > 0)
    {
      operation->n_posts_due--;
      athr_context_queue_push_front (operation->base.home, operation->base.priority, item);
      athr_stream_question_run_post (self->producer);
      return;
    }

  /* Under another context the posts that wait at home cannot run first. */
  if (operation->is_close && operation->answer != ATHR_CHANNEL_CANCELLED &&
      operation->base.home != self->producer->home)
    g_atomic_int_set (&self->producer->is_close_told, TRUE);

  if (operation->answer == ATHR_CHANNEL_VALUE && athr_stream_has_lost_owner (self))
    athr_stream_operation_drop_values (operation);
  if (operation->answer == ATHR_CHANNEL_CANCELLED)
    operation->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                            "The operation was cancelled");
  /* If this answer is the end, the update emits `finished`. */
  if (operation->answer != ATHR_CHANNEL_VALUE)
    athr_producer_post (self->producer);

  athr_operation_return (&operation->base);
}

static void
athr_stream_operation_cancelled (AthrOperation *base)
{
  AthrStreamOperation *operation = (AthrStreamOperation *) base;

  athr_channel_cancel (operation->producer->channel, &operation->waiter);
}

static void
athr_stream_operation_clear (gpointer data)
{
  AthrStreamOperation *operation = data;

  g_value_unset (&operation->value);
  g_clear_pointer (&operation->values, g_array_unref);
  g_clear_error (&operation->error);
  g_free (operation);
}

static void
athr_stream_operation_free (AthrOperation *base)
{
  AthrStreamOperation *operation = (AthrStreamOperation *) base;
  g_autoptr (AthrContextQueue) home = athr_context_queue_ref (operation->producer->home);

  athr_producer_unref (operation->producer);
  /* Any thread may drop a result. What is the user's in it is freed at home. */
  if (athr_value_is_set (&operation->value) || operation->error != NULL ||
      (operation->values != NULL && operation->values->len > 0))
    athr_free_in_context (home, operation, athr_stream_operation_clear);
  else
    athr_stream_operation_clear (operation);
}

AthrStreamOperation *
athr_stream_operation_new (AthrStream          *self,
                           gpointer             source_tag,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_stream_operation_run, NULL, NULL },
    athr_stream_operation_cancelled,
    athr_stream_operation_free
  };
  AthrStreamOperation *operation = athr_new0 (AthrStreamOperation);

  operation->producer = athr_producer_ref (self->producer);
  operation->waiter.notify = athr_stream_operation_notify;
  athr_operation_init (&operation->base, &funcs, self, source_tag, self->producer->home,
                       self->delivery_priority, callback, user_data);
  if (self->producer->name != NULL)
    g_task_set_name (operation->base.task, self->producer->name);
  athr_operation_connect (&operation->base, cancellable);

  return operation;
}

gboolean
athr_stream_operation_finish (AthrStream           *self,
                              GAsyncResult         *result,
                              AthrStreamOperation **operation,
                              GError              **error)
{
  if (athr_stream_is_stale (self))
    return athr_fork_fail (error);

  *operation = g_task_get_task_data (G_TASK (result));
  if ((*operation)->error == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy ((*operation)->error));

  return FALSE;
}

void
athr_stream_add_reader (AthrStream          *self,
                        AthrStreamOperation *operation)
{
  gboolean is_first = athr_stream_open (self);

  athr_producer_expect (self->producer);
  athr_channel_add_reader (self->channel, &operation->waiter, athr_stream_is_in_slice (self));
  if (is_first)
    athr_channel_wake (self->channel);
}

void
athr_stream_refuse_reader (AthrStreamOperation *operation)
{
  operation->is_answered = TRUE;
  operation->answer = ATHR_CHANNEL_END;
  operation->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                                          "A map takes the values of the stream");
  athr_operation_post (&operation->base);
}
