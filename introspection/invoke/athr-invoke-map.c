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

static void
athr_invoke_map_work (AthrYielder   *yielder,
                      const GValue  *item,
                      gpointer       function,
                      GError       **error)
{
  g_autoptr (AthrInvocation) invocation = athr_invoke_map_new_invocation (function, item, error);
  GValue value = G_VALUE_INIT;

  if (invocation == NULL || !athr_invocation_run (invocation, athr_yielder_get_cancellable (yielder), &value, error))
    return;

  if (!G_IS_VALUE (&value))
    athr_yielder_yield_value (yielder, NULL, error);
  else if (athr_yielder_yield_value (yielder, &value, error))
    g_value_unset (&value);
  else
    athr_invoke_free_at_home (yielder, &value);
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
  const AthrInvokeFunction *function;
  AthrStream *map;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (ATHR_IS_STREAM (items), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  function = athr_invoke_function_get (name, error);
  if (function == NULL)
    return NULL;

  /* Functions are kept for ever. */
  map = athr_stream_new_map (items, max_running, flags, athr_invoke_map_work, (gpointer) function, NULL);
  if (map == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "%s: the values of the stream are taken already, so they cannot be items", name);
  else
    athr_stream_set_name (map, name);

  return map;
}
