/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-progress-private.h"
#include "base/athr-trace-private.h"
#include "base/athr-weak-private.h"
#include "channel/athr-channel-private.h"
#include "context/athr-context-queue-private.h"
#include "context/athr-post-private.h"
#include "context/athr-question-private.h"
#include "pool/athr-executor-private.h"
#include "stream/athr-problem-private.h"

G_BEGIN_DECLS

/* The producer of a stream: everything that a worker holds. A worker never holds the stream.
 * The producer knows its stream by a weak reference, which only the owner's thread follows. */

typedef struct _AthrProducer AthrProducer;

/* A worker calls it once, when the function can no longer run, to close what may block while
 * it closes. If no worker can be had, it is never called. */
typedef void (*AthrProducerCleanUp) (gpointer      user_data,
                                     GCancellable *cancellable);

/* Called by the owner's thread, which holds the stream meanwhile: the producer has changed, be
 * it its progress, its problems, its state or its end. */
typedef void (*AthrProducerUpdate) (gpointer stream);

/* The owner's thread calls it once, as the stream starts. */
typedef void (*AthrProducerPrepare) (AthrProducer *producer);

/* What makes the values of a stream in place of one function in one job: the driver of a map runs a
 * function for each item. The driver puts values into the channel of its producer, and ends the
 * producer by athr_producer_end(). No lock is held when a function of the driver is called. */
typedef struct _AthrDriver AthrDriver;

struct _AthrDriver
{
  /* Any thread, before the start: see athr_producer_prepare(). */
  gboolean (*prepare) (AthrDriver *self);
  /* Any thread, once, before the channel opens. */
  void (*start) (AthrDriver               *self,
                 AthrProducer             *producer,
                 const AthrChannelOptions *options);
  /* Any thread: the begin() of the channel. */
  void (*begin) (AthrDriver *self);
  /* Any thread, perhaps several times, after the channel was closed: has the producer end soon. */
  void (*close) (AthrDriver *self);
  /* Home: the consumer has sent or thrown something. */
  void (*refuse) (AthrDriver *self);
  /* Any thread, which is about to wait for a value, once home is fixed: whether the driver, or what it takes its items
   * from, cannot go on while this thread is blocked. */
  gboolean (*needs_caller) (AthrDriver *self);
  /* Any thread: the producer drops its reference. */
  void (*unref) (AthrDriver *self);
};

struct _AthrProducer
{
  gatomicrefcount ref_count;
  AthrChannel *channel;           /* set once */
  AthrProducerUpdate update_stream; /* set once */
  AthrWeak stream;
  AthrAlive *alive;               /* set once */
  int ended;                      /* atomic; of the stream and its function, which do not exist any more; see
                                   * athr_producer_mark_ended() */
  guint64 creator;                /* set once; the number of the thread that made it */

  /* Set once, before it starts */
  char *name;             /* (nullable); of the stream, for people */
  AthrStreamFunc func;
  AthrDriver *driver;     /* owned; NULL: there is a function */
  gboolean has_steps;
  AthrProducerCleanUp clean_up; /* (nullable) */
  AthrStreamFunc cleanup;       /* (nullable); the user's */
  gpointer cleanup_data;
  GDestroyNotify cleanup_destroy;
  gboolean is_fed;        /* there is no function: athr_producer_feed() puts the values */
  AthrProducerPrepare prepare;  /* (nullable) */
  AthrContextQueue *first_home; /* owned; whose thread may prepare; NULL without prepare */
  int is_preparing;             /* atomic; a thread prepares, so nothing frees the function. Pairs with
                                 * is_over */
  int is_prepared;              /* atomic */
  gint64 n_values;              /* how many values there will be; -1 when nobody knows */
  gpointer user_data;
  GDestroyNotify destroy;
  AthrContextQueue *home; /* before the start it may move */
  int priority;           /* of its work items at home */

  /* Set once, as it starts */
  AthrPool *pool;
  AthrJob job; /* holds a reference to the producer while it is queued or runs */
  AthrYielder *yielder;
  GCancellable *cancellable;

  AthrProgress progress;
  AthrProblemQueue problems;
  AthrAskings askings;           /* (progress.lock) */
  GQueue posts;                  /* (progress.lock); (element-type AthrPost) */
  int n_posts;                   /* atomic; their number */
  int is_close_told;             /* atomic; a close has completed under another context than home: the posts that are
                                  * left are not called */
  AthrWorkItem post;             /* each push holds a reference; set once, by the first post */
  int has_warned;                /* atomic; of a function that ignores that a yield failed */
  int n_refused;                 /* atomic; yields that failed since the channel is closed */
  int has_begun;                 /* atomic; the function has begun, so that the user's clean-up runs */
  AthrWatch closing_watch;       /* of the pool; holds a reference while it watches */
  int owes_clean_up;             /* atomic; to the pool: see athr_pool_watch_closing() */
  int is_over;                   /* atomic; the function can no longer run. Pairs with
                                  * athr_producer_free_function(), which reads it first */
  int is_function_freed;         /* atomic */
  int is_expected;               /* atomic; a reader has waited; it orders no other access */
  AthrWorkItem update;           /* each push holds a reference */
  AthrWorkItem wake;             /* likewise */
  AthrWorkItem flow;             /* likewise; of athr-stream-flow.c */
  AthrChannelWaiter flow_waiter; /* (AthrChannel.lock); of athr-stream-flow.c */
  AthrWatch watch;               /* of the context; holds a reference while it watches */
};

/* Whether the producer and its stream were created before a fork. */
static inline gboolean
athr_producer_is_stale (AthrProducer *self)
{
  return athr_lock_is_stale (&self->progress.lock);
}

/* The name of the stream, for a message. */
static inline const char *
athr_producer_get_title (AthrProducer *self)
{
  return self->name != NULL ? self->name : "(without a name)";
}

AthrProducer *athr_producer_new               (gpointer                  stream,
                                               AthrProducerUpdate        update_stream);
AthrProducer *athr_producer_ref               (AthrProducer             *self);
void          athr_producer_unref             (AthrProducer             *self);

/* Any thread: the stream is finalized. */
void          athr_producer_stream_ended      (AthrProducer             *self);

/* Home */
void          athr_producer_move_home         (AthrProducer             *self);
/* Before the start: has the thread that made the producer, or the owner of its present home, call
 * @prepare as the stream starts. */
void          athr_producer_set_prepare       (AthrProducer             *self,
                                               AthrProducerPrepare       prepare);
/* @yielder (transfer full): the yielder that the function gets. */
void          athr_producer_start             (AthrProducer             *self,
                                               AthrYielder              *yielder,
                                               AthrPool                 *pool,
                                               int                       priority,
                                               const AthrChannelOptions *options);
/* Whether the function can no longer run, and its data and yielder are not freed yet. */
gboolean      athr_producer_has_function_left (AthrProducer             *self);
/* Frees the function's data and the yielder, if the function can no longer run. */
void          athr_producer_free_function     (AthrProducer             *self);

/* Any thread, before the start: prepares the producer. FALSE: another thread has to start the
 * stream, or a thread, perhaps this one, prepares the producer at the moment. No lock is held, and no once
 * is entered: what prepares may call any function of the stream. */
gboolean      athr_producer_prepare           (AthrProducer             *self);
gboolean      athr_producer_is_preparing      (AthrProducer             *self);
/* Any thread, once the channel is open or closed: a reader waits for a value, so the executor's
 * max-blocked does not hold the producer back. */
void          athr_producer_expect            (AthrProducer             *self);
/* Any thread, once home is fixed: whether this thread is at home, and would wait for a job that the pause of @pool, the
 * pool of the producer, holds back. No job runs for a producer that is fed. */
gboolean      athr_producer_is_held_back      (AthrProducer             *self,
                                               AthrPool                 *pool);
/* Any thread: has home call update_stream(). */
void          athr_producer_post              (AthrProducer             *self);
/* Any thread: has home notify the progress. It does nothing when the function can no longer
 * run. */
void          athr_producer_report_progress   (AthrProducer             *self,
                                               double                    fraction,
                                               const char               *text);
/* Any thread: has home emit a problem, and takes @file over. It does nothing when the channel
 * is not open. */
void          athr_producer_report_problem    (AthrProducer             *self,
                                               GFile                    *file,
                                               const char               *message);
/* Any thread, for a producer that is fed: puts a copy of @value, and never waits; does nothing once the
 * channel is closed. */
void          athr_producer_feed              (AthrProducer             *self,
                                               const GValue             *value);
/* Any thread, for a producer that is fed: no value comes any more. */
void          athr_producer_end_feed          (AthrProducer             *self);
/* Any thread, when @channel is closed: what asks with a yielder of @channel, or with any yielder if @channel is NULL,
 * waits no longer. */
void          athr_producer_settle_item       (AthrProducer             *self,
                                               AthrChannel              *channel);
/* Any thread: makes every later put fail, cancels the cancellable, and withdraws a queued job
 * unless the job has to clean up. */
void          athr_producer_close             (AthrProducer             *self);
/* Called by the driver, once: nothing of the user's runs any more. Takes @error over. */
void          athr_producer_end               (AthrProducer             *self,
                                               GError                   *error);
/* Any thread, as the stream is disposed: closes, and has freed what no reader will take. */
void          athr_producer_abandon           (AthrProducer             *self);

G_END_DECLS
