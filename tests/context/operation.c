/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "operation-test.h"

static void
test_answered (Fixture       *fixture,
               gconstpointer  data)
{
  g_test_summary ("An operation that another thread posts is answered at home, in a slice");

  athr_test_elsewhere (post_func, operation_new (fixture, 'a'));
  assert_log (fixture, "");

  g_main_context_iteration (fixture->context, FALSE);
  assert_log (fixture, "a");
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static gboolean
start_and_post (gpointer data)
{
  Fixture *fixture = data;
  Operation *operation = operation_new (fixture, 'b');

  operation_post (operation);
  g_assert_cmpstr (fixture->log->str, ==, "");
  g_string_append_c (fixture->log, '.');

  return G_SOURCE_REMOVE;
}

static void
on_answer_start (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_string_append_c (fixture->log, 'a');
  operation_post (operation_new (fixture, 'b'));
  g_string_append_c (fixture->log, '.');
}

static void
test_next_iteration (Fixture       *fixture,
                     gconstpointer  data)
{
  g_test_summary ("An operation is not answered in the iteration that created it, but in the "
                  "next one");

  operation_post (operation_start (fixture, 'a', G_PRIORITY_DEFAULT, NULL, on_answer_start, fixture));
  g_main_context_iteration (fixture->context, FALSE);
  assert_log (fixture, "a.");

  athr_test_iterate_until (fixture->context, fixture->n_freed == 2);
  assert_log (fixture, "a.b");
}

static void
test_next_iteration_source (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GSource *source = g_idle_source_new ();

  g_test_summary ("An operation of a source that runs before the queue waits for the next "
                  "iteration, too");

  g_main_context_push_thread_default (context);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, start_and_post, fixture, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  operation_post (operation_new (fixture, 'a'));

  g_main_context_iteration (context, FALSE);
  assert_log (fixture, ".a");
  athr_test_iterate_until (context, fixture->n_freed == 2);
  assert_log (fixture, ".ab");
  g_main_context_pop_thread_default (context);
}

typedef struct
{
  Fixture *fixture;
  Operation *before;
} Older;

static gboolean
start_and_post_both (gpointer data)
{
  Older *older = data;

  operation_post (operation_new (older->fixture, 'a'));
  operation_post (older->before);

  return G_SOURCE_REMOVE;
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  Older older = { fixture, operation_new (fixture, 'b') };
  GSource *source = g_idle_source_new ();

  g_test_summary ("Operations are answered in the order in which they were posted, not created");

  g_source_set_callback (source, start_and_post_both, &older, NULL);
  g_source_attach (source, fixture->context);
  g_source_unref (source);
  athr_test_iterate_until (fixture->context, fixture->n_freed == 2);
  assert_log (fixture, "ab");
}

static void
test_priority (Fixture       *fixture,
               gconstpointer  data)
{
  Operation *a, *b;

  a = operation_start (fixture, 'a', G_PRIORITY_DEFAULT_IDLE, NULL, on_answer, fixture);
  b = operation_new (fixture, 'b');
  g_assert_cmpint (g_task_get_priority (a->base.task), ==, G_PRIORITY_DEFAULT_IDLE);
  operation_post (a);
  operation_post (b);
  athr_test_iterate_until (fixture->context, fixture->n_freed == 2);
  assert_log (fixture, "ba");
}

static void
test_other_context (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Operation *operation;

  g_test_summary ("An operation is answered on the context under which it was started, at a "
                  "priority that is new there");

  g_main_context_push_thread_default (context);
  operation = operation_start (fixture, 'a', 77, NULL, on_answer, fixture);
  operation_post (operation);
  athr_test_drain (fixture->context);
  assert_log (fixture, "");

  athr_test_drain (context);
  assert_log (fixture, "a");
  g_main_context_pop_thread_default (context);
}

static gpointer
start_on_worker (gpointer data)
{
  Fixture *fixture = data;

  athr_home_begin_work (fixture->queue);
  operation_post (operation_new (fixture, 'a'));
  athr_home_end_work ();

  return NULL;
}

static void
test_worker (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("An operation that a worker starts without a thread-default context is "
                  "answered on the default context");

  athr_test_elsewhere (start_on_worker, fixture);
  athr_test_drain (fixture->context);
  assert_log (fixture, "");

  athr_test_drain (NULL);
  assert_log (fixture, "a");
}

static void
test_keeps_context (Fixture       *fixture,
                    gconstpointer  data)
{
  GMainContext *context = g_main_context_new ();
  Operation *operation;

  g_test_summary ("An operation under way keeps its context alive");

  g_main_context_push_thread_default (context);
  operation = operation_new (fixture, 'a');
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_test_elsewhere (post_func, operation);

  /* The operation drops its reference to the context with the callback. */
  g_main_context_ref (context);
  g_main_context_iteration (context, FALSE);
  g_main_context_unref (context);
  assert_log (fixture, "a");
}

static void
test_no_callback (Fixture       *fixture,
                  gconstpointer  data)
{
  operation_post (operation_start (fixture, 'a', G_PRIORITY_DEFAULT, NULL, NULL, NULL));
  athr_test_drain (fixture->context);
  g_assert_cmpint (fixture->n_freed, ==, 1);
}

static gpointer
unref_object (gpointer object)
{
  g_object_unref (object);
  return g_thread_self ();
}

static void
test_result_elsewhere (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *result = NULL;
  GThread *thread;

  g_test_summary ("The thread that drops a kept result frees the operation");

  operation_post (operation_start (fixture, 'a', G_PRIORITY_DEFAULT, cancellable,
                                   athr_test_keep_result, &result));
  athr_test_drain (fixture->context);
  g_assert_nonnull (result);
  g_assert_cmpint (fixture->n_freed, ==, 0);
  g_assert_true (g_async_result_is_tagged (result, &tag));

  thread = athr_test_elsewhere (unref_object, result);
  g_assert_cmpint (fixture->n_freed, ==, 1);
  g_assert_true (fixture->freed_on == thread);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_test ("answered", test_answered);
  add_test ("next-iteration", test_next_iteration);
  add_test ("next-iteration/source", test_next_iteration_source);
  add_test ("order", test_order);
  add_test ("priority", test_priority);
  add_test ("other-context", test_other_context);
  add_test ("worker", test_worker);
  add_test ("keeps-context", test_keeps_context);
  add_test ("no-callback", test_no_callback);
  add_test ("result-elsewhere", test_result_elsewhere);

  return g_test_run ();
}
