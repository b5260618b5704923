/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-source-test.h"

/* Shared by the tests of overflow. */

/* A counter whose stream never makes it wait. It begins when the test lets it. */
typedef struct
{
  AthrCounter counter;
  AthrGate begin;
  AthrLog log;
} AthrEager;

static inline void
athr_eager_run (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  AthrEager *self = user_data;

  athr_gate_pass (&self->begin);
  athr_counter_run (yielder, &self->counter, error);
}

static inline void
athr_eager_init (AthrEager    *self,
                 guint         n_values,
                 guint         buffer_size,
                 AthrOverflow  overflow)
{
  athr_counter_init (&self->counter, 0, 0);
  g_object_unref (self->counter.stream);
  self->counter.destroyed_on = NULL;
  self->counter.n_values = n_values;
  self->counter.stream = athr_stream_new (athr_eager_run, self, athr_counter_destroy);
  athr_stream_set_executor (self->counter.stream, self->counter.executor);
  athr_stream_set_buffer_size (self->counter.stream, buffer_size);
  athr_stream_set_overflow (self->counter.stream, overflow);
  athr_gate_init (&self->begin);
  athr_log_init (&self->log);
}

static inline void
athr_eager_clear (AthrEager *self)
{
  athr_gate_open (&self->begin);
  athr_counter_clear (&self->counter);
  athr_gate_clear (&self->begin);
  athr_log_clear (&self->log);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrEager, athr_eager_clear)

static inline void
athr_eager_ask (AthrEager *self,
                guint      n)
{
  for (guint i = 0; i < n; i++)
    athr_stream_next_async (self->counter.stream, NULL, athr_log_next, &self->log);
}

/* Lets the producer yield all of its values, while home does nothing. */
static inline void
athr_eager_let (AthrEager *self)
{
  athr_stream_start (self->counter.stream);
  athr_gate_open (&self->begin);
  if (self->counter.holds)
    athr_gate_await (&self->counter.hold, 1);
  else
    athr_counter_await_returned (&self->counter);
}
