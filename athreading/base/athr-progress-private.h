/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How far a piece of work is: reported on a worker as often as is convenient, and told
 * at home once for all that was reported meanwhile. The lock is its owner's. */
typedef struct
{
  double new_fraction;   /* lock; as reported last */
  gboolean has_new_text; /* lock */
  char *new_text;        /* lock */

  /* Home: as last told */
  double fraction;
  char *text;
  gboolean fraction_due; /* changed, and to be notified, in this order */
  gboolean text_due;
  gint64 notified;       /* the time of the iteration in which it last was */
} AthrProgress;

static inline void
athr_progress_init (AthrProgress *self)
{
  self->fraction = self->new_fraction = -1;
}

static inline void
athr_progress_clear (AthrProgress *self)
{
  g_clear_pointer (&self->new_text, g_free);
  g_clear_pointer (&self->text, g_free);
}

/* Under the lock: swaps *@text, which is a copy, against what is to be freed. */
static inline void
athr_progress_report (AthrProgress  *self,
                      double         fraction,
                      char         **text)
{
  char *old = self->new_text;

  self->new_fraction = fraction < 0 ? -1 : fraction;
  self->new_text = *text;
  self->has_new_text = TRUE;
  *text = old;
}

/* Under the lock. */
static inline gboolean
athr_progress_is_new (AthrProgress *self)
{
  return self->fraction != self->new_fraction || self->has_new_text;
}

/* Home, under the lock: takes what was reported; *@old_text is to be freed. The
 * fraction and its text change together, so that whoever is notified of one finds the
 * other beside it. */
static inline void
athr_progress_take (AthrProgress  *self,
                    char         **old_text)
{
  self->fraction_due |= self->fraction != self->new_fraction;
  self->fraction = self->new_fraction;

  if (self->has_new_text)
    {
      self->text_due |= g_strcmp0 (self->text, self->new_text) != 0;
      self->has_new_text = FALSE;
      *old_text = g_steal_pointer (&self->text);
      self->text = g_steal_pointer (&self->new_text);
    }
}

/* Home */
static inline gboolean
athr_progress_is_due (AthrProgress *self)
{
  return self->fraction_due || self->text_due;
}

G_END_DECLS
