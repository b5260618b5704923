/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdlib.h>

#include "stream/stream-flow-test.h"

/* Hazard 11. A subprocess exits while streams run. Leak checkers find what is never freed
 * through these variables, and do not call it a leak. */

static AthrFlow flow;
static GPtrArray *streams;

static void
ask_back (AthrYielder  *yielder,
          gpointer      user_data,
          GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) sent = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, 1);
  athr_yielder_exchange_value (yielder, &value, &sent, error);
}

static void
count_steps (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  if (athr_yielder_yield (yielder, error, G_TYPE_UINT, 1))
    g_atomic_int_inc (&flow.counter.n_yielded);
}

static void
leave_exchange (void)
{
  athr_flow_init_stream (&flow, 1, 0, athr_stream_new (ask_back, NULL, NULL));
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_yield_until (athr_stream_get_n_buffered (flow.counter.stream) == 1 &&
                         athr_executor_get_n_running (flow.counter.executor) == 0);
}

static void
leave_parked (void)
{
  athr_flow_init (&flow, 1, 1);
  streams = g_ptr_array_new ();
  for (int i = 0; i < 100; i++)
    {
      AthrStream *stream = athr_stream_new_steps (count_steps, NULL, NULL);

      athr_stream_set_executor (stream, flow.counter.executor);
      athr_stream_set_buffer_size (stream, 2);
      athr_stream_start (stream);
      g_ptr_array_add (streams, stream);
    }
  athr_test_yield_until (g_atomic_int_get (&flow.counter.n_yielded) == 200 &&
                         athr_executor_get_n_running (flow.counter.executor) == 0);
}

static void
leave_flowing (void)
{
  athr_flow_init (&flow, G_MAXUINT, 3);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_iterate_until (NULL, flow.number >= 10);
}

static void
exit_now (AthrFlow *self,
          guint     number)
{
  if (number == 3)
    exit (EXIT_SUCCESS);
}

static void
leave_in_handler (void)
{
  athr_flow_init (&flow, G_MAXUINT, 3);
  flow.act = exit_now;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_test_iterate_until (NULL, FALSE);
}

static void
leave_full (void)
{
  athr_flow_init (&flow, G_MAXUINT, 3);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_blocked (&flow.counter, 4);
}

static void
leave_destroys (void)
{
  athr_flow_init (&flow, G_MAXUINT, 3);
  athr_stream_set_flowing (flow.counter.stream, TRUE);
  athr_counter_await_blocked (&flow.counter, 4);
  g_clear_object (&flow.counter.stream);
  athr_counter_await_returned (&flow.counter);
}

static void
quit_at_three (AthrFlow *self,
               guint     number)
{
  if (number == 3)
    g_application_quit (g_application_get_default ());
}

static void
activate (GApplication *application,
          gpointer      user_data)
{
  flow.act = quit_at_three;
  athr_stream_set_flowing (flow.counter.stream, TRUE);
}

static void
leave_application (void)
{
  GApplication *application = g_application_new (NULL, G_APPLICATION_NON_UNIQUE);

  athr_flow_init (&flow, G_MAXUINT, 3);
  g_signal_connect (application, "activate", G_CALLBACK (activate), NULL);
  g_application_set_default (application);
  g_application_hold (application);
  g_assert_cmpint (g_application_run (application, 0, NULL), ==, 0);
  g_assert_cmpuint (flow.number, >=, 3);
  g_object_unref (application);
}

static const struct
{
  const char *path;
  void (*leave) (void);
} exits[] = {
  { "/athr/hazards/11-exit/in-exchange", leave_exchange },
  { "/athr/hazards/11-exit/parked-steps", leave_parked },
  { "/athr/hazards/11-exit/flowing", leave_flowing },
  { "/athr/hazards/11-exit/in-handler", leave_in_handler },
  { "/athr/hazards/11-exit/blocked-in-yield", leave_full },
  { "/athr/hazards/11-exit/destroys-queued", leave_destroys },
  { "/athr/hazards/11-exit/application", leave_application },
};

static void
test_exit (gconstpointer data)
{
  if (g_test_subprocess ())
    {
      exits[GPOINTER_TO_UINT (data)].leave ();
      exit (EXIT_SUCCESS);
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (exits); i++)
    g_test_add_data_func (exits[i].path, GUINT_TO_POINTER (i), test_exit);

  return g_test_run ();
}
