/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context-queue-test.h"

#define N_ROUNDS 3000

/* The end of a context. */

static void
test_drops (Fixture       *fixture,
            gconstpointer  data)
{
  Letter letters[6];

  g_test_summary ("What is queued is dropped once, by the thread that ends the context");

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    letter_init (&letters[i], fixture, 'a' + i);
  letters[4].item.funcs = &(const AthrWorkItemFuncs) { letter_run, letter_drop, letter_is_cleanup_only };
  athr_context_queue_add_source (fixture->queue, 50);
  letter_push (&letters[0]);
  athr_test_elsewhere (letter_push_func, &letters[1]);
  letter_push_at (&letters[2], G_PRIORITY_DEFAULT_IDLE);
  letter_push_at (&letters[3], 50);
  letter_push (&letters[4]);
  athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &letters[5].item);
  fixture_destroy_context (fixture);

  fixture_assert_log (fixture, "");
  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      g_assert_cmpuint (letters[i].n_dropped, ==, 1);
      g_assert_true (letters[i].dropped_on == g_thread_self ());
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
  Letter a;

  letter_init (&a, fixture, 'a');
  letter_push (&a);
  g_main_context_pop_thread_default (context);
  thread = athr_test_elsewhere (unref_context, context);

  g_assert_cmpuint (a.n_dropped, ==, 1);
  g_assert_true (a.dropped_on == thread);
}

static void
test_push_dead (Fixture       *fixture,
                gconstpointer  data)
{
  Letter a, b;

  g_test_summary ("What comes later is dropped by the thread that brings it");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  fixture_destroy_context (fixture);
  athr_test_elsewhere (letter_push_func, &a);
  g_assert_true (athr_context_queue_push_at_slice_end (fixture->queue, G_PRIORITY_DEFAULT, &b.item));

  g_assert_cmpuint (a.n_dropped, ==, 1);
  g_assert_true (a.dropped_on != g_thread_self ());
  g_assert_cmpuint (b.n_dropped, ==, 1);
  g_assert_true (b.dropped_on == g_thread_self ());
}

static void
test_lane_dead (Fixture       *fixture,
                gconstpointer  data)
{
  Letter a;

  letter_init (&a, fixture, 'a');
  fixture_destroy_context (fixture);
  athr_context_queue_add_source (fixture->queue, 50);
  letter_push_at (&a, 50);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

static void
test_no_drop (Fixture       *fixture,
              gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { letter_run, NULL, NULL };
  Letter a, b;

  g_test_summary ("An item that cannot be dropped is let go");

  letter_init (&a, fixture, 'a');
  letter_init (&b, fixture, 'b');
  a.item.funcs = b.item.funcs = &funcs;
  letter_push (&a);
  fixture_destroy_context (fixture);
  letter_push (&b);
  fixture_assert_log (fixture, "");
}

static void
test_withdraw_dead (Fixture       *fixture,
                    gconstpointer  data)
{
  Letter a;

  letter_init (&a, fixture, 'a');
  letter_push (&a);
  fixture_destroy_context (fixture);
  g_assert_false (athr_context_queue_withdraw (fixture->queue, &a.item));
  athr_context_queue_run_cleanup (fixture->queue);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

static void
push_and_note_drop (AthrWorkItem *item)
{
  Letter *self = item->data;

  letter_drop (item);
  if (self->n_dropped < 3)
    letter_push (self);
}

static void
test_push_from_drop (Fixture       *fixture,
                     gconstpointer  data)
{
  static const AthrWorkItemFuncs funcs = { letter_run, push_and_note_drop, NULL };
  Letter a;

  g_test_summary ("An item that is pushed as it is dropped is dropped for each push");

  letter_init (&a, fixture, 'a');
  a.item.funcs = &funcs;
  letter_push (&a);
  fixture_destroy_context (fixture);
  g_assert_cmpuint (a.n_dropped, ==, 3);
}

static void
test_next_context (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (AthrContextQueue) dead = athr_context_queue_ref (fixture->queue);
  Letter a;

  g_test_summary ("A context with the address of one that is gone has a delivery of its own");

  for (guint i = 0; i < 100; i++)
    {
      fixture_destroy_context (fixture);
      fixture->context = g_main_context_new ();
      g_main_context_push_thread_default (fixture->context);
      athr_context_queue_unref (fixture->queue);
      fixture->queue = athr_home_ref_for_context (fixture->context);
      g_assert_true (fixture->queue != dead);

      letter_init (&a, fixture, 'a');
      letter_push (&a);
      fixture_iterate (fixture);
      fixture_assert_log (fixture, "a");
    }
}

typedef struct
{
  AthrWatch watch;
  int n_died; /* atomic */
  GThread *died_on;
} Mourner;

static void
mourner_died (AthrWatch *watch)
{
  Mourner *self = watch->data;

  self->died_on = g_thread_self ();
  g_atomic_int_inc (&self->n_died);
}

static void
mourner_init (Mourner *self)
{
  memset (self, 0, sizeof *self);
  self->watch.ended = mourner_died;
  self->watch.data = self;
}

static void
test_watch (Fixture       *fixture,
            gconstpointer  data)
{
  Mourner mourners[3];

  for (guint i = 0; i < G_N_ELEMENTS (mourners); i++)
    {
      mourner_init (&mourners[i]);
      g_assert_true (athr_context_queue_watch (fixture->queue, &mourners[i].watch));
    }
  g_assert_true (athr_context_queue_unwatch (fixture->queue, &mourners[1].watch));
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &mourners[1].watch));
  g_assert_cmpint (mourners[0].n_died, ==, 0);
  fixture_destroy_context (fixture);

  g_assert_cmpint (mourners[0].n_died, ==, 1);
  g_assert_true (mourners[0].died_on == g_thread_self ());
  g_assert_cmpint (mourners[1].n_died, ==, 0);
  g_assert_cmpint (mourners[2].n_died, ==, 1);
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &mourners[0].watch));
}

static void
test_watch_dead (Fixture       *fixture,
                 gconstpointer  data)
{
  Mourner mourner;

  mourner_init (&mourner);
  fixture_destroy_context (fixture);
  g_assert_false (athr_context_queue_watch (fixture->queue, &mourner.watch));
  g_assert_cmpint (mourner.n_died, ==, 0);
  g_assert_false (athr_context_queue_unwatch (fixture->queue, &mourner.watch));
}

static void
push_as_it_ends (gpointer letter)
{
  athr_test_elsewhere (letter_push_func, letter);
}

/* The source of somebody else, which is destroyed before those of the delivery. */
static void
add_last_source (Fixture *fixture,
                 Letter  *letter)
{
  GSource *source = g_timeout_source_new_seconds (3600);

  g_source_set_priority (source, G_MAXINT);
  g_source_set_callback (source, fixture_write, letter, push_as_it_ends);
  g_source_attach (source, fixture->context);
  g_source_unref (source);
}

static void
test_push_dying (Fixture       *fixture,
                 gconstpointer  data)
{
  Letter a;

  g_test_summary ("A context that has no reference left, but still its sources, is not woken");

  letter_init (&a, fixture, 'a');
  add_last_source (fixture, &a);
  fixture_iterate (fixture);
  fixture_destroy_context (fixture);
  g_assert_cmpuint (a.n_dropped, ==, 1);
}

typedef struct
{
  AthrContextQueue *queue; /* atomic; what to push to */
  int stop;               /* atomic */
  int n_pushed;           /* atomic */
  int n_run;              /* atomic */
  int n_dropped;          /* atomic */
} Flood;

typedef struct
{
  AthrWorkItem item;
  Flood *flood;
} Drop;

static void
drop_run (AthrWorkItem *item)
{
  Drop *self = item->data;

  g_atomic_int_inc (&self->flood->n_run);
  g_free (self);
}

static void
drop_drop (AthrWorkItem *item)
{
  Drop *self = item->data;

  g_atomic_int_inc (&self->flood->n_dropped);
  g_free (self);
}

static gpointer
flood_func (gpointer data)
{
  static const AthrWorkItemFuncs funcs = { drop_run, drop_drop, NULL };
  Flood *flood = data;

  while (!g_atomic_int_get (&flood->stop))
    {
      AthrContextQueue *queue = g_atomic_pointer_exchange (&flood->queue, NULL);
      gboolean watched;
      Mourner mourner;

      if (queue == NULL)
        {
          g_thread_yield ();
          continue;
        }

      mourner_init (&mourner);
      watched = athr_context_queue_watch (queue, &mourner.watch);
      for (guint i = 0; i < 20; i++)
        {
          Drop *drop = g_new0 (Drop, 1);

          athr_work_item_init (&drop->item, &funcs, drop);
          drop->flood = flood;
          athr_context_queue_add_source (queue, i % 4);
          athr_context_queue_push (queue, i % 4, &drop->item);
          g_atomic_int_inc (&flood->n_pushed);
        }
      if (watched && !athr_context_queue_unwatch (queue, &mourner.watch))
        athr_test_yield_until (g_atomic_int_get (&mourner.n_died) == 1);
      athr_context_queue_unref (queue);
    }

  return NULL;
}

static void
test_race (void)
{
  Flood flood = { NULL };
  GThread *thread;

  g_test_summary ("Contexts end at random points while another thread pushes: each item is run or dropped");

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
  g_test_message ("%d were run, %d dropped", flood.n_run, flood.n_dropped);
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
  fixture_add_test ("death/lane", test_lane_dead);
  fixture_add_test ("death/no-drop", test_no_drop);
  fixture_add_test ("death/withdraw", test_withdraw_dead);
  fixture_add_test ("death/next-context", test_next_context);
  fixture_add_test ("death/watch", test_watch);
  fixture_add_test ("death/watch/dead", test_watch_dead);
  g_test_add_func ("/athr/context-queue/death/race", test_race);

  return g_test_run ();
}
