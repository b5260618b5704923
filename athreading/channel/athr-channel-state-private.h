/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "base/athr-lock-private.h"
#include "base/athr-ring-private.h"
#include "channel/athr-channel-private.h"

G_BEGIN_DECLS

/* What the files of the channel share among themselves. */

struct _AthrChannel
{
  gatomicrefcount ref_count;
  const AthrChannelFuncs *funcs; /* set once */
  gpointer owner;                /* set once; not owned */

  AthrLock lock;
  AthrChannelOptions options; /* lock; set once, as it opens */
  GError *no_space;           /* lock; until it is needed */
  AthrChannelState state;     /* lock */

  /* The producer */
  GCond room;                 /* lock; somebody who waits may go on */
  gboolean has_waiters;       /* lock; threads that wait for it and were not woken: */
  guint n_sleepers;           /* lock; these sleep, and the others look out */
  int n_wake_ups;             /* lock; atomic, for those who look out */
  gboolean is_wake_deferred;         /* lock; wake_at_slice_end was called, and athr_channel_wake() was not */
  gboolean is_job_active;           /* lock; its job is queued, or runs */
  gboolean is_finished;       /* lock; it said that there is no more */
  gboolean has_yielded;       /* lock; in this step */
  AthrRing buffer;            /* lock; the values put and not taken */
  guint n_dropped;            /* lock */

  /* Demand */
  guint64 n_granted;          /* lock */
  guint64 n_taken;            /* lock; grants that were waited for, or used */
  guint64 n_put;              /* lock */
  guint64 n_revoked;             /* lock */
  gboolean is_next_grant_reserved;       /* lock; who put the last value waits for the grant after it */

  /* What was sent */
  GQueue pending;             /* lock; (element-type AthrMessage), waiting for a grant */
  GQueue riding;              /* lock; (element-type AthrMessage), in the order of their grants */
  AthrMessage *current;       /* lock; on the current grant */
  GQueue undelivered;         /* lock; (element-type AthrMessage), which nobody received */

  /* Those who ask */
  guint64 last_serial;        /* lock */
  GQueue readers;              /* lock; (element-type AthrChannelWaiter) */
  GQueue close_waiters;              /* lock; (element-type AthrChannelWaiter) */
  AthrChannelWaiter *flow;    /* lock; NULL when nothing flows */
  GError *error;              /* lock; set once */
  gboolean has_unread_error;          /* lock; the error is still to be told to one who asks, */
  gboolean has_close_error;    /* lock; or is for those who closed */
  gboolean is_done;           /* lock */
  gboolean is_over;           /* lock */
  gboolean is_closed;         /* lock; whatever the producer does then */
};

/* What is left to be done once it is unlocked. */
typedef struct
{
  AthrChannelWaiter *reader; /* to be notified, in this order */
  AthrChannelWaiter *flow;  /* it may be told by several threads at once: in no list */
  GQueue close_waiters;            /* (element-type AthrChannelWaiter) */
  gboolean begin;           /* to be called */
  gboolean wake_at_slice_end;      /* likewise */
} AthrChannelEffects;

#define ATHR_CHANNEL_EFFECTS_INIT { NULL, NULL, G_QUEUE_INIT, FALSE, FALSE }

void athr_channel_unlock_and_notify   (AthrChannel        *self,
                                       AthrChannelEffects *effects);
void athr_channel_set_state_locked    (AthrChannel        *self,
                                       AthrChannelState    state);
/* Those whose answer is there and who were not told yet. */
void athr_channel_find_ready_locked   (AthrChannel        *self,
                                       AthrChannelEffects *effects);
/* Issues @n grants. */
void athr_channel_grant_locked        (AthrChannel        *self,
                                       guint               n,
                                       gboolean            in_slice,
                                       AthrChannelEffects *effects);
void athr_channel_revoke_grant_locked (AthrChannel        *self);
void athr_channel_wake_locked         (AthrChannel        *self);
/* Puts the job to work, if there is something to do for it. */
void athr_channel_begin_locked        (AthrChannel        *self,
                                       AthrChannelEffects *effects);

static inline gboolean
athr_channel_has_grants_locked (AthrChannel *self)
{
  athr_assert_locked (&self->lock);

  return self->options.overflow == ATHR_OVERFLOW_BLOCK;
}

/* Whether the producer has something to do. */
static inline gboolean
athr_channel_has_room_locked (AthrChannel *self)
{
  return !athr_channel_has_grants_locked (self) || self->n_granted > self->n_put;
}

G_END_DECLS
