/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-completion-queue-private.h"
#include "context-queue-test.h"

/* Completion queues are never freed. */
static GPtrArray *all_queues;

static AthrCompletionQueue *
new_queue (Fixture            *fixture,
           AthrCompletionFunc  drain)
{
  AthrCompletionQueue *queue = athr_completion_queue_new (fixture->context, drain);

  if (all_queues == NULL)
    all_queues = g_ptr_array_new ();
  g_ptr_array_add (all_queues, queue);

  return queue;
}

static gpointer
push (gpointer completion)
{
  athr_completion_push (completion);
  return NULL;
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion a = { queue }, b = { queue };

  g_test_summary ("The program takes the completions in their order, and each when it wants to");

  g_assert_null (athr_completion_queue_peek (queue));
  athr_completion_push (&a);
  athr_test_elsewhere (push, &b);
  athr_test_drain (fixture->context);
  g_assert_true (athr_completion_queue_peek (queue) == &a);
  g_assert_true (athr_completion_queue_peek (queue) == &a);
  athr_completion_queue_pop (queue);
  g_assert_true (athr_completion_queue_peek (queue) == &b);
  athr_completion_queue_pop (queue);
  g_assert_null (athr_completion_queue_peek (queue));
}

static void
test_once (Fixture       *fixture,
           gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue };

  g_test_summary ("A completion is queued only once, also when it was popped before");

  athr_completion_push (&completion);
  athr_completion_push (&completion);
  athr_completion_queue_pop (queue);
  g_assert_null (athr_completion_queue_peek (queue));
  athr_completion_push (&completion);
  g_assert_null (athr_completion_queue_peek (queue));
}

static void
test_repeated (Fixture       *fixture,
               gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue, .is_repeated = TRUE };

  g_test_summary ("A repeated completion is queued again when it was popped");

  for (int i = 0; i < 2; i++)
    {
      athr_completion_push (&completion);
      athr_completion_push (&completion);
      g_assert_true (athr_completion_queue_peek (queue) == &completion);
      athr_completion_queue_pop (queue);
      g_assert_null (athr_completion_queue_peek (queue));
    }
}

static void
test_result (Fixture       *fixture,
             gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue };
  GTask *task = g_task_new (NULL, NULL, athr_completion_complete, &completion);
  GTask *kept = task;

  g_test_summary ("The queue keeps the result of an operation until the program pops it");

  g_object_add_weak_pointer (G_OBJECT (task), (gpointer *) &kept);
  g_task_return_int (task, 42);
  g_object_unref (task);
  athr_test_drain (fixture->context);
  g_assert_true (athr_completion_queue_peek (queue) == &completion);
  g_assert_true (completion.result == (GAsyncResult *) kept);
  g_assert_cmpint (g_task_propagate_int (kept, NULL), ==, 42);

  athr_completion_queue_pop (queue);
  g_assert_null (kept);
}

static guint n_drained;
static guint n_failures;
static GThread *drained_on;

/* As a function of Python: it fails before its first line, or it pops everything. */
static void
drain (AthrCompletionQueue *queue)
{
  n_drained++;
  drained_on = g_thread_self ();
  if (n_failures > 0)
    n_failures--;
  else
    while (athr_completion_queue_peek (queue) != NULL)
      athr_completion_queue_pop (queue);
}

static void
test_drain (Fixture       *fixture,
            gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, drain);
  AthrCompletion a = { queue }, b = { queue };

  g_test_summary ("The owner's thread drains once for a burst");

  n_drained = 0;
  athr_test_elsewhere (push, &a);
  athr_completion_push (&b);
  g_assert_cmpuint (n_drained, ==, 0);
  athr_test_drain (fixture->context);
  g_assert_cmpuint (n_drained, ==, 1);
  g_assert_true (drained_on == g_thread_self ());
  g_assert_null (athr_completion_queue_peek (queue));
}

static void
test_drain_again (Fixture       *fixture,
                  gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, drain);
  AthrCompletion completion = { queue };

  g_test_summary ("A drain that pops nothing is called again");

  n_drained = 0;
  n_failures = 3;
  athr_completion_push (&completion);
  athr_test_drain (fixture->context);
  g_assert_cmpuint (n_drained, ==, 4);
  g_assert_null (athr_completion_queue_peek (queue));
}

static void
test_dead (Fixture       *fixture,
           gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, drain);
  AthrCompletion a = { queue }, b = { queue };

  g_test_summary ("Without the context, the thread that destroys the context or pushes drains");

  n_drained = 0;
  athr_completion_push (&a);
  fixture_destroy_context (fixture);
  g_assert_cmpuint (n_drained, ==, 1);
  g_assert_null (athr_completion_queue_peek (queue));

  athr_test_elsewhere (push, &b);
  g_assert_cmpuint (n_drained, ==, 2);
  g_assert_true (drained_on != g_thread_self ());
  g_assert_null (athr_completion_queue_peek (queue));
}

#define add_test(path, func) \
  g_test_add ("/athr/completion-queue/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add_test ("order", test_order);
  add_test ("once", test_once);
  add_test ("repeated", test_repeated);
  add_test ("result", test_result);
  add_test ("drain", test_drain);
  add_test ("drain-again", test_drain_again);
  add_test ("dead", test_dead);

  return g_test_run ();
}
