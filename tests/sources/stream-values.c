/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-test.h"

/* Runs a function on a thread of its own. */
static void
on_other_thread (GThreadFunc func,
                 gpointer    data)
{
  g_thread_join (g_thread_new ("other", func, data));
}

static void
test_values (void)
{
  static const guint sizes[] = { 0, 1, 64, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (AthrStream) stream = NULL;
      GValue values[1000] = { 0 };

      for (guint n = 0; n < G_N_ELEMENTS (values); n++)
        {
          g_value_init (&values[n], G_TYPE_UINT);
          g_value_set_uint (&values[n], n);
        }
      stream = athr_stream_new_for_values (values, G_N_ELEMENTS (values));
      memset (values, 0, sizeof values);
      athr_stream_set_buffer_size (stream, sizes[i]);
      for (guint n = 0; n < G_N_ELEMENTS (values); n++)
        {
          g_auto (GValue) value = G_VALUE_INIT;

          athr_test_take (stream, &value);
          g_assert_cmpuint (g_value_get_uint (&value), ==, n);
        }
      athr_test_expect_end (stream);
    }
}

static void
test_no_values (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new_for_values (NULL, 0);

  athr_test_expect_end (stream);
}

static void
test_unset_value (void)
{
  GValue value = G_VALUE_INIT;

  if (g_test_subprocess ())
    {
      athr_stream_new_for_values (&value, 1);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*athr_stream_new_for_values*G_IS_VALUE*");
}

static void
test_values_left (void)
{
  GThread *finalized_on = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  AthrStream *stream;

  g_test_summary ("The values that nobody took are freed at home, also if the stream never started");

  g_value_init (&value, ATHR_TYPE_WITNESS);
  for (int is_started = FALSE; is_started <= TRUE; is_started++)
    {
      finalized_on = NULL;
      g_value_take_object (&value, athr_witness_new (&finalized_on));
      stream = athr_stream_new_for_values (&value, 1);
      g_value_reset (&value);
      if (is_started)
        {
          athr_stream_start (stream);
          athr_test_yield_until (athr_stream_get_n_buffered (stream) == 1);
        }
      g_assert_null (finalized_on);
      g_object_unref (stream);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
      g_assert_true (finalized_on == g_thread_self ());
    }
}

static GListStore *
new_list (guint n_items)
{
  GListStore *list = g_list_store_new (G_TYPE_FILE);

  for (guint i = 0; i < n_items; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", i);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      g_list_store_append (list, file);
    }

  return list;
}

static void
expect_files (AthrStream *stream,
              guint       n_files)
{
  for (guint i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_strdup_printf ("/%u", i);
      g_auto (GValue) value = G_VALUE_INIT;

      athr_test_take (stream, &value);
      g_assert_true (G_VALUE_HOLDS (&value, G_TYPE_FILE));
      g_assert_cmpstr (g_file_peek_path (g_value_get_object (&value)), ==, path);
    }
  athr_test_expect_end (stream);
}

static void
test_list (void)
{
  g_autoptr (GListStore) list = new_list (99);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_autoptr (GFile) last = g_file_new_for_path ("/99");

  g_test_summary ("The stream has the objects that are in the list as the stream starts");

  g_list_store_append (list, last);
  athr_stream_start (stream);
  g_list_store_remove_all (list);
  expect_files (stream, 100);
}

static void
test_list_first_next (void)
{
  g_autoptr (GListStore) list = new_list (100);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  expect_files (stream, 100);
}

static void
test_list_blocking (void)
{
  g_autoptr (GListStore) list = new_list (1);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next (stream, NULL, &value, &error);

  g_test_summary ("A blocking next at home reads the list");

  g_assert_no_error (error);
  g_assert_true (taken && G_VALUE_HOLDS (&value, G_TYPE_FILE));
}

static gpointer
next_would_block (gpointer stream)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean taken = athr_stream_next (stream, NULL, &value, &error);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_false (taken);

  return NULL;
}

static void
test_list_elsewhere (void)
{
  g_autoptr (GListStore) list = new_list (10);
  g_autoptr (AthrStream) stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  g_test_summary ("A blocking next on another thread fails, and starts nothing");

  on_other_thread (next_would_block, stream);
  g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_INITIAL);
  expect_files (stream, 10);
}

static gpointer
start_elsewhere (gpointer stream)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  athr_stream_next_async (stream, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (context, result != NULL);
  g_assert_null (athr_stream_next_finish (stream, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_list_moved (void)
{
  g_autoptr (GListStore) list = new_list (10);
  AthrStream *stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));

  g_test_summary ("A stream to which another thread moves fails");

  on_other_thread (start_elsewhere, stream);
  g_object_unref (stream);
}

static void
test_list_dropped (void)
{
  GThread *finalized_on = NULL;
  GListStore *list = g_list_store_new (ATHR_TYPE_WITNESS);
  g_autoptr (GObject) witness = athr_witness_new (&finalized_on);
  AthrStream *stream;

  g_test_summary ("A stream that never starts drops its list");

  g_list_store_append (list, witness);
  stream = athr_stream_new_for_list_model (G_LIST_MODEL (list));
  g_object_unref (list);
  g_clear_object (&witness);
  g_assert_null (finalized_on);
  g_object_unref (stream);
  g_assert_true (finalized_on == g_thread_self ());
}

/* A list of one object, which calls a function of the test when the stream reads it. */
typedef struct
{
  GObject parent_instance;
  void (*act) (AthrStream *stream);
  AthrStream *stream; /* not owned */
  guint n_read;
} ActingList;

typedef GObjectClass ActingListClass;

static GType
acting_list_get_item_type (GListModel *list)
{
  return G_TYPE_OBJECT;
}

static guint
acting_list_get_n_items (GListModel *list)
{
  return 1;
}

static gpointer
acting_list_get_item (GListModel *list,
                      guint       position)
{
  ActingList *self = (ActingList *) list;

  self->n_read++;
  self->act (self->stream);

  return g_object_new (G_TYPE_OBJECT, NULL);
}

static void
acting_list_init_list (GListModelInterface *iface)
{
  iface->get_item_type = acting_list_get_item_type;
  iface->get_n_items = acting_list_get_n_items;
  iface->get_item = acting_list_get_item;
}

static GType acting_list_get_type (void);

G_DEFINE_TYPE_WITH_CODE (ActingList, acting_list, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, acting_list_init_list))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ActingList, g_object_unref)

static void
acting_list_class_init (ActingListClass *klass)
{
}

static void
acting_list_init (ActingList *self)
{
}

static void
yield_item (AthrYielder   *yielder,
            const GValue  *item,
            gpointer       user_data,
            GError       **error)
{
  athr_yielder_yield_value (yielder, item, error);
}

/* A stream of an acting list, or a map of this stream. */
static AthrStream *
new_acting_stream (gconstpointer   is_map,
                   ActingList    **list,
                   void          (*act) (AthrStream *stream))
{
  g_autoptr (AthrStream) source = NULL;

  *list = g_object_new (acting_list_get_type (), NULL);
  source = athr_stream_new_for_list_model (G_LIST_MODEL (*list));
  (*list)->act = act;
  (*list)->stream = is_map != NULL ? athr_stream_new_map (source, 0, ATHR_MAP_DEFAULT, yield_item, NULL, NULL)
                                   : g_object_ref (source);

  return (*list)->stream;
}

static gboolean is_closed;

static void
on_closed (GObject      *stream,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_assert_true (athr_stream_close_finish (ATHR_STREAM (stream), result, NULL));
  is_closed = TRUE;
}

static void
close_stream (AthrStream *stream)
{
  athr_stream_close_async (stream, NULL, on_closed, NULL);
}

static void
close_and_wait (AthrStream *stream)
{
  close_stream (stream);
  athr_test_iterate_until (NULL, is_closed);
  athr_test_drain (NULL);
}

static void
close_nested (gpointer stream)
{
  close_stream (stream);
}

static void
iterate_and_close (AthrStream *stream)
{
  g_idle_add_once (close_nested, stream);
  athr_test_drain (NULL);
}

static void
test_list_closes (gconstpointer is_map)
{
  void (*acts[]) (AthrStream *stream) = { close_stream, close_and_wait, iterate_and_close };

  g_test_summary ("The list may close the stream that reads it, and may wait for that in a nested main loop");

  for (gsize i = 0; i < G_N_ELEMENTS (acts); i++)
    {
      g_autoptr (ActingList) list = NULL;
      g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, acts[i]);

      is_closed = FALSE;
      athr_stream_start (stream);
      athr_test_iterate_until (NULL, is_closed);
      athr_test_expect_end (stream);
      g_assert_cmpuint (list->n_read, ==, 1);
      g_assert_cmpint (athr_stream_get_state (stream), ==, ATHR_STREAM_STATE_CLOSED);
      g_clear_object (&stream);
      athr_test_drain (NULL);
      /* The stream has dropped its list. */
      g_assert_cmpuint (G_OBJECT (list)->ref_count, ==, 1);
    }
}

static GAsyncResult *next_result;

static void
ask_for_next (AthrStream *stream)
{
  athr_stream_start (stream);
  athr_stream_next_async (stream, NULL, athr_test_keep_result, &next_result);
  athr_test_drain (NULL);
}

static void
test_list_asks (gconstpointer is_map)
{
  g_autoptr (ActingList) list = NULL;
  g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, ask_for_next);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("The list may ask for the value that it gives");

  athr_stream_start (stream);
  athr_test_iterate_until (NULL, next_result != NULL);
  g_assert_true (athr_stream_next_finish_into (stream, next_result, &value, NULL));
  g_clear_object (&next_result);
  g_assert_true (G_VALUE_HOLDS_OBJECT (&value));
  g_assert_cmpuint (list->n_read, ==, 1);
  athr_test_expect_end (stream);
}

static void
flow (AthrStream *stream)
{
  athr_stream_set_flowing (stream, TRUE);
}

static void
test_list_flows (gconstpointer is_map)
{
  g_autoptr (ActingList) list = NULL;
  g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, flow);
  g_auto (AthrLog) log = { 0 };

  g_test_summary ("The list may have the stream flow");

  athr_log_init (&log);
  g_signal_connect (stream, "finished", G_CALLBACK (athr_log_finished), &log);
  athr_stream_start (stream);
  athr_log_await (&log, "finished");
  g_assert_cmpuint (list->n_read, ==, 1);
}

static void
expect_would_block (AthrStream *stream)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_nonnull (strstr (error->message, "list has been read"));
}

static void
test_list_blocks (gconstpointer is_map)
{
  g_autoptr (ActingList) list = NULL;
  g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, expect_would_block);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("The list may not wait for the value that it gives");

  g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
  g_assert_true (G_VALUE_HOLDS_OBJECT (&value));
  g_assert_cmpuint (list->n_read, ==, 1);
}

static void
dispose_owner (AthrStream *stream)
{
  g_object_run_dispose (g_object_get_data (G_OBJECT (stream), "owner"));
}

static void
test_list_ends_owner (gconstpointer is_map)
{
  g_autoptr (ActingList) list = NULL;
  g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, dispose_owner);
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("The list may end an owner of the stream");

  g_object_set_data (G_OBJECT (stream), "owner", owner);
  athr_stream_bind (stream, owner);
  g_assert_false (athr_stream_next (stream, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (list->n_read, ==, 1);
  g_clear_object (&stream);
  athr_test_drain (NULL);
  g_assert_cmpuint (G_OBJECT (list)->ref_count, ==, 1);
}

static void
test_list_closed_before (gconstpointer is_map)
{
  g_autoptr (ActingList) list = NULL;
  g_autoptr (AthrStream) stream = new_acting_stream (is_map, &list, expect_would_block);

  g_test_summary ("A stream that was closed before it started does not read its list");

  if (is_map != NULL)
    list->act = close_stream;
  is_closed = FALSE;
  close_stream (stream);
  athr_test_iterate_until (NULL, is_closed);
  athr_stream_start (stream);
  athr_test_expect_end (stream);
  g_assert_cmpuint (list->n_read, ==, is_map != NULL);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    GTestDataFunc func;
  } acting[] = {
    { "closes", test_list_closes },
    { "asks", test_list_asks },
    { "flows", test_list_flows },
    { "blocks", test_list_blocks },
    { "ends-owner", test_list_ends_owner },
    { "closed-before", test_list_closed_before },
  };

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/values/all", test_values);
  g_test_add_func ("/athr/stream/values/none", test_no_values);
  g_test_add_func ("/athr/stream/values/unset", test_unset_value);
  g_test_add_func ("/athr/stream/values/left", test_values_left);
  g_test_add_func ("/athr/stream/list-model/snapshot", test_list);
  g_test_add_func ("/athr/stream/list-model/first-next", test_list_first_next);
  g_test_add_func ("/athr/stream/list-model/blocking", test_list_blocking);
  g_test_add_func ("/athr/stream/list-model/elsewhere", test_list_elsewhere);
  g_test_add_func ("/athr/stream/list-model/moved", test_list_moved);
  g_test_add_func ("/athr/stream/list-model/dropped", test_list_dropped);
  for (gsize i = 0; i < G_N_ELEMENTS (acting); i++)
    {
      g_autofree char *plain = g_strdup_printf ("/athr/stream/list-model/acts/%s/stream", acting[i].name);
      g_autofree char *map = g_strdup_printf ("/athr/stream/list-model/acts/%s/map", acting[i].name);

      g_test_add_data_func (plain, NULL, acting[i].func);
      g_test_add_data_func (map, "map", acting[i].func);
    }

  return g_test_run ();
}
