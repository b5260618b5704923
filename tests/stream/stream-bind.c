/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-test.h"

/* A stream whose owner goes in each state of the stream, and on each thread. */

typedef struct
{
  AthrCounter counter;
  AthrLog log; /* signals and notifications */
  GObject *owner;
  GAsyncResult *next;
  gboolean is_closing;
  GAsyncResult *close;
} Fixture;

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Fixture      *self)
{
  athr_log_add (&self->log, "value");
}

static void
on_notify (AthrStream *stream,
           GParamSpec *pspec,
           Fixture    *self)
{
  athr_log_add (&self->log, pspec->name);
}

static void
on_finished (AthrStream *stream,
             Fixture    *self)
{
  athr_log_add (&self->log, "finished");
}

/* Begins a stream of four values with room for @buffer_size, and an owner. */
static void
set_up (Fixture       *self,
        gconstpointer  buffer_size)
{
  memset (self, 0, sizeof *self);
  athr_counter_init (&self->counter, 4, GPOINTER_TO_UINT (buffer_size));
  athr_log_init (&self->log);
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_signal_connect (self->counter.stream, "value", G_CALLBACK (on_value), self);
  g_signal_connect (self->counter.stream, "notify", G_CALLBACK (on_notify), self);
  g_signal_connect (self->counter.stream, "finished", G_CALLBACK (on_finished), self);
  athr_stream_bind (self->counter.stream, self->owner);
}

static void
tear_down (Fixture       *self,
           gconstpointer  buffer_size)
{
  g_clear_object (&self->next);
  g_clear_object (&self->close);
  g_clear_object (&self->owner);
  athr_counter_clear (&self->counter);
  athr_log_clear (&self->log);
}

static void
next (Fixture *self)
{
  athr_stream_next_async (self->counter.stream, NULL, athr_test_keep_result, &self->next);
}

static void
close_stream (Fixture *self)
{
  self->is_closing = TRUE;
  athr_stream_close_async (self->counter.stream, NULL, athr_test_keep_result, &self->close);
}

static void
assert_next_cancelled (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  athr_test_iterate_until (NULL, self->next != NULL);
  g_assert_false (athr_stream_next_finish_into (self->counter.stream, self->next, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&self->next);
}

/* The owner was told nothing, readers that come later get CANCELLED, and a close completes. */
static void
assert_silence (Fixture    *self,
                const char *words)
{
  g_autoptr (GError) error = NULL;
  GValue value = G_VALUE_INIT;

  g_assert_false (athr_stream_try_next (self->counter.stream, &value));
  next (self);
  assert_next_cancelled (self);
  g_assert_false (athr_stream_next (self->counter.stream, NULL, &value, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&self->counter.hold);
  if (!self->is_closing)
    close_stream (self);
  athr_test_iterate_until (NULL, self->close != NULL);
  g_assert_true (athr_stream_close_finish (self->counter.stream, self->close, NULL));
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, words);
}

static void
test_before_start (Fixture       *self,
                   gconstpointer  data)
{
  g_clear_object (&self->owner);
  next (self);
  assert_next_cancelled (self);
  assert_silence (self, "");
  g_assert_cmpint (self->counter.n_begun, ==, 0);
  g_assert_true (self->counter.destroyed_on == g_thread_self ());
}

/* The producer waits for room, and values wait for the owner. */
static void
test_buffered (Fixture       *self,
               gconstpointer  data)
{
  self->counter.holds = TRUE;
  athr_stream_start (self->counter.stream);
  athr_counter_await_blocked (&self->counter, 2);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);

  g_clear_object (&self->owner);
  next (self);
  assert_next_cancelled (self);
  /* The library cancels just after it has closed the yielder, so the function waits for this. */
  athr_gate_open (&self->counter.hold);
  athr_counter_await_returned (&self->counter);
  g_assert_error (self->counter.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (self->counter.was_cancelled);
  g_assert_cmpuint (athr_stream_get_n_buffered (self->counter.stream), ==, 0);
  assert_silence (self, "");
}

static gpointer
dispose_in_thread (gpointer owner)
{
  g_object_run_dispose (owner);
  return NULL;
}

/* A next waits while the function holds: it is answered at once. The close waits. */
static void
test_waiting (Fixture       *self,
              gconstpointer  data)
{
  self->counter.n_values = 0;
  self->counter.holds = TRUE;
  next (self);
  athr_gate_await (&self->counter.hold, 1);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);
  g_assert_null (self->next);

  g_thread_join (g_thread_new ("disposer", dispose_in_thread, self->owner));
  assert_next_cancelled (self);
  close_stream (self);
  athr_test_drain (NULL);
  g_assert_null (self->close);
  assert_silence (self, "");
}

/* The close came first: its reader gets CANCELLED, and it completes as ever. */
static void
test_closing (Fixture       *self,
              gconstpointer  data)
{
  self->counter.n_values = 0;
  self->counter.holds = TRUE;
  next (self);
  athr_gate_await (&self->counter.hold, 1);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);

  close_stream (self);
  g_clear_object (&self->owner);
  assert_next_cancelled (self);
  g_assert_null (self->close);
  assert_silence (self, "");
}

static void
dispose_in_value (AthrStream   *stream,
                  const GValue *value,
                  Fixture      *self)
{
  g_clear_object (&self->owner);
}

static void
test_in_value (Fixture       *self,
               gconstpointer  data)
{
  g_signal_connect (self->counter.stream, "value", G_CALLBACK (dispose_in_value), self);
  athr_stream_set_flowing (self->counter.stream, TRUE);
  athr_test_iterate_until (NULL, self->owner == NULL);
  athr_test_drain (NULL);
  athr_counter_await_returned (&self->counter);
  assert_silence (self, "flowing state value");
}

static void
nest_in_value (AthrStream   *stream,
               const GValue *value,
               Fixture      *self)
{
  g_clear_object (&self->owner);
  athr_test_drain (NULL);
  athr_counter_await_returned (&self->counter);
  athr_test_drain (NULL);
}

static void
test_nested (Fixture       *self,
             gconstpointer  data)
{
  g_signal_connect (self->counter.stream, "value", G_CALLBACK (nest_in_value), self);
  athr_stream_set_flowing (self->counter.stream, TRUE);
  athr_test_iterate_until (NULL, self->owner == NULL);
  assert_silence (self, "flowing state value");
}

/* The end waits to be told, and is not. */
static void
test_ended (Fixture       *self,
            gconstpointer  data)
{
  athr_stream_start (self->counter.stream);
  athr_test_drain (NULL);
  athr_counter_await_returned (&self->counter);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);
  g_assert_cmpuint (athr_stream_get_n_buffered (self->counter.stream), ==, 4);

  g_clear_object (&self->owner);
  athr_test_drain (NULL);
  g_assert_cmpuint (athr_stream_get_n_buffered (self->counter.stream), ==, 0);
  assert_silence (self, "");
}

static void
test_after_end (Fixture       *self,
                gconstpointer  data)
{
  GValue value = G_VALUE_INIT;

  athr_stream_set_flowing (self->counter.stream, TRUE);
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log.words->str, "finished"));
  g_clear_object (&self->owner);
  athr_test_drain (NULL);
  /* The end, and no error. */
  g_assert_true (athr_stream_next (self->counter.stream, NULL, &value, NULL));
  g_assert_false (G_IS_VALUE (&value));
}

/* The stream is dropped first, while the owner lives on. */
static void
test_stream_first (Fixture       *self,
                   gconstpointer  data)
{
  athr_stream_start (self->counter.stream);
  athr_counter_await_blocked (&self->counter, 2);
  g_clear_object (&self->counter.stream);
  athr_counter_await_returned (&self->counter);
  g_object_run_dispose (self->owner);
}

static void
test_several (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (GObject) second = g_object_new (G_TYPE_OBJECT, NULL);

  athr_stream_start (self->counter.stream);
  athr_counter_await_blocked (&self->counter, 2);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);
  athr_stream_bind (self->counter.stream, second);
  g_clear_object (&second);
  athr_test_drain (NULL);
  assert_silence (self, "");
}

static gpointer
next_blocking (gpointer data)
{
  AthrStream *stream = data;
  GError *error = NULL;

  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));

  return error;
}

static void
test_blocked_thread (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  GThread *thread;

  self->counter.n_values = 0;
  self->counter.holds = TRUE;
  athr_stream_start (self->counter.stream);
  athr_gate_await (&self->counter.hold, 1);
  athr_test_drain (NULL);
  g_string_truncate (self->log.words, 0);
  thread = g_thread_new ("blocked", next_blocking, self->counter.stream);
  g_clear_object (&self->owner);
  athr_test_drain (NULL);
  error = g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_silence (self, "");
}

static void
dispose_and_wait (AthrYielder  *yielder,
                  gpointer      owner,
                  GError      **error)
{
  GPollFD fd;

  g_assert_true (g_cancellable_make_pollfd (athr_yielder_get_cancellable (yielder), &fd));
  g_object_run_dispose (owner);
  g_assert_cmpint (g_poll (&fd, 1, ATHR_TEST_TIMEOUT / 1000), ==, 1);
  g_cancellable_release_fd (athr_yielder_get_cancellable (yielder));
}

static AthrStream *
new_disposing (GObject *owner)
{
  AthrStream *stream = athr_stream_new (dispose_and_wait, owner, NULL);

  athr_stream_bind (stream, owner);

  return stream;
}

/* The owner goes while the owner's thread is blocked. */
static void
test_blocked_home (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AthrStream) stream = new_disposing (owner);
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&stream);
  athr_test_drain (NULL);
}

static void
test_blocked_home_batch (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AthrStream) stream = new_disposing (owner);
  g_autoptr (GError) error = NULL;

  g_assert_null (athr_stream_next_batch (stream, 8, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&stream);
  athr_test_drain (NULL);
}

static gpointer
bind_elsewhere (gpointer stream)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);

  athr_stream_bind (stream, owner);

  return NULL;
}

static void
test_other_thread (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM, NULL);

      athr_stream_start (stream);
      athr_test_drain (NULL);
      g_thread_join (g_thread_new ("other", bind_elsewhere, stream));
      return;
    }

  g_test_summary ("To bind a stream on another thread is a critical that names the thread");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_stream_bind was called on the thread*other*");
}

static void
yield_one (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
}

static gpointer
take_one (gpointer stream)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 1);

  return NULL;
}

static void
test_home_moves (void)
{
  g_test_summary ("While the start of a bound stream moves home, another thread may ask for a value");

  for (int i = 0; i < 100; i++)
    {
      GMainContext *context = g_main_context_new ();
      g_autoptr (AthrStream) stream = NULL;
      g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
      GThread *thread;

      g_main_context_push_thread_default (context);
      stream = athr_stream_new (yield_one, NULL, NULL);
      g_main_context_pop_thread_default (context);
      athr_stream_bind (stream, owner);
      /* Only the stream has the queue of the context. */
      g_main_context_unref (context);
      thread = g_thread_new ("next", take_one, stream);
      athr_stream_start (stream);
      g_thread_join (thread);
      g_clear_object (&stream);
      athr_test_drain (NULL);
    }
}

static void
add (const char *path,
     guint       buffer_size,
     void      (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, GUINT_TO_POINTER (buffer_size), set_up, test, tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/bind/before-start", 2, test_before_start);
  add ("/athr/stream/bind/buffered", 2, test_buffered);
  add ("/athr/stream/bind/waiting", 2, test_waiting);
  add ("/athr/stream/bind/closing", 2, test_closing);
  add ("/athr/stream/bind/in-value", 2, test_in_value);
  add ("/athr/stream/bind/nested", 2, test_nested);
  add ("/athr/stream/bind/ended", 8, test_ended);
  add ("/athr/stream/bind/after-end", 2, test_after_end);
  add ("/athr/stream/bind/stream-first", 2, test_stream_first);
  add ("/athr/stream/bind/several", 2, test_several);
  add ("/athr/stream/bind/blocked-thread", 2, test_blocked_thread);
  g_test_add_func ("/athr/stream/bind/blocked-home", test_blocked_home);
  g_test_add_func ("/athr/stream/bind/blocked-home/batch", test_blocked_home_batch);
  g_test_add_func ("/athr/stream/bind/other-thread", test_other_thread);
  g_test_add_func ("/athr/stream/bind/home-moves", test_home_moves);

  return g_test_run ();
}
