/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "stream/athr-stream-completion-private.h"
#include "stream/athr-stream-private.h"
#include "stream/athr-yielder-private.h"

void
athr_completion_start_next (AthrCompletion *completion,
                            AthrStream     *stream,
                            guint           max_values,
                            GCancellable   *cancellable,
                            GMainContext   *context)
{
  g_main_context_push_thread_default (context);
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
  g_main_context_pop_thread_default (context);
  completion->is_started = TRUE;
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
