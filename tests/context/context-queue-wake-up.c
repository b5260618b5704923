/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>

#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

/* The library calls this instead of GLib's own. */

static int n_wake_ups; /* atomic */

void
g_main_context_wakeup (GMainContext *context)
{
  static void (*wakeup) (GMainContext *context);

  if (g_once_init_enter (&wakeup))
    g_once_init_leave (&wakeup, dlsym (RTLD_NEXT, "g_main_context_wakeup"));

  g_atomic_int_inc (&n_wake_ups);
  wakeup (context);
}

/* What happens while the context polls next. It never rests: whether it would have
 * been woken is told by the number. */
static GThreadFunc while_polling;
static gpointer while_polling_data;

static int
poll_and_act (GPollFD *fds,
              guint    n_fds,
              int      timeout)
{
  GThreadFunc func = g_steal_pointer (&while_polling);

  if (func != NULL)
    func (while_polling_data);

  return g_poll (fds, n_fds, 0);
}

/* Iterates once, with @func called at rest. */
static void
iterate_with (Fixture     *fixture,
              GThreadFunc  func,
              gpointer     data)
{
  g_main_context_set_poll_func (fixture->context, poll_and_act);
  while_polling = func;
  while_polling_data = data;
  g_main_context_iteration (fixture->context, TRUE);
  g_assert_null (while_polling);
}

static void
assert_wake_ups (int expected)
{
  g_assert_cmpint (g_atomic_int_exchange (&n_wake_ups, 0), ==, expected);
}

static void
letters_init (Letter  *letters,
              guint    n,
              Fixture *fixture)
{
  for (guint i = 0; i < n; i++)
    letter_init (&letters[i], fixture, 'a' + i);
  g_atomic_int_set (&n_wake_ups, 0);
}

static gpointer
push_three (gpointer data)
{
  Letter *letters = data;

  for (guint i = 0; i < 3; i++)
    letter_push (&letters[i]);

  return NULL;
}

static gpointer
push_three_elsewhere (gpointer data)
{
  return athr_test_elsewhere (push_three, data);
}

static gpointer
push_elsewhere (gpointer data)
{
  return athr_test_elsewhere (letter_push_func, data);
}

static void
test_burst (Fixture       *fixture,
            gconstpointer  data)
{
  Letter letters[3];

  g_test_summary ("While the loop rests, a burst wakes it once");

  letters_init (letters, 3, fixture);
  iterate_with (fixture, push_three_elsewhere, letters);
  assert_wake_ups (1);
  /* On a slow machine they take more than a slice. */
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc");
}

static gpointer
push_lanes (gpointer data)
{
  Letter *letters = data;

  letter_push_at (&letters[0], G_PRIORITY_DEFAULT);
  letter_push_at (&letters[1], G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&letters[2], G_PRIORITY_DEFAULT);

  return NULL;
}

static gpointer
push_lanes_elsewhere (gpointer data)
{
  return athr_test_elsewhere (push_lanes, data);
}

static void
test_burst_lanes (Fixture       *fixture,
                  gconstpointer  data)
{
  Letter letters[3];

  g_test_summary ("A burst of several priorities is one burst");

  letters_init (letters, 3, fixture);
  iterate_with (fixture, push_lanes_elsewhere, letters);
  assert_wake_ups (1);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "acb");
  assert_wake_ups (0);
}

static void
test_next_burst (Fixture       *fixture,
                 gconstpointer  data)
{
  Letter letters[6];

  letters_init (letters, 6, fixture);
  iterate_with (fixture, push_three_elsewhere, letters);
  iterate_with (fixture, push_three_elsewhere, letters + 3);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "abcdef");
}

static void
test_between_iterations (Fixture       *fixture,
                         gconstpointer  data)
{
  Letter letters[2];

  g_test_summary ("A loop that does not rest sees what there is before it does");

  letters_init (letters, 2, fixture);
  letter_push (&letters[0]);
  push_elsewhere (&letters[1]);
  assert_wake_ups (0);

  fixture_iterate (fixture);
  fixture_assert_log (fixture, "ab");
  assert_wake_ups (0);
}

static void
push_data (Letter *self)
{
  letter_push (self->data);
}

static void
push_data_elsewhere (Letter *self)
{
  push_elsewhere (self->data);
}

static void
test_from_run (Fixture       *fixture,
               gconstpointer  data)
{
  Letter letters[3];

  g_test_summary ("Nor is a loop woken that is busy with an item");

  letters_init (letters, 3, fixture);
  letters[0].then = push_data;
  letters[0].data = &letters[1];
  letters[1].then = push_data_elsewhere;
  letters[1].data = &letters[2];
  letters[1].burn = 5000;
  letter_push (&letters[0]);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc");
  assert_wake_ups (0);
}

static gpointer
push_and_withdraw (gpointer data)
{
  Letter *letter = data;

  letter_push (letter);
  athr_context_queue_withdraw (letter->fixture->queue, &letter->item);

  return NULL;
}

static void
test_withdrawn (Fixture       *fixture,
                gconstpointer  data)
{
  Letter letters[1];

  g_test_summary ("A wake-up for what was withdrawn is not mistaken for that of a later item");

  letters_init (letters, 1, fixture);
  iterate_with (fixture, push_and_withdraw, letters);
  iterate_with (fixture, letter_push_func, letters);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "a");
}

static GPollFD more = { .fd = -1, .events = G_IO_IN };

static gpointer
change_poll (gpointer data)
{
  Letter *letter = data;

  push_and_withdraw (letter);
  g_main_context_add_poll (letter->fixture->context, &more, G_PRIORITY_DEFAULT);

  return NULL;
}

static void
test_poll_changed (Fixture       *fixture,
                   gconstpointer  data)
{
  Letter letters[1];

  g_test_summary ("The same when GLib asks no source, since the poll has changed");

  letters_init (letters, 1, fixture);
  iterate_with (fixture, change_poll, letters);
  iterate_with (fixture, letter_push_func, letters);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "a");
  g_main_context_remove_poll (fixture->context, &more);
}

static gpointer
give_back_three (gpointer data)
{
  Fixture *fixture = data;

  for (guint i = 0; i < 3; i++)
    athr_free_in_context (fixture->queue, g_malloc (16), g_free);

  return NULL;
}

static gpointer
give_back_three_elsewhere (gpointer data)
{
  return athr_test_elsewhere (give_back_three, data);
}

static void
test_give_back (Fixture       *fixture,
                gconstpointer  data)
{
  g_test_summary ("What comes home to be freed is a burst like any other");

  letters_init (NULL, 0, fixture);
  iterate_with (fixture, give_back_three_elsewhere, fixture);
  assert_wake_ups (1);
}

static gpointer
push_when_at_rest (gpointer data)
{
  Letter *letter = data;

  athr_gate_pass (letter->data);
  letter_push (letter);

  return NULL;
}

static AthrGate at_rest;

static int
poll_at_rest (GPollFD *fds,
              guint    n_fds,
              int      timeout)
{
  if (timeout != 0)
    athr_gate_open (&at_rest);

  return g_poll (fds, n_fds, timeout);
}

static void
test_wakes (Fixture       *fixture,
            gconstpointer  data)
{
  GThread *thread;
  Letter a;

  g_test_summary ("A loop that rests for good is woken indeed");

  letters_init (&a, 1, fixture);
  athr_gate_init (&at_rest);
  a.data = &at_rest;
  thread = g_thread_new ("push", push_when_at_rest, &a);
  g_main_context_set_poll_func (fixture->context, poll_at_rest);
  athr_test_iterate_until (fixture->context, fixture->log->len > 0);

  g_thread_join (thread);
  athr_gate_clear (&at_rest);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("wake-up/burst", test_burst);
  fixture_add_test ("wake-up/burst/lanes", test_burst_lanes);
  fixture_add_test ("wake-up/next-burst", test_next_burst);
  fixture_add_test ("wake-up/between-iterations", test_between_iterations);
  fixture_add_test ("wake-up/from-run", test_from_run);
  fixture_add_test ("wake-up/withdrawn", test_withdrawn);
  fixture_add_test ("wake-up/poll-changed", test_poll_changed);
  fixture_add_test ("wake-up/give-back", test_give_back);
  fixture_add_test ("wake-up/wakes", test_wakes);

  return g_test_run ();
}
