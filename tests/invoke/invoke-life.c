/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke-test.h"

/* The threads on which functions run and on which arguments are freed, and when. */

static void
finish (AthrExecutor *executor)
{
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_drain (NULL);
}

static void
run_finished (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  guint *n_finished = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, &error));
  g_assert_no_error (error);
  (*n_finished)++;
}

/* Creates a call that waits for data on a socket that gets none. */
static AthrCall *
new_waiting (AthrExecutor *executor)
{
  g_autoptr (GError) error = NULL;
  GValue self = G_VALUE_INIT;
  AthrCall *call;

  g_value_init (&self, G_TYPE_SOCKET);
  g_value_take_object (&self, g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                            G_SOCKET_PROTOCOL_DEFAULT, &error));
  g_assert_no_error (error);
  call = athr_invoke_test_new ("Gio.Socket.condition_wait", &self, "('in', null)", &error);
  g_assert_no_error (error);
  g_value_unset (&self);
  athr_call_set_executor (call, executor);

  return call;
}

/* Eight functions block at the same time. */
static void
test_parallel (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("invoke", 8);
  AthrCall *calls[8];

  for (guint i = 0; i < 8; i++)
    {
      calls[i] = new_waiting (executor);
      athr_call_start (calls[i]);
    }
  athr_test_yield_until (athr_executor_get_n_running (executor) == 8);

  for (guint i = 0; i < 8; i++)
    {
      athr_call_cancel (calls[i]);
      athr_test_iterate_until (NULL, athr_call_get_state (calls[i]) == ATHR_CALL_STATE_CANCELLED);
      g_object_unref (calls[i]);
    }
  finish (executor);
}

static void
test_name (void)
{
  g_autoptr (AthrCall) call = athr_invoke_test_new ("GLib.usleep", NULL, "(0,)", NULL);

  g_assert_cmpstr (athr_call_get_name (call), ==, "GLib.usleep");
}

static void
note_thread (gpointer  data,
             GObject  *object)
{
  g_atomic_pointer_set ((GThread **) data, g_thread_self ());
}

/* The call keeps its arguments until the main thread has completed it. */
static void
test_keeps_the_instance (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("invoke", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = NULL;
  GThread *finalized_on = NULL;
  GValue self = G_VALUE_INIT;
  guint n_finished = 0;

  athr_invoke_test_take (&self, G_TYPE_OBJECT, g_cancellable_new ());
  g_object_weak_ref (g_value_get_object (&self), note_thread, &finalized_on);
  call = athr_invoke_test_new ("Gio.Cancellable.is_cancelled", &self, "()", &error);
  g_assert_no_error (error);
  athr_call_set_executor (call, executor);
  g_value_unset (&self);
  g_assert_null (finalized_on);

  athr_call_run_async (call, NULL, run_finished, &n_finished);
  athr_test_yield_until (athr_executor_get_n_queued (executor) == 0 && athr_executor_get_n_running (executor) == 0);
  g_assert_null (g_atomic_pointer_get (&finalized_on));
  athr_test_iterate_until (NULL, finalized_on != NULL);
  g_assert_true (finalized_on == g_thread_self ());
  finish (executor);
}

/* A call that is never started frees its arguments when it is dropped. */
static void
test_dropped (void)
{
  g_autoptr (AthrCall) call = NULL;
  GThread *finalized_on = NULL;
  GValue self = G_VALUE_INIT;

  athr_invoke_test_take (&self, G_TYPE_OBJECT, athr_witness_new (&finalized_on));
  call = athr_invoke_test_new ("GObject.Object.notify", &self, "('x',)", NULL);
  g_value_unset (&self);
  g_assert_null (finalized_on);
  g_clear_object (&call);
  g_assert_true (finalized_on == g_thread_self ());
}

/* If the function does not run, the call frees the arguments that the function would have taken over. */
static void
test_given_but_not_run (void)
{
  g_autoptr (AthrCall) strings = athr_invoke_test_new ("GLib.environ_setenv", NULL,
                                                       "(['a=b'], 'a', 'c', true)", NULL);
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GValue self = G_VALUE_INIT;

  g_cancellable_cancel (cancellable);
  g_assert_nonnull (strings);
  g_assert_false (athr_call_run (strings, cancellable, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  athr_invoke_test_take (&self, G_TYPE_BYTES, g_bytes_new ("abc", 3));
  call = athr_invoke_test_new ("GLib.Bytes.unref_to_data", &self, "()", NULL);
  g_value_unset (&self);
  g_assert_nonnull (call);
}

/* If the caller passes no cancellable, the function gets the cancellable of its call. */
static void
test_cancellable (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("invoke", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) call = new_waiting (executor);
  g_autoptr (GAsyncResult) result = NULL;

  athr_call_run_async (call, NULL, athr_test_keep_result, &result);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 1);
  athr_call_cancel (call);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_false (athr_call_run_finish_into (call, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  finish (executor);
}

/* If the caller passes a cancellable, the function gets that one. */
static void
test_own_cancellable (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GError) error = NULL;
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_cancellable_cancel (cancellable);
  athr_invoke_test_take (&args[0], G_TYPE_FILE, g_file_new_for_path ("/etc/passwd"));
  g_value_init (&args[1], G_TYPE_CANCELLABLE);
  g_value_set_object (&args[1], cancellable);
  call = athr_invoke_call_new ("Gio.File.read", args, 2, &error);
  g_assert_no_error (error);
  g_value_unset (&args[0]);
  g_value_unset (&args[1]);

  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (athr_call_get_state (call), ==, ATHR_CALL_STATE_CANCELLED);
}

/* The call sinks a floating result. */
static void
test_floating (void)
{
  g_autoptr (AthrCall) call = athr_invoke_test_new ("GLib.Variant.new_string", NULL, "('a',)", NULL);
  GValue value = G_VALUE_INIT;

  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_false (g_variant_is_floating (g_value_get_variant (&value)));
  g_value_unset (&value);
}

/* All references to the results share one AthrInvokeValues. */
static void
test_values (void)
{
  g_autoptr (AthrCall) call = athr_invoke_test_new ("GLib.ascii_strtoll", NULL, "('7x', 10)", NULL);
  g_autoptr (AthrInvokeValues) values = NULL;
  g_autoptr (GArray) array = NULL;
  GValue value = G_VALUE_INIT, into = G_VALUE_INIT;

  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  values = g_value_dup_boxed (&value);
  g_assert_true (values == g_value_get_boxed (&value));
  g_value_unset (&value);

  g_assert_false (athr_invoke_values_is_array (values));
  g_assert_cmpuint (athr_invoke_values_get_length (values), ==, 2);
  g_assert_cmpint (g_value_get_int64 (athr_invoke_values_get (values, 0)), ==, 7);
  array = athr_invoke_values_to_array (values);
  g_assert_cmpuint (array->len, ==, 2);
  g_assert_cmpstr (g_value_get_string (&g_array_index (array, GValue, 1)), ==, "x");

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  athr_invoke_values_to_array_into (values, &into);
  g_assert_true (G_VALUE_HOLDS (&into, g_value_array_get_type ()));
  g_assert_cmpuint (((GValueArray *) g_value_get_boxed (&into))->n_values, ==, 2);
  g_value_unset (&into);
  G_GNUC_END_IGNORE_DEPRECATIONS
}

/* athr_invoke_values_to_array_into() converts the elements of an array. */
static void
test_values_nested (void)
{
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  GValue self = G_VALUE_INIT, value = G_VALUE_INIT, into = G_VALUE_INIT;
  g_autoptr (AthrInvokeValues) values = NULL;

  g_key_file_load_from_data (file, "[a]\nb=1;2\n", -1, 0, NULL);
  g_value_init (&self, G_TYPE_KEY_FILE);
  g_value_set_boxed (&self, file);
  call = athr_invoke_test_new ("GLib.KeyFile.get_integer_list", &self, "('a', 'b')", NULL);
  g_value_unset (&self);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  values = g_value_dup_boxed (&value);
  g_value_unset (&value);
  g_assert_true (athr_invoke_values_is_array (values));

  athr_invoke_values_to_array_into (values, &into);
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  g_assert_cmpint (g_value_get_int (g_value_array_get_nth (g_value_get_boxed (&into), 1)), ==, 2);
  G_GNUC_END_IGNORE_DEPRECATIONS
  g_value_unset (&into);
}

/* An array of bytes becomes a GByteArray, and GBytes stay GBytes. */
static void
test_bytes (gconstpointer data)
{
  gboolean is_array = GPOINTER_TO_INT (data);
  g_autoptr (AthrCall) call = athr_invoke_test_new (is_array ? "GLib.base64_decode" : "GLib.Bytes.new",
                                                    NULL, is_array ? "('YQ==',)" : "(b'a',)", NULL);
  GValue value = G_VALUE_INIT;

  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_true (G_VALUE_HOLDS (&value, is_array ? G_TYPE_BYTE_ARRAY : G_TYPE_BYTES));
  g_value_unset (&value);
}

/* The call allocates a struct for the function to fill, and the result is a copy of it. */
static void
test_allocated_by_caller (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrCall) zero = athr_invoke_test_new ("Graphene.Rect.zero", NULL, "()", &error);
  g_autoptr (AthrCall) call = NULL;
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT }, value = G_VALUE_INIT;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_test_skip ("There is no Graphene");
      return;
    }
  g_assert_true (athr_call_run (zero, NULL, &args[0], &error));
  g_value_init (&args[1], G_VALUE_TYPE (&args[0]));
  g_value_copy (&args[0], &args[1]);

  call = athr_invoke_call_new ("Graphene.Rect.union", args, 2, &error);
  g_assert_no_error (error);
  g_assert_true (athr_call_run (call, NULL, &value, &error));
  g_assert_true (G_VALUE_HOLDS (&value, G_VALUE_TYPE (&args[0])));
  g_assert_true (g_value_get_boxed (&value) != g_value_get_boxed (&args[0]));

  g_value_unset (&value);
  g_value_unset (&args[0]);
  g_value_unset (&args[1]);
}

/* What bindings ask about the arguments and results of a function */
static void
test_names (void)
{
  g_assert_true (athr_invoke_takes_file_name ("GLib.path_get_basename", 0));
  g_assert_false (athr_invoke_takes_file_name ("GLib.path_get_basename", 1));
  g_assert_true (athr_invoke_takes_file_name ("GLib.build_filenamev", 0));
  g_assert_false (athr_invoke_takes_file_name ("GLib.filename_from_uri", 0));
  g_assert_true (athr_invoke_gives_file_name ("GLib.filename_from_uri", 0));
  g_assert_false (athr_invoke_gives_file_name ("GLib.filename_from_uri", 1));
  g_assert_true (athr_invoke_gives_file_name ("GLib.shell_parse_argv", 0));
  g_assert_false (athr_invoke_gives_file_name ("GLib.no_such", 0));
  g_assert_null (athr_invoke_get_result_name ("GLib.filename_from_uri", 0));
  g_assert_cmpstr (athr_invoke_get_result_name ("GLib.filename_from_uri", 1), ==, "hostname");
  g_assert_null (athr_invoke_get_result_name ("GLib.filename_from_uri", 2));
}

/* A function changes the boxed value itself that a static GValue lends. */
static void
test_lent_boxed (void)
{
  g_autoptr (GDate) date = g_date_new_dmy (1, 1, 2020);
  GValue args[2] = { G_VALUE_INIT, G_VALUE_INIT };
  g_autoptr (AthrCall) call = NULL;
  g_autoptr (GError) error = NULL;

  g_value_init (&args[0], G_TYPE_DATE);
  g_value_set_static_boxed (&args[0], date);
  g_value_init (&args[1], G_TYPE_INT);
  g_value_set_int (&args[1], 5);
  call = athr_invoke_call_new ("GLib.Date.add_days", args, 2, &error);
  g_assert_no_error (error);
  g_assert_true (athr_call_run (call, NULL, NULL, &error));
  g_assert_cmpuint (g_date_get_day (date), ==, 6);
}

/* A method of a counted boxed type changes the caller's value in any case. */
static void
test_counted_boxed (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (AthrCall) call = NULL;
  GValue self = G_VALUE_INIT;

  g_value_init (&self, G_TYPE_KEY_FILE);
  g_value_set_boxed (&self, file);
  call = athr_invoke_test_new ("GLib.KeyFile.set_string", &self, "('a', 'b', 'c')", NULL);
  g_value_unset (&self);
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  g_assert_true (g_key_file_has_group (file, "a"));
}

/* A GParamSpec that is null comes as a null pointer. */
static void
test_null_param_spec (void)
{
  GParamSpec *spec = g_param_spec_ref_sink (g_param_spec_int ("a", NULL, NULL, 0, 1, 0, G_PARAM_READABLE));
  g_autoptr (AthrCall) call = NULL;
  GValue self = G_VALUE_INIT, value = G_VALUE_INIT;

  g_value_init (&self, G_TYPE_PARAM);
  g_value_take_param (&self, spec);
  call = athr_invoke_test_new ("GObject.ParamSpec.get_redirect_target", &self, "()", NULL);
  g_value_unset (&self);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_true (G_VALUE_HOLDS_POINTER (&value));
  g_assert_null (g_value_get_pointer (&value));
}

/* GLib would use the GParamSpec that it could not make. */
static void
test_invalid_param_spec (gconstpointer data)
{
  const char *name = data;
  g_autofree char *args = g_strdup_printf ("('%s', null, null, true, 'readable')", name);
  g_autofree char *message = g_strdup_printf ("*GObject.param_spec_boolean: \"%s\" is no valid name of a property", name);
  g_autofree char *result = NULL;

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, message);
  result = athr_invoke_test_run ("GObject.param_spec_boolean", NULL, args);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (result, ==, "null");
}

/* The function sets the host before the function finds the error. Sanitizers and Valgrind see whether the worker
 * frees the host. */
static void
test_output_beside_error (void)
{
  g_autofree char *result = athr_invoke_test_run ("GLib.filename_from_uri", NULL, "('file://host/a%2Fb',)");

  g_assert_true (g_str_has_prefix (result, "g_convert_error: "));
}

/* Many calls, started or not, leave no reference behind. */
static void
test_many (void)
{
  guint n = g_test_thorough () ? 100000 : 1000;
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  GValue self = G_VALUE_INIT;

  g_value_init (&self, G_TYPE_OBJECT);
  g_value_set_object (&self, object);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (AthrCall) call = athr_invoke_test_new ("GObject.Object.notify", &self, "('x',)", NULL);
      g_autofree char *result = NULL;

      g_clear_object (&call);
      result = athr_invoke_test_run ("GLib.shell_parse_argv", NULL, "('a b',)");
      g_assert_cmpstr (result, ==, "['a', 'b']");
    }
  g_value_unset (&self);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/invoke/life/parallel", test_parallel);
  g_test_add_func ("/athr/invoke/life/name", test_name);
  g_test_add_func ("/athr/invoke/life/keeps-the-instance", test_keeps_the_instance);
  g_test_add_func ("/athr/invoke/life/dropped", test_dropped);
  g_test_add_func ("/athr/invoke/life/given-but-not-run", test_given_but_not_run);
  g_test_add_func ("/athr/invoke/life/cancellable", test_cancellable);
  g_test_add_func ("/athr/invoke/life/own-cancellable", test_own_cancellable);
  g_test_add_func ("/athr/invoke/life/floating", test_floating);
  g_test_add_func ("/athr/invoke/life/values", test_values);
  g_test_add_func ("/athr/invoke/life/values/nested", test_values_nested);
  g_test_add_data_func ("/athr/invoke/life/bytes/array", GINT_TO_POINTER (TRUE), test_bytes);
  g_test_add_data_func ("/athr/invoke/life/bytes/object", GINT_TO_POINTER (FALSE), test_bytes);
  g_test_add_func ("/athr/invoke/life/allocated-by-caller", test_allocated_by_caller);
  g_test_add_func ("/athr/invoke/life/boxed/lent", test_lent_boxed);
  g_test_add_func ("/athr/invoke/life/boxed/counted", test_counted_boxed);
  g_test_add_func ("/athr/invoke/life/null-param-spec", test_null_param_spec);
  g_test_add_data_func ("/athr/invoke/life/invalid-param-spec/word", "a b", test_invalid_param_spec);
  g_test_add_data_func ("/athr/invoke/life/invalid-param-spec/empty", "", test_invalid_param_spec);
  g_test_add_func ("/athr/invoke/life/output-beside-error", test_output_beside_error);
  g_test_add_func ("/athr/invoke/life/names", test_names);
  g_test_add_func ("/athr/invoke/life/many", test_many);

  return g_test_run ();
}
