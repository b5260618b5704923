/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* A second thread, which acts once in each round, at about the same time as the main thread. */
typedef struct
{
  GThread *thread;
  void (*act) (gpointer object);
  gpointer object; /* atomic */
  guint delay;     /* written before object */
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

/* The rival acts on @object, now or a little later. */
static void
rival_challenge (Rival    *self,
                 gpointer  object)
{
  self->delay = g_test_rand_int_range (0, 300);
  g_atomic_pointer_set (&self->object, object);
}

/* Waits until the rival has acted. */
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

  g_test_summary ("A call that another thread cancels while it starts is answered, although "
                  "its executor is busy");

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

  g_test_summary ("A cancel races the end of the function: there is one callback, one destroy "
                  "and one finished, in this order");

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

  g_test_summary ("Two threads run a new call at the same time, while its home has to move");

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

/* Counts what is finalized or destroyed on another thread than the owner's. */

static GThread *owner;   /* set once */
static int n_living;     /* atomic */
static int n_elsewhere;  /* atomic */

static void
note_death (void)
{
  g_atomic_int_add (&n_living, -1);
  if (g_thread_self () != owner)
    g_atomic_int_inc (&n_elsewhere);
}

static void
on_witness_death (gpointer  data,
                  GObject  *witness)
{
  note_death ();
}

static void
destroy_witnessed (gpointer data)
{
  note_death ();
}

static void
return_object (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  if (GPOINTER_TO_INT (user_data) == 1)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");

  g_atomic_int_inc (&n_living);
  g_object_weak_ref (object, on_witness_death, NULL);
  athr_call_return (call, G_TYPE_OBJECT, object);
}

static void
on_done_count (GObject      *source,
               GAsyncResult *result,
               gpointer      n_answered)
{
  g_assert_true (g_thread_self () == owner);
  (*(guint *) n_answered)++;
}

static void
test_death_at_home (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  const guint n_rounds = athr_test_rounds (5000);
  guint n_run = 0, n_answered = 0;
  Rival rival;

  g_test_summary ("Two threads drop references and cancel calls at random points: each "
                  "callback comes once on the owner's thread, and data and values are freed "
                  "there");

  owner = g_thread_self ();
  n_living = n_elsewhere = 0;
  rival_start (&rival, g_object_unref);
  for (guint i = 0; i < n_rounds; i++)
    {
      AthrCall *call = athr_call_new (return_object, GINT_TO_POINTER (g_test_rand_int_range (0, 2)),
                                      destroy_witnessed);

      g_atomic_int_inc (&n_living);
      athr_call_set_executor (call, executor);
      athr_call_set_return_on_cancel (call, g_test_rand_bit ());
      /* The rival drops this reference at any time from here on. */
      if (g_test_rand_bit ())
        rival_challenge (&rival, g_object_ref (call));
      switch (g_test_rand_int_range (0, 4))
        {
        case 0:
          n_run++;
          athr_call_run_async (call, NULL, on_done_count, &n_answered);
          break;
        case 1:
          athr_call_start (call);
          break;
        case 2:
          athr_call_run (call, NULL, NULL, NULL);
          break;
        default:
          break;
        }
      if (g_test_rand_bit ())
        random_pause ();
      if (g_test_rand_bit ())
        athr_call_cancel (call);
      if (g_test_rand_bit ())
        athr_test_drain (NULL);
      /* This may be the last reference. */
      g_object_unref (call);
      rival_await (&rival);
    }
  rival_stop (&rival);
  athr_test_finish (executor);

  g_assert_cmpint (g_atomic_int_get (&n_living), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&n_elsewhere), ==, 0);
  g_assert_cmpuint (n_answered, ==, n_run);
}

static void
test_cancel_against_completion (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  const guint n_rounds = athr_test_rounds (2500);
  guint n_cancelled = 0;
  AthrErrand errand;
  Rival rival;

  g_test_summary ("Another thread cancels the cancellable as the function ends: there is one "
                  "callback and one destroy, and the state agrees with the outcome");

  athr_errand_init (&errand);
  rival_start (&rival, (void (*) (gpointer)) g_cancellable_cancel);
  for (guint i = 0; i < n_rounds; i++)
    {
      g_autoptr (AthrCall) call = athr_errand_new_call (&errand, work_a_moment, executor);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_auto (AthrAnswer) answer = { 0, };
      gboolean cancelled;

      errand.data = GUINT_TO_POINTER (g_test_rand_int_range (0, 2000));
      errand.n_destroyed = 0;
      athr_call_run_async (call, cancellable, athr_answer_take, &answer);
      random_pause ();
      rival_challenge (&rival, cancellable);
      athr_answer_await (&answer, NULL);
      rival_await (&rival);
      athr_test_finish (executor);

      cancelled = g_error_matches (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      n_cancelled += cancelled;
      g_assert_true (cancelled || answer.error == NULL);
      g_assert_cmpuint (answer.n_times, ==, 1);
      g_assert_cmpint (errand.n_destroyed, ==, 1);
      g_assert_cmpint (athr_call_get_state (call), ==,
                       cancelled ? ATHR_CALL_STATE_CANCELLED : ATHR_CALL_STATE_SUCCEEDED);
    }
  rival_stop (&rival);
  g_test_message ("%u of %u were cancelled", n_cancelled, n_rounds);
  athr_errand_clear (&errand);
}

typedef struct
{
  gboolean is_over;
  double progress;
} Ending;

static void
on_any_notify (AthrCall   *call,
               GParamSpec *pspec,
               Ending     *ending)
{
  g_assert_false (ending->is_over);
  if (g_str_equal (pspec->name, "progress"))
    {
      g_assert_cmpfloat (athr_call_get_progress (call), >, ending->progress);
      ending->progress = athr_call_get_progress (call);
    }
}

static void
on_end (AthrCall *call,
        Ending   *ending)
{
  g_assert_false (ending->is_over);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_SUCCEEDED);
  g_assert_cmpfloat (ending->progress, ==, 1);
  ending->is_over = TRUE;
}

static void
report_some (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  for (guint i = 1; i <= 20; i++)
    athr_call_report_progress (call, i / 20.0, NULL);
}

static void
test_nothing_after_finished (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);

  g_test_summary ("While reports race the main loop, progress is notified in order, the last "
                  "report before finished, and no progress after finished");

  for (guint i = 0; i < athr_test_rounds (2500); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (report_some, NULL, NULL);
      Ending ending = { FALSE, -1 };

      athr_call_set_executor (call, executor);
      g_signal_connect (call, "notify", G_CALLBACK (on_any_notify), &ending);
      g_signal_connect (call, "finished", G_CALLBACK (on_end), &ending);
      athr_call_start (call);
      athr_test_iterate_until (NULL, ending.is_over);
      athr_test_drain (NULL);
      g_signal_handlers_disconnect_by_data (call, &ending);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/02-cancel/call/start", test_cancel_against_start);
  g_test_add_func ("/athr/hazards/06-order/call/joined", test_order_of_those_who_join);
  g_test_add_func ("/athr/hazards/02-cancel/call/return-on-cancel",
                   test_return_on_cancel_against_completion);
  g_test_add_func ("/athr/hazards/14-contention/call/run", test_run_against_run);
  g_test_add_func ("/athr/hazards/01-death-at-home/call", test_death_at_home);
  g_test_add_func ("/athr/hazards/02-cancel/call/completion", test_cancel_against_completion);
  g_test_add_func ("/athr/hazards/06-order/call/finished", test_nothing_after_finished);

  return g_test_run ();
}
