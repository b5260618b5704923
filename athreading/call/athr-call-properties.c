/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-private.h"

/* FALSE, with a critical, when @property can no longer be set. */
static gboolean
athr_call_may_set (AthrCall   *self,
                   const char *property)
{
  if (athr_call_is_initial (self))
    return TRUE;

  g_critical ("AthrCall:%s can be set only until the call starts", property);

  return FALSE;
}

/**
 * athr_call_get_executor: (get-property executor)
 * @self: a call
 *
 * Gets the executor whose threads run the function.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the executor; null for the default one
 */
AthrExecutor *
athr_call_get_executor (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  return self->executor;
}

/**
 * athr_call_set_executor: (set-property executor)
 * @self: a call
 * @executor: (nullable): an executor; null for the default one
 *
 * Sets the executor whose threads run the function.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_executor (AthrCall     *self,
                        AthrExecutor *executor)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (executor == NULL || ATHR_IS_EXECUTOR (executor));

  if (athr_call_may_set (self, "executor") && g_set_object (&self->executor, executor))
    g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_EXECUTOR]);
}

/**
 * athr_call_get_name: (get-property name)
 * @self: a call
 *
 * Gets the name of the call.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the name
 */
const char *
athr_call_get_name (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  return self->name;
}

/**
 * athr_call_set_name: (set-property name)
 * @self: a call
 * @name: (nullable): the name
 *
 * Sets a name for people who debug; it becomes that of the call's tasks.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_name (AthrCall   *self,
                    const char *name)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  if (!athr_call_may_set (self, "name") || g_strcmp0 (self->name, name) == 0)
    return;

  g_free (self->name);
  self->name = g_strdup (name);
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_NAME]);
}

/**
 * athr_call_get_priority: (get-property priority)
 * @self: a call
 *
 * Gets the place of the call in the queue of its executor.
 *
 * Threads: owner.
 *
 * Returns: the priority; a lower number comes first
 */
int
athr_call_get_priority (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), 0);

  return self->priority;
}

/**
 * athr_call_set_priority: (set-property priority)
 * @self: a call
 * @priority: the priority; a lower number comes first
 *
 * Sets the place of the call in the queue of its executor.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_priority (AthrCall *self,
                        int       priority)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  if (!athr_call_may_set (self, "priority") || self->priority == priority)
    return;

  self->priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_PRIORITY]);
}

/**
 * athr_call_get_delivery_priority: (get-property delivery-priority)
 * @self: a call
 *
 * Gets the priority in the main context at which the outcome is delivered.
 *
 * Threads: owner.
 *
 * Returns: the priority of a [struct@GLib.Source]
 */
int
athr_call_get_delivery_priority (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), 0);

  return self->delivery_priority;
}

/**
 * athr_call_set_delivery_priority: (set-property delivery-priority)
 * @self: a call
 * @priority: the priority of a [struct@GLib.Source]
 *
 * Sets the priority in the main context at which the outcome is delivered.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_delivery_priority (AthrCall *self,
                                 int       priority)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  if (!athr_call_may_set (self, "delivery-priority") || self->delivery_priority == priority)
    return;

  self->delivery_priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_DELIVERY_PRIORITY]);
}

/**
 * athr_call_get_timeout: (get-property timeout)
 * @self: a call
 *
 * Gets how long the call may take.
 *
 * Threads: owner.
 *
 * Returns: the time in milliseconds; 0 for as long as it likes
 */
guint
athr_call_get_timeout (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), 0);

  return self->timeout;
}

/**
 * athr_call_set_timeout: (set-property timeout)
 * @self: a call
 * @timeout: the time in milliseconds; 0 for as long as it likes
 *
 * Sets how long the call may take, from its start.
 *
 * The deadline holds whatever main loops are doing, in [method@Athr.Call.run], too.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_timeout (AthrCall *self,
                       guint     timeout)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  if (!athr_call_may_set (self, "timeout") || self->timeout == timeout)
    return;

  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_TIMEOUT]);
}

/**
 * athr_call_get_return_on_cancel: (get-property return-on-cancel)
 * @self: a call
 *
 * Gets whether those who wait are answered as soon as the call is cancelled.
 *
 * Threads: owner.
 *
 * Returns: whether they are
 */
gboolean
athr_call_get_return_on_cancel (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), FALSE);

  return self->return_on_cancel;
}

/**
 * athr_call_set_return_on_cancel: (set-property return-on-cancel)
 * @self: a call
 * @return_on_cancel: whether those who wait are answered at once
 *
 * Sets whether those who wait are answered as soon as the call is cancelled or out
 * of time, even though its function still runs.
 *
 * Threads: owner, until the call starts.
 */
void
athr_call_set_return_on_cancel (AthrCall *self,
                                gboolean  return_on_cancel)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  return_on_cancel = !!return_on_cancel;
  if (!athr_call_may_set (self, "return-on-cancel") || self->return_on_cancel == return_on_cancel)
    return;

  self->return_on_cancel = return_on_cancel;
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_RETURN_ON_CANCEL]);
}

/**
 * athr_call_get_state: (get-property state)
 * @self: a call
 *
 * Gets where the call is, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: the state
 */
AthrCallState
athr_call_get_state (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), ATHR_CALL_STATE_INITIAL);

  return self->seen_state;
}

/**
 * athr_call_get_progress: (get-property progress)
 * @self: a call
 *
 * Gets how much of the work is done, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: a fraction from 0 to 1, or -1 when it is unknown
 */
double
athr_call_get_progress (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), -1);

  return self->progress.fraction;
}

/**
 * athr_call_get_progress_text: (get-property progress-text)
 * @self: a call
 *
 * Gets what the function said it is doing, as it was last notified.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the text
 */
const char *
athr_call_get_progress_text (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  return self->progress.text;
}

/**
 * athr_call_get_error: (get-property error)
 * @self: a call
 *
 * Gets the error with which the call ended.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the error; null unless the state is
 *   %ATHR_CALL_STATE_FAILED or %ATHR_CALL_STATE_CANCELLED
 */
const GError *
athr_call_get_error (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  if (self->seen_state != ATHR_CALL_STATE_FAILED && self->seen_state != ATHR_CALL_STATE_CANCELLED)
    return NULL;

  return athr_call_peek_error (self);
}
