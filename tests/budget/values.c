/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Passes a number of ints from a worker to a main loop by batches, and nothing else, for callgrind:
 * values.py runs the program for two numbers, and takes the difference. */

#include <stdlib.h>

#include <athreading/athreading.h>

#define BATCH 1024

typedef struct
{
  int n_values;
  int n_got;
  gboolean is_over;
} Run;

static void
produce (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Run *run = user_data;
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  for (int i = 0; i < run->n_values; i++)
    {
      g_value_set_int (&value, i);
      if (!athr_yielder_yield_value (yielder, &value, error))
        return;
    }
}

/* values.py leaves out what this function costs: it is the program's own work. */
G_NO_INLINE static void
read_values (Run    *run,
             GValue *values,
             gsize   n_values)
{
  for (gsize i = 0; i < n_values; i++)
    {
      if (g_value_get_int (&values[i]) != run->n_got)
        g_error ("A wrong value");
      run->n_got++;
      g_value_unset (&values[i]);
    }
}

static void
batch_done (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autofree GValue *values = NULL;
  Run *run = user_data;
  gsize n_values;

  values = athr_stream_next_batch_finish_values (stream, result, &n_values, NULL);
  run->is_over = n_values == 0;
  if (run->is_over)
    return;
  read_values (run, values, n_values);
  athr_stream_next_batch_async (stream, BATCH, NULL, batch_done, run);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (AthrStream) stream = NULL;
  Run run = { 0 };

  if (argc != 2)
    {
      g_printerr ("Usage: %s NUMBER\n", argv[0]);
      return 2;
    }

  run.n_values = atoi (argv[1]);
  stream = athr_stream_new (produce, &run, NULL);
  athr_stream_set_buffer_size (stream, BATCH);
  athr_stream_next_batch_async (stream, BATCH, NULL, batch_done, &run);
  while (!run.is_over)
    g_main_context_iteration (NULL, TRUE);
  if (run.n_got != run.n_values)
    g_error ("%d values came of %d", run.n_got, run.n_values);

  return 0;
}
