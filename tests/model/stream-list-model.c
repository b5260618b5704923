/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-list-model-test.h"

static void
test_fill (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("The items come in order, each items-changed with a notify::n-items, and "
                  "then the end");

  athr_filling_init (&filling, 50, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  g_assert_true (athr_stream_list_model_get_loading (filling.list));
  g_assert_true (athr_stream_get_flowing (filling.stream));
  athr_filling_await_end (&filling, "items done", 50);
  g_assert_cmpuint (filling.n_notifies, ==, filling.n_changes);
  g_assert_null (athr_stream_list_model_get_error (filling.list));
}

static void
test_contract (void)
{
  g_auto (AthrFilling) filling = { 0, };
  GListModel *list;
  GObject *item;

  athr_filling_init (&filling, 3, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  list = G_LIST_MODEL (filling.list);
  g_assert_true (g_list_model_get_item_type (list) == athr_thing_get_type ());
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  g_assert_null (g_list_model_get_item (list, 0));

  athr_filling_await_end (&filling, "items done", 3);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 3);
  g_assert_null (g_list_model_get_item (list, 3));
  g_assert_null (g_list_model_get_item (list, G_MAXUINT));
  item = g_list_model_get_item (list, 1);
  g_assert_cmpuint (athr_thing_number (item), ==, 2);
  g_assert_cmpuint (g_atomic_int_get ((int *) &item->ref_count), ==, 2);
  g_assert_true (g_list_model_get_item (list, 1) == item);
  g_assert_cmpuint (g_atomic_int_get ((int *) &item->ref_count), ==, 3);
  g_object_unref (item);

  /* The item outlives the list. */
  g_clear_object (&filling.list);
  g_assert_cmpuint (g_atomic_int_get ((int *) &item->ref_count), ==, 1);
  g_object_unref (item);
}

/* The list has reported the items of all values that came in this slice. */
static void
check_all_reported (AthrFilling *self)
{
  g_assert_cmpuint (self->n_reported, ==, self->n_seen);
}

static void
test_slices (void)
{
  g_auto (AthrFilling) filling = { 0, };
  guint n_slices = 0;

  g_test_summary ("A slice of the main loop emits items-changed once for all its items");

  athr_filling_init (&filling, 20000, G_MAXUINT);
  filling.act = check_all_reported;
  athr_filling_make_full_list (&filling);
  while (filling.n_reported < filling.n_values)
    {
      guint n_seen = filling.n_seen, n_changes = filling.n_changes;

      g_assert_true (g_main_context_iteration (NULL, FALSE));
      n_slices += filling.n_seen > n_seen;
      g_assert_cmpuint (filling.n_reported, ==, filling.n_seen);
      g_assert_cmpuint (filling.n_changes, ==, n_changes + (filling.n_seen > n_seen));
      g_assert_cmpuint (filling.n_notifies, ==, filling.n_changes);
    }
  g_assert_cmpuint (filling.n_changes, ==, n_slices);
  g_assert_cmpuint (filling.n_changes, <, filling.n_values);
  athr_filling_await_end (&filling, "items done", 20000);
}

static void
test_error (void)
{
  g_auto (AthrFilling) filling = { 0, };

  g_test_summary ("The stream's error comes after the items, and the list keeps its items");

  athr_filling_init (&filling, 3, 4);
  filling.error = athr_test_boom ();
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items ERROR done", 3);
  g_assert_error (athr_stream_list_model_get_error (filling.list), G_IO_ERROR, G_IO_ERROR_FAILED);
}

static void
test_empty (void)
{
  g_auto (AthrFilling) filling = { 0, };

  athr_filling_init (&filling, 0, 4);
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "done", 0);
}

/* Values of the wrong type */

static void
set_int (GValue *value)
{
  g_value_init (value, G_TYPE_INT);
}

static void
set_null_object (GValue *value)
{
  g_value_init (value, G_TYPE_OBJECT);
}

static void
set_null (GValue *value)
{
  g_value_init (value, G_TYPE_POINTER);
}

static void
set_other_type (GValue *value)
{
  g_value_init (value, G_TYPE_OBJECT);
  g_value_take_object (value, g_cancellable_new ());
}

typedef struct
{
  const char *path;
  void (*set) (GValue *value);
  const char *name; /* of the type, in the message */
} Odd;

static const Odd odds[] = {
  { "/athr/stream-list-model/odd/int", set_int, "gint" },
  { "/athr/stream-list-model/odd/null-object", set_null_object, "GObject" },
  { "/athr/stream-list-model/odd/null", set_null, "gpointer" },
  { "/athr/stream-list-model/odd/other-type", set_other_type, "GCancellable" },
};

static void
test_odd (gconstpointer data)
{
  g_auto (AthrFilling) filling = { 0, };
  const Odd *odd = data;
  const GError *error;

  g_test_summary ("A value that is not an object of the type ends the list, which keeps its "
                  "items and closes the stream");

  athr_filling_init (&filling, 2, 4);
  odd->set (&filling.last);
  filling.holds = TRUE;
  athr_filling_make_list (&filling, athr_thing_get_type ());
  athr_filling_await_end (&filling, "items ERROR done", 2);
  error = athr_stream_list_model_get_error (filling.list);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, odd->name));
  g_assert_nonnull (strstr (error->message, "AthrThing"));

  g_assert_false (athr_stream_get_flowing (filling.stream));
  g_assert_cmpint (athr_stream_get_state (filling.stream), ==, ATHR_STREAM_STATE_RUNNING);
  athr_gate_open (&filling.hold);
  athr_test_iterate_until (NULL, athr_stream_get_state (filling.stream) == ATHR_STREAM_STATE_CLOSED);
  athr_test_drain (NULL);
  g_assert_cmpstr (filling.log.words->str, ==, "items ERROR done");
}

static void
yield_files (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path ("/");

      athr_yielder_yield (yielder, NULL, i == 1 ? G_TYPE_FILE : G_TYPE_OBJECT, file);
    }
}

static void
test_interface (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_files, NULL, NULL);
  g_autoptr (AthrStreamListModel) list = athr_stream_list_model_new (stream, G_TYPE_FILE);

  g_test_summary ("The item type may be an interface, and the type of the value may be the "
                  "interface or a parent class");

  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_no_error (athr_stream_list_model_get_error (list));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (list), ==, 3);
  g_assert_true (athr_stream_list_model_get_item_type (list) == G_TYPE_FILE);
}

static void
test_without_stream (void)
{
  g_autoptr (AthrStreamListModel) list = athr_stream_list_model_new (NULL, athr_thing_get_type ());
  g_autoptr (AthrStreamListModel) plain = g_object_new (ATHR_TYPE_STREAM_LIST_MODEL, NULL);

  g_assert_null (athr_stream_list_model_get_stream (list));
  g_assert_true (athr_stream_list_model_get_item_type (list) == athr_thing_get_type ());
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 0));
  g_assert_false (athr_stream_list_model_get_loading (list));
  g_assert_null (athr_stream_list_model_get_error (list));
  g_assert_true (athr_stream_list_model_get_item_type (plain) == G_TYPE_OBJECT);
  g_assert_null (athr_stream_list_model_get_stream (plain));
}

static void
test_properties (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (AthrStreamListModel) list = NULL;
  g_autoptr (AthrStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  gboolean loading;
  GType item_type;
  guint n_items;

  g_test_summary ("A list that is constructed with properties has the values of its getters "
                  "in its properties");

  athr_filling_init (&filling, 3, 4);
  filling.error = athr_test_boom ();
  list = g_object_new (ATHR_TYPE_STREAM_LIST_MODEL, "item-type", athr_thing_get_type (),
                       "stream", filling.stream, NULL);
  g_assert_true (athr_stream_list_model_get_stream (list) == filling.stream);
  g_object_get (list, "loading", &loading, NULL);
  g_assert_true (loading);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));

  g_object_get (list, "stream", &stream, "item-type", &item_type, "n-items", &n_items,
                "loading", &loading, "error", &error, NULL);
  g_assert_true (stream == filling.stream);
  g_assert_true (item_type == athr_thing_get_type ());
  g_assert_cmpuint (n_items, ==, 3);
  g_assert_false (loading);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

static void
test_default_type (void)
{
  g_auto (AthrFilling) filling = { 0, };
  g_autoptr (AthrStreamListModel) list = NULL;

  g_test_summary ("A list without an item type accepts every object");

  athr_filling_init (&filling, 3, 4);
  list = g_object_new (ATHR_TYPE_STREAM_LIST_MODEL, "stream", filling.stream, NULL);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (list));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (list), ==, 3);
}

/* Mistakes of the caller: each is a critical, which ends the subprocess. */

static void
make_of_int (void)
{
  athr_stream_list_model_new (NULL, G_TYPE_INT);
}

static void
make_of_no_type (void)
{
  athr_stream_list_model_new (NULL, G_TYPE_INVALID);
}

static void
make_of_boxed (void)
{
  athr_stream_list_model_new (NULL, G_TYPE_VALUE);
}

static void
make_of_no_stream (void)
{
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

  athr_stream_list_model_new ((AthrStream *) object, G_TYPE_OBJECT);
}

static void
set_type_later (void)
{
  g_autoptr (AthrStreamListModel) list = athr_stream_list_model_new (NULL, G_TYPE_OBJECT);

  /* GLib 2.74 gives a warning here, newer versions give a critical. */
  g_log_set_always_fatal (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
  g_object_set (list, "item-type", G_TYPE_OBJECT, NULL);
}

static const struct
{
  const char *path;
  void (*mistake) (void);
  const char *message;
} mistakes[] = {
  { "/athr/stream-list-model/mistake/int", make_of_int, "*g_type_is_a (item_type, G_TYPE_OBJECT)*" },
  { "/athr/stream-list-model/mistake/no-type", make_of_no_type, "*g_type_is_a (item_type, G_TYPE_OBJECT)*" },
  { "/athr/stream-list-model/mistake/boxed", make_of_boxed, "*g_type_is_a (item_type, G_TYPE_OBJECT)*" },
  { "/athr/stream-list-model/mistake/no-stream", make_of_no_stream, "*ATHR_IS_STREAM (stream)*" },
  { "/athr/stream-list-model/mistake/set-later", set_type_later, "*construct*" },
};

static void
test_mistake (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);

  if (g_test_subprocess ())
    {
      mistakes[i].mistake ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (mistakes[i].message);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream-list-model/" path, test)
  add ("fill", test_fill);
  add ("contract", test_contract);
  add ("slices", test_slices);
  add ("error", test_error);
  add ("empty", test_empty);
  for (guint i = 0; i < G_N_ELEMENTS (odds); i++)
    g_test_add_data_func (odds[i].path, &odds[i], test_odd);
  add ("interface", test_interface);
  add ("without-stream", test_without_stream);
  add ("properties", test_properties);
  add ("default-type", test_default_type);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    g_test_add_data_func (mistakes[i].path, GUINT_TO_POINTER (i), test_mistake);

  return g_test_run ();
}
