/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "stream/athr-producer-private.h"
#include "athr-stream.h"

G_BEGIN_DECLS

struct _AthrStream
{
  GObject parent_instance;

  AthrChannel *channel;   /* set once; the producer's */
  AthrProducer *producer; /* set once */

  /* Set once, before it starts */
  AthrExecutor *executor;
  char *name;
  guint buffer_size;
  AthrOverflow overflow;
  int priority;
  int delivery_priority;
  gsize home_once;       /* g_once_init_enter(); an operation was started: home stays */
  gsize open_once;       /* g_once_init_enter(); it was opened, or closed before */

  gboolean flowing;
  gboolean is_closed;    /* by close_async(): nothing flows any more */
  guint n_flow_runs;     /* how often the flow has begun to run, to see whether one is nested */
  gboolean has_finished;

  /* As last notified */
  AthrStreamState state;
  guint n_dropped;
  gboolean dropped_due;  /* changed, and to be notified, in this order */
  gboolean flowing_due;
  gboolean state_due;
  gboolean error_due;
};

enum
{
  ATHR_STREAM_PROP_0,
  ATHR_STREAM_PROP_EXECUTOR,
  ATHR_STREAM_PROP_NAME,
  ATHR_STREAM_PROP_BUFFER_SIZE,
  ATHR_STREAM_PROP_OVERFLOW,
  ATHR_STREAM_PROP_PRIORITY,
  ATHR_STREAM_PROP_DELIVERY_PRIORITY,
  ATHR_STREAM_PROP_STATE,
  ATHR_STREAM_PROP_ERROR,
  ATHR_STREAM_PROP_FLOWING,
  ATHR_STREAM_PROP_N_BUFFERED,
  ATHR_STREAM_PROP_N_DROPPED,
  ATHR_STREAM_PROP_PROGRESS,
  ATHR_STREAM_PROP_PROGRESS_TEXT,
  ATHR_STREAM_N_PROPS
};

extern GParamSpec *athr_stream_properties[ATHR_STREAM_N_PROPS];
extern guint athr_stream_value_signal;
extern guint athr_stream_problem_signal;
extern guint athr_stream_finished_signal;

/* A next, a batch or a close under way. */
typedef struct
{
  AthrOperation base;
  AthrChannelWaiter waiter;
  AthrProducer *producer;   /* set once; owned: who cancels may be the last to know it */
  guint max_values;         /* set once; of a batch */
  AthrChannelAnswer answer; /* home */
  GValue value;             /* home; of a next, until it is finished */
  GArray *values;           /* home; of a batch, likewise */
  gboolean is_taken;        /* home; it is */
  GError *error;            /* home */
} AthrStreamOperation;

/* athr-stream.c */

/* Steps, and what closes behind them on a worker. */
AthrStream          *athr_stream_new_cleaned       (AthrStreamFunc        step,
                                                    AthrProducerCleanUp   clean_up,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);

/* athr-stream-home.c */

void                 athr_stream_init_home         (AthrStream           *self);
/* The first operation decides where home is. */
void                 athr_stream_fix_home          (AthrStream           *self);
/* The same for one that blocks: a plain thread iterates nothing. */
void                 athr_stream_fix_home_blocking (AthrStream           *self);
gboolean             athr_stream_has_fixed_home    (AthrStream           *self);
/* TRUE: it was not open before. Then the caller has the producer begin, by
 * athr_channel_wake(), when it has asked for what it wants: a producer that does not wait would
 * overflow before. */
gboolean             athr_stream_open              (AthrStream           *self) G_GNUC_WARN_UNUSED_RESULT;
/* Whether this is inside a slice of home's main loop. */
gboolean             athr_stream_is_in_slice       (AthrStream           *self);
/* Home, in run() of @operation: TRUE when what has changed was to be notified first. Then it is
 * queued again, for a moment at which there is nothing. */
gboolean             athr_stream_sync_before       (AthrStream           *self,
                                                    AthrOperation        *operation);
/* Stops the flow and the producer; asks for nothing. */
void                 athr_stream_close             (AthrStream           *self);
void                 athr_stream_end_flow          (AthrStream           *self);
/* The progress, as last notified. */
AthrProgress        *athr_stream_peek_progress     (AthrStream           *self);

/* athr-stream-operation.c */

/* To be made known to the channel, which has it posted. */
AthrStreamOperation *athr_stream_operation_new     (AthrStream           *self,
                                                    gpointer              source_tag,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
/* Makes one known that asks for values, and starts the stream. */
void                 athr_stream_add_reader        (AthrStream           *self,
                                                    AthrStreamOperation  *operation);
/* What @result, of @source_tag, was answered; FALSE with the error. */
gboolean             athr_stream_operation_finish  (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    AthrStreamOperation **operation,
                                                    GError              **error);

G_END_DECLS
