/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-overflow-test.h"

/* How many values wait, and how many were dropped. */

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
  /* One that was asked for is there until it is taken. */
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
  g_auto (AthrSpate) spate = { 0 };

  g_test_summary ("Both can be read by any thread, as they are in this moment");

  athr_spate_init (&spate, 10, 3, ATHR_OVERFLOW_DROP_OLDEST);
  athr_spate_let (&spate);
  read_numbers (spate.counter.stream);
  g_thread_join (g_thread_new ("reads", read_numbers, spate.counter.stream));
}

static void
test_block (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrCounter) counter = { 0 };

  g_test_summary ("Where the producer waits nothing is dropped, not even by a close");

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
  g_auto (AthrSpate) spate = { 0 };

  g_test_summary ("All that was dropped meanwhile is one notify, before the final state");

  athr_spate_init (&spate, 10, 3, ATHR_OVERFLOW_DROP_OLDEST);
  athr_log_watch (&spate.log, spate.counter.stream);
  g_signal_connect (spate.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &spate.log);
  athr_spate_let (&spate);
  athr_log_await (&spate.log, "dropped:7 ENDED");
  athr_spate_ask (&spate, 4);
  athr_log_await (&spate.log, "dropped:7 ENDED 8 9 10 end finished");
}

static void
test_notify_before_answer (void)
{
  g_auto (AthrSpate) spate = { 0 };

  g_test_summary ("Also when it is the answer of an operation that comes first");

  athr_spate_init (&spate, 10, 2, ATHR_OVERFLOW_DROP_NEWEST);
  athr_log_watch (&spate.log, spate.counter.stream);
  g_signal_connect (spate.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &spate.log);
  athr_spate_ask (&spate, 4);
  athr_spate_let (&spate);
  athr_log_await (&spate.log, "dropped:4 ENDED 1 2 3 4");
}

static void
test_notify_fail (void)
{
  g_auto (AthrSpate) spate = { 0 };

  g_test_summary ("A value that fails the stream is not dropped");

  athr_spate_init (&spate, 10, 2, ATHR_OVERFLOW_FAIL);
  athr_log_watch (&spate.log, spate.counter.stream);
  g_signal_connect (spate.counter.stream, "notify::n-dropped", G_CALLBACK (athr_log_dropped), &spate.log);
  athr_spate_let (&spate);
  athr_log_await (&spate.log, "FAILED ERROR");
}

/* A producer that overflows when it is told to, by home. */
typedef struct
{
  GMutex mutex;
  GCond cond;
  guint n_due;   /* mutex */
  gboolean over; /* mutex */
} AthrTold;

static void
athr_told_run (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  AthrTold *self = user_data;

  g_mutex_lock (&self->mutex);
  while (!self->over)
    {
      while (self->n_due == 0 && !self->over)
        g_cond_wait (&self->cond, &self->mutex);
      for (; self->n_due > 0; self->n_due--)
        g_assert_true (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 1));
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
}

/* On return it has dropped @n. */
static void
athr_told_drop (AthrTold *self,
                guint     n)
{
  g_mutex_lock (&self->mutex);
  self->n_due = n;
  g_cond_broadcast (&self->cond);
  while (self->n_due > 0)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static void
athr_told_end (AthrTold *self)
{
  g_mutex_lock (&self->mutex);
  self->over = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Within a handler more are dropped. */
static void
drop_more (AthrStream *stream,
           GParamSpec *pspec,
           gpointer    user_data)
{
  if (athr_stream_get_n_dropped (stream) < 4)
    athr_told_drop (user_data, 1);
}

/* A stream in lock-step, of which nobody takes, and whose function runs. */
static AthrStream *
athr_told_new_stream (AthrTold     *self,
                      AthrExecutor *executor,
                      AthrLog      *log)
{
  AthrStream *stream = athr_stream_new (athr_told_run, self, NULL);

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
  g_autoptr (AthrExecutor) executor = athr_executor_new ("told", 1);
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0 };
  AthrTold told = { 0, };
  guint last = 0;

  g_test_summary ("At most one in each iteration of the main loop");

  stream = athr_told_new_stream (&told, executor, &log);
  g_signal_connect (stream, "notify::n-dropped", G_CALLBACK (drop_more), &told);
  athr_told_drop (&told, 1);
  while (g_main_context_iteration (NULL, FALSE))
    {
      guint n_words = 0;

      for (const char *word = log.words->str; (word = strstr (word, "dropped")) != NULL; word++)
        n_words++;
      g_assert_cmpuint (n_words, <=, last + 1);
      last = n_words;
    }
  g_assert_cmpstr (log.words->str, ==, "dropped:1 dropped:2 dropped:3 dropped:4");
  athr_told_end (&told);
  athr_log_await (&log, "dropped:1 dropped:2 dropped:3 dropped:4 ENDED");
}

/* Within a handler the last are dropped, and it ends. */
static void
drop_last (AthrStream *stream,
           GParamSpec *pspec,
           gpointer    user_data)
{
  AthrTold *self = user_data;

  if (self->over)
    return;

  athr_told_drop (self, 3);
  athr_told_end (self);
  athr_test_yield_until (athr_executor_get_n_running (athr_stream_get_executor (stream)) == 0);
}

static void
test_notify_last (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("told", 1);
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0 };
  AthrTold told = { 0, };

  g_test_summary ("What was dropped last is told before the end, though told just before");

  stream = athr_told_new_stream (&told, executor, &log);
  g_signal_connect (stream, "notify::n-dropped", G_CALLBACK (drop_last), &told);
  athr_told_drop (&told, 1);
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
