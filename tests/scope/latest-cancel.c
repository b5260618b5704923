/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fork-test.h"
#include "latest-test.h"

/* How a run of an AthrLatest is cancelled: by the object, by a cancellable, by the end of the
 * object. */

static void
test_cancel (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A cancel answers the run at once, whatever its function does, and notifies busy before");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_test_drain (NULL);
  athr_latest_cancel (search.latest);
  g_assert_false (athr_latest_get_busy (search.latest));
  g_assert_cmpstr (search.log->str, ==, "busy");
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpstr (search.log->str, ==, "busy idle 0");
  /* There is nothing left to cancel. */
  athr_latest_cancel (search.latest);
  athr_test_drain (NULL);
  g_assert_cmpstr (search.log->str, ==, "busy idle 0");
}

static void
test_cancel_debounce (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A run that is cancelled during its debounce never starts");

  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_latest_cancel (search.latest);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);
}

static void
test_cancel_fixed (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A cancel counts even if the function has returned already");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_test_settle (athr_executor_get_default ());
  athr_latest_cancel (search.latest);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
}

static void
test_cancellable_before (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A run with a cancelled cancellable never starts, and is answered by the main loop");

  athr_search_init (&search, 0);
  g_cancellable_cancel (cancellable);
  athr_search_run (&search, 0, athr_errand_run, cancellable);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);
  g_assert_false (athr_latest_get_busy (search.latest));
}

static void
test_cancellable_debounce (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A cancellable cancels a run that waits out its debounce");

  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, cancellable);
  athr_test_drain (NULL);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);
}

static void
test_cancellable_running (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A cancellable that another thread cancels cancels the call at once, and the run is answered "
                  "though its function still runs");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait, cancellable);
  athr_gate_await (&search.errands[0].gate, 1);
  g_thread_join (athr_elsewhere_begin (athr_test_cancel, cancellable));
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_destroyed, ==, 0);
}

static void
test_cancellable_fixed (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A cancellable changes nothing when the function has returned");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_run, cancellable);
  athr_test_settle (athr_executor_get_default ());
  g_cancellable_cancel (cancellable);
  athr_search_await (&search, 0);
  athr_search_assert_succeeded (&search, 0);
}

static void
test_cancellable_of_superseded (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("The cancellable of a superseded run does nothing to the newer run");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_run, cancellable);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_cancellable_cancel (cancellable);
  athr_search_await (&search, 1);
  g_cancellable_cancel (cancellable);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_succeeded (&search, 1);
}

static void
test_drop (void)
{
  g_auto (AthrSearch) search = { 0, };
  AthrLatest *latest;

  g_test_summary ("Dropping the object cancels the call and answers the run, and waits for no function");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  athr_test_drain (NULL);
  latest = search.latest;
  g_object_add_weak_pointer (G_OBJECT (latest), (gpointer *) &search.latest);
  g_object_unref (latest);
  g_assert_cmpuint (search.answers[0].n_times, ==, 0);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  athr_test_drain (NULL);
  g_assert_null (search.latest);
  /* Only the answer comes after the drop. */
  g_assert_cmpstr (search.log->str, ==, "busy 0");
}

static void
test_drop_finalizes (void)
{
  g_auto (AthrSearch) search = { 0, };
  GThread *finalized_on = NULL;

  g_test_summary ("A dropped object is finalized at once, whether or not a run is still to be answered");

  athr_search_init (&search, G_MAXUINT);
  g_object_set_data_full (G_OBJECT (search.latest), "witness", athr_witness_new (&finalized_on), g_object_unref);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  g_clear_object (&search.latest);
  g_assert_true (finalized_on == g_thread_self ());
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_cmpint (search.errands[0].n_runs, ==, 0);

  search.latest = athr_latest_new (0);
  g_object_add_weak_pointer (G_OBJECT (search.latest), (gpointer *) &search.latest);
  g_object_unref (search.latest);
  g_assert_null (search.latest);
}

static void
test_drop_superseded (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A superseded run does not keep the object either, and both runs are answered in order");

  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  g_object_add_weak_pointer (G_OBJECT (search.latest), (gpointer *) &search.latest);
  g_object_unref (search.latest);
  g_assert_null (search.latest);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_cancelled (&search, 1);
  g_assert_cmpstr (search.log->str, ==, "0 1");
}

static void
test_drop_fixed (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("Dropping the object counts even if the function has returned already");

  athr_search_init (&search, 0);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  athr_test_settle (athr_executor_get_default ());
  g_clear_object (&search.latest);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
}

static void
test_drop_elsewhere (void)
{
  g_auto (AthrSearch) search = { 0, };
  GThread *finalized_on = NULL;

  g_test_summary ("Another thread may drop the object; the answer and the user data come home, and only these");

  athr_search_init (&search, 0);
  g_object_set_data_full (G_OBJECT (search.latest), "witness", athr_witness_new (&finalized_on), g_object_unref);
  athr_search_run (&search, 0, athr_errand_wait_cancelled, NULL);
  athr_gate_await (&search.errands[0].gate, 1);
  g_thread_join (athr_elsewhere_begin (g_object_unref, g_steal_pointer (&search.latest)));
  g_assert_nonnull (finalized_on);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  g_assert_true (search.answers[0].thread == g_thread_self ());
}

static void
use_again (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  AthrSearch *search = user_data;

  athr_answer_take_latest (source, result, &search->answers[0]);
  search->latest = g_object_ref (ATHR_LATEST (source));
  g_assert_cmpuint (athr_latest_get_debounce (search->latest), ==, 5);
  g_assert_cmpuint (athr_latest_get_max_wait (search->latest), ==, 7);
  g_assert_true (athr_latest_get_serial (search->latest));
  g_assert_false (athr_latest_get_busy (search->latest));
  athr_search_run (search, 1, athr_errand_run, NULL);
}

static void
test_drop_use_again (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;

  g_test_summary ("A callback that uses a dropped object again gets an answer: CANCELLED");

  athr_search_init (&search, 0);
  call = athr_errand_new_call (&search.errands[0], athr_errand_run, NULL);
  athr_latest_run_async (search.latest, call, NULL, use_again, &search);
  g_clear_object (&call);
  athr_latest_set_debounce (search.latest, 5);
  athr_latest_set_max_wait (search.latest, 7);
  athr_latest_set_serial (search.latest, TRUE);
  g_clear_object (&search.latest);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 0);
  athr_search_assert_cancelled (&search, 1);
  g_assert_cmpint (search.errands[1].n_runs, ==, 0);
}

static void
drop_in_callback (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  AthrSearch *search = user_data;

  athr_answer_take_latest (source, result, &search->answers[0]);
  g_clear_object (&search->latest);
}

static void
test_drop_in_callback (void)
{
  g_auto (AthrSearch) search = { 0, };
  g_autoptr (AthrCall) call = NULL;

  g_test_summary ("The callback of a run may drop the object");

  athr_search_init (&search, 0);
  call = athr_errand_new_call (&search.errands[0], athr_errand_run, NULL);
  athr_latest_run_async (search.latest, call, NULL, drop_in_callback, &search);
  athr_search_await (&search, 0);
  athr_search_assert_succeeded (&search, 0);
}

static void
drop_in_notify (AthrLatest *latest,
                GParamSpec *pspec,
                AthrSearch *search)
{
  if (!athr_latest_get_busy (latest))
    g_clear_object (&search->latest);
}

static void
test_drop_in_notify (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("A handler that hears of the end of a run may drop the object: the run gets CANCELLED");

  athr_search_init (&search, 0);
  g_signal_connect (search.latest, "notify::busy", G_CALLBACK (drop_in_notify), &search);
  athr_search_run (&search, 0, athr_errand_wait, NULL);
  athr_test_iterate_until (NULL, search.log->len > 0);
  athr_gate_open (&search.errands[0].gate);
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
}

static void
test_run_dispose (void)
{
  g_auto (AthrSearch) search = { 0, };

  g_test_summary ("g_object_run_dispose() cancels the run, and later runs get CANCELLED");

  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  g_object_run_dispose (G_OBJECT (search.latest));
  athr_search_await (&search, 0);
  athr_search_assert_cancelled (&search, 0);
  athr_search_run (&search, 1, athr_errand_run, NULL);
  athr_search_await (&search, 1);
  athr_search_assert_cancelled (&search, 1);
}

static void
test_drop_race (void)
{
  guint n_rounds = athr_test_rounds (300);

  g_test_summary ("Another thread drops the object while the call ends: one answer each time");

  for (guint round = 0; round < n_rounds; round++)
    {
      g_auto (AthrSearch) search = { 0, };
      GThread *thread;

      athr_search_init (&search, round % 3 == 0);
      athr_search_run (&search, 0, athr_errand_run, NULL);
      thread = athr_elsewhere_begin (g_object_unref, g_steal_pointer (&search.latest));
      athr_search_await (&search, 0);
      g_assert_cmpuint (search.answers[0].n_times, ==, 1);
      g_thread_join (thread);
    }
}

static void
test_cancel_race (void)
{
  guint n_rounds = athr_test_rounds (300);

  g_test_summary ("Another thread cancels the cancellable while the call ends: one answer each time");

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_auto (AthrSearch) search = { 0, };
      GThread *thread;

      athr_search_init (&search, round % 3 == 0);
      athr_search_run (&search, 0, athr_errand_run, cancellable);
      thread = athr_elsewhere_begin (athr_test_cancel, cancellable);
      if (round % 2 == 0)
        athr_search_run (&search, 1, athr_errand_run, NULL);
      athr_search_await (&search, round % 2 == 0 ? 1 : 0);
      g_assert_cmpuint (search.answers[0].n_times, ==, 1);
      g_thread_join (thread);
    }
}

static void
test_fork (void)
{
  g_auto (AthrSearch) search = { 0, };
  gboolean is_possible = TRUE;
  int status = -1;
  pid_t child;

  g_test_summary ("In the child of a fork a run of an object from before the fork fails, and new objects work");

#ifdef __SANITIZE_THREAD__
  is_possible = FALSE; /* ThreadSanitizer aborts a child of a fork that creates threads */
#endif
  athr_search_init (&search, G_MAXUINT);
  athr_search_run (&search, 0, athr_errand_run, NULL);
  if (!is_possible)
    {
      g_test_skip ("ThreadSanitizer aborts a child of a fork that creates threads");
      return;
    }

  child = athr_test_fork ();
  if (child == 0)
    {
      AthrSearch fresh;

      g_assert_false (athr_latest_get_busy (search.latest));
      athr_latest_cancel (search.latest);
      athr_latest_set_debounce (search.latest, 1);
      athr_latest_set_serial (search.latest, TRUE);
      athr_search_run (&search, 1, athr_errand_run, NULL);
      athr_search_await (&search, 1);
      athr_answer_assert_error (&search.answers[1], G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
      g_object_unref (search.latest);

      athr_search_init (&fresh, 1);
      athr_search_run (&fresh, 0, athr_errand_run, NULL);
      athr_search_await (&fresh, 0);
      athr_search_assert_succeeded (&fresh, 0);
      athr_search_clear (&fresh);
      athr_test_leave_child ();
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  athr_latest_cancel (search.latest);
  athr_search_await (&search, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/latest/" path, test)
  add ("cancel", test_cancel);
  add ("cancel/debounce", test_cancel_debounce);
  add ("cancel/fixed", test_cancel_fixed);
  add ("cancel/race", test_cancel_race);
  add ("cancellable/before", test_cancellable_before);
  add ("cancellable/debounce", test_cancellable_debounce);
  add ("cancellable/running", test_cancellable_running);
  add ("cancellable/fixed", test_cancellable_fixed);
  add ("cancellable/of-superseded", test_cancellable_of_superseded);
  add ("drop", test_drop);
  add ("drop/finalizes", test_drop_finalizes);
  add ("drop/superseded", test_drop_superseded);
  add ("drop/fixed", test_drop_fixed);
  add ("drop/elsewhere", test_drop_elsewhere);
  add ("drop/use-again", test_drop_use_again);
  add ("drop/in-callback", test_drop_in_callback);
  add ("drop/in-notify", test_drop_in_notify);
  add ("drop/run-dispose", test_run_dispose);
  add ("drop/race", test_drop_race);
  add ("fork", test_fork);

  return g_test_run ();
}
