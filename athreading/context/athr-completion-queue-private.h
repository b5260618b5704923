/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-version.h"

G_BEGIN_DECLS

/* A completion queue keeps what has completed in a main context until a program takes it.
 *
 * Only the override for Python uses these functions, and declares them itself. A handler of
 * a signal may raise an exception at the first instruction of any Python function, so also of
 * a callback, which C cannot tell. Here C only queues the completion. Python takes the
 * completion out of the queue after Python has dealt with it, and deals with it again if an
 * exception came between. */

typedef struct _AthrCompletionQueue AthrCompletionQueue;

/* One operation, one call or one handler. The caller owns the memory, which is 0 at first but
 * for the queue, and must stay where it is until the completion is popped. */
typedef struct
{
  AthrCompletionQueue *queue; /* set once */
  GAsyncResult *result;       /* (nullable): set when an operation has completed */
  GList link;                 /* (AthrCompletionQueue.lock); its data is set by the first push */
  gboolean is_repeated;       /* set once; may be pushed again when it was popped */
} AthrCompletion;

typedef void (*AthrCompletionFunc) (AthrCompletionQueue *queue);

/* The completion queue of @context, which the caller keeps alive during the call. The queue is
 * never freed.
 *
 * With a @drain function, the thread that iterates @context calls @drain again and again until
 * @drain has popped everything. If @context is gone, the thread that pushes calls @drain.
 * Without a @drain function, the program looks into the queue whenever it has iterated
 * @context. Threads: owner of @context. */
ATHR_AVAILABLE_IN_1_0
AthrCompletionQueue *athr_completion_queue_new  (GMainContext        *context,
                                                 AthrCompletionFunc   drain);
/* Queues a completion, unless it is queued, or not repeated and was queued: a GDestroyNotify, or a swapped signal
 * handler. Threads: any. */
ATHR_AVAILABLE_IN_1_0
void                 athr_completion_push       (AthrCompletion      *self);
/* Keeps @result, and queues @completion: a GAsyncReadyCallback. Threads: any. */
ATHR_AVAILABLE_IN_1_0
void                 athr_completion_complete   (GObject             *source,
                                                 GAsyncResult        *result,
                                                 gpointer             completion);
/* The first completion, or NULL. Threads: owner of the context. */
ATHR_AVAILABLE_IN_1_0
AthrCompletion      *athr_completion_queue_peek (AthrCompletionQueue *self);
/* Removes the first completion, and drops its result. Threads: owner of the context. */
ATHR_AVAILABLE_IN_1_0
void                 athr_completion_queue_pop  (AthrCompletionQueue *self);

G_END_DECLS
