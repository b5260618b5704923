/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <math.h>

#include "stream-test.h"

/* A producer that reports what home orders. */
typedef struct
{
  AthrStream *stream;
  AthrExecutor *executor;
  GAsyncQueue *orders;
  GAsyncQueue *done;
  AthrYielder *yielder; /* owned, when the function has begun */
  gboolean has_ended;
  AthrLog log;
} Reporter;

typedef struct
{
  double fraction;
  const char *text;
  enum { BEGIN, REPORT, YIELD, END } what;
} Order;

static void
reporter_run (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  Reporter *self = user_data;
  Order *order;

  self->yielder = g_object_ref (yielder);
  while ((order = g_async_queue_pop (self->orders))->what != END)
    {
      if (order->what == REPORT)
        athr_yielder_report_progress (yielder, order->fraction, order->text);
      else if (order->what == YIELD)
        g_assert_true (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 1));
      g_async_queue_push (self->done, order);
    }
}

static void
reporter_order (Reporter *self,
                Order     order)
{
  g_async_queue_push (self->orders, &order);
  g_assert_true (g_async_queue_pop (self->done) == &order);
}

/* When it returns, the producer has reported. */
static void
reporter_report (Reporter   *self,
                 double      fraction,
                 const char *text)
{
  reporter_order (self, (Order) { fraction, text, REPORT });
}

/* When it returns, the function has returned. */
static void
reporter_end (Reporter *self)
{
  static Order end = { .what = END };

  if (!self->has_ended)
    g_async_queue_push (self->orders, &end);
  self->has_ended = TRUE;
  athr_test_yield_until (athr_executor_get_n_queued (self->executor) == 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
}

static void
on_notify (AthrStream *stream,
           GParamSpec *pspec,
           gpointer    user_data)
{
  g_autofree char *word = NULL;

  if (g_str_equal (pspec->name, "progress"))
    word = g_strdup_printf ("%g", athr_stream_get_progress (stream));
  else if (g_str_equal (pspec->name, "progress-text"))
    word = g_strdup (athr_stream_get_progress_text (stream) != NULL ?
                     athr_stream_get_progress_text (stream) : "null");
  if (word != NULL)
    athr_log_add (user_data, word);
}

/* When it returns, the function has begun. */
static void
set_up (Reporter      *self,
        gconstpointer  data)
{
  *self = (Reporter) { .orders = g_async_queue_new (), .done = g_async_queue_new () };
  athr_log_init (&self->log);
  self->executor = athr_executor_new ("reporter", 1);
  self->stream = athr_stream_new (reporter_run, self, NULL);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_start (self->stream);
  reporter_order (self, (Order) { .what = BEGIN });
  athr_test_drain (NULL);
  athr_log_watch (&self->log, self->stream);
  g_signal_connect (self->stream, "notify", G_CALLBACK (on_notify), &self->log);
}

static void
tear_down (Reporter      *self,
           gconstpointer  data)
{
  reporter_end (self);
  g_object_unref (self->stream);
  athr_test_drain (NULL);
  g_object_unref (self->executor);
  g_clear_object (&self->yielder);
  g_async_queue_unref (self->orders);
  g_async_queue_unref (self->done);
  athr_log_clear (&self->log);
}

static void
test_changes (Reporter      *self,
              gconstpointer  data)
{
  g_test_summary ("Progress and its text are each notified when they change, and read as "
                  "notified");

  g_assert_cmpfloat (athr_stream_get_progress (self->stream), ==, -1);
  g_assert_null (athr_stream_get_progress_text (self->stream));
  reporter_report (self, 0.25, "first");
  g_assert_cmpfloat (athr_stream_get_progress (self->stream), ==, -1);
  g_assert_null (athr_stream_get_progress_text (self->stream));
  athr_test_drain (NULL);
  reporter_report (self, 0.25, "second");
  athr_test_drain (NULL);
  reporter_report (self, 0.5, "second");
  athr_test_drain (NULL);
  reporter_report (self, 0.5, "second");
  athr_test_drain (NULL);
  reporter_report (self, 0.5, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, "0.25 first second 0.5 null");
}

static void
test_burst (Reporter      *self,
            gconstpointer  data)
{
  g_test_summary ("Many reports while home is busy are notified once");

  for (guint i = 1; i <= 1000; i++)
    reporter_report (self, i / 1000.0, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, "1");
}

static void
test_clamped (Reporter      *self,
              gconstpointer  data)
{
  g_test_summary ("Any negative fraction reads as -1, which means unknown; 0 and 1 stay as "
                  "they are");

  reporter_report (self, 0, NULL);
  athr_test_drain (NULL);
  reporter_report (self, -7.5, NULL);
  athr_test_drain (NULL);
  reporter_report (self, 1, NULL);
  athr_test_drain (NULL);
  reporter_report (self, -G_MAXDOUBLE, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, "0 -1 1 -1");
}

static void
test_before_end (Reporter      *self,
                 gconstpointer  data)
{
  g_test_summary ("The last report is notified before the final state, the end and `finished`");

  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  reporter_report (self, 0.5, "half");
  reporter_report (self, 1, "all");
  reporter_end (self);
  athr_log_await (&self->log, "1 all ENDED end finished");
}

static void
test_before_value (Reporter      *self,
                   gconstpointer  data)
{
  g_test_summary ("A value does not wait for progress");

  reporter_order (self, (Order) { .what = YIELD });
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  reporter_report (self, 0.5, NULL);
  athr_log_await (&self->log, "1 0.5");
}

static void
test_after_end (Reporter      *self,
                gconstpointer  data)
{
  g_test_summary ("A report after the function has returned is ignored");

  reporter_report (self, 0.5, "half");
  reporter_end (self);
  athr_yielder_report_progress (self->yielder, 0.75, "late");
  athr_log_await (&self->log, "0.5 half ENDED");
  athr_yielder_report_progress (self->yielder, 1, "later");
  athr_test_expect_end (self->stream);
  athr_log_await (&self->log, "0.5 half ENDED finished");
  athr_yielder_report_progress (self->yielder, 1, "last");
  athr_test_drain (NULL);
  g_assert_cmpfloat (athr_stream_get_progress (self->stream), ==, 0.5);
  g_assert_cmpstr (athr_stream_get_progress_text (self->stream), ==, "half");
}

static void
test_closing (Reporter      *self,
              gconstpointer  data)
{
  g_test_summary ("A function may report progress after the stream was closed");

  athr_stream_close_async (self->stream, NULL, athr_log_close, &self->log);
  reporter_report (self, 0.5, "tidying");
  athr_log_await (&self->log, "0.5 tidying");
  reporter_report (self, 1, "tidy");
  reporter_end (self);
  athr_log_await (&self->log, "0.5 tidying 1 tidy CLOSED close finished");
}

/* Reports more, in the iteration in which progress is notified. */
static void
report_more (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  double fraction = athr_stream_get_progress (stream);

  if (fraction < 1)
    reporter_report (user_data, fraction + 0.25, NULL);
}

static void
test_iteration (Reporter      *self,
                gconstpointer  data)
{
  g_test_summary ("Progress is notified once in an iteration, even if there is a newer report");

  g_signal_connect (self->stream, "notify::progress", G_CALLBACK (report_more), self);
  reporter_report (self, 0.25, NULL);
  for (guint i = 1; g_main_context_iteration (NULL, FALSE); i++)
    g_assert_cmpfloat (athr_stream_get_progress (self->stream), <=, i * 0.25);
  g_assert_cmpstr (self->log.words->str, ==, "0.25 0.5 0.75 1");
}

/* Reports and ends, in the iteration in which the first report is notified. */
static void
report_last (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  Reporter *self = user_data;

  if (athr_stream_get_progress (stream) == 1)
    return;

  reporter_report (self, 1, "all");
  reporter_end (self);
}

static void
test_iteration_end (Reporter      *self,
                    gconstpointer  data)
{
  g_test_summary ("The end waits for the iteration in which the last report is notified");

  g_signal_connect (self->stream, "notify::progress", G_CALLBACK (report_last), self);
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  athr_test_drain (NULL);
  reporter_report (self, 0.5, NULL);
  athr_test_iterate_until (NULL, self->log.words->len > 0);
  g_assert_cmpstr (self->log.words->str, ==, "0.5");
  athr_log_await (&self->log, "0.5 1 all ENDED end finished");
}

static void
test_iteration_value (Reporter      *self,
                      gconstpointer  data)
{
  g_test_summary ("The final state waits for the last report, also when an answer is due in "
                  "that iteration");

  g_signal_connect (self->stream, "notify::progress", G_CALLBACK (report_last), self);
  reporter_report (self, 0.5, NULL);
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  reporter_order (self, (Order) { .what = YIELD });
  athr_test_iterate_until (NULL, self->log.words->len > 0);
  g_assert_cmpstr (self->log.words->str, ==, "0.5");
  athr_log_await (&self->log, "0.5 1 all ENDED 1");
}

static gboolean
log_idle (gpointer log)
{
  athr_log_add (log, "idle");

  return G_SOURCE_REMOVE;
}

static void
test_priority (Reporter      *self,
               gconstpointer  data)
{
  g_test_summary ("Progress is notified at a priority below that of GTK's redraw");

  reporter_report (self, 0.5, NULL);
  g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, log_idle, &self->log, NULL);
  g_idle_add_full (G_PRIORITY_LOW, log_idle, &self->log, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, "idle 0.5 idle");
}

/* Reports on several threads. */

static gpointer
report_many (gpointer yielder)
{
  for (guint i = 1; i <= 5000; i++)
    {
      double fraction = i / 5000.0;
      char text[32];

      g_snprintf (text, sizeof text, "%.6f", fraction);
      athr_yielder_report_progress (yielder, fraction, text);
    }

  return NULL;
}

static void
report_in_threads (AthrYielder  *yielder,
                   gpointer      user_data,
                   GError      **error)
{
  GThread *threads[3];

  for (int i = 0; i < 3; i++)
    threads[i] = g_thread_new ("reports", report_many, yielder);
  report_many (yielder);
  for (int i = 0; i < 3; i++)
    g_thread_join (threads[i]);
}

static void
check_pair (AthrStream *stream,
            GParamSpec *pspec,
            gpointer    home)
{
  g_assert_true (g_thread_self () == home);
  g_assert_cmpint (athr_stream_get_state (stream), <=, ATHR_STREAM_STATE_RUNNING);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (athr_stream_get_progress_text (stream), NULL),
                                  athr_stream_get_progress (stream), 0.00001);
}

static void
test_threads (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (report_in_threads, NULL, NULL);

  g_test_summary ("A fraction and its text belong together, and the last report of all is "
                  "notified");

  g_signal_connect (stream, "notify::progress", G_CALLBACK (check_pair), g_thread_self ());
  g_signal_connect (stream, "notify::progress-text", G_CALLBACK (check_pair), g_thread_self ());
  athr_test_expect_end (stream);
  g_assert_cmpfloat (athr_stream_get_progress (stream), ==, 1);
  g_assert_cmpstr (athr_stream_get_progress_text (stream), ==, "1.000000");
}

static void
report_too_much (AthrYielder  *yielder,
                 gpointer      fraction,
                 GError      **error)
{
  athr_yielder_report_progress (yielder, *(double *) fraction, NULL);
}

static void
check_too_much (double fraction)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrStream) stream = athr_stream_new (report_too_much, &fraction, NULL);

      athr_test_expect_end (stream);
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_yielder_report_progress*fraction <= 1.0*");
}

static void
test_too_much (void)
{
  check_too_much (1.001);
}

static void
test_not_a_number (void)
{
  check_too_much (NAN);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add ("/athr/stream/progress/" path, Reporter, NULL, set_up, test, tear_down)
  add ("changes", test_changes);
  add ("burst", test_burst);
  add ("clamped", test_clamped);
  add ("before-end", test_before_end);
  add ("before-value", test_before_value);
  add ("after-end", test_after_end);
  add ("closing", test_closing);
  add ("iteration", test_iteration);
  add ("iteration/end", test_iteration_end);
  add ("iteration/value", test_iteration_value);
  add ("priority", test_priority);
  g_test_add_func ("/athr/stream/progress/threads", test_threads);
  g_test_add_func ("/athr/stream/progress/too-much", test_too_much);
  g_test_add_func ("/athr/stream/progress/not-a-number", test_not_a_number);

  return g_test_run ();
}
