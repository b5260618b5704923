/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "call-test.h"

/* Results that a call takes over instead of copying. */

/* A boxed type that counts its copies. */
static int n_copies; /* atomic */

static gpointer
counted_copy (gpointer boxed)
{
  g_atomic_int_inc (&n_copies);

  return g_strdup (boxed);
}

static GType
counted_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_boxed_type_register_static ("AthrTestCounted", counted_copy, g_free));

  return type;
}

static void
counted_init (GValue *value)
{
  g_value_init (value, counted_get_type ());
  g_value_take_boxed (value, g_strdup ("counted"));
}

static void
take_counted (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  GValue value = G_VALUE_INIT;

  counted_init (&value);
  athr_call_take_value (call, &value);
  g_assert_cmpuint (G_VALUE_TYPE (&value), ==, G_TYPE_INVALID);
}

static void
test_value (void)
{
  g_autoptr (AthrCall) call = athr_call_new (take_counted, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("The call moves the value, and only the run copies it");

  g_atomic_int_set (&n_copies, 0);
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&n_copies), ==, 0);
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_cmpstr (g_value_get_boxed (&value), ==, "counted");
  g_assert_cmpint (g_atomic_int_get (&n_copies), ==, 1);
}

static void
take_two (AthrCall  *call,
          gpointer   user_data,
          GError   **error)
{
  GThread **finalized_on = user_data;

  for (int i = 0; i < 2; i++)
    {
      GValue value = G_VALUE_INIT;

      g_value_init (&value, ATHR_TYPE_WITNESS);
      g_value_take_object (&value, athr_witness_new (&finalized_on[i]));
      athr_call_take_value (call, &value);
      g_assert_false (G_IS_VALUE (&value));
    }
}

static void
test_value_twice (void)
{
  GThread *finalized_on[2] = { NULL, };
  AthrCall *call = athr_call_new (take_two, finalized_on, NULL);

  g_test_summary ("A second value is a critical, and is freed on the owner's thread; the first is freed with the call");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*returned a value a second time*");
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  g_test_assert_expected_messages ();
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on[1]) != NULL);
  g_assert_true (g_atomic_pointer_get (&finalized_on[1]) == g_thread_self ());
  g_assert_null (g_atomic_pointer_get (&finalized_on[0]));
  athr_test_finish (NULL);
  g_object_unref (call);
  g_assert_true (g_atomic_pointer_get (&finalized_on[0]) == g_thread_self ());
}

/* What the destroy notifies of pointers have seen */
typedef struct
{
  GThread *destroyed_on; /* atomic */
} Thing;

static void
thing_destroy (gpointer data)
{
  Thing *self = data;

  g_assert_null (g_atomic_pointer_get (&self->destroyed_on));
  athr_test_note_thread (&self->destroyed_on);
}

static void
return_thing (AthrCall  *call,
              gpointer   user_data,
              GError   **error)
{
  athr_call_return_pointer (call, user_data, thing_destroy);
}

static void
test_pointer (void)
{
  Thing thing = { NULL };
  AthrCall *call = athr_call_new (return_thing, &thing, NULL);
  g_auto (AthrAnswer) answer = { 0, };

  g_test_summary ("The runs give the pointer, which the call frees with itself, on the owner's thread");

  athr_call_run_async (call, NULL, athr_answer_take, &answer);
  athr_answer_await (&answer, NULL);
  g_assert_no_error (answer.error);
  g_assert_true (g_value_get_pointer (&answer.value) == &thing);
  athr_test_finish (NULL);
  g_assert_null (g_atomic_pointer_get (&thing.destroyed_on));
  g_object_unref (call);
  g_assert_true (g_atomic_pointer_get (&thing.destroyed_on) == g_thread_self ());
}

static gpointer
drop_elsewhere (gpointer call)
{
  g_object_unref (call);

  return NULL;
}

static void
test_pointer_dropped_elsewhere (void)
{
  Thing thing = { NULL };
  AthrCall *call = athr_call_new (return_thing, &thing, NULL);

  g_test_summary ("Another thread that drops the call leaves the pointer to the owner's thread");

  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  athr_test_finish (NULL);
  g_thread_join (g_thread_new ("drops", drop_elsewhere, call));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&thing.destroyed_on) != NULL);
  g_assert_true (g_atomic_pointer_get (&thing.destroyed_on) == g_thread_self ());
}

static void
test_pointer_stolen (void)
{
  Thing thing = { NULL };
  AthrCall *call = athr_call_new (return_thing, &thing, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("The program takes the pointer over once; the runs still give the pointer");

  g_assert_null (athr_call_steal_pointer (call));
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  g_assert_true (athr_call_steal_pointer (call) == &thing);
  g_assert_null (athr_call_steal_pointer (call));
  g_assert_true (athr_call_run (call, NULL, &value, NULL));
  g_assert_true (g_value_get_pointer (&value) == &thing);
  athr_test_finish (NULL);
  g_object_unref (call);
  g_assert_null (g_atomic_pointer_get (&thing.destroyed_on));
}

static void
return_thing_and_fail (AthrCall  *call,
                       gpointer   user_data,
                       GError   **error)
{
  return_thing (call, user_data, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Nothing there");
}

static void
test_pointer_and_error (void)
{
  Thing thing = { NULL };
  g_autoptr (AthrCall) call = athr_call_new (return_thing_and_fail, &thing, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("With an error the pointer is freed on the owner's thread, and cannot be taken over");

  g_assert_false (athr_call_run (call, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_null (athr_call_steal_pointer (call));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&thing.destroyed_on) != NULL);
  g_assert_true (g_atomic_pointer_get (&thing.destroyed_on) == g_thread_self ());
}

static void
return_two_things (AthrCall  *call,
                   gpointer   user_data,
                   GError   **error)
{
  Thing *things = user_data;

  return_thing (call, &things[0], error);
  return_thing (call, &things[1], error);
}

static void
test_pointer_twice (void)
{
  Thing things[2] = { { NULL }, };
  g_autoptr (AthrCall) call = athr_call_new (return_two_things, things, NULL);

  g_test_summary ("A second pointer is a critical, and is freed on the owner's thread");

  g_test_expect_message ("athreading", G_LOG_LEVEL_CRITICAL, "*returned a value a second time*");
  g_assert_true (athr_call_run (call, NULL, NULL, NULL));
  g_test_assert_expected_messages ();
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&things[1].destroyed_on) != NULL);
  g_assert_true (g_atomic_pointer_get (&things[1].destroyed_on) == g_thread_self ());
  g_assert_true (athr_call_steal_pointer (call) == &things[0]);
  g_assert_null (g_atomic_pointer_get (&things[0].destroyed_on));
}

static void
return_null (AthrCall  *call,
             gpointer   user_data,
             GError   **error)
{
  athr_call_return_pointer (call, NULL, thing_destroy);
}

static void
return_static (AthrCall  *call,
               gpointer   user_data,
               GError   **error)
{
  athr_call_return_pointer (call, user_data, NULL);
}

static void
test_pointer_unowned (void)
{
  static const AthrCallFunc funcs[] = { return_null, return_static };

  g_test_summary ("NULL is never destroyed, and the call owns no pointer without a destroy notify");

  for (guint i = 0; i < G_N_ELEMENTS (funcs); i++)
    {
      g_autoptr (AthrCall) call = athr_call_new (funcs[i], &n_copies, NULL);
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (athr_call_run (call, NULL, &value, NULL));
      g_assert_true (g_value_get_pointer (&value) == (i == 0 ? NULL : &n_copies));
      g_assert_null (athr_call_steal_pointer (call));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/call/take/value", test_value);
  g_test_add_func ("/athr/call/take/value/twice", test_value_twice);
  g_test_add_func ("/athr/call/take/pointer", test_pointer);
  g_test_add_func ("/athr/call/take/pointer/dropped-elsewhere", test_pointer_dropped_elsewhere);
  g_test_add_func ("/athr/call/take/pointer/stolen", test_pointer_stolen);
  g_test_add_func ("/athr/call/take/pointer/error", test_pointer_and_error);
  g_test_add_func ("/athr/call/take/pointer/twice", test_pointer_twice);
  g_test_add_func ("/athr/call/take/pointer/unowned", test_pointer_unowned);

  return g_test_run ();
}
