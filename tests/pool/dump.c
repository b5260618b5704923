/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* gettid() */

#include "config.h"

#include <athreading/athreading.h>

#include "athr-test.h"
#include "fork-test.h"

#define N 100

/* The lines of the dump that have @text. */
static GStrv
find_lines (const char *text)
{
  g_autofree char *dump = athr_dump_alive ();
  g_auto (GStrv) lines = g_strsplit (dump, "\n", -1);
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();

  g_assert_true (*dump == '\0' || g_str_has_suffix (dump, "\n"));
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], text) != NULL)
      g_strv_builder_add (found, lines[i]);

  return g_strv_builder_end (found);
}

/* Matches the only line that has @text. */
static void
assert_line (const char *text,
             const char *pattern)
{
  g_auto (GStrv) lines = find_lines (text);

  g_assert_cmpuint (g_strv_length (lines), ==, 1);
  if (!g_regex_match_simple (pattern, lines[0], G_REGEX_ANCHORED, 0))
    g_error ("“%s” does not match “%s”", lines[0], pattern);
}

static void
assert_no_line (const char *text)
{
  g_auto (GStrv) lines = find_lines (text);

  g_assert_cmpstr (lines[0], ==, NULL);
}

/* Only executors may be left. */
static void
assert_nothing_alive (void)
{
  g_auto (GStrv) lines = find_lines ("");

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0' && !g_str_has_prefix (lines[i], "executor "))
      g_error ("Alive: %s", lines[i]);
}

typedef struct
{
  AthrGate begun;
  AthrGate may_end;
  int thread; /* atomic; what the kernel calls the last worker */
} Work;

static void
work_init (Work *self)
{
  athr_gate_init (&self->begun);
  athr_gate_init (&self->may_end);
}

static void
work_clear (Work *self)
{
  athr_gate_clear (&self->begun);
  athr_gate_clear (&self->may_end);
}

static void
wait_at_gate (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  Work *self = user_data;

  g_atomic_int_set (&self->thread, gettid ());
  athr_gate_open (&self->begun);
  athr_gate_pass (&self->may_end);
}

static void
set_true (gpointer object,
          gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

static AthrCall *
new_call (AthrCallFunc  func,
          gpointer      data,
          const char   *name,
          AthrExecutor *executor)
{
  AthrCall *call = athr_call_new (func, data, NULL);

  athr_call_set_name (call, name);
  athr_call_set_executor (call, executor);

  return call;
}

static void
test_call (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  g_autofree char *running = NULL;
  gboolean has_finished = FALSE;
  AthrCall *first, *second;
  Work work;

  work_init (&work);
  first = new_call (wait_at_gate, &work, "first", executor);
  second = new_call (wait_at_gate, &work, "second", executor);
  assert_line ("“first”", "call “first” \\(AthrCall 0x[0-9a-f]+\\): not started; age \\d+\\.\\d{3} s$");

  athr_call_start (first);
  athr_gate_pass (&work.begun);
  g_signal_connect (second, "finished", G_CALLBACK (set_true), &has_finished);
  athr_call_start (second);
  running = g_strdup_printf ("call “first” \\(AthrCall 0x[0-9a-f]+\\): running on thread %d \\(one\\) for \\d+\\.\\d{3} s "
                             "after \\d+\\.\\d{3} s in the queue; age \\d+\\.\\d{3} s$", g_atomic_int_get (&work.thread));
  assert_line ("“first”", running);
  assert_line ("“second”", "call “second” .*: queued for \\d+\\.\\d{3} s; age \\d+\\.\\d{3} s$");
  assert_line ("“one”", "executor “one” \\(AthrExecutor 0x[0-9a-f]+\\): open, 1 running, 1 queued, 0 waiting, "
                        "1 threads \\(max-threads 1\\); age");

  athr_call_cancel (first);
  assert_line ("“first”", "call “first” .* in the queue, told to stop; age");
  athr_gate_open (&work.may_end);
  athr_test_iterate_until (NULL, has_finished);
  assert_line ("“first”", "call “first” .*: cancelled; age");
  assert_line ("“second”", "call “second” .*: succeeded; age");

  g_object_unref (first);
  g_object_unref (second);
  assert_nothing_alive ();
  work_clear (&work);
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
fail (AthrCall  *call,
      gpointer   user_data,
      GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "");
}

/* The main context has not heard of the outcome. */
static void
test_not_delivered (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  gboolean has_finished = FALSE;
  AthrCall *call = new_call (fail, NULL, "failing", executor);

  g_signal_connect (call, "finished", G_CALLBACK (set_true), &has_finished);
  athr_call_start (call);
  athr_test_yield_until (athr_call_get_state (call) == ATHR_CALL_STATE_FAILED);
  assert_line ("“failing”", "call “failing” .*: over, waits for its main context; age");

  athr_test_iterate_until (NULL, has_finished);
  assert_line ("“failing”", "call “failing” .*: failed; age");
  g_object_unref (call);
  assert_nothing_alive ();
}

static void
run_other (AthrCall  *call,
           gpointer   other,
           GError   **error)
{
  athr_call_run (other, NULL, NULL, error);
}

static void
test_waits (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("two", 2);
  gboolean has_finished = FALSE;
  AthrCall *inner, *outer;
  Work work;

  work_init (&work);
  inner = new_call (wait_at_gate, &work, "inner", executor);
  outer = new_call (run_other, inner, "outer", executor);
  g_signal_connect (outer, "finished", G_CALLBACK (set_true), &has_finished);
  athr_call_start (outer);
  athr_gate_pass (&work.begun);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 1);
  assert_line ("“outer”", "call “outer” .*: waits for other work on thread \\d+ \\(two\\) for");
  assert_line ("“two”", "executor “two” .* 1 running, 0 queued, 1 waiting, 2 threads \\(max-threads 2\\)");

  athr_gate_open (&work.may_end);
  athr_test_iterate_until (NULL, has_finished);
  g_object_unref (inner);
  g_object_unref (outer);
  athr_test_drain (NULL);
  assert_nothing_alive ();
  work_clear (&work);
}

static void
yield_for_ever (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  while (athr_yielder_yield (yielder, NULL, G_TYPE_INT, 1))
    ;
  if (user_data != NULL)
    athr_gate_pass (&((Work *) user_data)->may_end);
}

static void
test_stream (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("streams", 2);
  g_autoptr (GAsyncResult) result = NULL;
  AthrStream *stream = athr_stream_new (yield_for_ever, NULL, NULL);

  athr_stream_set_name (stream, "endless");
  athr_stream_set_executor (stream, executor);
  assert_line ("“endless”", "stream “endless” \\(AthrStream 0x[0-9a-f]+\\): not started; age");
  athr_stream_start (stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) == 64 &&
                         athr_executor_get_n_running (executor) == 0);
  assert_line ("“endless”", "stream “endless” .*: waits for room on thread \\d+ \\(streams\\) for");

  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_line ("“endless”", "stream “endless” .*: closed; age");
  g_clear_object (&result);
  g_object_unref (stream);
  assert_nothing_alive ();
}

static void
yield_once (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  athr_yielder_yield (yielder, error, G_TYPE_INT, 1);
}

static void
test_steps (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("steps", 1);
  AthrStream *stream = athr_stream_new_steps (yield_once, NULL, NULL);
  AthrCall *call;
  Work work;

  work_init (&work);
  call = new_call (wait_at_gate, &work, NULL, executor);
  athr_stream_set_name (stream, "steps");
  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 2);
  athr_call_start (call);
  athr_gate_pass (&work.begun);
  athr_stream_start (stream);
  assert_line ("stream “steps”", "stream “steps” .*: queued for \\d+\\.\\d{3} s; age");

  athr_gate_open (&work.may_end);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) == 2 &&
                         athr_executor_get_n_queued (executor) + athr_executor_get_n_running (executor) == 0);
  assert_line ("stream “steps”", "stream “steps” .*: parked; age");

  g_object_unref (stream);
  g_object_unref (call);
  athr_test_drain (NULL);
  assert_nothing_alive ();
  work_clear (&work);
}

/* A stream that was dropped is there until its function has returned. */
static void
test_dropped_stream (void)
{
  AthrStream *stream;
  Work work;

  work_init (&work);
  stream = athr_stream_new (yield_for_ever, &work, NULL);
  athr_stream_set_name (stream, "dropped");
  athr_stream_start (stream);
  athr_test_yield_until (athr_stream_get_n_buffered (stream) == 64);
  g_object_unref (stream);
  athr_gate_await (&work.may_end, 1);
  assert_line ("“dropped”", "stream “dropped” .*: running on thread .* in the queue, told to close, dropped; age");

  athr_gate_open (&work.may_end);
  athr_test_yield_until (athr_executor_get_n_running (athr_executor_get_default ()) == 0);
  assert_nothing_alive ();
  athr_test_drain (NULL);
  work_clear (&work);
}

static void
test_group (void)
{
  AthrGroup *group = athr_group_new (ATHR_GROUP_COLLECT);
  g_autoptr (AthrCall) first = NULL, second = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Work work;

  work_init (&work);
  first = new_call (return_nothing, NULL, "first", NULL);
  second = new_call (wait_at_gate, &work, "second", NULL);
  athr_group_set_name (group, "pair");
  assert_line ("“pair”", "group “pair” \\(AthrGroup 0x[0-9a-f]+\\): not started, 0 of 0 done; age");
  g_assert_true (athr_group_add (group, first, NULL));
  g_assert_true (athr_group_add (group, second, NULL));
  athr_test_iterate_until (NULL, athr_group_get_n_done (group) == 1);
  assert_line ("“pair”", "group “pair” .*: running, 1 of 2 done; age");

  athr_gate_open (&work.may_end);
  athr_group_wait_async (group, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  assert_line ("“pair”", "group “pair” .*: succeeded, 2 of 2 done; age");
  g_clear_object (&result);
  g_object_unref (group);
  athr_test_drain (NULL);
  g_clear_object (&first);
  g_clear_object (&second);
  assert_nothing_alive ();
  work_clear (&work);
}

static void
test_latest (void)
{
  AthrLatest *latest = athr_latest_new (0);
  AthrCall *call = new_call (return_nothing, NULL, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  assert_line ("latest", "latest \\(AthrLatest 0x[0-9a-f]+\\): idle; age");
  athr_latest_run_async (latest, call, NULL, athr_test_keep_result, &result);
  assert_line ("latest", "latest .*: running; age");
  athr_test_iterate_until (NULL, result != NULL);
  assert_line ("latest", "latest .*: idle; age");
  g_clear_object (&result);
  g_object_unref (latest);
  g_object_unref (call);
  athr_test_drain (NULL);
  assert_nothing_alive ();
}

static void
test_executor (void)
{
  AthrExecutor *executor = athr_executor_new ("private", 3);
  g_autoptr (GAsyncResult) result = NULL;
  AthrCall *call;
  Work work;

  work_init (&work);
  call = new_call (wait_at_gate, &work, NULL, executor);
  athr_executor_set_paused (executor, TRUE);
  assert_line ("“private”", "executor “private” .*: open, paused, 0 running, 0 queued, 0 waiting, 0 threads \\(max-threads 3\\); age");
  athr_executor_set_paused (executor, FALSE);
  athr_call_start (call);
  athr_gate_pass (&work.begun);
  athr_executor_close_async (executor, FALSE, NULL, athr_test_keep_result, &result);
  assert_line ("“private”", "executor “private” .*: closing, 1 running");

  athr_gate_open (&work.may_end);
  athr_test_iterate_until (NULL, result != NULL);
  assert_line ("“private”", "executor “private” .*: closed, 0 running, 0 queued, 0 waiting, 0 threads \\(max-threads 3\\); age");
  g_clear_object (&result);
  g_object_unref (call);
  g_object_unref (executor);
  athr_test_drain (NULL);
  assert_no_line ("“private”");
  work_clear (&work);
}

/* A dropped executor is there until its threads have left. */
static void
test_dropped_executor (void)
{
  AthrExecutor *executor = athr_executor_new ("unused", 1);
  g_autoptr (AthrCall) call = NULL;
  Work work;

  g_object_unref (executor);
  assert_no_line ("“unused”");

  work_init (&work);
  executor = athr_executor_new ("draining", 1);
  call = new_call (wait_at_gate, &work, NULL, executor);
  athr_call_start (call);
  athr_gate_pass (&work.begun);
  g_clear_object (&executor);
  assert_line ("“draining”", "executor “draining” .*: open, 1 running");
  athr_gate_open (&work.may_end);
  athr_test_iterate_until (NULL, athr_call_get_state (call) == ATHR_CALL_STATE_SUCCEEDED);
  g_clear_object (&call);
  athr_test_drain (NULL);
  for (guint n = 1; n > 0;)
    {
      g_auto (GStrv) lines = find_lines ("“draining”");

      n = g_strv_length (lines);
      g_thread_yield ();
    }
  work_clear (&work);
}

/* A hundred of each, and afterwards none. */
static void
test_all (void)
{
  AthrExecutor *executor = athr_executor_new ("hundred", 2);
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GAsyncResult) result = NULL;
  Work work;

  work_init (&work);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("name-%u", i);
      AthrCall *call = new_call (wait_at_gate, &work, name, executor);
      AthrCall *child = new_call (return_nothing, NULL, name, executor);
      AthrStream *stream = athr_stream_new (yield_for_ever, NULL, NULL);
      AthrGroup *group = athr_group_new (ATHR_GROUP_COLLECT);

      g_ptr_array_add (objects, call);
      g_ptr_array_add (objects, child);
      g_ptr_array_add (objects, stream);
      g_ptr_array_add (objects, group);
      athr_stream_set_executor (stream, executor);
      athr_stream_set_name (stream, name);
      athr_group_set_name (group, name);
      athr_call_start (call);
      athr_stream_start (stream);
      g_assert_true (athr_group_add (group, child, NULL));
    }
  for (guint i = 0; i < N; i++)
    {
      static const char * const kinds[] = { "call", "call", "stream", "group" };
      g_autofree char *name = g_strdup_printf ("“name-%u”", i);
      g_auto (GStrv) lines = find_lines (name);

      g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (kinds));
      for (guint j = 0; j < G_N_ELEMENTS (kinds); j++)
        g_assert_true (g_str_has_prefix (lines[j], kinds[j]));
    }

  athr_gate_open (&work.may_end);
  g_ptr_array_set_size (objects, 0);
  athr_executor_close_async (executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_clear_object (&result);
  g_object_unref (executor);
  athr_test_drain (NULL);
  assert_nothing_alive ();
  assert_no_line ("“hundred”");
  work_clear (&work);
}

static gpointer
dump_until (gpointer is_over)
{
  while (!g_atomic_int_get ((int *) is_over))
    g_free (athr_dump_alive ());

  return NULL;
}

/* Another thread dumps all the time while objects come and go here, on workers and by names. */
static void
test_any_thread (void)
{
  int is_over = FALSE;
  GThread *thread = g_thread_new ("dump", dump_until, &is_over);

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (AthrExecutor) executor = athr_executor_new ("short", 1);
      g_autoptr (AthrCall) call = new_call (return_nothing, NULL, "short", executor);
      g_autoptr (AthrStream) stream = athr_stream_new (yield_once, NULL, NULL);

      athr_stream_set_name (stream, "short");
      athr_call_set_name (call, "renamed");
      g_assert_true (athr_call_run (call, NULL, NULL, NULL));
      g_assert_true (athr_stream_next (stream, NULL, NULL, NULL));
    }
  g_atomic_int_set (&is_over, TRUE);
  g_thread_join (thread);
  athr_test_drain (NULL);
}

/* The child of a fork has only its own objects. */
static void
test_fork (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("parent", 1);
  g_autoptr (AthrCall) call = new_call (return_nothing, NULL, "parent", executor);
  int status;
  pid_t pid;

#if defined (__SANITIZE_THREAD__)
  g_test_skip ("ThreadSanitizer aborts a child of a fork that creates threads");
  return;
#endif
  pid = athr_test_fork ();
  if (pid == 0)
    {
      g_autoptr (AthrCall) own = new_call (return_nothing, NULL, "child", NULL);

      assert_no_line ("parent");
      assert_line ("“child”", "call “child” .*: not started");
      g_assert_true (athr_call_run (own, NULL, NULL, NULL));
      g_clear_object (&own);
      assert_no_line ("“child”");
      g_clear_object (&call);
      athr_test_leave_child ();
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  assert_line ("call “parent”", "call “parent” .*: not started");
  assert_line ("executor “parent”", "executor “parent” .*: open");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/dump/call", test_call);
  g_test_add_func ("/athr/dump/not-delivered", test_not_delivered);
  g_test_add_func ("/athr/dump/waits", test_waits);
  g_test_add_func ("/athr/dump/stream", test_stream);
  g_test_add_func ("/athr/dump/steps", test_steps);
  g_test_add_func ("/athr/dump/dropped-stream", test_dropped_stream);
  g_test_add_func ("/athr/dump/group", test_group);
  g_test_add_func ("/athr/dump/latest", test_latest);
  g_test_add_func ("/athr/dump/executor", test_executor);
  g_test_add_func ("/athr/dump/dropped-executor", test_dropped_executor);
  g_test_add_func ("/athr/dump/all", test_all);
  g_test_add_func ("/athr/dump/any-thread", test_any_thread);
  g_test_add_func ("/athr/dump/fork", test_fork);

  return g_test_run ();
}
