/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "executor-test.h"

/* One submission, and what happens to it. */
typedef struct
{
  AthrSubmission *submission;
  AthrGate *gate;     /* nullable; not owned: the function passes this gate first */
  AthrGate *end;      /* not owned: the function opens this gate */
  AthrExecutor *executor;
  gboolean is_worker; /* before end: what the function saw */
  GError *error;      /* before end */
  int n_called;       /* atomic */
} Submitted;

static void
submitted_func (gpointer      data,
                const GError *error)
{
  Submitted *self = data;

  if (self->gate != NULL)
    athr_gate_pass (self->gate);
  self->is_worker = athr_executor_has_worker (self->executor);
  if (error != NULL)
    self->error = g_error_copy (error);
  g_atomic_int_inc (&self->n_called);
  athr_submission_free (g_steal_pointer (&self->submission));
  athr_gate_open (self->end);
}

typedef struct
{
  AthrExecutor *executor;
  AthrGate gate;
  AthrGate ends[2];
  Submitted submitted[2];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->executor = athr_executor_new ("executor", GPOINTER_TO_UINT (data));
  athr_gate_init (&fixture->gate);
  for (guint i = 0; i < 2; i++)
    {
      Submitted *submitted = &fixture->submitted[i];

      athr_gate_init (&fixture->ends[i]);
      submitted->end = &fixture->ends[i];
      submitted->executor = fixture->executor;
      submitted->submission = athr_submission_new (fixture->executor, submitted_func, submitted);
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->executor != NULL)
    executor_end (fixture->executor);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_error (&fixture->submitted[i].error);
      g_clear_pointer (&fixture->submitted[i].submission, athr_submission_free);
      athr_gate_clear (&fixture->ends[i]);
    }
  athr_gate_clear (&fixture->gate);
}

static void
test_runs (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("A worker runs the function; no main context is iterated");

  g_assert_false (athr_executor_has_worker (fixture->executor));
  g_assert_true (athr_submission_push (fixture->submitted[0].submission, NULL));
  athr_gate_pass (&fixture->ends[0]);
  g_assert_true (fixture->submitted[0].is_worker);
  g_assert_no_error (fixture->submitted[0].error);
  g_assert_cmpint (g_atomic_int_get (&fixture->submitted[0].n_called), ==, 1);
}

static void
test_withdraw (Fixture       *fixture,
               gconstpointer  data)
{
  g_test_summary ("A submission that is queued can be withdrawn, once; one that runs cannot");

  fixture->submitted[0].gate = &fixture->gate;
  g_assert_true (athr_submission_push (fixture->submitted[0].submission, NULL));
  athr_gate_await (&fixture->gate, 1);
  g_assert_true (athr_submission_push (fixture->submitted[1].submission, NULL));
  g_assert_cmpuint (athr_executor_get_n_queued (fixture->executor), ==, 1);

  g_assert_false (athr_submission_withdraw (fixture->submitted[0].submission));
  g_assert_true (athr_submission_withdraw (fixture->submitted[1].submission));
  g_assert_false (athr_submission_withdraw (fixture->submitted[1].submission));
  g_assert_cmpuint (athr_executor_get_n_queued (fixture->executor), ==, 0);
  athr_gate_open (&fixture->gate);
  athr_gate_pass (&fixture->ends[0]);
  executor_end (g_steal_pointer (&fixture->executor));
  g_assert_cmpint (g_atomic_int_get (&fixture->submitted[1].n_called), ==, 0);
}

static void
test_closed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Closing an executor fails the submission that is queued, and refuses others");

  fixture->submitted[0].gate = &fixture->gate;
  g_assert_true (athr_submission_push (fixture->submitted[0].submission, NULL));
  athr_gate_await (&fixture->gate, 1);
  g_assert_true (athr_submission_push (fixture->submitted[1].submission, NULL));

  athr_executor_close_async (fixture->executor, TRUE, NULL, athr_test_keep_result, &result);
  g_assert_error (fixture->submitted[1].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  fixture->submitted[1].submission = athr_submission_new (fixture->executor, submitted_func,
                                                          &fixture->submitted[1]);
  g_assert_false (athr_submission_push (fixture->submitted[1].submission, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_true (athr_submission_withdraw (fixture->submitted[1].submission));
  athr_gate_open (&fixture->gate);
  athr_gate_pass (&fixture->ends[0]);
  athr_test_iterate_until (NULL, result != NULL);
}

static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  g_test_summary ("A caller that does not wait closes an executor, which then goes by itself");

  fixture->submitted[0].gate = &fixture->gate;
  g_assert_true (athr_submission_push (fixture->submitted[0].submission, NULL));
  athr_gate_await (&fixture->gate, 1);
  g_assert_true (athr_submission_push (fixture->submitted[1].submission, NULL));
  athr_executor_shut_down (fixture->executor, FALSE);
  g_assert_null (fixture->submitted[1].error);
  athr_executor_shut_down (fixture->executor, TRUE);
  g_assert_error (fixture->submitted[1].error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  athr_gate_open (&fixture->gate);
  athr_gate_pass (&fixture->ends[0]);
  g_assert_finalize_object (g_steal_pointer (&fixture->executor));
}

/* Waits on a worker for the other submission, which is queued. */
static void
wait_func (gpointer      data,
           const GError *error)
{
  Fixture *fixture = data;

  if (athr_submission_wait_begin (fixture->submitted[1].submission))
    {
      athr_gate_pass (&fixture->ends[1]);
      athr_submission_wait_end ();
    }
  athr_gate_open (&fixture->ends[0]);
}

static void
test_wait (Fixture       *fixture,
           gconstpointer  data)
{
  AthrSubmission *waiting = athr_submission_new (fixture->executor, wait_func, fixture);
  gboolean is_single = athr_executor_get_max_threads (fixture->executor) == 1;

  g_test_summary ("All workers wait for submissions of their own executor: another thread runs "
                  "these. The one thread of an executor is told not to wait");

  fixture->submitted[1].gate = &fixture->gate;
  if (!is_single)
    {
      fixture->submitted[0].gate = &fixture->gate;
      fixture->submitted[0].end = &fixture->ends[1];
      g_assert_true (athr_submission_push (fixture->submitted[0].submission, NULL));
    }
  g_assert_true (athr_submission_push (waiting, NULL));
  g_assert_true (athr_submission_push (fixture->submitted[1].submission, NULL));
  athr_gate_await (&fixture->gate, is_single ? 1 : 2);
  athr_gate_open (&fixture->gate);
  athr_gate_pass (&fixture->ends[0]);
  athr_gate_pass (&fixture->ends[1]);
  executor_end (g_steal_pointer (&fixture->executor));
  athr_submission_free (waiting);
}

#define ADD(path, n_threads, test) \
  g_test_add ("/athr/executor/submission/" path, Fixture, GUINT_TO_POINTER (n_threads), set_up, \
              test, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("runs", 2, test_runs);
  ADD ("withdraw", 1, test_withdraw);
  ADD ("closed", 1, test_closed);
  ADD ("close", 1, test_close);
  ADD ("wait", 2, test_wait);
  ADD ("wait-on-own-thread", 1, test_wait);

  return g_test_run ();
}
