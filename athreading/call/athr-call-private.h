/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-call.h"
#include "base/athr-deadline-private.h"
#include "base/athr-event-private.h"
#include "base/athr-thread-private.h"
#include "base/athr-trace-private.h"
#include "call/athr-call-limit-private.h"
#include "context/athr-binding-private.h"
#include "context/athr-notifier-private.h"
#include "context/athr-operation-private.h"
#include "context/athr-post-private.h"
#include "context/athr-question-private.h"
#include "pool/athr-executor-private.h"

G_BEGIN_DECLS

/* What stopped a call before its function returned. */
typedef enum
{
  ATHR_CALL_STOP_NONE,
  ATHR_CALL_STOP_CANCELLED,
  ATHR_CALL_STOP_TIMED_OUT,
  ATHR_CALL_STOP_RUN_TIMED_OUT,
} AthrCallStop;

/* AthrCall.status: an AthrCallState, an AthrCallStop, and flags, which change together. */
enum
{
  ATHR_CALL_STATE_MASK = 7,
  ATHR_CALL_STOP_SHIFT = 3,
  ATHR_CALL_STOP_MASK = 3 << ATHR_CALL_STOP_SHIFT,
  ATHR_CALL_RESOLVED = 1 << 5,      /* the outcome is fixed */
  ATHR_CALL_SHARED = 1 << 6,        /* a thread uses what the lock guards: from now on the worker
                                     * and home take the lock, too */
  ATHR_CALL_FIRST_TAKEN = 1 << 7,   /* AthrCall.first is in use */
  ATHR_CALL_FIRST_WAITS = 1 << 8,   /* AthrCall.first waits, and is in no list: the outcome item is
                                     * going to answer it */
  ATHR_CALL_HAS_RETURNED = 1 << 9,  /* the function has returned a value */
  ATHR_CALL_ORPHANED = 1 << 10,     /* an owner is gone */
  ATHR_CALL_OVER = 1 << 11,         /* a call with owners, whose outcome was delivered: owners that go
                                     * from now on change nothing */
  ATHR_CALL_HAS_NO_VALUE = 1 << 12, /* the function has returned something that is no value */
};

/* For an object that starts the call. A handler of `finished` would not do: it is not called when an owner is gone, and
 * g_object_run_dispose() destroys it. */
typedef struct
{
  /* Home, once, before `finished` is emitted: the function has returned, or will never run. */
  void (*ended) (AthrCall *self,
                 gpointer  data);
  /* (nullable); any thread, instead of ended(): the main context of the call is gone. */
  void (*lost)  (gpointer data);
  /* Any thread, once: the call drops its reference to @data. */
  void (*unref) (gpointer data);
} AthrCallEndedFuncs;

/* A run_async() that waits for the outcome. */
typedef struct
{
  AthrOperation base;
  AthrCall *call; /* set once; (nullable); owned; only set when there is a cancellable */
  GList link;     /* (AthrCall.lock) */
  gboolean is_at_home; /* set once, under AthrCall.lock; it is answered at the call's home */
  gboolean is_late;    /* set once; it came when the call was over */
} AthrCallWaiter;

/* What the limit of a call does with the job of the call. */
typedef enum
{
  ATHR_CALL_LIMIT_NONE,    /* nothing */
  ATHR_CALL_LIMIT_HELD,    /* the limit holds the job back */
  ATHR_CALL_LIMIT_ENTERED, /* the job counts: it was given to the pool, and has not ended */
} AthrCallLimitState;

/* GLib 2.74 keeps lists of free memory for up to 1,008 bytes, and glibc for up to 1,032. The struct is smaller. */
struct _AthrCall
{
  GObject parent_instance;

  /* What the worker of a call touches that nothing stops: so the fewest lines of the cache go from core to
   * core. */

  int status;                 /* atomic; the worker and home change it without the lock, all other
                               * threads under the lock */
  int delivery_priority;      /* set once, before the call starts */
  AthrCallFunc func;          /* set once, before the call starts */
  gpointer user_data;         /* set once, before the call starts */
  AthrContextQueue *home;     /* lock, atomic, until the call starts: home may move once before that */
  AthrAlive *alive;           /* set once, before the call starts */
  AthrCallLimit *limit;       /* (nullable); owned; set as the call is claimed */
  guint timeout;              /* in milliseconds; set once, before the call starts */
  guint run_timeout;          /* in milliseconds; set once, before the call starts */
  AthrJob job;
  AthrWorkItem outcome;       /* ends the call at home; holds the references in n_home_refs */
  guint n_home_refs;          /* set once, as the call is completed */
  AthrLock lock;
  /* Once the call is resolved, every thread reads these without the lock. The outcome is the first
   * of the three that is set; an unset @returned means null. */
  GError *stop_error;         /* lock */
  GError *func_error;         /* set once, as the call is completed */
  GValue returned;            /* set once, by the thread that sets ATHR_CALL_HAS_RETURNED */
  GDestroyNotify returned_destroy; /* (nullable); set with @returned, which is a pointer that the call owns;
                                    * once the call is resolved: home */

  /* Set once, before the call starts */
  GDestroyNotify destroy; /* called at home, when the function can no longer run */
  AthrExecutor *executor;
  char *name;
  int priority;      /* lock, until the call starts; afterwards home */
  gboolean return_on_cancel;
  guint64 creator; /* the number of the thread that created the call */
  AthrCallLimitState limit_state; /* (AthrCallLimit.lock), until the call is about to be completed */

  /* Set once, as the call starts */
  AthrContextQueue *former_home; /* lock; (nullable); kept for threads that still read home */
  AthrPool *pool;
  /* Each of the two holds a reference to the call while it waits. */
  AthrDeadline deadline;
  AthrDeadline run_deadline; /* the worker adds it as the function begins */

  AthrWorkItem update;  /* notifies of states and progress; holds no reference, and is disabled
                         * before the references in n_home_refs are dropped */

  AthrCallWaiter first;       /* the waiter that started the call, if the call's home answers it */
  int n_home_waiters;         /* atomic; waiters at home that were not answered yet, without one
                               * that the outcome item answers */

  GQueue waiters;             /* lock; (element-type AthrCallWaiter), not posted yet */
  gboolean is_posting;        /* lock; a thread posts the waiters, one by one */
  gboolean outcome_is_due;    /* lock; the outcome item is to be pushed after the waiters */
  gboolean is_claimed;        /* lock; the call was given to an object that starts it */
  GSList *blocked;            /* lock; (element-type AthrEvent), threads in athr_call_run() */
  GCancellable *cancellable;  /* lock; set once, on demand */
  AthrProgress progress;

  AthrBinding *bindings;    /* atomic */
  AthrAskings askings;      /* lock */
  GQueue posts;             /* lock; (element-type AthrPost) */
  AthrWorkItem *post;       /* (nullable); owned; each push holds a reference; set once, by the first post */

  AthrNotifier notifier;
  AthrCallState seen_state; /* home; as last notified */
  gboolean is_answered;     /* home; a waiter at home was answered, or `finished` comes now: no post is called any
                             * more, not even one of a thread that helped the function and goes on */
  gboolean is_over;         /* home; the outcome was delivered */
  const AthrCallEndedFuncs *ended_funcs; /* set once, before the call starts; (nullable) */
  gpointer ended_data;      /* home, once the call has started; (nullable); owned */
};

/* A round of notifications goes in the order of these numbers: progress before the outcome. */
enum
{
  ATHR_CALL_PROP_0,
  ATHR_CALL_PROP_EXECUTOR,
  ATHR_CALL_PROP_NAME,
  ATHR_CALL_PROP_PRIORITY,
  ATHR_CALL_PROP_DELIVERY_PRIORITY,
  ATHR_CALL_PROP_TIMEOUT,
  ATHR_CALL_PROP_RUN_TIMEOUT,
  ATHR_CALL_PROP_RETURN_ON_CANCEL,
  ATHR_CALL_PROP_PROGRESS,
  ATHR_CALL_PROP_PROGRESS_TEXT,
  ATHR_CALL_PROP_STATE,
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

/* Whether the call was created before a fork. */
static inline gboolean
athr_call_is_stale (AthrCall *self)
{
  return athr_lock_is_stale (&self->lock);
}

/* Only for a resolved call. Returns NULL when the call succeeded. */
static inline const GError *
athr_call_peek_error (AthrCall *self)
{
  return self->stop_error != NULL ? self->stop_error : self->func_error;
}

static inline AthrCallState
athr_call_peek_state (AthrCall *self)
{
  return g_atomic_int_get (&self->status) & ATHR_CALL_STATE_MASK;
}

static inline gboolean
athr_call_is_initial (AthrCall *self)
{
  return athr_call_peek_state (self) == ATHR_CALL_STATE_INITIAL;
}

/* Whether the call has started, and the calling thread is known not to be the owner's thread. */
static inline gboolean
athr_call_is_elsewhere (AthrCall *self)
{
  return !athr_call_is_stale (self) && !athr_call_is_initial (self) &&
         self->creator != athr_thread_id () && athr_context_queue_is_elsewhere (self->home);
}

static inline gboolean
athr_call_is_stopped (AthrCall *self)
{
  return (g_atomic_int_get (&self->status) & ATHR_CALL_STOP_MASK) != 0;
}

static inline gboolean
athr_call_is_resolved (AthrCall *self)
{
  return (g_atomic_int_get (&self->status) & ATHR_CALL_RESOLVED) != 0;
}

/* Whether an owner is gone, so that home answers CANCELLED, and notifies and emits nothing. */
static inline gboolean
athr_call_is_orphaned (AthrCall *self)
{
  int status;

  if (!athr_bindings_exist (&self->bindings))
    return FALSE;

  status = g_atomic_int_get (&self->status);

  return (status & ATHR_CALL_ORPHANED) ||
         (!(status & ATHR_CALL_OVER) && athr_bindings_are_gone (&self->bindings));
}

/* athr-call-home.c: what the owner's thread does for a call, and what posts it there */

void athr_call_init_home           (AthrCall            *self);
void athr_call_finalize_home       (AthrCall            *self);
/* Before the call starts, once, for an object that has claimed it. @data (transfer full). */
void athr_call_set_ended           (AthrCall            *self,
                                    const AthrCallEndedFuncs *funcs,
                                    gpointer             data);
/* The run function of the item of an AthrCallWaiter: answers the operation. */
void athr_call_waiter_run          (AthrWorkItem        *item);

/* Posts the waiters of a resolved call, then the outcome item if it is due, and unlocks. One
 * thread posts at a time, and also posts what other threads add meanwhile: this keeps the
 * order. While the outcome item is on its way to answer the first waiter, it is home that posts
 * the others. After this function a caller may touch the call only with a reference of its
 * own. */
void athr_call_post_and_unlock     (AthrCall            *self);

/* athr-call-work.c: the life of a call */

void athr_call_init_work           (AthrCall            *self);
/* For an object that starts the call. FALSE when the call was started or claimed before. @limit
 * (nullable) may hold the call back. */
gboolean athr_call_claim           (AthrCall            *self,
                                    AthrCallLimit       *limit);
/* After a claim by an object that cannot start the call: another object may claim the call, or the program start it. */
void athr_call_unclaim             (AthrCall            *self);
void athr_call_finalize_work       (AthrCall            *self);
void athr_call_work_start          (AthrCall            *self);
void athr_call_work_start_async    (AthrCall            *self,
                                    gpointer             source_tag,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data);
/* Whether the calling thread runs the function of the call. */
gboolean athr_call_work_is_worker  (AthrCall            *self);
/* Under the lock: from here on the worker and home take the lock, too, before they change what the
 * lock guards. Returns the status, as it was before. */
int  athr_call_work_share_locked   (AthrCall            *self);
/* Home. FALSE when nothing has changed: @priority is the same, or too late. */
gboolean athr_call_work_set_priority (AthrCall          *self,
                                      int                priority);
/* Whether this thread, at home, would wait for a call that the pause of its executor holds
 * back. */
gboolean athr_call_work_is_held_back (AthrCall          *self);
/* Blocks until the call is resolved. */
void athr_call_work_start_blocking (AthrCall            *self,
                                    GCancellable        *cancellable);
/* Any thread: stops the call, unless it is over or was stopped before. */
void athr_call_stop                (AthrCall            *self,
                                    AthrCallStop         stop);
/* A new error for what has stopped the call. */
GError *athr_call_work_new_stop_error (AthrCall         *self);
/* Home: ends the call with @owner. */
void athr_call_work_bind           (AthrCall            *self,
                                    GObject             *owner);

/* athr-call-question.c, on a worker */

gboolean athr_call_question_ask    (AthrCall            *self,
                                    AthrAskFunc          func,
                                    gpointer             user_data,
                                    GDestroyNotify       destroy,
                                    GValue              *answer,
                                    GError             **error);
void athr_call_question_post       (AthrCall            *self,
                                    AthrPostFunc         func,
                                    gpointer             user_data,
                                    GDestroyNotify       destroy);

G_END_DECLS
