/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "tracked-test.h"

/* Hazards 1 and 14. The test uses everything that a stream can do at once: flowing, batches, nexts
 * and messages; several threads that use one yielder; exchanges, steps, every overflow and
 * lock-step. At a random moment the owner's thread closes the stream, or one of two threads drops
 * the last reference. */

#define N_MAX_PRODUCERS 3
#define N_MAX_UNDER_WAY 8

/* A thread that yields. It numbers its values from its own base on. */
typedef struct
{
  AthrWork *work;
  AthrYielder *yielder;
  guint base;
  guint number;      /* of the last value */
  guint n_values;
  gboolean exchanges;
  GRand *rand;
} Producer;

#define PRODUCER_BASE 1000000

/* The user data of the stream's function */
typedef struct
{
  AthrWork *work;
  guint n_producers;
  Producer producers[N_MAX_PRODUCERS];
} Job;

/* The worker that received a message frees it. */
static void
forget_sent (Producer *self,
             GValue   *sent)
{
  athr_worker_may_free = TRUE;
  if (G_IS_VALUE (sent))
    g_value_unset (sent);
  athr_worker_may_free = FALSE;
}

static gboolean
receive_sent (Producer *self)
{
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean received;

  received = athr_yielder_receive (self->yielder, &sent, &error) && G_IS_VALUE (&sent);
  received |= athr_is_tracked_error (error);
  athr_worker_may_free = TRUE;
  g_clear_error (&error);
  forget_sent (self, &sent);

  return received;
}

/* Yields one value. Returns whether the producer may continue. */
static gboolean
produce_next (Producer *self)
{
  AthrTracked tracked = { self->work->owner, self->base + ++self->number };
  g_auto (GValue) value = G_VALUE_INIT;
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean may_continue;

  g_value_init (&value, athr_tracked_get_type ());
  g_value_set_static_boxed (&value, &tracked);
  athr_worker_may_free = TRUE;
  may_continue = self->exchanges ? athr_yielder_exchange_value (self->yielder, &value, &sent, &error)
                                 : athr_yielder_yield_value (self->yielder, &value, &error);
  g_assert_true (may_continue == (error == NULL));
  may_continue |= athr_is_tracked_error (error);
  g_clear_error (&error);
  forget_sent (self, &sent);

  return may_continue;
}

static gpointer
produce_all (gpointer data)
{
  Producer *self = data;
  gboolean continues = TRUE;

  while (continues && self->number < self->n_values)
    {
      athr_random_pause (self->rand);
      continues = produce_next (self);
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
  GThread *threads[N_MAX_PRODUCERS];

  g_assert_cmpint (g_atomic_int_add (&self->work->n_runs, 1), ==, 0);
  for (guint i = 0; i < self->n_producers; i++)
    self->producers[i].yielder = yielder;
  for (guint i = 1; i < self->n_producers; i++)
    threads[i] = g_thread_new ("producer", produce_all, &self->producers[i]);
  produce_all (&self->producers[0]);
  for (guint i = 1; i < self->n_producers; i++)
    g_thread_join (threads[i]);
  athr_work_end (self->work, error);
}

static void
job_step (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Job *self = user_data;
  Producer *producer = &self->producers[0];

  g_assert_cmpint (g_atomic_int_add (&self->work->n_runs, 1), ==, 0);
  producer->yielder = yielder;
  while (athr_flip (producer->rand) && receive_sent (producer))
    ;
  for (int i = g_rand_int_range (producer->rand, 0, 3); i > 0 && producer->number < producer->n_values; i--)
    produce_next (producer);
  if (producer->number == producer->n_values)
    {
      athr_yielder_end (yielder);
      athr_work_end (self->work, error);
    }
  else
    {
      g_assert_cmpint (g_atomic_int_add (&self->work->n_runs, -1), ==, 1);
    }
}

static void
job_free (gpointer user_data)
{
  Job *self = user_data;

  for (guint i = 0; i < self->n_producers; i++)
    g_rand_free (self->producers[i].rand);
  athr_work_free (self->work);
  g_free (self);
}

/* The owner's thread */

/* One stream, and what the owner's thread got from it */
typedef struct
{
  AthrStream *stream;
  AthrOwner *owner;
  AthrRival *rival;
  GRand *rand;
  gboolean is_whole;           /* no value may be missing */
  guint numbers[N_MAX_PRODUCERS]; /* the last number from each producer */
  guint n_values;
  guint n_errors;
  gboolean has_ended;
  gboolean has_finished;
  guint n_under_way;
  guint depth;
} Reader;

/* The user data of one operation */
typedef struct
{
  Reader *reader;
} Request;

static void
reader_take (Reader       *self,
             const GValue *value)
{
  guint number = athr_tracked_number (value);
  guint *last = &self->numbers[number / PRODUCER_BASE];

  g_assert_false (self->has_finished || self->has_ended);
  g_assert_cmpuint (self->n_errors, ==, 0);
  number %= PRODUCER_BASE;
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
  g_assert_true (athr_is_tracked_error (error) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE));
  g_assert_false (self->has_ended);
  g_assert_cmpuint (++self->n_errors, ==, 1);
}

static Request *
request_new (Reader *self)
{
  Request *request = g_new0 (Request, 1);

  request->reader = self;
  self->n_under_way++;

  return request;
}

static Reader *
request_free (Request *request)
{
  Reader *reader = request->reader;

  reader->n_under_way--;
  g_free (request);

  return reader;
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Reader *self = request_free (user_data);
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
  Reader *self = request_free (user_data);
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
  request_free (user_data);
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
  AthrTracked tracked = { owner, 0 };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (!throws)
    {
      g_value_init (&value, athr_tracked_get_type ());
      g_value_set_static_boxed (&value, &tracked);
      athr_stream_send (self->stream, &value);
      return;
    }
  self->is_whole = FALSE;
  athr_set_tracked_error (&error, owner);
  athr_stream_throw (self->stream, error);
}

static void
try_some (Reader *self)
{
  g_auto (GValue) value = G_VALUE_INIT;

  /* The pending operations get the earlier values, but their callbacks run later. The test would
   * take this for a wrong order. */
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
        athr_stream_next_async (self->stream, cancellable, on_next, request_new (self));
      break;
    case 2:
    case 3:
      if (self->n_under_way < N_MAX_UNDER_WAY)
        athr_stream_next_batch_async (self->stream, max_values, cancellable, on_batch, request_new (self));
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

  job->work = athr_work_new (self->owner, self->rand);
  job->n_producers = steps || athr_flip (self->rand) ? 1 : g_rand_int_range (self->rand, 2, N_MAX_PRODUCERS + 1);
  for (guint i = 0; i < job->n_producers; i++)
    job->producers[i] = (Producer) { .work = job->work, .base = i * PRODUCER_BASE,
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

/* Takes the values that are left and the end. */
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
run_round (Reader       *self,
           AthrExecutor *executor)
{
  self->stream = make_stream (self, executor);
  for (int i = g_rand_int_range (self->rand, 0, 30); i > 0; i--)
    reader_act (self);

  switch (g_rand_int_range (self->rand, 0, 4))
    {
    case 0:
      athr_stream_close_async (self->stream, NULL, on_closed, request_new (self));
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

  g_test_summary ("Hazards 1 and 14: a stream does everything that it can do at once, and ends at a "
                  "random moment. Values keep their order, and everything is freed on its owner's thread");

  athr_owner_init (&owner, g_thread_self ());
  athr_rival_start (&rival);
  while (athr_stress_more (stress, 2500))
    {
      Reader reader = { .owner = &owner, .rival = &rival, .rand = stress->rand };

      run_round (&reader, executor);
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
