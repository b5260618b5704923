/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-flow-test.h"

/* Hazard 13. The consumer sends, throws or closes while the producer computes. */

typedef struct
{
  AthrGate computing; /* the function passes it between its two values */
  int is_entered;     /* atomic */
  int has_returned;   /* atomic */
  guint sent;
  GError *error;      /* of the exchange; set when the function has returned */
  GThread *ran_on;
} Computer;

static void
compute (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Computer *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) sent = G_VALUE_INIT;

  g_assert_true (g_atomic_int_compare_and_exchange (&self->is_entered, FALSE, TRUE));
  self->ran_on = g_thread_self ();
  g_assert_true (athr_yielder_yield (yielder, NULL, G_TYPE_UINT, 1));
  athr_gate_pass (&self->computing);
  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 2);
  if (athr_yielder_exchange_value (yielder, &value, &sent, &self->error))
    self->sent = G_IS_VALUE (&sent) ? g_value_get_uint (&sent) : 0;
  g_assert_true (g_thread_self () == self->ran_on);
  g_atomic_int_set (&self->is_entered, FALSE);
  g_atomic_int_set (&self->has_returned, TRUE);
}

typedef enum { COMPUTE_SEND, COMPUTE_THROW, COMPUTE_CLOSE } ComputeCase;

static void
interrupt (AthrStream  *stream,
           AthrLog     *log,
           ComputeCase  how)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 7);
  if (how == COMPUTE_SEND)
    athr_stream_send (stream, &value);
  else if (how == COMPUTE_THROW)
    athr_stream_throw_literal (stream, G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
  else
    athr_stream_close_async (stream, NULL, athr_log_close, log);
}

static void
test_compute (gconstpointer data)
{
  ComputeCase how = GPOINTER_TO_INT (data);
  g_autoptr (AthrStream) stream = NULL;
  g_auto (AthrLog) log = { 0, };
  Computer computer = { .sent = 0 };

  g_test_summary ("Hazard 13: a message or a close reaches the producer in the wait after "
                  "its computation");

  athr_log_init (&log);
  athr_gate_init (&computer.computing);
  stream = athr_stream_new (compute, &computer, NULL);
  athr_stream_set_buffer_size (stream, 2);
  athr_stream_start (stream);
  athr_gate_await (&computer.computing, 1);
  interrupt (stream, &log, how);

  /* The first request after the message carries the message; the function still computes. */
  athr_stream_next_async (stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "1");
  g_assert_true (g_atomic_int_get (&computer.is_entered));
  g_assert_false (g_atomic_int_get (&computer.has_returned));
  athr_gate_open (&computer.computing);
  athr_test_yield_until (g_atomic_int_get (&computer.has_returned));

  if (how == COMPUTE_CLOSE)
    {
      athr_log_await (&log, "1 close");
      g_assert_error (computer.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
    }
  else
    {
      athr_test_expect_value (stream, 2);
      if (how == COMPUTE_THROW)
        g_assert_error (computer.error, G_IO_ERROR, G_IO_ERROR_FAILED);
      else
        g_assert_cmpuint (computer.sent, ==, 7);
    }
  athr_test_expect_end (stream);
  athr_test_drain (NULL);
  g_assert_true (computer.ran_on != g_thread_self ());
  g_clear_error (&computer.error);
  athr_gate_clear (&computer.computing);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/hazards/13-compute/send", GINT_TO_POINTER (COMPUTE_SEND), test_compute);
  g_test_add_data_func ("/athr/hazards/13-compute/throw", GINT_TO_POINTER (COMPUTE_THROW), test_compute);
  g_test_add_data_func ("/athr/hazards/13-compute/close", GINT_TO_POINTER (COMPUTE_CLOSE), test_compute);

  return g_test_run ();
}
