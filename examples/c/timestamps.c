/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <athreading/athreading.h>

#define N_STREAMS 4
#define N_TIMES 3

static guint n_done;
static GMainLoop *loop;

static char *
wait_for_time (void)
{
  g_autoptr (GDateTime) now = NULL;

  g_usleep (G_USEC_PER_SEC / 2);
  now = g_date_time_new_now_local ();

  return g_date_time_format (now, "%F %T.%f");
}

/* On a worker thread */
static void
produce (AthrYielder *yielder, gpointer user_data, GError **error)
{
  for (guint i = 0; i < N_TIMES; i++)
    {
      g_autofree char *time = wait_for_time ();

      if (!athr_yielder_yield (yielder, error, G_TYPE_STRING, time))
        return;
    }
}

/* In the main loop */
static void
print_stream (GObject *source, GAsyncResult *result, gpointer id)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_auto (GValue) time = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!athr_stream_next_finish_into (stream, result, &time, &error))
    g_printerr ("%s\n", error->message);

  if (G_IS_VALUE (&time))
    {
      g_print ("stream: %u time: %s\n", GPOINTER_TO_UINT (id), g_value_get_string (&time));
      athr_stream_next_async (stream, NULL, print_stream, id);
    }
  else if (++n_done == N_STREAMS)
    g_main_loop_quit (loop);
}

static void
print_seconds (gint64 start)
{
  g_print ("%.1f s\n", (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
}

int
main (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("timestamps", N_STREAMS);
  gint64 start;

  g_print ("One after the other:\n");
  start = g_get_monotonic_time ();
  for (guint id = 0; id < N_STREAMS; id++)
    for (guint i = 0; i < N_TIMES; i++)
      {
        g_autofree char *time = wait_for_time ();

        g_print ("stream: %u time: %s\n", id, time);
      }
  print_seconds (start);

  g_print ("At once:\n");
  start = g_get_monotonic_time ();
  for (guint id = 0; id < N_STREAMS; id++)
    {
      g_autoptr (AthrStream) stream = athr_stream_new (produce, NULL, NULL);

      athr_stream_set_executor (stream, executor);
      athr_stream_next_async (stream, NULL, print_stream, GUINT_TO_POINTER (id));
    }
  loop = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  print_seconds (start);

  return 0;
}
