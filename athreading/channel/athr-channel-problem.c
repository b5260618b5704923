/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel/athr-channel-state-private.h"

/* What a producer reports beside its values. It never waits for that, and home may not
 * come by for long: so the number of those that wait is bounded, and the last one tells
 * how many there were besides. */

gboolean
athr_channel_report_problem (AthrChannel  *self,
                             AthrProblem **problem)
{
  gboolean runs;

  athr_lock (&self->lock);
  runs = self->state == ATHR_CHANNEL_OPEN;
  if (runs && self->problems.length < ATHR_PROBLEM_MAX)
    g_queue_push_tail_link (&self->problems, &g_steal_pointer (problem)->link);
  else if (runs && self->n_more_problems < G_MAXUINT)
    self->n_more_problems++;
  athr_unlock (&self->lock);

  return runs;
}

AthrProblem *
athr_channel_take_problem (AthrChannel *self)
{
  AthrProblem *problem = NULL;
  guint n_more = 0;
  GList *link;

  athr_lock (&self->lock);
  link = g_queue_pop_head_link (&self->problems);
  if (link != NULL)
    problem = link->data;
  if (self->problems.length == 0)
    {
      n_more = self->n_more_problems;
      self->n_more_problems = 0;
    }
  athr_unlock (&self->lock);

  if (n_more > 0)
    athr_problem_add_more (problem, n_more);

  return problem;
}

gboolean
athr_channel_has_problems (AthrChannel *self)
{
  gboolean has_problems;

  athr_lock (&self->lock);
  has_problems = self->problems.length > 0;
  athr_unlock (&self->lock);

  return has_problems;
}
