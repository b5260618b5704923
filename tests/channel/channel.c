/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "channel-test.h"

static void
test_grants_size (void)
{
  for (guint size = 1; size <= 6; size++)
    {
      AthrChannel *channel = channel_new_open (size);
      Putter putter;

      putter_start (&putter, channel, 0);
      putter_await_blocked (&putter, size);
      putter_stop (&putter);
      channel_free (channel);
    }
}

static void
test_grants_ask (void)
{
  AthrChannel *channel = channel_new_open (2);
  Putter putter;

  g_test_summary ("Each request makes room for one more value, before the reader takes "
                  "anything");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  for (int i = 0; i < 5; i++)
    {
      Reader reader = reader_make (NULL);

      athr_channel_add_reader (channel, &reader.waiter, FALSE);
      putter_await_blocked (&putter, 3 + i);
      g_assert_cmpint (answer (channel, &reader), ==, i);
      putter_await_blocked (&putter, 3 + i);
    }
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_grants_before_values (void)
{
  AthrChannel *channel = channel_new_open (1);
  Reader readers[3];
  Putter putter;

  g_test_summary ("Readers that ask before there is a value make room, too");

  for (int i = 0; i < 3; i++)
    {
      readers[i] = reader_make (NULL);
      athr_channel_add_reader (channel, &readers[i].waiter, FALSE);
    }
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 4);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (answer (channel, &readers[i]), ==, i);
  putter_await_blocked (&putter, 4);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_grants_unbounded (void)
{
  AthrChannel *channel = channel_new_open (G_MAXUINT);
  Reader reader = reader_make (NULL);

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  athr_channel_cancel (channel, &reader.waiter);
  g_assert_cmpint (answer (channel, &reader), ==, CANCELLED);
  for (int i = 0; i < 10000; i++)
    put_at_once (channel, i);
  for (int i = 0; i < 10000; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_free (channel);
}

/* Keeps @filling values in the ring while its head goes around more than once. */
static void
turn_ring (guint size,
           int   filling)
{
  AthrChannel *channel = channel_new_open (size);
  int n_put = 0, n_taken = 0;

  while (n_taken < 200)
    {
      while (n_put - n_taken < filling)
        put_at_once (channel, n_put++);
      g_assert_cmpint (take (channel), ==, n_taken++);
    }
  channel_free (channel);
}

static void
test_ring_wrap (void)
{
  for (guint size = 1; size <= 70; size++)
    {
      turn_ring (size, size);
      turn_ring (size, (size + 1) / 2);
      turn_ring (G_MAXUINT, size);
    }
}

static void
test_ring_growth (void)
{
  g_test_summary ("The ring grows wherever its head stands, and keeps the order");

  for (int offset = 0; offset < 64; offset++)
    {
      AthrChannel *channel = channel_new_open (G_MAXUINT);
      int n_put = 0, n_taken = 0;

      while (n_taken < offset)
        {
          put_at_once (channel, n_put++);
          g_assert_cmpint (take (channel), ==, n_taken++);
        }
      while (n_put - n_taken < 300)
        put_at_once (channel, n_put++);
      while (n_taken < n_put)
        g_assert_cmpint (take (channel), ==, n_taken++);
      channel_free (channel);
    }
}

static void
test_readers_order (void)
{
  g_autoptr (GPtrArray) notified = g_ptr_array_new ();
  AthrChannel *channel = channel_new_open (5);
  Reader readers[3];

  g_test_summary ("Only the first reader is notified; the next one is notified when the "
                  "first takes its value");

  for (int i = 0; i < 3; i++)
    {
      readers[i] = reader_make (notified);
      athr_channel_add_reader (channel, &readers[i].waiter, FALSE);
    }
  g_assert_cmpuint (notified->len, ==, 0);

  for (int i = 0; i < 3; i++)
    put_at_once (channel, i);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (notified->len, ==, i + 1);
      g_assert_true (g_ptr_array_index (notified, i) == &readers[i]);
      g_assert_cmpint (answer (channel, &readers[i]), ==, i);
    }
  g_assert_cmpuint (notified->len, ==, 3);
  channel_free (channel);
}

static void
test_readers_nothing (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader reader = reader_make (NULL);
  GError *error = NULL;
  g_autoptr (GArray) values = NULL;
  GQueue messages = G_QUEUE_INIT;

  g_test_summary ("A reader that is answered NOTHING keeps its place, and is notified again");

  athr_channel_add_reader (channel, &reader.waiter, FALSE);
  put_at_once (channel, 1);
  g_assert_cmpint (reader.n_notified, ==, 1);
  values = athr_channel_steal (channel, &messages, &error);
  g_assert_cmpuint (values->len, ==, 1);

  g_assert_cmpint (answer (channel, &reader), ==, NOTHING);
  g_assert_cmpint (reader.n_notified, ==, 1);
  put_at_once (channel, 2);
  g_assert_cmpint (reader.n_notified, ==, 2);
  g_assert_cmpint (answer (channel, &reader), ==, 2);
  channel_free (channel);
}

static gpointer
put_thousand (gpointer data)
{
  Putter *self = data;

  for (int i = 0; i < 1000; i++)
    put_at_once (self->channel, self->first + i);

  return NULL;
}

static void
test_readers_if_ready (void)
{
  AthrChannel *channel = channel_new_open (2);
  Reader if_ready = reader_make (NULL);
  Reader first = reader_make (NULL);

  g_test_summary ("add_reader_if_ready() does not add a reader that would have to wait");

  g_assert_false (athr_channel_add_reader_if_ready (channel, &if_ready.waiter));
  put_at_once (channel, 1);
  g_assert_true (athr_channel_add_reader_if_ready (channel, &if_ready.waiter));
  g_assert_cmpint (if_ready.n_notified, ==, 1);
  g_assert_cmpint (answer (channel, &if_ready), ==, 1);

  athr_channel_add_reader (channel, &first.waiter, FALSE);
  put_at_once (channel, 2);
  put_at_once (channel, 3);
  if_ready = reader_make (NULL);
  g_assert_false (athr_channel_add_reader_if_ready (channel, &if_ready.waiter));
  g_assert_cmpint (if_ready.n_notified, ==, 0);
  g_assert_cmpint (answer (channel, &first), ==, 2);
  g_assert_true (athr_channel_add_reader_if_ready (channel, &if_ready.waiter));
  g_assert_cmpint (answer (channel, &if_ready), ==, 3);

  athr_channel_close (channel);
  if_ready = reader_make (NULL);
  g_assert_true (athr_channel_add_reader_if_ready (channel, &if_ready.waiter));
  g_assert_cmpint (answer (channel, &if_ready), ==, END);
  channel_free (channel);
}

static void
test_put_threads (void)
{
  AthrChannel *channel = channel_new_open (3);
  Putter putters[4];
  GThread *threads[4];
  int n_taken[4] = { 0, };

  g_test_summary ("When several threads put values, none is lost, and those of each thread "
                  "stay in order");

  for (int i = 0; i < 4; i++)
    {
      putters[i] = (Putter) { .channel = channel, .first = i * 1000 };
      threads[i] = g_thread_new ("putter", put_thousand, &putters[i]);
    }
  for (int i = 0; i < 4000; i++)
    {
      Reader reader = reader_make (NULL);
      int number;

      athr_channel_add_reader (channel, &reader.waiter, FALSE);
      athr_test_yield_until (g_atomic_int_get (&reader.n_notified) == 1);
      number = answer (channel, &reader);
      g_assert_cmpint (number, >=, 0);
      g_assert_cmpint (number % 1000, ==, n_taken[number / 1000]++);
    }
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  channel_free (channel);
}

/* Adds a reader inside a slice while the putter sleeps, until the channel defers the wake-up.
 * The putter may not sleep yet, and then no wake-up is deferred: the reader takes its value,
 * and the next try follows. Returns how many values were taken. */
static int
ask_sleeping (Putter *putter,
              Owner  *owner,
              Reader *reader,
              int     n_put)
{
  int n_taken = 0;

  for (;;)
    {
      putter_await_blocked (putter, n_put + n_taken);
      *reader = reader_make (NULL);
      if (ask_in_slice (putter->channel, owner, reader))
        return n_taken;
      g_assert_cmpint (answer (putter->channel, reader), ==, n_taken++);
      g_assert_cmpint (n_taken, <, 10000);
    }
}

static void
test_wake_half (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader readers[4];
  Putter putter;
  int n_taken;

  g_test_summary ("Inside a slice a producer is woken when half of the buffer is free");

  putter_start (&putter, channel, 0);
  n_taken = ask_sleeping (&putter, &owner, &readers[0], 8);
  for (int i = 1; i < 4; i++)
    {
      readers[i] = reader_make (NULL);
      putter_await_blocked (&putter, n_taken + 8);
      /* The channel asked for the wake-up with the first reader. */
      g_assert_false (ask_in_slice (channel, &owner, &readers[i]));
    }
  putter_await_blocked (&putter, n_taken + 12);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (answer (channel, &readers[i]), ==, n_taken + i);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_deferred (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader;
  Putter putter;
  int n_taken;

  putter_start (&putter, channel, 0);
  n_taken = ask_sleeping (&putter, &owner, &reader, 8);
  athr_channel_wake (channel);
  putter_await_blocked (&putter, n_taken + 9);
  g_assert_cmpint (answer (channel, &reader), ==, n_taken);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_reader (void)
{
  g_test_summary ("A slice that ends while a reader is about to take a value wakes nobody; the reader "
                  "has the producer woken when it has taken the value");

  for (int in_slice = 0; in_slice <= 1; in_slice++)
    {
      Owner owner = { 0, };
      AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
      g_auto (GValue) value = G_VALUE_INIT;
      Reader reader;
      Putter putter;
      int n_taken, n_wake_at_slice_end;

      putter_start (&putter, channel, 0);
      n_taken = ask_sleeping (&putter, &owner, &reader, 8);
      n_wake_at_slice_end = owner.n_wake_at_slice_end;
      athr_channel_end_slice (channel);
      g_assert_cmpint (athr_channel_answer (channel, &reader.waiter, in_slice, &value, NULL), ==,
                       ATHR_CHANNEL_VALUE);
      g_assert_cmpint (owner.n_wake_at_slice_end, ==, n_wake_at_slice_end + in_slice);
      if (in_slice)
        athr_channel_end_slice (channel);
      putter_await_blocked (&putter, n_taken + 9);
      putter_stop (&putter);
      channel_free (channel);
    }
}

static void
test_wake_cancelled (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
  g_auto (GValue) value = G_VALUE_INIT;
  Reader readers[2];
  Putter putter;
  int n_taken;

  g_test_summary ("A reader that is cancelled leaves no producer asleep that has room");

  putter_start (&putter, channel, 0);
  n_taken = ask_sleeping (&putter, &owner, &readers[0], 8);
  g_assert_cmpint (athr_channel_answer (channel, &readers[0].waiter, TRUE, &value, NULL), ==,
                   ATHR_CHANNEL_VALUE);
  readers[1] = reader_make (NULL);
  ask_in_slice (channel, &owner, &readers[1]);
  athr_channel_end_slice (channel);
  athr_channel_cancel (channel, &readers[1].waiter);
  g_assert_cmpint (answer (channel, &readers[1]), ==, CANCELLED);
  putter_await_blocked (&putter, n_taken + 9);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_small (void)
{
  g_test_summary ("A producer with a buffer of 1 to 3 is woken at once, also inside a slice");

  for (guint size = 1; size <= 3; size++)
    {
      Owner owner = { 0, };
      AthrChannel *channel = channel_new_owned (&owner, size, ATHR_OVERFLOW_BLOCK, FALSE);
      Reader reader = reader_make (NULL);
      Putter putter;

      putter_start (&putter, channel, 0);
      putter_await_blocked (&putter, size);
      g_assert_false (ask_in_slice (channel, &owner, &reader));
      putter_await_blocked (&putter, size + 1);
      g_assert_cmpint (answer (channel, &reader), ==, 0);
      putter_stop (&putter);
      channel_free (channel);
    }
}

static void
test_wake_no_waiter (void)
{
  Owner owner = { 0, };
  AthrChannel *channel = channel_new_owned (&owner, 8, ATHR_OVERFLOW_BLOCK, FALSE);
  Reader reader = reader_make (NULL);

  g_test_summary ("Inside a slice no wake-up is deferred when no producer waits");

  for (int i = 0; i < 8; i++)
    put_at_once (channel, i);
  g_assert_false (ask_in_slice (channel, &owner, &reader));
  g_assert_cmpint (answer (channel, &reader), ==, 0);
  athr_channel_wake (channel);
  channel_free (channel);
}

/* Adds readers, cancels, puts and answers at random, and compares with a model of the
 * grants. */
static void
test_random (void)
{
  guint32 seed = g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);

  for (int round = 0; round < 300; round++)
    {
      guint size = g_rand_int_range (rand, 1, 9);
      AthrChannel *channel = channel_new_open (size);
      GQueue readers = G_QUEUE_INIT;
      int n_put = 0, n_taken = 0, n_cancelled = 0, n_asked = 0;
      Putter putter;

      for (int step = 0; step < 100; step++)
        {
          Reader *reader;

          switch (g_rand_int_range (rand, 0, 4))
            {
            case 0:
              reader = g_new (Reader, 1);
              *reader = reader_make (NULL);
              athr_channel_add_reader (channel, &reader->waiter, g_rand_boolean (rand));
              g_queue_push_tail (&readers, reader);
              n_asked++;
              break;
            case 1:
              reader = g_queue_pop_nth (&readers, g_rand_int_range (rand, 0, readers.length + 1));
              if (reader == NULL)
                break;
              athr_channel_cancel (channel, &reader->waiter);
              g_assert_cmpint (reader->n_notified, ==, 1);
              g_assert_cmpint (answer (channel, reader), ==, CANCELLED);
              g_free (reader);
              n_cancelled++;
              break;
            case 2:
              if (n_put < (int) size + n_asked - n_cancelled)
                put_at_once (channel, n_put++);
              break;
            default:
              if (g_queue_is_empty (&readers) || n_taken == n_put)
                break;
              reader = g_queue_pop_head (&readers);
              g_assert_cmpint (reader->n_notified, ==, 1);
              g_assert_cmpint (answer (channel, reader), ==, n_taken++);
              g_free (reader);
              break;
            }
        }

      /* Whatever was done before, the producer stops where the model says. */
      putter_start (&putter, channel, n_put);
      putter_await_blocked (&putter, MAX (0, (int) size + n_asked - n_cancelled - n_put));
      putter_stop (&putter);
      while (!g_queue_is_empty (&readers))
        {
          g_autofree Reader *reader = g_queue_pop_head (&readers);

          answer (channel, reader);
        }
      channel_free (channel);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/channel/grants/size", test_grants_size);
  g_test_add_func ("/athr/channel/grants/ask", test_grants_ask);
  g_test_add_func ("/athr/channel/grants/before-values", test_grants_before_values);
  g_test_add_func ("/athr/channel/grants/unbounded", test_grants_unbounded);
  g_test_add_func ("/athr/channel/ring/wrap", test_ring_wrap);
  g_test_add_func ("/athr/channel/ring/growth", test_ring_growth);
  g_test_add_func ("/athr/channel/readers/order", test_readers_order);
  g_test_add_func ("/athr/channel/readers/nothing", test_readers_nothing);
  g_test_add_func ("/athr/channel/readers/if-ready", test_readers_if_ready);
  g_test_add_func ("/athr/channel/put/threads", test_put_threads);
  g_test_add_func ("/athr/channel/wake/half", test_wake_half);
  g_test_add_func ("/athr/channel/wake/deferred", test_wake_deferred);
  g_test_add_func ("/athr/channel/wake/reader", test_wake_reader);
  g_test_add_func ("/athr/channel/wake/cancelled", test_wake_cancelled);
  g_test_add_func ("/athr/channel/wake/small", test_wake_small);
  g_test_add_func ("/athr/channel/wake/no-waiter", test_wake_no_waiter);
  g_test_add_func ("/athr/channel/random", test_random);

  return g_test_run ();
}
