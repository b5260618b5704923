/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <athreading/athreading.h>

#include "pool/athr-executor-private.h"
#include "thread-test.h"

/* What the tests of executors share: tasks that run on one. */

typedef struct
{
  AthrGate *gate; /* nullable; not owned: passed by the function */
  AthrGate *end;  /* nullable; not owned: passed after it has returned its result */
  GString *log;   /* nullable; not owned; home */
  char name;
  GThread *ran_on;
  GThread *freed_on; /* atomic */
  int n_run;         /* atomic */
  guint n_answered;
  GThread *answered_on;
  gssize value;
  GError *error;
} Errand;

static inline void
errand_init (Errand *self,
             char    name)
{
  memset (self, 0, sizeof *self);
  self->name = name;
}

static inline void
errands_init (Errand   *errands,
              guint     n,
              AthrGate *gate,
              GString  *log)
{
  for (guint i = 0; i < n; i++)
    {
      errand_init (&errands[i], 'a' + i);
      errands[i].gate = gate;
      errands[i].log = log;
    }
}

/* The GTaskThreadFunc. It returns 42. */
static inline void
errand_run (GTask        *task,
            gpointer      source,
            gpointer      task_data,
            GCancellable *cancellable)
{
  Errand *self = g_object_get_data (task_data, "errand");

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
errand_answer (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  Errand *self = user_data;

  self->n_answered++;
  self->answered_on = g_thread_self ();
  self->value = g_task_propagate_int (G_TASK (result), &self->error);
  if (self->log != NULL)
    g_string_append_c (self->log, self->name);
}

/* A task whose data tells where it is freed. */
static inline GTask *
errand_new_task (Errand       *self,
                 gpointer      source,
                 GCancellable *cancellable)
{
  GTask *task = g_task_new (source, cancellable, errand_answer, self);
  GObject *data = athr_witness_new (&self->freed_on);

  g_object_set_data (data, "errand", self);
  g_task_set_task_data (task, data, g_object_unref);

  return task;
}

static inline void
errand_start_at (Errand       *self,
                 AthrExecutor *executor,
                 int           priority)
{
  g_autoptr (GTask) task = errand_new_task (self, NULL, NULL);

  g_task_set_priority (task, priority);
  athr_executor_run_task (executor, task, errand_run);
}

static inline void
errand_start (Errand       *self,
              AthrExecutor *executor)
{
  errand_start_at (self, executor, G_PRIORITY_DEFAULT);
}

static inline void
errands_start (Errand       *errands,
               guint         n,
               AthrExecutor *executor)
{
  for (guint i = 0; i < n; i++)
    errand_start (&errands[i], executor);
}

/* Iterates the default context until it is answered, and nothing of it is left. */
static inline void
errand_await (Errand *self)
{
  athr_test_iterate_until (NULL, self->n_answered > 0 &&
                                 g_atomic_pointer_get (&self->freed_on) != NULL);
  g_assert_cmpuint (self->n_answered, ==, 1);
  g_assert_true (self->answered_on == g_thread_self ());
  g_assert_true (self->freed_on == g_thread_self ());
}

static inline void
errand_await_value (Errand *self)
{
  errand_await (self);
  g_assert_no_error (self->error);
  g_assert_cmpint (self->value, ==, 42);
  g_assert_cmpint (self->n_run, ==, 1);
}

static inline void
errands_await_values (Errand *errands,
                      guint   n)
{
  for (guint i = 0; i < n; i++)
    errand_await_value (&errands[i]);
}

/* It has failed with this error, and its function has not been run. */
#define errand_await_error(self, domain, code) \
  G_STMT_START { \
    errand_await (self); \
    g_assert_error ((self)->error, domain, code); \
    g_clear_error (&(self)->error); \
    g_assert_cmpint ((self)->n_run, ==, 0); \
  } G_STMT_END

/* Closes @executor, and waits until the last thread has left. */
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

/* The same, for the last reference to it. */
static inline void
executor_end (AthrExecutor *executor)
{
  executor_close (executor);
  g_assert_finalize_object (executor);
}
