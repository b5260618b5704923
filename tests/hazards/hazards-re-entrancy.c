/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-hazards-test.h"

/* Hazards 6 and 7 with a flow. */

#define MAX_DEPTH 5 /* of nested main loops */

/* Every handler and callback does something at random with the stream, and checks the order of
 * values and signals. */
typedef struct
{
  GRand *rand;
  AthrStream *stream; /* until it is dropped */
  GCancellable *cancellable;
  guint number;
  int n_asked;
  int n_answered;
  gboolean has_closed;
  gboolean has_finished;
  int depth;
} Wild;

static void wild_next (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data);
static void wild_value (AthrStream   *stream,
                        const GValue *value,
                        gpointer      user_data);

static void
wild_close (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  ((Wild *) user_data)->n_answered++;
  athr_stream_close_finish (ATHR_STREAM (source), result, NULL);
}

static void
wild_act (Wild *self)
{
  self->depth++;
  for (int i = g_rand_int_range (self->rand, 0, 3); i > 0 && self->stream != NULL; i--)
    switch (g_rand_int_range (self->rand, 0, 24))
      {
      case 0:
        self->has_closed = TRUE;
        self->n_asked++;
        athr_stream_close_async (self->stream, NULL, wild_close, self);
        break;
      case 1:
        g_clear_object (&self->stream);
        break;
      case 2:
      case 3:
        g_cancellable_cancel (self->cancellable);
        break;
      case 4:
      case 5:
        g_signal_handlers_disconnect_by_func (self->stream, wild_value, self);
        g_signal_connect (self->stream, "value", G_CALLBACK (wild_value), self);
        break;
      case 6:
      case 7:
      case 8:
        if (self->depth < MAX_DEPTH)
          athr_test_drain (NULL);
        break;
      case 9:
      case 10:
      case 11:
        athr_stream_set_flowing (self->stream, FALSE);
        break;
      case 12:
      case 13:
        if (self->n_asked < 40)
          {
            self->n_asked++;
            athr_stream_next_async (self->stream, flip (self->rand) ? self->cancellable : NULL,
                                    wild_next, self);
          }
        break;
      default:
        athr_stream_set_flowing (self->stream, TRUE);
        break;
      }
  self->depth--;
}

static void
wild_take (Wild         *self,
           const GValue *value)
{
  g_assert_cmpuint (((Parcel *) g_value_get_boxed (value))->number, ==, ++self->number);
}

static void
wild_value (AthrStream   *stream,
            const GValue *value,
            gpointer      user_data)
{
  Wild *self = user_data;

  g_assert_false (self->has_closed);
  g_assert_false (self->has_finished);
  g_assert_true (athr_stream_get_flowing (stream));
  wild_take (self, value);
  wild_act (self);
}

static void
wild_next (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Wild *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  self->n_answered++;
  if (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL) &&
      G_IS_VALUE (&value))
    wild_take (self, &value);
  wild_act (self);
}

static void
wild_notify (AthrStream *stream,
             GParamSpec *pspec,
             gpointer    user_data)
{
  Wild *self = user_data;

  /* After `finished` only `flowing` can still change. The handler runs no nested main loop:
   * GObject would notify the next state only when this handler has returned, perhaps after
   * `finished`. */
  g_assert_true (!self->has_finished || g_str_equal (pspec->name, "flowing"));
  self->depth += MAX_DEPTH;
  wild_act (self);
  self->depth -= MAX_DEPTH;
}

static void
wild_finished (AthrStream *stream,
               gpointer    user_data)
{
  Wild *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (athr_stream_get_state (stream), >=, ATHR_STREAM_STATE_ENDED);
  self->has_finished = TRUE;
  wild_act (self);
}

static void
wild_cancelled (GCancellable *cancellable,
                gpointer      user_data)
{
  wild_act (user_data);
}

static void
wild_round (GRand *rand)
{
  Wild wild = { .rand = rand, .cancellable = g_cancellable_new () };
  guint n_values = g_rand_int_range (rand, 0, 40);
  AthrStream *stream;
  Work *work;

  stream = work_new_stream (&work, n_values, g_rand_int_range (rand, 0, 9));
  work->fails = flip (rand);
  wild.stream = g_object_ref (stream);
  g_signal_connect (stream, "value", G_CALLBACK (wild_value), &wild);
  g_signal_connect (stream, "notify", G_CALLBACK (wild_notify), &wild);
  g_signal_connect (stream, "finished", G_CALLBACK (wild_finished), &wild);
  g_signal_connect (wild.cancellable, "cancelled", G_CALLBACK (wild_cancelled), &wild);
  athr_stream_set_flowing (stream, TRUE);
  g_object_unref (stream);

  /* Start a stopped flow again, until the stream is over or was dropped. */
  while (wild.stream != NULL && !wild.has_finished)
    {
      athr_stream_set_flowing (wild.stream, TRUE);
      g_main_context_iteration (NULL, FALSE);
    }
  athr_test_iterate_until (NULL, wild.n_answered == wild.n_asked);
  athr_test_drain (NULL);
  g_assert_cmpuint (wild.number, <=, n_values);
  if (wild.has_finished && !wild.has_closed && wild.stream != NULL)
    g_assert_cmpuint (wild.number, ==, n_values);

  if (wild.stream != NULL)
    g_signal_handlers_disconnect_by_data (wild.stream, &wild);
  g_signal_handlers_disconnect_by_data (wild.cancellable, &wild);
  g_clear_object (&wild.stream);
  g_object_unref (wild.cancellable);
  athr_test_drain (NULL);
}

static void
test_reentrancy (void)
{
  g_autoptr (GRand) rand = rand_new ();

  g_test_summary ("Hazards 6 and 7: handlers of a flow do anything, and everything still "
                  "comes in order");

  for (int round = 0; round < 3000; round++)
    wild_round (rand);
  await_deaths ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/hazards/07-re-entrancy/flow", test_reentrancy);

  return g_test_run ();
}
