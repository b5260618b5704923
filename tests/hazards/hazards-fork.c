/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <athreading/athreading.h>

#include "athr-test.h"
#include "fork-test.h"
#include "stream/athr-yielder-private.h"

/* Hazard 19. A process forks while other threads use the library, and the child uses it, too. */

static gboolean is_child;

/* LeakSanitizer asks this at exit. In a child it would report what only the threads of the
 * parent knew. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return is_child;
}

#if defined (__SANITIZE_THREAD__)
#define HAS_TSAN 1
#elif defined (__has_feature)
#if __has_feature (thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif
#ifndef HAS_TSAN
#define HAS_TSAN 0
#endif

static gboolean
fork_child (pid_t *pid)
{
  /* The child would print again what is buffered. */
  fflush (NULL);
  *pid = fork ();
  g_assert_cmpint (*pid, >=, 0);
  if (*pid > 0)
    return FALSE;

  is_child = TRUE;
  if (athr_test_is_on_valgrind ())
    atexit (athr_test_leave_child);
  alarm (ATHR_TEST_TIMEOUT / G_TIME_SPAN_SECOND);

  return TRUE;
}

static void
assert_child_succeeds (pid_t pid)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status))
    g_error ("The child was killed by signal %d", WTERMSIG (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
run_in_child (void (*func) (gpointer),
              gpointer data)
{
  pid_t pid;

  if (fork_child (&pid))
    {
      func (data);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);
}

/* Work */

static void
compute (AthrCall  *call,
         gpointer   user_data,
         GError   **error)
{
  athr_call_report_progress (call, 0.5, "half");
  athr_call_get_cancellable (call);
  athr_call_return (call, G_TYPE_INT, 42);
}

static void
wait_for_cancel (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  GPollFD fd;

  if (g_cancellable_make_pollfd (athr_call_get_cancellable (call), &fd))
    g_poll (&fd, 1, -1);
  g_cancellable_release_fd (athr_call_get_cancellable (call));
}

static void
compute_elsewhere (AthrCall  *call,
                   gpointer   user_data,
                   GError   **error)
{
  g_autoptr (AthrCall) other = athr_call_new (compute, NULL, NULL);

  athr_call_set_executor (other, user_data);
  g_assert_true (athr_call_run (other, NULL, NULL, error));
}

static void
count (AthrYielder  *yielder,
       gpointer      user_data,
       GError      **error)
{
  for (int i = 1; i <= 5; i++)
    {
      athr_yielder_report_progress (yielder, i / 5., NULL);
      athr_yielder_take_problem (yielder, g_file_new_for_path ("/"), "no problem");
      if (!athr_yielder_yield (yielder, error, G_TYPE_INT, i))
        return;
    }
}

static void
yield_objects (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  while (athr_yielder_yield (yielder, error, G_TYPE_OBJECT, object))
    ;
}

static void
count_step (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  if (athr_yielder_yield (yielder, error, G_TYPE_INT, 1))
    athr_yielder_end (yielder);
}

static void
exchange (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  GValue sent = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  while (!athr_yielder_is_closed (yielder) &&
         athr_yielder_exchange_value (yielder, &value, &sent, error))
    g_value_unset (&sent);
}

static void
fail (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "");
}

static void
wait_to_yield (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  GPollFD fd;

  if (g_cancellable_make_pollfd (athr_yielder_get_cancellable (yielder), &fd))
    g_poll (&fd, 1, -1);
  g_cancellable_release_fd (athr_yielder_get_cancellable (yielder));
}

static void
do_nothing (gpointer user_data)
{
}

static void
answer_at_once (AthrQuestion *question,
                gpointer      user_data)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  g_value_init (&answer, G_TYPE_INT);
  g_value_set_int (&answer, 42);
  athr_question_answer (question, &answer);
}

static void
ask_in_call (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  athr_call_post (call, do_nothing, NULL, NULL);
  if (athr_call_ask (call, answer_at_once, NULL, NULL, &answer, error))
    athr_call_return_value (call, &answer);
}

static void
ask_in_stream (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  athr_yielder_post (yielder, do_nothing, NULL, NULL);
  if (athr_yielder_ask (yielder, answer_at_once, NULL, NULL, &answer, error))
    athr_yielder_yield_value (yielder, &answer, error);
}

static void
yield_item (AthrYielder  *yielder,
            const GValue *item,
            gpointer      user_data,
            GError      **error)
{
  athr_yielder_yield_value (yielder, item, error);
}

static void
set_true (gpointer object,
          gpointer flag)
{
  *(gboolean *) flag = TRUE;
}

/* The outcome of a call that the caller starts in @context. */
static void
run_async (AthrCall      *call,
           GMainContext  *context,
           GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);
  if (athr_call_run_finish_into (call, result, &value, error) && G_VALUE_HOLDS_INT (&value))
    g_assert_cmpint (g_value_get_int (&value), ==, 42);
}

static gboolean
next_async (AthrStream    *stream,
            GMainContext  *context,
            GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_stream_next_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_stream_next_finish_into (stream, result, &value, error) && G_IS_VALUE (&value);
}

static gboolean
next_batch_async (AthrStream    *stream,
                  GMainContext  *context,
                  GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GArray) values = NULL;

  athr_stream_next_batch_async (stream, 10, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);
  values = athr_stream_next_batch_finish (stream, result, error);

  return values != NULL && values->len > 0;
}

static gboolean
close_stream (AthrStream    *stream,
              GMainContext  *context,
              GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_stream_close_finish (stream, result, error);
}

static gboolean
run_latest (AthrLatest    *latest,
            AthrCall      *call,
            GMainContext  *context,
            GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_latest_run_async (latest, call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_latest_run_finish_into (latest, result, NULL, error);
}

static gboolean
wait_group (AthrGroup     *group,
            GMainContext  *context,
            GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_group_wait_async (group, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_group_wait_finish (group, result, error);
}

static gboolean
close_group (AthrGroup     *group,
             GMainContext  *context,
             GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_group_close_async (group, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_group_close_finish (group, result, error);
}

static gboolean
close_executor (AthrExecutor  *executor,
                GMainContext  *context,
                GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  athr_executor_close_async (executor, TRUE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);

  return athr_executor_close_finish (executor, result, error);
}

/* What the child does */

static void
assert_says_fork (GError **error)
{
  g_assert_error (*error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error[0]->message, "fork"));
  g_clear_error (error);
}

static void
use_old_call (AthrCall *call)
{
  g_autoptr (GError) error = NULL;

  run_async (call, NULL, &error);
  assert_says_fork (&error);
  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  assert_says_fork (&error);
  athr_call_get_state (call);
  athr_call_get_error (call);
  athr_call_report_progress (call, 1, NULL);
  athr_call_cancel (call);
}

static void
use_old_stream (AthrStream *stream)
{
  g_autoptr (AthrStreamListModel) list = athr_stream_list_model_new (stream, G_TYPE_OBJECT);
  g_autoptr (GError) failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "");
  g_autoptr (GError) error = NULL;

  g_clear_error (&error);
  error = g_error_copy (athr_stream_list_model_get_error (list));
  assert_says_fork (&error);
  g_assert_false (next_async (stream, NULL, &error));
  assert_says_fork (&error);
  g_assert_false (next_batch_async (stream, NULL, &error));
  assert_says_fork (&error);
  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  assert_says_fork (&error);
  g_assert_false (athr_stream_try_next (stream, NULL));
  g_assert_cmpuint (athr_stream_get_n_buffered (stream), ==, 0);
  g_assert_cmpuint (athr_stream_get_n_dropped (stream), ==, 0);
  g_assert_false (athr_stream_is_done (stream));
  athr_stream_get_state (stream);
  athr_stream_get_error (stream);
  athr_stream_set_flowing (stream, FALSE);
  athr_stream_send (stream, NULL);
  athr_stream_throw (stream, failure);
  g_assert_false (close_stream (stream, NULL, &error));
  assert_says_fork (&error);
}

static void
use_old_executor (AthrExecutor *executor)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (count, NULL, NULL);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  athr_call_set_executor (call, executor);
  run_async (call, NULL, &error);
  assert_says_fork (&error);
  athr_stream_set_executor (stream, executor);
  g_assert_false (next_async (stream, NULL, &error));
  assert_says_fork (&error);
  athr_executor_run_task (executor, task, (GTaskThreadFunc) abort);
  athr_test_iterate_until (NULL, g_task_get_completed (task));
  g_assert_false (g_task_propagate_boolean (task, &error));
  assert_says_fork (&error);

  g_assert_cmpuint (athr_executor_get_n_running (executor), ==, 0);
  g_assert_cmpuint (athr_executor_get_n_queued (executor), ==, 0);
  g_assert_cmpuint (athr_executor_get_max_threads (executor), >, 0);
  if (executor != athr_executor_get_default ())
    g_assert_false (close_executor (executor, NULL, &error));
  assert_says_fork (&error);
}

static void
use_old_latest (AthrLatest *latest)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (run_latest (latest, call, NULL, &error));
  assert_says_fork (&error);
  athr_latest_get_busy (latest);
  athr_latest_cancel (latest);
}

static void
use_old_group (AthrGroup *group)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_group_add (group, call, &error));
  assert_says_fork (&error);
  g_assert_false (wait_group (group, NULL, &error));
  assert_says_fork (&error);
  g_assert_false (close_group (group, NULL, &error));
  assert_says_fork (&error);
  athr_group_get_n_calls (group);
  athr_group_get_progress (group);
}

static void
use_old_object (gpointer object)
{
  if (ATHR_IS_CALL (object))
    use_old_call (object);
  else if (ATHR_IS_STREAM (object))
    use_old_stream (object);
  else if (ATHR_IS_EXECUTOR (object))
    use_old_executor (object);
  else if (ATHR_IS_LATEST (object))
    use_old_latest (object);
  else if (ATHR_IS_GROUP (object))
    use_old_group (object);
  g_object_unref (object);
}

static void
use_new_calls (AthrExecutor *executor,
               GMainContext *context)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (AthrCall) blocking = athr_call_new (compute_elsewhere, executor, NULL);
  g_autoptr (AthrCall) slow = athr_call_new (wait_for_cancel, NULL, NULL);
  g_autoptr (GError) error = NULL;

  athr_call_set_executor (call, executor);
  athr_call_set_timeout (call, ATHR_TEST_TIMEOUT / G_TIME_SPAN_MILLISECOND);
  run_async (call, context, &error);
  g_assert_no_error (error);

  athr_call_set_executor (blocking, executor);
  g_assert_true (athr_call_run (blocking, NULL, NULL, &error));
  g_assert_no_error (error);

  athr_call_set_timeout (slow, 1);
  run_async (slow, context, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
use_new_streams (AthrExecutor *executor,
                 GMainContext *context)
{
  g_autoptr (AthrStream) stream = athr_stream_new (count, NULL, NULL);
  g_autoptr (AthrStream) flow = athr_stream_new_steps (count_step, NULL, NULL);
  g_autoptr (AthrStream) blocking = athr_stream_new (exchange, NULL, NULL);
  g_autoptr (GError) error = NULL;
  gboolean has_finished = FALSE;

  athr_stream_set_buffer_size (stream, 1);
  athr_stream_set_executor (stream, executor);
  g_assert_true (next_async (stream, context, &error));
  g_assert_true (next_batch_async (stream, context, &error));
  g_assert_true (close_stream (stream, context, &error));

  g_signal_connect (flow, "finished", G_CALLBACK (set_true), &has_finished);
  athr_stream_set_executor (flow, executor);
  athr_stream_set_flowing (flow, TRUE);
  athr_test_iterate_until (context, has_finished);

  athr_stream_set_executor (blocking, executor);
  athr_stream_send (blocking, NULL);
  g_assert_true (athr_stream_next (blocking, NULL, NULL, &error));
  g_assert_true (close_stream (blocking, context, &error));
}

/* Structured work */

static gpointer scene_objects[32];
static guint n_scene_objects;

static gpointer
scene_add (gpointer object)
{
  scene_objects[n_scene_objects] = object;
  n_scene_objects++;

  return object;
}

/* In the parent, the scene keeps @object, so that the child uses an old object. */
static void
scene_keep (gpointer object)
{
  if (!is_child)
    scene_add (g_object_ref (object));
}

static void
play_questions (AthrExecutor *executor,
                GMainContext *context)
{
  g_autoptr (AthrCall) call = athr_call_new (ask_in_call, NULL, NULL);
  g_autoptr (AthrCall) refused = athr_call_new (ask_in_call, NULL, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (ask_in_stream, NULL, NULL);
  g_autoptr (GError) error = NULL;

  scene_keep (call);
  scene_keep (stream);
  athr_call_set_executor (call, executor);
  run_async (call, context, &error);
  g_assert_no_error (error);
  athr_stream_set_executor (stream, executor);
  g_assert_true (next_async (stream, context, &error));
  /* Home is blocked. */
  g_assert_false (athr_call_run (refused, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
play_owners (AthrExecutor *executor,
             GMainContext *context)
{
  g_autoptr (AthrCall) call = athr_call_new (wait_for_cancel, NULL, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (wait_to_yield, NULL, NULL);
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GAsyncResult) ran = NULL, came = NULL;

  scene_keep (call);
  scene_keep (stream);
  athr_call_set_executor (call, executor);
  athr_stream_set_executor (stream, executor);
  athr_call_bind (call, owner);
  athr_stream_bind (stream, owner);
  athr_call_run_async (call, NULL, athr_test_keep_result, &ran);
  athr_stream_next_async (stream, NULL, athr_test_keep_result, &came);
  g_clear_object (&owner);
  athr_test_iterate_until (context, ran != NULL && came != NULL);
  athr_test_iterate_until (context, athr_call_get_state (call) == ATHR_CALL_STATE_CANCELLED);
}

static void
play_map (AthrExecutor *executor,
          GMainContext *context)
{
  GValue items[] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr (AthrStream) source = NULL, map = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_value_init (&items[i], G_TYPE_INT);
  source = athr_stream_new_for_values (items, G_N_ELEMENTS (items));
  map = athr_stream_new_map (source, 2, ATHR_MAP_DEFAULT, yield_item, NULL, NULL);
  scene_keep (map);
  athr_stream_set_executor (map, executor);
  g_assert_true (next_async (map, context, &error));
  g_assert_true (athr_stream_next (map, NULL, NULL, &error));
  g_assert_true (close_stream (map, context, &error));
}

static void
play_latest (AthrExecutor *executor,
             GMainContext *context)
{
  g_autoptr (AthrLatest) latest = athr_latest_new (1);
  g_autoptr (AthrCall) superseded = athr_call_new (compute, NULL, NULL);
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  scene_keep (latest);
  athr_latest_set_serial (latest, TRUE);
  athr_call_set_executor (call, executor);
  athr_latest_run_async (latest, superseded, NULL, athr_test_keep_result, &result);
  g_assert_true (run_latest (latest, call, context, &error));
  g_assert_nonnull (result);
}

static void
play_group (AthrExecutor *executor,
            GMainContext *context)
{
  g_autoptr (AthrGroup) group = athr_group_new (ATHR_GROUP_COLLECT);
  g_autoptr (GError) error = NULL;

  scene_keep (group);
  athr_group_set_max_running (group, 1);
  athr_group_set_timeout (group, ATHR_TEST_TIMEOUT / G_TIME_SPAN_MILLISECOND);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);

      athr_call_set_executor (call, executor);
      g_assert_true (athr_group_add (group, call, &error));
    }
  g_assert_true (wait_group (group, context, &error));
  g_assert_true (close_group (group, context, &error));
}

static void
play_structured_work (AthrExecutor *executor,
                      GMainContext *context)
{
  play_questions (executor, context);
  play_owners (executor, context);
  play_map (executor, context);
  play_latest (executor, context);
  play_group (executor, context);
  g_free (athr_dump_alive ());
}

static void
use_new_objects (GMainContext *context)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("child", 2);
  g_autoptr (GError) error = NULL;

  use_new_calls (NULL, context);
  use_new_calls (executor, context);
  use_new_streams (NULL, context);
  use_new_streams (executor, context);
  play_structured_work (NULL, context);
  play_structured_work (executor, context);
  g_assert_true (close_executor (executor, context, &error));
}

static void
use_new_context (gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  g_assert_cmpint (athr_main_context_get_fd (context), >=, 0);
  use_new_objects (context);
  g_main_context_pop_thread_default (context);
}

static void
use_default_context (gpointer unused)
{
  use_new_objects (NULL);
}

/* A scene uses everything that takes a lock, on an owner's thread and on workers. */

static void
play_calls (AthrExecutor *executor,
            GMainContext *context)
{
  AthrCall *call = scene_add (athr_call_new (compute, NULL, NULL));
  AthrCall *nested = scene_add (athr_call_new (compute_elsewhere, executor, NULL));
  AthrCall *slow = scene_add (athr_call_new (wait_for_cancel, NULL, NULL));
  AthrCall *cancelled = scene_add (athr_call_new (wait_for_cancel, NULL, NULL));
  g_autoptr (GError) error = NULL;
  gboolean has_finished = FALSE;

  athr_call_set_executor (call, executor);
  athr_call_set_timeout (call, ATHR_TEST_TIMEOUT / G_TIME_SPAN_MILLISECOND);
  run_async (call, context, NULL);

  athr_call_set_executor (nested, executor);
  athr_call_run (nested, NULL, NULL, NULL);

  athr_call_set_timeout (slow, 1);
  run_async (slow, context, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  g_signal_connect (cancelled, "finished", G_CALLBACK (set_true), &has_finished);
  athr_call_start (cancelled);
  athr_call_cancel (cancelled);
  athr_test_iterate_until (context, has_finished);
}

static void
play_streams (AthrExecutor *executor,
              GMainContext *context)
{
  AthrStream *stream = scene_add (athr_stream_new (count, NULL, NULL));
  AthrStream *flow = scene_add (athr_stream_new_steps (count_step, NULL, NULL));
  AthrStream *blocking = scene_add (athr_stream_new (exchange, NULL, NULL));
  AthrStream *objects = scene_add (athr_stream_new (yield_objects, NULL, NULL));
  AthrStreamListModel *list = scene_add (athr_stream_list_model_new (objects, G_TYPE_OBJECT));
  gboolean has_finished = FALSE;

  athr_test_iterate_until (context, g_list_model_get_n_items (G_LIST_MODEL (list)) > 0);
  close_stream (objects, context, NULL);

  athr_stream_set_buffer_size (stream, 1);
  next_async (stream, context, NULL);
  athr_stream_try_next (stream, NULL);
  athr_stream_get_n_buffered (stream);
  next_batch_async (stream, context, NULL);
  close_stream (stream, context, NULL);

  g_signal_connect (flow, "finished", G_CALLBACK (set_true), &has_finished);
  athr_stream_set_executor (flow, executor);
  athr_stream_set_flowing (flow, TRUE);
  athr_test_iterate_until (context, has_finished);

  athr_stream_set_executor (blocking, executor);
  athr_stream_set_buffer_size (blocking, 0);
  athr_stream_send (blocking, NULL);
  athr_stream_next (blocking, NULL, NULL, NULL);
  athr_stream_next (blocking, NULL, NULL, NULL);
  close_stream (blocking, context, NULL);
}

static sem_t scene_changed; /* a thread was held, or the scene is over */

static gpointer
play_scene (gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  AthrExecutor *executor;

  g_main_context_push_thread_default (context);
  executor = scene_add (athr_executor_new ("scene", 2));
  play_calls (executor, context);
  play_streams (executor, context);
  play_structured_work (executor, context);
  close_executor (executor, context, NULL);
  while (n_scene_objects > 0)
    g_object_unref (scene_objects[--n_scene_objects]);
  g_main_context_pop_thread_default (context);
  sem_post (&scene_changed);

  return NULL;
}

/* Every place of the library that takes a lock calls one of these two functions, by the option
 * --wrap of the linker. The first thread of the scene that comes to a new place is held there,
 * with the lock. Meanwhile the others wait before they take their next lock: a thread whose time-out comes as the
 * process forks could hold a lock of GLib. */

static GThread *main_thread;
static pthread_mutex_t places_mutex = PTHREAD_MUTEX_INITIALIZER;
static gpointer places[1024]; /* (places_mutex) */
static guint n_places;        /* (places_mutex) */
static gboolean holds_next;   /* (places_mutex) */
static gboolean is_holding;   /* (places_mutex) */
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static sem_t may_go_on;

static gboolean
must_hold (gpointer place)
{
  gboolean is_new;

  pthread_mutex_lock (&places_mutex);
  is_new = holds_next;
  for (guint i = 0; is_new && i < n_places; i++)
    is_new = places[i] != place;
  if (is_new)
    {
      g_assert_cmpuint (n_places, <, G_N_ELEMENTS (places));
      places[n_places++] = place;
      holds_next = FALSE;
      is_holding = TRUE;
    }
  pthread_mutex_unlock (&places_mutex);

  return is_new;
}

/* A thread that is inside a signal is not held there. GLib has a list of the signals that are being emitted,
 * which lies on the stacks of the threads. In the child the stacks of other threads are used for new threads, and
 * the next notification crashes as it walks through the list. */
static _Thread_local guint n_emissions;

static gboolean
is_of_scene (void)
{
  return !is_child && main_thread != NULL && g_thread_self () != main_thread && n_emissions == 0;
}

static void
will_lock (void)
{
  if (!is_of_scene ())
    return;

  pthread_mutex_lock (&places_mutex);
  while (is_holding)
    pthread_cond_wait (&released, &places_mutex);
  pthread_mutex_unlock (&places_mutex);
}

static void
has_locked (gpointer place)
{
  if (!is_of_scene () || !must_hold (place))
    return;

  sem_post (&scene_changed);
  sem_wait (&may_go_on);
}

void __wrap_g_signal_emit (gpointer instance,
                           guint    signal_id,
                           GQuark   detail,
                           ...);
void __real_g_object_notify_by_pspec (GObject    *object,
                                      GParamSpec *pspec);
void __wrap_g_object_notify_by_pspec (GObject    *object,
                                      GParamSpec *pspec);

void
__wrap_g_signal_emit (gpointer instance,
                      guint    signal_id,
                      GQuark   detail,
                      ...)
{
  va_list args;

  n_emissions++;
  va_start (args, detail);
  g_signal_emit_valist (instance, signal_id, detail, args);
  va_end (args);
  n_emissions--;
}

void
__wrap_g_object_notify_by_pspec (GObject    *object,
                                 GParamSpec *pspec)
{
  n_emissions++;
  __real_g_object_notify_by_pspec (object, pspec);
  n_emissions--;
}

void __real_g_mutex_lock (GMutex *mutex);
void __wrap_g_mutex_lock (GMutex *mutex);
gboolean __real_g_mutex_trylock (GMutex *mutex);
gboolean __wrap_g_mutex_trylock (GMutex *mutex);

void
__wrap_g_mutex_lock (GMutex *mutex)
{
  will_lock ();
  __real_g_mutex_lock (mutex);
  has_locked (__builtin_return_address (0));
}

gboolean
__wrap_g_mutex_trylock (GMutex *mutex)
{
  gboolean is_locked;

  will_lock ();
  is_locked = __real_g_mutex_trylock (mutex);
  if (is_locked)
    has_locked (__builtin_return_address (0));

  return is_locked;
}

static void
use_after_scene (gpointer unused)
{
  for (guint i = 0; i < n_scene_objects; i++)
    use_old_object (scene_objects[i]);
  use_default_context (NULL);
  use_new_context (NULL);
}

static void
test_locks_held (void)
{
  gboolean is_held;

  g_test_summary ("A process forks again and again, while another thread holds a lock of the "
                  "library, once for each place that takes a lock.");
  main_thread = g_thread_self ();
  do
    {
      GThread *scene;

      holds_next = TRUE;
      scene = g_thread_new ("scene", play_scene, NULL);
      while (sem_wait (&scene_changed) != 0)
        ;
      pthread_mutex_lock (&places_mutex);
      is_held = !holds_next;
      holds_next = FALSE;
      pthread_mutex_unlock (&places_mutex);
      if (is_held)
        {
          athr_test_yield_until (athr_test_others_sleep ());
          run_in_child (use_after_scene, NULL);
          pthread_mutex_lock (&places_mutex);
          is_holding = FALSE;
          pthread_cond_broadcast (&released);
          pthread_mutex_unlock (&places_mutex);
          sem_post (&may_go_on);
          while (sem_wait (&scene_changed) != 0)
            ;
        }
      g_thread_join (scene);
    }
  while (is_held);

  g_test_message ("%u places", n_places);
  g_assert_cmpuint (n_places, >, 10);
  main_thread = NULL;
}

typedef struct
{
  AthrCall *call;
  AthrStream *stream;
  GCancellable *cancellable;
} Blocked;

static void
use_all_old (gpointer objects)
{
  GPtrArray *old = objects;

  for (guint i = 0; i < old->len; i++)
    use_old_object (old->pdata[i]);
  use_default_context (NULL);
}

static gpointer
run_blocking (gpointer data)
{
  Blocked *blocked = data;

  g_assert_false (athr_call_run (blocked->call, blocked->cancellable, NULL, NULL));

  return NULL;
}

static gpointer
next_blocking (gpointer data)
{
  Blocked *blocked = data;

  g_assert_false (athr_stream_next (blocked->stream, blocked->cancellable, NULL, NULL));

  return NULL;
}

static void
drop_cancellable (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  g_object_unref (cancellable);
}

static void
test_blocked (void)
{
  GThreadFunc block[] = { run_blocking, next_blocking };

  for (guint i = 0; i < G_N_ELEMENTS (block); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (wait_for_cancel, NULL, NULL);
      g_autoptr (AthrStream) stream = athr_stream_new (wait_to_yield, NULL, NULL);
      Blocked blocked = { call, stream, g_cancellable_new () };
      GThread *thread = g_thread_new ("blocked", block[i], &blocked);

      athr_test_yield_until (athr_executor_get_n_running (athr_executor_get_default ()) == 1 &&
                             athr_test_others_sleep ());
      run_in_child (drop_cancellable, blocked.cancellable);
      g_cancellable_cancel (blocked.cancellable);
      g_thread_join (thread);
      g_object_unref (blocked.cancellable);
      close_stream (stream, NULL, NULL);
    }
}

static void
use_old_list (gpointer list)
{
  g_object_unref (list);
  use_default_context (NULL);
}

static void
test_list_model (void)
{
  AthrStreamListModel *list = athr_stream_list_model_new (NULL, G_TYPE_OBJECT);
  g_autoptr (AthrStreamListModel) reading = NULL;
  g_autoptr (AthrStream) stream = athr_stream_new (wait_to_yield, NULL, NULL);

  run_in_child (use_old_list, list);
  g_object_unref (list);

  reading = athr_stream_list_model_new (stream, G_TYPE_OBJECT);
  athr_test_yield_until (athr_executor_get_n_running (athr_executor_get_default ()) == 1 &&
                         athr_test_others_sleep ());
  run_in_child (use_old_list, reading);
}

static void
fork_once_swapped (pid_t *pid)
{
  if (*pid == -1)
    fork_child (pid);
}

static void
test_list_model_in_handler (gconstpointer signal)
{
  gboolean is_value = g_str_equal (signal, "value");
  g_autoptr (AthrStream) stream = athr_stream_new (yield_objects, NULL, NULL);
  g_autoptr (AthrStreamListModel) list = NULL;
  pid_t pid = -1;

  /* The handler of the list comes behind the handler that forks. */
  if (is_value)
    g_signal_connect_swapped (stream, signal, G_CALLBACK (fork_once_swapped), &pid);
  list = athr_stream_list_model_new (stream, G_TYPE_OBJECT);
  if (!is_value)
    g_signal_connect_swapped (list, signal, G_CALLBACK (fork_once_swapped), &pid);
  athr_test_iterate_until (NULL, pid != -1);
  if (is_child)
    {
      use_old_list (list);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);
  athr_test_iterate_until (NULL, g_list_model_get_n_items (G_LIST_MODEL (list)) > 0);
}

static GMainContext *
make_context (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);

  g_main_context_push_thread_default (context);
  run_async (call, context, NULL);
  g_main_context_pop_thread_default (context);

  return context;
}

static void
drop_context (gpointer context)
{
  g_main_context_unref (context);
  use_default_context (NULL);
}

static void
test_context_dropped (void)
{
  g_autoptr (GMainContext) context = make_context ();

  athr_test_yield_until (athr_test_others_sleep ());
  run_in_child (drop_context, context);
}

/* An epoll set watches the eventfd itself, not only its descriptor. */
static void
use_foreign_loop (gpointer context)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  struct epoll_event event = { .events = EPOLLIN };
  int set = epoll_create1 (EPOLL_CLOEXEC);
  int fd;

  g_main_context_push_thread_default (context);
  fd = athr_main_context_get_fd (context);
  g_assert_cmpint (epoll_ctl (set, EPOLL_CTL_ADD, fd, &event), ==, 0);
  athr_test_drain (context);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  while (result == NULL)
    {
      g_assert_cmpint (epoll_wait (set, &event, 1, -1), ==, 1);
      athr_test_drain (context);
    }
  g_main_context_pop_thread_default (context);
}

static void
test_foreign_loop (void)
{
  g_autoptr (GMainContext) context = make_context ();

  athr_test_yield_until (athr_test_others_sleep ());
  run_in_child (use_foreign_loop, context);
}

static void
test_under_way (void)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) ran = NULL;
  g_autoptr (GAsyncResult) came = NULL;
  AthrExecutor *executor = athr_executor_new ("parent", 4);
  AthrCall *initial = athr_call_new (compute, NULL, NULL);
  AthrCall *running = athr_call_new (wait_for_cancel, NULL, NULL);
  AthrStream *full = athr_stream_new (count, NULL, NULL);
  AthrStream *reading = athr_stream_new (exchange, NULL, NULL);
  AthrStream *failed = athr_stream_new (fail, NULL, NULL);
  pid_t pid;

  g_ptr_array_add (objects, g_object_ref (athr_executor_get_default ()));
  g_ptr_array_add (objects, executor);
  g_ptr_array_add (objects, initial);
  g_ptr_array_add (objects, running);
  g_ptr_array_add (objects, full);
  g_ptr_array_add (objects, reading);
  g_ptr_array_add (objects, failed);
  g_assert_false (next_async (failed, NULL, NULL));
  g_assert_nonnull (athr_stream_get_error (failed));
  athr_call_set_executor (running, executor);
  athr_call_run_async (running, cancellable, athr_test_keep_result, &ran);
  athr_stream_set_executor (full, executor);
  athr_stream_set_buffer_size (full, 3);
  athr_stream_start (full);
  g_assert_true (next_async (reading, NULL, NULL));
  athr_stream_next_async (full, cancellable, athr_test_keep_result, &came);
  athr_test_yield_until (athr_stream_get_n_buffered (full) == 4 && athr_test_others_sleep ());

  if (fork_child (&pid))
    {
      g_cancellable_cancel (cancellable);
      use_all_old (objects);
      /* An operation from before the fork never calls back in the child. */
      g_assert_true (ran == NULL && came == NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);

  g_assert_false (g_cancellable_is_cancelled (cancellable));
  athr_call_cancel (running);
  athr_test_iterate_until (NULL, ran != NULL && came != NULL);
  g_assert_true (athr_stream_next_finish_into (full, came, NULL, NULL));
  close_stream (full, NULL, NULL);
  close_stream (reading, NULL, NULL);
}

static AthrQuestion *kept_question;

static void
keep_question (AthrQuestion *question,
               gpointer      user_data)
{
  kept_question = g_object_ref (question);
}

static void
ask_and_wait (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  g_auto (GValue) answer = G_VALUE_INIT;

  if (athr_call_ask (call, keep_question, NULL, NULL, &answer, error))
    athr_call_return_value (call, &answer);
}

/* A question, a debounce, calls that a group holds back, a map and an owner. */
static void
test_structured_work_under_way (void)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (g_object_unref);
  GValue items[] = { G_VALUE_INIT, G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr (GAsyncResult) asked = NULL, settled = NULL, waited = NULL, orphaned = NULL;
  AthrCall *asking = athr_call_new (ask_and_wait, NULL, NULL);
  AthrCall *latest_call = athr_call_new (compute, NULL, NULL);
  AthrCall *bound = athr_call_new (wait_for_cancel, NULL, NULL);
  AthrLatest *latest = athr_latest_new (G_MAXINT);
  AthrGroup *group = athr_group_new (ATHR_GROUP_COLLECT);
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (AthrStream) source = NULL;
  AthrStream *map;
  pid_t pid;

  g_ptr_array_add (objects, asking);
  g_ptr_array_add (objects, latest_call);
  g_ptr_array_add (objects, bound);
  g_ptr_array_add (objects, latest);
  g_ptr_array_add (objects, group);
  athr_call_run_async (asking, NULL, athr_test_keep_result, &asked);
  athr_test_iterate_until (NULL, kept_question != NULL);
  athr_latest_run_async (latest, latest_call, NULL, athr_test_keep_result, &settled);
  athr_group_set_max_running (group, 1);
  for (guint i = 0; i < 2; i++)
    {
      AthrCall *call = athr_call_new (wait_for_cancel, NULL, NULL);

      g_ptr_array_add (objects, call);
      g_assert_true (athr_group_add (group, call, NULL));
    }
  athr_group_wait_async (group, NULL, athr_test_keep_result, &waited);
  athr_call_bind (bound, owner);
  athr_call_run_async (bound, NULL, athr_test_keep_result, &orphaned);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_value_init (&items[i], G_TYPE_INT);
  source = athr_stream_new_for_values (items, G_N_ELEMENTS (items));
  map = athr_stream_new_map (source, 1, ATHR_MAP_DEFAULT, yield_item, NULL, NULL);
  g_ptr_array_add (objects, map);
  athr_stream_set_buffer_size (map, 1);
  g_assert_true (next_async (map, NULL, NULL));
  athr_test_yield_until (athr_executor_get_n_running (athr_executor_get_default ()) == 2 &&
                         athr_test_others_sleep ());

  if (fork_child (&pid))
    {
      answer_at_once (kept_question, NULL);
      g_object_unref (kept_question);
      g_object_unref (owner);
      use_all_old (objects);
      g_assert_true (asked == NULL && settled == NULL && waited == NULL && orphaned == NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);

  answer_at_once (kept_question, NULL);
  g_clear_object (&kept_question);
  g_object_unref (owner);
  athr_latest_cancel (latest);
  close_group (group, NULL, NULL);
  close_stream (map, NULL, NULL);
  athr_test_iterate_until (NULL, asked != NULL && settled != NULL && waited != NULL && orphaned != NULL);
  g_assert_true (athr_call_run_finish_into (asking, asked, NULL, NULL));
}

#define assert_warns(statement) \
  G_STMT_START { \
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*fork*"); \
    statement; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

typedef struct
{
  AthrExecutor *executor;
  AthrCall *call;
  AthrStream *stream;
} Old;

static void
use_void_functions (gpointer data)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  Old *old = data;

  assert_warns (athr_executor_set_max_threads (old->executor, 3));
  assert_warns (athr_call_start (old->call));
  assert_warns (athr_call_bind (old->call, owner));
  assert_warns (athr_stream_bind (old->stream, owner));
  assert_warns (athr_call_set_timeout (old->call, 1));
  assert_warns (athr_stream_start (old->stream));
  assert_warns (athr_stream_set_flowing (old->stream, TRUE));
  assert_warns (athr_stream_set_buffer_size (old->stream, 1));
}

static void
test_void_functions (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("parent", 2);
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (count, NULL, NULL);
  Old old = { executor, call, stream };

  run_in_child (use_void_functions, &old);
}

static void
use_in_grandchild (gpointer unused)
{
  use_default_context (NULL);
  run_in_child (use_default_context, NULL);
  use_default_context (NULL);
}

static void
test_twice (void)
{
  use_default_context (NULL);
  athr_test_yield_until (athr_test_others_sleep ());
  run_in_child (use_in_grandchild, NULL);
}

/* Forks on workers. A worker forks when the main thread sleeps: the main thread may hold a lock of
 * GLib's as it starts the work, and nobody would unlock it in the child. */

static void
fork_in_call (AthrCall  *call,
              gpointer   returns,
              GError   **error)
{
  pid_t pid;

  athr_test_yield_until (athr_test_others_sleep ());
  if (fork_child (&pid))
    {
      g_autoptr (AthrCall) other = athr_call_new (compute, NULL, NULL);

      g_assert_false (athr_call_run (call, NULL, NULL, error));
      assert_says_fork (error);
      g_assert_nonnull (athr_call_get_cancellable (call));
      athr_call_report_progress (call, 1, NULL);
      assert_warns (athr_call_return (call, G_TYPE_INT, 1));
      /* The process ends when its last thread does. */
      if (returns)
        return;
      g_assert_true (athr_call_run (other, NULL, NULL, NULL));
      use_new_context (NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);
}

static void
fork_in_stream (AthrYielder  *yielder,
                gpointer      returns,
                GError      **error)
{
  GValue value = G_VALUE_INIT;
  pid_t pid;

  athr_test_yield_until (athr_test_others_sleep ());
  if (fork_child (&pid))
    {
      g_assert_true (athr_yielder_is_closed (yielder));
      g_assert_false (athr_yielder_yield (yielder, error, G_TYPE_INT, 1));
      assert_says_fork (error);
      g_assert_false (athr_yielder_exchange_value (yielder, NULL, &value, error));
      assert_says_fork (error);
      g_assert_false (athr_yielder_receive (yielder, &value, error));
      assert_says_fork (error);
      g_assert_false (g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder)));
      athr_yielder_report_progress (yielder, 1, NULL);
      athr_yielder_take_problem (yielder, g_file_new_for_path ("/"), "");
      athr_yielder_end (yielder);
      /* The process ends when its last thread does. */
      if (returns)
        return;
      use_new_context (NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);
}

static void
fork_in_task (GTask        *task,
              gpointer      source,
              gpointer      returns,
              GCancellable *cancellable)
{
  pid_t pid;

  athr_test_yield_until (athr_test_others_sleep ());
  if (fork_child (&pid))
    {
      /* The process ends when its last thread does. */
      if (returns)
        return;
      use_new_context (NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (pid);
  g_task_return_boolean (task, TRUE);
}

static void
test_on_worker (gconstpointer data)
{
  gpointer returns = (gpointer) data;
  g_autoptr (AthrCall) call = athr_call_new (fork_in_call, returns, NULL);
  g_autoptr (AthrStream) stream = athr_stream_new (fork_in_stream, returns, NULL);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_call_run (call, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_true (athr_stream_is_done (stream));
  g_task_set_task_data (task, returns, NULL);
  athr_executor_run_task (athr_executor_get_default (), task, fork_in_task);
  athr_test_iterate_until (NULL, g_task_get_completed (task));
}

/* Forks in callbacks. The callback returns in the child, too. */

static const char *fork_at;
static pid_t forked_pid;

static void
fork_here (const char *place)
{
  if (g_strcmp0 (place, fork_at) != 0)
    return;

  fork_at = NULL;
  athr_test_yield_until (athr_test_others_sleep ());
  fork_child (&forked_pid);
}

static void
fork_in_destroy (gpointer unused)
{
  fork_here ("destroy");
}

static void
fork_in_signal (gpointer    object,
                const char *signal,
                const char *place)
{
  g_signal_connect_swapped (object, signal, G_CALLBACK (fork_here), (gpointer) place);
}

static void
fork_in_callback (GObject      *source,
                  GAsyncResult *result,
                  gpointer      kept)
{
  fork_here ("callback");
  athr_test_keep_result (source, result, kept);
}

static const char * const handlers[] = {
  "call-state", "call-progress", "callback", "destroy", "call-finished", "value", "problem",
  "stream-state", "stream-progress", "stream-finished",
};

static void
test_in_handler (gconstpointer data)
{
  g_autoptr (AthrCall) call = athr_call_new (compute, NULL, fork_in_destroy);
  g_autoptr (AthrStream) stream = athr_stream_new (count, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  gboolean call_has_finished = FALSE, stream_has_finished = FALSE;

  fork_at = data;
  fork_in_signal (call, "notify::state", "call-state");
  fork_in_signal (call, "notify::progress", "call-progress");
  fork_in_signal (call, "finished", "call-finished");
  g_signal_connect (call, "finished", G_CALLBACK (set_true), &call_has_finished);
  fork_in_signal (stream, "notify::state", "stream-state");
  fork_in_signal (stream, "notify::progress", "stream-progress");
  fork_in_signal (stream, "value", "value");
  fork_in_signal (stream, "problem", "problem");
  fork_in_signal (stream, "finished", "stream-finished");
  g_signal_connect (stream, "finished", G_CALLBACK (set_true), &stream_has_finished);

  athr_call_run_async (call, NULL, fork_in_callback, &result);
  athr_test_iterate_until (NULL, is_child || call_has_finished);
  if (!is_child)
    athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, is_child || stream_has_finished);
  g_assert_null (fork_at);

  if (is_child)
    {
      use_old_call (call);
      use_old_stream (stream);
      use_default_context (NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (forked_pid);
}

static gboolean
fork_in_source (gpointer unused)
{
  athr_test_yield_until (athr_test_others_sleep ());
  fork_child (&forked_pid);

  return G_SOURCE_REMOVE;
}

/* A source of the program forks, and returns in the child. In the same iteration of the main loop a source of the
 * library is ready. */
static void
test_in_other_source (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_idle_source_new ();
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, fork_in_source, NULL, NULL);
  g_source_attach (source, context);
  g_main_context_push_thread_default (context);
  call = athr_call_new (compute, NULL, NULL);
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_yield_until (athr_call_get_state (call) == ATHR_CALL_STATE_SUCCEEDED && athr_test_others_sleep ());

  g_main_context_iteration (context, FALSE);
  if (is_child)
    {
      g_assert_null (result);
      g_main_context_pop_thread_default (context);
      use_old_call (call);
      use_default_context (NULL);
      exit (EXIT_SUCCESS);
    }
  assert_child_succeeds (forked_pid);
  athr_test_iterate_until (context, result != NULL);
  g_main_context_pop_thread_default (context);
}

static void
test_skipped (void)
{
  g_test_skip ("ThreadSanitizer aborts a child of a fork that creates threads: "
               "\"dup thread with used id\"");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sem_init (&scene_changed, 0, 0);
  sem_init (&may_go_on, 0, 0);

  if (HAS_TSAN)
    {
      g_test_add_func ("/athr/hazards/19-fork", test_skipped);
      return g_test_run ();
    }

  g_test_add_func ("/athr/hazards/19-fork/locks-held", test_locks_held);
  g_test_add_func ("/athr/hazards/19-fork/under-way", test_under_way);
  g_test_add_func ("/athr/hazards/19-fork/structured-work-under-way", test_structured_work_under_way);
  g_test_add_func ("/athr/hazards/19-fork/blocked", test_blocked);
  g_test_add_func ("/athr/hazards/19-fork/list-model/dropped", test_list_model);
  g_test_add_data_func ("/athr/hazards/19-fork/list-model/in-value", "value",
                        test_list_model_in_handler);
  g_test_add_data_func ("/athr/hazards/19-fork/list-model/in-items-changed", "items-changed",
                        test_list_model_in_handler);
  g_test_add_func ("/athr/hazards/19-fork/context-dropped", test_context_dropped);
  g_test_add_func ("/athr/hazards/19-fork/foreign-loop", test_foreign_loop);
  g_test_add_func ("/athr/hazards/19-fork/void-functions", test_void_functions);
  g_test_add_func ("/athr/hazards/19-fork/twice", test_twice);
  g_test_add_data_func ("/athr/hazards/19-fork/on-worker/exits", NULL, test_on_worker);
  g_test_add_data_func ("/athr/hazards/19-fork/on-worker/returns", GINT_TO_POINTER (TRUE),
                        test_on_worker);
  g_test_add_func ("/athr/hazards/19-fork/in-other-source", test_in_other_source);
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    {
      g_autofree char *path = g_strconcat ("/athr/hazards/19-fork/in-handler/", handlers[i], NULL);

      g_test_add_data_func (path, handlers[i], test_in_handler);
    }

  return g_test_run ();
}
