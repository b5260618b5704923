/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "context/athr-context-queue-private.h"

G_BEGIN_DECLS

/* An asynchronous operation under way: a GTask that is answered by the delivery
 * of the context under which it was started, and from there only.
 *
 * The type that embeds it gives its functions. The task owns the operation. */

typedef struct _AthrOperation AthrOperation;

typedef struct
{
  AthrWorkItemFuncs item; /* drop is never called: the task keeps its context */
  /* Any thread, unlocked: the operation's cancellable was cancelled. May come
   * more than once, before the operation is known to anybody, and after it was
   * answered. */
  void (*cancelled) (AthrOperation *self);
  /* Any thread: frees what the embedding type holds, and the memory. */
  void (*free) (AthrOperation *self);
} AthrOperationFuncs;

struct _AthrOperation
{
  AthrWorkItem item;
  gatomicrefcount ref_count;       /* one is the task's, one the cancellable's */
  const AthrOperationFuncs *funcs; /* set once */
  AthrContextQueue *home;              /* set once */
  int priority;                    /* set once */
  GTask *task;                     /* home; until it is answered */
  GCancellable *cancellable;       /* home; until it is answered */
  gulong cancelled_id;             /* home */
};

/* @funcs must outlive the operation; @source_object is what the task keeps; @near
 * is the source object's home, where @priority is known. */
void     athr_operation_init      (AthrOperation            *self,
                                   const AthrOperationFuncs *funcs,
                                   gpointer                  source_object,
                                   gpointer                  source_tag,
                                   AthrContextQueue         *near,
                                   int                       priority,
                                   GAsyncReadyCallback       callback,
                                   gpointer                  user_data);
/* From here on cancelled() may be called, and it is called at once when the
 * cancellable is cancelled already. So connect first, and then make the operation
 * known: on another thread it may be answered from that moment. */
void     athr_operation_connect   (AthrOperation            *self,
                                   GCancellable             *cancellable);
/* Any thread: has run() called at home. */
void     athr_operation_post      (AthrOperation            *self);
/* At home, in run(): has it called again, before what is queued. */
void     athr_operation_post_back (AthrOperation            *self);
/* At home, in run(): calls the user's callback. The operation may be gone then. */
void     athr_operation_return    (AthrOperation            *self);

/* What a cancellable of the user's needs so that it can be disconnected at any
 * time: g_cancellable_disconnect() would deadlock in a nested loop inside the
 * handler. @notify may come on the thread that cancels. */
gulong   athr_cancellable_watch   (GCancellable             *cancellable,
                                   GCallback                 callback,
                                   gpointer                  data,
                                   GClosureNotify            notify);

/* Whether anybody is connected to any signal of @object. */
gboolean athr_object_has_handlers (gpointer                  object);

G_END_DECLS
