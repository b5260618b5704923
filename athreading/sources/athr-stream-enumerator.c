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
 * @enumerator: what to read; the new stream closes it
 *
 * Creates a stream of what a [class@Gio.FileEnumerator] lists.
 *
 * Each value is a [class@Gio.FileInfo], in the order of @enumerator. One that has
 * `standard::name` also has its [iface@Gio.File] in the attribute `standard::file`, as with
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
 * It is read on workers, by blocking calls. While the buffer of the new stream is full no
 * thread is held. Nobody else may use @enumerator meanwhile. The new stream ends with the
 * error with which @enumerator fails.
 *
 * @enumerator is closed on a worker: before the new stream is at its end or closed; and soon
 * after the new stream is dropped, or closed without having been started.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
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
