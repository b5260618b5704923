/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-entry-private.h"

#include "athr-test.h"

typedef struct
{
  AthrEntry entry;
  gpointer way;     /* atomic; what a thread that passes may change, or NULL */
  int n_passed;     /* not atomic: a thread inside changes it, or one that has shut the way */
  int is_over;      /* atomic */
} Gate;

static void
test_try (void)
{
  AthrEntry entry;

  athr_entry_init (&entry);
  g_assert_true (athr_entry_try (&entry));
  g_assert_false (athr_entry_try (&entry));
  athr_entry_leave (&entry);
  athr_entry_wait (&entry);
  g_assert_true (athr_entry_try (&entry));
  athr_entry_leave (&entry);
  athr_entry_clear (&entry);
}

static gpointer
pass (gpointer data)
{
  Gate *gate = data;
  guint n = 0;

  while (!g_atomic_int_get (&gate->is_over))
    {
      int *way;

      if (!athr_entry_try (&gate->entry))
        continue;
      way = g_atomic_pointer_get (&gate->way);
      if (way != NULL)
        (*way)++;
      /* Now and then the thread that shuts the way has to sleep. */
      if (n++ % 1000 == 0)
        g_thread_yield ();
      athr_entry_leave (&gate->entry);
    }

  return NULL;
}

static void
test_shut (void)
{
  Gate gate = { .way = NULL };
  GThread *threads[2];
  int n_shut = 0;

  g_test_summary ("Nobody is behind an entry after a thread has shut the way and waited");

  athr_entry_init (&gate.entry);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("passes", pass, &gate);
  for (int i = 0; i < 20000 || n_shut < 100; i++)
    {
      int n_passed;

      g_atomic_pointer_set (&gate.way, &gate.n_passed);
      /* Where threads take turns, as under Valgrind, the others pass only now. */
      if (i % 100 == 0)
        g_thread_yield ();
      g_atomic_pointer_set (&gate.way, NULL);
      athr_entry_wait (&gate.entry);
      n_passed = gate.n_passed++;
      n_shut += n_passed > i;
      g_assert_cmpint (gate.n_passed, ==, n_passed + 1);
    }
  g_atomic_int_set (&gate.is_over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  athr_entry_clear (&gate.entry);
}

static gpointer
leave_later (gpointer data)
{
  AthrEntry *entry = data;

  athr_test_yield_until (g_atomic_int_get (&entry->state) == ATHR_ENTRY_AWAITED);
  athr_entry_leave (entry);

  return NULL;
}

static void
test_sleep (void)
{
  AthrEntry entry;
  GThread *thread;

  g_test_summary ("A thread that waits long sleeps, and is woken");

  athr_entry_init (&entry);
  g_assert_true (athr_entry_try (&entry));
  thread = g_thread_new ("leaves", leave_later, &entry);
  athr_entry_wait (&entry);
  g_assert_cmpint (g_atomic_int_get (&entry.state), ==, ATHR_ENTRY_EMPTY);
  g_thread_join (thread);
  athr_entry_clear (&entry);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/athr/entry/try", test_try);
  g_test_add_func ("/athr/entry/shut", test_shut);
  g_test_add_func ("/athr/entry/sleep", test_sleep);

  return g_test_run ();
}
