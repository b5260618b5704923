/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"
#include "thread-test.h"

/* Blocking runs, and what happens at home. */

typedef struct
{
  GMainContext *context;
  AthrExecutor *executor;
  AthrErrand errand;
  AthrCall *call;
  guint n_notified;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  func)
{
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->executor = athr_executor_new ("test", 2);
  athr_errand_init (&self->errand);
  self->call = athr_errand_new_call (&self->errand, (AthrCallFunc) func, self->executor);
}

static void
tear_down (Fixture       *self,
           gconstpointer  func)
{
  g_assert_finalize_object (self->call);
  athr_errand_clear (&self->errand);
  g_object_unref (self->executor);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

static gpointer
run_on_plain_thread (gpointer call)
{
  g_assert_null (g_main_context_get_thread_default ());
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));

  return NULL;
}

static void
test_plain_thread (Fixture       *self,
                   gconstpointer  func)
{
  g_test_summary ("A call keeps its home when a thread without a context runs it: the user "
                  "data is destroyed at home");

  athr_test_elsewhere (run_on_plain_thread, self->call);
  athr_test_settle (self->executor);
  g_assert_cmpint (self->errand.n_destroyed, ==, 0);

  athr_test_drain (self->context);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
}

static void
test_plain_thread_finished (Fixture       *self,
                            gconstpointer  func)
{
  g_autoptr (GString) log = g_string_new (NULL);

  g_test_summary ("A call that a thread without a context runs emits its signals at home");

  g_signal_connect (self->call, "notify", G_CALLBACK (athr_test_on_notify), log);
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), log);
  athr_test_elsewhere (run_on_plain_thread, self->call);
  athr_test_settle (self->executor);
  g_assert_cmpstr (log->str, ==, "");

  athr_test_drain (self->context);
  g_assert_cmpstr (log->str, ==, "state finished");
  g_assert_true (self->errand.destroyed_on == g_thread_self ());
}

static void
wait_and_report (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  AthrErrand *self = user_data;

  athr_errand_begin (self);
  athr_gate_pass (&self->gate);
  athr_call_report_progress (call, 0.5, NULL);
}

static void
on_state (AthrCall   *call,
          GParamSpec *pspec,
          Fixture    *self)
{
  self->n_notified++;
}

static gboolean
run_another (gpointer data)
{
  Fixture *self = data;
  g_autoptr (AthrCall) another = NULL;
  AthrErrand errand;

  /* The state was notified in this iteration. */
  g_assert_cmpuint (self->n_notified, ==, 1);
  g_signal_handlers_disconnect_by_data (self->call, self);
  athr_gate_open (&self->errand.gate);
  athr_test_settle (self->executor);

  athr_errand_init (&errand);
  another = athr_errand_new_call (&errand, athr_errand_run, self->executor);
  g_assert_true (athr_call_run (another, NULL, NULL, NULL));
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);

  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_SUCCEEDED);
  g_assert_cmpfloat (athr_call_get_progress (self->call), ==, 0.5);

  return G_SOURCE_REMOVE;
}

/* GLib dispatches sources of one priority in the order in which they got it. From here on the library's
 * source has the priority of notifications. */
static void
notify_something (Fixture *self)
{
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, self->executor);
  athr_call_set_delivery_priority (call, G_PRIORITY_DEFAULT_IDLE);
  athr_call_start (call);
  athr_test_iterate_until (self->context, errand.n_destroyed > 0);
  athr_errand_clear (&errand);
}

static void
test_notified_in_iteration (Fixture       *self,
                            gconstpointer  func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_test_summary ("A blocking run returns in the iteration in which another call was "
                  "notified as running; the other call has reported and ended since");

  notify_something (self);
  g_signal_connect (self->call, "notify::state", G_CALLBACK (on_state), self);
  athr_call_start (self->call);
  athr_gate_await (&self->errand.gate, 1);
  g_source_set_callback (source, run_another, self, NULL);
  g_source_attach (source, self->context);
  /* One iteration runs the notification and then the source. */
  g_assert_cmpuint (self->n_notified, ==, 0);
  g_assert_true (g_main_context_iteration (self->context, FALSE));
  g_assert_true (g_source_is_destroyed (source));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func, test) g_test_add ("/athr/call/run/" path, Fixture, func, set_up, test, tear_down)
  add ("plain-thread", athr_errand_run, test_plain_thread);
  add ("plain-thread/finished", athr_errand_run, test_plain_thread_finished);
  add ("notified-in-iteration", wait_and_report, test_notified_in_iteration);

  return g_test_run ();
}
