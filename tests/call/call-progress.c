/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

static void
report_all (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  athr_errand_begin (user_data);
  for (guint i = 1; i <= 10000; i++)
    athr_call_report_progress (call, i / 10000.0, NULL);
}

static void
on_progress (AthrCall   *call,
             GParamSpec *pspec,
             AthrAnswer *answer)
{
  g_assert_cmpuint (answer->n_times, ==, 0);
}

static void
test_none_after (void)
{
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrErrand errand;

  g_test_summary ("The last progress is notified before the callback, and none after it");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, report_all, NULL);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_progress), &answer);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  g_assert_cmpfloat (athr_call_get_progress (call), ==, 1);
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

/* What the owner's thread has seen. */
typedef struct
{
  GThread *thread;
  guint n_notified;
  double last;
} Seen;

static void
on_progress_seen (AthrCall   *call,
                  GParamSpec *pspec,
                  Seen       *seen)
{
  double progress = athr_call_get_progress (call);

  g_assert_true (seen->thread == g_thread_self ());
  g_assert_cmpfloat (progress, >, seen->last);
  seen->last = progress;
  seen->n_notified++;
}

static void
test_burst (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) call = NULL;
  Seen seen = { g_thread_self (), 0, -1 };
  AthrErrand errand;

  g_test_summary ("10^4 reports during one iteration of the main loop cause one notify");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, report_all, executor);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_progress_seen), &seen);
  athr_call_start (call);
  athr_test_finish (executor);
  g_assert_cmpuint (seen.n_notified, ==, 1);
  g_assert_cmpfloat (athr_call_get_progress (call), ==, 1);
  athr_errand_clear (&errand);
}

/* The function reports what report() asks for. */
typedef struct
{
  AthrErrand errand;
  AthrExecutor *executor;
  AthrCall *call;
  GString *log;
  AthrAnswer answer;

  GMutex mutex;
  GCond cond;
  gboolean due;     /* mutex */
  gboolean over;    /* mutex */
  double fraction;  /* mutex */
  const char *text; /* mutex */
} Fixture;

static void
report_on_demand (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->mutex);
  for (;;)
    {
      while (!self->due && !self->over)
        g_cond_wait (&self->cond, &self->mutex);
      if (!self->due)
        break;
      athr_call_report_progress (call, self->fraction, self->text);
      self->due = FALSE;
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
}

/* Has the function report, and waits until it has. */
static void
report (Fixture    *self,
        double      fraction,
        const char *text)
{
  g_mutex_lock (&self->mutex);
  self->fraction = fraction;
  self->text = text;
  self->due = TRUE;
  g_cond_broadcast (&self->cond);
  while (self->due)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

static void
stop_reporting (Fixture *self)
{
  g_mutex_lock (&self->mutex);
  self->over = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
on_notify (AthrCall   *call,
           GParamSpec *pspec,
           GString    *log)
{
  if (g_str_equal (pspec->name, "progress"))
    g_string_append_printf (log, "%g ", athr_call_get_progress (call));
  else if (g_str_equal (pspec->name, "progress-text"))
    g_string_append_printf (log, "%s ", athr_call_get_progress_text (call) != NULL ?
                                        athr_call_get_progress_text (call) : "null");
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->log = g_string_new (NULL);
  self->answer = (AthrAnswer) { .log = self->log, .name = "callback" };
  self->executor = athr_executor_new ("test", 1);
  self->call = athr_call_new (report_on_demand, self, NULL);
  athr_call_set_executor (self->call, self->executor);
  g_signal_connect (self->call, "notify", G_CALLBACK (on_notify), self->log);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  stop_reporting (self);
  athr_test_finish (self->executor);
  g_object_unref (self->call);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
  athr_answer_clear (&self->answer);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

static void
test_text (Fixture       *self,
           gconstpointer  data)
{
  g_test_summary ("The fraction and the text are notified only when they have changed");

  athr_call_start (self->call);
  report (self, 0.25, "first");
  athr_test_drain (NULL);
  report (self, 0.25, "second");
  athr_test_drain (NULL);
  report (self, 0.5, "second");
  athr_test_drain (NULL);
  report (self, 0.5, "second");
  athr_test_drain (NULL);
  report (self, 0.5, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "0.25 first second 0.5 null ");
}

static void
test_unknown (Fixture       *self,
              gconstpointer  data)
{
  g_test_summary ("Every fraction below 0 reads as -1");

  athr_call_start (self->call);
  report (self, 0, NULL);
  athr_test_drain (NULL);
  report (self, -7.5, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "0 -1 ");
}

static void
test_reads_as_notified (Fixture       *self,
                        gconstpointer  data)
{
  athr_call_start (self->call);
  report (self, 0.5, "half");
  g_assert_cmpfloat (athr_call_get_progress (self->call), ==, -1);
  g_assert_null (athr_call_get_progress_text (self->call));
  athr_test_drain (NULL);
  g_assert_cmpfloat (athr_call_get_progress (self->call), ==, 0.5);
  g_assert_cmpstr (athr_call_get_progress_text (self->call), ==, "half");
}

static void
test_before_the_outcome (Fixture       *self,
                         gconstpointer  data)
{
  g_test_summary ("Pending progress is notified before the callback, which has the higher "
                  "priority");

  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  report (self, 0.5, "half");
  report (self, 1, "all");
  stop_reporting (self);
  athr_test_settle (self->executor);
  athr_answer_await (&self->answer, NULL);
  g_assert_cmpstr (self->log->str, ==, "1 all  callback");
}

static gboolean
log_idle (gpointer log)
{
  g_string_append (log, "idle ");

  return G_SOURCE_REMOVE;
}

static void
test_priority (Fixture       *self,
               gconstpointer  data)
{
  g_test_summary ("Progress is notified after GTK redraws");

  athr_call_start (self->call);
  report (self, 0.5, NULL);
  g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, log_idle, self->log, NULL);
  g_idle_add_full (G_PRIORITY_LOW, log_idle, self->log, NULL);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "idle 0.5 idle ");
}

static void
test_outside (Fixture       *self,
              gconstpointer  data)
{
  g_test_summary ("A report before or after the function runs does nothing");

  athr_call_report_progress (self->call, 0.5, "before");
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  stop_reporting (self);
  athr_test_settle (self->executor);
  athr_call_report_progress (self->call, 0.5, "after");
  athr_test_drain (NULL);
  athr_call_report_progress (self->call, 0.5, "after");
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "callback");
  g_assert_cmpfloat (athr_call_get_progress (self->call), ==, -1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add ("/athr/call/progress/" path, Fixture, NULL, set_up, test, tear_down)
  g_test_add_func ("/athr/call/progress/none-after", test_none_after);
  g_test_add_func ("/athr/call/progress/burst", test_burst);
  add ("text", test_text);
  add ("unknown", test_unknown);
  add ("reads-as-notified", test_reads_as_notified);
  add ("before-the-outcome", test_before_the_outcome);
  add ("priority", test_priority);
  add ("outside", test_outside);

  return g_test_run ();
}
