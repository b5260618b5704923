/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "athr-enums.h"
#include "context/athr-deferred-free-private.h"
#include "stream/athr-stream-private.h"

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
 * It can also take as many as there are at once, by
 * [method@Athr.Stream.next_batch_async], let them come by themselves while the stream is
 * [property@Athr.Stream:flowing], or block for one by [method@Athr.Stream.next]; see
 * [Streams](streams.html).
 *
 * The producer is never more than [property@Athr.Stream:buffer-size] values ahead of
 * what was taken or asked for; then it waits, or does what
 * [property@Athr.Stream:overflow] says; see [Backpressure](backpressure.html). With
 * [method@Athr.Stream.send] the consumer answers; see [Two-way streams](two-way.html).
 *
 * The end comes without a value and without an error. An error that the function sets
 * is reported once, after the values that were yielded before, and then comes the end.
 * [method@Athr.Stream.close_async] stops the producer and completes when its function
 * has returned. Dropping the last reference stops it, too, and waits for nothing; see
 * [Cancellation and closing](cancellation.html).
 *
 * A stream belongs to the thread that iterates its home: the thread-default main
 * context under which it is first started, asked or closed. Signals, notifications
 * and the destruction of user data and of values that nobody took happen there; see
 * [Threads and contexts](threads.html).
 */

G_DEFINE_FINAL_TYPE (AthrStream, athr_stream, G_TYPE_OBJECT)

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

/* A value that the caller does not want is freed at home. */
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
      g_value_set_string (value, self->name);
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
      g_value_set_enum (value, self->state);
      break;
    case ATHR_STREAM_PROP_ERROR:
      g_value_set_boxed (value, athr_stream_get_error (self));
      break;
    case ATHR_STREAM_PROP_FLOWING:
      g_value_set_boolean (value, self->flowing);
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

  athr_deferred_free_add (&left, self->executor, g_object_unref);
  athr_deferred_free_submit (&left, self->producer->home, G_PRIORITY_DEFAULT,
                             self->producer->creator);
  athr_producer_abandon (self->producer);
  athr_channel_unref (self->channel);
  athr_producer_unref (self->producer);
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
  object_class->dispose = athr_stream_dispose;
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
   * How many values the producer may be ahead of what was taken or asked for;
   * %G_MAXUINT for any number.
   *
   * With 0 the two go in lock-step: the producer does not begin before it is asked for a
   * value, and a yield returns when the next one is asked for. It can be set until the
   * stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_BUFFER_SIZE] =
    g_param_spec_uint ("buffer-size", NULL, NULL, 0, G_MAXUINT, 64, rw);

  /**
   * AthrStream:overflow: (getter get_overflow) (setter set_overflow)
   *
   * What happens to a value for which there is no room.
   *
   * It can be set until the stream starts.
   */
  athr_stream_properties[ATHR_STREAM_PROP_OVERFLOW] =
    g_param_spec_enum ("overflow", NULL, NULL, ATHR_TYPE_OVERFLOW, ATHR_OVERFLOW_BLOCK, rw);

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

  /**
   * AthrStream:flowing: (getter get_flowing) (setter set_flowing)
   *
   * Whether each value is delivered by [signal@Athr.Stream::value].
   *
   * Setting it starts the stream. It can be changed at any time, also by a handler;
   * without it values wait in the buffer, and can be taken. Closing the stream ends it.
   */
  athr_stream_properties[ATHR_STREAM_PROP_FLOWING] =
    g_param_spec_boolean ("flowing", NULL, NULL, FALSE, rw);

  /**
   * AthrStream:n-buffered: (getter get_n_buffered)
   *
   * How many values wait to be taken.
   *
   * It is not notified, since it changes all the time.
   */
  athr_stream_properties[ATHR_STREAM_PROP_N_BUFFERED] =
    g_param_spec_uint ("n-buffered", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrStream:n-dropped: (getter get_n_dropped)
   *
   * How many values were dropped since there was no room for them; %G_MAXUINT for that
   * many and more.
   *
   * It is notified at most once for each iteration of the main loop, and once more before
   * the end.
   */
  athr_stream_properties[ATHR_STREAM_PROP_N_DROPPED] =
    g_param_spec_uint ("n-dropped", NULL, NULL, 0, G_MAXUINT, 0, ro);

  /**
   * AthrStream:progress: (getter get_progress)
   *
   * How much of the work is done, from 0 to 1; -1 when that is unknown.
   */
  athr_stream_properties[ATHR_STREAM_PROP_PROGRESS] =
    g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, ro);

  /**
   * AthrStream:progress-text: (getter get_progress_text)
   *
   * What the producer said it is doing.
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
   * The next value is asked for when the handlers have returned, so what one of them
   * sends is the answer to this value. A handler may stop the flow, take values itself,
   * close or drop the stream, or run a main loop, in which the values behind this one are
   * delivered.
   */
  athr_stream_value_signal =
    g_signal_new ("value", ATHR_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_VALUE | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * AthrStream::problem:
   * @self: the stream
   * @file: the file with which there is a problem
   * @message: what the problem is, for people
   *
   * The producer goes on without a file.
   *
   * Streams of [ctor@Athr.Stream.new_for_directory] emit it for each folder that cannot be
   * read. An error that ends the stream is no problem in this sense.
   *
   * Problems come in the order in which they were met, all of them before the end, but
   * they do not wait for the values yielded before. When more than a thousand wait to be
   * told, the last message says how many were left out.
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
   * It is emitted once, when the function has returned and the end or the error was
   * handed out or a close has completed. After it no value, progress or state comes.
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
 * @func: (scope notified) (closure user_data) (destroy destroy): the producer to run on a worker
 * @user_data: (nullable): the data for @func
 * @destroy: (nullable): called with @user_data at home, once @func can no longer run
 *
 * Creates a stream of what @func yields.
 *
 * The function runs once and yields as often as it likes; its return is the end. It
 * holds a thread of its executor until then, also while it waits for room.
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
  g_return_val_if_fail (func != NULL, NULL);

  return athr_stream_new_any (func, FALSE, user_data, destroy);
}

/**
 * athr_stream_new_steps:
 * @step: (scope notified) (closure user_data) (destroy destroy): one step of the producer
 * @user_data: (nullable): the data for @step
 * @destroy: (nullable): called with @user_data at home, once @step can no longer run
 *
 * Creates a stream of what @step yields, called again and again.
 *
 * Each step yields any number of values, without ever blocking; the last one calls
 * [method@Athr.Yielder.end] or sets its error. It is called as long as there is room in
 * the buffer, and what one step yields may be more than that room. Between steps, and
 * while the buffer is full, no thread is held: any number of such streams shares the
 * threads of an executor.
 *
 * The steps of one stream never run at the same time, but may run on different threads.
 *
 * Threads: any; the new stream belongs to the caller's thread.
 *
 * Returns: (transfer full): a new stream
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
athr_stream_new_cleaned (AthrStreamFunc      step,
                         AthrProducerCleanUp clean_up,
                         gpointer            user_data,
                         GDestroyNotify      destroy)
{
  AthrStream *self = athr_stream_new_any (step, TRUE, user_data, destroy);

  self->producer->clean_up = clean_up;

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
 * athr_stream_set_flowing: (set-property flowing)
 * @self: a stream
 * @flowing: whether values are delivered by the signal
 *
 * Starts or stops the delivery of values by [signal@Athr.Stream::value].
 *
 * Starting it starts the stream. It can be changed at any time, also by a handler. Those
 * who ask by [method@Athr.Stream.next_async] or in batches come before the flow. When the
 * values and the producer have ended, [signal@Athr.Stream::finished] tells, and nothing
 * flows any more. A stream that was closed cannot be set flowing: it stays off.
 *
 * A stream that flows does not keep itself: who drops it closes it.
 *
 * Threads: owner.
 */
void
athr_stream_set_flowing (AthrStream *self,
                         gboolean    flowing)
{
  gboolean is_first = FALSE;

  g_return_if_fail (ATHR_IS_STREAM (self));

  /* Of a closed stream nothing flows: it stays off, and is no mistake of the caller's,
   * who may not know. */
  flowing = flowing && !self->is_closed;
  if (self->flowing == flowing)
    return;

  if (flowing)
    {
      athr_stream_fix_home (self);
      is_first = athr_stream_open (self);
    }
  athr_stream_set_flow (self, flowing);
  if (is_first)
    athr_channel_wake (self->channel);
  athr_notifier_unmark (&self->notifier, ATHR_STREAM_PROP_FLOWING);
  g_object_notify_by_pspec (G_OBJECT (self), athr_stream_properties[ATHR_STREAM_PROP_FLOWING]);
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

  return self->producer->progress.fraction;
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

  return self->producer->progress.text;
}

/**
 * athr_stream_start:
 * @self: a stream
 *
 * Starts the producer, which begins to fill the buffer.
 *
 * Asking for a value starts it, too. Started or closed before, it stays as it is. With a
 * [property@Athr.Stream:buffer-size] of 0 the producer begins when it is asked for a value.
 *
 * Threads: owner.
 */
void
athr_stream_start (AthrStream *self)
{
  g_return_if_fail (ATHR_IS_STREAM (self));

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
 * Asks for the next value, and starts the stream unless it was started.
 *
 * Several can be under way; they are answered in order. One that is cancelled while a
 * value arrives loses no value: the next one gets it.
 *
 * It fails with %G_IO_ERROR_CANCELLED when it was cancelled, and, once, with what the
 * producer failed with: besides the errors of its function these are
 * %G_IO_ERROR_CLOSED when its executor is closed, %G_IO_ERROR_CANCELLED when that was
 * closed and what was queued cancelled, %G_IO_ERROR_NOT_SUPPORTED when the stream has no
 * function, %G_IO_ERROR_NO_SPACE when it overflowed, and a %G_THREAD_ERROR when no thread
 * can be created.
 *
 * Each answer takes an iteration of the main loop: for many values,
 * [method@Athr.Stream.next_batch_async] is much faster.
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
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_stream_fix_home (self);
  athr_stream_add_reader (self, athr_stream_operation_new (self, athr_stream_next_async, cancellable,
                                                           callback, user_data));
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

  if (!athr_stream_operation_finish (self, result, &operation, error))
    return FALSE;

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
 * athr_stream_next_batch_async:
 * @self: a stream
 * @max_values: how many values at most, not 0
 * @cancellable: (nullable): cancels this operation, not the stream
 * @callback: (scope async) (nullable): called with the values, the error or the end
 * @user_data: the data for @callback
 *
 * Asks for the next values, and starts the stream unless it was started.
 *
 * It is answered as soon as there is a value, with as many as there are then: at least
 * one, and never waiting for more. Each value taken makes room for another, as if it had
 * been asked for alone. A batch can be under way together with others, and with those who
 * ask for one value; the errors are those of [method@Athr.Stream.next_async].
 *
 * Threads: owner; the callback comes in the thread-default main context of the
 * caller.
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

  athr_stream_fix_home (self);
  operation = athr_stream_operation_new (self, athr_stream_next_batch_async, cancellable,
                                         callback, user_data);
  operation->max_values = max_values;
  operation->values = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_array_set_clear_func (operation->values, (GDestroyNotify) g_value_unset);
  athr_stream_add_reader (self, operation);
}

/**
 * athr_stream_next_batch_finish:
 * @self: a stream
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for.
 *
 * An empty array is the end. The errors are those of
 * [method@Athr.Stream.next_async]. The values can be got once.
 *
 * Threads: owner.
 *
 * Returns: (transfer container) (element-type GObject.Value): the values, which the array
 *   unsets as it is freed; %NULL with @error set
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

  /* A second time it would look like the end. */
  g_return_val_if_fail (operation->values != NULL, NULL);

  return g_steal_pointer (&operation->values);
}

/**
 * athr_stream_next_batch_finish_values: (skip)
 * @self: a stream
 * @result: the result that the callback was given
 * @n_values: (out): return location for the number of values; 0 at the end
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for as a plain array,
 * for C and Vala.
 *
 * Threads: owner.
 *
 * Returns: (transfer full) (array length=n_values) (nullable): the values, each to be unset
 *   and the whole to be freed with g_free(); %NULL at the end, or with @error set
 */
GValue *
athr_stream_next_batch_finish_values (AthrStream    *self,
                                      GAsyncResult  *result,
                                      gsize         *n_values,
                                      GError       **error)
{
  GArray *values;
  gboolean is_empty;

  g_return_val_if_fail (n_values != NULL, NULL);

  values = athr_stream_next_batch_finish (self, result, error);
  *n_values = values != NULL ? values->len : 0;
  if (values == NULL)
    return NULL;

  is_empty = values->len == 0;

  return (GValue *) g_array_free (values, is_empty);
}

/**
 * athr_stream_next_batch_finish_into:
 * @self: a stream
 * @result: the result that the callback was given
 * @values: an unset value that receives a [struct@GObject.ValueArray]
 * @error: return location for an error
 *
 * Gets the values that [method@Athr.Stream.next_batch_async] asked for into a value of the
 * caller's.
 *
 * It is [method@Athr.Stream.next_batch_finish] for bindings that leak values they are
 * given. An empty array is the end.
 *
 * Threads: owner.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_stream_next_batch_finish_into (AthrStream    *self,
                                    GAsyncResult  *result,
                                    GValue        *values,
                                    GError       **error)
{
  GValueArray *array;
  GArray *taken;

  g_return_val_if_fail (values != NULL && !G_IS_VALUE (values), FALSE);

  taken = athr_stream_next_batch_finish (self, result, error);
  if (taken == NULL)
    return FALSE;

  /* Deprecated for a better array, which the bindings do not know as a boxed type. */
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
  /* They were moved. */
  g_free (g_array_free (taken, FALSE));

  return TRUE;
}

/**
 * athr_stream_next:
 * @self: a stream
 * @cancellable: (nullable): cancels the wait, not the stream
 * @value: (nullable): an unset value that receives the value, and stays unset at the end
 * @error: return location for an error
 *
 * Takes the next value, and blocks until there is one. It starts the stream unless it was
 * started.
 *
 * This is for scripts and for functions on workers: on a worker of an executor the place
 * is given to other work meanwhile. It dispatches nothing: signals and callbacks of the
 * stream come when its home is iterated. Those who asked before are answered before.
 *
 * JavaScript passes a new [struct@GObject.Value] where it does not want the value: its
 * `null` arrives as a value that is set.
 *
 * The errors are those of [method@Athr.Stream.next_async], and %G_IO_ERROR_WOULD_BLOCK
 * where the thread would wait for itself: on the thread of an executor of one thread, for a
 * value that the same executor is to produce; and at home, behind a
 * [method@Athr.Stream.next_async] or a batch that is answered there. Then nothing was
 * started.
 *
 * Threads: any. A main loop that runs on the calling thread stands still meanwhile.
 *
 * Returns: %FALSE only with @error set
 */
gboolean
athr_stream_next (AthrStream    *self,
                  GCancellable  *cancellable,
                  GValue        *value,
                  GError       **error)
{
  GValue own = G_VALUE_INIT;
  AthrChannelAnswer answer;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  /* Whatever is there: nobody gets anything before those who asked before. (If somebody
   * has, home is settled.) */
  if (athr_channel_has_async_readers (self->channel) && athr_context_queue_is_home (self->producer->home))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "Values were asked for before, which come in the main loop of "
                           "this thread");
      return FALSE;
    }

  answer = athr_stream_take (self, cancellable, &own, error);
  if (answer == ATHR_CHANNEL_NOTHING)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "The only thread of the executor would wait for itself");
      return FALSE;
    }

  if (answer == ATHR_CHANNEL_CANCELLED)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
  else if (answer != ATHR_CHANNEL_VALUE)
    athr_producer_post (self->producer);
  else if (value != NULL)
    *value = own;
  else
    athr_stream_free_value (self, &own);
  athr_context_queue_run_cleanup (self->producer->home);

  return answer == ATHR_CHANNEL_VALUE || answer == ATHR_CHANNEL_END;
}

/**
 * athr_stream_try_next:
 * @self: a stream
 * @value: (nullable): an unset value that receives the value
 *
 * Takes a value that is buffered, without waiting and without a main loop.
 *
 * Values that others have asked for are left to them. It does not start the stream, and
 * does not tell of errors or of the end: for those, ask.
 *
 * Threads: owner.
 *
 * Returns: whether there was a value
 */
gboolean
athr_stream_try_next (AthrStream *self,
                      GValue     *value)
{
  GValue own = G_VALUE_INIT;

  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);
  g_return_val_if_fail (value == NULL || !G_IS_VALUE (value), FALSE);

  if (!athr_channel_try_take (self->channel, athr_stream_is_in_slice (self), &own))
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
 * Gets whether the end has been handed out.
 *
 * It is %TRUE from just before the callback that carries the end; in a flow, from before
 * [signal@Athr.Stream::finished].
 *
 * Threads: owner.
 *
 * Returns: whether nothing more will come
 */
gboolean
athr_stream_is_done (AthrStream *self)
{
  g_return_val_if_fail (ATHR_IS_STREAM (self), FALSE);

  return athr_channel_is_done (self->channel);
}

static void
athr_stream_send_message (AthrStream  *self,
                          AthrMessage *message)
{
  GQueue lost = G_QUEUE_INIT;

  athr_channel_send (self->channel, message, &lost);
  athr_message_free_all (&lost);
}

/**
 * athr_stream_send:
 * @self: a stream
 * @value: (nullable): the value; %NULL is null
 *
 * Sends a copy of @value to the producer.
 *
 * It comes with the demand for the next value that is asked for after it: with a
 * [property@Athr.Stream:buffer-size] of 0, that is the answer to the value taken last. Each
 * demand carries one thing; what is more waits, in order. The producer gets it by
 * [method@Athr.Yielder.exchange_value] or [method@Athr.Yielder.receive]. What it does not
 * get, and what is sent after the end, is freed.
 *
 * Threads: owner.
 */
void
athr_stream_send (AthrStream   *self,
                  const GValue *value)
{
  GValue copy = G_VALUE_INIT;

  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (value == NULL || G_IS_VALUE (value));

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
 * It comes as [method@Athr.Stream.send] does, and makes the wait for that demand fail: the
 * exchange, or the yield, returns %FALSE with it, as does
 * [method@Athr.Yielder.receive]. A producer that handles it answers with its next value; one
 * that passes it on ends the stream with it.
 *
 * Threads: owner.
 */
void
athr_stream_throw (AthrStream   *self,
                   const GError *error)
{
  g_return_if_fail (ATHR_IS_STREAM (self));
  g_return_if_fail (error != NULL);

  athr_stream_send_message (self, athr_message_new (NULL, g_error_copy (error)));
}

/**
 * athr_stream_throw_literal:
 * @self: a stream
 * @domain: the domain of the error
 * @code: the code of the error
 * @message: the message of the error
 *
 * Throws an error into the producer, for languages that cannot pass one.
 *
 * It is [method@Athr.Stream.throw] with the parts of an error.
 *
 * Threads: owner.
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

  athr_stream_send_message (self, athr_message_new (NULL, g_error_new_literal (domain, code, message)));
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
 * was yielded before can still be taken, then comes the end. A flow ends, too. It can be
 * called twice.
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

  athr_stream_fix_home (self);
  operation = athr_stream_operation_new (self, athr_stream_close_async, cancellable,
                                         callback, user_data);
  athr_channel_add_close_waiter (self->channel, &operation->waiter);
  athr_stream_close (self);
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

  return athr_stream_operation_finish (self, result, &operation, error);
}
