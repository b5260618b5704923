/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-call.h"
#include "base/athr-deadline-private.h"
#include "pool/athr-executor-private.h"
#include "base/athr-progress-private.h"
#include "pool/athr-event-private.h"

G_BEGIN_DECLS

/* What ended a call before its function did. */
typedef enum
{
  ATHR_CALL_STOP_NONE,
  ATHR_CALL_STOP_CANCELLED,
  ATHR_CALL_STOP_TIMED_OUT,
} AthrCallStop;

struct _AthrCall
{
  GObject parent_instance;

  /* Set once, before it starts */
  AthrCallFunc func;
  gpointer user_data;
  GDestroyNotify destroy; /* home, once the function can no longer run */
  AthrExecutor *executor;
  char *name;
  int priority;
  int delivery_priority;
  guint timeout; /* in milliseconds */
  gboolean return_on_cancel;
  guint64 creator; /* the thread */

  /* Set once, as it starts */
  AthrContextQueue *home; /* until then it may move */
  AthrPool *pool;
  AthrJob job;
  AthrDeadline deadline; /* it holds a reference to the call */
  gboolean has_deadline;

  AthrWorkItem update;  /* tells of states and progress; holds no reference, and is retired
                     * before the references in n_home_refs are dropped */
  AthrWorkItem outcome; /* tells of the end; holds the references in n_home_refs */
  guint n_home_refs;

  AthrLock lock;
  AthrCallState state;        /* lock */
  AthrCallStop stop;          /* lock */
  gboolean resolved;           /* lock; the outcome is fixed, and may be read without */
  GError *stop_error;         /* lock; until it is decided: the outcome if it is set, */
  GError *func_error;         /* lock; until it is decided: else this, */
  GValue returned;            /* lock; until it is decided: else this; unset means null */
  GQueue waiters;             /* lock; (element-type AthrCallWaiter), not posted yet */
  guint n_home_waiters;       /* lock; those at home that were not answered yet */
  gboolean is_posting;        /* lock; somebody posts them, one by one, */
  gboolean outcome_due;       /* lock; and then the outcome */
  GSList *runners;            /* lock; (element-type AthrEvent) */
  GCancellable *cancellable;  /* lock; set once, on demand */
  AthrProgress progress;      /* lock, and home */

  /* Home: as last notified */
  AthrCallState seen_state;
  gboolean state_due; /* changed, and to be notified, in this order */
  gboolean error_due;
};

enum
{
  ATHR_CALL_PROP_0,
  ATHR_CALL_PROP_EXECUTOR,
  ATHR_CALL_PROP_NAME,
  ATHR_CALL_PROP_PRIORITY,
  ATHR_CALL_PROP_DELIVERY_PRIORITY,
  ATHR_CALL_PROP_TIMEOUT,
  ATHR_CALL_PROP_RETURN_ON_CANCEL,
  ATHR_CALL_PROP_STATE,
  ATHR_CALL_PROP_PROGRESS,
  ATHR_CALL_PROP_PROGRESS_TEXT,
  ATHR_CALL_PROP_ERROR,
  ATHR_CALL_N_PROPS
};

extern GParamSpec *athr_call_properties[ATHR_CALL_N_PROPS];
extern guint athr_call_finished_signal;

static inline gboolean
athr_call_state_is_final (AthrCallState state)
{
  return state >= ATHR_CALL_STATE_SUCCEEDED;
}

/* athr-call-home.c */

void              athr_call_init_home      (AthrCall            *self);
void              athr_call_finalize_home  (AthrCall            *self);
/* Home, in run() of @item: TRUE when what has changed was to be notified first. Then
 * @item is queued again, for a moment at which there is nothing. */
gboolean          athr_call_sync_before    (AthrCall            *self,
                                            AthrWorkItem        *item);
/* Once it is decided. */
const GError     *athr_call_peek_error     (AthrCall            *self);

/* athr-call-work.c */

/* Its home, which may be moving. */
AthrContextQueue *athr_call_ref_home       (AthrCall            *self);
void              athr_call_init_work      (AthrCall            *self);
void              athr_call_finalize_work  (AthrCall            *self);
gboolean          athr_call_is_initial     (AthrCall            *self);
gboolean          athr_call_is_resolved    (AthrCall            *self);
void              athr_call_launch_async   (AthrCall            *self,
                                            gpointer             source_tag,
                                            GCancellable        *cancellable,
                                            GAsyncReadyCallback  callback,
                                            gpointer             user_data);
void              athr_call_launch         (AthrCall            *self);
/* Returns once it is decided. */
void              athr_call_launch_blocked (AthrCall            *self,
                                            GCancellable        *cancellable);
void              athr_call_stop           (AthrCall            *self,
                                            AthrCallStop         stop);

G_END_DECLS
