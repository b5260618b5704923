/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* An asynchronous operation: a GTask that is answered on the context under which the
 * operation was started, in the dispatch of that context's queue and nowhere else.
 *
 * The type that embeds the operation gives its functions. The task owns the operation. */

typedef struct _AthrOperation AthrOperation;

typedef struct
{
  AthrWorkItemFuncs item; /* drop is never called, since the task keeps its context */
  /* Any thread, unlocked: the operation's cancellable was cancelled. It may be called
   * more than once, before other threads know the operation, and after the answer. */
  void (*cancelled) (AthrOperation *self);
  /* Any thread: frees what the embedding type holds, and the memory. */
  void (*free) (AthrOperation *self);
} AthrOperationFuncs;

struct _AthrOperation
{
  AthrWorkItem item;
  gatomicrefcount ref_count;       /* the task holds one, the cancellable another */
  const AthrOperationFuncs *funcs; /* set once */
  AthrContextQueue *home;          /* set once; of the context of the task */
  int priority;                    /* set once */
  GTask *task;                     /* home; until it is answered */
  GCancellable *cancellable;       /* home; until it is answered */
  gulong cancelled_id;             /* home */
};

/* @funcs must outlive the operation. The task keeps @source_object, whose home is @near;
 * items can be pushed there at @priority. */
void   athr_operation_init      (AthrOperation             *self,
                                 const AthrOperationFuncs  *funcs,
                                 gpointer                   source_object,
                                 gpointer                   source_tag,
                                 AthrContextQueue          *near,
                                 int                        priority,
                                 GAsyncReadyCallback        callback,
                                 gpointer                   user_data);
/* From here on cancelled() may be called. It is called at once when @cancellable, which may
 * be NULL, is cancelled already. Connect before other threads know the operation: from then
 * on they may answer it. */
void   athr_operation_connect   (AthrOperation             *self,
                                 GCancellable              *cancellable);
/* Any thread: has the item run at home. */
void   athr_operation_post      (AthrOperation             *self);
/* At home, in run(): calls the user's callback. The operation may be gone afterwards. */
void   athr_operation_return    (AthrOperation             *self);

/* Connects to "cancelled" as GTask does, so that the handler can be disconnected at any
 * time: in a nested main loop inside the handler, g_cancellable_disconnect() would
 * deadlock. @notify may be called on the thread that cancels. */
gulong athr_cancellable_connect (GCancellable              *cancellable,
                                 GCallback                  callback,
                                 gpointer                   data,
                                 GClosureNotify             notify);

G_END_DECLS
