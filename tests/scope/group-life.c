/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "group-test.h"

/* The stream of results, the end of a group, and what happens inside handlers. */

/* Takes the calls that the stream has, and appends their names to @names; " end" at the end. */
static void
take_results (AthrStream *stream,
              GString    *names)
{
  GValue value = G_VALUE_INIT;

  while (athr_stream_try_next (stream, &value))
    {
      g_string_append (names, athr_call_get_name (g_value_get_object (&value)));
      g_value_unset (&value);
    }
}

static void
take_end (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error));
  g_assert_no_error (error);
  g_assert_false (G_IS_VALUE (&value));
  *(gboolean *) user_data = TRUE;
}

static void
await_end (AthrStream *stream)
{
  gboolean has_ended = FALSE;

  athr_stream_next_async (stream, NULL, take_end, &has_ended);
  athr_test_iterate_until (NULL, has_ended);
}

static void
test_results (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GString) names = g_string_new (NULL);
  AthrStream *results;

  g_test_summary ("results has the calls in the order in which they complete, and ends after a wait");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  results = athr_group_get_results (team.group);
  g_assert_true (athr_group_get_results (team.group) == results);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_team_add (&team, 2, athr_errand_wait);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  take_results (results, names);
  g_assert_cmpstr (names->str, ==, "1");
  athr_gate_open (&team.errands[2].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 2);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  take_results (results, names);
  g_assert_cmpstr (names->str, ==, "120");
  await_end (results);
  g_assert_cmpint (athr_stream_get_state (results), ==, ATHR_STREAM_STATE_ENDED);
}

static void
test_results_async (void)
{
  g_auto (AthrTeam) team = { 0, };
  GAsyncResult *result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A reader waits for the next call that completes, and no thread is held meanwhile");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_stream_next_async (athr_group_get_results (team.group), NULL, athr_test_keep_result, &result);
  athr_test_drain (NULL);
  g_assert_cmpuint (athr_executor_get_n_running (athr_executor_get_default ()), ==, 0);
  athr_team_add (&team, 0, athr_errand_run);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_next_finish_into (athr_group_get_results (team.group), result, &value, NULL));
  g_assert_true (g_value_get_object (&value) == team.calls[0]);
  g_object_unref (result);
}

static void
test_results_unbounded (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrStream *results;

  g_test_summary ("results has no bound");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  results = athr_group_get_results (team.group);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, &team.errands[0], NULL);

      athr_group_add (team.group, call, NULL);
    }
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_cmpuint (athr_stream_get_n_buffered (results), ==, 1000);
}

static void
test_results_unasked (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrCall *call = athr_call_new (athr_errand_run, &team.errands[0], NULL);

  g_test_summary ("A group whose results nobody has asked for keeps no call that is over");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &call);
  athr_group_add (team.group, call, NULL);
  g_object_unref (call);
  athr_team_wait (&team);
  athr_team_await (&team);
  athr_test_iterate_until (NULL, call == NULL);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 1);
}

static void
test_results_closed_group (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GString) names = g_string_new (NULL);
  AthrStream *results;

  g_test_summary ("results ends when the group is closed, after the calls that the close has cancelled");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  results = athr_group_get_results (team.group);
  athr_team_add (&team, 0, athr_errand_wait_cancelled);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_team_close (&team);
  athr_team_await_close (&team);
  take_results (results, names);
  g_assert_cmpstr (names->str, ==, "0");
  await_end (results);
}

static void
test_results_later (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("results that are asked for after a wait, or after a close, have ended");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  await_end (athr_group_get_results (team.group));
}

static void
test_results_closed_stream (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrStream *results;

  g_test_summary ("To close the stream of results does nothing to the group");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  results = athr_group_get_results (team.group);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_stream_close_async (results, NULL, NULL, NULL);
  athr_test_iterate_until (NULL, athr_stream_get_state (results) == ATHR_STREAM_STATE_CLOSED);
  athr_gate_open (&team.errands[0].gate);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_results_kept (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (AthrStream) results = NULL;

  g_test_summary ("results that outlive the group end when the group is dropped");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  results = g_object_ref (athr_group_get_results (team.group));
  athr_team_add (&team, 0, athr_errand_wait);
  g_clear_object (&team.group);
  await_end (results);
}

static void
test_drop (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("Dropping a group cancels what runs and what is held back, and waits for nothing");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_run);
  athr_gate_await (&team.errands[0].gate, 1);
  g_object_add_weak_pointer (G_OBJECT (team.group), (gpointer *) &team.group);
  g_object_unref (team.group);
  g_assert_null (team.group);
  athr_team_assert_state (&team, 0, RUNNING);
  athr_team_assert_state (&team, 1, CANCELLED);
  athr_gate_open (&team.errands[0].gate);
  athr_test_finish (NULL);
  athr_team_assert_state (&team, 0, CANCELLED);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
}

static void
test_drop_elsewhere (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("Another thread may drop a group; the data of its calls ends at home");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_get_results (team.group);
  athr_team_add (&team, 0, athr_errand_wait_cancelled);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_gate_await (&team.errands[0].gate, 1);
  g_thread_join (athr_elsewhere_begin (g_object_unref, g_steal_pointer (&team.group)));
  athr_test_yield_until (athr_call_get_state (team.calls[0]) == ATHR_CALL_STATE_CANCELLED);
}

static void
test_drop_race (void)
{
  guint n_rounds = athr_test_rounds (200);

  g_test_summary ("Another thread drops the group while its calls complete");

  for (guint round = 0; round < n_rounds; round++)
    {
      g_auto (AthrTeam) team = { 0, };
      GThread *thread;

      athr_team_init (&team, round % 3);
      athr_group_set_max_running (team.group, round % 4);
      if (round % 2 == 0)
        athr_group_get_results (team.group);
      for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
        athr_team_add (&team, i, i % 3 == 1 ? athr_errand_fail : athr_errand_run);
      thread = athr_elsewhere_begin (g_object_unref, g_steal_pointer (&team.group));
      athr_test_iterate_until (NULL, strlen (team.log->str) == 2 * ATHR_TEAM_SIZE - 1);
      g_thread_join (thread);
    }
}

static void
test_wait_keeps (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A wait keeps the group");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_wait (&team);
  g_object_add_weak_pointer (G_OBJECT (team.group), (gpointer *) &team.group);
  g_object_unref (team.group);
  athr_test_drain (NULL);
  g_assert_nonnull (team.group);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  athr_test_iterate_until (NULL, team.group == NULL);
}

static void
test_run_dispose (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("g_object_run_dispose() cancels the calls, and no wait or close stays without an answer");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_wait (&team);
  g_object_run_dispose (G_OBJECT (team.group));
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 1, athr_errand_run), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_team_close (&team);
  athr_team_await_close (&team);
  await_end (athr_group_get_results (team.group));
}

static void
test_run_dispose_call (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("g_object_run_dispose() of a call destroys its handlers, and the close of the group is answered");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_gate_await (&team.errands[0].gate, 1);
  g_object_run_dispose (G_OBJECT (team.calls[0]));
  athr_team_close (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await_close (&team);
  g_assert_no_error (team.close.error);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 1);
}

static void
test_run_dispose_orphan (void)
{
  g_auto (AthrTeam) team = { 0, };
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_summary ("A call whose owner and group are gone, and whose handlers were destroyed, touches neither");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_call_bind (athr_team_make (&team, 0, athr_errand_wait), owner);
  athr_group_add (team.group, team.calls[0], NULL);
  athr_gate_await (&team.errands[0].gate, 1);
  g_object_run_dispose (G_OBJECT (team.calls[0]));
  g_object_unref (owner);
  athr_test_drain (NULL);
  g_clear_object (&team.group);
  athr_test_drain (NULL);
  athr_gate_open (&team.errands[0].gate);
  athr_test_iterate_until (NULL, team.errands[0].n_destroyed == 1);
}

static void
drop_in_notify (AthrGroup  *group,
                GParamSpec *pspec,
                AthrTeam   *team)
{
  if (athr_group_get_n_done (group) == 1)
    g_clear_object (&team->group);
}

static void
test_drop_in_notify (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A handler may drop the group");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  g_signal_connect (team.group, "notify::n-done", G_CALLBACK (drop_in_notify), &team);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_add (&team, 1, athr_errand_wait_cancelled);
  athr_test_iterate_until (NULL, team.group == NULL);
  athr_test_yield_until (athr_call_get_state (team.calls[1]) == ATHR_CALL_STATE_CANCELLED);
}

static void
drain_in_notify (AthrGroup  *group,
                 GParamSpec *pspec,
                 GString    *log)
{
  athr_test_drain (NULL);
}

static void
test_nested (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("Handlers may run a nested main loop");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  g_signal_connect (team.group, "notify", G_CALLBACK (drain_in_notify), team.log);
  for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
    athr_team_add (&team, i, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, ATHR_TEAM_SIZE);
}

static void
add_in_callback (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  AthrTeam *team = user_data;

  athr_end_take_wait (source, result, &team->wait);
  athr_team_add (team, 1, athr_errand_run);
  athr_group_wait_async (team->group, NULL, athr_end_take_wait, &team->close);
}

static void
test_add_in_callback (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("The callback of a wait may add calls and wait again");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_run);
  athr_group_wait_async (team.group, NULL, add_in_callback, &team);
  athr_test_iterate_until (NULL, team.close.n_times == 1);
  g_assert_no_error (team.wait.error);
  g_assert_no_error (team.close.error);
}

static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A group works in another main context, which nobody pushes any more");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  g_main_context_push_thread_default (context);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_wait (&team);
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (context, team.wait.n_times == 1);
  g_assert_no_error (team.wait.error);
  g_clear_object (&team.group);
  g_signal_handlers_disconnect_by_data (team.calls[0], team.log);
  athr_test_drain (context);
}

static void
test_context_of_add (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A call belongs to the main context of its group, and survives the context in which it is added");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_main_context_push_thread_default (context);
  athr_call_set_return_on_cancel (athr_team_make (&team, 0, athr_errand_wait), TRUE);
  g_assert_true (athr_group_add (team.group, team.calls[0], NULL));
  g_main_context_pop_thread_default (context);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_call_cancel (team.calls[0]);
  athr_test_drain (context);
  g_clear_pointer (&context, g_main_context_unref);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  athr_team_close (&team);
  athr_test_drain (NULL);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await_close (&team);
  g_assert_no_error (team.close.error);
}

static void
test_context_of_add_running (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("The group's main context alone brings a call that was added under another one to its end");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_main_context_push_thread_default (context);
  athr_team_add (&team, 0, athr_errand_run);
  g_main_context_pop_thread_default (context);
  athr_test_iterate_until (NULL, strstr (team.log->str, "0") != NULL);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 1);
  athr_test_drain (context);
}

static void
test_context_of_results (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  AthrStream *results;

  g_test_summary ("The results belong to the main context of the group, and survive the context in which the program "
                  "has asked for them");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_run);
  g_main_context_push_thread_default (context);
  results = athr_group_get_results (team.group);
  g_main_context_pop_thread_default (context);
  g_clear_pointer (&context, g_main_context_unref);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  athr_stream_next_async (results, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_next_finish_into (results, result, &value, NULL));
  g_assert_true (G_IS_VALUE (&value) && g_value_get_object (&value) == team.calls[0]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/group/" path, test)
  add ("results", test_results);
  add ("results/async", test_results_async);
  add ("results/unbounded", test_results_unbounded);
  add ("results/unasked", test_results_unasked);
  add ("results/closed-group", test_results_closed_group);
  add ("results/later", test_results_later);
  add ("results/closed-stream", test_results_closed_stream);
  add ("results/kept", test_results_kept);
  add ("drop", test_drop);
  add ("drop/elsewhere", test_drop_elsewhere);
  add ("drop/race", test_drop_race);
  add ("drop/run-dispose", test_run_dispose);
  add ("drop/run-dispose/call", test_run_dispose_call);
  add ("drop/run-dispose/orphan", test_run_dispose_orphan);
  add ("drop/in-notify", test_drop_in_notify);
  add ("wait/keeps", test_wait_keeps);
  add ("nested", test_nested);
  add ("add-in-callback", test_add_in_callback);
  add ("context", test_context);
  add ("context/of-add", test_context_of_add);
  add ("context/of-add/running", test_context_of_add_running);
  add ("context/of-results", test_context_of_results);

  return g_test_run ();
}
