/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* double NUMBER...: sends each number to a worker, which answers with twice the number. */

#include <athreading/athreading.h>

static GMainLoop *loop;
static int status;

/* On a worker thread. The first number comes with the first demand, before any value. */
static void
double_numbers (AthrYielder *yielder, gpointer user_data, GError **error)
{
  g_auto (GValue) number = G_VALUE_INIT;

  if (!athr_yielder_receive (yielder, &number, error))
    return;

  while (G_IS_VALUE (&number))
    {
      g_auto (GValue) doubled = G_VALUE_INIT;

      g_value_init (&doubled, G_TYPE_DOUBLE);
      g_value_set_double (&doubled, 2 * g_value_get_double (&number));
      g_value_unset (&number);
      if (!athr_yielder_exchange_value (yielder, &doubled, &number, error))
        return;
    }
}

/* All functions from here on run in the main loop. */
static void
send_number (AthrStream *stream, const char *text)
{
  g_auto (GValue) number = G_VALUE_INIT;
  char *end;

  g_value_init (&number, G_TYPE_DOUBLE);
  g_value_set_double (&number, g_ascii_strtod (text, &end));
  if (end != text && *end == '\0')
    {
      athr_stream_send (stream, &number);
    }
  else
    {
      g_autofree char *message = g_strdup_printf ("'%s' is no number", text);

      athr_stream_throw_literal (stream, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, message);
    }
}

static void
got_doubled (GObject *source, GAsyncResult *result, gpointer data)
{
  AthrStream *stream = ATHR_STREAM (source);
  char **numbers = data;
  g_auto (GValue) doubled = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!athr_stream_next_finish_into (stream, result, &doubled, &error))
    {
      g_printerr ("double: %s\n", error->message);
      status = 1;
    }

  if (!G_IS_VALUE (&doubled))
    {
      g_main_loop_quit (loop);
      return;
    }

  g_print ("%g\n", g_value_get_double (&doubled));
  if (*numbers != NULL)
    send_number (stream, *numbers++);
  /* If no number was sent before this, the producer ends. */
  athr_stream_next_async (stream, NULL, got_doubled, numbers);
}

int
main (int argc, char *argv[])
{
  g_autoptr (AthrStream) stream = athr_stream_new (double_numbers, NULL, NULL);

  if (argc < 2)
    {
      g_printerr ("Usage: %s NUMBER...\n", argv[0]);
      return 2;
    }

  loop = g_main_loop_new (NULL, FALSE);
  athr_stream_set_buffer_size (stream, 0);
  send_number (stream, argv[1]);
  athr_stream_next_async (stream, NULL, got_doubled, argv + 2);
  g_main_loop_run (loop);
  g_main_loop_unref (loop);

  return status;
}
