/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-test.h"

/* Shared by the tests of hazards. */

/* A boxed value that records on which thread its copies are freed. */
typedef struct
{
  GThread *home; /* NULL: any thread */
  guint number;
} Parcel;

static int n_alive;  /* atomic; copies of parcels, private parts of errors, user data */
static int n_astray; /* atomic; how many of these were freed on a wrong thread */
static _Thread_local gboolean in_yield; /* a failed yield frees its own copy */

static inline void
note_death (GThread *home)
{
  if (home != NULL && home != g_thread_self () && !in_yield)
    g_atomic_int_inc (&n_astray);
  g_atomic_int_add (&n_alive, -1);
}

static inline Parcel *
parcel_copy (Parcel *self)
{
  g_atomic_int_inc (&n_alive);

  return g_memdup2 (self, sizeof *self);
}

static inline void
parcel_free (Parcel *self)
{
  note_death (self->home);
  g_free (self);
}

static GType parcel_get_type (void);

G_DEFINE_BOXED_TYPE (Parcel, parcel, parcel_copy, parcel_free)

typedef struct
{
  GThread *home;
} FragileErrorPrivate;

static GQuark fragile_error_quark (void);

static inline void
fragile_error_private_init (FragileErrorPrivate *self)
{
  g_atomic_int_inc (&n_alive);
}

static inline void
fragile_error_private_copy (const FragileErrorPrivate *source,
                            FragileErrorPrivate       *copy)
{
  copy->home = source->home;
}

static inline void
fragile_error_private_clear (FragileErrorPrivate *self)
{
  note_death (self->home);
}

G_DEFINE_EXTENDED_ERROR (FragileError, fragile_error)

/* What a producer does and did. It is the producer's user data, and is freed as such. */
typedef struct
{
  GThread *home;      /* NULL: any thread */
  guint n_values;
  gboolean fails;
  int n_yielded;      /* atomic */
  int is_running;     /* atomic */
} Work;

static inline void
work_run (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Work *self = user_data;
  Parcel parcel = { self->home, 0 };
  gboolean given = TRUE;

  g_assert_true (g_atomic_int_compare_and_exchange (&self->is_running, FALSE, TRUE));
  while (given && parcel.number < self->n_values)
    {
      parcel.number++;
      in_yield = TRUE;
      given = athr_yielder_yield (yielder, NULL, parcel_get_type (), &parcel);
      in_yield = FALSE;
      if (given)
        g_atomic_int_inc (&self->n_yielded);
    }
  if (self->fails)
    {
      g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
      fragile_error_get_private (*error)->home = self->home;
    }
  g_atomic_int_set (&self->is_running, FALSE);
}

static inline void
work_free (gpointer user_data)
{
  Work *self = user_data;

  g_assert_false (g_atomic_int_get (&self->is_running));
  note_death (self->home);
  g_free (self);
}

static inline AthrStream *
work_new_stream (Work **work,
                 guint  n_values,
                 guint  buffer_size)
{
  AthrStream *stream;

  *work = g_new0 (Work, 1);
  (*work)->home = g_thread_self ();
  (*work)->n_values = n_values;
  g_atomic_int_inc (&n_alive);
  stream = athr_stream_new (work_run, *work, work_free);
  athr_stream_set_buffer_size (stream, buffer_size);

  return stream;
}

/* Everything must be freed, and at home. */
static inline void
await_deaths (void)
{
  athr_test_iterate_until (NULL, g_atomic_int_get (&n_alive) == 0);
  athr_test_drain (NULL);
  g_assert_cmpint (n_alive, ==, 0);
  g_assert_cmpint (n_astray, ==, 0);
}

static inline GRand *
rand_new (void)
{
  guint32 seed = g_random_int ();

  g_test_message ("seed %u", seed);

  return g_rand_new_with_seed (seed);
}

static inline gboolean
flip (GRand *rand)
{
  return g_rand_boolean (rand);
}

/* Another thread of the test, which drops objects and cancels cancellables. */
typedef struct
{
  GThread *thread;
  GAsyncQueue *queue;
  GRWLock cancelling; /* g_rw_lock_init() sets it up: in GLib 2.74 the first use of a lock
                       * without it races */
} Helper;

/* Says that several operations use @cancellable, so it has several handlers. */
static inline void
share_cancellable (GCancellable *cancellable)
{
  g_object_set_data (G_OBJECT (cancellable), "is-shared", cancellable);
}

/* Cancels. Several threads may cancel at once, but a shared cancellable is cancelled alone:
 * while it calls several handlers, GLib 2.74 counts references to the class closure of
 * "cancelled" beside a bit that every other emission reads without an atomic. */
static inline void
helper_cancel (Helper       *self,
               GCancellable *cancellable)
{
  if (g_object_get_data (G_OBJECT (cancellable), "is-shared") != NULL)
    {
      g_rw_lock_writer_lock (&self->cancelling);
      g_cancellable_cancel (cancellable);
      g_rw_lock_writer_unlock (&self->cancelling);
    }
  else
    {
      g_rw_lock_reader_lock (&self->cancelling);
      g_cancellable_cancel (cancellable);
      g_rw_lock_reader_unlock (&self->cancelling);
    }
}

static inline gpointer
helper_run (gpointer data)
{
  Helper *self = data;
  gpointer object;

  while ((object = g_async_queue_pop (self->queue)) != (gpointer) self->queue)
    {
      if (G_IS_CANCELLABLE (object))
        helper_cancel (self, object);
      g_object_unref (object);
    }

  return NULL;
}

static inline void
helper_start (Helper *self)
{
  self->queue = g_async_queue_new ();
  g_rw_lock_init (&self->cancelling);
  self->thread = g_thread_new ("helper", helper_run, self);
}

static inline void
helper_give (Helper  *self,
             gpointer object)
{
  g_async_queue_push (self->queue, object);
}

static inline void
helper_stop (Helper *self)
{
  g_async_queue_push (self->queue, self->queue);
  g_thread_join (self->thread);
  g_async_queue_unref (self->queue);
  g_rw_lock_clear (&self->cancelling);
}

static inline void
drop_somewhere (gpointer  object,
                Helper   *helper,
                GRand    *rand)
{
  if (flip (rand))
    helper_give (helper, object);
  else
    g_object_unref (object);
}
