/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "stream/stream-test.h"

#include "context/athr-home-private.h"

/* A foreign event loop: it polls only the descriptor of a main context. */

static int
foreign_timeout (void)
{
  return ATHR_TEST_TIMEOUT / (G_TIME_SPAN_SECOND / 1000);
}

static gboolean
foreign_is_ready (int fd,
                  int timeout)
{
  GPollFD poll = { fd, G_IO_IN, 0 };

  return g_poll (&poll, 1, timeout) == 1;
}

/* Runs the foreign event loop until @condition. */
#define foreign_run_until(context, fd, condition) \
  G_STMT_START { \
    while (!(condition)) \
      { \
        if (!foreign_is_ready (fd, foreign_timeout ())) \
          g_error ("The descriptor has not become readable in time"); \
        athr_test_drain (context); \
      } \
  } G_STMT_END

/* A main context that this thread has made and acquired, and its descriptor. */
typedef struct
{
  GMainContext *context;
  int fd;
  AthrLog log;
} Foreign;

static void
foreign_init (Foreign *self)
{
  self->context = g_main_context_new ();
  g_assert_true (g_main_context_acquire (self->context));
  g_main_context_push_thread_default (self->context);
  self->fd = athr_main_context_get_fd (self->context);
  g_assert_cmpint (self->fd, >=, 0);
  athr_log_init (&self->log);
}

static void
foreign_clear (Foreign *self)
{
  athr_test_drain (self->context);
  g_main_context_pop_thread_default (self->context);
  g_main_context_release (self->context);
  g_main_context_unref (self->context);
  athr_log_clear (&self->log);
}

static void
test_not_owner (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_test_summary ("A caller that has not acquired the context gets no descriptor");

  g_assert_cmpint (athr_main_context_get_fd (context), ==, -1);
  g_assert_cmpint (athr_main_context_get_fd (NULL), ==, -1);
  g_assert_true (g_main_context_acquire (context));
  g_assert_cmpint (athr_main_context_get_fd (context), >=, 0);
  g_assert_cmpint (athr_main_context_get_fd (NULL), ==, -1);
  g_main_context_release (context);
  g_assert_cmpint (athr_main_context_get_fd (context), ==, -1);
}

static gpointer
get_on_thread (gpointer context)
{
  return GINT_TO_POINTER (athr_main_context_get_fd (context));
}

static void
test_other_owner (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_assert_true (g_main_context_acquire (context));
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (g_thread_new ("other", get_on_thread, context))),
                   ==, -1);
  g_main_context_release (context);
}

static void
test_default (void)
{
  g_test_summary ("NULL is the default context");

  g_assert_true (g_main_context_acquire (NULL));
  g_assert_cmpint (athr_main_context_get_fd (NULL), >=, 0);
  g_assert_cmpint (athr_main_context_get_fd (NULL), ==,
                   athr_main_context_get_fd (g_main_context_default ()));
  g_main_context_release (NULL);
}

static gboolean
never (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_polls_more (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GPollFD poll = { -1, G_IO_IN, 0 };
  int pipe_fds[2];
  GSource *source;

  g_test_summary ("There is no descriptor while the context polls another descriptor");

  g_assert_true (g_unix_open_pipe (pipe_fds, FD_CLOEXEC, NULL));
  g_assert_true (g_main_context_acquire (context));
  source = g_unix_fd_source_new (pipe_fds[0], G_IO_IN);
  g_source_set_callback (source, never, NULL, NULL);
  g_source_attach (source, context);
  g_assert_cmpint (athr_main_context_get_fd (context), ==, -1);
  g_source_destroy (source);
  g_source_unref (source);
  g_assert_cmpint (athr_main_context_get_fd (context), >=, 0);
  poll.fd = pipe_fds[0];
  g_main_context_add_poll (context, &poll, G_PRIORITY_LOW);
  g_assert_cmpint (athr_main_context_get_fd (context), ==, -1);
  g_main_context_remove_poll (context, &poll);
  g_assert_cmpint (athr_main_context_get_fd (context), >=, 0);
  g_main_context_release (context);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}

static void
test_nothing_to_do (void)
{
  Foreign foreign;

  g_test_summary ("The descriptor is not readable when there is nothing to do, even if it was "
                  "asked for twice");

  foreign_init (&foreign);
  athr_test_drain (foreign.context);
  g_assert_cmpint (athr_main_context_get_fd (foreign.context), ==, foreign.fd);
  g_assert_false (foreign_is_ready (foreign.fd, 0));
  foreign_clear (&foreign);
}

static void
return_number (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  athr_call_return (call, G_TYPE_UINT, 7);
}

static void
count_result (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_assert_true (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, NULL));
  ++*(guint *) user_data;
}

static void
test_calls (void)
{
  Foreign foreign;
  guint n_results = 0;

  g_test_summary ("A foreign loop gets the results of calls, one after the other and many at "
                  "once");

  foreign_init (&foreign);
  for (guint i = 1; i <= 500; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (return_number, NULL, NULL);

      athr_call_run_async (call, NULL, count_result, &n_results);
      foreign_run_until (foreign.context, foreign.fd, n_results == i);
    }
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (return_number, NULL, NULL);

      athr_call_run_async (call, NULL, count_result, &n_results);
    }
  foreign_run_until (foreign.context, foreign.fd, n_results == 1000);
  foreign_clear (&foreign);
}

static void
count_values (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  for (guint i = 1; i <= GPOINTER_TO_UINT (user_data); i++)
    if (!athr_yielder_yield (yielder, error, G_TYPE_UINT, i))
      return;
}

static void
take_all (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL));
  if (!G_IS_VALUE (&value))
    return;

  g_assert_cmpuint (g_value_get_uint (&value), ==, ++*(guint *) user_data);
  athr_stream_next_async (ATHR_STREAM (source), NULL, take_all, user_data);
}

static void
test_stream (void)
{
  Foreign foreign;
  guint n_taken = 0;

  foreign_init (&foreign);
  for (guint buffer_size = 0; buffer_size < 3; buffer_size++)
    {
      g_autoptr (AthrStream) stream = athr_stream_new (count_values, GUINT_TO_POINTER (1000), NULL);

      n_taken = 0;
      athr_stream_set_buffer_size (stream, buffer_size);
      athr_stream_next_async (stream, NULL, take_all, &n_taken);
      foreign_run_until (foreign.context, foreign.fd, athr_stream_is_done (stream));
      g_assert_cmpuint (n_taken, ==, 1000);
    }
  foreign_clear (&foreign);
}

static void
count_value (AthrStream   *stream,
             const GValue *value,
             guint        *n_taken)
{
  g_assert_cmpuint (g_value_get_uint (value), ==, ++*n_taken);
}

static void
on_finished (AthrStream *stream,
             gboolean   *has_finished)
{
  *has_finished = TRUE;
}

static void
test_flow (void)
{
  Foreign foreign;
  g_autoptr (AthrStream) stream = NULL;
  guint n_taken = 0;
  gboolean has_finished = FALSE;

  g_test_summary ("A foreign loop also gets values with another delivery priority");

  foreign_init (&foreign);
  stream = athr_stream_new (count_values, GUINT_TO_POINTER (10000), NULL);
  athr_stream_set_delivery_priority (stream, 33);
  g_signal_connect (stream, "value", G_CALLBACK (count_value), &n_taken);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), &has_finished);
  athr_stream_set_flowing (stream, TRUE);
  foreign_run_until (foreign.context, foreign.fd, has_finished);
  g_assert_cmpuint (n_taken, ==, 10000);
  foreign_clear (&foreign);
}

static void
test_before (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrExecutor) executor = athr_executor_new ("before", 1);
  g_autoptr (AthrCall) call = athr_call_new (return_number, NULL, NULL);
  guint n_results = 0;

  g_test_summary ("The descriptor is readable at once when a result has come before it was asked "
                  "for");

  g_assert_true (g_main_context_acquire (context));
  g_main_context_push_thread_default (context);
  athr_call_set_executor (call, executor);
  athr_call_run_async (call, NULL, count_result, &n_results);
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 &&
                         athr_executor_get_n_running (executor) == 0);
  foreign_run_until (context, athr_main_context_get_fd (context), n_results == 1);
  g_main_context_pop_thread_default (context);
  g_main_context_release (context);
}

#define N_ROUNDS 10000

/* A thread that pushes its item, and pushes it again when the owner's thread has run it. */
typedef struct
{
  AthrWorkItem item;
  AthrContextQueue *queue;
  int n_run;    /* atomic */
} Pusher;

static void
pusher_run_item (AthrWorkItem *item)
{
  g_atomic_int_inc (&((Pusher *) item->data)->n_run);
}

static gpointer
pusher_run (gpointer data)
{
  Pusher *self = data;

  for (int i = 0; i < N_ROUNDS; i++)
    {
      g_assert_true (athr_context_queue_push (self->queue, G_PRIORITY_DEFAULT, &self->item));
      while (g_atomic_int_get (&self->n_run) <= i)
        g_thread_yield ();
    }

  return NULL;
}

static void
test_rounds (void)
{
  static const AthrWorkItemFuncs funcs = { pusher_run_item, NULL, NULL };
  Pusher pushers[2] = { 0, };
  GThread *threads[2];
  g_autoptr (AthrContextQueue) queue = NULL;
  Foreign foreign;

  g_test_summary ("No wake-up is lost while two threads push at any moment");

  foreign_init (&foreign);
  queue = athr_home_ref_for_context (foreign.context);
  for (int i = 0; i < 2; i++)
    {
      athr_work_item_init (&pushers[i].item, &funcs, &pushers[i]);
      pushers[i].queue = queue;
      threads[i] = g_thread_new ("pushes", pusher_run, &pushers[i]);
    }
  foreign_run_until (foreign.context, foreign.fd,
                     pushers[0].n_run + pushers[1].n_run == 2 * N_ROUNDS);
  for (int i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  foreign_clear (&foreign);
}

static gboolean
count_idle (gpointer n_run)
{
  ++*(guint *) n_run;

  return G_SOURCE_REMOVE;
}

static gpointer
attach_on_thread (gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  gpointer *context_and_count = data;

  g_source_set_callback (source, count_idle, context_and_count[1], NULL);
  g_source_attach (source, context_and_count[0]);

  return NULL;
}

static void
test_attached (void)
{
  Foreign foreign;
  guint n_run = 0;
  gpointer context_and_count[2];

  g_test_summary ("The descriptor also becomes readable when another thread attaches a source");

  foreign_init (&foreign);
  context_and_count[0] = foreign.context;
  context_and_count[1] = &n_run;
  g_thread_join (g_thread_new ("attaches", attach_on_thread, context_and_count));
  foreign_run_until (foreign.context, foreign.fd, n_run == 1);
  foreign_clear (&foreign);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/main-context/fd/" path, test)
  add ("not-owner", test_not_owner);
  add ("other-owner", test_other_owner);
  add ("default", test_default);
  add ("polls-more", test_polls_more);
  add ("nothing-to-do", test_nothing_to_do);
  add ("calls", test_calls);
  add ("stream", test_stream);
  add ("flow", test_flow);
  add ("before", test_before);
  add ("rounds", test_rounds);
  add ("attached", test_attached);

  return g_test_run ();
}
