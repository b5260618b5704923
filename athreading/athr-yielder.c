/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gobject/gvaluecollector.h>

#include "athr-yielder-private.h"

/**
 * AthrYielder:
 *
 * The producer's end of a stream.
 *
 * The function of a [class@Athr.Stream] gets it, and gives its values with it. It may
 * be kept, but after the function has returned it is closed.
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

/* Takes @value over. */
static gboolean
athr_yielder_take (AthrYielder  *self,
                   GValue       *value,
                   GError      **error)
{
  if (self->producer != NULL && athr_channel_put (self->producer->channel, value, error))
    return TRUE;

  if (self->producer == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The yielder has no stream");
  g_value_unset (value);

  return FALSE;
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
 * It blocks while the buffer of the stream is full. A function that is told %FALSE
 * should return, and may pass @error on: %G_IO_ERROR_CLOSED, when the stream was closed
 * or dropped, is no error of the stream. Then the value is not given.
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

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);

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
