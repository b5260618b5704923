/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-stream.h"
#include "context/athr-notifier-private.h"
#include "context/athr-operation-private.h"
#include "stream/athr-producer-private.h"

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
  gboolean is_closed;    /* by close_async(): it flows no more */
  guint n_flow_runs;     /* how often the flow has begun to run, which shows a nested run */
  gboolean has_finished;

  AthrNotifier notifier;
  AthrStreamState state; /* as last notified */
  guint n_dropped;       /* likewise */
};

/* In the order in which one round of notifications goes: progress before the end. */
enum
{
  ATHR_STREAM_PROP_0,
  ATHR_STREAM_PROP_EXECUTOR,
  ATHR_STREAM_PROP_NAME,
  ATHR_STREAM_PROP_BUFFER_SIZE,
  ATHR_STREAM_PROP_OVERFLOW,
  ATHR_STREAM_PROP_PRIORITY,
  ATHR_STREAM_PROP_DELIVERY_PRIORITY,
  ATHR_STREAM_PROP_N_BUFFERED,
  ATHR_STREAM_PROP_PROGRESS,
  ATHR_STREAM_PROP_PROGRESS_TEXT,
  ATHR_STREAM_PROP_N_DROPPED,
  ATHR_STREAM_PROP_FLOWING,
  ATHR_STREAM_PROP_STATE,
  ATHR_STREAM_PROP_ERROR,
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
  AthrProducer *producer;   /* set once; owned, since a thread that cancels may outlive the stream */
  guint max_values;         /* set once; of a batch */
  AthrChannelAnswer answer; /* home */
  GValue value;             /* home; of a next, until it is finished */
  GArray *values;           /* home; of a batch, likewise */
  gboolean is_taken;        /* home; the value is */
  GError *error;            /* home */
} AthrStreamOperation;

/* athr-stream-home.c: what happens at home */

void                 athr_stream_init_home         (AthrStream *self);
/* The first operation fixes where home is. */
void                 athr_stream_fix_home          (AthrStream *self);
/* The same for a blocking operation. It moves home only into a context that was pushed: a
 * thread without a thread-default context iterates nothing. */
void                 athr_stream_fix_home_blocking (AthrStream *self);
gboolean             athr_stream_has_fixed_home    (AthrStream *self);
/* TRUE: the stream was not open before. Then the caller adds its reader, and has the producer
 * begin by athr_channel_wake(): without a reader, a producer that never waits would overflow. */
gboolean             athr_stream_open              (AthrStream *self) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the calling thread is inside a slice of home's main loop. */
gboolean             athr_stream_is_in_slice       (AthrStream *self);
/* Stops the flow and the producer; waits for nothing. */
void                 athr_stream_close             (AthrStream *self);
void                 athr_stream_set_flow          (AthrStream *self,
                                                    gboolean    flowing);
/* Stops the flow, and has home notify of that. */
void                 athr_stream_end_flow          (AthrStream *self);

/* athr-stream-operation.c */

/* A new operation, which the caller makes known to the channel. */
AthrStreamOperation *athr_stream_operation_new     (AthrStream           *self,
                                                    gpointer              source_tag,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
/* Makes an operation known that reads values, and starts the stream. */
void                 athr_stream_add_reader        (AthrStream           *self,
                                                    AthrStreamOperation  *operation);
/* Gives the operation of @result, which was answered; FALSE with its error. */
gboolean             athr_stream_operation_finish  (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    AthrStreamOperation **operation,
                                                    GError              **error);

/* athr-stream-take.c */

/* Takes a value, and blocks until there is one. NOTHING: the thread would wait for itself, and
 * nothing was started. */
AthrChannelAnswer    athr_stream_take              (AthrStream    *self,
                                                    GCancellable  *cancellable,
                                                    GValue        *value,
                                                    GError       **error);

/* athr-stream.c */

/* Steps, and what a worker closes after the last step. */
AthrStream          *athr_stream_new_cleaned       (AthrStreamFunc       step,
                                                    AthrProducerCleanUp  clean_up,
                                                    gpointer             user_data,
                                                    GDestroyNotify       destroy);

G_END_DECLS
