/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-watch-private.h"
#include "pool/athr-job-queue-private.h"

G_BEGIN_DECLS

/* The threads of an executor, and the jobs that they run. Each thread holds a reference to its
 * pool, so the pool may outlive the executor, and no finalizer joins a thread. */

typedef struct _AthrPool AthrPool;

/* A function around all the work of a thread of a pool. It calls @run with @run_data, once, on
 * that thread or on another that ends before the function returns. @name is the name of the
 * pool, and is valid until @run is called. */
typedef void (*AthrThreadFunc) (void       (*run) (gpointer run_data),
                                gpointer     run_data,
                                const char  *name,
                                gpointer     user_data);

/* How long, in microseconds, a thread without work stays. */
#define ATHR_POOL_IDLE_TIME (5 * G_TIME_SPAN_SECOND)

/* If @max_threads is 1, the pool keeps one thread until the pool is closed. @idle_time is
 * ATHR_POOL_IDLE_TIME, except in tests. */
AthrPool   *athr_pool_new             (const char     *name,
                                       guint           max_threads,
                                       gint64          idle_time);
AthrPool   *athr_pool_ref             (AthrPool       *self);
void        athr_pool_unref           (AthrPool       *self);

/* Any thread. Sets the function around all the work of a thread, for threads of any pool that
 * are created from now on; NULL for none. */
void        athr_pool_set_thread_func (AthrThreadFunc  func,
                                       gpointer        user_data);

const char *athr_pool_get_name        (AthrPool       *self);
gboolean    athr_pool_is_single       (AthrPool       *self);
guint       athr_pool_get_max_threads (AthrPool       *self);
void        athr_pool_set_max_threads (AthrPool       *self,
                                       guint           max_threads);
gboolean    athr_pool_is_paused       (AthrPool       *self);
/* While the pool is paused, no job but a clean-up begins. To close the pool ends the pause. */
void        athr_pool_set_paused      (AthrPool       *self,
                                       gboolean        is_paused);
guint       athr_pool_get_max_blocked (AthrPool       *self);
/* While more than @max_blocked producers wait for room, no job of ATHR_JOB_PRODUCER begins. */
void        athr_pool_set_max_blocked (AthrPool       *self,
                                       guint           max_blocked);
guint       athr_pool_get_n_running   (AthrPool       *self);
guint       athr_pool_get_n_queued    (AthrPool       *self);
guint       athr_pool_get_n_threads   (AthrPool       *self);

/* What athr_dump_alive() says of a pool. */
typedef struct
{
  const char *name;       /* as long as the pool exists */
  gconstpointer executor; /* its address; perhaps gone */
  const char *state;      /* static */
  gboolean is_paused;
  guint created;          /* a time of athr_alive_now() */
  guint max_threads;
  guint n_threads;
  guint n_running;
  guint n_queued;
  guint n_blocked;
} AthrPoolFacts;

/* The pool of @executor is in athr_pool_list_all() until its executor is gone and its last thread has left. */
void        athr_pool_list            (AthrPool       *self,
                                       gconstpointer   executor);
/* The executor of the pool is gone. */
void        athr_pool_abandon         (AthrPool       *self);
/* Any thread; unlocked: (element-type AthrPool), which the array owns. In the child of a fork they are only the pools
 * that the child has made. */
GPtrArray  *athr_pool_list_all        (void);
void        athr_pool_get_facts       (AthrPool       *self,
                                       AthrPoolFacts  *facts);

/* Whether the pool was created before a fork: then it has no threads. */
gboolean    athr_pool_is_stale        (AthrPool       *self);
/* Any thread. FALSE when the pool is closed or stale: then nothing has happened. Otherwise the
 * pool runs or fails the job once, perhaps before this returns. */
gboolean    athr_pool_push            (AthrPool       *self,
                                       AthrJob        *job);
/* A new error, for work that is given to a closed or a stale pool. */
GError     *athr_pool_new_closed      (AthrPool       *self);
/* On a worker of @self, as the last thing in run(): queues the job again, behind the queued
 * jobs. FALSE when the pool was closed with an error: then the caller must end the job. */
gboolean    athr_pool_requeue         (AthrPool       *self,
                                       AthrJob        *job);
/* Any thread. Moves the job behind the queued jobs of @priority, or before all jobs, if the job
 * is queued. Otherwise the job takes that place when it is queued. */
void        athr_pool_set_priority    (AthrPool       *self,
                                       AthrJob        *job,
                                       int             priority);
void        athr_pool_move_to_front   (AthrPool       *self,
                                       AthrJob        *job);
/* Any thread. From now on, less may hold the job back: @kind is not ATHR_JOB_PRODUCER. The job
 * keeps its place. Nothing happens if @kind would hold the job back more. */
void        athr_pool_release         (AthrPool       *self,
                                       AthrJob        *job,
                                       AthrJobKind     kind);
/* Any thread. Whether @job cannot begin since the pool is paused. */
gboolean    athr_pool_holds_back      (AthrPool       *self,
                                       AthrJob        *job);
/* Any thread. TRUE when the job was queued: it will neither run nor fail. */
gboolean    athr_pool_withdraw        (AthrPool       *self,
                                       AthrJob        *job);

/* Any thread. Whether the pool was closed with an error. */
gboolean    athr_pool_fails_jobs      (AthrPool       *self);
/* Any thread: promises a job that the pool gets later. Until then a pool that is closed waits for the job, unless it
 * fails its jobs. FALSE: the pool is closed already. The caller keeps the pool. */
gboolean    athr_pool_promise         (AthrPool       *self);
/* Any thread: pushes a promised job, also if the pool was closed meanwhile. FALSE: the pool fails its jobs. */
gboolean    athr_pool_push_promised   (AthrPool       *self,
                                       AthrJob        *job);
/* Any thread: a promised job does not come. */
void        athr_pool_break_promise   (AthrPool       *self);
/* Any thread. From now on the pool takes no new job that was not promised. With an @error, the queued jobs fail with
 * @error. Without, the queued jobs still run. */
void        athr_pool_close           (AthrPool       *self,
                                       const GError   *error);
/* Calls @watch, on any thread, when the pool is closed and its last thread has left: that
 * thread has run the thread func to its end. FALSE when the last thread has left already. */
gboolean    athr_pool_watch           (AthrPool       *self,
                                       AthrWatch      *watch);
/* FALSE when @watch was called or is about to be called. */
gboolean    athr_pool_unwatch         (AthrPool       *self,
                                       AthrWatch      *watch);
/* Calls @watch, on any thread, before the pool is closed: while the pool still takes jobs. FALSE when that
 * has begun already. Otherwise the caller owes the pool a clean-up: until athr_pool_end_clean_up(), the pool takes
 * the caller's ATHR_JOB_CLEAN_UP, even if the pool is closed, and does not end. */
gboolean    athr_pool_watch_closing   (AthrPool       *self,
                                       AthrWatch      *watch);
/* Any thread: a clean-up that somebody owes the pool is done, or not needed. */
void        athr_pool_end_clean_up    (AthrPool       *self);
/* FALSE when @watch was called or is about to be called, or never watched. */
gboolean    athr_pool_unwatch_closing (AthrPool       *self,
                                       AthrWatch      *watch);
/* A worker calls these two around a wait inside this library: meanwhile its pool gives the
 * worker's place to other work. On other threads, and in a pool of one thread, these do
 * nothing. */
void        athr_pool_block_begin     (void);
void        athr_pool_block_end       (void);
/* The same for a producer that waits for room. */
void        athr_pool_wait_for_room_begin (void);
void        athr_pool_wait_for_room_end   (void);
/* What hears that the job of the calling worker begins or ends such a wait, in a pool of one
 * thread, too. */
typedef struct _AthrWaitHook AthrWaitHook;

struct _AthrWaitHook
{
  void (*changed) (AthrWaitHook *hook,
                   gboolean      waits); /* set once; on the worker, unlocked */
  gpointer data;                         /* set once; for changed */
};

/* On a worker, in its job: sets the hook of this thread, or NULL. */
void        athr_pool_set_wait_hook   (AthrWaitHook   *hook);
/* Whether the calling thread is the one thread of @self. Such a thread must not wait for a job
 * of @self: it would wait for ever. */
gboolean    athr_pool_is_own_thread   (AthrPool       *self);
/* Whether the calling thread is a worker of @self. Such a thread must not wait for the end of
 * @self. */
gboolean    athr_pool_is_worker       (AthrPool       *self);

G_END_DECLS
