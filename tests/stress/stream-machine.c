/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "machine-test.h"

/* Random operations on streams, and a model of what a stream must do: values come in order, once
 * and all of them; each operation is answered once, in order, in its context; everything is freed
 * on the owner's thread, once. */

#define MAX_VALUES 31 /* a set of values has a bit for each */

static inline guint
bit (guint number)
{
  return 1u << number;
}

static guint
count_bits (guint set)
{
  guint n = 0;

  for (; set != 0; set &= set - 1)
    n++;

  return n;
}

/* The user data of the function */
typedef struct
{
  AthrOwner *owner;
  GRand *rand;
  guint n_values;
  gboolean fails;
  gboolean waits;     /* the function waits for room */
  gboolean is_locked; /* in lock-step */
  guint number;       /* of the last value */
  guint given;        /* atomic; values whose yield has returned TRUE */
  guint refused;      /* atomic; values that were not given */
  guint maybe;        /* atomic; values that may have been given: their yield failed as it waited
                       * for the next demand */
  guint last_received;
  int n_runs;         /* atomic */
} Producer;

static gboolean
producer_yield (Producer    *self,
                AthrYielder *yielder)
{
  gboolean exchanges = self->waits && athr_one_in (self->rand, 4);
  AthrTracked tracked = { self->owner, ++self->number };
  g_auto (GValue) value = G_VALUE_INIT;
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean is_given, goes_on;

  g_value_init (&value, athr_tracked_get_type ());
  g_value_set_static_boxed (&value, &tracked);
  athr_worker_may_free = TRUE;
  is_given = exchanges ? athr_yielder_exchange_value (yielder, &value, &sent, &error)
                       : athr_yielder_yield_value (yielder, &value, &error);
  g_assert_true (is_given == (error == NULL));
  goes_on = is_given || athr_is_tracked_error (error);
  g_assert_true (goes_on || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
                 g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE));
  if (is_given)
    g_atomic_int_or (&self->given, bit (self->number));
  else if (exchanges || self->is_locked)
    g_atomic_int_or (&self->maybe, bit (self->number));
  else
    g_atomic_int_or (&self->refused, bit (self->number));
  if (G_IS_VALUE (&sent))
    {
      g_assert_cmpuint (athr_tracked_number (&sent), >, self->last_received);
      self->last_received = athr_tracked_number (&sent);
      g_value_unset (&sent);
    }
  g_clear_error (&error);
  athr_worker_may_free = FALSE;

  return goes_on;
}

static gboolean
producer_receive (Producer    *self,
                  AthrYielder *yielder)
{
  GValue sent = G_VALUE_INIT;
  GError *error = NULL;
  gboolean has_come;

  athr_worker_may_free = TRUE;
  g_assert_true (athr_yielder_receive (yielder, &sent, &error) == (error == NULL));
  has_come = G_IS_VALUE (&sent) || athr_is_tracked_error (error);
  g_clear_error (&error);
  if (G_IS_VALUE (&sent))
    {
      g_assert_cmpuint (athr_tracked_number (&sent), >, self->last_received);
      self->last_received = athr_tracked_number (&sent);
      g_value_unset (&sent);
    }
  athr_worker_may_free = FALSE;

  return has_come;
}

static void
producer_end (Producer  *self,
              GError   **error)
{
  if (self->fails)
    athr_set_tracked_error (error, self->owner);
}

static void
producer_run (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  Producer *self = user_data;
  gboolean goes_on = TRUE;

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  while (goes_on && self->number < self->n_values)
    {
      athr_random_pause (self->rand);
      while (athr_one_in (self->rand, 3) && producer_receive (self, yielder))
        ;
      goes_on = producer_yield (self, yielder);
    }
  producer_end (self, error);
  g_assert_cmpint (g_atomic_int_add (&self->n_runs, -1), ==, 1);
}

static void
producer_step (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  Producer *self = user_data;

  g_assert_cmpint (g_atomic_int_add (&self->n_runs, 1), ==, 0);
  while (athr_one_in (self->rand, 3) && producer_receive (self, yielder))
    ;
  for (int i = g_rand_int_range (self->rand, 0, 3); i > 0 && self->number < self->n_values; i--)
    if (!producer_yield (self, yielder))
      break;
  if (self->number == self->n_values)
    {
      athr_yielder_end (yielder);
      producer_end (self, error);
    }
  g_assert_cmpint (g_atomic_int_add (&self->n_runs, -1), ==, 1);
}

/* The owner's thread */

typedef struct
{
  AthrArena *arena;
  GRand *rand;
  GMainContext *context;
  AthrOwner owner;
  AthrStream *stream; /* NULL when the machine has dropped it */
  Producer producer;
  AthrOverflow overflow;
  guint n_left;       /* operations until the end */
  guint depth;        /* of handlers */

  /* The model */
  GQueue requests;    /* (element-type AthrRequest); the oldest first */
  guint taken;        /* values */
  guint last;         /* value */
  guint n_sent;
  guint n_errors;
  AthrStreamState state;
  gboolean has_flowed;
  gboolean has_thrown;
  gboolean was_closed;
  gboolean has_ended;
  gboolean has_finished;
  int n_destroyed;
  int is_finalized;   /* atomic */
} Machine;

static void machine_act (Machine *self);

static void
machine_act_inside (Machine *self)
{
  self->depth++;
  while (self->depth < MAX_DEPTH && athr_one_in (self->rand, 4))
    machine_act (self);
  self->depth--;
}

static guint
machine_count_readers (Machine  *self,
                       gboolean  only_certain)
{
  guint n = 0;

  for (GList *l = self->requests.head; l != NULL; l = l->next)
    {
      AthrRequest *request = l->data;

      n += !request->is_close && !(only_certain && request->may_be_cancelled);
    }

  return n;
}

static void
machine_take (Machine      *self,
              const GValue *value)
{
  guint number = athr_tracked_number (value);
  guint skipped;

  g_assert_false (self->has_ended);
  g_assert_cmpuint (self->n_errors, ==, 0);
  g_assert_cmpuint (number, >, self->last);
  skipped = bit (number) - bit (self->last + 1);
  if (self->overflow == ATHR_OVERFLOW_BLOCK || self->overflow == ATHR_OVERFLOW_FAIL)
    g_assert_cmphex (skipped & ~(g_atomic_int_get (&self->producer.refused) |
                                 g_atomic_int_get (&self->producer.maybe)), ==, 0);
  self->taken |= bit (number);
  self->last = number;
}

/* FALSE: the operation was cancelled. */
static gboolean
machine_take_error (Machine      *self,
                    const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;

  g_assert_true (athr_is_tracked_error (error) ||
                 g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE));
  g_assert_true (self->producer.fails || self->has_thrown || self->overflow == ATHR_OVERFLOW_FAIL);

  return TRUE;
}

/* Ends a request, which was answered. */
static Machine *
machine_answer (AthrRequest  *request,
                const GError *error)
{
  gboolean was_cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  Machine *self = request->machine;

  athr_assert_home (&self->owner, self->context);
  g_assert_true (request->may_be_cancelled || !was_cancelled);
  for (GList *l = request->link.prev; l != NULL && !was_cancelled; l = l->prev)
    {
      AthrRequest *earlier = l->data;

      g_assert_true (earlier->may_be_cancelled || earlier->is_close);
    }
  athr_request_free (request);

  return self;
}

static void
on_next (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean succeeded = athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, &error);
  Machine *self = machine_answer (user_data, error);

  if (!succeeded && machine_take_error (self, error))
    g_assert_cmpuint (++self->n_errors, ==, 1);
  if (G_IS_VALUE (&value))
    machine_take (self, &value);
  self->has_ended |= succeeded && !G_IS_VALUE (&value);
  g_assert_true (!self->has_ended || athr_stream_is_done (ATHR_STREAM (source)));
  machine_act_inside (self);
}

static void
on_batch (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) values = athr_stream_next_batch_finish (ATHR_STREAM (source), result, &error);
  guint max = ((AthrRequest *) user_data)->max;
  Machine *self = machine_answer (user_data, error);

  if (values == NULL && machine_take_error (self, error))
    g_assert_cmpuint (++self->n_errors, ==, 1);
  g_assert_true (values == NULL || values->len <= max);
  for (guint i = 0; values != NULL && i < values->len; i++)
    machine_take (self, &g_array_index (values, GValue, i));
  self->has_ended |= values != NULL && values->len == 0;
  machine_act_inside (self);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean is_closed = athr_stream_close_finish (ATHR_STREAM (source), result, &error);
  Machine *self = machine_answer (user_data, error);

  g_assert_true (is_closed == (error == NULL));
  if (is_closed || machine_take_error (self, error))
    g_assert_cmpint (g_atomic_int_get (&self->producer.n_runs), ==, 0);
  machine_act_inside (self);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Machine      *self)
{
  athr_assert_home (&self->owner, self->context);
  g_assert_true (athr_stream_get_flowing (stream) && !self->has_finished);
  g_assert_cmpuint (machine_count_readers (self, TRUE), ==, 0);
  machine_take (self, value);
  machine_act_inside (self);
}

/* It runs no nested main loop: GObject would emit the next notification of the property later,
 * perhaps after `finished`. */
static void
on_state (AthrStream *stream,
          GParamSpec *pspec,
          Machine    *self)
{
  AthrStreamState state = athr_stream_get_state (stream);

  athr_assert_home (&self->owner, self->context);
  g_assert_false (self->has_finished);
  g_assert_cmpint (state, >, self->state);
  self->state = state;
}

static void
on_finished (AthrStream *stream,
             Machine    *self)
{
  athr_assert_home (&self->owner, self->context);
  g_assert_false (self->has_finished);
  g_assert_cmpint (self->n_destroyed, ==, 1);
  g_assert_cmpint (athr_stream_get_state (stream), >=, ATHR_STREAM_STATE_ENDED);
  self->has_finished = TRUE;
  machine_act_inside (self);
}

static void
on_destroyed (gpointer user_data)
{
  Machine *self = (Machine *) ((char *) user_data - G_STRUCT_OFFSET (Machine, producer));

  g_assert_true (g_thread_self () == self->owner.thread);
  g_assert_cmpint (self->producer.n_runs, ==, 0);
  g_assert_cmpint (++self->n_destroyed, ==, 1);
}

static void
machine_send (Machine  *self,
              gboolean  throws)
{
  AthrTracked tracked = { &self->owner, ++self->n_sent };
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  if (throws)
    {
      self->has_thrown = TRUE;
      athr_set_tracked_error (&error, &self->owner);
      athr_stream_throw (self->stream, error);
      return;
    }

  g_value_init (&value, athr_tracked_get_type ());
  g_value_set_static_boxed (&value, &tracked);
  athr_stream_send (self->stream, &value);
}

/* A blocking next gets its answer at once, or fails since this thread has to answer an earlier
 * one. */
static void
machine_block (Machine *self)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean would_block = machine_count_readers (self, TRUE) > 0;
  gboolean succeeded;

  /* The model does not know whether such a request is still there. */
  if (!would_block && machine_count_readers (self, FALSE) > 0)
    return;

  succeeded = athr_stream_next (self->stream, NULL, &value, &error);
  if (would_block)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  else if (!succeeded && machine_take_error (self, error))
    g_assert_cmpuint (++self->n_errors, ==, 1);
  else if (G_IS_VALUE (&value))
    machine_take (self, &value);
  else
    self->has_ended = TRUE;
}

static void
machine_close (Machine *self)
{
  AthrRequest *request = athr_request_new (self, &self->requests);

  request->is_close = TRUE;
  self->was_closed = TRUE;
  athr_stream_close_async (self->stream, request->cancellable, on_closed, request);
  g_assert_false (athr_stream_get_flowing (self->stream) && !self->has_finished);
}

static void
machine_ask (Machine  *self,
             gboolean  is_batch)
{
  AthrRequest *request = athr_request_new (self, &self->requests);

  request->max = g_rand_int_range (self->rand, 1, 5);
  if (is_batch)
    athr_stream_next_batch_async (self->stream, request->max, request->cancellable,
                                  on_batch, request);
  else
    athr_stream_next_async (self->stream, request->cancellable, on_next, request);
}

static void
machine_iterate (Machine *self)
{
  for (int i = g_rand_int_range (self->rand, 1, 4); i > 0; i--)
    g_main_context_iteration (self->context, FALSE);
}

static void
machine_use_stream (Machine *self)
{
  AthrRequest *request = athr_request_pick (&self->requests, self->rand);
  g_auto (GValue) value = G_VALUE_INIT;

  switch (g_rand_int_range (self->rand, 0, 22))
    {
    case 0 ... 3:
      if (self->requests.length < MAX_REQUESTS)
        machine_ask (self, FALSE);
      break;
    case 4 ... 7:
      if (self->requests.length < MAX_REQUESTS)
        machine_ask (self, TRUE);
      break;
    case 8 ... 10:
      self->has_flowed = TRUE;
      athr_stream_set_flowing (self->stream, !athr_stream_get_flowing (self->stream));
      break;
    case 11 ... 13:
      machine_send (self, athr_one_in (self->rand, 5));
      break;
    case 14 ... 15:
      /* A value behind those of pending requests comes too early for the model. */
      if (machine_count_readers (self, FALSE) == 0 && athr_stream_try_next (self->stream, &value))
        machine_take (self, &value);
      break;
    case 16 ... 17:
      machine_block (self);
      break;
    case 18 ... 19:
      if (request != NULL)
        athr_request_cancel (request, self->arena);
      break;
    case 20:
      athr_stream_start (self->stream);
      break;
    default:
      if (self->requests.length < MAX_REQUESTS && athr_one_in (self->rand, 8))
        machine_close (self);
    }
}

static void
machine_act (Machine *self)
{
  g_main_context_push_thread_default (self->context);
  if (self->stream == NULL || athr_flip (self->rand))
    machine_iterate (self);
  else
    machine_use_stream (self);
  g_main_context_pop_thread_default (self->context);
}

static Machine *
machine_new (AthrArena *arena)
{
  GRand *rand = arena->rand;
  Machine *self = g_new0 (Machine, 1);
  gboolean has_steps = athr_one_in (rand, 3);
  guint size = athr_one_in (rand, 8) ? G_MAXUINT : (guint) g_rand_int_range (rand, 0, 5);

  self->arena = arena;
  self->rand = rand;
  self->context = athr_arena_make_context (arena);
  self->n_left = g_rand_int_range (rand, 0, 150);
  self->overflow = athr_flip (rand) ? ATHR_OVERFLOW_BLOCK : g_rand_int_range (rand, 0, 4);
  athr_owner_init (&self->owner, g_thread_self ());
  self->producer = (Producer) {
    .owner = &self->owner,
    .rand = g_rand_new_with_seed (g_rand_int (rand)),
    .n_values = g_rand_int_range (rand, 0, MAX_VALUES),
    .fails = athr_one_in (rand, 3),
    .waits = !has_steps && self->overflow == ATHR_OVERFLOW_BLOCK,
  };
  self->producer.is_locked = self->producer.waits && size == 0;

  g_main_context_push_thread_default (self->context);
  self->stream = has_steps ? athr_stream_new_steps (producer_step, &self->producer, on_destroyed)
                           : athr_stream_new (producer_run, &self->producer, on_destroyed);
  athr_stream_set_executor (self->stream, arena->executor);
  athr_stream_set_buffer_size (self->stream, size);
  athr_stream_set_overflow (self->stream, self->overflow);
  athr_stream_set_delivery_priority (self->stream, athr_flip (rand) ? G_PRIORITY_DEFAULT : 100);
  g_signal_connect (self->stream, "value", G_CALLBACK (on_value), self);
  g_signal_connect (self->stream, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect (self->stream, "finished", G_CALLBACK (on_finished), self);
  g_object_weak_ref (G_OBJECT (self->stream), athr_note_finalized, &self->is_finalized);
  g_main_context_pop_thread_default (self->context);

  return self;
}

/* Takes what is left, and checks that nothing was lost. */
static void
machine_drain (Machine *self)
{
  Producer *producer = &self->producer;

  while (!self->has_ended)
    {
      machine_ask (self, athr_flip (self->rand));
      athr_test_iterate_until (self->context, self->requests.length == 0);
    }
  athr_test_iterate_until (self->context, self->has_finished && self->requests.length == 0);

  g_assert_cmphex (self->taken & ~(producer->given | producer->maybe), ==, 0);
  if (self->overflow == ATHR_OVERFLOW_BLOCK || self->overflow == ATHR_OVERFLOW_FAIL)
    g_assert_cmphex (producer->given & ~self->taken, ==, 0);
  g_assert_cmpuint (athr_stream_get_n_dropped (self->stream), ==,
                    count_bits (producer->given & ~self->taken));
  if (self->overflow == ATHR_OVERFLOW_BLOCK && !self->was_closed && !self->has_thrown)
    {
      g_assert_cmpuint (count_bits (self->taken), ==, producer->n_values);
      g_assert_cmpuint (self->n_errors, <=, (guint) producer->fails);
      g_assert_true (self->has_flowed || self->n_errors == (guint) producer->fails);
    }
}

static void
machine_free (Machine *self)
{
  athr_test_iterate_until (self->context, self->requests.length == 0 && self->n_destroyed == 1 &&
                                          g_atomic_int_get (&self->is_finalized));
  athr_owner_await_end (&self->owner, self->context);
  athr_rival_await (&self->arena->rival);
  g_rand_free (self->producer.rand);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
machine_end (Machine *self)
{
  g_main_context_push_thread_default (self->context);
  if (athr_one_in (self->rand, 3))
    machine_close (self);
  if (athr_flip (self->rand))
    machine_drain (self);
  g_main_context_pop_thread_default (self->context);
  athr_drop_somewhere (g_steal_pointer (&self->stream), &self->arena->rival, self->rand);
  machine_free (self);
}

static void
test_streams (AthrStress *stress)
{
  Machine *machines[N_MACHINES] = { NULL };
  AthrArena arena;
  guint n_machines = 0;

  g_test_summary ("Random operations on streams, compared with a model: order, loss, doubles, one "
                  "answer for each operation, threads and contexts, and what is freed");

  athr_arena_init (&arena, stress);
  while (athr_stress_more (stress, 1000000))
    {
      int i = g_rand_int_range (stress->rand, 0, N_MACHINES);

      if (machines[i] == NULL)
        {
          machines[i] = machine_new (&arena);
          n_machines++;
        }
      machine_act (machines[i]);
      if (machines[i]->n_left-- == 0)
        machine_end (g_steal_pointer (&machines[i]));
    }
  for (int i = 0; i < N_MACHINES; i++)
    if (machines[i] != NULL)
      machine_end (machines[i]);
  athr_arena_clear (&arena);
  g_test_message ("%u streams", n_machines);
}

int
main (int    argc,
      char **argv)
{
  athr_stress_init (&argc, &argv);

  athr_stress_add ("/athr/stream/stress/machine", test_streams);

  return g_test_run ();
}
