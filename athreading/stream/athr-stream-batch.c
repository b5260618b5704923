/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-private.h"

/* Values, as many as there are. */

/**
 * athr_stream_next_batch_async:
 * @self: a stream
 * @max_values: how many values at most, not 0
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the values, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next values, and starts the stream unless it was started.
 *
 * It is answered as soon as there is a value, with as many as there are then: at least
 * one, and never waiting for more. Each value taken makes room for another, as if it had
 * been asked for alone. A batch can be under way together with others, and with those who
 * ask for one value; the errors are those of [method@Athr.Stream.next_async].
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
 */
void
athr_stream_next_batch_async (AthrStream          *self,
                              guint                max_values,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  AthrStreamOperation *operation;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (max_values > 0);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_stream_fix_home (self);
  operation = athr_stream_operation_new (self, athr_stream_next_batch_async, cancellable,
                                         callback, user_data);
  operation->max_values = max_values;
  operation->values = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_array_set_clear_func (operation->values, (GDestroyNotify) g_value_unset);
  athr_stream_add_reader (self, operation);
}

/**
 * athr_stream_next_batch_finish:
 * @self: a stream
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for.
 *
 * An empty array is the end. The errors are those of
 * [method@Athr.Stream.next_async]. The values can be got once.
 *
 * Threads: owner.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values, which the array
 *   unsets as it is freed; %NULL with @error set
 */
GArray *
athr_stream_next_batch_finish (AthrStream    *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  AthrStreamOperation *operation;

  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_stream_next_batch_async), NULL);

  if (!athr_stream_operation_finish (self, result, &operation, error))
    return NULL;

  /* A second time it would look like the end. */
  g_return_val_if_fail (operation->values != NULL, NULL);

  return g_steal_pointer (&operation->values);
}

/**
 * athr_stream_next_batch_finish_values: (skip)
 * @self: a stream
 * @result: the result that the callback was given
 * @n_values: (out): return location for the number of values; 0 at the end
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for as a plain array,
 * for C and Vala.
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (array length=n_values) (nullable): the values, each to be unset
 *   and the whole to be freed with g_free(); %NULL at the end, or with @error set
 */
GValue *
athr_stream_next_batch_finish_values (AthrStream    *self,
                                      GAsyncResult  *result,
                                      gsize         *n_values,
                                      GError       **error)
{
  GArray *values;
  gboolean is_empty;

  g_return_val_if_fail (n_values != NULL, NULL);

  values = athr_stream_next_batch_finish (self, result, error);
  *n_values = values != NULL ? values->len : 0;
  if (values == NULL)
    return NULL;

  is_empty = values->len == 0;

  return (GValue *) g_array_free (values, is_empty);
}

/**
 * athr_stream_next_batch_finish_into:
 * @self: a stream
 * @result: the result that the callback was given
 * @values: an unset value that receives a [struct@GObject.ValueArray]
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for into a value of the
 * caller's.
 *
 * It is [method@Athr.Stream.next_batch_finish] for bindings that leak values they are
 * given. An empty array is the end.
 *
 * Threads: owner.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_stream_next_batch_finish_into (AthrStream    *self,
                                    GAsyncResult  *result,
                                    GValue        *values,
                                    GError       **error)
{
  GValueArray *array;
  GArray *taken;

  g_return_val_if_fail (values != NULL && !G_IS_VALUE (values), FALSE);

  taken = athr_stream_next_batch_finish (self, result, error);
  if (taken == NULL)
    return FALSE;

  /* Deprecated for a better array, which the bindings do not know as a boxed type. */
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  array = g_value_array_new (taken->len);
  for (guint i = 0; i < taken->len; i++)
    {
      g_value_array_append (array, NULL);
      array->values[i] = g_array_index (taken, GValue, i);
    }
  g_value_init (values, g_value_array_get_type ());
  G_GNUC_END_IGNORE_DEPRECATIONS
  g_value_take_boxed (values, array);
  /* They were moved. */
  g_free (g_array_free (taken, FALSE));

  return TRUE;
}
