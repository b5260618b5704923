/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-gio-test.h"

static void
expect_file (AthrStream *stream,
             guint       number)
{
  g_autofree char *path = g_strdup_printf ("/folder/%u", number);
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (stream, &value);
  g_assert_cmpstr (g_file_peek_path (athr_test_file_of (&value)), ==, path);
}

static void
await_parked (AthrStream   *stream,
              AthrExecutor *executor,
              guint         n_buffered)
{
  athr_test_yield_until (athr_stream_get_n_buffered (stream) >= n_buffered &&
                         athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  g_assert_cmpuint (athr_stream_get_n_buffered (stream), ==, n_buffered);
}

static void
test_files (void)
{
  static const guint sizes[] = { 0, 1, 64, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (AthrProbe) probe = { 0 };
      AthrStream *stream;

      athr_probe_init (&probe);
      stream = athr_test_listing_stream (&probe, 1000);
      athr_stream_set_buffer_size (stream, sizes[i]);
      for (guint n = 1; n <= 1000; n++)
        expect_file (stream, n);
      athr_test_expect_end (stream);
      g_assert_cmpint (probe.n_closes, ==, 1);
      g_object_unref (stream);
      athr_probe_expect_closed (&probe);
    }
}

static void
test_real (void)
{
  g_autofree char *path = g_dir_make_tmp ("athr-XXXXXX", NULL);
  g_autofree char *name = g_build_filename (path, "one", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (path);
  g_autoptr (GFileEnumerator) files = NULL;
  g_autoptr (AthrStream) stream = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (g_file_set_contents (name, "1", 1, NULL));
  files = g_file_enumerate_children (folder, "standard::name,standard::size", 0, NULL, NULL);
  stream = athr_stream_new_for_enumerator (files);
  athr_test_take (stream, &value);
  g_assert_cmpint (g_file_info_get_size (g_value_get_object (&value)), ==, 1);
  g_assert_cmpstr (g_file_peek_path (athr_test_file_of (&value)), ==, name);
  athr_test_expect_end (stream);
  g_assert_true (g_file_enumerator_is_closed (files));
  g_remove (name);
  g_rmdir (path);
}

static void
test_nameless (void)
{
  g_auto (AthrProbe) probe = { 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  AthrTestListing *listing;
  AthrStream *stream;

  g_test_summary ("A file info without a name has no standard::file");

  athr_probe_init (&probe);
  listing = athr_test_listing_new (&probe, 1);
  listing->is_nameless = TRUE;
  stream = athr_stream_new_for_enumerator (G_FILE_ENUMERATOR (listing));
  g_object_unref (listing);
  athr_test_take (stream, &value);
  g_assert_cmpstr (g_file_info_get_display_name (g_value_get_object (&value)), ==, "1");
  g_assert_null (athr_test_file_of (&value));
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_error (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  athr_probe_init (&probe);
  probe.fails = TRUE;
  stream = athr_test_listing_stream (&probe, 1);
  expect_file (stream, 1);
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (stream);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_room (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("The stream reads no more files than the buffer has room for, and then "
                  "holds no thread");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_buffer_size (stream, 3);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  for (guint i = 1; i <= 10; i++)
    {
      await_parked (stream, executor, 3);
      g_assert_cmpint (g_atomic_int_get (&probe.n_reads), ==, i + 2);
      expect_file (stream, i);
    }
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_close_parked (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("The close of a parked stream completes when its enumerator is closed");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_buffer_size (stream, 3);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  await_parked (stream, executor, 3);
  athr_test_close (stream);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_assert_cmpint (probe.n_reads, ==, 3);
  for (guint i = 1; i <= 3; i++)
    expect_file (stream, i);
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_close_queued (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  GAsyncResult *result = NULL;
  g_auto (AthrProbe) probe = { 0 };
  g_auto (AthrCounter) counter = { 0 };
  AthrStream *stream;

  g_test_summary ("A stream that is closed while its first step is queued reads nothing, and "
                  "closes its enumerator");

  athr_counter_init (&counter, 1, 1);
  counter.holds = TRUE;
  athr_stream_set_executor (counter.stream, executor);
  athr_stream_start (counter.stream);
  athr_gate_await (&counter.hold, 1);

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 10);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_gate_open (&counter.hold);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_close_finish (stream, result, NULL));
  g_assert_cmpint (probe.n_reads, ==, 0);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_object_unref (result);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_close_blocked (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  athr_probe_init (&probe);
  probe.blocks = TRUE;
  stream = athr_test_listing_stream (&probe, 0);
  athr_stream_start (stream);
  athr_gate_await (&probe.gate, 1);
  athr_test_close (stream);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_drop_parked (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  await_parked (stream, executor, 64);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static gpointer
drop (gpointer stream)
{
  g_object_unref (stream);

  return NULL;
}

static void
test_drop_elsewhere (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("If another thread drops the last reference, the enumerator is finalized "
                  "on the owner's thread");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  expect_file (stream, 1);
  g_thread_join (g_thread_new ("dropper", drop, stream));
  athr_probe_expect_closed (&probe);
}

static void
test_drop_unstarted (void)
{
  g_auto (AthrProbe) probe = { 0 };

  g_test_summary ("A worker closes the enumerator of a stream that was never started");

  athr_probe_init (&probe);
  g_object_unref (athr_test_listing_stream (&probe, 10));
  athr_probe_expect_closed (&probe);
  g_assert_cmpint (probe.n_reads, ==, 0);
}

static void
test_closed_executor (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  g_auto (AthrProbe) probe = { 0 };
  GAsyncResult *result = NULL;
  AthrStream *stream;

  g_test_summary ("When the executor is closed, the default executor closes the enumerator");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  await_parked (stream, executor, 64);
  athr_executor_close_async (executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_thrown (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("An error that the consumer throws ends the stream");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_buffer_size (stream, 0);
  expect_file (stream, 1);
  athr_stream_throw_literal (stream, G_IO_ERROR, G_IO_ERROR_FAILED, "stop");
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (stream);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_drop_oldest (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("A stream that drops values reads to the end without waiting");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_DROP_OLDEST);
  athr_stream_set_buffer_size (stream, 1);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  expect_file (stream, 1000);
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_turns (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("listing", 1);
  g_auto (AthrCounter) counter = { 0 };
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("A stream that never waits gives other work of its executor a turn");

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, G_MAXUINT);
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_DROP_OLDEST);
  athr_stream_set_buffer_size (stream, 1);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  athr_test_yield_until (g_atomic_int_get (&probe.n_reads) > 0);

  athr_counter_init (&counter, 1, 1);
  athr_stream_set_executor (counter.stream, executor);
  athr_test_expect_value (counter.stream, 1);
  athr_test_expect_end (counter.stream);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_RUNNING);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_list_model (void)
{
  g_auto (AthrProbe) probe = { 0 };
  g_autoptr (GFileInfo) info = NULL;
  AthrStream *stream;
  AthrStreamListModel *list;

  athr_probe_init (&probe);
  stream = athr_test_listing_stream (&probe, 1000);
  list = athr_stream_list_model_new (stream, G_TYPE_FILE_INFO);
  g_object_unref (stream);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1000);
  info = g_list_model_get_item (G_LIST_MODEL (list), 999);
  g_assert_cmpstr (g_file_info_get_name (info), ==, "1000");
  g_object_unref (list);
  athr_probe_expect_closed (&probe);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/enumerator", test_files);
  g_test_add_func ("/athr/stream/enumerator/real", test_real);
  g_test_add_func ("/athr/stream/enumerator/nameless", test_nameless);
  g_test_add_func ("/athr/stream/enumerator/error", test_error);
  g_test_add_func ("/athr/stream/enumerator/room", test_room);
  g_test_add_func ("/athr/stream/enumerator/close-parked", test_close_parked);
  g_test_add_func ("/athr/stream/enumerator/close-queued", test_close_queued);
  g_test_add_func ("/athr/stream/enumerator/close-blocked", test_close_blocked);
  g_test_add_func ("/athr/stream/enumerator/drop-parked", test_drop_parked);
  g_test_add_func ("/athr/stream/enumerator/drop-elsewhere", test_drop_elsewhere);
  g_test_add_func ("/athr/stream/enumerator/drop-unstarted", test_drop_unstarted);
  g_test_add_func ("/athr/stream/enumerator/closed-executor", test_closed_executor);
  g_test_add_func ("/athr/stream/enumerator/thrown", test_thrown);
  g_test_add_func ("/athr/stream/enumerator/drop-oldest", test_drop_oldest);
  g_test_add_func ("/athr/stream/enumerator/turns", test_turns);
  g_test_add_func ("/athr/stream/enumerator/list-model", test_list_model);

  return g_test_run ();
}
