/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-overflow-test.h"

/* `n-buffered` and `n-dropped`. */

static void
test_buffered (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 5);
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 0);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 5);
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 5);
  /* A value that a next asked for stays in the buffer until the next takes it. */
  athr_stream_next_async (counter.stream, NULL, athr_log_next, &log);
  athr_counter_await_blocked (&counter, 6);
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 6);
  athr_log_await (&log, "1");
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 5);
}

static gpointer
read_numbers (gpointer stream)
{
  guint n_buffered, n_dropped;

  g_object_get (stream, "n-buffered", &n_buffered, "n-dropped", &n_dropped, NULL);
  g_assert_cmpuint (n_buffered, ==, 3);
  g_assert_cmpuint (n_dropped, ==, 7);

  return NULL;
}

static void
test_any_thread (void)
{
  g_auto (AthrEager) eager = { 0 };

  g_test_summary ("Any thread can read n-buffered and n-dropped, and gets the current numbers");

  athr_eager_init (&eager, 10, 3, ATHR_OVERFLOW_DROP_OLDEST);
  athr_eager_let (&eager);
  read_numbers (eager.counter.stream);
  g_thread_join (g_thread_new ("reads", read_numbers, eager.counter.stream));
}

static void
test_block (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("A producer that waits for room drops nothing, not even when the stream is "
                  "closed");

  athr_log_init (&log);
  athr_counter_init (&counter, 20, 5);
  athr_stream_start (counter.stream);
  athr_counter_await_blocked (&counter, 5);
  athr_stream_close_async (counter.stream, NULL, athr_log_close, &log);
  athr_log_await (&log, "close");
  g_assert_cmpuint (athr_stream_get_n_dropped (counter.stream), ==, 0);
  g_assert_cmpuint (athr_stream_get_n_buffered (counter.stream), ==, 5);
}

static void
athr_log_dropped (AthrStream *stream,
                  GParamSpec *pspec,
                  gpointer    user_data)
{
  g_autofree char *word = g_strdup_printf ("dropped:%u", athr_stream_get_n_dropped (stream));

  athr_log_add (user_data, word);
}

static void
test_notify (void)
{
  g_auto (AthrEager) eager = { 0 };

  g_test_summary ("Many dropped values are notified once, before the final state");

  athr_eager_init (&eager, 10, 3, ATHR_OVERFLOW_DROP_OLDEST);
  athr_log_watch (&eager.log, eager.counter.stream);
  g_signal_connect (eager.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &eager.log);
  athr_eager_let (&eager);
  athr_log_await (&eager.log, "dropped:7 ENDED");
  athr_eager_ask (&eager, 4);
  athr_log_await (&eager.log, "dropped:7 ENDED 8 9 10 end finished");
}

static void
test_notify_before_answer (void)
{
  g_auto (AthrEager) eager = { 0 };

  g_test_summary ("n-dropped is notified before the final state, also when the next dispatch "
                  "answers an operation");

  athr_eager_init (&eager, 10, 2, ATHR_OVERFLOW_DROP_NEWEST);
  athr_log_watch (&eager.log, eager.counter.stream);
  g_signal_connect (eager.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &eager.log);
  athr_eager_ask (&eager, 4);
  athr_eager_let (&eager);
  athr_log_await (&eager.log, "dropped:4 ENDED 1 2 3 4");
}

static void
test_notify_fail (void)
{
  g_auto (AthrEager) eager = { 0 };

  g_test_summary ("The value that overflows with FAIL is not counted as dropped");

  athr_eager_init (&eager, 10, 2, ATHR_OVERFLOW_FAIL);
  athr_log_watch (&eager.log, eager.counter.stream);
  g_signal_connect (eager.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &eager.log);
  athr_eager_let (&eager);
  athr_log_await (&eager.log, "FAILED ERROR");
}

/* A producer that yields, and so drops, as many values as home tells it to. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  guint n_to_drop;  /* mutex */
  gboolean is_over; /* mutex */
} AthrDropper;

static void
athr_dropper_run (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrDropper *self = user_data;

  g_mutex_lock (&self->mutex);
  while (!self->is_over)
    {
      while (self->n_to_drop == 0 && !self->is_over)
        g_cond_wait (&self->cond, &self->mutex);
      for (; self->n_to_drop > 0; self->n_to_drop--)
        g_assert_true (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 1));
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
}

/* When it returns, the producer has dropped @n values. */
static void
athr_dropper_drop (AthrDropper *self,
                   guint        n)
{
  g_mutex_lock (&self->mutex);
  self->n_to_drop = n;
  g_cond_broadcast (&self->cond);
  while (self->n_to_drop > 0)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static void
athr_dropper_end (AthrDropper *self)
{
  g_mutex_lock (&self->mutex);
  self->is_over = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Has the producer drop one more value inside a handler. */
static void
drop_more (AthrStream *stream,
           GParamSpec *pspec,
           gpointer    user_data)
{
  if (athr_stream_get_n_dropped (stream) < 4)
    athr_dropper_drop (user_data, 1);
}

/* Returns a running stream in lock-step without readers: every value is dropped. */
static AthrStream *
athr_dropper_new_stream (AthrDropper  *self,
                         AthrExecutor *executor,
                         AthrLog      *log)
{
  AthrStream *stream = athr_stream_new (athr_dropper_run, self, NULL);

  athr_log_init (log);
  athr_stream_set_executor (stream, executor);
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_DROP_NEWEST);
  athr_stream_set_buffer_size (stream, 0);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_RUNNING);
  athr_test_drain (NULL);
  athr_log_watch (log, stream);
  g_signal_connect (stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), log);

  return stream;
}

static void
test_notify_iteration (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("dropper", 1);
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0 };
  AthrDropper dropper = { 0, };
  guint last = 0;

  g_test_summary ("n-dropped is notified at most once in each iteration of the main loop");

  stream = athr_dropper_new_stream (&dropper, executor, &log);
  g_signal_connect (stream, "notify::n-dropped", G_CALLBACK (drop_more), &dropper);
  athr_dropper_drop (&dropper, 1);
  while (g_main_context_iteration (NULL, FALSE))
    {
      guint n_words = 0;

      for (const char *word = log.words->str; (word = strstr (word, "dropped")) != NULL; word++)
        n_words++;
      g_assert_cmpuint (n_words, <=, last + 1);
      last = n_words;
    }
  g_assert_cmpstr (log.words->str, ==, "dropped:1 dropped:2 dropped:3 dropped:4");
  athr_dropper_end (&dropper);
  athr_log_await (&log, "dropped:1 dropped:2 dropped:3 dropped:4 ENDED");
}

/* Inside a handler, has the producer drop the last values and end. */
static void
drop_last (AthrStream *stream,
           GParamSpec *pspec,
           gpointer    user_data)
{
  AthrDropper *self = user_data;

  if (self->is_over)
    return;

  athr_dropper_drop (self, 3);
  athr_dropper_end (self);
  athr_test_yield_until (athr_executor_get_n_running (athr_stream_get_executor (stream)) == 0);
}

static void
test_notify_last (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("dropper", 1);
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0 };
  AthrDropper dropper = { 0, };

  g_test_summary ("The last n-dropped is notified before the end, even if one was notified "
                  "just before");

  stream = athr_dropper_new_stream (&dropper, executor, &log);
  g_signal_connect (stream, "notify::n-dropped", G_CALLBACK (drop_last), &dropper);
  athr_dropper_drop (&dropper, 1);
  athr_log_await (&log, "dropped:1 dropped:4 ENDED");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/" path, test)
  add ("buffered", test_buffered);
  add ("dropped/any-thread", test_any_thread);
  add ("dropped/block", test_block);
  add ("dropped/notify", test_notify);
  add ("dropped/notify/before-answer", test_notify_before_answer);
  add ("dropped/notify/fail", test_notify_fail);
  add ("dropped/notify/iteration", test_notify_iteration);
  add ("dropped/notify/last", test_notify_last);

  return g_test_run ();
}
