/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-test.h"

#include "athr-channel-private.h"
#include "athr-pool-private.h"

/* One who asks, or awaits the end, and counts how often it was told to come. */
typedef struct
{
  AthrChannelWaiter waiter;
  GPtrArray *told; /* (nullable): those who were told, in order */
  int n_told;      /* atomic */
} Asker;

static void
asker_notify (AthrChannelWaiter *waiter)
{
  Asker *self = (Asker *) waiter;

  if (self->told != NULL)
    g_ptr_array_add (self->told, self);
  g_atomic_int_inc (&self->n_told);
}

static Asker
asker_make (GPtrArray *told)
{
  return (Asker) { .waiter = { .notify = asker_notify }, .told = told };
}

/* What @self is answered: a value as it is, the rest as a negative number. */
enum { NOTHING = -1, FAILED = -2, END = -3, CANCELLED = -4 };

static int
answer (AthrChannel *channel,
        Asker       *self)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  switch (athr_channel_answer (channel, &self->waiter, &value, &error))
    {
    case ATHR_CHANNEL_VALUE:
      return g_value_get_int (&value);
    case ATHR_CHANNEL_NOTHING:
      return NOTHING;
    case ATHR_CHANNEL_ERROR:
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, "boom");
      return FAILED;
    case ATHR_CHANNEL_END:
      g_assert_no_error (error);
      return END;
    case ATHR_CHANNEL_CANCELLED:
      return CANCELLED;
    default:
      g_assert_not_reached ();
    }
}

/* Asks, and is answered at once. */
static int
take (AthrChannel *channel)
{
  Asker asker = asker_make (NULL);

  athr_channel_ask (channel, &asker.waiter, FALSE);
  g_assert_cmpint (asker.n_told, ==, 1);

  return answer (channel, &asker);
}

static gboolean
put (AthrChannel  *channel,
     int           number,
     GError      **error)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT);
  g_value_set_int (&value, number);

  return athr_channel_put (channel, &value, error);
}

/* Where there must be room: without, the test would hang here. */
static void
put_at_once (AthrChannel *channel,
             int          number)
{
  GError *error = NULL;
  gboolean is_put = put (channel, number, &error);

  g_assert_no_error (error);
  g_assert_true (is_put);
}

static GError *
boom (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "boom");
}

static AthrChannel *
channel_new_open (guint size)
{
  AthrChannel *self = athr_channel_new ();

  athr_channel_open (self, size);

  return self;
}

/* Ends with what is still buffered. */
static void
channel_free (AthrChannel *self)
{
  GError *error = NULL;
  GValue *values;
  guint n_values;

  values = athr_channel_steal (self, &n_values, &error);
  g_free (values);
  g_clear_error (&error);
  athr_channel_unref (self);
}

/* Puts first, first + 1 ... until it is refused. It runs in a pool of its own, since
 * that knows when a worker waits. */
typedef struct
{
  AthrJob job;
  AthrPool *pool;
  AthrChannel *channel;
  int first;
  int n_put;    /* atomic */
  int is_over;  /* atomic */
  GError *error;
} Putter;

static void
putter_run (AthrJob *job)
{
  Putter *self = job->data;

  while (put (self->channel, self->first + g_atomic_int_get (&self->n_put), &self->error))
    g_atomic_int_inc (&self->n_put);
  g_atomic_int_set (&self->is_over, TRUE);
}

static void
putter_fail (AthrJob      *job,
             const GError *error)
{
  g_assert_no_error (error);
}

static void
putter_start (Putter      *self,
              AthrChannel *channel,
              int          first)
{
  *self = (Putter) { .job = { putter_run, putter_fail, self }, .channel = channel, .first = first };
  self->pool = athr_pool_new ("putter", 2, 0);
  g_assert_true (athr_pool_push (self->pool, &self->job));
}

/* Waits until it waits for room, with @n_put values put. */
static void
putter_await_blocked (Putter *self,
                      int     n_put)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_put) >= n_put &&
                         athr_pool_get_n_running (self->pool) == 0);
  g_assert_cmpint (g_atomic_int_get (&self->n_put), ==, n_put);
  g_assert_false (g_atomic_int_get (&self->is_over));
}

static void
putter_await_refused (Putter *self,
                      int     n_put)
{
  athr_test_yield_until (g_atomic_int_get (&self->is_over));
  g_assert_cmpint (self->n_put, ==, n_put);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
putter_stop (Putter *self)
{
  athr_channel_close (self->channel);
  athr_test_yield_until (g_atomic_int_get (&self->is_over));
  athr_pool_close (self->pool, FALSE);
  athr_pool_unref (self->pool);
  g_clear_error (&self->error);
}

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

  g_test_summary ("Each ask makes room for one value more, before anything is taken");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  for (int i = 0; i < 5; i++)
    {
      Asker asker = asker_make (NULL);

      athr_channel_ask (channel, &asker.waiter, FALSE);
      putter_await_blocked (&putter, 3 + i);
      g_assert_cmpint (answer (channel, &asker), ==, i);
      putter_await_blocked (&putter, 3 + i);
    }
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_grants_before_values (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker askers[3];
  Putter putter;

  g_test_summary ("Those who ask before there is a value make room, too");

  for (int i = 0; i < 3; i++)
    {
      askers[i] = asker_make (NULL);
      athr_channel_ask (channel, &askers[i].waiter, FALSE);
    }
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 4);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (answer (channel, &askers[i]), ==, i);
  putter_await_blocked (&putter, 4);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_grants_unbounded (void)
{
  AthrChannel *channel = channel_new_open (G_MAXUINT);
  Asker asker = asker_make (NULL);

  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (answer (channel, &asker), ==, CANCELLED);
  for (int i = 0; i < 10000; i++)
    put_at_once (channel, i);
  for (int i = 0; i < 10000; i++)
    g_assert_cmpint (take (channel), ==, i);
  channel_free (channel);
}

static void
test_cancel_takes_back (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker asker = asker_make (NULL);
  Putter putter;

  g_test_summary ("A cancelled ask takes its grant back where that was not used");

  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (asker.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_owes (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker askers[2];
  Putter putter;

  g_test_summary ("A cancelled ask whose grant was used owes one: the next ask grants nothing");

  putter_start (&putter, channel, 0);
  for (int i = 0; i < 2; i++)
    {
      askers[i] = asker_make (NULL);
      athr_channel_ask (channel, &askers[i].waiter, FALSE);
    }
  putter_await_blocked (&putter, 4);
  for (int i = 0; i < 2; i++)
    {
      athr_channel_cancel (channel, &askers[i].waiter);
      g_assert_cmpint (answer (channel, &askers[i]), ==, CANCELLED);
    }

  g_assert_cmpint (take (channel), ==, 0);
  putter_await_blocked (&putter, 4);
  g_assert_cmpint (take (channel), ==, 1);
  putter_await_blocked (&putter, 4);
  g_assert_cmpint (take (channel), ==, 2);
  putter_await_blocked (&putter, 5);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_unknown (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker asker = asker_make (NULL);
  Asker ender = asker_make (NULL);
  Putter putter;

  g_test_summary ("One that was cancelled before it asked is told so, and grants nothing");

  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (asker.n_told, ==, 0);
  athr_channel_ask (channel, &asker.waiter, FALSE);
  g_assert_cmpint (asker.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, CANCELLED);

  athr_channel_cancel (channel, &ender.waiter);
  athr_channel_await_end (channel, &ender.waiter);
  g_assert_cmpint (ender.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &ender), ==, CANCELLED);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_cancel_due (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker first = asker_make (NULL);
  Asker second = asker_make (NULL);

  g_test_summary ("One that is cancelled on its way is not told again, and the next gets the value");

  athr_channel_ask (channel, &first.waiter, FALSE);
  athr_channel_ask (channel, &second.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (first.n_told, ==, 1);
  g_assert_cmpint (second.n_told, ==, 0);

  athr_channel_cancel (channel, &first.waiter);
  g_assert_cmpint (first.n_told, ==, 1);
  g_assert_cmpint (second.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &first), ==, CANCELLED);
  g_assert_cmpint (answer (channel, &second), ==, 7);
  channel_free (channel);
}

static void
test_cancel_answered (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker asker = asker_make (NULL);
  Putter putter;

  g_test_summary ("To cancel one that was answered, or twice, has no effect");

  athr_channel_ask (channel, &asker.waiter, FALSE);
  put_at_once (channel, 7);
  g_assert_cmpint (answer (channel, &asker), ==, 7);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (asker.n_told, ==, 1);

  asker = asker_make (NULL);
  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_cancel (channel, &asker.waiter);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (asker.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, CANCELLED);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (asker.n_told, ==, 1);

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

/* Keeps the ring at @filling values while it turns around more than once. */
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
  g_test_summary ("It grows wherever its head stands, and keeps the order");

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
test_askers_order (void)
{
  g_autoptr (GPtrArray) told = g_ptr_array_new ();
  AthrChannel *channel = channel_new_open (5);
  Asker askers[3];

  g_test_summary ("Only the first is told to come, and the next one as it takes its value");

  for (int i = 0; i < 3; i++)
    {
      askers[i] = asker_make (told);
      athr_channel_ask (channel, &askers[i].waiter, FALSE);
    }
  g_assert_cmpuint (told->len, ==, 0);

  for (int i = 0; i < 3; i++)
    put_at_once (channel, i);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (told->len, ==, i + 1);
      g_assert_true (g_ptr_array_index (told, i) == &askers[i]);
      g_assert_cmpint (answer (channel, &askers[i]), ==, i);
    }
  g_assert_cmpuint (told->len, ==, 3);
  channel_free (channel);
}

static void
test_askers_nothing (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker asker = asker_make (NULL);
  GError *error = NULL;
  guint n_values;

  g_test_summary ("One that finds nothing keeps its place, and is told again");

  athr_channel_ask (channel, &asker.waiter, FALSE);
  put_at_once (channel, 1);
  g_assert_cmpint (asker.n_told, ==, 1);
  g_free (athr_channel_steal (channel, &n_values, &error));
  g_assert_cmpuint (n_values, ==, 1);

  g_assert_cmpint (answer (channel, &asker), ==, NOTHING);
  g_assert_cmpint (asker.n_told, ==, 1);
  put_at_once (channel, 2);
  g_assert_cmpint (asker.n_told, ==, 2);
  g_assert_cmpint (answer (channel, &asker), ==, 2);
  channel_free (channel);
}

static void
test_enders_after_askers (void)
{
  g_autoptr (GPtrArray) told = g_ptr_array_new ();
  AthrChannel *channel = channel_new_open (5);
  Asker first = asker_make (told);
  Asker ender = asker_make (told);
  Asker last = asker_make (told);

  g_test_summary ("Who awaits the end is told after those who asked before, and not after others");

  athr_channel_ask (channel, &first.waiter, FALSE);
  athr_channel_await_end (channel, &ender.waiter);
  athr_channel_ask (channel, &last.waiter, FALSE);
  put_at_once (channel, 1);
  athr_channel_close (channel);
  athr_channel_end (channel, NULL);

  g_assert_cmpuint (told->len, ==, 1);
  g_assert_true (g_ptr_array_index (told, 0) == &first);
  g_assert_cmpint (answer (channel, &first), ==, 1);
  g_assert_cmpuint (told->len, ==, 3);
  g_assert_cmpint (ender.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &ender), ==, END);
  g_assert_cmpint (answer (channel, &last), ==, END);
  g_assert_cmpuint (told->len, ==, 3);
  channel_free (channel);
}

static void
test_enders_cancelled_asker (void)
{
  AthrChannel *channel = channel_new_open (5);
  Asker asker = asker_make (NULL);
  Asker ender = asker_make (NULL);

  g_test_summary ("An asker that is cancelled no longer holds up those who await the end");

  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_await_end (channel, &ender.waiter);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (ender.n_told, ==, 0);
  athr_channel_cancel (channel, &asker.waiter);
  g_assert_cmpint (ender.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, CANCELLED);
  g_assert_cmpint (answer (channel, &ender), ==, END);
  channel_free (channel);
}

static void
test_enders_wait (void)
{
  AthrChannel *channel = channel_new_open (5);
  Asker enders[2] = { asker_make (NULL), asker_make (NULL) };

  g_test_summary ("The end of the producer is awaited, not that of the values; also twice");

  put_at_once (channel, 1);
  for (int i = 0; i < 2; i++)
    athr_channel_await_end (channel, &enders[i].waiter);
  athr_channel_close (channel);
  g_assert_cmpint (enders[0].n_told, ==, 0);
  athr_channel_end (channel, NULL);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpint (enders[i].n_told, ==, 1);
      g_assert_cmpint (answer (channel, &enders[i]), ==, END);
    }
  g_assert_cmpint (take (channel), ==, 1);

  enders[0] = asker_make (NULL);
  athr_channel_await_end (channel, &enders[0].waiter);
  g_assert_cmpint (enders[0].n_told, ==, 1);
  g_assert_cmpint (answer (channel, &enders[0]), ==, END);
  channel_free (channel);
}

static void
test_enders_cancel (void)
{
  AthrChannel *channel = channel_new_open (1);
  Asker ender = asker_make (NULL);
  Putter putter;

  g_test_summary ("To cancel one that awaits the end takes no grant");

  athr_channel_await_end (channel, &ender.waiter);
  athr_channel_cancel (channel, &ender.waiter);
  g_assert_cmpint (ender.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &ender), ==, CANCELLED);
  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_close_initial (void)
{
  AthrChannel *channel = athr_channel_new ();
  Asker ender = asker_make (NULL);

  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_INITIAL);
  athr_channel_await_end (channel, &ender.waiter);
  g_assert_cmpint (ender.n_told, ==, 0);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  g_assert_cmpint (ender.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &ender), ==, END);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_open (void)
{
  AthrChannel *channel = channel_new_open (2);
  g_autoptr (GError) error = NULL;

  g_test_summary ("What was put can still be taken, then comes the end; nothing more can be put");

  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_OPEN);
  g_assert_true (athr_channel_is_open (channel));
  put_at_once (channel, 1);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSING);
  g_assert_false (athr_channel_is_open (channel));

  g_assert_false (put (channel, 2, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);

  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSING);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
  channel_free (channel);
}

static void
test_close_ended (void)
{
  AthrChannel *channel = channel_new_open (2);

  put_at_once (channel, 1);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_failed (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker ender = asker_make (NULL);

  g_test_summary ("An error from before the close is told to who asks, not to who closes");

  athr_channel_end (channel, boom ());
  athr_channel_close (channel);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  athr_channel_await_end (channel, &ender.waiter);
  g_assert_cmpint (answer (channel, &ender), ==, END);
  g_assert_cmpint (take (channel), ==, FAILED);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_close_wakes (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker asker = asker_make (NULL);
  Putter putter;

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 2);
  athr_channel_close (channel);
  putter_await_refused (&putter, 2);
  putter_stop (&putter);
  channel_free (channel);

  channel = channel_new_open (2);
  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_close (channel);
  g_assert_cmpint (asker.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, END);
  channel_free (channel);
}

static void
test_end_plain (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker asker = asker_make (NULL);

  athr_channel_ask (channel, &asker.waiter, FALSE);
  athr_channel_end (channel, NULL);
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_ENDED);
  g_assert_null (athr_channel_peek_error (channel));
  g_assert_cmpint (asker.n_told, ==, 1);
  g_assert_cmpint (answer (channel, &asker), ==, END);
  channel_free (channel);
}

static void
test_end_error (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker askers[3];

  g_test_summary ("The error is told once, after what was put, and then the end");

  for (int i = 0; i < 3; i++)
    {
      askers[i] = asker_make (NULL);
      athr_channel_ask (channel, &askers[i].waiter, FALSE);
    }
  put_at_once (channel, 1);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (answer (channel, &askers[0]), ==, 1);
  g_assert_cmpint (answer (channel, &askers[1]), ==, FAILED);
  g_assert_cmpint (answer (channel, &askers[2]), ==, END);
  g_assert_cmpint (take (channel), ==, END);
  g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, G_IO_ERROR_FAILED);
  channel_free (channel);
}

static void
test_end_stopped (void)
{
  static const int codes[] = { G_IO_ERROR_CLOSED, G_IO_ERROR_CANCELLED };

  g_test_summary ("CLOSED and CANCELLED are errors before a close, and none after it");

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      AthrChannel *channel = channel_new_open (2);
      Asker ender = asker_make (NULL);

      athr_channel_end (channel, g_error_new_literal (G_IO_ERROR, codes[i], "stopped"));
      g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
      g_assert_error (athr_channel_peek_error (channel), G_IO_ERROR, codes[i]);
      channel_free (channel);

      channel = channel_new_open (2);
      athr_channel_close (channel);
      athr_channel_end (channel, g_error_new_literal (G_IO_ERROR, codes[i], "stopped"));
      g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_CLOSED);
      g_assert_null (athr_channel_peek_error (channel));
      athr_channel_await_end (channel, &ender.waiter);
      g_assert_cmpint (answer (channel, &ender), ==, END);
      channel_free (channel);
    }
}

static void
test_end_error_closing (void)
{
  AthrChannel *channel = channel_new_open (2);
  Asker enders[2] = { asker_make (NULL), asker_make (NULL) };

  g_test_summary ("Another error after a close is told to all who closed, and not to who asks");

  put_at_once (channel, 1);
  athr_channel_close (channel);
  athr_channel_await_end (channel, &enders[0].waiter);
  athr_channel_end (channel, boom ());
  g_assert_cmpint (athr_channel_get_state (channel), ==, ATHR_CHANNEL_FAILED);
  athr_channel_await_end (channel, &enders[1].waiter);
  for (int i = 0; i < 2; i++)
    g_assert_cmpint (answer (channel, &enders[i]), ==, FAILED);
  g_assert_cmpint (take (channel), ==, 1);
  g_assert_cmpint (take (channel), ==, END);
  channel_free (channel);
}

static void
test_end_wakes (void)
{
  AthrChannel *channel = channel_new_open (1);
  Putter putter;

  g_test_summary ("Another thread of the producer that waits for room is refused");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 1);
  athr_channel_end (channel, NULL);
  putter_await_refused (&putter, 1);
  putter_stop (&putter);
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
test_put_threads (void)
{
  AthrChannel *channel = channel_new_open (3);
  Putter putters[4];
  GThread *threads[4];
  int n_taken[4] = { 0, };

  g_test_summary ("No value of several threads is lost, and those of each are in order");

  for (int i = 0; i < 4; i++)
    {
      putters[i] = (Putter) { .channel = channel, .first = i * 1000 };
      threads[i] = g_thread_new ("putter", put_thousand, &putters[i]);
    }
  for (int i = 0; i < 4000; i++)
    {
      Asker asker = asker_make (NULL);
      int number;

      athr_channel_ask (channel, &asker.waiter, FALSE);
      athr_test_yield_until (g_atomic_int_get (&asker.n_told) == 1);
      number = answer (channel, &asker);
      g_assert_cmpint (number, >=, 0);
      g_assert_cmpint (number % 1000, ==, n_taken[number / 1000]++);
    }
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  channel_free (channel);
}

static void
test_wake_half (void)
{
  AthrChannel *channel = channel_new_open (8);
  Asker askers[4];
  Putter putter;

  g_test_summary ("Inside a slice a producer is woken when half of the buffer is room");

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 8);
  for (int i = 0; i < 4; i++)
    {
      askers[i] = asker_make (NULL);
      g_assert_cmpint (athr_channel_ask (channel, &askers[i].waiter, TRUE), ==, i < 3);
    }
  putter_await_blocked (&putter, 12);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (answer (channel, &askers[i]), ==, i);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_owed (void)
{
  AthrChannel *channel = channel_new_open (8);
  Asker asker = asker_make (NULL);
  Putter putter;

  putter_start (&putter, channel, 0);
  putter_await_blocked (&putter, 8);
  g_assert_true (athr_channel_ask (channel, &asker.waiter, TRUE));
  athr_channel_wake (channel);
  putter_await_blocked (&putter, 9);
  g_assert_cmpint (answer (channel, &asker), ==, 0);
  putter_stop (&putter);
  channel_free (channel);
}

static void
test_wake_small (void)
{
  g_test_summary ("Half of a buffer of one is nothing: its producer is woken at once");

  for (guint size = 1; size <= 3; size++)
    {
      AthrChannel *channel = channel_new_open (size);
      Asker asker = asker_make (NULL);
      Putter putter;

      putter_start (&putter, channel, 0);
      putter_await_blocked (&putter, size);
      g_assert_false (athr_channel_ask (channel, &asker.waiter, TRUE));
      putter_await_blocked (&putter, size + 1);
      g_assert_cmpint (answer (channel, &asker), ==, 0);
      putter_stop (&putter);
      channel_free (channel);
    }
}

static void
test_wake_nobody (void)
{
  AthrChannel *channel = channel_new_open (8);
  Asker asker = asker_make (NULL);

  g_test_summary ("Nothing is owed where nobody waits for room");

  for (int i = 0; i < 8; i++)
    put_at_once (channel, i);
  g_assert_false (athr_channel_ask (channel, &asker.waiter, TRUE));
  g_assert_cmpint (answer (channel, &asker), ==, 0);
  athr_channel_wake (channel);
  channel_free (channel);
}

static void
test_steal (void)
{
  AthrChannel *channel = channel_new_open (20);
  g_autoptr (GError) error = NULL;
  g_autofree GValue *values = NULL;
  guint n_values;

  g_test_summary ("What nobody will ask for is given away in order; then comes the end");

  for (int i = 0; i < 12; i++)
    put_at_once (channel, i);
  for (int i = 0; i < 10; i++)
    g_assert_cmpint (take (channel), ==, i);
  for (int i = 12; i < 20; i++)
    put_at_once (channel, i);
  athr_channel_end (channel, boom ());

  values = athr_channel_steal (channel, &n_values, &error);
  g_assert_cmpuint (n_values, ==, 10);
  for (guint i = 0; i < n_values; i++)
    g_assert_cmpint (g_value_get_int (&values[i]), ==, 10 + i);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (take (channel), ==, END);
  athr_channel_unref (channel);
}

/* Asks, cancels, puts and answers at random, beside a model of the grants. */
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
      GQueue askers = G_QUEUE_INIT;
      int n_put = 0, n_taken = 0, n_cancelled = 0, n_asked = 0;
      Putter putter;

      for (int step = 0; step < 100; step++)
        {
          Asker *asker;

          switch (g_rand_int_range (rand, 0, 4))
            {
            case 0:
              asker = g_new (Asker, 1);
              *asker = asker_make (NULL);
              athr_channel_ask (channel, &asker->waiter, g_rand_boolean (rand));
              g_queue_push_tail (&askers, asker);
              n_asked++;
              break;
            case 1:
              asker = g_queue_pop_nth (&askers, g_rand_int_range (rand, 0, askers.length + 1));
              if (asker == NULL)
                break;
              athr_channel_cancel (channel, &asker->waiter);
              g_assert_cmpint (asker->n_told, ==, 1);
              g_assert_cmpint (answer (channel, asker), ==, CANCELLED);
              g_free (asker);
              n_cancelled++;
              break;
            case 2:
              if (n_put < (int) size + n_asked - n_cancelled)
                put_at_once (channel, n_put++);
              break;
            default:
              if (g_queue_is_empty (&askers) || n_taken == n_put)
                break;
              asker = g_queue_pop_head (&askers);
              g_assert_cmpint (asker->n_told, ==, 1);
              g_assert_cmpint (answer (channel, asker), ==, n_taken++);
              g_free (asker);
              break;
            }
        }

      /* However it came here: the producer stops where the model says. */
      putter_start (&putter, channel, n_put);
      putter_await_blocked (&putter, MAX (0, (int) size + n_asked - n_cancelled - n_put));
      putter_stop (&putter);
      while (!g_queue_is_empty (&askers))
        {
          g_autofree Asker *asker = g_queue_pop_head (&askers);

          answer (channel, asker);
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
  g_test_add_func ("/athr/channel/cancel/takes-back", test_cancel_takes_back);
  g_test_add_func ("/athr/channel/cancel/owes", test_cancel_owes);
  g_test_add_func ("/athr/channel/cancel/unknown", test_cancel_unknown);
  g_test_add_func ("/athr/channel/cancel/due", test_cancel_due);
  g_test_add_func ("/athr/channel/cancel/answered", test_cancel_answered);
  g_test_add_func ("/athr/channel/ring/wrap", test_ring_wrap);
  g_test_add_func ("/athr/channel/ring/growth", test_ring_growth);
  g_test_add_func ("/athr/channel/askers/order", test_askers_order);
  g_test_add_func ("/athr/channel/askers/nothing", test_askers_nothing);
  g_test_add_func ("/athr/channel/enders/after-askers", test_enders_after_askers);
  g_test_add_func ("/athr/channel/enders/cancelled-asker", test_enders_cancelled_asker);
  g_test_add_func ("/athr/channel/enders/wait", test_enders_wait);
  g_test_add_func ("/athr/channel/enders/cancel", test_enders_cancel);
  g_test_add_func ("/athr/channel/close/initial", test_close_initial);
  g_test_add_func ("/athr/channel/close/open", test_close_open);
  g_test_add_func ("/athr/channel/close/ended", test_close_ended);
  g_test_add_func ("/athr/channel/close/failed", test_close_failed);
  g_test_add_func ("/athr/channel/close/wakes", test_close_wakes);
  g_test_add_func ("/athr/channel/end/plain", test_end_plain);
  g_test_add_func ("/athr/channel/end/error", test_end_error);
  g_test_add_func ("/athr/channel/end/stopped", test_end_stopped);
  g_test_add_func ("/athr/channel/end/error-closing", test_end_error_closing);
  g_test_add_func ("/athr/channel/end/wakes", test_end_wakes);
  g_test_add_func ("/athr/channel/put/threads", test_put_threads);
  g_test_add_func ("/athr/channel/wake/half", test_wake_half);
  g_test_add_func ("/athr/channel/wake/owed", test_wake_owed);
  g_test_add_func ("/athr/channel/wake/small", test_wake_small);
  g_test_add_func ("/athr/channel/wake/nobody", test_wake_nobody);
  g_test_add_func ("/athr/channel/steal", test_steal);
  g_test_add_func ("/athr/channel/random", test_random);

  return g_test_run ();
}
