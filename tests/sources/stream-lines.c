/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <unistd.h>

#include "stream-gio-test.h"

static void
expect_lines (const char *text,
              ...) G_GNUC_NULL_TERMINATED;

/* Checks the lines of @text, for several sizes of the pieces that a read gives. */
static void
expect_lines (const char *text,
              ...)
{
  static const gsize pieces[] = { 1, 2, 3, 1000 };

  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_auto (AthrProbe) probe = { 0 };
      AthrStream *stream;
      const char *line;
      va_list args;

      athr_probe_init (&probe);
      stream = athr_test_lines (&probe, text, -1, pieces[i]);
      va_start (args, text);
      while ((line = va_arg (args, const char *)) != NULL)
        athr_test_expect_string (stream, line);
      va_end (args);
      athr_test_expect_end (stream);
      g_object_unref (stream);
      athr_probe_expect_closed (&probe);
    }
}

static void
test_lines (void)
{
  expect_lines ("one\ntwo\n\nfour\n", "one", "two", "", "four", NULL);
}

static void
test_empty (void)
{
  expect_lines ("", NULL);
  expect_lines ("\n", "", NULL);
}

static void
test_no_newline (void)
{
  g_test_summary ("The text after the last newline is a line");

  expect_lines ("one\ntwo", "one", "two", NULL);
}

static void
test_crlf (void)
{
  g_test_summary ("A carriage return before a newline belongs to the line end, and nowhere "
                  "else");

  expect_lines ("one\r\n\r\nt\rwo\r\r\nlast\r", "one", "", "t\rwo\r", "last\r", NULL);
}

static void
test_utf8 (void)
{
  expect_lines ("grün\n日本\n", "grün", "日本", NULL);
}

static void
expect_invalid (const char *text,
                gssize      length,
                const char *message)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  athr_probe_init (&probe);
  stream = athr_test_lines (&probe, text, length, 1000);
  athr_test_expect_string (stream, "one");
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpstr (athr_stream_get_error (stream)->message, ==, message);
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_invalid (void)
{
  g_test_summary ("A line that is not UTF-8 is an error, after the lines before it");

  expect_invalid ("one\ntw\xffo\nthree\n", -1, "Line 2 is not valid UTF-8");
}

static void
test_null_byte (void)
{
  expect_invalid ("one\nt\0wo\nthree\n", 14, "Line 2 is not valid UTF-8");
}

static void
test_long (void)
{
  g_autofree char *line = g_strnfill (300000, 'x');
  g_autofree char *text = g_strconcat ("a\n", line, "\r\n", line, "\nb\n", NULL);
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("A line may be longer than the buffer");

  athr_probe_init (&probe);
  stream = athr_test_lines (&probe, text, -1, 7001);
  athr_test_expect_string (stream, "a");
  athr_test_expect_string (stream, line);
  athr_test_expect_string (stream, line);
  athr_test_expect_string (stream, "b");
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_too_long (void)
{
  const gsize size = 65 << 20;
  g_autofree char *text = g_strnfill (size, 'x');
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("A line without an end is an error at 64 MiB, before it fills the memory");

  memcpy (text, "one\n", 4);
  athr_probe_init (&probe);
  stream = athr_test_lines (&probe, text, size, 1 << 24);
  athr_test_expect_string (stream, "one");
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

/* A line of @length bytes, whose end the same read may give. */
static void
expect_limit (gsize    length,
              gboolean is_too_long)
{
  g_autofree char *line = g_strnfill (length, 'x');
  g_autofree char *text = g_strconcat (line, "\r\n", NULL);
  g_auto (AthrProbe) probe = { 0 };
  AthrTestInput *input = g_object_new (athr_test_input_get_type (), NULL);
  AthrStream *stream;

  athr_probe_init (&probe);
  input->probe = &probe;
  input->text = text;
  input->length = length + 2;
  input->piece = length + 2;
  stream = athr_stream_new_for_lines (G_INPUT_STREAM (input));
  if (is_too_long)
    athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  else
    athr_test_expect_string (stream, line);
  /* No more than one line of the greatest length was read. */
  g_assert_cmpuint (input->text - text, <=, (64 << 20) + 2);
  g_object_unref (input);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_limit (void)
{
  g_test_summary ("A line of 64 MiB comes, and a longer one is an error before its end was read");

  expect_limit (64 << 20, FALSE);
  expect_limit ((64 << 20) + 1, TRUE);
  expect_limit (65 << 20, TRUE);
}

static void
test_read_error (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("The stream yields the lines before an error, but no line that was read in "
                  "part");

  athr_probe_init (&probe);
  probe.fails = TRUE;
  stream = athr_test_lines (&probe, "one\ntwo", -1, 1000);
  athr_test_expect_string (stream, "one");
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_at_once (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("The stream yields a line as soon as its end was read; a close ends a read "
                  "that blocks");

  athr_probe_init (&probe);
  probe.blocks = TRUE;
  stream = athr_test_lines (&probe, "one\ntwo", -1, 1000);
  athr_test_expect_string (stream, "one");
  athr_gate_await (&probe.gate, 1);
  athr_test_close (stream);
  g_assert_cmpint (probe.n_closes, ==, 1);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_CLOSED);
  athr_test_expect_end (stream);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_drop_blocked (void)
{
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  athr_probe_init (&probe);
  probe.blocks = TRUE;
  stream = athr_test_lines (&probe, "one\n", -1, 1000);
  athr_stream_start (stream);
  athr_gate_await (&probe.gate, 1);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_pipe (void)
{
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (AthrStream) stream = NULL;
  int ends[2];

  g_test_summary ("A close cancels the read of a pipe that gives no data");

  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  input = g_unix_input_stream_new (ends[0], TRUE);
  stream = athr_stream_new_for_lines (input);
  g_assert_cmpint (write (ends[1], "one\ntw", 6), ==, 6);
  athr_test_expect_string (stream, "one");
  g_assert_cmpint (write (ends[1], "o\n", 2), ==, 2);
  athr_test_expect_string (stream, "two");
  athr_test_close (stream);
  g_assert_true (g_input_stream_is_closed (input));
  g_assert_cmpint (write (ends[1], "x", 1), ==, -1);
  close (ends[1]);
}

static void
test_buffer (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (AthrExecutor) executor = athr_executor_new ("lines", 1);
  g_auto (AthrProbe) probe = { 0 };
  AthrStream *stream;

  g_test_summary ("The stream yields no more lines than the buffer has room for, and then "
                  "holds no thread");

  for (int i = 0; i < 1000; i++)
    g_string_append (text, "x\n");
  athr_probe_init (&probe);
  stream = athr_test_lines (&probe, text->str, -1, 1000);
  athr_stream_set_buffer_size (stream, 10);
  athr_stream_set_executor (stream, executor);
  athr_stream_start (stream);
  for (int i = 0; i < 5; i++)
    {
      athr_test_yield_until (athr_stream_get_n_buffered (stream) == 10 &&
                             athr_executor_get_n_queued (executor) == 0 &&
                             athr_executor_get_n_running (executor) == 0);
      athr_test_expect_string (stream, "x");
    }
  g_assert_cmpint (g_atomic_int_get (&probe.n_reads), ==, 1);
  g_object_unref (stream);
  athr_probe_expect_closed (&probe);
}

static void
test_converter (void)
{
  g_autoptr (GCharsetConverter) converter = g_charset_converter_new ("UTF-8", "LATIN1", NULL);
  g_autoptr (GInputStream) latin = g_memory_input_stream_new_from_data ("gr\xfcn\n", -1, NULL);
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (AthrStream) stream = NULL;

  g_test_summary ("A converter gives the lines of another encoding, and is closed with its "
                  "base stream");

  input = g_converter_input_stream_new (latin, G_CONVERTER (converter));
  stream = athr_stream_new_for_lines (input);
  athr_test_expect_string (stream, "grün");
  athr_test_expect_end (stream);
  g_assert_true (g_input_stream_is_closed (latin));
}

static void
test_closed_before (void)
{
  g_autoptr (GInputStream) input = g_memory_input_stream_new ();
  g_autoptr (AthrStream) stream = athr_stream_new_for_lines (input);

  g_input_stream_close (input, NULL, NULL);
  athr_test_expect_error (stream, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_test_expect_end (stream);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);

  g_test_add_func ("/athr/stream/lines", test_lines);
  g_test_add_func ("/athr/stream/lines/empty", test_empty);
  g_test_add_func ("/athr/stream/lines/no-newline", test_no_newline);
  g_test_add_func ("/athr/stream/lines/crlf", test_crlf);
  g_test_add_func ("/athr/stream/lines/utf8", test_utf8);
  g_test_add_func ("/athr/stream/lines/invalid", test_invalid);
  g_test_add_func ("/athr/stream/lines/null-byte", test_null_byte);
  g_test_add_func ("/athr/stream/lines/long", test_long);
  g_test_add_func ("/athr/stream/lines/too-long", test_too_long);
  g_test_add_func ("/athr/stream/lines/limit", test_limit);
  g_test_add_func ("/athr/stream/lines/read-error", test_read_error);
  g_test_add_func ("/athr/stream/lines/at-once", test_at_once);
  g_test_add_func ("/athr/stream/lines/drop-blocked", test_drop_blocked);
  g_test_add_func ("/athr/stream/lines/pipe", test_pipe);
  g_test_add_func ("/athr/stream/lines/buffer", test_buffer);
  g_test_add_func ("/athr/stream/lines/converter", test_converter);
  g_test_add_func ("/athr/stream/lines/closed-before", test_closed_before);

  return g_test_run ();
}
