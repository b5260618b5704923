/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-source-test.h"

/* Shared by the tests of the blocking next. */

/* Takes one value, and logs the value, the error or the end. */
static inline gboolean
athr_log_take_cancellable (AthrLog      *self,
                           AthrStream   *stream,
                           GCancellable *cancellable)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  g_autofree char *word = NULL;
  gboolean taken = athr_stream_next (stream, cancellable, &value, &error);

  g_assert_true (taken == (error == NULL));
  g_assert_true (taken || !G_IS_VALUE (&value));
  if (!taken && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    athr_log_add (self, "would-block");
  else if (!taken)
    athr_log_add_error (self, error);
  else if (!G_IS_VALUE (&value))
    athr_log_add (self, "end");
  else
    athr_log_add (self, word = g_strdup_printf ("%u", g_value_get_uint (&value)));

  return G_IS_VALUE (&value);
}

static inline gboolean
athr_log_take (AthrLog    *self,
               AthrStream *stream)
{
  return athr_log_take_cancellable (self, stream, NULL);
}

/* Takes values until the end or an error, on a worker of its own executor, which shows when it
 * waits. */
typedef struct
{
  AthrExecutor *executor;
  AthrStream *stream;
  AthrCall *call;
  GCancellable *cancellable; /* (nullable) */
  AthrLog log;               /* read it when the taker is over */
  int n_taken;               /* atomic */
  gboolean is_over;
} AthrTaker;

static inline void
athr_taker_run (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  AthrTaker *self = user_data;

  self->log.home = g_thread_self ();
  while (athr_log_take_cancellable (&self->log, self->stream, self->cancellable))
    g_atomic_int_inc (&self->n_taken);
}

static inline void
athr_taker_done (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  AthrTaker *self = user_data;

  g_assert_true (athr_call_run_finish_into (self->call, result, NULL, NULL));
  self->is_over = TRUE;
}

/* @executor: (nullable): an executor that others use, too */
static inline void
athr_taker_start (AthrTaker    *self,
                  AthrStream   *stream,
                  AthrExecutor *executor,
                  GCancellable *cancellable)
{
  *self = (AthrTaker) { .stream = stream, .cancellable = cancellable };
  athr_log_init (&self->log);
  self->executor = executor != NULL ? g_object_ref (executor) : athr_executor_new ("taker", 2);
  self->call = athr_call_new (athr_taker_run, self, NULL);
  athr_call_set_executor (self->call, self->executor);
  athr_call_run_async (self->call, NULL, athr_taker_done, self);
}

/* Waits until the taker has taken @n_taken values and waits for another one. */
static inline void
athr_taker_await_blocked (AthrTaker *self,
                          int        n_taken)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_taken) == n_taken &&
                         athr_executor_get_n_queued (self->executor) == 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
}

static inline void
athr_taker_await_over (AthrTaker  *self,
                       const char *expected)
{
  athr_test_iterate_until (NULL, self->is_over);
  if (expected != NULL)
    g_assert_cmpstr (self->log.words->str, ==, expected);
}

static inline void
athr_taker_clear (AthrTaker *self)
{
  g_assert_true (self->is_over);
  g_object_unref (self->call);
  g_object_unref (self->executor);
  athr_log_clear (&self->log);
}
