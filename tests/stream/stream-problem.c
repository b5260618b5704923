/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-yielder-private.h"
#include "stream-test.h"
#include "thread-test.h"

/* A producer that reports "1", "2" ... and then yields @n_values values. */
typedef struct
{
  AthrExecutor *executor;
  AthrStream *stream;
  guint n_problems;
  guint n_values;       /* yielded after the problems */
  gboolean holds;       /* it waits at the gate before it returns */
  AthrGate hold;
  AthrYielder *yielder; /* owned, when the function has run */
  GThread *finalized_on; /* atomic; of the data that is attached to the last file */
  AthrLog log;
} Reporter;

static void
reporter_report (Reporter    *self,
                 AthrYielder *yielder,
                 guint        number)
{
  g_autofree char *message = g_strdup_printf ("%u", number);
  GFile *file = g_file_new_for_path ("/folder");

  g_object_set_data_full (G_OBJECT (file), "witness", athr_witness_new (&self->finalized_on),
                          g_object_unref);
  athr_yielder_take_problem (yielder, file, message);
}

static void
reporter_run (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  Reporter *self = user_data;

  g_set_object (&self->yielder, yielder);
  for (guint i = 1; i <= self->n_problems; i++)
    reporter_report (self, yielder, i);
  for (guint i = 1; i <= self->n_values; i++)
    athr_yielder_yield (yielder, NULL, G_TYPE_UINT, i);
  if (self->holds)
    athr_gate_pass (&self->hold);
}

static void
on_problem (AthrStream *stream,
            GFile      *file,
            const char *message,
            gpointer    user_data)
{
  g_autofree char *word = g_strdup_printf ("!%s", message);

  g_assert_true (G_IS_FILE (file));
  athr_log_add (user_data, word);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          gpointer      user_data)
{
  g_autofree char *word = g_strdup_printf ("%u", g_value_get_uint (value));

  athr_log_add (user_data, word);
}

static void
set_up (Reporter      *self,
        gconstpointer  data)
{
  *self = (Reporter) { .n_problems = 3 };
  athr_gate_init (&self->hold);
  athr_log_init (&self->log);
  self->executor = athr_executor_new ("reporter", 1);
  self->stream = athr_stream_new (reporter_run, self, NULL);
  athr_stream_set_executor (self->stream, self->executor);
  athr_log_watch (&self->log, self->stream);
  g_signal_connect (self->stream, "problem", G_CALLBACK (on_problem), &self->log);
}

static void
await_rest (Reporter *self)
{
  /* In this order: a queued job becomes a running one. */
  athr_test_yield_until (athr_executor_get_n_queued (self->executor) == 0 &&
                         athr_executor_get_n_running (self->executor) == 0);
}

static void
tear_down (Reporter      *self,
           gconstpointer  data)
{
  athr_gate_open (&self->hold);
  g_clear_object (&self->stream);
  await_rest (self);
  athr_test_drain (NULL);
  g_clear_object (&self->yielder);
  g_object_unref (self->executor);
  athr_log_clear (&self->log);
  athr_gate_clear (&self->hold);
}

static void
test_order (Reporter      *self,
            gconstpointer  data)
{
  g_test_summary ("Problems are emitted in order, all of them before the end");

  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  await_rest (self);
  athr_log_await (&self->log, "!1 !2 !3 ENDED end finished");
  g_assert_true (self->finalized_on == g_thread_self ());
}

static void
test_flow (Reporter      *self,
           gconstpointer  data)
{
  self->n_values = 2;
  g_signal_connect (self->stream, "value", G_CALLBACK (on_value), &self->log);
  athr_stream_set_flowing (self->stream, TRUE);
  await_rest (self);
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log.words->str, "finished"));
  g_assert_nonnull (strstr (self->log.words->str, "!1 !2 !3"));
  g_assert_nonnull (strstr (self->log.words->str, "1 2"));
  g_assert_true (strstr (self->log.words->str, "!3") < strstr (self->log.words->str, "ENDED"));
}

static void
test_at_once (Reporter      *self,
              gconstpointer  data)
{
  g_test_summary ("Problems do not wait for the end, nor for a next");

  self->holds = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  athr_log_await (&self->log, "RUNNING !1 !2 !3");
}

static void
close_here (AthrStream *stream,
            GFile      *file,
            const char *message,
            gpointer    user_data)
{
  if (g_str_equal (message, "1"))
    athr_stream_close_async (stream, NULL, athr_log_close, user_data);
}

static void
test_close (Reporter      *self,
            gconstpointer  data)
{
  g_test_summary ("After a close the problems that were reported before are emitted, and "
                  "later ones are freed");

  g_signal_connect (self->stream, "problem", G_CALLBACK (close_here), &self->log);
  self->holds = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  athr_log_await (&self->log, "RUNNING !1 !2 !3");
  self->finalized_on = NULL;
  reporter_report (self, self->yielder, 4);
  g_assert_nonnull (self->finalized_on);
  athr_gate_open (&self->hold);
  athr_log_await (&self->log, "RUNNING !1 !2 !3 CLOSED close finished");
}

static void
iterate_here (AthrStream *stream,
              GFile      *file,
              const char *message,
              gpointer    user_data)
{
  AthrLog *log = user_data;

  if (g_str_equal (message, "1"))
    athr_test_iterate_until (NULL, g_str_has_suffix (log->words->str, "finished"));
}

static void
test_nested (Reporter      *self,
             gconstpointer  data)
{
  g_test_summary ("A main loop inside a `problem` handler emits the other problems, up to "
                  "the end");

  g_signal_connect (self->stream, "problem", G_CALLBACK (iterate_here), &self->log);
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  await_rest (self);
  athr_log_await (&self->log, "!1 !2 !3 ENDED end finished");
}

static void
wait_for_second (AthrStream *stream,
                 GFile      *file,
                 const char *message,
                 gpointer    user_data)
{
  AthrLog *log = user_data;

  if (g_str_equal (message, "1"))
    athr_test_iterate_until (NULL, strstr (log->words->str, "!2") != NULL);
}

static void
test_nested_running (Reporter      *self,
                     gconstpointer  data)
{
  g_test_summary ("A main loop inside a `problem` handler emits the next problem while the "
                  "function still runs");

  g_signal_connect (self->stream, "problem", G_CALLBACK (wait_for_second), &self->log);
  self->holds = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  athr_log_await (&self->log, "RUNNING !1 !2 !3");
}

static void
drop_here (AthrStream *stream,
           GFile      *file,
           const char *message,
           gpointer    user_data)
{
  Reporter *self = user_data;

  if (self->stream != NULL)
    g_clear_object (&self->stream);
}

static void
test_drop (Reporter      *self,
           gconstpointer  data)
{
  g_test_summary ("A stream that a `problem` handler drops lives until the handlers have "
                  "returned");

  g_signal_connect (self->stream, "problem", G_CALLBACK (drop_here), self);
  self->holds = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  athr_test_iterate_until (NULL, self->stream == NULL);
  g_assert_nonnull (strstr (self->log.words->str, "!1"));
}

static void
test_dropped (Reporter      *self,
              gconstpointer  data)
{
  g_test_summary ("The problems of a dropped stream are freed at home");

  self->holds = TRUE;
  self->n_problems = 1;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  g_assert_null (g_atomic_pointer_get (&self->finalized_on));
  g_clear_object (&self->stream);
  g_assert_true (self->finalized_on == g_thread_self ());
  g_assert_cmpstr (self->log.words->str, ==, "");
}

static void
test_bound (Reporter      *self,
            gconstpointer  data)
{
  g_autofree char *last = NULL;

  g_test_summary ("At most ATHR_PROBLEM_MAX problems wait, and the last one says how many "
                  "more there were");

  self->n_problems = ATHR_PROBLEM_MAX + 5;
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  await_rest (self);
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log.words->str, "finished"));
  last = g_strdup_printf (" !%u !%u (and 5 more) ENDED end finished",
                          ATHR_PROBLEM_MAX - 1, ATHR_PROBLEM_MAX);
  g_assert_true (g_str_has_suffix (self->log.words->str, last));
}

static void
be_slow (AthrStream *stream,
         GFile      *file,
         const char *message,
         gpointer    user_data)
{
  gint64 end = g_get_monotonic_time () + 6 * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    ;
}

static gboolean
log_tick (gpointer user_data)
{
  athr_log_add (user_data, "tick");

  return G_SOURCE_CONTINUE;
}

static void
test_slices (Reporter      *self,
             gconstpointer  data)
{
  guint tick;

  g_test_summary ("Slow `problem` handlers do not starve other sources of the main loop");

  g_signal_connect (self->stream, "problem", G_CALLBACK (be_slow), NULL);
  athr_stream_next_async (self->stream, NULL, athr_log_next, &self->log);
  await_rest (self);
  tick = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, log_tick, &self->log, NULL);
  athr_test_iterate_until (NULL, strstr (self->log.words->str, "finished") != NULL);
  g_source_remove (tick);
  g_assert_nonnull (strstr (self->log.words->str, "!1 tick"));
  g_assert_nonnull (strstr (self->log.words->str, "!2 tick"));
}

static void
test_no_handler (Reporter      *self,
                 gconstpointer  data)
{
  g_test_summary ("Without a handler, problems are freed at home");

  g_signal_handlers_disconnect_by_data (self->stream, &self->log);
  self->n_problems = 1;
  self->holds = TRUE;
  athr_stream_start (self->stream);
  athr_gate_await (&self->hold, 1);
  athr_test_iterate_until (NULL, self->finalized_on != NULL);
  g_assert_true (self->finalized_on == g_thread_self ());
}

static void
report_in_words (AthrYielder  *yielder,
                 gpointer      file,
                 GError      **error)
{
  athr_yielder_report_problem (yielder, NULL, "no file");
  athr_yielder_report_problem (yielder, file, "a file");
}

static void
log_problem (AthrStream *stream,
             GFile      *file,
             const char *message,
             gpointer    user_data)
{
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autofree char *word = g_strdup_printf ("%s:%s", path != NULL ? path : "-", message);

  athr_log_add (user_data, word);
}

static void
test_any_producer (void)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/folder");
  g_autoptr (AthrStream) stream = athr_stream_new (report_in_words, file, NULL);
  g_auto (AthrLog) log = { 0 };

  g_test_summary ("Any producer may report problems, also without a file");

  athr_log_init (&log);
  g_signal_connect (stream, "problem", G_CALLBACK (log_problem), &log);
  athr_stream_next_async (stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "-:no file /folder:a file end");
}

static void
test_bad_input (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_autoptr (GFile) file = g_file_new_for_path ("/folder");

  g_test_summary ("A problem needs a message; without a stream nobody hears of the problem");

  athr_yielder_report_problem (yielder, file, "nobody hears");
  athr_yielder_report_problem (yielder, NULL, "nobody hears");
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*report_problem*message != NULL*");
  athr_yielder_report_problem (yielder, file, NULL);
  g_test_assert_expected_messages ();
}

static void
add (const char  *path,
     void       (*test) (Reporter *, gconstpointer))
{
  g_test_add (path, Reporter, NULL, set_up, test, tear_down);
}

static void
burn_slice (gpointer  data,
            GObject  *file)
{
  athr_test_burn (6000);
}

static void
report_slow_files (AthrYielder  *yielder,
                   gpointer      user_data,
                   GError      **error)
{
  for (guint i = 0; i < 5; i++)
    {
      GFile *file = g_file_new_for_path ("/folder");

      g_object_weak_ref (G_OBJECT (file), burn_slice, NULL);
      athr_yielder_take_problem (yielder, file, "slow");
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "failed");
}

static void
check_failed (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);

  g_assert_false (athr_stream_next_finish_into (stream, result, NULL, NULL));
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_FAILED);
  g_assert_error (athr_stream_get_error (stream), G_IO_ERROR, G_IO_ERROR_FAILED);
  *(gboolean *) user_data = TRUE;
}

static void
test_state_before_error (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("problem", 1);
  g_autoptr (AthrStream) stream = athr_stream_new (report_slow_files, NULL, NULL);
  gboolean is_answered = FALSE;

  g_test_summary ("The state is final before the error is handed out, even when problems that "
                  "no handler hears of take several slices");

  athr_stream_set_executor (stream, executor);
  athr_stream_next_async (stream, NULL, check_failed, &is_answered);
  while (athr_executor_get_n_queued (executor) > 0 || athr_executor_get_n_running (executor) > 0)
    g_thread_yield ();
  while (!is_answered)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/athr/stream/problem/order", test_order);
  add ("/athr/stream/problem/flow", test_flow);
  add ("/athr/stream/problem/at-once", test_at_once);
  add ("/athr/stream/problem/close", test_close);
  add ("/athr/stream/problem/nested", test_nested);
  add ("/athr/stream/problem/nested-running", test_nested_running);
  add ("/athr/stream/problem/drop", test_drop);
  add ("/athr/stream/problem/dropped", test_dropped);
  add ("/athr/stream/problem/bound", test_bound);
  add ("/athr/stream/problem/slices", test_slices);
  add ("/athr/stream/problem/no-handler", test_no_handler);
  g_test_add_func ("/athr/stream/problem/state-before-error", test_state_before_error);
  g_test_add_func ("/athr/stream/problem/any-producer", test_any_producer);
  g_test_add_func ("/athr/stream/problem/bad-input", test_bad_input);

  return g_test_run ();
}
