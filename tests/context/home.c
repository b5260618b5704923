/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/athr-thread-private.h"
#include "context-queue-test.h"

/* Which main context an object belongs to. */

static gpointer
get_thread_id (gpointer data)
{
  guint64 *id = data;

  *id = athr_thread_id ();
  g_assert_cmpuint (athr_thread_id (), ==, *id);

  return NULL;
}

static void
test_thread_id (void)
{
  guint64 ids[3];

  g_test_summary ("The process never reuses the number of a thread");

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    athr_test_elsewhere (get_thread_id, &ids[i]);

  g_assert_cmpuint (ids[0], !=, ids[1]);
  g_assert_cmpuint (ids[1], !=, ids[2]);
  g_assert_cmpuint (ids[2], !=, ids[0]);
  g_assert_cmpuint (ids[2], !=, athr_thread_id ());
}

static void
test_for_context (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (AthrContextQueue) same = athr_home_ref_for_context (fixture->context);
  g_autoptr (AthrContextQueue) other = athr_home_ref_for_context (g_main_context_default ());

  g_assert_true (same == fixture->queue);
  g_assert_true (other != fixture->queue);
  g_assert_true (athr_context_queue_is_for_context (same, fixture->context));
  g_assert_false (athr_context_queue_is_for_context (other, fixture->context));
}

typedef struct
{
  GMainContext *context;
  AthrGate gate;
} Race;

static gpointer
ref_queue (gpointer data)
{
  Race *race = data;

  athr_gate_pass (&race->gate);
  return athr_home_ref_for_context (race->context);
}

static void
test_for_context_race (void)
{
  g_test_summary ("Threads that ask for the queue of a new context at the same time get the same "
                  "queue");

  for (guint i = 0; i < 500; i++)
    {
      GThread *threads[2];
      AthrContextQueue *queues[2];
      Race race;

      race.context = g_main_context_new ();
      athr_gate_init (&race.gate);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("race", ref_queue, &race);
      athr_gate_await (&race.gate, G_N_ELEMENTS (threads));
      athr_gate_open (&race.gate);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        queues[j] = g_thread_join (threads[j]);

      g_assert_true (queues[0] == queues[1]);
      g_main_context_unref (race.context);
      athr_context_queue_unref (queues[0]);
      athr_context_queue_unref (queues[1]);
      athr_gate_clear (&race.gate);
    }
}

static void
test_home (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (AthrContextQueue) home = athr_home_ref ();

  g_test_summary ("Home is the thread-default context of the creating thread");

  g_assert_true (home == fixture->queue);
}

static gpointer
ref_home (gpointer data)
{
  return athr_home_ref ();
}

static void
test_home_default (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (AthrContextQueue) home = athr_test_elsewhere (ref_home, NULL);

  g_test_summary ("On a thread without a thread-default context, home is the default context");

  g_assert_true (athr_context_queue_is_for_context (home, g_main_context_default ()));
}

static gpointer
ref_home_of_work (gpointer work_home)
{
  AthrContextQueue *home;

  athr_home_begin_work (work_home);
  home = athr_home_ref ();
  athr_home_end_work ();

  return home;
}

static void
test_home_work (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (AthrContextQueue) home = athr_test_elsewhere (ref_home_of_work, fixture->queue);

  g_test_summary ("On a worker, home is the home of the work");

  g_assert_true (home == fixture->queue);
}

static gpointer
ref_home_under_context (gpointer work_home)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrContextQueue) home = NULL;

  g_main_context_push_thread_default (context);
  athr_home_begin_work (work_home);
  home = athr_home_ref ();
  g_assert_true (athr_context_queue_is_for_context (home, context));
  athr_home_end_work ();
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_home_work_context (Fixture       *fixture,
                        gconstpointer  data)
{
  g_test_summary ("On a worker that has pushed a thread-default context, home is that context");

  athr_test_elsewhere (ref_home_under_context, fixture->queue);
}

static void
test_moved_not (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (AthrContextQueue) home = athr_home_ref_moved (fixture->queue);

  g_assert_true (home == fixture->queue);
}

static void
test_moved (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (AthrContextQueue) there = NULL;
  g_autoptr (AthrContextQueue) back = NULL;

  g_main_context_push_thread_default (context);
  there = athr_home_ref_moved (fixture->queue);
  g_main_context_pop_thread_default (context);
  back = athr_home_ref_moved (there);

  g_assert_true (athr_context_queue_is_for_context (there, context));
  g_assert_true (back == fixture->queue);
}

static gpointer
ref_moved_home (gpointer home)
{
  return athr_home_ref_moved (home);
}

static void
test_moved_default (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (AthrContextQueue) home = athr_test_elsewhere (ref_moved_home, fixture->queue);

  g_assert_true (athr_context_queue_is_for_context (home, g_main_context_default ()));
}

static gpointer
ref_moved_home_on_worker (gpointer data)
{
  AthrContextQueue **homes = data;
  AthrContextQueue *home;

  athr_home_begin_work (homes[1]);
  home = athr_home_ref_moved (homes[0]);
  athr_home_end_work ();

  return home;
}

static void
test_moved_work (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (AthrContextQueue) other = athr_home_ref_for_context (g_main_context_default ());
  AthrContextQueue *homes[] = { fixture->queue, other };
  g_autoptr (AthrContextQueue) home = athr_test_elsewhere (ref_moved_home_on_worker, homes);

  g_test_summary ("An operation that a worker starts does not move the object");

  g_assert_true (home == fixture->queue);
}

static void
test_moved_dead (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (AthrContextQueue) home = NULL;

  g_test_summary ("An object moves away from a context that is gone, even to a context at the "
                  "same address");

  fixture_destroy_context (fixture);
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  home = athr_home_ref_moved (fixture->queue);
  g_main_context_pop_thread_default (context);

  g_assert_true (home != fixture->queue);
  g_assert_true (athr_context_queue_is_for_context (home, context));
  g_assert_false (athr_context_queue_is_for_context (fixture->queue, context));
}

static void
note_dispatch (LogItem *self)
{
  *(gboolean *) self->data = athr_context_queue_in_dispatch (self->fixture->queue);
}

static void
test_in_dispatch (Fixture       *fixture,
                  gconstpointer  data)
{
  gboolean inside = FALSE;
  LogItem a;

  log_item_init (&a, fixture, 'a');
  a.then = note_dispatch;
  a.data = &inside;
  log_item_push (&a);
  g_assert_false (athr_context_queue_in_dispatch (fixture->queue));
  fixture_iterate (fixture);

  g_assert_true (inside);
  g_assert_false (athr_context_queue_in_dispatch (fixture->queue));
}

static gpointer
is_in_dispatch (gpointer queue)
{
  return GINT_TO_POINTER (athr_context_queue_in_dispatch (queue));
}

static void
note_dispatch_elsewhere (LogItem *self)
{
  *(gpointer *) self->data = athr_test_elsewhere (is_in_dispatch, self->fixture->queue);
}

static void
test_in_dispatch_elsewhere (Fixture       *fixture,
                            gconstpointer  data)
{
  gpointer inside = GINT_TO_POINTER (TRUE);
  LogItem a;

  g_test_summary ("Another thread than the owner's is never inside a slice");

  log_item_init (&a, fixture, 'a');
  a.then = note_dispatch_elsewhere;
  a.data = &inside;
  log_item_push (&a);
  fixture_iterate (fixture);

  g_assert_null (inside);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/context-queue/thread-id", test_thread_id);
  fixture_add_test ("for-context", test_for_context);
  g_test_add_func ("/athr/context-queue/for-context/race", test_for_context_race);
  fixture_add_test ("home", test_home);
  fixture_add_test ("home/default", test_home_default);
  fixture_add_test ("home/work", test_home_work);
  fixture_add_test ("home/work/context", test_home_work_context);
  fixture_add_test ("moved-home/not", test_moved_not);
  fixture_add_test ("moved-home", test_moved);
  fixture_add_test ("moved-home/default", test_moved_default);
  fixture_add_test ("moved-home/work", test_moved_work);
  fixture_add_test ("moved-home/dead", test_moved_dead);
  fixture_add_test ("in-dispatch", test_in_dispatch);
  fixture_add_test ("in-dispatch/elsewhere", test_in_dispatch_elsewhere);

  return g_test_run ();
}
