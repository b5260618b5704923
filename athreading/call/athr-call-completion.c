/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "call/athr-call-completion-private.h"
#include "call/athr-call-private.h"

void
athr_completion_new_call (AthrCompletion *completion,
                          AthrCallFunc    func,
                          AthrExecutor   *executor,
                          GMainContext   *context)
{
  AthrCall *call;

  g_main_context_push_thread_default (context);
  call = athr_call_new (func, completion, (GDestroyNotify) athr_completion_push);
  g_main_context_pop_thread_default (context);

  if (executor != NULL)
    athr_call_set_executor (call, executor);
  completion->object = G_OBJECT (call);
}

void
athr_completion_start_call (AthrCompletion *completion,
                            GMainContext   *context)
{
  g_main_context_push_thread_default (context);
  athr_call_start (ATHR_CALL (completion->object));
  g_main_context_pop_thread_default (context);
}

gboolean
athr_completion_run_call (AthrCall            *call,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  if (athr_call_is_elsewhere (call))
    return FALSE;

  athr_call_run_async (call, cancellable, callback, user_data);

  return TRUE;
}

gboolean
athr_completion_call_has_lost_owner (AthrCall *call)
{
  return athr_bindings_exist (&call->bindings) && athr_bindings_are_gone (&call->bindings);
}

gboolean
athr_completion_call_ask (AthrCompletion  *completion,
                          AthrCall        *call,
                          GValue          *answer,
                          GError         **error)
{
  completion->queue = athr_completion_queue_find (call->home);

  return athr_call_ask (call, athr_completion_ask, completion, athr_completion_come_home, answer, error);
}

void
athr_completion_call_post (AthrCompletion *completion,
                           AthrCall       *call)
{
  completion->queue = athr_completion_queue_find (call->home);
  athr_call_post (call, athr_completion_post, completion, athr_completion_come_home);
}
