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
on_state (AthrCall      *call,
          GParamSpec    *pspec,
          AthrCallState *state)
{
  *state = athr_call_get_state (call);
}

static void
on_progress (AthrCall      *call,
             GParamSpec    *pspec,
             AthrCallState *state)
{
  g_assert_cmpint (athr_call_get_state (call), ==, *state);
}

static void
test_state_is_not_ahead (void)
{
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrCallState state = ATHR_CALL_STATE_INITIAL;
  AthrErrand errand;

  g_test_summary ("In a handler of notify::progress the state reads as last notified");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, report_all, NULL);
  g_signal_connect (call, "notify::state", G_CALLBACK (on_state), &state);
  g_signal_connect (call, "notify::progress", G_CALLBACK (on_progress), &state);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  g_assert_cmpint (state, ==, ATHR_CALL_STATE_SUCCEEDED);
  athr_test_drain (NULL);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/progress/state-is-not-ahead", test_state_is_not_ahead);

  return g_test_run ();
}
