/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-fork-private.h"

G_BEGIN_DECLS

/* Without a jump through the PLT: the calls take a third of the instructions of a lock that is
 * free. */
#if defined (__has_attribute) && __has_attribute (noplt)
__attribute__ ((noplt)) gboolean g_mutex_trylock (GMutex *mutex);
__attribute__ ((noplt)) void     g_mutex_unlock  (GMutex *mutex);
#endif

/* Two threads that write to one line of the cache wait for each other. */
#define ATHR_CACHE_LINE 64

/* A leaf lock. A thread holds at most one leaf lock at a time. While a thread holds one, it
 * runs no code from outside this library: no callback, no signal, no reference taken or
 * dropped, no value copied or freed. So there is no lock order to learn, and no deadlock
 * between two leaf locks can be written. Debug builds assert the rule. */
typedef struct
{
  GMutex mutex;
  int generation; /* set once; athr_fork_generation as the lock was made; 0: a global lock */
} AthrLock;

#ifdef ATHR_DEBUG_LOCKS

extern _Thread_local const AthrLock *athr_lock_held;

static inline void
athr_lock_set_held (const AthrLock *expected,
                    const AthrLock *held)
{
  g_assert (athr_lock_held == expected);
  athr_lock_held = held;
}

#else

static inline void
athr_lock_set_held (const AthrLock *expected,
                    const AthrLock *held)
{
}

#endif

static inline void
athr_lock_init (AthrLock *self)
{
  g_mutex_init (&self->mutex);
  self->generation = athr_fork_generation;
}

/* Whether the process has forked since the lock was made. A stale lock must not be taken: a
 * thread of the parent may hold the lock. */
static inline gboolean
athr_lock_is_stale (const AthrLock *self)
{
  return G_UNLIKELY (self->generation != athr_fork_generation);
}

static inline void
athr_lock_clear (AthrLock *self)
{
  g_mutex_clear (&self->mutex);
}

static inline void
athr_cpu_relax (void)
{
#if defined (__x86_64__) || defined (__i386__)
  __builtin_ia32_pause ();
#elif defined (__aarch64__)
  __asm__ volatile ("yield" ::: "memory");
#endif
}

/* Takes the lock, which another thread held a moment ago. */
void athr_lock_contended (AthrLock *self);

static inline void
athr_lock (AthrLock *self)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (self->generation == 0 || !athr_lock_is_stale (self));
#endif
  athr_lock_set_held (NULL, self);

  if (!g_mutex_trylock (&self->mutex))
    athr_lock_contended (self);
}

/* FALSE: another thread holds the lock. */
static inline gboolean
athr_try_lock (AthrLock *self)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (athr_lock_held == NULL);
  g_assert (self->generation == 0 || !athr_lock_is_stale (self));
#endif
  if (!g_mutex_trylock (&self->mutex))
    return FALSE;
  athr_lock_set_held (NULL, self);

  return TRUE;
}

static inline void
athr_unlock (AthrLock *self)
{
  athr_lock_set_held (self, NULL);
  g_mutex_unlock (&self->mutex);
}

/* Waits for @cond. The caller checks its predicate in a loop. */
static inline void
athr_lock_wait (AthrLock *self,
                GCond    *cond)
{
  athr_lock_set_held (self, NULL);
  g_cond_wait (cond, &self->mutex);
  athr_lock_set_held (NULL, self);
}

/* Like athr_lock_wait(), but FALSE when @deadline, in monotonic microseconds, has passed. */
static inline gboolean
athr_lock_wait_until (AthrLock *self,
                      GCond    *cond,
                      gint64    deadline)
{
  gboolean signalled;

  athr_lock_set_held (self, NULL);
  signalled = g_cond_wait_until (cond, &self->mutex, deadline);
  athr_lock_set_held (NULL, self);

  return signalled;
}

/* Reads @field, which has the size of an int, under the lock. */
static inline int
athr_lock_read (AthrLock   *self,
                const void *field)
{
  int value;

  athr_lock (self);
  value = *(const int *) field;
  athr_unlock (self);

  return value;
}

/* Every `foo_locked()` function begins with this: the caller must hold the lock. */
static inline void
athr_assert_locked (const AthrLock *self)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (athr_lock_held == self);
#endif
}

/* Every function that may run the user's code begins with this: the caller must hold no leaf
 * lock. */
static inline void
athr_assert_unlocked (void)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (athr_lock_held == NULL);
#endif
}

typedef gboolean (*AthrSpinFunc) (gconstpointer data);

/* Spins until @is_over returns TRUE for @data, but at most for @duration in microseconds. With
 * only one processor it returns at once. A thread spins first when it expects to wait for less
 * time than it takes to sleep and to be woken. */
void athr_spin_until (AthrSpinFunc   is_over,
                      gconstpointer  data,
                      gint64         duration);
/* The same, until *@word, an atomic, is no longer @value. */
void athr_spin_wait  (const int     *word,
                      int            value,
                      gint64         duration);
/* Spins for @duration in microseconds. With only one processor it returns at once. */
void athr_spin       (gint64         duration);

G_END_DECLS
