/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-types.h"
#include "channel/athr-message-private.h"

G_BEGIN_DECLS

/* The bounded two-way buffer between a producer and those who take its values. All of
 * a stream's locking is here, and nothing of GObject or of a main loop. */

typedef struct _AthrChannel AthrChannel;
typedef struct _AthrChannelWaiter AthrChannelWaiter;

typedef enum
{
  ATHR_CHANNEL_INITIAL,
  ATHR_CHANNEL_OPEN,    /* values are put */
  ATHR_CHANNEL_FAILING, /* it has overflowed: no more values, but the producer has not ended */
  ATHR_CHANNEL_CLOSING, /* it was closed: likewise */
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

/* What the job of the producer is to do */
typedef enum
{
  ATHR_CHANNEL_RUN,  /* its function */
  ATHR_CHANNEL_PARK, /* nothing: begin() is called when there is something */
  ATHR_CHANNEL_OVER, /* end */
} AthrChannelTurn;

typedef enum
{
  ATHR_CHANNEL_WAITER_NEW,
  ATHR_CHANNEL_WAITER_WAITING,
  ATHR_CHANNEL_WAITER_NOTIFIED,       /* told to come for its answer, and still in its place */
  ATHR_CHANNEL_WAITER_CANCELLED, /* told, or will be once it is known; out of the queue */
  ATHR_CHANNEL_WAITER_ANSWERED,
} AthrChannelWaiterState;

/* Somebody who asked for values, or for the end of the producer. */
struct _AthrChannelWaiter
{
  /* Any thread, unlocked: come for the answer. Once for each time that the answer was
   * NOTHING, and once before. */
  void (*notify) (AthrChannelWaiter *waiter);
  GQueue *queue;                /* (AthrChannel.lock); where it waits, or NULL */
  GList link;                   /* (AthrChannel.lock) */
  GList ready_link;               /* who awaits the end: whose turn it is to notify it */
  guint64 serial;               /* (AthrChannel.lock); the order in which they came */
  AthrChannelWaiterState state; /* (AthrChannel.lock) */
  gboolean blocks;              /* set once; it is a thread that waits, without a main loop */
};

/* What the channel asks of its owner; any thread, unlocked. */
typedef struct
{
  /* There is something to do for the job of the producer, which is neither queued nor
   * running: queue it. */
  void (*begin) (gpointer owner);
  /* The producer is not woken for every value that is taken in a slice of the main
   * loop: call athr_channel_wake() when it ends. */
  void (*wake_at_slice_end) (gpointer owner);
} AthrChannelFuncs;

typedef struct
{
  guint size;            /* how far the producer may be ahead; G_MAXUINT for any */
  AthrOverflow overflow; /* what becomes of values that are too many */
  gboolean has_steps;    /* the producer runs again and again, and never waits */
} AthrChannelOptions;

/* @owner must be there as long as something is asked; both may be NULL. */
AthrChannel       *athr_channel_new                 (const AthrChannelFuncs    *funcs,
                                                     gpointer                   owner);
AthrChannel       *athr_channel_ref                 (AthrChannel               *self);
/* What nobody took must have been stolen. */
void               athr_channel_unref               (AthrChannel               *self);
AthrChannelState   athr_channel_get_state           (AthrChannel               *self);
guint              athr_channel_get_n_buffered      (AthrChannel               *self);
guint              athr_channel_get_n_dropped       (AthrChannel               *self);
/* The producer begins with athr_channel_wake(), or when it is asked for a value and would
 * wait for that: so whoever opens the channel may ask first. */
void               athr_channel_open                (AthrChannel               *self,
                                                     const AthrChannelOptions  *options);

/* The consumer. @in_slice: it is called in a slice of home's main loop, which will end
 * soon. */

/* Asks for a value, and makes room for one more. */
void               athr_channel_add_reader          (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     gboolean                   in_slice);
/* The same, if there is an answer at once and nobody asks before; FALSE: not. */
gboolean           athr_channel_add_reader_if_ready (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Asks for the end of the producer; those who asked for a value before are
 * answered before. */
void               athr_channel_add_close_waiter    (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Any thread. Has no effect on one that was answered. */
void               athr_channel_cancel              (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Where @waiter was told to come: takes the value for it, at this moment. */
AthrChannelAnswer  athr_channel_answer              (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     GValue                    *value,
                                                     GError                   **error);
/* The same, with up to @max values, which are appended to @values. */
AthrChannelAnswer  athr_channel_answer_batch        (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     guint                      max,
                                                     gboolean                   in_slice,
                                                     GArray                    *values,
                                                     GError                   **error);
/* Takes a value that is there, and that nobody is waiting for. */
gboolean           athr_channel_try_take            (AthrChannel               *self,
                                                     gboolean                   in_slice,
                                                     GValue                    *value);
/* Whether somebody is asking who comes in a main loop. */
gboolean           athr_channel_has_async_readers   (AthrChannel               *self);

/* The flow: one who asks again and again, behind all others. */
void               athr_channel_flow_start          (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     gboolean                   in_slice);
void               athr_channel_flow_stop           (AthrChannel               *self);
/* In a slice, at home: asks, unless it has, and takes the value. @is_last_try: it
 * comes again only when it is told. */
AthrChannelAnswer  athr_channel_flow                (AthrChannel               *self,
                                                     gboolean                   is_last_try,
                                                     GValue                    *value);

/* Sends or throws; it rides on the next grant. What nobody received comes back in
 * @undelivered. */
void               athr_channel_send                (AthrChannel               *self,
                                                     AthrMessage               *message,
                                                     GQueue                    *undelivered);
/* Has the producer begin or go on, if there is room. */
void               athr_channel_wake                (AthrChannel               *self);
/* From now on nothing can be put. TRUE: the job of the producer is not under way, and
 * never will be; the caller ends it. Any thread. */
gboolean           athr_channel_close               (AthrChannel               *self);
/* Whether the end was handed out, to one who asked or to the flow. */
gboolean           athr_channel_is_done             (AthrChannel               *self);
/* Whether the end or the error was handed out, or a close was answered; or nobody waits
 * any more for what it was closed for. */
gboolean           athr_channel_is_over             (AthrChannel               *self);
/* The error with which the producer ended, if it did. */
const GError      *athr_channel_peek_error          (AthrChannel               *self);
/* Takes all that is left, once no reader can come: the values, of which the array unsets those that
 * it holds, the messages, and the error. */
GArray            *athr_channel_steal               (AthrChannel               *self,
                                                     GQueue                    *messages,
                                                     GError                   **error);

/* The producer; several threads at once may put */

/* Its job has come to run: whether it shall. */
AthrChannelTurn    athr_channel_begin               (AthrChannel               *self);
/* A step has returned without an error: whether there is another. */
AthrChannelTurn    athr_channel_end_step            (AthrChannel               *self);
/* Takes @value over, and leaves in it what is to be freed, if anything: a value that was
 * dropped, or, when it returns FALSE, itself. It waits for room where that is what to
 * do. */
gboolean           athr_channel_put                 (AthrChannel               *self,
                                                     GValue                    *value,
                                                     GError                   **error);
/* The same, and waits for the grant after that; @message: what was sent with it. */
gboolean           athr_channel_exchange            (AthrChannel               *self,
                                                     GValue                    *value,
                                                     AthrMessage              **message,
                                                     GError                   **error);
/* What was sent with the current grant. */
gboolean           athr_channel_receive             (AthrChannel               *self,
                                                     AthrMessage              **message,
                                                     GError                   **error);
/* Nothing can be put any more. */
void               athr_channel_finish              (AthrChannel               *self);
gboolean           athr_channel_is_open             (AthrChannel               *self);
/* How many values can be put without running further ahead than the consumer wants. */
guint64            athr_channel_get_room            (AthrChannel               *self);
/* The producer has ended, with @error (transfer full) or without. Once. */
void               athr_channel_end                 (AthrChannel               *self,
                                                     GError                    *error);

G_END_DECLS
