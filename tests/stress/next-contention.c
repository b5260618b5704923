/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "mortal-test.h"

/* Hazard 14. Several nexts are outstanding, and some are cancelled as their values arrive: no
 * value is lost or comes twice, the error comes once, then the end. */

#define N_MAX_ASKED 6

typedef struct _Reader Reader;

/* One next. */
typedef struct
{
  Reader *reader;
  GCancellable *cancellable;
  guint place;      /* in the order in which they were asked */
  gboolean is_over;
} Ask;

struct _Reader
{
  AthrStream *stream;
  GRand *rand;
  AthrRival *rival;
  GQueue asks;      /* element-type Ask: not answered yet */
  guint n_asked;
  guint last_place; /* of the last that was not cancelled */
  guint number;
  guint buffer_size;
  int n_yielded;    /* atomic */
  guint n_errors;
  guint n_ends;
  guint n_cancelled;
};

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Ask *ask = user_data;
  Reader *self = ask->reader;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (ask->is_over);
  ask->is_over = TRUE;
  g_assert_true (g_queue_remove (&self->asks, ask));

  athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_assert_true (g_cancellable_is_cancelled (ask->cancellable));
      self->n_cancelled++;
    }
  else
    {
      g_assert_cmpuint (ask->place, >, self->last_place);
      self->last_place = ask->place;
      if (error != NULL)
        {
          g_assert_true (athr_is_mortal_error (error));
          g_assert_cmpuint (self->n_errors + self->n_ends, ==, 0);
          self->n_errors++;
        }
      else if (!G_IS_VALUE (&value))
        {
          self->n_ends++;
        }
      else
        {
          g_assert_cmpuint (self->n_errors + self->n_ends, ==, 0);
          g_assert_cmpuint (athr_mortal_number (&value), ==, ++self->number);
        }
    }
  g_object_unref (ask->cancellable);
  g_free (ask);
}

static void
reader_ask (Reader *self)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->reader = self;
  ask->cancellable = g_cancellable_new ();
  ask->place = ++self->n_asked;
  g_queue_push_tail (&self->asks, ask);
  athr_stream_next_async (self->stream, ask->cancellable, on_next, ask);
}

/* Any of those that are outstanding; one may be cancelled twice, here and there. */
static void
reader_cancel_any (Reader *self)
{
  guint i = g_rand_int_range (self->rand, 0, self->asks.length);
  Ask *ask = g_queue_peek_nth (&self->asks, i);

  athr_cancel_somewhere (g_object_ref (ask->cancellable), self->rival, self->rand);
}

static void
reader_act (Reader *self)
{
  /* A cancelled one gives its grant back, or the next one issues none. */
  g_assert_cmpuint (g_atomic_int_get (&self->n_yielded), <=,
                    self->number + self->buffer_size + N_MAX_ASKED);

  switch (g_rand_int_range (self->rand, 0, 6))
    {
    case 0:
    case 1:
      if (self->asks.length < N_MAX_ASKED)
        reader_ask (self);
      break;
    case 2:
    case 3:
      if (self->asks.length > 0)
        reader_cancel_any (self);
      break;
    case 4:
      g_main_context_iteration (NULL, FALSE);
      break;
    default:
      athr_random_pause (self->rand);
      break;
    }
}

static void
test_contention (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("next", 2);
  guint n_values = 0, n_cancelled = 0;
  AthrOwner owner;
  AthrRival rival;

  g_test_summary ("Hazard 14: of several outstanding nexts some are cancelled as their values "
                  "arrive: no value is lost or comes twice, the error comes once, then the end");

  athr_owner_init (&owner, g_thread_self ());
  athr_rival_start (&rival);
  while (athr_stress_more (stress, 1500))
    {
      AthrDuty *duty = athr_duty_new (&owner, stress->rand);
      Reader reader = { .rand = stress->rand, .rival = &rival, .asks = G_QUEUE_INIT };
      guint n = g_rand_int_range (stress->rand, 0, athr_one_in (stress->rand, 8) ? 100 : 12);
      gboolean fails = duty->fails;

      duty->n_values = n;
      duty->n_yielded = &reader.n_yielded;
      reader.buffer_size = g_rand_int_range (stress->rand, 1, 4);
      reader.stream = athr_stream_new (athr_duty_stream, duty, athr_duty_free);
      athr_stream_set_executor (reader.stream, executor);
      athr_stream_set_buffer_size (reader.stream, reader.buffer_size);
      reader_ask (&reader);
      while (reader.n_ends == 0)
        reader_act (&reader);
      athr_test_iterate_until (NULL, reader.asks.length == 0);

      g_assert_cmpuint (reader.number, ==, n);
      g_assert_cmpuint (reader.n_errors, ==, fails);
      g_object_unref (reader.stream);
      n_values += n;
      n_cancelled += reader.n_cancelled;
    }
  athr_rival_stop (&rival);
  athr_owner_await_end (&owner, NULL);
  g_test_message ("%u values, %u cancelled", n_values, n_cancelled);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/14-contention/stress", test_contention);

  return g_test_run ();
}
