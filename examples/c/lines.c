/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* lines FILE...: counts the lines of files, four at once, or fails. */

#include <athreading/athreading.h>

static GMainLoop *loop;
static GPtrArray *calls;
static int status;

/* On a worker thread */
static void
count_lines (AthrCall *call, gpointer path, GError **error)
{
  g_autofree char *contents = NULL;
  gsize length;
  int n_lines = 0;

  if (!g_file_get_contents (path, &contents, &length, error))
    return;

  for (gsize i = 0; i < length; i++)
    n_lines += contents[i] == '\n';
  athr_call_return (call, G_TYPE_INT, n_lines);
}

static void
closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_main_loop_quit (loop);
}

static void
counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AthrGroup *group = ATHR_GROUP (source);
  char **paths = user_data;
  g_autoptr (GError) error = NULL;
  int total = 0;

  if (!athr_group_wait_finish (group, result, &error))
    {
      g_printerr ("lines: %s\n", error->message);
      status = 1;
    }
  for (guint i = 0; error == NULL && i < calls->len; i++)
    {
      g_auto (GValue) n_lines = G_VALUE_INIT;

      /* The call is over, so this does not block. */
      athr_call_run (calls->pdata[i], NULL, &n_lines, NULL);
      g_print ("%8d %s\n", g_value_get_int (&n_lines), paths[i]);
      total += g_value_get_int (&n_lines);
    }
  if (error == NULL)
    g_print ("%8d total\n", total);

  /* After an error some functions may still run. */
  athr_group_close_async (group, NULL, closed, NULL);
}

int
main (int argc, char *argv[])
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_FAIL_FAST);

  athr_group_set_max_running (group, 4);
  calls = g_ptr_array_new_with_free_func (g_object_unref);
  for (int i = 1; i < argc; i++)
    {
      AthrCall *call = athr_call_new (count_lines, g_strdup (argv[i]), g_free);

      athr_group_add (group, call, NULL);
      g_ptr_array_add (calls, call);
    }

  loop = g_main_loop_new (NULL, FALSE);
  athr_group_wait_async (group, NULL, counted, argv + 1);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  g_ptr_array_unref (calls);

  return status;
}
