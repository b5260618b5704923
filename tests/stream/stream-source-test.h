/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-test.h"

/* A producer that yields witnesses: its user data and each of its values record on which
 * thread they are freed. The producer holds its own reference to a value until the yield has
 * returned. So before a test looks at a value, it waits until the producer is blocked in the
 * next yield or has returned. */
typedef struct
{
  AthrExecutor *executor;
  AthrStream *stream;
  guint n_values;
  AthrGate hold;                 /* the function passes it before it returns */
  int n_yielded;                 /* atomic */
  int has_returned;              /* atomic */
  gboolean refused;              /* read it when the function has returned */
  GCancellable *cancellable;     /* the yielder's; owned, when the function has begun */
  GThread *data_destroyed_on;    /* atomic */
  GThread *value_finalized_on[8]; /* atomic */
} AthrSource;

static inline void
athr_source_run (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  AthrSource *self = user_data;

  self->cancellable = g_object_ref (athr_yielder_get_cancellable (yielder));
  for (guint i = 0; i < self->n_values && !self->refused; i++)
    {
      gpointer witness = athr_witness_new (&self->value_finalized_on[i]);
      g_auto (GValue) value = G_VALUE_INIT;

      g_value_init (&value, G_TYPE_OBJECT);
      g_value_take_object (&value, witness);
      self->refused = !athr_yielder_yield_value (yielder, &value, error);
      if (!self->refused)
        g_atomic_int_inc (&self->n_yielded);
    }
  athr_gate_pass (&self->hold);
  g_atomic_int_set (&self->has_returned, TRUE);
}

static inline void
athr_source_destroy (gpointer user_data)
{
  AthrSource *self = user_data;

  g_assert_null (self->data_destroyed_on);
  athr_test_note_thread (&self->data_destroyed_on);
}

static inline void
athr_source_init (AthrSource *self,
             guint   n_values,
             guint   buffer_size)
{
  *self = (AthrSource) { .n_values = n_values };
  athr_gate_init (&self->hold);
  athr_gate_open (&self->hold);
  self->executor = athr_executor_new ("source", 2);
  self->stream = athr_stream_new (athr_source_run, self, athr_source_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, buffer_size);
}

static inline void
athr_source_clear (AthrSource *self)
{
  g_assert_null (self->stream);
  g_clear_object (&self->executor);
  g_clear_object (&self->cancellable);
  athr_gate_clear (&self->hold);
}

static inline void
athr_source_await_blocked (AthrSource *self,
                      int     n_yielded)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_yielded) >= n_yielded &&
                         athr_executor_get_n_running (self->executor) == 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_yielded), ==, n_yielded);
}

static inline void
athr_source_await_returned (AthrSource *self)
{
  athr_test_yield_until (g_atomic_int_get (&self->has_returned) &&
                         athr_executor_get_n_running (self->executor) == 0);
}

/* Everything must be freed, and on this thread. */
static inline void
athr_source_assert_ended (AthrSource *self,
                     guint   n_values)
{
  g_assert_true (g_atomic_pointer_get (&self->data_destroyed_on) == g_thread_self ());
  for (guint i = 0; i < n_values; i++)
    g_assert_true (g_atomic_pointer_get (&self->value_finalized_on[i]) == g_thread_self ());
}

static inline gpointer
athr_test_drop (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static inline void
athr_test_drop_on_thread (gpointer object)
{
  g_thread_join (g_thread_new ("drops", athr_test_drop, object));
}
