/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fork-test.h"
#include "stream-list-model-test.h"

/* A list that is given another stream. */

/* A stream of the things @first, @first + 1 ..., which waits at its gate before the first. */
typedef struct
{
  guint first;
  guint n_values;
  gboolean fails;
  AthrGate gate;
  AthrStream *stream;
} AthrSpring;

static void
spring_run (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  AthrSpring *self = user_data;

  athr_gate_pass (&self->gate);
  for (guint i = 0; i < self->n_values; i++)
    {
      g_autoptr (GObject) thing = athr_thing_new (self->first + i);

      if (!athr_yielder_yield (yielder, error, athr_thing_get_type (), thing))
        return;
    }
  if (self->fails)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
}

static void
spring_init (AthrSpring *self,
             guint       first,
             guint       n_values)
{
  memset (self, 0, sizeof *self);
  self->first = first;
  self->n_values = n_values;
  athr_gate_init (&self->gate);
  self->stream = athr_stream_new (spring_run, self, NULL);
}

static void
spring_clear (AthrSpring *self)
{
  athr_gate_open (&self->gate);
  g_clear_object (&self->stream);
  athr_test_yield_until (athr_executor_get_n_queued (athr_executor_get_default ()) == 0 &&
                         athr_executor_get_n_running (athr_executor_get_default ()) == 0);
  athr_test_drain (NULL);
  athr_gate_clear (&self->gate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrSpring, spring_clear)

/* A list, and a copy of it that follows what the list tells. */
typedef struct _AthrMirror AthrMirror;

struct _AthrMirror
{
  AthrStreamListModel *list;
  AthrLog log;
  GArray *numbers;
  AthrStream *next;  /* (nullable): set in the next items-changed, with @after following */
  AthrStream *after;
  gboolean sets;
  gboolean drains;
};

static void
mirror_on_items (GListModel *list,
                 guint       position,
                 guint       n_removed,
                 guint       n_added,
                 AthrMirror *self)
{
  g_autofree char *word = g_strdup_printf ("%u-%u+%u", position, n_removed, n_added);

  athr_log_add (&self->log, word);
  g_array_remove_range (self->numbers, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    {
      g_autoptr (GObject) thing = g_list_model_get_item (list, position + i);
      guint number = athr_thing_number (thing);

      g_array_insert_val (self->numbers, position + i, number);
    }
  g_assert_cmpuint (self->numbers->len, ==, g_list_model_get_n_items (list));

  if (self->drains)
    athr_test_drain (NULL);
  if (self->sets)
    {
      self->sets = FALSE;
      athr_stream_list_model_set_stream (self->list, self->next);
      athr_stream_list_model_set_stream (self->list, self->after);
      athr_log_add (&self->log, "set");
    }
}

static void
mirror_on_second (GListModel *list,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  AthrMirror *self)
{
  athr_log_add (&self->log, "second");
  g_assert_cmpuint (self->numbers->len, ==, g_list_model_get_n_items (list));
}

static void
mirror_on_notify (AthrStreamListModel *list,
                  GParamSpec          *pspec,
                  AthrMirror          *self)
{
  if (g_str_equal (pspec->name, "loading"))
    athr_log_add (&self->log, athr_stream_list_model_get_loading (list) ? "loading" : "done");
  else if (g_str_equal (pspec->name, "error"))
    athr_log_add (&self->log, athr_stream_list_model_get_error (list) != NULL ? "ERROR" : "no-error");
  else
    athr_log_add (&self->log, pspec->name);
}

static void
mirror_init (AthrMirror *self,
             AthrStream *stream)
{
  memset (self, 0, sizeof *self);
  athr_log_init (&self->log);
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->list = athr_stream_list_model_new (stream, athr_thing_get_type ());
  g_signal_connect (self->list, "items-changed", G_CALLBACK (mirror_on_items), self);
  g_signal_connect (self->list, "notify", G_CALLBACK (mirror_on_notify), self);
}

static void
mirror_clear (AthrMirror *self)
{
  g_clear_object (&self->list);
  athr_test_drain (NULL);
  g_array_unref (self->numbers);
  athr_log_clear (&self->log);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AthrMirror, mirror_clear)

/* Waits until no function runs, so that all values are in the buffers. */
static void
settle (void)
{
  athr_test_yield_until (athr_executor_get_n_queued (athr_executor_get_default ()) == 0 &&
                         athr_executor_get_n_running (athr_executor_get_default ()) == 0);
}

/* Iterates until the list has no more to come, and compares the log, which then begins anew. */
static void
mirror_await (AthrMirror *self,
              const char *expected)
{
  settle ();
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (self->list));
  athr_test_drain (NULL);
  g_assert_cmpstr (self->log.words->str, ==, expected);
  g_string_truncate (self->log.words, 0);
}

static void
mirror_assert_first (AthrMirror *self,
                     guint       first)
{
  g_assert_cmpuint (self->numbers->len, >, 0);
  g_assert_cmpuint (g_array_index (self->numbers, guint, 0), ==, first);
}

/* A full list of the things 1, 2 and 3. */
static void
mirror_init_full (AthrMirror *self,
                  AthrSpring *spring)
{
  spring_init (spring, 1, 3);
  mirror_init (self, spring->stream);
  athr_gate_open (&spring->gate);
  mirror_await (self, "0-0+3 n-items done");
  mirror_assert_first (self, 1);
}

static void
test_replaces (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("The rows stay until the new stream brings its first values, which replace them in one change");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 2);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  g_assert_true (athr_stream_list_model_get_stream (mirror.list) == second.stream);
  g_assert_cmpstr (mirror.log.words->str, ==, "stream loading");
  athr_gate_await (&second.gate, 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (mirror.list), ==, 3);
  mirror_assert_first (&mirror, 1);

  athr_gate_open (&second.gate);
  mirror_await (&mirror, "stream loading 0-3+2 n-items done");
  mirror_assert_first (&mirror, 11);
}

static void
test_closes (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("The old stream is closed at once, and what it yields later never comes into the list");

  spring_init (&first, 1, 3);
  spring_init (&second, 11, 1);
  mirror_init (&mirror, first.stream);
  athr_gate_await (&first.gate, 1);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  athr_gate_open (&first.gate);
  athr_test_iterate_until (NULL, athr_stream_get_state (first.stream) == ATHR_STREAM_STATE_CLOSED);
  athr_gate_open (&second.gate);
  mirror_await (&mirror, "stream 0-0+1 n-items done");
  mirror_assert_first (&mirror, 11);
}

typedef struct
{
  AthrMirror *mirror;
  AthrStream *stream;
} SetInValue;

static void
set_in_value (AthrStream   *stream,
              const GValue *value,
              SetInValue   *data)
{
  athr_stream_list_model_set_stream (data->mirror->list, data->stream);
}

static void
test_in_value (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };
  SetInValue data = { &mirror, NULL };

  g_test_summary ("A stream that is set by a handler of value, when the list has the value but has not shown it");

  spring_init (&first, 1, 3);
  spring_init (&second, 11, 1);
  data.stream = second.stream;
  mirror_init (&mirror, first.stream);
  g_signal_connect (first.stream, "value", G_CALLBACK (set_in_value), &data);
  athr_gate_open (&first.gate);
  athr_gate_open (&second.gate);
  mirror_await (&mirror, "stream 0-0+1 n-items done");
  mirror_assert_first (&mirror, 11);
  g_signal_handlers_disconnect_by_data (first.stream, &data);
}

static void
test_ends_empty (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A new stream that ends without a value empties the list at its end");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 0);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  athr_gate_await (&second.gate, 1);
  athr_test_drain (NULL);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (mirror.list), ==, 3);
  athr_gate_open (&second.gate);
  mirror_await (&mirror, "stream loading 0-3+0 n-items done");
}

static void
test_fails_empty (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, }, third = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A new stream that fails without a value empties the list, and the next one clears the error");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 0);
  second.fails = TRUE;
  athr_gate_open (&second.gate);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  mirror_await (&mirror, "stream loading 0-3+0 n-items ERROR done");
  g_assert_error (athr_stream_list_model_get_error (mirror.list), G_IO_ERROR, G_IO_ERROR_FAILED);

  spring_init (&third, 21, 3);
  athr_stream_list_model_set_stream (mirror.list, third.stream);
  g_assert_null (athr_stream_list_model_get_error (mirror.list));
  athr_gate_open (&third.gate);
  mirror_await (&mirror, "stream no-error loading 0-0+3 n-items done");
  mirror_assert_first (&mirror, 21);
}

static void
test_same_length (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("As many new rows as old ones: n-items is not notified");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 3);
  athr_gate_open (&second.gate);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  mirror_await (&mirror, "stream loading 0-3+3 done");
  mirror_assert_first (&mirror, 11);
}

static void
test_null (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("NULL empties the list at once, and closes the stream");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 3);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  athr_stream_list_model_set_stream (mirror.list, NULL);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (mirror.list), ==, 0);
  g_assert_null (athr_stream_list_model_get_stream (mirror.list));
  athr_gate_open (&second.gate);
  mirror_await (&mirror, "stream loading 0-3+0 n-items stream done");
  athr_test_iterate_until (NULL, athr_stream_get_state (second.stream) == ATHR_STREAM_STATE_CLOSED);
  g_assert_cmpuint (athr_stream_list_model_get_n_items (mirror.list), ==, 0);
}

static void
test_same (void)
{
  g_auto (AthrSpring) first = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("Nothing happens when the stream is set that the list has");

  mirror_init_full (&mirror, &first);
  athr_stream_list_model_set_stream (mirror.list, first.stream);
  mirror_await (&mirror, "");
  athr_stream_list_model_set_stream (mirror.list, NULL);
  mirror_await (&mirror, "0-3+0 n-items stream");
  athr_stream_list_model_set_stream (mirror.list, NULL);
  mirror_await (&mirror, "");
}

static void
test_from_nothing (void)
{
  g_auto (AthrSpring) first = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A list without a stream is given its first one");

  mirror_init (&mirror, NULL);
  spring_init (&first, 1, 3);
  athr_gate_open (&first.gate);
  athr_stream_list_model_set_stream (mirror.list, first.stream);
  mirror_await (&mirror, "stream loading 0-0+3 n-items done");
}

static void
test_property (void)
{
  g_auto (AthrSpring) first = { 0, };
  g_auto (AthrMirror) mirror = { 0, };
  g_autoptr (AthrStream) stream = NULL;

  g_test_summary ("The stream can be set and read as a property");

  mirror_init (&mirror, NULL);
  spring_init (&first, 1, 3);
  athr_gate_open (&first.gate);
  g_object_set (mirror.list, "stream", first.stream, NULL);
  g_object_get (mirror.list, "stream", &stream, NULL);
  g_assert_true (stream == first.stream);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (mirror.list));
  mirror_assert_first (&mirror, 1);
}

static void
test_finished (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A stream that has finished empties the list at once, and gives its error");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 0);
  second.fails = TRUE;
  athr_gate_open (&second.gate);
  athr_stream_set_flowing (second.stream, TRUE);
  athr_test_iterate_until (NULL, athr_stream_get_state (second.stream) == ATHR_STREAM_STATE_FAILED);
  athr_test_drain (NULL);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  mirror_await (&mirror, "0-3+0 n-items stream ERROR");
}

static void
test_in_items (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, }, third = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A stream that is set in items-changed takes effect when every listener was told, and the last "
                  "one wins");

  spring_init (&first, 1, 3);
  spring_init (&second, 11, 1);
  spring_init (&third, 21, 1);
  mirror_init (&mirror, first.stream);
  g_signal_connect (mirror.list, "items-changed", G_CALLBACK (mirror_on_second), &mirror);
  mirror.sets = TRUE;
  mirror.next = second.stream;
  mirror.after = third.stream;
  athr_gate_open (&first.gate);
  athr_gate_open (&third.gate);
  mirror_await (&mirror, "0-0+3 set second n-items stream 0-3+1 second n-items done");
  mirror_assert_first (&mirror, 21);
  /* The stream that was never in the list is closed, and its function never ran. */
  g_assert_cmpint (athr_stream_get_state (second.stream), ==, ATHR_STREAM_STATE_CLOSED);
  g_assert_true (athr_stream_list_model_get_stream (mirror.list) == third.stream);
}

static void
test_in_items_null (void)
{
  g_auto (AthrSpring) first = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("NULL that is set in items-changed empties the list when every listener was told");

  spring_init (&first, 1, 3);
  mirror_init (&mirror, first.stream);
  g_signal_connect (mirror.list, "items-changed", G_CALLBACK (mirror_on_second), &mirror);
  mirror.sets = TRUE;
  athr_gate_open (&first.gate);
  mirror_await (&mirror, "0-0+3 set second n-items 0-3+0 second n-items stream done");
}

static void
test_in_items_same (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A handler of items-changed that sets the stream of the list again, last, changes nothing");

  spring_init (&first, 1, 3);
  spring_init (&second, 11, 3);
  mirror_init (&mirror, first.stream);
  mirror.sets = TRUE;
  mirror.next = second.stream;
  mirror.after = first.stream;
  athr_gate_open (&first.gate);
  mirror_await (&mirror, "0-0+3 set n-items done");
  g_assert_cmpint (athr_stream_get_state (first.stream), ==, ATHR_STREAM_STATE_ENDED);
}

static void
test_in_nested (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A handler that runs a main loop, and then sets another stream");

  spring_init (&first, 1, G_MAXINT);
  athr_stream_set_buffer_size (first.stream, 1);
  spring_init (&second, 11, 1);
  mirror_init (&mirror, first.stream);
  mirror.drains = TRUE;
  mirror.sets = TRUE;
  mirror.next = mirror.after = second.stream;
  athr_gate_open (&first.gate);
  athr_gate_open (&second.gate);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (mirror.list));
  g_assert_cmpuint (athr_stream_list_model_get_n_items (mirror.list), ==, 1);
  g_assert_cmpuint (mirror.numbers->len, ==, 1);
  mirror_assert_first (&mirror, 11);
}

static void
test_other_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("The new stream may have another main context of the same thread");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 2);
  athr_gate_open (&second.gate);
  g_main_context_push_thread_default (context);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  g_main_context_pop_thread_default (context);
  settle ();
  athr_test_iterate_until (context, !athr_stream_list_model_get_loading (mirror.list));
  g_assert_cmpstr (mirror.log.words->str, ==, "stream loading 0-3+2 n-items done");
  g_clear_object (&mirror.list);
  g_clear_object (&second.stream);
  athr_test_drain (context);
}

static void
test_drop (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("Dropping a list closes the stream that it was given last");

  mirror_init_full (&mirror, &first);
  spring_init (&second, 11, 2);
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  g_clear_object (&mirror.list);
  athr_gate_open (&second.gate);
  athr_test_iterate_until (NULL, athr_stream_get_state (second.stream) == ATHR_STREAM_STATE_CLOSED);
}

static void
drop_in_items (GListModel *list,
               guint       position,
               guint       n_removed,
               guint       n_added,
               AthrMirror *mirror)
{
  athr_stream_list_model_set_stream (mirror->list, mirror->next);
  g_clear_object (&mirror->list);
}

static void
test_drop_pending (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  g_test_summary ("A handler of items-changed sets a stream and drops the list: both streams are closed");

  spring_init (&first, 1, G_MAXINT);
  athr_stream_set_buffer_size (first.stream, 1);
  spring_init (&second, 11, 2);
  mirror_init (&mirror, first.stream);
  mirror.next = second.stream;
  g_signal_connect (mirror.list, "items-changed", G_CALLBACK (drop_in_items), &mirror);
  athr_gate_open (&first.gate);
  athr_gate_open (&second.gate);
  athr_test_iterate_until (NULL, mirror.list == NULL);
  athr_test_iterate_until (NULL, athr_stream_get_state (first.stream) == ATHR_STREAM_STATE_CLOSED &&
                                 athr_stream_get_state (second.stream) == ATHR_STREAM_STATE_CLOSED);
}

static void
test_fork (void)
{
  g_auto (AthrSpring) first = { 0, };
  g_auto (AthrMirror) mirror = { 0, };
  int status = -1;
  pid_t child;

  g_test_summary ("In the child of a fork a list from before the fork refuses a stream with a critical");

  mirror_init_full (&mirror, &first);
  child = athr_test_fork ();
  if (child == 0)
    {
      g_autoptr (AthrStream) stream = athr_stream_new (spring_run, &first, NULL);

      g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*athr_stream_list_model_set_stream*fork*");
      athr_stream_list_model_set_stream (mirror.list, stream);
      g_test_assert_expected_messages ();
      g_assert_true (athr_stream_list_model_get_stream (mirror.list) == first.stream);
      athr_test_leave_child ();
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
pass_on (AthrYielder   *yielder,
         const GValue  *item,
         gpointer       user_data,
         GError       **error)
{
  athr_yielder_yield_value (yielder, item, error);
}

static void
test_taken_by_map (void)
{
  g_auto (AthrSpring) first = { 0, }, second = { 0, };
  g_autoptr (AthrStream) map = NULL;
  AthrMirror mirror = { 0, };

  g_test_summary ("A list refuses a stream whose values a map takes: the list has an error, loads nothing, and does not "
                  "close the stream");

  spring_init (&first, 1, 1);
  spring_init (&second, 3, 2);
  map = athr_stream_new_map (second.stream, 1, ATHR_MAP_DEFAULT, pass_on, NULL, NULL);
  mirror_init (&mirror, first.stream);
  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "athr_stream_list_model_set_stream: a map takes*");
  athr_stream_list_model_set_stream (mirror.list, second.stream);
  g_test_assert_expected_messages ();
  g_assert_false (athr_stream_list_model_get_loading (mirror.list));
  g_assert_error ((GError *) athr_stream_list_model_get_error (mirror.list), G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  mirror_clear (&mirror);

  athr_gate_open (&first.gate);
  athr_gate_open (&second.gate);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      athr_stream_next (map, NULL, &value, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (athr_thing_number (g_value_get_object (&value)), ==, 3 + i);
    }
}

/* Valgrind translates code as the code runs first. By then the values of a list would come in several slices. */
static void
warm_up (void)
{
  g_auto (AthrSpring) spring = { 0, };
  g_auto (AthrMirror) mirror = { 0, };

  spring_init (&spring, 1, 3);
  mirror_init (&mirror, spring.stream);
  athr_gate_open (&spring.gate);
  athr_test_iterate_until (NULL, !athr_stream_list_model_get_loading (mirror.list));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  warm_up ();

#define add(path, test) g_test_add_func ("/athr/stream-list-model/set/" path, test)
  add ("replaces", test_replaces);
  add ("closes", test_closes);
  add ("taken-by-map", test_taken_by_map);
  add ("in-value", test_in_value);
  add ("ends-empty", test_ends_empty);
  add ("fails-empty", test_fails_empty);
  add ("same-length", test_same_length);
  add ("null", test_null);
  add ("same", test_same);
  add ("from-nothing", test_from_nothing);
  add ("property", test_property);
  add ("finished", test_finished);
  add ("in-items", test_in_items);
  add ("in-items/null", test_in_items_null);
  add ("in-items/same", test_in_items_same);
  add ("in-items/nested", test_in_nested);
  add ("other-context", test_other_context);
  add ("drop", test_drop);
  add ("drop/pending", test_drop_pending);
  add ("fork", test_fork);

  return g_test_run ();
}
