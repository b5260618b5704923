/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "channel/athr-buffer-private.h"
#include "channel/athr-channel-private.h"

G_BEGIN_DECLS

/* What the files of the channel share. */

struct _AthrChannel
{
  AthrChannelFront front; /* with the lock */

  gatomicrefcount ref_count;
  const AthrChannelFuncs *funcs; /* set once */
  gpointer owner;                /* set once; not owned */

  AthrChannelOptions options; /* lock; set once, as the channel opens */
  GError *no_space;           /* lock; made in advance, NULL once the buffer has overflowed */
  AthrChannelState state;     /* lock */

  /* The producer */
  GCond room;                 /* lock; a producer thread that waits may go on */
  gboolean has_waiters;       /* lock; producer threads wait, and were not woken: */
  guint n_sleepers;           /* lock; of those, this many sleep, and the others spin */
  int n_wake_ups;             /* lock; atomic, since threads that spin read it unlocked */
  guint n_lost_spins;         /* lock; waits since a thread that spun was woken */
  gboolean is_wake_deferred;  /* lock; wake_at_slice_end() was called, wake() not yet */
  gboolean is_job_active;     /* lock; the job is queued or runs */
  gboolean is_finished;       /* lock; the producer said that it has no more values */
  gboolean has_yielded;       /* lock; in this step */
  gboolean may_not_park;      /* lock; the job ends when there is no room */
  gboolean has_refused;       /* lock; the last put failed, so the next one is not quick */
  AthrBuffer buffer;          /* lock; the values that were put and not taken */
  guint n_dropped;            /* lock */
  guint64 hold_soon;          /* lock; of athr_channel_hold_back(); 0: not held back */
  guint64 hold_late;          /* lock; likewise */

  /* Grants */
  guint64 n_granted;               /* lock; grants issued */
  guint64 n_taken;                 /* lock; grants that the producer took */
  guint64 n_put;                   /* lock; values put: grants used */
  guint64 n_revoked;               /* lock; not taken back: as many requests issue no grant */
  gboolean is_next_grant_reserved; /* lock; for the thread that put the last value */

  /* Messages */
  GQueue pending;             /* lock; (element-type AthrMessage), wait for a grant */
  GQueue attached;            /* lock; (element-type AthrMessage), in the order of grants */
  GQueue thrown;              /* lock; (element-type AthrMessage), the errors in attached */
  AthrMessage *current;       /* lock; came with the grant taken last, not received yet */
  GQueue undelivered;         /* lock; (element-type AthrMessage), never received */

  /* Waiters */
  guint64 last_serial;        /* lock */
  GQueue readers;             /* lock; (element-type AthrChannelWaiter) */
  GQueue close_waiters;       /* lock; (element-type AthrChannelWaiter) */
  AthrChannelWaiter *flow;    /* lock; NULL when nothing flows */
  GError *error;              /* lock; set once */
  gboolean has_unread_error;  /* lock; the error is for the next reader or the flow */
  gboolean has_close_error;   /* lock; the error is for the close waiters */
  gboolean is_done;           /* lock */
  gboolean is_over;           /* lock */
  gboolean is_closed;         /* lock; the consumer closed, before or after the end */
  gboolean is_cut;            /* lock; readers get nothing any more but CANCELLED */
};

/* What a thread does after it has unlocked. */
typedef struct
{
  AthrChannelWaiter *reader;  /* to notify first */
  AthrChannelWaiter *flow;    /* to notify then; in no list: several threads may notify it */
  GQueue close_waiters;       /* (element-type AthrChannelWaiter), to notify last */
  gboolean begin;             /* to call then */
  gboolean wake_at_slice_end; /* likewise */
  gboolean wake_sleepers;     /* to wake then */
} AthrChannelEffects;

#define ATHR_CHANNEL_EFFECTS_INIT { NULL, NULL, G_QUEUE_INIT, FALSE, FALSE, FALSE }

/* How many values were put or taken quickly and are not counted yet. */

static inline guint
athr_channel_count_quick_takes_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->front.take_end != NULL ? self->front.take_next - self->buffer.out : 0;
}

/* Counts the values that were put and taken quickly, and allows no more of that. For each value
 * that it has taken the flow had asked, which issues a grant. */
static inline void
athr_channel_end_quick_locked (AthrChannel *self)
{
  guint n_takes = athr_channel_count_quick_takes_locked (self);
  guint n_puts = 0;

  self->front.take_end = NULL;
  if (self->front.put_end != NULL)
    {
      g_atomic_pointer_set (&self->front.put_end, NULL);
      athr_entry_wait (&self->front.entry);
      n_puts = self->front.put_next - self->buffer.in;
    }
  self->n_put += n_puts;
  self->n_taken = MAX (self->n_taken, self->n_put);
  self->n_granted += n_takes;
  athr_buffer_skip (&self->buffer, n_puts, n_takes);
}

/* Locks the channel for anything but a quick put, a quick take, or a look at one field. What the
 * caller does may take away the conditions of quick puts and takes. */
static inline void
athr_channel_lock (AthrChannel *self)
{
  athr_lock (&self->front.lock);
  athr_channel_end_quick_locked (self);
}

void athr_channel_unlock_and_notify   (AthrChannel        *self,
                                       AthrChannelEffects *effects);
void athr_channel_set_state_locked    (AthrChannel        *self,
                                       AthrChannelState    state);
/* Adds to @effects the waiters that have an answer now and were not notified yet. */
void athr_channel_find_ready_locked   (AthrChannel        *self,
                                       AthrChannelEffects *effects);
/* Issues @n grants. */
void athr_channel_grant_locked        (AthrChannel        *self,
                                       guint               n,
                                       gboolean            in_slice,
                                       AthrChannelEffects *effects);
/* Wakes or begins the producer if it waits for the room that there is; in a slice, perhaps only as
 * the slice ends. */
void athr_channel_offer_room_locked   (AthrChannel        *self,
                                       gboolean            in_slice,
                                       AthrChannelEffects *effects);
/* Takes the newest grant back. */
void athr_channel_revoke_grant_locked (AthrChannel        *self);
/* Takes @message, which is attached, from its grant. */
void athr_channel_detach_locked       (AthrChannel        *self,
                                       AthrMessage        *message);
void athr_channel_wake_locked         (AthrChannel        *self,
                                       AthrChannelEffects *effects);
/* Allows quick puts and takes, as far as they concern nobody else. All that have an answer were
 * notified. */
void athr_channel_allow_quick_locked  (AthrChannel        *self);
/* How many values the buffer holds before it overflows. */
guint64 athr_channel_get_limit_locked (AthrChannel        *self);
/* Has the job queued if it is not, and has room. */
void athr_channel_begin_locked        (AthrChannel        *self,
                                       AthrChannelEffects *effects);

/* Whether the producer needs a grant for each value. If not, grants only carry messages. */
static inline gboolean
athr_channel_has_grants_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->options.overflow == ATHR_OVERFLOW_BLOCK;
}

/* Whether the producer may put a value now. */
static inline gboolean
athr_channel_has_room_locked (AthrChannel *self)
{
  return !athr_channel_has_grants_locked (self) || self->n_granted > self->n_put;
}

/* How many of the values that were put have left the buffer. */
static inline guint64
athr_channel_get_n_out_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->n_put - self->buffer.n_values;
}

static inline gboolean
athr_channel_takes_values_locked (AthrChannel *self)
{
  athr_assert_locked (&self->front.lock);

  return self->state == ATHR_CHANNEL_OPEN && !self->is_finished;
}

G_END_DECLS
