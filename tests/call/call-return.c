/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* What a function returns, and what the callback gets. */

/* Runs a call of @func until the call has ended. */
static void
run_func (AthrCallFunc  func,
          gpointer      data,
          AthrAnswer   *answer)
{
  g_autoptr (AthrCall) call = athr_call_new (func, data, NULL);

  athr_call_run_async (call, NULL, athr_answer_take, answer);
  athr_answer_await (answer, NULL);
  athr_test_finish (NULL);
}

static void
return_copy (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_call_return_value (call, user_data);
}

static void
test_value (gconstpointer data)
{
  const char *contents = data;
  g_auto (GValue) returned = G_VALUE_INIT;
  g_auto (AthrAnswer) answer = { 0, };
  g_autofree char *expected = NULL, *given = NULL;

  if (g_str_equal (contents, "boolean"))
    g_value_set_boolean (g_value_init (&returned, G_TYPE_BOOLEAN), TRUE);
  else if (g_str_equal (contents, "int64"))
    g_value_set_int64 (g_value_init (&returned, G_TYPE_INT64), G_MININT64);
  else if (g_str_equal (contents, "double"))
    g_value_set_double (g_value_init (&returned, G_TYPE_DOUBLE), 1.5);
  else if (g_str_equal (contents, "string"))
    g_value_set_string (g_value_init (&returned, G_TYPE_STRING), "contents");
  else if (g_str_equal (contents, "null-string"))
    g_value_init (&returned, G_TYPE_STRING);
  else if (g_str_equal (contents, "enum"))
    g_value_set_enum (g_value_init (&returned, G_TYPE_FILE_TYPE), G_FILE_TYPE_DIRECTORY);
  else if (g_str_equal (contents, "strv"))
    g_value_set_boxed (g_value_init (&returned, G_TYPE_STRV), (const char *[]) { "a", "b", NULL });
  else if (g_str_equal (contents, "variant"))
    g_value_set_variant (g_value_init (&returned, G_TYPE_VARIANT), g_variant_new_uint32 (7));
  else if (g_str_equal (contents, "type"))
    g_value_set_gtype (g_value_init (&returned, G_TYPE_GTYPE), ATHR_TYPE_CALL);
  else if (g_str_equal (contents, "object"))
    g_value_take_object (g_value_init (&returned, G_TYPE_OBJECT), g_object_new (G_TYPE_OBJECT, NULL));
  else
    g_assert_not_reached ();

  run_func (return_copy, &returned, &answer);

  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.n_times, ==, 1);
  g_assert_true (G_VALUE_TYPE (&answer.value) == G_VALUE_TYPE (&returned));
  expected = g_strdup_value_contents (&returned);
  given = g_strdup_value_contents (&answer.value);
  g_assert_cmpstr (given, ==, expected);
}

static void
return_nothing (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
}

static void
return_null (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_call_return_value (call, NULL);
}

static void
assert_null (const AthrAnswer *answer)
{
  g_assert_no_error (answer->error);
  g_assert_true (G_VALUE_TYPE (&answer->value) == G_TYPE_POINTER);
  g_assert_null (g_value_get_pointer (&answer->value));
}

static void
test_nothing (void)
{
  g_auto (AthrAnswer) answer = { 0, };

  run_func (return_nothing, NULL, &answer);

  assert_null (&answer);
}

static void
test_null (void)
{
  g_auto (AthrAnswer) answer = { 0, };

  run_func (return_null, NULL, &answer);

  assert_null (&answer);
}

static void
return_collected (AthrCall  *call,
                  gpointer   user_data,
                  GError   **error)
{
  g_autofree char *text = g_strdup ("copied");

  athr_call_return (call, G_TYPE_STRING, text);
  text[0] = 'C';
}

static void
test_collected_string (void)
{
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("athr_call_return() copies a string");

  run_func (return_collected, NULL, &answer);

  g_assert_no_error (answer.error);
  g_assert_cmpstr (g_value_get_string (&answer.value), ==, "copied");
}

static void
return_collected_double (AthrCall  *call,
                         gpointer   user_data,
                         GError   **error)
{
  athr_call_return (call, G_TYPE_DOUBLE, 1.5);
}

static void
test_collected_double (void)
{
  g_auto (AthrAnswer) answer = { 0, };

  run_func (return_collected_double, NULL, &answer);

  g_assert_no_error (answer.error);
  g_assert_cmpfloat (g_value_get_double (&answer.value), ==, 1.5);
}

static void
return_no_value (AthrCall  *call,
                 gpointer   user_data,
                 GError   **error)
{
  const char *kind = user_data;
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  GValue unset = G_VALUE_INIT;

  if (g_str_equal (kind, "object"))
    athr_call_return (call, G_TYPE_CANCELLABLE, object);
  else if (g_str_equal (kind, "type"))
    athr_call_return (call, G_TYPE_NONE);
  else if (g_str_equal (kind, "unset"))
    athr_call_return_value (call, &unset);
  else
    athr_call_take_value (call, &unset);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

static void
test_no_value (gconstpointer kind)
{
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("A function that returns something that is no value logs a critical, and its call fails: the "
                  "callback does not take a null for the result");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "athr_call_*");
  run_func (return_no_value, (gpointer) kind, &answer);
  g_test_assert_expected_messages ();
  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
return_witness (AthrCall  *call,
                gpointer   user_data,
                GError   **error)
{
  g_autoptr (GObject) witness = athr_witness_new (user_data);

  athr_call_return (call, ATHR_TYPE_WITNESS, witness);
}

static void
test_object (void)
{
  GThread *finalized_on = NULL;

  g_test_summary ("An object that the function returned is finalized on the owner's thread, "
                  "when the call and all copies of the result are gone");

  {
    g_auto (AthrAnswer) answer = { 0, };

    run_func (return_witness, &finalized_on, &answer);
    g_assert_no_error (answer.error);
    g_assert_true (G_VALUE_HOLDS (&answer.value, ATHR_TYPE_WITNESS));
    athr_test_finish (NULL);
    g_assert_null (g_atomic_pointer_get (&finalized_on));
  }

  g_assert_true (g_atomic_pointer_get (&finalized_on) == g_thread_self ());
}

static void
test_error (void)
{
  g_auto (AthrAnswer) answer = { 0, };
  g_autoptr (AthrCall) call = NULL;
  AthrErrand errand;

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_fail, NULL);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);

  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (answer.error->message, ==, "Nothing there");
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_error (athr_call_get_error (call), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

static void
return_witness_and_fail (AthrCall  *call,
                         gpointer   user_data,
                         GError   **error)
{
  return_witness (call, user_data, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

static void
test_error_and_value (void)
{
  g_auto (AthrAnswer) answer = { 0, };
  GThread *finalized_on = NULL;

  g_test_summary ("If the function sets a value and an error, the error counts, and the "
                  "value is freed on the owner's thread");

  run_func (return_witness_and_fail, &finalized_on, &answer);

  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
  g_assert_true (g_atomic_pointer_get (&finalized_on) == g_thread_self ());
}

static void
fail_as_cancelled (AthrCall  *call,
                   gpointer   user_data,
                   GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "By itself");
}

static void
test_error_cancelled (void)
{
  g_autoptr (AthrCall) call = athr_call_new (fail_as_cancelled, NULL, NULL);
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("A function that sets CANCELLED makes the call CANCELLED, with its own "
                  "error");

  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);

  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (answer.error->message, ==, "By itself");
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_CANCELLED);
}

static void
return_twice (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  GThread **finalized_on = user_data;

  return_witness (call, &finalized_on[0], NULL);
  return_witness (call, &finalized_on[1], NULL);
}

static void
test_twice (void)
{
  g_auto (AthrAnswer) answer = { 0, };
  GThread *finalized_on[2] = { NULL, };
  GObject *witness;

  g_test_summary ("A second value is a critical: the first value counts, and the second is "
                  "freed");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*returned a value a second time*");
  run_func (return_twice, finalized_on, &answer);
  g_test_assert_expected_messages ();

  g_assert_no_error (answer.error);
  witness = g_value_get_object (&answer.value);
  g_assert_true (((AthrWitness *) witness)->finalized_on == &finalized_on[0]);
  g_assert_nonnull (g_atomic_pointer_get (&finalized_on[1]));
}

static void
test_outside (void)
{
  g_auto (AthrAnswer) answer = { 0, };
  g_autoptr (AthrCall) call = NULL;
  GThread *finalized_on[2] = { NULL, };
  AthrErrand errand;

  g_test_summary ("A value that is returned before or after the function runs is a critical, "
                  "and is freed");

  athr_errand_init (&errand);
  call = athr_errand_new_call (&errand, athr_errand_run, NULL);
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*outside of its function*");
  return_witness (call, &finalized_on[0], NULL);
  g_test_assert_expected_messages ();
  g_assert_true (finalized_on[0] == g_thread_self ());

  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*outside of its function*");
  return_witness (call, &finalized_on[1], NULL);
  g_test_assert_expected_messages ();
  g_assert_true (finalized_on[1] == g_thread_self ());

  athr_answer_assert_int (&answer, 42);
  athr_test_finish (NULL);
  athr_errand_clear (&errand);
}

static void
return_bad (AthrCall  *call,
            gpointer   user_data,
            GError   **error)
{
  GValue unset = G_VALUE_INIT;

  athr_call_return_value (call, &unset);
  athr_call_return (call, G_TYPE_NONE);
  athr_call_report_progress (call, 1.5, NULL);
}

static void
test_bad_input (void)
{
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("An unset value, a type without values and a progress above 1 are criticals, and the call fails");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_call_return_value*G_IS_VALUE*");
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_call_return:*G_TYPE_IS_VALUE*");
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*report_progress*fraction*");
  run_func (return_bad, NULL, &answer);
  g_test_assert_expected_messages ();

  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_without_function (void)
{
  g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);
  g_auto (AthrAnswer) answer = { 0, };
  guint n_finished = 0;

  g_test_summary ("A call without a function fails when it is started");

  g_signal_connect (call, "finished", G_CALLBACK (athr_test_count), &n_finished);
  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  g_assert_cmpuint (answer.n_times, ==, 0);
  athr_test_iterate_until (NULL, n_finished > 0);

  athr_answer_assert_error (&answer, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_FAILED);
  g_assert_cmpuint (n_finished, ==, 1);
}

static void
test_without_function_blocking (void)
{
  g_autoptr (AthrCall) call = g_object_new (ATHR_TYPE_CALL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_call_run (call, NULL, NULL, &error));

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

int
main (int    argc,
      char **argv)
{
  const char *kinds[] = {
    "boolean", "int64", "double", "string", "null-string", "enum", "strv", "variant", "type", "object"
  };
  const char *mistakes[] = { "object", "type", "unset", "take-unset" };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/athr/call/return/value/", kinds[i], NULL);

      g_test_add_data_func (path, kinds[i], test_value);
    }
  g_test_add_func ("/athr/call/return/nothing", test_nothing);
  g_test_add_func ("/athr/call/return/null", test_null);
  g_test_add_func ("/athr/call/return/collected-string", test_collected_string);
  g_test_add_func ("/athr/call/return/collected-double", test_collected_double);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/athr/call/return/no-value/", mistakes[i], NULL);

      g_test_add_data_func (path, mistakes[i], test_no_value);
    }
  g_test_add_func ("/athr/call/return/object", test_object);
  g_test_add_func ("/athr/call/return/error", test_error);
  g_test_add_func ("/athr/call/return/error-and-value", test_error_and_value);
  g_test_add_func ("/athr/call/return/error-cancelled", test_error_cancelled);
  g_test_add_func ("/athr/call/return/twice", test_twice);
  g_test_add_func ("/athr/call/return/outside", test_outside);
  g_test_add_func ("/athr/call/return/bad-input", test_bad_input);
  g_test_add_func ("/athr/call/return/without-function", test_without_function);
  g_test_add_func ("/athr/call/return/without-function/blocking", test_without_function_blocking);

  return g_test_run ();
}
