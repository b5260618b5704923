/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-lock-private.h"
#include "base/athr-thread-private.h"
#include "pool/athr-pool-private.h"
#include "thread-test.h"

/* A pool, and the record that its jobs write. */
typedef struct
{
  AthrPool *pool;
  GMutex mutex;
  GString *log;  /* mutex; the names of the jobs, in the order in which they began */
  guint n_now;   /* mutex; the number of jobs that run */
  guint n_peak;  /* mutex; the greatest n_now so far */
} Fixture;

typedef struct _LogJob LogJob;

/* A job whose run() writes the name of the job into the log, passes the gate, and then calls
 * then(). */
struct _LogJob
{
  AthrJob job;
  Fixture *fixture;
  char name;
  AthrGate *gate; /* nullable; not owned */
  void (*then) (LogJob *self);
  gpointer data;
  guint64 thread_id;
  int n_run;    /* atomic */
  int n_failed; /* atomic */
  GError *error;
};

static inline void
log_job_run (AthrJob *job)
{
  LogJob *self = job->data;
  Fixture *fixture = self->fixture;

  g_mutex_lock (&fixture->mutex);
  g_string_append_c (fixture->log, self->name);
  fixture->n_now++;
  fixture->n_peak = MAX (fixture->n_peak, fixture->n_now);
  g_mutex_unlock (&fixture->mutex);

  self->thread_id = athr_thread_id ();
  if (self->gate != NULL)
    athr_gate_pass (self->gate);
  if (self->then != NULL)
    self->then (self);

  g_mutex_lock (&fixture->mutex);
  fixture->n_now--;
  g_mutex_unlock (&fixture->mutex);
  g_atomic_int_inc (&self->n_run);
}

static inline void
log_job_fail (AthrJob      *job,
              const GError *error)
{
  LogJob *self = job->data;

  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  g_atomic_int_inc (&self->n_failed);
}

static inline void
log_job_init (LogJob  *self,
              Fixture *fixture,
              char     name)
{
  memset (self, 0, sizeof *self);
  self->job.run = log_job_run;
  self->job.fail = log_job_fail;
  self->job.data = self;
  self->fixture = fixture;
  self->name = name;
}

static inline void
log_jobs_init (LogJob   *jobs,
               guint     n,
               Fixture  *fixture,
               char      first,
               AthrGate *gate)
{
  for (guint i = 0; i < n; i++)
    {
      log_job_init (&jobs[i], fixture, first + i);
      jobs[i].gate = gate;
    }
}

static inline void
log_job_push (LogJob *self)
{
  g_assert_true (athr_pool_push (self->fixture->pool, &self->job));
}

static inline void
log_jobs_push (LogJob *jobs,
               guint   n)
{
  for (guint i = 0; i < n; i++)
    log_job_push (&jobs[i]);
}

/* Waits until the job has run. */
static inline void
log_job_await (LogJob *self)
{
  athr_test_yield_until (g_atomic_int_get (&self->n_run) > 0);
}

static inline void
log_jobs_await (LogJob *jobs,
                guint   n)
{
  for (guint i = 0; i < n; i++)
    log_job_await (&jobs[i]);
}

/* The then() of a job that waits inside the library for the gate in its data. */
static inline void
wait_blocked (LogJob *self)
{
  athr_pool_block_begin ();
  athr_gate_pass (self->data);
  athr_pool_block_end ();
}

/* Waits until no job is queued and no job runs. */
static inline void
fixture_settle (Fixture *self)
{
  athr_test_yield_until (athr_pool_get_n_queued (self->pool) == 0 &&
                         athr_pool_get_n_running (self->pool) == 0);
}

static inline void
fixture_await_left (Fixture *self)
{
  athr_test_yield_until (athr_pool_get_n_threads (self->pool) == 0);
}

static inline void
fixture_assert_log (Fixture    *self,
                    const char *expected)
{
  g_mutex_lock (&self->mutex);
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
  g_mutex_unlock (&self->mutex);
}

/* @data is the number of threads. */
static inline void
fixture_set_up (Fixture       *self,
                gconstpointer  data)
{
  memset (self, 0, sizeof *self);
  self->pool = athr_pool_new ("pool", GPOINTER_TO_UINT (data), ATHR_POOL_IDLE_TIME);
  g_mutex_init (&self->mutex);
  self->log = g_string_new (NULL);
}

static inline void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data)
{
  athr_pool_close (self->pool, NULL);
  fixture_await_left (self);
  athr_pool_unref (self->pool);
  g_string_free (self->log, TRUE);
  g_mutex_clear (&self->mutex);
}

/* Replaces the pool that fixture_set_up() has made. */
static inline void
fixture_replace (Fixture    *self,
                 const char *name,
                 guint       max_threads,
                 gint64      idle_time)
{
  athr_pool_unref (self->pool);
  self->pool = athr_pool_new (name, max_threads, idle_time);
}

#define fixture_add_test(path, n_threads, func) \
  g_test_add ("/athr/pool/" path, Fixture, GUINT_TO_POINTER (n_threads), \
              fixture_set_up, func, fixture_tear_down)
