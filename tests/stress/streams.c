/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "mortal-test.h"

/* Hazards 1 and 14. Everything that a stream can do at once: a flow, batches, nexts and messages, with
 * several threads in its yielder, exchanges, steps, every overflow, and lock-step; and it is closed,
 * or dropped here or there, at random moments. */

#define N_MAX_GIVERS 3
#define N_MAX_UNDER_WAY 8

/* One who yields; its values are numbered from its own base on. */
typedef struct
{
  AthrDuty *duty;
  AthrYielder *yielder;
  guint base;
  guint number;      /* of the last one */
  guint n_values;
  gboolean exchanges;
  GRand *rand;
} Giver;

#define GIVER_BASE 1000000

/* What the function does: its user data */
typedef struct
{
  AthrDuty *duty;
  guint n_givers;
  Giver givers[N_MAX_GIVERS];
} Job;

/* What a worker has received ends there. */
static void
forget_sent (Giver  *self,
             GValue *sent)
{
  athr_is_giving = TRUE;
  if (G_IS_VALUE (sent))
    g_value_unset (sent);
  athr_is_giving = FALSE;
}

static gboolean
receive_sent (Giver *self)
{
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean received;

  received = athr_yielder_receive (self->yielder, &sent, &error) && G_IS_VALUE (&sent);
  received |= athr_is_mortal_error (error);
  athr_is_giving = TRUE;
  g_clear_error (&error);
  forget_sent (self, &sent);

  return received;
}

/* Whether it may go on */
static gboolean
give_next (Giver *self)
{
  AthrMortal mortal = { self->duty->owner, self->base + ++self->number };
  g_auto (GValue) value = G_VALUE_INIT;
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean given;

  g_value_init (&value, athr_mortal_get_type ());
  g_value_set_static_boxed (&value, &mortal);
  athr_is_giving = TRUE;
  given = self->exchanges ? athr_yielder_exchange_value (self->yielder, &value, &sent, &error)
                          : athr_yielder_yield_value (self->yielder, &value, &error);
  g_assert_true (given == (error == NULL));
  given |= athr_is_mortal_error (error);
  g_clear_error (&error);
  forget_sent (self, &sent);

  return given;
}

static gpointer
give_all (gpointer data)
{
  Giver *self = data;
  gboolean goes_on = TRUE;

  while (goes_on && self->number < self->n_values)
    {
      athr_random_pause (self->rand);
      goes_on = give_next (self);
      while (athr_flip (self->rand) && receive_sent (self))
        ;
    }

  return NULL;
}

static void
job_run (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Job *self = user_data;
  GThread *threads[N_MAX_GIVERS];

  g_assert_cmpint (g_atomic_int_add (&self->duty->n_runs, 1), ==, 0);
  for (guint i = 0; i < self->n_givers; i++)
    self->givers[i].yielder = yielder;
  for (guint i = 1; i < self->n_givers; i++)
    threads[i] = g_thread_new ("giver", give_all, &self->givers[i]);
  give_all (&self->givers[0]);
  for (guint i = 1; i < self->n_givers; i++)
    g_thread_join (threads[i]);
  athr_duty_end (self->duty, error);
}

static void
job_step (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Job *self = user_data;
  Giver *giver = &self->givers[0];

  g_assert_cmpint (g_atomic_int_add (&self->duty->n_runs, 1), ==, 0);
  giver->yielder = yielder;
  while (athr_flip (giver->rand) && receive_sent (giver))
    ;
  for (int i = g_rand_int_range (giver->rand, 0, 3); i > 0 && giver->number < giver->n_values; i--)
    give_next (giver);
  if (giver->number == giver->n_values)
    {
      athr_yielder_end (yielder);
      athr_duty_end (self->duty, error);
    }
  else
    {
      g_assert_cmpint (g_atomic_int_add (&self->duty->n_runs, -1), ==, 1);
    }
}

static void
job_free (gpointer user_data)
{
  Job *self = user_data;

  for (guint i = 0; i < self->n_givers; i++)
    g_rand_free (self->givers[i].rand);
  athr_duty_free (self->duty);
  g_free (self);
}

/* Home */

/* One stream, and what it told */
typedef struct
{
  AthrStream *stream;
  AthrOwner *owner;
  AthrRival *rival;
  GRand *rand;
  gboolean is_whole;           /* no value may be missing */
  guint numbers[N_MAX_GIVERS]; /* the last of each */
  guint n_values;
  guint n_errors;
  gboolean has_ended;
  gboolean has_finished;
  guint n_under_way;
  guint depth;
} Reader;

/* One operation, and its cancellable */
typedef struct
{
  Reader *reader;
} Ask;

static void
reader_take (Reader       *self,
             const GValue *value)
{
  guint number = athr_mortal_number (value);
  guint *last = &self->numbers[number / GIVER_BASE];

  g_assert_false (self->has_finished || self->has_ended);
  g_assert_cmpuint (self->n_errors, ==, 0);
  number %= GIVER_BASE;
  g_assert_cmpuint (number, >, *last);
  g_assert_true (!self->is_whole || number == *last + 1);
  *last = number;
  self->n_values++;
}

static void
reader_take_error (Reader       *self,
                   const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_assert_true (athr_is_mortal_error (error) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE));
  g_assert_false (self->has_ended);
  g_assert_cmpuint (++self->n_errors, ==, 1);
}

static Ask *
ask_new (Reader *self)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->reader = self;
  self->n_under_way++;

  return ask;
}

static Reader *
ask_free (Ask *ask)
{
  Reader *reader = ask->reader;

  reader->n_under_way--;
  g_free (ask);

  return reader;
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Reader *self = ask_free (user_data);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error))
    reader_take_error (self, error);
  else if (G_IS_VALUE (&value))
    reader_take (self, &value);
  else
    self->has_ended = TRUE;
}

static void
on_batch (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Reader *self = ask_free (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (ATHR_STREAM (source), result, &error);

  if (values == NULL)
    reader_take_error (self, error);
  for (guint i = 0; values != NULL && i < values->len; i++)
    reader_take (self, &g_array_index (values, GValue, i));
  self->has_ended |= values != NULL && values->len == 0;
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  ask_free (user_data);
}

static void
on_finished (AthrStream *stream,
             gpointer    user_data)
{
  Reader *self = user_data;

  g_assert_false (self->has_finished);
  g_assert_cmpint (athr_stream_get_state (stream), >=, ATHR_STREAM_STATE_ENDED);
  self->has_finished = TRUE;
}

static void
iterate_some (Reader *self)
{
  self->depth++;
  for (int i = self->depth < 4 ? g_rand_int_range (self->rand, 0, 4) : 0; i > 0; i--)
    g_main_context_iteration (NULL, FALSE);
  self->depth--;
}

static void
send_any (Reader   *self,
          gboolean  throws)
{
  AthrOwner *owner = self->owner;
  AthrMortal mortal = { owner, 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!throws)
    {
      g_value_init (&value, athr_mortal_get_type ());
      g_value_set_static_boxed (&value, &mortal);
      athr_stream_send (self->stream, &value);
      return;
    }
  self->is_whole = FALSE;
  athr_set_mortal_error (&error, owner);
  athr_stream_throw (self->stream, error);
}

static void
try_some (Reader *self)
{
  g_auto (GValue) value = G_VALUE_INIT;

  /* Values do not overtake those who asked before, but they would seem to here. */
  if (self->n_under_way == 0 && athr_stream_try_next (self->stream, &value))
    reader_take (self, &value);
}

static void
reader_act (Reader *self)
{
  GCancellable *cancellable = g_cancellable_new ();
  guint max_values = g_rand_int_range (self->rand, 1, 6);

  switch (self->stream != NULL ? g_rand_int_range (self->rand, 0, 12) : -1)
    {
    case 0:
    case 1:
      if (self->n_under_way < N_MAX_UNDER_WAY)
        athr_stream_next_async (self->stream, cancellable, on_next, ask_new (self));
      break;
    case 2:
    case 3:
      if (self->n_under_way < N_MAX_UNDER_WAY)
        athr_stream_next_batch_async (self->stream, max_values, cancellable, on_batch, ask_new (self));
      break;
    case 4:
    case 5:
      athr_stream_set_flowing (self->stream, !athr_stream_get_flowing (self->stream));
      break;
    case 6:
      send_any (self, athr_one_in (self->rand, 4));
      break;
    case 7:
      try_some (self);
      break;
    case 8:
      athr_random_pause (self->rand);
      break;
    default:
      iterate_some (self);
    }
  athr_cancel_somewhere (cancellable, self->rival, self->rand);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          gpointer      user_data)
{
  Reader *self = user_data;

  reader_take (self, value);
  if (athr_one_in (self->rand, 3))
    reader_act (self);
}

static AthrStream *
make_stream (Reader       *self,
             AthrExecutor *executor)
{
  Job *job = g_new0 (Job, 1);
  gboolean steps = athr_one_in (self->rand, 3);
  AthrOverflow overflow = athr_flip (self->rand) ? ATHR_OVERFLOW_BLOCK : g_rand_int_range (self->rand, 0, 4);
  AthrStream *stream = steps ? athr_stream_new_steps (job_step, job, job_free)
                             : athr_stream_new (job_run, job, job_free);

  job->duty = athr_duty_new (self->owner, self->rand);
  job->n_givers = steps || athr_flip (self->rand) ? 1 : g_rand_int_range (self->rand, 2, N_MAX_GIVERS + 1);
  for (guint i = 0; i < job->n_givers; i++)
    job->givers[i] = (Giver) { .duty = job->duty, .base = i * GIVER_BASE,
                               .n_values = g_rand_int_range (self->rand, 0, 20),
                               .exchanges = !steps && athr_one_in (self->rand, 3),
                               .rand = g_rand_new_with_seed (g_rand_int (self->rand)) };
  self->is_whole = overflow == ATHR_OVERFLOW_BLOCK;
  athr_stream_set_executor (stream, executor);
  athr_stream_set_overflow (stream, overflow);
  athr_stream_set_buffer_size (stream, g_rand_int_range (self->rand, 0, 5));
  g_signal_connect (stream, "value", G_CALLBACK (on_value), self);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), self);

  return stream;
}

/* Takes what is left, and the end. */
static void
take_rest (Reader *self)
{
  while (!self->has_finished)
    {
      athr_stream_set_flowing (self->stream, TRUE);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
live (Reader       *self,
      AthrExecutor *executor)
{
  self->stream = make_stream (self, executor);
  for (int i = g_rand_int_range (self->rand, 0, 30); i > 0; i--)
    reader_act (self);

  switch (g_rand_int_range (self->rand, 0, 4))
    {
    case 0:
      athr_stream_close_async (self->stream, NULL, on_closed, ask_new (self));
      break;
    case 1:
      take_rest (self);
      break;
    default:
      break;
    }
  if (athr_flip (self->rand))
    iterate_some (self);
  athr_drop_somewhere (g_steal_pointer (&self->stream), self->rival, self->rand);
  athr_test_iterate_until (NULL, self->n_under_way == 0);
  athr_rival_await (self->rival);
}

static void
test_streams (AthrStress *stress)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("streams", 3);
  AthrOwner owner;
  AthrRival rival;
  guint n_values = 0;

  g_test_summary ("Hazards 1 and 14: all that a stream can do, at once, and its end at random moments");

  athr_owner_init (&owner, g_thread_self ());
  athr_rival_start (&rival);
  while (athr_stress_more (stress, 2500))
    {
      Reader reader = { .owner = &owner, .rival = &rival, .rand = stress->rand };

      live (&reader, executor);
      n_values += reader.n_values;
      if (athr_one_in (stress->rand, 16))
        athr_owner_await_end (&owner, NULL);
    }
  athr_rival_stop (&rival);
  athr_owner_await_end (&owner, NULL);
  g_test_message ("%u values", n_values);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/hazards/14-contention/stress/streams", test_streams);

  return g_test_run ();
}
