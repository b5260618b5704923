/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "pool/athr-executor-private.h"

/* A task that runs by athr_executor_run_task(). Two things happen to it: its function
 * returns on a worker, and the task completes at home. After both, the thread of home drops
 * the reference to the task.
 *
 * That must not wait for another iteration of the task's main context: the task keeps the
 * context, and a caller that made the context only to wait for the task iterates it no more.
 * So the completion spins for a moment until the function returns. If the function is still
 * running then, the thread of home keeps the job in a list, and frees the job later: when the
 * thread completes or starts another task, when the function has returned and the context is
 * iterated, or when the thread ends. */
typedef struct
{
  AthrJob job;
  AthrWorkItem item;      /* fails the task */
  GError *error;          /* home; for item */
  AthrContextQueue *home; /* owned; of the context of the task */
  GTask *task;
  GTaskThreadFunc func;
  int state; /* atomic; of AthrTaskJobState. The thread that sets the last of the bits that are
              * needed frees the job */
} AthrTaskJob;

typedef enum
{
  ATHR_TASK_JOB_RETURNED = 1 << 0,
  ATHR_TASK_JOB_COMPLETED = 1 << 1,
  ATHR_TASK_JOB_ABANDONED = 1 << 2, /* its thread has ended */
} AthrTaskJobState;

/* In microseconds: most functions return that soon after they call a g_task_return_ function. */
#define SPIN_TIME 50

static void athr_task_jobs_abandon (gpointer data);

/* The completed jobs of this thread whose functions still run. */
static GPrivate running_jobs = G_PRIVATE_INIT (athr_task_jobs_abandon);

static void
athr_task_job_free (AthrTaskJob *self)
{
  g_object_unref (self->task);
  athr_context_queue_unref (self->home);
  g_free (self);
}

static void
athr_task_jobs_abandon (gpointer data)
{
  GQueue *jobs = data;
  AthrTaskJob *job;

  while ((job = g_queue_pop_head (jobs)) != NULL)
    if (g_atomic_int_or (&job->state, ATHR_TASK_JOB_ABANDONED) & ATHR_TASK_JOB_RETURNED)
      athr_task_job_free (job);
  g_queue_free (jobs);
}

/* Frees the jobs of this thread whose functions have returned. */
static void
athr_task_jobs_free_returned (void)
{
  GQueue *jobs = g_private_get (&running_jobs);
  GQueue returned = G_QUEUE_INIT;
  GList *next;
  AthrTaskJob *job;

  if (jobs == NULL)
    return;

  for (GList *l = jobs->head; l != NULL; l = next)
    {
      next = l->next;
      job = l->data;
      if (g_atomic_int_get (&job->state) & ATHR_TASK_JOB_RETURNED)
        {
          g_queue_unlink (jobs, l);
          g_queue_push_tail_link (&returned, l);
        }
    }
  while ((job = g_queue_pop_head (&returned)) != NULL)
    athr_task_job_free (job);
}

/* At home, after the callback of the task. */
static void
athr_task_job_completed (GTask       *task,
                         GParamSpec  *pspec,
                         AthrTaskJob *self)
{
  GQueue *jobs;

  g_signal_handlers_disconnect_by_data (task, self);
  athr_task_jobs_free_returned ();

  athr_spin_wait (&self->state, 0, SPIN_TIME);
  /* First into the list: once it sees the bit, the worker has the list looked through. */
  jobs = g_private_get (&running_jobs);
  if (jobs == NULL)
    g_private_set (&running_jobs, jobs = g_queue_new ());
  g_queue_push_tail (jobs, self);
  if (g_atomic_int_or (&self->state, ATHR_TASK_JOB_COMPLETED) & ATHR_TASK_JOB_RETURNED)
    athr_task_jobs_free_returned ();
}

static void
athr_task_job_free_at_home (gpointer data)
{
  athr_task_jobs_free_returned ();
}

static void
athr_task_job_returned (AthrTaskJob *self)
{
  g_autoptr (AthrContextQueue) home = athr_context_queue_ref (self->home);
  int state = g_atomic_int_or (&self->state, ATHR_TASK_JOB_RETURNED);

  if (state & ATHR_TASK_JOB_ABANDONED)
    athr_task_job_free (self);
  else if (state & ATHR_TASK_JOB_COMPLETED)
    athr_free_in_context (home, NULL, athr_task_job_free_at_home);
}

static void
athr_task_job_run (AthrJob *job)
{
  AthrTaskJob *self = job->data;
  GTask *task = self->task;

  athr_home_begin_work (self->home);
  self->func (task, g_task_get_source_object (task), g_task_get_task_data (task),
              g_task_get_cancellable (task));
  athr_home_end_work ();
  athr_task_job_returned (self);
}

static void
athr_task_job_answer (AthrWorkItem *item)
{
  AthrTaskJob *self = item->data;
  GTask *task = self->task;
  GError *error = g_steal_pointer (&self->error);

  /* First, so that the completion does not spin. */
  athr_task_job_returned (self);
  g_task_return_error (task, error);
}

/* Not at once: GTask might call back while athr_executor_run_task() has not returned. */
static void
athr_task_job_answer_later (AthrTaskJob *self,
                            GError      *error)
{
  /* No drop: the task keeps its context. */
  static const AthrWorkItemFuncs funcs = { athr_task_job_answer, NULL, NULL };

  self->error = error;
  athr_work_item_init (&self->item, &funcs, self);
  self->item.created = athr_context_queue_get_iteration ();
  athr_context_queue_add_source (self->home, self->job.priority);
  athr_context_queue_push (self->home, self->job.priority, &self->item);
}

static void
athr_task_job_fail (AthrJob      *job,
                    const GError *error)
{
  athr_task_job_answer_later (job->data, g_error_copy (error));
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
 * hangs on it is freed there: as the task is completed, or, when @func goes on for long
 * after its `g_task_return_`, in a later iteration. The task keeps its context until
 * then, as tasks do. On a closed executor the task fails with
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

  athr_task_jobs_free_returned ();

  pool = athr_executor_get_pool (self);
  job = g_new0 (AthrTaskJob, 1);
  job->job.run = athr_task_job_run;
  job->job.fail = athr_task_job_fail;
  job->job.data = job;
  job->job.priority = g_task_get_priority (task);
  job->home = athr_home_ref_for_context (g_task_get_context (task));
  job->task = g_object_ref (task);
  job->func = func;
  g_signal_connect (task, "notify::completed", G_CALLBACK (athr_task_job_completed), job);

  if (g_task_get_return_on_cancel (task))
    {
      g_critical ("athr_executor_run_task() takes no task that returns on cancel");
      athr_task_job_answer_later (job, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                                            "An executor takes no task that "
                                                            "returns on cancel"));
      return;
    }

  if (!athr_pool_push (pool, &job->job))
    {
      g_autoptr (GError) error = athr_executor_new_closed (pool);

      athr_task_job_fail (&job->job, error);
    }
}
