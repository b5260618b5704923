/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-enums.h"
#include "athr-stream-private.h"
#include "athr-yielder-private.h"

/**
 * AthrStream:
 *
 * A blocking producer on a worker thread, as an asynchronous iterator.
 *
 * The function of a stream runs on a thread of the stream's
 * [property@Athr.Stream:executor] and yields as many values as it likes:
 *
 * ```c
 * static void
 * read_lines (AthrYielder *yielder, gpointer stream, GError **error)
 * {
 *   GCancellable *cancellable = athr_yielder_get_cancellable (yielder);
 *   char *line;
 *
 *   while ((line = g_data_input_stream_read_line (stream, NULL, cancellable, error)))
 *     {
 *       gboolean given = athr_yielder_yield (yielder, error, G_TYPE_STRING, line);
 *
 *       g_free (line);
 *       if (!given)
 *         return;
 *     }
 * }
 * ```
 *
 * The consumer takes them one after the other:
 *
 * ```c
 * static void
 * got_line (GObject *source, GAsyncResult *result, gpointer user_data)
 * {
 *   AthrStream *stream = ATHR_STREAM (source);
 *   g_auto (GValue) line = G_VALUE_INIT;
 *   g_autoptr (GError) error = NULL;
 *
 *   if (!athr_stream_next_finish_into (stream, result, &line, &error))
 *     g_printerr ("%s\n", error->message);
 *   else if (G_IS_VALUE (&line))
 *     {
 *       g_print ("%s\n", g_value_get_string (&line));
 *       athr_stream_next_async (stream, NULL, got_line, NULL);
 *     }
 * }
 * ```
 *
 * # Backpressure
 *
 * The producer is never more than [property@Athr.Stream:buffer-size] values ahead of
 * what was taken or asked for. When it is, it blocks in its yield, and goes on when
 * there is room.
 *
 * # The end
 *
 * The end comes without a value and without an error. An error that the function sets
 * is reported once, after the values that were yielded before, and then comes the end.
 *
 * [method@Athr.Stream.close_async] stops the producer and completes when its function
 * has returned: then none of its code runs any more. Values yielded before can still
 * be taken. Dropping the last reference to a stream stops the producer, too, and waits
 * for nothing. A stream is kept by the operations under way, not by its producer.
 *
 * # Threads
 *
 * A stream belongs to the thread that iterates its home: the thread-default main
 * context under which it is first started, asked or closed. Signals, notifications
 * and the destruction of user data and of values that nobody took happen there.
 */

G_DEFINE_FINAL_TYPE (AthrStream, athr_stream, G_TYPE_OBJECT)

GParamSpec *athr_stream_properties[ATHR_STREAM_N_PROPS];

static guint finished_signal;

static AthrStreamState
athr_stream_get_state_now (AthrStream *self)
{
  static const AthrStreamState states[] = {
    [ATHR_CHANNEL_INITIAL] = ATHR_STREAM_STATE_INITIAL,
    [ATHR_CHANNEL_OPEN] = ATHR_STREAM_STATE_RUNNING,
    [ATHR_CHANNEL_CLOSING] = ATHR_STREAM_STATE_RUNNING,
    [ATHR_CHANNEL_ENDED] = ATHR_STREAM_STATE_ENDED,
    [ATHR_CHANNEL_FAILED] = ATHR_STREAM_STATE_FAILED,
    [ATHR_CHANNEL_CLOSED] = ATHR_STREAM_STATE_CLOSED,
  };

  return states[athr_channel_get_state (self->channel)];
}

gboolean
athr_stream_has_news (AthrStream *self)
{
  return self->error_due || self->state != athr_stream_get_state_now (self);
}

/* A handler may run a nested main loop, which may come to the end of the stream: then
 * it is notified of the rest there, and the loop here finds nothing more. */
void
athr_stream_sync (AthrStream *self)
{
  g_object_ref (self);
  while (athr_stream_has_news (self))
    {
      if (self->error_due)
        {
          self->error_due = FALSE;
          g_object_notify_by_pspec (G_OBJECT (self),
                                    athr_stream_properties[ATHR_STREAM_PROP_ERROR]);
        }
      else
        {
          self->state = athr_stream_get_state_now (self);
          self->error_due = athr_stream_get_error (self) != NULL;
          g_object_notify_by_pspec (G_OBJECT (self),
                                    athr_stream_properties[ATHR_STREAM_PROP_STATE]);
        }
    }
  g_object_unref (self);
}

/* Home: the producer posted it, or somebody who may have been the last. */
static void
athr_stream_update (gpointer stream)
{
  AthrStream *self = stream;

  athr_stream_sync (self);
  if (self->state < ATHR_STREAM_STATE_ENDED || !self->is_over || self->has_finished)
    return;

  self->has_finished = TRUE;
  g_signal_emit (self, finished_signal, 0);
}

/* The first operation decides where home is. */
static void
athr_stream_settle_home (AthrStream *self)
{
  if (self->has_home)
    return;

  self->has_home = TRUE;
  self->producer->priority = self->delivery_priority;
  athr_producer_move_home (self->producer);
}

static void
athr_stream_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  AthrStream *self = ATHR_STREAM (object);

  switch (prop_id)
    {
    case ATHR_STREAM_PROP_EXECUTOR:
      g_value_set_object (value, self->executor);
      break;
    case ATHR_STREAM_PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case ATHR_STREAM_PROP_BUFFER_SIZE:
      g_value_set_uint (value, self->buffer_size);
      break;
    case ATHR_STREAM_PROP_PRIORITY:
      g_value_set_int (value, self->priority);
      break;
    case ATHR_STREAM_PROP_DELIVERY_PRIORITY:
      g_value_set_int (value, self->delivery_priority);
      break;
    case ATHR_STREAM_PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case ATHR_STREAM_PROP_ERROR:
      g_value_set_boxed (value, athr_stream_get_error (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_stream_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  AthrStream *self = ATHR_STREAM (object);

  switch (prop_id)
    {
    case ATHR_STREAM_PROP_EXECUTOR:
      athr_stream_set_executor (self, g_value_get_object (value));
      break;
    case ATHR_STREAM_PROP_NAME:
      athr_stream_set_name (self, g_value_get_string (value));
      break;
    case ATHR_STREAM_PROP_BUFFER_SIZE:
      athr_stream_set_buffer_size (self, g_value_get_uint (value));
      break;
    case ATHR_STREAM_PROP_PRIORITY:
      athr_stream_set_priority (self, g_value_get_int (value));
      break;
    case ATHR_STREAM_PROP_DELIVERY_PRIORITY:
      athr_stream_set_delivery_priority (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_stream_finalize (GObject *object)
{
  AthrStream *self = ATHR_STREAM (object);

  if (self->executor != NULL)
    athr_delivery_end (self->producer->home, self->producer->creator, self->executor,
                       g_object_unref);
  athr_producer_abandon (self->producer);
  athr_producer_unref (self->producer);
  athr_channel_unref (self->channel);
  g_free (self->name);

  G_OBJECT_CLASS (athr_stream_parent_class)->finalize (object);
}

static void
athr_stream_class_init (AthrStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags rw = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags ro = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = athr_stream_get_property;
  object_class->set_property = athr_stream_set_property;
  object_class->finalize = athr_stream_finalize;

  /**
   * AthrStream:executor: (getter get_executor) (setter set_executor)
   *
   * The executor whose threads run the producer; null for the default one.
   *
   * It can be set until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_EXECUTOR] =
    g_param_spec_object ("executor", NULL, NULL, ATHR_TYPE_EXECUTOR, rw);

  /**
   * AthrStream:name: (getter get_name) (setter set_name)
   *
   * A name for people who debug.
   *
   * It can be set until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, rw);

  /**
   * AthrStream:buffer-size: (getter get_buffer_size) (setter set_buffer_size)
   *
   * How many values the producer may be ahead; %G_MAXUINT for any number.
   *
   * It can be set until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_BUFFER_SIZE] =
    g_param_spec_uint ("buffer-size", NULL, NULL, 1, G_MAXUINT, 64, rw);

  /**
   * AthrStream:priority: (getter get_priority) (setter set_priority)
   *
   * The place of the producer in the queue of its executor; a lower number first.
   *
   * It can be set until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_PRIORITY] =
    g_param_spec_int ("priority", NULL, NULL, G_MININT, G_MAXINT, 0, rw);

  /**
   * AthrStream:delivery-priority: (getter get_delivery_priority) (setter set_delivery_priority)
   *
   * The priority in the main context at which everything of the stream is delivered.
   *
   * The default leaves a window time to redraw under a flood of values. It can be set
   * until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_DELIVERY_PRIORITY] =
    g_param_spec_int ("delivery-priority", NULL, NULL,
                      G_MININT, G_MAXINT, G_PRIORITY_DEFAULT_IDLE, rw);

  /**
   * AthrStream:state: (getter get_state)
   *
   * Where the producer is, as it was last notified, whatever is still buffered.
   *
   * While a producer that was told to stop still runs, it is
   * %ATHR_STREAM_STATE_RUNNING.
   */
  athr_stream_properties[ATHR_STREAM_PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, ATHR_TYPE_STREAM_STATE, ATHR_STREAM_STATE_INITIAL, ro);

  /**
   * AthrStream:error: (getter get_error)
   *
   * The error with which the producer ended.
   */
  athr_stream_properties[ATHR_STREAM_PROP_ERROR] =
    g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, ro);

  g_object_class_install_properties (object_class, ATHR_STREAM_N_PROPS, athr_stream_properties);

  /**
   * AthrStream::finished:
   * @self: the stream
   *
   * The stream is over.
   *
   * It is emitted once, when the function has returned and the end or the error was
   * handed out or a close has completed.
   */
  finished_signal =
    g_signal_new ("finished", ATHR_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
athr_stream_init (AthrStream *self)
{
  self->buffer_size = 64;
  self->delivery_priority = G_PRIORITY_DEFAULT_IDLE;
  self->channel = athr_channel_new ();
  self->producer = athr_producer_new (self->channel, self, athr_stream_update);
}

/**
 * athr_stream_new:
 * @func: (scope notified) (closure user_data) (destroy destroy): the producer to run on a worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data at home, once @func can no longer run
 *
 * Creates a stream of what @func yields.
 *
 * The function runs once and yields as often as it likes; its return is the end.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 */
AthrStream *
athr_stream_new (AthrStreamFunc func,
                 gpointer       user_data,
                 GDestroyNotify destroy)
{
  AthrStream *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (ATHR_TYPE_STREAM, NULL);
  self->producer->func = func;
  self->producer->user_data = user_data;
  self->producer->destroy = destroy;

  return self;
}

/**
 * athr_stream_start:
 * @self: a stream
 *
 * Starts the producer, which begins to fill the buffer.
 *
 * Asking for a value starts it, too. Started or closed before, it stays as it is.
 *
 * Threads: owner.
 */
void
athr_stream_start (AthrStream *self)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  athr_stream_settle_home (self);
  if (athr_channel_get_state (self->channel) != ATHR_CHANNEL_INITIAL)
    return;

  athr_channel_open (self->channel, self->buffer_size);
  athr_producer_start (self->producer, athr_yielder_new (self->producer),
                       athr_executor_get_pool (self->executor), self->priority);
}

/**
 * athr_stream_next_async:
 * @self: a stream
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the value, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next value, and starts the stream unless it was started.
 *
 * Several can be under way; they are answered in order. One that is cancelled while a
 * value arrives loses no value: the next one gets it.
 *
 * It fails with %G_IO_ERROR_CANCELLED when it was cancelled, and, once, with what the
 * producer failed with: besides the errors of its function these are
 * %G_IO_ERROR_CLOSED when its executor is closed, %G_IO_ERROR_CANCELLED when that was
 * closed and what was queued cancelled, %G_IO_ERROR_NOT_SUPPORTED when the stream has no
 * function, and a %G_THREAD_ERROR when no thread can be created.
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
 */
void
athr_stream_next_async (AthrStream          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  AthrStreamOperation *operation;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_stream_start (self);
  operation = athr_stream_operation_new (self, athr_stream_next_async, cancellable,
                                         callback, user_data);
  if (athr_channel_ask (self->channel, &operation->waiter,
                        athr_delivery_in_dispatch (self->producer->home)))
    athr_producer_wake_later (self->producer);
}

/**
 * athr_stream_next_finish:
 * @self: a stream
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for.
 *
 * %NULL without an error is the end. A null that was yielded is a
 * [struct@GObject.Value] of %G_TYPE_POINTER; where a language cannot tell it from the
 * end, [method@Athr.Stream.is_done] does. The errors are those of
 * [method@Athr.Stream.next_async].
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (nullable): the value, to be unset and freed with g_free();
 *   %NULL at the end, or with @error set
 */
GValue *
athr_stream_next_finish (AthrStream    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_autofree GValue *value = g_new0 (GValue, 1);

  if (!athr_stream_next_finish_into (self, result, value, error) || !G_IS_VALUE (value))
    return NULL;

  return g_steal_pointer (&value);
}

/**
 * athr_stream_next_finish_into:
 * @self: a stream
 * @result: the result that the callback was given
 * @value: (nullable): an unset value that receives the value, and stays unset at the end
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for into a value of the
 * caller's.
 *
 * It is [method@Athr.Stream.next_finish] for C, which has values on the stack, and for
 * bindings that leak values they are given.
 *
 * Threads: owner.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_stream_next_finish_into (AthrStream    *self,
                              GAsyncResult  *result,
                              GValue        *value,
                              GError       **error)
{
  AthrStreamOperation *operation;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_stream_next_async), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  operation = g_task_get_task_data (G_TASK (result));
  if (operation->error != NULL)
    {
      g_propagate_error (error, g_error_copy (operation->error));
      return FALSE;
    }

  /* A second time it would look like the end. */
  g_return_val_if_fail (!operation->is_taken, FALSE);
  if (value != NULL && G_IS_VALUE (&operation->value))
    {
      operation->is_taken = TRUE;
      *value = operation->value;
      operation->value = (GValue) G_VALUE_INIT;
    }

  return TRUE;
}

/**
 * athr_stream_is_done:
 * @self: a stream
 *
 * Gets whether the end has been handed out.
 *
 * It is %TRUE from just before the callback that carries the end.
 *
 * Threads: owner.
 *
 * Returns: whether nothing more will come
 */
gboolean
athr_stream_is_done (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);

  return self->is_done;
}

/**
 * athr_stream_close_async:
 * @self: a stream
 * @cancellable: (nullable): abandons the wait, not the close
 * @callback: (scope async) (nullable): called when the function has returned
 * @user_data: the data for @callback
 *
 * Stops the producer.
 *
 * A function that has not begun never does. One that runs sees its cancellable
 * cancelled, and its yields fail with %G_IO_ERROR_CLOSED. Those who wait for a value
 * are answered with what is buffered, or the end, before the close completes; and what
 * was yielded before can still be taken, then comes the end. It can be called twice.
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
 */
void
athr_stream_close_async (AthrStream          *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  AthrStreamOperation *operation;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_stream_settle_home (self);
  operation = athr_stream_operation_new (self, athr_stream_close_async, cancellable,
                                         callback, user_data);
  athr_channel_await_end (self->channel, &operation->waiter);
  athr_producer_close (self->producer);
}

/**
 * athr_stream_close_finish:
 * @self: a stream
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Ends [method@Athr.Stream.close_async].
 *
 * It fails with %G_IO_ERROR_CANCELLED when the wait was abandoned, and with the error
 * that the function set after it was told to stop, unless that is %G_IO_ERROR_CLOSED or
 * %G_IO_ERROR_CANCELLED.
 *
 * Threads: owner.
 *
 * Returns: whether the producer has stopped without an error
 */
gboolean
athr_stream_close_finish (AthrStream    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  AthrStreamOperation *operation;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_stream_close_async), FALSE);

  operation = g_task_get_task_data (G_TASK (result));
  if (operation->error != NULL)
    {
      g_propagate_error (error, g_error_copy (operation->error));
      return FALSE;
    }

  return TRUE;
}
