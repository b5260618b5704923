/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Handlers that iterate the main context, or do to the call what handlers do. */

typedef struct
{
  GString *log;
  AthrErrand *errand;
  AthrAnswer *answer;
  AthrCall *call;
  guint n_finished;
  gboolean done;
} Nest;

static void
report_and_fail (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  AthrErrand *errand = user_data;

  athr_call_report_progress (call, 0.5, "half");
  athr_gate_pass (&errand->gate);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

/* Opens the gate and stays until the call is finished. */
static void
on_notify_wait_finished (AthrCall   *call,
                         GParamSpec *pspec,
                         Nest       *nest)
{
  if (nest->done)
    return;

  nest->done = TRUE;
  athr_gate_open (&nest->errand->gate);
  athr_test_iterate_until (NULL, nest->n_finished > 0);
}

static void
test_notify_waits_for_the_end (const char *property)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_auto (AthrAnswer) answer = { .log = log, .name = "callback" };
  g_autofree char *signal = g_strconcat ("notify::", property, NULL);
  AthrErrand errand;
  AthrCall *call;
  Nest nest = { .errand = &errand };

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, report_and_fail, NULL);
  /* An emission that has begun goes on when its first handler returns, so the log comes
   * first. */
  g_signal_connect (call, "notify", G_CALLBACK (athr_test_on_notify), log);
  g_signal_connect (call, signal, G_CALLBACK (on_notify_wait_finished), &nest);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &nest.n_finished);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &nest.call);
  nest.call = call;
  if (g_str_equal (property, "error"))
    athr_gate_open (&errand.gate);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  /* From here on only the call itself keeps it. */
  g_object_unref (call);
  athr_test_iterate_until (NULL, nest.call == NULL);

  g_test_message ("%s", log->str);
  g_assert_true (nest.done);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  /* A notify inside one of the same property starts the outer one again, as it returns: so
   * is GObject's notify, G_SIGNAL_NO_RECURSE. */
  if (g_str_equal (property, "state"))
    g_assert_true (g_str_has_suffix (log->str, "error callback finished state"));
  else
    g_assert_true (g_str_has_suffix (log->str, "callback finished"));
  athr_errand_clear (&errand);
}

static void
test_notify_progress (void)
{
  g_test_summary ("A loop in notify::progress until the end: no notify after finished, "
                  "and the call, which nobody else keeps, outlives the handler");

  test_notify_waits_for_the_end ("progress");
}

static void
test_notify_progress_text (void)
{
  test_notify_waits_for_the_end ("progress-text");
}

static void
test_notify_state (void)
{
  test_notify_waits_for_the_end ("state");
}

static void
test_notify_error (void)
{
  g_test_summary ("A loop in a notify that precedes the callback: finished still comes after it");

  test_notify_waits_for_the_end ("error");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/nested/notify-progress", test_notify_progress);
  g_test_add_func ("/athr/call/nested/notify-progress-text", test_notify_progress_text);
  g_test_add_func ("/athr/call/nested/notify-state", test_notify_state);
  g_test_add_func ("/athr/call/nested/notify-error", test_notify_error);

  return g_test_run ();
}
