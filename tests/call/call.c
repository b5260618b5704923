/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Finish functions, further runs of a call, order and states. */

typedef struct
{
  AthrErrand errand;
  AthrExecutor *executor;
  AthrCall *call;
  GString *log;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  athr_errand_init (&self->errand);
  self->executor = athr_executor_new ("test", 1);
  self->call = athr_errand_new_call (&self->errand, (AthrCallFunc) func, self->executor);
  self->log = g_string_new (NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  g_clear_object (&self->call);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
  athr_errand_clear (&self->errand);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
}

/* Runs the call, and returns its GAsyncResult. */
static GAsyncResult *
run_for_result (Fixture *self)
{
  GAsyncResult *result = NULL;

  athr_call_run_async (self->call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);

  return result;
}

static void
test_finish (Fixture       *self,
             gconstpointer  func)
{
  g_autoptr (GAsyncResult) result = run_for_result (self);
  g_autoptr (GError) error = NULL;
  g_auto (GValue) into = G_VALUE_INIT;
  GValue *value;

  g_test_summary ("Each call of a finish function gives a copy of the outcome");

  g_assert_true (g_async_result_get_source_object (result) == (GObject *) self->call);
  g_object_unref (self->call);
  value = athr_call_run_finish (self->call, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (value), ==, 42);
  g_value_unset (value);
  g_free (value);

  g_assert_true (athr_call_run_finish_into (self->call, result, &into, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (&into), ==, 42);

  g_assert_true (athr_call_run_finish_into (self->call, result, NULL, NULL));
}

static void
test_finish_failed (Fixture       *self,
                    gconstpointer  func)
{
  g_autoptr (GAsyncResult) result = run_for_result (self);
  g_autoptr (GError) error = NULL;
  GValue into = G_VALUE_INIT;

  g_assert_null (athr_call_run_finish (self->call, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_false (athr_call_run_finish_into (self->call, result, &into, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (G_IS_VALUE (&into));

  g_assert_null (athr_call_run_finish (self->call, result, NULL));
  g_assert_false (athr_call_run_finish_into (self->call, result, NULL, NULL));
}

#define expect_critical(pattern) \
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, pattern)

static void
test_finish_bad_input (Fixture       *self,
                       gconstpointer  func)
{
  g_autoptr (AthrCall) other = athr_call_new (athr_errand_run, NULL, NULL);
  g_autoptr (GAsyncResult) result = run_for_result (self);
  g_autoptr (GTask) foreign = g_task_new (self->call, NULL, NULL, NULL);
  g_auto (GValue) set = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The result of another call or of another operation, and a value that is "
                  "set, are criticals");

  expect_critical ("*g_task_is_valid*");
  g_assert_null (athr_call_run_finish (other, result, &error));
  expect_critical ("*g_async_result_is_tagged*");
  g_assert_null (athr_call_run_finish (self->call, G_ASYNC_RESULT (foreign), &error));
  expect_critical ("*g_task_is_valid*");
  g_assert_null (athr_call_run_finish (self->call, NULL, &error));
  expect_critical ("*ATHR_IS_CALL*");
  g_assert_null (athr_call_run_finish (NULL, result, &error));
  g_value_init (&set, G_TYPE_INT);
  expect_critical ("*G_IS_VALUE*");
  g_assert_false (athr_call_run_finish_into (self->call, result, &set, &error));
  g_test_assert_expected_messages ();

  g_assert_no_error (error);
  g_task_return_boolean (foreign, TRUE);
  athr_test_drain (NULL);
}

static void
test_bad_input (Fixture       *self,
                gconstpointer  func)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  gpointer foreign = object;
  g_auto (GValue) set = G_VALUE_INIT;

  g_test_summary ("An object of the wrong type is a critical, and starts nothing");

  g_value_init (&set, G_TYPE_INT);
  expect_critical ("*func != NULL*");
  g_assert_null (athr_call_new (NULL, NULL, NULL));
  expect_critical ("*athr_call_run_async*ATHR_IS_CALL*");
  athr_call_run_async (foreign, NULL, NULL, NULL);
  expect_critical ("*athr_call_run_async*ATHR_IS_CALL*");
  athr_call_run_async (NULL, NULL, NULL, NULL);
  expect_critical ("*athr_call_run_async*G_IS_CANCELLABLE*");
  athr_call_run_async (self->call, foreign, NULL, NULL);
  expect_critical ("*athr_call_run:*G_IS_CANCELLABLE*");
  g_assert_false (athr_call_run (self->call, foreign, NULL, NULL));
  expect_critical ("*athr_call_run:*G_IS_VALUE*");
  g_assert_false (athr_call_run (self->call, NULL, &set, NULL));
  expect_critical ("*athr_call_start*ATHR_IS_CALL*");
  athr_call_start (NULL);
  expect_critical ("*athr_call_cancel*ATHR_IS_CALL*");
  athr_call_cancel (foreign);
  expect_critical ("*athr_call_get_cancellable*ATHR_IS_CALL*");
  g_assert_null (athr_call_get_cancellable (NULL));
  expect_critical ("*athr_call_return_value*ATHR_IS_CALL*");
  athr_call_return_value (NULL, NULL);
  expect_critical ("*athr_call_report_progress*ATHR_IS_CALL*");
  athr_call_report_progress (NULL, 0, NULL);
  g_test_assert_expected_messages ();

  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_INITIAL);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
}

static void
test_runs_once (Fixture       *self,
                gconstpointer  func)
{
  g_auto (AthrAnswer) first = { 0, }, second = { 0, };

  g_test_summary ("A function runs once, on a worker, however often the call is started");

  athr_call_start (self->call);
  athr_call_start (self->call);
  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  athr_answer_await (&first, NULL);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_answer_await (&second, NULL);
  athr_call_start (self->call);
  athr_test_settle (self->executor);

  athr_answer_assert_int (&first, 42);
  athr_answer_assert_int (&second, 42);
  g_assert_cmpint (self->errand.n_runs, ==, 1);
  g_assert_true (self->errand.ran_on != g_thread_self ());
}

static void
test_join_queued (Fixture       *self,
                  gconstpointer  func)
{
  g_autoptr (AthrCall) joined = NULL;
  g_auto (AthrAnswer) first = { self->log, "first" }, second = { self->log, "second" };
  AthrErrand errand;

  athr_errand_init (&errand);
  joined = athr_errand_new_call (&errand, athr_errand_run, self->executor);
  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_run_async (joined, NULL, athr_answer_take, &first);
  athr_call_run_async (joined, NULL, athr_answer_take, &second);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (joined), ==, ATHR_CALL_STATE_QUEUED);
  g_assert_cmpstr (self->log->str, ==, "");

  athr_gate_open (&self->errand.gate);
  athr_answer_await (&second, NULL);
  athr_answer_assert_int (&first, 42);
  athr_answer_assert_int (&second, 42);
  g_assert_cmpstr (self->log->str, ==, "first second");
  g_assert_cmpint (errand.n_runs, ==, 1);
  athr_test_finish (self->executor);
  athr_errand_clear (&errand);
}

static void
test_join_running (Fixture       *self,
                   gconstpointer  func)
{
  g_auto (AthrAnswer) first = { self->log, "first" }, second = { self->log, "second" };

  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  athr_gate_await (&self->errand.gate, 1);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "");

  athr_gate_open (&self->errand.gate);
  athr_answer_await (&second, NULL);
  athr_answer_assert_int (&first, 42);
  athr_answer_assert_int (&second, 42);
  g_assert_cmpstr (self->log->str, ==, "first second");
  g_assert_cmpint (self->errand.n_runs, ==, 1);
}

static void
test_join_before_finished (Fixture       *self,
                           gconstpointer  func)
{
  g_auto (AthrAnswer) first = { self->log, "first" }, second = { self->log, "second" };

  g_test_summary ("A run that joins after the function has returned is answered before "
                  "finished");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  athr_test_settle (self->executor);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log->str, ==, "first second finished");
}

static void
test_join_over (Fixture       *self,
                gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrAnswer) first = { 0, }, second = { self->log, "second" };
  guint n_finished = 0;

  g_test_summary ("After finished a run still gives the outcome, from the main loop, even "
                  "with a cancelled cancellable, and finished is not emitted again");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_count), &n_finished);
  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  athr_test_iterate_until (NULL, n_finished > 0);

  g_cancellable_cancel (cancellable);
  athr_call_run_async (self->call, cancellable, athr_answer_take, &second);
  g_assert_cmpstr (self->log->str, ==, "");
  athr_answer_await (&second, NULL);
  athr_answer_assert_int (&second, 42);
  athr_test_drain (NULL);
  g_assert_cmpuint (n_finished, ==, 1);
}

static void
test_join_context (Fixture       *self,
                   gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrAnswer) first = { self->log, "first" }, second = { self->log, "second" };

  g_test_summary ("A run under another context than the first run is answered in that context");

  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  g_main_context_push_thread_default (context);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  g_main_context_pop_thread_default (context);
  athr_answer_await (&first, NULL);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "first");

  athr_answer_await (&second, context);
  athr_answer_assert_int (&second, 42);
}

static void
test_without_callback (Fixture       *self,
                       gconstpointer  func)
{
  athr_call_run_async (self->call, NULL, NULL, NULL);
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_test_iterate_until (NULL, self->log->len > 0);
  g_assert_cmpstr (self->log->str, ==, "finished");
}

static void
test_start (Fixture       *self,
            gconstpointer  func)
{
  g_test_summary ("A call that was started keeps itself alive until it has emitted finished");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  g_object_add_weak_pointer (G_OBJECT (self->call), (gpointer *) &self->call);
  athr_call_start (self->call);
  g_object_unref (self->call);
  g_assert_nonnull (self->call);
  athr_test_settle (self->executor);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_nonnull (self->call);

  athr_test_iterate_until (NULL, self->call == NULL);
  g_assert_cmpstr (self->log->str, ==, "finished");
}

static gboolean
run_in_iteration (gpointer user_data)
{
  AthrAnswer *answer = user_data;
  g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);

  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), answer->log);
  athr_call_run_async (call, NULL, athr_answer_take, answer);
  g_assert_cmpuint (answer->n_times, ==, 0);

  return G_SOURCE_REMOVE;
}

static void
test_not_in_the_same_iteration (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) early = { log, "early" }, late = { log, "late" };

  g_test_summary ("A call that is over at once is answered in a later iteration than the "
                  "iteration that starts it, and so is finished, while other answers come in "
                  "the first");

  g_main_context_push_thread_default (context);
  /* This source runs before the context queue, which the first call creates. */
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_in_iteration, &late, NULL);
  g_source_attach (source, context);
  call = g_object_new (ATHR_TYPE_CALL, NULL);
  athr_call_run_async (call, NULL, athr_answer_take, &early);

  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpstr (log->str, ==, "early");
  athr_answer_await (&late, context);
  athr_answer_assert_error (&late, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  athr_test_drain (context);
  g_assert_cmpstr (log->str, ==, "early late finished");
  g_main_context_pop_thread_default (context);
}

static void
wait_and_fail (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  AthrErrand *self = user_data;

  athr_gate_pass (&self->gate);
  athr_errand_fail (call, user_data, error);
}

static void
test_order_of_the_end (Fixture       *self,
                       gconstpointer  func)
{
  g_auto (AthrAnswer) first = { self->log, "first" }, second = { self->log, "second" };

  g_test_summary ("The call notifies its state, then its error; then it calls the callbacks "
                  "in the order of the runs, then it emits finished");

  g_signal_connect (self->call, "notify", G_CALLBACK (athr_test_on_notify), self->log);
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_call_run_async (self->call, NULL, athr_answer_take, &first);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);

  g_assert_cmpstr (self->log->str, ==, "state error first second finished");
}

static void
test_states (Fixture       *self,
             gconstpointer  func)
{
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand errand;

  g_test_summary ("Each state is notified, and get_state() gives the state as it is now, which "
                  "notifications follow");

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, self->executor);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_INITIAL);
  g_signal_connect (self->call, "notify::state", G_CALLBACK (athr_test_on_state), self->log);

  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);
  athr_call_start (self->call);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_QUEUED);
  g_assert_cmpstr (self->log->str, ==, "");
  athr_test_iterate_until (NULL, self->log->len > 0);
  g_assert_cmpstr (self->log->str, ==, "1");

  athr_gate_open (&errand.gate);
  athr_gate_await (&self->errand.gate, 1);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_RUNNING);
  g_assert_cmpstr (self->log->str, ==, "1");
  athr_test_iterate_until (NULL, self->log->len > 1);
  g_assert_cmpstr (self->log->str, ==, "1 2");

  athr_gate_open (&self->errand.gate);
  athr_test_settle (self->executor);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_SUCCEEDED);
  g_assert_cmpstr (self->log->str, ==, "1 2");
  athr_test_iterate_until (NULL, self->log->len > 3);
  g_assert_cmpstr (self->log->str, ==, "1 2 3");
  g_assert_null (athr_call_get_error (self->call));

  athr_test_finish (self->executor);
  athr_errand_clear (&errand);
}

static gpointer
read_outcome (gpointer data)
{
  AthrCall *call = data;

  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_FAILED);

  return (gpointer) athr_call_get_error (call);
}

static void
test_state_elsewhere (Fixture       *self,
                      gconstpointer  func)
{
  GThread *thread;
  const GError *error;

  g_test_summary ("Any thread reads the state and the error before the main loop has come by, and "
                  "the error stays the same");

  athr_call_start (self->call);
  athr_test_settle (self->executor);
  thread = g_thread_new ("elsewhere", read_outcome, self->call);
  error = g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  athr_test_finish (self->executor);
  g_assert_true (athr_call_get_error (self->call) == error);
}

static gboolean
count_wake_up (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

static void
test_state_unwatched (Fixture       *self,
                      gconstpointer  func)
{
  guint n_iterations = 0;
  guint id;

  g_test_summary ("Nothing comes home for a state that nobody watches");

  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  id = g_idle_add_full (G_PRIORITY_LOW, count_wake_up, &n_iterations, NULL);
  g_assert_true (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (n_iterations, ==, 1);
  g_source_remove (id);

  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
}

static void
log_run (AthrCall  *call,
         gpointer   user_data,
         GError   **error)
{
  athr_test_log (user_data, athr_call_get_name (call));
}

static void
test_priority_queued (Fixture       *self,
                      gconstpointer  func)
{
  static const char *names[] = { "a", "b", "c", "d" };
  AthrCall *calls[G_N_ELEMENTS (names)];

  g_test_summary ("A queued call moves to the place of its new priority; later, the priority "
                  "stays as it was");

  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      calls[i] = athr_call_new (log_run, self->log, NULL);
      athr_call_set_executor (calls[i], self->executor);
      athr_call_set_name (calls[i], names[i]);
      athr_call_start (calls[i]);
    }
  g_signal_connect (calls[3], "notify", G_CALLBACK (athr_test_on_notify), self->log);
  athr_call_set_priority (calls[3], -1);
  athr_call_set_priority (calls[3], -1);
  g_assert_cmpint (athr_call_get_priority (calls[3]), ==, -1);
  g_assert_cmpstr (self->log->str, ==, "priority");
  g_signal_handlers_disconnect_by_data (calls[3], self->log);
  athr_call_set_priority (calls[0], 1);
  athr_call_set_priority (calls[1], 1);
  athr_call_set_priority (self->call, 5);
  g_assert_cmpint (athr_call_get_priority (self->call), ==, 0);

  athr_gate_open (&self->errand.gate);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "priority d c a b");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_object_unref (calls[i]);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func, test) g_test_add (path, Fixture, func, set_up, test, tear_down)
  add ("/athr/call/finish/succeeded", athr_errand_run, test_finish);
  add ("/athr/call/finish/failed", athr_errand_fail, test_finish_failed);
  add ("/athr/call/finish/bad-input", athr_errand_run, test_finish_bad_input);
  add ("/athr/call/bad-input", athr_errand_run, test_bad_input);
  add ("/athr/call/runs-once", athr_errand_run, test_runs_once);
  add ("/athr/call/join/queued", athr_errand_wait, test_join_queued);
  add ("/athr/call/join/running", athr_errand_wait, test_join_running);
  add ("/athr/call/join/before-finished", athr_errand_run, test_join_before_finished);
  add ("/athr/call/join/over", athr_errand_run, test_join_over);
  add ("/athr/call/join/other-context", athr_errand_run, test_join_context);
  add ("/athr/call/without-callback", athr_errand_run, test_without_callback);
  add ("/athr/call/start", athr_errand_run, test_start);
  g_test_add_func ("/athr/call/order/not-in-the-same-iteration", test_not_in_the_same_iteration);
  add ("/athr/call/order/of-the-end", wait_and_fail, test_order_of_the_end);
  add ("/athr/call/states", athr_errand_wait, test_states);
  add ("/athr/call/states/elsewhere", athr_errand_fail, test_state_elsewhere);
  add ("/athr/call/states/unwatched", athr_errand_wait, test_state_unwatched);
  add ("/athr/call/priority/queued", athr_errand_wait, test_priority_queued);

  return g_test_run ();
}
