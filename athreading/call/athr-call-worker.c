/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gobject/gvaluecollector.h>

#include "call/athr-call-private.h"

/* What the function of a call uses, on its worker. */

/* Takes @value over, on the worker, unless there is no one to return it to. */
static void
athr_call_take_returned (AthrCall *self,
                         GValue   *value)
{
  const char *mistake = NULL;

  athr_lock (&self->lock);
  if (self->state != ATHR_CALL_STATE_RUNNING)
    mistake = "outside of its function";
  else if (G_IS_VALUE (&self->returned))
    mistake = "a second time";
  else
    self->returned = *value;
  athr_unlock (&self->lock);

  if (mistake != NULL)
    {
      g_critical ("A call returned a value %s", mistake);
      g_value_unset (value);
    }
}

/**
 * athr_call_return_value:
 * @self: a call
 * @value: (nullable): the result; %NULL is null
 *
 * Gives the result of the call.
 *
 * A copy of @value is made. The function returns a value once, while it runs; when it
 * also sets its error, the error counts.
 *
 * Threads: worker.
 */
void
athr_call_return_value (AthrCall     *self,
                        const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (value == NULL || G_IS_VALUE (value));

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);
  athr_call_take_returned (self, &copy);
}

/**
 * athr_call_return: (skip)
 * @self: a call
 * @type: the type of the result
 * @...: the result, as g_object_set() would take it
 *
 * Gives the result of the call, from C:
 * `athr_call_return (call, G_TYPE_DOUBLE, 1.5)`.
 *
 * Strings and boxed values are copied, objects referenced.
 *
 * Threads: worker.
 */
void
athr_call_return (AthrCall *self,
                  GType     type,
                  ...)
{
  g_autofree char *mistake = NULL;
  GValue value = G_VALUE_INIT;
  va_list args;

  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (G_TYPE_IS_VALUE (type));

  va_start (args, type);
  G_VALUE_COLLECT_INIT (&value, type, args, 0, &mistake);
  va_end (args);

  if (mistake != NULL)
    g_critical ("%s: %s", G_STRFUNC, mistake);
  else
    athr_call_take_returned (self, &value);
}

/**
 * athr_call_get_cancellable:
 * @self: a call
 *
 * Gets the cancellable that the function passes on to what it calls.
 *
 * It is cancelled when the call is, by whomever, and when it is out of time. It is
 * the call's own: cancelling it does not cancel the call.
 *
 * Handlers of its [signal@Gio.Cancellable::cancelled] run on the thread that cancels,
 * and after a time-out on the one that keeps the deadlines of all calls, which a
 * handler that takes long holds up.
 *
 * Threads: worker.
 *
 * Returns: (transfer none): the call's cancellable
 */
GCancellable *
athr_call_get_cancellable (AthrCall *self)
{
  g_autoptr (GCancellable) fresh = NULL;
  GCancellable *cancellable;
  gboolean stopped;

  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  athr_lock (&self->lock);
  cancellable = self->cancellable;
  athr_unlock (&self->lock);

  if (cancellable != NULL)
    return cancellable;

  fresh = g_cancellable_new ();

  athr_lock (&self->lock);
  if (self->cancellable == NULL)
    self->cancellable = g_steal_pointer (&fresh);
  cancellable = self->cancellable;
  stopped = self->stop != ATHR_CALL_STOP_NONE;
  athr_unlock (&self->lock);

  if (stopped)
    g_cancellable_cancel (cancellable);

  return cancellable;
}

/**
 * athr_call_report_progress:
 * @self: a call
 * @fraction: how much is done, from 0 to 1; less than 0 when that is unknown
 * @text: (nullable): what is being done, for people
 *
 * Tells how far the function is.
 *
 * It can be called as often as is convenient: [property@Athr.Call:progress] and
 * [property@Athr.Call:progress-text] are notified at most once for each iteration of
 * the main loop, with what was reported last. Before and after the function runs it
 * does nothing.
 *
 * Threads: worker.
 */
void
athr_call_report_progress (AthrCall   *self,
                           double      fraction,
                           const char *text)
{
  g_autofree char *swap = g_strdup (text);
  gboolean running;

  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (fraction <= 1.0);

  athr_lock (&self->lock);
  running = self->state == ATHR_CALL_STATE_RUNNING;
  if (running)
    athr_progress_report (&self->progress, fraction, &swap);
  athr_unlock (&self->lock);

  if (running)
    athr_context_queue_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);
}
