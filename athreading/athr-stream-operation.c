/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-stream-private.h"

static void
athr_stream_operation_notify (AthrChannelWaiter *waiter)
{
  AthrStreamOperation *operation =
    (AthrStreamOperation *) ((char *) waiter - G_STRUCT_OFFSET (AthrStreamOperation, waiter));

  athr_operation_post (&operation->base);
}

/* TRUE when what has changed was to be notified first. Then the operation is queued
 * again, for a moment at which there is nothing. */
static gboolean
athr_stream_operation_sync_before (AthrStreamOperation *operation)
{
  AthrStream *self = g_task_get_source_object (operation->base.task);

  if (operation->base.home != self->producer->home ||
      !(athr_stream_has_news (self) || athr_producer_is_unsettled (self->producer)))
    return FALSE;

  g_object_ref (self);
  athr_operation_post_back (&operation->base);
  athr_producer_settle (self->producer);
  athr_stream_sync (self);
  g_object_unref (self);

  return TRUE;
}

static void
athr_stream_operation_run (AthrItem *item)
{
  AthrStreamOperation *operation = item->data;
  AthrStream *self = g_task_get_source_object (operation->base.task);
  gboolean is_close = g_task_get_source_tag (operation->base.task) == athr_stream_close_async;

  /* What came before the end is told before it, and finished() after it. */
  if (athr_stream_operation_sync_before (operation))
    return;

  operation->answer = athr_channel_answer (operation->channel, &operation->waiter,
                                           &operation->value, &operation->error);
  if (operation->answer == ATHR_CHANNEL_NOTHING)
    return;

  if (operation->answer == ATHR_CHANNEL_CANCELLED)
    {
      operation->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                              "The operation was cancelled");
    }
  else if (operation->answer != ATHR_CHANNEL_VALUE)
    {
      self->is_over = TRUE;
      self->is_done |= !is_close && operation->answer == ATHR_CHANNEL_END;
      athr_producer_post (self->producer);
    }

  athr_operation_return (&operation->base);
}

static void
athr_stream_operation_cancelled (AthrOperation *base)
{
  AthrStreamOperation *operation = (AthrStreamOperation *) base;

  athr_channel_cancel (operation->channel, &operation->waiter);
}

static void
athr_stream_operation_clear (gpointer data)
{
  AthrStreamOperation *operation = data;

  g_value_unset (&operation->value);
  g_clear_error (&operation->error);
  g_free (operation);
}

static void
athr_stream_operation_free (AthrOperation *base)
{
  AthrStreamOperation *operation = (AthrStreamOperation *) base;
  g_autoptr (AthrDelivery) home = operation->home;

  athr_channel_unref (operation->channel);
  /* A result may be dropped on any thread. */
  if (G_IS_VALUE (&operation->value) || operation->error != NULL)
    athr_delivery_give_back (home, operation, athr_stream_operation_clear);
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
  AthrStreamOperation *operation = g_new0 (AthrStreamOperation, 1);

  operation->channel = athr_channel_ref (self->channel);
  operation->home = athr_delivery_ref (self->producer->home);
  operation->waiter.notify = athr_stream_operation_notify;
  athr_operation_init (&operation->base, &funcs, self, source_tag, self->producer->home,
                       self->delivery_priority, callback, user_data);
  if (self->name != NULL)
    g_task_set_name (operation->base.task, self->name);
  athr_operation_connect (&operation->base, cancellable);

  return operation;
}
