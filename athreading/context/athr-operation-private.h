/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* An asynchronous operation: a GTask that the context queue answers, in a slice and nowhere
 * else. The queue is that of the context under which the operation was started.
 *
 * The type that embeds an AthrOperation provides the functions. The operation lives until it is
 * answered, or for as long as its task, whose finish function may read the operation. */

typedef struct _AthrOperation AthrOperation;

typedef struct
{
  AthrWorkItemFuncs item; /* drop is never called, since the task keeps its context alive */
  /* Any thread, unlocked: the operation's cancellable was cancelled. The function may be
   * called more than once, before other threads know the operation, and after the answer. */
  void (*cancelled) (AthrOperation *self);
  /* Any thread: frees what the embedding type holds, and the memory of the operation. Nothing
   * uses the operation afterwards. */
  void (*free) (AthrOperation *self);
} AthrOperationFuncs;

struct _AthrOperation
{
  AthrWorkItem item;
  int ref_count;                   /* atomic; one until the answer; the cancellable's handler holds
                                    * another, and the task of athr_operation_init(), too */
  const AthrOperationFuncs *funcs; /* set once */
  AthrContextQueue *home;          /* set once; of the context of the task */
  int priority;                    /* set once */
  GTask *task;                     /* home; until it is answered */
  GCancellable *cancellable;       /* home; until it is answered */
  gulong cancelled_id;             /* home */
};

/* @funcs must outlive the operation. The task keeps @source_object alive, and owns the operation.
 * @near is the home of @source_object. */
void   athr_operation_init      (AthrOperation            *self,
                                 const AthrOperationFuncs *funcs,
                                 gpointer                  source_object,
                                 gpointer                  source_tag,
                                 AthrContextQueue         *near,
                                 int                       priority,
                                 GAsyncReadyCallback       callback,
                                 gpointer                  user_data);
/* The same for a @task (transfer full) of the caller's, which does not own the operation. */
void   athr_operation_init_task (AthrOperation            *self,
                                 const AthrOperationFuncs *funcs,
                                 GTask                    *task,
                                 gpointer                  source_tag,
                                 AthrContextQueue         *near,
                                 int                       priority);
/* Connects @cancellable, which may be NULL: from here on cancelled() may be called, and it is
 * called before this returns when @cancellable is cancelled already. The caller connects
 * before other threads know the operation, since another thread may have it answered then. */
void   athr_operation_connect   (AthrOperation            *self,
                                 GCancellable             *cancellable);
/* Any thread: pushes the operation's item, so that run() is called at home. */
void   athr_operation_post      (AthrOperation            *self);
/* At home, in run(): answers the operation, which calls the user's callback. The operation may
 * be gone afterwards. */
void   athr_operation_return    (AthrOperation            *self);
/* At home, in run(): the same, but the caller returns the task (transfer full), at once, by
 * g_task_return_boolean(). */
GTask *athr_operation_end       (AthrOperation            *self);
/* Instead of g_task_return_boolean(): answers @task, whose owner is gone, with CANCELLED. */
void   athr_operation_return_orphaned (GTask              *task);
/* FALSE, with @error, when athr_operation_return_orphaned() has answered @task. */
gboolean athr_operation_check   (GTask                    *task,
                                 GError                  **error);
/* Answers an operation on @source_object, which is stale. The finish function gives
 * athr_fork_new_error(). */
void   athr_operation_answer_stale (gpointer                  source_object,
                                    gpointer                  source_tag,
                                    GAsyncReadyCallback       callback,
                                    gpointer                  user_data);

/* Connects to "cancelled" as GTask does, so that the handler can be disconnected at any
 * time: in a nested main loop inside the handler, g_cancellable_disconnect() would
 * deadlock. @notify may be called on the thread that cancels. */
gulong athr_cancellable_connect (GCancellable             *cancellable,
                                 GCallback                 callback,
                                 gpointer                  data,
                                 GClosureNotify            notify);

G_END_DECLS
