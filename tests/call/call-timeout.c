/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Time-outs, and time-outs and cancels with return-on-cancel. */

typedef struct
{
  AthrErrand errand;
  AthrExecutor *executor;
  AthrCall *call;
  GString *log;
  AthrAnswer answer;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  athr_errand_init (&self->errand);
  self->executor = athr_executor_new ("test", 1);
  self->call = athr_errand_new_call (&self->errand, (AthrCallFunc) func, self->executor);
  self->log = g_string_new (NULL);
  self->answer.log = self->log;
  self->answer.name = "callback";
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  if (self->call != NULL)
    {
      g_object_add_weak_pointer (G_OBJECT (self->call), (gpointer *) &self->call);
      g_object_unref (self->call);
    }
  athr_test_finish (self->executor);
  /* The thread of the cancel handlers may drop the last reference. */
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->call) == NULL);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
  athr_answer_clear (&self->answer);
  athr_errand_clear (&self->errand);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
}

static void
run (Fixture *self)
{
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
}

static void
assert_timed_out (Fixture *self)
{
  athr_test_iterate_until (NULL, self->log->len >= strlen ("callback finished"));
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_error (athr_call_get_error (self->call), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_running (Fixture       *self,
              gconstpointer  func)
{
  g_test_summary ("The function sees that its cancellable is cancelled, and the outcome is "
                  "TIMED_OUT although the function returns a value");

  athr_call_set_timeout (self->call, 1);
  run (self);
  assert_timed_out (self);
}

static void
test_queued (Fixture       *self,
             gconstpointer  func)
{
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand errand;

  g_test_summary ("The time counts from the start: a call can time out in the queue");

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);

  athr_call_set_timeout (self->call, 1);
  run (self);
  assert_timed_out (self);
  athr_gate_open (&errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  athr_errand_clear (&errand);
}

static void
pass_gate (GCancellable *cancellable,
           AthrGate     *gate)
{
  athr_gate_pass (gate);
}

/* Waits until the handler of its cancellable waits at the gate in the user data. */
static void
await_handler (AthrCall  *call,
               gpointer   gate,
               GError   **error)
{
  athr_gate_await (gate, 1);
}

static void
test_blocked_handler (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("other", 1);
  g_autoptr (AthrCall) blocking = NULL;
  AthrGate gate;

  g_test_summary ("A handler of `cancelled` that blocks delays no other time-out and no other "
                  "handler");

  athr_gate_init (&gate);
  blocking = athr_call_new (await_handler, &gate, NULL);
  /* On a slow machine the time is over before the function could connect a handler. */
  g_signal_connect (athr_call_get_cancellable (blocking), "cancelled", G_CALLBACK (pass_gate), &gate);
  athr_call_set_executor (blocking, executor);
  athr_call_set_run_timeout (blocking, 1);
  athr_call_start (blocking);
  athr_gate_await (&gate, 1);

  athr_call_set_run_timeout (self->call, 1);
  run (self);
  assert_timed_out (self);

  athr_gate_open (&gate);
  athr_test_iterate_until (NULL, athr_call_get_state (blocking) == ATHR_CALL_STATE_FAILED);
  g_object_add_weak_pointer (G_OBJECT (blocking), (gpointer *) &blocking);
  g_object_unref (blocking);
  athr_test_iterate_until (NULL, blocking == NULL);
  athr_gate_clear (&gate);
}

static void
test_in_time (Fixture       *self,
              gconstpointer  func)
{
  g_test_summary ("When a call ends in time, its deadline no longer keeps the call alive");

  g_object_add_weak_pointer (G_OBJECT (self->call), (gpointer *) &self->call);
  athr_call_set_timeout (self->call, G_MAXUINT);
  run (self);
  g_object_unref (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  athr_test_finish (self->executor);
  g_assert_null (self->call);
}

static void
test_cancelled_first (Fixture       *self,
                      gconstpointer  func)
{
  g_test_summary ("A call that was cancelled before it timed out is CANCELLED");

  athr_call_set_timeout (self->call, 60000);
  run (self);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_CANCELLED);
}

static void
wait_and_cancel (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  athr_errand_wait_cancelled (call, user_data, error);
  athr_call_cancel (call);
}

static void
test_then_cancelled (Fixture       *self,
                     gconstpointer  func)
{
  g_test_summary ("A call that timed out before it was cancelled is TIMED_OUT");

  /* Long enough for the function to start. */
  athr_call_set_timeout (self->call, 20);
  run (self);
  assert_timed_out (self);
}

static void
test_blocking (Fixture       *self,
               gconstpointer  func)
{
  g_autoptr (GError) error = NULL;
  GValue value = G_VALUE_INIT;

  g_test_summary ("A call times out in a blocking run, without a main loop");

  athr_call_set_timeout (self->call, 1);
  g_assert_false (athr_call_run (self->call, NULL, &value, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_false (G_IS_VALUE (&value));
}

static void
test_context_not_iterated (Fixture       *self,
                           gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("A call times out while no thread iterates its main context");

  athr_call_set_timeout (self->call, 1);
  g_main_context_push_thread_default (context);
  run (self);
  /* The function returns when its cancellable is cancelled. */
  athr_test_settle (self->executor);
  g_assert_cmpstr (self->log->str, ==, "");
  athr_answer_await (&self->answer, context);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  athr_test_drain (context);
  g_main_context_pop_thread_default (context);
}

/* With run-timeout: */

static void
assert_message (Fixture    *self,
                const char *message)
{
  g_assert_cmpstr (athr_call_get_error (self->call)->message, ==, message);
}

static void
test_run_timeout (Fixture       *self,
                  gconstpointer  func)
{
  g_test_summary ("The function sees that its cancellable is cancelled, and the outcome is "
                  "TIMED_OUT although the function returns a value");

  athr_call_set_run_timeout (self->call, 1);
  run (self);
  assert_timed_out (self);
  assert_message (self, "The function of the call took longer than 1 ms");
  g_assert_cmpint (self->errand.n_runs, ==, 1);
}

static void
test_run_timeout_queued (Fixture       *self,
                         gconstpointer  func)
{
  g_autoptr (AthrCall) plug = NULL;
  g_autoptr (AthrCall) clock = NULL;
  g_auto (AthrAnswer) rang = { 0, };
  AthrErrand errand;

  g_test_summary ("The time in the queue does not count");

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  clock = athr_errand_new_call (&errand, athr_errand_run, self->executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);

  athr_call_set_run_timeout (self->call, 1);
  run (self);
  athr_call_set_timeout (clock, 2);
  athr_call_run_async (clock, NULL, athr_answer_take, &rang);
  athr_answer_await (&rang, NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_QUEUED);

  athr_gate_open (&errand.gate);
  assert_timed_out (self);
  g_assert_cmpint (self->errand.n_runs, ==, 1);
  athr_test_finish (self->executor);
  athr_errand_clear (&errand);
}

static void
test_run_timeout_first (Fixture       *self,
                        gconstpointer  func)
{
  athr_call_set_timeout (self->call, 60000);
  athr_call_set_run_timeout (self->call, 1);
  run (self);
  assert_timed_out (self);
  assert_message (self, "The function of the call took longer than 1 ms");
}

static void
test_run_timeout_second (Fixture       *self,
                         gconstpointer  func)
{
  athr_call_set_timeout (self->call, 1);
  athr_call_set_run_timeout (self->call, 60000);
  run (self);
  assert_timed_out (self);
  assert_message (self, "The call took longer than 1 ms");
}

static void
test_run_timeout_in_time (Fixture       *self,
                          gconstpointer  func)
{
  g_test_summary ("When a call ends in time, neither deadline keeps the call alive");

  g_object_add_weak_pointer (G_OBJECT (self->call), (gpointer *) &self->call);
  athr_call_set_timeout (self->call, G_MAXUINT);
  athr_call_set_run_timeout (self->call, G_MAXUINT);
  run (self);
  g_object_unref (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  athr_test_finish (self->executor);
  g_assert_null (self->call);
}

static void
test_run_timeout_never_begins (Fixture       *self,
                               gconstpointer  func)
{
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand errand;

  g_test_summary ("A call that is cancelled in the queue has no run time-out");

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);

  athr_call_set_run_timeout (self->call, 1);
  run (self);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  athr_errand_clear (&errand);
}

static void
test_run_timeout_at_once (Fixture       *self,
                          gconstpointer  func)
{
  g_test_summary ("With return-on-cancel the runs are answered when the time is up");

  athr_call_set_return_on_cancel (self->call, TRUE);
  athr_call_set_run_timeout (self->call, 1);
  run (self);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
}

/* With return-on-cancel: */

static void
wait_and_return_witness (AthrCall  *call,
                         gpointer   user_data,
                         GError   **error)
{
  AthrErrand *self = user_data;
  g_autoptr (GObject) witness = athr_witness_new ((GThread **) &self->data);

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  athr_call_return (call, ATHR_TYPE_WITNESS, witness);
}

static void
test_at_once (Fixture       *self,
              gconstpointer  func)
{
  g_auto (AthrAnswer) joined = { self->log, "joined" };

  g_test_summary ("The runs are answered at once; the state stays RUNNING, finished waits "
                  "for the function, and the late result is freed on the owner's thread");

  athr_call_set_return_on_cancel (self->call, TRUE);
  run (self);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  g_assert_null (athr_call_get_error (self->call));
  g_assert_cmpstr (self->log->str, ==, "callback");
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);

  athr_call_run_async (self->call, NULL, athr_answer_take, &joined);
  athr_answer_await (&joined, NULL);
  athr_answer_assert_error (&joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);

  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "callback joined finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_CANCELLED);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (g_atomic_pointer_get (&self->errand.data) == g_thread_self ());
}

static void
test_at_once_timed_out (Fixture       *self,
                        gconstpointer  func)
{
  /* Try longer time-outs until the function has started before it times out. */
  for (guint timeout = 20; athr_call_get_state (self->call) != ATHR_CALL_STATE_RUNNING; timeout *= 2)
    {
      g_object_unref (self->call);
      g_string_truncate (self->log, 0);
      self->answer.n_times = 0;
      self->errand.n_destroyed = 0;
      self->call = athr_errand_new_call (&self->errand, wait_and_return_witness, self->executor);
      athr_call_set_return_on_cancel (self->call, TRUE);
      athr_call_set_timeout (self->call, timeout);
      g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
      run (self);
      athr_answer_await (&self->answer, NULL);
      athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      if (athr_call_get_state (self->call) != ATHR_CALL_STATE_RUNNING)
        athr_test_iterate_until (NULL, self->errand.n_destroyed > 0);
    }
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  g_assert_cmpstr (self->log->str, ==, "callback");

  athr_gate_open (&self->errand.gate);
  /* The thread of the deadlines may still be posting the answer, and then posts the end, too. */
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log->str, "finished"));
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_true (g_atomic_pointer_get (&self->errand.data) == g_thread_self ());
}

static gpointer
cancel_when_it_runs (gpointer data)
{
  Fixture *self = data;

  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);

  return NULL;
}

static void
test_at_once_blocking (Fixture       *self,
                       gconstpointer  func)
{
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_test_summary ("A blocking run returns as soon as the call is cancelled");

  athr_call_set_return_on_cancel (self->call, TRUE);
  thread = g_thread_new ("cancel", cancel_when_it_runs, self);
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);
  g_thread_join (thread);

  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "finished");
}

static void
report_after_cancel (AthrCall  *call,
                     gpointer   user_data,
                     GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  athr_call_report_progress (call, 0.5, "late");
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

static void
test_late_error (Fixture       *self,
                 gconstpointer  func)
{
  g_test_summary ("A late error does not replace the outcome, and no progress comes after "
                  "finished");

  athr_call_set_return_on_cancel (self->call, TRUE);
  run (self);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_test_drain (NULL);
  g_signal_connect (self->call, "notify", G_CALLBACK (athr_test_on_notify), self->log);
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);

  g_assert_cmpstr (self->log->str, ==, "callback progress progress-text state error finished");
  g_assert_error (athr_call_get_error (self->call), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func, test) g_test_add ("/athr/call/" path, Fixture, func, set_up, test, tear_down)
  add ("timeout/running", athr_errand_wait_cancelled, test_running);
  add ("timeout/queued", athr_errand_run, test_queued);
  add ("timeout/in-time", athr_errand_run, test_in_time);
  add ("timeout/blocked-handler", athr_errand_wait_cancelled, test_blocked_handler);
  add ("timeout/cancelled-first", athr_errand_wait_cancelled, test_cancelled_first);
  add ("timeout/then-cancelled", wait_and_cancel, test_then_cancelled);
  add ("timeout/blocking", athr_errand_wait_cancelled, test_blocking);
  add ("timeout/context-not-iterated", athr_errand_wait_cancelled, test_context_not_iterated);
  add ("run-timeout/running", athr_errand_wait_cancelled, test_run_timeout);
  add ("run-timeout/queued", athr_errand_wait_cancelled, test_run_timeout_queued);
  add ("run-timeout/before-timeout", athr_errand_wait_cancelled, test_run_timeout_first);
  add ("run-timeout/after-timeout", athr_errand_wait_cancelled, test_run_timeout_second);
  add ("run-timeout/in-time", athr_errand_run, test_run_timeout_in_time);
  add ("run-timeout/never-begins", athr_errand_run, test_run_timeout_never_begins);
  add ("run-timeout/at-once", athr_errand_wait, test_run_timeout_at_once);
  add ("return-on-cancel/cancelled", wait_and_return_witness, test_at_once);
  add ("return-on-cancel/timed-out", wait_and_return_witness, test_at_once_timed_out);
  add ("return-on-cancel/blocking", athr_errand_wait, test_at_once_blocking);
  add ("return-on-cancel/late-error", report_after_cancel, test_late_error);

  return g_test_run ();
}
