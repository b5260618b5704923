/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream-player-test.h"
#include "stream-source-test.h"

/* Yields 0 first; then the number that was sent, or twice the number before. */
static void
double_numbers (AthrYielder  *yielder,
                gpointer      user_data,
                GError      **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean goes_on;

  g_value_init (&value, G_TYPE_UINT);
  do
    {
      g_auto (GValue) sent = G_VALUE_INIT;

      goes_on = athr_yielder_exchange_value (yielder, &value, &sent, error);
      g_value_set_uint (&value, G_IS_VALUE (&sent) ? g_value_get_uint (&sent)
                                                   : 2 * g_value_get_uint (&value));
    }
  while (goes_on);
}

static const guint doubled[] = { 0, 1, 2, 4, 8, 3, 6, 12, 24 };

/* Sends after some of the numbers; @n counts them. */
static void
send_to_doubler (AthrStream *stream,
                 guint       n)
{
  if (n == 1)
    athr_test_send (stream, 1);
  if (n == 5)
    athr_test_send (stream, 3);
}

static AthrStream *
doubler_new (void)
{
  AthrStream *stream = athr_stream_new (double_numbers, NULL, NULL);

  athr_stream_set_buffer_size (stream, 0);

  return stream;
}

static void
test_doubler (gconstpointer is_blocking)
{
  g_autoptr (AthrStream) stream = doubler_new ();

  for (guint i = 0; i < G_N_ELEMENTS (doubled); i++)
    {
      if (is_blocking)
        athr_test_expect_next (stream, doubled[i]);
      else
        athr_test_expect_value (stream, doubled[i]);
      send_to_doubler (stream, i + 1);
    }
}

static void
ask_doubler (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  guint *n_values = user_data;

  g_assert_true (athr_stream_next_finish_into (ATHR_STREAM (source), result, &value, NULL));
  g_assert_cmpuint (g_value_get_uint (&value), ==, doubled[*n_values]);
  send_to_doubler (ATHR_STREAM (source), ++*n_values);
  if (*n_values < G_N_ELEMENTS (doubled))
    athr_stream_next_async (ATHR_STREAM (source), NULL, ask_doubler, n_values);
}

static void
test_doubler_callbacks (void)
{
  g_autoptr (AthrStream) stream = doubler_new ();
  guint n_values = 0;

  g_test_summary ("Each callback may send and ask for the next value");

  athr_stream_next_async (stream, NULL, ask_doubler, &n_values);
  athr_test_iterate_until (NULL, n_values == G_N_ELEMENTS (doubled));
}

static void
answer_doubler (AthrStream   *stream,
                const GValue *value,
                gpointer      user_data)
{
  guint *n_values = user_data;

  g_assert_cmpuint (g_value_get_uint (value), ==, doubled[*n_values]);
  send_to_doubler (stream, ++*n_values);
  if (*n_values == G_N_ELEMENTS (doubled))
    athr_stream_set_flowing (stream, FALSE);
}

static void
test_doubler_flow (void)
{
  g_autoptr (AthrStream) stream = doubler_new ();
  guint n_values = 0;

  g_test_summary ("What a handler sends reaches the exchange that yielded its value");

  g_signal_connect (stream, "value", G_CALLBACK (answer_doubler), &n_values);
  athr_stream_set_flowing (stream, TRUE);
  athr_test_iterate_until (NULL, n_values == G_N_ELEMENTS (doubled));
}

static void
test_buffered_first (void)
{
  g_test_summary ("With a buffer, the grants of the opening carry no message, neither to an "
                  "exchange nor to a receive");

  for (int i = 0; i < 2; i++)
    {
      g_auto (AthrPlayer) player = { 0 };

      athr_player_init (&player, 20, 3, i == 1);
      athr_test_send (player.stream, 50);
      athr_stream_start (player.stream);
      athr_player_await (&player, i == 1 ? "- -" : "- - -");
      athr_test_send (player.stream, 60);
      athr_test_expect_value (player.stream, 1);
      athr_player_await (&player, i == 1 ? "- - 50" : "- - - 50");
      athr_test_expect_value (player.stream, 2);
      athr_player_await (&player, i == 1 ? "- - 50 60" : "- - - 50 60");
      athr_test_expect_value (player.stream, 3);
      athr_player_await (&player, i == 1 ? "- - 50 60 -" : "- - - 50 60 -");
    }
}

static void
test_several (void)
{
  g_auto (AthrLog) log = { 0 };
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("Each next carries one of several messages, in order");

  athr_log_init (&log);
  athr_player_init (&player, 20, 0, TRUE);
  athr_test_expect_value (player.stream, 1);
  for (guint i = 0; i < 3; i++)
    athr_test_send (player.stream, 50 + i);
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "50");
  for (int i = 0; i < 3; i++)
    athr_stream_next_async (player.stream, NULL, athr_log_next, &log);
  athr_log_await (&log, "3 4 5");
  athr_player_await (&player, "50 51 52 -");
}

static void
test_before_first (void)
{
  g_auto (AthrPlayer) player = { 0 };

  g_test_summary ("In lock-step the first next carries the message that was sent before it, "
                  "for receive()");

  athr_player_init (&player, 20, 0, TRUE);
  athr_test_send (player.stream, 50);
  athr_test_send (player.stream, 51);
  athr_test_expect_value (player.stream, 1);
  athr_test_expect_value (player.stream, 2);
  athr_player_await (&player, "51");
}

static void
test_cancelled (void)
{
  g_auto (AthrPlayer) player = { 0 };
  g_auto (AthrCounter) other = { 0 };
  g_autoptr (AthrExecutor) single = athr_executor_new ("single", 1);

  g_test_summary ("The message of a cancelled next goes with the following next, before "
                  "later messages");

  athr_counter_init (&other, 0, 1);
  athr_counter_hold (&other, single);
  athr_player_init (&player, 20, 3, FALSE);
  athr_stream_set_executor (player.stream, single);
  athr_test_send (player.stream, 50);
  athr_test_ask_in_vain (player.stream);
  athr_test_send (player.stream, 51);
  athr_gate_open (&other.hold);
  for (guint i = 1; i <= 3; i++)
    athr_test_expect_value (player.stream, i);
  athr_test_yield_until (g_atomic_int_get (&player.n_seen) == 6);
  g_assert_cmpstr (player.seen->str, ==, "- - - 50 51 -");
}

static void
send_witness (AthrStream  *stream,
              GThread    **finalized_on)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, ATHR_TYPE_WITNESS);
  g_value_take_object (&value, athr_witness_new (finalized_on));
  athr_stream_send (stream, &value);
}

typedef struct
{
  gboolean exchanges;
  gboolean wants;      /* whether it takes the sent value */
  GThread *worker;     /* atomic */
  int n_received;      /* atomic */
} Receiver;

static void
receive_all (AthrYielder  *yielder,
             gpointer      user_data,
             GError      **error)
{
  Receiver *self = user_data;
  gboolean goes_on = TRUE;

  g_atomic_pointer_set (&self->worker, g_thread_self ());
  while (goes_on)
    {
      g_auto (GValue) sent = G_VALUE_INIT;
      GValue *wanted = self->wants ? &sent : NULL;

      if (self->exchanges)
        goes_on = athr_yielder_exchange_value (yielder, NULL, wanted, error);
      else
        goes_on = athr_yielder_yield_value (yielder, NULL, error) &&
                  athr_yielder_receive (yielder, wanted, error);
      if (goes_on)
        g_atomic_int_inc (&self->n_received);
    }
}

static void
take_null (AthrStream *stream)
{
  g_auto (GValue) value = G_VALUE_INIT;

  athr_test_take (stream, &value);
  g_assert_true (G_VALUE_TYPE (&value) == G_TYPE_POINTER);
}

static void
test_ends (void)
{
  g_test_summary ("The producer frees a sent value that it takes, and home frees a value that "
                  "the producer does not take");

  for (int i = 0; i < 4; i++)
    {
      Receiver receiver = { .exchanges = i & 1, .wants = i >> 1 };
      g_autoptr (AthrStream) stream = athr_stream_new (receive_all, &receiver, NULL);
      GThread *finalized_on = NULL;

      athr_stream_set_buffer_size (stream, 0);
      take_null (stream);
      send_witness (stream, &finalized_on);
      take_null (stream);
      athr_test_yield_until (g_atomic_int_get (&receiver.n_received) == 1);
      athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on) != NULL);
      g_assert_true (finalized_on == (receiver.wants ? receiver.worker : g_thread_self ()));
      athr_test_close (stream);
    }
}

#define N_SENT 5

static void
test_unreceived (void)
{
  g_test_summary ("Messages that the producer never received are freed at home, on whatever "
                  "thread the stream is dropped");

  for (int i = 0; i < 3; i++)
    {
      g_auto (AthrCounter) counter = { 0 };
      GThread *finalized_on[N_SENT] = { NULL };

      athr_counter_init (&counter, 20, 2);
      athr_stream_start (counter.stream);
      athr_counter_await_blocked (&counter, 2);
      for (int j = 0; j < N_SENT; j++)
        send_witness (counter.stream, &finalized_on[j]);
      athr_test_expect_value (counter.stream, 1);
      athr_test_expect_value (counter.stream, 2);
      athr_counter_await_blocked (&counter, 4);
      for (int j = 0; j < N_SENT; j++)
        g_assert_null (g_atomic_pointer_get (&finalized_on[j]));
      if (i == 0)
        athr_test_close (counter.stream);
      if (i < 2)
        g_clear_object (&counter.stream);
      else
        athr_test_drop_on_thread (g_steal_pointer (&counter.stream));
      for (int j = 0; j < N_SENT; j++)
        {
          athr_test_iterate_until (NULL, g_atomic_pointer_get (&finalized_on[j]) != NULL);
          g_assert_true (finalized_on[j] == g_thread_self ());
        }
    }
}

static void
test_after_end (void)
{
  g_test_summary ("A message that is sent or thrown after the end or a close is freed at once");

  for (int i = 0; i < 3; i++)
    {
      g_auto (AthrCounter) counter = { 0 };
      GThread *finalized_on = NULL;

      athr_counter_init (&counter, 0, i);
      if (i == 2)
        athr_test_close (counter.stream);
      else
        athr_test_expect_end (counter.stream);
      send_witness (counter.stream, &finalized_on);
      g_assert_true (finalized_on == g_thread_self ());
      athr_test_throw (counter.stream);
      athr_test_expect_end (counter.stream);
      g_assert_null (athr_stream_get_error (counter.stream));
    }
}

typedef struct
{
  GType type;
  char *text;
} Kept;

static void
keep_sent (AthrYielder  *yielder,
           gpointer      user_data,
           GError      **error)
{
  Kept *self = user_data;
  g_auto (GValue) sent = G_VALUE_INIT;

  if (!athr_yielder_exchange_value (yielder, NULL, &sent, error))
    return;

  self->type = G_VALUE_TYPE (&sent);
  if (G_VALUE_HOLDS_STRING (&sent))
    self->text = g_value_dup_string (&sent);
}

static void
test_copies (void)
{
  g_test_summary ("A sent value is copied; NULL is sent as a null of G_TYPE_POINTER");

  for (int i = 0; i < 2; i++)
    {
      Kept kept = { 0, };
      g_autoptr (AthrStream) stream = athr_stream_new (keep_sent, &kept, NULL);
      g_auto (GValue) value = G_VALUE_INIT;
      char text[] = "one";

      athr_stream_set_buffer_size (stream, 0);
      take_null (stream);
      g_value_init (&value, G_TYPE_STRING);
      g_value_set_static_string (&value, text);
      athr_stream_send (stream, i == 0 ? &value : NULL);
      memcpy (text, "two", 3);
      athr_test_expect_end (stream);
      g_assert_true (kept.type == (i == 0 ? G_TYPE_STRING : G_TYPE_POINTER));
      g_assert_cmpstr (kept.text, ==, i == 0 ? "one" : NULL);
      g_free (kept.text);
    }
}

static void
test_bare (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_auto (GValue) sent = G_VALUE_INIT;
  g_autoptr (GError) exchanged = NULL;
  g_autoptr (GError) received = NULL;

  g_test_summary ("A yielder without a stream is closed");

  g_assert_false (athr_yielder_exchange_value (yielder, NULL, &sent, &exchanged));
  g_assert_error (exchanged, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_false (athr_yielder_receive (yielder, &sent, &received));
  g_assert_error (received, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_false (G_IS_VALUE (&sent));
  athr_yielder_end (yielder);
}

static void
test_mistakes (void)
{
  g_autoptr (AthrYielder) yielder = g_object_new (ATHR_TYPE_YIELDER, NULL);
  g_autoptr (AthrStream) stream = doubler_new ();
  g_auto (GValue) value = G_VALUE_INIT;
  GValue unset = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_VALUE (value)*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_VALUE (sent)*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_VALUE (sent)*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*G_IS_VALUE (value)*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*error != NULL*");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*message != NULL*");
  g_assert_false (athr_yielder_exchange_value (yielder, &unset, NULL, NULL));
  g_assert_false (athr_yielder_exchange_value (yielder, &value, &value, NULL));
  g_assert_false (athr_yielder_receive (yielder, &value, NULL));
  athr_stream_send (stream, &unset);
  athr_stream_throw (stream, NULL);
  athr_stream_throw_literal (stream, G_IO_ERROR, 0, NULL);
  g_test_assert_expected_messages ();
}

static void
test_too_many (void)
{
  g_autoptr (AthrStream) stream = doubler_new ();

  g_test_summary ("A program that sends far more than it asks for gets one critical, which names "
                  "the stream, and the messages before arrive");

  athr_stream_set_name (stream, "ants");
  athr_test_expect_next (stream, 0);
  for (guint i = 0; i < 65536; i++)
    athr_test_send (stream, 10 + i);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*“ants”*65536 messages*");
  for (guint i = 0; i < 3; i++)
    athr_test_send (stream, 1);
  g_test_assert_expected_messages ();
  athr_test_expect_next (stream, 10);
  athr_test_expect_next (stream, 11);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/athr/stream/two-way/doubler/asked", NULL, test_doubler);
  g_test_add_data_func ("/athr/stream/two-way/doubler/blocking", "blocking", test_doubler);
  g_test_add_func ("/athr/stream/two-way/doubler/callbacks", test_doubler_callbacks);
  g_test_add_func ("/athr/stream/two-way/doubler/flow", test_doubler_flow);
  g_test_add_func ("/athr/stream/two-way/buffered/first", test_buffered_first);
  g_test_add_func ("/athr/stream/two-way/several", test_several);
  g_test_add_func ("/athr/stream/two-way/before-first", test_before_first);
  g_test_add_func ("/athr/stream/two-way/cancelled", test_cancelled);
  g_test_add_func ("/athr/stream/two-way/ends/received", test_ends);
  g_test_add_func ("/athr/stream/two-way/ends/unreceived", test_unreceived);
  g_test_add_func ("/athr/stream/two-way/ends/after-end", test_after_end);
  g_test_add_func ("/athr/stream/two-way/copies", test_copies);
  g_test_add_func ("/athr/stream/two-way/bare", test_bare);
  g_test_add_func ("/athr/stream/two-way/mistakes", test_mistakes);
  g_test_add_func ("/athr/stream/two-way/too-many", test_too_many);

  return g_test_run ();
}
