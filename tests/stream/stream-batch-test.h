/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-source-test.h"

/* Shared by the tests of batches. */

/* A callback with an AthrLog as user data. It logs the values as one word, such as "[1 2
 * 3]". */
static inline void
athr_log_batch (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (stream, result, &error);
  g_autoptr (GString) word = g_string_new ("[");

  g_assert_true ((values == NULL) == (error != NULL));
  if (values == NULL)
    {
      athr_log_add_error (user_data, error);
      return;
    }

  g_assert_true (athr_stream_is_done (stream) == (values->len == 0));
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (word, i > 0 ? " %u" : "%u",
                            g_value_get_uint (&g_array_index (values, GValue, i)));
  g_string_append (word, "]");
  athr_log_add (user_data, word->str);
}

/* Asks for a batch, and iterates until it is answered. */
static inline GAsyncResult *
athr_test_ask_batch (AthrStream *stream,
                     guint       max_values)
{
  GAsyncResult *result = NULL;

  athr_stream_next_batch_async (stream, max_values, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);

  return result;
}
