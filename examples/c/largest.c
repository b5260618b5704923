/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* largest [FOLDER]: lists all files below a folder, the largest first. */

#include <stdio.h>

#include <athreading/athreading.h>

static GPtrArray *files, *problems;
static GMainLoop *loop;

static gboolean
spin (gpointer user_data)
{
  static guint ticks;

  fprintf (stderr, "\r%c", "|/-\\"[ticks++ % 4]);
  return G_SOURCE_CONTINUE;
}

static void
got_problem (AthrStream *stream, GFile *file, const char *message,
             gpointer user_data)
{
  g_ptr_array_add (problems, g_strdup (message));
}

static void
got_batch (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) batch = athr_stream_next_batch_finish (stream, result, &error);

  for (guint i = 0; batch != NULL && i < batch->len; i++)
    {
      GFileInfo *info = g_value_get_object (&g_array_index (batch, GValue, i));

      if (g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY)
        g_ptr_array_add (files, g_object_ref (info));
    }

  if (error != NULL)
    g_ptr_array_add (problems, g_strdup (error->message));
  if (batch != NULL && batch->len > 0)
    athr_stream_next_batch_async (stream, 256, NULL, got_batch, NULL);
  else
    g_main_loop_quit (loop);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  goffset difference = g_file_info_get_size (*(GFileInfo **) b) -
                       g_file_info_get_size (*(GFileInfo **) a);

  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

int
main (int argc, char *argv[])
{
  const char *path = argc > 1 ? argv[1] : ".";
  g_autoptr (GFile) folder = g_file_new_for_commandline_arg (path);
  g_autoptr (AthrStream) stream = athr_stream_new_for_directory (
    folder, "standard::size", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS);
  guint spinner = g_timeout_add (100, spin, NULL);
  int status;

  files = g_ptr_array_new_with_free_func (g_object_unref);
  problems = g_ptr_array_new_with_free_func (g_free);
  loop = g_main_loop_new (NULL, FALSE);

  g_signal_connect (stream, "problem", G_CALLBACK (got_problem), NULL);
  athr_stream_next_batch_async (stream, 256, NULL, got_batch, NULL);
  g_main_loop_run (loop);
  g_source_remove (spinner);
  fprintf (stderr, "\r \r");

  g_ptr_array_sort (files, compare);
  for (guint i = 0; i < files->len; i++)
    {
      GFileInfo *info = files->pdata[i];
      GObject *file = g_file_info_get_attribute_object (info, "standard::file");
      g_autofree char *name = g_file_get_parse_name (G_FILE (file));

      printf ("%12" G_GOFFSET_FORMAT " %s\n", g_file_info_get_size (info), name);
    }
  for (guint i = 0; i < problems->len; i++)
    fprintf (stderr, "%s\n", (char *) problems->pdata[i]);

  status = problems->len > 0 ? 1 : 0;
  g_ptr_array_unref (files);
  g_ptr_array_unref (problems);
  g_main_loop_unref (loop);

  return status;
}
