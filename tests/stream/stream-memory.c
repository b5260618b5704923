/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <malloc.h>

#include "stream-test.h"

/* How many of a million values exist at the same time. */

#define N_VALUES 1000000
#define N_FEWER (N_VALUES / 10) /* for the slower ways to take */
#define BUFFER_SIZE 64

/* How much the heap may grow meanwhile: much less than a tenth of the values would need. */
#define MAX_GROWTH (512 * 1024)

/* A boxed number that counts its copies. */
typedef struct
{
  guint number;
} Token;

static int n_alive; /* atomic */
static int n_most;  /* atomic; the most at the same time */

static Token *
token_copy (Token *self)
{
  int n = g_atomic_int_add (&n_alive, 1) + 1;
  int most;

  do
    most = g_atomic_int_get (&n_most);
  while (n > most && !g_atomic_int_compare_and_exchange (&n_most, most, n));

  return g_memdup2 (self, sizeof *self);
}

static void
token_free (Token *self)
{
  g_atomic_int_add (&n_alive, -1);
  g_free (self);
}

static GType token_get_type (void);

G_DEFINE_BOXED_TYPE (Token, token, token_copy, token_free)

static gsize
heap_in_use (void)
{
#if defined (__GLIBC__) && __GLIBC_PREREQ (2, 33)
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* What the consumer has seen. */
typedef struct
{
  gsize heap_before;
  gsize heap_most;
  guint n_values;
  guint n_taken;
} Meter;

static void
meter_take (Meter        *self,
            const GValue *value)
{
  Token *token = g_value_get_boxed (value);

  g_assert_cmpuint (token->number, ==, ++self->n_taken);
  if (self->n_taken % 1024 == 0)
    self->heap_most = MAX (self->heap_most, heap_in_use ());
}

static void
yield_tokens (AthrYielder  *yielder,
              gpointer      user_data,
              GError      **error)
{
  for (Token token = { 1 }; token.number <= GPOINTER_TO_UINT (user_data); token.number++)
    if (!athr_yielder_yield (yielder, error, token_get_type (), &token))
      return;
}

static void
step_tokens (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  Token *token = user_data;

  for (int i = 0; i < 16; i++)
    {
      token->number++;
      if (!athr_yielder_yield (yielder, error, token_get_type (), token))
        return;
    }
  if (token->number >= N_FEWER)
    athr_yielder_end (yielder);
}

static void
meter_begin (Meter *self,
             guint  n_values)
{
  *self = (Meter) { .heap_before = heap_in_use (), .n_values = n_values };
  g_atomic_int_set (&n_most, 0);
}

/* At most @n_more values existed besides those of a full buffer. */
static void
meter_end (Meter *self,
           int    n_more)
{
  g_assert_cmpuint (self->n_taken, ==, self->n_values);
  g_assert_cmpint (g_atomic_int_get (&n_most), <=, BUFFER_SIZE + n_more);
  g_assert_cmpint (g_atomic_int_get (&n_alive), ==, 0);
  g_test_message ("at most %d values, %" G_GSIZE_FORMAT " bytes more",
                  n_most, self->heap_most - MIN (self->heap_most, self->heap_before));
  g_assert_cmpuint (self->heap_most, <, self->heap_before + MAX_GROWTH);
}

static AthrStream *
stream_new (guint n_values)
{
  AthrStream *stream = athr_stream_new (yield_tokens, GUINT_TO_POINTER (n_values), NULL);

  athr_stream_set_buffer_size (stream, BUFFER_SIZE);

  return stream;
}

static void
take_all (AthrStream *stream,
          Meter      *meter)
{
  while (!athr_stream_is_done (stream))
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_true (athr_stream_next (stream, NULL, &value, NULL));
      if (G_IS_VALUE (&value))
        meter_take (meter, &value);
    }
}

static void
test_take (void)
{
  g_autoptr (AthrStream) stream = stream_new (N_FEWER);
  Meter meter;

  g_test_summary ("Besides the buffer there are two values: the reader asked for one, and the "
                  "producer holds the other");

  meter_begin (&meter, N_FEWER);
  take_all (stream, &meter);
  meter_end (&meter, 2);
}

static void
test_steps (void)
{
  Token token = { 0 };
  g_autoptr (AthrStream) stream = athr_stream_new_steps (step_tokens, &token, NULL);
  Meter meter;

  g_test_summary ("A step may overshoot by all of its values but one");

  athr_stream_set_buffer_size (stream, BUFFER_SIZE);
  meter_begin (&meter, N_FEWER);
  take_all (stream, &meter);
  meter_end (&meter, 2 + 15);
}

static void
on_value (AthrStream   *stream,
          const GValue *value,
          Meter        *meter)
{
  meter_take (meter, value);
}

static void
on_finished (AthrStream *stream,
             gboolean   *has_finished)
{
  *has_finished = TRUE;
}

static void
test_flow (void)
{
  g_autoptr (AthrStream) stream = stream_new (N_VALUES);
  gboolean has_finished = FALSE;
  Meter meter;

  g_test_summary ("The flow does not ask while its handler holds a value");

  meter_begin (&meter, N_VALUES);
  g_signal_connect (stream, "value", G_CALLBACK (on_value), &meter);
  g_signal_connect (stream, "finished", G_CALLBACK (on_finished), &has_finished);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, has_finished);
  meter_end (&meter, 2);
}

static void
take_batch (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  AthrStream *stream = ATHR_STREAM (source);
  g_autoptr (GArray) values = athr_stream_next_batch_finish (stream, result, NULL);

  for (guint i = 0; i < values->len; i++)
    meter_take (user_data, &g_array_index (values, GValue, i));
  if (values->len > 0)
    athr_stream_next_batch_async (stream, BUFFER_SIZE, NULL, take_batch, user_data);
}

static void
test_batches (void)
{
  g_autoptr (AthrStream) stream = stream_new (N_VALUES);
  Meter meter;

  g_test_summary ("A batch makes room for as many values as it took, so there are up to "
                  "twice the buffer");

  meter_begin (&meter, N_VALUES);
  athr_stream_next_batch_async (stream, BUFFER_SIZE, NULL, take_batch, &meter);
  athr_test_iterate_until (NULL, athr_stream_is_done (stream));
  athr_test_drain (NULL);
  meter_end (&meter, BUFFER_SIZE + 2);
}

static void
test_latest (void)
{
  g_autoptr (AthrStream) stream = stream_new (N_VALUES);
  Meter meter;

  g_test_summary ("With DROP_OLDEST the oldest values are freed as newer ones come");

  athr_stream_set_overflow (stream, ATHR_OVERFLOW_DROP_OLDEST);
  meter_begin (&meter, N_VALUES);
  athr_stream_start (stream);
  athr_test_iterate_until (NULL, athr_stream_get_state (stream) == ATHR_STREAM_STATE_ENDED);
  g_assert_cmpuint (athr_stream_get_n_dropped (stream), ==, N_VALUES - BUFFER_SIZE);
  meter.n_taken = N_VALUES - BUFFER_SIZE;
  take_all (stream, &meter);
  meter_end (&meter, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/memory/" path, test)
  add ("take", test_take);
  add ("steps", test_steps);
  add ("flow", test_flow);
  add ("batches", test_batches);
  add ("latest", test_latest);

  return g_test_run ();
}
