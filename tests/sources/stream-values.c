/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-test.h"

/* Runs a function on a thread of its own. */
static void
on_other_thread (GThreadFunc func,
                 gpointer    data)
{
  g_thread_join (g_thread_new ("other", func, data));
}

static void
test_values (void)
{
  static const guint sizes[] = { 0, 1, 64, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (AthrStream) stream = NULL;
      GValue values[1000] = { 0 };

      for (guint n = 0; n < G_N_ELEMENTS (values); n++)
        {
          g_value_init (&values[n], G_TYPE_UINT);
          g_value_set_uint (&values[n], n);
        }
      stream = athr_stream_new_for_values (values, G_N_ELEMENTS (values));
      memset (values, 0, sizeof values);
      athr_stream_set_buffer_size (stream, sizes[i]);
      for (guint n = 0; n < G_N_ELEMENTS (values); n++)
        {
          g_auto (GValue) value = G_VALUE_INIT;

          athr_test_take (stream, &value);
          g_assert_cmpuint (g_value_get_uint (&value), ==, n);
        }
      athr_test_expect_end (stream);
    }
}

static void
test_no_values (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new_for_values (NULL, 0);

  athr_test_expect_end (stream);
}

static void
test_unset_value (void)
{
  GValue value = G_VALUE_INIT;

  if (g_test_subprocess ())
    {
      athr_stream_new_for_values (&value, 1);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*athr_stream_new_for_values*G_IS_VALUE*");
}

static void
test_values_left (void)
{
  GThread *finalized_on = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  AthrStream *stream;

  g_test_summary ("The values that nobody took are freed at home, also if the stream never started");

  g_value_init (&value, ATHR_TYPE_WITNESS);
  for (int is_started = FALSE; is_started <= TRUE; is_started++)
    {
      finalized_on = NULL;
      g_value_take_object (&value, athr_witness_new (&finalized_on));
      stream = athr_stream_new_for_values (&value, 1);
      g_value_reset (&value);
      if (is_started)
        {
          athr_stream_start (stream);
          athr_test_yield_until (athr_stream_get_n_buffered (stream) == 1);
        }
      g_assert_null (finalized_on);
      g_object_unref (stream);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
      g_assert_true (finalized_on == g_thread_self ());
    }
}

static GListStore *
new_list (guint n_items)
{
  GListStore *list = g_list_store_new (G_TYPE_FILE);

  for (guint i = 0; i < n_items; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", i);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      g_list_store_append (list, file);
    }

  return list;
}

static void
expect_files (AthrStream *stream,
              guint       n_files)
{
  for (guint i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", i);
      g_auto (GValue) value = G_VALUE_INIT;

      athr_test_take (stream, &value);
      g_assert_true (G_VALUE_HOLDS (&value, G_TYPE_FILE));
      g_assert_cmpstr (g_file_peek_path (g_value_get_object (&value)), ==, path);
    }
  athr_test_expect_end (stream);
}

static void
test_list (void)
{
  g_autoptr (GListStore) list = new_list (99);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_autoptr (GFile) last = g_file_new_for_path ("/99");

  g_test_summary ("The stream has the objects that are in the list as the stream starts");

  g_list_store_append (list, last);
  athr_stream_start (stream);
  g_list_store_remove_all (list);
  expect_files (stream, 100);
}

static void
test_list_first_next (void)
{
  g_autoptr (GListStore) list = new_list (100);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  expect_files (stream, 100);
}

static void
test_list_blocking (void)
{
  g_autoptr (GListStore) list = new_list (1);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next (stream, NULL, &value, &error);

  g_test_summary ("A blocking next at home reads the list");

  g_assert_no_error (error);
  g_assert_true (taken && G_VALUE_HOLDS (&value, G_TYPE_FILE));
}

static gpointer
next_would_block (gpointer stream)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next (stream, NULL, &value, &error);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_false (taken);

  return NULL;
}

static void
test_list_elsewhere (void)
{
  g_autoptr (GListStore) list = new_list (10);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  g_test_summary ("A blocking next on another thread fails, and starts nothing");

  on_other_thread (next_would_block, stream);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_INITIAL);
  expect_files (stream, 10);
}

static gpointer
start_elsewhere (gpointer stream)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  athr_stream_next_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);
  g_assert_null (athr_stream_next_finish (stream, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_list_moved (void)
{
  g_autoptr (GListStore) list = new_list (10);
  AthrStream *stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  g_test_summary ("A stream to which another thread moves fails");

  on_other_thread (start_elsewhere, stream);
  g_object_unref (stream);
}

static void
test_list_dropped (void)
{
  GThread *finalized_on = NULL;
  GListStore *list = g_list_store_new (ATHR_TYPE_WITNESS);
  g_autoptr (GObject) witness = athr_witness_new (&finalized_on);
  AthrStream *stream;

  g_test_summary ("A stream that never starts drops its list");

  g_list_store_append (list, witness);
  stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_object_unref (list);
  g_clear_object (&witness);
  g_assert_null (finalized_on);
  g_object_unref (stream);
  g_assert_true (finalized_on == g_thread_self ());
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/values/all", test_values);
  g_test_add_func ("/athr/stream/values/none", test_no_values);
  g_test_add_func ("/athr/stream/values/unset", test_unset_value);
  g_test_add_func ("/athr/stream/values/left", test_values_left);
  g_test_add_func ("/athr/stream/list-model/snapshot", test_list);
  g_test_add_func ("/athr/stream/list-model/first-next", test_list_first_next);
  g_test_add_func ("/athr/stream/list-model/blocking", test_list_blocking);
  g_test_add_func ("/athr/stream/list-model/elsewhere", test_list_elsewhere);
  g_test_add_func ("/athr/stream/list-model/moved", test_list_moved);
  g_test_add_func ("/athr/stream/list-model/dropped", test_list_dropped);

  return g_test_run ();
}
