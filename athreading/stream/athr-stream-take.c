/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pool/athr-event-private.h"
#include "stream/athr-stream-private.h"

/* Values without a main loop. */

/* One who is blocked until a value comes. Who cancels may be about to tell it on another
 * thread when it is answered already. */
typedef struct
{
  gatomicrefcount ref_count;
  AthrChannelWaiter waiter;
  AthrEvent sleeper;
  AthrProducer *producer; /* owned: who cancels may be the last to know it */
} AthrBlockedReader;

static void
athr_blocked_reader_unref (gpointer  data,
                           GClosure *closure)
{
  AthrBlockedReader *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  athr_producer_unref (self->producer);
  athr_event_clear (&self->sleeper);
  g_free (self);
}

static void
athr_blocked_reader_notify (AthrChannelWaiter *waiter)
{
  AthrBlockedReader *self =
    (AthrBlockedReader *) ((char *) waiter - G_STRUCT_OFFSET (AthrBlockedReader, waiter));

  athr_event_set (&self->sleeper);
}

static void
athr_blocked_reader_cancelled (GCancellable      *cancellable,
                               AthrBlockedReader *self)
{
  athr_channel_cancel (self->producer->channel, &self->waiter);
}

static AthrBlockedReader *
athr_blocked_reader_new (AthrProducer *producer)
{
  AthrBlockedReader *self = g_new0 (AthrBlockedReader, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->waiter.notify = athr_blocked_reader_notify;
  self->waiter.blocks = TRUE;
  athr_event_init (&self->sleeper);
  self->producer = athr_producer_ref (producer);

  return self;
}

/* NOTHING: to wait here would be to wait for oneself, and nothing was started. */
static AthrChannelAnswer
athr_stream_take (AthrStream    *self,
                  GCancellable  *cancellable,
                  GValue        *value,
                  GError       **error)
{
  gboolean may_wait = !athr_pool_is_own_thread (athr_executor_get_pool (self->executor));
  AthrChannelAnswer answer = ATHR_CHANNEL_NOTHING;
  gboolean is_first, is_asking = TRUE;
  AthrBlockedReader *taker;
  gulong id = 0;

  if (!may_wait && athr_channel_get_state (self->channel) == ATHR_CHANNEL_INITIAL)
    return ATHR_CHANNEL_NOTHING;

  athr_stream_fix_home_blocking (self);
  is_first = athr_stream_open (self);
  taker = athr_blocked_reader_new (self->producer);
  if (cancellable != NULL)
    {
      g_atomic_ref_count_inc (&taker->ref_count);
      id = athr_cancellable_watch (cancellable, G_CALLBACK (athr_blocked_reader_cancelled),
                                   taker, athr_blocked_reader_unref);
      if (g_cancellable_is_cancelled (cancellable))
        athr_channel_cancel (self->channel, &taker->waiter);
    }

  if (may_wait)
    athr_channel_add_reader (self->channel, &taker->waiter, FALSE);
  else
    is_asking = athr_channel_add_reader_if_ready (self->channel, &taker->waiter);
  if (is_first)
    athr_channel_wake (self->channel);
  while (is_asking && answer == ATHR_CHANNEL_NOTHING)
    {
      athr_event_wait (&taker->sleeper);
      answer = athr_channel_answer (self->channel, &taker->waiter, value, error);
    }

  if (id != 0)
    g_signal_handler_disconnect (cancellable, id);
  athr_blocked_reader_unref (taker, NULL);

  return answer;
}

static void
athr_stream_free_value (gpointer data)
{
  g_value_unset (data);
  g_free (data);
}

/* Frees a value that nobody wants, at home. */
static void
athr_stream_give_back (AthrStream *self,
                       GValue     *value)
{
  athr_context_queue_free (self->producer->home, g_memdup2 (value, sizeof *value),
                           athr_stream_free_value);
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
    athr_stream_give_back (self, &own);
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
    athr_stream_give_back (self, &own);

  return TRUE;
}
