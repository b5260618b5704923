/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/stream-source-test.h"

/* Shared by the tests of the list model. */

/* An object with a number. */
typedef struct
{
  GObject parent_instance;
  guint number;
} AthrThing;

typedef GObjectClass AthrThingClass;

static GType athr_thing_get_type (void);

G_DEFINE_TYPE (AthrThing, athr_thing, G_TYPE_OBJECT)

static void
athr_thing_class_init (AthrThingClass *klass)
{
}

static void
athr_thing_init (AthrThing *self)
{
}

static inline GObject *
athr_thing_new (guint number)
{
  AthrThing *self = g_object_new (athr_thing_get_type (), NULL);

  self->number = number;

  return G_OBJECT (self);
}

static inline guint
athr_thing_number (gpointer object)
{
  g_assert_true (g_type_is_a (G_OBJECT_TYPE (object), athr_thing_get_type ()));

  return ((AthrThing *) object)->number;
}

/* A stream of things 1, 2, 3 ..., a list of this stream, and what the list has reported. */
typedef struct _AthrFilling AthrFilling;

struct _AthrFilling
{
  AthrExecutor *executor;
  AthrStream *stream;
  AthrStreamListModel *list;

  /* Controls the function; set before the stream starts */
  guint n_values;
  GValue last;            /* if set, yielded after the things */
  gboolean holds;         /* the function waits at the gate before it returns */
  GError *error;          /* (nullable); owned; the error of the function */

  AthrGate hold;
  int n_yielded;          /* atomic */
  int has_returned;       /* atomic */
  GThread *destroyed_on;  /* atomic */

  /* What handlers saw */
  AthrLog log;            /* "items" for one or more items-changed in a row, "ERROR", "done" */
  guint n_seen;           /* values of the stream */
  guint n_reported;       /* items that items-changed has reported */
  guint n_changes;
  guint n_notifies;       /* of n-items */
  guint n_notified;       /* the last n-items */
  void (*act) (AthrFilling *self); /* (nullable): called in the handler of items-changed */
  guint depth;            /* for act */
};

static inline void
athr_filling_run (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  AthrFilling *self = user_data;
  gboolean given = TRUE;

  for (guint i = 1; given && i <= self->n_values; i++)
    {
      g_autoptr (GObject) thing = athr_thing_new (i);

      given = athr_yielder_yield (yielder, NULL, athr_thing_get_type (), thing);
      if (given)
        g_atomic_int_inc (&self->n_yielded);
    }
  if (given && G_IS_VALUE (&self->last))
    athr_yielder_yield_value (yielder, &self->last, NULL);
  if (self->holds)
    athr_gate_pass (&self->hold);
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  g_atomic_int_set (&self->has_returned, TRUE);
}

static inline void
athr_filling_destroy (gpointer user_data)
{
  AthrFilling *self = user_data;

  g_assert_null (self->destroyed_on);
  athr_test_note_thread (&self->destroyed_on);
}

static inline void
athr_filling_init (AthrFilling *self,
                   guint        n_values,
                   guint        buffer_size)
{
  *self = (AthrFilling) { .n_values = n_values };
  athr_gate_init (&self->hold);
  athr_log_init (&self->log);
  self->executor = athr_executor_new ("filling", 2);
  self->stream = athr_stream_new (athr_filling_run, self, athr_filling_destroy);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_buffer_size (self->stream, buffer_size);
}

static inline void
athr_filling_on_value (AthrStream   *stream,
                       const GValue *value,
                       gpointer      user_data)
{
  ((AthrFilling *) user_data)->n_seen++;
}

static inline void
athr_filling_on_items (GListModel *list,
                       guint       position,
                       guint       n_removed,
                       guint       n_added,
                       gpointer    user_data)
{
  AthrFilling *self = user_data;

  g_assert_true (g_thread_self () == self->log.home);
  g_assert_cmpuint (position, ==, self->n_reported);
  g_assert_cmpuint (n_removed, ==, 0);
  g_assert_cmpuint (n_added, >, 0);
  self->n_reported += n_added;
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, self->n_reported);
  /* Even the last items are reported before the end. */
  g_assert_true (athr_stream_list_model_get_loading (ATHR_STREAM_LIST_MODEL (list)));
  g_assert_null (athr_stream_list_model_get_error (ATHR_STREAM_LIST_MODEL (list)));
  for (guint i = position; i < self->n_reported; i++)
    {
      g_autoptr (GObject) thing = g_list_model_get_item (list, i);

      g_assert_cmpuint (athr_thing_number (thing), ==, i + 1);
    }
  self->n_changes++;
  if (!g_str_has_suffix (self->log.words->str, "items"))
    athr_log_add (&self->log, "items");
  if (self->act != NULL)
    self->act (self);
}

static inline void
athr_filling_on_n_items (AthrStreamListModel *list,
                         GParamSpec          *pspec,
                         gpointer             user_data)
{
  AthrFilling *self = user_data;

  self->n_notified = athr_stream_list_model_get_n_items (list);
  g_assert_cmpuint (self->n_notified, ==, self->n_reported);
  self->n_notifies++;
}

static inline void
athr_filling_on_loading (AthrStreamListModel *list,
                         GParamSpec          *pspec,
                         gpointer             user_data)
{
  g_assert_false (athr_stream_list_model_get_loading (list));
  athr_log_add (&((AthrFilling *) user_data)->log, "done");
}

static inline void
athr_filling_on_error (AthrStreamListModel *list,
                       GParamSpec          *pspec,
                       gpointer             user_data)
{
  g_assert_nonnull (athr_stream_list_model_get_error (list));
  athr_log_add (&((AthrFilling *) user_data)->log, "ERROR");
}

/* Creates the list, and connects the handlers. */
static inline void
athr_filling_make_list (AthrFilling *self,
                        GType        item_type)
{
  self->list = athr_stream_list_model_new (self->stream, item_type);
  g_signal_connect (self->stream, "value", G_CALLBACK (athr_filling_on_value), self);
  g_signal_connect (self->list, "items-changed", G_CALLBACK (athr_filling_on_items), self);
  g_signal_connect (self->list, "notify::n-items", G_CALLBACK (athr_filling_on_n_items), self);
  g_signal_connect (self->list, "notify::loading", G_CALLBACK (athr_filling_on_loading), self);
  g_signal_connect (self->list, "notify::error", G_CALLBACK (athr_filling_on_error), self);
}

/* Creates the list, and waits until all values were yielded; the list has reported nothing. */
static inline void
athr_filling_make_full_list (AthrFilling *self)
{
  athr_filling_make_list (self, athr_thing_get_type ());
  athr_test_yield_until (g_atomic_int_get (&self->has_returned) &&
                         athr_executor_get_n_running (self->executor) == 0);
  g_assert_cmpstr (self->log.words->str, ==, "");
}

/* Iterates until the list has ended. The log is then @expected, and the list has @n_items. */
static inline void
athr_filling_await_end (AthrFilling *self,
                        const char  *expected,
                        guint        n_items)
{
  athr_test_iterate_until (NULL, g_str_has_suffix (self->log.words->str, "done"));
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, expected);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (self->list), ==, n_items);
  g_assert_cmpuint (self->n_reported, ==, n_items);
  g_assert_cmpuint (self->n_notified, ==, n_items);
  g_assert_cmpuint (self->n_notifies, <=, self->n_changes);
  g_assert_false (athr_stream_list_model_get_loading (self->list));
}

static inline void
athr_filling_clear (AthrFilling *self)
{
  athr_gate_open (&self->hold);
  if (self->stream != NULL)
    g_signal_handlers_disconnect_by_data (self->stream, self);
  g_clear_object (&self->list);
  g_clear_object (&self->stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&self->destroyed_on) != NULL);
  g_assert_true (self->destroyed_on == g_thread_self ());
  athr_test_drain (NULL);
  g_clear_object (&self->executor);
  g_clear_error (&self->error);
  if (G_IS_VALUE (&self->last))
    g_value_unset (&self->last);
  athr_log_clear (&self->log);
  athr_gate_clear (&self->hold);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrFilling, athr_filling_clear)
