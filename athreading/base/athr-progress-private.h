/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-lock-private.h"

G_BEGIN_DECLS

/* The progress of a piece of work. Workers report as often as they like: a report replaces
 * the one before. The owner's thread takes the last report. */
typedef struct
{
  AthrLock lock;
  double new_fraction; /* lock; the last report */
  char *new_text;      /* lock; the last report */
  int is_new;          /* lock; atomic: the owner's thread reads it unlocked. The function
                        * reports before it ends, and the owner's thread reads this after it
                        * has seen the end. So the owner's thread misses no report */

  /* Home: the report that was taken last */
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

/* Any thread. A @fraction below 0 means that it is unknown. */
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

/* Home: takes the fraction and the text of one report together, so a handler that is notified
 * of one property reads the matching value of the other. Says which of the two have
 * changed. */
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
