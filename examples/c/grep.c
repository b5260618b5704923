/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* grep TEXT FILE...: prints the lines with a text, four files at once. */

#include <string.h>

#include <athreading/athreading.h>

/* On a worker thread: yields no, one or many values for one file. */
static void
find_lines (AthrYielder *yielder, const GValue *item, gpointer text, GError **error)
{
  const char *path = g_value_get_string (item);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &contents, NULL, error))
    return;

  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], text) != NULL)
      {
        g_autofree char *line = g_strconcat (path, ":", lines[i], NULL);

        athr_yielder_yield (yielder, NULL, G_TYPE_STRING, line);
      }
}

static AthrStream *
stream_of_paths (char **paths, guint n_paths)
{
  g_autoptr (GArray) values = g_array_new (FALSE, TRUE, sizeof (GValue));

  g_array_set_clear_func (values, (GDestroyNotify) g_value_unset);
  g_array_set_size (values, n_paths);
  for (guint i = 0; i < n_paths; i++)
    {
      GValue *value = &g_array_index (values, GValue, i);

      g_value_init (value, G_TYPE_STRING);
      g_value_set_static_string (value, paths[i]);
    }

  return athr_stream_new_for_values ((GValue *) values->data, n_paths);
}

static void
show_line (AthrStream *stream, const GValue *line, gpointer user_data)
{
  g_print ("%s\n", g_value_get_string (line));
}

static void
finish (AthrStream *stream, gpointer loop)
{
  g_main_loop_quit (loop);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (AthrStream) paths = NULL;
  g_autoptr (AthrStream) lines = NULL;

  if (argc < 2)
    return 2;

  paths = stream_of_paths (argv + 2, argc - 2);
  lines = athr_stream_new_map (paths, 4, ATHR_MAP_DEFAULT,
                               find_lines, g_strdup (argv[1]), g_free);
  g_signal_connect (lines, "value", G_CALLBACK (show_line), NULL);
  g_signal_connect (lines, "finished", G_CALLBACK (finish), loop);
  athr_stream_set_flowing (lines, TRUE);
  g_main_loop_run (loop);

  if (athr_stream_get_error (lines) != NULL)
    {
      g_printerr ("grep: %s\n", athr_stream_get_error (lines)->message);
      return 1;
    }

  return 0;
}
