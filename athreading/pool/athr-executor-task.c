/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "context/athr-operation-private.h"
#include "pool/athr-executor-private.h"

/* The job of a task that athr_executor_run_task() runs. The function of the task returns on a
 * worker, and the task completes on the owner's thread, the thread that iterates the task's
 * context. After both, the owner's thread drops the job's reference to the task.
 *
 * Dropping the reference must not wait for another iteration of the task's context. The task
 * keeps the context alive, and a caller that made the context only to wait for the task does
 * not iterate the context again. So if the function is still running when the task completes,
 * the owner's thread keeps the job in a list, and frees the job later: when the thread
 * completes or starts another task, when the function has returned and the context is
 * iterated, or when the thread ends.
 *
 * The handler of the task's cancellable may run on any thread, also after the task was freed.
 * So the memory of the job is counted by references. */
typedef struct
{
  AthrJob job;
  AthrWorkItem item;      /* fails the task at home */
  GError *error;          /* home; for item */
  gatomicrefcount ref_count; /* home has one, the handler of the cancellable another */
  AthrPool *pool;         /* owned */
  gulong cancelled_id;    /* home */
  AthrContextQueue *home; /* owned; of the context of the task */
  GTask *task;
  GTaskThreadFunc func;
  int state; /* atomic; of AthrTaskJobState. The job is freed when RETURNED and one of the
              * other bits are set: the thread that sets the second bit sees to that */
} AthrTaskJob;

typedef enum
{
  ATHR_TASK_JOB_RETURNED = 1 << 0,  /* the function has returned, or will never run */
  ATHR_TASK_JOB_COMPLETED = 1 << 1, /* the job is in the list of the owner's thread */
  ATHR_TASK_JOB_ABANDONED = 1 << 2, /* the thread that had the job in its list has ended */
} AthrTaskJobState;

static void athr_task_jobs_abandon (gpointer data);

/* The completed jobs of this thread whose functions still run. */
static GPrivate running_jobs = G_PRIVATE_INIT (athr_task_jobs_abandon);

static void
athr_task_job_unref (gpointer  data,
                     GClosure *closure)
{
  AthrTaskJob *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count) || athr_pool_is_stale (self->pool))
    return;

  athr_pool_unref (self->pool);
  g_free (self);
}

static void
athr_task_job_free (AthrTaskJob *self)
{
  g_object_unref (self->task);
  athr_context_queue_unref (self->home);
  athr_task_job_unref (self, NULL);
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

/* At home, after the user's callback. */
static void
athr_task_job_completed (GTask       *task,
                         GParamSpec  *pspec,
                         AthrTaskJob *self)
{
  GQueue *jobs;

  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), self->cancelled_id);
  athr_task_jobs_free_returned ();

  /* The job must be in the list before the bit is set: a worker that sees the bit has the
   * owner's thread look through the list. */
  jobs = g_private_get (&running_jobs);
  if (jobs == NULL)
    g_private_set (&running_jobs, jobs = g_queue_new ());
  g_queue_push_tail (jobs, self);
  if (g_atomic_int_or (&self->state, ATHR_TASK_JOB_COMPLETED) & ATHR_TASK_JOB_RETURNED)
    athr_task_jobs_free_returned ();
}

/* Has athr_task_job_completed() called once. With the name "notify::completed" GLib would look up
 * three strings for each task. */
static void
athr_task_job_connect (AthrTaskJob *self)
{
  static int notify_id; /* atomic; not g_once_init_enter(), which a fork may leave locked */
  static int completed; /* atomic; a GQuark */

  if (g_atomic_int_get (&notify_id) == 0)
    {
      g_atomic_int_set (&completed, g_quark_from_static_string ("completed"));
      g_atomic_int_set (&notify_id, g_signal_lookup ("notify", G_TYPE_OBJECT));
    }

  g_signal_connect_closure_by_id (self->task, g_atomic_int_get (&notify_id),
                                  g_atomic_int_get (&completed),
                                  g_cclosure_new (G_CALLBACK (athr_task_job_completed), self, NULL),
                                  FALSE);
}

static void
athr_task_job_cancelled (GCancellable *cancellable,
                         AthrTaskJob  *self)
{
  athr_pool_move_to_front (self->pool, &self->job);
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
  athr_task_job_returned (self);
  athr_home_end_work ();
}

static void
athr_task_job_answer (AthrWorkItem *item)
{
  AthrTaskJob *self = item->data;
  GTask *task = self->task;
  GError *error = g_steal_pointer (&self->error);

  /* Before the task completes, so that its completion frees the job. */
  athr_task_job_returned (self);
  g_task_return_error (task, error);
}

/* Fails the task from the main loop. g_task_return_error() here and now might call the user's
 * callback before athr_executor_run_task() has returned. */
static void
athr_task_job_answer_later (AthrTaskJob *self,
                            GError      *error)
{
  /* The item needs no drop function, since the task keeps its context alive. */
  static const AthrWorkItemFuncs funcs = { athr_task_job_answer, NULL, NULL };

  self->error = error;
  athr_work_item_init (&self->item, &funcs, self);
  self->item.created = athr_context_queue_get_iteration ();
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
 * Runs @func on a thread of the executor, like [method@Gio.Task.run_in_thread].
 *
 * The executor starts tasks and other work in the order of their priorities. The priority of a
 * task is that of [method@Gio.Task.set_priority]. A task whose cancellable is cancelled before
 * @func starts goes to the front of the queue, before all other work, and @func is called as
 * ever: @func has to look at the cancellable. There are two differences to
 * [method@Gio.Task.run_in_thread]:
 *
 * - @func must call one of the `g_task_return_` functions. The task completes when @func calls
 *   that function, not when @func returns.
 * - The executor refuses a task on which [method@Gio.Task.set_return_on_cancel] was called. To
 *   pass such a task is a mistake of the caller's: the task fails with
 *   %G_IO_ERROR_NOT_SUPPORTED.
 *
 * The executor drops its reference to the task in the task's main context, so the task's data
 * is freed there: when the task completes, or, if @func runs on for long after its
 * `g_task_return_`, in a later iteration of that context. As always, the task keeps its main
 * context alive until then.
 *
 * The task fails with %G_IO_ERROR_CLOSED if the executor is closed, with a %G_THREAD_ERROR if
 * no thread can be created, and with %G_IO_ERROR_CANCELLED if the executor is closed with
 * `cancel_queued` before @func starts.
 *
 * Threads: the thread on which the task was created.
 */
void
athr_executor_run_task (AthrExecutor    *self,
                        GTask           *task,
                        GTaskThreadFunc  func)
{
  GCancellable *cancellable;
  AthrTaskJob *job;
  AthrPool *pool;

  g_return_if_fail (ATHR_IS_EXECUTOR (self));
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  athr_task_jobs_free_returned ();

  cancellable = g_task_get_cancellable (task);
  pool = athr_executor_get_pool (self);
  job = g_new0 (AthrTaskJob, 1);
  job->job.run = athr_task_job_run;
  job->job.fail = athr_task_job_fail;
  job->job.data = job;
  job->job.priority = g_task_get_priority (task);
  job->pool = athr_pool_ref (pool);
  g_atomic_ref_count_init (&job->ref_count);
  job->home = athr_home_ref_for_context (g_task_get_context (task));
  job->task = g_object_ref (task);
  job->func = func;
  athr_task_job_connect (job);

  if (g_task_get_return_on_cancel (task))
    {
      g_critical ("athr_executor_run_task() takes no task that returns on cancel");
      athr_task_job_answer_later (job, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                                            "An executor takes no task that "
                                                            "returns on cancel"));
      return;
    }

  if (cancellable != NULL)
    {
      g_atomic_ref_count_inc (&job->ref_count);
      job->cancelled_id = athr_cancellable_connect (cancellable,
                                                    G_CALLBACK (athr_task_job_cancelled),
                                                    job, athr_task_job_unref);
      if (g_cancellable_is_cancelled (cancellable))
        athr_pool_move_to_front (pool, &job->job);
    }

  if (!athr_pool_push (pool, &job->job))
    {
      g_autoptr (GError) error = athr_executor_new_closed (pool);

      athr_task_job_fail (&job->job, error);
    }
}
