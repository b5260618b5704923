/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sources/athr-stream-source-private.h"

typedef struct
{
  AthrStreamSource base;
  GFileEnumerator *enumerator; /* owned */
} AthrListing;

static AthrStreamSourceAnswer
athr_listing_next (AthrStreamSource  *source,
                   AthrYielder       *yielder,
                   GValue            *value,
                   GError           **error)
{
  AthrListing *self = (AthrListing *) source;
  GError *failure = NULL;
  GFileInfo *info;

  info = g_file_enumerator_next_file (self->enumerator, athr_yielder_get_cancellable (yielder),
                                      &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return ATHR_STREAM_SOURCE_ERROR;
    }
  if (info == NULL)
    return ATHR_STREAM_SOURCE_END;

  athr_stream_source_add_file (info, self->enumerator);
  g_value_init (value, G_TYPE_FILE_INFO);
  g_value_take_object (value, info);

  return ATHR_STREAM_SOURCE_VALUE;
}

static void
athr_listing_close (AthrStreamSource *source,
                    GCancellable     *cancellable)
{
  AthrListing *self = (AthrListing *) source;

  g_file_enumerator_close (self->enumerator, cancellable, NULL);
}

static void
athr_listing_free (AthrStreamSource *source)
{
  AthrListing *self = (AthrListing *) source;

  g_object_unref (self->enumerator);
  g_free (self);
}

/**
 * athr_stream_new_for_enumerator:
 * @enumerator: the enumerator to read; the new stream closes @enumerator
 *
 * Creates a stream of the files that a [class@Gio.FileEnumerator] lists.
 *
 * Each value is a [class@Gio.FileInfo], in the order of @enumerator. If a file info has
 * `standard::name`, its [iface@Gio.File] is in the attribute `standard::file`, as in
 * `GtkDirectoryList`:
 *
 * ```c
 * static void
 * print_path (const GValue *value)
 * {
 *   GFileInfo *info = g_value_get_object (value);
 *   GObject *file = g_file_info_get_attribute_object (info, "standard::file");
 *
 *   g_print ("%s\n", g_file_peek_path (G_FILE (file)));
 * }
 * ```
 *
 * Workers read @enumerator with blocking calls. While the buffer of the new stream is full,
 * the new stream holds no thread. No other code may use @enumerator meanwhile. If
 * @enumerator fails, the new stream ends with the same error.
 *
 * A worker closes @enumerator before the new stream hands out its end, and before a close
 * of the new stream completes. If the program drops the new stream, or closes it without
 * having started it, a worker closes @enumerator soon after.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_for_enumerator (GFileEnumerator *enumerator)
{
  static const AthrStreamSourceFuncs funcs = {
    athr_listing_next, athr_listing_close, athr_listing_free
  };
  AthrListing *self;

  g_return_val_if_fail (G_IS_FILE_ENUMERATOR (enumerator), NULL);

  self = g_new0 (AthrListing, 1);
  self->base.funcs = &funcs;
  self->base.is_open = TRUE;
  self->enumerator = g_object_ref (enumerator);

  return athr_stream_new_for_source (&self->base);
}
