/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-hazards-test.h"

/* Hazard 1. Two threads drop streams, results and lists at random times. The owner's thread
 * frees all values, messages and user data: of streams that flow, of batches, of steps and
 * of lists. */

/* Receives all messages. A worker owns what it received, and frees it. */
static void
receive_all (AthrYielder *yielder)
{
  gboolean more = TRUE;

  while (more)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GValue) sent = G_VALUE_INIT;

      more = athr_yielder_receive (yielder, &sent, &error) ? G_IS_VALUE (&sent)
                                                           : fragile_error_quark () == error->domain;
      in_yield = TRUE;
      if (G_IS_VALUE (&sent))
        g_value_unset (&sent);
      g_clear_error (&error);
      in_yield = FALSE;
    }
}

static gboolean
exchange (Work        *self,
          AthrYielder *yielder,
          guint        number)
{
  Parcel parcel = { self->home, number };
  g_auto (GValue) value = G_VALUE_INIT;
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean given;

  g_value_init (&value, parcel_get_type ());
  g_value_set_static_boxed (&value, &parcel);
  in_yield = TRUE;
  given = athr_yielder_exchange_value (yielder, &value, &sent, &error);
  if (G_IS_VALUE (&sent))
    g_value_unset (&sent);
  given |= error != NULL && error->domain == fragile_error_quark ();
  g_clear_error (&error);
  in_yield = FALSE;

  return given;
}

static void
work_exchange (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  Work *self = user_data;

  for (guint i = 1; i <= self->n_values && exchange (self, yielder, i); i++)
    ;
  if (self->fails)
    {
      g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
      fragile_error_get_private (*error)->home = self->home;
    }
}

static void
work_step (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  Work *self = user_data;
  Parcel parcel = { self->home, g_atomic_int_add (&self->n_yielded, 1) + 1 };

  g_assert_true (g_atomic_int_compare_and_exchange (&self->is_running, FALSE, TRUE));
  if (parcel.number % 2 == 0)
    receive_all (yielder);
  if (parcel.number > self->n_values)
    {
      if (self->fails)
        {
          g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
          fragile_error_get_private (*error)->home = self->home;
        }
      athr_yielder_end (yielder);
    }
  else
    {
      g_autoptr (GError) refused = NULL;

      in_yield = TRUE;
      athr_yielder_yield (yielder, &refused, parcel_get_type (), &parcel);
      g_clear_error (&refused);
      in_yield = FALSE;
    }
  g_atomic_int_set (&self->is_running, FALSE);
}

typedef enum { KIND_PLAIN, KIND_EXCHANGE, KIND_STEPS, N_KINDS } Kind;

static AthrStream *
new_stream (GRand *rand,
            Kind   kind)
{
  Work *work = g_new0 (Work, 1);
  AthrStream *stream;

  work->home = g_thread_self ();
  work->n_values = g_rand_int_range (rand, 0, 8);
  work->fails = flip (rand);
  g_atomic_int_inc (&n_alive);
  if (kind == KIND_STEPS)
    stream = athr_stream_new_steps (work_step, work, work_free);
  else
    stream = athr_stream_new (kind == KIND_PLAIN ? work_run : work_exchange, work, work_free);
  athr_stream_set_buffer_size (stream, g_rand_int_range (rand, 0, 4));

  return stream;
}

static void
send_some (AthrStream *stream,
           GRand      *rand)
{
  for (int i = g_rand_int_range (rand, 0, 4); i > 0; i--)
    {
      Parcel parcel = { g_thread_self (), 0 };
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      g_value_init (&value, parcel_get_type ());
      g_value_set_static_boxed (&value, &parcel);
      if (g_rand_int_range (rand, 0, 4) > 0)
        {
          athr_stream_send (stream, &value);
          continue;
        }
      g_set_error_literal (&error, fragile_error_quark (), 0, "thrown");
      fragile_error_get_private (error)->home = g_thread_self ();
      athr_stream_throw (stream, error);
    }
}

static void
iterate_some (GRand *rand)
{
  for (int i = g_rand_int_range (rand, 0, 4); i > 0; i--)
    g_main_context_iteration (NULL, FALSE);
}

static int n_outstanding; /* main thread; pending batches */

typedef struct
{
  Helper *helper;
  GRand *rand;
} Dropper;

static void
drop_batch (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Dropper *self = user_data;
  GArray *values = NULL;

  n_outstanding--;
  if (flip (self->rand))
    values = athr_stream_next_batch_finish (ATHR_STREAM (source), result, NULL);
  g_clear_pointer (&values, g_array_unref);
  drop_somewhere (g_object_ref (result), self->helper, self->rand);
}

static void
use_stream (AthrStream *stream,
            Dropper    *dropper)
{
  GRand *rand = dropper->rand;

  for (int i = g_rand_int_range (rand, 1, 5); i > 0; i--)
    {
      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          athr_stream_set_flowing (stream, !athr_stream_get_flowing (stream));
          break;
        case 1:
        case 2:
          n_outstanding++;
          athr_stream_next_batch_async (stream, g_rand_int_range (rand, 1, 5), NULL, drop_batch, dropper);
          break;
        case 3:
          send_some (stream, rand);
          break;
        default:
          if (g_rand_int_range (rand, 0, 6) == 0)
            athr_stream_close_async (stream, NULL, NULL, NULL);
        }
      iterate_some (rand);
    }
}

static void
test_streams (gconstpointer data)
{
  Kind kind = GPOINTER_TO_INT (data);
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;
  Dropper dropper = { &helper, rand };

  g_test_summary ("Streams with a flow, batches and messages are dropped at random times");

  helper_start (&helper);
  for (int round = 0; round < 1500; round++)
    {
      AthrStream *stream = new_stream (rand, kind);

      use_stream (stream, &dropper);
      drop_somewhere (stream, &helper, rand);
    }
  athr_test_iterate_until (NULL, n_outstanding == 0);
  helper_stop (&helper);
  await_deaths ();
}

static void
test_overflow_error (void)
{
  AthrStream *stream;
  Work *work;

  g_test_summary ("A stream that has overflowed keeps this error; the owner's thread frees "
                  "the error of the function");

  stream = work_new_stream (&work, 5, 1);
  work->fails = TRUE;
  athr_stream_set_overflow (stream, ATHR_OVERFLOW_FAIL);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_FAILED);
  g_assert_error (athr_stream_get_error (stream), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_object_unref (stream);
  await_deaths ();
}

/* Objects that are counted as values are. The main thread holds a reference to each object
 * until the function has returned, so the producer never drops the last reference. */
static void
note_end (gpointer  data,
          GObject  *object)
{
  note_death (data);
}

typedef struct
{
  Work work;
  GPtrArray *objects; /* freed on the main thread, after the function has returned */
} ObjectYielder;

static void
object_yielder_run (AthrYielder  *yielder,
                    gpointer      user_data,
                    GError      **error)
{
  ObjectYielder *self = user_data;

  for (guint i = 0; i < self->objects->len; i++)
    if (!athr_yielder_yield (yielder, NULL, G_TYPE_OBJECT, self->objects->pdata[i]))
      return;
}

static void
object_yielder_free (gpointer data)
{
  ObjectYielder *self = data;

  note_death (self->work.home);
  g_ptr_array_unref (self->objects);
  g_free (self);
}

static AthrStream *
object_yielder_new_stream (GRand *rand)
{
  ObjectYielder *self = g_new0 (ObjectYielder, 1);
  AthrStream *stream;

  g_atomic_int_inc (&n_alive);
  self->work.home = g_thread_self ();
  self->objects = g_ptr_array_new_with_free_func (g_object_unref);
  for (int i = g_rand_int_range (rand, 0, 12); i > 0; i--)
    {
      GObject *object = g_object_new (G_TYPE_OBJECT, NULL);

      g_atomic_int_inc (&n_alive);
      g_object_weak_ref (object, note_end, g_thread_self ());
      g_ptr_array_add (self->objects, object);
    }
  stream = athr_stream_new (object_yielder_run, self, object_yielder_free);
  athr_stream_set_buffer_size (stream, g_rand_int_range (rand, 0, 4));

  return stream;
}

static void
test_list (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;

  g_test_summary ("Lists and their streams are dropped at random times, in both orders");

  helper_start (&helper);
  for (int round = 0; round < 2000; round++)
    {
      AthrStream *stream = object_yielder_new_stream (rand);
      AthrStreamListModel *list = athr_stream_list_model_new (stream, G_TYPE_OBJECT);

      iterate_some (rand);
      if (flip (rand))
        drop_somewhere (g_steal_pointer (&stream), &helper, rand);
      iterate_some (rand);
      drop_somewhere (list, &helper, rand);
      if (stream != NULL && flip (rand))
        iterate_some (rand);
      if (stream != NULL)
        drop_somewhere (stream, &helper, rand);
    }
  helper_stop (&helper);
  await_deaths ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add_kind(path, kind) \
  g_test_add_data_func ("/athr/hazards/01-death-at-home/stream/" path, GINT_TO_POINTER (kind), test_streams)
  add_kind ("flow", KIND_PLAIN);
  add_kind ("exchange", KIND_EXCHANGE);
  add_kind ("steps", KIND_STEPS);
  g_test_add_func ("/athr/hazards/01-death-at-home/stream/overflow-error", test_overflow_error);
  g_test_add_func ("/athr/hazards/01-death-at-home/list", test_list);

  return g_test_run ();
}
