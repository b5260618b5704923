/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "channel/athr-channel-private.h"
#include "pool/athr-executor-private.h"
#include "base/athr-weak-private.h"

G_BEGIN_DECLS

/* The producer of a stream: all that a worker holds. It knows its stream by a weak
 * reference only, which home borrows. */

typedef struct _AthrProducer AthrProducer;

/* On a worker, once, when the function can no longer run: closes what may block as it is
 * closed. Where nobody is to be had for that it is not called. */
typedef void (*AthrProducerCleanUp) (gpointer      user_data,
                                     GCancellable *cancellable);

/* What the stream does at home, where it is held meanwhile. */
typedef struct
{
  /* Something about the producer has changed. */
  void (*update) (gpointer stream);
  /* There may be something for the flow. */
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
  int priority;       /* of the delivery */

  /* Set once, as it starts */
  AthrPool *pool;
  AthrJob job; /* holds a reference to the producer while it is queued or runs */
  AthrYielder *yielder;
  GCancellable *cancellable;

  int is_over;    /* atomic; the function can no longer run. Pairs with settle */
  int is_function_freed; /* atomic; what only the function needed is freed */
  AthrWorkItem update;        /* each push holds a reference */
  AthrWorkItem wake;          /* likewise */
  AthrWorkItem flow;          /* likewise */
  AthrChannelWaiter flow_waiter; /* (AthrChannel.lock) */
  AthrWatch watch;   /* holds a reference while it watches */
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
/* Has the stream updated. Any thread. */
void          athr_producer_post              (AthrProducer             *self);
/* Has the stream's flow called. Any thread. */
void          athr_producer_post_flow         (AthrProducer             *self);
/* In the flow: to be called again, in a nested main loop or after this. */
void          athr_producer_repeat_flow       (AthrProducer             *self);
void          athr_producer_withdraw_flow     (AthrProducer             *self);
/* Whether its function can no longer run, and what it needed is there still. */
gboolean      athr_producer_has_function_left (AthrProducer             *self);
/* Frees what only the function needed, if it can no longer run. */
void          athr_producer_free_function     (AthrProducer             *self);
/* No more values. Work that has not begun is withdrawn. Any thread. */
void          athr_producer_close             (AthrProducer             *self);
/* The stream is gone: the same, and frees what nobody will take. Any thread. */
void          athr_producer_abandon           (AthrProducer             *self);

G_END_DECLS
