/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool/athr-job-queue-private.h"

/* Each job is named by a letter, so the jobs that leave the queue spell a word. */
typedef struct
{
  AthrJobQueue queue;
  guint64 last_serial;
  AthrJob jobs[26];
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  athr_job_queue_init (&fixture->queue);
}

static AthrJob *
pop (Fixture *fixture)
{
  AthrJob *job = athr_job_queue_peek (&fixture->queue);

  if (job != NULL)
    athr_job_queue_remove (&fixture->queue, job);

  return job;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  while (pop (fixture) != NULL)
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
  job (fixture, name)->serial = ++fixture->last_serial;
  athr_job_queue_push (&fixture->queue, job (fixture, name));
}

static void
assert_pops (Fixture    *fixture,
             const char *word)
{
  g_autoptr (GString) popped = g_string_new (NULL);
  AthrJob *job;

  while ((job = pop (fixture)) != NULL)
    {
      g_assert_null (job->level);
      g_string_append_c (popped, 'a' + (job - fixture->jobs));
    }

  g_assert_cmpstr (popped->str, ==, word);
}

static void
test_empty (Fixture       *fixture,
            gconstpointer  data)
{
  g_assert_null (pop (fixture));
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
  g_assert_true (pop (fixture) == job (fixture, 'a'));
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

  pop (fixture);
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

  athr_job_queue_remove (&fixture->queue, job (fixture, 'b'));
  athr_job_queue_remove (&fixture->queue, job (fixture, 'd'));
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

  athr_job_queue_remove (&fixture->queue, job (fixture, 'b'));
  athr_job_queue_remove (&fixture->queue, job (fixture, 'a'));
  athr_job_queue_remove (&fixture->queue, job (fixture, 'd'));
  assert_pops (fixture, "c");
}

static void
test_keeps_place (Fixture       *fixture,
                  gconstpointer  data)
{
  g_test_summary ("A removed job that is pushed with its old serial takes its old place");

  push (fixture, 'a', 0);
  push (fixture, 'b', 0);
  push (fixture, 'c', 0);
  athr_job_queue_remove (&fixture->queue, job (fixture, 'b'));
  athr_job_queue_push (&fixture->queue, job (fixture, 'b'));
  assert_pops (fixture, "abc");
}

static void
test_urgent (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("An urgent job leaves before the job of the most urgent priority");

  push (fixture, 'a', G_MININT);
  job (fixture, 'b')->is_urgent = TRUE;
  push (fixture, 'b', 10);
  push (fixture, 'c', 0);
  g_assert_true (athr_job_is_before (job (fixture, 'b'), job (fixture, 'a')));
  g_assert_true (athr_job_is_before (job (fixture, 'a'), job (fixture, 'c')));
  assert_pops (fixture, "bac");
}

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  AthrJob *jobs = g_new0 (AthrJob, 100000);
  int last = G_MININT;

  g_test_summary ("A priority for each job");

  for (guint i = 0; i < 100000; i++)
    {
      jobs[i].priority = (int) (i * 2654435761u);
      jobs[i].serial = i;
      athr_job_queue_push (&fixture->queue, &jobs[i]);
    }
  for (guint i = 0; i < 100000; i++)
    {
      AthrJob *job = pop (fixture);

      g_assert_cmpint (job->priority, >=, last);
      last = job->priority;
    }
  assert_pops (fixture, "");
  g_free (jobs);
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
    { "/athr/job-queue/remove/push", test_remove_push },
    { "/athr/job-queue/keeps-place", test_keeps_place },
    { "/athr/job-queue/urgent", test_urgent },
    { "/athr/job-queue/many", test_many },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
