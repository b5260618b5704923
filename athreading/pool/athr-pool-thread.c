/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-pool-thread-private.h"

/* Every thread is in one of these, and counted there:
 *
 *   coming    created, or woken, and about to look at the queue
 *   running   it has a place and runs a job; at most max_threads, except that one
 *             that was blocked takes its place back at once
 *   blocked   it runs a job that waits inside this library, without a place
 *   idle      it waits for work, and leaves when none comes
 *
 * A job is started only by a thread that finds a place free. Whoever queues a
 * job, or frees a place without looking at the queue itself, sees to it that a
 * thread is coming: that is all that is needed for nothing to be stranded. */

/* How long a thread looks out for work before it sleeps, in microseconds. Waking one
 * costs 5 to 20, here and on the thread that queues a job. Measured on two cores with
 * empty functions, against 0: a call takes 2.1 instead of 6.5 us with 64 in flight,
 * and 2.6 instead of 6.5 with 10,000; 5 to 50 are about the same. */
#define SPIN_TIME 10

static _Thread_local AthrPool *current;
static void (*thread_func) (void (*run) (gpointer), gpointer); /* atomic */

static gboolean
athr_pool_has_place_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  return self->n_running < self->max_threads;
}

gboolean
athr_pool_request_thread_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if ((guint) self->jobs.length <= self->n_searching ||
      self->n_running + self->n_searching >= self->max_threads)
    return FALSE;

  self->n_searching++;
  if (self->n_idle > 0)
    {
      self->n_idle--;
      self->n_wake_ups++;
      g_cond_signal (&self->woken);
      return FALSE;
    }
  self->n_threads++;

  return TRUE;
}

/* One thread at a time looks out for work for a moment before it sleeps, and counts
 * as coming: a stream of short jobs then needs nobody to be woken. */
static gboolean
athr_pool_spin_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if (self->n_searching > 0 || self->jobs.length > 0 ||
      self->state != ATHR_POOL_OPEN)
    return FALSE;

  self->n_searching++;
  athr_unlock (&self->lock);
  athr_spin_wait (&self->jobs.length, 0, SPIN_TIME);
  athr_lock (&self->lock);
  if (self->jobs.length > 0)
    return TRUE;
  self->n_searching--;

  return FALSE;
}

/* TRUE: there may be work. FALSE: leave. */
static gboolean
athr_pool_idle_locked (AthrPool *self)
{
  gint64 deadline;

  athr_assert_locked (&self->lock);

  if (athr_pool_spin_locked (self))
    return TRUE;
  deadline = g_get_monotonic_time () + self->linger;

  self->n_idle++;
  while (self->n_wake_ups == 0 && self->state == ATHR_POOL_OPEN)
    {
      if (self->single)
        athr_lock_wait (&self->lock, &self->woken);
      else if (!athr_lock_wait_until (&self->lock, &self->woken, deadline))
        break;
    }

  if (self->n_wake_ups > 0)
    {
      /* Whoever woke us has counted us as coming. */
      self->n_wake_ups--;
      return TRUE;
    }
  self->n_idle--;

  return FALSE;
}

static void
athr_pool_thread_work (gpointer data)
{
  AthrPool *self = g_steal_pointer ((AthrPool **) data);
  GQueue closers = G_QUEUE_INIT;
  AthrJob *job;

  if (self == NULL)
    return;
  current = self;

  athr_lock (&self->lock);
  do
    {
      self->n_searching--;
      while (athr_pool_has_place_locked (self) &&
             (job = athr_job_queue_pop (&self->jobs)) != NULL)
        {
          self->n_running++;
          athr_unlock (&self->lock);

          athr_home_set_for_work (job->home);
          job->run (job);
          athr_home_set_for_work (NULL);

          athr_lock (&self->lock);
          self->n_running--;
        }
    }
  while (athr_pool_idle_locked (self));

  self->n_threads--;
  if (self->joinable)
    self->left = g_slist_prepend (self->left, g_thread_ref (g_thread_self ()));
  athr_pool_finish_close_locked (self, &closers);
  athr_unlock (&self->lock);

  athr_pool_post_closers (&closers);
  /* Who surrounds this may go on, and wait inside this library. */
  current = NULL;
  athr_pool_unref (self);
}

/* Whoever created the thread counts on it: what it is there for is done in any case. */
static gpointer
athr_pool_thread (gpointer data)
{
  void (*func) (void (*run) (gpointer), gpointer) = g_atomic_pointer_get (&thread_func);
  AthrPool *left = data;

  if (func != NULL)
    func (athr_pool_thread_work, &left);
  if (func != NULL && left != NULL)
    g_critical ("The function given to athr_set_thread_func() has not called the one it was given");
  athr_pool_thread_work (&left);

  return NULL;
}

/* A thread that cannot be created means fewer threads; where there is none left
 * that could do the work, it is an error of the work. */
void
athr_pool_create_thread (AthrPool *self)
{
  g_autoptr (GError) error = NULL;
  GQueue jobs = G_QUEUE_INIT;
  GQueue closers = G_QUEUE_INIT;
  GThread *thread;
  char name[16];

  /* Linux refuses a longer name as a whole, and GLib 2.74 does not cut it. */
  g_strlcpy (name, self->name, sizeof name);
  thread = g_thread_try_new (name, athr_pool_thread, athr_pool_ref (self), &error);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }

  athr_lock (&self->lock);
  self->n_threads--;
  self->n_searching--;
  if (self->n_threads == self->n_blocked)
    athr_pool_steal_jobs_locked (self, &jobs);
  else if (self->n_idle > 0)
    athr_pool_request_thread_locked (self); /* one that left the job to the one not created */
  athr_pool_finish_close_locked (self, &closers);
  athr_unlock (&self->lock);

  athr_pool_fail_jobs (&jobs, error);
  athr_pool_post_closers (&closers);
  athr_pool_unref (self);
}

void
athr_pool_block_begin (void)
{
  AthrPool *self = current;
  gboolean wanted;

  /* The one thread of a single pool is the only one its work may run on. */
  if (self == NULL || self->single)
    return;

  athr_lock (&self->lock);
  self->n_running--;
  self->n_blocked++;
  wanted = athr_pool_request_thread_locked (self);
  athr_unlock (&self->lock);

  if (wanted)
    athr_pool_create_thread (self);
}

void
athr_pool_block_end (void)
{
  AthrPool *self = current;

  if (self == NULL || self->single)
    return;

  athr_lock (&self->lock);
  self->n_blocked--;
  self->n_running++;
  athr_unlock (&self->lock);
}

gboolean
athr_pool_is_own_thread (AthrPool *self)
{
  return self->single && current == self;
}

void
athr_pool_set_thread_func (void (*func) (void (*run) (gpointer), gpointer))
{
  g_atomic_pointer_set (&thread_func, func);
}
