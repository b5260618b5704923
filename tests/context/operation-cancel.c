/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "operation-test.h"

#define N_ROUNDS 3000

static Operation *
start_cancellable (Fixture      *fixture,
                   char          name,
                   GCancellable *cancellable)
{
  return operation_start (fixture, name, G_PRIORITY_DEFAULT, cancellable, on_answer, fixture);
}

static void
test_before (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("With a cancelled cancellable, cancelled() is called at once, and the main "
                  "loop answers the operation");

  g_cancellable_cancel (cancellable);
  start_cancellable (fixture, 'a', cancellable);
  g_assert_cmpint (fixture->n_cancelled, >=, 1);
  assert_log (fixture, "");

  athr_test_drain (fixture->context);
  assert_log (fixture, "a");
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
test_later (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("An operation that another thread cancels is answered at home");

  start_cancellable (fixture, 'a', cancellable);
  athr_test_drain (fixture->context);
  assert_log (fixture, "");

  athr_test_elsewhere (athr_test_cancel, cancellable);
  assert_log (fixture, "");
  athr_test_iterate_until (fixture->context, fixture->log->len > 0);
  g_assert_cmpint (fixture->n_cancelled, ==, 1);
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
test_answered (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("After the answer, cancelled() is not called");

  operation_post (start_cancellable (fixture, 'a', cancellable));
  athr_test_drain (fixture->context);
  assert_log (fixture, "a");
  g_assert_cmpint (fixture->n_freed, ==, 1);

  g_cancellable_cancel (cancellable);
  athr_test_drain (fixture->context);
  g_assert_cmpint (fixture->n_cancelled, ==, 0);
  assert_log (fixture, "a");
}

static void
test_posted (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("An operation that is cancelled between its post and its answer has one answer");

  operation_post (start_cancellable (fixture, 'a', cancellable));
  g_cancellable_cancel (cancellable);
  athr_test_drain (fixture->context);
  assert_log (fixture, "a");
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
test_shared (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("Several operations may share a cancellable");

  start_cancellable (fixture, 'a', cancellable);
  start_cancellable (fixture, 'b', cancellable);
  start_cancellable (fixture, 'c', cancellable);
  g_cancellable_cancel (cancellable);
  athr_test_drain (fixture->context);
  assert_log (fixture, "abc");
  g_assert_cmpint (fixture->n_freed, ==, 3);
}

static void
iterate_until_answer (GCancellable *cancellable,
                      Fixture      *fixture)
{
  athr_test_iterate_until (fixture->context, fixture->log->len > 0);
  g_string_append_c (fixture->log, '/');
}

static void
test_nested (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A nested main loop in a handler of “cancelled” answers the operation");

  start_cancellable (fixture, 'a', cancellable);
  g_signal_connect (cancellable, "cancelled", G_CALLBACK (iterate_until_answer), fixture);
  g_cancellable_cancel (cancellable);

  assert_log (fixture, "a/");
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
test_nested_before (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Operation *operation;

  g_test_summary ("A nested main loop answers the operation, in a handler before that of the "
                  "operation");

  g_signal_connect (cancellable, "cancelled", G_CALLBACK (iterate_until_answer), fixture);
  operation = start_cancellable (fixture, 'a', cancellable);
  operation_post (operation);
  g_cancellable_cancel (cancellable);

  assert_log (fixture, "a/");
  g_assert_cmpint (fixture->n_cancelled, ==, 0);
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
on_answer_cancel (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Fixture *fixture = g_object_get_data (source, "fixture");

  g_string_append_c (fixture->log, '!');
  g_cancellable_cancel (user_data);
}

static void
test_from_callback (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_object_set_data (fixture->source, "fixture", fixture);
  operation_post (operation_start (fixture, 'a', G_PRIORITY_DEFAULT, cancellable,
                                   on_answer_cancel, cancellable));
  athr_test_drain (fixture->context);

  assert_log (fixture, "!");
  g_assert_cmpint (fixture->n_cancelled, ==, 0);
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static void
test_kept (Fixture       *fixture,
           gconstpointer  data)
{
  GCancellable *cancellable = g_cancellable_new ();
  Operation *operation = start_cancellable (fixture, 'a', cancellable);
  gpointer weak = cancellable;

  g_test_summary ("An operation keeps its cancellable alive until the operation is answered");

  g_object_add_weak_pointer (weak, &weak);
  g_object_unref (cancellable);
  g_assert_nonnull (weak);
  operation_post (operation);
  athr_test_drain (fixture->context);
  g_assert_null (weak);
}

typedef struct
{
  GCancellable *cancellable; /* atomic */
  int n_spins;               /* atomic; how long the thread spins before it cancels */
  int stop;                  /* atomic */
} Canceller;

static gpointer
cancel_func (gpointer data)
{
  Canceller *self = data;

  while (!g_atomic_int_get (&self->stop))
    {
      GCancellable *cancellable = g_atomic_pointer_exchange (&self->cancellable, NULL);

      if (cancellable == NULL)
        {
          g_thread_yield ();
          continue;
        }

      for (int i = g_atomic_int_get (&self->n_spins); i > 0; i--)
        athr_cpu_relax ();
      g_cancellable_cancel (cancellable);
      g_object_unref (cancellable);
    }

  return NULL;
}

static void
test_race (Fixture       *fixture,
           gconstpointer  data)
{
  Canceller canceller = { NULL };
  GThread *thread;

  g_test_summary ("An operation that another thread cancels during the answer has one answer, "
                  "and is freed once");

  thread = g_thread_new ("cancel", cancel_func, &canceller);
  for (int i = 1; i <= N_ROUNDS; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Operation *operation = start_cancellable (fixture, 'a', cancellable);
      guint n_spins = g_test_rand_int_range (0, 1000);

      operation_post (operation);
      g_atomic_int_set (&canceller.n_spins, g_test_rand_int_range (0, 1000));
      g_atomic_pointer_set (&canceller.cancellable, g_object_ref (cancellable));
      athr_test_yield_until (g_atomic_pointer_get (&canceller.cancellable) == NULL);
      for (guint j = 0; j < n_spins; j++)
        athr_cpu_relax ();
      athr_test_drain (fixture->context);
      athr_test_yield_until (g_atomic_int_get (&fixture->n_freed) == i);
    }
  g_atomic_int_set (&canceller.stop, TRUE);
  g_thread_join (thread);

  g_assert_cmpuint (fixture->log->len, ==, N_ROUNDS);
  g_assert_cmpint (fixture->n_freed, ==, N_ROUNDS);
  g_test_message ("cancelled() was called %d times", fixture->n_cancelled);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_test ("cancel/before", test_before);
  add_test ("cancel/later", test_later);
  add_test ("cancel/answered", test_answered);
  add_test ("cancel/posted", test_posted);
  add_test ("cancel/shared", test_shared);
  add_test ("cancel/nested", test_nested);
  add_test ("cancel/nested/before", test_nested_before);
  add_test ("cancel/from-callback", test_from_callback);
  add_test ("cancel/kept", test_kept);
  add_test ("cancel/race", test_race);

  return g_test_run ();
}
