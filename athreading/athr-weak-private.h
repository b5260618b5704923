/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-delivery-private.h"

G_BEGIN_DECLS

/* How home reaches an object whose last reference may be dropped on any thread.
 *
 * A GWeakRef would do, but its getter takes the first reference beside that of a
 * language's wrapper under a lock of GLib's (until 2.80 one for all objects), and that
 * calls the language, which waits for a lock of its own: whoever has that may be
 * dropping an object, and wait for the lock of GLib's.
 *
 * So home borrows the object without a reference. Who drops the last one meanwhile
 * leaves it to home, which does so when it gives the object back. */

typedef struct
{
  gpointer object; /* set once */
  guint64 thread;  /* set by home as it borrows; any other reads something else */
  int state;       /* atomic; ATHR_WEAK_BORROWED for each time it is borrowed */
} AthrWeak;

/* Without being borrowed: it is gone. Borrowed: home has a reference, the last one. */
#define ATHR_WEAK_DROPPED 1
#define ATHR_WEAK_BORROWED 2

static inline void
athr_weak_init (AthrWeak *self,
                gpointer  object)
{
  self->object = object;
  self->thread = 0;
  self->state = 0;
}

static inline gboolean
athr_weak_is_gone (AthrWeak *self)
{
  return g_atomic_int_get (&self->state) == ATHR_WEAK_DROPPED;
}

/* Home: the object, or NULL when it is gone. It may be borrowed several times. */
static inline gpointer
athr_weak_borrow (AthrWeak *self)
{
  if (athr_weak_is_gone (self))
    return NULL;
  if (g_atomic_int_add (&self->state, ATHR_WEAK_BORROWED) == ATHR_WEAK_DROPPED)
    {
      /* Dropped meanwhile; nobody looks at it again but home. */
      g_atomic_int_add (&self->state, -ATHR_WEAK_BORROWED);
      return NULL;
    }
  __atomic_store_n (&self->thread, athr_thread_id (), __ATOMIC_RELAXED);

  return self->object;
}

/* Home, after a borrow that gave the object. */
static inline void
athr_weak_give_back (AthrWeak *self)
{
  gpointer object = self->object;
  int old, left;

  /* What it was given may live on: a handler may have taken a reference. */
  do
    {
      old = g_atomic_int_get (&self->state);
      left = old == (ATHR_WEAK_BORROWED | ATHR_WEAK_DROPPED) ? 0 : old - ATHR_WEAK_BORROWED;
    }
  while (!g_atomic_int_compare_and_exchange (&self->state, old, left));

  if (left == old - ATHR_WEAK_BORROWED)
    return;
  g_object_unref (object);
}

/* Home, while it has borrowed it: whether nobody else has a reference any more. */
static inline gboolean
athr_weak_is_dropped (AthrWeak *self)
{
  return (g_atomic_int_get (&self->state) & ATHR_WEAK_DROPPED) &&
         g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == 1;
}

/* From dispose, on any thread. FALSE: home has borrowed it, and disposes it later. */
static inline gboolean
athr_weak_drop (AthrWeak *self)
{
  gboolean is_last = g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == 1;
  int old = g_atomic_int_get (&self->state);

  if (old < ATHR_WEAK_BORROWED)
    {
      /* Not by g_object_run_dispose() */
      if (!is_last || old == ATHR_WEAK_DROPPED ||
          g_atomic_int_compare_and_exchange (&self->state, 0, ATHR_WEAK_DROPPED))
        return TRUE;
      return athr_weak_drop (self);
    }

  if (!is_last && __atomic_load_n (&self->thread, __ATOMIC_RELAXED) == athr_thread_id ())
    return TRUE;
  if (old & ATHR_WEAK_DROPPED)
    return FALSE;

  g_object_ref (self->object);
  if (g_atomic_int_compare_and_exchange (&self->state, old, old | ATHR_WEAK_DROPPED))
    return FALSE;
  g_object_unref (self->object);

  return athr_weak_drop (self);
}

G_END_DECLS
