/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-lock-private.h"

G_BEGIN_DECLS

/* The bounded buffer between a producer and those who take its values. All of a
 * stream's locking is here, and nothing of GObject or of a main loop. */

typedef struct _AthrChannel AthrChannel;
typedef struct _AthrChannelWaiter AthrChannelWaiter;

typedef enum
{
  ATHR_CHANNEL_INITIAL,
  ATHR_CHANNEL_OPEN,    /* values are put */
  ATHR_CHANNEL_CLOSING, /* no more values, but the producer has not ended yet */
  ATHR_CHANNEL_ENDED,   /* the producer came to the end, */
  ATHR_CHANNEL_FAILED,  /* or ended with an error, */
  ATHR_CHANNEL_CLOSED,  /* or was closed before, and has ended */
} AthrChannelState;

typedef enum
{
  ATHR_CHANNEL_NOTHING, /* not yet: it will be told again */
  ATHR_CHANNEL_VALUE,
  ATHR_CHANNEL_ERROR,
  ATHR_CHANNEL_END,
  ATHR_CHANNEL_CANCELLED,
} AthrChannelAnswer;

typedef enum
{
  ATHR_CHANNEL_WAITER_NEW,
  ATHR_CHANNEL_WAITER_WAITING,
  ATHR_CHANNEL_WAITER_DUE,       /* told to come for its answer, and still in its place */
  ATHR_CHANNEL_WAITER_CANCELLED, /* told, or will be once it is known; out of the queue */
  ATHR_CHANNEL_WAITER_ANSWERED,
} AthrChannelWaiterState;

/* Somebody who asked for a value, or for the end of the producer. */
struct _AthrChannelWaiter
{
  /* Any thread, unlocked: come for the answer. Once for each time that
   * athr_channel_answer() gave NOTHING, and once before. */
  void (*notify) (AthrChannelWaiter *waiter);
  GQueue *queue;                /* (AthrChannel.lock); where it waits, or NULL */
  GList link;                   /* (AthrChannel.lock) */
  GList due_link;               /* whose turn it is to notify it */
  guint64 serial;               /* (AthrChannel.lock); the order in which they came */
  AthrChannelWaiterState state; /* (AthrChannel.lock) */
};

AthrChannel       *athr_channel_new           (void);
AthrChannel       *athr_channel_ref           (AthrChannel        *self);
/* What nobody took must have been stolen. */
void               athr_channel_unref         (AthrChannel        *self);
AthrChannelState   athr_channel_get_state     (AthrChannel        *self);

/* The consumer */

/* Opens it; @size is how far the producer may be ahead, G_MAXUINT for any. */
void               athr_channel_open          (AthrChannel        *self,
                                               guint               size);
/* Asks for a value, and makes room for one more. TRUE: a producer may wait for that
 * room and was not woken, for @in_slice; athr_channel_wake() is owed. */
gboolean           athr_channel_ask           (AthrChannel        *self,
                                               AthrChannelWaiter  *waiter,
                                               gboolean            in_slice);
void               athr_channel_wake          (AthrChannel        *self);
/* Asks for the end of the producer; those who asked for a value before are
 * answered before. */
void               athr_channel_await_end     (AthrChannel        *self,
                                               AthrChannelWaiter  *waiter);
/* Any thread. Has no effect on one that was answered. */
void               athr_channel_cancel        (AthrChannel        *self,
                                               AthrChannelWaiter  *waiter);
/* Where @waiter was told to come: takes the value for it, at this moment. */
AthrChannelAnswer  athr_channel_answer        (AthrChannel        *self,
                                               AthrChannelWaiter  *waiter,
                                               GValue             *value,
                                               GError            **error);
/* From now on nothing can be put. Any thread. */
void               athr_channel_close         (AthrChannel        *self);
/* The error with which the producer ended, if it did. */
const GError      *athr_channel_peek_error    (AthrChannel        *self);
/* Takes what nobody will ask for any more: the values, to be unset and freed with
 * g_free(), and the error. */
GValue            *athr_channel_steal         (AthrChannel        *self,
                                               guint              *n_values,
                                               GError            **error);

/* The producer; several threads at once may put */

/* Takes @value over if it returns TRUE, which it does once there is room. */
gboolean           athr_channel_put           (AthrChannel        *self,
                                               GValue             *value,
                                               GError            **error);
gboolean           athr_channel_is_open       (AthrChannel        *self);
/* The producer has ended, with @error (transfer full) or without. Once. */
void               athr_channel_end           (AthrChannel        *self,
                                               GError             *error);

G_END_DECLS
