/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

/* Values that a yield takes over instead of copying. */

static void
value_init (GValue   *value,
            GThread **finalized_on)
{
  g_value_init (value, ATHR_TYPE_WITNESS);
  g_value_take_object (value, athr_witness_new (finalized_on));
}

static void
take_text (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_take_string (&value, user_data);
  g_assert_true (athr_yielder_take_value (yielder, &value, error));
  g_assert_cmpuint (G_VALUE_TYPE (&value), ==, G_TYPE_INVALID);
}

static void
test_moves (void)
{
  char *text = g_strdup ("moved");
  g_autoptr (AthrStream) stream = athr_stream_new (take_text, text, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("The consumer gets the very string that the producer had");

  g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
  g_assert_true (g_value_get_string (&value) == text);
}

/* A producer that waits at a gate, and then yields a value */
typedef struct
{
  AthrGate gate;
  GThread *finalized_on; /* atomic */
  GThread *ran_on;
  int has_refused;       /* atomic */
} Refused;

static void
take_late (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  Refused *self = user_data;
  g_autoptr (GError) refused = NULL;
  GValue value = G_VALUE_INIT;

  self->ran_on = g_thread_self ();
  athr_gate_pass (&self->gate);
  value_init (&value, &self->finalized_on);
  g_assert_false (athr_yielder_take_value (yielder, &value, &refused));
  g_assert_error (refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (G_VALUE_TYPE (&value), ==, G_TYPE_INVALID);
  g_assert_true (g_atomic_pointer_get (&self->finalized_on) != g_thread_self ());
  g_atomic_int_set (&self->has_refused, TRUE);
}

static void
test_refused (void)
{
  Refused refused = { .has_refused = FALSE };
  g_autoptr (AthrStream) stream = athr_stream_new (take_late, &refused, NULL);
  GAsyncResult *result = NULL;

  g_test_summary ("The owner's thread frees a value that a closed stream refuses");

  athr_gate_init (&refused.gate);
  athr_stream_start (stream);
  athr_gate_await (&refused.gate, 1);
  athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
  athr_gate_open (&refused.gate);
  athr_test_iterate_until (NULL, result != NULL);
  g_assert_true (g_atomic_int_get (&refused.has_refused));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&refused.finalized_on) != NULL);
  g_assert_true (refused.finalized_on == g_thread_self ());
  g_assert_true (refused.ran_on != g_thread_self ());
  g_object_unref (result);
  athr_gate_clear (&refused.gate);
}

static void
test_bare (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_autoptr (GError) error = NULL;
  GValue value = G_VALUE_INIT;
  GThread *finalized_on = NULL;

  g_test_summary ("A yielder without a stream frees the value");

  value_init (&value, &finalized_on);
  g_assert_false (athr_yielder_take_value (yielder, &value, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_nonnull (finalized_on);
  g_assert_cmpuint (G_VALUE_TYPE (&value), ==, G_TYPE_INVALID);
}

static void
take_three (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  GThread **finalized_on = user_data;

  for (int i = 0; i < 3; i++)
    {
      GValue value = G_VALUE_INIT;

      value_init (&value, &finalized_on[i]);
      g_assert_true (athr_yielder_take_value (yielder, &value, error));
    }
}

static void
test_dropped (void)
{
  GThread *finalized_on[3] = { NULL, };
  g_autoptr (AthrStream) stream = athr_stream_new (take_three, finalized_on, NULL);

  g_test_summary ("The yield frees the value that it displaces");

  athr_stream_set_buffer_size (stream, 1);
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_DROP_OLDEST);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  g_assert_nonnull (g_atomic_pointer_get (&finalized_on[0]));
  g_assert_nonnull (g_atomic_pointer_get (&finalized_on[1]));
  g_assert_null (g_atomic_pointer_get (&finalized_on[2]));
  g_assert_cmpuint (athr_stream_get_n_dropped (stream), ==, 2);
}

static void
test_unset (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  GValue value = G_VALUE_INIT;

  g_test_summary ("An unset value is a critical");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*take_value*G_IS_VALUE*");
  g_assert_false (athr_yielder_take_value (yielder, &value, NULL));
  g_test_assert_expected_messages ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/yielder/take/moves", test_moves);
  g_test_add_func ("/athr/yielder/take/refused", test_refused);
  g_test_add_func ("/athr/yielder/take/bare", test_bare);
  g_test_add_func ("/athr/yielder/take/dropped", test_dropped);
  g_test_add_func ("/athr/yielder/take/unset", test_unset);

  return g_test_run ();
}
