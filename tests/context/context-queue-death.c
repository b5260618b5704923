/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

#define N_ROUNDS 3000

/* The end of a main context. */

static void
test_drops (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem items[6];

  g_test_summary ("The thread that ends the context drops each queued item, once");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    log_item_init (&items[i], fixture, 'a' + i);
  log_item_init_cleanup_only (&items[4], fixture, 'e');
  log_item_push (&items[0]);
  athr_test_elsewhere (log_item_push_func, &items[1]);
  log_item_push_at (&items[2], G_PRIORITY_DEFAULT_IDLE);
  log_item_push_at (&items[3], 50);
  log_item_push (&items[4]);
  athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &items[5].item);
  fixture_destroy_context (fixture);

  fixture_assert_log (fixture, "");
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_assert_cmpuint (items[i].n_dropped, ==, 1);
      g_assert_true (items[i].dropped_on == g_thread_self ());
    }
}

static gpointer
unref_context (gpointer context)
{
  g_main_context_unref (context);
  return g_thread_self ();
}

static void
test_drops_elsewhere (Fixture       *fixture,
                      gconstpointer  data)
{
  GMainContext *context = g_steal_pointer (&fixture->context);
  GThread *thread;
  LogItem a;

  log_item_init (&a, fixture, 'a');
  log_item_push (&a);
  g_main_context_pop_thread_default (context);
  thread = athr_test_elsewhere (unref_context, context);

  g_assert_cmpuint (a.n_dropped, ==, 1);
  g_assert_true (a.dropped_on == thread);
}

static void
test_push_dead (Fixture       *fixture,
                gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("When the context is gone, the thread that pushes an item drops the item");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  fixture_destroy_context (fixture);
  athr_test_elsewhere (log_item_push_func, &a);
  g_assert_true (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &b.item));

  g_assert_cmpuint (a.n_dropped, ==, 1);
  g_assert_true (a.dropped_on != g_thread_self ());
  g_assert_cmpuint (b.n_dropped, ==, 1);
  g_assert_true (b.dropped_on == g_thread_self ());
}

static void
test_source_dead (Fixture       *fixture,
                  gconstpointer  data)
{
  LogItem a;

  log_item_init (&a, fixture, 'a');
  fixture_destroy_context (fixture);
  log_item_push_at (&a, 50);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

static void
test_no_drop (Fixture       *fixture,
              gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { log_item_run, NULL, NULL };
  LogItem a, b;

  g_test_summary ("The queue forgets an item that has no drop function");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a.item.funcs = b.item.funcs = &funcs;
  log_item_push (&a);
  fixture_destroy_context (fixture);
  log_item_push (&b);
  fixture_assert_log (fixture, "");
}

static void
test_withdraw_dead (Fixture       *fixture,
                    gconstpointer  data)
{
  LogItem a;

  log_item_init (&a, fixture, 'a');
  log_item_push (&a);
  fixture_destroy_context (fixture);
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &a.item));
  athr_context_queue_run_cleanup (fixture->queue);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

static void
push_and_note_drop (AthrWorkItem *item)
{
  LogItem *self = item->data;

  log_item_drop (item);
  if (self->n_dropped < 3)
    log_item_push (self);
}

static void
test_push_from_drop (Fixture       *fixture,
                     gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { log_item_run, push_and_note_drop, NULL };
  LogItem a;

  g_test_summary ("An item that its own drop() pushes is dropped again, once for each push");

  log_item_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  log_item_push (&a);
  fixture_destroy_context (fixture);
  g_assert_cmpuint (a.n_dropped, ==, 3);
}

static void
test_next_context (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (AthrContextQueue) dead = athr_context_queue_ref (fixture->queue);
  LogItem a;

  g_test_summary ("A new context gets a new queue, even at the address of a context that is gone");

  for (guint i = 0; i < 100; i++)
    {
      fixture_destroy_context (fixture);
      fixture->context = g_main_context_new ();
      g_main_context_push_thread_default (fixture->context);
      athr_context_queue_unref (fixture->queue);
      fixture->queue = athr_home_ref_for_context (fixture->context);
      g_assert_true (fixture->queue != dead);

      log_item_init (&a, fixture, 'a');
      log_item_push (&a);
      fixture_iterate (fixture);
      fixture_assert_log (fixture, "a");
    }
}

typedef struct
{
  AthrWatch watch;
  int n_ended; /* atomic */
  GThread *ended_on;
} Watcher;

static void
watcher_ended (AthrWatch *watch)
{
  Watcher *self = watch->data;

  self->ended_on = g_thread_self ();
  g_atomic_int_inc (&self->n_ended);
}

static void
watcher_init (Watcher *self)
{
  memset (self, 0, sizeof *self);
  self->watch.ended = watcher_ended;
  self->watch.data = self;
}

static void
test_watch (Fixture       *fixture,
            gconstpointer  data)
{
  Watcher watchers[3];

  for (guint i = 0; i < G_N_ELEMENTS (watchers); i++)
    {
      watcher_init (&watchers[i]);
      g_assert_true (athr_context_queue_watch (fixture->queue, &watchers[i].watch));
    }
  g_assert_true (athr_context_queue_unwatch (fixture->queue, &watchers[1].watch));
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &watchers[1].watch));
  g_assert_cmpint (watchers[0].n_ended, ==, 0);
  fixture_destroy_context (fixture);

  g_assert_cmpint (watchers[0].n_ended, ==, 1);
  g_assert_true (watchers[0].ended_on == g_thread_self ());
  g_assert_cmpint (watchers[1].n_ended, ==, 0);
  g_assert_cmpint (watchers[2].n_ended, ==, 1);
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &watchers[0].watch));
}

static void
test_watch_dead (Fixture       *fixture,
                 gconstpointer  data)
{
  Watcher watcher;

  watcher_init (&watcher);
  fixture_destroy_context (fixture);
  g_assert_false (athr_context_queue_watch (fixture->queue, &watcher.watch));
  g_assert_cmpint (watcher.n_ended, ==, 0);
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &watcher.watch));
}

static void
push_as_it_ends (gpointer item)
{
  athr_test_elsewhere (log_item_push_func, item);
}

/* Adds a source of the program, which GLib destroys before the sources of the queue. Its
 * destroy notify pushes @item from another thread. */
static void
add_last_source (Fixture *fixture,
                 LogItem *item)
{
  GSource *source = g_timeout_source_new_seconds (3600);

  g_source_set_priority (source, G_MAXINT);
  g_source_set_callback (source, fixture_write, item, push_as_it_ends);
  g_source_attach (source, fixture->context);
  g_source_unref (source);
}

static void
test_push_dying (Fixture       *fixture,
                 gconstpointer  data)
{
  LogItem a;

  g_test_summary ("A push does not wake a context without references whose sources still exist");

  log_item_init (&a, fixture, 'a');
  add_last_source (fixture, &a);
  fixture_iterate (fixture);
  fixture_destroy_context (fixture);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

typedef struct
{
  AthrContextQueue *queue; /* atomic; the queue that the flood pushes to next */
  int stop;                /* atomic */
  int n_pushed;            /* atomic */
  int n_run;               /* atomic */
  int n_dropped;           /* atomic */
} Flood;

typedef struct
{
  AthrWorkItem item;
  Flood *flood;
} FloodItem;

static void
flood_item_run (AthrWorkItem *item)
{
  FloodItem *self = item->data;

  g_atomic_int_inc (&self->flood->n_run);
  g_free (self);
}

static void
flood_item_drop (AthrWorkItem *item)
{
  FloodItem *self = item->data;

  g_atomic_int_inc (&self->flood->n_dropped);
  g_free (self);
}

static gpointer
flood_func (gpointer data)
{
  static const AthrWorkItemFuncs funcs = { flood_item_run, flood_item_drop, NULL };
  Flood *flood = data;

  while (!g_atomic_int_get (&flood->stop))
    {
      AthrContextQueue *queue = g_atomic_pointer_exchange (&flood->queue, NULL);
      gboolean watched;
      Watcher watcher;

      if (queue == NULL)
        {
          g_thread_yield ();
          continue;
        }

      watcher_init (&watcher);
      watched = athr_context_queue_watch (queue, &watcher.watch);
      for (guint i = 0; i < 20; i++)
        {
          FloodItem *item = g_new0 (FloodItem, 1);

          athr_work_item_init (&item->item, &funcs, item);
          item->flood = flood;
          athr_context_queue_push (queue, i % 4, &item->item);
          g_atomic_int_inc (&flood->n_pushed);
        }
      if (watched && !athr_context_queue_unwatch (queue, &watcher.watch))
        athr_test_yield_until (g_atomic_int_get (&watcher.n_ended) == 1);
      athr_context_queue_unref (queue);
    }

  return NULL;
}

static void
test_race (void)
{
  Flood flood = { NULL };
  GThread *thread;

  g_test_summary ("Contexts end at random moments while another thread pushes: each item runs or "
                  "is dropped");

  thread = g_thread_new ("flood", flood_func, &flood);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      GMainContext *context = g_main_context_new ();
      AthrContextQueue *queue = athr_home_ref_for_context (context);
      guint n_iterations = g_test_rand_int_range (0, 5);
      guint n_spins = g_test_rand_int_range (0, 3000);

      g_atomic_pointer_set (&flood.queue, queue);
      athr_test_yield_until (g_atomic_pointer_get (&flood.queue) == NULL);
      for (guint j = 0; j < n_iterations; j++)
        g_main_context_iteration (context, FALSE);
      for (guint j = 0; j < n_spins; j++)
        athr_cpu_relax ();
      g_main_context_unref (context);
    }
  g_atomic_int_set (&flood.stop, TRUE);
  g_thread_join (thread);

  g_assert_cmpint (flood.n_pushed, ==, N_ROUNDS * 20);
  g_assert_cmpint (flood.n_run + flood.n_dropped, ==, flood.n_pushed);
  g_test_message ("%d items ran, %d were dropped", flood.n_run, flood.n_dropped);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("death/drops", test_drops);
  fixture_add_test ("death/drops/elsewhere", test_drops_elsewhere);
  fixture_add_test ("death/push", test_push_dead);
  fixture_add_test ("death/push/from-drop", test_push_from_drop);
  fixture_add_test ("death/push/dying", test_push_dying);
  fixture_add_test ("death/source", test_source_dead);
  fixture_add_test ("death/no-drop", test_no_drop);
  fixture_add_test ("death/withdraw", test_withdraw_dead);
  fixture_add_test ("death/next-context", test_next_context);
  fixture_add_test ("death/watch", test_watch);
  fixture_add_test ("death/watch/dead", test_watch_dead);
  g_test_add_func ("/athr/context-queue/death/race", test_race);

  return g_test_run ();
}
