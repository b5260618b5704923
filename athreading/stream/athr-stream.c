/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE /* pthread_getname_np() */

#include "config.h"

#include <pthread.h>

#include "athr-enums.h"
#include "base/athr-thread-private.h"
#include "context/athr-deferred-free-private.h"
#include "stream/athr-stream-private.h"

/**
 * AthrStream:
 *
 * A blocking producer on a worker thread, as an asynchronous iterator.
 *
 * The function of a stream, the *producer*, runs on a thread of the stream's
 * [property@Athr.Stream:executor] and yields any number of values:
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
 * The program takes the values one after the other:
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
 * There are other ways to take values: [method@Athr.Stream.next_batch_async] takes all
 * buffered values at once, a stream that is [property@Athr.Stream:flowing] emits a signal for
 * each value, and [method@Athr.Stream.next] blocks until there is a value. See
 * [Streams](streams.html).
 *
 * The producer is never more than [property@Athr.Stream:buffer-size] values ahead of the
 * values that the program has taken or asked for. When the buffer is full, the producer
 * waits, or does what [property@Athr.Stream:overflow] says. See
 * [Backpressure](backpressure.html). The program can answer the producer with
 * [method@Athr.Stream.send]. See [Two-way streams](two-way.html).
 *
 * The end of a stream comes without a value and without an error. If the function sets an
 * error, the stream hands out the values that were yielded before the error, then the
 * error, once, and then the end. [method@Athr.Stream.close_async] stops the producer, and
 * completes when the function has returned. Dropping the last reference also stops the
 * producer, and waits for nothing. See [Cancellation and closing](cancellation.html).
 *
 * Each stream has an *owner's main context*: the main context that is thread-default when the
 * program first starts the stream, asks the stream for a value, or closes the stream. The
 * thread that iterates this context is the *owner's thread*. On the owner's thread the library
 * emits signals and notifications, and frees the user data and the values that the program
 * did not take. See [Threads and contexts](threads.html).
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (AthrStream, athr_stream, G_TYPE_OBJECT)

/* A critical when the calling thread is known not to be the owner's thread. Nevertheless
 * @function goes on, since the program may be about to iterate the main context on another
 * thread than before. The thread that created the stream may use the stream without a main
 * loop, by blocking reads. */
static void
athr_stream_check_owner (AthrStream *self,
                         const char *function)
{
  char thread[16] = "";

  if (!athr_stream_is_elsewhere (self))
    return;

  pthread_getname_np (pthread_self (), thread, sizeof thread);
  g_critical ("%s was called on the thread “%s”, but another thread iterates the main context of "
              "the stream “%s”, and only that thread may call it",
              function, thread, athr_producer_get_title (self->producer));
}

gboolean
athr_stream_may_take (AthrStream *self,
                      const char *function)
{
  if (!g_atomic_int_get (&self->is_mapped))
    return TRUE;

  g_critical ("%s: a map takes the values of the stream “%s”, so nothing else may take them",
              function, athr_producer_get_title (self->producer));

  return FALSE;
}

/* Returns FALSE, with a critical, when @property can no longer be set. */
static gboolean
athr_stream_may_set (AthrStream *self,
                     const char *property)
{
  if (athr_stream_is_stale (self))
    {
      athr_fork_warn (property);
      return FALSE;
    }

  if (!athr_stream_has_fixed_home (self))
    return TRUE;

  g_critical ("AthrStream:%s can be set only until the stream starts or is closed", property);

  return FALSE;
}

/* At home: ends the stream if an owner is gone, although the item of the binding has not run yet.
 * Elsewhere the caller learns of that by a cut. */
static gboolean
athr_stream_check_lost_owner (AthrStream *self)
{
  /* Before home is fixed, it may move at any time. The start finds that an owner is gone. */
  if (!athr_bindings_exist (&self->bindings) || !athr_stream_has_fixed_home (self) ||
      !athr_context_queue_is_home (self->producer->home) || !athr_stream_has_lost_owner (self))
    return FALSE;

  athr_stream_orphan (self);

  return TRUE;
}

/* Frees at home a value that the caller does not want. */
static void
athr_stream_free_value (AthrStream *self,
                        GValue     *value)
{
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  left.value = *value;
  athr_deferred_free_submit (&left, self->producer->home, G_PRIORITY_DEFAULT, 0);
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
      g_value_set_string (value, self->producer->name);
      break;
    case ATHR_STREAM_PROP_BUFFER_SIZE:
      g_value_set_uint (value, self->buffer_size);
      break;
    case ATHR_STREAM_PROP_OVERFLOW:
      g_value_set_enum (value, self->overflow);
      break;
    case ATHR_STREAM_PROP_PRIORITY:
      g_value_set_int (value, self->priority);
      break;
    case ATHR_STREAM_PROP_DELIVERY_PRIORITY:
      g_value_set_int (value, self->delivery_priority);
      break;
    case ATHR_STREAM_PROP_STATE:
      g_value_set_enum (value, athr_stream_get_state (self));
      break;
    case ATHR_STREAM_PROP_ERROR:
      g_value_set_boxed (value, athr_stream_get_error (self));
      break;
    case ATHR_STREAM_PROP_FLOWING:
      g_value_set_boolean (value, athr_stream_get_flowing (self));
      break;
    case ATHR_STREAM_PROP_N_BUFFERED:
      g_value_set_uint (value, athr_stream_get_n_buffered (self));
      break;
    case ATHR_STREAM_PROP_N_DROPPED:
      g_value_set_uint (value, athr_stream_get_n_dropped (self));
      break;
    case ATHR_STREAM_PROP_PROGRESS:
      g_value_set_double (value, athr_stream_get_progress (self));
      break;
    case ATHR_STREAM_PROP_PROGRESS_TEXT:
      g_value_set_string (value, athr_stream_get_progress_text (self));
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
    case ATHR_STREAM_PROP_OVERFLOW:
      athr_stream_set_overflow (self, g_value_get_enum (value));
      break;
    case ATHR_STREAM_PROP_FLOWING:
      athr_stream_set_flowing (self, g_value_get_boolean (value));
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
athr_stream_dispose (GObject *object)
{
  athr_weak_drop (&ATHR_STREAM (object)->producer->stream);

  G_OBJECT_CLASS (athr_stream_parent_class)->dispose (object);
}

static void
athr_stream_finalize (GObject *object)
{
  AthrStream *self = ATHR_STREAM (object);
  AthrDeferredFree left = ATHR_DEFERRED_FREE_INIT;

  if (!athr_stream_is_stale (self))
    {
      athr_bindings_clear (&self->bindings);
      athr_deferred_free_add (&left, self->executor, g_object_unref);
      athr_deferred_free_submit (&left, self->producer->home, G_PRIORITY_DEFAULT,
                                 self->producer->creator);
      athr_producer_abandon (self->producer);
      athr_producer_stream_ended (self->producer);
      athr_channel_unref (self->channel);
      athr_producer_unref (self->producer);
    }

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
  object_class->dispose = athr_stream_dispose;
  object_class->finalize = athr_stream_finalize;

  /**
   * AthrStream:executor: (getter get_executor) (setter set_executor)
   *
   * The executor whose threads run the producer; null for the default executor.
   *
   * The executor can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_EXECUTOR] =
    g_param_spec_object ("executor", NULL, NULL, ATHR_TYPE_EXECUTOR, rw);

  /**
   * AthrStream:name: (getter get_name) (setter set_name)
   *
   * A name for people who debug.
   *
   * The name can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, rw);

  /**
   * AthrStream:buffer-size: (getter get_buffer_size) (setter set_buffer_size)
   *
   * How many values the producer may be ahead of the values that the program has taken or
   * asked for; %G_MAXUINT for no limit.
   *
   * With 0 the producer and the program go in lock-step: the producer begins when the
   * program asks for the first value, and a yield returns when the program asks for the
   * next value. The size can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_BUFFER_SIZE] =
    g_param_spec_uint ("buffer-size", NULL, NULL, 0, G_MAXUINT, 64, rw);

  /**
   * AthrStream:overflow: (getter get_overflow) (setter set_overflow)
   *
   * What happens to a value for which the buffer has no room.
   *
   * The overflow can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_OVERFLOW] =
    g_param_spec_enum ("overflow", NULL, NULL, ATHR_TYPE_OVERFLOW, ATHR_OVERFLOW_BLOCK, rw);

  /**
   * AthrStream:priority: (getter get_priority) (setter set_priority)
   *
   * The place of the producer in the queue of its executor; a lower number comes first.
   *
   * The priority can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_PRIORITY] =
    g_param_spec_int ("priority", NULL, NULL, G_MININT, G_MAXINT, 0, rw);

  /**
   * AthrStream:delivery-priority: (getter get_delivery_priority) (setter set_delivery_priority)
   *
   * The priority in the main context at which everything of the stream is delivered.
   *
   * With the default a window has time to redraw, even under a flood of values. An animation without an
   * end, such as a spinner, leaves the main loop no time for anything at the default priority if each
   * frame takes longer than the time between two frames. A program for such machines stops the
   * animation while values come, or sets `GDK_PRIORITY_REDRAW`: then values and frames take turns. The
   * delivery priority can be set until the stream starts.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_DELIVERY_PRIORITY] =
    g_param_spec_int ("delivery-priority", NULL, NULL,
                      G_MININT, G_MAXINT, G_PRIORITY_DEFAULT_IDLE, rw);

  /**
   * AthrStream:state: (getter get_state)
   *
   * Where the producer is, as last notified, even if values are still buffered.
   *
   * A producer that was told to stop stays %ATHR_STREAM_STATE_RUNNING until its function has
   * returned.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, ATHR_TYPE_STREAM_STATE, ATHR_STREAM_STATE_INITIAL, ro);

  /**
   * AthrStream:error: (getter get_error)
   *
   * The error with which the producer ended.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_ERROR] =
    g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, ro);

  /**
   * AthrStream:flowing: (getter get_flowing) (setter set_flowing)
   *
   * Whether the stream emits [signal@Athr.Stream::value] for each value.
   *
   * Setting the property to %TRUE starts the stream. The program can change the property at
   * any time, also in a signal handler. While the property is %FALSE, values wait in the
   * buffer, and the program can take them in other ways. Closing the stream sets the
   * property to %FALSE.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_FLOWING] =
    g_param_spec_boolean ("flowing", NULL, NULL, FALSE, rw);

  /**
   * AthrStream:n-buffered: (getter get_n_buffered)
   *
   * How many values are in the buffer.
   *
   * The library does not notify this property, since it changes all the time.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_N_BUFFERED] =
    g_param_spec_uint ("n-buffered", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrStream:n-dropped: (getter get_n_dropped)
   *
   * How many values were dropped because the buffer had no room; %G_MAXUINT for that many or
   * more.
   *
   * The library notifies the property at most once for each iteration of the main loop, and
   * once more before the end.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_N_DROPPED] =
    g_param_spec_uint ("n-dropped", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrStream:progress: (getter get_progress)
   *
   * How much of the work is done, from 0 to 1; -1 when unknown.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_PROGRESS] =
    g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, ro);

  /**
   * AthrStream:progress-text: (getter get_progress_text)
   *
   * What the producer says it is doing.
   *
   * Since: 1.0
   */
  athr_stream_properties[ATHR_STREAM_PROP_PROGRESS_TEXT] =
    g_param_spec_string ("progress-text", NULL, NULL, NULL, ro);

  g_object_class_install_properties (object_class, ATHR_STREAM_N_PROPS, athr_stream_properties);

  /**
   * AthrStream::value:
   * @self: the stream
   * @value: the value
   *
   * A value of a stream that is [property@Athr.Stream:flowing].
   *
   * The stream asks for the next value when the handlers have returned. So with a
   * [property@Athr.Stream:buffer-size] of 0, what a handler sends with
   * [method@Athr.Stream.send] is the answer to @value. A handler may stop the flow, take
   * values itself, close or drop the stream, or run a nested main loop. In a nested main
   * loop the stream emits the signal for the values that follow.
   *
   * Since: 1.0
   */
  athr_stream_value_signal =
    g_signal_new ("value", ATHR_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AthrStream::problem:
   * @self: the stream
   * @file: (nullable): the file with which there is a problem; %NULL if the problem concerns no file
   * @message: what the problem is, for people
   *
   * The producer met a problem, and goes on without what has failed.
   *
   * Any producer reports problems with [method@Athr.Yielder.report_problem]. Streams of
   * [ctor@Athr.Stream.new_for_directory] emit the signal for each folder that
   * cannot be read, and, with the folder, for each entry that cannot be looked at. An error
   * that ends the stream is not a problem: the signal does not report it.
   *
   * The stream emits problems in the order in which the producer met them, and all of them
   * before the end. A problem does not wait for the values that were yielded before it.
   * When more than a thousand problems wait to be emitted, the library leaves out some, and
   * the last message says how many.
   *
   * Since: 1.0
   */
  athr_stream_problem_signal =
    g_signal_new ("problem", ATHR_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_FILE, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AthrStream::finished:
   * @self: the stream
   *
   * The stream is over.
   *
   * The stream emits the signal once. At that time its function has returned, and the stream
   * has handed out the end or the error, or a close has completed. After the signal the
   * stream emits no value, and notifies no progress and no state.
   *
   * Since: 1.0
   */
  athr_stream_finished_signal =
    g_signal_new ("finished", ATHR_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

static void
athr_stream_init (AthrStream *self)
{
  self->buffer_size = 64;
  self->delivery_priority = G_PRIORITY_DEFAULT_IDLE;
  athr_stream_init_home (self);
}

static AthrStream *
athr_stream_new_any (AthrStreamFunc func,
                     gboolean       has_steps,
                     gpointer       user_data,
                     GDestroyNotify destroy)
{
  AthrStream *self = g_object_new (ATHR_TYPE_STREAM, NULL);

  self->producer->func = func;
  self->producer->has_steps = has_steps;
  self->producer->user_data = user_data;
  self->producer->destroy = destroy;

  return self;
}

/**
 * athr_stream_new:
 * @func: (scope notified) (closure user_data) (destroy destroy): the producer to run on a
 *   worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context, when @func can no
 *   longer run
 *
 * Creates a stream of the values that @func yields.
 *
 * The function runs once and yields any number of values. Its return is the end of the
 * stream. The function holds a thread of its executor until it returns, also while it waits
 * for room in the buffer.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new (AthrStreamFunc func,
                 gpointer       user_data,
                 GDestroyNotify destroy)
{
  g_return_val_if_fail (func != NULL, NULL);

  return athr_stream_new_any (func, FALSE, user_data, destroy);
}

/**
 * athr_stream_new_steps:
 * @step: (scope notified) (closure user_data) (destroy destroy): one step of the producer
 * @user_data: (nullable): the data for @step
 * @destroy: (nullable): called with @user_data in the owner's main context, when @step can no
 *   longer run
 *
 * Creates a stream of the values that @step yields in many short steps.
 *
 * The library calls @step again and again, as long as the buffer has room. A step may yield
 * any number of values, also more than there is room for, and its yields never block. The
 * last step calls [method@Athr.Yielder.end] or sets its error. Between two steps, and while
 * the buffer is full, the stream holds no thread. So any number of such streams can share
 * the threads of an executor.
 *
 * Two steps of one stream never run at the same time, but they may run on different threads.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
 *
 * Since: 1.0
 */
AthrStream *
athr_stream_new_steps (AthrStreamFunc step,
                       gpointer       user_data,
                       GDestroyNotify destroy)
{
  g_return_val_if_fail (step != NULL, NULL);

  return athr_stream_new_any (step, TRUE, user_data, destroy);
}

AthrStream *
athr_stream_new_driven (AthrDriver     *driver,
                        GDestroyNotify  destroy)
{
  AthrStream *self = athr_stream_new_any (NULL, TRUE, driver, destroy);

  self->producer->driver = driver;

  return self;
}

AthrStream *
athr_stream_new_cleaned (AthrStreamFunc      step,
                         AthrProducerCleanUp clean_up,
                         gpointer            user_data,
                         GDestroyNotify      destroy)
{
  AthrStream *self = athr_stream_new_any (step, TRUE, user_data, destroy);

  self->producer->clean_up = clean_up;

  return self;
}

AthrStream *
athr_stream_new_fed (void)
{
  AthrStream *self = athr_stream_new_any (NULL, TRUE, NULL, NULL);

  self->producer->is_fed = TRUE;
  self->buffer_size = G_MAXUINT;
  athr_stream_start (self);

  return self;
}

/**
 * athr_stream_get_executor: (get-property executor)
 * @self: a stream
 *
 * Gets the executor whose threads run the producer.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the executor; null for the default executor
 *
 * Since: 1.0
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
 * @executor: (nullable): an executor; null for the default executor
 *
 * Sets the executor whose threads run the producer.
 *
 * Threads: owner, until the stream starts.
 *
 * Since: 1.0
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
 *
 * Since: 1.0
 */
const char *
athr_stream_get_name (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);

  return self->producer->name;
}

/**
 * athr_stream_set_name: (set-property name)
 * @self: a stream
 * @name: (nullable): the name
 *
 * Sets a name for people who debug.
 *
 * The tasks of the stream get the same name.
 *
 * Threads: owner, until the stream starts.
 *
 * Since: 1.0
 */
void
athr_stream_set_name (AthrStream *self,
                      const char *name)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

  if (!athr_stream_may_set (self, "name") || g_strcmp0 (self->producer->name, name) == 0)
    return;

  g_free (self->producer->name);
  self->producer->name = g_strdup (name);
  athr_alive_set_name (self->producer->alive, name);
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
 * Returns: the number of values; 0 for lock-step, %G_MAXUINT for no limit
 *
 * Since: 1.0
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
 * @buffer_size: the number of values; 0 for lock-step, %G_MAXUINT for no limit
 *
 * Sets how many values the producer may be ahead of the values that the program has taken or
 * asked for.
 *
 * Threads: owner, until the stream starts.
 *
 * Since: 1.0
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
 * Gets what happens to a value for which the buffer has no room.
 *
 * Threads: owner.
 *
 * Returns: what happens
 *
 * Since: 1.0
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
 * Sets what happens to a value for which the buffer has no room.
 *
 * With any @overflow but %ATHR_OVERFLOW_BLOCK the producer never waits. The buffer then has
 * room for [property@Athr.Stream:buffer-size] values, and for each value that the program
 * has asked for. %ATHR_OVERFLOW_DROP_OLDEST keeps only the newest values, as many as the
 * greater of these two numbers.
 *
 * Threads: owner, until the stream starts.
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 *
 * Since: 1.0
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
 * Gets where the producer is, as last notified.
 *
 * Threads: owner.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
AthrStreamState
athr_stream_get_state (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), ATHR_STREAM_STATE_INITIAL);
  athr_stream_check_owner (self, G_STRFUNC);

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
 *
 * Since: 1.0
 */
const GError *
athr_stream_get_error (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);
  athr_stream_check_owner (self, G_STRFUNC);

  if (self->state != ATHR_STREAM_STATE_FAILED || athr_stream_is_stale (self))
    return NULL;

  return athr_channel_peek_error (self->channel);
}

/**
 * athr_stream_get_flowing: (get-property flowing)
 * @self: a stream
 *
 * Gets whether the stream emits [signal@Athr.Stream::value] for each value.
 *
 * Threads: owner.
 *
 * Returns: whether the stream flows
 *
 * Since: 1.0
 */
gboolean
athr_stream_get_flowing (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  athr_stream_check_owner (self, G_STRFUNC);

  return self->flowing;
}

/**
 * athr_stream_set_flowing: (set-property flowing)
 * @self: a stream
 * @flowing: whether the stream emits a signal for each value
 *
 * Starts or stops the flow: the emission of [signal@Athr.Stream::value] for each value.
 *
 * Starting the flow starts the stream. The program can start and stop the flow at any time,
 * also in a signal handler. The stream answers pending [method@Athr.Stream.next_async] and
 * batches before the flow gets a value. When the producer has ended and all values have
 * been emitted, the stream emits [signal@Athr.Stream::finished], and the flow is over. On a
 * closed stream the method does nothing: `flowing` stays %FALSE.
 *
 * A stream that flows does not keep itself alive. Dropping the last reference closes the
 * stream.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_set_flowing (AthrStream *self,
                         gboolean    flowing)
{
  gboolean is_first = FALSE;

  g_return_if_fail (ATHR_IS_STREAM (self));
  athr_stream_check_owner (self, G_STRFUNC);

  /* A closed stream cannot flow. This is no critical: the caller may not know that the stream
   * was closed. */
  flowing = flowing && !self->is_closed;
  if (self->flowing == flowing || (flowing && !athr_stream_may_take (self, G_STRFUNC)))
    return;

  if (athr_stream_is_stale (self))
    {
      if (flowing)
        athr_fork_warn (G_STRFUNC);
      return;
    }

  if (flowing)
    {
      athr_stream_fix_home (self);
      is_first = athr_stream_open (self);
    }
  athr_stream_flow_set (self, flowing);
  if (is_first)
    athr_channel_wake (self->channel);
  athr_notifier_unmark (&self->notifier, ATHR_STREAM_PROP_FLOWING);
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_FLOWING]);
}

/**
 * athr_stream_get_n_buffered: (get-property n-buffered)
 * @self: a stream
 *
 * Gets how many values are in the buffer at this moment.
 *
 * Threads: any.
 *
 * Returns: the number of values
 *
 * Since: 1.0
 */
guint
athr_stream_get_n_buffered (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return athr_stream_is_stale (self) ? 0 : athr_channel_get_n_buffered (self->channel);
}

/**
 * athr_stream_get_n_dropped: (get-property n-dropped)
 * @self: a stream
 *
 * Gets how many values were dropped up to this moment.
 *
 * Threads: any.
 *
 * Returns: the number of values; %G_MAXUINT for that many or more
 *
 * Since: 1.0
 */
guint
athr_stream_get_n_dropped (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), 0);

  return athr_stream_is_stale (self) ? 0 : athr_channel_get_n_dropped (self->channel);
}

/**
 * athr_stream_get_progress: (get-property progress)
 * @self: a stream
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
athr_stream_get_progress (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), -1);
  athr_stream_check_owner (self, G_STRFUNC);

  return self->producer->progress.fraction;
}

/**
 * athr_stream_get_progress_text: (get-property progress-text)
 * @self: a stream
 *
 * Gets what the producer says it is doing, as last notified.
 *
 * Threads: owner.
 *
 * Returns: (transfer none) (nullable): the text
 *
 * Since: 1.0
 */
const char *
athr_stream_get_progress_text (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);
  athr_stream_check_owner (self, G_STRFUNC);

  return self->producer->progress.text;
}

/**
 * athr_stream_set_cleanup:
 * @self: a stream
 * @func: (scope notified) (closure user_data) (destroy destroy): cleans up on a worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data in the owner's main context
 *
 * Sets a function that cleans up after the producer, on a worker of the stream's executor.
 *
 * If the producer has begun, the worker calls @func once after the function or the last step, however it has
 * ended: for what must be freed on the thread that made it, such as a statement of a database on an
 * executor of one thread. [method@Athr.Stream.close_async] waits for @func, and fails with its error; without a
 * close the stream fails with that error, unless the producer has failed itself. Yields in @func fail with %G_IO_ERROR_CLOSED.
 * Closing the executor lets @func run first.
 *
 * Setting a clean-up twice, after the start of the stream, or for a map is a programmer error: the library
 * logs a critical, and destroys @user_data.
 *
 * Threads: owner, until the stream starts.
 *
 * Since: 1.0
 */
void
athr_stream_set_cleanup (AthrStream      *self,
                         AthrStreamFunc   func,
                         gpointer         user_data,
                         GDestroyNotify   destroy)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (func != NULL);

  if (!athr_stream_may_set (self, "cleanup") || self->producer->cleanup != NULL ||
      self->producer->driver != NULL)
    {
      if (self->producer->cleanup != NULL)
        g_critical ("%s: the stream has a clean-up already", G_STRFUNC);
      else if (self->producer->driver != NULL)
        g_critical ("%s: a map has no clean-up, since its function runs on several threads",
                    G_STRFUNC);
      if (destroy != NULL)
        destroy (user_data);
      return;
    }

  self->producer->cleanup = func;
  self->producer->cleanup_data = user_data;
  self->producer->cleanup_destroy = destroy;
}

/**
 * athr_stream_bind:
 * @self: a stream
 * @owner: the object that wants the values
 *
 * Ends the stream with @owner: with a window that is closed, or a row that is removed.
 *
 * When @owner is disposed, on any thread, the stream is closed as by
 * [method@Athr.Stream.close_async]. From then on the stream emits no signal and notifies no property. Every
 * request for values that was not answered yet fails with %G_IO_ERROR_CANCELLED, and so does every later
 * one. Values that nobody took are freed in the owner's main context. A close
 * of the stream still completes when the function has returned. If @owner is disposed before
 * the stream starts, the function never runs.
 *
 * The stream holds no reference to @owner. A stream may have several owners, and the first one that
 * is disposed ends the stream. When the stream is over, the method does nothing. An
 * @owner that was disposed before, but is still referenced, ends the stream when it is finalized.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_bind (AthrStream *self,
                  GObject    *owner)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (G_IS_OBJECT (owner));
  athr_stream_check_owner (self, G_STRFUNC);

  if (athr_stream_is_stale (self))
    athr_fork_warn (G_STRFUNC);
  else
    athr_stream_add_owner (self, owner);
}

/**
 * athr_stream_start:
 * @self: a stream
 *
 * Starts the producer, which begins to fill the buffer.
 *
 * The first request for a value also starts the producer. On a stream that was started or
 * closed before, the method does nothing. With a [property@Athr.Stream:buffer-size] of 0
 * the producer begins when the program asks for the first value.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_start (AthrStream *self)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  athr_stream_check_owner (self, G_STRFUNC);

  if (athr_stream_is_stale (self))
    {
      athr_fork_warn (G_STRFUNC);
      return;
    }

  athr_stream_fix_home (self);
  if (athr_stream_open (self))
    athr_channel_wake (self->channel);
}

/**
 * athr_stream_next_async:
 * @self: a stream
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the value, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next value, and starts the stream unless it was started before.
 *
 * Several operations may be pending: the stream answers them in order. If the program
 * cancels an operation while a value arrives, no value is lost: the next operation gets the
 * value.
 *
 * The operation fails with %G_IO_ERROR_CANCELLED when the program cancelled it. One
 * operation also fails with the error of the producer: with the error that the function
 * sets, with %G_IO_ERROR_CLOSED when the executor is closed, with %G_IO_ERROR_CANCELLED
 * when a close of the executor has cancelled the queued work, with
 * %G_IO_ERROR_NOT_SUPPORTED when the stream has no function, with %G_IO_ERROR_NO_SPACE when
 * the buffer has overflowed, or with a %G_THREAD_ERROR when the executor cannot create a
 * thread. All later operations get the end.
 *
 * Taking a value from the source of a map is a programmer error: the library logs a critical, and
 * the operation fails with %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Each answer takes an iteration of the main loop. For many values,
 * [method@Athr.Stream.next_batch_async] is much faster.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_stream_next_async (AthrStream          *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_stream_check_owner (self, G_STRFUNC);

  if (athr_stream_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_stream_next_async, callback, user_data);
      return;
    }
  if (!athr_stream_may_take (self, G_STRFUNC))
    {
      athr_stream_refuse_reader (athr_stream_operation_new (self, athr_stream_next_async, NULL, callback,
                                                            user_data));
      return;
    }

  athr_stream_fix_home (self);
  athr_stream_add_reader (self, athr_stream_operation_new (self, athr_stream_next_async, cancellable,
                                                           callback, user_data));
}

/**
 * athr_stream_next_finish:
 * @self: a stream
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for.
 *
 * %NULL without an error is the end. A null that the producer yielded is a
 * [struct@GObject.Value] of %G_TYPE_POINTER. In a language where this null and the end look
 * the same, [method@Athr.Stream.is_done] tells whether the end has come. The errors are
 * those of [method@Athr.Stream.next_async]. A program can get the value of a @result only once.
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer full) (nullable): the value, to be unset and freed with g_free();
 *   %NULL at the end, or with @error set
 *
 * Since: 1.0
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
 * @result: the result that the callback got
 * @value: (nullable): an unset value that receives the value, and stays unset at the end
 * @error: return location for an error
 *
 * Gets the value that [method@Athr.Stream.next_async] asked for into a value of the caller.
 *
 * The method does the same as [method@Athr.Stream.next_finish]. This form is for C, where
 * values live on the stack, and for language bindings that do not free the values that a
 * function returns. A program can get the value of a @result only once.
 *
 * Threads: that of the callback.
 *
 * Returns: %FALSE only with @error set
 *
 * Since: 1.0
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
  /* The interface finds the same out by way of three other functions. */
  g_return_val_if_fail (g_task_get_source_tag ((GTask *) result) == athr_stream_next_async ||
                        g_async_result_is_tagged (result, athr_stream_next_async), FALSE);
  g_return_val_if_fail (value == NULL || !athr_value_is_set (value) || !G_IS_VALUE (value), FALSE);

  if (!athr_stream_operation_finish (self, result, &operation, error))
    return FALSE;

  /* Without this check, a second call would look like the end. */
  g_return_val_if_fail (!operation->is_taken, FALSE);
  if (value != NULL && athr_value_is_set (&operation->value))
    {
      operation->is_taken = TRUE;
      *value = operation->value;
      operation->value = (GValue) G_VALUE_INIT;
    }

  return TRUE;
}

/**
 * athr_stream_next_batch_async:
 * @self: a stream
 * @max_values: how many values at most, not 0
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the values, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next values, and starts the stream unless it was started before.
 *
 * The stream answers as soon as the buffer has a value, and gives all buffered values, at most
 * @max_values. A batch has at least one value, and does not wait for more. So the producer fills a
 * batch only as far as it may run ahead: 64 values unless [property@Athr.Stream:buffer-size] is set,
 * and one more, since the batch asks for a value. Each value that the batch takes makes room for
 * another value. Batches and [method@Athr.Stream.next_async] may be pending at the same time. The
 * errors are those of [method@Athr.Stream.next_async].
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_stream_next_batch_async (AthrStream          *self,
                              guint                max_values,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  AthrStreamOperation *operation;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (max_values > 0);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  athr_stream_check_owner (self, G_STRFUNC);

  if (athr_stream_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_stream_next_batch_async, callback, user_data);
      return;
    }
  if (!athr_stream_may_take (self, G_STRFUNC))
    {
      athr_stream_refuse_reader (athr_stream_operation_new (self, athr_stream_next_batch_async, NULL, callback,
                                                            user_data));
      return;
    }

  athr_stream_fix_home (self);
  operation = athr_stream_operation_new (self, athr_stream_next_batch_async, cancellable,
                                         callback, user_data);
  operation->max_values = max_values;
  athr_stream_add_reader (self, operation);
}

/**
 * athr_stream_next_batch_finish:
 * @self: a stream
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for.
 *
 * An empty array is the end. The errors are those of [method@Athr.Stream.next_async]. A
 * program can get the values of a @result only once.
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values, which the array
 *   unsets when it is freed; %NULL with @error set
 *
 * Since: 1.0
 */
GArray *
athr_stream_next_batch_finish (AthrStream    *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  AthrStreamOperation *operation;

  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_stream_next_batch_async), NULL);

  if (!athr_stream_operation_finish (self, result, &operation, error))
    return NULL;

  /* Without this check, a second call would look like the end. */
  g_return_val_if_fail (operation->values != NULL, NULL);

  return g_steal_pointer (&operation->values);
}

/* Moves the values of @taken, which is freed, to a GValueArray in @values. */
static void
athr_stream_move_into (GArray *taken,
                       GValue *values)
{
  GValueArray *array;

  /* GValueArray is deprecated in favour of GArray, but language bindings do not know GArray as
   * a boxed type. */
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  array = g_value_array_new (taken->len);
  for (guint i = 0; i < taken->len; i++)
    {
      g_value_array_append (array, NULL);
      array->values[i] = g_array_index (taken, GValue, i);
    }
  g_value_init (values, g_value_array_get_type ());
  G_GNUC_END_IGNORE_DEPRECATIONS
  g_value_take_boxed (values, array);
  g_free (g_array_free (taken, FALSE));
}

/* Moves the values of @taken, which is freed, to a plain array; NULL if there are none. */
static GValue *
athr_stream_move_values (GArray *taken,
                         gsize  *n_values)
{
  *n_values = taken->len;

  return (GValue *) g_array_free (taken, taken->len == 0);
}

/**
 * athr_stream_next_batch_finish_values: (skip)
 * @self: a stream
 * @result: the result that the callback got
 * @n_values: (out): return location for the number of values; 0 at the end
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for as a plain array, for C
 * and Vala.
 *
 * An empty batch is the end. The errors are those of [method@Athr.Stream.next_async]. A
 * program can get the values of a @result only once.
 *
 * Threads: that of the callback.
 *
 * Returns: (transfer full) (array length=n_values) (nullable): the values, each to be
 *   unset, in an array to be freed with g_free(); %NULL at the end, or with @error set
 *
 * Since: 1.0
 */
GValue *
athr_stream_next_batch_finish_values (AthrStream    *self,
                                      GAsyncResult  *result,
                                      gsize         *n_values,
                                      GError       **error)
{
  GArray *taken;

  g_return_val_if_fail (n_values != NULL, NULL);

  *n_values = 0;
  taken = athr_stream_next_batch_finish (self, result, error);

  return taken != NULL ? athr_stream_move_values (taken, n_values) : NULL;
}

/**
 * athr_stream_next_batch_finish_into:
 * @self: a stream
 * @result: the result that the callback got
 * @values: an unset value that receives a [struct@GObject.ValueArray]
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for into a value of the
 * caller.
 *
 * The method does the same as [method@Athr.Stream.next_batch_finish]. This form is for
 * language bindings that do not free the values that a function returns. An empty array is
 * the end. A program can get the values of a @result only once.
 *
 * Threads: that of the callback.
 *
 * Returns: %FALSE only with @error set
 *
 * Since: 1.0
 */
gboolean
athr_stream_next_batch_finish_into (AthrStream    *self,
                                    GAsyncResult  *result,
                                    GValue        *values,
                                    GError       **error)
{
  GArray *taken;

  g_return_val_if_fail (values != NULL && !G_IS_VALUE (values), FALSE);

  taken = athr_stream_next_batch_finish (self, result, error);
  if (taken == NULL)
    return FALSE;

  athr_stream_move_into (taken, values);

  return TRUE;
}

/* Says why athr_stream_take() would wait for ever. */
static void
athr_stream_set_would_block (AthrStream  *self,
                             GError     **error)
{
  const char *message = "The executor is paused";

  if (athr_pool_is_own_thread (athr_executor_get_pool (self->executor)))
    message = "The only thread of the executor would wait for itself";
  else if (athr_alive_is_run_here (self->producer->alive))
    message = "The function of the stream would wait for itself";
  else if (athr_stream_is_fed_here (self))
    message = "Only the main loop of this thread brings the results of the group";
  else if (athr_channel_get_state (self->channel) == ATHR_CHANNEL_INITIAL &&
           !athr_stream_prepare (self))
    message = athr_producer_is_preparing (self->producer)
                ? "The stream starts only when its list has been read"
                : "Only the thread that the list belongs to can start the stream";
  else if (self->producer->driver != NULL &&
           !athr_producer_is_held_back (self->producer, athr_executor_get_pool (self->executor)))
    message = "The source of the map cannot go on while this thread is blocked";

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, message);
}

/* Takes a value or, if @max_values is not 0, a batch, for a public function that blocks. FALSE only with
 * @error set. At the end nothing is taken. */
static gboolean
athr_stream_take_blocking (AthrStream    *self,
                           const char    *function,
                           GCancellable  *cancellable,
                           guint          max_values,
                           GValue        *value,
                           GArray       **values,
                           GError       **error)
{
  AthrChannelAnswer answer;

  if (athr_stream_is_stale (self))
    return athr_fork_fail (error);
  if (!athr_stream_may_take (self, function))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           "A map takes the values of the stream");
      return FALSE;
    }

  athr_stream_check_lost_owner (self);
  /* Earlier readers get their values first, so a buffered value does not help here. If
   * there are earlier readers, home is already fixed. */
  if (athr_channel_has_async_readers (self->channel) && athr_context_queue_is_home (self->producer->home))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "An earlier next_async() or batch is pending, which only the main "
                           "loop of this thread can answer");
      return FALSE;
    }

  answer = athr_stream_take (self, cancellable, max_values, value, values, error);
  if (athr_stream_check_lost_owner (self))
    {
      /* The owner went while this thread, at home, was blocked. */
      g_value_unset (value);
      g_clear_pointer (values, g_array_unref);
      g_clear_error (error);
      answer = ATHR_CHANNEL_CANCELLED;
    }
  if (answer == ATHR_CHANNEL_NOTHING)
    {
      athr_stream_set_would_block (self, error);
      return FALSE;
    }

  if (answer == ATHR_CHANNEL_CANCELLED)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
  else if (answer != ATHR_CHANNEL_VALUE)
    athr_producer_post (self->producer);
  athr_context_queue_run_cleanup (self->producer->home);

  if (answer == ATHR_CHANNEL_VALUE || answer == ATHR_CHANNEL_END)
    return TRUE;

  /* A batch that was not taken is an empty array. */
  g_clear_pointer (values, g_array_unref);

  return FALSE;
}

/**
 * athr_stream_next:
 * @self: a stream
 * @cancellable: (nullable): cancels the wait, not the stream
 * @value: (nullable): an unset value that receives the value, and stays unset at the end
 * @error: return location for an error
 *
 * Takes the next value, and blocks until there is one.
 *
 * The method starts the stream, unless it was started before. Use the method in scripts and
 * in functions on workers. On a worker, the executor gives the place of the blocked
 * function to other work. The method runs no main loop: the library calls callbacks and
 * emits signals only when the owner's main context is iterated. The stream answers earlier
 * requests for values first.
 *
 * In JavaScript, pass a new [struct@GObject.Value] if you do not want the value: a `null` of
 * JavaScript arrives as a value that is set.
 *
 * The errors are those of [method@Athr.Stream.next_async]. The method also fails with
 * %G_IO_ERROR_WOULD_BLOCK when the thread would wait for itself: on the thread of an
 * executor of one thread, when the same executor has to produce the value; in the function of
 * the stream itself; and on the owner's thread, when an earlier [method@Athr.Stream.next_async]
 * or batch is still pending, which only the main loop of that thread can answer, when the
 * executor is paused and holds the producer back, or when no result of a group is there
 * ([method@Athr.Group.get_results]), since only that main loop brings the results. If the stream is
 * a map, all of this holds for the source of the map, too. In these cases the method starts nothing.
 *
 * Threads: any. A main loop of the calling thread stands still until the method returns.
 *
 * Returns: %FALSE only with @error set
 *
 * Since: 1.0
 */
gboolean
athr_stream_next (AthrStream    *self,
                  GCancellable  *cancellable,
                  GValue        *value,
                  GError       **error)
{
  GValue own = G_VALUE_INIT;
  GArray *none = NULL;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  if (!athr_stream_take_blocking (self, G_STRFUNC, cancellable, 0, &own, &none, error))
    return FALSE;

  if (value != NULL)
    *value = own;
  else if (athr_value_is_set (&own))
    athr_stream_free_value (self, &own);

  return TRUE;
}

/**
 * athr_stream_next_batch:
 * @self: a stream
 * @max_values: how many values to take at most, at least 1
 * @cancellable: (nullable): cancels the wait, not the stream
 * @error: return location for an error
 *
 * Takes the next values, and blocks until there is at least one.
 *
 * The method takes the values that are there, at most @max_values, and does not wait for more. An
 * empty array is the end. For many values this is faster than [method@Athr.Stream.next], with which the
 * method shares all else: when it starts the stream, which errors it gives, and where it may be called.
 *
 * ```c
 * static gboolean
 * print_all (AthrStream *stream, GError **error)
 * {
 *   for (;;)
 *     {
 *       g_autoptr (GArray) batch = athr_stream_next_batch (stream, 256, NULL, error);
 *
 *       if (batch == NULL || batch->len == 0)
 *         return batch != NULL;
 *       for (guint i = 0; i < batch->len; i++)
 *         g_print ("%s\n", g_value_get_string (&g_array_index (batch, GValue, i)));
 *     }
 * }
 * ```
 *
 * Threads: any. A main loop of the calling thread stands still until the method returns.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values, which the array
 *   unsets when it is freed; %NULL with @error set
 *
 * Since: 1.0
 */
GArray *
athr_stream_next_batch (AthrStream    *self,
                        guint          max_values,
                        GCancellable  *cancellable,
                        GError       **error)
{
  GValue none = G_VALUE_INIT;
  GArray *values = NULL;

  g_return_val_if_fail (ATHR_IS_STREAM (self), NULL);
  g_return_val_if_fail (max_values > 0, NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);

  if (!athr_stream_take_blocking (self, G_STRFUNC, cancellable, max_values, &none, &values, error))
    return NULL;

  return values;
}

/**
 * athr_stream_next_batch_values: (skip)
 * @self: a stream
 * @max_values: how many values to take at most, at least 1
 * @cancellable: (nullable): cancels the wait, not the stream
 * @n_values: (out): return location for the number of values; 0 at the end
 * @error: return location for an error
 *
 * Does the same as [method@Athr.Stream.next_batch], and gives a plain array, for C and Vala.
 *
 * Threads: any. A main loop of the calling thread stands still until the method returns.
 *
 * Returns: (transfer full) (array length=n_values) (nullable): the values, each to be
 *   unset, in an array to be freed with g_free(); %NULL at the end, or with @error set
 *
 * Since: 1.0
 */
GValue *
athr_stream_next_batch_values (AthrStream    *self,
                               guint          max_values,
                               GCancellable  *cancellable,
                               gsize         *n_values,
                               GError       **error)
{
  GArray *taken;

  g_return_val_if_fail (n_values != NULL, NULL);

  *n_values = 0;
  taken = athr_stream_next_batch (self, max_values, cancellable, error);

  return taken != NULL ? athr_stream_move_values (taken, n_values) : NULL;
}

/**
 * athr_stream_next_batch_into:
 * @self: a stream
 * @max_values: how many values to take at most, at least 1
 * @cancellable: (nullable): cancels the wait, not the stream
 * @values: an unset value that receives a [struct@GObject.ValueArray]
 * @error: return location for an error
 *
 * Does the same as [method@Athr.Stream.next_batch], into a value of the caller.
 *
 * This form is for language bindings that do not free the values that a function returns. An empty
 * array is the end.
 *
 * Threads: any. A main loop of the calling thread stands still until the method returns.
 *
 * Returns: %FALSE only with @error set
 *
 * Since: 1.0
 */
gboolean
athr_stream_next_batch_into (AthrStream    *self,
                             guint          max_values,
                             GCancellable  *cancellable,
                             GValue        *values,
                             GError       **error)
{
  GArray *taken;

  g_return_val_if_fail (values != NULL && !G_IS_VALUE (values), FALSE);

  taken = athr_stream_next_batch (self, max_values, cancellable, error);
  if (taken == NULL)
    return FALSE;

  athr_stream_move_into (taken, values);

  return TRUE;
}

/**
 * athr_stream_try_next:
 * @self: a stream
 * @value: (nullable): an unset value that receives the value
 *
 * Takes a buffered value, without waiting and without a main loop.
 *
 * The method takes no value that a pending request will get. The method does not start the
 * stream, and reports neither errors nor the end: ask for the next value to get those.
 *
 * Threads: owner.
 *
 * Returns: whether the buffer had a value
 *
 * Since: 1.0
 */
gboolean
athr_stream_try_next (AthrStream *self,
                      GValue     *value)
{
  GValue own = G_VALUE_INIT;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);
  athr_stream_check_owner (self, G_STRFUNC);
  if (!athr_stream_may_take (self, G_STRFUNC))
    return FALSE;

  if (athr_stream_is_stale (self) || athr_stream_check_lost_owner (self) ||
      !athr_channel_try_take (self->channel, athr_stream_is_in_slice (self), &own))
    return FALSE;

  if (value != NULL)
    *value = own;
  else
    athr_stream_free_value (self, &own);

  return TRUE;
}

/**
 * athr_stream_is_done:
 * @self: a stream
 *
 * Gets whether the stream has handed out the end.
 *
 * The result is %TRUE from just before the callback that gets the end. While the stream is
 * [property@Athr.Stream:flowing], the result is %TRUE from just before
 * [signal@Athr.Stream::finished].
 *
 * Threads: owner.
 *
 * Returns: whether no further value will come
 *
 * Since: 1.0
 */
gboolean
athr_stream_is_done (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);

  return !athr_stream_is_stale (self) && athr_channel_is_done (self->channel);
}

static void
athr_stream_send_message (AthrStream  *self,
                          AthrMessage *message)
{
  GQueue lost = G_QUEUE_INIT;

  if (athr_stream_is_stale (self) || self->producer->driver != NULL)
    g_queue_push_tail_link (&lost, &message->link);
  else if (!athr_channel_send (self->channel, message, &lost) && !self->has_lost_message)
    {
      self->has_lost_message = TRUE;
      g_critical ("The producer of the stream “%s” has not received %d messages; further ones are "
                  "lost", athr_producer_get_title (self->producer), ATHR_MESSAGE_MAX);
    }
  athr_message_free_all (&lost);
  if (!athr_stream_is_stale (self) && self->producer->driver != NULL)
    self->producer->driver->refuse (self->producer->driver);
}

/**
 * athr_stream_send:
 * @self: a stream
 * @value: (nullable): the value; %NULL is null
 *
 * Sends a copy of @value to the producer.
 *
 * Each request for a value issues one *demand* to the producer. The sent value travels with
 * the first demand that the program issues after sending. So with a
 * [property@Athr.Stream:buffer-size] of 0, the sent value answers the value that the
 * program has taken last. Each demand carries one sent value or error. A further
 * value or error waits for a further demand, in order.
 *
 * The producer gets the value with [method@Athr.Yielder.exchange_value] or
 * [method@Athr.Yielder.receive]. Values that the producer does not receive, and values that
 * are sent after the end, are freed in the owner's main context.
 *
 * At most 65,536 values and errors wait for the producer. While so many wait, the stream drops
 * what the program sends, and logs a critical the first time: the program sends more than it
 * asks for, or the producer never receives.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_send (AthrStream   *self,
                  const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (value == NULL || G_IS_VALUE (value));
  athr_stream_check_owner (self, G_STRFUNC);

  g_value_init (&copy, value != NULL ? G_VALUE_TYPE (value) : G_TYPE_POINTER);
  if (value != NULL)
    g_value_copy (value, &copy);
  athr_stream_send_message (self, athr_message_new (&copy, NULL));
}

/**
 * athr_stream_throw:
 * @self: a stream
 * @error: the error
 *
 * Throws a copy of @error into the producer.
 *
 * The error travels with the next demand, as a value of [method@Athr.Stream.send] does. The
 * exchange or the yield that waits for this demand returns %FALSE with the error, and so
 * does [method@Athr.Yielder.receive]. A producer that handles the error answers with its
 * next value. A producer that passes the error on ends the stream with the error.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_throw (AthrStream   *self,
                   const GError *error)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (error != NULL);
  athr_stream_check_owner (self, G_STRFUNC);

  athr_stream_send_message (self, athr_message_new (NULL, g_error_copy (error)));
}

/**
 * athr_stream_throw_literal:
 * @self: a stream
 * @domain: the domain of the error
 * @code: the code of the error
 * @message: the message of the error
 *
 * Throws an error into the producer, for languages that cannot pass a [struct@GLib.Error].
 *
 * The method does the same as [method@Athr.Stream.throw], from the parts of an error.
 *
 * Threads: owner.
 *
 * Since: 1.0
 */
void
athr_stream_throw_literal (AthrStream *self,
                           GQuark      domain,
                           int         code,
                           const char *message)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (domain != 0);
  g_return_if_fail (message != NULL);
  athr_stream_check_owner (self, G_STRFUNC);

  athr_stream_send_message (self, athr_message_new (NULL, g_error_new_literal (domain, code, message)));
}

/**
 * athr_stream_close_async:
 * @self: a stream
 * @cancellable: (nullable): cancels this wait, not the close
 * @callback: (scope async) (nullable): called when the function has returned
 * @user_data: the data for @callback
 *
 * Stops the producer.
 *
 * A function that has not begun never begins. A function that runs sees that its
 * cancellable is cancelled, and its yields fail with %G_IO_ERROR_CLOSED. The stream answers
 * pending requests for values with buffered values or with the end, before the close
 * completes. The program can still take values that were yielded before the close; then
 * comes the end. The close also stops a flow. A program may close a stream twice.
 *
 * Threads: owner; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
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
  athr_stream_check_owner (self, G_STRFUNC);

  if (athr_stream_is_stale (self))
    {
      athr_operation_answer_stale (self, athr_stream_close_async, callback, user_data);
      return;
    }

  athr_stream_fix_home (self);
  operation = athr_stream_operation_new (self, athr_stream_close_async, cancellable,
                                         callback, user_data);
  operation->is_close = TRUE;
  athr_channel_add_close_waiter (self->channel, &operation->waiter);
  athr_stream_close (self);
}

/**
 * athr_stream_close_finish:
 * @self: a stream
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Finishes [method@Athr.Stream.close_async].
 *
 * The method fails with %G_IO_ERROR_CANCELLED when the program cancelled the wait. It also
 * fails with the error that the function set after the close, unless that error is
 * %G_IO_ERROR_CLOSED or %G_IO_ERROR_CANCELLED.
 *
 * Threads: that of the callback.
 *
 * Returns: whether the producer has stopped without an error
 *
 * Since: 1.0
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

  return athr_stream_operation_finish (self, result, &operation, error);
}
