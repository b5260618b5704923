/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

static void
test_defaults (void)
{
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);

  g_assert_null (athr_call_get_executor (call));
  g_assert_null (athr_call_get_name (call));
  g_assert_cmpint (athr_call_get_priority (call), ==, 0);
  g_assert_cmpint (athr_call_get_delivery_priority (call), ==, G_PRIORITY_DEFAULT);
  g_assert_cmpuint (athr_call_get_timeout (call), ==, 0);
  g_assert_cmpuint (athr_call_get_run_timeout (call), ==, 0);
  g_assert_false (athr_call_get_return_on_cancel (call));
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_INITIAL);
  g_assert_cmpfloat (athr_call_get_progress (call), ==, -1);
  g_assert_null (athr_call_get_progress_text (call));
  g_assert_null (athr_call_get_error (call));
}

static void
test_declared (void)
{
  static const struct
  {
    const char *name;
    GType type;
    gboolean writable;
  } expected[] = {
    { "executor", 0, TRUE },
    { "name", G_TYPE_STRING, TRUE },
    { "priority", G_TYPE_INT, TRUE },
    { "delivery-priority", G_TYPE_INT, TRUE },
    { "timeout", G_TYPE_UINT, TRUE },
    { "run-timeout", G_TYPE_UINT, TRUE },
    { "return-on-cancel", G_TYPE_BOOLEAN, TRUE },
    { "state", 0, FALSE },
    { "progress", G_TYPE_DOUBLE, FALSE },
    { "progress-text", G_TYPE_STRING, FALSE },
    { "error", 0, FALSE },
  };
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs;

  g_test_summary ("AthrCall has these properties and no others, with these defaults");

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (call), &n_pspecs);
  g_assert_cmpuint (n_pspecs, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < n_pspecs; i++)
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (call), expected[i].name);
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_nonnull (pspec);
      if (expected[i].type != 0)
        g_assert_true (pspec->value_type == expected[i].type);
      g_assert_true (!!(pspec->flags & G_PARAM_WRITABLE) == expected[i].writable);
      g_object_get_property (G_OBJECT (call), expected[i].name, &value);
      g_assert_true (g_param_value_defaults (pspec, &value));
    }
}

static void
set_all (AthrCall     *call,
         AthrExecutor *executor)
{
  g_object_set (call,
                "executor", executor,
                "name", "fetch",
                "priority", -5,
                "delivery-priority", G_PRIORITY_LOW,
                "timeout", 60000,
                "run-timeout", G_MAXUINT,
                "return-on-cancel", TRUE,
                NULL);
}

static void
assert_all (AthrCall     *call,
            AthrExecutor *executor)
{
  g_autoptr (AthrExecutor) got_executor = NULL;
  g_autofree char *name = NULL;
  int priority, delivery_priority;
  guint timeout, run_timeout;
  gboolean return_on_cancel;

  g_assert_true (athr_call_get_executor (call) == executor);
  g_assert_cmpstr (athr_call_get_name (call), ==, "fetch");
  g_assert_cmpint (athr_call_get_priority (call), ==, -5);
  g_assert_cmpint (athr_call_get_delivery_priority (call), ==, G_PRIORITY_LOW);
  g_assert_cmpuint (athr_call_get_timeout (call), ==, 60000);
  g_assert_cmpuint (athr_call_get_run_timeout (call), ==, G_MAXUINT);
  g_assert_true (athr_call_get_return_on_cancel (call));

  g_object_get (call,
                "executor", &got_executor,
                "name", &name,
                "priority", &priority,
                "delivery-priority", &delivery_priority,
                "timeout", &timeout,
                "run-timeout", &run_timeout,
                "return-on-cancel", &return_on_cancel,
                NULL);
  g_assert_true (got_executor == executor);
  g_assert_cmpstr (name, ==, "fetch");
  g_assert_cmpint (priority, ==, -5);
  g_assert_cmpint (delivery_priority, ==, G_PRIORITY_LOW);
  g_assert_cmpuint (timeout, ==, 60000);
  g_assert_cmpuint (run_timeout, ==, G_MAXUINT);
  g_assert_true (return_on_cancel);
}

static void
test_set (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);

  set_all (call, executor);
  assert_all (call, executor);
}

static void
test_notify (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);
  g_autoptr (GString) log = g_string_new (NULL);

  g_test_summary ("Each change is notified once; setting the same value is no change");

  g_signal_connect (call, "notify", G_CALLBACK (athr_test_on_notify), log);
  for (guint i = 0; i < 2; i++)
    {
      athr_call_set_executor (call, executor);
      athr_call_set_name (call, "fetch");
      athr_call_set_priority (call, 1);
      athr_call_set_delivery_priority (call, 1);
      athr_call_set_timeout (call, 1);
      athr_call_set_run_timeout (call, 1);
      athr_call_set_return_on_cancel (call, 2);
    }

  g_assert_cmpstr (log->str, ==,
                   "executor name priority delivery-priority timeout run-timeout "
                   "return-on-cancel");
}

static void
test_set_null (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);

  set_all (call, executor);
  athr_call_set_executor (call, NULL);
  athr_call_set_name (call, NULL);

  g_assert_null (athr_call_get_executor (call));
  g_assert_null (athr_call_get_name (call));
}

#define expect_fixed(property) \
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, \
                         "*AthrCall:" property " can be set only until the call starts*")

static void
try_to_set (AthrCall *call)
{
  expect_fixed ("executor");
  athr_call_set_executor (call, NULL);
  expect_fixed ("name");
  athr_call_set_name (call, NULL);
  expect_fixed ("delivery-priority");
  athr_call_set_delivery_priority (call, 0);
  expect_fixed ("timeout");
  g_object_set (call, "timeout", 0, NULL);
  expect_fixed ("run-timeout");
  g_object_set (call, "run-timeout", 0, NULL);
  expect_fixed ("return-on-cancel");
  g_object_set (call, "return-on-cancel", FALSE, NULL);
  g_test_assert_expected_messages ();
}

static void
test_set_too_late (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 2);
  g_autoptr (GString) log = g_string_new (NULL);
  g_auto (AthrAnswer) answer = { 0, };
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  g_test_summary ("Setting a property after the start, or after the end, is a critical and "
                  "changes nothing");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_wait, executor);
  set_all (call, executor);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  g_signal_connect (call, "notify::name", G_CALLBACK (athr_test_on_notify), log);
  try_to_set (call);
  assert_all (call, executor);

  athr_gate_open (&errand.gate);
  athr_answer_await (&answer, NULL);
  athr_test_finish (executor);
  try_to_set (call);
  assert_all (call, executor);
  g_assert_cmpstr (log->str, ==, "");
  athr_errand_clear (&errand);
}

static void
test_bad_input (void)
{
  g_autoptr (AthrCall) call = athr_call_new (athr_errand_run, NULL, NULL);
  gpointer foreign = call;

#define expect(pattern) g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, pattern)
  expect ("*set_executor*ATHR_IS_EXECUTOR*");
  athr_call_set_executor (call, foreign);
  expect ("*set_name*ATHR_IS_CALL*");
  athr_call_set_name (NULL, "fetch");
  expect ("*get_state*ATHR_IS_CALL*");
  g_assert_cmpint (athr_call_get_state (NULL), ==, ATHR_CALL_STATE_INITIAL);
  expect ("*get_progress*ATHR_IS_CALL*");
  g_assert_cmpfloat (athr_call_get_progress (NULL), ==, -1);
  expect ("*get_error*ATHR_IS_CALL*");
  g_assert_null (athr_call_get_error (NULL));
  expect ("*get_executor*ATHR_IS_CALL*");
  g_assert_null (athr_call_get_executor (NULL));
  g_test_assert_expected_messages ();
#undef expect
  g_assert_null (athr_call_get_executor (call));
}

static void
test_executor (void)
{
  g_autoptr (AthrExecutor) first = athr_executor_new ("first", 1);
  g_autoptr (AthrExecutor) second = athr_executor_new ("second", 1);
  AthrErrand errands[3];

  g_test_summary ("A call runs on a thread of its executor");

  for (guint i = 0; i < 3; i++)
    {
      g_auto (AthrAnswer) answer = { 0, };
      g_autoptr (AthrCall) call = NULL;

      athr_errand_init (&errands[i]);
      call = athr_errand_new_call (&errands[i], athr_errand_run, i == 1 ? second : first);
      athr_call_run_async (call, NULL, athr_answer_take, &answer);
      athr_answer_await (&answer, NULL);
    }
  athr_test_finish (first);
  athr_test_finish (second);

  g_assert_true (errands[0].ran_on == errands[2].ran_on);
  g_assert_true (errands[0].ran_on != errands[1].ran_on);
  for (guint i = 0; i < 3; i++)
    athr_errand_clear (&errands[i]);
}

typedef struct
{
  GString *log; /* only the worker writes */
  const char *word;
} Writer;

static void
write_word (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  Writer *self = user_data;

  athr_test_log (self->log, self->word);
}

static void
test_priority (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (AthrCall) plug = NULL;
  Writer writers[] = { { log, "zero" }, { log, "high" }, { log, "low" }, { log, "zero-too" }, { log, "high-too" } };
  const int priorities[] = { 0, -1, 1, 0, -1 };
  AthrErrand errand;

  g_test_summary ("Calls with a lower number run first; calls of one priority run in order");

  athr_errand_init (&errand);
  plug = athr_errand_new_call (&errand, athr_errand_wait, executor);
  athr_call_start (plug);
  athr_gate_await (&errand.gate, 1);
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (write_word, &writers[i], NULL);

      athr_call_set_executor (call, executor);
      athr_call_set_priority (call, priorities[i]);
      athr_call_start (call);
    }
  athr_gate_open (&errand.gate);
  athr_test_finish (executor);

  g_assert_cmpstr (log->str, ==, "high high-too zero zero-too low");
  athr_errand_clear (&errand);
}

static gboolean
log_between (gpointer log)
{
  athr_test_log (log, "between");

  return G_SOURCE_REMOVE;
}

static void
test_delivery_priority (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("test", 1);
  g_autoptr (GString) log = g_string_new (NULL);
  g_auto (AthrAnswer) low = { log, "low" }, high = { log, "high" };
  g_autoptr (AthrCall) first = NULL;
  g_autoptr (AthrCall) second = NULL;
  AthrErrand errand;

  g_test_summary ("The callback runs at the delivery priority, before or after other sources");

  athr_errand_init (&errand);
  first = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_set_delivery_priority (first, 5);
  second = athr_errand_new_call (&errand, athr_errand_run, executor);
  athr_call_set_delivery_priority (second, -5);
  athr_call_run_async (first, NULL, athr_answer_take, &low);
  athr_call_run_async (second, NULL, athr_answer_take, &high);
  g_idle_add_full (G_PRIORITY_DEFAULT, log_between, log, NULL);
  athr_test_finish (executor);

  g_assert_cmpstr (log->str, ==, "high between low");
  athr_errand_clear (&errand);
}

static void
test_name_of_task (void)
{
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, NULL);
  athr_call_set_name (call, "fetch");
  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);

  g_assert_cmpstr (g_task_get_name (G_TASK (result)), ==, "fetch");
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/properties/defaults", test_defaults);
  g_test_add_func ("/athr/call/properties/declared", test_declared);
  g_test_add_func ("/athr/call/properties/set", test_set);
  g_test_add_func ("/athr/call/properties/set-null", test_set_null);
  g_test_add_func ("/athr/call/properties/set-too-late", test_set_too_late);
  g_test_add_func ("/athr/call/properties/notify", test_notify);
  g_test_add_func ("/athr/call/properties/bad-input", test_bad_input);
  g_test_add_func ("/athr/call/properties/executor", test_executor);
  g_test_add_func ("/athr/call/properties/priority", test_priority);
  g_test_add_func ("/athr/call/properties/delivery-priority", test_delivery_priority);
  g_test_add_func ("/athr/call/properties/name-of-task", test_name_of_task);

  return g_test_run ();
}
