/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-lock-private.h"

G_BEGIN_DECLS

/* How far a piece of work is. Workers report as often as is convenient. Home takes the last
 * report, and drops those before. */
typedef struct
{
  AthrLock lock;
  double new_fraction; /* lock; as reported last */
  char *new_text;      /* lock */
  int is_new;          /* lock; atomic, for home, which only looks. A worker reports before it ends,
                        * and home looks after it has seen the end: so home misses no report */

  /* Home: as taken last */
  double fraction;
  char *text;
} AthrProgress;

static inline void
athr_progress_init (AthrProgress *self)
{
  athr_lock_init (&self->lock);
  self->fraction = self->new_fraction = -1;
}

static inline void
athr_progress_clear (AthrProgress *self)
{
  g_clear_pointer (&self->new_text, g_free);
  g_clear_pointer (&self->text, g_free);
  athr_lock_clear (&self->lock);
}

/* Any thread. A fraction below 0 is unknown. */
static inline void
athr_progress_report (AthrProgress *self,
                      double        fraction,
                      const char   *text)
{
  char *new_text = g_strdup (text);
  char *old_text;

  athr_lock (&self->lock);
  self->new_fraction = fraction < 0 ? -1 : fraction;
  old_text = self->new_text;
  self->new_text = new_text;
  g_atomic_int_set (&self->is_new, TRUE);
  athr_unlock (&self->lock);

  g_free (old_text);
}

static inline gboolean
athr_progress_is_new (AthrProgress *self)
{
  return g_atomic_int_get (&self->is_new);
}

/* Home: takes the fraction and its text together, so a handler that is notified of the one
 * finds the other beside it. Says what has changed. */
static inline void
athr_progress_take (AthrProgress *self,
                    gboolean     *has_new_fraction,
                    gboolean     *has_new_text)
{
  char *old_text;

  *has_new_fraction = *has_new_text = FALSE;
  if (!athr_progress_is_new (self))
    return;

  athr_lock (&self->lock);
  *has_new_fraction = self->fraction != self->new_fraction;
  self->fraction = self->new_fraction;
  old_text = self->text;
  self->text = g_steal_pointer (&self->new_text);
  g_atomic_int_set (&self->is_new, FALSE);
  athr_unlock (&self->lock);

  *has_new_text = g_strcmp0 (self->text, old_text) != 0;
  g_free (old_text);
}

G_END_DECLS
