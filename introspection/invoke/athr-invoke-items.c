/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-invoke-left-private.h"
#include "athr-invoke-values-private.h"

/* A stream of what the owner's thread gives. Each step asks the owner's thread once. */
typedef struct
{
  AthrAskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} AthrInvokeItems;

static void
athr_invoke_items_free (gpointer data)
{
  AthrInvokeItems *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

/* Home */
static void
athr_invoke_items_ask (AthrQuestion *question,
                       gpointer      data)
{
  AthrInvokeItems *self = data;

  self->func (question, self->user_data);
}

/* Yields what was answered, or ends the stream. */
static void
athr_invoke_items_yield (AthrYielder   *yielder,
                         const GValue  *answer,
                         GError       **error)
{
  AthrInvokeValues *items = NULL;
  guint n = 0;

  if (G_VALUE_HOLDS (answer, ATHR_INVOKE_TYPE_VALUES))
    items = g_value_get_boxed (answer);
  else if (!g_value_fits_pointer (answer) || g_value_peek_pointer (answer) != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "The answer with the next items must be AthrInvoke.Values, not %s", G_VALUE_TYPE_NAME (answer));

  if (items != NULL)
    n = athr_invoke_values_get_length (items);
  for (guint i = 0; i < n; i++)
    if (!athr_yielder_yield_value (yielder, athr_invoke_values_get (items, i), error))
      return;
  if (n == 0)
    athr_yielder_end (yielder);
}

/* Runs only when an item is wanted, and yields all items of one answer at once. */
static void
athr_invoke_items_step (AthrYielder  *yielder,
                        gpointer      data,
                        GError      **error)
{
  GValue answer = G_VALUE_INIT;

  if (!athr_yielder_ask (yielder, athr_invoke_items_ask, data, NULL, &answer, error))
    return;

  athr_invoke_items_yield (yielder, &answer, error);
  athr_invoke_free_at_home (yielder, &answer);
}

/**
 * athr_invoke_items_new:
 * @func: (scope notified) (closure user_data) (destroy destroy): called when the next items are wanted
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Creates a stream of what a function on the owner's thread gives.
 *
 * Most languages can run their iterators on one thread only. So a binding makes the items of
 * [func@AthrInvoke.map] from an iterator with this stream. When an item is wanted, the owner's thread calls
 * @func with a question. The answer, now or later, is [struct@AthrInvoke.Values] with the next items, at least one.
 * The stream yields these items, and asks again when all of them are taken. An answer without items, or null,
 * is the end. If the question fails, or if nothing answers the question, the stream fails too.
 *
 * The stream waits for an answer on a worker, and gives the place of the worker in the executor back
 * meanwhile. Between two answers it holds no thread. Its [property@Athr.Stream:buffer-size] is 0, so that it asks
 * for no item too early. A blocking [method@Athr.Stream.next] on the owner's thread fails with %G_IO_ERROR_WOULD_BLOCK, since that
 * thread could not answer.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_invoke_items_new (AthrAskFunc    func,
                       gpointer       user_data,
                       GDestroyNotify destroy)
{
  AthrInvokeItems *self;
  AthrStream *stream;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (AthrInvokeItems, 1);
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  stream = athr_stream_new_steps (athr_invoke_items_step, self, athr_invoke_items_free);
  athr_stream_set_buffer_size (stream, 0);

  return stream;
}
