/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Handlers and callbacks that iterate the main context, or use the call. */

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

/* Opens the gate, and iterates until the call is finished. */
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
  /* The handler that logs is connected first: a handler that runs a nested main loop would
   * delay the handlers behind it. */
  g_signal_connect (call, "notify", G_CALLBACK (athr_test_on_notify), log);
  g_signal_connect (call, signal, G_CALLBACK (on_notify_wait_finished), &nest);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &nest.n_finished);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &nest.call);
  nest.call = call;
  if (g_str_equal (property, "error"))
    athr_gate_open (&errand.gate);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  /* From here on only the call keeps itself alive. */
  g_object_unref (call);
  athr_test_iterate_until (NULL, nest.call == NULL);

  g_test_message ("%s", log->str);
  g_assert_true (nest.done);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  /* GObject's notify is G_SIGNAL_NO_RECURSE: a notify inside a notify of the same property
   * restarts the outer emission when the handler returns. So `state` comes last. */
  if (g_str_equal (property, "state"))
    g_assert_true (g_str_has_suffix (log->str, "error callback finished state"));
  else
    g_assert_true (g_str_has_suffix (log->str, "callback finished"));
  athr_errand_clear (&errand);
}

static void
test_notify_progress (void)
{
  g_test_summary ("A handler of notify::progress runs a nested main loop until the end: no "
                  "notify comes after finished, and the call outlives the handler");

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
  g_test_summary ("A handler of notify::error runs a nested main loop: finished comes after "
                  "the callback");

  test_notify_waits_for_the_end ("error");
}

/* Callbacks: */

typedef struct
{
  GString *log;
  AthrCall *call;
  AthrExecutor *executor;
  AthrErrand errand;
  AthrAnswer answer;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  athr_errand_init (&self->errand);
  self->log = g_string_new (NULL);
  self->executor = athr_executor_new ("test", 1);
  self->call = athr_errand_new_call (&self->errand, (AthrCallFunc) func, self->executor);
  self->answer.log = self->log;
  self->answer.name = "joined";
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  g_clear_object (&self->call);
  athr_test_finish (self->executor);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  athr_answer_clear (&self->answer);
  athr_errand_clear (&self->errand);
  g_object_unref (self->executor);
  g_string_free (self->log, TRUE);
}

static void
on_done_iterate (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Fixture *self = user_data;

  athr_test_log (self->log, "in");
  athr_test_iterate_until (NULL, strstr (self->log->str, "finished") != NULL);
  athr_test_log (self->log, "out");
}

static void
test_only_callback (Fixture       *self,
                    gconstpointer  func)
{
  g_test_summary ("A nested main loop in the only callback finishes the call, whose last reference "
                  "the program has dropped");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_gate_open (&self->errand.gate);
  athr_call_run_async (self->call, NULL, on_done_iterate, self);
  g_clear_object (&self->call);
  athr_test_iterate_until (NULL, strstr (self->log->str, "out") != NULL);
  g_assert_cmpstr (self->log->str, ==, "in finished out");
  athr_test_drain (NULL);
}

static void
test_joined_in_context (Fixture       *self,
                        gconstpointer  func)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrAnswer) other = { self->log, "other" };

  g_test_summary ("A run in another context is answered there, although the first callback has not "
                  "been called yet");

  athr_gate_open (&self->errand.gate);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_test_yield_until (athr_call_get_state (self->call) == ATHR_CALL_STATE_SUCCEEDED);
  g_main_context_push_thread_default (context);
  athr_call_run_async (self->call, NULL, athr_answer_take, &other);
  athr_answer_await (&other, context);
  g_main_context_pop_thread_default (context);
  athr_answer_assert_int (&other, 42);
  g_assert_cmpuint (self->answer.n_times, ==, 0);

  athr_answer_await (&self->answer, NULL);
  g_assert_cmpstr (self->log->str, ==, "other joined");
  athr_test_drain (NULL);
}

static void
test_joined_late (Fixture       *self,
                  gconstpointer  func)
{
  g_auto (AthrAnswer) second = { self->log, "second" };

  g_test_summary ("A run that joins before the first callback is called is answered after it, and "
                  "before finished");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_gate_open (&self->errand.gate);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  athr_test_yield_until (athr_call_get_state (self->call) == ATHR_CALL_STATE_SUCCEEDED);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_test_iterate_until (NULL, strstr (self->log->str, "finished") != NULL);
  g_assert_cmpstr (self->log->str, ==, "joined second finished");
}

static void
test_callback (Fixture       *self,
               gconstpointer  func)
{
  AthrAnswer second = { self->log, "second" }, third = { self->log, "third" };

  g_test_summary ("A nested main loop in the first callback runs the other callbacks, in "
                  "order");

  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_call_run_async (self->call, NULL, on_done_iterate, self);
  athr_call_run_async (self->call, NULL, athr_answer_take, &second);
  athr_call_run_async (self->call, NULL, athr_answer_take, &third);
  athr_gate_open (&self->errand.gate);
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log->str, "out"));
  g_assert_cmpstr (self->log->str, ==, "in second third finished out");
  athr_answer_clear (&second);
  athr_answer_clear (&third);
}

static void
on_done_run_others (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  Fixture *self = user_data;
  AthrErrand errands[3];
  AthrAnswer answers[3] = { { self->log, "1" }, { self->log, "2" }, { self->log, "3" } };

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (AthrCall) call = NULL;

      athr_errand_init (&errands[i]);
      call = athr_errand_new_call (&errands[i], athr_errand_run, self->executor);
      athr_call_run_async (call, NULL, athr_answer_take, &answers[i]);
    }
  g_assert_cmpuint (self->log->len, ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      athr_answer_await (&answers[i], NULL);
      athr_answer_assert_int (&answers[i], 42);
      athr_test_iterate_until (NULL, errands[i].n_destroyed > 0);
      athr_answer_clear (&answers[i]);
      athr_errand_clear (&errands[i]);
    }
  athr_test_log (self->log, "out");
}

static void
test_callback_runs_others (Fixture       *self,
                           gconstpointer  func)
{
  g_test_summary ("A callback starts calls, and waits for them in a nested main loop");

  athr_gate_open (&self->errand.gate);
  athr_call_run_async (self->call, NULL, on_done_run_others, self);
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log->str, "out"));
  g_assert_cmpstr (self->log->str, ==, "1 2 3 out");
}

static void
on_done_rejoin (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Fixture *self = user_data;

  athr_test_log (self->log, "first");
  athr_call_cancel (self->call);
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  g_assert_cmpuint (self->answer.n_times, ==, 0);
  g_clear_object (&self->call);
}

static void
test_callback_rejoins (Fixture       *self,
                       gconstpointer  func)
{
  g_test_summary ("A callback calls cancel and run_async, and drops the last reference");

  athr_gate_open (&self->errand.gate);
  athr_call_run_async (self->call, NULL, on_done_rejoin, self);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  g_assert_cmpstr (self->log->str, ==, "first joined");
}

static void
on_finished_rejoin (AthrCall *call,
                    Fixture  *self)
{
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  athr_test_log (self->log, "finished");
  athr_call_cancel (call);
  athr_call_run_async (call, NULL, athr_answer_take, &self->answer);
  g_signal_handlers_disconnect_by_data (call, self);
  g_clear_object (&self->call);
}

static void
test_finished_rejoins (Fixture       *self,
                       gconstpointer  func)
{
  g_test_summary ("A handler of finished calls cancel and run_async, disconnects itself, and "
                  "drops the last reference");

  athr_gate_open (&self->errand.gate);
  g_signal_connect (self->call, "finished", G_CALLBACK (on_finished_rejoin), self);
  athr_call_start (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  g_assert_cmpstr (self->log->str, ==, "finished joined");
}

static void
on_finished_iterate (AthrCall *call,
                     Fixture  *self)
{
  athr_test_log (self->log, "in");
  athr_call_run_async (call, NULL, athr_answer_take, &self->answer);
  athr_answer_await (&self->answer, NULL);
  athr_test_log (self->log, "out");
}

static void
test_finished_iterates (Fixture       *self,
                        gconstpointer  func)
{
  athr_gate_open (&self->errand.gate);
  g_signal_connect (self->call, "finished", G_CALLBACK (on_finished_iterate), self);
  athr_call_start (self->call);
  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "in joined out");
}

static void
on_running_cancel (AthrCall   *call,
                   GParamSpec *pspec,
                   Fixture    *self)
{
  if (athr_call_get_state (call) != ATHR_CALL_STATE_RUNNING)
    return;

  athr_call_cancel (call);
  athr_call_run_async (call, NULL, athr_answer_take, &self->answer);
  g_clear_object (&self->call);
}

static void
test_notify_cancels (Fixture       *self,
                     gconstpointer  func)
{
  g_test_summary ("A handler of notify calls cancel and run_async, and drops the last "
                  "reference");

  g_signal_connect (self->call, "notify::state", G_CALLBACK (on_running_cancel), self);
  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_error (&self->answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
destroy_and_drop (gpointer data)
{
  Fixture *self = data;

  athr_errand_destroy (&self->errand);
  athr_test_log (self->log, "destroy");
  athr_call_run_async (self->call, NULL, athr_answer_take, &self->answer);
  g_clear_object (&self->call);
}

static void
run_nothing (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
test_destroy_rejoins (Fixture       *self,
                      gconstpointer  func)
{
  g_test_summary ("The destroy notify calls run_async, and drops the last reference");

  g_object_unref (self->call);
  self->errand.n_destroyed = 0;
  self->call = athr_call_new (run_nothing, self, destroy_and_drop);
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  athr_call_start (self->call);
  athr_answer_await (&self->answer, NULL);
  athr_answer_assert_int (&self->answer, 42);
  athr_test_drain (NULL);
  g_assert_true (g_str_has_prefix (self->log->str, "destroy "));
  g_assert_nonnull (strstr (self->log->str, "finished"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/07-re-entrancy/call/notify-progress", test_notify_progress);
  g_test_add_func ("/athr/hazards/07-re-entrancy/call/notify-progress-text", test_notify_progress_text);
  g_test_add_func ("/athr/hazards/07-re-entrancy/call/notify-state", test_notify_state);
  g_test_add_func ("/athr/hazards/07-re-entrancy/call/notify-error", test_notify_error);
#define add(path, func, test) g_test_add ("/athr/hazards/07-re-entrancy/call/" path, Fixture, func, set_up, test, tear_down)
  add ("only-callback", athr_errand_wait, test_only_callback);
  add ("joined-in-context", athr_errand_wait, test_joined_in_context);
  add ("joined-late", athr_errand_wait, test_joined_late);
  add ("callback", athr_errand_wait, test_callback);
  add ("callback-runs-others", athr_errand_wait, test_callback_runs_others);
  add ("callback-rejoins", athr_errand_wait, test_callback_rejoins);
  add ("finished-rejoins", athr_errand_wait, test_finished_rejoins);
  add ("finished-iterates", athr_errand_wait, test_finished_iterates);
  add ("notify-cancels", athr_errand_wait_cancelled, test_notify_cancels);
  add ("destroy-rejoins", athr_errand_wait, test_destroy_rejoins);

  return g_test_run ();
}
