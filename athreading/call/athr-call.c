/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* pthread_getname_np() */

#include "config.h"

#include <gobject/gvaluecollector.h>
#include <pthread.h>

#include "athr-enums.h"
#include "base/athr-thread-private.h"
#include "call/athr-call-private.h"
#include "context/athr-deferred-free-private.h"

/**
 * AthrCall:
 *
 * One blocking function, run on a worker thread, and its one result.
 *
 * [method@Athr.Call.run_async] starts the function on a thread of the call's
 * [property@Athr.Call:executor], and gives the result of the function as a
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
 * The program starts the call like this:
 *
 * ```c
 * g_autoptr (AthrCall) call = athr_call_new (load, g_strdup (path), g_free);
 *
 * athr_call_run_async (call, NULL, loaded, NULL);
 * ```
 *
 * The function runs once. Every further run of the call, also after the end of the
 * function, gives the same outcome. A started call keeps itself alive until it has emitted
 * [signal@Athr.Call::finished].
 *
 * # Threads
 *
 * Each call has an *owner's main context*: the main context that is thread-default when
 * the program first starts the call. If [method@Athr.Call.run] starts the call and no
 * context is thread-default, the owner's main context is the context under which the
 * program created the call. The thread that iterates the owner's main context is the
 * *owner's thread*.
 *
 * On the owner's thread the library emits signals and notifications and destroys the user
 * data, but never before the function that started the operation has returned. On the
 * worker, the function of the call may use the methods of the call that are marked
 * "Threads: worker": they return a value, report progress, ask the owner's thread, have it call a
 * function, and give the cancellable. If another thread than the owner's uses a method that is
 * marked "Threads: owner" of a started call, this is a programmer error, and the library logs a
 * critical where it can tell. See [Threads and contexts](threads.html).
 *
 * # Cancellation
 *
 * [method@Athr.Call.cancel] cancels the call, and so does each cancellable that the program
 * gives to a run of the call. Cancelling a call that is done changes nothing. If the call is
 * queued, the executor withdraws the call, and the function never runs. If the function
 * runs, the function can check [method@Athr.Call.get_cancellable]; when the function has
 * returned, the call ends with %G_IO_ERROR_CANCELLED, whatever the function returned. With
 * [property@Athr.Call:return-on-cancel] every pending run is answered at once. See
 * [Cancellation and closing](cancellation.html).
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (AthrCall, athr_call, G_TYPE_OBJECT)

static const char *
athr_call_get_title (AthrCall *self)
{
  return self->name != NULL ? self->name : "(without a name)";
}

/* A critical when the call has started, and the calling thread is known not to be the owner's
 * thread. Nevertheless @function goes on, since the program may be about to iterate the main
 * context on another thread than before. The thread that created the call may use the call
 * without a main loop, by blocking runs. */
static void
athr_call_check_owner (AthrCall   *self,
                       const char *function)
{
  char thread[16] = "";

  if (!athr_call_is_elsewhere (self))
    return;

  pthread_getname_np (pthread_self (), thread, sizeof thread);
  g_critical ("%s was called on the thread “%s”, but another thread iterates the main context of "
              "the call “%s”, and only that thread may call it",
              function, thread, athr_call_get_title (self));
}

/* Returns FALSE, with a critical, when @property can no longer be set. */
static gboolean
athr_call_may_set (AthrCall   *self,
                   const char *property)
{
  if (athr_call_is_stale (self))
    {
      athr_fork_warn (property);
      return FALSE;
    }

  if (athr_call_is_initial (self))
    return TRUE;

  g_critical ("AthrCall:%s can be set only until the call starts", property);

  return FALSE;
}

/* Sets the result to @value. Returns the mistake if the function does not run, or has returned a
 * value before. */
static const char *
athr_call_set_returned (AthrCall       *self,
                        const GValue   *value,
                        GDestroyNotify  destroy)
{
  if (athr_call_peek_state (self) != ATHR_CALL_STATE_RUNNING)
    return "outside of its function";
  if (g_atomic_int_or (&self->status, ATHR_CALL_HAS_RETURNED) & ATHR_CALL_HAS_RETURNED)
    return "a second time";

  self->returned = *value;
  self->returned_destroy = destroy;

  return NULL;
}

/* On the worker, the value that the call does not take: the owner's thread frees the contents. */
static void
athr_call_refuse_returned (AthrCall       *self,
                           GValue         *value,
                           GDestroyNotify  destroy)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (athr_call_is_stale (self))
    {
      g_value_unset (value);
      return;
    }

  if (destroy != NULL)
    athr_deferred_free_add_user_data (&left, g_value_get_pointer (value), destroy);
  left.value = *value;
  *value = (GValue) G_VALUE_INIT;
  athr_deferred_free_submit (&left, self->home, G_PRIORITY_DEFAULT, 0);
}

/* On the worker: takes over @value. @destroy (nullable) frees the pointer that @value holds. When the
 * function has returned a value before, or does not run, or forked, this is a critical, and the owner's
 * thread frees @value. */
static void
athr_call_take_returned (AthrCall       *self,
                         GValue         *value,
                         GDestroyNotify  destroy)
{
  const char *mistake;

  if (athr_call_is_stale (self))
    {
      mistake = "in the child of a fork";
    }
  else if (athr_call_work_is_worker (self))
    {
      mistake = athr_call_set_returned (self, value, destroy);
    }
  else
    {
      /* Another thread that helps the function. */
      athr_lock (&self->lock);
      athr_call_work_share_locked (self);
      mistake = athr_call_set_returned (self, value, destroy);
      athr_unlock (&self->lock);
    }

  if (mistake != NULL)
    {
      g_critical ("The call “%s” returned a value %s", athr_call_get_title (self), mistake);
      athr_call_refuse_returned (self, value, destroy);
    }
}

/* The caller has logged a critical: what the function returns is no value. Unless the function then returns a value or
 * sets an error, the call fails: a callback must not take null for the result. */
static void
athr_call_return_no_value (AthrCall *self)
{
  if (!athr_call_is_stale (self) && athr_call_peek_state (self) == ATHR_CALL_STATE_RUNNING)
    g_atomic_int_or (&self->status, ATHR_CALL_HAS_NO_VALUE);
}

/* As g_return_if_fail() in @function, which returns a value. */
#define athr_call_return_if_fail(self, expression, function) \
  G_STMT_START \
  { \
    if (!(expression)) \
      { \
        g_return_if_fail_warning (G_LOG_DOMAIN, function, #expression); \
        athr_call_return_no_value (self); \
        return; \
      } \
  } \
  G_STMT_END

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

  if (value != NULL && athr_value_is_number (&self->returned))
    {
      *value = self->returned;
    }
  else if (value != NULL && athr_value_is_set (&self->returned))
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
    case ATHR_CALL_PROP_RUN_TIMEOUT:
      g_value_set_uint (value, self->run_timeout);
      break;
    case ATHR_CALL_PROP_RETURN_ON_CANCEL:
      g_value_set_boolean (value, self->return_on_cancel);
      break;
    case ATHR_CALL_PROP_STATE:
      g_value_set_enum (value, athr_call_get_state (self));
      break;
    case ATHR_CALL_PROP_PROGRESS:
      g_value_set_double (value, athr_call_get_progress (self));
      break;
    case ATHR_CALL_PROP_PROGRESS_TEXT:
      g_value_set_string (value, athr_call_get_progress_text (self));
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
    case ATHR_CALL_PROP_RUN_TIMEOUT:
      athr_call_set_run_timeout (self, g_value_get_uint (value));
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

  if (!athr_call_is_stale (self))
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
   * The executor whose threads run the function; null for the default executor.
   *
   * The executor can be set until the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_EXECUTOR] =
    g_param_spec_object ("executor", NULL, NULL, ATHR_TYPE_EXECUTOR, rw);

  /**
   * AthrCall:name: (getter get_name) (setter set_name)
   *
   * A name for people who debug.
   *
   * The name can be set until the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, rw);

  /**
   * AthrCall:priority: (getter get_priority) (setter set_priority)
   *
   * The place of the call in the queue of its executor; a lower number comes first.
   *
   * The priority can be set until the function begins. To set the priority of a queued call
   * moves the call behind the queued work of that priority.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_PRIORITY] =
    g_param_spec_int ("priority", NULL, NULL, G_MININT, G_MAXINT, 0, rw);

  /**
   * AthrCall:delivery-priority: (getter get_delivery_priority) (setter set_delivery_priority)
   *
   * The priority in the main context at which the outcome is delivered.
   *
   * Progress is notified at %G_PRIORITY_DEFAULT_IDLE. The delivery priority can be set until
   * the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_DELIVERY_PRIORITY] =
    g_param_spec_int ("delivery-priority", NULL, NULL,
                      G_MININT, G_MAXINT, G_PRIORITY_DEFAULT, rw);

  /**
   * AthrCall:timeout: (getter get_timeout) (setter set_timeout)
   *
   * How long the call may take, in milliseconds; 0 for no limit.
   *
   * The time counts from the start of the call, and includes the time in the queue of the
   * executor. A call that takes longer ends as a cancelled call does, but with
   * %G_IO_ERROR_TIMED_OUT. The time-out can be set until the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrCall:run-timeout: (getter get_run_timeout) (setter set_run_timeout)
   *
   * How long the function of the call may run, in milliseconds; 0 for no limit.
   *
   * The time counts from the moment the worker begins to run the function, so the time in
   * the queue of the executor does not count. A call whose function runs longer ends as a
   * cancelled call does, but with %G_IO_ERROR_TIMED_OUT. If [property@Athr.Call:timeout] is
   * set too, the limit that is reached first ends the call, and the message of the error says
   * which limit. The run time-out can be set until the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_RUN_TIMEOUT] =
    g_param_spec_uint ("run-timeout", NULL, NULL, 0, G_MAXUINT, 0, rw);

  /**
   * AthrCall:return-on-cancel: (getter get_return_on_cancel) (setter set_return_on_cancel)
   *
   * Whether every pending run is answered as soon as the call is cancelled or has timed out,
   * even if the function still runs.
   *
   * Until the function has returned, the state stays %ATHR_CALL_STATE_RUNNING and
   * [signal@Athr.Call::finished] is not emitted. The library drops the late result of the
   * function. The property can be set until the call starts.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_RETURN_ON_CANCEL] =
    g_param_spec_boolean ("return-on-cancel", NULL, NULL, FALSE, rw);

  /**
   * AthrCall:state: (getter get_state)
   *
   * Where the call is between its creation and its end, as it is now.
   *
   * Notifications follow in the owner's main context. The call may be further than the state
   * of which a notification tells: the states QUEUED and RUNNING may share one notification.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, ATHR_TYPE_CALL_STATE, ATHR_CALL_STATE_INITIAL, ro);

  /**
   * AthrCall:progress: (getter get_progress)
   *
   * How much of the work is done, from 0 to 1; -1 when unknown.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_PROGRESS] =
    g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, ro);

  /**
   * AthrCall:progress-text: (getter get_progress_text)
   *
   * What the function says it is doing.
   *
   * Since: 1.0
   */
  athr_call_properties[ATHR_CALL_PROP_PROGRESS_TEXT] =
    g_param_spec_string ("progress-text", NULL, NULL, NULL, ro);

  /**
   * AthrCall:error: (getter get_error)
   *
   * The error with which the call ended.
   *
   * Since: 1.0
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
   * The call emits the signal once, after the callbacks in the owner's main context. After
   * the signal the call notifies no progress.
   *
   * Since: 1.0
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
 * @func: (scope notified) (closure user_data) (destroy destroy): the function to run on a
 *   worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context, when @func can no
 *   longer run
 *
 * Creates a call of @func.
 *
 * Threads: any; the new call belongs to the caller's thread.
 *
 * Returns: (transfer full): a new call
 *
 * Since: 1.0
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
 * Returns: (transfer none) (nullable): the executor; null for the default executor
 *
 * Since: 1.0
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
 * @executor: (nullable): an executor; null for the default executor
 *
 * Sets the executor whose threads run the function.
 *
 * Threads: owner, until the call starts.
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 * Sets a name for people who debug.
 *
 * The tasks of the call get the same name.
 *
 * Threads: owner, until the call starts.
 *
 * Since: 1.0
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
  athr_alive_set_name (self->alive, name);
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
 *
 * Since: 1.0
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
 * If the call is queued, the executor moves the call behind the queued work of that priority.
 * When the function of the call has begun, or will never run, the method does nothing.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_call_set_priority (AthrCall *self,
                        int       priority)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  athr_call_check_owner (self, G_STRFUNC);

  if (athr_call_is_stale (self))
    athr_fork_warn (G_STRFUNC);
  else if (athr_call_work_set_priority (self, priority))
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
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 * Returns: the time in milliseconds; 0 for no limit
 *
 * Since: 1.0
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
 * @timeout: the time in milliseconds; 0 for no limit
 *
 * Sets how long the call may take, from its start.
 *
 * The time-out needs no main loop: it also works while a main loop is blocked, and in
 * [method@Athr.Call.run].
 *
 * Threads: owner, until the call starts.
 *
 * Since: 1.0
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
 * athr_call_get_run_timeout: (get-property run-timeout)
 * @self: a call
 *
 * Gets how long the function of the call may run.
 *
 * Threads: owner.
 *
 * Returns: the time in milliseconds; 0 for no limit
 *
 * Since: 1.0
 */
guint
athr_call_get_run_timeout (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), 0);

  return self->run_timeout;
}

/**
 * athr_call_set_run_timeout: (set-property run-timeout)
 * @self: a call
 * @timeout: the time in milliseconds; 0 for no limit
 *
 * Sets how long the function of the call may run, from the moment it begins.
 *
 * The run time-out needs no main loop, as [method@Athr.Call.set_timeout].
 *
 * Threads: owner, until the call starts.
 *
 * Since: 1.0
 */
void
athr_call_set_run_timeout (AthrCall *self,
                           guint     timeout)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  if (!athr_call_may_set (self, "run-timeout") || self->run_timeout == timeout)
    return;

  self->run_timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), athr_call_properties[ATHR_CALL_PROP_RUN_TIMEOUT]);
}

/**
 * athr_call_get_return_on_cancel: (get-property return-on-cancel)
 * @self: a call
 *
 * Gets whether every pending run is answered as soon as the call is cancelled or has timed
 * out.
 *
 * Threads: owner.
 *
 * Returns: whether pending runs are answered at once
 *
 * Since: 1.0
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
 * @return_on_cancel: whether pending runs are answered at once
 *
 * Sets whether every pending run is answered as soon as the call is cancelled or has timed
 * out, even if the function still runs.
 *
 * Threads: owner, until the call starts.
 *
 * Since: 1.0
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
 * Gets where the call is between its creation and its end, as it is now.
 *
 * Threads: any.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
AthrCallState
athr_call_get_state (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), ATHR_CALL_STATE_INITIAL);

  if (athr_call_is_stale (self))
    return self->seen_state;

  return athr_call_peek_state (self);
}

/**
 * athr_call_get_progress: (get-property progress)
 * @self: a call
 *
 * Gets how much of the work is done, as last notified.
 *
 * Threads: owner.
 *
 * Returns: a fraction from 0 to 1; -1 when unknown
 *
 * Since: 1.0
 */
double
athr_call_get_progress (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), -1);
  athr_call_check_owner (self, G_STRFUNC);

  return self->progress.fraction;
}

/**
 * athr_call_get_progress_text: (get-property progress-text)
 * @self: a call
 *
 * Gets what the function says it is doing, as last notified.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the text
 *
 * Since: 1.0
 */
const char *
athr_call_get_progress_text (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);
  athr_call_check_owner (self, G_STRFUNC);

  return self->progress.text;
}

/**
 * athr_call_get_error: (get-property error)
 * @self: a call
 *
 * Gets the error with which the call ended.
 *
 * The error stays the same until the call is finalized.
 *
 * When an object to which the call is [bound](owner.html) is gone, the runs fail with an error of
 * their own, `The owner is gone`. The method still gives the error of the call: `The call was
 * cancelled` when the function has returned, or null if the function had succeeded before.
 *
 * Threads: any.
 *
 * Returns: (transfer none) (nullable): the error; null unless the state is
 *   %ATHR_CALL_STATE_FAILED or %ATHR_CALL_STATE_CANCELLED
 *
 * Since: 1.0
 */
const GError *
athr_call_get_error (AthrCall *self)
{
  AthrCallState state;

  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  state = athr_call_get_state (self);
  if (state != ATHR_CALL_STATE_FAILED && state != ATHR_CALL_STATE_CANCELLED)
    return NULL;

  return athr_call_peek_error (self);
}

/**
 * athr_call_run_async:
 * @self: a call
 * @cancellable: (nullable): cancels the call, unless the call is done
 * @callback: (scope async) (nullable): called with the outcome
 * @user_data: the data for @callback
 *
 * Runs the call, or waits for the outcome of a call that was started before.
 *
 * The first run starts the call. Every run of the call gets the same outcome. Each
 * cancellable cancels the call for all runs. Cancelling after the function has returned
 * changes nothing.
 *
 * The call fails with the error that the function sets. It also fails with
 * %G_IO_ERROR_CANCELLED when the program cancelled the call, with %G_IO_ERROR_TIMED_OUT when
 * the call took longer than its [property@Athr.Call:timeout] or its function ran longer than
 * its [property@Athr.Call:run-timeout], with %G_IO_ERROR_CLOSED when the executor is closed,
 * with %G_IO_ERROR_NOT_SUPPORTED when the call has no function, and with a %G_THREAD_ERROR
 * when the library cannot create a thread. In the child of a `fork()` a call from before the
 * fork fails with %G_IO_ERROR_NOT_SUPPORTED.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_call_run_async (AthrCall            *self,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_call_check_owner (self, G_STRFUNC);

  if (athr_call_is_stale (self))
    athr_operation_answer_stale (self, athr_call_run_async, callback, user_data);
  else
    athr_call_work_start_async (self, athr_call_run_async, cancellable, callback, user_data);
}

/**
 * athr_call_run_finish:
 * @self: a call
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Call.run_async].
 *
 * The value of a function that returned nothing is null: a [struct@GObject.Value] of
 * %G_TYPE_POINTER. The errors are those of [method@Athr.Call.run_async].
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer full) (nullable): a copy of the value, to be unset and freed
 *   with g_free(); %NULL with @error set
 *
 * Since: 1.0
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
 * @result: the result that the callback got
 * @value: (nullable): an unset value that receives a copy of the result
 * @error: return location for an error
 *
 * Gets the outcome of [method@Athr.Call.run_async] into a value of the caller.
 *
 * The method does the same as [method@Athr.Call.run_finish]. This form is for C, where
 * values live on the stack, and for language bindings that do not free the values that a
 * function returns.
 *
 * Threads: that of the callback.
 *
 * Returns: whether the call succeeded; if not, @error is set and @value is untouched
 *
 * Since: 1.0
 */
gboolean
athr_call_run_finish_into (AthrCall      *self,
                           GAsyncResult  *result,
                           GValue        *value,
                           GError       **error)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  /* The interface finds the same out by way of three other functions. */
  g_return_val_if_fail (g_task_get_source_tag ((GTask *) result) == athr_call_run_async ||
                        g_async_result_is_tagged (result, athr_call_run_async), FALSE);
  g_return_val_if_fail (value == NULL || !athr_value_is_set (value) || !G_IS_VALUE (value), FALSE);

  if (athr_call_is_stale (self))
    return athr_fork_fail (error);
  if (athr_bindings_exist (&self->bindings) && !athr_operation_check (G_TASK (result), error))
    return FALSE;

  return athr_call_get_outcome (self, value, error);
}

/**
 * athr_call_run:
 * @self: a call
 * @cancellable: (nullable): cancels the call, unless the call is done
 * @value: (nullable): an unset value that receives a copy of the result
 * @error: return location for an error
 *
 * Runs the call, or waits for a call that was started before, and blocks until the outcome
 * is fixed.
 *
 * Use the method in scripts and in functions on workers. On a worker, the executor gives the
 * place of the blocked function to other work. The method runs no main loop: the library
 * calls callbacks and emits signals only when the owner's main context is iterated.
 *
 * In JavaScript, pass a new [struct@GObject.Value] if you do not want the result: a `null`
 * of JavaScript arrives as a value that is set.
 *
 * The errors are those of [method@Athr.Call.run_async]. The method also fails with
 * %G_IO_ERROR_WOULD_BLOCK on the thread of an executor of one thread, when the call belongs
 * to the same executor and is not done: the only thread would wait for itself. The function of
 * the call itself gets the same error, on any executor. On the owner's thread the same error
 * comes when the executor is paused and the function has not begun. In these cases the method
 * starts nothing.
 *
 * Threads: any. A main loop of the calling thread stands still until the method returns.
 *
 * Returns: whether the call succeeded; if not, @error is set and @value is untouched
 *
 * Since: 1.0
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

  if (athr_call_is_stale (self))
    return athr_fork_fail (error);
  if (athr_pool_is_own_thread (athr_executor_get_pool (self->executor)) &&
      !athr_call_is_resolved (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "The only thread of the executor would wait for itself");
      return FALSE;
    }
  if (athr_call_work_is_worker (self) && !athr_call_is_resolved (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "The function of the call would wait for itself");
      return FALSE;
    }
  if (athr_call_work_is_held_back (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The executor is paused");
      return FALSE;
    }

  athr_call_work_start_blocking (self, cancellable);
  if (athr_call_is_orphaned (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The owner is gone");
      return FALSE;
    }

  return athr_call_get_outcome (self, value, error);
}

/**
 * athr_call_start:
 * @self: a call
 *
 * Starts the call, unless it was started before.
 *
 * When the call is over, it emits [signal@Athr.Call::finished].
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_call_start (AthrCall *self)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  athr_call_check_owner (self, G_STRFUNC);

  if (athr_call_is_stale (self))
    athr_fork_warn (G_STRFUNC);
  else
    athr_call_work_start (self);
}

/**
 * athr_call_cancel:
 * @self: a call
 *
 * Cancels the call for every run.
 *
 * If the call is queued, the executor withdraws the call. If the function runs, the call
 * ends with %G_IO_ERROR_CANCELLED when the function returns, or at once with
 * [property@Athr.Call:return-on-cancel]. If the call was not started, its function will
 * never run. If the function has returned, nothing changes.
 *
 * Threads: any.
 *
 * Since: 1.0
 */
void
athr_call_cancel (AthrCall *self)
{
  g_return_if_fail (ATHR_IS_CALL (self));

  athr_call_stop (self, ATHR_CALL_STOP_CANCELLED);
}

/**
 * athr_call_bind:
 * @self: a call
 * @owner: the object that wants the result
 *
 * Ends the call with @owner: with a window that is closed, or a row that is removed.
 *
 * When @owner is disposed, on any thread, the call is cancelled as by [method@Athr.Call.cancel].
 * From then on the call emits no signal and notifies no property. Every run that was not
 * answered yet fails with %G_IO_ERROR_CANCELLED, even if the function still runs or has
 * succeeded already: a success could touch the dead @owner. The user data is destroyed in the owner's
 * main context when the function has returned. If @owner is disposed before the call starts, the
 * function never runs.
 *
 * The call holds no reference to @owner. A call may have several owners, and the first one that is
 * disposed ends the call. When the call is over, the method does nothing. An @owner
 * that was disposed before, but is still referenced, ends the call when it is finalized.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_call_bind (AthrCall *self,
                GObject  *owner)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (G_IS_OBJECT (owner));
  athr_call_check_owner (self, G_STRFUNC);

  if (athr_call_is_stale (self))
    athr_fork_warn (G_STRFUNC);
  else
    athr_call_work_bind (self, owner);
}

/**
 * athr_call_return_value:
 * @self: a call
 * @value: (nullable): the result; %NULL is null
 *
 * Sets the result of the call.
 *
 * The method copies @value. The function may return a value once, while it runs. If the
 * function also sets its error, the error counts.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_call_return_value (AthrCall     *self,
                        const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_CALL (self));
  athr_call_return_if_fail (self, value == NULL || G_IS_VALUE (value), G_STRFUNC);

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);
  athr_call_take_returned (self, &copy, NULL);
}

/**
 * athr_call_return: (skip)
 * @self: a call
 * @type: the type of the result
 * @...: the result, as for g_object_set()
 *
 * Sets the result of the call, from C: `athr_call_return (call, G_TYPE_DOUBLE, 1.5)`.
 *
 * The function copies strings and boxed values, and takes a reference to an object. A value that
 * @type cannot hold is a programmer error that logs a critical, and the call fails with
 * %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Threads: worker.
 *
 * Since: 1.0
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
  athr_call_return_if_fail (self, G_TYPE_IS_VALUE (type), G_STRFUNC);

  va_start (args, type);
  G_VALUE_COLLECT_INIT (&value, type, args, 0, &mistake);
  va_end (args);

  if (mistake == NULL)
    {
      athr_call_take_returned (self, &value, NULL);
      return;
    }

  g_critical ("%s: %s", G_STRFUNC, mistake);
  athr_call_return_no_value (self);
}

/**
 * athr_call_take_value: (skip)
 * @self: a call
 * @value: the result, which is unset afterwards
 *
 * Sets the result of the call, and takes the contents of @value over.
 *
 * The function does the same as [method@Athr.Call.return_value] without the copy, which costs much for a
 * long string or a large boxed value:
 *
 * ```c
 * static void
 * join_lines (AthrCall *call, gpointer lines, GError **error)
 * {
 *   GValue text = G_VALUE_INIT;
 *
 *   g_value_init (&text, G_TYPE_STRING);
 *   g_value_take_string (&text, g_strjoinv ("\n", lines));
 *   athr_call_take_value (call, &text);
 * }
 * ```
 *
 * Each run of the call still gets a copy of its own.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_call_take_value (AthrCall *self,
                      GValue   *value)
{
  GValue own;

  g_return_if_fail (ATHR_IS_CALL (self));
  athr_call_return_if_fail (self, G_IS_VALUE (value), G_STRFUNC);

  own = *value;
  *value = (GValue) G_VALUE_INIT;
  athr_call_take_returned (self, &own, NULL);
}

/**
 * athr_call_return_pointer: (skip)
 * @self: a call
 * @pointer: (nullable): the result
 * @destroy: (nullable): called with @pointer in the owner's main context
 *
 * Sets the result of the call to a pointer that the call owns, from C.
 *
 * The runs of the call get a value of %G_TYPE_POINTER. The pointer is valid as long as the call, unless
 * the program takes it over with [method@Athr.Call.steal_pointer]. When the call is freed, or ends with
 * an error, @destroy frees the pointer. @destroy is not called for %NULL.
 *
 * ```c
 * static void
 * read_key_file (AthrCall *call, gpointer path, GError **error)
 * {
 *   g_autoptr (GKeyFile) file = g_key_file_new ();
 *
 *   if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
 *     athr_call_return_pointer (call, g_steal_pointer (&file),
 *                               (GDestroyNotify) g_key_file_unref);
 * }
 *
 * static void
 * have_key_file (GObject *source, GAsyncResult *result, gpointer user_data)
 * {
 *   g_autoptr (GError) error = NULL;
 *   g_autoptr (GKeyFile) file = NULL;
 *
 *   if (athr_call_run_finish_into (ATHR_CALL (source), result, NULL, &error))
 *     file = athr_call_steal_pointer (ATHR_CALL (source));
 * }
 * ```
 *
 * A boxed type with a cheap copy, such as [struct@GLib.Bytes], needs none of this:
 * [method@Athr.Call.return_value] and language bindings know how to free it.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_call_return_pointer (AthrCall       *self,
                          gpointer        pointer,
                          GDestroyNotify  destroy)
{
  GValue value = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_CALL (self));

  g_value_init (&value, G_TYPE_POINTER);
  g_value_set_pointer (&value, pointer);
  athr_call_take_returned (self, &value, pointer != NULL ? destroy : NULL);
}

/**
 * athr_call_steal_pointer: (skip)
 * @self: a call that is over
 *
 * Takes over the pointer that the function has given to [method@Athr.Call.return_pointer].
 *
 * From now on the program frees the pointer. Runs of the call still give the pointer, so only one part
 * of a program should take the pointer over.
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (nullable): the pointer; %NULL if the call owns no pointer, since the call has not
 *   succeeded, or has returned no pointer with a destroy notify, or the pointer was taken over before
 *
 * Since: 1.0
 */
gpointer
athr_call_steal_pointer (AthrCall *self)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);
  athr_call_check_owner (self, G_STRFUNC);

  if (athr_call_is_stale (self) || !athr_call_is_resolved (self) || athr_call_peek_error (self) != NULL ||
      g_steal_pointer (&self->returned_destroy) == NULL)
    return NULL;

  return g_value_get_pointer (&self->returned);
}

/**
 * athr_call_get_cancellable:
 * @self: a call
 *
 * Gets the cancellable that the function passes on to the blocking functions that it calls.
 *
 * The library cancels this cancellable when the call is cancelled, in any way, and when the
 * call times out. The cancellable belongs to the call: cancelling it does not cancel the
 * call.
 *
 * Handlers of [signal@Gio.Cancellable::cancelled] run on the thread that cancels the call.
 * After a time-out they run on a thread of the library that does nothing else, so a slow handler
 * delays no other time-out.
 *
 * Threads: worker.
 *
 * Returns: (transfer none): the call's cancellable
 *
 * Since: 1.0
 */
GCancellable *
athr_call_get_cancellable (AthrCall *self)
{
  g_autoptr (GCancellable) fresh = NULL;
  GCancellable *cancellable;
  gboolean stopped;

  g_return_val_if_fail (ATHR_IS_CALL (self), NULL);

  /* The function has forked: only this thread still uses the call. */
  if (athr_call_is_stale (self))
    return self->cancellable != NULL ? self->cancellable
                                     : (self->cancellable = g_cancellable_new ());

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
  stopped = athr_call_is_stopped (self);
  athr_unlock (&self->lock);

  if (stopped)
    g_cancellable_cancel (cancellable);

  return cancellable;
}

/**
 * athr_call_report_progress:
 * @self: a call
 * @fraction: how much of the work is done, from 0 to 1; less than 0 when unknown
 * @text: (nullable): what the function is doing, for people
 *
 * Reports how far the function is.
 *
 * The function may report as often as it likes. The library notifies
 * [property@Athr.Call:progress] and [property@Athr.Call:progress-text] at most once for each
 * iteration of the main loop, with the latest report. Before and after the function runs, the
 * method does nothing.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_call_report_progress (AthrCall   *self,
                           double      fraction,
                           const char *text)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (fraction <= 1.0);

  if (athr_call_is_stale (self) || athr_call_peek_state (self) != ATHR_CALL_STATE_RUNNING)
    return;

  athr_progress_report (&self->progress, fraction, text);
  athr_context_queue_push (self->home, G_PRIORITY_DEFAULT_IDLE, &self->update);
}

/* On the worker: FALSE, with a critical and @error, when the function of the call does not run. */
static gboolean
athr_call_check_runs (AthrCall    *self,
                      const char  *function,
                      GError     **error)
{
  if (athr_call_is_stale (self))
    return athr_fork_fail (error);

  if (athr_call_peek_state (self) == ATHR_CALL_STATE_RUNNING)
    return TRUE;

  g_critical ("%s was called outside of the function of the call “%s”", function,
              athr_call_get_title (self));
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The function of the call does not run");

  return FALSE;
}

/**
 * athr_call_ask:
 * @self: a call
 * @func: (scope notified) (closure user_data) (destroy destroy): asks, on the owner's thread
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context
 * @answer: (nullable): an unset value that receives the answer
 * @error: return location for an error
 *
 * Asks the owner's thread for what only the owner's thread can give, such as the user's answer, and
 * waits.
 *
 * The main loop of the owner's thread calls @func with a question. The method returns when the question is answered.
 * Meanwhile the executor gives the place of the function to other work; an executor of one
 * thread keeps its thread.
 *
 * The method fails with the error of [method@Athr.Question.fail]; with %G_IO_ERROR_FAILED when the question was
 * dropped without an answer; with %G_IO_ERROR_CANCELLED or %G_IO_ERROR_TIMED_OUT as soon as the call
 * is cancelled, or out of time, or loses its owner; with %G_IO_ERROR_CLOSED when
 * the owner's main context is gone; and with %G_IO_ERROR_WOULD_BLOCK when the owner's thread is, or gets,
 * blocked in [method@Athr.Call.run] or [method@Athr.Stream.next].
 *
 * A pending [method@Athr.Call.run_async] keeps the owner's main context. So only a call without such a run, which
 * was just started with [method@Athr.Call.start], gets %G_IO_ERROR_CLOSED. In a call with such a run the method
 * waits until the call is cancelled or out of time, even if the owner's thread has ended. So a thread should
 * cancel its calls before it ends.
 *
 * Asking outside of the function of the call is a programmer error: the library logs a critical, and
 * the method fails with %G_IO_ERROR_CLOSED.
 *
 * Threads: worker.
 *
 * Returns: whether the question was answered
 *
 * Since: 1.0
 */
gboolean
athr_call_ask (AthrCall        *self,
               AthrAskFunc      func,
               gpointer         user_data,
               GDestroyNotify   destroy,
               GValue          *answer,
               GError         **error)
{
  g_return_val_if_fail (ATHR_IS_CALL (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (answer == NULL || !G_IS_VALUE (answer), FALSE);

  if (athr_call_check_runs (self, G_STRFUNC, error))
    return athr_call_question_ask (self, func, user_data, destroy, answer, error);

  if (destroy != NULL && !athr_call_is_stale (self))
    athr_free_in_context (self->home, user_data, destroy);

  return FALSE;
}

/**
 * athr_call_post:
 * @self: a call
 * @func: (scope notified) (closure user_data) (destroy destroy): called on the owner's thread
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context
 *
 * Has the owner's thread call @func, and does not wait.
 *
 * The owner's thread calls the functions in the order in which they were posted, and before the
 * callbacks of the call. When the outcome of the call is fixed already, or an owner is gone, the owner's thread only
 * destroys @user_data. Posting outside of the function of the call is a programmer error: the library logs a
 * critical, and destroys @user_data.
 *
 * Threads: worker.
 *
 * Since: 1.0
 */
void
athr_call_post (AthrCall       *self,
                AthrPostFunc    func,
                gpointer        user_data,
                GDestroyNotify  destroy)
{
  g_return_if_fail (ATHR_IS_CALL (self));
  g_return_if_fail (func != NULL);

  if (athr_call_check_runs (self, G_STRFUNC, NULL))
    athr_call_question_post (self, func, user_data, destroy);
  else if (destroy != NULL && !athr_call_is_stale (self))
    athr_free_in_context (self->home, user_data, destroy);
}
