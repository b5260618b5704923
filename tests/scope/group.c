/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fork-test.h"
#include "group-test.h"
#include "pool/thread-failure-test.h"

/* The policies, adding and waiting. */

static void
test_empty (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A wait for an empty group succeeds, after wait_async has returned");

  athr_team_init (&team, ATHR_GROUP_FIRST_SUCCESS);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
return_at_once (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
test_references (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrCall *kept, *dropped;

  g_test_summary ("The group has references of its own: a call that the program drops is run, and one that the program "
                  "keeps is the program's alone when the group is gone");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  kept = athr_call_new (return_at_once, NULL, NULL);
  dropped = athr_call_new (return_at_once, NULL, NULL);
  g_assert_true (athr_group_add (team.group, kept, NULL));
  g_assert_true (athr_group_add (team.group, dropped, NULL));
  g_object_add_weak_pointer (G_OBJECT (dropped), (gpointer *) &dropped);
  g_object_unref (dropped);
  athr_team_close (&team);
  athr_team_await_close (&team);
  g_clear_object (&team.group);
  athr_test_iterate_until (NULL, dropped == NULL && G_OBJECT (kept)->ref_count == 1);
  g_object_unref (kept);
}

static void
test_collect (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("COLLECT waits for all calls, and succeeds if none failed");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_wait);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[1].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (team.wait.n_times, ==, 0);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_cmpuint (athr_group_get_n_calls (team.group), ==, 2);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 2);
  g_assert_cmpuint (athr_group_get_n_failed (team.group), ==, 0);
}

static void
fail_otherwise (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Busy");
}

static void
test_collect_error (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("COLLECT waits for all calls, and fails with the error that came first");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, fail_otherwise);
  athr_team_add (&team, 1, athr_errand_wait);
  athr_team_add (&team, 2, athr_errand_fail);
  athr_team_wait (&team);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_gate_open (&team.errands[0].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 2);
  athr_test_drain (NULL);
  g_assert_cmpuint (team.wait.n_times, ==, 0);
  athr_gate_open (&team.errands[1].gate);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  athr_team_assert_state (&team, 1, SUCCEEDED);
}

static void
test_fail_fast (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("FAIL_FAST cancels the rest at the first error, and answers though a function still runs");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_wait_cancelled);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_gate_await (&team.errands[1].gate, 1);
  athr_team_wait (&team);
  athr_team_add (&team, 2, athr_errand_fail);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  athr_team_assert_state (&team, 0, RUNNING);
  /* Only the cancellation opens this gate. */
  athr_test_yield_until (athr_call_get_state (team.calls[1]) == ATHR_CALL_STATE_CANCELLED);

  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 3, athr_errand_run), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_team_assert_state (&team, 3, INITIAL);

  athr_gate_open (&team.errands[0].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 3);
  athr_team_assert_state (&team, 0, CANCELLED);
  /* The group's own cancelling is no failure. */
  g_assert_cmpuint (athr_group_get_n_failed (team.group), ==, 1);
}

static void
test_fail_fast_later (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A wait that comes after the decision gets the same error");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_fail_fast_succeeds (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("FAIL_FAST succeeds when no call fails; more calls may follow, and another wait");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  athr_team_add (&team, 1, athr_errand_fail);
  team.wait.n_times = 0;
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_first_success (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("FIRST_SUCCESS goes on after an error, and cancels the rest at the first success");

  athr_team_init (&team, ATHR_GROUP_FIRST_SUCCESS);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_team_add (&team, 2, athr_errand_wait);
  athr_team_wait (&team);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (team.wait.n_times, ==, 0);
  athr_gate_open (&team.errands[2].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 3, athr_errand_run), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&team.errands[0].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 3);
  athr_team_assert_state (&team, 0, CANCELLED);
  athr_team_assert_state (&team, 2, SUCCEEDED);
}

static void
test_first_success_fails (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("FIRST_SUCCESS fails with the first error if all fail");

  athr_team_init (&team, ATHR_GROUP_FIRST_SUCCESS);
  athr_team_add (&team, 0, fail_otherwise);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_team_wait (&team);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_first_success_cancelled (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("FIRST_SUCCESS fails with CANCELLED if all calls were cancelled");

  athr_team_init (&team, ATHR_GROUP_FIRST_SUCCESS);
  athr_call_cancel (athr_team_add (&team, 0, athr_errand_wait_cancelled));
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_own_cancel (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A call that the program cancels is done, and has not failed");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_wait_cancelled);
  athr_team_add (&team, 1, athr_errand_wait);
  athr_call_cancel (team.calls[0]);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  g_assert_cmpuint (athr_group_get_n_failed (team.group), ==, 0);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[1].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_timed_out_call (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A call that runs out of its own time has failed; with return-on-cancel at once");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_make (&team, 0, athr_errand_wait);
  athr_call_set_timeout (team.calls[0], 1);
  athr_call_set_return_on_cancel (team.calls[0], TRUE);
  g_assert_true (athr_group_add (team.group, team.calls[0], &error));
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpuint (athr_group_get_n_failed (team.group), ==, 1);
}

static void
test_invalid (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (AthrGroup) other = athr_group_new (ATHR_GROUP_COLLECT);
  g_autoptr (AthrLatest) latest = athr_latest_new (G_MAXUINT);
  g_autoptr (GError) error = NULL;
  AthrAnswer answer = { .n_times = 0 };

  g_test_summary ("A call that was started, or given to a group or an AthrLatest before, is refused");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  g_assert_false (athr_group_add (team.group, team.calls[0], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (athr_group_add (other, team.calls[0], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  athr_call_start (athr_team_make (&team, 1, athr_errand_run));
  g_assert_false (athr_group_add (team.group, team.calls[1], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  athr_latest_run_async (latest, athr_team_make (&team, 2, athr_errand_run), NULL, athr_answer_take_latest, &answer);
  g_assert_false (athr_group_add (team.group, team.calls[2], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  athr_latest_cancel (latest);
  athr_test_iterate_until (NULL, answer.n_times == 1);
  athr_answer_clear (&answer);
  g_assert_cmpuint (athr_group_get_n_calls (team.group), ==, 1);
  g_assert_cmpuint (athr_group_get_n_calls (other), ==, 0);
}

static void
test_wait_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrTeam) team = { 0, };
  AthrEnd other = { .name = "other" };

  g_test_summary ("The cancellable of a wait abandons that wait only");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_group_wait_async (team.group, cancellable, athr_end_take_wait, &other);
  athr_team_wait (&team);
  g_thread_join (athr_elsewhere_begin (athr_test_cancel, cancellable));
  athr_test_iterate_until (NULL, other.n_times > 0);
  g_assert_error (other.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&other.error);

  athr_group_wait_async (team.group, cancellable, athr_end_take_wait, &other);
  g_assert_cmpuint (other.n_times, ==, 1);
  athr_test_iterate_until (NULL, other.n_times > 1);
  g_assert_error (other.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&other.error);
  g_assert_cmpuint (team.wait.n_times, ==, 0);

  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  athr_team_assert_state (&team, 0, SUCCEEDED);
}

static void
test_timeout (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("The time-out cancels the rest, and the wait fails; what succeeded stays");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_timeout (team.group, 400);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_add (&team, 1, athr_errand_wait);
  athr_team_add (&team, 2, athr_errand_wait_cancelled);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  athr_test_yield_until (athr_call_get_state (team.calls[2]) == ATHR_CALL_STATE_CANCELLED);
  athr_team_assert_state (&team, 0, SUCCEEDED);
  athr_team_assert_state (&team, 1, RUNNING);
  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 3, athr_errand_run), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_timeout_refused (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (AthrGroup) clock = athr_group_new (ATHR_GROUP_COLLECT);
  AthrEnd end = { .n_times = 0 };

  g_test_summary ("A first call that is refused does not begin the time of the group");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_timeout (team.group, 1);
  athr_call_start (athr_team_make (&team, 0, athr_errand_run));
  g_assert_false (athr_group_add (team.group, team.calls[0], NULL));
  /* Another group is out of time, so that the time of this one would be over, too. */
  athr_group_set_timeout (clock, 1);
  g_assert_true (athr_group_add (clock, athr_team_make (&team, 1, athr_errand_wait_cancelled), NULL));
  athr_group_wait_async (clock, NULL, athr_end_take_wait, &end);
  athr_test_iterate_until (NULL, end.n_times == 1);
  g_assert_error (end.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&end.error);
  athr_group_set_timeout (team.group, 0);
  athr_team_add (&team, 2, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_timeout_no_thread (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A call that a group has to refuse for want of a thread for its time may be added once more");

  /* This runs in its own process, since the thread of the deadlines stays for a while. */
  if (!g_test_subprocess ())
    {
      athr_team_init (&team, ATHR_GROUP_COLLECT);
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_timeout (team.group, G_MAXUINT);
  athr_team_make (&team, 0, athr_errand_run);
  athr_test_set_threads_fail (TRUE);
  g_assert_false (athr_group_add (team.group, team.calls[0], &error));
  athr_test_set_threads_fail (FALSE);
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_clear_error (&error);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_true (athr_group_add (team.group, team.calls[0], &error));
  g_assert_no_error (error);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
}

static void
test_timeout_idle (void)
{
  g_auto (AthrTeam) team = { 0, };
  gboolean is_over = FALSE;

  g_test_summary ("When all calls are done in time, waits succeed, but no call can be added after that time");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_timeout (team.group, 50);
  athr_team_add (&team, 0, athr_errand_run);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  /* A call that was started is refused for that, until the time is over. */
  athr_call_start (athr_team_make (&team, 1, athr_errand_run));
  while (!is_over)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (athr_group_add (team.group, team.calls[1], &error));
      is_over = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_main_context_iteration (NULL, FALSE);
    }
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_timeout_longest (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("The longest time-out is no time-out of 0");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_timeout (team.group, G_MAXUINT);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_properties (void)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_FIRST_SUCCESS);
  g_autofree char *name = NULL;
  guint n_notified = 0, max_running, timeout, n_calls, n_done, n_failed;
  AthrGroupPolicy policy;
  double progress;

  g_test_summary ("Properties can be set and read, and notify once for each change");

  g_signal_connect_swapped (group, "notify", G_CALLBACK (g_atomic_int_inc), &n_notified);
  g_object_set (group, "name", NULL, "max-running", 0, "timeout", 0, NULL);
  g_assert_cmpuint (n_notified, ==, 0);
  g_object_set (group, "name", "import", "max-running", 3, "timeout", G_MAXUINT, NULL);
  g_assert_cmpuint (n_notified, ==, 3);
  g_object_get (group, "policy", &policy, "name", &name, "max-running", &max_running, "timeout", &timeout,
                "n-calls", &n_calls, "n-done", &n_done, "n-failed", &n_failed, "progress", &progress, NULL);
  g_assert_cmpint (policy, ==, ATHR_GROUP_FIRST_SUCCESS);
  g_assert_cmpint (athr_group_get_policy (group), ==, ATHR_GROUP_FIRST_SUCCESS);
  g_assert_cmpstr (name, ==, "import");
  g_assert_cmpstr (athr_group_get_name (group), ==, "import");
  g_assert_cmpuint (max_running, ==, 3);
  g_assert_cmpuint (athr_group_get_max_running (group), ==, 3);
  g_assert_cmpuint (timeout, ==, G_MAXUINT);
  g_assert_cmpuint (athr_group_get_timeout (group), ==, G_MAXUINT);
  g_assert_cmpuint (n_calls + n_done + n_failed, ==, 0);
  g_assert_cmpfloat (progress, ==, -1);
}

static void
on_notify (AthrGroup  *group,
           GParamSpec *pspec,
           GString    *log)
{
  if (g_str_equal (pspec->name, "progress"))
    g_string_append_printf (log, "%.2f ", athr_group_get_progress (group));
  else if (g_str_equal (pspec->name, "n-calls"))
    g_string_append_printf (log, "%u calls ", athr_group_get_n_calls (group));
  else if (g_str_equal (pspec->name, "n-done"))
    g_string_append_printf (log, "%u done ", athr_group_get_n_done (group));
  else
    g_string_append_printf (log, "%s ", pspec->name);
}

static void
report_half (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  for (guint i = 0; i <= 50; i++)
    athr_call_report_progress (call, i / 100., NULL);
  athr_gate_pass (&self->gate);
}

static void
test_progress (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("Progress is the mean of the calls', and is notified before the wait is answered");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  g_signal_connect (team.group, "notify", G_CALLBACK (on_notify), team.log);
  athr_team_add (&team, 0, report_half);
  athr_team_add (&team, 1, athr_errand_wait);
  g_signal_handlers_disconnect_by_func (team.calls[0], athr_team_on_finished, team.log);
  g_signal_handlers_disconnect_by_func (team.calls[1], athr_team_on_finished, team.log);
  g_assert_cmpstr (team.log->str, ==, "");
  athr_gate_await (&team.errands[0].gate, 1);
  athr_gate_await (&team.errands[1].gate, 1);
  athr_test_iterate_until (NULL, athr_group_get_progress (team.group) == .25);
  athr_test_drain (NULL);
  athr_gate_open (&team.errands[0].gate);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  athr_test_drain (NULL);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[1].gate);
  athr_team_await (&team);
  g_assert_true (g_str_has_prefix (team.log->str, "2 calls "));
  g_assert_true (g_str_has_suffix (team.log->str, "0.25 1 done 0.50 2 done 1.00  wait"));
}

static void
test_close (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A close cancels what is left, and is answered when no function runs and everything was told");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  team.executor = athr_executor_new ("test", 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_team_add (&team, 1, athr_errand_run);
  athr_team_wait (&team);
  athr_team_close (&team);
  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 2, athr_errand_run), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_drain (NULL);
  g_assert_cmpuint (team.close.n_times, ==, 0);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await_close (&team);
  g_assert_no_error (team.close.error);
  g_assert_cmpstr (team.log->str, ==, "wait 1 0 close");
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
  g_assert_cmpint (team.errands[0].n_destroyed, ==, 1);
  g_assert_cmpint (team.errands[1].n_destroyed, ==, 1);
}

static void
test_close_done (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrEnd other = { .name = "other" };

  g_test_summary ("A close of a group whose calls are done succeeds, also twice, and so does a wait after it");

  athr_team_init (&team, ATHR_GROUP_FAIL_FAST);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_wait (&team);
  athr_team_await (&team);
  athr_team_close (&team);
  athr_group_close_async (team.group, NULL, athr_end_take_close, &other);
  athr_team_await_close (&team);
  athr_test_iterate_until (NULL, other.n_times == 1);
  g_assert_no_error (team.close.error);
  g_assert_no_error (other.error);
  team.wait.n_times = 0;
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_close_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrTeam) team = { 0, };
  AthrEnd other = { .name = "other" };

  g_test_summary ("The cancellable of a close abandons the wait for it; the group stays closed");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_group_close_async (team.group, cancellable, athr_end_take_close, &other);
  g_cancellable_cancel (cancellable);
  athr_test_iterate_until (NULL, other.n_times == 1);
  g_assert_error (other.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&other.error);
  g_assert_false (athr_group_add (team.group, athr_team_make (&team, 1, athr_errand_run), NULL));
  athr_team_close (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await_close (&team);
  g_assert_no_error (team.close.error);
}

static void
test_close_error (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A wait that a close ends tells the first error of the calls, if there is one");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_fail);
  athr_team_wait (&team);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  athr_team_close (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
get_results (gpointer group)
{
  athr_group_get_results (group);
}

static void
test_owner (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
      g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

      athr_group_add (group, call, NULL);
      athr_test_finish (NULL);
      g_thread_join (athr_elsewhere_begin (get_results, group));
      return;
    }

  g_test_summary ("To use a group on another thread is a critical that names the thread");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_group_get_results was called on the thread*other*");
}

static void
test_timeout_later (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
      g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

      athr_group_add (group, call, NULL);
      athr_group_set_timeout (group, 1);
      return;
    }

  g_test_summary ("To set the time-out after the first call was added is a critical");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*AthrGroup:timeout can be set only until*");
}

static void
test_fork (void)
{
  g_auto (AthrTeam) team = { 0, };
  gboolean is_possible = TRUE;
  int status = -1;
  pid_t child;

  g_test_summary ("In the child of a fork a group from before the fork fails, and new groups work");

#ifdef __SANITIZE_THREAD__
  is_possible = FALSE; /* ThreadSanitizer aborts a child of a fork that creates threads */
#endif
  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_group_get_results (team.group);
  if (!is_possible)
    {
      g_test_skip ("ThreadSanitizer aborts a child of a fork that creates threads");
      return;
    }

  child = athr_test_fork ();
  if (child == 0)
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, &team.errands[1], NULL);
      g_autoptr (GError) error = NULL;
      AthrTeam fresh;

      g_assert_false (athr_group_add (team.group, call, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      athr_team_wait (&team);
      athr_team_await (&team);
      g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      athr_team_close (&team);
      athr_team_await_close (&team);
      g_assert_error (team.close.error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      g_assert_nonnull (athr_group_get_results (team.group));
      g_object_unref (team.group);

      athr_team_init (&fresh, ATHR_GROUP_FAIL_FAST);
      athr_team_add (&fresh, 0, athr_errand_run);
      athr_team_wait (&fresh);
      athr_team_await (&fresh);
      g_assert_no_error (fresh.wait.error);
      athr_team_clear (&fresh);
      athr_test_leave_child ();
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/group/" path, test)
  add ("empty", test_empty);
  add ("references", test_references);
  add ("collect", test_collect);
  add ("collect/error", test_collect_error);
  add ("fail-fast", test_fail_fast);
  add ("fail-fast/later", test_fail_fast_later);
  add ("fail-fast/succeeds", test_fail_fast_succeeds);
  add ("first-success", test_first_success);
  add ("first-success/fails", test_first_success_fails);
  add ("first-success/cancelled", test_first_success_cancelled);
  add ("own-cancel", test_own_cancel);
  add ("timed-out-call", test_timed_out_call);
  add ("invalid", test_invalid);
  add ("wait-cancelled", test_wait_cancelled);
  add ("timeout", test_timeout);
  add ("timeout/refused", test_timeout_refused);
  add ("timeout/no-thread", test_timeout_no_thread);
  add ("timeout/idle", test_timeout_idle);
  add ("timeout/longest", test_timeout_longest);
  add ("timeout/set-later", test_timeout_later);
  add ("properties", test_properties);
  add ("progress", test_progress);
  add ("close", test_close);
  add ("close/done", test_close_done);
  add ("close/cancelled", test_close_cancelled);
  add ("close/error", test_close_error);
  add ("owner", test_owner);
  add ("fork", test_fork);

  return g_test_run ();
}
