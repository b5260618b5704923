/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/stream-take-test.h"

/* Hazard 4. Workers that wait for work of their own executor. */

/* A producer that yields the values that it takes from another stream. */
typedef struct
{
  AthrStream *from;
  AthrStream *stream;
  GThread *destroyed_on; /* atomic */
} Link;

static void
pass_on (AthrYielder  *yielder,
         gpointer      user_data,
         GError      **error)
{
  Link *self = user_data;
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      goes_on = athr_stream_next (self->from, NULL, &value, error) && G_IS_VALUE (&value) &&
                athr_yielder_yield_value (yielder, &value, error);
    }
}

static void
pass_on_steps (AthrYielder  *yielder,
               gpointer      user_data,
               GError      **error)
{
  Link *self = user_data;
  g_auto (GValue) value = G_VALUE_INIT;

  if (!athr_stream_next (self->from, NULL, &value, error))
    return;
  if (G_IS_VALUE (&value))
    athr_yielder_yield_value (yielder, &value, error);
  else
    athr_yielder_end (yielder);
}

static void
link_init (Link         *self,
           AthrStream   *from,
           AthrExecutor *executor,
           gboolean      steps)
{
  *self = (Link) { .from = from };
  self->stream = steps ? athr_stream_new_steps (pass_on_steps, self, athr_test_note_thread)
                       : athr_stream_new (pass_on, self, athr_test_note_thread);
  athr_stream_set_executor (self->stream, executor);
  athr_stream_set_buffer_size (self->stream, 1);
}

#define N_LINKS 8

/* Eight streams, each of which takes from the one before, on an executor of two threads. */
static void
test_chain (gconstpointer steps)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("chain", 2);
  g_auto (AthrCounter) counter = { 0 };
  Link links[N_LINKS];

  g_test_summary ("A chain of streams works on an executor with fewer threads than streams");

  athr_counter_init (&counter, 50, 1);
  athr_stream_set_executor (counter.stream, executor);
  for (guint i = 0; i < N_LINKS; i++)
    link_init (&links[i], i > 0 ? links[i - 1].stream : counter.stream, executor,
               GPOINTER_TO_INT (steps));
  for (guint i = 1; i <= 50; i++)
    athr_test_expect_value (links[N_LINKS - 1].stream, i);
  athr_test_expect_end (links[N_LINKS - 1].stream);
  for (guint i = 0; i < N_LINKS; i++)
    g_object_unref (links[i].stream);
}

static void
test_chain_alone (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  g_auto (AthrCounter) counter = { 0 };
  Link link;

  g_test_summary ("On an executor of one thread, a producer that takes from a stream of the "
                  "same executor gets WOULD_BLOCK");

  athr_counter_init (&counter, 3, 1);
  athr_stream_set_executor (counter.stream, executor);
  link_init (&link, counter.stream, executor, FALSE);
  athr_test_expect_error (link.stream, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  athr_test_expect_end (link.stream);
  g_assert_cmpint (counter.n_begun, ==, 0);
  g_object_unref (link.stream);
}

static void
test_blocked_alone (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("one", 1);
  g_auto (AthrCounter) blocked = { 0 };
  g_auto (AthrCounter) other = { 0 };

  g_test_summary ("A producer with a full buffer keeps the thread of an executor of one "
                  "thread: other work runs when the producer is done");

  athr_counter_init (&blocked, 5, 1);
  athr_counter_init (&other, 1, 1);
  athr_stream_set_executor (blocked.stream, executor);
  athr_stream_set_executor (other.stream, executor);
  athr_stream_start (blocked.stream);
  athr_test_yield_until (g_atomic_int_get (&blocked.n_yielded) == 1);
  athr_stream_start (other.stream);
  for (guint i = 1; i <= 5; i++)
    athr_test_expect_value (blocked.stream, i);
  athr_test_expect_end (blocked.stream);
  athr_test_expect_value (other.stream, 1);
  g_assert_true (other.ran_on == blocked.ran_on);
}

#define N_BLOCKERS 10

static void
test_blockers_elsewhere (void)
{
  g_autoptr (AthrExecutor) slow = athr_executor_new ("slow", 2);
  g_auto (AthrCounter) fast = { 0 };
  AthrCounter blockers[N_BLOCKERS];

  g_test_summary ("Ten blocked functions fill their executor, and fast work runs on another "
                  "executor at once");

  for (guint i = 0; i < N_BLOCKERS; i++)
    {
      athr_counter_init (&blockers[i], 1, 2);
      blockers[i].holds = TRUE;
      athr_stream_set_executor (blockers[i].stream, slow);
      athr_stream_start (blockers[i].stream);
    }
  athr_test_yield_until (athr_executor_get_n_running (slow) == 2 &&
                         athr_executor_get_n_queued (slow) == N_BLOCKERS - 2);
  athr_counter_init (&fast, 100, 3);
  for (guint i = 1; i <= 100; i++)
    athr_test_expect_value (fast.stream, i);
  athr_test_expect_end (fast.stream);
  g_assert_cmpuint (athr_executor_get_n_running (slow), ==, 2);
  for (guint i = 0; i < N_BLOCKERS; i++)
    athr_gate_open (&blockers[i].hold);
  for (guint i = 0; i < N_BLOCKERS; i++)
    {
      athr_test_expect_value (blockers[i].stream, 1);
      athr_test_expect_end (blockers[i].stream);
      athr_counter_clear (&blockers[i]);
    }
}

static void
test_blockers_waiting (void)
{
  g_autoptr (AthrExecutor) executor = athr_executor_new ("waiting", 2);
  g_auto (AthrCounter) fast = { 0 };
  AthrCounter blockers[N_BLOCKERS];

  g_test_summary ("Ten producers with a full buffer give their places to other work of the "
                  "same executor");

  for (guint i = 0; i < N_BLOCKERS; i++)
    {
      athr_counter_init (&blockers[i], 3, 1);
      athr_stream_set_executor (blockers[i].stream, executor);
      athr_stream_start (blockers[i].stream);
    }
  for (guint i = 0; i < N_BLOCKERS; i++)
    athr_test_yield_until (g_atomic_int_get (&blockers[i].n_yielded) == 1);
  athr_test_yield_until (athr_executor_get_n_running (executor) == 0);
  athr_counter_init (&fast, 100, 3);
  athr_stream_set_executor (fast.stream, executor);
  for (guint i = 1; i <= 100; i++)
    athr_test_expect_value (fast.stream, i);
  athr_test_expect_end (fast.stream);
  for (guint i = 0; i < N_BLOCKERS; i++)
    {
      g_assert_cmpint (g_atomic_int_get (&blockers[i].n_yielded), ==, 1);
      athr_counter_clear (&blockers[i]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define add(path, test) g_test_add_func ("/athr/hazards/04-nested-waiting/stream/" path, test)
  g_test_add_data_func ("/athr/hazards/04-nested-waiting/stream/chain", GINT_TO_POINTER (FALSE), test_chain);
  g_test_add_data_func ("/athr/hazards/04-nested-waiting/stream/chain/steps", GINT_TO_POINTER (TRUE),
                        test_chain);
  add ("chain/alone", test_chain_alone);
  add ("blocked-alone", test_blocked_alone);
  add ("blockers/elsewhere", test_blockers_elsewhere);
  add ("blockers/waiting", test_blockers_waiting);

  return g_test_run ();
}
