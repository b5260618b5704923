/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stress-test.h"

/* Maps whose sources, functions and consumers race: values come in order and complete, never are too
 * many items held, and a close and a drop at any time leave nothing behind. */

typedef struct
{
  guint n_items;
  guint max_running;
  guint fail_at;     /* of an item; G_MAXUINT: none */
  guint end_at;      /* likewise, of an item that calls end() */
  gboolean skips;    /* each third item yields nothing, each seventh one two values */
  int n_begun;       /* atomic */
  int n_running;     /* atomic */
  int n_destroyed;   /* atomic */
} Mapping;

static guint
count_values (Mapping *self,
              guint    number)
{
  if (!self->skips)
    return 1;

  return number % 3 == 0 ? 0 : number % 7 == 0 ? 2 : 1;
}

static void
map_item (AthrYielder   *yielder,
          const GValue  *item,
          gpointer       user_data,
          GError       **error)
{
  Mapping *self = user_data;
  guint number = g_value_get_uint (item);

  g_assert_cmpint (g_atomic_int_add (&self->n_running, 1), <, (int) self->max_running);
  g_atomic_int_inc (&self->n_begun);
  for (guint i = count_values (self, number); i > 0; i--)
    athr_yielder_yield_value (yielder, item, NULL);
  if (number % 5 == 0)
    g_thread_yield ();
  if (number == self->fail_at)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
  if (number == self->end_at)
    athr_yielder_end (yielder);
  g_atomic_int_add (&self->n_running, -1);
}

static void
destroy_mapping (gpointer user_data)
{
  Mapping *self = user_data;

  g_assert_cmpint (g_atomic_int_get (&self->n_running), ==, 0);
  g_atomic_int_inc (&self->n_destroyed);
}

static void
yield_numbers (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  for (guint i = 0; i < GPOINTER_TO_UINT (user_data); i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_UINT, i))
      return;
}

static AthrStream *
new_source (AthrStress *stress,
            guint       n_items)
{
  g_autofree GValue *values = NULL;

  if (g_rand_boolean (stress->rand))
    return athr_stream_new (yield_numbers, GUINT_TO_POINTER (n_items), NULL);

  values = g_new0 (GValue, n_items);
  for (guint i = 0; i < n_items; i++)
    {
      g_value_init (&values[i], G_TYPE_UINT);
      g_value_set_uint (&values[i], i);
    }

  return athr_stream_new_for_values (values, n_items);
}

static gboolean
take_value (AthrStress *stress,
            AthrStream *map,
            GValue     *value,
            GError    **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  switch (g_rand_int_range (stress->rand, 0, 3))
    {
    case 0:
      if (athr_stream_try_next (map, value))
        return TRUE;
      G_GNUC_FALLTHROUGH;
    case 1:
      return athr_stream_next (map, NULL, value, error);
    default:
      athr_stream_next_async (map, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      return athr_stream_next_finish_into (map, result, value, error);
    }
}

/* Takes up to @n_values values, and checks their order. Returns whether the end or an error came. */
static gboolean
consume (AthrStress *stress,
         AthrStream *map,
         Mapping    *mapping,
         gboolean    is_ordered,
         guint       n_values,
         guint64     limit)
{
  guint number = 0, n_left = 0;

  for (guint n = 0; n < n_values; n++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      while (is_ordered && n_left == 0 && number < mapping->n_items)
        n_left = count_values (mapping, number++);
      if (!mapping->skips)
        g_assert_cmpuint (g_atomic_int_get (&mapping->n_begun), <=, n + limit);
      if (!take_value (stress, map, &value, &error))
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
          g_assert_cmpuint (mapping->fail_at, <, mapping->n_items);
          return TRUE;
        }
      if (!G_IS_VALUE (&value))
        {
          if (is_ordered && mapping->end_at >= mapping->n_items)
            g_assert_true (number == mapping->n_items && n_left == 0);
          return TRUE;
        }
      if (is_ordered)
        {
          g_assert_cmpuint (n_left, >, 0);
          g_assert_cmpuint (g_value_get_uint (&value), ==, number - 1);
          n_left--;
        }
    }

  return FALSE;
}

static void
test_round (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", g_rand_int_range (stress->rand, 2, 5));
  gboolean is_ordered = g_rand_boolean (stress->rand);
  guint buffer_size = g_rand_int_range (stress->rand, 0, 10);
  Mapping mapping = {
    .n_items = g_rand_int_range (stress->rand, 0, 100),
    .max_running = g_rand_int_range (stress->rand, 1, 6),
    .fail_at = g_rand_boolean (stress->rand) ? (guint) g_rand_int_range (stress->rand, 0, 100) : G_MAXUINT,
    .end_at = g_rand_int_range (stress->rand, 0, 4) == 0 ? (guint) g_rand_int_range (stress->rand, 0, 100)
                                                         : G_MAXUINT,
    .skips = g_rand_boolean (stress->rand),
  };
  g_autoptr (GAsyncResult) result = NULL;
  AthrStream *source = new_source (stress, mapping.n_items);
  AthrStream *map;
  gboolean is_over;

  if (g_rand_boolean (stress->rand))
    athr_stream_set_buffer_size (source, g_rand_int_range (stress->rand, 0, 5));
  if (g_rand_boolean (stress->rand))
    athr_stream_set_executor (source, executor);
  map = athr_stream_new_map (source, mapping.max_running,
                             is_ordered ? ATHR_MAP_DEFAULT : ATHR_MAP_UNORDERED,
                             map_item, &mapping, destroy_mapping);
  g_object_unref (source);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, buffer_size);
  if (g_rand_boolean (stress->rand))
    athr_stream_start (map);
  is_over = consume (stress, map, &mapping, is_ordered, g_rand_int_range (stress->rand, 0, 150),
                     (guint64) buffer_size + mapping.max_running);

  if (!is_over && g_rand_boolean (stress->rand))
    {
      athr_stream_close_async (map, NULL, athr_test_keep_result, &result);
      if (g_rand_boolean (stress->rand))
        {
          athr_test_iterate_until (NULL, result != NULL);
          g_assert_cmpint (g_atomic_int_get (&mapping.n_running), ==, 0);
        }
    }
  g_object_unref (map);
  athr_test_iterate_until (NULL, g_atomic_int_get (&mapping.n_destroyed) == 1);
  athr_test_drain (NULL);
}

static void
test_map (AthrStress *self)
{
  while (athr_stress_more (self, 300))
    test_round (self);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stress/map", test_map);

  return g_test_run ();
}
