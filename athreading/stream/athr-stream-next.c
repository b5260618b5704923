/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-private.h"

/* Values, one by one. */

/**
 * athr_stream_next_async:
 * @self: a stream
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the value, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next value, and starts the stream unless it was started.
 *
 * Several can be under way; they are answered in order. One that is cancelled while a
 * value arrives loses no value: the next one gets it.
 *
 * It fails with %G_IO_ERROR_CANCELLED when it was cancelled, and, once, with what the
 * producer failed with: besides the errors of its function these are
 * %G_IO_ERROR_CLOSED when its executor is closed, %G_IO_ERROR_CANCELLED when that was
 * closed and what was queued cancelled, %G_IO_ERROR_NOT_SUPPORTED when the stream has no
 * function, %G_IO_ERROR_NO_SPACE when it overflowed, and a %G_THREAD_ERROR when no thread
 * can be created.
 *
 * Each answer takes an iteration of the main loop: for many values,
 * [method@Athr.Stream.next_batch_async] is much faster.
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
 */
void
athr_stream_next_async (AthrStream          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_stream_fix_home (self);
  athr_stream_add_reader (self, athr_stream_operation_new (self, athr_stream_next_async, cancellable,
                                                           callback, user_data));
}

/**
 * athr_stream_next_finish:
 * @self: a stream
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for.
 *
 * %NULL without an error is the end. A null that was yielded is a
 * [struct@GObject.Value] of %G_TYPE_POINTER; where a language cannot tell it from the
 * end, [method@Athr.Stream.is_done] does. The errors are those of
 * [method@Athr.Stream.next_async].
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (nullable): the value, to be unset and freed with g_free();
 *   %NULL at the end, or with @error set
 */
GValue *
athr_stream_next_finish (AthrStream    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_autofree GValue *value = g_new0 (GValue, 1);

  if (!athr_stream_next_finish_into (self, result, value, error) || !G_IS_VALUE (value))
    return NULL;

  return g_steal_pointer (&value);
}

/**
 * athr_stream_next_finish_into:
 * @self: a stream
 * @result: the result that the callback was given
 * @value: (nullable): an unset value that receives the value, and stays unset at the end
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for into a value of the
 * caller's.
 *
 * It is [method@Athr.Stream.next_finish] for C, which has values on the stack, and for
 * bindings that leak values they are given.
 *
 * Threads: owner.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_stream_next_finish_into (AthrStream    *self,
                              GAsyncResult  *result,
                              GValue        *value,
                              GError       **error)
{
  AthrStreamOperation *operation;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_stream_next_async), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  if (!athr_stream_operation_finish (self, result, &operation, error))
    return FALSE;

  /* A second time it would look like the end. */
  g_return_val_if_fail (!operation->is_taken, FALSE);
  if (value != NULL && G_IS_VALUE (&operation->value))
    {
      operation->is_taken = TRUE;
      *value = operation->value;
      operation->value = (GValue) G_VALUE_INIT;
    }

  return TRUE;
}

/**
 * athr_stream_is_done:
 * @self: a stream
 *
 * Gets whether the end has been handed out.
 *
 * It is %TRUE from just before the callback that carries the end; in a flow, from before
 * [signal@Athr.Stream::finished].
 *
 * Threads: owner.
 *
 * Returns: whether nothing more will come
 */
gboolean
athr_stream_is_done (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);

  return athr_channel_is_done (self->channel);
}

