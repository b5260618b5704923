/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sources/athr-stream-source-private.h"

/* Streams of values whose number is known before a worker begins: of an array, or of the objects
 * of a list. */

typedef struct
{
  AthrStreamSource base;
  GListModel *model; /* owned; home, until it was read; NULL for an array */
  gboolean is_read;  /* set before the stream starts; the values are there */
  GValue *values;    /* owned; the worker moves the first n_moved away */
  gsize n_values;
  gsize n_moved;
} AthrKnownValues;

static AthrStreamSourceAnswer
athr_known_values_next (AthrStreamSource  *source,
                        AthrYielder       *yielder,
                        GValue            *value,
                        GError           **error)
{
  AthrKnownValues *self = (AthrKnownValues *) source;

  if (!self->is_read)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "A stream of a list model can be started only by the thread that the "
                           "list belongs to");
      return ATHR_STREAM_SOURCE_ERROR;
    }
  if (self->n_moved == self->n_values)
    return ATHR_STREAM_SOURCE_END;

  *value = self->values[self->n_moved++];

  return ATHR_STREAM_SOURCE_VALUE;
}

static void
athr_known_values_free (AthrStreamSource *source)
{
  AthrKnownValues *self = (AthrKnownValues *) source;

  for (gsize i = self->n_moved; i < self->n_values; i++)
    g_value_unset (&self->values[i]);
  g_free (self->values);
  g_clear_object (&self->model);
  g_free (self);
}

static AthrKnownValues *
athr_known_values_new (void)
{
  static const AthrStreamSourceFuncs funcs = {
    athr_known_values_next, NULL, athr_known_values_free
  };
  AthrKnownValues *self = g_new0 (AthrKnownValues, 1);

  self->base.funcs = &funcs;

  return self;
}

/* Home: reads the list as the stream starts. */
static void
athr_known_values_prepare (AthrProducer *producer)
{
  AthrKnownValues *self = producer->user_data;
  GType type;

  type = g_list_model_get_item_type (self->model);
  self->n_values = g_list_model_get_n_items (self->model);
  self->values = g_new0 (GValue, self->n_values);
  for (gsize i = 0; i < self->n_values; i++)
    {
      g_value_init (&self->values[i], type);
      g_value_take_object (&self->values[i], g_list_model_get_item (self->model, i));
    }
  producer->n_values = self->n_values;
  self->is_read = TRUE;
  g_clear_object (&self->model);
}

/**
 * athr_stream_new_for_values:
 * @values: (array length=n_values) (nullable): the values; may be %NULL if there are none
 * @n_values: how many values there are
 *
 * Creates a stream of some values.
 *
 * The new stream copies @values at once, and yields the copies in order. It is a source for
 * [ctor@Athr.Stream.new_map] when the items are known beforehand. The main context of the new
 * stream frees the copies that nobody took.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_for_values (const GValue *values,
                            gsize         n_values)
{
  AthrKnownValues *self;
  AthrStream *stream;

  g_return_val_if_fail (values != NULL || n_values == 0, NULL);
  for (gsize i = 0; i < n_values; i++)
    g_return_val_if_fail (G_IS_VALUE (&values[i]), NULL);

  self = athr_known_values_new ();
  self->n_values = n_values;
  self->values = g_new0 (GValue, n_values);
  for (gsize i = 0; i < n_values; i++)
    {
      g_value_init (&self->values[i], G_VALUE_TYPE (&values[i]));
      g_value_copy (&values[i], &self->values[i]);
    }
  self->is_read = TRUE;

  stream = athr_stream_new_for_source (&self->base);
  stream->producer->n_values = n_values;

  return stream;
}

/**
 * athr_stream_new_for_list_model:
 * @items: the list
 *
 * Creates a stream of the objects that are in a [iface@Gio.ListModel] when the stream starts.
 *
 * The thread that starts the stream reads all of @items at that moment, so later changes of the
 * list do not change the stream. Only the thread to which the new stream belongs may read the list.
 * So a blocking [method@Athr.Stream.next] fails with %G_IO_ERROR_WOULD_BLOCK on any other thread
 * until the stream has started, and a stream that is started on another thread ends with that
 * error. A map of the new stream reads the list as the map starts.
 *
 * Threads: any; the new stream and the list belong to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_for_list_model (GListModel *items)
{
  AthrKnownValues *self;
  AthrStream *stream;

  g_return_val_if_fail (G_IS_LIST_MODEL (items), NULL);

  self = athr_known_values_new ();
  self->model = g_object_ref (items);

  stream = athr_stream_new_for_source (&self->base);
  athr_producer_set_prepare (stream->producer, athr_known_values_prepare);

  return stream;
}
