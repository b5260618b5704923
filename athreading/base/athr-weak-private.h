/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-fork-private.h"

G_BEGIN_DECLS

/* How the owner's thread borrows an object whose last reference any thread may drop. One way
 * to take a reference is not enough:
 *
 * - g_object_ref() alone may revive an object while another thread drops its last reference
 *   and is in dispose() already. GLib has frozen the notifications of the object before
 *   dispose(), so the other thread would emit the notifications of what the owner's thread
 *   changes meanwhile. Only a GWeakRef tells for certain whether the last reference is being
 *   dropped.
 * - g_weak_ref_get() alone may deadlock. It takes a reference under a lock of GLib's, which
 *   before GLib 2.80 is one lock for all objects. When the only other reference is that of a
 *   language's wrapper, taking a reference calls the language, which waits for its own
 *   lock. The thread that holds the language's lock may be dropping an object, and wait for
 *   GLib's lock.
 *
 * So the owner's thread takes one reference by g_object_ref(), under a lock of this object
 * alone, and then a second one from the GWeakRef. dispose() waits for the lock, so the memory
 * stays valid meanwhile. g_object_ref() calls the language only while the wrapper has its
 * reference, and then no thread is in dispose(). */

typedef struct
{
  GWeakRef ref;
  GMutex lock;      /* not an AthrLock, since references are taken under it; see above */
  int generation;   /* set once; athr_fork_generation */
  gpointer object;  /* (lock), atomic; NULL when its last reference was dropped */
  guint n_borrowed; /* home; borrows that were not released yet */
} AthrWeak;

static inline void
athr_weak_init (AthrWeak *self,
                gpointer  object)
{
  g_weak_ref_init (&self->ref, object);
  g_mutex_init (&self->lock);
  self->generation = athr_fork_generation;
  self->object = object;
  self->n_borrowed = 0;
}

static inline void
athr_weak_clear (AthrWeak *self)
{
  g_weak_ref_clear (&self->ref);
  g_mutex_clear (&self->lock);
}

static inline gboolean
athr_weak_is_gone (AthrWeak *self)
{
  return g_atomic_pointer_get (&self->object) == NULL;
}

/* Whether the process has forked since @self was made. Then the object cannot be borrowed. */
static inline gboolean
athr_weak_is_stale (AthrWeak *self)
{
  return G_UNLIKELY (self->generation != athr_fork_generation);
}

/* Home: the object, or NULL when its last reference was dropped. Each borrow that gives the
 * object needs a release; borrows may nest. */
static inline gpointer
athr_weak_borrow (AthrWeak *self)
{
  gpointer object = NULL;

  if (athr_weak_is_stale (self))
    return NULL;

  g_mutex_lock (&self->lock);
  if (self->object != NULL)
    {
      g_object_ref (self->object);
      object = g_weak_ref_get (&self->ref);
      g_object_unref (self->object);
    }
  g_mutex_unlock (&self->lock);

  if (object != NULL)
    self->n_borrowed++;

  return object;
}

/* Home: ends a borrow that gave the object. */
static inline void
athr_weak_release (AthrWeak *self)
{
  self->n_borrowed--;
  g_object_unref (self->object);
}

/* Home, during a borrow: whether the borrows hold the only references that are left. */
static inline gboolean
athr_weak_is_dropped (AthrWeak *self)
{
  return (guint) g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == self->n_borrowed;
}

/* Any thread: the object's dispose() begins with this. */
static inline void
athr_weak_drop (AthrWeak *self)
{
  if (athr_weak_is_stale (self))
    return;

  g_mutex_lock (&self->lock);
  /* g_object_run_dispose() holds a reference of its own, so the count is greater than 1: the
   * object lives on. */
  if (self->object != NULL && g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == 1)
    g_atomic_pointer_set (&self->object, NULL);
  g_mutex_unlock (&self->lock);
}

G_END_DECLS
