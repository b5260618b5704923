/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-batch-test.h"

/* Returns a batch with all values of @source, whose producer has ended. */
static GAsyncResult *
take_witnesses (AthrSource *source)
{
  athr_source_init (source, 3, 8);
  athr_stream_start (source->stream);
  athr_source_await_returned (source);

  return athr_test_ask_batch (source->stream, 10);
}

/* Drops the stream. The user data and all values must end at home. */
static void
end_witnesses (AthrSource *source)
{
  g_clear_object (&source->stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source->data_destroyed_on) != NULL);
  athr_source_assert_ended (source, 3);
  athr_source_clear (source);
}

static void
assert_alive (AthrSource *source)
{
  for (guint i = 0; i < source->n_values; i++)
    g_assert_null (g_atomic_pointer_get (&source->value_finalized_on[i]));
}

/* Returns a batch that is the end. */
static GAsyncResult *
take_end (AthrCounter *counter)
{
  athr_counter_init (counter, 0, 8);

  return athr_test_ask_batch (counter->stream, 10);
}

/* Returns a batch that is an error. */
static GAsyncResult *
take_error (AthrCounter *counter)
{
  athr_counter_init (counter, 0, 8);
  counter->error = athr_test_boom ();

  return athr_test_ask_batch (counter->stream, 10);
}

static void
test_array (void)
{
  AthrSource source;
  g_autoptr (GAsyncResult) result = take_witnesses (&source);
  g_autoptr (GError) error = NULL;
  GArray *values = athr_stream_next_batch_finish (source.stream, result, &error);

  g_test_summary ("The array unsets its values when it is freed, and not before");

  g_assert_no_error (error);
  g_assert_cmpuint (values->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      AthrWitness *witness = g_value_get_object (&g_array_index (values, GValue, i));

      g_assert_true (witness->finalized_on == &source.value_finalized_on[i]);
    }
  g_clear_object (&result);
  assert_alive (&source);
  g_array_remove_index (values, 1);
  g_assert_nonnull (source.value_finalized_on[1]);
  g_array_unref (values);
  athr_source_assert_ended (&source, 3);
  end_witnesses (&source);
}

static void
test_array_end (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_end (&counter);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (counter.stream, result, &error);

  g_assert_no_error (error);
  g_assert_nonnull (values);
  g_assert_cmpuint (values->len, ==, 0);
}

static void
test_array_error (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_error (&counter);
  g_autoptr (GError) error = NULL;

  g_assert_null (athr_stream_next_batch_finish (counter.stream, result, NULL));
  g_assert_null (athr_stream_next_batch_finish (counter.stream, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpstr (error->message, ==, "boom");
}

static void
test_values (void)
{
  AthrSource source;
  g_autoptr (GAsyncResult) result = take_witnesses (&source);
  g_autoptr (GError) error = NULL;
  gsize n_values = 77;
  GValue *values;

  g_test_summary ("The caller owns the values, and unsets each of them");

  values = athr_stream_next_batch_finish_values (source.stream, result, &n_values, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_values, ==, 3);
  g_clear_object (&result);
  assert_alive (&source);
  for (gsize i = 0; i < n_values; i++)
    {
      AthrWitness *witness = g_value_get_object (&values[i]);

      g_assert_true (witness->finalized_on == &source.value_finalized_on[i]);
      g_value_unset (&values[i]);
      g_assert_true (source.value_finalized_on[i] == g_thread_self ());
    }
  g_free (values);
  end_witnesses (&source);
}

static void
test_values_end (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_end (&counter);
  g_autoptr (GError) error = NULL;
  gsize n_values = 77;

  g_assert_null (athr_stream_next_batch_finish_values (counter.stream, result, &n_values, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_values, ==, 0);
}

static void
test_values_error (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_error (&counter);
  g_autoptr (GError) error = NULL;
  gsize n_values = 77;

  g_assert_null (athr_stream_next_batch_finish_values (counter.stream, result, &n_values, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (n_values, ==, 0);
}

G_GNUC_BEGIN_IGNORE_DEPRECATIONS

static void
test_into (void)
{
  AthrSource source;
  g_autoptr (GAsyncResult) result = take_witnesses (&source);
  g_auto (GValue) values = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  GValueArray *array;

  g_test_summary ("The value holds a GValueArray with all values");

  g_assert_true (athr_stream_next_batch_finish_into (source.stream, result, &values, &error));
  g_assert_no_error (error);
  g_assert_true (G_VALUE_HOLDS (&values, g_value_array_get_type ()));
  array = g_value_get_boxed (&values);
  g_assert_cmpuint (array->n_values, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      AthrWitness *witness = g_value_get_object (g_value_array_get_nth (array, i));

      g_assert_true (witness->finalized_on == &source.value_finalized_on[i]);
    }
  g_clear_object (&result);
  assert_alive (&source);
  g_value_unset (&values);
  athr_source_assert_ended (&source, 3);
  end_witnesses (&source);
}

static void
test_into_end (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_end (&counter);
  g_auto (GValue) values = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next_batch_finish_into (counter.stream, result, &values, &error));
  g_assert_no_error (error);
  g_assert_true (G_VALUE_HOLDS (&values, g_value_array_get_type ()));
  g_assert_cmpuint (((GValueArray *) g_value_get_boxed (&values))->n_values, ==, 0);
}

static void
test_into_error (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = take_error (&counter);
  g_auto (GValue) values = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_stream_next_batch_finish_into (counter.stream, result, &values, NULL));
  g_assert_false (athr_stream_next_batch_finish_into (counter.stream, result, &values, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_false (G_IS_VALUE (&values));
}

G_GNUC_END_IGNORE_DEPRECATIONS

static void
test_unfinished (void)
{
  AthrSource source;
  g_autoptr (GAsyncResult) result = take_witnesses (&source);

  g_test_summary ("A result that the caller never finishes frees its values");

  assert_alive (&source);
  g_clear_object (&result);
  athr_source_assert_ended (&source, 3);
  end_witnesses (&source);
}

static void
test_unfinished_elsewhere (void)
{
  AthrSource source;
  GAsyncResult *result = take_witnesses (&source);

  g_test_summary ("A result that is dropped on another thread has its values freed at home");

  athr_test_drop_on_thread (result);
  assert_alive (&source);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 3);
  end_witnesses (&source);
}

static void
test_no_callback (void)
{
  AthrSource source;

  g_test_summary ("Without a callback the stream takes the values, and frees them at home");

  athr_source_init (&source, 3, 8);
  athr_stream_start (source.stream);
  athr_source_await_returned (&source);
  athr_stream_next_batch_async (source.stream, 10, NULL, NULL, NULL);
  athr_test_expect_end (source.stream);
  athr_source_assert_ended (&source, 3);
  end_witnesses (&source);
}

static void
expect_critical (const char *part)
{
  g_autofree char *pattern = g_strdup_printf ("*CRITICAL*%s*", part);

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (pattern);
}

static void
test_max_0 (void)
{
  if (g_test_subprocess ())
    {
      g_auto (AthrCounter) counter = { 0 };

      athr_counter_init (&counter, 0, 8);
      athr_stream_next_batch_async (counter.stream, 0, NULL, NULL, NULL);
      return;
    }

  expect_critical ("max_values > 0");
}

typedef enum { ARRAY, VALUES, INTO } Finish;

static void
finish (AthrStream   *stream,
        GAsyncResult *result,
        Finish        how)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gsize n_values;

  if (how == ARRAY)
    athr_stream_next_batch_finish (stream, result, NULL);
  else if (how == VALUES)
    athr_stream_next_batch_finish_values (stream, result, &n_values, NULL);
  else
    athr_stream_next_batch_finish_into (stream, result, &value, NULL);
}

static void
test_twice (gconstpointer how)
{
  g_test_summary ("Finishing twice is a critical, since a second result would look like the "
                  "end");

  if (g_test_subprocess ())
    {
      g_auto (AthrCounter) counter = { 0 };
      g_autoptr (GAsyncResult) result = NULL;

      athr_counter_init (&counter, 3, 8);
      result = athr_test_ask_batch (counter.stream, 10);
      g_array_unref (athr_stream_next_batch_finish (counter.stream, result, NULL));
      finish (counter.stream, result, GPOINTER_TO_INT (how));
      return;
    }

  expect_critical ("operation->values != NULL");
}

static void
test_result_of_next (gconstpointer how)
{
  g_test_summary ("The result of a next cannot be finished as a batch");

  if (g_test_subprocess ())
    {
      g_auto (AthrCounter) counter = { 0 };
      g_autoptr (GAsyncResult) result = NULL;

      athr_counter_init (&counter, 3, 8);
      result = athr_test_ask (counter.stream);
      finish (counter.stream, result, GPOINTER_TO_INT (how));
      return;
    }

  expect_critical ("athr_stream_next_batch_async");
}

static void
test_mistake_fails (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  GValue values = G_VALUE_INIT;

  g_test_summary ("Finishing the wrong result does not look like the end");

  athr_counter_init (&counter, 3, 8);
  result = athr_test_ask (counter.stream);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*athr_stream_next_batch_async*");
  g_assert_false (athr_stream_next_batch_finish_into (counter.stream, result, &values, NULL));
  g_test_assert_expected_messages ();
  g_assert_false (G_IS_VALUE (&values));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/batch/finish/" path, test)
#define add_how(path, how, test) \
  g_test_add_data_func ("/athr/stream/batch/finish/" path, GINT_TO_POINTER (how), test)
  add ("array", test_array);
  add ("array/end", test_array_end);
  add ("array/error", test_array_error);
  add ("values", test_values);
  add ("values/end", test_values_end);
  add ("values/error", test_values_error);
  add ("into", test_into);
  add ("into/end", test_into_end);
  add ("into/error", test_into_error);
  add ("unfinished", test_unfinished);
  add ("unfinished/elsewhere", test_unfinished_elsewhere);
  add ("no-callback", test_no_callback);
  add ("max-0", test_max_0);
  add_how ("twice/array", ARRAY, test_twice);
  add_how ("twice/values", VALUES, test_twice);
  add_how ("twice/into", INTO, test_twice);
  add_how ("result-of-next/array", ARRAY, test_result_of_next);
  add_how ("result-of-next/values", VALUES, test_result_of_next);
  add_how ("result-of-next/into", INTO, test_result_of_next);
  add ("mistake", test_mistake_fails);

  return g_test_run ();
}
