/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>

#include "context-queue-test.h"

/* How often the owner's thread takes a lock. The library takes locks by the g_mutex_trylock() of
 * this program, which counts the calls and then calls GLib's. */

static guint n_locks; /* of this thread */
static GThread *owner;

gboolean
g_mutex_trylock (GMutex *mutex)
{
  static gboolean (*trylock) (GMutex *mutex);

  if (g_once_init_enter (&trylock))
    g_once_init_leave (&trylock, dlsym (RTLD_NEXT, "g_mutex_trylock"));

  if (g_thread_self () == owner)
    n_locks++;

  return trylock (mutex);
}

/* Iterates the context once, and returns the number of locks. */
static guint
count_iteration (Fixture *fixture)
{
  owner = g_thread_self ();
  n_locks = 0;
  fixture_iterate (fixture);

  return n_locks;
}

static gpointer
push_many (gpointer data)
{
  LogItem *items = data;

  for (guint i = 0; i < 26; i++)
    log_item_push (&items[i]);

  return NULL;
}

static void
test_idle (Fixture       *fixture,
           gconstpointer  data)
{
  LogItem a;

  g_test_summary ("An iteration of the main loop without items takes no lock");

  g_assert_cmpuint (count_iteration (fixture), ==, 0);

  log_item_init (&a, fixture, 'a');
  log_item_push (&a);
  fixture_iterate (fixture);
  fixture_assert_log (fixture, "a");
  g_assert_cmpuint (count_iteration (fixture), ==, 0);
}

static void
test_burst (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem items[26];

  g_test_summary ("The owner's thread takes one lock for all the items that it finds");

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    log_item_init (&items[i], fixture, 'a' + i);
  athr_test_elsewhere (push_many, items);

  g_assert_cmpuint (count_iteration (fixture), ==, 1);
  /* On a slow machine the items take more than one slice. */
  while (fixture->log->len < G_N_ELEMENTS (items))
    g_assert_cmpuint (count_iteration (fixture), ==, 0);
  fixture_assert_log (fixture, "abcdefghijklmnopqrstuvwxyz");
}

static void
push_data_to_front_and_withdraw (LogItem *self)
{
  LogItem *other = self->data;

  n_locks = 0;
  g_assert_true (athr_context_queue_push_front (self->fixture->queue, G_PRIORITY_DEFAULT,
                                                &other->item));
  g_assert_true (athr_context_queue_withdraw (self->fixture->queue, &other->item));
  g_assert_cmpuint (n_locks, ==, 0);
}

static void
test_front (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem a, b;

  g_test_summary ("Pushing an item to the front, and withdrawing it again, takes no lock");

  log_item_init (&a, fixture, 'a');
  log_item_init (&b, fixture, 'b');
  a.then = push_data_to_front_and_withdraw;
  a.data = &b;
  log_item_push (&a);
  count_iteration (fixture);
  fixture_assert_log (fixture, "a");
}

static LogItem *to_push;

static int
poll_and_push (GPollFD *fds,
               guint    n_fds,
               int      timeout)
{
  LogItem *item = g_steal_pointer (&to_push);

  if (item != NULL)
    athr_test_elsewhere (log_item_push_func, item);

  return g_poll (fds, n_fds, 0);
}

static void
test_woken (Fixture       *fixture,
            gconstpointer  data)
{
  LogItem a;

  g_test_summary ("After a wake-up the owner's thread waits, under the lock, until the thread that "
                  "has woken it is done with the context");

  log_item_init (&a, fixture, 'a');
  to_push = &a;
  g_main_context_set_poll_func (fixture->context, poll_and_push);
  g_assert_cmpuint (count_iteration (fixture), ==, 2);
  fixture_assert_log (fixture, "a");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add_test ("locks/idle", test_idle);
  fixture_add_test ("locks/burst", test_burst);
  fixture_add_test ("locks/front", test_front);
  fixture_add_test ("locks/woken", test_woken);

  return g_test_run ();
}
