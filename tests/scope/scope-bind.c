/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "group-test.h"

/* A call of a group or a latest falls silent as its owner goes. The group and the latest learn
 * nevertheless that its function has returned. */

typedef struct
{
  AthrErrand errand;
  AthrCall *call;
  GObject *owner;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  athr_errand_init (&self->errand);
  self->call = athr_errand_new_call (&self->errand, athr_errand_wait, NULL);
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  athr_call_bind (self->call, self->owner);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_object_unref (self->call);
  athr_test_finish (NULL);
  g_assert_cmpint (self->errand.n_destroyed, ==, 1);
  athr_errand_clear (&self->errand);
}

static void
test_group (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
  AthrEnd wait = { 0 }, closed = { 0 };

  g_assert_true (athr_group_add (group, self->call, NULL));
  athr_group_wait_async (group, NULL, athr_end_take_wait, &wait);
  athr_gate_await (&self->errand.gate, 1);
  g_clear_object (&self->owner);
  athr_test_iterate_until (NULL, athr_call_get_state (self->call) == ATHR_CALL_STATE_RUNNING &&
                                 g_cancellable_is_cancelled (athr_call_get_cancellable (self->call)));
  athr_group_close_async (group, NULL, athr_end_take_close, &closed);
  athr_test_drain (NULL);
  g_assert_cmpuint (closed.n_times, ==, 0);

  athr_gate_open (&self->errand.gate);
  athr_test_iterate_until (NULL, wait.n_times == 1 && closed.n_times == 1);
  g_assert_no_error (closed.error);
  g_clear_error (&wait.error);
}

/* The end of an owner is no failure, as little as athr_call_cancel() of that call would be. */
static void
test_group_counts (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_FAIL_FAST);
  AthrEnd wait = { 0 };

  g_assert_true (athr_group_add (group, self->call, NULL));
  athr_group_wait_async (group, NULL, athr_end_take_wait, &wait);
  athr_gate_await (&self->errand.gate, 1);
  g_clear_object (&self->owner);
  athr_gate_open (&self->errand.gate);
  athr_test_iterate_until (NULL, wait.n_times == 1);
  g_assert_no_error (wait.error);
  g_assert_cmpuint (athr_group_get_n_done (group), ==, 1);
  g_assert_cmpuint (athr_group_get_n_failed (group), ==, 0);
}

static void
on_latest (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  AthrAnswer *self = user_data;

  self->n_times++;
  g_clear_error (&self->error);
  athr_latest_run_finish_into (ATHR_LATEST (source), result, NULL, &self->error);
}

static void
test_latest (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (AthrLatest) latest = athr_latest_new (0);
  g_autoptr (AthrCall) next = NULL;
  g_auto (AthrAnswer) first = { 0 };
  g_auto (AthrAnswer) second = { 0 };
  AthrErrand errand;

  athr_errand_init (&errand);
  next = athr_errand_new_call (&errand, athr_errand_run, NULL);
  athr_latest_set_serial (latest, TRUE);
  athr_latest_run_async (latest, self->call, NULL, on_latest, &first);
  athr_gate_await (&self->errand.gate, 1);
  g_clear_object (&self->owner);
  athr_answer_await (&first, NULL);
  g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  athr_latest_run_async (latest, next, NULL, on_latest, &second);
  athr_test_drain (NULL);
  g_assert_cmpint (errand.n_runs, ==, 0);
  athr_gate_open (&self->errand.gate);
  athr_answer_await (&second, NULL);
  g_assert_no_error (second.error);
  g_clear_object (&next);
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/athr/scope/bind/group", Fixture, NULL, set_up, test_group, tear_down);
  g_test_add ("/athr/scope/bind/group-counts", Fixture, NULL, set_up, test_group_counts, tear_down);
  g_test_add ("/athr/scope/bind/latest", Fixture, NULL, set_up, test_latest, tear_down);

  return g_test_run ();
}
