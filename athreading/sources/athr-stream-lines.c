/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "sources/athr-stream-source-private.h"

#define BUFFER_SIZE (16 * 1024)
#define LINE_MAX_SIZE (64 * 1024 * 1024)
#define BUFFER_MAX_SIZE (LINE_MAX_SIZE + 2) /* with "\r\n" */

/* Only steps use the fields. The buffer holds text that was read and not yielded yet from
 * @start to @end. There is no newline between @start and @scanned. */
typedef struct
{
  AthrStreamSource base;
  GInputStream *stream; /* owned */
  char *buffer;         /* @size bytes */
  gsize size;
  gsize start;
  gsize scanned;
  gsize end;
  gboolean is_at_end;
  guint64 n_lines;
} AthrLines;

static void
athr_lines_set_too_long (AthrLines  *self,
                         GError    **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
               "Line %" G_GUINT64_FORMAT " is longer than %d MiB",
               self->n_lines + 1, LINE_MAX_SIZE >> 20);
}

static AthrStreamSourceAnswer
athr_lines_take (AthrLines  *self,
                 gsize       length,
                 GValue     *value,
                 GError    **error)
{
  const char *line = self->buffer + self->start;

  if (length > LINE_MAX_SIZE)
    {
      athr_lines_set_too_long (self, error);
      return ATHR_STREAM_SOURCE_ERROR;
    }

  self->n_lines++;
  if (!g_utf8_validate_len (line, length, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "Line %" G_GUINT64_FORMAT " is not valid UTF-8", self->n_lines);
      return ATHR_STREAM_SOURCE_ERROR;
    }

  g_value_init (value, G_TYPE_STRING);
  g_value_take_string (value, g_strndup (line, length));

  return ATHR_STREAM_SOURCE_VALUE;
}

/* Makes room at the end of the buffer. */
static gboolean
athr_lines_make_room (AthrLines  *self,
                      GError    **error)
{
  gsize length = self->end - self->start;

  if (length == BUFFER_MAX_SIZE)
    {
      athr_lines_set_too_long (self, error);
      return FALSE;
    }

  if (length > 0 && self->start > 0)
    memmove (self->buffer, self->buffer + self->start, length);
  self->start = 0;
  self->scanned = self->end = length;

  /* Grow for a long line, and shrink after it, so that it leaves no large buffer behind. */
  if (length == self->size || (length == 0 && self->size != BUFFER_SIZE))
    {
      self->size = CLAMP (2 * length, BUFFER_SIZE, BUFFER_MAX_SIZE);
      self->buffer = g_realloc (self->buffer, self->size);
    }

  return TRUE;
}

static AthrStreamSourceAnswer
athr_lines_read (AthrLines     *self,
                 GCancellable  *cancellable,
                 GError       **error)
{
  gssize n_read;

  if (!athr_lines_make_room (self, error))
    return ATHR_STREAM_SOURCE_ERROR;

  n_read = g_input_stream_read (self->stream, self->buffer + self->end, self->size - self->end,
                                cancellable, error);
  if (n_read < 0)
    return ATHR_STREAM_SOURCE_ERROR;

  self->end += n_read;
  self->is_at_end = n_read == 0;

  return ATHR_STREAM_SOURCE_NOTHING;
}

static AthrStreamSourceAnswer
athr_lines_next (AthrStreamSource  *source,
                 AthrYielder       *yielder,
                 GValue            *value,
                 GError           **error)
{
  AthrLines *self = (AthrLines *) source;
  AthrStreamSourceAnswer answer;
  char *newline = NULL;
  gsize length;

  if (self->scanned < self->end)
    newline = memchr (self->buffer + self->scanned, '\n', self->end - self->scanned);
  if (newline == NULL && !self->is_at_end)
    return athr_lines_read (self, athr_yielder_get_cancellable (yielder), error);
  if (newline == NULL && self->start == self->end)
    return ATHR_STREAM_SOURCE_END;

  length = (newline != NULL ? newline : self->buffer + self->end) -
           (self->buffer + self->start);
  answer = athr_lines_take (self, length - (newline != NULL && length > 0 && newline[-1] == '\r'),
                            value, error);
  self->start += length + (newline != NULL);
  self->scanned = self->start;

  return answer;
}

static void
athr_lines_close (AthrStreamSource *source,
                  GCancellable     *cancellable)
{
  AthrLines *self = (AthrLines *) source;

  g_input_stream_close (self->stream, cancellable, NULL);
}

static void
athr_lines_free (AthrStreamSource *source)
{
  AthrLines *self = (AthrLines *) source;

  g_object_unref (self->stream);
  g_free (self->buffer);
  g_free (self);
}

/**
 * athr_stream_new_for_lines:
 * @stream: the input stream with the text; the new stream closes @stream
 *
 * Creates a stream of the lines of a text.
 *
 * Each value is a string: one line, without its line end. A line ends with a newline, or
 * with a carriage return and a newline. The text after the last newline is also a line,
 * unless it is empty.
 *
 * ```c
 * static AthrStream *
 * read_log (GFile *file, GError **error)
 * {
 *   g_autoptr (GFileInputStream) log = g_file_read (file, NULL, error);
 *
 *   return log != NULL ? athr_stream_new_for_lines (G_INPUT_STREAM (log)) : NULL;
 * }
 * ```
 *
 * Workers read the text with blocking calls. The new stream gives a line as soon as a
 * worker has read its end, so the text may come from a file, a pipe or a connection. While
 * the buffer of the new stream is full, the new stream holds no thread. Workers read in
 * blocks, so they may have read more of @stream than the new stream has yielded. No other
 * code may use @stream meanwhile.
 *
 * The new stream yields all lines before an error, and then ends with the error:
 *
 * - the error of a read
 * - %G_IO_ERROR_INVALID_DATA: a line is not valid UTF-8 or has a null byte. A
 *   [class@Gio.CharsetConverter] can convert other encodings to UTF-8.
 * - %G_IO_ERROR_MESSAGE_TOO_LARGE: a line is longer than 64 MiB.
 *
 * A worker closes @stream before the new stream hands out its end, and before a close of
 * the new stream completes. If the program drops the new stream, or closes it without
 * having started it, a worker closes @stream soon after.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_for_lines (GInputStream *stream)
{
  static const AthrStreamSourceFuncs funcs = {
    athr_lines_next, athr_lines_close, athr_lines_free
  };
  AthrLines *self;

  g_return_val_if_fail (G_IS_INPUT_STREAM (stream), NULL);

  self = g_new0 (AthrLines, 1);
  self->base.funcs = &funcs;
  self->base.is_open = TRUE;
  self->stream = g_object_ref (stream);

  return athr_stream_new_for_source (&self->base);
}
