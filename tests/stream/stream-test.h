/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

#include "athr-test.h"

/* Shared by the tests of streams. */

/* A stream that counts 1, 2, 3 ... and records what its producer does. */
typedef struct
{
  AthrExecutor *executor; /* its own: it shows when the producer waits for room */
  AthrStream *stream;

  /* What the function does; set before the stream starts */
  guint n_values;
  gboolean holds;         /* it waits at the gate before it returns */
  gboolean passes_on;     /* it fails with the error of its yield */
  GError *error;          /* owned; another error with which it fails */

  AthrGate hold;
  AthrYielder *yielder;   /* not owned; read it when n_begun is 1, and until the function returns */
  int n_begun;            /* atomic */
  int n_yielded;          /* atomic; yields that returned TRUE */
  int has_returned;       /* atomic */
  GError *refused;        /* the error of the yield that failed; read it when the function has
                           * returned */
  gboolean was_cancelled; /* whether it was cancelled when it returned; likewise */
  GThread *ran_on;        /* likewise */
  GThread *destroyed_on;  /* atomic */
} AthrCounter;

static inline void
athr_counter_run (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrCounter *self = user_data;

  self->ran_on = g_thread_self ();
  self->yielder = yielder;
  g_atomic_int_inc (&self->n_begun);
  for (guint i = 1; i <= self->n_values && self->refused == NULL; i++)
    {
      gboolean given = athr_yielder_yield (yielder, &self->refused, G_TYPE_UINT, i);

      g_assert_cmpint (given, ==, self->refused == NULL);
      if (given)
        g_atomic_int_inc (&self->n_yielded);
    }

  if (self->holds)
    athr_gate_pass (&self->hold);
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else if (self->passes_on && self->refused != NULL)
    g_propagate_error (error, g_error_copy (self->refused));
  self->was_cancelled = g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder));
  g_atomic_int_set (&self->has_returned, TRUE);
}

static inline void
athr_counter_destroy (gpointer user_data)
{
  AthrCounter *self = user_data;

  g_assert_null (self->destroyed_on);
  g_assert_cmpint (g_atomic_int_get (&self->has_returned), ==, g_atomic_int_get (&self->n_begun));
  athr_test_note_thread (&self->destroyed_on);
}

static inline void
athr_counter_init (AthrCounter *self,
                   guint        n_values,
                   guint        buffer_size)
{
  *self = (AthrCounter) { .n_values = n_values };
  athr_gate_init (&self->hold);
  self->executor = athr_executor_new ("counter", 2);
  self->stream = athr_stream_new (athr_counter_run, self, athr_counter_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, buffer_size);
}

/* Waits until the producer has yielded @n_yielded values and waits for room. */
static inline void
athr_counter_await_blocked (AthrCounter *self,
                            int          n_yielded)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_yielded) >= n_yielded &&
                         athr_executor_get_n_running (self->executor) == 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_yielded), ==, n_yielded);
  g_assert_false (g_atomic_int_get (&self->has_returned));
}

static inline void
athr_counter_await_returned (AthrCounter *self)
{
  athr_test_yield_until (g_atomic_int_get (&self->has_returned) &&
                         athr_executor_get_n_running (self->executor) == 0);
}

/* Drops the stream. The user data must be freed at home, which is this thread. */
static inline void
athr_counter_clear (AthrCounter *self)
{
  athr_gate_open (&self->hold);
  g_clear_object (&self->stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->destroyed_on) != NULL);
  g_assert_true (self->destroyed_on == g_thread_self ());
  athr_test_drain (NULL);
  g_clear_object (&self->executor);
  g_clear_error (&self->error);
  g_clear_error (&self->refused);
  athr_gate_clear (&self->hold);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrCounter, athr_counter_clear)

/* What happened at home, as words in order. */
typedef struct
{
  GString *words;
  GThread *home;
} AthrLog;

static inline void
athr_log_init (AthrLog *self)
{
  self->words = g_string_new (NULL);
  self->home = g_thread_self ();
}

static inline void
athr_log_clear (AthrLog *self)
{
  g_string_free (self->words, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrLog, athr_log_clear)

static inline void
athr_log_add (AthrLog    *self,
              const char *word)
{
  g_assert_true (g_thread_self () == self->home);

  if (self->words->len > 0)
    g_string_append_c (self->words, ' ');
  g_string_append (self->words, word);
}

/* Logs the message of an error, or a fixed word for an error of the library. */
static inline void
athr_log_add_error (AthrLog      *self,
                    const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    athr_log_add (self, "cancelled");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    athr_log_add (self, "closed");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    athr_log_add (self, "not-supported");
  else
    athr_log_add (self, error->message);
}

/* Callbacks, with an AthrLog as user data */

static inline void
athr_log_next (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *word = NULL;
  GValue value = G_VALUE_INIT;

  if (!athr_stream_next_finish_into (stream, result, &value, &error))
    {
      g_assert_false (G_IS_VALUE (&value));
      g_assert_false (athr_stream_is_done (stream) &&
                      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
      athr_log_add_error (user_data, error);
      return;
    }

  g_assert_no_error (error);
  if (!G_IS_VALUE (&value))
    {
      g_assert_true (athr_stream_is_done (stream));
      athr_log_add (user_data, "end");
      return;
    }

  word = g_strdup_printf ("%u", g_value_get_uint (&value));
  athr_log_add (user_data, word);
  g_value_unset (&value);
}

static inline void
athr_log_close (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (athr_stream_close_finish (ATHR_STREAM (source), result, &error))
    {
      athr_log_add (user_data, "close");
      return;
    }
  athr_log_add (user_data, "close:");
  athr_log_add_error (user_data, error);
}

static inline void
athr_log_finished (AthrStream *stream,
                   gpointer    user_data)
{
  athr_log_add (user_data, "finished");
}

static inline void
athr_log_state (AthrStream *stream,
                GParamSpec *pspec,
                gpointer    user_data)
{
  static const char *words[] = { "INITIAL", "RUNNING", "ENDED", "FAILED", "CLOSED" };

  athr_log_add (user_data, words[athr_stream_get_state (stream)]);
}

static inline void
athr_log_error (AthrStream *stream,
                GParamSpec *pspec,
                gpointer    user_data)
{
  g_assert_nonnull (athr_stream_get_error (stream));
  athr_log_add (user_data, "ERROR");
}

/* Logs everything that @stream emits. */
static inline void
athr_log_watch (AthrLog    *self,
                AthrStream *stream)
{
  g_signal_connect (stream, "finished", G_CALLBACK (athr_log_finished), self);
  g_signal_connect (stream, "notify::state", G_CALLBACK (athr_log_state), self);
  g_signal_connect (stream, "notify::error", G_CALLBACK (athr_log_error), self);
}

/* Iterates until the log is as long as @expected, and then until nothing is left to do; then
 * compares. */
#define athr_log_await(self, expected) \
  G_STMT_START { \
    athr_test_iterate_until (NULL, (self)->words->len >= strlen (expected)); \
    athr_test_drain (NULL); \
    g_assert_cmpstr ((self)->words->str, ==, (expected)); \
  } G_STMT_END

/* Asks, and iterates until it is answered. */
static inline GAsyncResult *
athr_test_ask (AthrStream *stream)
{
  GAsyncResult *result = NULL;

  athr_stream_next_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);

  return result;
}

/* Takes the next value, which must be there or arrive. */
static inline void
athr_test_take (AthrStream *stream,
                GValue     *value)
{
  g_autoptr (GAsyncResult) result = athr_test_ask (stream);
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next_finish_into (stream, result, value, &error);

  g_assert_no_error (error);
  g_assert_true (taken);
}

static inline void
athr_test_expect_value (AthrStream *stream,
                        guint       number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (stream, &value);
  g_assert_true (G_VALUE_HOLDS_UINT (&value));
  g_assert_cmpuint (g_value_get_uint (&value), ==, number);
  g_assert_false (athr_stream_is_done (stream));
}

static inline void
athr_test_expect_end (AthrStream *stream)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (stream, &value);
  g_assert_false (G_IS_VALUE (&value));
  g_assert_true (athr_stream_is_done (stream));
}

static inline void
athr_test_expect_error (AthrStream *stream,
                        GQuark      domain,
                        int         code)
{
  g_autoptr (GAsyncResult) result = athr_test_ask (stream);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_stream_next_finish_into (stream, result, &value, &error));
  g_assert_error (error, domain, code);
  g_assert_false (G_IS_VALUE (&value));
}

static inline GError *
athr_test_boom (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
}
