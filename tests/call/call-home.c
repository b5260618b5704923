/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"
#include "thread-test.h"
#include "context/athr-home-private.h"

static void
test_context_destroyed_with_the_end_pending (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  AthrErrand errand;
  AthrCall *call;

  athr_errand_init (&errand);
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &call);
  athr_call_start (call);
  g_object_unref (call);
  g_main_context_pop_thread_default (context);
  athr_test_settle (executor);
  g_assert_cmpint (errand.n_destroyed, ==, 0);

  g_main_context_unref (context);
  g_assert_null (call);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_assert_true (errand.destroyed_on == g_thread_self ());
  athr_errand_clear (&errand);
}

static void
note_home (gpointer data)
{
  *(AthrContextQueue **) data = athr_home_ref ();
}

static void
pass_gate (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  athr_gate_pass (g_object_get_data (G_OBJECT (call), "gate"));
}

static void
test_destroy_with_dead_context (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  GMainContext *context = g_main_context_new ();
  g_autoptr (AthrContextQueue) home = NULL;
  AthrContextQueue *noted = NULL;
  AthrGate gate;
  AthrCall *call;

  g_test_summary ("A destroy notify that runs on the worker, because the context is gone, creates "
                  "objects whose home is that of the call");

  athr_gate_init (&gate);
  g_main_context_push_thread_default (context);
  home = athr_home_ref ();
  call = athr_call_new (pass_gate, &noted, note_home);
  g_object_set_data (G_OBJECT (call), "gate", &gate);
  athr_call_set_executor (call, executor);
  athr_call_start (call);
  g_object_unref (call);
  athr_gate_await (&gate, 1);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);

  athr_gate_open (&gate);
  athr_test_settle (executor);
  g_assert_true (noted == home);
  athr_context_queue_unref (noted);
  athr_gate_clear (&gate);
}

static void
test_context_reused (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (GPtrArray) contexts = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  GMainContext *context;
  gpointer address;
  AthrErrand errand;
  AthrCall *call;

  g_test_summary ("A second run works under a new context with the address of the dead "
                  "context");

  contexts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_main_context_unref);
  for (guint i = 0; i < 16; i++)
    g_ptr_array_add (contexts, g_main_context_new ());

  athr_errand_init (&errand);
  address = context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_start (call);
  g_main_context_pop_thread_default (context);
  athr_test_settle (executor);

  /* malloc() keeps the blocks that are freed first in a cache, so free others before. */
  g_ptr_array_set_size (contexts, 0);
  g_main_context_unref (context);
  do
    {
      context = g_main_context_new ();
      g_ptr_array_add (contexts, context);
    }
  while (context != address && contexts->len < 1000);

  if (context == address)
    {
      g_main_context_push_thread_default (context);
      athr_call_run_async (call, NULL, athr_answer_take, &answer);
      g_main_context_pop_thread_default (context);
      athr_answer_await (&answer, context);
      athr_answer_assert_int (&answer, 42);
    }
  else
    {
      g_test_skip ("No context came to the same address");
    }

  g_object_unref (call);
  athr_errand_clear (&errand);
}

static void
test_context_destroyed_while_running (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  AthrErrand errand;
  AthrCall *call;

  g_test_summary ("The context dies while the function runs: no handler is called, and the "
                  "worker frees the user data");

  athr_errand_init (&errand);
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_wait, executor);
  g_object_add_weak_pointer (G_OBJECT (call), (gpointer *) &call);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
  athr_call_start (call);
  g_object_unref (call);
  g_main_context_pop_thread_default (context);
  athr_gate_await (&errand.gate, 1);
  g_main_context_unref (context);
  g_assert_cmpint (errand.n_destroyed, ==, 0);

  athr_gate_open (&errand.gate);
  athr_test_finish (executor);
  g_assert_null (call);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_assert_true (errand.destroyed_on == errand.ran_on);
  g_assert_cmpstr (log->str, ==, "");
  athr_errand_clear (&errand);
}

static void
test_context_popped (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  AthrErrand errand;
  AthrCall *call;

  g_test_summary ("The user data waits in a context that was pushed and popped, and is never "
                  "iterated, until the context dies");

  athr_errand_init (&errand);
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_start (call);
  g_main_context_pop_thread_default (context);
  athr_test_finish (executor);
  g_assert_cmpint (errand.n_destroyed, ==, 0);

  g_clear_pointer (&context, g_main_context_unref);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_object_unref (call);
  athr_errand_clear (&errand);
}

static void
test_moves (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  g_test_summary ("A call that is created under one context moves to the context where it is "
                  "started");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  g_signal_connect (call, "notify", G_CALLBACK (athr_test_on_notify), log);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
  g_main_context_push_thread_default (context);
  athr_call_start (call);
  g_main_context_pop_thread_default (context);
  athr_test_finish (executor);
  g_assert_cmpstr (log->str, ==, "");
  g_assert_cmpint (errand.n_destroyed, ==, 0);

  athr_test_drain (context);
  g_assert_cmpstr (log->str, ==, "state finished");
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);
}

static void
test_moves_once (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  g_test_summary ("The first start fixes home; a second start under another context moves "
                  "nothing");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_wait, executor);
  g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
  athr_call_start (call);
  g_main_context_push_thread_default (context);
  athr_call_start (call);
  athr_call_run_async (call, NULL, NULL, NULL);
  g_main_context_pop_thread_default (context);
  athr_gate_open (&errand.gate);
  athr_test_settle (executor);
  athr_test_drain (context);
  g_assert_cmpstr (log->str, ==, "");
  athr_test_drain (NULL);
  g_assert_cmpstr (log->str, ==, "finished");
  athr_test_drain (context);
  athr_errand_clear (&errand);
}

/* A thread with a main context of its own. */
static gpointer
run_in_own_context (gpointer data)
{
  AthrExecutor *executor = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrCall) call = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrErrand errand;

  athr_errand_init (&errand);
  g_main_context_push_thread_default (context);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, context);
  athr_answer_assert_int (&answer, 42);
  athr_test_settle (executor);
  athr_test_drain (context);
  g_assert_true (answer.thread == g_thread_self ());
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_assert_true (errand.destroyed_on == g_thread_self ());
  g_main_context_pop_thread_default (context);
  athr_errand_clear (&errand);

  return NULL;
}

static void
test_thread (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);

  g_test_summary ("A thread with its own main context gets the callback, and destroys the "
                  "user data");

  g_thread_join (g_thread_new ("owner", run_in_own_context, executor));
}

/* The user data of a function that creates a call. */
typedef struct
{
  AthrErrand errand;       /* of the created call */
  AthrExecutor *executor;  /* not owned */
  void (*act) (AthrCall *call, gpointer maker);
  AthrAnswer answer;
} Maker;

static void
make (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  Maker *self = user_data;
  g_autoptr (AthrCall) made = athr_errand_new_call (&self->errand, athr_errand_run, self->executor);

  self->act (made, self);
}

static void
drop (AthrCall *call,
      gpointer  maker)
{
}

static void
start_made (AthrCall *call,
            gpointer  maker)
{
  athr_call_start (call);
}

static void
run_made (AthrCall *call,
          gpointer  maker)
{
  athr_call_run_async (call, NULL, athr_answer_take, &((Maker *) maker)->answer);
}

/* Runs make() as the function of a call whose home is @context. */
static void
make_on_worker (GMainContext *context,
                Maker        *maker)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("maker", 1);
  g_autoptr (AthrCall) call = NULL;

  g_main_context_push_thread_default (context);
  call = athr_call_new (make, maker, NULL);
  athr_call_set_executor (call, executor);
  athr_call_start (call);
  g_main_context_pop_thread_default (context);
  athr_test_settle (executor);
}

static void
test_made_on_worker (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  Maker maker = { .executor = executor, .act = start_made };

  g_test_summary ("A call that a worker creates has the home of the call whose function runs "
                  "there");

  athr_errand_init (&maker.errand);
  make_on_worker (context, &maker);
  athr_test_finish (executor);
  g_assert_cmpint (maker.errand.n_runs, ==, 1);
  g_assert_cmpint (maker.errand.n_destroyed, ==, 0);
  athr_test_drain (context);
  g_assert_cmpint (maker.errand.n_destroyed, ==, 1);
  g_assert_true (maker.errand.destroyed_on == g_thread_self ());
  athr_errand_clear (&maker.errand);
}

static void
test_dropped_on_worker (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  Maker maker = { .executor = executor, .act = drop };

  g_test_summary ("The last unref on the worker that created a call frees the call at once");

  athr_errand_init (&maker.errand);
  make_on_worker (context, &maker);
  g_assert_cmpint (maker.errand.n_destroyed, ==, 1);
  g_assert_cmpint (maker.errand.n_runs, ==, 0);
  athr_test_drain (context);
  athr_errand_clear (&maker.errand);
}

static void
test_run_on_worker (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  Maker maker = { .executor = executor, .act = run_made };

  g_test_summary ("A run that a worker without a pushed context starts is answered on the "
                  "default context; the user data is destroyed at the call's home");

  athr_errand_init (&maker.errand);
  make_on_worker (context, &maker);
  athr_test_settle (executor);
  athr_answer_await (&maker.answer, NULL);
  athr_answer_assert_int (&maker.answer, 42);
  g_assert_true (maker.answer.thread == g_thread_self ());
  g_assert_cmpint (maker.errand.n_destroyed, ==, 0);
  athr_test_drain (context);
  g_assert_cmpint (maker.errand.n_destroyed, ==, 1);
  athr_answer_clear (&maker.answer);
  athr_errand_clear (&maker.errand);
}

static gpointer
unref_in_thread (gpointer object)
{
  g_object_unref (object);

  return NULL;
}

static void
test_last_unref_here (void)
{
  AthrErrand errand;

  g_test_summary ("The last unref on the thread that created a call frees the call at once");

  athr_errand_init (&errand);
  g_object_unref (athr_errand_new_call (&errand, athr_errand_run, NULL));
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  athr_errand_clear (&errand);
}

static void
test_last_unref_elsewhere (void)
{
  AthrErrand errand;
  AthrCall *call;

  g_test_summary ("After the last unref on another thread, the owner's thread destroys the "
                  "user data");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, NULL);
  g_thread_join (g_thread_new ("unref", unref_in_thread, call));
  g_assert_cmpint (errand.n_destroyed, ==, 0);
  athr_test_drain (NULL);
  g_assert_cmpint (errand.n_destroyed, ==, 1);
  g_assert_true (errand.destroyed_on == g_thread_self ());
  athr_errand_clear (&errand);
}

static void
return_witness (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  g_autoptr (GObject) witness = athr_witness_new (user_data);

  athr_call_return (call, ATHR_TYPE_WITNESS, witness);
}

static void
test_result_elsewhere (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  AthrCall *call;
  GThread *finalized_on = NULL;

  g_test_summary ("After the last unref of a finished call on another thread, the owner's "
                  "thread frees the result");

  call = athr_call_new (return_witness, &finalized_on, NULL);
  athr_call_set_executor (call, executor);
  athr_call_start (call);
  athr_test_finish (executor);
  g_thread_join (g_thread_new ("unref", unref_in_thread, call));
  g_assert_null (g_atomic_pointer_get (&finalized_on));
  athr_test_drain (NULL);
  g_assert_true (g_atomic_pointer_get (&finalized_on) == g_thread_self ());
}

/* Calls the functions of the owner's thread on this thread. */
static gpointer
use_elsewhere (gpointer call)
{
#define expect(function) \
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*" function "*“elsewhere”*“ants”*")
  expect ("athr_call_start");
  athr_call_start (call);
  expect ("athr_call_get_progress");
  athr_call_get_progress (call);
  expect ("athr_call_get_progress_text");
  athr_call_get_progress_text (call);
  expect ("athr_call_set_priority");
  athr_call_set_priority (call, 1);
#undef expect
  g_test_assert_expected_messages ();

  /* These may be called on any thread. */
  athr_call_get_state (call);
  athr_call_get_error (call);
  athr_call_cancel (call);
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));

  return NULL;
}

static void
test_other_thread (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  g_test_summary ("A call on another thread than the owner's is a critical, which names the "
                  "function, the thread and the call");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_set_name (call, "ants");
  athr_call_start (call);
  athr_test_finish (executor);
  athr_test_elsewhere (use_elsewhere, call);
  g_clear_object (&call);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/09-dead-context/call/destroyed-with-the-end-pending",
                   test_context_destroyed_with_the_end_pending);
  g_test_add_func ("/athr/hazards/09-dead-context/call/destroyed-while-running",
                   test_context_destroyed_while_running);
  g_test_add_func ("/athr/hazards/09-dead-context/call/home-of-destroy",
                   test_destroy_with_dead_context);
  g_test_add_func ("/athr/hazards/09-dead-context/call/reused", test_context_reused);
  g_test_add_func ("/athr/hazards/09-dead-context/call/popped", test_context_popped);
  g_test_add_func ("/athr/call/home/moves", test_moves);
  g_test_add_func ("/athr/call/home/moves-once", test_moves_once);
  g_test_add_func ("/athr/call/home/thread", test_thread);
  g_test_add_func ("/athr/call/home/made-on-worker", test_made_on_worker);
  g_test_add_func ("/athr/call/home/dropped-on-worker", test_dropped_on_worker);
  g_test_add_func ("/athr/call/home/run-on-worker", test_run_on_worker);
  g_test_add_func ("/athr/call/home/other-thread", test_other_thread);
  g_test_add_func ("/athr/call/home/last-unref/here", test_last_unref_here);
  g_test_add_func ("/athr/call/home/last-unref/elsewhere", test_last_unref_elsewhere);
  g_test_add_func ("/athr/call/home/last-unref/result", test_result_elsewhere);

  return g_test_run ();
}
