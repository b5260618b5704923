/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Blocking runs. */

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
  self->executor = athr_executor_new ("test", 2);
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

static void
run_for_42 (AthrCall *call)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_call_run (call, NULL, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_value_get_int (&value), ==, 42);
}

static void
test_value (Fixture       *self,
            gconstpointer  func)
{
  g_test_summary ("A run without a main loop gives the value, and destroys the user data");

  run_for_42 (self->call);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  g_assert_true (self->errand.ran_on != g_thread_self ());

  /* A second run gives the same outcome. */
  run_for_42 (self->call);
  g_assert_true (athr_call_run (self->call, NULL, NULL, NULL));
  g_assert_cmpint (self->errand.n_runs, ==, 1);
}

static void
test_error (Fixture       *self,
            gconstpointer  func)
{
  GValue value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_call_run (self->call, NULL, &value, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (G_IS_VALUE (&value));
  g_assert_false (athr_call_run (self->call, NULL, NULL, NULL));
}

static void
test_listener (Fixture       *self,
               gconstpointer  func)
{
  g_test_summary ("Notifications and finished come from the main loop, not inside the run");

  g_signal_connect (self->call, "notify", G_CALLBACK (athr_test_on_notify), self->log);
  g_signal_connect (self->call, "finished", G_CALLBACK (athr_test_on_finished), self->log);
  run_for_42 (self->call);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_SUCCEEDED);

  athr_test_finish (self->executor);
  g_assert_cmpstr (self->log->str, ==, "state finished");
  g_assert_cmpint (athr_call_get_state (self->call), ==, ATHR_CALL_STATE_SUCCEEDED);
}

static int n_live; /* atomic */

static void
count_dead (gpointer data)
{
  g_atomic_int_add (&n_live, -1);
}

static void
count_dead_object (gpointer  data,
                   GObject  *object)
{
  count_dead (data);
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  athr_call_report_progress (call, 0.5, "half");
}

static void
test_flat (Fixture       *self,
           gconstpointer  func)
{
  g_test_summary ("10^4 runs without a main loop leave nothing in memory");

  run_for_42 (self->call);
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (return_nothing, NULL, count_dead);

      g_atomic_int_inc (&n_live);
      athr_call_set_executor (call, self->executor);
      g_object_weak_ref (G_OBJECT (call), count_dead_object, NULL);
      g_atomic_int_inc (&n_live);
      g_assert_true (athr_call_run (call, NULL, NULL, NULL));
      g_clear_object (&call);
      g_assert_cmpint (g_atomic_int_get (&n_live), ==, 0);
    }
}

static void
test_frees_what_came (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (AthrCall) heard = NULL;
  g_autoptr (AthrCall) unheard = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrErrand heard_errand, unheard_errand;

  g_test_summary ("Before a run returns, it frees what other calls left at home, and calls "
                  "no callback");

  athr_errand_init (&heard_errand);
  athr_errand_init (&unheard_errand);
  heard = athr_errand_new_call (&heard_errand, athr_errand_run, self->executor);
  unheard = athr_errand_new_call (&unheard_errand, athr_errand_run, self->executor);
  athr_call_run_async (heard, NULL, athr_answer_take, &answer);
  athr_call_start (unheard);
  athr_test_settle (self->executor);
  g_assert_cmpint (unheard_errand.n_destroyed, ==, 0);

  run_for_42 (self->call);
  g_assert_cmpint (unheard_errand.n_destroyed, ==, 1);
  g_assert_cmpuint (answer.n_times, ==, 0);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_int (&answer, 42);
  athr_test_finish (self->executor);
  athr_errand_clear (&heard_errand);
  athr_errand_clear (&unheard_errand);
}

static void
open_gate_of_call (AthrCall  *call,
                   gpointer   user_data,
                   GError   **error)
{
  athr_gate_open (user_data);
}

static void
test_joins (Fixture       *self,
            gconstpointer  func)
{
  g_autoptr (AthrCall) opener = athr_call_new (open_gate_of_call, &self->errand.gate, NULL);
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("A blocking run of a started call waits for its outcome; the callback "
                  "waits for the main loop");

  athr_call_run_async (self->call, NULL, athr_answer_take, &answer);
  athr_gate_await (&self->errand.gate, 1);
  athr_call_start (opener);
  run_for_42 (self->call);
  g_assert_cmpuint (answer.n_times, ==, 0);
  g_assert_cmpint (self->errand.n_runs, ==, 1);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_int (&answer, 42);
  athr_test_finish (NULL);
}

static void
test_joined_later (Fixture       *self,
                   gconstpointer  func)
{
  g_auto (AthrAnswer) answer = { 0, };

  run_for_42 (self->call);
  athr_call_run_async (self->call, NULL, athr_answer_take, &answer);
  g_assert_cmpuint (answer.n_times, ==, 0);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_int (&answer, 42);
}

static void
test_cancelled_cancellable (Fixture       *self,
                            gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (athr_call_run (self->call, cancellable, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
}

typedef struct
{
  Fixture *fixture;
  GCancellable *cancellable;
} Canceller;

static gpointer
cancel_when_it_runs (gpointer data)
{
  Canceller *self = data;

  athr_gate_await (&self->fixture->errand.gate, 1);
  g_cancellable_cancel (self->cancellable);

  return NULL;
}

static void
test_cancelled (Fixture       *self,
                gconstpointer  func)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Canceller canceller = { self, cancellable };
  GThread *thread = g_thread_new ("cancel", cancel_when_it_runs, &canceller);

  g_assert_false (athr_call_run (self->call, cancellable, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_cancellable_is_let_go (Fixture       *self,
                            gconstpointer  func)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_object_add_weak_pointer (G_OBJECT (cancellable), (gpointer *) &cancellable);
  g_assert_true (athr_call_run (self->call, cancellable, NULL, NULL));
  g_assert_false (g_signal_has_handler_pending (cancellable,
                                                g_signal_lookup ("cancelled", G_TYPE_CANCELLABLE),
                                                0, TRUE));
  g_object_unref (cancellable);
  g_assert_null (cancellable);
}

static void
test_closed_executor (Fixture       *self,
                      gconstpointer  func)
{
  g_autoptr (GError) error = NULL;

  athr_executor_close_async (self->executor, FALSE, NULL, NULL, NULL);
  g_assert_false (athr_call_run (self->call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpint (self->errand.n_runs, ==, 0);
}

/* Blocking runs on workers. */

typedef struct
{
  AthrErrand errand;
  AthrExecutor *executor; /* of the inner call; not owned */
  AthrGate *all_here;     /* nullable; not owned */
  AthrCall *inner;        /* not owned; NULL: run a new call */
} Outer;

static void
run_outer (AthrCall  *call,
           gpointer   user_data,
           GError   **error)
{
  Outer *self = user_data;
  g_autoptr (AthrCall) inner = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_errand_begin (&self->errand);
  if (self->all_here != NULL)
    athr_gate_pass (self->all_here);
  inner = self->inner != NULL ? g_object_ref (self->inner)
                              : athr_call_new (athr_errand_run, &self->errand, NULL);
  if (self->inner == NULL)
    athr_call_set_executor (inner, self->executor);
  if (athr_call_run (inner, NULL, &value, error))
    athr_call_return_value (call, &value);
}

static void
test_nested_waiting (void)
{
  const guint n = 4;
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", n);
  AthrAnswer answers[4] = { { 0, }, };
  Outer outers[4] = { { { { { 0 } } } }, };
  AthrGate all_here;

  g_test_summary ("Each worker of an executor runs a call of the same executor, and all "
                  "calls end");

  athr_gate_init (&all_here);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (AthrCall) call = NULL;

      athr_errand_init (&outers[i].errand);
      outers[i].executor = executor;
      outers[i].all_here = &all_here;
      call = athr_call_new (run_outer, &outers[i], NULL);
      athr_call_set_executor (call, executor);
      athr_call_run_async (call, NULL, athr_answer_take, &answers[i]);
    }
  athr_gate_await (&all_here, n);
  athr_gate_open (&all_here);
  for (guint i = 0; i < n; i++)
    {
      athr_answer_await (&answers[i], NULL);
      athr_answer_assert_int (&answers[i], 42);
      athr_answer_clear (&answers[i]);
      athr_errand_clear (&outers[i].errand);
    }
  athr_test_finish (executor);
  athr_gate_clear (&all_here);
}

static void
test_would_block (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) inner = NULL;
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (AthrCall) again = NULL;
  g_auto (AthrAnswer) answer = { 0, };
  AthrErrand errand;
  Outer outer = { .executor = executor };

  g_test_summary ("On an executor of one thread, a run of a call of the same executor fails "
                  "before anything starts; when the call is over, a run succeeds");

  athr_errand_init (&errand);
  inner = athr_errand_new_call (&errand, athr_errand_run, executor);
  outer.inner = inner;
  call = athr_call_new (run_outer, &outer, NULL);
  athr_call_set_executor (call, executor);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  athr_test_finish (executor);
  g_assert_cmpint (athr_call_get_state (inner), ==, ATHR_CALL_STATE_INITIAL);
  g_assert_cmpint (errand.n_runs, ==, 0);
  /* The call has not started, so its properties can still be set. */
  athr_call_set_name (inner, "inner");

  run_for_42 (inner);
  again = athr_call_new (run_outer, &outer, NULL);
  athr_call_set_executor (again, executor);
  run_for_42 (again);
  athr_test_finish (executor);
  athr_errand_clear (&errand);
}

static void
run_itself (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  athr_call_run (call, NULL, NULL, error);
}

static void
test_itself (void)
{
  g_autoptr (AthrCall) call = athr_call_new (run_itself, NULL, NULL);
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("A function that waits for its own call gets WOULD_BLOCK");

  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_blockers (void)
{
  g_autoptr (AthrExecutor) slow = athr_executor_new ("slow", 2);
  g_autoptr (AthrExecutor) fast = athr_executor_new ("fast", 1);
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errands[10], errand;

  g_test_summary ("Ten blocked functions on one executor do not hold up another executor");

  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    {
      g_autoptr (AthrCall) blocker = NULL;

      athr_errand_init (&errands[i]);
      blocker = athr_errand_new_call (&errands[i], athr_errand_wait, slow);
      athr_call_start (blocker);
    }
  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, fast);
  run_for_42 (call);
  g_assert_cmpuint (athr_executor_get_n_queued (slow), >=, 8);

  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    athr_gate_open (&errands[i].gate);
  athr_test_finish (slow);
  for (guint i = 0; i < G_N_ELEMENTS (errands); i++)
    athr_errand_clear (&errands[i]);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func, test) g_test_add ("/athr/call/run/" path, Fixture, func, set_up, test, tear_down)
  add ("value", athr_errand_run, test_value);
  add ("error", athr_errand_fail, test_error);
  add ("listener", athr_errand_run, test_listener);
  add ("flat", athr_errand_run, test_flat);
  add ("frees-what-came", athr_errand_run, test_frees_what_came);
  add ("joins", athr_errand_wait, test_joins);
  add ("joined-later", athr_errand_run, test_joined_later);
  add ("cancelled-cancellable", athr_errand_run, test_cancelled_cancellable);
  add ("cancelled", athr_errand_wait_cancelled, test_cancelled);
  add ("cancellable-is-let-go", athr_errand_run, test_cancellable_is_let_go);
  add ("closed-executor", athr_errand_run, test_closed_executor);
  g_test_add_func ("/athr/hazards/04-nested-waiting/call", test_nested_waiting);
  g_test_add_func ("/athr/hazards/04-nested-waiting/call/would-block", test_would_block);
  g_test_add_func ("/athr/hazards/04-nested-waiting/call/itself", test_itself);
  g_test_add_func ("/athr/hazards/04-nested-waiting/call/blockers", test_blockers);

  return g_test_run ();
}
