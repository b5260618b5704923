/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* windows FILE...: opens windows, and closes all but the last one at once. */

#include <athreading/athreading.h>

static GMainLoop *loop;
static guint n_pending;
static int status;

G_DECLARE_FINAL_TYPE (Window, window, APP, WINDOW, GObject)

struct _Window
{
  GObject parent_instance;

  char *title;
};

G_DEFINE_FINAL_TYPE (Window, window, G_TYPE_OBJECT)

static void
window_finalize (GObject *object)
{
  g_free (APP_WINDOW (object)->title);

  G_OBJECT_CLASS (window_parent_class)->finalize (object);
}

static void
window_class_init (WindowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = window_finalize;
}

static void
window_init (Window *self)
{
}

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
counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_auto (GValue) n_lines = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, &n_lines, &error))
    {
      Window *self = user_data;

      g_print ("%s: %d lines\n", self->title, g_value_get_int (&n_lines));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_printerr ("windows: %s\n", error->message);
      status = 1;
    }
  /* If the call was cancelled, the window is gone. */

  if (--n_pending == 0)
    g_main_loop_quit (loop);
}

static Window *
open_window (const char *path)
{
  g_autoptr (AthrCall) call = athr_call_new (count_lines, g_strdup (path), g_free);
  Window *self = g_object_new (window_get_type (), NULL);

  self->title = g_path_get_basename (path);
  athr_call_bind (call, G_OBJECT (self));
  athr_call_run_async (call, NULL, counted, self);
  n_pending++;

  return self;
}

static void
close_window (Window *self)
{
  g_print ("%s: closed\n", self->title);
  g_object_unref (self);
}

int
main (int argc, char *argv[])
{
  Window *window = NULL;

  loop = g_main_loop_new (NULL, FALSE);
  for (int i = 1; i < argc; i++)
    {
      if (window != NULL)
        close_window (window);
      window = open_window (argv[i]);
    }
  if (n_pending > 0)
    g_main_loop_run (loop);
  g_main_loop_unref (loop);
  g_clear_object (&window);

  return status;
}
