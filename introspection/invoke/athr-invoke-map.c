/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-invocation-private.h"
#include "athr-invoke-left-private.h"
#include "athr-invoke-values-private.h"

/* A worker makes the invocation of an item, and frees it. The map has the item until this function has returned, so
 * what the worker frees is never the last reference to something of the user's. */
static AthrInvocation *
athr_invoke_map_new_invocation (const AthrInvokeFunction  *function,
                                const GValue              *item,
                                GError                   **error)
{
  AthrInvokeValues *args = NULL;

  if (G_VALUE_HOLDS (item, ATHR_INVOKE_TYPE_VALUES))
    args = g_value_get_boxed (item);
  if (args == NULL)
    return athr_invocation_new (function, item, 1, error);

  return athr_invocation_new (function, athr_invoke_values_peek (args, 0), athr_invoke_values_get_length (args), error);
}

/* Yields @value, or null if it is unset. In each case @value is no longer the caller's. */
static void
athr_invoke_map_yield (AthrYielder  *yielder,
                       GValue       *value,
                       GError      **error)
{
  if (!G_IS_VALUE (value))
    athr_yielder_yield_value (yielder, NULL, error);
  else if (athr_yielder_yield_value (yielder, value, error))
    g_value_unset (value);
  else
    athr_invoke_free_at_home (yielder, value);
}

static void
athr_invoke_map_work (AthrYielder   *yielder,
                      const GValue  *item,
                      gpointer       function,
                      GError       **error)
{
  g_autoptr (AthrInvocation) invocation = athr_invoke_map_new_invocation (function, item, error);
  GValue value = G_VALUE_INIT;

  if (invocation != NULL && athr_invocation_run (invocation, athr_yielder_get_cancellable (yielder), &value, error))
    athr_invoke_map_yield (yielder, &value, error);
}

/* Puts what @value holds, if anything, into values, which @value then holds. So a result that is null differs from the end
 * of the stream, and a result that is an error differs from a failure. */
static void
athr_invoke_map_wrap (GValue *value)
{
  AthrInvokeValues *values = athr_invoke_values_new_unset (G_IS_VALUE (value) ? 1 : 0, ATHR_INVOKE_VALUES_RESULTS);

  if (G_IS_VALUE (value))
    *athr_invoke_values_peek (values, 0) = *value;
  *value = (GValue) G_VALUE_INIT;
  g_value_init (value, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (value, values);
}

/* Only an error of the function itself is a value. A wrong item is a mistake of the program, and ends the map. */
static void
athr_invoke_map_settle (AthrYielder   *yielder,
                        const GValue  *item,
                        gpointer       function,
                        GError       **error)
{
  g_autoptr (AthrInvocation) invocation = athr_invoke_map_new_invocation (function, item, error);
  GValue value = G_VALUE_INIT;
  GError *problem = NULL;

  if (invocation == NULL)
    return;

  if (athr_invocation_run (invocation, athr_yielder_get_cancellable (yielder), &value, &problem))
    {
      athr_invoke_map_wrap (&value);
    }
  else
    {
      g_value_init (&value, G_TYPE_ERROR);
      g_value_take_boxed (&value, problem);
    }
  athr_invoke_map_yield (yielder, &value, error);
}

static AthrStream *
athr_invoke_map_new (const char    *name,
                     AthrStream    *items,
                     guint          max_running,
                     AthrMapFlags   flags,
                     AthrMapFunc    func,
                     GError       **error)
{
  const AthrInvokeFunction *function = athr_invoke_function_get (name, error);
  AthrStream *map;

  if (function == NULL)
    return NULL;

  /* Functions are kept for ever. */
  map = athr_stream_new_map (items, max_running, flags, func, (gpointer) function, NULL);
  if (map == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "%s: the values of the stream are taken already, so they cannot be items", name);
  else
    athr_stream_set_name (map, name);

  return map;
}

/**
 * athr_invoke_map:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @items: the stream whose values are the items; only the map may take them from now on
 * @max_running: how often the function may run at the same time; 0 for the number of threads that
 *   the executor has as the map starts
 * @flags: whether the results come in the order of the items
 * @error: return location for an error
 *
 * Creates a stream of what a function of any introspected library makes of each item.
 *
 * An item that is [struct@AthrInvoke.Values] holds the arguments for the function. Any other item is
 * the only argument. athr_invoke_map() takes the same arguments as [func@AthrInvoke.call_new], and the new
 * stream yields one result for each item: the result that such a call has. A function that expects a
 * [class@Gio.Cancellable] and gets null is cancelled when the map is closed.
 *
 * The new stream is made by [ctor@Athr.Stream.new_map], which says what an error, a slow consumer and
 * closing do. Its name is @name. To stay the owner of what is in the items, the map keeps each item until
 * the function has returned, and frees the item in the owner's main context.
 *
 * athr_invoke_map() itself looks the function up, and fails as [func@AthrInvoke.call_new] does if the
 * function does not exist or cannot be called. A wrong item is an error of the new stream, after
 * the results before it. [func@AthrInvoke.check] finds such an item earlier.
 *
 * If something else takes values from @items already, that is a critical, and the error is
 * %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Threads: owner.
 *
 * Returns: (transfer full): a new stream, or %NULL with @error set
 *
 * Since: 1.0
 */
AthrStream *
athr_invoke_map (const char    *name,
                 AthrStream    *items,
                 guint          max_running,
                 AthrMapFlags   flags,
                 GError       **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (ATHR_IS_STREAM (items), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return athr_invoke_map_new (name, items, max_running, flags, athr_invoke_map_work, error);
}

/**
 * athr_invoke_map_settled:
 * @name: the function, as in [func@AthrInvoke.call_new]
 * @items: the stream whose values are the items; only the map may take them from now on
 * @max_running: as in [func@AthrInvoke.map]
 * @flags: as in [func@AthrInvoke.map]
 * @error: return location for an error
 *
 * Creates a stream as [func@AthrInvoke.map] does, which goes on when the function fails for an item.
 *
 * For each item the new stream yields either [struct@AthrInvoke.Values] with the result of the function, or the
 * [struct@GLib.Error] with which the function has failed. A function without a result gives
 * [struct@AthrInvoke.Values] of length 0. If the result itself is [struct@AthrInvoke.Values], it is the only one of
 * the yielded values.
 *
 * A wrong item and an error of @items still end the new stream, after the results before them.
 *
 * Threads: owner.
 *
 * Returns: (transfer full): a new stream, or %NULL with @error set
 *
 * Since: 1.0
 */
AthrStream *
athr_invoke_map_settled (const char    *name,
                         AthrStream    *items,
                         guint          max_running,
                         AthrMapFlags   flags,
                         GError       **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (ATHR_IS_STREAM (items), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return athr_invoke_map_new (name, items, max_running, flags, athr_invoke_map_settle, error);
}
