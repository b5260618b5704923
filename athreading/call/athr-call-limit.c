/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-limit-private.h"
#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"

struct _AthrCallLimit
{
  AthrWaitHook hook;   /* of the threads that run functions of the calls */

  AthrLock lock;
  guint max_running;   /* lock; 0: no limit */
  gboolean is_on_hold; /* lock; no call that is held back may start */
  guint n_running;     /* lock; calls that were given to their pools and have not left, without
                        * those whose functions wait */
  AthrJobQueue held;   /* lock; the jobs of the calls that are held back */
  guint64 last_serial; /* lock; of the job that was held back last */
  gboolean is_starting; /* lock; a thread starts what was held back, one call after the other */
};

static gboolean
athr_call_limit_has_room_locked (AthrCallLimit *self)
{
  athr_assert_locked (&self->lock);

  if (self->is_on_hold)
    return FALSE;

  return self->max_running == 0 || self->n_running < self->max_running;
}

static AthrCall *
athr_call_limit_pop_locked (AthrCallLimit *self)
{
  AthrJob *job = athr_job_queue_peek (&self->held);
  AthrCall *call;

  athr_assert_locked (&self->lock);

  if (job == NULL || !athr_call_limit_has_room_locked (self))
    return NULL;

  athr_job_queue_remove (&self->held, job);
  self->n_running++;
  call = job->data;
  call->limit_state = ATHR_CALL_LIMIT_ENTERED;

  return call;
}

/* Gives the job of @call, which is in no queue now, to its pool. */
static void
athr_call_limit_start (AthrCall *call)
{
  AthrJob *job = &call->job;
  g_autoptr (GError) error = NULL;

  /* Once the pool has the job, the call may end at any time. */
  g_object_ref (call);
  if (!athr_pool_push_promised (call->pool, job))
    error = athr_executor_new_cancelled (call->pool);
  else if (athr_call_is_stopped (call) &&
           athr_pool_withdraw (call->pool, job))
    /* A thread that stopped the call meanwhile found no job to withdraw. What stopped the call is
     * its outcome. */
    error = athr_executor_new_cancelled (call->pool);

  if (error != NULL)
    job->fail (job, error);
  athr_free_in_context (call->home, call, g_object_unref);
}

/* One thread starts calls at a time: a call that fails at once leaves, and would start the next
 * one inside this function, and so on. */
static void
athr_call_limit_start_held (AthrCallLimit *self)
{
  AthrCall *call = NULL;
  gboolean is_first = TRUE;

  for (;;)
    {
      athr_lock (&self->lock);
      if (is_first && self->is_starting)
        {
          athr_unlock (&self->lock);
          return;
        }
      is_first = FALSE;
      call = athr_call_limit_pop_locked (self);
      self->is_starting = call != NULL;
      athr_unlock (&self->lock);

      if (call == NULL)
        return;
      athr_call_limit_start (call);
    }
}

static void
athr_call_limit_function_waits (AthrWaitHook *hook,
                                gboolean      waits)
{
  AthrCallLimit *self = hook->data;

  if (athr_lock_is_stale (&self->lock))
    return;

  athr_lock (&self->lock);
  self->n_running += waits ? -1 : 1;
  athr_unlock (&self->lock);

  if (waits)
    athr_call_limit_start_held (self);
}

AthrCallLimit *
athr_call_limit_new (void)
{
  AthrCallLimit *self = g_atomic_rc_box_new0 (AthrCallLimit);

  self->hook.changed = athr_call_limit_function_waits;
  self->hook.data = self;
  athr_lock_init (&self->lock);
  athr_job_queue_init (&self->held);

  return self;
}

AthrCallLimit *
athr_call_limit_ref (AthrCallLimit *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
athr_call_limit_clear (gpointer data)
{
  AthrCallLimit *self = data;

  athr_job_queue_clear (&self->held);
  athr_lock_clear (&self->lock);
}

void
athr_call_limit_unref (AthrCallLimit *self)
{
  g_atomic_rc_box_release_full (self, athr_call_limit_clear);
}

void
athr_call_limit_set_max_running (AthrCallLimit *self,
                                 guint          max_running)
{
  athr_lock (&self->lock);
  self->max_running = max_running;
  athr_unlock (&self->lock);

  athr_call_limit_start_held (self);
}

void
athr_call_limit_set_on_hold (AthrCallLimit *self,
                             gboolean       is_on_hold)
{
  athr_lock (&self->lock);
  self->is_on_hold = is_on_hold;
  athr_unlock (&self->lock);

  if (!is_on_hold)
    athr_call_limit_start_held (self);
}

static gboolean
athr_call_limit_enter_locked (AthrCallLimit *self,
                              AthrCall      *call)
{
  athr_assert_locked (&self->lock);

  /* Those that were held back before come first. */
  if (self->held.length > 0 || !athr_call_limit_has_room_locked (self))
    return FALSE;

  call->limit_state = ATHR_CALL_LIMIT_ENTERED;
  self->n_running++;

  return TRUE;
}

gboolean
athr_call_limit_enter (AthrCallLimit *self,
                       AthrCall      *call)
{
  gboolean has_place;

  athr_lock (&self->lock);
  has_place = athr_call_limit_enter_locked (self, call);
  athr_unlock (&self->lock);

  return has_place;
}

gboolean
athr_call_limit_hold (AthrCallLimit *self,
                      AthrCall      *call)
{
  gboolean has_place;

  athr_lock (&self->lock);
  has_place = athr_call_limit_enter_locked (self, call);
  if (!has_place)
    {
      call->limit_state = ATHR_CALL_LIMIT_HELD;
      call->job.serial = ++self->last_serial;
      athr_job_queue_push (&self->held, &call->job);
    }
  athr_unlock (&self->lock);

  return !has_place;
}

void
athr_call_limit_leave (AthrCallLimit *self)
{
  athr_lock (&self->lock);
  self->n_running--;
  athr_unlock (&self->lock);

  athr_call_limit_start_held (self);
}

gboolean
athr_call_limit_withdraw (AthrCallLimit *self,
                          AthrCall      *call,
                          gboolean      *has_entered)
{
  gboolean was_held;

  athr_lock (&self->lock);
  was_held = call->limit_state == ATHR_CALL_LIMIT_HELD;
  *has_entered = call->limit_state == ATHR_CALL_LIMIT_ENTERED;
  if (was_held)
    athr_job_queue_remove (&self->held, &call->job);
  if (was_held)
    call->limit_state = ATHR_CALL_LIMIT_NONE;
  athr_unlock (&self->lock);

  return was_held;
}

gboolean
athr_call_limit_set_priority (AthrCallLimit *self,
                              AthrCall      *call,
                              int            priority)
{
  gboolean has_entered;

  athr_lock (&self->lock);
  has_entered = call->limit_state == ATHR_CALL_LIMIT_ENTERED;
  if (call->limit_state == ATHR_CALL_LIMIT_NONE)
    {
      call->job.priority = priority;
    }
  else if (!has_entered)
    {
      athr_job_queue_remove (&self->held, &call->job);
      call->job.priority = priority;
      call->job.serial = ++self->last_serial;
      athr_job_queue_push (&self->held, &call->job);
    }
  athr_unlock (&self->lock);

  return !has_entered;
}

void
athr_call_limit_begin_function (AthrCallLimit *self)
{
  athr_pool_set_wait_hook (&self->hook);
}

void
athr_call_limit_end_function (AthrCallLimit *self)
{
  athr_pool_set_wait_hook (NULL);
}
