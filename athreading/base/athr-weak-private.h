/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* How home reaches an object whose last reference may be dropped on any thread.
 *
 * Only a GWeakRef tells for certain whether the last reference is being dropped: who is
 * in dispose() has begun too early, and would notify there what home changes meanwhile.
 * But its getter takes the first reference beside that of a language's wrapper under a
 * lock of GLib's, until 2.80 one for all objects, and that calls the language, which waits
 * for a lock of its own: whoever has that may be dropping an object, and wait for the lock
 * of GLib's.
 *
 * So home takes another reference before that one, under a lock of this object alone,
 * which dispose() waits for: that keeps the memory. It calls the language only while
 * the wrapper has its reference, and then nobody is in dispose(). */

typedef struct
{
  GWeakRef ref;
  GMutex lock;      /* no AthrLock: under it references are taken, see above */
  gpointer object;  /* (lock), atomic; NULL when it is gone */
  guint n_borrowed; /* home */
} AthrWeak;

static inline void
athr_weak_init (AthrWeak *self,
                gpointer  object)
{
  g_weak_ref_init (&self->ref, object);
  g_mutex_init (&self->lock);
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

/* Home: the object, or NULL when it is gone. It may be borrowed several times. */
static inline gpointer
athr_weak_borrow (AthrWeak *self)
{
  gpointer object = NULL;

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

/* Home, after a borrow that gave the object. */
static inline void
athr_weak_release (AthrWeak *self)
{
  self->n_borrowed--;
  g_object_unref (self->object);
}

/* Home, while it has borrowed it: whether nobody else has a reference any more. */
static inline gboolean
athr_weak_is_dropped (AthrWeak *self)
{
  return (guint) g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == self->n_borrowed;
}

/* The first line of dispose, on any thread. */
static inline void
athr_weak_drop (AthrWeak *self)
{
  g_mutex_lock (&self->lock);
  /* Not by g_object_run_dispose() */
  if (self->object != NULL && g_atomic_int_get ((int *) &G_OBJECT (self->object)->ref_count) == 1)
    g_atomic_pointer_set (&self->object, NULL);
  g_mutex_unlock (&self->lock);
}

G_END_DECLS
