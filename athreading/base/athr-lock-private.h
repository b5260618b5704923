/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A leaf lock: a thread holds at most one of them, and under it calls nothing
 * that is not its own. So there is no order of locks to learn, and a deadlock
 * between them cannot be written. Debug builds check it. */
typedef struct
{
  GMutex mutex;
} AthrLock;

/* How often a taken lock is tried again before the thread sleeps. What we do
 * under a lock takes tens of nanoseconds, a futex wait some microseconds. Measured on
 * two cores, a value in batches of 64 takes 50 to 80 ns with it and 80 to 150 without;
 * 100 tries are no better. */
#define ATHR_LOCK_SPINS 20

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

static inline void
athr_lock (AthrLock *self)
{
  int spins = ATHR_LOCK_SPINS;

  athr_lock_set_held (NULL, self);

  while (!g_mutex_trylock (&self->mutex))
    {
      if (spins-- == 0)
        {
          g_mutex_lock (&self->mutex);
          return;
        }
      athr_cpu_relax ();
    }
}

static inline void
athr_unlock (AthrLock *self)
{
  athr_lock_set_held (self, NULL);
  g_mutex_unlock (&self->mutex);
}

/* Waits for @cond; the caller loops on its predicate. */
static inline void
athr_lock_wait (AthrLock *self,
                GCond    *cond)
{
  athr_lock_set_held (self, NULL);
  g_cond_wait (cond, &self->mutex);
  athr_lock_set_held (NULL, self);
}

/* FALSE when @deadline, in monotonic microseconds, has passed. */
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

/* Reads @field, which is of the size of an int, under the lock. */
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

/* The first line of every `foo_locked()`. */
static inline void
athr_assert_locked (const AthrLock *self)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (athr_lock_held == self);
#endif
}

/* The first line of whatever may run code of the user's. */
static inline void
athr_assert_unlocked (void)
{
#ifdef ATHR_DEBUG_LOCKS
  g_assert (athr_lock_held == NULL);
#endif
}

/* Returns when *@word, an atomic, is no longer @value, or after @duration in
 * microseconds; at once where there is only one processor. A wait that is expected to
 * be shorter than it takes to sleep and to be woken begins with it. */
void athr_spin_wait (const int *word,
                     int        value,
                     gint64     duration);

G_END_DECLS
