/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
test_order (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Several nexts are answered in order, and those that are left get the end");

  athr_log_init (&log);
  athr_counter_init (&counter, 3, 1);
  for (int i = 0; i < 5; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "1 2 3 end end");
}

static void
test_after_end (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 1);
  athr_test_expect_value (counter.stream, 1);
  athr_test_expect_end (counter.stream);
  for (int i = 0; i < 2; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "end end");
}

static void
test_after_error (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 0, 1);
  counter.error = athr_test_boom ();
  athr_test_expect_error (counter.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_false (athr_stream_is_done (counter.stream));
  athr_test_expect_end (counter.stream);
  athr_test_expect_end (counter.stream);
}

static void
test_callback_later (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A callback is never called before next_async() has returned, even if the "
                  "answer is there");

  athr_log_init (&log);
  athr_counter_init (&counter, 1, 4);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  for (int i = 0; i < 2; i++)
    {
      athr_log_add (&log, "ask");
      athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
      athr_log_add (&log, "asked");
      athr_test_drain (NULL);
    }
  athr_log_await (&log, "ask asked 1 ask asked end");
}

/* Asks from its callback, and records the iteration of each answer. */
typedef struct
{
  AthrStream *stream;
  int iteration;
  int asked_in;
  int n_answers;
} Iterations;

static void
note_iteration (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Iterations *self = user_data;

  g_assert_cmpint (self->iteration, >, self->asked_in);
  self->asked_in = self->iteration;
  if (++self->n_answers < 5)
    athr_stream_next_async (self->stream, NULL, note_iteration, self);
}

static gboolean
ask_when_idle (gpointer user_data)
{
  Iterations *self = user_data;

  self->asked_in = self->iteration;
  athr_stream_next_async (self->stream, NULL, note_iteration, self);

  return G_SOURCE_REMOVE;
}

static void
test_callback_iteration (void)
{
  g_auto (AthrCounter) counter = { 0 };
  Iterations iterations = { 0, };

  g_test_summary ("A callback is never called in the iteration of the main loop in which its "
                  "next started");

  athr_counter_init (&counter, 10, 10);
  athr_stream_start (counter.stream);
  athr_counter_await_returned (&counter);
  iterations.stream = counter.stream;
  g_idle_add_full (G_PRIORITY_HIGH, ask_when_idle, &iterations, NULL);
  while (iterations.n_answers < 5)
    {
      iterations.iteration++;
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
note_source (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GObject) of_result = g_async_result_get_source_object (result);

  g_assert_true (of_result == source);
  g_assert_true (G_IS_TASK (result));
  g_assert_true (g_async_result_is_tagged (result, athr_stream_next_async));
  g_assert_true (g_async_result_get_user_data (result) == user_data);
  *(gpointer *) user_data = source;
}

static void
test_callback_result (void)
{
  g_auto (AthrCounter) counter = { 0 };
  gpointer source = NULL;

  g_test_summary ("The result is a GTask of the stream");

  athr_counter_init (&counter, 1, 1);
  athr_stream_next_async (counter.stream, NULL, note_source, &source);
  athr_test_iterate_until (NULL, source != NULL);
  g_assert_true (source == counter.stream);
}

/* Yields the witness. Then only the stream has a reference to it. */
static void
yield_witness (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  athr_yielder_yield (yielder, error, ATHR_TYPE_WITNESS, user_data);
}

static AthrStream *
witness_stream_new (GThread **finalized_on)
{
  return athr_stream_new (yield_witness, athr_witness_new (finalized_on), g_object_unref);
}

static void
test_callback_none (void)
{
  GThread *finalized_on = NULL;
  g_autoptr (AthrStream) stream = witness_stream_new (&finalized_on);

  g_test_summary ("Without a callback the stream takes the value, and frees it at home");

  athr_stream_next_async (stream, NULL, NULL, NULL);
  athr_test_expect_end (stream);
  g_assert_true (finalized_on == g_thread_self ());
}

static void
note_value (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, NULL, NULL));
  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL));
  g_assert_true (g_value_get_object (&value) == user_data);
}

static void
test_finish_nowhere (void)
{
  GThread *finalized_on = NULL;
  gpointer witness = athr_witness_new (&finalized_on);
  g_autoptr (AthrStream) stream = athr_stream_new (yield_witness, witness, g_object_unref);

  g_test_summary ("Finishing into NULL leaves the value in the result");

  athr_stream_next_async (stream, NULL, note_value, witness);
  athr_test_expect_end (stream);
  g_assert_true (finalized_on == g_thread_self ());
}

static void
test_finish_value (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GValue *value;

  athr_counter_init (&counter, 1, 1);
  result = athr_test_ask (counter.stream);
  value = athr_stream_next_finish (counter.stream, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_value_get_uint (value), ==, 1);
  g_value_unset (value);
  g_free (value);
}

#define EXPECT_CRITICAL(pattern, statement) \
  G_STMT_START { \
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, pattern); \
    statement; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

static void
test_finish_wrong (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) next = NULL;
  g_autoptr (GAsyncResult) of_other = NULL;
  GAsyncResult *close = NULL;
  g_autoptr (GTask) task = NULL;

  g_test_summary ("The result of another object or operation, or a value that is set, is a "
                  "critical");

  athr_counter_init (&counter, 1, 1);
  athr_counter_init (&other, 1, 1);
  next = athr_test_ask (counter.stream);
  of_other = athr_test_ask (other.stream);
  athr_stream_close_async (counter.stream, NULL, athr_test_keep_result, &close);
  athr_test_iterate_until (NULL, close != NULL);
  task = g_task_new (counter.stream, NULL, NULL, NULL);

  EXPECT_CRITICAL ("*g_task_is_valid*",
                   g_assert_null (athr_stream_next_finish (counter.stream, of_other, &error)));
  EXPECT_CRITICAL ("*is_tagged*",
                   g_assert_null (athr_stream_next_finish (counter.stream, close, &error)));
  EXPECT_CRITICAL ("*is_tagged*",
                   g_assert_false (athr_stream_next_finish_into (counter.stream,
                                                                 G_ASYNC_RESULT (task), NULL,
                                                                 &error)));
  EXPECT_CRITICAL ("*is_tagged*",
                   g_assert_false (athr_stream_close_finish (counter.stream, next, &error)));
  EXPECT_CRITICAL ("*g_task_is_valid*",
                   g_assert_false (athr_stream_close_finish (other.stream, close, &error)));
  g_value_init (&value, G_TYPE_INT);
  EXPECT_CRITICAL ("*G_IS_VALUE (value)*",
                   g_assert_false (athr_stream_next_finish_into (counter.stream, next, &value,
                                                                 &error)));
  EXPECT_CRITICAL ("*ATHR_IS_STREAM*", athr_stream_next_async (NULL, NULL, NULL, NULL));
  EXPECT_CRITICAL ("*G_IS_CANCELLABLE*",
                   athr_stream_next_async (counter.stream, (GCancellable *) task, NULL, NULL));
  g_assert_no_error (error);
  g_object_unref (close);
}

static void
test_finish_twice (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GAsyncResult) next = NULL;

  g_test_summary ("A value is taken from a result once, since a second time would look like "
                  "the end");

  athr_counter_init (&counter, 1, 1);
  next = athr_test_ask (counter.stream);
  g_assert_true (athr_stream_next_finish_into (counter.stream, next, &value, NULL));
  EXPECT_CRITICAL ("*is_taken*", g_assert_null (athr_stream_next_finish (counter.stream, next, NULL)));
}

static gpointer
drop (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static void
test_dropped_value (void)
{
  GThread *finalized_on = NULL;
  g_autoptr (AthrStream) stream = witness_stream_new (&finalized_on);
  GAsyncResult *result = athr_test_ask (stream);

  g_test_summary ("The value of an unfinished result that another thread drops is freed at "
                  "home");

  athr_test_expect_end (stream);
  g_thread_join (g_thread_new ("drops", drop, result));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
  g_assert_true (finalized_on == g_thread_self ());
}

/* An error that carries user data. */
typedef struct
{
  GThread *home;
} FragileErrorPrivate;

static int n_fragile_errors;           /* atomic */
static int n_fragile_errors_elsewhere; /* atomic; freed on another thread */

static GQuark fragile_error_quark (void);

static void
fragile_error_private_init (FragileErrorPrivate *self)
{
  g_atomic_int_inc (&n_fragile_errors);
}

static void
fragile_error_private_copy (const FragileErrorPrivate *source,
                            FragileErrorPrivate       *copy)
{
  copy->home = source->home;
}

static void
fragile_error_private_clear (FragileErrorPrivate *self)
{
  if (self->home != g_thread_self ())
    g_atomic_int_inc (&n_fragile_errors_elsewhere);
  g_atomic_int_dec_and_test (&n_fragile_errors);
}

G_DEFINE_EXTENDED_ERROR (FragileError, fragile_error)

static void
fail_fragile (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
  fragile_error_get_private (*error)->home = user_data;
}

static void
test_dropped_error (void)
{
  AthrStream *stream = athr_stream_new (fail_fragile, g_thread_self (), NULL);
  GAsyncResult *result = athr_test_ask (stream);

  g_test_summary ("The error of an unfinished result that another thread drops is freed at "
                  "home");

  g_object_unref (stream);
  g_assert_cmpint (g_atomic_int_get (&n_fragile_errors), >, 0);
  g_thread_join (g_thread_new ("drops", drop, result));
  athr_test_iterate_until (NULL, g_atomic_int_get (&n_fragile_errors) == 0);
  g_assert_cmpint (n_fragile_errors_elsewhere, ==, 0);
}

/* Iterates inside its callback until two more answers have come. */
static void
nest (GObject      *source,
      GAsyncResult *result,
      gpointer      user_data)
{
  AthrLog *log = user_data;
  gsize length;

  athr_log_next (source, result, user_data);
  length = log->words->len + strlen (" 2 3");
  athr_test_iterate_until (NULL, log->words->len >= length);
  athr_log_add (log, "back");
}

static void
test_nested (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A main loop inside a callback calls the later callbacks in order");

  athr_log_init (&log);
  athr_counter_init (&counter, 10, 2);
  athr_stream_next_async (counter.stream, NULL, nest, &log);
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_test_iterate_until (NULL, log.words->len >= strlen ("1 2 3 back 4"));
  g_assert_true (g_str_equal (log.words->str, "1 2 3 back 4") ||
                 g_str_equal (log.words->str, "1 2 3 4 back"));
}

static void
nest_and_ask (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  guint number;

  athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL);
  number = g_value_get_uint (&value);
  if (number < 20)
    athr_test_expect_value (ATHR_STREAM (source), number + 1);
  *(guint *) user_data = number;
}

static void
test_nested_ask (void)
{
  g_test_summary ("A main loop inside a callback wakes a producer whose wake-up was left to "
                  "the end of the slice");

  for (guint size = 1; size <= 9; size++)
    {
      g_auto (AthrCounter) counter = { 0 };
      guint number = 0;

      athr_counter_init (&counter, 100, size);
      athr_stream_start (counter.stream);
      athr_counter_await_blocked (&counter, size);
      for (guint i = 1; i < 20; i += 2)
        {
          number = 0;
          athr_stream_next_async (counter.stream, NULL, nest_and_ask, &number);
          athr_test_iterate_until (NULL, number != 0);
          g_assert_cmpuint (number, ==, i);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/next/order", test_order);
  g_test_add_func ("/athr/stream/next/after-end", test_after_end);
  g_test_add_func ("/athr/stream/next/after-error", test_after_error);
  g_test_add_func ("/athr/stream/next/callback/later", test_callback_later);
  g_test_add_func ("/athr/stream/next/callback/iteration", test_callback_iteration);
  g_test_add_func ("/athr/stream/next/callback/result", test_callback_result);
  g_test_add_func ("/athr/stream/next/callback/none", test_callback_none);
  g_test_add_func ("/athr/stream/next/finish/value", test_finish_value);
  g_test_add_func ("/athr/stream/next/finish/nowhere", test_finish_nowhere);
  g_test_add_func ("/athr/stream/next/finish/wrong", test_finish_wrong);
  g_test_add_func ("/athr/stream/next/finish/twice", test_finish_twice);
  g_test_add_func ("/athr/stream/next/dropped/value", test_dropped_value);
  g_test_add_func ("/athr/stream/next/dropped/error", test_dropped_error);
  g_test_add_func ("/athr/stream/next/nested/order", test_nested);
  g_test_add_func ("/athr/stream/next/nested/ask", test_nested_ask);

  return g_test_run ();
}
