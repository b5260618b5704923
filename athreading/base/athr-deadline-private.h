/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The deadlines of all executors. One thread, started on demand, sleeps until the next
 * deadline and calls reached(). So a deadline holds no matter what main loops and workers are
 * doing. */

typedef struct _AthrDeadline AthrDeadline;

struct _AthrDeadline
{
  /* On the thread of the deadlines, unlocked, and soon over. It is not called for a deadline
   * that was removed in time. */
  void (*reached) (AthrDeadline *deadline);
  gpointer data;       /* set once; for reached */
  gint64 time;         /* (lock); monotonic, in microseconds */
  GSequenceIter *iter; /* (lock); NULL when the deadline is not waiting */
};

/* Any thread. @after is in milliseconds. Fails when the thread of the deadlines cannot be
 * created. */
gboolean athr_deadline_add    (AthrDeadline  *deadline,
                               guint          after,
                               GError       **error);
/* Any thread. TRUE: reached() will not be called. FALSE: reached() was called, is being called
 * or is about to be called, or @deadline was not waiting. */
gboolean athr_deadline_remove (AthrDeadline  *deadline);

G_END_DECLS
