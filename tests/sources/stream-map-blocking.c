/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-map-test.h"

/* A thread that takes values of a map by blocking reads, while the source of the map needs this thread. */

#define N_NUMBERS 10

typedef struct
{
  AthrStream *map;
  AthrMapping mapping;
  GError *error;  /* of the last read */
  guint n_values; /* that the reads have got */
} Fixture;

/* Takes values until a read fails, or gets the end. */
static void
take_values (Fixture *self)
{
  for (;;)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (!athr_stream_next (self->map, NULL, &value, &self->error) || !G_IS_VALUE (&value))
        return;
      g_assert_cmpuint (g_value_get_uint (&value), ==, self->n_values++);
    }
}

static void
take_in_call (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  take_values (user_data);
}

static void
yield_numbers (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  for (guint i = 0; i < N_NUMBERS; i++)
    if (!athr_yielder_yield (yielder, NULL, G_TYPE_UINT, i))
      return;
}

/* The function of a source. */
static void
take_in_source (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  Fixture *self = user_data;

  take_values (self);
  athr_yielder_yield (yielder, NULL, G_TYPE_UINT, self->n_values);
}

/* The function of a map. */
static void
take_in_item (AthrYielder   *yielder,
              const GValue  *item,
              gpointer       user_data,
              GError       **error)
{
  take_values (user_data);
  athr_yielder_yield_value (yielder, item, NULL);
}

/* @depth: how many maps there are */
static void
set_up (Fixture    *self,
        AthrStream *source,
        guint       depth)
{
  *self = (Fixture) { .map = g_object_ref (source) };
  athr_mapping_init (&self->mapping);
  for (guint i = 1; i <= depth; i++)
    {
      g_autoptr (AthrStream) former = self->map;

      self->map = athr_stream_new_map (former, 2, ATHR_MAP_DEFAULT, athr_mapping_run, &self->mapping,
                                       i == depth ? athr_mapping_destroy : NULL);
    }
}

static void
tear_down (Fixture *self)
{
  g_clear_object (&self->map);
  athr_mapping_expect_destroyed (&self->mapping);
  athr_mapping_clear (&self->mapping);
  g_clear_error (&self->error);
}

static void
assert_would_block (Fixture *self)
{
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpstr (self->error->message, ==, "The source of the map cannot go on while this thread is blocked");
  g_clear_error (&self->error);
}

static void
assert_not_started (Fixture *self)
{
  assert_would_block (self);
  g_assert_cmpuint (self->n_values, ==, 0);
  g_assert_cmpint (self->mapping.n_begun, ==, 0);
  g_assert_cmpint (athr_stream_get_state (self->map), ==, ATHR_STREAM_STATE_INITIAL);
}

static void
take_on_executor (Fixture      *self,
                  AthrExecutor *executor)
{
  g_autoptr (AthrCall) call = athr_call_new (take_in_call, self, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  athr_call_set_executor (call, executor);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
}

static void
expect_numbers (Fixture *self)
{
  for (guint n = self->n_values; n < N_NUMBERS; n++)
    athr_test_expect_value (self->map, n);
  athr_test_expect_end (self->map);
}

static void
test_one_thread (gconstpointer depth)
{
  g_test_summary ("On the only thread that can run the source of a map, next() starts nothing, and fails");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("source", 1);
      g_autoptr (AthrStream) source = i == 0 ? athr_stream_new (yield_numbers, NULL, NULL)
                                             : athr_test_numbers (N_NUMBERS);
      Fixture self;

      athr_stream_set_executor (source, executor);
      set_up (&self, source, GPOINTER_TO_UINT (depth));
      take_on_executor (&self, executor);
      assert_not_started (&self);
      g_assert_cmpint (athr_stream_get_state (source), ==, ATHR_STREAM_STATE_INITIAL);
      expect_numbers (&self);
      tear_down (&self);
    }
}

static void
test_one_thread_started (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("source", 1);
  g_autoptr (AthrStream) source = athr_test_numbers (N_NUMBERS);
  Fixture self;

  g_test_summary ("A map that was started gives the values that are there, and then fails");

  athr_stream_set_executor (source, executor);
  athr_stream_set_buffer_size (source, 2);
  set_up (&self, source, 1);
  athr_stream_set_buffer_size (self.map, 2);
  athr_test_expect_value (self.map, 0);
  self.n_values = 1;
  take_on_executor (&self, executor);
  assert_would_block (&self);
  expect_numbers (&self);
  tear_down (&self);
}

static void
test_one_thread_ended (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("source", 1);
  g_autoptr (AthrStream) source = athr_test_numbers (N_NUMBERS);
  Fixture self;

  g_test_summary ("A map whose source has ended does not need the thread of the source");

  athr_stream_set_executor (source, executor);
  athr_stream_start (source);
  athr_test_iterate_until (NULL, athr_stream_get_state (source) == ATHR_STREAM_STATE_ENDED);
  set_up (&self, source, 1);
  take_on_executor (&self, executor);
  g_assert_no_error (self.error);
  g_assert_cmpuint (self.n_values, ==, N_NUMBERS);
  tear_down (&self);
}

static void
test_itself (void)
{
  g_autoptr (AthrStream) source = NULL;
  Fixture self;

  g_test_summary ("The function of a source that takes from its own map gets nothing");

  source = athr_stream_new (take_in_source, &self, NULL);
  set_up (&self, source, 1);
  athr_test_expect_value (self.map, 0);
  assert_would_block (&self);
  athr_test_expect_end (self.map);
  tear_down (&self);
}

static void
test_item (gconstpointer depth)
{
  g_autoptr (AthrStream) numbers = athr_test_numbers (1);
  Fixture self;

  g_test_summary ("The function of a map that takes from the map, or from a map of the map, gets nothing");

  self.map = athr_stream_new_map (numbers, 1, ATHR_MAP_DEFAULT, take_in_item, &self, NULL);
  if (depth != NULL)
    {
      g_autoptr (AthrStream) source = self.map;

      set_up (&self, source, 1);
    }
  else
    {
      set_up (&self, self.map, 0);
      g_object_unref (self.map);
    }
  athr_test_expect_value (self.map, 0);
  assert_would_block (&self);
  athr_test_expect_end (self.map);
  if (depth != NULL)
    tear_down (&self);
  else
    g_object_unref (self.map);
}

static void
test_paused (gconstpointer depth)
{
  g_test_summary ("The owner's thread waits for no source that a paused executor holds back");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("source", 2);
      g_autoptr (AthrStream) source = i == 0 ? athr_stream_new (yield_numbers, NULL, NULL)
                                             : athr_test_numbers (N_NUMBERS);
      Fixture self;

      athr_executor_set_paused (executor, TRUE);
      athr_stream_set_executor (source, executor);
      set_up (&self, source, GPOINTER_TO_UINT (depth));
      take_values (&self);
      assert_not_started (&self);
      athr_executor_set_paused (executor, FALSE);
      expect_numbers (&self);
      tear_down (&self);
    }
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
map_result (AthrYielder   *yielder,
            const GValue  *item,
            gpointer       user_data,
            GError       **error)
{
  g_assert_true (ATHR_IS_CALL (g_value_get_object (item)));
  athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 0);
}

static void
test_results (void)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
  g_autoptr (AthrCall) call = athr_call_new (return_nothing, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  Fixture self = { 0 };

  g_test_summary ("The owner's thread waits for no results of a group, which only the main loop of this thread brings");

  self.map = athr_stream_new_map (athr_group_get_results (group), 1, ATHR_MAP_DEFAULT, map_result, NULL, NULL);
  athr_group_add (group, call, NULL);
  take_values (&self);
  assert_not_started (&self);
  athr_group_wait_async (group, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_test_expect_value (self.map, 0);
  athr_test_expect_end (self.map);
  g_object_unref (self.map);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/stream/map/blocking/one-thread", GUINT_TO_POINTER (1), test_one_thread);
  g_test_add_data_func ("/athr/stream/map/blocking/one-thread/chain", GUINT_TO_POINTER (2), test_one_thread);
  g_test_add_func ("/athr/stream/map/blocking/one-thread/started", test_one_thread_started);
  g_test_add_func ("/athr/stream/map/blocking/one-thread/ended", test_one_thread_ended);
  g_test_add_func ("/athr/stream/map/blocking/itself", test_itself);
  g_test_add_data_func ("/athr/stream/map/blocking/item", NULL, test_item);
  g_test_add_data_func ("/athr/stream/map/blocking/item/chain", "chain", test_item);
  g_test_add_data_func ("/athr/stream/map/blocking/paused", GUINT_TO_POINTER (1), test_paused);
  g_test_add_data_func ("/athr/stream/map/blocking/paused/chain", GUINT_TO_POINTER (2), test_paused);
  g_test_add_func ("/athr/stream/map/blocking/results", test_results);

  return g_test_run ();
}
