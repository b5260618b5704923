/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

#include "pool/athr-executor-private.h"
#include "thread-test.h"

/* One task that runs on an executor, and the record of what has happened to it. */
typedef struct
{
  AthrGate *gate; /* nullable; not owned: the function passes this gate first */
  AthrGate *end;  /* nullable; not owned: the function passes this gate after its result */
  GString *log;   /* nullable; not owned; home */
  char name;
  GThread *ran_on;
  GThread *freed_on; /* atomic */
  int n_run;         /* atomic */
  guint n_answered;
  GThread *answered_on;
  gssize value;
  GError *error;
} TaskRun;

static inline void
task_run_init (TaskRun *self,
               char     name)
{
  memset (self, 0, sizeof *self);
  self->name = name;
}

static inline void
task_runs_init (TaskRun  *runs,
                guint     n,
                AthrGate *gate,
                GString  *log)
{
  for (guint i = 0; i < n; i++)
    {
      task_run_init (&runs[i], 'a' + i);
      runs[i].gate = gate;
      runs[i].log = log;
    }
}

/* The GTaskThreadFunc, which returns 42. */
static inline void
task_run_func (GTask        *task,
               gpointer      source,
               gpointer      task_data,
               GCancellable *cancellable)
{
  TaskRun *self = g_object_get_data (task_data, "run");

  g_assert_true (g_task_get_source_object (task) == source);
  g_assert_true (g_task_get_cancellable (task) == cancellable);
  self->ran_on = g_thread_self ();
  g_atomic_int_inc (&self->n_run);
  if (self->gate != NULL)
    athr_gate_pass (self->gate);

  if (!g_task_return_error_if_cancelled (task))
    g_task_return_int (task, 42);
  if (self->end != NULL)
    athr_gate_pass (self->end);
}

static inline void
task_run_answer (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  TaskRun *self = user_data;

  self->n_answered++;
  self->answered_on = g_thread_self ();
  self->value = g_task_propagate_int (G_TASK (result), &self->error);
  if (self->log != NULL)
    g_string_append_c (self->log, self->name);
}

/* A task whose data records the thread that frees it. */
static inline GTask *
task_run_new_task (TaskRun      *self,
                   gpointer      source,
                   GCancellable *cancellable)
{
  GTask *task = g_task_new (source, cancellable, task_run_answer, self);
  GObject *data = athr_witness_new (&self->freed_on);

  g_object_set_data (data, "run", self);
  g_task_set_task_data (task, data, g_object_unref);

  return task;
}

static inline void
task_run_start_at (TaskRun      *self,
                   AthrExecutor *executor,
                   int           priority)
{
  g_autoptr (GTask) task = task_run_new_task (self, NULL, NULL);

  g_task_set_priority (task, priority);
  athr_executor_run_task (executor, task, task_run_func);
}

static inline void
task_run_start (TaskRun      *self,
                AthrExecutor *executor)
{
  task_run_start_at (self, executor, G_PRIORITY_DEFAULT);
}

static inline void
task_runs_start (TaskRun      *runs,
                 guint         n,
                 AthrExecutor *executor)
{
  for (guint i = 0; i < n; i++)
    task_run_start (&runs[i], executor);
}

/* Iterates the default context until the task is answered, and its data was freed, both on
 * this thread. */
static inline void
task_run_await (TaskRun *self)
{
  athr_test_iterate_until (NULL, self->n_answered > 0 &&
                                 g_atomic_pointer_get (&self->freed_on) != NULL);
  g_assert_cmpuint (self->n_answered, ==, 1);
  g_assert_true (self->answered_on == g_thread_self ());
  g_assert_true (self->freed_on == g_thread_self ());
}

static inline void
task_run_await_value (TaskRun *self)
{
  task_run_await (self);
  g_assert_no_error (self->error);
  g_assert_cmpint (self->value, ==, 42);
  g_assert_cmpint (self->n_run, ==, 1);
}

static inline void
task_runs_await_values (TaskRun *runs,
                        guint    n)
{
  for (guint i = 0; i < n; i++)
    task_run_await_value (&runs[i]);
}

/* Waits for the task, which must fail with this error; its function must not have run. */
#define task_run_await_error(self, domain, code) \
  G_STMT_START { \
    task_run_await (self); \
    g_assert_error ((self)->error, domain, code); \
    g_clear_error (&(self)->error); \
    g_assert_cmpint ((self)->n_run, ==, 0); \
  } G_STMT_END

/* Closes @executor, and waits until its last thread has left. */
static inline void
executor_close (AthrExecutor *executor)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  athr_executor_close_async (executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_executor_close_finish (executor, result, &error));
  g_assert_no_error (error);
}

/* Closes @executor, waits until its last thread has left, and drops the last reference. */
static inline void
executor_end (AthrExecutor *executor)
{
  executor_close (executor);
  g_assert_finalize_object (executor);
}
