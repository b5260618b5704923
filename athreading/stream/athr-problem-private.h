/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "base/athr-lock-private.h"

G_BEGIN_DECLS

/* What a producer leaves out, mostly a file, and why. */
typedef struct
{
  GList link;    /* (AthrProblemQueue.lock) */
  GFile *file;   /* (nullable); owned */
  char *message;
} AthrProblem;

/* The problems of a stream that home has not emitted yet. The producer never waits for home,
 * and the owner may not iterate its main context for a long time. So the queue keeps at most
 * ATHR_PROBLEM_MAX problems, and the last problem says how many more there were. */
typedef struct
{
  AthrLock lock;
  GQueue problems; /* lock; (element-type AthrProblem) */
  guint n_more;    /* lock */
} AthrProblemQueue;

#define ATHR_PROBLEM_MAX 1000

static inline void
athr_problem_free (AthrProblem *self)
{
  g_clear_object (&self->file);
  g_free (self->message);
  g_free (self);
}

/* Frees the problems of a chain, from @link on. A GDestroyNotify; @link may be NULL. */
static inline void
athr_problem_free_chain (gpointer link)
{
  for (GList *l = link, *next; l != NULL; l = next)
    {
      next = l->next;
      athr_problem_free (l->data);
    }
}

static inline void
athr_problem_queue_init (AthrProblemQueue *self)
{
  athr_lock_init (&self->lock);
}

static inline void
athr_problem_queue_clear (AthrProblemQueue *self)
{
  athr_problem_free_chain (self->problems.head);
  athr_lock_clear (&self->lock);
}

/* Any thread. Takes @file over. */
static inline void
athr_problem_queue_push (AthrProblemQueue *self,
                         GFile            *file,
                         const char       *message)
{
  AthrProblem *problem = g_new0 (AthrProblem, 1);

  problem->link.data = problem;
  problem->file = file;
  problem->message = g_strdup (message);

  athr_lock (&self->lock);
  if (self->problems.length < ATHR_PROBLEM_MAX)
    g_queue_push_tail_link (&self->problems, &g_steal_pointer (&problem)->link);
  else if (self->n_more < G_MAXUINT)
    self->n_more++;
  athr_unlock (&self->lock);

  g_clear_pointer (&problem, athr_problem_free);
}

/* Home: takes the first problem, which the caller frees; NULL if there is none. */
static inline AthrProblem *
athr_problem_queue_pop (AthrProblemQueue *self)
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
      n_more = self->n_more;
      self->n_more = 0;
    }
  athr_unlock (&self->lock);

  if (n_more > 0)
    {
      char *message = g_strdup_printf ("%s (and %u more)", problem->message, n_more);

      g_free (problem->message);
      problem->message = message;
    }

  return problem;
}

/* Takes all problems that are left, as a chain of links for athr_problem_free_chain(). */
static inline GList *
athr_problem_queue_steal (AthrProblemQueue *self)
{
  GList *links;

  athr_lock (&self->lock);
  links = self->problems.head;
  g_queue_init (&self->problems);
  self->n_more = 0;
  athr_unlock (&self->lock);

  return links;
}

static inline gboolean
athr_problem_queue_is_empty (AthrProblemQueue *self)
{
  return athr_lock_read (&self->lock, &self->problems.length) == 0;
}

G_END_DECLS
