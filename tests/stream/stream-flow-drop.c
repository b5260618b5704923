/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-flow-test.h"
#include "stream-source-test.h"

/* The flow does not keep its stream alive. Its home is the context under which it was set. */

/* A flowing source, and what its `value` handler does. */
typedef struct
{
  AthrSource source;
  guint n_values;
  guint act_at;                     /* the number of the value at which the handler acts */
  void (*act) (gpointer self);
} Flowing;

static void
on_witness (AthrStream   *stream,
            const GValue *value,
            gpointer      user_data)
{
  Flowing *self = user_data;

  g_assert_true (ATHR_IS_STREAM (stream));
  if (++self->n_values == self->act_at)
    self->act (self);
  g_assert_true (G_VALUE_HOLDS_OBJECT (value));
}

static void
never_called (void)
{
  g_assert_not_reached ();
}

static void
flowing_init (Flowing *self,
              guint    n_values,
              guint    buffer_size)
{
  *self = (Flowing) { .n_values = 0 };
  athr_source_init (&self->source, n_values, buffer_size);
  g_signal_connect (self->source.stream, "value", G_CALLBACK (on_witness), self);
  g_signal_connect (self->source.stream, "finished", G_CALLBACK (never_called), NULL);
}

/* The producer was blocked with three values put. Its yield must fail, and everything must be
 * freed on this thread. The producer's own reference to a later value may have been the last
 * one. */
static void
flowing_assert_ended (Flowing *self)
{
  athr_source_await_returned (&self->source);
  g_assert_true (self->source.refused);
  g_assert_true (g_cancellable_is_cancelled (self->source.cancellable));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&self->source, 3);
  for (int i = 3; i < g_atomic_int_get (&self->source.n_yielded); i++)
    g_assert_nonnull (g_atomic_pointer_get (&self->source.value_finalized_on[i]));
  athr_source_clear (&self->source);
}

static void
test_plain (void)
{
  Flowing flowing;

  g_test_summary ("A stream that is dropped before its first value emits none, and its "
                  "producer returns");

  flowing_init (&flowing, 8, 2);
  athr_stream_set_flowing (flowing.source.stream, TRUE);
  athr_source_await_blocked (&flowing.source, 3);
  g_object_add_weak_pointer (G_OBJECT (flowing.source.stream), (gpointer *) &flowing.source.stream);
  g_object_unref (flowing.source.stream);
  g_assert_null (flowing.source.stream);
  flowing_assert_ended (&flowing);
  g_assert_cmpuint (flowing.n_values, ==, 0);
}

static void
test_waiting (void)
{
  Flowing flowing;

  g_test_summary ("A stream may be dropped while its flow waits for a value");

  flowing_init (&flowing, 2, 4);
  flowing.source.hold.is_open = FALSE;
  athr_stream_set_flowing (flowing.source.stream, TRUE);
  athr_gate_await (&flowing.source.hold, 1);
  athr_test_iterate_until (NULL, flowing.n_values == 2);
  athr_test_drain (NULL);
  g_clear_object (&flowing.source.stream);
  athr_gate_open (&flowing.source.hold);
  athr_source_await_returned (&flowing.source);
  g_assert_true (g_cancellable_is_cancelled (flowing.source.cancellable));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&flowing.source.data_destroyed_on) != NULL);
  athr_source_assert_ended (&flowing.source, 2);
  athr_source_clear (&flowing.source);
}

static void
drop (gpointer data)
{
  Flowing *self = data;

  g_clear_object (&self->source.stream);
}

static void
test_in_handler (void)
{
  Flowing flowing;

  g_test_summary ("If a `value` handler drops the last reference, the stream emits no "
                  "further values");

  flowing_init (&flowing, 8, 2);
  flowing.act_at = 2;
  flowing.act = drop;
  athr_stream_set_flowing (flowing.source.stream, TRUE);
  athr_source_await_blocked (&flowing.source, 3);
  athr_test_iterate_until (NULL, flowing.source.stream == NULL);
  flowing_assert_ended (&flowing);
  g_assert_cmpuint (flowing.n_values, ==, 2);
}

static void
drop_elsewhere (gpointer data)
{
  Flowing *self = data;

  athr_test_drop_on_thread (g_steal_pointer (&self->source.stream));
}

static void
test_in_handler_elsewhere (void)
{
  Flowing flowing;

  g_test_summary ("If another thread drops the last reference during a `value` handler, no "
                  "further values are emitted");

  flowing_init (&flowing, 8, 2);
  flowing.act_at = 2;
  flowing.act = drop_elsewhere;
  athr_stream_set_flowing (flowing.source.stream, TRUE);
  athr_source_await_blocked (&flowing.source, 3);
  athr_test_iterate_until (NULL, flowing.source.stream == NULL);
  flowing_assert_ended (&flowing);
  g_assert_cmpuint (flowing.n_values, ==, 2);
}

static void
test_on_thread (void)
{
  Flowing flowing;

  g_test_summary ("If another thread drops a flowing stream with buffered values, everything "
                  "is freed at home");

  flowing_init (&flowing, 8, 2);
  athr_stream_set_flowing (flowing.source.stream, TRUE);
  athr_source_await_blocked (&flowing.source, 3);
  athr_test_drop_on_thread (g_steal_pointer (&flowing.source.stream));
  g_assert_null (flowing.source.value_finalized_on[0]);
  flowing_assert_ended (&flowing);
  g_assert_cmpuint (flowing.n_values, ==, 0);
}

static void
test_operation_keeps (void)
{
  g_auto (AthrFlow) flow = { 0, };
  AthrStream *stream;

  g_test_summary ("A next under way keeps the stream alive, and the flow emits the values "
                  "before it");

  athr_flow_init (&flow, 3, 1);
  flow.counter.holds = TRUE;
  stream = flow.counter.stream;
  g_object_add_weak_pointer (G_OBJECT (stream), (gpointer *) &stream);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, flow.number == 3);
  athr_stream_next_async (stream, NULL, athr_log_next, &flow.log);
  g_clear_object (&flow.counter.stream);
  athr_test_drain (NULL);
  g_assert_nonnull (stream);
  athr_gate_open (&flow.counter.hold);
  athr_log_await (&flow.log, "1 2 3 end");
  g_assert_null (stream);
}

typedef struct
{
  GMainContext *context;
  Flowing flowing;
} DyingContext;

static void
dying_context_init (DyingContext *self)
{
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  flowing_init (&self->flowing, 8, 2);
  g_signal_handlers_disconnect_by_func (self->flowing.source.stream, never_called, NULL);
  athr_stream_set_flowing (self->flowing.source.stream, TRUE);
  g_main_context_pop_thread_default (self->context);
  athr_source_await_blocked (&self->flowing.source, 3);
}

static void
test_context_dies (void)
{
  DyingContext dying = { 0, };
  AthrSource *source = &dying.flowing.source;

  g_test_summary ("When the context dies with values buffered, the producer is closed, and "
                  "the values can be taken");

  dying_context_init (&dying);
  g_main_context_unref (dying.context);
  athr_source_await_returned (source);
  g_assert_true (source->refused);
  g_assert_true (g_cancellable_is_cancelled (source->cancellable));
  g_assert_cmpuint (dying.flowing.n_values, ==, 0);
  g_assert_null (source->value_finalized_on[0]);
  g_assert_cmpuint (athr_stream_get_n_buffered (source->stream), ==, 3);
  g_assert_true (athr_stream_try_next (source->stream, NULL));

  /* Setting the flow on a dead context calls no handler. */
  athr_stream_set_flowing (source->stream, FALSE);
  athr_stream_set_flowing (source->stream, TRUE);
  athr_test_drain (NULL);
  g_assert_cmpuint (dying.flowing.n_values, ==, 0);
  g_clear_object (&source->stream);
  athr_test_yield_until (g_atomic_pointer_get (&source->data_destroyed_on) != NULL);
  g_assert_nonnull (source->value_finalized_on[0]);
  g_assert_nonnull (source->value_finalized_on[2]);
  athr_source_clear (source);
}

static void
test_context_dies_half_way (void)
{
  DyingContext dying = { 0, };
  AthrSource *source = &dying.flowing.source;

  g_test_summary ("The stream may be dropped and its context die after some values were "
                  "emitted");

  dying_context_init (&dying);
  athr_test_iterate_until (dying.context, dying.flowing.n_values >= 2);
  g_clear_object (&source->stream);
  g_main_context_unref (dying.context);
  athr_source_await_returned (source);
  athr_test_yield_until (g_atomic_pointer_get (&source->data_destroyed_on) != NULL);
  for (int i = 0; i < g_atomic_int_get (&source->n_yielded); i++)
    g_assert_nonnull (g_atomic_pointer_get (&source->value_finalized_on[i]));
  athr_source_clear (source);
}

static void
test_home_moves (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("Setting `flowing` under another context moves the home there");

  athr_flow_init (&flow, 3, 10);
  g_main_context_push_thread_default (context);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  g_main_context_pop_thread_default (context);
  athr_counter_await_returned (&flow.counter);
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  athr_test_iterate_until (context, athr_stream_is_done (flow.counter.stream));
  athr_test_drain (context);
  g_assert_cmpstr (flow.log.words->str, ==, "1 2 3 finished");
}

static void
test_home_stays (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrFlow) flow = { 0, };

  g_test_summary ("A stream that was started keeps its home when `flowing` is set under "
                  "another context");

  athr_flow_init (&flow, 3, 10);
  athr_stream_start (flow.counter.stream);
  g_main_context_push_thread_default (context);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  g_main_context_pop_thread_default (context);
  athr_counter_await_returned (&flow.counter);
  athr_test_drain (context);
  g_assert_cmpstr (flow.log.words->str, ==, "");
  athr_log_await (&flow.log, "1 2 3 finished");
}

static gpointer
flow_on_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AthrFlow *flow = data;

  g_main_context_push_thread_default (context);
  flow->log.home = g_thread_self ();
  athr_stream_set_flowing (flow->counter.stream, TRUE);
  athr_test_iterate_until (context, athr_stream_is_done (flow->counter.stream));
  athr_test_drain (context);
  g_assert_cmpstr (flow->log.words->str, ==, "1 2 3 finished");
  g_assert_true (g_atomic_pointer_get (&flow->counter.destroyed_on) == g_thread_self ());
  flow->counter.destroyed_on = NULL;
  g_clear_object (&flow->counter.stream);
  athr_test_drain (context);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_home_thread (void)
{
  AthrFlow flow = { 0, };

  g_test_summary ("When another thread sets `flowing` under its own context, that thread "
                  "gets everything");

  athr_flow_init (&flow, 3, 1);
  g_thread_join (g_thread_new ("flows", flow_on_thread, &flow));
  athr_test_drain (NULL);
  g_assert_cmpstr (flow.log.words->str, ==, "1 2 3 finished");
  athr_test_note_thread (&flow.counter.destroyed_on);
  athr_flow_clear (&flow);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/flow/drop/plain", test_plain);
  g_test_add_func ("/athr/stream/flow/drop/waiting", test_waiting);
  g_test_add_func ("/athr/stream/flow/drop/in-handler", test_in_handler);
  g_test_add_func ("/athr/stream/flow/drop/in-handler-elsewhere", test_in_handler_elsewhere);
  g_test_add_func ("/athr/stream/flow/drop/on-thread", test_on_thread);
  g_test_add_func ("/athr/stream/flow/drop/operation", test_operation_keeps);
  g_test_add_func ("/athr/hazards/09-dead-context/flow/dies", test_context_dies);
  g_test_add_func ("/athr/hazards/09-dead-context/flow/dies-half-way", test_context_dies_half_way);
  g_test_add_func ("/athr/stream/flow/home/moves", test_home_moves);
  g_test_add_func ("/athr/stream/flow/home/stays", test_home_stays);
  g_test_add_func ("/athr/stream/flow/home/thread", test_home_thread);

  return g_test_run ();
}
