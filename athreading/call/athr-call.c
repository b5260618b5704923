/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gobject/gvaluecollector.h>

#include "athr-enums.h"
#include "call/athr-call-private.h"

/**
 * AthrCall:
 *
 * One blocking function, run on a worker thread, and its one result.
 *
 * [method@Athr.Call.run_async] starts the function on a thread of the call's
 * [property@Athr.Call:executor] and gives what it returned as a
 * [iface@Gio.AsyncResult]:
 *
 * ```c
 * static void
 * load (AthrCall *call, gpointer path, GError **error)
 * {
 *   g_autofree char *contents = NULL;
 *
 *   if (g_file_get_contents (path, &contents, NULL, error))
 *     athr_call_return (call, G_TYPE_STRING, contents);
 * }
 *
 * static void
 * loaded (GObject *source, GAsyncResult *result, gpointer user_data)
 * {
 *   g_auto (GValue) value = G_VALUE_INIT;
 *   g_autoptr (GError) error = NULL;
 *
 *   if (athr_call_run_finish_into (ATHR_CALL (source), result, &value, &error))
 *     g_print ("%s", g_value_get_string (&value));
 *   else
 *     g_printerr ("%s\n", error->message);
 * }
 * ```
 *
 * and, where the work begins:
 *
 * ```c
 * g_autoptr (AthrCall) call = athr_call_new (load, g_strdup (path), g_free);
 *
 * athr_call_run_async (call, NULL, loaded, NULL);
 * ```
 *
 * The function runs once. Started again, also after its end, a call gives the same
 * outcome again. A started call keeps itself alive until it is done.
 *
 * # Threads
 *
 * A call belongs to the thread that iterates its home: the thread-default main
 * context under which it is started first; one first started by
 * [method@Athr.Call.run] without such a context stays at home where it was created.
 * Signals, notifications and the
 * destruction of user data happen there, and never before the function that
 * started the operation has returned. On the worker, its function may use what is
 * marked so: return a value, report progress, get the cancellable.
 *
 * # Cancellation
 *
 * [method@Athr.Call.cancel] and each cancellable given to a run of the call cancel
 * it while it is not done. One that is queued is withdrawn and never starts. One
 * that runs sees it by [method@Athr.Call.get_cancellable], and ends with
 * %G_IO_ERROR_CANCELLED when its function has returned, whatever that returned. With
 * [property@Athr.Call:return-on-cancel] those who wait are answered at once.
 */

G_DEFINE_FINAL_TYPE (AthrCall, athr_call, G_TYPE_OBJECT)

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

/* On the worker: takes @value over, unless the function has returned a value before, or does
 * not run. */
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

static gboolean
athr_call_get_outcome (AthrCall  *self,
                       GValue    *value,
                       GError   **error)
{
  const GError *outcome = athr_call_peek_error (self);

  if (outcome != NULL)
    {
      g_propagate_error (error, g_error_copy (outcome));
      return FALSE;
    }

  if (value != NULL && G_IS_VALUE (&self->returned))
    {
      g_value_init (value, G_VALUE_TYPE (&self->returned));
      g_value_copy (&self->returned, value);
    }
  else if (value != NULL)
    {
      g_value_init (value, G_TYPE_POINTER);
    }

  return TRUE;
}

static void
athr_call_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  AthrCall *self = ATHR_CALL (object);

  switch (prop_id)
    {
    case ATHR_CALL_PROP_EXECUTOR:
      g_value_set_object (value, athr_call_get_executor (self));
      break;
    case ATHR_CALL_PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case ATHR_CALL_PROP_PRIORITY:
      g_value_set_int (value, self->priority);
      break;
    case ATHR_CALL_PROP_DELIVERY_PRIORITY:
      g_value_set_int (value, self->delivery_priority);
      break;
    case ATHR_CALL_PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case ATHR_CALL_PROP_RETURN_ON_CANCEL:
      g_value_set_boolean (value, self->return_on_cancel);
      break;
    case ATHR_CALL_PROP_STATE:
      g_value_set_enum (value, self->seen_state);
      break;
    case ATHR_CALL_PROP_PROGRESS:
      g_value_set_double (value, self->progress.fraction);
      break;
    case ATHR_CALL_PROP_PROGRESS_TEXT:
      g_value_set_string (value, self->progress.text);
      break;
    case ATHR_CALL_PROP_ERROR:
      g_value_set_boxed (value, athr_call_get_error (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_call_set_property (GObject      *object,
                        guint         prop_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
  AthrCall *self = ATHR_CALL (object);

  switch (prop_id)
    {
    case ATHR_CALL_PROP_EXECUTOR:
      athr_call_set_executor (self, g_value_get_object (value));
      break;
    case ATHR_CALL_PROP_NAME:
      athr_call_set_name (self, g_value_get_string (value));
      break;
    case ATHR_CALL_PROP_PRIORITY:
      athr_call_set_priority (self, g_value_get_int (value));
      break;
    case ATHR_CALL_PROP_DELIVERY_PRIORITY:
      athr_call_set_delivery_priority (self, g_value_get_int (value));
      break;
    case ATHR_CALL_PROP_TIMEOUT:
      athr_call_set_timeout (self, g_value_get_uint (value));
      break;
    case ATHR_CALL_PROP_RETURN_ON_CANCEL:
      athr_call_set_return_on_cancel (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_call_finalize (GObject *object)
{
  AthrCall *self = ATHR_CALL (object);

  athr_call_finalize_work (self);
  g_free (self->name);

  G_OBJECT_CLASS (athr_call_parent_class)->finalize (object);
}

static void
athr_call_class_init (AthrCallClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags ro = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = athr_call_get_property;
  object_class->set_property = athr_call_set_property;
  object_class->finalize = athr_call_finalize;

  /**
   * AthrCall:executor: (getter get_executor) (setter set_executor)
   *
   * The executor whose threads run the function; null for the default one.
   *
   * It can be set until the call starts.
   */
  athr_call_properties[ATHR_CALL_PROP_EXECUTOR] =
    g_param_spec_object ("executor", NULL, NULL, ATHR_TYPE_EXECUTOR, rw);

  /**
   * AthrCall:name: (getter get_name) (setter set_name)
   *
   * A name for people who debug.
   *
   * It can be set until the call starts.
   */
  athr_call_properties[ATHR_CALL_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, rw);

  /**
   * AthrCall:priority: (getter get_priority) (setter set_priority)
   *
   * The place of the call in the queue of its executor; a lower number first.
   *
   * It can be set until the call starts.
   */
  athr_call_properties[ATHR_CALL_PROP_PRIORITY] =
    g_param_spec_int ("priority", NULL, NULL, G_MININT, G_MAXINT, 0, rw);

  /**
   * AthrCall:delivery-priority: (getter get_delivery_priority) (setter set_delivery_priority)
   *
   * The priority in the main context at which the outcome is delivered.
   *
   * Progress comes at %G_PRIORITY_DEFAULT_IDLE. It can be set until the call starts.
   */
  athr_call_properties[ATHR_CALL_PROP_DELIVERY_PRIORITY] =
    g_param_spec_int ("delivery-priority", NULL, NULL,
                      G_MININT, G_MAXINT, G_PRIORITY_DEFAULT, rw);

  /**
   * AthrCall:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long the call may take, in milliseconds; 0 for as long as it likes.
   *
   * The time counts from the start, and includes the wait for a thread. A call out
   * of time ends like a cancelled one, with %G_IO_ERROR_TIMED_OUT. It can be set
   * until the call starts.
   */
  athr_call_properties[ATHR_CALL_PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrCall:return-on-cancel: (getter get_return_on_cancel) (setter set_return_on_cancel)
   *
   * Whether those who wait are answered as soon as the call is cancelled or out of
   * time, even though its function still runs.
   *
   * The state stays %ATHR_CALL_STATE_RUNNING and [signal@Athr.Call::finished] waits
   * for the function, whose late result is dropped. It can be set until the call
   * starts.
   */
  athr_call_properties[ATHR_CALL_PROP_RETURN_ON_CANCEL] =
    g_param_spec_boolean ("return-on-cancel", NULL, NULL, FALSE, rw);

  /**
   * AthrCall:state: (getter get_state)
   *
   * Where the call is, as it was last notified.
   */
  athr_call_properties[ATHR_CALL_PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, ATHR_TYPE_CALL_STATE, ATHR_CALL_STATE_INITIAL, ro);

  /**
   * AthrCall:progress: (getter get_progress)
   *
   * How much of the work is done, from 0 to 1; -1 when that is unknown.
   */
  athr_call_properties[ATHR_CALL_PROP_PROGRESS] =
    g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, ro);

  /**
   * AthrCall:progress-text: (getter get_progress_text)
   *
   * What the function said it is doing.
   */
  athr_call_properties[ATHR_CALL_PROP_PROGRESS_TEXT] =
    g_param_spec_string ("progress-text", NULL, NULL, NULL, ro);

  /**
   * AthrCall:error: (getter get_error)
   *
   * The error with which the call ended.
   */
  athr_call_properties[ATHR_CALL_PROP_ERROR] =
    g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, ro);

  g_object_class_install_properties (object_class, ATHR_CALL_N_PROPS, athr_call_properties);

  /**
   * AthrCall::finished:
   * @self: the call
   *
   * The call is over: its function has returned, or will never run.
   *
   * It is emitted once, after the callbacks that wait at home. After it no progress
   * is notified any more.
   */
  athr_call_finished_signal =
    g_signal_new ("finished", ATHR_TYPE_CALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
athr_call_init (AthrCall *self)
{
  self->delivery_priority = G_PRIORITY_DEFAULT;
  athr_call_init_work (self);
}

/**
 * athr_call_new:
 * @func: (scope notified) (closure user_data) (destroy destroy): the function to run on a worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data at home, once @func can no longer run
 *
 * Creates a call of @func.
 *
 * Threads: any; the new call belongs to the caller's thread.
 *
 * Returns: (transfer full): a new call
 */
AthrCall *
athr_call_new (AthrCallFunc   func,
               gpointer       user_data,
               GDestroyNotify destroy)
{
  AthrCall *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (ATHR_TYPE_CALL, NULL);
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
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

/**
 * athr_call_run_async:
 * @self: a call
 * @cancellable: (nullable): cancels the call while it is not done
 * @callback: (scope async) (nullable): called with the outcome
 * @user_data: the data for @callback
 *
 * Runs the call, or joins the run under way or its outcome.
 *
 * It starts the call unless it was started already. Each of those who wait gets the
 * same outcome, and the cancellable of each cancels the call for all. Cancelling
 * after the function has returned changes nothing.
 *
 * Besides what the function itself sets, the call fails with %G_IO_ERROR_CANCELLED
 * when it was cancelled, with %G_IO_ERROR_TIMED_OUT when it was out of time, with
 * %G_IO_ERROR_CLOSED when its executor is closed, with %G_IO_ERROR_NOT_SUPPORTED when
 * it has no function, and with a %G_THREAD_ERROR when no thread can be created.
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
 */
void
athr_call_run_async (AthrCall            *self,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_call_work_start_async (self, athr_call_run_async, cancellable, callback, user_data);
}

/**
 * athr_call_run_finish:
 * @self: a call
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Call.run_async].
 *
 * A call that returned nothing gives null, as a [struct@GObject.Value] of
 * %G_TYPE_POINTER. The errors are those of [method@Athr.Call.run_async].
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (nullable): a copy of the value, to be unset and freed
 *   with g_free(); %NULL with @error set
 */
GValue *
athr_call_run_finish (AthrCall      *self,
                      GAsyncResult  *result,
                      GError       **error)
{
  g_autofree GValue *value = g_new0 (GValue, 1);

  if (!athr_call_run_finish_into (self, result, value, error))
    return NULL;

  return g_steal_pointer (&value);
}

/**
 * athr_call_run_finish_into:
 * @self: a call
 * @result: the result that the callback was given
 * @value: (nullable): an unset value that receives a copy of the result
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Call.run_async] into a value of the caller's.
 *
 * It is [method@Athr.Call.run_finish] for C, which has values on the stack, and for
 * bindings that leak values they are given.
 *
 * Threads: owner.
 *
 * Returns: whether the call succeeded; when not, @error is set and @value untouched
 */
gboolean
athr_call_run_finish_into (AthrCall      *self,
                           GAsyncResult  *result,
                           GValue        *value,
                           GError       **error)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_call_run_async), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  return athr_call_get_outcome (self, value, error);
}

/**
 * athr_call_run:
 * @self: a call
 * @cancellable: (nullable): cancels the call while it is not done
 * @value: (nullable): an unset value that receives a copy of the result
 * @error: return location for an error
 *
 * Runs the call, or joins the run under way or its outcome, and blocks until it is
 * decided.
 *
 * This is for scripts and for functions on workers: on a worker of an executor the
 * place is given to other work meanwhile. It dispatches nothing: signals and
 * callbacks of the call come when its home is iterated.
 *
 * JavaScript passes a new [struct@GObject.Value] where it does not want the result:
 * its `null` arrives as a value that is set.
 *
 * The errors are those of [method@Athr.Call.run_async], and %G_IO_ERROR_WOULD_BLOCK
 * on the thread of an executor of one thread when the unfinished call is one of the
 * same executor. Then nothing was started.
 *
 * Threads: any. A main loop that runs on the calling thread stands still meanwhile.
 *
 * Returns: whether the call succeeded; when not, @error is set and @value untouched
 */
gboolean
athr_call_run (AthrCall      *self,
               GCancellable  *cancellable,
               GValue        *value,
               GError       **error)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  if (athr_pool_is_own_thread (athr_executor_get_pool (self->executor)) &&
      !athr_call_is_resolved (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "The only thread of the executor would wait for itself");
      return FALSE;
    }

  athr_call_work_start_blocking (self, cancellable);

  return athr_call_get_outcome (self, value, error);
}

/**
 * athr_call_start:
 * @self: a call
 *
 * Starts the call unless it was started already.
 *
 * Its end is told by [signal@Athr.Call::finished].
 *
 * Threads: owner.
 */
void
athr_call_start (AthrCall *self)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  athr_call_work_start (self);
}

/**
 * athr_call_cancel:
 * @self: a call
 *
 * Cancels the call for all who wait for it.
 *
 * One that is queued is withdrawn. One that runs ends with %G_IO_ERROR_CANCELLED when
 * its function returns, or, with [property@Athr.Call:return-on-cancel], at once. One
 * that was not started will not run. After its function has returned nothing changes.
 *
 * Threads: any.
 */
void
athr_call_cancel (AthrCall *self)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
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
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (fraction <= 1.0);

  if (athr_lock_read (&self->lock, &self->state) != ATHR_CALL_STATE_RUNNING)
    return;

  athr_progress_report (&self->progress, fraction, text);
  athr_context_queue_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);
}
