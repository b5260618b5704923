/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

/* AthrExecutor:max-blocked */

typedef struct
{
  AthrExecutor *executor; /* of two threads */
  AthrStream *streams[8];
  int n_begun; /* atomic */
  int n_ended; /* atomic */
} Fixture;

static void
yield_three (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  Fixture *self = user_data;

  g_atomic_int_inc (&self->n_begun);
  for (int i = 0; i < 3; i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_INT, i))
      break;
  g_atomic_int_inc (&self->n_ended);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->executor = athr_executor_new ("executor", 2);
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    {
      self->streams[i] = athr_stream_new (yield_three, self, NULL);
      athr_stream_set_executor (self->streams[i], self->executor);
      athr_stream_set_buffer_size (self->streams[i], 1);
    }
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    g_object_unref (self->streams[i]);
  executor_end (self->executor);
  athr_test_drain (NULL);
}

static void
start_all (Fixture *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    athr_stream_start (self->streams[i]);
}

/* Waits until @n streams have begun, and all producers that have begun wait for room. */
static void
await_blocked (Fixture *self,
               int      n)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_begun) == n &&
                         athr_executor_get_n_running (self->executor) == 0);
}

static void
take_all (AthrStream *stream)
{
  for (int i = 0; i < 3; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      g_assert_true (athr_stream_next (stream, NULL, &value, &error));
      g_assert_no_error (error);
      g_assert_cmpint (g_value_get_int (&value), ==, i);
    }
  g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));
}

static void
test_default (Fixture       *self,
              gconstpointer  data)
{
  g_test_summary ("By default all streams begin");

  g_assert_cmpuint (athr_executor_get_max_blocked (self->executor), ==, G_MAXUINT);
  start_all (self);
  await_blocked (self, 8);
}

static void
test_held_back (Fixture       *self,
                gconstpointer  data)
{
  g_test_summary ("While more producers than the limit wait for room, no further stream begins; "
                  "with a greater limit, more begin");

  g_object_set (self->executor, "max-blocked", 0, NULL);
  start_all (self);
  /* The second thread may have begun a stream before the first producer waited. */
  athr_test_yield_until (g_atomic_int_get (&self->n_begun) > 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_begun), <=, 2);
  g_assert_cmpuint (athr_executor_get_n_queued (self->executor), >=, 6);

  athr_executor_set_max_blocked (self->executor, G_MAXUINT);
  await_blocked (self, 8);
}

static void
test_next (Fixture       *self,
           gconstpointer  data)
{
  g_test_summary ("A stream that a next waits for begins, held back or not");

  athr_executor_set_max_blocked (self->executor, 0);
  start_all (self);
  athr_test_yield_until (g_atomic_int_get (&self->n_begun) > 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
  for (int i = G_N_ELEMENTS (self->streams) - 1; i >= 0; i--)
    take_all (self->streams[i]);
}

static void
answer_next (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, NULL, NULL));
  (*(guint *) user_data)++;
}

static void
test_next_async (Fixture       *self,
                 gconstpointer  data)
{
  guint n_answered = 0;

  athr_executor_set_max_blocked (self->executor, 0);
  start_all (self);
  athr_test_yield_until (g_atomic_int_get (&self->n_begun) > 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    athr_stream_next_async (self->streams[i], NULL, answer_next, &n_answered);
  athr_test_iterate_until (NULL, n_answered == G_N_ELEMENTS (self->streams));
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Fixture      *self)
{
  /* At most the two that run and the one whose wait has just ended. */
  g_assert_cmpint (g_atomic_int_get (&self->n_begun) - g_atomic_int_get (&self->n_ended), <=, 4);
}

static void
test_flow (Fixture       *self,
           gconstpointer  data)
{
  g_test_summary ("Streams that flow begin one after the other, and all come to their end");

  athr_executor_set_max_blocked (self->executor, 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    {
      g_signal_connect (self->streams[i], "value", G_CALLBACK (on_value), self);
      athr_stream_set_flowing (self->streams[i], TRUE);
    }
  athr_test_iterate_until (NULL, g_atomic_int_get (&self->n_ended) == 8);
}

static void
read_streams (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  Fixture *self = user_data;

  for (guint i = 0; i < 8; i++)
    take_all (self->streams[i]);
}

static void
test_reader (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (AthrCall) call = athr_call_new (read_streams, self, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("Four producers on full buffers do not starve the worker that reads them, nor "
                  "the streams that it reads next");

  athr_executor_set_max_threads (self->executor, 4);
  athr_executor_set_max_blocked (self->executor, 3);
  for (guint i = 0; i < 4; i++)
    athr_stream_start (self->streams[i]);
  await_blocked (self, 4);

  athr_executor_set_max_blocked (self->executor, 0);
  for (guint i = 4; i < 8; i++)
    athr_stream_start (self->streams[i]);
  g_assert_cmpuint (athr_executor_get_n_queued (self->executor), ==, 4);
  athr_call_set_executor (call, self->executor);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_cmpint (g_atomic_int_get (&self->n_begun), ==, 8);
}

static void
test_close (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("An executor that is closed runs the streams that were held back");

  athr_executor_set_max_blocked (self->executor, 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->streams); i++)
    athr_stream_set_flowing (self->streams[i], TRUE);
  athr_executor_close_async (self->executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_cmpint (g_atomic_int_get (&self->n_ended), ==, 8);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* GLib 2.74 makes this quark without an atomic when workers ask for it first. */
  g_io_error_quark ();

#define add(path, test) \
  g_test_add ("/athr/executor/max-blocked/" path, Fixture, NULL, set_up, test, tear_down)
  add ("default", test_default);
  add ("held-back", test_held_back);
  add ("next", test_next);
  add ("next-async", test_next_async);
  add ("flow", test_flow);
  add ("reader", test_reader);
  add ("close", test_close);

  return g_test_run ();
}
