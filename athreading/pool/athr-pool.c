/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-pool-thread-private.h"

static void
athr_pool_set_state_locked (AthrPool      *self,
                            AthrPoolState  state)
{
  static const gboolean allowed[3][3] = {
    [ATHR_POOL_OPEN] = { [ATHR_POOL_DRAINING] = TRUE },
    [ATHR_POOL_DRAINING] = { [ATHR_POOL_CLOSED] = TRUE },
  };

  athr_assert_locked (&self->lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
}

void
athr_pool_steal_jobs_locked (AthrPool *self,
                             GQueue   *jobs)
{
  AthrJob *job;

  athr_assert_locked (&self->lock);

  while ((job = athr_job_queue_pop (&self->jobs)) != NULL)
    g_queue_push_tail_link (jobs, &job->link);
}

void
athr_pool_fail_jobs (GQueue       *jobs,
                     const GError *error)
{
  GList *link;

  while ((link = g_queue_pop_head_link (jobs)) != NULL)
    {
      AthrJob *job = link->data;

      job->fail (job, error);
    }
}

void
athr_pool_finish_close_locked (AthrPool *self,
                               GQueue   *closers)
{
  GList *link;

  athr_assert_locked (&self->lock);

  if (self->state == ATHR_POOL_DRAINING && self->n_threads == 0)
    athr_pool_set_state_locked (self, ATHR_POOL_CLOSED);
  if (self->state != ATHR_POOL_CLOSED)
    return;

  while ((link = g_queue_pop_head_link (&self->closers)) != NULL)
    {
      ((AthrPoolCloser *) link->data)->state = ATHR_POOL_CLOSER_DUE;
      g_queue_push_tail_link (closers, link);
    }
}

void
athr_pool_post_closers (GQueue *closers)
{
  GList *link;

  while ((link = g_queue_pop_head_link (closers)) != NULL)
    athr_operation_post (link->data);
}

AthrPool *
athr_pool_new (const char *name,
               guint       max_threads,
               gint64      linger)
{
  AthrPool *self = g_new0 (AthrPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->max_threads = max_threads;
  self->single = max_threads == 1;
  self->linger = linger;
  athr_lock_init (&self->lock);
  g_cond_init (&self->woken);
  athr_job_queue_init (&self->jobs);

  return self;
}

AthrPool *
athr_pool_ref (AthrPool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_pool_unref (AthrPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (g_queue_is_empty (&self->closers));
  g_slist_free_full (self->left, (GDestroyNotify) g_thread_unref);
  athr_job_queue_clear (&self->jobs);
  g_cond_clear (&self->woken);
  athr_lock_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

const char *
athr_pool_get_name (AthrPool *self)
{
  return self->name;
}

gboolean
athr_pool_is_single (AthrPool *self)
{
  return self->single;
}

static guint
athr_pool_read (AthrPool    *self,
                const guint *field)
{
  guint value;

  athr_lock (&self->lock);
  value = *field;
  athr_unlock (&self->lock);

  return value;
}

guint
athr_pool_get_max_threads (AthrPool *self)
{
  return athr_pool_read (self, &self->max_threads);
}

void
athr_pool_set_max_threads (AthrPool *self,
                           guint     max_threads)
{
  guint n_wanted = 0;

  athr_lock (&self->lock);
  self->max_threads = max_threads;
  while ((guint) self->jobs.length > self->n_searching &&
         self->n_running + self->n_searching < self->max_threads)
    n_wanted += athr_pool_request_thread_locked (self);
  athr_unlock (&self->lock);

  while (n_wanted-- > 0)
    athr_pool_create_thread (self);
}

guint
athr_pool_get_n_running (AthrPool *self)
{
  return athr_pool_read (self, &self->n_running);
}

guint
athr_pool_get_n_queued (AthrPool *self)
{
  return athr_pool_read (self, (const guint *) &self->jobs.length);
}

guint
athr_pool_get_n_threads (AthrPool *self)
{
  return athr_pool_read (self, &self->n_threads);
}

gboolean
athr_pool_push (AthrPool *self,
                AthrJob  *job)
{
  gboolean wanted = FALSE;
  gboolean open;

  athr_lock (&self->lock);
  open = self->state == ATHR_POOL_OPEN;
  if (open)
    {
      athr_job_queue_push (&self->jobs, job);
      wanted = athr_pool_request_thread_locked (self);
    }
  athr_unlock (&self->lock);

  if (wanted)
    athr_pool_create_thread (self);

  return open;
}

GError *
athr_pool_new_cancelled (AthrPool *self)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                      "The executor “%s” was closed", self->name);
}

gboolean
athr_pool_requeue (AthrPool *self,
                   AthrJob  *job)
{
  gboolean goes_on;

  athr_lock (&self->lock);
  goes_on = !self->cancels;
  /* No thread is called: this one is about to look at the queue. */
  if (goes_on)
    athr_job_queue_push (&self->jobs, job);
  athr_unlock (&self->lock);

  return goes_on;
}

gboolean
athr_pool_withdraw (AthrPool *self,
                    AthrJob  *job)
{
  gboolean withdrawn;

  athr_lock (&self->lock);
  withdrawn = athr_job_queue_remove (&self->jobs, job);
  athr_unlock (&self->lock);

  return withdrawn;
}

void
athr_pool_close (AthrPool *self,
                 gboolean  cancel_queued)
{
  GQueue jobs = G_QUEUE_INIT;
  GQueue closers = G_QUEUE_INIT;

  athr_lock (&self->lock);
  if (self->state == ATHR_POOL_OPEN)
    athr_pool_set_state_locked (self, ATHR_POOL_DRAINING);
  if (cancel_queued)
    athr_pool_steal_jobs_locked (self, &jobs);
  self->cancels |= cancel_queued;
  athr_pool_finish_close_locked (self, &closers);
  g_cond_broadcast (&self->woken);
  athr_unlock (&self->lock);

  if (!g_queue_is_empty (&jobs))
    {
      g_autoptr (GError) error = athr_pool_new_cancelled (self);

      athr_pool_fail_jobs (&jobs, error);
    }
  athr_pool_post_closers (&closers);
}

void
athr_pool_await_closed (AthrPool       *self,
                        AthrPoolCloser *closer)
{
  GQueue closers = G_QUEUE_INIT;
  gboolean was_cancelled;

  closer->link.data = closer;

  athr_lock (&self->lock);
  self->joinable = TRUE;
  was_cancelled = closer->state == ATHR_POOL_CLOSER_CANCELLED;
  if (!was_cancelled)
    {
      closer->state = ATHR_POOL_CLOSER_WAITING;
      g_queue_push_tail_link (&self->closers, &closer->link);
      athr_pool_finish_close_locked (self, &closers);
    }
  athr_unlock (&self->lock);

  if (was_cancelled)
    athr_operation_post (&closer->base);
  athr_pool_post_closers (&closers);
}

void
athr_pool_cancel_closer (AthrPoolCloser *closer)
{
  AthrPool *self = closer->pool;
  gboolean was_waiting;

  athr_lock (&self->lock);
  was_waiting = closer->state == ATHR_POOL_CLOSER_WAITING;
  if (was_waiting)
    g_queue_unlink (&self->closers, &closer->link);
  if (closer->state <= ATHR_POOL_CLOSER_WAITING)
    closer->state = ATHR_POOL_CLOSER_CANCELLED;
  athr_unlock (&self->lock);

  if (was_waiting)
    athr_operation_post (&closer->base);
}

void
athr_pool_join_left (AthrPool *self)
{
  GSList *left;

  athr_lock (&self->lock);
  left = g_steal_pointer (&self->left);
  athr_unlock (&self->lock);

  for (GSList *l = left; l != NULL; l = l->next)
    g_thread_join (l->data);
  g_slist_free (left);
}
