/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-map-test.h"

static void
test_order (void)
{
  static const guint sizes[] = { 0, 1, 8, G_MAXUINT };
  static const guint limits[] = { 0, 1, 4, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (limits); k++)
      {
        g_auto (AthrMapping) mapping = { 0 };
        AthrStream *map;

        athr_mapping_init (&mapping);
        map = athr_mapping_new_stream (&mapping, 500, limits[k], ATHR_MAP_DEFAULT);
        athr_stream_set_buffer_size (map, sizes[i]);
        for (guint n = 0; n < 500; n++)
          athr_test_expect_value (map, n);
        athr_test_expect_end (map);
        g_assert_cmpint (mapping.n_begun, ==, 500);
        if (limits[k] > 0)
          g_assert_cmpuint (mapping.max_running, <=, limits[k]);
        g_object_unref (map);
        athr_mapping_expect_destroyed (&mapping);
      }
}

static void
test_unordered (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The values of later items come while the first one blocks");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  map = athr_mapping_new_stream (&mapping, 10, 2, ATHR_MAP_UNORDERED);
  athr_stream_set_executor (map, executor);
  for (guint n = 1; n < 10; n++)
    athr_test_expect_value (map, n);
  athr_gate_open (&mapping.gate);
  athr_test_expect_value (map, 0);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_in_order_behind_blocked (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("Values wait for those of an item before them, and the limit holds");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  map = athr_mapping_new_stream (&mapping, 100, 2, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, 8);
  athr_stream_start (map);
  athr_test_yield_until (g_atomic_int_get (&mapping.n_begun) == 10 &&
                         athr_executor_get_n_running (executor) == 1 &&
                         athr_executor_get_n_queued (executor) == 0);
  g_assert_cmpuint (athr_stream_get_n_buffered (map), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&mapping.n_begun), ==, 10);
  athr_gate_open (&mapping.gate);
  for (guint n = 0; n < 100; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_flat (void)
{
  static const guint counts[] = { 0, 1, 3, 100 };

  g_test_summary ("An item yields no, one or many values");

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.n_values = counts[i];
      mapping.skips = 0xF0F0;
      map = athr_mapping_new_stream (&mapping, 100, 4, ATHR_MAP_DEFAULT);
      athr_stream_set_buffer_size (map, 3);
      for (guint n = 0; n < 100; n++)
        for (guint k = 0; k < counts[i] && !athr_mapping_has (mapping.skips, n); k++)
          athr_test_expect_value (map, n);
      athr_test_expect_end (map);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
await_idle (AthrExecutor *executor,
            AthrMapping  *mapping,
            int           n_begun)
{
  athr_test_yield_until (g_atomic_int_get (&mapping->n_begun) >= n_begun &&
                         athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  g_assert_cmpint (g_atomic_int_get (&mapping->n_begun), ==, n_begun);
}

static void
test_room (void)
{
  static const guint counts[] = { 1, 5 };

  g_test_summary ("The map takes no more items than its limit and its buffer have room for, and "
                  "holds no thread while it waits");

  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 4);
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.n_values = counts[i];
      map = athr_mapping_new_stream (&mapping, 1000, 4, ATHR_MAP_DEFAULT);
      athr_stream_set_executor (map, executor);
      athr_stream_set_buffer_size (map, 8);
      athr_stream_start (map);
      for (guint n = 0; n < 50; n++)
        {
          await_idle (executor, &mapping, 12 + n);
          for (guint k = 0; k < counts[i]; k++)
            {
              g_assert_cmpint (g_atomic_int_get (&mapping.n_begun), ==, 12 + n);
              athr_test_expect_value (map, n);
            }
        }
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_room_without_values (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("Items without values are handed out as soon as all before them are");

  athr_mapping_init (&mapping);
  mapping.skips = ~G_GUINT64_CONSTANT (0x100);
  map = athr_mapping_new_stream (&mapping, 64, 2, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, 1);
  athr_stream_start (map);
  /* The items 0 to 7 are handed out, and 8, 9 and 10 are taken. */
  await_idle (executor, &mapping, 11);
  athr_test_expect_value (map, 8);
  athr_test_expect_end (map);
  g_assert_cmpint (mapping.n_begun, ==, 64);
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
test_source_waits (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_autoptr (AthrExecutor) other = athr_executor_new ("source", 1);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *source, *map;
  AthrGate gate;

  g_test_summary ("The map holds no thread while it waits for its source");

  athr_mapping_init (&mapping);
  athr_gate_init (&gate);
  source = athr_stream_new (wait_at_gate, &gate, NULL);
  athr_stream_set_executor (source, other);
  map = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  g_object_unref (source);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&gate, 1);
  await_idle (executor, &mapping, 0);
  athr_gate_open (&gate);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_gate_clear (&gate);
}

static void
test_as_many_as_may (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 8);

  g_test_summary ("As many items run at once as may, also if each of them blocks as soon as it begins");

  for (guint round = 0; round < 500; round++)
    {
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;

      athr_mapping_init (&mapping);
      mapping.blocks = 0xff;
      map = athr_mapping_new_stream (&mapping, 8, 4, ATHR_MAP_DEFAULT);
      athr_stream_set_executor (map, executor);
      athr_stream_start (map);
      athr_gate_await (&mapping.gate, 4);
      athr_gate_open (&mapping.gate);
      for (guint n = 0; n < 8; n++)
        athr_test_expect_value (map, n);
      athr_test_expect_end (map);
      g_assert_cmpint (mapping.max_running, ==, 4);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_many (void)
{
  const guint n_items = 100000;
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 4);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A blocking consumer, without a main loop, never sees more than 12 items taken "
                  "and not handed out");

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, n_items, 4, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, 8);
  for (guint n = 0; n < n_items; n++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;
      gboolean taken;

      g_assert_cmpint (g_atomic_int_get (&mapping.n_begun), <=, n + 12);
      taken = athr_stream_next (map, NULL, &value, &error);
      g_assert_no_error (error);
      g_assert_true (taken);
      g_assert_cmpuint (g_value_get_uint (&value), ==, n);
    }
  g_assert_cmpint (mapping.max_running, <=, 4);
  athr_test_expect_end (map);
  await_idle (executor, &mapping, n_items);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
count_value (AthrStream   *map,
             const GValue *value,
             gpointer      user_data)
{
  guint *n = user_data;

  g_assert_cmpuint (g_value_get_uint (value), ==, *n);
  (*n)++;
}

static void
test_flow (void)
{
  static const guint sizes[] = { 0, 1, 8, 64, G_MAXUINT };

  g_test_summary ("The map feeds the value signal");

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto (AthrMapping) mapping = { 0 };
      AthrStream *map;
      guint n = 0;

      athr_mapping_init (&mapping);
      map = athr_mapping_new_stream (&mapping, 5000, 4, ATHR_MAP_DEFAULT);
      athr_stream_set_buffer_size (map, sizes[i]);
      g_signal_connect (map, "value", G_CALLBACK (count_value), &n);
      athr_stream_set_flowing (map, TRUE);
      athr_test_iterate_until (NULL, athr_stream_is_done (map));
      g_assert_cmpuint (n, ==, 5000);
      g_object_unref (map);
      athr_mapping_expect_destroyed (&mapping);
    }
}

static void
test_try_next (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 1000, 4, ATHR_MAP_DEFAULT);
  athr_stream_set_buffer_size (map, 2);
  athr_stream_start (map);
  for (guint n = 0; n < 1000; n++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      athr_test_yield_until (athr_stream_try_next (map, &value));
      g_assert_cmpuint (g_value_get_uint (&value), ==, n);
    }
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_batches (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;
  guint n = 0;

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 1000, 4, ATHR_MAP_DEFAULT);
  while (!athr_stream_is_done (map))
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GArray) values = NULL;

      athr_stream_next_batch_async (map, 10, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      values = athr_stream_next_batch_finish (map, result, NULL);
      for (guint i = 0; i < values->len; i++)
        g_assert_cmpuint (g_value_get_uint (&g_array_index (values, GValue, i)), ==, n++);
    }
  g_assert_cmpuint (n, ==, 1000);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
test_map_of_map (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  g_auto (AthrMapping) outer = { 0 };
  AthrStream *inner, *map;

  athr_mapping_init (&mapping);
  athr_mapping_init (&outer);
  inner = athr_mapping_new_stream (&mapping, 1000, 3, ATHR_MAP_DEFAULT);
  map = athr_stream_new_map (inner, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &outer, athr_mapping_destroy);
  g_object_unref (inner);
  for (guint n = 0; n < 1000; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_mapping_expect_destroyed (&outer);
}

static void
test_list_model (void)
{
  g_autoptr (GListStore) list = g_list_store_new (G_TYPE_CANCELLABLE);
  g_autoptr (GCancellable) item = g_cancellable_new ();
  g_autoptr (AthrStream) source = NULL;
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("The start of the map reads the list, before it returns");

  athr_mapping_init (&mapping);
  mapping.n_values = 0;
  source = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  map = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  athr_stream_start (map);
  g_list_store_append (list, item);
  athr_test_expect_end (map);
  g_assert_cmpint (mapping.n_begun, ==, 0);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
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
test_list_model_elsewhere (void)
{
  g_autoptr (GListStore) list = g_list_store_new (G_TYPE_CANCELLABLE);
  g_autoptr (AthrStream) source = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  athr_mapping_init (&mapping);
  map = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping,
                             athr_mapping_destroy);
  g_thread_join (g_thread_new ("other", next_would_block, map));
  g_assert_cmpint (athr_stream_get_state (map), ==, ATHR_STREAM_STATE_INITIAL);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
note_progress (AthrStream *map,
               GParamSpec *pspec,
               gpointer    user_data)
{
  double *last = user_data;

  g_assert_cmpfloat (athr_stream_get_progress (map), >=, *last);
  g_assert_false (athr_stream_is_done (map));
  *last = athr_stream_get_progress (map);
}

static void
test_progress (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;
  double last = -1;

  g_test_summary ("The progress counts the items");

  athr_mapping_init (&mapping);
  mapping.blocks = 1 << 2;
  map = athr_mapping_new_stream (&mapping, 4, 1, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  g_signal_connect (map, "notify::progress", G_CALLBACK (note_progress), &last);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  athr_test_iterate_until (NULL, last >= 0.5);
  g_assert_cmpfloat (last, ==, 0.5);
  athr_gate_open (&mapping.gate);
  for (guint n = 0; n < 4; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_assert_cmpfloat (last, ==, 1);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
pass_on (AthrYielder   *yielder,
         const GValue  *item,
         gpointer       user_data,
         GError       **error)
{
}

static void
test_items_die_at_home (void)
{
  GThread *finalized_on = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (AthrStream) source = NULL;
  g_autoptr (AthrStream) map = NULL;

  g_value_init (&value, ATHR_TYPE_WITNESS);
  g_value_take_object (&value, athr_witness_new (&finalized_on));
  source = athr_stream_new_for_values (&value, 1);
  g_value_reset (&value);
  map = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, pass_on, NULL, NULL);
  athr_test_expect_end (map);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
  g_assert_true (finalized_on == g_thread_self ());
}

static void
keep_yielder (AthrYielder   *yielder,
              const GValue  *item,
              gpointer       user_data,
              GError       **error)
{
  g_ptr_array_add (user_data, g_object_ref (yielder));
  athr_yielder_yield_value (yielder, item, NULL);
}

static void
test_kept_yielder (void)
{
  g_autoptr (GPtrArray) yielders = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (AthrStream) numbers = athr_test_numbers (3);
  g_autoptr (AthrStream) map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, keep_yielder,
                                                    yielders, NULL);

  g_test_summary ("A yielder that is kept is closed when the function has returned");

  for (guint n = 0; n < 3; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_assert_cmpuint (yielders->len, ==, 3);
  for (guint n = 0; n < 3; n++)
    {
      g_autoptr (GError) error = NULL;
      AthrYielder *yielder = yielders->pdata[n];

      g_assert_true (n == 0 || yielder != yielders->pdata[n - 1]);
      g_assert_true (athr_yielder_is_closed (yielder));
      g_assert_false (athr_yielder_yield_value (yielder, NULL, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
    }
}

static void
test_paused (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A pause of the executor holds back the items that have not begun");

  athr_mapping_init (&mapping);
  mapping.blocks = 1;
  map = athr_mapping_new_stream (&mapping, 100, 1, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 1);
  athr_executor_set_paused (executor, TRUE);
  athr_gate_open (&mapping.gate);
  athr_test_expect_value (map, 0);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  g_assert_cmpint (g_atomic_int_get (&mapping.n_begun), ==, 1);
  athr_executor_set_paused (executor, FALSE);
  for (guint n = 1; n < 100; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
pass_gate (AthrCall  *call,
           gpointer   gate,
           GError   **error)
{
  athr_gate_pass (gate);
}

static void
test_limit_of_executor (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 2);
  g_auto (AthrMapping) mapping = { 0 };
  AthrGate gate;
  AthrStream *map;

  g_test_summary ("Without a limit of its own, the map has that of the executor at the start of the map");

  athr_gate_init (&gate);
  athr_mapping_init (&mapping);
  mapping.blocks = G_MAXUINT64;
  map = athr_mapping_new_stream (&mapping, 50, 0, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&mapping.gate, 2);
  /* A third item would be in the queue before the calls, and would take the place of one of them. */
  athr_executor_set_max_threads (executor, 4);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (pass_gate, &gate, NULL);

      athr_call_set_executor (call, executor);
      athr_call_start (call);
    }
  athr_gate_await (&gate, 2);
  g_assert_cmpint (g_atomic_int_get (&mapping.n_begun), ==, 2);
  athr_gate_open (&gate);
  athr_gate_open (&mapping.gate);
  for (guint n = 0; n < 50; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_assert_cmpint (mapping.max_running, ==, 2);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_drain (NULL);
  athr_gate_clear (&gate);
}

static void
test_room_unbounded (void)
{
  g_auto (AthrMapping) mapping = { 0 };
  AthrStream *map;

  g_test_summary ("A limit and a buffer that exceed a guint together have room for all items");

  athr_mapping_init (&mapping);
  map = athr_mapping_new_stream (&mapping, 1000, 4, ATHR_MAP_DEFAULT);
  athr_stream_set_buffer_size (map, G_MAXUINT);
  athr_stream_start (map);
  athr_test_yield_until (athr_stream_get_n_buffered (map) == 1000);
  for (guint n = 0; n < 1000; n++)
    athr_test_expect_value (map, n);
  athr_test_expect_end (map);
  g_object_unref (map);
  athr_mapping_expect_destroyed (&mapping);
}

static void
yield_item (AthrYielder   *yielder,
            const GValue  *item,
            gpointer       user_data,
            GError       **error)
{
  athr_yielder_yield_value (yielder, item, error);
}

static void
test_in_list (void)
{
  g_autoptr (GListStore) items = g_list_store_new (G_TYPE_CANCELLABLE);
  g_autoptr (AthrStreamListModel) list = NULL;
  g_autoptr (AthrStream) source = NULL;
  g_autoptr (AthrStream) map = NULL;

  g_test_summary ("A list of a map has what the function yields, in order");

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GCancellable) item = g_cancellable_new ();

      g_list_store_append (items, item);
    }
  source = athr_stream_new_for_list_model (G_LIST_MODEL (items));
  map = athr_stream_new_map (source, 4, ATHR_MAP_DEFAULT, yield_item, NULL, NULL);
  list = athr_stream_list_model_new (map, G_TYPE_CANCELLABLE);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 100);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (items), i);
      g_autoptr (GObject) value = g_list_model_get_item (G_LIST_MODEL (list), i);

      g_assert_true (value == item);
    }
}

static void
answer_three (AthrQuestion *question,
              gpointer      user_data)
{
  g_auto (GValue) three = G_VALUE_INIT;

  g_value_init (&three, G_TYPE_UINT);
  g_value_set_uint (&three, 3);
  athr_question_answer (question, &three);
}

static void
ask_in_step (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  if (!athr_yielder_ask (yielder, answer_three, NULL, NULL, &answer, error))
    return;

  g_assert_true (athr_yielder_yield_value (yielder, &answer, NULL));
  athr_yielder_end (yielder);
}

static void
keep_result (GObject      *object,
             GAsyncResult *result,
             gpointer      kept)
{
  *(GAsyncResult **) kept = g_object_ref (result);
}

static void
test_source_goes_home (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrMapping) mapping = { 0 };
  g_autoptr (AthrStream) source = athr_stream_new_steps (ask_in_step, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  AthrStream *map;

  g_test_summary ("A map that starts under another context takes its source along: what the source asks is answered there");

  athr_mapping_init (&mapping);
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, athr_mapping_run, &mapping, athr_mapping_destroy);
  g_main_context_push_thread_default (context);
  athr_stream_next_async (map, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  g_assert_true (athr_stream_next_finish_into (map, result, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_value_get_uint (&value), ==, 3);
  g_object_unref (map);
  while (g_atomic_int_get (&mapping.n_destroyed) == 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/map/order", test_order);
  g_test_add_func ("/athr/stream/map/unordered", test_unordered);
  g_test_add_func ("/athr/stream/map/behind-blocked", test_in_order_behind_blocked);
  g_test_add_func ("/athr/stream/map/flat", test_flat);
  g_test_add_func ("/athr/stream/map/room", test_room);
  g_test_add_func ("/athr/stream/map/room/without-values", test_room_without_values);
  g_test_add_func ("/athr/stream/map/source-waits", test_source_waits);
  g_test_add_func ("/athr/stream/map/as-many-as-may", test_as_many_as_may);
  g_test_add_func ("/athr/stream/map/many", test_many);
  g_test_add_func ("/athr/stream/map/flow", test_flow);
  g_test_add_func ("/athr/stream/map/try-next", test_try_next);
  g_test_add_func ("/athr/stream/map/batches", test_batches);
  g_test_add_func ("/athr/stream/map/of-map", test_map_of_map);
  g_test_add_func ("/athr/stream/map/list-model", test_list_model);
  g_test_add_func ("/athr/stream/map/list-model/elsewhere", test_list_model_elsewhere);
  g_test_add_func ("/athr/stream/map/progress", test_progress);
  g_test_add_func ("/athr/stream/map/items-die-at-home", test_items_die_at_home);
  g_test_add_func ("/athr/stream/map/kept-yielder", test_kept_yielder);
  g_test_add_func ("/athr/stream/map/source-goes-home", test_source_goes_home);
  g_test_add_func ("/athr/stream/map/paused", test_paused);
  g_test_add_func ("/athr/stream/map/limit-of-executor", test_limit_of_executor);
  g_test_add_func ("/athr/stream/map/room/unbounded", test_room_unbounded);
  g_test_add_func ("/athr/stream/map/in-list", test_in_list);

  return g_test_run ();
}
