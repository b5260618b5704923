/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"
#include "base/athr-memory-private.h"
#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "context/athr-home-private.h"
#include "context/athr-operation-private.h"
#include "pool/athr-executor-private.h"

/* The job of a task that athr_executor_run_task() runs. The function of the task returns on a
 * worker. The task completes on the owner's thread, the thread that iterates the task's context,
 * and must also be freed there. GLib's source that completes the task holds a reference, and drops
 * it on the owner's thread.
 *
 * When the function has returned, the worker drops the job's reference. Mostly the source still
 * has its own one. Otherwise the function has run on for longer than it took to complete the task,
 * and the worker finds out, as GObject disposes of the task, that it would free the task. Then it
 * takes the reference back, and leaves the job to the thread that started the task.
 *
 * That thread must not need another iteration of the task's context. The task keeps the context
 * alive, and a caller that made the context only to wait for the task does not iterate the context
 * again. So the thread frees what was left to it when the context is iterated, when the thread
 * starts another task, or when it ends; the main thread also does so when the default context
 * is iterated.
 *
 * The handler of the task's cancellable may run on any thread, also after the task was freed.
 * So the memory of the job is counted by references. */

/* A thread that started tasks. */
typedef struct
{
  gatomicrefcount ref_count;
  guint64 id;         /* set once; of athr_thread_id() */
  AthrLock lock;
  GQueue left;        /* lock; (element-type AthrTaskJob); what workers have left to the thread */
  int has_left;       /* lock; atomic, for the thread itself */
  gboolean has_ended; /* lock */
} AthrTaskThread;

typedef struct
{
  AthrJob job;
  AthrWorkItem item;      /* fails the task at home */
  GError *error;          /* home; for item */
  gatomicrefcount ref_count; /* who frees the task has one; others have the handler of the
                              * cancellable, the weak reference to the task, and items that free
                              * the task */
  AthrPool *pool;         /* owned */
  gulong cancelled_id;    /* set before the job is queued */
  AthrContextQueue *home; /* owned; of the context of the task */
  AthrTaskThread *thread; /* owned */
  GTask *task;            /* owned, until the job drops the reference */
  GTaskThreadFunc func;
  GList link;             /* (AthrTaskThread.lock) */
  gboolean is_left;       /* (AthrTaskThread.lock) */
} AthrTaskJob;

static void athr_task_thread_end (gpointer data);

static GPrivate task_thread = G_PRIVATE_INIT (athr_task_thread_end);

/* The job whose reference to the task this thread drops. */
static _Thread_local AthrTaskJob *dropping_job;

static void
athr_task_thread_unref (AthrTaskThread *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  athr_lock_clear (&self->lock);
  g_free (self);
}

/* The calling thread, for tasks that it starts. */
static AthrTaskThread *
athr_task_thread_get (void)
{
  AthrTaskThread *self = g_private_get (&task_thread);

  if (self != NULL && !athr_lock_is_stale (&self->lock))
    return self;

  self = g_new0 (AthrTaskThread, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->id = athr_thread_id ();
  athr_lock_init (&self->lock);
  g_private_set (&task_thread, self);

  return self;
}

static AthrTaskJob *
athr_task_job_ref (AthrTaskJob *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
athr_task_job_unref (AthrTaskJob *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count) || athr_pool_is_stale (self->pool))
    return;

  athr_pool_unref (self->pool);
  athr_context_queue_unref (self->home);
  athr_task_thread_unref (self->thread);
  g_free (self);
}

static void
athr_task_job_closed (gpointer  data,
                      GClosure *closure)
{
  athr_task_job_unref (data);
}

static void
athr_task_job_free (AthrTaskJob *self)
{
  g_clear_object (&self->task);
  athr_task_job_unref (self);
}

/* Frees what workers have left to the thread. On that thread. */
static void
athr_task_thread_free_left (AthrTaskThread *self,
                            gboolean        has_ended)
{
  GQueue left;
  GList *link;

  athr_lock (&self->lock);
  left = self->left;
  g_queue_init (&self->left);
  g_atomic_int_set (&self->has_left, FALSE);
  self->has_ended = has_ended;
  for (GList *l = left.head; l != NULL; l = l->next)
    ((AthrTaskJob *) l->data)->is_left = FALSE;
  athr_unlock (&self->lock);

  while ((link = g_queue_pop_head_link (&left)) != NULL)
    athr_task_job_free (link->data);
}

static void
athr_task_thread_end (gpointer data)
{
  AthrTaskThread *self = data;

  if (athr_lock_is_stale (&self->lock))
    return;

  athr_task_thread_free_left (self, TRUE);
  athr_task_thread_unref (self);
}

/* At home: frees the task, unless that was done before. Drops a reference to the job. */
static void
athr_task_job_free_left (gpointer data)
{
  AthrTaskJob *self = data;
  gboolean was_left;

  athr_lock (&self->thread->lock);
  was_left = self->is_left;
  self->is_left = FALSE;
  if (was_left)
    g_queue_unlink (&self->thread->left, &self->link);
  athr_unlock (&self->thread->lock);

  if (was_left)
    athr_task_job_free (self);
  athr_task_job_unref (self);
}

/* On a worker: the task has completed, and the job has its last reference. */
static void
athr_task_job_leave (AthrTaskJob *self)
{
  g_autoptr (AthrContextQueue) home = athr_context_queue_ref (self->home);
  g_autoptr (AthrContextQueue) other = athr_context_queue_ref_default_of (self->thread->id);
  AthrTaskThread *thread = self->thread;
  gboolean has_ended;

  /* One for each of the two items. */
  athr_task_job_ref (self);
  athr_task_job_ref (self);

  athr_lock (&thread->lock);
  has_ended = thread->has_ended;
  if (!has_ended)
    {
      self->is_left = TRUE;
      self->link.data = self;
      g_queue_push_tail_link (&thread->left, &self->link);
      g_atomic_int_set (&thread->has_left, TRUE);
    }
  athr_unlock (&thread->lock);

  if (has_ended)
    athr_task_job_free (self);
  if (has_ended || other == NULL || other == home)
    athr_task_job_unref (self);
  else
    athr_free_in_context (other, self, athr_task_job_free_left);
  if (has_ended)
    athr_task_job_unref (self);
  else
    athr_free_in_context (home, self, athr_task_job_free_left);
}

/* GObject disposes of the task: some thread drops the last reference. */
static void
athr_task_job_disposed (gpointer  data,
                        GObject  *task)
{
  AthrTaskJob *self = data;

  if (dropping_job == self)
    self->task = g_object_ref (G_TASK (task));
  athr_task_job_unref (self);
}

/* On the worker, when the function has returned. */
static void
athr_task_job_drop (AthrTaskJob *self)
{
  GTask *task = g_steal_pointer (&self->task);

  g_object_weak_ref (G_OBJECT (task), athr_task_job_disposed, athr_task_job_ref (self));
  dropping_job = self;
  g_object_unref (task);
  dropping_job = NULL;

  if (self->task != NULL)
    athr_task_job_leave (self);
  else
    athr_task_job_unref (self);
}

static void
athr_task_job_cancelled (GCancellable *cancellable,
                         AthrTaskJob  *self)
{
  athr_pool_move_to_front (self->pool, &self->job);
}

/* The job is no longer queued. */
static void
athr_task_job_disconnect (AthrTaskJob *self)
{
  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (self->task), self->cancelled_id);
  self->cancelled_id = 0;
}

static void
athr_task_job_run (AthrJob *job)
{
  AthrTaskJob *self = job->data;
  GTask *task = self->task;

  athr_home_begin_work (self->home);
  athr_task_job_disconnect (self);
  self->func (task, g_task_get_source_object (task), g_task_get_task_data (task),
              g_task_get_cancellable (task));
  if (athr_pool_is_stale (self->pool))
    return;

  athr_task_job_drop (self);
  athr_home_end_work ();
}

static void
athr_task_job_answer (AthrWorkItem *item)
{
  AthrTaskJob *self = item->data;

  athr_task_job_disconnect (self);
  g_task_return_error (self->task, g_steal_pointer (&self->error));
  athr_task_job_free (self);
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
 * - The executor refuses a task on which [method@Gio.Task.set_return_on_cancel] was called. Passing
 *   such a task is a programmer error: the library logs a critical, and the task fails with
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
 *
 * Since: 1.0
 */
void
athr_executor_run_task (AthrExecutor    *self,
                        GTask           *task,
                        GTaskThreadFunc  func)
{
  AthrTaskThread *thread;
  GCancellable *cancellable;
  AthrTaskJob *job;
  AthrPool *pool;

  g_return_if_fail (ATHR_IS_EXECUTOR (self));
  g_return_if_fail (G_IS_TASK (task));
  g_return_if_fail (func != NULL);

  thread = athr_task_thread_get ();
  if (g_atomic_int_get (&thread->has_left))
    athr_task_thread_free_left (thread, FALSE);

  cancellable = g_task_get_cancellable (task);
  pool = athr_executor_get_pool (self);
  job = athr_new0 (AthrTaskJob);
  job->job.run = athr_task_job_run;
  job->job.fail = athr_task_job_fail;
  job->job.data = job;
  job->job.returns_task = TRUE;
  job->job.priority = g_task_get_priority (task);
  job->pool = athr_pool_ref (pool);
  g_atomic_ref_count_init (&job->ref_count);
  job->home = athr_home_ref_for_context (g_task_get_context (task));
  job->thread = thread;
  g_atomic_ref_count_inc (&thread->ref_count);
  job->task = g_object_ref (task);
  job->func = func;

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
      job->cancelled_id = athr_cancellable_connect (cancellable,
                                                    G_CALLBACK (athr_task_job_cancelled),
                                                    athr_task_job_ref (job), athr_task_job_closed);
      if (g_cancellable_is_cancelled (cancellable))
        athr_pool_move_to_front (pool, &job->job);
    }

  if (!athr_pool_push (pool, &job->job))
    {
      g_autoptr (GError) error = athr_pool_new_closed (pool);

      athr_task_job_fail (&job->job, error);
    }
}
