/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-player-test.h"
#include "stream-hazards-test.h"
#include "stream-source-test.h"

/* Yields 1, 2, 3 ..., and -1 in answer to an error. */
static void
count_and_answer (AthrYielder  *yielder,
                  gpointer      user_data,
                  GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  int number = 0;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, ++number);
  for (;;)
    {
      g_autoptr (GError) thrown = NULL;

      if (athr_yielder_exchange_value (yielder, &value, NULL, &thrown))
        g_value_set_int (&value, ++number);
      else if (g_error_matches (thrown, G_IO_ERROR, G_IO_ERROR_FAILED))
        g_value_set_int (&value, -1);
      else
        break;
    }
}

static AthrStream *
answerer_new (void)
{
  AthrStream *stream = athr_stream_new (count_and_answer, NULL, NULL);

  athr_stream_set_buffer_size (stream, 0);

  return stream;
}

static const int answers[] = { 1, 2, -1, 3, -1, -1, 4 };

/* Throws after some of the numbers; @n counts them. */
static void
throw_at_answerer (AthrStream *stream,
                   guint       n)
{
  if (n == 2 || n == 4 || n == 5)
    athr_test_throw (stream);
}

static void
test_answerer (gconstpointer is_blocking)
{
  g_autoptr (AthrStream) stream = answerer_new ();

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if (is_blocking)
        athr_stream_next (stream, NULL, &value, NULL);
      else
        athr_test_take (stream, &value);
      g_assert_cmpint (g_value_get_int (&value), ==, answers[i]);
      throw_at_answerer (stream, i + 1);
    }
}

static void
note_answer (AthrStream   *stream,
             const GValue *value,
             gpointer      user_data)
{
  guint *n_values = user_data;

  g_assert_cmpint (g_value_get_int (value), ==, answers[*n_values]);
  throw_at_answerer (stream, ++*n_values);
  if (*n_values == G_N_ELEMENTS (answers))
    athr_stream_set_flowing (stream, FALSE);
}

static void
test_answerer_flow (void)
{
  g_autoptr (AthrStream) stream = answerer_new ();
  guint n_values = 0;

  g_signal_connect (stream, "value", G_CALLBACK (note_answer), &n_values);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, n_values == G_N_ELEMENTS (answers));
}

static void
test_buffered (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("With a buffer, a thrown error fails the yield that takes its grant, and "
                  "the value of the yield is not put");

  athr_player_init (&player, 20, 2, FALSE);
  athr_stream_start (player.stream);
  athr_player_await (&player, "- -");
  athr_test_throw (player.stream);
  athr_test_expect_value (player.stream, 1);
  athr_player_await (&player, "- - boom -");
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "- - boom - -");
  athr_test_expect_value (player.stream, 4);
  athr_test_expect_value (player.stream, 5);
}

static void
test_exchange (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("In a buffered exchange a thrown error comes after the value was put");

  athr_player_init (&player, 20, 2, TRUE);
  athr_stream_start (player.stream);
  athr_player_await (&player, "-");
  athr_test_throw (player.stream);
  for (guint i = 1; i <= 4; i++)
    athr_test_expect_value (player.stream, i);
  athr_player_await (&player, "- boom - - -");
}

static void
test_lock_step (void)
{
  g_test_summary ("In lock-step a thrown error fails any yield after its value was put; the "
                  "next value is the answer");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 20, 0, i == 1);
      athr_test_expect_value (player.stream, 1);
      athr_test_throw (player.stream);
      athr_test_send (player.stream, 50);
      athr_test_expect_value (player.stream, 2);
      athr_player_await (&player, "boom");
      athr_test_expect_value (player.stream, 3);
      athr_player_await (&player, "boom 50");
    }
}

static void
test_first (void)
{
  g_test_summary ("In lock-step an error that is thrown before the first next fails the "
                  "first yield");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 20, 0, i == 1);
      athr_test_throw (player.stream);
      athr_test_expect_value (player.stream, 2);
      athr_player_await (&player, "boom");
    }
}

static void
test_several (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("Each next carries one error or value, in order");

  athr_player_init (&player, 20, 0, TRUE);
  athr_test_expect_value (player.stream, 1);
  athr_test_throw (player.stream);
  athr_test_send (player.stream, 50);
  athr_test_throw (player.stream);
  for (guint i = 2; i <= 5; i++)
    athr_test_expect_value (player.stream, i);
  athr_player_await (&player, "boom 50 boom -");
}

static void
test_passed_on (void)
{
  g_test_summary ("A producer that fails with the thrown error fails the stream with it");

  for (guint size = 0; size < 2; size++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 20, size, FALSE);
      player.passes_on = TRUE;
      athr_test_expect_value (player.stream, 1);
      if (size > 0)
        athr_test_expect_value (player.stream, 2);
      athr_test_throw (player.stream);
      if (size > 0)
        athr_test_expect_value (player.stream, 3);
      athr_test_expect_error (player.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpint (athr_stream_get_state (player.stream), ==, ATHR_STREAM_STATE_FAILED);
      g_assert_error (athr_stream_get_error (player.stream), G_IO_ERROR, G_IO_ERROR_FAILED);
      athr_test_expect_end (player.stream);
    }
}

static void
test_never_received (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("The stream fails with a thrown error that the function never received");

  athr_player_init (&player, 0, 0, FALSE);
  athr_test_throw (player.stream);
  athr_test_expect_error (player.stream, G_IO_ERROR, G_IO_ERROR_FAILED);
  athr_test_expect_end (player.stream);
}

static void
test_cancelled (void)
{
  g_auto (AthrPlayer) player = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

  g_test_summary ("The error that went with a cancelled next goes with the following next");

  athr_counter_init (&other, 0, 1);
  athr_counter_hold (&other, single);
  athr_player_init (&player, 20, 0, TRUE);
  athr_stream_set_executor (player.stream, single);
  athr_test_throw (player.stream);
  athr_test_ask_in_vain (player.stream);
  athr_test_send (player.stream, 50);
  athr_gate_open (&other.hold);
  athr_test_expect_value (player.stream, 2);
  athr_test_expect_value (player.stream, 3);
  athr_test_yield_until (g_atomic_int_get (&player.n_seen) == 2);
  g_assert_cmpstr (player.seen->str, ==, "boom 50");
}

static void
test_literal (void)
{
  g_auto (AthrPlayer) player = { 0 };

  athr_player_init (&player, 20, 0, TRUE);
  athr_test_expect_value (player.stream, 1);
  athr_stream_throw_literal (player.stream, G_FILE_ERROR, G_FILE_ERROR_NOENT, "gone");
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "gone");
}

static void
test_closed (void)
{
  g_test_summary ("A close comes before a thrown error, which then goes to no operation");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 20, 0, i == 1);
      athr_test_expect_value (player.stream, 1);
      athr_test_throw (player.stream);
      athr_test_close (player.stream);
      athr_player_await (&player, "closed");
      athr_test_expect_end (player.stream);
      g_assert_null (athr_stream_get_error (player.stream));
    }
}

static void
throw_fragile (AthrStream *stream)
{
  g_autoptr (GError) error = g_error_new_literal (fragile_error_quark (), 0, "fragile");

  fragile_error_get_private (error)->home = g_thread_self ();
  athr_stream_throw (stream, error);
}

static void
test_unreceived (void)
{
  g_test_summary ("A thrown error that the producer never received is freed at home, on "
                  "whatever thread the stream is dropped");

  for (int i = 0; i < 4; i++)
    {
      g_auto (AthrCounter) counter = { 0 };

      athr_counter_init (&counter, 20, 2);
      for (int j = 0; j < 3; j++)
        throw_fragile (counter.stream);
      if (i > 1)
        athr_stream_start (counter.stream);
      if (i & 1)
        athr_test_drop_on_thread (g_steal_pointer (&counter.stream));
      else
        g_clear_object (&counter.stream);
      await_deaths ();
      if (i < 2)
        athr_test_iterate_until (NULL, g_atomic_pointer_get (&counter.destroyed_on) != NULL);
    }
}

static void
hold_on (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  athr_gate_pass (user_data);
}

static void
test_home_dies (void)
{
  GMainContext *context = g_main_context_new ();
  AthrGate gate;
  g_autoptr (AthrExecutor) executor = athr_executor_new ("throw", 2);
  AthrStream *stream = athr_stream_new (hold_on, &gate, NULL);

  g_test_summary ("A thrown error that the function never receives may outlive the home of "
                  "the stream");

  athr_gate_init (&gate);
  g_main_context_push_thread_default (context);
  athr_stream_set_executor (stream, executor);
  athr_stream_set_buffer_size (stream, 0);
  athr_test_throw (stream);
  athr_stream_set_flowing (stream, TRUE);
  athr_gate_await (&gate, 1);
  g_object_unref (stream);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);

  athr_gate_open (&gate);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_gate_clear (&gate);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/stream/throw/answerer/asked", NULL, test_answerer);
  g_test_add_data_func ("/athr/stream/throw/answerer/blocking", "blocking", test_answerer);
  g_test_add_func ("/athr/stream/throw/answerer/flow", test_answerer_flow);
  g_test_add_func ("/athr/stream/throw/buffered", test_buffered);
  g_test_add_func ("/athr/stream/throw/exchange", test_exchange);
  g_test_add_func ("/athr/stream/throw/lock-step", test_lock_step);
  g_test_add_func ("/athr/stream/throw/first", test_first);
  g_test_add_func ("/athr/stream/throw/several", test_several);
  g_test_add_func ("/athr/stream/throw/passed-on", test_passed_on);
  g_test_add_func ("/athr/stream/throw/never-received", test_never_received);
  g_test_add_func ("/athr/stream/throw/cancelled", test_cancelled);
  g_test_add_func ("/athr/stream/throw/literal", test_literal);
  g_test_add_func ("/athr/stream/throw/closed", test_closed);
  g_test_add_func ("/athr/stream/throw/unreceived", test_unreceived);
  g_test_add_func ("/athr/stream/throw/home-dies", test_home_dies);

  return g_test_run ();
}
