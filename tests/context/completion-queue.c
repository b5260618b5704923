/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-completion-queue-private.h"
#include "athr-main-context.h"
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

static gboolean
finish_into (gpointer       source,
             GAsyncResult  *result,
             GValue        *value,
             GError       **error)
{
  g_value_init (value, G_TYPE_INT);
  g_value_set_int (value, g_task_propagate_int (G_TASK (result), error));

  return TRUE;
}

static gboolean
finish (gpointer       source,
        GAsyncResult  *result,
        GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_value (Fixture       *fixture,
            gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  AthrCompletion completion = { queue, .finish = G_CALLBACK (finish_into), .value = &value };
  g_autoptr (GTask) task = g_task_new (NULL, NULL, athr_completion_complete, &completion);

  g_test_summary ("The value of an operation is there before the program pops its completion");

  g_task_return_int (task, 42);
  athr_test_drain (fixture->context);
  g_assert_true (athr_completion_queue_peek (queue) == &completion);
  g_assert_cmpint (g_value_get_int (&value), ==, 42);
  g_assert_null (completion.error);
  g_assert_null (athr_completion_queue_pop (queue));
}

static void
test_error (Fixture       *fixture,
            gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue, .finish = G_CALLBACK (finish) };
  g_autoptr (GTask) task = g_task_new (NULL, NULL, athr_completion_complete, &completion);

  g_test_summary ("A completion keeps the error of its operation until the program pops it");

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  athr_test_drain (fixture->context);
  g_assert_true (athr_completion_queue_peek (queue) == &completion);
  g_assert_error (completion.error, G_IO_ERROR, G_IO_ERROR_BUSY);
  athr_completion_queue_pop (queue);
  g_assert_null (completion.error);
}

static void
test_object (Fixture       *fixture,
             gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue, g_object_new (G_TYPE_OBJECT, NULL) };
  GObject *kept = completion.object;

  g_test_summary ("A completion keeps its object until the program pops it");

  g_object_add_weak_pointer (kept, (gpointer *) &kept);
  athr_completion_push (&completion);
  g_assert_true (completion.object == kept);
  athr_completion_queue_pop (queue);
  g_assert_null (completion.object);
  g_assert_null (kept);
}

static void
test_next (Fixture       *fixture,
           gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion a = { queue }, b = { queue };

  g_test_summary ("A pop gives the completion that is the first one then");

  athr_completion_push (&a);
  athr_completion_push (&b);
  g_assert_true (athr_completion_queue_pop (queue) == &b);
  g_assert_null (athr_completion_queue_pop (queue));
}

/* As the event loop of another library: it iterates only when the descriptor is readable, or when
 * athr_completion_iterate() says that there is more. */
static guint
iterate_while_readable (GMainContext *context,
                        int           fd)
{
  GPollFD poll_fd = { fd, G_IO_IN, 0 };
  guint n_iterations = 0;
  gboolean has_more = FALSE;

  while (has_more || g_poll (&poll_fd, 1, 0) > 0)
    {
      has_more = athr_completion_iterate (context);
      n_iterations++;
    }

  return n_iterations;
}

static gboolean
count_and_attach (gpointer n)
{
  GSource *source;

  if (--*(int *) n > 0)
    {
      source = g_idle_source_new ();
      g_source_set_callback (source, count_and_attach, n, NULL);
      g_source_attach (source, g_main_context_get_thread_default ());
      g_source_unref (source);
    }

  return G_SOURCE_REMOVE;
}

static gpointer
push_and_attach (gpointer data)
{
  athr_completion_push (((gpointer *) data)[0]);
  g_main_context_invoke (((gpointer *) data)[1], count_and_attach, ((gpointer *) data)[2]);

  return NULL;
}

static void
test_iterate (Fixture       *fixture,
              gconstpointer  data)
{
  AthrCompletionQueue *queue = new_queue (fixture, NULL);
  AthrCompletion completion = { queue };
  int n_left = 3;
  int fd;
  gpointer all[] = { &completion, fixture->context, &n_left };

  g_test_summary ("A foreign event loop runs all that is ready, also sources of others, and then stops");

  g_assert_true (g_main_context_acquire (fixture->context));
  g_main_context_push_thread_default (fixture->context);
  fd = athr_main_context_get_fd (fixture->context);
  iterate_while_readable (fixture->context, fd);

  athr_test_elsewhere (push_and_attach, all);
  g_assert_cmpuint (iterate_while_readable (fixture->context, fd), >, 0);
  g_assert_cmpint (n_left, ==, 0);
  g_assert_true (athr_completion_queue_pop (queue) == NULL);
  g_assert_cmpuint (iterate_while_readable (fixture->context, fd), ==, 0);

  g_main_context_pop_thread_default (fixture->context);
  g_main_context_release (fixture->context);
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
  add_test ("value", test_value);
  add_test ("error", test_error);
  add_test ("object", test_object);
  add_test ("next", test_next);
  add_test ("iterate", test_iterate);
  add_test ("drain", test_drain);
  add_test ("drain-again", test_drain_again);
  add_test ("dead", test_dead);

  return g_test_run ();
}
