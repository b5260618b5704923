/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-progress-private.h"
#include "base/athr-weak-private.h"
#include "channel/athr-channel-private.h"
#include "context/athr-context-queue-private.h"
#include "pool/athr-executor-private.h"
#include "stream/athr-problem-private.h"

G_BEGIN_DECLS

/* The producer of a stream: all that a worker holds. It knows its stream by a weak
 * reference, which only home borrows. */

typedef struct _AthrProducer AthrProducer;

/* On a worker, once, when the function can no longer run: closes what may block as it is
 * closed. It is not called when no worker can be had. */
typedef void (*AthrProducerCleanUp) (gpointer      user_data,
                                     GCancellable *cancellable);

/* What home calls, while it holds the stream. */
typedef struct
{
  /* Something about the producer has changed. */
  void (*update) (gpointer stream);
  /* There may be a value for the flow. */
  void (*flow) (gpointer stream);
} AthrProducerFuncs;

struct _AthrProducer
{
  gatomicrefcount ref_count;
  AthrChannel *channel;           /* set once */
  const AthrProducerFuncs *funcs; /* set once */
  AthrWeak stream;
  guint64 creator;                /* set once; the thread */

  /* Set once, before it starts */
  AthrStreamFunc func;
  gboolean has_steps;
  AthrProducerCleanUp clean_up; /* (nullable) */
  gpointer user_data;
  GDestroyNotify destroy;
  AthrContextQueue *home; /* until then it may move */
  int priority;           /* of its items at home */

  /* Set once, as it starts */
  AthrPool *pool;
  AthrJob job; /* holds a reference to the producer while it is queued or runs */
  AthrYielder *yielder;
  GCancellable *cancellable;

  AthrProgress progress;
  AthrProblemQueue problems;
  int is_over;                   /* atomic; the function can no longer run. Pairs with
                                  * athr_producer_free_function() */
  int is_function_freed;         /* atomic */
  AthrWorkItem update;           /* each push holds a reference */
  AthrWorkItem wake;             /* likewise */
  AthrWorkItem flow;             /* likewise */
  AthrChannelWaiter flow_waiter; /* (AthrChannel.lock) */
  AthrWatch watch;               /* of the context; holds a reference while it watches */
};

AthrProducer *athr_producer_new               (gpointer                  stream,
                                               const AthrProducerFuncs  *funcs);
AthrProducer *athr_producer_ref               (AthrProducer             *self);
void          athr_producer_unref             (AthrProducer             *self);

/* Home */
void          athr_producer_move_home         (AthrProducer             *self);
/* @yielder (transfer full): what the function gets. */
void          athr_producer_start             (AthrProducer             *self,
                                               AthrYielder              *yielder,
                                               AthrPool                 *pool,
                                               int                       priority,
                                               const AthrChannelOptions *options);
/* Whether the function can no longer run, and what it needed is not freed yet. */
gboolean      athr_producer_has_function_left (AthrProducer             *self);
/* Frees what only the function needed, if it can no longer run. */
void          athr_producer_free_function     (AthrProducer             *self);
/* In the flow: has the flow run again, in a nested main loop or after this run. */
void          athr_producer_repeat_flow       (AthrProducer             *self);
void          athr_producer_withdraw_flow     (AthrProducer             *self);

/* Any thread: has home update the stream. */
void          athr_producer_post              (AthrProducer             *self);
/* Any thread: has home run the flow of the stream. */
void          athr_producer_post_flow         (AthrProducer             *self);
/* Any thread: does nothing once the function can no longer run. */
void          athr_producer_report_progress   (AthrProducer             *self,
                                               double                    fraction,
                                               const char               *text);
/* Any thread: takes @file over; does nothing once the stream is closed. */
void          athr_producer_report_problem    (AthrProducer             *self,
                                               GFile                    *file,
                                               const char               *message);
/* Any thread: the producer puts no more values. A job that has not begun is withdrawn. */
void          athr_producer_close             (AthrProducer             *self);
/* Any thread: the stream is gone. It closes, and has freed what no reader will take. */
void          athr_producer_abandon           (AthrProducer             *self);

G_END_DECLS
