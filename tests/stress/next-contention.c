/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazard 14. Several nexts are pending, and some are cancelled at the moment when their values
 * arrive. No value is lost or comes twice, the error comes once, and the end comes after it. */

#define N_MAX_REQUESTED 6

typedef struct _Reader Reader;

/* One next */
typedef struct
{
  Reader *reader;
  GCancellable *cancellable;
  guint place;      /* in the order of the requests */
  gboolean is_over;
} Request;

struct _Reader
{
  AthrStream *stream;
  GRand *rand;
  AthrRival *rival;
  GQueue requests;  /* element-type Request: pending */
  guint n_requested;
  guint last_place; /* of the last answered request that was not cancelled */
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
  Request *request = user_data;
  Reader *self = request->reader;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_assert_false (request->is_over);
  request->is_over = TRUE;
  g_assert_true (g_queue_remove (&self->requests, request));

  athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_assert_true (g_cancellable_is_cancelled (request->cancellable));
      self->n_cancelled++;
    }
  else
    {
      g_assert_cmpuint (request->place, >, self->last_place);
      self->last_place = request->place;
      if (error != NULL)
        {
          g_assert_true (athr_is_tracked_error (error));
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
          g_assert_cmpuint (athr_tracked_number (&value), ==, ++self->number);
        }
    }
  g_object_unref (request->cancellable);
  g_free (request);
}

static void
reader_request (Reader *self)
{
  Request *request = g_new0 (Request, 1);

  request->reader = self;
  request->cancellable = g_cancellable_new ();
  request->place = ++self->n_requested;
  g_queue_push_tail (&self->requests, request);
  athr_stream_next_async (self->stream, request->cancellable, on_next, request);
}

/* Cancels any of the pending requests. Two threads may cancel the same request. */
static void
reader_cancel_any (Reader *self)
{
  guint i = g_rand_int_range (self->rand, 0, self->requests.length);
  Request *request = g_queue_peek_nth (&self->requests, i);

  athr_cancel_somewhere (g_object_ref (request->cancellable), self->rival, self->rand);
}

static void
reader_act (Reader *self)
{
  /* A cancelled next gives its grant back, or the following next issues no grant. */
  g_assert_cmpuint (g_atomic_int_get (&self->n_yielded), <=,
                    self->number + self->buffer_size + N_MAX_REQUESTED);

  switch (g_rand_int_range (self->rand, 0, 6))
    {
    case 0:
    case 1:
      if (self->requests.length < N_MAX_REQUESTED)
        reader_request (self);
      break;
    case 2:
    case 3:
      if (self->requests.length > 0)
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

  g_test_summary ("Hazard 14: several nexts are pending, and some are cancelled at the moment when their "
                  "values arrive: no value is lost or comes twice, the error comes once, then the end");

  athr_owner_init (&owner, g_thread_self ());
  athr_rival_start (&rival);
  while (athr_stress_more (stress, 1500))
    {
      AthrWork *work = athr_work_new (&owner, stress->rand);
      Reader reader = { .rand = stress->rand, .rival = &rival, .requests = G_QUEUE_INIT };
      guint n = g_rand_int_range (stress->rand, 0, athr_one_in (stress->rand, 8) ? 100 : 12);
      gboolean fails = work->fails;

      work->n_values = n;
      work->n_yielded = &reader.n_yielded;
      reader.buffer_size = g_rand_int_range (stress->rand, 1, 4);
      reader.stream = athr_stream_new (athr_work_stream, work, athr_work_free);
      athr_stream_set_executor (reader.stream, executor);
      athr_stream_set_buffer_size (reader.stream, reader.buffer_size);
      reader_request (&reader);
      while (reader.n_ends == 0)
        reader_act (&reader);
      athr_test_iterate_until (NULL, reader.requests.length == 0);

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
