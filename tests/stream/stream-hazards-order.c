/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-hazards-test.h"

/* Checks the order of everything that a stream emits and answers. */
typedef struct
{
  guint number;        /* of the last value */
  gboolean has_ended;
  gboolean has_failed;
  gboolean has_finished;
  int n_under_way;     /* operations that were started and not answered */
  AthrStreamState state;
} Order;

static void
order_next (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Order *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  self->n_under_way--;
  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    {
      g_assert_false (self->has_failed || self->has_ended);
      g_assert_error (error, fragile_error_quark (), 0);
      g_assert_cmpint (self->state, ==, ATHR_STREAM_STATE_FAILED);
      self->has_failed = TRUE;
      return;
    }

  if (!G_IS_VALUE (&value))
    {
      self->has_ended = TRUE;
      g_assert_true (athr_stream_is_done (ATHR_STREAM (source)));
      return;
    }
  g_assert_false (self->has_failed || self->has_ended);
  g_assert_cmpuint (((Parcel *) g_value_get_boxed (&value))->number, ==, ++self->number);
}

static void
order_close (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Order *self = user_data;

  self->n_under_way--;
  athr_stream_close_finish (ATHR_STREAM (source), result, NULL);
  g_assert_cmpint (self->state, >=, ATHR_STREAM_STATE_ENDED);
}

static void
order_state (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  Order *self = user_data;
  AthrStreamState state = athr_stream_get_state (stream);

  g_assert_false (self->has_finished);
  g_assert_cmpint (self->state, <, ATHR_STREAM_STATE_ENDED);
  g_assert_cmpint (state, >, self->state);
  self->state = state;
}

static void
order_error (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  Order *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (self->state, ==, ATHR_STREAM_STATE_FAILED);
}

static void
order_finished (AthrStream *stream,
                gpointer    user_data)
{
  Order *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (self->state, >=, ATHR_STREAM_STATE_ENDED);
  self->has_finished = TRUE;
}

static void
test_order (void)
{
  g_autoptr (GRand) rand = rand_new ();

  g_test_summary ("Hazard 6: values, states, the error, the end and `finished` come in their "
                  "order");

  for (int round = 0; round < 1500; round++)
    {
      Order order = { 0, };
      Work *work;
      AthrStream *stream = work_new_stream (&work, g_rand_int_range (rand, 0, 6),
                                            g_rand_int_range (rand, 1, 4));
      int n_nexts = g_rand_int_range (rand, 1, 9);
      gboolean closes = flip (rand);

      work->fails = flip (rand);
      g_signal_connect (stream, "notify::state", G_CALLBACK (order_state), &order);
      g_signal_connect (stream, "notify::error", G_CALLBACK (order_error), &order);
      g_signal_connect (stream, "finished", G_CALLBACK (order_finished), &order);
      for (int i = 0; i < n_nexts; i++)
        {
          order.n_under_way++;
          athr_stream_next_async (stream, NULL, order_next, &order);
          if (closes && g_rand_int_range (rand, 0, 3) == 0)
            {
              order.n_under_way++;
              athr_stream_close_async (stream, NULL, order_close, &order);
            }
          for (int j = g_rand_int_range (rand, 0, 3); j > 0; j--)
            g_main_context_iteration (NULL, FALSE);
        }
      order.n_under_way++;
      athr_stream_close_async (stream, NULL, order_close, &order);
      athr_test_iterate_until (NULL, order.n_under_way == 0 && order.has_finished);
      athr_test_drain (NULL);
      g_object_unref (stream);
    }
  await_deaths ();
}

/* Does something at random in every callback, and counts. */
typedef struct
{
  GRand *rand;
  AthrStream *stream;   /* until it is dropped */
  GCancellable *cancellable;
  guint number;
  int n_asked;
  int n_answered;
  int n_errors;
  int depth;
} Wild;

static void wild_next (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data);

static void wild_cancelled (GCancellable *cancellable,
                            gpointer      user_data);

static void
wild_renew_cancellable (Wild *self)
{
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (wild_cancelled), self);
}

static void
wild_cancel (Wild *self)
{
  g_autoptr (GCancellable) cancellable = g_object_ref (self->cancellable);

  g_cancellable_cancel (cancellable);
}

static void
wild_close (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Wild *self = user_data;

  self->n_answered++;
  athr_stream_close_finish (ATHR_STREAM (source), result, NULL);
}

static void
wild_act (Wild *self)
{
  int n_actions = g_rand_int_range (self->rand, 0, 3);

  self->depth++;
  for (int i = 0; i < n_actions && self->stream != NULL; i++)
    switch (g_rand_int_range (self->rand, 0, 12))
      {
      case 0:
        self->n_asked++;
        athr_stream_close_async (self->stream, flip (self->rand) ? self->cancellable : NULL,
                                 wild_close, self);
        break;
      case 1:
        wild_cancel (self);
        break;
      case 2:
        g_clear_object (&self->stream);
        break;
      case 3:
        wild_renew_cancellable (self);
        break;
      case 4:
      case 5:
        if (self->depth < 4)
          athr_test_drain (NULL);
        break;
      default:
        if (self->n_asked > 40)
          break;
        self->n_asked++;
        athr_stream_next_async (self->stream, flip (self->rand) ? self->cancellable : NULL,
                                wild_next, self);
        break;
      }
  self->depth--;
}

static void
wild_next (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Wild *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  self->n_answered++;
  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        self->n_errors++;
    }
  else if (G_IS_VALUE (&value))
    {
      g_assert_cmpuint (((Parcel *) g_value_get_boxed (&value))->number, ==, ++self->number);
    }
  wild_act (self);
}

static void
wild_signal (AthrStream *stream,
             gpointer    user_data)
{
  wild_act (user_data);
}

static void
wild_notify (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  wild_act (user_data);
}

static void
wild_cancelled (GCancellable *cancellable,
                gpointer      user_data)
{
  Wild *self = user_data;

  self->depth++;
  if (self->depth < 4 && flip (self->rand))
    athr_test_drain (NULL);
  if (flip (self->rand))
    g_clear_object (&self->stream);
  self->depth--;
}

static void
test_reentrancy (void)
{
  g_autoptr (GRand) rand = rand_new ();

  g_test_summary ("Hazard 7: whatever a callback does, each operation is answered once");

  for (int round = 0; round < 2000; round++)
    {
      Wild wild = { .rand = rand };
      AthrStream *stream;
      Work *work;

      stream = work_new_stream (&work, g_rand_int_range (rand, 0, 30),
                                g_rand_int_range (rand, 1, 9));
      work->fails = flip (rand);
      wild.stream = g_object_ref (stream);
      g_signal_connect (stream, "notify", G_CALLBACK (wild_notify), &wild);
      g_signal_connect (stream, "finished", G_CALLBACK (wild_signal), &wild);
      wild_renew_cancellable (&wild);
      for (int i = 0; i < 3 && wild.stream != NULL; i++)
        {
          wild.n_asked++;
          athr_stream_next_async (stream, NULL, wild_next, &wild);
          wild_act (&wild);
        }
      g_object_unref (stream);
      athr_test_iterate_until (NULL, wild.n_answered == wild.n_asked);
      g_assert_cmpint (wild.n_errors, <=, 1);

      if (wild.stream != NULL)
        g_signal_handlers_disconnect_by_data (wild.stream, &wild);
      g_clear_object (&wild.stream);
      g_object_unref (wild.cancellable);
      athr_test_drain (NULL);
    }
  await_deaths ();
}

static int n_contended; /* Only the main thread of this file uses it. */

/* What several nexts at the same time got. */
typedef struct
{
  guint number; /* of the last value */
  int n_errors;
  gboolean has_ended;
  int n_cancelled;
} Contention;

static void
contention_next (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Contention *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  n_contended--;
  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          self->n_cancelled++;
          return;
        }
      g_assert_error (error, fragile_error_quark (), 0);
      g_assert_false (self->has_ended);
      self->n_errors++;
    }
  else if (!G_IS_VALUE (&value))
    {
      self->has_ended = TRUE;
    }
  else
    {
      g_assert_false (self->has_ended);
      g_assert_cmpint (self->n_errors, ==, 0);
      g_assert_cmpuint (((Parcel *) g_value_get_boxed (&value))->number, ==, ++self->number);
    }
}

/* Cancels here, on the helper's thread, or not at all. Takes @cancellable over. */
static void
contention_cancel (GCancellable *cancellable,
                   Helper       *helper,
                   GRand        *rand)
{
  if (flip (rand))
    {
      helper_give (helper, cancellable);
      return;
    }
  if (flip (rand))
    helper_cancel (helper, cancellable);
  g_object_unref (cancellable);
}

static void
contention_ask (Contention *self,
                AthrStream *stream,
                Helper     *helper,
                GRand      *rand)
{
  GCancellable *cancellables[3];
  int n = g_rand_int_range (rand, 1, G_N_ELEMENTS (cancellables) + 1);
  gboolean share = n > 1 && flip (rand);

  for (int i = 0; i < n; i++)
    {
      cancellables[i] = share && i > 0 ? g_object_ref (cancellables[0]) : g_cancellable_new ();
      if (share)
        share_cancellable (cancellables[i]);
      n_contended++;
      athr_stream_next_async (stream, flip (rand) ? cancellables[i] : NULL, contention_next, self);
    }
  if (flip (rand))
    g_main_context_iteration (NULL, FALSE);
  for (int i = 0; i < n; i++)
    contention_cancel (cancellables[i], helper, rand);
}

static void
test_contention (void)
{
  g_autoptr (GRand) rand = rand_new ();
  Helper helper;

  g_test_summary ("Hazard 14: when several nexts wait and some are cancelled as their values "
                  "arrive, here and on another thread, no value is lost, and the error comes "
                  "once, then the end");

  helper_start (&helper);
  for (int round = 0; round < 1000; round++)
    {
      Contention contention = { 0, };
      guint n_values = g_rand_int_range (rand, 0, 8);
      gboolean fails = flip (rand);
      Work *work;
      AthrStream *stream = work_new_stream (&work, n_values, g_rand_int_range (rand, 1, 4));

      work->fails = fails;
      while (!contention.has_ended)
        {
          contention_ask (&contention, stream, &helper, rand);
          if (flip (rand))
            athr_test_iterate_until (NULL, n_contended == 0);
        }
      athr_test_iterate_until (NULL, n_contended == 0);
      g_assert_cmpuint (contention.number, ==, n_values);
      g_assert_cmpint (contention.n_errors, ==, fails);
      /* Dropping the stream cancels the cancellable of its producer. */
      g_rw_lock_reader_lock (&helper.cancelling);
      g_object_unref (stream);
      g_rw_lock_reader_unlock (&helper.cancelling);
    }
  helper_stop (&helper);
  await_deaths ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/06-order/next", test_order);
  g_test_add_func ("/athr/hazards/07-re-entrancy/next", test_reentrancy);
  g_test_add_func ("/athr/hazards/14-contention/next", test_contention);

  return g_test_run ();
}
