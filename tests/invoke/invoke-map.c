/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke-test.h"

/* A function that runs for each item of a stream. */

/* A list whose get_item() waits at a gate, if it is asked for item 0, and makes a new object each time. */
typedef struct
{
  GObject parent_instance;
  AthrGate *gate;
  GThread **finalized_on; /* of the items */
} AthrSlowList;

typedef GObjectClass AthrSlowListClass;

static GType athr_slow_list_get_type (void);
static void athr_slow_list_init_interface (GListModelInterface *iface);

G_DEFINE_TYPE_WITH_CODE (AthrSlowList, athr_slow_list, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, athr_slow_list_init_interface))

static gpointer
athr_slow_list_get_item (GListModel *list,
                         guint       position)
{
  AthrSlowList *self = (AthrSlowList *) list;
  gpointer item = athr_witness_new (self->finalized_on);

  if (position == 0)
    athr_gate_pass (self->gate);
  g_object_set_data (item, "position", GUINT_TO_POINTER (position));

  return item;
}

static void
athr_slow_list_init_interface (GListModelInterface *iface)
{
  iface->get_item = athr_slow_list_get_item;
}

static void
athr_slow_list_class_init (AthrSlowListClass *klass)
{
}

static void
athr_slow_list_init (AthrSlowList *self)
{
}

/* Creates a stream of argument lists. If @self is not NULL, it is the first argument of each. */
static AthrStream *
new_items (const GValue       *self,
           const char * const *texts)
{
  g_autoptr (GArray) items = g_array_new (FALSE, TRUE, sizeof (GValue));

  g_array_set_clear_func (items, (GDestroyNotify) g_value_unset);
  for (; *texts != NULL; texts++)
    {
      g_autoptr (GArray) args = athr_invoke_test_args (self, *texts);
      GValue item = G_VALUE_INIT;

      g_value_init (&item, ATHR_INVOKE_TYPE_VALUES);
      g_value_take_boxed (&item, athr_invoke_values_new ((const GValue *) args->data, args->len));
      g_array_append_val (items, item);
    }

  return athr_stream_new_for_values ((const GValue *) items->data, items->len);
}

static AthrStream *
new_map (const char         *name,
         const GValue       *self,
         const char * const *texts,
         guint               max_running,
         AthrMapFlags        flags)
{
  g_autoptr (AthrStream) items = new_items (self, texts);
  g_autoptr (GError) error = NULL;
  AthrStream *map = athr_invoke_map (name, items, max_running, flags, &error);

  g_assert_no_error (error);

  return map;
}

/* Takes the next result as text: "end" at the end, "domain: message" for an error. */
static char *
take (AthrStream *map)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!athr_stream_next (map, NULL, &value, &error))
    return g_strdup_printf ("%s: %s", g_quark_to_string (error->domain), error->message);

  return G_IS_VALUE (&value) ? athr_invoke_test_print (&value) : g_strdup ("end");
}

#define expect(map, text) \
  G_STMT_START { \
    g_autofree char *_taken = take (map); \
    g_assert_cmpstr (_taken, ==, text); \
  } G_STMT_END

static void
finish (AthrExecutor *executor)
{
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_test_drain (NULL);
}

static void
test_in_order (void)
{
  g_autoptr (AthrStream) map = NULL;
  GString *text = g_string_new (NULL);
  const char *texts[101] = { NULL };

  for (guint i = 0; i < 100; i++)
    {
      g_string_printf (text, "('/a/%u',)", i);
      texts[i] = g_intern_string (text->str);
    }
  map = new_map ("GLib.path_get_basename", NULL, texts, 4, ATHR_MAP_DEFAULT);
  g_assert_cmpstr (athr_stream_get_name (map), ==, "GLib.path_get_basename");
  for (guint i = 0; i < 100; i++)
    {
      g_string_printf (text, "'%u'", i);
      expect (map, text->str);
    }
  expect (map, "end");
  g_string_free (text, TRUE);
}

/* An item that is no list of arguments is the only argument. */
static void
test_plain_items (void)
{
  g_autoptr (GArray) texts = athr_invoke_test_args (NULL, "('/a/b', '/a/c')");
  g_autoptr (AthrStream) items = athr_stream_new_for_values ((const GValue *) texts->data, texts->len);
  g_autoptr (AthrStream) map = athr_invoke_map ("GLib.path_get_basename", items, 0, ATHR_MAP_DEFAULT, NULL);

  expect (map, "'b'");
  expect (map, "'c'");
  expect (map, "end");
}

/* The results are those of a call: several, none, null. */
static void
test_results (void)
{
  static const char * const numbers[] = { "('7x', 10)", "('-1', 10)", NULL };
  static const char * const none[] = { "(0,)", "(0,)", NULL };
  static const char * const programs[] = { "('no-such-program',)", NULL };
  g_autoptr (AthrStream) several = new_map ("GLib.ascii_strtoll", NULL, numbers, 2, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) nothing = new_map ("GLib.usleep", NULL, none, 2, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) null = new_map ("GLib.find_program_in_path", NULL, programs, 2, ATHR_MAP_DEFAULT);

  expect (several, "[7, 'x']");
  expect (several, "[-1, '']");
  expect (several, "end");
  expect (nothing, "null");
  expect (nothing, "null");
  expect (nothing, "end");
  expect (null, "null");
  expect (null, "end");
}

/* The results of a function can be the arguments of another. */
static void
test_map_of_map (void)
{
  static const char * const addresses[] = { "('file:///a',)", "('file://host/b',)", NULL };
  g_autoptr (AthrStream) names = new_map ("GLib.filename_from_uri", NULL, addresses, 2, ATHR_MAP_DEFAULT);
  g_autoptr (GError) error = NULL;
  g_autoptr (AthrStream) map = athr_invoke_map ("GLib.filename_to_uri", names, 2, ATHR_MAP_DEFAULT, &error);

  g_assert_no_error (error);
  expect (map, "'file:///a'");
  expect (map, "'file://host/b'");
  expect (map, "end");
}

/* A function that cannot be called is refused before anything takes an item. */
static void
test_refused (void)
{
  g_autoptr (GArray) texts = athr_invoke_test_args (NULL, "('a',)");
  g_autoptr (AthrStream) items = athr_stream_new_for_values ((const GValue *) texts->data, texts->len);
  g_autoptr (GError) error = NULL;

  g_assert_null (athr_invoke_map ("GLib.no_such", items, 0, ATHR_MAP_DEFAULT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (athr_invoke_map ("GLib.idle_add", items, 0, ATHR_MAP_DEFAULT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_cmpint (athr_stream_get_state (items), ==, ATHR_STREAM_STATE_INITIAL);
  expect (items, "'a'");
}

static void
test_taken_items (void)
{
  g_autoptr (AthrStream) items = athr_stream_new_for_values (NULL, 0);
  g_autoptr (AthrStream) map = athr_invoke_map ("GLib.usleep", items, 0, ATHR_MAP_DEFAULT, NULL);
  g_autoptr (GError) error = NULL;

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_stream_new_map*");
  g_assert_null (athr_invoke_map ("GLib.usleep", items, 0, ATHR_MAP_DEFAULT, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  expect (map, "end");
}

/* An error, of the function or of an item, comes after the results before it. */
static void
test_errors (void)
{
  static const char * const addresses[] = { "('file:///a',)", "('nonsense',)", "('file:///b',)", NULL };
  static const char * const wrong[] = { "('/a/b',)", "(1,)", NULL };
  static const char * const few[] = { "()", NULL };
  g_autoptr (AthrStream) failing = new_map ("GLib.filename_from_uri", NULL, addresses, 1, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) mistaken = new_map ("GLib.path_get_basename", NULL, wrong, 2, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) short_of_args = new_map ("GLib.path_get_basename", NULL, few, 2, ATHR_MAP_DEFAULT);

  expect (failing, "['/a', null]");
  expect (failing, "g_convert_error: The URI “nonsense” is not an absolute URI using the “file” scheme");
  expect (failing, "end");
  expect (mistaken, "'b'");
  expect (mistaken, "g-io-error-quark: GLib.path_get_basename: argument 1, file_name, must be filename, not gint");
  expect (mistaken, "end");
  expect (short_of_args, "g-io-error-quark: GLib.path_get_basename: takes 1 argument (filename file_name), not 0");
  expect (short_of_args, "end");
}

static AthrStream *
new_settled_map (const char         *name,
                 const char * const *texts,
                 AthrMapFlags        flags)
{
  g_autoptr (AthrStream) items = new_items (NULL, texts);
  g_autoptr (GError) error = NULL;
  AthrStream *map = athr_invoke_map_settled (name, items, 2, flags, &error);

  g_assert_no_error (error);

  return map;
}

/* Takes the error of the next item. */
static void
expect_problem (AthrStream *map,
                GQuark      domain,
                int         code)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next (map, NULL, &value, &error));
  g_assert_true (G_VALUE_HOLDS (&value, G_TYPE_ERROR));
  g_assert_error ((GError *) g_value_get_boxed (&value), domain, code);
}

/* An item that fails does not end the map. */
static void
test_settled (void)
{
  static const char * const addresses[] = { "('nonsense',)", "('file:///a',)", "('nothing',)", "('file://h/b',)", NULL };
  static const char * const programs[] = { "('no-such-program',)", NULL };
  static const char * const none[] = { "(0,)", NULL };
  g_autoptr (AthrStream) map = new_settled_map ("GLib.filename_from_uri", addresses, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) null = new_settled_map ("GLib.find_program_in_path", programs, ATHR_MAP_UNORDERED);
  g_autoptr (AthrStream) nothing = new_settled_map ("GLib.usleep", none, ATHR_MAP_DEFAULT);

  g_assert_cmpstr (athr_stream_get_name (map), ==, "GLib.filename_from_uri");
  expect_problem (map, G_CONVERT_ERROR, G_CONVERT_ERROR_BAD_URI);
  expect (map, "[['/a', null]]");
  expect_problem (map, G_CONVERT_ERROR, G_CONVERT_ERROR_BAD_URI);
  expect (map, "[['/b', 'h']]");
  expect (map, "end");
  expect (null, "[null]");
  expect (null, "end");
  expect (nothing, "[]");
  expect (nothing, "end");
}

/* A wrong item is no outcome of the function, and ends the map. */
static void
test_settled_wrong (void)
{
  static const char * const wrong[] = { "('/a/b',)", "(1,)", "('/a/c',)", NULL };
  g_autoptr (AthrStream) map = new_settled_map ("GLib.path_get_basename", wrong, ATHR_MAP_DEFAULT);
  g_autoptr (AthrStream) items = athr_stream_new_for_values (NULL, 0);
  g_autoptr (GError) error = NULL;

  expect (map, "['b']");
  expect (map, "g-io-error-quark: GLib.path_get_basename: argument 1, file_name, must be filename, not gint");
  expect (map, "end");
  g_assert_null (athr_invoke_map_settled ("GLib.no_such", items, 0, ATHR_MAP_DEFAULT, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_check (void)
{
  g_autoptr (GArray) one = athr_invoke_test_args (NULL, "('/a/b',)");
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_invoke_check ("GLib.path_get_basename", (const GValue *) one->data, 1, &error));
  g_assert_no_error (error);
  g_assert_false (athr_invoke_check ("GLib.path_get_basename", NULL, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (athr_invoke_check ("GLib.no_such", NULL, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Two of four wait for data that never comes, until closing cancels them. */
static void
test_limit_and_close (void)
{
  static const char * const texts[] = { "('in', null)", "('in', null)", "('in', null)", "('in', null)", NULL };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 8);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (AthrStream) map = NULL;
  g_autoptr (GError) error = NULL;
  GValue self = G_VALUE_INIT;

  athr_invoke_test_take (&self, G_TYPE_SOCKET, g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                                             G_SOCKET_PROTOCOL_DEFAULT, &error));
  g_assert_no_error (error);
  map = new_map ("Gio.Socket.condition_wait", &self, texts, 2, ATHR_MAP_DEFAULT);
  g_value_unset (&self);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 2 && athr_executor_get_n_queued (executor) == 0);

  athr_stream_close_async (map, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_close_finish (map, result, &error));
  g_assert_no_error (error);
  finish (executor);
}

static AthrStream *
new_slow_map (AthrGate            *gate,
              GThread            **finalized_on,
              const char * const  *texts,
              AthrMapFlags         flags)
{
  GValue self = G_VALUE_INIT;
  AthrSlowList *list = g_object_new (athr_slow_list_get_type (), NULL);
  AthrStream *map;

  list->gate = gate;
  list->finalized_on = finalized_on;
  athr_invoke_test_take (&self, G_TYPE_LIST_MODEL, list);
  map = new_map ("Gio.ListModel.get_item", &self, texts, 2, flags);
  g_value_unset (&self);

  return map;
}

static guint
take_position (AthrStream *map)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_stream_next (map, NULL, &value, &error));

  return GPOINTER_TO_UINT (g_object_get_data (g_value_get_object (&value), "position"));
}

static void
test_unordered (void)
{
  static const char * const texts[] = { "(0,)", "(1,)", "(2,)", NULL };
  g_autoptr (AthrStream) map = NULL;
  GThread *finalized_on = NULL;
  AthrGate gate;

  athr_gate_init (&gate);
  map = new_slow_map (&gate, &finalized_on, texts, ATHR_MAP_UNORDERED);
  g_assert_cmpuint (take_position (map), ==, 1);
  g_assert_cmpuint (take_position (map), ==, 2);
  athr_gate_open (&gate);
  g_assert_cmpuint (take_position (map), ==, 0);
  expect (map, "end");
  athr_gate_clear (&gate);
}

/* A result that comes after the close is freed at home. */
static void
test_late_result (void)
{
  static const char * const texts[] = { "(0,)", NULL };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (AthrStream) map = NULL;
  GThread *finalized_on = NULL;
  AthrGate gate;

  athr_gate_init (&gate);
  map = new_slow_map (&gate, &finalized_on, texts, ATHR_MAP_DEFAULT);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_gate_await (&gate, 1);
  athr_stream_close_async (map, NULL, athr_test_keep_result, &result);
  athr_gate_open (&gate);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  g_assert_null (g_atomic_pointer_get (&finalized_on));
  athr_test_iterate_until (NULL, result != NULL && finalized_on != NULL);
  g_assert_true (finalized_on == g_thread_self ());
  finish (executor);
  athr_gate_clear (&gate);
}

/* The map keeps an item until the owner's thread frees it. */
static void
test_items_end_at_home (void)
{
  static const char * const texts[] = { "()", NULL };
  g_autoptr (AthrExecutor) executor = athr_executor_new ("map", 1);
  g_autoptr (AthrStream) map = NULL;
  GThread *finalized_on = NULL;
  GValue self = G_VALUE_INIT;

  athr_invoke_test_take (&self, G_TYPE_OBJECT, athr_witness_new (&finalized_on));
  map = new_map ("GObject.Object.is_floating", &self, texts, 1, ATHR_MAP_DEFAULT);
  g_value_unset (&self);
  athr_stream_set_executor (map, executor);
  athr_stream_start (map);
  athr_test_yield_until (athr_stream_get_n_buffered (map) == 1 && athr_executor_get_n_running (executor) == 0);
  g_assert_null (g_atomic_pointer_get (&finalized_on));
  expect (map, "FALSE");
  expect (map, "end");
  athr_test_iterate_until (NULL, finalized_on != NULL);
  g_assert_true (finalized_on == g_thread_self ());
  finish (executor);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/invoke/map/in-order", test_in_order);
  g_test_add_func ("/athr/invoke/map/plain-items", test_plain_items);
  g_test_add_func ("/athr/invoke/map/results", test_results);
  g_test_add_func ("/athr/invoke/map/map-of-map", test_map_of_map);
  g_test_add_func ("/athr/invoke/map/refused", test_refused);
  g_test_add_func ("/athr/invoke/map/taken-items", test_taken_items);
  g_test_add_func ("/athr/invoke/map/errors", test_errors);
  g_test_add_func ("/athr/invoke/map/settled", test_settled);
  g_test_add_func ("/athr/invoke/map/settled-wrong", test_settled_wrong);
  g_test_add_func ("/athr/invoke/map/check", test_check);
  g_test_add_func ("/athr/invoke/map/limit-and-close", test_limit_and_close);
  g_test_add_func ("/athr/invoke/map/unordered", test_unordered);
  g_test_add_func ("/athr/invoke/map/late-result", test_late_result);
  g_test_add_func ("/athr/invoke/map/items-end-at-home", test_items_end_at_home);

  return g_test_run ();
}
