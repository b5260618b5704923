/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-source-test.h"
#include "stream/stream-steps-test.h"

/* Hazards 8 and 9. A stream or list is dropped, or its context dies, while something is
 * queued for it. */

static void
never_called (void)
{
  g_assert_not_reached ();
}

/* Fails when the stream emits a signal. */
static void
watch_silence (AthrStream *stream)
{
  g_signal_connect (stream, "value", G_CALLBACK (never_called), NULL);
  g_signal_connect (stream, "finished", G_CALLBACK (never_called), NULL);
  g_signal_connect (stream, "notify::state", G_CALLBACK (never_called), NULL);
  g_signal_connect (stream, "notify::progress", G_CALLBACK (never_called), NULL);
}

static void
test_flow (void)
{
  AthrSource source;

  g_test_summary ("A stream that is dropped while values and the end are queued emits nothing");

  athr_source_init (&source, 5, 8);
  watch_silence (source.stream);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 5);
  athr_source_clear (&source);
}

static void
count_answer (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  (*(guint *) user_data)++;
}

static void
test_batch (void)
{
  AthrSource source;
  guint n_answers = 0;

  g_test_summary ("A pending batch is answered once, although its stream was dropped; the "
                  "flow of the stream emits nothing");

  athr_source_init (&source, 5, 8);
  g_signal_connect (source.stream, "finished", G_CALLBACK (never_called), NULL);
  g_signal_connect (source.stream, "value", G_CALLBACK (never_called), NULL);
  athr_stream_next_batch_async (source.stream, 2, NULL, count_answer, &n_answers);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  g_assert_cmpuint (n_answers, ==, 1);
  athr_source_assert_ended (&source, 5);
  athr_source_clear (&source);
}

static void
test_close (void)
{
  g_auto (AthrLog) log = { 0 };
  AthrSource source;

  g_test_summary ("A pending close of a dropped stream is answered once, after everything "
                  "was freed");

  athr_log_init (&log);
  athr_source_init (&source, 5, 2);
  g_signal_connect (source.stream, "value", G_CALLBACK (never_called), NULL);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_blocked (&source, 3);
  athr_stream_close_async (source.stream, NULL, athr_log_close, &log);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  athr_log_await (&log, "close");
  athr_source_assert_ended (&source, 3);
  athr_source_clear (&source);
}

static void
test_close_unanswered (void)
{
  AthrSource source;

  g_test_summary ("A stream is dropped after a close without a callback");

  athr_source_init (&source, 5, 2);
  athr_stream_start (source.stream);
  athr_source_await_blocked (&source, 2);
  athr_stream_close_async (source.stream, NULL, NULL, NULL);
  g_clear_object (&source.stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 2);
  athr_source_clear (&source);
}

static void
test_list (void)
{
  AthrSource source;
  AthrStreamListModel *list;

  g_test_summary ("A list that is dropped while items are queued emits nothing");

  athr_source_init (&source, 5, 8);
  list = athr_stream_list_model_new (source.stream, ATHR_TYPE_WITNESS);
  g_signal_connect (list, "items-changed", G_CALLBACK (never_called), NULL);
  g_signal_connect (list, "notify", G_CALLBACK (never_called), NULL);
  athr_source_await_returned (&source);
  g_clear_object (&source.stream);
  g_object_unref (list);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&source, 5);
  athr_source_clear (&source);
}

static void
test_steps (void)
{
  AthrStepper stepper;

  g_test_summary ("A stream of parked steps is dropped while values are queued: it emits "
                  "nothing, and no step runs");

  athr_stepper_init (&stepper, 100, 2);
  watch_silence (stepper.stream);
  athr_stream_set_flowing (stepper.stream, TRUE);
  athr_stepper_await_parked (&stepper, 3);
  g_clear_object (&stepper.stream);
  g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, 3);
  athr_stepper_clear (&stepper);
}

/* The context dies. */

static void
pending_init (AthrSource    *source,
              GMainContext **context,
              guint          n_values,
              guint          buffer_size)
{
  *context = g_main_context_new ();
  g_main_context_push_thread_default (*context);
  athr_source_init (source, n_values, buffer_size);
  watch_silence (source->stream);
}

/* Ends the context. What is queued there is freed with the context; a worker that has
 * something for the dead context frees it itself. */
static void
pending_end (AthrSource   *source,
             GMainContext *context)
{
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_source_await_returned (source);
  athr_test_yield_until (g_atomic_pointer_get (&source->data_destroyed_on) != NULL);
  g_clear_object (&source->stream);
  for (int i = 0; i < g_atomic_int_get (&source->n_yielded); i++)
    g_assert_nonnull (g_atomic_pointer_get (&source->value_finalized_on[i]));
  athr_source_clear (source);
}

static void
test_context_flow (void)
{
  GMainContext *context;
  AthrSource source;

  g_test_summary ("A context that was never iterated dies under a flow: the blocked producer "
                  "is closed, and returns");

  pending_init (&source, &context, 8, 2);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_blocked (&source, 3);
  pending_end (&source, context);
  g_assert_true (source.refused);
}

static void
test_context_values (void)
{
  GMainContext *context;
  AthrSource source;

  g_test_summary ("The context dies while all values of a flow and the end are pending");

  pending_init (&source, &context, 5, 8);
  athr_stream_set_flowing (source.stream, TRUE);
  athr_source_await_returned (&source);
  pending_end (&source, context);
  g_assert_false (source.refused);
}

static void
test_context_buffer (void)
{
  GMainContext *context;
  AthrSource source;

  g_test_summary ("The context dies while the buffer has values that the consumer never "
                  "asked for");

  pending_init (&source, &context, 5, 8);
  athr_stream_start (source.stream);
  athr_source_await_returned (&source);
  pending_end (&source, context);
}

static void
test_context_steps (void)
{
  GMainContext *context = g_main_context_new ();
  AthrStepper stepper;

  g_test_summary ("The context dies while steps are parked: their data is freed, no step "
                  "runs, and the stream emits nothing");

  g_main_context_push_thread_default (context);
  athr_stepper_init (&stepper, 100, 2);
  watch_silence (stepper.stream);
  athr_stream_set_flowing (stepper.stream, TRUE);
  athr_stepper_await_parked (&stepper, 3);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_test_yield_until (g_atomic_pointer_get (&stepper.destroyed_on) != NULL);
  g_assert_cmpint (g_atomic_int_get (&stepper.n_steps), ==, 3);
  athr_stepper_clear (&stepper);
}

/* The user data of a producer that reports progress, waits, and reports again. */
typedef struct
{
  AthrGate gate;
  GThread *destroyed_on; /* atomic */
} Reporter;

static void
report_and_wait (AthrYielder  *yielder,
                 gpointer      user_data,
                 GError      **error)
{
  Reporter *self = user_data;

  athr_yielder_report_progress (yielder, 0.5, "half of it");
  athr_gate_pass (&self->gate);
  athr_yielder_report_progress (yielder, 0.7, "more of it");
  g_assert_true (athr_yielder_is_closed (yielder));
  g_assert_true (g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder)));
}

static void
reporter_destroy (gpointer user_data)
{
  athr_test_note_thread (&((Reporter *) user_data)->destroyed_on);
}

static void
test_context_progress (void)
{
  GMainContext *context = g_main_context_new ();
  AthrStream *stream;
  Reporter reporter = { .destroyed_on = NULL };

  g_test_summary ("The context dies while progress is pending, and the producer reports more");

  athr_gate_init (&reporter.gate);
  g_main_context_push_thread_default (context);
  stream = athr_stream_new (report_and_wait, &reporter, reporter_destroy);
  watch_silence (stream);
  athr_stream_start (stream);
  g_main_context_pop_thread_default (context);
  athr_gate_await (&reporter.gate, 1);
  g_main_context_unref (context);
  athr_gate_open (&reporter.gate);
  athr_test_yield_until (g_atomic_pointer_get (&reporter.destroyed_on) != NULL);
  g_object_unref (stream);
  athr_gate_clear (&reporter.gate);
}

static void
test_context_messages (void)
{
  GMainContext *context;
  AthrSource source;
  GThread *finalized_on[2] = { NULL, NULL };
  GValue value = G_VALUE_INIT;

  g_test_summary ("The context dies while messages wait that the producer never receives");

  pending_init (&source, &context, 8, 2);
  for (guint i = 0; i < 2; i++)
    {
      if (i == 1)
        athr_stream_start (source.stream);
      g_value_init (&value, G_TYPE_OBJECT);
      g_value_take_object (&value, athr_witness_new (&finalized_on[i]));
      athr_stream_send (source.stream, &value);
      g_value_unset (&value);
    }
  athr_source_await_blocked (&source, 2);
  pending_end (&source, context);
  g_assert_true (finalized_on[0] == g_thread_self ());
  g_assert_true (finalized_on[1] == g_thread_self ());
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/hazards/" path, test)
  add ("08-owner-dies/flow", test_flow);
  add ("08-owner-dies/batch", test_batch);
  add ("08-owner-dies/close", test_close);
  add ("08-owner-dies/close/unanswered", test_close_unanswered);
  add ("08-owner-dies/list", test_list);
  add ("08-owner-dies/steps", test_steps);
  add ("09-dead-context/pending/flow", test_context_flow);
  add ("09-dead-context/pending/values", test_context_values);
  add ("09-dead-context/pending/buffer", test_context_buffer);
  add ("09-dead-context/pending/steps", test_context_steps);
  add ("09-dead-context/pending/progress", test_context_progress);
  add ("09-dead-context/pending/messages", test_context_messages);

  return g_test_run ();
}
