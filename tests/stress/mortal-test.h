/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stress-test.h"

/* What must end, and on whose thread: user data, values and errors that know their owner. */

typedef struct
{
  GThread *thread; /* set once; NULL: wherever it may be */
  int n_alive;     /* atomic */
  int n_astray;    /* atomic; that ended on another thread */
} AthrOwner;

/* Of a worker that gives a value away: what ends meanwhile, which may be its own copy only */
static _Thread_local gboolean athr_is_giving;
static _Thread_local guint athr_n_buried_giving;

static inline void
athr_owner_init (AthrOwner *self,
                 GThread   *thread)
{
  *self = (AthrOwner) { .thread = thread };
}

static inline void
athr_owner_bear (AthrOwner *self)
{
  g_atomic_int_inc (&self->n_alive);
}

static inline void
athr_owner_bury (AthrOwner *self)
{
  if (athr_is_giving)
    athr_n_buried_giving++;
  else if (self->thread != NULL && self->thread != g_thread_self ())
    g_atomic_int_inc (&self->n_astray);
  g_atomic_int_add (&self->n_alive, -1);
}

/* All that is to end has ended, and nothing astray. */
static inline void
athr_owner_await_end (AthrOwner    *self,
                      GMainContext *context)
{
  athr_test_iterate_until (context, g_atomic_int_get (&self->n_alive) == 0);
  athr_test_drain (context);
  g_assert_cmpint (g_atomic_int_get (&self->n_alive), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_astray), ==, 0);
}

/* A boxed value. */
typedef struct
{
  AthrOwner *owner;
  guint number;
} AthrMortal;

static inline AthrMortal *
athr_mortal_copy (AthrMortal *self)
{
  athr_owner_bear (self->owner);
  return g_memdup2 (self, sizeof *self);
}

static inline void
athr_mortal_free (AthrMortal *self)
{
  athr_owner_bury (self->owner);
  g_free (self);
}

static GType athr_mortal_get_type (void);

G_DEFINE_BOXED_TYPE (AthrMortal, athr_mortal, athr_mortal_copy, athr_mortal_free)

static inline guint
athr_mortal_number (const GValue *value)
{
  g_assert_true (G_VALUE_HOLDS (value, athr_mortal_get_type ()));
  return ((AthrMortal *) g_value_get_boxed (value))->number;
}

/* An error. */
typedef struct
{
  AthrOwner *owner; /* nullable: not set yet */
} AthrMortalErrorPrivate;

static GQuark athr_mortal_error_quark (void);

static inline void
athr_mortal_error_private_init (AthrMortalErrorPrivate *self)
{
}

static inline void
athr_mortal_error_private_copy (const AthrMortalErrorPrivate *source,
                                AthrMortalErrorPrivate       *copy)
{
  copy->owner = source->owner;
  athr_owner_bear (copy->owner);
}

static inline void
athr_mortal_error_private_clear (AthrMortalErrorPrivate *self)
{
  athr_owner_bury (self->owner);
}

G_DEFINE_EXTENDED_ERROR (AthrMortalError, athr_mortal_error)

static inline void
athr_set_mortal_error (GError    **error,
                       AthrOwner  *owner)
{
  g_set_error_literal (error, athr_mortal_error_quark (), 0, "mortal");
  athr_mortal_error_get_private (*error)->owner = owner;
  athr_owner_bear (owner);
}

static inline gboolean
athr_is_mortal_error (const GError *error)
{
  return error != NULL && error->domain == athr_mortal_error_quark ();
}

/* What a function does, and what became of it: its user data. */
typedef struct
{
  AthrOwner *owner;
  guint n_values;  /* of a stream */
  gboolean fails;
  guint delay;     /* before each value and before the end */
  int n_runs;      /* atomic */
  int *n_ended;    /* atomic; nullable; counts functions that returned */
  int *n_yielded;  /* atomic; nullable */
  int *n_refused;  /* atomic; nullable; counts yields that failed, all with CLOSED */
  int *n_freed;    /* atomic; nullable */
} AthrDuty;

static inline AthrDuty *
athr_duty_new (AthrOwner *owner,
               GRand     *rand)
{
  AthrDuty *self = g_new0 (AthrDuty, 1);

  self->owner = owner;
  self->fails = athr_one_in (rand, 3);
  self->delay = athr_random_delay (rand);
  athr_owner_bear (owner);

  return self;
}

static inline void
athr_duty_count (int *count)
{
  if (count != NULL)
    g_atomic_int_inc (count);
}

static inline void
athr_duty_free (gpointer data)
{
  AthrDuty *self = data;

  g_assert_cmpint (g_atomic_int_get (&self->n_runs), ==, 0);
  athr_duty_count (self->n_freed);
  athr_owner_bury (self->owner);
  g_free (self);
}

static inline void
athr_duty_begin_giving (AthrDuty *self)
{
  athr_n_buried_giving = 0;
  athr_is_giving = TRUE;
}

static inline void
athr_duty_end_giving (AthrDuty *self,
                      guint     n_own)
{
  athr_is_giving = FALSE;
  if (self->owner->thread != NULL && athr_n_buried_giving != n_own)
    g_atomic_int_inc (&self->owner->n_astray);
}

static inline void
athr_duty_end (AthrDuty  *self,
               GError   **error)
{
  if (self->fails)
    athr_set_mortal_error (error, self->owner);
  athr_duty_count (self->n_ended);
  g_assert_cmpint (g_atomic_int_add (&self->n_runs, -1), ==, 1);
}

static inline void
athr_duty_call (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  AthrDuty *self = user_data;
  AthrMortal mortal = { self->owner, 1 };

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  athr_delay (self->delay);
  athr_duty_begin_giving (self);
  athr_call_return (call, athr_mortal_get_type (), &mortal);
  athr_duty_end_giving (self, 0);
  athr_duty_end (self, error);
}

static inline void
athr_duty_stream (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrDuty *self = user_data;
  AthrMortal mortal = { self->owner, 0 };
  gboolean given = TRUE;

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  while (given && mortal.number < self->n_values)
    {
      g_autoptr (GError) refusal = NULL;

      mortal.number++;
      athr_delay (self->delay);
      athr_duty_begin_giving (self);
      given = athr_yielder_yield (yielder, &refusal, athr_mortal_get_type (), &mortal);
      athr_duty_end_giving (self, given ? 0 : 1);
      if (given)
        {
          g_assert_no_error (refusal);
          athr_duty_count (self->n_yielded);
        }
      else
        {
          g_assert_error (refusal, G_IO_ERROR, G_IO_ERROR_CLOSED);
          athr_duty_count (self->n_refused);
        }
    }
  athr_duty_end (self, error);
}
