/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stress-test.h"
#include "invoke/invoke-test.h"

/* Eight threads run introspected functions at once. Meanwhile some of the calls are cancelled, and
 * some are dropped without being started. */

#define N_THREADS 8

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

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  /* This test comes first, while no function has been looked up. */
  athr_stress_add ("/athr/invoke/stress/many-owners", test_many_owners);
  athr_stress_add ("/athr/invoke/stress/one-owner", test_one_owner);

  return g_test_run ();
}
