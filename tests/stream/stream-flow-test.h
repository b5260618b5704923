/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream-test.h"

/* Shared by the tests of flowing streams. */

/* A counter that flows. Its log has the values, `finished` and what a test connects in
 * addition. */
typedef struct _AthrFlow AthrFlow;

struct _AthrFlow
{
  AthrCounter counter;
  AthrLog log;
  guint number;                             /* the last value that was emitted */
  void (*act) (AthrFlow *self, guint number); /* (nullable): called by the `value` handler */
  GCancellable *cancellable;                /* for act */
  int depth;                                /* for act */
};

static inline void
athr_flow_value (AthrStream   *stream,
                 const GValue *value,
                 gpointer      user_data)
{
  AthrFlow *self = user_data;
  guint number = g_value_get_uint (value);
  char word[16];

  g_assert_false (athr_stream_is_done (stream));
  g_assert_cmpuint (number, >, self->number);
  self->number = number;
  g_snprintf (word, sizeof word, "%u", number);
  athr_log_add (&self->log, word);
  if (self->act != NULL)
    self->act (self, number);
}

static inline void
athr_flow_finished (AthrStream *stream,
                    gpointer    user_data)
{
  AthrFlow *self = user_data;

  /* The stream was closed if it is not flowing, perhaps after its producer had ended. */
  g_assert_true (athr_stream_is_done (stream) ||
                 athr_stream_get_state (stream) >= ATHR_STREAM_STATE_FAILED ||
                 (athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED &&
                  !athr_stream_get_flowing (stream)));
  athr_log_add (&self->log, "finished");
}

static inline void
athr_flow_notify (AthrStream *stream,
                  GParamSpec *pspec,
                  gpointer    user_data)
{
  AthrFlow *self = user_data;

  athr_log_add (&self->log, athr_stream_get_flowing (stream) ? "on" : "off");
}

static inline void
athr_flow_connect (AthrFlow *self)
{
  g_signal_connect (self->counter.stream, "value", G_CALLBACK (athr_flow_value), self);
  g_signal_connect (self->counter.stream, "finished", G_CALLBACK (athr_flow_finished), self);
}

static inline void
athr_flow_init (AthrFlow *self,
                guint     n_values,
                guint     buffer_size)
{
  *self = (AthrFlow) { .number = 0 };
  athr_counter_init (&self->counter, n_values, buffer_size);
  athr_log_init (&self->log);
  athr_flow_connect (self);
}

/* Like athr_flow_init(), with another stream: @stream (transfer full) counts for
 * self->counter. */
static inline void
athr_flow_init_stream (AthrFlow   *self,
                       guint       n_values,
                       guint       buffer_size,
                       AthrStream *stream)
{
  athr_flow_init (self, n_values, buffer_size);
  g_clear_object (&self->counter.stream);
  self->counter.destroyed_on = NULL;
  self->counter.stream = stream;
  athr_stream_set_executor (stream, self->counter.executor);
  athr_stream_set_buffer_size (stream, buffer_size);
  athr_flow_connect (self);
}

/* Starts the flow, and waits until all values are put. No value is emitted meanwhile. */
static inline void
athr_flow_start_full (AthrFlow *self)
{
  athr_stream_set_flowing (self->counter.stream, TRUE);
  athr_counter_await_returned (&self->counter);
  g_assert_cmpstr (self->log.words->str, ==, "");
}

static inline void
athr_flow_clear (AthrFlow *self)
{
  athr_counter_clear (&self->counter);
  athr_log_clear (&self->log);
  g_clear_object (&self->cancellable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrFlow, athr_flow_clear)

/* Returns "1 2 3 ... @n". */
static inline GString *
athr_test_count_to (guint n)
{
  GString *words = g_string_new (NULL);

  for (guint i = 1; i <= n; i++)
    g_string_append_printf (words, i > 1 ? " %u" : "%u", i);

  return words;
}
