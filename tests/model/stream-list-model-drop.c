/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-list-model-test.h"

/* Dropping a list closes its stream, and frees its items at home. */

/* A list of witnesses that is dropped. */
typedef struct
{
  AthrSource source;
  AthrStreamListModel *list;
  guint n_values;    /* seen by handlers of the stream */
  guint n_changes;
  guint drop_at;     /* the value at which a handler drops the list */
  gboolean disposes; /* the handler disposes of the list instead */
} Dropped;

static void
dropped_init (Dropped *self,
              guint    n_values,
              guint    buffer_size)
{
  *self = (Dropped) { .n_values = 0 };
  athr_source_init (&self->source, n_values, buffer_size);
}

static void
dropped_make_list (Dropped *self)
{
  self->list = athr_stream_list_model_new (self->source.stream, ATHR_TYPE_WITNESS);
}

static void
dropped_await_closed (Dropped *self)
{
  athr_test_iterate_until (NULL, athr_stream_get_state (self->source.stream) ==
                                 ATHR_STREAM_STATE_CLOSED);
  g_assert_true (g_atomic_int_get (&self->source.has_returned));
}

/* Checks that the calling thread has destroyed the user data, and finalized the first
 * @n_values values. The producer keeps a reference to the last value until it yields
 * another. */
static void
dropped_clear (Dropped *self,
               guint    n_values)
{
  g_assert_null (self->list);
  g_clear_object (&self->source.stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->source.data_destroyed_on) != NULL);
  athr_test_drain (NULL);
  athr_source_assert_ended (&self->source, n_values);
  athr_source_clear (&self->source);
}

static void
pause_after_two (AthrStream   *stream,
                 const GValue *value,
                 gpointer      user_data)
{
  Dropped *self = user_data;

  if (++self->n_values == 2)
    athr_stream_set_flowing (stream, FALSE);
}

/* Waits until two items are in the list, and one more value is in the buffer. */
static void
dropped_fill_two (Dropped *self)
{
  g_signal_connect (self->source.stream, "value", G_CALLBACK (pause_after_two), self);
  dropped_make_list (self);
  athr_test_iterate_until (NULL, athr_stream_list_model_get_n_items (self->list) == 2);
  athr_source_await_blocked (&self->source, 3);
}

static void
test_drop (void)
{
  Dropped dropped;

  g_test_summary ("Dropping a list at home frees its items at once, and closes the stream");

  dropped_init (&dropped, 8, 1);
  dropped_fill_two (&dropped);
  g_clear_object (&dropped.list);
  g_assert_true (dropped.source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (dropped.source.value_finalized_on[1] == g_thread_self ());
  dropped_await_closed (&dropped);
  dropped_clear (&dropped, 3);
}

static void
test_drop_alone (void)
{
  Dropped dropped;

  g_test_summary ("Dropping a list on the thread that created it frees everything without a "
                  "main loop");

  dropped_init (&dropped, 4, 1);
  dropped_fill_two (&dropped);
  g_clear_object (&dropped.source.stream);
  g_clear_object (&dropped.list);
  for (guint i = 0; i < 3; i++)
    g_assert_true (dropped.source.value_finalized_on[i] == g_thread_self ());
  dropped_clear (&dropped, 3);
}

static void
test_drop_full (void)
{
  Dropped dropped;

  g_test_summary ("Dropping a list of a finished stream does not close the stream");

  dropped_init (&dropped, 3, 4);
  dropped_make_list (&dropped);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (dropped.list));
  g_assert_null (dropped.source.value_finalized_on[0]);
  g_clear_object (&dropped.list);
  athr_source_assert_ended (&dropped.source, 3);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (dropped.source.stream), ==, ATHR_STREAM_STATE_ENDED);
  dropped_clear (&dropped, 3);
}

static void
test_drop_with_stream (void)
{
  Dropped dropped;

  g_test_summary ("A list may have the only reference to its stream");

  dropped_init (&dropped, 8, 1);
  dropped_fill_two (&dropped);
  g_clear_object (&dropped.source.stream);
  athr_test_drain (NULL);
  g_assert_null (g_atomic_pointer_get (&dropped.source.data_destroyed_on));
  g_clear_object (&dropped.list);
  dropped_clear (&dropped, 3);
  g_assert_true (dropped.source.refused);
}

static void
test_dispose (void)
{
  Dropped dropped;
  GListModel *list;

  g_test_summary ("A disposed list is empty, and has closed the stream, although a reference "
                  "is left");

  dropped_init (&dropped, 8, 1);
  dropped_fill_two (&dropped);
  list = G_LIST_MODEL (dropped.list);
  g_object_run_dispose (G_OBJECT (list));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 0);
  g_assert_null (g_list_model_get_item (list, 0));
  g_assert_null (athr_stream_list_model_get_stream (dropped.list));
  g_assert_null (athr_stream_list_model_get_error (dropped.list));
  g_assert_false (athr_stream_list_model_get_loading (dropped.list));
  g_assert_true (dropped.source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (dropped.source.value_finalized_on[1] == g_thread_self ());
  dropped_await_closed (&dropped);
  g_object_run_dispose (G_OBJECT (list));
  g_clear_object (&dropped.list);
  dropped_clear (&dropped, 3);
}

static void
test_thread (void)
{
  Dropped dropped;

  g_test_summary ("If another thread drops the list, the owner's thread frees the items and "
                  "closes the stream");

  dropped_init (&dropped, 8, 1);
  dropped_fill_two (&dropped);
  athr_test_drop_on_thread (g_steal_pointer (&dropped.list));
  g_assert_null (dropped.source.value_finalized_on[0]);
  g_assert_null (dropped.source.value_finalized_on[1]);
  g_assert_false (g_atomic_int_get (&dropped.source.has_returned));
  dropped_await_closed (&dropped);
  dropped_clear (&dropped, 3);
}

static void
test_thread_with_stream (void)
{
  Dropped dropped;

  g_test_summary ("Another thread drops a list that has the only reference to its stream");

  dropped_init (&dropped, 8, 1);
  dropped_fill_two (&dropped);
  g_clear_object (&dropped.source.stream);
  athr_test_drop_on_thread (g_steal_pointer (&dropped.list));
  g_assert_null (dropped.source.value_finalized_on[0]);
  g_assert_false (g_atomic_int_get (&dropped.source.has_returned));
  dropped_clear (&dropped, 3);
}

static void
test_thread_ended (void)
{
  Dropped dropped;

  g_test_summary ("If another thread drops a list that has ended, the owner's thread frees "
                  "the items");

  dropped_init (&dropped, 3, 4);
  dropped_make_list (&dropped);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (dropped.list));
  athr_test_drop_on_thread (g_steal_pointer (&dropped.list));
  g_assert_null (dropped.source.value_finalized_on[0]);
  dropped_clear (&dropped, 3);
}

/* Handlers of the list drop it. */

static void
drop_list (Dropped *self)
{
  self->n_changes++;
  g_clear_object (&self->list);
}

static void
test_in_change (gconstpointer data)
{
  Dropped dropped;

  dropped_init (&dropped, 8, 1);
  g_signal_connect (dropped.source.stream, "value", G_CALLBACK (pause_after_two), &dropped);
  dropped_make_list (&dropped);
  g_signal_connect_swapped (dropped.list, data, G_CALLBACK (drop_list), &dropped);
  athr_test_iterate_until (NULL, dropped.list == NULL);
  dropped_await_closed (&dropped);
  g_assert_cmpuint (dropped.n_changes, ==, 1);
  dropped_clear (&dropped, 0);
}

static void
test_in_loading (void)
{
  Dropped dropped;

  dropped_init (&dropped, 3, 4);
  dropped_make_list (&dropped);
  g_signal_connect_swapped (dropped.list, "notify::loading", G_CALLBACK (drop_list), &dropped);
  athr_test_iterate_until (NULL, dropped.list == NULL);
  athr_test_drain (NULL);
  g_assert_cmpint (athr_stream_get_state (dropped.source.stream), ==, ATHR_STREAM_STATE_ENDED);
  dropped_clear (&dropped, 3);
}

static void
test_in_error (void)
{
  Dropped dropped;

  g_test_summary ("A handler of notify::error drops the list, after a value of the wrong type");

  dropped_init (&dropped, 3, 4);
  dropped.list = athr_stream_list_model_new (dropped.source.stream, G_TYPE_CANCELLABLE);
  g_signal_connect_swapped (dropped.list, "notify::error", G_CALLBACK (drop_list), &dropped);
  athr_test_iterate_until (NULL, dropped.list == NULL);
  athr_test_iterate_until (NULL, g_atomic_int_get (&dropped.source.has_returned));
  dropped_clear (&dropped, 0);
}

static void
dispose_list (Dropped *self)
{
  self->n_changes++;
  g_object_run_dispose (G_OBJECT (self->list));
}

static void
test_dispose_in_items_changed (void)
{
  Dropped dropped;

  g_test_summary ("A handler of the last items-changed disposes of the list before the "
                  "error: nothing leaks");

  dropped_init (&dropped, 2, 4);
  dropped_make_list (&dropped);
  g_signal_connect_swapped (dropped.list, "items-changed", G_CALLBACK (dispose_list), &dropped);
  athr_test_iterate_until (NULL, dropped.n_changes == 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (dropped.list), ==, 0);
  g_assert_cmpuint (dropped.n_changes, ==, 1);
  athr_test_iterate_until (NULL, g_atomic_int_get (&dropped.source.has_returned));
  g_clear_object (&dropped.list);
  dropped_clear (&dropped, 0);
}

/* Another handler of the stream's `value` drops the list: then the list emits nothing. */

static void
never_after_drop (gpointer    list,
                  GParamSpec *pspec,
                  gpointer    user_data)
{
  g_assert_nonnull (((Dropped *) user_data)->list);
}

static void
drop_at_value (AthrStream   *stream,
               const GValue *value,
               gpointer      user_data)
{
  Dropped *self = user_data;

  if (++self->n_values != self->drop_at)
    return;
  if (self->disposes)
    g_object_run_dispose (G_OBJECT (self->list));
  else
    g_clear_object (&self->list);
}

static void
test_in_value (gconstpointer first)
{
  Dropped dropped;

  g_test_summary ("A handler of the stream's value, before or after the list's handler, "
                  "drops the list");

  dropped_init (&dropped, 8, 1);
  dropped.drop_at = 2;
  if (first != NULL)
    g_signal_connect (dropped.source.stream, "value", G_CALLBACK (drop_at_value), &dropped);
  dropped_make_list (&dropped);
  g_signal_connect (dropped.list, "notify", G_CALLBACK (never_after_drop), &dropped);
  if (first == NULL)
    g_signal_connect (dropped.source.stream, "value", G_CALLBACK (drop_at_value), &dropped);
  dropped_await_closed (&dropped);
  g_assert_null (dropped.list);
  g_assert_cmpuint (dropped.n_values, ==, 2);
  dropped_clear (&dropped, 1);
}

static void
test_dispose_in_value (gconstpointer first)
{
  Dropped dropped;

  g_test_summary ("A list that a handler of the stream's value disposes of emits nothing");

  dropped_init (&dropped, 8, 1);
  dropped.drop_at = 1;
  dropped.disposes = TRUE;
  if (first != NULL)
    g_signal_connect (dropped.source.stream, "value", G_CALLBACK (drop_at_value), &dropped);
  dropped_make_list (&dropped);
  g_signal_connect_swapped (dropped.list, "items-changed", G_CALLBACK (drop_list), &dropped);
  g_signal_connect_swapped (dropped.list, "notify", G_CALLBACK (drop_list), &dropped);
  if (first == NULL)
    g_signal_connect (dropped.source.stream, "value", G_CALLBACK (drop_at_value), &dropped);
  dropped_await_closed (&dropped);
  athr_test_drain (NULL);
  g_assert_cmpuint (dropped.n_changes, ==, 0);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (dropped.list), ==, 0);
  g_assert_false (athr_stream_list_model_get_loading (dropped.list));
  g_clear_object (&dropped.list);
  dropped_clear (&dropped, 0);
}

static void
test_dispose_in_finished (void)
{
  Dropped dropped;

  g_test_summary ("A list that a handler of the stream's finished disposes of emits nothing");

  dropped_init (&dropped, 0, 1);
  g_signal_connect_swapped (dropped.source.stream, "finished", G_CALLBACK (dispose_list), &dropped);
  dropped_make_list (&dropped);
  g_signal_connect_swapped (dropped.list, "notify", G_CALLBACK (drop_list), &dropped);
  athr_test_iterate_until (NULL, dropped.n_changes > 0);
  athr_test_drain (NULL);
  g_assert_cmpuint (dropped.n_changes, ==, 1);
  g_assert_nonnull (dropped.list);
  g_clear_object (&dropped.list);
  dropped_clear (&dropped, 0);
}

/* The owner's main context ends. */

static void
test_context_dies (void)
{
  GMainContext *context = g_main_context_new ();
  Dropped dropped;

  g_test_summary ("The context ends before the list: the producer returns, and nothing leaks");

  g_main_context_push_thread_default (context);
  dropped_init (&dropped, 8, 1);
  g_signal_connect (dropped.source.stream, "value", G_CALLBACK (pause_after_two), &dropped);
  dropped_make_list (&dropped);
  athr_test_iterate_until (context, athr_stream_list_model_get_n_items (dropped.list) == 2);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_source_await_returned (&dropped.source);
  g_assert_true (dropped.source.refused);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (dropped.list), ==, 2);
  g_clear_object (&dropped.list);
  g_clear_object (&dropped.source.stream);
  /* Dropping the list has closed the stream. Run what may be pending in the default context. */
  athr_test_drain (NULL);
  athr_test_yield_until (g_atomic_pointer_get (&dropped.source.data_destroyed_on) != NULL);
  g_assert_true (dropped.source.value_finalized_on[0] == g_thread_self ());
  g_assert_true (dropped.source.value_finalized_on[1] == g_thread_self ());
  athr_source_clear (&dropped.source);
}

static void
test_context_dies_thread (void)
{
  GMainContext *context = g_main_context_new ();
  Dropped dropped;

  g_test_summary ("The context ends before the list, and another thread drops the list");

  g_main_context_push_thread_default (context);
  dropped_init (&dropped, 3, 4);
  dropped_make_list (&dropped);
  athr_test_iterate_until (context, !athr_stream_list_model_get_loading (dropped.list));
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  athr_test_drop_on_thread (g_steal_pointer (&dropped.list));
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (dropped.source.value_finalized_on[i]);
  g_clear_object (&dropped.source.stream);
  athr_source_clear (&dropped.source);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream-list-model/drop/" path, test)
  add ("plain", test_drop);
  add ("alone", test_drop_alone);
  add ("full", test_drop_full);
  add ("with-stream", test_drop_with_stream);
  add ("dispose", test_dispose);
  add ("thread", test_thread);
  add ("thread/with-stream", test_thread_with_stream);
  add ("thread/ended", test_thread_ended);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-items-changed", "items-changed", test_in_change);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-n-items", "notify::n-items", test_in_change);
  add ("in-items-changed/dispose", test_dispose_in_items_changed);
  add ("in-loading", test_in_loading);
  add ("in-error", test_in_error);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-value/before", "", test_in_value);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-value/behind", NULL, test_in_value);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-value/dispose/before", "", test_dispose_in_value);
  g_test_add_data_func ("/athr/stream-list-model/drop/in-value/dispose/behind", NULL, test_dispose_in_value);
  add ("in-finished/dispose", test_dispose_in_finished);
  add ("context-dies", test_context_dies);
  add ("context-dies/thread", test_context_dies_thread);

  return g_test_run ();
}
