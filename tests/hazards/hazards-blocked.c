/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-source-test.h"
#include "stream/stream-steps-test.h"

/* Hazard 3. A producer waits for its consumer. Whatever ends the stream wakes the producer,
 * also when the producer's last act is an error. */

typedef enum { WAIT_YIELD, WAIT_EXCHANGE, WAIT_LOCK_STEP, WAIT_PARKED, N_WAITS } Wait;
typedef enum { END_CLOSE, END_DROP, END_DROP_ELSEWHERE, END_CONTEXT, END_EXECUTOR, N_ENDS } End;

typedef struct
{
  Wait wait;
  End end;
} Case;

typedef struct
{
  Wait wait;
  AthrExecutor *executor;
  GMainContext *context;
  AthrStream *stream;
  int n_yielded;         /* atomic */
  int n_refused;         /* atomic */
  int n_ended;           /* atomic; functions that returned with an error */
  GThread *destroyed_on; /* atomic */
} Blocked;

static void
fail (Blocked  *self,
      GError  **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the last act");
  g_atomic_int_inc (&self->n_ended);
}

static void
give_until_refused (AthrYielder  *yielder,
                    gpointer      user_data,
                    GError      **error)
{
  Blocked *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) refused = NULL;
  gboolean given = TRUE;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, "value");
  while (given)
    {
      g_auto (GValue) sent = G_VALUE_INIT;

      given = self->wait == WAIT_EXCHANGE
              ? athr_yielder_exchange_value (yielder, &value, &sent, &refused)
              : athr_yielder_yield_value (yielder, &value, &refused);
      if (given)
        g_atomic_int_inc (&self->n_yielded);
    }
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_atomic_int_inc (&self->n_refused);
  fail (self, error);
}

static void
give_step (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  Blocked *self = user_data;

  if (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 1))
    g_atomic_int_inc (&self->n_yielded);
}

static void
blocked_destroy (gpointer user_data)
{
  athr_test_note_thread (&((Blocked *) user_data)->destroyed_on);
}

static void
blocked_init (Blocked *self,
              Wait     wait)
{
  *self = (Blocked) { .wait = wait };
  self->executor = athr_executor_new ("blocked", 2);
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->stream = wait == WAIT_PARKED ? athr_stream_new_steps (give_step, self, blocked_destroy)
                                     : athr_stream_new (give_until_refused, self, blocked_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, wait == WAIT_LOCK_STEP ? 0 : 1);
}

/* Starts the producer, and waits until it is blocked or parked: after one value, or, in
 * lock-step and in an exchange, while it waits for the answer to its first value. */
static void
blocked_await (Blocked *self)
{
  GAsyncResult *result = NULL;

  if (self->wait == WAIT_LOCK_STEP)
    {
      /* In lock-step only a request makes the producer begin. */
      athr_stream_next_async (self->stream, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (self->context, result != NULL);
      g_object_unref (result);
    }
  else
    {
      athr_stream_start (self->stream);
      athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 1);
    }
  athr_test_await_rest (self->executor);
  g_assert_cmpint (g_atomic_int_get (&self->n_yielded), ==,
                   self->wait == WAIT_YIELD || self->wait == WAIT_PARKED);
  g_assert_cmpint (g_atomic_int_get (&self->n_ended), ==, 0);
}

static void
blocked_close (Blocked *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  athr_stream_close_async (self->stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (self->context, result != NULL);
  if (self->wait == WAIT_PARKED)
    g_assert_true (athr_stream_close_finish (self->stream, result, &error));
  else
    g_assert_false (athr_stream_close_finish (self->stream, result, &error));
  if (self->wait != WAIT_PARKED)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (g_atomic_int_get (&self->n_refused), ==, self->wait != WAIT_PARKED);
}

static void
blocked_close_executor (Blocked *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_executor_close_async (self->executor, TRUE, NULL, athr_test_keep_result, &result);
  if (self->wait != WAIT_PARKED)
    g_clear_object (&self->stream);
  athr_test_iterate_until (self->context, result != NULL);
  g_clear_object (&self->stream);
}

static void
blocked_end (Blocked *self,
             End      end)
{
  switch (end)
    {
    case END_CLOSE:
      blocked_close (self);
      g_clear_object (&self->stream);
      break;
    case END_DROP:
      g_clear_object (&self->stream);
      break;
    case END_DROP_ELSEWHERE:
      athr_test_drop_on_thread (g_steal_pointer (&self->stream));
      break;
    case END_CONTEXT:
      break;
    default:
      blocked_close_executor (self);
    }
}

static void
test_blocked (gconstpointer data)
{
  const Case *test = data;
  Blocked blocked;

  g_test_summary ("Hazard 3: the stream of a waiting producer ends; the producer's last act "
                  "is an error");

  blocked_init (&blocked, test->wait);
  blocked_await (&blocked);
  blocked_end (&blocked, test->end);
  g_main_context_pop_thread_default (blocked.context);
  if (test->end == END_CONTEXT)
    {
      /* The end of the context ends the producer, although a reference to the stream is
       * left. The worker frees what it has for the dead context. */
      g_clear_pointer (&blocked.context, g_main_context_unref);
      athr_test_yield_until (g_atomic_pointer_get (&blocked.destroyed_on) != NULL);
      g_clear_object (&blocked.stream);
    }
  else
    {
      athr_test_iterate_until (blocked.context, g_atomic_pointer_get (&blocked.destroyed_on) != NULL);
      g_assert_true (blocked.destroyed_on == g_thread_self ());
      athr_test_drain (blocked.context);
      g_main_context_unref (blocked.context);
    }
  g_assert_cmpint (g_atomic_int_get (&blocked.n_refused), ==, test->wait != WAIT_PARKED);
  g_assert_cmpint (g_atomic_int_get (&blocked.n_ended), ==, test->wait != WAIT_PARKED);
  g_object_unref (blocked.executor);
}

int
main (int    argc,
      char **argv)
{
  static const char *const waits[] = { "in-yield", "in-exchange", "in-lock-step", "parked" };
  static const char *const ends[] = { "close", "drop", "drop-elsewhere", "context", "executor" };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < N_WAITS; i++)
    for (guint j = 0; j < N_ENDS; j++)
      {
        g_autofree char *path = g_strdup_printf ("/athr/hazards/03-blocked-producer/%s/%s",
                                                 waits[i], ends[j]);
        Case *test = g_new (Case, 1);

        *test = (Case) { i, j };
        g_test_add_data_func_full (path, test, test_blocked, g_free);
      }

  return g_test_run ();
}
