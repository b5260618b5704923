/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stress-test.h"
#include "invoke/invoke-test.h"

/* Eight threads run introspected functions at once. Meanwhile some of the calls are cancelled, and
 * some are dropped without being started. Maps are closed and dropped while they run. */

#define N_THREADS 8
#define MAX_ITEMS 16

typedef struct
{
  const char *name;
  const char *args;
  const char *result;
} Row;

static const Row rows[] = {
  { "GLib.base64_encode", "(b'hello',)", "'aGVsbG8='" },
  { "GLib.base64_decode", "('aGVsbG8=',)", "b'hello'" },
  { "GLib.compute_checksum_for_data", "('sha1', b'a')", "'86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'" },
  { "GLib.shell_parse_argv", "('a \"b c\"',)", "['a', 'b c']" },
  { "GLib.environ_setenv", "(['A=1'], 'A', '2', true)", "['A=2']" },
  { "GLib.uri_split", "('http://a:80/b?c#d', 'none')", "['http', null, 'a', 80, '/b', 'c', 'd']" },
  { "GLib.Variant.parse", "(null, '[1, 2]', null, null)", "<[1, 2]>" },
  { "GLib.Regex.split_simple", "(',', 'a,b', 'default', 'default')", "['a', 'b']" },
  { "GLib.Date.new_dmy", "(29, 'february', 2024)", "GDate" },
  { "Gio.File.new_for_path", "('/a',)", "GLocalFile" },
  { "Gio.content_type_is_unknown", "('a/b',)", "FALSE" },
  { "Gio.MemoryInputStream.new_from_bytes", "(b'abc',)", "GMemoryInputStream" },
  { "GLib.usleep", "(10,)", "null" },
};

typedef struct
{
  const Row *row;
  guint *n_under_way;
} Expected;

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Expected *self = user_data;
  g_autoptr (GError) error = NULL;
  GValue value = G_VALUE_INIT;

  (*self->n_under_way)--;
  if (athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error))
    {
      g_autofree char *printed = athr_invoke_test_print (&value);

      g_assert_cmpstr (printed, ==, self->row->result);
      g_value_unset (&value);
    }
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_free (self);
}

static void
begin (AthrStress   *stress,
       AthrExecutor *executor,
       guint        *n_under_way)
{
  const Row *row = &rows[g_rand_int_range (stress->rand, 0, G_N_ELEMENTS (rows))];
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = athr_invoke_test_new (row->name, NULL, row->args, &error);
  Expected *expected;

  g_assert_no_error (error);
  athr_call_set_executor (call, executor);
  athr_call_set_return_on_cancel (call, athr_one_in (stress->rand, 4));
  if (athr_one_in (stress->rand, 16))
    return;

  expected = g_new (Expected, 1);
  *expected = (Expected) { row, n_under_way };
  (*n_under_way)++;
  athr_call_run_async (call, NULL, on_answer, expected);
  if (athr_one_in (stress->rand, 4))
    {
      athr_random_pause (stress->rand);
      athr_call_cancel (call);
    }
}

static void
test_one_owner (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("invoke", N_THREADS);
  guint n_under_way = 0;

  g_test_summary ("One thread looks functions up, eight workers run them");

  while (athr_stress_more (stress, 5000))
    {
      begin (stress, executor, &n_under_way);
      if (n_under_way > 2 * N_THREADS)
        athr_test_iterate_until (NULL, n_under_way < N_THREADS);
    }
  athr_test_iterate_until (NULL, n_under_way == 0);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_drain (NULL);
}

static gpointer
run_some (gpointer data)
{
  g_autoptr (GRand) rand = data;
  guint first = g_rand_int_range (rand, 0, G_N_ELEMENTS (rows));

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Row *row = &rows[(first + i) % G_N_ELEMENTS (rows)];
      g_autofree char *result = athr_invoke_test_run (row->name, NULL, row->args);

      g_assert_cmpstr (result, ==, row->result);
    }

  return NULL;
}

static void
test_many_owners (AthrStress *stress)
{
  g_test_summary ("Eight threads look functions up and run them at once, while no language binding "
                  "uses the repository");

  while (athr_stress_more (stress, 20))
    {
      GThread *threads[N_THREADS];

      for (guint i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("owner", run_some, athr_stress_rand (stress));
      for (guint i = 0; i < N_THREADS; i++)
        g_thread_join (threads[i]);
      athr_test_drain (NULL);
    }
}

/* Gives lists of one object as items, for a function that returns the object. */
typedef struct
{
  GRand *rand;
  guint n_items;
  guint n_given;
  gboolean is_over;                 /* nothing asks it any more */
  GThread *finalized_on[MAX_ITEMS]; /* atomic */
} Giver;

static void
giver_end (gpointer user_data)
{
  Giver *self = user_data;

  self->is_over = TRUE;
}

static void
giver_add (Giver  *self,
           GArray *items)
{
  g_autoptr (GObject) object = athr_witness_new (&self->finalized_on[self->n_given++]);
  GListStore *list = g_list_store_new (G_TYPE_OBJECT);
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };
  GValue item = G_VALUE_INIT;

  g_list_store_append (list, object);
  athr_invoke_test_take (&args[0], G_TYPE_LIST_STORE, list);
  g_value_init (&args[1], G_TYPE_UINT);
  g_value_init (&item, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (&item, athr_invoke_values_new (args, 2));
  g_value_unset (&args[0]);
  g_array_append_val (items, item);
}

static GArray *
giver_take (Giver *self,
            guint  n)
{
  GArray *items = g_array_new (FALSE, TRUE, sizeof (GValue));

  g_array_set_clear_func (items, (GDestroyNotify) g_value_unset);
  while (items->len < n && self->n_given < self->n_items)
    giver_add (self, items);

  return items;
}

/* Sometimes it gives no answer, or an error. */
static void
giver_answer (AthrQuestion *question,
              gpointer      user_data)
{
  Giver *self = user_data;
  g_autoptr (GArray) items = giver_take (self, g_rand_int_range (self->rand, 1, 5));
  g_auto (GValue) answer = G_VALUE_INIT;

  if (athr_one_in (self->rand, 32))
    return;
  if (athr_one_in (self->rand, 32))
    {
      athr_question_fail_literal (question, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
      return;
    }

  g_value_init (&answer, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (&answer, athr_invoke_values_new ((const GValue *) items->data, items->len));
  athr_question_answer (question, &answer);
}

static AthrStream *
giver_new_map (Giver        *self,
               AthrExecutor *executor)
{
  g_autoptr (AthrStream) items = NULL;
  g_autoptr (GError) error = NULL;
  AthrStream *map;

  if (athr_one_in (self->rand, 2))
    {
      items = athr_invoke_items_new (giver_answer, self, giver_end);
    }
  else
    {
      g_autoptr (GArray) all = giver_take (self, self->n_items);

      items = athr_stream_new_for_values ((const GValue *) all->data, all->len);
      self->is_over = TRUE;
    }
  map = athr_invoke_map ("Gio.ListModel.get_item", items, g_rand_int_range (self->rand, 0, 5),
                         athr_one_in (self->rand, 2) ? ATHR_MAP_UNORDERED : ATHR_MAP_DEFAULT, &error);
  g_assert_no_error (error);
  athr_stream_set_executor (map, executor);
  athr_stream_set_buffer_size (map, g_rand_int_range (self->rand, 0, 5));

  return map;
}

static void
take_some (AthrStress *stress,
           AthrStream *map)
{
  guint n = g_rand_int_range (stress->rand, 0, MAX_ITEMS);

  for (guint i = 0; i < n && !athr_stream_is_done (map); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_auto (GValue) value = G_VALUE_INIT;

      athr_stream_next_async (map, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      if (athr_stream_next_finish_into (map, result, &value, NULL) && G_IS_VALUE (&value))
        g_assert_cmpstr (G_OBJECT_TYPE_NAME (g_value_get_object (&value)), ==, "AthrWitness");
    }
  if (athr_one_in (stress->rand, 2))
    {
      g_autoptr (GAsyncResult) result = NULL;

      athr_random_pause (stress->rand);
      athr_stream_close_async (map, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
    }
}

static gboolean
is_finalized (Giver *self)
{
  for (guint i = 0; i < self->n_given; i++)
    if (g_atomic_pointer_get (&self->finalized_on[i]) == NULL)
      return FALSE;

  return TRUE;
}

static void
test_map (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("invoke", 4);

  g_test_summary ("Maps of objects are taken from, closed and dropped, and each object ends at home");

  while (athr_stress_more (stress, 2000))
    {
      Giver giver = { .rand = stress->rand, .n_items = g_rand_int_range (stress->rand, 0, MAX_ITEMS) };
      AthrStream *map = giver_new_map (&giver, executor);

      if (!athr_one_in (stress->rand, 16))
        take_some (stress, map);
      g_object_add_weak_pointer (G_OBJECT (map), (gpointer *) &map);
      g_object_unref (map);
      athr_test_iterate_until (NULL, map == NULL && giver.is_over && is_finalized (&giver));
      for (guint i = 0; i < giver.n_given; i++)
        g_assert_true (giver.finalized_on[i] == g_thread_self ());
    }
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_drain (NULL);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  /* This test comes first, while no function has been looked up. */
  athr_stress_add ("/athr/invoke/stress/many-owners", test_many_owners);
  athr_stress_add ("/athr/invoke/stress/one-owner", test_one_owner);
  athr_stress_add ("/athr/invoke/stress/map", test_map);

  return g_test_run ();
}
