/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* A call whose owner goes in each state of the call, and on each thread. */

typedef struct
{
  AthrErrand errand;
  AthrExecutor *executor;
  AthrCall *call;
  GObject *owner;
  GString *log; /* signals, notifications and callbacks */
  AthrAnswer answer;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  athr_errand_init (&self->errand);
  self->executor = athr_executor_new ("test", 1);
  self->call = athr_errand_new_call (&self->errand, (AthrCallFunc) func, self->executor);
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  self->log = g_string_new (NULL);
  self->answer.log = self->log;
  self->answer.name = "callback";
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  g_signal_connect (self->call, "notify", G_CALLBACK (athr_test_on_notify), self->log);
  athr_call_bind (self->call, self->owner);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  athr_gate_open (&self->errand.gate);
  if (self->call != NULL)
    {
      g_object_add_weak_pointer (G_OBJECT (self->call), (gpointer *) &self->call);
      g_object_unref (self->call);
    }
  athr_test_finish (self->executor);
  athr_test_iterate_until (NULL, self->call == NULL);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
  g_clear_object (&self->owner);
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

/* Runs the call, and waits until its function runs and all is notified. */
static void
run_and_begin (Fixture *self)
{
  run (self);
  athr_gate_await (&self->errand.gate, 1);
  athr_test_drain (NULL);
  g_string_truncate (self->log, 0);
}

static gpointer
dispose_in_thread (gpointer owner)
{
  g_object_run_dispose (owner);
  return NULL;
}

/* Only the callback comes, with CANCELLED. */
static void
assert_silence (Fixture *self)
{
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "callback");
}

static void
test_before_start (Fixture       *self,
                   gconstpointer  func)
{
  g_clear_object (&self->owner);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_INITIAL);

  run (self);
  g_assert_cmpuint (self->answer.n_times, ==, 0);
  assert_silence (self);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_CANCELLED);
}

static void
test_queued (Fixture       *self,
             gconstpointer  func)
{
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);
  run (self);
  athr_test_drain (NULL);
  g_string_truncate (self->log, 0);

  g_clear_object (&self->owner);
  /* The executor is still busy. */
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (athr_executor_get_n_queued (self->executor), ==, 0);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);

  athr_gate_open (&errand.gate);
  assert_silence (self);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  athr_test_finish (self->executor);
  athr_errand_clear (&errand);
}

static void
test_running (Fixture       *self,
              gconstpointer  func)
{
  run_and_begin (self);
  g_clear_object (&self->owner);
  g_assert_cmpuint (self->answer.n_times, ==, 0);

  /* The answer comes while the function waits at its gate. */
  athr_answer_await (&self->answer, NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  g_assert_true (g_cancellable_is_cancelled (athr_call_get_cancellable (self->call)));
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);

  assert_silence (self);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_CANCELLED);
}

static void
test_on_other_thread (Fixture       *self,
                      gconstpointer  func)
{
  run_and_begin (self);
  g_thread_join (g_thread_new ("disposer", dispose_in_thread, self->owner));
  assert_silence (self);
}

static void
test_cancelled_before (Fixture       *self,
                       gconstpointer  func)
{
  run_and_begin (self);
  athr_call_cancel (self->call);
  athr_test_drain (NULL);
  g_assert_cmpuint (self->answer.n_times, ==, 0);

  g_clear_object (&self->owner);
  athr_answer_await (&self->answer, NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  assert_silence (self);
}

/* The function has succeeded, and the outcome waits at home. */
static void
test_resolved (Fixture       *self,
               gconstpointer  func)
{
  run (self);
  athr_test_yield_until (athr_call_get_state (self->call) == ATHR_CALL_STATE_SUCCEEDED);
  g_clear_object (&self->owner);
  assert_silence (self);
}

static void
answer_and_dispose (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  Fixture *self = user_data;

  athr_test_log (self->log, "first");
  g_assert_true (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL));
  g_clear_object (&self->owner);
  /* This run was answered before. */
  g_assert_true (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL));
}

static void
test_in_callback (Fixture       *self,
                  gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, answer_and_dispose, self);
  run (self);
  athr_test_yield_until (athr_call_get_state (self->call) == ATHR_CALL_STATE_SUCCEEDED);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "state first callback");
}

static void
dispose_on_notify (AthrCall   *call,
                   GParamSpec *pspec,
                   Fixture    *self)
{
  g_clear_object (&self->owner);
}

/* The text of the same report, the state, the callback's success and `finished` do not come. */
static void
test_in_notify (Fixture       *self,
                gconstpointer  func)
{
  run_and_begin (self);
  g_signal_connect (self->call, "notify::progress", G_CALLBACK (dispose_on_notify), self);
  athr_call_report_progress (self->call, 0.5, "half");
  athr_test_iterate_until (NULL, self->owner == NULL);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_call_report_progress (self->call, 0.7, "more");
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "progress callback");
}

static void
nest_on_notify (AthrCall   *call,
                GParamSpec *pspec,
                Fixture    *self)
{
  g_clear_object (&self->owner);
  athr_gate_open (&self->errand.gate);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
}

/* The owner goes in a handler, and the whole end of the call comes in a nested main loop. */
static void
test_nested (Fixture       *self,
             gconstpointer  func)
{
  run_and_begin (self);
  g_signal_connect (self->call, "notify::progress", G_CALLBACK (nest_on_notify), self);
  athr_call_report_progress (self->call, 0.5, "half");
  athr_test_iterate_until (NULL, self->owner == NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "progress callback");
}

static void
test_after_end (Fixture       *self,
                gconstpointer  func)
{
  AthrAnswer late = { .log = self->log, .name = "late" };

  run (self);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
  athr_answer_assert_int (&self->answer, 42);
  g_string_truncate (self->log, 0);

  g_clear_object (&self->owner);
  athr_call_run_async (self->call, NULL, athr_answer_take, &late);
  athr_answer_await (&late, NULL);
  athr_answer_assert_int (&late, 42);
  g_assert_true (athr_call_run (self->call, NULL, NULL, NULL));
  athr_answer_clear (&late);
}

static void
test_bound_after_end (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GObject) second = g_object_new (G_TYPE_OBJECT, NULL);

  run (self);
  athr_answer_await (&self->answer, NULL);
  athr_test_finish (self->executor);
  athr_call_bind (self->call, second);
  g_clear_object (&second);
  athr_test_drain (NULL);
  g_assert_true (athr_call_run (self->call, NULL, NULL, NULL));
}

static void
test_several (Fixture       *self,
              gconstpointer  func)
{
  g_autoptr (GObject) second = g_object_new (G_TYPE_OBJECT, NULL);

  run_and_begin (self);
  /* Bound as the function runs. */
  athr_call_bind (self->call, second);
  g_clear_object (&second);
  assert_silence (self);
}

/* The call is dropped first, while the owner lives on. */
static void
test_call_first (Fixture       *self,
                 gconstpointer  func)
{
  g_clear_object (&self->call);
  athr_test_drain (NULL);
  g_object_run_dispose (self->owner);
  athr_test_drain (NULL);
}

/* An owner that was disposed before has lost its weak notify, and gets another one. */
static void
test_disposed_before (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;
  AthrAnswer answer = { 0 };

  g_object_run_dispose (self->owner);
  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  athr_call_bind (call, self->owner);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_gate_await (&errand.gate, 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (answer.n_times, ==, 0);

  g_clear_object (&self->owner);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&errand.gate);
  athr_test_finish (self->executor);
  athr_errand_clear (&errand);
  athr_answer_clear (&answer);
}

typedef struct
{
  AthrCall *call;
  AthrGate begun;
  GError *error;
} Blocked;

static gpointer
run_blocking (gpointer data)
{
  Blocked *self = data;

  g_assert_false (athr_call_run (self->call, NULL, NULL, &self->error));

  return NULL;
}

/* A thread that is blocked in athr_call_run() is answered, too, as the function runs. */
static void
test_blocked_thread (Fixture       *self,
                     gconstpointer  func)
{
  Blocked blocked = { .call = self->call };
  GThread *thread;

  run_and_begin (self);
  thread = g_thread_new ("blocked", run_blocking, &blocked);
  g_clear_object (&self->owner);
  assert_silence (self);
  g_thread_join (thread);
  g_assert_error (blocked.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&blocked.error);
}

static void
dispose_and_return (AthrCall  *call,
                    gpointer   user_data,
                    GError   **error)
{
  AthrErrand *errand = user_data;

  g_object_run_dispose (errand->data);
  athr_call_return (call, G_TYPE_INT, 42);
}

/* The owner goes while the owner's thread is blocked: that thread gets CANCELLED, no success. */
static void
test_blocked_home (Fixture       *self,
                   gconstpointer  func)
{
  g_autoptr (GError) error = NULL;

  self->errand.data = self->owner;
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "");
}

/* Waits until the call is cancelled, at the latest until the end of the test. */
static void
dispose_and_wait_cancelled (AthrCall  *call,
                            gpointer   user_data,
                            GError   **error)
{
  AthrErrand *errand = user_data;

  g_object_run_dispose (errand->data);
  athr_errand_wait_cancelled (call, errand, error);
}

/* Waits until the end of the test. */
static void
dispose_and_wait (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  AthrErrand *errand = user_data;

  g_object_run_dispose (errand->data);
  athr_errand_wait (call, errand, error);
}

/* The run does not wait for the function. */
static void
test_blocked_at_once (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GError) error = NULL;

  self->errand.data = self->owner;
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "");
}

/* The owner goes before the owner's thread blocks, and the thread has not iterated since. */
static void
test_blocked_later (Fixture       *self,
                    gconstpointer  func)
{
  g_autoptr (GError) error = NULL;

  run_and_begin (self);
  g_clear_object (&self->owner);
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_silence (self);
}

static void
run_other (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  g_assert_false (athr_call_run (user_data, NULL, NULL, error));
}

/* The owner's thread is blocked in another call, whose function waits for the call of the owner. */
static void
test_blocked_in_other (Fixture       *self,
                       gconstpointer  func)
{
  g_autoptr (AthrCall) other = athr_call_new (run_other, self->call, NULL);
  g_autoptr (GError) error = NULL;

  self->errand.data = self->owner;
  g_assert_false (athr_call_run (other, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* As test_blocked_home(), for a context that the thread has pushed. */
static void
test_blocked_context (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  self->errand.data = self->owner;
  g_main_context_push_thread_default (context);
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  athr_test_finish (self->executor);
  athr_test_drain (context);
  g_main_context_pop_thread_default (context);
  g_assert_cmpstr (self->log->str, ==, "");
}

/* A run that was started under another context is answered there. */
static void
test_other_context (Fixture       *self,
                    gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  athr_test_drain (NULL);
  g_string_truncate (self->log, 0);
  g_main_context_push_thread_default (context);
  run (self);
  g_main_context_pop_thread_default (context);

  athr_gate_open (&self->errand.gate);
  athr_test_yield_until (athr_call_get_state (self->call) == ATHR_CALL_STATE_SUCCEEDED);
  g_clear_object (&self->owner);
  athr_answer_await (&self->answer, context);
  assert_silence (self);
}

static void
test_not_an_object (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);

      /* A GTypeInstance, but no GObject */
      athr_call_bind (call, (GObject *) g_object_class_find_property (G_OBJECT_GET_CLASS (call),
                                                                      "name"));
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*athr_call_bind*G_IS_OBJECT*");
}

static gpointer
bind_elsewhere (gpointer call)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);

  athr_call_bind (call, owner);

  return NULL;
}

static void
test_other_thread (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

      athr_call_start (call);
      athr_test_finish (NULL);
      g_thread_join (g_thread_new ("other", bind_elsewhere, call));
      return;
    }

  g_test_summary ("To bind a call on another thread is a critical that names the thread");

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*athr_call_bind was called on the thread*other*");
}

static void
add (const char   *path,
     AthrCallFunc  func,
     void        (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, func, set_up, test, tear_down);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/call/bind/before-start", athr_errand_run, test_before_start);
  add ("/athr/call/bind/queued", athr_errand_run, test_queued);
  add ("/athr/call/bind/running", athr_errand_wait, test_running);
  add ("/athr/call/bind/on-other-thread", athr_errand_wait, test_on_other_thread);
  add ("/athr/call/bind/cancelled-before", athr_errand_wait, test_cancelled_before);
  add ("/athr/call/bind/resolved", athr_errand_run, test_resolved);
  add ("/athr/call/bind/in-callback", athr_errand_run, test_in_callback);
  add ("/athr/call/bind/in-notify", athr_errand_wait, test_in_notify);
  add ("/athr/call/bind/nested", athr_errand_wait, test_nested);
  add ("/athr/call/bind/after-end", athr_errand_run, test_after_end);
  add ("/athr/call/bind/bound-after-end", athr_errand_run, test_bound_after_end);
  add ("/athr/call/bind/several", athr_errand_wait, test_several);
  add ("/athr/call/bind/call-first", athr_errand_run, test_call_first);
  add ("/athr/call/bind/disposed-before", athr_errand_run, test_disposed_before);
  add ("/athr/call/bind/blocked-thread", athr_errand_wait, test_blocked_thread);
  add ("/athr/call/bind/blocked-home", dispose_and_return, test_blocked_home);
  add ("/athr/call/bind/blocked-home/cancelled", dispose_and_wait_cancelled, test_blocked_home);
  add ("/athr/call/bind/blocked-home/at-once", dispose_and_wait, test_blocked_at_once);
  add ("/athr/call/bind/blocked-home/later", athr_errand_wait, test_blocked_later);
  add ("/athr/call/bind/blocked-home/in-other-call", dispose_and_wait_cancelled, test_blocked_in_other);
  add ("/athr/call/bind/blocked-home/pushed-context", dispose_and_wait_cancelled, test_blocked_context);
  add ("/athr/call/bind/other-context", athr_errand_wait, test_other_context);
  g_test_add_func ("/athr/call/bind/not-an-object", test_not_an_object);
  g_test_add_func ("/athr/call/bind/other-thread", test_other_thread);

  return g_test_run ();
}
