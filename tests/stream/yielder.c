/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-test.h"

static void
assert_closed (AthrYielder *yielder)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (athr_yielder_is_closed (yielder));
  g_assert_false (athr_yielder_yield (yielder, &error, G_TYPE_INT, 1));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (athr_yielder_yield_value (yielder, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_false (athr_yielder_yield (yielder, NULL, G_TYPE_STRING, "nobody wants it"));
}

static void
test_bare (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);

  g_test_summary ("A yielder that was made without a stream is closed");

  assert_closed (yielder);
  g_assert_null (athr_yielder_get_cancellable (yielder));
}

static void
keep (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  AthrYielder **kept = user_data;

  *kept = g_object_ref (yielder);
  g_assert_false (athr_yielder_is_closed (yielder));
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_INT, 5));
  g_assert_false (athr_yielder_is_closed (yielder));
}

static void
test_kept (void)
{
  AthrYielder *yielder = NULL;
  AthrStream *stream = athr_stream_new (keep, &yielder, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A yielder that was kept is closed when its function has returned, also "
                  "without a stream");

  athr_test_take (stream, &value);
  g_assert_cmpint (g_value_get_int (&value), ==, 5);
  athr_test_expect_end (stream);
  assert_closed (yielder);
  g_assert_false (g_cancellable_is_cancelled (athr_yielder_get_cancellable (yielder)));
  g_object_unref (stream);
  assert_closed (yielder);
  g_assert_true (G_IS_CANCELLABLE (athr_yielder_get_cancellable (yielder)));
  g_object_unref (yielder);
}

static gpointer
drop (gpointer data)
{
  g_object_unref (data);

  return NULL;
}

static void
test_kept_elsewhere (void)
{
  AthrYielder *yielder = NULL;
  AthrStream *stream = athr_stream_new (keep, &yielder, NULL);
  GThread *finalized_on = NULL;

  g_test_summary ("When another thread drops the last reference to a yielder, its "
                  "cancellable is freed at home");

  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  g_object_set_data_full (G_OBJECT (athr_yielder_get_cancellable (yielder)), "witness",
                          athr_witness_new (&finalized_on), g_object_unref);
  g_object_unref (stream);
  g_thread_join (g_thread_new ("drops", drop, yielder));
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
  g_assert_true (finalized_on == g_thread_self ());
}

/* A producer that waits at a gate, and then records what it sees. */
typedef struct
{
  AthrGate gate;
  GThread *destroyed_on;
  gboolean was_closed;
  gboolean was_cancelled;
  gboolean is_closed;
  gboolean is_cancelled;
  GError *refused;
} Observer;

static void
observe (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Observer *self = user_data;
  GCancellable *cancellable = athr_yielder_get_cancellable (yielder);

  self->was_closed = athr_yielder_is_closed (yielder);
  self->was_cancelled = g_cancellable_is_cancelled (cancellable);
  athr_gate_pass (&self->gate);
  self->is_closed = athr_yielder_is_closed (yielder);
  self->is_cancelled = g_cancellable_is_cancelled (cancellable);
  athr_yielder_yield (yielder, &self->refused, G_TYPE_INT, 1);
}

static void
observer_destroy (gpointer user_data)
{
  Observer *self = user_data;

  athr_test_note_thread (&self->destroyed_on);
}

static void
observe_end (gboolean closes)
{
  Observer observer = { 0, };
  AthrStream *stream = athr_stream_new (observe, &observer, observer_destroy);

  athr_gate_init (&observer.gate);
  athr_stream_start (stream);
  athr_gate_await (&observer.gate, 1);
  if (closes)
    athr_stream_close_async (stream, NULL, NULL, NULL);
  g_object_unref (stream);
  athr_gate_open (&observer.gate);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&observer.destroyed_on) != NULL);
  g_assert_false (observer.was_closed);
  g_assert_false (observer.was_cancelled);
  g_assert_true (observer.is_closed);
  g_assert_true (observer.is_cancelled);
  g_assert_error (observer.refused, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&observer.refused);
  athr_gate_clear (&observer.gate);
}

static void
test_closed (void)
{
  g_test_summary ("Closing a stream closes its yielder and cancels the yielder's cancellable");
  observe_end (TRUE);
}

static void
test_dropped (void)
{
  g_test_summary ("Dropping a stream closes its yielder and cancels the yielder's cancellable");
  observe_end (FALSE);
}

static void
yield_copies (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  char text[] = "one";
  char *strv[] = { text, NULL };
  g_auto (GValue) value = G_VALUE_INIT;

  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_STRING, text));
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_STRV, strv));
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_static_string (&value, text);
  g_assert_true (athr_yielder_yield_value (yielder, &value, error));
  memcpy (text, "two", 3);
  g_assert_cmpstr (g_value_get_string (&value), ==, "two");
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_BOOLEAN, TRUE));
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_INT64, G_MININT64));
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_FLOAT, 0.5));
  g_assert_true (athr_yielder_yield (yielder, error, G_TYPE_UCHAR, 200));
}

static void
test_copies (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_copies, NULL, NULL);
  GValue values[7] = { G_VALUE_INIT, };

  g_test_summary ("A yielded value is copied, so the producer may change its own");

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    athr_test_take (stream, &values[i]);
  athr_test_expect_end (stream);
  g_assert_cmpstr (g_value_get_string (&values[0]), ==, "one");
  g_assert_cmpstr (((char **) g_value_get_boxed (&values[1]))[0], ==, "one");
  g_assert_cmpstr (g_value_get_string (&values[2]), ==, "one");
  g_assert_true (g_value_get_boolean (&values[3]));
  g_assert_cmpint (g_value_get_int64 (&values[4]), ==, G_MININT64);
  g_assert_cmpfloat (g_value_get_float (&values[5]), ==, 0.5);
  g_assert_cmpuint (g_value_get_uchar (&values[6]), ==, 200);
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    g_value_unset (&values[i]);
}

static void
test_refused_value (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("A yield that fails leaves the value to the caller, and keeps no reference");

  g_value_init (&value, G_TYPE_OBJECT);
  g_value_set_object (&value, object);
  g_assert_false (athr_yielder_yield_value (yielder, &value, NULL));
  g_assert_false (athr_yielder_yield (yielder, NULL, G_TYPE_OBJECT, object));
  g_assert_true (g_value_get_object (&value) == object);
  g_value_unset (&value);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

static void
yield_null (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  athr_yielder_yield_value (yielder, NULL, error);
}

static void
test_null (void)
{
  g_autoptr (AthrStream) stream = athr_stream_new (yield_null, NULL, NULL);
  g_auto (GValue) value = G_VALUE_INIT;

  g_test_summary ("NULL is yielded as a null of G_TYPE_POINTER");

  athr_test_take (stream, &value);
  g_assert_true (G_VALUE_TYPE (&value) == G_TYPE_POINTER);
  g_assert_null (g_value_get_pointer (&value));
  athr_test_expect_end (stream);
}

static void
test_mistakes (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  GValue unset = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_test_summary ("An unset value, a type without values and a missing yielder are criticals");

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_yield_value: *G_IS_VALUE (value)*");
  g_assert_false (athr_yielder_yield_value (yielder, &unset, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_take_value*G_IS_VALUE (value)*");
  g_assert_false (athr_yielder_take_value (yielder, &unset, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_exchange_value*G_IS_VALUE (value)*");
  g_assert_false (athr_yielder_exchange_value (yielder, &unset, NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_yield: *G_TYPE_IS_VALUE (type)*");
  g_assert_false (athr_yielder_yield (yielder, &error, G_TYPE_NONE));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_yield: *ATHR_IS_YIELDER*");
  g_assert_false (athr_yielder_yield (NULL, &error, G_TYPE_OBJECT, NULL));
  g_test_assert_expected_messages ();
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "athr_yielder_yield_value: *ATHR_IS_YIELDER*");
  g_assert_false (athr_yielder_yield_value (NULL, NULL, &error));
  g_test_assert_expected_messages ();
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_YIELDER*");
  g_assert_true (athr_yielder_is_closed (NULL));
  g_test_assert_expected_messages ();
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*ATHR_IS_YIELDER*");
  g_assert_null (athr_yielder_get_cancellable (NULL));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
}

static void
test_collect (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("An argument that does not fit the type is a critical and an error");

  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*athr_yielder_yield*");
  g_assert_false (athr_yielder_yield (yielder, &error, G_TYPE_CANCELLABLE, object));
  g_test_assert_expected_messages ();
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (object->ref_count, ==, 1);
}

#define N_THREADS 5
#define N_EACH 300

typedef struct
{
  AthrYielder *yielder;
  guint number;
} OneOfMany;

static gpointer
yield_hundreds (gpointer data)
{
  OneOfMany *self = data;

  for (guint i = 0; i < N_EACH; i++)
    {
      g_autoptr (GError) error = NULL;

      athr_yielder_yield (self->yielder, &error, G_TYPE_UINT, self->number * N_EACH + i);
      g_assert_no_error (error);
    }

  return NULL;
}

static void
yield_from_threads (AthrYielder  *yielder,
                    gpointer      user_data,
                    GError      **error)
{
  OneOfMany many[N_THREADS];
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      many[i] = (OneOfMany) { yielder, i };
      threads[i] = g_thread_new ("yields", yield_hundreds, &many[i]);
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

static void
test_threads (void)
{
  static const guint sizes[] = { 1, 3, 64 };

  g_test_summary ("When several threads yield at once, no value is lost, and those of each "
                  "thread stay in order");

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (AthrStream) stream = athr_stream_new (yield_from_threads, NULL, NULL);
      guint n_taken[N_THREADS] = { 0, };

      athr_stream_set_buffer_size (stream, sizes[s]);
      for (guint i = 0; i < N_THREADS * N_EACH; i++)
        {
          g_auto (GValue) value = G_VALUE_INIT;
          guint number;

          athr_test_take (stream, &value);
          number = g_value_get_uint (&value);
          g_assert_cmpuint (number % N_EACH, ==, n_taken[number / N_EACH]++);
        }
      athr_test_expect_end (stream);
    }
}

static gpointer
yield_until_refused (gpointer data)
{
  OneOfMany *self = data;
  g_autoptr (GError) error = NULL;

  while (athr_yielder_yield (self->yielder, &error, G_TYPE_UINT, self->number))
    ;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);

  return NULL;
}

static void
yield_until_closed (AthrYielder  *yielder,
                    gpointer      user_data,
                    GError      **error)
{
  OneOfMany many[N_THREADS];
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      many[i] = (OneOfMany) { yielder, i };
      threads[i] = g_thread_new ("yields", yield_until_refused, &many[i]);
    }
  athr_gate_open (user_data);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

static void
test_threads_closed (void)
{
  AthrGate begun;

  g_test_summary ("After a close, the yields of all threads that wait for room fail");

  athr_gate_init (&begun);
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (AthrStream) stream = athr_stream_new (yield_until_closed, &begun, NULL);
      GAsyncResult *result = NULL;
      guint n_buffered = 0;

      begun.is_open = FALSE;
      athr_stream_set_buffer_size (stream, 2);
      athr_stream_start (stream);
      athr_gate_pass (&begun);
      athr_stream_close_async (stream, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      g_object_unref (result);
      for (;;)
        {
          g_auto (GValue) value = G_VALUE_INIT;

          athr_test_take (stream, &value);
          if (!G_IS_VALUE (&value))
            break;
          n_buffered++;
        }
      g_assert_cmpuint (n_buffered, <=, 2);
    }
  athr_gate_clear (&begun);
}

/* A producer that ignores what its yields return. */
typedef struct
{
  AthrGate gate;
  int n_yields;
  gboolean passes_on; /* gives the yields the error of the function */
  GThread *destroyed_on;
} Stubborn;

static void
stubborn_run (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  Stubborn *self = user_data;

  athr_gate_pass (&self->gate);
  for (int i = 0; i < self->n_yields; i++)
    {
      athr_yielder_yield (yielder, self->passes_on ? error : NULL, G_TYPE_INT, i);
      if (self->passes_on)
        {
          athr_yielder_exchange_value (yielder, NULL, NULL, error);
          athr_yielder_receive (yielder, NULL, error);
        }
    }
}

static void
stubborn_destroy (gpointer user_data)
{
  athr_test_note_thread (&((Stubborn *) user_data)->destroyed_on);
}

static void
ignore_refusals (int      n_yields,
                 gboolean passes_on,
                 gboolean expects_critical)
{
  Stubborn stubborn = { .n_yields = n_yields, .passes_on = passes_on };
  AthrStream *stream = athr_stream_new (stubborn_run, &stubborn, stubborn_destroy);

  athr_gate_init (&stubborn.gate);
  athr_stream_set_name (stream, "ants");
  if (expects_critical)
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*“ants”*must return*");
  athr_stream_start (stream);
  athr_gate_await (&stubborn.gate, 1);
  athr_stream_close_async (stream, NULL, NULL, NULL);
  g_object_unref (stream);
  athr_gate_open (&stubborn.gate);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&stubborn.destroyed_on) != NULL);
  g_test_assert_expected_messages ();
  athr_gate_clear (&stubborn.gate);
}

static void
test_ignored (void)
{
  g_test_summary ("A function that goes on with the error of a failed yield is one critical, which "
                  "names the stream");
  ignore_refusals (1500, TRUE, TRUE);
}

static void
test_ignored_null (void)
{
  g_test_summary ("A function that yields thousands of times after the close is one critical; a few "
                  "yields are none");
  ignore_refusals (3000, FALSE, TRUE);
  ignore_refusals (500, FALSE, FALSE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/yielder/bare", test_bare);
  g_test_add_func ("/athr/yielder/kept/closed", test_kept);
  g_test_add_func ("/athr/yielder/kept/dropped-elsewhere", test_kept_elsewhere);
  g_test_add_func ("/athr/yielder/stream/closed", test_closed);
  g_test_add_func ("/athr/yielder/stream/dropped", test_dropped);
  g_test_add_func ("/athr/yielder/value/copies", test_copies);
  g_test_add_func ("/athr/yielder/value/refused", test_refused_value);
  g_test_add_func ("/athr/yielder/value/null", test_null);
  g_test_add_func ("/athr/yielder/value/mistakes", test_mistakes);
  g_test_add_func ("/athr/yielder/value/collect", test_collect);
  g_test_add_func ("/athr/yielder/threads/order", test_threads);
  g_test_add_func ("/athr/yielder/threads/closed", test_threads_closed);
  g_test_add_func ("/athr/yielder/ignored", test_ignored);
  g_test_add_func ("/athr/yielder/ignored/null", test_ignored_null);

  return g_test_run ();
}
