/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <math.h>

#include <athreading/athreading.h>

static double numbers[] = { 2, 3, 4 };
static double roots[G_N_ELEMENTS (numbers)];
static guint n_done;
static GMainLoop *loop;

static double
print_sqrt (double x)
{
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *time = NULL;

  g_usleep (G_USEC_PER_SEC / 2);
  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%F %T.%f");
  g_print ("%s %f\n", time, sqrt (x));

  return sqrt (x);
}

/* On a worker thread */
static void
work (AthrCall *call, gpointer x, GError **error)
{
  athr_call_return (call, G_TYPE_DOUBLE, print_sqrt (*(double *) x));
}

/* In the main loop */
static void
done (GObject *source, GAsyncResult *result, gpointer root)
{
  g_auto (GValue) value = G_VALUE_INIT;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, &value, NULL))
    *(double *) root = g_value_get_double (&value);
  if (++n_done == G_N_ELEMENTS (numbers))
    g_main_loop_quit (loop);
}

static void
print_roots (gint64 start)
{
  g_print ("(%f %f %f)\n", roots[0], roots[1], roots[2]);
  g_print ("%.1f s\n", (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
}

int
main (void)
{
  gint64 start;

  g_print ("One after the other:\n");
  start = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    roots[i] = print_sqrt (numbers[i]);
  print_roots (start);

  g_print ("At once:\n");
  start = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (work, &numbers[i], NULL);

      athr_call_run_async (call, NULL, done, &roots[i]);
    }
  loop = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  print_roots (start);

  return 0;
}
