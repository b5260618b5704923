/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-hazards-test.h"

/* Hazard 6 with a flow and progress, and hazard 14 with batches. */

/* What a stream has emitted and answered. Its producer reports, after each value, how many
 * values it has yielded. */
typedef struct
{
  GRand *rand;
  Helper *helper;        /* (nullable) */
  guint n_values;
  guint number;          /* of the last value */
  double progress;
  int n_under_way;
  int n_cancelled;
  int n_errors;
  gboolean has_ended;
  gboolean has_finished;
  AthrStreamState state;
} Order;

static int n_returned; /* atomic; how many functions have returned */

static void
report_run (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  Work *self = user_data;
  Parcel parcel = { self->home, 0 };
  gboolean given = TRUE;

  while (given && parcel.number < self->n_values)
    {
      parcel.number++;
      in_yield = TRUE;
      given = athr_yielder_yield (yielder, NULL, parcel_get_type (), &parcel);
      in_yield = FALSE;
      athr_yielder_report_progress (yielder, parcel.number / 100.0, NULL);
    }
  if (self->fails)
    {
      g_set_error_literal (error, fragile_error_quark (), 0, "fragile");
      fragile_error_get_private (*error)->home = self->home;
    }
  g_atomic_int_inc (&n_returned);
}

static AthrStream *
order_new_stream (Order   *self,
                  gboolean fails)
{
  Work *work = g_new0 (Work, 1);
  AthrStream *stream;

  work->home = g_thread_self ();
  work->n_values = self->n_values;
  work->fails = fails;
  g_atomic_int_inc (&n_alive);
  g_atomic_int_set (&n_returned, 0);
  stream = athr_stream_new (report_run, work, work_free);
  athr_stream_set_buffer_size (stream, g_rand_int_range (self->rand, 0, 5));

  return stream;
}

static void
order_take (Order        *self,
            const GValue *value)
{
  g_assert_false (self->has_finished || self->has_ended);
  g_assert_cmpint (self->n_errors, ==, 0);
  g_assert_cmpuint (((Parcel *) g_value_get_boxed (value))->number, ==, ++self->number);
}

static void
order_value (AthrStream   *stream,
             const GValue *value,
             gpointer      user_data)
{
  Order *self = user_data;

  order_take (self, value);
  if (g_rand_int_range (self->rand, 0, 5) == 0)
    athr_stream_set_flowing (stream, FALSE);
}

static void
order_progress (AthrStream *stream,
                GParamSpec *pspec,
                gpointer    user_data)
{
  Order *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (self->state, <, ATHR_STREAM_STATE_ENDED);
  g_assert_cmpfloat (athr_stream_get_progress (stream), >, self->progress);
  self->progress = athr_stream_get_progress (stream);
}

static void
order_state (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  Order *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (athr_stream_get_state (stream), >, self->state);
  self->state = athr_stream_get_state (stream);
  g_assert_true (self->state < ATHR_STREAM_STATE_ENDED || g_atomic_int_get (&n_returned) == 1);
}

static void
order_finished (AthrStream *stream,
                gpointer    user_data)
{
  Order *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (g_atomic_int_get (&n_returned), ==, 1);
  g_assert_cmpint (self->state, >=, ATHR_STREAM_STATE_ENDED);
  self->has_finished = TRUE;
}

static void
order_batch (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Order *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (ATHR_STREAM (source), result, &error);

  self->n_under_way--;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->n_cancelled++;
    }
  else if (error != NULL)
    {
      g_assert_error (error, fragile_error_quark (), 0);
      g_assert_false (self->has_ended);
      g_assert_cmpint (++self->n_errors, ==, 1);
    }
  else
    {
      for (guint i = 0; i < values->len; i++)
        order_take (self, &g_array_index (values, GValue, i));
      self->has_ended |= values->len == 0;
    }
}

static void
order_next (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Order *self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GValue) value = G_VALUE_INIT;

  self->n_under_way--;
  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          self->n_cancelled++;
          return;
        }
      g_assert_error (error, fragile_error_quark (), 0);
      g_assert_cmpint (++self->n_errors, ==, 1);
    }
  else if (G_IS_VALUE (&value))
    {
      order_take (self, &value);
    }
  else
    {
      self->has_ended = TRUE;
    }
}

static void
iterate_some (Order *self)
{
  for (int i = g_rand_int_range (self->rand, 0, 4); i > 0; i--)
    g_main_context_iteration (NULL, FALSE);
}

static void
test_flow (void)
{
  g_autoptr (GRand) rand = rand_new ();

  g_test_summary ("Hazard 6: a flow that pauses emits values, progress, states and finished "
                  "in order, and nothing after finished");

  for (int round = 0; round < 1500; round++)
    {
      Order order = { .rand = rand, .progress = -1, .n_values = g_rand_int_range (rand, 0, 20) };
      gboolean closes = g_rand_int_range (rand, 0, 4) == 0;
      AthrStream *stream = order_new_stream (&order, flip (rand));

      g_signal_connect (stream, "value", G_CALLBACK (order_value), &order);
      g_signal_connect (stream, "finished", G_CALLBACK (order_finished), &order);
      g_signal_connect (stream, "notify::state", G_CALLBACK (order_state), &order);
      g_signal_connect (stream, "notify::progress", G_CALLBACK (order_progress), &order);
      athr_stream_set_flowing (stream, TRUE);
      iterate_some (&order);
      if (closes && order.number > 0)
        athr_stream_close_async (stream, NULL, NULL, NULL);
      while (!order.has_finished)
        {
          athr_stream_set_flowing (stream, TRUE);
          g_main_context_iteration (NULL, TRUE);
        }
      athr_test_drain (NULL);
      g_assert_true (closes || order.number == order.n_values);
      /* On i386 the quotient may have more digits than the double that was reported. */
      if (!closes)
        g_assert_cmpfloat_with_epsilon (order.progress, order.n_values > 0 ? order.n_values / 100.0 : -1, 1e-9);
      g_object_unref (stream);
    }
  await_deaths ();
}

static void
ask (Order      *self,
     AthrStream *stream)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  self->n_under_way++;
  if (flip (self->rand))
    athr_stream_next_batch_async (stream, g_rand_int_range (self->rand, 1, 6), cancellable,
                                  order_batch, self);
  else
    athr_stream_next_async (stream, cancellable, order_next, self);
  if (flip (self->rand))
    iterate_some (self);
  if (g_rand_int_range (self->rand, 0, 3) == 0)
    helper_give (self->helper, g_object_ref (cancellable));
  else if (g_rand_int_range (self->rand, 0, 3) == 0)
    helper_cancel (self->helper, cancellable);
}

static void
test_contention (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;
  int n_cancelled = 0;

  g_test_summary ("Hazard 14: some of the pending batches and nexts are cancelled as their "
                  "values arrive: no value is lost, the error comes once, then the end");

  helper_start (&helper);
  for (int round = 0; round < 1000; round++)
    {
      Order order = { .rand = rand, .helper = &helper, .progress = -1,
                      .n_values = g_rand_int_range (rand, 0, 20) };
      gboolean fails = flip (rand);
      AthrStream *stream = order_new_stream (&order, fails);

      while (!order.has_ended)
        {
          ask (&order, stream);
          if (order.n_under_way > 8)
            athr_test_iterate_until (NULL, order.n_under_way < 4);
        }
      athr_test_iterate_until (NULL, order.n_under_way == 0);
      g_assert_cmpuint (order.number, ==, order.n_values);
      g_assert_cmpint (order.n_errors, ==, fails);
      n_cancelled += order.n_cancelled;
      g_rw_lock_reader_lock (&helper.cancelling);
      g_object_unref (stream);
      g_rw_lock_reader_unlock (&helper.cancelling);
    }
  helper_stop (&helper);
  await_deaths ();
  g_test_message ("%d were cancelled", n_cancelled);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/06-order/flow", test_flow);
  g_test_add_func ("/athr/hazards/14-contention/batch", test_contention);

  return g_test_run ();
}
