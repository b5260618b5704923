/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-map-test.h"

static GAsyncResult *
start_close (AthrStream *stream)
{
  GAsyncResult *result = NULL;

  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);

  return result;
}

static void
close_stream (AthrStream *stream)
{
  g_autoptr (GAsyncResult) result = start_close (stream);
  g_autoptr (GError) error = NULL;
  gboolean closed = athr_stream_close_finish (stream, result, &error);

  g_assert_no_error (error);
  g_assert_true (closed);
}

static void
test_error (void)
{
  static const AthrMapFlags flags[] = { ATHR_MAP_DEFAULT, ATHR_MAP_UNORDERED };

  g_test_summary ("The error comes after the values before it, and closes the source");

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (AthrStream) numbers = athr_test_numbers (1000);
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.fails = 1 << 5;
      map = athr_stream_new_map (numbers, 1, flags[i], athr_mapping_run, &mapping,
                                 athr_mapping_destroy);
      for (guint n = 0; n <= 5; n++)
        athr_test_expect_value (map, n);
      athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_FAILED);
      athr_test_expect_end (map);
      g_assert_cmpint (mapping.n_begun, ==, 6);
      athr_test_iterate_until (NULL, athr_stream_get_state (numbers) == ATHR_STREAM_STATE_CLOSED);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_first_error_in_order (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The error of an earlier item wins, even if it comes later");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  mapping.fails = 3;
  map = athr_mapping_new_stream (&mapping, 2, 2, ATHR_MAP_DEFAULT);
  athr_stream_start (map);
  athr_test_yield_until (g_atomic_int_get (&mapping.n_begun) == 2);
  athr_gate_open (&mapping.gate);
  athr_test_expect_value (map, 0);
  {
    g_autoptr (GAsyncResult) result = athr_test_ask (map);
    g_autoptr (GError) error = NULL;

    g_assert_null (athr_stream_next_finish (map, result, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_assert_cmpstr (error->message, ==, "boom 0");
  }
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_error_cancels (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The error of an item cancels the items behind it that run, whose yields fail");

  athr_mapping_init (&mapping);
  mapping.blocks = 1 << 1;
  mapping.waits_for_cancel = TRUE;
  mapping.fails = 1;
  map = athr_mapping_new_stream (&mapping, 100, 2, ATHR_MAP_DEFAULT);
  athr_test_expect_value (map, 0);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (mapping.n_cancelled, ==, mapping.n_refused);
  g_assert_cmpint (mapping.n_running, ==, 0);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_error_spares_earlier (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The error of an item cancels no earlier item");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  mapping.fails = 1 << 1;
  map = athr_mapping_new_stream (&mapping, 100, 2, ATHR_MAP_DEFAULT);
  athr_stream_start (map);
  athr_test_yield_until (g_atomic_int_get (&mapping.n_begun) == 2 &&
                         g_atomic_int_get (&mapping.n_running) == 1);
  athr_gate_open (&mapping.gate);
  athr_test_expect_value (map, 0);
  athr_test_expect_value (map, 1);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (mapping.n_cancelled, ==, 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

/* Item 1 asks, and item 0 ends the map. */
typedef struct
{
  AthrGate gate;          /* item 0 waits until it is open */
  AthrGate cancelled;     /* open when item 1 is cancelled */
  gboolean asks_late;     /* set once; item 1 asks only when it is cancelled */
  gboolean ends;          /* set once; item 0 ends the map without an error */
  AthrQuestion *question; /* home; owned */
  GError *error;          /* owned; of the ask; read it when the map has ended */
  int n_destroyed;        /* atomic */
} Asker;

static void
note_destroyed (gpointer user_data)
{
  g_atomic_int_inc (&((Asker *) user_data)->n_destroyed);
}

static void
keep_question (AthrQuestion *question,
               gpointer      user_data)
{
  ((Asker *) user_data)->question = g_object_ref (question);
}

static void
ask_in_item (AthrYielder *yielder,
             Asker       *self)
{
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  gulong id = g_cancellable_connect (cancellable, G_CALLBACK (athr_mapping_on_cancelled), &self->cancelled, NULL);

  if (self->asks_late)
    athr_gate_pass (&self->cancelled);
  g_assert_false (athr_yielder_ask (yielder, keep_question, self, note_destroyed, NULL, &self->error));
  g_cancellable_disconnect (cancellable, id);
}

static void
ask_or_end (AthrYielder   *yielder,
            const GValue  *item,
            gpointer       user_data,
            GError       **error)
{
  Asker *self = user_data;

  if (g_value_get_uint (item) == 1)
    {
      ask_in_item (yielder, self);
      return;
    }

  athr_gate_pass (&self->gate);
  if (self->ends)
    athr_yielder_end (yielder);
  else
    *error = athr_test_boom ();
}

static void
run_asker (AthrMapFlags flags,
           gboolean     asks_late,
           gboolean     ends)
{
  Asker asker = { .asks_late = asks_late, .ends = ends };
  g_autoptr (AthrStream) numbers = athr_test_numbers (2);
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  AthrStream *map;

  athr_gate_init (&asker.gate);
  athr_gate_init (&asker.cancelled);
  map = athr_stream_new_map (numbers, 2, flags, ask_or_end, &asker, NULL);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  if (asks_late)
    athr_gate_await (&asker.cancelled, 1);
  else
    athr_test_iterate_until (NULL, asker.question != NULL);
  athr_gate_open (&asker.gate);
  if (ends)
    athr_test_expect_end (map);
  else
    athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_error (asker.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_object_unref (map);
  athr_test_iterate_until (NULL, g_atomic_int_get (&asker.n_destroyed) == 1);
  g_assert_true ((asker.question == NULL) == asks_late);
  g_clear_object (&asker.question);
  g_clear_error (&asker.error);
  athr_gate_clear (&asker.gate);
  athr_gate_clear (&asker.cancelled);
}

static void
test_asking_item (void)
{
  static const AthrMapFlags flags[] = { ATHR_MAP_DEFAULT, ATHR_MAP_UNORDERED };

  g_test_summary ("What ends the map wakes an item that asks, and an item that is cancelled does not ask");

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    for (guint j = 0; j < 4; j++)
      run_asker (flags[i], j & 1, j & 2);
}

static void
test_end_in_item (void)
{
  static const AthrMapFlags flags[] = { ATHR_MAP_DEFAULT, ATHR_MAP_UNORDERED };

  g_test_summary ("An item that calls end() ends the map after its values");

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.ends = 1 << 5;
      map = athr_mapping_new_stream (&mapping, 1000, 1, flags[i]);
      for (guint n = 0; n <= 5; n++)
        athr_test_expect_value (map, n);
      athr_test_expect_end (map);
      g_assert_cmpint (athr_stream_get_state (map), ==, ATHR_STREAM_STATE_ENDED);
      g_assert_cmpfloat (athr_stream_get_progress (map), ==, 1);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
yield_and_fail (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  for (guint i = 0; i < 10; i++)
    athr_yielder_yield (yielder, NULL, G_TYPE_UINT, i);
  *error = athr_test_boom ();
}

static void
test_source_error (void)
{
  static const AthrMapFlags flags[] = { ATHR_MAP_DEFAULT, ATHR_MAP_UNORDERED };

  g_test_summary ("The error of the source comes after the values before it");

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (AthrStream) source = athr_stream_new (yield_and_fail, NULL, NULL);
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      map = athr_stream_new_map (source, 1, flags[i], athr_mapping_run, &mapping, athr_mapping_destroy);
      for (guint n = 0; n < 10; n++)
        athr_test_expect_value (map, n);
      athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_FAILED);
      athr_test_expect_end (map);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_close (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A close cancels the item that holds the only thread, and withdraws the others");

  athr_mapping_init (&mapping);
  mapping.blocks = 1 << 3;
  mapping.waits_for_cancel = TRUE;
  map = athr_mapping_new_stream (&mapping, 100, 3, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  close_stream (map);
  g_assert_cmpint (mapping.n_begun, ==, 4);
  g_assert_cmpint (mapping.n_cancelled, ==, 1);
  g_assert_cmpint (mapping.n_refused, ==, 1);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  for (guint n = 0; n < 3; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_assert_cmpint (athr_stream_get_state (map), ==, ATHR_STREAM_STATE_CLOSED);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
wait_at_gate (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  athr_gate_pass (user_data);
}

static void
test_close_waits_for_source (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  AthrStream *source, *map;
  AthrGate gate;

  g_test_summary ("A close completes when the function of the source has returned");

  athr_mapping_init (&mapping);
  athr_gate_init (&gate);
  source = athr_stream_new (wait_at_gate, &gate, NULL);
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_start (map);
  athr_gate_await (&gate, 1);
  athr_stream_close_async (map, NULL, athr_test_keep_result, &result);
  athr_test_drain (NULL);
  g_assert_null (result);
  athr_gate_open (&gate);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_close_finish (map, result, NULL));
  athr_test_expect_end (map);
  g_object_unref (source);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_gate_clear (&gate);
}

static void
test_close_unstarted (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *source, *map;
  AthrGate gate;

  g_test_summary ("To close a map that never started closes its source, which did");

  athr_mapping_init (&mapping);
  athr_gate_init (&gate);
  athr_gate_open (&gate);
  source = athr_stream_new (wait_at_gate, &gate, NULL);
  athr_stream_start (source);
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  close_stream (map);
  athr_test_iterate_until (NULL, athr_stream_get_state (source) >= ATHR_STREAM_STATE_ENDED);
  athr_test_expect_end (map);
  g_object_unref (source);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_gate_clear (&gate);
}

static void
test_close_lock_step (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A map that has started but that nobody asked for a value closes");

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 10, 1, ATHR_MAP_DEFAULT);
  athr_stream_set_buffer_size (map, 0);
  athr_stream_start (map);
  close_stream (map);
  g_assert_cmpint (mapping.n_begun, ==, 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_close_error (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  AthrStream *map;

  g_test_summary ("The close gets the error of an item that fails while the map closes");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  mapping.waits_for_cancel = TRUE;
  mapping.fails = 1;
  map = athr_mapping_new_stream (&mapping, 10, 1, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  result = start_close (map);
  g_assert_false (athr_stream_close_finish (map, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_drop (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (AthrStream) numbers = athr_test_numbers (1000);
  AthrStream *map;

  g_test_summary ("To drop the map cancels its items, and closes its source");

  athr_mapping_init (&mapping);
  mapping.blocks = 1 << 3;
  mapping.waits_for_cancel = TRUE;
  map = athr_stream_new_map (numbers, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  g_assert_cmpint (mapping.n_cancelled, ==, 1);
  athr_test_iterate_until (NULL, athr_stream_get_state (numbers) >= ATHR_STREAM_STATE_ENDED);
  g_assert_cmpint (athr_stream_get_state (numbers), ==, ATHR_STREAM_STATE_CLOSED);
}

static void
test_drop_unstarted (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (AthrStream) numbers = athr_test_numbers (1000);
  AthrStream *map;

  athr_mapping_init (&mapping);
  athr_stream_start (numbers);
  map = athr_stream_new_map (numbers, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_test_iterate_until (NULL, athr_stream_get_state (numbers) == ATHR_STREAM_STATE_CLOSED);
}

static void
test_drop_full (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  AthrStream *map;

  g_test_summary ("A map that holds back is dropped");

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 1000, 2, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, 1);
  athr_stream_start (map);
  athr_test_yield_until (g_atomic_int_get (&mapping.n_begun) == 3 &&
                         athr_executor_get_n_running (executor) == 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_overflow (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 10, 2, ATHR_MAP_DEFAULT);
  athr_stream_set_overflow (map, ATHR_OVERFLOW_DROP_OLDEST);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  athr_test_expect_end (map);
  g_assert_cmpint (mapping.n_begun, ==, 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_send (void)
{
  g_test_summary ("A map that the consumer sends or throws something to fails");

  for (guint i = 0; i < 4; i++)
    {
      g_auto (AthrMapping) mapping = { 0 };
      g_autoptr (GError) boom = athr_test_boom ();
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.blocks = 1;
      map = athr_mapping_new_stream (&mapping, 10, 1, ATHR_MAP_DEFAULT);
      if (i & 1)
        {
          athr_stream_start (map);
          athr_gate_await (&mapping.gate, 1);
        }
      if (i & 2)
        athr_stream_send (map, NULL);
      else
        athr_stream_throw (map, boom);
      athr_gate_open (&mapping.gate);
      athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
exchange_and_receive (AthrYielder   *yielder,
                      const GValue  *item,
                      gpointer       user_data,
                      GError       **error)
{
  g_auto (GValue) sent = G_VALUE_INIT;
  g_autoptr (GError) refused = NULL;

  g_assert_false (athr_yielder_exchange_value (yielder, item, &sent, &refused));
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&refused);
  g_assert_false (athr_yielder_receive (yielder, &sent, &refused));
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_exchange (void)
{
  g_autoptr (AthrStream) numbers = athr_test_numbers (3);
  g_autoptr (AthrStream) map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT,
                                                    exchange_and_receive, NULL, NULL);

  athr_test_expect_end (map);
}

static void
test_one_thread (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_autoptr (AthrStream) source = athr_stream_new (yield_and_fail, NULL, NULL);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map, *numbers;

  g_test_summary ("On an executor of one thread the source must be in steps");

  athr_mapping_init (&mapping);
  athr_stream_set_executor (source, executor);
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_set_executor (map, executor);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpint (mapping.n_begun, ==, 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);

  mapping.n_destroyed = 0;
  numbers = athr_test_numbers (100);
  athr_stream_set_executor (numbers, executor);
  map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_set_executor (map, executor);
  g_object_unref (numbers);
  for (guint n = 0; n < 100; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_one_thread_chain (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_autoptr (AthrExecutor) other = athr_executor_new ("other", 2);

  g_test_summary ("A map on the only thread finds the function of a source behind another map, and steps work there");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AthrStream) source = i == 0 ? athr_stream_new (yield_and_fail, NULL, NULL) : athr_test_numbers (100);
      g_autoptr (AthrStream) between = NULL;
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      athr_stream_set_executor (source, executor);
      between = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping, NULL);
      athr_stream_set_executor (between, other);
      map = athr_stream_new_map (between, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping, athr_mapping_destroy);
      athr_stream_set_executor (map, executor);
      if (i == 0)
        athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
      else
        for (guint n = 0; n < 100; n++)
          athr_test_expect_value (map, n);
      athr_test_expect_end (map);
      g_assert_cmpint (mapping.n_begun, ==, i * 200);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_one_thread_held (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *source, *map;
  AthrGate gate;

  g_test_summary ("The map fails even if its source holds the only thread already");

  athr_mapping_init (&mapping);
  athr_gate_init (&gate);
  source = athr_stream_new (wait_at_gate, &gate, NULL);
  athr_stream_set_executor (source, executor);
  athr_stream_start (source);
  athr_gate_await (&gate, 1);
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_open (&gate);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_object_unref (source);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_gate_clear (&gate);
}

static void
close_executor (AthrExecutor *executor,
                gboolean      cancel_queued)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_executor_close_async (executor, cancel_queued, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_executor_close_finish (executor, result, NULL));
}

static void
test_owner_gone (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AthrStream) numbers = athr_test_numbers (1000);
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  AthrStream *map;

  g_test_summary ("The end of the owner cancels the items that run, and closes the source");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  mapping.waits_for_cancel = TRUE;
  map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_bind (map, owner);
  athr_stream_next_async (map, NULL, athr_test_keep_result, &result);
  athr_gate_await (&mapping.gate, 1);
  g_clear_object (&owner);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_null (athr_stream_next_finish (map, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_iterate_until (NULL, athr_stream_get_state (numbers) == ATHR_STREAM_STATE_CLOSED);
  athr_mapping_expect_destroyed (&mapping);
  g_assert_cmpint (mapping.n_cancelled, ==, 1);
  g_assert_cmpint (mapping.n_begun, ==, 1);
  g_object_unref (map);
}

static void
test_owner_of_source_gone (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AthrStream) numbers = athr_test_numbers (1000);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The end of the owner of a source fails the map, after the results of the items that it has taken");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  athr_stream_bind (numbers, owner);
  map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping, athr_mapping_destroy);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  g_clear_object (&owner);
  athr_test_drain (NULL);
  athr_gate_open (&mapping.gate);
  athr_test_expect_value (map, 0);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_executor_closed (void)
{
  g_test_summary ("A map that waits for room when its executor closes fails");

  for (int cancel_queued = FALSE; cancel_queued <= TRUE; cancel_queued++)
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      map = athr_mapping_new_stream (&mapping, 1000, 2, ATHR_MAP_DEFAULT);
      athr_stream_set_executor (map, executor);
      athr_stream_set_buffer_size (map, 1);
      athr_stream_start (map);
      athr_test_yield_until (g_atomic_int_get (&mapping.n_begun) == 3 &&
                             athr_executor_get_n_running (executor) == 0);
      close_executor (executor, cancel_queued);
      for (guint n = 0; n < 3; n++)
        athr_test_expect_value (map, n);
      athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_CLOSED);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_executor_cancels (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("An executor that cancels what is queued fails the map");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  map = athr_mapping_new_stream (&mapping, 100, 3, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 1);
  athr_executor_close_async (executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_gate_open (&mapping.gate);
  athr_test_iterate_until (NULL, result != NULL);
  athr_test_expect_value (map, 0);
  athr_test_expect_error (map, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (mapping.n_begun, ==, 1);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static gpointer
start_under_own_context (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AthrStream *map = data;

  g_main_context_push_thread_default (context);
  athr_stream_start (map);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_context_dies (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A map whose main context dies closes");

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 1000, 2, ATHR_MAP_DEFAULT);
  g_thread_join (g_thread_new ("owner", start_under_own_context, map));
  g_object_unref (map);
  athr_test_yield_until (g_atomic_int_get (&mapping.n_destroyed) == 1);
}

static void
expect_critical (const char *pattern)
{
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (pattern);
}

static void
test_source_flows (void)
{
  if (g_test_subprocess ())
    {
      AthrStream *numbers = athr_test_numbers (3);

      athr_stream_set_flowing (numbers, TRUE);
      athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, NULL, NULL);
      return;
    }

  expect_critical ("*athr_stream_new_map*are being taken already*");
}

static void
test_source_taken (void)
{
  if (g_test_subprocess ())
    {
      AthrStream *numbers = athr_test_numbers (3);

      athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, NULL, NULL);
      athr_stream_next_async (numbers, NULL, NULL, NULL);
      return;
    }

  expect_critical ("*athr_stream_next_async*a map takes the values*");
}

static void
test_two_maps (void)
{
  if (g_test_subprocess ())
    {
      AthrStream *numbers = athr_test_numbers (3);

      athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, NULL, NULL);
      athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, NULL, NULL);
      return;
    }

  expect_critical ("*athr_stream_new_map*a map takes the values*");
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      kept)
{
  *(GAsyncResult **) kept = g_object_ref (result);
}

static void
test_source_taken_answer (void)
{
  g_autoptr (AthrStream) numbers = athr_test_numbers (3);
  g_autoptr (AthrStream) map = NULL;
  g_autoptr (GAsyncResult) one = NULL;
  g_autoptr (GAsyncResult) batch = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (AthrMapping) mapping = { 0 };

  g_test_summary ("A program that takes from the source of a map gets an answer, not only a critical");

  athr_mapping_init (&mapping);
  map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_stream_next_async*a map takes the values*");
  athr_stream_next_async (numbers, NULL, keep_result, &one);
  g_assert_null (one);
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_stream_next_batch_async*a map takes the values*");
  athr_stream_next_batch_async (numbers, 2, NULL, keep_result, &batch);
  g_test_assert_expected_messages ();
  athr_test_iterate_until (NULL, one != NULL && batch != NULL);
  g_assert_false (athr_stream_next_finish_into (numbers, one, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (athr_stream_next_batch_finish (numbers, batch, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_object (&map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
never_clean_up (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  g_assert_not_reached ();
}

static void
test_cleanup (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrStream) numbers = athr_test_numbers (3);
      AthrStream *map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, athr_mapping_run, NULL, NULL);

      athr_stream_set_cleanup (map, never_clean_up, NULL, NULL);
      return;
    }

  expect_critical ("*athr_stream_set_cleanup*a map has no clean-up*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/map/error", test_error);
  g_test_add_func ("/athr/stream/map/error/first-in-order", test_first_error_in_order);
  g_test_add_func ("/athr/stream/map/error/cancels", test_error_cancels);
  g_test_add_func ("/athr/stream/map/error/spares-earlier", test_error_spares_earlier);
  g_test_add_func ("/athr/stream/map/error/source", test_source_error);
  g_test_add_func ("/athr/stream/map/error/asking", test_asking_item);
  g_test_add_func ("/athr/stream/map/end", test_end_in_item);
  g_test_add_func ("/athr/stream/map/close", test_close);
  g_test_add_func ("/athr/stream/map/close/source", test_close_waits_for_source);
  g_test_add_func ("/athr/stream/map/close/unstarted", test_close_unstarted);
  g_test_add_func ("/athr/stream/map/close/lock-step", test_close_lock_step);
  g_test_add_func ("/athr/stream/map/close/error", test_close_error);
  g_test_add_func ("/athr/stream/map/drop", test_drop);
  g_test_add_func ("/athr/stream/map/drop/unstarted", test_drop_unstarted);
  g_test_add_func ("/athr/stream/map/drop/full", test_drop_full);
  g_test_add_func ("/athr/stream/map/not-supported/overflow", test_overflow);
  g_test_add_func ("/athr/stream/map/not-supported/send", test_send);
  g_test_add_func ("/athr/stream/map/not-supported/exchange", test_exchange);
  g_test_add_func ("/athr/stream/map/one-thread", test_one_thread);
  g_test_add_func ("/athr/stream/map/one-thread/chain", test_one_thread_chain);
  g_test_add_func ("/athr/stream/map/one-thread/held", test_one_thread_held);
  g_test_add_func ("/athr/stream/map/owner-gone", test_owner_gone);
  g_test_add_func ("/athr/stream/map/owner-gone/of-source", test_owner_of_source_gone);
  g_test_add_func ("/athr/stream/map/executor/closed", test_executor_closed);
  g_test_add_func ("/athr/stream/map/executor/cancels", test_executor_cancels);
  g_test_add_func ("/athr/stream/map/context-dies", test_context_dies);
  g_test_add_func ("/athr/stream/map/critical/flowing", test_source_flows);
  g_test_add_func ("/athr/stream/map/critical/taken", test_source_taken);
  g_test_add_func ("/athr/stream/map/critical/two-maps", test_two_maps);
  g_test_add_func ("/athr/stream/map/critical/cleanup", test_cleanup);
  g_test_add_func ("/athr/stream/map/critical/answer", test_source_taken_answer);

  return g_test_run ();
}
