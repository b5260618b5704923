/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>

#include "context/athr-deferred-free-private.h"
#include "context-queue-test.h"

/* The library calls the g_main_context_wakeup() of this program, which counts the calls and
 * then calls GLib's. */

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

/* What the next poll of the context calls. The poll itself never waits: n_wake_ups says
 * whether a thread would have woken the context. */
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

/* Iterates the context once; the poll calls @func. */
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
log_items_init (LogItem *items,
                guint    n,
                Fixture *fixture)
{
  for (guint i = 0; i < n; i++)
    log_item_init (&items[i], fixture, 'a' + i);
  g_atomic_int_set (&n_wake_ups, 0);
}

static gpointer
push_three (gpointer data)
{
  LogItem *items = data;

  for (guint i = 0; i < 3; i++)
    log_item_push (&items[i]);

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
  return athr_test_elsewhere (log_item_push_func, data);
}

static void
test_burst (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem items[3];

  g_test_summary ("A burst of pushes wakes a context in poll once");

  log_items_init (items, 3, fixture);
  iterate_with (fixture, push_three_elsewhere, items);
  assert_wake_ups (1);
  /* On a slow machine the items take more than one slice. */
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc");
}

static gpointer
push_at_priorities (gpointer data)
{
  LogItem *items = data;

  log_item_push_at (&items[0], G_PRIORITY_DEFAULT);
  log_item_push_at (&items[1], G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&items[2], G_PRIORITY_DEFAULT);

  return NULL;
}

static gpointer
push_at_priorities_elsewhere (gpointer data)
{
  return athr_test_elsewhere (push_at_priorities, data);
}

static void
test_burst_sources (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem items[3];

  g_test_summary ("A burst of pushes at several priorities wakes the context once");

  log_items_init (items, 3, fixture);
  iterate_with (fixture, push_at_priorities_elsewhere, items);
  assert_wake_ups (1);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "acb");
  assert_wake_ups (0);
}

static void
test_next_burst (Fixture       *fixture,
                 gconstpointer  data)
{
  LogItem items[6];

  log_items_init (items, 6, fixture);
  iterate_with (fixture, push_three_elsewhere, items);
  iterate_with (fixture, push_three_elsewhere, items + 3);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "abcdef");
}

static void
test_between_iterations (Fixture       *fixture,
                         gconstpointer  data)
{
  LogItem items[2];

  g_test_summary ("A push between two iterations wakes nothing: the next iteration sees the item");

  log_items_init (items, 2, fixture);
  log_item_push (&items[0]);
  push_elsewhere (&items[1]);
  assert_wake_ups (0);

  fixture_iterate_all (fixture);
  fixture_assert_log (fixture, "ab");
  assert_wake_ups (0);
}

static void
push_data (LogItem *self)
{
  log_item_push (self->data);
}

static void
push_data_elsewhere (LogItem *self)
{
  push_elsewhere (self->data);
}

static void
test_from_run (Fixture       *fixture,
               gconstpointer  data)
{
  LogItem items[3];

  g_test_summary ("A push while an item runs wakes nothing: the loop sees the new item "
                  "afterwards");

  log_items_init (items, 3, fixture);
  items[0].then = push_data;
  items[0].data = &items[1];
  items[1].then = push_data_elsewhere;
  items[1].data = &items[2];
  items[1].burn = 5000;
  log_item_push (&items[0]);

  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "abc");
  assert_wake_ups (0);
}

static gpointer
push_and_withdraw (gpointer data)
{
  LogItem *item = data;

  log_item_push (item);
  athr_context_queue_withdraw (item->fixture->queue, &item->item);

  return NULL;
}

static void
test_withdrawn (Fixture       *fixture,
                gconstpointer  data)
{
  LogItem items[1];

  g_test_summary ("After a wake-up for an item that was withdrawn, a later push wakes the "
                  "context again");

  log_items_init (items, 1, fixture);
  iterate_with (fixture, push_and_withdraw, items);
  iterate_with (fixture, log_item_push_func, items);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "a");
}

static GPollFD more = { .fd = -1, .events = G_IO_IN };

static gpointer
change_poll (gpointer data)
{
  LogItem *item = data;

  push_and_withdraw (item);
  g_main_context_add_poll (item->fixture->context, &more, G_PRIORITY_DEFAULT);

  return NULL;
}

static void
test_poll_changed (Fixture       *fixture,
                   gconstpointer  data)
{
  LogItem items[1];

  g_test_summary ("A later push wakes the context again even if GLib asked no source in check, "
                  "since the polled descriptors had changed");

  log_items_init (items, 1, fixture);
  iterate_with (fixture, change_poll, items);
  iterate_with (fixture, log_item_push_func, items);
  assert_wake_ups (2);
  fixture_assert_log (fixture, "a");
  g_main_context_remove_poll (fixture->context, &more);
}

static gpointer
free_three (gpointer data)
{
  Fixture *fixture = data;

  for (guint i = 0; i < 3; i++)
    athr_free_in_context (fixture->queue, g_malloc (16), g_free);

  return NULL;
}

static gpointer
free_three_elsewhere (gpointer data)
{
  return athr_test_elsewhere (free_three, data);
}

static void
test_free (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("A burst of deferred frees wakes the context once");

  log_items_init (NULL, 0, fixture);
  iterate_with (fixture, free_three_elsewhere, fixture);
  assert_wake_ups (1);
}

static gpointer
push_when_at_rest (gpointer data)
{
  LogItem *item = data;

  athr_gate_pass (item->data);
  log_item_push (item);

  return NULL;
}

static AthrGate at_rest;

/* A GSource that pushes an item as GLib prepares it, once. */
typedef struct
{
  GSource source;
  LogItem *item; /* (nullable) */
} PushSource;

static gboolean
push_source_prepare (GSource *source,
                     int     *timeout)
{
  LogItem *item = g_steal_pointer (&((PushSource *) source)->item);

  *timeout = -1;
  if (item != NULL)
    log_item_push (item);

  return FALSE;
}

static void
iterate_in_run (LogItem *self)
{
  g_main_context_set_poll_func (self->fixture->context, poll_and_act);
  g_main_context_iteration (self->fixture->context, TRUE);
}

static void
test_from_prepare (Fixture       *fixture,
                   gconstpointer  data)
{
  static GSourceFuncs funcs = { push_source_prepare, NULL, NULL, NULL };
  g_autoptr (GSource) source = g_source_new (&funcs, sizeof (PushSource));
  LogItem items[2];

  g_test_summary ("In a nested main loop, a source that pushes as GLib prepares it wakes the context: "
                  "the queue has been asked already");

  log_items_init (items, 2, fixture);
  items[0].then = iterate_in_run;
  ((PushSource *) source)->item = &items[1];
  g_source_set_priority (source, G_PRIORITY_LOW);
  log_item_push (&items[0]);
  /* The outer iteration does not prepare the source, since the first item is ready and more urgent. */
  g_source_attach (source, fixture->context);
  g_main_context_iteration (fixture->context, TRUE);
  assert_wake_ups (1);
  g_source_destroy (source);
  athr_test_drain (fixture->context);
  fixture_assert_log (fixture, "ab");
}

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
  LogItem a;

  g_test_summary ("A push wakes a context that waits in poll without a time-out");

  log_items_init (&a, 1, fixture);
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
  fixture_add_test ("wake-up/burst/sources", test_burst_sources);
  fixture_add_test ("wake-up/next-burst", test_next_burst);
  fixture_add_test ("wake-up/between-iterations", test_between_iterations);
  fixture_add_test ("wake-up/from-run", test_from_run);
  fixture_add_test ("wake-up/withdrawn", test_withdrawn);
  fixture_add_test ("wake-up/poll-changed", test_poll_changed);
  fixture_add_test ("wake-up/free", test_free);
  fixture_add_test ("wake-up/from-prepare", test_from_prepare);
  fixture_add_test ("wake-up/wakes", test_wakes);

  return g_test_run ();
}
