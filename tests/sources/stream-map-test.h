/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/stream-test.h"

/* A stream of the numbers from 0 to @n - 1. */
static inline AthrStream *
athr_test_numbers (guint n)
{
  g_autofree GValue *values = g_new0 (GValue, n);

  for (guint i = 0; i < n; i++)
    {
      g_value_init (&values[i], G_TYPE_UINT);
      g_value_set_uint (&values[i], i);
    }

  return athr_stream_new_for_values (values, n);
}

/* What the function of a map does, and what has happened to it. */
typedef struct
{
  AthrGate gate;      /* where items wait that block */
  guint64 blocks;     /* set once; a bit for each item that waits at the gate */
  guint64 fails;      /* set once; a bit for each item that fails, after its value */
  guint64 ends;       /* set once; a bit for each item that calls end() */
  guint64 skips;      /* set once; a bit for each item without a value */
  guint n_values;     /* set once; how many values an item yields */
  gboolean waits_for_cancel; /* set once; an item that blocks waits for its cancellable */
  int n_begun;        /* atomic */
  int n_running;      /* atomic */
  int max_running;    /* atomic */
  int n_cancelled;    /* atomic; items whose cancellable was cancelled */
  int n_refused;      /* atomic; yields that failed with CLOSED */
  int n_destroyed;    /* atomic */
  GThread *destroyed_on; /* atomic */
} AthrMapping;

static inline void
athr_mapping_init (AthrMapping *self)
{
  *self = (AthrMapping) { .n_values = 1 };
  athr_gate_init (&self->gate);
}

static inline void
athr_mapping_clear (AthrMapping *self)
{
  athr_gate_clear (&self->gate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrMapping, athr_mapping_clear)

static inline gboolean
athr_mapping_has (guint64 bits,
                  guint   number)
{
  return number < 64 && (bits & (G_GUINT64_CONSTANT (1) << number));
}

static inline void
athr_mapping_on_cancelled (GCancellable *cancellable,
                           AthrGate     *gate)
{
  athr_gate_open (gate);
}

static inline void
athr_mapping_wait (AthrMapping *self,
                   AthrYielder *yielder)
{
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
  gulong id = 0;

  if (self->waits_for_cancel)
    id = g_cancellable_connect (cancellable, G_CALLBACK (athr_mapping_on_cancelled), &self->gate, NULL);
  athr_gate_pass (&self->gate);
  g_cancellable_disconnect (cancellable, id);
}

/* Yields its item, n_values times. */
static inline void
athr_mapping_run (AthrYielder   *yielder,
                  const GValue  *item,
                  gpointer       user_data,
                  GError       **error)
{
  AthrMapping *self = user_data;
  guint number = g_value_get_uint (item);
  int n_running = g_atomic_int_add (&self->n_running, 1) + 1;
  int max_running;

  do
    max_running = g_atomic_int_get (&self->max_running);
  while (n_running > max_running &&
         !g_atomic_int_compare_and_exchange (&self->max_running, max_running, n_running));
  g_atomic_int_inc (&self->n_begun);

  if (athr_mapping_has (self->blocks, number))
    {
      athr_mapping_wait (self, yielder);
      if (g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder)))
        g_atomic_int_inc (&self->n_cancelled);
    }
  if (!athr_mapping_has (self->skips, number))
    for (guint i = 0; i < self->n_values; i++)
      {
        g_autoptr (GError) refused = NULL;

        if (athr_yielder_yield_value (yielder, item, &refused))
          continue;
        g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
        g_atomic_int_inc (&self->n_refused);
        break;
      }
  if (athr_mapping_has (self->fails, number))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "boom %u", number);
  if (athr_mapping_has (self->ends, number))
    athr_yielder_end (yielder);
  g_atomic_int_add (&self->n_running, -1);
}

static inline void
athr_mapping_destroy (gpointer user_data)
{
  AthrMapping *self = user_data;

  g_assert_cmpint (g_atomic_int_get (&self->n_running), ==, 0);
  g_atomic_pointer_set (&self->destroyed_on, g_thread_self ());
  /* Last, since a test that sees this number may return, and @self is on its stack. */
  g_atomic_int_inc (&self->n_destroyed);
}

/* A map of @n numbers. */
static inline AthrStream *
athr_mapping_new_stream (AthrMapping  *self,
                         guint         n,
                         guint         max_running,
                         AthrMapFlags  flags)
{
  g_autoptr (AthrStream) numbers = athr_test_numbers (n);

  return athr_stream_new_map (numbers, max_running, flags, athr_mapping_run, self, athr_mapping_destroy);
}

/* Checks that the user data was destroyed once, by this thread. */
static inline void
athr_mapping_expect_destroyed (AthrMapping *self)
{
  athr_test_iterate_until (NULL, g_atomic_int_get (&self->n_destroyed) > 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_destroyed), ==, 1);
  g_assert_true (self->destroyed_on == g_thread_self ());
}
