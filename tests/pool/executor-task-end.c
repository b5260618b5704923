/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-thread-private.h"
#include "context/athr-context-queue-private.h"
#include "executor-test.h"

/* Tasks of athr_executor_run_task() whose functions still run after their g_task_return_,
 * while no thread iterates the context of the task. */

typedef struct
{
  AthrExecutor *executor;
  AthrGate end;          /* the function passes this gate after it has returned its result */
  GMainContext *context; /* of the task; NULL when this thread has dropped its reference */
  int n_answered;
  guint64 freed_on;      /* the number of a thread; written before n_freed */
  int n_freed;           /* atomic */
  int n_contexts_freed;  /* atomic */
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->executor = athr_executor_new ("executor", 2);
  athr_gate_init (&self->end);
}

/* Waits until the worker has left the function of the task, and what the executor does
 * after. */
static void
await_worker (Fixture *self)
{
  athr_test_yield_until (athr_executor_get_n_running (self->executor) == 0);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&self->n_contexts_freed), ==, 1);
  executor_end (self->executor);
  athr_gate_clear (&self->end);
}

static void
note_freed (gpointer data)
{
  Fixture *self = data;

  self->freed_on = athr_thread_id ();
  g_atomic_int_inc (&self->n_freed);
}

static void
note_context_freed (gpointer data)
{
  Fixture *self = data;

  g_atomic_int_inc (&self->n_contexts_freed);
}

static gboolean
never (gpointer data)
{
  g_assert_not_reached ();
}

/* Makes a new main context, and counts its end by a source of the context. */
static void
push_context (Fixture *self)
{
  GSource *source = g_timeout_source_new_seconds (3600);

  self->context = g_main_context_new ();
  g_source_set_callback (source, never, self, note_context_freed);
  g_source_attach (source, self->context);
  g_source_unref (source);
  g_main_context_push_thread_default (self->context);
}

static void
pop_context (Fixture *self)
{
  g_main_context_pop_thread_default (self->context);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static void
return_and_wait (GTask        *task,
                 gpointer      source,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  Fixture *self = task_data;

  g_task_return_boolean (task, TRUE);
  athr_gate_pass (&self->end);
}

static void
answer (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Fixture *self = user_data;

  self->n_answered++;
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
}

/* Waits, in a new context, until a task is answered. The function of the task still runs. */
static void
start_and_await (Fixture *self)
{
  g_autoptr (GTask) task = NULL;

  push_context (self);
  task = g_task_new (NULL, NULL, answer, self);
  g_task_set_task_data (task, self, note_freed);
  athr_executor_run_task (self->executor, task, return_and_wait);
  g_clear_object (&task);
  athr_gate_await (&self->end, 1);
  athr_test_iterate_until (self->context, self->n_answered > 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 0);
}

/* Waits until a task is answered, drops the context, and lets the function of the task end. */
static void
await_and_drop_context (Fixture *self)
{
  start_and_await (self);
  pop_context (self);
  athr_gate_open (&self->end);
  await_worker (self);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 0);
}

static void
assert_freed_here (Fixture *self)
{
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 1);
  g_assert_cmpuint (self->freed_on, ==, athr_thread_id ());
  g_assert_cmpint (g_atomic_int_get (&self->n_contexts_freed), ==, 1);
}

static void
test_next_task (Fixture       *self,
                gconstpointer  data)
{
  TaskRun run;

  g_test_summary ("The task is freed when the thread that got its answer starts another task");

  await_and_drop_context (self);
  task_run_init (&run, 'a');
  task_run_start (&run, self->executor);
  assert_freed_here (self);

  task_run_await_value (&run);
}

static void
test_next_completion (Fixture       *self,
                      gconstpointer  data)
{
  TaskRun run;

  g_test_summary ("The task is freed when another task completes on the thread that got its "
                  "answer");

  task_run_init (&run, 'a');
  task_run_start (&run, self->executor);
  await_and_drop_context (self);
  task_run_await_value (&run);
  assert_freed_here (self);
}

static void
test_iterated (Fixture       *self,
               gconstpointer  data)
{
  g_test_summary ("The task is freed when its context is iterated, and the context is freed "
                  "after it");

  start_and_await (self);
  athr_gate_open (&self->end);
  await_worker (self);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 0);
  athr_test_drain (self->context);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 1);
  pop_context (self);
  assert_freed_here (self);
}

static gpointer
await_and_drop_context_elsewhere (gpointer data)
{
  Fixture *self = data;

  await_and_drop_context (self);

  return g_memdup2 (&(guint64) { athr_thread_id () }, sizeof (guint64));
}

static void
test_thread_ends (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree guint64 *home = NULL;

  g_test_summary ("The task is freed at the latest when the thread that got its answer ends");

  home = athr_test_elsewhere (await_and_drop_context_elsewhere, self);
  athr_test_yield_until (g_atomic_int_get (&self->n_contexts_freed) == 1);
  g_assert_cmpuint (self->freed_on, ==, *home);
}

static gpointer
start_elsewhere (gpointer data)
{
  start_and_await (data);
  pop_context (data);

  return NULL;
}

static void
note_worker (GTask        *task,
             gpointer      source,
             gpointer      worker,
             GCancellable *cancellable)
{
  *(guint64 *) worker = athr_thread_id ();
  g_task_return_boolean (task, TRUE);
}

static void
test_thread_ended (Fixture       *self,
                   gconstpointer  data)
{
  GAsyncResult *result = NULL;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, athr_test_keep_result, &result);
  guint64 worker = 0;

  g_test_summary ("The worker frees the task when its function outlives the thread that got the "
                  "answer");

  athr_test_elsewhere (start_elsewhere, self);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 0);
  athr_gate_open (&self->end);
  await_worker (self);
  g_assert_cmpint (g_atomic_int_get (&self->n_freed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&self->n_contexts_freed), ==, 1);

  /* The executor has only this one thread so far. */
  g_task_set_task_data (task, &worker, NULL);
  athr_executor_run_task (self->executor, task, note_worker);
  /* The test does not poll g_task_get_completed(): its bit shares a word with bits that the
   * worker writes, which is a data race. */
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  g_assert_cmpuint (self->freed_on, ==, worker);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) \
  g_test_add ("/athr/executor/run-task/end/" path, Fixture, NULL, set_up, test, tear_down)
  add ("next-task", test_next_task);
  add ("next-completion", test_next_completion);
  add ("iterated", test_iterated);
  add ("thread-ends", test_thread_ends);
  add ("thread-ended", test_thread_ended);

  return g_test_run ();
}
