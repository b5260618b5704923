/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-batch-test.h"

/* The blocking batch. */

/* Takes a batch, and logs its values, such as "[1 2 3]", or the error. */
static gboolean
log_batch (AthrLog      *log,
           AthrStream   *stream,
           guint         max_values,
           GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch (stream, max_values, cancellable, &error);
  g_autoptr (GString) word = g_string_new ("[");

  g_assert_true ((values == NULL) == (error != NULL));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    athr_log_add (log, "would-block");
  else if (values == NULL)
    athr_log_add_error (log, error);
  if (values == NULL)
    return FALSE;

  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (word, i > 0 ? " %u" : "%u", g_value_get_uint (&g_array_index (values, GValue, i)));
  g_string_append (word, "]");
  athr_log_add (log, word->str);

  return values->len > 0;
}

static void
test_values (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch takes what is there, at most as many as it asked for; an empty batch is the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 5, 8);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  g_assert_true (log_batch (&log, counter.stream, 2, NULL));
  g_assert_true (log_batch (&log, counter.stream, 10, NULL));
  g_assert_false (athr_stream_is_done (counter.stream));
  g_assert_false (log_batch (&log, counter.stream, 10, NULL));
  g_assert_true (athr_stream_is_done (counter.stream));
  g_assert_cmpstr (log.words->str, ==, "[1 2] [3 4 5] []");
}

static void
test_starts (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch starts the stream, and waits for one value");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 0);
  while (log_batch (&log, counter.stream, 10, NULL))
    ;
  g_assert_cmpstr (log.words->str, ==, "[1] []");
}

static void
test_demand (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch makes room for as many values as it takes");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 4);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 4);
  log_batch (&log, counter.stream, 3, NULL);
  athr_counter_await_blocked (&counter, 7);
  g_assert_cmpstr (log.words->str, ==, "[1 2 3]");
}

static void
test_error (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("The values come first, then the error once, then the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  counter.error = athr_test_boom ();
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  log_batch (&log, counter.stream, 10, NULL);
  log_batch (&log, counter.stream, 10, NULL);
  log_batch (&log, counter.stream, 10, NULL);
  g_assert_cmpstr (log.words->str, ==, "[1 2] boom []");
}

static void
test_cancelled (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A cancelled batch takes nothing");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  g_cancellable_cancel (cancellable);
  g_assert_null (athr_stream_next_batch (counter.stream, 10, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_counter_await_returned (&counter);
  log_batch (&log, counter.stream, 10, NULL);
  g_assert_cmpstr (log.words->str, ==, "[1 2]");
}

static void
test_would_block (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A batch behind a next that only this main loop can answer would wait for ever");

  athr_log_init (&log);
  athr_counter_init (&counter, 2, 4);
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  log_batch (&log, counter.stream, 10, NULL);
  athr_log_await (&log, "would-block 1");
}

static void
take_all (AthrCall  *call,
          gpointer   stream,
          GError   **error)
{
  guint n_values = 0;

  for (;;)
    {
      g_autoptr (GArray) batch = athr_stream_next_batch (stream, 7, NULL, error);

      if (batch == NULL || batch->len == 0)
        break;
      g_assert_cmpuint (batch->len, <=, 7);
      for (guint i = 0; i < batch->len; i++)
        g_assert_cmpuint (g_value_get_uint (&g_array_index (batch, GValue, i)), ==, ++n_values);
    }
  athr_call_return (call, G_TYPE_UINT, n_values);
}

static void
test_worker (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (AthrCall) call = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A worker takes all values in batches, in order");

  athr_counter_init (&counter, 1000, 16);
  call = athr_call_new (take_all, counter.stream, NULL);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_cmpuint (g_value_get_uint (&value), ==, 1000);
}

static void
test_forms (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_auto (GValue) array = G_VALUE_INIT;
  g_auto (GValue) end = G_VALUE_INIT;
  GValue *values;
  gsize n_values = 99;

  g_test_summary ("The other forms give a plain array and a GValueArray");

  athr_counter_init (&counter, 4, 8);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  values = athr_stream_next_batch_values (counter.stream, 2, NULL, &n_values, NULL);
  g_assert_cmpuint (n_values, ==, 2);
  g_assert_cmpuint (g_value_get_uint (&values[1]), ==, 2);
  g_value_unset (&values[0]);
  g_value_unset (&values[1]);
  g_free (values);

  g_assert_true (athr_stream_next_batch_into (counter.stream, 9, NULL, &array, NULL));
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  g_assert_true (G_VALUE_TYPE (&array) == g_value_array_get_type ());
  g_assert_cmpuint (((GValueArray *) g_value_get_boxed (&array))->n_values, ==, 2);
  g_assert_true (athr_stream_next_batch_into (counter.stream, 9, NULL, &end, NULL));
  g_assert_cmpuint (((GValueArray *) g_value_get_boxed (&end))->n_values, ==, 0);
  G_GNUC_END_IGNORE_DEPRECATIONS
  g_assert_null (athr_stream_next_batch_values (counter.stream, 2, NULL, &n_values, NULL));
  g_assert_cmpuint (n_values, ==, 0);
}

static void
test_owner (void)
{
  g_auto (AthrCounter) counter = { 0 };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("When the owner is gone, a batch is cancelled");

  athr_counter_init (&counter, 2, 4);
  athr_stream_bind (counter.stream, owner);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  g_object_unref (owner);
  g_assert_null (athr_stream_next_batch (counter.stream, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/batch-blocking/values", test_values);
  g_test_add_func ("/athr/stream/batch-blocking/starts", test_starts);
  g_test_add_func ("/athr/stream/batch-blocking/demand", test_demand);
  g_test_add_func ("/athr/stream/batch-blocking/error", test_error);
  g_test_add_func ("/athr/stream/batch-blocking/cancelled", test_cancelled);
  g_test_add_func ("/athr/stream/batch-blocking/would-block", test_would_block);
  g_test_add_func ("/athr/stream/batch-blocking/worker", test_worker);
  g_test_add_func ("/athr/stream/batch-blocking/forms", test_forms);
  g_test_add_func ("/athr/stream/batch-blocking/owner", test_owner);

  return g_test_run ();
}
