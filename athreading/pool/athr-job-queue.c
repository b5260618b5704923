/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-job-queue-private.h"

/* The jobs of one priority. Programs use a handful of priorities, most of them only one. The
 * queue keeps its last level when the last job leaves, so such a program allocates nothing. */
struct _AthrJobLevel
{
  gint64 order; /* athr_job_get_order() of all jobs */
  GQueue jobs;
};

static gint64
athr_job_get_order (const AthrJob *job)
{
  return job->is_urgent ? G_MININT64 : job->priority;
}

static int
athr_job_level_compare (gconstpointer a,
                        gconstpointer b)
{
  gint64 first = *(const gint64 *) a, second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

/* The caller has added or removed a level. */
static void
athr_job_queue_find_first (AthrJobQueue *self)
{
  self->first = g_tree_node_value (g_tree_node_first (self->levels));
}

static AthrJobLevel *
athr_job_queue_get_level (AthrJobQueue *self,
                          gint64        order)
{
  AthrJobLevel *level = self->last;

  if (level != NULL && level->order == order)
    return level;

  level = g_tree_lookup (self->levels, &order);
  if (level == NULL)
    {
      if (self->length == 0 && self->last != NULL)
        {
          level = self->last;
          g_tree_remove (self->levels, &level->order);
        }
      else
        {
          level = g_new0 (AthrJobLevel, 1);
        }
      level->order = order;
      g_tree_insert (self->levels, &level->order, level);
      athr_job_queue_find_first (self);
    }
  self->last = level;

  return level;
}

gboolean
athr_job_is_before (const AthrJob *job,
                    const AthrJob *other)
{
  gint64 order = athr_job_get_order (job), other_order = athr_job_get_order (other);

  return order != other_order ? order < other_order : job->serial < other->serial;
}

void
athr_job_queue_init (AthrJobQueue *self)
{
  self->levels = g_tree_new (athr_job_level_compare);
  self->first = self->last = NULL;
  self->length = 0;
}

void
athr_job_queue_clear (AthrJobQueue *self)
{
  g_assert (self->length == 0);
  g_tree_unref (self->levels);
  g_free (self->last);
}

void
athr_job_queue_push (AthrJobQueue *self,
                     AthrJob      *job)
{
  AthrJobLevel *level = athr_job_queue_get_level (self, athr_job_get_order (job));
  GList *before = level->jobs.tail;

  while (before != NULL && athr_job_is_before (job, before->data))
    before = before->prev;

  job->link.data = job;
  job->level = level;
  g_queue_insert_after_link (&level->jobs, before, &job->link);
  self->length++;
}

AthrJob *
athr_job_queue_peek (AthrJobQueue *self)
{
  return self->length > 0 ? self->first->jobs.head->data : NULL;
}

void
athr_job_queue_remove (AthrJobQueue *self,
                       AthrJob      *job)
{
  AthrJobLevel *level = g_steal_pointer (&job->level);

  if (level->jobs.head == &job->link)
    g_queue_pop_head_link (&level->jobs);
  else
    g_queue_unlink (&level->jobs, &job->link);
  self->length--;

  if (self->length == 0)
    {
      self->last = level;
    }
  else if (g_queue_is_empty (&level->jobs))
    {
      if (self->last == level)
        self->last = NULL;
      g_tree_remove (self->levels, &level->order);
      g_free (level);
      athr_job_queue_find_first (self);
    }
}
