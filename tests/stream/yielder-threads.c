/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-player-test.h"

#define N_THREADS 4
#define N_EACH 250

/* One of several threads that use the same yielder. */
typedef struct
{
  AthrYielder *yielder;
  guint number;
  gboolean exchanges;
  gboolean is_answered; /* the answer to each number is the number plus 1,000,000 */
  guint n_given;
  guint n_answers;
  guint n_thrown;
} One;

typedef struct
{
  guint n_exchange;     /* how many of the threads exchange */
  gboolean is_answered;
  gboolean until_closed;
  One many[N_THREADS];
  AthrGate begun;
  int has_returned;     /* atomic */
} Many;

static gboolean
one_give (One     *self,
          guint    number,
          GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) sent = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, number);
  if (!self->exchanges)
    return athr_yielder_yield_value (self->yielder, &value, error);

  if (!athr_yielder_exchange_value (self->yielder, &value, &sent, error))
    return FALSE;
  if (self->is_answered)
    g_assert_true (G_IS_VALUE (&sent));
  if (G_IS_VALUE (&sent))
    {
      self->n_answers++;
      g_assert_cmpuint (g_value_get_uint (&sent), ==, number + 1000000);
    }

  return TRUE;
}

static gpointer
one_run (gpointer data)
{
  One *self = data;

  while (self->n_given < N_EACH)
    {
      g_autoptr (GError) error = NULL;

      if (!one_give (self, self->number * N_EACH + self->n_given, &error))
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
          self->n_thrown++;
        }
      self->n_given++;
    }

  return NULL;
}

static gpointer
one_run_until_closed (gpointer data)
{
  One *self = data;
  g_autoptr (GError) error = NULL;

  while (one_give (self, self->number, &error))
    ;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);

  return NULL;
}

static void
many_run (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  Many *self = user_data;
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    {
      self->many[i] = (One) { yielder, i, i < self->n_exchange, self->is_answered };
      threads[i] = g_thread_new ("yields", self->until_closed ? one_run_until_closed : one_run,
                                 &self->many[i]);
    }
  athr_gate_open (&self->begun);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_atomic_int_set (&self->has_returned, TRUE);
}

static AthrStream *
many_init (Many  *self,
           guint  n_exchange,
           guint  size)
{
  AthrStream *stream = athr_stream_new (many_run, self, NULL);

  *self = (Many) { .n_exchange = n_exchange };
  athr_gate_init (&self->begun);
  athr_stream_set_buffer_size (stream, size);

  return stream;
}

/* Takes the next value, which must be the next one of its thread. */
static guint
expect_in_order (AthrStream *stream,
                 guint      *n_taken)
{
  g_auto (GValue) value = G_VALUE_INIT;
  guint number;

  athr_test_take (stream, &value);
  number = g_value_get_uint (&value);
  g_assert_cmpuint (number % N_EACH, ==, n_taken[number / N_EACH]++);

  return number;
}

static void
test_values (void)
{
  static const guint sizes[] = { 0, 1, 3, 64 };

  g_test_summary ("When threads yield and exchange at once, each value comes once, and those "
                  "of a thread in order");

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint n_exchange = 0; n_exchange <= N_THREADS; n_exchange += 2)
      {
        Many many;
        g_autoptr (AthrStream) stream = many_init (&many, n_exchange, sizes[s]);
        guint n_taken[N_THREADS] = { 0, };

        for (guint i = 0; i < N_THREADS * N_EACH; i++)
          expect_in_order (stream, n_taken);
        athr_test_expect_end (stream);
        g_assert_true (many.has_returned);
        athr_gate_clear (&many.begun);
      }
}

static void
test_answers (void)
{
  g_test_summary ("A sent value reaches the exchange that yielded the value it answers");

  for (guint n_exchange = 1; n_exchange <= N_THREADS; n_exchange++)
    {
      Many many;
      g_autoptr (AthrStream) stream = many_init (&many, n_exchange, 0);
      guint n_taken[N_THREADS] = { 0, };

      many.is_answered = TRUE;
      for (guint i = 0; i < N_THREADS * N_EACH; i++)
        {
          guint number = expect_in_order (stream, n_taken);

          if (number / N_EACH < n_exchange)
            athr_test_send (stream, number + 1000000);
        }
      athr_test_expect_end (stream);
      for (guint i = 0; i < n_exchange; i++)
        g_assert_cmpuint (many.many[i].n_answers, ==, N_EACH);
      athr_gate_clear (&many.begun);
    }
}

static void
test_throws (void)
{
  Many many;
  g_autoptr (AthrStream) stream = many_init (&many, N_THREADS, 0);
  guint n_taken[N_THREADS] = { 0, };
  guint n_thrown[N_THREADS] = { 0, };

  g_test_summary ("A thrown error reaches the exchange that yielded the value it answers");

  for (guint i = 0; i < N_THREADS * N_EACH; i++)
    {
      guint number = expect_in_order (stream, n_taken);

      if (i % 3 == 0)
        athr_test_send (stream, number + 1000000);
      if (i % 3 == 1)
        athr_test_throw (stream);
      n_thrown[number / N_EACH] += i % 3 == 1;
    }
  athr_test_expect_end (stream);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_cmpuint (many.many[i].n_thrown, ==, n_thrown[i]);
  athr_gate_clear (&many.begun);
}

static void
test_closed (void)
{
  static const guint sizes[] = { 0, 1, 3 };

  g_test_summary ("After a close or a drop, the yields and exchanges of all threads fail, "
                  "wherever they wait");

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint i = 0; i < 30; i++)
      {
        Many many;
        g_autoptr (AthrStream) stream = many_init (&many, i % (N_THREADS + 1), sizes[s]);

        many.until_closed = TRUE;
        athr_stream_next_async (stream, NULL, NULL, NULL);
        athr_gate_pass (&many.begun);
        if (i % 3 > 0)
          athr_test_yield_until (athr_stream_get_n_buffered (stream) > 0);
        if (i % 2 == 0)
          athr_test_close (stream);
        g_clear_object (&stream);
        athr_test_iterate_until (NULL, g_atomic_int_get (&many.has_returned));
        athr_test_drain (NULL);
        athr_gate_clear (&many.begun);
      }
}

/* A producer whose other thread still exchanges when the function returns. */
typedef struct
{
  AthrYielder *yielder;
  GThread *thread;
} Left;

static gpointer
exchange_until_closed (gpointer data)
{
  Left *self = data;
  g_autoptr (GError) error = NULL;

  while (athr_yielder_exchange_value (self->yielder, NULL, NULL, &error))
    ;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_object_unref (self->yielder);

  return NULL;
}

static void
leave_thread (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  Left *self = user_data;

  self->yielder = g_object_ref (yielder);
  self->thread = g_thread_new ("left", exchange_until_closed, self);
  athr_yielder_yield_value (yielder, NULL, error);
}

static void
test_left (void)
{
  g_test_summary ("When the function returns, exchanges of other threads fail");

  for (guint size = 0; size < 3; size++)
    {
      Left left;
      g_autoptr (AthrStream) stream = athr_stream_new (leave_thread, &left, NULL);
      gboolean is_over = FALSE;

      athr_stream_set_buffer_size (stream, size);
      while (!is_over)
        {
          g_auto (GValue) value = G_VALUE_INIT;

          athr_test_take (stream, &value);
          is_over = !G_IS_VALUE (&value);
        }
      g_thread_join (left.thread);
    }
}

static gpointer
take_blocking (gpointer data)
{
  AthrStream *stream = data;
  guint n_taken = 0;

  for (;;)
    {
      g_auto (GValue) value = G_VALUE_INIT;
      g_autoptr (GError) error = NULL;

      athr_stream_next (stream, NULL, &value, &error);
      g_assert_no_error (error);
      if (!G_IS_VALUE (&value))
        return GUINT_TO_POINTER (n_taken);
      n_taken++;
    }
}

static void
test_takers (void)
{
  g_test_summary ("Several threads may take what several threads yield");

  for (guint size = 0; size < 3; size++)
    {
      Many many;
      g_autoptr (AthrStream) stream = many_init (&many, 2, size);
      GThread *threads[3];
      guint n_taken = 0;

      athr_stream_start (stream);
      for (guint i = 0; i < 3; i++)
        threads[i] = g_thread_new ("takes", take_blocking, stream);
      for (guint i = 0; i < 3; i++)
        n_taken += GPOINTER_TO_UINT (g_thread_join (threads[i]));
      g_assert_cmpuint (n_taken, ==, N_THREADS * N_EACH);
      athr_gate_clear (&many.begun);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/yielder/several/values", test_values);
  g_test_add_func ("/athr/yielder/several/answers", test_answers);
  g_test_add_func ("/athr/yielder/several/throws", test_throws);
  g_test_add_func ("/athr/yielder/several/closed", test_closed);
  g_test_add_func ("/athr/yielder/several/left", test_left);
  g_test_add_func ("/athr/yielder/several/takers", test_takers);

  return g_test_run ();
}
