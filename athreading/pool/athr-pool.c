/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "base/athr-lock-private.h"
#include "base/athr-trace-private.h"
#include "context/athr-home-private.h"
#include "pool/athr-pool-private.h"

/*   OPEN -> DRAINING -> CLOSED
 *
 * Every thread of a pool is in one of these states, and counted there:
 *
 *   searching    the thread was created or woken, and is about to look at the queue
 *   running      the thread has a place and runs a job. There are max_threads places, but a
 *                thread that was blocked takes a place back at once, even when none is free
 *   blocked      the job of the thread waits inside this library; the thread has no place
 *   idle         the thread waits for work, and leaves when none comes
 *   standing by  another thread runs jobs that are shorter than it takes to wake a thread. This
 *                thread looks from time to time whether the other one keeps up. At most one thread
 *                stands by
 *
 * A thread starts a job only when it finds a free place. A thread that queues a job, or frees
 * a place and does not look at the queue itself, makes sure that some thread is searching, or that a
 * thread runs short jobs and another one stands by. So no job is ever stranded.
 *
 * While one thread runs short jobs and another one stands by, the threads that push jobs and the thread that
 * runs them would want the lock at the same time. So the pool then takes submissions: a thread that pushes a job
 * adds it to a list without the lock, and each thread that looks at the queue first queues what the list has. A
 * thread that ends this state, under the lock, first says so in takes_submissions, and then empties the list. A
 * thread that pushes first adds the job, and then looks at takes_submissions again. So at least one of the two
 * sees what the other one did. */

/* How long, in microseconds, a thread spins for work before it sleeps. Waking a thread costs 5
 * to 40 us, on the woken thread and on the thread that queues a job. The thread spins for longer
 * while one thread runs short jobs, and while a program waits for each job before it queues the next
 * one, and does so soon: the last wait was short, and ended with a single job. So a program that
 * seldom queues a job pays for brief spins only. On two cores, with empty functions, a call takes
 * 7 us with 1 in flight (11 us with brief spins alone, 37 us without a spin), and 2.8 us with 64
 * (9 us without). */
#define SPIN_TIME 10
#define LONG_SPIN_TIME 50

/* Threads that are woken for short jobs cost more than the jobs: they keep the thread that queues jobs
 * from running, and wait for the same lock. So when a thread has run QUICK_JOBS jobs one after the other
 * within QUICK_TIME, in microseconds, that thread alone runs jobs. The thread that stands by looks every
 * STAND_BY_TIME whether jobs are left. If fewer than STAND_BY_JOBS were done meanwhile, as when a job
 * blocks, all threads run jobs again. On two cores, with empty functions and 64 in flight, a call
 * takes 2 us with one thread, and 4 us with six. */
#define QUICK_JOBS 16
#define QUICK_TIME (QUICK_JOBS * 8)
#define STAND_BY_TIME 500
#define STAND_BY_JOBS (STAND_BY_TIME / 16)

/* A thread that runs each short job at once keeps getting in the way of the thread that queues the jobs: the two
 * threads want the same locks at the same time, and GLib's locks then sleep. So the thread that runs short
 * jobs lets them gather for GATHER_TIME, in microseconds, and then runs them one after the other. When no second
 * job has gathered, as in a program that waits for each job, the thread does not let jobs gather for a while: for
 * one wait, then for 2, 4, ... up to MOST_STRAIGHT waits.
 *
 * A job that returns a GTask takes the lock of the task's main context, as the thread that iterates the context does for
 * each source. So such jobs gather until that thread waits, but at most for GATHER_TASKS_TIME.
 *
 * On two cores of an AMD EPYC, with empty functions and 64 in flight, a task of athr_executor_run_task() takes 1.7 us
 * with this, 2.0 us with GATHER_TIME for both, and 4.1 us if nothing gathers. A call with 10 in flight takes 1.1 us, and
 * 4 us with 32 us for both. */
#define GATHER_TIME 8
#define GATHER_TASKS_TIME 32
#define MOST_STRAIGHT 1024

typedef enum
{
  ATHR_POOL_OPEN,
  ATHR_POOL_DRAINING, /* the pool takes no new job; threads leave when no job is queued or promised */
  ATHR_POOL_CLOSED,   /* the last thread has left */
} AthrPoolState;

struct _AthrPool
{
  gatomicrefcount ref_count;
  char *name;         /* set once */
  gboolean is_single; /* set once */
  gint64 idle_time;   /* set once */

  AthrJob *submitted;  /* atomic; the newest job first */
  /* Other threads write to submitted. */
  char other_line[ATHR_CACHE_LINE - sizeof (gpointer)];
  int takes_submissions; /* lock; atomic */

  AthrLock lock;
  GCond woken;         /* lock; n_wake_ups or the state has changed */
  GCond called;        /* lock; is_called or the state has changed */
  AthrJobQueue jobs[ATHR_JOB_N_KINDS]; /* lock */
  guint64 last_serial; /* lock; of the jobs */
  int n_ready;         /* lock; atomic, for threads that spin; queued jobs that may begin */
  AthrPoolState state; /* lock */
  gboolean is_paused;  /* lock */
  gboolean fails_jobs; /* lock; the pool was closed with an error: queued jobs fail */
  guint n_promised;    /* lock; jobs that come later, even if the pool is closed by then */
  guint n_clean_ups;   /* lock; clean-ups that are owed, and whose jobs may come later, too */
  guint max_threads;   /* lock */
  guint max_blocked;   /* lock */
  guint n_threads;     /* lock; the sum of the next five */
  guint n_searching;   /* lock */
  guint n_running;     /* lock */
  guint n_blocked;     /* lock */
  guint n_idle;        /* lock */
  guint n_standing_by; /* lock; 0 or 1 */
  gboolean is_called;  /* lock; the thread that stood by counts as searching, and has not woken yet */
  gboolean is_quick;   /* lock; the jobs are short, so one thread runs all of them */
  guint n_done;        /* lock; how many jobs were run, modulo 2^32 */
  guint n_waiting;     /* lock; blocked threads that wait for room in a buffer */
  guint n_wake_ups;    /* lock; searching threads that have not woken yet */
  guint n_leaving;     /* lock; threads that do no more work, and have not ended */
  gboolean alternates; /* lock; the last wait for work was short, and ended with a single job */
  GQueue watches;      /* lock; (element-type AthrWatch) */
  GQueue closing_watches; /* lock; (element-type AthrWatch) */
  gboolean is_closing; /* lock; closing_watches were called, or are being called */
  guint n_telling;     /* lock; threads that call closing_watches: the pool still takes jobs */
  GCond told;          /* lock; n_telling has become 0 */

  gconstpointer executor; /* set once, as the pool is listed; perhaps gone */
  guint created;          /* set once, as the pool is listed; a time of athr_alive_now() */
  gboolean has_executor;  /* lock */
  GList listed;           /* (pools_lock); the list has a reference */
};

/* How fast a thread runs jobs. */
typedef struct
{
  guint n_jobs;
  gint64 since; /* when the last QUICK_JOBS jobs were done */
  guint n_straight;    /* in so many waits, the thread does not let jobs gather */
  guint last_straight; /* where n_straight began */
  gboolean returns_task; /* that of the last job */
} AthrTempo;

static AthrLock pools_lock;
static GQueue pools = G_QUEUE_INIT; /* (pools_lock); (element-type AthrPool), owned; those of executors */

static _Thread_local AthrPool *current_pool;
static _Thread_local AthrWaitHook *wait_hook; /* (nullable): of the current job */

static void athr_pool_thread_leave (gpointer data);

/* The reference of a thread to the pool that it leaves. */
static GPrivate left_pool = G_PRIVATE_INIT (athr_pool_thread_leave);

static AthrLock thread_func_lock;
static AthrThreadFunc thread_func; /* (thread_func_lock) */
static gpointer thread_func_data;  /* (thread_func_lock) */

/* A worker that forks is no worker in the child. */
static void
athr_pool_forked (void)
{
  thread_func_lock = pools_lock = (AthrLock) { 0 };
  pools = (GQueue) G_QUEUE_INIT;
  current_pool = NULL;
}

ATHR_IN_FORKED_CHILD (athr_pool_forked)

static void
athr_pool_set_state_locked (AthrPool      *self,
                            AthrPoolState  state)
{
  static const gboolean allowed[3][3] G_GNUC_UNUSED = {
    [ATHR_POOL_OPEN] = { [ATHR_POOL_DRAINING] = TRUE },
    [ATHR_POOL_DRAINING] = { [ATHR_POOL_CLOSED] = TRUE },
  };

  athr_assert_locked (&self->lock);
  g_assert (allowed[self->state][state]);

  self->state = state;
}

static gboolean
athr_pool_may_begin_locked (AthrPool    *self,
                            AthrJobKind  kind)
{
  athr_assert_locked (&self->lock);

  if (kind == ATHR_JOB_CLEAN_UP)
    return TRUE;

  return !self->is_paused && (kind == ATHR_JOB_DEFAULT || self->n_waiting <= self->max_blocked);
}

/* The caller has changed the queue, or what holds jobs back. */
static void
athr_pool_count_ready_locked (AthrPool *self)
{
  guint n_ready = 0;

  athr_assert_locked (&self->lock);

  for (guint kind = 0; kind < ATHR_JOB_N_KINDS; kind++)
    if (athr_pool_may_begin_locked (self, kind))
      n_ready += self->jobs[kind].length;
  g_atomic_int_set (&self->n_ready, n_ready);
}

/* Queues the job behind the jobs of its priority. */
static void
athr_pool_enqueue_locked (AthrPool *self,
                          AthrJob  *job)
{
  athr_assert_locked (&self->lock);

  job->has_begun = FALSE;
  job->serial = ++self->last_serial;
  athr_job_queue_push (&self->jobs[job->kind], job);
  if (athr_pool_may_begin_locked (self, job->kind))
    g_atomic_int_set (&self->n_ready, self->n_ready + 1);
}

/* Queues the jobs that were submitted. Those that came after the pool was closed are left to the threads that
 * submitted them. */
static void
athr_pool_collect_locked (AthrPool *self)
{
  AthrJob *newest, *oldest = NULL;

  athr_assert_locked (&self->lock);

  if (g_atomic_pointer_get (&self->submitted) == NULL || self->state != ATHR_POOL_OPEN)
    return;

  newest = __atomic_exchange_n (&self->submitted, NULL, __ATOMIC_SEQ_CST);
  while (newest != NULL)
    {
      AthrJob *next = newest->next;

      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
  while (oldest != NULL)
    {
      AthrJob *next = oldest->next;

      athr_pool_enqueue_locked (self, oldest);
      oldest = next;
    }
}

/* The caller has stopped looking at the queue, or changed what holds jobs back: ends the state in which the pool takes
 * submissions, unless a thread still looks at the queue and another one watches that thread. */
static void
athr_pool_settle_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if (!self->takes_submissions ||
      (self->is_quick && !self->is_paused && self->n_standing_by > 0 && self->n_searching + self->n_running > 0))
    return;

  __atomic_store_n (&self->takes_submissions, FALSE, __ATOMIC_SEQ_CST);
  athr_pool_collect_locked (self);
}

/* The calling thread has taken a short job out of the queue. */
static void
athr_pool_take_submissions_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if (self->is_quick && self->n_standing_by > 0 && self->state == ATHR_POOL_OPEN && !self->is_paused &&
      !self->takes_submissions)
    g_atomic_int_set (&self->takes_submissions, TRUE);
}

static guint
athr_pool_count_queued_locked (AthrPool *self)
{
  guint n_queued = 0;

  athr_assert_locked (&self->lock);

  athr_pool_collect_locked (self);
  for (guint kind = 0; kind < ATHR_JOB_N_KINDS; kind++)
    n_queued += self->jobs[kind].length;

  return n_queued;
}

static void
athr_pool_dequeue_locked (AthrPool *self,
                          AthrJob  *job)
{
  athr_assert_locked (&self->lock);

  athr_job_queue_remove (&self->jobs[job->kind], job);
  if (athr_pool_may_begin_locked (self, job->kind))
    g_atomic_int_set (&self->n_ready, self->n_ready - 1);
}

/* The next job that may begin, or, with @held_back, the next job. */
static AthrJob *
athr_pool_pop_locked (AthrPool *self,
                      gboolean  held_back)
{
  AthrJob *first = NULL;

  athr_assert_locked (&self->lock);

  athr_pool_collect_locked (self);
  for (guint kind = 0; kind < ATHR_JOB_N_KINDS && (held_back || self->n_ready > 0); kind++)
    {
      AthrJob *job = athr_job_queue_peek (&self->jobs[kind]);

      if (job != NULL && (held_back || athr_pool_may_begin_locked (self, kind)) &&
          (first == NULL || athr_job_is_before (job, first)))
        first = job;
    }
  if (first != NULL)
    athr_pool_dequeue_locked (self, first);

  return first;
}

static void
athr_pool_steal_jobs_locked (AthrPool *self,
                             GQueue   *jobs)
{
  AthrJob *job;

  athr_assert_locked (&self->lock);

  while ((job = athr_pool_pop_locked (self, TRUE)) != NULL)
    g_queue_push_tail_link (jobs, &job->link);
}

/* Queues those of @jobs, which were stolen, that clean up: their threads are still there. */
static void
athr_pool_return_clean_ups_locked (AthrPool *self,
                                   GQueue   *jobs)
{
  GList *next;

  for (GList *link = jobs->head; link != NULL; link = next)
    {
      AthrJob *job = link->data;

      next = link->next;
      if (job->kind != ATHR_JOB_CLEAN_UP)
        continue;

      g_queue_unlink (jobs, link);
      athr_pool_enqueue_locked (self, job);
    }
}

static void
athr_pool_fail_jobs (GQueue       *jobs,
                     const GError *error)
{
  GList *link;

  while ((link = g_queue_pop_head_link (jobs)) != NULL)
    {
      AthrJob *job = link->data;

      job->fail (job, error);
    }
}

/* Takes the pool from the list of all pools. */
static void
athr_pool_unlist (AthrPool *self)
{
  gboolean was_listed;

  athr_lock (&pools_lock);
  was_listed = self->listed.data != NULL;
  if (was_listed)
    g_queue_unlink (&pools, &self->listed);
  self->listed.data = NULL;
  athr_unlock (&pools_lock);

  if (was_listed)
    athr_pool_unref (self);
}

/* Whether the pool runs out of jobs: nothing but the jobs that are queued is to come. */
static gboolean
athr_pool_runs_out_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  return self->state != ATHR_POOL_OPEN && (self->n_promised == 0 || self->fails_jobs) &&
         self->n_clean_ups == 0;
}

/* Closes a draining pool when its last thread has ended. The caller then calls athr_pool_tell_ended(),
 * unlocked, with what this returns. */
static gboolean
athr_pool_finish_close_locked (AthrPool *self,
                               GQueue   *ended)
{
  athr_assert_locked (&self->lock);

  if (self->state != ATHR_POOL_DRAINING || !athr_pool_runs_out_locked (self) ||
      self->n_threads + self->n_leaving > 0)
    return FALSE;

  athr_pool_set_state_locked (self, ATHR_POOL_CLOSED);
  athr_watch_take_all (&self->watches, ended);

  return TRUE;
}

/* The caller keeps the pool. */
static void
athr_pool_tell_ended (AthrPool *self,
                      gboolean  is_closed,
                      GQueue   *ended)
{
  if (is_closed)
    {
      athr_trace_executor (self->name, "is closed");
      if (!athr_lock_read (&self->lock, &self->has_executor))
        athr_pool_unlist (self);
    }
  athr_watch_call_all (ended);
}

/* Threads */

/* Whether the jobs are short, and a thread runs them: no other thread should. */
static gboolean
athr_pool_is_served_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  return self->is_quick && self->n_running > 0;
}

/* Whether another thread should look for jobs. */
static gboolean
athr_pool_needs_thread_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  /* A thread that is searching requests the thread that stands by when it has found a short job. */
  if (self->is_quick && (self->n_searching > 0 || (self->n_running > 0 && self->n_standing_by > 0)))
    return FALSE;

  return (guint) self->n_ready > self->n_searching &&
         self->n_running + self->n_searching < self->max_threads;
}

/* Makes sure that a thread is searching, if there are a job and a free place. TRUE: the caller
 * must create a thread, unlocked. FALSE: a thread was woken, or no thread is needed. */
static gboolean
athr_pool_request_thread_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if (!athr_pool_needs_thread_locked (self))
    return FALSE;

  self->n_searching++;
  if (self->n_idle > 0)
    {
      self->n_idle--;
      self->n_wake_ups++;
      g_cond_signal (&self->woken);
      return FALSE;
    }
  if (self->n_standing_by > 0)
    {
      self->n_standing_by--;
      athr_pool_settle_locked (self);
      self->is_called = TRUE;
      g_cond_signal (&self->called);
      return FALSE;
    }
  self->n_threads++;

  return TRUE;
}

/* Whether the thread lets jobs gather before it looks for one. */
static gboolean
athr_pool_gathers_locked (AthrPool  *self,
                          AthrTempo *tempo)
{
  athr_assert_locked (&self->lock);

  if (!self->is_quick)
    return FALSE;
  if (tempo->n_straight == 0)
    return TRUE;
  tempo->n_straight--;

  return FALSE;
}

static void
athr_pool_count_gathered_locked (AthrPool  *self,
                                 AthrTempo *tempo)
{
  athr_assert_locked (&self->lock);

  tempo->last_straight = self->n_ready > 1 ? 0 : CLAMP (2 * tempo->last_straight, 1, MOST_STRAIGHT);
  tempo->n_straight = tempo->last_straight;
}

static gboolean
athr_pool_has_jobs (gconstpointer data)
{
  AthrPool *self = (AthrPool *) data;

  return g_atomic_int_get (&self->n_ready) > 0 || g_atomic_pointer_get (&self->submitted) != NULL;
}

static gboolean
athr_pool_home_is_waiting (gconstpointer data)
{
  return athr_home_is_waiting ();
}

/* One thread at a time spins for work before it sleeps, and counts as searching meanwhile. So
 * a thread that queues short jobs one after the other wakes no thread. TRUE: there is work. */
static gboolean
athr_pool_spin_locked (AthrPool  *self,
                       AthrTempo *tempo)
{
  gint64 duration = self->alternates || self->is_quick ? LONG_SPIN_TIME : SPIN_TIME;
  gboolean gathers;

  athr_assert_locked (&self->lock);

  if (self->n_searching > 0 || self->n_ready > 0 || self->state != ATHR_POOL_OPEN ||
      athr_pool_is_served_locked (self))
    return FALSE;

  self->n_searching++;
  gathers = athr_pool_gathers_locked (self, tempo);
  athr_unlock (&self->lock);
  if (gathers && tempo->returns_task)
    athr_spin_until (athr_pool_home_is_waiting, NULL, GATHER_TASKS_TIME);
  else if (gathers)
    athr_spin (GATHER_TIME);
  athr_spin_until (athr_pool_has_jobs, self, duration);
  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  if (gathers)
    athr_pool_count_gathered_locked (self, tempo);
  if (self->n_ready == 0)
    {
      self->n_searching--;
      athr_pool_settle_locked (self);
      if (self->n_ready == 0)
        return FALSE;
      self->n_searching++;
    }

  return TRUE;
}

/* Waits for STAND_BY_TIME. Whether the jobs that were done meanwhile are as many as those of a thread that
 * runs short jobs, or as all that there were. */
static gboolean
athr_pool_watch_jobs_locked (AthrPool *self)
{
  gint64 end = g_get_monotonic_time () + STAND_BY_TIME;
  guint n_done = self->n_done;
  gboolean is_time = FALSE;

  athr_assert_locked (&self->lock);

  while (!is_time && !self->is_called && self->state == ATHR_POOL_OPEN)
    is_time = !athr_lock_wait_until (&self->lock, &self->called, end);
  n_done = self->n_done - n_done;
  athr_pool_collect_locked (self);

  return is_time && (self->n_ready > 0 ? n_done >= STAND_BY_JOBS : n_done > 0);
}

static void
athr_pool_slow_down_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  self->is_quick = FALSE;
  athr_pool_settle_locked (self);
}

/* TRUE: there may be work, and the thread counts as searching. */
static gboolean
athr_pool_stand_by_locked (AthrPool *self)
{
  athr_assert_locked (&self->lock);

  if (!athr_pool_is_served_locked (self) || self->n_standing_by > 0 || self->is_called)
    return FALSE;

  self->n_standing_by++;
  while (athr_pool_watch_jobs_locked (self))
    ;
  if (self->is_called)
    {
      self->is_called = FALSE;
      return TRUE;
    }

  self->n_standing_by--;
  athr_pool_slow_down_locked (self);
  if (self->n_ready == 0)
    return FALSE;
  self->n_searching++;

  return TRUE;
}

/* TRUE: there may be work. FALSE: the thread leaves. */
static gboolean
athr_pool_wait_for_work_locked (AthrPool  *self,
                                AthrTempo *tempo)
{
  gint64 begin, end;

  athr_assert_locked (&self->lock);

  if (athr_pool_spin_locked (self, tempo) || athr_pool_stand_by_locked (self))
    return TRUE;
  begin = g_get_monotonic_time ();

  self->n_idle++;
  while (self->n_wake_ups == 0 && !athr_pool_runs_out_locked (self))
    {
      if (self->is_single)
        athr_lock_wait (&self->lock, &self->woken);
      else if (!athr_lock_wait_until (&self->lock, &self->woken, begin + self->idle_time))
        break;
    }
  end = g_get_monotonic_time ();
  self->alternates = end - begin < LONG_SPIN_TIME;
  /* The jobs that come now may be others. */
  if (self->n_running == 0 && end - begin > STAND_BY_TIME)
    athr_pool_slow_down_locked (self);

  if (self->n_wake_ups > 0)
    {
      /* The thread that requested this one has counted it as searching. */
      self->n_wake_ups--;
      return TRUE;
    }
  self->n_idle--;

  return FALSE;
}

/* A thread has run a job. */
static void
athr_pool_count_done_locked (AthrPool  *self,
                             AthrTempo *tempo)
{
  gint64 now;

  athr_assert_locked (&self->lock);

  self->n_done++;
  if (++tempo->n_jobs % QUICK_JOBS != 0)
    return;

  now = g_get_monotonic_time ();
  if (now - tempo->since <= QUICK_TIME)
    self->is_quick = TRUE;
  tempo->since = now;
}

static void athr_pool_create_thread (AthrPool *self);

/* FALSE: the job has forked, and has returned in the child. The thread leaves, unlocked. */
static gboolean
athr_pool_run_jobs_locked (AthrPool  *self,
                           AthrTempo *tempo)
{
  guint n_jobs = 0;
  AthrJob *job;

  athr_assert_locked (&self->lock);

  self->n_searching--;
  while (self->n_running < self->max_threads && !athr_pool_is_served_locked (self) &&
         (job = athr_pool_pop_locked (self, FALSE)) != NULL)
    {
      gboolean needs_thread;

      job->has_begun = TRUE;
      tempo->returns_task = job->returns_task;
      self->n_running++;
      /* Jobs that were queued while one thread ran all of them have woken no thread. */
      needs_thread = athr_pool_request_thread_locked (self);
      athr_pool_take_submissions_locked (self);
      athr_unlock (&self->lock);
      if (needs_thread)
        athr_pool_create_thread (self);
      job->run (job);
      if (athr_lock_is_stale (&self->lock))
        return FALSE;
      athr_lock (&self->lock);
      self->n_running--;
      n_jobs++;
      athr_pool_count_done_locked (self, tempo);
    }
  if (n_jobs > 1)
    self->alternates = FALSE;

  return TRUE;
}

/* The thread ends: GLib calls this after the thread func and all that follows it. */
static void
athr_pool_thread_leave (gpointer data)
{
  AthrPool *self = data;
  GQueue ended = G_QUEUE_INIT;
  gboolean is_closed;

  if (athr_pool_is_stale (self))
    return;

  athr_lock (&self->lock);
  self->n_leaving--;
  is_closed = athr_pool_finish_close_locked (self, &ended);
  athr_unlock (&self->lock);

  athr_pool_tell_ended (self, is_closed, &ended);
  athr_pool_unref (self);
}

/* All the work of a thread. @data points to the pool, and then to NULL, so a second call does
 * nothing. A thread func may call this on another thread than that of the pool. */
static void
athr_pool_work (gpointer data)
{
  AthrPool *self = g_steal_pointer ((AthrPool **) data);
  AthrTempo tempo = { 0 };

  if (self == NULL)
    return;
  current_pool = self;

  athr_lock (&self->lock);
  do
    if (!athr_pool_run_jobs_locked (self, &tempo))
      return;
  while (athr_pool_wait_for_work_locked (self, &tempo));

  self->n_threads--;
  self->n_leaving++;
  athr_unlock (&self->lock);

  /* The thread func may go on after this, and wait inside this library. The pool must not
   * count that wait: the thread does no more work. */
  current_pool = NULL;
}

static gpointer
athr_pool_thread (gpointer data)
{
  AthrPool *self = data;
  AthrPool *work = self;
  AthrThreadFunc func;
  gpointer func_data;

  athr_lock (&thread_func_lock);
  func = thread_func;
  func_data = thread_func_data;
  athr_unlock (&thread_func_lock);

  if (func != NULL)
    func (athr_pool_work, &work, self->name, func_data);
  if (func != NULL && work != NULL)
    g_critical ("The function that was set by athr_set_thread_func() returned without calling "
                "the function that it was given");
  /* The pool counts on this thread, so the thread works in any case. */
  athr_pool_work (&work);
  g_private_set (&left_pool, self);

  return NULL;
}

/* Creates a thread that athr_pool_request_thread_locked() has counted. When the thread cannot
 * be created, the pool does with fewer threads. When all other threads are blocked, or there
 * is none, the queued jobs fail: a blocked thread may be waiting for just these jobs. */
static void
athr_pool_create_thread (AthrPool *self)
{
  g_autoptr (GError) error = NULL;
  GQueue jobs = G_QUEUE_INIT;
  GQueue ended = G_QUEUE_INIT;
  gboolean is_closed;
  GThread *thread;
  char name[16];

  athr_assert_unlocked ();

  /* Linux refuses a name of more than 15 bytes, and GLib 2.74 does not cut such a name. */
  g_strlcpy (name, self->name, sizeof name);
  thread = g_thread_try_new (name, athr_pool_thread, athr_pool_ref (self), &error);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }

  athr_lock (&self->lock);
  self->n_threads--;
  self->n_searching--;
  athr_pool_settle_locked (self);
  if (self->n_threads == self->n_blocked)
    athr_pool_steal_jobs_locked (self, &jobs);
  else if (self->n_idle + self->n_standing_by > 0)
    /* An idle thread may have left the job to the thread that was not created. */
    athr_pool_request_thread_locked (self);
  is_closed = athr_pool_finish_close_locked (self, &ended);
  athr_unlock (&self->lock);

  athr_pool_fail_jobs (&jobs, error);
  athr_pool_tell_ended (self, is_closed, &ended);
  athr_pool_unref (self);
}

/* As many threads as the jobs that may begin now need: see athr_pool_request_thread_locked(). */
static guint
athr_pool_request_threads_locked (AthrPool *self)
{
  guint n_wanted = 0;

  athr_assert_locked (&self->lock);

  while (athr_pool_needs_thread_locked (self))
    n_wanted += athr_pool_request_thread_locked (self);

  return n_wanted;
}

static void
athr_pool_create_threads (AthrPool *self,
                          guint     n)
{
  while (n-- > 0)
    athr_pool_create_thread (self);
}

/* The pool */

AthrPool *
athr_pool_new (const char *name,
               guint       max_threads,
               gint64      idle_time)
{
  AthrPool *self = g_new0 (AthrPool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_strdup (name);
  self->max_threads = max_threads;
  self->is_single = max_threads == 1;
  self->idle_time = idle_time;
  athr_lock_init (&self->lock);
  g_cond_init (&self->woken);
  g_cond_init (&self->called);
  g_cond_init (&self->told);
  self->max_blocked = G_MAXUINT;
  for (guint kind = 0; kind < ATHR_JOB_N_KINDS; kind++)
    athr_job_queue_init (&self->jobs[kind]);

  return self;
}

AthrPool *
athr_pool_ref (AthrPool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
athr_pool_unref (AthrPool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (g_queue_is_empty (&self->watches));
  g_assert (self->submitted == NULL);
  for (guint kind = 0; kind < ATHR_JOB_N_KINDS; kind++)
    athr_job_queue_clear (&self->jobs[kind]);
  g_cond_clear (&self->woken);
  g_cond_clear (&self->called);
  g_cond_clear (&self->told);
  athr_lock_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

void
athr_pool_list (AthrPool      *self,
                gconstpointer  executor)
{
  athr_pool_ref (self);
  self->executor = executor;
  self->created = athr_alive_now ();
  self->has_executor = TRUE;

  athr_lock (&pools_lock);
  self->listed.data = self;
  g_queue_push_tail_link (&pools, &self->listed);
  athr_unlock (&pools_lock);
}

void
athr_pool_abandon (AthrPool *self)
{
  gboolean is_closed;

  athr_lock (&self->lock);
  self->has_executor = FALSE;
  is_closed = self->state == ATHR_POOL_CLOSED;
  athr_unlock (&self->lock);

  if (is_closed)
    athr_pool_unlist (self);
}

GPtrArray *
athr_pool_list_all (void)
{
  GPtrArray *list = g_ptr_array_new ();
  guint n_listed = 0;

  do
    {
      guint n = 0;

      g_ptr_array_set_size (list, n_listed);
      athr_lock (&pools_lock);
      n_listed = pools.length;
      /* A reference to a pool is a number: to take one runs no code but this. */
      for (GList *l = n_listed <= list->len ? pools.head : NULL; l != NULL; l = l->next)
        list->pdata[n++] = athr_pool_ref (l->data);
      athr_unlock (&pools_lock);
    }
  while (n_listed > list->len);
  g_ptr_array_set_size (list, n_listed);
  g_ptr_array_set_free_func (list, (GDestroyNotify) athr_pool_unref);

  return list;
}

void
athr_pool_get_facts (AthrPool      *self,
                     AthrPoolFacts *facts)
{
  static const char * const states[] = { "open", "closing", "closed" };

  athr_lock (&self->lock);
  *facts = (AthrPoolFacts) {
    self->name, self->executor, states[self->state], self->is_paused, self->created, self->max_threads,
    self->n_threads, self->n_running, athr_pool_count_queued_locked (self), self->n_blocked,
  };
  athr_unlock (&self->lock);
}

void
athr_pool_set_thread_func (AthrThreadFunc func,
                           gpointer       user_data)
{
  athr_lock (&thread_func_lock);
  thread_func = func;
  thread_func_data = user_data;
  athr_unlock (&thread_func_lock);
}

const char *
athr_pool_get_name (AthrPool *self)
{
  return self->name;
}

gboolean
athr_pool_is_single (AthrPool *self)
{
  return self->is_single;
}

guint
athr_pool_get_max_threads (AthrPool *self)
{
  /* No other thread changes a stale pool. */
  if (athr_pool_is_stale (self))
    return self->max_threads;

  return athr_lock_read (&self->lock, &self->max_threads);
}

void
athr_pool_set_max_threads (AthrPool *self,
                           guint     max_threads)
{
  guint n_wanted;

  athr_lock (&self->lock);
  self->max_threads = max_threads;
  n_wanted = athr_pool_request_threads_locked (self);
  athr_unlock (&self->lock);

  athr_pool_create_threads (self, n_wanted);
}

gboolean
athr_pool_is_paused (AthrPool *self)
{
  return athr_pool_is_stale (self) ? FALSE : athr_lock_read (&self->lock, &self->is_paused);
}

void
athr_pool_set_paused (AthrPool *self,
                      gboolean  is_paused)
{
  guint n_wanted;

  athr_lock (&self->lock);
  self->is_paused = is_paused && self->state == ATHR_POOL_OPEN;
  athr_pool_settle_locked (self);
  athr_pool_count_ready_locked (self);
  n_wanted = athr_pool_request_threads_locked (self);
  athr_unlock (&self->lock);

  athr_pool_create_threads (self, n_wanted);
}

guint
athr_pool_get_max_blocked (AthrPool *self)
{
  /* No other thread changes a stale pool. */
  if (athr_pool_is_stale (self))
    return self->max_blocked;

  return athr_lock_read (&self->lock, &self->max_blocked);
}

void
athr_pool_set_max_blocked (AthrPool *self,
                           guint     max_blocked)
{
  guint n_wanted;

  athr_lock (&self->lock);
  self->max_blocked = max_blocked;
  athr_pool_count_ready_locked (self);
  n_wanted = athr_pool_request_threads_locked (self);
  athr_unlock (&self->lock);

  athr_pool_create_threads (self, n_wanted);
}

guint
athr_pool_get_n_running (AthrPool *self)
{
  return athr_pool_is_stale (self) ? 0 : athr_lock_read (&self->lock, &self->n_running);
}

guint
athr_pool_get_n_queued (AthrPool *self)
{
  guint n_queued;

  if (athr_pool_is_stale (self))
    return 0;

  athr_lock (&self->lock);
  n_queued = athr_pool_count_queued_locked (self);
  athr_unlock (&self->lock);

  return n_queued;
}

guint
athr_pool_get_n_threads (AthrPool *self)
{
  return athr_lock_read (&self->lock, &self->n_threads);
}

gboolean
athr_pool_is_stale (AthrPool *self)
{
  return athr_lock_is_stale (&self->lock);
}

GError *
athr_pool_new_closed (AthrPool *self)
{
  if (athr_pool_is_stale (self))
    return athr_fork_new_error ();

  return g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "The executor “%s” is closed", self->name);
}

/* Whether the pool takes @job now. */
static gboolean
athr_pool_takes_locked (AthrPool      *self,
                        const AthrJob *job)
{
  athr_assert_locked (&self->lock);

  return self->state == ATHR_POOL_OPEN || (job->kind == ATHR_JOB_CLEAN_UP && self->n_clean_ups > 0);
}

/* The jobs that were submitted after the pool was closed, without those that the pool takes all the same. */
static AthrJob *
athr_pool_take_late_locked (AthrPool *self)
{
  AthrJob *job = __atomic_exchange_n (&self->submitted, NULL, __ATOMIC_SEQ_CST);
  AthrJob *late = NULL;

  athr_assert_locked (&self->lock);

  while (job != NULL)
    {
      AthrJob *next = job->next;

      if (athr_pool_takes_locked (self, job))
        {
          athr_pool_enqueue_locked (self, job);
        }
      else
        {
          job->next = late;
          late = job;
        }
      job = next;
    }

  return late;
}

/* Fails the jobs that were submitted after the pool was closed. */
static void
athr_pool_fail_late_jobs (AthrPool *self,
                          AthrJob  *late)
{
  g_autoptr (GError) error = NULL;

  if (late != NULL)
    error = athr_pool_new_closed (self);
  while (late != NULL)
    {
      AthrJob *next = late->next;

      late->fail (late, error);
      late = next;
    }
}

/* Pushes the job without the lock. FALSE: the pool takes no submissions. */
static gboolean
athr_pool_submit (AthrPool *self,
                  AthrJob  *job)
{
  AthrJob *late = NULL;
  gboolean needs_thread;

  if (!g_atomic_int_get (&self->takes_submissions))
    return FALSE;

  job->has_begun = FALSE;
  job->next = g_atomic_pointer_get (&self->submitted);
  while (!__atomic_compare_exchange_n (&self->submitted, &job->next, job, FALSE, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED))
    ;
  if (__atomic_load_n (&self->takes_submissions, __ATOMIC_SEQ_CST))
    return TRUE;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  if (self->state != ATHR_POOL_OPEN)
    late = athr_pool_take_late_locked (self);
  needs_thread = athr_pool_request_thread_locked (self);
  athr_unlock (&self->lock);

  if (needs_thread)
    athr_pool_create_thread (self);
  athr_pool_fail_late_jobs (self, late);

  return TRUE;
}

gboolean
athr_pool_push (AthrPool *self,
                AthrJob  *job)
{
  gboolean needs_thread = FALSE;
  gboolean is_taken;

  if (athr_pool_is_stale (self))
    return FALSE;
  if (athr_pool_submit (self, job))
    return TRUE;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  is_taken = athr_pool_takes_locked (self, job);
  if (is_taken)
    {
      athr_pool_enqueue_locked (self, job);
      needs_thread = athr_pool_request_thread_locked (self);
    }
  athr_unlock (&self->lock);

  if (needs_thread)
    athr_pool_create_thread (self);

  return is_taken;
}

gboolean
athr_pool_promise (AthrPool *self)
{
  gboolean is_open;

  if (athr_pool_is_stale (self))
    return FALSE;

  athr_lock (&self->lock);
  is_open = self->state == ATHR_POOL_OPEN;
  self->n_promised += is_open;
  athr_unlock (&self->lock);

  return is_open;
}

/* A job that the pool has waited for has come, or does not come. Whether the pool is closed now: see
 * athr_pool_finish_close_locked(). */
static gboolean
athr_pool_count_off_locked (AthrPool *self,
                            guint    *count,
                            GQueue   *ended)
{
  athr_assert_locked (&self->lock);

  --*count;
  if (athr_pool_runs_out_locked (self))
    g_cond_broadcast (&self->woken);

  return athr_pool_finish_close_locked (self, ended);
}

static void
athr_pool_count_off (AthrPool *self,
                     guint    *count)
{
  GQueue ended = G_QUEUE_INIT;
  gboolean is_closed;

  if (athr_pool_is_stale (self))
    return;

  athr_lock (&self->lock);
  is_closed = athr_pool_count_off_locked (self, count, &ended);
  athr_unlock (&self->lock);

  athr_pool_tell_ended (self, is_closed, &ended);
}

gboolean
athr_pool_push_promised (AthrPool *self,
                         AthrJob  *job)
{
  GQueue ended = G_QUEUE_INIT;
  gboolean needs_thread = FALSE;
  gboolean is_taken, is_closed;

  if (athr_pool_is_stale (self))
    return FALSE;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  is_taken = !self->fails_jobs;
  if (is_taken)
    {
      athr_pool_enqueue_locked (self, job);
      needs_thread = athr_pool_request_thread_locked (self);
    }
  is_closed = athr_pool_count_off_locked (self, &self->n_promised, &ended);
  athr_unlock (&self->lock);

  if (needs_thread)
    athr_pool_create_thread (self);
  athr_pool_tell_ended (self, is_closed, &ended);

  return is_taken;
}

void
athr_pool_break_promise (AthrPool *self)
{
  athr_pool_count_off (self, &self->n_promised);
}

void
athr_pool_end_clean_up (AthrPool *self)
{
  athr_pool_count_off (self, &self->n_clean_ups);
}

gboolean
athr_pool_requeue (AthrPool *self,
                   AthrJob  *job)
{
  gboolean is_queued;

  athr_lock (&self->lock);
  is_queued = !self->fails_jobs;
  /* This thread is about to look at the queue itself, so it requests no other thread. */
  athr_pool_collect_locked (self);
  if (is_queued)
    athr_pool_enqueue_locked (self, job);
  athr_unlock (&self->lock);

  return is_queued;
}

void
athr_pool_set_priority (AthrPool *self,
                        AthrJob  *job,
                        int       priority)
{
  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  if (job->level != NULL)
    {
      athr_pool_dequeue_locked (self, job);
      job->priority = priority;
      athr_pool_enqueue_locked (self, job);
    }
  else
    {
      job->priority = priority;
    }
  athr_unlock (&self->lock);
}

void
athr_pool_move_to_front (AthrPool *self,
                         AthrJob  *job)
{
  if (athr_pool_is_stale (self))
    return;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  if (job->level != NULL && !job->is_urgent)
    {
      athr_pool_dequeue_locked (self, job);
      job->is_urgent = TRUE;
      athr_pool_enqueue_locked (self, job);
    }
  job->is_urgent = TRUE;
  athr_unlock (&self->lock);
}

void
athr_pool_release (AthrPool    *self,
                   AthrJob     *job,
                   AthrJobKind  kind)
{
  gboolean needs_thread = FALSE;

  if (athr_pool_is_stale (self))
    return;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  if (job->kind == ATHR_JOB_PRODUCER || kind == ATHR_JOB_CLEAN_UP)
    {
      gboolean is_queued = job->level != NULL;

      if (is_queued)
        athr_job_queue_remove (&self->jobs[job->kind], job);
      job->kind = kind;
      if (is_queued)
        athr_job_queue_push (&self->jobs[job->kind], job);
      athr_pool_count_ready_locked (self);
      needs_thread = athr_pool_request_thread_locked (self);
    }
  athr_unlock (&self->lock);

  if (needs_thread)
    athr_pool_create_thread (self);
}

gboolean
athr_pool_holds_back (AthrPool *self,
                      AthrJob  *job)
{
  gboolean is_held_back;

  athr_lock (&self->lock);
  is_held_back = self->is_paused && !job->has_begun && job->kind != ATHR_JOB_CLEAN_UP;
  athr_unlock (&self->lock);

  return is_held_back;
}

gboolean
athr_pool_withdraw (AthrPool *self,
                    AthrJob  *job)
{
  gboolean is_withdrawn;

  if (athr_pool_is_stale (self))
    return FALSE;

  athr_lock (&self->lock);
  athr_pool_collect_locked (self);
  is_withdrawn = job->level != NULL;
  if (is_withdrawn)
    athr_pool_dequeue_locked (self, job);
  athr_unlock (&self->lock);

  return is_withdrawn;
}

gboolean
athr_pool_fails_jobs (AthrPool *self)
{
  return athr_lock_read (&self->lock, &self->fails_jobs);
}

/* Calls the watches for the closing of the pool. Other threads may do so for other watches: the calling thread waits
 * until all of them are done, so that the pool takes what the watches push. */
static void
athr_pool_tell_closing (AthrPool *self)
{
  GQueue watches = G_QUEUE_INIT;

  athr_lock (&self->lock);
  self->n_telling++;
  athr_watch_take_all (&self->closing_watches, &watches);
  athr_unlock (&self->lock);

  athr_watch_call_all (&watches);

  athr_lock (&self->lock);
  if (--self->n_telling == 0)
    g_cond_broadcast (&self->told);
  while (self->n_telling > 0)
    athr_lock_wait (&self->lock, &self->told);
  athr_unlock (&self->lock);
}

void
athr_pool_close (AthrPool     *self,
                 const GError *error)
{
  GQueue jobs = G_QUEUE_INIT;
  GQueue ended = G_QUEUE_INIT;
  gboolean is_first, is_closed;
  guint n_wanted;

  athr_lock (&self->lock);
  is_first = !self->is_closing;
  self->is_closing = TRUE;
  self->fails_jobs |= error != NULL;
  athr_unlock (&self->lock);
  if (is_first)
    athr_trace_executor (self->name, error != NULL ? "closes, and cancels what is queued" : "closes");
  athr_pool_tell_closing (self);

  athr_lock (&self->lock);
  __atomic_store_n (&self->takes_submissions, FALSE, __ATOMIC_SEQ_CST);
  athr_pool_collect_locked (self);
  if (self->state == ATHR_POOL_OPEN)
    athr_pool_set_state_locked (self, ATHR_POOL_DRAINING);
  self->is_paused = FALSE;
  if (error != NULL)
    athr_pool_steal_jobs_locked (self, &jobs);
  athr_pool_count_ready_locked (self);
  athr_pool_return_clean_ups_locked (self, &jobs);
  n_wanted = athr_pool_request_threads_locked (self);
  is_closed = athr_pool_finish_close_locked (self, &ended);
  g_cond_broadcast (&self->woken);
  g_cond_signal (&self->called);
  athr_unlock (&self->lock);

  athr_pool_create_threads (self, n_wanted);
  athr_pool_fail_jobs (&jobs, error);
  athr_pool_tell_ended (self, is_closed, &ended);
}

gboolean
athr_pool_watch (AthrPool  *self,
                 AthrWatch *watch)
{
  gboolean is_watching;

  athr_lock (&self->lock);
  is_watching = athr_watch_add (watch, &self->watches, self->state == ATHR_POOL_CLOSED);
  athr_unlock (&self->lock);

  return is_watching;
}

gboolean
athr_pool_watch_closing (AthrPool  *self,
                         AthrWatch *watch)
{
  gboolean is_watching;

  athr_lock (&self->lock);
  is_watching = athr_watch_add (watch, &self->closing_watches, self->is_closing);
  self->n_clean_ups += is_watching;
  athr_unlock (&self->lock);

  return is_watching;
}

gboolean
athr_pool_unwatch_closing (AthrPool  *self,
                           AthrWatch *watch)
{
  gboolean was_watching;

  athr_lock (&self->lock);
  was_watching = athr_watch_remove (watch, &self->closing_watches);
  athr_unlock (&self->lock);

  return was_watching;
}

gboolean
athr_pool_unwatch (AthrPool  *self,
                   AthrWatch *watch)
{
  gboolean was_watching;

  athr_lock (&self->lock);
  was_watching = athr_watch_remove (watch, &self->watches);
  athr_unlock (&self->lock);

  return was_watching;
}

static void
athr_pool_begin_wait (gboolean for_room)
{
  AthrPool *self = current_pool;
  gboolean needs_thread;

  athr_alive_wait (for_room ? ATHR_ALIVE_WAITS_FOR_ROOM : ATHR_ALIVE_WAITS_FOR_WORK);
  if (wait_hook != NULL)
    wait_hook->changed (wait_hook, TRUE);
  /* All jobs of a single pool must run on its one thread: no other thread can take the
   * place. */
  if (self == NULL || self->is_single)
    return;

  athr_lock (&self->lock);
  self->n_running--;
  self->n_blocked++;
  self->n_waiting += for_room;
  athr_pool_settle_locked (self);
  athr_pool_count_ready_locked (self);
  needs_thread = athr_pool_request_thread_locked (self);
  athr_unlock (&self->lock);

  if (needs_thread)
    athr_pool_create_thread (self);
}

static void
athr_pool_end_wait (gboolean for_room)
{
  AthrPool *self = current_pool;
  guint n_wanted;

  athr_alive_wait (ATHR_ALIVE_WAITS_FOR_NOTHING);
  if (wait_hook != NULL)
    wait_hook->changed (wait_hook, FALSE);
  if (self == NULL || self->is_single)
    return;

  athr_lock (&self->lock);
  self->n_blocked--;
  self->n_running++;
  self->n_waiting -= for_room;
  athr_pool_count_ready_locked (self);
  n_wanted = athr_pool_request_threads_locked (self);
  athr_unlock (&self->lock);

  athr_pool_create_threads (self, n_wanted);
}

void
athr_pool_set_wait_hook (AthrWaitHook *hook)
{
  wait_hook = hook;
}

void
athr_pool_block_begin (void)
{
  athr_pool_begin_wait (FALSE);
}

void
athr_pool_block_end (void)
{
  athr_pool_end_wait (FALSE);
}

void
athr_pool_wait_for_room_begin (void)
{
  athr_pool_begin_wait (TRUE);
}

void
athr_pool_wait_for_room_end (void)
{
  athr_pool_end_wait (TRUE);
}

gboolean
athr_pool_is_own_thread (AthrPool *self)
{
  return self->is_single && current_pool == self;
}

gboolean
athr_pool_is_worker (AthrPool *self)
{
  return current_pool == self;
}
