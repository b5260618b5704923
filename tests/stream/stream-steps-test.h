/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-player-test.h"

/* A stream of 1, 2, 3 ... in steps. */
typedef struct
{
  AthrExecutor *executor; /* its own: it shows when no step runs or is queued */
  AthrStream *stream;

  /* What the steps do; set before the stream starts */
  guint n_values;         /* the step that yields the last value ends the stream */
  guint per_step;         /* how many values a step yields */
  guint n_empty;          /* how many steps without a value come before each step with
                           * values */
  gboolean holds;         /* a step waits at the gate first */
  gboolean receives;      /* a step receives all messages */
  GError *error;          /* owned; the error of the last step */

  AthrGate hold;
  guint number;           /* the steps' */
  int is_running;         /* atomic */
  int n_steps;            /* atomic */
  int n_refused;          /* atomic; yields that failed */
  gboolean was_cancelled; /* the steps' */
  GString *seen;          /* the steps'; what they received, in words */
  GThread *ran_on;        /* atomic; the thread of the last step */
  GThread *destroyed_on;  /* atomic */
} AthrStepper;

static inline void
athr_stepper_note (AthrStepper *self,
                   const char  *word)
{
  if (self->seen->len > 0)
    g_string_append_c (self->seen, ' ');
  g_string_append (self->seen, word);
}

static inline void
athr_stepper_receive (AthrStepper *self,
                      AthrYielder *yielder)
{
  for (;;)
    {
      g_auto (GValue) sent = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;
      g_autofree char *word = NULL;

      if (!athr_yielder_receive (yielder, &sent, &error))
        word = g_strdup (error->message);
      else if (G_IS_VALUE (&sent))
        word = g_strdup_printf ("%u", g_value_get_uint (&sent));
      else
        break;
      athr_stepper_note (self, word);
    }
}

static inline void
athr_stepper_yield (AthrStepper *self,
                    AthrYielder *yielder)
{
  g_autoptr (GError) error = NULL;

  if (athr_yielder_yield (yielder, &error, G_TYPE_UINT, self->number + 1))
    {
      self->number++;
      return;
    }

  g_atomic_int_inc (&self->n_refused);
  athr_stepper_note (self, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)
                           ? "closed" : error->message);
}

static inline void
athr_stepper_run (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrStepper *self = user_data;
  int step = g_atomic_int_add (&self->n_steps, 1);

  g_assert_true (g_atomic_int_compare_and_exchange (&self->is_running, FALSE, TRUE));
  g_atomic_pointer_set (&self->ran_on, g_thread_self ());
  if (self->holds)
    athr_gate_pass (&self->hold);
  if (self->receives)
    athr_stepper_receive (self, yielder);

  if (step % (self->n_empty + 1) == self->n_empty)
    for (guint i = 0; i < self->per_step && self->number < self->n_values; i++)
      athr_stepper_yield (self, yielder);
  if (self->number == self->n_values && self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else if (self->number == self->n_values)
    athr_yielder_end (yielder);
  self->was_cancelled = g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder));
  g_atomic_int_set (&self->is_running, FALSE);
}

static inline void
athr_stepper_destroy (gpointer user_data)
{
  AthrStepper *self = user_data;

  g_assert_null (self->destroyed_on);
  g_assert_false (g_atomic_int_get (&self->is_running));
  athr_test_note_thread (&self->destroyed_on);
}

/* One value in each step. */
static inline void
athr_stepper_init (AthrStepper *self,
                   guint        n_values,
                   guint        buffer_size)
{
  *self = (AthrStepper) { .n_values = n_values, .per_step = 1 };
  athr_gate_init (&self->hold);
  self->seen = g_string_new (NULL);
  self->executor = athr_executor_new ("stepper", 2);
  self->stream = athr_stream_new_steps (athr_stepper_run, self, athr_stepper_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, buffer_size);
}

static inline void
athr_test_await_rest (AthrExecutor *executor)
{
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
}

/* Waits until @n_buffered values are buffered, and no step runs or is queued. */
static inline void
athr_stepper_await_parked (AthrStepper *self,
                           guint        n_buffered)
{
  athr_test_yield_until (athr_stream_get_n_buffered (self->stream) >= n_buffered);
  athr_test_await_rest (self->executor);
  g_assert_cmpuint (athr_stream_get_n_buffered (self->stream), ==, n_buffered);
  g_assert_null (g_atomic_pointer_get (&self->destroyed_on));
}

/* Takes the values from @first on, and the end. */
static inline void
athr_stepper_take_rest (AthrStepper *self,
                        guint        first)
{
  for (guint i = first; i <= self->n_values; i++)
    athr_test_expect_value (self->stream, i);
  athr_test_expect_end (self->stream);
  g_assert_true (g_atomic_pointer_get (&self->destroyed_on) == g_thread_self ());
}

static inline void
athr_stepper_clear (AthrStepper *self)
{
  athr_gate_open (&self->hold);
  g_clear_object (&self->stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->destroyed_on) != NULL);
  g_assert_true (self->destroyed_on == g_thread_self ());
  athr_test_drain (NULL);
  g_clear_object (&self->executor);
  g_clear_error (&self->error);
  g_string_free (self->seen, TRUE);
  athr_gate_clear (&self->hold);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrStepper, athr_stepper_clear)
