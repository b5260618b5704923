/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-player-test.h"
#include "stream-source-test.h"

static void
test_begin (void)
{
  g_auto (AthrPlayer) player = { 0 };
  GValue value = G_VALUE_INIT;

  g_test_summary ("The producer does not begin before the first next, even if the stream was "
                  "started");

  athr_player_init (&player, 2, 0, FALSE);
  athr_stream_start (player.stream);
  athr_test_drain (NULL);
  g_assert_false (athr_stream_try_next (player.stream, &value));
  g_assert_cmpint (athr_stream_get_state (player.stream), ==, ATHR_STREAM_STATE_RUNNING);
  g_assert_cmpuint (athr_executor_get_n_running (player.executor), ==, 0);
  g_assert_cmpuint (athr_executor_get_n_queued (player.executor), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&player.n_begun), ==, 0);
  athr_test_expect_value (player.stream, 1);
  g_assert_cmpint (g_atomic_int_get (&player.n_begun), ==, 1);
}

static void
test_yield (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("A yield returns when the next value is asked for, not when its own value "
                  "is taken");

  athr_player_init (&player, 3, 0, FALSE);
  athr_test_expect_value (player.stream, 1);
  athr_player_await (&player, "");
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "-");
  athr_test_expect_value (player.stream, 3);
  athr_player_await (&player, "- -");
  g_assert_false (g_atomic_int_get (&player.has_returned));
  athr_test_expect_end (player.stream);
  athr_player_await (&player, "- - -");
}

static void
test_outstanding (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("With several nexts under way the producer puts as many values before any "
                  "is taken");

  athr_log_init (&log);
  athr_player_init (&player, 10, 0, FALSE);
  for (int i = 0; i < 4; i++)
    athr_stream_next_async (player.stream, NULL, athr_log_next, &log);
  athr_player_await (&player, "- - -");
  g_assert_cmpuint (athr_stream_get_n_buffered (player.stream), ==, 4);
  athr_log_await (&log, "1 2 3 4");
  athr_player_await (&player, "- - -");
  g_assert_cmpuint (athr_stream_get_n_buffered (player.stream), ==, 0);
}

static void
test_blocking (void)
{
  g_auto (AthrPlayer) player = { 0 };

  athr_player_init (&player, 5, 0, FALSE);
  for (guint i = 1; i <= 5; i++)
    athr_test_expect_next (player.stream, i);
  athr_player_await (&player, "- - - -");
  athr_test_expect_end (player.stream);
}

static void
test_batch (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("A batch asks for one value, and gets one");

  athr_player_init (&player, 5, 0, FALSE);
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (GArray) values = NULL;
      GAsyncResult *result = NULL;

      athr_stream_next_batch_async (player.stream, 10, NULL, athr_test_keep_result, &result);
      athr_test_iterate_until (NULL, result != NULL);
      values = athr_stream_next_batch_finish (player.stream, result, NULL);
      g_assert_cmpuint (values->len, ==, 1);
      g_assert_cmpuint (g_value_get_uint (&g_array_index (values, GValue, 0)), ==, i);
      g_object_unref (result);
    }
  athr_player_await (&player, "- -");
}

typedef struct
{
  AthrPlayer player;
  guint n_values;
  guint stops_at;
} Flow;

static void
note_flowed (AthrStream   *stream,
             const GValue *value,
             gpointer      user_data)
{
  Flow *self = user_data;

  self->n_values++;
  g_assert_cmpuint (g_value_get_uint (value), ==, self->n_values);
  g_assert_cmpint (g_atomic_int_get (&self->player.n_seen), ==, self->n_values - 1);
  if (self->n_values == self->stops_at)
    athr_stream_set_flowing (stream, FALSE);
}

static void
test_flow (void)
{
  Flow flow = { .stops_at = 4 };

  g_test_summary ("The flow asks after its handler has returned; a handler that stops the "
                  "flow prevents that");

  athr_player_init (&flow.player, 10, 0, FALSE);
  g_signal_connect (flow.player.stream, "value", G_CALLBACK (note_flowed), &flow);
  athr_stream_set_flowing (flow.player.stream, TRUE);
  athr_test_iterate_until (NULL, flow.n_values == 4);
  athr_test_drain (NULL);
  athr_player_await (&flow.player, "- - -");
  athr_stream_set_flowing (flow.player.stream, TRUE);
  athr_test_iterate_until (NULL, flow.n_values == 10);
  athr_player_clear (&flow.player);
}

static void
test_close_waiting (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("A yield that waits for the next request fails when the stream is closed");

  athr_player_init (&player, 3, 0, FALSE);
  athr_test_expect_value (player.stream, 1);
  athr_player_await (&player, "");
  athr_test_close (player.stream);
  athr_player_await (&player, "closed");
  g_assert_true (g_atomic_int_get (&player.has_returned));
  g_assert_true (player.destroyed_on == g_thread_self ());
  g_assert_cmpint (athr_stream_get_state (player.stream), ==, ATHR_STREAM_STATE_CLOSED);
  athr_test_expect_end (player.stream);
}

static void
test_close_initial (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("If the stream is closed before the first next, the producer never begins");

  athr_player_init (&player, 3, 0, FALSE);
  athr_stream_start (player.stream);
  athr_test_close (player.stream);
  g_assert_true (player.destroyed_on == g_thread_self ());
  athr_test_expect_end (player.stream);
  g_assert_cmpint (player.n_begun, ==, 0);
  g_assert_cmpint (athr_stream_get_state (player.stream), ==, ATHR_STREAM_STATE_CLOSED);
}

static void
test_drop_waiting (void)
{
  g_test_summary ("A yield that waits for the next request fails when the stream is dropped, "
                  "on any thread");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 3, 0, i == 1);
      athr_test_expect_value (player.stream, 1);
      athr_player_await (&player, "");
      if (i == 0)
        g_clear_object (&player.stream);
      else
        athr_test_drop_on_thread (g_steal_pointer (&player.stream));
      athr_player_await (&player, "closed");
    }
}

static void
test_drop_initial (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("If the stream is dropped before the first next, the user data is freed "
                  "and the producer never begins");

  athr_player_init (&player, 3, 0, FALSE);
  athr_stream_start (player.stream);
  g_clear_object (&player.stream);
  athr_test_iterate_until (NULL, g_atomic_pointer_get (&player.destroyed_on) != NULL);
  g_assert_cmpint (player.n_begun, ==, 0);
}

static void
test_executor_closed (void)
{
  g_auto (AthrPlayer) player = { 0 };
  GAsyncResult *result = NULL;

  g_test_summary ("If the executor is closed before the first next, the next fails with "
                  "CLOSED");

  athr_player_init (&player, 3, 0, FALSE);
  athr_stream_start (player.stream);
  athr_executor_close_async (player.executor, FALSE, NULL, athr_test_keep_result, &result);
  athr_test_iterate_until (NULL, result != NULL);
  g_object_unref (result);
  athr_test_expect_error (player.stream, G_IO_ERROR, G_IO_ERROR_CLOSED);
  athr_test_expect_end (player.stream);
  g_assert_cmpint (player.n_begun, ==, 0);
}

static void
test_cancel_first (void)
{
  g_auto (AthrPlayer) player = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);
  g_auto (AthrCounter) other = { 0 };

  g_test_summary ("If the first next is cancelled before the producer began, the producer "
                  "does not begin");

  athr_counter_init (&other, 0, 1);
  athr_counter_hold (&other, single);
  athr_player_init (&player, 3, 0, FALSE);
  athr_stream_set_executor (player.stream, single);
  athr_test_ask_in_vain (player.stream);
  g_assert_cmpuint (athr_executor_get_n_queued (single), ==, 1);
  athr_gate_open (&other.hold);
  athr_test_yield_until (athr_executor_get_n_queued (single) == 0 &&
                         athr_executor_get_n_running (single) == 0);
  g_assert_cmpint (g_atomic_int_get (&player.n_begun), ==, 0);
  athr_test_expect_value (player.stream, 1);
  g_assert_cmpint (g_atomic_int_get (&player.n_begun), ==, 1);
}

static void
test_cancel_arrived (void)
{
  g_auto (AthrPlayer) player = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (AthrLog) log = { 0 };

  g_test_summary ("When a next is cancelled after its value was put, the following next gets "
                  "the value and issues no grant");

  athr_log_init (&log);
  athr_player_init (&player, 3, 0, FALSE);
  athr_stream_next_async (player.stream, cancellable, athr_log_next, &log);
  athr_test_yield_until (athr_stream_get_n_buffered (player.stream) == 1);
  g_cancellable_cancel (cancellable);
  athr_log_await (&log, "cancelled");
  athr_test_expect_value (player.stream, 1);
  athr_player_await (&player, "");
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "-");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/stream/lock-step/begin", test_begin);
  g_test_add_func ("/athr/stream/lock-step/yield", test_yield);
  g_test_add_func ("/athr/stream/lock-step/outstanding", test_outstanding);
  g_test_add_func ("/athr/stream/lock-step/blocking", test_blocking);
  g_test_add_func ("/athr/stream/lock-step/batch", test_batch);
  g_test_add_func ("/athr/stream/lock-step/flow", test_flow);
  g_test_add_func ("/athr/stream/lock-step/close/waiting", test_close_waiting);
  g_test_add_func ("/athr/stream/lock-step/close/initial", test_close_initial);
  g_test_add_func ("/athr/stream/lock-step/drop/waiting", test_drop_waiting);
  g_test_add_func ("/athr/stream/lock-step/drop/initial", test_drop_initial);
  g_test_add_func ("/athr/stream/lock-step/executor-closed", test_executor_closed);
  g_test_add_func ("/athr/stream/lock-step/cancel/first", test_cancel_first);
  g_test_add_func ("/athr/stream/lock-step/cancel/arrived", test_cancel_arrived);

  return g_test_run ();
}
