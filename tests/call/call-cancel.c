/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

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
  athr_test_iterate_until (NULL, self->call == NULL);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
  athr_answer_clear (&self->answer);
  athr_errand_clear (&self->errand);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
}

static void
run (Fixture      *self,
     GCancellable *cancellable)
{
  athr_call_run_async (self->call, cancellable, athr_answer_take, &self->answer);
}

/* Iterates until the call is over, and checks that it was cancelled. */
static void
assert_cancelled (Fixture *self)
{
  athr_test_iterate_until (NULL, self->log->len >= strlen ("callback finished"));
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_CANCELLED);
  g_assert_error (athr_call_get_error (self->call), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_before_start (Fixture       *self,
                   gconstpointer  func)
{
  athr_call_cancel (self->call);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_INITIAL);

  run (self, NULL);
  assert_cancelled (self);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
}

static void
test_cancelled_cancellable (Fixture       *self,
                            gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  run (self, cancellable);
  g_assert_cmpuint (self->answer.n_times, ==, 0);
  assert_cancelled (self);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
}

/* Runs the call while its executor is busy, cancels it, by @cancellable if there is one,
 * and then lets the executor go on. */
static void
cancel_while_queued (Fixture      *self,
                     GCancellable *cancellable)
{
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);
  run (self, cancellable);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_QUEUED);

  if (cancellable != NULL)
    g_cancellable_cancel (cancellable);
  else
    athr_call_cancel (self->call);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpuint (athr_executor_get_n_queued (self->executor), ==, 0);
  /* The executor is still busy. */
  assert_cancelled (self);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);

  athr_gate_open (&errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  athr_errand_clear (&errand);
}

static void
test_while_queued (Fixture       *self,
                   gconstpointer  func)
{
  g_test_summary ("A queued call that is cancelled is answered while its executor is busy, "
                  "and never runs");

  cancel_while_queued (self, NULL);
}

static void
test_while_queued_cancellable (Fixture       *self,
                               gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  cancel_while_queued (self, cancellable);
}

static void
test_while_running (Fixture       *self,
                    gconstpointer  func)
{
  g_test_summary ("The function sees that its cancellable is cancelled, and the outcome is "
                  "CANCELLED although the function returns a value");

  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  assert_cancelled (self);
  g_assert_cmpint (self->errand.n_runs, ==, 1);
}

static void
wait_and_fail (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  athr_errand_wait_cancelled (call, user_data, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

static void
test_while_running_unchecked (Fixture       *self,
                              gconstpointer  func)
{
  g_test_summary ("If the function does not check its cancellable, the call waits for the "
                  "function, and the outcome is CANCELLED");

  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);

  athr_gate_open (&self->errand.gate);
  assert_cancelled (self);
}

static void
test_twice (Fixture       *self,
            gconstpointer  func)
{
  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_cancel (self->call);
  athr_call_cancel (self->call);
  assert_cancelled (self);
  athr_call_cancel (self->call);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
}

static void
test_after_return (Fixture       *self,
                   gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("When the function has returned, a cancel before the callback changes "
                  "nothing");

  run (self, cancellable);
  athr_test_settle (self->executor);
  athr_call_cancel (self->call);
  g_cancellable_cancel (cancellable);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "callback finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_SUCCEEDED);
}

static void
test_any_cancellable (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GCancellable) first = g_cancellable_new ();
  g_autoptr (GCancellable) second = g_cancellable_new ();
  g_auto (AthrAnswer) joined = { 0, };

  g_test_summary ("The cancellable of a second run cancels the call for both runs");

  run (self, first);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_run_async (self->call, second, athr_answer_take, &joined);
  g_cancellable_cancel (second);
  assert_cancelled (self);
  athr_answer_assert_error (&joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_cancellable_is_cancelled (first));
}

static void
test_joined_with_cancelled (Fixture       *self,
                            gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrAnswer) joined = { 0, };

  g_test_summary ("A second run with a cancelled cancellable cancels the running call");

  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  g_cancellable_cancel (cancellable);
  athr_call_run_async (self->call, cancellable, athr_answer_take, &joined);
  assert_cancelled (self);
  athr_answer_assert_error (&joined, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_own_cancellable (Fixture       *self,
                      gconstpointer  func)
{
  g_test_summary ("Cancelling the call's own cancellable does not cancel the call");

  g_assert_true (athr_call_get_cancellable (self->call) == athr_call_get_cancellable (self->call));
  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  g_cancellable_cancel (athr_call_get_cancellable (self->call));
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
}

static gpointer
cancel_in_thread (gpointer call)
{
  athr_call_cancel (call);

  return NULL;
}

static void
test_from_thread (Fixture       *self,
                  gconstpointer  func)
{
  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  g_thread_join (g_thread_new ("cancel", cancel_in_thread, self->call));
  assert_cancelled (self);
  g_assert_true (self->answer.thread == g_thread_self ());
}

static void
cancel_self (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_errand_begin (user_data);
  athr_call_cancel (call);
  g_assert_true (g_cancellable_is_cancelled (athr_call_get_cancellable (call)));
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
test_from_function (Fixture       *self,
                    gconstpointer  func)
{
  run (self, NULL);
  assert_cancelled (self);
}

static void
on_cancelled_iterate (GCancellable *cancellable,
                      Fixture      *self)
{
  assert_cancelled (self);
  athr_test_log (self->log, "left");
}

static void
test_nested_in_handler (Fixture       *self,
                        gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gulong id;

  g_test_summary ("A handler of GCancellable::cancelled runs a nested main loop until the "
                  "call is over");

  run (self, cancellable);
  athr_gate_await (&self->errand.gate, 1);
  /* This handler runs after the call's own handler. */
  id = g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled_iterate), self);
  g_cancellable_cancel (cancellable);
  g_assert_cmpstr (self->log->str, ==, "callback finished left");
  g_signal_handler_disconnect (cancellable, id);
}

static void
test_cancellable_is_let_go (Fixture       *self,
                            gconstpointer  func)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_test_summary ("The library drops its reference to a cancellable when the run is answered");

  g_object_add_weak_pointer (G_OBJECT (cancellable), (gpointer *) &cancellable);
  run (self, cancellable);
  g_object_unref (cancellable);
  g_assert_nonnull (cancellable);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
  g_assert_null (cancellable);
}

static void
on_closed (GObject      *executor,
           GAsyncResult *result,
           gpointer      log)
{
  g_assert_true (athr_executor_close_finish (ATHR_EXECUTOR (executor), result, NULL));
  athr_test_log (log, "closed");
}

static void
test_by_close (Fixture       *self,
               gconstpointer  func)
{
  g_autoptr (AthrCall) queued = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrErrand errand;

  g_test_summary ("A close of the executor with cancel_queued cancels the queued call, and "
                  "lets the running call finish");

  athr_errand_init (&errand);
  queued = athr_errand_new_call (&errand, athr_errand_run, self->executor);
  run (self, NULL);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_run_async (queued, NULL, athr_answer_take, &answer);
  athr_executor_close_async (self->executor, TRUE, NULL, on_closed, self->log);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (athr_call_get_state (queued), ==, ATHR_CALL_STATE_CANCELLED);
  g_assert_cmpstr (self->log->str, ==, "");

  athr_gate_open (&self->errand.gate);
  athr_test_iterate_until (NULL, self->log->len >= strlen ("callback finished closed"));
  g_assert_cmpstr (self->log->str, ==, "callback finished closed");
  athr_answer_assert_int (&self->answer, 42);
  g_assert_cmpint (errand.n_runs, ==, 0);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);
}

static void
test_closed_executor (Fixture       *self,
                      gconstpointer  func)
{
  g_test_summary ("A call on a closed executor fails with CLOSED, from the main loop");

  athr_executor_close_async (self->executor, FALSE, NULL, NULL, NULL);
  run (self, NULL);
  g_assert_cmpuint (self->answer.n_times, ==, 0);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func, test) g_test_add ("/athr/call/" path, Fixture, func, set_up, test, tear_down)
  add ("cancel/before-start", athr_errand_run, test_before_start);
  add ("cancel/cancelled-cancellable", athr_errand_run, test_cancelled_cancellable);
  add ("cancel/while-queued", athr_errand_run, test_while_queued);
  add ("cancel/while-queued/cancellable", athr_errand_run, test_while_queued_cancellable);
  add ("cancel/while-running", athr_errand_wait_cancelled, test_while_running);
  add ("cancel/while-running/error", wait_and_fail, test_while_running);
  add ("cancel/while-running/unchecked", athr_errand_wait, test_while_running_unchecked);
  add ("cancel/twice", athr_errand_wait_cancelled, test_twice);
  add ("cancel/after-return", athr_errand_run, test_after_return);
  add ("cancel/any-cancellable", athr_errand_wait_cancelled, test_any_cancellable);
  add ("cancel/joined-with-cancelled", athr_errand_wait_cancelled, test_joined_with_cancelled);
  add ("cancel/own-cancellable", athr_errand_wait_cancelled, test_own_cancellable);
  add ("cancel/from-thread", athr_errand_wait_cancelled, test_from_thread);
  add ("cancel/from-function", cancel_self, test_from_function);
  add ("cancel/nested-in-handler", athr_errand_wait_cancelled, test_nested_in_handler);
  add ("cancel/cancellable-is-let-go", athr_errand_run, test_cancellable_is_let_go);
  add ("cancel/by-close", athr_errand_wait, test_by_close);
  add ("closed-executor", athr_errand_run, test_closed_executor);

  return g_test_run ();
}
