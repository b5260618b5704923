/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <athreading/athreading.h>

#include "athr-test.h"

/* Each operation gives a GTask of its object and of its context, without a cancellable, as the callback's result. */

typedef void (*StartFunc) (gpointer            object,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data);

typedef struct
{
  const char *path;
  gpointer (*create) (void);
  StartFunc start;
  gpointer tag;
  gboolean has_other_source; /* the object may be dropped on any thread, so another object stands in its place */
} Operation;

static void
do_nothing (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
}

static void
yield_nothing (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
}

static gpointer
create_call (void)
{
  return athr_call_new (do_nothing, NULL, NULL);
}

static gpointer
create_stream (void)
{
  return athr_stream_new (yield_nothing, NULL, NULL);
}

static gpointer
create_executor (void)
{
  return athr_executor_new ("results", 1);
}

static gpointer
create_group (void)
{
  return athr_group_new (ATHR_GROUP_COLLECT);
}

static gpointer
create_latest (void)
{
  return athr_latest_new (0);
}

static void
start_run (gpointer            object,
           GCancellable       *cancellable,
           GAsyncReadyCallback callback,
           gpointer            user_data)
{
  athr_call_run_async (object, cancellable, callback, user_data);
}

static void
start_next (gpointer            object,
            GCancellable       *cancellable,
            GAsyncReadyCallback callback,
            gpointer            user_data)
{
  athr_stream_next_async (object, cancellable, callback, user_data);
}

static void
start_batch (gpointer            object,
             GCancellable       *cancellable,
             GAsyncReadyCallback callback,
             gpointer            user_data)
{
  athr_stream_next_batch_async (object, 3, cancellable, callback, user_data);
}

static void
start_close (gpointer            object,
             GCancellable       *cancellable,
             GAsyncReadyCallback callback,
             gpointer            user_data)
{
  athr_stream_close_async (object, cancellable, callback, user_data);
}

static void
start_executor_close (gpointer            object,
                      GCancellable       *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer            user_data)
{
  athr_executor_close_async (object, FALSE, cancellable, callback, user_data);
}

static void
start_executor_close_with_flags (gpointer            object,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data)
{
  athr_executor_close_with_flags_async (object, ATHR_CLOSE_CANCEL_QUEUED, cancellable, callback, user_data);
}

static void
start_group_wait (gpointer            object,
                  GCancellable       *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer            user_data)
{
  athr_group_wait_async (object, cancellable, callback, user_data);
}

static void
start_group_close (gpointer            object,
                   GCancellable       *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer            user_data)
{
  athr_group_close_async (object, cancellable, callback, user_data);
}

static void
start_latest_run (gpointer            object,
                  GCancellable       *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer            user_data)
{
  g_autoptr (AthrCall) call = create_call ();

  athr_latest_run_async (object, call, cancellable, callback, user_data);
}

static const Operation operations[] = {
  { "call/run", create_call, start_run, athr_call_run_async },
  { "stream/next", create_stream, start_next, athr_stream_next_async },
  { "stream/batch", create_stream, start_batch, athr_stream_next_batch_async },
  { "stream/close", create_stream, start_close, athr_stream_close_async },
  { "executor/close", create_executor, start_executor_close, athr_executor_close_async },
  { "executor/close-with-flags", create_executor, start_executor_close_with_flags,
    athr_executor_close_with_flags_async },
  { "group/wait", create_group, start_group_wait, athr_group_wait_async },
  { "group/close", create_group, start_group_close, athr_group_close_async },
  { "latest/run", create_latest, start_latest_run, athr_latest_run_async, TRUE },
};

typedef struct
{
  const Operation *operation;
  gpointer object;
  gboolean is_answered;
} Fixture;

static void
look (GObject      *source,
      GAsyncResult *result,
      gpointer      user_data)
{
  Fixture *self = user_data;
  g_autoptr (GObject) of_result = g_async_result_get_source_object (result);

  g_assert_true (source == self->object);
  g_assert_true (G_OBJECT_TYPE (of_result) == G_OBJECT_TYPE (source));
  g_assert_true (self->operation->has_other_source || of_result == source);
  g_assert_true (G_IS_TASK (result));
  g_assert_true (g_async_result_is_tagged (result, self->operation->tag));
  g_assert_true (g_async_result_get_user_data (result) == self);
  g_assert_null (g_task_get_cancellable (G_TASK (result)));
  g_assert_true (g_task_get_context (G_TASK (result)) == g_main_context_get_thread_default ());
  self->is_answered = TRUE;
}

static void
test_result (gconstpointer data)
{
  const Operation *operation = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GObject) object = NULL;
  Fixture self = { .operation = operation };

  g_main_context_push_thread_default (context);
  self.object = object = operation->create ();
  operation->start (object, cancellable, look, &self);
  g_assert_false (self.is_answered);
  athr_test_iterate_until (context, self.is_answered);

  self.is_answered = FALSE;
  g_clear_object (&object);
  self.object = object = operation->create ();
  g_cancellable_cancel (cancellable);
  operation->start (object, cancellable, look, &self);
  g_assert_false (self.is_answered);
  athr_test_iterate_until (context, self.is_answered);
  g_main_context_pop_thread_default (context);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *path = g_strconcat ("/athr/contract/result/", operations[i].path, NULL);

      g_test_add_data_func (path, &operations[i], test_result);
    }

  return g_test_run ();
}
