/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-question.h"
#include "athr-version.h"
#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* A completion queue keeps what has completed in a main context until a program takes it.
 *
 * Only the override for Python uses these functions, and declares them itself. A handler of
 * a signal may raise an exception at the first instruction of any Python function, so also of
 * a callback, which C cannot tell. Here C only queues the completion. Python takes the
 * completion out of the queue after Python has dealt with it, and deals with it again if an
 * exception came between. */

typedef struct _AthrCompletionQueue AthrCompletionQueue;

typedef gboolean (*AthrFinishFunc)     (gpointer       source,
                                        GAsyncResult  *result,
                                        GError       **error);
typedef gboolean (*AthrFinishIntoFunc) (gpointer       source,
                                        GAsyncResult  *result,
                                        GValue        *value,
                                        GError       **error);

/* One operation, one call or one handler. The caller owns the memory, which is 0 at first but
 * for what is set once, and must stay where it is until the completion is popped. */
typedef struct
{
  AthrCompletionQueue *queue; /* set once */
  GObject *object;            /* (nullable) (owned): the call, or the question, of which this is the completion */
  GList link;                 /* (AthrCompletionQueue.lock); its data is set by the first push */
  gboolean is_repeated;       /* set once; may be pushed again when it was popped */
  gboolean is_started;        /* owner; the operation was started, or the question or post is to be dealt with */
  GCallback finish;           /* set once; of an operation: an AthrFinishIntoFunc if there is a value,
                               * else an AthrFinishFunc; of a question or a post: an AthrCompletionReady */
  GValue *value;              /* set once; (nullable): not owned; receives the value of an operation */
  GError *error;              /* (nullable) (owned): of an operation that has failed */
} AthrCompletion;

typedef void (*AthrCompletionFunc) (AthrCompletionQueue *queue);
typedef void (*AthrCompletionReady) (AthrCompletion *completion);

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
/* Finishes the operation of @completion, and queues @completion: a GAsyncReadyCallback. Threads: owner of the context. */
ATHR_AVAILABLE_IN_1_0
void                 athr_completion_complete   (GObject             *source,
                                                 GAsyncResult        *result,
                                                 gpointer             completion);
/* The first completion, or NULL. Threads: owner of the context. */
ATHR_AVAILABLE_IN_1_0
AthrCompletion      *athr_completion_queue_peek (AthrCompletionQueue *self);
/* Removes the first completion, and drops its object and its error. Returns the completion that is the first one then, or NULL.
 * Threads: owner of the context. */
ATHR_AVAILABLE_IN_1_0
AthrCompletion      *athr_completion_queue_pop  (AthrCompletionQueue *self);
/* Worker: the completion queue of @home, or NULL if no program iterates the context of @home with the help of a
 * completion queue. */
AthrCompletionQueue *athr_completion_queue_find (AthrContextQueue    *home);
/* Home: what a function on a worker asks or posts is to be dealt with: an AthrAskFunc, an AthrPostFunc. */
void                 athr_completion_ask        (AthrQuestion        *question,
                                                 gpointer             completion);
void                 athr_completion_post       (gpointer             completion);
/* Home, or any thread when home has ended: nothing more comes for the question or post: a GDestroyNotify. Queues the
 * completion, or calls its @finish if it has no queue. Under a main loop of GLib the queue is drained at once, so that what
 * was posted comes before the values after it. */
void                 athr_completion_come_home  (gpointer             completion);

/* Iterates @context once, for an event loop that is not GLib's: the wake-up descriptor of the context is readable.
 * TRUE when the context has to be iterated again. Otherwise the descriptor becomes readable when there is more to do.
 * Threads: owner of @context. */
ATHR_AVAILABLE_IN_1_0
gboolean             athr_completion_iterate    (GMainContext        *context);

G_END_DECLS
