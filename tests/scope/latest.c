/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "latest-test.h"

static void
test_run (void)
{
  g_auto (AthrSearch) search = { 0, };
  AthrCall *call;

  g_test_summary ("A run gives the outcome of its call, and busy is notified around it");

  athr_search_init (&search, 0);
  call = athr_search_run (&search, 0, athr_errand_wait, NULL);
  g_assert_cmpint (athr_call_get_state (call), !=, ATHR_CALL_STATE_INITIAL);
  g_assert_true (athr_latest_get_busy (search.latest));
  g_assert_cmpstr (search.log->str, ==, "");
  athr_gate_await (&search.errands[0].gate, 1);
  athr_test_iterate_until (NULL, search.log->len > 0);
  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 0);
  athr_search_assert_succeeded (&search, 0);
  g_assert_cmpstr (search.log->str, ==, "busy idle 0");
  g_assert_false (athr_latest_get_busy (search.latest));
  g_assert_true (search.answers[0].thread == g_thread_self ());
}

static void
test_error (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A run gives the error of its function");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_fail, NULL);
  athr_search_await (&search, 0);
  athr_answer_assert_error (&search.answers[0], G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_finish (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GValue *value;

  g_test_summary ("The result can be finished in both ways, and also after the object was used again");

  athr_search_init (&search, 0);
  call = athr_call_new (athr_errand_run, &search.errands[0], NULL);
  athr_latest_run_async (search.latest, call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_await (&search, 1);

  g_assert_true (athr_latest_run_finish_into (search.latest, result, NULL, NULL));
  value = athr_latest_run_finish (search.latest, result, NULL);
  g_assert_cmpint (g_value_get_int (value), ==, 42);
  g_value_unset (value);
  g_free (value);
}

static void
test_no_callback (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;

  g_test_summary ("A run needs no callback");

  athr_search_init (&search, 0);
  call = athr_call_new (athr_errand_run, &search.errands[0], NULL);
  athr_latest_run_async (search.latest, call, NULL, NULL, NULL);
  athr_test_iterate_until (NULL, !athr_latest_get_busy (search.latest));
  g_assert_cmpint (search.errands[0].n_runs, ==, 1);
}

static void
test_supersede_running (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A superseded run is answered at once, though its function still runs");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_test_drain (NULL);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
  g_assert_cmpstr (search.log->str, ==, "busy 0 idle 1");
  g_assert_cmpint (search.errands[0].n_destroyed, ==, 0);

  athr_gate_open (&search.errands[0].gate);
  athr_test_finish (NULL);
  g_assert_cmpuint (search.answers[0].n_times, ==, 1);
  g_assert_cmpstr (search.log->str, ==, "busy 0 idle 1");
}

static void
test_supersede_cancels (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("The function of a superseded run sees that its call is cancelled");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait_cancelled, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  /* Nobody else opens the gate. */
  athr_test_settle (athr_executor_get_default ());
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
}

static void
test_supersede_queued (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("The function of a superseded run that is queued never runs");

  athr_search_init (&search, 0);
  search.executor = athr_executor_new ("test", 1);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_run (&search, 2, athr_errand_run, NULL);
  g_assert_cmpuint (athr_executor_get_n_queued (search.executor), ==, 1);
  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 2);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_cancelled (&search, 1);
  athr_search_assert_succeeded (&search, 2);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
}

static void
test_supersede_fixed (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A run is superseded even if its function has returned already");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_test_settle (athr_executor_get_default ());
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
}

static void
test_supersede_priorities (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) slow = NULL, urgent = NULL;

  g_test_summary ("A superseded run of the lowest priority is answered before anything of a newer, urgent one");

  athr_search_init (&search, 0);
  slow = athr_errand_new_call (&search.errands[0], athr_errand_wait, NULL);
  athr_call_set_delivery_priority (slow, G_MAXINT);
  urgent = athr_errand_new_call (&search.errands[1], athr_errand_run, NULL);
  athr_call_set_delivery_priority (urgent, G_MININT + 1);
  g_signal_connect (urgent, "notify", G_CALLBACK (athr_test_on_notify), search.log);
  g_signal_connect (urgent, "finished", G_CALLBACK (athr_test_on_finished), search.log);

  athr_latest_run_async (search.latest, slow, NULL, athr_answer_take_latest, &search.answers[0]);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_test_drain (NULL);
  athr_latest_run_async (search.latest, urgent, NULL, athr_answer_take_latest, &search.answers[1]);
  athr_test_yield_until (athr_call_get_state (urgent) == ATHR_CALL_STATE_SUCCEEDED);
  athr_search_await (&search, 1);
  g_assert_true (g_str_has_prefix (search.log->str, "busy 0 state"));
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
}

static gboolean
run_two (gpointer user_data)
{
  AthrSearch *search = user_data;

  athr_search_run (search, 0, athr_errand_run, NULL);
  athr_search_run (search, 1, athr_errand_run, NULL);
  athr_test_settle (athr_executor_get_default ());
  g_assert_cmpstr (search->log->str, ==, "");

  return G_SOURCE_REMOVE;
}

static void
test_supersede_in_iteration (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("Runs of one iteration of the main loop are answered in order, too");

  athr_search_init (&search, 0);
  g_idle_add (run_two, &search);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
  g_assert_true (g_str_has_prefix (search.log->str, "busy 0"));
  g_assert_true (g_str_has_suffix (search.log->str, "idle 1"));
}

static void
test_supersede_many (void)
{
  g_auto (AthrSearch) search = { 0, };
  GAsyncResult *results[100] = { NULL, };

  g_test_summary ("Of a hundred runs at once, only the last one succeeds");

  athr_search_init (&search, 0);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, &search.errands[0], NULL);

      athr_latest_run_async (search.latest, call, NULL, athr_test_keep_result, &results[i]);
    }
  athr_test_iterate_until (NULL, results[G_N_ELEMENTS (results) - 1] != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GAsyncResult) result = results[i];
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (result);
      if (athr_latest_run_finish_into (search.latest, result, NULL, &error))
        g_assert_cmpuint (i, ==, G_N_ELEMENTS (results) - 1);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

static void
run_again (AthrLatest *latest,
           GParamSpec *pspec,
           AthrSearch *search)
{
  if (!athr_latest_get_busy (latest) && search->answers[1].n_times == 0)
    {
      athr_search_run (search, 1, athr_errand_run, NULL);
      athr_search_await (search, 1);
    }
}

static void
test_supersede_in_notify (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A handler that hears of the end of a run may supersede the run, and run a nested main loop");

  athr_search_init (&search, 0);
  g_signal_connect (search.latest, "notify::busy", G_CALLBACK (run_again), &search);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_test_iterate_until (NULL, search.log->len > 0);
  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
  g_signal_handlers_disconnect_by_func (search.latest, run_again, &search);
}

static void
run_in_callback (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  AthrSearch *search = user_data;

  athr_answer_take_latest (source, result, &search->answers[0]);
  athr_search_run (search, 2, athr_errand_run, NULL);
}

static void
test_supersede_in_callback (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;

  g_test_summary ("The callback of a superseded run may supersede the newer run");

  athr_search_init (&search, 0);
  call = athr_errand_new_call (&search.errands[0], athr_errand_run, NULL);
  athr_latest_run_async (search.latest, call, NULL, run_in_callback, &search);
  g_clear_object (&call);
  athr_search_run (&search, 1, athr_errand_wait, NULL);
  athr_search_await (&search, 2);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_cancelled (&search, 1);
  athr_search_assert_succeeded (&search, 2);
}

static void
test_debounce (void)
{
  g_auto (AthrSearch) search = { 0, };
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("A call starts when the debounce is over, and not before");

  athr_search_init (&search, 20);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_search_await (&search, 0);
  athr_search_assert_succeeded (&search, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 20 * G_TIME_SPAN_MILLISECOND);
}

static void
test_debounce_superseded (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A call that is superseded during its debounce never starts");

  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_test_drain (NULL);
  athr_latest_set_debounce (search.latest, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_destroyed, ==, 1);
  athr_search_await (&search, 1);
  athr_search_assert_succeeded (&search, 1);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);
  g_assert_cmpstr (search.log->str, ==, "busy 0 idle 1");
}

static void
test_debounce_in_other_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;
  guint n_finished = 0;

  g_test_summary ("A call whose start was put off belongs to the context of its run, even if nobody pushes that "
                  "context any more");

  athr_search_init (&search, 1);
  call = athr_errand_new_call (&search.errands[0], athr_errand_run, NULL);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &n_finished);
  g_main_context_push_thread_default (context);
  athr_latest_run_async (search.latest, call, NULL, athr_answer_take_latest, &search.answers[0]);
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (context, search.answers[0].n_times > 0 && n_finished > 0);
  athr_search_assert_succeeded (&search, 0);
  g_clear_object (&call);
  g_clear_object (&search.latest);
  athr_test_drain (context);
}

static void
test_max_wait (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A call starts after max-wait, even if newer ones keep coming");

  athr_search_init (&search, G_MAXUINT);
  athr_latest_set_max_wait (search.latest, 5);
  while (g_atomic_int_get (&search.errands[0].n_runs) == 0)
    {
      for (guint i = 0; i < 2; i++)
        {
          g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, &search.errands[0], NULL);

          athr_latest_run_async (search.latest, call, NULL, NULL, NULL);
        }
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
test_max_wait_single (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("max-wait starts the newest call, and never the ones before");

  athr_search_init (&search, G_MAXUINT);
  athr_latest_set_max_wait (search.latest, 5);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);
}

static void
test_max_wait_again (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("max-wait counts anew after a call has started, and after a cancel");

  athr_search_init (&search, G_MAXUINT);
  athr_latest_set_max_wait (search.latest, 1);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_search_await (&search, 0);
  athr_latest_set_max_wait (search.latest, G_MAXUINT);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_latest_cancel (search.latest);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 1);
  athr_latest_set_max_wait (search.latest, 1);
  athr_search_run (&search, 2, athr_errand_run, NULL);
  athr_search_await (&search, 2);
  athr_search_assert_succeeded (&search, 2);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
}

static void
test_serial (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A serial run starts when the function of the one before has returned, and those in between "
                  "never start");

  athr_search_init (&search, 0);
  athr_latest_set_serial (search.latest, TRUE);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_run (&search, 2, athr_errand_run, NULL);
  athr_test_drain (NULL);
  /* The default executor has other threads. */
  g_assert_cmpuint (athr_executor_get_n_running (athr_executor_get_default ()), ==, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_cancelled (&search, 1);
  g_assert_cmpuint (search.answers[2].n_times, ==, 0);
  g_assert_true (athr_latest_get_busy (search.latest));

  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 2);
  athr_search_assert_succeeded (&search, 2);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
  g_assert_cmpint (search.errands[0].n_destroyed, ==, 1);
}

static void
test_serial_run_dispose (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("g_object_run_dispose() of a call destroys its handlers, and the next serial run starts");

  athr_search_init (&search, 0);
  athr_latest_set_serial (search.latest, TRUE);
  g_object_run_dispose (G_OBJECT (athr_search_run (&search, 0, athr_errand_wait, NULL)));
  athr_gate_await (&search.errands[0].gate, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 1);
  athr_search_assert_succeeded (&search, 1);
  athr_test_iterate_until (NULL, search.errands[1].n_destroyed == 1);
}

static void
test_serial_dead_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrSearch) search = { 0, };
  AthrCall *call;

  g_test_summary ("The next serial run starts when the function of a call returns whose context is gone");

  athr_search_init (&search, 0);
  athr_latest_set_serial (search.latest, TRUE);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_search_await (&search, 0);
  call = athr_errand_new_call (&search.errands[1], athr_errand_wait, NULL);
  athr_call_set_return_on_cancel (call, TRUE);
  g_main_context_push_thread_default (context);
  athr_latest_run_async (search.latest, call, NULL, athr_answer_take_latest, &search.answers[1]);
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (NULL, athr_call_get_state (call) > ATHR_CALL_STATE_INITIAL);
  athr_gate_await (&search.errands[1].gate, 1);
  athr_call_cancel (call);
  g_object_unref (call);
  athr_test_iterate_until (context, search.answers[1].n_times > 0);
  athr_test_drain (context);
  g_clear_pointer (&context, g_main_context_unref);
  athr_search_run (&search, 2, athr_errand_run, NULL);
  athr_test_drain (NULL);
  g_assert_cmpint (search.errands[2].n_runs, ==, 0);
  athr_gate_open (&search.errands[1].gate);
  athr_search_await (&search, 2);
  athr_search_assert_succeeded (&search, 2);
  /* The user data of a call whose context is gone ends on the worker. */
  g_assert_true (search.errands[1].destroyed_on != g_thread_self ());
  search.errands[1].destroyed_on = g_thread_self ();
}

static void
test_serial_elsewhere (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A serial run starts under the context of the first run, although serial was set under another one, "
                  "which no thread iterates");

  athr_search_init (&search, 0);
  athr_latest_set_serial (search.latest, TRUE);
  g_main_context_push_thread_default (context);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_main_context_pop_thread_default (context);
  athr_gate_open (&search.errands[0].gate);
  athr_test_iterate_until (context, search.answers[1].n_times > 0);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
  athr_test_iterate_until (context, g_atomic_int_get (&search.errands[1].n_destroyed) > 0);
  g_clear_object (&search.latest);
  athr_test_drain (context);
}

static void
test_serial_later (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("serial may be set at any time, and its end lets the run that waits start");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_latest_set_serial (search.latest, TRUE);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_test_drain (NULL);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
  athr_latest_set_serial (search.latest, FALSE);
  athr_search_await (&search, 1);
  athr_search_assert_succeeded (&search, 1);
  g_assert_cmpint (search.errands[0].n_destroyed, ==, 0);
}

static void
test_serial_drop (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A serial run that waits is answered when the object is dropped, and never starts");

  athr_search_init (&search, 0);
  athr_latest_set_serial (search.latest, TRUE);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_clear_object (&search.latest);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 1);
  athr_gate_open (&search.errands[0].gate);
  athr_test_finish (NULL);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
}

static void
test_properties (void)
{
  g_autoptr (AthrLatest) latest = athr_latest_new (7);
  guint n_notified = 0, debounce, max_wait;
  gboolean serial, busy;

  g_test_summary ("Properties can be set and read, and notify once for each change");

  g_signal_connect_swapped (latest, "notify", G_CALLBACK (g_atomic_int_inc), &n_notified);
  g_object_set (latest, "debounce", 7, "max-wait", 0, "serial", FALSE, NULL);
  g_assert_cmpuint (n_notified, ==, 0);
  g_object_set (latest, "debounce", G_MAXUINT, "max-wait", 9, "serial", TRUE, NULL);
  g_assert_cmpuint (n_notified, ==, 3);
  g_object_get (latest, "debounce", &debounce, "max-wait", &max_wait, "serial", &serial, "busy", &busy, NULL);
  g_assert_cmpuint (debounce, ==, G_MAXUINT);
  g_assert_cmpuint (max_wait, ==, 9);
  g_assert_true (serial);
  g_assert_false (busy);
  g_assert_cmpuint (athr_latest_get_debounce (latest), ==, G_MAXUINT);
  g_assert_cmpuint (athr_latest_get_max_wait (latest), ==, 9);
  g_assert_true (athr_latest_get_serial (latest));
}

static void
test_invalid (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) started = NULL;
  AthrCall *call;

  g_test_summary ("A call that was started or given to an AthrLatest before is refused, and supersedes nothing");

  athr_search_init (&search, G_MAXUINT);
  call = athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_latest_run_async (search.latest, call, NULL, athr_answer_take_latest, &search.answers[1]);
  started = athr_call_new (athr_errand_run, &search.errands[2], NULL);
  athr_call_start (started);
  athr_latest_run_async (search.latest, started, NULL, athr_answer_take_latest, &search.answers[2]);
  g_assert_cmpuint (search.answers[1].n_times + search.answers[2].n_times, ==, 0);
  athr_search_await (&search, 2);
  athr_answer_assert_error (&search.answers[1], G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  athr_answer_assert_error (&search.answers[2], G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  g_assert_true (athr_latest_get_busy (search.latest));

  athr_latest_cancel (search.latest);
  athr_search_await (&search, 0);
  search.answers[1].n_times = search.answers[2].n_times = 0; /* these had no user data of their own */
}

static void
test_started_meanwhile (void)
{
  g_auto (AthrSearch) search = { 0, };
  AthrCall *call;

  g_test_summary ("A call that the program starts during the debounce is refused then");

  athr_search_init (&search, 1);
  call = athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_call_start (call);
  athr_search_await (&search, 0);
  athr_answer_assert_error (&search.answers[0], G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_false (athr_latest_get_busy (search.latest));
}

static void
test_no_function (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

  g_test_summary ("A call without a function fails");

  athr_search_init (&search, 0);
  athr_latest_run_async (search.latest, call, NULL, athr_answer_take_latest, &search.answers[0]);
  athr_search_await (&search, 0);
  athr_answer_assert_error (&search.answers[0], G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  search.answers[0].n_times = 0; /* the call had no user data */
}

static void
cancel_latest (gpointer latest)
{
  athr_latest_cancel (latest);
}

static void
test_owner (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrLatest) latest = athr_latest_new (0);
      g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

      athr_latest_run_async (latest, call, NULL, NULL, NULL);
      athr_test_finish (NULL);
      g_thread_join (athr_elsewhere_begin (cancel_latest, latest));
      return;
    }

  g_test_summary ("To use the object on another thread is a critical that names the thread");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_latest_cancel was called on the thread*other*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/latest/" path, test)
  add ("run", test_run);
  add ("error", test_error);
  add ("finish", test_finish);
  add ("no-callback", test_no_callback);
  add ("supersede/running", test_supersede_running);
  add ("supersede/cancels", test_supersede_cancels);
  add ("supersede/queued", test_supersede_queued);
  add ("supersede/fixed", test_supersede_fixed);
  add ("supersede/priorities", test_supersede_priorities);
  add ("supersede/in-iteration", test_supersede_in_iteration);
  add ("supersede/many", test_supersede_many);
  add ("supersede/in-notify", test_supersede_in_notify);
  add ("supersede/in-callback", test_supersede_in_callback);
  add ("debounce", test_debounce);
  add ("debounce/superseded", test_debounce_superseded);
  add ("debounce/in-other-context", test_debounce_in_other_context);
  add ("max-wait", test_max_wait);
  add ("max-wait/single", test_max_wait_single);
  add ("max-wait/again", test_max_wait_again);
  add ("serial", test_serial);
  add ("serial/run-dispose", test_serial_run_dispose);
  add ("serial/dead-context", test_serial_dead_context);
  add ("serial/elsewhere", test_serial_elsewhere);
  add ("serial/later", test_serial_later);
  add ("serial/drop", test_serial_drop);
  add ("properties", test_properties);
  add ("invalid", test_invalid);
  add ("started-meanwhile", test_started_meanwhile);
  add ("no-function", test_no_function);
  add ("owner", test_owner);

  return g_test_run ();
}
