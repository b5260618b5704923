/* SPDX-FileCopyrightText: 2026 The athreading authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "athr-stream.h"
#include "context/athr-completion-queue-private.h"

G_BEGIN_DECLS

/* Only the override for Python uses these functions. The first four give FALSE, and do nothing, if another thread
 * iterates the owner's main context. */

/* Requests a value, or a batch of @max_values if that is not 0, for the value of @completion. In one step it starts the
 * operation and notes that it is started, so no handler of a signal comes between. Threads: owner of @context. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_start_next   (AthrCompletion      *completion,
                                       AthrStream          *stream,
                                       guint                max_values,
                                       GCancellable        *cancellable,
                                       GMainContext        *context);
/* As athr_stream_try_next(), athr_stream_start() and athr_stream_close_async(). Threads: owner. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_try_next     (AthrStream          *stream,
                                       GValue              *value);
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_start_stream (AthrStream          *stream);
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_close_stream (AthrStream          *stream,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
/* As athr_yielder_ask() and athr_yielder_post(): home calls or queues @completion. Threads: worker. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_yielder_ask  (AthrCompletion *completion,
                                       AthrYielder    *yielder,
                                       GValue         *answer,
                                       GError        **error);
ATHR_AVAILABLE_IN_1_0
void     athr_completion_yielder_post (AthrCompletion *completion,
                                       AthrYielder    *yielder);
/* Whether an owner of @stream is gone, also when the stream has finished. Threads: any. */
ATHR_AVAILABLE_IN_1_0
gboolean athr_completion_stream_has_lost_owner (AthrStream *stream);

G_END_DECLS
