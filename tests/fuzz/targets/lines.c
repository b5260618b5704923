/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sources/stream-gio-test.h"
#include "target.h"

/* Compares athr_stream_new_for_lines() with a few lines of code that split the whole text at once. The first byte of
 * the input says how many bytes a read gives, and the text follows. */

/* Returns the next line of the text from @start to @end, or NULL if the line is not valid. Moves @start behind the
 * line. */
static char *
next_line (const char **start,
           const char  *end)
{
  const char *newline = memchr (*start, '\n', end - *start);
  gsize length = (newline != NULL ? newline : end) - *start;
  const char *line = *start;

  *start = newline != NULL ? newline + 1 : end;
  if (newline != NULL && length > 0 && line[length - 1] == '\r')
    length--;

  return g_utf8_validate_len (line, length, NULL) ? g_strndup (line, length) : NULL;
}

/* Checks the next value of @stream. FALSE: the stream has ended. */
static gboolean
check_next (AthrStream  *stream,
            const char **start,
            const char  *end)
{
  g_autoptr (GError) error = NULL;
  gboolean at_end = *start == end;
  g_autofree char *expected = at_end ? NULL : next_line (start, end);
  GValue value = G_VALUE_INIT;

  if (!athr_stream_next (stream, NULL, &value, &error))
    {
      g_assert_true (!at_end && expected == NULL);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      return FALSE;
    }
  g_assert_no_error (error);
  if (!G_IS_VALUE (&value))
    {
      g_assert_true (at_end);
      return FALSE;
    }

  g_assert_cmpstr (g_value_get_string (&value), ==, expected);
  g_value_unset (&value);

  return TRUE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;
  const char *start, *end;

  if (size == 0)
    return 0;

  athr_probe_init (&probe);
  start = (const char *) data + 1;
  end = (const char *) data + size;
  stream = athr_test_lines (&probe, start, size - 1, data[0] == 0 ? G_MAXSIZE : data[0]);
  while (check_next (stream, &start, end))
    ;
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);

  return 0;
}
