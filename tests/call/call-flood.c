/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Functions that report progress faster than the owner's thread can notify. */

static void
report_all (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  athr_errand_begin (user_data);
  for (guint i = 1; i <= 10000; i++)
    athr_call_report_progress (call, i / 10000.0, NULL);
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
test_conflated (void)
{
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  Seen seen = { g_thread_self (), 0, -1 };
  AthrErrand errand;
  gint64 deadline = g_get_monotonic_time () + ATHR_TEST_TIMEOUT;

  g_test_summary ("10^4 reports cause at most one notify in an iteration, on the owner's "
                  "thread, and the last report is notified before the callback");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, report_all, NULL);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_progress_seen), &seen);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  while (answer.n_times == 0)
    {
      guint n_before = seen.n_notified;

      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpuint (seen.n_notified - n_before, <=, 1);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  g_assert_cmpfloat (seen.last, ==, 1);
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

/* The function reports until is_over. */
typedef struct
{
  int n_reports; /* atomic */
  int is_over;   /* atomic */
  guint n_notified;
  gint64 notified; /* the time of the iteration of the last notify */
} Flood;

static void
report_for_ever (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  Flood *self = user_data;

  for (guint i = 0; !g_atomic_int_get (&self->is_over); i++)
    {
      athr_call_report_progress (call, (i % 1000) / 1000.0, "more");
      g_atomic_int_inc (&self->n_reports);
    }
}

/* A handler that is slower than the function. */
static void
on_flood (AthrCall   *call,
          GParamSpec *pspec,
          Flood      *self)
{
  gint64 now = g_source_get_time (g_main_current_source ());
  int n_reports = g_atomic_int_get (&self->n_reports);

  g_assert_cmpint (now, !=, self->notified);
  self->notified = now;
  self->n_notified++;
  athr_test_yield_until (g_atomic_int_get (&self->is_over) ||
                         g_atomic_int_get (&self->n_reports) - n_reports > 1);
}

static gboolean
on_idle (gpointer done)
{
  *(gboolean *) done = TRUE;

  return G_SOURCE_REMOVE;
}

static void
test_flood (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) call = NULL;
  gboolean done = FALSE;
  Flood flood = { 0, };

  g_test_summary ("When a function reports faster than the handler returns, progress is "
                  "notified once in an iteration, and other sources get their turn");

  call = athr_call_new (report_for_ever, &flood, NULL);
  athr_call_set_executor (call, executor);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_flood), &flood);
  athr_call_start (call);
  athr_test_iterate_until (NULL, flood.n_notified > 2);
  g_idle_add (on_idle, &done);
  athr_test_iterate_until (NULL, done);

  g_atomic_int_set (&flood.is_over, TRUE);
  athr_test_finish (executor);
}

static void
test_flood_and_return_on_cancel (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  Flood flood = { 0, };

  g_test_summary ("With return-on-cancel a cancelled run is answered while the function goes "
                  "on reporting");

  call = athr_call_new (report_for_ever, &flood, NULL);
  athr_call_set_executor (call, executor);
  athr_call_set_return_on_cancel (call, TRUE);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_flood), &flood);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_test_iterate_until (NULL, flood.n_notified > 2);
  athr_call_cancel (call);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_atomic_int_set (&flood.is_over, TRUE);
  athr_test_finish (executor);
}

/* A handler that takes longer than a slice of the main loop. */
static void
on_flood_slow (AthrCall   *call,
               GParamSpec *pspec,
               Flood      *self)
{
  gint64 begin = g_get_monotonic_time ();

  on_flood (call, pspec, self);
  athr_test_yield_until (g_get_monotonic_time () - begin > 5000);
}

static void
test_slow_and_return_on_cancel (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  Flood flood = { 0, };
  guint n_notified;

  g_test_summary ("A cancelled run waits for one notification of progress, even if the handler takes longer "
                  "than a slice, and the function goes on reporting");

  call = athr_call_new (report_for_ever, &flood, NULL);
  athr_call_set_executor (call, executor);
  athr_call_set_return_on_cancel (call, TRUE);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_flood_slow), &flood);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_test_iterate_until (NULL, flood.n_notified > 0);
  athr_call_cancel (call);
  n_notified = flood.n_notified;
  while (answer.n_times == 0)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (flood.n_notified - n_notified, <=, 3);
    }
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  g_atomic_int_set (&flood.is_over, TRUE);
  athr_test_finish (executor);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/05-flood/call/conflated", test_conflated);
  g_test_add_func ("/athr/hazards/05-flood/call/other-sources", test_flood);
  g_test_add_func ("/athr/hazards/05-flood/call/return-on-cancel", test_flood_and_return_on_cancel);
  g_test_add_func ("/athr/hazards/05-flood/call/slow-return-on-cancel", test_slow_and_return_on_cancel);

  return g_test_run ();
}
