/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* search FILE TEXT...: types texts into a search box. The last one counts. */

#include <string.h>

#include <athreading/athreading.h>

static GMainLoop *loop;
static guint n_pending;
static int status;

/* On a worker thread */
static void
count_lines (AthrCall *call, gpointer data, GError **error)
{
  const char *const *query = data;
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  int n_lines = 0;

  if (!g_file_get_contents (query[0], &contents, NULL, error))
    return;

  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    n_lines += strstr (lines[i], query[1]) != NULL;
  athr_call_return (call, G_TYPE_INT, n_lines);
}

static void
found (GObject *source, GAsyncResult *result, gpointer text)
{
  g_auto (GValue) n_lines = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (athr_latest_run_finish_into (ATHR_LATEST (source), result, &n_lines, &error))
    {
      g_print ("%s: %d lines\n", (char *) text, g_value_get_int (&n_lines));
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_print ("%s: superseded\n", (char *) text);
    }
  else
    {
      g_printerr ("search: %s\n", error->message);
      status = 1;
    }

  if (--n_pending == 0)
    g_main_loop_quit (loop);
}

static void
search (AthrLatest *latest, char *path, char *text)
{
  char *query[] = { path, text, NULL };
  g_autoptr (AthrCall) call = athr_call_new (count_lines, g_strdupv (query),
                                             (GDestroyNotify) g_strfreev);

  n_pending++;
  athr_latest_run_async (latest, call, NULL, found, text);
}

int
main (int argc, char *argv[])
{
  g_autoptr (AthrLatest) latest = athr_latest_new (50);

  loop = g_main_loop_new (NULL, FALSE);
  for (int i = 2; i < argc; i++)
    search (latest, argv[1], argv[i]);
  if (n_pending > 0)
    g_main_loop_run (loop);
  g_main_loop_unref (loop);

  return status;
}
