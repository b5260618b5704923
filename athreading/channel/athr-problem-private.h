/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How many wait to be told: what is more is counted only. */
#define ATHR_PROBLEM_MAX 1000

/* A file without which a producer goes on. */
typedef struct
{
  GList link;    /* (AthrChannel.lock) */
  GFile *file;   /* owned */
  char *message;
} AthrProblem;

/* Takes @file over. */
static inline AthrProblem *
athr_problem_new (GFile      *file,
                  const char *message)
{
  AthrProblem *self = g_new0 (AthrProblem, 1);

  self->link.data = self;
  self->file = file;
  self->message = g_strdup (message);

  return self;
}

static inline void
athr_problem_free (AthrProblem *self)
{
  g_object_unref (self->file);
  g_free (self->message);
  g_free (self);
}

/* Those that are linked in @problems. */
static inline void
athr_problem_free_all (GQueue *problems)
{
  GList *link;

  while ((link = g_queue_pop_head_link (problems)) != NULL)
    athr_problem_free (link->data);
}

static inline void
athr_problem_add_more (AthrProblem *self,
                       guint        n_more)
{
  char *message = g_strdup_printf ("%s (and %u more)", self->message, n_more);

  g_free (self->message);
  self->message = message;
}

G_END_DECLS
