/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* A second thread, which does one thing a round, at about the time at which the
 * first does another. */
typedef struct
{
  GThread *thread;
  void (*act) (gpointer object);
  gpointer object; /* atomic */
  guint delay;     /* (object) */
  int is_over;     /* atomic */
} Rival;

static gpointer
rival_thread (gpointer data)
{
  Rival *self = data;

  while (!g_atomic_int_get (&self->is_over))
    {
      gpointer object = g_atomic_pointer_get (&self->object);

      if (object == NULL)
        {
          g_thread_yield ();
          continue;
        }
      for (volatile guint i = 0; i < self->delay; i++)
        ;
      self->act (object);
      g_atomic_pointer_set (&self->object, NULL);
    }

  return NULL;
}

static void
rival_start (Rival *self,
             void (*act) (gpointer object))
{
  self->act = act;
  self->object = NULL;
  self->is_over = FALSE;
  self->thread = g_thread_new ("rival", rival_thread, self);
}

static void
rival_stop (Rival *self)
{
  g_atomic_int_set (&self->is_over, TRUE);
  g_thread_join (self->thread);
}

/* Has it act on @object, now or a little later. */
static void
rival_challenge (Rival    *self,
                 gpointer  object)
{
  self->delay = g_test_rand_int_range (0, 300);
  g_atomic_pointer_set (&self->object, object);
}

/* Waits until it has. */
static void
rival_await (Rival *self)
{
  athr_test_yield_until (g_atomic_pointer_get (&self->object) == NULL);
}

static void
random_pause (void)
{
  guint n = g_test_rand_int_range (0, 3000);

  for (volatile guint i = 0; i < n; i++)
    ;
}

static void
test_cancel_against_start (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (AthrCall) plug = NULL;
  AthrErrand plug_errand, errand;
  Rival rival;

  g_test_summary ("A call cancelled by another thread as it starts is answered "
                  "though its executor is busy");

  athr_errand_init (&plug_errand);
  athr_errand_init (&errand);
  plug = athr_errand_new_call (&plug_errand, athr_errand_wait, executor);
  athr_call_start (plug);
  athr_gate_await (&plug_errand.gate, 1);

  rival_start (&rival, (void (*) (gpointer)) athr_call_cancel);
  for (guint i = 0; i < athr_test_rounds (2500); i++)
    {
      g_autoptr (AthrCall) call = athr_errand_new_call (&errand, athr_errand_run, executor);
      g_auto (AthrAnswer) answer = { 0, };

      rival_challenge (&rival, call);
      athr_call_run_async (call, NULL, athr_answer_take, &answer);
      rival_await (&rival);
      athr_answer_await (&answer, NULL);
      athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  rival_stop (&rival);
  g_assert_cmpint (errand.n_runs, ==, 0);

  athr_gate_open (&plug_errand.gate);
  athr_test_settle (executor);
  athr_test_drain (NULL);
  athr_errand_clear (&plug_errand);
  athr_errand_clear (&errand);
}

static void
test_order_of_those_who_join (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  AthrErrand errand;

  athr_errand_init (&errand);
  for (guint i = 0; i < athr_test_rounds (2500); i++)
    {
      g_autoptr (AthrCall) call = athr_errand_new_call (&errand, athr_errand_run, executor);
      g_autoptr (GString) log = g_string_new (NULL);
      AthrAnswer answers[] = { { log, "1" }, { log, "2" }, { log, "3" } };

      athr_call_run_async (call, NULL, athr_answer_take, &answers[0]);
      athr_call_run_async (call, NULL, athr_answer_take, &answers[1]);
      random_pause ();
      athr_call_run_async (call, NULL, athr_answer_take, &answers[2]);
      while (log->len < 5)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpstr (log->str, ==, "1 2 3");
      for (guint j = 0; j < G_N_ELEMENTS (answers); j++)
        athr_answer_clear (&answers[j]);
    }
  athr_test_settle (executor);
  athr_test_drain (NULL);
  athr_errand_clear (&errand);
}

static void
work_a_moment (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  AthrErrand *errand = user_data;
  guint n = GPOINTER_TO_UINT (errand->data);

  athr_errand_begin (errand);
  for (volatile guint i = 0; i < n; i++)
    ;
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
test_return_on_cancel_against_completion (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  AthrErrand errand;
  guint n_answered_before = 0;
  Rival rival;

  g_test_summary ("However the cancel and the end of the function meet, there is one callback, "
                  "one free and one finished, in this order");

  athr_errand_init (&errand);
  rival_start (&rival, (void (*) (gpointer)) athr_call_cancel);
  for (guint i = 0; i < athr_test_rounds (2500); i++)
    {
      g_autoptr (AthrCall) call = athr_errand_new_call (&errand, work_a_moment, executor);
      g_autoptr (GString) log = g_string_new (NULL);
      g_auto (AthrAnswer) answer = { log, "callback" };
      guint n_finished = 0;

      errand.data = GUINT_TO_POINTER (g_test_rand_int_range (0, 2000));
      errand.n_destroyed = 0;
      athr_call_set_return_on_cancel (call, TRUE);
      g_signal_connect (call, "finished", G_CALLBACK (athr_test_on_finished), log);
      g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &n_finished);
      athr_call_run_async (call, NULL, athr_answer_take, &answer);
      random_pause ();
      rival_challenge (&rival, call);
      while (answer.n_times == 0 || n_finished == 0)
        g_main_context_iteration (NULL, TRUE);
      rival_await (&rival);
      athr_test_drain (NULL);
      g_assert_cmpstr (log->str, ==, "callback finished");
      g_assert_cmpint (errand.n_destroyed, ==, 1);
      if (answer.error != NULL)
        g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      else
        n_answered_before++;
    }
  rival_stop (&rival);
  g_test_message ("%u of %u ended before they were cancelled", n_answered_before,
                  athr_test_rounds (2500));
  athr_errand_clear (&errand);
}

static void
run_blocked (gpointer call)
{
  GValue value = G_VALUE_INIT;

  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_cmpint (g_value_get_int (&value), ==, 42);
}

static void
test_run_against_run (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  AthrErrand errand;
  Rival rival;

  g_test_summary ("Two threads at once run a call that has not been started and must move");

  athr_errand_init (&errand);
  rival_start (&rival, run_blocked);
  for (guint i = 0; i < athr_test_rounds (1000); i++)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      g_autoptr (AthrCall) call = NULL;

      g_main_context_push_thread_default (context);
      call = athr_errand_new_call (&errand, athr_errand_run, executor);
      g_main_context_pop_thread_default (context);
      rival_challenge (&rival, call);
      run_blocked (call);
      rival_await (&rival);
    }
  rival_stop (&rival);
  athr_test_settle (executor);
  athr_test_drain (NULL);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/hazards/cancel-against-start", test_cancel_against_start);
  g_test_add_func ("/athr/call/hazards/order-of-those-who-join", test_order_of_those_who_join);
  g_test_add_func ("/athr/call/hazards/return-on-cancel-against-completion",
                   test_return_on_cancel_against_completion);
  g_test_add_func ("/athr/call/hazards/run-against-run", test_run_against_run);

  return g_test_run ();
}
