/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "invoke-test.h"

/* A stream of items that the owner's thread gives. */

/* What the function on the owner's thread does and has seen */
typedef struct
{
  guint n_items;            /* how many there are */
  guint n_at_once;          /* how many one answer has */
  guint n_given;
  guint n_asked;
  gboolean fails;           /* fails instead of giving the last */
  gboolean is_wrong;        /* answers with a number */
  gboolean keeps;           /* answers nothing, and keeps the question */
  AthrQuestion *question;   /* owned; the one that it keeps */
  GThread *destroyed_on;
  GThread *finalized_on;    /* of the item that is given last */
} AthrGiver;

static void
athr_giver_give (AthrQuestion *question,
                 gpointer      user_data)
{
  AthrGiver *self = user_data;
  g_autoptr (GArray) items = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_auto (GValue) answer = G_VALUE_INIT;

  self->n_asked++;
  g_array_set_clear_func (items, (GDestroyNotify) g_value_unset);
  for (guint i = 0; i < self->n_at_once && self->n_given < self->n_items; i++)
    {
      gpointer item = athr_witness_new (&self->finalized_on);

      g_object_set_data (item, "number", GUINT_TO_POINTER (self->n_given++));
      g_array_set_size (items, i + 1);
      athr_invoke_test_take (&g_array_index (items, GValue, i), G_TYPE_OBJECT, item);
    }

  g_value_init (&answer, ATHR_INVOKE_TYPE_VALUES);
  g_value_take_boxed (&answer, athr_invoke_values_new ((const GValue *) items->data, items->len));
  if (self->fails && self->n_given == self->n_items)
    athr_question_fail_literal (question, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "boom");
  else
    athr_question_answer (question, &answer);
}

static void
athr_giver_answer (AthrQuestion *question,
                   gpointer      user_data)
{
  AthrGiver *self = user_data;

  if (self->keeps)
    self->question = g_object_ref (question);
  else if (self->is_wrong)
    {
      g_auto (GValue) number = G_VALUE_INIT;

      g_value_init (&number, G_TYPE_INT);
      athr_question_answer (question, &number);
    }
  else
    athr_giver_give (question, user_data);
}

static void
athr_giver_destroy (gpointer user_data)
{
  AthrGiver *self = user_data;

  self->destroyed_on = g_thread_self ();
}

static AthrStream *
athr_giver_new_stream (AthrGiver *self)
{
  return athr_invoke_items_new (athr_giver_answer, self, athr_giver_destroy);
}

/* Takes the next item, and returns its number, or -1 at the end. */
static int
take (AthrStream  *items,
      GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  athr_stream_next_async (items, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  if (!athr_stream_next_finish_into (items, result, &value, error) || !G_IS_VALUE (&value))
    return -1;

  return GPOINTER_TO_INT (g_object_get_data (g_value_get_object (&value), "number"));
}

static void
expect_destroyed (AthrGiver *self)
{
  athr_test_iterate_until (NULL, self->destroyed_on != NULL && (self->n_given == 0 || self->finalized_on != NULL));
  g_assert_true (self->destroyed_on == g_thread_self ());
  g_assert_true (self->n_given == 0 || self->finalized_on == g_thread_self ());
}

static void
test_given (gconstpointer data)
{
  AthrGiver giver = { .n_items = 10, .n_at_once = GPOINTER_TO_UINT (data) };
  AthrStream *items = athr_giver_new_stream (&giver);
  g_autoptr (GError) error = NULL;

  athr_test_drain (NULL);
  g_assert_cmpuint (giver.n_asked, ==, 0);
  for (int i = 0; i < 10; i++)
    {
      g_assert_cmpint (take (items, &error), ==, i);
      /* No item is asked for before the ones of the last answer are taken. */
      g_assert_cmpuint (giver.n_asked, ==, i / giver.n_at_once + 1);
    }
  g_assert_cmpint (take (items, &error), ==, -1);
  g_assert_no_error (error);
  g_assert_true (athr_stream_is_done (items));
  g_object_unref (items);
  expect_destroyed (&giver);
}

static void
test_fails (void)
{
  AthrGiver giver = { .n_items = 2, .n_at_once = 1, .fails = TRUE };
  AthrStream *items = athr_giver_new_stream (&giver);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take (items, &error), ==, 0);
  g_assert_cmpint (take (items, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);
  g_assert_cmpint (take (items, &error), ==, -1);
  g_assert_no_error (error);
  g_object_unref (items);
  expect_destroyed (&giver);
}

static void
test_wrong (void)
{
  AthrGiver giver = { .is_wrong = TRUE };
  AthrStream *items = athr_giver_new_stream (&giver);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take (items, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "The answer with the next items must be AthrInvoke.Values, not gint");
  g_object_unref (items);
  expect_destroyed (&giver);
}

/* A close wakes the worker that waits for an answer, and an answer that comes later is dropped. */
static void
test_closed (void)
{
  AthrGiver giver = { .n_items = 1, .n_at_once = 1, .keeps = TRUE };
  AthrStream *items = athr_giver_new_stream (&giver);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  athr_stream_next_async (items, NULL, NULL, NULL);
  athr_test_iterate_until (NULL, giver.question != NULL);
  athr_stream_close_async (items, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (athr_stream_close_finish (items, result, &error));
  g_assert_no_error (error);
  athr_giver_give (giver.question, &giver);
  g_clear_object (&giver.question);
  g_object_unref (items);
  expect_destroyed (&giver);
}

/* The owner's thread cannot answer while it is blocked. */
static void
test_blocking (void)
{
  AthrGiver giver = { .n_items = 1, .n_at_once = 1 };
  AthrStream *items = athr_giver_new_stream (&giver);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (athr_stream_next (items, NULL, &value, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_object_unref (items);
  expect_destroyed (&giver);
}

/* The items of a map: no more are asked for than run and wait in the buffer, and one answer. */
static void
test_map (void)
{
  AthrGiver giver = { .n_items = 1000, .n_at_once = 3 };
  g_autoptr (AthrStream) items = athr_giver_new_stream (&giver);
  g_autoptr (GError) error = NULL;
  AthrStream *map = athr_invoke_map ("GObject.Object.is_floating", items, 2, ATHR_MAP_DEFAULT, &error);

  g_assert_no_error (error);
  athr_stream_set_buffer_size (map, 4);
  for (guint n = 0; n < 1000; n++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_cmpuint (giver.n_given, <=, n + 2 + 4 + 3);
      athr_stream_next_async (map, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      g_assert_true (athr_stream_next_finish_into (map, result, &value, &error));
      g_assert_false (g_value_get_boolean (&value));
    }
  g_clear_object (&items);
  g_object_unref (map);
  expect_destroyed (&giver);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/invoke/items/given/one", GUINT_TO_POINTER (1), test_given);
  g_test_add_data_func ("/athr/invoke/items/given/several", GUINT_TO_POINTER (3), test_given);
  g_test_add_func ("/athr/invoke/items/fails", test_fails);
  g_test_add_func ("/athr/invoke/items/wrong", test_wrong);
  g_test_add_func ("/athr/invoke/items/closed", test_closed);
  g_test_add_func ("/athr/invoke/items/blocking", test_blocking);
  g_test_add_func ("/athr/invoke/items/map", test_map);

  return g_test_run ();
}
