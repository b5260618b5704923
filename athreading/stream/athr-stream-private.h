/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-stream.h"
#include "base/athr-thread-private.h"
#include "context/athr-binding-private.h"
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
  guint buffer_size;
  AthrOverflow overflow;
  int priority;
  int delivery_priority;
  gsize home_once;       /* g_once_init_enter(); the first operation has fixed home */
  gsize open_once;       /* g_once_init_enter(); the channel was opened or closed */

  int is_mapped;         /* atomic; a map takes the values, and nobody else may */
  gboolean flowing;
  gboolean is_closed;    /* by close_async(); the stream can no longer flow */
  guint n_flow_runs;     /* how many runs of the flow began; shows that a nested one ran */
  gboolean has_finished;
  gboolean has_lost_message; /* one that was sent, since too many waited */
  gboolean is_orphaned;  /* an owner is gone, and the stream is closed */
  AthrBinding *bindings; /* atomic */

  AthrNotifier notifier;
  AthrStreamState state; /* as last notified */
  guint n_dropped;       /* likewise */
};

/* A round of notifications goes in this order: progress before the state. */
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

/* An operation under way: a next, a batch or a close. */
typedef struct
{
  AthrOperation base;
  AthrChannelWaiter waiter;
  AthrProducer *producer;   /* set once; owned: a cancelling thread may outlive the stream */
  guint max_values;         /* set once; of a batch; 0 for a next or a close */
  gboolean is_close;        /* set once */
  AthrChannelAnswer answer; /* home */
  gboolean is_answered;     /* home; it has its answer, and waits for functions that were posted before */
  int n_posts_due;          /* home; for so many */
  GValue value;             /* home; of a next, until the caller finishes it */
  GArray *values;           /* home; of a batch, from the answer until the caller finishes it */
  gboolean is_taken;        /* home; the caller took the value */
  GError *error;            /* home */
} AthrStreamOperation;

static inline gboolean
athr_stream_is_stale (AthrStream *self)
{
  return athr_producer_is_stale (self->producer);
}

static inline gboolean
athr_stream_has_fixed_home (AthrStream *self)
{
  return g_atomic_pointer_get (&self->home_once) != 0;
}

/* Whether home is fixed, and the calling thread is known not to be the owner's thread. */
static inline gboolean
athr_stream_is_elsewhere (AthrStream *self)
{
  return athr_stream_has_fixed_home (self) && self->producer->creator != athr_thread_id () &&
         !athr_stream_is_stale (self) && athr_context_queue_is_elsewhere (self->producer->home);
}

/* Home: whether an owner is gone, so that readers get CANCELLED, and the stream emits and notifies
 * nothing. */
static inline gboolean
athr_stream_has_lost_owner (AthrStream *self)
{
  return athr_bindings_exist (&self->bindings) && !self->has_finished &&
         athr_bindings_are_gone (&self->bindings);
}

/* Whether the calling thread is inside a slice of home's main loop. */
static inline gboolean
athr_stream_is_in_slice (AthrStream *self)
{
  return athr_stream_has_fixed_home (self) && athr_context_queue_in_dispatch (self->producer->home);
}

/* athr-stream-flow.c: the reader behind the `value` signal */

void                 athr_stream_flow_init         (AthrStream           *self);
void                 athr_stream_flow_set          (AthrStream           *self,
                                                    gboolean              flowing);
/* Stops the flow, and has home notify `flowing`. */
void                 athr_stream_flow_end          (AthrStream           *self);

/* athr-stream-home.c: what the owner's thread does besides */

void                 athr_stream_init_home         (AthrStream           *self);
/* Fixes which context is home. Every operation calls it first; only the first call counts. */
void                 athr_stream_fix_home          (AthrStream           *self);
/* Like athr_stream_fix_home(), for a blocking operation. A blocking operation moves home only
 * to a context that was pushed: a thread without a thread-default context iterates nothing. */
void                 athr_stream_fix_home_blocking (AthrStream           *self);
/* Opens the stream, unless a thread, perhaps this one, prepares the stream: that thread opens the stream
 * then. TRUE: this call opened the stream. Then the caller adds its reader first, and starts the
 * producer by athr_channel_wake() afterwards: a producer that never waits would overflow
 * before there is a reader. */
gboolean             athr_stream_open              (AthrStream           *self) G_GNUC_WARN_UNUSED_RESULT;
/* Before the stream opens, if the caller has to know that another thread opens the stream. FALSE: see
 * athr_producer_prepare(). */
gboolean             athr_stream_prepare           (AthrStream           *self);
/* Stops the flow and the producer, and waits for neither. */
void                 athr_stream_close             (AthrStream           *self);
/* Ends the stream with @owner. */
void                 athr_stream_add_owner         (AthrStream           *self,
                                                    GObject              *owner);
/* An owner is gone: ends the stream, and answers its readers. */
void                 athr_stream_orphan            (AthrStream           *self);

/* Any thread: stops the producer, as athr_stream_close() does. */
void                 athr_stream_stop              (AthrStream           *self);

/* athr-stream-operation.c */

/* Makes an operation. The caller adds its waiter to the channel. */
AthrStreamOperation *athr_stream_operation_new     (AthrStream           *self,
                                                    gpointer              source_tag,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);
/* Adds the waiter of @operation as a reader, and starts the stream if that was not done. */
void                 athr_stream_add_reader        (AthrStream           *self,
                                                    AthrStreamOperation  *operation);
/* Answers @operation, which is no reader, with %G_IO_ERROR_INVALID_ARGUMENT: a map takes the values. */
void                 athr_stream_refuse_reader     (AthrStreamOperation  *operation);
/* Gets the operation of @result, which was answered. FALSE: the operation failed with
 * @error. */
gboolean             athr_stream_operation_finish  (AthrStream           *self,
                                                    GAsyncResult         *result,
                                                    AthrStreamOperation **operation,
                                                    GError              **error);

/* athr-stream-question.c */

/* On a worker */
gboolean             athr_stream_question_ask      (AthrProducer         *producer,
                                                    AthrChannel          *channel,
                                                    AthrAskFunc           func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy,
                                                    GValue               *answer,
                                                    GError              **error);
void                 athr_stream_question_post     (AthrProducer         *producer,
                                                    AthrPostFunc          func,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
/* Home, in run(): calls the function that was posted first. FALSE when there is none. */
gboolean             athr_stream_question_run_post (AthrProducer         *producer);

/* athr-stream-take.c */

/* Takes a value, or, if @max_values is not 0, a batch, and blocks until there is one. NOTHING: this is the only thread of the
 * stream's executor and would wait for itself, or the executor is paused, or another thread has
 * to start the stream, or only the main loop of this thread feeds the stream, or all of this holds for the source of a
 * map. Then the value is not asked for, and the stream not started. */
AthrChannelAnswer    athr_stream_take              (AthrStream           *self,
                                                    GCancellable         *cancellable,
                                                    guint                 max_values,
                                                    GValue               *value,
                                                    GArray              **values,
                                                    GError              **error);

/* Whether only the main loop of this thread feeds the stream, whose home is fixed. */
gboolean             athr_stream_is_fed_here       (AthrStream           *self);

/* athr-stream.c */

/* FALSE, with a critical: a map takes the values of this stream. */
gboolean             athr_stream_may_take          (AthrStream           *self,
                                                    const char           *function);
/* A stream of @driver (transfer full). At home, when nothing of the user's can run any more,
 * @destroy is called with @driver. */
AthrStream          *athr_stream_new_driven        (AthrDriver           *driver,
                                                    GDestroyNotify        destroy);

/* A stream of steps; a worker calls @clean_up after the last step. */
AthrStream          *athr_stream_new_cleaned       (AthrStreamFunc        step,
                                                    AthrProducerCleanUp   clean_up,
                                                    gpointer              user_data,
                                                    GDestroyNotify        destroy);
/* Home: a stream that was started, and into which athr_producer_feed() puts values without a
 * bound. No job runs for it. */
AthrStream          *athr_stream_new_fed          (void);

G_END_DECLS
