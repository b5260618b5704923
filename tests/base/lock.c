/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "context/athr-home-private.h"
#include "athr-test.h"

#define N_ROUNDS 100000

typedef struct
{
  AthrLock lock;
  GCond changed;
  guint count;       /* lock */
  gboolean is_set;   /* lock */
  AthrGate gate;
} Shared;

static void
shared_init (Shared *self)
{
  memset (self, 0, sizeof *self);
  athr_lock_init (&self->lock);
  g_cond_init (&self->changed);
  athr_gate_init (&self->gate);
}

static void
shared_clear (Shared *self)
{
  athr_gate_clear (&self->gate);
  g_cond_clear (&self->changed);
  athr_lock_clear (&self->lock);
}

static gpointer
count_up (gpointer data)
{
  Shared *shared = data;

  athr_gate_pass (&shared->gate);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      athr_lock (&shared->lock);
      shared->count++;
      athr_unlock (&shared->lock);
    }

  return NULL;
}

static void
test_excludes (void)
{
  GThread *threads[3];
  Shared shared;

  shared_init (&shared);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("count", count_up, &shared);
  athr_gate_await (&shared.gate, G_N_ELEMENTS (threads));
  athr_gate_open (&shared.gate);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  g_assert_cmpuint (shared.count, ==, N_ROUNDS * G_N_ELEMENTS (threads));
  shared_clear (&shared);
}

static gpointer
set (gpointer data)
{
  Shared *shared = data;

  athr_lock (&shared->lock);
  shared->is_set = TRUE;
  g_cond_signal (&shared->changed);
  athr_unlock (&shared->lock);

  return NULL;
}

static void
test_wait (void)
{
  GThread *thread;
  Shared shared;

  g_test_summary ("A thread that waits lets another take the lock, and holds the lock afterwards");

  shared_init (&shared);
  athr_lock (&shared.lock);
  thread = g_thread_new ("set", set, &shared);
  while (!shared.is_set)
    athr_lock_wait (&shared.lock, &shared.changed);
  athr_assert_locked (&shared.lock);
  athr_unlock (&shared.lock);
  athr_assert_unlocked ();

  g_thread_join (thread);
  shared_clear (&shared);
}

static void
test_wait_until_passed (void)
{
  Shared shared;

  g_test_summary ("A deadline that has passed ends the wait with the lock held");

  shared_init (&shared);
  athr_lock (&shared.lock);
  g_assert_false (athr_lock_wait_until (&shared.lock, &shared.changed, g_get_monotonic_time () - 1));
  athr_assert_locked (&shared.lock);
  athr_unlock (&shared.lock);
  shared_clear (&shared);
}

static void
test_wait_until_signalled (void)
{
  GThread *thread;
  Shared shared;

  shared_init (&shared);
  athr_lock (&shared.lock);
  thread = g_thread_new ("set", set, &shared);
  while (!shared.is_set)
    g_assert_true (athr_lock_wait_until (&shared.lock, &shared.changed,
                                         g_get_monotonic_time () + ATHR_TEST_TIMEOUT));
  athr_assert_locked (&shared.lock);
  athr_unlock (&shared.lock);

  g_thread_join (thread);
  shared_clear (&shared);
}

static gpointer
hold (gpointer data)
{
  Shared *shared = data;

  athr_lock (&shared->lock);
  athr_gate_pass (&shared->gate);
  athr_unlock (&shared->lock);

  return NULL;
}

static void
test_each_thread (void)
{
  GThread *thread;
  Shared shared;
  AthrLock other;

  g_test_summary ("A thread may take a lock while another thread holds another lock");

  shared_init (&shared);
  athr_lock_init (&other);
  thread = g_thread_new ("hold", hold, &shared);
  athr_gate_await (&shared.gate, 1);

  athr_assert_unlocked ();
  athr_lock (&other);
  athr_assert_locked (&other);
  athr_unlock (&other);

  athr_gate_open (&shared.gate);
  g_thread_join (thread);
  athr_lock_clear (&other);
  shared_clear (&shared);
}

static gpointer
set_word (gpointer data)
{
  g_atomic_int_set ((int *) data, 1);
  return NULL;
}

static void
test_spin_wait (void)
{
  GThread *thread;
  int word = 0;

  g_test_summary ("A spin wait ends when another thread has changed the word");

  thread = g_thread_new ("set", set_word, &word);
  athr_spin_wait (&word, 0, ATHR_TEST_TIMEOUT);
  /* With one processor the other thread could not change the word meanwhile. */
  if (g_get_num_processors () > 1)
    g_assert_cmpint (g_atomic_int_get (&word), ==, 1);

  g_thread_join (thread);
}

static void
test_spin_wait_other (void)
{
  gint64 begin = g_get_monotonic_time ();
  int word = 1;

  g_test_summary ("A spin wait returns at once when the word is different already");

  athr_spin_wait (&word, 0, ATHR_TEST_TIMEOUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, ATHR_TEST_TIMEOUT);
}

static void
test_spin_wait_passed (void)
{
  int word = 0;

  g_test_summary ("A spin wait ends when its time has passed");

  athr_spin_wait (&word, 0, 1);
  g_assert_cmpint (word, ==, 0);
}

#ifdef ATHR_DEBUG_LOCKS

static AthrLock first;
static AthrLock second;

static void
take_second (void)
{
  athr_lock (&first);
  athr_lock (&second);
}

static void
take_twice (void)
{
  athr_lock (&first);
  athr_lock (&first);
}

static void
release_unheld (void)
{
  athr_unlock (&first);
}

static void
release_other (void)
{
  athr_lock (&first);
  athr_unlock (&second);
}

static void
wait_unheld (void)
{
  GCond cond;

  g_cond_init (&cond);
  athr_lock_wait_until (&first, &cond, g_get_monotonic_time ());
}

static void
help_unlocked (void)
{
  athr_assert_locked (&first);
}

static void
help_under_other (void)
{
  athr_lock (&second);
  athr_assert_locked (&first);
}

static void
call_user (void)
{
  athr_lock (&first);
  athr_assert_unlocked ();
}

static void
enter_library (void)
{
  g_autoptr (AthrContextQueue) queue = athr_home_ref_for_context (g_main_context_default ());

  AthrWatch watch = { NULL };

  athr_lock (&first);
  athr_context_queue_unwatch (queue, &watch);
}

/* Each of these must abort. */
static const struct
{
  const char *path;
  void (*func) (void);
} mistakes[] = {
  { "/athr/lock/mistake/second-lock", take_second },
  { "/athr/lock/mistake/same-lock", take_twice },
  { "/athr/lock/mistake/unlock-unheld", release_unheld },
  { "/athr/lock/mistake/unlock-other", release_other },
  { "/athr/lock/mistake/wait-unheld", wait_unheld },
  { "/athr/lock/mistake/locked-helper-unlocked", help_unlocked },
  { "/athr/lock/mistake/locked-helper-under-other", help_under_other },
  { "/athr/lock/mistake/user-code-under-lock", call_user },
  { "/athr/lock/mistake/library-under-lock", enter_library },
};

static void
test_mistake (gconstpointer data)
{
  void (*const *func) (void) = data;

  if (g_test_subprocess ())
    {
      (*func) ();
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*assertion failed*athr_lock_held ==*");
}

#endif

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/lock/excludes", test_excludes);
  g_test_add_func ("/athr/lock/wait", test_wait);
  g_test_add_func ("/athr/lock/wait-until/passed", test_wait_until_passed);
  g_test_add_func ("/athr/lock/wait-until/signalled", test_wait_until_signalled);
  g_test_add_func ("/athr/lock/each-thread", test_each_thread);
  g_test_add_func ("/athr/lock/spin-wait", test_spin_wait);
  g_test_add_func ("/athr/lock/spin-wait/other", test_spin_wait_other);
  g_test_add_func ("/athr/lock/spin-wait/passed", test_spin_wait_passed);
#ifdef ATHR_DEBUG_LOCKS
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    g_test_add_data_func (mistakes[i].path, &mistakes[i].func, test_mistake);
#endif

  return g_test_run ();
}
