/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gobject/gvaluecollector.h>

#include "context/athr-deferred-free-private.h"
#include "stream/athr-yielder-private.h"

/**
 * AthrYielder:
 *
 * The producer's end of a stream.
 *
 * The function of a [class@Athr.Stream] gets it, and gives its values with it:
 *
 * ```c
 * static void
 * count (AthrYielder *yielder, gpointer user_data, GError **error)
 * {
 *   for (int i = 1; athr_yielder_yield (yielder, error, G_TYPE_INT, i); i++)
 *     athr_yielder_report_progress (yielder, -1, "counting");
 * }
 * ```
 *
 * A yield that returns %FALSE says that the function should return: the stream was
 * closed, or the consumer threw an error; see [Two-way streams](two-way.html).
 *
 * It may be kept, but after the function has returned it is closed.
 */

struct _AthrYielder
{
  GObject parent_instance;

  AthrProducer *producer; /* set once; NULL when made without a stream */
};

G_DEFINE_FINAL_TYPE (AthrYielder, athr_yielder, G_TYPE_OBJECT)

static void
athr_yielder_finalize (GObject *object)
{
  AthrYielder *self = ATHR_YIELDER (object);

  g_clear_pointer (&self->producer, athr_producer_unref);

  G_OBJECT_CLASS (athr_yielder_parent_class)->finalize (object);
}

static void
athr_yielder_class_init (AthrYielderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = athr_yielder_finalize;
}

static void
athr_yielder_init (AthrYielder *self)
{
}

static gboolean
athr_yielder_has_stream (AthrYielder  *self,
                         GError      **error)
{
  if (self->producer != NULL)
    return TRUE;

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The yielder has no stream");

  return FALSE;
}

static void
athr_yielder_copy (const GValue *value,
                   GValue       *copy)
{
  g_value_init (copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, copy);
}

gboolean
athr_yielder_take (AthrYielder  *self,
                   GValue       *value,
                   GError      **error)
{
  gboolean given = athr_yielder_has_stream (self, error) &&
                   athr_channel_put (self->producer->channel, value, error);

  /* One was dropped, or this one not given. */
  if (G_VALUE_TYPE (value) != G_TYPE_INVALID)
    {
      g_value_unset (value);
      if (given)
        athr_producer_post (self->producer);
    }

  return given;
}

/* Moves what was sent to @sent, or gives it back to home. */
static void
athr_yielder_give_message (AthrYielder *self,
                           AthrMessage *message,
                           GValue      *sent)
{
  if (message == NULL)
    return;

  if (sent != NULL)
    {
      *sent = message->value;
      message->value = (GValue) G_VALUE_INIT;
      athr_message_free (message);
    }
  else
    {
      athr_free_in_context (self->producer->home, message, (GDestroyNotify) athr_message_free);
    }
}

guint64
athr_yielder_get_room (AthrYielder *self)
{
  return self->producer != NULL ? athr_channel_get_room (self->producer->channel) : 0;
}

void
athr_yielder_report_problem (AthrYielder *self,
                             GFile       *file,
                             const char  *message)
{
  if (self->producer != NULL)
    athr_producer_report_problem (self->producer, file, message);
  else
    g_object_unref (file);
}

AthrYielder *
athr_yielder_new (AthrProducer *producer)
{
  AthrYielder *self = g_object_new (ATHR_TYPE_YIELDER, NULL);

  self->producer = athr_producer_ref (producer);

  return self;
}

/**
 * athr_yielder_yield_value:
 * @self: a yielder
 * @value: (nullable): the value; %NULL is null
 * @error: return location for an error
 *
 * Gives a copy of @value to whoever takes from the stream.
 *
 * It blocks while the buffer of the stream is full, or does what
 * [property@Athr.Stream:overflow] says. With a [property@Athr.Stream:buffer-size] of 0 it
 * gives the value and blocks until the next one is asked for. In a step it never blocks.
 *
 * A function that is told %FALSE should return, and may pass @error on:
 * %G_IO_ERROR_CLOSED, when the stream was closed or dropped, is no error of the stream.
 * %G_IO_ERROR_NO_SPACE, when the stream overflowed, is its error in any case. Any other is
 * what the consumer threw by [method@Athr.Stream.throw]: a function that handles it goes on
 * and yields its answer. The value was not given then, except with a buffer size of 0.
 *
 * Threads: worker; several at once are in order.
 *
 * Returns: whether the value was given
 */
gboolean
athr_yielder_yield_value (AthrYielder   *self,
                          const GValue  *value,
                          GError       **error)
{
  GValue copy = G_VALUE_INIT;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (value == NULL || G_IS_VALUE (value), FALSE);

  athr_yielder_copy (value, &copy);

  return athr_yielder_take (self, &copy, error);
}

/**
 * athr_yielder_yield: (skip)
 * @self: a yielder
 * @error: return location for an error
 * @type: the type of the value
 * @...: the value, as g_object_set() would take it
 *
 * Gives a value, from C: `athr_yielder_yield (yielder, error, G_TYPE_INT, 42)`.
 *
 * It is [method@Athr.Yielder.yield_value] in one line. Strings and boxed values are
 * copied, objects referenced.
 *
 * Threads: worker; several at once are in order.
 *
 * Returns: whether the value was given
 */
gboolean
athr_yielder_yield (AthrYielder  *self,
                    GError      **error,
                    GType         type,
                    ...)
{
  g_autofree char *mistake = NULL;
  GValue value = G_VALUE_INIT;
  va_list args;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (G_TYPE_IS_VALUE (type), FALSE);

  va_start (args, type);
  G_VALUE_COLLECT_INIT (&value, type, args, 0, &mistake);
  va_end (args);

  if (mistake != NULL)
    {
      g_critical ("%s: %s", G_STRFUNC, mistake);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, mistake);
      return FALSE;
    }

  return athr_yielder_take (self, &value, error);
}

/**
 * athr_yielder_exchange_value:
 * @self: a yielder
 * @value: (nullable): the value; %NULL is null
 * @sent: (nullable): an unset value that receives what was sent, and stays unset when
 *   the next value was just asked for
 * @error: return location for an error
 *
 * Gives a copy of @value, waits until the next value is asked for, and gets what was sent
 * with that.
 *
 * This is `sent = yield value` of a generator. What it gets is what
 * [method@Athr.Stream.send] gave to the demand it waited for: with a
 * [property@Athr.Stream:buffer-size] of 0, what the consumer answered to this value; with
 * a buffer there is demand for as many values before.
 *
 * The errors are those of [method@Athr.Yielder.yield_value], and %G_IO_ERROR_NOT_SUPPORTED
 * where a producer never waits: in a step, and unless [property@Athr.Stream:overflow] is
 * %ATHR_OVERFLOW_BLOCK; then the value is not given. When something was thrown, or the
 * stream closed while it waited, the value was given.
 *
 * Threads: worker; several at once are in order.
 *
 * Returns: whether the next value was asked for
 */
gboolean
athr_yielder_exchange_value (AthrYielder   *self,
                             const GValue  *value,
                             GValue        *sent,
                             GError       **error)
{
  AthrMessage *message = NULL;
  GValue copy = G_VALUE_INIT;
  gboolean goes_on;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (value == NULL || G_IS_VALUE (value), FALSE);
  g_return_val_if_fail (sent == NULL || !G_IS_VALUE (sent), FALSE);

  if (!athr_yielder_has_stream (self, error))
    return FALSE;

  athr_yielder_copy (value, &copy);
  goes_on = athr_channel_exchange (self->producer->channel, &copy, &message, error);
  if (G_IS_VALUE (&copy))
    g_value_unset (&copy);
  athr_yielder_give_message (self, message, sent);

  return goes_on;
}

/**
 * athr_yielder_receive:
 * @self: a yielder
 * @sent: (nullable): an unset value that receives what was sent, and stays unset when
 *   there is nothing
 * @error: return location for an error
 *
 * Gets what was sent with the demand that is being answered, without waiting.
 *
 * In a function that runs once this is what [method@Athr.Stream.send] gave to the demand
 * that the last yield waited for, or the beginning; it can be got until the next yield. In a
 * step, and where values are dropped, each call gets the next of all that is due.
 *
 * It fails with what was thrown by [method@Athr.Stream.throw], unless a yield has failed
 * with that, and with %G_IO_ERROR_CLOSED when the stream was closed or dropped.
 *
 * Threads: worker.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_yielder_receive (AthrYielder  *self,
                      GValue       *sent,
                      GError      **error)
{
  AthrMessage *message = NULL;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (sent == NULL || !G_IS_VALUE (sent), FALSE);

  if (!athr_yielder_has_stream (self, error) ||
      !athr_channel_receive (self->producer->channel, &message, error))
    return FALSE;

  athr_yielder_give_message (self, message, sent);

  return TRUE;
}

/**
 * athr_yielder_end:
 * @self: a yielder
 *
 * Says that there is nothing more to yield.
 *
 * A step calls it when it has yielded the last value, or finds that there is none: it is
 * not called again. From then on nothing can be yielded.
 *
 * Threads: worker.
 */
void
athr_yielder_end (AthrYielder *self)
{
  g_return_if_fail (ATHR_IS_YIELDER (self));

  if (self->producer != NULL)
    athr_channel_finish (self->producer->channel);
}

/**
 * athr_yielder_get_cancellable:
 * @self: a yielder
 *
 * Gets the cancellable that the function passes on to what it calls.
 *
 * It is cancelled when the stream is closed or dropped, just after the yielder was
 * closed.
 *
 * Threads: worker.
 *
 * Returns: (transfer none) (nullable): the stream's cancellable; null for a yielder
 *   that belongs to no stream
 */
GCancellable *
athr_yielder_get_cancellable (AthrYielder *self)
{
  g_return_val_if_fail (ATHR_IS_YIELDER (self), NULL);

  return self->producer != NULL ? self->producer->cancellable : NULL;
}

/**
 * athr_yielder_is_closed:
 * @self: a yielder
 *
 * Gets whether nothing can be yielded any more.
 *
 * A producer that computes for long between two values asks now and then.
 *
 * Threads: any.
 *
 * Returns: whether the stream was closed or dropped, or its function has returned
 */
gboolean
athr_yielder_is_closed (AthrYielder *self)
{
  g_return_val_if_fail (ATHR_IS_YIELDER (self), TRUE);

  return self->producer == NULL || !athr_channel_is_open (self->producer->channel);
}

/**
 * athr_yielder_report_progress:
 * @self: a yielder
 * @fraction: how much is done, from 0 to 1; less than 0 when that is unknown
 * @text: (nullable): what is being done, for people
 *
 * Tells how far the producer is.
 *
 * It can be called as often as is convenient: [property@Athr.Stream:progress] and
 * [property@Athr.Stream:progress-text] are notified at most once for each iteration of
 * the main loop, with what was reported last. After the function has returned it does
 * nothing.
 *
 * Threads: worker.
 */
void
athr_yielder_report_progress (AthrYielder *self,
                              double       fraction,
                              const char  *text)
{
  g_return_if_fail (ATHR_IS_YIELDER (self));
  g_return_if_fail (fraction <= 1.0);

  if (self->producer != NULL)
    athr_producer_report_progress (self->producer, fraction, text);
}
