/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-executor-private.h"

/* A task that runs by athr_executor_run_task(). The reference to it is dropped at home
 * when two things have happened: its function has returned, and it is completed.
 *
 * It must not wait for that in its main context: it keeps the context, and whoever made
 * one only to wait for this task iterates it no more. So a completion waits a moment for
 * the function to return, and one that goes on is left with the thread of home, which
 * looks after it when it completes or starts another task, when the function has returned
 * and the context is still iterated, and when it ends. */
typedef struct
{
  AthrJob job;
  AthrWorkItem item; /* with which it fails */
  GError *error; /* home; for item */
  GTask *task;
  GTaskThreadFunc func;
  int state; /* atomic; of AthrTaskJobState. Who sets the last bit that is needed frees it */
} AthrTaskJob;

typedef enum
{
  ATHR_TASK_JOB_RETURNED = 1 << 0,
  ATHR_TASK_JOB_COMPLETED = 1 << 1,
  ATHR_TASK_JOB_ABANDONED = 1 << 2, /* its thread has ended */
} AthrTaskJobState;

/* In microseconds: from a g_task_return_ function to the end of most that call one. */
#define SPIN_TIME 50

static void athr_task_jobs_abandon (gpointer data);

/* The completed jobs of this thread whose functions go on. */
static GPrivate lingering = G_PRIVATE_INIT (athr_task_jobs_abandon);

static void
athr_task_job_free (AthrTaskJob *self)
{
  g_object_unref (self->task);
  athr_context_queue_unref (self->job.home);
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

static void
athr_task_jobs_sweep (void)
{
  GQueue *jobs = g_private_get (&lingering);
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

static void
athr_task_job_linger (AthrTaskJob *self)
{
  GQueue *jobs = g_private_get (&lingering);

  if (jobs == NULL)
    g_private_set (&lingering, jobs = g_queue_new ());
  g_queue_push_tail (jobs, self);
}

/* At home, after the callback of the task. */
static void
athr_task_job_completed (GTask       *task,
                         GParamSpec  *pspec,
                         AthrTaskJob *self)
{
  g_signal_handlers_disconnect_by_data (task, self);
  athr_task_jobs_sweep ();

  athr_spin_wait (&self->state, 0, SPIN_TIME);
  /* In the list first: the worker has it swept as soon as it sees the bit. */
  athr_task_job_linger (self);
  if (g_atomic_int_or (&self->state, ATHR_TASK_JOB_COMPLETED) & ATHR_TASK_JOB_RETURNED)
    athr_task_jobs_sweep ();
}

static void
athr_task_broom_run (AthrWorkItem *item)
{
  athr_task_jobs_sweep ();
  g_free (item);
}

static void
athr_task_broom_drop (AthrWorkItem *item)
{
  g_free (item);
}

static gboolean
athr_task_broom_is_cleanup_only (AthrWorkItem *item)
{
  return TRUE;
}

static void
athr_task_job_end (AthrTaskJob *self)
{
  static const AthrWorkItemFuncs funcs = {
    athr_task_broom_run, athr_task_broom_drop, athr_task_broom_is_cleanup_only
  };
  g_autoptr (AthrContextQueue) home = athr_context_queue_ref (self->job.home);
  int state = g_atomic_int_or (&self->state, ATHR_TASK_JOB_RETURNED);

  if (state & ATHR_TASK_JOB_ABANDONED)
    {
      athr_task_job_free (self);
    }
  else if (state & ATHR_TASK_JOB_COMPLETED)
    {
      AthrWorkItem *broom = g_new0 (AthrWorkItem, 1);

      athr_work_item_init (broom, &funcs, NULL);
      athr_context_queue_push (home, G_PRIORITY_DEFAULT, broom);
    }
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
athr_task_job_answer (AthrWorkItem *item)
{
  AthrTaskJob *self = item->data;
  GTask *task = self->task;
  GError *error = g_steal_pointer (&self->error);

  /* First: the completion need not wait for it then. */
  athr_task_job_end (self);
  g_task_return_error (task, error);
}

/* GTask might call back at once, while athr_executor_run_task() has not returned. */
static void
athr_task_job_answer_later (AthrTaskJob *self,
                            GError      *error)
{
  /* No drop: the task keeps its context. */
  static const AthrWorkItemFuncs funcs = { athr_task_job_answer, NULL, NULL };
  GSource *source = g_main_current_source ();

  self->error = error;
  athr_work_item_init (&self->item, &funcs, self);
  self->item.created = source != NULL ? g_source_get_time (source) : 0;
  athr_context_queue_add_source (self->job.home, self->job.priority);
  athr_context_queue_push (self->job.home, self->job.priority, &self->item);
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

  athr_task_jobs_sweep ();

  pool = athr_executor_get_pool (self);
  job = g_new0 (AthrTaskJob, 1);
  job->job.run = athr_task_job_run;
  job->job.fail = athr_task_job_fail;
  job->job.data = job;
  job->job.priority = g_task_get_priority (task);
  job->job.home = athr_home_ref_for_context (g_task_get_context (task));
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
