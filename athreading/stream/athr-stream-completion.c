/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-completion-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

static void
athr_completion_request (AthrCompletion *completion,
                         AthrStream     *stream,
                         guint           max_values,
                         GCancellable   *cancellable)
{
  if (max_values == 0)
    {
      completion->finish = G_CALLBACK (athr_stream_next_finish_into);
      athr_stream_next_async (stream, cancellable, athr_completion_complete, completion);
    }
  else
    {
      completion->finish = G_CALLBACK (athr_stream_next_batch_finish_into);
      athr_stream_next_batch_async (stream, max_values, cancellable, athr_completion_complete,
                                    completion);
    }
}

gboolean
athr_completion_start_next (AthrCompletion *completion,
                            AthrStream     *stream,
                            guint           max_values,
                            GCancellable   *cancellable,
                            GMainContext   *context)
{
  /* A new thread may have the main context of a thread that has ended, and has not iterated this context yet. The
   * context is known as the thread's while it is pushed. */
  g_main_context_push_thread_default (context);
  completion->is_started = !athr_stream_is_elsewhere (stream);
  if (completion->is_started)
    athr_completion_request (completion, stream, max_values, cancellable);
  g_main_context_pop_thread_default (context);

  return completion->is_started;
}

gboolean
athr_completion_try_next (AthrStream *stream,
                          GValue     *value)
{
  return !athr_stream_is_elsewhere (stream) && athr_stream_try_next (stream, value);
}

gboolean
athr_completion_start_stream (AthrStream *stream)
{
  if (athr_stream_is_elsewhere (stream))
    return FALSE;

  athr_stream_start (stream);

  return TRUE;
}

gboolean
athr_completion_close_stream (AthrStream          *stream,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  if (athr_stream_is_elsewhere (stream))
    return FALSE;

  athr_stream_close_async (stream, cancellable, callback, user_data);

  return TRUE;
}

gboolean
athr_completion_stream_has_lost_owner (AthrStream *stream)
{
  return athr_bindings_exist (&stream->bindings) && athr_bindings_are_gone (&stream->bindings);
}

gboolean
athr_completion_yielder_ask (AthrCompletion  *completion,
                             AthrYielder     *yielder,
                             GValue          *answer,
                             GError         **error)
{
  completion->queue = athr_completion_queue_find (athr_yielder_get_home (yielder));

  return athr_yielder_ask (yielder, athr_completion_ask, completion, athr_completion_come_home, answer,
                           error);
}

void
athr_completion_yielder_post (AthrCompletion *completion,
                              AthrYielder    *yielder)
{
  completion->queue = athr_completion_queue_find (athr_yielder_get_home (yielder));
  athr_yielder_post (yielder, athr_completion_post, completion, athr_completion_come_home);
}
