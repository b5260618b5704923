/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stress-test.h"

/* User data, values and errors that count themselves in an AthrOwner: how many are alive, and how
 * many were freed on a thread that is not the owner's. */

typedef struct
{
  GThread *thread;       /* set once; NULL: any thread may free */
  int n_alive;           /* atomic */
  int n_on_wrong_thread; /* atomic; freed on a thread that must not free them */
} AthrOwner;

/* A worker sets this flag while it hands a value to the library or frees a message that it
 * received. Meanwhile the worker may free its own copies, and nothing else. */
static _Thread_local gboolean athr_worker_may_free;
static _Thread_local guint athr_n_worker_frees;

static inline void
athr_owner_init (AthrOwner *self,
                 GThread   *thread)
{
  *self = (AthrOwner) { .thread = thread };
}

static inline void
athr_owner_add (AthrOwner *self)
{
  g_atomic_int_inc (&self->n_alive);
}

static inline void
athr_owner_remove (AthrOwner *self)
{
  if (athr_worker_may_free)
    athr_n_worker_frees++;
  else if (self->thread != NULL && self->thread != g_thread_self ())
    g_atomic_int_inc (&self->n_on_wrong_thread);
  g_atomic_int_add (&self->n_alive, -1);
}

/* Iterates @context until everything is freed, and asserts that nothing was freed on a wrong
 * thread. */
static inline void
athr_owner_await_end (AthrOwner    *self,
                      GMainContext *context)
{
  athr_test_iterate_until (context, g_atomic_int_get (&self->n_alive) == 0);
  athr_test_drain (context);
  g_assert_cmpint (g_atomic_int_get (&self->n_alive), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_on_wrong_thread), ==, 0);
}

/* A boxed value */
typedef struct
{
  AthrOwner *owner;
  guint number;
} AthrTracked;

static inline AthrTracked *
athr_tracked_copy (AthrTracked *self)
{
  athr_owner_add (self->owner);
  return g_memdup2 (self, sizeof *self);
}

static inline void
athr_tracked_free (AthrTracked *self)
{
  athr_owner_remove (self->owner);
  g_free (self);
}

static GType athr_tracked_get_type (void);

G_DEFINE_BOXED_TYPE (AthrTracked, athr_tracked, athr_tracked_copy, athr_tracked_free)

static inline guint
athr_tracked_number (const GValue *value)
{
  g_assert_true (G_VALUE_HOLDS (value, athr_tracked_get_type ()));
  return ((AthrTracked *) g_value_get_boxed (value))->number;
}

/* The private data of an error */
typedef struct
{
  AthrOwner *owner; /* nullable: not set yet */
} AthrTrackedErrorPrivate;

static GQuark athr_tracked_error_quark (void);

static inline void
athr_tracked_error_private_init (AthrTrackedErrorPrivate *self)
{
}

static inline void
athr_tracked_error_private_copy (const AthrTrackedErrorPrivate *source,
                                 AthrTrackedErrorPrivate       *copy)
{
  copy->owner = source->owner;
  athr_owner_add (copy->owner);
}

static inline void
athr_tracked_error_private_clear (AthrTrackedErrorPrivate *self)
{
  athr_owner_remove (self->owner);
}

G_DEFINE_EXTENDED_ERROR (AthrTrackedError, athr_tracked_error)

static inline void
athr_set_tracked_error (GError    **error,
                        AthrOwner  *owner)
{
  g_set_error_literal (error, athr_tracked_error_quark (), 0, "tracked");
  athr_tracked_error_get_private (*error)->owner = owner;
  athr_owner_add (owner);
}

static inline gboolean
athr_is_tracked_error (const GError *error)
{
  return error != NULL && error->domain == athr_tracked_error_quark ();
}

/* The user data of a function: what the function does, and counts of what happened to it */
typedef struct
{
  AthrOwner *owner;
  guint n_values;  /* a stream yields so many */
  gboolean fails;  /* the function ends with an error */
  guint delay;     /* before each value and before the end */
  int n_runs;      /* atomic; 1 while the function runs */
  int *n_ended;    /* atomic; nullable; counts functions that returned */
  int *n_yielded;  /* atomic; nullable */
  int *n_refused;  /* atomic; nullable; counts yields that failed, all with CLOSED */
  int *n_freed;    /* atomic; nullable */
} AthrWork;

static inline AthrWork *
athr_work_new (AthrOwner *owner,
               GRand     *rand)
{
  AthrWork *self = g_new0 (AthrWork, 1);

  self->owner = owner;
  self->fails = athr_one_in (rand, 3);
  self->delay = athr_random_delay (rand);
  athr_owner_add (owner);

  return self;
}

static inline void
athr_work_count (int *count)
{
  if (count != NULL)
    g_atomic_int_inc (count);
}

static inline void
athr_work_free (gpointer data)
{
  AthrWork *self = data;

  g_assert_cmpint (g_atomic_int_get (&self->n_runs), ==, 0);
  athr_work_count (self->n_freed);
  athr_owner_remove (self->owner);
  g_free (self);
}

static inline void
athr_work_allow_frees (AthrWork *self)
{
  athr_n_worker_frees = 0;
  athr_worker_may_free = TRUE;
}

static inline void
athr_work_forbid_frees (AthrWork *self,
                        guint     n_expected)
{
  athr_worker_may_free = FALSE;
  if (self->owner->thread != NULL && athr_n_worker_frees != n_expected)
    g_atomic_int_inc (&self->owner->n_on_wrong_thread);
}

static inline void
athr_work_end (AthrWork  *self,
               GError   **error)
{
  if (self->fails)
    athr_set_tracked_error (error, self->owner);
  athr_work_count (self->n_ended);
  g_assert_cmpint (g_atomic_int_add (&self->n_runs, -1), ==, 1);
}

static inline void
athr_work_call (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  AthrWork *self = user_data;
  AthrTracked tracked = { self->owner, 1 };

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  athr_delay (self->delay);
  athr_work_allow_frees (self);
  athr_call_return (call, athr_tracked_get_type (), &tracked);
  athr_work_forbid_frees (self, 0);
  athr_work_end (self, error);
}

static inline void
athr_work_stream (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrWork *self = user_data;
  AthrTracked tracked = { self->owner, 0 };
  gboolean yielded = TRUE;

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  while (yielded && tracked.number < self->n_values)
    {
      g_autoptr (GError) refusal = NULL;

      tracked.number++;
      athr_delay (self->delay);
      athr_work_allow_frees (self);
      yielded = athr_yielder_yield (yielder, &refusal, athr_tracked_get_type (), &tracked);
      athr_work_forbid_frees (self, yielded ? 0 : 1);
      if (yielded)
        {
          g_assert_no_error (refusal);
          athr_work_count (self->n_yielded);
        }
      else
        {
          g_assert_error (refusal, G_IO_ERROR, G_IO_ERROR_CLOSED);
          athr_work_count (self->n_refused);
        }
    }
  athr_work_end (self, error);
}
