/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-executor.h"
#include "athr-call.h"
#include "context/athr-completion-queue-private.h"

G_BEGIN_DECLS

/* Calls that end in a completion. Only the override for Python uses these functions. Each does in
 * one step what a handler of a signal must not interrupt. */

/* Gives @completion a new call of @func, whose data is @completion. The call queues @completion when
 * it has ended, and @completion keeps the call until it is popped. @context is where @completion is
 * queued. Threads: owner of @context. */
ATHR_AVAILABLE_IN_1_0
void athr_completion_new_call   (AthrCompletion *completion,
                                 AthrCallFunc    func,
                                 AthrExecutor   *executor,
                                 GMainContext   *context);
/* Starts the call of @completion. Threads: owner of @context. */
ATHR_AVAILABLE_IN_1_0
void athr_completion_start_call (AthrCompletion *completion,
                                 GMainContext   *context);
/* As athr_call_run_async(). FALSE, and nothing happens: another thread iterates the owner's main context. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_run_call (AthrCall            *call,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);
/* As athr_call_ask() and athr_call_post(): home calls or queues @completion. Threads: worker. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_call_ask  (AthrCompletion *completion,
                                    AthrCall       *call,
                                    GValue         *answer,
                                    GError        **error);
ATHR_AVAILABLE_IN_1_0
void     athr_completion_call_post (AthrCompletion *completion,
                                    AthrCall       *call);
/* Whether an owner of @call is gone, also when the call is over. Threads: any. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_call_has_lost_owner (AthrCall *call);

G_END_DECLS
