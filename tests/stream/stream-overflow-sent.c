/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "stream-overflow-test.h"

/* What a producer that never waits receives, and steps that never wait. */

typedef void (*ScriptWork) (AthrYielder *yielder,
                            AthrLog     *log);

/* A producer that runs @work when @begin is open. */
typedef struct
{
  AthrStream *stream;
  AthrExecutor *executor;
  AthrGate begin;
  AthrLog log;         /* the worker's, until it has returned */
  ScriptWork work;
  guint n_steps;
} Script;

static void
script_run (AthrYielder  *yielder,
            gpointer      user_data,
            GError      **error)
{
  Script *self = user_data;

  athr_gate_pass (&self->begin);
  self->log.home = g_thread_self ();
  self->work (yielder, &self->log);
}

static void
script_init (Script       *self,
             AthrOverflow  overflow,
             ScriptWork    work)
{
  *self = (Script) { .work = work };
  athr_gate_init (&self->begin);
  athr_log_init (&self->log);
  self->executor = athr_executor_new ("script", 2);
  self->stream = athr_stream_new (script_run, self, NULL);
  athr_stream_set_executor (self->stream, self->executor);
  athr_stream_set_overflow (self->stream, overflow);
  athr_stream_set_buffer_size (self->stream, 4);
}

/* Lets the producer work, and compares what it logged. */
static void
script_await (Script     *self,
              const char *expected)
{
  athr_stream_start (self->stream);
  athr_gate_open (&self->begin);
  athr_test_iterate_until (NULL, athr_stream_get_state (self->stream) >= ATHR_STREAM_STATE_ENDED);
  g_assert_cmpstr (self->log.words->str, ==, expected);
}

static void
script_clear (Script *self)
{
  g_object_unref (self->stream);
  g_object_unref (self->executor);
  athr_gate_clear (&self->begin);
  athr_log_clear (&self->log);
}

static void
send (Script *self,
      guint   number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_UINT);
  g_value_set_uint (&value, number);
  athr_stream_send (self->stream, &value);
}

static void
log_sent (AthrLog      *log,
          gboolean      done,
          const GValue *sent,
          const GError *error)
{
  g_autofree char *word = NULL;

  g_assert_true (done == (error == NULL));
  if (!done)
    athr_log_add_error (log, error);
  else if (G_IS_VALUE (sent))
    athr_log_add (log, word = g_strdup_printf ("%u", g_value_get_uint (sent)));
  else
    athr_log_add (log, "nothing");
}

static void
receive (AthrYielder *yielder,
         AthrLog     *log)
{
  g_auto (GValue) sent = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean done = athr_yielder_receive (yielder, &sent, &error);

  log_sent (log, done, &sent, error);
}

static void
yield (AthrYielder *yielder,
       AthrLog     *log,
       guint        number)
{
  g_autoptr (GError) error = NULL;

  if (athr_yielder_yield (yielder, &error, G_TYPE_UINT, number))
    athr_log_add (log, "yielded");
  else
    athr_log_add_error (log, error);
}

static void
exchange (AthrYielder *yielder,
          AthrLog     *log)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) sent = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean done;

  g_value_init (&value, G_TYPE_UINT);
  done = athr_yielder_exchange_value (yielder, &value, &sent, &error);
  log_sent (log, done, &sent, error);
  yield (yielder, log, 1);
}

static void
test_exchange (gconstpointer overflow)
{
  Script script;

  g_test_summary ("An exchange of a producer that never waits is not supported, and does not "
                  "put its value");

  script_init (&script, GPOINTER_TO_INT (overflow), exchange);
  script_await (&script, "not-supported yielded");
  athr_test_expect_value (script.stream, 1);
  athr_test_expect_end (script.stream);
  script_clear (&script);
}

static void
receive_three (AthrYielder *yielder,
               AthrLog     *log)
{
  receive (yielder, log);
  receive (yielder, log);
  yield (yielder, log, 1);
  receive (yielder, log);
}

static void
test_receive (void)
{
  g_auto (AthrLog) log = { 0 };
  Script script;

  g_test_summary ("Each receive gets the next message that is attached to a grant, whatever "
                  "was yielded");

  athr_log_init (&log);
  script_init (&script, ATHR_OVERFLOW_DROP_OLDEST, receive_three);
  for (guint i = 1; i <= 3; i++)
    send (&script, i);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  script_await (&script, "1 2 yielded nothing");
  athr_log_await (&log, "1 end");
  script_clear (&script);
}

static void
test_unasked (void)
{
  Script script;

  g_test_summary ("A message waits until a reader asks");

  script_init (&script, ATHR_OVERFLOW_DROP_NEWEST, receive_three);
  send (&script, 1);
  script_await (&script, "nothing nothing yielded nothing");
  script_clear (&script);
}

static void
yield_three (AthrYielder *yielder,
             AthrLog     *log)
{
  for (guint i = 1; i <= 3; i++)
    yield (yielder, log, i);
  receive (yielder, log);
}

static void
test_throw (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (GError) boom = athr_test_boom ();
  Script script;

  g_test_summary ("A thrown error fails a yield, whose value is not put; the next yields "
                  "succeed");

  athr_log_init (&log);
  script_init (&script, ATHR_OVERFLOW_DROP_OLDEST, yield_three);
  send (&script, 7);
  athr_stream_throw (script.stream, boom);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  script_await (&script, "boom yielded yielded 7");
  athr_log_await (&log, "2 3");
  script_clear (&script);
}

static void
test_throw_twice (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (GError) boom = athr_test_boom ();
  Script script;

  g_test_summary ("Each thrown error fails one yield");

  athr_log_init (&log);
  script_init (&script, ATHR_OVERFLOW_DROP_OLDEST, yield_three);
  for (int i = 0; i < 2; i++)
    {
      athr_stream_throw (script.stream, boom);
      athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
    }
  script_await (&script, "boom boom yielded nothing");
  athr_log_await (&log, "3 end");
  script_clear (&script);
}

static void
test_throw_received (void)
{
  g_auto (AthrLog) log = { 0 };
  g_autoptr (GError) boom = athr_test_boom ();
  Script script;

  athr_log_init (&log);
  script_init (&script, ATHR_OVERFLOW_DROP_OLDEST, receive_three);
  athr_stream_throw (script.stream, boom);
  send (&script, 7);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  script_await (&script, "boom 7 yielded nothing");
  athr_log_await (&log, "1 end");
  script_clear (&script);
}

static void
test_undelivered (void)
{
  GThread *finalized_on = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  Script script;

  g_test_summary ("A message that the producer never received is freed at home with the "
                  "stream");

  script_init (&script, ATHR_OVERFLOW_DROP_OLDEST, yield_three);
  g_value_init (&value, G_TYPE_OBJECT);
  g_value_take_object (&value, athr_witness_new (&finalized_on));
  athr_stream_send (script.stream, &value);
  g_value_unset (&value);
  script_await (&script, "yielded yielded yielded nothing");
  g_assert_null (finalized_on);
  script_clear (&script);
  g_assert_true (finalized_on == g_thread_self ());
}

/* Runs @n_steps steps, each with two values. */
static void
step (AthrYielder  *yielder,
      gpointer      user_data,
      GError      **error)
{
  Script *self = user_data;

  athr_gate_pass (&self->begin);
  self->log.home = g_thread_self ();
  if (++self->n_steps == 6)
    athr_yielder_end (yielder);
  else
    for (guint i = 1; i <= 2; i++)
      yield (yielder, &self->log, 10 * self->n_steps + i);
}

static void
check_steps (AthrOverflow  overflow,
             const char   *log_of_steps,
             guint         n_steps,
             const char   *expected)
{
  g_auto (AthrLog) log = { 0 };
  Script script;

  athr_log_init (&log);
  script_init (&script, overflow, NULL);
  g_object_unref (script.stream);
  script.stream = athr_stream_new_steps (step, &script, NULL);
  athr_stream_set_executor (script.stream, script.executor);
  athr_stream_set_overflow (script.stream, overflow);
  athr_stream_set_buffer_size (script.stream, 3);
  script_await (&script, log_of_steps);
  g_assert_cmpuint (script.n_steps, ==, n_steps);
  for (guint i = 0; i < 5; i++)
    athr_stream_next_async (script.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, expected);
  script_clear (&script);
}

static void
test_steps (void)
{
  const char *all = "yielded yielded yielded yielded yielded "
                    "yielded yielded yielded yielded yielded";

  g_test_summary ("Steps that never wait run without demand");

  check_steps (ATHR_OVERFLOW_DROP_OLDEST, all, 6, "42 51 52 end end");
  check_steps (ATHR_OVERFLOW_DROP_NEWEST, all, 6, "11 12 21 end end");
}

static void
test_steps_fail (void)
{
  g_test_summary ("The step that overflows is the last one");

  check_steps (ATHR_OVERFLOW_FAIL,
               "yielded yielded yielded The buffer of 3 values overflowed", 2,
               "11 12 21 The buffer of 3 values overflowed end");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/stream/overflow/" path, test)
#define add_overflow(path, overflow, test) \
  g_test_add_data_func ("/athr/stream/overflow/" path, GINT_TO_POINTER (overflow), test)
  add_overflow ("exchange/oldest", ATHR_OVERFLOW_DROP_OLDEST, test_exchange);
  add_overflow ("exchange/newest", ATHR_OVERFLOW_DROP_NEWEST, test_exchange);
  add_overflow ("exchange/fail", ATHR_OVERFLOW_FAIL, test_exchange);
  add ("receive", test_receive);
  add ("receive/unasked", test_unasked);
  add ("throw", test_throw);
  add ("throw/twice", test_throw_twice);
  add ("throw/received", test_throw_received);
  add ("undelivered", test_undelivered);
  add ("steps", test_steps);
  add ("steps/fail", test_steps_fail);

  return g_test_run ();
}
