/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-home-private.h"
#include "pool/athr-executor-private.h"

struct _AthrSubmission
{
  AthrJob job;
  AthrPool *pool;          /* owned; set once */
  AthrContextQueue *home;  /* owned; set once; of the objects that the function creates */
  AthrSubmissionFunc func; /* set once */
  gpointer data;           /* set once */
  gboolean is_pushed;      /* written before the submission is queued, read by its owner */
};

static void
athr_submission_run (AthrJob *job)
{
  AthrSubmission *self = job->data;
  AthrContextQueue *home = self->home;

  athr_home_begin_work (home);
  self->func (self->data, NULL); /* may free the submission */
  if (!athr_context_queue_is_stale (home))
    athr_home_end_work ();
}

static void
athr_submission_fail (AthrJob      *job,
                      const GError *error)
{
  AthrSubmission *self = job->data;

  self->func (self->data, error);
}

AthrSubmission *
athr_submission_new (AthrExecutor       *executor,
                     AthrSubmissionFunc  func,
                     gpointer            data)
{
  AthrSubmission *self = g_new0 (AthrSubmission, 1);

  self->job.run = athr_submission_run;
  self->job.fail = athr_submission_fail;
  self->job.data = self;
  self->job.priority = G_PRIORITY_DEFAULT;
  self->pool = athr_pool_ref (athr_executor_get_pool (executor));
  self->home = athr_home_ref ();
  self->func = func;
  self->data = data;

  return self;
}

void
athr_submission_free (AthrSubmission *self)
{
  athr_context_queue_unref (self->home);
  athr_pool_unref (self->pool);
  g_free (self);
}

gboolean
athr_submission_push (AthrSubmission  *self,
                      GError         **error)
{
  self->is_pushed = TRUE;
  if (athr_pool_push (self->pool, &self->job))
    return TRUE;

  self->is_pushed = FALSE;
  g_propagate_error (error, athr_pool_new_closed (self->pool));
  return FALSE;
}

gboolean
athr_submission_withdraw (AthrSubmission *self)
{
  return !self->is_pushed || athr_pool_withdraw (self->pool, &self->job);
}

gboolean
athr_submission_wait_begin (AthrSubmission *self)
{
  if (athr_pool_is_own_thread (self->pool))
    return FALSE;

  athr_pool_block_begin ();
  return TRUE;
}

void
athr_submission_wait_end (void)
{
  athr_pool_block_end ();
}
