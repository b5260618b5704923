/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-executor-private.h"

/* A task that runs by athr_executor_run_task(). */
typedef struct
{
  AthrJob job;
  GTask *task;
  GTaskThreadFunc func;
} AthrTaskJob;

static void
athr_task_job_end (AthrTaskJob *self)
{
  AthrDelivery *home = self->job.home;

  athr_delivery_give_back (home, self->task, g_object_unref);
  athr_delivery_unref (home);
  g_free (self);
}

static void
athr_task_job_run (AthrJob *job)
{
  AthrTaskJob *self = job->data;
  GTask *task = self->task;

  self->func (task, g_task_get_source_object (task), g_task_get_task_data (task),
              g_task_get_cancellable (task));
  athr_task_job_end (self);
}

static void
athr_task_job_fail (AthrJob      *job,
                    const GError *error)
{
  AthrTaskJob *self = job->data;

  g_task_return_error (self->task, g_error_copy (error));
  athr_task_job_end (self);
}

/**
 * athr_executor_run_task:
 * @self: an executor
 * @task: a task, of which the executor takes a reference
 * @func: (scope async): the function that does the work
 *
 * Runs @func on a thread of the executor: [method@Gio.Task.run_in_thread] with a
 * pool of one's own.
 *
 * The task's priority orders it among the other work. There are two differences
 * to [method@Gio.Task.run_in_thread]:
 *
 * - The task is completed when @func calls one of the `g_task_return_` functions,
 *   which it must do, and not when it returns.
 * - A task whose [method@Gio.Task.set_return_on_cancel] was set is refused: it is a
 *   mistake of the caller's, and the task fails with %G_IO_ERROR_NOT_SUPPORTED.
 *
 * The executor's reference to the task is dropped in the task's context, so what
 * hangs on it is freed there. On a closed executor the task fails with
 * %G_IO_ERROR_CLOSED; when no thread can be created, with the %G_THREAD_ERROR; when
 * the executor is closed and what is queued cancelled, with %G_IO_ERROR_CANCELLED.
 *
 * Threads: the one on which the task was created.
 */
void
athr_executor_run_task (AthrExecutor    *self,
                        GTask           *task,
                        GTaskThreadFunc  func)
{
  AthrTaskJob *job;
  AthrPool *pool;

  g_return_if_fail (ATHR_IS_EXECUTOR (self));
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  if (g_task_get_return_on_cancel (task))
    {
      g_critical ("athr_executor_run_task() takes no task that returns on cancel");
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "A task that returns on cancel was given to an executor");
      return;
    }

  pool = athr_executor_get_pool (self);
  job = g_new0 (AthrTaskJob, 1);
  job->job.run = athr_task_job_run;
  job->job.fail = athr_task_job_fail;
  job->job.data = job;
  job->job.priority = g_task_get_priority (task);
  job->job.home = athr_delivery_ref_for_context (g_task_get_context (task));
  job->task = g_object_ref (task);
  job->func = func;

  if (!athr_pool_push (pool, &job->job))
    {
      g_autoptr (GError) error = athr_executor_new_closed (pool);

      athr_task_job_fail (&job->job, error);
    }
}
