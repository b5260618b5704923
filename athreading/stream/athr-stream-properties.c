/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-private.h"

/* FALSE, with a critical, when @property can no longer be set. */
static gboolean
athr_stream_may_set (AthrStream *self,
                     const char *property)
{
  if (!athr_stream_has_fixed_home (self))
    return TRUE;

  g_critical ("AthrStream:%s can be set only until the stream starts or is closed", property);

  return FALSE;
}

/**
 * athr_stream_get_executor: (get-property executor)
 * @self: a stream
 *
 * Gets the executor whose threads run the producer.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the executor; null for the default one
 */
AthrExecutor *
athr_stream_get_executor (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);

  return self->executor;
}

/**
 * athr_stream_set_executor: (set-property executor)
 * @self: a stream
 * @executor: (nullable): an executor; null for the default one
 *
 * Sets the executor whose threads run the producer.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_executor (AthrStream   *self,
                          AthrExecutor *executor)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (executor == NULL || ATHR_IS_EXECUTOR (executor));

  if (athr_stream_may_set (self, "executor") && g_set_object (&self->executor, executor))
    g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_EXECUTOR]);
}

/**
 * athr_stream_get_name: (get-property name)
 * @self: a stream
 *
 * Gets the name of the stream.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the name
 */
const char *
athr_stream_get_name (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);

  return self->name;
}

/**
 * athr_stream_set_name: (set-property name)
 * @self: a stream
 * @name: (nullable): the name
 *
 * Sets a name for people who debug; it becomes that of the stream's tasks.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_name (AthrStream *self,
                      const char *name)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  if (!athr_stream_may_set (self, "name") || g_strcmp0 (self->name, name) == 0)
    return;

  g_free (self->name);
  self->name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_NAME]);
}

/**
 * athr_stream_get_buffer_size: (get-property buffer-size)
 * @self: a stream
 *
 * Gets how many values the producer may be ahead.
 *
 * Threads: owner.
 *
 * Returns: the number of values; 0 for lock-step, %G_MAXUINT for any number
 */
guint
athr_stream_get_buffer_size (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return self->buffer_size;
}

/**
 * athr_stream_set_buffer_size: (set-property buffer-size)
 * @self: a stream
 * @buffer_size: the number of values; 0 for lock-step, %G_MAXUINT for any number
 *
 * Sets how many values the producer may be ahead of what was taken or asked for.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_buffer_size (AthrStream *self,
                             guint       buffer_size)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  if (!athr_stream_may_set (self, "buffer-size") || self->buffer_size == buffer_size)
    return;

  self->buffer_size = buffer_size;
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_BUFFER_SIZE]);
}

/**
 * athr_stream_get_overflow: (get-property overflow)
 * @self: a stream
 *
 * Gets what happens to a value for which there is no room.
 *
 * Threads: owner.
 *
 * Returns: what happens
 */
AthrOverflow
athr_stream_get_overflow (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), ATHR_OVERFLOW_BLOCK);

  return self->overflow;
}

/**
 * athr_stream_set_overflow: (set-property overflow)
 * @self: a stream
 * @overflow: what happens
 *
 * Sets what happens to a value for which there is no room.
 *
 * Unless it is %ATHR_OVERFLOW_BLOCK the producer never waits. There is room for as many
 * values as [property@Athr.Stream:buffer-size] says and for those that were asked for;
 * %ATHR_OVERFLOW_DROP_OLDEST keeps only the newest, as many as the greater of the two.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_overflow (AthrStream   *self,
                          AthrOverflow  overflow)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (overflow <= ATHR_OVERFLOW_FAIL);

  if (!athr_stream_may_set (self, "overflow") || self->overflow == overflow)
    return;

  self->overflow = overflow;
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_OVERFLOW]);
}

/**
 * athr_stream_get_priority: (get-property priority)
 * @self: a stream
 *
 * Gets the place of the producer in the queue of its executor.
 *
 * Threads: owner.
 *
 * Returns: the priority; a lower number comes first
 */
int
athr_stream_get_priority (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return self->priority;
}

/**
 * athr_stream_set_priority: (set-property priority)
 * @self: a stream
 * @priority: the priority; a lower number comes first
 *
 * Sets the place of the producer in the queue of its executor.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_priority (AthrStream *self,
                          int         priority)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  if (!athr_stream_may_set (self, "priority") || self->priority == priority)
    return;

  self->priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_PRIORITY]);
}

/**
 * athr_stream_get_delivery_priority: (get-property delivery-priority)
 * @self: a stream
 *
 * Gets the priority in the main context at which everything of the stream is
 * delivered.
 *
 * Threads: owner.
 *
 * Returns: the priority of a [struct@GLib.Source]
 */
int
athr_stream_get_delivery_priority (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return self->delivery_priority;
}

/**
 * athr_stream_set_delivery_priority: (set-property delivery-priority)
 * @self: a stream
 * @priority: the priority of a [struct@GLib.Source]
 *
 * Sets the priority in the main context at which everything of the stream is
 * delivered.
 *
 * Threads: owner, until the stream starts.
 */
void
athr_stream_set_delivery_priority (AthrStream *self,
                                   int         priority)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  if (!athr_stream_may_set (self, "delivery-priority") || self->delivery_priority == priority)
    return;

  self->delivery_priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_DELIVERY_PRIORITY]);
}

/**
 * athr_stream_get_state: (get-property state)
 * @self: a stream
 *
 * Gets where the producer is, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: the state
 */
AthrStreamState
athr_stream_get_state (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), ATHR_STREAM_STATE_INITIAL);

  return self->state;
}

/**
 * athr_stream_get_error: (get-property error)
 * @self: a stream
 *
 * Gets the error with which the producer ended.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the error; null unless the state is
 *   %ATHR_STREAM_STATE_FAILED
 */
const GError *
athr_stream_get_error (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);

  if (self->state != ATHR_STREAM_STATE_FAILED)
    return NULL;

  return athr_channel_peek_error (self->channel);
}

/**
 * athr_stream_get_flowing: (get-property flowing)
 * @self: a stream
 *
 * Gets whether values are delivered by [signal@Athr.Stream::value].
 *
 * Threads: owner.
 *
 * Returns: whether the stream flows
 */
gboolean
athr_stream_get_flowing (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);

  return self->flowing;
}

/**
 * athr_stream_get_n_buffered: (get-property n-buffered)
 * @self: a stream
 *
 * Gets how many values wait to be taken, at this moment.
 *
 * Threads: any.
 *
 * Returns: the number of values
 */
guint
athr_stream_get_n_buffered (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return athr_channel_get_n_buffered (self->channel);
}

/**
 * athr_stream_get_n_dropped: (get-property n-dropped)
 * @self: a stream
 *
 * Gets how many values were dropped, up to this moment.
 *
 * Threads: any.
 *
 * Returns: the number of values; %G_MAXUINT for that many and more
 */
guint
athr_stream_get_n_dropped (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return athr_channel_get_n_dropped (self->channel);
}

/**
 * athr_stream_get_progress: (get-property progress)
 * @self: a stream
 *
 * Gets how much of the work is done, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: from 0 to 1; -1 when that is unknown
 */
double
athr_stream_get_progress (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), -1);

  return athr_stream_peek_progress (self)->fraction;
}

/**
 * athr_stream_get_progress_text: (get-property progress-text)
 * @self: a stream
 *
 * Gets what the producer said it is doing, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the text
 */
const char *
athr_stream_get_progress_text (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);

  return athr_stream_peek_progress (self)->text;
}
