/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The deadlines of all executors: one thread, started on demand, that sleeps
 * until the next one. They hold whatever main loops and workers are doing. */

typedef struct _AthrDeadline AthrDeadline;

struct _AthrDeadline
{
  /* On the thread of the deadlines, unlocked, unless it was removed before. */
  void (*reached) (AthrDeadline *deadline);
  gpointer data;       /* set once; for reached */
  gint64 time;         /* (lock); monotonic, in microseconds */
  GSequenceIter *iter; /* (lock); NULL when it is not waiting */
};

/* @after is in milliseconds. Fails when the thread cannot be created. */
gboolean athr_deadline_add    (AthrDeadline  *deadline,
                               guint          after,
                               GError       **error);
/* TRUE: it will not be reached. FALSE: it was, or is being reached right now. */
gboolean athr_deadline_remove (AthrDeadline  *deadline);

G_END_DECLS
