/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* checksums FILE...: prints the same as sha256sum, but reads all files at once. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <athreading/athreading.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

typedef struct
{
  const char *path;
  goffset size; /* 0 when it is unknown */
  AthrCall *call;
  double done; /* the bytes that the shown percentage counts */
  char *sum;
  GError *error;
} File;

static File *files;
static int n_files;
static int n_hashed;
static GMainLoop *loop;
static gboolean interrupted;

/* On a worker thread */
static void
hash (AthrCall *call, gpointer data, GError **error)
{
  File *file = data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GInputStream) stream = NULL;
  char block[64 * 1024];
  goffset n_read = 0;
  gssize n;
  int fd;

  /* With O_NONBLOCK, a wait for a pipe can be cancelled. */
  fd = g_open (file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd == -1)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return;
    }

  stream = g_unix_input_stream_new (fd, TRUE);
  while ((n = g_input_stream_read (stream, block, sizeof block,
                                   athr_call_get_cancellable (call), error)) > 0)
    {
      g_checksum_update (checksum, (guchar *) block, n);
      n_read += n;
      if (n_read <= file->size)
        athr_call_report_progress (call, (double) n_read / file->size, NULL);
    }
  if (n == 0)
    athr_call_return (call, G_TYPE_STRING, g_checksum_get_string (checksum));
}

/* All functions from here on run in the main loop. */
static void
hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  File *file = data;
  g_auto (GValue) sum = G_VALUE_INIT;

  if (athr_call_run_finish_into (ATHR_CALL (source), result, &sum, &file->error))
    file->sum = g_value_dup_string (&sum);
  if (++n_hashed == n_files)
    g_main_loop_quit (loop);
}

static void
show_progress (AthrCall *call, GParamSpec *pspec, gpointer data)
{
  static double total, done;
  static int percent = -1;
  int old = percent;
  File *file = data;

  if (total == 0)
    for (int i = 0; i < n_files; i++)
      total += files[i].size;

  done -= file->done;
  file->done = file->size * athr_call_get_progress (call);
  done += file->done;
  percent = 100 * done / total;
  if (percent != old)
    g_print ("\r%3d %%", percent);
}

static gboolean
interrupt (gpointer user_data)
{
  interrupted = TRUE;
  for (int i = 0; i < n_files; i++)
    athr_call_cancel (files[i].call);

  return G_SOURCE_CONTINUE;
}

static void
print_sum (const File *file)
{
  g_autoptr (GString) path = g_string_new (file->path);
  gboolean escaped = strpbrk (file->path, "\\\n\r") != NULL;

  g_string_replace (path, "\\", "\\\\", 0);
  g_string_replace (path, "\n", "\\n", 0);
  g_string_replace (path, "\r", "\\r", 0);
  /* Not g_print(): it changes bytes of file names that are not text in the locale. */
  printf ("%s%s  %s\n", escaped ? "\\" : "", file->sum, path->str);
}

int
main (int argc, char *argv[])
{
  gboolean is_terminal = isatty (STDOUT_FILENO);
  int status = 0;

  if (argc < 2)
    {
      g_printerr ("Usage: %s FILE...\n", argv[0]);
      return 2;
    }

  n_files = argc - 1;
  files = g_new0 (File, n_files);
  loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGINT, interrupt, NULL);

  for (int i = 0; i < n_files; i++)
    {
      File *file = &files[i];
      GStatBuf info;

      file->path = argv[i + 1];
      if (g_stat (file->path, &info) == 0 && S_ISREG (info.st_mode))
        file->size = info.st_size;
      file->call = athr_call_new (hash, file, NULL);
      if (is_terminal)
        g_signal_connect (file->call, "notify::progress", G_CALLBACK (show_progress), file);
      athr_call_run_async (file->call, NULL, hashed, file);
    }
  g_main_loop_run (loop);

  if (is_terminal)
    g_print ("\r     \r");
  for (int i = 0; i < n_files; i++)
    {
      File *file = &files[i];

      if (file->sum != NULL)
        print_sum (file);
      else if (!g_error_matches (file->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          fprintf (stderr, "checksums: %s: %s\n", file->path, file->error->message);
          status = 1;
        }
      g_object_unref (file->call);
      g_free (file->sum);
      g_clear_error (&file->error);
    }
  g_free (files);
  g_main_loop_unref (loop);

  return interrupted ? 130 : status;
}
