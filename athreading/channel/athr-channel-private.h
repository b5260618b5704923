/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "athr-types.h"
#include "base/athr-entry-private.h"
#include "base/athr-lock-private.h"
#include "channel/athr-message-private.h"

G_BEGIN_DECLS

/* The bounded two-way buffer of a stream: the producer puts values, readers take them, and the
 * consumer sends messages to the producer. All of a stream's locking is here. The channel
 * knows neither GObject nor a main loop. The head of athr-channel.c explains grants, messages
 * and notifications. */

typedef struct _AthrChannel AthrChannel;
typedef struct _AthrChannelWaiter AthrChannelWaiter;

typedef enum
{
  ATHR_CHANNEL_INITIAL,
  ATHR_CHANNEL_OPEN,    /* the producer puts values */
  ATHR_CHANNEL_FAILING, /* the buffer overflowed: puts fail, but the producer has not ended */
  ATHR_CHANNEL_CLOSING, /* the consumer closed: puts fail, but the producer has not ended */
  ATHR_CHANNEL_ENDED,   /* the producer ended without an error */
  ATHR_CHANNEL_FAILED,  /* the producer ended, with an error of its own or after an overflow */
  ATHR_CHANNEL_CLOSED,  /* the producer ended after a close, or never started */
} AthrChannelState;

typedef enum
{
  ATHR_CHANNEL_NOTHING, /* no answer yet: the channel notifies the waiter again */
  ATHR_CHANNEL_VALUE,
  ATHR_CHANNEL_ERROR,
  ATHR_CHANNEL_END,
  ATHR_CHANNEL_CANCELLED,
} AthrChannelAnswer;

/* What the job of the producer does next. */
typedef enum
{
  ATHR_CHANNEL_RUN,  /* the job runs the function or the step */
  ATHR_CHANNEL_PARK, /* the job returns: the channel calls begin() when there is work again */
  ATHR_CHANNEL_OVER, /* the job ends the producer */
  ATHR_CHANNEL_CUT_SHORT, /* the job ends the producer, since it may not park any more */
  ATHR_CHANNEL_FORKED, /* this is the child of a fork in the function: nothing is left to do */
} AthrChannelTurn;

typedef enum
{
  ATHR_CHANNEL_WAITER_NEW,
  ATHR_CHANNEL_WAITER_WAITING,
  ATHR_CHANNEL_WAITER_NOTIFIED,  /* still in its queue; it must come for its answer */
  ATHR_CHANNEL_WAITER_CANCELLED, /* in no queue; notified, or will be as it is added */
  ATHR_CHANNEL_WAITER_ANSWERED,
} AthrChannelWaiterState;

/* A reader, which asked for a value, or a close waiter, which waits for the end of the
 * producer. */
struct _AthrChannelWaiter
{
  /* Has the owner of the waiter call athr_channel_answer(). Any thread may call it, without
   * the lock. The channel calls it once after the waiter was added, and once more after each
   * answer that was NOTHING. */
  void (*notify) (AthrChannelWaiter *waiter);
  GQueue *queue;                /* (AthrChannel.lock); in which it waits, or NULL */
  GList link;                   /* (AthrChannel.lock) */
  GList ready_link;             /* of a close waiter; the thread that notifies it */
  guint64 serial;               /* (AthrChannel.lock); the order in which waiters were added */
  AthrChannelWaiterState state; /* (AthrChannel.lock) */
  gboolean blocks;              /* set once; a blocked thread, which needs no main loop */
};

/* What the channel asks of its owner. Any thread may call them, without the lock. */
typedef struct
{
  /* Queues the job of the producer: the job has work, and is neither queued nor running. Or the
   * consumer has taken the values for which athr_channel_hold_back() waits. */
  void (*begin) (gpointer owner);
  /* Has the owner call athr_channel_end_slice() when the current slice of the main loop ends. To
   * wake the producer for each value that the slice takes would cost more than the values. */
  void (*wake_at_slice_end) (gpointer owner);
} AthrChannelFuncs;

typedef struct
{
  guint size;            /* how many values the producer may be ahead; G_MAXUINT: any number */
  AthrOverflow overflow; /* what happens to a value for which there is no room */
  gboolean has_steps;    /* the job runs the function again and again; a put never waits */
} AthrChannelOptions;

/* The first part of a channel: all that a quick put or a quick take touches. */
typedef struct
{
  AthrLock lock;      /* of the channel, whose leaf lock guards all but quick puts */
  GValue *take_next;  /* lock; the flow takes the next value from here, */
  GValue *take_end;   /* lock; if it is before this; NULL: no value may be taken quickly */
  char padding[64];   /* the producer changes what follows for each value */
  AthrEntry entry;    /* of quick puts */
  GValue *put_next;   /* (entry); the next value is put here; lock, while put_end is NULL */
  GValue *put_end;    /* lock; atomic, for quick puts: values are put before here; NULL: the way is
                       * shut, and no value may be put quickly */
  char more_padding[64];
} AthrChannelFront;

/* @funcs and @owner may be NULL. The channel holds no reference to @owner: the owner must live
 * as long as anything is called on the channel. */
AthrChannel       *athr_channel_new                 (const AthrChannelFuncs    *funcs,
                                                     gpointer                   owner);
AthrChannel       *athr_channel_ref                 (AthrChannel               *self);
/* Before the last unref the caller takes what is left by athr_channel_steal(). */
void               athr_channel_unref               (AthrChannel               *self);
AthrChannelState   athr_channel_get_state           (AthrChannel               *self);
guint              athr_channel_get_n_buffered      (AthrChannel               *self);
guint              athr_channel_get_n_dropped       (AthrChannel               *self);
/* Lets the producer put values, but does not start it. athr_channel_wake() starts the producer
 * and, with ATHR_OVERFLOW_BLOCK, the first reader. So the caller can add its reader before the
 * producer starts. */
void               athr_channel_open                (AthrChannel               *self,
                                                     const AthrChannelOptions  *options);

/* The consumer. @in_slice: the caller is in a slice of home's main loop, which ends soon. */

/* Adds a reader, which asks for one value, and issues a grant for the value. */
void               athr_channel_add_reader          (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     gboolean                   in_slice);
/* Adds a reader only if no other reader waits and there is an answer at once; otherwise
 * FALSE. */
gboolean           athr_channel_add_reader_if_ready (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Adds a waiter for the end of the producer. The readers that were added before are answered
 * before. */
void               athr_channel_add_close_waiter    (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Any thread. Has no effect on a waiter that was answered. */
void               athr_channel_cancel              (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter);
/* Answers @waiter, which was notified. Only now a reader's value leaves the buffer. */
AthrChannelAnswer  athr_channel_answer              (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     gboolean                   in_slice,
                                                     GValue                    *value,
                                                     GError                   **error);
/* Like athr_channel_answer(), for a batch: unless the answer is NOTHING, sets @values to an array
 * of up to @max values, which the array unsets. */
AthrChannelAnswer  athr_channel_answer_batch        (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     guint                      max,
                                                     gboolean                   in_slice,
                                                     GArray                   **values,
                                                     GError                   **error);
/* Takes a buffered value, but leaves one for each reader; FALSE if none is left then. */
gboolean           athr_channel_try_take            (AthrChannel               *self,
                                                     gboolean                   in_slice,
                                                     GValue                    *value);
/* The same for a reader that takes value after value, and adds a waiter when none is left: the
 * producer is woken when half the buffer is empty, or when the waiter is added. */
gboolean           athr_channel_try_take_lazily     (AthrChannel               *self,
                                                     GValue                    *value);
/* Whether a reader waits that only a main loop answers. */
gboolean           athr_channel_has_async_readers   (AthrChannel               *self);

/* The flow is a reader that asks again after each value. It comes after all other readers. */
void               athr_channel_flow_start          (AthrChannel               *self,
                                                     AthrChannelWaiter         *waiter,
                                                     gboolean                   in_slice);
void               athr_channel_flow_stop           (AthrChannel               *self);
/* The owner's thread, in a slice: asks for a value unless the flow has asked already, and
 * takes the value if there is one. @is_last_try: after NOTHING the caller comes again only
 * when the channel notifies the flow. While *@n_before, an atomic number, is not 0, something comes before
 * the next value: then the flow does nothing, and the caller comes again. What a thread adds to the number
 * before it puts a value holds that value back. */
AthrChannelAnswer  athr_channel_flow                (AthrChannel               *self,
                                                     gboolean                   is_last_try,
                                                     int                       *n_before,
                                                     GValue                    *value);

/* Like athr_channel_flow(), if that concerns nobody else now: there is a value, no other reader
 * waits, and no message and no producer waits for the grant. FALSE: the caller calls
 * athr_channel_flow(). */
static inline gboolean
athr_channel_flow_quickly (AthrChannel *self,
                           int         *n_before,
                           GValue      *value)
{
  AthrChannelFront *front = (AthrChannelFront *) self;
  gboolean is_taken;

  if (G_UNLIKELY (!athr_try_lock (&front->lock)))
    return FALSE;

  is_taken = front->take_next < front->take_end && g_atomic_int_get (n_before) == 0;
  if (G_LIKELY (is_taken))
    *value = *front->take_next++;
  athr_unlock (&front->lock);

  return is_taken;
}

/* Sends or throws @message: the channel attaches it to the next grant that it issues. Moves
 * the messages that the producer never received to @undelivered; the caller frees them. FALSE:
 * ATHR_MESSAGE_MAX messages wait already, and @message is undelivered. */
gboolean           athr_channel_send                (AthrChannel               *self,
                                                     AthrMessage               *message,
                                                     GQueue                    *undelivered);
/* Starts or wakes the producer if it has room. */
void               athr_channel_wake                (AthrChannel               *self);
/* A slice has ended in which the channel has called wake_at_slice_end(): wakes or begins the
 * producer, unless a reader is about to take a value. */
void               athr_channel_end_slice           (AthrChannel               *self);
/* Any thread: makes every later put fail. TRUE: the job of the producer is neither queued nor
 * running, and the channel never begins it again, so the caller ends the producer. */
gboolean           athr_channel_close               (AthrChannel               *self);
/* Any thread: cancels all readers, also those that come later. Returns the buffered values, in an
 * array that unsets them. */
GArray            *athr_channel_cut                 (AthrChannel               *self);
/* Whether a reader or the flow got the end. */
gboolean           athr_channel_is_done             (AthrChannel               *self);
/* Whether a reader or the flow got the end or the error, or a close waiter was answered; or
 * the channel was closed, the producer has ended and no waiter is left. */
gboolean           athr_channel_is_over             (AthrChannel               *self);
/* The error with which the producer ended, or NULL. */
const GError      *athr_channel_peek_error          (AthrChannel               *self);
/* Takes everything that is left, when no reader can come any more. Returns the values in an
 * array that unsets them, and moves the messages to @messages and the error to @error. */
GArray            *athr_channel_steal               (AthrChannel               *self,
                                                     GQueue                    *messages,
                                                     GError                   **error);

/* The producer. Several threads may put at once. */

/* The worker asks, as the job starts to run, what the job does. */
AthrChannelTurn    athr_channel_begin               (AthrChannel               *self);
/* Any thread: from now on the job ends instead of parking. TRUE: the job is neither queued nor running,
 * and the channel never begins it again, so the caller queues it. */
gboolean           athr_channel_forbid_parking      (AthrChannel               *self);
/* The worker asks, after a step without an error, what the job does next. */
AthrChannelTurn    athr_channel_end_step            (AthrChannel               *self);
/* Begins to put a value if that concerns nobody else now: there is room, no message has come, and no
 * reader is to be notified. Returns where the caller writes the value, before it calls
 * athr_channel_end_quick_put(); or NULL: the caller puts the value by athr_channel_put(). Inline, since a
 * value that is put costs little more than this. */
static inline GValue *
athr_channel_begin_quick_put (AthrChannel *self)
{
  AthrChannelFront *front = (AthrChannelFront *) self;
  GValue *end;

  if (G_UNLIKELY (!athr_entry_try (&front->entry)))
    return NULL;

  /* Only behind an open way may put_next be read. */
  end = g_atomic_pointer_get (&front->put_end);
  if (G_UNLIKELY (end == NULL || front->put_next >= end))
    {
      athr_entry_leave (&front->entry);
      return NULL;
    }

  return front->put_next;
}

static inline void
athr_channel_end_quick_put (AthrChannel *self)
{
  AthrChannelFront *front = (AthrChannelFront *) self;

  front->put_next++;
  athr_entry_leave (&front->entry);
}

/* Puts @value if that is quick. FALSE: the caller puts @value by athr_channel_put(). */
static inline gboolean
athr_channel_put_quickly (AthrChannel  *self,
                          const GValue *value)
{
  GValue *slot = athr_channel_begin_quick_put (self);

  if (slot == NULL)
    return FALSE;

  *slot = *value;
  athr_channel_end_quick_put (self);

  return TRUE;
}

/* Takes @value over and puts it. With ATHR_OVERFLOW_BLOCK and without steps the put waits for
 * a grant. On return @value is unset or has what the caller frees: a value that the channel
 * dropped or, after FALSE, the value itself. */
gboolean           athr_channel_put                 (AthrChannel               *self,
                                                     GValue                    *value,
                                                     GError                   **error);
/* Puts @value like athr_channel_put(), then waits for the next grant and takes it. @message:
 * the message that was attached to that grant, or NULL. */
gboolean           athr_channel_exchange            (AthrChannel               *self,
                                                     GValue                    *value,
                                                     AthrMessage              **message,
                                                     GError                   **error);
/* Receives the message of the current grant. @message is NULL when there is none. */
gboolean           athr_channel_receive             (AthrChannel               *self,
                                                     AthrMessage              **message,
                                                     GError                   **error);
/* How many of the values that were put have left the buffer. */
guint64            athr_channel_get_n_out           (AthrChannel               *self);
/* A producer that never waits for room holds back: begin() is called once, when @soon values have
 * left the buffer; in a slice, perhaps not before @late have, or the slice ends. FALSE: @soon values
 * have left already. */
gboolean           athr_channel_hold_back           (AthrChannel               *self,
                                                     guint64                    soon,
                                                     guint64                    late);
/* The producer has no more values: every later put fails. */
void               athr_channel_finish              (AthrChannel               *self);
gboolean           athr_channel_is_open             (AthrChannel               *self);
/* How many values the producer can put without running further ahead than it may. */
guint64            athr_channel_get_room            (AthrChannel               *self);
/* The producer has ended, with @error (transfer full) or with NULL. Called once. */
void               athr_channel_end                 (AthrChannel               *self,
                                                     GError                    *error);

G_END_DECLS
