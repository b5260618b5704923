/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "group-test.h"

/* A group with max-running. */

static void
test_bound (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("No more than max-running calls run; the next one starts without the main loop");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 2);
  for (guint i = 0; i < 4; i++)
    athr_team_add (&team, i, athr_errand_wait);
  athr_gate_await (&team.errands[0].gate, 1);
  athr_gate_await (&team.errands[1].gate, 1);
  athr_team_assert_state (&team, 2, QUEUED);
  athr_team_assert_state (&team, 3, QUEUED);
  g_assert_cmpuint (athr_executor_get_n_queued (athr_executor_get_default ()), ==, 0);

  athr_gate_open (&team.errands[1].gate);
  athr_gate_await (&team.errands[2].gate, 1);
  athr_team_assert_state (&team, 3, QUEUED);
  athr_team_wait (&team);
  for (guint i = 0; i < 4; i++)
    athr_gate_open (&team.errands[i].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

typedef struct
{
  int n_running;  /* atomic */
  int n_most;     /* atomic */
} Census;

static void
count (AthrCall  *call,
       gpointer   user_data,
       GError   **error)
{
  Census *self = user_data;
  int n_running = g_atomic_int_add (&self->n_running, 1) + 1;
  int n_most = g_atomic_int_get (&self->n_most);

  while (n_running > n_most && !g_atomic_int_compare_and_exchange (&self->n_most, n_most, n_running))
    n_most = g_atomic_int_get (&self->n_most);
  g_thread_yield ();
  g_atomic_int_add (&self->n_running, -1);
}

static void
test_many (void)
{
  g_auto (AthrTeam) team = { 0, };
  Census census = { 0, };

  g_test_summary ("Two thousand calls, three at once");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 3);
  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (count, &census, NULL);

      athr_group_add (team.group, call, NULL);
    }
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 2000);
  g_assert_cmpint (census.n_most, <=, 3);
}

static void
test_order (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Priority decides which call is next, and then the order; the priority may change while a call is "
                  "held back");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_run);
  athr_team_make (&team, 2, athr_errand_run);
  athr_call_set_priority (team.calls[2], -5);
  athr_group_add (team.group, team.calls[2], &error);
  athr_team_add (&team, 3, athr_errand_run);
  athr_team_add (&team, 4, athr_errand_run);
  athr_call_set_priority (team.calls[4], -10);
  athr_call_set_priority (team.calls[1], 10);
  team.wait.log = NULL;
  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  athr_test_drain (NULL);
  g_assert_cmpstr (team.log->str, ==, "0 4 2 3 1");
}

static void
test_cancel (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("To cancel a call that is held back withdraws it");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_run);
  athr_team_add (&team, 2, athr_errand_run);
  athr_call_cancel (team.calls[1]);
  athr_team_assert_state (&team, 1, CANCELLED);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 1);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  athr_team_assert_state (&team, 2, SUCCEEDED);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
}

static void
test_timeout (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  g_test_summary ("The time-out of a call counts while the call is held back");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_make (&team, 1, athr_errand_run);
  athr_call_set_timeout (team.calls[1], 1);
  athr_group_add (team.group, team.calls[1], &error);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  g_assert_error (athr_call_get_error (team.calls[1]), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
}

/* FALSE: the group was out of time before both calls were added. */
static gboolean
try_group_timeout (guint timeout)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_group_set_timeout (team.group, timeout);
  athr_team_add (&team, 0, athr_errand_wait_cancelled);
  if (!athr_group_add (team.group, athr_team_make (&team, 1, athr_errand_run), &error))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      return FALSE;
    }
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_error (team.wait.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  athr_test_iterate_until (NULL, athr_group_get_n_done (team.group) == 2);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);

  return TRUE;
}

static void
test_group_timeout (void)
{
  guint timeout = 1;

  g_test_summary ("The time-out of the group withdraws the calls that are held back");

  while (!try_group_timeout (timeout))
    timeout *= 2;
}

/* The handler returns when the function of the call has returned, and the call has left the limit. */
static void
on_cancelled (GCancellable *cancellable,
              AthrTeam     *team)
{
  athr_gate_open (&team->errands[0].gate);
  athr_test_yield_until (athr_call_get_state (team->calls[0]) == ATHR_CALL_STATE_CANCELLED);
  athr_test_yield_until (athr_executor_get_n_queued (team->executor) == 0 &&
                         athr_executor_get_n_running (team->executor) == 0);
}

static void
test_cancel_all (void)
{
  g_auto (AthrTeam) team = { 0, };
  gulong handler;

  g_test_summary ("While the group cancels its calls, a call that is held back does not start");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  team.executor = athr_executor_new ("team", 2);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  athr_team_add (&team, 1, athr_errand_run);
  handler = g_signal_connect (athr_call_get_cancellable (team.calls[0]), "cancelled",
                              G_CALLBACK (on_cancelled), &team);
  athr_test_yield_until (athr_call_get_state (team.calls[0]) == ATHR_CALL_STATE_RUNNING);
  athr_team_close (&team);
  athr_team_await_close (&team);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
  athr_team_assert_state (&team, 1, CANCELLED);
  g_signal_handler_disconnect (athr_call_get_cancellable (team.calls[0]), handler);
}

static void
run_other (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  athr_call_run (self->data, NULL, NULL, error);
}

static void
test_blocked (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A call that waits for another call of the group does not count, so the other one starts");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, run_other);
  athr_team_add (&team, 1, athr_errand_wait);
  team.errands[0].data = team.calls[1];
  athr_gate_await (&team.errands[0].gate, 1);
  athr_team_assert_state (&team, 1, QUEUED);
  athr_gate_open (&team.errands[0].gate);
  athr_gate_await (&team.errands[1].gate, 1);
  athr_gate_open (&team.errands[1].gate);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
run_other_again (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  AthrErrand *self = user_data;
  AthrErrand *last = self + 1;

  run_other (call, user_data, error);
  athr_gate_open (&last->gate);
  /* Now the call counts again. */
  athr_gate_pass (&(self + 2)->gate);
}

static void
test_blocked_resumes (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (AthrCall) other = NULL;

  g_test_summary ("A call that has waited counts again: nothing else starts meanwhile");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  other = athr_call_new (athr_errand_run, &team.errands[7], NULL);
  team.errands[0].data = other;
  athr_gate_open (&team.errands[0].gate);
  athr_team_add (&team, 0, run_other_again);
  athr_gate_pass (&team.errands[1].gate);
  athr_gate_await (&team.errands[2].gate, 1);
  athr_team_add (&team, 3, athr_errand_run);
  athr_team_assert_state (&team, 3, QUEUED);
  g_assert_cmpuint (athr_executor_get_n_queued (athr_executor_get_default ()), ==, 0);
  athr_gate_open (&team.errands[2].gate);
  athr_team_wait (&team);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
}

static void
test_raise (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A higher limit starts the calls that were held back, and 0 starts all of them");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  for (guint i = 0; i < 4; i++)
    athr_team_add (&team, i, athr_errand_wait);
  athr_group_set_max_running (team.group, 2);
  athr_gate_await (&team.errands[1].gate, 1);
  athr_team_assert_state (&team, 2, QUEUED);
  athr_group_set_max_running (team.group, 0);
  athr_gate_await (&team.errands[2].gate, 1);
  athr_gate_await (&team.errands[3].gate, 1);
}

/* A group that runs one call at a time, and holds back @n_held calls of an executor with @max_threads threads. */
static void
hold_back (AthrTeam *team,
           guint     max_threads,
           guint     n_held)
{
  athr_team_init (team, ATHR_GROUP_COLLECT);
  team->executor = athr_executor_new ("test", max_threads);
  athr_group_set_max_running (team->group, 1);
  athr_team_add (team, 0, athr_errand_wait);
  for (guint i = 0; i < n_held; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, &team->errands[1], NULL);

      athr_call_set_executor (call, team->executor);
      athr_group_add (team->group, call, NULL);
    }
}

static void
test_closed_executor (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GAsyncResult) closed = NULL;

  g_test_summary ("Held back calls of an executor that is closed still run, and the close waits for them");

  hold_back (&team, 2, 20000);
  athr_executor_close_async (team.executor, FALSE, NULL, athr_test_keep_result, &closed);
  athr_team_wait (&team);
  athr_test_drain (NULL);
  g_assert_null (closed);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_cmpint (team.errands[1].n_runs, ==, 20000);
  athr_test_iterate_until (NULL, closed != NULL);
}

static void
test_closed_executor_one_thread (void)
{
  g_auto (AthrTeam) team = { 0, };
  AthrErrand other;
  g_autoptr (AthrCall) first = NULL;
  g_autoptr (GAsyncResult) closed = NULL;

  g_test_summary ("An executor of one thread keeps the thread for calls that are held back, even if it is closed");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  team.executor = athr_executor_new ("test", 1);
  athr_team_add (&team, 1, athr_errand_run);
  athr_errand_init (&other);
  first = athr_errand_new_call (&other, athr_errand_run, team.executor);
  athr_call_start (first);
  athr_executor_close_async (team.executor, FALSE, NULL, athr_test_keep_result, &closed);
  athr_test_iterate_until (NULL, athr_call_get_state (first) == ATHR_CALL_STATE_SUCCEEDED);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_no_error (team.wait.error);
  g_assert_true (team.errands[1].ran_on == other.ran_on);
  athr_test_iterate_until (NULL, closed != NULL);
  athr_errand_clear (&other);
}

static void
test_closed_executor_cancelled (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GAsyncResult) closed = NULL;

  g_test_summary ("If the close cancels what is queued, calls that are held back are cancelled, one after the other, "
                  "without recursion");

  hold_back (&team, 2, 20000);
  athr_executor_close_async (team.executor, TRUE, NULL, athr_test_keep_result, &closed);
  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_cmpuint (athr_group_get_n_done (team.group), ==, 20001);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
  athr_test_iterate_until (NULL, closed != NULL);
}

static void
test_closed_executor_withdrawn (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (AthrExecutor) other = athr_executor_new ("other", 1);
  g_autoptr (GAsyncResult) closed = NULL;

  g_test_summary ("The close does not wait for a call that was held back and then cancelled, also when all threads have "
                  "left already");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  team.executor = g_object_ref (other);
  athr_team_add (&team, 1, athr_errand_run);
  athr_executor_close_async (other, FALSE, NULL, athr_test_keep_result, &closed);
  athr_test_drain (NULL);
  g_assert_null (closed);
  athr_call_cancel (team.calls[1]);
  athr_test_iterate_until (NULL, closed != NULL);

  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
  g_assert_cmpint (team.errands[1].n_runs, ==, 0);
}

static void
test_added_to_closed_executor (void)
{
  g_auto (AthrTeam) team = { 0, };

  g_test_summary ("A call that would be held back fails at once when its executor is closed");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_wait);
  team.executor = athr_executor_new ("test", 2);
  athr_executor_close_async (team.executor, FALSE, NULL, NULL, NULL);
  athr_team_add (&team, 1, athr_errand_run);
  athr_test_iterate_until (NULL, athr_group_get_n_failed (team.group) == 1);
  g_assert_error ((GError *) athr_call_get_error (team.calls[1]), G_IO_ERROR, G_IO_ERROR_CLOSED);

  athr_team_wait (&team);
  athr_gate_open (&team.errands[0].gate);
  athr_team_await (&team);
}

static void
test_blocking_run (void)
{
  g_auto (AthrTeam) team = { 0, };
  g_autoptr (GError) error = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A program without a main loop may block in a call that is held back");

  athr_team_init (&team, ATHR_GROUP_COLLECT);
  athr_group_set_max_running (team.group, 1);
  athr_team_add (&team, 0, athr_errand_run);
  athr_team_add (&team, 1, athr_errand_run);
  athr_team_add (&team, 2, athr_errand_run);
  athr_call_run (team.calls[2], NULL, &value, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (&value), ==, 42);
  athr_team_assert_state (&team, 1, SUCCEEDED);
}

static void
cancel_all (gpointer data)
{
  AthrTeam *team = data;

  for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
    athr_call_cancel (team->calls[i]);
}

static void
test_cancel_race (void)
{
  guint n_rounds = athr_test_rounds (200);

  g_test_summary ("Another thread cancels calls while the limit starts them");

  for (guint round = 0; round < n_rounds; round++)
    {
      g_auto (AthrTeam) team = { 0, };
      GThread *thread;

      athr_team_init (&team, ATHR_GROUP_COLLECT);
      athr_group_set_max_running (team.group, 1 + round % 3);
      for (guint i = 0; i < ATHR_TEAM_SIZE; i++)
        athr_team_add (&team, i, athr_errand_run);
      thread = athr_elsewhere_begin (cancel_all, &team);
      athr_team_wait (&team);
      athr_team_await (&team);
      g_assert_no_error (team.wait.error);
      g_thread_join (thread);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/group/limit/" path, test)
  add ("bound", test_bound);
  add ("many", test_many);
  add ("order", test_order);
  add ("cancel", test_cancel);
  add ("cancel/race", test_cancel_race);
  add ("timeout", test_timeout);
  add ("timeout/group", test_group_timeout);
  add ("cancel-all", test_cancel_all);
  add ("blocked", test_blocked);
  add ("blocked/resumes", test_blocked_resumes);
  add ("raise", test_raise);
  add ("closed-executor", test_closed_executor);
  add ("closed-executor/one-thread", test_closed_executor_one_thread);
  add ("closed-executor/cancelled", test_closed_executor_cancelled);
  add ("closed-executor/withdrawn", test_closed_executor_withdrawn);
  add ("closed-executor/added", test_added_to_closed_executor);
  add ("blocking-run", test_blocking_run);

  return g_test_run ();
}
