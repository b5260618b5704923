/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gobject/gvaluecollector.h>

#include "context/athr-deferred-free-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

/**
 * AthrYielder:
 *
 * The producer's end of a stream.
 *
 * The library gives a yielder to the function of a [class@Athr.Stream]. The function yields
 * its values with it:
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
 * When a yield returns %FALSE, the function should clean up and return: the stream was closed
 * or has overflowed, or the consumer threw an error. See [Two-way streams](two-way.html). A
 * function that ignores this keeps a close of the stream waiting.
 *
 * The function may keep a reference to the yielder. After the function has returned, the
 * yielder is closed.
 *
 * Since: 1.0
 */

/* How many yields may fail after the close before the library says that the function must
 * return. */
#define N_REFUSED_MAX 1000

struct _AthrYielder
{
  GObject parent_instance;

  AthrProducer *producer; /* set once; NULL in a yielder that belongs to no stream */
  AthrChannel *channel;   /* set once; owned; the producer's, or that of an item of a map */
  GCancellable *cancellable; /* set once; owned; of an item of a map, or NULL */
  int has_given_cancellable; /* atomic; in an item */
  int generation;         /* set once; of the process in which the stream was made; 0: no stream */
};

static gpointer yielder_class; /* set once, before the first yielder is made */

G_DEFINE_FINAL_TYPE (AthrYielder, athr_yielder, G_TYPE_OBJECT)

static void
athr_yielder_finalize (GObject *object)
{
  AthrYielder *self = ATHR_YIELDER (object);

  if (self->cancellable != NULL)
    athr_free_in_context (self->producer->home, self->cancellable, g_object_unref);
  g_clear_pointer (&self->channel, athr_channel_unref);
  g_clear_pointer (&self->producer, athr_producer_unref);

  G_OBJECT_CLASS (athr_yielder_parent_class)->finalize (object);
}

static void
athr_yielder_class_init (AthrYielderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = athr_yielder_finalize;
  yielder_class = klass;
}

static void
athr_yielder_init (AthrYielder *self)
{
}

G_NO_INLINE static gboolean
athr_yielder_fail (AthrYielder  *self,
                   GError      **error)
{
  if (self->producer != NULL)
    return athr_fork_fail (error);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The yielder has no stream");

  return FALSE;
}

static inline gboolean
athr_yielder_has_stream (AthrYielder  *self,
                         GError      **error)
{
  return (self->producer != NULL && !athr_producer_is_stale (self->producer)) ||
         athr_yielder_fail (self, error);
}

/* The first time, a critical: the function ignores that a yield has returned FALSE. */
G_NO_INLINE static void
athr_yielder_warn (AthrYielder *self)
{
  if (self->producer != NULL && !g_atomic_int_exchange (&self->producer->has_warned, TRUE))
    g_critical ("The function of the stream “%s” goes on after a yield has returned FALSE: it must "
                "return", athr_producer_get_title (self->producer));
}

/* Where a yield may set its error: nowhere if the error of an earlier yield is still there. */
static inline GError **
athr_yielder_check_error (AthrYielder  *self,
                          GError      **error)
{
  if (error == NULL || *error == NULL)
    return error;

  athr_yielder_warn (self);

  return NULL;
}

/* A yield failed. A thrown error is no reason to return, and each of several threads that yield
 * learns of the close by a yield of its own. */
G_NO_INLINE static void
athr_yielder_count_refused (AthrYielder *self)
{
  if (athr_yielder_has_stream (self, NULL) && !athr_channel_is_open (self->channel) &&
      g_atomic_int_add (&self->producer->n_refused, 1) == N_REFUSED_MAX)
    athr_yielder_warn (self);
}

/* As g_return_val_if_fail() in @function, which yields, with an error. Without the error the stream would end as if its
 * function had yielded all of its values. */
static gboolean
athr_yielder_check (AthrYielder  *self,
                    gboolean      holds,
                    const char   *function,
                    const char   *expression,
                    GError      **error)
{
  if (holds)
    return TRUE;

  g_return_if_fail_warning (G_LOG_DOMAIN, function, expression);
  g_set_error_literal (athr_yielder_check_error (self, error), G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       "The function of the stream has yielded something that is no value");

  return FALSE;
}

#define athr_yielder_return_if_fail(self, expression, function, error) \
  G_STMT_START \
  { \
    if (!athr_yielder_check (self, expression, function, #expression, error)) \
      return FALSE; \
  } \
  G_STMT_END

static inline void
athr_yielder_copy (const GValue *value,
                   GValue       *copy)
{
  if (value != NULL && athr_type_is_number (G_VALUE_TYPE (value)))
    {
      *copy = *value;
      return;
    }

  g_value_init (copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, copy);
}

static inline gboolean
athr_yielder_may_be_quick (AthrYielder *self)
{
  /* The type is final, so all yielders have the same class. After a yield that has failed the next
   * one is not quick, and finds an error that is still set. */
  return G_LIKELY (self != NULL && self->parent_instance.g_type_instance.g_class == yielder_class) &&
         G_LIKELY (self->generation == athr_fork_generation);
}

/* Gives @value if there is nothing else to do, which is so for most values. FALSE: @value was not
 * given. */
static inline gboolean
athr_yielder_give_quickly (AthrYielder   *self,
                           const GValue  *value)
{
  return athr_yielder_may_be_quick (self) && athr_channel_put_quickly (self->channel, value);
}

/* Writes the number straight into the buffer. A processor that copies a GValue right after another part of it
 * was written waits until that write has reached the cache. */
static inline gboolean
athr_yielder_give_int_quickly (AthrYielder *self,
                               int          number)
{
  GValue *slot = athr_yielder_may_be_quick (self) ? athr_channel_begin_quick_put (self->channel) : NULL;

  if (slot == NULL)
    return FALSE;

  *slot = (GValue) { .g_type = G_TYPE_INT };
  slot->data[0].v_int = number;
  athr_channel_end_quick_put (self->channel);

  return TRUE;
}

/* Moves @value away unless the stream is closed. */
static gboolean
athr_yielder_give (AthrYielder  *self,
                   GValue       *value,
                   GError      **error)
{
  gboolean given;

  error = athr_yielder_check_error (self, error);
  given = athr_yielder_has_stream (self, error) &&
          athr_channel_put (self->channel, value, error);
  if (!given)
    athr_yielder_count_refused (self);

  /* The channel has dropped another value. */
  if (given && athr_value_is_set (value))
    {
      g_value_unset (value);
      athr_producer_post (self->producer);
    }

  return given;
}

/* The function still has what @value is a copy of, so the worker may free a copy that was not given. */
static gboolean
athr_yielder_give_copy (AthrYielder  *self,
                        GValue       *value,
                        GError      **error)
{
  gboolean given = athr_yielder_give (self, value, error);

  if (!given && athr_value_is_set (value))
    g_value_unset (value);

  return given;
}

gboolean
athr_yielder_take (AthrYielder  *self,
                   GValue       *value,
                   GError      **error)
{
  gboolean given = athr_yielder_give (self, value, error);
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (!given && !athr_yielder_has_stream (self, NULL))
    {
      g_value_unset (value);
    }
  else if (!given && athr_value_is_set (value))
    {
      left.value = *value;
      *value = (GValue) G_VALUE_INIT;
      athr_deferred_free_submit (&left, self->producer->home, self->producer->priority, 0);
    }

  return given;
}

/* Moves the received value to @sent, or has it freed at home when @sent is NULL. */
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
  return athr_yielder_has_stream (self, NULL) ? athr_channel_get_room (self->channel) : 0;
}

void
athr_yielder_take_problem (AthrYielder *self,
                           GFile       *file,
                           const char  *message)
{
  if (self->producer != NULL)
    athr_producer_report_problem (self->producer, file, message);
  else
    g_clear_object (&file);
}

AthrYielder *
athr_yielder_new (AthrProducer *producer)
{
  AthrYielder *self = g_object_new (ATHR_TYPE_YIELDER, NULL);

  self->producer = athr_producer_ref (producer);
  self->channel = athr_channel_ref (producer->channel);
  self->generation = athr_fork_generation;

  return self;
}

AthrYielder *
athr_yielder_new_for_item (AthrProducer *producer,
                           AthrChannel  *channel)
{
  AthrYielder *self = g_object_new (ATHR_TYPE_YIELDER, NULL);

  self->producer = athr_producer_ref (producer);
  self->channel = athr_channel_ref (channel);
  self->cancellable = g_cancellable_new ();
  self->generation = athr_fork_generation;

  return self;
}

gboolean
athr_yielder_is_kept (AthrYielder *self)
{
  return g_atomic_int_get (&self->parent_instance.ref_count) > 1 ||
         g_atomic_int_get (&self->has_given_cancellable);
}

void
athr_yielder_cancel_item (AthrYielder *self)
{
  athr_producer_settle_item (self->producer, self->channel);
  g_cancellable_cancel (self->cancellable);
}

/* The rest of athr_yielder_yield_value(), apart from what is quick. */
G_NO_INLINE static gboolean
athr_yielder_yield_copy (AthrYielder   *self,
                         const GValue  *value,
                         GError       **error)
{
  GValue copy = G_VALUE_INIT;

  athr_yielder_return_if_fail (NULL, ATHR_IS_YIELDER (self), "athr_yielder_yield_value", NULL);
  athr_yielder_return_if_fail (self, value == NULL || G_IS_VALUE (value), "athr_yielder_yield_value", error);

  athr_yielder_copy (value, &copy);

  return athr_yielder_give_quickly (self, &copy) || athr_yielder_give_copy (self, &copy, error);
}

/**
 * athr_yielder_yield_value:
 * @self: a yielder
 * @value: (nullable): the value; %NULL is null
 * @error: return location for an error
 *
 * Yields a copy of @value to the consumer of the stream.
 *
 * While the buffer of the stream is full, the method blocks, or does what
 * [property@Athr.Stream:overflow] says. With a [property@Athr.Stream:buffer-size] of 0 the
 * method gives the value, and blocks until the consumer asks for the next value. In a step
 * the method never blocks.
 *
 * When the method returns %FALSE, the function should return. The function may pass @error on:
 *
 * - %G_IO_ERROR_CLOSED: the stream was closed or dropped. The library does not report this
 *   error as an error of the stream.
 * - %G_IO_ERROR_NO_SPACE: the stream has overflowed. The stream fails with this error,
 *   whatever the function does.
 * - Any other error: the consumer threw the error with [method@Athr.Stream.throw]. A function
 *   that handles the error may go on, and answers with its next value. The yielded value was
 *   not given, except with a buffer size of 0.
 *
 * A @value that is unset is a programmer error that logs a critical, and the method fails with
 * %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * If the function goes on to yield with @error still set, or yields a thousand times after the
 * stream was closed, the library logs a critical, once for each stream. The method keeps the
 * first error.
 *
 * Threads: worker, and its helpers, which may yield at the same time.
 *
 * Returns: whether the value was given
 *
 * Since: 1.0
 */
gboolean
athr_yielder_yield_value (AthrYielder   *self,
                          const GValue  *value,
                          GError       **error)
{
  if (value != NULL && athr_type_is_number (G_VALUE_TYPE (value)) &&
      athr_yielder_give_quickly (self, value))
    return TRUE;

  return athr_yielder_yield_copy (self, value, error);
}

/* The rest of athr_yielder_yield(), apart from what is quick. */
G_NO_INLINE static gboolean
athr_yielder_yield_any (AthrYielder  *self,
                        GError      **error,
                        GType         type,
                        va_list       args)
{
  g_autofree char *mistake = NULL;
  GValue value = G_VALUE_INIT;

  athr_yielder_return_if_fail (NULL, ATHR_IS_YIELDER (self), "athr_yielder_yield", NULL);
  athr_yielder_return_if_fail (self, G_TYPE_IS_VALUE (type), "athr_yielder_yield", error);

  G_VALUE_COLLECT_INIT (&value, type, args, 0, &mistake);
  if (mistake != NULL)
    {
      g_critical ("athr_yielder_yield: %s", mistake);
      g_set_error_literal (athr_yielder_check_error (self, error),
                           G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, mistake);
      return FALSE;
    }

  return athr_yielder_give_quickly (self, &value) || athr_yielder_give_copy (self, &value, error);
}

/**
 * athr_yielder_yield: (skip)
 * @self: a yielder
 * @error: return location for an error
 * @type: the type of the value
 * @...: the value, as for g_object_set()
 *
 * Yields a value, from C: `athr_yielder_yield (yielder, error, G_TYPE_INT, 42)`.
 *
 * The function does the same as [method@Athr.Yielder.yield_value]. The function copies
 * strings and boxed values, and takes a reference to an object. A value that @type cannot
 * hold is a programmer error: the library logs a critical, and the function fails with
 * %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Threads: worker, and its helpers, which may yield at the same time.
 *
 * Returns: whether the value was given
 *
 * Since: 1.0
 */
gboolean
athr_yielder_yield (AthrYielder  *self,
                    GError      **error,
                    GType         type,
                    ...)
{
  gboolean given = FALSE;
  va_list args;

  if (type == G_TYPE_INT)
    {
      va_start (args, type);
      given = athr_yielder_give_int_quickly (self, va_arg (args, int));
      va_end (args);
    }

  if (!given)
    {
      va_start (args, type);
      given = athr_yielder_yield_any (self, error, type, args);
      va_end (args);
    }

  return given;
}

/**
 * athr_yielder_take_value: (skip)
 * @self: a yielder
 * @value: the value, which is unset afterwards
 * @error: return location for an error
 *
 * Yields @value, and takes its contents over.
 *
 * The function does the same as [method@Athr.Yielder.yield_value] without the copy, which costs much for
 * a long string or a large boxed value:
 *
 * ```c
 * static void
 * list_words (AthrYielder *yielder, gpointer words, GError **error)
 * {
 *   for (char **word = words; *word != NULL; word++)
 *     {
 *       GValue value = G_VALUE_INIT;
 *
 *       g_value_init (&value, G_TYPE_STRING);
 *       g_value_take_string (&value, g_utf8_casefold (*word, -1));
 *       if (!athr_yielder_take_value (yielder, &value, error))
 *         return;
 *     }
 * }
 * ```
 *
 * A value that is not given, because the stream was closed for instance, is freed in the owner's main
 * context.
 *
 * Threads: worker, and its helpers, which may yield at the same time.
 *
 * Returns: whether the value was given
 *
 * Since: 1.0
 */
gboolean
athr_yielder_take_value (AthrYielder  *self,
                         GValue       *value,
                         GError      **error)
{
  GValue own;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  athr_yielder_return_if_fail (self, G_IS_VALUE (value), G_STRFUNC, error);

  own = *value;
  *value = (GValue) G_VALUE_INIT;

  return athr_yielder_give_quickly (self, &own) || athr_yielder_take (self, &own, error);
}

/**
 * athr_yielder_exchange_value:
 * @self: a yielder
 * @value: (nullable): the value; %NULL is null
 * @sent: (nullable): an unset value that receives what the consumer sent, and stays unset
 *   when the consumer sent nothing
 * @error: return location for an error
 *
 * Yields a copy of @value, waits until the consumer asks for the next value, and gets what the
 * consumer sent with this demand.
 *
 * The method works like `sent = yield value` in a generator. The producer gets what the
 * consumer has sent, by [method@Athr.Stream.send], with the demand that the method waited
 * for. With a [property@Athr.Stream:buffer-size] of 0, this is the consumer's answer to
 * @value. With a buffer, the answer arrives as many values later as the buffer has room
 * for.
 *
 * The errors are those of [method@Athr.Yielder.yield_value]. If the consumer threw the
 * error, or closed the stream while the method waited, @value was given. Where a producer
 * never waits, the method fails with %G_IO_ERROR_NOT_SUPPORTED, and @value is not given: in
 * a step, and if [property@Athr.Stream:overflow] is not %ATHR_OVERFLOW_BLOCK.
 *
 * Threads: worker, and its helpers, which may yield at the same time.
 *
 * Returns: whether the consumer asked for the next value
 *
 * Since: 1.0
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
  athr_yielder_return_if_fail (self, value == NULL || G_IS_VALUE (value), G_STRFUNC, error);
  g_return_val_if_fail (sent == NULL || !G_IS_VALUE (sent), FALSE);

  error = athr_yielder_check_error (self, error);
  if (!athr_yielder_has_stream (self, error))
    return FALSE;

  athr_yielder_copy (value, &copy);
  goes_on = athr_channel_exchange (self->channel, &copy, &message, error);
  if (!goes_on)
    athr_yielder_count_refused (self);
  if (G_IS_VALUE (&copy))
    g_value_unset (&copy);
  athr_yielder_give_message (self, message, sent);

  return goes_on;
}

/**
 * athr_yielder_receive:
 * @self: a yielder
 * @sent: (nullable): an unset value that receives what the consumer sent, and stays unset
 *   when there is nothing to receive
 * @error: return location for an error
 *
 * Gets what the consumer sent with the current demand, without waiting.
 *
 * In a function that runs once, the current demand is the demand that the last yield waited
 * for, or, before the first yield, the demand with which the function began. The function
 * can receive what was sent until its next yield. In a step, and in a stream whose
 * [property@Athr.Stream:overflow] is not %ATHR_OVERFLOW_BLOCK, each call gets the next of
 * all values that have arrived.
 *
 * The method fails with the error that the consumer threw with [method@Athr.Stream.throw],
 * unless a yield has failed with this error before. The method fails with
 * %G_IO_ERROR_CLOSED when the stream was closed or dropped.
 *
 * Threads: worker.
 *
 * Returns: %FALSE only with @error set
 *
 * Since: 1.0
 */
gboolean
athr_yielder_receive (AthrYielder  *self,
                      GValue       *sent,
                      GError      **error)
{
  AthrMessage *message = NULL;

  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (sent == NULL || !G_IS_VALUE (sent), FALSE);

  error = athr_yielder_check_error (self, error);
  if (!athr_yielder_has_stream (self, error))
    return FALSE;
  if (self->cancellable != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           "The function of a map cannot receive anything");
      return FALSE;
    }
  if (!athr_channel_receive (self->channel, &message, error))
    return FALSE;

  athr_yielder_give_message (self, message, sent);

  return TRUE;
}

/**
 * athr_yielder_end:
 * @self: a yielder
 *
 * Tells the stream that the producer yields no more values.
 *
 * A step calls this method when it has yielded its last value, or finds that there is no
 * value left. The library does not call the step again. After this method, every yield and
 * every ask fails with %G_IO_ERROR_CLOSED.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_yielder_end (AthrYielder *self)
{
  g_return_if_fail (ATHR_IS_YIELDER (self));

  if (athr_yielder_has_stream (self, NULL))
    athr_channel_finish (self->channel);
}

void
athr_yielder_stop (AthrYielder *self)
{
  if (self->producer != NULL && !athr_producer_is_stale (self->producer))
    athr_producer_close (self->producer);
}

/* The map reads the number when it has taken a value, so the lock of the channel orders the two accesses. */
void
athr_yielder_set_n_values (AthrYielder *self,
                           gint64       n_values)
{
  if (self->producer != NULL)
    self->producer->n_values = n_values;
}

/**
 * athr_yielder_get_cancellable:
 * @self: a yielder
 *
 * Gets the cancellable that the function passes on to the blocking functions that it calls.
 *
 * The library cancels this cancellable when the stream is closed or dropped, just after the
 * yielder was closed.
 *
 * Threads: worker.
 *
 * Returns: (transfer none) (nullable): the stream's cancellable; null for a yielder
 *   that belongs to no stream
 *
 * Since: 1.0
 */
GCancellable *
athr_yielder_get_cancellable (AthrYielder *self)
{
  g_return_val_if_fail (ATHR_IS_YIELDER (self), NULL);

  if (self->cancellable != NULL)
    {
      g_atomic_int_set (&self->has_given_cancellable, TRUE);
      return self->cancellable;
    }

  return self->producer != NULL ? self->producer->cancellable : NULL;
}

/**
 * athr_yielder_is_closed:
 * @self: a yielder
 *
 * Gets whether the producer can yield no more values.
 *
 * The yielder is closed when the stream was closed or dropped or has overflowed, when the
 * producer has called [method@Athr.Yielder.end], and when the function has returned. A
 * producer that computes for a long time between two values should check this now and then.
 *
 * Threads: any.
 *
 * Returns: whether the yielder is closed
 *
 * Since: 1.0
 */
gboolean
athr_yielder_is_closed (AthrYielder *self)
{
  g_return_val_if_fail (ATHR_IS_YIELDER (self), TRUE);

  return !athr_yielder_has_stream (self, NULL) || !athr_channel_is_open (self->channel);
}

/**
 * athr_yielder_report_progress:
 * @self: a yielder
 * @fraction: how much of the work is done, from 0 to 1; less than 0 when unknown
 * @text: (nullable): what the producer is doing, for people
 *
 * Reports how far the producer is.
 *
 * The producer may report as often as it likes. The library notifies
 * [property@Athr.Stream:progress] and [property@Athr.Stream:progress-text] at most once for
 * each iteration of the main loop, with the latest report. After the function has returned,
 * the method does nothing.
 *
 * In the function of a map, the report is the progress of the whole map, until another item reports
 * or the map counts the items that are done.
 *
 * Threads: worker.
 *
 * Since: 1.0
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

/**
 * athr_yielder_report_problem:
 * @self: a yielder
 * @file: (nullable): the file with which there is a problem; %NULL if the problem concerns no file
 * @message: what the problem is, for people
 *
 * Reports a problem that does not end the stream.
 *
 * The stream emits [signal@Athr.Stream::problem] in the owner's main context. The producer goes on
 * without what has failed:
 *
 * ```c
 * static void
 * load_all (AthrYielder *yielder, gpointer files, GError **error)
 * {
 *   for (GList *l = files; l != NULL; l = l->next)
 *     {
 *       g_autoptr (GError) mistake = NULL;
 *       g_autoptr (GBytes) bytes = g_file_load_bytes (l->data, NULL, NULL, &mistake);
 *
 *       if (bytes == NULL)
 *         athr_yielder_report_problem (yielder, l->data, mistake->message);
 *       else if (!athr_yielder_yield (yielder, error, G_TYPE_BYTES, bytes))
 *         return;
 *     }
 * }
 * ```
 *
 * The producer never waits for the owner's thread. When more than a thousand problems wait to be
 * emitted, the library leaves out some, and the last message says how many. After the function has
 * returned, or the stream was closed, the method does nothing.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_yielder_report_problem (AthrYielder *self,
                             GFile       *file,
                             const char  *message)
{
  g_return_if_fail (ATHR_IS_YIELDER (self));
  g_return_if_fail (file == NULL || G_IS_FILE (file));
  g_return_if_fail (message != NULL);

  athr_yielder_take_problem (self, file != NULL ? g_object_ref (file) : NULL, message);
}

/* On a worker: FALSE, with a critical and @error, when the function of the stream does not run. */
static gboolean
athr_yielder_check_runs (AthrYielder  *self,
                         const char   *function,
                         GError      **error)
{
  if (self->producer != NULL && athr_producer_is_stale (self->producer))
    return athr_fork_fail (error);

  if (self->producer != NULL && !g_atomic_int_get (&self->producer->is_over))
    return TRUE;

  g_critical ("%s was called outside of the function of the stream “%s”", function,
              self->producer != NULL ? athr_producer_get_title (self->producer) : "(none)");
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
                       "The function of the stream does not run");

  return FALSE;
}

AthrContextQueue *
athr_yielder_get_home (AthrYielder *self)
{
  return self->producer->home;
}

/* Destroys what a function that is not called had. */
static void
athr_yielder_destroy (AthrYielder    *self,
                      gpointer        user_data,
                      GDestroyNotify  destroy)
{
  if (destroy == NULL)
    return;

  if (self->producer == NULL)
    destroy (user_data);
  else if (!athr_producer_is_stale (self->producer))
    athr_free_in_context (self->producer->home, user_data, destroy);
}

/**
 * athr_yielder_ask:
 * @self: a yielder
 * @func: (scope notified) (closure user_data) (destroy destroy): asks, on the owner's thread
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context
 * @answer: (nullable): an unset value that receives the answer
 * @error: return location for an error
 *
 * Asks the owner's thread for what only the owner's thread can give, such as the user's answer, and
 * waits.
 *
 * The method does the same as [method@Athr.Call.ask]. When the stream is closed, the method fails with
 * %G_IO_ERROR_CLOSED; in an item of a map also when another item ends the map. After [method@Athr.Yielder.end], and in
 * the clean-up of the stream, the method fails with %G_IO_ERROR_CLOSED at once, as a yield does. Asking outside of the function of the
 * stream is a programmer error: the library logs a critical, and the method fails with %G_IO_ERROR_CLOSED.
 *
 * Threads: worker.
 *
 * Returns: whether the question was answered
 *
 * Since: 1.0
 */
gboolean
athr_yielder_ask (AthrYielder     *self,
                  AthrAskFunc      func,
                  gpointer         user_data,
                  GDestroyNotify   destroy,
                  GValue          *answer,
                  GError         **error)
{
  g_return_val_if_fail (ATHR_IS_YIELDER (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (answer == NULL || !G_IS_VALUE (answer), FALSE);

  if (athr_yielder_check_runs (self, G_STRFUNC, error))
    return athr_stream_question_ask (self->producer, self->channel, func, user_data, destroy, answer, error);

  athr_yielder_destroy (self, user_data, destroy);

  return FALSE;
}

/**
 * athr_yielder_post:
 * @self: a yielder
 * @func: (scope notified) (closure user_data) (destroy destroy): called on the owner's thread
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context
 *
 * Has the owner's thread call @func, and does not wait.
 *
 * The owner's thread calls the functions in the order in which they were posted, and before the main loop hands
 * out the values that are yielded later. A blocking [method@Athr.Stream.next] on the owner's thread, and
 * [method@Athr.Stream.try_next], do not wait for the functions. When the stream was dropped, a close has
 * completed, or an owner is gone, the owner's thread only destroys @user_data. Posting outside of the function of
 * the stream is a programmer error: the library logs a critical, and destroys @user_data.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_yielder_post (AthrYielder    *self,
                   AthrPostFunc    func,
                   gpointer        user_data,
                   GDestroyNotify  destroy)
{
  g_return_if_fail (ATHR_IS_YIELDER (self));
  g_return_if_fail (func != NULL);

  if (athr_yielder_check_runs (self, G_STRFUNC, NULL))
    athr_stream_question_post (self->producer, func, user_data, destroy);
  else
    athr_yielder_destroy (self, user_data, destroy);
}
