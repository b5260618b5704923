/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "context/athr-home-private.h"
#include "context/athr-operation-private.h"
#include "pool/athr-executor-private.h"

/**
 * AthrExecutor:
 *
 * A named thread pool of bounded size.
 *
 * Every [class@Athr.Call] and every [class@Athr.Stream] runs on an executor: the executor of
 * its `executor` property, or the default executor, see [func@Athr.Executor.get_default]. A
 * program creates executors of its own to bound how much work of one kind runs at once, or to
 * keep one kind of work away from the rest. An executor of one thread keeps that one thread
 * until the executor is closed. So a resource that only one thread may use, a database handle
 * for instance, is safe there, and the work uses the resource in strict order.
 *
 * An executor starts its threads on demand. The threads carry the name of the executor, and
 * leave when there has been no work for a while. Work with a lower priority number starts
 * first. Work of the same priority starts in the order in which it was queued.
 *
 * While work waits inside this library, for room in the buffer of a stream or for a call in
 * [method@Athr.Call.run], its place goes to other work. So work may wait for work of the same
 * executor: `max-threads` bounds the running work, not the waiting work. In an executor of one
 * thread, a wait for work of the same executor fails with %G_IO_ERROR_WOULD_BLOCK.
 *
 * When the last reference to an executor is dropped, its threads still finish the work that
 * the executor was given. [method@Athr.Executor.close_async] does the same, and calls back
 * when the last thread has left.
 *
 * An executor belongs to no thread, and does not notify its properties.
 *
 * Since: 1.0
 */

struct _AthrExecutor
{
  GObject parent_instance;

  AthrPool *pool; /* set once */
  char *name;        /* until the object is constructed */
  guint max_threads; /* until the object is constructed */
};

G_DEFINE_FINAL_TYPE (AthrExecutor, athr_executor, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_MAX_THREADS,
  PROP_MAX_BLOCKED,
  PROP_PAUSED,
  PROP_N_RUNNING,
  PROP_N_QUEUED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static AthrExecutor *default_executor; /* atomic */

static void
athr_executor_forked (void)
{
  default_executor = NULL;
}

ATHR_IN_FORKED_CHILD (athr_executor_forked)

static guint
athr_executor_get_default_size (void)
{
  /* Blocking work mostly waits, so there are more threads than processors. Python's
   * ThreadPoolExecutor uses the same number. */
  guint size = g_get_num_processors () + 4;

  return MIN (32, size);
}

/* A close that is under way. */
typedef struct
{
  AthrOperation base;
  AthrPool *pool;  /* set once; owned */
  AthrWatch watch; /* removed when the operation is cancelled */
} AthrCloseOperation;

static void
athr_close_operation_run (AthrWorkItem *item)
{
  athr_operation_return (item->data);
}

static void
athr_close_operation_ended (AthrWatch *watch)
{
  AthrCloseOperation *self = watch->data;

  athr_operation_post (&self->base);
}

static void
athr_close_operation_cancelled (AthrOperation *operation)
{
  AthrCloseOperation *self = (AthrCloseOperation *) operation;

  if (athr_pool_unwatch (self->pool, &self->watch))
    athr_operation_post (&self->base);
}

static void
athr_close_operation_free (AthrOperation *operation)
{
  AthrCloseOperation *self = (AthrCloseOperation *) operation;

  athr_pool_unref (self->pool);
  g_free (self);
}

static void
athr_executor_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  AthrExecutor *self = ATHR_EXECUTOR (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, athr_executor_get_name (self));
      break;
    case PROP_MAX_THREADS:
      g_value_set_uint (value, athr_executor_get_max_threads (self));
      break;
    case PROP_MAX_BLOCKED:
      g_value_set_uint (value, athr_executor_get_max_blocked (self));
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, athr_executor_get_paused (self));
      break;
    case PROP_N_RUNNING:
      g_value_set_uint (value, athr_executor_get_n_running (self));
      break;
    case PROP_N_QUEUED:
      g_value_set_uint (value, athr_executor_get_n_queued (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_executor_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  AthrExecutor *self = ATHR_EXECUTOR (object);

  switch (prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;
    case PROP_MAX_THREADS:
      if (self->pool == NULL)
        self->max_threads = g_value_get_uint (value);
      else
        athr_executor_set_max_threads (self, g_value_get_uint (value));
      break;
    case PROP_MAX_BLOCKED:
      athr_executor_set_max_blocked (self, g_value_get_uint (value));
      break;
    case PROP_PAUSED:
      athr_executor_set_paused (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
athr_executor_constructed (GObject *object)
{
  AthrExecutor *self = ATHR_EXECUTOR (object);
  guint max_threads = self->max_threads != 0 ? self->max_threads : athr_executor_get_default_size ();

  G_OBJECT_CLASS (athr_executor_parent_class)->constructed (object);

  self->pool = athr_pool_new (self->name != NULL ? self->name : "athreading",
                              max_threads, ATHR_POOL_IDLE_TIME);
  athr_pool_list (self->pool, self);
  g_clear_pointer (&self->name, g_free);
}

static void
athr_executor_finalize (GObject *object)
{
  AthrExecutor *self = ATHR_EXECUTOR (object);

  if (!athr_pool_is_stale (self->pool))
    {
      athr_pool_abandon (self->pool);
      athr_pool_close (self->pool, NULL);
      athr_pool_unref (self->pool);
    }

  G_OBJECT_CLASS (athr_executor_parent_class)->finalize (object);
}

static void
athr_executor_class_init (AthrExecutorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  /* GLib makes the number of the error domain at its first use, and without a lock. All work has an executor
   * before a worker runs it, so workers find the number made. */
  g_io_error_quark ();

  object_class->get_property = athr_executor_get_property;
  object_class->set_property = athr_executor_set_property;
  object_class->constructed = athr_executor_constructed;
  object_class->finalize = athr_executor_finalize;

  /**
   * AthrExecutor:name: (getter get_name)
   *
   * The name of the executor and of its threads.
   *
   * Linux shows the first 15 bytes of the name as the name of each thread.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * AthrExecutor:max-threads: (getter get_max_threads) (setter set_max_threads)
   *
   * The number of threads that run work at the same time.
   *
   * 0 stands for the default size: four more than the number of processors, but at most 32.
   * The number can be changed at any time, except in an executor that was created with one
   * thread.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_THREADS] =
    g_param_spec_uint ("max-threads", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_EXPLICIT_NOTIFY |
                       G_PARAM_STATIC_STRINGS);

  /**
   * AthrExecutor:max-blocked: (getter get_max_blocked) (setter set_max_blocked)
   *
   * How many producers may wait for room in the buffers of their streams before the executor
   * begins no further ones.
   *
   * A producer that waits for room gives its place to other work, so by default there may be
   * as many threads as streams. While more than this number of producers wait for room, no
   * further stream of a yielding function begins, except a stream that an
   * [method@Athr.Stream.next_async] or [method@Athr.Stream.next] waits for. Calls, tasks and
   * steps still begin, and a producer that has room again goes on at once. So the executor has
   * at most `max-threads` and `max-blocked` threads, and those for the streams and calls that
   * other work waits for. An executor of one thread never begins work while a producer waits.
   *
   * The program must take the values of the streams that have begun: a stream that only flows
   * or was only started waits until they go on.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_BLOCKED] =
    g_param_spec_uint ("max-blocked", NULL, NULL, 0, G_MAXUINT, G_MAXUINT,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * AthrExecutor:paused: (getter get_paused) (setter set_paused)
   *
   * Whether the executor holds back the work that has not begun.
   *
   * A paused executor begins no call, no task, no stream and no step of a stream. What runs
   * goes on. Time-outs still count, cancelled calls are withdrawn, and what cleans up after a
   * stream still runs. On the owner's thread a blocking [method@Athr.Call.run] or
   * [method@Athr.Stream.next] that would wait for work that is held back fails with
   * %G_IO_ERROR_WOULD_BLOCK.
   *
   * Closing the executor ends the pause. Dropping the last reference ends the pause, too, but each
   * call and each stream of the executor holds a reference. So a queued call keeps the paused executor
   * alive, and never runs. Close the executor, or end the pause, before you drop your reference.
   *
   * Since: 1.0
   */
  properties[PROP_PAUSED] =
    g_param_spec_boolean ("paused", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * AthrExecutor:n-running: (getter get_n_running)
   *
   * The number of jobs that run now.
   *
   * A job that waits inside this library does not count.
   *
   * Since: 1.0
   */
  properties[PROP_N_RUNNING] =
    g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * AthrExecutor:n-queued: (getter get_n_queued)
   *
   * The number of jobs that wait for a thread.
   *
   * Since: 1.0
   */
  properties[PROP_N_QUEUED] =
    g_param_spec_uint ("n-queued", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
athr_executor_init (AthrExecutor *self)
{
}

AthrPool *
athr_executor_get_pool (AthrExecutor *self)
{
  return (self != NULL ? self : athr_executor_get_default ())->pool;
}

GError *
athr_executor_new_cancelled (AthrPool *pool)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                      "The executor “%s” was closed", athr_pool_get_name (pool));
}

void
athr_set_thread_func (AthrThreadFunc func,
                      gpointer       user_data)
{
  athr_pool_set_thread_func (func, user_data);
}

void
athr_executor_shut_down (AthrExecutor *self,
                         gboolean      cancel_queued)
{
  g_autoptr (GError) error = cancel_queued ? athr_executor_new_cancelled (self->pool) : NULL;

  g_return_if_fail (self != athr_executor_get_default ());

  if (!athr_pool_is_stale (self->pool))
    athr_pool_close (self->pool, error);
}

gboolean
athr_executor_has_worker (AthrExecutor *self)
{
  return athr_pool_is_worker (self->pool);
}

/* @source_tag: the public function, whose finish takes the result. */
static void
athr_executor_begin_close (AthrExecutor        *self,
                           AthrCloseFlags       flags,
                           gpointer             source_tag,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  static const AthrOperationFuncs funcs = {
    { athr_close_operation_run, NULL, NULL },
    athr_close_operation_cancelled,
    athr_close_operation_free
  };
  g_autoptr (AthrContextQueue) home = NULL;
  AthrCloseOperation *operation;

  if (self == athr_executor_get_default ())
    {
      g_critical ("The default executor cannot be closed");
      g_task_report_new_error (self, callback, user_data, source_tag,
                               G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "The default executor cannot be closed");
      return;
    }

  if (athr_pool_is_stale (self->pool))
    {
      athr_operation_answer_stale (self, source_tag, callback, user_data);
      return;
    }

  home = athr_home_ref ();
  operation = g_new0 (AthrCloseOperation, 1);
  operation->pool = athr_pool_ref (self->pool);
  operation->watch.ended = athr_close_operation_ended;
  operation->watch.data = operation;
  athr_operation_init (&operation->base, &funcs, self, source_tag, home,
                       G_PRIORITY_DEFAULT, callback, user_data);
  athr_operation_connect (&operation->base, cancellable);

  if (!athr_pool_watch (self->pool, &operation->watch))
    athr_operation_post (&operation->base);
  athr_executor_shut_down (self, (flags & ATHR_CLOSE_CANCEL_QUEUED) != 0);
}

static gboolean
athr_executor_end_close (AthrExecutor  *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  AthrCloseOperation *operation;

  if (athr_pool_is_stale (self->pool))
    return athr_fork_fail (error);
  if (g_task_had_error (G_TASK (result)))
    return g_task_propagate_boolean (G_TASK (result), error);

  operation = g_task_get_task_data (G_TASK (result));
  if (operation->watch.state == ATHR_WATCH_REMOVED)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                           "Waiting for the end of an executor was cancelled");
      return FALSE;
    }

  return TRUE;
}

/**
 * athr_executor_new:
 * @name: the name of the executor and of its threads
 * @max_threads: the number of threads that run work at the same time; 0 for the default size
 *
 * Creates an executor.
 *
 * The executor starts no thread before it is given work. An executor that is created with one
 * thread keeps that one thread until the executor is closed.
 *
 * Threads: any.
 *
 * Returns: (transfer full): a new executor
 *
 * Since: 1.0
 */
AthrExecutor *
athr_executor_new (const char *name,
                   guint       max_threads)
{
  g_return_val_if_fail (name != NULL, NULL);

  return g_object_new (ATHR_TYPE_EXECUTOR,
                       "name", name,
                       "max-threads", max_threads,
                       NULL);
}

/**
 * athr_executor_get_default:
 *
 * Gets the default executor, which runs all work that has no executor of its own.
 *
 * The default executor has four more threads than the number of processors, but at most 32. It
 * cannot be closed. The child of a `fork()` gets a new default executor.
 *
 * Threads: any.
 *
 * Returns: (transfer none): the default executor
 *
 * Since: 1.0
 */
AthrExecutor *
athr_executor_get_default (void)
{
  AthrExecutor *executor = g_atomic_pointer_get (&default_executor);

  /* Not g_once_init_enter(), which a fork may leave locked. */
  if (executor == NULL)
    {
      g_autoptr (AthrExecutor) fresh = athr_executor_new ("athreading", 0);

      if (g_atomic_pointer_compare_and_exchange (&default_executor, NULL, fresh))
        return g_steal_pointer (&fresh);
      executor = g_atomic_pointer_get (&default_executor);
    }

  return executor;
}

/**
 * athr_executor_get_name: (get-property name)
 * @self: an executor
 *
 * Gets the name of the executor and of its threads.
 *
 * Threads: any.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
athr_executor_get_name (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), NULL);

  return athr_pool_get_name (self->pool);
}

/**
 * athr_executor_get_max_threads: (get-property max-threads)
 * @self: an executor
 *
 * Gets the number of threads that run work at the same time.
 *
 * Threads: any.
 *
 * Returns: the number of threads, never 0
 *
 * Since: 1.0
 */
guint
athr_executor_get_max_threads (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), 0);

  return athr_pool_get_max_threads (self->pool);
}

/**
 * athr_executor_set_max_threads: (set-property max-threads)
 * @self: an executor
 * @max_threads: the number of threads; 0 for the default size
 *
 * Sets the number of threads that run work at the same time.
 *
 * With a greater number, queued work starts at once. With a smaller number, running work goes
 * on, and no queued work starts until less work than @max_threads runs. The size of an
 * executor that was created with one thread is fixed, since the program counts on that
 * thread. Setting another number is a programmer error: the library logs a critical, and changes
 * nothing.
 *
 * Threads: any.
 *
 * Since: 1.0
 */
void
athr_executor_set_max_threads (AthrExecutor *self,
                               guint         max_threads)
{
  g_return_if_fail (ATHR_IS_EXECUTOR (self));

  if (max_threads == 0)
    max_threads = athr_executor_get_default_size ();

  if (athr_pool_is_single (self->pool) && max_threads != 1)
    {
      g_critical ("The executor “%s” was created with one thread: its size is fixed",
                  athr_pool_get_name (self->pool));
      return;
    }

  if (athr_pool_is_stale (self->pool))
    athr_fork_warn (G_STRFUNC);
  else
    athr_pool_set_max_threads (self->pool, max_threads);
}

/**
 * athr_executor_get_max_blocked: (get-property max-blocked)
 * @self: an executor
 *
 * Gets how many producers may wait for room before the executor begins no further ones.
 *
 * Threads: any.
 *
 * Returns: the number of producers
 *
 * Since: 1.0
 */
guint
athr_executor_get_max_blocked (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), 0);

  return athr_pool_get_max_blocked (self->pool);
}

/**
 * athr_executor_set_max_blocked: (set-property max-blocked)
 * @self: an executor
 * @max_blocked: the number of producers
 *
 * Sets how many producers may wait for room in the buffers of their streams before the executor
 * begins no further ones.
 *
 * With a greater number, streams that were held back begin at once. With a smaller number,
 * streams that have begun go on. See [property@Athr.Executor:max-blocked].
 *
 * Threads: any.
 *
 * Since: 1.0
 */
void
athr_executor_set_max_blocked (AthrExecutor *self,
                               guint         max_blocked)
{
  g_return_if_fail (ATHR_IS_EXECUTOR (self));

  if (athr_pool_is_stale (self->pool))
    athr_fork_warn (G_STRFUNC);
  else
    athr_pool_set_max_blocked (self->pool, max_blocked);
}

/**
 * athr_executor_get_paused: (get-property paused)
 * @self: an executor
 *
 * Gets whether the executor holds back the work that has not begun.
 *
 * Threads: any.
 *
 * Returns: whether the executor is paused
 *
 * Since: 1.0
 */
gboolean
athr_executor_get_paused (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), FALSE);

  return athr_pool_is_paused (self->pool);
}

/**
 * athr_executor_set_paused: (set-property paused)
 * @self: an executor
 * @paused: whether to hold back the work that has not begun
 *
 * Pauses the executor, or lets it go on.
 *
 * See [property@Athr.Executor:paused]. A closed executor cannot be paused.
 *
 * Threads: any.
 *
 * Since: 1.0
 */
void
athr_executor_set_paused (AthrExecutor *self,
                          gboolean      paused)
{
  g_return_if_fail (ATHR_IS_EXECUTOR (self));

  if (athr_pool_is_stale (self->pool))
    athr_fork_warn (G_STRFUNC);
  else
    athr_pool_set_paused (self->pool, paused);
}

/**
 * athr_executor_get_n_running: (get-property n-running)
 * @self: an executor
 *
 * Gets the number of jobs that run now.
 *
 * A job that waits inside this library, for room in the buffer of a stream for instance, does
 * not count. Such a job resumes at once when its wait is over, so the number may exceed
 * `max-threads` for a while.
 *
 * Threads: any.
 *
 * Returns: the number of jobs
 *
 * Since: 1.0
 */
guint
athr_executor_get_n_running (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), 0);

  return athr_pool_get_n_running (self->pool);
}

/**
 * athr_executor_get_n_queued: (get-property n-queued)
 * @self: an executor
 *
 * Gets the number of jobs that wait for a thread.
 *
 * Threads: any.
 *
 * Returns: the number of jobs
 *
 * Since: 1.0
 */
guint
athr_executor_get_n_queued (AthrExecutor *self)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), 0);

  return athr_pool_get_n_queued (self->pool);
}

/**
 * athr_executor_close_async:
 * @self: an executor
 * @cancel_queued: whether queued work is cancelled instead of run
 * @cancellable: (nullable): cancels the wait, but not the close
 * @callback: (scope async) (nullable): called when the last thread has left
 * @user_data: the data for @callback
 *
 * Closes the executor.
 *
 * Work that the executor is given from now on fails with %G_IO_ERROR_CLOSED. Queued work still
 * runs, or, with @cancel_queued, fails with %G_IO_ERROR_CANCELLED and never starts. The
 * operation completes when the last thread of the executor has left.
 *
 * This function may be called more than once. Closing the default executor is a programmer error: the
 * library logs a critical, and the operation fails with %G_IO_ERROR_NOT_SUPPORTED.
 *
 * Threads: any; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_executor_close_async (AthrExecutor        *self,
                           gboolean             cancel_queued,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_EXECUTOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_executor_begin_close (self, cancel_queued ? ATHR_CLOSE_CANCEL_QUEUED : ATHR_CLOSE_DEFAULT,
                             athr_executor_close_async, cancellable, callback, user_data);
}

/**
 * athr_executor_close_finish:
 * @self: an executor
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Finishes an operation that [method@Athr.Executor.close_async] started.
 *
 * The operation fails with %G_IO_ERROR_CANCELLED if its cancellable was cancelled before the
 * last thread had left. The executor is closed all the same.
 *
 * Threads: that of the callback.
 *
 * Returns: whether the last thread has left
 *
 * Since: 1.0
 */
gboolean
athr_executor_close_finish (AthrExecutor  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_executor_close_async), FALSE);

  return athr_executor_end_close (self, result, error);
}

/**
 * athr_executor_close_with_flags_async:
 * @self: an executor
 * @flags: what becomes of the work of the executor
 * @cancellable: (nullable): cancels the wait, but not the close
 * @callback: (scope async) (nullable): called when the last thread has left
 * @user_data: the data for @callback
 *
 * Closes the executor.
 *
 * The method does the same as [method@Athr.Executor.close_async], and says in words what becomes of
 * queued work:
 *
 * ```c
 * static void
 * give_up (AthrExecutor *executor)
 * {
 *   athr_executor_close_with_flags_async (executor, ATHR_CLOSE_CANCEL_QUEUED,
 *                                         NULL, NULL, NULL);
 * }
 * ```
 *
 * Threads: any; the callback runs in the thread-default main context of the caller.
 *
 * Since: 1.0
 */
void
athr_executor_close_with_flags_async (AthrExecutor        *self,
                                      AthrCloseFlags       flags,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (ATHR_IS_EXECUTOR (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  athr_executor_begin_close (self, flags, athr_executor_close_with_flags_async, cancellable, callback,
                             user_data);
}

/**
 * athr_executor_close_with_flags_finish:
 * @self: an executor
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Finishes an operation that [method@Athr.Executor.close_with_flags_async] started.
 *
 * The errors are those of [method@Athr.Executor.close_finish].
 *
 * Threads: that of the callback.
 *
 * Returns: whether the last thread has left
 *
 * Since: 1.0
 */
gboolean
athr_executor_close_with_flags_finish (AthrExecutor  *self,
                                       GAsyncResult  *result,
                                       GError       **error)
{
  g_return_val_if_fail (ATHR_IS_EXECUTOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, athr_executor_close_with_flags_async), FALSE);

  return athr_executor_end_close (self, result, error);
}
