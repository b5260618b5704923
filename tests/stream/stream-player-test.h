/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-test.h"

/* A stream of 1, 2, 3 ... whose producer notes in words what each yield gave. */
typedef struct
{
  AthrExecutor *executor; /* its own: it shows when the producer waits */
  AthrStream *stream;

  /* Set before the stream starts */
  guint n_values;
  gboolean exchanges;     /* otherwise it yields, and receives afterwards */
  gboolean passes_on;     /* it ends with the thrown error */

  GString *seen;          /* the worker's; the test reads it while the worker waits */
  int n_seen;             /* atomic; how many words */
  int n_begun;            /* atomic */
  int has_returned;       /* atomic */
  GThread *destroyed_on;  /* atomic */
} AthrPlayer;

/* Notes @sent or @error, and takes both over. */
static inline void
athr_player_note (AthrPlayer *self,
                  GValue     *sent,
                  GError     *error)
{
  if (self->seen->len > 0)
    g_string_append_c (self->seen, ' ');

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    g_string_append (self->seen, "closed");
  else if (error != NULL)
    g_string_append (self->seen, error->message);
  else if (G_IS_VALUE (sent))
    g_string_append_printf (self->seen, "%u", g_value_get_uint (sent));
  else
    g_string_append_c (self->seen, '-');

  if (G_IS_VALUE (sent))
    g_value_unset (sent);
  g_clear_error (&error);
  g_atomic_int_inc (&self->n_seen);
}

static inline gboolean
athr_player_give (AthrPlayer   *self,
                  AthrYielder  *yielder,
                  guint         number,
                  GValue       *sent,
                  GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, number);
  if (self->exchanges)
    return athr_yielder_exchange_value (yielder, &value, sent, error);

  return athr_yielder_yield_value (yielder, &value, error) &&
         athr_yielder_receive (yielder, sent, error);
}

static inline void
athr_player_run (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  AthrPlayer *self = user_data;

  g_atomic_int_inc (&self->n_begun);
  for (guint i = 1; i <= self->n_values && !athr_yielder_is_closed (yielder); i++)
    {
      GValue sent = G_VALUE_INIT;
      GError *refused = NULL;
      gboolean goes_on = athr_player_give (self, yielder, i, &sent, &refused);

      g_assert_cmpint (goes_on, ==, refused == NULL);
      if (self->passes_on && !goes_on)
        {
          g_propagate_error (error, refused);
          break;
        }
      athr_player_note (self, &sent, refused);
    }
  g_atomic_int_set (&self->has_returned, TRUE);
}

static inline void
athr_player_destroy (gpointer user_data)
{
  AthrPlayer *self = user_data;

  g_assert_null (self->destroyed_on);
  g_assert_cmpint (g_atomic_int_get (&self->has_returned), ==, g_atomic_int_get (&self->n_begun));
  athr_test_note_thread (&self->destroyed_on);
}

static inline void
athr_player_init (AthrPlayer *self,
                  guint       n_values,
                  guint       buffer_size,
                  gboolean    exchanges)
{
  *self = (AthrPlayer) { .n_values = n_values, .exchanges = exchanges };
  self->seen = g_string_new (NULL);
  self->executor = athr_executor_new ("player", 2);
  self->stream = athr_stream_new (athr_player_run, self, athr_player_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, buffer_size);
}

static inline guint
athr_test_count_words (const char *words)
{
  guint n = *words != '\0';

  for (; *words != '\0'; words++)
    n += *words == ' ';

  return n;
}

/* Waits until the producer waits or has returned, and compares what it has noted. */
static inline void
athr_player_await (AthrPlayer *self,
                   const char *seen)
{
  guint n_seen = athr_test_count_words (seen);

  athr_test_yield_until (g_atomic_int_get (&self->n_seen) >= (int) n_seen &&
                         athr_executor_get_n_running (self->executor) == 0);
  g_assert_cmpstr (self->seen->str, ==, seen);
}

/* Drops the stream. The user data must be freed at home, which is this thread. */
static inline void
athr_player_clear (AthrPlayer *self)
{
  g_clear_object (&self->stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->destroyed_on) != NULL);
  g_assert_true (self->destroyed_on == g_thread_self ());
  athr_test_drain (NULL);
  g_clear_object (&self->executor);
  g_string_free (self->seen, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrPlayer, athr_player_clear)

static inline void
athr_test_send (AthrStream *stream,
                guint       number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, number);
  athr_stream_send (stream, &value);
}

static inline void
athr_test_throw (AthrStream *stream)
{
  g_autoptr (GError) error = athr_test_boom ();

  athr_stream_throw (stream, error);
}

/* Takes a value with the blocking next. */
static inline void
athr_test_expect_next (AthrStream *stream,
                       guint       number)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next (stream, NULL, &value, &error);

  g_assert_no_error (error);
  g_assert_true (taken);
  g_assert_true (G_IS_VALUE (&value));
  g_assert_cmpuint (g_value_get_uint (&value), ==, number);
}

/* Has @self, without values, occupy the only thread of @single. */
static inline void
athr_counter_hold (AthrCounter  *self,
                   AthrExecutor *single)
{
  self->holds = TRUE;
  athr_stream_set_executor (self->stream, single);
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
}

/* Asks and cancels. There must be no value. */
static inline void
athr_test_ask_in_vain (AthrStream *stream)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  athr_stream_next_async (stream, cancellable, athr_test_keep_result, &result);
  g_cancellable_cancel (cancellable);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_false (athr_stream_next_finish_into (stream, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_object_unref (result);
}

static inline void
athr_test_close (AthrStream *stream)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_stream_close_finish (stream, result, &error);
  g_assert_no_error (error);
  g_object_unref (result);
}
