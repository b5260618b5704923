/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An entry through which one thread at a time passes, for some nanoseconds, without a lock. A thread that has
 * shut the way behind the entry waits until nobody is inside:
 *
 *   passes                       shuts
 *   1. enters                    1. g_atomic_pointer_set (&way, NULL)
 *   2. g_atomic_pointer_get (&way)   2. waits until the entry is empty
 *   3. uses the way, if it is open
 *   4. leaves
 *
 * All four steps that both threads see are sequentially consistent, so one of the two threads sees what the other
 * one did first: the thread that passes finds the way shut, or the thread that shuts it finds somebody inside and
 * waits. What was done inside happens before the wait ends. */
typedef struct
{
  int state; /* atomic */
  GMutex mutex;
  GCond is_empty; /* mutex */
} AthrEntry;

enum
{
  ATHR_ENTRY_EMPTY,
  ATHR_ENTRY_TAKEN,
  ATHR_ENTRY_AWAITED, /* taken, and a thread sleeps until it is empty */
};

void athr_entry_init  (AthrEntry *self);
void athr_entry_clear (AthrEntry *self);
/* Wakes the thread that sleeps. */
void athr_entry_wake  (AthrEntry *self);
/* Waits until nobody is inside. One thread at a time. */
void athr_entry_wait  (AthrEntry *self);

/* FALSE: another thread is inside. */
static inline gboolean
athr_entry_try (AthrEntry *self)
{
  return g_atomic_int_compare_and_exchange (&self->state, ATHR_ENTRY_EMPTY, ATHR_ENTRY_TAKEN);
}

static inline void
athr_entry_leave (AthrEntry *self)
{
  if (G_UNLIKELY (g_atomic_int_exchange (&self->state, ATHR_ENTRY_EMPTY) == ATHR_ENTRY_AWAITED))
    athr_entry_wake (self);
}

G_END_DECLS
