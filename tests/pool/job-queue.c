/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool/athr-job-queue-private.h"

/* Each job is named by a letter, so the jobs that leave the queue spell a word. */
typedef struct
{
  AthrJobQueue queue;
  AthrJob jobs[26];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  athr_job_queue_init (&fixture->queue);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  while (athr_job_queue_pop (&fixture->queue) != NULL)
    ;
  athr_job_queue_clear (&fixture->queue);
}

static AthrJob *
job (Fixture *fixture,
     char     name)
{
  return &fixture->jobs[name - 'a'];
}

static void
push (Fixture *fixture,
      char     name,
      int      priority)
{
  job (fixture, name)->priority = priority;
  athr_job_queue_push (&fixture->queue, job (fixture, name));
}

static void
assert_pops (Fixture    *fixture,
             const char *word)
{
  g_autoptr (GString) popped = g_string_new (NULL);
  AthrJob *job;

  while ((job = athr_job_queue_pop (&fixture->queue)) != NULL)
    {
      g_assert_false (job->queued);
      g_string_append_c (popped, 'a' + (job - fixture->jobs));
    }

  g_assert_cmpstr (popped->str, ==, word);
}

static void
test_empty (Fixture       *fixture,
            gconstpointer  data)
{
  g_assert_null (athr_job_queue_pop (&fixture->queue));
  g_assert_cmpuint (fixture->queue.length, ==, 0);
}

static void
test_fifo (Fixture       *fixture,
           gconstpointer  data)
{
  push (fixture, 'a', 0);
  push (fixture, 'b', 0);
  push (fixture, 'c', 0);
  assert_pops (fixture, "abc");
}

static void
test_priority (Fixture       *fixture,
               gconstpointer  data)
{
  g_test_summary ("Jobs leave by priority, a lower number first, and in their order within one "
                  "priority");

  push (fixture, 'a', 200);
  push (fixture, 'b', 0);
  push (fixture, 'c', G_MAXINT);
  push (fixture, 'd', -100);
  push (fixture, 'e', 0);
  push (fixture, 'f', G_MININT);
  push (fixture, 'g', 200);
  push (fixture, 'h', -100);
  push (fixture, 'i', 100);
  assert_pops (fixture, "fdhbeiagc");
}

static void
test_priority_between (Fixture       *fixture,
                       gconstpointer  data)
{
  g_test_summary ("A job that is pushed between two pops takes the place of its priority");

  push (fixture, 'a', 0);
  push (fixture, 'b', 10);
  g_assert_true (athr_job_queue_pop (&fixture->queue) == job (fixture, 'a'));
  push (fixture, 'c', 10);
  push (fixture, 'd', 5);
  push (fixture, 'a', 0);
  assert_pops (fixture, "adbc");
}

static void
test_length (Fixture       *fixture,
             gconstpointer  data)
{
  push (fixture, 'a', 0);
  push (fixture, 'b', 1);
  push (fixture, 'c', 1);
  g_assert_cmpuint (fixture->queue.length, ==, 3);

  athr_job_queue_pop (&fixture->queue);
  g_assert_cmpuint (fixture->queue.length, ==, 2);

  athr_job_queue_remove (&fixture->queue, job (fixture, 'c'));
  g_assert_cmpuint (fixture->queue.length, ==, 1);
}

static void
test_remove (Fixture       *fixture,
             gconstpointer  data)
{
  push (fixture, 'a', 0);
  push (fixture, 'b', 0);
  push (fixture, 'c', 0);
  push (fixture, 'd', 0);

  g_assert_true (athr_job_queue_remove (&fixture->queue, job (fixture, 'b')));
  g_assert_true (athr_job_queue_remove (&fixture->queue, job (fixture, 'd')));
  assert_pops (fixture, "ac");
}

static void
test_remove_level (Fixture       *fixture,
                   gconstpointer  data)
{
  g_test_summary ("The only job of a priority can be removed, wherever its priority is among the "
                  "others");

  push (fixture, 'a', 1);
  push (fixture, 'b', 2);
  push (fixture, 'c', 3);
  push (fixture, 'd', 4);

  g_assert_true (athr_job_queue_remove (&fixture->queue, job (fixture, 'b')));
  g_assert_true (athr_job_queue_remove (&fixture->queue, job (fixture, 'a')));
  g_assert_true (athr_job_queue_remove (&fixture->queue, job (fixture, 'd')));
  assert_pops (fixture, "c");
}

static void
test_remove_not_queued (Fixture       *fixture,
                        gconstpointer  data)
{
  g_assert_false (athr_job_queue_remove (&fixture->queue, job (fixture, 'a')));

  push (fixture, 'a', 0);
  push (fixture, 'b', 0);
  athr_job_queue_pop (&fixture->queue);
  g_assert_false (athr_job_queue_remove (&fixture->queue, job (fixture, 'a')));
  assert_pops (fixture, "b");
}

static void
test_remove_push (Fixture       *fixture,
                  gconstpointer  data)
{
  g_test_summary ("A removed job can be queued again, at another priority");

  push (fixture, 'a', 0);
  push (fixture, 'b', 0);
  athr_job_queue_remove (&fixture->queue, job (fixture, 'a'));
  push (fixture, 'a', 1);
  assert_pops (fixture, "ba");
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/athr/job-queue/empty", test_empty },
    { "/athr/job-queue/fifo", test_fifo },
    { "/athr/job-queue/priority", test_priority },
    { "/athr/job-queue/priority/between", test_priority_between },
    { "/athr/job-queue/length", test_length },
    { "/athr/job-queue/remove", test_remove },
    { "/athr/job-queue/remove/level", test_remove_level },
    { "/athr/job-queue/remove/not-queued", test_remove_not_queued },
    { "/athr/job-queue/remove/push", test_remove_push },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
