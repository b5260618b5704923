/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-test.h"

/* What cleans up after the function of a stream. */

typedef struct
{
  AthrExecutor *executor; /* of one thread */
  AthrStream *stream;
  AthrGate gate;
  gboolean waits;         /* the function waits at the gate */
  gboolean fails;         /* the function fails */
  gboolean cleanup_fails;
  guint n_values;         /* before a step ends the stream */
  int n_steps;            /* atomic */
  int n_cleanups;         /* atomic */
  GThread *ran_on;
  GThread *cleaned_on;
  GThread *destroyed_on;  /* atomic */
  GError *refused;        /* of a yield of the clean-up */
  GError *error;          /* of the close */
  guint n_closed;         /* home */
} Fixture;

static void
clean_up (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Fixture *self = user_data;

  self->cleaned_on = g_thread_self ();
  g_assert_false (athr_yielder_yield (yielder, &self->refused, G_TYPE_INT, 1));
  g_atomic_int_inc (&self->n_cleanups);
  if (self->cleanup_fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Not clean");
}

static void
run (AthrYielder  *yielder,
     gpointer      user_data,
     GError      **error)
{
  Fixture *self = user_data;

  self->ran_on = g_thread_self ();
  g_atomic_int_inc (&self->n_steps);
  for (guint i = 0; i < self->n_values; i++)
    athr_yielder_yield (yielder, NULL, G_TYPE_INT, i);
  if (self->waits)
    athr_gate_pass (&self->gate);
  if (self->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

static void
step (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  Fixture *self = user_data;

  self->ran_on = g_thread_self ();
  g_atomic_int_inc (&self->n_steps);
  if (self->waits)
    athr_gate_pass (&self->gate);
  athr_yielder_yield (yielder, NULL, G_TYPE_INT, 1);
}

static void
set_up (Fixture       *self,
        gconstpointer  is_step)
{
  memset (self, 0, sizeof *self);
  athr_gate_init (&self->gate);
  self->executor = athr_executor_new ("test", 1);
  self->stream = is_step != NULL ? athr_stream_new_steps (step, self, NULL)
                                 : athr_stream_new (run, self, NULL);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, 4);
  athr_stream_set_cleanup (self->stream, clean_up, self, NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  is_step)
{
  int n_expected = g_atomic_int_get (&self->n_steps) > 0;

  athr_gate_open (&self->gate);
  g_clear_object (&self->stream);
  athr_test_yield_until (g_atomic_int_get (&self->n_cleanups) == n_expected &&
                         athr_executor_get_n_queued (self->executor) == 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
  athr_test_drain (NULL);
  /* An executor of one thread cleans up on the thread of the function. */
  g_assert_true (self->cleaned_on == self->ran_on);
  if (n_expected > 0)
    g_assert_error (self->refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&self->refused);
  g_clear_error (&self->error);
  g_object_unref (self->executor);
  athr_gate_clear (&self->gate);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fixture *self = user_data;

  self->n_closed++;
  athr_stream_close_finish (self->stream, result, &self->error);
}

static void
close_stream (Fixture *self)
{
  athr_stream_close_async (self->stream, NULL, on_closed, self);
  athr_test_iterate_until (NULL, self->n_closed == 1);
}

/* Takes the next value, which is the end or an error. */
static void
take_end (Fixture  *self,
          GError  **error)
{
  GValue value = G_VALUE_INIT;

  athr_stream_next (self->stream, NULL, &value, error);
  g_assert_false (G_IS_VALUE (&value));
}

static void
test_returned (Fixture       *self,
               gconstpointer  is_step)
{
  take_end (self, NULL);
  /* The end comes after the clean-up. */
  g_assert_cmpint (self->n_cleanups, ==, 1);
}

static void
test_failed (Fixture       *self,
             gconstpointer  is_step)
{
  g_autoptr (GError) error = NULL;

  self->fails = self->cleanup_fails = TRUE;
  take_end (self, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (self->n_cleanups, ==, 1);
}

static void
test_cleanup_failed (Fixture       *self,
                     gconstpointer  is_step)
{
  g_autoptr (GError) error = NULL;

  self->cleanup_fails = TRUE;
  take_end (self, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static void
test_close_running (Fixture       *self,
                    gconstpointer  is_step)
{
  self->cleanup_fails = self->waits = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->gate, 1);
  athr_stream_close_async (self->stream, NULL, on_closed, self);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->n_closed, ==, 0);
  athr_gate_open (&self->gate);
  athr_test_iterate_until (NULL, self->n_closed == 1);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (self->n_cleanups, ==, 1);
}

static void
test_close_blocked (Fixture       *self,
                    gconstpointer  is_step)
{
  self->n_values = 8;
  athr_stream_start (self->stream);
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 4);
  close_stream (self);
  g_assert_no_error (self->error);
  g_assert_cmpint (self->n_cleanups, ==, 1);
}

/* Waits until the steps have filled the buffer and hold no thread. */
static void
await_parked (Fixture *self)
{
  athr_stream_start (self->stream);
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 4 &&
                         athr_executor_get_n_running (self->executor) == 0);
}

static void
test_close_parked (Fixture       *self,
                   gconstpointer  is_step)
{
  self->cleanup_fails = TRUE;
  await_parked (self);
  close_stream (self);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (self->n_cleanups, ==, 1);
}

static void
test_drop_parked (Fixture       *self,
                  gconstpointer  is_step)
{
  await_parked (self);
  g_clear_object (&self->stream);
  athr_test_yield_until (g_atomic_int_get (&self->n_cleanups) == 1);
}

static void
test_never_begun (Fixture       *self,
                  gconstpointer  is_step)
{
  g_autoptr (AthrStream) other = athr_stream_new (run, self, NULL);

  athr_stream_set_cleanup (other, clean_up, &self->destroyed_on, athr_test_note_thread);
  athr_executor_set_paused (self->executor, TRUE);
  athr_stream_set_executor (other, self->executor);
  athr_stream_start (other);
  athr_stream_start (self->stream);
  close_stream (self);
  g_assert_cmpint (self->n_cleanups, ==, 0);
  g_clear_object (&other);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->destroyed_on) != NULL);
  g_assert_true (self->destroyed_on == g_thread_self ());
  g_assert_cmpint (self->n_cleanups, ==, 0);
}

static void
on_executor_closed (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  Fixture *self = user_data;

  g_assert_true (athr_executor_close_finish (ATHR_EXECUTOR (source), result, NULL));
  /* The last thread has left. */
  g_assert_cmpint (self->n_cleanups, ==, 1);
  self->n_closed++;
}

static void
close_executor (Fixture  *self,
                gboolean  cancel_queued)
{
  athr_executor_close_async (self->executor, cancel_queued, NULL, on_executor_closed, self);
}

static void
assert_executor_closed (Fixture *self,
                        guint    n_values,
                        int      code)
{
  g_autoptr (GError) error = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_iterate_until (NULL, self->n_closed == 1);
  for (guint i = 0; i < n_values; i++)
    g_assert_true (athr_stream_next (self->stream, NULL, NULL, NULL));
  g_assert_false (athr_stream_next (self->stream, NULL, &value, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

static void
test_executor_closed_parked (Fixture       *self,
                             gconstpointer  is_step)
{
  await_parked (self);
  close_executor (self, FALSE);
  assert_executor_closed (self, 4, G_IO_ERROR_CLOSED);
}

static void
test_executor_cancelled_parked (Fixture       *self,
                                gconstpointer  is_step)
{
  await_parked (self);
  close_executor (self, TRUE);
  athr_test_iterate_until (NULL, self->n_closed == 1);
}

/* A step runs as the executor closes. It may not park afterwards. */
static void
test_executor_closed_running (Fixture       *self,
                              gconstpointer  is_step)
{
  self->waits = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->gate, 1);
  close_executor (self, FALSE);
  athr_gate_open (&self->gate);
  assert_executor_closed (self, 4, G_IO_ERROR_CLOSED);
}

static void
test_executor_cancelled_running (Fixture       *self,
                                 gconstpointer  is_step)
{
  self->waits = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->gate, 1);
  close_executor (self, TRUE);
  athr_gate_open (&self->gate);
  assert_executor_closed (self, 1, G_IO_ERROR_CANCELLED);
}

static void
test_after_start (void)
{
  if (g_test_subprocess ())
    {
      Fixture self;

      set_up (&self, NULL);
      athr_stream_start (self.stream);
      athr_stream_set_cleanup (self.stream, clean_up, &self, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*cleanup*only until the stream starts*");
}

static void
add (const char *path,
     gboolean    is_step,
     void      (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, GINT_TO_POINTER (is_step), set_up, test, tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/cleanup/returned", FALSE, test_returned);
  add ("/athr/stream/cleanup/failed", FALSE, test_failed);
  add ("/athr/stream/cleanup/cleanup-failed", FALSE, test_cleanup_failed);
  add ("/athr/stream/cleanup/close-running", FALSE, test_close_running);
  add ("/athr/stream/cleanup/close-blocked", FALSE, test_close_blocked);
  add ("/athr/stream/cleanup/close-parked", TRUE, test_close_parked);
  add ("/athr/stream/cleanup/drop-parked", TRUE, test_drop_parked);
  add ("/athr/stream/cleanup/never-begun", FALSE, test_never_begun);
  add ("/athr/stream/cleanup/executor-closed/parked", TRUE, test_executor_closed_parked);
  add ("/athr/stream/cleanup/executor-cancelled/parked", TRUE, test_executor_cancelled_parked);
  add ("/athr/stream/cleanup/executor-closed/running", TRUE, test_executor_closed_running);
  add ("/athr/stream/cleanup/executor-cancelled/running", TRUE, test_executor_cancelled_running);
  g_test_add_func ("/athr/stream/cleanup/after-start", test_after_start);

  return g_test_run ();
}
