/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-job-queue-private.h"

/* The jobs of one priority. The queue is a sorted array of levels. Programs use a handful of
 * priorities, most of them only one, and then every operation takes one step. */
typedef struct
{
  int priority;
  GQueue jobs;
} AthrJobLevel;

/* The index of the first level whose priority is not less than @priority. */
static guint
athr_job_queue_bisect (AthrJobQueue *self,
                       int           priority)
{
  guint low = 0, high = self->levels->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->levels, AthrJobLevel, middle).priority < priority)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

static void
athr_job_queue_unlink (AthrJobQueue *self,
                       guint         index,
                       AthrJob      *job)
{
  AthrJobLevel *level = &g_array_index (self->levels, AthrJobLevel, index);

  g_queue_unlink (&level->jobs, &job->link);
  job->queued = FALSE;
  g_atomic_int_add (&self->length, -1);

  if (g_queue_is_empty (&level->jobs))
    g_array_remove_index (self->levels, index);
}

void
athr_job_queue_init (AthrJobQueue *self)
{
  self->levels = g_array_new (FALSE, FALSE, sizeof (AthrJobLevel));
  self->length = 0;
}

void
athr_job_queue_clear (AthrJobQueue *self)
{
  g_assert (self->length == 0);
  g_array_unref (self->levels);
}

void
athr_job_queue_push (AthrJobQueue *self,
                     AthrJob      *job)
{
  guint index = athr_job_queue_bisect (self, job->priority);

  if (index == self->levels->len ||
      g_array_index (self->levels, AthrJobLevel, index).priority != job->priority)
    {
      AthrJobLevel level = { job->priority, G_QUEUE_INIT };

      g_array_insert_val (self->levels, index, level);
    }

  job->link.data = job;
  job->queued = TRUE;
  g_queue_push_tail_link (&g_array_index (self->levels, AthrJobLevel, index).jobs, &job->link);
  g_atomic_int_inc (&self->length);
}

AthrJob *
athr_job_queue_pop (AthrJobQueue *self)
{
  AthrJob *job;

  if (self->length == 0)
    return NULL;

  job = g_queue_peek_head (&g_array_index (self->levels, AthrJobLevel, 0).jobs);
  athr_job_queue_unlink (self, 0, job);

  return job;
}

/* FALSE when @job was not queued. */
gboolean
athr_job_queue_remove (AthrJobQueue *self,
                       AthrJob      *job)
{
  if (!job->queued)
    return FALSE;

  athr_job_queue_unlink (self, athr_job_queue_bisect (self, job->priority), job);

  return TRUE;
}
