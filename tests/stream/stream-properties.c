/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
count_notify (GObject    *object,
              GParamSpec *pspec,
              gpointer    user_data)
{
  (*(int *) user_data)++;
}

static void
test_defaults (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autoptr (AthrStream) stream = NULL;
  AthrExecutor *executor;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  guint buffer_size;
  int priority, delivery_priority;
  AthrStreamState state;
  AthrOverflow overflow;
  double progress;
  g_autofree char *progress_text = NULL;

  athr_counter_init (&counter, 0, 1);
  stream = athr_stream_new (athr_counter_run, NULL, NULL);
  g_object_get (stream,
                "overflow", &overflow,
                "progress", &progress,
                "progress-text", &progress_text,
                "executor", &executor,
                "name", &name,
                "buffer-size", &buffer_size,
                "priority", &priority,
                "delivery-priority", &delivery_priority,
                "state", &state,
                "error", &error,
                NULL);
  g_assert_null (executor);
  g_assert_null (name);
  g_assert_cmpuint (buffer_size, ==, 64);
  g_assert_cmpint (priority, ==, 0);
  g_assert_cmpint (delivery_priority, ==, G_PRIORITY_DEFAULT_IDLE);
  g_assert_cmpint (state, ==, ATHR_STREAM_STATE_INITIAL);
  g_assert_cmpint (overflow, ==, athr_stream_get_overflow (stream));
  g_assert_cmpint (overflow, ==, ATHR_OVERFLOW_BLOCK);
  g_assert_cmpfloat (progress, ==, athr_stream_get_progress (stream));
  g_assert_null (progress_text);
  g_assert_no_error (error);

  g_assert_null (athr_stream_get_executor (stream));
  g_assert_null (athr_stream_get_name (stream));
  g_assert_cmpuint (athr_stream_get_buffer_size (stream), ==, 64);
  g_assert_cmpint (athr_stream_get_priority (stream), ==, 0);
  g_assert_cmpint (athr_stream_get_delivery_priority (stream), ==, G_PRIORITY_DEFAULT_IDLE);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_INITIAL);
  g_assert_null (athr_stream_get_error (stream));
}

static void
test_set (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("other", 2);
  g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM,
                                                "executor", executor,
                                                "name", "first",
                                                "buffer-size", 3,
                                                "priority", -5,
                                                "delivery-priority", 7,
                                                NULL);

  g_test_summary ("Properties can be set at construction and by name, until the stream starts");

  g_assert_true (athr_stream_get_executor (stream) == executor);
  g_assert_cmpstr (athr_stream_get_name (stream), ==, "first");
  g_assert_cmpuint (athr_stream_get_buffer_size (stream), ==, 3);
  g_assert_cmpint (athr_stream_get_priority (stream), ==, -5);
  g_assert_cmpint (athr_stream_get_delivery_priority (stream), ==, 7);

  g_object_set (stream,
                "executor", NULL,
                "name", NULL,
                "buffer-size", G_MAXUINT,
                "priority", G_MININT,
                "delivery-priority", G_MAXINT,
                NULL);
  g_assert_null (athr_stream_get_executor (stream));
  g_assert_null (athr_stream_get_name (stream));
  g_assert_cmpuint (athr_stream_get_buffer_size (stream), ==, G_MAXUINT);
  g_assert_cmpint (athr_stream_get_priority (stream), ==, G_MININT);
  g_assert_cmpint (athr_stream_get_delivery_priority (stream), ==, G_MAXINT);
}

static void
test_notify (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("other", 2);
  g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM, NULL);
  int n_notified = 0;

  g_test_summary ("A property is notified when it changes, and only then");

  g_signal_connect (stream, "notify", G_CALLBACK (count_notify), &n_notified);
  for (int i = 0; i < 2; i++)
    {
      athr_stream_set_executor (stream, executor);
      athr_stream_set_name (stream, "name");
      athr_stream_set_buffer_size (stream, 3);
      athr_stream_set_priority (stream, 4);
      athr_stream_set_delivery_priority (stream, 5);
      g_assert_cmpint (n_notified, ==, 5);
    }
}

#define EXPECT_REFUSED(property, statement) \
  G_STMT_START { \
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*" property "*until*start*"); \
    statement; \
    g_test_assert_expected_messages (); \
  } G_STMT_END

static void
test_started (void)
{
  g_auto (AthrCounter) counter = { 0 };
  AthrStream *stream;
  int n_notified = 0;

  g_test_summary ("Setting a property after the start is a critical, and changes nothing");

  athr_counter_init (&counter, 0, 3);
  stream = counter.stream;
  athr_stream_set_name (stream, "name");
  athr_stream_start (stream);
  g_signal_connect (stream, "notify", G_CALLBACK (count_notify), &n_notified);
  EXPECT_REFUSED ("executor", athr_stream_set_executor (stream, NULL));
  EXPECT_REFUSED ("name", athr_stream_set_name (stream, "other"));
  EXPECT_REFUSED ("buffer-size", athr_stream_set_buffer_size (stream, 4));
  EXPECT_REFUSED ("priority", athr_stream_set_priority (stream, 1));
  EXPECT_REFUSED ("delivery-priority", athr_stream_set_delivery_priority (stream, 1));
  EXPECT_REFUSED ("buffer-size", g_object_set (stream, "buffer-size", 4, NULL));

  g_assert_cmpint (n_notified, ==, 0);
  g_assert_true (athr_stream_get_executor (stream) == counter.executor);
  g_assert_cmpstr (athr_stream_get_name (stream), ==, "name");
  g_assert_cmpuint (athr_stream_get_buffer_size (stream), ==, 3);
  g_assert_cmpint (athr_stream_get_priority (stream), ==, 0);
  g_assert_cmpint (athr_stream_get_delivery_priority (stream), ==, G_PRIORITY_DEFAULT_IDLE);
}

static void
test_started_over (void)
{
  g_auto (AthrCounter) counter = { 0 };

  athr_counter_init (&counter, 0, 3);
  athr_test_expect_end (counter.stream);
  EXPECT_REFUSED ("name", athr_stream_set_name (counter.stream, "other"));
  g_assert_null (athr_stream_get_name (counter.stream));
}

static void
note_name (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  *(char **) user_data = g_strdup (g_task_get_name (G_TASK (result)));
}

static void
test_name (void)
{
  g_auto (AthrCounter) counter = { 0 };
  g_autofree char *name = NULL;

  g_test_summary ("The tasks of a stream have its name");

  athr_counter_init (&counter, 1, 3);
  athr_stream_set_name (counter.stream, "lines of a file");
  athr_stream_next_async (counter.stream, NULL, note_name, &name);
  athr_test_iterate_until (NULL, name != NULL);
  g_assert_cmpstr (name, ==, "lines of a file");
}

static int n_ran; /* atomic */

static void
run_in_order (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  *(int *) user_data = g_atomic_int_add (&n_ran, 1);
}

static void
test_priority (void)
{
  static const int priorities[] = { 10, -10, 0, -10 };
  static const int expected[] = { 3, 0, 2, 1 };
  g_auto (AthrCounter) blocker = { 0 };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  AthrStream *streams[4];
  int ran[4];

  g_test_summary ("Queued producers begin by priority, and within a priority in the order of "
                  "their start");

  n_ran = 0;
  athr_counter_init (&blocker, 0, 1);
  blocker.holds = TRUE;
  athr_stream_set_executor (blocker.stream, executor);
  athr_stream_start (blocker.stream);
  athr_gate_await (&blocker.hold, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      streams[i] = athr_stream_new (run_in_order, &ran[i], NULL);
      athr_stream_set_executor (streams[i], executor);
      athr_stream_set_priority (streams[i], priorities[i]);
      athr_stream_start (streams[i]);
    }
  athr_gate_open (&blocker.hold);
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      athr_test_expect_end (streams[i]);
      g_object_unref (streams[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (streams); i++)
    g_assert_cmpint (ran[i], ==, expected[i]);
}

/* Writes the priority of the source that dispatches into the user data. */
static void
note_priority (gpointer user_data)
{
  *(int *) user_data = g_source_get_priority (g_main_current_source ());
}

static void
note_priority_of_next (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  note_priority (user_data);
}

static void
note_priority_of_signal (AthrStream *stream,
                         gpointer    user_data)
{
  note_priority (user_data);
}

static void
check_delivery_priority (int *to_set,
                         int  expected)
{
  g_auto (AthrCounter) counter = { 0 };
  int of_next = G_MAXINT, of_close = G_MAXINT, of_state = G_MAXINT, of_finished = G_MAXINT;

  athr_counter_init (&counter, 1, 3);
  if (to_set != NULL)
    athr_stream_set_delivery_priority (counter.stream, *to_set);
  g_signal_connect_data (counter.stream, "notify::state", G_CALLBACK (note_priority), &of_state,
                         NULL, G_CONNECT_SWAPPED);
  g_signal_connect (counter.stream, "finished", G_CALLBACK (note_priority_of_signal), &of_finished);
  athr_stream_next_async (counter.stream, NULL, note_priority_of_next, &of_next);
  athr_test_iterate_until (NULL, of_next != G_MAXINT);
  athr_stream_close_async (counter.stream, NULL, note_priority_of_next, &of_close);
  athr_test_iterate_until (NULL, of_finished != G_MAXINT);
  g_assert_cmpint (of_next, ==, expected);
  g_assert_cmpint (of_close, ==, expected);
  g_assert_cmpint (of_state, ==, expected);
  g_assert_cmpint (of_finished, ==, expected);
}

static void
test_delivery_priority (void)
{
  static int priorities[] = { G_PRIORITY_HIGH, G_PRIORITY_DEFAULT, G_PRIORITY_LOW, -17 };

  g_test_summary ("Everything of a stream is delivered at its `delivery-priority`");

  check_delivery_priority (NULL, G_PRIORITY_DEFAULT_IDLE);
  for (gsize i = 0; i < G_N_ELEMENTS (priorities); i++)
    check_delivery_priority (&priorities[i], priorities[i]);
}

static void
test_mistakes (void)
{
  g_autoptr (AthrStream) stream = g_object_new (ATHR_TYPE_STREAM, NULL);
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  g_test_summary ("An invalid overflow, an object that is no executor, and an object that is "
                  "no stream, are criticals");

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_OVERFLOW_FAIL*");
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_FAIL + 1);
  g_test_assert_expected_messages ();
  g_assert_cmpint (athr_stream_get_overflow (stream), ==, ATHR_OVERFLOW_BLOCK);

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_EXECUTOR*");
  athr_stream_set_executor (stream, (AthrExecutor *) object);
  g_test_assert_expected_messages ();
  g_assert_null (athr_stream_get_executor (stream));

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_STREAM*");
  athr_stream_start (NULL);
  g_test_assert_expected_messages ();
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_STREAM*");
  g_assert_cmpuint (athr_stream_get_buffer_size ((AthrStream *) object), ==, 0);
  g_test_assert_expected_messages ();
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_STREAM*");
  g_assert_false (athr_stream_is_done ((AthrStream *) object));
  g_test_assert_expected_messages ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/properties/defaults", test_defaults);
  g_test_add_func ("/athr/stream/properties/set", test_set);
  g_test_add_func ("/athr/stream/properties/notify", test_notify);
  g_test_add_func ("/athr/stream/properties/started", test_started);
  g_test_add_func ("/athr/stream/properties/started-and-over", test_started_over);
  g_test_add_func ("/athr/stream/properties/name", test_name);
  g_test_add_func ("/athr/stream/properties/priority", test_priority);
  g_test_add_func ("/athr/stream/properties/delivery-priority", test_delivery_priority);
  g_test_add_func ("/athr/stream/properties/mistakes", test_mistakes);

  return g_test_run ();
}
