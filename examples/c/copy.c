/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* copy FILE... FOLDER: copies files, and asks before it overwrites one. */

#include <gio/gunixinputstream.h>

#include <athreading/athreading.h>

static GDataInputStream *input;
static GMainLoop *loop;
static int status;

/* In the main loop: a program with a window shows a dialog instead. */
static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AthrQuestion) question = user_data;
  g_autofree char *line = NULL;
  g_auto (GValue) answer = G_VALUE_INIT;

  line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);
  g_value_init (&answer, G_TYPE_BOOLEAN);
  g_value_set_boolean (&answer, g_strcmp0 (line, "y") == 0);
  athr_question_answer (question, &answer);
}

static void
ask (AthrQuestion *question, gpointer name)
{
  g_print ("Overwrite %s?\n", (char *) name);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, answered,
                                       g_object_ref (question));
}

static void
tell (gpointer name)
{
  g_print ("%s is copied\n", (char *) name);
}

/* On a worker thread */
static gboolean
copy_file (AthrCall *call, GFile *source, GFile *target, GError **error)
{
  GCancellable *cancellable = athr_call_get_cancellable (call);
  g_auto (GValue) overwrites = G_VALUE_INIT;
  g_autofree char *name = g_file_get_basename (target);

  if (g_file_query_exists (target, cancellable))
    {
      if (!athr_call_ask (call, ask, g_strdup (name), g_free, &overwrites, error))
        return FALSE;
      if (!g_value_get_boolean (&overwrites))
        return TRUE;
    }
  if (!g_file_copy (source, target, G_FILE_COPY_OVERWRITE, cancellable,
                    NULL, NULL, error))
    return FALSE;

  athr_call_post (call, tell, g_steal_pointer (&name), g_free);
  return TRUE;
}

/* On a worker thread */
static void
copy_files (AthrCall *call, gpointer user_data, GError **error)
{
  char **paths = user_data;
  guint last = g_strv_length (paths) - 1;
  g_autoptr (GFile) folder = g_file_new_for_commandline_arg (paths[last]);

  for (guint i = 0; i < last; i++)
    {
      g_autoptr (GFile) source = g_file_new_for_commandline_arg (paths[i]);
      g_autofree char *name = g_file_get_basename (source);
      g_autoptr (GFile) target = g_file_get_child (folder, name);

      if (!copy_file (call, source, target, error))
        return;
    }
}

static void
copied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!athr_call_run_finish_into (ATHR_CALL (source), result, NULL, &error))
    {
      g_printerr ("copy: %s\n", error->message);
      status = 1;
    }
  g_main_loop_quit (loop);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GInputStream) stdin_stream = g_unix_input_stream_new (0, FALSE);
  g_autoptr (AthrCall) call = NULL;

  if (argc < 3)
    return 2;

  input = g_data_input_stream_new (stdin_stream);
  loop = g_main_loop_new (NULL, FALSE);
  call = athr_call_new (copy_files, g_strdupv (argv + 1),
                        (GDestroyNotify) g_strfreev);
  athr_call_run_async (call, NULL, copied, NULL);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  g_object_unref (input);

  return status;
}
