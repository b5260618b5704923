/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "athr-tests.h"

/* Calls and streams for the tests in JavaScript, whose own functions cannot run on threads. */

static void
free_value (gpointer value)
{
  g_value_unset (value);
  g_free (value);
}

static void
echo (AthrCall *call, gpointer value, GError **error)
{
  athr_call_return_value (call, value);
}

static void
fail (AthrCall *call, gpointer user_data, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No such thing");
}

static void
wait_for_cancel (AthrCall *call, gpointer user_data, GError **error)
{
  GPollFD fd;

  athr_call_report_progress (call, 0.5, "waiting");
  g_cancellable_make_pollfd (athr_call_get_cancellable (call), &fd);
  g_poll (&fd, 1, -1);
  g_cancellable_release_fd (athr_call_get_cancellable (call));
}

static void
count (AthrYielder *yielder, gpointer n, GError **error)
{
  for (int i = 0; i < GPOINTER_TO_INT (n); i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, i))
      return;
}

static void
count_and_fail (AthrYielder *yielder, gpointer n, GError **error)
{
  count (yielder, n, error);
  if (error != NULL && *error == NULL)
    fail (NULL, NULL, error);
}

static void
yield_null (AthrYielder *yielder, gpointer user_data, GError **error)
{
  athr_yielder_yield_value (yielder, NULL, error);
}

static void
yield_and_wait (AthrYielder *yielder, gpointer user_data, GError **error)
{
  GPollFD fd;

  if (!athr_yielder_yield (yielder, error, G_TYPE_INT, 0))
    return;
  g_cancellable_make_pollfd (athr_yielder_get_cancellable (yielder), &fd);
  g_poll (&fd, 1, -1);
  g_cancellable_release_fd (athr_yielder_get_cancellable (yielder));
  fail (NULL, NULL, error);
}

/* Yields each value that it is sent, or null if nothing was sent with a demand. */
static void
echo_values (AthrYielder *yielder, gpointer user_data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean is_open = athr_yielder_receive (yielder, &value, error);

  while (is_open)
    {
      g_auto (GValue) sent = G_VALUE_INIT;

      is_open = athr_yielder_exchange_value (yielder, G_IS_VALUE (&value) ? &value : NULL, &sent, error);
      g_value_unset (&value);
      value = sent;
      sent = (GValue) G_VALUE_INIT;
    }
}

/* Yields the value that it is sent, or else twice its last value, or -1 if an error is thrown. */
static void
double_values (AthrYielder *yielder, gpointer user_data, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) thrown = NULL;

  g_value_init (&value, G_TYPE_INT);
  while (!g_error_matches (thrown, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      g_auto (GValue) sent = G_VALUE_INIT;

      g_clear_error (&thrown);
      if (!athr_yielder_exchange_value (yielder, &value, &sent, &thrown))
        g_value_set_int (&value, -1);
      else if (G_IS_VALUE (&sent))
        g_value_transform (&sent, &value);
      else
        g_value_set_int (&value, 2 * g_value_get_int (&value));
    }
}

static void
yield_files (AthrYielder *yielder, gpointer n, GError **error)
{
  for (int i = 0; i < GPOINTER_TO_INT (n); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%d", i);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      if (!athr_yielder_yield (yielder, error, G_TYPE_FILE, file))
        return;
    }
}

/* An object that tells its signal `question` what the function of a call asks. */
struct _AthrTestsAsker
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (AthrTestsAsker, athr_tests_asker, G_TYPE_OBJECT)

static guint question_signal;

static void
athr_tests_asker_class_init (AthrTestsAskerClass *klass)
{
  /**
   * AthrTestsAsker::question:
   * @self: an asker
   * @question: the question
   *
   * Emitted on the owner's thread.
   */
  question_signal = g_signal_new ("question", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, ATHR_TYPE_QUESTION);
}

static void
athr_tests_asker_init (AthrTestsAsker *self)
{
}

static void
emit_question (AthrQuestion *question, gpointer asker)
{
  g_signal_emit (asker, question_signal, 0, question);
}

static void
ask (AthrCall *call, gpointer asker, GError **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  if (athr_call_ask (call, emit_question, asker, NULL, &answer, error))
    athr_call_return_value (call, &answer);
}

/**
 * athr_tests_asker_new:
 *
 * Returns: (transfer full): a new asker
 */
AthrTestsAsker *
athr_tests_asker_new (void)
{
  return g_object_new (ATHR_TESTS_TYPE_ASKER, NULL);
}

/**
 * athr_tests_asker_ask:
 * @self: an asker
 *
 * Returns: (transfer full): a call whose result is the answer to a question
 */
AthrCall *
athr_tests_asker_ask (AthrTestsAsker *self)
{
  return athr_call_new (ask, g_object_ref (self), g_object_unref);
}

/**
 * athr_tests_echo_call_new:
 * @value: a value
 *
 * Returns: (transfer full): a call that returns @value
 */
AthrCall *
athr_tests_echo_call_new (const GValue *value)
{
  GValue *copy = g_new0 (GValue, 1);

  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);

  return athr_call_new (echo, copy, free_value);
}

/**
 * athr_tests_fail_call_new:
 *
 * Returns: (transfer full): a call that fails
 */
AthrCall *
athr_tests_fail_call_new (void)
{
  return athr_call_new (fail, NULL, NULL);
}

/**
 * athr_tests_wait_call_new:
 *
 * Returns: (transfer full): a call that waits until it is cancelled
 */
AthrCall *
athr_tests_wait_call_new (void)
{
  return athr_call_new (wait_for_cancel, NULL, NULL);
}

/**
 * athr_tests_count_stream_new:
 * @n: a number
 *
 * Returns: (transfer full): a stream of the numbers below @n
 */
AthrStream *
athr_tests_count_stream_new (int n)
{
  return athr_stream_new (count, GINT_TO_POINTER (n), NULL);
}

/**
 * athr_tests_fail_stream_new:
 * @n: a number
 *
 * Returns: (transfer full): a stream of the numbers below @n, which then fails
 */
AthrStream *
athr_tests_fail_stream_new (int n)
{
  return athr_stream_new (count_and_fail, GINT_TO_POINTER (n), NULL);
}

/**
 * athr_tests_null_stream_new:
 *
 * Returns: (transfer full): a stream of one null
 */
AthrStream *
athr_tests_null_stream_new (void)
{
  return athr_stream_new (yield_null, NULL, NULL);
}

/**
 * athr_tests_double_stream_new:
 *
 * Returns: (transfer full): a stream in lock-step that doubles its last value
 */
AthrStream *
athr_tests_double_stream_new (void)
{
  AthrStream *stream = athr_stream_new (double_values, NULL, NULL);

  athr_stream_set_buffer_size (stream, 0);

  return stream;
}

/**
 * athr_tests_echo_stream_new:
 *
 * Returns: (transfer full): a stream in lock-step that yields the values that it is sent
 */
AthrStream *
athr_tests_echo_stream_new (void)
{
  AthrStream *stream = athr_stream_new (echo_values, NULL, NULL);

  athr_stream_set_buffer_size (stream, 0);

  return stream;
}

/**
 * athr_tests_wait_stream_new:
 *
 * Returns: (transfer full): a stream of 0, which waits until it is closed and then fails
 */
AthrStream *
athr_tests_wait_stream_new (void)
{
  return athr_stream_new (yield_and_wait, NULL, NULL);
}

/**
 * athr_tests_file_stream_new:
 * @n: a number
 *
 * Returns: (transfer full): a stream of @n files
 */
AthrStream *
athr_tests_file_stream_new (int n)
{
  return athr_stream_new (yield_files, GINT_TO_POINTER (n), NULL);
}
