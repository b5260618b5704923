/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-test.h"

/* What the function of a stream asks home, and has home do. */

#define N_VALUES 300

typedef struct
{
  AthrExecutor *executor;
  AthrStream *stream;
  AthrGate over;
  AthrQuestion *question; /* owned */
  GError *error;          /* of the ask; read it when the gate is open */
  guint n_posted;         /* home; posts that have run */
  guint n_values;         /* home */
  int n_destroyed;        /* atomic */
  gboolean is_over;
  gboolean is_nested;
} Fixture;

static void
note_destroyed (gpointer user_data)
{
  g_atomic_int_inc (&((Fixture *) user_data)->n_destroyed);
}

static void
ask (AthrQuestion *question,
     gpointer      user_data)
{
  ((Fixture *) user_data)->question = g_object_ref (question);
}

static void
run_ask (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Fixture *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  if (athr_yielder_ask (yielder, ask, self, note_destroyed, &value, &self->error))
    athr_yielder_yield_value (yielder, &value, NULL);
  athr_gate_open (&self->over);
}

static void
post (gpointer user_data)
{
  Fixture *self = user_data;

  self->n_posted++;
  if (self->is_nested && self->n_posted % 7 == 0)
    g_main_context_iteration (NULL, FALSE);
}

/* Posts before each value. */
static void
run_posts (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  gboolean given = TRUE;

  for (guint i = 1; i <= N_VALUES && given; i++)
    {
      athr_yielder_post (yielder, post, user_data, note_destroyed);
      given = athr_yielder_yield (yielder, NULL, G_TYPE_UINT, i);
    }
  athr_yielder_post (yielder, post, user_data, note_destroyed);
}

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  memset (self, 0, sizeof *self);
  athr_gate_init (&self->over);
  self->executor = athr_executor_new ("test", 2);
  self->stream = athr_stream_new ((AthrStreamFunc) func, self, NULL);
  athr_stream_set_executor (self->stream, self->executor);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_clear_object (&self->stream);
  /* A function that waits for room does not count as running, and posts once more when the stream is closed. */
  athr_executor_close_async (self->executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_test_drain (NULL);
  g_clear_object (&self->question);
  g_clear_error (&self->error);
  g_object_unref (self->executor);
  athr_gate_clear (&self->over);
}

static void
test_answer (Fixture       *self,
             gconstpointer  func)
{
  g_auto (GValue) answer = G_VALUE_INIT;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_stream_start (self->stream);
  athr_test_iterate_until (NULL, self->question != NULL);
  g_value_init (&answer, G_TYPE_INT);
  g_value_set_int (&answer, 42);
  athr_question_answer (self->question, &answer);
  g_assert_true (athr_stream_next (self->stream, NULL, &value, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 42);
}

static void
assert_failed (Fixture *self,
               int      code)
{
  athr_gate_pass (&self->over);
  g_assert_error (self->error, G_IO_ERROR, code);
  athr_test_iterate_until (NULL, g_atomic_int_get (&self->n_destroyed) == 1);
}

static void
test_closed (Fixture       *self,
             gconstpointer  func)
{
  athr_stream_start (self->stream);
  athr_test_iterate_until (NULL, self->question != NULL);
  athr_stream_close_async (self->stream, NULL, NULL, NULL);
  assert_failed (self, G_IO_ERROR_CLOSED);
}

static void
test_dropped (Fixture       *self,
              gconstpointer  func)
{
  athr_stream_start (self->stream);
  athr_test_iterate_until (NULL, self->question != NULL);
  g_clear_object (&self->stream);
  assert_failed (self, G_IO_ERROR_CLOSED);
}

static void
test_owner_gone (Fixture       *self,
                 gconstpointer  func)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  athr_stream_bind (self->stream, owner);
  athr_stream_next_async (self->stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, self->question != NULL);
  g_clear_object (&owner);
  athr_test_iterate_until (NULL, result != NULL);
  assert_failed (self, G_IO_ERROR_CLOSED);
}

static void
test_blocked (Fixture       *self,
              gconstpointer  func)
{
  GValue value = G_VALUE_INIT;

  g_assert_true (athr_stream_next (self->stream, NULL, &value, NULL));
  g_assert_false (G_IS_VALUE (&value));
  assert_failed (self, G_IO_ERROR_WOULD_BLOCK);
}

/* All that was posted before value n has run when value n comes. */
static void
take (Fixture      *self,
      const GValue *value)
{
  g_assert_cmpuint (g_value_get_uint (value), ==, ++self->n_values);
  g_assert_cmpuint (self->n_posted, >=, self->n_values);
}

static void
assert_all (Fixture *self)
{
  g_assert_cmpuint (self->n_values, ==, N_VALUES);
  g_assert_cmpuint (self->n_posted, ==, N_VALUES + 1);
  g_assert_cmpint (self->n_destroyed, ==, N_VALUES + 1);
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Fixture *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_next_finish_into (self->stream, result, &value, NULL));
  self->is_over = !G_IS_VALUE (&value);
  if (!self->is_over)
    {
      take (self, &value);
      athr_stream_next_async (self->stream, NULL, on_next, self);
    }
}

static void
test_post_next (Fixture       *self,
                gconstpointer  func)
{
  athr_stream_next_async (self->stream, NULL, on_next, self);
  athr_test_iterate_until (NULL, self->is_over);
  assert_all (self);
}

static void
on_batch (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Fixture *self = user_data;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (self->stream, result, NULL);

  self->is_over = values->len == 0;
  for (guint i = 0; i < values->len; i++)
    take (self, &g_array_index (values, GValue, i));
  if (!self->is_over)
    athr_stream_next_batch_async (self->stream, 16, NULL, on_batch, self);
}

static void
test_post_batch (Fixture       *self,
                 gconstpointer  func)
{
  athr_stream_next_batch_async (self->stream, 16, NULL, on_batch, self);
  athr_test_iterate_until (NULL, self->is_over);
  assert_all (self);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Fixture      *self)
{
  take (self, value);
}

static void
on_finished (AthrStream *stream,
             Fixture    *self)
{
  self->is_over = TRUE;
}

static void
test_post_flow (Fixture       *self,
                gconstpointer  func)
{
  g_signal_connect (self->stream, "value", G_CALLBACK (on_value), self);
  g_signal_connect (self->stream, "finished", G_CALLBACK (on_finished), self);
  athr_stream_set_flowing (self->stream, TRUE);
  athr_test_iterate_until (NULL, self->is_over);
  assert_all (self);
}

static void
test_post_flow_nested (Fixture       *self,
                       gconstpointer  func)
{
  self->is_nested = TRUE;
  test_post_flow (self, func);
}

static void
on_close (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Fixture *self = user_data;

  self->is_over = TRUE;
  self->n_values = self->n_posted;
}

static void
on_finished_after_posts (AthrStream *stream,
                         Fixture    *self)
{
  g_assert_cmpuint (self->n_posted, ==, N_VALUES + 1);
  self->is_over = TRUE;
}

/* Blocking reads do not wait for what was posted, but `finished` does. */
static void
test_post_blocking (Fixture       *self,
                    gconstpointer  func)
{
  gboolean has_value = TRUE;

  g_signal_connect (self->stream, "finished", G_CALLBACK (on_finished_after_posts), self);
  while (has_value)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (athr_stream_next (self->stream, NULL, &value, NULL));
      has_value = G_IS_VALUE (&value);
    }
  g_assert_cmpuint (self->n_posted, ==, 0);
  athr_test_iterate_until (NULL, self->is_over);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->n_posted, ==, N_VALUES + 1);
}

/* Nothing that was posted runs after the close has completed. */
static void
test_post_close (Fixture       *self,
                 gconstpointer  func)
{
  athr_stream_start (self->stream);
  athr_test_iterate_until (NULL, self->n_posted > 0);
  athr_stream_close_async (self->stream, NULL, on_close, self);
  athr_test_iterate_until (NULL, self->is_over);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->n_posted, ==, self->n_values);
  g_assert_cmpint (self->n_destroyed, ==, self->n_posted);
}

/* Nothing that was posted runs after a close has completed in another main context of the thread. */
static void
test_post_close_elsewhere (Fixture       *self,
                           gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  athr_stream_start (self->stream);
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 64);
  g_main_context_push_thread_default (context);
  athr_stream_close_async (self->stream, NULL, on_close, self);
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (context, self->is_over);
  g_assert_cmpuint (self->n_posted, ==, 0);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->n_posted, ==, 0);
  g_assert_cmpint (self->n_destroyed, >=, 65);
}

static void
test_post_owner_gone (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);

  athr_stream_bind (self->stream, owner);
  athr_stream_start (self->stream);
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) == 64);
  g_clear_object (&owner);
  athr_test_drain (NULL);
  athr_test_yield_until (athr_executor_get_n_running (self->executor) == 0);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->n_posted, ==, 0);
  g_assert_cmpint (self->n_destroyed, >=, 65);
}

static void
ask_too_late (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  g_autoptr (GError) refused = NULL;

  athr_yielder_end (yielder);
  g_assert_false (athr_yielder_ask (yielder, ask, user_data, note_destroyed, NULL, &refused));
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* After end(), and in the clean-up, nobody is asked. */
static void
test_too_late (void)
{
  g_autoptr (AthrStream) stream = NULL;
  Fixture self = { 0 };

  stream = athr_stream_new_steps (ask_too_late, &self, NULL);
  athr_stream_set_cleanup (stream, ask_too_late, &self, NULL);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), &self);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, self.is_over && g_atomic_int_get (&self.n_destroyed) == 2);
  g_assert_null (self.question);
}

static AthrYielder *kept_yielder;

static void
keep_yielder (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  kept_yielder = g_object_ref (yielder);
}

static void
test_outside (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrStream) stream = athr_stream_new (keep_yielder, NULL, NULL);
      Fixture self = { 0 };

      athr_stream_next (stream, NULL, NULL, NULL);
      athr_test_yield_until (athr_executor_get_n_running (athr_executor_get_default ()) == 0);
      athr_yielder_post (kept_yielder, post, &self, NULL);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*athr_yielder_post*outside of the function*");
}

static void
add (const char      *path,
     AthrStreamFunc   func,
     void           (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, func, set_up, test, tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/ask/answer", run_ask, test_answer);
  add ("/athr/stream/ask/closed", run_ask, test_closed);
  add ("/athr/stream/ask/dropped", run_ask, test_dropped);
  add ("/athr/stream/ask/owner-gone", run_ask, test_owner_gone);
  add ("/athr/stream/ask/blocked", run_ask, test_blocked);
  g_test_add_func ("/athr/stream/ask/too-late", test_too_late);
  add ("/athr/stream/post/next", run_posts, test_post_next);
  add ("/athr/stream/post/batch", run_posts, test_post_batch);
  add ("/athr/stream/post/flow", run_posts, test_post_flow);
  add ("/athr/stream/post/flow-nested", run_posts, test_post_flow_nested);
  add ("/athr/stream/post/blocking", run_posts, test_post_blocking);
  add ("/athr/stream/post/close", run_posts, test_post_close);
  add ("/athr/stream/post/close/elsewhere", run_posts, test_post_close_elsewhere);
  add ("/athr/stream/post/owner-gone", run_posts, test_post_owner_gone);
  g_test_add_func ("/athr/stream/post/outside", test_outside);

  return g_test_run ();
}
