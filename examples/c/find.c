/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* find FOLDER...: prints the same files as find, but walks all folders at once. Each walk is a
 * stream of steps, and all walks share the four threads of one executor. */

#include <errno.h>
#include <stdio.h>

#include <athreading/athreading.h>
#include <glib/gstdio.h>

static guint n_walking;
static int failed; /* atomic */
static GMainLoop *loop;

static void
complain (const char *path, const char *message)
{
  fprintf (stderr, "find: %s: %s\n", path, message);
  g_atomic_int_set (&failed, TRUE);
}

static gboolean
is_folder (const char *path)
{
  GStatBuf info;

  return g_lstat (path, &info) == 0 && S_ISDIR (info.st_mode);
}

/* On a worker thread: one step reads one folder. A step may yield more values than the buffer
 * has room for. The library calls the next step when the buffer has room again. */
static void
read_folder (AthrYielder *yielder, gpointer folders, GError **error)
{
  g_autofree char *path = g_queue_pop_head (folders);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) folder = g_dir_open (path, 0, &problem);
  const char *name;

  if (folder == NULL)
    complain (path, problem->message);

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (!athr_yielder_yield (yielder, error, G_TYPE_STRING, child))
        return;
      if (is_folder (child))
        g_queue_push_tail (folders, g_steal_pointer (&child));
    }

  if (g_queue_is_empty (folders))
    athr_yielder_end (yielder);
}

/* All functions from here on run in the main loop. */
static void
free_folders (gpointer folders)
{
  g_queue_free_full (folders, g_free);
}

static void
print_path (AthrStream *stream, const GValue *path, gpointer user_data)
{
  /* Not g_print(): it changes bytes of file names that are not text in the locale. */
  puts (g_value_get_string (path));
}

static void
finish (AthrStream *stream, gpointer user_data)
{
  if (--n_walking == 0)
    g_main_loop_quit (loop);
}

static AthrStream *
walk (const char *path, AthrExecutor *executor)
{
  GQueue *folders = g_queue_new ();
  AthrStream *stream = athr_stream_new_steps (read_folder, folders, free_folders);

  g_queue_push_tail (folders, g_strdup (path));
  athr_stream_set_executor (stream, executor);
  g_signal_connect (stream, "value", G_CALLBACK (print_path), NULL);
  g_signal_connect (stream, "finished", G_CALLBACK (finish), NULL);
  athr_stream_set_flowing (stream, TRUE);
  n_walking++;

  return stream;
}

int
main (int argc, char *argv[])
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("find", 4);
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (g_object_unref);

  if (argc < 2)
    {
      fprintf (stderr, "Usage: %s FOLDER...\n", argv[0]);
      return 2;
    }

  for (int i = 1; i < argc; i++)
    {
      GStatBuf info;

      if (g_lstat (argv[i], &info) != 0)
        {
          complain (argv[i], g_strerror (errno));
          continue;
        }
      puts (argv[i]);
      if (S_ISDIR (info.st_mode))
        g_ptr_array_add (streams, walk (argv[i], executor));
    }

  loop = g_main_loop_new (NULL, FALSE);
  if (n_walking > 0)
    g_main_loop_run (loop);
  g_main_loop_unref (loop);

  return g_atomic_int_get (&failed) ? 1 : 0;
}
